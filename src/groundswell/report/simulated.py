"""What a dossier shows of the simulation itself: theory, design, courses of the arms, effects, sweep, stated claims."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from groundswell.drawing import COLOURS, Spec, chart, layer, quantitative, render
from groundswell.report import reading
from groundswell.report.numbers import estimate, finite, number, plain
from groundswell.report.plots import Figure, Table, curve_figure

SHOWN = 4  # arms in one plot: as many as there are colours that stay apart
_MOST_EFFECTS = 6
_POINTS = 240  # of a curve: more than a plot of 340 pixels can show
_INTERVAL = (0.05, 0.95)
NAMES = ("runs", "trajectories", "effect_summary", "sweep")

Tables = Mapping[str, pl.DataFrame]
Content = Mapping[str, Any]


def read_tables(folder: Path) -> dict[str, pl.DataFrame]:
    """The tables of a finished run that the dossier shows, or none where the folder has none."""
    paths = {name: folder / "tables" / f"{name}.parquet" for name in NAMES}
    return {name: pl.read_parquet(path) for name, path in paths.items() if path.is_file()}


def stated_rows(verdicts: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The claims that a study states, as the page shows them."""
    rows = []
    for row in reading.rows(verdicts.get("stated"), "stated"):
        margin = finite(row.get("margin")) or 0.0
        expects = {"rise": "a rise", "fall": "a fall", "none": "no effect"}[str(row["expects"])]
        beyond = f" {'within' if row['expects'] == 'none' else 'of more than'} {margin:g}" if margin else ""
        first, last = row["from"], row["until"]
        rows.append(
            {
                **row,
                "expected": expects + beyond,
                "steps": f"step {last}" if first == last else f"steps {first} to {last}",
                "unit": str(row.get("unit") or ""),
            }
        )
    return rows


def simulation(study: Content | None, tables: Tables, *, register: bool, draw: bool) -> dict[str, Any] | None:
    """Theory, design, courses, effects and sweep of a study, or None where there is no study.

    Parameters
    ----------
    study : as `groundswell.experiment.description.describe` has it.
    tables : from `read_tables`.
    register : whether the page shows claims of the register, whose own plots then stand for courses and effects.
    draw : whether to draw plots, or to show their tables instead.
    """
    if study is None or "theory" not in study:
        return None
    content = study
    whole = {"runs", "trajectories", "effect_summary"} <= set(tables) and not register
    return {
        "theory": content["theory"],
        "design": content["design"],
        "lost": _lost(tables),
        "courses": _courses(content, tables, draw=draw) if whole else [],
        "course_note": _course_note(content) if whole else "",
        "effects": _effects(content, tables, draw=draw) if whole else [],
        "effect_note": _effect_note(content) if whole else "",
        "sweep": _sweep(content, tables["sweep"], draw=draw) if content["sweep"] and "sweep" in tables else None,
        "answer": _answer(content, tables) if whole else "",
    }


# -- words -------------------------------------------------------------------------------------------------------------


def _lost(tables: Tables) -> str:
    runs = tables.get("runs")
    failed = None if runs is None else runs.filter(pl.col("status") == "failed")
    if runs is None or failed is None or failed.is_empty():
        return ""
    return (
        f"{failed.height} of {runs.height} runs failed and are left out of every plot and number; the first says: "
        f"{failed['reason'][0]}"
    )


def _answer(content: Content, tables: Tables) -> str:
    """What the first effects came to at the end, where the study states no claim that would say it."""
    summary = tables["effect_summary"]
    observable = next(iter(content["observables"]), {"name": "", "unit": ""})
    parts = []
    for twins in content["design"]["effects"][:3]:
        rows = summary.filter(
            (pl.col("effect") == twins["name"])
            & (pl.col("observable") == observable["name"])
            & (pl.col("step") == content["design"]["steps"])
        )
        for row in rows.iter_rows(named=True):
            mean, low, high = row["mean"], row["low"], row["high"]
            if finite(mean) is None:
                continue
            by, than = "the same", "as"
            if mean:
                unit = f", {observable['unit']}," if observable["unit"] else ""
                by, than = f"{plain(abs(mean))} {'higher' if mean > 0 else 'lower'}{unit}", "than"
            under = f" under the account {row['account']}" if content["design"]["accounts"] else ""
            span = f" ({plain(low)} to {plain(high)} in 90% of draws)" if high > low else ""
            parts.append(
                f"At the end {observable['name']} is {by}{under} in {twins['arm']} {than} in {twins['against']}{span}."
            )
    return " ".join(["This study states no claim.", *parts])


