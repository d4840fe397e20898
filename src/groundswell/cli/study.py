"""Commands on studies: run one, print a built-in one, verify what was run."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from groundswell.cli._executors import ExecutorName, SlurmOption, executor_named, print_submission
from groundswell.cli._shared import (
    NOT_EQUAL,
    Csv,
    Pace,
    Threads,
    bars,
    complete,
    lasted,
    new_table,
    number,
    open_console,
    resumable,
    say,
)
from groundswell.text import clean

if TYPE_CHECKING:
    from rich.table import Table

Play = Annotated[bool, typer.Option(help="Embed an interactive page of the theory in the dossier.")]


def run(
    study: Annotated[
        str,
        typer.Argument(
            help="A study file (.toml), or the name of a built-in study.", autocompletion=complete("studies", ".toml")
        ),
    ],
    out: Annotated[Path | None, typer.Option(help="The output folder; by default out/studies/NAME.")] = None,
    threads: Threads = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Discard what an earlier run left in the folder.")] = False,
    csv: Csv = False,
    shard: Annotated[
        str | None,
        typer.Option(metavar="I/N", help="Simulate only shard I of N into the folder, for `groundswell gather`."),
    ] = None,
    executor: ExecutorName = None,
    records: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME", help="Test only the claims that this record bears on, and only on it; may be repeated."
        ),
    ] = None,
    play: Play = True,
) -> None:
    """Run a study: simulate its arms, adjudicate its claims, and write tables, verdicts and a dossier.

    Example: groundswell run threshold --out out/threshold
    """
    from groundswell import app
    from groundswell.experiment.study_file import load_study

    begun = time.monotonic()
    stated = load_study(study)
    folder = out or Path("out/studies") / "-".join([stated.name, *(records or ())])
    if records:
        from groundswell.claims.asked import only_records

        stated = only_records(stated, records)
    with resumable(f"groundswell run {study}" + (f" --out {out}" if out else "")), bars() as progress:
        if shard is not None:
            from groundswell.app.shards import study_work
            from groundswell.experiment.shards import Shard, run_shard

            own = Shard.parse(shard)
            path = run_shard(study_work(stated), own, folder, threads=threads, progress=progress)
            print(f"shard: {path}")
            return
        pace = Pace(progress)
        with executor_named(executor) as workers:
            done = app.run(
                stated, folder, threads=threads, fresh=fresh, csv=csv, progress=pace, executor=workers, play=play
            )
    _show(done, folder, begun)
    if executor is None and pace.seconds >= _WORTH:
        from groundswell.experiment.explain import achieved

        found = achieved(done.ensemble.design, pace.done, pace.seconds, threads or stated.table.threads)
        if found:  # not in any file: files are the same on every machine
            print(f"simulated at {found}", file=sys.stderr)


def explain(
    study: Annotated[
        str,
        typer.Argument(
            help="A study file (.toml), or the name of a built-in study.", autocompletion=complete("studies", ".toml")
        ),
    ],
    threads: Threads = None,
) -> None:
    """Say what running a study will take: kernels, memory, expected time, and what bounds it. Nothing is written.

    Example: groundswell explain threshold
    """
    from groundswell import app

    found = app.explain(study, threads=threads)
    print(
        f"{found.theory}: {found.people:,} people, {found.ties:,} ties, {found.worlds:,} worlds, {found.steps:,} steps"
    )
    table = new_table("arms", "worlds of each", "side by side", "kernels")
    alike: dict[tuple[str, ...], list[str]] = {}
    for row in found.rows():
        alike.setdefault((f"{row['worlds']:,}", str(row["side by side"]), row["kernels"]), []).append(row["arm"])
    for how, arms in alike.items():
        table.add_row(", ".join(arms) if len(arms) <= _NAMED else f"{arms[0]} and {len(arms) - 1} others", *how)
    open_console().print(table)
    say(found.answer)


def gather(
    study: Annotated[str, typer.Argument(help="The study file that the shards were simulated from.")],
    out: Annotated[Path | None, typer.Option(help="The folder of the shards; by default out/studies/NAME.")] = None,
    threads: Threads = None,
    play: Play = True,
) -> None:
    """Gather the shards of a study, adjudicate its claims, and write tables, verdicts and a dossier.

    Example: groundswell gather study.toml --out out/study
    """
    from groundswell import app
    from groundswell.experiment.study_file import load_study

    begun = time.monotonic()
    stated = load_study(study)
    folder = out or Path("out/studies") / stated.name
    with bars() as progress:
        done = app.gather(stated, folder, threads=threads, progress=progress, play=play)
    _show(done, folder, begun)


def plan(
    study: Annotated[str, typer.Argument(help="A study file (.toml), or the name of a built-in study.")],
    out: Annotated[Path | None, typer.Option(help="The file of the plan; by default next to the study file.")] = None,
    because: Annotated[str, typer.Option(help="The reason for amending an existing plan.")] = "",
    threads: Threads = None,
) -> None:
    """Freeze what a study will ask, its thresholds and what each record could decide, before records are read.

    `groundswell run` then refuses a study that no longer matches its plan, and the manifest lists the amendments.

    Example: groundswell plan study.toml
    """
    from groundswell import app
    from groundswell.app.studies import plan_path
    from groundswell.experiment.study_file import load_study

    stated = load_study(study)
    with bars() as progress:
        found = app.plan(stated, out, because=because, threads=threads, progress=progress)
    table = new_table("claim", "record", "true claims supported", "false claims contradicted")
    for row in found["reach"]:
        table.add_row(row["claim"], row["record"], f"{row['supported']:.0%}", f"{row['contradicted']:.0%}")
    if table.row_count:
        open_console().print(table)
    path = out or plan_path(stated)
    print(f"plan {found['sha256'][:12]}: {path}, and for a preregistration {path.with_suffix('.md')}")
    if found["amendments"]:
        print(f"amendments: {len(found['amendments'])}, the last because {found['amendments'][-1]['because']}")


def score(
    given: Annotated[Path, typer.Argument(help="The folder of a run, or a file of forecasts.")],
    later: Annotated[Path | None, typer.Argument(help="The folder of a run on a later record.")] = None,
    forecast: Annotated[Path | None, typer.Option(help="The file to write forecasts to.")] = None,
    issued: Annotated[str, typer.Option(metavar="DATE", help="The date of the forecasts; by default today.")] = "",
) -> None:
    """Restate verdicts as dated forecasts, or score forecasts against a run on a later record.

    Example: groundswell score out/studies/deed --forecast forecasts.json
    """
    from groundswell import app

    found = app.score(given, later, forecast=forecast, issued=issued)
    if later is None:
        for row in found["forecasts"]:
            say(row["says"])
        return
    table = new_table("claim", "record", "probability", "later estimate", "score")
    for row in found.scores:
        table.add_row(row.claim, row.record, f"{row.probability:.2f}", number(row.later), f"{row.score:+.2f}")
    if table.row_count:
        open_console().print(table)
    for sentence in found.unscored:
        say(f"not scored: {sentence}")
    print(found.answer)


def submit(
    study: Annotated[str, typer.Argument(help="A study file (.toml), which every node finds at the same path.")],
    shards: Annotated[int, typer.Option(min=1, help="How many shards to divide the study into, one task each.")],
    out: Annotated[Path | None, typer.Option(help="The output folder, which every node can write to.")] = None,
    slurm: Annotated[
        bool, typer.Option("--slurm", help="Submit to Slurm, the only scheduler supported so far.")
    ] = True,
    threads: Annotated[int, typer.Option(min=1, help="Number of threads of each task.")] = 1,
    option: SlurmOption = None,
) -> None:
    """Submit the unfinished shards of a study as an array of Slurm tasks.

    Example: groundswell submit study.toml --slurm --shards 64 --out /shared/out --option=--time=01:00:00
    """
    from groundswell.app.shards import study_work
    from groundswell.experiment.slurm import submit as submit_to_slurm
    from groundswell.experiment.study_file import load_study

    stated = load_study(study)
    folder = out or Path("out/studies") / stated.name
    done = submit_to_slurm(
        study_work(stated), stated.name, ["run", study], folder, shards, threads=threads, options=option or []
    )
    print_submission(done, folder, f"groundswell gather {study} --out {folder}")


def _show(done: Any, folder: Path, begun: float) -> None:
    """Print verdicts, failures, the answer, where the dossier is, and how long it took."""
    verdicts = done.verdicts
    console = open_console()
    if len(verdicts.get("verdicts") or ()) > _FEW:
        console.print(_verdict_lines(verdicts))
    elif verdicts.get("verdicts"):
        console.print(_verdict_table(verdicts))
        for sentence in _open_claims(verdicts):
            say(sentence)
    if verdicts.get("verdicts"):
        loose = [f"{v['claim']} ({v['error']:.0%})" for v in verdicts["verdicts"] if v.get("holds") is False]
        if loose:
            say(
                "Too uncertain to hold among all claims tested (where at most 5% may be expected to be wrong): "
                f"{', '.join(loose)}"
            )
    if verdicts.get("stated"):
        console.print(_stated_table(verdicts))
    if done.failed:
        first = done.ensemble.failed[0]
        say(
            f"{done.failed} runs failed and are left out of every summary; the first is {first.account}, draw "
            f"{first.draw}, arm {first.arm}: {first.reason}"
        )
    if done.answer:
        say(done.answer)
    print(f"dossier: {folder / 'dossier.html'}")
    print(f"in {lasted(time.monotonic() - begun)}", file=sys.stderr)


def studies(
    name: Annotated[
        str | None,
        typer.Argument(
            help="A built-in study, to print its file; without it, the names of all.",
            autocompletion=complete("studies", ".toml"),
        ),
    ] = None,
) -> None:
    """List the built-in studies, or print the file of one, to copy and change.

    Example: groundswell studies deed > mine.toml
    """
    from groundswell.experiment.study_file import built_in_studies, load_study

    if name is None:
        print("\n".join(built_in_studies()))
    else:
        print(clean(load_study(name).text), end="")


def verify(
    out: Annotated[Path, typer.Argument(help="The output folder of a finished run, inquiry or replication.")],
    trust: Annotated[
        bool,
        typer.Option("--trust", help="Run the Python files that a study names: they can do anything that you can."),
    ] = False,
    threads: Threads = None,
) -> None:
    """Compare a folder with its manifest, recompute its results, and compare them byte for byte.

    Exit code 1: a file was altered, differs when recomputed, or could not be recomputed.

    Example: groundswell verify out/studies/deed
    """
    from groundswell import app

    with bars() as progress:
        found = app.verify(out, trust=trust, threads=threads, progress=progress)
    for sentence in (*found.notes, *found.unchecked):
        say(sentence)
    words = {True: "yes", False: "no", None: "not made again"}
    table = new_table("file", "as the manifest says", "made again byte for byte")
    for row in found.rows():
        table.add_row(row["file"], words[row["unaltered"]], words[row["made_again"]])
    if table.row_count:
        open_console().print(table)
    if found.verified:
        print(found.answer)
        return
    print(found.answer, file=sys.stderr)
    raise typer.Exit(NOT_EQUAL)


def _stated_table(verdicts: Mapping[str, Any]) -> Table:
    """The claims that the study states, with the mean effect and its interval."""
    from rich.text import Text

    table = new_table("stated claim", "account", "verdict", "mean effect", "95% interval", "draws", "reason")
    for row in verdicts["stated"]:
        mean, low, high = ("-" if row[key] is None else number(row[key]) for key in ("mean", "low", "high"))
        verdict = Text(row["verdict"], style=_COLOURS[row["verdict"]])
        table.add_row(row["claim"], row["account"], verdict, mean, f"{low} to {high}", str(row["n"]), _reason(row))
    return table


def _reason(row: Mapping[str, Any]) -> str:
    """Why a stated claim has its verdict, and how many draws would decide an open one."""
    needed = row.get("draws_needed")
    return row["reason"] + (f". About {needed:,} draws would decide it ([study] draws)." if needed else "")


_COLOURS = {
    "supported": "green", "contradicted": "red", "undetermined": "yellow", "balanced": "yellow",
    "undecidable by design": "blue", "model misfits": "magenta", "not tested": "dim",
}  # fmt: skip


def _foremost(verdicts: Mapping[str, Any]) -> dict[str, Any]:
    """The first record of each claim's ranked list, by claim."""
    return {row["claim"]: row for row in reversed(verdicts.get("would_decide") or ())}


