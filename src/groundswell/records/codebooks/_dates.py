"""Reads the dates that people type into records, in several forms, orders and languages.

Every reader works on the distinct texts of a column only, so a million rows cost about as much as their variety.
"""

from __future__ import annotations

import polars as pl

from groundswell.records.codebooks._style import Style, other_months
from groundswell.records.codebooks._unknown import Distinct, in_latin, is_unknown

_ZONE = r"(?:[Zz]|[A-Z]{3,4}|[+-]\d{2}(?::?\d{2})?)"
_TIME = rf"(?:(?:,?\s+|T)\s*\d{{1,2}}:\d{{2}}(?::\d{{2}}(?:[.,]\d+)?)?\s*(?:[AaPp]\.?[Mm]\.?)?\s*{_ZONE}?)?"
_SLASHED = rf"^(\d{{1,2}})[-/.](\d{{1,2}})[-/.](\d{{4}}|\d{{2}}){_TIME}$"
DAY_WITH_TIME = rf"^((?:\d{{4}}[-/.]\d{{1,2}}[-/.]\d{{1,2}}|\d{{1,2}}[-/.]\d{{1,2}}[-/.]\d{{4}})){_TIME[:-1]}$"
"""A numeric date followed by a time, which does not affect the day; its group is the day."""
_WORD = r"\p{L}{3,10}"
_OF = r"(?:\s+(?:de|del|of|di)\s+|[\s-]+)"
_WEEK = "week|kw|kalenderwoche|woche|semaine|sem|semana|settimana"
_NTH = r"(?:st|nd|rd|th|er|re|[.ºª°])?"
_S_WEEK = r"^[Ss](\d{2})[\s/-]+(\d{4})$"
_YEAR_S_WEEK = r"^(\d{4})[\s/-]*[Ss](\d{2})$"
_SEASON = (
    r"^(?i:spring|summer|autumn|fall|winter|printemps|été|ete|automne|hiver|primavera|verano|otoño|invierno|verão|outono|"
    r"inverno|estate|autunno|frühjahr|frühling|sommer|herbst)\b.*\d{4}$"
)
_PART_OF_MONTH = (
    r"^(?i:early|mid|late|(?:the )?(?:beginning|middle|end) of|début|debut|mi|fin|principios de|mediados de|"
    r"fin(?:ales)? de|anfang|mitte|ende|início de|meados de|fim de|inizio|metà|fine)[\s-]+"
)
_AND = r"\.?\s*(?:-|–|—|/|&|\+|to|and|bis|und|au|et|al|a|e|y)\s*"
_DAYS = (  # two days of one month, of two months, and as ISO writes an interval: each with its first and its last day
    (rf"^(\d{{1,2}})(?:st|nd|rd|th)?{_AND}(\d{{1,2}})(?:st|nd|rd|th)?\.?((?:\s+(?:de|del|of|di))?[\s-]+\p{{L}}{{3,10}}\.?,?"
     r"(?:\s+(?:de|del|of|di))?[\s-]+\d{4})$", "${1}${3}", "${2}${3}"),
    (rf"^(\p{{L}}{{3,10}}\.?\s+)(\d{{1,2}})(?:st|nd|rd|th)?{_AND}(\d{{1,2}})(?:st|nd|rd|th)?(,?\s+\d{{4}})$",
     "${1}${2}${4}", "${1}${3}${4}"),
    (rf"^(\d{{1,2}}\.?(?:\s+de)?\s+\p{{L}}{{3,10}}\.?)\s*{_AND}(\d{{1,2}}\.?(?:\s+de)?\s+\p{{L}}{{3,10}}\.?)"
     r"((?:\s+de)?\s+\d{4})$", "${1}${3}", "${2}${3}"),
    (r"^(\d{1,2}[./]\d{1,2})\.?\s*[-–—]\s*(\d{1,2}[./]\d{1,2})([./]\d{4})$", "${1}${3}", "${2}${3}"),
    (r"^(\d{1,2})\.?\s*[-–—]\s*(\d{1,2})([./]\d{1,2}[./]\d{4})$", "${1}${3}", "${2}${3}"),
    (r"^(\d{1,2}[./]\d{1,2}[./]\d{4})\s*(?:-|–|—|to|bis|au|al|a|até)\s*(\d{1,2}[./]\d{1,2}[./]\d{4})$",
     "${1}", "${2}"),
    (r"^(\d{4}-\d{2}-\d{2})\s*(?:/|–|—|\.\.|\s-\s|\s(?:to|bis|au|al|a)\s)\s*(\d{4}-\d{2}-\d{2})$", "${1}", "${2}"),
)  # fmt: skip
_FIGURES = r"\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}"
_A_DAY = r"(?:^|\D)(\d{1,2})[/.](\d{1,2})[/.](?:\d{4}|\d{2}\b)"  # anywhere except within a date such as 2011-01-31
_TIDY = (  # rare ways of writing a date, and the common ones that say the same
    (rf"^\p{{L}}{{2,10}}(?:-feira)?\.?,?\s+({_FIGURES}.*)$", "${1}"),  # "Mo, 3.5.2021"
    (r"^\p{L}{4,8}-feira,?\s+", ""),
    (r"^(?i:from|du|le|vom|am|del|desde el|el|de|dal|il)\s+(\d)", "${1}"),
    (r"(\d)[\s,]+(?i:à|às|as|a las|um|alle|ore|alle ore|at)\s+(\d{1,2}[:hH])", "${1} ${2}"),
    (r"(\d{4})[\s,]+(\d{1,2})\s*(?:[:hH]\s*(\d{2}))\s*(?i:h|hs|hrs|uhr|horas)?\.?$", "${1} ${2}:${3}"),
    (r"(\d{4})[\s,]+(\d{1,2})\s*(?i:h|hs|uhr|horas)\.?$", "${1} ${2}:00"),
    (r"^(\d{1,2})/(\p{L}{3,10})/(\d{4})$", "${1} ${2} ${3}"),
    (r"^(\p{L}{3,10})/(\d{4})$", "${1} ${2}"),
)
_WEEKDAY = r"^(?:\p{L}{2,10}\.?,?\s+)?"
_FIRST_SERIAL, _LAST_SERIAL = 10_000, 80_000  # 1927 to 2119, as a spreadsheet counts days from the end of 1899

