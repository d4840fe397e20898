"""A table of text from any file, in memory or on disk; every row of the file is kept."""

from __future__ import annotations

import codecs
import stat
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

import polars as pl

from groundswell.errors import RecordError
from groundswell.files import nearest_file

WHOLE_ROW = "(whole row)"
_AT_ONCE = 16


@dataclass(frozen=True)
class FileLayout:
    """How a file lays out its table, where that is stated.

    Parameters
    ----------
    delimiter : one character; by default it is found.
    quotes : whether cells that contain a delimiter are in quotation marks.
    encoding : such as "cp1251"; by default UTF-8 and UTF-16 are recognised, and other lines read as Windows-1252.
    sheet : of a workbook, by name or number from 1; by default the first.
    header_rows : the rows of the header, by the numbers that a spreadsheet shows; () for the first that holds one.
    """

    delimiter: str | None = None
    quotes: bool = True
    encoding: str | None = None
    sheet: str | int | None = None
    header_rows: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if self.delimiter is not None and (len(self.delimiter) != 1 or not self.delimiter.isascii()):
            raise RecordError(
                f"the delimiter {self.delimiter!r}", expected='one character of ASCII, such as "," or ";" or "\\t"'
            )
        if self.delimiter is not None and self.delimiter in '"\r\n':
            raise RecordError(f"the delimiter {self.delimiter!r}", expected="no quotation mark and no end of line")
        if self.encoding is not None:
            try:
                codecs.lookup(self.encoding)
                b"a".decode(self.encoding, "replace")  # "base64" and "undefined" are codecs, but not for text
            except (LookupError, ValueError) as error:
                raise RecordError(
                    f"the encoding {self.encoding!r}", expected='one that Python knows, such as "utf-8" or "cp1251"'
                ) from error
        if any(row < 1 for row in self.header_rows):
            raise RecordError(f"header_rows = {list(self.header_rows)}", expected="rows from 1")


@dataclass(frozen=True)
class Wanted:
    """What a codebook needs from a file, and what it knows about its form.

    Parameters
    ----------
    only : the columns to keep, where the file has them (case does not matter); None for all. Exact copies are
        still recognised by all columns.
    delimiter, quoted : of a format that fixes them.
    names : of the columns of a format without a header, or () for `column_1` and so on; None where there is a header.
    """

    only: Collection[str] | None = None
    delimiter: str | None = None
    quoted: bool = True
    names: Sequence[str] | None = None


class TableRows(Protocol):
    """A table as `Table` describes it, of which all rows may be in memory, or only those that are requested."""

    @property
    def path(self) -> Path: ...
    @property
    def columns(self) -> tuple[str, ...]: ...
    @property
    def rows(self) -> int: ...
    @property
    def header_lines(self) -> int: ...
    @property
    def malformed(self) -> pl.DataFrame: ...
    @property
    def notes(self) -> tuple[str, ...]: ...
    @property
    def copies(self) -> pl.DataFrame: ...
    def where(self, row: int) -> str: ...
    def whole(self) -> Table: ...
    def blocks(self, rows: int) -> Iterator[Table]: ...


@dataclass(frozen=True)
class Table:
    """A file as read: all columns are texts, blanks are null, and `row` (Int64) numbers the rows of data from 1.

    frame : `row` and the columns that were requested; `columns` are all those of the file, in its order.
    malformed : rows that do not fit under the header, as (row, column, value, reason); they are not in `frame`.
    copy_of : for each row of `frame`, the earlier row of which it is an exact copy, or null.
    header_lines : lines of the file above the first row of data, as a spreadsheet shows them.
    """

    frame: pl.DataFrame
    path: Path
    malformed: pl.DataFrame
    notes: tuple[str, ...]
    columns: tuple[str, ...] = ()
    copy_of: pl.Series = field(default_factory=lambda: pl.Series("_copy_of", [], dtype=pl.Int64))
    header_lines: int = 1

    @property
    def rows(self) -> int:
        """Rows of data in the file, whether in `frame` or malformed."""
        return self.frame.height + self.malformed.height

    @property
    def copies(self) -> pl.DataFrame:
        """The rows that repeat an earlier row (`of`) exactly."""
        return pl.DataFrame({"row": self.frame["row"], "of": self.copy_of.cast(pl.Int64)}).drop_nulls("of")

    def blocks(self, rows: int) -> Iterator[Table]:
        """The table in parts of so many rows, in order; an empty table is one empty part."""
        for at in range(0, max(self.frame.height, 1), rows):
            yield replace(self, frame=self.frame.slice(at, rows), copy_of=self.copy_of.slice(at, rows))

    def whole(self) -> Table:
        return self

    def where(self, row: int) -> str:
        """A row as messages name it; see `where_of`."""
        return where_of(row, self.header_lines)


