"""Figures of a claim: response curves, the record among simulated records, the weights of all tests, predicted effects.

Each is declared here as a chart of the contents of a dossier.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from markupsafe import Markup

from groundswell.charts import DASHES, Chart, Guide, Look, histogram
from groundswell.report.figures import PageFigure, PageTable, figure, ranked
from groundswell.report.numbers import finite, number, plain

_BINS = 28  # about the square root of the simulated records of one account, twice over
_MOST_ARMS = len(DASHES)


def account_roles(names: Sequence[str]) -> dict[str, str]:
    """A colour role (a key of `COLOURS`) for each account, in the order given; beyond four, "muted"."""
    return {name: f"account-{k + 1}" if k < 4 else "muted" for k, name in enumerate(names)}


def role_of(series: str, roles: Mapping[str, str]) -> str:
    """Find the colour role of a series from the account in its name; the record has its own."""
    lowered = series.casefold()
    named = [role for account, role in roles.items() if re.search(rf"\b{re.escape(account.casefold())}\b", lowered)]
    if named:
        return named[0] if len(named) == 1 else "muted"  # a scenario of both accounts belongs to neither
    return "record" if re.search(r"\brecord(ed)?\b|\bobserved\b", lowered) else "muted"


def curve_figure(name: str, curve: Mapping[str, Any], roles: Mapping[str, str], *, draw: bool) -> PageFigure | None:
    """Response curves with bands against the zero line; each series has its own colour and dash.

    Parameters
    ----------
    curve : {"title", "x", "y", "series": [{"name", "x", "y", "low", "high"}]}; missing points stay gaps.
    roles : colour role by account.
    """
    rows: list[tuple[Any, ...]] = []
    for one in curve.get("series") or ():
        series, y = str(one.get("name") or "series"), list(one.get("y") or ())
        x = list(one.get("x") or range(len(y)))
        low, high = (list(one.get(bound) or [None] * len(y)) for bound in ("low", "high"))
        if any(finite(value) is not None for value in y):
            rows += [(series, *(finite(v) for v in point)) for point in zip(x, y, low, high, strict=False)]
    if not rows:
        return None
    frame = ranked(rows, ("series", "x", "y", "low", "high"))
    names = list(dict.fromkeys(row[0] for row in rows))
    looks = {each: Look(role_of(each, roles), k % _MOST_ARMS) for k, each in enumerate(names)}
    banded = frame["low"].is_not_null().any()
    title, x_title = str(curve.get("title") or "Response"), str(curve.get("x") or "")
    caption = "Line: mean; band: 90% interval." if banded else ""
    level = [Guide("y", 0.0)]
    chart = Chart("lines", frame, title, x_title, str(curve.get("y") or ""), caption, looks=looks, guides=level)
    return figure(name, chart, draw=draw)


def interval_figure(
    name: str, title: str, rows: Sequence[Mapping[str, Any]], *, unit: str, draw: bool
) -> PageFigure | None:
    """Means with their intervals, one below another, against the zero line.

    Parameters
    ----------
    rows : {"name", "role", "mean", "low", "high"}; a row without a mean is counted in the caption.
    unit : shared by all rows.
    """
    known = [row for row in rows if finite(row.get("mean")) is not None]
    if not known:
        return None
    caption = "Dot: mean over draws from the prior; line: 90% interval."
    if len(known) < len(rows):
        caption += f" {len(rows) - len(known)} of {len(rows)} could not be estimated."
    chart = Chart("intervals", interval_frame(rows), title, unit, "", caption, guides=[Guide("x", 0.0)])
    return figure(name, replace(chart, looks={row["role"]: Look(row["role"]) for row in rows}), draw=draw)


def interval_frame(rows: Sequence[Mapping[str, Any]]) -> Any:
    """Rows of {"name", "role", "mean", "low", "high"} as the frame of an interval chart, coloured by role."""
    keys = ("mean", "low", "high")
    cells = [(str(row["name"]), str(row["role"]), *(finite(row.get(key)) for key in keys)) for row in rows]
    return ranked(cells, ("y", "series", "x", "low", "high"))


def record_figure(name: str, test: Mapping[str, Any], roles: Mapping[str, str], *, draw: bool) -> PageFigure | None:
    """The record's estimate over the estimates from simulated records, one histogram for each scenario.

    Where the histograms overlap at the record's line, the record could not have separated the scenarios.

    Parameters
    ----------
    test : {"estimate": {"value", "low", "high", "unit"}, "simulated": {scenario: [estimates]}, "estimator"}.
    roles : colour role by account.
    """
    simulated = {str(scenario): list(values or ()) for scenario, values in (test.get("simulated") or {}).items()}
    found = {scenario: [v for v in map(finite, values) if v is not None] for scenario, values in simulated.items()}
    first = [scenario for scenario in roles if scenario in found]
    order = [scenario for scenario in (*first, *(name for name in found if name not in first)) if found[scenario]]
    if not order:
        return None
    measured: Mapping[str, Any] = test.get("estimate") or {}
    value, low, high = (finite(measured.get(key)) for key in ("value", "low", "high"))
    domain = _domain([found[scenario] for scenario in order], value)
    bars = {scenario: histogram(found[scenario], *domain, _BINS) for scenario in order}
    rows = [(scenario, x, y) for scenario in order for x, y in zip(*bars[scenario], strict=True)]
    panels = {scenario: f"simulated: {scenario}" for scenario in order}
    frame = ranked([(panels[s], panels[s], x, y) for s, x, y in rows], ("panel", "series", "x", "y"))
    guides = [] if value is None else [Guide("x", value, role="record", above=True)]
    if low is not None and high is not None:
        guides.append(Guide("x", max(low, domain[0]), min(high, domain[1]), role="record"))
    chart = Chart(
        "bars",
        frame,
        "The record among simulated records",
        f"estimate{f', {unit}' if (unit := str(measured.get('unit') or '')) else ''}",
        caption=" ".join([*_reading_of_histograms(value, low), *_notes(simulated, found, order, domain, (low, high))]),
        looks={panels[scenario]: Look(role_of(scenario, roles)) for scenario in order},
        guides=guides,
        x_domain=domain,
        y_domain=(0.0, max(y for _, _, y in rows)),
    )
    label, table = _quantiles(test, found, order)
    return replace(figure(name, chart, draw=draw, label=label, table=table), legend=())


def _reading_of_histograms(value: float | None, low: float | None) -> list[str]:
    record = "" if value is None else f"Line: the record{'' if low is None else '; shaded: its interval'}. "
    return [f"{record}Bars: simulated records."]


def _domain(groups: Sequence[Sequence[float]], value: float | None) -> tuple[float, float]:
    pooled = np.concatenate([np.asarray(group, dtype=float) for group in groups])
    low, high = (float(v) for v in np.quantile(pooled, [0.005, 0.995]))
    if value is not None:
        low, high = min(low, value), max(high, value)
    width = high - low or max(abs(high), 1.0) * 0.2
    return low - 0.08 * width, high + 0.08 * width


def _notes(
    simulated: Mapping[str, Sequence[Any]],
    found: Mapping[str, Sequence[float]],
    order: Sequence[str],
    domain: tuple[float, float],
    interval: tuple[float | None, float | None],
) -> list[str]:
    """A note on what the picture leaves out."""
    (start, end), (low, high) = domain, interval
    notes = [
        f"{len(values) - len(found[scenario])} of {len(values)} records simulated under {scenario} gave no estimate."
        for scenario, values in simulated.items()
        if len(found[scenario]) < len(values)
    ]
    outside = {scenario: sum(not start <= v <= end for v in found[scenario]) for scenario in order}
    if any(outside.values()):
        cut = " and ".join(f"{count} ({scenario})" for scenario, count in outside.items() if count)
        notes.append(f"Estimates beyond the axis are counted in the outermost bars: {cut}.")
    if (low is not None and low < start) or (high is not None and high > end):
        notes.append("The record's interval runs on beyond the axis.")
    return notes


def _quantiles(
    test: Mapping[str, Any], found: Mapping[str, Sequence[float]], order: Sequence[str]
) -> tuple[str, PageTable]:
    """The description and the table: quantiles of the simulated estimates, and the record's estimate."""
    rows: list[tuple[Markup | str, ...]] = []
    words = []
    for scenario in order:
        at = [float(v) for v in np.quantile(found[scenario], [0.05, 0.25, 0.5, 0.75, 0.95])]
        rows.append((f"simulated: {scenario}", number(len(found[scenario])), *map(number, at)))
        words.append(f"{scenario}: median {plain(at[2])}, 90% between {plain(at[0])} and {plain(at[4])}")
    measured: Mapping[str, Any] = test.get("estimate") or {}
    value, low, high = (finite(measured.get(key)) for key in ("value", "low", "high"))
    rows.append(("the record", number(measured.get("n")), number(low), "", number(value), "", number(high)))
    record = "not estimable" if value is None else plain(value)
    label = f"Estimates from simulated records, by scenario, and the record's. {'; '.join(words)}; record: {record}."
    estimator = test.get("estimator") or "the estimator"
    caption = f"Estimates by {estimator}. For the record: its interval's ends and the estimate."
    return label, PageTable(caption, ("Source", "n", "5%", "25%", "Median", "75%", "95%"), tuple(rows))


