"""Any table, through a mapping file; and "csv", for a file that has the schema's own columns."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, Literal, TypeVar, final

import polars as pl
import pydantic

from groundswell.errors import RecordError, nearest
from groundswell.records.accuracy import Accuracy
from groundswell.records.codebooks._base import Codebook, Draft, listed
from groundswell.records.codebooks._style import Style
from groundswell.records.codebooks._table import FileLayout, Table, Wanted, refuse_special
from groundswell.records.codebooks._unknown import is_unknown
from groundswell.records.codebooks._wide import counts_by_kind, draft_counts
from groundswell.records.schema import ROLE_OF
from groundswell.records.vocabulary import check_roles
from groundswell.records.window import Window
from groundswell.settings import require_known
from groundswell.text import parse_toml

_LONGEST = 1 << 22  # bytes of a mapping file; even ten thousand kinds take less
_FIELDS = (
    "id", "date", "date_end", "precision", "place", "country", "latitude", "longitude", "kind", "role", "count",
    "actor", "target", "size", "size_instead", "size_low", "size_high", "fatalities", "source", "detail", "stamp",
)  # fmt: skip
_SHORT = {"lat": "latitude", "lon": "longitude", "lng": "longitude"}
_TAKEN = ("row", "hour", "refused", "refused_column", "size_instead", "fatalities_high")
_ENDS = ("_text", "_problem")
_OF_COLUMNS = ("columns", "constants", "kinds", "count", "places")
"""Keys that a mapping on top of a built-in codebook cannot have, since that codebook knows its columns."""


class Conventions(pydantic.BaseModel):
    """What can be stated about any record, whether its columns are mapped here or by a built-in codebook."""

    model_config = pydantic.ConfigDict(extra="forbid", strict=False)

    title: str = ""
    citation: str = ""
    licence: str = ""
    limits: str = ""
    recognised_by: tuple[str, ...] = ()
    date_order: str | None = None
    day_first: bool | None = None
    language: str | tuple[str, ...] | None = None
    decimal: str | None = None
    thousands: str | None = None
    century: int | None = None
    defaulted_days: tuple[int, ...] = ()
    span: tuple[date, date] | None = None
    window: dict[str, Any] | None = None
    delimiter: str | None = None
    quotes: bool | None = None
    encoding: str | None = None
    sheet: str | int | None = None
    header_rows: int | tuple[int, ...] | None = None
    duplicates: Literal["keep", "drop"] | None = None
    same_id: Literal["keep", "keep newest", "keep first", "keep last"] | None = None
    on_unreadable: Literal["reject", "set aside"] | None = None
    aliases: dict[str, str | list[str]] = {}
    roles: dict[str, str] = {}
    accuracy: dict[str, Any] | None = None


class _File(Conventions):
    """What a mapping file may say."""

    codebook: str | None = None
    count: str | tuple[str, ...] | None = None
    places: tuple[str, ...] = ()
    columns: dict[str, str | list[str]] = {}
    constants: dict[str, str] = {}
    kinds: dict[str, str] = {}
    panel: dict[str, Any] | None = None


_Model = TypeVar("_Model", bound=Conventions)


@final
class Mapping(Codebook):
    """A record in the user's own columns, mapped to the schema by a TOML file.

    The file, in its shortest form:

        date_order = "dmy"                     # 3/4/2011 is 3 April; "mdy": 4 March
        columns = { date = "jour", kind = "forme", size = "manifestants", place = "ville" }
        constants = { country = "France", source = "my notes" }

        [kinds]                                # each value of the column of kinds, in lower case: a word of yours
        marche = "march"
        "*" = "other"                          # all the rest (optional; without it they are rejected)

        [roles]                                # the role of each of these words in a question
        march = "mobilisation"

        [window]                               # when and where somebody watched
        span = ["2001-01-01", "2010-12-31"]    # dates outside are rejected
        not_collected = [["2004-03-01", "2004-05-31"]]

    `columns` names, for each field of the schema, the column of the record; for `date` and `date_end` also those of the
    year, the month and the day, `date = ["year", "month", "day"]`, of which the day, or both, may be missing or blank.
    `date` is needed, and `kind`, as a column,
    as a constant, or through `count`. `size` is one column, in which ranges and words are read; or `size_low` and
    `size_high`. `count = "EVENTS"` says that a column holds how many events a row represents, and
    `count = ["marches", "raids"]` that each of several columns counts its own kind. `places = ["town", "state"]`
    are columns of places, the smallest first, each of which a question may count separately.

    Further keys: see `Conventions` and docs/records.md. With `codebook = "acled"` the columns are those of a built-in
    codebook, and the file states the rest.
    """

    name = "csv"
    title = "a record with the columns of the schema"
    citation = ""
    rowwise = True
    style = Style()

    def __init__(self, file: _File, where: str) -> None:
        self.where = where
        self.mapped = {name: of if isinstance(of, str) else of[0] for name, of in file.columns.items()}
        self.parts = {name: tuple(of) for name, of in file.columns.items() if not isinstance(of, str)}
        self.constants = dict(file.constants)
        self.kinds = {key.strip().lower(): value.strip() for key, value in file.kinds.items()}
        self.places = file.places
        self.counted = tuple(file.count) if isinstance(file.count, tuple) else ()
        if isinstance(file.count, str):
            self.mapped["count"] = file.count
        if self.places and "place" not in self.mapped:
            self.mapped["place"] = self.places[0]
        if file.columns or file.count:  # a mapping file, and not the schema's own columns
            self.title = self.name = Path(where).name

    @property
    def data_set(self) -> str:
        return "" if self.title in (Mapping.title, Path(self.where).name) else self.title

    def wanted(self, path: Path) -> Wanted:
        return Wanted(self._columns() or {*_FIELDS, *_SHORT})

    def _columns(self) -> set[str]:
        """All columns that the mapping names."""
        parts = (name for names in self.parts.values() for name in names)
        return {*self.mapped.values(), *self.places, *self.counted, *parts}

    def recognises(self, path: Path, columns: Collection[str]) -> bool:
        """A file with the columns that the mapping names, or one with a date and a kind in columns of those names."""
        return (
            super().recognises(path, columns) if self.layouts else {"date", "kind"} <= set(self._own(columns).values())
        )

    def canonical(self, columns: Collection[str]) -> dict[str, str]:
        return super().canonical(columns) if self.mapped else self._own(columns)

    @staticmethod
    def _own(columns: Collection[str]) -> dict[str, str]:
        """Columns with the schema's names in any case; a name that stands there already is left to its column."""
        taken, named = set(columns), {}
        for column in columns:
            low = column.strip().lower()
            name = _SHORT.get(low, low)
            named[column] = name if name in _FIELDS and (name == column or name not in taken) else column
            taken.add(named[column])
        return named

    def draft(self, table: Table) -> Draft:
        mapped = self.mapped or {name: name for name in _FIELDS if name in table.columns}
        self._check_mapped(table, mapped)
        picked = {name: pl.col(column) for name, column in mapped.items()}
        picked |= {name: _calendar(parts) for name, parts in self.parts.items()}
        picked |= {name: pl.lit(value) for name, value in self.constants.items() if name not in picked}
        picked |= {name: pl.col(name) for name in self.places if name not in picked}
        refused = {}
        if self.counted:
            picked |= draft_counts(table.frame, self.counted, self.style)
        elif self.kinds and "kind" in mapped:
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
        levels = tuple(name for name in self.places if name not in _FIELDS)
        shown = mapped | {name: ", ".join(parts) for name, parts in self.parts.items()}
        return Draft(table.frame.select("row", **picked, **refused), shown, self._unused(table), levels=levels)

    def _unused(self, table: Table) -> list[str]:
        """A note on the columns that nothing is read from, in a file that has the schema's own columns."""
        rest = [name for name in table.columns if name not in _FIELDS and name != "hour"]
        if self.mapped or not rest:
            return []
        return [
            f"Columns that were not read: {listed(rest, 8)}; the columns of the schema are called "
            f"{', '.join(_FIELDS[:13])} and so on, and a mapping file says what others hold."
        ]

    @property
    def numbering(self) -> tuple[str, ...]:
        if self.counted:
            return self.counted
        return (self.mapped["count"],) if "count" in self.mapped else () if self.mapped else ("count",)

    def counted_by(self, by: str | None) -> tuple[frozenset[str], frozenset[str]]:
        mapped = self.mapped or {name: name for name in _FIELDS}
        places = {*([by] if by else []), *(("place", "country") if self.window.places else ())}
        deciding = [
            *(mapped[name] for name in ("kind", "role", "count") if name in mapped),
            *(mapped.get(name, name) for name in places),
            *self.counted,
        ]
        dating = [mapped[name] for name in ("date", "date_end", "precision") if name in mapped]
        dating += [name for names in self.parts.values() for name in names]
        return frozenset(dating), frozenset(deciding)

    def _check_mapped(self, table: Table, mapped: dict[str, str]) -> None:
        wanted = {*mapped.values(), *self._columns()}
        absent = sorted(column for column in wanted if column not in table.columns)
        if absent:
            raise RecordError(
                f"{self.where} maps the column {listed(absent)}, which {table.path} does not have",
                expected=f"columns that exist: {listed(table.columns)}",
                instead=nearest(absent[0], table.columns),
            )
        given = {*mapped, *self.constants} | ({"kind"} if self.counted else set())
        needed = [name for name in ("date", "kind") if name not in given]
        if needed:
            raise RecordError(
                f"{table.path} has no column for {' and '.join(needed)}",
                expected=f"a date and a kind for every event; the file has the columns {listed(table.columns)}",
                instead='columns = { date = "your column", kind = "your column" }  # in a mapping file',
            )

    def expand(self, events: pl.DataFrame) -> pl.DataFrame:
        return counts_by_kind(events, self.kinds) if self.counted else events


