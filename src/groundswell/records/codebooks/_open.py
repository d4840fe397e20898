"""Opens a file of records, of whatever form: workbooks and files of statistics are read whole, all others by blocks."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import polars as pl

from groundswell.errors import RecordError
from groundswell.records.codebooks._blocks import BlockTable, Source, Spool
from groundswell.records.codebooks._formats import open_blocks, read_other, read_whole
from groundswell.records.codebooks._table import (
    FileLayout,
    Table,
    TableRows,
    Wanted,
    nothing_rejected,
    refuse_special,
    table_of,
)
from groundswell.records.codebooks._text import plain

_PART = 1_000_000  # rows of text that are kept in one file
_LOOK = 1000  # rows in which the names of columns are looked for, where each row has its own


def read_table(
    path: Path, wanted: Wanted | None = None, *, layout: FileLayout | None = None, rows: int | None = None
) -> Table:
    """Read a file into a `Table`; a file that is missing, empty or not a table is a RecordError.

    `layout` says what is stated of the file; `rows` bounds what is read of a workbook, a Stata file and their like.
    """
    with open_table(path, wanted, layout=layout, rows=rows) as table:
        return table.whole()


@contextlib.contextmanager
def open_table(
    path: Path, wanted: Wanted | None = None, *, layout: FileLayout | None = None, rows: int | None = None
) -> Iterator[TableRows]:
    """The table of a file; text, JSON and Parquet are read from the disk only as they are asked for, block by block."""
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
    from groundswell.records.codebooks._delimited import Delimited  # here, since a workbook needs no compiled code

    layout = _as_stated(path, layout)
    with plain(path, encoding=layout.encoding, skip=max(layout.header_rows, default=1) - 1) as text:
        yield Delimited(path, text, wanted, layout).table()


@contextlib.contextmanager
def open_source(path: Path, wanted: Wanted, layout: FileLayout) -> Iterator[tuple[Source, pl.DataFrame] | None]:
    """The rows of a file as texts on the disk, to be streamed, and those that fit under no header.

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
    from groundswell.records.codebooks._delimited import Delimited

    layout = _as_stated(path, layout)
    skip = max(layout.header_rows, default=1) - 1
    with Spool() as spool, plain(path, encoding=layout.encoding, skip=skip) as text:
        file = Delimited(path, text, wanted, layout)
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
    from groundswell.records.codebooks._delimited import Delimited

    layout = _as_stated(path, layout)
    with plain(path, encoding=layout.encoding, skip=max(layout.header_rows, default=1) - 1) as text:
        return Delimited(path, text, Wanted(), layout).names


def _as_stated(path: Path, layout: FileLayout) -> FileLayout:
    """The layout with the delimiter that a first line such as `sep=;`, written for spreadsheets, states."""
    with path.open("rb") as file:
        found = re.match(rb"^(?:\xef\xbb\xbf)?sep=(.)\r?\n", file.read(16))
    if not found or layout.header_rows:
        return layout
    return replace(layout, delimiter=layout.delimiter or found[1].decode("ascii", "replace"), header_rows=(2,))


def _refuse_no_file(path: Path) -> None:
    refuse_special(path)
    try:
        path.open("rb").close()
    except OSError as error:
        raise RecordError(f"{path} cannot be opened ({error.strerror})", expected="a file that may be read") from error
