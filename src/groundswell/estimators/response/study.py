"""What a study of responses found: each act, each group of acts, and all of them together, with their sentences."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import cast

import numpy as np
from numpy.typing import NDArray

from groundswell.estimators.core import Check, Estimate
from groundswell.results import Result

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

FEWEST_ACTS = 5  # a group with fewer gets no verdict


@dataclass(frozen=True)
class ActEffect(Result):
    """One act: where and when, its size, and its effect over the first window against its matched dates; ``unmatched``
    is the effect against the forecast alone, ``expected`` the forecast, ``matched`` the number of dates."""

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
    curve, low, high : pooled log ratio at each lag, minus that of the matched dates; NaN where too few acts have it.
        Lags before 0 are forecast from the steps before them.
    unmatched : the same without the matched dates.
    windows : pooled effect over each window, with its checks: ``tau`` (sd between acts), ``i2``, ``next_low`` and
        ``next_high`` (the next act), ``detectable`` (log ratio found in four of five such records), ``tide`` (what the
        matched dates showed), ``unmatched``, ``undiluted`` (the value over the share of the matched dates' windows
        without later acts of their own: what a lasting effect of every act would be).
    in_place : the first window against other places at the same dates; None where there are too few.
    same_step : the first window against dates matched on the act's own step too; None where there are too few.
    pre_trend : whether the series was off its matched course before the acts.
    lasted : steps from the act on for which the mean of four steps stays clear of zero, on the side of the first
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
        """Enough acts, a p-value, and a series that was on course before them."""
        enough = self.n_acts >= FEWEST_ACTS and self.primary.p is not None
        return enough and self.pre_trend is not None and self.pre_trend.passed

    @property
    def found(self) -> bool:
        """Whether the first window's effect differs from none, by its interval and its p-value."""
        e = self.primary
        return self.passed and _apart(e) and e.p is not None and e.p < 1 - e.level


@dataclass(frozen=True)
class ResponseStudy(Result):
    """What followed acts of several groups, and how the groups differ.

    Parameters
    ----------
    groups : all acts first ("all acts"), then each requested group.
    differences : for each pair of groups, the first window's effect of the second minus that of the first.
    excluded : how many acts were left out for each reason.
    calibration : of the forecasts at dates without acts: the share inside their own 95% interval, and the factor by
        which errors were widened.
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
        """One sentence about the first window of a group; a refusal where there is no verdict."""
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
            return f"No verdict: whether the series was on course before the {acts} cannot be checked."
        if not group.pre_trend.passed:
            p = group.pre_trend.p
            return f"No verdict: the series was already off course before the {acts} (p = {p:.2g})."
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
                f" With the {self.unit} of the act itself held constant, it cannot be distinguished from no effect "
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
