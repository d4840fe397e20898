"""Plots of a dossier, each with its words and its numbers: curves, the record among simulated ones, weights."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from markupsafe import Markup

from groundswell.drawing import (
    COLOURS,
    WIDTH,
    Spec,
    chart,
    layer,
    lettering,
    point,
    quantitative,
    render,
    rule,
)
from groundswell.drawing import (
    available as available,
)
from groundswell.report import shapes
from groundswell.report.numbers import estimate, finite, number, plain

_WIDE = 760
_ROW = 54
_BINS = 28  # about the square root of the simulated records of one account, twice over


@dataclass(frozen=True)
class Table:
    """A small table: what a plot shows, in numbers."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[Markup | str, ...], ...]


@dataclass(frozen=True)
class Figure:
    """One plot with everything that a reader who can't see it needs: the words, and the numbers as a table."""

    name: str
    title: str
    label: str
    table: Table
    svg: Markup | None = None
    wide: Markup | None = None
    vertical: str = ""
    horizontal: str = ""
    caption: str = ""
    legend: tuple[tuple[str, str], ...] = ()


def account_roles(names: Sequence[str]) -> dict[str, str]:
    """A colour role (a key of `COLOURS`) for each account, in the order given; beyond four, "muted"."""
    return {name: f"account-{k + 1}" if k < 4 else "muted" for k, name in enumerate(names)}


# -- (a) curves ---------------------------------------------------------------------------------------------------


def curve_figure(name: str, curve: Mapping[str, Any], roles: Mapping[str, str], *, draw: bool) -> Figure | None:
    """Draw response curves by account, each with its band and all against the zero line.

    Parameters
    ----------
    name : identity of the figure in the page, unique.
    curve : {"title", "x", "y", "series": [{"name", "x", "y", "low", "high"}]}; missing points stay gaps.
    roles : colour role by account.
    draw : whether to draw; the table is made in any case.

    Returns
    -------
    The figure, or None where no series holds a number.
    """
    series = [_read_series(one) for one in curve.get("series") or ()]
    series = [one for one in series if any(finite(y) is not None for y in one["y"])]
    if not series:
        return None
    seen: dict[str, int] = {}
    for one in series:
        role = role_of(one["name"], roles)
        one["role"], one["mark"] = role, seen.get(role, 0)
        seen[role] = seen.get(role, 0) + 1
    title = str(curve.get("title") or "Response")
    banded = any(band is not None for one in series for band in one["low"])
    svg = render(_curve_chart(series), name) if draw else None
    sentences = "; ".join(f"{one['name']}: {_in_words(one)}" for one in series)
    return Figure(
        name,
        title,
        label=f"{title}. {curve.get('y') or ''} by {curve.get('x') or 'step'}. {sentences}.",
        table=_curve_table(title, str(curve.get("x") or "x"), series),
        svg=svg,
        vertical=str(curve.get("y") or ""),
        horizontal=str(curve.get("x") or ""),
        caption="Line: mean; band: 90% interval." if banded else "",
        legend=tuple((f"{one['role']} line-{min(one['mark'], 2)}", one["name"]) for one in series),
    )


def role_of(series: str, roles: Mapping[str, str]) -> str:
    """Find the colour role of a series by the account that its name carries; the record's is its own."""
    lowered = series.casefold()
    named = [role for account, role in roles.items() if re.search(rf"\b{re.escape(account.casefold())}\b", lowered)]
    if named:
        return named[0] if len(named) == 1 else "muted"  # a scenario of both accounts is neither's
    return "record" if re.search(r"\brecord(ed)?\b|\bobserved\b", lowered) else "muted"


def _read_series(one: Mapping[str, Any]) -> dict[str, Any]:
    y = list(one.get("y") or ())
    x = list(one.get("x") or range(len(y)))
    size = min(len(x), len(y))
    read: dict[str, Any] = {"name": str(one.get("name") or "series"), "x": x[:size], "y": [finite(v) for v in y[:size]]}
    for bound in ("low", "high"):
        given = list(one.get(bound) or ())[:size]
        read[bound] = [finite(value) for value in given] + [None] * (size - len(given))
    return read


