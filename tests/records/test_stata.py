"""The Stata reader, against files written here by hand from the format's description."""

from __future__ import annotations

import gzip
import struct

import polars as pl
import pytest

from groundswell.errors import RecordError
from groundswell.records.stata import dated, read_stata

FORMAT_WIDTH = {113: 12, 114: 49, 115: 49}
CODES = {251: "b", 252: "h", 253: "i", 254: "f", 255: "d"}


def padded(text: str, width: int) -> bytes:
    return text.encode("utf-8").ljust(width, b"\0")


def write_stata(columns, rows, *, version=114, order="<", expansion=b"") -> bytes:
    """Columns are (name, type code) and rows tuples; characteristics go between labels and data."""
    out = struct.pack(order + "BBBBHi", version, 2 if order == "<" else 1, 1, 0, len(columns), len(rows))
    out += padded("a label", 81) + padded("22 Nov 2026 06:00", 18)
    out += bytes(code for _, code in columns)
    out += b"".join(padded(name, 33) for name, _ in columns)
    out += b"\0" * (2 * (len(columns) + 1))
    out += b"".join(padded("%9.0g", FORMAT_WIDTH[version]) for _ in columns)
    out += b"".join(padded("", 33) for _ in columns) + b"".join(padded("meaning", 81) for _ in columns)
    if expansion:
        out += struct.pack(order + "bi", 1, len(expansion)) + expansion
    out += struct.pack(order + "bi", 0, 0)
    for row in rows:
        for (_, code), value in zip(columns, row, strict=True):
            out += padded(value, code) if code <= 244 else struct.pack(order + CODES[code], value)
    return out


COLUMNS = [("tiny", 251), ("small", 252), ("long", 253), ("single", 254), ("double", 255), ("name", 5)]
ROWS = [
    (100, 32740, 2147483620, 1.5, -2.25, "abcde"),  # the largest values that are not missing; a string without end
    (101, 32741, 2147483621, 1.7014118346046923e38, 8.98846567431158e307, ""),  # "." in each type
    (127, 32767, 2147483647, 1.7e38 * 1.0009, 8.99e307, "é"),  # ".z" or so, and a two-byte letter
    (-127, -32767, -2147483647, -3.0, 1e300, "a"),
]


@pytest.mark.parametrize("version", [113, 114, 115])
@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("zipped", [False, True])
def test_values_and_missing_values_of_every_type(tmp_path, version, order, zipped):
    raw = write_stata(COLUMNS, ROWS, version=version, order=order, expansion=b"a characteristic")
    path = tmp_path / "x.dta"
    path.write_bytes(gzip.compress(raw) if zipped else raw)
    frame = read_stata(path)
    assert frame.columns == [name for name, _ in COLUMNS]
    assert frame["tiny"].to_list() == [100, None, None, -127]
    assert frame["small"].to_list() == [32740, None, None, -32767]
    assert frame["long"].to_list() == [2147483620, None, None, -2147483647]
    assert frame["single"].to_list() == [1.5, None, None, -3.0]
    assert frame["double"].to_list() == [-2.25, None, None, 1e300]
    assert frame["name"].to_list() == ["abcde", "", "é", "a"]


def test_old_encodings_are_read(tmp_path):
    raw = write_stata([("name", 3)], [("abc",)]).replace(b"abc", b"a\xe9c")
    (tmp_path / "x.dta").write_bytes(raw)
    assert read_stata(tmp_path / "x.dta")["name"].to_list() == ["aéc"]


@pytest.mark.parametrize("cut", [5, 100, 200, -1])
def test_a_truncated_file_is_refused(tmp_path, cut):
    (tmp_path / "x.dta").write_bytes(write_stata(COLUMNS, ROWS)[:cut])
    with pytest.raises(RecordError, match=r"x\.dta"):
        read_stata(tmp_path / "x.dta")


def test_other_formats_and_missing_files_are_refused(tmp_path):
    (tmp_path / "new.dta").write_bytes(b"<stata_dta><header><release>118</release>")
    with pytest.raises(RecordError, match="117 or later"):
        read_stata(tmp_path / "new.dta")
    (tmp_path / "x.dta").write_bytes(b"hello, this is text")
    with pytest.raises(RecordError, match="format 104"):
        read_stata(tmp_path / "x.dta")
    (tmp_path / "empty.dta").write_bytes(b"")
    with pytest.raises(RecordError):
        read_stata(tmp_path / "empty.dta")
    (tmp_path / "broken.dta").write_bytes(gzip.compress(b"r" * 500)[:20])
    with pytest.raises(RecordError, match="gzip"):
        read_stata(tmp_path / "broken.dta")
    with pytest.raises(RecordError, match="no file"):
        read_stata(tmp_path / "none.dta")


@pytest.mark.parametrize(
    ("form", "number", "text"),
    [("%td", 22282.0, "2021-01-02"), ("%d", 22282.0, "2021-01-02"), ("%tc", 192516480e4, "2021-01-02 00:00:00"),
     ("%tmNN", 734.0, "2021-03"), ("%tq", -1.0, "1959-Q4"), ("%tw", 3180.0, "2021-02-26"),
     ("%th", 123.0, "2021H2"),
     ("%ty", 2021.0, 2021.0), ("%9.0g", 22282.0, 22282.0)],
)  # fmt: skip
def test_what_stata_shows_as_dates_are_dates(form: str, number: float, text: str | float) -> None:
    """Counted from 1960, in years of 52 weeks; a week of 3172 is no year, and a day of 22282 none of a spreadsheet."""
    assert dated(pl.Series("when", [number, None]), form).to_list() == [text, None]
