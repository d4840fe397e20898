"""Plots of an evidence dossier: the record's course, who brings what, what follows an act, and what was checked."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from markupsafe import Markup

from groundswell.report.drawing import COLOURS, WIDTH, Chart, chart, layer, lettering, point, quantitative, render, rule
from groundswell.report.numbers import estimate, finite, number, plain
from groundswell.report.plots import Figure, Table, curve_figure, row_label, shortened, span_layers

KIND_ROLES = {
    "protest": "account-1",
    "strike": "account-4",
    "violence": "account-2",
    "repression": "account-3",
    "concession": "supported",
}
"""Colour of each kind of event, the same in every plot; other kinds are grey."""

Row = Mapping[str, Any]


def role_of_kind(kind: str) -> str:
    """The colour role of a kind of event."""
    return KIND_ROLES.get(kind, "muted")


# -- the course of the record -----------------------------------------------------------------------------------------


def course_figure(name: str, row: Row, kind: str, fitted: Row | None, *, draw: bool) -> Figure | None:
    """Draw the counts of one kind over time, with the fitted baseline where there is one.

    Parameters
    ----------
    name : identity of the figure in the page, unique.
    row : a series: dates, counts by kind, unit, per_point, events.
    kind : which of its kinds.
    fitted : a fit's course: dates, baseline by kind, breaks by kind; None without a fit.
    draw : whether to draw; the table is made in any case.
    """
    dates = [_day(text) for text in row["dates"]]
    counts = [finite(value) for value in row["counts"].get(kind, ())]
    if not any(value for value in counts if value is not None):
        return None
    place = "" if row["place"] == "all" else f"{row['place']}: "
    unit, width = str(row["unit"]), int(row["per_point"])
    per = f"{kind} per {unit}" + (f", means of {width} {unit}s" if width > 1 else "")
    total = int(row["events"].get(kind, 0))
    baseline = _pairs(fitted, "baseline", kind) if fitted else []
    breaks = [_day(text) for text in (fitted or {}).get("breaks", {}).get(kind, ())]
    known = [(d, v) for d, v in zip(dates, counts, strict=True) if v is not None]
    top = max(known, key=lambda pair: pair[1])
    label = f"{place}{total:,} events of {kind} from {dates[0]} to {dates[-1]}; most, {plain(top[1])}, at {top[0]}."
    caption = "Thin: what was recorded."
    legend: tuple[tuple[str, str], ...] = ()
    if baseline:
        caption = ""
        legend = (("faint line-0", "recorded"), (f"{role_of_kind(kind)} line-0", "baseline of the model"))
    if breaks:
        caption = f"Upright lines: level shifts that the model found, {', '.join(str(b) for b in breaks)}."
    step = max(1, -(-len(known) // 12))
    rows = tuple((str(d), number(v)) for d, v in known[::step])
    return Figure(
        name,
        title=f"{place}{kind}",
        label=label,
        table=Table(f"{kind}, evenly spaced points of the line.", ("From", per), rows),
        svg=render(_course_chart(known, baseline, breaks, role_of_kind(kind)), name) if draw else None,
        vertical=per,
        caption=caption if baseline or breaks else "",
        legend=legend,
    )


def _day(text: str) -> date:
    return date.fromisoformat(text)


def _pairs(fitted: Row, what: str, kind: str) -> list[tuple[date, float]]:
    values = fitted.get(what, {}).get(kind, ())
    return [(_day(d), v) for d, raw in zip(fitted["dates"], values, strict=True) if (v := finite(raw)) is not None]


def _milliseconds(day: date) -> int:
    return (day.toordinal() - date(1970, 1, 1).toordinal()) * 86_400_000


def _time_axis() -> Chart:
    return {
        "field": "x",
        "type": "temporal",
        "title": None,
        "scale": {"type": "utc"},
        "axis": {"grid": False, "tickCount": 5, "labelFlush": True},
    }


def _course_chart(
    known: Sequence[tuple[date, float]],
    baseline: Sequence[tuple[date, float]],
    breaks: Sequence[date],
    role: str,
) -> Chart:
    x, y = _time_axis(), quantitative("y", axis={"tickCount": 4})
    points = [{"x": _milliseconds(day), "y": value} for day, value in known]
    thin = {"type": "line", "color": COLOURS["faint" if baseline else role], "strokeWidth": 1}
    layers = (
        [layer([{"x": _milliseconds(day)} for day in breaks], rule("muted", strokeDash=[2, 3]), x=x)] if breaks else []
    )
    layers.append(layer(points, thin, x=x, y=y))
    if baseline:
        course = [{"x": _milliseconds(day), "y": value} for day, value in baseline]
        layers.append(layer(course, {"type": "line", "color": COLOURS[role], "strokeWidth": 2}, x=x, y=y))
    return chart(layers, height=130)


# -- who brings what --------------------------------------------------------------------------------------------------


def ratio(row: Row) -> float | None:
    """The branching ratio of a pair."""
    return finite((row.get("branching_ratio") or {}).get("value"))


def pair_figure(name: str, rows: Sequence[Row], unit: str, *, draw: bool) -> Figure | None:
    """Draw the branching ratio of every ordered pair with its interval; what cannot be told is grey."""
    known = [row for row in rows if ratio(row) is not None]
    if not known:
        return None
    shown = [
        {
            "name": f"{row['source']} → {row['target']}",
            "role": role_of_kind(str(row["source"])) if row["status"] == "found" else "faint",
            "mean": ratio(row),
            "low": row["branching_ratio"]["low"],
            "high": row["branching_ratio"]["high"],
        }
        for row in known
    ]
    words = "; ".join(f"{row['name']}: {plain(float(row['mean']))}" for row in shown)
    table = Table(
        "Branching ratios.",
        ("Source → target", "Events brought about per event"),
        tuple((str(row["name"]), estimate(row["mean"], row["low"], row["high"])) for row in shown),
    )
    return Figure(
        name,
        title="Events brought about per event",
        label=f"Branching ratios with 95% intervals. {words}.",
        table=table,
        svg=render(_interval_chart(shown), name) if draw else None,
        horizontal=f"further events per event, beyond the {unit} itself",
        caption="Dot: estimate; line: 95% interval. Coloured: found. Grey: not told from chance, or no verdict.",
    )


def _interval_chart(rows: Sequence[Row], *, domain: tuple[float, float] | None = None) -> Chart:
    ends = [v for row in rows for v in (finite(row.get(key)) for key in ("mean", "low", "high")) if v is not None]
    start, end = domain or (min(*ends, 0.0), max(*ends, 0.0))
    if domain is None:
        width = end - start or 1.0
        start, end = (start if start == 0 else start - 0.06 * width), end + 0.06 * width
    size = len(rows)
    x = quantitative("x", domain=(start, end), axis={"grid": True, "tickCount": 5})
    y = quantitative("y", domain=(0, size), axis=None)
    layers = [layer([{"x": 0.0}], rule("muted"), x=x)] if start <= 0 <= end else []
    for place, row in enumerate(rows):
        base, role = float(size - 1 - place), str(row["role"])
        words = "muted" if role == "faint" else role
        layers.append(row_label(shortened(str(row["name"]), 46), start, base + 0.92, words, x, y))
        low, high = finite(row.get("low")), finite(row.get("high"))
        layers.extend(span_layers(float(row["mean"]), low, high, base + 0.26, (start, end), role, x, y))
    return chart(layers, height=36 * size + 26)


# -- what was checked -------------------------------------------------------------------------------------------------


def quantile_figure(name: str, quantiles: Row, kinds: Sequence[str], *, draw: bool) -> Figure | None:
    """Draw the residuals of a fit, which lie on the diagonal where the model is right."""
    expected = [finite(value) for value in quantiles.get("expected", ())]
    present = [kind for kind in kinds if quantiles.get(kind)]
    if not expected or not present:
        return None
    x = quantitative("x", domain=(0, 1), axis={"grid": False, "tickCount": 5})
    y = quantitative("y", domain=(0, 1), axis={"tickCount": 5})
    layers = [
        layer(
            [{"x": 0, "y": 0}, {"x": 1, "y": 1}],
            {"type": "line", "color": COLOURS["muted"], "strokeWidth": 1},
            x=x,
            y=y,
        )
    ]
    worst = {}
    for kind in present:
        seen = [finite(value) for value in quantiles[kind]]
        points = [{"x": a, "y": b} for a, b in zip(expected, seen, strict=True)]
        worst[kind] = max(abs(a - b) for a, b in zip(expected, seen, strict=True) if a is not None and b is not None)
        line = {"type": "line", "color": COLOURS[role_of_kind(kind)], "strokeWidth": 2}
        layers.append(layer(points, line, x=x, y=y))
    rows = tuple((kind, number(gap)) for kind, gap in worst.items())
    told = "; ".join(f"{kind}: {plain(gap)}" for kind, gap in worst.items())
    return Figure(
        name,
        title="Residuals against what the model expects",
        label=f"Quantiles of the residuals against those of a uniform distribution. Largest gap, {told}.",
        table=Table("Largest gap between the residuals and the diagonal.", ("Kind", "Gap"), rows),
        svg=render(chart(layers, height=200), name) if draw else None,
        vertical="residuals, sorted",
        horizontal="expected",
        caption="A line on the diagonal: the model gives counts as spread as those recorded.",
        legend=tuple((f"{role_of_kind(kind)} line-0", kind) for kind in present),
    )


def sensitivity_figure(
    name: str, rows: Sequence[Row], variants: Sequence[Row], kinds: Sequence[str], *, draw: bool
) -> Figure | None:
    """Draw every branching ratio under every variant of the model, beside the one that is reported."""
    if not rows or len(variants) < 2:
        return None
    place = {kind: at for at, kind in enumerate(kinds)}

    def value(row: Row, variant: Row) -> float | None:
        return finite(variant["branching"][place[row["source"]]][place[row["target"]]])

    found = {id(row): [(v, value(row, v)) for v in variants] for row in rows}
    ends = [v for row in rows for v in (*(n for _, n in found[id(row)]), ratio(row)) if v is not None]
    if not ends:
        return None
    end = (max(ends) or 0.1) * 1.08
    size = len(rows)
    x = quantitative("x", domain=(0, end), axis={"grid": True, "tickCount": 5})
    y = quantitative("y", domain=(0, size), axis=None)
    layers: list[Chart] = []
    for at, row in enumerate(rows):
        base, role = float(size - 1 - at), role_of_kind(str(row["source"]))
        layers.append(row_label(f"{row['source']} → {row['target']}", 0, base + 0.92, role, x, y))
        known = [n for _, n in found[id(row)] if n is not None]
        if known:
            line = [{"x": min(known), "x2": max(known), "y": base + 0.26}]
            layers.append(layer(line, rule("faint", strokeWidth=1), x=x, x2={"field": "x2"}, y=y))
        for fits, role_of_ring in ((True, "muted"), (False, "contradicted")):
            ring = {"type": "point", "shape": "circle" if fits else "cross", "color": COLOURS[role_of_ring], "size": 36}
            points = [{"x": n, "y": base + 0.26} for v, n in found[id(row)] if n is not None and v["passed"] is fits]
            if points:
                layers.append(layer(points, {**ring, "opacity": 1}, x=x, y=y))
        if (own := ratio(row)) is not None:
            layers.append(layer([{"x": own, "y": base + 0.26}], point(role), x=x, y=y))
    head = ("Variant", "Fits", *(f"{row['source']} → {row['target']}" for row in rows))
    table_rows: list[tuple[Markup | str, ...]] = [
        (str(v["name"]), "yes" if v["passed"] else "no", *(number(value(row, v)) for row in rows)) for v in variants
    ]
    return Figure(
        name,
        title="Sensitivity to the model",
        label=f"Branching ratios under {len(variants)} variants of the model.",
        table=Table("Branching ratios under each variant of the model.", head, tuple(table_rows)),
        svg=render(chart(layers, height=30 * size + 26), name) if draw else None,
        horizontal="events brought about per event",
        caption="Filled: reported. Rings: variants of the baseline that fit. Crosses: variants that do not.",
    )


def forest_figure(name: str, row: Row, places: Sequence[Row], kinds: Sequence[str], *, draw: bool) -> Figure | None:
    """Draw one pair's branching ratio in every place, given the population, with the mean over places above them."""
    j, k = kinds.index(str(row["source"])), kinds.index(str(row["target"]))
    shown = []
    for place in places:
        value = finite(place["shrunken"][j][k])
        if value is not None:
            low, high = finite(place["shrunken_low"][j][k]), finite(place["shrunken_high"][j][k])
            shown.append({"name": str(place["name"]), "mean": value, "low": low, "high": high, "role": "muted"})
    if len(shown) < 2:
        return None
    shown.sort(key=lambda each: (-each["mean"], each["name"]))
    own = row["branching_ratio"]
    pair = f"{row['source']} → {row['target']}"
    mean = {"name": "mean over places", "mean": own["value"], "low": own["low"], "high": own["high"]}
    rows = [{**mean, "role": role_of_kind(str(row["source"]))}, *shown]
    return Figure(
        name,
        title=f"{pair}, by place",
        label=f"{pair}: mean {plain(float(own['value']))} over {len(shown)} places, which range from "
        f"{plain(shown[-1]['mean'])} to {plain(shown[0]['mean'])}.",
        table=Table(
            f"{pair}, by place, given the population of places.",
            ("Place", "Events brought about per event"),
            tuple((str(each["name"]), estimate(each["mean"], each["low"], each["high"])) for each in rows),
        ),
        svg=render(_forest_chart(rows), name) if draw else None,
        horizontal="events brought about per event",
        caption="Dot: estimate, drawn towards the mean where a place says little; line: 95% interval.",
    )