def _in_words(one: Mapping[str, Any]) -> str:
    points = [(x, y) for x, y in zip(one["x"], one["y"], strict=True) if y is not None]
    top, bottom = max(points, key=lambda point: point[1]), min(points, key=lambda point: point[1])
    return (
        f"from {plain(points[0][1])} to {plain(points[-1][1])}, "
        f"highest {plain(top[1])} at {_place(top[0])}, lowest {plain(bottom[1])} at {_place(bottom[0])}"
    )


def _place(x: Any) -> str:
    found = finite(x)
    return str(x) if found is None else plain(found)


def _curve_table(title: str, horizontal: str, series: Sequence[Mapping[str, Any]]) -> Table:
    rows: list[tuple[Markup | str, ...]] = []
    short = True
    for one in series:
        size = len(one["x"])
        # nine points tell the shape; the whole curve is in the study's tables
        places = sorted({round(step * (size - 1) / 8) for step in range(9)})
        short = short and len(places) == size
        rows.extend((one["name"], _place(one["x"][at]), _estimate(one, at)) for at in places)
    note = "" if short else " Evenly spaced points of the curve."
    return Table(f"{title}.{note}", ("Series", horizontal, "Value"), tuple(rows))


def _estimate(one: Mapping[str, Any], at: int) -> Markup:
    low, high = one["low"][at], one["high"][at]
    return number(one["y"][at]) if low is None and high is None else estimate(one["y"][at], low, high)


def _curve_chart(series: Sequence[Mapping[str, Any]]) -> Spec:
    x, y = shapes.plain_axes(y_ticks=5)
    drawn = [
        shapes.Line(
            one["role"],
            [(finite(at), value) for at, value in zip(one["x"], one["y"], strict=True)],
            [
                (finite(at), low, high)
                for at, low, high in zip(one["x"], one["low"], one["high"], strict=True)
                if low is not None and high is not None
            ],
            dash=min(one["mark"], 2),
        )
        for one in series
    ]
    return shapes.lines(drawn, x, y, height=190, under=[shapes.level(y, 0.0)])


# -- (b) the record among simulated records ---------------------------------------------------------------------------


