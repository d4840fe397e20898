"""Reads the values that people type into records: dates in several forms, and counts with ranges and words.

Both readers work on the distinct texts of a column only, so a million rows cost about as much as their variety.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence

import polars as pl

UNKNOWN: tuple[str, ...] = (
    "", ".", "-", "--", "?", "na", "n/a", "nan", "null", "none", "unknown", "unclear", "unspecified", "not reported",
    "no report", "missing", "no data",
)  # fmt: skip
"""Texts that say that a figure is not known; compared in lower case."""

_ZONE = r"(?:[Zz]|[A-Z]{3,4}|[+-]\d{2}(?::?\d{2})?)"
_TIME = rf"(?:(?:,?\s+|T)\s*\d{{1,2}}:\d{{2}}(?::\d{{2}}(?:[.,]\d+)?)?\s*(?:[AaPp]\.?[Mm]\.?)?\s*{_ZONE}?)?"
_SLASHED = rf"^(\d{{1,2}})[-/.](\d{{1,2}})[-/.](\d{{4}}){_TIME}$"
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

NO_DATE = "no date"
IMPOSSIBLE = "impossible date"
TWO_DIGITS = "year of two digits"
NOT_A_DATE = "not a date in a form that is read"
NEGATIVE = "negative"
BACKWARDS = "range that runs backwards"
NOT_A_NUMBER = "not a number or range that can be read"
POINT = "a point before three digits, which may be a separator of thousands or of decimals"
NOT_DEGREES = "not a number of degrees"
NO_SUCH_DEGREES = "outside the range of degrees"
HALF_A_PLACE = "one of latitude and longitude without the other"
NULL_ISLAND = "0, 0 stands for a place that is not known"


def is_unknown(text: pl.Expr) -> pl.Expr:
    """True where the text is absent or one of the publisher's ways of saying "not known"."""
    return text.is_null() | text.str.strip_chars().str.to_lowercase().is_in(UNKNOWN)


def read_dates(texts: pl.Series, *, day_first: bool = False) -> pl.DataFrame:
    """Read a column of dates into `date` (Date), `precision` (day, week, month or year) and `problem` (null if read).

    Forms: 2011-01-31 (a time of day is cut off), 2011/1/31, 20110131, 1/31/2011 (or 31/1/2011 with `day_first`),
    31 Jan 2011, January 31, 2011; 2011-W05 for a week; 2011-01 and January 2011 for a month; 2011 for a year. A
    coarse date is given as the first day of its week, month or year. Years of two digits are refused, because they
    do not say which century.
    """
    return _by_distinct(texts, lambda text: _dates(text, day_first))


