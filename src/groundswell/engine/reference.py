"""The reference engine: every form in plain Python. Slow; the oracle of the compiled engines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from groundswell.engine.form import Run
from groundswell.engine.persons import Persons
from groundswell.engine.simulate import run_worlds
from groundswell.engine.worlds import Histories, World
from groundswell.population.population import Population
from groundswell.theory import Theory


def simulate_reference(
    theory: type[Theory],
    population: Population,
    worlds: Sequence[World],
    steps: int,
    *,
    population_seed: int = 0,
    totals: Sequence[str] = (),
    annealed: bool = False,
    persons: Persons | bool | None = None,
    until: str | Mapping[str, int] | None = None,
    keep: bool = False,
) -> Histories:
    """Simulate worlds in plain Python; arguments, result and errors as for `groundswell.simulate`.

    Use it for tests and for debugging a rule (its errors point at the rule's own line); use `simulate` otherwise.

    Parameters
    ----------
    annealed : neighbours are redrawn at each step, as in `groundswell.simulate_annealed`.
    """
    run = Run(population_seed, 1, totals=totals, annealed=annealed, plain=True, keep=keep)
    return run_worlds(theory, population, worlds, steps, run, persons=persons, until=until)


__all__ = ["simulate_reference"]