NO_DATE = "no date"
IMPOSSIBLE = "impossible date"
TWO_DIGITS = "year of two digits, which does not say the century (century = 2000 in a mapping file)"
NOT_A_DATE = "not a date in a form that is read (write 2011-01-31, 2011-01 for a month, or 2011)"
SEASON = "a season, which has no fixed first day (write a quarter, 2011-Q2, or a month, 2011-04)"
S_NUMBER = 'a week or a half-year (write 2011-W07; language = "fr", "es", "pt" or "it" reads S07 as a week)'
SERIAL = 'a day number of a spreadsheet (date_order = "serial" reads it)'
NO_MONTH = "not a month in any language that is read (write 2011-01-31)"
UNIX = 'seconds or milliseconds since 1970 (date_order = "unix" reads them)'
OTHER_LANGUAGE = "a month in another language (language = {!r} reads it)"
YEAR_FIRST_ONLY = 'day and month in an order that date_order = "ymd" does not read'


def read_dates(texts: pl.Series, *, day_first: bool = False, style: Style | None = None) -> pl.DataFrame:
    """Read a column of dates into `date`, `precision` (day to year), `problem` (null if read), `hour` and `end`.

    Forms: 2011-01-31 (also with a time of day), 2011/1/31, 20110131; 1/31/2011 or 31/1/2011, as `style.date_order`
    says; 31 Jan 2011, January 31, 2011, "1er février 2011", "3 de mayo de 2011" and their like, in the languages of the
    style; "5-6 Jan 2011" and 2011-01-05/2011-01-06, whose last day is in `end`; 2011-W05 and 2011-W05-3 for a week;
    2011-Q1 and Q1 2011 for a quarter; 2011-01, 1/2011, January 2011 and "early January 2011" for a month; 2011 for a
    year. Digits may be of any script. A coarse date is given as the first day of its week, quarter, month or year.
    Years of two digits are refused without `style.century`, because they do not say which century.
    """
    style = style or Style(date_order="dmy" if day_first else "mdy")
    return dates_in(style)(texts)


