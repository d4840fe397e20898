"""Every shipped replication, run once: verdicts are the declared ones, pages render, the docs say the same."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from groundswell.replications.register import load_replication, replications
from groundswell.replications.run import collect, replicate
from groundswell.report.replication_page import render, render_index
from groundswell.report.replication_table import markdown
from groundswell.results import plain
from groundswell.theory.registry import theories

ROOT = Path(__file__).parents[2]
TABLE = ROOT / "docs" / "replication_table.md"
ALL = replications()
TARGETS = [(name, target.name) for name, one in ALL.items() for target in one.targets]
CHEAPEST = "burbeck"
# Replications of more than two CPU seconds each, eight minutes together: measured by `make test-long`.
LONG = (
    "axelrod", "centola_macy", "contagion", "critical_mass", "epidemics", "epstein", "epstein_groups", "forest_fire",
    "gleeson_cahalane", "granovetter", "kuran", "lang_de_sterck", "lohmann", "london_riots", "macy", "makowsky_rubin",
    "moro", "opinions", "organizers", "repression_dissent", "riot_sites", "schelling", "siegel", "siegel_repression",
    "substitution", "vanguard", "watts",
)  # fmt: skip
SHORT = tuple(name for name in ALL if name not in LONG)


def marked(names: Sequence[str]) -> list[Any]:
    """The names as parameters of a test, the long ones marked."""
    return [pytest.param(name, marks=pytest.mark.long if name in LONG else ()) for name in names]


Content = Callable[[str], dict[str, Any]]


@pytest.mark.parametrize("name", marked([*ALL]))
def test_verdicts_are_the_declared_ones(content: Content, name: str) -> None:
    (one,) = content(name)["replications"]
    assert one["error"] == ""
    assert {row["target"] for row in one["rows"]} == {target.name for target in ALL[name].targets}
    assert [
        f"{row['target']}: {row['verdict']}, declared {row['declared']}: {row['ours']} for {row['published']}"
        for row in one["rows"]
        if not row["as_declared"]
    ] == []


@pytest.mark.parametrize("name", marked([*ALL]))
def test_the_page_renders(content: Content, name: str) -> None:
    page = render(content(name), name)
    for target in ALL[name].targets:
        assert f'id="target-{target.name}"' in page


@pytest.mark.parametrize("names", [SHORT, pytest.param(tuple(ALL), marks=pytest.mark.long)], ids=["short", "all"])
def test_the_index_and_the_table_hold_every_target(content: Content, names: tuple[str, ...]) -> None:
    every = [content(name) for name in names]
    merged = {**every[0], "replications": [one for each in every for one in each["replications"]]}
    index, table = render_index(merged), markdown(merged)
    for name, target in TARGETS:
        if name in names:
            assert f'id="target-{name}-{target}"' in index
            assert f"| `{target}` |" in table


def test_a_measurement_is_deterministic(content: Content) -> None:
    again = json.loads(json.dumps(plain(collect([replicate(load_replication(CHEAPEST))]).to_dict())))
    assert again == content(CHEAPEST)


def test_the_long_ones_are_replications() -> None:
    assert set(LONG) < set(ALL)


def test_theories_are_those_that_are_registered() -> None:
    named = {theory for one in ALL.values() for theory in one.theories}
    assert named <= set(theories())


def test_targets_of_the_best_are_many() -> None:
    """At least 25 numbers of the table of best targets, of which most rows have one or more."""
    numbers = [t for one in ALL.values() for t in one.targets if t.table and t.value is not None]
    assert len(numbers) >= 25


# -- the documentation ------------------------------------------------------------------------------------------------


def documented() -> dict[tuple[str, str], str]:
    """The verdict of every row of the table in the documentation, by replication and target."""
    found = {}
    name = ""
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if heading := re.match(r"### .* \(`(\w+)`\)$", line):
            name = heading[1]
        if row := re.match(r"\| `(\w+)` \|.*\| \**([a-z ]+?)\** \|$", line):
            found[name, row[1]] = row[2]
    return found


def test_the_documented_table_is_that_of_the_register() -> None:
    """Run `make replications` where this fails: a target is new, gone, or declared otherwise."""
    expected = {(name, target.name): target for name, one in ALL.items() for target in one.targets}
    found = documented()
    assert set(found) == set(expected)
    for key, verdict in found.items():
        assert verdict == expected[key].expect or (expected[key].needs and verdict == "not attainable"), key


def test_theories_that_are_replicated_have_a_picture() -> None:
    drawn = {path.stem for path in (ROOT / "docs" / "images" / "theories").glob("*.svg")}
    assert {theory for one in ALL.values() for theory in one.theories} <= drawn
