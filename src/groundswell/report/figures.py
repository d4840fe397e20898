"""Figures of a page: a chart with its description and numbers for readers who cannot see it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from groundswell.charts import Chart
from groundswell.report.numbers import estimate, finite, number, plain

if TYPE_CHECKING:
    import polars as pl

WIDE = 640  # pixels of a desktop drawing, if a figure has one besides that for a phone
_POINTS = 9  # points of a series in a table, enough to show its shape; the result tables have all of it


@dataclass(frozen=True)
class PageTable:
    """A small table: the numbers of a plot."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[Markup | str, ...], ...]


@dataclass(frozen=True)
class PageFigure:
    """One plot with its description, and its numbers as a table."""

    name: str
    title: str
    label: str
    table: PageTable
    svg: Markup | None = None
    wide: Markup | None = None
    vertical: str = ""
    horizontal: str = ""
    caption: str = ""
    legend: tuple[tuple[str, str], ...] = ()


def figure(
    name: str,
    chart: Chart,
    *,
    draw: bool,
    label: str | None = None,
    table: PageTable | None = None,
    wide: Chart | None = None,
) -> PageFigure:
    """A chart as a figure of a page.

    Parameters
    ----------
    name : identity of the figure in the page, unique.
    chart : what is shown; its title, axes, caption and series name the figure.
    draw : whether to draw; description and table are made in any case.
    label : what the picture shows, in words; by default the trajectory of every series, or every estimate.
    table : the numbers; by default evenly spaced points of every series, or every estimate.
    wide : the desktop picture, drawn in addition to the narrow one.
    """
    return PageFigure(
        name,
        chart.title,
        label=label or f"{chart.title}. {_axes(chart)}{'; '.join(_words(chart))}.",
        table=table or _table(chart),
        svg=chart.drawn(f"{name}-narrow" if wide else name) if draw else None,
        wide=wide.drawn(f"{name}-wide", WIDE, 300) if draw and wide else None,
        vertical="" if chart.shape == "intervals" else chart.y,
        horizontal=chart.x,
        caption=chart.caption,
        legend=() if chart.shape == "intervals" else chart.legend,
    )


def ranked(rows: Sequence[tuple[Any, ...]], columns: Sequence[str]) -> pl.DataFrame:
    """Rows as the frame of a chart; its numbers are floats even if all are missing."""
    import polars as pl

    numeric = {name: pl.Float64 for name in columns if name in ("y", "x", "low", "high", "shade")}
    first = {name: rows[0][at] for at, name in enumerate(columns)} if rows else {}
    kept = {name: kind for name, kind in numeric.items() if not isinstance(first.get(name), str | date)}
    return pl.DataFrame(rows, schema_overrides=kept, schema=list(columns), orient="row", infer_schema_length=None)


# -- words and tables --------------------------------------------------------------------------------------------------


def _axes(chart: Chart) -> str:
    return "" if chart.shape == "intervals" or not chart.y else f"{chart.y} by {chart.x or 'step'}. "


def _words(chart: Chart) -> Iterator[str]:
    if chart.shape == "intervals":
        for row in chart.frame.iter_rows(named=True):
            low, high = finite(row.get("low")), finite(row.get("high"))
            span = "" if low is None or high is None else f", interval {plain(low)} to {plain(high)}"
            yield f"{row['y']}: {'not estimable' if row['x'] is None else plain(row['x'])}{span}"
        return
    for name, frame in _series(chart):
        points = [(x, y) for x, y in zip(frame["x"].to_list(), frame["y"].to_list(), strict=True) if _known(y)]
        if not points:
            continue
        top, bottom = max(points, key=lambda p: p[1]), min(points, key=lambda p: p[1])
        words = (
            f"from {plain(points[0][1])} to {plain(points[-1][1])}, "
            f"highest {plain(top[1])} at {place(top[0])}, lowest {plain(bottom[1])} at {place(bottom[0])}"
        )
        yield f"{name}: {words}" if name else words


def _known(value: Any) -> bool:
    return finite(value) is not None


def _series(chart: Chart) -> Iterator[tuple[str, pl.DataFrame]]:
    for name in chart.series:
        yield name, chart.frame.filter(chart.frame["series"] == name) if name else chart.frame


def place(x: Any) -> str:
    """The position of a point on its axis, in words."""
    found = finite(x)
    return str(x) if found is None else plain(found)


def _table(chart: Chart) -> PageTable:
    rows: list[tuple[Markup | str, ...]] = []
    if chart.shape == "intervals":
        rows = [(str(row["y"]), _cell(row, "x")) for row in chart.frame.iter_rows(named=True)]
        return PageTable(f"{chart.title}.", ("", chart.x or "Estimate"), tuple(rows))
    short, named = True, "series" in chart.frame.columns
    for name, frame in _series(chart):
        size = frame.height
        places = sorted({round(step * (size - 1) / (_POINTS - 1)) for step in range(_POINTS)})
        short = short and len(places) == size
        for row in frame[places].iter_rows(named=True):
            rows.append((*((name,) if named else ()), place(row["x"]), _cell(row, "y")))
    head = (*(("Series",) if named else ()), chart.x or "x", chart.y or "Value")
    return PageTable(f"{chart.title}.{'' if short else ' Evenly spaced points.'}", head, tuple(rows))


def _cell(row: dict[str, Any], value: str) -> Markup:
    low, high = row.get("low"), row.get("high")
    return number(row[value]) if low is None and high is None else estimate(row[value], low, high)
