"""Runs replications, and assembles the result from which the table and the pages are made."""

from __future__ import annotations

import traceback
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar

from groundswell.charts import Chart
from groundswell.errors import GroundswellError
from groundswell.output import Keeper, Kept
from groundswell.replications.pictures import chart_of
from groundswell.replications.replication import (
    CERTAINTY,
    VERDICTS,
    Figure,
    Found,
    Measured,
    Missing,
    Replication,
    Target,
    Verdict,
)
from groundswell.results import Result, plain
from groundswell.theory.declare import Theory
from groundswell.theory.parts import NO_SOURCE
from groundswell.theory.registry import theories
from groundswell.version import __version__

FORMAT = 1
"""Format of replications.json."""

_DIGITS = 10  # significant digits of stated numbers: more would differ between library versions


@dataclass(frozen=True)
class Row:
    """A target, its measurement and the verdict; `found` is None if the measurement failed."""

    target: Target
    found: Found | Missing | None
    verdict: Verdict
    as_declared: bool
    reason: str


@dataclass(frozen=True)
class Replicated:
    """A replication that was run: a row for each target, its figures, or the error that stopped it.

    `replication` is None if its file could not be loaded; there are no rows then.
    """

    name: str
    replication: Replication | None
    rows: tuple[Row, ...]
    figures: Sequence[Figure] = ()
    seeds: Mapping[str, int] | None = None
    error: str = ""

    @property
    def as_declared(self) -> bool:
        """Whether it ran and every verdict is the declared one."""
        return not self.error and all(row.as_declared for row in self.rows)


def replicate(replication: Replication, threads: int | None = None) -> Replicated:
    """Measure a replication and judge each of its targets.

    Parameters
    ----------
    replication : the replication to measure.
    threads : passed on; results do not depend on it.

    Returns
    -------
    The result. A measurement that raises, or does not match the targets, makes every row "failed", with the reason.
    """
    try:
        measured = replication.check(replication.measure(threads=threads))
    except Exception as error:
        reason = _sentence(error)
        rows = tuple(Row(target, None, "failed", False, reason) for target in replication.targets)
        return Replicated(replication.name, replication, rows, error=reason)
    return judged(replication, measured)


def judged(replication: Replication, measured: Measured) -> Replicated:
    """The verdicts on a measurement that holds an estimate for each target."""
    rows = []
    for target in replication.targets:
        found = measured.estimates[target.name]
        verdict, declared = target.verdict(found), target.as_declared(found)
        if isinstance(found, Missing):
            reason = found.reason
        elif declared:
            reason = target.reason
        else:
            reason = f"declared to be {target.expect}. {target.reason}".strip()
        rows.append(Row(target, found, verdict, declared, reason))
    return Replicated(replication.name, replication, tuple(rows), measured.figures, measured.seeds)


def not_loaded(name: str, reason: str) -> Replicated:
    """The result of a file that could not be loaded."""
    return Replicated(name, None, (), error=reason)


@dataclass(frozen=True)
class Published:
    """The paper's number and its tolerance; `value` is None if the paper states none."""

    value: float | None
    tolerance: float


@dataclass(frozen=True)
class TargetRow(Result):
    """A row of a table or page: what was published, what came out, and the verdict."""

    target: str
    claim: str
    unit: str
    table: int | None
    published: Published
    certainty: str
    source: str
    widest: float
    ours: Found | None
    verdict: Verdict
    declared: str
    as_declared: bool
    reason: str
    needs: str
    note: str


@dataclass(frozen=True)
class ReplicationEntry(Result):
    """What the page of a replication states; numbers are rounded to ten significant digits."""

    name: str
    title: str
    theories: tuple[str, ...]
    source: str
    equations: str
    limits: tuple[str, ...]
    seeds: Mapping[str, int]
    error: str
    as_declared: bool
    targets: tuple[TargetRow, ...]
    figures: tuple[Figure, ...]

    def to_dict(self) -> dict[str, Any]:
        """Its fields; the targets are `rows` there."""
        return {"rows" if name == "targets" else name: value for name, value in super().to_dict().items()}

    def rows(self) -> Sequence[Mapping[str, Any]]:
        """One row per target."""
        return [
            {
                "replication": self.name,
                "target": row.target,
                "claim": row.claim,
                "unit": row.unit,
                "published": row.published.value,
                "tolerance": row.published.tolerance,
                "certainty": row.certainty,
                "ours": row.ours.value if row.ours else None,
                "low": row.ours.low if row.ours else None,
                "high": row.ours.high if row.ours else None,
                "verdict": row.verdict,
                "reason": row.reason,
            }
            for row in self.targets
        ]

    def charts(self) -> Sequence[Chart]:
        """Its figures, ours as the paper drew them."""
        return [chart_of(plain(figure)) for figure in self.figures]


@dataclass(frozen=True)
class ParameterEntry:
    """A parameter of a theory, as shown on a page."""

    name: str
    meaning: str
    default: float
    support: str
    unit: str
    source: str


