"""The command line: run and verify studies, read theories, find data, and fit a record of events.

Bad input is told in one sentence on the error stream, with exit code 2; an unexpected error keeps its traceback. What
a command needs is imported inside it, so that `--help` costs nothing.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from typer.core import TyperGroup

from groundswell import __version__
from groundswell.errors import EstimationError, GroundswellError

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from groundswell.evidence.excitation.discrete import ExcitationFit
    from groundswell.evidence.schema import Reading
    from groundswell.evidence.series import Series
    from groundswell.experiment.ensemble import Progress
    from groundswell.experiment.study import Study
    from groundswell.theory import Theory

BAD_INPUT, INTERRUPTED, NOT_EQUAL = 2, 130, 1  # exit codes; 130 is 128 + SIGINT, as shells have it
FEWEST_EVENTS = 10  # of a kind, below which a model of excitation is not fitted to it


class _Commands(TyperGroup):
    """Commands whose bad input is one sentence."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except GroundswellError as error:
            print(f"groundswell: {error}", file=sys.stderr)
            raise typer.Exit(BAD_INPUT) from None
        except MemoryError as error:
            print(
                f"groundswell: memory ran out ({error}); expected a run that fits. Instead: fewer people.",
                file=sys.stderr,
            )
            raise typer.Exit(BAD_INPUT) from None


_SETTINGS = {"help_option_names": ["-h", "--help"]}
app = typer.Typer(
    cls=_Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings=_SETTINGS,
    help="A laboratory for theories of collective action.",
)
data_app = typer.Typer(no_args_is_help=True, context_settings=_SETTINGS, help="Find, fetch and check data sets.")
app.add_typer(data_app, name="data")

Threads = Annotated[
    int | None, typer.Option(min=1, help="Threads; by default the cores at hand. Results are the same.")
]


def main() -> None:
    """The entry point of the command `groundswell`."""
    app(prog_name="groundswell")


def _say_version(wanted: bool) -> None:
    if wanted:
        print(f"groundswell {__version__}")
        raise typer.Exit


@app.callback()
def _groundswell(
    version: Annotated[
        bool, typer.Option("--version", callback=_say_version, is_eager=True, help="Say the version, and stop.")
    ] = False,
) -> None:
    """A laboratory for theories of collective action: state one, run it, confront it with records, adjudicate."""


# -- run and verify ---------------------------------------------------------------------------------------------------


@app.command()
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
    with _resumable(f"groundswell run {study}" + (f" --out {out}" if out else "")), _bars() as progress:
        ensemble = run_study(
            stated, folder, threads=threads, fresh=fresh, progress=progress, command=type_command(), data=_data_sha256()
        )
    verdicts = _read_json(folder / "verdicts.json")
    console = _console()
    if verdicts.get("verdicts"):
        console.print(_verdict_table(verdicts))
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
    from groundswell.evidence.cases.library import load_case
    from groundswell.evidence.registry import data_set, list_data

    list_data()  # refuses a GROUNDSWELL_DATA that is no folder, which would leave every record untested
    chosen(study.claims.test)
    for name in () if study.evidence.cases == "all" else study.evidence.cases:
        load_case(name)
    for name in () if study.evidence.records == "auto" else study.evidence.records:
        data_set(name)


def _data_sha256() -> dict[str, str]:
    """SHA-256 of the shipped cases and of the records on this machine, each of the bytes before any compression."""
    from groundswell.errors import RecordError
    from groundswell.evidence.cases.library import case_sha256, cases
    from groundswell.evidence.registry import data_sets, held_sha256

    found = {name: case_sha256(name) for name in cases()}
    for name in data_sets():
        with contextlib.suppress(RecordError):  # not on this machine, so no verdict can rest on it
            found[name] = held_sha256(name)
    return found


@app.command()
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