def record_figure(name: str, test: Mapping[str, Any], roles: Mapping[str, str], *, draw: bool) -> Figure | None:
    """Draw the record's estimate over the estimates from simulated records, one row per scenario.

    Where the rows overlap at the record's line, the record could not have separated the scenarios.

    Parameters
    ----------
    name : identity of the figure in the page, unique.
    test : {"estimate": {"value", "low", "high", "unit"}, "simulated": {scenario: [estimates]}, "estimator"}.
    roles : colour role by account.
    draw : whether to draw; the table is made in any case.

    Returns
    -------
    The figure, or None where no simulated estimate is a number.
    """
    simulated = {str(scenario): list(values or ()) for scenario, values in (test.get("simulated") or {}).items()}
    found = {scenario: [v for v in map(finite, values) if v is not None] for scenario, values in simulated.items()}
    first = [scenario for scenario in roles if scenario in found]
    order = [scenario for scenario in (*first, *(name for name in found if name not in first)) if found[scenario]]
    if not order:
        return None
    measured: Mapping[str, Any] = test.get("estimate") or {}
    value, low, high = (finite(measured.get(key)) for key in ("value", "low", "high"))
    start, end = _domain([found[scenario] for scenario in order], value)
    unit = str(measured.get("unit") or "")
    outside = {scenario: sum(not start <= v <= end for v in found[scenario]) for scenario in order}
    notes = [
        f"{len(simulated[scenario]) - len(found[scenario])} of {len(simulated[scenario])} records simulated under "
        f"{scenario} gave no estimate."
        for scenario in simulated
        if len(found[scenario]) < len(simulated[scenario])
    ]
    if any(outside.values()):
        cut = " and ".join(f"{count} ({scenario})" for scenario, count in outside.items() if count)
        notes.append(f"Estimates beyond the axis are counted in the outermost bars: {cut}.")
    if (low is not None and low < start) or (high is not None and high > end):
        notes.append("The record's interval runs on beyond the axis, where an arrow ends it.")
    rows: list[tuple[Markup | str, ...]] = []
    words = []
    for scenario in order:
        at = np.quantile(found[scenario], [0.05, 0.25, 0.5, 0.75, 0.95])
        rows.append((f"simulated: {scenario}", number(len(found[scenario])), *(number(float(v)) for v in at)))
        words.append(
            f"{scenario}: median {plain(float(at[2]))}, 90% between {plain(float(at[0]))} and {plain(float(at[4]))}"
        )
    rows.append(("the record", number(measured.get("n")), number(low), "", number(value), "", number(high)))
    content = "not estimable" if value is None else plain(value)
    estimator = str(test.get("estimator") or "the estimator")
    svg = render(_record_chart(order, found, roles, (start, end), (value, low, high)), name) if draw else None
    return Figure(
        name,
        title="The record among simulated records",
        label=f"Estimates from simulated records, by scenario, and the record's. {'; '.join(words)}; record: "
        f"{content}.",
        table=Table(
            f"Estimates by {estimator}. For the record: its interval's ends and the estimate.",
            ("Source", "n", "5%", "25%", "Median", "75%", "95%"),
            tuple(rows),
        ),
        svg=svg,
        horizontal=f"estimate{f', {unit}' if unit else ''}",
        caption=" ".join(
            [
                "Bars: how often the same estimator gave each value on records simulated under that scenario. "
                "Line: the real record. Where both rows are high at the line, the record cannot tell them apart.",
                *notes,
            ]
        ),
    )


def _domain(groups: Sequence[Sequence[float]], value: float | None) -> tuple[float, float]:
    pooled = np.concatenate([np.asarray(group, dtype=float) for group in groups])
    low, high = (float(v) for v in np.quantile(pooled, [0.005, 0.995]))
    if value is not None:
        low, high = min(low, value), max(high, value)
    width = high - low or max(abs(high), 1.0) * 0.2
    return low - 0.08 * width, high + 0.08 * width


def _record_chart(
    order: Sequence[str],
    found: Mapping[str, Sequence[float]],
    roles: Mapping[str, str],
    domain: tuple[float, float],
    measured: tuple[float | None, float | None, float | None],
) -> Spec:
    start, end = domain
    rows = len(order) + 1
    x = quantitative("x", domain=(start, end), axis={"grid": False, "tickCount": 5})
    y = quantitative("y", domain=(0, rows), axis=None)
    edges = np.linspace(start, end, _BINS + 1)
    shares = {
        scenario: np.histogram(np.clip(found[scenario], start, end), edges)[0] / len(found[scenario])
        for scenario in order
    }
    top = max(float(counts.max()) for counts in shares.values())
    layers = [layer([{"x": 0.0}], rule("faint"), x=x)] if start < 0 < end else []
    gap = (end - start) / _BINS * 0.06
    for place, scenario in enumerate(order):
        base, role = float(rows - 1 - place), role_of(scenario, roles)
        bars = [
            {"x": float(edges[i]) + gap, "x2": float(edges[i + 1]) - gap, "y": base, "y2": base + 0.6 * float(c) / top}
            for i, c in enumerate(shares[scenario])
            if c > 0
        ]
        bar = {"type": "rect", "color": COLOURS[role], "opacity": 0.75}
        layers.append(layer(bars, bar, x=x, x2={"field": "x2"}, y=y, y2={"field": "y2"}))
        layers.append(layer([{"y": base}], rule(role), y=y))
        layers.append(shapes.row_label(shapes.shortened(scenario, 46), start, base + 0.9, role, x, y))
    layers.append(shapes.row_label("the record", start, 0.9, "record", x, y))
    value, low, high = measured
    if value is not None:
        line = rule("record", strokeDash=[3, 3])
        layers.append(layer([{"x": value, "y": 0.35, "y2": rows - 0.02}], line, x=x, y=y, y2={"field": "y2"}))
        layers.extend(shapes.span_layers(value, low, high, 0.35, (start, end), "record", x, y))
    return chart(layers, height=_ROW * rows + 26)


