"""What a dossier shows of the simulation itself: theory, design, trajectories, effects, sweep, stated claims."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from groundswell.charts import Chart, Guide, Look
from groundswell.report import reading
from groundswell.report.design_figures import DesignView, design_view
from groundswell.report.figures import PageFigure, PageTable, figure
from groundswell.report.numbers import estimate, finite, number, plain

SHOWN = 4  # arms in one plot: as many as there are distinguishable colours
_MOST_EFFECTS = 6
_MOST_CELLS = 60  # rows of a map's table: its corners and an even choice between them
_POINTS = 240  # points of a curve: more than a plot of 340 pixels can show
_INTERVAL = (0.05, 0.95)
NAMES = ("runs", "trajectories", "effect_summary", "sweep")

Tables = Mapping[str, pl.DataFrame]
Content = Mapping[str, Any]


def read_tables(folder: Path) -> dict[str, pl.DataFrame]:
    """The tables of a finished run that the dossier shows, or none if the folder has none."""
    paths = {name: folder / "tables" / f"{name}.parquet" for name in NAMES}
    return {name: pl.read_parquet(path) for name, path in paths.items() if path.is_file()}


def stated_rows(verdicts: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The claims that a study states, as shown on the page."""
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
    """Theory, design, trajectories, effects and sweep of a study, or None if there is no study.

    Parameters
    ----------
    study : as `groundswell.experiment.description.describe` returns it.
    tables : from `read_tables`.
    register : whether the page shows claims of the register, whose own plots then replace trajectories and effects.
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
    """The first effects at the end of the run, for a study without a stated claim that would report them."""
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
    runs = tables["runs"].filter((pl.col("status") == "done") & pl.col("arm").is_in(arms))
    kept = tables["trajectories"].filter(pl.col("step").is_in(_thinned(content["design"]["steps"])))
    known = kept.join(runs.select("run", "account", "arm"), on="run", how="inner")
    spread = known.group_by("account", "arm", "step").agg(_spread_of(names)).sort("step")
    out = []
    for observable in content["observables"]:
        name, figures = observable["name"], []
        for account in accounts:
            mine = spread.filter(pl.col("account") == account)
            title = name if len(accounts) == 1 else f"{name}, {account}"
            frame = _series(mine, "arm", arms, "step", name)
            made = _curves(content, f"course-{name}-{account}", title, frame, observable["unit"], draw=draw)
            figures += [made] if made else []
        if figures:
            out.append({**observable, "figures": figures})
    return out


def _effects(content: Content, tables: Tables, *, draw: bool) -> list[dict[str, Any]]:
    summary = tables["effect_summary"].filter(pl.col("step").is_in(_thinned(content["design"]["steps"]))).sort("step")
    accounts = content["design"]["every_account"]
    out = []
    for row in content["design"]["effects"][:_MOST_EFFECTS]:
        effect, arm, against = row["name"], row["arm"], row["against"]
        figures = []
        for observable in content["observables"]:
            name = observable["name"]
            mine = summary.filter((pl.col("effect") == effect) & (pl.col("observable") == name)).rename(
                {"mean": f"{name}:mean", "low": f"{name}:low", "high": f"{name}:high"}
            )
            frame = _series(mine, "account", accounts, "step", name)
            if not content["design"]["accounts"]:
                frame = frame.with_columns(series=pl.lit(f"{arm} less {against}"))
            unit = f"change, {observable['unit']}" if observable["unit"] else "change"
            made = _curves(content, f"effect-{effect}-{name}", name, frame, unit, draw=draw)
            figures += [made] if made else []
        out.append({"name": effect, "arm": arm, "against": against, "figures": figures})
    return out


def _thinned(steps: int) -> list[int]:
    return sorted({round(k) for k in np.linspace(0, steps, min(steps + 1, _POINTS))})


def _spread_of(names: Sequence[str]) -> list[pl.Expr]:
    """Mean and 90% interval of every observable."""
    ends = zip(("low", "high"), _INTERVAL, strict=True)
    return [
        *(pl.col(name).mean().alias(f"{name}:mean") for name in names),
        *(pl.col(name).quantile(q, "linear").alias(f"{name}:{end}") for end, q in ends for name in names),
    ]


def _series(table: pl.DataFrame, by: str, order: Sequence[str], x: str, name: str) -> pl.DataFrame:
    """One observable as the frame of a chart, a series for each value of `by`; a band without width is left out."""
    bounds = {end: pl.col(f"{name}:{end}").cast(pl.Float64).fill_nan(None) for end in ("low", "high")}
    width = (bounds["high"] - bounds["low"]).max().over(by)
    mean = pl.col(f"{name}:mean").cast(pl.Float64).fill_nan(None)
    ends = [pl.when(width > 0).then(bound).alias(end) for end, bound in bounds.items()]
    frame = table.select(pl.col(by).cast(pl.String).alias("series"), pl.col(x).alias("x"), mean.alias("y"), *ends)
    return pl.concat([frame.filter(pl.col("series") == each) for each in order]) if order else frame


def _curves(
    content: Content, name: str, title: str, frame: pl.DataFrame, y: str, *, x: str = "", draw: bool
) -> PageFigure | None:
    """Lines with their bands; each arm or account has its own colour and dash."""
    if frame["y"].is_not_null().sum() == 0:
        return None
    caption = "Line: mean; band: 90% interval." if frame["low"].is_not_null().any() else ""
    x = x or content["theory"]["time_step"]
    return figure(name, Chart("lines", frame, title, x, y, caption, guides=[Guide("y", 0.0)]), draw=draw)


# -- the sweep ---------------------------------------------------------------------------------------------------------


def _sweep(content: Content, table: pl.DataFrame, *, draw: bool) -> dict[str, Any]:
    """Curves over one swept parameter, maps over two; for more, only the table."""
    stated = content["sweep"]
    swept, in_all, reaches = stated["over"], stated["worlds"], stated["reaches"]
    names = [observable["name"] for observable in content["observables"]]
    failed = table.filter(pl.col("status") == "failed").height
    notes = [f"{failed} of {table.height} runs failed and are left out."] if failed else []
    drawn = len(swept) == 1 or (len(swept) == 2 and stated["method"] == "grid")
    spread = (
        table.group_by("point", *swept, "arm", maintain_order=True)
        .agg(*_spread_of(names), *(pl.col(n).count().alias(f"{n}:count") for n in names))
        .sort("point")
    )
    worlds = f"{in_all} world{'s' if in_all > 1 else ''}"
    figures: list[PageFigure] = []
    arms = [arm for arm in _shown_arms(content) if arm in stated["arms"]] + stated["arms"]
    arms = list(dict.fromkeys(arms))[:SHOWN]
    if len(arms) < len(stated["arms"]):
        notes.append(f"Not drawn: {', '.join(arm for arm in stated['arms'] if arm not in arms)}.")
    for observable in content["observables"]:
        name = observable["name"]
        unit = content["theory"]["time_step"] if reaches else observable["unit"]
        never = in_all * spread.height - int(spread[f"{name}:count"].sum()) - failed
        missed = f" {never} of {table.height} runs never reach it and are left out." if reaches and never > 0 else ""
        caption = f"Mean over {worlds}{{}}; every world has the same people and random draws at all points.{missed}"
        if missed and not drawn:
            notes.append(f"{name}:{missed}")
        if len(swept) == 1:
            frame = _series(spread.sort(swept[0]), "arm", arms, swept[0], name)
            x = _label(content, swept[0])
            made = _curves(content, f"sweep-{name}", name, frame, unit, x=x, draw=draw)
            if made is not None:
                said = caption.format("; band: 5% to 95% of them" if made.caption else "")
                figures.append(replace(made, caption=said))
        elif drawn:
            for arm in arms:
                made = _sweep_map(content, spread.filter(pl.col("arm") == arm), swept, arm, name, unit, draw=draw)
                if made is not None:
                    figures.append(replace(made, caption=f"{made.caption} {caption.format('')}"))
    design = None if drawn else _design_view(content, spread, arms, names)
    return {
        "swept": swept,
        "summary": stated["summary"],
        "design": design,
        "figures": figures,
        "notes": notes,
        "points": table["point"].n_unique(),
    }


def _design_view(
    content: Content, spread: pl.DataFrame, arms: Sequence[str], names: Sequence[str]
) -> DesignView | None:
    """Points of more than two factors, or not on a grid: means over worlds of every observable in every arm."""
    swept, several = content["sweep"]["over"], len(arms) > 1
    wide = spread.select("point", *swept).unique("point", maintain_order=True).sort("point")
    outcomes = []
    for name in names:
        for arm in arms:
            outcomes.append(f"{name}, {arm}" if several else name)
            mine = spread.filter(pl.col("arm") == arm).select("point", pl.col(f"{name}:mean").alias(outcomes[-1]))
            wide = wide.join(mine, on="point", how="left", maintain_order="left")
    known = [name for name in outcomes if wide[name].is_finite().any()]
    if not known:
        return None
    how = content["sweep"]["method"].replace("_", " ")
    return design_view(wide, swept, known, "sweep-design", f"The points of the design ({how})")


def _label(content: Content, parameter: str) -> str:
    meaning = next((row["meaning"] for row in content["theory"]["parameters"] if row["name"] == parameter), "")
    return f"{parameter}: {meaning}" if meaning else parameter


def _sweep_map(
    content: Content, mine: pl.DataFrame, swept: Sequence[str], arm: str, name: str, unit: str, *, draw: bool
) -> PageFigure | None:
    """Two parameters as a map; darker means more."""
    first, second = swept
    columns = {"x": first, "y": second, "mean": f"{name}:mean", "low": f"{name}:low", "high": f"{name}:high"}
    frame = mine.select(pl.col(column).cast(pl.Float64).alias(new) for new, column in columns.items())
    frame = frame.filter(pl.col("mean").is_finite())
    if frame.is_empty():
        return None
    least, most = (frame.sort("mean", descending=way, maintain_order=True).row(0, named=True) for way in (False, True))
    width = most["mean"] - least["mean"]
    shade = (pl.col("mean") - least["mean"]) / width if width > 0 else pl.lit(0.5)
    title = name if len(content["sweep"]["arms"]) == 1 else f"{name}, {arm}"
    said_least, said_most = (
        f"{plain(row['mean'])} at {first} {row['x']:g}, {second} {row['y']:g}" for row in (least, most)
    )
    chart = Chart(
        "points",
        frame.select("x", "y", shade=shade),
        title,
        _label(content, first),
        _label(content, second),
        f"Darker means more: from {said_least} to {said_most}{f' ({unit})' if unit else ''}.",
        looks={"": Look("account-1")},
        height=250,
    )
    size = frame.height
    chosen = frame[sorted({round(x) for x in np.linspace(0, size - 1, min(_MOST_CELLS, size))})]
    table = PageTable(
        f"{title}: mean and 5% to 95% of worlds.{'' if chosen.height == size else ' An even choice of points.'}",
        (first, second, name),
        tuple((number(x), number(y), estimate(mean, low, high)) for x, y, mean, low, high in chosen.iter_rows()),
    )
    of = f" {unit}" if unit else ""
    label = f"{title} by {first} and {second}.{of} Least {said_least}; most {said_most}."
    return figure(f"sweep-{name}-{arm}", chart, draw=draw, label=label, table=table)
