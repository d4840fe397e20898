"""Reads a file into one table of texts, keeping every row: delimited text (also gzipped) and spreadsheets."""

from __future__ import annotations

import codecs
import csv
import io
import re
import stat
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path

import numpy as np
import polars as pl

from groundswell.errors import RecordError
from groundswell.records.codebooks._formats import read_other
from groundswell.records.codebooks._text import plain

_DELIMITERS = (",", "\t", ";", "|", "~", "^")
_LOOK = 1 << 16  # characters at the start from which the delimiter and the header are told
_PIECE = 20_000  # rows that the patient way holds as Python lists
_PIECE_BYTES = 1 << 25  # bytes that the fast way holds at once
_SHOWN = 200  # characters of a row that fits under no header
WHOLE_ROW = "(whole row)"


@dataclass(frozen=True)
class FileLayout:
    """How a file lays out its table, where that is stated.

    Parameters
    ----------
    delimiter : one character; by default it is found.
    quotes : whether cells with a delimiter in them stand in quotation marks.
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
                b"a".decode(self.encoding, "replace")  # "base64" and "undefined" are codecs, and not of texts
            except (LookupError, ValueError) as error:
                raise RecordError(
                    f"the encoding {self.encoding!r}", expected='one that Python knows, such as "utf-8" or "cp1251"'
                ) from error
        if any(row < 1 for row in self.header_rows):
            raise RecordError(f"header_rows = {list(self.header_rows)}", expected="rows from 1")


@dataclass(frozen=True)
class Table:
    """A file as read: all columns are texts, blanks are null, and `row` (Int64) numbers the rows of data from 1.

    frame : `row` and the columns that were asked for; `columns` are all those of the file, in its order.
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

    def where(self, row: int) -> str:
        """A row as messages name it: "row 7 (line 8)", with the line that a spreadsheet shows."""
        return f"row {row:,} (line {row + self.header_lines:,})"


REJECTED_SCHEMA = {"row": pl.Int64, "column": pl.String, "value": pl.String, "reason": pl.String}


def nothing_rejected() -> pl.DataFrame:
    """An empty frame under `REJECTED_SCHEMA`."""
    return pl.DataFrame(schema=REJECTED_SCHEMA)