# -- courses and effects -----------------------------------------------------------------------------------------------


def _shown_arms(content: Content) -> list[str]:
    """The arms that are drawn: those of the effects first."""
    design = content["design"]
    compared = [arm for row in design["effects"] for arm in (row["against"], row["arm"])]
    return list(dict.fromkeys([*compared, *(arm["name"] for arm in design["arms"])]))[:SHOWN]


def _course_note(content: Content) -> str:
    left = [arm["name"] for arm in content["design"]["arms"] if arm["name"] not in _shown_arms(content)]
    return f"Not drawn, and in the table of trajectories: {', '.join(left)}." if left else ""


def _effect_note(content: Content) -> str:
    left = [row["name"] for row in content["design"]["effects"][_MOST_EFFECTS:]]
    return f"Not drawn, and in the table of effects: {', '.join(left)}." if left else ""


def _courses(content: Content, tables: Tables, *, draw: bool) -> list[dict[str, Any]]:
    names = [observable["name"] for observable in content["observables"]]
    arms = _shown_arms(content)
    accounts = content["design"]["every_account"]
    roles = {arm: f"account-{k + 1}" for k, arm in enumerate(arms)}
    runs = tables["runs"].filter((pl.col("status") == "done") & pl.col("arm").is_in(arms))
    steps = _thinned(content["design"]["steps"])
    kept = tables["trajectories"].filter(pl.col("step").is_in(steps))
    known = kept.join(runs.select("run", "account", "arm"), on="run", how="inner")
    spread = known.group_by("account", "arm", "step").agg(
        *(pl.col(n).mean().alias(f"{n}:mean") for n in names),
        *(pl.col(n).quantile(q, "linear").alias(f"{n}:{q}") for n in names for q in _INTERVAL),
    )
    out = []
    for observable in content["observables"]:
        name, figures = observable["name"], []
        for account in accounts:
            series = []
            for arm in arms:
                mine = spread.filter((pl.col("account") == account) & (pl.col("arm") == arm)).sort("step")
                if mine.height:
                    columns = (f"{name}:mean", *(f"{name}:{q}" for q in _INTERVAL))
                    series.append(_series(arm, mine["step"], *(mine[c] for c in columns)))
            title = name if len(accounts) == 1 else f"{name}, {account}"
            x = content["theory"]["time_step"]
            figure = _curves(f"course-{name}-{account}", title, observable["unit"], x, series, roles, draw=draw)
            if figure is not None:
                figures.append(figure)
        if figures:
            out.append({**observable, "figures": figures})
    return out


def _effects(content: Content, tables: Tables, *, draw: bool) -> list[dict[str, Any]]:
    summary = tables["effect_summary"].filter(pl.col("step").is_in(_thinned(content["design"]["steps"])))
    accounts = content["design"]["every_account"]
    roles = {account: f"account-{k % SHOWN + 1}" for k, account in enumerate(accounts)}
    out = []
    for row in content["design"]["effects"][:_MOST_EFFECTS]:
        effect, arm, against = row["name"], row["arm"], row["against"]
        figures = []
        for observable in content["observables"]:
            name, series = observable["name"], []
            for account in accounts:
                mine = summary.filter(
                    (pl.col("account") == account) & (pl.col("effect") == effect) & (pl.col("observable") == name)
                ).sort("step")
                label = account if content["design"]["accounts"] else f"{arm} less {against}"
                roles[label] = roles[account]
                series.append(_series(label, mine["step"], mine["mean"], mine["low"], mine["high"]))
            unit = f"change, {observable['unit']}" if observable["unit"] else "change"
            x = content["theory"]["time_step"]
            figure = _curves(f"effect-{effect}-{name}", name, unit, x, series, roles, draw=draw)
            if figure is not None:
                figures.append(figure)
        out.append({"name": effect, "arm": arm, "against": against, "figures": figures})
    return out


