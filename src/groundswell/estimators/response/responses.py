"""What follows acts of a kind: more of the outcome or less, for how long, by type and size, and could it be chance?

Each act is set against the forecast of its own series from the steps before it, and that miss against the misses at
dates of like history at which no act fell. What is left is the act's effect, or the effect of whatever came with it in
the same step. Effects are differences of logarithms: 0.10 means about a tenth more. They are pooled with random
effects, since acts differ; chance is judged by acts put at the comparison dates. Lag 0 is shown but belongs to no
window: within a step, what came first is unknown.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import pairwise
from typing import Any, Literal, cast

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from groundswell.draws import derive_seed
from groundswell.errors import EstimationError
from groundswell.estimators.core import Check, Estimate
from groundswell.estimators.response.acts import Across, Acts, Grid, grid_of
from groundswell.estimators.response.counterfactual import Forecasts, Scale, Step, forecasts
from groundswell.estimators.response.placebo import (
    Matches,
    Memory,
    history,
    match,
    memory_of,
    placebo_p,
    risk_set,
    selection_to_explain,
)
from groundswell.estimators.response.pooled import random_effects, reference_quantile
from groundswell.records.window import Window
from groundswell.results import Result

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

FEWEST_ACTS = 5  # a group with fewer gets no verdict
_DETECT = float(
    stats.norm.ppf(0.975) + stats.norm.ppf(0.8)
)  # standard errors of an effect found in four of five records
_LEAD = 12  # steps before an act that the curve shows
_SPAN = 4  # steps whose mean tells how long an effect lasts
_PRIOR_CELLS = 50.0  # forecasts that the calibration of one place is shrunk by towards that of all
_METHOD = (
    "surprise after the act less surprise after matched dates without one; state-space forecasts, random effects "
    "(DerSimonian-Laird, Hartung-Knapp), p by acts put at the matched dates"
)


# --- results --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ActEffect(Result):
    """One act: where and when, its size, and its effect over the first window against its matched dates; ``unmatched``
    is the effect against the forecast alone, ``expected`` what was forecast, ``matched`` the number of dates."""

    place: str
    date: date | int
    group: str
    size: float | None
    effect: float
    error: float
    unmatched: float
    expected: float
    matched: int


@dataclass(frozen=True)
class GroupResponse(Result):
    """What followed one group of acts.

    Parameters
    ----------
    name, size_range : of the group; smallest and largest size of its acts (people or dead), where known.
    lags : -before .. after.
    curve, low, high : pooled log ratio at each lag, less that of the matched dates; NaN where too few acts have it.
        Lags before 0 are forecast from the steps before them.
    unmatched : the same without the matched dates.
    windows : pooled effect over each window, with its checks: ``tau`` (sd between acts), ``i2``, ``next_low`` and
        ``next_high`` (the next act), ``detectable`` (log ratio found in four of five such records), ``tide`` (what the
        matched dates showed), ``unmatched``, ``undiluted`` (the value over the share of the matched dates' windows
        without later acts of their own: what a lasting effect of every act would be).
    in_place : the first window against other places at the same dates; None where there are too few.
    same_step : the first window against dates matched on the act's own step too; None where there are too few.
    pre_trend : whether the series was off its matched course before the acts.
    lasted : steps from the act on for which the mean of four steps keeps clear of zero, on the side of the first
        window; 0 if it never does, None if it does to the end.
    explained_by : odds ratio per standard deviation of what was to come, at which timing alone would show the first
        window's effect; None above 50.
    influence : the place whose acts matter most to the first window, and the effect without them.
    placebo : the first window's effect in each placebo set.
    acts : each act used.
    """

    name: str
    size_range: tuple[float, float] | None
    lags: Ints
    curve: Floats
    low: Floats
    high: Floats
    unmatched: Floats
    windows: Mapping[str, Estimate]
    in_place: Estimate | None
    same_step: Estimate | None
    pre_trend: Check | None
    lasted: int | None
    explained_by: float | None
    influence: tuple[str, float] | None
    placebo: Floats
    acts: tuple[ActEffect, ...]

    derived = ("n_acts", "n_places", "passed", "found")

    @property
    def n_acts(self) -> int:
        return len(self.acts)

    @property
    def n_places(self) -> int:
        return len({a.place for a in self.acts})

    @property
    def primary(self) -> Estimate:
        """The first window."""
        return next(iter(self.windows.values()))

    @property
    def passed(self) -> bool:
        """Enough acts, a p-value, and a series that was on its course before them."""
        enough = self.n_acts >= FEWEST_ACTS and self.primary.p is not None
        return enough and self.pre_trend is not None and self.pre_trend.passed

    @property
    def found(self) -> bool:
        """Whether the first window's effect is told from none, by its interval and by chance."""
        e = self.primary
        return self.passed and _apart(e) and e.p is not None and e.p < 1 - e.level


