"""Voters who copy and voters who side with the majority: agreement, the ties that linger, and the critical noise."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from groundswell.engine.simulate import simulate
from groundswell.engine.worlds import World
from groundswell.population.generate import configuration
from groundswell.population.network import Network
from groundswell.population.population import Population, tied, well_mixed
from groundswell.replications.replication import Course, Figure, Found, Measured, Replication, Target
from groundswell.theories.majority import Majority
from groundswell.theories.voter import Voter
from groundswell.theory.analytic.pairs import voter_agreement, voter_plateau

VAZQUEZ = "Vazquez & Eguiluz 2008, New Journal of Physics 10, 063011"
OLIVEIRA = "de Oliveira 1992, Journal of Statistical Physics 66, 273-281"
TOGETHER = 50  # people who all see each other
DEGREES = (3, 4, 6, 10)
PEOPLE = 20_000
NOISES = (0.05, 0.0675, 0.0725, 0.0775, 0.0825)
SIDES = (16, 32)  # side lengths of the square lattices whose cumulants cross
AT_ONCE, BEGIN, STEPS = 16, 400, 3400

Moments = Mapping[float, tuple[float, float, float]]  # noise: order parameter, cumulant, its standard error

TARGETS = (
    Target("agreement", "People who all copy each other agree after N ln 2 steps", 1.0, 0.05, certainty="M",
           source=VAZQUEZ, unit="of N ln 2", resolution=0.1,
           note="N ln 2 is the limit of many people; fifty take 3% less."),
    Target("agreement_exact", "Fifty of them agree after this many, by the exact "
    "mean", voter_agreement(TOGETHER, TOGETHER // 2), 0.0,
           certainty="C", source="exact mean of the walk, computed for this project", unit="steps", resolution=2.5),
    Target("conserved", "The mean share in favour never changes", 0.5, 0.0, certainty="M",
           source="Holley & Liggett 1975", unit="share of people", resolution=0.05),
    *(
        Target(f"plateau_{k}", f"With {k} neighbours each, ties that differ linger at (k - 2) / (2 (k - 1))",
               voter_plateau(k), 0.02 * voter_plateau(k), certainty="M", source=VAZQUEZ, unit="share of ties",
               note="The limit of many people with long-lived disagreement; 2% are allowed for a network of 20,000.")
        for k in DEGREES
    ),
    Target("critical_noise", "On the square lattice one opinion prevails up to a noise of 0.075", 0.075, 0.001,
           certainty="M", source=OLIVEIRA, unit="probability of siding with the minority"),
)  # fmt: skip


def square(side: int) -> Population:
    """A torus of side x side people, each tied to the four next to it."""
    site = np.arange(side * side)
    row, column = np.divmod(site, side)
    near = [((row + a) % side) * side + (column + b) % side for a, b in ((-1, 0), (0, -1), (0, 1), (1, 0))]
    indices = np.sort(np.stack(near, axis=1), axis=1).astype(np.int32).ravel()
    network = Network(np.arange(0, 4 * side * side + 1, 4, dtype=np.int64), indices)
    return tied(network)


def _agreement(threads: int | None) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """When all agree, in each world, and the mean share in favour when half of the worlds do not yet agree."""
    worlds, steps = 5000, 600
    population = well_mixed(TOGETHER)
    even = np.zeros(TOGETHER)
    even[::2] = 1.0
    support = simulate(Voter, population, [World(k) for k in range(worlds)], steps, threads=threads)["support"]
    begun = np.rint(support[0] * TOGETHER).astype(int)
    over = (support == 0) | (support == 1)
    when = np.where(over.any(axis=0), over.argmax(axis=0), steps).astype(float)
    # Worlds start with a random split: each mean time is adjusted to that of an even split. A world is observed
    # after whole steps, on average half a step late.
    means = {i: voter_agreement(TOGETHER, int(i)) for i in set(begun.tolist())}
    expected = np.array([means[int(i)] for i in begun])
    return when - 0.5 - expected + voter_agreement(TOGETHER, TOGETHER // 2), support[30]


def _lingering(degree: int, threads: int | None) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The share of ties between people who differ: at each step up to 12, and at step 12 in each world."""
    network = configuration([degree] * PEOPLE, seed=degree)
    population = tied(network)
    ends = np.repeat(np.arange(PEOPLE), network.degree)
    worlds = [World(k) for k in range(4)]
    shares = []
    before = np.zeros((PEOPLE, len(worlds)))
    for t in range(1, 13):
        totals = simulate(Voter, population, worlds, t, threads=threads, totals=("favours",)).totals["favours"]
        now, before = totals - before, totals
        shares.append((now[ends] != now[network.indices]).mean(axis=0))
    return np.mean(shares, axis=1), np.asarray(shares[-1])


