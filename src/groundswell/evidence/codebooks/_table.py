"""Reads a file into one table of texts, keeping every row: delimited text (also gzipped) and spreadsheets."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from groundswell.errors import RecordError

_DELIMITERS = (",", "\t", ";", "|")
_SHEETS = (".xlsx", ".xlsm", ".xls", ".ods")


@dataclass(frozen=True)
class Table:
    """A file as read: all columns are texts, blanks are null, and `row` (Int64) numbers the rows of data from 1.

    `malformed` holds the rows that do not fit under the header, as (row, column, value, reason); they are not in
    `frame`. `rows` counts both.
    """

    frame: pl.DataFrame
    path: Path
    malformed: pl.DataFrame
    notes: tuple[str, ...]

    @property
    def rows(self) -> int:
        return self.frame.height + self.malformed.height

    @property
    def columns(self) -> list[str]:
        return [name for name in self.frame.columns if name != "row"]


REJECTED_SCHEMA = {"row": pl.Int64, "column": pl.String, "value": pl.String, "reason": pl.String}


def nothing_rejected() -> pl.DataFrame:
    return pl.DataFrame(schema=REJECTED_SCHEMA)


def under_rejected(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with the types of `REJECTED_SCHEMA` (a column of nulls alone has no type of its own)."""
    return frame.select(pl.col(name).cast(kind) for name, kind in REJECTED_SCHEMA.items())


def read_table(path: Path, *, delimiter: str | None = None, header: bool = True, quoted: bool = True) -> Table:
    """Read a file into a `Table`; a file that is missing, empty or not a table is a RecordError."""
    if path.is_dir():
        raise RecordError(f"{path} is a folder", expected="one file of records", instead="name a file in that folder")
    if not path.exists():
        raise RecordError(
            f"{path} does not exist", expected="a file of records", instead="groundswell data list  # what is known"
        )
    suffixes = [s.lower() for s in path.suffixes]
    if suffixes and suffixes[-1] in _SHEETS:
        frame, notes = _read_sheet(path)
        malformed = nothing_rejected()
    else:
        text, notes = _read_text(path)
        frame, malformed = _read_delimited(text, path, delimiter, header, quoted, notes)
    # a spreadsheet may hold numbers stored as text with spaces around them; blanks are one thing: null
    frame = frame.with_columns(pl.all().cast(pl.String).str.strip_chars())
    frame = frame.with_columns(pl.when(pl.all() != "").then(pl.all()))
    if frame.height + malformed.height == 0:
        raise RecordError(f"{path} has a header but no rows", expected="at least one row of data")
    kept = pl.Series("row", range(1, frame.height + malformed.height + 1), dtype=pl.Int64)
    if malformed.height:
        kept = kept.filter(~kept.is_in(malformed["row"].implode()))
    if "row" in frame.columns:  # a record's own column of that name must not hide the number of the row
        frame = frame.rename({"row": "row (of the record)"})
    return Table(frame.with_columns(kept), path, malformed, tuple(notes))


def _read_sheet(path: Path) -> tuple[pl.DataFrame, list[str]]:
    import fastexcel  # here, since a text file needs no spreadsheet reader

    try:
        book = fastexcel.read_excel(str(path))
        frame = book.load_sheet(0, dtypes="string").to_polars()
    except Exception as error:  # fastexcel raises its own family, and plain ones for a broken archive
        raise RecordError(f"{path} cannot be read as a spreadsheet ({error})", expected="an .xlsx workbook") from error
    notes = []
    if len(book.sheet_names) > 1:
        rest = ", ".join(book.sheet_names[1:])
        notes.append(f"Read the first sheet, {book.sheet_names[0]!r}; the workbook also holds {rest}.")
    return frame, notes