@dataclass(frozen=True)
class TheoryEntry:
    """What a page states about a theory; `missing` gives the reason if there is nothing."""

    title: str
    missing: str = ""
    source: str = ""
    references: tuple[str, ...] = ()
    equations: str = ""
    limits: tuple[str, ...] = ()
    deviations: tuple[str, ...] = ()
    parameters: tuple[ParameterEntry, ...] = ()


@dataclass(frozen=True)
class Replications(Kept, Result):
    """The results of some replications; its fields are the keys of replications.json.

    Parameters
    ----------
    verdicts, certainty : the meaning of each word and code.
    counts : of targets by verdict.
    as_declared : every replication ran, and every verdict is the one that is declared for it.
    replications : each with its title, seeds, rows, figures and error.
    theories : title, source, equations, parameters, limits and deviations of every theory named.
    folder : where the pages are.
    """

    left_out: ClassVar[tuple[str, ...]] = ("folder", "keeper")

    format: int
    version: str
    verdicts: Mapping[str, str]
    certainty: Mapping[str, str]
    counts: Mapping[str, int]
    as_declared: bool
    replications: tuple[ReplicationEntry, ...]
    theories: Mapping[str, TheoryEntry]
    folder: Path = Path()
    keeper: Keeper | None = field(default=None, repr=False)

    def rows(self) -> Sequence[Mapping[str, Any]]:
        """One row per target: what was published, what came out, and the verdict."""
        return [row for one in self.replications for row in one.rows()]

    def charts(self) -> Sequence[Chart]:
        """Every figure of every replication, ours as the paper drew it."""
        return [chart for one in self.replications for chart in one.charts()]


def collect(results: Iterable[Replicated]) -> Replications:
    """The results, assembled by name: the same results give the same bytes."""
    done = sorted(results, key=lambda result: result.name)
    named = sorted({name for result in done if result.replication for name in result.replication.theories})
    counts = dict.fromkeys(VERDICTS, 0)
    for result in done:
        for row in result.rows:
            counts[row.verdict] += 1
    return Replications(
        format=FORMAT,
        version=__version__,
        verdicts=VERDICTS,
        certainty=CERTAINTY,
        counts=counts,
        as_declared=all(result.as_declared for result in done),
        replications=tuple(_entry(result) for result in done),
        theories=_theories(named),
    )


def _entry(result: Replicated) -> ReplicationEntry:
    stated = result.replication
    return ReplicationEntry(
        name=result.name,
        title=stated.title if stated else result.name,
        theories=tuple(stated.theories) if stated else (),
        source=stated.source if stated else "",
        equations=stated.equations if stated else "",
        limits=tuple(stated.limits) if stated else (),
        seeds=dict(result.seeds or {}),
        error=result.error,
        as_declared=result.as_declared,
        targets=tuple(_row(row) for row in result.rows),
        figures=tuple(_rounded_figure(figure) for figure in result.figures),
    )


def _row(row: Row) -> TargetRow:
    target, found = row.target, row.found
    return TargetRow(
        target=target.name,
        claim=target.claim,
        unit=target.unit,
        table=target.table,
        published=Published(_rounded(target.value), _rounded(target.tolerance)),
        certainty=target.certainty,
        source=target.source,
        widest=_rounded(target.widest),
        ours=Found(*(_rounded(x) for x in (found.value, found.low, found.high))) if isinstance(found, Found) else None,
        verdict=row.verdict,
        declared=target.expect,
        as_declared=row.as_declared,
        reason=row.reason,
        needs=target.needs,
        note=target.note,
    )


def _rounded_figure(figure: Figure) -> Figure:
    curves = [
        replace(curve, **{name: _rounded(getattr(curve, name)) for name in ("x", "y", "low", "high")})
        for curve in figure.curves
    ]
    return replace(figure, curves=curves, marks=_rounded(figure.marks))


def _theories(names: list[str]) -> dict[str, TheoryEntry]:
    try:
        known = theories()
    except Exception as error:  # a theory file that cannot be loaded must not hide other results
        return {name: TheoryEntry(name, f"{type(error).__name__}: {error}") for name in names}
    return {
        name: _theory(known[name]) if name in known else TheoryEntry(name, "there is no theory of this name")
        for name in names
    }


def _theory(theory: type[Theory]) -> TheoryEntry:
    return TheoryEntry(
        title=theory.title,
        source=theory.source,
        references=tuple(theory.references),
        equations=theory.equations,
        limits=tuple(theory.limits),
        deviations=tuple(theory.deviations),
        parameters=tuple(
            ParameterEntry(
                name, param.meaning, param.default, param.support, param.unit,
                "" if param.source == NO_SOURCE else param.source,
            )
            for name, param in theory.params.items()
        ),
    )  # fmt: skip


def _rounded(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_rounded(x) for x in value]
    return float(f"{value:.{_DIGITS}g}") if isinstance(value, float) else value


def _sentence(error: Exception) -> str:
    if isinstance(error, GroundswellError):
        return str(error)
    last = traceback.extract_tb(error.__traceback__)[-1]  # the line that was running
    return f"{type(error).__name__}: {error} ({last.filename.rpartition('groundswell/')[2]}:{last.lineno})"
