"""What a codebook is, and the small tools with which codebooks map columns."""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any, ClassVar, Literal, Self

import polars as pl

from groundswell.errors import RecordError
from groundswell.records.accuracy import Accuracy
from groundswell.records.codebooks._budget import refuse_too_large
from groundswell.records.codebooks._finish import finish, style_of
from groundswell.records.codebooks._open import open_table, read_table
from groundswell.records.codebooks._style import Style
from groundswell.records.codebooks._table import FileLayout, Table, TableRows, Wanted
from groundswell.records.schema import Reading
from groundswell.records.window import Window

_BLOCK = 100_000  # rows worked on at once: some fifty columns of intermediate values are held for these rows only
_NOTHING = ("", ".", "nan", "NaN", "NAN", "null", "NULL", "Null", "none", "None", "NONE")


@dataclass(frozen=True)
class Draft:
    """A table on its way to becoming events: one row per row of the file, still with the publisher's values.

    frame : must hold `row`, `date` and `kind`; may hold `id`, `date_end`, `precision`, `place`, `country`,
        `latitude`, `longitude`, `role`, `count`, `actor`, `target`, `size` (or `size_low` and `size_high`),
        `size_instead` (read where `size` cannot be), `fatalities`, `source`, `detail` as texts; `stamp`, a text that
        sorts later versions of an event after earlier ones; `refused` (text), the reason why the codebook itself sets
        the row aside, with `refused_column`; and columns named `_...`, which are kept for the codebook's own `expand`.
    columns : which column of the file each of those came from, for messages.
    levels : further columns of the frame that hold places (town, district, state), and are kept under their names.
    """

    frame: pl.DataFrame
    columns: Mapping[str, str] = field(default_factory=dict)
    notes: Sequence[str] = ()
    levels: Sequence[str] = ()


