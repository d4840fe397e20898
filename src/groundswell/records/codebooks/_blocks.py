"""Tables that are read block by block: Parquet from its own file, other forms from parts that are kept on disk."""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import polars as pl
from numpy.typing import NDArray

from groundswell.errors import RecordError
from groundswell.records.codebooks._table import (
    Table,
    blanks_are_null,
    nothing_rejected,
    own_row,
    shown,
    wanted_of,
    where_of,
)

SLICE = 200_000
"""Rows of a Parquet file that are held at once."""
_SEEDS = ((1, 2, 3, 4), (5, 6, 7, 8))  # of two hashes of 64 bits: by chance no two rows of any file agree in both
_COPIES = {"row": pl.Int64, "of": pl.Int64}


class BlockSource(Protocol):
    """Rows of text on disk, which can be read as often as needed."""

    @property
    def names(self) -> Sequence[str]: ...
    @property
    def rows(self) -> int: ...
    @property
    def notes(self) -> Sequence[str]: ...

    def frames(self, names: Sequence[str]) -> Iterator[pl.DataFrame]:
        """These columns as texts, some rows at a time, in order."""
        ...

    def scan(self) -> pl.LazyFrame:
        """All rows and columns, to be streamed."""
        ...


class ParquetFile:
    """The rows of a Parquet file.

    Raises
    ------
    RecordError : the file is damaged.
    """

    def __init__(self, path: Path, first: int | None = None) -> None:
        self.path, self.notes = path, ()
        try:
            self._scan = pl.scan_parquet(path)
            self.names = self._scan.collect_schema().names()
            rows = int(self._scan.select(pl.len()).collect(engine="streaming").item())
        except Exception as error:  # Polars raises several families of errors for damaged files
            raise self._damaged(error) from error
        self.rows, self.all_rows = rows if first is None else min(first, rows), rows

    def frames(self, names: Sequence[str]) -> Iterator[pl.DataFrame]:
        for at in range(0, self.rows, SLICE):
            part = self._scan.select(names).slice(at, min(SLICE, self.rows - at))
            try:
                frame = part.collect(engine="streaming")
            except Exception as error:
                raise self._damaged(error) from error
            yield as_texts(frame)

    def scan(self) -> pl.LazyFrame:
        return self._scan

    def _damaged(self, error: Exception) -> RecordError:
        said = (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
        return RecordError(f"{self.path} cannot be read as Parquet ({said})", expected="a whole file")


class Spool:
    """Rows of texts that some reader gives part by part, kept in files of a folder that is removed at the end."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="groundswell-", ignore_cleanup_errors=True)
        self._parts: list[tuple[Path, list[str], int]] = []
        self.notes: list[str] = []
        self.names: list[str] = []
        self.rows = 0
        self.share = 1.0  # of the file that was read

    def __enter__(self) -> Spool:
        return self

    def __exit__(self, *raised: object) -> None:
        self._folder.cleanup()

    def add(self, frame: pl.DataFrame) -> None:
        """Keep further rows, whose columns are texts and may differ from those of earlier rows."""
        path = Path(self._folder.name) / f"{len(self._parts):06}.parquet"
        frame.write_parquet(path, compression="lz4", statistics=False)
        self._parts.append((path, frame.columns, frame.height))
        known = set(self.names)
        self.names += [name for name in frame.columns if name not in known]
        self.rows += frame.height

    def frames(self, names: Sequence[str]) -> Iterator[pl.DataFrame]:
        for path, own, _ in self._parts:
            have = [name for name in names if name in own]
            frame = pl.read_parquet(path, columns=have)
            yield frame.select(pl.col(n) if n in have else pl.lit(None, pl.String).alias(n) for n in names)

    def scan(self) -> pl.LazyFrame:
        return pl.concat([pl.scan_parquet(path) for path, _, _ in self._parts], how="diagonal").select(self.names)


class BlockTable:
    """A table of which only the requested rows are in memory; otherwise like `Table`.

    Parameters
    ----------
    source : the rows.
    path : of the file, for messages.
    only : the columns to keep, as in `Wanted`.
    """

    def __init__(self, source: BlockSource, path: Path, only: Collection[str] | None = None) -> None:
        if source.rows == 0:
            raise RecordError(f"{path} has a header but no rows", expected="at least one row of data")
        self._source, self._only = source, only
        self.path, self.rows, self.notes = path, source.rows, tuple(source.notes)
        self.columns, self.header_lines = shown(source.names), 0
        self.malformed = nothing_rejected()
        self._again, self._of = self._repeats()

    @property
    def copies(self) -> pl.DataFrame:
        """The rows that repeat an earlier row (`of`) exactly."""
        return pl.DataFrame({"row": self._again + 1, "of": self._of + 1}, schema=_COPIES)

    def where(self, row: int) -> str:
        """A row as messages name it; see `where_of`."""
        return where_of(row, self.header_lines)

    def whole(self) -> Table:
        """The whole table, in memory."""
        return next(self.blocks(self.rows))

    def blocks(self, rows: int) -> Iterator[Table]:
        """The table in parts, in order; each but the last has at least so many rows."""
        names = list(self._source.names)
        keep = set(wanted_of(names, self._only))
        wanted = [name for name in names if own_row([name]).get(name, name) in keep]
        first, height, parts = 0, 0, []
        for frame in self._source.frames(wanted or names[:1]):
            parts.append(blanks_are_null(frame.select(wanted)) if wanted else frame.select())
            height += frame.height
            if height >= rows:
                yield self._block(parts, wanted, first, first + height)
                first, height, parts = first + height, 0, []
        if height:
            yield self._block(parts, wanted, first, first + height)

    def _block(self, parts: list[pl.DataFrame], wanted: list[str], first: int, stop: int) -> Table:
        row = pl.int_range(first + 1, stop + 1, dtype=pl.Int64, eager=True).alias("row")
        frame = pl.concat(parts, rechunk=True).rename(own_row(wanted)) if wanted else pl.DataFrame()
        of = np.zeros(stop - first, np.int64)
        low, high = np.searchsorted(self._again, [first, stop])
        of[self._again[low:high] - first] = self._of[low:high] + 1
        copy_of = pl.Series("_copy_of", of)
        copy_of = copy_of.set(copy_of == 0, None)
        return Table(
            frame.with_columns(row), self.path, self.malformed, self.notes, self.columns, copy_of, self.header_lines
        )

    def _repeats(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The rows whose values are all those of an earlier one, and for each the first such, from 0."""
        one, other = (np.empty(self.rows, np.uint64) for _ in _SEEDS)
        at = 0
        for frame in self._source.frames(self._source.names):
            for hashes, seeds in ((one, _SEEDS[0]), (other, _SEEDS[1])):
                hashes[at : at + frame.height] = frame.hash_rows(*seeds).to_numpy()
            at += frame.height
        many = np.flatnonzero(pl.Series(one).is_duplicated().to_numpy())
        pairs = np.empty(many.size, [("one", np.uint64), ("other", np.uint64)])
        pairs["one"], pairs["other"] = one[many], other[many]
        _, earliest, group = np.unique(pairs, return_index=True, return_inverse=True)
        of = many[earliest[group]]
        again = many != of
        return many[again], of[again]


def as_texts(frame: pl.DataFrame) -> pl.DataFrame:
    """Every column as a text, as a CSV would have it: whole numbers without a point, lists and objects as JSON."""
    columns: list[Any] = []
    for name, kind in frame.schema.items():
        column = pl.col(name)
        if kind in (pl.Float32, pl.Float64):
            whole = column.is_finite() & (column == column.round(0)) & (column.abs() < 2**53)
            integer = pl.when(whole).then(column).cast(pl.Int64).cast(pl.String)
            columns.append(pl.when(column.is_finite()).then(pl.coalesce(integer, column.cast(pl.String))).alias(name))
        elif isinstance(kind, pl.Struct):
            columns.append(column.struct.json_encode().alias(name))
        elif isinstance(kind, pl.List | pl.Array):
            columns.append(column.cast(pl.List(pl.String)).list.join(", ").alias(name))
        elif kind == pl.Binary:
            columns.append(pl.lit(None, pl.String).alias(name))
        else:
            columns.append(column.cast(pl.String).alias(name))
    return frame.select(columns)
