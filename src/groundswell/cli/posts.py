"""The command that asks a record of posts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from groundswell.cli._shared import open_console
from groundswell.errors import EstimationError


def posts(
    file: Annotated[
        Path | None, typer.Argument(help="Posts by hour: hour_utc, posts, and SUBJECT_against, _neutral, _in_favour.")
    ] = None,
    at: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=MOMENT",
            help="A shock and its time, in UTC if it states no zone: act=2024-12-04T11:44; may be repeated.",
        ),
    ] = None,
    edges: Annotated[Path | None, typer.Option(help="Who spread whom how often: Source_Id, Target_Id, Weight.")] = None,
    depth: Annotated[str, typer.Option(help="quick, or full for publication.")] = "quick",
    seed: Annotated[int, typer.Option(min=0, help="Seed of everything drawn at random.")] = 0,
) -> None:
    """Say what followed dated shocks in posts by hour (class, stance), and how concentrated reach is; no user is named.

    Example: groundswell posts posts_hourly.csv --at act=2024-12-04T11:44 --edges retweet_edges.csv
    """
    from groundswell import app

    found = app.ask_posts(file, _shocks(at or ()), edges=edges, depth=depth, seed=seed)
    console = open_console()
    for asked, answer in found.sentences():
        console.print(f"\n{asked}", style="bold", highlight=False, markup=False)
        console.print(answer, highlight=False, markup=False)


def _shocks(texts: Sequence[str]) -> dict[str, datetime]:
    found: dict[str, datetime] = {}
    for text in texts:
        name, when = _shock(text)
        if name in found:
            raise EstimationError(f"two shocks with the name {name!r}", expected="its own name for each --at")
        found[name] = when
    return found


def _shock(text: str) -> tuple[str, datetime]:
    name, equals, moment = text.partition("=")
    try:
        when = datetime.fromisoformat(moment.strip())
    except ValueError:
        when = None
    if not equals or not name.strip() or when is None:
        raise EstimationError(f"--at {text}", expected="a name and a moment: act=2024-12-04T11:44")
    return name.strip(), when


__all__: Sequence[str] = ("posts",)