@app.command()
def verify(
    out: Annotated[Path, typer.Argument(help="The output folder of a finished run.")], threads: Threads = None
) -> None:
    """Run a study again from its manifest, and compare every table and the verdicts byte for byte."""
    from groundswell.experiment.runner import verify as run_again

    with _bars() as progress:
        found = run_again(out, threads=threads, progress=progress, data=_data_sha256())
    for note in found.notes:
        print(note)
    table = _table("file", "as the manifest says", "made again byte for byte")
    for name, equal in found.equal.items():
        table.add_row(name, "no" if name in found.altered else "yes", "yes" if equal else "no")
    _console().print(table)
    if found.verified:
        print(f"verified: {out}")
        return
    wrong = [name for name, equal in found.equal.items() if not equal or name in found.altered]
    print(f"not verified: {', '.join(wrong)}", file=sys.stderr)
    raise typer.Exit(NOT_EQUAL)


# -- theories ---------------------------------------------------------------------------------------------------------


@app.command()
def theories(
    name: Annotated[str | None, typer.Argument(help="A theory by name, or the path of a .py file.")] = None,
    odd: Annotated[
        bool, typer.Option("--odd", help="Print only the ODD text (Grimm et al. 2020), in Markdown.")
    ] = False,
) -> None:
    """List the theories, or show one: its parameters with support, prior and source, and its ODD text."""
    from groundswell.theory.registry import load_theory
    from groundswell.theory.registry import theories as all_theories

    if name is None:
        table = _table("theory", "title", "parameters", "accounts")
        for known, theory in all_theories().items():
            table.add_row(known, theory.title, str(len(theory.params)), ", ".join(theory.accounts) or "-")
        _console().print(table)
        return
    from groundswell.theory.odd import odd_text

    theory = load_theory(name)
    if not odd:
        console = _console()
        console.print(f"{theory.name}: {theory.title}", highlight=False, markup=False)
        console.print(f"source: {theory.source}", highlight=False, markup=False)
        console.print(_parameter_table(theory))
        for account, stated in theory.accounts.items():
            console.print(f"account {account}: {stated.meaning}", highlight=False, markup=False)
        print()
    print(odd_text(theory))


def _parameter_table(theory: type[Theory]) -> Table:
    table = _table("parameter", "default", "support", "prior", "unit", "meaning", "source")
    for name, param in theory.params.items():
        table.add_row(
            name, f"{param.default:g}", param.support, param.belief.describe(), param.unit, param.meaning, param.source
        )
    return table


# -- data -------------------------------------------------------------------------------------------------------------


@data_app.command("list")
def data_list() -> None:
    """List the data sets that the project knows, their terms, and whether they are on this machine."""
    from groundswell.evidence.registry import list_data

    table = _table("name", "title", "licence", "download", "found")
    for row in list_data().iter_rows(named=True):
        table.add_row(
            row["name"],
            row["title"],
            row["licence"],
            "yes" if row["download"] else "no",
            f"{row['found']}/{row['files']}",
        )
    _console().print(table)


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
    table = _table("data set", "file", "status", "path")
    differs = 0
    for each in names:
        for row in check_data(each).iter_rows(named=True):
            table.add_row(each, row["file"], row["status"], row["path"] or "")
            differs += row["status"] == "differs"
    _console().print(table)
    if differs:
        print(f"{differs} files are not those that the project knows", file=sys.stderr)
        raise typer.Exit(NOT_EQUAL)


# -- evidence ---------------------------------------------------------------------------------------------------------


