"""The figures of a replication: ours as the paper drew them, inside its page or as a drawing of their own."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from groundswell.drawing import (
    COLOURS,
    DASHES,
    WIDTH,
    Spec,
    layer,
    lettering,
    quantitative,
    render,
    rule,
)
from groundswell.report.numbers import estimate, number, plain
from groundswell.report.plots import Figure, Table

Row = Mapping[str, Any]

_ROLES = ("account-1", "account-2", "account-3", "account-4", "supported", "contradicted", "muted")
_WIDE, _TALL = 640, 300
_ALONE = 560  # width of a drawing that stands on a page of the documentation
_MANY = 700  # points of a line beyond which those that fall on one pixel are drawn as their lowest and highest


def replication_figure(name: str, figure: Row, *, draw: bool) -> Figure:
    """A figure of a replication with its words and its numbers.

    Parameters
    ----------
    name : identity in the page, unique.
    figure : as `groundswell.replications.run.tell` gives it.
    draw : whether to draw; the table is made in any case.
    """
    looks = [_look(place) for place in range(len(figure["curves"]))]
    banded = any(curve["low"] is not None for curve in figure["curves"])
    words = "; ".join(f"{curve['name']}: {_in_words(curve)}" for curve in figure["curves"])
    return Figure(
        name,
        title=figure["title"],
        label=f"{figure['title']}. {figure['y']} by {figure['x']}. {words}.",
        table=_table(figure),
        svg=render(_chart(figure, WIDTH, 220), name) if draw else None,
        wide=render(_chart(figure, _WIDE, _TALL), f"{name}-wide") if draw else None,
        vertical=figure["y"],
        horizontal=figure["x"],
        caption=" ".join(
            filter(
                None, [figure["caption"], "Bands and bars: 95% intervals." if banded else "", _described_marks(figure)]
            )
        ),
        legend=tuple(
            (f"{role} {'dot' if curve['mark'] in ('points', 'bars') else f'line-{dash}'}", curve["name"])
            for (role, dash), curve in zip(looks, figure["curves"], strict=True)
        ),
    )


def alone(name: str, figure: Row) -> str:
    """The figure as an SVG file of its own, with its axes and legend named in it, on the paper of the light theme."""
    drawn = _chart(figure, _ALONE, _TALL, named=True)
    text = str(render(drawn, name))
    paper = '<rect width="100%" height="100%" fill="#ffffff"/>'
    head, _, rest = text.partition(">")
    # tidy_svg leaves out what HTML implies; a file needs its namespace.
    return f'{head} xmlns="http://www.w3.org/2000/svg" font-family="Arial, Helvetica, sans-serif">{paper}{rest}\n'


def _described_marks(figure: Row) -> str:
    content = "; ".join(f"{label} ({plain(x)})" for x, label in figure["marks"])
    return f"Vertical: {content}." if content else ""


def _look(place: int) -> tuple[str, int]:
    return _ROLES[place % len(_ROLES)], min(place // len(_ROLES), len(DASHES) - 1)


def _in_words(curve: Row) -> str:
    points = list(zip(curve["x"], curve["y"], strict=True))
    top, bottom = max(points, key=lambda p: p[1]), min(points, key=lambda p: p[1])
    return (
        f"from {plain(points[0][1])} at {plain(points[0][0])} to {plain(points[-1][1])} at {plain(points[-1][0])}, "
        f"highest {plain(top[1])} at {plain(top[0])}, lowest {plain(bottom[1])} at {plain(bottom[0])}"
    )


def _table(figure: Row) -> Table:
    rows: list[tuple[Markup | str, ...]] = []
    short = True
    for curve in figure["curves"]:
        size = len(curve["x"])
        places = sorted({round(step * (size - 1) / 11) for step in range(12)})  # a dozen points tell the shape
        short = short and len(places) == size
        for at in places:
            value = curve["y"][at]
            content = number(value) if curve["low"] is None else estimate(value, curve["low"][at], curve["high"][at])
            rows.append((curve["name"], plain(curve["x"][at]), content))
    note = "" if short else " Evenly spaced points of the curves."
    return Table(f"{figure['title']}.{note}", ("Curve", figure["x"], figure["y"]), tuple(rows))


# -- drawing ----------------------------------------------------------------------------------------------------------


def _chart(figure: Row, width: int, height: int, *, named: bool = False) -> Spec:
    curves = figure["curves"]
    log_x, log_y = figure["x_kind"] == "log", figure["y_kind"] == "log"
    bars = [curve for curve in curves if curve["mark"] == "bars"]
    half = 0.42 * min((_gap(curve["x"], log_x) for curve in bars), default=0.0)
    xs = [end for curve in curves for v in curve["x"] for end in (_sides(v, half, log_x) if curve in bars else (v,))]
    xs += [x for x, _ in figure["marks"]]
    ys = [v for curve in curves for key in ("y", "low", "high") for v in curve[key] or ()]
    x_domain = _domain(xs, log_x, 0.02 if any(curve["mark"] in ("points", "bars") for curve in curves) else 0.0)
    y_domain = _domain([*ys, 0.0] if (bars or _near_zero(ys)) and not log_y else ys, log_y, 0.05)
    few = 5 if width < _ALONE else 8
    x_axis: Spec = {"grid": False, "tickCount": few, **_log_ticks(x_domain, log_x)}
    y_axis: Spec = {"tickCount": 5, **_log_ticks(y_domain, log_y)}
    x = quantitative("x", axis=x_axis, domain=x_domain, kind=figure["x_kind"])
    y = quantitative("y", axis=y_axis, domain=y_domain, kind=figure["y_kind"])
    if named:
        x["title"], y["title"] = figure["x"], figure["y"]
        for axis in (x_axis, y_axis):
            axis |= {"titleColor": COLOURS["record"], "titleFontSize": 12, "titleFontWeight": "normal"}
    layers: list[Spec] = []
    for place, curve in enumerate(curves):
        role, dash = _look(place)
        if curve["mark"] == "bars":
            sides = [_sides(v, half, log_x) for v in curve["x"]]
            layers.append(_bars(curve, role, x, y, sides, y_domain[0]))
        layers += _layers(curve, role, dash, x, y, width)
    for at, label in figure["marks"]:
        layers.append(layer([{"x": at}], rule("record", strokeDash=[3, 3]), x=x))
        right = _part(at, x_domain, log_x) > 0.6
        side = {"align": "right", "dx": 3} if right else {"align": "left", "dx": -3}
        words = lettering("record", baseline="bottom", dy=-3, fontSize=11, **side)
        layers.append(layer([{"x": at, "y": y_domain[1], "text": label}], words, x=x, y=y))
    if named:
        layers.append(_legend(curves, x, y))
    return {
        "layer": layers,
        "width": width,
        "height": height,
        "padding": 8 if named else 4,
        "autosize": {"type": "fit", "contains": "padding"},
    }


def _bars(curve: Row, role: str, x: Spec, y: Spec, sides: list[tuple[float, float]], floor: float) -> Spec:
    tops = zip(sides, curve["y"], strict=True)
    boxes = [{"x": left, "x2": right, "y": floor, "y2": top} for (left, right), top in tops]
    box = {"type": "rect", "color": COLOURS[role], "opacity": 0.6}
    return layer(boxes, box, x=x, x2={"field": "x2"}, y=y, y2={"field": "y2"})


def _layers(curve: Row, role: str, dash: int, x: Spec, y: Spec, width: int) -> list[Spec]:
    """The interval and the mark of a curve; of bars, which stand already, the interval."""
    colour = COLOURS[role]
    points = [{"x": a, "y": b} for a, b in zip(curve["x"], curve["y"], strict=True)]
    layers: list[Spec] = []
    if curve["low"] is not None:
        ends = [
            {"x": a, "low": low, "high": high}
            for a, low, high in zip(curve["x"], curve["low"], curve["high"], strict=True)
        ]
        whisker = curve["mark"] in ("points", "bars") or len(points) == 1
        mark = (
            {"type": "rule", "color": colour, "strokeWidth": 1.5}
            if whisker
            else {"type": "area", "color": colour, "opacity": 0.16, "line": False}
        )
        layers.append(layer(ends, mark, x=x, y={**y, "field": "low"}, y2={"field": "high"}))
    if curve["mark"] == "bars":
        return layers
    if curve["mark"] == "points" or len(points) == 1:
        size = 30 if len(points) <= 60 else 10
        dot = {"type": "point", "shape": "circle", "color": colour, "fill": colour, "size": size, "opacity": 0.9}
        return [*layers, layer(points, dot, x=x, y=y)]
    line: Spec = {"type": "line", "color": colour, "strokeWidth": 2 if len(points) <= _MANY else 1}
    line["strokeDash"] = DASHES[dash]
    if curve["mark"] == "steps":
        line["interpolate"] = "step-after"
    # In the order given, which need not be that of x: a curve may turn back.
    ordered = [{**p, "order": at} for at, p in enumerate(_thinned(points, width))]
    return [*layers, layer(ordered, line, x=x, y=y, order={"field": "order", "type": "quantitative"})]


def _legend(curves: Sequence[Row], x: Spec, y: Spec) -> Spec:
    """The legend as a chart of no marks: it only gives the scale of colours its names."""
    names = [curve["name"] for curve in curves]
    scale = {"domain": names, "range": [COLOURS[_look(place)[0]] for place in range(len(names))]}
    legend = {"orient": "top", "title": None, "symbolType": "stroke", "symbolStrokeWidth": 3, "labelLimit": 0}
    legend |= {"columns": 2 if len(names) > 1 else 1, "labelColor": COLOURS["record"], "labelFontSize": 12}
    colour = {"field": "name", "type": "nominal", "scale": scale, "legend": legend}
    first = curves[0]
    rows = [{"name": name, "x": first["x"][0], "y": first["y"][0]} for name in names]
    return layer(rows, {"type": "point", "opacity": 0}, x=x, y=y, color=colour)


def _gap(xs: Sequence[float], log: bool) -> float:
    """The least distance between two places of bars, on the axis as it is drawn; of a single bar, one."""
    places = sorted({math.log(x) if log else x for x in xs})
    return min((b - a for a, b in itertools.pairwise(places)), default=1.0)


def _sides(x: float, half: float, log: bool) -> tuple[float, float]:
    """The left and right side of a bar."""
    return (x / math.exp(half), x * math.exp(half)) if log else (x - half, x + half)


def _near_zero(ys: Sequence[float]) -> bool:
    """Whether an axis that starts at zero would waste less than half of itself."""
    return min(ys) >= 0 and min(ys) < 0.5 * max(ys)


def _domain(values: Sequence[float], log: bool, beyond: float) -> tuple[float, float]:
    low, high = min(values), max(values)
    if log:
        if low == high:
            return low / 2, high * 2
        margin = (high / low) ** beyond
        return low / margin, high * margin
    if low == high:
        width = abs(low) or 1.0
        return low - 0.5 * width, high + 0.5 * width
    margin = beyond * (high - low)
    return low if low == 0 else low - margin, high + margin


def _log_ticks(domain: tuple[float, float], log: bool) -> Spec:
    """On a log axis: powers of ten, at most seven of them; within two decades, 2 and 5 between them as well."""
    if not log:
        return {}
    first, last = math.floor(math.log10(domain[0])), math.ceil(math.log10(domain[1]))
    decades = range(first, last + 1, 1 + (last - first) // 7)
    steps = (1.0, 2.0, 5.0) if last - first <= 3 else (1.0,)
    ticks = [step * 10.0**k for k in decades for step in steps]
    return {"values": [tick for tick in ticks if domain[0] <= tick * (1 + 1e-9) and tick <= domain[1] * (1 + 1e-9)]}


def _part(at: float, domain: tuple[float, float], log: bool) -> float:
    low, high = domain
    return math.log(at / low) / math.log(high / low) if log else (at - low) / (high - low)


def _thinned(points: list[dict[str, float]], width: int) -> list[dict[str, float]]:
    """The points of a line; of long courses in time, the lowest and the highest on each pixel, in their order."""
    xs = [p["x"] for p in points]
    if len(points) <= _MANY or xs != sorted(xs) or xs[0] == xs[-1]:
        return points
    kept: dict[int, list[int]] = {}
    for at, x in enumerate(xs):
        kept.setdefault(int((x - xs[0]) / (xs[-1] - xs[0]) * width), []).append(at)
    chosen = set()
    for places in kept.values():
        chosen |= {min(places, key=lambda at: points[at]["y"]), max(places, key=lambda at: points[at]["y"])}
    return [points[at] for at in sorted(chosen | {0, len(points) - 1})]
