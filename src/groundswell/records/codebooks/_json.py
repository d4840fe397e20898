"""Reads JSON and JSON lines part by part, so that a file of any size takes little memory."""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import IO, Any

import polars as pl

from groundswell.errors import RecordError
from groundswell.records.codebooks._blocks import Spool, as_texts
from groundswell.records.codebooks._text import opened

_CHUNK = 1 << 24  # bytes of JSON lines that are parsed at once
_TEXT = 1 << 20  # characters of JSON that are read at once
_ROWS = 20_000  # objects that are held at once
_SHOWN = 20  # values of a list that holds no rows
_LOOK = 1 << 20  # bytes at the start of a .json file, in which JSON lines are recognised


def spool_lines(path: Path, spool: Spool, rows: int | None = None) -> None:
    """Keep the rows of a file that has one JSON object in each line; only the first `rows`, if given.

    Raises
    ------
    RecordError : a line is no JSON object, or the file is damaged.
    """
    try:
        with opened(path) as (file, raw):
            rest, first = b"", True
            while rest is not None and (rows is None or spool.rows < rows):
                piece = file.read(_CHUNK if rows is None else 1 << 20)
                data = rest + piece
                cut = data.rfind(b"\n") + 1 if piece else len(data)
                data, rest = data[:cut], data[cut:] if piece else None
                if first:
                    data, first = data.removeprefix(b"\xef\xbb\xbf"), not data
                if data.strip():
                    frame = as_texts(pl.read_ndjson(io.BytesIO(data), infer_schema_length=None))
                    spool.add(frame if rows is None else frame.head(rows - spool.rows))
            spool.share = raw.tell() / max(path.stat().st_size, 1)
    except Exception as error:  # Polars raises several families of errors for damaged files, and gzip its own
        where = _bad_line(path) or _first_line(error)
        raise RecordError(
            f"{path} cannot be read as JSON lines ({where})", expected="one JSON object in each line"
        ) from error


def _bad_line(path: Path) -> str:
    """The first line that is not a JSON object, in words; empty if there is none."""
    with contextlib.suppress(OSError, EOFError, RecursionError), opened(path) as (file, _):
        for number, line in enumerate(file, start=1):
            try:
                fine = not line.strip() or isinstance(json.loads(line.removeprefix(b"\xef\xbb\xbf")), dict)
            except ValueError:
                fine = False
            if not fine:
                return f"line {number:,} is {line[:60].decode('utf-8', 'replace').strip()!r}"
    return ""


def spool_json(path: Path, spool: Spool, rows: int | None = None) -> None:
    """Keep the rows of a list of objects, or of an object that holds one, such as the answer of ACLED's API.

    Raises
    ------
    RecordError : the file is not JSON, or holds no list of objects, or several.
    """
    if _has_lines(path):
        spool_lines(path, spool, rows)
        return
    try:
        with opened(path) as (file, raw):
            encoding = json.detect_encoding(file.read(4))
            file.seek(0)
            with io.TextIOWrapper(file, encoding=encoding) as text:
                _rows_of(path, _Scanner(text), spool, rows)
                spool.share = raw.tell() / path.stat().st_size
    except RecursionError as error:
        raise RecordError(f"{path} nests its values too deeply", expected="a list of objects") from error
    except (ValueError, OSError, EOFError) as error:
        said = error.msg if isinstance(error, json.JSONDecodeError) else _first_line(error)
        raise RecordError(
            f"{path} is not JSON (after {spool.rows:,} whole objects: {said})",
            expected="a list of objects",
            instead="a truncated file must be downloaded again",
        ) from error


def text_of(value: Any) -> str | None:
    """A value of JSON as a text; lists and objects as JSON."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False)
    return str(value)


class _Scanner:
    """Reads JSON value by value from a stream of text."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream, self._decoder = stream, json.JSONDecoder()
        self._text, self._at, self._ended = "", 0, False

    def next(self) -> str:
        """The next non-space character, which is not consumed; empty at the end."""
        while True:
            while self._at < len(self._text):
                if self._text[self._at] not in " \t\r\n":
                    return self._text[self._at]
                self._at += 1
            if self._ended:
                return ""
            self._fill()

    def take(self, *wanted: str) -> str:
        """The next character, which is one of these."""
        found = self.next()
        if found not in wanted:
            raise ValueError(f"{found!r} where {' or '.join(repr(w) for w in wanted)} is expected" if found else "cut")
        self._at += 1
        return found

    def value(self) -> Any:
        """The next value, whole."""
        self.next()
        while True:
            try:
                found, end = self._decoder.raw_decode(self._text, self._at)
            except ValueError:
                if self._ended:
                    raise
            else:
                if self._ended or end < len(self._text):  # a number may continue beyond what has been read
                    self._at = end
                    return found
            self._fill()

    def elements(self) -> Iterator[Any]:
        """The values of the list that begins here."""
        self.take("[")
        if self.next() == "]":
            self.take("]")
            return
        more = ","
        while more == ",":
            yield self.value()
            more = self.take(",", "]")

    def _fill(self) -> None:
        more = self._stream.read(max(_TEXT, len(self._text) - self._at))  # twice as much, where a value is long
        self._ended = not more
        self._text, self._at = self._text[self._at :] + more, 0