# -- overview of weights -----------------------------------------------------------------------------------------------

_OVERVIEW = {
    "supported": Look("supported"),
    "contradicted": Look("contradicted", shape=1),
    "open": Look("undetermined", shape=3),
}


def overview_figure(name: str, pages: Sequence[Mapping[str, Any]], *, draw: bool) -> PageFigure | None:
    """Every test's weight of evidence on a log scale, grey if it leaves the claim open.

    Parameters
    ----------
    pages : claims with "claim", "verdict" and "tests", each with "record", "title", "weight", "verdict".
    """
    entries: list[tuple[str, str, str, float | None]] = [
        (
            str(page["claim"]),
            str(test.get("title") or test.get("record") or ""),
            str(test.get("verdict") or page.get("verdict")),
            _weight(test.get("weight")),
        )
        for page in pages
        for test in page.get("tests") or ()
    ]
    known = [weight for *_, weight in entries if weight is not None]
    if not known:
        return None
    untested = [str(page["claim"]) for page in pages if not page.get("tests")]
    caption = (
        "One mark for each record on which a claim was tested. A weight of 10 means that the estimate is ten times as "
        "likely where the claim holds as where it does not; 1/10 means the reverse; 1 says nothing. Grey: open."
    )
    if len(known) < len(entries):
        caption += f" {len(entries) - len(known)} of {len(entries)} weights could not be estimated."
    if untested:
        caption += f" Tested on no record: {', '.join(untested)}."
    within = [abs(math.log10(weight)) for weight in known if 0 < weight < math.inf]
    decades = min(6, max(1, math.ceil(max(within, default=1.0) - 1e-9)))
    domain = (10.0**-decades, 10.0**decades)

    def chart(named: Sequence[str]) -> Chart:
        rows = [
            (row, verdict if verdict in _OVERVIEW else "open", held, min(held, 1.0), max(held, 1.0))
            for row, (_, _, verdict, weight) in zip(named, entries, strict=True)
            for held in [None if weight is None else min(max(weight, 1e-9), 1e9)]
            if held is not None
        ]
        return Chart(
            "intervals",
            ranked(rows, ("y", "series", "x", "low", "high")),
            "Weight of evidence, claim by claim",
            "← against the claim · weight · for the claim →",
            caption=caption,
            log_x=True,
            fractions=10,
            looks=_OVERVIEW,
            guides=[Guide("x", 1.0)],
            x_domain=domain,
        )

    decided = sum(weight is not None and verdict in _OVERVIEW for *_, verdict, weight in entries)
    table = PageTable(
        "Weight of evidence by claim and record.",
        ("Claim", "Record", "Weight", "Verdict on this record"),
        tuple((claim, title, number(weight), verdict) for claim, title, verdict, weight in entries),
    )
    label = f"Weight of evidence of {len(known)} tests on a log scale; {decided} decide their claim."
    narrow = chart([claim for claim, *_ in entries])
    wide = chart([f"{claim}  {title}" for claim, title, *_ in entries])
    made = figure(name, narrow, draw=draw, label=label, table=table, wide=wide)
    return replace(made, legend=narrow.legend)


def _weight(value: Any) -> float | None:
    """A likelihood ratio: at least 0, and infinite if the other account never produced what was observed."""
    if isinstance(value, float) and math.isinf(value) and value > 0:
        return value
    found = finite(value)
    return found if found is not None and found >= 0 else None
