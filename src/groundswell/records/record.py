"""A record as a researcher holds it: its events, how it was watched, what was set aside, and what is in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import polars as pl

from groundswell.records.describe import Description, describe_reading
from groundswell.records.events import prepared
from groundswell.records.nesting import distinguished, held_by, window_of_places
from groundswell.records.schema import Reading, held
from groundswell.records.series import Series, Unit, series
from groundswell.records.window import Window

if TYPE_CHECKING:
    from groundswell.charts import Chart
    from groundswell.records.codebooks._base import Codebook


@dataclass(frozen=True, repr=False)
class Record:
    """A record of events, as `groundswell.read` gives it.

    Parameters
    ----------
    path : the file.
    reading : its events, rejected rows, notes and window; see `groundswell.records.schema.Reading`.
    codebook : by which it was read.
    """

    path: Path
    reading: Reading
    codebook: Codebook

    @property
    def events(self) -> pl.DataFrame:
        """One row per event, under the schema of `groundswell.records.schema`."""
        return self.reading.events

    @property
    def rejected(self) -> pl.DataFrame:
        """Rows of the file that are not events, each with its reason."""
        return self.reading.rejected

    @property
    def notes(self) -> tuple[str, ...]:
        return self.reading.notes

    @property
    def window(self) -> Window:
        """When and where the record was watched."""
        return self.reading.window

    @property
    def kinds(self) -> Mapping[str, int]:
        """The kinds of events, with how many of each."""
        return held(self.events)

    def series(
        self,
        kinds: str | Sequence[str] | None = None,
        unit: Unit = "week",
        *,
        place: str | None = None,
        by: str | None = None,
        start: date | None = None,
        end: date | None = None,
        coarse: Literal["refuse", "leave out"] = "leave out",
    ) -> Series:
        """Counts of these kinds (by default all) per period, within the record's window, false in `watched` outside.

        `by` is the column in which `place` is looked for. Where places share a name, "Springfield" means all of them,
        and "Springfield, Ohio" one; what the window says about a region holds for its towns. See
        `groundswell.records.series`.
        """
        chosen = [kinds] if isinstance(kinds, str) else list(kinds or self.kinds)
        events, window, column = self.events, self.window, by or "place"
        if place is not None and column in events.columns:
            apart, named = distinguished(events, column)
            events, by = (apart, column) if place in named else (events, by)
            window = window_of_places(window, held_by(events, column, [place]), named)
        return series(events, chosen, unit, place, start, end, coarse=coarse, window=window, column=by)

    def describe(self) -> Description:
        """What is in the record, and what is odd or missing."""
        return self._description

    @cached_property
    def _description(self) -> Description:
        book = self.codebook
        return describe_reading(self.reading, self.path, title=book.data_set, citation=book.citation)

    def plot(self) -> Chart:
        """Events by month and kind."""
        return self.describe().charts()[0]

    def map(self) -> Chart:
        """Where the events are, as longitude and latitude."""
        return self.describe().map()

    def to_frame(self) -> pl.DataFrame:
        """The events."""
        return self.events

    def __repr__(self) -> str:
        words = ", ".join(f"{count:,} of {kind}" for kind, count in self.kinds.items())
        span = f", {self.events['date'].min()} to {self.events['date'].max()}" if self.events.height else ""
        out = f"{self.rejected.height:,} row{'' if self.rejected.height == 1 else 's'} rejected"
        return f"Record({self.path.name!r}: {words or 'no events'}{span}; {out})"

    def _repr_html_(self) -> str:
        return self.describe()._repr_html_()


def read(
    path: str | Path,
    codebook: str | Path | Codebook | None = None,
    *,
    start: date | str | None = None,
    end: date | str | None = None,
    **options: Any,
) -> Record:
    """Read a record of events.

    Parameters
    ----------
    path, codebook, start, end, options : as for `groundswell.read_events`.

    Returns
    -------
    Record : with `events`, `series()`, `window`, `notes`, `describe()`, `plot()`, `map()` and `to_frame()`.

    Raises
    ------
    RecordError : the file cannot be read as a record, with what to write instead.

    Example
    -------
    >>> record = read("marches.xlsx", "marches.toml", language="fr")  # doctest: +SKIP
    >>> record.describe().answer  # doctest: +SKIP
    """
    book = prepared(path, codebook, start=start, end=end, **options)
    return Record(Path(path), book.read(Path(path)), book)
