"""One series with a break at one date: a change of level and slope, distinguished from a change of coverage."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import Field, model_validator
from scipy import stats

from groundswell.errors import EstimationError
from groundswell.estimators.core import Check, Estimate
from groundswell.estimators.response.counterfactual import STEPS_PER_YEAR, Step
from groundswell.estimators.response.placebo import placebo_p
from groundswell.estimators.response.rare import FEWEST, rare_ratio, share
from groundswell.estimators.statistics.diagnostics import finite_vector, numbers
from groundswell.results import Result
from groundswell.settings import Settings

Floats = NDArray[np.float64]
Errors = Literal["cosine", "newey-west"]

_INSEPARABLE = 4.0  # variance inflation of the change of level above which coverage and act cannot be separated
_FEWEST_PLACEBO = 40  # dates
_MOST_SHARED = 1.0  # variance of the logarithm of what is expected, beyond which season and slope are uninformative


@dataclass(frozen=True)
class InterruptedSeries(Result):
    """A change of level and slope at a date.

    Parameters
    ----------
    level, slope : change of the logarithm at the date, and of its slope per year.
    effect : mean change over the window, of both together; p is the larger of the robust test's and of the share of
        other dates with as large a break.
    coverage : the coefficient of log coverage; 1 without interval for an offset, None without coverage.
    expected, fitted : shape (T,); what the series would have been without the change, and with it.
    low, high : shape (T,); interval of ``expected`` from the date on, NaN before.
    separable : whether the change can be distinguished from coverage, season and trend (variance inflation).
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
            return "No verdict: coverage changes with the date itself, and the two cannot be distinguished."
        if e.value is None or e.low is None or e.high is None or e.p is None:
            return "No verdict: the change could not be estimated."

        if e.checks.get("rare"):
            return self._rarely()

        def size(v: float) -> str:
            return f"{math.expm1(min(v, 50.0)):+.0%}"

        words = (
            f"{size(e.value)} over {self.step}s {self.window[0]}-{self.window[1]} ({e.level:.0%} interval "
            f"{size(e.low)} to {size(e.high)}, p = {e.p:.2g})"
        )
        if e.p < 1 - e.level and (e.low > 0 or e.high < 0):
            return f"The series changed at the date: {words}."
        d = float(e.checks["detectable"])  # type: ignore[arg-type]
        return (
            f"No change was found: {words}; {size(-d)} or {size(d)} would have been found in four of five such records."
        )

    def _rarely(self) -> str:
        """The answer where one side of the date holds hardly any events."""
        e = self.effect
        assert e.value is not None
        assert e.low is not None
        assert e.high is not None
        assert e.p is not None
        ratio, low, high = (share(v) for v in (e.value, e.low, e.high))
        what = f"{ratio} of what was expected ({e.level:.0%} interval {low} to {high}, p = {e.p:.2g})"
        if e.p < 1 - e.level and (e.low > 0 or e.high < 0):
            way = "fell" if e.value < 0 else "rose"
            return f"The series {way} after the date, to {what}."
        return f"No change was found, and with so few events hardly any could be: after the date it was {what}."


@dataclass(frozen=True)
class _Fit:
    b: Floats
    robust: Floats
    model: Floats  # covariance of independent steps, widened by how far residuals are correlated
    eta: Floats
    df: float
    dispersion: float
    memory: float  # factor by which memory widens the variance of a sum

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
    number = int(seen.sum())
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
            excess = np.sum(seen * ((safe - mean) ** 2 * number / free - mean)) / np.sum(seen * mean**2)
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
        waves_used = max(4, int(0.41 * number ** (2 / 3)))
        j = np.arange(1, waves_used + 1)
        waves = math.sqrt(2 / T) * np.cos(np.pi * np.outer(j, np.arange(T) + 0.5) / T)
        parts = waves @ scores
        middle = T * (parts.T @ parts) / waves_used
        df = float(waves_used)
    else:
        lags = int(1.3 * math.sqrt(T))
        middle = scores.T @ scores
        for lag in range(1, lags + 1):
            part = scores[lag:].T @ scores[:-lag]
            middle = middle + (1 - lag / (lags + 1)) * (part + part.T)
        df = max(4.0, 1.5 * T / lags)
    shrink = number / max(1, number - X.shape[1])
    residual = np.where(seen, scores[:, 0] / np.sqrt(w + 1e-12), 0.0)  # the first column of X is 1
    total = max(float(residual @ residual), 1e-300)
    reach = int(math.sqrt(T))
    r = np.array([float(residual[k:] @ residual[:-k]) for k in range(1, reach + 1)]) / total
    memory = float(np.maximum.accumulate(1 + 2 * np.cumsum(r + X.shape[1] / number)).max())  # fitting lowers each r
    spread = 1.0
    if scale == "log":
        spread = float(np.sum(seen * (safe - eta) ** 2)) / max(1, int(seen.sum()) - X.shape[1])
    model = np.asarray(spread * max(1.0, memory) * inverse, np.float64)
    covariance = shrink * inverse @ middle @ inverse
    return _Fit(np.asarray(b, np.float64), covariance, model, eta, df, dispersion or 0.0, max(1.0, memory))


