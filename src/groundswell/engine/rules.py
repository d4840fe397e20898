"""The form of theories that state one rule for one person: compiled over a network, or plain Python."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from groundswell.engine import network, plain
from groundswell.engine.form import Frame, Job, Page, Run, StepWork, register
from groundswell.engine.guards import every_guard
from groundswell.engine.layout import layout
from groundswell.engine.work import work_of
from groundswell.engine.worlds import Histories, World, check_people, check_totals
from groundswell.errors import PopulationError, TheoryError
from groundswell.population.network import Network
from groundswell.population.population import Population
from groundswell.theory import Theory


class RuleForm:
    """Theories of rules."""

    def check(self, theory: type[Theory], population: Population, run: Run) -> None:
        """Refuse a population without neighbours to see, and unknown totals."""
        if run.annealed and theory.order != "together":
            raise TheoryError(
                f"{theory.name}, whose people act one after another, was to be annealed",
                expected='a theory with order = "together"',
                why="neighbours are redrawn once a step, for all at once",
            )
        check_people(theory, population)
        check_totals(theory, run.totals)
        _check_weights(theory, population, run)

    def estimate_bytes(self, theory: type[Theory], population: Population, worlds: int) -> int:
        """The states, counts and sums of a batch."""
        return network.estimate_bytes(theory, population, worlds)

    def work(self, job: Job) -> StepWork:
        """By the layout of the theory and the numbers of worlds that fit side by side."""
        return work_of(job)

    def run(self, job: Job) -> Histories:
        """Compiled in batches of worlds, or plain Python one person at a time."""
        return plain.run_plain(job) if job.run.plain else network.run_batches(job)

    def frames(self, job: Job) -> Iterator[Frame]:
        """States and traits."""
        return network.steps_of(job)

    def page(self, theory: type[Theory], population: Population, world: World, population_seed: int) -> Page:
        """The rows of states, traits and sums."""
        lay = layout(theory)
        return Page(layout={
            "bools": list(lay.bools), "floats": list(lay.floats), "traits": list(lay.traits),
            "seenBools": list(lay.seen_bools), "seenFloats": list(lay.seen_floats), "table": dict(lay.table),
            "regionals": list(lay.regionals), "sums": list(lay.sums), "tallies": list(theory.tallies),
            "luckless": lay.luckless, "regionalPeople": list(lay.regional_people), "drawn": theory.order == "drawn",
        }, guards=[guard.reason for guard in every_guard(theory)])  # fmt: skip


def _check_weights(theory: type[Theory], population: Population, run: Run) -> None:
    """Refuse meaningless combinations: averages over weights below 0, and lasting ties with redrawn neighbours."""
    reads, weights = theory.acting().reads, population.network.weights if population.network else None
    _check_ties(theory, population, run)
    if "seen.weighted" in reads and population.network is not None and weights is not None:
        text = f"seen.weighted.{min(reads['seen.weighted'])}"
        _refuse_negative(theory, population, population.network, text)
    own = [f"{root}.{x}" for root in ("seen.weighted", "seen.sum") for x in sorted(reads.get(root, ()))]
    own += [f"seen.mean.{x}" for x in sorted(reads.get("seen.mean", ())) if x in theory.traits]
    own += ["seen.weight"] if "weight" in reads.get("seen", ()) else []
    own += [sight.text for sight in theory.acting().sights]
    if run.annealed and population.network is not None and own:
        raise TheoryError(
            f"{theory.name}, which sees {own[0]}, was to be annealed",
            expected="a theory that sees states of neighbours, each tie counting 1",
            why="redrawn neighbours have no lasting ties that could have weights",
        )


def _refuse_negative(theory: type[Theory], population: Population, network: Network, text: str) -> None:
    """Refuse averages over weights below 0; people are named by their labels, if they have any."""
    weights = network.weights
    if weights is None or not (weights < 0).any():
        return
    at = int((weights < 0).argmax())
    person = int(np.searchsorted(network.indptr, at, side="right")) - 1
    names = population.labels or range(population.people)
    raise PopulationError(
        f"the tie of person {names[person]} to {names[int(network.indices[at])]} has the weight {weights[at]:g} in "
        f"{theory.name}, which takes averages by weight",
        expected="weights >= 0",
        instead=f"{text.replace('.weighted', '.sum', 1)}, where a tie may count negatively",
    )


def _check_ties(theory: type[Theory], population: Population, run: Run) -> None:
    """Refuse layers that the population lacks, weights below 0 in weighted averages, and ties that cannot change."""
    for sight in theory.acting().sights:
        if sight.layer and sight.layer not in population.layers:
            raise PopulationError(
                f"{theory.name} looks along the layer {sight.layer!r} in {sight.text}",
                expected="a population with this layer; it has " + (", ".join(population.layers) or "none"),
                instead=f"layered({sight.layer}=network, ...), or [population.layers.{sight.layer}] in a study",
            )
        network = population.layers[sight.layer] if sight.layer else population.network
        if sight.kind == "weighted" and network is not None and network.weights is not None and not sight.where:
            _refuse_negative(theory, population, network, sight.text)
    if "tie" in theory.rules or population.dated is not None or population.dated_layers:
        _check_change(theory, population, run)


def _check_change(theory: type[Theory], population: Population, run: Run) -> None:
    """Refuse ties that cannot change, or that both a rule and dates would change."""
    if population.network is None or run.annealed:
        raise PopulationError(
            f"{theory.name}, whose ties change, on " + ("redrawn neighbours" if run.annealed else "no ties"),
            expected="a population with a network",
        )
    if "tie" not in theory.rules:
        return
    layer = theory.changing_layer()
    if (layer or population.layers) and layer not in population.layers:
        known = ", ".join(population.layers) or "none"
        raise PopulationError(
            f"{theory.name}, whose rule changes ties of "
            + (f"the layer {layer!r}, on layers {known}" if layer else f"a single network, on the layers {known}"),
            expected="a population with the layer that the theory changes",
            instead=None if layer else f"{next(iter(population.layers))} = Layer(changes=True) in the theory",
        )
    network = population.layers[layer] if layer else population.network
    dated = layer in population.dated_layers if layer else population.dated is not None
    if dated or not network.simple:
        raise PopulationError(
            f"{theory.name}, whose rule changes ties, on " + ("dated ties" if dated else "double ties"),
            expected="ties that only its rule changes, each once",
        )


register(Theory, RuleForm())

__all__ = ["RuleForm"]
