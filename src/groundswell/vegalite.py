"""A picture in Vega-Lite: the layers of each of the four shapes, for a page or as a separate picture."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from groundswell.chart_data import DASHES, SHAPES, ChartData, Mark
from groundswell.drawing import COLOURS, WIDTH, Spec

_FEW_ROWS = 8  # most intervals whose names go above a page's rows; with more, names go to their left
_NAME_LENGTH = 18  # letters of a name to the left of its row; above it there is room for 46


@dataclass(frozen=True)
class View:
    """A chart as it is drawn: in a page of this width, or as a separate picture if the width is 0."""

    chart: ChartData
    page: int = 0

    def body(self, width: int, height: int | None = None) -> Spec:
        rows = list(self.chart.rows())
        panels = list(dict.fromkeys(row.get("panel") for row in rows))
        if len(panels) < 2:
            title = "" if self.page else self.chart.y if panels == [None] else str(panels[0])
            view = self._view(rows, title)
            tall = self._height(height or (self.chart.height if self.page else 240))
            fit = {"padding": 4, "autosize": {"type": "fit", "contains": "padding"}} if self.page else {}
            return {**view, "width": width, "height": tall, **fit}
        parts = []
        for place, panel in enumerate(panels):
            view = self._view([row for row in rows if row["panel"] == panel], "")
            role = self.chart.looks[str(panel)].role if str(panel) in self.chart.looks else "record"
            named: Spec = {"text": str(panel), "fontSize": 12, "anchor": "start", "color": COLOURS[role], "offset": 2}
            size: Spec = {"width": width - 8, "height": 44} if self.page else {"width": 260, "height": 240}
            if self.page and place < len(panels) - 1:
                for part in view["layer"]:
                    if "x" in part["encoding"]:
                        part["encoding"]["x"] = {**part["encoding"]["x"], "axis": None}
            parts.append({"title": named, **view, **size})
        columns = 1 if self.page else 3 if len(panels) > 4 else 2
        gap = {"spacing": 8, "padding": 4} if self.page else {}
        return {"concat": parts, "columns": columns, "resolve": {"scale": {"color": "shared"}}, **gap}

    def _height(self, height: int) -> Any:
        if self.chart.shape != "intervals" and not self.chart.lying():
            return height
        if not self.page:
            return {"step": 24}
        many = self.chart.frame["y"].n_unique()
        return (36 if many <= _FEW_ROWS else 17) * many + 26

    def _channel(self, axis: Literal["x", "y"], title: str) -> Spec:
        kind = self.chart.frame.schema[axis]
        log = self.chart.log_x if axis == "x" else self.chart.log_y
        cells = "shade" in self.chart.frame.columns
        look: Spec = {"grid": axis == "y" and not cells} if self.page else {}
        channel: Spec = {"field": axis, "title": None if self.page else title or None}
        if kind.is_temporal():
            look |= {"tickCount": 5, "labelFlush": True} if self.page else {}
            return {**channel, "type": "temporal", "scale": {"type": "utc"}, "axis": look}
        if not kind.is_numeric():
            return {**channel, "type": "nominal", "sort": None, "axis": self._names()}
        low, high = self.chart.domain(axis)
        scale: Spec = {"type": "log" if log else "linear", "domain": [low, high], "zero": False}
        given = self.chart.x_domain if axis == "x" else self.chart.y_domain
        scale["nice"] = axis == "y" and not log and given is None and not cells and self.chart.shape != "intervals"
        if log:
            look["values"] = _ticks(low, high, self.chart.fractions)
            if self.chart.fractions:
                look["labelExpr"] = (
                    "datum.value < 0.9 ? '1/' + format(1 / datum.value, ',.0f') : format(datum.value, ',.0f')"
                )
        elif self.page:
            look["tickCount"] = 4 if self.chart.height < 150 else 5
        if self.chart.shape == "intervals":
            look["grid"] = True
        if self.page and self.chart.shape == "bars" and axis == "y" and not self.chart.y:
            return {**channel, "type": "quantitative", "scale": scale, "axis": None}
        return {**channel, "type": "quantitative", "scale": scale, "axis": look}

    def _names(self) -> Spec:
        """The axis of names; for a page's intervals they go above each row, where they fit on a phone."""
        if not self.page or self.chart.shape != "intervals":
            return {"grid": self.chart.shape == "intervals", "labelAngle": 0} if self.chart.lying() else {}
        common: Spec = {"grid": False, "ticks": False, "labelColor": COLOURS["record"]}
        if self.chart.frame["y"].n_unique() > _FEW_ROWS:
            return {**common, "labelLimit": 7 * _NAME_LENGTH if self.page <= WIDTH else self.page // 2}
        above = {"labelAlign": "left", "labelPadding": -2, "labelOffset": -9, "labelFontWeight": 600}
        return {**common, **above, "labelLimit": WIDTH - 10, "labelFontSize": 12}

    # -- layers --------------------------------------------------------------------------------------------------
    def _view(self, rows: list[Spec], y_title: str) -> Spec:
        """One panel: its layers over its rows."""
        x, y = self._channel("x", self.chart.x), self._channel("y", y_title)
        make = self._cells if "shade" in self.chart.frame.columns else self._marks
        if self.chart.shape == "intervals":
            make = self._intervals
        layers = [*self._guides(x, y, above=False), *make(x, y), *self._guides(x, y, above=True)]
        return {"data": {"values": rows}, "layer": layers}

    def _guides(self, x: Spec, y: Spec, *, above: bool) -> Iterator[Spec]:
        for guide in self.chart.guides:
            if guide.above != above:
                continue
            channel = x if guide.axis == "x" else y
            at = {**channel, "field": "at"}
            if guide.to is not None:
                rows = [{"at": guide.at, "to": guide.to}]
                box = {"type": "rect", "color": COLOURS[guide.role], "opacity": 0.6 if guide.role == "grid" else 0.18}
                encoding = {guide.axis: at, f"{guide.axis}2": {"field": "to"}}
                yield {"data": {"values": rows}, "mark": box, "encoding": encoding}
                continue
            values = {"values": [{"at": str(guide.at) if isinstance(guide.at, date) else guide.at, "text": guide.text}]}
            dash = {"strokeDash": [3, 3]} if above else {}
            line = {"type": "rule", "color": COLOURS[guide.role], "strokeWidth": 1, **dash}
            yield {"data": values, "mark": line, "encoding": {guide.axis: at}}
            if guide.text and not isinstance(guide.at, date):
                along: list[float] = [*self.chart.domain("x"), float(guide.at)]
                low, high, at_x = map(math.log, along) if self.chart.log_x else along
                part = (at_x - low) / (high - low)
                side = {"align": "right", "dx": 3} if part > 0.6 else {"align": "left", "dx": -3}
                words = {"type": "text", "color": COLOURS[guide.role], "baseline": "bottom", "dy": -3, "fontSize": 11}
                encoding = {"x": at, "y": {"value": 0}, "text": {"field": "text"}}
                yield {"data": values, "mark": words | side, "encoding": encoding}

    def _look(self, *channels: str) -> Spec:
        """Colour, and the other features that distinguish series: dash and width of lines, shape of points."""
        series = self.chart.series
        if "series" not in self.chart.frame.columns:
            [look] = series.values()
            dash, shape = DASHES[look.dash % len(DASHES)], SHAPES[look.shape % len(SHAPES)]
            values = {"color": look.colour, "fill": look.colour, "strokeDash": dash, "shape": shape}
            return {name: {"value": values[name]} for name in ("color", *channels)}
        ranges: dict[str, list[Any]] = {
            "color": [look.colour for look in series.values()],
            "fill": [look.colour for look in series.values()],
            "strokeDash": [DASHES[look.dash % len(DASHES)] for look in series.values()],
            "shape": [SHAPES[look.shape % len(SHAPES)] for look in series.values()],
        }
        legend: Any = {"symbolOpacity": 1}
        if self.chart.shape == "lines":
            legend |= {"symbolType": "stroke", "symbolStrokeWidth": 2, "symbolSize": 300}
        return {
            name: {
                "field": "series",
                "type": "nominal",
                "sort": None,
                "legend": None if self.page or name == "fill" else legend,
                "scale": {"domain": list(series), "range": ranges[name]},
            }
            for name in ("color", *channels)
        }

    def _of(self, *marks: Mark) -> list[Spec] | None:
        """The filter for the series drawn this way: no filter if all are, None if there are none."""
        names = [name for name in self.chart.series if self.chart.mark_of(name) in marks]
        if not names:
            return None
        return [] if len(names) == len(self.chart.series) else [{"filter": {"field": "series", "oneOf": names}}]

    def _marks(self, x: Spec, y: Spec) -> Iterator[Spec]:
        """Bars, then bands and whiskers, then lines, then points."""
        look = self._look()
        bars, lined, dots = self._of("bars"), self._of("line", "steps"), self._of("points")
        low, high = {**y, "field": "low"}, {"field": "high"}
        if bars is not None:
            yield from self._bars(x, y, bars)
        if lined is not None and self.chart.has_range():
            band = {"type": "area", "opacity": 0.16, "line": False}
            yield {"mark": band, "transform": lined, "encoding": {"x": x, "y": low, "y2": high, **look}}
        if dots is not None and self.chart.has_range():
            whisker = {"type": "rule", "strokeWidth": 1.5}
            yield {"mark": whisker, "transform": dots, "encoding": {"x": x, "y": low, "y2": high, **look}}
        if "trace" in self.chart.frame.columns:
            thin = {"type": "line", "strokeWidth": 0.8, "opacity": 0.4}
            single = {"x": x, "y": y, **look, "detail": {"field": "trace", "type": "nominal"}}
            yield {"mark": thin, "transform": [{"filter": "datum.trace !== null"}], "encoding": single}
        series = self.chart.series
        strokes = dict.fromkeys((self.chart.mark_of(name), look.width) for name, look in series.items())
        for mark, width in strokes:
            if mark not in ("line", "steps"):
                continue
            names = [n for n, look in series.items() if (self.chart.mark_of(n), look.width) == (mark, width)]
            chosen = [] if len(names) == len(series) else [{"filter": {"field": "series", "oneOf": names}}]
            if "trace" in self.chart.frame.columns:
                chosen = [*chosen, {"filter": "datum.trace === null"}]
            line = {"type": "line", "strokeJoin": "round", "strokeWidth": width}
            step = {"interpolate": "step-after"} if mark == "steps" else {}
            order = {"order": {"field": "place", "type": "quantitative"}} if self._turns_back() else {}
            encoding = {"x": x, "y": y, **self._look("strokeDash"), **order}
            yield {"mark": line | step, "transform": chosen, "encoding": encoding}
        if dots is not None:
            dot = {"type": "point", "size": 36 if self.chart.frame.height <= 200 else 12, "opacity": 0.9}
            encoding = {"x": x, "y": y, **self._look("fill", "shape")}
            yield {"mark": dot, "transform": dots, "encoding": encoding}

    def _turns_back(self) -> bool:
        """Whether a line's x does not increase throughout; it is then drawn in the order of the frame."""
        frame = self.chart.frame
        groups = [frame.filter(frame["series"] == name) if name else frame for name in self.chart.series]
        return frame.schema["x"].is_numeric() and any(not group["x"].is_sorted() for group in groups)

    def _bars(self, x: Spec, y: Spec, chosen: list[Spec]) -> Iterator[Spec]:
        look = self._look()
        if self.chart.is_boxed("x"):
            box = {"type": "rect", "opacity": 0.75}
            sides = {
                "x": {**x, "field": "x_from"},
                "x2": {"field": "x_to"},
                "y": y,
                "y2": {"datum": self.chart.domain("y")[0]},
            }
            yield {"mark": box, "transform": chosen, "encoding": {**sides, **look}}
        else:
            encoding = {"x": x, "y": y, **look}
            if "series" in self.chart.frame.columns:
                offset = {"field": "series", "type": "nominal", "sort": None}
                encoding["yOffset" if self.chart.lying() else "xOffset"] = offset
            yield {"mark": {"type": "bar", "opacity": 0.8}, "transform": chosen, "encoding": encoding}
        if self.chart.has_range() and not self.chart.lying():
            ends = {"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"}}
            yield {"mark": {"type": "rule", "color": COLOURS["record"]}, "transform": chosen, "encoding": ends}

    def _cells(self, x: Spec, y: Spec) -> Iterator[Spec]:
        """The cells of a map; darker means more."""
        shade = {
            "field": "shade",
            "type": "quantitative",
            "legend": None,
            "scale": {"domain": [0, 1], "range": [0.04, 1]},
        }
        ends = {"x": {**x, "field": "x_from"}, "x2": {"field": "x_to"}, "y": {**y, "field": "y_from"}}
        encoding = {**ends, "y2": {"field": "y_to"}, "opacity": shade, **self._look()}
        yield {"mark": {"type": "rect"}, "encoding": encoding}

    def _intervals(self, x: Spec, y: Spec) -> Iterator[Spec]:
        many = self.chart.frame["y"].n_unique()
        lower = {"yOffset": 8} if self.page and many <= _FEW_ROWS else {}
        beside: Spec = {}
        if (
            not self.page and self.chart.has_range() and self.chart.frame.height > many
        ):  # several estimates with one name
            beside = {"yOffset": {"field": "series", "type": "nominal", "sort": None}}
        if self.chart.has_range():
            ends = {"x": {**x, "field": "low"}, "x2": {"field": "high"}, "y": y, **self._look(), **beside}
            yield {"mark": {"type": "rule", "strokeWidth": 2, **lower}, "encoding": ends}
        dot = {"type": "point", "size": 60, "opacity": 1, **lower}
        encoding = {"x": x, "y": y, **self._look("fill", "shape"), **beside}
        inside: list[Spec] = []
        if self.chart.x_domain is not None:
            inside = [{"filter": "datum.beyond === 0"}]
            for side, shape in ((-1, "triangle-left"), (1, "triangle-right")):
                arrow = {name: channel for name, channel in encoding.items() if name != "shape"}
                beyond = [{"filter": f"datum.beyond === {side}"}]
                yield {"mark": {**dot, "shape": shape}, "transform": beyond, "encoding": arrow}
        yield {"mark": dot, "transform": inside, "encoding": encoding}


def _ticks(low: float, high: float, fractions: int) -> list[float]:
    """On a logarithmic axis: at most seven powers of ten; within two decades, also 2 and 5 between them.
    For ratios: powers of the base of their fractions."""
    base = float(fractions or 10)
    first, last = math.floor(math.log(low, base)), math.ceil(math.log(high, base))
    powers = range(first, last + 1, 1 + (last - first) // 8)
    steps = (1.0, 2.0, 5.0) if not fractions and last - first <= 3 else (1.0,)
    ticks = [step * base**k for k in powers for step in steps]
    return [tick for tick in ticks if low <= tick * (1 + 1e-9) and tick <= high * (1 + 1e-9)]


__all__ = ["View"]
