"""Reads spreadsheets: the sheet and header that are stated, or found; merged cells filled; sizes checked beforehand."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Sequence
from pathlib import Path

import polars as pl

from groundswell.errors import RecordError
from groundswell.settings import require_known

SUFFIXES = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
_MOST_CELLS = 20_000_000
"""Cells of a sheet, empty ones included, since the reader holds a text for each; some 1.8 GB."""
_MOST_UNPACKED = 1 << 32  # bytes of all parts of a workbook once they are unpacked
_LOOK = 30  # rows at the top in which a header is looked for
_ROW = re.compile(rb'<row\b[^>]*?\br="(\d+)"')
_CELL = re.compile(rb'<c\b[^>]*?\br="([A-Z]{1,3})(\d+)"')
_MERGED = re.compile(rb'<mergeCell\b[^>]*?\bref="([A-Z]{1,3})(\d+):([A-Z]{1,3})(\d+)"')
_PIECE = 1 << 22


def read_sheet(
    path: Path, *, sheet: str | int | None = None, header_rows: Sequence[int] = (), rows: int | None = None
) -> tuple[pl.DataFrame, list[str], int]:
    """A sheet as a frame of texts, notes, and how many of its rows lie above the data.

    Parameters
    ----------
    sheet : its name, or its number from 1; by default the first.
    header_rows : the rows of the header, by the numbers that the spreadsheet shows; by default the first, or where that
        one leaves columns without a name, the first that does not.
    rows : rows of data to read; by default all.

    Raises
    ------
    RecordError : the file is not a workbook; the sheet is not there, or too large to be held; the header is not there.
    """
    import fastexcel  # here, since a text file needs no spreadsheet reader

    unpacked = _refuse_too_large(path)
    try:
        book = fastexcel.read_excel(str(path))
        names = list(book.sheet_names)
        at = _sheet_at(path, names, sheet)
        _refuse_far_cells(path, unpacked, at)
        wanted = None if rows is None else rows + max([*header_rows, _LOOK])
        frame = book.load_sheet(at, header_row=None, dtypes="string", n_rows=wanted).to_polars()
    except RecordError:
        raise
    except Exception as error:  # fastexcel raises its own family of errors, and built-in ones for a broken archive
        first = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise RecordError(f"{path} cannot be read as a spreadsheet ({first})", expected="a workbook") from error
    notes = []
    if len(names) > 1 and sheet is None:
        rest = ", ".join(names[1:])
        notes.append(
            f"Read the first sheet, {names[0]!r}; the workbook also holds {rest}. `sheet` in a mapping file chooses."
        )
    if frame.height == 0 or frame.width == 0:
        raise RecordError(f"{path} has an empty sheet, {names[at]!r}", expected="a header and at least one row")
    merged = _merged(path, unpacked, at)
    header, found = _header(path, frame, header_rows, merged)
    if found is not None:
        notes.append(f"The header was found in row {found} of the sheet; `header_rows` in a mapping file sets it.")
    body, filled = _filled(frame.slice(header), merged, header)
    if filled:
        notes.append(f"{filled:,} cells that are merged with the one above them were given its value.")
    columns = _named(frame, header, header_rows, merged)
    body.columns = columns
    empty = [c for c, old in zip(columns, frame.columns, strict=True) if _UNNAMED.match(c) and
             body[c].null_count() == body.height and old]  # fmt: skip
    return (body.drop(empty) if len(empty) < body.width else body).head(rows or body.height), notes, header


def other_sheets(path: Path) -> list[str]:
    """The names of the sheets other than the first; none where the file is not a workbook."""
    if path.suffix.lower() not in SUFFIXES:
        return []
    import fastexcel

    return list(fastexcel.read_excel(str(path)).sheet_names)[1:]


_UNNAMED = re.compile(r"^column_\d+$")


def _sheet_at(path: Path, names: Sequence[str], sheet: str | int | None) -> int:
    if sheet is None:
        return 0
    if isinstance(sheet, int) or (str(sheet).isdigit() and str(sheet) not in names):
        number = int(sheet)
        if not 1 <= number <= len(names):
            raise RecordError(f"sheet {number} of {path}", expected=f"a number from 1 to {len(names)}, or a name")
        return number - 1
    require_known(sheet, names, RecordError, f"{path} has no sheet {sheet!r}")
    return list(names).index(sheet)


def _header(
    path: Path, frame: pl.DataFrame, stated: Sequence[int], merged: Sequence[tuple[int, int, int, int]]
) -> tuple[int, int | None]:
    """How many rows lie above the data, and the row in which a header was found where the first row is none."""
    if stated:
        if min(stated) < 1 or max(stated) >= frame.height:
            raise RecordError(
                f"header_rows = {list(stated)}, of {path}, whose sheet has {frame.height:,} rows",
                expected="rows by the numbers that the spreadsheet shows, above the data",
            )
        return max(stated), None
    counts = [sum(value is not None for value in row) for row in frame.head(_LOOK).iter_rows()]
    most = max(counts)
    if counts[0] >= 0.8 * most or any(top == 0 and bottom > 0 for top, _, bottom, _ in merged if bottom > top):
        return 1, None
    at = next(i for i, count in enumerate(counts) if count >= 0.8 * most)
    return at + 1, at + 1


def _named(
    frame: pl.DataFrame, header: int, stated: Sequence[int], merged: Sequence[tuple[int, int, int, int]]
) -> list[str]:
    """The names of columns: the lowest cell of the header, with those above it where two columns share it."""
    rows = [row - 1 for row in sorted(stated)] or [header - 1]
    cells = [list(frame.row(row)) for row in rows]
    for top, left, bottom, right in merged:  # a header over several columns is the header of each
        for i, row in enumerate(rows):
            if top <= row <= bottom and (value := frame.row(top)[left] if left < frame.width else None):
                for column in range(left, min(right, frame.width - 1) + 1):
                    cells[i][column] = cells[i][column] or value
    parts = [
        [str(text).strip() for text in (row[column] for row in cells) if text and str(text).strip()]
        for column in range(frame.width)
    ]
    lowest = [" ".join(words[-1].split()) if words else "" for words in parts]
    names: list[str] = []
    taken: dict[str, int] = {}
    for i, words in enumerate(parts):
        name = lowest[i]
        if not name:
            name = f"column_{i + 1}"
        elif lowest.count(name) > 1 and len(words) > 1:
            name = " ".join(dict.fromkeys(words))
        taken[name] = taken.get(name, 0) + 1
        names.append(name if taken[name] == 1 else f"{name}_{taken[name]}")
    return names


def _filled(body: pl.DataFrame, merged: Sequence[tuple[int, int, int, int]], header: int) -> tuple[pl.DataFrame, int]:
    """The rows of data with each merged cell's value in all the rows that it covers, and how many were filled."""
    filled = 0
    for column in {left for top, left, bottom, _ in merged if bottom > top and bottom >= header and left < body.width}:
        values = body.to_series(column).to_list()
        for top, left, bottom, _ in merged:
            start = max(top - header, 0)
            if left == column and bottom > top and top >= header and start < len(values):
                for row in range(start + 1, min(bottom - header, len(values) - 1) + 1):
                    if values[row] is None:
                        values[row] = values[start]
                        filled += values[start] is not None
        body = body.with_columns(pl.Series(body.columns[column], values, dtype=pl.String))
    return body, filled


