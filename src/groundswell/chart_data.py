"""What a picture shows: a tidy frame in one of four shapes, how its series look, and where its axes end."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Literal

from groundswell.drawing import COLOURS, Spec
from groundswell.errors import OutputError

if TYPE_CHECKING:
    import polars as pl

Shape = Literal["lines", "intervals", "bars", "points"]
"""lines: y over x, with a band from `low` to `high` where the frame has them; intervals: estimates with their range,
one row each; bars: counts by category, or over numbers; points: y over x, or, with a `shade`, the cells of a map."""

Mark = Literal["line", "steps", "points", "bars"]
"""How one series of a picture of lines, points or bars is drawn, where it differs from the others."""

DASHES = ([1, 0], [6, 3], [2, 3], [8, 3, 2, 3])
"""Dashes of lines, in the order of series; they remain distinct in grey print, where colours do not."""
SHAPES = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down")
"""Shapes of points, in the order of series."""
_PALETTE = ("account-1", "account-2", "account-3", "account-4", "supported", "contradicted", "muted")
_MOST_POINTS = 1000  # points of a line: more than a plot of some hundred pixels can show


@dataclass(frozen=True)
class Look:
    """The look of a series; a series without one takes the next colour, dash and mark.

    Parameters
    ----------
    role : the role of its colour, a key of `groundswell.drawing.COLOURS`.
    dash : index in `DASHES`. shape : index in `SHAPES`. width : of the stroke, in pixels.
    mark : set where the series is drawn differently from the picture's shape.
    """

    role: str
    dash: int = 0
    shape: int = 0
    width: float = 2
    mark: Mark | None = None

    @property
    def colour(self) -> str:
        return COLOURS[self.role]


@dataclass(frozen=True)
class Guide:
    """A thin line across the picture at one value of an axis, or a shaded stretch from `at` to `to`.

    Parameters
    ----------
    text : the label at the upper end of a vertical line. above : whether it is drawn over the series, and dashed.
    """

    axis: Literal["x", "y"]
    at: Any
    to: Any = None
    text: str = ""
    role: str = "muted"
    above: bool = False


@dataclass(frozen=True)
class ChartData:
    """One picture as data.

    Parameters
    ----------
    shape : see `Shape`.
    frame : tidy rows with the columns `x`, `y`, and where they apply `low`, `high` (of y; of x for intervals), `series`
        (one colour, dash and mark each), `panel` (small multiples), `shade` (from 0 to 1: points become the cells of a
        map) and, of lines, `trace` (single trajectories, drawn thin; null in the rows of the line itself).
    title : in words.
    x, y : titles of the axes, with units; where there are panels, the panel's name replaces y.
    caption : how to read it, in one sentence.
    log_x, log_y : whether an axis is logarithmic.
    fractions : base of the labels (1/10, 1, 10) of logarithmic axes that show ratios: 2 or 10.
    looks : of series, by name.
    guides : values and stretches that the picture points out.
    x_domain, y_domain : ends of the axes; by default those of the data. Values beyond them are drawn at the end, for
        intervals as an arrow.
    height : of the plot on a page, in pixels.
    """

    shape: Shape
    frame: pl.DataFrame
    title: str
    x: str = ""
    y: str = ""
    caption: str = ""
    log_x: bool = field(default=False, kw_only=True)
    log_y: bool = field(default=False, kw_only=True)
    fractions: int = field(default=0, kw_only=True)
    looks: Mapping[str, Look] = field(default_factory=dict[str, Look], kw_only=True)
    guides: Sequence[Guide] = field(default=(), kw_only=True)
    x_domain: tuple[float, float] | None = field(default=None, kw_only=True)
    y_domain: tuple[float, float] | None = field(default=None, kw_only=True)
    height: int = field(default=190, kw_only=True)

    def __post_init__(self) -> None:
        missing = {"x", "y"} - set(self.frame.columns)
        if missing:
            raise OutputError(
                f"a chart over the columns {', '.join(self.frame.columns)}",
                expected="the columns x and y",
                instead=f"rename a column to {min(missing)}",
            )
        if self.shape == "intervals" and self.frame.height and not self.frame.schema["x"].is_numeric():
            raise OutputError(
                f"intervals whose x is of type {self.frame.schema['x']}",
                expected="estimates as x, and their names as y",
                instead="exchange the columns x and y",
            )

    # -- what it holds -------------------------------------------------------------------------------------------
    @property
    def series(self) -> dict[str, Look]:
        """Every series with its look, in the order of the frame; a picture without series has one without a name."""
        names = self.frame["series"].unique(maintain_order=True).to_list() if "series" in self.frame.columns else [""]
        return {str(name): self.looks.get(str(name)) or _look(place) for place, name in enumerate(names)}

    def mark_of(self, name: str) -> Mark:
        """How a series is drawn; a line of a single point becomes a point."""
        default: Mark = "line" if self.shape == "lines" else "bars" if self.shape == "bars" else "points"
        mark = self.series[name].mark or default
        if mark in ("line", "steps"):
            rows = self.frame.filter(self.frame["series"] == name) if name else self.frame
            mark = mark if rows["y"].is_not_null().sum() > 1 else "points"
        return mark

    @property
    def legend(self) -> tuple[tuple[str, str], ...]:
        """For the legend of a page: the classes and the name of every series, where there are series."""
        if "series" not in self.frame.columns:
            return ()
        return tuple(
            (f"{look.role} dot {SHAPES[look.shape]}" if solid else f"{look.role} line-{look.dash}", name)
            for name, look in self.series.items()
            for solid in [self.shape in ("intervals", "bars") or self.mark_of(name) in ("points", "bars")]
        )

    def rows(self) -> Iterator[Spec]:
        """The frame as plain rows, with long lines thinned to what can be seen."""
        import polars as pl

        frame = self.frame
        dated = [name for name, kind in frame.schema.items() if kind.is_temporal()]
        numbers = [name for name, kind in frame.schema.items() if kind.is_float()]
        frame = frame.with_columns(
            *(pl.col(name).dt.to_string("iso") for name in dated),
            *(pl.when(pl.col(name).is_finite()).then(pl.col(name)).alias(name) for name in numbers),
        )
        for axis, domain in (("x", self.x_domain), ("y", self.y_domain)):
            if domain is not None and frame.schema[axis].is_numeric():
                ends = [axis, *(["low", "high"] if self.has_range() and self.ranged() == axis else [])]
                beyond = pl.col(axis).cast(pl.Float64)
                frame = frame.with_columns(
                    pl.when(beyond < domain[0]).then(-1).when(beyond > domain[1]).then(1).otherwise(0).alias("beyond"),
                    *(pl.col(name).clip(*domain) for name in ends),
                )
        if self.shape == "lines":
            frame = self._thinned(frame)
        sides = [self.sides(axis, frame) if self.is_boxed(axis) else {} for axis in ("x", "y")]
        for place, row in enumerate(frame.iter_rows(named=True)):
            yield row | {"place": place} | sides[0].get(row["x"], {}) | sides[1].get(row["y"], {})

    def _thinned(self, frame: pl.DataFrame) -> pl.DataFrame:
        """For long lines, the least and greatest value of every short stretch, and both ends."""
        import polars as pl

        groups = [name for name in ("panel", "series", "trace") if name in frame.columns]
        count, at = pl.len(), pl.int_range(pl.len())
        if groups:
            count, at = count.over(groups), at.over(groups)
        stretch = at * (_MOST_POINTS // 2 - 1) // count
        frame = frame.with_columns(stretch_=stretch, end_=(at == 0) | (at == count - 1), long_=count > _MOST_POINTS)
        within = [*groups, "stretch_"]
        least, most = (pl.col("y").arg_min().over(within), pl.col("y").arg_max().over(within))
        here = pl.int_range(pl.len()).over(within)
        kept = frame.filter(~pl.col("long_") | pl.col("end_") | (here == least) | (here == most))
        return kept.drop("stretch_", "end_", "long_")

    # -- axes ---------------------------------------------------------------------------------------------------
    def ranged(self) -> str:
        return "x" if self.shape == "intervals" else "y"

    def has_range(self) -> bool:
        return {"low", "high"} <= set(self.frame.columns) and self.frame["low"].is_not_null().any()

    def lying(self) -> bool:
        """Whether bars are horizontal, each with a name: their x is a number and their y a text."""
        return self.shape == "bars" and not self.frame.schema["y"].is_numeric()

    def is_boxed(self, axis: str) -> bool:
        """Whether marks are boxes with sides on this axis, half-way to their neighbours."""
        if not self.frame.schema[axis].is_numeric() or self.lying() or self.shape == "intervals":
            return False
        if "shade" in self.frame.columns:
            return True
        return axis == "x" and any(self.mark_of(name) == "bars" for name in self.series)

    def sides(self, axis: str, frame: pl.DataFrame) -> dict[float, Spec]:
        """Where the box of each value begins and ends."""
        log = self.log_x if axis == "x" else self.log_y
        bars = "shade" not in self.frame.columns
        boxed = frame
        if bars and "series" in frame.columns:
            boxed = frame.filter(frame["series"].is_in([n for n in self.series if self.mark_of(n) == "bars"]))
        values = sorted(set(boxed[axis].drop_nulls().to_list()))
        places = [math.log(v) if log else float(v) for v in values]
        gaps = [b - a for a, b in itertools.pairwise(places)] or [1.0]
        lefts, rights = [gaps[0], *gaps], [*gaps, gaps[-1]]
        if bars:  # of equal width, with a little space between them
            lefts = rights = [0.94 * min(gaps)] * len(values)
        back = math.exp if log else float
        return {
            v: {f"{axis}_from": back(p - left / 2), f"{axis}_to": back(p + right / 2)}
            for v, p, left, right in zip(values, places, lefts, rights, strict=True)
        }

    def numbers(self, axis: str, series: Sequence[str] | None = None) -> list[float]:
        """Every number that is drawn along an axis; days are in milliseconds."""
        frame = (
            self.frame if series is None or series == [""] else self.frame.filter(self.frame["series"].is_in(series))
        )
        names = [axis, *(["low", "high"] if self.has_range() and self.ranged() == axis else [])]
        if axis == "x" and self.shape != "intervals":
            frame = frame.filter(frame["y"].is_not_null())
        values = [v for name in names for v in frame[name].to_list() if v is not None]
        if self.frame.schema[axis].is_temporal():
            return [_milliseconds(v) for v in values]
        return [float(v) for v in values if not isinstance(v, str) and math.isfinite(v)]

    def domain(self, axis: str) -> tuple[float, float]:
        """The ends of an axis: those of the data, starting at zero where that wastes less than half of it."""
        given, log = (self.x_domain, self.log_x) if axis == "x" else (self.y_domain, self.log_y)
        if given is not None:
            return given
        values = self.numbers(axis) + [float(v) for g in self.guides if g.axis == axis for v in (g.at, g.to) if _is(v)]
        if self.is_boxed(axis):
            sides = self.sides(axis, self.frame).values()
            values += [v for side in sides for v in side.values()]
        low, high = min(values, default=0.0), max(values, default=1.0)
        if log:
            low, high = (low / 2, high * 2) if low == high else (low, high)
            margin = (high / low) ** 0.03
            return low / margin, high * margin
        if "shade" not in self.frame.columns and (axis == self.ranged() or self.shape == "bars"):
            bars = self.shape == "bars" or any(self.mark_of(name) == "bars" for name in self.series)
            near = low >= 0 and low < 0.5 * high
            if self.shape == "intervals" or bars or near:
                low, high = min(low, 0.0), max(high, 0.0)
        if low == high:
            return low - 0.5 * (abs(low) or 1.0), high + 0.5 * (abs(high) or 1.0)
        lined = self.shape == "lines" and all(self.mark_of(name) in ("line", "steps") for name in self.series)
        margin = 0.0 if self.is_boxed(axis) or (axis == "x" and lined) else 0.04 * (high - low)
        return (low if low == 0 else low - margin), (high if high == 0 else high + margin)


def _look(place: int) -> Look:
    """The look of the series at this position in the frame: the next colour, dash and shape."""
    return Look(_PALETTE[place % len(_PALETTE)], place % len(DASHES), place % len(SHAPES))


def _is(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _milliseconds(day: date) -> float:
    """A day as the drawing library counts time."""
    hours = (day.hour * 60 + day.minute) * 60_000 if isinstance(day, datetime) else 0
    return (day.toordinal() - date(1970, 1, 1).toordinal()) * 86_400_000 + hours


__all__ = ["DASHES", "SHAPES", "ChartData", "Guide", "Look", "Mark", "Shape"]
