"""Each check holds its level on a model that is right, and fails on one that is broken as it looks for."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from groundswell.errors import EstimationError
from groundswell.estimators.statistics.diagnostics import (
    autocorrelation,
    coverage,
    dispersion,
    ljung_box,
    randomised_quantiles,
    rank_uniformity,
    uniformity,
)

REPEATS = 400


def rejections(check, make, repeats=REPEATS):
    return sum(not check(*make(np.random.default_rng([seed, 7]), seed)).passed for seed in range(repeats))


def near_level(hits, repeats=REPEATS, level=0.05):
    """Between the 0.1% and the 99.9% points of what the level gives: 8 and 34 of 400 at 5%."""
    return stats.binom.ppf(0.001, repeats, level) <= hits <= stats.binom.ppf(0.999, repeats, level)


def counts(rng, spread):
    mean = np.exp(rng.normal(0.5, 0.8, 300))
    y = rng.poisson(mean) if spread == 0 else rng.negative_binomial(1 / spread, 1 / (1 + spread * mean))
    return y, mean


@pytest.mark.parametrize("spread", [0.0, 0.5])
def test_quantiles_are_uniform_when_the_model_is_right(spread):
    def make(rng, seed):
        y, mean = counts(rng, spread)
        return (randomised_quantiles(y, mean, spread, seed),)

    assert near_level(rejections(uniformity, make))
    assert near_level(rejections(ljung_box, lambda rng, seed: (stats.norm.ppf(make(rng, seed)[0]),)))


@pytest.mark.parametrize("spread", [0.0, 0.5])
def test_dispersion_holds_its_level(spread):
    def make(rng, seed):
        y, mean = counts(rng, spread)
        return y, mean, spread

    # the ratio is skewed at small means, so the two-sided level is held to within a few points, not exactly
    assert rejections(dispersion, make) <= stats.binom.ppf(0.999, REPEATS, 0.05)


def test_quantiles_expose_a_wrong_mean_and_a_wrong_spread():
    y, mean = counts(np.random.default_rng(3), 0.8)
    assert not uniformity(randomised_quantiles(y, 1.4 * mean, 0.8)).passed
    assert not dispersion(y, mean).passed
    assert dispersion(y, mean, 0.8).passed


def test_ljung_box_sees_memory():
    rng = np.random.default_rng(4)
    x = rng.normal(size=400)
    for i in range(1, 400):
        x[i] += 0.4 * x[i - 1]
    assert not ljung_box(x).passed
    assert autocorrelation(x, 1)[0] == pytest.approx(0.4, abs=5 / np.sqrt(400))


def gaussian_ranks(posterior_scale, shift=0.0):
    """Mean of 5 standard normals with a normal prior: the exact posterior, unless scaled or shifted."""
    rng = np.random.default_rng(5)
    ranks = []
    for _ in range(600):
        truth = rng.normal()
        x = truth + rng.normal(size=5)
        posterior = rng.normal(x.sum() / 6 + shift, posterior_scale * np.sqrt(1 / 6), 63)
        ranks.append((posterior < truth).sum())
    return ranks


def test_rank_uniformity_accepts_the_exact_posterior_and_rejects_broken_ones():
    assert rank_uniformity(gaussian_ranks(1.0), 63).passed
    assert not rank_uniformity(gaussian_ranks(0.6), 63).passed
    assert not rank_uniformity(gaussian_ranks(1.6), 63).passed
    assert not rank_uniformity(gaussian_ranks(1.0, shift=0.25), 63).passed


def test_rank_uniformity_holds_where_bins_do_not_divide_the_ranks():
    rng = np.random.default_rng(6)
    p = [rank_uniformity(rng.integers(0, 51, 300), 50, bins=7).p for _ in range(300)]
    assert stats.kstest(p, "uniform").pvalue > 1e-4


def test_coverage_rejects_intervals_that_are_too_narrow():
    x = np.random.default_rng(8).normal(size=500)
    assert coverage(x - 1.96, x + 1.96, 0.0, 0.95).passed
    assert not coverage(x - 1.6, x + 1.6, 0.0, 0.95).passed


def test_bad_input_is_refused():
    with pytest.raises(EstimationError, match=r"counts\[1\] is nan"):
        randomised_quantiles([1, np.nan], [1, 1])
    with pytest.raises(EstimationError, match="equal numbers"):
        randomised_quantiles([1, 2], [1, 1, 1])
    with pytest.raises(EstimationError, match="ranks"):
        rank_uniformity([70] * 30, 63)
    with pytest.raises(EstimationError, match="all values are equal"):
        ljung_box(np.ones(50))
