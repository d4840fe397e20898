"""Made records of which the truth is known, as readings."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl

from groundswell.records.schema import SCHEMA, Reading

START = date(2000, 1, 3)  # a Monday


def reading(rows: list[dict[str, object]]) -> Reading:
    """A reading of rows that state what matters; all else is missing."""
    full = [{"id": str(i), "row": i + 1, "precision": "day", **row} for i, row in enumerate(rows)]
    frame = pl.DataFrame(full, schema_overrides=SCHEMA, infer_schema_length=None)
    frame = frame.with_columns(
        pl.lit(None, kind).alias(name) for name, kind in SCHEMA.items() if name not in frame.columns
    )
    return Reading(frame.select(list(SCHEMA)), _none(), (), rows=len(rows), codebook="made")


def _none() -> pl.DataFrame:
    return pl.DataFrame(schema={"row": pl.Int64, "column": pl.String, "value": pl.String, "reason": pl.String})


def from_counts(counts: np.ndarray, kinds: tuple[str, ...], **same: object) -> list[dict[str, object]]:
    """Rows of weekly counts, shape (weeks, kinds), each event on the Wednesday of its week."""
    return [
        {"date": START + timedelta(days=7 * week + 2), "kind": kind, **same}
        for week in range(counts.shape[0])
        for i, kind in enumerate(kinds)
        for _ in range(int(counts[week, i]))
    ]
