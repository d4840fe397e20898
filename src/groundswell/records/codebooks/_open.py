"""Opens a file of records in any form: workbooks and files of statistics are read whole, all others by blocks."""

from __future__ import annotations

import contextlib
import re
import tempfile
import zlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from groundswell.errors import RecordError
from groundswell.records.codebooks._blocks import BlockSource, BlockTable, ParquetFile, Spool
from groundswell.records.codebooks._formats import is_parquet, open_blocks, read_other, read_whole
from groundswell.records.codebooks._table import (
    FileLayout,
    Table,
    TableRows,
    Wanted,
    nothing_rejected,
    refuse_special,
    table_of,
)
from groundswell.records.codebooks._text import opened, plain

if TYPE_CHECKING:
    from groundswell.records.codebooks._delimited import Delimited

_HEAD = 1 << 22  # bytes at the start of a text that show its columns, and how large its rows are
_HEAD_ROWS = 20_000  # the same of other files
_PART = 1_000_000  # rows of text that are kept in one file
_TOP = 1 << 14  # bytes at the top of a text in which a header is looked for
_MARKS = (",", "\t", ";", "|")
_TITLES = 40  # lines of them
_LOOK = 1000  # rows in which the names of columns are looked for, where each row has its own


def read_table(
    path: Path, wanted: Wanted | None = None, *, layout: FileLayout | None = None, rows: int | None = None
) -> Table:
    """Read a file into a `Table`; a file that is missing, empty or not a table is a RecordError.

    `layout` says what is stated about the file; `rows` bounds what is read of a workbook, a Stata file and their like.
    """
    with open_table(path, wanted, layout=layout, rows=rows) as table:
        return table.whole()


@contextlib.contextmanager
def open_table(
    path: Path, wanted: Wanted | None = None, *, layout: FileLayout | None = None, rows: int | None = None
) -> Iterator[TableRows]:
    """The table of a file; text, JSON and Parquet are read from disk only on request, block by block."""
    wanted, layout = wanted or Wanted(), layout or FileLayout()
    _refuse_no_file(path)
    other = read_other(path, sheet=layout.sheet, header_rows=layout.header_rows, rows=rows)
    if other is not None:
        frame, notes, above = other
        yield table_of((frame, notes), path, only=wanted.only, header_lines=above)
        return
    with open_blocks(path, rows) as source:
        if source is not None:
            yield BlockTable(source, path, wanted.only)
            return
    with _delimited(path, wanted, layout, _HEAD if rows else None) as (file, _):
        yield file.table()


@contextlib.contextmanager
def open_source(path: Path, wanted: Wanted, layout: FileLayout) -> Iterator[tuple[BlockSource, pl.DataFrame] | None]:
    """The rows of a file as text on disk, to be streamed, and the rows that do not fit the header.

    None for a workbook and for files of statistics, which are read whole.
    """
    _refuse_no_file(path)
    if read_whole(path):
        yield None
        return
    with open_blocks(path) as source:
        if source is not None:
            yield source, nothing_rejected()
            return
    with Spool() as spool, _delimited(path, wanted, layout) as (file, _):
        aside, waiting = [nothing_rejected()], []
        for frame, malformed in file.stream():
            waiting.append(frame)
            aside.append(malformed)
            if sum(part.height for part in waiting) >= _PART:
                spool.add(pl.concat(waiting))
                waiting = []
        if waiting:
            spool.add(pl.concat(waiting))
        spool.notes += file.notes
        yield spool, pl.concat(aside)


def columns_of(path: Path, *, layout: FileLayout | None = None) -> list[str]:
    """The names in the header of a file, without reading its rows."""
    layout = layout or FileLayout()
    _refuse_no_file(path)
    other = read_other(path, sheet=layout.sheet, header_rows=layout.header_rows, rows=1)
    if other is not None:
        return list(other[0].columns)
    with open_blocks(path, _LOOK) as source:
        if source is not None:
            return list(source.names)
    with _delimited(path, Wanted(), layout, _HEAD) as (file, _):
        return file.names