def dates_in(style: Style) -> Distinct:
    """A reader of a column of dates, block by block; see `read_dates`."""
    return Distinct(lambda frame: _read(frame, style))


_UNIX = r"^\d{9,10}(?:\.\d+)?$|^\d{12,13}$"  # seconds from 1973 on, or milliseconds
_NAMED = (  # dates with a word where the month stands
    rf"^\d{{1,2}}{_NTH}{_OF}({_WORD})\.?,?{_OF}\d{{4}}{_TIME}$",
    rf"^({_WORD})\.?\s+\d{{1,2}}{_NTH},?\s+\d{{4}}{_TIME}$",
)


def zones_of(texts: pl.Series) -> pl.DataFrame:
    """The time zones that the dates of a column state, as written: `zone`, how many `rows` state it, their `first`.

    A date keeps the calendar day that it is written with, whatever its zone: 2020-06-01T23:30-05:00 is 1 June, where
    it happened, though it was 2 June in Greenwich.
    """
    zone = (
        pl.col("text").str.strip_chars().str.extract(rf":\d{{2}}(?:[.,]\d+)?\s*(?:[AaPp]\.?[Mm]\.?)?\s*({_ZONE})$", 1)
    )
    return (
        pl.DataFrame({"text": texts.cast(pl.String)})
        .lazy()
        .with_row_index("at")
        .filter(pl.col("text").str.contains(":", literal=True))
        .with_columns(zone=zone.replace(["z", "UTC", "GMT"], "Z"))
        .drop_nulls("zone")
        .group_by("zone")
        .agg(rows=pl.len(), first=pl.col("at").min())
        .sort(["rows", "zone"], descending=[True, False])
        .collect()
    )


def orders_of(texts: pl.Series) -> dict[str, tuple[int, int]]:
    """Of the dates such as 3/4/2011, how many can be read only "day first", only "month first", or "either" way.

    Each with the index of the first such date (-1 if there is none). "same" are those such as 4/4/2011.
    """
    distinct = texts.cast(pl.String).alias("text").value_counts(name="rows").drop_nulls("text")
    distinct = distinct.with_columns(_t=in_latin(pl.col("text").str.strip_chars()))
    distinct = distinct.filter(
        pl.col("_t").str.contains(rf"^\d{{1,2}}[-/.]\d{{1,2}}[-/.]|{_A_DAY}")
    )  # before anything that costs more
    tidy = _tidied(pl.col("_t"))
    spans = pl.any_horizontal(tidy.str.contains(pattern) for pattern, _, _ in _DAYS)
    distinct = distinct.with_columns(
        pl.coalesce(tidy.str.extract(_SLASHED, part), pl.when(spans).then(tidy.str.extract(_A_DAY, part)))
        .cast(pl.Int64, strict=False)
        .alias(name)
        for part, name in ((1, "a"), (2, "b"))
    ).drop_nulls("a")
    small = (pl.col("a") <= 12) & (pl.col("b") <= 12)
    which = {
        "day first": (pl.col("a") > 12) & (pl.col("a") <= 31) & (pl.col("b") <= 12),
        "month first": (pl.col("b") > 12) & (pl.col("b") <= 31) & (pl.col("a") <= 12),
        "either": small & (pl.col("a") != pl.col("b")),
        "same": small & (pl.col("a") == pl.col("b")),
    }
    found = {}
    for name, when in which.items():
        those = distinct.filter(when)
        first = texts.is_in(those["text"].implode()).fill_null(False).arg_max() if those.height else None
        found[name] = (int(those["rows"].sum()), -1 if first is None else first)
    return found


