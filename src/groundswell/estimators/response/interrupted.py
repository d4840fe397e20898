"""One series broken at one date: a change of level and of slope, told apart from a change of coverage."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from groundswell.errors import EstimationError
from groundswell.estimators.core import Check, Estimate
from groundswell.estimators.response.counterfactual import STEPS_PER_YEAR, Step
from groundswell.estimators.response.placebo import placebo_p
from groundswell.estimators.statistics.diagnostics import finite_vector
from groundswell.results import Result

Floats = NDArray[np.float64]
Errors = Literal["cosine", "newey-west"]

_INSEPARABLE = 4.0  # variance inflation of the change of level above which coverage and act are one and the same
_FEWEST_PLACEBO = 40  # dates


@dataclass(frozen=True)
class InterruptedSeries(Result):
    """A change of level and slope at a date.

    Parameters
    ----------
    level, slope : change of the logarithm at the date, and of its slope per year.
    effect : mean change over the window, of both together; p is the larger of the robust test's and of the share of
        other dates that look as broken.
    coverage : the coefficient of log coverage; 1 without interval for an offset, None without coverage.
    expected, fitted : shape (T,); what the series would have been without the change, and with it.
    low, high : shape (T,); interval of ``expected`` from the date on, NaN before.
    separable : whether the change can be told from coverage, season and trend (variance inflation).
    placebo : |t| of the same change at other dates.
    """

    level: Estimate
    slope: Estimate
    effect: Estimate
    coverage: Estimate | None
    expected: Floats
    fitted: Floats
    low: Floats
    high: Floats
    separable: Check
    placebo: Floats
    at: int
    window: tuple[int, int]
    step: str
    scale: str

    derived = ("answer", "passed")

    @property
    def passed(self) -> bool:
        return self.separable.passed and self.effect.p is not None

    @property
    def answer(self) -> str:
        e = self.effect
        if not self.separable.passed:
            return "No verdict: coverage changes with the date itself, and the two cannot be told apart."
        if e.value is None or e.low is None or e.high is None or e.p is None:
            return "No verdict: the change could not be estimated."

        def size(v: float) -> str:
            return f"{math.expm1(min(v, 50.0)):+.0%}"

        told = (
            f"{size(e.value)} over {self.step}s {self.window[0]}-{self.window[1]} ({e.level:.0%} interval "
            f"{size(e.low)} to {size(e.high)}, p = {e.p:.2g})"
        )
        if e.p < 1 - e.level and (e.low > 0 or e.high < 0):
            return f"The series changed at the date: {told}."
        d = float(e.checks["detectable"])  # type: ignore[arg-type]
        return (
            f"No change was found: {told}; {size(-d)} or {size(d)} would have been found in four of five such records."
        )


@dataclass(frozen=True)
class _Fit:
    b: Floats
    robust: Floats
    model: Floats  # covariance of independent steps, widened by how far residuals go together
    eta: Floats
    df: float
    dispersion: float

    def error(self, c: Floats) -> Floats:
        """Standard error of c'b for each row of c: robust to memory, and never below that of the model.

        Where few steps carry a change, robust variances alone come out too small.
        """
        return np.sqrt(
            np.maximum(
                np.einsum("...i,ij,...j->...", c, self.robust, c), np.einsum("...i,ij,...j->...", c, self.model, c)
            )
        )


def _fit(y: Floats, X: Floats, offset: Floats, scale: str, errors: str, dispersion: float | None = None) -> _Fit:
    """Least squares of logarithms, or negative binomial scores of counts, with errors robust to memory."""
    T = y.size
    seen = np.isfinite(y)
    safe = np.where(seen, y, 0.0)
    if scale == "log":
        w = seen.astype(float)
        A = (X * w[:, None]).T @ X
        b = np.linalg.lstsq(A, X.T @ (w * (safe - offset)), rcond=None)[0]
        eta = X @ b + offset
        scores = X * (w * (safe - eta))[:, None]
    else:
        b = np.linalg.lstsq(X[seen], np.log(safe[seen] + 0.5) - offset[seen], rcond=None)[0]
        given = dispersion is not None
        dispersion = dispersion or 0.0
        for _ in range(1 if given else 5):
            for _ in range(50):
                mean = np.exp(np.clip(X @ b + offset, -20, 25))
                w = seen * mean / (1 + dispersion * mean)
                A = (X * w[:, None]).T @ X + 1e-9 * np.eye(X.shape[1])
                move = np.linalg.solve(A, X.T @ (w * (safe - mean) / mean))
                b = b + np.clip(move, -2, 2)
                if np.abs(move).max() < 1e-8:
                    break
            mean = np.exp(np.clip(X @ b + offset, -20, 25))
            free = max(1, int(seen.sum()) - X.shape[1])
            excess = np.sum(seen * ((safe - mean) ** 2 * T / free - mean)) / np.sum(seen * mean**2)
            new = dispersion if given else float(np.clip(excess, 0.0, 10.0))
            done = abs(new - dispersion) < 1e-4
            dispersion = new
            if done:
                break
        mean = np.exp(np.clip(X @ b + offset, -20, 25))
        w = seen * mean / (1 + dispersion * mean)
        A = (X * w[:, None]).T @ X + 1e-9 * np.eye(X.shape[1])
        eta = X @ b + offset
        scores = X * (w * (safe - mean) / mean)[:, None]
    inverse = np.linalg.pinv(A)
    if errors == "cosine":
        number = max(4, int(0.41 * T ** (2 / 3)))
        j = np.arange(1, number + 1)
        waves = math.sqrt(2 / T) * np.cos(np.pi * np.outer(j, np.arange(T) + 0.5) / T)
        parts = waves @ scores
        middle = T * (parts.T @ parts) / number
        df = float(number)
    else:
        lags = int(1.3 * math.sqrt(T))
        middle = scores.T @ scores
        for lag in range(1, lags + 1):
            part = scores[lag:].T @ scores[:-lag]
            middle = middle + (1 - lag / (lags + 1)) * (part + part.T)
        df = max(4.0, 1.5 * T / lags)
    shrink = T / max(1, T - X.shape[1])
    residual = np.where(seen, scores[:, 0] / np.sqrt(w + 1e-12), 0.0)  # the first column of X is 1
    total = max(float(residual @ residual), 1e-300)
    reach = int(math.sqrt(T))
    r = np.array([float(residual[k:] @ residual[:-k]) for k in range(1, reach + 1)]) / total
    memory = float(np.maximum.accumulate(1 + 2 * np.cumsum(r + X.shape[1] / T)).max())  # fitting lowers each r
    spread = 1.0
    if scale == "log":
        spread = float(np.sum(seen * (safe - eta) ** 2)) / max(1, int(seen.sum()) - X.shape[1])
    model = np.asarray(spread * max(1.0, memory) * inverse, np.float64)
    return _Fit(np.asarray(b, np.float64), shrink * inverse @ middle @ inverse, model, eta, df, dispersion or 0.0)


def _design(T: int, at: int, season: bool, step: str) -> Floats:
    """1, time, change of level and of slope (per year) after the date, season."""
    t = np.arange(T)
    year = STEPS_PER_YEAR[step]
    after = (t > at).astype(float)
    columns = [np.ones(T), (t - at) / year, after, after * (t - at) / year]
    if season and 2 * year <= T:
        harmonics = 2 if year > 5 else 1
        columns += [f(2 * np.pi * i * t / year) for i in range(1, harmonics + 1) for f in (np.cos, np.sin)]
    if season and step == "day" and T >= 56:
        columns += [(t % 7 == d) - 1 / 7 for d in range(6)]
    return np.column_stack(columns).astype(float)


def interrupted_series(
    y: ArrayLike,
    at: int,
    *,
    coverage: ArrayLike | None = None,
    use_coverage: Literal["covariate", "offset"] = "covariate",
    scale: Literal["count", "log"] = "count",
    step: Step = "week",
    season: bool = True,
    window: tuple[int, int] = (1, 12),
    errors: Errors = "cosine",
    level: float = 0.95,
) -> InterruptedSeries:
    """Whether one series changed level or slope after one date.

    ``log E[y_t] = a + b t + season_t + g log coverage_t + [t > at] (level + slope (t - at))``; the effect over a window
    is the mean of ``level + slope (lag)`` over it.

    Parameters
    ----------
    y : shape (T,); counts, or positive sizes with ``scale="log"`` (NaN where unknown).
    at : the step of the act, which itself counts as before.
    coverage : shape (T,), > 0; how much was reported at all, from events that the act cannot have changed.
    use_coverage : "covariate" estimates g; "offset" sets it to 1 (twice the coverage, twice the events).
    errors : "cosine": long-run variance from low-frequency cosines, with Student t; "newey-west": Bartlett weights over
        1.3 sqrt(T) lags. Both allow for memory; the first keeps its size better.

    Returns
    -------
    `InterruptedSeries`; p of the effect is the larger of the robust test's and of the share of other dates (at least a
    window away from the ends and from the act, whose change stays in) at which the same model finds as large a |t|.
    The interval is widened to match where other dates scatter more than Student t says.

    Raises
    ------
    EstimationError : on series, dates or coverage that cannot be used.

    Known limits: one series and one date are no experiment; anything else that happened then is in the effect. Coverage
    that changes at the date itself cannot be told from an effect, and is refused a verdict. Use
    `groundswell.estimators.response.responses.study_responses` for many acts.

    Source: Lazarus, Lewis, Stock & Watson (2018), JBES 36:541-559 (errors); Bernal, Cummins & Gasparrini (2017),
    Int. J. Epidemiology 46:348-355 (the design).
    """
    values = np.asarray(y, dtype=np.float64)
    if values.ndim != 1 or values.size < 30:
        raise EstimationError(f"a series of shape {values.shape}", expected="(T,), with at least 30 steps")
    T = values.size
    if scale not in ("count", "log") or errors not in ("cosine", "newey-west") or step not in STEPS_PER_YEAR:
        raise EstimationError(
            f"scale {scale!r}, errors {errors!r}, step {step!r}", expected="count or log; cosine or newey-west; a step"
        )
    if use_coverage not in ("covariate", "offset"):
        raise EstimationError(f"use_coverage {use_coverage!r}", expected="'covariate' or 'offset'")
    if not 1 <= window[0] <= window[1] or at < 8 or at + max(8, window[1]) >= T:
        raise EstimationError(f"an act at step {at} of {T}, window {window}", expected="8 steps or more on either side")
    if scale == "count" and (~np.isfinite(values) | (values < 0)).any():
        raise EstimationError("counts that are negative or unknown", expected="counts from 0, none missing")
    if scale == "log" and (np.isinf(values) | (values <= 0)).any():
        raise EstimationError("sizes that are not positive", expected="positive sizes, NaN where unknown")
    worked = np.log(values) if scale == "log" else values
    offset, extra = np.zeros(T), np.empty((T, 0))
    if coverage is not None:
        reported = finite_vector(coverage, "coverage")
        if reported.size != T or (reported <= 0).any():
            raise EstimationError(
                f"{reported.size} values of coverage, from {reported.min():g}", expected=f"{T} positive numbers",
                instead="the events of all other kinds plus 1, or a running mean of them",
            )  # fmt: skip
        logs = np.log(reported)
        if use_coverage == "offset":
            offset = logs - logs.mean()
        elif logs.std() > 1e-9:
            extra = (logs - logs.mean())[:, None]
    X = np.hstack([_design(T, at, season, step), extra])
    fit = _fit(worked, X, offset, scale, errors)
    lag = np.arange(window[0], window[1] + 1)
    pick = np.zeros(X.shape[1])
    pick[2], pick[3] = 1.0, float(lag.mean()) / STEPS_PER_YEAR[step]

    def estimate(c: Floats, unit: str, method: str) -> Estimate:
        value, error = float(c @ fit.b), max(float(fit.error(c)), 1e-150)
        half = float(stats.t.ppf(0.5 + level / 2, fit.df)) * error
        p = float(2 * stats.t.sf(abs(value) / error, fit.df))
        checks: dict[str, object] = {"standard_error": error, "detectable": 2.8 * error}
        return Estimate(value, value - half, value + half, p, T, method, unit, True, checks, level)

    method = f"interrupted series, errors {errors}"
    effect = estimate(pick, "log ratio", method)
    placebo = _other_dates(worked, at, window, extra, offset, season, scale, step, errors, fit.dispersion)
    if placebo.size >= _FEWEST_PLACEBO and effect.value is not None and effect.p is not None:
        size = abs(effect.value) / float(effect.checks["standard_error"])  # type: ignore[arg-type]
        p = max(effect.p, placebo_p(size, placebo))
        usual = float(stats.t.ppf(0.5 + level / 2, fit.df))
        wide = abs(effect.value) / max(size, 1e-12) * max(usual, float(np.quantile(placebo, level)))
        effect = Estimate(
            effect.value, effect.value - wide, effect.value + wide, p, T,
            method + "; p and interval also by other dates", "log ratio", True, effect.checks, level,
        )  # fmt: skip
    inflation = 1.0
    if extra.size:
        without = np.hstack([X[:, :2], X[:, 3:4], X[:, 4:-1]])
        own = X[:, 2] - without @ np.linalg.lstsq(without, X[:, 2], rcond=None)[0]
        both = X[:, 2] - np.delete(X, 2, axis=1) @ np.linalg.lstsq(np.delete(X, 2, axis=1), X[:, 2], rcond=None)[0]
        inflation = float(np.sum(own**2) / max(float(np.sum(both**2)), 1e-300))
    separable = Check(
        "change told from coverage", inflation, 1.0 if inflation < _INSEPARABLE else 0.0,
        f"variance inflation below {_INSEPARABLE:g}",
    )  # fmt: skip
    calm = X.copy()
    calm[:, 2:4] = 0.0
    eta = calm @ fit.b + offset
    half = float(stats.t.ppf(0.5 + level / 2, fit.df)) * fit.error(calm)
    beyond = np.arange(T) > at
    told = None
    if use_coverage == "offset" and coverage is not None:
        told = Estimate(1.0, None, None, None, T, "offset", "", True)
    elif extra.size:
        told = estimate(np.eye(X.shape[1])[-1], "log ratio per log coverage", method)
    return InterruptedSeries(
        level=estimate(np.eye(X.shape[1])[2], "log ratio", method),
        slope=estimate(np.eye(X.shape[1])[3], "log ratio per year", method),
        effect=effect,
        coverage=told,
        expected=np.exp(np.minimum(eta, 700)),
        fitted=np.exp(np.minimum(fit.eta, 700)),
        low=np.where(beyond, np.exp(np.minimum(eta - half, 700)), np.nan),
        high=np.where(beyond, np.exp(np.minimum(eta + half, 700)), np.nan),
        separable=separable,
        placebo=placebo,
        at=at,
        window=window,
        step=step,
        scale=scale,
    )


def _other_dates(
    y: Floats, at: int, window: tuple[int, int], extra: Floats, offset: Floats, season: bool, scale: str, step: str,
    errors: str, dispersion: float,
) -> Floats:  # fmt: skip
    """|t| of the effect at up to 60 other dates, evenly spread, at least a window from the act and the ends."""
    T = y.size
    away = max(8, window[1])
    dates = np.array([d for d in range(away, T - away - 1) if abs(d - at) > away])
    if dates.size < _FEWEST_PLACEBO:
        return np.zeros(0)
    dates = dates[np.unique(np.linspace(0, dates.size - 1, min(60, dates.size)).astype(int))]
    mean = (window[0] + window[1]) / 2 / STEPS_PER_YEAR[step]
    found = []
    own = _design(T, at, False, step)[:, 2:4]  # the act's own change stays in, lest it look like others
    for d in dates.tolist():
        X = np.hstack([_design(T, d, season, step), own, extra])
        fit = _fit(y, X, offset, scale, errors, dispersion)
        c = np.zeros(X.shape[1])
        c[2], c[3] = 1.0, mean
        found.append(abs(float(c @ fit.b)) / max(float(fit.error(c)), 1e-150))
    return np.array(found)