@dataclass(frozen=True)
class ResponseStudy(Result):
    """What followed acts of several groups, and how the groups differ.

    Parameters
    ----------
    groups : all acts first ("all acts"), then each group asked for.
    differences : for each pair of groups, the first window's effect of the second less that of the first.
    excluded : how many acts were left out for each reason.
    calibration : of the forecasts at dates without acts: the share inside their own 95% interval, and the factor that
        errors were widened by.
    """

    groups: tuple[GroupResponse, ...]
    differences: Mapping[str, Estimate]
    excluded: Mapping[str, int]
    calibration: Mapping[str, float]
    question: str
    outcome: str
    unit: str
    rule: str
    notes: tuple[str, ...]
    level: float
    settings: Mapping[str, object] = field(default_factory=dict)

    derived = ("answer", "answers", "passed")

    @property
    def overall(self) -> GroupResponse:
        return self.groups[0]

    @property
    def passed(self) -> bool:
        return self.overall.passed

    @property
    def answer(self) -> str:
        """One sentence about all acts over the first window, and one for each group."""
        first, *rest = self.answers.items()
        return " ".join([first[1], *(f"{name.capitalize()}: {_first_lower(text)}" for name, text in rest)])

    @property
    def answers(self) -> dict[str, str]:
        """The sentence about each group, by its name; all acts first."""
        return {group.name: self.sentence(group) for group in self.groups}

    def sentence(self, group: GroupResponse) -> str:
        """One sentence about the first window of a group; a verdict is refused first where there is none."""
        n = group.n_acts
        acts = f"{n} act{'' if n == 1 else 's'} in {group.n_places} place{'' if group.n_places == 1 else 's'}"
        if n < FEWEST_ACTS:
            return (
                f"No verdict: {n} act{'' if n == 1 else 's'} can be compared, and fewer than {FEWEST_ACTS} say little."
            )
        name, e = next(iter(group.windows.items()))
        if e.p is None or e.value is None or e.low is None or e.high is None:
            return f"No verdict: the {acts} have too few dates without an act to be compared with."
        if group.pre_trend is None:
            return f"No verdict: whether the series was on its course before the {acts} cannot be checked."
        if not group.pre_trend.passed:
            p = group.pre_trend.p
            return f"No verdict: the series was off its course before the {acts} already (p = {p:.2g})."
        change = f"{_percent(e.value)} ({e.level:.0%} interval {_percent(e.low)} to {_percent(e.high)}, p = {e.p:.2g}"
        detectable = cast(float, e.checks["detectable"])
        if not group.found:
            seen = f"{_percent(-detectable)} or {_percent(detectable)}"
            return (
                f"No effect was found: {self.outcome} over {self.unit}s {name} changed by {change}, {acts}); an effect "
                f"of {seen} would have been found in four of five such records."
            )
        more = "more" if e.value > 0 else "less"
        if group.lasted is None:
            lasted = "to the end of the window studied"
        elif group.lasted:
            lasted = f"for about {group.lasted} {self.unit}s"
        else:
            lasted = f"in no single stretch of four {self.unit}s"
        same = group.same_step
        caveat = ""
        if same is not None and same.p is not None and same.value is not None and same.p >= 1 - self.level:
            caveat = (
                f" With the {self.unit} of the act itself held equal it cannot be told from none "
                f"({_percent(same.value)}, p = {same.p:.2g}): what came first within that {self.unit} is unknown."
            )
        return (
            f"There was {more} {self.outcome} over {self.unit}s {name} after an act than after matched dates without "
            f"one: {change}, {acts}), clear of zero {lasted}.{caveat}"
        )


def _apart(e: Estimate) -> bool:
    return e.low is not None and e.high is not None and (e.low > 0 or e.high < 0)


def _percent(x: float) -> str:
    value = math.expm1(min(max(x, -50.0), 50.0))
    return f"{value:+.0%}" if value < 10 else f"{value + 1:.0f}-fold"


def _first_lower(text: str) -> str:
    return text[0].lower() + text[1:]


# --- surprises, at acts and at comparison dates ----------------------------------------------------------------------


@dataclass(frozen=True)
class _Cells:
    """Acts used (first) and dates of the risk set without one (after them), with what each window showed there."""

    place: Ints
    step: Ints
    acts: int
    path: Floats  # (N + M, K) history
    hits: Floats  # (P, T + 1), acts before each step


@dataclass(frozen=True)
class _Window:
    """Surprises over one window at all cells."""

    e: Floats
    s: Floats  # standard error, calibrated at dates without acts
    expected: Floats
    memory: Memory
    path: Floats  # what the tide makes of the surprise, by regression on history
    later: Floats  # share of the window that a later act had begun before
    widened: float
    inside: float


def _window(made: Forecasts, cells: _Cells, first: int, last: int, origin: int = 0) -> _Window:
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
    # what history says of the surprise (levels return, rises go on): within places, by regression at free dates
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
    return _Window(e, s, expected, memory, path, later, math.sqrt(overall), inside)


@dataclass(frozen=True)
class _Adjusted:
    """Effects of acts against their comparison dates over one window."""

    value: Floats  # (N,)
    variance: Floats
    raw: Floats
    tide: Floats  # what the comparison dates showed
    residuals: Floats  # (N, m) of each comparison date against the others of its act, on the act's scale
    picks: Ints  # (N, m), cells
    used: NDArray[np.bool_]  # (N, m)


def _adjust(w: _Window, cells: _Cells, matches: Matches) -> _Adjusted:
    N = cells.acts
    picks = np.where(matches.picks >= 0, matches.picks + N, 0)
    e = w.e[picks] - w.path[picks] + w.path[:N, None]
    used = (matches.picks >= 0) & np.isfinite(e)
    m = used.sum(axis=1)
    enough = (m >= 3) & np.isfinite(w.e[:N])
    safe = np.where(used, e, 0.0)
    # weights by precision would let matched dates with few events count for nothing; all count alike
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
    return _Adjusted(value, variance, w.e[:N], np.where(enough, tide, np.nan), residuals, picks, used & enough[:, None])


