"""Dates centuries away from all others: a few are set aside as typing errors; with many, the record is refused."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from groundswell.errors import RecordError
from groundswell.records.codebooks._table import nothing_rejected, under_rejected

_FAR_YEARS = 100  # between such a date and the nearest other
_MOST_YEARS = 1000  # from the first date to the last
_FEW = 0.005  # share of the rows that may be set aside so, or two of them


def far_dates(
    parts: Sequence[pl.DataFrame], column: str, path: str
) -> tuple[list[pl.DataFrame], pl.DataFrame, list[str]]:
    """The parts without rows whose date is far from all others, these rows, and a note.

    Raises
    ------
    RecordError : what is left spans more than a thousand years.
    """
    years = pl.concat([part.select(pl.col("date").dt.year().alias("y")) for part in parts])["y"]
    if years.len() == 0:
        return list(parts), nothing_rejected(), []
    counted = years.value_counts().sort("y")
    values, rows = counted["y"].to_numpy(), counted["count"].to_numpy()
    most = max(2, int(_FEW * years.len())) if years.len() >= 10 else 0
    keep = _main(values, rows, most)
    first, last = int(values[keep][0]), int(values[keep][-1])
    if last - first > _MOST_YEARS:
        raise RecordError(
            f"{path} has dates from the year {first} to {last} in its column {column!r}",
            expected=f"a record of at most {_MOST_YEARS:,} years",
            why="a series over such a time would not fit in memory, and would be nearly all zeros",
            instead='[window] span = ["FIRST", "LAST"] in a mapping file, or --from and --to',
        )
    if keep.all():
        return list(parts), nothing_rejected(), []
    away = ~pl.col("date").dt.year().is_between(first, last)
    says = f"more than {_FAR_YEARS} years from every other date ({first} to {last})"
    aside = pl.concat(
        [
            under_rejected(
                part.filter(away).select(
                    "row", column=pl.lit(column), value=pl.col("date").cast(pl.String), reason=pl.lit(says)
                )
            )
            for part in parts
        ]
    )
    note = (
        f"Set aside as typing errors, being {says}: {aside.height:,}, such as {aside['value'][0]}. A span "
        "under [window] in a mapping file that holds such dates keeps them."
    )
    return [part.filter(~away) for part in parts], aside, [note]


def _main(values: np.ndarray, rows: np.ndarray, most: int) -> np.ndarray:
    """Which years belong to the main stretch: a few that a long gap cuts off at either end do not."""
    keep = np.ones(values.size, dtype=np.bool_)
    breaks = np.flatnonzero(np.diff(values) > _FAR_YEARS)
    left = most
    for at in breaks:  # from the first years on, as long as few rows lie before
        if rows[: at + 1].sum() <= left:
            keep[: at + 1] = False
    left -= int(rows[~keep].sum())
    for at in breaks[::-1]:
        if rows[at + 1 :].sum() <= left and keep[: at + 1].any():
            keep[at + 1 :] = False
    return keep if keep.any() else np.ones(values.size, dtype=np.bool_)
