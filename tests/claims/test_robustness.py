"""Verdicts under changes that should not matter, and under one that does."""

from dataclasses import replace
from pathlib import Path

import pytest
from tests.claims.test_written import STUDY, weekly

import groundswell.claims.robustness as module
from groundswell.claims.adjudicate import adjudicate
from groundswell.claims.asked import asked_of, only_records
from groundswell.claims.judge import missing_record
from groundswell.claims.robustness import CHANGES, Perturbation, robustness_of
from groundswell.claims.verdicts import Again
from groundswell.experiment.study import Study
from groundswell.experiment.study_file import load_study, parse_study


@pytest.mark.parametrize(
    ("verdict", "under", "word"),
    [
        ("supported", ["supported", "supported", None], "robust"),
        ("supported", ["supported", "supported", "balanced"], "shifted"),
        ("supported", ["supported", "balanced"], "fragile"),
        ("supported", ["supported", "supported", "supported", "contradicted"], "fragile"),
        ("balanced", ["balanced", "balanced", "supported"], "shifted"),
        ("balanced", [None, None], None),
    ],
)
def test_the_word_follows_from_what_the_changes_lead_to(verdict: str, under: list[str | None], word: str) -> None:
    assert robustness_of(verdict, [Again(str(i), x) for i, x in enumerate(under)]).word == word


def _study(folder: Path, robust: str) -> Study:
    (folder / "weekly.csv").write_text(weekly(1.0))
    ties = 'network = "planted_partition"\nmean_degree = 6\ncommunities = 2\nmix = 0.2'
    text = STUDY.replace('network = "well_mixed"', ties)
    return parse_study(f'{text}robust = "{robust}"\n', origin="calls.toml", folder=folder)


def test_a_sound_verdict_is_robust_and_says_what_was_changed(tmp_path: Path) -> None:
    study = _study(tmp_path, "decided")
    found = adjudicate(study, threads=1)
    [judged] = found.verdicts
    assert judged.verdict == "supported"
    assert judged.robustness is not None
    assert judged.robustness.word == "robust"
    assert [x.change for x in judged.robustness.again] == [x.name for x in CHANGES]
    assert {x.verdict for x in judged.robustness.again} == {"supported"}  # every change can be made here
    weights = [x.weight for x in judged.robustness.again]
    assert len({judged.tests[0].weight, *weights}) > 1  # and was made
    plain = adjudicate(_study(tmp_path, "none"), threads=1)
    assert plain.verdicts[0].robustness is None
    assert replace(judged, robustness=None) == plain.verdicts[0]
    assert adjudicate(study, threads=2).to_dict() == found.to_dict()


def test_a_change_that_matters_is_seen_and_one_that_cannot_be_made_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def opposite(study: Study) -> Study:
        [(name, claim)] = study.claims.items()
        sides = {"expects": "below", "asserting": claim.denying[:1], "denying": claim.asserting}
        return replace(study, claims={name: claim.model_copy(update=sides)})

    changes = (Perturbation("the opposite claim", opposite), *(x for x in CHANGES if "ties" in x.name))
    monkeypatch.setattr(module, "CHANGES", changes)
    study = _study(tmp_path, "all")
    well_mixed = study.population.model_validate({"network": "well_mixed", "people": 300})
    [judged] = adjudicate(replace(study, population=well_mixed), threads=1).verdicts
    assert judged.verdict == "supported"
    assert judged.robustness is not None
    other, ties = judged.robustness.again
    assert other.verdict != "supported"
    assert judged.robustness.word == "fragile"
    assert ties.verdict is None
    assert "one network of simple ties" in ties.why


def test_one_record_alone_is_not_judged_again() -> None:
    study = load_study("deed")
    assert study.adjudication.robust == "decided"
    alone = only_records(study, ["russia_acts_1895_1912"])
    assert alone.adjudication.robust == "none"
    assert "S3" in alone.adjudication.test


def test_one_record_alone_runs_the_tests_that_ask_it_and_no_others() -> None:
    """A test on several records makes the others be read, and not asked by themselves."""
    study = only_records(load_study("deed"), ["mass_mobilization_full"])
    tests = [test for asked in asked_of(study) for claim in asked.claims.values() for test in claim.tests]
    run = [test for test in tests if "the study does not use" not in missing_record(test, study)]
    assert any("navco3" in test.data for test in run)
    assert all("mass_mobilization_full" in test.data for test in run)
    assert any(test.data == ("navco3",) for test in tests if test not in run)
