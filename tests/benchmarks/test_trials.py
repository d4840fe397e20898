"""The instruments that judge estimators are judged themselves: they pass what is right, and catch what is broken."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import pytest
from scipy import special, stats

from groundswell.errors import EstimationError
from groundswell.estimators.core import Estimate
from groundswell.estimators.excitation.discrete import Baseline, fit_excitation, simulate_excitation
from groundswell.estimators.excitation.discrete_likelihood import DiscreteGroup
from groundswell.estimators.excitation.group import fit_both
from groundswell.estimators.excitation.intensity import climb
from groundswell.estimators.excitation.options import ExcitationSettings
from groundswell.estimators.excitation.placebo_sources import prepared_targets
from trials import (
    LENGTHS,
    WORLDS,
    Outcome,
    Trial,
    broken,
    calibration,
    detectable,
    false_positive_rate,
    interval_coverage,
    normal_cdf,
    power_curve,
    recovery,
    run,
    run_all,
    simulation_based_calibration,
)

N = 300


def normal_mean(effect=0.0, *, narrow=1.0, shift=0.0, draws=0):
    """The mean of 12 standard normals, and an estimator of it that may be broken."""

    def simulate(rng):
        truth = effect + 0.3 * rng.normal() if draws else effect
        return truth + rng.normal(size=12), truth

    def estimate(x, seed):
        if draws:  # the exact posterior under the prior that the truth comes from
            precision = 12 + 1 / 0.09
            centre = (x.sum() + effect / 0.09) / precision + shift / math.sqrt(precision)
            rng = np.random.default_rng(seed)
            return Outcome(centre, draws=rng.normal(centre, narrow / math.sqrt(precision), draws))
        centre, error = x.mean() + shift / math.sqrt(12), narrow / math.sqrt(12)
        p = float(2 * stats.norm.sf(abs(centre) / error))
        low, high = centre - 1.96 * error, centre + 1.96 * error
        return Outcome(centre, low, high, p, cdf=normal_cdf(centre, low, high), others={"other": 0.5})

    return Trial(f"mean {effect}", simulate, estimate)


# --- what is asked of the results -----------------------------------------------------------------------------------


def test_a_right_estimator_passes_every_question():
    results = run(normal_mean(), N, seed=3)
    assert recovery(results).passed
    covered = interval_coverage(results)
    assert covered.passed
    assert covered.details["truth_above_interval"] + covered.details["truth_below_interval"] == pytest.approx(
        1 - covered.value
    )
    rate = false_positive_rate(results)
    assert rate.passed
    assert rate.low < 0.05 < rate.high
    assert calibration(results).passed
    assert false_positive_rate(results, which="other").value == 0.0
    json.dumps([q.to_dict() for q in (covered, rate, calibration(results))], allow_nan=False)


def test_a_broken_estimator_fails_the_question_that_it_is_broken_in():
    narrow = run(normal_mean(narrow=0.6), N, seed=3)
    assert not interval_coverage(narrow).passed
    assert not false_positive_rate(narrow).passed
    assert not calibration(narrow).passed
    assert recovery(narrow).passed
    shifted = run(normal_mean(shift=0.7), N, seed=3)
    assert not recovery(shifted).passed
    assert recovery(shifted, allowed=0.5).passed
    assert not calibration(shifted).passed
    wide = run(normal_mean(narrow=1.7), N, seed=3)
    assert interval_coverage(wide).passed  # conservative intervals hold the truth
    assert not calibration(wide).passed  # and are distinguished from right ones


@pytest.mark.parametrize(("settings", "passes"), [({}, True), ({"narrow": 0.6}, False), ({"shift": 0.6}, False)])
def test_posterior_draws_are_judged_by_the_same_check(settings, passes):
    results = run(normal_mean(draws=63, **settings), N, seed=4)
    assert calibration(results).passed is passes


def test_the_check_of_calibration_holds_its_level_and_says_what_it_can_see():
    rng = np.random.default_rng(1)
    for n in (30, 100, 400):
        failed = sum(not simulation_based_calibration(rng.uniform(size=n), level=0.05).passed for _ in range(400))
        assert failed <= 34  # the 99.9% point at 5% of 400
    few, many = detectable(60, repeats=60), detectable(400, repeats=60)
    assert few["width"] < many["width"] < 1.0
    assert few["shift"] > many["shift"] > 0.0
    # the proof in each row is made with the row's own u: at 300, 0.6 of the width and half a deviation are caught
    proof = calibration(run(normal_mean(), N, seed=3)).details
    assert proof["too_narrow_caught"]
    assert proof["shift_caught"]
    # and where there are too few records to catch anything, it says so
    faint = calibration(run(normal_mean(), 24, seed=3)).details
    assert not faint["shift_caught"]


def test_broken_is_exact_for_normal_posteriors():
    rng = np.random.default_rng(2)
    z = rng.normal(size=5000)
    right = special.ndtr(z)
    np.testing.assert_allclose(broken(right, width=0.5), special.ndtr(z / 0.5), atol=1e-6)
    np.testing.assert_allclose(broken(right, shift=1.0), special.ndtr(z - 1), atol=1e-6)
    np.testing.assert_allclose(broken(right), right, atol=1e-6)


def test_power_rises_with_the_effect():
    curve = power_curve({size: run(normal_mean(size), 120, seed=5) for size in (0.8, 0.0, 0.4)})
    assert [size for size, _ in curve] == [0.0, 0.4, 0.8]
    shares = [found.value for _, found in curve]
    assert shares[0] < shares[1] < shares[2]
    expected = stats.norm.sf(1.96 - 0.8 * math.sqrt(12)) + stats.norm.cdf(-1.96 - 0.8 * math.sqrt(12))
    assert abs(shares[2] - expected) < 5 * math.sqrt(expected * (1 - expected) / 120)


def test_what_is_refused_or_fails_its_checks_is_counted():
    def estimate(x, seed):
        if x[0] > 1:
            raise EstimationError("too much", expected="less")
        return Outcome(p=0.01, passed=x[0] < 0)

    trial = Trial("refuses", lambda rng: (rng.normal(size=1), math.nan), estimate)
    results = run(trial, N, seed=1)
    raw, content = false_positive_rate(results), false_positive_rate(results, verdicts=True)
    assert raw.refused == sum(r.refused == "too much" for r in results) > 0
    assert raw.n + raw.refused == N
    assert raw.value == 1.0
    assert abs(content.value - 0.5 / stats.norm.cdf(1)) < 5 * math.sqrt(0.25 / raw.n)
    assert interval_coverage(results).n == 0
    assert not interval_coverage(results).passed  # nothing counted is nothing shown
    assert not calibration(results).passed


def test_results_do_not_depend_on_processes_or_order():
    one, other = normal_mean(), normal_mean(0.4)
    alone = run_all({"a": (one, 12), "b": (other, 9)}, seed=2)
    together = run_all({"b": (other, 9), "a": (one, 12)}, seed=2, processes=2)
    assert alone == together
    assert run(one, 5, seed=2) == alone["a"][:5]
    assert run(one, 5, seed=3) != alone["a"][:5]


def test_the_confidence_distribution_of_an_interval_has_its_quantiles():
    cdf = normal_cdf(0.4, 0.1, 0.9)
    for value, share in ((0.1, 0.025), (0.4, 0.5), (0.9, 0.975)):
        assert cdf(value) == pytest.approx(share, abs=1e-3)
    edge = normal_cdf(0.0, 0.0, 0.5)  # an estimate on its boundary
    assert edge(-0.1) == 0.0
    assert edge(0.5) == pytest.approx(0.975, abs=1e-3)


def test_bad_input_is_refused():
    with pytest.raises(EstimationError, match="outside 0 to 1"):
        simulation_based_calibration(np.full(30, 1.5))
    with pytest.raises(EstimationError, match="at least 20"):
        simulation_based_calibration(np.full(10, 0.5))


# --- worlds ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(WORLDS))
def test_each_world_is_what_it_says(name):
    world = WORLDS[name]
    step = world.steps[0]
    T = 10 * round(365.25 / (7 if step == "week" else 1))
    made = [world.make(np.random.default_rng(seed), T, 2, step) for seed in range(20)]
    y = np.stack([m.counts for m in made]).astype(float)
    assert y.shape == (20, T, 2)
    assert y.mean() > 0.2
    first, last = y[:, : T // 10, 0].mean(), y[:, -T // 10 :, 0].mean()
    raw = y[:, :, 0].var(axis=1) / y[:, :, 0].mean(axis=1)
    if name == "growth x12":
        assert last / first == pytest.approx(12 ** (0.9), rel=0.15)
    elif name == "coverage jump x5":
        assert last / first == pytest.approx(5.0, rel=0.15)
    elif name in ("stationary", "weekdays"):
        assert last / first == pytest.approx(1.0, rel=0.1)
    if name == "overdispersed":
        assert raw.mean() == pytest.approx(1 + 3.0, rel=0.15)  # variance over mean at a mean of 3
    elif name == "stationary":
        assert raw.mean() == pytest.approx(1.0, rel=0.1)
    elif name != "weekdays":
        assert raw.mean() - 1 > 5 * raw.std(ddof=1) / math.sqrt(20) / 2
    if name.endswith(", given"):
        assert made[0].coverage is not None
        fitted = np.corrcoef(made[0].coverage, made[0].counts[:, 0])[0, 1]
        assert fitted > 0.4
    else:
        assert made[0].coverage is None
    assert world.answerable is (name != "flickering coverage, not given")
    assert set(LENGTHS) == {"week", "day"}


def test_no_world_is_contagious_given_its_mean():
    """Counts are independent given the mean: what is left over has no memory."""
    for name, world in WORLDS.items():
        step, rng = world.steps[0], np.random.default_rng(7)
        mean, _ = world.mean(rng, 4000, 1, step)
        spread = world.dispersion
        y = rng.poisson(rng.gamma(1 / spread, spread * mean) if spread else mean)
        x = ((y - mean) / np.sqrt(mean + spread * mean**2))[:, 0]
        r = float(x[1:] @ x[:-1] / (x @ x))
        assert abs(r) < 5 / math.sqrt(4000), name


# --- the model of excitation ----------------------------------------------------------------------------------------


def excitation_trial(T):
    """A known branching ratio from 0.2 to 0.6, and where it lies in the profile's confidence distribution."""
    plain = Baseline(breaks=())

    def simulate(rng):
        n = float(rng.uniform(0.2, 0.6))
        seed = int(rng.integers(2**31))
        return simulate_excitation(np.full(T, 4.0), [[n]], half_life=1.5, dispersion=0.1, seed=seed), n

    def estimate(y, seed):
        fit = fit_excitation(y, baseline=plain, interval="none", seed=seed)
        n = float(fit.branching[0, 0])
        group = DiscreteGroup(prepared_targets(np.asarray(y, dtype=float), fit, ExcitationSettings(baseline=plain)))
        full = fit_both(group, group.begin()).full

        def cdf(truth):
            fall = 2 * (full.log_likelihood - climb(group, full, {group.at(0, 0): truth}).log_likelihood)
            return float(special.ndtr(math.copysign(math.sqrt(max(0.0, fall)), truth - n)))

        return Outcome(n, p=fit.p, passed=fit.passed, cdf=cdf)

    return Trial(f"excitation {T}", simulate, estimate)


@pytest.fixture(scope="module")
def six_years():
    return run(excitation_trial(312), 48, seed=1)


def test_the_profile_of_excitation_is_calibrated_and_the_check_would_catch_a_broken_one(six_years):
    assert calibration(six_years).passed
    u = np.array([r.u for r in six_years])
    assert not simulation_based_calibration(broken(u, width=0.5)).passed
    assert not simulation_based_calibration(broken(u, shift=0.9)).passed


def test_a_short_record_tells_much_less_and_the_table_says_so(six_years):
    short, long = recovery(run(excitation_trial(110), 48, seed=2)), recovery(six_years)
    assert float(str(short.details["rmse"])) > 1.5 * float(str(long.details["rmse"]))
    assert short.high - short.low > 1.5 * (long.high - long.low)


def test_an_estimate_of_the_house_becomes_an_outcome():
    estimate = Estimate(0.4, 0.1, 0.9, 0.02, 10, "m", "u", passed=True)
    trial = Trial(
        "house",
        lambda rng: (None, 0.4),
        lambda _, seed: Outcome(estimate.value or 0, estimate.low or 0, estimate.high or 0),
    )
    results = run(trial, 20)
    assert interval_coverage(results).value == 1.0
    assert replace(results[0], repeat=5) == results[5]