@app.command()
def evidence(
    file: Annotated[Path, typer.Argument(help="A record of events: .csv, .tsv, .txt (may be gzipped) or .xlsx.")],
    codebook: Annotated[str, typer.Option(help="A built-in codebook, or the path of a mapping file (.toml).")],
    kinds: Annotated[
        str | None, typer.Option(help="Kinds, such as protest,violence; by default all that are frequent.")
    ] = None,
    unit: Annotated[str, typer.Option(help="The length of a period: day or week.")] = "week",
    place: Annotated[str | None, typer.Option(help="Only the events of this country or place.")] = None,
    interval: Annotated[
        str, typer.Option(help="profile (the default; slow with many kinds), wald or none.")
    ] = "profile",
    out: Annotated[Path | None, typer.Option(help="A folder for evidence.json and the tables.")] = None,
) -> None:
    """Read a record of events, and ask whether events excite events beyond a moving baseline."""
    import numpy as np

    from groundswell.evidence.events import read_events
    from groundswell.evidence.excitation.discrete import fit_excitation
    from groundswell.evidence.series import series

    step, method = _step(unit), _interval(interval)
    if out is not None:
        _check_writable(out)
    reading = read_events(file, codebook)
    _print_reading(reading)
    counted = series(reading.events, _kinds(reading, kinds), step, place, coarse="leave out")
    sums = dict(zip(counted.kinds, counted.counts.sum(axis=0).tolist(), strict=True))
    wanted = [kind for kind in counted.kinds if kinds is not None or sums[kind] >= FEWEST_EVENTS]
    for kind in (k for k in counted.kinds if k not in wanted):
        print(f"{kind} is left out: {sums[kind]} events that can be placed, where a fit needs {FEWEST_EVENTS}.")
    if not wanted:
        raise EstimationError(
            f"the record has too few events that can be placed in a {unit}",
            expected=f"at least {FEWEST_EVENTS} of one kind",
        )
    if len(wanted) < len(counted.kinds):
        counted = series(reading.events, wanted, step, place, coarse="leave out")
    if counted.left_out:
        print(f"{counted.left_out} events are left out, since they are dated more coarsely than to the {unit}.")
    others = counted.coverage
    coverage = None if others is None or not others.any() or np.ptp(others) == 0 else np.log1p(others)
    print(f"fitting {len(wanted)} kinds over {len(counted):,} {unit}s", file=sys.stderr)
    fit = fit_excitation(counted.counts, kinds=wanted, step=step, coverage=coverage, interval=method)
    _print_fit(fit, counted, coverage is not None)
    if out is not None:
        _write_evidence(out, reading, counted, fit)


def _step(unit: str) -> Literal["day", "week"]:
    if unit == "day":
        return "day"
    if unit == "week":
        return "week"
    raise EstimationError(
        f"unit {unit!r}", expected="day or week", why="excitation fades within days or weeks of an event"
    )


def _interval(given: str) -> Literal["profile", "wald", "none"]:
    if given == "profile":
        return "profile"
    if given == "wald":
        return "wald"
    if given == "none":
        return "none"
    raise EstimationError(f"interval {given!r}", expected="profile, wald or none")


def _kinds(reading: Reading, given: str | None) -> list[str]:
    """The kinds that were asked for, or all that the record holds but "other"."""
    if given is not None:
        return [kind.strip() for kind in given.split(",")]
    return sorted(kind for kind in reading.events["kind"].unique() if kind != "other")


def _print_reading(reading: Reading) -> None:
    console = _console()
    events, rejected = reading.events, reading.rejected
    print(f"{reading.rows:,} rows were read with the codebook {reading.codebook}: {events.height:,} events.")
    if events.height:
        table = _table("kind", "events", "first", "last")
        for kind, part in sorted((str(key[0]), part) for key, part in events.group_by("kind")):
            table.add_row(kind, f"{part.height:,}", str(part["date"].min()), str(part["date"].max()))
        console.print(table)
    if rejected.height:
        print(f"{rejected.height:,} rows were rejected:")
        table = _table("reason", "rows", "first row", "column", "value")
        for reason, part in rejected.group_by("reason", maintain_order=True):
            first = part.row(0, named=True)
            table.add_row(
                str(reason[0]),
                f"{part.height:,}",
                str(first["row"]),
                str(first["column"] or ""),
                str(first["value"] or ""),
            )
        console.print(table)
    else:
        print("No row was rejected.")
    for note in reading.notes:
        print(note)


