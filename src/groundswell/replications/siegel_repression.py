"""Siegel 2011: whom repression removes, in which network, and whether it frightens or angers those who are left."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from groundswell.engine.simulate import simulate
from groundswell.engine.worlds import World
from groundswell.population.specification import PopulationSpecification
from groundswell.replications.replication import Course, Figure, Found, Measured, Replication, Target
from groundswell.theories.siegel_repression import SiegelRepression

PEOPLE, STEPS = 500, 40
NETWORKS: dict[str, dict[str, Any]] = {
    "small world": {"network": "watts_strogatz", "neighbours": 10, "rewiring": 0.1},
    "village": {"network": "village", "village_size": 10, "far": 0.005},
    "opinion leader": {"network": "opinion_leader", "degree_exponent": 2.5, "minimum_degree": 2},
    "hierarchy": {"network": "hierarchy", "expansion": 5},
}
RANDOM, AIMED = 0.0, 1.0
INTERMEDIATE, STRONG = 0.6, 0.7  # mean motivation
PAIRS, RUNS = 30, 10

_EXCERPT = "Siegel, Of social networks and popular rebellion (conference paper), p. 9"
_ABSENT = "Siegel 2011, as this project's notes have it"


def _claim(name: str, claim: str, certainty: Any, source: str, note: str) -> Target:
    return Target(
        name, claim, 1.0, 0.0, certainty=certainty, source=source, unit="share of runs", resolution=0.2,
        note=f"A claim in words; ours is the share of {PAIRS} pairs of twins of {PEOPLE} people in which {note}.",
    )  # fmt: skip


TARGETS = (
    _claim(
        "leaders_are_fragile",
        "If a few are very well connected, targeted removal takes the network apart and random removal does not",
        "R",
        _EXCERPT,
        "one targeted removal a period leaves less participation than a random one",
    ),
    _claim(
        "aim_matters_by_network",
        "Whom the state removes matters differently in different networks",
        "R",
        _EXCERPT,
        "targeting reduces participation more among opinion leaders than in a small world",
    ),
    _claim(
        "hierarchy_is_fragile",
        "A hierarchy is fragile to targeted removal",
        "M",
        _ABSENT,
        "one targeted removal a period leaves less participation than a random one",
    ),
    _claim(
        "fear_lowers",
        "Fear among those who see others removed lowers participation",
        "M",
        _ABSENT,
        "one removal a period at random leaves less in a small world with fear of 1 than without",
    ),
    _claim(
        "anger_raises",
        "Anger raises it",
        "M",
        _ABSENT,
        "two removals a period at random leave more in a small world with anger of 1 than without",
    ),
    _claim(
        "anger_backfires",
        "Repression can work against the state: with enough anger there is more participation than without repression",
        "C",
        "found for this project, at a strength of anger chosen for it",
        "two targeted removals a period with anger of 2 leave more participation in a small world of intermediate "
        "motivation than no removals do",
    ),
    Target(
        "published_curves", "The participation that the paper's figures show by amount of repression", certainty="M",
        source="Siegel 2011, figures", expect="not attainable",
        reason="The paper's text and figures could not be obtained. Ours is participation with one random removal a "
        "period in the theory's setting.",
    ),
)  # fmt: skip


def _finals(
    network: str, threads: int | None, runs: int, mean: float = STRONG, removals: float = 1.0, **params: float
) -> NDArray[np.float64]:
    """Final participation; all settings use the same seeds, so that runs are twins."""
    asked = PopulationSpecification.model_validate({"people": PEOPLE, **NETWORKS[network]})
    ends = []
    for seed in range(runs):
        world = World(seed, {"mean": mean, "removals": removals, **params})
        histories = simulate(
            SiegelRepression, asked.build(seed, threads=threads), [world], STEPS, population_seed=seed, threads=threads
        )
        ends.append(histories["participation"][-1, 0])
    return np.array(ends)


def _points(name: str, x: tuple[float, ...], runs: list[NDArray[np.float64]]) -> Course:
    means = [Found.mean(values) for values in runs]
    low, high = ([getattr(m, end) for m in means] for end in ("low", "high"))
    return Course(name, x, [m.value for m in means], low=low, high=high, mark="line")


def measure(threads: int | None = None) -> Measured:
    """Remove participants at random or the best connected first, in the four types of network."""

    def run(network: str, runs: int = PAIRS, **params: float) -> NDArray[np.float64]:
        return _finals(network, threads, runs, **params)

    def share(holds: NDArray[np.bool_]) -> Found:
        return Found.share(int(np.sum(holds)), PAIRS)

    ends = {
        (network, efficiency): run(network, efficiency=efficiency)
        for network in ("opinion leader", "small world", "hierarchy")
        for efficiency in (RANDOM, AIMED)
    }
    cost = {n: ends[n, RANDOM] - ends[n, AIMED] for n in ("opinion leader", "small world", "hierarchy")}
    estimates = {
        "leaders_are_fragile": share(cost["opinion leader"] > 0),
        "aim_matters_by_network": share(cost["opinion leader"] > cost["small world"]),
        "hierarchy_is_fragile": share(cost["hierarchy"] > 0),
        "fear_lowers": share(run("small world", anger=-1.0) < ends["small world", RANDOM]),
        "anger_raises": share(run("small world", removals=2.0, anger=1.0) > run("small world", removals=2.0)),
        "anger_backfires": share(
            run("small world", mean=INTERMEDIATE, removals=2.0, efficiency=AIMED, anger=2.0)
            > run("small world", mean=INTERMEDIATE, removals=0.0)
        ),
        "published_curves": Found.mean(run("village", RUNS)),
    }
    removals = (0.0, 1.0, 2.0, 3.0, 5.0, 8.0)
    figures = []
    for name, how, efficiency in (("random", "at random", RANDOM), ("aimed", "the best connected first", AIMED)):
        curves = [
            _points(network, removals, [run(network, RUNS, removals=r, efficiency=efficiency) for r in removals])
            for network in NETWORKS
        ]
        figures.append(
            Figure(
                name,
                f"Participants removed {how}",
                f"{PEOPLE} people, mean motivation {STRONG}, after {STEPS} periods; {RUNS} runs a point.",
                x="participants removed in a period",
                y="share who take part",
                curves=curves,
            )
        )
    reactions = (-1.0, 0.0, 1.0, 2.0)
    figures.append(
        Figure(
            "reaction",
            "Fear, anger and the amount of repression",
            f"A small world of {PEOPLE} people, mean motivation {INTERMEDIATE}, the best connected removed first; "
            f"{RUNS} runs a point.",
            x="participants removed in a period",
            y="share who take part",
            curves=[
                _points(
                    f"anger {anger:g}" if anger >= 0 else f"fear {-anger:g}",
                    removals,
                    [
                        run("small world", RUNS, mean=INTERMEDIATE, removals=r, efficiency=AIMED, anger=anger)
                        for r in removals
                    ],
                )
                for anger in reactions
            ],
        )
    )
    return Measured(estimates, figures, {"runs": 0})


REPLICATION = Replication(
    "siegel_repression", "Siegel 2011", theories=("siegel_repression",), targets=TARGETS, measure=measure
)
