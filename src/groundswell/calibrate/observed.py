"""The record as a fit uses it: a number for each observable and period, and which periods were watched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from groundswell.errors import RecordError
from groundswell.records.codebooks._dates import read_dates
from groundswell.records.codebooks._open import read_table
from groundswell.records.codebooks._order import order_of
from groundswell.records.codebooks._style import Style
from groundswell.records.codebooks._table import Table
from groundswell.records.events import read_events
from groundswell.records.registry import data_sets, find_data
from groundswell.records.series import UNITS, Unit, series
from groundswell.settings import require_known
from groundswell.theory import Theory

Floats = NDArray[np.float64]

_DAYS = {"day": (1, 1), "week": (7, 7), "month": (28, 31), "quarter": (89, 92), "year": (365, 366)}


@dataclass(frozen=True)
class Observed:
    """A record to fit.

    Parameters
    ----------
    series : by observable, float64[periods]; NaN where a period was not watched.
    watched : bool[periods].
    unit : day, week, month, quarter or year; None where the record has steps and no dates.
    dates : the first day of each period, or its step.
    events : whether the numbers are counts of events.
    source : where it comes from, for messages and the page.
    first : the step of the first period, 0 being the start; None where the record does not say.
    """

    series: Mapping[str, Floats]
    watched: NDArray[np.bool_]
    unit: str | None
    dates: tuple[date | int, ...]
    events: bool = False
    source: str = "a record"
    first: int | None = None

    def __post_init__(self) -> None:
        lengths = {len(x) for x in self.series.values()} | {len(self.watched), len(self.dates)}
        if len(lengths) != 1 or not self.series:
            raise RecordError(f"series of lengths {sorted(lengths)}", expected="one length, and at least one series")
        for name, x in self.series.items():
            if not np.isfinite(x[self.watched]).all():
                raise RecordError(
                    f"{name} has periods that were watched and hold no number", expected="watched = False"
                )

    def __len__(self) -> int:
        return len(self.watched)


def of_arrays(
    series: Mapping[str, Sequence[float] | Floats], unit: str | None = None, source: str = "arrays"
) -> Observed:
    """A record from numbers by observable; NaN is a period that was not watched."""
    arrays = {name: np.asarray(x, float).ravel() for name, x in series.items()}
    if not arrays:
        raise RecordError("a record of no series", expected="numbers for at least one observable")
    n = len(next(iter(arrays.values())))
    short = [name for name, x in arrays.items() if len(x) != n]
    if short:
        raise RecordError(f"{short[0]} has {len(arrays[short[0]])} periods", expected=f"{n}, as the other series")
    watched = np.all([np.isfinite(x) for x in arrays.values()], axis=0)
    return Observed(arrays, watched, unit, tuple(range(n)), source=source)


def parse_observe(given: Sequence[str], theory: type[Theory]) -> dict[str, str]:
    """Columns (or kinds of events) by observable, from `NAME=COLUMN`."""
    found: dict[str, str] = {}
    for text in given:
        name, equals, column = (x.strip() for x in text.partition("="))
        if not equals or not column or name in found:
            raise RecordError(
                f"--observe {text}", expected="an observable and a column, each once: --observe turnout=marches"
            )
        require_known(
            name, theory.observables, RecordError, f"--observe {text}: theory {theory.name} has no observable {name!r}"
        )
        found[name] = column
    return found


def read_observed(
    record: str | Path,
    theory: type[Theory],
    observe: Mapping[str, str] | None = None,
    *,
    codebook: str | None = None,
    unit: str | None = None,
    place: str | None = None,
    start: date | None = None,
    end: date | None = None,
) -> Observed:
    """Read a record for a theory.

    Parameters
    ----------
    record : a CSV (or TSV, spreadsheet) of dated numbers; a file of events, with a `codebook`; or the name of a data
        set that the registry knows.
    theory : its observables are looked up among the columns.
    observe : column, or kind of event, by observable; by default the columns named like one.
    codebook : of events; without one a file is read as numbers if it has numbers and a column of dates or steps.
    unit : in which events are counted (week by default).
    place : of the events.
    start, end : the window in which the record was watched; dated numbers are kept for periods with a day in it.

    Raises
    ------
    RecordError : the file cannot be read; no column is an observable; dates repeat, leave gaps that are not whole
        periods, or leave open whether the day or the month comes first; a window is given for a record without dates.
    """
    observe = dict(observe or {})
    path = Path(record)
    if codebook is not None or (not path.exists() and str(record) in data_sets()):
        return _of_events(record, theory, observe, codebook, unit, place, start, end)
    table = read_table(path)
    frame = table.frame.drop("row")
    when = _column_of_time(frame, path)
    columns = observe or {name: name for name in theory.observables if name in frame.columns}
    if not columns:
        raise RecordError(
            f"{path} has no column named like an observable of theory {theory.name}",
            expected="one of " + ", ".join(theory.observables),
            instead=f"--observe {next(iter(theory.observables))}=COLUMN, with a column of: {', '.join(frame.columns)}",
        )
    for name, column in columns.items():
        require_known(column, frame.columns, RecordError, f"{path} has no column {column!r} for {name}")
    if "world" in frame.columns and frame["world"].n_unique() > 1:
        raise RecordError(
            f"{path} holds {frame['world'].n_unique()} worlds",
            expected="one history",
            instead="keep the rows of one world, or groundswell simulate --worlds 1",
        )
    return _within(_of_numbers(table, when, columns, unit), start, end)


def _column_of_time(frame: pl.DataFrame, path: Path) -> str:
    for name in ("date", "step", "week", "day", "month", "year", "time", "period"):
        for column in frame.columns:
            if column.strip().lower() == name:
                return column
    first = frame.columns[0]
    for order in ("mdy", "dmy"):
        read = read_dates(frame[first], style=Style(date_order=order))
        if read.height and read["date"].null_count() == 0:
            return first
    raise RecordError(
        f"{path} has no column of dates",
        expected="a column date (2011-02-07) or step",
        instead="name that column date; or --codebook NAME for a file of events",
    )


def _of_numbers(table: Table, when: str, columns: Mapping[str, str], unit: str | None) -> Observed:
    frame, path = table.frame.drop("row"), table.path
    numbers = {}
    for name, column in columns.items():
        text = frame[column].cast(pl.String)
        value = text.str.strip_chars().cast(pl.Float64, strict=False)
        bad = frame.with_row_index("_row").filter(text.is_not_null() & value.is_null())
        words = {"nan", "na", "n/a", "", "."}
        bad = bad.filter(~pl.col(column).cast(pl.String).str.to_lowercase().str.strip_chars().is_in(words))
        if bad.height:
            raise RecordError(
                f"{path}, row {bad['_row'][0] + 1}: {column} is {bad[column][0]!r}",
                expected="a number, or nothing where nobody watched",
            )
        numbers[name] = value.fill_null(float("nan")).to_numpy().copy()
    texts = _spelt(frame[when].cast(pl.String).str.strip_chars(), when)
    steps = texts.str.strip_chars().cast(pl.Int64, strict=False)
    if when.strip().lower() != "date" and steps.null_count() == 0 and (when.lower() != "year" or unit != "year"):
        index = steps.to_numpy() - int(steps.min())  # type: ignore[arg-type, operator]
        first, last = int(steps.min()), int(steps.max())  # type: ignore[arg-type]
        placed = _placed(index, numbers, None, tuple(range(first, last + 1)), path)
        return replace(placed, first=first if when.strip().lower() == "step" and first >= 0 else None)
    read = read_dates(texts, style=Style(date_order=_order(texts, table, when)))
    days = [row.get("date", None) for row in read.iter_rows(named=True)]
    missing = [i for i, day in enumerate(days) if day is None]
    if missing:
        raise RecordError(
            f"{path}, row {missing[0] + 1}: {when} is {texts[missing[0]]!r}", expected="a date, such as 2011-02-07"
        )
    return _dated([d for d in days if d is not None], numbers, unit, path)


def _spelt(texts: pl.Series, when: str) -> pl.Series:
    """All-digit dates, 20110131, 201101 or (in a column of weeks) 201105, as dates; other texts unchanged."""
    name = when.strip().lower()
    known = texts.drop_nulls()
    if name == "step" or not known.len():
        return texts
    for form, spelt in ((r"^(\d{4})(\d{2})(\d{2})$", "${1}-${2}-${3}"), (r"^(\d{4})(\d{2})$", "${1}-${2}")):
        if known.str.contains(form).all():
            spelt = spelt.replace("-", "-W") if name == "week" and "3" not in spelt else spelt
            dates = texts.str.replace(form, spelt)
            read = read_dates(dates.drop_nulls(), style=Style(date_order="ymd"))
            if read["date"].null_count() == 0 and read["date"].dt.year().is_between(1000, 2999).all():
                return dates
    return texts


def _order(texts: pl.Series, table: Table, when: str) -> str:
    try:
        return order_of(None, pl.DataFrame({"row": table.frame["row"], "date": texts}), table, when)[0]
    except RecordError as error:
        raise RecordError(
            error.given, expected=error.expected, why=error.why, instead="write all dates as 2011-01-31"
        ) from error


def _within(found: Observed, start: date | None, end: date | None) -> Observed:
    """The periods with a day between these two."""
    if start is None and end is None:
        return found
    days = [day for day in found.dates if isinstance(day, date)]
    if found.unit is None or len(days) < len(found):
        raise RecordError(
            f"a window of dates for {found.source}, which has steps but no dates",
            expected="a record with dates",
            instead="keep only the rows of those steps",
        )
    after = [*days[1:], _next(days[-1], found.unit)]
    keep = [i for i in range(len(days)) if (start is None or after[i] > start) and (end is None or days[i] <= end)]
    if not keep:
        raise RecordError(
            f"a window from {start or 'the first day'} to {end or 'the last day'}",
            expected=f"one that holds a {found.unit} of {found.source}, which is from {days[0]} to {after[-1]}",
        )
    cut = slice(keep[0], keep[-1] + 1)
    series = {name: x[cut] for name, x in found.series.items()}
    return replace(found, series=series, watched=found.watched[cut], dates=found.dates[cut])


def _next(day: date, unit: str) -> date:
    """The first day of the period after the one that begins on this day."""
    if unit in ("day", "week"):
        return date.fromordinal(day.toordinal() + (1 if unit == "day" else 7))
    month = day.year * 12 + day.month - 1 + {"month": 1, "quarter": 3, "year": 12}[unit]
    return date(month // 12, month % 12 + 1, 1)


def _dated(days: list[date], numbers: Mapping[str, Floats], unit: str | None, path: Path) -> Observed:
    order = np.argsort(np.array([d.toordinal() for d in days]), kind="stable")
    ordinals = np.array([days[i].toordinal() for i in order])
    gaps = np.diff(ordinals)
    if (gaps == 0).any():
        twice = date.fromordinal(int(ordinals[np.flatnonzero(gaps == 0)[0]]))
        raise RecordError(f"{path} has two rows for {twice}", expected="one row for each period")
    if unit is None:
        usual = float(np.median(gaps)) if len(gaps) else 7.0
        fitting = [u for u, (low, high) in _DAYS.items() if low <= usual <= high]
        if not fitting:
            raise RecordError(
                f"{path} has a row every {usual:g} days",
                expected="days, weeks, months, quarters or years",
                instead="--unit week",
            )
        unit = fitting[0]
    if unit not in UNITS:
        raise RecordError(f"unit {unit!r}", expected=f"one of {', '.join(UNITS)}")
    first = date.fromordinal(int(ordinals[0]))
    if unit in ("day", "week"):
        size = 1 if unit == "day" else 7
        index = (ordinals - ordinals[0]) // size
        if ((ordinals - ordinals[0]) % size).any():
            odd = date.fromordinal(int(ordinals[np.flatnonzero((ordinals - ordinals[0]) % size)[0]]))
            raise RecordError(f"{path} has a row of {odd}", expected=f"rows a whole number of {unit}s after {first}")
        dates = tuple(date.fromordinal(int(ordinals[0] + size * i)) for i in range(int(index[-1]) + 1))
    else:
        size = {"month": 1, "quarter": 3, "year": 12}[unit]
        months = np.array([date.fromordinal(int(o)).year * 12 + date.fromordinal(int(o)).month - 1 for o in ordinals])
        index = (months - months[0]) // size
        if (np.diff(index) == 0).any():
            raise RecordError(f"{path} has two rows in one {unit}", expected=f"one row for each {unit}")
        starts = [int(months[0]) + size * i for i in range(int(index[-1]) + 1)]
        dates = tuple(date(m // 12, m % 12 + 1, 1) for m in starts)
    sorted_numbers = {name: x[order] for name, x in numbers.items()}
    return _placed(index, sorted_numbers, unit, dates, path)


def _placed(
    index: NDArray[np.int64], numbers: Mapping[str, Floats], unit: str | None, dates: tuple[date | int, ...], path: Path
) -> Observed:
    """Rows placed in their periods; a period without a row, or without a number, was not watched."""
    if len(np.unique(index)) < len(index):
        raise RecordError(f"{path} has two rows for one period", expected="one row for each")
    found = {}
    for name, x in numbers.items():
        out = np.full(len(dates), np.nan)
        out[index] = x
        found[name] = out
    watched = np.all([np.isfinite(x) for x in found.values()], axis=0)
    return Observed(found, watched, unit, dates, source=path.name)


def _of_events(
    record: str | Path,
    theory: type[Theory],
    observe: Mapping[str, str],
    codebook: str | None,
    unit: str | None,
    place: str | None,
    start: date | None,
    end: date | None,
) -> Observed:
    known = data_sets()
    path = Path(record)
    if not path.exists() and str(record) in known:
        path, codebook = find_data(str(record)), codebook or known[str(record)].codebook or None
    reading = read_events(path, codebook)
    kinds = set(reading.events["kind"].unique().to_list())
    chosen = dict(observe) or {name: name for name in theory.observables if name in kinds}
    if not chosen:
        raise RecordError(
            f"{record} has no kind of event named like an observable of theory {theory.name}",
            expected="--observe NAME=KIND, with a kind of: " + ", ".join(sorted(kinds)),
        )
    counted = series(
        reading.events,
        tuple(dict.fromkeys(chosen.values())),
        _unit(unit),
        place,
        start,
        end,
        coarse="leave out",
        window=reading.window,
    )
    masked = counted.masked()
    found = {name: masked[:, counted.kinds.index(kind)] for name, kind in chosen.items()}
    where = f"{record}, {place}" if place else str(record)
    return Observed(found, counted.watched, counted.unit, tuple(counted.dates()), events=True, source=where)


def _unit(unit: str | None) -> Unit:
    if unit is not None and unit not in UNITS:
        raise RecordError(f"unit {unit!r}", expected=f"one of {', '.join(UNITS)}")
    return unit or "week"  # type: ignore[return-value]


def check_grain(theory: type[Theory], unit: str | None, every: int) -> None:
    """Refuse a record whose grain differs from the theory's step, if both are known.

    Raises
    ------
    RecordError : the message says how to align them.
    """
    step = theory.time_step.strip().lower().split()[0] if theory.time_step.strip() else ""
    if unit is None or step not in UNITS or (step == unit and every == 1):
        return
    days = {"day": 1.0, "week": 7.0, "month": 30.4375, "quarter": 91.3125, "year": 365.25}
    ratio = days[unit] / days[step]
    if ratio < 0.99 or abs(ratio - every) > 0.15 * ratio:
        raise RecordError(
            f"a record by {unit} with {every} step{'s' * (every > 1)} per period, and a step of theory {theory.name} "
            f"is one {step}",
            expected=f"a period of {'one step' if ratio < 1.01 else f'about {ratio:.3g} steps'}",
            why="rates would be wrong by that factor",
            instead=f"--every {round(ratio)}"
            if ratio > 0.99
            else f"events counted by {step} (--unit {step}), or a file of numbers with a row for each {step}",
        )


__all__ = ["Observed", "check_grain", "of_arrays", "parse_observe", "read_observed"]