def century_of(texts: pl.Series) -> int | None:
    """The first of the hundred years in which years of two digits lie, where the other dates leave one choice only.

    That is so where all years of four digits lie within fifty years of each other: the hundred years around them then
    contain each year of two digits once. None where there is no year of two digits, or no basis for a choice.
    """
    distinct = texts.cast(pl.String).alias("text").drop_nulls().unique().to_frame().select(in_latin(pl.col("text")))
    distinct = distinct.to_series()
    short = distinct.str.strip_chars().str.contains(r"^\d{1,2}[-/. ](?:\d{1,2}|\p{L}{3,10}\.?)[-/. ]\d{2}$")
    if not short.any():
        return None
    years = distinct.str.extract(r"(?:^|\D)((?:1[5-9]|20)\d{2})(?:\D|$)", 1).cast(pl.Int64, strict=False).drop_nulls()
    if years.len() < 3 or int(years.max()) - int(years.min()) > 50:  # type: ignore[arg-type]
        return None
    return (int(years.max()) + int(years.min())) // 2 - 50  # type: ignore[arg-type]


def _read(frame: pl.DataFrame, style: Style) -> pl.DataFrame:
    """Texts such as 2011-01-31, read separately: most are of this form, and all others cost ten times as much."""
    plain = frame.select("text", date=pl.col("text").str.to_date("%Y-%m-%d", strict=False)).with_columns(
        plain=pl.col("date").is_not_null() & pl.col("text").str.contains(r"^(?:[1-9]\d{3}|0[1-9]\d\d)-\d\d-\d\d$")
    )
    common = pl.col("plain") | pl.col("text").is_null()  # a text that is absent is no date, whatever its form
    others = plain.filter(~common).select("text")
    read = plain.filter(common).select(
        "text",
        date=pl.when("plain").then("date"),
        precision=pl.when("plain").then(pl.lit("day")),
        problem=pl.when(pl.col("text").is_null()).then(pl.lit(NO_DATE)),
        hour=pl.lit(None, pl.Int64),
        end=pl.lit(None, pl.Date),
    )
    return pl.concat([read, _rest(others, style)]) if others.height else read


def _rest(frame: pl.DataFrame, style: Style) -> pl.DataFrame:
    """Texts in other forms; those that fit no common form are tried again against the rare and costly ones."""
    read = _dates(frame.with_columns(_t=pl.col("text").str.strip_chars()), style)
    good = pl.col("date").is_not_null()
    found = read.filter(good).with_columns(problem=pl.lit(None, pl.String), end=pl.lit(None, pl.Date))
    others = read.filter(~good)
    columns = ("text", "date", "precision", "problem", "hour", "end")
    return pl.concat([found.select(columns), *([_rare(others, style).select(columns)] if others.height else [])])


def _tidied(t: pl.Expr) -> pl.Expr:
    """Texts of a rare form, rewritten in a common form."""
    for pattern, plain in _TIDY:
        t = t.str.replace(pattern, plain)
    return t


