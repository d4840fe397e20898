"""Any delimited record, through a mapping file; and "csv", for a file that has the schema's own columns."""

from __future__ import annotations

import tomllib
from collections.abc import Collection
from datetime import date
from pathlib import Path
from typing import Any, Literal, final

import polars as pl
import pydantic

from groundswell.errors import RecordError
from groundswell.records.codebooks._base import Codebook, Draft, listed
from groundswell.records.codebooks._table import Table, read_table, refuse_special
from groundswell.records.schema import KINDS

_LONGEST = 1 << 22  # bytes of a mapping file; even ten thousand kinds take less
_FIELDS = (
    "id", "date", "date_end", "precision", "place", "country", "latitude", "longitude", "kind", "actor", "target",
    "size", "size_low", "size_high", "fatalities", "source", "detail",
)  # fmt: skip


class _File(pydantic.BaseModel):
    """What a mapping file may say."""

    model_config = pydantic.ConfigDict(extra="forbid", strict=False)

    title: str = ""
    citation: str = ""
    day_first: bool = False
    span: tuple[date, date] | None = None
    delimiter: str | None = None
    quotes: bool = True
    duplicates: Literal["keep", "drop"] = "keep"
    on_unreadable: Literal["reject", "set aside"] = "reject"
    columns: dict[str, str] = {}
    constants: dict[str, str] = {}
    kinds: dict[str, str] = {}


@final
class Mapping(Codebook):
    """A record in the user's own columns, mapped to the schema by a TOML file.

    The file, in eight lines:

        day_first = true                       # 3/4/2011 is 3 April; without it, 4 March
        span = ["2001-01-01", "2010-12-31"]    # dates outside are rejected (optional)
        duplicates = "drop"                    # "keep" (the default) or "drop" exact duplicates
        columns = { date = "jour", kind = "forme", size = "manifestants", place = "ville" }
        constants = { country = "France", source = "my notes" }
        [kinds]                                # each value of the column of kinds, in lower case
        marche = "protest"
        "*" = "other"                          # all the rest (optional; without it they are rejected)

    `columns` names, for each field of the schema, the column of the record. `date` is needed, and `kind`, as a column
    or as a constant. `size` is one column, in which ranges are read; or `size_low` and `size_high`. Further keys:
    `title` (by which readings name the record; else the name of the mapping file), `citation`, `delimiter`, `quotes`
    (false where the file uses no quotation marks), and `on_unreadable`, which says whether a size or number of dead
    that cannot be read rejects its row ("reject", the default) or is itself set aside ("set aside").

    A column that the record does not have is an error that names the columns it does have.
    """

    name = "csv"
    title = "a record with the columns of the schema"
    citation = ""
    rowwise = True

    def __init__(self, file: _File, where: str) -> None:
        self.where = where
        if file.columns:  # a mapping file, and not the schema's own columns
            self.title = file.title or Path(where).name
            self.name = self.title
            self.citation = file.citation
        self.quotes = file.quotes
        self.mapped = dict(file.columns)
        self.constants = dict(file.constants)
        self.kinds = {key.strip().lower(): value for key, value in file.kinds.items()}
        self.delimiter = file.delimiter
        self.day_first = file.day_first
        self.span = file.span
        self.duplicates = file.duplicates
        self.on_unreadable = file.on_unreadable

    def load(self, path: Path) -> Table:
        only = set(self.mapped.values()) or set(_FIELDS)
        return read_table(path, delimiter=self.delimiter, quoted=self.quotes, only=only)

    def recognises(self, path: Path, columns: Collection[str]) -> bool:
        """A file with a date and a kind in columns of those names, which no other codebook knows."""
        return {"date", "kind"} <= set(columns)

    def draft(self, table: Table) -> Draft:
        mapped = self.mapped or {name: name for name in _FIELDS if name in table.columns}
        absent = sorted({column for column in mapped.values() if column not in table.columns})
        if absent:
            raise RecordError(
                f"{self.where} maps the column {listed(absent)}, which {table.path} does not have",
                expected=f"columns that exist: {listed(table.columns)}",
            )
        needed = [name for name in ("date", "kind") if name not in mapped and name not in self.constants]
        if needed:
            raise RecordError(
                f"{table.path} has no column for {' and '.join(needed)}",
                expected=f"a date and a kind for every event; the file has the columns {listed(table.columns)}",
                instead='columns = { date = "your column", kind = "your column" }  # in a mapping file',
            )
        picked = {name: pl.col(column) for name, column in mapped.items()}
        picked |= {name: pl.lit(value) for name, value in self.constants.items() if name not in picked}
        refused = {}
        if self.kinds and "kind" in mapped:
            given = pl.col(mapped["kind"]).str.to_lowercase()
            rest = self.kinds.get("*")
            known = {key: value for key, value in self.kinds.items() if key != "*"}
            picked["kind"] = given.replace_strict(known, default=rest, return_dtype=pl.String)
            unlisted = given.is_not_null() & picked["kind"].is_null()
            refused = {
                "refused": pl.when(unlisted).then(
                    pl.concat_str(pl.lit("the kind '"), given, pl.lit("' is not listed in the mapping"))
                ),
                "refused_column": pl.lit(mapped["kind"]),
            }
        elif "kind" in mapped:
            picked["kind"] = pl.col(mapped["kind"]).str.to_lowercase()
        return Draft(table.frame.select("row", **picked, **refused), mapped)