def _moments(side: int, threads: int | None) -> Moments:
    """For each noise the order parameter, Binder's cumulant 1 - <m^4> / (3 <m^2>^2), and its standard error."""
    population, found = square(side), {}
    for noise in NOISES:
        worlds = [World(k, {"noise": noise}) for k in range(AT_ONCE)]
        m = 2 * simulate(Majority, population, worlds, STEPS, threads=threads)["support"][BEGIN:] - 1
        second, fourth = (m**2).mean(axis=0), (m**4).mean(axis=0)
        cumulant = 1 - fourth.mean() / (3 * second.mean() ** 2)
        pulled = (  # jackknife over worlds
            1 - (fourth.sum() - fourth) / (AT_ONCE - 1) / (3 * ((second.sum() - second) / (AT_ONCE - 1)) ** 2)
        )
        spread = math.sqrt((AT_ONCE - 1) / AT_ONCE * float(((pulled - pulled.mean()) ** 2).sum()))
        found[noise] = (float(np.abs(m).mean()), float(cumulant), spread)
    return found


def _crossing(small: Moments, large: Moments) -> Found:
    """Where the cumulants of two sizes cross, from a weighted straight line through their difference nearby."""
    near = [q for q in NOISES if q > 0.06]
    y = np.array([large[q][1] - small[q][1] for q in near])
    weight = 1 / np.array([large[q][2] ** 2 + small[q][2] ** 2 for q in near])
    x = np.array(near) - 0.075
    design = np.stack([np.ones_like(x), x], axis=1)
    covariance = np.linalg.inv(design.T @ (weight[:, None] * design))
    level, slope = covariance @ (design.T @ (weight * y))
    at = -level / slope
    gradient = np.array([-1 / slope, level / slope**2])
    half = 1.96 * math.sqrt(float(gradient @ covariance @ gradient))
    return Found(0.075 + at, 0.075 + at - half, 0.075 + at + half)


def measure(threads: int | None = None) -> Measured:
    """Simulate both kinds of voter, and compare them with what theory implies."""
    when, later = _agreement(threads)
    lingering = {k: _lingering(k, threads) for k in DEGREES}
    small, large = (_moments(side, threads) for side in SIDES)
    found = {
        "agreement": Found.mean(when / (TOGETHER * math.log(2))),
        "agreement_exact": Found.mean(when),
        "conserved": Found.mean(later),
        **{f"plateau_{k}": Found.mean(ends) for k, (_, ends) in lingering.items()},
        "critical_noise": _crossing(small, large),
    }
    return Measured(found, (_ties(lingering), _cumulants(small, large)), {"networks": DEGREES[0]})


def _ties(lingering: Mapping[int, tuple[NDArray[np.float64], NDArray[np.float64]]]) -> Figure:
    steps = list(range(1, 13))
    curves = []
    for k in (DEGREES[0], DEGREES[-1]):
        curves += [
            Course(f"theory, {k} neighbours", [1, 12], [voter_plateau(k)] * 2),
            Course(f"simulated, {k} neighbours", steps, lingering[k][0], mark="points"),
        ]
    return Figure(
        "ties",
        "Ties between people who differ",
        "Voters on random networks: the ties that differ fall to a plateau that the pair approximation gives, and stay "
        "there until one opinion prevails, after a time proportional to the number of people.",
        x="steps",
        y="share of ties",
        curves=tuple(curves),
    )


def _cumulants(small: Moments, large: Moments) -> Figure:
    return Figure(
        "cumulants",
        "Where the majority stops prevailing",
        f"Binder's cumulant on square lattices of {SIDES[0]} and {SIDES[1]} people per side; those of all sizes cross "
        "at the critical noise.",
        x="probability of siding with the minority",
        y="cumulant",
        curves=tuple(
            Course(f"{side} by {side}", list(of), [x[1] for x in of.values()], mark="points",
                  low=[x[1] - 1.96 * x[2] for x in of.values()], high=[x[1] + 1.96 * x[2] for x in of.values()])
            for side, of in zip(SIDES, (small, large), strict=True)
        ),
        marks=((0.075, "de Oliveira 1992"),),
    )  # fmt: skip


REPLICATION = Replication(
    "opinions", "Voter and majority", theories=("voter", "majority"), targets=TARGETS, measure=measure
)
