"""Adjudication: classes of outcome, the rule of verdicts, and that it decides rightly when it is stated the truth."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace

import numpy as np
import pytest

from groundswell.claims import adjudicate as module
from groundswell.claims.adjudicate import adjudicate
from groundswell.claims.asked import asked_of
from groundswell.claims.claim import RecordTest, Scenario, as_claimed, classify
from groundswell.claims.judge import combine
from groundswell.claims.ruling import Plan, rule
from groundswell.claims.verdicts import WORDS, RecordVerdict
from groundswell.claims.weighing import Sample, Scales, statistic
from groundswell.errors import StudyError
from groundswell.estimators.core import Estimate
from groundswell.experiment.study_file import load_study
from groundswell.records.cases.library import cases
from groundswell.registers.deed.designs import Runs
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


def plan_of(test: RecordTest, *means: float, sd: float = 0.1, n: int = 60) -> Plan:
    """The plan of a test whose scenarios give normal estimates of these means, each with an interval of its spread."""
    rng = np.random.default_rng(4)
    sides = [("asserting", s) for s in test.asserting] + [("denying", s) for s in test.denying]
    got = [
        (side, s, [("x", k, estimate(v - 1.96 * sd, v + 1.96 * sd)) for k, v in enumerate(rng.normal(mean, sd, n))])
        for (side, s), mean in zip(sides, means, strict=True)
    ]
    return Plan.of(test, got)


def ruled(test: RecordTest, plan: Plan, found: Estimate):
    weighed = plan.scales.weigh(statistic(found, test.says))
    return rule(test, found, classify(found, test.says, test.margin), weighed, plan)


def test_power_decides_what_silence_means():
    silent = estimate(-0.2, 0.2)
    strong = ruled(record_test(), plan_of(record_test(), 1.0, 0.0), silent)
    weak = ruled(record_test(), plan_of(record_test(), 0.05, 0.0), silent)
    assert strong.verdict == "contradicted"
    assert strong.explained_by == "no"
    assert weak.verdict == "undecidable by design"


def test_reachability_is_known_before_the_record_is_read():
    """Where the scenarios coincide nothing can be decided; where they are far apart nearly everything is."""
    none, all_ = plan_of(record_test(), 0.05, 0.05), plan_of(record_test(), 1.0, -1.0)
    assert max(none.reach.values()) < 0.1
    assert not none.decidable
    assert min(all_.reach.values()) > 0.9
    assert all_.decidable


def test_support_must_beat_every_rival_explanation():
    found = estimate(0.8, 1.2)
    alone = ruled(record_test(), plan_of(record_test(), 1.0, 0.0), found)
    rivals = record_test(deny=("no", "selection"))
    beaten = ruled(rivals, plan_of(rivals, 1.0, 0.0, 0.95), found)
    assert alone.verdict == "supported"
    assert beaten.verdict in ("balanced", "undecidable by design")
    assert "selection" in beaten.reason


def test_contradiction_must_beat_every_asserting_scenario():
    found = estimate(-1.2, -0.8)
    alone = ruled(record_test(), plan_of(record_test(), 1.0, -1.0), found)
    variants = record_test(assert_=("yes", "selected"))
    saved = ruled(variants, plan_of(variants, 1.0, -1.0, -1.0), found)
    assert alone.verdict == "contradicted"
    assert saved.verdict == "balanced"


def test_what_no_scenario_makes_is_a_misfit_of_the_model():
    ruling = ruled(record_test(), plan_of(record_test(), 1.0, -1.0), estimate(4.8, 5.2))
    assert ruling.verdict == "model misfits"
    assert ruling.explained_by == "neither account"


def test_the_tide_alone_is_named_where_it_explains_what_no_account_does():
    """Row A2: substitution -0.96, catalysis +2.14, the tide without effect +0.15; observed +0.28."""
    falls = record_test("below", deny=("catalysis", "tide"))
    rises = record_test("above", deny=("substitution", "tide"))
    found = estimate(0.08, 0.48)
    denied = ruled(falls, plan_of(falls, -0.96, 2.14, 0.2), found)
    assert (denied.verdict, denied.explained_by) == ("contradicted", "tide")
    claimed = ruled(rises, plan_of(rises, 2.14, -0.96, 0.2), found)
    assert (claimed.verdict, claimed.explained_by) == ("model misfits", "tide")
    assert "scenarios that deny the claim explain it better" in claimed.reason


def test_no_verdict_where_goodness_of_fit_fails():
    found = estimate(0.8, 1.2, passed=False, dispersion={"statistic": 9.0, "passed": False})
    ruling = ruled(record_test(), plan_of(record_test(), 1.0, 0.0), found)
    assert ruling.verdict == "not tested"
    assert "dispersion" in ruling.reason


def test_a_verdict_holds_beyond_the_error_of_its_weight():
    """A weight near the threshold is no verdict, and the same with more draws is one."""
    test = record_test()
    found = estimate(0.02, 0.38)
    few, many = (plan_of(test, 0.25, 0.0, n=n) for n in (10, 4000))
    weights = [p.scales.weigh(0.2) for p in (few, many)]
    assert weights[0].error > 5 * weights[1].error
    assert ruled(test, few, found).verdict != "supported"
    assert ruled(test, many, found).verdict == "supported"


def samples(rng: np.random.Generator, n: int) -> list[Sample]:
    return [Sample("yes", True, rng.normal(1, 1, n), n), Sample("no", False, rng.normal(-1, 1, n), n)]


def test_the_weight_is_the_ratio_of_the_densities():
    """Of two normal scenarios, within five Monte Carlo errors and what the kernel's width smooths."""
    rng = np.random.default_rng(2)
    scales = Scales(samples(rng, 4000))
    for v in (-1.0, 0.0, 0.5, 1.5):
        found = scales.weigh(v)
        assert abs(np.log(found.weight) - 2 * v) < 5 * found.error + 0.1
    assert scales.weigh(50.0).weight == pytest.approx(1, abs=0.2)  # seen under neither: the wide half observation
    assert scales.weigh(50.0).fitting == []


