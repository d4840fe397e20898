"""What a record can be asked about: its kinds, its places and its unit of time, chosen or as requested.

Whatever is chosen for the reader is stated in a note, and whatever is left out is counted in one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from difflib import get_close_matches
from functools import cached_property
from typing import Literal, cast

import numpy as np
import polars as pl
from numpy.typing import NDArray

from groundswell.errors import EstimationError, RecordError, nearest
from groundswell.records.accuracy import Accuracy
from groundswell.records.nesting import distinguished, held_by, window_of_places
from groundswell.records.schema import ROLE_OF, SCHEMA, Reading, counts_of, held, kinds_of_role, roles
from groundswell.records.series import Series, series
from groundswell.records.window import Window

Unit = Literal["day", "week"]
By = str
"""A column of places, such as "country", "place", or one that the record's mapping lists under `places`."""

FEWEST_EVENTS = 10  # of a kind: with fewer, an interval for what they trigger holds nearly every value
FEWEST_STEPS = 60  # what `fit_excitation` asks for
LONG = 2 * 365  # days; a shorter record has too few weeks, so it is counted by day
_SHORTEST = 28  # days that records which are analysed together must share
_MOST_PLACES = 60  # in a panel; beyond, the busiest, so that a million rows by city stay a matter of minutes


@dataclass(frozen=True)
class Material:
    """The events that are asked about, and how they are counted.

    Parameters
    ----------
    events : under the schema, in the requested places, within the days that all records cover.
    kinds : those asked about: named, or all frequent ones but "other".
    unit : day or week.
    by : whether places are counted separately; None for one series.
    places : of a panel, busiest first; empty without `by`.
    asked : the requested places; empty for all.
    notes : what was chosen for the reader, and what was left out.
    """

    events: pl.DataFrame
    kinds: tuple[str, ...]
    unit: Unit
    by: By | None
    places: tuple[str, ...]
    asked: tuple[str, ...]
    window: Window
    notes: tuple[str, ...]
    accuracy: Accuracy = field(default_factory=Accuracy)
    _cache: dict[str | None, Series] = field(default_factory=dict, repr=False)

    def series_of(self, place: str | None = None) -> Series:
        """The counts of one place of the panel, or of all events together; within the record's own window."""
        if place not in self._cache:
            own = self.events if place is None else self.events.filter(pl.col(str(self.by)) == place)
            # the record ends every series, and not each place's own last event
            end = None if self.window.last else cast("date | None", self.events["date"].max())
            made = series(own, self.kinds, self.unit, end=end, coarse="leave out", window=self.window)
            if place is not None:
                made = replace(made, place=place, watched=_watched(made, self.window, place))
            self._cache[place] = made
        return self._cache[place]

    @property
    def crowds(self) -> tuple[str, ...]:
        """The kinds that are tested for spread and waves: mobilisation, or else all that were asked about."""
        return self.of_role("mobilisation") or self.kinds

    def of_role(self, *wanted: str) -> tuple[str, ...]:
        """The kinds asked about that have one of these roles."""
        return tuple(kind for kind in kinds_of_role(self.events, *wanted) if kind in self.kinds)

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
    """The kinds, by place in `counted.kinds`, that have enough events to be asked about."""
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
    readings : one record, or several that are analysed together; then only the days that all of them cover count.
    kinds : by default all that have at least 10 events, except "other".
    unit : "day" or "week"; by default weeks, or days where the record is shorter than two years.
    places : countries or places to keep; by default all.
    by : "country", "place", or "none" for one series; by default countries, where there are several.

    Raises
    ------
    EstimationError, RecordError : a kind, unit, place or `by` that is not known, with the nearest that is; no event.
    """
    notes: list[str] = []
    events = readings[0].events
    if len(readings) > 1:
        events = pl.concat([reading.events for reading in readings], how="diagonal")
    if events.height == 0:
        raise RecordError("a record without events", expected="at least one row that can be read as an event")
    window = readings[0].window
    if len(readings) > 1:
        first, last = _overlap(readings)
        inside = events.filter(pl.col("date").is_between(first, last))
        notes.append(
            f"Only {first} to {last} is used, the days that all {len(readings)} records cover: "
            f"{events.height - inside.height:,} events lie outside."
        )
        events = inside
        window = _shared(readings, first, last)
    if len(readings) > 1:  # for one record, its own sentences state this
        notes += window.sentences()
    accuracy = Accuracy.of_all([reading.accuracy for reading in readings])
    if accuracy.delay:
        events, window = _whole_days(events, window, accuracy, notes)
    if places:
        events = _within(events, places, notes)
    chosen_kinds = _kinds(events, kinds, notes)
    chosen_unit = _unit(events, unit, notes)
    coarse = int(((events["precision"] != "day") & (events["precision"] != chosen_unit)).sum())
    if coarse:
        notes.append(f"{coarse:,} events are dated more coarsely than to the {chosen_unit}, and are left out.")
    divided = _by(events, by, notes)
    events, apart = _distinguished(events, divided, notes)
    named = _places(events, divided, chosen_kinds, notes) if divided else ()
    if divided:
        window = window_of_places(window, held_by(events, divided, named), apart)
    if divided and len(named) < 2:
        if by is not None:
            raise EstimationError(
                f"--by {by}, with {len(named)} {divided}s that have {FEWEST_EVENTS} events or more",
                expected="two or more",
                instead="--by none",
            )
        divided, named = None, ()
    return Material(events, chosen_kinds, chosen_unit, divided, named, tuple(places), window, tuple(notes), accuracy)


def _whole_days(
    events: pl.DataFrame, window: Window, accuracy: Accuracy, notes: list[str]
) -> tuple[pl.DataFrame, Window]:
    """Events and window without the last days, which the record does not yet hold completely."""
    last = window.last or cast(date, events["date"].max())
    until = accuracy.whole_until(last)
    first = window.first or cast(date, events["date"].min())
    if (until - first).days < _SHORTEST:
        raise RecordError(
            f"a record from {first} to {last}, of which the last {accuracy.delay} days are not complete",
            expected=f"at least {_SHORTEST} days before them",
            instead="a shorter [accuracy] delay",
        )
    notes.append(f"The days after {until} are left out: reports of them are still to come ({accuracy.delay} days).")
    return events.filter(pl.col("date") <= until), replace(window, last=until)


def _distinguished(events: pl.DataFrame, by: By | None, notes: list[str]) -> tuple[pl.DataFrame, dict[str, str]]:
    """The events with place names that occur in several states or countries split up, and their own names."""
    apart: dict[str, str] = {}
    for column in dict.fromkeys(("place", *((by,) if by else ()))):
        events, found = distinguished(events, column)
        apart |= found
        if found:
            shown = ", ".join(repr(name) for name in list(found)[:3])
            notes.append(f"{len(set(found.values())):,} names of {column} stand for several places, such as {shown}.")
    return events, apart


def _watched(made: Series, window: Window, place: str) -> NDArray[np.bool_]:
    """Which periods of a place's series were watched in that place."""
    starts = made.dates()
    step = {"day": 1, "week": 7}[made.unit]
    return window.watched(starts, [day + timedelta(days=step) for day in starts], place)


