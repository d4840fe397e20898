"""The commands that show a theory moving: in the browser, as a file, as a picture that moves."""

from __future__ import annotations

import functools
import inspect
import sys
import webbrowser
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from groundswell.cli._shared import THEORIES, check_writable
from groundswell.cli.simulate import assignments
from groundswell.errors import StudyError

_WHAT = "A theory by name, the path of a .py file, or a study by name or path"
What = Annotated[str, typer.Argument(help=f"{_WHAT}.", autocompletion=THEORIES)]
People = Annotated[int | None, typer.Option(min=1, help="People, or sites of a grid; by default the source's.")]
Network = Annotated[str | None, typer.Option(help="Another kind of network, such as erdos_renyi, with usual values.")]
Steps = Annotated[int | None, typer.Option(min=1, help="Steps; by default the source's.")]
Values = Annotated[
    list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="A parameter's value; may be repeated.")
]
Seed = Annotated[int, typer.Option(min=0, help="Determines all random draws and people.")]
Map = Annotated[
    Path | None, typer.Option("--map", help="Draw people on a map: CSV of person or region, longitude, latitude.")
]
Record = Annotated[str | None, typer.Option(help="A record drawn over the simulated band; as for `fit`.")]
FitFolder = Annotated[Path | None, typer.Option("--fit", help="The folder of a fit: its record, with its posterior.")]
Observe = Annotated[
    list[str] | None, typer.Option(metavar="NAME=COLUMN", help="The column (or kind of event) of an observable.")
]
Reporting = Annotated[str | None, typer.Option(help="How histories become the record; as for `fit`.")]
Codebook = Annotated[str | None, typer.Option(help="Codebook of a record of events.")]
Unit = Annotated[str | None, typer.Option(help="day, week, month, quarter or year.")]
Place = Annotated[str | None, typer.Option(help="Place of a record of events.")]
Before = Annotated[int | None, typer.Option(min=0, help="Steps simulated before the record begins.")]
Every = Annotated[int | None, typer.Option(min=1, help="Steps per period of the record.")]


def _options(
    people: People = None,
    network: Network = None,
    steps: Steps = None,
    values: Values = None,
    seed: Seed = 1,
    places: Map = None,
    record: Record = None,
    fit: FitFolder = None,
    observe: Observe = None,
    reporting: Reporting = None,
    codebook: Codebook = None,
    unit: Unit = None,
    place: Place = None,
    before: Before = None,
    every: Every = None,
) -> dict[str, Any]:
    """What is shown next to its name, as `groundswell.explore` and `groundswell.export_page` take it."""
    of_record = {
        "observe": observe, "reporting": reporting, "codebook": codebook, "unit": unit, "place": place,
        "before": before, "every": every,
    }  # fmt: skip
    stated = {name: value for name, value in of_record.items() if value is not None}
    return {
        "people": people, "network": network, "steps": steps, "params": assignments(values or []), "seed": seed,
        "places": places, "record": record, "fit": fit, **stated,
    }  # fmt: skip


def _with_options(command: Callable[..., None]) -> Callable[..., None]:
    """The command, with the options of `_options` after its own; it takes what they come to as `given`."""
    own = [p for p in inspect.signature(command, eval_str=True).parameters.values() if p.name != "given"]
    shared = list(inspect.signature(_options, eval_str=True).parameters.values())

    @functools.wraps(command)
    def run(**stated: Any) -> None:
        given = _options(**{p.name: stated.pop(p.name) for p in shared})
        command(**stated, given=given)

    run.__annotations__ = {p.name: p.annotation for p in [*own, *shared]}
    vars(run)["__signature__"] = inspect.Signature([*own, *shared])
    del vars(run)["__wrapped__"]  # its signature is not the command's any more
    return run


@_with_options
def explore(
    given: dict[str, Any],
    what: Annotated[
        str | None,
        typer.Argument(help=f"{_WHAT}; without one, all theories are listed.", autocompletion=THEORIES),
    ] = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="A port of this machine; 0 takes a free one.")] = 0,
    browser: Annotated[bool, typer.Option(help="Open the page in a browser.")] = True,
) -> None:
    """Open a page that animates a theory: sliders, twins, plots. It runs in the browser; Ctrl-C ends it.

    The page is on loopback only, under an address that cannot be guessed, and nothing is written.

    Example: groundswell explore granovetter
    Example: groundswell explore sis --record prevalence.csv --observe prevalence=share
    """
    from groundswell.app import explore as run

    def ready(address: str) -> None:
        print(f"exploring at {address}  (Ctrl-C ends it)", flush=True)
        if browser:
            webbrowser.open(address)

    print("compiling, which takes some seconds the first time ...", file=sys.stderr)
    run(what, port=port, ready=ready, **given)


@_with_options
def export(
    given: dict[str, Any],
    out: Annotated[Path, typer.Option("--html", "--out", help="The file to write; without a theory, the folder.")],
    what: Annotated[str | None, typer.Argument(help=f"{_WHAT}; left out with --fit.", autocompletion=THEORIES)] = None,
) -> None:
    """Write the page of a theory as one file that needs no server or network; without a theory, write all to a folder.

    Example: groundswell export granovetter --html granovetter.html
    """
    from groundswell.app import export_page, gallery

    check_writable(out.parent)
    if what is None and given["fit"] is None:
        if out.suffix == ".html":
            raise StudyError("no theory to export", expected="its name, a .py file or a study", instead="export NAME")
        count = len(gallery(out))
        print(f"written: {count} pages and {out / 'index.html'}", file=sys.stderr)
        return
    size = export_page(what, out, **given)
    print(f"written: {out} ({size / 1e6:.2f} MB)", file=sys.stderr)


def animate(
    what: What,
    out: Annotated[Path, typer.Option(help="The file to write: .gif, .svg, or .mp4 where ffmpeg is installed.")],
    people: People = None,
    network: Network = None,
    steps: Steps = None,
    values: Values = None,
    seed: Seed = 1,
    view: Annotated[
        str | None, typer.Option(help="A state or trait to colour people by; by default the first.")
    ] = None,
    size: Annotated[int, typer.Option(min=60, max=2000, help="Side length in pixels.")] = 480,
    seconds: Annotated[float, typer.Option(min=1, max=600, help="Total length in seconds.")] = 10.0,
    places: Map = None,
) -> None:
    """Write an animation of one world of a theory, from start to end.

    Example: groundswell animate granovetter --out granovetter.svg
    """
    from groundswell.app import animate as draw

    check_writable(out.parent)
    given = assignments(values or [])
    draw(what, out, people=people, network=network, steps=steps, params=given, seed=seed, view=view, size=size,
         seconds=seconds, places=places)  # fmt: skip
    print(f"written: {out}", file=sys.stderr)