@dataclass(frozen=True)
class _Mean:
    """The pooled effect of some acts."""

    value: float
    low: float
    high: float
    error: float  # under no effect
    tau: float
    i2: float
    spread: float  # Hartung-Knapp
    n: int
    weights: Floats  # (N,), 0 for acts that are not in it
    draws: Floats


def _mean(
    a: _Adjusted, w: _Window, cells: _Cells, which: NDArray[np.bool_], level: float, draws: Ints | None
) -> _Mean | None:
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
    return _Mean(centre, centre - half, centre + half, error, math.sqrt(between), i2, spread, n, weights, placebo)


def _load(a: _Adjusted, w: _Window, cells: _Cells, weights: Floats) -> tuple[Ints, Ints, Floats]:
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


def _error(a: _Adjusted, w: _Window, cells: _Cells, weights: Floats) -> float:
    place, step, load = _load(a, w, cells, weights)
    alone = float(np.sum((weights * w.s[: cells.acts])[weights > 0] ** 2))
    return math.sqrt(max(w.memory.variance(place, step, load), alone))


def _draws(matches: Matches, sets: int, seed: int) -> Ints:
    """For each placebo set and act, which of the act's comparison dates stands in for it, shape (sets, N)."""
    rng = np.random.default_rng(derive_seed(seed, "placebo dates of acts"))
    return np.floor(rng.random((sets, matches.picks.shape[0])) * np.maximum(matches.counts, 1)).astype(np.int64)


def _placebo(a: _Adjusted, weights: Floats, draws: Ints) -> Floats:
    """The pooled effect with each act put at one of its comparison dates, in every set; shape (sets,)."""
    # a date that this window does not have gives way to the next that it has
    order = np.argsort(~a.used, axis=1, kind="stable")
    sorted_ = np.take_along_axis(np.where(a.used, a.residuals, 0.0), order, axis=1)
    number = np.maximum(a.used.sum(axis=1), 1)
    chosen = sorted_[np.arange(number.size)[None, :], draws % number[None, :]]
    return chosen @ weights


# --- the study ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Plan:
    before: int
    after: int
    windows: Mapping[str, tuple[int, int]]
    quiet: int
    matches: int
    placebo: int
    level: float
    seed: int
    curves: bool


