"""Dates without an act to compare acts with: dates of similar history, at other times or places, and chance alone.

Acts do not fall at random: they follow tides, and so would anything that rides a tide. An act is therefore compared
with dates at which an act could have fallen (`risk_set`) and did not, in the same place where possible, at which the
series had a similar past (`history`): as high, rising as fast, for as long. What follows those dates is what the tide
alone does. The comparison does not look ahead: a date stays in the set whether or not an act falls on a later one,
since leaving such dates out would select calm futures.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from groundswell.estimators.response.counterfactual import Forecasts

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

_CALIPER = 0.75  # root mean square distance, in standard deviations of history
_FEWEST = 4  # comparison dates of an act; with fewer, their mean says too little
_WEIGHTS = np.array([1.0, 1.0, 0.5])  # of what is matched: the last weeks, the quarter, the level


def history(made: Forecasts, places: Ints, steps: Ints, before: int) -> Floats:
    """The path of each series to each date, season removed: (recent change, change of the quarter, level), shape (N,
    3).

    With ``before = 26``: the last 4 steps against the 13 before them, those 13 against the year before them, and all of
    the last 26; logarithms, with half an event added to counts.
    """
    T = made.shape[1]
    recent, middle, far = max(3, round(before / 6)), before // 2, 2 * before
    if made.scale == "log":
        values, add = made.y - made.offset, 0.0
    else:
        values, add = made.y * np.exp(-made.offset), 0.5
    known = np.isfinite(values)
    total = np.concatenate([np.zeros((values.shape[0], 1)), np.cumsum(np.where(known, values, 0.0), axis=1)], axis=1)
    count = np.concatenate([np.zeros((values.shape[0], 1)), np.cumsum(known, axis=1)], axis=1)

    def mean(first: int, last: int) -> Floats:
        a, b = np.clip(steps - first, 0, T), np.clip(steps - last, 0, T)
        n = count[places, b] - count[places, a]
        s = total[places, b] - total[places, a]
        with np.errstate(invalid="ignore", divide="ignore"):
            found = (s + add) / n if made.scale == "log" else np.log((s + add) / n)
        return np.where(n > 0, found, np.nan)

    a, b, c = mean(recent, 0), mean(recent + middle, recent), mean(recent + middle + far, recent + middle)
    level = mean(before, 0)
    return np.column_stack([np.nan_to_num(a - b), np.nan_to_num(b - c), level])


def risk_set(made: Forecasts, acts: Bools, before: int, quiet: int) -> Bools:
    """Dates at which an act could be studied, whether or not one fell on them, shape (P, T).

    At least ``before`` steps watched, something seen in them, and no act in the ``quiet`` steps before the date.
    """
    P, T = made.shape
    known = np.isfinite(made.y)
    zero = np.zeros((P, 1))
    seen = np.concatenate([zero, np.cumsum(known, axis=1)], axis=1)
    amount = np.concatenate([zero, np.cumsum(np.where(known, made.y, 0.0), axis=1)], axis=1)
    hits = np.concatenate([zero, np.cumsum(acts, axis=1)], axis=1)
    t = np.arange(T)
    back, near = np.maximum(t - before, 0), np.maximum(t - quiet, 0)
    ok = (t >= before)[None, :] & (hits[:, t] - hits[:, near] == 0)
    if made.scale == "log":
        return ok & (seen[:, t] - seen[:, back] >= max(3, before // 4))
    return ok & (seen[:, t] - seen[:, back] == before) & (amount[:, t] - amount[:, back] > 0)


@dataclass(frozen=True)
class Matches:
    """Which comparison dates belong to each act: indices into the cells of the risk set, padded with -1, (N, m)."""

    picks: Ints

    @property
    def counts(self) -> Ints:
        return (self.picks >= 0).sum(axis=1)


def match(
    act_places: Ints,
    act_steps: Ints,
    act_history: Floats,
    cell_places: Ints,
    cell_steps: Ints,
    cell_history: Floats,
    *,
    matches: int,
    apart: int,
    where: str = "time",
) -> Matches:
    """For each act the nearest dates without one, by history.

    Parameters
    ----------
    act_history, cell_history : shape (N, K) and (M, K); what is matched, the first three by the weights of `history`.
    matches : number of dates to find for each act.
    apart : steps between two dates of one place, so that they are not the same date twice.
    where : "time": other dates of the same place; from any place where that gives fewer than four. "place": other
        places within a step of the same date.

    Returns
    -------
    `Matches`; an act without four dates within the caliper (0.75 standard deviations of history) has none.
    """
    scale = np.where(cell_history.std(axis=0) > 0, cell_history.std(axis=0), 1.0) if cell_history.size else 1.0
    weights = np.ones(act_history.shape[1])
    weights[: _WEIGHTS.size] = _WEIGHTS
    weights = weights / weights.sum()
    picks = np.full((act_places.size, matches), -1, dtype=np.int64)
    by_place = {int(p): np.flatnonzero(cell_places == p) for p in np.unique(cell_places)}
    for i in range(act_places.size):
        place, step = int(act_places[i]), int(act_steps[i])
        if where == "place":
            pools = [np.flatnonzero((np.abs(cell_steps - step) <= 1) & (cell_places != place))]
        else:
            pools = [by_place.get(place, np.zeros(0, np.int64)), np.arange(cell_places.size)]
        for pool in pools:
            pool = pool[(cell_places[pool] != place) | (np.abs(cell_steps[pool] - step) >= apart)]
            distance = np.sqrt((((cell_history[pool] - act_history[i]) / scale) ** 2) @ weights)
            near = distance <= _CALIPER
            order = pool[near][np.argsort(distance[near], kind="stable")]
            chosen = _spaced(order, cell_places, cell_steps, matches, 2 if where == "place" else apart)
            if len(chosen) >= _FEWEST:
                picks[i, : len(chosen)] = chosen
                break
    return Matches(picks)


def _spaced(order: Ints, places: Ints, steps: Ints, wanted: int, apart: int) -> list[int]:
    """The first of ``order`` that lie ``apart`` steps from all chosen before them in the same place."""
    chosen: list[int] = []
    taken: dict[int, list[int]] = {}
    for cell in order[: 40 * wanted]:
        others = taken.setdefault(int(places[cell]), [])
        if all(abs(int(steps[cell]) - s) >= apart for s in others):
            chosen.append(int(cell))
            others.append(int(steps[cell]))
            if len(chosen) == wanted:
                break
    return chosen


@dataclass(frozen=True)
class Memory:
    """How surprises at two dates are correlated, by the steps between them: in one place, and in two."""

    same: Floats  # (L + 1,); 1 at 0
    cross: Floats  # (L + 1,)

    def variance(self, places: Ints, steps: Ints, load: Floats) -> float:
        """Variance of ``sum load * surprise`` for standardised surprises at these (place, step), repeats allowed."""
        rows, row = np.unique(places, return_inverse=True)
        first = int(steps.min())
        grid = np.zeros((rows.size, int(steps.max()) - first + 1))
        np.add.at(grid, (row, steps - first), load)
        whole = grid.sum(axis=0)
        total = 0.0
        for lag in range(min(self.same.size, grid.shape[1])):
            own = float(np.sum(grid[:, : grid.shape[1] - lag] * grid[:, lag:]))
            all_ = float(np.sum(whole[: whole.size - lag] * whole[lag:]))
            part = (self.same[lag] - self.cross[lag]) * own + self.cross[lag] * all_
            total += part if lag == 0 else 2 * part
        return total


def memory_of(places: Ints, steps: Ints, z: Floats, shape: tuple[int, int], reach: int) -> Memory:
    """Correlations of standardised surprises over the risk set, by steps apart (0..reach), tapered at the end.

    Windows of nearby dates overlap, places share shocks, and levels swing slowly; these correlations
    include all three, so tests that use them need not assume that acts are independent. Correlations between places
    below twice their error are set to zero.
    """
    grid = np.zeros(shape)
    seen = np.zeros(shape)
    good = np.isfinite(z)
    grid[places[good], steps[good]] = np.clip(z[good], -6, 6)
    seen[places[good], steps[good]] = 1.0
    whole, number = grid.sum(axis=0), seen.sum(axis=0)
    square = float((grid**2).sum() / max(1.0, seen.sum()))
    same, cross = np.zeros(reach + 1), np.zeros(reach + 1)
    for lag in range(reach + 1):
        a, b = slice(0, shape[1] - lag), slice(lag, shape[1])
        n = float((seen[:, a] * seen[:, b]).sum())
        own = float((grid[:, a] * grid[:, b]).sum())
        if n > 0 and square > 0:
            same[lag] = own / n / square
        pairs = float((number[a] * number[b]).sum()) - n
        if pairs > 0 and square > 0:
            value = (float((whole[a] * whole[b]).sum()) - own) / pairs / square
            cross[lag] = value if abs(value) > 2 / np.sqrt(pairs / (1 + 2 * reach)) else 0.0
    taper = np.minimum(1.0, 2 * (1 - np.arange(reach + 1) / (reach + 1)))
    same, cross = same * taper, cross * taper
    same[0] = 1.0
    return Memory(np.clip(same, -0.5, 1.0), np.clip(cross, -0.5, 0.95))


def placebo_p(value: float, others: Floats) -> float:
    """The share of placebo results at least as far from 0, the observed one counted among them."""
    return float((1 + np.sum(np.abs(others) >= abs(value) - 1e-12)) / (others.size + 1))


def selection_to_explain(value: float, residuals: Floats, weights: Floats) -> float | None:
    """How strongly acts would have had to be timed by what was still to come for timing alone to give this value.

    If the odds of an act at a date were ``exp(s z)``, z the coming surprise in standard deviations, acts without any
    effect would on average show ``sum_i w_i E_s[r_i]``. Returns exp(|s|), the odds ratio per standard deviation at
    which that equals ``value``; None above 50.

    Parameters
    ----------
    residuals : shape (N, m); surprises of each act's comparison dates about their mean, NaN where there are none.
    weights : shape (N,), of the acts; sum 1.
    """
    good = np.isfinite(residuals)
    r = np.where(good, residuals, 0.0)
    n = np.maximum(good.sum(axis=1, keepdims=True), 1)
    spread = np.sqrt((r**2).sum(axis=1, keepdims=True) / n)
    z = r / np.where(spread > 0, spread, 1.0)

    def shown(s: float) -> float:
        odds = np.where(good, np.exp(np.clip(s * z, -40, 40)), 0.0)
        share = odds / np.maximum(odds.sum(axis=1, keepdims=True), 1e-300)
        return float(weights @ (share * r).sum(axis=1))

    sign = 1.0 if value >= 0 else -1.0
    low, high = 0.0, float(np.log(50.0))
    if abs(shown(sign * high)) < abs(value):
        return None
    for _ in range(50):
        middle = (low + high) / 2
        if abs(shown(sign * middle)) < abs(value):
            low = middle
        else:
            high = middle
    return float(np.exp(high))
