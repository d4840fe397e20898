"""The model of excitation: on known truths, and on series that only look contagious."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import pytest

import groundswell.estimators.excitation.discrete as module
from groundswell.errors import EstimationError
from groundswell.estimators.excitation.baseline import dense_design
from groundswell.estimators.excitation.discrete import (
    Baseline,
    fit_excitation,
    simulate_excitation,
)
from groundswell.estimators.excitation.options import Tide
from groundswell.estimators.statistics.diagnostics import coverage

SPLINE = Baseline()
T = 364  # seven years of weeks
GOOD = np.random.default_rng(13).poisson(3, 100)
WEEKS = np.arange(T)


def near(hits, share, n):
    return abs(hits - share * n) < 5 * math.sqrt(n * share * (1 - share))


# --- simulator ------------------------------------------------------------------------------------------------------


def test_the_simulator_has_the_stationary_mean_and_the_direction():
    n = np.array([[0.3, 0.5], [0.0, 0.2]])
    y = simulate_excitation(np.tile([2.0, 1.0], (20_000, 1)), n, half_life=1.0, dispersion=0.1, seed=2).astype(float)
    expected = np.linalg.solve(np.eye(2) - n.T, [2.0, 1.0])
    batches = y.reshape(100, 200, 2).mean(axis=1)
    assert (np.abs(batches.mean(axis=0) - expected) < 5 * batches.std(axis=0) / 10).all()
    first, second = y[:, 0] - y[:, 0].mean(), y[:, 1] - y[:, 1].mean()
    leads, follows = first[:-1] @ second[1:], second[:-1] @ first[1:]
    assert leads > 2 * abs(follows)  # kind 0 excites kind 1, not the other way around
    again = simulate_excitation(np.full((50, 1), 2.0), [[0.3]], seed=5)
    np.testing.assert_array_equal(again, simulate_excitation(np.full((50, 1), 2.0), [[0.3]], seed=5))


# --- series that only look contagious -------------------------------------------------------------------------------


def growth(rng):
    return 0.5 * np.exp(np.log(12) * WEEKS / T)


def season(rng):
    return 3 * np.exp(0.8 * np.cos(2 * np.pi * WEEKS / 52.18 + rng.uniform(0, 6)))


def jump(rng):
    return np.where(rng.uniform(0.25, 0.75) * T > WEEKS, 1.5, 7.5)


@pytest.mark.parametrize(("baseline", "repeats"), [(growth, 60), (season, 60), (jump, 40)])
def test_growth_season_and_a_jump_in_coverage_are_not_contagion(baseline, repeats):
    hits = failed = 0
    for seed in range(repeats):
        rng = np.random.default_rng([seed, 3])
        y = simulate_excitation(baseline(rng), [[0.0]], dispersion=0.2 * (seed % 2), seed=seed)
        fit = fit_excitation(y, baseline=SPLINE, interval="none", seed=seed)
        hits += fit.p < 0.05
        failed += not fit.passed
    # not above the nominal 5%; below is allowed, since integrating the trend out makes the test a little conservative
    assert max(hits, failed) < 2 * 0.05 * repeats


@pytest.mark.parametrize(
    ("baseline", "rigid"),
    [(growth, None), (season, Baseline(df_per_year=0.1, harmonics=0)), (jump, Baseline(df_per_year=0.1, breaks=()))],
)
def test_the_same_series_look_contagious_to_a_baseline_without_what_they_need(baseline, rigid, monkeypatch):
    if rigid is None:  # a constant baseline: no trend at all
        monkeypatch.setattr(module, "design", lambda T, *a: dense_design(np.ones((T, 1)), np.zeros((T, 0))))
        rigid = Baseline(breaks=())
    hits = 0
    for seed in range(10):
        y = simulate_excitation(baseline(np.random.default_rng([seed, 3])), [[0.0]], seed=seed)
        hits += fit_excitation(y, baseline=rigid, interval="none").p < 0.05
    assert hits >= 9


def test_a_working_week_is_not_contagion():
    days = np.arange(800)
    found = {None: 0, False: 0}
    for seed in range(20):
        y = simulate_excitation(np.where(days % 7 < 5, 3.0, 0.7), [[0.0]], seed=seed)
        for weekdays in found:
            settings = Baseline(weekdays=weekdays, breaks=())
            fit = fit_excitation(y, step="day", baseline=settings, interval="none", family="poisson")
            found[weekdays] += fit.p < 0.05 or not fit.passed
    assert found[False] == 20
    assert found[None] < 2 * 0.1 * 20  # either of two tests at 5%


def test_a_flickering_coverage_is_contagion_unless_it_is_given():
    found = {"without": 0, "with": 0}
    for seed in range(12):
        rng = np.random.default_rng([seed, 9])
        effort = np.zeros(T)
        for i in range(1, T):
            effort[i] = 0.8 * effort[i - 1] + 0.4 * rng.normal()
        y = simulate_excitation(4 * np.exp(effort), [[0.0]], seed=seed)
        found["without"] += fit_excitation(y, baseline=SPLINE, interval="none").p < 0.05
        found["with"] += fit_excitation(y, baseline=SPLINE, coverage=effort, interval="none").p < 0.05
    assert found["without"] >= 10
    assert found["with"] < 2 * 0.05 * 12
    assert found["with"] < found["without"] - 5


def test_a_jump_of_all_kinds_together_is_not_excitation_between_them():
    """The past of one kind explains the jump of the other, unless the jump is looked for without excitation too."""
    hits = 0
    for seed in range(12):
        later = np.arange(520) >= np.random.default_rng([seed, 3]).uniform(0.25, 0.75) * 520
        mean = np.where(later, 2.0, 0.4)[:, None] * [3.0, 2.0]
        y = simulate_excitation(mean, np.zeros((2, 2)), seed=seed)
        fit = fit_excitation(y, baseline=SPLINE, interval="none", seed=seed)
        hits += fit.p < 0.05
    assert hits < 2 * 0.05 * 12  # four of ten without the search


def test_a_jump_is_located_and_bursts_are_not_taken_for_jumps():
    y = simulate_excitation(np.where(WEEKS < 200, 1.5, 7.5), [[0.0]], seed=1)
    fit = fit_excitation(y, baseline=SPLINE, interval="none")
    assert len(fit.breaks[0]) == 1
    assert abs(fit.breaks[0][0] - 200) <= 3
    found = 0
    for seed in range(10):
        y = simulate_excitation(np.full(T, 3.0), [[0.4]], half_life=2.0, seed=seed)
        found += len(fit_excitation(y, baseline=SPLINE, interval="none").breaks[0])
    assert found <= 1


# --- known truths ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def known():
    """Sixty fits of n = 0.4 with profile intervals."""
    return [
        fit_excitation(
            simulate_excitation(np.full(T, 4.0), [[0.4]], half_life=1.5, dispersion=0.1, seed=seed),
            baseline=SPLINE,
            seed=seed,
        )
        for seed in range(60)
    ]


@pytest.mark.long
def test_branching_and_half_life_are_covered(known):
    low, high = (np.array([getattr(f, end)[0, 0] for f in known]) for end in ("low", "high"))
    assert coverage(low, high, 0.4, 0.95).statistic > 0.9
    inside = sum(f.half_life_low[0] <= 1.5 <= f.half_life_high[0] for f in known)
    assert inside > 0.9 * 60
    # an interval of a third of the width is found out
    middle = np.array([f.branching[0, 0] for f in known])
    assert not coverage(middle + (low - middle) / 3, middle + (high - middle) / 3, 0.4, 0.95).passed
    assert sum(f.excited for f in known) >= 45


def test_the_answer_says_what_was_found(known):
    fit = next(f for f in known if f.excited)
    assert "Excitation was found" in fit.answer
    content = json.loads(json.dumps(fit.to_dict()))
    assert content["excited"] is True
    assert content["branching"][0][0] == pytest.approx(fit.branching[0, 0])
    assert 0 < content["triggered"][0] < 1
    assert fit.spectral_radius == pytest.approx(fit.branching[0, 0])
    assert fit.aic == pytest.approx(2 * (2 + 6 + 2) - 2 * fit.log_likelihood)
    # parameters: branching and decay; line and season; dispersion and stiffness
    assert fit.mean.shape == (T, 1)


def test_the_estimate_settles_on_the_truth_in_a_long_record():
    settings = Baseline(df_per_year=0.2, harmonics=0, breaks=())
    found = []
    for seed in range(8):
        y = simulate_excitation(np.full(4000, 5.0), [[0.4]], half_life=1.5, seed=seed)
        found.append(fit_excitation(y, baseline=settings, family="poisson", interval="none").branching[0, 0])
    assert abs(np.mean(found) - 0.4) < 5 * np.std(found, ddof=1) / math.sqrt(8)


def cross_series(seed, T=400):
    return simulate_excitation(np.full((T, 2), 4.0), [[0.0, 0.6], [0.0, 0.0]], half_life=1.0, seed=seed)


def test_the_direction_of_cross_excitation_is_recovered():
    low, high, p_right, p_wrong = [], [], 0, 0
    for seed in range(8):
        names = ["violence", "repression"]
        fit = fit_excitation(cross_series(seed), kinds=names, baseline=SPLINE, interval="wald", seed=seed)
        assert fit.branching[0, 1] > fit.branching[1, 0] + 0.2  # [source, target]
        low.append(fit.low)
        high.append(fit.high)
        p_right += fit.pair_p[0, 1] < 0.05
        p_wrong += fit.pair_p[1, 0] < 0.05
        assert "'violence' triggers" in fit.answer or not fit.excited
    inside = (np.array(low)[:, 0, 1] <= 0.6) & (np.array(high)[:, 0, 1] >= 0.6)
    assert inside.all()
    assert p_right >= 7
    assert p_wrong == 0


def test_the_order_of_kinds_does_not_matter():
    y = cross_series(3)
    a = fit_excitation(y, interval="none", baseline=Baseline(breaks=()))
    b = fit_excitation(y[:, ::-1], interval="none", baseline=Baseline(breaks=()))
    np.testing.assert_allclose(a.branching, b.branching[::-1, ::-1], atol=2e-3)
    assert a.log_likelihood == pytest.approx(b.log_likelihood, abs=1e-2)


def test_a_shared_decay_is_one_number():
    fit = fit_excitation(cross_series(4), decay="shared", interval="none", baseline=Baseline(breaks=()))
    assert np.unique(fit.half_life).size == 1
    own = fit_excitation(cross_series(4), interval="none", baseline=Baseline(breaks=()))
    assert fit.log_likelihood <= own.log_likelihood + 1e-2


def test_inhibition_is_seen_only_where_it_is_allowed():
    y = simulate_excitation(np.full((T, 2), 8.0), [[0.0, -0.5], [0.0, 0.0]], half_life=1.0, inhibition=True, seed=6)
    fit = fit_excitation(y, inhibition=True, baseline=Baseline(breaks=()), interval="wald")
    assert fit.high[0, 1] < 0
    assert fit.low[0, 1] < -0.5 < fit.high[0, 1]
    assert fit.pair_p[0, 1] < 0.01
    assert "prevents" in fit.answer
    bounded = fit_excitation(y, baseline=Baseline(breaks=()), interval="profile")
    assert bounded.branching[0, 1] == pytest.approx(0, abs=1e-6)
    assert bounded.low[0, 1] == 0


def test_bootstrap_agrees_on_clear_cases_and_reverses_bias():
    contagious = simulate_excitation(np.full(260, 4.0), [[0.6]], half_life=1.0, seed=7)
    settings = Baseline(breaks=())
    fit = fit_excitation(contagious, baseline=settings, interval="bootstrap", bootstrap=100, seed=1)
    assert fit.p == pytest.approx(1 / 101)
    assert "bootstrap" in fit.p_method
    assert fit.low[0, 0] < 0.6 < fit.high[0, 0]
    assert fit.bias is not None
    plain = fit_excitation(np.random.default_rng(8).poisson(4, 200), baseline=settings, bootstrap=60, interval="none")
    asymptotic = fit_excitation(np.random.default_rng(8).poisson(4, 200), baseline=settings, interval="none")
    assert plain.p > 0.05
    assert asymptotic.p > 0.05


# --- goodness of fit ------------------------------------------------------------------------------------------------


def test_a_model_that_does_not_fit_gets_no_verdict():
    rng = np.random.default_rng(10)
    wide = rng.negative_binomial(1.0, 1 / 6.0, T)
    fit = fit_excitation(wide, family="poisson", interval="none", baseline=Baseline(breaks=()))
    assert not fit.passed
    assert not fit.excited
    assert "No verdict" in fit.answer
    assert fit_excitation(wide, interval="none", baseline=Baseline(breaks=())).passed
    alternating = rng.poisson(np.where(WEEKS % 2 == 0, 2.0, 9.0))
    fit = fit_excitation(alternating, interval="none", baseline=Baseline(breaks=()))
    memory = next(c for c in fit.checks["kind 0"] if "memory" in c.name)
    assert not memory.passed
    assert not fit.excited


# --- sensitivity and placebos ---------------------------------------------------------------------------------------


# --- input ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("counts", "settings"),
    [
        (GOOD[:50], {}),
        (np.append(GOOD, -1), {}),
        (np.append(GOOD.astype(float), np.nan), {"baseline": Baseline()}),
        (np.append(GOOD.astype(float), np.inf), {}),
        (GOOD, {"watched": np.ones(3, bool)}),
        (GOOD, {"half_lif": (1.0, 2.0)}),
        (GOOD, {"baseline": Tide(breaks=(200,))}),
        (GOOD, {"baseline": Tide(), "inhibition": True}),
        (np.append(GOOD.astype(float), 0.5), {}),
        (np.zeros(100), {}),
        (np.append(GOOD, 10**7), {}),
        (GOOD.reshape(5, 5, 4), {}),
        (["x"] * 100, {}),
        (GOOD, {"kinds": ["a", "b"]}),
        (np.column_stack([GOOD, GOOD]), {"kinds": ["a", "a"]}),
        (GOOD, {"step": "year"}),
        (GOOD, {"family": "normal"}),
        (GOOD, {"decay": "none"}),
        (GOOD, {"interval": "bootstrap"}),
        (GOOD, {"interval": "hdi"}),
        (GOOD, {"level": 1.2}),
        (GOOD, {"half_life": (5.0, 2.0)}),
        (GOOD, {"coverage": [1.0, 2.0]}),
        (GOOD, {"coverage": np.full(100, np.nan)}),
        (GOOD, {"baseline": Baseline(breaks=(200,))}),
        (GOOD, {"baseline": Baseline(weekdays=True)}),
    ],
)
def test_bad_input_is_refused(counts, settings):
    with pytest.raises(EstimationError):
        fit_excitation(counts, **settings)


@pytest.mark.parametrize("wrong", [{"df_per_year": -1.0}, {"harmonics": -1}, {"breaks": "some"}])
def test_a_baseline_that_cannot_be_is_refused(wrong):
    with pytest.raises(EstimationError):
        replace(Baseline(), **wrong)


@pytest.mark.parametrize(
    ("baseline", "branching", "settings"),
    [
        (np.ones(50), [[1.0]], {}),
        (np.ones(50), [[-0.1]], {}),
        (-np.ones(50), [[0.1]], {}),
        (np.ones((50, 2)), [[0.1]], {}),
        (np.ones(50), [[0.1]], {"half_life": 0.0}),
        (np.ones(50), [[0.1]], {"dispersion": [0.1, 0.2]}),
        (np.ones(50), [[0.1]], {"dispersion": -1.0}),
    ],
)
def test_the_simulator_refuses_bad_input(baseline, branching, settings):
    with pytest.raises(EstimationError):
        simulate_excitation(baseline, branching, **settings)
