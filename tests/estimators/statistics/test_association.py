"""Small-sample tools: exact where they say so, and right about how often they are wrong."""

from __future__ import annotations

import json
import math
from itertools import permutations

import numpy as np
import pytest
from scipy import stats

from groundswell.errors import EstimationError
from groundswell.estimators.statistics.association import (
    concession_slope,
    growth_rate,
    permutation_difference,
    rank_association,
)
from groundswell.estimators.statistics.diagnostics import coverage


def near(share, nominal, n):
    return abs(share - nominal) < 5 * math.sqrt(nominal * (1 - nominal) / n)


# --- permutation ----------------------------------------------------------------------------------------------------


def test_exact_p_by_hand():
    # 4 + 4 values fully separated: 2 of 70 arrangements are as extreme
    e = permutation_difference([1, 2, 3, 4, 5, 6, 7, 8], [0, 0, 0, 0, 1, 1, 1, 1])
    assert e.value == 4
    assert e.p == pytest.approx(2 / 70)
    # sign: second group in sorted order minus first
    assert permutation_difference([1, 2, 9, 8], ["b", "b", "a", "a"]).value == -7


def test_the_interval_is_the_set_of_shifts_not_rejected():
    rng = np.random.default_rng(1)
    v, g = rng.normal(size=9), np.array([0, 1, 0, 1, 1, 0, 0, 1, 0], dtype=bool)
    e = permutation_difference(v, g)
    for edge, inwards in ((e.low, 1e-4), (e.high, -1e-4)):
        assert permutation_difference(v - (edge + inwards) * g, g).p > 0.05
        assert permutation_difference(v - (edge - inwards) * g, g).p <= 0.05


def test_monte_carlo_agrees_with_exact_and_is_repeatable():
    rng = np.random.default_rng(2)
    v = rng.normal(size=16) + np.arange(16) / 16
    g = np.arange(16) % 2 == 0
    exact = permutation_difference(v, g)
    big_v, big_g = np.tile(v, 2), np.tile(g, 2)
    many = permutation_difference(big_v, big_g, seed=3)
    assert "Monte Carlo" in many.method
    assert "exact" in exact.method
    assert many == permutation_difference(big_v, big_g, seed=3)
    # the same test by scipy, from other random arrangements
    other = stats.permutation_test(
        (big_v[big_g], big_v[~big_g]),
        lambda a, b: a.mean() - b.mean(),
        n_resamples=20_000,
        rng=np.random.default_rng(1),
    )
    error = math.sqrt(2 * other.pvalue * (1 - other.pvalue) / 20_000)
    assert abs(many.p - other.pvalue) < 5 * error + 2e-4


def test_permutation_interval_covers():
    low, high = [], []
    for seed in range(300):
        rng = np.random.default_rng([seed, 1])
        g = np.arange(12) < 6
        e = permutation_difference(rng.exponential(size=12) + 1.5 * g, g)
        low.append(e.low)
        high.append(e.high)
    share = coverage(low, high, 1.5, 0.95).statistic
    assert near(share, 0.95, 300)
    assert not coverage(np.array(low) + 1.0, high, 1.5, 0.95).passed


def test_too_few_to_decide_does_not_pass():
    e = permutation_difference([1, 2, 9], [0, 0, 1])
    assert not e.passed
    assert math.isinf(e.high)
    assert json.loads(json.dumps(e.to_dict()))["high"] is None
    assert e.to_dict()["unbounded"] == ["low", "high"]


# --- ranks ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["spearman", "kendall"])
def test_rank_association_against_scipy_and_by_enumeration(method):
    rng = np.random.default_rng(4)
    x, y = rng.integers(0, 6, 7).astype(float), rng.normal(size=7)
    e = rank_association(x, y, method=method)
    reference = stats.spearmanr if method == "spearman" else stats.kendalltau
    assert e.value == pytest.approx(reference(x, y).statistic)
    hits = [abs(reference(x, y[list(o)]).statistic) >= abs(e.value) - 1e-12 for o in list(permutations(range(7)))[::7]]
    # every seventh of the 5,040 orders, taken by scipy: a sample of 720
    assert abs(np.mean(hits) - e.p) < 5 * math.sqrt(max(e.p * (1 - e.p), 1e-3) / 720)


def test_rank_association_monte_carlo_level():
    p = [rank_association(*np.random.default_rng([s, 2]).normal(size=(2, 12)), draws=999, seed=s).p for s in range(200)]
    assert np.sum(np.array(p) <= 0.05) <= 18  # the 99% point at 5% of 200
    found = rank_association(np.arange(12.0), np.arange(12.0) ** 3)
    assert found.value == pytest.approx(1.0)
    assert found.p < 0.001


# --- growth ---------------------------------------------------------------------------------------------------------


