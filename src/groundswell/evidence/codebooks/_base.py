"""What a codebook is, and the one path by which every codebook's rows become events, rejections and notes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import ClassVar, Literal

import polars as pl

from groundswell.errors import RecordError
from groundswell.evidence.codebooks._table import WHOLE_ROW, Table, nothing_rejected, read_table, under_rejected
from groundswell.evidence.codebooks._values import (
    NEGATIVE,
    is_unknown,
    orders_of,
    read_amounts,
    read_coordinates,
    read_dates,
    zones_of,
)
from groundswell.evidence.schema import KINDS, PRECISIONS, SCHEMA, Reading

_TEXTS = ("place", "country", "actor", "target", "source", "detail")
_DEGREES = ("latitude", "longitude")
_OPTIONAL = (
    "id", "date_end", "precision", *_TEXTS, "size", "size_instead", "fatalities", "refused", *_DEGREES,
)  # fmt: skip
BLANK = "blank in every column that is read"
_PLAINLY = 0.05  # share of dates above which a misread order is no longer a slip of the keyboard
_ENOUGH = 10  # such dates; fewer are set aside, each with its reason


@dataclass(frozen=True)
class Draft:
    """A table on its way to becoming events: one row per row of the file, still in the publisher's values.

    frame : must hold `row`, `date` and `kind`; may hold `id`, `date_end`, `precision`, `place`, `country`,
        `latitude`, `longitude`, `actor`, `target`, `size` (or `size_low` and `size_high`), `size_instead` (read where
        `size` cannot be), `fatalities`, `source`, `detail` as texts; `refused` (text), the reason why the codebook
        itself sets the row aside, with `refused_column`; and columns named `_...`, which are kept for the codebook's
        own `expand`.
    columns : which column of the file each of those came from, for messages.
    """

    frame: pl.DataFrame
    columns: Mapping[str, str] = field(default_factory=dict)
    notes: Sequence[str] = ()


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
    layouts: ClassVar[tuple[frozenset[str], ...]] = ()
    """Sets of columns, each enough to recognise one layout in which the data set is published."""
    limits: ClassVar[str] = ""
    """What a user of this record must know, in a sentence or two; becomes a note of every reading."""

    span: tuple[date, date] | None = None
    day_first: bool = False
    on_unreadable: Literal["reject", "set aside"] = "set aside"
    """What an unreadable size or number of dead does: rejects its row, or is itself set aside while the row stays."""
    duplicates: Literal["keep", "drop"] = "keep"

    def load(self, path: Path) -> Table:
        """Read the file into a table of texts; a codebook of an unusual format overrides this."""
        return read_table(path, only=self.uses)

    def recognises(self, path: Path, columns: Collection[str]) -> bool:
        """Whether a file with these columns is of this data set, by its layouts."""
        return any(layout <= set(columns) for layout in self.layouts)

    @abstractmethod
    def draft(self, table: Table) -> Draft:
        """Map the publisher's columns; one row in, one row out."""

    def expand(self, events: pl.DataFrame) -> pl.DataFrame:
        """Turn accepted rows into events; a codebook whose rows state several events overrides this."""
        return events

    def read(self, path: Path) -> Reading:
        """Read a file of this data set; see `groundswell.evidence.events.read_events`."""
        table = self.load(path)
        self._check_columns(table)
        return _finish(self, table, self.draft(table))

    def _check_columns(self, table: Table) -> None:
        if not self.layouts:
            return
        have = set(table.columns)
        if any(layout <= have for layout in self.layouts):
            return
        nearest = min(self.layouts, key=lambda layout: len(layout - have))
        missing = ", ".join(repr(name) for name in sorted(nearest - have))
        raise RecordError(
            f"{table.path} has no column {missing}",
            expected=f"the columns of {self.title}; the file has {listed(table.columns)}",
            instead="groundswell data list  # the codebooks and their data sets",
        )


def listed(names: Sequence[str], most: int = 30) -> str:
    shown = ", ".join(repr(name) for name in names[:most])
    return shown + (f" and {len(names) - most} more" if len(names) > most else "")


