"""Reads files that are no delimited text: spreadsheets, Parquet, JSON, Stata and SPSS; says what to do with others."""

from __future__ import annotations

import gzip
import json
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from groundswell.errors import RecordError, install
from groundswell.records.codebooks import _sheet

_MOST_JSON = 1 << 29
"""Bytes of a JSON file, which is held as a whole, and as objects, before it is a table; JSON lines are not."""
_REFUSED: Mapping[tuple[str, ...], tuple[str, str]] = {
    (".rda", ".rdata", ".rds"): (
        "a file of R, in R's own form",
        'in R: arrow::write_parquet(object, "file.parquet"), or write.csv(object, "file.csv", row.names = FALSE)',
    ),
    (".sas7bdat", ".xpt"): ("a file of SAS", "export it as CSV, or as an SPSS file (.sav)"),
    (".zip", ".7z", ".rar", ".tar", ".tgz"): ("an archive", "unpack it, and name the file in it"),
    (".pdf", ".doc", ".docx"): ("a document, and no table", "copy its table into a spreadsheet"),
    (".db", ".sqlite", ".sqlite3", ".mdb", ".accdb"): ("a database", "export the table as CSV"),
    (".feather", ".arrow", ".ipc", ".avro", ".orc"): ("a table in another form", "save it as Parquet or CSV"),
    (".geojson", ".shp", ".gpkg", ".kml", ".kmz"): ("a map", "export its table of attributes as CSV"),
    (".pkl", ".pickle"): ("a file of Python objects, which runs code when it is opened", "save the frame as Parquet"),
    (".html", ".htm", ".xml"): ("a page, and no table", "export the table as CSV"),
}
_STATISTICS = (".dta", ".sav", ".zsav", ".por")
_JSON, _LINES, _PARQUET = (".json",), (".jsonl", ".ndjson"), (".parquet", ".pq")

Read = tuple[pl.DataFrame, list[str], int]
"""A frame, notes, and the number of rows above the data as a spreadsheet counts them."""


def suffix_of(path: Path) -> str:
    """The last suffix in lower case, without that of gzip."""
    suffixes = [suffix.lower() for suffix in path.suffixes]
    if suffixes and suffixes[-1] == ".gz":
        suffixes.pop()
    return suffixes[-1] if suffixes else ""


def read_other(
    path: Path, *, sheet: str | int | None = None, header_rows: Sequence[int] = (), rows: int | None = None
) -> Read | None:
    """The table of a file that is no delimited text; None where it is to be read as text.

    Raises
    ------
    RecordError : the file is of a form that is not read, with what to do; or it is damaged.
    """
    suffix = suffix_of(path)
    for suffixes, (what, instead) in _REFUSED.items():
        if suffix in suffixes:
            raise RecordError(f"{path} is {what}", expected="a table of a form that is read", instead=instead)
    if suffix in _sheet.SUFFIXES:
        return _sheet.read_sheet(path, sheet=sheet, header_rows=header_rows, rows=rows)
    with path.open("rb") as file:
        magic = file.read(8)
    if suffix in _PARQUET or magic[:4] == b"PAR1":
        return _parquet(path, rows)
    if magic.startswith((b"RDX", b"RDA")):
        what, instead = _REFUSED[(".rda", ".rdata", ".rds")]
        raise RecordError(f"{path} is {what}", expected="a table of a form that is read", instead=instead)
    if suffix in _STATISTICS:
        return _statistics(path, suffix, rows)
    if suffix in _LINES:
        return _lines(path, rows)
    if suffix in _JSON:
        return _json(path, rows)
    return None


def _parquet(path: Path, rows: int | None) -> Read:
    try:
        frame = pl.read_parquet(path, n_rows=rows)
    except Exception as error:  # Polars raises several families for what is damaged
        raise RecordError(
            f"{path} cannot be read as Parquet ({_first_line(error)})", expected="a whole file"
        ) from error
    return as_texts(frame), [], 0


def _lines(path: Path, rows: int | None) -> Read:
    try:
        frame = pl.read_ndjson(path.read_bytes() if not _zipped(path) else gzip.decompress(path.read_bytes()),
                               n_rows=rows, infer_schema_length=None)  # fmt: skip
    except Exception as error:
        raise RecordError(
            f"{path} cannot be read as JSON lines ({_first_line(error)})", expected="one JSON object in each line"
        ) from error
    return as_texts(frame), [], 0


