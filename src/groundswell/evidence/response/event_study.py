"""What dated acts did to a series: each act against the course that the series was on, pooled over acts.

For every act the steps before it give a counterfactual (local level and slope, with the season taken out), which is
forecast over the steps after it. Effects are differences of logarithms: 0.10 means about a tenth more than expected.
They are pooled over acts with random effects, since acts differ; the p-value comes from the same estimator at dates
where nothing happened; and the same estimator, moved to before the acts, checks that the series was not already off its
course. Lag 0 is shown but belongs to no window: within a step, what came first is unknown.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import interpolate, stats

from groundswell.draws import derive_seed
from groundswell.errors import EstimationError
from groundswell.evidence.statistics.association import Estimate
from groundswell.evidence.statistics.diagnostics import Check, plain

Floats = NDArray[np.float64]

_STEPS_PER_YEAR = {"day": 365.25, "week": 365.25 / 7, "month": 12.0, "quarter": 4.0}
_SLOPE_SD = 2.0  # weak prior: the logarithm may change by about this much over the steps before an act
_FEWEST_PLACEBO = 20  # dates; below, the smallest possible p-value is no use


@dataclass(frozen=True)
class EventStudy:
    """The response of a series to acts.

    Parameters
    ----------
    lags : -before .. after; steps from the act.
    curve, low, high : log ratio to the counterfactual at each lag, pooled over acts. Lags before 0 are forecast from
        the steps before them, so they too may depart from 0. NaN where no act has the lag.
    windows : pooled effect over each window of lags; ``p`` by placebo dates.
    pre_trend : the same estimator moved to before the acts; None where no act has enough steps before it.
    passed : the pre-trend check could be made, and passes.
    used : the steps of the acts used.
    excluded : every other act, with the reason.
    effects : per window, the effect of each act used and its standard error, shape (acts, 2).
    notes : settings that were adapted.
    """

    lags: NDArray[np.int64]
    curve: Floats
    low: Floats
    high: Floats
    windows: Mapping[str, Estimate]
    pre_trend: Check | None
    passed: bool
    used: tuple[int, ...]
    excluded: tuple[tuple[int, str], ...]
    effects: Mapping[str, Floats]
    scale: str
    step: str
    level: float
    notes: tuple[str, ...]

    @property
    def n_acts(self) -> int:
        return len(self.used)

    @property
    def primary(self) -> Estimate:
        """The first window."""
        return next(iter(self.windows.values()))

    @property
    def p_placebo(self) -> float | None:
        return self.primary.p

    @property
    def answer(self) -> str:
        """One sentence about the first window."""
        name, e = next(iter(self.windows.items()))
        acts = f"{self.n_acts} act{'s' if self.n_acts != 1 else ''}"
        if self.pre_trend is None:
            return f"No verdict: whether the series was on its course before the {acts} cannot be checked."
        if not self.passed:
            return f"No verdict: the series was off its course before the {acts} (p = {self.pre_trend.p:.2g})."
        if e.value is None or e.low is None or e.high is None or e.p is None:
            return f"No verdict: too few dates without acts to compare the {acts} with."
        change, low, high = (math.expm1(min(v, 50.0)) for v in (e.value, e.low, e.high))
        found = f"{abs(change):.0%} {'above' if change >= 0 else 'below'} its expected course"
        tail = f"({self.level:.0%} interval {low:+.0%} to {high:+.0%}, placebo p = {e.p:.2g}, {acts})"
        start = "The series was" if e.p < 0.05 else "No effect was found: the series was"
        return f"{start} {found} over {self.step}s {name} after an act {tail}."

    def to_dict(self) -> dict[str, object]:
        """As plain types for JSON."""
        left_out = ("windows", "pre_trend", "effects")
        result = {k: plain(v) for k, v in self.__dict__.items() if k not in left_out}
        result["windows"] = {name: e.to_dict() for name, e in self.windows.items()}
        result["effects"] = {name: plain(values) for name, values in self.effects.items()}
        result["pre_trend"] = self.pre_trend.to_dict() if self.pre_trend else None
        result["n_acts"], result["p_placebo"], result["answer"] = self.n_acts, self.p_placebo, self.answer
        return result


# --- counterfactuals ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Series:
    """A series ready for local fits; on the log scale y is the logarithm, NaN where it is missing."""

    y: Floats  # (T,)
    season: Floats  # (T,), on the logarithm
    log: bool


@dataclass(frozen=True)
class _Local:
    """Local fits at D dates: coefficients on (1, lag), their unscaled covariance, and residuals."""

    coefficients: Floats  # (D, 2)
    covariance: Floats  # (D, 2, 2)
    usable: NDArray[np.bool_]  # (D,)


def _windows(dates: NDArray, first: int, last: int) -> NDArray:
    return dates[:, None] + np.arange(first, last + 1)[None, :]


def _local_fits(series: _Series, dates: NDArray, before: int, slope: bool, spread: float) -> _Local:
    """Regression of the ``before`` steps before each date on (1, lag), all dates at once.

    Counts: Poisson scores, weights mu / (1 + spread mu). Logarithms: least squares with variance ``spread``.
    """
    x = np.arange(-before, 0, dtype=float)
    X = np.column_stack([np.ones(before), x]) if slope else np.ones((before, 1))
    rows = _windows(dates, -before, -1)
    y, season = series.y[rows], series.season[rows]
    prior = np.array([0.0, (before / _SLOPE_SD) ** 2])[: X.shape[1]]
    if series.log:
        seen = np.isfinite(y)
        w = seen / spread
        y = np.where(seen, y, 0.0) - season
        A = np.einsum("dt,ti,tj->dij", w, X, X) + np.diag(prior)
        usable = seen.sum(axis=1) >= max(3, before // 2)
        A[~usable] = np.eye(X.shape[1])
        b = np.linalg.solve(A, np.einsum("dt,ti,dt->di", w, X, y)[..., None])[..., 0]
    else:
        usable = y.sum(axis=1) > 0
        b = np.zeros((dates.size, X.shape[1]))
        b[:, 0] = np.log(np.maximum(y.sum(axis=1), 0.5) / np.exp(season).sum(axis=1))
        A = np.broadcast_to(np.eye(X.shape[1]), (dates.size, X.shape[1], X.shape[1]))
        for _ in range(30):
            mean = np.exp(np.clip(b @ X.T + season, -20, 25))
            w = mean / (1 + spread * mean)
            A = np.einsum("dt,ti,tj->dij", w, X, X) + np.diag(prior + 1e-9)
            score = np.einsum("dt,ti->di", w * (y - mean) / mean, X) - prior * b
            move = np.clip(np.linalg.solve(A, score[..., None])[..., 0], -2, 2)
            b = b + np.where(usable[:, None], move, 0.0)
            if np.abs(move[usable]).max(initial=0.0) < 1e-8:
                break
    covariance = np.zeros((dates.size, 2, 2))
    k = X.shape[1]
    covariance[:, :k, :k] = np.linalg.inv(A)
    coefficients = np.zeros((dates.size, 2))
    coefficients[:, :k] = b
    return _Local(coefficients, covariance, usable)


def _pooled_spread(series: _Series, dates: NDArray, before: int, slope: bool) -> float:
    """Dispersion of counts (variance = mean + spread mean²), or variance of logarithms, from all local fits."""
    spread = 0.1
    free = before - (2 if slope else 1)
    rows = _windows(dates, -before, -1)
    lag = np.arange(-before, 0)
    for _ in range(4):
        fits = _local_fits(series, dates, before, slope, spread)
        eta = fits.coefficients[:, :1] + fits.coefficients[:, 1:] * lag + series.season[rows]
        if series.log:
            residual = (series.y[rows] - eta)[fits.usable]
            return max(float(np.nansum(residual**2) / (np.isfinite(residual).sum() * free / before)), 1e-8)
        mean = np.exp(np.clip(eta, -20, 25))[fits.usable]
        y = series.y[rows][fits.usable]
        excess = np.sum((y - mean) ** 2 * before / free - mean) / np.sum(mean**2)
        spread = float(np.clip(excess, 0.0, 10.0))
    return spread


def _season(y: Floats, acts: NDArray, after: int, period: float, log: bool) -> Floats:
    """Annual season (two harmonics) beside a spline trend with one piece a year, on the logarithm; shape (T,).

    Steps within ``after`` of an act are left out where enough others remain in every part of the year.
    """
    T = y.size
    t = np.arange(T)
    pieces = max(2, min(round(T / period), T // 8))  # finer ones could imitate the year itself
    inner = np.linspace(0, T - 1, pieces + 1)
    knots = np.concatenate([[inner[0]] * 3, inner, [inner[-1]] * 3])
    spline = interpolate.BSpline.design_matrix(t.astype(float), knots, 3).toarray()
    harmonics = 2 if period > 5 else 1
    waves = np.column_stack([f(2 * np.pi * i * t / period) for i in range(1, harmonics + 1) for f in (np.cos, np.sin)])
    away = np.ones(T, dtype=bool)
    for act in acts:
        away[act : act + after + 1] = False
    part = np.floor(4 * (t / period % 1)).astype(int)
    if min(np.bincount(part[away], minlength=4)) < 0.5 * min(np.bincount(part, minlength=4)):
        away[:] = True
    away &= np.isfinite(y)
    X, values = np.hstack([spline, waves])[away], y[away]
    ridge = np.diag(np.concatenate([np.full(spline.shape[1], 1e-3), np.full(waves.shape[1], 1.0)]))
    if log:
        b = np.linalg.solve(X.T @ X + ridge, X.T @ values)
    else:
        b = np.linalg.lstsq(X, np.log(values + 0.5), rcond=None)[0]
        for _ in range(30):
            mean = np.exp(np.clip(X @ b, -8, 25))
            move = np.linalg.solve((X * mean[:, None]).T @ X + ridge, X.T @ (values - mean) - ridge @ b)
            b = b + np.clip(move, -2, 2)
            if np.abs(move).max() < 1e-7:
                break
    return np.asarray(waves @ b[spline.shape[1] :], dtype=np.float64)


# --- effects --------------------------------------------------------------------------------------------------------


def _effect(
    series: _Series, fits: _Local, dates: NDArray, first: int, last: int, spread: float, until: NDArray
) -> tuple[Floats, Floats]:
    """Log ratio over lags first..last and its variance, per date; NaN where fewer than half of the lags can be used.

    ``until[d]`` is the first lag that may not be used (the next act, or the end of the series).
    """
    lag = np.arange(first, last + 1)
    rows = np.minimum(_windows(dates, first, last), series.y.size - 1)
    open_ = lag[None, :] < until[:, None]
    y = series.y[rows]
    open_ &= np.isfinite(y)
    enough = fits.usable & (open_.sum(axis=1) >= 0.5 * lag.size)
    eta = fits.coefficients[:, :1] + fits.coefficients[:, 1:] * lag + series.season[rows]
    x = np.stack([np.ones_like(eta), np.broadcast_to(lag.astype(float), eta.shape)], axis=-1)
    if series.log:
        share = open_ / np.maximum(open_.sum(axis=1, keepdims=True), 1)
        value = np.sum(np.where(open_, y - eta, 0.0) * share, axis=1)
        noise = spread / np.maximum(open_.sum(axis=1), 1)
    else:
        mean = np.exp(np.clip(eta, -20, 25)) * open_
        total = np.maximum(mean.sum(axis=1), 1e-9)
        share = mean / total[:, None]
        # log(Y + 1/2) is nearly unbiased for the log mean of a Poisson; spread lowers it by half its share
        concentration = np.sum(share**2, axis=1)
        value = np.log(np.where(open_, y, 0.0).sum(axis=1) + 0.5) - np.log(total) + 0.5 * spread * concentration
        noise = 1 / total + spread * concentration
    g = np.einsum("dl,dli->di", share, x)
    variance = noise + np.einsum("di,dij,dj->d", g, fits.covariance, g)
    return np.where(enough, value, np.nan), np.where(enough, variance, np.nan)


def _pool(value: Floats, variance: Floats) -> tuple[Floats, Floats, Floats]:
    """Random-effects mean along the last axis (DerSimonian & Laird 1986): mean, between-act variance, and the
    Hartung-Knapp standard error, which takes its scale from how the acts scatter. NaN are left out."""
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
    error = np.sqrt(np.where(k > 2, np.maximum(scatter, 1.0), 1.0) / total)  # never below the model's own error
    return np.where(k > 0, centre, np.nan), between, error


def _quantile(k: NDArray | int, level: float) -> Floats:
    """Student t with k - 1 df from three acts on; the normal below, where the model's own error is all there is."""
    k = np.asarray(k)
    return np.where(k > 2, stats.t.ppf(0.5 + level / 2, np.maximum(k - 1, 1)), stats.norm.ppf(0.5 + level / 2))


