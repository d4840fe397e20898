"""How far series were from their forecasts, at acts and at dates without one; and the mean over acts."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from groundswell.draws import derive_seed
from groundswell.estimators.response.counterfactual import Forecasts
from groundswell.estimators.response.placebo import Matches, Memory, memory_of
from groundswell.estimators.response.pooled import random_effects, reference_quantile

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_PRIOR_CELLS = 50.0  # number of forecasts by which the calibration of one place is shrunk towards that of all


@dataclass(frozen=True)
class Cells:
    """Acts used (first) and dates of the risk set without one (after them), with what each window showed there."""

    place: Ints
    step: Ints
    acts: int
    path: Floats  # (N + M, K) history
    hits: Floats  # (P, T + 1), acts before each step


@dataclass(frozen=True)
class Surprises:
    """Surprises over one window at all cells."""

    e: Floats
    s: Floats  # standard error, calibrated at dates without acts
    expected: Floats
    memory: Memory
    path: Floats  # the part of the surprise due to the tide, by regression on history
    later: Floats  # share of the window that a later act had begun before
    widened: float
    inside: float


def surprises_over(made: Forecasts, cells: Cells, first: int, last: int, origin: int = 0) -> Surprises:
    """Surprises and their scale; ``origin`` is where the forecast starts (below 0, history is what is tested)."""
    e, variance, expected = made.surprise(cells.place, cells.step, first, last, origin)
    s = np.sqrt(variance)
    free = np.arange(e.size) >= cells.acts
    good = free & np.isfinite(e)
    # calibration: what the forecasts missed where nothing happened, by place, shrunk to all places
    z2 = np.where(good, (e / s) ** 2, 0.0)
    # a hundredth of outliers, such as an uprising, may not set the scale of everything
    z2 = np.minimum(z2, np.quantile(z2[good], 0.99)) if good.any() else z2
    overall = float(z2[good].mean()) if good.any() else 1.0
    P = made.shape[0]
    number = np.bincount(cells.place[good], minlength=P)
    each = np.bincount(cells.place[good], weights=z2[good], minlength=P)
    kappa2 = (each + _PRIOR_CELLS * overall) / (number + _PRIOR_CELLS)
    inside = float(np.mean(np.abs(e[good] / s[good]) < 1.96)) if good.any() else math.nan
    s = s * np.sqrt(np.clip(kappa2, 0.25, 25.0))[cells.place]
    # what history predicts of the surprise (levels return, rises go on): within places, by regression at free dates
    K = cells.path.shape[1]
    path = np.zeros(e.size)
    if origin == 0 and good.sum() > 10 * K:
        w = 1 / s[good] ** 2
        where = cells.place[good]
        total = np.maximum(np.bincount(where, weights=w, minlength=P), 1e-300)

        def centred(v: Floats) -> Floats:
            return v - (np.bincount(where, weights=w * v, minlength=P) / total)[where]

        X = np.column_stack([centred(cells.path[good, k]) for k in range(K)])
        A = (X * w[:, None]).T @ X
        A = A + np.eye(K) * max(1e-9, 1e-6 * float(np.trace(A)))
        path = cells.path @ np.linalg.solve(A, (X * w[:, None]).T @ centred(e[good]))
        z = centred(e[good] - path[good]) / s[good]
    else:
        z = (e[good] - (e[good].mean() if good.any() else 0.0)) / s[good]
    reach = 2 * (last - first + 1) + 8
    memory = memory_of(cells.place[good], cells.step[good], z, made.shape, min(reach, made.shape[1] - 1))
    later = np.zeros(e.size)
    if first >= 1:
        T = made.shape[1]
        begun = cells.hits[cells.place, np.minimum(cells.step + 1, T)]
        for lag in range(first, last + 1):
            later += (cells.hits[cells.place, np.minimum(cells.step + lag, T)] > begun) / (last - first + 1)
    return Surprises(e, s, expected, memory, path, later, math.sqrt(overall), inside)


@dataclass(frozen=True)
class Adjusted:
    """Effects of acts against their comparison dates over one window."""

    value: Floats  # (N,)
    variance: Floats
    raw: Floats
    tide: Floats  # what the comparison dates showed
    residuals: Floats  # (N, m) of each comparison date against the others of its act, on the act's scale
    picks: Ints  # (N, m), cells
    used: NDArray[np.bool_]  # (N, m)


def adjust(w: Surprises, cells: Cells, matches: Matches) -> Adjusted:
    N = cells.acts
    picks = np.where(matches.picks >= 0, matches.picks + N, 0)
    e = w.e[picks] - w.path[picks] + w.path[:N, None]
    used = (matches.picks >= 0) & np.isfinite(e)
    m = used.sum(axis=1)
    enough = (m >= 3) & np.isfinite(w.e[:N])
    safe = np.where(used, e, 0.0)
    # weights by precision would give matched dates with few events no weight; all count alike
    tide = safe.sum(axis=1) / np.maximum(m, 1)
    value = np.where(enough, w.e[:N] - tide, np.nan)
    scale = w.s[:N, None] / np.where(used, w.s[picks], 1.0)
    others = (safe - tide[:, None]) * np.where(m > 1, m / np.maximum(m - 1, 1), 0.0)[:, None]
    # a date against m - 1 others scatters a little more than an act against m dates
    shrink = np.sqrt((m + 1) * np.maximum(m - 1, 0)) / np.maximum(m, 1)
    residuals = np.where(used, others * scale * shrink[:, None], np.nan)
    variance = np.where(
        enough, w.s[:N] ** 2 + np.sum(np.where(used, w.s[picks] ** 2, 0.0), axis=1) / np.maximum(m, 1) ** 2, np.nan
    )
    return Adjusted(value, variance, w.e[:N], np.where(enough, tide, np.nan), residuals, picks, used & enough[:, None])


@dataclass(frozen=True)
class PooledMean:
    """The pooled effect of some acts."""

    value: float
    low: float
    high: float
    error: float  # without an effect
    tau: float
    i2: float
    spread: float  # Hartung-Knapp
    n: int
    weights: Floats  # (N,), 0 for acts that are not in it
    draws: Floats


def pooled_mean(
    a: Adjusted, w: Surprises, cells: Cells, which: NDArray[np.bool_], level: float, draws: Ints | None
) -> PooledMean | None:
    """Random-effects mean of the effects of some acts. Its error counts shared dates, overlap and common shocks."""
    use = which & np.isfinite(a.value)
    n = int(use.sum())
    if n == 0:
        return None
    value = np.where(use, a.value, np.nan)
    variance = np.where(use, a.variance, np.nan)
    centre, between, spread = (float(x) for x in random_effects(value, variance))
    weights = np.where(use, 1 / (np.where(use, a.variance, 1.0) + between), 0.0)
    weights = weights / weights.sum()
    fixed = np.where(use, 1 / np.where(use, a.variance, 1.0), 0.0)
    middle = float((fixed * np.where(use, a.value, 0.0)).sum() / fixed.sum())
    q = float((fixed * (np.where(use, a.value, 0.0) - middle) ** 2).sum())
    i2 = max(0.0, (q - (n - 1)) / q) if q > 0 else 0.0
    error = _error(a, w, cells, weights)
    placebo = np.zeros(0)
    if draws is not None:
        placebo = _placebo(a, weights, draws)
        sd = float(placebo.std())
        if sd > 0:
            placebo = placebo * max(1.0, error / sd)
            error = max(error, sd)
    half = max(
        float(stats.norm.ppf(0.5 + level / 2)) * error, float(reference_quantile(n, level)) * spread if n > 2 else 0.0
    )
    return PooledMean(centre, centre - half, centre + half, error, math.sqrt(between), i2, spread, n, weights, placebo)


def load_of(a: Adjusted, w: Surprises, cells: Cells, weights: Floats) -> tuple[Ints, Ints, Floats]:
    """The pooled effect as a sum of standardised surprises: (place, step, load) of acts and their dates."""
    N = cells.acts
    on = weights > 0
    m = np.maximum(a.used.sum(axis=1), 1)
    dates = a.picks[a.used & on[:, None]]
    load = -np.broadcast_to((weights / m)[:, None], a.used.shape)[a.used & on[:, None]] * w.s[dates]
    acts = np.flatnonzero(on)
    place = np.concatenate([cells.place[acts], cells.place[dates]])
    step = np.concatenate([cells.step[acts], cells.step[dates]])
    return place, step, np.concatenate([weights[acts] * w.s[:N][acts], load])


def _error(a: Adjusted, w: Surprises, cells: Cells, weights: Floats) -> float:
    place, step, load = load_of(a, w, cells, weights)
    alone = float(np.sum((weights * w.s[: cells.acts])[weights > 0] ** 2))
    return math.sqrt(max(w.memory.variance(place, step, load), alone))


def placebo_draws(matches: Matches, sets: int, seed: int) -> Ints:
    """For each placebo set and act, which of the act's comparison dates replaces it, shape (sets, N)."""
    rng = np.random.default_rng(derive_seed(seed, "placebo dates of acts"))
    return np.floor(rng.random((sets, matches.picks.shape[0])) * np.maximum(matches.counts, 1)).astype(np.int64)


def _placebo(a: Adjusted, weights: Floats, draws: Ints) -> Floats:
    """The pooled effect with each act placed at one of its comparison dates, in every set; shape (sets,)."""
    # a date missing from this window is replaced by the next available one
    order = np.argsort(~a.used, axis=1, kind="stable")
    sorted_ = np.take_along_axis(np.where(a.used, a.residuals, 0.0), order, axis=1)
    number = np.maximum(a.used.sum(axis=1), 1)
    chosen = sorted_[np.arange(number.size)[None, :], draws % number[None, :]]
    return chosen @ weights
