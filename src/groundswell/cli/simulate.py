"""The command that runs a theory without a study file."""

from __future__ import annotations

import functools
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from groundswell.cli._ranks import over_ranks
from groundswell.cli._shared import THEORIES, Threads, bars, check_writable, new_table, open_console

if TYPE_CHECKING:
    from rich.table import Table

    from groundswell.experiment.setting import Lives


def simulate(
    name: Annotated[
        str,
        typer.Argument(help="A theory by name, or the path of a .py file.", autocompletion=THEORIES),
    ],
    people: Annotated[
        int | None, typer.Option(min=1, help="People, or sites of a grid; by default the source's.")
    ] = None,
    steps: Annotated[int | None, typer.Option(min=1, help="Steps; by default the source's.")] = None,
    values: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="A parameter's value; may be repeated.")
    ] = None,
    worlds: Annotated[
        int | None,
        typer.Option(min=1, help="Number of worlds, each with its own random draws and people; by default 10."),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Determines all random draws and people.")] = 1,
    network: Annotated[
        str | None, typer.Option(help="Another kind of network, such as erdos_renyi, with usual values.")
    ] = None,
    plot: Annotated[
        Path | None,
        typer.Option(help="Draw the observables over time to this file: .svg, .png, .pdf, or .json for its Vega-Lite."),
    ] = None,
    csv: Annotated[Path | None, typer.Option(help="Write every world and step to this file.")] = None,
    json: Annotated[Path | None, typer.Option(help="The same as JSON, with a description of the run.")] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Check that every index is within its array; slower, for a new process.")
    ] = False,
    across: Annotated[
        bool,
        typer.Option("--across", help="One world over the ranks that mpiexec started, each with some of the people."),
    ] = False,
    keep: Annotated[
        Path | None,
        typer.Option(help="With --across: a folder from which the same command resumes after a rank was lost."),
    ] = None,
    keep_every: Annotated[
        float, typer.Option(min=0, metavar="SECONDS", help="How often the ranks save their progress.")
    ] = 60.0,
    threads: Threads = None,
) -> None:
    """Run a theory at the size of its source, or at another, and print its observables over time.

    Example: groundswell simulate granovetter --people 100000 --set sd=0.2 --plot turnout.svg
    """
    if check:
        from numba.core import config

        setattr(config, "BOUNDSCHECK", 1)  # noqa: B010 - Numba makes its settings at run time; before any compiling
    from groundswell.errors import StudyError
    from groundswell.experiment.setting import live, scaled
    from groundswell.files import check_apart
    from groundswell.theory.registry import load_theory

    theory = load_theory(name)
    setting = scaled(theory, people=people, network=network)
    given = assignments(values or [])
    theory.parameters(given)
    for file in (plot, csv, json):
        if file is not None:
            check_writable(file.parent)
            check_apart(file, name)
    if plot is not None:
        from groundswell.charts import check_picture

        check_picture(plot)
    if keep is not None and not across:
        raise StudyError("--keep without --across", expected="a run over ranks, which may lose one")
    with bars() as progress:
        live = functools.partial(live, theory, setting, params=given, steps=steps, seed=seed, threads=threads)
        if across:
            lives = over_ranks(keep, keep_every, lambda divided: live(worlds=worlds or 1, across=divided))
        else:
            lives = live(worlds=worlds or 10, progress=progress)
    if lives is None:  # not the first rank, which prints
        return
    console = open_console()
    for line in _heading(lives):
        console.print(line, highlight=False, markup=False, soft_wrap=True)
    console.print(_over_time(lives))
    for line in _footing(lives):
        print(line)
    _write(lives, plot, csv, json)


def assignments(values: list[str]) -> dict[str, float]:
    """Parameters from `name=value`."""
    from groundswell.errors import StudyError

    found: dict[str, float] = {}
    for text in values:
        name, equals, value = text.partition("=")
        try:
            number = float(value)
        except ValueError:
            number = None
        if not equals or number is None or name.strip() in found:
            raise StudyError(f"--set {text}", expected="a parameter and a number, each parameter once: --set sd=0.2")
        found[name.strip()] = number
    return found


