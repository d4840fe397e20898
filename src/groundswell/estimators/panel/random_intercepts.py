"""A linear regression with an intercept of each unit drawn from one distribution, to compare with unit effects.

Effects of units leave only what changes within a unit; random intercepts also compare units with each other, which
uses more information and assumes more: that units differ in nothing associated with the exposure. Mundlak's test
examines that.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

from groundswell.estimators.panel.absorb import Codes
from groundswell.estimators.statistics.regression import Regression, least_squares

Floats = NDArray[np.float64]
_LARGEST = 1e6  # ratio of variances, between units to within, at which the search ends


@dataclass(frozen=True)
class Intercepts:
    """A fit by restricted maximum likelihood.

    Parameters
    ----------
    regression : the terms' coefficients, with errors clustered.
    between, within : standard deviations of the intercepts, and of the residuals.
    unscaled : shape (terms, terms): the terms' covariance under the model, in units of `within` squared.
    """

    regression: Regression
    between: float
    within: float
    unscaled: Floats

    def model_error(self, name: str) -> float:
        """The standard error of a term under the model."""
        i = self.regression.names.index(name)
        return self.within * math.sqrt(float(self.unscaled[i, i]))


def random_intercepts(y: Floats, terms: Mapping[str, Floats], unit: Codes, cluster: Codes) -> Intercepts:
    """Fit y = terms + intercept[unit] + e by restricted maximum likelihood.

    For a ratio of variances r, the fit is ordinary least squares once 1 - 1 / sqrt(1 + n_i r) of each unit's mean is
    subtracted; the ratio is then found by a line search.

    Parameters
    ----------
    y : the outcome, shape (rows,).
    terms : columns of shape (rows,) by name, the constant among them; one that earlier ones determine is dropped.
    unit, cluster : codes from 0, shape (rows,).

    Raises
    ------
    EstimationError : not more rows than terms, or fewer than two clusters.

    Source: Laird & Ware (1982), Biometrics 38:963-974; the transformation of Fuller & Battese (1973), JASA 68:626-632.
    """
    names = least_squares(y, terms, clusters=cluster, constant=False).names
    sizes = np.bincount(unit).astype(np.float64)
    whole = np.column_stack([y, *(terms[name] for name in names)])
    means = np.column_stack([np.bincount(unit, weights=column) for column in whole.T]) / sizes[:, None]
    free = y.size - len(names)

    def transformed(ratio: float) -> Floats:
        return whole - (1 - 1 / np.sqrt(1 + sizes * ratio))[unit, None] * means[unit]

    def criterion(ratio: float) -> float:
        """-2 times the restricted log-likelihood, without what does not depend on the ratio."""
        made = transformed(ratio)
        q, r = np.linalg.qr(made[:, 1:])
        left = made[:, 0] - q @ (q.T @ made[:, 0])
        return float(
            free * math.log(float(left @ left))
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
    outcome, *columns = transformed(ratio).T
    X = np.column_stack(columns)
    regression = least_squares(outcome, dict(zip(names, columns, strict=True)), clusters=cluster, constant=False)
    left = outcome - X @ regression.coefficients
    within = math.sqrt(float(left @ left) / free)
    return Intercepts(regression, math.sqrt(ratio) * within, within, np.linalg.inv(X.T @ X))


def mundlak(y: Floats, terms: Mapping[str, Floats], exposure: str, unit: Codes, cluster: Codes) -> float | None:
    """The p-value, by clusters, of no difference between the exposure's effect within units and between them.

    Parameters
    ----------
    y, terms, unit, cluster : as for `random_intercepts`; `exposure` is one of the terms.

    Returns
    -------
    float or None : None where units do not differ in the exposure.

    Source: Mundlak (1978), Econometrica 46:69-85.
    """
    mean = (np.bincount(unit, weights=terms[exposure]) / np.bincount(unit))[unit]
    fitted = random_intercepts(y, {**terms, "mean of the unit": mean}, unit, cluster).regression
    return fitted.estimate("mean of the unit").p if "mean of the unit" in fitted.names else None


__all__ = ["Intercepts", "mundlak", "random_intercepts"]
