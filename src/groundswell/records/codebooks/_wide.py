"""Tables with a column of counts for each kind: one row of dates, several kinds of events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from groundswell.records.codebooks._amounts import MOST_COUNT, read_amounts
from groundswell.records.codebooks._style import Style

_WIDE = "_n_"


def draft_counts(frame: pl.DataFrame, columns: Sequence[str], style: Style) -> dict[str, pl.Expr]:
    """The columns of a draft for such a table: each count, their sum as `count`, and a kind to be replaced later.

    The sum is null, so that the row is rejected, where one of the counts is not a whole number; a blank means no count
    of that kind.
    """
    read = [read_amounts(frame[name], style) for name in columns]
    numbers = [pl.lit(of["low"].set(~(of["low"] == of["high"]).fill_null(False), None)) for of in read]
    whole = [n.is_finite() & (n == n.floor()) & (n <= MOST_COUNT) for n in numbers]
    bad = pl.any_horizontal(
        pl.col(name).is_not_null() & ~good.fill_null(False) for name, good in zip(columns, whole, strict=True)
    )
    known = pl.any_horizontal(pl.col(name).is_not_null() for name in columns)
    total = pl.sum_horizontal(n.fill_null(0) for n in numbers).cast(pl.Int64, strict=False).cast(pl.String)
    wrong = pl.coalesce(
        pl.when(pl.col(name).is_not_null() & ~good.fill_null(False)).then(pl.col(name))
        for name, good in zip(columns, whole, strict=True)
    )
    return {
        "kind": pl.lit("counted"),
        "count": pl.when(bad).then(wrong).when(known).then(total),
        **{f"{_WIDE}{name}": n for name, n in zip(columns, numbers, strict=True)},
    }


def counts_by_kind(events: pl.DataFrame, kinds: Mapping[str, str]) -> pl.DataFrame:
    """One event per row and kind that was counted, with the identifier `<id>/<kind>`."""
    parts = []
    columns = [name.removeprefix(_WIDE) for name in events.columns if name.startswith(_WIDE)]
    for i, column in enumerate(columns):
        kind = kinds.get(column.strip().lower(), kinds.get("*", column))
        mine = events.filter(pl.col(_WIDE + column) > 0)
        parts.append(
            mine.with_columns(
                _order=pl.lit(i),
                id=pl.col("id") + f"/{kind}",
                kind=pl.lit(kind),
                count=pl.col(_WIDE + column).cast(pl.Int64),
            )
        )
    return pl.concat(parts).sort("row", "_order")
