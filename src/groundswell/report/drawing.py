"""Drawings that stand inside a page, follow its colours and come out the same every time.

A plot is stated in Vega-Lite, the grammar behind Altair, and vl-convert draws it (the `plots` extra). It is stated as
plain data: through Altair's own classes a dossier of 25 claims took 18 s, of which 13 s were checks of what never
varies. Colours are written as the light theme's values; the dossier's style sheet maps each of them to the theme in
use, so a plot needs no second drawing for the dark theme.
"""

from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree

from markupsafe import Markup

COLOURS = {
    # the accounts: one lightness and one chroma (OKLCH 0.50, 0.10), so that neither stands out; blue and ochre stay
    # apart under all common colour deficiencies
    "account-1": "#1b6a95",
    "account-2": "#8b551c",
    "account-3": "#75528e",
    "account-4": "#5c6b21",
    "record": "#1c2126",
    "muted": "#5b646d",
    "faint": "#98a0a8",
    "grid": "#e4e7ea",
    "supported": "#2a7449",
    "contradicted": "#9d3d59",
    "undetermined": "#7a828a",
}
"""Colours of the light theme by role; the style sheet names each of them once more, in both themes."""

WIDTH = 340  # the narrowest phone in use shows 360 pixels: a plot is never scaled down, so its text stays readable

Chart = dict[str, Any]
"""A chart, or a part of one, in Vega-Lite."""

_GRAMMAR = "5.20"  # the newest version of Vega-Lite that every release of vl-convert that we accept can draw
DASHES = ([1, 0], [6, 3], [2, 3])
_CONFIG = {
    "aria": False,  # the page describes each plot as a whole; a screen reader is not read every mark
    "background": "transparent",
    "font": "Liberation Sans, Arial, Helvetica, sans-serif",
    "view": {"stroke": None},
    "axis": {
        "domain": False,
        "gridColor": COLOURS["grid"],
        "labelColor": COLOURS["muted"],
        "labelFontSize": 11,
        "tickColor": COLOURS["faint"],
        "tickSize": 4,
    },
}


def quantitative(
    field: str, *, axis: Chart | None, domain: tuple[float, float] | None = None, kind: str = "linear"
) -> Chart:
    scale = {"type": kind} if domain is None else {"type": kind, "domain": list(domain), "nice": False, "zero": False}
    return {"field": field, "type": "quantitative", "title": None, "axis": axis, "scale": scale}


def layer(rows: list[dict[str, Any]], mark: Chart, **channels: Chart) -> Chart:
    if mark["type"] == "text":
        channels["text"] = {"field": "text", "type": "nominal"}
    return {"data": {"values": rows}, "mark": mark, "encoding": channels}


def rule(role: str, **more: Any) -> Chart:
    return {"type": "rule", "color": COLOURS[role], "strokeWidth": 1, **more}


def lettering(role: str, **more: Any) -> Chart:
    return {"type": "text", "color": COLOURS[role], "align": "left", "baseline": "middle", "fontSize": 12, **more}


def point(role: str, shape: str = "circle") -> Chart:
    return {"type": "point", "shape": shape, "color": COLOURS[role], "fill": COLOURS[role], "size": 60, "opacity": 1}


def chart(layers: list[Chart], *, height: int) -> Chart:
    return {
        "layer": layers,
        "width": WIDTH,
        "height": height,
        "padding": 4,
        "autosize": {"type": "fit", "contains": "padding"},
    }


def render(chart: Chart, name: str) -> Markup:
    """Draw a chart; ids carry the figure's name, since the drawing library counts them up across drawings."""
    import vl_convert

    return Markup(tidy_svg(vl_convert.vegalite_to_svg({**chart, "config": _CONFIG}, vl_version=_GRAMMAR), name))


_NUMERIC = frozenset({"d", "transform", "x", "y", "x1", "x2", "y1", "y2", "width", "height", "viewBox"})
_IMPLIED = frozenset({"version", "role", "pointer-events", "font-family"})
_LONG = re.compile(r"-?\d+\.\d{3,}(?:e-?\d+)?")


def tidy_svg(svg: str, name: str) -> str:
    """Make a drawing fit to stand inside a page.

    Ids are renamed to the figure's own in the order in which they appear, coordinates are rounded to a hundredth of a
    pixel, namespaces that HTML implies are left out, and the size yields to the column.

    Parameters
    ----------
    svg : a well-formed SVG document.
    name : identity of the figure in the page, unique.

    Raises
    ------
    xml.etree.ElementTree.ParseError : the drawing is not well-formed.
    """
    root = ElementTree.fromstring(svg)
    ids = [element.attrib["id"] for element in root.iter() if "id" in element.attrib]
    renamed = {given: f"{name}-{place}" for place, given in enumerate(ids)}
    for parent in list(root.iter()):
        for child in list(parent):
            if _drops(child):
                parent.remove(child)
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
        kept = {}
        for key, value in element.attrib.items():
            if key in _IMPLIED or key.startswith(("aria-", "{")):
                continue
            if key == "id":
                value = renamed[value]
            elif value.startswith("url(#"):
                value = f"url(#{renamed[value[5:-1]]})"
            elif key in _NUMERIC:
                value = _LONG.sub(_rounded, value)
            kept[key] = value
        element.attrib.clear()
        element.attrib.update(kept)
    root.set("class", "plot")
    root.set("aria-hidden", "true")
    root.set("focusable", "false")
    return ElementTree.tostring(root, encoding="unicode")


def _drops(element: ElementTree.Element) -> bool:
    """Whether an element shows nothing: the empty frames that the drawing library puts around each group."""
    frame = element.attrib.get("class") in ("background", "foreground")
    return frame and not {"fill", "stroke"} & {key for key, value in element.attrib.items() if value != "none"}


def _rounded(found: re.Match[str]) -> str:
    text = f"{float(found[0]):.2f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text
