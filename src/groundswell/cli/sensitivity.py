"""The command that says what an outcome of a theory depends on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from groundswell.cli._shared import THEORIES, Csv, Threads, bars, new_table, open_console
from groundswell.errors import StudyError

if TYPE_CHECKING:
    from groundswell.experiment.points import Given


def sensitivity(
    target: Annotated[
        str,
        typer.Argument(help="A theory by name or .py file, or a study file (.toml).", autocompletion=THEORIES),
    ],
    observable: Annotated[str, typer.Option(help="The observable whose series is summarised.")],
    over: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME[=LOW:HIGH|=A,B,C]",
            help="A factor and its range or levels; if neither is given, its prior. A key of the population is written "
            "population.mean_degree. May be repeated; by default every parameter that has a prior.",
        ),
    ] = None,
    arm: Annotated[str | None, typer.Option(help="An arm of the study.")] = None,
    against: Annotated[str | None, typer.Option(help="The twin that the arm is compared with, for an effect.")] = None,
    method: Annotated[str, typer.Option(help="sobol, or morris to screen many factors.")] = "sobol",
    points: Annotated[
        int | None, typer.Option(min=2, help="Points, a power of two (128); for morris, trajectories (20).")
    ] = None,
    worlds: Annotated[int, typer.Option(min=1, help="Worlds at each point, with the same random draws at all.")] = 8,
    summary: Annotated[str, typer.Option(help="last, maximum, mean_of_last=STEPS or time_to_reach=LEVEL.")] = "last",
    people: Annotated[int | None, typer.Option(min=1, help="People; by default the theory's setting.")] = None,
    steps: Annotated[int | None, typer.Option(min=1, help="Steps; by default the setting's or the study's.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Determines all random draws and people.")] = 1,
    out: Annotated[Path | None, typer.Option(help="The output folder; by default out/sensitivity/NAME.")] = None,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Discard what an earlier analysis left in the folder.")
    ] = False,
    csv: Csv = False,
    threads: Threads = None,
) -> None:
    """Say what an outcome depends on: Sobol' indices and Shapley effects, or Morris screening, with intervals.

    Example: groundswell sensitivity granovetter --observable turnout --over sd=0.1:0.3 --over mean=0.2:0.4
    """
    from groundswell import app

    given = None if not over else dict(_factor(text) for text in over)
    folder = out or Path("out/sensitivity") / Path(target).stem
    with bars() as progress:
        found = app.sensitivity(
            target, observable, given, folder, arm=arm, against=against, people=people, steps=steps, method=method,
            count=points, worlds=worlds, summary=_summary(summary), seed=seed, threads=threads, progress=progress,
            fresh=fresh, csv=csv,
        )  # fmt: skip
    console = open_console()
    console.print(_table(found))
    console.print(found.answer, highlight=False, markup=False)
    if found.failed:
        print(f"{found.failed} points were left out, since a run failed there; tables/runs.parquet says why")
    print(f"results: {folder}; the page: {folder / 'sensitivity.html'}")


def _factor(text: str) -> tuple[str, Given]:
    """A factor from NAME, NAME=LOW:HIGH or NAME=A,B,C."""
    name, equals, values = text.partition("=")
    if not equals:
        return name.strip(), None
    try:
        if ":" in values:
            low, high = (float(x) for x in values.split(":"))
            return name.strip(), {"from": low, "to": high}
        return name.strip(), [float(x) for x in values.split(",")]
    except ValueError:
        raise StudyError(
            f"--over {text}", expected="a name, a name with a range (sd=0.1:0.3), or with levels (sd=0.1,0.2)"
        ) from None


def _summary(text: str) -> Any:
    kind, equals, value = text.partition("=")
    if not equals:
        return text
    try:
        return {kind: int(value) if value.strip().isdigit() else float(value)}
    except ValueError:
        raise StudyError(f"--summary {text}", expected="a number after =") from None


def _table(found: Any) -> Any:
    shares = found.method == "sobol"
    heads = ("alone", "with others", "Shapley") if shares else ("mean effect", "spread")
    table = new_table("factor", "over", *heads)
    for i in found.indices:
        if shares:
            cells = (
                f"{i.first:.0%} ({i.first_low:.0%}-{i.first_high:.0%})",
                f"{i.total:.0%} ({i.total_low:.0%}-{i.total_high:.0%})",
                f"{i.shapley:.0%}",
            )
        else:
            cells = (f"{i.mean_effect:.3g} ({i.mean_effect_low:.3g}-{i.mean_effect_high:.3g})", f"{i.spread:.3g}")
        table.add_row(i.factor, i.ranges, *cells)
    return table


__all__: Sequence[str] = ("sensitivity",)