def respond(
    y: ArrayLike,
    acts: Sequence[tuple[int, int]],
    *,
    groups: Sequence[str] | None = None,
    sizes: Sequence[float | None] | None = None,
    scale: Scale = "count",
    step: Step = "week",
    before: int = 26,
    after: int = 26,
    windows: Mapping[str, tuple[int, int]] | None = None,
    quiet: int = 12,
    matches: int = 20,
    placebo: int = 999,
    season: bool = True,
    level: float = 0.95,
    seed: int = 0,
    curves: bool = True,
    checks: bool = True,
    places: Sequence[str] | None = None,
    dates: Sequence[date] | None = None,
    made: Forecasts | None = None,
    question: str = "acts",
    outcome: str = "activity",
) -> ResponseStudy:
    """What followed acts in series by place: effects against matched dates without an act, pooled.

    For act i at (p, t): ``effect_i = surprise(p, t) - mean_j surprise(p_j, t_j)``, a surprise being how far the series
    was from its own forecast over the window, in log ratio, and j the dates of the risk set nearest in history, with
    what is left of the difference in history taken off by regression.

    Parameters
    ----------
    y : shape (P, T) or (T,); counts, or positive sizes with ``scale="log"``; NaN where not watched or unknown. The acts
        themselves must not be counted in it.
    acts : (place, step) of each act; several in one step are one act.
    groups, sizes : of each act, in the same order.
    before : steps of history that an act needs, and that dates are matched by.
    after : steps followed.
    windows : names and (first, last) lags; the first is the one that answers and p-values speak of.
    quiet : an act counts only if none fell in so many steps before it: it is the first of a cluster, and what follows
        it includes the rest of the cluster. Comparison dates are held to the same rule.
    matches, placebo : comparison dates of an act; sets of placebo acts.
    curves : also the effect curve, which takes most of the time.
    checks : also the pre-trend, other places and the act's own step; without them there is no verdict, only estimates.
    made : forecasts of y, where they are at hand already.

    Returns
    -------
    `ResponseStudy`. The error of a mean counts windows that overlap, dates shared by acts, and shocks common to places,
    by the correlations found at dates without acts; the interval is the wider of that and of the spread among acts.
    p: the share of sets, each act put at one of its own comparison dates, with a mean at least as far from 0; or, where
    that is larger, the p-value of the mean among the acts' own scatter.

    Raises
    ------
    EstimationError : on series, acts or windows that cannot be used, or when no act can be compared.

    Known limits: dates matched on the past cannot answer for acts timed by what was still to come; `explained_by` says
    how strong such timing would have to be. Comparison dates may have acts later on, so a lasting effect of frequent
    acts is understated; and where acts come at even distances, later windows are bent the other way (with a doubling
    for 12 weeks after acts 90 weeks apart, weeks 13 to 26 came out at -0.28 where nothing was planted). Where acts come
    in the same step as what they are said to cause, `same_step` bounds what the order within the step could make of it.
    Use `groundswell.estimators.response.synthetic_control` for a few acts with untouched places beside them.

    Source: Harvey (1989) for the forecasts; Abadie & Imbens (2011), JBES 29:1-11 (matching with bias correction);
    Hernan & Robins (2016), Am. J. Epidemiology 183:758-764 (comparison dates that do not look ahead); Conley (1999),
    J. Econometrics 92:1-45 (errors under dependence in time and space); Rosenbaum (2002), Observational Studies.
    """
    plan = _planned(before, after, windows, quiet, matches, placebo, level, seed, curves, step)
    for name, given in (("groups", groups), ("sizes", sizes)):
        if given is not None and len(given) != len(acts):
            raise EstimationError(f"{len(given)} {name} for {len(acts)} acts", expected="one for each act")
    made, placed, reasons = _prepared(y, acts, scale, step, season, plan, made)
    P, T = made.shape
    names = tuple(places) if places is not None else tuple(f"place {p + 1}" for p in range(P))
    labels = np.array([groups[i] if groups is not None else "" for i in placed], dtype=object)
    size = [sizes[i] if sizes is not None else None for i in placed]
    place = np.array([acts[i][0] for i in placed], dtype=np.int64)
    when = np.array([acts[i][1] for i in placed], dtype=np.int64)
    on = np.zeros((P, T), dtype=bool)
    if len(acts):
        on[tuple(np.array([(p, t) for p, t in acts]).T)] = True
    open_ = risk_set(made, on, plan.before, plan.quiet)
    free = np.argwhere(open_ & ~on)
    cells = _Cells(
        np.concatenate([place, free[:, 0]]),
        np.concatenate([when, free[:, 1]]),
        place.size,
        np.zeros((place.size + free.shape[0], 3)),
        np.concatenate([np.zeros((P, 1)), np.cumsum(on, axis=1)], axis=1),
    )
    cells = replace(cells, path=history(made, cells.place, cells.step, plan.before))
    last = next(iter(plan.windows.values()))[1]
    matched = _matched(cells, plan)
    alone = matched.counts == 0
    if alone.any():
        reasons["no dates of like history without an act"] = int(alone.sum())
    lone = ~alone
    if not lone.any():
        told = "; ".join(f"{n} {r}" for r, n in reasons.items()) or "none was given"
        raise EstimationError(
            f"no act can be compared ({told})",
            expected="acts with enough watched steps before them, and dates of like history without an act",
            instead="a smaller before or quiet, a longer record, or fit_excitation for acts that never pause",
        )
    draws = _draws(matched, plan.placebo, seed)
    shown = {name: _window(made, cells, a, b) for name, (a, b) in plan.windows.items()}
    adjusted = {name: _adjust(w, cells, matched) for name, w in shown.items()}
    primary = next(iter(plan.windows))
    lost = lone & ~np.isfinite(adjusted[primary].value)
    if lost.any():
        reasons["the record ends before its window does"] = int(lost.sum())
    usable = lone & ~lost
    extra = _extra(made, cells, matched, plan, shown[primary]) if checks else None
    lags = np.arange(-_LEAD, plan.after + 1)
    curve = _each(made, cells, matched, lags.tolist()) if curves else {}
    spans = _each(made, cells, matched, range(1, plan.after - _SPAN + 2), _SPAN) if curves else {}
    study = _Study(cells, matched, shown, adjusted, extra, curve, spans, lags, draws, plan, size, labels, names, dates)
    kinds = sorted({g for g in labels.tolist() if g})
    everything = np.ones(labels.size, dtype=bool)
    wanted = [("all acts", everything), *((g, labels == g) for g in kinds)]
    results = [r for name, which in wanted if (r := _group(name, usable & which, study)) is not None]
    if not results:
        raise EstimationError("no act can be compared", expected="an act whose window the record covers")
    w0 = shown[primary]
    later = _later(cells, matched, last)
    notes = [
        f"an act is the first after {plan.quiet} {step}s without one; on average {later[0]:.1f} more {step}s with acts "
        f"followed within {last} {step}s, and {later[1]:.1f} after comparison dates"
    ]
    return ResponseStudy(
        groups=tuple(results),
        differences=_differences(study, usable, kinds),
        excluded=dict(reasons),
        calibration={
            "inside the 95% interval": w0.inside,
            "errors widened by": w0.widened,
            "dates": float(free.shape[0]),
        },
        question=question,
        outcome=outcome,
        unit=step,
        rule=f"first act after {plan.quiet} {step}s without one",
        notes=tuple(notes),
        level=level,
        settings={
            "before": plan.before, "after": plan.after, "quiet": plan.quiet, "matches": plan.matches,
            "placebo": plan.placebo, "seed": plan.seed, "windows": {k: list(v) for k, v in plan.windows.items()},
        },
    )  # fmt: skip


def _planned(
    before: int,
    after: int,
    windows: Mapping[str, tuple[int, int]] | None,
    quiet: int,
    matches: int,
    placebo: int,
    level: float,
    seed: int,
    curves: bool,
    step: str,
) -> _Plan:
    if before < 8 or after < 1 or quiet < 0 or matches < 4 or placebo < 19 or not 0.5 <= level < 1:
        raise EstimationError(
            f"before {before}, after {after}, quiet {quiet}, matches {matches}, placebo {placebo}, level {level}",
            expected="before >= 8, after >= 1, quiet >= 0, matches >= 4, placebo >= 19, 0.5 <= level < 1",
        )
    if windows is None:
        wanted = [(1, 12), (1, 4), (13, 26)] if step != "day" else [(1, 14), (1, 7), (15, 28)]
        windows = {f"{a}-{min(b, after)}": (a, min(b, after)) for a, b in wanted if a <= after}
    for name, (first, last) in windows.items():
        if not 1 <= first <= last <= after:
            raise EstimationError(
                f"window {name!r} from {first} to {last}",
                expected=f"1 <= first <= last <= {after}",
                why="within the step of an act, what came first is unknown",
            )
    return _Plan(before, after, dict(windows), quiet, matches, placebo, level, seed, curves)


