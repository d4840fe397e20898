"""Categories of actors from the words in which records name them; whatever fits none has no category."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

# words in the free text of who protested, looked for in this order
IDENTITIES: tuple[tuple[str, str], ...] = (
    ("students", r"student|pupil"),
    (
        "workers",
        r"worker|union|labou?r|employee|miner|teacher|driver|nurse|doctor|trucker|striker|civil servant",
    ),
    ("farmers", r"farmer|peasant|fishermen|landless"),
    ("opposition", r"opposition|party|parties|supporters of|dissident"),
    ("religious", r"muslim|christian|catholic|hindu|buddhist|sikh|monk|cleric|islam|shi'?ite|sunni"),
    ("prisoners", r"prisoner|inmate"),
    ("veterans", r"veteran|soldier|police"),
    ("residents", r"resident|villager|citizen|local"),
)


def category(frame: pl.DataFrame, column: str, words: Sequence[tuple[str, str]] = IDENTITIES) -> pl.Expr:
    """The category of each text of a column: the first whose words it contains; each distinct text is examined once."""
    distinct = pl.DataFrame({"text": frame[column].unique().drop_nulls()})
    found = pl.lit(None, pl.String)
    for name, pattern in reversed(words):
        found = pl.when(pl.col("text").str.to_lowercase().str.contains(pattern)).then(pl.lit(name)).otherwise(found)
    known = dict(distinct.select("text", found).drop_nulls().iter_rows())
    return pl.col(column).replace_strict(known, default=None, return_dtype=pl.String)
