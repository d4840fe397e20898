"""What a record offers to be asked about: its kinds, its places and its unit of time, chosen or as they were asked for.

Whatever is chosen for the reader is said in a note, and whatever is left out is counted in one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from difflib import get_close_matches
from functools import cached_property
from typing import Literal, cast

import numpy as np
import polars as pl
from numpy.typing import NDArray

from groundswell.errors import EstimationError, RecordError
from groundswell.records.schema import KINDS, Reading
from groundswell.records.series import Series, series

Unit = Literal["day", "week"]
By = Literal["country", "place"]

FEWEST_EVENTS = 10  # of a kind: with fewer, an interval for what they bring about holds nearly every value
FEWEST_STEPS = 60  # what `fit_excitation` asks for
LONG = 2 * 365  # days; a shorter record has too few weeks, so it is counted by day
_SHORTEST = 28  # days that records which are asked together must share
_MOST_PLACES = 60  # in a panel; beyond, the busiest, so that a million rows by city stay a matter of minutes


@dataclass(frozen=True)
class Material:
    """The events that are asked about, and how they are counted.

    Parameters
    ----------
    events : under the schema, in the places that were asked for, within the days that all records cover.
    kinds : those asked about: named, or all frequent ones but "other".
    unit : day or week.
    by : whether places are counted apart; None for one series.
    places : of a panel, busiest first; empty without `by`.
    asked : the places that were asked for; empty for all.
    notes : what was chosen for the reader, and what was left out.
    """

    events: pl.DataFrame
    kinds: tuple[str, ...]
    unit: Unit
    by: By | None
    places: tuple[str, ...]
    asked: tuple[str, ...]
    window: tuple[date, date] | None
    notes: tuple[str, ...]
    _cache: dict[str | None, Series] = field(default_factory=dict, repr=False)

    def series_of(self, place: str | None = None) -> Series:
        """The counts of one place of the panel, or of all events together; within the record's own window."""
        if place not in self._cache:
            own = self.events if place is None else self.events.filter(pl.col(str(self.by)) == place)
            start, end = self.window or (None, None)
            made = series(own, self.kinds, self.unit, start=start, end=end, coarse="leave out")
            self._cache[place] = made if place is None else _named(made, place)
        return self._cache[place]

    @cached_property
    def whole(self) -> Series:
        return self.series_of()

    def units(self, steps: float) -> str:
        """A number of steps in words."""
        return f"{steps:,.0f} {self.unit}{'' if steps == 1 else 's'}"


def coverage_of(counted: Series) -> NDArray[np.float64] | None:
    """The logarithm of the events of other kinds, as a measure of reporting; None where it says nothing."""
    others = counted.coverage
    if others is None or not others.any() or np.ptp(others) == 0:
        return None
    return np.log1p(others)


def frequent(counted: Series) -> list[int]:
    """The kinds, by place in `counted.kinds`, that have events enough to be asked about."""
    return [i for i, total in enumerate(counted.counts.sum(axis=0)) if total >= FEWEST_EVENTS]


def gather(
    readings: Sequence[Reading],
    *,
    kinds: Sequence[str] | None = None,
    unit: str | None = None,
    places: Sequence[str] = (),
    by: str | None = None,
) -> Material:
    """Choose what is asked about.

    Parameters
    ----------
    readings : one record, or several that are asked together; then only the days that all of them cover count.
    kinds : by default all that have at least 10 events, but "other".
    unit : "day" or "week"; by default weeks, or days where the record is shorter than two years.
    places : countries or places to keep; by default all.
    by : "country", "place", or "none" for one series; by default countries, where there are several.

    Raises
    ------
    EstimationError, RecordError : a kind, unit, place or `by` that is not known, with the nearest that is; no event.
    """
    notes: list[str] = []
    events = pl.concat([reading.events for reading in readings]) if len(readings) > 1 else readings[0].events
    if events.height == 0:
        raise RecordError("a record without events", expected="at least one row that can be read as an event")
    window = None
    if len(readings) > 1:
        window = _overlap(readings)
        inside = events.filter(pl.col("date").is_between(*window))
        notes.append(
            f"Only {window[0]} to {window[1]} is used, the days that all {len(readings)} records cover: "
            f"{events.height - inside.height:,} events lie outside."
        )
        events = inside
    if places:
        events = _within(events, places, notes)
    chosen_kinds = _kinds(events, kinds, notes)
    chosen_unit = _unit(events, unit, notes)
    coarse = events.filter((pl.col("precision") != "day") & (pl.col("precision") != chosen_unit))
    if coarse.height:
        notes.append(f"{coarse.height:,} events are dated more coarsely than to the {chosen_unit}, and are left out.")
    divided = _by(events, by, notes)
    named = _places(events, divided, chosen_kinds, notes) if divided else ()
    if divided and len(named) < 2:
        if by is not None:
            raise EstimationError(
                f"--by {by}, with {len(named)} {divided}s that have {FEWEST_EVENTS} events or more",
                expected="two or more",
                instead="--by none",
            )
        divided, named = None, ()
    return Material(events, chosen_kinds, chosen_unit, divided, named, tuple(places), window, tuple(notes))


def _named(made: Series, place: str) -> Series:
    return Series(made.start, made.unit, made.kinds, made.counts, made.sizes, made.coverage, place, made.left_out)