def _design(T: int, at: int, season: bool, step: str, span: int | None = None) -> Floats:
    """1, time, change of level and of slope (per year) after the date, and whatever season ``span`` steps can show."""
    t = np.arange(T)
    span = T if span is None else span
    year = STEPS_PER_YEAR[step]
    after = (t > at).astype(float)
    columns = [np.ones(T), (t - at) / year, after, after * (t - at) / year]
    if season and 2 * year <= span:
        harmonics = 2 if year > 5 else 1
        columns += [f(2 * np.pi * i * t / year) for i in range(1, harmonics + 1) for f in (np.cos, np.sin)]
    if season and step == "day" and span >= 56:
        columns += [(t % 7 == d) - 1 / 7 for d in range(6)]
    return np.column_stack(columns).astype(float)


class InterruptedSettings(Settings):
    """Options of `interrupted_series`."""

    use_coverage: Literal["covariate", "offset"] = Field(
        "covariate", description="estimate the coefficient of log coverage, or set it to 1"
    )
    scale: Literal["count", "log"] = Field("count", description="counts, or logarithms of positive sizes")
    step: Step = Field("week", description="length of a step")
    season: bool = Field(True, description="remove the season of the year, and by day of the week")
    window: tuple[int, int] = Field((1, 12), description="first and last lag whose mean change is the effect")
    errors: Errors = Field("cosine", description="long-run variance by low-frequency cosines or Bartlett weights")
    level: float = Field(0.95, ge=0.5, lt=1, description="coverage of the intervals")

    @model_validator(mode="after")
    def _ordered(self) -> InterruptedSettings:
        if not 1 <= self.window[0] <= self.window[1]:
            raise ValueError("a window from lag 1 on, its first lag not after its last")
        return self


def interrupted_series(
    y: ArrayLike,
    at: int,
    settings: InterruptedSettings | None = None,
    *,
    coverage: ArrayLike | None = None,
    **options: Any,
) -> InterruptedSeries:
    """Whether one series changed level or slope after one date.

    ``log E[y_t] = a + b t + season_t + g log coverage_t + [t > at] (level + slope (t - at))``; the effect over a window
    is the mean of ``level + slope (lag)`` over it. Where one side of the date holds so few events that no slope can be
    estimated (see `groundswell.estimators.response.rare`), the effect is the ratio of the count on that
    side to the count expected from the other side, with the exact interval of a count.

    Parameters
    ----------
    y : shape (T,); counts, or positive sizes with ``scale="log"``; NaN where not watched or unknown.
    at : the step of the act, which itself counts as before it.
    coverage : shape (T,), > 0; how much was reported at all, from events that the act cannot have changed. With
        ``use_coverage="offset"``, twice the coverage is read as twice the events.
    settings, options : see `InterruptedSettings`. Errors "cosine": long-run variance from low-frequency cosines, with
        Student t; "newey-west": Bartlett weights over 1.3 sqrt(T) lags. Both allow for memory; the first controls its
        size better.

    Returns
    -------
    `InterruptedSeries`; p of the effect is the larger of the robust test's and of the share of other dates (at least a
    window away from the ends and from the act, whose change stays in) at which the same model finds as large a |t|.
    The interval is widened to match where other dates scatter more than Student t says.

    Raises
    ------
    EstimationError : on series, dates or coverage that cannot be used; no event on either side; a fit that is singular.

    Known limits: one series and one date are not an experiment; anything else that happened then is part of the effect.
    Coverage that changes at the date itself cannot be distinguished from an effect, and no verdict is given. Use
    `groundswell.estimators.response.responses.study_responses` for many acts.

    Source: Lazarus, Lewis, Stock & Watson (2018), JBES 36:541-559 (errors); Bernal, Cummins & Gasparrini (2017),
    Int. J. Epidemiology 46:348-355 (the design).
    """
    o = InterruptedSettings.of(settings, options)
    values = _series(y, at, o)
    T = values.size
    offset, extra = _coverage(coverage, T, o.use_coverage)
    try:
        if o.scale == "count" and min(np.nansum(values[: at + 1]), np.nansum(values[at + 1 :])) < FEWEST:
            return _rare(values, at, offset, extra, o, given=coverage is not None)
        return _regression(np.log(values) if o.scale == "log" else values, at, offset, extra, o, coverage is not None)
    except np.linalg.LinAlgError:
        raise EstimationError(
            "a model whose terms cannot be distinguished in this series", expected="a series that varies on both sides",
            instead="season=False, a wider window, or no coverage",
        ) from None  # fmt: skip


