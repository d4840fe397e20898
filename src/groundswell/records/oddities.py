"""What is odd about a record: days that stand for "some day", impossible figures and positions, silent stretches."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from groundswell.records.identity import kilometres
from groundswell.records.nesting import chain_of
from groundswell.records.schema import counts_of
from groundswell.records.window import Window

GAP_LEVEL = 0.001
"""Chance of one gap as long, somewhere in the record, if events came at a constant rate."""
MOST_DEAD = 20_000
"""Deaths in one event above which a figure is reported: hardly any event has as many, but a sum over years may."""
MOST_PEOPLE = 50_000_000
"""People in one event above which a figure is reported."""
_FAR_KM = 100.0  # from where a place has its other events: no town is as wide
_NEAR_KM = 25.0
_FEWEST_THERE = 10
_MOST_THERE = 0.9
_SURE = 6.0  # standard errors above what chance would leave, since some thirty days of a month are compared
_HEAPED = 2.0  # times what an even spread would leave
_FEWEST_MONTHS = 6  # with fewer, one great week looks like a heap
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True)
class Gap:
    """A stretch without events: from the day after one event to the day before the next."""

    first: date
    last: date
    days: int

    @property
    def line(self) -> str:
        """What a mapping file says under [window] if nobody watched in that time."""
        return f'not_collected = [["{self.first}", "{self.last}"]]'


@dataclass(frozen=True)
class Heap:
    """A day of the month, weekday or hour on which far more events are dated than an even spread would leave."""

    unit: str
    value: int
    count: int
    of: int
    expected: float

    @property
    def words(self) -> str:
        if self.unit == "weekday":
            return f"on a {_WEEKDAYS[self.value - 1]}"
        return f"on day {self.value} of a month" if self.unit == "day of the month" else f"at {self.value}:00"


@dataclass(frozen=True)
class OddFigure:
    """A figure that no event can have."""

    row: int
    field: str
    value: float


@dataclass(frozen=True)
class Misplaced:
    """An event far from where its place has nearly all its others; `slip` is what would bring it there, if anything."""

    row: int
    place: str
    latitude: float
    longitude: float
    km: float
    slip: str

    @property
    def words(self) -> str:
        """The finding, as the end of a sentence."""
        there = f"; {self.slip} it would lie there" if self.slip else ""
        return (
            f"row {self.row:,}, {self.place} at {self.latitude:g}, {self.longitude:g}, is {self.km:,.0f} km from "
            f"the other events of {self.place}{there}"
        )


def gaps(events: pl.DataFrame, window: Window | None = None) -> tuple[Gap, ...]:
    """Stretches without events that are longer than chance would leave, and that the window does not declare.

    A gap is longer than ln(N / 0.001) / (N / D) days, for N distinct days with events within D days: at a constant
    rate, one as long would occur by chance in one record in a thousand. Within a window, the time before the first
    event
    and after the last counts as well.
    """
    window = window or Window()
    days = events["date"].filter(events["precision"] == "day").unique().sort()
    if days.len() < 3:
        return ()
    numbers = days.to_physical().to_numpy().astype(np.int64)
    ends = [np.int64((day - date(1970, 1, 1)).days) if day else None for day in (window.first, window.last)]
    if ends[0] is not None and ends[0] < numbers[0]:
        numbers = np.r_[ends[0] - 1, numbers]
    if ends[1] is not None and ends[1] > numbers[-1]:
        numbers = np.r_[numbers, ends[1] + 1]
    span = int(numbers[-1] - numbers[0]) - sum(x.days for x in window.not_collected if x.place is None)
    longest = math.log(len(numbers) / GAP_LEVEL) * max(span, 1) / len(numbers)
    found = []
    for i in np.flatnonzero(np.diff(numbers) - 1 > longest):
        first, last = (date.fromordinal(int(n) + _EPOCH) for n in (numbers[i] + 1, numbers[i + 1] - 1))
        declared = sum(
            max((min(x.last, last) - max(x.first, first)).days + 1, 0) for x in window.not_collected if x.place is None
        )
        if (last - first).days + 1 - declared > longest:
            found.append(Gap(first, last, (last - first).days + 1))
    return tuple(found)


_EPOCH = date(1970, 1, 1).toordinal()


def heaps(events: pl.DataFrame) -> tuple[Heap, ...]:
    """Days of the month, weekdays and hours that stand for "some day": far too many events fall on them.

    A day of the month counts only if it is heaped in most months, so that one great day is not enough.
    """
    known = [name for name in ("date", "precision", "hour") if name in events.columns]
    exact = events.select(*known, _n=counts_of(events)).filter(pl.col("precision") == "day")
    total = int(exact["_n"].sum() or 0)
    if total < 60:  # with fewer, a heap of days cannot be distinguished from chance
        return ()
    found = []
    by_day = exact.group_by(pl.col("date").dt.day().alias("v")).agg(n=pl.col("_n").sum())
    months = exact.group_by(pl.col("date").dt.truncate("1mo").alias("m")).agg(n=pl.col("_n").sum())
    if months.filter(pl.col("n") >= 3).height < _FEWEST_MONTHS:
        by_day = by_day.clear()
    for value, n in by_day.sort("v").iter_rows():
        expected = total * (12 if value <= 28 else 11 if value <= 30 else 7) / 365.25
        if _beyond(n, expected):
            own = exact.filter(pl.col("date").dt.day() == value).group_by(pl.col("date").dt.truncate("1mo").alias("m"))
            each = months.join(own.agg(k=pl.col("_n").sum()), on="m", how="left").fill_null(0)
            high = each.filter((pl.col("n") >= 3) & (pl.col("k") > _HEAPED * (pl.col("n") - pl.col("k")) / 29.4))
            if high.height > each.filter(pl.col("n") >= 3).height / 2:
                found.append(Heap("day of the month", value, n, total, expected))
    by_weekday = exact.group_by(pl.col("date").dt.weekday().alias("v")).agg(n=pl.col("_n").sum())
    found += [
        Heap("weekday", value, n, total, total / 7)
        for value, n in by_weekday.sort("v").iter_rows()
        if _beyond(n, total / 7) and n > 0.5 * total
    ]
    if "hour" in exact.columns and (timed := exact.filter(pl.col("hour").is_not_null())).height >= 60:
        all_timed = int(timed["_n"].sum())
        by_hour = timed.group_by("hour").agg(n=pl.col("_n").sum()).sort("hour")
        found += [
            Heap("hour", hour, n, all_timed, all_timed / 24)
            for hour, n in by_hour.iter_rows()
            if hour in (0, 12) and _beyond(n, all_timed / 24) and n > 0.3 * all_timed
        ]
    return tuple(found)


def _beyond(n: int, expected: float) -> bool:
    return n > _HEAPED * expected and n - expected > _SURE * math.sqrt(expected)


def implausible(events: pl.DataFrame) -> tuple[OddFigure, ...]:
    """Figures that no single event can have, largest first."""
    found = []
    for field, most in (("fatalities", MOST_DEAD), ("size_low", MOST_PEOPLE), ("size_high", MOST_PEOPLE)):
        per_event = events.select("row", field, _n=counts_of(events)).filter(pl.col(field) / pl.col("_n") > most)
        found += [OddFigure(row, field, value) for row, value, _ in per_event.iter_rows()]
    once: dict[tuple[int, str], OddFigure] = {}
    for figure in sorted(found, key=lambda f: (-f.value, f.row)):
        once.setdefault((figure.row, figure.field.split("_")[0]), figure)
    return tuple(once.values())


def misplaced(events: pl.DataFrame) -> tuple[Misplaced, ...]:
    """Events far from where their place has nearly all its others, farthest first.

    A place counts if it has at least `_FEWEST_THERE` events with coordinates, nine in ten of them within `_NEAR_KM` of
    their median: a place that is a whole district has no such point.
    """
    chain = [name for name in chain_of(events) if name != "region"]
    if not chain:
        return ()
    known = events.select(*chain, "row", "latitude", "longitude").drop_nulls([chain[0], "latitude", "longitude"])
    centre = [pl.col(name).median().over(chain).alias(f"b_{name}") for name in ("latitude", "longitude")]
    away = known.with_columns(*centre, n=pl.len().over(chain)).with_columns(km=kilometres())
    away = away.with_columns(near=(pl.col("km") <= _NEAR_KM).mean().over(chain))
    there = (pl.col("n") >= _FEWEST_THERE) & (pl.col("near") >= _MOST_THERE) & (pl.col("km") > _FAR_KM)
    far = away.filter(there)
    lat, lon = pl.col("latitude"), pl.col("longitude")
    slips = {
        "with the other sign of its longitude": (lat, -lon),
        "with the other sign of its latitude": (-lat, lon),
        "with latitude and longitude exchanged": (lon, lat),
    }
    for at, (a, b) in enumerate(slips.values()):
        mended = far.select(latitude=a, longitude=b, b_latitude="b_latitude", b_longitude="b_longitude")
        far = far.with_columns(mended.select(kilometres().alias(f"_{at}")).to_series())
    found = []
    for event in far.sort(["km", "row"], descending=[True, False]).iter_rows(named=True):
        slip = next((words for at, words in enumerate(slips) if event[f"_{at}"] <= _NEAR_KM), "")
        found.append(Misplaced(event["row"], event[chain[0]], event["latitude"], event["longitude"], event["km"], slip))
    return tuple(found)


def silent_places(events: pl.DataFrame, column: str, window: Window | None = None, most: int = 40) -> list[Mapping]:
    """The longest stretch without events of each of the busiest places, where chance would not leave one as long."""
    busiest = (
        events.select(column, _n=counts_of(events))
        .group_by(column)
        .agg(n=pl.col("_n").sum())
        .drop_nulls(column)
        .sort(["n", column], descending=[True, False])
        .head(most)
    )
    dates = events.select(column, "date", "precision").join(busiest.select(column), on=column, how="semi")
    of = dates.partition_by(column, as_dict=True, maintain_order=False)
    rows = []
    for place, n in busiest.iter_rows():
        own = gaps(of[(place,)], window) if n >= 30 else ()
        if own:
            longest = max(own, key=lambda gap: gap.days)
            about = {"first": longest.first, "last": longest.last, "days": longest.days}
            rows.append({"place": place, "events": n, **about})
    return rows