def _rare(frame: pl.DataFrame, style: Style) -> pl.DataFrame:
    """Dates of two days, parts of months and digits of other scripts; and why a text is not a date."""
    t = in_latin(pl.col("text").str.strip_chars().str.replace_all(r"[\u00a0\u2009\u202f]", " "))
    t = _tidied(t)
    first, last = t, pl.lit(None, pl.String)
    for pattern, begin, end in _DAYS:
        first = pl.when(t.str.contains(pattern)).then(t.str.replace(pattern, begin)).otherwise(first)
        last = pl.when(t.str.contains(pattern)).then(t.str.replace(pattern, end)).otherwise(last)
    month = first.str.replace(_PART_OF_MONTH, "")  # "early January 2021" is a day of that month
    vague = month.str.contains(rf"^{_WORD}\.?\s+\d{{4}}$") & month.str.contains(_month_words(style))
    frame = frame.select("text", _first=pl.when(vague).then(month).otherwise(first), _last=last)
    read = _with_problem(_dates(frame.select("text", _t="_first"), style), style)
    two = frame.drop_nulls("_last").select("text", _t="_last")
    ends = _with_problem(_dates(two, style), style).select("text", end="date", _ended="problem")
    read = read.join(ends, on="text", how="left", nulls_equal=True)
    bad = pl.col("_ended").is_not_null()
    return read.with_columns(
        date=pl.when(~bad).then("date"),
        precision=pl.when(~bad).then("precision"),
        problem=pl.when(bad).then(pl.coalesce("problem", "_ended")).otherwise("problem"),
    )


def _with_problem(read: pl.DataFrame, style: Style) -> pl.DataFrame:
    return read.with_columns(problem=pl.when(pl.col("date").is_null()).then(_problem(pl.col("_t"), style)))


def _dates(frame: pl.DataFrame, style: Style) -> pl.DataFrame:
    """Texts (`_t`) in the common forms: `date`, `precision` and `hour`, and whether any form fits."""
    frame = frame.with_columns(_t=_four_digits(pl.col("_t"), style))
    t = pl.col("_t")
    order = style.date_order if style.date_order in ("dmy", "mdy") else None
    first, second = ("day", "month") if order == "dmy" else ("month", "day")
    forms: list[tuple[str, str, tuple[str, ...]]] = [
        ("day", rf"^(\d{{4}})[-/.](\d{{1,2}})[-/.](\d{{1,2}}){_TIME}$", ("year", "month", "day")),
        ("day", r"^(\d{4})(\d{2})(\d{2})$", ("year", "month", "day")),
        *([("day", _SLASHED.replace(r"|\d{2}", ""), (first, second, "year"))] if order else []),
        ("day", rf"{_WEEKDAY}({_WORD})\.?\s+(\d{{1,2}}){_NTH},?\s+(\d{{4}}){_TIME}$", ("name", "day", "year")),
        ("day", rf"{_WEEKDAY}(\d{{1,2}}){_NTH}{_OF}({_WORD})\.?,?{_OF}(\d{{4}}){_TIME}$", ("day", "name", "year")),
        ("month", r"^(\d{4})[-/](\d{1,2})$", ("year", "month")),
        ("month", r"^(\d{1,2})[-/.](\d{4})$", ("month", "year")),
        ("month", rf"^({_WORD})\.?,?(?:\s+(?:de|del|of|di))?[\s-]+(\d{{4}})$", ("name", "year")),
        ("year", r"^(\d{4})(?:\.0)?$", ("year",)),
    ]
    months = style.months
    built, precision, matched = [], [], []
    for grain, pattern, parts in forms:
        groups = {part: t.str.extract(pattern, i + 1) for i, part in enumerate(parts)}
        if "name" in groups:
            groups["month"] = _month_number(groups.pop("name"), months)
        text = pl.concat_str(
            groups["year"].str.zfill(4),
            groups.get("month", pl.lit("01")).str.zfill(2),
            groups.get("day", pl.lit("01")).str.zfill(2),
            separator="-",
        )
        # month 00 or 13 and 30 February are not dates; strict=False makes them null, and they are reported below
        built.append(text.str.to_date("%Y-%m-%d", strict=False))
        hit = t.str.contains(pattern)
        matched.append(hit)
        precision.append((hit, grain))
    for grain, date, hit in (*_weeks(t, style), *_quarters(t), *_serials(t, style)):
        built.append(date)
        matched.append(hit)
        precision.append((hit, grain))
    grain_of = pl.lit(None, pl.String)  # of the form that gave the date: "Week 6 2021" looks like a month and a day
    for (_, grain), read in reversed(list(zip(precision, built, strict=True))):
        grain_of = pl.when(read.is_not_null()).then(pl.lit(grain)).otherwise(grain_of)
    # chrono has a year 0; calendars of events do not
    date = pl.when(pl.coalesce(built).dt.year() >= 1).then(pl.coalesce(built))
    return frame.select(
        "text", "_t", date=date, _form=pl.any_horizontal(matched), _unknown=is_unknown(pl.col("text")), hour=_hour(t),
        precision=pl.when(date.is_not_null()).then(grain_of),
    )  # fmt: skip