def test_growth_covers_with_ranges_and_is_wider_than_without():
    low, high = [], []
    for seed in range(300):
        rng = np.random.default_rng([seed, 4])
        t = np.arange(8.0)
        y = np.exp(2 + 0.6 * t + rng.normal(0, 0.2, 8))
        width = rng.uniform(0, 0.5, 8)
        place = rng.uniform(size=8)
        e = growth_rate(y * np.exp(-place * width), y * np.exp((1 - place) * width), t, seed=seed, draws=2000)
        low.append(e.low)
        high.append(e.high)
    share = coverage(low, high, 0.6, 0.95).statistic
    assert share > 0.9
    # Leipzig, autumn 1989: weeks from 25 September; low and high figures of the sources
    t = np.array([0, 1, 2, 3, 4, 5, 6.0])
    lows = np.array([6000, 20000, 50000, 110000, 225000, 300000, 450000.0])
    highs = np.array([6000, 20000, 70000, 120000, 300000, 350000, 500000.0])
    e = growth_rate(lows, highs, t, unit="per week")
    mid = growth_rate(np.sqrt(lows * highs), np.sqrt(lows * highs), t)
    assert e.p < 0.01
    assert e.value == pytest.approx(mid.value, rel=0.02)
    assert e.checks["variance_share_of_ranges"] > 0
    assert not e.passed  # growth slows towards the end: one rate does not describe it


# --- concessions ----------------------------------------------------------------------------------------------------


def test_concession_slope_recovers_covers_and_holds_its_level():
    low, high, p = [], [], []
    for seed in range(200):
        rng = np.random.default_rng([seed, 8])
        turnout = np.exp(rng.normal(10, 1, 24))
        e = concession_slope(turnout, rng.poisson(np.exp(-8 + 0.9 * np.log(turnout))), draws=200, seed=seed)
        low.append(e.low)
        high.append(e.high)
        p.append(concession_slope(turnout, rng.poisson(2.0, 24), draws=400, seed=seed).p)
    assert coverage(low, high, 0.9, 0.95).statistic > 0.9
    assert np.sum(np.array(p) <= 0.05) <= 18  # the 99% point at 5% of 200


def test_concession_slope_is_the_poisson_maximum():
    rng = np.random.default_rng(9)
    t, c, e = np.exp(rng.normal(8, 1, 15)), rng.poisson(3, 15), rng.uniform(1, 2, 15)
    found = concession_slope(t, c, exposure=e, draws=100)
    x = np.log(t)
    slopes = found.value + np.linspace(-0.2, 0.2, 41)

    def profile(b):  # the constant drops out: a multinomial over periods
        w = e * np.exp(b * (x - x.mean()))
        return float(c @ np.log(w / w.sum()))

    assert slopes[int(np.argmax([profile(b) for b in slopes]))] == pytest.approx(found.value)


# --- input ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "call",
    [
        lambda: permutation_difference([1, 2, np.nan], [0, 0, 1]),
        lambda: permutation_difference([1, 2, 3], [0, 1, 2]),
        lambda: permutation_difference([1, 2, 3], [0, 1]),
        lambda: permutation_difference([1, 2, 3], [0, 0, 1], level=1.5),
        lambda: rank_association([1, 1, 1, 1], [1, 2, 3, 4]),
        lambda: rank_association([1, 2, 3, 4], [1, 2, 3, 4], method="pearson"),
        lambda: growth_rate([2, 2, 2], [1, 3, 3], [0, 1, 2]),
        lambda: growth_rate([1, 2, 2], [1, 3, 3], [0, 2, 1]),
        lambda: concession_slope([1, 2, 3, 4, 5, 0], [1, 0, 0, 0, 0, 0]),
        lambda: concession_slope([1, 2, 3, 4, 5, 6], [0, 0, 0, 0, 0, 0]),
        lambda: concession_slope([1, 2, 3, 4, 5, 6], [0, 0, 0.5, 0, 0, 0]),
        lambda: growth_rate(["a", "b", "c"], ["a", "b", "c"], [0, 1, 2]),
    ],
)
def test_bad_input_is_refused(call):
    with pytest.raises(EstimationError):
        call()


@pytest.mark.parametrize("rho", [0.0, 0.8, 1.0])
def test_labels_shifted_in_time_keep_their_size_under_memory(rho):
    """A dozen years with memory and clumped labels (E11), where exchanging years finds 9 to 10%."""
    rng = np.random.default_rng(1)
    labels = np.zeros(16, bool)
    labels[[5, 6, 7, 8, 9, 10, 14]] = True
    hits = 0
    for _ in range(400):
        x = np.zeros(18)
        for t in range(1, 18):
            x[t] = rho * x[t - 1] + rng.normal()
        change = (x[1:-1] + x[2:]) / 2 - x[:-2]
        hits += permutation_difference(change, labels, order="time").p < 0.05
    assert hits <= 31  # the 99% point at 5% of 400


def test_shifts_find_what_is_there_and_say_when_they_could_not():
    rng = np.random.default_rng(2)
    labels = np.zeros(24, bool)
    labels[[3, 4, 11, 17, 18]] = True
    found = permutation_difference(labels * 3.0 + rng.normal(size=24), labels, order="time")
    assert found.p == pytest.approx(1 / 48)
    assert found.checks["arrangements"] == 48
    assert found.low < 3 < found.high
    assert not permutation_difference(np.arange(8.0), [0, 1] * 4, order="time").passed


@pytest.mark.parametrize(("n", "memory"), [(5, 1.0), (10, 1.0), (10, 0.0)])
def test_a_driftless_walk_does_not_grow(n, memory):
    """E12: least squares finds growth in 28% of random walks of five values, and in half of those of ten."""
    rng = np.random.default_rng(3)
    hits = 0
    for k in range(200):
        shocks = rng.normal(size=n)
        y = np.exp(np.cumsum(shocks) if memory == 1 else shocks)
        hits += growth_rate(y * 0.9, y * 1.1, np.arange(float(n)), seed=k, draws=500).p < 0.05
    assert hits <= 18  # the 99% point at 5% of 200
