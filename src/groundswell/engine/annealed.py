"""The annealed engine: the infinite-population limit, with neighbours redrawn from the population at each step."""

from __future__ import annotations

from collections.abc import Sequence

from groundswell.engine.form import Progress
from groundswell.engine.simulate import simulate
from groundswell.engine.worlds import Histories, World
from groundswell.population.population import Population
from groundswell.theory import Theory


def simulate_annealed(
    theory: type[Theory],
    population: Population,
    worlds: Sequence[World],
    steps: int,
    *,
    population_seed: int = 0,
    threads: int | None = None,
    progress: Progress | None = None,
) -> Histories:
    """Simulate worlds in the infinite-population limit, sampled with this population's people.

    Each person keeps their traits and number of ties, and at each step meets that many people, drawn in proportion to
    their ties; so two decisions share a history only through the population's means, as in an infinite population. The
    means differ from the limit by O(1 / sqrt(people)), which a conformance test states and checks for every theory.
    On a population without a network (well mixed) this is the network engine itself, with the same error.

    Known limits: persistent ties (clusters, communities, reinforcement between friends) have no effect here; use
    `simulate` where they matter.
    """
    return simulate(
        theory,
        population,
        worlds,
        steps,
        population_seed=population_seed,
        threads=threads,
        progress=progress,
        annealed=True,
    )