def test_the_error_of_a_weight_is_its_scatter_between_seeds():
    rng = np.random.default_rng(3)
    found = [Scales(samples(rng, 32)).weigh(0.4) for _ in range(400)]
    scatter = np.std([np.log(w.weight) for w in found], ddof=1)
    stated = np.sqrt(np.mean([w.error**2 for w in found]))
    assert 0.75 < stated / scatter < 1.33  # scatter is known to 3.5%, and the kernels' width varies besides


def test_selection_follows_the_tide():
    change = np.linspace(-2, 2, 200)
    rng = np.random.default_rng(1)
    rising = [change[selected(change, 20, "selected by rising turnout", rng)].mean() for _ in range(200)]
    falling = [change[selected(change, 20, "selected by falling turnout", rng)].mean() for _ in range(200)]
    assert np.mean(rising) / (np.std(rising) / np.sqrt(200)) > 5
    assert np.mean(falling) / (np.std(falling) / np.sqrt(200)) < -5


def test_the_register_holds_every_claim_once_with_all_that_a_claim_needs():
    register = claims()
    assert list(register) == [*(f"S{k}" for k in range(1, 19)), *(f"C{k}" for k in range(1, 12)), "X1", "X2"]
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


@pytest.mark.long
@pytest.mark.slow
def test_adjudication_of_all_claims_is_whole_and_repeatable(small_study, runs, monkeypatch):
    monkeypatch.setattr(module, "simulate_runs", lambda *a, **k: runs)
    first, second = adjudicate(small_study), adjudicate(small_study)
    tables = first.tables, second.tables
    assert first.to_dict() == second.to_dict()
    first = first.to_dict()
    for name, frame in tables[0].items():
        assert frame.equals(tables[1][name])
    assert sum(first["counts"].values()) == 31
    tested = [v for v in first["verdicts"] if v["tests"]]
    assert len(tested) >= 10
    for verdict in first["verdicts"]:
        assert verdict["verdict"] in WORDS
        assert set(verdict["predictions"]) == {"substitution", "catalysis"}
        for test in verdict["tests"]:
            assert {"estimate", "power", "weight", "reason"} <= set(test)
            assert (test["power"] is None) == (test["fitted"] is not None)  # a test by fits has no shares of scenarios
            for side in ("asserting", "denying") if test["power"] else ():
                assert sum(test["power"][c][side] for c in ("supports", "against", "silent")) == pytest.approx(1)
    rows = tables[0]["simulated_estimates"]
    assert rows.height == sum(s["n"] for v in tested for t in v["tests"] if t["power"] for s in t["power"]["scenarios"])


# Where each claim puts its estimand, read off its text: "fewer take part" is below, "raises hope" is above.
WORDING = {
    **dict.fromkeys(("S1", "S3", "S4", "S6", "S10", "S11", "S14", "C1", "C6", "S16"), "below"),
    **dict.fromkeys(("S2", "S7", "S8", "S9", "S12", "S13", "C2", "C3", "C4", "C5", "C7", "C8", "C9", "X2"), "above"),
    **dict.fromkeys(("S15", "S17", "S18", "C10", "C11"), "above"),
    "S5": "none", "X1": "either",
}  # fmt: skip


@pytest.mark.parametrize("name", claims())
def test_each_prediction_points_where_its_claim_does(name):
    claim = claims()[name]
    assert claim.prediction is not None
    assert claim.prediction.says == WORDING[name], claim.text


def test_no_claim_is_tested_by_the_record_that_its_prior_comes_from():
    """Row A6: the theory's sources name the poll of S13 and the survey of C1."""
    assert {t.record for t in claims()["S13"].tests} == {"elsoc_chile"}
    assert not claims()["C1"].tests
    assert "prior" in claims()["S13"].untested
    assert "prior" in claims()["C1"].untested


