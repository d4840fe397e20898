"""The commands that fit a theory to a record, and that say what a record could reveal."""

from __future__ import annotations

import functools
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from groundswell.cli._executors import ExecutorName, SlurmOption, executor_named, print_submission, typed_again
from groundswell.cli._shared import THEORIES, Csv, Threads, bars, new_table, open_console, resumable

if TYPE_CHECKING:
    from rich.table import Table

    from groundswell.calibrate.fit import Fit
    from groundswell.calibrate.identify import Identification

Theory = Annotated[str, typer.Argument(help="A theory by name, or the path of a .py file.", autocompletion=THEORIES)]
Observe = Annotated[
    list[str] | None,
    typer.Option(metavar="NAME=COLUMN", help="The column (or kind of event) of an observable; may be repeated."),
]
People = Annotated[int | None, typer.Option(min=1, help="People of each world; by default the theory's setting.")]
Network = Annotated[str | None, typer.Option(help="Kind of network; by default the theory's setting.")]
Numbers = Annotated[int | None, typer.Option(min=1, help="Draws from the prior; by default 500 per free parameter.")]
Seed = Annotated[int, typer.Option(min=0, help="Determines all draws and people.")]
Estimands = Annotated[
    list[str] | None,
    typer.Option("--estimand", metavar="OBSERVABLE:ARM=AMOUNT[:STEPS]", help="An effect, such as turnout:act=1:12."),
]
Priors = Annotated[
    list[str] | None, typer.Option("--prior", metavar="NAME=Uniform(0,1)", help="A prior that replaces the theory's.")
]
Held = Annotated[
    list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="A parameter held fixed; may be repeated.")
]
Reporting = Annotated[
    str | None, typer.Option(help="How histories become the record: exact, noisy, counts, events, or a TOML file.")
]
Tables = Annotated[
    Path | None, typer.Option(help="The folder of reference tables; by default in the cache, for reuse.")
]
Codebook = Annotated[str | None, typer.Option(help="Codebook of a record of events.")]
Unit = Annotated[str | None, typer.Option(help="day, week, month, quarter or year.")]
Place = Annotated[str | None, typer.Option(help="Place of a record of events.")]
Before = Annotated[int | None, typer.Option(min=0, help="Steps simulated before the record begins.")]
Every = Annotated[int, typer.Option(min=1, help="Steps per period of the record.")]
Fresh = Annotated[bool, typer.Option("--fresh", help="Discard what an earlier fit left in the folder.")]


def fit(
    context: typer.Context,
    theory: Theory,
    record: Annotated[str, typer.Argument(help="A CSV of dated numbers, a file of events, or a known data set.")],
    observe: Observe = None,
    people: People = None,
    network: Network = None,
    draws: Numbers = None,
    seed: Seed = 1,
    accounts: Annotated[
        list[str] | None,
        typer.Option(help="An account for the record to choose among, or several separated by commas."),
    ] = None,
    rival: Annotated[
        list[str] | None,
        typer.Option(
            help="A further model: another theory, or tide:SHOCK:ACTS:BY[:effect], acts timed by BY; may be repeated."
        ),
    ] = None,
    moments: Annotated[
        bool, typer.Option("--moments", help="Also give a point estimate by simulated moments.")
    ] = False,
    estimands: Estimands = None,
    priors: Priors = None,
    values: Held = None,
    reporting: Reporting = None,
    codebook: Codebook = None,
    unit: Unit = None,
    place: Place = None,
    before: Before = None,
    every: Every = 1,
    method: Annotated[str, typer.Option(help="network, abc or sbi.")] = "network",
    out: Annotated[Path | None, typer.Option(help="The folder of fit.json, fit.html and the draws.")] = None,
    tables: Tables = None,
    fresh: Fresh = False,
    csv: Csv = False,
    threads: Threads = None,
    shard: Annotated[
        str | None,
        typer.Option(metavar="I/N", help="Only draw shard I of N into the folder; the same command gathers them."),
    ] = None,
    gather: Annotated[bool, typer.Option("--gather", help="Take the draws from the shards in the folder.")] = False,
    executor: ExecutorName = None,
    slurm: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Submit the unfinished ones of N shards to Slurm.")
    ] = None,
    option: SlurmOption = None,
) -> None:
    """Fit a theory to a record: a posterior that passed its gates, or the reason that there is none.

    Exit code 1: a gate failed, and no interval is shown.

    Example: groundswell fit granovetter turnout.csv --observe turnout --out out/fit
    """
    from groundswell import app
    from groundswell.cli.simulate import assignments

    options: dict[str, Any] = {
        "observe": observe or (),
        "people": people,
        "network": network,
        "draws": draws,
        "seed": seed,
        "accounts": [a.strip() for text in accounts or () for a in text.split(",") if a.strip()],
        "estimands": estimands,
        "priors": priors or (),
        "fixed": assignments(values or []),
        "reporting": reporting,
        "codebook": codebook,
        "unit": unit,
        "place": place,
        "before": before,
        "every": every,
        "method": method,
    }
    folder = out or Path("out") / f"fit-{Path(theory).stem}-{Path(record).stem}"
    if threads is not None:
        options["threads"] = threads
    from groundswell.app.fits import fit_work

    work = functools.partial(fit_work, theory, record, rivals=rival or (), **options)
    if slurm is not None:
        from groundswell.experiment.slurm import submit

        again = typed_again(context, without=("out", "threads", "shard", "gather", "executor", "slurm", "option"))
        done = submit(
            work(), f"fit-{Path(theory).stem}", again, folder, slurm, threads=threads or 1, options=option or []
        )
        print_submission(done, folder, shlex.join(["groundswell", *again, "--out", str(folder), "--gather"]))
        return
    with resumable("groundswell fit"), bars() as progress:
        if shard is not None:
            from groundswell.experiment.shards import Shard, run_shard

            print(f"shard: {run_shard(work(), Shard.parse(shard), folder, threads=threads, progress=progress)}")
            return
        with executor_named(executor) as workers:
            found = app.fit(
                theory, record, folder, tables=tables or "cache", progress=progress, say=print, fresh=fresh, csv=csv,
                rivals=rival or (), moments=moments, executor=workers, gather=gather, **options,
            )  # fmt: skip
    console = open_console()
    print(found.answer)
    for gate in found.checks:
        if not gate.passed and gate.message not in found.answer:
            print(f"  {gate.name}: {gate.message}")
    if any(gate.wants_draws for gate in found.checks):
        drawn = found.budget["draws"]
        print(f"Next: the same command with --draws {2 * drawn}, which draws {drawn:,} more and reuses the rest.")
    console.print(_table(found))
    if found.scale and found.scale not in found.answer:
        print(f"{found.scale}.")
    if found.choice is not None:
        print(getattr(found.choice, "answer", ""))
    if found.moments is not None:
        matched = getattr(found.moments, "passed", False)
        print(f"moments {'can' if matched else 'cannot'} be matched")
        for row in getattr(found.moments, "rows", list)() if matched else ():
            print(f"by moments: {row['name']} {row['value']:.3g} ({row['low']:.3g} to {row['high']:.3g})")
    print(f"written: {folder / 'fit.html'}")
    if not found.passed:
        raise typer.Exit(1)