def _series(y: ArrayLike, at: int, o: InterruptedSettings) -> Floats:
    """The series, checked."""
    values = numbers(y, "the series")
    if values.ndim != 1 or values.size < 30:
        raise EstimationError(f"a series of shape {values.shape}", expected="(T,), with at least 30 steps")
    if at < 8 or at + max(8, o.window[1]) >= values.size:
        raise EstimationError(
            f"an act at step {at} of {values.size}, window {o.window}", expected="8 steps or more on either side"
        )
    if (np.isinf(values) | (values < 0 if o.scale == "count" else values <= 0)).any():
        raise EstimationError(
            "counts that are negative or infinite" if o.scale == "count" else "sizes that are not positive",
            expected="counts from 0" if o.scale == "count" else "positive sizes",
            instead="NaN where a value is unknown",
        )  # fmt: skip
    known = np.isfinite(values)
    window = known[at + o.window[0] : at + o.window[1] + 1]
    if known[: at + 1].sum() < 8 or known[at + 1 :].sum() < 8 or not window.any():
        raise EstimationError(
            f"{int(known[: at + 1].sum())} steps watched before and {int(known[at + 1 :].sum())} after, "
            f"{int(window.sum())} of them in the window",
            expected="8 steps or more on either side, and one in the window",
        )
    if o.scale == "count" and np.nansum(values) == 0:
        raise EstimationError("no event, before the date or after it", expected="at least one")
    return values


def _coverage(coverage: ArrayLike | None, T: int, use: str) -> tuple[Floats, Floats]:
    """Offset, shape (T,), and columns of covariates, shape (T, 0 or 1)."""
    if coverage is None:
        return np.zeros(T), np.empty((T, 0))
    reported = finite_vector(coverage, "coverage")
    if reported.size != T or (reported <= 0).any():
        raise EstimationError(
            f"{reported.size} values of coverage, from {reported.min():g}", expected=f"{T} positive numbers",
            instead="the events of all other kinds plus 1, or a running mean of them",
        )  # fmt: skip
    logs = np.log(reported)
    if use == "offset":
        return logs - logs.mean(), np.empty((T, 0))
    return np.zeros(T), (logs - logs.mean())[:, None] if logs.std() > 1e-9 else np.empty((T, 0))


