"""Reads delimited text: its delimiter, its header, and its rows, which are read from disk on request."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np
import polars as pl

from groundswell.errors import RecordError
from groundswell.records.codebooks._survey import Survey, pieces, repeats, survey
from groundswell.records.codebooks._table import (
    REJECTED_SCHEMA,
    WHOLE_ROW,
    FileLayout,
    Table,
    Wanted,
    blanks_are_null,
    nothing_rejected,
    own_row,
    shown,
    wanted_of,
    where_of,
)
from groundswell.records.codebooks._text import Plain

_DELIMITERS = (",", "\t", ";", "|", "~", "^")
_LOOK = 1 << 16  # characters at the start from which the delimiter and the header are recognised
_PIECE = 20_000  # rows that the slow path holds as Python lists
_PIECE_BYTES = 1 << 23  # bytes of the file that are in memory at once
_SHOWN = 200  # characters of a row that fits under no header


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


class Delimited:
    """One delimited file in UTF-8 on its way to a table."""

    def __init__(self, path: Path, text: Plain, wanted: Wanted, layout: FileLayout) -> None:
        self.path, self.readable, self.notes, self.skipped = path, text.path, list(text.notes), text.skipped
        self.header, self.only = wanted.names is None, wanted.only
        self.quoted = wanted.quoted and layout.quotes
        with self.readable.open(encoding="utf-8-sig", newline="") as file:
            start = file.read(_LOOK)
        self.delimiter = layout.delimiter or wanted.delimiter or _sniff(start)
        first = self._first_row(start)
        self.names = self._names(first) if self.header else [f"column_{i + 1}" for i in range(len(first))]
        if wanted.names and len(wanted.names) == len(first):
            self.names = list(wanted.names)
            self.notes.append(f"The file has no header: its {len(first)} columns were named by the publisher's order.")

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
            words = ", ".join(
                f"{name!r} (read as {', '.join(repr(n) for n, g in zip(names, given, strict=True) if g == name)})"
                for name in twice
            )
            self.notes.append(f"Columns that occur more than once under one name: {words}.")
        return names

    def table(self) -> Table | LongTable:
        """The table, whose rows are read from the disk on request if its quotation marks allow."""
        found = survey(self.readable, self.delimiter, quoted=self.quoted)
        if found.unclosed:
            self._refuse_unclosed(found)
        if found.offsets.size <= int(self.header):
            raise RecordError(f"{self.path} has a header but no rows", expected="at least one row of data")
        return self._patiently() if found.irregular >= 0 else LongTable(self, found)

    def _refuse_unclosed(self, found: Survey) -> None:
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

    def note_short(self, count: int, first: int) -> None:
        if count:
            self.notes.append(
                f"{count:,} rows have fewer fields than the header, the first of them "
                f"{where_of(first, int(self.header) + self.skipped)}; what is "
                "missing at their ends is read as blank."
            )

    def set_aside(self, rows: np.ndarray, fields: np.ndarray, raw: list[str]) -> pl.DataFrame:
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

    def stream(self) -> Iterator[tuple[pl.DataFrame, pl.DataFrame]]:
        """The wanted columns of all rows, and the rows that do not fit the header, piece by piece, without `row`.

        Memory does not grow with the file; exact copies are not looked for.

        Raises
        ------
        RecordError : a quotation mark is never closed, or there are no rows.
        """
        found = survey(self.readable, self.delimiter, quoted=self.quoted, keep=False)
        if found.unclosed:
            self._refuse_unclosed(found)
        if found.rows <= int(self.header):
            raise RecordError(f"{self.path} has a header but no rows", expected="at least one row of data")
        if found.irregular >= 0:
            table = self._patiently()
            yield table.frame.drop("row"), table.malformed
            return
        left, first = int(self.header), 1
        for data, piece in pieces(self.readable, self.delimiter, quoted=self.quoted):
            ends = np.append(piece.offsets, len(data))[left:]
            fields, left = piece.fields[left:], max(left - piece.fields.size, 0)
            if fields.size:
                frame = blanks_are_null(self.rows_of(io.BytesIO(data[ends[0] :]), ends - ends[0]).rechunk())
                long = np.flatnonzero(fields > len(self.names))
                raw = (data[ends[i] : min(ends[i + 1], ends[i] + 4 * _SHOWN)] for i in long)
                texts = [row.decode("utf-8", "ignore").strip("\r\n") for row in raw]
                aside = self.set_aside(long + first, fields[long], texts) if long.size else nothing_rejected()
                keep = np.ones(fields.size, np.bool_)
                keep[long] = False
                yield frame.filter(keep) if long.size else frame, aside
                first += fields.size

    def rows_of(self, data: io.BytesIO, ends: np.ndarray) -> pl.DataFrame:
        """The wanted columns of some rows as written; `ends` says where each begins, and where the last one ends."""
        keep = set(wanted_of(self.names, self.only))
        at = {name: i for i, name in enumerate(self.names)}
        wanted = [name for name in self.names if own_row([name]).get(name, name) in keep]
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
            frame = None
        if frame is None or frame.height != ends.size - 1:
            frame = self._slowly(data.getvalue(), ends, [at[name] for name in wanted])
        return frame.select(wanted).rename(own_row(wanted))

    def _slowly(self, data: bytes, ends: np.ndarray, at: list[int]) -> pl.DataFrame:
        """These rows, one by one, where Polars sees other rows than the survey."""
        csv.field_size_limit(max(csv.field_size_limit(), len(data)))
        quoting = csv.QUOTE_MINIMAL if self.quoted else csv.QUOTE_NONE
        rows = []
        for low, high in zip(ends[:-1].tolist(), ends[1:].tolist(), strict=True):
            text = data[low:high].decode("utf-8").replace("\r", "").removesuffix("\n")
            cells = next(csv.reader(io.StringIO(text, newline=""), delimiter=self.delimiter, quoting=quoting), [])
            rows.append([cells[i] if i < len(cells) else None for i in at])
        return pl.DataFrame(rows, schema=dict.fromkeys([self.names[i] for i in at], pl.String), orient="row")

    def _patiently(self) -> Table:
        """The slow path, row by row, for files whose quotation marks RFC 4180 does not allow."""
        wanted = wanted_of(self.names, self.only)
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
        frame = blanks_are_null(pl.concat(pieces)).with_columns(pl.Series("row", kept, dtype=pl.Int64))
        self.note_short(short, first_short)
        if bad:
            self.notes.append(f"{len(bad):,} rows do not fit under the header, and were set aside.")
        self.notes.append("The quotation marks of the file are irregular; it was read row by row, so check its texts.")
        malformed = pl.DataFrame(bad, schema=REJECTED_SCHEMA, orient="row")
        copy_of = pl.Series("_copy_of", copies, dtype=pl.Int64)
        above = int(self.header) + self.skipped
        return Table(frame, self.path, malformed, tuple(self.notes), shown(self.names), copy_of, above)

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


class LongTable:
    """A table of a delimited file, whose rows are read from the disk on request; otherwise like `Table`.

    Parameters
    ----------
    file : the file, whose quotation marks are as RFC 4180 allows them.
    found : where its rows are.
    """

    def __init__(self, file: Delimited, found: Survey) -> None:
        self._file, self._above = file, int(file.header)
        self._ends = np.append(found.offsets, file.readable.stat().st_size)
        self.path, self.columns = file.path, shown(file.names)
        self.header_lines = self._above + file.skipped
        width, fields = len(file.names), found.fields[self._above :]
        self.rows = fields.size
        self._again, self._of = repeats(file.readable, found, self._above, file.delimiter, quoted=file.quoted)
        lengths = np.diff(self._ends)[self._above :]
        short = np.flatnonzero((fields < width) & ~((fields == 1) & (lengths <= 2)))
        file.note_short(short.size, int(short[0]) + 1 if short.size else 0)
        self._long = np.flatnonzero(fields > width)
        self.malformed = nothing_rejected()
        if self._long.size:
            self.malformed = file.set_aside(self._long + 1, fields[self._long], self._raw(self._long + self._above))
        self.notes = tuple(file.notes)

    @property
    def copies(self) -> pl.DataFrame:
        """The rows that repeat an earlier row (`of`) exactly."""
        keep = ~np.isin(self._again, self._long)
        return pl.DataFrame({"row": self._again[keep] + 1, "of": self._of[keep] + 1}, schema=_COPIES)

    def where(self, row: int) -> str:
        """A row as messages name it; see `where_of`."""
        return where_of(row, self.header_lines)

    def whole(self) -> Table:
        """The whole table, in memory."""
        parts = list(self.blocks(self.rows))
        if len(parts) == 1:
            return parts[0]
        frame, copy_of = (pl.concat([getattr(part, name) for part in parts]) for name in ("frame", "copy_of"))
        return Table(frame, self.path, self.malformed, self.notes, self.columns, copy_of, self.header_lines)

    def blocks(self, rows: int) -> Iterator[Table]:
        """The table in parts of at least so many rows, but the last, in order."""
        first, parts = 0, []
        buffer = io.BytesIO()  # one buffer for all: the pages of a new one would cost as much as reading it
        for start, stop in self._pieces():
            parts.append(self._piece(start, stop, buffer))
            stop -= self._above
            if stop - first >= rows or stop == self.rows:
                yield self._block(parts, first, stop)
                first, parts = stop, []

    def _block(self, parts: list[pl.DataFrame], first: int, stop: int) -> Table:
        """The rows from `first` to before `stop`, as read, without those that fit under no header."""
        # Polars reads in pieces so small that they slow down what follows
        frame = blanks_are_null(pl.concat(parts, rechunk=True)).with_columns(
            pl.int_range(first + 1, stop + 1, dtype=pl.Int64).alias("row")
        )
        of = np.zeros(stop - first, np.int64)
        low, high = np.searchsorted(self._again, [first, stop])
        of[self._again[low:high] - first] = self._of[low:high] + 1
        copy_of = pl.Series("_copy_of", of)
        copy_of = copy_of.set(copy_of == 0, None)
        low, high = np.searchsorted(self._long, [first, stop])
        if low < high:
            keep = np.ones(stop - first, np.bool_)
            keep[self._long[low:high] - first] = False
            frame, copy_of = frame.filter(keep), copy_of.filter(pl.Series(keep))
        return Table(frame, self.path, self.malformed, self.notes, self.columns, copy_of, self.header_lines)

    def _pieces(self) -> Iterator[tuple[int, int]]:
        """Stretches of rows of some 8 MiB each, so that no more than that of the file is in memory."""
        start, last = self._above, self._ends.size - 1
        while start < last:
            stop = int(np.searchsorted(self._ends, self._ends[start] + _PIECE_BYTES, side="right")) - 1
            yield start, (stop := min(max(stop, start + 1), last))
            start = stop

    def _piece(self, start: int, stop: int, buffer: io.BytesIO) -> pl.DataFrame:
        """The wanted columns of these rows, read into the buffer; the survey decides what a row is."""
        size = int(self._ends[stop] - self._ends[start])
        if buffer.seek(0, io.SEEK_END) < size:
            buffer.seek(size - 1)
            buffer.write(b"\0")
        buffer.truncate(size)
        with self._file.readable.open("rb", buffering=0) as opened, buffer.getbuffer() as view:
            opened.seek(int(self._ends[start]))
            done = 0
            while done < size and (more := opened.readinto(view[done:])):
                done += more
        buffer.seek(0)
        return self._file.rows_of(buffer, self._ends[start : stop + 1] - self._ends[start])

    def _raw(self, rows: np.ndarray) -> list[str]:
        """The beginnings of these rows as the file has them."""
        texts = []
        with self._file.readable.open("rb") as file:
            for row in rows.tolist():
                file.seek(int(self._ends[row]))
                length = int(self._ends[row + 1] - self._ends[row])
                piece = file.read(min(length, 4 * _SHOWN))  # a character has at most four bytes
                texts.append(piece.decode("utf-8", "ignore").strip("\r\n"))
        return texts


_COPIES = {"row": pl.Int64, "of": pl.Int64}