def _placebo_dates(eligible: NDArray, n: int, apart: int, draws: int, rng: np.random.Generator) -> NDArray | None:
    """Draws of n positions in ``eligible``, dates at least ``apart`` steps from each other where that can be."""
    if eligible.size < max(_FEWEST_PLACEBO, 2 * n):
        return None
    picks = np.empty((draws, n), dtype=np.int64)
    for i in range(draws):
        distance = apart
        while True:
            chosen: list[int] = []
            for position in rng.permutation(eligible.size):
                date = eligible[position]
                if all(abs(date - eligible[c]) >= distance for c in chosen):
                    chosen.append(int(position))
                    if len(chosen) == n:
                        break
            if len(chosen) == n:
                break
            distance //= 2  # too crowded
        picks[i] = chosen
    return picks


def _placebo_p(value: float, others: Floats) -> float:
    others = others[np.isfinite(others)]
    return float((1 + np.sum(np.abs(others) >= abs(value) - 1e-12)) / (others.size + 1))


# --- the study ------------------------------------------------------------------------------------------------------


def event_study(
    y: ArrayLike,
    acts: Sequence[int],
    *,
    before: int = 12,
    after: int = 26,
    windows: Mapping[str, tuple[int, int]] | None = None,
    scale: Literal["count", "log"] = "count",
    trend: Literal["slope", "level"] = "slope",
    season: bool = True,
    step: Literal["day", "week", "month", "quarter"] = "week",
    placebo: int = 999,
    level: float = 0.95,
    seed: int = 0,
) -> EventStudy:
    """The pooled response of a series to dated acts.

    For act i at step a, ``log E[y_t] = season_t + level_i + slope_i (t - a)`` is fitted on t = a-before .. a-1 and
    forecast; the effect over a window W is
    ``log(sum_W y) - log(sum_W forecast)`` (counts), or the mean of ``log y - forecast`` (log).

    Parameters
    ----------
    y : shape (T,); counts from 0 (scale "count"), or positive sizes with NaN where unknown (scale "log").
    acts : steps of the acts, 0..T-1.
    before, after : steps that give the counterfactual, and steps followed.
    windows : names and (first, last) lag; the first is the one that `answer` and `p_placebo` speak of. By default
        lags 1 to 12, or to ``after``.
    trend : "slope" forecasts level and slope: honest about where the series was heading, and wide at long lags. "level"
        forecasts the level alone: sharper, and biased in a growing series.
    season : take out an annual season, estimated on the whole series beside its trend; needs two years of record.
    placebo : sets of dates without acts drawn for the p-value.

    Returns
    -------
    `EventStudy`. Per-act variances come from the dispersion of all local fits; pooling is DerSimonian-Laird with the
    Hartung-Knapp error and Student t. p is ``(1 + hits) / (placebo + 1)``, a hit being a placebo set at least as far
    from 0; it is None where fewer than 20 dates (or twice the acts) are free of acts.

    Acts are excluded, with the reason, when another act falls into the steps before them, or the series does not reach
    far enough. Lags from the next act on are not used.

    Raises
    ------
    EstimationError : on series, acts or windows that cannot be used, or when no act remains.

    Known limits: acts that respond to what moves the series are not an experiment, and the pre-trend check sees only
    anticipation longer than a few steps. With fewer than 5 acts, "no effect found" says little; see ``detectable`` in
    the checks (the effect that would be found in four of five records).

    Source: DerSimonian & Laird (1986), Controlled Clinical Trials 7:177-188; Hartung & Knapp (2001), Statistics in
    Medicine 20:3875-3889; randomisation inference after Fisher (1935).
    """
    values, acts_at = _inputs(y, acts, before, after, scale, trend, step, placebo, level)
    T = values.size
    notes: list[str] = []
    named = dict(windows) if windows else {f"1-{min(12, after)}": (1, min(12, after))}
    for name, (first, last) in named.items():
        if not 0 <= first <= last <= after:
            raise EstimationError(f"window {name!r} from {first} to {last}", expected=f"0 <= first <= last <= {after}")
    log = scale == "log"
    worked = np.log(values) if log else values
    shape = np.zeros(T)
    if season:
        if 2 * _STEPS_PER_YEAR[step] <= T:
            shape = _season(worked, acts_at, after, _STEPS_PER_YEAR[step], log)
        else:
            notes.append("no season: the record is shorter than two years")
    series = _Series(worked, shape, log)
    slope = trend == "slope"
    reach = next(iter(named.values()))[1]
    used, excluded = _select(acts, acts_at, series, before, reach)
    every = np.arange(before, T - 1)
    spread = _pooled_spread(series, every, before, slope)
    if not used:
        raise EstimationError(
            f"none of {len(acts)} acts can be used ({excluded[0][1]})",
            expected="an act with enough steps before and after it",
            instead="shorten before and after, or use fit_excitation for frequent acts",
        )
    dates = np.array(used)
    following = np.append(acts_at, T)
    until = np.array([following[following > d][0] - d for d in used])

    # placebo dates: nothing from `before` steps before to the end of the window; preferably to the end of `after`
    last_needed = max(last for _, last in named.values())
    rng = np.random.default_rng(derive_seed(seed, "placebo dates"))
    gaps = np.diff(dates)
    apart = int(min(before + last_needed, gaps.min() if gaps.size else before + last_needed))
    candidates = np.arange(2 * before, T - last_needed)
    clear = candidates[:0]
    for free_before in (2 * before + after, 2 * before, before):  # the farther from acts the better, if enough remain
        close = (acts_at >= candidates[:, None] - free_before) & (acts_at <= candidates[:, None] + last_needed)
        clear = candidates[~close.any(axis=1)]
        if clear.size >= max(_FEWEST_PLACEBO, 2 * dates.size * before):
            break
    else:
        notes.append("placebo dates lie close to acts, or are few")
    clear = clear[_local_fits(series, clear, before, slope, spread or 1e-9).usable] if clear.size else clear
    picks = _placebo_dates(clear, dates.size, apart, placebo, rng)
    if picks is None:
        notes.append(f"no placebo p-value: only {clear.size} dates are free of acts")

    fits = _local_fits(series, dates, before, slope, spread)
    results: dict[str, Estimate] = {}
    effects: dict[str, Floats] = {}
    far = np.full(clear.size, T)
    clear_fits = _local_fits(series, clear, before, slope, spread) if clear.size else None
    for name, (first, last) in named.items():
        value, variance = _effect(series, fits, dates, first, last, spread, until)
        others = None
        if picks is not None and clear_fits is not None:
            v, s = _effect(series, clear_fits, clear, first, last, spread, far)
            others, _, _ = _pool(v[picks], s[picks])
        effects[name] = np.column_stack([value, np.sqrt(variance)])
        results[name] = _window_estimate(value, variance, others, level)
    early = _early(dates, acts_at, before, after)
    pre = _pre_trend(series, early, clear, picks, before, slope, spread)
    curve, low, high = _curve(series, fits, dates, early, before, after, slope, spread, until, level)
    return EventStudy(
        lags=np.arange(-before, after + 1),
        curve=curve,
        low=low,
        high=high,
        windows=results,
        pre_trend=pre,
        passed=pre is not None and pre.passed,
        used=tuple(used),
        excluded=tuple(excluded),
        effects=effects,
        scale=scale,
        step=step,
        level=level,
        notes=tuple(notes),
    )


