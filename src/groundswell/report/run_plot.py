"""A picture of a run of its own: every observable over time, as a file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from groundswell.errors import OutputError
from groundswell.files import write_bytes
from groundswell.report.drawing import COLOURS, Chart, layer, quantitative
from groundswell.report.plots import available

_COLUMNS = 3
_POINTS = 400  # of a curve: more than a plot of 300 pixels can show
_FEW = 12  # worlds up to this many are drawn one by one


def check_plot(path: Path) -> None:
    """Refuse a picture that could not be made, before there is anything to show.

    Raises
    ------
    OutputError : the name does not end in .svg or .png, or the extra `plots` is missing.
    """
    if path.suffix not in (".svg", ".png"):
        raise OutputError(f"a plot called {path}", expected="a name that ends in .svg or .png")
    if not available():
        raise OutputError(
            "a plot", expected="the part of the package that draws", instead="pip install groundswell[plots]"
        )


def write_plot(path: Path, title: str, names: Sequence[str], units: Sequence[str], values: NDArray[np.float64]) -> None:
    """Write a picture of every observable over time: the worlds, thin, and their mean.

    Parameters
    ----------
    path : ends in .svg or .png.
    title : of the picture.
    names, units : of the observables.
    values : float64[steps + 1, worlds, observables]; what is not finite is left out.

    Raises
    ------
    OutputError : another ending; the extra `plots` is missing; the file cannot be written.
    """
    check_plot(path)
    import vl_convert

    steps = sorted({round(k) for k in np.linspace(0, len(values) - 1, min(len(values), _POINTS))})
    charts = [
        _chart(steps, values[:, :, o], name, unit) for o, (name, unit) in enumerate(zip(names, units, strict=True))
    ]
    picture: Chart = {
        "title": {"text": title, "anchor": "start", "fontSize": 15, "offset": 12},
        "columns": _COLUMNS,
        "concat": charts,
        "background": "white",
        "config": {"view": {"stroke": None}, "axis": {"domain": False, "gridColor": COLOURS["grid"]}},
    }
    if path.suffix == ".svg":
        write_bytes(path, vl_convert.vegalite_to_svg(picture, vl_version="5.20").encode())
    else:
        write_bytes(path, vl_convert.vegalite_to_png(picture, vl_version="5.20", scale=2))


def _chart(steps: Sequence[int], values: NDArray[np.float64], name: str, unit: str) -> Chart:
    x = {**quantitative("x", axis={"grid": False, "tickCount": 6}), "title": "step"}
    y = {**quantitative("y", axis={"tickCount": 5}), "title": unit or None}
    colour = COLOURS["account-1"]

    def points(series: NDArray[np.float64]) -> list[dict[str, Any]]:
        return [{"x": t, "y": float(series[t])} for t in steps if np.isfinite(series[t])]

    good = values[:, np.isfinite(values).all(axis=0)]
    layers = []
    if good.shape[1] > _FEW:
        low, high = good.min(axis=1), good.max(axis=1)
        band = [{"x": t, "low": float(low[t]), "high": float(high[t])} for t in steps]
        area = {"type": "area", "color": colour, "opacity": 0.16}
        layers.append(layer(band, area, x=x, y={**y, "field": "low"}, y2={"field": "high"}))
    else:
        thin = {"type": "line", "color": colour, "strokeWidth": 0.8, "opacity": 0.4}
        layers += [layer(points(series), thin, x=x, y=y) for series in values.T]
    if good.shape[1] > 1:
        layers.append(
            layer(
                points(good.mean(axis=1)),
                {"type": "line", "color": colour, "strokeWidth": 1.8, "strokeJoin": "round"},
                x=x,
                y=y,
            )
        )
    return {"title": {"text": name, "anchor": "start", "fontSize": 12}, "layer": layers, "width": 300, "height": 180}
