"""One call for theories of every form, compiled or as plain Python."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from groundswell.engine import flow, process, rules  # noqa: F401 - each registers its form
from groundswell.engine.form import BATCH, Progress, Run, form_of
from groundswell.engine.worlds import Histories, World, check_kinds, check_worlds
from groundswell.population.population import Population
from groundswell.theory import Theory


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
    annealed: bool = False,
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
    annealed : see `simulate_annealed`; rules only.

    Returns
    -------
    Histories : `values` of shape (steps + 1, worlds, observables), in the order of `worlds`.

    Raises
    ------
    TheoryError, MemoryRefusedError, PopulationError : before anything is simulated.
    """
    return run_worlds(
        theory, population, worlds, steps, Run(population_seed, threads, batch, totals, progress, annealed)
    )


def run_worlds(
    theory: type[Theory], population: Population, worlds: Sequence[World], steps: int, run: Run
) -> Histories:
    """Check everything, then hand the worlds to the engine of the theory's form.

    Raises
    ------
    TheoryError, MemoryRefusedError, PopulationError : before anything is simulated.
    """
    check_kinds(theory, population, worlds, steps)
    form = form_of(theory)
    form.check(theory, population, run)
    params = check_worlds(theory, worlds, steps)
    histories = form.run(theory, population, worlds, params, int(steps), run)
    whole = tuple(World(w.seed, p, tuple(w.interventions), w.start) for w, p in zip(worlds, params, strict=True))
    return replace(histories, theory=theory, worlds=whole, alike=theory.draws_nothing())


def estimate_bytes(theory: type[Theory], population: Population, worlds: int) -> int:
    """The memory that a batch of this many worlds takes beyond the population itself, in bytes."""
    return form_of(theory).estimate_bytes(theory, population, worlds)


__all__ = ["BATCH", "estimate_bytes", "form_of", "run_worlds", "simulate"]
