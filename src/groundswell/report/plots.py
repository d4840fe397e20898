"""Plots of a dossier: vector drawings that stand inside the page, follow its colours and come out the same every time.

Altair states each plot and vl-convert draws it (the `plots` extra). Without the extra there is no drawing, and the
dossier shows the table of the same numbers in its place. Colours are written as the light theme's values; the
dossier's style sheet maps each of them to the theme in use, so a plot needs no second drawing for the dark theme.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Any
from xml.etree import ElementTree

import numpy as np
from markupsafe import Markup

from groundswell.report.numbers import estimate, finite, number, plain

ACCOUNT_ORDER = ("substitution", "catalysis")
"""Accounts that have a fixed colour; others take the next free one in the order in which they appear."""

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
_WIDE = 700
_ROW = 46
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
    legend: tuple[tuple[str, str], ...] = field(default=())


def available() -> bool:
    """Whether the `plots` extra is installed."""
    return find_spec("altair") is not None and find_spec("vl_convert") is not None


def account_roles(names: Sequence[str]) -> dict[str, str]:
    """Give every account a colour role, the two founding accounts always the same.

    Parameters
    ----------
    names : accounts in the order in which they appear.

    Returns
    -------
    Role (a key of `COLOURS`) by account; beyond four accounts the role is "muted".
    """
    roles = {name: f"account-{place + 1}" for place, name in enumerate(ACCOUNT_ORDER)}
    free = [role for role in COLOURS if role.startswith("account-") and role not in roles.values()]
    for name in names:
        if name not in roles:
            roles[name] = free.pop(0) if free else "muted"
    return {name: roles[name] for name in (*ACCOUNT_ORDER, *names) if name in names}


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
    svg = _render(_curve_chart(series), name) if draw else None
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
    for account, role in roles.items():
        if re.search(rf"\b{re.escape(account.casefold())}\b", lowered):
            return role
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


def _curve_chart(series: Sequence[Mapping[str, Any]]) -> Any:
    import altair as alt

    x = alt.X("x:Q", title=None, axis=alt.Axis(grid=False, tickCount=6))
    y = alt.Y("y:Q", title=None, axis=alt.Axis(tickCount=5))
    layers = [alt.Chart(_values([{"y": 0.0}])).mark_rule(color=COLOURS["muted"], strokeWidth=1).encode(y=y)]
    dashes = ([1, 0], [6, 3], [2, 3])
    for one in series:
        colour = COLOURS[one["role"]]
        band = [
            {"x": finite(x), "low": low, "high": high}
            for x, low, high in zip(one["x"], one["low"], one["high"], strict=True)
            if low is not None and high is not None
        ]
        if band:
            area = alt.Chart(_values(band)).mark_area(color=colour, opacity=0.16, line=False)
            layers.append(area.encode(x=x, y=alt.Y("low:Q", title=None), y2="high:Q"))
    for one in series:
        line = alt.Chart(_values([{"x": finite(x), "y": y} for x, y in zip(one["x"], one["y"], strict=True)]))
        layers.append(
            line.mark_line(color=COLOURS[one["role"]], strokeWidth=2, strokeDash=dashes[min(one["mark"], 2)]).encode(
                x=x, y=y
            )
        )
    return alt.layer(*layers).properties(width=WIDTH, height=190)


# -- (b) the record among simulated records ---------------------------------------------------------------------------


def record_figure(name: str, test: Mapping[str, Any], roles: Mapping[str, str], *, draw: bool) -> Figure | None:
    """Draw the record's estimate over the estimates from simulated records, one row per account.

    Where the rows overlap at the record's line, the record could not have told the accounts apart.

    Parameters
    ----------
    name : identity of the figure in the page, unique.
    test : {"estimate": {"value", "low", "high", "unit"}, "simulated": {account: [estimates]}, "estimator"}.
    roles : colour role by account.
    draw : whether to draw; the table is made in any case.

    Returns
    -------
    The figure, or None where no simulated estimate is a number.
    """
    simulated = {str(account): list(values or ()) for account, values in (test.get("simulated") or {}).items()}
    found = {account: [v for v in map(finite, values) if v is not None] for account, values in simulated.items()}
    order = [account for account in roles if found.get(account)] + sorted(set(found) - set(roles))
    order = [account for account in order if found[account]]
    if not order:
        return None
    measured: Mapping[str, Any] = test.get("estimate") or {}
    value, low, high = (finite(measured.get(key)) for key in ("value", "low", "high"))
    start, end = _domain([found[account] for account in order], value)
    unit = str(measured.get("unit") or "")
    outside = {account: sum(not start <= v <= end for v in found[account]) for account in order}
    notes = [
        f"{len(simulated[account]) - len(found[account])} of {len(simulated[account])} records simulated under "
        f"{account} gave no estimate."
        for account in simulated
        if len(found[account]) < len(simulated[account])
    ]
    if any(outside.values()):
        cut = " and ".join(f"{count} ({account})" for account, count in outside.items() if count)
        notes.append(f"Estimates beyond the axis are counted in the outermost bars: {cut}.")
    if (low is not None and low < start) or (high is not None and high > end):
        notes.append("The record's interval runs on beyond the axis, where an arrow ends it.")
    rows: list[tuple[Markup | str, ...]] = []
    words = []
    for account in order:
        at = np.quantile(found[account], [0.05, 0.25, 0.5, 0.75, 0.95])
        rows.append((f"simulated: {account}", number(len(found[account])), *(number(float(v)) for v in at)))
        words.append(
            f"{account}: median {plain(float(at[2]))}, 90% between {plain(float(at[0]))} and {plain(float(at[4]))}"
        )
    rows.append(("the record", number(measured.get("n")), number(low), "", number(value), "", number(high)))
    told = "not estimable" if value is None else plain(value)
    estimator = str(test.get("estimator") or "the estimator")
    svg = _render(_record_chart(order, found, roles, (start, end), (value, low, high)), name) if draw else None
    return Figure(
        name,
        title="The record among simulated records",
        label=f"Estimates from simulated records by account, and the record's own. {'; '.join(words)}; record: {told}.",
        table=Table(
            f"Estimates by {estimator}. For the record: its interval's ends and the estimate.",
            ("Source", "n", "5%", "25%", "Median", "75%", "95%"),
            tuple(rows),
        ),
        svg=svg,
        horizontal=f"estimate{f', {unit}' if unit else ''}",
        caption=" ".join(
            [
                "Bars: how often the same estimator gave each value on records simulated under that account. "
                "Line: the real record. Where both rows are high at the line, the record can't tell them apart.",
                *notes,
            ]
        ),
        legend=tuple(
            [(f"{roles.get(a, 'muted')} block", f"simulated, {a}") for a in order]
            + [("record dot", "the record, with its interval")]
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
) -> Any:
    import altair as alt

    start, end = domain
    x = alt.X(
        "x:Q", title=None, scale=alt.Scale(domain=[start, end], nice=False), axis=alt.Axis(grid=False, tickCount=5)
    )
    rows = len(order) + 1
    y = alt.Y("y:Q", axis=None, scale=alt.Scale(domain=[0, rows], nice=False))
    edges = np.linspace(start, end, _BINS + 1)
    shares = {
        account: np.histogram(np.clip(found[account], start, end), edges)[0] / len(found[account]) for account in order
    }
    top = max(float(counts.max()) for counts in shares.values())
    layers = []
    if start < 0 < end:
        layers.append(alt.Chart(_values([{"x": 0.0}])).mark_rule(color=COLOURS["faint"], strokeWidth=1).encode(x=x))
    gap = (end - start) / _BINS * 0.06
    for place, account in enumerate(order):
        base = float(rows - 1 - place)
        bars = [
            {"x": float(edges[i]) + gap, "x2": float(edges[i + 1]) - gap, "y": base, "y2": base + 0.68 * float(c) / top}
            for i, c in enumerate(shares[account])
            if c > 0
        ]
        colour = COLOURS[roles.get(account, "muted")]
        layers.append(
            alt.Chart(_values(bars)).mark_rect(color=colour, opacity=0.75).encode(x=x, x2="x2:Q", y=y, y2="y2:Q")
        )
        layers.append(alt.Chart(_values([{"y": base}])).mark_rule(color=colour, strokeWidth=1).encode(y=y))
        layers.append(_row_label(account, start, base + 0.97, colour, x, y))
    layers.append(_row_label("the record", start, 0.97, COLOURS["record"], x, y))
    value, low, high = measured
    if value is not None:
        rule = alt.Chart(_values([{"x": value, "y": 0.35, "y2": float(rows) - 0.02}]))
        layers.append(
            rule.mark_rule(color=COLOURS["record"], strokeWidth=1, strokeDash=[3, 3]).encode(x=x, y=y, y2="y2:Q")
        )
        layers.extend(_span(value, low, high, 0.35, (start, end), COLOURS["record"], x, y))
    return alt.layer(*layers).properties(width=WIDTH, height=_ROW * rows + 26)


def _row_label(text: str, at: float, height: float, colour: str, x: Any, y: Any) -> Any:
    import altair as alt

    label = alt.Chart(_values([{"x": at, "y": height, "text": text}]))
    return label.mark_text(align="left", baseline="top", color=colour, fontSize=12, dx=2, fontWeight=600).encode(
        x=x, y=y, text="text:N"
    )


def _span(
    value: float,
    low: float | None,
    high: float | None,
    height: float,
    domain: tuple[float, float],
    colour: str,
    x: Any,
    y: Any,
) -> list[Any]:
    """Layers of a point with its interval; an end beyond the axis becomes an arrow."""
    import altair as alt

    start, end = domain
    layers = []
    if low is not None and high is not None and math.isfinite(low) and math.isfinite(high):
        ends = {"x": max(low, start), "x2": min(high, end), "y": height}
        layers.append(alt.Chart(_values([ends])).mark_rule(color=colour, strokeWidth=2).encode(x=x, x2="x2:Q", y=y))
        for beyond, place, shape in ((low < start, start, "triangle-left"), (high > end, end, "triangle-right")):
            if beyond:
                tip = alt.Chart(_values([{"x": place, "y": height}]))
                layers.append(
                    tip.mark_point(shape=shape, color=colour, fill=colour, size=50, opacity=1).encode(x=x, y=y)
                )
    dot = alt.Chart(_values([{"x": value, "y": height}]))
    layers.append(dot.mark_point(color=colour, fill=colour, size=60, opacity=1).encode(x=x, y=y))
    return layers


# -- (c) overview of weights ------------------------------------------------------------------------------------------


def overview_figure(
    name: str, pages: Sequence[Mapping[str, Any]], roles: Mapping[str, str], *, draw: bool
) -> Figure | None:
    """Draw every test's weight of evidence on a log scale, grey where it leaves the claim undetermined.

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
        "likely where the account that asserts the claim holds as where the account that denies it does; 1/10 says "
        "the reverse; 1 tells nothing. Grey: undetermined."
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
        svg=_render(_overview_chart(entries, wide=False), f"{name}-narrow") if draw else None,
        wide=_render(_overview_chart(entries, wide=True), f"{name}-wide") if draw else None,
        horizontal="← against the claim · weight of evidence (log scale) · for the claim →",
        caption=caption,
        legend=(
            ("supported dot", "supported"),
            ("contradicted dot", "contradicted"),
            ("undetermined dot", "undetermined"),
        ),
    )