def _regression(
    worked: Floats, at: int, offset: Floats, extra: Floats, o: InterruptedSettings, given: bool
) -> InterruptedSeries:
    T, level = worked.size, o.level
    X = np.hstack([_design(T, at, o.season, o.step), extra])
    fit = _fit(worked, X, offset, o.scale, o.errors)
    lag = np.arange(o.window[0], o.window[1] + 1)
    pick = np.zeros(X.shape[1])
    pick[2], pick[3] = 1.0, float(lag.mean()) / STEPS_PER_YEAR[o.step]

    def estimate(c: Floats, unit: str, method: str) -> Estimate:
        value, error = float(c @ fit.b), max(float(fit.error(c)), 1e-150)
        half = float(stats.t.ppf(0.5 + level / 2, fit.df)) * error
        p = float(2 * stats.t.sf(abs(value) / error, fit.df))
        checks: dict[str, object] = {"standard_error": error, "detectable": 2.8 * error}
        return Estimate(value, value - half, value + half, p, T, method, unit, True, checks, level)

    method = f"interrupted series, errors {o.errors}"
    effect = estimate(pick, "log ratio", method)
    placebo = _other_dates(worked, at, extra, offset, o, fit.dispersion)
    if placebo.size >= _FEWEST_PLACEBO and effect.value is not None and effect.p is not None:
        size = abs(effect.value) / float(effect.checks["standard_error"])  # type: ignore[arg-type]
        p = max(effect.p, placebo_p(size, placebo))
        usual = float(stats.t.ppf(0.5 + level / 2, fit.df))
        wide = abs(effect.value) / max(size, 1e-12) * max(usual, float(np.quantile(placebo, level)))
        effect = Estimate(
            effect.value, effect.value - wide, effect.value + wide, p, T,
            method + "; p and interval also by other dates", "log ratio", True, effect.checks, level,
        )  # fmt: skip
    calm = X.copy()
    calm[:, 2:4] = 0.0
    eta = calm @ fit.b + offset
    half = float(stats.t.ppf(0.5 + level / 2, fit.df)) * fit.error(calm)
    beyond = np.arange(T) > at
    words = None
    if o.use_coverage == "offset" and given:
        words = Estimate(1.0, None, None, None, T, "offset", "", True)
    elif extra.size:
        words = estimate(np.eye(X.shape[1])[-1], "log ratio per log coverage", method)
    return InterruptedSeries(
        level=estimate(np.eye(X.shape[1])[2], "log ratio", method),
        slope=estimate(np.eye(X.shape[1])[3], "log ratio per year", method),
        effect=effect,
        coverage=words,
        expected=np.exp(np.minimum(eta, 700)),
        fitted=np.exp(np.minimum(fit.eta, 700)),
        low=np.where(beyond, np.exp(np.minimum(eta - half, 700)), np.nan),
        high=np.where(beyond, np.exp(np.minimum(eta + half, 700)), np.nan),
        separable=_separable(X, extra),
        placebo=placebo,
        at=at,
        window=o.window,
        step=o.step,
        scale=o.scale,
    )


def _separable(X: Floats, extra: Floats) -> Check:
    """Whether the change of level can be distinguished from coverage, by how much coverage inflates its variance."""
    inflation = 1.0
    if extra.size:
        without = np.hstack([X[:, :2], X[:, 3:4], X[:, 4:-1]])
        own = X[:, 2] - without @ np.linalg.lstsq(without, X[:, 2], rcond=None)[0]
        both = X[:, 2] - np.delete(X, 2, axis=1) @ np.linalg.lstsq(np.delete(X, 2, axis=1), X[:, 2], rcond=None)[0]
        inflation = float(np.sum(own**2) / max(float(np.sum(both**2)), 1e-300))
    return Check(
        "change distinguished from coverage", inflation, 1.0 if inflation < _INSEPARABLE else 0.0,
        f"variance inflation below {_INSEPARABLE:g}",
    )  # fmt: skip


