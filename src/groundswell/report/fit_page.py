"""The page of a fit: its result, or the gate that it failed; prior and posterior; the record within its bands."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from groundswell.report.page import environment

if TYPE_CHECKING:
    import polars as pl

WIDTH, HEIGHT, PAD = 640, 170, 34


def render_fit(content: Mapping[str, Any], bands: pl.DataFrame, title: str) -> str:
    """The page, self-contained, without scripts.

    Parameters
    ----------
    content : a fit as plain types.
    bands : a row for each series, period and line: `panel`, `series` (record or predicted), `x`, `y`, `low`, `high`.
    title : of the theory.
    """
    panels = [(str(name), _lines(frame)) for (name,), frame in bands.group_by("panel", maintain_order=True)]
    groups = [
        (heading, [dict(row, bar=_bar(row)) for row in content[key].values()])
        for heading, key in (("Effects", "estimands"), ("Parameters", "parameters"), ("Reporting", "reporting"))
        if content[key]
    ]
    failed = [gate for gate in content["checks"] if not gate["passed"]]
    return (
        environment()
        .get_template("fit.html.j2")
        .render(fit=content, title=title, panels=panels, groups=groups, failed=failed)
    )


def _bar(row: Mapping[str, Any]) -> Markup:
    """The posterior's interval within the prior's, as a small drawing."""
    low, high = float(row["prior_low"]), float(row["prior_high"])
    if row["low"] is None or high <= low:
        return Markup("")

    def x(value: float) -> float:
        return 4 + 152 * min(max((value - low) / (high - low), -0.02), 1.02)

    a, b, m = x(row["low"]), x(row["high"]), x(row["median"])
    return Markup(
        '<svg width="160" height="18" role="img" aria-label="posterior within prior">'
        '<line class="prior" x1="4" x2="156" y1="9" y2="9"/>'
        f'<line class="posterior" x1="{a:.1f}" x2="{max(b, a + 1):.1f}" y1="9" y2="9"/>'
        f'<circle class="posterior" cx="{m:.1f}" cy="9" r="4"/></svg>'
    )


def _lines(frame: pl.DataFrame) -> Markup:
    """One series: the record as a line over the posterior predictive band."""
    record = frame.filter(frame["series"] == "record")
    predicted = frame.filter(frame["series"] == "predicted")
    values = [v for c in ("y", "low", "high") for v in frame[c].to_list() if v is not None and math.isfinite(v)]
    if not values or record.height < 2:
        return Markup("")
    low, high = min(values), max(values)
    span = (high - low) or 1.0

    def x(i: int) -> float:
        return PAD + (WIDTH - PAD - 6) * i / (record.height - 1)

    def y(v: float) -> float:
        return 8 + (HEIGHT - 30) * (1 - (v - low) / span)

    parts = [f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="the record and what the posterior predicts">']
    if predicted.height:
        top = [f"{x(i):.1f},{y(v):.1f}" for i, v in enumerate(predicted["high"].to_list())]
        bottom = [f"{x(i):.1f},{y(v):.1f}" for i, v in enumerate(predicted["low"].to_list())]
        parts.append(f'<polygon class="band" points="{" ".join([*top, *reversed(bottom)])}"/>')
        parts.append(_path([(x(i), y(v)) for i, v in enumerate(predicted["y"].to_list())], "middle"))
    points: list[tuple[float, float] | None] = [
        None if v is None else (x(i), y(v)) for i, v in enumerate(record["y"].to_list())
    ]
    parts.append(_path(points, "record"))
    dates = record["x"].to_list()
    parts.append(f'<text x="{PAD}" y="{HEIGHT - 4}">{Markup.escape(dates[0])}</text>')
    parts.append(f'<text x="{WIDTH - 6}" y="{HEIGHT - 4}" text-anchor="end">{Markup.escape(dates[-1])}</text>')
    parts.append(f'<text x="0" y="16">{high:.3g}</text><text x="0" y="{HEIGHT - 24}">{low:.3g}</text></svg>')
    return Markup("".join(parts))


def _path(points: Sequence[tuple[float, float] | None], kind: str) -> str:
    """A line with gaps where values are missing."""
    commands, pen = [], False
    for point in points:
        if point is None:
            pen = False
            continue
        commands.append(f"{'L' if pen else 'M'}{point[0]:.1f} {point[1]:.1f}")
        pen = True
    return f'<path class="{kind}" d="{" ".join(commands)}"/>'


__all__ = ["render_fit"]
