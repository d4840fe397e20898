"""One call for theories of every form: a rule, a flow or a process."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from groundswell.engine import flow, network, process
from groundswell.engine.network import BATCH, Progress
from groundswell.engine.worlds import Histories, World, check_kinds
from groundswell.population.population import Population
from groundswell.theory import Flow, Process, Theory


def simulate(
    theory: type[Theory],
    population: Population,
    worlds: Sequence[World],
    steps: int,
    *,
    population_seed: int = 0,
    threads: int | None = None,
    batch: int = BATCH,
    totals: Sequence[str] = (),
    progress: Progress | None = None,
) -> Histories:
    """Simulate worlds of one theory, whatever its form, on one population.

    Parameters
    ----------
    theory, population : what is simulated, on whom. All worlds share the population and its traits.
    worlds : the histories to be; worlds with one seed are twins and share every draw.
    steps : number of steps after the start, >= 0.
    population_seed : seed of the traits (the network carries its own).
    threads : over people (rule) or over worlds (process); None takes the cores at hand. No result depends on it.
    batch : most worlds side by side, for a rule. No result depends on it.
    totals : states to be summed per person over all steps, in `Histories.totals`; a flow has none.
    progress : called with the number of world-steps that were done since the last call.

    Returns
    -------
    Histories : `values` of shape (steps + 1, worlds, observables), in the order of `worlds`.

    Raises
    ------
    TheoryError, MemoryRefusedError, PopulationError : before anything is simulated.
    """
    check_kinds(theory, population, worlds, steps)
    match theory.form:
        case "flow":
            return flow.simulate_flow(
                cast("type[Flow]", theory), population, worlds, steps, totals=totals, progress=progress
            )
        case "process":
            return process.simulate_process(
                cast("type[Process]", theory),
                population,
                worlds,
                steps,
                population_seed=population_seed,
                threads=threads,
                totals=totals,
                progress=progress,
            )
    return network.simulate(
        theory,
        population,
        worlds,
        steps,
        population_seed=population_seed,
        threads=threads,
        batch=batch,
        totals=totals,
        progress=progress,
    )


def estimate_bytes(theory: type[Theory], population: Population, worlds: int) -> int:
    """The memory that a batch of this many worlds takes beyond the population itself, in bytes."""
    match theory.form:
        case "flow":
            return 0
        case "process":
            return process.estimate_bytes(cast("type[Process]", theory), population, worlds)
    return network.estimate_bytes(theory, population, worlds)


__all__ = ["BATCH", "estimate_bytes", "simulate"]