def _rows_of(path: Path, scan: _Scanner, spool: Spool, rows: int | None) -> None:
    if scan.next() == "[":
        if _spool_objects(path, scan.elements(), spool, rows):
            _end(scan)
        return
    if scan.next() != "{":
        scan.value()
        _end(scan)
        raise _no_list(path)
    scan.take("{")
    stated: dict[str, Any] = {}
    lists: list[str] = []
    while scan.next() != "}":
        key = scan.value()
        scan.take(":")
        if scan.next() != "[":
            stated[str(key)] = scan.value()
        else:
            elements = scan.elements()
            first = next(elements, None)
            if isinstance(first, Mapping):
                lists.append(str(key))
            own = _before(first, elements)
            if isinstance(first, Mapping) and len(lists) == 1:
                if not _spool_objects(path, own, spool, rows):
                    return
            else:
                stated[str(key)] = list(islice(own, _SHOWN))
                for _ in own:
                    pass
        if scan.next() != "}":
            scan.take(",")
    scan.take("}")
    _end(scan)
    if len(lists) != 1:
        said = stated.get("error") or stated.get("message") or stated.get("messages")
        raise RecordError(
            f"{path} holds an object with {len(lists)} lists of rows"
            + (f"; it says {str(said)[:200]!r}" if said else ""),
            expected="a list of objects, or an object that holds one, such as data",
        )
    total = _total(stated)
    if isinstance(total, int) and total > spool.rows:
        spool.notes.append(f"The file says that there are {total:,} rows, but holds {spool.rows:,} under {lists[0]!r}.")


def _before(first: Any, rest: Iterator[Any]) -> Iterator[Any]:
    yield first
    yield from rest


def _end(scan: _Scanner) -> None:
    if found := scan.next():
        raise ValueError(f"{found!r} after the end")


def _spool_objects(path: Path, objects: Iterator[Any], spool: Spool, rows: int | None) -> bool:
    """Keep these objects as rows; False if it stops early because no more rows are needed."""
    while part := list(islice(objects, _ROWS if rows is None else min(_ROWS, rows - spool.rows))):
        if (bad := next((i for i, row in enumerate(part) if not isinstance(row, Mapping)), None)) is not None:
            raise RecordError(
                f"{path} holds {str(part[bad])[:60]!r} as element {spool.rows + bad + 1:,} of its list",
                expected="one object for each event",
            )
        flat = [_flat(row) for row in part]
        names = list(dict.fromkeys(name for row in flat for name in row))
        columns = {name: [row.get(name) for row in flat] for name in names}
        spool.add(pl.DataFrame(columns, schema=dict.fromkeys(names, pl.String)))
        if rows is not None and spool.rows >= rows:
            return False
    if spool.rows == 0:
        raise _no_list(path)
    return True


def _no_list(path: Path) -> RecordError:
    return RecordError(f"{path} holds no list of objects", expected="one object for each event")


def _total(stated: Mapping[str, Any]) -> Any:
    """How many rows the answer of an API says there are, of which a page may hold few."""
    named = {name.lower().replace("_", ""): value for name, value in stated.items()}
    return named.get("totalcount", named.get("count"))


def _flat(row: Mapping[str, Any]) -> dict[str, str | None]:
    """The values of one object as texts; nested ones under "outer.inner", as of GeoJSON's properties under "inner"."""
    flat: dict[str, str | None] = {}
    for key, value in row.items():
        if type(value) is str:
            flat[key] = value
        elif isinstance(value, dict):
            prefix = "" if key == "properties" else f"{key}."
            flat |= {f"{prefix}{inner}": text_of(v) for inner, v in value.items()}
        else:
            flat[key] = text_of(value)
    return flat


def _has_lines(path: Path) -> bool:
    """Whether a file has one JSON object in each line, whatever its name says."""
    try:
        with opened(path) as (file, _):
            start = file.read(_LOOK).removeprefix(b"\xef\xbb\xbf").lstrip()
        first, ended, rest = start.partition(b"\n")
        return bool(ended) and rest.lstrip()[:1] == b"{" and isinstance(json.loads(first), Mapping)
    except (ValueError, OSError, EOFError, RecursionError):
        return False


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
