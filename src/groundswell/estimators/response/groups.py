"""Effects pooled within groups of acts, and how groups differ."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from groundswell.draws import derive_seed
from groundswell.estimators.core import Check, Estimate
from groundswell.estimators.response.placebo import Matches, placebo_p, selection_to_explain
from groundswell.estimators.response.pooled import random_effects
from groundswell.estimators.response.settings import ResponseSettings
from groundswell.estimators.response.study import FEWEST_ACTS, ActEffect, GroupResponse
from groundswell.estimators.response.surprises import Adjusted, Cells, PooledMean, Surprises, load_of, pooled_mean

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
ByLag = dict[int, tuple[Surprises, Adjusted]]

SPAN = 4  # steps whose mean says how long an effect lasts
# standard errors of an effect found in four of five records
_DETECT = float(stats.norm.ppf(0.975) + stats.norm.ppf(0.8))
_METHOD = (
    "surprise after the act minus surprise after matched dates without one; state-space forecasts, random effects "
    "(DerSimonian-Laird, Hartung-Knapp), p by acts put at the matched dates"
)


@dataclass(frozen=True)
class OtherLooks:
    """The first window again: against other places, and against dates matched on the act's own step too; and the
    steps before the acts, near and far."""

    place: Adjusted
    place_draws: Ints
    same: Adjusted
    same_window: Surprises
    same_cells: Cells
    same_draws: Ints
    early: tuple[tuple[Surprises, Adjusted], ...]


@dataclass(frozen=True)
class Compared:
    """The material from which the groups are made."""

    cells: Cells
    matched: Matches
    shown: Mapping[str, Surprises]
    adjusted: Mapping[str, Adjusted]
    extra: OtherLooks | None
    curve: ByLag
    spans: ByLag
    lags: Ints
    draws: Ints
    settings: ResponseSettings
    size: Sequence[float | None]
    labels: NDArray[np.object_]
    names: Sequence[str]
    dates: Sequence[date] | None

    @property
    def primary(self) -> str:
        return next(iter(self.shown))


def group_response(name: str, which: NDArray[np.bool_], study: Compared) -> GroupResponse | None:
    level, cells = study.settings.level, study.cells
    windows: dict[str, Estimate] = {}
    placebo = np.zeros(0)
    first: PooledMean | None = None
    for title, w in study.shown.items():
        a = study.adjusted[title]
        mean = pooled_mean(a, w, cells, which, level, study.draws)
        if title == study.primary:
            if mean is None:
                return None
            first, placebo = mean, mean.draws
        windows[title] = _estimate(mean, a, w, level)
    assert first is not None
    a, w = study.adjusted[study.primary], study.shown[study.primary]
    extra, in_place, same_step = study.extra, None, None
    if extra is not None:
        beside = pooled_mean(extra.place, w, cells, which, level, extra.place_draws)
        if beside is not None and beside.n >= FEWEST_ACTS:
            in_place = _estimate(beside, extra.place, w, level)
        same = pooled_mean(extra.same, extra.same_window, extra.same_cells, which, level, extra.same_draws)
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


def _estimate(mean: PooledMean | None, a: Adjusted, w: Surprises, level: float) -> Estimate:
    if mean is None:
        return Estimate(None, None, None, None, 0, _METHOD, "log ratio", False, {}, level)
    on = mean.weights > 0
    p = None
    if mean.draws.size and float(mean.draws.std()) > 0:
        p = placebo_p(mean.value, mean.draws)
        if mean.n > 2:  # acts that differ widely say less about their mean than chance dates alone would suggest
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


def _dilution(a: Adjusted, w: Surprises, weights: Floats) -> float:
    """The share of the comparison dates' windows that lies after their own act."""
    share = np.where(a.used, w.later[a.picks], 0.0).sum(axis=1) / np.maximum(a.used.sum(axis=1), 1)
    return float(weights @ share)


def _point(study: Compared, lag: int, which: NDArray[np.bool_]) -> tuple[float, float, float, float]:
    w, a = study.curve[lag]
    mean = pooled_mean(a, w, study.cells, which, study.settings.level, None)
    if mean is None:
        return math.nan, math.nan, math.nan, math.nan
    on = mean.weights > 0
    return mean.value, mean.low, mean.high, float(mean.weights[on] @ a.raw[on])


