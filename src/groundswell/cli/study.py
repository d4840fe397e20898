"""Commands on studies: run one, print a built-in one, verify what was run."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from groundswell.cli._shared import NOT_EQUAL, Threads, bars, new_table, number, open_console, read_json, resumable

if TYPE_CHECKING:
    from rich.table import Table

    from groundswell.experiment.study import Study


def run(
    study: Annotated[str, typer.Argument(help="A study file (.toml), or the name of a built-in study.")],
    out: Annotated[Path | None, typer.Option(help="The output folder; by default out/NAME.")] = None,
    threads: Threads = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Discard what an earlier run left in the folder.")] = False,
) -> None:
    """Run a study: simulate its arms, adjudicate its claims, and write tables, verdicts and a dossier."""
    from groundswell.experiment.runner import run_study, type_command
    from groundswell.experiment.study import load_study

    stated = load_study(study)
    _check_names(stated)
    folder = out or Path("out") / stated.name
    with resumable(f"groundswell run {study}" + (f" --out {out}" if out else "")), bars() as progress:
        ensemble = run_study(
            stated, folder, threads=threads, fresh=fresh, progress=progress, command=type_command(), data=_data_sha256()
        )
    verdicts = read_json(folder / "verdicts.json")
    console = open_console()
    if verdicts.get("verdicts"):
        console.print(_verdict_table(verdicts))
    if verdicts.get("stated"):
        console.print(_stated_table(verdicts))
    if ensemble.failed:
        told = ensemble.failed[0]
        console.print(
            f"{len(ensemble.failed)} runs failed and are left out of every summary; the first is {told.account}, draw "
            f"{told.draw}, arm {told.arm}: {told.reason}",
            highlight=False,
        )
    if verdicts.get("answer"):
        console.print(str(verdicts["answer"]), highlight=False, markup=False)
    print(f"dossier: {folder / 'dossier.html'}")


def _check_names(study: Study) -> None:
    """See that the claims, cases and records that a study names are known, before anything is simulated."""
    from groundswell.claims.register import chosen
    from groundswell.records.cases.library import load_case
    from groundswell.records.registry import data_set, list_data

    list_data()  # refuses a GROUNDSWELL_DATA that is no folder, which would leave every record untested
    chosen(study.claims.test)
    for name in () if study.evidence.cases == "all" else study.evidence.cases:
        load_case(name)
    for name in () if study.evidence.records == "auto" else study.evidence.records:
        data_set(name)


def _data_sha256() -> dict[str, str]:
    """SHA-256 of the shipped cases and of the records on this machine, each of the bytes before any compression."""
    from groundswell.errors import RecordError
    from groundswell.records.cases.library import case_sha256, cases
    from groundswell.records.registry import data_sets, held_sha256

    found = {name: case_sha256(name) for name in cases()}
    for name in data_sets():
        with contextlib.suppress(RecordError):  # not on this machine, so no verdict can rest on it
            found[name] = held_sha256(name)
    return found


def studies(
    name: Annotated[
        str | None, typer.Argument(help="A built-in study, to print its file; without it, their names.")
    ] = None,
) -> None:
    """List the built-in studies, or print the file of one, to be copied and changed."""
    from groundswell.experiment.study import built_in_studies, load_study

    if name is None:
        print("\n".join(built_in_studies()))
    else:
        print(load_study(name).text, end="")


def verify(
    out: Annotated[Path, typer.Argument(help="The output folder of a finished run.")], threads: Threads = None
) -> None:
    """Run a study again from its manifest, and compare every table and the verdicts byte for byte."""
    from groundswell.experiment.runner import verify as run_again

    with bars() as progress:
        found = run_again(out, threads=threads, progress=progress, data=_data_sha256())
    for note in found.notes:
        print(note)
    table = new_table("file", "as the manifest says", "made again byte for byte")
    for name, equal in found.equal.items():
        table.add_row(name, "no" if name in found.altered else "yes", "yes" if equal else "no")
    open_console().print(table)
    if found.verified:
        print(f"verified: {out}")
        return
    wrong = [name for name, equal in found.equal.items() if not equal or name in found.altered]
    print(f"not verified: {', '.join(wrong)}", file=sys.stderr)
    raise typer.Exit(NOT_EQUAL)


def _stated_table(verdicts: Mapping[str, Any]) -> Table:
    """The claims that the study states, with the mean effect and its interval."""
    from rich.text import Text

    table = new_table("stated claim", "account", "verdict", "mean effect", "95% interval", "draws", "reason")
    for row in verdicts["stated"]:
        mean, low, high = ("-" if row[key] is None else number(row[key]) for key in ("mean", "low", "high"))
        verdict = Text(row["verdict"], style=_COLOURS[row["verdict"]])
        table.add_row(row["claim"], row["account"], verdict, mean, f"{low} to {high}", str(row["n"]), row["reason"])
    return table


_COLOURS = {"supported": "green", "contradicted": "red", "undetermined": "yellow", "not tested": "dim"}


def _verdict_table(verdicts: Mapping[str, Any]) -> Table:
    from rich.text import Text

    table = new_table("claim", "account", "verdict", "reason", title=str(verdicts.get("title") or ""))
    for entry in verdicts["verdicts"]:
        verdict = str(entry.get("verdict", ""))
        table.add_row(
            str(entry.get("claim", "")),
            str(entry.get("account", "")),
            Text(verdict, style=_COLOURS.get(verdict, "")),
            str(entry.get("reason") or ""),
        )
    return table
