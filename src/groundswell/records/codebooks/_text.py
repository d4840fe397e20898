"""Converts any text file to one that a table reader can read: plain UTF-8 with modern line ends."""

from __future__ import annotations

import codecs
import contextlib
import gzip
import tempfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from groundswell.errors import RecordError

_CHUNK = 1 << 22
_LOOK = 1 << 16  # bytes at the start from which the kind of file is recognised
_BINARY = 0.01  # share of NUL bytes above which a file is no text
_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),  # before UTF-16, whose mark is their beginning
    (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
)  # fmt: skip
NUL = "␀"
"""The character shown for a NUL byte: the cell then cannot be read as a number or a date, and shows why."""


@dataclass(frozen=True)
class Plain:
    """A file that is UTF-8 without NUL bytes: the file itself, or a copy that is deleted once it has been read."""

    path: Path
    notes: tuple[str, ...]
    skipped: int
    """Blank lines before the header, which the copy does not have."""


@contextlib.contextmanager
def opened(path: Path) -> Iterator[tuple[IO[bytes], IO[bytes]]]:
    """The bytes of a file, without gzip, and the file itself, whose position shows how much of it was read."""
    with path.open("rb") as raw:
        zipped = raw.read(2) == b"\x1f\x8b"
        raw.seek(0)
        if not zipped:
            yield raw, raw
            return
        with gzip.GzipFile(fileobj=raw, mode="rb") as file:
            yield cast("IO[bytes]", file), raw


@contextlib.contextmanager
def plain(path: Path, encoding: str | None = None, skip: int = 0, named: Path | None = None) -> Iterator[Plain]:
    """Yield the file in UTF-8, from its own path if it is UTF-8 already, otherwise from a copy made in pieces of 4 MiB.

    `named` is the file that messages name, where `path` is its beginning alone.

    UTF-8 and UTF-16 with or without a byte-order mark, and Windows-1252 (of which Latin-1 is a part) are read. Where
    only some lines are not UTF-8, only those are read as Windows-1252, and counted. Gzip is decompressed.

    Raises
    ------
    RecordError : the file is empty, an archive, a damaged gzip file, or no text.
    """
    shown = named or path
    with path.open("rb") as file:
        magic = file.read(4)
    if magic[:4] == b"PK\x03\x04":
        raise RecordError(
            f"{shown} is a zip archive or a spreadsheet under another name",
            expected="a text file, a gzipped one, or a workbook whose name ends in .xlsx",
            instead="unpack the archive, or name the workbook .xlsx",
        )
    zipped = magic[:2] == b"\x1f\x8b"
    try:
        with _open(path, zipped) as file:
            start = file.read(_LOOK)
        _refuse_no_text(shown, start)
        stated = encoding if encoding is not None and codecs.lookup(encoding).name != "utf-8" else None
        encoding = stated or _encoding(start)
        if encoding is None and not zipped and not skip and _is_plain(path, start):
            yield Plain(path, (), 0)
            return
        with tempfile.TemporaryDirectory(prefix="groundswell-", ignore_cleanup_errors=True) as folder:
            copy = Path(folder) / "plain.txt"
            with _open(path, zipped) as file, copy.open("w", encoding="utf-8", newline="") as out:
                notes, skipped = _rewrite(shown, file, out, encoding, skip)
            yield Plain(copy, tuple(notes), skipped)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise RecordError(f"{shown} is a damaged gzip file ({error})", expected="a complete gzip file") from error


def _open(path: Path, zipped: bool) -> IO[bytes]:
    return cast("IO[bytes]", gzip.open(path, "rb")) if zipped else path.open("rb")


def _refuse_no_text(path: Path, start: bytes) -> None:
    bare = start
    while bare.startswith(codecs.BOM_UTF8):
        bare = bare.removeprefix(codecs.BOM_UTF8)
    if not bare.strip(b" \t\r\n\x00") and len(start) < _LOOK:
        raise RecordError(f"{path} is empty", expected="a header and at least one row")
    if _encoding(start) is not None:
        return
    if start.count(b"\x00") > _BINARY * len(start) or b"\x00" in start.lstrip(b"\r\n").split(b"\n", 1)[0]:
        raise RecordError(f"{path} holds bytes that do not occur in text", expected="a text file or an .xlsx workbook")


def _encoding(start: bytes) -> str | None:
    """An encoding that is evident from the start of the file; None for UTF-8, and for what is not UTF-8."""
    for mark, name in _BOMS:
        if start.startswith(mark):
            return name
    # text in mostly Latin letters, in UTF-16 without its mark: every second byte is NUL
    even, odd = start[0::2].count(0), start[1::2].count(0)
    if odd > 0.4 * len(start) / 2 and even < 0.01 * len(start):
        return "utf-16-le"
    if even > 0.4 * len(start) / 2 and odd < 0.01 * len(start):
        return "utf-16-be"
    return None