def _problem(t: pl.Expr, style: Style) -> pl.Expr:
    """Why a text is not a date."""
    short = t.str.contains(r"^\d{1,2}[-/.]\d{1,2}[-/.]\d{2}$|^\d{1,2}[\s-]\p{L}{3,10}\.?[\s-]\d{2}$|^'?\d{2}$")
    day = t.cast(pl.Float64, strict=False)
    serial = day.is_between(_FIRST_SERIAL, _LAST_SERIAL) & t.str.contains(r"^\d{5}(?:\.\d+)?$")
    lowered = t.str.to_lowercase()
    word = lowered.str.extract(rf"({_WORD})\.?,?(?:\s+(?:de|del|of|di))?[\s-]+\d{{1,4}}", 1)
    says = {name: OTHER_LANGUAGE.format(code) for name, code in other_months(style.spoken).items()}
    foreign = word.replace_strict(says, default=None, return_dtype=pl.String)
    named = pl.coalesce(lowered.str.extract(pattern, 1) for pattern in _NAMED)
    slashed = t.str.contains(_SLASHED) & ~short
    return (
        pl.when(pl.col("_unknown"))
        .then(pl.lit(NO_DATE))
        .when(t.str.contains(_SEASON))
        .then(pl.lit(SEASON))
        .when(t.str.contains(r"^[SsHh]\d{1,2}[\s/-]+\d{4}$|^\d{4}[\s/-]*[SsHh]\d{1,2}$"))
        .then(pl.lit(S_NUMBER))
        .when(foreign.is_not_null())
        .then(foreign)
        .when(word.is_not_null() & ~word.is_in([*style.months, *says]) & ~t.str.contains(r"\d\D+\d"))
        .then(pl.lit(NOT_A_DATE))
        .when(named.is_not_null() & ~named.is_in([*style.months, *says]))
        .then(pl.lit(NO_MONTH))
        .when(pl.col("_form"))
        .then(pl.lit(IMPOSSIBLE))
        .when(short)
        .then(pl.lit(TWO_DIGITS))
        .when(serial)
        .then(pl.lit(SERIAL))
        .when(t.str.contains(_UNIX))
        .then(pl.lit(UNIX))
        .when(slashed & pl.lit(style.date_order == "ymd"))
        .then(pl.lit(YEAR_FIRST_ONLY))
        .otherwise(pl.lit(NOT_A_DATE))
    )


def _four_digits(t: pl.Expr, style: Style) -> pl.Expr:
    """Years of two digits written out, where the style says in which century they lie."""
    if style.century is None:
        return t
    pattern = r"^(\d{1,2}[-/. ](?:\d{1,2}|\p{L}{3,10}\.?)[-/. ])(\d{2})$"
    year = t.str.extract(pattern, 2).cast(pl.Int64, strict=False)
    offset = (year - style.century % 100) % 100
    return pl.coalesce(t.str.extract(pattern, 1) + (style.century + offset).cast(pl.String).str.zfill(4), t)


def _month_words(style: Style) -> str:
    """A pattern for texts that begin with the name of a month."""
    return rf"^(?i:{'|'.join(sorted(style.months, key=len, reverse=True))})\b"


