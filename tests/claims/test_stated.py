"""Claims that a study states: where the interval lies, draws that are all alike, and calibration of the verdicts."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from groundswell.claims.adjudicate import adjudicate
from groundswell.claims.stated import ALIKE, StatedVerdict, judge_stated, stated_answer, stated_table
from groundswell.errors import StudyError
from groundswell.experiment.ensemble import Ensemble, run_ensemble
from groundswell.experiment.runner import build_population
from groundswell.experiment.study import Study
from groundswell.experiment.study_file import parse_study

STUDY = """
[study]
name = "easing"
title = "Does easing repression raise opposition?"
theory = "kuran"
seed = 3
steps = 20
draws = 12
[population]
network = "well_mixed"
people = 200
[arms.held]
[arms.eased]
interventions = [{ set = "easing", value = 0.3, from = 5 }]
[effects]
easing = ["eased", "held"]
[claims.rises]
text = "Opposition rises once repression eases."
effect = "easing"
observable = "opposition"
expects = "rise"
from = 10
"""
LUCKY = '''
from groundswell import Observable, Param, State, Theory

class Lucky(Theory):
    """People act by chance."""
    acts = State(bool, initial=False)
    rate = Param(0.5, "[0, 1]")
    turnout = Observable("people.acts")

    def person(me, p, luck):
        me.acts = luck.chance("act", p.rate)
'''


def study_of(text: str = STUDY, folder: Path | None = None) -> Study:
    return parse_study(text, origin="s.toml", folder=folder or Path())


def run(study: Study) -> Ensemble:
    return run_ensemble(study.design(build_population(study)), threads=1)


def judged(study: Study, ensemble: Ensemble, effects: NDArray[np.float64], **claim: Any) -> StatedVerdict:
    """What is said of given effects at the last step, draw by draw."""
    wanted = replace(study, stated={"c": study.stated["rises"].model_copy(update={"start": "end", **claim})})
    steps, observables = study.steps + 1, len(ensemble.observables)
    values = np.zeros((effects.size, 2, steps, observables))
    values[:, 1, -1, 0] = effects
    design = replace(ensemble.design, draws=effects.size)
    drawn = {"prior": tuple({"mean": float(i)} for i in range(effects.size))}
    [row] = judge_stated(wanted, replace(ensemble, design=design, values={"prior": values}, drawn=drawn, failed=()))
    return row


@pytest.fixture(scope="module")
def study() -> Study:
    return study_of()


@pytest.fixture(scope="module")
def ensemble(study: Study) -> Ensemble:
    return run(study)


def test_a_claim_is_judged_on_the_effect_over_its_steps(study: Study, ensemble: Ensemble) -> None:
    [row] = judge_stated(study, ensemble)
    effect = ensemble.named_effect("prior", "easing", "opposition")[:, 10:].mean(axis=1)
    assert (row.start, row.until, row.n, row.excluded) == (10, 20, 12, 0)
    assert row.mean == pytest.approx(effect.mean(), rel=1e-15)
    assert row.verdict == "supported"
    assert row.share_as_stated == 1.0
    assert "nothing varies between the draws" in row.reason  # one population, no luck, no prior
    contrary = {name: claim.model_copy(update={"expects": "fall"}) for name, claim in study.stated.items()}
    assert judge_stated(replace(study, stated=contrary), ensemble)[0].verdict == "contradicted"


@pytest.mark.parametrize(
    ("expects", "margin", "shift", "verdict"),
    [
        ("rise", 0.0, 1.0, "supported"), ("rise", 0.0, -1.0, "contradicted"), ("rise", 0.0, 0.0, "undetermined"),
        ("fall", 0.0, -1.0, "supported"), ("fall", 0.0, 1.0, "contradicted"), ("fall", 0.0, 0.0, "undetermined"),
        ("rise", 2.0, 1.0, "contradicted"), ("rise", 2.0, 3.0, "supported"), ("rise", 1.0, 1.0, "undetermined"),
        ("fall", 2.0, -1.0, "contradicted"), ("fall", 2.0, -3.0, "supported"),
        ("none", 1.0, 0.0, "supported"), ("none", 1.0, 3.0, "contradicted"), ("none", 1.0, -3.0, "contradicted"),
        ("none", 1.0, 1.0, "undetermined"), ("none", 0.0, 1.0, "contradicted"), ("none", 0.0, 0.0, "undetermined"),
    ],
)  # fmt: skip
def test_the_verdict_is_where_the_interval_lies(
    study: Study, ensemble: Ensemble, expects: str, margin: float, shift: float, verdict: str
) -> None:
    spread = np.linspace(-1, 1, 25)
    row = judged(study, ensemble, shift + spread, expects=expects, margin=margin)
    assert row.verdict == verdict
    assert row.low < shift < row.high
    assert row.high - row.low == pytest.approx(2 * 2.0639 * spread.std(ddof=1) / 5, rel=1e-4)
    assert row.detectable > (row.high - row.low) / 2
    assert (row.draws_needed is None) == (verdict != "undetermined" or abs(shift) == margin)


def test_intervals_cover_and_the_detectable_effect_is_detected(study: Study, ensemble: Ensemble) -> None:
    """Of normal effects: 95% of intervals hold the mean; an effect of the detectable size is supported in 80%."""
    rng = np.random.default_rng(8)
    n, repeats = 9, 600
    null = [judged(study, ensemble, rng.normal(0, 1, n), expects="rise") for _ in range(repeats)]
    wrong = np.mean([row.verdict != "undetermined" for row in null])
    assert abs(wrong - 0.05) < 5 * np.sqrt(0.05 * 0.95 / repeats)
    size = float(np.mean([row.detectable for row in null]))
    found = [judged(study, ensemble, rng.normal(size, 1, n), expects="rise").verdict for _ in range(repeats)]
    # the sum of two quantiles of t is the usual short cut; it errs by less than two points here
    assert abs(np.mean([v == "supported" for v in found]) - 0.8) < 0.02 + 5 * np.sqrt(0.8 * 0.2 / repeats)


def test_the_draws_that_are_needed_do_tell(study: Study, ensemble: Ensemble) -> None:
    rng = np.random.default_rng(4)
    first = judged(study, ensemble, rng.normal(0.3, 1, 8), expects="rise")
    assert first.verdict == "undetermined"
    effects, needed = rng.normal(first.mean, 1, 4 * first.draws_needed), first.draws_needed
    assert needed > 8
    assert judged(study, ensemble, effects, expects="rise").verdict == "supported"


@pytest.mark.parametrize(
    ("value", "draws", "verdict", "needed"),
    [
        (0.0, 24, "undetermined", ALIKE), (0.0, ALIKE, "contradicted", None), (0.2, 5, "undetermined", 6),
        (0.2, 6, "supported", None), (-0.2, 6, "contradicted", None),
    ],
)  # fmt: skip
def test_draws_that_are_all_alike_tell_only_where_there_are_enough(
    study: Study, ensemble: Ensemble, value: float, draws: int, verdict: str, needed: int | None
) -> None:
    row = judged(study, ensemble, np.full(draws, value), expects="rise")
    assert (row.verdict, row.draws_needed) == (verdict, needed)
    assert row.low == row.high == value


def test_luck_in_the_steps_makes_draws_vary(tmp_path: Path) -> None:
    (tmp_path / "lucky.py").write_text(LUCKY)
    text = STUDY.replace('"kuran"', '"lucky.py"').replace("opposition", "turnout").replace("easing", "rate")
    with pytest.raises(StudyError, match="which are alike"):  # set to what it is already
        study_of(text.replace("value = 0.3", "value = 0.5"), tmp_path)
    study = study_of(text.replace("value = 0.3", "value = 0.9"), tmp_path)
    [row] = judge_stated(study, run(study))
    assert row.verdict == "supported"
    assert row.low < row.mean < row.high
    lone = study_of(text.replace("draws = 12", "draws = 1"), tmp_path)
    [row] = judge_stated(lone, run(lone))
    assert (row.verdict, row.draws_needed) == ("undetermined", 2)


def test_a_draw_in_which_a_twin_failed_is_left_out_and_counted(study: Study, ensemble: Ensemble) -> None:
    from groundswell.experiment.ensemble import Failure

    failed = tuple(Failure("prior", d, "held", 3, "why") for d in (2, 5))
    [row] = judge_stated(study, replace(ensemble, failed=failed))
    assert (row.n, row.excluded) == (10, 2)
    all_failed = tuple(Failure("prior", d, "held", 3, "why") for d in range(12))
    [row] = judge_stated(study, replace(ensemble, failed=all_failed))
    assert (row.verdict, row.n, row.mean) == ("undetermined", 0, None)
    assert "one of the twins failed" in row.reason


def test_adjudication_tells_stated_claims_of_a_theory_without_accounts(study: Study, ensemble: Ensemble) -> None:
    content = adjudicate(study, ensemble)
    assert content.verdicts == ()
    assert [row.claim for row in content.stated] == ["rises"]
    assert content.answer == stated_answer(content.stated)
    assert "1 supported" in content.answer
    assert content.tables["stated_claims"].equals(stated_table(content.stated))
    assert content.tables["stated_claims"]["verdict"].to_list() == ["supported"]
    with pytest.raises(StudyError, match="the study's own ensemble"):
        adjudicate(study)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('effect = "easing"', 'effect = "ease"', "did you mean 'easing'"),
        ('observable = "opposition"', 'observable = "turnout"', "opposition, private_opposition"),
        ('expects = "rise"', 'expects = "up"', "'rise', 'fall' or 'none'"),
        ("from = 10", "from = 21", "0..20"),
        ("from = 10", "from = 10\nuntil = 9", "steps in order"),
        ("from = 10", 'from = "start"', "valid integer or 'end'"),
        ("from = 10", "form = 10", "did you mean 'from'"),
        ("from = 10", "margin = -1.0", "greater than or equal to 0"),
        ('text = "Opposition rises once repression eases."', "", "no key 'text'"),
        ('[effects]\neasing = ["eased", "held"]', "", "add [effects]"),
        ("[claims.rises]", "[claims]\ntest = []\n[claims.rises]", "under [adjudication], write test = []"),
        ("[claims.rises]", "[claims]\ndraws = 9\n[claims.rises]", "under [adjudication], write draws = 9"),
        ("[claims.rises]", "[claims.stated.rises]", "write [claims.rises]"),
        ("[claims.rises]", '[claims."1 2"]', "pattern"),
    ],
)
def test_a_claim_that_makes_no_sense_is_told_with_its_place(old: str, new: str, words: str) -> None:
    text = STUDY.replace(old, new)
    assert text != STUDY
    with pytest.raises(StudyError, match=re.escape(words)) as content:
        study_of(text)
    assert str(content.value).startswith("s.toml, table [claims")


def test_claims_do_not_change_what_is_simulated() -> None:
    without = STUDY[: STUDY.index("[claims.")]
    assert study_of().configuration() == study_of(without).configuration()
