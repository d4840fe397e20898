"""Figures of an evidence dossier: the record's course, which events trigger which, what follows an act, and checks.

Each is declared here as a chart of the contents of a dossier.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from markupsafe import Markup

from groundswell.charts import Chart, Guide, Look, histogram
from groundswell.report.claim_figures import interval_frame
from groundswell.report.figures import PageFigure, PageTable, figure, ranked
from groundswell.report.numbers import finite, number, plain

KIND_ROLES = {
    "protest": "account-1",
    "strike": "account-4",
    "violence": "account-2",
    "repression": "account-3",
    "concession": "supported",
}
"""The colour of each kind of event, the same in every plot; other kinds are grey."""

Row = Mapping[str, Any]


def role_of_kind(kind: str) -> str:
    """The colour role of a kind of event."""
    return KIND_ROLES.get(kind, "muted")


def _looks(kinds: Iterable[str], width: float = 2) -> dict[str, Look]:
    """A colour by kind and a dash by position, so that two kinds without their own colour also differ."""
    return {str(kind): Look(role_of_kind(str(kind)), place % 4, width=width) for place, kind in enumerate(kinds)}


# -- the course of the record -----------------------------------------------------------------------------------------


def course_figure(name: str, row: Row, kind: str, fitted: Row | None, *, draw: bool) -> PageFigure | None:
    """The counts of one kind over time, with the fitted baseline if there is one.

    Parameters
    ----------
    row : a series: dates, counts by kind, unit, per_point, events.
    kind : one of its kinds.
    fitted : a fit's course: dates, baseline by kind, breaks by kind; None without a fit.
    """
    dates, counts = _days(row["dates"]), [finite(value) for value in row["counts"].get(kind, ())]
    if not any(value for value in counts if value is not None):
        return None
    place = "" if row["place"] == "all" else f"{row['place']}: "
    unit, width = str(row["unit"]), int(row["per_point"])
    fitted = fitted or {}
    baseline = [finite(value) for value in fitted.get("baseline", {}).get(kind, ())]
    breaks = _days(fitted.get("breaks", {}).get(kind, ()))
    points = [("recorded", d, v) for d, v in zip(dates, counts, strict=True) if v is not None]
    top = max(points, key=lambda point: point[2])
    own = role_of_kind(kind)
    looks = {"recorded": Look("faint" if baseline else own, width=1), "baseline of the model": Look(own)}
    if baseline:
        fit = zip(_days(fitted["dates"]), baseline, strict=True)
        points += [("baseline of the model", d, v) for d, v in fit if v is not None]
    found = f"Upright lines: level shifts that the model found, {', '.join(map(str, breaks))}." if breaks else ""
    per = f"{kind} per {unit}" + (f", means of {width} {unit}s" if width > 1 else "")
    chart = Chart(
        "lines",
        ranked(points, ("series", "x", "y")),
        f"{place}{kind}",
        y=per,
        caption=found,
        looks=looks,
        guides=[Guide("x", day, above=True) for day in breaks],
        height=130,
    )
    total = int(row["events"].get(kind, 0))
    label = f"{place}{total:,} events of {kind} from {dates[0]} to {dates[-1]}; most, {plain(top[2])}, at {top[1]}."
    made = figure(name, chart, draw=draw, label=label)
    return made if baseline else replace(made, legend=())


def _days(texts: Iterable[str]) -> list[date]:
    return [date.fromisoformat(text) for text in texts]


# -- which events trigger which ----------------------------------------------------------------------------------------


def ratio(row: Row) -> float | None:
    """The branching ratio of a pair."""
    return finite((row.get("branching_ratio") or {}).get("value"))


def _pair(row: Row) -> str:
    return f"{row['source']} → {row['target']}"


def _estimate(row: Row, name: str, role: str) -> dict[str, Any]:
    own = row["branching_ratio"]
    return {"name": name, "role": role, "mean": own["value"], "low": own["low"], "high": own["high"]}


def _interval_chart(rows: Sequence[Row], title: str, x: str, caption: str) -> Chart:
    looks = {str(row["role"]): Look(str(row["role"])) for row in rows}
    return Chart("intervals", interval_frame(rows), title, x, "", caption, looks=looks, guides=[Guide("x", 0.0)])


def pair_figure(name: str, rows: Sequence[Row], unit: str, *, draw: bool) -> PageFigure | None:
    """The branching ratio of every ordered pair with its interval; undecided pairs are grey."""
    known = [row for row in rows if ratio(row) is not None]
    if not known:
        return None
    shown = [
        _estimate(row, _pair(row), role_of_kind(str(row["source"])) if row["status"] == "found" else "faint")
        for row in known
    ]
    title, x = "Events triggered per event", f"further events per event, beyond the {unit} itself"
    caption = "Dot: estimate; line: 95% interval. Coloured: found. Grey: not distinguished from chance, or no verdict."
    return figure(name, _interval_chart(shown, title, x, caption), draw=draw)


def forest_figure(name: str, row: Row, places: Sequence[Row], kinds: Sequence[str], *, draw: bool) -> PageFigure | None:
    """One pair's branching ratio in every place, given the population, with the mean over places above them."""
    j, k = kinds.index(str(row["source"])), kinds.index(str(row["target"]))
    shown = [
        {"name": str(place["name"]), "role": "muted", "mean": value, "low": low[j][k], "high": high[j][k]}
        for place in places
        for low, high in [(place["shrunken_low"], place["shrunken_high"])]
        if (value := finite(place["shrunken"][j][k])) is not None
    ]
    if len(shown) < 2:
        return None
    shown.sort(key=lambda each: (-each["mean"], each["name"]))
    rows = [_estimate(row, "mean over places", role_of_kind(str(row["source"]))), *shown]
    pair, x = _pair(row), "events triggered per event"
    caption = "Dot: estimate, drawn towards the mean where a place says little; line: 95% interval."
    label = (
        f"{pair}: mean {plain(float(row['branching_ratio']['value']))} over {len(shown)} places, which range from "
        f"{plain(shown[-1]['mean'])} to {plain(shown[0]['mean'])}."
    )
    return figure(name, _interval_chart(rows, f"{pair}, by place", x, caption), draw=draw, label=label)


