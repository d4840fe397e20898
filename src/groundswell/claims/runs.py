"""The simulations by which the claims of a register are judged."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from groundswell.calibrate.choice import MOST_BLOCKS
from groundswell.calibrate.fit import blocks_of
from groundswell.calibrate.reference import Blocks
from groundswell.claims.asked import Asked
from groundswell.claims.fitted import FittedTest
from groundswell.claims.judge import missing_record
from groundswell.claims.lazy import LazyEnsemble, arms_of
from groundswell.claims.register import Simulation
from groundswell.draws import derive_seed
from groundswell.experiment.ensemble import Design, Progress
from groundswell.experiment.shards import DesignRuns
from groundswell.experiment.study import Study
from groundswell.output import PartsFolder
from groundswell.population.population import Population
from groundswell.population.specification import PopulationSpecification

SOCIETIES = 4
"""Populations over which the draws of an adjudication are spread, since a single network would be luck."""

Store = Callable[[str], PartsFolder]
"""The store of a source's parts that were simulated elsewhere, by its name."""


@dataclass(frozen=True)
class _Run:
    """One simulation of a register: its design, made when it is first needed, and the arms that will be read."""

    simulation: Simulation
    name: str
    design: Callable[[], Design]
    expected: frozenset[str]


def simulate_runs(
    asked: Asked,
    study: Study,
    *,
    other: Callable[[Population, int], Population] | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
    store: Store | None = None,
) -> Any:
    """Pass a register's `runs` the simulations by which its claims are judged; arms are simulated when first read.

    Draws are assigned in turn to `SOCIETIES` populations, shared by all simulations of one specification. `other` takes
    a population and a seed and returns the one that replaces it (`groundswell.population.alike`). `store` is searched
    for parts that were simulated elsewhere.

    Raises
    ------
    StudyError, TheoryError, PopulationError, MemoryRefusedError : a simulation cannot be run as stated.
    """
    return asked.register.runs(
        {
            run.simulation.name: LazyEnsemble(
                run.design(), run.expected, threads=threads, progress=_named(progress, run.simulation.name),
                store=None if store is None else store(run.name),
            )
            for run in _runs(asked, study, other)
        }
    )  # fmt: skip


def sources_of(registers: Iterable[Asked], study: Study) -> dict[str, DesignRuns | Blocks]:
    """What an adjudication simulates and can also be simulated elsewhere, by name.

    These are the arms that will be read, and the reference tables of its fits.
    """
    found: dict[str, DesignRuns | Blocks] = {}
    for asked in registers:
        for run in _runs(asked, study, None):
            if run.expected:
                accounts = tuple(asked.accounts(study))
                found[run.name] = DesignRuns(functools.partial(_expected, run), accounts, study.adjudication.draws)
        for claim in asked.claims.values():
            for test in claim.tests:
                if isinstance(test, FittedTest) and not missing_record(test, study):
                    _add_tables(found, test, study)
    return found


def _expected(run: _Run) -> Design:
    return arms_of(run.design(), run.expected)


def _add_tables(found: dict[str, DesignRuns | Blocks], test: FittedTest, study: Study) -> None:
    """The reference tables of a test by fits."""
    for record in test.prepare(study).values():
        for kin in record.models.values():
            count = blocks_of(kin, test.settings.draws)
            add_table(found, Blocks(kin.draws, count if test.effect in kin.targets else min(count, MOST_BLOCKS)))


def add_table(found: dict[str, Any], blocks: Blocks) -> None:
    """Add a table to the sources of some work, which holds each once, with the largest number of blocks requested."""
    name = f"table {blocks.draws.theory.name}-{blocks.draws.key}"
    if name not in found or found[name].count < blocks.count:
        found[name] = blocks


def _runs(asked: Asked, study: Study, other: Callable[[Population, int], Population] | None) -> list[_Run]:
    seed = derive_seed(study.table.seed, "claims")
    societies: dict[str, list[tuple[Population, int]]] = {}

    def society(specification: PopulationSpecification, *number: int) -> Population:
        built = specification.build(derive_seed(seed, "population", *number), folder=study.folder)
        return built if other is None else other(built, derive_seed(seed, "other", *number))

    def design(simulation: Simulation) -> Design:
        specification = simulation.population or asked.population(study)
        key = specification.model_dump_json()
        if key not in societies:
            societies[key] = [
                (society(specification, *number), derive_seed(seed, "traits", *number))
                for number in ((), *((k,) for k in range(1, SOCIETIES)))
            ]
        (population, population_seed), *more = societies[key]
        return Design(
            theory=study.theory, population=population, population_seed=population_seed, more_societies=tuple(more),
            steps=simulation.steps, accounts=asked.accounts(study), arms=simulation.arms,
            draws=study.adjudication.draws, seed=derive_seed(seed, simulation.name), params=study.params,
        )  # fmt: skip

    whole = len(asked.claims) == len(asked.register.claims)
    arms = {arm for simulation in asked.simulations for arm in simulation.arms} if whole else _tested(asked, study)
    found = []
    for simulation in asked.simulations:
        expected = frozenset(arms & set(simulation.arms))
        specification = simulation.population or asked.population(study)
        about = (simulation.steps, sorted(expected), {a: simulation.arms[a] for a in sorted(expected)})
        text = repr((about, asked.accounts(study), specification.model_dump_json()))
        name = f"claims {asked.register.name} {simulation.name} {hashlib.sha256(text.encode()).hexdigest()[:16]}"
        found.append(_Run(simulation, name, functools.partial(design, simulation), expected))
    return found


def _tested(asked: Asked, study: Study) -> set[str]:
    """The arms under which the available records are simulated."""
    return {
        scenario.arm
        for claim in asked.claims.values()
        for test in claim.tests
        if not isinstance(test, FittedTest) and not missing_record(test, study)
        for scenario in (*test.asserting, *test.denying)
    }


def _named(progress: Progress | None, name: str) -> Callable[[str, int, int], None]:
    """A progress callback that names the simulation."""

    def report(stage: str, done: int, total: int) -> None:
        if progress is not None:
            progress(f"{name}: {stage}", done, total)

    return report
