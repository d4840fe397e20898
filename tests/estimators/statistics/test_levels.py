"""Levels and persistence of short series: recovery, coverage, errors."""

from __future__ import annotations

import numpy as np
import pytest

from groundswell.errors import EstimationError
from groundswell.estimators.statistics.levels import difference, level_change, persistence


def test_level_change_recovers_and_covers():
    rng = np.random.default_rng(2)
    estimates = [level_change(np.exp(rng.normal(5, 0.2, 4)), np.exp(rng.normal(6, 0.2, 5))) for _ in range(400)]
    values = np.array([e.value for e in estimates], float)
    assert abs(values.mean() - 1) < 5 * values.std(ddof=1) / 20
    covered = np.mean([e.low < 1 < e.high for e in estimates])  # type: ignore[operator]
    assert covered > 0.9


def test_level_change_finds_nothing_in_nothing_at_its_nominal_rate():
    rng = np.random.default_rng(3)
    p = np.array([level_change(np.exp(rng.normal(5, 1, 3)), np.exp(rng.normal(5, 1, 3))).p for _ in range(400)], float)
    assert 8 <= (p < 0.05).sum() <= 34  # the 0.1% and the 99.9% points at 5% of 400


@pytest.mark.parametrize("rho", [0.0, 0.5])
def test_persistence_is_nearly_unbiased_where_the_plain_estimate_is_not(rho):
    rng = np.random.default_rng(4)
    values, plain = [], []
    for _ in range(600):
        noise = rng.normal(size=80)
        series = np.zeros(80)
        for t in range(1, 80):
            series[t] = rho * series[t - 1] + noise[t]
        y = np.exp(series[-41:] + 0.1 * np.arange(41))
        values.append(persistence(y)[0])
        t = np.arange(41)
        left = np.log(y) - np.polyval(np.polyfit(t, np.log(y), 1), t)
        plain.append((left[1:] * left[:-1]).sum() / (left**2).sum())
    error = np.std(values, ddof=1) / np.sqrt(600)
    assert abs(np.mean(values) - rho) < abs(np.mean(plain) - rho)
    assert abs(np.mean(values) - rho) < 0.04 + 5 * error  # the correction is of first order in 1/n: 1/41 = 0.024


def test_difference_is_that_of_independent_estimates():
    found = difference((0.7, 0.3), (0.2, 0.4), 59, "m", "u")
    assert found.value == pytest.approx(0.5)
    assert found.high - found.value == pytest.approx(1.96 * 0.5)  # type: ignore[operator]


def test_what_has_no_logarithm_is_refused():
    with pytest.raises(EstimationError, match="positive"):
        level_change([0.0, 1.0], [2.0, 3.0])
    with pytest.raises(EstimationError):
        level_change([1.0], [2.0, 3.0])
    with pytest.raises(EstimationError):
        persistence([1.0, 2.0, 3.0])


def _remembering(rng, n, rho):
    x = np.zeros(n + 50)
    for t in range(1, n + 50):
        x[t] = rho * x[t - 1] + rng.normal()
    return np.exp((x if rho < 1 else np.cumsum(rng.normal(size=n + 50)))[50:])


@pytest.mark.parametrize("rho", [0.0, 0.8, 1.0])
def test_equal_persistence_is_told_apart_no_more_than_by_chance(rho):
    """Series of unlike length with one memory, up to a random walk (E12): a normal interval finds 11 to 22%."""
    rng = np.random.default_rng(5)
    p = [
        difference(persistence(_remembering(rng, 41, rho)), persistence(_remembering(rng, 18, rho)), 59, "m", "u").p
        for _ in range(400)
    ]
    assert np.sum(np.array(p) < 0.05) <= 31  # the 99% point at 5% of 400


def test_unequal_persistence_is_found_and_covered():
    rng = np.random.default_rng(6)
    found = [
        difference(persistence(_remembering(rng, 41, 0.9)), persistence(_remembering(rng, 18, -0.3)), 59, "m", "u")
        for _ in range(100)
    ]
    assert np.mean([e.p < 0.05 for e in found]) > 0.7
    assert np.mean([e.low <= 1.2 <= e.high for e in found]) > 0.9


def test_a_straight_line_has_no_persistence():
    with pytest.raises(EstimationError, match="straight line"):
        persistence(np.exp(0.1 * np.arange(20)))
