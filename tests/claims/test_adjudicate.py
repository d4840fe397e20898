"""Adjudication: classes of outcome, the rule of verdicts, and that it decides rightly when it is told the truth."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from groundswell.claims import adjudicate as module
from groundswell.claims.adjudicate import adjudicate
from groundswell.claims.asked import asked_of
from groundswell.claims.claim import RecordTest, Scenario, as_claimed, classify
from groundswell.claims.judge import Expected, combine, rule
from groundswell.claims.verdicts import RecordVerdict
from groundswell.errors import StudyError
from groundswell.estimators.core import Estimate
from groundswell.experiment.study import load_study
from groundswell.records.cases.library import cases
from groundswell.registers.deed.register import claims
from groundswell.registers.deed.russia import selected


def estimate(low: float, high: float, p: float = 0.5, passed: bool = True, **checks) -> Estimate:
    return Estimate((low + high) / 2, low, high, p, 10, "test", "", passed, checks)


@pytest.mark.parametrize(
    ("low", "high", "says", "outcome"),
    [
        (0.1, 0.5, "above", "supports"),
        (-0.5, -0.1, "above", "against"),
        (-0.1, 0.5, "above", "silent"),
        (0.1, 0.5, "below", "against"),
        (-0.5, -0.1, "below", "supports"),
        (0.1, 0.5, "either", "supports"),
        (-0.5, -0.1, "either", "supports"),
        (-0.1, 0.1, "either", "silent"),
        (-0.05, 0.05, "none", "supports"),
        (-0.2, 0.05, "none", "silent"),
        (0.01, 0.05, "none", "against"),
    ],
)
def test_classes_of_outcome(low, high, says, outcome):
    assert classify(estimate(low, high), says, margin=0.1) == outcome


def test_p_alone_decides_where_the_claim_says_so():
    assert classify(estimate(3, 9, p=0.01), "p") == "supports"
    assert classify(estimate(3, 9, p=0.2), "p") == "silent"


def test_an_estimate_without_an_interval_is_silent():
    nothing = Estimate(None, None, None, None, 3, "", "", True)
    assert all(classify(nothing, says) == "silent" for says in ("above", "below", "either", "none", "p"))


def test_share_as_claimed_leaves_failed_draws_out():
    values = np.array([0.3, -0.1, np.nan, 0.2])
    assert as_claimed(values, "above") == pytest.approx(2 / 3)
    assert as_claimed(values, "below") == pytest.approx(1 / 3)
    assert np.isnan(as_claimed(np.array([np.nan]), "above"))


def scenario(name: str) -> Scenario:
    return Scenario(name, ("substitution",), "act")


def record_test(says="above", assert_=("yes",), deny=("no",)) -> RecordTest:
    def never(*arguments):
        raise AssertionError("not called")

    return RecordTest(
        "record", "", "", "", says, never, never, tuple(scenario(x) for x in assert_), tuple(scenario(x) for x in deny)
    )


def expected(supports: float, against: float, n: int = 100) -> Expected:
    return Expected(n, {"supports": supports, "against": against, "silent": 1 - supports - against}, ())


def test_power_decides_what_silence_means():
    silent = estimate(-1, 1)
    strong = rule(record_test(), silent, "silent", [expected(0.95, 0)], [expected(0.02, 0)])
    weak = rule(record_test(), silent, "silent", [expected(0.10, 0)], [expected(0.02, 0)])
    middling = rule(record_test(), silent, "silent", [expected(0.75, 0)], [expected(0.02, 0)])
    assert middling.weight < 1 / 3
    assert middling.verdict == "undetermined"
    assert strong.verdict == "contradicted"
    assert weak.verdict == "undetermined"


def test_support_must_beat_every_rival_explanation():
    found = estimate(0.2, 0.8)
    alone = rule(record_test(), found, "supports", [expected(0.6, 0)], [expected(0.05, 0)])
    rivals = record_test(deny=("no", "selection"))
    beaten = rule(rivals, found, "supports", [expected(0.6, 0)], [expected(0.05, 0), expected(0.5, 0)])
    assert alone.verdict == "supported"
    assert beaten.verdict == "undetermined"
    assert "selection" in beaten.reason


def test_contradiction_must_beat_every_asserting_scenario():
    found = estimate(-0.8, -0.2)
    alone = rule(record_test(), found, "against", [expected(0.5, 0.02)], [expected(0.05, 0.6)])
    variants = record_test(assert_=("yes", "selected"))
    saved = rule(variants, found, "against", [expected(0.5, 0.02), expected(0.2, 0.5)], [expected(0.05, 0.6)])
    assert alone.verdict == "contradicted"
    assert saved.verdict == "undetermined"


def test_what_neither_side_expects_decides_nothing():
    ruling = rule(record_test(), estimate(-0.8, -0.2), "against", [expected(0.5, 0.0)], [expected(0.05, 0.05)])
    assert ruling.verdict == "undetermined"
    assert "model is in doubt" in ruling.reason


def test_no_verdict_where_goodness_of_fit_fails():
    found = estimate(0.2, 0.8, passed=False, dispersion={"statistic": 9.0, "passed": False})
    ruling = rule(record_test(), found, "supports", [expected(0.9, 0)], [expected(0.0, 0)])
    assert ruling.verdict == "undetermined"
    assert "dispersion" in ruling.reason


def test_selection_follows_the_tide():
    change = np.linspace(-2, 2, 200)
    rng = np.random.default_rng(1)
    rising = [change[selected(change, 20, "selected by rising turnout", rng)].mean() for _ in range(200)]
    falling = [change[selected(change, 20, "selected by falling turnout", rng)].mean() for _ in range(200)]
    assert np.mean(rising) / (np.std(rising) / np.sqrt(200)) > 5
    assert np.mean(falling) / (np.std(falling) / np.sqrt(200)) < -5


def test_the_register_holds_every_claim_once_with_all_that_a_claim_needs():
    register = claims()
    assert list(register) == [*(f"S{k}" for k in range(1, 15)), *(f"C{k}" for k in range(1, 10)), "X1", "X2"]
    for name, claim in register.items():
        assert claim.id == name
        assert claim.text
        assert claim.term
        assert claim.estimand
        assert claim.tests or claim.untested, f"{name} says neither how it is tested nor why it is not"
    on_cases = [c.id for c in register.values() if any(not t.data for t in c.tests)]
    with_data = [c.id for c in register.values() if c.tests and all(t.data for t in c.tests)]
    assert len(on_cases) >= 10
    assert len(with_data) >= 4


def test_unknown_claim_is_refused():
    study = load_study("deed")
    wrong = dataclasses.replace(study, adjudication=study.adjudication.model_copy(update={"test": ["S1", "Z9"]}))
    with pytest.raises(StudyError, match="Z9"):
        asked_of(wrong)


@pytest.fixture(scope="module")
def small_study():
    study = load_study("deed")
    small = {"people": 300, "draws": 3, "records": cases()}  # the cases only, whatever this machine holds
    return dataclasses.replace(study, adjudication=study.adjudication.model_copy(update=small))


@pytest.fixture(scope="module")
def runs(small_study):
    return module.simulate_runs(asked_of(small_study)[0], small_study)


@pytest.mark.slow
def test_adjudication_of_all_claims_is_whole_and_repeatable(small_study, runs, monkeypatch):
    monkeypatch.setattr(module, "simulate_runs", lambda *a, **k: runs)
    first, second = adjudicate(small_study), adjudicate(small_study)
    tables = first.tables, second.tables
    assert first.to_dict() == second.to_dict()
    first = first.to_dict()
    for name, frame in tables[0].items():
        assert frame.equals(tables[1][name])
    assert sum(first["counts"].values()) == 25
    tested = [v for v in first["verdicts"] if v["tests"]]
    assert len(tested) >= 10
    for verdict in first["verdicts"]:
        assert verdict["verdict"] in ("supported", "contradicted", "undetermined", "not tested")
        assert set(verdict["predictions"]) == {"substitution", "catalysis"}
        for test in verdict["tests"]:
            assert {"estimate", "power", "weight", "reason"} <= set(test)
            for side in ("asserting", "denying"):
                assert sum(test["power"][c][side] for c in ("supports", "against", "silent")) == pytest.approx(1)
    rows = tables[0]["simulated_estimates"]
    assert rows.height == sum(s["n"] for v in tested for t in v["tests"] for s in t["power"]["scenarios"])


@pytest.mark.slow
def test_a_record_of_the_model_itself_is_not_taken_for_its_denial(runs):
    """S13 and C1, which have power, are supported by records simulated from the claim and not from its denial."""
    for name in ("S13", "C1"):
        test = claims()[name].tests[0]
        held = {}
        for side, scenarios in (("asserting", test.asserting), ("denying", test.denying)):
            got = []
            for account in scenarios[0].accounts:
                for draw in range(3):
                    for repeat in range(6):
                        rng = np.random.default_rng([draw, repeat])
                        got.append(classify(test.simulate(runs, account, draw, scenarios[0], rng), test.says))
            held[side] = np.mean([x == "supports" for x in got])
        assert held["asserting"] > held["denying"] + 0.3, (name, held)


def judged(*verdicts: str) -> list[RecordVerdict]:
    return [
        RecordVerdict("r", f"record {k}", "", "", None, "silent", None, None, v, "because", None, {})
        for k, v in enumerate(verdicts)
    ]


@pytest.mark.parametrize(
    ("verdicts", "conjunction", "combined"),
    [
        (("supported",), False, "supported"),
        (("supported", "undetermined"), False, "supported"),
        (("supported", "contradicted"), False, "undetermined"),
        (("undetermined", "undetermined"), False, "undetermined"),
        (("supported", "undetermined"), True, "undetermined"),
        (("supported", "supported"), True, "supported"),
        (("supported", "contradicted"), True, "contradicted"),
    ],
)
def test_the_verdict_of_a_claim_from_its_records(verdicts, conjunction, combined):
    claim = dataclasses.replace(claims()["S2"], conjunction=conjunction)
    assert combine(claim, judged(*verdicts), [])[0] == combined


def test_a_claim_without_a_record_says_why():
    verdict, reason = combine(claims()["C9"], [], [])
    assert verdict == "not tested"
    assert reason.startswith("Not tested, because")


def test_silence_does_not_contradict_a_claim_of_no_effect():
    ruling = rule(record_test("none"), estimate(-0.5, 0.5), "silent", [expected(0.9, 0.0)], [expected(0.0, 0.5)])
    assert ruling.verdict == "undetermined"