def _weight(value: Any) -> float | None:
    """A likelihood ratio: at least 0, and possibly infinite where the other account never gave what was seen."""
    if isinstance(value, float) and math.isinf(value) and value > 0:
        return value
    found = finite(value)
    return found if found is not None and found >= 0 else None


def _overview_chart(entries: Sequence[Mapping[str, Any]], *, wide: bool) -> Any:
    import altair as alt

    known = [abs(math.log10(e["weight"])) for e in entries if e["weight"] is not None and 0 < e["weight"] < math.inf]
    decades = min(6, max(1, math.ceil(max(known, default=1.0) - 1e-9)))
    low, high = 10.0**-decades, 10.0**decades
    left = 250 if wide else 44
    step = 18
    size = len(entries)
    ticks = [10.0**power for power in range(-decades, decades + 1)]
    x = alt.X(
        "x:Q",
        title=None,
        scale=alt.Scale(type="log", domain=[low, high], nice=False),
        axis=alt.Axis(
            values=ticks,
            grid=True,
            orient="top",
            labelExpr="datum.value < 0.9 ? '1/' + format(1 / datum.value, ',.0f') : format(datum.value, ',.0f')",
        ),
    )
    y = alt.Y("y:Q", axis=None, scale=alt.Scale(domain=[size, 0], nice=False))
    layers = [alt.Chart(_values([{"x": 1.0}])).mark_rule(color=COLOURS["muted"], strokeWidth=1).encode(x=x)]
    for role in dict.fromkeys(entry["role"] for entry in entries):
        claims = [
            {"x": low, "y": place + 0.5, "text": entry["shown"]}
            for place, entry in enumerate(entries)
            if entry["role"] == role and entry["shown"]
        ]
        text = alt.Chart(_values(claims))
        layers.append(
            text.mark_text(
                align="left", baseline="middle", dx=-left, color=COLOURS[role], fontWeight=600, fontSize=12
            ).encode(x=x, y=y, text="text:N")
        )
    if wide:
        records = [
            {"x": low, "y": place + 0.5, "text": _shortened(entry["title"], 34)} for place, entry in enumerate(entries)
        ]
        layers.append(
            alt.Chart(_values(records))
            .mark_text(align="left", baseline="middle", dx=34 - left, color=COLOURS["muted"], fontSize=12)
            .encode(x=x, y=y, text="text:N")
        )
    for place, entry in enumerate(entries):
        if entry["weight"] is None:
            text = alt.Chart(_values([{"x": 1.0, "y": place + 0.5, "text": "not estimable"}]))
            layers.append(
                text.mark_text(align="left", baseline="middle", dx=6, color=COLOURS["muted"], fontSize=11).encode(
                    x=x, y=y, text="text:N"
                )
            )
            continue
        verdict = entry["verdict"]
        colour = COLOURS[verdict if verdict in ("supported", "contradicted") else "undetermined"]
        at = min(max(entry["weight"], low), high)
        shape = "circle"
        if at != entry["weight"]:
            shape = "triangle-right" if entry["weight"] > high else "triangle-left"
        layers.append(
            alt.Chart(_values([{"x": 1.0, "x2": at, "y": place + 0.5}]))
            .mark_rule(color=colour, strokeWidth=1.5)
            .encode(x=x, x2="x2:Q", y=y)
        )
        layers.append(
            alt.Chart(_values([{"x": at, "y": place + 0.5}]))
            .mark_point(shape=shape, color=colour, fill=colour, size=65, opacity=1)
            .encode(x=x, y=y)
        )
    width = _WIDE if wide else WIDTH
    chart = alt.layer(*layers).properties(width=width - left - 14, height=step * size)
    return chart.properties(padding={"left": left + 2, "right": 12, "top": 4, "bottom": 4}, autosize="none")