def _window_estimate(value: Floats, variance: Floats, others: Floats | None, level: float) -> Estimate:
    k = int(np.isfinite(value).sum())
    if k == 0:
        return Estimate(None, None, None, None, 0, "random effects", "log ratio", False, {}, level)
    centre, between, error = (float(a) for a in _pool(value, variance))
    checks: dict[str, object] = {"between_acts_sd": math.sqrt(between), "standard_error": error}
    half = float(_quantile(k, level)) * error
    p = None
    if others is not None:
        p = _placebo_p(centre, others)
        spread = float(np.nanstd(others))
        checks |= {"placebo_mean": float(np.nanmean(others)), "placebo_sd": spread, "detectable": 2.8 * spread}
        # what placebo sets scatter by holds whatever the model left out (slow swings, memory)
        half = max(half, float(stats.norm.ppf(0.5 + level / 2)) * spread)
    method = "local counterfactuals, random effects (DerSimonian-Laird, Hartung-Knapp), p by placebo dates"
    return Estimate(centre, centre - half, centre + half, p, k, method, "log ratio", p is not None, checks, level)


def _early(dates: NDArray, acts_at: NDArray, before: int, after: int) -> NDArray:
    """Where the forecast of the steps before an act starts, for acts with enough steps before them.

    Acts whose earlier steps may still hold the effect of another act are left out, unless that leaves none.
    """
    long_enough = dates[dates >= 2 * before]
    reach = long_enough[:, None] - 2 * before - after
    free = ~((acts_at < long_enough[:, None]) & (acts_at >= reach)).any(axis=1)
    return (long_enough[free] if free.any() else long_enough) - before