def _read_text(path: Path) -> tuple[str, list[str]]:
    data = path.read_bytes()
    if data[:2] == b"\x1f\x8b":
        try:
            data = gzip.decompress(data)
        except (OSError, EOFError, zlib.error) as error:
            raise RecordError(f"{path} is a damaged gzip file ({error})", expected="a complete gzip file") from error
    notes = []
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        text = data.decode("utf-16", errors="replace")
        notes.append("The file is in UTF-16.")
    else:
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            text = data.decode("latin-1")
            notes.append(f"The file is not UTF-8 (byte {error.start}); it was read as Latin-1, so check its accents.")
    if "\x00" in text:
        raise RecordError(f"{path} holds bytes that no text has", expected="a text file or an .xlsx workbook")
    if not text.strip():
        raise RecordError(f"{path} is empty", expected="a header and at least one row")
    return text, notes


def _sniff(text: str) -> str:
    """The delimiter under which the first lines agree on the largest number of fields (comma if there is one only)."""
    lines = [line for line in text[:65536].splitlines()[:50] if line.strip()]
    best, best_score = ",", (0, 0)
    for delimiter in _DELIMITERS:
        try:
            widths = [len(fields) for fields in csv.reader(lines, delimiter=delimiter) if fields]
        except csv.Error:
            continue
        if not widths or widths[0] < 2:
            continue
        score = (sum(width == widths[0] for width in widths), widths[0])
        if score > best_score:
            best, best_score = delimiter, score
    return best


def _read_delimited(
    text: str, path: Path, delimiter: str | None, header: bool, quoted: bool, notes: list[str]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    delimiter = delimiter or _sniff(text)
    if header and (names := _header(text, delimiter)) and len(set(names)) < len(names):
        twice = sorted({name for name in names if names.count(name) > 1})
        notes.append(f"Columns that occur more than once under one name: {', '.join(repr(name) for name in twice)}.")
    try:
        frame = pl.read_csv(
            io.BytesIO(text.encode("utf-8")),
            separator=delimiter,
            has_header=header,
            infer_schema=False,
            quote_char='"' if quoted else None,
        )
    except pl.exceptions.NoDataError as error:
        raise RecordError(f"{path} is empty", expected="a header and at least one row") from error
    except pl.exceptions.PolarsError:
        return _read_ragged(text, path, delimiter, header, notes)
    return frame.rename({name: name.strip() for name in frame.columns if name.strip() != name}), nothing_rejected()


def _header(text: str, delimiter: str) -> list[str]:
    return next(csv.reader(text.splitlines()[:1], delimiter=delimiter), [])


def _read_ragged(
    text: str, path: Path, delimiter: str, header: bool, notes: list[str]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The patient way, for files in which some rows have more fields than the header: those rows are set aside."""
    csv.field_size_limit(max(csv.field_size_limit(), len(text)))
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as error:
        raise RecordError(f"{path} is not a table ({error})", expected="rows of delimited fields") from error
    while rows and not rows[-1]:
        rows.pop()
    names = [name.strip() for name in rows.pop(0)] if header else [f"column_{i + 1}" for i in range(len(rows[0]))]
    names = [f"{name}_{i + 1}" if name in names[:i] else name for i, name in enumerate(names)]
    width = len(names)
    good = [row + [""] * (width - len(row)) for row in rows if len(row) <= width]
    bad = [(i + 1, row) for i, row in enumerate(rows) if len(row) > width]
    frame = pl.DataFrame(
        {name: pl.Series(name, [row[i] for row in good], dtype=pl.String) for i, name in enumerate(names)}
    )
    malformed = pl.DataFrame(
        {
            "row": [i for i, _ in bad],
            "column": ["(whole row)"] * len(bad),
            "value": [delimiter.join(row)[:200] for _, row in bad],
            "reason": [f"{len(row)} fields under a header of {width}" for _, row in bad],
        },
        schema=REJECTED_SCHEMA,
    )
    if bad:
        notes.append(f"{len(bad)} rows have more fields than the header, and were set aside.")
    else:
        notes.append("The quotation marks of the file are irregular; it was read row by row, so check its texts.")
    return frame, malformed
