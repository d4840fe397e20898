"""Decides whether the dates of a record have the day or the month first, or refuses where nothing shows it."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from groundswell.errors import RecordError
from groundswell.records.codebooks._dates import orders_of
from groundswell.records.codebooks._style import languages
from groundswell.records.codebooks._table import TableRows

_PLAINLY = 0.05  # share of dates above which a misread order is no longer a typing error
_ENOUGH = 10  # such dates; fewer are set aside, each with its reason
_DECIDES = 3  # dates that can be read one way only and say how the others are meant, where none says otherwise
_ORDER = {"day first": "dmy", "month first": "mdy"}
_WORDS = {order: words for words, order in _ORDER.items()}


_MONTH_FIRST_SOMEWHERE = ("en", "es")  # languages of countries that write 3/4 for 4 March (United States, Puerto Rico)


def order_of(
    stated: str | None, dates: pl.DataFrame, table: TableRows, column: str, language: Sequence[str] = ()
) -> tuple[str, list[str]]:
    """The order in which dates such as 3/4/2011 are read, and notes on it.

    Parameters
    ----------
    stated : what the codebook or the mapping file says; None: the dates must say it themselves.
    dates, column : `date`, the texts of the file, with its `row`; and the name of their column.
    language : the languages that were stated of the record. Where no date decides, dates of a record in French, German,
        Italian or Portuguese have the day first, as these languages write them; in Spanish, dates with dots have.

    Raises
    ------
    RecordError : dates are plainly in another order than stated, or in two; or nothing says in which.
    """
    if stated not in (None, *_WORDS):
        return stated, []
    found = orders_of(dates["date"])
    if stated is None:
        stated, notes = _found(found, dates, table, column, language)
        if stated is None:
            return "ymd", []
        return stated, notes + _against(stated, found, dates, table, column)
    return stated, _against(stated, found, dates, table, column)


def _found(
    found: dict[str, tuple[int, int]], dates: pl.DataFrame, table: TableRows, column: str, language: Sequence[str]
) -> tuple[str | None, list[str]]:
    """The order that the dates of a record show."""
    texts = dates["date"]
    day, month, either = (found[name][0] for name in ("day first", "month first", "either"))
    if not day and not month and not either:
        return ("dmy" if found["same"][0] else None), []  # 3/3/2020 is one day in either order
    order, for_it, against_it = ("day first", day, month) if day >= month else ("month first", month, day)
    enough = for_it >= _DECIDES or for_it >= _PLAINLY * (either + for_it) > 0
    if for_it and enough and against_it <= max(1, _PLAINLY * for_it):
        shown = texts[found[order][1]]
        return _ORDER[order], [
            f"Dates such as {shown!r} in {column!r} were read {order}, since {for_it:,} of them can only be read so; "
            f'date_order = "{_ORDER[order]}" in a mapping file states it.'
        ]
    if for_it and against_it:
        return _ORDER[order], []  # both, and neither a slip: `_against` refuses, or sets the few aside
    if for_it and not either:
        return _ORDER[order], []
    at = found["either"][1]
    if not month and _day_comes_first(texts.filter(texts.str.contains(r"^\s*\d{1,2}[-/.]\d{1,2}[-/.]")), language):
        return "dmy", [
            f"Dates such as {texts[at]!r} in {column!r} were read day first, as "
            f"{', '.join(languages()[code].name for code in language)} writes them; no date of the record shows "
            'otherwise, and date_order = "mdy" would.'
        ]
    where = table.where(int(dates["row"][at]))
    raise RecordError(
        f"{table.path} has, in its column {column!r}, {either:,} dates such as {texts[at]!r} in {where}, which can be "
        "read with the day or the month first",
        expected="dates that say which, or an order that is stated",
        why="nothing in the record shows which",
        instead='date_order = "dmy" (day first) or "mdy" (month first), in the mapping file or as --date-order',
    )


def _day_comes_first(slashed: pl.Series, language: Sequence[str]) -> bool:
    """Whether dates in these languages have the day first, in all countries that speak them."""
    if not language or "en" in language:
        return False
    return not set(language) & set(_MONTH_FIRST_SOMEWHERE) or not slashed.str.contains("^[^.]*[-/]").any()


def _against(
    stated: str, found: dict[str, tuple[int, int]], dates: pl.DataFrame, table: TableRows, column: str
) -> list[str]:
    """Refuse dates that are plainly written in the opposite order to that of reading: half would be silently wrong."""
    texts, rows = dates["date"], dates["row"]
    read = _WORDS[stated]
    other = "day first" if read == "month first" else "month first"
    against, where = found[other]
    enough = max(_ENOUGH, _PLAINLY * len(texts))
    shown = f"{texts[where]!r} in {table.where(int(rows[where]))}" if against else ""
    if against >= enough and found[read][0] >= enough:
        mate = found[read][1]
        raise RecordError(
            f"{table.path} has, in its column {column!r}, {against:,} dates that can be read only {other} ({shown}) "
            f"and {found[read][0]:,} only {read} ({texts[mate]!r} in {table.where(int(rows[mate]))})",
            expected="one order of day and month throughout",
            why=f"{found['either'][0]:,} more dates can be read either way, and nothing says which",
            instead="write all dates as 2011-01-31",
        )
    if against >= enough and not found[read][0]:
        raise RecordError(
            f"{table.path} has, in its column {column!r}, {against:,} dates such as {shown}",
            expected="dates with the " + ("day before the month" if read == "day first" else "month before the day"),
            why=f"they can be read only {other}, and no date in the file only {read}",
            instead=f'date_order = "{_ORDER[other]}" in the mapping file, or --date-order {_ORDER[other]}',
        )
    if against:
        return [
            f"{against:,} dates can be read only {other} (the first is {shown}), and were set aside. If the record "
            f"writes the {other.split()[0]} first, the others were read wrongly."
        ]
    return []
