"""Plots of an evidence dossier: the record's course, who brings what, what follows an act, and what was checked."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from markupsafe import Markup

from groundswell.drawing import COLOURS, WIDTH, Spec, chart, layer, lettering, point, quantitative, render, rule
from groundswell.report import shapes
from groundswell.report.numbers import estimate, finite, number, plain
from groundswell.report.plots import Figure, Table

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


def _course_chart(
    known: Sequence[tuple[date, float]],
    baseline: Sequence[tuple[date, float]],
    breaks: Sequence[date],
    role: str,
) -> Spec:
    x, y = shapes.time_axis(), quantitative("y", axis={"tickCount": 4})
    drawn = [shapes.Line("faint" if baseline else role, [(shapes.milliseconds(d), v) for d, v in known], width=1)]
    if baseline:
        drawn.append(shapes.Line(role, [(shapes.milliseconds(d), v) for d, v in baseline]))
    found = [shapes.uprights(x, [shapes.milliseconds(day) for day in breaks], "muted")] if breaks else []
    return shapes.lines(drawn, x, y, height=130, under=found)


# -- who brings what --------------------------------------------------------------------------------------------------


def ratio(row: Row) -> float | None:
    """The branching ratio of a pair."""
    return finite((row.get("branching_ratio") or {}).get("value"))


def pair_figure(name: str, rows: Sequence[Row], unit: str, *, draw: bool) -> Figure | None:
    """Draw the branching ratio of every ordered pair with its interval; what is undecided is grey."""
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
        svg=render(shapes.intervals(shown), name) if draw else None,
        horizontal=f"further events per event, beyond the {unit} itself",
        caption="Dot: estimate; line: 95% interval. Coloured: found. Grey: not distinguished from chance, or no "
        "verdict.",
    )


# -- what was checked -------------------------------------------------------------------------------------------------


def quantile_figure(name: str, quantiles: Row, kinds: Sequence[str], *, draw: bool) -> Figure | None:
    """Draw the residuals of a fit, which lie on the diagonal where the model is right."""
    expected = [finite(value) for value in quantiles.get("expected", ())]
    present = [kind for kind in kinds if quantiles.get(kind)]
    if not expected or not present:
        return None
    x = quantitative("x", domain=(0, 1), axis={"grid": False, "tickCount": 5})
    y = quantitative("y", domain=(0, 1), axis={"tickCount": 5})
    drawn = [shapes.Line("muted", [(0, 0), (1, 1)], width=1)]
    worst = {}
    for kind in present:
        seen = [finite(value) for value in quantiles[kind]]
        worst[kind] = max(abs(a - b) for a, b in zip(expected, seen, strict=True) if a is not None and b is not None)
        drawn.append(shapes.Line(role_of_kind(kind), list(zip(expected, seen, strict=True))))
    rows = tuple((kind, number(gap)) for kind, gap in worst.items())
    content = "; ".join(f"{kind}: {plain(gap)}" for kind, gap in worst.items())
    return Figure(
        name,
        title="Residuals against what the model expects",
        label=f"Quantiles of the residuals against those of a uniform distribution. Largest gap, {content}.",
        table=Table("Largest gap between the residuals and the diagonal.", ("Kind", "Gap"), rows),
        svg=render(shapes.lines(drawn, x, y, height=200), name) if draw else None,
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
    layers: list[Spec] = []
    for at, row in enumerate(rows):
        base, role = float(size - 1 - at), role_of_kind(str(row["source"]))
        layers.append(shapes.row_label(f"{row['source']} → {row['target']}", 0, base + 0.92, role, x, y))
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


def _forest_chart(rows: Sequence[Row]) -> Spec:
    left, step = 118, 17
    ends = [v for row in rows for v in (finite(row.get(key)) for key in ("mean", "low", "high")) if v is not None]
    end = 1.06 * (max(ends) or 1.0)
    size = len(rows)
    x = quantitative("x", domain=(0, end), axis={"grid": True, "tickCount": 4, "orient": "top"})
    y = quantitative("y", domain=(size, 0), axis=None)
    layers: list[Spec] = []
    for at, row in enumerate(rows):
        height, role = at + 0.5, str(row["role"])
        words = [{"x": 0, "y": height, "text": shapes.shortened(str(row["name"]), 18)}]
        layers.append(
            layer(words, lettering(role, dx=-left, fontSize=11, fontWeight=600 if at == 0 else 400), x=x, y=y)
        )
        layers.extend(
            shapes.span_layers(
                float(row["mean"]), finite(row["low"]), finite(row["high"]), height, (0, end), role, x, y
            )
        )
    padding = {"left": left + 2, "right": 10, "top": 22, "bottom": 4}
    return {"layer": layers, "width": WIDTH - left - 12, "height": step * size, "padding": padding, "autosize": "none"}


def residual_figure(name: str, process: Row, *, draw: bool) -> Figure | None:
    """Draw the sums of standardised residuals over time, which stay within their band where the model is right."""
    path = {str(kind): [finite(v) for v in values] for kind, values in (process.get("path") or {}).items()}
    band = finite(process.get("band"))
    if not path or band is None:
        return None
    dates = [shapes.milliseconds(_day(text)) for text in process["dates"]]
    x = shapes.time_axis()
    most = max(band, *(abs(v) for values in path.values() for v in values if v is not None)) * 1.05
    y = quantitative("y", domain=(-most, most), axis={"tickCount": 5})
    edges = [{"x": dates[0], "x2": dates[-1], "y": -band, "y2": band}]
    area = {"type": "rect", "color": COLOURS["grid"], "opacity": 0.6}
    under = [layer(edges, area, x=x, x2={"field": "x2"}, y=y, y2={"field": "y2"})]
    drawn = [
        shapes.Line(role_of_kind(k), list(zip(dates, values, strict=True)), width=1.5) for k, values in path.items()
    ]
    largest = {kind: max(abs(v) for v in values if v is not None) for kind, values in path.items()}
    content = "; ".join(f"{kind}: {plain(value)}" for kind, value in largest.items())
    rows = tuple((kind, number(value)) for kind, value in largest.items())
    return Figure(
        name,
        title="Residuals over time",
        label=f"Sums of standardised residuals over time; largest departure, {content}; band {plain(band)}.",
        table=Table("Largest departure from zero.", ("Kind", "Departure"), rows),
        svg=render(shapes.lines(drawn, x, y, height=160, under=under), name) if draw else None,
        vertical="sum of standardised residuals",
        caption="Shaded: where the sums stay in 95 of 100 records if the model is right.",
        legend=tuple((f"{role_of_kind(kind)} line-0", kind) for kind in path),
    )


def placebo_figure(
    name: str, title: str, recorded: Any, others: Sequence[Any], unit: str, *, draw: bool, sets: int | None = None
) -> Figure | None:
    """Draw what the placebos gave beside what the record gives."""
    values = [v for v in map(finite, others) if v is not None]
    seen = finite(recorded)
    if not values or seen is None:
        return None
    many = sets or len(values)
    bins = min(24, max(6, round(math.sqrt(many))))
    low, high = min(*values, seen, 0.0), max(*values, seen)
    width = (high - low) or 1.0
    start, end = low - 0.04 * width, high + 0.06 * width
    x = quantitative("x", domain=(start, end), axis={"grid": False, "tickCount": 5})
    y = quantitative("y", domain=(0, 1.25), axis=None)
    layers: list[Spec] = []
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
        label=f"{title}: {many} placebos from {plain(min(values))} to {plain(max(values))}; the record {plain(seen)}.",
        table=Table(
            f"{title}.",
            ("", unit),
            (
                ("the record", number(seen)),
                ("placebos, least", number(min(values))),
                ("placebos, most", number(max(values))),
                ("placebos at least as far from nothing", f"{beyond / len(values):.1%} of {many}"),
            ),
        ),
        svg=render(chart(layers, height=110), name) if draw else None,
        horizontal=unit,
        caption=f"Line: the record. Grey: {many:,} placebos, in which there can be no effect.",
    )


# -- what follows an act ----------------------------------------------------------------------------------------------


_FACTORS = (0.125, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0)


def response_figure(name: str, title: str, rows: Sequence[Row], *, draw: bool) -> Figure | None:
    """Draw effect curves with their bands, one line for each group of acts, as multiples of what was expected."""
    series = []
    for row, role in zip(rows, ("record", "account-1", "account-2", "account-3"), strict=False):
        points = [
            {"x": float(lag), **{key: _factor(row[source][at]) for key, source in _CURVE}}
            for at, lag in enumerate(row["lags"])
        ]
        points = [point for point in points if point["y"] is not None]
        if points:
            series.append({"name": f"{row['group']} ({row['n_acts']})", "role": role, "points": points})
    if not series:
        return None
    unit = str(rows[0]["unit"])
    words = []
    table: list[tuple[Markup | str, ...]] = []
    for one in series:
        top = max(one["points"], key=lambda p: p["y"])
        words.append(f"{one['name']}: most, {plain(top['y'])}, at {plain(top['x'])}")
        for p in one["points"][:: max(1, len(one["points"]) // 9)]:
            table.append((one["name"], plain(p["x"]), estimate(p["y"], p["low"], p["high"])))
    return Figure(
        name,
        title,
        label=f"{title}, as a multiple of what was expected, by {unit}s from the act. {'; '.join(words)}.",
        table=Table(
            f"{title}, evenly spaced lags.", ("Acts", f"{unit}s from the act", "Multiple of expected"), tuple(table)
        ),
        svg=render(_response_chart(series), name) if draw else None,
        vertical="multiple of what was expected",
        horizontal=f"{unit}s from the act",
        caption="Line: mean over acts; band: 95% interval, cut off at the edges. On 1: as expected.",
        legend=tuple((f"{one['role']} line-0", one["name"]) for one in series),
    )


_CURVE = (("y", "curve"), ("low", "low"), ("high", "high"))


def _factor(log_ratio: Any) -> float | None:
    found = finite(log_ratio)
    return None if found is None else math.exp(min(max(found, -5.0), 5.0))


def _response_chart(series: Sequence[Row]) -> Spec:
    ends = [p[key] for one in series for p in one["points"] for key in ("y", "low", "high") if p[key] is not None]
    most = next((f for f in (2.0, 4.0, 8.0) if max(*ends, 1 / min(ends)) <= f), 8.0)
    ticks = [f for f in _FACTORS if 1 / most <= f <= most]
    x = quantitative("x", axis={"grid": False, "tickCount": 7})
    words = "datum.value < 1 ? '1/' + format(1 / datum.value, 'd') : format(datum.value, 'd')"
    y = quantitative("y", kind="log", domain=(1 / most, most), axis={"values": ticks, "labelExpr": words})

    def cut(value: float | None) -> float:
        return min(max(value if value is not None else 1.0, 1 / most), most)

    drawn = [
        shapes.Line(
            one["role"],
            [(p["x"], cut(p["y"])) for p in one["points"]],
            [(p["x"], cut(p["low"]), cut(p["high"])) for p in one["points"] if p["low"] is not None],
        )
        for one in series
    ]
    return shapes.lines(drawn, x, y, height=190, under=[shapes.level(y, 1.0), shapes.uprights(x, [0.0], "faint")])


# -- waves and spread -------------------------------------------------------------------------------------------------


def spectrum_figure(name: str, row: Row, *, draw: bool) -> Figure | None:
    """Draw the spectrum of a series over the red noise of the same persistence, and the band that noise stays under."""
    found = row.get("spectrum") or {}
    unit = str(found.get("unit") or "step")
    columns = [[finite(v) for v in found.get(key) or ()] for key in ("frequency", "power", "red", "band")]
    points = []
    for frequency, power, red, band in zip(*columns, strict=True):
        if all(v is not None and v > 0 for v in (frequency, power, red, band)):
            points.append({"x": 1 / float(frequency or 1), "power": power, "red": red, "band": band})
    if len(points) < 3:
        return None
    x = quantitative("x", axis={"grid": False, "tickCount": 5}, kind="log", domain=_ends(p["x"] for p in points))
    ends = _ends(p[key] for p in points for key in ("power", "red", "band"))
    y = quantitative("y", axis={"tickCount": 3}, kind="log", domain=ends)
    looks = (("band", "faint", 1, 1), ("red", "muted", 0, 1), ("power", role_of_kind(str(row["kind"])), 0, 2))
    drawn = [
        shapes.Line(role, [(p["x"], p[key]) for p in points], dash=dash, width=width)
        for key, role, dash, width in looks
    ]
    content = f"highest over red noise at {plain(float(found['period']))} {unit}s, ratio {plain(float(found['ratio']))}"
    rows = (
        ("period", number(found["period"])),
        ("ratio to red noise", number(found["ratio"])),
        ("p", number(found["p"])),
    )
    return Figure(
        name,
        title=f"{str(row['kind']).capitalize()}: spectrum",
        label=f"Power by period; {content}.",
        table=Table("The highest peak.", ("", "Value"), rows),
        svg=render(shapes.lines(drawn, x, y, height=170), name) if draw else None,
        vertical="power",
        horizontal=f"period, {unit}s",
        caption="A wave stands out where the spectrum rises over the dashed line.",
        legend=(
            (f"{role_of_kind(str(row['kind']))} line-0", "the record"),
            ("muted line-0", "red noise"),
            ("faint line-1", "what red noise exceeds once in twenty records"),
        ),
    )


def _ends(values: Iterable[float]) -> tuple[float, float]:
    held = list(values)
    return min(held), max(held)


def ebb_figure(name: str, row: Row, *, draw: bool) -> Figure | None:
    """Draw events before and after the peaks of all episodes, with the fitted growth and decay."""
    parts = [(sign, (row.get(which) or {}).get("curve") or {}) for sign, which in ((-1, "growth"), (1, "decay"))]
    points: list[dict[str, float]] = []
    for sign, curve in parts:
        times, events = curve.get("time") or (), curve.get("events") or ()
        expected, watched = curve.get("expected") or (), curve.get("watched") or ()
        for t, e, f, w in zip(times, events, expected, watched, strict=False):
            if finite(w):
                points.append({"x": sign * (float(t) + 1), "y": float(e) / float(w), "fit": float(f) / float(w)})
    if len(points) < 4:
        return None
    points.sort(key=lambda point: point["x"])
    unit, kind = str(row["unit"]), str(row["kind"])
    x, y = shapes.plain_axes()
    drawn = [shapes.Line("muted", [(p["x"], p["y"]) for p in points], dots=True)]
    drawn += [
        shapes.Line(role_of_kind(kind), [(p["x"], p["fit"]) for p in points if p["x"] * sign > 0]) for sign, _ in parts
    ]
    words = f"{kind} per {unit} and episode"
    rows = tuple((f"{int(p['x'])}", number(p["y"]), number(p["fit"])) for p in points[:: max(1, len(points) // 12)])
    return Figure(
        name,
        title=f"{kind.capitalize()}: before and after a peak",
        label=f"Mean {words}, from {plain(points[0]['y'])} to {plain(points[-1]['y'])}.",
        table=Table("Evenly spaced points.", (f"{unit}s from the peak", "recorded", "fitted"), rows),
        svg=render(shapes.lines(drawn, x, y, height=170, under=[shapes.uprights(x, [0.0], "faint")]), name)
        if draw
        else None,
        vertical=words,
        horizontal=f"{unit}s from the peak, which is left out",
        caption="Dots: recorded. Lines: growth and decay, each fitted with one mean rate.",
    )


def spread_figure(name: str, row: Row, *, draw: bool) -> Figure | None:
    """Draw how many places had their first protest by each day, beside what the fitted model expects."""
    curve = row.get("curve") or {}
    lines = {
        "onsets": ("faint line-0", "recorded", "faint"),
        "expected": ("record line-0", "the model", "record"),
        "expected_from_others": ("account-1 line-1", "of these, by contagion", "account-1"),
    }
    held = {key: [finite(v) for v in curve.get(key) or ()] for key in lines if curve.get(key)}
    if "onsets" not in held:
        return None
    x, y = shapes.plain_axes()
    drawn = [
        shapes.Line(
            lines[key][2], [(float(t), v) for t, v in enumerate(values)], dash=int(lines[key][2] == "account-1")
        )
        for key, values in held.items()
    ]
    size = len(held["onsets"])
    rows = tuple((str(t), *(number(values[t]) for values in held.values())) for t in range(0, size, max(1, size // 12)))
    return Figure(
        name,
        title="First protests by day",
        label=f"Places with their first protest, by day, over {size} days.",
        table=Table("Evenly spaced days.", ("Day", *(lines[key][1] for key in held)), rows),
        svg=render(shapes.lines(drawn, x, y, height=190), name) if draw else None,
        vertical="places with their first protest on the day",
        horizontal="days from the first",
        legend=tuple((lines[key][0], lines[key][1]) for key in held),
    )