def identify(
    theory: Theory,
    observe: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="An observable of the record; may be repeated.")
    ] = None,
    record_like: Annotated[
        str | None, typer.Option("--record-like", help="A record whose columns, length and gaps are used.")
    ] = None,
    periods: Annotated[int | None, typer.Option(min=1, help="Periods of the record.")] = None,
    people: People = None,
    network: Network = None,
    draws: Numbers = None,
    seed: Seed = 1,
    estimands: Estimands = None,
    priors: Priors = None,
    values: Held = None,
    reporting: Reporting = None,
    unit: Unit = None,
    every: Every = 1,
    out: Annotated[Path | None, typer.Option(help="The folder of the table; by default none is written.")] = None,
    tables: Tables = None,
    fresh: Fresh = False,
    csv: Csv = False,
    threads: Threads = None,
) -> None:
    """Measure what records of one kind and length can reveal about a theory, for every parameter, estimand and pair.

    Example: groundswell identify granovetter --observe turnout --periods 30
    """
    from groundswell import app
    from groundswell.cli.simulate import assignments

    options: dict[str, Any] = {
        "people": people,
        "network": network,
        "draws": draws,
        "seed": seed,
        "estimands": estimands,
        "priors": priors or (),
        "fixed": assignments(values or []),
        "reporting": reporting,
        "unit": unit,
        "every": every,
    }
    named = [name.partition("=")[0].strip() for name in observe or ()]
    if record_like is not None:
        options["observe"] = [text if "=" in text else f"{text}={text}" for text in observe or ()]
    if threads is not None:
        options["threads"] = threads
    with resumable("groundswell identify"), bars() as progress:
        found = app.identify(
            theory,
            out,
            observe=named,
            record_like=record_like,
            periods=periods,
            tables=tables or "cache",
            progress=progress,
            say=print,
            fresh=fresh,
            csv=csv,
            **options,
        )
    print(found.answer)
    open_console().print(_identified(found))
    for pair in found.pairs:
        print(f"not distinguished: {pair['first']} and {pair['second']} (correlation {pair['correlation']:.2f})")


def _table(found: Fit) -> Table:
    table = new_table("target", "median", "90% interval", "information", "prior's 90%", "unit")
    for m in found.margins().values():
        shown = ("not shown", "not shown") if m.median is None else (f"{m.median:.3g}", f"{m.low:.3g} to {m.high:.3g}")
        table.add_row(m.name, *shown, f"{m.information:.2f}", f"{m.prior_low:.3g} to {m.prior_high:.3g}", m.unit)
    return table


def _identified(found: Identification) -> Table:
    table = new_table(
        "target", "kind", "periods", "network", "abc", "regression", "learned", title="nats over the prior"
    )
    for r in sorted(found.targets, key=lambda r: (-float(r["network"]), str(r["name"]), int(r["periods"]))):
        numbers = (f"{r[k]:.2f}" for k in ("network", "abc", "regression"))
        table.add_row(str(r["name"]), str(r["kind"]), str(r["periods"]), *numbers, str(r["learned"]))
    return table
