"""A picture as data: one of four shapes over a tidy frame, which the report, a notebook and the explorer can draw."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import polars as pl

Shape = Literal["lines", "intervals", "bars", "points"]
"""lines: y over x, with a band from `low` to `high` where the frame has them; intervals: estimates with their range,
one row each; bars: counts by category; points: y over x, or places on a map."""


@dataclass(frozen=True)
class Chart:
    """One picture.

    Parameters
    ----------
    shape : see `Shape`.
    frame : tidy rows with the columns `x`, `y`, and where they apply `low`, `high`, `series` (one colour each) and
        `panel` (small multiples).
    title : in words.
    x, y : titles of the axes, with units.
    caption : what to read from it, in one sentence.
    """

    shape: Shape
    frame: pl.DataFrame
    title: str
    x: str = ""
    y: str = ""
    caption: str = ""