def _shared(readings: Sequence[Reading], first: date, last: date) -> Window:
    """When and where all of these records were watched."""
    windows = [reading.window for reading in readings]
    added: dict[str, date] = {}
    for window in windows:
        for place, day in window.added.items():
            added[place] = max(day, added.get(place, day))
    stated = [window.places for window in windows if window.places]  # of the others it is not known
    places = [place for place in stated[0] if all(place in of for of in stated)] if stated else []
    missed = tuple(stretch for window in windows for stretch in window.not_collected)
    return Window(first, last, tuple(places), missed, added)


def _overlap(readings: Sequence[Reading]) -> tuple[date, date]:
    spans = [
        (
            reading.window.first or cast(date, reading.events["date"].min()),
            reading.window.last or cast(date, reading.events["date"].max()),
        )
        for reading in readings
        if reading.events.height
    ]
    first, last = max(a for a, _ in spans), min(b for _, b in spans)
    if last - first < timedelta(days=_SHORTEST):
        words = "; ".join(f"{a} to {b}" for a, b in spans)
        raise RecordError(
            f"records that cover different days ({words})",
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
    levels = ["country", "place", *events.columns[len(SCHEMA) :]]
    known = {str(name) for level in levels for name in events[level].drop_nulls().unique()}
    for place in places:
        if place not in known:
            busiest = pl.concat([events[level] for level in levels]).drop_nulls().value_counts(sort=True)
            names = [str(name) for name in busiest.to_series(0).to_list() if name in known]
            raise RecordError(
                f"place {place!r}", expected="a country or place as the record spells it", instead=near(place, names)
            )
    countries = [place for place in places if place in set(events["country"].drop_nulls().unique())]
    others = [place for place in places if place not in countries]
    elsewhere = pl.any_horizontal(pl.col(level).is_in(others) for level in levels if level != "country")
    kept = events.filter(pl.col("country").is_in(countries) | elsewhere)
    notes.append(f"{kept.height:,} of {events.height:,} events lie in {', '.join(places)}.")
    return kept


def _kinds(events: pl.DataFrame, given: Sequence[str] | None, notes: list[str]) -> tuple[str, ...]:
    per = held(events)
    if given:
        for kind in given:
            if kind not in per and kind in ROLE_OF:
                raise EstimationError(f"kind {kind!r}, of which the record has no event", expected=_listed(per))
            if kind not in per:
                raise EstimationError(
                    f"kind {kind!r}", expected=f"one of {', '.join(per)}", instead=near(kind, list(per))
                )
        return tuple(dict.fromkeys(given))
    of = roles(events)
    # what is declared as coverage, and the rest that a codebook calls other, measure reporting, and are not asked about
    aside = {kind for kind in per if kind == "other" or of[kind] == "coverage"}
    enough = [kind for kind in per if kind not in aside and per[kind] >= FEWEST_EVENTS]
    rare = {kind: count for kind, count in per.items() if kind not in aside and count < FEWEST_EVENTS}
    if rare:
        shown = ", ".join(f"{kind} ({count})" for kind, count in rare.items())
        notes.append(f"Left out, with fewer than {FEWEST_EVENTS} events: {shown}.")
    if aside and enough:
        others = sum(per[kind] for kind in aside)
        notes.append(f"{others:,} events of other kinds serve as a measure of how much was reported.")
    if not enough:  # a record of a single event, or of other kinds only: the questions say so, one by one
        enough = list(per)
    return tuple(enough)


def _listed(per: Mapping[str, int]) -> str:
    return "one that it has: " + ", ".join(f"{kind} ({count:,})" for kind, count in per.items())


def _unit(events: pl.DataFrame, given: str | None, notes: list[str]) -> Unit:
    if given is not None:
        if given == "day" or given == "week":
            return given
        raise EstimationError(
            f"unit {given!r}", expected="day or week", why="what an event triggers fades within days or weeks"
        )
    span = (cast(date, events["date"].max()) - cast(date, events["date"].min())).days
    by_day = int((events["precision"] == "day").sum()) >= 0.9 * events.height
    if span < LONG and by_day:
        notes.append("Counted by day, since the record is shorter than two years (--unit chooses).")
        return "day"
    notes.append("Counted by week, from Monday (--unit chooses).")
    return "week"


def _by(events: pl.DataFrame, given: str | None, notes: list[str]) -> By | None:
    if given == "none":
        return None
    if given is not None:
        levels = ["country", "place", *events.columns[len(SCHEMA) :]]
        if given not in levels:
            raise EstimationError(
                f"--by {given!r}", expected=f"{', '.join(levels)} or none", instead=nearest(given, levels)
            )
        if events[given].null_count() == events.height:
            raise EstimationError(f"--by {given}, of a record that names none", expected="--by none")
        return given
    names = events["country"].drop_nulls().unique()
    if names.len() > 1:
        notes.append(f"Counted separately in {names.len()} countries, which are then pooled (--by chooses).")
        return "country"
    return None


def _places(events: pl.DataFrame, by: By, kinds: Sequence[str], notes: list[str]) -> tuple[str, ...]:
    """Places with enough events, busiest first; ties by name, so that the order is the record's alone."""
    counted = (
        events.select("kind", by, _n=counts_of(events))
        .filter(pl.col("kind").is_in(kinds) & pl.col(by).is_not_null())
        .group_by(by)
        .agg(len=pl.col("_n").sum())
        .sort(["len", by], descending=[True, False])
    )
    enough = counted.filter(pl.col("len") >= FEWEST_EVENTS)
    lost = events[by].null_count()
    if lost:
        notes.append(f"{lost:,} events name no {by}.")
    if enough.height < counted.height:
        notes.append(
            f"{counted.height - enough.height} {_many(by)} with fewer than {FEWEST_EVENTS} events are left out."
        )
    if enough.height > _MOST_PLACES:
        notes.append(f"The {_MOST_PLACES} busiest of {enough.height} {_many(by)} are counted separately.")
    return tuple(enough[by].head(_MOST_PLACES).to_list())


def _many(by: By) -> str:
    return {"country": "countries", "place": "places"}.get(by, f"places ({by})")