def _print_fit(fit: ExcitationFit, counted: Series, covered: bool) -> None:
    print(
        f"{len(counted)} periods of a {counted.unit} from {counted.start}; the baseline moves with trend and season"
        + (", and with the events of all other kinds as a measure of reporting." if covered else ".")
    )
    table = _table("one event of", "brings about", "low", "high", "of", "p")
    for i, source in enumerate(fit.kinds):
        for j, target in enumerate(fit.kinds):
            numbers = (fit.branching[i, j], fit.low[i, j], fit.high[i, j])
            table.add_row(source, *(_number(x) for x in numbers), target, _number(fit.pair_p[i, j]))
    console = _console()
    console.print(table)
    for kind, checks in fit.checks.items():
        for check in checks:
            print(f"check of {kind}: {check.name} {'passed' if check.passed else 'failed'} (p = {check.p:.2g})")
    for note in fit.notes:
        print(note)
    print(fit.answer)


def _write_evidence(out: Path, reading: Reading, counted: Series, fit: ExcitationFit) -> None:
    from groundswell.experiment.store import write_frame, write_json

    write_frame(out / "events.parquet", reading.events)
    write_frame(out / "rejected.parquet", reading.rejected)
    write_frame(out / "series.parquet", counted.to_frame())
    told = {
        "codebook": reading.codebook,
        "rows": reading.rows,
        "events": reading.events.height,
        "rejected": reading.rejected.height,
        "notes": list(reading.notes),
        "unit": counted.unit,
        "start": str(counted.start),
        "periods": len(counted),
        "left_out": counted.left_out,
        "fit": fit.to_dict(),
        "answer": fit.answer,
    }
    write_json(out / "evidence.json", told)
    print(f"evidence: {out / 'evidence.json'}")


# -- what the commands share ------------------------------------------------------------------------------------------


@contextlib.contextmanager
def _resumable(command: str) -> Iterator[None]:
    """Say, when a run is interrupted, that nothing that was finished is lost."""
    try:
        yield
    except KeyboardInterrupt:
        print(f"\ninterrupted; what was finished is kept, and the same command resumes it: {command}", file=sys.stderr)
        raise typer.Exit(INTERRUPTED) from None


@contextlib.contextmanager
def _bars() -> Iterator[Progress]:
    """Progress bars on the error stream, one for each stage; none where that is no terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as bars:
        tasks: dict[str, Any] = {}

        def progress(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(stage, total=total)
            bars.update(tasks[stage], completed=done, total=total)

        yield progress


_COLOURS = {"supported": "green", "contradicted": "red", "undetermined": "yellow", "not tested": "dim"}


def _verdict_table(verdicts: Mapping[str, Any]) -> Table:
    from rich.text import Text

    table = _table("claim", "account", "verdict", "reason", title=str(verdicts.get("title") or ""))
    for entry in verdicts["verdicts"]:
        verdict = str(entry.get("verdict", ""))
        table.add_row(
            str(entry.get("claim", "")),
            str(entry.get("account", "")),
            Text(verdict, style=_COLOURS.get(verdict, "")),
            str(entry.get("reason") or ""),
        )
    return table


def _console() -> Console:
    from rich.console import Console

    # Where the output is no terminal, lines are as long as they need to be, so that a pipe gets whole ones.
    return Console(width=None if sys.stdout.isatty() else 240)


def _table(*columns: str, title: str | None = None) -> Table:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    class _Plain(Table):
        """A table whose cells are text, never markup: a record may hold square brackets."""

        def add_row(self, *cells: Any, **settings: Any) -> None:
            super().add_row(*(Text(c) if isinstance(c, str) else c for c in cells), **settings)

    table = _Plain(title=title or None, box=box.SIMPLE, show_edge=False, title_justify="left")
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def _number(x: float) -> str:
    return "not estimable" if x != x else f"{x:.3g}"


def _read_json(path: Path) -> dict[str, Any]:
    import json

    return json.loads(path.read_text(encoding="utf-8"))


def _check_writable(folder: Path) -> None:
    from groundswell.experiment.store import check_writable

    check_writable(folder)


__all__: Sequence[str] = ("app", "main")
