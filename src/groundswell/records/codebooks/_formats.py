"""Reads files that are not delimited text: spreadsheets, Parquet, JSON, Stata and SPSS; says what to do with others."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from groundswell.errors import RecordError, install
from groundswell.records.codebooks import _sheet
from groundswell.records.codebooks._blocks import ParquetFile, Spool, as_texts
from groundswell.records.codebooks._json import spool_json, spool_lines, text_of
from groundswell.records.codebooks._text import opened
from groundswell.records.stata import dated, read_stata

_REFUSED: Mapping[tuple[str, ...], tuple[str, str]] = {
    (".rda", ".rdata", ".rds"): (
        "a file of R, in R's own form",
        'in R: arrow::write_parquet(object, "file.parquet"), or write.csv(object, "file.csv", row.names = FALSE)',
    ),
    (".sas7bdat", ".xpt"): ("a file of SAS", "export it as CSV, or as an SPSS file (.sav)"),
    (".zip", ".7z", ".rar", ".tar", ".tgz"): ("an archive", "unpack it, and name the file in it"),
    (".pdf", ".doc", ".docx"): ("a document, not a table", "copy its table into a spreadsheet"),
    (".db", ".sqlite", ".sqlite3", ".mdb", ".accdb"): ("a database", "export the table as CSV"),
    (".feather", ".arrow", ".ipc", ".avro", ".orc"): ("a table in another form", "save it as Parquet or CSV"),
    (".geojson", ".shp", ".gpkg", ".kml", ".kmz"): ("a map", "export its table of attributes as CSV"),
    (".pkl", ".pickle"): ("a file of Python objects, which runs code when it is opened", "save the frame as Parquet"),
    (".html", ".htm", ".xml"): ("a web page, not a table", "export the table as CSV"),
}
_CELLS, _FEW_COLUMNS = 5_000_000, 10  # values of a statistics file that are held at once
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


def is_parquet(path: Path) -> bool:
    """Whether a file is Parquet, by its first bytes or its name."""
    with path.open("rb") as file:
        return file.read(4) == b"PAR1" or suffix_of(path) in _PARQUET


def read_whole(path: Path) -> bool:
    """Whether a file is of a form that is read into memory as a whole."""
    return suffix_of(path) in _sheet.SUFFIXES and not _text_in_a_workbook(path)


def _text_in_a_workbook(path: Path) -> bool:
    """Whether a file that is called .xls holds delimited text, as some programs export it.

    Raises
    ------
    RecordError : it holds a page, as others do.
    """
    with path.open("rb") as file:
        start = file.read(1 << 12)
    if (
        suffix_of(path) != ".xls"
        or not start
        or b"\x00" in start
        or start.startswith((b"PK", b"\xd0\xcf\x11\xe0", b"\x09"))
    ):
        return False
    if start.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<"):
        raise RecordError(
            f"{path} is a page (HTML or XML) under the name of a workbook",
            expected="a workbook",
            instead="open it in a spreadsheet, and save it as .xlsx or CSV",
        )
    return True


def read_other(
    path: Path, *, sheet: str | int | None = None, header_rows: Sequence[int] = (), rows: int | None = None
) -> Read | None:
    """The table of a workbook; None for any other form that is read.

    Raises
    ------
    RecordError : the file is of a form that is not read, with what to do; or it is damaged.
    """
    suffix = suffix_of(path)
    for suffixes, (what, instead) in _REFUSED.items():
        if suffix in suffixes:
            raise RecordError(f"{path} is {what}", expected="a table of a form that is read", instead=instead)
    if suffix in _sheet.SUFFIXES and not _text_in_a_workbook(path):
        return _sheet.read_sheet(path, sheet=sheet, header_rows=header_rows, rows=rows)
    with path.open("rb") as file:
        magic = file.read(8)
    if magic.startswith((b"RDX", b"RDA")):
        what, instead = _REFUSED[(".rda", ".rdata", ".rds")]
        raise RecordError(f"{path} is {what}", expected="a table of a form that is read", instead=instead)
    return None


@contextlib.contextmanager
def open_blocks(path: Path, rows: int | None = None) -> Iterator[ParquetFile | Spool | None]:
    """The rows of Parquet, JSON, Stata and SPSS, which are read block by block; None for a file of another form.

    Raises
    ------
    RecordError : the file is damaged, or holds no rows of that form.
    """
    suffix = suffix_of(path)
    if is_parquet(path):
        yield ParquetFile(path, rows)
    elif suffix in (*_JSON, *_LINES, *_STATISTICS):
        spooled = spool_lines if suffix in _LINES else spool_json if suffix in _JSON else spool_statistics
        with Spool() as spool:
            spooled(path, spool, rows)
            yield spool
    else:
        yield None


def spool_statistics(path: Path, spool: Spool, rows: int | None = None) -> None:
    """Keep the rows of a file of Stata or SPSS: by pyreadstat where it is installed; otherwise older Stata files by our
    own reader.

    Raises
    ------
    RecordError : the file is damaged, or its reader is not installed.
    """
    suffix = suffix_of(path)
    try:
        import pyreadstat  # pyright: ignore[reportMissingImports]  # an extra, since most records are texts
    except ImportError:
        if suffix == ".dta":
            frame = read_stata(path, dates=True)
            spool.share = 1.0 if rows is None else min(rows / max(frame.height, 1), 1.0)
            spool.add(as_texts(frame.head(rows) if rows else frame))
            return
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
                with opened(path) as (file, _), source.open("wb") as copy:
                    shutil.copyfileobj(file, copy, 1 << 22)
            except (OSError, EOFError, zlib.error) as error:
                raise RecordError(f"{path} is a damaged gzip file ({error})", expected="a whole file") from error
        try:
            about = _spool_pieces(reader, source, spool, rows)
        except Exception as error:  # pyreadstat raises its own family of errors, and others for a truncated file
            raise RecordError(
                f"{path} cannot be read ({_first_line(error)})", expected=f"a whole {suffix} file"
            ) from error
    if rows is not None and about.number_rows:
        spool.share = min(spool.rows / about.number_rows, 1.0)
    if labelled := [name for name in about.variable_value_labels if name in spool.names]:
        shown = "; ".join(_labels(name, about.variable_value_labels[name]) for name in labelled[:3])
        shown += "; and others" if len(labelled) > 3 else ""
        spool.notes.append(
            f"Codes of {len(labelled):,} columns have labels in the file ({shown}); the codes were read."
        )


def _spool_pieces(reader: Any, source: Path, spool: Spool, rows: int | None) -> Any:
    """Keep the rows that pyreadstat gives, some at a time; returns what it reports about the file."""
    while True:
        limit = _CELLS // max(len(spool.names), _FEW_COLUMNS)
        limit = limit if rows is None else min(limit, rows - spool.rows)
        columns, about = reader(str(source), output_format="dict", row_limit=limit, row_offset=spool.rows)
        formats = getattr(about, "original_variable_types", {})
        frame = pl.DataFrame(
            {name: dated(_column(name, values), formats.get(name, "")) for name, values in columns.items()}
        )
        if frame.height or not spool.names:
            spool.add(frame)
        if frame.height < limit or (rows is not None and spool.rows >= rows):
            return about


def _column(name: str, values: Any) -> pl.Series:
    if hasattr(values, "tolist"):
        values = values.tolist()
    return pl.Series(name, [text_of(v) if v == v else None for v in values], dtype=pl.String)


_MOST_LABELS = 8


def _labels(name: str, labels: Mapping[Any, str]) -> str:
    """What the codes of a column stand for, as far as there is room."""
    shown = ", ".join(f"{text_of(code)} = {str(word)[:30]}" for code, word in list(labels.items())[:_MOST_LABELS])
    return f"{name}: {shown}{' ...' if len(labels) > _MOST_LABELS else ''}"


def _zipped(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(2) == b"\x1f\x8b"


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