def _thinned(steps: int) -> list[int]:
    return sorted({round(k) for k in np.linspace(0, steps, min(steps + 1, _POINTS))})


def _series(name: str, x: pl.Series, mean: pl.Series, low: pl.Series, high: pl.Series) -> dict[str, Any]:
    """A curve; without its band where the band has no width anywhere."""
    content = {"name": name, "x": x.to_list(), "y": mean.to_list()}
    width = (high - low).fill_nan(None).max()
    return content if finite(width) in (None, 0.0) else {**content, "low": low.to_list(), "high": high.to_list()}


def _curves(
    name: str,
    title: str,
    y: str,
    x: str,
    series: Sequence[Mapping[str, Any]],
    roles: Mapping[str, str],
    *,
    draw: bool,
) -> Figure | None:
    return curve_figure(name, {"title": title, "x": x, "y": y, "series": series}, roles, draw=draw)


# -- the sweep ---------------------------------------------------------------------------------------------------------


def _sweep(content: Content, table: pl.DataFrame, *, draw: bool) -> dict[str, Any]:
    """Curves over one swept parameter, maps over two; more are left to the table."""
    stated = content["sweep"]
    swept, in_all, reaches = stated["over"], stated["worlds"], stated["reaches"]
    names = [observable["name"] for observable in content["observables"]]
    failed = table.filter(pl.col("status") == "failed").height
    notes = [f"{failed} of {table.height} runs failed and are left out."] if failed else []
    drawn = len(swept) == 1 or (len(swept) == 2 and stated["method"] == "grid")
    if not drawn:
        design = "" if stated["method"] == "grid" else f" ({stated['method'].replace('_', ' ')})"
        notes.append(f"{len(swept)} factors vary{design}: the numbers are in the table of the sweep, and not drawn.")
    spread = (
        table.group_by("point", *swept, "arm", maintain_order=True)
        .agg(
            *(pl.col(n).mean().alias(f"{n}:mean") for n in names),
            *(pl.col(n).quantile(q, "linear").alias(f"{n}:{q}") for n in names for q in _INTERVAL),
            *(pl.col(n).count().alias(f"{n}:count") for n in names),
        )
        .sort("point")
    )
    worlds = f"{in_all} world{'s' if in_all > 1 else ''}"
    figures: list[Figure] = []
    arms = [arm for arm in _shown_arms(content) if arm in stated["arms"]] + stated["arms"]
    arms = list(dict.fromkeys(arms))[:SHOWN]
    if len(arms) < len(stated["arms"]):
        notes.append(f"Not drawn: {', '.join(arm for arm in stated['arms'] if arm not in arms)}.")
    for observable in content["observables"]:
        name = observable["name"]
        unit = content["theory"]["time_step"] if reaches else observable["unit"]
        never = in_all * spread.height - int(spread[f"{name}:count"].sum()) - failed
        missed = f" {never} of {table.height} runs never got there and are left out." if reaches and never > 0 else ""
        caption = f"Mean over {worlds}{{}}; every world has the same people and luck at all points.{missed}"
        if len(swept) == 1:
            figure = _sweep_curve(content, spread, swept[0], arms, name, unit, draw=draw)
            if figure is not None:
                banded = figure.caption != ""
                said = caption.format("; band: 5% to 95% of them" if banded else "")
                figures.append(replace(figure, caption=said))
        elif drawn:
            for arm in arms:
                figure = _sweep_map(content, spread.filter(pl.col("arm") == arm), swept, arm, name, unit, draw=draw)
                if figure is not None:
                    figures.append(replace(figure, caption=f"{figure.caption} {caption.format('')}"))
    return {
        "swept": swept,
        "summary": stated["summary"],
        "figures": figures,
        "notes": notes,
        "points": table["point"].n_unique(),
    }


def _label(content: Content, parameter: str) -> str:
    meaning = next((row["meaning"] for row in content["theory"]["parameters"] if row["name"] == parameter), "")
    return f"{parameter}: {meaning}" if meaning else parameter