# -- what was checked -------------------------------------------------------------------------------------------------


def sensitivity_figure(
    name: str, rows: Sequence[Row], variants: Sequence[Row], kinds: Sequence[str], *, draw: bool
) -> PageFigure | None:
    """Every branching ratio under every variant of the model, next to the reported one."""
    if not rows or len(variants) < 2:
        return None
    place = {kind: at for at, kind in enumerate(kinds)}

    def value(row: Row, variant: Row) -> float | None:
        return finite(variant["branching"][place[row["source"]]][place[row["target"]]])

    points = [
        (_pair(row), "fits" if variant["passed"] else "does not fit", value(row, variant))
        for row, variant in itertools.product(rows, variants)
    ]
    points = [
        point for point in (*points, *((_pair(row), "reported", ratio(row)) for row in rows)) if point[2] is not None
    ]
    if not points:
        return None
    looks = {
        "reported": Look("record"), "fits": Look("account-1", shape=1), "does not fit": Look("contradicted", shape=4),
    }  # fmt: skip
    caption = "Reported, and under variants of the baseline: those that fit, and those that do not."
    title = "Sensitivity to the model"
    frame = ranked(points, ("y", "series", "x"))
    chart = Chart("intervals", frame, title, "events triggered per event", "", caption, looks=looks)
    head = ("Variant", "Fits", *(_pair(row) for row in rows))
    cells: list[tuple[Markup | str, ...]] = [
        (str(v["name"]), "yes" if v["passed"] else "no", *(number(value(row, v)) for row in rows)) for v in variants
    ]
    table = PageTable("Branching ratios under each variant of the model.", head, tuple(cells))
    label = f"Branching ratios under {len(variants)} variants of the model."
    return replace(figure(name, chart, draw=draw, label=label, table=table), legend=chart.legend)


def quantile_figure(name: str, quantiles: Row, kinds: Sequence[str], *, draw: bool) -> PageFigure | None:
    """The residuals of a fit, which lie on the diagonal if the model is right."""
    expected = [finite(value) for value in quantiles.get("expected", ())]
    seen = {kind: [finite(value) for value in quantiles[kind]] for kind in kinds if quantiles.get(kind)}
    if not expected or not seen:
        return None
    points = [(kind, x, y) for kind, own in seen.items() for x, y in zip(expected, own, strict=True)]
    diagonal = "as the model expects"
    points += [(diagonal, 0.0, 0.0), (diagonal, 1.0, 1.0)]
    known = [(kind, abs(x - y)) for kind, x, y in points if x is not None and y is not None]
    worst = {kind: max(gap for other, gap in known if other == kind) for kind in seen}
    chart = Chart(
        "lines",
        ranked(points, ("series", "x", "y")),
        "Residuals against what the model expects",
        "expected",
        "residuals, sorted",
        "A line on the diagonal: the model gives counts as spread as those recorded.",
        looks=_looks(seen) | {diagonal: Look("muted", width=1)},
        x_domain=(0.0, 1.0),
        y_domain=(0.0, 1.0),
    )
    label = f"Quantiles of the residuals against those of a uniform distribution. Largest gap, {_listed(worst)}."
    table = _by_kind("Largest gap between the residuals and the diagonal.", "Gap", worst)
    return figure(name, chart, draw=draw, label=label, table=table)