def _rare(y: Floats, at: int, offset: Floats, extra: Floats, o: InterruptedSettings, given: bool) -> InterruptedSeries:
    """A change of level alone, where one side of the date holds too few events for a slope.

    The other side is fitted: level and coverage; season where two years of it were watched; a slope where it is clear
    of zero and this side is no shorter than the one to which it is extrapolated. Where the logarithm of the expected
    count has a variance above 1, only level and coverage are fitted. The count expected on the side of few events has
    its own error, dispersion and memory, all included in the interval.
    """
    T, known = y.size, np.isfinite(y)
    after = np.arange(T) > at
    before = bool(np.nansum(y[after]) > np.nansum(y[~after]))  # whether the few events came before the date
    few = ~after if before else after
    rich, there = known & ~few, known & few
    count, total = float(np.nansum(y[few])), float(np.nansum(y[~few]))
    span = int(rich.sum())
    sloped = span >= int(there.sum())
    design = _design(T, at, o.season, o.step, span)
    full = np.hstack([design[:, [0, 1] if sloped else [0]], design[:, 4:], extra])

    def led(terms: Floats) -> tuple[_Fit, Floats, float, float]:
        """The fit of the rich side, its mean everywhere, what it expects in all, and the variance of its logarithm."""
        fit = _fit(np.where(rich, y, np.nan), terms, offset, "count", o.errors)
        mean = np.exp(np.clip(terms @ fit.b + offset, -20, 25))
        expected = float(mean[there].sum())
        gradient = (terms[there] * mean[there][:, None]).sum(axis=0) / expected
        return fit, mean, expected, float(gradient @ fit.model @ gradient)

    terms = full if total >= 10 * full.shape[1] else full[:, :1]
    fit, mean, expected, shared = led(terms)
    if sloped and terms.shape[1] > 1 and abs(fit.b[1]) < 2 * float(fit.error(np.eye(terms.shape[1])[1])):
        terms = np.delete(terms, 1, axis=1)  # a slope that may be zero is not extrapolated to the other side
        fit, mean, expected, shared = led(terms)
    if shared > _MOST_SHARED and terms.shape[1] > 1:
        terms = np.hstack(
            [full[:, :1], extra]
        )  # coverage stays: without it, a fall in coverage would look like an effect
        fit, mean, expected, shared = led(terms)
    shared = min(shared, 50.0)
    noise = fit.dispersion * fit.memory * float(np.sum(mean[there] ** 2)) / expected**2
    value, low, high, p = rare_ratio(count, expected, math.expm1(shared) + noise, o.level)
    if before:  # what is expected is the past, so the ratio is inverted
        value, low, high = -value, -high, -low
    error = math.sqrt(1 / max(count + 0.5, 0.5) + shared + noise)
    method = "ratio of a rare count to what the other side leads to expect, exact (negative binomial) interval"
    effect = Estimate(
        value, low, high, p, int(known.sum()), method, "log ratio", True,
        {"standard_error": error, "detectable": 2.8 * error, "counted": count, "expected": expected,
         "dispersion": fit.dispersion, "rare": True}, o.level,
    )  # fmt: skip
    nothing = Estimate(None, None, None, None, int(known.sum()), "too few events", "log ratio per year", False)
    reported = Estimate(1.0, None, None, None, T, "offset", "", True) if o.use_coverage == "offset" and given else None
    course = mean * count / max(expected, 1e-300)  # as on the side of few events
    if before:  # had nothing changed, the many would have been as few; the ratio's interval says how few
        without, within = course, np.where(few, course, mean)
        down, up = np.full(T, -high), np.full(T, -low)
    else:
        half = float(stats.norm.ppf(0.5 + o.level / 2)) * fit.error(terms)
        without, within = mean, np.where(few, course, mean)
        down, up = -half, half
    X = np.hstack([_design(T, at, o.season, o.step), extra])
    return InterruptedSeries(
        level=effect,
        slope=nothing,
        effect=effect,
        coverage=reported,
        expected=without,
        fitted=within,
        low=np.where(after, np.exp(np.minimum(np.log(mean) + down, 700)), np.nan),
        high=np.where(after, np.exp(np.minimum(np.log(mean) + up, 700)), np.nan),
        separable=_separable(X, extra),
        placebo=np.zeros(0),
        at=at,
        window=(1, T - 1 - at),
        step=o.step,
        scale=o.scale,
    )


def _other_dates(
    y: Floats, at: int, extra: Floats, offset: Floats, o: InterruptedSettings, dispersion: float
) -> Floats:
    """|t| of the effect at up to 60 other dates, evenly spread, at least a window from the act and the ends."""
    T = y.size
    away = max(8, o.window[1])
    dates = np.array([d for d in range(away, T - away - 1) if abs(d - at) > away])
    if dates.size < _FEWEST_PLACEBO:
        return np.zeros(0)
    dates = dates[np.unique(np.linspace(0, dates.size - 1, min(60, dates.size)).astype(int))]
    mean = (o.window[0] + o.window[1]) / 2 / STEPS_PER_YEAR[o.step]
    found = []
    own = _design(T, at, False, o.step)[:, 2:4]  # the act's own change stays in, so that other dates are judged with it
    for d in dates.tolist():
        X = np.hstack([_design(T, d, o.season, o.step), own, extra])
        fit = _fit(y, X, offset, o.scale, o.errors, dispersion)
        c = np.zeros(X.shape[1])
        c[2], c[3] = 1.0, mean
        found.append(abs(float(c @ fit.b)) / max(float(fit.error(c)), 1e-150))
    return np.array(found)