def _forest_chart(rows: Sequence[Row]) -> Chart:
    left, step = 118, 17
    ends = [v for row in rows for v in (finite(row.get(key)) for key in ("mean", "low", "high")) if v is not None]
    end = 1.06 * (max(ends) or 1.0)
    size = len(rows)
    x = quantitative("x", domain=(0, end), axis={"grid": True, "tickCount": 4, "orient": "top"})
    y = quantitative("y", domain=(size, 0), axis=None)
    layers: list[Chart] = []
    for at, row in enumerate(rows):
        height, role = at + 0.5, str(row["role"])
        words = [{"x": 0, "y": height, "text": shortened(str(row["name"]), 18)}]
        layers.append(
            layer(words, lettering(role, dx=-left, fontSize=11, fontWeight=600 if at == 0 else 400), x=x, y=y)
        )
        layers.extend(
            span_layers(float(row["mean"]), finite(row["low"]), finite(row["high"]), height, (0, end), role, x, y)
        )
    padding = {"left": left + 2, "right": 10, "top": 22, "bottom": 4}
    return {"layer": layers, "width": WIDTH - left - 12, "height": step * size, "padding": padding, "autosize": "none"}


def residual_figure(name: str, process: Row, *, draw: bool) -> Figure | None:
    """Draw the sums of standardised residuals over time, which stay within their band where the model is right."""
    path = {str(kind): [finite(v) for v in values] for kind, values in (process.get("path") or {}).items()}
    band = finite(process.get("band"))
    if not path or band is None:
        return None
    dates = [_milliseconds(_day(text)) for text in process["dates"]]
    x = _time_axis()
    most = max(band, *(abs(v) for values in path.values() for v in values if v is not None)) * 1.05
    y = quantitative("y", domain=(-most, most), axis={"tickCount": 5})
    edges = [{"x": dates[0], "x2": dates[-1], "y": -band, "y2": band}]
    area = {"type": "rect", "color": COLOURS["grid"], "opacity": 0.6}
    layers = [layer(edges, area, x=x, x2={"field": "x2"}, y=y, y2={"field": "y2"})]
    for kind, values in path.items():
        points = [{"x": at, "y": v} for at, v in zip(dates, values, strict=True)]
        line = {"type": "line", "color": COLOURS[role_of_kind(kind)], "strokeWidth": 1.5}
        layers.append(layer(points, line, x=x, y=y))
    largest = {kind: max(abs(v) for v in values if v is not None) for kind, values in path.items()}
    told = "; ".join(f"{kind}: {plain(value)}" for kind, value in largest.items())
    rows = tuple((kind, number(value)) for kind, value in largest.items())
    return Figure(
        name,
        title="Residuals over time",
        label=f"Sums of standardised residuals over time; largest departure, {told}; band {plain(band)}.",
        table=Table("Largest departure from zero.", ("Kind", "Departure"), rows),
        svg=render(chart(layers, height=160), name) if draw else None,
        vertical="sum of standardised residuals",
        caption="Shaded: where the sums stay in 95 of 100 records if the model is right.",
        legend=tuple((f"{role_of_kind(kind)} line-0", kind) for kind in path),
    )