def _listed(values: Mapping[str, float]) -> str:
    return "; ".join(f"{kind}: {plain(value)}" for kind, value in values.items())


def _by_kind(caption: str, what: str, values: Mapping[str, float]) -> PageTable:
    return PageTable(caption, ("Kind", what), tuple((kind, number(value)) for kind, value in values.items()))


def residual_figure(name: str, process: Row, *, draw: bool) -> PageFigure | None:
    """The sums of standardised residuals over time, which stay within their band if the model is right."""
    path = {str(kind): [finite(v) for v in values] for kind, values in (process.get("path") or {}).items()}
    band = finite(process.get("band"))
    if not path or band is None:
        return None
    dates = _days(process["dates"])
    largest = {kind: max(abs(v) for v in values if v is not None) for kind, values in path.items()}
    most = max(band, *largest.values()) * 1.05
    chart = Chart(
        "lines",
        ranked([(k, *p) for k, own in path.items() for p in zip(dates, own, strict=True)], ("series", "x", "y")),
        "Residuals over time",
        y="sum of standardised residuals",
        caption="Shaded: where the sums stay in 95 of 100 records if the model is right.",
        looks=_looks(path, 1.5),
        guides=[Guide("y", -band, band, role="grid")],
        y_domain=(-most, most),
        height=160,
    )
    label = f"Sums of standardised residuals over time; largest departure, {_listed(largest)}; band {plain(band)}."
    return figure(
        name, chart, draw=draw, label=label, table=_by_kind("Largest departure from zero.", "Departure", largest)
    )


def placebo_figure(
    name: str, title: str, recorded: Any, others: Sequence[Any], unit: str, *, draw: bool, sets: int | None = None
) -> PageFigure | None:
    """The results of the placebos next to that of the record."""
    values = [v for v in map(finite, others) if v is not None]
    seen = finite(recorded)
    if not values or seen is None:
        return None
    many = sets or len(values)
    bins = min(24, max(6, round(math.sqrt(many))))
    low, high = min(*values, seen, 0.0), max(*values, seen)
    width = (high - low) or 1.0
    domain = (low - 0.04 * width, high + 0.06 * width)
    chart = Chart(
        "bars",
        ranked(list(zip(*histogram(values, *domain, bins), strict=True)), ("x", "y")),
        title,
        unit,
        caption=f"Line: the record. Grey: {many:,} placebos, in which there can be no effect.",
        looks={"": Look("faint")},
        guides=[Guide("x", seen, role="record", above=True, text="the record")],
        x_domain=domain,
        height=110,
    )
    beyond = sum(abs(value) >= abs(seen) for value in values)
    rows = (
        ("the record", number(seen)),
        ("placebos, least", number(min(values))),
        ("placebos, most", number(max(values))),
        ("placebos at least as far from nothing", f"{beyond / len(values):.1%} of {many}"),
    )
    label = f"{title}: {many} placebos from {plain(min(values))} to {plain(max(values))}; the record {plain(seen)}."
    return figure(name, chart, draw=draw, label=label, table=PageTable(f"{title}.", ("", unit), rows))


# -- what follows an act ----------------------------------------------------------------------------------------------


def response_figure(name: str, title: str, rows: Sequence[Row], *, draw: bool) -> PageFigure | None:
    """Effect curves with their bands, one line for each group of acts, as multiples of what was expected."""
    points: list[tuple[Any, ...]] = []
    looks = {}
    for place, (row, role) in enumerate(zip(rows, ("record", "account-1", "account-2", "account-3"), strict=False)):
        group = f"{row['group']} ({row['n_acts']})"
        looks[group] = Look(role, place)
        curve = zip(row["lags"], row["curve"], row["low"], row["high"], strict=False)
        points += [
            (group, float(lag), *map(_factor, values)) for lag, *values in curve if finite(values[0]) is not None
        ]
    if not points:
        return None
    ends = [value for point in points for value in point[2:] if value is not None]
    most = next((f for f in (2.0, 4.0, 8.0) if max(*ends, 1 / min(ends)) <= f), 8.0)
    unit = str(rows[0]["unit"])
    chart = Chart(
        "lines",
        ranked(points, ("series", "x", "y", "low", "high")),
        title,
        f"{unit}s from the act",
        "multiple of what was expected",
        "Line: mean over acts; band: 95% interval, cut off at the edges. On 1: as expected.",
        log_y=True,
        fractions=2,
        looks=looks,
        guides=[Guide("y", 1.0), Guide("x", 0.0, role="faint", above=True)],
        y_domain=(1 / most, most),
    )
    return figure(name, chart, draw=draw)