def read_toml(path: Path) -> dict[str, Any]:
    """The tables of a mapping file; whatever is wrong with the file itself is one RecordError."""
    refuse_special(path, expected="a mapping file")
    if path.stat().st_size > _LONGEST:
        raise RecordError(
            f"{path} has {path.stat().st_size:,} bytes", expected=f"a mapping file of at most {_LONGEST:,} bytes"
        )
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RecordError(f"{path} is not a TOML file ({error})", expected="a mapping file") from error
    except RecursionError as error:
        raise RecordError(
            f"{path} nests its values too deeply", expected="a mapping file, whose values are texts, numbers and lists"
        ) from error
    except OSError as error:
        raise RecordError(f"{path} cannot be opened ({error.strerror})", expected="a mapping file") from error


def read_mapping(path: Path) -> Mapping:
    """The codebook that a mapping file states.

    Raises
    ------
    RecordError : the file is missing, is not TOML, or says something that a mapping cannot say.
    """
    stated = read_toml(path)
    try:
        file = _File.model_validate(stated)
    except pydantic.ValidationError as error:
        first = error.errors()[0]
        at = ".".join(str(part) for part in first["loc"])
        raise RecordError(
            f"{path}: {at!r}: {first['msg'].lower()}", expected=f"the keys {', '.join(_File.model_fields)}"
        ) from error
    for table in ("columns", "constants"):
        for name in getattr(file, table):
            if name not in _FIELDS:
                raise RecordError(f"{path}: {table}.{name}", expected=f"a field of the schema: {', '.join(_FIELDS)}")
    if not file.columns:
        raise RecordError(f"{path} maps no columns", expected='columns = { date = "...", kind = "..." }')
    if "size" in file.columns and {"size_low", "size_high"} & set(file.columns):
        raise RecordError(f"{path} maps both size and its low or high end", expected="either size, or the two ends")
    kinds = [*file.kinds.values(), *([file.constants["kind"]] if "kind" in file.constants else [])]
    for kind in kinds:
        if kind not in KINDS:
            raise RecordError(f"{path}: the kind {kind!r}", expected=f"one of {', '.join(KINDS)}")
    if file.span is not None and file.span[0] > file.span[1]:
        raise RecordError(f"{path}: the span ends before it starts", expected="the first day, then the last")
    if file.delimiter is not None and len(file.delimiter) != 1:
        raise RecordError(f"{path}: the delimiter {file.delimiter!r}", expected="one character")
    return Mapping(file, str(path))


CODEBOOK = Mapping(_File(), "csv")