def text(column: str) -> pl.Expr:
    """A column as a text, with the ways of saying "nothing" made null."""
    value = pl.col(column)
    return pl.when(~value.str.to_lowercase().is_in(["", ".", "nan", "null", "none"])).then(value)


def with_responses(events: pl.DataFrame, kinds: Sequence[str], *, target: str = "protesters") -> pl.DataFrame:
    """The events, and for each with a text in `_<kind>` a further event: what the state did, where that text says it.

    The further event has the dates and the place of the first, the id `<id>/<kind>`, which links back, and that text
    as its detail. The size and the dead are those of the first event, and are not said twice.
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
    """The texts that are there, with commas between them; null where none is."""
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
    """A column of codes ("2", "2.0") as a Float64; null where it is no number."""
    return pl.col(column).cast(pl.Float64, strict=False)


def _finish(book: Codebook, table: Table, draft: Draft) -> Reading:
    frame, column_of = draft.frame, dict(draft.columns)
    if frame.height != table.frame.height:
        raise RuntimeError(
            f"codebook {book.name!r} lost rows in its draft"
        )  # a defect of the codebook, not of the data
    notes = [*table.notes, *draft.notes]
    given = set(frame.columns)

    def absent(name: str) -> pl.Series:
        return pl.Series(name, [None], dtype=pl.String).new_from_index(0, frame.height)

    frame = frame.with_columns(
        *(absent(n) for n in _OPTIONAL if n not in given),
        *(absent(n) for n in ("refused_column",) if n not in given),
    )
    dates = read_dates(frame["date"], day_first=book.day_first)
    notes += _order_notes(book, frame["date"], table, column_of.get("date", "date"))
    notes += _zone_notes(frame["date"], table)
    ends = read_dates(frame["date_end"], day_first=book.day_first)
    size, size_problem, size_value = _read_sizes(frame, given)
    degrees = read_coordinates(frame["latitude"], frame["longitude"])
    dead = read_amounts(frame["fatalities"])
    dead = dead.with_columns(
        problem=pl.coalesce(
            "problem",
            pl.when(pl.col("low").is_not_null() & (pl.col("low") != pl.col("low").floor()))
            .then(pl.lit("not a whole number"))
            .when(pl.col("low").is_null() & pl.col("high").is_not_null())
            .then(pl.lit("only an upper bound is given"))
            .when(pl.col("low") > 2**53)
            .then(pl.lit("too large to be a count")),
        )
    )
    stated = ~frame.select(is_unknown(pl.col("precision"))).to_series()
    precision = frame["precision"].str.to_lowercase().zip_with(stated, dates["precision"])
    work = frame.with_columns(
        date_text="date",
        end_text="date_end",
        date=_first_day(dates["date"], precision),
        date_problem=dates["problem"],
        date_end=_last_day(ends["date"], ends["precision"]),
        end_problem=pl.when(~is_unknown(pl.col("date_end"))).then(ends["problem"]),
        precision_text="precision",
        precision=precision,
        size_low=size["low"],
        size_high=size["high"],
        size_problem=size_problem,
        size_text=size_value,
        dead_text="fatalities",
        dead_low=dead["low"],
        dead_high=dead["high"],
        dead_problem=dead["problem"],
        kind_text="kind",
        latitude=degrees["latitude"],
        longitude=degrees["longitude"],
        latitude_text="latitude",
        longitude_text="longitude",
        latitude_problem=degrees["latitude_problem"],
        longitude_problem=degrees["longitude_problem"],
    )
    fatal = (lambda name: pl.col(name).is_not_null()) if book.on_unreadable == "reject" else _negative
    outside = pl.lit(False)
    span_says = ""
    if book.span is not None:
        outside = ~pl.col("date").is_between(*book.span)
        span_says = f"outside the span of the record, {book.span[0]} to {book.span[1]}"
    problems: list[tuple[str, str, pl.Expr, pl.Expr]] = [
        # field, column with the text that was given, when, the reason
        (WHOLE_ROW, "refused", pl.lit(_blank(table)), pl.lit(BLANK)),
        ("refused", "refused_column", pl.col("refused").is_not_null(), pl.col("refused")),
        ("date", "date_text", pl.col("date_problem").is_not_null(), pl.col("date_problem")),
        ("date", "date_text", outside, pl.lit(span_says)),
        ("date_end", "end_text", pl.col("end_problem").is_not_null(), pl.lit("end: ") + pl.col("end_problem")),
        ("date_end", "end_text", pl.col("date_end") < pl.col("date"), pl.lit("ends before it starts")),
        ("precision", "precision_text", ~pl.col("precision").is_in(PRECISIONS), pl.lit("not a precision")),
        ("kind", "kind_text", pl.col("kind").is_null(), pl.lit("no kind")),
        ("kind", "kind_text", ~pl.col("kind").is_in(KINDS), pl.lit("not one of the kinds of the schema")),
        ("size", "size_text", fatal("size_problem"), pl.col("size_problem")),
        ("fatalities", "dead_text", fatal("dead_problem"), pl.col("dead_problem")),
    ]
    reason, column, value = pl.lit(None, pl.String), pl.lit(None, pl.String), pl.lit(None, pl.String)
    for name, given_in, when, says in reversed(problems):
        when = when.fill_null(False)
        reason = pl.when(when).then(says).otherwise(reason)
        shown = pl.col("refused_column") if name == "refused" else pl.lit(column_of.get(name, name))
        column = pl.when(when).then(shown).otherwise(column)
        value = pl.when(when).then(pl.col(given_in) if name != "refused" else pl.lit(None, pl.String)).otherwise(value)
    work = work.with_columns(_reason=reason, _column=column, _value=value)
    work = work.with_columns(_value=_original(work, table))

    copies = table.copy_of.len() - table.copy_of.null_count()
    if copies:
        verb = "kept" if book.duplicates == "keep" else "set aside"
        notes.append(f"{copies:,} rows repeat an earlier row exactly, and were {verb}.")
    if book.duplicates == "drop" and copies:
        again = pl.col("_copy_of").is_not_null() & pl.col("_reason").is_null()
        says = pl.lit("exact duplicate of row ") + pl.col("_copy_of").cast(pl.String)
        work = work.with_columns(_copy_of=table.copy_of).with_columns(
            _reason=pl.when(again).then(says).otherwise(pl.col("_reason")),
            _column=pl.when(again).then(pl.lit(WHOLE_ROW)).otherwise(pl.col("_column")),
        )

    rejected = work.filter(pl.col("_reason").is_not_null()).select(
        "row", column="_column", value="_value", reason="_reason"
    )
    rejected = pl.concat([table.malformed, under_rejected(rejected)]).sort("row", maintain_order=True)
    kept = work.filter(pl.col("_reason").is_null())
    unread = _unread(kept, column_of)
    notes += _figure_notes(kept, unread, column_of)
    if rejected.height:
        notes.append(
            f"{rejected.height:,} of {table.rows:,} rows were rejected; `rejected` lists each with its reason."
        )
    if book.limits:
        notes.append(book.limits)

    kept = kept.with_columns(id=_identifiers(kept, book.name), fatalities=pl.col("dead_low").cast(pl.Int64))
    kept = kept.with_columns(pl.when(~pl.col(n).str.strip_chars().is_in([""])).then(pl.col(n)).alias(n) for n in _TEXTS)
    events = book.expand(kept).select(pl.col(name).cast(kind) for name, kind in SCHEMA.items())
    return Reading(
        events,
        rejected,
        tuple(notes),
        unread=unread,
        rows=table.rows,
        codebook=book.name,
        exact_duplicates=copies,
        header_lines=table.header_lines,
    )


def _blank(table: Table) -> pl.Series:
    """True for rows that are blank in every column that is read."""
    names = [name for name in table.frame.columns if name != "row"]
    if not names:
        return pl.Series([True]).new_from_index(0, table.frame.height)
    return table.frame.select(pl.all_horizontal(pl.col(name).is_null() for name in names)).to_series()


def _first_day(dates: pl.Series, precision: pl.Series) -> pl.Series:
    """Dates that a record says are exact to the week, month or year only, brought to its first day."""
    if precision.is_in(["week", "month", "year"]).any():
        date = pl.col("date")
        for grain, every in (("week", "1w"), ("month", "1mo"), ("year", "1y")):
            date = pl.when(pl.col("precision") == grain).then(pl.col("date").dt.truncate(every)).otherwise(date)
        return pl.DataFrame({"date": dates, "precision": precision}).select(date).to_series()
    return dates


def _last_day(dates: pl.Series, precision: pl.Series) -> pl.Series:
    """An end that is stated as a week, month or year is its last day."""
    date = pl.col("date")
    for grain, every in (("week", "1w"), ("month", "1mo"), ("year", "1y")):
        last = pl.col("date").dt.offset_by(every).dt.offset_by("-1d")
        date = pl.when(pl.col("precision") == grain).then(last).otherwise(date)
    return pl.DataFrame({"date": dates, "precision": precision}).select(date).to_series()


def _order_notes(book: Codebook, texts: pl.Series, table: Table, column: str) -> list[str]:
    """Refuse dates that are plainly written in the other order than they are read in: half would be silently wrong."""
    found = orders_of(texts)
    read, other = ("day first", "month first") if book.day_first else ("month first", "day first")
    against, where = found[other]
    enough = max(_ENOUGH, _PLAINLY * len(texts))
    told = f"{texts[where]!r} in {table.where(int(table.frame['row'][where]))}" if against else ""
    if against >= enough and found[read][0] >= enough:
        mate = found[read][1]
        raise RecordError(
            f"{table.path} has, in its column {column!r}, {against:,} dates that can be read only {other} ({told}) and "
            f"{found[read][0]:,} only {read} ({texts[mate]!r} in {table.where(int(table.frame['row'][mate]))})",
            expected="one order of day and month throughout",
            why=f"{found['either'][0]:,} more dates can be read either way, and nothing says which",
            instead="write all dates as 2011-01-31",
        )
    if against >= enough and not found[read][0]:
        raise RecordError(
            f"{table.path} has, in its column {column!r}, {against:,} dates such as {told}",
            expected="dates with the " + ("day before the month" if book.day_first else "month before the day"),
            why=f"they can be read only {other}, and none of the file only {read}",
            instead=f"day_first = {str(not book.day_first).lower()} in the mapping file",
        )
    if against:
        return [
            f"{against:,} dates can be read only {other} (the first is {told}), and were set aside. If the record "
            f"writes the {other.split()[0]} first, the others were read wrongly."
        ]
    if found["either"][0] and not found[read][0]:
        return [
            f"{found['either'][0]:,} dates such as {texts[found['either'][1]]!r} can be read with the day or the month "
            f"first, and no other date says which; they were read {read}."
        ]
    return []


def _zone_notes(texts: pl.Series, table: Table) -> list[str]:
    zones = zones_of(texts)
    if not zones.height:
        return []
    rows = int(zones["rows"].sum())
    named = ", ".join(f"{zone} ({count:,})" for zone, count, _ in zones.head(4).iter_rows())
    named += f" and {zones.height - 4} others" if zones.height > 4 else ""
    say = f"{rows:,} of {len(texts):,} dates state a time with a zone: {named}. The day as written was kept."
    if zones.height > 1 or rows < len(texts) - texts.null_count():
        first = table.where(int(table.frame["row"][int(zones["first"].min())]))  # pyright: ignore[reportArgumentType]
        say += f" The zones are mixed (the first is stated in {first}): days may differ by one between rows."
    return [say]


def _negative(name: str) -> pl.Expr:
    return pl.col(name) == NEGATIVE


def _read_sizes(frame: pl.DataFrame, given: set[str]) -> tuple[pl.DataFrame, pl.Series, pl.Series]:
    """Sizes with the problem and the text of each row, from one column, or from a low and a high one."""
    if "size_low" in given or "size_high" in given:
        blank = pl.Series("text", [None], dtype=pl.String).new_from_index(0, frame.height)
        low_text = frame["size_low"] if "size_low" in given else blank
        high_text = frame["size_high"] if "size_high" in given else blank
        low, high = read_amounts(low_text), read_amounts(high_text)
        both = pl.DataFrame(
            {
                "low": low["low"],
                "high": high["high"],
                "problem": low["problem"].zip_with(low["problem"].is_not_null(), high["problem"]),
                "text": low_text.zip_with(low["problem"].is_not_null(), high_text),
            }
        ).with_columns(
            problem=pl.when(pl.col("low") > pl.col("high"))
            .then(pl.coalesce("problem", pl.lit("low figure above the high one")))
            .otherwise(pl.col("problem"))
        )
        good = pl.col("problem").is_null()
        size = both.select(low=pl.when(good).then("low"), high=pl.when(good).then("high"))
        return size, both["problem"], both["text"]
    size = read_amounts(frame["size"])
    if "size_instead" in given:
        unknown = size["low"].is_null() & size["high"].is_null() & (size["problem"].fill_null("") != NEGATIVE)
        instead = read_amounts(frame["size_instead"])
        unknown &= instead["problem"].is_null() & (instead["low"].is_not_null() | instead["high"].is_not_null())
        size = size.with_columns(
            low=instead["low"].zip_with(unknown, size["low"]), high=instead["high"].zip_with(unknown, size["high"])
        )
    return size, size["problem"], frame["size"]


def _original(work: pl.DataFrame, table: Table) -> pl.Series:
    """The value as the file has it, where the column of the problem is one of the file's own."""
    value = pl.col("_value")
    bad = work.filter(pl.col("_column").is_not_null())["_column"].unique()
    names = [name for name in bad if name in table.columns]
    if not names:
        return work["_value"]
    originals = table.frame.select("row", *(pl.col(name).alias(f"_from {name}") for name in names))
    joined = work.select("row", "_column", "_value").join(originals, on="row", how="left", maintain_order="left")
    for name in names:
        value = pl.when(pl.col("_column") == name).then(pl.col(f"_from {name}")).otherwise(value)
    return joined.select(value.alias("_value")).to_series()


