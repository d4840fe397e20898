"""Least squares and its errors."""

from __future__ import annotations

import numpy as np
import pytest

from groundswell.errors import EstimationError
from groundswell.estimators.statistics.diagnostics import coverage
from groundswell.estimators.statistics.regression import least_squares


def test_without_noise_the_coefficients_are_exact_and_collinear_terms_are_named():
    x, z = np.arange(10.0), np.arange(10.0) ** 2
    fit = least_squares(3 + 2 * x - z, {"x": x, "z": z, "again": 2 * x - z + 1})
    assert fit.names == ("constant", "x", "z")
    assert fit.dropped == ("again",)
    np.testing.assert_allclose(fit.coefficients, [3, 2, -1], atol=1e-9)
    with pytest.raises(EstimationError, match="earlier terms"):
        fit.estimate("again")


def test_the_variances_are_those_of_the_formulas():
    """Written out observation by observation, in loops: the slow twin."""
    rng = np.random.default_rng(1)
    x, groups = rng.normal(size=30), np.repeat(np.arange(10), 3)
    y = 1 + x + rng.normal(size=30) * (1 + np.abs(x))
    X = np.column_stack([np.ones(30), x])
    bread = np.linalg.inv(X.T @ X)
    e = y - X @ (bread @ X.T @ y)
    middle = sum(e[i] ** 2 * np.outer(X[i], X[i]) for i in range(30))
    np.testing.assert_allclose(least_squares(y, {"x": x}).covariance, 30 / 28 * bread @ middle @ bread)
    middle = np.zeros((2, 2))
    for g in range(10):
        s = X[groups == g].T @ e[groups == g]
        middle += np.outer(s, s)
    clustered = least_squares(y, {"x": x}, clusters=groups)
    np.testing.assert_allclose(clustered.covariance, 10 / 9 * 29 / 28 * bread @ middle @ bread)
    assert clustered.free == 9
    # Each observation its own cluster is HC1 but for the degrees of freedom
    alone = least_squares(y, {"x": x}, clusters=np.arange(30))
    np.testing.assert_allclose(alone.covariance, least_squares(y, {"x": x}).covariance)


def test_clustered_intervals_cover_where_plain_ones_do_not():
    rng = np.random.default_rng(2)
    groups = np.repeat(np.arange(40), 8)
    plain, clustered = [], []
    for _ in range(400):
        x = np.repeat(rng.normal(size=40), 8)
        y = 0.5 * x + np.repeat(rng.normal(size=40), 8) + rng.normal(size=320)
        plain.append(least_squares(y, {"x": x}).estimate("x"))
        clustered.append(least_squares(y, {"x": x}, clusters=groups).estimate("x"))
    share = {
        name: coverage([e.low for e in found], [e.high for e in found], 0.5, 0.95)
        for name, found in (("plain", plain), ("clustered", clustered))
    }
    assert share["clustered"].statistic > 0.9
    assert not share["plain"].passed


def test_bad_input_is_refused():
    with pytest.raises(EstimationError, match=r"x\[1\] is nan"):
        least_squares([1, 2, 3, 4], {"x": [1, np.nan, 3, 4]})
    with pytest.raises(EstimationError, match="cluster"):
        least_squares([1, 2, 3, 4], {"x": [1, 2, 3, 5]}, clusters=[1, 1, 1, 1])
    with pytest.raises(EstimationError, match="observations"):
        least_squares([1, 2, 3], {"x": [1, 2, 4], "z": [1, 0, 0]})
