"""Reads the sizes that people type into records: figures, ranges and words, in several languages."""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from dataclasses import replace

import polars as pl

from groundswell.records.codebooks._style import Style, languages
from groundswell.records.codebooks._unknown import Distinct, in_latin, is_unknown, no_figure

NEGATIVE = "negative"
MOST_COUNT = 2**40
"""The most events that one row may stand for; a larger number is not a count."""
BACKWARDS = "range that runs backwards"
NOT_A_NUMBER = "not a number or range that can be read"
OTHER_LANGUAGE = "a size in another language (language = {!r} reads it)"
_MOST_WORDS = 100  # different texts that are tried in other languages
POINT = "a point before three digits, which may be a separator of thousands or of decimals"
COMMA = "a decimal comma before three digits, which may be a separator of thousands"


def read_amounts(texts: pl.Series, style: Style | None = None) -> pl.DataFrame:
    """Read a column of counts into `low`, `high` (Float64) and `problem` (null if read or not stated).

    A plain figure, also with "about", gives low = high. "100-300" and "100 to 300" give both ends; "over 1,000",
    ">1000" and "1000+" give a low end only; "up to 50" a high end only. Words and forms of magnitude give the whole
    order of magnitude, because that is all that they say: "hundreds" and "100s" are 100 to 999, "thousands" 1,000 to
    9,999; "several hundred" is 200 to 999, from two of the unit; "dozens" is 24 to 99. In "2-3 thousand" the unit
    applies to both ends. Thousands may be set off by commas, spaces, apostrophes or, where there are two, points;
    "1.500" is refused, since it may be 1,500 or one and a half, unless `style.decimal` or `style.thousands` says which.
    Words are those of the languages of the style, and English: "plusieurs centaines" is 200 to 900. What is not known
    (empty, "nan", "?" and their like) is null without a problem.
    """
    return amounts_in(style or Style())(texts)


def amounts_in(style: Style) -> Distinct:
    """A reader of columns of counts, block by block; see `read_amounts`."""
    return Distinct(lambda frame: _with_languages(_amounts(frame, style), style))


def _with_languages(read: pl.DataFrame, style: Style) -> pl.DataFrame:
    """Where another language would read the words, the reason names that language."""
    bad = read.filter((pl.col("problem") == NOT_A_NUMBER) & pl.col("text").str.contains(r"\p{L}{3}"))["text"]
    if bad.len() == 0:
        return read
    says: dict[str, str] = {}
    for code in languages():
        if code not in style.language and code != "en":
            other = _amounts(pl.DataFrame({"text": bad.head(_MOST_WORDS)}), replace(style, language=(code,)))
            for text in other.filter(pl.col("problem").is_null())["text"]:
                says.setdefault(text, OTHER_LANGUAGE.format(code))
    named = pl.col("text").replace_strict(says, default=None, return_dtype=pl.String)
    return read.with_columns(problem=pl.coalesce(named, "problem")) if says else read


_NUMBER_WORDS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_SCALES = {"k": 1e3, "hundred": 1e2, "thousand": 1e3, "million": 1e6, "m": 1e6, "dozen": 12.0}
_FILLER = (
    r"\b(?:about|around|approximately|approx|roughly|some|nearly|almost|close to|estimated|est|an estimated|circa|ca|"
    r"a crowd of|crowds? of|groups? of|people|persons?|protest[eo]rs?|demonstrators?|participants?|marchers|attendees|"
    r"activists|workers|strikers|students|women|men|residents|supporters|individuals|of|the|a|an|in)\b"
)
_SAID = r"(\d|\p{L}),?\s+(?:according to|selon|d'après|según|laut|segundo|secondo)\s.*$"  # who counted
_FRACTIONS = [
    *((rf"(\d)\s*{sign}", f"$1{part}") for sign, part in (("½", ".5"), ("¼", ".25"), ("¾", ".75"))),
    *((rf"{sign}\s+(\p{{L}})", f"0{part} $1") for sign, part in (("½", ".5"), ("¼", ".25"), ("¾", ".75"))),
    (r"\b1/2\s+(million|thousand)", "0.5 $1"),
]
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
    table |= {word: (10.0 * i, 10.0 * i) for i, word in enumerate(_TENS, start=2)}
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