def _open_claims(verdicts: Mapping[str, Any]) -> list[str]:
    """What would decide the claims that stay open, one sentence each: the first of each claim's ranked list."""
    from groundswell.claims.decide import Option, in_words

    first = _foremost(verdicts)
    return [in_words(Option(**row)) for row in reversed(first.values())]


_WORTH = 2.0  # seconds of simulating from which its speed is reported: less is mostly compiling
_NAMED = 3  # arms run alike, up to which all are named
_FEW = 8  # claims that are printed with their reasons; of more, one line each


def _verdict_lines(verdicts: Mapping[str, Any]) -> Table:
    """One line per claim: its verdict, what it says, and for open ones the record that would decide or teach most."""
    from rich.text import Text

    first = _foremost(verdicts)
    table = new_table("claim", "verdict", "what it says", "would decide it")
    for column in table.columns:
        column.no_wrap, column.overflow = True, "ellipsis"
    for entry in verdicts["verdicts"]:
        row = first.get(entry["claim"])
        size = "" if row is None else f"{row['kind']}, N = {row['n']:,}" if row["n"] is not None else row["kind"]
        decides = size if row is None or row["enough"] else f"nothing tried; most: {size}"
        verdict = Text(str(entry["verdict"]), style=_COLOURS.get(str(entry["verdict"]), ""))
        table.add_row(str(entry["claim"]), verdict, str(entry.get("text") or ""), decides)
    return table


def _verdict_table(verdicts: Mapping[str, Any]) -> Table:
    from rich.text import Text

    table = new_table("claim", "account", "what it says", "verdict", "reason", title=str(verdicts.get("title") or ""))
    for entry in verdicts["verdicts"]:
        verdict = str(entry.get("verdict", ""))
        table.add_row(
            str(entry.get("claim", "")),
            str(entry.get("account", "")),
            str(entry.get("text") or ""),
            Text(verdict, style=_COLOURS.get(verdict, "")),
            str(entry.get("reason") or ""),
        )
    return table
