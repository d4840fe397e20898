"""A picture as data: one of four shapes over a tidy frame, which the report, a notebook and the explorer can draw."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from groundswell.drawing import COLOURS, available, draw
from groundswell.errors import OutputError
from groundswell.files import write_bytes, write_json

if TYPE_CHECKING:
    import polars as pl

Shape = Literal["lines", "intervals", "bars", "points"]
"""lines: y over x, with a band from `low` to `high` where the frame has them; intervals: estimates with their range,
one row each; bars: counts by category; points: y over x, or places on a map."""

_PALETTE = [COLOURS[f"account-{place}"] for place in (1, 2, 3, 4)] + [COLOURS["supported"], COLOURS["contradicted"]]
_DASHES = ([1, 0], [6, 3], [2, 3], [8, 3, 2, 3], [4, 2], [1, 2])  # distinguished in grey print, where colours are not
_SHAPES = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down")
_SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json"
_ENDINGS = (".svg", ".png", ".pdf", ".json")
_MOST_POINTS = 1000  # of a line: more than a plot of some hundred pixels can show
_CONFIG: dict[str, Any] = {
    "background": "white",
    "font": "Liberation Sans, Arial, Helvetica, sans-serif",
    "view": {"stroke": None},
    "axis": {
        "domain": False,
        "gridColor": COLOURS["grid"],
        "labelColor": COLOURS["muted"],
        "titleColor": COLOURS["record"],
        "titleFontWeight": "normal",
        "labelLimit": 260,
    },
    "legend": {"labelColor": COLOURS["record"], "labelLimit": 320, "orient": "top", "title": None, "columns": 3},
    "title": {"anchor": "start", "fontSize": 14, "subtitleColor": COLOURS["muted"], "offset": 12},
}


@dataclass(frozen=True)
class Chart:
    """One picture.

    Parameters
    ----------
    shape : see `Shape`.
    frame : tidy rows with the columns `x`, `y`, and where they apply `low`, `high` (of y; of x for intervals), `series`
        (one colour, dash and mark each), `panel` (small multiples, each with an axis of its own) and, of lines,
        `trace` (rows of single courses, drawn thin; null in the rows of the line itself).
    title : in words.
    x, y : titles of the axes, with units; where there are panels, the panel's name stands for y.
    caption : what to read from it, in one sentence.
    log_x, log_y : whether an axis is logarithmic.
    reference : a value marked by a thin line: of x for intervals, of y otherwise.
    """

    shape: Shape
    frame: pl.DataFrame
    title: str
    x: str = ""
    y: str = ""
    caption: str = ""
    log_x: bool = False
    log_y: bool = False
    reference: float | None = None

    def __post_init__(self) -> None:
        missing = {"x", "y"} - set(self.frame.columns)
        if missing:
            raise OutputError(
                f"a chart over the columns {', '.join(self.frame.columns)}",
                expected="the columns x and y",
                instead=f"rename a column to {min(missing)}",
            )

    # -- as Vega-Lite --------------------------------------------------------------------------------------------
    @property
    def spec(self) -> dict[str, Any]:
        """The picture in Vega-Lite, whole and with its data, as plain types."""
        rows = self._rows()
        panels = list(dict.fromkeys(row.get("panel") for row in rows)) if "panel" in self.frame.columns else [None]
        title: dict[str, Any] = {"text": self.title}
        if self.caption:
            title["subtitle"] = _broken(self.caption)
        body: dict[str, Any]
        if len(panels) < 2:
            body = self._view(rows, 460, self.y if panels == [None] else str(panels[0]))
        else:
            parts = [self._view([row for row in rows if row["panel"] == p], 260, "") for p in panels]
            named = [{"title": {"text": str(p), "fontSize": 12}, **part} for p, part in zip(panels, parts, strict=True)]
            body = {"concat": named, "columns": 3 if len(panels) > 4 else 2, "resolve": {"scale": {"color": "shared"}}}
        return {"$schema": _SCHEMA, "title": title, "config": _CONFIG, **body}

    def _rows(self) -> list[dict[str, Any]]:
        """The frame as plain rows, long lines thinned to what can be seen."""
        import polars as pl

        frame = self.frame
        dated = [name for name, kind in frame.schema.items() if kind.is_temporal()]
        numbers = [name for name, kind in frame.schema.items() if kind.is_float()]
        frame = frame.with_columns(
            *(pl.col(name).dt.to_string("iso") for name in dated),
            *(pl.when(pl.col(name).is_finite()).then(pl.col(name)).alias(name) for name in numbers),
        )
        if self.shape == "lines":
            groups = [name for name in ("panel", "series", "trace") if name in frame.columns]
            count, place = pl.len(), pl.int_range(pl.len())
            if groups:
                count, place = count.over(groups), place.over(groups)
            every = (count + _MOST_POINTS - 1) // _MOST_POINTS
            frame = frame.filter((place % every == 0) | (place == count - 1))
        return frame.to_dicts()

    def _view(self, rows: list[dict[str, Any]], width: int, y_title: str) -> dict[str, Any]:
        """One panel: its layers over its rows."""
        layers = []
        across = self.shape == "intervals"
        if self.reference is not None:
            channel = "x" if across else "y"
            line = {"type": "rule", "color": COLOURS["muted"], "strokeWidth": 1}
            layers.append({"mark": line, "encoding": {channel: {"datum": self.reference}}})
        height: Any = {"step": 24} if across or self._categories() else 240
        make = {"lines": self._lines, "intervals": self._intervals, "bars": self._bars, "points": self._points}
        layers += make[self.shape](y_title)
        return {"data": {"values": rows}, "layer": layers, "width": width, "height": height}

    def _channel(self, axis: str, title: str) -> dict[str, Any]:
        kind = self.frame.schema[axis]
        log = self.log_x if axis == "x" else self.log_y
        if kind.is_temporal():
            return {"field": axis, "type": "temporal", "title": title or None, "scale": {"type": "utc"}}
        if not kind.is_numeric():
            return {"field": axis, "type": "nominal", "title": title or None, "sort": None}
        scale = {"type": "log"} if log else {"zero": False}
        return {"field": axis, "type": "quantitative", "title": title or None, "scale": scale}

    def _look(self, *, dashed: bool) -> dict[str, Any]:
        """Colour, and dash or mark, by series."""
        if "series" not in self.frame.columns:
            return {"color": {"value": _PALETTE[0]}}
        names = self.frame["series"].unique(maintain_order=True).to_list()
        many = range(len(names))
        found = {
            "color": {
                "field": "series",
                "type": "nominal",
                "sort": None,
                "scale": {"domain": names, "range": [_PALETTE[k % 6] for k in many]},
            }
        }
        if dashed:
            found["strokeDash"] = {
                "field": "series",
                "type": "nominal",
                "sort": None,
                "scale": {"domain": names, "range": [_DASHES[k % 6] for k in many]},
            }
        else:
            found["shape"] = {
                "field": "series",
                "type": "nominal",
                "sort": None,
                "scale": {"domain": names, "range": [_SHAPES[k % 6] for k in many]},
            }
        return found

    def _has_range(self) -> bool:
        return {"low", "high"} <= set(self.frame.columns) and self.frame["low"].is_not_null().any()

    def _categories(self) -> bool:
        """Whether bars lie, each with a name: their x is a number and their y a text."""
        return self.shape == "bars" and not self.frame.schema["y"].is_numeric()

    def _lines(self, y_title: str) -> list[dict[str, Any]]:
        x, y, look = self._channel("x", self.x), self._channel("y", y_title), self._look(dashed=True)
        layers = []
        if self._has_range():
            band = {"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"}, "color": look["color"]}
            layers.append({"mark": {"type": "area", "opacity": 0.16, "line": False}, "encoding": band})
        if "series" in self.frame.columns:
            stroke = {"symbolType": "stroke", "symbolStrokeWidth": 2, "symbolOpacity": 1, "symbolSize": 300}
            for channel in look.values():
                channel["legend"] = stroke
        line = {"type": "line", "strokeWidth": 2, "strokeJoin": "round"}
        course: dict[str, Any] = {"mark": line, "encoding": {"x": x, "y": y, **look}}
        if "trace" in self.frame.columns:
            thin = {"type": "line", "strokeWidth": 0.8, "opacity": 0.4}
            one = {"x": x, "y": y, "color": look["color"], "detail": {"field": "trace", "type": "nominal"}}
            layers.append({"transform": [{"filter": "datum.trace !== null"}], "mark": thin, "encoding": one})
            course["transform"] = [{"filter": "datum.trace === null"}]
        return [*layers, course]

    def _points(self, y_title: str) -> list[dict[str, Any]]:
        x, y, look = self._channel("x", self.x), self._channel("y", y_title), self._look(dashed=False)
        layers = []
        if self._has_range():
            ends = {"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"}, "color": look["color"]}
            layers.append({"mark": {"type": "rule", "strokeWidth": 1.5}, "encoding": ends})
        dot = {"type": "point", "filled": True, "size": 36, "opacity": 0.9}
        return [*layers, {"mark": dot, "encoding": {"x": x, "y": y, **look}}]

    def _intervals(self, y_title: str) -> list[dict[str, Any]]:
        x, look = self._channel("x", self.x), self._look(dashed=False)
        y = {"field": "y", "type": "nominal", "title": y_title or None, "sort": None, "axis": {"grid": True}}
        layers = []
        if self._has_range():
            ends = {"x": {**x, "field": "low"}, "x2": {"field": "high"}, "y": y, "color": look["color"]}
            layers.append({"mark": {"type": "rule", "strokeWidth": 2}, "encoding": ends})
        dot = {"type": "point", "filled": True, "size": 60, "opacity": 1}
        return [*layers, {"mark": dot, "encoding": {"x": x, "y": y, **look}}]

    def _bars(self, y_title: str) -> list[dict[str, Any]]:
        lying = self._categories()
        x, y, look = self._channel("x", self.x), self._channel("y", y_title), self._look(dashed=False)
        for channel in (x, y):
            if channel["type"] == "quantitative" and not self.log_x and not self.log_y:
                channel["scale"] = {"zero": channel["field"] == ("x" if lying else "y")}
        encoding = {"x": x, "y": y, "color": look["color"]}
        if "series" in self.frame.columns and not self._is_histogram():
            encoding["yOffset" if lying else "xOffset"] = {"field": "series", "type": "nominal", "sort": None}
        bar: dict[str, Any] = {"type": "bar", "opacity": 0.8}
        layers = [{"mark": bar, "encoding": encoding}]
        if self._has_range() and not lying:
            ends = {"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"}}
            layers.append({"mark": {"type": "rule", "color": COLOURS["record"]}, "encoding": ends})
        return layers

    def _is_histogram(self) -> bool:
        return self.shape == "bars" and self.frame.schema["x"].is_numeric() and self.frame.schema["y"].is_numeric()

    # -- as pictures ---------------------------------------------------------------------------------------------
    def svg(self) -> str:
        """The picture as the text of an SVG file, drawn in a process of its own.

        Raises
        ------
        OutputError : the `plots` extra is missing, or the picture cannot be drawn.
        """
        return draw(self.spec, "svg").decode()

    def save(self, path: str | Path) -> Path:
        """Write the picture to a file: .svg, .png, .pdf, or .json for its Vega-Lite.

        Raises
        ------
        OutputError : another ending; the `plots` extra is missing; the picture cannot be drawn or written.
        """
        path = check_picture(path)
        match path.suffix.lower():
            case ".json":
                write_json(path, self.spec)
            case ".png":
                write_bytes(path, draw(self.spec, "png", scale=2))
            case ".pdf":
                write_bytes(path, draw(self.spec, "pdf"))
            case _:
                write_bytes(path, self.svg().encode())
        return path

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        """What a notebook shows: the specification, which it may draw itself, and the picture where it can be drawn."""
        found: dict[str, Any] = {
            "text/plain": f"{self.title}. {self.caption}".strip(),
            "application/vnd.vegalite.v5+json": self.spec,
        }
        if available():
            found["image/svg+xml"] = self.svg()
        return found


def check_picture(path: str | Path) -> Path:
    """The path of a picture, refused before there is anything to show where no picture could be written there.

    Raises
    ------
    OutputError : another ending than those that can be written, or the `plots` extra is missing.
    """
    path = Path(path)
    if path.suffix.lower() not in _ENDINGS:
        raise OutputError(f"a plot called {path}", expected="a name that ends in .svg, .png, .pdf or .json")
    if path.suffix.lower() != ".json" and not available():
        draw({}, "svg")  # says what to install
    return path


def _broken(text: str, width: int = 90) -> list[str]:
    """A text in lines: the drawing library breaks none."""
    import textwrap

    return textwrap.wrap(text, width)


__all__ = ["Chart", "Shape", "check_picture"]