# -- (c) overview of weights ------------------------------------------------------------------------------------------


def overview_figure(
    name: str, pages: Sequence[Mapping[str, Any]], roles: Mapping[str, str], *, draw: bool
) -> Figure | None:
    """Draw every test's weight of evidence on a log scale, grey where it leaves the claim open.

    Parameters
    ----------
    name : identity of the figure in the page, unique.
    pages : claims with "claim", "account", "verdict" and "tests", each with "record", "title", "weight", "verdict".
    roles : colour role by account.
    draw : whether to draw; the table is made in any case.

    Returns
    -------
    The figure, or None where no test has a weight.
    """
    entries: list[dict[str, Any]] = []
    skipped = 0
    for page in pages:
        tests = list(page.get("tests") or ())
        for place, test in enumerate(tests):
            weight = _weight(test.get("weight"))
            skipped += weight is None
            entries.append(
                {
                    "claim": str(page["claim"]),
                    "shown": str(page["claim"]) if place == 0 else "",
                    "role": roles.get(str(page.get("account")), "muted"),
                    "title": str(test.get("title") or test.get("record") or ""),
                    "verdict": str(test.get("verdict") or page.get("verdict")),
                    "weight": weight,
                }
            )
    if not any(entry["weight"] is not None for entry in entries):
        return None
    rows = tuple((entry["claim"], entry["title"], number(entry["weight"]), entry["verdict"]) for entry in entries)
    untested = [str(page["claim"]) for page in pages if not page.get("tests")]
    caption = (
        "One mark for each record that a claim was put to. A weight of 10 says that what was seen is ten times as "
        "likely where the claim holds as where it does not; 1/10 says the reverse; 1 says nothing. Grey: open."
    )
    if skipped:
        caption += f" {skipped} of {len(entries)} weights could not be estimated."
    if untested:
        caption += f" Not put to any record: {', '.join(untested)}."
    decided = [e for e in entries if e["weight"] is not None and e["verdict"] in ("supported", "contradicted")]
    known = sum(entry["weight"] is not None for entry in entries)
    label = f"Weight of evidence of {known} tests on a log scale; {len(decided)} decide their claim."
    return Figure(
        name,
        title="Weight of evidence, claim by claim",
        label=label,
        table=Table(
            "Weight of evidence by claim and record.",
            ("Claim", "Record", "Weight", "Verdict on this record"),
            rows,
        ),
        svg=render(_overview_chart(entries, wide=False), f"{name}-narrow") if draw else None,
        wide=render(_overview_chart(entries, wide=True), f"{name}-wide") if draw else None,
        horizontal="← against the claim · weight · for the claim →",
        caption=caption,
        legend=(
            ("supported dot", "supported"),
            ("contradicted dot", "contradicted"),
            ("undetermined dot", "open"),
        ),
    )


def _weight(value: Any) -> float | None:
    """A likelihood ratio: at least 0, and possibly infinite where the other account never gave what was seen."""
    if isinstance(value, float) and math.isinf(value) and value > 0:
        return value
    found = finite(value)
    return found if found is not None and found >= 0 else None


_LONGEST_NAME = 18  # letters of a claim's name in the overview; the page has the whole of it


