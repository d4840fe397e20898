"""Centola and Macy's complex contagions: long ties carry a simple contagion further, and stop a complex one."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from groundswell.engine.simulate import simulate
from groundswell.engine.worlds import World
from groundswell.population.specification import PopulationSpecification
from groundswell.replications.replication import Course, Figure, Found, Measured, Replication, Target
from groundswell.theories.centola_macy import CentolaMacy
from groundswell.theory.analytic.contagion import front_threshold

SIDE = 100  # side of the square lattice: 10,000 people
RUNS = 40  # networks per rewiring, with the contagions of 1, 2, 3 and 4 on each
STEPS = 400
SETTLED = 140  # steps; without noise, even the slowest contagion counted here is at rest after 136
REWIRING = (0.03, 0.1, 0.2, 0.3, 0.5, 1.0)
REQUIRED = (1, 2, 3, 4)
NOTED = 20  # runs behind each number of the note
NOISE = 0.01  # people ** (-1 / required) for 10,000 people and 2

PAPER = "Centola & Macy 2007"
NOTE = "simulated for this project: 100 by 100, 20 runs, a seeded neighbourhood"
REMARKS = {
    (2, 0.5): "Two of the note's 20 runs spread and none of our 40, which is compatible with chance; how the note's "
    "ties were rewired is not recorded.",
    (3, 0.2): "The tolerance is half a digit and 1.96 standard errors of 20 runs with our spread.",
}


def _open(share: float) -> float:
    """1.96 standard errors of the note's share of runs that spread."""
    return 1.96 * math.sqrt(share * (1 - share) / NOTED)


# (required, rewiring): the mean final share, its uncertainty in the note, the widest interval that tests it
SHARES = {
    (1, 1.0): (1.0, 0.0005, 0.01),
    (2, 0.1): (1.0, 0.0005, 0.01),
    (2, 0.2): (1.0, 0.0005, 0.01),
    (2, 0.3): (0.95, _open(0.95), 0.25),
    (2, 0.5): (0.10, _open(0.10), 0.15),
    (2, 1.0): (0.001, 0.0005, 0.0005),
    (3, 0.03): (1.0, 0.0005, 0.01),
    (3, 0.1): (0.90, _open(0.90), 0.3),
    (3, 0.2): (0.001, 0.0013, 0.002),
    (3, 0.3): (0.001, 0.0005, 0.0005),
    (4, 0.03): (0.001, 0.0005, 0.0005),
    (4, 0.3): (0.001, 0.0005, 0.0005),
}

TARGETS = (
    *(
        Target(f"share_{a}_at_{100 * p:.0f}",
               f"A contagion of {a} at a rewiring of {p:g} ends with this share of people", share, tolerance,
               unit="share of people", certainty="C", source=NOTE, table=6, resolution=resolution,
               note=REMARKS.get((a, p), ""))
        for (a, p), (share, tolerance, resolution) in SHARES.items()
    ),
    Target("kills_2", "Rewiring stops a contagion of 2 between .3 and .5", 0.4, 0.1, unit="share of ties rewired",
           certainty="C", source=NOTE, table=6, resolution=0.2,
           note="The rewiring at which half of the runs spread, between the last at which more do and the first at "
           "which fewer do. The paper states that random ties stop complex contagions."),
    Target("kills_3", "Rewiring stops a contagion of 3 between .1 and .2", 0.15, 0.05, unit="share of ties rewired",
           certainty="C", source=NOTE, table=6, resolution=0.2),
    Target("threshold_moore", "On the lattice of eight neighbours contagions spread up to a threshold of 3/8", 3 / 8,
           0.0, unit="share of neighbours", certainty="M", source=PAPER, table=6),
    Target("threshold_radius_2", "With 24 neighbours, up to 10/24", 10 / 24, 0.0, unit="share of neighbours",
           certainty="C", source="a straight front, counted", table=6,
           note="Starting from more than one neighbourhood; from a single one, 10 of 24 stops at once."),
    Target("threshold_radius_3", "With 48 neighbours, up to 21/48", 21 / 48, 0.0, unit="share of neighbours",
           certainty="C", source="a straight front, counted", table=6),
    Target("threshold_limit", "With ever larger neighbourhoods the threshold tends to 1/2", 0.5, 0.005,
           unit="share of neighbours", certainty="M", source=PAPER, table=6),
    Target("threshold_random", "On a random network of the same degree, up to 1/8: only a simple contagion spreads",
           1 / 8, 0.0, unit="share of neighbours", certainty="M", source=PAPER, table=6),
    Target("silent_2", "Without noise, a contagion of 2 on a wholly rewired network never reaches nine tenths", 0.0,
           0.0, unit="share of networks", certainty="R", source=PAPER, resolution=0.2),
    Target("reversed_2", "With noise of one over the square root of N, the rewired network is faster than the lattice",
           1.0, 0.0, unit="share of networks", certainty="R", source="Eckles et al. 2024, abstract", resolution=0.2),
    Target("reversed_3", "The same holds for a contagion of 3, with noise of one over the cube root of N", 1.0, 0.0,
           unit="share of networks", certainty="R", source="Eckles et al. 2024, abstract", resolution=0.2),
)  # fmt: skip


def _run(
    rewiring: float,
    seed: int,
    settings: list[dict[str, float]],
    threads: int | None,
    radius: int = 1,
    steps: int = STEPS,
) -> NDArray[np.float64]:
    """The share who have adopted, shape (steps + 1, worlds), on one network and from one person's neighbourhood."""
    table = {"network": "moore", "rows": SIDE, "columns": SIDE, "radius": radius, "rewiring": rewiring}
    population = PopulationSpecification.model_validate(table).build(seed)
    worlds = [World(seed, params) for params in settings]
    return simulate(CentolaMacy, population, worlds, steps, threads=threads)["adopted"]