class Codebook(ABC):
    """The mapping from one publisher's columns to the schema of events. Subclasses are final: one per data set.

    A subclass states what it needs and writes `draft`; everything else (dates, amounts, rejections, duplicates,
    spans, notes) happens in one place, below, in the same way for all.
    """

    name: str
    title: str
    citation: str
    licence: ClassVar[str] = ""
    """The publisher's terms, in a few words."""
    uses: ClassVar[frozenset[str] | None] = None
    """The columns that `draft` reads, so that no others are kept in memory; None for all."""
    deciding: ClassVar[frozenset[str]] = frozenset()
    """The columns that decide the kind of an event, where a file can be counted by them and `dating` alone."""
    dating: ClassVar[frozenset[str]] = frozenset()
    """The columns that decide its day."""
    placing: ClassVar[Mapping[str, frozenset[str]]] = {}
    """The columns that decide its `place` and its `country`; a further column of places is decided by itself."""
    rowwise: ClassVar[bool] = False
    """Whether `draft` treats each row separately and `load` is not overridden: a large file is then read by blocks."""
    layouts: ClassVar[tuple[frozenset[str], ...]] = ()
    """Sets of columns, each enough to recognise one layout in which the data set is published."""
    limits: ClassVar[str] = ""
    """What a user of this record must know, in a sentence or two; becomes a note of every reading."""

    aliases_of_columns: ClassVar[Mapping[str, str]] = {}
    """Older names of columns (in lower case), each with the name that `draft` uses."""

    starts: ClassVar[Mapping[str, date]] = {}
    """Countries that the data set covers only from some day on, where a source that was read says so."""
    starts_source: ClassVar[str] = ""
    """That source."""
    span: tuple[date, date] | None = None
    """The days between which an event of this data set can lie; others are rejected."""
    window: Window = Window()
    """When and where the record was watched, where that is known."""
    style: Style = Style(date_order="mdy")
    layout: FileLayout = FileLayout()
    roles: Mapping[str, str] = {}  # never changed in place
    """The roles of kinds, where they are not those of `groundswell.records.schema.ROLE_OF`."""
    aliases: Mapping[str, str] = {}
    """Names of places and countries, each with the name that it is counted under."""
    defaulted_days: tuple[int, ...] = ()
    """Days of the month that stand for "some day of that month"; an event on one is dated to the month."""
    same_id: Literal["keep", "keep newest", "keep first", "keep last"] = "keep"
    """What happens to rows that share an identifier with another row."""
    accuracy: Accuracy = Accuracy()
    on_unreadable: Literal["reject", "set aside"] = "set aside"
    """Whether an unreadable size or number of dead rejects its row, or is set aside while the row is kept."""
    duplicates: Literal["keep", "drop"] = "keep"

    @property
    def data_set(self) -> str:
        """The name by which readers know the data set; empty for a user's own table."""
        return self.title if self.citation or self.licence else ""

    def load(self, path: Path) -> Table:
        """Read the file into a table of texts; a codebook of an unusual format overrides this."""
        return read_table(path, self.wanted(path), layout=self.layout)

    def wanted(self, path: Path) -> Wanted:
        """What to read from a file: the columns that `draft` uses, under their older names as well."""
        return Wanted(None if self.uses is None else {*self.uses, *self.aliases_of_columns})

    def recognises(self, path: Path, columns: Collection[str]) -> bool:
        """Whether a file with these columns is of this data set, by its layouts; case does not matter."""
        have = set(self.canonical(columns).values())
        return any(layout <= have for layout in self.layouts)

    def canonical(self, columns: Collection[str]) -> dict[str, str]:
        """Each column of a file with the name that this codebook has for it."""
        own = {name.lower(): name for layout in self.layouts for name in layout}
        own |= {name.lower(): name for name in self.uses or ()}
        own |= {old: name for old, name in self.aliases_of_columns.items() if old not in own}
        named: dict[str, str] = {}
        taken = set(columns)
        for column in columns:
            name = own.get(column.strip().lower(), column)
            named[column] = column if name in taken and name != column else name
            taken.add(named[column])
        return named

    @abstractmethod
    def draft(self, table: Table) -> Draft:
        """Map the publisher's columns; one row in, one row out."""

    def expand(self, events: pl.DataFrame) -> pl.DataFrame:
        """Turn accepted rows into events; a codebook whose rows state several events overrides this."""
        return events

    def read(self, path: Path) -> Reading:
        """Read a file of this data set; see `groundswell.records.events.read_events`."""
        refuse_too_large(self, path)
        return self.fitted(path)._read(path)

    def fitted(self, path: Path) -> Self:
        """This codebook adapted to the layout of a file, for a codebook whose columns are not fixed."""
        return self

    def _read(self, path: Path) -> Reading:
        if not self.rowwise:
            return self.read_from(self.load(path))
        with open_table(path, self.wanted(path), layout=self.layout) as table:
            return self.read_from(table)

    def read_from(self, table: TableRows) -> Reading:
        """Read a table that was loaded already, or one whose rows are read as they are needed."""
        names = self.canonical(table.columns)
        self._check_columns(table.path, tuple(names.values()))
        return finish(self, table, lambda: self._drafted(table, names))

    def settled(self, table: TableRows) -> Self:
        """This codebook with the order of dates and the century that the dates of a table show.

        Raises
        ------
        RecordError : they show two orders, or none.
        """
        names = self.canonical(table.columns)
        return self.configured(style=style_of(self, table, lambda: self._drafted(table, names)))

    @property
    def numbering(self) -> tuple[str, ...]:
        """The columns among those of `counted_by` that say how many events a row holds: one, or one for each kind."""
        return ()

    def counted_by(self, by: str | None) -> tuple[frozenset[str], frozenset[str]]:
        """The columns that decide the day of an event, and those that decide its kind and (`by`) its place.

        Empty for a codebook whose rows must be read one by one.
        """
        if not self.deciding or not self.rowwise:
            return frozenset(), frozenset()
        asked = {*([by] if by else []), *(("place", "country") if self.window.places else ())}
        return self.dating, self.deciding.union(*(self.placing.get(name, {name}) for name in asked))

    def configured(self, **changed: Any) -> Self:
        """A copy of this codebook with other settings; the codebook itself never changes."""
        made = copy.copy(self)
        for name, value in changed.items():
            setattr(made, name, value)
        return made

    def _drafted(self, table: TableRows, names: Mapping[str, str]) -> Iterator[tuple[Table, Draft]]:
        """The parts of a table, under this codebook's names, and their drafts."""
        if self.rowwise:
            for part in table.blocks(_BLOCK):
                part = _renamed(part, names)
                yield part, self.draft(part)
            return
        whole = _renamed(table.whole(), names)
        draft = self.draft(whole)
        for at, part in zip(range(0, max(whole.frame.height, 1), _BLOCK), whole.blocks(_BLOCK), strict=True):
            yield part, replace(draft, frame=draft.frame.slice(at, _BLOCK))

    def _check_columns(self, path: Path, columns: Sequence[str]) -> None:
        if not self.layouts:
            return
        have = set(columns)
        if any(layout <= have for layout in self.layouts):
            return
        nearest = min(self.layouts, key=lambda layout: len(layout - have))
        missing = ", ".join(repr(name) for name in sorted(nearest - have))
        raise RecordError(
            f"{path} has no column {missing}",
            expected=f"the columns of {self.title}; the file has {listed(columns)}",
            instead="groundswell data list  # the codebooks and their data sets",
        )