# -- the archive ------------------------------------------------------------------------------------------------------


def _refuse_too_large(path: Path) -> zipfile.ZipFile | None:
    """The archive that a workbook is, or None for the older binary form; refused where it unpacks to too much."""
    if not zipfile.is_zipfile(path):
        return None
    try:
        archive = zipfile.ZipFile(path)
        size = sum(part.file_size for part in archive.infolist())
    except (zipfile.BadZipFile, OSError) as error:
        raise RecordError(f"{path} is a damaged workbook ({error})", expected="a workbook") from error
    if size > _MOST_UNPACKED:
        raise RecordError(
            f"{path} unpacks to {size:,} bytes", expected=f"at most {_MOST_UNPACKED:,}", instead="save it as CSV"
        )
    return archive


def _parts(archive: zipfile.ZipFile | None) -> list[str]:
    """The parts of the sheets, in the order of the workbook; empty where the archive is of another form."""
    if archive is None or "xl/workbook.xml" not in archive.namelist():
        return []
    book = archive.read("xl/workbook.xml")
    ids = re.findall(rb'<(?:\w+:)?sheet\b[^>]*?\br:id="([^"]+)"', book)
    try:
        links = archive.read("xl/_rels/workbook.xml.rels")
    except KeyError:
        links = b""
    targets: dict[bytes, str] = {}
    for link in re.findall(rb"<Relationship\b[^>]*>", links):
        key, target = re.search(rb'\bId="([^"]+)"', link), re.search(rb'\bTarget="([^"]+)"', link)
        if key and target:
            name = target.group(1).decode("utf-8", "replace").lstrip("/")
            targets[key.group(1)] = name if name.startswith("xl/") else f"xl/{name}"
    known = set(archive.namelist())
    return [targets[key] for key in ids if targets.get(key) in known]


def _refuse_far_cells(path: Path, archive: zipfile.ZipFile | None, sheet: int) -> None:
    """Refuse a sheet that is mostly empty up to one distant cell: the reader would hold everything in between."""
    parts = _parts(archive)
    if archive is None or sheet >= len(parts):
        return
    rows, columns, cells, last, before = 1, 1, 0, b"A1", b""
    with archive.open(parts[sheet]) as file:
        while piece := file.read(_PIECE):
            data = before + piece
            cut = data.rfind(b"<")
            data, before = (data[:cut], data[cut:]) if cut > 0 else (data, b"")
            for letters, number in _CELL.findall(data):
                cells += 1
                row, column = int(number), _column(letters)
                if row * column > rows * columns or row > rows or column > columns:
                    last = letters + number
                rows, columns = max(rows, row), max(columns, column)
            for number in _ROW.findall(data):
                rows = max(rows, int(number))
    if rows * columns > _MOST_CELLS:
        raise RecordError(
            f"{path} has a sheet of {rows:,} rows and {columns:,} columns, of which {cells:,} cells are filled (the "
            f"last is {last.decode()})",
            expected=f"at most {_MOST_CELLS:,} cells, empty ones included",
            why="all cells between would have to be held in memory",
            instead="delete the rows or columns that lie beyond the table, or save it as CSV",
        )


def _merged(path: Path, archive: zipfile.ZipFile | None, sheet: int) -> list[tuple[int, int, int, int]]:
    """Merged ranges as (top, left, bottom, right), from 0."""
    parts = _parts(archive)
    if archive is None or sheet >= len(parts):
        return []
    found, before = [], b""
    with archive.open(parts[sheet]) as file:
        while piece := file.read(_PIECE):
            data = before + piece
            cut = data.rfind(b"<")
            data, before = (data[:cut], data[cut:]) if cut > 0 else (data, b"")
            for left, top, right, bottom in _MERGED.findall(data):
                found.append((int(top) - 1, _column(left) - 1, int(bottom) - 1, _column(right) - 1))
    return found


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