REJECTED_SCHEMA = {"row": pl.Int64, "column": pl.String, "value": pl.String, "reason": pl.String}


def where_of(row: int, header_lines: int) -> str:
    """A row as messages name it: "row 7 (line 8)", with the line that a spreadsheet shows."""
    return f"row {row:,} (line {row + header_lines:,})"


def nothing_rejected() -> pl.DataFrame:
    """An empty frame under `REJECTED_SCHEMA`."""
    return pl.DataFrame(schema=REJECTED_SCHEMA)


def under_rejected(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with the types of `REJECTED_SCHEMA` (a column of nulls alone has no type of its own)."""
    return frame.select(pl.col(name).cast(kind) for name, kind in REJECTED_SCHEMA.items())


def refuse_special(path: Path, *, expected: str = "a file of records") -> None:
    """Refuse anything but a regular file before it is opened: a pipe would wait forever, and a device has no end."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError as error:
        raise RecordError(
            f"{path} does not exist",
            expected=expected,
            instead=nearest_file(path) or "groundswell data list  # what is known",
        ) from error
    except (OSError, ValueError) as error:  # a name that is too long, or that holds a NUL
        raise RecordError(f"{str(path)[:200]} cannot be opened ({error})", expected=expected) from error
    if stat.S_ISDIR(mode):
        raise RecordError(f"{path} is a folder", expected=expected, instead="name a file in that folder")
    if not stat.S_ISREG(mode):
        raise RecordError(
            f"{path} is a device, a pipe or a socket",
            expected=f"{expected}, which is a regular file",
            instead="write its output to a file first",
        )


def table_of(
    read: tuple[pl.DataFrame, list[str]], path: Path, *, only: Collection[str] | None = None, header_lines: int = 1
) -> Table:
    """A `Table` from a frame that another reader produced (a workbook, a Stata file), with its notes."""
    frame, notes = read
    frame = frame.with_columns(pl.all().cast(pl.String))
    if frame.height == 0:
        raise RecordError(f"{path} has a header but no rows", expected="at least one row of data")
    names = tuple(frame.columns)
    if (repeated := frame.is_duplicated()).any():
        rows = pl.int_range(1, frame.height + 1, dtype=pl.Int64, eager=True).alias("_row")
        suspects = frame.with_columns(rows).filter(repeated)
        first = suspects.select("_row", _first=pl.col("_row").min().over(names))
        copies = dict(first.filter(pl.col("_row") != pl.col("_first")).iter_rows())
        copy_of = pl.Series("_copy_of", [copies.get(row) for row in rows], dtype=pl.Int64)
    else:
        copy_of = pl.Series("_copy_of", [None], dtype=pl.Int64).new_from_index(0, frame.height)
    row = pl.int_range(1, frame.height + 1, dtype=pl.Int64, eager=True).alias("row")
    kept = blanks_are_null(frame.rename(own_row(names)).select(wanted_of(names, only)))
    return Table(kept.with_columns(row), path, nothing_rejected(), tuple(notes), shown(names), copy_of, header_lines)


def own_row(names: Collection[str]) -> dict[str, str]:
    """A record's own column "row" must not hide the number of the row."""
    return {"row": "row (of the record)"} if "row" in names else {}


def shown(names: Collection[str]) -> tuple[str, ...]:
    return tuple(own_row(names).get(name, name) for name in names)


def wanted_of(names: Collection[str], only: Collection[str] | None) -> list[str]:
    if only is None:
        return list(shown(names))
    lowered = {name.lower() for name in only}
    return [name for name in shown(names) if name in only or name.strip().lower() in lowered]


def blanks_are_null(frame: pl.DataFrame) -> pl.DataFrame:
    # a spreadsheet may hold numbers stored as text with spaces around them; blanks are one thing: null
    # some columns at a time: an expression over all of them costs the cube of their number
    columns: list[pl.Series] = []
    for at in range(0, frame.width, _AT_ONCE):
        stripped = frame[:, at : at + _AT_ONCE].select(pl.all().str.strip_chars())
        blank = stripped.select((pl.all() == "").any())
        blanks = [name for name in stripped.columns if blank[name].item()]
        tidy = stripped.with_columns(pl.when(pl.col(name) != "").then(pl.col(name)) for name in blanks)
        columns += tidy.get_columns()
    return pl.DataFrame(columns)
