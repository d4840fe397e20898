"""Counts of events per day, week, month, quarter or year and kind: what every estimator of evidence reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal, cast, get_args

import numpy as np
import polars as pl
from numpy.typing import NDArray

from groundswell.errors import RecordError, nearest
from groundswell.records.schema import KINDS, SCHEMA, counts_of
from groundswell.records.window import Window
from groundswell.settings import require_known

Unit = Literal["day", "week", "month", "quarter", "year"]
UNITS: tuple[str, ...] = get_args(Unit)

_EVERY = {"day": "1d", "week": "1w", "month": "1mo", "quarter": "1q", "year": "1y"}  # weeks start on Monday


def truncated(unit: Unit) -> pl.Expr:
    """The first day of the period of each `date`."""
    return pl.col("date").dt.truncate(_EVERY[unit])


_MONTHS = {"month": 1, "quarter": 3, "year": 12}
_COUNTED = ("date", "kind", "precision", "count", "size_low", "size_high")
_MOST_PERIODS = 1_000_000
"""The most periods of a series; nothing that was watched is longer, and far longer ones would not fit into memory."""
_GRAIN = {"day": 0, "week": 1, "month": 2, "quarter": 3, "year": 4}


@dataclass(frozen=True)
class Series:
    """A regular series of counts: N[t, k], the events of kind k in period t.

    Parameters
    ----------
    start : first day of the first period.
    unit : day, week (from Monday), month, quarter or year.
    kinds : the K kinds, in the order of the columns.
    counts : int64, shape [T, K], events; support >= 0.
    sizes : float64, shape [T, K], people: the sum of the known sizes (of a range, its midpoint; of an open one, the
        end that is known); 0 where there was no event, NaN where there were events but none of known size. None if
        no event has a size.
    coverage : float64, shape [T], events of all other kinds in the record, a rough measure of reporting effort; None
        where the record holds no other kinds.
    place : the country or place that the series is for; None for the whole record.
    left_out : events that were left out because they are dated more coarsely than the unit.
    watched : bool, shape [T], whether anybody was watching in that period; a zero that nobody watched is not a zero.
        All
        true where it is not given.
    """

    start: date
    unit: Unit
    kinds: tuple[str, ...]
    counts: NDArray[np.int64]
    sizes: NDArray[np.float64] | None = None
    coverage: NDArray[np.float64] | None = None
    place: str | None = None
    left_out: int = 0
    watched: NDArray[np.bool_] = None  # type: ignore[assignment]  # filled in below where it is not given

    def __post_init__(self) -> None:
        _check_unit(self.unit)
        if self.watched is None:
            object.__setattr__(self, "watched", np.ones(self.counts.shape[:1], dtype=np.bool_))
        if self.watched.dtype != np.bool_ or self.watched.shape != self.counts.shape[:1]:
            raise RecordError(
                f"watched of type {self.watched.dtype} and shape {self.watched.shape}",
                expected=f"bool of shape {self.counts.shape[:1]}",
            )
        if self.counts.ndim != 2 or self.counts.shape[1] != len(self.kinds):
            raise RecordError(
                f"counts of shape {self.counts.shape} for {len(self.kinds)} kinds", expected="shape [periods, kinds]"
            )
        if self.counts.shape[0] == 0 or not self.kinds:
            raise RecordError("an empty series", expected="at least one period and one kind")
        if not np.issubdtype(self.counts.dtype, np.integer) or (self.counts < 0).any():
            raise RecordError(
                f"counts of type {self.counts.dtype}, from {self.counts.min()}", expected="whole numbers, none negative"
            )
        if self.sizes is not None and self.sizes.shape != self.counts.shape:
            raise RecordError(
                f"sizes of shape {self.sizes.shape}", expected=f"the shape of counts, {self.counts.shape}"
            )
        if self.coverage is not None and self.coverage.shape != self.counts.shape[:1]:
            raise RecordError(f"coverage of shape {self.coverage.shape}", expected=f"shape {self.counts.shape[:1]}")
        if self.start != _floor(self.start, self.unit):
            raise RecordError(f"a series by {self.unit} from {self.start}", expected=f"the first day of a {self.unit}")

    def __len__(self) -> int:
        return self.counts.shape[0]

    def __repr__(self) -> str:
        words = ", ".join(f"{n:,} of {kind}" for kind, n in zip(self.kinds, self.counts.sum(axis=0), strict=True))
        place = f" in {self.place}" if self.place else ""
        unwatched = int((~self.watched).sum())
        gaps = f"; {unwatched:,} not watched" if unwatched else ""
        return f"Series({len(self):,} of unit {self.unit} from {self.start}{place}: {words}{gaps})"

    def dates(self) -> list[date]:
        """The first day of each of the T periods."""
        return _periods(self.start, self.unit, len(self))

    def of(self, kind: str) -> NDArray[np.int64]:
        """The counts of one kind, shape [T]."""
        require_known(kind, self.kinds, RecordError, f"kind {kind!r}", "one of this series' kinds: ")
        return self.counts[:, self.kinds.index(kind)]

    def longest_watched(self) -> Series:
        """The longest stretch of periods that were all watched: for methods that allow no gap."""
        edges = np.flatnonzero(np.diff(np.r_[False, self.watched, False].astype(np.int8)))
        starts, ends = edges[::2], edges[1::2]
        if starts.size == 0:
            raise RecordError("a series of which no period was watched", expected="at least one that was")
        at = int(np.argmax(ends - starts))
        cut = slice(int(starts[at]), int(ends[at]))
        return replace(
            self,
            start=self.dates()[cut.start],
            counts=self.counts[cut],
            sizes=None if self.sizes is None else self.sizes[cut],
            coverage=None if self.coverage is None else self.coverage[cut],
            watched=self.watched[cut],
        )

    def masked(self) -> NDArray[np.float64]:
        """The counts as float64, shape [T, K], NaN where nobody watched: what estimators read."""
        return np.where(self.watched[:, None], self.counts.astype(np.float64), np.nan)

    def to_frame(self) -> pl.DataFrame:
        """One row per period: `date`, one column per kind, `<kind>_size` of known sizes, `other_events` and `watched`.

        `other_events` are those of the kinds that were not requested (`coverage`). A kind that has the name of another
        column gets the suffix `_events`.
        """
        taken = {"date", "place", "other_events", "watched", *(f"{kind}_size" for kind in self.kinds)}
        names: list[str] = []
        for kind in self.kinds:
            name = kind
            while name in taken or name in names or (name != kind and name in self.kinds):
                name += "_events"
            names.append(name)
        columns: dict[str, object] = {"date": self.dates()}
        columns |= {name: self.counts[:, i] for i, name in enumerate(names)}
        if self.sizes is not None:
            columns |= {f"{kind}_size": self.sizes[:, i] for i, kind in enumerate(self.kinds)}
        if self.coverage is not None:
            columns["other_events"] = self.coverage
        return pl.DataFrame(columns | {"watched": self.watched})


def series(
    events: pl.DataFrame,
    kinds: Sequence[str],
    unit: Unit,
    place: str | None = None,
    start: date | None = None,
    end: date | None = None,
    *,
    coarse: Literal["refuse", "leave out"] = "refuse",
    window: Window | None = None,
    column: str | None = None,
) -> Series:
    """Count the events of each kind per period.

    N[t, k] = sum of count(e) over events e with kind(e) = k and period(date(e)) = t

    Parameters
    ----------
    events : a frame under the schema of `groundswell.records.schema`.
    kinds : the kinds to count, each once, in the record's own words.
    unit : the length of a period.
    place : keep the events whose `country` or `place` (or `column`) is this; None keeps all.
    start, end : first and last day, both included and both extended to whole periods; by default those of the window,
        without periods that lie only partly in it. Without a window, the first event (in that place) and the
        last event of the whole record, since a record does not stop being kept where one place falls silent.
    coarse : what to do with events that are dated more coarsely than the unit: "refuse" them with an error, or "leave
        out", which `left_out` counts.
    window : when and where the record was watched; periods that were not are false in `watched`.
    column : the column in which `place` is looked for; by default `country` and `place`.

    Returns
    -------
    Series : with zeros in periods without events.

    Raises
    ------
    RecordError : an unknown kind, unit or place; no event of these kinds in the window; events too coarse; a span of
        more than a million periods.

    Notes
    -----
    Known limits: an event of several days counts once, in the period of its first day. Without a window, a period
    without events is a zero, whether nothing happened or nobody reported, and the first and last period are often
    watched only in part.
    """
    window = window or Window()
    kinds = _checked(events, kinds, unit)
    last_of_record = cast("date | None", events["date"].max())
    if place is not None:
        events = _here(events, place, column, window)
    if start is not None and end is not None and end < start:
        raise RecordError(f"a window from {start} to {end}", expected="an end that is not before the start")
    events = events.select(name for name in _COUNTED if name in events.columns)
    too_coarse = pl.col("precision").replace_strict(_GRAIN, default=0, return_dtype=pl.Int64) > _GRAIN[unit]
    asked = pl.col("kind").is_in(kinds)
    left_out = int(events.filter(too_coarse & asked).select(counts_of(events).sum()).item() or 0)
    if left_out and coarse == "refuse":
        all_asked = int(events.filter(asked).select(counts_of(events).sum()).item())
        raise RecordError(
            f"{left_out:,} of {all_asked:,} events are dated more coarsely than to the {unit}",
            expected=f"events dated to the {unit} or finer",
            why=f"they cannot be placed in a {unit}",
            instead='series(..., coarse="leave out"), or a coarser unit',
        )
    events = events.filter(~too_coarse)
    first, last = _bounds(events, unit, start, end, window, place, last_of_record)
    placed = events.with_columns(period=truncated(unit)).filter(pl.col("period").is_between(first, last))
    if placed.filter(asked).height == 0 and not (window.declared and place in window.places):
        raise RecordError(
            f"no event of kind {', '.join(kinds)} between {first} and {last}" + (f" in {place}" if place else ""),
            expected="at least one event to count",
        )
    starts = _periods_between(first, last, unit)
    index = pl.DataFrame({"period": starts}, schema={"period": pl.Date})
    counts, sizes = _counted(placed.filter(asked), kinds, index)
    others = placed.filter(~asked)
    coverage = None
    if others.height:
        per = others.group_by("period").agg(n=counts_of(others).sum())
        coverage = index.join(per, on="period", how="left", maintain_order="left")["n"].fill_null(0).to_numpy()
        coverage = coverage.astype(np.float64)
    watched = window.watched(starts, [*starts[1:], _after(starts[-1], unit)], place)
    return Series(first, unit, kinds, counts, sizes, coverage, place, left_out, watched)


def _checked(events: pl.DataFrame, kinds: Sequence[str], unit: str) -> tuple[str, ...]:
    """The kinds asked for, after a check that the frame can be counted."""
    _check_unit(unit)
    missing = [name for name in ("date", "kind", "precision") if name not in events.columns]
    if missing:
        raise RecordError(
            f"a frame without the column {', '.join(missing)}", expected=f"events with the columns {', '.join(SCHEMA)}"
        )
    kinds = tuple([kinds] if isinstance(kinds, str) else kinds)
    known = dict.fromkeys([*KINDS, *events["kind"].drop_nulls().unique().sort().to_list()])
    strange = [kind for kind in kinds if kind not in known]
    if strange or not kinds or len(set(kinds)) < len(kinds):
        raise RecordError(
            f"kinds {list(kinds)}",
            expected=f"one or more of {', '.join(known)}, each once",
            instead=nearest(strange[0], known) if strange else None,
        )
    if events["date"].null_count():
        raise RecordError(f"{events['date'].null_count()} events without a date", expected="a date for every event")
    if events.height == 0:
        raise RecordError("no events", expected="at least one event to count")
    return kinds


def _here(events: pl.DataFrame, place: str, column: str | None, window: Window) -> pl.DataFrame:
    columns = [column] if column else [name for name in ("country", "place") if name in events.columns]
    here = events.filter(pl.any_horizontal(pl.col(name) == place for name in columns))
    if here.height == 0 and place not in window.places:
        known = [str(name) for name in pl.concat([events[name] for name in columns]).drop_nulls().unique().sort()]
        raise RecordError(
            f"place {place!r}",
            expected=f"a place or country of the record, such as {known[:20]}",
            instead=nearest(place, known),
        )
    return here


def _bounds(
    events: pl.DataFrame,
    unit: str,
    start: date | None,
    end: date | None,
    window: Window,
    place: str | None,
    last_of_record: date | None,
) -> tuple[date, date]:
    """The first day of the first and of the last period."""
    own = window.start_of(place)
    first = start or own or cast("date | None", events["date"].min())
    last = end or window.last or last_of_record
    if first is None or last is None:
        raise RecordError("no events" + (f" in {place}" if place else ""), expected="at least one event to count")
    at, stop = _floor(first, unit), _floor(last, unit)
    if start is None and own is not None and at < own:
        at = _after(at, unit)  # the window begins within this period
    if end is None and window.last is not None and _after(stop, unit) > window.last + timedelta(days=1):
        stop = _before(stop, unit)  # and ends within this one
    if stop < at:
        raise RecordError(f"a window from {first} to {last}", expected=f"one that holds a whole {unit}")
    periods = (stop - at).days // {"day": 1, "week": 7}.get(unit, 28)
    if periods > _MOST_PERIODS:
        raise RecordError(
            f"a record from {first} to {last}, which is {periods:,} {unit}s",
            expected=f"at most {_MOST_PERIODS:,}",
            why="a date far from all others is more likely a typing error",
            instead='[window] span = ["FIRST", "LAST"] in a mapping file, or --from and --to',
        )
    return at, stop


def _counted(
    placed: pl.DataFrame, kinds: Sequence[str], index: pl.DataFrame
) -> tuple[NDArray[np.int64], NDArray[np.float64] | None]:
    """Counts and sums of known sizes, shape [T, K]; no sizes where no event has one."""
    known_size = (
        pl.mean_horizontal("size_low", "size_high") if "size_low" in placed.columns else pl.lit(None, pl.Float64)
    )
    grouped = (
        placed.with_columns(_size=known_size, _count=counts_of(placed))
        .group_by("period", "kind")
        .agg(
            n=pl.col("_count").sum().cast(pl.Int64),
            size=pl.when(pl.col("_size").count() > 0).then(pl.col("_size").sum()).otherwise(pl.lit(float("nan"))),
        )
    )
    counts = np.zeros((index.height, len(kinds)), dtype=np.int64)
    sizes = np.zeros((index.height, len(kinds)), dtype=np.float64)
    for i, kind in enumerate(kinds):
        column = index.join(grouped.filter(pl.col("kind") == kind), on="period", how="left", maintain_order="left")
        counts[:, i] = column["n"].fill_null(0).to_numpy()
        sizes[:, i] = column["size"].fill_null(0.0).to_numpy()
    has_sizes = placed.height > 0 and placed.select(known_size.is_not_null().any()).item()
    return counts, sizes if has_sizes else None


def _check_unit(unit: str) -> None:
    if unit not in UNITS:
        raise RecordError(f"unit {unit!r}", expected=f"one of {', '.join(UNITS)}")


def _floor(day: date, unit: str) -> date:
    if unit == "day":
        return day
    if unit == "week":
        return day - timedelta(days=day.weekday())
    months = _MONTHS[unit]
    return date(day.year, (day.month - 1) // months * months + 1, 1)


def _after(start: date, unit: str) -> date:
    """The first day of the period after the one that begins here."""
    return _periods(start, unit, 2)[1]


def _before(start: date, unit: str) -> date:
    return _floor(start - timedelta(days=1), unit)


def _periods(first: date, unit: str, count: int) -> list[date]:
    if unit in ("day", "week"):
        step = 1 if unit == "day" else 7
        return [first + timedelta(days=step * i) for i in range(count)]
    months = [first.year * 12 + first.month - 1 + _MONTHS[unit] * i for i in range(count)]
    return [date(month // 12, month % 12 + 1, 1) for month in months]


def _periods_between(first: date, last: date, unit: str) -> list[date]:
    if unit in ("day", "week"):
        count = (last - first).days // (1 if unit == "day" else 7) + 1
    else:
        count = ((last.year - first.year) * 12 + last.month - first.month) // _MONTHS[unit] + 1
    return _periods(first, unit, count)
