"""One schema for records of events: what every codebook converts its data set to.

The schema is a Polars frame, one row per event:

| column | type | meaning |
|---|---|---|
| `id` | text | the record's own identifier, or codebook and row; unique within a reading |
| `row` | integer | row of the source file, counting rows of data from 1 (the header is not counted; see below) |
| `date` | date | first day; for a coarse date, the first day of its week, month or year |
| `date_end` | date or null | last day, where the record states one |
| `precision` | text | what `date` is exact to: day, week, month, quarter or year |
| `place`, `country` | text or null | as the record spells them |
| `latitude`, `longitude` | number or null | degrees, north and east positive; both or neither |
| `kind` | text | the record's own word, such as protest, strike, arson; see below |
| `role` | text | the role of that kind in a question: violence, mobilisation, repression, concession, coverage or other
|
| `count` | integer | how many events the row represents; 1 except in aggregated tables |
| `actor`, `target` | text or null | a category ("students", "state"), never a person |
| `size_low`, `size_high` | number or null | people taking part, at least and at most; one end may be open |
| `fatalities` | integer or null | people killed; the low figure where the record gives a range |
| `source` | text or null | where the record says that it has the event from |
| `detail` | text or null | small coded information of that record, such as nonviolent, violent or mixed |
| `hour` | integer or null | hour of the day, 0 to 23, where the record states a time |

A record may have further columns of places (town, district, state), under their own names, after these.

**Kinds and roles.** A kind is a word chosen by the keeper of the record; its role says how questions use it. The six
kinds of
the built-in codebooks have roles of their own: protest and strike are mobilisation, violence, repression and
concession are themselves, and other is other. A mapping file declares the roles of its own kinds.

**Rows and lines.** `row` counts rows of data. Messages say "row 7 (line 8)": the line is the number that a spreadsheet
shows next to that row, which counts the header (and blank lines above it) too. A cell with line breaks in it is within
one row and one line, as in a spreadsheet; a blank line is a row.

**Times.** An event is dated by the calendar day as the record writes it, which is the local day where the record
writes local time. A time of day or a zone ("23:30-05:00", "Z") never moves the day; a note says how
many dates state a zone, and which.

**Cells that a spreadsheet would run.** A text that begins with = + - @ or a tab is a formula to a spreadsheet. The
frames here, and Parquet, keep texts as they are; code that writes them to CSV or HTML passes them through `harmless`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from groundswell.records.accuracy import Accuracy
from groundswell.records.window import Window
from groundswell.text import harmless as harmless
from groundswell.text import harmless_frame as harmless_frame

KINDS: tuple[str, ...] = ("protest", "strike", "violence", "repression", "concession", "other")
"""The kinds of the built-in codebooks; a record may have others."""
ROLES: tuple[str, ...] = ("violence", "mobilisation", "repression", "concession", "coverage", "other")
ROLE_OF: dict[str, str] = {
    "protest": "mobilisation",
    "strike": "mobilisation",
    "violence": "violence",
    "repression": "repression",
    "concession": "concession",
    "coverage": "coverage",
    "other": "other",
}
"""The role of a kind where nothing else is declared; a kind that is not listed here is `other`."""
PRECISIONS: tuple[str, ...] = ("day", "week", "month", "quarter", "year")
SCHEMA: dict[str, type[pl.DataType]] = {
    "id": pl.String,
    "row": pl.Int64,
    "date": pl.Date,
    "date_end": pl.Date,
    "precision": pl.String,
    "place": pl.String,
    "country": pl.String,
    "latitude": pl.Float64,
    "longitude": pl.Float64,
    "kind": pl.String,
    "role": pl.String,
    "count": pl.Int64,
    "actor": pl.String,
    "target": pl.String,
    "size_low": pl.Float64,
    "size_high": pl.Float64,
    "fatalities": pl.Int64,
    "source": pl.String,
    "detail": pl.String,
    "hour": pl.Int64,
}


def counts_of(events: pl.DataFrame) -> pl.Expr:
    """How many events each row represents: the column `count`, or 1 where a frame has none."""
    return pl.col("count").fill_null(1) if "count" in events.columns else pl.lit(1, pl.Int64)


def held(events: pl.DataFrame) -> dict[str, int]:
    """How many events there are of each kind: those of the built-in codebooks first, then the others by number."""
    # chosen first here and elsewhere, since Polars copies the whole of a frame that it groups
    counted = events.select("kind", _n=counts_of(events))
    per = dict(counted.group_by("kind").agg(n=pl.col("_n").sum()).drop_nulls("kind").iter_rows())
    own = sorted((kind for kind in per if kind not in KINDS), key=lambda kind: (-per[kind], kind))
    return {kind: per[kind] for kind in (*KINDS, *own) if kind in per}


def roles(events: pl.DataFrame) -> dict[str, str]:
    """The role of each kind of a record."""
    kinds = events["kind"].drop_nulls().unique().sort().to_list()
    stated = (
        dict(events.select("kind", "role").drop_nulls().unique(subset="kind", maintain_order=True).iter_rows())
        if "role" in events.columns
        else {}
    )
    return {kind: stated.get(kind) or ROLE_OF.get(kind, "other") for kind in kinds}


def kinds_of_role(events: pl.DataFrame, *wanted: str) -> tuple[str, ...]:
    """The kinds of a record that have one of these roles, in the order of `held`."""
    of = roles(events)
    return tuple(kind for kind in held(events) if of[kind] in wanted)


def _no_cells() -> pl.DataFrame:
    return pl.DataFrame(schema={"row": pl.Int64, "column": pl.String, "value": pl.String, "reason": pl.String})


def _no_ids() -> pl.DataFrame:
    return pl.DataFrame(schema={"row": pl.Int64, "own": pl.String})


def _no_copies() -> pl.DataFrame:
    return pl.DataFrame(schema={"row": pl.Int64, "of": pl.Int64})


def _no_zeros() -> pl.DataFrame:
    return pl.DataFrame(
        schema={"row": pl.Int64, "date": pl.Date, "kind": pl.String, "place": pl.String, "country": pl.String}
    )


@dataclass(frozen=True)
class Reading:
    """A record as read. Every row of the file is in one of `events`, `rejected` and `zeros`, and in only one.

    Parameters
    ----------
    events : the events, under `SCHEMA`; a row of the file may state more than one.
    rejected : rows that are not events, one line each: (row, column, value, reason), with the first reason found.
    notes : sentences about what the reader did and found.
    unread : cells that could not be read in rows that were kept, as (row, column, value, reason); null in `events`.
    rows : rows of data in the file.
    codebook : the name of the codebook; of a mapping file, its title or else the name of that file.
    exact_duplicates : rows that repeat an earlier row of the file exactly, whether kept or set aside.
    header_lines : lines of the file above its first row of data; 1 for a header alone.
    window : when and where the record was watched; without a declared one, nothing is known but its events.
    zeros : rows of an aggregated table that state no event at all, as (row, date, kind, place, country): each says that
        somebody watched and saw nothing.
    repeated_ids : rows whose identifier an earlier row has.
    accuracy : how well the record sees events, where somebody measured it.
    copies : rows that repeat an earlier row (`of`) exactly.
    own_ids : the identifiers that the file itself states for its events, as (row, own); rows without one are omitted.
    """

    events: pl.DataFrame
    rejected: pl.DataFrame
    notes: tuple[str, ...]
    unread: pl.DataFrame = field(default_factory=_no_cells)
    rows: int = 0
    codebook: str = ""
    exact_duplicates: int = 0
    header_lines: int = 1
    window: Window = field(default_factory=Window)
    zeros: pl.DataFrame = field(default_factory=_no_zeros)
    repeated_ids: int = 0
    own_ids: pl.DataFrame = field(default_factory=_no_ids, repr=False)
    copies: pl.DataFrame = field(default_factory=_no_copies, repr=False)
    accuracy: Accuracy = field(default_factory=Accuracy)

    @property
    def count(self) -> int:
        """How many events there are, including those of aggregated rows."""
        return int(self.events["count"].sum()) if "count" in self.events.columns else self.events.height

    def where(self, row: int) -> str:
        """A row as messages name it: "row 7 (line 8)", with the line that a spreadsheet shows."""
        return f"row {row:,} (line {row + self.header_lines:,})"

    def __post_init__(self) -> None:
        accounted = self.events["row"].n_unique() + self.rejected.height + self.zeros.height
        if accounted != self.rows:  # a defect of a codebook, never of the data; better loud than lost
            raise RuntimeError(f"{self.rows} rows were read, but {accounted} are accounted for")