def _shortened(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


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
        svg=_render(_interval_chart(known), name) if draw else None,
        horizontal=unit,
        caption="Dot: mean over draws from the prior; line: 90% interval."
        + ("" if len(known) == len(rows) else f" {len(rows) - len(known)} of {len(rows)} could not be estimated."),
    )


def _interval_chart(rows: Sequence[Mapping[str, Any]]) -> Any:
    import altair as alt

    ends = [v for row in rows for v in (finite(row.get(key)) for key in ("mean", "low", "high")) if v is not None]
    start, end = min(*ends, 0.0), max(*ends, 0.0)
    width = end - start or 1.0
    start, end = start - 0.06 * width, end + 0.06 * width
    x = alt.X(
        "x:Q", title=None, scale=alt.Scale(domain=[start, end], nice=False), axis=alt.Axis(grid=True, tickCount=5)
    )
    size = len(rows)
    y = alt.Y("y:Q", axis=None, scale=alt.Scale(domain=[0, size], nice=False))
    layers = [alt.Chart(_values([{"x": 0.0}])).mark_rule(color=COLOURS["muted"], strokeWidth=1).encode(x=x)]
    for place, row in enumerate(rows):
        base = float(size - 1 - place)
        colour = COLOURS[str(row["role"])]
        layers.append(_row_label(_shortened(str(row["name"]), 46), start, base + 0.92, colour, x, y))
        low, high = finite(row.get("low")), finite(row.get("high"))
        layers.extend(_span(float(row["mean"]), low, high, base + 0.28, (start, end), colour, x, y))
    return alt.layer(*layers).properties(width=WIDTH, height=36 * size + 26)