def _calendar(parts: Sequence[str]) -> pl.Expr:
    """Year, month and day in columns of their own as one date; a month may be a number or a name, and 0 is unknown."""
    cells = [pl.col(name).str.strip_chars().str.replace(r"\.0+$", "") for name in parts]
    year, month, day = (
        *(pl.when(~is_unknown(cell) & ~cell.str.contains("^0+$")).then(cell) for cell in cells),
        *[pl.lit(None, pl.String)] * (3 - len(parts)),
    )
    day = pl.when(month.is_not_null()).then(day)
    figures = pl.concat_str([year, month.str.zfill(2), day.str.zfill(2)], separator="-", ignore_nulls=True)
    words = pl.concat_str([day, month, year], separator=" ", ignore_nulls=True)
    date = pl.when(month.str.contains(r"^\d+$").fill_null(True)).then(figures).otherwise(words)
    return pl.when(year.is_not_null()).then(date)


def read_toml(path: Path) -> dict[str, Any]:
    """The tables of a mapping file; whatever is wrong with the file itself is one RecordError."""
    refuse_special(path, expected="a mapping file")
    if path.stat().st_size > _LONGEST:
        raise RecordError(
            f"{path} has {path.stat().st_size:,} bytes", expected=f"a mapping file of at most {_LONGEST:,} bytes"
        )
    try:
        return parse_toml(path.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RecordError(f"{path} is not a TOML file ({error})", expected="a mapping file") from error
    except RecursionError as error:
        raise RecordError(
            f"{path} nests its values too deeply", expected="a mapping file, whose values are texts, numbers and lists"
        ) from error
    except OSError as error:
        raise RecordError(f"{path} cannot be opened ({error.strerror})", expected="a mapping file") from error


def read_mapping(path: Path, known: dict[str, Codebook] | None = None) -> Codebook:
    """The codebook that a mapping file states; `known` are the built-in ones, on top of which it may stand.

    Raises
    ------
    RecordError : the file is missing, is not TOML, or says something that a mapping cannot say.
    """
    file = _validated(_File, read_toml(path), str(path))
    for table in ("columns", "constants"):
        for name in getattr(file, table):
            require_known(name, _FIELDS, RecordError, f"{path}: {table}.{name}", "a field of the schema: ")
    if file.codebook is not None:
        return _on_top(file, path, known or {})
    if not file.columns:
        raise RecordError(
            f"{path} maps no columns",
            expected='columns = { date = "...", kind = "..." }',
            instead="groundswell.read_panel(path, mapping)  # for units by wave" if file.panel else None,
        )
    for name, of in file.columns.items():
        if not isinstance(of, str) and (name not in ("date", "date_end") or not 1 <= len(of) <= 3):
            raise RecordError(
                f"{path}: columns.{name} = {of}",
                expected='one column; of `date` and `date_end` also ["year", "month", "day"], or its beginning',
            )
    if "size" in file.columns and {"size_low", "size_high"} & set(file.columns):
        raise RecordError(f"{path} maps both size and its low or high end", expected="either size, or the two ends")
    if "count" in {*file.columns, *file.constants} and file.count:
        raise RecordError(f"{path} says count twice", expected='count = "COLUMN", or columns.count')
    own = [name for name in file.places if name in _TAKEN or name.startswith(("_", ".")) or name.endswith(_ENDS)]
    if own:
        raise RecordError(
            f"{path}: places = {list(file.places)}",
            expected=f"columns of places, of which none is called {own[0]!r}, a name that the reader needs itself",
            instead="a different name for that column in the file",
        )
    kinds = {*file.kinds.values(), *([file.constants["kind"]] if "kind" in file.constants else [])}
    for kind in kinds:
        if not kind.strip():
            raise RecordError(f"{path}: a kind without a name", expected='a word, such as "march"')
    stated = bool(file.kinds or "kind" in file.constants)
    words = {kind.strip() for kind in kinds} | {*ROLE_OF, *(file.count if isinstance(file.count, tuple) else ())}
    check_roles(file.roles, str(path), words if stated and "role" not in file.columns else None)
    return _configured(Mapping(file, str(path)), file, str(path))


def configured(book: Codebook, options: dict[str, Any], where: str = "the options") -> Codebook:
    """The codebook with the keys of a mapping file other than its columns, such as `date_order` and `window`.

    Raises
    ------
    RecordError : a key or value that is not known.
    """
    return _configured(book, _validated(Conventions, options, where), where) if options else book


def layout_and_style(stated: dict[str, Any], where: str) -> tuple[FileLayout, Style]:
    """What the keys of a mapping file say about the file itself and how it writes numbers.

    Raises
    ------
    RecordError : a key or value that is not known.
    """
    file = _validated(_File, stated, where)
    return _layout(FileLayout(), file), _style(Style(), file, where)


def _validated(model: type[_Model], stated: dict[str, Any], where: str) -> _Model:
    for name in stated:
        require_known(
            name, model.model_fields, RecordError, f"{where}: {name!r}: not a key of a mapping file", "the keys "
        )
    try:
        return model.model_validate(stated)
    except pydantic.ValidationError as error:
        first = error.errors()[0]
        at = ".".join(str(part) for part in first["loc"] if part not in ("str", "int", "tuple[str, ...]"))
        raise RecordError(
            f"{where}: {at!r}: {first['msg'].lower()}", expected=f"the keys {', '.join(model.model_fields)}"
        ) from error


def _on_top(file: _File, path: Path, known: dict[str, Codebook]) -> Codebook:
    """A built-in codebook with the settings of the mapping file other than columns."""
    given = [name for name in _OF_COLUMNS if getattr(file, name)]
    if set(file.constants) == {"kind"}:  # for a codebook of counts, whose files do not say what they count
        given = [name for name in given if name != "constants"]
    if given:
        raise RecordError(
            f"{path}: {given[0]} together with codebook = {file.codebook!r}",
            expected="either the columns of your own, or a built-in codebook, which knows its columns",
        )
    name = str(file.codebook)
    require_known(name, known, RecordError, f"{path}: codebook = {name!r}", "the name of a built-in codebook: ")
    book = known[name]
    check_roles(file.roles, str(path))
    if "kind" in file.constants:
        if not hasattr(book, "kind"):
            raise RecordError(f"{path}: a constant kind", expected=f"none, since {book.name} codes the kinds itself")
        book = book.configured(kind=file.constants["kind"])
    return _configured(book, file, str(path))


def _configured(book: Codebook, file: Conventions, where: str) -> Codebook:
    changed: dict[str, Any] = {}
    if file.title:
        changed |= {"title": file.title} | ({"name": file.title} if isinstance(book, Mapping) else {})
    for name in ("citation", "licence", "limits"):
        if getattr(file, name):
            changed[name] = getattr(file, name)
    if file.recognised_by:
        changed["layouts"] = (frozenset(file.recognised_by),)
    changed["style"] = _style(book.style, file, where)
    changed["layout"] = _layout(book.layout, file)
    window = _window(file, where)
    if window.declared:
        changed["window"] = window
    for name in ("duplicates", "same_id", "on_unreadable"):
        if getattr(file, name) is not None:
            changed[name] = getattr(file, name)
    if file.roles:
        changed["roles"] = {**book.roles, **file.roles}
    if file.aliases:
        changed["aliases"] = _aliases(file.aliases, where)
    if any(not 1 <= day <= 31 for day in file.defaulted_days):
        raise RecordError(
            f"{where}: defaulted_days = {list(file.defaulted_days)}", expected="days of the month, 1 to 31"
        )
    if file.defaulted_days:
        changed["defaulted_days"] = file.defaulted_days
    if file.accuracy is not None:
        changed["accuracy"] = Accuracy.read(file.accuracy, where)
    return book.configured(**changed)


def _style(style: Style, file: Conventions, where: str) -> Style:
    if file.day_first is not None:  # as mapping files said it before `date_order`
        order = "dmy" if file.day_first else "mdy"
        if file.date_order not in (None, order):
            raise RecordError(f"{where}: both day_first and date_order", expected="date_order alone")
        style = replace(style, date_order=order)
    stated = {name: getattr(file, name) for name in ("date_order", "decimal", "thousands", "century")}
    stated = {name: value for name, value in stated.items() if value is not None}
    if file.language is not None:
        stated["language"] = Style.languages_of(file.language)
    try:
        return replace(style, **stated)
    except RecordError as error:
        raise RecordError(f"{where}: {error.given}", expected=error.expected, instead=error.instead) from error


def _layout(layout: FileLayout, file: Conventions) -> FileLayout:
    stated: dict[str, Any] = {name: getattr(file, name) for name in ("delimiter", "quotes", "encoding", "sheet")}
    stated = {name: value for name, value in stated.items() if value is not None}
    if file.header_rows is not None:
        rows = file.header_rows
        stated["header_rows"] = (rows,) if isinstance(rows, int) else tuple(rows)
    return replace(layout, **stated)


def _window(file: Conventions, where: str) -> Window:
    stated = dict(file.window or {})
    if file.span is not None:
        if "span" in stated:
            raise RecordError(f"{where}: both span and window.span", expected="window.span alone")
        stated["span"] = list(file.span)
        if file.span[0] > file.span[1]:
            raise RecordError(f"{where}: the span ends before it starts", expected="the first day, then the last")
    return Window.read(stated, where)


def _aliases(stated: dict[str, str | list[str]], where: str) -> dict[str, str]:
    """Each name with what it is counted under: `"eSwatini" = ["Swaziland"]`, or `"Swaziland" = "eSwatini"`."""
    found: dict[str, str] = {}
    for name, other in stated.items():
        if isinstance(other, str):
            found[name] = other
        else:
            found |= dict.fromkeys(other, name)
    for name, other in found.items():
        if other in found and found[other] != other:
            raise RecordError(
                f"{where}: {name!r} is an alias of {other!r}, itself an alias of {found[other]!r}",
                expected="names that are counted under themselves",
                instead=f'"{name}" = "{found[other]}"',
            )
    return found


CODEBOOK = Mapping(_File(), "csv")
