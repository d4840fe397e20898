"""What a series would have done without the act: forecasts of a local level and trend, with all their uncertainty.

A state-space model runs forward through each series once. At every step it holds what the past says about the level,
the slope and their uncertainty; from there it forecasts the steps that follow. So each date of each place has a
counterfactual that saw nothing of what came after it, whether an act fell on the date or not: what the forecasts missed
at dates without acts is the measure of what they miss at dates with one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import interpolate, stats
from scipy.special import gammaln

from groundswell.errors import EstimationError

Floats = NDArray[np.float64]
Scale = Literal["count", "log"]
Step = Literal["day", "week", "month", "quarter"]

STEPS_PER_YEAR = {"day": 365.25, "week": 365.25 / 7, "month": 12.0, "quarter": 4.0}
_BURN_IN = 8  # steps that give the first level
_DAMPING = 0.97  # of the slope, per step: a slope adds up to 33 steps of itself, never an endless line
_LEVEL_VARIANCES = (0.0, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3)  # of the logarithm, per step
_SLOPE_VARIANCES = (0.0, 1e-5, 1e-4)
_DISPERSIONS = (0.0, 0.1, 0.3, 0.8, 2.0)  # of counts: variance = mean + dispersion mean²
_NOISES = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0)  # variance of a logarithm of size
_SEASON_SD = 0.3  # prior: a season moves the logarithm by about this much
_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(9)
_WEIGHTS = _WEIGHTS / _WEIGHTS.sum()


# --- logarithms of counts -------------------------------------------------------------------------------------------


@cache
def _log_count_table() -> tuple[Floats, Floats, Floats]:
    """On a grid of log mean: mean and variance of log(Y + 1/2) for Y Poisson."""
    grid = np.linspace(-9.0, 6.0, 301)
    top = int(math.exp(grid[-1]) + 12 * math.exp(grid[-1] / 2)) + 10
    k = np.arange(top + 1)
    g = np.log(k + 0.5)
    p = stats.poisson.pmf(k[None, :], np.exp(grid)[:, None])
    mean = p @ g
    return grid, mean, p @ g**2 - mean**2


def log_count_moments(log_mean: ArrayLike) -> tuple[Floats, Floats]:
    """Mean and variance of log(Y + 1/2) for Y Poisson with this log mean, by table (asymptotic above a mean of 400).

    The expected logarithm of a small count is not the logarithm of its mean: an expected count of 0.3 that halves moves
    E log(Y + 1/2) by a fifth of log 2. Comparing with this expectation, not with the logarithm of the forecast, is
    what keeps sparse series unbiased.
    """
    grid, mean, variance = _log_count_table()
    x = np.asarray(log_mean, dtype=np.float64)
    far = np.maximum(x, 6.0)
    near = np.clip(x, grid[0], grid[-1])
    high = x > 6.0
    return (
        np.where(high, far, np.interp(near, grid, mean)),
        np.where(high, np.exp(-far), np.interp(near, grid, variance)),
    )


# --- season ---------------------------------------------------------------------------------------------------------


def season_of(y: Floats, away: NDArray[np.bool_], step: str, scale: Scale) -> Floats:
    """Annual season (two harmonics; by day also the weekday) on top of a spline trend, on the log scale; shape (T,).

    Parameters
    ----------
    y : shape (T,); counts, or logarithms of sizes, NaN where unknown.
    away : shape (T,); the steps to learn the season from (those near acts are best left out). All known steps are
        used where those would leave a part of the year too thin.
    step : length of a step. A record shorter than two years has no annual season; by day it may have weekdays.

    Known limits: one season for the whole record. Shrunk towards none with a prior standard deviation of 0.3.
    """
    T, period = y.size, STEPS_PER_YEAR[step]
    t = np.arange(T)
    known = np.isfinite(y)
    columns = []
    if known.any() and np.ptp(np.flatnonzero(known)) >= 2 * period:
        harmonics = 2 if period > 5 else 1
        columns += [f(2 * np.pi * i * t / period) for i in range(1, harmonics + 1) for f in (np.cos, np.sin)]
        part = np.floor(4 * (t / period % 1)).astype(int)
        if min(np.bincount(part[away & known], minlength=4)) < 0.5 * min(np.bincount(part[known], minlength=4)):
            away = np.ones(T, dtype=bool)
    if step == "day" and known.sum() >= 8 * 7:
        columns += [(t % 7 == d) - 1 / 7 for d in range(6)]
    if not columns:
        return np.zeros(T)
    waves = np.column_stack(columns).astype(float)
    pieces = max(2, min(round(T / period), T // 8))  # finer knots could imitate the year itself
    inner = np.linspace(0, T - 1, pieces + 1)
    knots = np.concatenate([[inner[0]] * 3, inner, [inner[-1]] * 3])
    spline = interpolate.BSpline.design_matrix(t.astype(float), knots, 3).toarray()
    use = away & known
    if use.sum() < waves.shape[1] + spline.shape[1]:
        use = known
    X, values = np.hstack([spline, waves])[use], y[use]
    ridge = np.concatenate([np.full(spline.shape[1], 1e-3), np.full(waves.shape[1], 1 / _SEASON_SD**2)])
    spread = 1.0  # how much wider residuals scatter than in the model: the prior weighs that much more
    b = np.zeros(X.shape[1])
    for _ in range(3):
        A = np.diag(ridge * np.where(np.arange(ridge.size) < spline.shape[1], 1.0, spread))
        if scale == "log":
            b = np.linalg.solve(X.T @ X + A, X.T @ values)
            spread = float(np.mean((values - X @ b) ** 2))
            continue
        b = np.linalg.solve(X.T @ X + A, X.T @ np.log(values + 0.5))
        for _ in range(30):
            mean = np.exp(np.clip(X @ b, -8, 25))
            move = np.linalg.solve((X * mean[:, None]).T @ X + A, X.T @ (values - mean) - A @ b)
            b = b + np.clip(move, -2, 2)
            if np.abs(move).max() < 1e-6:
                break
        mean = np.exp(np.clip(X @ b, -8, 25))
        spread = max(1.0, float(np.mean((values - mean) ** 2 / mean)))
    return np.asarray(waves @ b[spline.shape[1] :], dtype=np.float64)


# --- the filter -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _States:
    """What the past says about each step before it is seen, shapes (P, T): level, slope and their covariance."""

    level: Floats
    slope: Floats
    c00: Floats
    c01: Floats
    c11: Floats
    likelihood: Floats  # (P,)


def _filter(y: Floats, offset: Floats, q: Floats, qs: Floats, noise: Floats, scale: Scale, keep: bool) -> _States:
    """Kalman filter of (level, damped slope), by Laplace approximation for counts; all series at once.

    ``level' = level + slope + w, slope' = 0.97 slope + u``, w ~ N(0, q), u ~ N(0, qs). Counts are Poisson or negative
    binomial with log mean level + offset; logarithms are normal about it.
    """
    B, T = y.shape
    seen = np.isfinite(y)
    start = np.where(seen.any(axis=1), seen.argmax(axis=1), 0)
    index = np.minimum(start[:, None] + np.arange(_BURN_IN), T - 1)
    first = np.take_along_axis(y, index, axis=1)
    early_offset = np.take_along_axis(offset, index, axis=1)
    ok = np.isfinite(first)
    n = np.maximum(ok.sum(axis=1), 1)
    first = np.where(ok, first, 0.0)
    if scale == "log":
        m0 = (first - np.where(ok, early_offset, 0.0)).sum(axis=1) / n
        c00 = np.full(B, 1.0)
    else:
        total = first.sum(axis=1) + 0.5
        m0 = np.log(total / n) - early_offset.mean(axis=1)
        c00 = 1 / total + 0.5
    m1, c01, c11 = np.zeros(B), np.zeros(B), np.where(qs > 0, 1e-4, 0.0)
    likelihood = np.zeros(B)
    level, slope, r00, r01, r11 = (np.empty((B, T if keep else 0)) for _ in range(5))
    safe = np.where(seen, y, 0.0)
    for t in range(T):
        if keep:
            level[:, t], slope[:, t], r00[:, t], r01[:, t], r11[:, t] = m0, m1, c00, c01, c11
        here, v = seen[:, t], safe[:, t]
        eta = m0 + offset[:, t]
        if scale == "log":
            information = 1 / noise
            shift = c00 / (c00 + noise) * (v - eta)
            likelihood += np.where(here, -0.5 * (np.log(c00 + noise) + (v - eta) ** 2 / (c00 + noise)), 0.0)
        else:
            shift = np.zeros(B)
            for _ in range(4):
                mean = np.exp(np.clip(eta + shift, -15, 20))
                weight = mean / (1 + noise * mean)
                score = weight * (v - mean) / mean
                information = np.maximum(weight, weight * (1 + noise * v) / (1 + noise * mean))
                shift = shift + np.clip((score - shift / c00) / (information + 1 / c00), -2, 2)
            mean = np.exp(np.clip(eta + shift, -15, 20))
            information = mean * (1 + noise * v) / (1 + noise * mean) ** 2
            density = v * np.log(mean) - (v + 1 / np.maximum(noise, 1e-9)) * np.log1p(noise * mean)
            density = np.where(noise > 0, density, v * np.log(mean) - mean)
            likelihood += np.where(
                here,
                density - 0.5 * shift**2 / c00 - 0.5 * np.log1p(information * c00) + _count_constant(v, noise),
                0.0,
            )
        shift = np.where(here, shift, 0.0)
        gain = np.where(here, information / (1 + information * c00), 0.0)
        m1 = m1 + c01 / c00 * shift
        m0 = m0 + shift
        c11 = c11 - gain * c01**2
        c01 = c01 - gain * c01 * c00
        c00 = c00 - gain * c00**2
        m0 = m0 + m1
        m1 = _DAMPING * m1
        c00 = np.maximum(c00 + 2 * c01 + c11, 1e-10) + q
        c01 = _DAMPING * (c01 + c11)
        c11 = _DAMPING**2 * c11 + qs
    return _States(level, slope, r00, r01, r11, likelihood)


def _count_constant(v: Floats, noise: Floats) -> Floats:
    """The part of the log density of a count that depends on the dispersion alone."""
    size = 1 / np.maximum(noise, 1e-9)
    with np.errstate(invalid="ignore"):
        binomial = gammaln(v + size) - gammaln(size) + v * np.log(np.maximum(noise, 1e-9))
    return np.where(noise > 0, binomial, 0.0)


def _best(y: Floats, offset: Floats, q: Floats, qs: Floats, noise: Floats, scale: Scale) -> NDArray[np.int64]:
    """For each series, the index of the setting with the greatest predictive likelihood."""
    G = q.size
    P = y.shape[0]
    states = _filter(
        np.repeat(y, G, axis=0), np.repeat(offset, G, axis=0), np.tile(q, P), np.tile(qs, P), np.tile(noise, P), scale,
        keep=False,
    )  # fmt: skip
    return states.likelihood.reshape(P, G).argmax(axis=1)


@dataclass(frozen=True)
class Forecasts:
    """The forecasts of P series of T steps from every step, made by `forecasts`.

    Parameters
    ----------
    y : shape (P, T); counts, or logarithms of sizes; NaN where not watched or unknown.
    offset : shape (P, T); season on the log scale.
    level_variance, slope_variance, noise : shape (P,); settings chosen for each series. ``noise`` is the dispersion of
        counts or the variance of a logarithm.
    """

    y: Floats
    offset: Floats
    scale: Scale
    level_variance: Floats
    slope_variance: Floats
    noise: Floats
    states: _States

    @property
    def shape(self) -> tuple[int, int]:
        return (self.y.shape[0], self.y.shape[1])

    def of(self, places: NDArray) -> Forecasts:
        """The forecasts of some of the series, repeats allowed."""
        states = _States(**{name: value[places] for name, value in self.states.__dict__.items()})
        rest = {k: v[places] for k, v in self.__dict__.items() if k not in ("scale", "states")}
        return Forecasts(scale=self.scale, states=states, **rest)

    def expected(self, places: NDArray, origin: NDArray, first: int, last: int) -> tuple[Floats, Floats, Floats]:
        """Log mean at lags first..last from each origin, shape (N, L); the covariance of the path, by its parts.

        Returns (log mean (N, L), parameter covariance (N, L, L), process covariance (N, L, L)). An origin sees what
        came before it.
        """
        lag = np.arange(first, last + 1)
        c = (1 - _DAMPING**lag) / (1 - _DAMPING)
        s = self.states
        at = (places, origin)
        column = np.clip(origin[:, None] + lag[None, :], 0, self.shape[1] - 1)
        eta = s.level[at][:, None] + s.slope[at][:, None] * c[None, :] + self.offset[places[:, None], column]
        known = (
            s.c00[at][:, None, None]
            + s.c01[at][:, None, None] * (c[:, None] + c[None, :])
            + s.c11[at][:, None, None] * (c[:, None] * c[None, :])
        )
        walk = np.minimum(lag[:, None], lag[None, :]).astype(float)
        drift = np.zeros((lag.size, lag.size))
        for i, a in enumerate(lag):
            for j, b in enumerate(lag[: i + 1]):
                k = np.arange(1, min(a, b) + 1)
                drift[i, j] = drift[j, i] = np.sum(
                    (1 - _DAMPING ** (a - k)) * (1 - _DAMPING ** (b - k)) / (1 - _DAMPING) ** 2
                )
        process = self.level_variance[places][:, None, None] * walk + self.slope_variance[places][:, None, None] * drift
        return eta, known, process

    def surprise(
        self, places: NDArray, dates: NDArray, first: int, last: int, origin: int = 0
    ) -> tuple[Floats, Floats, Floats]:
        """How far the series was from its forecast over lags first..last of each date, in log ratio.

        The forecast is made ``origin`` steps from the date (negative: before it). For counts with Y the sum over the
        window, ``e = [log(Y + 1/2) - E log(Y + 1/2)] / D``, the expectation under the predictive distribution and D its
        slope in the log mean, so that e is nearly unbiased for the log ratio at any level of counts. For logarithms, e
        is the mean difference.

        Returns
        -------
        (e, variance, expected), each of shape (N,): NaN where fewer than half of the lags are known. ``variance`` is
        that of parameter, process and observation; ``expected`` the forecast (events, or the mean logarithm).
        """
        T = self.shape[1]
        start = dates + origin
        lag = np.arange(first, last + 1)
        inside = (start >= 0) & (dates + first >= 0)
        clipped = np.clip(start, 0, T - 1)
        eta, known, process = self.expected(places, clipped, first - origin, last - origin)
        column = dates[:, None] + lag[None, :]
        y = self.y[places[:, None], np.clip(column, 0, T - 1)]
        open_ = np.isfinite(y) & (column < T) & (column >= 0)
        enough = inside & (open_.sum(axis=1) >= 0.5 * lag.size)
        noise = self.noise[places]
        if self.scale == "log":
            share = open_ / np.maximum(open_.sum(axis=1, keepdims=True), 1)
            mean = np.sum(share * eta, axis=1)
            e = np.sum(np.where(open_, y, 0.0) * share, axis=1) - mean
            variance = np.einsum("nl,nlm,nm->n", share, known + process, share) + noise * (share**2).sum(axis=1)
            expected = mean
        else:
            mu = np.exp(np.clip(eta, -15, 20)) * open_
            expected = np.maximum(mu.sum(axis=1), 1e-6)
            share = mu / expected[:, None]
            spread = np.einsum("nl,nlm,nm->n", share, known + process, share) + noise * (share**2).sum(axis=1)
            centre = np.log(expected) - 0.5 * noise * (share**2).sum(axis=1)  # gamma noise lowers the log mean
            e, variance = _log_surprise(np.where(open_, y, 0.0).sum(axis=1), centre, spread)
        nan = np.where(enough, 0.0, np.nan)
        return e + nan, variance + nan, expected + nan


def _log_surprise(total: Floats, log_mean: Floats, spread: Floats) -> tuple[Floats, Floats]:
    """(e, variance) of a count against a Poisson-lognormal forecast of this log median and spread."""
    x = log_mean[:, None] + np.sqrt(spread)[:, None] * _NODES[None, :]
    mean, inner = log_count_moments(x)
    centre = mean @ _WEIGHTS
    variance = np.maximum(inner @ _WEIGHTS + (mean**2) @ _WEIGHTS - centre**2, 1e-12)
    step = 0.05
    slope = (log_count_moments(x + step)[0] - log_count_moments(x - step)[0]) @ _WEIGHTS / (2 * step)
    slope = np.maximum(slope, 0.02)  # below, a count says nothing about its mean; its weight is then nearly zero
    return (np.log(total + 0.5) - centre) / slope, variance / slope**2


def forecasts(
    y: ArrayLike,
    *,
    scale: Scale = "count",
    step: Step = "week",
    season: bool = True,
    near_acts: ArrayLike | None = None,
    settings: tuple[float, float, float] | None = None,
) -> Forecasts:
    """Forecast every series from every step, each from its own past alone.

    ``log E[y_t] = season_t + level_t``, ``level_{t+1} = level_t + slope_t + w``, ``slope_{t+1} = 0.97 slope_t + u``;
    counts are Poisson or negative binomial, logarithms normal. The variances of w and u and the dispersion are those of
    a grid under which the series' own one-step forecasts were likeliest.

    Parameters
    ----------
    y : shape (P, T) or (T,); counts from 0, or positive sizes with ``scale="log"``; NaN where not watched or unknown.
    season : remove the season (see `season_of`), estimated on the whole record.
    near_acts : bool, shape of y; steps that the season should not be learnt from.
    settings : (variance of w, variance of u, dispersion) for all series; chosen from the data where None.

    Raises
    ------
    EstimationError : for values that are not counts or sizes.

    Known limits: the season is the only thing that looks ahead. A level moved by a shock is taken as the new level,
    so series that return to a mean are forecast too far out; comparison dates with similar history correct that.

    Source: West, Harrison & Migon (1985), JASA 80:73-83; Harvey (1989), Forecasting, Structural Time Series Models.
    """
    values = _values(y, scale)
    P, T = values.shape
    worked = np.log(values) if scale == "log" else values
    away = ~np.asarray(near_acts, dtype=bool).reshape(P, T) if near_acts is not None else np.ones((P, T), bool)
    offset = np.zeros((P, T))
    if season:
        offset = np.stack([season_of(worked[p], away[p], step, scale) for p in range(P)])
    if settings is not None:
        q, qs, noise = (np.full(P, s) for s in settings)
    else:
        noises = np.array(_NOISES if scale == "log" else _DISPERSIONS)
        levels = np.array(_LEVEL_VARIANCES)
        grid_q, grid_n = (a.ravel() for a in np.meshgrid(levels, noises, indexing="ij"))
        best = _best(worked, offset, grid_q, np.zeros(grid_q.size), grid_n, scale)
        q, noise = grid_q[best], grid_n[best]
        # then the slope, with half and all of that level variance: a slope may take over what the level did
        slopes = np.array(_SLOPE_VARIANCES)
        P_q = np.column_stack([q] * slopes.size + [np.minimum(q, 0.001)] * (slopes.size - 1))
        P_s = np.tile(np.concatenate([slopes, slopes[1:]]), (P, 1))
        G = P_q.shape[1]
        found = _filter(
            np.repeat(worked, G, axis=0), np.repeat(offset, G, axis=0), P_q.ravel(), P_s.ravel(), np.repeat(noise, G),
            scale, keep=False,
        ).likelihood.reshape(P, G)  # fmt: skip
        found[:, 1:] -= 2.0  # a slope must improve the likelihood
        pick = found.argmax(axis=1)
        q, qs = P_q[np.arange(P), pick], P_s[np.arange(P), pick]
    return Forecasts(worked, offset, scale, q, qs, noise, _filter(worked, offset, q, qs, noise, scale, keep=True))


def _values(y: ArrayLike, scale: str) -> Floats:
    try:
        values = np.array(y, dtype=np.float64)
    except (TypeError, ValueError):
        raise EstimationError("the series holds something that is not a number", expected="numbers") from None
    if values.ndim == 1:
        values = values[None, :]
    if values.ndim != 2 or values.size == 0:
        raise EstimationError(f"series of shape {values.shape}", expected="shape (places, steps) or (steps,)")
    if scale not in ("count", "log"):
        raise EstimationError(f"scale {scale!r}", expected="'count' or 'log'")
    bad = np.isinf(values) | (values < 0 if scale == "count" else values <= 0)
    if bad.any():
        p, t = np.argwhere(bad)[0]
        raise EstimationError(
            f"the value {values[p, t]:g} in series {p} at step {t}",
            expected="counts from 0" if scale == "count" else "positive sizes",
            instead="NaN where a value is unknown",
        )
    return values


# --- one act --------------------------------------------------------------------------------------------------------
