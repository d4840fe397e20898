"""Least squares with standard errors robust to unequal spread and clusters."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from groundswell.errors import EstimationError
from groundswell.estimators.core import Estimate
from groundswell.estimators.statistics.diagnostics import finite_vector
from groundswell.results import Result


@dataclass(frozen=True)
class Regression(Result):
    """A least-squares fit: coefficients by name, their covariance, and what was left out.

    Parameters
    ----------
    names : terms kept, in order; the constant is "constant".
    coefficients : shape (k,).
    covariance : shape (k, k), robust.
    n, clusters : observations and clusters (None without).
    free : degrees of freedom of the t distribution: clusters - 1, or n - k.
    dropped : terms left out because earlier ones determine them.
    r_squared : share of the variance explained.
    method : the kind of standard errors.
    """

    names: tuple[str, ...]
    coefficients: NDArray[np.float64]
    covariance: NDArray[np.float64]
    n: int
    clusters: int | None
    free: int
    dropped: tuple[str, ...]
    r_squared: float
    method: str

    def standard_error(self, name: str) -> float:
        i = self._index(name)
        return math.sqrt(self.covariance[i, i])

    def estimate(self, name: str, *, unit: str = "", level: float = 0.95) -> Estimate:
        """The coefficient of one term, with its interval and two-sided p-value."""
        value, error = float(self.coefficients[self._index(name)]), self.standard_error(name)
        half = float(stats.t.ppf(0.5 + level / 2, self.free)) * error
        p = float(2 * stats.t.sf(abs(value) / error, self.free)) if error > 0 else float(value == 0)
        enough = self.clusters is None or self.clusters >= 20
        checks: dict[str, object] = {
            "standard_error": error,
            "r_squared": self.r_squared,
            "clusters": self.clusters,
            "enough_clusters": enough,
            "dropped": list(self.dropped),
        }
        return Estimate(value, value - half, value + half, p, self.n, self.method, unit, enough, checks, level)

    def _index(self, name: str) -> int:
        if name not in self.names:
            why = "it was dropped: earlier terms determine it" if name in self.dropped else None
            raise EstimationError(f"no coefficient {name!r}", expected="one of " + ", ".join(self.names), why=why)
        return self.names.index(name)


def clustered(
    bread: NDArray[np.floating], scores: NDArray[np.float64], cluster: NDArray[np.int64], parameters: int
) -> NDArray[np.float64]:
    """The covariance of coefficients whose errors may be correlated within clusters.

    ``G/(G-1) (n-1)/(n-k) bread [Σ_g s_g s_g'] bread``, with s_g the sum of a cluster's scores.

    Parameters
    ----------
    bread : shape (terms, terms), the inverse of the information.
    scores : shape (n, terms): each row's terms times its weight and residual.
    cluster : shape (n,), numbers from 0.
    parameters : k, the number fitted; effects nested within clusters may be left out.

    Source: Liang & Zeger (1986), Biometrika 73:13-22; Cameron & Miller (2015), J. Human Resources 50:317-372.
    """
    n, groups = scores.shape[0], int(cluster.max()) + 1
    sums = np.column_stack([np.bincount(cluster, weights=column) for column in scores.T])
    factor = groups / max(groups - 1, 1) * (n - 1) / max(n - parameters, 1)
    return factor * bread @ (sums.T @ sums) @ bread


def least_squares(
    outcome: ArrayLike,
    terms: Mapping[str, ArrayLike],
    *,
    clusters: Sequence[object] | NDArray | None = None,
    constant: bool = True,
) -> Regression:
    """Ordinary least squares with robust standard errors.

    ``b = (X'X)⁻¹ X'y``. Without clusters HC1, ``n/(n-k) (X'X)⁻¹ [Σ e² x x'] (X'X)⁻¹``; with clusters
    ``G/(G-1) (n-1)/(n-k) (X'X)⁻¹ [Σ_g (X_g'e_g)(X_g'e_g)'] (X'X)⁻¹`` and t with G - 1 df.

    Parameters
    ----------
    outcome : shape (n,).
    terms : columns by name, each of shape (n,); a column that earlier ones determine is dropped and named.
    clusters : n labels; errors may be correlated within a cluster.
    constant : add a constant, placed before all other terms.

    Raises
    ------
    EstimationError : on lengths that differ, values that are not finite, or no degrees of freedom.

    Known limits: with few clusters (fewer than about 20-40) the intervals are too narrow.
    Source: MacKinnon & White (1985), J. Econometrics 29:305-325; Liang & Zeger (1986), Biometrika 73:13-22.
    """
    y = finite_vector(outcome, "outcome", at_least=3)
    columns = {"constant": np.ones(y.size)} if constant else {}
    for name, values in terms.items():
        if name in columns:
            raise EstimationError(f"two terms are named {name!r}", expected="distinct names")
        columns[name] = finite_vector(values, name)
        if columns[name].size != y.size:
            raise EstimationError(f"{columns[name].size} values of {name!r}", expected=f"{y.size}, as the outcome")
    kept: list[str] = []
    dropped: list[str] = []
    basis: list[NDArray] = []  # orthonormal, of the columns kept
    for name, column in columns.items():
        left = column.copy()
        for _ in range(2):  # twice, so that rounding error does not pass for a new direction
            for q in basis:
                left = left - (q @ left) * q
        size = float(np.linalg.norm(left))
        if size <= 1e-9 * max(float(np.linalg.norm(column)), 1e-300) or size == 0:
            dropped.append(name)
        else:
            basis.append(left / size)
            kept.append(name)
    k = len(kept)
    if y.size <= k:
        raise EstimationError(f"{y.size} observations for {k} coefficients", expected="more observations than terms")
    X = np.column_stack([columns[name] for name in kept])
    bread = np.linalg.inv(X.T @ X)
    beta = bread @ (X.T @ y)
    residual = y - X @ beta
    scores = X * residual[:, None]
    if clusters is None:
        groups, free = None, y.size - k
        covariance = y.size / (y.size - k) * bread @ (scores.T @ scores) @ bread
        method = "least squares, heteroscedasticity-robust (HC1) errors"
    else:
        labels = np.asarray(clusters)
        if labels.shape != y.shape:
            raise EstimationError(f"{labels.size} cluster labels", expected=f"{y.size}, as the outcome")
        _, number = np.unique(labels, return_inverse=True)
        groups = int(number.max()) + 1
        if groups < 2:
            raise EstimationError("one cluster", expected="at least two")
        free = groups - 1
        covariance = clustered(bread, scores, number, k)
        method = f"least squares, errors robust to clusters ({groups})"
    total = float(np.sum((y - y.mean()) ** 2))
    r_squared = 1 - float(residual @ residual) / total if total > 0 else 0.0
    return Regression(tuple(kept), beta, covariance, y.size, groups, free, tuple(dropped), r_squared, method)