def head_of(path: Path, wanted: Wanted, layout: FileLayout, few: int) -> tuple[Table, float] | None:
    """The first rows of a file, and about how many there are in all; None where these are at most `few`.

    None too for workbooks and files of statistics, whose size their own readers check.
    """
    _refuse_no_file(path)
    if read_whole(path) or (not is_parquet(path) and path.stat().st_size < few):  # gzipped, a row takes a byte or more
        return None
    with open_blocks(path, _HEAD_ROWS) as source:
        if source is not None:
            rows = source.all_rows if isinstance(source, ParquetFile) else source.rows / source.share
            return (BlockTable(source, path, wanted.only).whole(), rows) if rows > few else None
    try:
        with _delimited(path, wanted, layout, _HEAD) as (file, share):
            table = file.table().whole()
    except RecordError:  # a quotation mark that is closed later, or never
        return None
    rows = table.rows / share
    return (table, rows) if rows > few else None


@contextlib.contextmanager
def _beginning(path: Path, size: int | None) -> Iterator[tuple[Path, float]]:
    """A file that holds the first lines of this one, and what share of it they are; the file itself, if it is not
    longer."""
    start, share = b"", 1.0
    if size is not None and path.stat().st_size > 0:
        with contextlib.suppress(OSError, EOFError, zlib.error), opened(path) as (file, raw):  # said by `plain`
            start = file.read(size)
            share = min(max(raw.tell(), 1) / path.stat().st_size, 1.0)
    if size is None or share == 1.0:
        yield path, 1.0
        return
    with tempfile.TemporaryDirectory(prefix="groundswell-", ignore_cleanup_errors=True) as folder:
        copy = Path(folder) / "start.txt"
        copy.write_bytes(start[: start.rfind(b"\n") + 1] or start)
        yield copy, share


@contextlib.contextmanager
def _delimited(
    path: Path, wanted: Wanted, layout: FileLayout, size: int | None = None
) -> Iterator[tuple[Delimited, float]]:
    """A delimited file, or its first `size` bytes, and what share of the file they are."""
    from groundswell.records.codebooks._delimited import Delimited  # here, since a workbook needs no compiled code

    layout, notes = _as_found(path, layout) if wanted.names is None else (layout, [])
    skip = max(layout.header_rows, default=1) - 1
    with _beginning(path, size) as (start, share), plain(start, layout.encoding, skip, path) as text:
        file = Delimited(path, text, wanted, layout)
        file.notes += notes
        yield file, share


def _as_found(path: Path, layout: FileLayout) -> tuple[FileLayout, list[str]]:
    """The layout, with the delimiter that a first line such as `sep=;` states, and the header below lines of words."""
    if layout.header_rows:
        return layout, []
    with contextlib.suppress(OSError, EOFError, zlib.error), opened(path) as (file, _):
        start = file.read(_TOP).removeprefix(b"\xef\xbb\xbf")
        if found := re.match(rb"^sep=(.)\r?\n", start):
            delimiter = layout.delimiter or found[1].decode("ascii", "replace")
            return replace(layout, delimiter=delimiter, header_rows=(2,)), []
        if (at := _header_below(start, layout.delimiter)) and b"\x00" not in start:
            note = f"The header was found in line {at} of the file; `header_rows` in a mapping file sets it."
            return replace(layout, header_rows=(at,)), [note]
    return layout, []


def _header_below(start: bytes, stated: str | None) -> int | None:
    """The line of the header, below lines that are a title or comments: they hold no delimiter, and all others do."""
    lines = start.decode("latin-1").splitlines()[:_TITLES]
    for delimiter in [stated] if stated else _MARKS:
        counts = [line.count(delimiter) for line in lines]
        at = next((i for i, count in enumerate(counts) if count), 0)
        wide = counts[at : at + 4]
        wide = wide[: wide.index(0)] if 0 in wide[3:] and not lines[at + 3].strip() else wide  # a blank line ends it
        if 0 < at < 10 and len(wide) >= 3 and min(wide) >= 1 and wide[0] == max(wide) and all(lines[at:][: len(wide)]):
            words = any(lines[:at]) and not any(mark in line for line in lines[:at] for mark in _MARKS)
            if words:  # blank lines are passed over anyway
                return at + 1
    return None


def _refuse_no_file(path: Path) -> None:
    refuse_special(path)
    try:
        path.open("rb").close()
    except OSError as error:
        raise RecordError(f"{path} cannot be opened ({error.strerror})", expected="a file that may be read") from error
