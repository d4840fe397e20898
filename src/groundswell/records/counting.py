"""Counts a file of events into series without holding it: for files of tens of millions of rows.

Rows that are alike in the columns that decide day, kind and place are counted first, in a stream, and only then read
through the codebook, once for each such combination.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl

from groundswell.errors import RecordError
from groundswell.records.codebooks._base import Codebook
from groundswell.records.codebooks._formats import as_texts, suffix_of
from groundswell.records.codebooks._table import Table, nothing_rejected, refuse_special, table_of
from groundswell.records.events import prepared
from groundswell.records.schema import SCHEMA, Reading, harmless_frame, held
from groundswell.records.series import Series, Unit, series, truncated
from groundswell.records.window import Window
from groundswell.results import Result

_BLOCK = 500_000  # combinations or rows that are read at once
_PARQUET = (".parquet", ".pq")


@dataclass(frozen=True)
class Counted(Result):
    """Events of a file, counted by period, kind and place.

    Parameters
    ----------
    unit : of the periods.
    by : the column of places; None where places are not told apart.
    rows_read : rows of the file.
    counts : `date` (first day of the period), `kind`, `role`, `place`, `precision`, `count`, in order.
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
        told = ", ".join(f"{count:,} of {kind}" for kind, count in self.kinds.items())
        out = int(self.rejected["rows"].sum()) if self.rejected.height else 0
        return f"{self.rows_read:,} rows hold {sum(self.kinds.values()):,} events ({told}); {out:,} rows were rejected."

    def to_frame(self) -> pl.DataFrame:
        """The counts."""
        return self.counts

    def series(self, kinds: str | Sequence[str] | None = None, place: str | None = None) -> Series:
        """Counts of these kinds (by default all) per period, as `groundswell.records.series.series` gives them."""
        chosen = [kinds] if isinstance(kinds, str) else list(kinds or self.kinds)
        column = None if place is None else "place"
        return series(self.counts, chosen, self.unit, place, coarse="leave out", window=self.window, column=column)


def count_events(
    path: str | Path,
    codebook: str | Path | Codebook | None = None,
    *,
    unit: Unit = "week",
    by: str | None = None,
    start: date | None = None,
    end: date | None = None,
    **options: Any,
) -> Counted:
    """Count the events of a Parquet file by period and kind, in memory that does not grow with the file.

    Parameters
    ----------
    path : a Parquet file; other files are read whole and then counted.
    codebook, start, end, options : as for `groundswell.read_events`.
    unit : day, week, month, quarter or year.
    by : a column of places that are counted apart, such as "country".

    Returns
    -------
    Counted : with `series()`, `to_frame()`, and how many rows were rejected for which reason.

    Raises
    ------
    RecordError : as `groundswell.read_events` does.

    Notes
    -----
    Known limits: exact copies and repeated identifiers are not looked for, since they can be seen only where all rows
    are held; sizes and deaths are not summed.

    Example
    -------
    >>> count_events("acled.parquet", "acled", unit="week", by="country").series("protest", "Kenya")  # doctest: +SKIP
    """
    path = Path(path)
    refuse_special(path)
    book = prepared(path, codebook, start=start, end=end, **options)
    if suffix_of(path) in _PARQUET:
        pieces, rows, notes = _pieces(path, book, placed=by is not None)
    else:
        pieces, rows, notes = iter([(book.read(path), None)]), -1, []
    parts, out = [], []
    window = book.window
    for reading, weights in pieces:
        parts.append(_grouped(reading.events, weights, unit, by))
        out.append(_reasons(reading, weights))
        window, notes = reading.window, [*notes, *(n for n in reading.notes if n not in notes and "rows" not in n)]
        rows = reading.rows if rows < 0 else rows
    keys = ["date", "kind", "role", "place", "precision"]
    counts = pl.concat(parts).group_by(keys).agg(pl.col("count").sum()).sort(keys, nulls_last=True)
    rejected = (
        pl.concat(out)
        .group_by("reason", maintain_order=True)
        .agg(pl.col("rows").sum(), pl.col("column").first(), pl.col("value").first())
    )
    rejected = rejected.sort(["rows", "reason"], descending=[True, False])
    if counts.height == 0:
        raise RecordError(
            f"no row of {path} could be read as an event" + (f" ({rejected['reason'][0]})" if rejected.height else ""),
            expected="at least one event to count",
        )
    return Counted(unit, by, rows, counts, rejected, window, tuple(dict.fromkeys(notes)))


