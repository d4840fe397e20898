"""Pooling agrees with its formulas written out, covers, and is caught when it forgets that acts differ."""

from __future__ import annotations

import math

import numpy as np
import pytest

from groundswell.estimators.response.pooled import random_effects, reference_quantile
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


def pools(repeats: int, tau: float):
    rng = np.random.default_rng(2)
    for _ in range(repeats):
        error = rng.uniform(0.1, 0.4, 15)
        yield rng.normal(0.3, np.sqrt(error**2 + tau**2)), error


def test_intervals_cover_and_forgetting_heterogeneity_is_caught():
    found = np.array([random_effects(y, s**2) for y, s in pools(400, 0.4)])
    half = reference_quantile(15, 0.95) * found[:, 2]
    assert coverage(found[:, 0] - half, found[:, 0] + half, 0.3, 0.95).passed
    fixed = []
    for y, s in pools(400, 0.4):
        w = 1 / s**2
        fixed.append(((w * y).sum() / w.sum(), 1.96 / math.sqrt(w.sum())))
    m, half = np.array(fixed).T
    assert not coverage(m - half, m + half, 0.3, 0.95).passed
    assert abs(np.mean(found[:, 1]) - 0.16) < 5 * np.std(found[:, 1]) / 20