def _renamed(table: Table, names: Mapping[str, str]) -> Table:
    if all(old == new for old, new in names.items()):
        return table
    frame = table.frame.rename({old: new for old, new in names.items() if old in table.frame.columns})
    return replace(table, frame=frame, columns=tuple(names[column] for column in table.columns))


def listed(names: Sequence[str], most: int = 30) -> str:
    shown = ", ".join(repr(name) for name in names[:most])
    return shown + (f" and {len(names) - most} more" if len(names) > most else "")


def text(column: str) -> pl.Expr:
    """A column as a text, with the ways of saying "nothing" made null."""
    value = pl.col(column)
    return pl.when(~value.is_in(_NOTHING)).then(value)


def with_responses(events: pl.DataFrame, kinds: Sequence[str], *, target: str = "protesters") -> pl.DataFrame:
    """The events, and for each with a text in `_<kind>` a further event: what the state did, where that text says it.

    The further event has the dates and the place of the first, the id `<id>/<kind>`, which links back, and that text
    as its detail. The size and the dead are those of the first event, and are not repeated.
    """
    parts = [events.with_columns(_order=pl.lit(0))]
    for order, kind in enumerate(kinds, start=1):
        coded = events.filter(pl.col(f"_{kind}").is_not_null())
        parts.append(
            coded.with_columns(
                _order=pl.lit(order),
                id=pl.col("id") + f"/{kind}",
                kind=pl.lit(kind),
                detail=pl.col(f"_{kind}"),
                actor=pl.lit("state"),
                target=pl.lit(target),
                size_low=pl.lit(None, pl.Float64),
                size_high=pl.lit(None, pl.Float64),
                fatalities=pl.lit(None, pl.Int64),
            )
        )
    return pl.concat(parts).sort("row", "_order")


def joined(parts: Sequence[pl.Expr]) -> pl.Expr:
    """The texts that are not null, separated by commas; null where none is."""
    text = pl.concat_str(parts, separator=", ", ignore_nulls=True)
    return pl.when(text != "").then(text)


def cases(*pairs: tuple[pl.Expr, str], otherwise: str | None = None) -> pl.Expr:
    """The text of the first condition that holds."""
    found = pl.lit(otherwise, pl.String)
    for condition, says in reversed(pairs):
        found = pl.when(condition).then(pl.lit(says)).otherwise(found)
    return found


def calendar(year: str, month: str, day: str) -> pl.Expr:
    """Year, month and day in three columns as one text; a month or day that is blank or 0 makes the date coarser."""
    month_of, day_of = (pl.when(figure(part) > 0).then(figure(part)) for part in (month, day))
    parts = [figure(year), month_of, pl.when(month_of.is_not_null()).then(day_of)]
    texts = [part.cast(pl.Int64, strict=False).cast(pl.String).str.zfill(2) for part in parts]
    return pl.when(figure(year).is_not_null()).then(pl.concat_str(texts, separator="-", ignore_nulls=True))


def figure(column: str) -> pl.Expr:
    """A column of codes ("2", "2.0") as a Float64; null where it is not a number or cannot be a code."""
    value = pl.col(column).cast(pl.Float64, strict=False)
    return pl.when(value.abs() < 2**53).then(value)
