"""The one path by which every codebook's rows become events, rejections and notes, in blocks of bounded memory."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from groundswell.errors import RecordError
from groundswell.records.codebooks._table import WHOLE_ROW, Table, under_rejected
from groundswell.records.codebooks._values import (
    NEGATIVE,
    is_unknown,
    orders_of,
    read_amounts,
    read_coordinates,
    read_dates,
    zones_of,
)
from groundswell.records.schema import KINDS, PRECISIONS, SCHEMA, Reading

if TYPE_CHECKING:
    from groundswell.records.codebooks._base import Codebook, Draft

BLANK = "blank in every column that is read"
_TEXTS = ("place", "country", "actor", "target", "source", "detail")
_DEGREES = ("latitude", "longitude")
_FIGURES = ("size", "fatalities", *_DEGREES)
_OPTIONAL = (
    "id", "date_end", "precision", *_TEXTS, *_DEGREES, "size", "size_instead", "fatalities", "refused",
    "refused_column",
)  # fmt: skip
_PLAINLY = 0.05  # share of dates above which a misread order is no longer a slip of the keyboard
_ENOUGH = 10  # such dates; fewer are set aside, each with its reason
_BLOCK = 100_000  # rows worked on at once: some fifty columns of intermediate values are held for these rows only


@dataclass(frozen=True)
class _Block:
    """What some rows of a draft came to."""

    kept: pl.DataFrame
    rejected: pl.DataFrame
    unread: pl.DataFrame
    unknown: Mapping[str, int]
    ranges_of_dead: int


def finish(book: Codebook, table: Table, draft: Draft) -> Reading:
    """Read the values of a draft, and set aside, with its reason, every row that is no event."""
    column_of = dict(draft.columns)
    if draft.frame.height != table.frame.height:  # a defect of the codebook, not of the data
        raise RuntimeError(f"codebook {book.name!r} lost rows in its draft")
    notes = [*table.notes, *draft.notes]
    notes += _order_notes(book, draft.frame["date"], table, column_of.get("date", "date"))
    notes += _zone_notes(draft.frame["date"], table)
    starts = range(0, max(table.frame.height, 1), _BLOCK)
    blocks = [
        _block(
            book,
            draft.frame.slice(at, _BLOCK),
            table.frame.slice(at, _BLOCK),
            table.copy_of.slice(at, _BLOCK),
            column_of,
        )
        for at in starts
    ]
    copies = table.copy_of.len() - table.copy_of.null_count()
    if copies:
        verb = "kept" if book.duplicates == "keep" else "set aside"
        notes.append(f"{copies:,} rows repeat an earlier row exactly, and were {verb}.")
    rejected = pl.concat([table.malformed, *(block.rejected for block in blocks)]).sort("row", maintain_order=True)
    unread = pl.concat([block.unread for block in blocks])
    notes += _figure_notes(blocks, unread, column_of)
    if rejected.height:
        notes.append(
            f"{rejected.height:,} of {table.rows:,} rows were rejected; `rejected` lists each with its reason."
        )
    if book.limits:
        notes.append(book.limits)
    identifiers = _identifiers([block.kept.select("row", "id") for block in blocks], book.name)
    events, at = [], 0
    for block in blocks:
        kept = block.kept.with_columns(id=identifiers.slice(at, block.kept.height))
        at += kept.height
        events.append(book.expand(kept).select(pl.col(name).cast(kind) for name, kind in SCHEMA.items()))
    return Reading(
        pl.concat(events),
        rejected,
        tuple(notes),
        unread=unread,
        rows=table.rows,
        codebook=book.name,
        exact_duplicates=copies,
        header_lines=table.header_lines,
    )


def _block(
    book: Codebook, frame: pl.DataFrame, source: pl.DataFrame, copy_of: pl.Series, column_of: Mapping[str, str]
) -> _Block:
    given = set(frame.columns)
    own = [name for name in frame.columns if name.startswith("_")]
    nothing = pl.Series([None], dtype=pl.String).new_from_index(0, frame.height)
    frame = frame.with_columns(nothing.alias(name) for name in _OPTIONAL if name not in given)
    frame = frame.with_columns(pl.col(pl.Null).cast(pl.String))  # a column that a codebook leaves empty has no type
    dates = read_dates(frame["date"], day_first=book.day_first)
    ends = read_dates(frame["date_end"], day_first=book.day_first)
    size, size_problem, size_text = _read_sizes(frame, given)
    degrees = read_coordinates(frame["latitude"], frame["longitude"])
    dead = _read_dead(frame["fatalities"])
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
        size_text=size_text,
        fatalities=dead["low"],
        fatalities_high=dead["high"],
        fatalities_problem=dead["problem"],
        fatalities_text="fatalities",
        kind_text="kind",
        **{name: degrees[name] for name in _DEGREES},
        **{f"{name}_text": frame[name] for name in _DEGREES},
        **{f"{name}_problem": degrees[f"{name}_problem"] for name in _DEGREES},
    )
    problems = _problems(book, source)
    which = pl.lit(None, pl.Int8)
    for number, (_, _, when, _) in reversed(list(enumerate(problems))):
        which = pl.when(when.fill_null(False)).then(pl.lit(number, pl.Int8)).otherwise(which)
    work = work.with_columns(which.alias(".which"))
    if book.duplicates == "drop" and copy_of.null_count() < copy_of.len():
        again = pl.col(".which").is_null() & pl.col(".copy").is_not_null()
        number = pl.when(again).then(pl.lit(len(problems), pl.Int8)).otherwise(pl.col(".which"))
        work = work.with_columns(copy_of.alias(".copy")).with_columns(number.alias(".which"))
        says = pl.lit("exact duplicate of row ") + pl.col(".copy").cast(pl.String)
        problems.append((WHOLE_ROW, None, again, says))
    out = work.filter(pl.col(".which").is_not_null())
    kept = work.filter(pl.col(".which").is_null())
    unknown = {
        name: kept.filter(pl.col(f"{name}_text").is_not_null() & is_unknown(pl.col(f"{name}_text"))).height
        for name in ("size", "fatalities")
    }
    ranged = (pl.col("fatalities_high") > pl.col("fatalities")) | (
        pl.col("fatalities").is_not_null() & pl.col("fatalities_high").is_null()
    )
    tidy = [pl.when(pl.col(name).str.strip_chars() != "").then(pl.col(name)).alias(name) for name in _TEXTS]
    rest = [name for name in SCHEMA if name not in _TEXTS and name != "fatalities"]
    return _Block(
        kept=kept.select(*rest, *tidy, pl.col("fatalities").cast(pl.Int64), *own),
        rejected=_rejected(out, problems, source, column_of),
        unread=_unread(kept, column_of),
        unknown=unknown,
        ranges_of_dead=kept.filter(ranged.fill_null(False)).height,
    )


def _problems(book: Codebook, source: pl.DataFrame) -> list[tuple[str, str | None, pl.Expr, pl.Expr]]:
    """What keeps a row from being an event, first things first: field, column with its text, when, the reason."""
    fatal = (lambda name: pl.col(name).is_not_null()) if book.on_unreadable == "reject" else _negative
    outside, span_says = pl.lit(False), ""
    if book.span is not None:
        outside = ~pl.col("date").is_between(*book.span)
        span_says = f"outside the span of the record, {book.span[0]} to {book.span[1]}"
    return [
        (WHOLE_ROW, None, pl.lit(_blank(source)), pl.lit(BLANK)),
        ("refused", None, pl.col("refused").is_not_null(), pl.col("refused")),
        ("date", "date_text", pl.col("date_problem").is_not_null(), pl.col("date_problem")),
        ("date", "date_text", outside, pl.lit(span_says)),
        ("date_end", "end_text", pl.col("end_problem").is_not_null(), pl.lit("end: ") + pl.col("end_problem")),
        ("date_end", "end_text", pl.col("date_end") < pl.col("date"), pl.lit("ends before it starts")),
        ("precision", "precision_text", ~pl.col("precision").is_in(PRECISIONS), pl.lit("not a precision")),
        ("kind", "kind_text", pl.col("kind").is_null(), pl.lit("no kind")),
        ("kind", "kind_text", ~pl.col("kind").is_in(KINDS), pl.lit("not one of the kinds of the schema")),
        ("size", "size_text", fatal("size_problem"), pl.col("size_problem")),
        ("fatalities", "fatalities_text", fatal("fatalities_problem"), pl.col("fatalities_problem")),
    ]


def _rejected(
    out: pl.DataFrame,
    problems: list[tuple[str, str | None, pl.Expr, pl.Expr]],
    source: pl.DataFrame,
    column_of: Mapping[str, str],
) -> pl.DataFrame:
    """The rows that are no events, each with the column, the value as the file has it, and the first reason."""
    reason, column, value = pl.lit(None, pl.String), pl.lit(None, pl.String), pl.lit(None, pl.String)
    for number, (name, given_in, _, says) in enumerate(problems):
        this = pl.col(".which") == number
        reason = pl.when(this).then(says).otherwise(reason)
        shown = pl.col("refused_column") if name == "refused" else pl.lit(column_of.get(name, name))
        column = pl.when(this).then(shown).otherwise(column)
        if given_in is not None:
            value = pl.when(this).then(pl.col(given_in)).otherwise(value)
    told = out.select("row", column=column, value=value, reason=reason)
    own = [name for name in told["column"].drop_nulls().unique() if name in source.columns]
    if own:  # the value as the file has it, where the column of the problem is one of the file's own
        originals = source.select("row", *(pl.col(name).alias(f".{name}") for name in own))
        told = told.join(originals, on="row", how="left", maintain_order="left")
        value = pl.col("value")
        for name in own:
            value = pl.when(pl.col("column") == name).then(pl.col(f".{name}")).otherwise(value)
        told = told.with_columns(value=value)
    return under_rejected(told)


def _read_dead(texts: pl.Series) -> pl.DataFrame:
    dead = read_amounts(texts)
    low, high = pl.col("low"), pl.col("high")
    return dead.with_columns(
        problem=pl.coalesce(
            "problem",
            pl.when(low.is_not_null() & (low != low.floor()))
            .then(pl.lit("not a whole number"))
            .when(low.is_null() & high.is_not_null())
            .then(pl.lit("only an upper bound is given"))
            .when(low > 2**53)
            .then(pl.lit("too large to be a count")),
        )
    ).with_columns(low=pl.when(pl.col("problem").is_null()).then("low"))


def _blank(source: pl.DataFrame) -> pl.Series:
    """True for rows that are blank in every column that is read."""
    names = [name for name in source.columns if name != "row"]
    if not names:
        return pl.Series([True]).new_from_index(0, source.height)
    return source.select(pl.all_horizontal(pl.col(name).is_null() for name in names)).to_series()


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


def _unread(kept: pl.DataFrame, column_of: Mapping[str, str]) -> pl.DataFrame:
    """Cells that could not be read in rows that were kept: the figure is null in the event, and its text is here."""
    cells = []
    for name in _FIGURES:
        bad = kept.filter(pl.col(f"{name}_problem").is_not_null())
        column, value, reason = pl.lit(column_of.get(name, name)), pl.col(f"{name}_text"), pl.col(f"{name}_problem")
        cells.append(under_rejected(bad.select("row", column=column, value=value, reason=reason)))
    return pl.concat(cells).sort("row", maintain_order=True)


def _figure_notes(blocks: list[_Block], unread: pl.DataFrame, column_of: Mapping[str, str]) -> list[str]:
    notes = []
    for (column, reason), group in unread.group_by(["column", "reason"], maintain_order=True):
        examples = ", ".join(repr(value) for value in group["value"].unique(maintain_order=True)[:3])
        notes.append(
            f"{group.height:,} figures in {column!r} were set aside ({reason}), for example {examples}; their rows "
            "were kept, and `unread` lists them."
        )
    for name in ("size", "fatalities"):
        if said := sum(block.unknown[name] for block in blocks):
            notes.append(f"{said:,} cells of {column_of.get(name, name)!r} say that the figure is not known.")
    if ranged := sum(block.ranges_of_dead for block in blocks):
        notes.append(f"{ranged:,} numbers of dead are ranges or lower bounds; the low figure is kept.")
    return notes


def _identifiers(parts: list[pl.DataFrame], name: str) -> pl.Series:
    """The record's own identifier where it has one; made unique by the number of the row where it repeats."""
    stem = re.sub(r"[^\w.-]+", "_", name)
    row = pl.col("row").cast(pl.String)
    frame = pl.concat(parts).select("row", id=pl.coalesce("id", pl.lit(f"{stem}-") + row))
    unique = pl.when(pl.col("id").is_duplicated()).then(pl.col("id") + "@" + row).otherwise(pl.col("id"))
    return frame.select(unique.alias("id")).to_series()
