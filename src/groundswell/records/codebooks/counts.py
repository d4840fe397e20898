"""A plain table of dates and numbers: each column of whole numbers counts a kind of event."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Self, final

import polars as pl

from groundswell.errors import RecordError
from groundswell.records.codebooks._base import Codebook, Draft
from groundswell.records.codebooks._dates import read_dates
from groundswell.records.codebooks._open import read_table
from groundswell.records.codebooks._style import Style
from groundswell.records.codebooks._table import Table
from groundswell.records.codebooks._wide import counts_by_kind, draft_counts

_MOST_COLUMNS = 40
_LOOK = 200
_NO_COUNTS = ("id", "row", "year", "month", "day", "week", "lat", "lon", "latitude", "longitude", "size", "fatalities")


@final
class Counts(Codebook):
    """A table whose one column of texts holds dates, and whose others hold whole numbers, each of them a kind.

    The names of the columns are the kinds, in lower case; those of the built-in codebooks have their roles, and others
    get theirs in a mapping file:

        codebook = "counts"
        [roles]
        attacks = "violence"

    Known limits: a table with a column of places, or with numbers that are no counts, needs a mapping file with
    `count`.
    """

    name = "counts"
    title = "a table of dates and counts"
    citation = ""
    style = Style()
    rowwise = True
    dated: str | None = None
    """The column of dates of the file that is read, and `counted`, those of counts."""
    counted: tuple[str, ...] = ()

    def recognises(self, path: Path, columns: Collection[str]) -> bool:
        """One column of dates, and otherwise only columns of whole numbers, none of them named like something else."""
        if not 2 <= len(columns) <= _MOST_COLUMNS:
            return False
        try:
            table = read_table(path, layout=self.layout, rows=_LOOK)
        except RecordError:
            return False
        date = _date_column(table, self.style)
        return date is not None and not any(n.strip().lower() in _NO_COUNTS for n in table.columns if n != date)

    def fitted(self, path: Path) -> Self:
        """This codebook with the column of dates that the first rows of a file show."""
        return self._fitted(read_table(path, layout=self.layout, rows=_LOOK))

    def _fitted(self, table: Table) -> Self:
        date = _date_column(table, self.style)
        if date is None:
            raise RecordError(
                f"{table.path} is not a table of dates and counts",
                expected="one column of dates, and otherwise only columns of whole numbers",
                instead='count = "COLUMN" in a mapping file',
            )
        return self.configured(dated=date, counted=tuple(name for name in table.columns if name != date))

    @property
    def numbering(self) -> tuple[str, ...]:
        return self.counted

    def counted_by(self, by: str | None) -> tuple[frozenset[str], frozenset[str]]:
        return frozenset({self.dated} if self.dated else ()), frozenset(self.counted)

    def draft(self, table: Table) -> Draft:
        date, counted = self.dated, self.counted
        if date is None:
            fitted = self._fitted(table)
            date, counted = str(fitted.dated), fitted.counted
        frame = table.frame.select("row", date=pl.col(date), **draft_counts(table.frame, counted, self.style))
        names = ", ".join(counted)
        return Draft(
            frame, {"date": date, "count": names}, [f"Each of the columns {names} was read as counts of a kind."]
        )

    def expand(self, events: pl.DataFrame) -> pl.DataFrame:
        return counts_by_kind(events, _Lowered())


def _date_column(table: Table, style: Style) -> str | None:
    """The one column whose texts are dates, where all others hold whole numbers; None for any other table."""
    head = table.frame.head(_LOOK).drop("row")
    point = "," if style.decimal == "," else "."
    whole = rf"^\d{{1,9}}(?:[{point}]0+)?$"
    numbers = [
        name
        for name in head.columns
        if head[name].drop_nulls().len() and head[name].drop_nulls().str.contains(whole).all()
    ]
    rest = [name for name in head.columns if name not in numbers]
    if len(rest) != 1 or not numbers:
        return None
    read = read_dates(head[rest[0]].drop_nulls(), style=Style(date_order="mdy"))
    other = read_dates(head[rest[0]].drop_nulls(), style=Style(date_order="dmy"))
    good = max(read["date"].count(), other["date"].count())
    return rest[0] if good >= 0.9 * max(read.height, 1) else None


class _Lowered(dict[str, str]):
    """Every name as its own kind, in lower case."""

    def get(self, key: str, default: str | None = None) -> str:  # type: ignore[override]
        return key


CODEBOOK = Counts()
