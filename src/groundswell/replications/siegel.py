"""Siegel 2009: ties, weak ties, size and elites raise or lower participation, depending on who is how motivated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from groundswell.engine.simulate import simulate
from groundswell.engine.worlds import World
from groundswell.population.population import Population
from groundswell.population.specification import PopulationSpecification
from groundswell.replications.replication import Course, Figure, Found, Measured, Replication, Target
from groundswell.theories.siegel import Siegel
from groundswell.theory.analytic.motivation import group_participation, tree_participation

PEOPLE, SD = 1000, 0.25
STEPS = 80  # persistence 0 leads to the same end as any other value, in the fewest steps
CLASSES = {"weak (0.5)": 0.5, "intermediate (0.6)": 0.6, "strong (0.7)": 0.7}
RUNS = 12  # for each point of a figure
PAIRS = 30  # runs for each claim: 30 out of 30 implies a share above .88
LARGE = 5000  # people when a claim compares two networks run by run: at 1,000 chance hides the smaller differences
WEAK, STRONG = CLASSES["weak (0.5)"], CLASSES["strong (0.7)"]

_ABSTRACT = "Siegel 2009, abstract"
_OURS_DIRECTION = "direction found for this project"
_OURS = "this project's exact computation, theory/analytic/motivation.py"


def _claim(name: str, claim: str, note: str, certainty: Literal["R", "C"] = "R") -> Target:
    """A claim of the abstract (R), or a direction (C) if the abstract states only that there is an interaction."""
    source = _ABSTRACT if certainty == "R" else f"{_OURS_DIRECTION}; {_ABSTRACT}: a complex interaction"
    return Target(
        name, claim, 1.0, 0.0, certainty=certainty, source=source, unit="share of runs", resolution=0.2,
        note=f"The abstract has no number; ours is the share of {PAIRS} paired runs of {LARGE} people in which {note}.",
    )  # fmt: skip


def _exact(name: str, claim: str, value: float) -> Target:
    return Target(name, claim, value, 0.00005, certainty="C", source=_OURS, unit="share of people", resolution=0.03)


TARGETS = (
    _claim(
        "more_ties_fewer_people",
        "In some contexts additional network ties decrease participation",
        "villages of 50 have less participation than villages of 5, with weak motivation",
    ),
    _claim(
        "more_ties_more_people",
        "In others they increase it: the effect of ties depends on motivation",
        "villages of 50 have more participation than villages of 5, with strong motivation",
        certainty="C",
    ),
    _claim(
        "weak_ties_hurt",
        "The prevalence of weak ties interacts with motivation: they hurt where it is weak",
        "a fully rewired small world has less participation than a ring, with weak motivation",
        certainty="C",
    ),
    _claim(
        "weak_ties_help",
        "... and help where it is strong",
        "a fully rewired small world has more participation than a ring, with strong motivation",
        certainty="C",
    ),
    _exact("villages_of_five", "Participation in villages of 5 without far ties, mean 0.6, sd 0.25", 0.1762),
    _exact("hierarchy_of_three", "Participation in a hierarchy of 1,000 with expansion 3, mean 0.6, sd 0.25", 0.1524),
    _exact("elites_for", "... with expansion 10 and the top eleven for it, mean 0.5", 0.1001),
    _exact("elites_against", "... with expansion 10 and the top eleven against it, mean 0.7", 0.2949),
    Target(
        "published_curves", "The participation rates that the paper's figures show", certainty="M",
        source="Siegel 2009, figures", expect="not attainable",
        reason="The paper's text and figures could not be obtained: neither its distributions of motivation nor its "
        "numbers. Ours, at this project's own distributions, is the small world of the theory's setting.",
    ),
)  # fmt: skip

# Motivation of leaders who are for or against it: far outside the range that neighbours can change.
FOR, AGAINST = 5.0, -5.0


def _superiors(people: int, expansion: int) -> NDArray[np.int64]:
    return (np.arange(people) + expansion - 1) // expansion - 1


def _final(population: Population, mean: float, seed: int, threads: int | None) -> float:
    world = World(seed, {"mean": mean, "sd": SD, "persistence": 0.0})
    histories = simulate(Siegel, population, [world], STEPS, population_seed=seed, threads=threads)
    return float(histories["participation"][-1, 0])


def _finals(table: Mapping[str, Any], mean: float, runs: int, threads: int | None) -> NDArray[np.float64]:
    asked = PopulationSpecification.model_validate({"people": PEOPLE, **table})
    return np.array([_final(asked.build(seed, threads=threads), mean, seed, threads) for seed in range(runs)])


def _with_elite(people: int, mean: float, top: float, seed: int, threads: int | None, expansion: int = 10) -> float:
    """Participation where the top two levels of a hierarchy have their own motivation."""
    asked = PopulationSpecification(network="hierarchy", people=people, expansion=expansion)
    population = asked.build(seed, threads=threads)
    motivation = np.random.default_rng(seed).normal(mean, SD, people)
    motivation[: 1 + expansion] = top
    given = Population(people, population.network, population.region, 1, {"motivation": motivation})
    return _final(given, mean, seed, threads)


def _curves(
    name: str, exact: Sequence[float] | None, x: Sequence[float], runs: Sequence[NDArray[np.float64]]
) -> tuple[Course, ...]:
    means = [Found.mean(values) for values in runs]
    points = Course(
        f"{name}, simulated" if exact else name,
        x,
        [m.value for m in means],
        low=[m.low for m in means],
        high=[m.high for m in means],
        mark="points",
    )
    return (Course(f"{name}, exact", x, exact), points) if exact else (points,)


def measure(threads: int | None = None) -> Measured:
    """Run the four types of network at three motivations, and the paired runs of each claim."""

    def village(size: int, far: float = 0.0) -> dict[str, Any]:
        return {"network": "village", "village_size": size, "far": far}

    def small_world(rewiring: float) -> dict[str, Any]:
        return {"network": "watts_strogatz", "neighbours": 10, "rewiring": rewiring}

    def lower(one: Mapping[str, Any], other: Mapping[str, Any], mean: float) -> Found:
        first, second = (_finals({**table, "people": LARGE}, mean, PAIRS, threads) for table in (one, other))
        return Found.share(int((first < second).sum()), PAIRS)

    estimates = {
        "more_ties_fewer_people": lower(village(50), village(5), WEAK),
        "more_ties_more_people": lower(village(5), village(50), STRONG),
        "weak_ties_hurt": lower(small_world(1.0), small_world(0.0), WEAK),
        "weak_ties_help": lower(small_world(0.0), small_world(1.0), STRONG),
        "villages_of_five": Found.mean(_finals(village(5), 0.6, 60, threads)),
        "hierarchy_of_three": Found.mean(_finals({"network": "hierarchy", "expansion": 3}, 0.6, 60, threads)),
        "elites_for": Found.mean([_with_elite(PEOPLE, WEAK, FOR, seed, threads) for seed in range(60)]),
        "elites_against": Found.mean([_with_elite(PEOPLE, STRONG, AGAINST, seed, threads) for seed in range(90)]),
        "published_curves": Found.mean(_finals(small_world(0.1), 0.6, RUNS, threads)),
    }

    sizes = (1, 2, 5, 10, 20, 50)
    rewirings = (0.001, 0.01, 0.1, 0.3, 1.0)
    expansions = (2, 3, 5, 10, 30)
    people = (100, 300, 1000, 3000)
    by_size, by_rewiring, by_expansion, by_people = [], [], [], []
    for name, mean in CLASSES.items():
        exact = [float(group_participation(s, mean, SD) @ np.arange(s + 1) / s) for s in sizes]
        by_size += _curves(name, exact, sizes, [_finals(village(s), mean, RUNS, threads) for s in sizes])
        by_rewiring += _curves(name, None, rewirings, [_finals(small_world(r), mean, RUNS, threads) for r in rewirings])
        exact = [float(tree_participation(_superiors(PEOPLE, e), mean, SD).mean()) for e in expansions]
        hierarchies = [{"network": "hierarchy", "expansion": e} for e in expansions]
        by_expansion += _curves(name, exact, expansions, [_finals(h, mean, RUNS, threads) for h in hierarchies])
        by_people += _curves(
            name, None, people, [_finals({**village(5, 0.003), "people": n}, mean, RUNS, threads) for n in people]
        )
    caption = (
        f"{PEOPLE:,} people, sd {SD}, {RUNS} runs a point with 95% intervals; motivations are weak, intermediate or "
        "strong by their mean. "
    )
    take_part = "share who take part in the end"
    figures = (
        Figure(
            "village",
            "Villages: more ties, more participation or less",
            caption + "Without far ties everyone has one tie fewer than the village has people.",
            x="people in a village",
            y=take_part,
            x_kind="log",
            y_kind="log",
            curves=by_size,
        ),
        Figure(
            "small_world",
            "Small world: weak ties help the strongly motivated",
            caption + "Ten ties each.",
            x="share of ties rewired",
            y=take_part,
            x_kind="log",
            y_kind="log",
            curves=by_rewiring,
        ),
        Figure(
            "hierarchy",
            "Hierarchy: the wider, the less participation",
            caption + "No ties within levels.",
            x="followers of each person",
            y=take_part,
            x_kind="log",
            y_kind="log",
            curves=by_expansion,
        ),
        Figure(
            "size",
            "The size of the network cuts both ways",
            caption + "Villages of 5, each pair of people of different villages tied with probability .003.",
            x="people",
            y=take_part,
            x_kind="log",
            y_kind="log",
            curves=by_people,
        ),
    )
    return Measured(estimates, figures, {"runs": 0})


REPLICATION = Replication("siegel", "Siegel 2009", theories=("siegel",), targets=TARGETS, measure=measure)
