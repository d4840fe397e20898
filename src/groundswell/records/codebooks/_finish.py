"""The one path by which every codebook's rows become events, rejections and notes, in blocks of bounded memory."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import polars as pl

from groundswell.errors import RecordError
from groundswell.records.codebooks._amounts import MOST_COUNT, NEGATIVE, amounts_in
from groundswell.records.codebooks._dates import century_of, dates_in, zones_of
from groundswell.records.codebooks._degrees import read_coordinates
from groundswell.records.codebooks._far import far_dates
from groundswell.records.codebooks._order import order_of
from groundswell.records.codebooks._style import Style
from groundswell.records.codebooks._table import WHOLE_ROW, Table, TableRows, nothing_rejected, under_rejected
from groundswell.records.codebooks._unknown import Distinct, is_unknown, no_figure
from groundswell.records.identity import aliased, repeated_ids, spelt_as
from groundswell.records.schema import PRECISIONS, ROLE_OF, SCHEMA, Reading
from groundswell.records.vocabulary import check_kinds
from groundswell.records.window import Window

if TYPE_CHECKING:
    from groundswell.records.codebooks._base import Codebook, Draft

BLANK = "blank in every column that is read"
AGAIN = "the header repeated, not an event"
TOTALS = "a row of totals, not an event"
NO_COUNT = "no number of events"
_TOTAL_WORDS = (
    r"^(?:(?:grand|sub|sous)?[- ]?tota(?:ls?|ux|le)|totaal|(?:zwischen|gesamt)?summe|gesamt|insgesamt|suma|soma|somme|"
    r"somma)\b\s*:?"
)
_TEXTS = ("place", "country", "actor", "target", "source", "detail")
_DEGREES = ("latitude", "longitude")
_FIGURES = ("size", "fatalities", *_DEGREES)
_OPTIONAL = (
    "id", "date_end", "precision", *_TEXTS, *_DEGREES, "role", "count", "size", "size_instead", "fatalities", "stamp",
    "refused", "refused_column",
)  # fmt: skip
_Problem = tuple[str, str | None, pl.Expr, pl.Expr]


Drafted = Callable[[], Iterable[tuple[Table, "Draft"]]]
"""The parts of a table with their drafts, from the first on, as often as they are requested."""


@dataclass(frozen=True)
class _Block:
    """The result of reading some rows of a draft."""

    kept: pl.DataFrame
    rejected: pl.DataFrame
    unread: pl.DataFrame
    zeros: pl.DataFrame
    unknown: Mapping[str, int]
    ranges_of_dead: int
    spans: int


class _Readers:
    """Readers of texts in one style, which remember from block to block what they read."""

    def __init__(self, style: Style) -> None:
        self.dates, self.amounts = dates_in(style), amounts_in(style)


@dataclass(frozen=True)
class _Pass:
    """What one pass over a table found: the first draft, the dates and names as written, and the result of reading the
    rows."""

    draft: Draft
    dates: pl.DataFrame
    names: pl.DataFrame
    style: Style
    blocks: list[_Block]


def finish(book: Codebook, table: TableRows, drafted: Drafted) -> Reading:
    """Read the values of drafts, and set aside, with its reason, every row that is not an event.

    The rows are read once, block by block, in the style that the dates of the first block show, and again where all
    dates together show another, or where the window names places, which the record may spell differently.
    """
    found = _passed(book, table, drafted, None, read=not book.window.named)
    draft, column_of = found.draft, dict(found.draft.columns)
    window, window_notes = spelt_as(book.window, found.names, book.aliases, ("place", "country", *draft.levels))
    book = book.configured(window=window)
    style, style_notes = _styled(book, found.dates, table, column_of.get("date", "date"))
    notes = [*table.notes, *draft.notes, *style_notes, *_zone_notes(found.dates, table), *window_notes]
    if not found.blocks or style != found.style:
        found = _passed(book, table, drafted, style, read=True)
    copies = table.copies
    if copies.height:
        verb = "kept" if book.duplicates == "keep" else "set aside"
        if copies.height == 1:
            notes.append(f"1 row repeats an earlier row exactly, and was {verb}.")
        else:
            notes.append(f"{copies.height:,} rows repeat an earlier row exactly, and were {verb}.")
    return _together(book, table, found, notes, copies)


def style_of(book: Codebook, table: TableRows, drafted: Drafted) -> Style:
    """The style in which the dates of a table are read."""
    found = _passed(book, table, drafted, None, read=False)
    return _styled(book, found.dates, table, dict(found.draft.columns).get("date", "date"))[0]


def _passed(book: Codebook, table: TableRows, drafted: Drafted, style: Style | None, *, read: bool) -> _Pass:
    """Read all rows once; without a style, in that of the first block; without `read`, only to see what they hold."""
    first, dates, names, blocks = None, [], [], []
    readers = None
    for part, draft in drafted():
        if draft.frame.height != part.frame.height:  # a defect of the codebook, not of the data
            raise RuntimeError(f"codebook {book.name!r} lost rows in its draft")
        first = first or replace(draft, frame=draft.frame.clear())
        column_of = dict(draft.columns)
        dates.append(draft.frame.select("row", pl.col("date").cast(pl.String)))
        if style is None:
            try:
                style, _ = _styled(book, dates[0], table, column_of.get("date", "date"))
            except RecordError:  # what some rows leave open, others may decide
                style = replace(book.style, date_order="ymd")
        if book.window.named:
            places = [name for name in ("place", "country", *draft.levels) if name in draft.frame.columns]
            names.append(draft.frame.select(places).unique())
        if read:
            readers = readers or _Readers(style)
            blocks.append(_block(book, readers, draft.frame, part.frame, part.copy_of, column_of))
    if first is None or style is None:
        raise RuntimeError(f"codebook {book.name!r} drafted nothing")
    return _Pass(first, pl.concat(dates), pl.concat(names) if names else pl.DataFrame(), style, blocks)


def _together(book: Codebook, table: TableRows, found: _Pass, notes: list[str], copies: pl.DataFrame) -> Reading:
    """The combined reading of the blocks, which are released one by one."""
    draft, blocks, column_of = found.draft, found.blocks, dict(found.draft.columns)
    kept, again, repeated = repeated_ids([block.kept for block in blocks], book.same_id, column_of.get("id", "id"))
    if repeated:
        became = "kept, under new identifiers" if book.same_id == "keep" else f"set aside ({book.same_id})"
        rows = "1 row has" if repeated == 1 else f"{repeated:,} rows have"
        notes.append(f"{rows} the identifier of another row, and {'was' if repeated == 1 else 'were'} {became}.")
    far = nothing_rejected()
    if book.span is None and not (book.window.first and book.window.last):
        kept, far, said = far_dates(kept, column_of.get("date", "date"), str(table.path))
        notes += said
    rejected = pl.concat([table.malformed, *(block.rejected for block in blocks), again, far])
    rejected = rejected.sort("row", maintain_order=True)
    if spans := sum(block.spans for block in blocks):
        notes.append(
            f'{spans:,} dates in {column_of.get("date", "date")!r} are of several days, such as "5-6 Jan 2011": each '
            "row is one event, dated by the first of them, and `date_end` is the last."
        )
    unread, zeros = pl.concat([block.unread for block in blocks]), pl.concat([block.zeros for block in blocks])
    if again.height or far.height:
        unread = unread.join(pl.concat([again, far]).select("row"), on="row", how="anti", maintain_order="left")
    notes += _figure_notes(blocks, unread, column_of)
    if rejected.height:
        notes.append(
            f"{rejected.height:,} of {table.rows:,} rows {'was' if rejected.height == 1 else 'were'} rejected; "
            "`rejected` lists each with its reason."
        )
    if book.limits:
        notes.append(book.limits)
    blocks.clear()
    own_ids = pl.concat([part.select("row", own="id") for part in kept]).drop_nulls()
    events = _events(book, kept, draft.levels)
    window, said = _started(book, events)
    notes += said
    notes += check_kinds(events, book.roles, column_of.get("kind", "kind"), str(table.path))
    if zeros.height:
        notes.append(f"{zeros.height:,} rows state no event (a count of 0): they say that somebody watched.")
    return Reading(
        events,
        rejected,
        tuple(notes),
        unread=unread,
        rows=table.rows,
        codebook=book.name,
        exact_duplicates=copies.height,
        header_lines=table.header_lines,
        window=window,
        zeros=zeros,
        repeated_ids=repeated,
        own_ids=own_ids,
        copies=copies,
        accuracy=book.accuracy,
    )


def _events(book: Codebook, kept: list[pl.DataFrame], levels: Sequence[str]) -> pl.DataFrame:
    """The events of accepted rows, which are released part by part."""
    identifiers = _identifiers([part.select("row", "id") for part in kept], book.name)
    schema = SCHEMA | dict.fromkeys(levels, pl.String)
    events, at = [], 0
    kept.reverse()
    while kept:
        part = kept.pop()
        made = book.expand(part.with_columns(id=identifiers.slice(at, part.height)))
        at += part.height
        made = made.with_columns(role=_role(book.roles))
        events.append(made.select(pl.col(name).cast(kind) for name, kind in schema.items()))
    return _tidy_hours(pl.concat(events))


def _started(book: Codebook, events: pl.DataFrame) -> tuple[Window, list[str]]:
    """The window with the days from which a data set covers each country, as far as that is known.

    A file may begin later than the data set does; it does not state that what it lacks was silence.
    """
    first = events["date"].min()
    here = [name for name in events["country"].drop_nulls().unique().sort() if name in book.starts]
    if not here or first is None:
        return book.window, []
    own = {name: max(book.starts[name], first) for name in here}  # type: ignore[type-var]
    listed = ", ".join(here[:4]) + (f" and {len(here) - 4} more" if len(here) > 4 else "")
    note = f"The data set covers these countries only from a certain day on, when their series begin: {listed}."
    return replace(book.window, added={**own, **book.window.added}), [f"{note} Source: {book.starts_source}"]


def _styled(book: Codebook, dates: pl.DataFrame, table: TableRows, column: str) -> tuple[Style, list[str]]:
    """The style of the book, with the order of dates and the century of short years that the record itself shows."""
    style, notes = book.style, []
    if style.century is None:
        years = (book.window.first or book.window.last, book.window.last or book.window.first)
        century = century_of(dates["date"])
        if years[0] and years[1] and years[1].year - years[0].year < 100:
            century = (years[0].year + years[1].year) // 2 - 50
        elif century is not None:
            notes.append(
                f"Years of two digits were read as from {century} to {century + 99}, around the other dates of the "
                "record; `century` in a mapping file changes this."
            )
        style = replace(style, century=century) if century is not None and century >= 1 else style
    order, said = order_of(style.date_order, dates, table, column, style.language)
    return replace(style, date_order=order), [*notes, *said]


def _block(
    book: Codebook,
    readers: _Readers,
    frame: pl.DataFrame,
    source: pl.DataFrame,
    copy_of: pl.Series,
    column_of: Mapping[str, str],
) -> _Block:
    given = set(frame.columns)
    own = [name for name in frame.columns if name.startswith("_")]
    levels = [name for name in frame.columns if name not in _OPTIONAL and name not in SCHEMA and name not in own]
    nothing = pl.Series([None], dtype=pl.String).new_from_index(0, frame.height)
    frame = frame.with_columns(nothing.alias(name) for name in _OPTIONAL if name not in given)
    frame = frame.with_columns(pl.col(pl.Null).cast(pl.String))  # a column that a codebook leaves empty has no type
    dates = readers.dates(frame["date"])
    ends = readers.dates(frame["date_end"])
    stated_ends = ~frame.select(is_unknown(pl.col("date_end"))).to_series()
    size, size_problem, size_text = _read_sizes(frame, given, readers.amounts)
    degrees = read_coordinates(frame["latitude"], frame["longitude"], book.style.language)
    dead = _read_dead(frame["fatalities"], readers.amounts)
    count, count_problem = _read_counts(frame["count"], readers.amounts, stated="count" in given)
    stated = ~frame.select(is_unknown(pl.col("precision"))).to_series()
    precision = frame["precision"].str.to_lowercase().zip_with(stated, dates["precision"])
    if book.defaulted_days:
        default = dates["date"].dt.day().is_in(book.defaulted_days) & (precision == "day")
        precision = precision.set(default.fill_null(False), "month")
    frame = aliased(frame, book.aliases, ("place", "country", *levels))
    work = frame.with_columns(
        date_text="date",
        end_text="date_end",
        date=_first_day(dates["date"], precision),
        hour=dates["hour"],
        date_problem=dates["problem"],
        date_end=_last_day(ends["date"], ends["precision"]).zip_with(stated_ends, dates["end"]),
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
        count=count,
        count_problem=count_problem,
        count_text="count",
        kind_text="kind",
        **{name: degrees[name] for name in _DEGREES},
        **{f"{name}_text": frame[name] for name in _DEGREES},
        **{f"{name}_problem": degrees[f"{name}_problem"] for name in _DEGREES},
    )
    problems = _problems(book, source, dates["problem"].is_not_null(), column_of)
    which = pl.lit(None, pl.Int8)
    for number, (_, _, when, _) in reversed(list(enumerate(problems))):
        which = pl.when(when.fill_null(False)).then(pl.lit(number, pl.Int8)).otherwise(which)
    work = work.with_columns(which.alias(".which"))
    if book.duplicates == "drop" and copy_of.null_count() < copy_of.len():
        work = work.with_columns(copy_of.alias(".copy"))
        again = pl.col(".which").is_null() & pl.col(".copy").is_not_null()
        number = pl.when(again).then(pl.lit(len(problems), pl.Int8)).otherwise(pl.col(".which"))
        work = work.with_columns(number.alias(".which"))
        work = work.with_columns((pl.lit("row ") + pl.col(".copy").cast(pl.String)).alias(".copied"))
        problems.append((WHOLE_ROW, ".copied", again, pl.lit("an exact copy of an earlier row")))
    # a filter copies some sixty columns: only where it leaves something out, and else only what is asked for
    out = work.filter(pl.col(".which").is_not_null())
    kept = work.filter(pl.col(".which").is_null()) if out.height else work
    none = kept.select("row", "date", "kind", "place", "country", "count").filter(pl.col("count") == 0)
    kept = kept.filter(pl.col("count") > 0) if none.height else kept
    unknown = {
        name: _number(kept, pl.col(f"{name}_text").is_not_null() & no_figure(pl.col(f"{name}_text")))
        for name in ("size", "fatalities")
    }
    ranged = (pl.col("fatalities_high") > pl.col("fatalities")) | (
        pl.col("fatalities").is_not_null() & pl.col("fatalities_high").is_null()
    )
    words = (*_TEXTS, *levels)
    tidy = [pl.when(pl.col(name).str.strip_chars() != "").then(pl.col(name)).alias(name) for name in words]
    rest = [name for name in SCHEMA if name not in _TEXTS and name not in ("fatalities", "role")]
    return _Block(
        kept=kept.select(*rest, *tidy, "role", "stamp", pl.col("fatalities").cast(pl.Int64), *own),
        rejected=_rejected(out, problems, source, column_of),
        unread=_unread(kept, column_of),
        zeros=none.drop("count"),
        unknown=unknown,
        ranges_of_dead=_number(kept, ranged),
        spans=int((dates["end"].is_not_null() & ~stated_ends).sum()),
    )


def _problems(book: Codebook, source: pl.DataFrame, undated: pl.Series, column_of: Mapping[str, str]) -> list[_Problem]:
    """What keeps a row from being an event, in order of priority: field, column with its text, when, the reason."""
    fatal = (lambda name: pl.col(name).is_not_null()) if book.on_unreadable == "reject" else _negative
    bounds: list[_Problem] = []
    if book.span is not None:
        says = f"outside the span of the record, {book.span[0]} to {book.span[1]}"
        bounds.append(("date", "date_text", ~pl.col("date").is_between(*book.span), pl.lit(says)))
    first, last = book.window.first, book.window.last
    if first is not None or last is not None:
        outside = (pl.col("date") < first) if first else pl.lit(False)
        outside |= (pl.col("date") > last) if last else pl.lit(False)
        says = f"outside the span of the record, {first or 'its start'} to {last or 'its end'}"
        bounds.append(("date", "date_text", outside, pl.lit(says)))
    if book.window.places:
        inside = pl.col("place").is_in(book.window.places) | pl.col("country").is_in(book.window.places)
        bounds.append(("place", "place", ~inside.fill_null(False), pl.lit("a place that the window does not list")))
    again = _again(column_of.get("date", "date"))
    return [
        (WHOLE_ROW, None, pl.lit(_blank(source)), pl.lit(BLANK)),
        ("date", "date_text", pl.lit(_totals(source, undated)), pl.lit(TOTALS)),
        ("date", "date_text", pl.lit(undated) & again if undated.any() else pl.lit(False), pl.lit(AGAIN)),
        ("refused", None, pl.col("refused").is_not_null(), pl.col("refused")),
        ("date", "date_text", pl.col("date_problem").is_not_null(), pl.col("date_problem")),
        *bounds,
        ("date_end", "end_text", pl.col("end_problem").is_not_null(), pl.lit("end: ") + pl.col("end_problem")),
        ("date_end", "end_text", pl.col("date_end") < pl.col("date"), pl.lit("ends before it starts")),
        ("precision", "precision_text", ~pl.col("precision").is_in(PRECISIONS), pl.lit("not a precision")),
        ("kind", "kind_text", pl.col("kind").is_null(), pl.lit("no kind")),
        ("count", "count_text", pl.col("count_problem").is_not_null(), pl.col("count_problem")),
        ("size", "size_text", fatal("size_problem"), pl.col("size_problem")),
        ("fatalities", "fatalities_text", fatal("fatalities_problem"), pl.col("fatalities_problem")),
    ]


def _role(stated: Mapping[str, str]) -> pl.Expr:
    known = pl.col("kind").replace_strict({**ROLE_OF, **stated}, default="other", return_dtype=pl.String)
    return pl.coalesce("role", known)


def _tidy_hours(events: pl.DataFrame) -> pl.DataFrame:
    """Hours of the day, where they are informative: a column of midnights is how programs write a day."""
    if events["hour"].drop_nulls().n_unique() > 1:
        return events
    return events.with_columns(hour=pl.lit(None, pl.Int64))


def _rejected(
    out: pl.DataFrame, problems: Sequence[_Problem], source: pl.DataFrame, column_of: Mapping[str, str]
) -> pl.DataFrame:
    """The rows that are not events, each with the column, the value as the file has it, and the first reason."""
    if out.height == 0:
        return nothing_rejected()
    reason, column, value = pl.lit(None, pl.String), pl.lit(None, pl.String), pl.lit(None, pl.String)
    for number, (name, given_in, _, says) in enumerate(problems):
        this = pl.col(".which") == number
        reason = pl.when(this).then(says).otherwise(reason)
        shown = pl.col("refused_column") if name == "refused" else pl.lit(column_of.get(name, name))
        column = pl.when(this).then(shown).otherwise(column)
        if given_in is not None:
            value = pl.when(this).then(pl.col(given_in)).otherwise(value)
    aside = out.select("row", column=column, value=value, reason=reason)
    own = [name for name in aside["column"].drop_nulls().unique() if name in source.columns]
    if own:  # the value as the file has it, where the column of the problem is one of the file's own
        originals = source.select("row", *(pl.col(name).alias(f".{name}") for name in own))
        aside = aside.join(originals, on="row", how="left", maintain_order="left")
        value = pl.col("value")
        for name in own:
            value = pl.when(pl.col("column") == name).then(pl.col(f".{name}")).otherwise(value)
        aside = aside.with_columns(value=value)
    return under_rejected(aside)


def _read_dead(texts: pl.Series, amounts: Distinct) -> pl.DataFrame:
    dead = amounts(texts)
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


def _read_counts(texts: pl.Series, amounts: Distinct, *, stated: bool) -> tuple[pl.Series, pl.Series]:
    """How many events each row stands for, and what is wrong with that number: 1 where no column states it."""
    if not stated:
        one = pl.Series("count", [1], dtype=pl.Int64).new_from_index(0, texts.len())
        return one, pl.Series("problem", [None], dtype=pl.String).new_from_index(0, texts.len())
    low, high = pl.col("low"), pl.col("high")
    read = amounts(texts).select(
        count=pl.when((low == high) & (low == low.floor()) & (low <= MOST_COUNT)).then(low).cast(pl.Int64),
        problem=pl.coalesce(
            "problem",
            pl.when(low.is_null() & high.is_null()).then(pl.lit(NO_COUNT)),
            pl.when((low != high).fill_null(True)).then(pl.lit("a range, not a number of events")),
            pl.when(low != low.floor()).then(pl.lit("not a whole number of events")),
            pl.when(low > MOST_COUNT).then(pl.lit("too large to be a count")),
        ),
    )
    return read["count"], read["problem"]


def _blank(source: pl.DataFrame) -> pl.Series:
    """True for rows that are blank in every column that is read."""
    names = [name for name in source.columns if name != "row"]
    if not names:
        return pl.Series([True]).new_from_index(0, source.height)
    return source.select(pl.all_horizontal(pl.col(name).is_null() for name in names)).to_series()


def _again(column: str) -> pl.Expr:
    """True for rows that hold the name of the column of dates where the date stands, as in concatenated files."""
    return pl.col("date_text").str.strip_chars().str.to_lowercase() == column.strip().lower()


def _totals(source: pl.DataFrame, undated: pl.Series) -> pl.Series:
    """True for rows without a date whose first non-blank text marks them as totals."""
    names = [name for name in source.columns if name != "row"]
    if not names or not undated.any():
        return pl.Series([False]).new_from_index(0, source.height)
    first = pl.coalesce(names).str.strip_chars().str.to_lowercase()
    return undated & source.select(first.str.contains(_TOTAL_WORDS).fill_null(False)).to_series()


def _first_day(dates: pl.Series, precision: pl.Series) -> pl.Series:
    """Dates that a record says are exact to the week, month or year only, moved to its first day."""
    coarse = {"week": "1w", "month": "1mo", "quarter": "1q", "year": "1y"}
    if precision.is_in(list(coarse)).any():
        date = pl.col("date")
        for grain, every in coarse.items():
            date = pl.when(pl.col("precision") == grain).then(pl.col("date").dt.truncate(every)).otherwise(date)
        return pl.DataFrame({"date": dates, "precision": precision}).select(date).to_series()
    return dates


def _last_day(dates: pl.Series, precision: pl.Series) -> pl.Series:
    """An end that is stated as a week, month or year is its last day."""
    if dates.null_count() == dates.len():
        return dates
    date = pl.col("date")
    for grain, every in (("week", "1w"), ("month", "1mo"), ("quarter", "1q"), ("year", "1y")):
        last = pl.col("date").dt.offset_by(every).dt.offset_by("-1d")
        date = pl.when(pl.col("precision") == grain).then(last).otherwise(date)
    return pl.DataFrame({"date": dates, "precision": precision}).select(date).to_series()


def _zone_notes(dates: pl.DataFrame, table: TableRows) -> list[str]:
    texts = dates["date"]
    zones = zones_of(texts)
    if not zones.height:
        return []
    rows = int(zones["rows"].sum())
    named = ", ".join(f"{zone} ({count:,})" for zone, count, _ in zones.head(4).iter_rows())
    named += f" and {zones.height - 4} others" if zones.height > 4 else ""
    say = f"{rows:,} of {len(texts):,} dates state a time with a zone: {named}. The day as written was kept."
    if zones.height > 1 or rows < len(texts) - texts.null_count():
        first = table.where(int(dates["row"][int(zones["first"].min())]))  # pyright: ignore[reportArgumentType]
        say += f" The zones are mixed (the first is stated in {first}): days may differ by one between rows."
    return [say]


def _number(frame: pl.DataFrame, when: pl.Expr) -> int:
    """How many rows are so."""
    return int(frame.select(when.fill_null(False).sum()).item())


def _negative(name: str) -> pl.Expr:
    return pl.col(name) == NEGATIVE


def _read_sizes(frame: pl.DataFrame, given: set[str], amounts: Distinct) -> tuple[pl.DataFrame, pl.Series, pl.Series]:
    """Sizes with the problem and the text of each row, from one column, or from a low and a high one."""
    if "size_low" in given or "size_high" in given:
        blank = pl.Series("text", [None], dtype=pl.String).new_from_index(0, frame.height)
        low_text = frame["size_low"] if "size_low" in given else blank
        high_text = frame["size_high"] if "size_high" in given else blank
        low, high = amounts(low_text), amounts(high_text)
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
    size = amounts(frame["size"])
    if "size_instead" in given:
        unknown = size["low"].is_null() & size["high"].is_null() & (size["problem"].fill_null("") != NEGATIVE)
        instead = amounts(frame["size_instead"])
        unknown &= instead["problem"].is_null() & (instead["low"].is_not_null() | instead["high"].is_not_null())
        size = size.with_columns(
            low=instead["low"].zip_with(unknown, size["low"]), high=instead["high"].zip_with(unknown, size["high"])
        )
    return size, size["problem"], frame["size"]


def _unread(kept: pl.DataFrame, column_of: Mapping[str, str]) -> pl.DataFrame:
    """Cells that could not be read in rows that were kept: the figure is null in the event, and its text is here."""
    cells = []
    for name in _FIGURES:
        column, value, reason = pl.lit(column_of.get(name, name)), pl.col(f"{name}_text"), pl.col(f"{name}_problem")
        bad = kept.select("row", column=column, value=value, reason=reason).filter(pl.col("reason").is_not_null())
        cells.append(under_rejected(bad))
    return pl.concat(cells).sort("row", maintain_order=True)


def _figure_notes(blocks: Sequence[_Block], unread: pl.DataFrame, column_of: Mapping[str, str]) -> list[str]:
    notes = []
    for (column, reason), group in unread.group_by(["column", "reason"], maintain_order=True):
        examples = ", ".join(repr(value) for value in group["value"].unique(maintain_order=True)[:3])
        notes.append(
            f"Figures in {column!r} that were set aside ({reason}): {group.height:,}, for example {examples}; their "
            "rows were kept, and `unread` lists them."
        )
    for name in ("size", "fatalities"):
        if said := sum(block.unknown[name] for block in blocks):
            notes.append(f"{said:,} cells of {column_of.get(name, name)!r} say that the figure is not known.")
    if ranged := sum(block.ranges_of_dead for block in blocks):
        notes.append(f"{ranged:,} numbers of dead are ranges or lower bounds; the low figure is kept.")
    return notes


def _identifiers(parts: Sequence[pl.DataFrame], name: str) -> pl.Series:
    """The record's own identifier where it has one; made unique by the number of the row where it repeats."""
    stem = re.sub(r"[^\w.-]+", "_", name)
    row = pl.col("row").cast(pl.String)
    frame = pl.concat(parts).select("row", id=pl.coalesce("id", pl.lit(f"{stem}-") + row))
    hashed = frame["id"].hash()  # numbers compare faster than texts
    if hashed.n_unique() == frame.height:
        return frame["id"]
    unique = pl.when(pl.col("id").is_duplicated()).then(pl.col("id") + "@" + row).otherwise(pl.col("id"))
    return frame.select(unique.alias("id")).to_series()
