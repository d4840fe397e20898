"""Levels of short series and how they persist: estimators for records of about a dozen numbers."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from groundswell.draws import derive_seed
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

    Known limits: values within a stretch are taken as independent and without their own trend.
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


class Persistence(NamedTuple):
    """The persistence of one series: its value, its standard error, and draws from its confidence distribution."""

    value: float
    error: float
    draws: NDArray[np.float64]


_TRUTHS = np.r_[np.linspace(-0.9, 0.8, 18), 0.85, 0.9, 0.95, 1.0]  # 1 is a random walk
_SERIES = 800  # simulated at each truth: a probability of 0.05 has a standard error of 0.008
_DRAWS = 4000


def _autocorrelation(y: NDArray[np.float64]) -> NDArray[np.float64]:
    """Lag-one autocorrelation about a straight line, along the last axis."""
    t = np.arange(y.shape[-1]) - (y.shape[-1] - 1) / 2
    residual = y - y.mean(axis=-1, keepdims=True)
    residual = residual - ((residual @ t) / float(t @ t))[..., None] * t
    return (residual[..., 1:] * residual[..., :-1]).sum(-1) / np.maximum((residual**2).sum(-1), 1e-300)


@cache
def _simulated(n: int) -> NDArray[np.float64]:
    """Simulated estimates in series of n values, sorted, for each true persistence; shape (truths, series)."""
    rng = np.random.default_rng(derive_seed(0, "persistence", n))
    shocks = rng.standard_normal((_TRUTHS.size, _SERIES, n))
    x = np.empty_like(shocks)
    spread = np.sqrt(np.maximum(1 - _TRUTHS**2, 1e-12))[:, None]
    x[..., 0] = np.where(_TRUTHS[:, None] < 1, shocks[..., 0] / spread, 0.0)
    for t in range(1, n):
        x[..., t] = _TRUTHS[:, None] * x[..., t - 1] + shocks[..., t]
    return np.sort(_autocorrelation(x), axis=1)


def persistence(series: ArrayLike) -> Persistence:
    """The lag-one autocorrelation of the logarithm of a yearly series about its straight line.

    ``rho + (1 + 4 rho) / n``: the usual estimate, corrected for the bias of a short series that was detrended. Its
    confidence distribution is that of the same estimate in simulated series of the same length: near a random walk it
    is neither normal nor centred.

    Parameters
    ----------
    series : shape (n,), n >= 12, positive, evenly spaced.

    Returns
    -------
    `Persistence`; the error is ``sqrt((1 - rho^2) / n)``.

    Raises
    ------
    EstimationError : fewer than 12 values, values that are not positive, or a series that is a straight line.

    Known limits: what a straight line leaves of a trend counts as persistence; shocks are taken as normal.
    Source: Kendall (1954), Biometrika 41, 403-404; Marriott & Pope (1954), Biometrika 41, 390-402; Andrews (1993),
    Econometrica 61, 139-165 (exact inference near a unit root).
    """
    y = _logs(series, "series", 12)
    t = np.arange(y.size)
    residual = y - np.polyval(np.polyfit(t, y, 1), t)
    if float(residual @ residual) <= 1e-20 * max(float(y @ y), 1e-300):
        raise EstimationError("a series that is a straight line", expected="values that vary about it")
    raw = float((residual[1:] * residual[:-1]).sum() / (residual**2).sum())
    rho = float(np.clip(raw + (1 + 4 * raw) / y.size, -0.99, 0.99))
    # P(estimate >= this one) rises with the truth: as a distribution of the truth, its mass beyond 1 is placed at 1
    table = _simulated(y.size)
    beyond = np.array([1 - np.searchsorted(row, raw) / row.size for row in table])
    beyond = np.maximum.accumulate(beyond) + 1e-9 * np.arange(beyond.size)
    draws = np.interp((np.arange(_DRAWS) + 0.5) / _DRAWS, beyond, _TRUTHS, left=_TRUTHS[0], right=1.0)
    return Persistence(rho, float(np.sqrt(max(1 - rho * rho, 0.02) / y.size)), draws)


def difference(
    a: Persistence | tuple[float, float], b: Persistence | tuple[float, float], n: int, method: str, unit: str,
    level: float = 0.95,
) -> Estimate:  # fmt: skip
    """The difference of two independent estimates, each (value, standard error) or with its own draws.

    If either has draws, the interval and p-value come from differences of draws, paired at random; otherwise they
    are normal.
    """
    value, se = a[0] - b[0], float(np.hypot(a[1], b[1]))
    if len(a) == 2 and len(b) == 2:
        half = (1.96 if level == 0.95 else float(stats.norm.ppf(0.5 + level / 2))) * se
        p = float(2 * stats.norm.sf(abs(value) / se)) if se > 0 else float(value == 0)
        return Estimate(value, value - half, value + half, p, n, method, unit, passed=True, level=level)
    rng = np.random.default_rng(derive_seed(0, "difference of persistence"))
    first, second = (rng.permutation(x[2]) if len(x) == 3 else np.full(_DRAWS, x[0]) for x in (a, b))
    apart = first - second
    low, high = (float(q) for q in np.quantile(apart, [(1 - level) / 2, (1 + level) / 2]))
    p = min(1.0, 2 * min(float(np.mean(apart <= 0)), float(np.mean(apart >= 0))))
    low, high = min(low, value), max(high, value)
    return Estimate(value, low, high, p, n, method, unit, passed=True, level=level)
