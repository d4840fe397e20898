"""The commands that show a theory moving: in the browser, as a file, as a picture that moves."""

from __future__ import annotations

import sys
import webbrowser
from pathlib import Path
from typing import Annotated

import typer

from groundswell.cli._shared import check_writable
from groundswell.cli.simulate import assignments

What = Annotated[str, typer.Argument(help="A theory by name, the path of a .py file, or a study by name or path.")]
People = Annotated[int | None, typer.Option(min=1, help="People, or sites of a grid; by default the source's.")]
Network = Annotated[str | None, typer.Option(help="Another kind of network, such as erdos_renyi, with usual values.")]
Steps = Annotated[int | None, typer.Option(min=1, help="Steps; by default the source's.")]
Values = Annotated[
    list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="A parameter's value; may be repeated.")
]
Seed = Annotated[int, typer.Option(min=0, help="All luck and people follow from it.")]


def explore(
    what: Annotated[str | None, typer.Argument(help="As for `export`; without one, all theories are listed.")] = None,
    people: People = None,
    network: Network = None,
    steps: Steps = None,
    values: Values = None,
    seed: Seed = 1,
    port: Annotated[int, typer.Option(min=0, max=65535, help="A port of this machine; 0 takes a free one.")] = 0,
    browser: Annotated[bool, typer.Option(help="Open the page in a browser.")] = True,
) -> None:
    """Open a page in which a theory moves: sliders, twins, plots. It runs in the browser; Ctrl-C ends it.

    The page is on loopback only, under an address that cannot be guessed, and nothing is written.

    Example: groundswell explore granovetter
    """
    from groundswell.app import explore as run

    def ready(address: str) -> None:
        print(f"exploring at {address}  (Ctrl-C ends it)", flush=True)
        if browser:
            webbrowser.open(address)

    print("compiling, which takes some seconds the first time ...", file=sys.stderr)
    given = assignments(values or [])
    run(what, people=people, network=network, steps=steps, params=given, seed=seed, port=port, ready=ready)


def export(
    what: What,
    out: Annotated[Path, typer.Option("--html", help="The file to write.")],
    people: People = None,
    network: Network = None,
    steps: Steps = None,
    values: Values = None,
    seed: Seed = 1,
) -> None:
    """Write the page of a theory as one file, which needs no server and no network.

    Example: groundswell export granovetter --html granovetter.html
    """
    from groundswell.app import export_page

    check_writable(out.parent)
    given = assignments(values or [])
    size = export_page(what, out, people=people, network=network, steps=steps, params=given, seed=seed)
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
    size: Annotated[int, typer.Option(min=60, max=2000, help="Pixels of a side.")] = 480,
    seconds: Annotated[float, typer.Option(min=1, max=600, help="How long the whole of it lasts.")] = 10.0,
) -> None:
    """Write a picture that moves: one world of a theory, from its start to its end.

    Example: groundswell animate granovetter --out granovetter.svg
    """
    from groundswell.app import animate as draw

    check_writable(out.parent)
    given = assignments(values or [])
    draw(what, out, people=people, network=network, steps=steps, params=given, seed=seed, view=view, size=size,
         seconds=seconds)  # fmt: skip
    print(f"written: {out}", file=sys.stderr)
