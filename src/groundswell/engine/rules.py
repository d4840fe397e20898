"""The form of theories that state one rule for one person: compiled over a network, or plain Python."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from groundswell.engine import network, plain
from groundswell.engine.form import Run, register
from groundswell.engine.worlds import Histories, World, check_people, check_totals
from groundswell.errors import TheoryError
from groundswell.population.population import Population
from groundswell.theory import Theory


class RuleForm:
    """Theories of rules."""

    def check(self, theory: type[Theory], population: Population, run: Run) -> None:
        """Refuse a population without neighbours to see, unknown totals, and batches of nothing."""
        if run.annealed and theory.order != "together":
            raise TheoryError(
                f"{theory.name}, whose people act one after another, was to be annealed",
                expected='a theory with order = "together"',
                why="neighbours are drawn anew once a step, for all at once",
            )
        check_people(theory, population)
        check_totals(theory, run.totals)
        if run.batch < 1:
            raise TheoryError(f"batches of {run.batch} worlds", expected="at least one")

    def estimate_bytes(self, theory: type[Theory], population: Population, worlds: int) -> int:
        """The states, counts and sums of a batch."""
        return network.estimate_bytes(theory, population, worlds)

    def run(
        self,
        theory: type[Theory],
        population: Population,
        worlds: Sequence[World],
        params: Sequence[Mapping[str, float]],
        steps: int,
        run: Run,
    ) -> Histories:
        """Compiled in batches of worlds, or plain Python one person at a time."""
        engine = plain.run_plain if run.plain else network.run_batches
        return engine(theory, population, worlds, params, steps, run)


register(Theory, RuleForm())

__all__ = ["RuleForm"]
