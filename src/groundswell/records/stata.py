"""Reader of Stata data files (.dta, formats 113 to 115: Stata 8 to 12), plain or gzipped.

Only what records need: numeric and string columns, names, variable labels. Missing values (., .a to .z) become null.
"""

from __future__ import annotations

import gzip
import struct
from pathlib import Path

import numpy as np
import polars as pl

from groundswell.errors import RecordError, install

_FORMATS = {113: 12, 114: 49, 115: 49}  # bytes of one display format
_NUMERIC = {251: "i1", 252: "i2", 253: "i4", 254: "f4", 255: "f8"}
# The largest value that is not missing, per type (Stata manual, "dta_114: missing values")
_LARGEST = {251: 100, 252: 32740, 253: 2147483620, 254: 1.7014117331926443e38, 255: 8.988465674311579e307}
_LONGEST_STRING = 244


def _text(raw: bytes) -> str:
    raw = raw.split(b"\0", 1)[0]
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")  # before Stata 14 the encoding was not recorded; latin-1 decodes any byte


def read_stata(path: str | Path, *, dates: bool = False) -> pl.DataFrame:
    """A Stata file as a frame: integers as Int64, float and double as Float64, strings as String, missing as null.

    Parameters
    ----------
    path : a ``.dta`` file of format 113, 114 or 115, or the same gzipped.
    dates : return columns that Stata shows as dates as texts such as 2011-01-31, not as numbers counted from 1960.

    Raises
    ------
    RecordError : when the file is missing, truncated, or of another format.

    Known limits: value labels are not read (codes stay codes); strings before Stata 14 have no declared encoding.
    Source: Stata manual, "dta_113", "dta_114" and "dta_115" file formats.
    """
    path = Path(path)
    if not path.is_file():
        raise RecordError(f"no file {path.name!r} in {str(path.parent)!r}", expected="a Stata .dta file")
    raw = path.read_bytes()
    if raw[:2] == b"\x1f\x8b":
        try:
            raw = gzip.decompress(raw)
        except (OSError, EOFError) as error:
            raise RecordError(f"{path.name!r} is a broken gzip file ({error})", expected="a whole file") from None
    if raw[:11] == b"<stata_dta>" or (raw and raw[0] not in _FORMATS):
        version = "117 or later" if raw[:1] == b"<" else str(raw[0])
        raise RecordError(
            f"{path.name!r} is of format {version}",
            expected="Stata format 113, 114 or 115",
            instead=f"{install('formats')}, or in Stata: saveold file.dta, version(12)",
        )
    try:
        frame, formats = _parse(raw)
        return frame if not dates else pl.DataFrame([dated(c, f) for c, f in zip(frame, formats, strict=True)])
    except (struct.error, IndexError, ValueError) as error:
        raise RecordError(f"{path.name!r} cannot be read ({error})", expected="a whole Stata .dta file") from None


_PER_YEAR = {"%tw": 52, "%tm": 12, "%tq": 4, "%th": 2}
_EPOCH = pl.date(1960, 1, 1)


def dated(column: pl.Series, form: str) -> pl.Series:
    """What Stata counts from 1960 (days, weeks, months, quarters, half-years, milliseconds) as texts of dates.

    Columns with another display format are returned unchanged, as are those that already were dates. A week becomes its
    first day.

    Source: Stata, "Datetime" (D-1): a year has 52 weeks, of which the first begins on 1 January.
    """
    kind = "%td" if form.startswith("%d") else form[:3].lower()
    if kind not in (*_PER_YEAR, "%td", "%tc") or (kind in ("%td", "%tc") and column.dtype == pl.String):
        return column
    number = column.cast(pl.Float64, strict=False)
    if kind == "%td":
        text = (_EPOCH + pl.duration(days=pl.col("number").floor().cast(pl.Int64))).cast(pl.String)
        return pl.DataFrame({"number": number}).select(text.alias(column.name)).to_series()
    if kind == "%tc":
        moment = pl.datetime(1960, 1, 1) + pl.duration(milliseconds=pl.col("number").round().cast(pl.Int64))
        text = moment.dt.strftime("%Y-%m-%d %H:%M:%S")
        return pl.DataFrame({"number": number}).select(text.alias(column.name)).to_series()
    whole, per_year = number.floor().cast(pl.Int64), _PER_YEAR[kind]
    frame = pl.DataFrame({"year": 1960 + whole // per_year, "part": whole % per_year + 1})
    year, part = pl.col("year").cast(pl.String), pl.col("part")
    text = {
        "%tw": (pl.date(pl.col("year"), 1, 1) + pl.duration(days=7 * (part - 1))).cast(pl.String),
        "%tm": year + "-" + part.cast(pl.String).str.zfill(2),
        "%tq": year + "-Q" + part.cast(pl.String),
        "%th": year + "H" + part.cast(pl.String),
    }[kind]
    return frame.select(text.alias(column.name)).to_series()


def _parse(raw: bytes) -> tuple[pl.DataFrame, list[str]]:
    if len(raw) < 109:
        raise ValueError("it ends within its header")
    width = _FORMATS[raw[0]]
    if raw[1] not in (1, 2):
        raise ValueError(f"byte order {raw[1]}")
    order = ">" if raw[1] == 1 else "<"
    columns, rows = struct.unpack_from(order + "Hi", raw, 4)
    at = 109  # header: 10 bytes, 81 of data label, 18 of time stamp
    types = list(raw[at : at + columns])
    at += columns
    names = [_text(raw[at + 33 * i : at + 33 * (i + 1)]) for i in range(columns)]
    shown = at + 33 * columns + 2 * (columns + 1)
    formats = [_text(raw[shown + width * i : shown + width * (i + 1)]) for i in range(columns)]
    # names, sort list, display formats, names of value labels, variable labels
    at += 33 * columns + 2 * (columns + 1) + width * columns + 33 * columns + 81 * columns
    while True:  # expansion fields: kind, length, content; ended by kind 0 and length 0
        kind, length = struct.unpack_from(order + "bi", raw, at)
        at += 5
        if kind == 0 and length == 0:
            break
        at += length
    fields = []
    for i, kind in enumerate(types):
        if kind in _NUMERIC:
            fields.append((f"c{i}", order + _NUMERIC[kind]))
        elif 1 <= kind <= _LONGEST_STRING:
            fields.append((f"c{i}", f"S{kind}"))
        else:
            raise ValueError(f"column {names[i]!r} has unknown type {kind}")
    layout = np.dtype(fields)
    if len(raw) < at + layout.itemsize * rows:
        raise ValueError(f"it declares {rows} rows and ends before the last")
    table = np.frombuffer(raw, dtype=layout, count=rows, offset=at)
    series = []
    for i, kind in enumerate(types):
        values = table[f"c{i}"]
        if kind in _NUMERIC:
            missing = values > _LARGEST[kind]
            whole = kind < 254
            clean = np.where(missing, 0, values).astype(np.int64 if whole else np.float64)
            column = pl.Series(names[i], clean)
            series.append(column.set(pl.Series(missing), None))
        else:
            series.append(pl.Series(names[i], [_text(v) for v in values.tolist()], dtype=pl.String))
    return pl.DataFrame(series), formats
