"""SIS and SIR on ties and where everyone meets everyone: endemic shares, final sizes, pairs, percolation, the limit."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from groundswell.engine.simulate import simulate
from groundswell.engine.worlds import World
from groundswell.population.generate import configuration, erdos_renyi
from groundswell.population.population import Population, tied, well_mixed
from groundswell.replications.convergence import convergence_figure, error, order
from groundswell.replications.replication import Course, Figure, Found, Measured, Replication, Target
from groundswell.theories.sir import Sir
from groundswell.theories.sis import Sis
from groundswell.theory.analytic.pairs import (
    final_size,
    sis_in_steps,
    sis_mean_field,
    sis_pair_course,
    sis_pair_prevalence,
)

OWN = "closed form, computed for this project"
REVIEW = "1 - 1 / R0, as in Pastor-Satorras et al. 2015"
NEWMAN = "the equations of Newman 2002, solved for this project"
NEIGHBOURS = 4  # degree of everyone on the random regular network
SHORT = 0.02  # d for a step so short that time is practically continuous
CONTAGION = 1.5  # per step from all others together, for a step that is not short
RATIOS = (0.3, 0.4, 0.5, 0.6, 0.8, 1.0)
PEOPLE = 20_000
START = 0.0005  # active at first, in SIR
SIZES = (250, 1_000, 4_000, 16_000)
RUNS = 48

TARGETS = (
    Target("mean_field", "If all meet and R0 = 2, half the people are active", 0.5, 0.005, certainty="C",
           source=REVIEW, unit="share of people", resolution=0.01),
    Target("in_steps", "Share active at d = 0.5, by the map of discrete steps", sis_in_steps(CONTAGION, 0.5), 0.0005,
           certainty="C", source=OWN, unit="share of people", resolution=0.005),
    Target("pairs", "Share active with four neighbours each and a ratio of 0.6, by the pair approximation",
           round(sis_pair_prevalence(NEIGHBOURS, 0.6), 4), 0.01, certainty="C", source=OWN, unit="share of people",
           resolution=0.02, note="The pair approximation errs by less than one percentage point here; mean field by "
           "seven."),
    Target("pairs_better", "The pair approximation errs less than mean field at every ratio that was tried", 1.0, 0.0,
           certainty="R", source="Gleeson 2013, Physical Review X 3, 021004", unit="share of ratios", resolution=0.9),
    Target("extinct", "Below the threshold 1 / (k - 1) of the pair approximation the activity dies out", 0.0, 0.0005,
           certainty="C", source=OWN, unit="share of people", resolution=0.002),
    Target("final_size", "R0 = 2 reaches 79.7% of people", 0.7968, 0.00005, certainty="C", source=OWN,
           unit="share of people", resolution=0.005),
    Target("percolation", "On a Poisson network with z T = 1.6 it reaches 64.2%", 0.6420, 0.00005,
           certainty="C", source=NEWMAN, unit="share of people", resolution=0.005),
    Target("no_percolation", "With z T = 0.8 it reaches almost nobody", 0.0, 0.0005, certainty="C", source=NEWMAN,
           unit="share of people beyond the first", resolution=0.002),
    Target("order", "The error falls as one over the square root of the number of "
    "people", -0.5, 0.0, unit="exponent", certainty="C",
           source="the central limit theorem", resolution=0.25),
)  # fmt: skip


def _endemic(
    population: Population,
    contagion: float,
    dropping: float,
    steps: int,
    worlds: int,
    threads: int | None,
    seed: int = 0,
) -> NDArray[np.float64]:
    """The mean share active over the last half of the steps, in each world."""
    params = {"contagion": contagion, "dropping": dropping, "start": 0.5}
    many = [World(seed + k, params) for k in range(worlds)]
    prevalence = simulate(Sis, population, many, steps, threads=threads)["prevalence"]
    return prevalence[steps // 2 :].mean(axis=0)


def _reached(
    population: Population, contagion: float, retiring: float, worlds: int, threads: int | None
) -> NDArray[np.float64]:
    """The share ever reached, in each world."""
    params = {"contagion": contagion, "retiring": retiring, "start": START}
    history = simulate(Sir, population, [World(k, params) for k in range(worlds)], 150, threads=threads)
    return history["retirement"][-1] + history["prevalence"][-1]


def _percolation(spread: float, threads: int | None) -> NDArray[np.float64]:
    """The share reached on each of several Poisson networks of mean degree 4; spread is z T."""
    contagion = -math.log(1.0 - spread / 4.0)  # everyone is active for one step, and then transmits with probability T
    networks = [erdos_renyi(100_000, 4.0, seed=k) for k in range(10)]
    return np.array([_reached(tied(network), contagion, 50.0, 1, threads)[0] for network in networks])


def measure(threads: int | None = None) -> Measured:
    """Simulate both processes, and compare them with what theory implies."""
    mixed = well_mixed(PEOPLE)
    regular = tied(configuration([NEIGHBOURS] * PEOPLE, seed=1))
    others = PEOPLE - 1
    courses = {}
    shares: dict[float, NDArray[np.float64]] = {}
    for ratio in RATIOS:
        params = {"contagion": ratio * SHORT, "dropping": SHORT, "start": 0.5}
        steps = 1500
        series = simulate(Sis, regular, [World(k, params) for k in range(4)], steps, threads=threads)["prevalence"]
        shares[ratio], courses[ratio] = series[steps // 2 :].mean(axis=0), series.mean(axis=1)
    closer = sum(
        abs(found.mean() - sis_pair_prevalence(NEIGHBOURS, ratio))
        <= abs(found.mean() - sis_mean_field(NEIGHBOURS * ratio))
        for ratio, found in shares.items()
    )
    reached = {spread: _percolation(spread, threads) for spread in (0.8, 1.6)}
    limit = sis_in_steps(CONTAGION, 0.5)
    errors = {n: error(_endemic(well_mixed(n), CONTAGION / (n - 1), 0.5, 40, RUNS, threads), limit) for n in SIZES}
    sir = _reached(well_mixed(200_000), 2 * (1 - math.exp(-0.2)) / 199_999, 0.2, 12, threads)
    found = {
        "mean_field": Found.mean(_endemic(mixed, 2 * SHORT / others, SHORT, 600, 4, threads)),
        "in_steps": Found.mean(_endemic(mixed, CONTAGION / others, 0.5, 400, 4, threads)),
        "pairs": Found.mean(shares[0.6]),
        "pairs_better": Found(closer / len(RATIOS)),
        "extinct": Found.mean(_endemic(regular, 0.28 * SHORT, SHORT, 3000, 4, threads)),
        "final_size": Found.mean(sir - (final_size(2.0, START) - final_size(2.0))),
        "percolation": Found.mean(reached[1.6] - (final_size(1.6, START) - final_size(1.6))),
        "no_percolation": Found.mean(reached[0.8] - final_size(0.8, START)),
        "order": order(errors, RUNS),
    }
    content = f"Root mean square distance of the simulated endemic share from the map's fixed point, {RUNS} runs."
    converging = convergence_figure(errors, None, content)
    return Measured(found, (_regular(shares), _course(courses[0.6]), converging), {"networks": 1})


def _regular(shares: dict[float, NDArray[np.float64]]) -> Figure:
    ratios = np.linspace(0.2, 1.05, 60)
    low, high = zip(*((Found.mean(x).low, Found.mean(x).high) for x in shares.values()), strict=True)
    return Figure(
        "endemic",
        "How many are active in the end, with four neighbours each",
        "SIS on a random regular network: mean field ignores that an active person's neighbours are likely active too; "
        "pairs take account of direct neighbours, but not of those beyond.",
        x="rate along a tie over the rate of dropping",
        y="share active",
        curves=(
            Course("mean field", ratios, [sis_mean_field(NEIGHBOURS * float(r)) for r in ratios]),
            Course("pair approximation", ratios, [sis_pair_prevalence(NEIGHBOURS, float(r)) for r in ratios]),
            Course("simulated", list(shares), [x.mean() for x in shares.values()], low=low, high=high, mark="points"),
        ),
        marks=((1 / (NEIGHBOURS - 1), "threshold of pairs"),),
    )


def _course(series: NDArray[np.float64]) -> Figure:
    steps = np.arange(0, series.size, 25)
    times = steps * SHORT
    return Figure(
        "course",
        "How the active share settles",
        "The same at a ratio of 0.6, starting with a random half of the people active.",
        x="time, in units of one over the rate of dropping",
        y="share active",
        curves=(
            Course("pair approximation", times, sis_pair_course(NEIGHBOURS, 0.6, 0.5, times)),
            Course("simulated", times, series[steps], mark="points"),
        ),
    )


REPLICATION = Replication("epidemics", "SIS and SIR", theories=("sis", "sir"), targets=TARGETS, measure=measure)