# -- drawing ----------------------------------------------------------------------------------------------------------


def _values(rows: list[dict[str, Any]]) -> Any:
    import altair as alt

    return alt.Data(values=rows)


_NUMERIC = frozenset({"d", "transform", "x", "y", "x1", "x2", "y1", "y2", "width", "height", "viewBox"})
_IMPLIED = frozenset({"version", "role", "pointer-events", "font-family"})
_LONG = re.compile(r"-?\d+\.\d{3,}(?:e-?\d+)?")


def _render(chart: Any, name: str) -> Markup:
    """Draw a chart; ids carry the figure's name, since the drawing library counts them up across drawings."""
    import altair as alt
    import vl_convert as vlc

    fitted = chart
    if "autosize" not in chart.to_dict(validate=False):
        fitted = chart.properties(autosize=alt.AutoSizeParams(type="fit", contains="padding"), padding=4)
    stated = (
        fitted.configure(aria=False, background=None, font="Liberation Sans, Arial, Helvetica, sans-serif")
        .configure_axis(
            labelColor=COLOURS["muted"],
            labelFontSize=11,
            gridColor=COLOURS["grid"],
            domainColor=COLOURS["faint"],
            tickColor=COLOURS["faint"],
            tickSize=4,
            domain=False,
        )
        .configure_view(stroke=None)
    )
    version = ".".join(alt.SCHEMA_VERSION.lstrip("v").split(".")[:2])
    return Markup(tidy_svg(vlc.vegalite_to_svg(stated.to_dict(), vl_version=version), name))


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