def _weeks(t: pl.Expr, style: Style) -> list[tuple[str, pl.Expr, pl.Expr]]:
    """ISO weeks, and days of them."""
    parts = [
        (r"^(\d{4})-?\s?[Ww](\d{1,2})$", 1, 2),
        (rf"^(?i:w|{_WEEK})\.?\s?(\d{{1,2}})(?:[\s/,-]+|\s+(?:of|de|del|di)\s+)(\d{{4}})$", 2, 1),
    ]
    if {"fr", "es", "pt", "it"} & set(style.language):
        parts += [(_S_WEEK, 2, 1), (_YEAR_S_WEEK, 1, 2)]
    found = []
    for pattern, year, week in parts:
        text = t.str.extract(pattern, year) + "W" + t.str.extract(pattern, week).str.zfill(2) + "-1"
        found.append(("week", text.str.to_date("%GW%V-%u", strict=False), t.str.contains(pattern)))
    day = r"^(\d{4}-?[Ww]\d{2}-?[1-7])$"
    text = t.str.extract(day, 1).str.to_uppercase().str.replace_all("-", "", literal=True)
    text = text.str.slice(0, 7) + "-" + text.str.slice(7, 1)
    return [*found, ("day", text.str.to_date("%GW%V-%u", strict=False), t.str.contains(day))]


def _quarters(t: pl.Expr) -> list[tuple[str, pl.Expr, pl.Expr]]:
    found = []
    for pattern, year, quarter in (
        (r"^(\d{4})[-\s/]?[QqTt]([1-4])$", 1, 2),
        (r"^[QqTt]([1-4])[-\s/]?(\d{4})$", 2, 1),
        (r"^([1-4])[QqTt][-\s/]?(\d{4})$", 2, 1),
    ):
        month = t.str.extract(pattern, quarter).cast(pl.Int64, strict=False) * 3 - 2
        text = pl.concat_str(
            t.str.extract(pattern, year), month.cast(pl.String).str.zfill(2), pl.lit("01"), separator="-"
        )
        found.append(("quarter", text.str.to_date("%Y-%m-%d", strict=False), t.str.contains(pattern)))
    return found


def _serials(t: pl.Expr, style: Style) -> list[tuple[str, pl.Expr, pl.Expr]]:
    """Day numbers of a spreadsheet, where the style says that there are such."""
    if style.date_order == "unix":
        seconds = pl.when(t.str.contains(_UNIX)).then(t.cast(pl.Float64, strict=False))
        days = (seconds / pl.when(seconds >= 1e11).then(86_400_000).otherwise(86_400)).floor().cast(pl.Int64)
        return [("day", pl.date(1970, 1, 1) + pl.duration(days=days), t.str.contains(_UNIX))]
    if not (style.date_order or "").startswith("serial"):
        return []
    hit = t.str.contains(r"^\d{4,6}(?:\.\d+)?$") & ~t.str.contains(r"^\d{4}$")
    origin = pl.date(1904, 1, 1) if style.date_order == "serial 1904" else pl.date(1899, 12, 30)
    days = pl.when(hit).then(t.cast(pl.Float64, strict=False).floor().cast(pl.Int64))
    return [("day", origin + pl.duration(days=days), hit)]


def _hour(t: pl.Expr) -> pl.Expr:
    """The hour of the day, 0 to 23, where a time is stated."""
    hour = t.str.extract(r"(?:T|\s)(\d{1,2}):\d{2}", 1).cast(pl.Int64, strict=False)
    half = t.str.extract(r"\d\s*([AaPp])\.?[Mm]\.?", 1).str.to_lowercase()
    hour = pl.when(half == "p").then(hour % 12 + 12).when(half == "a").then(hour % 12).otherwise(hour)
    return pl.when(hour.is_between(0, 23)).then(hour)


def _month_number(name: pl.Expr, months: dict[str, int]) -> pl.Expr:
    """The number of a month by its name or abbreviation; 99 (no month) for any other word."""
    words = {word: str(number) for word, number in months.items()}
    lowered = name.str.to_lowercase()
    return pl.when(name.is_not_null()).then(lowered.replace_strict(words, default="99", return_dtype=pl.String))