def _pieces(
    path: Path, book: Codebook, *, placed: bool
) -> tuple[Iterator[tuple[Reading, pl.DataFrame | None]], int, list[str]]:
    """Readings of blocks of combinations with how many rows have each; and the rows of the file."""
    try:
        scan = pl.scan_parquet(path)
        names = scan.collect_schema().names()
        rows = int(scan.select(pl.len()).collect(engine="streaming").item())
    except Exception as error:  # Polars raises several families for what is damaged
        raise RecordError(f"{path} cannot be read as Parquet ({error})", expected="a whole file") from error
    if rows == 0:
        raise RecordError(f"{path} has a header but no rows", expected="at least one row of data")
    known = book.canonical(names)
    wanted = book.counted_by(placed=placed)
    used = [name for name in names if known[name] in wanted]
    if not used:
        return _by_rows(path, book, scan, rows), rows, []
    frame = scan.select(used).group_by(used).agg(_rows=pl.len()).collect(engine="streaming").sort(used, nulls_last=True)
    notes = ["Counted without holding the file: copies and repeated identifiers were not looked for."]
    others = [name for name in names if known[name] not in wanted]
    return _blocks(path, book, frame, others), rows, notes


def _blocks(
    path: Path, book: Codebook, frame: pl.DataFrame, others: Sequence[str]
) -> Iterator[tuple[Reading, pl.DataFrame | None]]:
    for at in range(0, frame.height, _BLOCK):
        piece = frame.slice(at, _BLOCK)
        texts = as_texts(piece.drop("_rows")).with_columns(pl.lit(None, pl.String).alias(name) for name in others)
        table = table_of((texts, []), path)
        weights = pl.DataFrame({"row": table.frame["row"], "_rows": piece["_rows"].cast(pl.Int64)})
        yield _read(book, table), weights


def _by_rows(
    path: Path, book: Codebook, scan: pl.LazyFrame, rows: int
) -> Iterator[tuple[Reading, pl.DataFrame | None]]:
    for at in range(0, rows, _BLOCK):
        piece = scan.slice(at, _BLOCK).collect(engine="streaming")
        yield _read(book, table_of((as_texts(piece), []), path)), None


def _read(book: Codebook, table: Table) -> Reading:
    # combinations of a few columns are no copies of each other, and have no identifiers that could repeat
    nothing = pl.Series("_copy_of", [None], dtype=pl.Int64).new_from_index(0, table.frame.height)
    kept = book.configured(same_id="keep", duplicates="keep")
    return kept.read_from(Table(table.frame, table.path, nothing_rejected(), (), table.columns, nothing))


def _grouped(events: pl.DataFrame, weights: pl.DataFrame | None, unit: Unit, by: str | None) -> pl.DataFrame:
    """Events by period, kind and place; of each combination as many as there are rows of it."""
    if by is not None and (by not in events.columns or (by in SCHEMA and by not in ("place", "country"))):
        places = ["country", "place", *events.columns[len(SCHEMA) :]]
        raise RecordError(f"by = {by!r}", expected=f"one of {', '.join(places)}")
    count = pl.col("count")
    if weights is not None:
        events = events.join(weights, on="row", how="left", maintain_order="left")
        count = count * pl.col("_rows")
    place = pl.lit(None, pl.String) if by is None else pl.col(by)
    return (
        events.with_columns(_place=place, _date=truncated(unit))
        .group_by(date="_date", kind="kind", role="role", place="_place", precision="precision")
        .agg(count=count.sum().cast(pl.Int64))
    )


def _reasons(reading: Reading, weights: pl.DataFrame | None) -> pl.DataFrame:
    rejected = reading.rejected
    if weights is None:
        rejected = rejected.with_columns(_rows=pl.lit(1, pl.Int64))
    else:
        rejected = rejected.join(weights, on="row", how="left", maintain_order="left")
    return rejected.group_by("reason", maintain_order=True).agg(
        rows=pl.col("_rows").sum(), column=pl.col("column").first(), value=pl.col("value").first()
    )


def table_bytes(frame: pl.DataFrame, path: Path) -> bytes:
    """A table as the bytes of a CSV or Parquet file, as its name says.

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