def _is_plain(path: Path, start: bytes) -> bool:
    if start.removeprefix(codecs.BOM_UTF8).startswith((b"\n", b"\r", codecs.BOM_UTF8)):  # before the header
        return False
    if b"\r" in start and b"\n" not in start:  # lines that end as on a classic Mac
        return False
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        while piece := file.read(_CHUNK):
            if b"\x00" in piece:
                return False
            if not (piece.isascii() and decoder.getstate()[0] == b""):
                try:
                    decoder.decode(piece)
                except UnicodeDecodeError:
                    return False
    return decoder.getstate()[0] == b""


def _rewrite(path: Path, file: IO[bytes], out: IO[str], encoding: str | None, skip: int = 0) -> tuple[list[str], int]:
    left = skip
    decode = _Decoder(encoding)
    skipped, begun, broken = 0, False, 0
    nuls, first_nul, line = 0, 0, 1
    old_ends: bool | None = None
    while True:
        piece = file.read(_CHUNK)
        text = decode(piece, final=not piece)
        if old_ends is None and text:
            old_ends = "\r" in text[:-1] and "\n" not in text
        if old_ends:
            text = text.replace("\r", "\n")
        while left and text:
            _, ended, rest = text.partition("\n")
            text, left, skipped = rest, left - bool(ended), skipped + bool(ended)
            if not ended:
                break
        if left:
            if not piece:
                break
            continue
        if not begun:
            bare = text.lstrip("\r\n\ufeff")
            skipped += text[: len(text) - len(bare)].count("\n")
            text, begun = bare, bool(bare)
        if "\x00" in text:
            if not nuls:
                first_nul = line + skipped + text[: text.index("\x00")].count("\n")
            nuls += text.count("\x00")
            text = text.replace("\x00", NUL)
        line += text.count("\n")
        broken += text.count("\ufffd") if encoding is not None else 0
        out.write(text)
        if not piece:
            break
    if not begun:
        raise RecordError(f"{path} is empty", expected="a header and at least one row")
    notes = decode.notes()
    if nuls:
        notes.append(f"The file holds {nuls:,} NUL bytes, the first in line {first_nul:,}; they are shown as {NUL}.")
    if broken:
        notes.append(f"{broken:,} characters of the file are broken, and are shown as \ufffd.")
    if old_ends:
        notes.append("The lines of the file end with a carriage return alone.")
    return notes, skipped


class _Decoder:
    """Decodes a file piece by piece; without an encoding, line by line: UTF-8, or else Windows-1252."""

    def __init__(self, encoding: str | None) -> None:
        self.encoding = encoding
        self.by_mark = codecs.getincrementaldecoder(encoding)(errors="replace") if encoding else None
        self.rest = b""
        self.line = 1
        self.odd_lines = 0
        self.first_odd = 0
        self.utf8_lines = 0

    def __call__(self, piece: bytes, *, final: bool) -> str:
        if self.by_mark is not None:
            return self.by_mark.decode(piece, final)
        data = self.rest + piece
        cut = len(data) if final else data.rfind(b"\n") + 1
        data, self.rest = data[:cut], data[cut:]
        if not self.odd_lines:
            try:
                text = data.decode("utf-8")
            except UnicodeDecodeError:
                pass
            else:
                self.line += data.count(b"\n")
                self.utf8_lines += not data.isascii()
                return text
        return "".join(self._line(line) for line in data.splitlines(keepends=True))

    def _line(self, line: bytes) -> str:
        self.line += line.endswith(b"\n")
        try:
            text = line.decode("utf-8")
        except UnicodeDecodeError:
            self.odd_lines += 1
            self.first_odd = self.first_odd or self.line - line.endswith(b"\n")
            return "".join(map(_windows, line)) if line.translate(None, _UNDEFINED) != line else line.decode("cp1252")
        self.utf8_lines += not line.isascii()
        return text

    def notes(self) -> list[str]:
        if self.encoding is not None:
            if self.encoding not in {name for _, name in _BOMS} | {"utf-16-le", "utf-16-be"}:
                return []  # as was stated
            return [f"The file is in {self.encoding.removesuffix('-le').removesuffix('-be').upper()}."]
        if not self.odd_lines:
            return []
        where = f"{self.odd_lines:,} lines, the first of them line {self.first_odd:,}"
        if self.utf8_lines:
            return [
                f"The file mixes encodings: {where}, are not UTF-8 and were read as Windows-1252 (Latin-1), the others "
                "as UTF-8. Check its accents."
            ]
        return [
            f"The file is not UTF-8 ({where}); it was read as Windows-1252 (Latin-1), so check its "
            'accents; encoding = "cp1251" (or another that Python knows) in a mapping file changes this.'
        ]


_UNDEFINED = bytes([0x81, 0x8D, 0x8F, 0x90, 0x9D])  # bytes that Windows-1252 leaves undefined, and Latin-1 does not


def _windows(byte: int) -> str:
    return bytes([byte]).decode("latin-1" if byte in _UNDEFINED else "cp1252")
