"""The command that asks a record of events what follows what."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from groundswell.cli._shared import check_writable, new_table, number, open_console
from groundswell.errors import EstimationError

if TYPE_CHECKING:
    from groundswell.evidence.excitation.discrete import ExcitationFit
    from groundswell.evidence.schema import Reading
    from groundswell.evidence.series import Series

FEWEST_EVENTS = 10  # of a kind, below which a model of excitation is not fitted to it


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
        check_writable(out)
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
    console = open_console()
    events, rejected = reading.events, reading.rejected
    print(f"{reading.rows:,} rows were read with the codebook {reading.codebook}: {events.height:,} events.")
    if events.height:
        table = new_table("kind", "events", "first", "last")
        for kind, part in sorted((str(key[0]), part) for key, part in events.group_by("kind")):
            table.add_row(kind, f"{part.height:,}", str(part["date"].min()), str(part["date"].max()))
        console.print(table)
    if rejected.height:
        print(f"{rejected.height:,} rows were rejected:")
        table = new_table("reason", "rows", "first row", "column", "value")
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
    table = new_table("one event of", "brings about", "low", "high", "of", "p")
    for i, source in enumerate(fit.kinds):
        for j, target in enumerate(fit.kinds):
            numbers = (fit.branching[i, j], fit.low[i, j], fit.high[i, j])
            table.add_row(source, *(number(x) for x in numbers), target, number(fit.pair_p[i, j]))
    console = open_console()
    console.print(table)
    for kind, checks in fit.checks.items():
        for check in checks:
            print(f"check of {kind}: {check.name} {'passed' if check.passed else 'failed'} (p = {check.p:.2g})")
    for note in fit.notes:
        print(note)
    print(fit.answer)


def _write_evidence(out: Path, reading: Reading, counted: Series, fit: ExcitationFit) -> None:
    from groundswell.files import write_frame, write_json

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