def _prepared(
    y: ArrayLike,
    acts: Sequence[tuple[int, int]],
    scale: Scale,
    step: Step,
    season: bool,
    plan: _Plan,
    made: Forecasts | None,
) -> tuple[Forecasts, list[int], dict[str, int]]:
    """The forecasts, which acts can be studied, and how many cannot, by reason."""
    if made is None:
        shape = np.shape(y)
        if len(shape) not in (1, 2):
            raise EstimationError(f"series of shape {shape}", expected="shape (places, steps) or (steps,)")
        shape = (1, *shape) if len(shape) == 1 else shape
        near = np.zeros(shape, dtype=bool)
        for p, t in acts:
            if 0 <= p < shape[0] and 0 <= t < shape[1]:
                near[p, t : t + plan.after + 1] = True
        made = forecasts(y, scale=scale, step=step, season=season, near_acts=near)
    P, T = made.shape
    for p, t in acts:
        if not (0 <= p < P and 0 <= t < T):
            raise EstimationError(f"an act at place {p}, step {t}", expected=f"a place below {P} and a step below {T}")
    on = np.zeros((P, T), dtype=bool)
    for p, t in acts:
        on[p, t] = True
    quiet_only = risk_set(made, np.zeros_like(on), plan.before, 0)
    both = risk_set(made, on, plan.before, plan.quiet)
    placed, reasons, seen = [], {}, set()
    for i, (p, t) in enumerate(acts):
        reason = ""
        if (p, t) in seen:
            reason = "another act in the same step"
        elif not quiet_only[p, t]:
            reason = f"fewer than {plan.before} {step}s watched before it, or nothing seen in them"
        elif not both[p, t]:
            reason = f"another act in the {plan.quiet} {step}s before it"
        seen.add((p, t))
        if reason:
            reasons[reason] = reasons.get(reason, 0) + 1
        else:
            placed.append(i)
    return made, placed, reasons


