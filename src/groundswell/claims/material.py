"""The records of a study as series, each with its source."""

from __future__ import annotations

import functools
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from groundswell.claims.register import Source
from groundswell.errors import GroundswellError, RecordError, StudyError
from groundswell.experiment.schema import RecordTable
from groundswell.experiment.study import Study
from groundswell.files import file_sha256, nearest_file
from groundswell.records.cases.library import case_sha256, load_case
from groundswell.records.codebooks.library import codebook, recognise
from groundswell.records.events import read_events
from groundswell.records.registry import data_set, find_data, held_sha256
from groundswell.records.schema import Reading
from groundswell.records.series import Series, series
from groundswell.settings import Settings, require_known


@dataclass(frozen=True)
class StudyRecord:
    """A record of a study: its series of the kinds that claims need, and its source."""

    name: str
    series: Series
    source: Source


class AbsentError(RecordError):
    """A data set that is not on this machine."""


def read_record(study: Study, name: str, kinds: Sequence[str], also: Sequence[str] = ()) -> StudyRecord:
    """One record of a study, as the series of the given kinds and of those in `also` that it holds.

    Raises
    ------
    AbsentError : it is a data set of the registry that is not on this machine.
    RecordError : it cannot be read, or lacks one of the kinds; the message names the table of the study.
    """
    table = study.records[name]
    place = f"{study.origin}, table [records.{name}]"
    try:
        if table.time is not None:
            return StudyRecord(name, *_table(study, table, _with(kinds, also, {**table.counts, **table.sizes})))
        reading, source = _events(study, table)
        found = sorted(reading.events["kind"].unique().to_list())
        _need(kinds, found)
        counted = series(
            reading.events,
            _with(kinds, also, found),
            table.unit,
            table.place,
            _day(table.start),
            _day(table.until),
        )
        return StudyRecord(name, counted, source)
    except GroundswellError as error:
        kind = AbsentError if isinstance(error, AbsentError) else RecordError
        raise error.at(place, kind) from error


def _with(kinds: Sequence[str], also: Sequence[str], found: Collection[str]) -> list[str]:
    return list(dict.fromkeys([*kinds, *(kind for kind in also if kind in found)]))


def _need(kinds: Sequence[str], found: Sequence[str]) -> None:
    for kind in kinds:
        require_known(
            kind, found, RecordError, f"the record holds no {kind!r}", "the kinds that its claims need; it holds "
        )


def _day(text: str | None) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        raise RecordError(f"the day {text!r}", expected="a calendar date, such as 2020-05-26") from None


def _events(study: Study, table: RecordTable) -> tuple[Reading, Source]:
    if table.data is not None:
        known = data_set(table.data)
        try:
            path = find_data(table.data)
        except RecordError as error:
            raise AbsentError(
                f"the data set {table.data} is not on this machine",
                expected="its files in the folder GROUNDSWELL_DATA",
                instead=f"groundswell data describe {table.data}",
            ) from error
        book = table.codebook or known.codebook
        source = Source(known.citation, known.licence, held_sha256(table.data) or "")
    else:
        path = _file(study, table)
        book = str(study.folder / table.mapping) if table.mapping else table.codebook or recognise(path)
        stated = codebook(book)
        source = Source(getattr(stated, "citation", "") or f"The file {path.name} of the study.", "", file_sha256(path))
    stat = path.stat()
    reading = _read(path, book, stat.st_mtime_ns, stat.st_size)
    refuse_doubled(reading.events.height, reading.events.height - reading.copies.height)
    return reading, source


def _file(study: Study, table: RecordTable) -> Path:
    path = study.folder / str(table.file)
    if path.is_file():
        return path
    raise RecordError(f"there is no file {path}", expected="a file of the study's", instead=nearest_file(path))


@functools.lru_cache(maxsize=4)
def _read(path: Path, book: str, modified: int, size: int) -> Reading:
    """A file of events, read only once even if several claims need it."""
    return read_events(path, book)


# -- tables of series --------------------------------------------------------------------------------------------------

_LENGTH = {"day": "1d", "week": "1w", "month": "1mo", "quarter": "1q", "year": "1y"}


