"""Questions put to records of which the truth is known: what was planted is stated, what was not is not."""

from __future__ import annotations

import json
from types import ModuleType

import numpy as np
import pytest

from groundswell.errors import EstimationError
from groundswell.estimators.excitation.discrete import simulate_excitation
from groundswell.inquiry.finding import Finding
from groundswell.inquiry.inquire import inquire
from groundswell.inquiry.manner import Manner, binned
from groundswell.inquiry.material import gather
from groundswell.inquiry.questions import QUESTIONS, chosen
from groundswell.inquiry.result import FORMAT, inquiry_of

TWO = ("violence", "protest")


def ask(reading: object, *names: str, **settings: object) -> list[Finding]:
    material = gather([reading], **settings)  # type: ignore[arg-type,list-item]
    return list(inquire(material, chosen(names), Manner(seed=1)))


def test_a_planted_link_is_found_in_its_direction_only(records: ModuleType) -> None:
    base = np.full((520, 2), [0.8, 2.0])
    counts = simulate_excitation(base, [[0.0, 0.9], [0.0, 0.0]], half_life=1.0, seed=3)
    (found,) = ask(records.reading(records.from_counts(counts, TWO)), "excitation")
    assert found.status == "found"
    pairs = {(row.pair.source, row.pair.target): row for row in found.pairs}
    assert len(pairs) == 4
    link = pairs["violence", "protest"]
    assert link.status == "found"
    assert link.pair.low < 0.9 < link.pair.high
    assert pairs["protest", "violence"].status != "found"
    assert "an act of violence triggers" in found.answer.lower()
    for row in found.pairs:
        assert {"against_no_excitation", "goodness_of_fit", "placebos", "time_scale", "answer"} <= set(row.to_dict())


def test_a_record_that_merely_grows_is_not_told_contagious(records: ModuleType) -> None:
    rng = np.random.default_rng(5)
    counts = rng.poisson(np.exp(np.linspace(0.0, 1.6, 400))[:, None] * [1.0, 0.6])
    (found,) = ask(records.reading(records.from_counts(counts, TWO)), "excitation")
    assert found.status != "found", found.answer


@pytest.mark.long
def test_a_panel_tells_the_mean_over_places(records: ModuleType) -> None:
    rows = []
    for at, name in enumerate(("A", "B", "C", "D")):
        counts = simulate_excitation(np.full((300, 1), 2.0), [[0.45]], half_life=1.0, seed=at)
        rows += records.from_counts(counts, ("protest",), country=name)
    (found,) = ask(records.reading(rows), "excitation")
    assert found.status == "found"
    (row,) = found.pairs
    assert row.pair.low < 0.45 < row.pair.high
    assert (row.place, row.places) == (None, 4)
    assert found.answer.startswith("Over ")
    assert len(found.fits[0].places) == 4  # type: ignore[union-attr]
    assert found.tables["excitation_places"].height == 4


def test_a_planted_rise_after_acts_is_told_and_its_absence_is_not(records: ModuleType) -> None:
    rng = np.random.default_rng(2)
    weeks, spots = 1800, np.arange(60, 1740, 90)  # so far apart that few comparison dates have an act ahead
    acts = np.zeros(weeks, dtype=int)
    acts[spots] = 1
    quiet = rng.poisson(8.0, weeks)
    mean = np.full(weeks, 8.0)
    for spot in spots:
        mean[spot + 1 : spot + 13] *= 2.0
    for protest, expected in ((rng.poisson(mean), "found"), (quiet, "not found")):
        counts = np.column_stack([acts, protest])
        (finding,) = ask(records.reading(records.from_counts(counts, TWO)), "after-violence", kinds=list(TWO))
        assert finding.status == expected, finding.answer
        if expected == "found":
            assert "more protests in weeks 1 to 12 after an act of violence" in finding.answer
            row = finding.responses[0]
            assert row.undiluted is not None
            assert row.effect is not None
            assert row.effect_low is not None
            assert row.effect_high is not None
            alone = row.undiluted / row.effect  # some dates have an act ahead of them
            assert alone * row.effect_low < np.log(2) < alone * row.effect_high
            assert set(finding.tables["after-violence"]["lag"]) == set(range(-12, 27))


@pytest.mark.parametrize("effect", [0.0, 0.1])
def test_acts_that_never_pause_are_told_apart_by_their_lags(records: ModuleType, effect: float) -> None:
    rng = np.random.default_rng(4)
    acts = rng.poisson(0.8, 400)
    lately = np.array([acts[max(0, t - 12) : t].sum() for t in range(400)])
    counts = np.column_stack([acts, rng.poisson(5.0 * np.exp(effect * (lately - 9.6)))])
    (finding,) = ask(records.reading(records.from_counts(counts, TWO)), "after-violence")
    (row,) = finding.responses
    assert finding.status == ("found" if effect else "not found"), finding.answer
    assert row.effect_low is not None
    assert row.effect_high is not None
    assert row.effect_low < effect < row.effect_high
    assert any("follow each other too closely" in note for note in finding.notes)
    if effect:
        assert "for each additional act, holding other acts constant" in finding.answer


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_record_that_cannot_bear_a_question_says_what_it_lacks(records: ModuleType, name: str) -> None:
    rng = np.random.default_rng(4)
    few = records.from_counts(rng.poisson(1.0, (7, 1)), ("concession",))
    (finding,) = ask(records.reading(few), name)
    assert finding.status == "not asked"
    assert finding.answer.startswith("Not asked: ")


def test_what_is_told_is_plain_and_in_order(records: ModuleType) -> None:
    rng = np.random.default_rng(4)
    reading = records.reading(records.from_counts(rng.poisson([0.3, 3.0], (200, 2)), TWO))
    material = gather([reading])
    findings = list(inquire(material, chosen(["waves", "spread", "after-mass-day"]), Manner(seed=1)))
    content = inquiry_of("A title", [], findings, material, chosen(["waves", "spread"]), Manner()).to_dict()
    assert json.loads(json.dumps(content, allow_nan=False)) == content
    assert content["format"] == FORMAT
    order = ["found", "not found", "no verdict", "not asked"]  # the useful first
    ranks = [order.index(row["status"]) for row in content["answers"]]
    assert ranks == sorted(ranks)
    assert all(row["decides"].endswith(".") for row in content["answers"])
    assert {row["question"] for row in content["waves"]} == {"waves"}


def test_questions_are_chosen_in_their_order_and_near_misses_are_told() -> None:
    assert [q.name for q in chosen(None)] == list(QUESTIONS)
    assert [q.name for q in chosen(["waves", "excitation", "waves"])] == ["excitation", "waves"]
    assert chosen(["check"]) == ()
    with pytest.raises(EstimationError, match="did you mean 'after-violence'"):
        chosen(["after-violance"])


def test_bins_keep_the_mean() -> None:
    values = np.arange(1000.0)
    first, means = binned(values, 220)
    assert first.size <= 220
    lengths = np.diff(np.append(first, 1000))
    assert np.average(means, weights=lengths) == pytest.approx(values.mean())
