"""Forecasts are unbiased, and cover what they say they cover; a broken interval is caught."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import special, stats

from groundswell.errors import EstimationError
from groundswell.estimators.response.counterfactual import forecasts, log_count_moments, season_of
from groundswell.estimators.statistics.diagnostics import coverage

PLACES, T = 40, 160


def walks(seed: int, base: float, q: float, dispersion: float) -> np.ndarray:
    """Counts about levels that walk at random."""
    rng = np.random.default_rng([seed, 11])
    level = np.log(base) + np.cumsum(rng.normal(0, np.sqrt(q), (PLACES, T)), axis=1)
    mean = np.exp(level)
    if dispersion:
        mean = mean * rng.gamma(1 / dispersion, dispersion, mean.shape)
    return rng.poisson(mean).astype(float)


def at_one_date(made, window=(1, 12)):
    """Surprises far enough apart to be independent: one date of each place."""
    places, dates = np.arange(PLACES), np.full(PLACES, 120)
    return made.surprise(places, dates, *window)


@pytest.mark.parametrize(("base", "q", "dispersion"), [(20.0, 0.0, 0.1), (6.0, 0.01, 0.1), (0.7, 0.003, 0.3)])
def test_forecasts_are_unbiased_and_cover(base, q, dispersion):
    e, s = [], []
    for seed in range(6):
        surprise, variance, _ = at_one_date(forecasts(walks(seed, base, q, dispersion), season=False))
        e.append(surprise)
        s.append(np.sqrt(variance))
    e, s = np.concatenate(e), np.concatenate(s)
    assert abs(e.mean()) < 5 * e.std(ddof=1) / np.sqrt(e.size) + 0.03  # the linearised logarithm is off by this much
    assert coverage(-1.96 * s, 1.96 * s, e, 0.95).passed
    # proof that the check can fail: intervals that leave out where the level may go, or that are a third too narrow
    assert not coverage(-1.3 * s, 1.3 * s, e, 0.95).passed


def test_without_process_variance_intervals_are_caught():
    inside_low, inside_high, truth = [], [], []
    for seed in range(4):
        made = forecasts(walks(seed, 20.0, 0.02, 0.0), season=False, settings=(0.0, 0.0, 0.0))
        e, variance, _ = at_one_date(made)
        inside_low.append(-1.96 * np.sqrt(variance))
        inside_high.append(1.96 * np.sqrt(variance))
        truth.append(e)
    assert not coverage(np.concatenate(inside_low), np.concatenate(inside_high), np.concatenate(truth), 0.95).passed


def test_log_count_moments_against_their_sum():
    for mean in (0.05, 0.7, 4.0, 60.0, 3000.0):
        k = np.arange(0, int(mean + 20 * np.sqrt(mean) + 30))
        p, g = stats.poisson.pmf(k, mean), np.log(k + 0.5)
        first = float(p @ g)
        got = log_count_moments(np.log(mean))
        assert float(got[0]) == pytest.approx(first, abs=2e-3)
        assert float(got[1]) == pytest.approx(float(p @ g**2) - first**2, rel=0.02, abs=2e-4)


def test_a_known_change_is_measured_at_any_level_of_counts():
    for base in (0.5, 5.0, 50.0):
        y = np.stack([walks(seed, base, 0.0, 0.0) for seed in range(10)]).reshape(-1, T)
        rng = np.random.default_rng(3)
        y[:, 121:133] = rng.poisson(1.4 * base, (y.shape[0], 12))
        made = forecasts(y, season=False)
        e, v, _ = made.surprise(np.arange(y.shape[0]), np.full(y.shape[0], 120), 1, 12)
        mean, error = np.average(e, weights=1 / v), np.sqrt(1 / np.sum(1 / v))
        assert abs(mean - np.log(1.4)) < 5 * error


def test_the_filter_against_exact_updating():
    """One count on a level with a known prior: the Laplace step against the integral over the level."""
    y = np.full((1, 30), 4.0)
    y[0, 20] = 9.0
    made = forecasts(y, season=False, settings=(0.05, 0.0, 0.0))
    m, c = made.states.level[0, 20], made.states.c00[0, 20]
    grid = np.linspace(m - 6 * np.sqrt(c), m + 6 * np.sqrt(c), 4001)
    log = stats.norm.logpdf(grid, m, np.sqrt(c)) + 9 * grid - np.exp(grid) - special.gammaln(10)
    weight = np.exp(log - log.max())
    weight /= weight.sum()
    mean = weight @ grid
    assert made.states.level[0, 21] == pytest.approx(mean, abs=0.02)
    assert made.states.c00[0, 21] == pytest.approx(weight @ (grid - mean) ** 2 + 0.05, rel=0.05)


def test_sizes_are_forecast_as_logarithms_with_gaps():
    rng = np.random.default_rng(4)
    y = np.exp(6 + rng.normal(0, 0.4, (PLACES, T)))
    y[rng.random(y.shape) < 0.3] = np.nan
    e, variance, expected = at_one_date(forecasts(y, scale="log", season=False))
    known = np.isfinite(y[:, 121:133]).sum(axis=1) >= 6
    assert (np.isfinite(e) == known).all()
    e, variance, expected = e[known], variance[known], expected[known]
    assert coverage(-1.96 * np.sqrt(variance), 1.96 * np.sqrt(variance), e, 0.95).passed
    assert expected.mean() == pytest.approx(6, abs=0.2)


def test_a_season_is_found_where_there_is_one():
    t = np.arange(520)
    wave = 0.6 * np.cos(2 * np.pi * t / 52.18)
    rng = np.random.default_rng(5)
    found = season_of(rng.poisson(20 * np.exp(wave)).astype(float), np.ones(520, bool), "week", "count")
    assert np.corrcoef(found, wave)[0, 1] > 0.98
    none = season_of(rng.poisson(20, 520).astype(float), np.ones(520, bool), "week", "count")
    assert np.abs(none).max() < 0.1
    assert not season_of(rng.poisson(20, 60).astype(float), np.ones(60, bool), "week", "count").any()  # one year only
    days = np.where(np.arange(140) % 7 == 0, 5.0, 20.0)
    weekly = season_of(days, np.ones(140, bool), "day", "count")
    assert weekly[0] < weekly[1] - 0.8


@pytest.mark.parametrize(
    ("y", "scale"),
    [([["a"]], "count"), ([[-1.0, 2.0]], "count"), ([[0.0, 2.0]], "log"), ([[1.0]], "sizes"), ([], "log")],
)
def test_bad_series_are_refused(y, scale):
    with pytest.raises(EstimationError):
        forecasts(y, scale=scale)