def _overview_chart(entries: Sequence[Mapping[str, Any]], *, wide: bool) -> Spec:
    known = [abs(math.log10(e["weight"])) for e in entries if e["weight"] is not None and 0 < e["weight"] < math.inf]
    decades = min(6, max(1, math.ceil(max(known, default=1.0) - 1e-9)))
    low, high = 10.0**-decades, 10.0**decades
    longest = max((len(e["shown"]) for e in entries), default=0)
    indent = max(34, 8 * min(longest, _LONGEST_NAME) + 10)  # of the second column; a bold letter takes 8 pixels
    left, right, above, step = 292 + indent if wide else 10 + indent, 26, 24, 18
    size = len(entries)
    # a six-decade axis on a phone has room for every second label only
    ticks = [10.0**power for power in range(-decades, decades + 1) if wide or decades < 4 or power % 2 == 0]
    words = "datum.value < 0.9 ? '1/' + format(1 / datum.value, ',.0f') : format(datum.value, ',.0f')"
    x = quantitative(
        "x",
        domain=(low, high),
        kind="log",
        axis={"values": ticks, "grid": True, "orient": "top", "labelExpr": words, "labelFlush": False},
    )
    y = quantitative("y", domain=(size, 0), axis=None)
    layers = [layer([{"x": 1.0}], rule("muted"), x=x)]
    for place, entry in enumerate(entries):
        height = place + 0.5
        if entry["shown"]:
            claim = [{"x": low, "y": height, "text": shapes.shortened(entry["shown"], _LONGEST_NAME)}]
            layers.append(layer(claim, lettering(entry["role"], dx=-left, fontWeight=600), x=x, y=y))
        if wide:
            record = [{"x": low, "y": height, "text": shapes.shortened(entry["title"], 44)}]
            layers.append(layer(record, lettering("muted", dx=indent - left), x=x, y=y))
        if entry["weight"] is None:
            missing = [{"x": 1.0, "y": height, "text": "not estimable"}]
            layers.append(layer(missing, lettering("muted", dx=6, fontSize=11), x=x, y=y))
            continue
        role = entry["verdict"] if entry["verdict"] in ("supported", "contradicted") else "undetermined"
        at = min(max(entry["weight"], low), high)
        shape = "circle" if at == entry["weight"] else "triangle-right" if entry["weight"] > high else "triangle-left"
        stem = [{"x": 1.0, "x2": at, "y": height}]
        layers.append(layer(stem, rule(role, strokeWidth=1.5), x=x, x2={"field": "x2"}, y=y))
        layers.append(layer([{"x": at, "y": height}], point(role, shape), x=x, y=y))
    margins = {"left": left + 2, "right": right, "top": above, "bottom": 4}
    width = (_WIDE if wide else WIDTH) - left - right - 2
    return {"layer": layers, "width": width, "height": step * size, "padding": margins, "autosize": "none"}


# -- (d) predicted effects --------------------------------------------------------------------------------------------


def interval_figure(
    name: str, title: str, rows: Sequence[Mapping[str, Any]], *, unit: str, draw: bool
) -> Figure | None:
    """Draw means with their intervals below each other against the zero line.

    Parameters
    ----------
    name : identity of the figure in the page, unique.
    title : heading of the figure.
    rows : {"name", "role", "mean", "low", "high"}; a row without a mean is left to the table.
    unit : unit of all rows.
    draw : whether to draw; the table is made in any case.

    Returns
    -------
    The figure, or None where no row has a mean.
    """
    known = [row for row in rows if finite(row.get("mean")) is not None]
    if not known:
        return None
    table = Table(
        f"{title}.",
        ("", f"Mean and 90% interval{f', {unit}' if unit else ''}"),
        tuple((str(row["name"]), estimate(row.get("mean"), row.get("low"), row.get("high"))) for row in rows),
    )
    words = "; ".join(
        f"{row['name']}: {plain(float(row['mean']))}"
        + (
            f", interval {plain(float(row['low']))} to {plain(float(row['high']))}"
            if finite(row.get("low")) is not None and finite(row.get("high")) is not None
            else ""
        )
        for row in known
    )
    return Figure(
        name,
        title,
        label=f"{title}. {words}.",
        table=table,
        svg=render(shapes.intervals(known), name) if draw else None,
        horizontal=unit,
        caption="Dot: mean over draws from the prior; line: 90% interval."
        + ("" if len(known) == len(rows) else f" {len(rows) - len(known)} of {len(rows)} could not be estimated."),
    )
