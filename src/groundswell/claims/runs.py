"""The simulations that the claims of a register are judged by."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from groundswell.claims.asked import Asked
from groundswell.claims.fitted import FittedTest
from groundswell.claims.judge import missing_record
from groundswell.claims.lazy import LazyEnsemble
from groundswell.claims.register import Simulation
from groundswell.draws import derive_seed
from groundswell.experiment.ensemble import Design, Progress
from groundswell.experiment.study import Study
from groundswell.population.population import Population
from groundswell.population.specification import PopulationSpecification

SOCIETIES = 4
"""Populations that the draws of an adjudication live in by turns: one network of many that are alike is luck."""


def simulate_runs(
    asked: Asked,
    study: Study,
    *,
    other: Callable[[Population, int], Population] | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
) -> Any:
    """Hand a register's `runs` the simulations that its claims are judged by, arms being simulated when first read.

    Draws live in `SOCIETIES` populations by turns, which all simulations of one specification share. `other` makes of
    each population, with a seed, the one that is lived in in its place (`groundswell.population.alike`).

    Raises
    ------
    StudyError, TheoryError, PopulationError, MemoryRefusedError : a simulation that cannot be made as it is stated.
    """
    seed = derive_seed(study.table.seed, "claims")
    societies: dict[str, list[tuple[Population, int]]] = {}

    def society(specification: PopulationSpecification, *number: int) -> Population:
        built = specification.build(derive_seed(seed, "population", *number), folder=study.folder)
        return built if other is None else other(built, derive_seed(seed, "other", *number))

    whole = len(asked.claims) == len(asked.register.claims)
    expected = {arm for simulation in asked.simulations for arm in simulation.arms} if whole else _tested(asked, study)

    def simulated(simulation: Simulation) -> LazyEnsemble:
        specification = simulation.population or asked.population(study)
        key = specification.model_dump_json()
        if key not in societies:
            societies[key] = [
                (society(specification, *number), derive_seed(seed, "traits", *number))
                for number in ((), *((k,) for k in range(1, SOCIETIES)))
            ]
        (population, population_seed), *more = societies[key]
        design = Design(
            theory=study.theory, population=population, population_seed=population_seed, more_societies=tuple(more),
            steps=simulation.steps, accounts=asked.accounts(study), arms=simulation.arms,
            draws=study.adjudication.draws, seed=derive_seed(seed, simulation.name), params=study.params,
        )  # fmt: skip
        return LazyEnsemble(design, expected, threads=threads, progress=_named(progress, simulation.name))

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