def _table(study: Study, table: RecordTable, kinds: Sequence[str]) -> tuple[Series, Source]:
    """A table with a column of dates or years and one for each kind's events or people."""
    if table.case is not None:
        case = load_case(table.case)
        frame, source = case.frame, Source(case.citation, case.licence, case_sha256(table.case))
    else:
        path = _file(study, table)
        try:
            frame = pl.read_csv(path, infer_schema_length=None)
        except (pl.exceptions.PolarsError, OSError) as error:
            raise RecordError(f"{path} cannot be read as a table ({error})", expected="a CSV file") from error
        source = Source(f"The file {path.name} of the study.", "", file_sha256(path))
    wanted = [str(table.time), *table.counts.values(), *table.sizes.values()]
    for column in wanted:
        require_known(column, frame.columns, RecordError, f"the column {column!r}")
    _need(kinds, [*table.counts, *table.sizes])
    refuse_doubled(frame.height, frame.n_unique())
    frame = frame.with_columns(_dates(frame[str(table.time)])).drop_nulls("_period")
    refuse_coarser(frame["_period"].unique().sort(), table.unit)
    frame = frame.with_columns(pl.col("_period").dt.truncate(_LENGTH[table.unit]))
    start, until = _day(table.start), _day(table.until)
    if start is not None:  # the period that contains it is kept whole, as is that of the last day
        frame = frame.filter(pl.col("_period") >= pl.lit(start).dt.truncate(_LENGTH[table.unit]))
    if until is not None:
        frame = frame.filter(pl.col("_period") <= until)
    if frame.height == 0:
        raise RecordError("no rows within its window", expected="at least one period")
    first, last = frame["_period"].min(), frame["_period"].max()
    index = pl.DataFrame({"_period": pl.date_range(first, last, _LENGTH[table.unit], eager=True)})  # type: ignore[arg-type]
    columns = [pl.col(name).cast(pl.Float64) for name in dict.fromkeys(wanted[1:])]
    totals = frame.group_by("_period").agg(pl.when(c.is_not_null().all()).then(c.sum()) for c in columns)
    joined = index.join(totals, on="_period", how="left", maintain_order="left")
    own = [table.counts.get(kind) or table.sizes[kind] for kind in kinds]
    watched = joined.select(pl.all_horizontal(pl.col(own).is_not_null())).to_series().to_numpy()
    counts = np.zeros((index.height, len(kinds)), np.int64)
    sizes = np.full((index.height, len(kinds)), np.nan)
    for k, kind in enumerate(kinds):
        if kind in table.counts:
            values = joined[table.counts[kind]].fill_null(0).to_numpy()
            if (values < 0).any() or (values != np.round(values)).any():
                raise RecordError(f"{table.counts[kind]} holds {values.min():g}", expected="whole numbers of events")
            counts[:, k] = values
        if kind in table.sizes:
            sizes[:, k] = joined[table.sizes[kind]].to_numpy()
    held = sizes if table.sizes else None
    return Series(index["_period"][0], table.unit, tuple(kinds), counts, held, watched=watched), source


_LEAST_ROWS = 8  # rows: fewer can be duplicates, or lie a month apart, by chance


def refuse_doubled(rows: int, distinct: int) -> None:
    """Refuse a table in which every row occurs at least twice, as when a file was appended to itself.

    Raises
    ------
    RecordError : every event in it would count twice.
    """
    if distinct >= _LEAST_ROWS and rows >= 2 * distinct:
        raise RecordError(
            f"{rows} rows, of which {distinct} differ: each appears {rows / distinct:.3g} times",
            expected="each row once",
            why="every event would be counted again",
            instead="a file without the appended copies",
        )


def refuse_coarser(days: pl.Series, unit: str) -> None:
    """Refuse a table whose rows are a month, quarter or year apart but whose stated unit is shorter.

    Parameters
    ----------
    days : the distinct days of the rows, in order.

    Raises
    ------
    RecordError : a month's number would stand for the week of its first day, with all other weeks unwatched.
    """
    gaps = days.diff().drop_nulls().dt.total_days()
    if len(gaps) < _LEAST_ROWS:
        return
    for longer, (low, high) in _APART.items():
        shorter = list(_LENGTH).index(unit) < list(_LENGTH).index(longer)
        if shorter and float(gaps.is_between(low, high).mean() or 0) >= 0.9:  # type: ignore[arg-type]
            raise RecordError(
                f'rows a {longer} apart, and unit = "{unit}"',
                expected=f"a row for each {unit} that was watched",
                why=f"the number of a {longer} would stand for one {unit} of it",
                instead=f'unit = "{longer}"',
            )


_APART = {"week": (7, 7), "month": (28, 31), "quarter": (90, 92), "year": (365, 366)}
"""Days from one row to the next in a table with that unit."""


def _dates(column: pl.Series) -> pl.Series:
    if column.dtype.is_integer():
        return (
            column.cast(pl.Int32)
            .alias("_year")
            .to_frame()
            .select(pl.date(pl.col("_year"), 1, 1).alias("_period"))["_period"]
        )
    if column.dtype == pl.String:
        column = column.str.to_date("%Y-%m-%d", strict=False)
    return column.cast(pl.Date).alias("_period")


# -- grain and words ---------------------------------------------------------------------------------------------------

# Steps of a theory in one period of a record: a week has 7 days, a quarter 13 weeks.
_STEPS = {
    ("day", "week"): 7, ("day", "month"): 30, ("day", "year"): 365, ("week", "month"): 4, ("week", "quarter"): 13,
    ("week", "year"): 52, ("month", "quarter"): 3, ("month", "year"): 12, ("quarter", "year"): 4,
}  # fmt: skip


def words_of(settings: Settings) -> str:
    """Settings in words for a dossier; for a table, the number of its entries."""
    given = {key: value for key, value in settings.model_dump().items() if value is not None}
    return ", ".join(f"{len(x)} {key}" if isinstance(x, Mapping) else f"{key} {x}" for key, x in given.items())


def steps_of(study: Study, name: str, series: Series) -> int:
    """The number of steps of the theory in one period of a record."""
    stated, step = study.records[name].steps, study.theory.time_step
    if stated is not None:
        return stated
    if step in ("day", "week", "month", "quarter", "year") and step != series.unit:
        if (step, series.unit) not in _STEPS:
            raise StudyError(
                f"{study.origin}, table [records.{name}] is by {series.unit}, and a step of the theory is a {step}",
                expected=f"a unit that is no shorter than a {step}",
                instead=f'unit = "{step}"',
            )
        return _STEPS[step, series.unit]
    return 1
