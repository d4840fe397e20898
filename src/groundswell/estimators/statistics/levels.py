"""Levels of short series and how they persist: estimators for records of a dozen numbers."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from groundswell.errors import EstimationError
from groundswell.estimators.core import Estimate
from groundswell.estimators.statistics.diagnostics import finite_vector


def _logs(values: ArrayLike, what: str, at_least: int) -> np.ndarray:
    found = finite_vector(values, what, at_least=at_least)
    if (found <= 0).any():
        raise EstimationError(f"{what} holds {found.min():g}", expected="positive numbers", why="logarithms are taken")
    return np.log(found)


def level_change(before: ArrayLike, after: ArrayLike, unit: str = "log ratio", level: float = 0.95) -> Estimate:
    """The change in the mean logarithm between two short stretches of a series, with a pooled t interval.

    ``mean(log after) - mean(log before)``; the spread is pooled within the stretches.

    Parameters
    ----------
    before, after : shape (n,), n >= 2 each, positive.

    Raises
    ------
    EstimationError : on fewer values, or values that are not positive.

    Known limits: values within a stretch are taken as independent and without a trend of their own.
    """
    a, b = _logs(before, "before", 2), _logs(after, "after", 2)
    free = a.size + b.size - 2
    pooled = (a.var(ddof=1) * (a.size - 1) + b.var(ddof=1) * (b.size - 1)) / free
    se = float(np.sqrt(pooled * (1 / a.size + 1 / b.size)))
    value = float(b.mean() - a.mean())
    half = float(stats.t.ppf(0.5 + level / 2, free)) * se
    p = float(2 * stats.t.sf(abs(value) / se, free)) if se > 0 else 0.0
    return Estimate(
        value, value - half, value + half, p, a.size + b.size, "change in mean log level, pooled t interval", unit,
        passed=True, checks={"degrees of freedom": free}, level=level,
    )  # fmt: skip


def persistence(series: ArrayLike) -> tuple[float, float]:
    """The lag-one autocorrelation of the logarithm of a yearly series about its straight line, and its standard error.

    ``rho + (1 + 4 rho) / n``: the usual estimate, corrected for the bias of a short series that was detrended.

    Parameters
    ----------
    series : shape (n,), n >= 12, positive, evenly spaced.

    Returns
    -------
    (value, standard error), the latter ``sqrt((1 - rho^2) / n)``.

    Known limits: what a straight line leaves of a trend counts as persistence.
    Source: Kendall (1954), Biometrika 41, 403-404; Marriott & Pope (1954), Biometrika 41, 390-402.
    """
    y = _logs(series, "series", 12)
    t = np.arange(y.size)
    residual = y - np.polyval(np.polyfit(t, y, 1), t)
    rho = float((residual[1:] * residual[:-1]).sum() / (residual**2).sum())
    rho = float(np.clip(rho + (1 + 4 * rho) / y.size, -0.99, 0.99))
    return rho, float(np.sqrt(max(1 - rho * rho, 0.02) / y.size))


def difference(a: tuple[float, float], b: tuple[float, float], n: int, method: str, unit: str) -> Estimate:
    """The difference of two independent estimates, each (value, standard error), with a normal 95% interval."""
    value, se = a[0] - b[0], float(np.hypot(a[1], b[1]))
    p = float(2 * stats.norm.sf(abs(value) / se))
    return Estimate(value, value - 1.96 * se, value + 1.96 * se, p, n, method, unit, passed=True)