def _pre_trend(
    series: _Series, early: NDArray, clear: NDArray, picks: NDArray | None, before: int, slope: bool, spread: float
) -> Check | None:
    """The `before` steps before each act, forecast from the `before` steps before those."""
    if early.size == 0:
        return None
    fits = _local_fits(series, early, before, slope, spread)
    until = np.full(early.size, before)
    value, variance = _effect(series, fits, early, 0, before - 1, spread, until)
    k = int(np.isfinite(value).sum())
    if k == 0:
        return None
    centre, _, error = (float(a) for a in _pool(value, variance))
    if picks is None:
        free = stats.t(k - 1) if k > 2 else stats.norm()
        return Check("pre-trend", centre, float(2 * free.sf(abs(centre) / error)), "pooled z or t")
    shifted = clear - before
    v, s = _effect(
        series,
        _local_fits(series, shifted, before, slope, spread),
        shifted,
        0,
        before - 1,
        spread,
        np.full(clear.size, before),
    )
    others, _, _ = _pool(v[picks][:, :k], s[picks][:, :k])
    return Check("pre-trend", centre, _placebo_p(centre, others), "placebo dates")


def _curve(
    series: _Series,
    fits: _Local,
    dates: NDArray,
    early: NDArray,
    before: int,
    after: int,
    slope: bool,
    spread: float,
    until: NDArray,
    level: float,
) -> tuple[Floats, Floats, Floats]:
    points = np.full((before + after + 1, 3), np.nan)
    if early.size:
        early_fits = _local_fits(series, early, before, slope, spread)
        for lag in range(before):
            points[lag] = _point(series, early_fits, early, lag, spread, np.full(early.size, before), level)
    for lag in range(after + 1):
        points[before + lag] = _point(series, fits, dates, lag, spread, until, level)
    return points[:, 0], points[:, 1], points[:, 2]


