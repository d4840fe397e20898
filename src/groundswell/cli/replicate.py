"""The command that runs replications: published numbers compared with ours, verdicts, pages."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from groundswell.cli._shared import NOT_EQUAL, Csv, Threads, bars, check_writable, new_table, open_console, say

if TYPE_CHECKING:
    from rich.table import Table

    from groundswell.replications.run import ReplicationEntry

_COLOURS = {"reproduced": "green", "not reproduced": "red", "failed": "red", "too few runs to tell": "yellow"}


def replicate(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME]...", help="Replications by name; by default all.")
    ] = None,
    json: Annotated[Path | None, typer.Option(help="Also write the results to this file.")] = None,
    out: Annotated[Path, typer.Option(help="The folder of the pages.")] = Path("out/replications"),
    markdown: Annotated[Path | None, typer.Option(help="Also write the table to this file, in Markdown.")] = None,
    figures: Annotated[
        Path | None, typer.Option(help="Also write a picture of each theory, NAME.svg, to this folder.")
    ] = None,
    listed: Annotated[
        bool, typer.Option("--list", help="List the replications and their targets without running any.")
    ] = False,
    csv: Csv = False,
    threads: Threads = None,
) -> None:
    """Reproduce the published numbers of the models, and write a page for each with the paper's plot.

    Exit code 1: a verdict differs from the declared one, or a measurement failed.

    Example: groundswell replicate granovetter
    """
    if listed:
        open_console().print(_list(names))
        return
    from groundswell import app
    from groundswell.report.replication_contents import summary

    for folder in (out, figures, *(file.parent for file in (json, markdown) if file)):
        if folder is not None:
            check_writable(folder)
    with bars() as progress:
        found = app.replicate(names, out, threads=threads, csv=csv, progress=progress)
    content = found.to_dict()
    _write(content, json, markdown, figures)
    open_console().print(_table(content))
    for verdict, count in found.counts.items():
        if count:
            print(f"{count:>4} {verdict}")
    print(summary(content["replications"]))
    for line in _reasons(content):
        say(line)
    print(f"pages: {out / 'index.html'}")
    if surprises := _surprises(found.replications):
        print("\n".join(surprises), file=sys.stderr)
        raise typer.Exit(NOT_EQUAL)


def _write(content: dict[str, Any], json: Path | None, markdown: Path | None, figures: Path | None) -> None:
    from groundswell.files import write_bytes, write_json
    from groundswell.report.replication_page import write_figures
    from groundswell.report.replication_table import markdown as as_markdown

    if json is not None:
        write_json(json, content)
    if markdown is not None:
        write_bytes(markdown, as_markdown(content).encode())
    if figures is not None:
        write_figures(figures, content)


def _list(names: list[str] | None) -> Table:
    from groundswell.replications.register import chosen, find

    found, broken = find()
    asked = chosen(names, sorted({*found, *broken}))
    table = new_table("replication", "title", "theories", "targets")
    for name in asked:
        if name in broken:
            table.add_row(name, f"cannot be loaded: {broken[name]}", "", "")
        else:
            one = found[name]
            targets = ", ".join(target.name for target in one.targets)
            table.add_row(name, one.title, ", ".join(one.theories) or "-", targets)
    return table


def _table(content: dict[str, Any]) -> Table:
    from rich.text import Text

    from groundswell.report.replication_table import ours, published

    table = new_table("replication", "target", "published, or computed (C)", "ours (95%)", "verdict")
    for one in content["replications"]:
        if not one["rows"]:
            table.add_row(one["name"], "-", "-", "-", Text("failed", style="red"))
        for row in one["rows"]:
            verdict = Text(row["verdict"], style=_COLOURS.get(row["verdict"], ""))
            if not row["as_declared"]:
                verdict.append(f" (declared {row['declared']})")
            number = f"{published(row)} ({row['certainty']})"
            table.add_row(one["name"], row["target"], number, ours(row), verdict)
    return table


def _reasons(content: dict[str, Any]) -> list[str]:
    from groundswell.report.replication_contents import failures

    rows = [row for row in failures(content["replications"]) if row["verdict"] != "failed"]  # those are errors
    return [f"{row['name']}.{row['target']}, {row['verdict']}: {row['reason']}" for row in rows]


def _surprises(results: Sequence[ReplicationEntry]) -> list[str]:
    """A sentence for each verdict that is not the declared one, and for each replication that broke down."""
    content = []
    for result in results:
        if result.error:
            content.append(f"groundswell: the replication {result.name} broke down: {result.error}")
            continue
        content += [
            f"groundswell: {result.name}.{row.target} was declared {row.declared} and came out {row.verdict}"
            for row in result.targets
            if not row.as_declared
        ]
    return content
