"""Adjudication: the claims of registers, and those that the study writes itself, are put to their records."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import polars as pl

import groundswell
from groundswell.claims.asked import Asked, asked_of
from groundswell.claims.decide import Option, ranked
from groundswell.claims.fitted import FittedTest
from groundswell.claims.judge import WEIGHT, judge, missing_record
from groundswell.claims.pooled import with_false_discovery
from groundswell.claims.register import Simulation
from groundswell.claims.simulated import Simulated
from groundswell.claims.stated import STATED_LIMIT, STATED_METHOD, judge_stated, stated_answer, stated_table
from groundswell.claims.verdicts import DECIDED, FORMAT, SIMULATED_SCHEMA, ClaimVerdict, Verdicts, adjusted, count
from groundswell.claims.wording import REFERENCES, answer, limits, method
from groundswell.draws import derive_seed
from groundswell.errors import StudyError
from groundswell.experiment.ensemble import Design, Ensemble, Progress
from groundswell.experiment.study import Study
from groundswell.population.population import Population
from groundswell.records.cases.library import case_sha256, cases, load_case
from groundswell.records.registry import data_set, held_sha256

SOCIETIES = 4
"""Populations that the draws of an adjudication live in by turns: one network of many that are alike is luck."""


def simulate_runs(asked: Asked, study: Study, *, threads: int | None = None, progress: Progress | None = None) -> Any:
    """Hand a register's `runs` the simulations that its claims are judged by, arms being simulated when first read.

    Draws live in `SOCIETIES` populations by turns, which all simulations of one specification share.

    Raises
    ------
    StudyError, TheoryError, PopulationError, MemoryRefusedError : a simulation that cannot be made as it is stated.
    """
    seed = derive_seed(study.table.seed, "claims")
    societies: dict[str, list[tuple[Population, int]]] = {}
    whole = len(asked.claims) == len(asked.register.claims)
    expected = {arm for simulation in asked.simulations for arm in simulation.arms} if whole else _tested(asked, study)

    def simulated(simulation: Simulation) -> Simulated:
        specification = simulation.population or asked.population(study)
        key = specification.model_dump_json()
        if key not in societies:
            societies[key] = [
                (
                    specification.build(derive_seed(seed, "population", *number), folder=study.folder),
                    derive_seed(seed, "traits", *number),
                )
                for number in ((), *((k,) for k in range(1, SOCIETIES)))
            ]
        (population, population_seed), *more = societies[key]
        design = Design(
            theory=study.theory, population=population, population_seed=population_seed, more_societies=tuple(more),
            steps=simulation.steps, accounts=asked.accounts(study), arms=simulation.arms,
            draws=study.adjudication.draws, seed=derive_seed(seed, simulation.name), params=study.params,
        )  # fmt: skip
        return Simulated(design, expected, threads=threads, progress=_named(progress, simulation.name))

    return asked.register.runs({simulation.name: simulated(simulation) for simulation in asked.simulations})


def _tested(asked: Asked, study: Study) -> set[str]:
    """The arms under which the records at hand are simulated."""
    return {
        scenario.arm
        for claim in asked.claims.values()
        for test in claim.tests
        if not isinstance(test, FittedTest) and not missing_record(test, study)
        for scenario in (*test.asserting, *test.denying)
    }


def _named(progress: Progress | None, name: str) -> Callable[[str, int, int], None]:
    """A report of progress that names the simulation."""

    def report(stage: str, done: int, total: int) -> None:
        if progress is not None:
            progress(f"{name}: {stage}", done, total)

    return report


def adjudicate(
    study: Study, ensemble: Ensemble | None = None, *, threads: int | None = None, progress: Progress | None = None
) -> Verdicts:
    """Adjudicate the claims that a study asks for.

    Parameters
    ----------
    study : its seed, overrides, claims, records and [adjudication] are used.
    ensemble : the study's own, for the claims without a record; the others have simulations of their own.

    Raises
    ------
    StudyError, RecordError : before anything is simulated, for a claim, register or record that cannot be used
        (`groundswell.claims.asked.asked_of`); claims without a record, and no ensemble to judge them by.
    """
    if study.stated and ensemble is None:
        raise StudyError("claims that the study states", expected="the study's own ensemble to judge them by")
    registers = asked_of(study)
    stated = [] if ensemble is None else judge_stated(study, ensemble)
    verdicts: list[ClaimVerdict] = []
    simulated: list[dict[str, Any]] = []
    total = sum(len(asked.claims) for asked in registers)
    for asked in registers:
        runs = simulate_runs(asked, study, threads=threads, progress=progress)
        for claim in asked.claims.values():
            if progress is not None:
                progress("claims", len(verdicts), total)
            known = tuple(asked.accounts(study))
            verdicts.append(judge(claim, runs, study, known, simulated, threads=threads, progress=progress))
    verdicts = adjusted(verdicts)
    if progress is not None:
        progress("claims", total, total)
    verdicts = with_false_discovery(verdicts)
    used = {r for v in verdicts for t in v.tests for r in t.record.split(" + ")}
    would_decide = tuple(o for v in verdicts for o in _open(v))
    said = [
        *([answer(verdicts, registers, would_decide)] if verdicts else []),
        *([stated_answer(stated)] if stated else []),
    ]
    found = Verdicts(
        format=FORMAT,
        study=study.table.name,
        title=study.table.title,
        seed=study.table.seed,
        version=groundswell.__version__,
        answer=" ".join(said) or None,
        verdicts=tuple(verdicts),
        counts=count(verdicts),
        stated=tuple(stated),
        limits=(
            *study.theory.limits,
            *(limits(study, registers) if verdicts else ()),
            *((STATED_LIMIT,) if stated else ()),
        ),
        no_source=tuple(
            {"parameter": n, "meaning": p.meaning} for n, p in study.theory.params.items() if p.source == "no source"
        ),
        method=(*(method(study, registers, WEIGHT) if verdicts else ()), *((STATED_METHOD,) if stated else ())),
        references=(
            *study.theory.references,
            *(REFERENCES if verdicts else ()),
            *(r for asked in registers for r in asked.register.references),
        ),
        data=tuple(_data(used, registers)),
        would_decide=would_decide,
    )
    tables = {
        "verdicts": found.to_frame(),
        "would_decide": pl.DataFrame([o.to_dict() for o in found.would_decide], schema=_OPTIONS),
        "simulated_estimates": pl.DataFrame(simulated, schema=SIMULATED_SCHEMA),
        **({"stated_claims": stated_table(stated)} if stated else {}),
    }
    return replace(found, tables=tables)


_OPTIONS = {
    "claim": pl.String, "record": pl.String, "title": pl.String, "kind": pl.String, "size": pl.String, "n": pl.Int64,
    "expected_weight": pl.Float64, "error": pl.Float64, "decided": pl.Float64, "wrong": pl.Float64,
    "enough": pl.Boolean,
}  # fmt: skip


def _open(v: ClaimVerdict) -> tuple[Option, ...]:
    """The ranked list of a claim that is not decided."""
    return () if v.verdict in DECIDED else ranked([o for t in v.tests for o in t.options])


def _data(used: set[str], registers: Sequence[Asked]) -> list[dict[str, Any]]:
    """The records that were read, each with its source."""
    own = {name: source for asked in registers for name, source in asked.register.records.items()}
    rows = []
    known = set(cases())
    for name in sorted(used):
        if name in own:
            source = own[name]
            rows.append({"name": name, "citation": source.citation, "licence": source.licence, "sha256": source.sha256})
            continue
        found = load_case(name) if name in known else data_set(name)
        sha256 = case_sha256(name) if name in known else held_sha256(name)
        rows.append({"name": name, "citation": found.citation, "licence": found.licence, "sha256": sha256})
    return rows