def _factor(log_ratio: Any) -> float | None:
    found = finite(log_ratio)
    return None if found is None else math.exp(min(max(found, -5.0), 5.0))


# -- waves and spread -------------------------------------------------------------------------------------------------

_NOISE, _RARE = "red noise", "what red noise exceeds once in twenty records"


def spectrum_figure(name: str, row: Row, *, draw: bool) -> PageFigure | None:
    """The spectrum of a series relative to red noise of the same persistence, and the band below which noise stays."""
    found = row.get("spectrum") or {}
    unit = str(found.get("unit") or "step")
    columns = [[finite(v) for v in found.get(key) or ()] for key in ("frequency", "power", "red", "band")]
    known = [values for values in zip(*columns, strict=True) if all(v is not None and v > 0 for v in values)]
    if len(known) < 3:
        return None
    lines = ("the record", _NOISE, _RARE)
    points = [(line, 1 / (f or 1), own[at]) for at, line in enumerate(lines) for f, *own in known]
    kind = str(row["kind"])
    chart = Chart(
        "lines",
        ranked(points, ("series", "x", "y")),
        f"{kind.capitalize()}: spectrum",
        f"period, {unit}s",
        "power",
        "A wave stands out where the spectrum rises over the dashed line.",
        log_x=True,
        log_y=True,
        looks={"the record": Look(role_of_kind(kind)), _NOISE: Look("muted", 2, width=1), _RARE: Look("faint", 1)},
        height=170,
    )
    peak = (
        ("period", number(found["period"])),
        ("ratio to red noise", number(found["ratio"])),
        ("p", number(found["p"])),
    )
    content = f"highest over red noise at {plain(float(found['period']))} {unit}s, ratio {plain(float(found['ratio']))}"
    table = PageTable("The highest peak.", ("", "Value"), peak)
    return figure(name, chart, draw=draw, label=f"Power by period; {content}.", table=table)


def ebb_figure(name: str, row: Row, *, draw: bool) -> PageFigure | None:
    """Events before and after the peaks of all episodes, with the fitted growth and decay."""
    kind, unit = str(row["kind"]), str(row["unit"])
    points: list[tuple[str, float, float]] = []
    for sign, which in ((-1, "growth"), (1, "decay")):
        curve = (row.get(which) or {}).get("curve") or {}
        keys = ("time", "events", "expected", "watched")
        for t, events, expected, watched in zip(*(curve.get(key) or () for key in keys), strict=False):
            if finite(watched):
                x = sign * (float(t) + 1)
                points += [
                    ("recorded", x, float(events) / float(watched)),
                    (which, x, float(expected) / float(watched)),
                ]
    if len(points) < 8:
        return None
    points.sort(key=lambda point: (point[0] != "recorded", point[1]))
    words = f"{kind} per {unit} and episode"
    chart = Chart(
        "lines",
        ranked(points, ("series", "x", "y")),
        f"{kind.capitalize()}: before and after a peak",
        f"{unit}s from the peak, which is left out",
        words,
        "Dots: recorded. Lines: growth and decay, each fitted with one mean rate.",
        looks={
            "recorded": Look("muted", mark="points"),
            "growth": Look(role_of_kind(kind)),
            "decay": Look(role_of_kind(kind), 1),
        },
        guides=[Guide("x", 0.0, role="faint", above=True)],
        height=170,
    )
    return figure(name, chart, draw=draw)


def spread_figure(name: str, row: Row, *, draw: bool) -> PageFigure | None:
    """The number of places with their first protest by day, next to what the fitted model expects."""
    curve = row.get("curve") or {}
    lines = {"onsets": "recorded", "expected": "the model", "expected_from_others": "of these, by contagion"}
    held = {line: [finite(v) for v in curve[key]] for key, line in lines.items() if curve.get(key)}
    if "recorded" not in held:
        return None
    chart = Chart(
        "lines",
        ranked([(line, float(t), v) for line, own in held.items() for t, v in enumerate(own)], ("series", "x", "y")),
        "First protests by day",
        "days from the first",
        "places with their first protest on the day",
        looks={
            "recorded": Look("faint"),
            "the model": Look("record", 2),
            "of these, by contagion": Look("account-1", 1),
        },
    )
    label = f"Places with their first protest, by day, over {len(held['recorded'])} days."
    return figure(name, chart, draw=draw, label=label)
