"""Counts a file of events into series without holding it in memory: for files of tens of millions of rows.

The columns that decide the day of an event differ from those that decide its kind and place. Each combination of values
of either set is read through the codebook once; the rows are then only looked up and counted, in a
stream.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl

from groundswell.errors import RecordError
from groundswell.records.codebooks._amounts import MOST_COUNT as _MOST_COUNT
from groundswell.records.codebooks._base import Codebook
from groundswell.records.codebooks._blocks import BlockSource, as_texts
from groundswell.records.codebooks._dates import DAY_WITH_TIME
from groundswell.records.codebooks._open import open_source
from groundswell.records.codebooks._table import (
    Table,
    blanks_are_null,
    nothing_rejected,
    own_row,
    refuse_special,
    shown,
)
from groundswell.records.events import prepared
from groundswell.records.schema import PRECISIONS, SCHEMA, Reading, harmless_frame, held
from groundswell.records.series import Series, Unit, series, truncated
from groundswell.records.vocabulary import check_kinds
from groundswell.records.window import Window
from groundswell.results import Result

_BLOCK = 500_000  # rows that are read at once
_STRETCH = 5_000_000  # rows that are streamed at once
_LOOK = 10_000  # rows that are searched for one that can be read
_MOST_COMBINATIONS = 2_000_000  # combinations of values that are read separately; more are read block by block
_PARQUET = (".parquet", ".pq")


@dataclass(frozen=True)
class Counted(Result):
    """Events of a file, counted by period, kind and place.

    Parameters
    ----------
    unit : of the periods.
    by : the column of places; None where places are not distinguished.
    rows_read : rows of the file.
    counts : `date` (first day of the period), `kind`, `role`, `place`, `precision` (of `date`: the unit, or coarser),
        `count`, in order.
    rejected : `reason`, `rows`, and the first `column` and `value` of each.
    window : when the record was watched, as declared.
    notes : of the reader.
    """

    left_out = ("counts", "rejected", "window")

    unit: Unit
    by: str | None
    rows_read: int
    counts: pl.DataFrame
    rejected: pl.DataFrame
    window: Window
    notes: tuple[str, ...]

    @cached_property
    def kinds(self) -> dict[str, int]:
        """How many events there are of each kind."""
        return held(self.counts)

    @property
    def answer(self) -> str:
        """What was counted, in a sentence."""
        words = ", ".join(f"{count:,} of {kind}" for kind, count in self.kinds.items())
        out = int(self.rejected["rows"].sum()) if self.rejected.height else 0
        return (
            f"{self.rows_read:,} rows hold {sum(self.kinds.values()):,} events ({words}); {out:,} rows were rejected."
        )

    def to_frame(self) -> pl.DataFrame:
        """The counts."""
        return self.counts

    def series(self, kinds: str | Sequence[str] | None = None, place: str | None = None) -> Series:
        """Counts of these kinds (by default all) per period, as `groundswell.records.series.series` gives them."""
        chosen = [kinds] if isinstance(kinds, str) else list(kinds or self.kinds)
        column = None if place is None else "place"
        return series(self.counts, chosen, self.unit, place, coarse="leave out", window=self.window, column=column)


_NO_COUNTS = pl.DataFrame(
    schema={
        "date": pl.Date,
        "kind": pl.String,
        "role": pl.String,
        "place": pl.String,
        "precision": pl.String,
        "count": pl.Int64,
    }
)


def count_events(
    path: str | Path,
    codebook: str | Path | Codebook | None = None,
    *,
    unit: Unit = "week",
    by: str | None = None,
    start: date | str | None = None,
    end: date | str | None = None,
    **options: Any,
) -> Counted:
    """Count the events of a file by period and kind, in memory that does not grow with the file.

    Parameters
    ----------
    path : delimited text, Parquet, JSON or JSON lines; workbooks and files of statistics, and those of codebooks whose
        rows depend on each other, are read whole and then counted. Text and JSON are first copied, in the columns that
        are needed, to temporary files of a tenth to a third of their size.
    codebook, start, end, options : as for `groundswell.read_events`.
    unit : day, week, month, quarter or year.
    by : a column of places that are counted separately, such as "country".

    Returns
    -------
    Counted : with `series()`, `to_frame()`, and how many rows were rejected for which reason.

    Raises
    ------
    RecordError : as `groundswell.read_events` does.

    Notes
    -----
    Known limits: exact copies and repeated identifiers are not looked for, since they can be seen only where all rows
    are held; sizes and deaths are not summed, and reject no row; two places of one name are counted as one.

    Example
    -------
    >>> count_events("acled.parquet", "acled", unit="week", by="country").series("protest", "Kenya")  # doctest: +SKIP
    """
    path = Path(path)
    refuse_special(path)
    book = prepared(path, codebook, start=start, end=end, **options).fitted(path)
    found = _streamed(path, book, unit, by) if book.rowwise else None
    if found is None:
        reading = book.read(path)
        parts, out = [_grouped(reading.events, unit, by)], [_reasons(reading.rejected)]
        found = _Found(reading.rows, parts, out, reading.window, reading.notes)
    keys = ["date", "kind", "role", "place", "precision"]
    finer = [grain for grain in PRECISIONS if PRECISIONS.index(grain) < PRECISIONS.index(unit)]
    together = pl.concat([_NO_COUNTS, *found.parts])
    together = together.with_columns(
        pl.col("precision").replace(finer, [unit] * len(finer))
    )  # of the day counted under
    counts = together.group_by(keys).agg(pl.col("count").sum()).sort(keys, nulls_last=True)
    rejected = (
        pl.concat(found.out)
        .group_by("reason", maintain_order=True)
        .agg(pl.col("rows").sum(), pl.col("column").first(), pl.col("value").first())
    )
    rejected = rejected.sort(["rows", "reason"], descending=[True, False])
    if counts.height == 0:
        raise RecordError(
            f"no row of {path} could be read as an event" + (f" ({rejected['reason'][0]})" if rejected.height else ""),
            expected="at least one event to count",
        )
    # the kinds of parts of a file are counted in those parts alone: they are named once, with their counts in the whole
    notes = [note for note in dict.fromkeys(found.notes) if not note.startswith(("Kinds without", "The kind"))]
    notes += check_kinds(counts, book.roles, "kind", str(path))
    return Counted(unit, by, found.rows, counts, rejected, found.window, tuple(notes))


@dataclass(frozen=True)
class _Found:
    """The result of counting a file: counts and reasons for rejection, in parts."""

    rows: int
    parts: list[pl.DataFrame]
    out: list[pl.DataFrame]
    window: Window
    notes: Sequence[str]


def _streamed(path: Path, book: Codebook, unit: Unit, by: str | None) -> _Found | None:
    """The counts of a file that is not held in memory; None for a format that is read whole."""
    with open_source(path, book.wanted(path), book.layout) as opened:
        if opened is None:
            return None
        source, malformed = opened
        if source.rows + malformed.height == 0:
            raise RecordError(f"{path} has a header but no rows", expected="at least one row of data")
        out = _reasons(malformed)
        if source.rows == 0:
            return _Found(malformed.height, [], [out], book.window, source.notes)
        found = _of_source(path, book, source, unit, by)
        notes = [*(note for note in source.notes if " rows " not in note), *found.notes]
        return replace(found, rows=found.rows + malformed.height, out=[*found.out, out], notes=notes)


def _of_source(path: Path, book: Codebook, source: BlockSource, unit: Unit, by: str | None) -> _Found:
    scan, names, rows = source.scan(), list(source.names), source.rows
    known = book.canonical(names)
    dating, deciding = book.counted_by(by)
    dates, kinds = ([name for name in names if known[name] in wanted] for wanted in (dating, deciding))
    if not dates:
        return _in_blocks(path, book, scan, rows, unit, by)
    scan = scan.with_columns(_without_times(scan, dates))
    days = _distinct(scan, dates, rows)
    if days is None:
        return _in_blocks(path, book, scan, rows, unit, by)
    empty = (pl.lit(None, pl.String).alias(name) for name in names if name not in dates)
    settled = book.settled(_table(as_texts(days).with_columns(empty).select(names), path))
    asked = _Asked(path, settled, scan, rows, names, unit, by)
    return _looked_up(asked, days, dates, kinds) or _in_blocks(path, settled, scan, rows, unit, by)


def _in_blocks(path: Path, book: Codebook, scan: pl.LazyFrame, rows: int, unit: Unit, by: str | None) -> _Found:
    """The file read block by block, where its columns cannot be read separately."""
    part, out, notes, window = _NO_COUNTS, [], [], book.window
    for at in range(0, rows, _BLOCK):
        reading = _read(book, as_texts(scan.slice(at, _BLOCK).collect(engine="streaming")), path)
        grouped = pl.concat([part, _grouped(reading.events, unit, by)])
        part = grouped.group_by(pl.exclude("count"), maintain_order=True).agg(pl.col("count").sum())
        out.append(_reasons(reading.rejected))
        window, notes = reading.window, [*notes, *(note for note in reading.notes if " rows " not in note)]
    return _Found(rows, [part], out, window, [_UNSEEN, *notes])


_UNSEEN = "Counted without holding the file in memory: copies and repeated identifiers were not looked for."


@dataclass(frozen=True)
class _Asked:
    """What is counted, and how."""

    path: Path
    book: Codebook
    scan: pl.LazyFrame
    rows: int
    names: list[str]
    unit: Unit
    by: str | None


def _looked_up(asked: _Asked, days: pl.DataFrame, dates: list[str], kinds: list[str]) -> _Found | None:
    """Days and kinds read once for each combination of values, and rows looked up; None where that saves nothing."""
    path, book, names = asked.path, asked.book, asked.names
    head = as_texts(asked.scan.head(_LOOK).collect(engine="streaming"))
    sample = _read(book, head, path).events["row"]
    if sample.len() == 0:
        return None
    good = head.row(int(sample[0]) - 1, named=True)  # a row that is an event: its day and kind can be read
    known = book.canonical(names)
    counted = [name for number in book.numbering for name in names if known[name] == number]
    scan, weights = _weighed(asked.scan, counted)
    what = _distinct(scan, kinds, asked.rows)
    if what is None:
        return None
    days, of_days = _read_apart(book, path, days, dates, names, good)
    what, reading = _read_apart(book, path, what, kinds, names, good)
    events = reading.events.with_columns(
        _place=pl.lit(None, pl.String) if asked.by is None else _places(reading.events, asked.by)
    )
    each = [pl.col(name).cast(pl.String).fill_null("\x00") for name in ("kind", "role", "_place", "count")]
    signs = events.group_by("row", maintain_order=True).agg(
        _sign=pl.concat_str(each, separator="\x1f").str.join("\x1e")
    )
    signs = signs.with_columns(_what=pl.col("_sign").rank("dense").cast(pl.UInt32)).drop("_sign")
    of_days_read = of_days.events.select("row", "precision", _date=truncated(asked.unit)).unique("row", keep="first")
    why_day = of_days.rejected.select("row", _why_day="reason", _day_text="value", _day_column="column")
    when = days.join(of_days_read, on="row", how="left").join(why_day, on="row", how="left")
    why = reading.rejected.select("row", _why="reason", _text="value", _column="column")
    which = what.join(signs, on="row", how="left").join(why, on="row", how="left")
    # the rows get two numbers, one of their day and one of their kind, so that a stream of them stays narrow
    when, when_of = _numbered(when, ["_date", "precision", "_why_day", "_day_text", "_day_column"], "_when")
    which, which_of = _numbered(which, ["_what", "_why", "_text", "_column"], "_which")
    sums = {"_rows": pl.len().cast(pl.Int64)} | {name: pl.col(name).sum() for name in weights}
    parts = []
    for stretch in _stretches(scan.select([*dict.fromkeys([*dates, *kinds]), *weights]), asked.rows):
        looked_up = stretch.join(when.lazy(), on=dates, how="left", nulls_equal=True)
        looked_up = (
            looked_up.join(which.lazy(), on=kinds, how="left", nulls_equal=True)
            if kinds
            else looked_up.with_columns(_which=pl.lit(0, pl.UInt32))
        )
        parts.append(looked_up.group_by("_when", "_which").agg(**sums).collect(engine="streaming"))
    again = [pl.col(name).sum() for name in sums]
    numbers = pl.concat(parts).group_by("_when", "_which").agg(again)
    both = numbers.join(when_of, on="_when", how="left").join(which_of, on="_which", how="left")
    first = pl.col("_why").is_not_null()
    counted_rows = (
        both.with_columns(
            _reason=pl.coalesce("_why", "_why_day"),
            _value=pl.when(first).then("_text").otherwise("_day_text"),
            _of=pl.when(first).then("_column").otherwise("_day_column"),
        )
        .group_by("_date", "precision", "_what", "_reason", "_of")
        .agg(*again, _value=pl.col("_value").drop_nulls().min())
    )
    kept = counted_rows.filter(
        pl.col("_reason").is_null() & pl.col("_date").is_not_null() & pl.col("_what").is_not_null()
    )
    out = counted_rows.filter(pl.col("_reason").is_not_null()).select(
        reason="_reason", rows="_rows", column="_of", value="_value"
    )
    shown = events.join(signs.unique("_what", keep="first"), on="row", how="inner").select(
        "_what", "kind", "role", "_place", "count", _nth=pl.int_range(pl.len()).over("row")
    )
    notes = [_UNSEEN, *(n for n in (*reading.notes, *of_days.notes) if " rows " not in n and " dates " not in n)]
    return _Found(asked.rows, [_times(kept.join(shown, on="_what"), weights)], [out], of_days.window, notes)


def _times(kept: pl.DataFrame, weights: list[str]) -> pl.DataFrame:
    """The events of each combination of values, as often as rows have it, or as its columns of counts say."""
    times = pl.col(weights[0] if len(weights) == 1 else "_rows")
    for nth, name in enumerate(weights if len(weights) > 1 else []):
        times = pl.when(pl.col("_nth") == nth).then(name).otherwise(times)
    return kept.select(
        "kind", "role", "precision", date="_date", place="_place", count=pl.col("count") * times
    ).filter(pl.col("count") > 0).select(_NO_COUNTS.columns)  # fmt: skip


def _weighed(scan: pl.LazyFrame, counted: list[str]) -> tuple[pl.LazyFrame, list[str]]:
    """Rows whose columns of counts hold plain whole numbers, with ones in their place, and the numbers as weights.

    All other rows keep their values, so that the reader says what is wrong with them, and have weight one.
    """
    if not counted:
        return scan, []
    schema = scan.collect_schema()
    numbers = [_whole_number(name, schema[name]) for name in counted]
    total = pl.sum_horizontal(number.fill_null(0) for number in numbers)
    plain = pl.all_horizontal(
        number.is_not_null() | pl.col(name).is_null() for name, number in zip(counted, numbers, strict=True)
    )
    plain &= pl.any_horizontal(pl.col(name).is_not_null() for name in counted) & (total <= _MOST_COUNT)
    weights = [f"_n{i}" for i in range(len(counted))]
    made = [pl.when(plain).then(n.fill_null(0)).otherwise(1).alias(w) for n, w in zip(numbers, weights, strict=True)]
    scan = scan.with_columns(*made, _plain=plain, _any=(total > 0).cast(pl.Int64))
    ones = [pl.when("_plain").then(pl.col("_any").cast(schema[n])).otherwise(pl.col(n)).alias(n) for n in counted]
    return scan.with_columns(ones).drop("_plain", "_any"), weights


def _whole_number(name: str, kind: pl.DataType) -> pl.Expr:
    """A column of counts as Int64; null where it holds anything other than a plain whole number."""
    column = pl.col(name)
    if kind.is_integer():
        return pl.when(column.is_between(0, _MOST_COUNT)).then(column).cast(pl.Int64, strict=False)
    if kind.is_float():
        whole = column.is_between(0, _MOST_COUNT) & (column == column.floor())
        return pl.when(whole).then(column).cast(pl.Int64, strict=False)
    if kind == pl.String:
        return pl.when(column.str.contains(r"^\d{1,12}$")).then(column).cast(pl.Int64, strict=False)
    return pl.lit(None, pl.Int64)


def _without_times(scan: pl.LazyFrame, dates: list[str]) -> list[pl.Expr]:
    """Days without their times, which play no part in the counts and would make nearly every row a distinct date."""
    schema = scan.collect_schema()
    texts = [name for name in dates if schema[name] == pl.String]
    head = scan.select(texts).head(_LOOK).collect() if texts else pl.DataFrame()
    timed = [name for name in texts if head[name].str.contains(":", literal=True).any()]
    return [
        *(pl.col(name).dt.date() for name in dates if isinstance(schema[name], pl.Datetime)),
        *(pl.coalesce(pl.col(name).str.extract(DAY_WITH_TIME, 1), pl.col(name)).alias(name) for name in timed),
    ]


def _stretches(scan: pl.LazyFrame, rows: int) -> Iterator[pl.LazyFrame]:
    """The file in stretches of rows, since a stream over all of it reads as far ahead as memory allows."""
    return (scan.slice(at, _STRETCH) for at in range(0, rows, _STRETCH))


def _distinct(scan: pl.LazyFrame, wanted: list[str], rows: int) -> pl.DataFrame | None:
    """Every combination of values of some columns; None where there are too many to be read separately."""
    if not wanted:
        return pl.DataFrame({"row": [1]})
    found = None
    for part in _stretches(scan.select(wanted), rows):
        more = part.unique().collect(engine="streaming")
        found = more if found is None else pl.concat([found, more]).unique()
        if found.height > _MOST_COMBINATIONS:
            return None
    return found if found is None else found.sort(wanted, nulls_last=True)


def _read_apart(
    book: Codebook, path: Path, frame: pl.DataFrame, wanted: list[str], names: list[str], good: dict[str, Any]
) -> tuple[pl.DataFrame, Reading]:
    """Combinations of values of some columns, numbered, and read with the other columns of a readable row."""
    if not wanted:
        return frame, _read(book, pl.DataFrame([good], schema=dict.fromkeys(names, pl.String)), path)
    texts = as_texts(frame).with_columns(
        pl.lit(good[name], pl.String).alias(name) for name in names if name not in wanted
    )
    reading = _read(book, texts.select(names), path)
    return frame.with_row_index("row", 1).with_columns(pl.col("row").cast(pl.Int64)), reading


def _numbered(frame: pl.DataFrame, names: list[str], number: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The frame with a number instead of these columns, and what each number stands for."""
    of = frame.select(names).unique(maintain_order=True).with_row_index(number)
    numbered = frame.join(of, on=names, how="left", nulls_equal=True).drop("row", *names)
    return numbered, of