def _three_digits(t: pl.Expr) -> pl.Expr:
    """Whether a point stands before three digits, where it may set off thousands or decimals."""
    return t.str.contains(r"(?:^|[^\d.])[1-9]\d{0,2}\.\d{3}(?:[^\d.]|$)")


def _separators(style: Style) -> list[tuple[str, str]]:
    """The steps that convert figures to the form 1234.5."""
    groups = [r"\b(\d{1,3})" + r" (\d{3})" * more + r"\b" for more in (3, 2, 1)]
    grouped = [(pattern, "".join(f"${{{i + 1}}}" for i in range(4 - at))) for at, pattern in enumerate(groups)]
    # other separators are taken away one group at a time, since matches may not overlap ("1,000,000")
    if style.thousands is not None:
        grouped += [(rf"(\d)[{re.escape(style.thousands)}](\d{{3}})\b", "$1$2")] * 3
    elif style.decimal == ",":
        grouped += [(r"(\d)[.'’](\d{3})\b", "$1$2")] * 3
    else:
        grouped += [(r"(\d)[,'’](\d{3})\b", "$1$2")] * 3
    if style.decimal is None and style.thousands is None:
        grouped += [(r"\b(\d{1,3})\.(\d{3})\.(\d{3})\b", "$1$2$3")]
    if style.decimal == ",":
        grouped += [(r"(\d),(\d)", "$1.$2")]
    else:  # "1,5 thousand": no separator of thousands has one or two digits after it
        grouped += [(r"\b(\d{1,3}),(\d{1,2})\s*(thousands?|millions?)\b", "$1.$2 $3")]
    return grouped


def _translations(style: Style) -> list[tuple[str, str]]:
    """The steps that replace phrases of the stated languages by English ones, longest first."""
    phrases = {phrase: english for of in reversed(style.spoken) for phrase, english in of.phrases.items()}
    if not phrases:
        return []
    steps = [(r"[’`]", "'"), (r"\bd'", "de "), (r"\bqu'(\w)", "que $1")] if "fr" in style.language else []
    for phrase in sorted(phrases, key=lambda p: (-len(p), p)):
        steps.append((rf"(^|[^\p{{L}}]){re.escape(phrase)}\.?($|[^\p{{L}}])", f"${{1}} {phrases[phrase]} $2"))
    return steps


def _amounts(frame: pl.DataFrame, style: Style) -> pl.DataFrame:
    lowered = in_latin(pl.col("text").str.to_lowercase().str.strip_chars())
    lowered = _tidy(lowered, _FRACTIONS)
    said = [(r"\([^)]*\)", " "), (_SAID, "$1")]
    spaces = [(r"[\u00a0\u2007\u2009\u202f]", " "), (r"[–—−]", "-"), *said, (r"[$€£~≈#«»“”„]", "")]
    frame = frame.with_columns(_s=_tidy(lowered, [*spaces, *_translations(style), (r"\s+", " ")]))
    frame = frame.with_columns(_unknown=no_figure(pl.col("text")) | is_unknown(pl.col("_s")))
    steps = [(r"\b(?:approx|ca|circ|c|est)\.\s*(\d)", "$1"), *_separators(style), (_FILLER, " "), (r"\s+", " ")]
    steps += [(r"\bhalf (hundred|thousand|million|dozen)\b", "0.5 $1"), (r"\bquarter million\b", "0.25 million")]
    steps += [(r"(^|[^\d.,])(\d{1,3}(?:\.\d{1,2})?)\s*(hundred|thousand|million|dozen)s\b", "$1$2 $3")]
    steps += [(r"\b(tens|hundreds)-?\s+(thousand|million)s?\b", "$1 ${2}s"), (r"\s+", " ")]
    frame = frame.with_columns(_t=_tidy(pl.col("_s"), steps))
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
    # the unit of "2-3 thousand" applies to both ends, that of "500-2 thousand" is not
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
        .when(_three_digits(t) & ~t.str.contains(r"\d\s*(?:m|million)\b") & pl.lit(style.decimal != "."))
        .then(pl.lit(COMMA if style.decimal == "," else POINT))
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