def _degrees(axis: str, texts: pl.Series, most: float, letters: str) -> dict[str, pl.Series]:
    """Degrees of one axis, and their problems; forms other than plain numbers are looked at one distinct text each."""
    degrees = texts.cast(pl.Float64, strict=False)
    degrees = degrees.set(~degrees.is_finite(), None)
    odd = texts.filter(degrees.is_null() & texts.is_not_null()).unique()
    problem = pl.Series([None], dtype=pl.String).new_from_index(0, texts.len())
    if odd.len():
        # an O is refused, not guessed: it is west in French and Spanish, and east in German
        form = rf"^([-+]?)(\d{{1,3}}(?:[.,]\d*)?)\s*°?\s*([{letters}]?)$"
        text = pl.col("text").str.strip_chars().str.replace("−", "-", literal=True)
        figure = text.str.extract(form, 2).str.replace(",", ".", literal=True).cast(pl.Float64, strict=False)
        away = (text.str.extract(form, 1) == "-") != text.str.extract(form, 3).str.to_uppercase().is_in(["S", "W"])
        read = pl.DataFrame({"text": odd}).select(
            "text",
            found=pl.when(away).then(-figure).otherwise(figure),
            problem=pl.when(~is_unknown(pl.col("text")) & figure.is_null()).then(pl.lit(NOT_DEGREES)),
        )
        joined = pl.DataFrame({"text": texts}).join(read, on="text", how="left", maintain_order="left")
        degrees, problem = degrees.fill_null(joined["found"]), joined["problem"]
    beyond = (degrees.abs() > most).fill_null(False)
    if beyond.any():
        problem = problem.set(beyond, NO_SUCH_DEGREES)
        degrees = degrees.set(beyond, None)
    return {f"_{axis}": degrees, f"{axis}_problem": problem}


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

    Each with the index of the first such date (-1 if there is none). 4/4/2011 counts as none of them.
    """
    distinct = texts.cast(pl.String).alias("text").value_counts(name="rows").drop_nulls("text")
    a, b = (
        pl.col("text").str.strip_chars().str.extract(_SLASHED, part).cast(pl.Int64, strict=False) for part in (1, 2)
    )
    distinct = distinct.with_columns(a=a, b=b).drop_nulls("a")
    small = (pl.col("a") <= 12) & (pl.col("b") <= 12)
    which = {
        "day first": (pl.col("a") > 12) & (pl.col("b") <= 12),
        "month first": (pl.col("b") > 12) & (pl.col("a") <= 12),
        "either": small & (pl.col("a") != pl.col("b")),
    }
    found = {}
    for name, when in which.items():
        those = distinct.filter(when)
        first = texts.is_in(those["text"].implode()).fill_null(False).arg_max() if those.height else None
        found[name] = (int(those["rows"].sum()), -1 if first is None else first)
    return found


def read_amounts(texts: pl.Series) -> pl.DataFrame:
    """Read a column of counts into `low`, `high` (Float64) and `problem` (null if read or not stated).

    A plain figure, also with "about", gives low = high. "100-300" and "100 to 300" give both ends; "over 1,000",
    ">1000" and "1000+" give a low end only; "up to 50" a high end only. Words and forms of magnitude give the whole
    order of magnitude, because that is all that they say: "hundreds" and "100s" are 100 to 999, "thousands" 1,000 to
    9,999; "several hundred" is 200 to 999, from two of the unit; "dozens" is 24 to 99. In "2-3 thousand" the unit is of
    both ends. Thousands may be set off by commas, spaces, apostrophes or, where there are two, points; "1.500" is
    refused, since it may be 1,500 or one and a half. What is not known (empty, "nan", "?" and their like) is null
    without a problem.
    """
    return _by_distinct(texts, _amounts)


def read_coordinates(latitudes: pl.Series, longitudes: pl.Series) -> pl.DataFrame:
    """Read two columns of degrees into `latitude`, `longitude` (Float64) and the problem of each (null if read).

    Forms: -33.92, 33,92 (a decimal comma), 33.92 S. A place has both or neither: where one cannot be read, the other
    is given up as well. Exactly 0, 0 is what programs write for a place that they do not know, and is set aside.
    """
    frame = pl.DataFrame(
        {
            name: part
            for axis, texts, most, letters in (
                ("latitude", latitudes, 90.0, "NnSs"),
                ("longitude", longitudes, 180.0, "EeWw"),
            )
            for name, part in _degrees(axis, texts.cast(pl.String), most, letters).items()
        }
    )
    ours, other = pl.col("_latitude"), pl.col("_longitude")
    whole = (ours.is_not_null() & other.is_not_null()) & ~((ours == 0) & (other == 0)).fill_null(False)
    half = [
        pl.when(pl.col(f"{name}_problem").is_not_null())
        .then(pl.col(f"{name}_problem"))
        .when((ours == 0) & (other == 0))
        .then(pl.lit(NULL_ISLAND))
        .when(pl.col(f"_{name}").is_not_null() & ~whole & pl.col(f"{rest}_problem").is_null())
        .then(pl.lit(HALF_A_PLACE))
        .alias(f"{name}_problem")
        for name, rest in (("latitude", "longitude"), ("longitude", "latitude"))
    ]
    return frame.select(
        pl.when(whole).then(ours).alias("latitude"), pl.when(whole).then(other).alias("longitude"), *half
    )


def _by_distinct(texts: pl.Series, reader) -> pl.DataFrame:
    texts = texts.cast(pl.String).alias("text")
    distinct = pl.DataFrame({"text": texts.unique()})
    read = reader(distinct)
    return (
        pl.DataFrame({"text": texts})
        .join(read, on="text", how="left", nulls_equal=True, maintain_order="left")
        .drop("text")
    )


# --- dates ---------------------------------------------------------------------------------------------------------


def _dates(frame: pl.DataFrame, day_first: bool) -> pl.DataFrame:
    t = pl.col("text").str.strip_chars()
    first, second = ("day", "month") if day_first else ("month", "day")
    forms: list[tuple[str, str, tuple[str, ...]]] = [
        ("day", rf"^(\d{{4}})[-/.](\d{{1,2}})[-/.](\d{{1,2}}){_TIME}$", ("year", "month", "day")),
        ("day", r"^(\d{4})(\d{2})(\d{2})$", ("year", "month", "day")),
        ("day", _SLASHED, (first, second, "year")),
        ("day", rf"^([A-Za-z]{{3,9}})\.?\s+(\d{{1,2}})(?:st|nd|rd|th)?,?\s+(\d{{4}}){_TIME}$", ("name", "day", "year")),
        (
            "day",
            rf"^(\d{{1,2}})(?:st|nd|rd|th)?[\s-]+([A-Za-z]{{3,9}})\.?,?[\s-]+(\d{{4}}){_TIME}$",
            ("day", "name", "year"),
        ),
        ("month", r"^(\d{4})[-/](\d{1,2})$", ("year", "month")),
        ("month", r"^([A-Za-z]{3,9})\.?,?\s+(\d{4})$", ("name", "year")),
        ("year", r"^(\d{4})(?:\.0)?$", ("year",)),
    ]
    built, precision, matched = [], [], []
    for grain, pattern, parts in forms:
        groups = {part: t.str.extract(pattern, i + 1) for i, part in enumerate(parts)}
        if "name" in groups:
            groups["month"] = _month_number(groups.pop("name"))
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
    week = t.str.extract(r"^(\d{4}-?[Ww]\d{1,2})$", 1).str.to_uppercase().str.replace("-", "", literal=True)
    week = week.str.replace(r"W(\d)$", "W0$1") + "-1"
    built.append(week.str.to_date("%GW%V-%u", strict=False))
    matched.append(week.is_not_null())
    precision.append((week.is_not_null(), "week"))

    grain_of = pl.lit(None, pl.String)
    for hit, grain in reversed(precision):
        grain_of = pl.when(hit).then(pl.lit(grain)).otherwise(grain_of)
    short = t.str.contains(r"^\d{1,2}[-/.]\d{1,2}[-/.]\d{2}$|^\d{1,2}[\s-][A-Za-z]{3,9}[\s-]\d{2}$|^'?\d{2}$")
    # chrono knows a year 0; no calendar of events does
    date = pl.when(pl.coalesce(built).dt.year() >= 1).then(pl.coalesce(built))
    frame = frame.with_columns(date=date, _form=pl.any_horizontal(matched), _unknown=is_unknown(pl.col("text")))
    frame = frame.with_columns(
        precision=pl.when(pl.col("date").is_not_null()).then(grain_of),
        problem=pl.when(pl.col("date").is_not_null())
        .then(None)
        .when(pl.col("_unknown"))
        .then(pl.lit(NO_DATE))
        .when(pl.col("_form"))
        .then(pl.lit(IMPOSSIBLE))
        .when(short)
        .then(pl.lit(TWO_DIGITS))
        .otherwise(pl.lit(NOT_A_DATE)),
    )
    return frame.select("text", "date", "precision", "problem")


def _month_number(name: pl.Expr) -> pl.Expr:
    """The month of an English name or abbreviation of three letters or more; 99 (no month) for any other word."""
    lowered = name.str.to_lowercase()
    full = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
            "november", "december")  # fmt: skip
    words = {word: str(i + 1) for i, word in enumerate(full)} | {m: str(i + 1) for i, m in enumerate(_MONTHS)}
    words["sept"] = "9"
    return pl.when(name.is_not_null()).then(lowered.replace_strict(words, default="99", return_dtype=pl.String))


# --- amounts -------------------------------------------------------------------------------------------------------

_NUMBER_WORDS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_SCALES = {"k": 1e3, "hundred": 1e2, "thousand": 1e3, "million": 1e6, "m": 1e6, "dozen": 12.0}
_FILLER = (
    r"\b(?:about|around|approximately|approx|roughly|some|nearly|almost|close to|estimated|est|an estimated|circa|ca|"
    r"a crowd of|crowds? of|groups? of|people|persons?|protest[eo]rs?|demonstrators?|participants?|marchers|attendees|"
    r"activists|workers|strikers|students|women|men|residents|supporters|individuals|of|the|a|an|in)\b"
)
_AT_LEAST = r"^(?:>=?|≥|over|more than|at least|above|upwards|upward|minimum|no fewer than|not less than)\s*"
_AT_LEAST_AFTER = r"\s*(?:\+|plus|or more|and more|and up)$"
_AT_MOST = r"^(?:<=?|≤|under|less than|fewer than|up to|at most|below|maximum|no more than|not more than)\s*"


@functools.cache
def _magnitudes() -> dict[str, tuple[float, float]]:
    """Texts that name an order of magnitude, with its ends. A unit m means m to 10m - 1; "several m" starts at 2m."""
    table: dict[str, tuple[float, float]] = {}
    units = {
        "tens": 1e1,
        "hundreds": 1e2,
        "thousands": 1e3,
        "tens thousands": 1e4,
        "hundreds thousands": 1e5,
        "millions": 1e6,
        "tens millions": 1e7,
    }  # "of" has been stripped as filler
    for word, m in units.items():
        table[word] = (m, 10 * m - 1)
        for singular in {word, word.removesuffix("s"), word.replace("thousands", "thousand")}:
            table.setdefault(singular, (m, 10 * m - 1))
            for several in ("several", "few", "many", "multiple", "couple"):
                table[f"{several} {singular}"] = (2 * m, 10 * m - 1)
    for power in range(1, 8):
        table[f"{10**power}s"] = (10.0**power, 10.0 ** (power + 1) - 1)
    table["dozens"] = (24.0, 99.0)  # two dozen, to just under a hundred
    for several in ("several", "few", "many", "multiple"):
        table[f"{several} dozen"] = table[f"{several} dozens"] = (24.0, 99.0)
    for word, scale in (("ten", 10.0), ("hundred", 1e2), ("thousand", 1e3), ("million", 1e6), ("dozen", 12.0)):
        table[word] = (scale, scale)  # "a hundred" is a figure, not a magnitude
    table["hundred thousand"] = (1e5, 1e5)
    for i, word in enumerate(_NUMBER_WORDS):
        table[word] = (i + 1.0, i + 1.0)
        for scale in ("dozen", "hundred", "thousand", "million"):
            figure = (i + 1) * _SCALES[scale]
            table[f"{word} {scale}"] = (figure, figure)
    return table


def _side(text: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """The low and high end of one figure or magnitude; null where it is neither."""
    pattern = r"^(\d+(?:\.\d*)?(?:e\+?\d{1,3})?)\s*(k|m|hundred|thousand|million|dozen)?$"
    scale = text.str.extract(pattern, 2).replace_strict(_SCALES, default=1.0, return_dtype=pl.Float64)
    figure = text.str.extract(pattern, 1).cast(pl.Float64, strict=False) * scale
    words = _magnitudes()
    low = text.replace_strict({k: v[0] for k, v in words.items()}, default=None, return_dtype=pl.Float64)
    high = text.replace_strict({k: v[1] for k, v in words.items()}, default=None, return_dtype=pl.Float64)
    return pl.coalesce(figure, low), pl.coalesce(figure, high)


def _tidy(text: pl.Expr, steps: Sequence[tuple[str, str]]) -> pl.Expr:
    for pattern, replacement in steps:
        text = text.str.replace_all(pattern, replacement)
    return text.str.strip_chars()


def _amounts(frame: pl.DataFrame) -> pl.DataFrame:
    frame = frame.with_columns(_unknown=is_unknown(pl.col("text")))
    # thousands separators are taken away one group at a time, since matches may not overlap ("1,000,000")
    steps = [(r"[–—−]", "-"), (r"\([^)]*\)", " "), (r"[$€£~≈#]", ""), *[(r"(\d)[,'’](\d{3})\b", "$1$2")] * 3]
    steps += [(r"\b(\d{1,3})\.(\d{3})\.(\d{3})\b", "$1$2$3")]
    steps += [(r"^(\d{1,3}) (\d{3})$", "$1$2"), (r"^(\d{1,3}) (\d{3}) (\d{3})$", "$1$2$3"), (_FILLER, " ")]
    steps += [(r"\b(tens|hundreds)-?\s+(thousand|million)s?\b", "$1 ${2}s"), (r"\s+", " ")]
    frame = frame.with_columns(_t=_tidy(pl.col("text").str.to_lowercase().str.strip_chars(), steps))
    t = pl.col("_t")
    frame = frame.with_columns(
        _least=t.str.contains(_AT_LEAST) | t.str.contains(_AT_LEAST_AFTER),
        _most=_tidy(t, [(_AT_LEAST, "")]).str.contains(_AT_MOST),  # "> <5" says nothing
        _negative=t.str.contains(r"^-\s*\d"),
        _b=_tidy(t, [(_AT_LEAST, ""), (_AT_LEAST_AFTER, ""), (_AT_MOST, ""), (r"^between\s+", "")]),
    )
    pair = r"^([^-]+?)\s*(?:-|\bto\b|\band\b)\s*([^-]+)$"
    frame = frame.with_columns(
        _left=pl.coalesce(pl.col("_b").str.extract(pair, 1), pl.col("_b")).str.strip_chars(),
        _right=pl.coalesce(pl.col("_b").str.extract(pair, 2), pl.col("_b")).str.strip_chars(),
    )
    low = _side(pl.col("_left"))[0]
    high = _side(pl.col("_right"))[1]
    # the unit of "2-3 thousand" is of both ends, that of "500-2 thousand" is not
    unit = pl.col("_right").str.extract(r"\d\s*(k|m|hundred|thousand|million|dozen)$", 1)
    unit = unit.replace_strict(_SCALES, default=1.0, return_dtype=pl.Float64)
    shared = pl.col("_left").str.contains(r"^\d+(?:\.\d*)?$") & (low * unit <= high)
    frame = frame.with_columns(_low=pl.when(shared).then(low * unit).otherwise(low), _high=high)
    readable = pl.col("_low").is_finite() & pl.col("_high").is_finite()
    readable = readable.fill_null(False)
    frame = frame.with_columns(
        problem=pl.when(pl.col("_unknown"))
        .then(None)
        .when(pl.col("_negative"))
        .then(pl.lit(NEGATIVE))
        .when(t.str.contains(r"(?:^|[^\d.])[1-9]\d{0,2}\.\d{3}(?:[^\d.]|$)") & ~t.str.contains(r"\d\s*(?:m|million)\b"))
        .then(pl.lit(POINT))
        .when(~readable | (pl.col("_least") & pl.col("_most")))
        .then(pl.lit(NOT_A_NUMBER))
        .when(pl.col("_low") > pl.col("_high"))
        .then(pl.lit(BACKWARDS))
    )
    good = pl.col("problem").is_null() & ~pl.col("_unknown")
    return frame.select(
        "text",
        low=pl.when(good & ~pl.col("_most")).then(pl.col("_low")),
        high=pl.when(good & ~pl.col("_least")).then(pl.col("_high")),
        problem="problem",
    )