def under_rejected(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with the types of `REJECTED_SCHEMA` (a column of nulls alone has no type of its own)."""
    return frame.select(pl.col(name).cast(kind) for name, kind in REJECTED_SCHEMA.items())


def read_table(
    path: Path,
    *,
    delimiter: str | None = None,
    header: bool = True,
    quoted: bool = True,
    only: Collection[str] | None = None,
    layout: FileLayout | None = None,
    rows: int | None = None,
) -> Table:
    """Read a file into a `Table`; a file that is missing, empty or not a table is a RecordError.

    `only` names the columns to keep, where the file has them (case does not matter); exact copies are told by all
    columns all the same. `layout` says what is stated of the file; `delimiter` and `quoted` are those of a format that
    fixes them.
    """
    layout = layout or FileLayout()
    _refuse_no_file(path)
    other = read_other(path, sheet=layout.sheet, header_rows=layout.header_rows, rows=rows)
    if other is not None:
        frame, notes, above = other
        return table_of((frame, notes), path, only=only, header_lines=above)
    layout = _as_stated(path, layout)
    above = max(layout.header_rows, default=1) - 1
    with plain(path, encoding=layout.encoding, skip=above) as text:
        return _Delimited(
            path,
            text.path,
            text.notes,
            text.skipped,
            layout.delimiter or delimiter,
            header,
            quoted and layout.quotes,
            only,
        ).read()


def columns_of(path: Path, *, layout: FileLayout | None = None) -> list[str]:
    """The names in the header of a file, without reading its rows."""
    layout = layout or FileLayout()
    _refuse_no_file(path)
    other = read_other(path, sheet=layout.sheet, header_rows=layout.header_rows, rows=1)
    if other is not None:
        return list(other[0].columns)
    layout = _as_stated(path, layout)
    with plain(path, encoding=layout.encoding, skip=max(layout.header_rows, default=1) - 1) as text:
        return _Delimited(path, text.path, (), 0, layout.delimiter, True, layout.quotes, None).names


def _as_stated(path: Path, layout: FileLayout) -> FileLayout:
    """The layout with the delimiter that a first line such as `sep=;`, written for spreadsheets, states."""
    with path.open("rb") as file:
        found = re.match(rb"^(?:\xef\xbb\xbf)?sep=(.)\r?\n", file.read(16))
    if not found or layout.header_rows:
        return layout
    return replace(layout, delimiter=layout.delimiter or found[1].decode("ascii", "replace"), header_rows=(2,))


def refuse_special(path: Path, *, expected: str = "a file of records") -> None:
    """Refuse what is no regular file, before it is opened: a pipe would wait for ever, and a device has no end."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError as error:
        raise RecordError(
            f"{path} does not exist", expected=expected, instead="groundswell data list  # what is known"
        ) from error
    except (OSError, ValueError) as error:  # a name that is too long, or that holds a NUL
        raise RecordError(f"{str(path)[:200]} cannot be opened ({error})", expected=expected) from error
    if stat.S_ISDIR(mode):
        raise RecordError(f"{path} is a folder", expected=expected, instead="name a file in that folder")
    if not stat.S_ISREG(mode):
        raise RecordError(
            f"{path} is a device, a pipe or a socket",
            expected=f"{expected}, which is a regular file",
            instead="write what it gives into a file first",
        )


def _refuse_no_file(path: Path) -> None:
    refuse_special(path)
    try:
        path.open("rb").close()
    except OSError as error:
        raise RecordError(f"{path} cannot be opened ({error.strerror})", expected="a file that may be read") from error


def table_of(
    read: tuple[pl.DataFrame, list[str]], path: Path, *, only: Collection[str] | None = None, header_lines: int = 1
) -> Table:
    """A `Table` from a frame that some other reader made (a workbook, a Stata file), with its notes."""
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
    kept = _blanks_are_null(frame.rename(_own_row(names)).select(_wanted(names, only)))
    return Table(kept.with_columns(row), path, nothing_rejected(), tuple(notes), _shown(names), copy_of, header_lines)


def _own_row(names: Collection[str]) -> dict[str, str]:
    """A record's own column "row" must not hide the number of the row."""
    return {"row": "row (of the record)"} if "row" in names else {}


def _shown(names: Collection[str]) -> tuple[str, ...]:
    return tuple(_own_row(names).get(name, name) for name in names)


def _wanted(names: Collection[str], only: Collection[str] | None) -> list[str]:
    if only is None:
        return list(_shown(names))
    lowered = {name.lower() for name in only}
    return [name for name in _shown(names) if name in only or name.strip().lower() in lowered]


def _blanks_are_null(frame: pl.DataFrame) -> pl.DataFrame:
    # a spreadsheet may hold numbers stored as text with spaces around them; blanks are one thing: null
    # one column after the other: an expression over all of them costs the cube of their number
    columns = []
    for column in frame.get_columns():
        stripped = column.str.strip_chars()
        blank = stripped == ""
        columns.append(stripped.set(blank, None) if blank.any() else stripped)
    return pl.DataFrame(columns)


def _sniff(text: str) -> str:
    """The delimiter under which the first lines agree on the largest number of fields (comma if there is one only)."""
    lines = [line for line in text.splitlines()[:50] if line.strip()]
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


class _Delimited:
    """One delimited file in UTF-8 on its way to a `Table`."""

    def __init__(
        self,
        path: Path,
        readable: Path,
        notes: Collection[str],
        skipped: int,
        delimiter: str | None,
        header: bool,
        quoted: bool,
        only: Collection[str] | None,
    ) -> None:
        self.path, self.readable, self.notes, self.skipped = path, readable, list(notes), skipped
        self.header, self.quoted, self.only = header, quoted, only
        with readable.open(encoding="utf-8-sig", newline="") as file:
            start = file.read(_LOOK)
        self.delimiter = delimiter or _sniff(start)
        first = self._first_row(start)
        self.names = self._names(first) if header else [f"column_{i + 1}" for i in range(len(first))]

    def _first_row(self, start: str) -> list[str]:
        quoting = csv.QUOTE_MINIMAL if self.quoted else csv.QUOTE_NONE
        try:
            return next(csv.reader(io.StringIO(start, newline=""), delimiter=self.delimiter, quoting=quoting), [])
        except csv.Error as error:
            raise RecordError(f"{self.path} is not a table ({error})", expected="rows of delimited fields") from error

    def _names(self, first: list[str]) -> list[str]:
        names: list[str] = []
        given = [name.strip() or f"column_{i + 1}" for i, name in enumerate(first)]
        own, taken, numbers = set(given), set(), Counter()
        for name in given:
            new = name
            while new in taken or (new != name and new in own):
                numbers[name] += 1
                new = f"{name}_{numbers[name] + 1}"
            taken.add(new)
            names.append(new)
        many = Counter(given)
        twice = sorted(name for name, times in many.items() if times > 1)
        if twice:
            told = ", ".join(
                f"{name!r} (read as {', '.join(repr(n) for n, g in zip(names, given, strict=True) if g == name)})"
                for name in twice
            )
            self.notes.append(f"Columns that occur more than once under one name: {told}.")
        return names

    def read(self) -> Table:
        from groundswell.records.codebooks._survey import survey  # here, since a workbook needs no compiled code

        found = survey(self.readable, self.delimiter, quoted=self.quoted)
        above = int(self.header)
        if found.unclosed:
            self._refuse_unclosed(found)
        if found.offsets.size <= above:
            raise RecordError(f"{self.path} has a header but no rows", expected="at least one row of data")
        if found.irregular >= 0:
            frame, malformed, copy_of = self._patiently()
        else:
            frame, malformed, copy_of = self._at_once(found, above)
        return Table(frame, self.path, malformed, tuple(self.notes), _shown(self.names), copy_of, above + self.skipped)

    def _refuse_unclosed(self, found) -> None:
        with self.readable.open("rb") as file:
            above = file.read(found.last).count(b"\n")
            rest = file.read().count(b"\n")
        line = above + self.skipped + 1
        raise RecordError(
            f"{self.path} opens a quotation mark in the row that begins in line {line:,} and never closes it",
            expected="as many closing quotation marks as opening ones",
            why=f"the {rest:,} lines after it would be read as one cell",
            instead="close it, or write quotes = false in a mapping file if the file uses no quotation marks",
        )

    def _at_once(self, found, above: int) -> tuple[pl.DataFrame, pl.DataFrame, pl.Series]:
        """The fast way, for files whose quotation marks are regular: Polars reads the columns that are wanted."""
        from groundswell.records.codebooks._survey import repeats

        width, fields = len(self.names), found.fields[above:]
        parts = []
        for start, stop in self._pieces(found, above):
            part = self._piece(found, start, stop)
            if part is None:
                return self._patiently()
            parts.append(part)
        frame = pl.concat(parts).with_columns(pl.int_range(1, fields.size + 1, dtype=pl.Int64).alias("row"))
        same = repeats(self.readable, found, above, self.delimiter, quoted=self.quoted)
        copies = np.where(same != np.arange(same.size), same + 1, 0)
        copy_of = pl.Series("_copy_of", copies).replace(0, None)
        short = np.flatnonzero((fields < width) & ~((fields == 1) & (np.diff(self._ends(found))[above:] <= 2)))
        self._note_short(short.size, int(short[0]) + 1 if short.size else 0)
        long = np.flatnonzero(fields > width)
        malformed = nothing_rejected()
        if long.size:
            malformed = self._set_aside(long + 1, fields[long], self._raw(found, long + above))
            keep = pl.Series(fields <= width)
            frame, copy_of = frame.filter(keep), copy_of.filter(keep)
        return frame, malformed, copy_of

    def _pieces(self, found, above: int) -> Iterator[tuple[int, int]]:
        """Stretches of rows of some 32 MiB each, so that no more than that of the file is in memory."""
        ends = self._ends(found)
        start = above
        while start < found.offsets.size:
            stop = int(np.searchsorted(ends, ends[start] + _PIECE_BYTES, side="right")) - 1
            yield start, (stop := min(max(stop, start + 1), found.offsets.size))
            start = stop

    def _piece(self, found, start: int, stop: int) -> pl.DataFrame | None:
        """The wanted columns of these rows; None where Polars sees other rows than the survey, which is the judge."""
        ends = self._ends(found)
        with self.readable.open("rb") as file:
            file.seek(int(ends[start]))
            data = file.read(int(ends[stop] - ends[start]))
        keep = set(_wanted(self.names, self.only))
        at = {name: i for i, name in enumerate(self.names)}
        wanted = [name for name in self.names if _own_row([name]).get(name, name) in keep]
        try:
            frame = pl.read_csv(
                data,
                separator=self.delimiter,
                has_header=False,
                schema=dict.fromkeys(self.names, pl.String),
                columns=[at[name] for name in wanted] or [0],
                quote_char='"' if self.quoted else None,
                truncate_ragged_lines=True,
            )
        except pl.exceptions.PolarsError:
            return None
        if frame.height != stop - start:
            return None
        return _blanks_are_null(frame.select(wanted).rename(_own_row(wanted)))

    def _ends(self, found) -> np.ndarray:
        return np.append(found.offsets, self.readable.stat().st_size)

    def _raw(self, found, rows: np.ndarray) -> list[str]:
        """The beginnings of these rows as the file has them."""
        lengths = np.diff(self._ends(found))
        texts = []
        with self.readable.open("rb") as file:
            for row in rows.tolist():
                file.seek(int(found.offsets[row]))
                piece = file.read(min(int(lengths[row]), 4 * _SHOWN))  # a character has at most four bytes
                texts.append(piece.decode("utf-8", "ignore").strip("\r\n"))
        return texts

    def _note_short(self, count: int, first: int) -> None:
        if count:
            self.notes.append(
                f"{count:,} rows have fewer fields than the header, the first of them {self._where(first)}; what is "
                "missing at their ends is read as blank."
            )

    def _where(self, row: int) -> str:
        return f"row {row:,} (line {row + int(self.header) + self.skipped:,})"

    def _set_aside(self, rows: np.ndarray, fields: np.ndarray, raw: list[str]) -> pl.DataFrame:
        self.notes.append(f"{rows.size:,} rows have more fields than the header, and were set aside.")
        return pl.DataFrame(
            {
                "row": rows,
                "column": [WHOLE_ROW] * len(raw),
                "value": [text[:_SHOWN] for text in raw],
                "reason": [f"{count} fields under a header of {len(self.names)}" for count in fields],
            },
            schema=REJECTED_SCHEMA,
        )

    def _patiently(self) -> tuple[pl.DataFrame, pl.DataFrame, pl.Series]:
        """The patient way, row by row, for files whose quotation marks RFC 4180 does not allow."""
        wanted = _wanted(self.names, self.only)
        at = [self.names.index("row" if name == "row (of the record)" else name) for name in wanted]
        width = len(self.names)
        pieces: list[pl.DataFrame] = []
        seen: dict[int, int] = {}
        copies: list[int | None] = []
        bad: list[tuple[int, str, str, str]] = []
        kept: list[int] = []
        number = short = first_short = 0
        reader = self._rows()
        while piece := list(islice(reader, _PIECE)):
            good = []
            for row, lines in piece:
                number += 1
                if len(row) > width or (lines > 1 and len(row) != width):
                    reason = f"{len(row)} fields under a header of {width}"
                    if lines > 1:
                        reason += f", in {lines} lines that a quotation mark joins"
                    bad.append((number, WHOLE_ROW, self.delimiter.join(row)[:_SHOWN], reason))
                    continue
                if 0 < len(row) < width:
                    short, first_short = short + 1, first_short or number
                first = seen.setdefault(hash(tuple(row)), number)
                copies.append(None if first == number else first)
                kept.append(number)
                good.append([row[i] if i < len(row) else "" for i in at])
            columns = {name: [row[i] for row in good] for i, name in enumerate(wanted)}
            pieces.append(pl.DataFrame(columns, schema=dict.fromkeys(wanted, pl.String)))
        frame = _blanks_are_null(pl.concat(pieces)).with_columns(pl.Series("row", kept, dtype=pl.Int64))
        self._note_short(short, first_short)
        if bad:
            self.notes.append(f"{len(bad):,} rows do not fit under the header, and were set aside.")
        self.notes.append("The quotation marks of the file are irregular; it was read row by row, so check its texts.")
        return (
            frame,
            pl.DataFrame(bad, schema=REJECTED_SCHEMA, orient="row"),
            pl.Series("_copy_of", copies, dtype=pl.Int64),
        )

    def _rows(self) -> Iterator[tuple[list[str], int]]:
        """The rows below the header, each with the number of lines that it takes."""
        csv.field_size_limit(max(csv.field_size_limit(), self.readable.stat().st_size))
        quoting = csv.QUOTE_MINIMAL if self.quoted else csv.QUOTE_NONE
        with self.readable.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, delimiter=self.delimiter, quoting=quoting)
            before = 0
            try:
                for index, row in enumerate(reader):
                    lines, before = reader.line_num - before, reader.line_num
                    if index >= int(self.header):
                        yield row, lines
            except csv.Error as error:
                raise RecordError(
                    f"{self.path} is not a table ({error}, in line {reader.line_num + self.skipped:,})",
                    expected="rows of delimited fields",
                ) from error