def _json(path: Path, rows: int | None) -> Read:
    """A list of objects, or an object that holds one, such as the answer of ACLED's API under `data`."""
    size = path.stat().st_size
    if size > _MOST_JSON:
        raise RecordError(
            f"{path} has {size:,} bytes",
            expected=f"a JSON file of at most {_MOST_JSON:,}",
            instead="JSON lines, or CSV",
        )
    raw = path.read_bytes()
    try:
        stated = json.loads(gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw)
    except RecursionError as error:
        raise RecordError(f"{path} nests its values too deeply", expected="a list of objects") from error
    except (ValueError, OSError, EOFError) as error:
        lines = raw.lstrip()[:1] == b"{" and b"\n{" in raw[: 1 << 20]
        if lines:
            return _lines(path, rows)
        raise RecordError(f"{path} is not JSON ({_first_line(error)})", expected="a list of objects") from error
    notes: list[str] = []
    if isinstance(stated, Mapping):
        lists = {k: v for k, v in stated.items() if isinstance(v, list) and v and isinstance(v[0], Mapping)}
        if len(lists) != 1:
            said = stated.get("error") or stated.get("message") or stated.get("messages")
            raise RecordError(
                f"{path} holds an object with {len(lists)} lists of rows"
                + (f"; it says {str(said)[:200]!r}" if said else ""),
                expected="a list of objects, or an object that holds one, such as data",
            )
        (key, stated), total = next(iter(lists.items())), _total(stated)
        if isinstance(total, int) and total > len(stated):
            notes.append(f"The file says that there are {total:,} rows, and holds {len(stated):,} under {key!r}.")
    if not isinstance(stated, list) or not stated or not all(isinstance(row, Mapping) for row in stated):
        raise RecordError(f"{path} holds no list of objects", expected="one object for each event")
    flat = [_flat(row) for row in stated[:rows]]
    names = list(dict.fromkeys(name for row in flat for name in row))
    frame = pl.DataFrame(
        {name: [row.get(name) for row in flat] for name in names}, schema=dict.fromkeys(names, pl.String)
    )
    return frame, notes, 0


def _total(stated: Mapping[str, Any]) -> Any:
    """How many rows the answer of an API says there are, of which a page may hold few."""
    named = {name.lower().replace("_", ""): value for name, value in stated.items()}
    return named.get("totalcount", named.get("count"))


def _flat(row: Mapping[str, Any]) -> dict[str, str | None]:
    """The values of one object as texts; nested ones under "outer.inner", as of GeoJSON's properties under "inner"."""
    flat: dict[str, str | None] = {}
    for key, value in row.items():
        if isinstance(value, Mapping):
            prefix = "" if key == "properties" else f"{key}."
            flat |= {f"{prefix}{inner}": _text(v) for inner, v in value.items()}
        else:
            flat[str(key)] = _text(value)
    return flat


def _text(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False)
    return str(value)


def _statistics(path: Path, suffix: str, rows: int | None) -> Read:
    """Stata and SPSS: pyreadstat where it is installed; else older Stata files by our own reader."""
    try:
        import pyreadstat  # pyright: ignore[reportMissingImports]  # an extra, since most records are texts
    except ImportError:
        if suffix == ".dta":
            from groundswell.records.stata import read_stata

            frame = read_stata(path)
            return as_texts(frame.head(rows) if rows else frame), [], 0
        raise RecordError(
            f"{path} is an SPSS file, and pyreadstat is not installed",
            expected="the extra 'formats'",
            instead=f"{install('formats')}, or save it as CSV",
        ) from None
    reader = {".dta": pyreadstat.read_dta, ".por": pyreadstat.read_por}.get(suffix, pyreadstat.read_sav)
    with tempfile.TemporaryDirectory(prefix="groundswell-", ignore_cleanup_errors=True) as folder:
        source = path
        if _zipped(path):
            source = Path(folder) / f"plain{suffix}"
            try:
                source.write_bytes(gzip.decompress(path.read_bytes()))
            except (OSError, EOFError) as error:
                raise RecordError(f"{path} is a damaged gzip file ({error})", expected="a whole file") from error
        try:
            columns, about = reader(str(source), output_format="dict", row_limit=rows or 0)
        except Exception as error:  # pyreadstat raises its own family, and others for a file cut short
            raise RecordError(
                f"{path} cannot be read ({_first_line(error)})", expected=f"a whole {suffix} file"
            ) from error
    frame = pl.DataFrame({name: _column(name, values) for name, values in columns.items()})
    notes = []
    if labelled := [name for name in about.variable_value_labels if name in columns]:
        shown = ", ".join(labelled[:5]) + (" ..." if len(labelled) > 5 else "")
        notes.append(f"Codes of {len(labelled):,} columns have labels in the file ({shown}); the codes were read.")
    return frame, notes, 0


def _column(name: str, values: Any) -> pl.Series:
    if hasattr(values, "tolist"):
        values = values.tolist()
    return pl.Series(name, [_text(v) if v == v else None for v in values], dtype=pl.String)


def as_texts(frame: pl.DataFrame) -> pl.DataFrame:
    """Every column as a text, as a CSV would have it: whole numbers without a point, lists and objects as JSON."""
    columns = []
    for name, kind in frame.schema.items():
        column = pl.col(name)
        if kind in (pl.Float32, pl.Float64):
            whole = column.is_finite() & (column == column.round(0)) & (column.abs() < 2**53)
            integer = pl.when(whole).then(column).cast(pl.Int64).cast(pl.String)
            columns.append(pl.when(column.is_finite()).then(pl.coalesce(integer, column.cast(pl.String))).alias(name))
        elif isinstance(kind, pl.Struct):
            columns.append(column.struct.json_encode().alias(name))
        elif isinstance(kind, pl.List | pl.Array):
            columns.append(column.cast(pl.List(pl.String)).list.join(", ").alias(name))
        elif kind == pl.Binary:
            columns.append(pl.lit(None, pl.String).alias(name))
        else:
            columns.append(column.cast(pl.String).alias(name))
    return frame.select(columns)


def _zipped(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(2) == b"\x1f\x8b"


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