def _matched(cells: _Cells, plan: _Plan, where: str = "time", path: Floats | None = None) -> Matches:
    N = cells.acts
    path = cells.path if path is None else path
    first, last = next(iter(plan.windows.values()))
    return match(
        cells.place[:N], cells.step[:N], path[:N], cells.place[N:], cells.step[N:], path[N:],
        matches=plan.matches, apart=max(2, (last - first + 1) // 3), where=where,
    )  # fmt: skip


@dataclass(frozen=True)
class _Extra:
    """The first window again: against other places, and against dates matched on the act's own step too; and the
    steps before the acts, near and far."""

    place: _Adjusted
    place_draws: Ints
    same: _Adjusted
    same_window: _Window
    same_cells: _Cells
    same_draws: Ints
    early: tuple[tuple[_Window, _Adjusted], ...]


def _extra(made: Forecasts, cells: _Cells, matched: Matches, plan: _Plan, w: _Window) -> _Extra:
    in_place = _matched(cells, plan, "place")
    own, _, _ = made.surprise(cells.place, cells.step, 0, 0)
    same_cells = replace(cells, path=np.column_stack([cells.path, np.nan_to_num(own)]))
    same = _matched(same_cells, plan)
    first, last = next(iter(plan.windows.values()))
    same_window = _window(made, same_cells, first, last)
    near = plan.before // 2
    early = []
    for a, b in ((-near, -1), (-plan.before, -near - 1)):
        before = _window(made, cells, a, b, a)
        early.append((before, _adjust(before, cells, matched)))
    return _Extra(
        _adjust(w, cells, in_place),
        _draws(in_place, plan.placebo, derive_seed(plan.seed, "place")),
        _adjust(same_window, same_cells, same),
        same_window,
        same_cells,
        _draws(same, plan.placebo, derive_seed(plan.seed, "same step")),
        tuple(early),
    )


_Shown = dict[int, tuple[_Window, _Adjusted]]


def _each(made: Forecasts, cells: _Cells, matched: Matches, lags: Sequence[int], span: int = 1) -> _Shown:
    """Windows of ``span`` steps from each lag on."""
    result = {}
    for lag in lags:
        w = _window(made, cells, lag, lag + span - 1, 0 if lag >= 0 else -_LEAD)
        result[lag] = (w, _adjust(w, cells, matched))
    return result


@dataclass(frozen=True)
class _Study:
    """All that the groups are made from."""

    cells: _Cells
    matched: Matches
    shown: Mapping[str, _Window]
    adjusted: Mapping[str, _Adjusted]
    extra: _Extra | None
    curve: _Shown
    spans: _Shown
    lags: Ints
    draws: Ints
    plan: _Plan
    size: Sequence[float | None]
    labels: NDArray[np.object_]
    names: Sequence[str]
    dates: Sequence[date] | None

    @property
    def primary(self) -> str:
        return next(iter(self.shown))


def _group(name: str, which: NDArray[np.bool_], study: _Study) -> GroupResponse | None:
    level, cells = study.plan.level, study.cells
    windows: dict[str, Estimate] = {}
    placebo = np.zeros(0)
    first: _Mean | None = None
    for title, w in study.shown.items():
        a = study.adjusted[title]
        mean = _mean(a, w, cells, which, level, study.draws)
        if title == study.primary:
            if mean is None:
                return None
            first, placebo = mean, mean.draws
        windows[title] = _estimate(mean, a, w, level)
    assert first is not None
    a, w = study.adjusted[study.primary], study.shown[study.primary]
    extra, in_place, same_step = study.extra, None, None
    if extra is not None:
        beside = _mean(extra.place, w, cells, which, level, extra.place_draws)
        if beside is not None and beside.n >= FEWEST_ACTS:
            in_place = _estimate(beside, extra.place, w, level)
        same = _mean(extra.same, extra.same_window, extra.same_cells, which, level, extra.same_draws)
        if same is not None and same.n >= FEWEST_ACTS:
            same_step = _estimate(same, extra.same, extra.same_window, level)
    points = [_point(study, int(lag), which) for lag in study.lags] if study.curve else []
    curve = np.array(points) if points else np.full((study.lags.size, 4), np.nan)
    explained = selection_to_explain(
        first.value, np.where(a.used, a.residuals, np.nan)[first.weights > 0], first.weights[first.weights > 0]
    )
    sizes = [s for i, s in enumerate(study.size) if which[i] and s is not None]
    return GroupResponse(
        name=name,
        size_range=(min(sizes), max(sizes)) if sizes else None,
        lags=study.lags,
        curve=curve[:, 0],
        low=curve[:, 1],
        high=curve[:, 2],
        unmatched=curve[:, 3],
        windows=windows,
        in_place=in_place,
        same_step=same_step,
        pre_trend=_pre_trend(study, which),
        lasted=_lasted(study, which, first.value) if study.curve else None,
        explained_by=explained,
        influence=_influence(study, which, first) if extra is not None else None,
        placebo=placebo,
        acts=_act_effects(study, which, a, w),
    )


def _estimate(mean: _Mean | None, a: _Adjusted, w: _Window, level: float) -> Estimate:
    if mean is None:
        return Estimate(None, None, None, None, 0, _METHOD, "log ratio", False, {}, level)
    on = mean.weights > 0
    p = None
    if mean.draws.size and float(mean.draws.std()) > 0:
        p = placebo_p(mean.value, mean.draws)
        if mean.n > 2:  # acts that differ widely tell less of their mean than chance dates alone would say
            p = max(p, 2 * float(stats.t.sf(abs(mean.value) / mean.spread, mean.n - 1)))
    checks: dict[str, object] = {
        "standard_error": mean.error,
        "tau": mean.tau,
        "i2": mean.i2,
        "detectable": _DETECT * max(mean.error, mean.spread),
        "tide": float(mean.weights[on] @ a.tide[on]),
        "unmatched": float(mean.weights[on] @ a.raw[on]),
        "undiluted": mean.value / (1 - min(0.9, _dilution(a, w, mean.weights))),
        "placebo_sd": float(mean.draws.std()) if mean.draws.size else None,
    }
    if mean.n > 2:
        ahead = float(stats.t.ppf(0.5 + level / 2, mean.n - 2)) * math.hypot(mean.tau, max(mean.error, mean.spread))
        checks |= {"next_low": mean.value - ahead, "next_high": mean.value + ahead}
    return Estimate(mean.value, mean.low, mean.high, p, mean.n, _METHOD, "log ratio", p is not None, checks, level)


def _dilution(a: _Adjusted, w: _Window, weights: Floats) -> float:
    """The share of the comparison dates' windows that lies after an act of their own."""
    share = np.where(a.used, w.later[a.picks], 0.0).sum(axis=1) / np.maximum(a.used.sum(axis=1), 1)
    return float(weights @ share)


def _point(study: _Study, lag: int, which: NDArray[np.bool_]) -> tuple[float, float, float, float]:
    w, a = study.curve[lag]
    mean = _mean(a, w, study.cells, which, study.plan.level, None)
    if mean is None:
        return math.nan, math.nan, math.nan, math.nan
    on = mean.weights > 0
    return mean.value, mean.low, mean.high, float(mean.weights[on] @ a.raw[on])


def _pre_trend(study: _Study, which: NDArray[np.bool_]) -> Check | None:
    """The steps before the acts, near and far, against those before the matched dates; the worse of the two counts
    twice its p."""
    found = []
    for w, a in study.extra.early if study.extra is not None else ():
        mean = _mean(a, w, study.cells, which, study.plan.level, study.draws)
        if mean is not None and float(mean.draws.std()) > 0:
            found.append((placebo_p(mean.value, mean.draws), mean.value))
    if not found:
        return None
    p, value = min(found)
    return Check("pre-trend", value, min(1.0, p * len(found)), "steps before the acts against matched dates, placebo")


def _lasted(study: _Study, which: NDArray[np.bool_], value: float) -> int | None:
    """Steps for which the mean of four steps keeps clear of zero on the side of the first window."""
    for start, (w, a) in study.spans.items():
        mean = _mean(a, w, study.cells, which, study.plan.level, None)
        clear = mean is not None and (mean.low > 0 if value >= 0 else mean.high < 0)
        if not clear:
            return 0 if start == 1 else start + _SPAN - 2
    return None


def _influence(study: _Study, which: NDArray[np.bool_], all_: _Mean) -> tuple[str, float] | None:
    a, w = study.adjusted[study.primary], study.shown[study.primary]
    place = study.cells.place[: study.cells.acts]
    rest = []
    for p in np.unique(place[all_.weights > 0]).tolist():
        mean = _mean(a, w, study.cells, which & (place != p), study.plan.level, None)
        if mean is not None:
            rest.append((abs(mean.value - all_.value), study.names[p], mean.value))
    if not rest:
        return None
    _, name, value = max(rest, key=lambda r: (r[0], r[1]))
    return name, value


def _act_effects(study: _Study, which: NDArray[np.bool_], a: _Adjusted, w: _Window) -> tuple[ActEffect, ...]:
    result = []
    for i in np.flatnonzero(which & np.isfinite(a.value)).tolist():
        t = int(study.cells.step[i])
        expected = float(w.expected[i])
        result.append(
            ActEffect(
                study.names[int(study.cells.place[i])],
                study.dates[t] if study.dates is not None else t,
                str(study.labels[i]),
                study.size[i],
                float(a.value[i]),
                float(math.sqrt(a.variance[i])),
                float(a.raw[i]),
                expected,
                int(a.used[i].sum()),
            )
        )
    return tuple(result)


def _later(cells: _Cells, matched: Matches, last: int) -> tuple[float, float]:
    """Mean number of further steps with acts within ``last`` steps: after acts, and after their comparison dates."""
    T = cells.hits.shape[1] - 1
    number = (
        cells.hits[cells.place, np.minimum(cells.step + last + 1, T)]
        - cells.hits[cells.place, np.minimum(cells.step + 1, T)]
    )
    picks = matched.picks[matched.picks >= 0] + cells.acts
    return float(number[: cells.acts].mean()), float(number[picks].mean()) if picks.size else math.nan


def _differences(study: _Study, usable: NDArray[np.bool_], kinds: Sequence[str]) -> dict[str, Estimate]:
    """The second group's effect less the first's, for each pair; p by permuting the groups among the acts."""
    a, w = study.adjusted[study.primary], study.shown[study.primary]
    result = {}
    level = study.plan.level
    for i, first in enumerate(kinds):
        for second in kinds[i + 1 :]:
            one, two = (
                _mean(a, w, study.cells, usable & (study.labels == k), level, study.draws) for k in (first, second)
            )
            if one is None or two is None or min(one.n, two.n) < 3:
                continue
            place, step, load = (
                np.concatenate(parts)
                for parts in zip(
                    _load(a, w, study.cells, two.weights),
                    *[tuple(x if k < 2 else -x for k, x in enumerate(_load(a, w, study.cells, one.weights)))],
                    strict=True,
                )
            )
            shared = math.sqrt(max(w.memory.variance(place, step, load), 1e-12))
            error = max(shared, math.hypot(one.spread, two.spread))
            value = two.value - one.value
            half = float(stats.norm.ppf(0.5 + level / 2)) * error
            both = (one.weights > 0) | (two.weights > 0)
            p = _label_p(a, both, two.weights[both] > 0, study.plan)
            result[f"{second} less {first}"] = Estimate(
                value, value - half, value + half, p, one.n + two.n,
                "difference of pooled effects; p by permuting the groups among the acts", "log ratio", True,
                {"detectable": _DETECT * error}, level,
            )  # fmt: skip
    return result


def _label_p(a: _Adjusted, both: NDArray[np.bool_], second: NDArray[np.bool_], plan: _Plan) -> float:
    value, variance = a.value[both], a.variance[both]
    _, between, _ = random_effects(value, variance)
    weight = 1 / (variance + float(between))

    def difference(two: NDArray[np.bool_]) -> Floats:
        w2, w1 = np.where(two, weight, 0.0), np.where(two, 0.0, weight)
        return (w2 @ value) / w2.sum(axis=-1) - (w1 @ value) / w1.sum(axis=-1)

    rng = np.random.default_rng(derive_seed(plan.seed, "labels of acts"))
    order = rng.permuted(np.broadcast_to(second, (plan.placebo, second.size)), axis=1)
    return placebo_p(float(difference(second)), difference(order))


# --- from a record ---------------------------------------------------------------------------------------------------


def study_responses(
    events: pl.DataFrame,
    *,
    acts: Acts | str | Mapping[str, Any],
    outcome: str | Sequence[str] = "protest",
    measure: Literal["events", "people"] = "events",
    unit: Literal["day", "week", "month"] = "week",
    by: Sequence[str] = (),
    places: Sequence[str] | None = None,
    across: Across | None = None,
    watched: Literal["record", "place"] | None = None,
    start: date | None = None,
    end: date | None = None,
    window: Window | None = None,
    before: int = 26,
    after: int = 26,
    windows: Mapping[str, tuple[int, int]] | None = None,
    quiet: int | None = None,
    matches: int = 20,
    placebo: int = 999,
    fewest: int = 50,
    season: bool = True,
    level: float = 0.95,
    seed: int = 0,
    curves: bool = True,
) -> ResponseStudy:
    """What follows acts of a kind in a record of events: more of the outcome or less, for how long, could it be chance?

    Parameters
    ----------
    events : a frame under the schema of `groundswell.records.schema`.
    acts : which events are acts: an `Acts`, a kind, a table of conditions, or several of these by name (types of act).
    outcome : one kind of event, or several, which are counted together. Events that are acts are never counted.
    measure : "events" counts them; "people" adds up their sizes, where known, and compares logarithms.
    unit : length of a step.
    by : how acts are grouped: "type" (the names of ``acts``, or what the record codes as detail), "size" (thirds of
        the acts' own size: people of protests and strikes, dead of others), or "kind", "actor", "target", "detail",
        "country". Each makes its own groups.
    places : the places to study; by default all with at least ``fewest`` events of the outcome.
    across : what a place is: "country", "place", or "record" (all is one place). By default country where the record
        has several, otherwise place where it has several.
    watched : "place" (default for countries): a place from its first event to the end of the record; "record" (default
        for places): throughout the record.
    quiet : steps without an act before an act that counts; by default 12, or 7 by day.
    window : when and where the record was watched; steps outside are no zeros.
    start, end, before, after, windows, matches, placebo, season, level, seed, curves : see `respond`.

    Returns
    -------
    `ResponseStudy`, see `respond`.

    Raises
    ------
    RecordError : a frame without the columns, no events of the outcome, unknown places or kinds.
    EstimationError : no acts, or none that can be compared; settings that cannot be used.

    Known limits: see `respond`. A record that watches more closely after an act will show more of everything: see
    whether ``in_place`` and other outcomes agree. Use `groundswell.estimators.response.interrupted` where coverage is
    known to change.

    Example
    -------
    >>> study = study_responses(reading.events, acts=Acts("violence", fatalities_at_least=5))  # doctest: +SKIP
    >>> print(study.answer)  # doctest: +SKIP
    """
    selectors = _selectors(acts)
    kinds = (outcome,) if isinstance(outcome, str) else tuple(outcome)
    strange = [b for b in by if b not in ("type", "size", "kind", "actor", "target", "detail", "country")]
    if strange:
        raise EstimationError(f"by {strange[0]!r}", expected="type, size, kind, actor, target, detail or country")
    if unit not in ("day", "week", "month") or measure not in ("events", "people"):
        raise EstimationError(f"unit {unit!r}, measure {measure!r}", expected="day, week or month; events or people")
    if across is None:
        several = {c: c in events.columns and events[c].n_unique() > 1 for c in ("country", "place")}
        across = "country" if several["country"] else "place" if several["place"] else "record"
    grid = grid_of(
        events, selectors, kinds, unit=unit, measure=measure, across=across, places=places, start=start, end=end,
        watched=watched or ("record" if across == "place" else "place"), fewest=fewest, window=window,
    )  # fmt: skip
    if not grid.acts:
        told = "; ".join(f"{k}: {a.words}" if k else a.words for k, a in selectors.items())
        raise EstimationError(
            f"no event of the record is an act ({told})", expected="acts in the places studied",
            why="; ".join(grid.left_out) or None,
        )  # fmt: skip
    columns = [c for name in by for c in _groups(name, grid, several_types=len(selectors) > 1)]
    step = cast(Step, unit)
    quiet = quiet if quiet is not None else 7 if unit == "day" else 12
    where = [(a.place, a.step) for a in grid.acts]
    phrase = " or ".join(kinds) + (" (people taking part)" if measure == "people" else "")
    settings: dict[str, Any] = {
        "scale": "count" if measure == "events" else "log", "step": step, "before": before, "after": after,
        "windows": windows, "quiet": quiet, "matches": matches, "placebo": placebo, "season": season, "level": level,
        "seed": seed, "curves": curves, "places": grid.places, "dates": grid.steps, "outcome": phrase,
        "sizes": [a.size for a in grid.acts],
        "question": f"{phrase} after " + "; ".join(f"{k}: {a.words}" if k else a.words for k, a in selectors.items()),
    }  # fmt: skip
    studies = []
    for column in columns or [None]:
        studies.append(respond(grid.y, where, groups=column, **settings))
    return _together(studies, grid)


def _selectors(acts: Acts | str | Mapping[str, Any]) -> dict[str, Acts]:
    if isinstance(acts, Mapping) and "kind" not in acts:
        if not acts:
            raise EstimationError("no description of acts", expected="an Acts, a kind of event, or several by name")
        return {str(k): Acts.read(v) for k, v in acts.items()}
    return {"": Acts.read(cast("Acts | str", acts))}


def _groups(name: str, grid: Grid, *, several_types: bool) -> list[list[str]]:
    if name == "size":
        known = np.array([a.size for a in grid.acts if a.size is not None])
        if known.size < 2 * FEWEST_ACTS or np.unique(known).size < 2:
            return [["size unknown" if a.size is None else "size known" for a in grid.acts]]
        cuts = np.unique(np.quantile(known, [1 / 3, 2 / 3], method="higher"))
        words = [f"size below {cuts[0]:,.0f}"]
        words += [f"size {a:,.0f} to below {b:,.0f}" for a, b in pairwise(cuts)]
        words += [f"size {cuts[-1]:,.0f} or more"]
        return [
            [
                "size unknown" if a.size is None else words[int(np.searchsorted(cuts, a.size, "right"))]
                for a in grid.acts
            ]
        ]
    if name == "type":
        return [[a.type if several_types else a.labels["detail"] for a in grid.acts]]
    return [[a.labels[name] for a in grid.acts]]


def _together(studies: Sequence[ResponseStudy], grid: Grid) -> ResponseStudy:
    first = studies[0]
    groups = (first.overall, *(g for s in studies for g in s.groups[1:]))
    differences = {k: v for s in studies for k, v in s.differences.items()}
    own = {k: v for k, v in first.__dict__.items() if k not in ("groups", "differences", "notes")}
    return ResponseStudy(groups=groups, differences=differences, notes=first.notes + grid.left_out, **own)