def _unread(kept: pl.DataFrame, column_of: Mapping[str, str]) -> pl.DataFrame:
    """Cells that could not be read in rows that were kept: the figure is null in the event, and its text is here."""
    cells = [nothing_rejected()]
    for name, text_in, problem in (
        ("size", "size_text", "size_problem"),
        ("fatalities", "dead_text", "dead_problem"),
        *((name, f"{name}_text", f"{name}_problem") for name in _DEGREES),
    ):
        bad = kept.filter(pl.col(problem).is_not_null())
        column = pl.lit(column_of.get(name, name))
        cells.append(under_rejected(bad.select("row", column=column, value=pl.col(text_in), reason=pl.col(problem))))
    return pl.concat(cells).sort("row", maintain_order=True)


def _figure_notes(kept: pl.DataFrame, unread: pl.DataFrame, column_of: Mapping[str, str]) -> list[str]:
    notes = []
    for (column, reason), group in unread.group_by(["column", "reason"], maintain_order=True):
        examples = ", ".join(repr(value) for value in group["value"].unique(maintain_order=True)[:3])
        notes.append(
            f"{group.height:,} figures in {column!r} were set aside ({reason}), for example {examples}; their rows "
            "were kept, and `unread` lists them."
        )
    for name, text_in in (("size", "size_text"), ("fatalities", "dead_text")):
        said = kept.filter(pl.col(text_in).is_not_null() & is_unknown(pl.col(text_in)))
        if said.height:
            notes.append(f"{said.height:,} cells of {column_of.get(name, name)!r} say that the figure is not known.")
    ranged = kept.filter(pl.col("dead_high") > pl.col("dead_low"))
    open_ended = kept.filter(pl.col("dead_low").is_not_null() & pl.col("dead_high").is_null())
    if ranged.height or open_ended.height:
        notes.append(
            f"{ranged.height + open_ended.height:,} numbers of dead are ranges or lower bounds; the low figure is kept."
        )
    return notes


def _identifiers(kept: pl.DataFrame, name: str) -> pl.Series:
    """The record's own identifier where it has one; made unique by the number of the row where it repeats."""
    frame = kept.select("row", id=pl.coalesce("id", pl.lit(f"{name}-") + pl.col("row").cast(pl.String)))
    repeated = pl.col("id").is_duplicated()
    unique = pl.when(repeated).then(pl.col("id") + "@" + pl.col("row").cast(pl.String)).otherwise(pl.col("id"))
    return frame.select(unique.alias("id")).to_series()
