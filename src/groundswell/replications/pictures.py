"""The figures of a replication as charts: ours, drawn as the paper drew them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from groundswell.charts import Chart, Guide


def chart_of(figure: Mapping[str, Any]) -> Chart:
    """The chart of a figure, which may consist of plain types, as in replications.json.

    Parameters
    ----------
    figure : the fields of `groundswell.replications.replication.Figure`.
    """
    import polars as pl

    rows = [
        (curve["name"], curve["x"][at], curve["y"][at], *(end[at] if end else None for end in ends))
        for curve in figure["curves"]
        for ends in [(curve["low"], curve["high"])]
        for at in range(len(curve["x"]))
    ]
    schema = {"series": pl.String} | dict.fromkeys(("x", "y", "low", "high"), pl.Float64)
    marks = {curve["name"]: curve["mark"] for curve in figure["curves"]}
    banded = "Bands and bars: 95% intervals." if any(curve["low"] is not None for curve in figure["curves"]) else ""
    chart = Chart(
        "lines",
        pl.DataFrame(rows, schema=schema, orient="row"),
        figure["title"],
        figure["x"],
        figure["y"],
        " ".join(filter(None, [figure["caption"], banded])),
        log_x=figure["x_kind"] == "log",
        log_y=figure["y_kind"] == "log",
        guides=[Guide("x", x, text=text, role="record", above=True) for x, text in figure["marks"]],
        height=220,
    )
    return replace(chart, looks={name: replace(look, mark=marks[name]) for name, look in chart.series.items()})


__all__ = ["chart_of"]