def _threshold(rewiring: float, radius: int, numbers: range, seeding: int, threads: int | None) -> float:
    """The largest share of neighbours, among these numbers, that can be required while all still adopt."""
    settings: list[dict[str, float]] = [{"required": float(a), "seeding": float(seeding)} for a in numbers]
    ends = _run(rewiring, 1, settings, threads, radius)[-1]
    return max(a for a, end in zip(numbers, ends, strict=True) if end > 0.9) / ((2 * radius + 1) ** 2 - 1)


def _rounds(
    rewiring: float, settings: list[dict[str, float]], threads: int | None, runs: int = 20
) -> NDArray[np.float64]:
    """Rounds until nine tenths have adopted, shape (settings, networks); infinite where they never do."""
    series = np.array([_run(rewiring, 700 + k, settings, threads) for k in range(runs)])
    return np.where(series[:, -1] > 0.9, (series > 0.9).argmax(axis=1), math.inf).T


def measure(threads: int | None = None) -> Measured:
    """Start contagions of 1 to 4 on lattices with increasing shares of rewired ties, then add noise."""
    contagions: list[dict[str, float]] = [{"required": float(a)} for a in REQUIRED]
    ends = {p: np.array([_run(p, k, contagions, threads, steps=SETTLED)[-1] for k in range(RUNS)]) for p in REWIRING}
    found = {f"share_{a}_at_{100 * p:.0f}": Found.mean(ends[p][:, REQUIRED.index(a)]) for a, p in SHARES}
    for a in (2, 3):
        often = {p: float((ends[p][:, REQUIRED.index(a)] > 0.5).mean()) for p in REWIRING}
        last, first = max(p for p in often if often[p] > 0.5), min(p for p in often if often[p] <= 0.5)
        between = last + (first - last) * (often[last] - 0.5) / (often[last] - often[first])
        found[f"kills_{a}"] = Found(between, last, first)
    found["threshold_moore"] = Found(_threshold(0.0, 1, range(1, 9), 1, threads))
    found["threshold_radius_2"] = Found(_threshold(0.0, 2, range(8, 13), 3, threads))
    found["threshold_radius_3"] = Found(_threshold(0.0, 3, range(19, 24), 3, threads))
    found["threshold_limit"] = Found(front_threshold(100))
    found["threshold_random"] = Found(_threshold(1.0, 1, range(1, 9), 1, threads))

    cube_root = (SIDE * SIDE) ** (-1 / 3)
    noisy: list[dict[str, float]] = [{"required": 2, "noise": NOISE}, {"required": 3, "noise": cube_root}]
    *rewired, silent = _rounds(1.0, [*noisy, {"required": 2, "noise": 0.0}], threads)
    for a, far, near in zip((2, 3), rewired, _rounds(0.0, noisy, threads), strict=True):
        found[f"reversed_{a}"] = Found.share(int((far < near).sum()), far.size)
    found["silent_2"] = Found.share(int(np.isfinite(silent).sum()), silent.size)
    return Measured(found, (_spread(ends), _speed(threads)), {"runs": 0, "networks": 0})


def _spread(ends: dict[float, NDArray[np.float64]]) -> Figure:
    curves = []
    for column, a in enumerate(REQUIRED):
        shares = [Found.share(int((x[:, column] > 0.5).sum()), RUNS) for x in ends.values()]
        curves.append(
            Course(f"{a} required", list(ends), [s.value for s in shares], low=[s.low for s in shares],
                  high=[s.high for s in shares])
        )  # fmt: skip
    return Figure(
        "spread",
        "How often a contagion spreads, by the share of ties rewired",
        f"The share of {RUNS} networks in which most of 10,000 people adopt, from one person's neighbourhood on a "
        "lattice of eight neighbours. One required: always. Two or three: until long ties break the bridges. Four of "
        "eight is above the threshold of 3/8, and never spreads.",
        x="share of ties rewired",
        y="share of networks in which it spreads",
        x_kind="log",
        curves=curves,
    )


def _speed(threads: int | None) -> Figure:
    at = (0.01, 0.03, 0.1, 0.3, 1.0)
    noises = (0.0, 0.002, NOISE)
    found = [_rounds(p, [{"required": 2, "noise": noise} for noise in noises], threads, runs=5) for p in at]
    curves = []
    for noise, rounds in zip(noises, zip(*found, strict=True), strict=True):
        reached = [(p, float(x.mean())) for p, x in zip(at, rounds, strict=True) if np.isfinite(x).all()]
        curves.append(
            Course(f"noise {noise:g}" if noise else "no noise", [p for p, _ in reached], [y for _, y in reached])
        )
    return Figure(
        "speed",
        "A little noise reverses the result",
        "Rounds until nine tenths have adopted, two neighbours being required; means of five networks of 10,000, left "
        "out where some do not get there in 400 rounds. Without noise a wholly rewired network is never taken over. "
        "With one chance in a hundred of adopting on one active neighbour it is faster than the lattice (71 rounds).",
        x="share of ties rewired",
        y="rounds until nine tenths have adopted",
        x_kind="log",
        curves=curves,
    )


REPLICATION = Replication(
    "centola_macy", "Centola & Macy 2007", theories=("centola_macy",), targets=TARGETS, measure=measure
)
