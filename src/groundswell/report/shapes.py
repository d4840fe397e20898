"""The few shapes that every plot of a page is drawn in: lines with bands, and estimates with their intervals, in rows.

A figure of the report says what is shown, in words and as a table; these say how. Layers lie on one another in
the order in which they are given.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from groundswell.drawing import COLOURS, DASHES, Spec, chart, layer, lettering, point, quantitative, rule
from groundswell.report.numbers import finite

_ROW = 36  # height of a row with its name above its interval


@dataclass(frozen=True)
class Line:
    """One line of a plot.

    Parameters
    ----------
    role : of its colour.
    points : (x, y) in order; a missing y stays a gap.
    band : (x, low, high); drawn below all lines.
    width : of the stroke, in pixels.
    dash : 0 is a whole line; 1 and 2 are dashed.
    dots : draw points that are not joined.
    """

    role: str
    points: Sequence[tuple[Any, float | None]]
    band: Sequence[tuple[Any, float, float]] = ()
    width: float = 2
    dash: int = 0
    dots: bool = False

    def _mark(self) -> Spec:
        colour = COLOURS[self.role]
        if self.dots:
            return {"type": "point", "shape": "circle", "color": colour, "size": 22, "opacity": 1}
        dash = {"strokeDash": DASHES[self.dash]} if self.dash else {}
        return {"type": "line", "color": colour, "strokeWidth": self.width, **dash}


def lines(drawn: Sequence[Line], x: Spec, y: Spec, *, height: int, under: Sequence[Spec] = ()) -> Spec:
    """Lines with their bands, over what lies under them; x and y are channels."""
    layers = list(under)
    for line in drawn:
        if line.band:
            area = {"type": "area", "color": COLOURS[line.role], "opacity": 0.16, "line": False}
            band = [{"x": at, "low": low, "high": high} for at, low, high in line.band]
            layers.append(layer(band, area, x=x, y={**y, "field": "low"}, y2={"field": "high"}))
    for line in drawn:
        layers.append(layer([{"x": at, "y": value} for at, value in line.points], line._mark(), x=x, y=y))
    return chart(layers, height=height)


def level(y: Spec, value: float, role: str = "muted") -> Spec:
    """A line across the plot at one value."""
    return layer([{"y": value}], rule(role), y=y)


def uprights(x: Spec, places: Sequence[Any], role: str, dash: Sequence[int] = (2, 3)) -> Spec:
    """Dashed lines from the bottom to the top of the plot."""
    return layer([{"x": at} for at in places], rule(role, strokeDash=list(dash)), x=x)


def intervals(rows: Sequence[Mapping[str, Any]], *, margin: float = 0.06) -> Spec:
    """Estimates with their intervals in rows against the zero line, each with its name above it.

    Parameters
    ----------
    rows : {"name", "role", "mean", "low", "high"}, each with a mean.
    margin : beyond the outermost end, as a share of the width; where nothing is below zero, the axis begins there.
    """
    ends = [v for row in rows for v in (finite(row.get(key)) for key in ("mean", "low", "high")) if v is not None]
    start, end = min(*ends, 0.0), max(*ends, 0.0)
    width = end - start or 1.0
    start, end = (start if start == 0 else start - margin * width), end + margin * width
    size = len(rows)
    x = quantitative("x", domain=(start, end), axis={"grid": True, "tickCount": 5})
    y = quantitative("y", domain=(0, size), axis=None)
    layers = [layer([{"x": 0.0}], rule("muted"), x=x)]
    for place, row in enumerate(rows):
        base, role = float(size - 1 - place), str(row["role"])
        words = "muted" if role == "faint" else role
        layers.append(row_label(shortened(str(row["name"]), 46), start, base + 0.92, words, x, y))
        low, high = finite(row.get("low")), finite(row.get("high"))
        layers.extend(span_layers(float(row["mean"]), low, high, base + 0.26, (start, end), role, x, y))
    return chart(layers, height=_ROW * size + 26)


def row_label(text: str, at: float, height: float, role: str, x: Spec, y: Spec) -> Spec:
    """The name of a row, at its left end."""
    words = lettering(role, baseline="top", dx=2, fontWeight=600)
    return layer([{"x": at, "y": height, "text": text}], words, x=x, y=y)


def span_layers(
    value: float,
    low: float | None,
    high: float | None,
    height: float,
    domain: tuple[float, float],
    role: str,
    x: Spec,
    y: Spec,
) -> list[Spec]:
    """Layers of a point with its interval; an end beyond the axis becomes an arrow."""
    start, end = domain
    layers = []
    if low is not None and high is not None:
        ends = [{"x": max(low, start), "x2": min(high, end), "y": height}]
        layers.append(layer(ends, rule(role, strokeWidth=2), x=x, x2={"field": "x2"}, y=y))
        for beyond, place, shape in ((low < start, start, "triangle-left"), (high > end, end, "triangle-right")):
            if beyond:
                layers.append(layer([{"x": place, "y": height}], point(role, shape), x=x, y=y))
    layers.append(layer([{"x": value, "y": height}], point(role), x=x, y=y))
    return layers


def shortened(text: str, most: int) -> str:
    """The text, cut where it is longer than `most` letters."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def plain_axes(x_ticks: int = 6, y_ticks: int = 4) -> tuple[Spec, Spec]:
    """The channels of a plot of numbers over numbers, with lines across only."""
    return quantitative("x", axis={"grid": False, "tickCount": x_ticks}), quantitative("y", axis={"tickCount": y_ticks})


def time_axis() -> Spec:
    """The channel of days, which are given as `milliseconds`."""
    return {
        "field": "x",
        "type": "temporal",
        "title": None,
        "scale": {"type": "utc"},
        "axis": {"grid": False, "tickCount": 5, "labelFlush": True},
    }


def milliseconds(day: date) -> int:
    """A day as the drawing library counts time."""
    return (day.toordinal() - date(1970, 1, 1).toordinal()) * 86_400_000