def _sweep_curve(
    content: Content, spread: pl.DataFrame, swept: str, arms: Sequence[str], name: str, unit: str, *, draw: bool
) -> Figure | None:
    roles = {arm: f"account-{k + 1}" for k, arm in enumerate(arms)}
    series = []
    for arm in arms:
        mine = spread.filter(pl.col("arm") == arm).sort(swept)
        series.append(_series(arm, mine[swept], *(mine[f"{name}:{q}"] for q in ("mean", *_INTERVAL))))
    return _curves(f"sweep-{name}", name, unit, _label(content, swept), series, roles, draw=draw)


def _sweep_map(
    content: Content, mine: pl.DataFrame, swept: Sequence[str], arm: str, name: str, unit: str, *, draw: bool
) -> Figure | None:
    """Two parameters as a map: the darker, the more."""
    first, second = swept
    rows = [
        (row[first], row[second], row[f"{name}:mean"], row[f"{name}:{_INTERVAL[0]}"], row[f"{name}:{_INTERVAL[1]}"])
        for row in mine.iter_rows(named=True)
    ]
    known = [row for row in rows if finite(row[2]) is not None]
    if not known:
        return None
    low, high = (pick(known, key=lambda row: row[2]) for pick in (min, max))
    title = name if len(content["sweep"]["arms"]) == 1 else f"{name}, {arm}"

    def words(row: tuple[float, ...]) -> str:
        return f"{plain(row[2])} at {first} {row[0]:g}, {second} {row[1]:g}"

    of = f" {unit}" if unit else ""
    caption = f"The darker, the more: from {words(low)} to {words(high)}{f' ({unit})' if unit else ''}."
    most = 60  # rows of the table: the map's corners and an even choice between them
    chosen = [known[k] for k in sorted({round(x) for x in np.linspace(0, len(known) - 1, min(most, len(known)))})]
    figure_name = f"sweep-{name}-{arm}"
    return Figure(
        figure_name,
        title,
        label=f"{title} by {first} and {second}.{of} Least {words(low)}; most {words(high)}.",
        table=Table(
            f"{title}: mean and 5% to 95% of worlds."
            + ("" if len(chosen) == len(known) else " An even choice of points."),
            (first, second, name),
            tuple((str(number(row[0], None)), number(row[1]), estimate(*row[2:])) for row in chosen),
        ),
        svg=render(_map_chart(known, low[2], high[2]), figure_name) if draw else None,
        vertical=_label(content, second),
        horizontal=_label(content, first),
        caption=caption,
    )


def _map_chart(rows: Sequence[tuple[float, ...]], low: float, high: float) -> Spec:
    cells = []
    edges = [_edges(sorted({row[k] for row in rows})) for k in (0, 1)]
    for first, second, mean, *_ in rows:
        (x, x2), (y, y2) = edges[0][first], edges[1][second]
        cells.append({"x": x, "x2": x2, "y": y, "y2": y2, "v": (mean - low) / (high - low) if high > low else 0.5})
    spans = [(min(a for a, _ in e.values()), max(b for _, b in e.values())) for e in edges]
    x = quantitative("x", domain=spans[0], axis={"grid": False, "tickCount": 6})
    y = quantitative("y", domain=spans[1], axis={"grid": False, "tickCount": 5})
    shade = {
        "field": "v", "type": "quantitative", "legend": None, "scale": {"domain": [0, 1], "range": [0.04, 1]},
    }  # fmt: skip
    mark = {"type": "rect", "color": COLOURS["account-1"]}
    return chart([layer(cells, mark, x=x, x2={"field": "x2"}, y=y, y2={"field": "y2"}, opacity=shade)], height=250)


def _edges(values: Sequence[float]) -> dict[float, tuple[float, float]]:
    """Where the cell of each value begins and ends: half-way to its neighbours."""
    if len(values) == 1:
        return {values[0]: (values[0] - 0.5, values[0] + 0.5)}
    middles = [(a + b) / 2 for a, b in itertools.pairwise(values)]
    ends = [2 * values[0] - middles[0], *middles, 2 * values[-1] - middles[-1]]
    return {value: (ends[k], ends[k + 1]) for k, value in enumerate(values)}