def _point(
    series: _Series, fits: _Local, dates: NDArray, lag: int, spread: float, until: NDArray, level: float
) -> tuple[float, float, float]:
    limit = np.minimum(until, series.y.size - dates)
    value, variance = _effect(series, fits, dates, lag, lag, spread, limit)
    k = int(np.isfinite(value).sum())
    if k == 0:
        return math.nan, math.nan, math.nan
    centre, _, error = (float(a) for a in _pool(value, variance))
    half = float(_quantile(k, level)) * error
    return centre, centre - half, centre + half


def _select(
    acts: Sequence[int], unique: NDArray, series: _Series, before: int, reach: int
) -> tuple[list[int], list[tuple[int, str]]]:
    T = series.y.size
    used: list[int] = []
    excluded: list[tuple[int, str]] = []
    twice = sorted(a for a in set(acts) for _ in range(list(acts).count(a) - 1))
    excluded += [(int(a), "another act in the same step") for a in twice]
    for i, act in enumerate(unique):
        a = int(act)
        if a < before:
            excluded.append((a, f"only {a} steps before it"))
        elif T - a <= reach:
            excluded.append((a, f"only {T - a - 1} steps after it"))
        elif i > 0 and unique[i - 1] >= a - before:
            excluded.append((a, f"another act {a - int(unique[i - 1])} steps before it"))
        elif i + 1 < unique.size and unique[i + 1] - a <= reach / 2:
            excluded.append((a, f"another act {int(unique[i + 1]) - a} steps after it"))
        elif not series.log and series.y[a - before : a].sum() == 0:
            excluded.append((a, "no events in the steps before it"))
        elif series.log and np.isfinite(series.y[a - before : a]).sum() < max(3, before // 2):
            excluded.append((a, "too few known values before it"))
        else:
            used.append(a)
    return used, excluded


def _inputs(
    y: ArrayLike,
    acts: Sequence[int],
    before: int,
    after: int,
    scale: str,
    trend: str,
    step: str,
    placebo: int,
    level: float,
) -> tuple[Floats, NDArray]:
    try:
        values = np.array(y, dtype=np.float64)
    except (TypeError, ValueError):
        raise EstimationError("the series holds something that is not a number", expected="numbers") from None
    if values.ndim != 1:
        raise EstimationError(f"a series of shape {values.shape}", expected="one dimension")
    if scale not in ("count", "log"):
        raise EstimationError(f"scale {scale!r}", expected="'count' or 'log'")
    if trend not in ("slope", "level"):
        raise EstimationError(f"trend {trend!r}", expected="'slope' or 'level'")
    if step not in _STEPS_PER_YEAR:
        raise EstimationError(f"step {step!r}", expected=", ".join(_STEPS_PER_YEAR))
    if before < 4 or after < 1 or placebo < 19 or not 0.5 <= level < 1:
        raise EstimationError(
            f"before {before}, after {after}, placebo {placebo}, level {level}",
            expected="before >= 4, after >= 1, placebo >= 19, 0.5 <= level < 1",
        )
    if values.size < 2 * before + 4:
        raise EstimationError(f"{values.size} steps", expected=f"at least {2 * before + 4} with before={before}")
    if scale == "count":
        bad = np.flatnonzero(~np.isfinite(values) | (values < 0))
        if bad.size:
            raise EstimationError(f"y[{bad[0]}] is {values[bad[0]]:g}", expected="counts from 0, none missing")
        if values.sum() == 0:
            raise EstimationError("a series of zeros", expected="events")
    else:
        bad = np.flatnonzero(np.isinf(values) | (values <= 0))
        if bad.size:
            raise EstimationError(
                f"y[{bad[0]}] is {values[bad[0]]:g}", expected="positive sizes", instead="NaN where the size is unknown"
            )
    if len(acts) == 0:
        raise EstimationError("no acts", expected="at least one step at which an act occurred")
    if any(isinstance(a, float) and not float(a).is_integer() for a in acts):
        raise EstimationError("an act at a fraction of a step", expected="whole steps")
    steps = np.array([int(a) for a in acts])
    outside = steps[(steps < 0) | (steps >= values.size)]
    if outside.size:
        raise EstimationError(f"an act at step {outside[0]}", expected=f"steps from 0 to {values.size - 1}")
    return values, np.unique(steps)