@pytest.mark.long
@pytest.mark.slow
def test_a_mass_day_moves_the_rate_of_acts(runs):
    """Row A7: the prediction of X1 is not zero in every draw, and that of S14 differs from its negation."""
    x1, s14 = claims()["X1"].prediction, claims()["S14"].prediction
    assert any(np.any(x1.compute(runs, account) != 0) for account in ("substitution", "catalysis"))
    for account in ("substitution", "catalysis"):
        assert not np.array_equal(s14.compute(runs, account), s14.negation(runs, account))


def judged(*verdicts: str) -> list[RecordVerdict]:
    return [
        RecordVerdict("r", f"record {k}", "", "", None, "silent", None, None, v, "because", {})
        for k, v in enumerate(verdicts)
    ]


@pytest.mark.parametrize(
    ("verdicts", "conjunction", "combined"),
    [
        (("supported",), False, "supported"),
        (("supported", "balanced"), False, "supported"),
        (("supported", "contradicted"), False, "balanced"),
        (("undecidable by design", "balanced"), False, "balanced"),
        (("undecidable by design", "model misfits"), False, "model misfits"),
        (("not tested", "undecidable by design"), False, "undecidable by design"),
        (("supported", "balanced"), True, "balanced"),
        (("supported", "supported"), True, "supported"),
        (("supported", "contradicted"), True, "contradicted"),
    ],
)
def test_the_verdict_of_a_claim_from_its_records(verdicts, conjunction, combined):
    claim = dataclasses.replace(claims()["S2"], conjunction=conjunction)
    assert combine(claim, judged(*verdicts), [])[0] == combined


@pytest.mark.parametrize(
    ("deciding", "other", "passed", "combined"),
    [
        ("silent", "supports", True, "balanced"),
        ("silent", "supports", False, "contradicted"),  # the other record's checks fail
        ("silent", "silent", True, "contradicted"),
        ("against", "supports", True, "contradicted"),
    ],
)
def test_silence_alone_does_not_contradict_what_another_record_supports(deciding, other, passed, combined):
    first, second = judged("contradicted", "model misfits")
    estimate = Estimate(0.1, 0.05, 0.15, 0.01, 20, "m", "u", passed, {})
    tests = (
        dataclasses.replace(first, outcome=deciding, estimate=estimate),
        dataclasses.replace(second, outcome=other, estimate=dataclasses.replace(estimate, passed=passed)),
    )
    for conjunction, part in ((False, ""), (True, "one part")):
        claim = dataclasses.replace(claims()["S2"], conjunction=conjunction)
        verdict, reason = combine(claim, [dataclasses.replace(test, part=part) for test in tests], [])
        assert verdict == combined
        assert ("another record supports it" in reason) == (combined == "balanced")


def test_a_conjunction_is_not_supported_where_a_part_of_it_has_no_record():
    """It can still be contradicted; and a claim that is no conjunction stands by the records that there are."""
    whole = dataclasses.replace(claims()["S2"], conjunction=True)
    missing = ["the record x is not on this machine"]
    verdict, reason = combine(whole, judged("supported"), missing)
    assert verdict == "balanced"
    assert reason == "record 0: supported. because. Not tested: the record x is not on this machine."
    assert combine(whole, judged("contradicted"), missing)[0] == "contradicted"
    verdict, reason = combine(dataclasses.replace(whole, conjunction=False), judged("supported"), missing * 2)
    assert verdict == "supported"
    assert reason.endswith("Not tested: the record x is not on this machine.")


def test_a_claim_without_a_record_says_why():
    verdict, reason = combine(claims()["C9"], [], [])
    assert verdict == "not tested"
    assert reason.startswith("Not tested, because")


def test_silence_does_not_contradict_a_claim_of_no_effect():
    test = record_test("none")
    assert ruled(test, plan_of(test, 0.0, 1.0), estimate(-0.1, 1.9)).verdict != "contradicted"
    assert ruled(test, plan_of(test, 0.0, 1.0), estimate(0.8, 1.2)).verdict == "contradicted"


@pytest.mark.long
@pytest.mark.slow
def test_acts_that_follow_the_tide_keep_their_effect(small_study):
    """Row A1: under substitution acts that follow rising turnout still lower it; relabelled dates would erase that."""
    test = next(t for t in claims()["S3"].tests if "russia" in t.record)
    register = dataclasses.replace(asked_of(small_study)[0].register, runs=lambda of: SimpleNamespace(of=of))
    simulation = next(x for x in register.simulated(small_study) if "18" in x.name)
    asked = dataclasses.replace(asked_of(small_study)[0], register=register, simulations=(simulation,))
    ensemble = module.simulate_runs(asked, small_study).of[simulation.name]
    runs = Runs(ensemble, ensemble, ensemble)
    selected_own = test.asserting[1]
    assert "rising" in selected_own.name
    felt = [
        test.simulate(runs, "substitution", d, selected_own, np.random.default_rng([d, k])).value
        for d in range(3)
        for k in range(4)
    ]
    relabelled = dataclasses.replace(selected_own, arm="own acts")
    erased = [
        test.simulate(runs, "substitution", d, relabelled, np.random.default_rng([d, k])).value
        for d in range(3)
        for k in range(4)
    ]
    assert np.mean(erased) - np.mean(felt) > 0.3
