"""Running a replication: verdicts with their reasons, failures as rows, and the same bytes for the same results."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from groundswell.replications.replication import Course, Figure, Found, Measured, Missing, Replication, Target
from groundswell.replications.run import collect, not_loaded, replicate

REASON = "The rule as printed does not rebel."
FIGURE = Figure("curve", "Title", "Caption.", x="x", y="y", curves=(Course("ours", [1, 2], [1 / 3, 2 / 3]),))


def target(name: str, **settings: Any) -> Target:
    return Target(name, f"Claim of {name}", **{"value": 1.0, "certainty": "C", "source": "arithmetic", **settings})


TARGETS = (
    target("met"),
    target("missed", expect="not reproduced", reason=REASON),
    target("beyond", expect="not attainable", reason=REASON),
    target("record", needs="a record"),
)
FOUND: dict[str, Found | Missing] = {
    "met": Found(1.0),
    "missed": Found(2.0),
    "beyond": Found(2.0),
    "record": Missing("It is not here."),
}


def replication(found: dict[str, Found | Missing] | None = None, **settings: Any) -> Replication:
    measured = Measured(FOUND if found is None else found, figures=(FIGURE,), seeds={"runs": 3})
    return Replication(
        "example", "Example", **{"targets": TARGETS, "measure": lambda threads: measured, "source": "-", **settings}
    )


def test_each_row_has_its_verdict_and_reason() -> None:
    result = replicate(replication())
    assert [(row.verdict, row.reason) for row in result.rows] == [
        ("reproduced", ""),
        ("not reproduced", REASON),
        ("not attainable", REASON),
        ("not attainable", "It is not here."),
    ]
    assert result.as_declared


def test_a_verdict_that_was_not_declared_says_so() -> None:
    result = replicate(replication({**FOUND, "met": Found(3.0), "beyond": Found(1.0)}))
    by_name = {row.target.name: row for row in result.rows}
    assert not result.as_declared
    assert not by_name["met"].as_declared
    assert by_name["met"].verdict == "not reproduced"
    assert by_name["beyond"].verdict == "reproduced"
    assert by_name["beyond"].reason.startswith("declared to be not attainable.")


@pytest.mark.parametrize(
    ("measure", "says"),
    [
        (lambda threads: 1 / 0, "ZeroDivisionError: division by zero"),
        (lambda threads: Measured({}), "has no estimate"),
        (lambda threads: Measured({**FOUND, "more": Found(1.0)}), "has no target"),
        (lambda threads: Measured({"met": Found(float("nan"))}), "finite"),
        (lambda: None, "TypeError"),
    ],
)
def test_a_measurement_that_breaks_down_is_rows_with_a_reason(measure: Any, says: str) -> None:
    result = replicate(replication(measure=measure))
    assert len(result.rows) == len(TARGETS)
    assert {row.verdict for row in result.rows} == {"failed"}
    assert says in result.error
    assert not result.as_declared


def test_threads_are_handed_on() -> None:
    seen = []

    def measure(threads: int | None) -> Measured:
        seen.append(threads)
        return Measured(FOUND)

    replicate(replication(measure=measure), threads=2)
    assert seen == [2]


def test_what_is_told_counts_every_verdict_and_names_what_is_needed_to_run_it_again() -> None:
    content = collect([not_loaded("wrong", "SyntaxError"), replicate(replication())]).to_dict()
    assert content["counts"] == {
        "reproduced": 1, "not reproduced": 1, "too few runs to tell": 0, "not attainable": 2, "failed": 0,
    }  # fmt: skip
    assert [one["name"] for one in content["replications"]] == ["example", "wrong"]
    assert content["replications"][0]["seeds"] == {"runs": 3}
    assert content["replications"][1]["error"] == "SyntaxError"
    assert not content["as_declared"]
    assert content["format"] == 1
    assert content["version"]


def test_the_same_results_give_the_same_bytes_whatever_their_order() -> None:
    one, other = replicate(replication()), replicate(replace(replication(), name="other"))
    assert json.dumps(collect([one, other]).to_dict()) == json.dumps(collect([other, one]).to_dict())


def test_numbers_are_told_to_ten_digits() -> None:
    (curve,) = collect([replicate(replication())]).to_dict()["replications"][0]["figures"][0]["curves"]
    assert curve["y"] == [0.3333333333, 0.6666666667]


def test_theories_are_told_with_their_equations_and_unknown_ones_as_missing() -> None:
    known = collect([replicate(replication(theories=("granovetter",)))]).to_dict()["theories"]["granovetter"]
    assert "r(t+1) = F(r(t))" in known["equations"]
    assert {"mean", "sd"} == {param["name"] for param in known["parameters"]}
    assert known["missing"] == ""
    unknown = collect([replicate(replication(theories=("no_such",)))]).to_dict()["theories"]["no_such"]
    assert unknown["missing"]
