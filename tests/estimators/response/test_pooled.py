"""Pooling agrees with its formulas written out, covers, and is caught when it forgets that acts differ."""

from __future__ import annotations

import math

import numpy as np
import pytest

from groundswell.errors import EstimationError
from groundswell.estimators.response.pooled import pool_effects, random_effects
from groundswell.estimators.statistics.diagnostics import coverage


def test_against_formulas():
    """DerSimonian-Laird and Hartung-Knapp, written out."""
    y, v = np.array([0.1, 0.5, 0.9, 0.2]), np.array([0.02, 0.05, 0.03, 0.01])
    w = 1 / v
    centre = (w * y).sum() / w.sum()
    q = (w * (y - centre) ** 2).sum()
    tau2 = max(0, (q - 3) / (w.sum() - (w**2).sum() / w.sum()))
    w = 1 / (v + tau2)
    mean = (w * y).sum() / w.sum()
    error = math.sqrt(max(1, (w * (y - mean) ** 2).sum() / 3) / w.sum())
    assert [float(x) for x in random_effects(np.append(y, np.nan), np.append(v, np.nan))] == pytest.approx(
        [mean, tau2, error]
    )
    told = pool_effects(y, np.sqrt(v))
    assert told.value == pytest.approx(mean)
    assert told.i2 == pytest.approx((q - 3) / q)
    assert told.next_low < told.low < told.high < told.next_high


def pools(repeats: int, tau: float):
    rng = np.random.default_rng(2)
    for _ in range(repeats):
        error = rng.uniform(0.1, 0.4, 15)
        yield rng.normal(0.3, np.sqrt(error**2 + tau**2)), error


def test_intervals_cover_and_forgetting_heterogeneity_is_caught():
    found = [pool_effects(y, s) for y, s in pools(400, 0.4)]
    low, high = np.array([f.low for f in found]), np.array([f.high for f in found])
    assert coverage(low, high, 0.3, 0.95).passed
    fixed = []
    for y, s in pools(400, 0.4):
        w = 1 / s**2
        fixed.append(((w * y).sum() / w.sum(), 1.96 / math.sqrt(w.sum())))
    m, half = np.array(fixed).T
    assert not coverage(m - half, m + half, 0.3, 0.95).passed
    taus = np.array([f.tau for f in found])
    assert abs(np.mean(taus**2) - 0.16) < 5 * np.std(taus**2) / 20


def test_the_next_act_falls_into_the_prediction_interval():
    rng = np.random.default_rng(3)
    found = [pool_effects(y, s) for y, s in pools(400, 0.4)]
    low, high = np.array([f.next_low for f in found]), np.array([f.next_high for f in found])
    assert coverage(low, high, rng.normal(0.3, 0.4, 400), 0.95).passed


@pytest.mark.parametrize(("y", "s"), [([], []), ([np.nan], [1.0]), ([1.0], [0.0]), ([1.0, 2.0], [1.0])])
def test_what_cannot_be_pooled_is_refused(y, s):
    with pytest.raises(EstimationError):
        pool_effects(y, s)