def placebo_figure(
    name: str, title: str, recorded: Any, others: Sequence[Any], unit: str, *, draw: bool
) -> Figure | None:
    """Draw what the placebos gave beside what the record gives."""
    values = [v for v in map(finite, others) if v is not None]
    seen = finite(recorded)
    if not values or seen is None:
        return None
    bins = min(24, max(6, round(math.sqrt(len(values)))))
    low, high = min(*values, seen, 0.0), max(*values, seen)
    width = (high - low) or 1.0
    start, end = low - 0.04 * width, high + 0.06 * width
    x = quantitative("x", domain=(start, end), axis={"grid": False, "tickCount": 5})
    y = quantitative("y", domain=(0, 1.25), axis=None)
    layers: list[Chart] = []
    if len(values) <= 20:
        dot = {"type": "point", "shape": "circle", "color": COLOURS["muted"], "size": 50, "opacity": 0.9}
        layers.append(layer([{"x": v, "y": 0.3} for v in values], dot, x=x, y=y))
    else:
        step = (end - start) / bins
        held = [0] * bins
        for value in values:
            held[min(bins - 1, int((value - start) / step))] += 1
        most = max(held)
        bars = [
            {"x": start + i * step, "x2": start + (i + 0.94) * step, "y": 0, "y2": c / most}
            for i, c in enumerate(held)
            if c
        ]
        bar = {"type": "rect", "color": COLOURS["faint"], "opacity": 0.8}
        layers.append(layer(bars, bar, x=x, x2={"field": "x2"}, y=y, y2={"field": "y2"}))
    layers.append(layer([{"x": seen, "y": 0, "y2": 1.1}], rule("record", strokeWidth=2), x=x, y=y, y2={"field": "y2"}))
    layers.append(layer([{"x": seen, "y": 1.1}], point("record"), x=x, y=y))
    beyond = sum(abs(value) >= abs(seen) for value in values)
    return Figure(
        name,
        title=title,
        label=f"{title}: {len(values)} placebos from {plain(min(values))} to {plain(max(values))}; "
        f"the record {plain(seen)}.",
        table=Table(
            f"{title}.",
            ("", unit),
            (
                ("the record", number(seen)),
                ("placebos, least", number(min(values))),
                ("placebos, most", number(max(values))),
                ("placebos at least as far from nothing", f"{beyond} of {len(values)}"),
            ),
        ),
        svg=render(chart(layers, height=110), name) if draw else None,
        horizontal=unit,
        caption=f"Line: the record. Grey: {len(values)} placebos, in which there can be no effect.",
    )


# -- what follows an act ----------------------------------------------------------------------------------------------


def response_figure(name: str, title: str, rows: Sequence[Row], *, draw: bool) -> Figure | None:
    """Draw effect curves with their bands, one line for each group of acts, as a change in per cent."""
    roles: dict[str, str] = {}
    series = []
    for row, role in zip(rows, ("record", "account-1", "account-2", "account-3"), strict=False):
        label = f"{row['group']} ({row['n_acts']})"
        roles[label] = role
        parts = (("y", "curve"), ("low", "low"), ("high", "high"))
        curve = {key: [_change(value) for value in row[source]] for key, source in parts}
        series.append({"name": label, "x": row["lags"], **curve})
    if not series:
        return None
    unit = str(rows[0]["unit"])
    words = "change against dates without an act, %"
    stated = {"title": title, "x": f"{unit}s from the act", "y": words, "series": series}
    return curve_figure(name, stated, roles, draw=draw, band="95% interval", marks=True)


def _change(log_ratio: Any) -> float | None:
    found = finite(log_ratio)
    return None if found is None else 100 * math.expm1(min(found, 2.5))