def _pre_trend(study: Compared, which: NDArray[np.bool_]) -> Check | None:
    """The steps before the acts, near and far, against those before the matched dates; the worse of the two counts,
    at twice its p."""
    found = []
    for w, a in study.extra.early if study.extra is not None else ():
        mean = pooled_mean(a, w, study.cells, which, study.settings.level, study.draws)
        if mean is not None and float(mean.draws.std()) > 0:
            found.append((placebo_p(mean.value, mean.draws), mean.value))
    if not found:
        return None
    p, value = min(found)
    return Check("pre-trend", value, min(1.0, p * len(found)), "steps before the acts against matched dates, placebo")


def _lasted(study: Compared, which: NDArray[np.bool_], value: float) -> int | None:
    """Steps for which the mean of four steps stays clear of zero on the side of the first window."""
    for start, (w, a) in study.spans.items():
        mean = pooled_mean(a, w, study.cells, which, study.settings.level, None)
        clear = mean is not None and (mean.low > 0 if value >= 0 else mean.high < 0)
        if not clear:
            return 0 if start == 1 else start + SPAN - 2
    return None


def _influence(study: Compared, which: NDArray[np.bool_], all_: PooledMean) -> tuple[str, float] | None:
    a, w = study.adjusted[study.primary], study.shown[study.primary]
    place = study.cells.place[: study.cells.acts]
    rest = []
    for p in np.unique(place[all_.weights > 0]).tolist():
        mean = pooled_mean(a, w, study.cells, which & (place != p), study.settings.level, None)
        if mean is not None:
            rest.append((abs(mean.value - all_.value), study.names[p], mean.value))
    if not rest:
        return None
    _, name, value = max(rest, key=lambda r: (r[0], r[1]))
    return name, value


def _act_effects(study: Compared, which: NDArray[np.bool_], a: Adjusted, w: Surprises) -> tuple[ActEffect, ...]:
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


def later_acts(cells: Cells, matched: Matches, last: int) -> tuple[float, float]:
    """Mean number of further steps with acts within ``last`` steps: after acts, and after their comparison dates."""
    T = cells.hits.shape[1] - 1
    number = (
        cells.hits[cells.place, np.minimum(cells.step + last + 1, T)]
        - cells.hits[cells.place, np.minimum(cells.step + 1, T)]
    )
    picks = matched.picks[matched.picks >= 0] + cells.acts
    return float(number[: cells.acts].mean()), float(number[picks].mean()) if picks.size else math.nan


def differences(study: Compared, usable: NDArray[np.bool_], kinds: Sequence[str]) -> dict[str, Estimate]:
    """The second group's effect minus the first's, for each pair; p by permuting the groups among the acts."""
    a, w = study.adjusted[study.primary], study.shown[study.primary]
    result = {}
    level = study.settings.level
    for i, first in enumerate(kinds):
        for second in kinds[i + 1 :]:
            one, two = (
                pooled_mean(a, w, study.cells, usable & (study.labels == k), level, study.draws)
                for k in (first, second)
            )
            if one is None or two is None or min(one.n, two.n) < 3:
                continue
            place, step, load = (
                np.concatenate(parts)
                for parts in zip(
                    load_of(a, w, study.cells, two.weights),
                    *[tuple(x if k < 2 else -x for k, x in enumerate(load_of(a, w, study.cells, one.weights)))],
                    strict=True,
                )
            )
            shared = math.sqrt(max(w.memory.variance(place, step, load), 1e-12))
            error = max(shared, math.hypot(one.spread, two.spread))
            value = two.value - one.value
            half = float(stats.norm.ppf(0.5 + level / 2)) * error
            both = (one.weights > 0) | (two.weights > 0)
            p = _label_p(a, both, two.weights[both] > 0, study.settings)
            result[f"{second} less {first}"] = Estimate(
                value, value - half, value + half, p, one.n + two.n,
                "difference of pooled effects; p by permuting the groups among the acts", "log ratio", True,
                {"detectable": _DETECT * error}, level,
            )  # fmt: skip
    return result


def _label_p(a: Adjusted, both: NDArray[np.bool_], second: NDArray[np.bool_], settings: ResponseSettings) -> float:
    value, variance = a.value[both], a.variance[both]
    _, between, _ = random_effects(value, variance)
    weight = 1 / (variance + float(between))

    def difference(two: NDArray[np.bool_]) -> Floats:
        w2, w1 = np.where(two, weight, 0.0), np.where(two, 0.0, weight)
        return (w2 @ value) / w2.sum(axis=-1) - (w1 @ value) / w1.sum(axis=-1)

    rng = np.random.default_rng(derive_seed(settings.seed, "labels of acts"))
    order = rng.permuted(np.broadcast_to(second, (settings.placebo, second.size)), axis=1)
    return placebo_p(float(difference(second)), difference(order))
