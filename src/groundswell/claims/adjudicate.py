"""Adjudication: test the claims of registers, and those that the study states itself, against their records."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import polars as pl

import groundswell
from groundswell.claims.asked import Asked, asked_of
from groundswell.claims.decide import Option, ranked
from groundswell.claims.fitted import FittedTest, shipped_tables
from groundswell.claims.judge import judge, missing_record
from groundswell.claims.pooled import with_false_discovery
from groundswell.claims.robustness import judged_again
from groundswell.claims.ruling import WEIGHT
from groundswell.claims.runs import Store, simulate_runs
from groundswell.claims.stated import STATED_LIMIT, STATED_METHOD, judge_stated, stated_answer, stated_table
from groundswell.claims.verdicts import DECIDED, FORMAT, SIMULATED_SCHEMA, ClaimVerdict, Verdicts, adjusted, count
from groundswell.claims.wording import REFERENCES, answer, limits, method
from groundswell.draws import derive_seed
from groundswell.errors import StudyError
from groundswell.experiment.ensemble import Ensemble, Progress
from groundswell.experiment.study import Study
from groundswell.records.cases.library import cases, load_case
from groundswell.records.registry import data_set


def adjudicate(
    study: Study,
    ensemble: Ensemble | None = None,
    *,
    threads: int | None = None,
    progress: Progress | None = None,
    store: Store | None = None,
) -> Verdicts:
    """Adjudicate the claims that a study asks for.

    Parameters
    ----------
    study : its seed, overrides, claims, records and [adjudication] are used.
    store : parts that were simulated elsewhere (`sources_of`); missing parts are simulated here.
    ensemble : the study's own, for claims without a record; the other claims use separate simulations.

    Raises
    ------
    StudyError, RecordError : before anything is simulated, if a claim, register or record cannot be used
        (`groundswell.claims.asked.asked_of`), or if there are claims without a record and no ensemble to judge them by.
    """
    if study.stated and ensemble is None:
        raise StudyError("claims that the study states", expected="the study's own ensemble to judge them by")
    registers = asked_of(study)
    stated = [] if ensemble is None else judge_stated(study, ensemble)
    verdicts: list[ClaimVerdict] = []
    simulated: list[dict[str, Any]] = []
    learnt: dict[Any, Any] = {}
    total = sum(len(asked.claims) for asked in registers)
    for asked in registers:
        runs = simulate_runs(asked, study, threads=threads, progress=progress, store=store)
        for claim in asked.claims.values():
            if progress is not None:
                progress("claims", len(verdicts), total)
            known = tuple(asked.accounts(study))
            verdicts.append(
                judge(claim, runs, study, known, simulated, memo=learnt, threads=threads, progress=progress)
            )
    verdicts = judged_again(adjusted(verdicts), registers, study, threads=threads, progress=progress)
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


def spot_checks(study: Study) -> dict[str, bool]:
    """Whether each shipped reference table that a study uses still matches a new simulation, judged by one block."""
    found: dict[str, bool] = {}
    for asked in asked_of(study):
        for claim in asked.claims.values():
            for test in claim.tests:
                if isinstance(test, FittedTest) and not missing_record(test, study):
                    for table in shipped_tables(test, study):
                        name = f"reference table {table.shipped_name}"
                        if name not in found:
                            block = derive_seed(study.seed, "spot check", table.draws.key) % table.from_shipped
                            found[name] = table.spot_check(block)
    return found


_OPTIONS = {
    "claim": pl.String, "record": pl.String, "title": pl.String, "kind": pl.String, "size": pl.String, "n": pl.Int64,
    "expected_weight": pl.Float64, "error": pl.Float64, "decided": pl.Float64, "wrong": pl.Float64,
    "enough": pl.Boolean,
}  # fmt: skip


def _open(v: ClaimVerdict) -> tuple[Option, ...]:
    """The ranked list of records that could decide an open claim."""
    return () if v.verdict in DECIDED else ranked([o for t in v.tests for o in t.options])


def _data(used: set[str], registers: Sequence[Asked]) -> list[dict[str, Any]]:
    """The records that were read, each with its source."""
    own = {name: asked.register for asked in registers for name in asked.register.records}
    rows = []
    known = set(cases())
    for name in sorted(used):
        register = own.get(name, registers[0].register)
        found = register.records[name] if name in own else load_case(name) if name in known else data_set(name)
        sha256 = register.sha256_of(name)
        rows.append({"name": name, "citation": found.citation, "licence": found.licence, "sha256": sha256})
    return rows
