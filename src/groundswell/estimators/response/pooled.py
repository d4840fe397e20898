"""Effects of single acts put together: their mean, how much they differ, and what the next one may be like."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from groundswell.errors import EstimationError
from groundswell.results import Result

Floats = NDArray[np.float64]


def random_effects(value: Floats, variance: Floats) -> tuple[Floats, Floats, Floats]:
    """Random-effects mean along the last axis: mean, variance between acts, Hartung-Knapp standard error.

    NaN are left out. The variance between acts is DerSimonian and Laird's moment estimate. From three acts on the error
    takes its scale from how the acts scatter, but is never below the one that their own errors imply.
    """
    seen = np.isfinite(value)
    w = np.where(seen, 1 / np.where(seen, variance, 1.0), 0.0)
    v = np.where(seen, value, 0.0)
    k = seen.sum(axis=-1)
    total = np.maximum(w.sum(axis=-1), 1e-300)
    centre = (w * v).sum(axis=-1) / total
    q = (w * (v - centre[..., None]) ** 2).sum(axis=-1)
    c = total - (w**2).sum(axis=-1) / total
    between = np.where(c > 0, np.maximum(0.0, (q - (k - 1)) / np.maximum(c, 1e-300)), 0.0)
    w = np.where(seen, 1 / (np.where(seen, variance, 1.0) + between[..., None]), 0.0)
    total = np.maximum(w.sum(axis=-1), 1e-300)
    centre = (w * v).sum(axis=-1) / total
    scatter = (w * (v - centre[..., None]) ** 2).sum(axis=-1) / np.maximum(k - 1, 1)
    error = np.sqrt(np.where(k > 2, np.maximum(scatter, 1.0), 1.0) / total)
    return np.where(k > 0, centre, np.nan), between, error


def reference_quantile(k: NDArray | int, level: float) -> Floats:
    """Student t with k - 1 df from three acts on; the normal below, where the acts' own error is all there is."""
    k = np.asarray(k)
    return np.where(k > 2, stats.t.ppf(0.5 + level / 2, np.maximum(k - 1, 1)), stats.norm.ppf(0.5 + level / 2))


@dataclass(frozen=True)
class Pooled(Result):
    """The mean effect of several acts and their heterogeneity.

    Parameters
    ----------
    value, low, high, error : mean, interval and standard error.
    tau : standard deviation of the true effects between acts, >= 0.
    i2 : share of the scatter that is not error, on [0, 1].
    q, q_p : Cochran's statistic and its p-value under "all acts had one effect".
    next_low, next_high : prediction interval of the effect of one more act of the kind; None below three acts.
    weights : share of each act in the mean; 0 for NaN.
    n : acts pooled.
    """

    value: float
    low: float
    high: float
    error: float
    tau: float
    i2: float
    q: float
    q_p: float | None
    next_low: float | None
    next_high: float | None
    weights: Floats
    n: int
    level: float


def pool_effects(value: ArrayLike, error: ArrayLike, *, level: float = 0.95) -> Pooled:
    """The random-effects mean of the acts' effects.

    ``y_i = theta + u_i + e_i``, u_i ~ (0, tau²), e_i ~ (0, error_i²): DerSimonian-Laird tau², weights
    ``1 / (error_i² + tau²)``, Hartung-Knapp interval with Student t, prediction interval
    ``theta ± t_{k-2} sqrt(tau² + se²)``.

    Parameters
    ----------
    value : shape (k,); effects, any unit, NaN where unknown.
    error : shape (k,); their standard errors, > 0.
    level : of both intervals, on [0.5, 1).

    Raises
    ------
    EstimationError : with no finite effect, or errors that are not positive.

    Known limits: effects are taken as independent. Use `groundswell.estimators.response.responses.study_responses` for
    acts that share places, dates and comparison dates.

    Source: DerSimonian & Laird (1986), Controlled Clinical Trials 7:177-188; Hartung & Knapp (2001), Statistics in
    Medicine 20:3875-3889; Higgins, Thompson & Spiegelhalter (2009), JRSS A 172:137-159 (prediction interval).

    Example
    -------
    >>> pooled = pool_effects([0.1, 0.5, 0.9, 0.2], [0.14, 0.22, 0.17, 0.1])
    >>> round(pooled.i2, 2)
    0.82
    """
    y, s = np.asarray(value, dtype=np.float64), np.asarray(error, dtype=np.float64)
    if y.ndim != 1 or y.shape != s.shape:
        raise EstimationError(f"{y.shape} effects and {s.shape} errors", expected="two vectors of one length")
    seen = np.isfinite(y) & np.isfinite(s)
    if not seen.any() or (s[seen] <= 0).any():
        raise EstimationError("no effect with a positive error", expected="at least one")
    variance = np.where(seen, s**2, 1.0)
    y = np.where(seen, y, np.nan)
    centre, between, spread = (float(a) for a in random_effects(y, variance))
    k = int(seen.sum())
    fixed = np.where(seen, 1 / variance, 0.0)
    middle = float((fixed * np.nan_to_num(y)).sum() / fixed.sum())
    q = float((fixed * (np.nan_to_num(y) - middle) ** 2).sum())
    weights = np.where(seen, 1 / (variance + between), 0.0)
    half = float(reference_quantile(k, level)) * spread
    ahead = None
    if k > 2:
        ahead = float(stats.t.ppf(0.5 + level / 2, k - 2)) * math.sqrt(between + spread**2)
    return Pooled(
        value=centre,
        low=centre - half,
        high=centre + half,
        error=spread,
        tau=math.sqrt(between),
        i2=max(0.0, (q - (k - 1)) / q) if q > 0 else 0.0,
        q=q,
        q_p=float(stats.chi2.sf(q, k - 1)) if k > 1 else None,
        next_low=None if ahead is None else centre - ahead,
        next_high=None if ahead is None else centre + ahead,
        weights=weights / weights.sum(),
        n=k,
        level=level,
    )
