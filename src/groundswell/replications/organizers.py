"""Marwell, Oliver and Prahl 1988: what central ties and the cost of recruiting do to an organiser's reach."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from groundswell.engine.simulate import simulate
from groundswell.engine.worlds import World
from groundswell.population.generate import barabasi_albert, ring
from groundswell.population.population import tied
from groundswell.replications.replication import Course, Figure, Found, Measured, Replication, Target
from groundswell.theories.organizers import Organizers

_PAPER = "Marwell, Oliver & Prahl 1988"
_FROM_MEMORY = "; the direction from memory, not read"
_PEOPLE, _TIES = 400, 4  # eight ties each on average, in both networks
_GROUPS, _ATTEMPTS = 40, 5
_EQUAL = {"log_interest_sd": 0.0, "log_resources_sd": 0.0}
_WORTH = float(np.exp(3.5)) / 100  # worth of a recruit to an organiser when all are equal
_CHEAP, _DEAR = 0.5 * _WORTH, 1.5 * _WORTH
_COSTS = (0.05, 0.1, 0.2, 0.3, 0.5, 0.8)

TARGETS = (
    Target("centralisation", "Share of groups in which central ties mobilise more than even ones", value=1.0,
           certainty="M", source=_PAPER + _FROM_MEMORY, resolution=0.12),
    Target("reach", "Largest difference from (ties of the best connected + 1) r, equal people, recruits worth "
           "their cost", value=0.0, tolerance=1e-9, certainty="C", source="closed form",
           unit="share of full provision's cost"),
    Target("dear", "The advantage of central ties grows with the spread of costs (1 yes, 0 no), where recruits cost "
           "more than they are worth on average", value=1.0, certainty="M", source=_PAPER + _FROM_MEMORY),
    Target("cheap", "The same, when recruits cost less than they are worth on average", value=1.0, certainty="M",
           source=_PAPER + _FROM_MEMORY, expect="not reproduced",
           reason="If everyone is worth recruiting on average, a spread of costs only removes recruits. Whether "
           "the article's statement concerns only expensive recruits is not known."),
)  # fmt: skip


def _brought(
    central: bool, settings: list[dict[str, float]], threads: int | None, groups: int = _GROUPS
) -> NDArray[np.float64]:
    """Contributions, averaged over attempts: shape (groups, settings)."""
    found = []
    for seed in range(groups):
        population = tied(barabasi_albert(_PEOPLE, _TIES, seed=seed) if central else ring(_PEOPLE, 2 * _TIES))
        worlds = [World(seed, params) for params in settings]
        h = simulate(Organizers, population, worlds, _ATTEMPTS, population_seed=seed, threads=threads)
        found.append(h["contributed"][1:].mean(axis=0))
    return np.array(found)


def _spread(cost: float, threads: int | None) -> Found:
    """Whether the advantage of central ties grows with the spread of costs: 1, 0, or both if undecided."""
    settings = [{**_EQUAL, "cost": cost, "cost_sd": sd} for sd in (0.0, 0.5)]
    advantage = _brought(True, settings, threads) - _brought(False, settings, threads)
    change = Found.mean(advantage[:, 1] - advantage[:, 0])
    return Found(float(change.value > 0), float(change.low > 0), float(change.high > 0))


def measure(threads: int | None = None) -> Measured:
    central, even = (_brought(side, [{}], threads)[:, 0] for side in (True, False))
    equal = [{**_EQUAL, "cost": _CHEAP, "cost_sd": 0.0}]
    most = np.array([barabasi_albert(_PEOPLE, _TIES, seed=k).degree.max() for k in range(_GROUPS)])
    gap = float(np.abs(_brought(True, equal, threads)[:, 0] - (most + 1) / 100).max())
    by_cost: dict[tuple[str, float], list[Found]] = {}
    for name in ("central", "even"):
        for sd in (0.0, 1.0):
            found = _brought(name == "central", [{"cost": c, "cost_sd": sd} for c in _COSTS], threads, 15)
            by_cost[name, sd] = [Found.mean(x) for x in found.T]
    figure = Figure(
        "costs",
        "What the best organiser brings together, by the cost of recruiting",
        "Four hundred people with eight ties each on average, central (concentrated on few people) or even.",
        x="mean cost of recruiting one person, resources",
        y="contributions, share of full provision's cost",
        curves=tuple(
            Course(f"{name} ties, costs {'vary' if sd else 'alike'}", _COSTS, [e.value for e in found],
                  low=[e.low for e in found], high=[e.high for e in found])
            for (name, sd), found in by_cost.items()
        ),
    )  # fmt: skip
    return Measured(
        {
            "centralisation": Found.share(int((central > even).sum()), _GROUPS),
            "reach": Found(gap),
            "dear": _spread(_DEAR, threads),
            "cheap": _spread(_CHEAP, threads),
        },
        figures=(figure,),
        seeds={"groups": 0},
    )


REPLICATION = Replication(
    "organizers",
    "Marwell, Oliver & Prahl 1988",
    theories=("organizers",),
    targets=TARGETS,
    measure=measure,
)