class _Apart(Table):
    """Combinations of values, each of which occurs in many rows."""

    def where(self, row: int) -> str:
        return "some of its rows"


def _read(book: Codebook, texts: pl.DataFrame, path: Path) -> Reading:
    # combinations of a few columns are not copies of each other, and have no identifiers that could repeat
    return book.configured(same_id="keep", duplicates="keep").read_from(_table(texts, path))


def _table(texts: pl.DataFrame, path: Path) -> Table:
    texts = texts.with_columns(pl.all().cast(pl.String))
    rows = pl.int_range(1, texts.height + 1, dtype=pl.Int64, eager=True).alias("row")
    frame = blanks_are_null(texts.rename(own_row(texts.columns))).with_columns(rows)
    nothing = pl.Series("_copy_of", [None], dtype=pl.Int64).new_from_index(0, frame.height)
    return _Apart(frame, path, nothing_rejected(), (), shown(texts.columns), nothing)


def _places(events: pl.DataFrame, by: str) -> pl.Expr:
    if by not in events.columns or (by in SCHEMA and by not in ("place", "country")):
        known = ["country", "place", *events.columns[len(SCHEMA) :]]
        raise RecordError(f"by = {by!r}", expected=f"one of {', '.join(known)}")
    return pl.col(by)


def _grouped(events: pl.DataFrame, unit: Unit, by: str | None) -> pl.DataFrame:
    """Events by period, kind and place."""
    place = pl.lit(None, pl.String) if by is None else _places(events, by)
    return (
        events.with_columns(_place=place, _date=truncated(unit))
        .group_by(date="_date", kind="kind", role="role", place="_place", precision="precision")
        .agg(count=pl.col("count").sum().cast(pl.Int64))
    )


def _reasons(rejected: pl.DataFrame) -> pl.DataFrame:
    return rejected.group_by("reason", maintain_order=True).agg(
        rows=pl.len().cast(pl.Int64), column=pl.col("column").first(), value=pl.col("value").first()
    )


def table_bytes(frame: pl.DataFrame, path: Path) -> bytes:
    """A table as the bytes of a CSV or Parquet file, depending on its name.

    Raises
    ------
    RecordError : another suffix.
    """
    made = io.BytesIO()
    if path.suffix.lower() == ".csv":
        harmless_frame(frame).write_csv(made)
    elif path.suffix.lower() in _PARQUET:
        frame.write_parquet(made)
    else:
        raise RecordError(f"{path}", expected="a name that ends in .csv or .parquet")
    return made.getvalue()
