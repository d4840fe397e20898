"""A linear regression with an intercept of each unit drawn from one distribution, beside one with effects of units.

Effects of units leave only what changes within a unit; random intercepts also compare units with each other, which
tells more and assumes more: that units differ in nothing that goes with the exposure. Mundlak's test examines that.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, stats

from groundswell.errors import EstimationError
from groundswell.estimators.panel.absorb import Codes

Floats = NDArray[np.float64]
_LARGEST = 1e6  # ratio of variances, between units to within, at which the search ends


@dataclass(frozen=True)
class Intercepts:
    """A fit by restricted maximum likelihood.

    Parameters
    ----------
    beta, covariance : coefficients and their covariance under the model, shapes (columns,) and (columns, columns).
    clustered : covariance by clusters, with the correction G / (G - 1) (n - 1) / (n - columns).
    between, within : standard deviations of the intercepts, and of what is left.
    """

    beta: Floats
    covariance: Floats
    clustered: Floats
    between: float
    within: float


def fit_intercepts(y: Floats, X: Floats, unit: Codes, cluster: Codes) -> Intercepts:
    """Fit y = X beta + intercept[unit] + e by restricted maximum likelihood.

    For a ratio of variances r, the fit is ordinary least squares once 1 - 1 / sqrt(1 + n_i r) of each unit's mean is
    taken off; the ratio is then found on a line.

    Parameters
    ----------
    y, X : outcome, shape (rows,), and columns with the constant among them, shape (rows, columns), of full rank.
    unit, cluster : codes from 0, shape (rows,).

    Raises
    ------
    EstimationError : no more rows than columns, columns that depend on each other, fewer than two clusters.

    Source: Laird & Ware (1982), Biometrics 38:963-974; the transformation of Fuller & Battese (1973), JASA 68:626-632.
    """
    n, k = X.shape
    if n <= k or np.linalg.matrix_rank(X) < k:
        raise EstimationError(
            f"{n} rows and {k} columns of which some depend on others", expected="more rows than independent columns"
        )
    clusters = int(cluster.max()) + 1
    if clusters < 2:
        raise EstimationError("one cluster", expected="two or more")
    sizes = np.bincount(unit).astype(np.float64)
    whole = np.column_stack([y, X])
    means = np.column_stack([np.bincount(unit, weights=column) for column in whole.T]) / sizes[:, None]

    def transformed(ratio: float) -> Floats:
        return whole - (1 - 1 / np.sqrt(1 + sizes * ratio))[unit, None] * means[unit]

    def criterion(ratio: float) -> float:
        """-2 times the restricted log-likelihood, less what does not depend on the ratio."""
        made = transformed(ratio)
        q, r = np.linalg.qr(made[:, 1:])
        left = made[:, 0] - q @ (q.T @ made[:, 0])
        return float(
            (n - k) * math.log(float(left @ left))
            + np.sum(np.log1p(sizes * ratio))
            + 2 * np.sum(np.log(np.abs(np.diag(r))))
        )

    found: Any = optimize.minimize_scalar(
        lambda log_ratio: criterion(math.exp(log_ratio)),
        bounds=(-math.log(_LARGEST), math.log(_LARGEST)),
        method="bounded",
        options={"xatol": 1e-9},
    )
    ratio = math.exp(float(found.x)) if float(found.fun) < criterion(0.0) else 0.0
    made = transformed(ratio)
    bread = np.linalg.inv(made[:, 1:].T @ made[:, 1:])
    beta = bread @ (made[:, 1:].T @ made[:, 0])
    left = made[:, 0] - made[:, 1:] @ beta
    variance = float(left @ left) / (n - k)
    scores = np.column_stack([np.bincount(cluster, weights=left * column) for column in made[:, 1:].T])
    clustered = clusters / (clusters - 1) * (n - 1) / (n - k) * bread @ (scores.T @ scores) @ bread
    return Intercepts(beta, variance * bread, clustered, math.sqrt(ratio * variance), math.sqrt(variance))


def mundlak(y: Floats, X: Floats, unit: Codes, cluster: Codes) -> float | None:
    """The p-value, by clusters, of no difference between the exposure's effect within units and between them.

    Parameters
    ----------
    y, X, unit, cluster : as for `fit_intercepts`; the exposure is the first column of X.

    Returns
    -------
    float or None : None where units do not differ in the exposure.

    Source: Mundlak (1978), Econometrica 46:69-85.
    """
    mean = (np.bincount(unit, weights=X[:, 0]) / np.bincount(unit))[unit]
    wider = np.column_stack([X, mean])
    if np.linalg.matrix_rank(wider) < wider.shape[1]:
        return None
    fitted = fit_intercepts(y, wider, unit, cluster)
    error = math.sqrt(max(float(fitted.clustered[-1, -1]), 0.0))
    return float(2 * stats.t.sf(abs(fitted.beta[-1]) / error, int(cluster.max()))) if error > 0 else None


__all__ = ["Intercepts", "fit_intercepts", "mundlak"]