def _overlap(readings: Sequence[Reading]) -> tuple[date, date]:
    spans = [
        (cast(date, reading.events["date"].min()), cast(date, reading.events["date"].max()))
        for reading in readings
        if reading.events.height
    ]
    first, last = max(a for a, _ in spans), min(b for _, b in spans)
    if last - first < timedelta(days=_SHORTEST):
        told = "; ".join(f"{a} to {b}" for a, b in spans)
        raise RecordError(
            f"records that cover different days ({told})",
            expected=f"at least {_SHORTEST} days that all of them cover",
        )
    return first, last


def near(given: str, known: Sequence[str]) -> str:
    """A name among these that was probably meant, or else some that would do."""
    lowered = {name.casefold(): name for name in known}
    found = get_close_matches(given.casefold(), list(lowered), n=3, cutoff=0.6)
    if found:
        return "did you mean " + " or ".join(repr(lowered[name]) for name in found) + "?"
    return "this record has " + ", ".join(repr(name) for name in list(known)[:8]) + (" ..." if len(known) > 8 else "")


def _within(events: pl.DataFrame, places: Sequence[str], notes: list[str]) -> pl.DataFrame:
    known = set(events["country"].drop_nulls().unique()) | set(events["place"].drop_nulls().unique())
    for place in places:
        if place not in known:
            busiest = pl.concat([events["country"], events["place"]]).drop_nulls().value_counts(sort=True)
            names = [str(name) for name in busiest.to_series(0).to_list() if name in known]
            raise RecordError(
                f"place {place!r}", expected="a country or place as the record spells it", instead=near(place, names)
            )
    countries = [place for place in places if place in set(events["country"].drop_nulls().unique())]
    others = [place for place in places if place not in countries]
    kept = events.filter(pl.col("country").is_in(countries) | pl.col("place").is_in(others))
    notes.append(f"{kept.height:,} of {events.height:,} events lie in {', '.join(places)}.")
    return kept


def _kinds(events: pl.DataFrame, given: Sequence[str] | None, notes: list[str]) -> tuple[str, ...]:
    held = dict(events["kind"].value_counts().iter_rows())
    if given:
        for kind in given:
            if kind not in KINDS:
                raise EstimationError(
                    f"kind {kind!r}", expected=f"one of {', '.join(KINDS)}", instead=near(kind, KINDS)
                )
            if kind not in held:
                raise EstimationError(f"kind {kind!r}, of which the record has no event", expected=_told(held))
        return tuple(dict.fromkeys(given))
    enough = [kind for kind in KINDS if kind != "other" and held.get(kind, 0) >= FEWEST_EVENTS]
    rare = {kind: held[kind] for kind in KINDS if kind != "other" and 0 < held.get(kind, 0) < FEWEST_EVENTS}
    if rare:
        told = ", ".join(f"{kind} ({count})" for kind, count in rare.items())
        notes.append(f"Left out, with fewer than {FEWEST_EVENTS} events: {told}.")
    if "other" in held and enough:
        notes.append(f"{held['other']:,} events of other kinds serve as a measure of how much was reported.")
    if not enough:  # a record of a single event, or of other kinds only: the questions say so, one by one
        enough = [kind for kind in KINDS if kind in held]
    return tuple(enough)


def _told(held: Mapping[str, int]) -> str:
    return "one that it has: " + ", ".join(f"{kind} ({count:,})" for kind, count in held.items())


def _unit(events: pl.DataFrame, given: str | None, notes: list[str]) -> Unit:
    if given is not None:
        if given == "day" or given == "week":
            return given
        raise EstimationError(
            f"unit {given!r}", expected="day or week", why="what an event brings about fades within days or weeks"
        )
    span = (cast(date, events["date"].max()) - cast(date, events["date"].min())).days
    by_day = events.filter(pl.col("precision") == "day").height >= 0.9 * events.height
    if span < LONG and by_day:
        notes.append("Counted by day, since the record is shorter than two years (--unit chooses).")
        return "day"
    notes.append("Counted by week, from Monday (--unit chooses).")
    return "week"


def _by(events: pl.DataFrame, given: str | None, notes: list[str]) -> By | None:
    if given == "none":
        return None
    if given is not None and given not in ("country", "place"):
        raise EstimationError(f"--by {given!r}", expected="country, place or none")
    if given is not None:
        column: By = "country" if given == "country" else "place"
        if events[column].null_count() == events.height:
            raise EstimationError(f"--by {given}, of a record that names none", expected="--by none")
        return column
    names = events["country"].drop_nulls().unique()
    if names.len() > 1:
        notes.append(f"Counted apart in {names.len()} countries, which are then pooled (--by chooses).")
        return "country"
    return None


def _places(events: pl.DataFrame, by: By, kinds: Sequence[str], notes: list[str]) -> tuple[str, ...]:
    """Places with events enough, busiest first; ties by name, so that the order is the record's alone."""
    counted = (
        events.filter(pl.col("kind").is_in(kinds) & pl.col(by).is_not_null())
        .group_by(by)
        .len()
        .sort(["len", by], descending=[True, False])
    )
    enough = counted.filter(pl.col("len") >= FEWEST_EVENTS)
    lost = events.height - events.filter(pl.col(by).is_not_null()).height
    if lost:
        notes.append(f"{lost:,} events name no {by}.")
    if enough.height < counted.height:
        notes.append(
            f"{counted.height - enough.height} {_many(by)} with fewer than {FEWEST_EVENTS} events stand aside."
        )
    if enough.height > _MOST_PLACES:
        notes.append(f"The {_MOST_PLACES} busiest of {enough.height} {_many(by)} are counted apart.")
    return tuple(enough[by].head(_MOST_PLACES).to_list())


def _many(by: By) -> str:
    return "countries" if by == "country" else "places"
