"""Oliver, Marwell and Teixeira 1985, Oliver and Marwell 1988: order, start-up, explosion, and the size of the group."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy import special

from groundswell.engine.simulate import simulate
from groundswell.engine.worlds import World
from groundswell.population.population import Population, well_mixed
from groundswell.replications.replication import Course, Figure, Found, Measured, Replication, Target
from groundswell.theories.critical_mass import CriticalMass
from groundswell.theory.analytic.contributions import critical_contribution, decelerating, somebody_starts

_PAPER = "Oliver, Marwell & Teixeira 1985, abstract"
_SECOND = "Oliver & Marwell 1988; the paper states the direction, not the number"
_MOST, _LEAST = 1.0, -1.0
_GROUPS = 200
_PEOPLE = 100
_MANY = 100_000
_WORTH, _GIFT = 1.5, 1 / _PEOPLE  # equal people: interest in units of the good's cost, and what each can give
_SMALL, _LARGE = 10, 200
_COST = 20.0  # share of full provision to the small group, whatever the jointness
_LINEAR = {"exponent": 1.0, "log_interest": 1.0}


def _interest(u: NDArray[np.float64]) -> NDArray[np.float64]:
    """The default log-normal interest, in units of what the good costs a hundred people."""
    return np.exp(4.0 + special.ndtri(u)) / _PEOPLE


def _starts(people: int, jointness: float) -> float:
    return somebody_starts(people, _COST * (people / _SMALL) ** (1 - jointness), _LINEAR["log_interest"], 1.0)


_SIZES = (
    ("small", _SMALL, 1.0, "which costs 20"),
    ("large_joint", _LARGE, 1.0, "which costs them no more than ten (pure jointness)"),
    ("large_rival", _LARGE, 0.0, "which costs them twenty times as much (no jointness)"),
)

TARGETS = (
    Target("order", "Share of groups that contribute more with the least interested first than with the most "
    "interested first, decelerating", value=1.0, certainty="R", source=_PAPER, resolution=0.05),
    Target("least_first", "Contributions with the least interested first, decelerating, many people",
           value=round(decelerating(_interest, 0.5, 1.0, most_interested_first=False), 4), tolerance=0.001,
           certainty="C", source="closed form; the paper states the direction", unit="share of full provision's cost",
           resolution=0.02),
    Target("most_first", "Contributions with the most interested first, decelerating, many people",
           value=round(decelerating(_interest, 0.5, 1.0, most_interested_first=True), 4), tolerance=0.001,
           certainty="C", source="closed form; the paper states the direction", unit="share of full provision's cost",
           resolution=0.02),
    Target("start_up", "Share of groups that never start with an accelerating function, of those that would give with "
           "a decelerating one", value=1.0, certainty="R", source=_PAPER + ": severe feasibility problems",
           resolution=0.05, note="At the theory's defaults; the paper gives no distribution."),
    Target("critical_mass", "Contributions needed before equal people all join, accelerating",
           value=round(critical_contribution(_WORTH, 2.0, _GIFT), 4), tolerance=0.0005, certainty="C",
           source="closed form; the paper describes the start-up problem", unit="share of full provision's cost"),
    Target("explosion", "Share of the remaining cost that they then "
    "contribute", value=1.0, certainty="R", source=_PAPER),
    Target("order_accelerating", "Largest effect of the order on the final contributions, accelerating", value=0.0,
           tolerance=1e-9, certainty="M", source="Oliver, Marwell & Teixeira 1985",
           unit="share of full provision's cost"),
    *(
        Target(name, f"Share of groups of {people} in which somebody provides the good, {words}",
               value=round(_starts(people, jointness), 4), tolerance=0.005, certainty="C", source=_SECOND,
               resolution=0.16)
        for name, people, jointness, words in _SIZES
    ),
)  # fmt: skip


def _run(population: Population, steps: int, worlds: list[dict[str, float]], seed: int, threads: int | None):
    return simulate(
        CriticalMass, population, [World(seed, w) for w in worlds], steps, population_seed=seed, threads=threads
    )


def _orders(threads: int | None) -> tuple[Found, Found, float]:
    """Sampled groups: which order yields more; which never start; the effect of order when accelerating."""
    less, idle, gap = 0, 0, 0.0
    for seed in range(_GROUPS):
        h = _run(
            well_mixed(_PEOPLE),
            10,
            [
                {"exponent": 0.5, "first": _MOST},
                {"exponent": 0.5, "first": _LEAST},
                {"exponent": 2.0},
                *({"exponent": 2.0, "given": 0.45, "first": x} for x in (_MOST, _LEAST, 0.0)),
            ],
            seed,
            threads,
        )["contributed"]
        less += bool(h[1, 1] > h[1, 0])
        idle += bool(h[-1, 2] == 0 and h[1, 0] > 0)
        gap = max(gap, float(np.ptp(h[-1, 3:])))
    return Found.share(less, _GROUPS), Found.share(idle, _GROUPS), gap


def _many(first: float, threads: int | None) -> Found:
    params = {"exponent": 0.5, "first": first, "log_interest": 4.0 + math.log(_MANY / _PEOPLE)}
    return Found.mean(
        [float(_run(well_mixed(_MANY), 1, [params], seed, threads)["contributed"][1, 0]) for seed in range(5)]
    )


def _equal() -> Population:
    return well_mixed(_PEOPLE, interest=np.full(_PEOPLE, _WORTH * _PEOPLE), resources=np.ones(_PEOPLE))


def _exploding(threads: int | None) -> tuple[Found, Found, Figure]:
    """Equal people with growing contributions from outside: where they start, how many give, and the plot."""
    grid = np.round(np.linspace(0.0, 0.6, 601), 3)
    curves = []
    for name, exponent in (("accelerating, e = 2", 2.0), ("decelerating, e = 1/2", 0.5)):
        worlds = [{"exponent": exponent, "given": float(x)} for x in grid]
        h = _run(_equal(), 3, worlds, 0, threads)
        curves.append((name, h["contributed"][-1] - grid))
    gave = curves[0][1]
    at = int(np.argmax(gave > 1e-9))
    mass = Found(float(grid[at - 1] + grid[at]) / 2, float(grid[at - 1]), float(grid[at]))
    # Once the good is complete there is nothing left to give: judge by the remaining cost.
    done = gave[at:] / (1.0 - grid[at:])
    figure = Figure(
        "start_up",
        "What 100 equal people contribute, by what has been contributed before them",
        "With an accelerating function nobody gives until there is a critical mass, and then everyone does; with a "
        "decelerating one the first contributors suffice, and every outside contribution displaces one of theirs.",
        x="contributed before, share of full provision's cost",
        y="contributed by the group, share of full provision's cost",
        curves=tuple(Course(name, grid[::5].tolist(), y[::5].tolist(), mark="steps") for name, y in curves),
        marks=((critical_contribution(_WORTH, 2.0, _GIFT), "critical mass, closed form"),),
    )
    return mass, Found(float(done.mean()), float(done.min()), float(min(done.max(), 1.0))), figure


def _provided(people: int, jointness: float, threads: int | None) -> Found:
    params = {**_LINEAR, "jointness": jointness, "needed": _COST / _SMALL ** (1 - jointness)}
    provided = sum(
        bool(_run(well_mixed(people), 1, [params], seed, threads)["contributed"][1, 0] > 0) for seed in range(_GROUPS)
    )
    return Found.share(provided, _GROUPS)


def measure(threads: int | None = None) -> Measured:
    order, idle, gap = _orders(threads)
    mass, joined, start_up = _exploding(threads)
    sizes = {name: _provided(people, jointness, threads) for name, people, jointness, _ in _SIZES}
    grid = [10, 15, 20, 30, 50, 100, 200]
    found = [sizes[name] for name, *_ in _SIZES]
    group_size = Figure(
        "group_size",
        "How often somebody provides the good, by the size of the group",
        "With pure jointness a larger group is likelier to contain one sufficiently interested person; with a good "
        "whose cost grows with the group it is less likely. Points: simulated groups.",
        x="people in the group",
        y="share of groups",
        x_kind="log",
        curves=(
            Course("pure jointness, closed form", grid, [_starts(n, 1.0) for n in grid]),
            Course("no jointness, closed form", grid, [_starts(n, 0.0) for n in grid]),
            Course("simulated groups", [people for _, people, *_ in _SIZES], [e.value for e in found],
                  low=[e.low for e in found], high=[e.high for e in found], mark="points"),
        ),
    )  # fmt: skip
    return Measured(
        {
            "order": order, "start_up": idle, "order_accelerating": Found(gap), "critical_mass": mass,
            "explosion": joined, "least_first": _many(_LEAST, threads), "most_first": _many(_MOST, threads), **sizes,
        },
        figures=(start_up, group_size),
        seeds={"groups": 0},
    )  # fmt: skip


REPLICATION = Replication(
    "critical_mass",
    "Oliver, Marwell & Teixeira 1985; Oliver & Marwell 1988",
    theories=("critical_mass",),
    targets=TARGETS,
    measure=measure,
)
