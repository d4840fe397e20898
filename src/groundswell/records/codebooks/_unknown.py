"""What records write where a figure is not known; and how a column is read by its distinct texts."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

UNKNOWN: tuple[str, ...] = (
    "", ".", "-", "--", "?", "na", "n/a", "nan", "null", "none", "unknown", "unclear", "unspecified", "not reported",
    "no report", "missing", "no data",
)  # fmt: skip
"""Texts that say that a figure is not known; compared in lower case."""


def is_unknown(text: pl.Expr) -> pl.Expr:
    """True where the text is absent or one of the publisher's ways of saying "not known"."""
    return text.is_null() | text.str.strip_chars().str.to_lowercase().is_in(UNKNOWN)


def by_distinct(texts: pl.Series, reader: Callable[[pl.DataFrame], pl.DataFrame]) -> pl.DataFrame:
    """Read the distinct texts of a column, and put what was read beside each row."""
    texts = texts.cast(pl.String).alias("text")
    distinct = pl.DataFrame({"text": texts.unique()})
    read = reader(distinct)
    return (
        pl.DataFrame({"text": texts})
        .join(read, on="text", how="left", nulls_equal=True, maintain_order="left")
        .drop("text")
    )