def _heading(lives: Lives) -> list[str]:
    theory = lives.theory
    lines = [f"{theory.name}: {theory.title}", f"source: {theory.source}"]
    if lives.people:
        table = {k: v for k, v in lives.setting.population.items() if k not in ("network", "people")}
        kind = str(lives.setting.population["network"]).replace("_", " ")
        more = "".join(f", {key.replace('_', ' ')} {value}" for key, value in table.items())
        what = "sites" if lives.setting.population["network"] == "grid" else "people"
        lines.append(f"{lives.people:,} {what}, {kind}{more}")
    changed = [f"{k} = {v:g}" for k, v in lives.params.items() if v != theory.params[k].default]
    if changed:
        lines.append("not at their defaults: " + ", ".join(changed))
    return lines


def _over_time(lives: Lives) -> Table:
    """The observables at five times: the mean over worlds, and their range where they differ."""
    import numpy as np

    steps = len(lives.values) - 1
    times = sorted({round(steps * k / 4) for k in range(5)})
    unit = lives.theory.time_step
    table = new_table(
        "observable",
        *(f"step {t}" for t in times),
        "unit",
        title=f"one step: {unit}; mean over worlds (least to greatest)",
    )
    lost = {world for world, _, _ in lives.failed}
    kept = [w for w in range(lives.values.shape[1]) if w not in lost]
    for o, (name, observable) in enumerate(lives.theory.observables.items()):
        cells = []
        for t in times:
            values = lives.values[t, kept, o]
            if not values.size:
                cells.append("-")
            elif np.ptp(values) == 0:
                cells.append(f"{values[0]:.3g}")
            else:
                cells.append(f"{values.mean():.3g} ({values.min():.3g} to {values.max():.3g})")
        table.add_row(name + (" (harm)" if observable.harm else ""), *cells, observable.unit)
    return table


def _footing(lives: Lives) -> list[str]:
    steps, worlds = len(lives.values) - 1, lives.values.shape[1]
    lines = []
    if lives.failed:
        world, step, reason = lives.failed[0]
        lines.append(
            f"{len(lives.failed)} of {worlds} worlds failed and are left out; world {world} at step {step}: {reason}"
        )
    elif worlds > 1 and (lives.values == lives.values[:, :1]).all():
        lines.append("all worlds are alike: nothing that matters is drawn by chance")
    of = "world" if worlds == 1 else "worlds"
    work = steps * worlds * max(lives.people, 1)
    what = "person-steps" if lives.people else "steps"
    if lives.setting.population.get("network") == "grid" and lives.people:
        what = "site-steps"
    speed = f"{work / max(lives.running, 1e-9):.3g} {what} per second"
    before = f"before that {lives.building:.2f} s to build people and {lives.readying:.2f} s to get ready"
    lines.append(f"{worlds} {of} of {steps} steps in {lives.running:.2f} s ({speed}); {before}")
    return lines


def _write(lives: Lives, plot: Path | None, csv: Path | None, json: Path | None) -> None:
    theory = lives.theory
    if csv is not None:
        from groundswell.files import write_bytes

        write_bytes(csv, lives.frame().write_csv().encode())
    if json is not None:
        from groundswell import __version__
        from groundswell.files import write_json

        content = {
            "format": 1,
            "theory": theory.name,
            "version": __version__,
            "seed": lives.seed,
            "steps": lives.setting.steps,
            "population": dict(lives.setting.population),
            "params": dict(lives.params),
            "observables": {
                n: {"unit": x.unit, "meaning": x.meaning, "harm": x.harm, "worlds": lives.values[:, :, o].T}
                for o, (n, x) in enumerate(theory.observables.items())
            },
            "failed": [{"world": w, "step": s, "reason": r} for w, s, r in lives.failed],
        }
        write_json(json, content)
    if plot is not None:
        lives.histories().plot().save(plot)
    for file in (plot, csv, json):
        if file is not None:
            print(f"written: {file}", file=sys.stderr)
