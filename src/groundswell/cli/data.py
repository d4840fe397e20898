"""Commands on data sets: list, fetch and check them."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from groundswell.cli._shared import NOT_EQUAL, SETTINGS, new_table, open_console

data_app = typer.Typer(no_args_is_help=True, context_settings=SETTINGS, help="Find, fetch and check data sets.")


@data_app.command("list")
def data_list() -> None:
    """List the data sets that the project knows, their terms, and whether they are on this machine."""
    from groundswell.evidence.registry import list_data

    table = new_table("name", "title", "licence", "download", "found")
    for row in list_data().iter_rows(named=True):
        table.add_row(
            row["name"],
            row["title"],
            row["licence"],
            "yes" if row["download"] else "no",
            f"{row['found']}/{row['files']}",
        )
    open_console().print(table)


@data_app.command("get")
def data_get(name: Annotated[str, typer.Argument(help="A data set; see groundswell data list.")]) -> None:
    """Fetch a data set from its publisher, where its terms permit; otherwise say where to get it."""
    from groundswell.evidence.registry import get

    for path in get(name):
        print(path)


@data_app.command("check")
def data_check(
    name: Annotated[str | None, typer.Argument(help="A data set; by default all that are found.")] = None,
) -> None:
    """Compare the files on this machine with the checksums that the project knows."""
    from groundswell.evidence.registry import check_data, list_data

    known = list_data()
    names = [name] if name else [row["name"] for row in known.iter_rows(named=True) if row["found"]]
    if not names:
        print("no data set is on this machine")
        return
    table = new_table("data set", "file", "status", "path")
    differs = 0
    for each in names:
        for row in check_data(each).iter_rows(named=True):
            table.add_row(each, row["file"], row["status"], row["path"] or "")
            differs += row["status"] == "differs"
    open_console().print(table)
    if differs:
        print(f"{differs} files are not those that the project knows", file=sys.stderr)
        raise typer.Exit(NOT_EQUAL)
