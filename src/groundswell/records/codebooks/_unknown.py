"""What records write where a figure is not known; and how a column is read by its distinct texts."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

import polars as pl

UNKNOWN: tuple[str, ...] = (
    "", ".", "-", "--", "?", "na", "n/a", "nan", "null", "none", "unknown", "unclear", "unspecified", "not reported",
    "no report", "missing", "no data",
)  # fmt: skip
"""Texts that say that a figure is not known; compared in lower case."""

_MOST_KNOWN = 100_000  # texts that are remembered: a column of more hardly repeats any

_DIGITS = {chr(code): str(unicodedata.digit(chr(code))) for code in range(128, 0x20000)
           if unicodedata.category(chr(code)) == "Nd"}  # fmt: skip
_MARKS = {
    "／": "/",
    "－": "-",
    "．": ".",
    "，": ",",
    "：": ":",
    "　": " ",
    "٫": ".",
    "٬": ",",
    "年": "-",
    "月": "-",
    "日": "",
}
_LATIN = {**_DIGITS, **_MARKS}


def in_latin(text: pl.Expr) -> pl.Expr:
    """Texts with the digits of any script (Arabic, Devanagari, full-width) as 0 to 9, and the marks between them."""
    return text.map_batches(_in_latin, return_dtype=pl.String)


def _in_latin(texts: pl.Series) -> pl.Series:
    foreign = texts.str.contains(r"[^\x00-\x7f]").fill_null(False)
    if not foreign.any():  # the many digits make a slow automaton
        return texts
    return texts.str.replace_many(_LATIN).zip_with(texts.str.contains(r"\p{Nd}|[０-９]"), texts)


def is_unknown(text: pl.Expr) -> pl.Expr:
    """True where the text is absent or one of the publisher's ways of saying "not known"."""
    return text.is_null() | text.str.strip_chars().str.to_lowercase().is_in(UNKNOWN)


_CODES = ("-9", "-99", "-999", "-9999", "-9.0", "-99.0", "-999.0", "-9999.0")  # as coders of events write "missing"


def no_figure(text: pl.Expr) -> pl.Expr:
    """True where a column of counts says that the figure is not known, in words or by a code such as -99."""
    return is_unknown(text) | text.str.strip_chars().is_in(_CODES)


class Distinct:
    """Reads columns by their distinct texts, and puts the results next to each row.

    What was read is remembered, so that the blocks of a long column, which mostly repeat, are read once.

    Parameters
    ----------
    reader : takes a frame of distinct `text`, and returns it with what each text says, independently of the others.
    """

    def __init__(self, reader: Callable[[pl.DataFrame], pl.DataFrame]) -> None:
        self._reader = reader
        self._known: pl.DataFrame | None = None

    def __call__(self, texts: pl.Series) -> pl.DataFrame:
        texts = texts.cast(pl.String).alias("text")
        new, known = pl.DataFrame({"text": texts.unique(maintain_order=True)}), self._known
        if known is not None and known.height < _MOST_KNOWN:
            new = new.join(known, on="text", how="anti", nulls_equal=True, maintain_order="left")
            read = pl.concat([known, self._reader(new)]) if new.height else known
        else:
            read = self._reader(new)
        self._known = read
        if texts.len() and texts.null_count() == texts.len():  # as of a column that a codebook leaves empty
            row = read.filter(pl.col("text").is_null()).drop("text")
            return pl.DataFrame([column.new_from_index(0, texts.len()) for column in row])
        return (
            pl.DataFrame({"text": texts})
            .join(read, on="text", how="left", nulls_equal=True, maintain_order="left")
            .drop("text")
        )
