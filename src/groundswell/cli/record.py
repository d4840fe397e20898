"""The command that asks a record of events what follows what."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from groundswell.cli._shared import Csv, bars, end_of_run, exit_code, say

_QUESTIONS = "excitation, after-violence, after-repression, after-mass-day, change, treated, waves, spread"


def evidence(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE...",
            help="A record of events: delimited text, a workbook, Parquet, JSON, Stata or SPSS. "
            "Several are analysed together.",
        ),
    ],
    codebook: Annotated[
        list[str] | None,
        typer.Option(
            help="A built-in codebook, or the path of a mapping file (.toml); one for all files, or one for each. "
            "Without it, the codebook is recognised from the columns."
        ),
    ] = None,
    question: Annotated[
        list[str] | None,
        typer.Option(
            help=f"What to ask; may be repeated: {_QUESTIONS}; or check, only to read and check the record. "
            "By default all that the record can support."
        ),
    ] = None,
    kinds: Annotated[
        str | None, typer.Option(help="Kinds, such as protest,violence; by default all that are frequent.")
    ] = None,
    unit: Annotated[
        str | None, typer.Option(help="Count by day or week; by default week, or day for a record under two years.")
    ] = None,
    place: Annotated[
        list[str] | None, typer.Option(help="Only the events of this country or place; may be repeated.")
    ] = None,
    by: Annotated[
        str | None,
        typer.Option(help="Count separately by country or place, or none; by default country, if there are several."),
    ] = None,
    at: Annotated[
        str | None,
        typer.Option(metavar="DATE", help="Ask whether the record changed on this day, such as 2019-03-01."),
    ] = None,
    treated: Annotated[
        str | None,
        typer.Option(
            metavar="PLACE", help="With --at: ask whether this place diverged from the others after that day."
        ),
    ] = None,
    start: Annotated[str | None, typer.Option("--from", metavar="DATE", help="The first day to read.")] = None,
    end: Annotated[str | None, typer.Option("--to", metavar="DATE", help="The last day to read.")] = None,
    date_order: Annotated[
        str | None,
        typer.Option(help="Order of dates such as 3/4/2011: dmy, mdy or ymd; serial for a spreadsheet's numbers."),
    ] = None,
    language: Annotated[
        str | None, typer.Option(help="Language of months and sizes: en, fr, es, de, pt or it.")
    ] = None,
    repeats: Annotated[
        str,
        typer.Option(
            help="Exact copies, and events that two records probably share: keep, drop all but one, or compare "
            "the answers with and without them."
        ),
    ] = "keep",
    depth: Annotated[
        str,
        typer.Option(
            help="quick; full, for publication: bootstrap p-values, profile intervals, more placebos, "
            "taking many times as long; or bayes, quick with the posterior of excitation (the extra bayes)."
        ),
    ] = "quick",
    seed: Annotated[int, typer.Option(min=0, help="Seed of everything drawn at random.")] = 0,
    out: Annotated[
        Path | None, typer.Option(help="The output folder; by default out/records/NAME of the file.")
    ] = None,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Discard what is in the folder, even from another record.")
    ] = False,
    csv: Csv = False,
) -> None:
    """Ask a record of events what follows what, and write an evidence dossier: answers, checks, plots and tables.

    Example: groundswell evidence events.csv --question excitation --out out/events
    """
    from groundswell import app

    print(f"reading {', '.join(str(file) for file in files)}", file=sys.stderr)
    folder = out or Path("out/records") / _stem(files[0])
    given = {
        "kinds": tuple(kind.strip() for kind in kinds.split(",") if kind.strip()) if kinds else None,
        "unit": unit,
        "places": tuple(place or ()),
        "by": by,
        "at": at,
        "treated": treated,
        "start": start,
        "end": end,
        "date_order": date_order,
        "language": language,
        "repeats": repeats,
        "depth": depth,
        "seed": seed,
    }
    with bars() as progress:
        try:
            found = app.ask(
                files,
                folder,
                codebook=codebook,
                questions=question,
                progress=progress,
                say=say,
                fresh=fresh,
                csv=csv,
                **given,
            )
        except app.Interrupted as stopped:
            found = stopped.result
    for row in found.answers:
        say(f"\n{row.asks}", style="bold")
        say(row.answer)
    print(f"\nevidence: {folder / 'evidence.html'}")
    if found.unanswered:
        left = len(found.unanswered)
        print(f"{end_of_run()}; {left} questions were not answered, and what was finished is kept", file=sys.stderr)
        raise typer.Exit(exit_code())


def _stem(file: Path) -> str:
    name = file.name.removesuffix(".gz")
    return name.rpartition(".")[0] or name
