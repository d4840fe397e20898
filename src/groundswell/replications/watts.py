"""Watts's global cascades: the window, how often and how far single seeds carry, and the sizes at its two edges."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from groundswell.engine.setup import initial_state
from groundswell.engine.simulate import simulate
from groundswell.engine.worlds import World
from groundswell.population.population import Population
from groundswell.population.specification import PopulationSpecification
from groundswell.replications.convergence import convergence_figure, error, order
from groundswell.replications.replication import Course, Figure, Found, Measured, Replication, Target
from groundswell.theories.watts import Watts
from groundswell.theory.analytic.cascades import cascade_size, cascade_window, trigger_probability

PHI, PEOPLE = 0.18, 10_000
GLOBAL = 0.1  # a cascade beyond this share is global; inside the window nothing lies near it
NETWORKS, SEEDS = 12, 100  # networks per mean degree; seeds in one network are not independent, but networks are
STEPS = 400

PAPER = "Watts 2002"
CONDITION = "the paper's cascade condition, solved for this project"
WINDOWS = {
    0.10: (1.000, 13.659),
    0.15: (1.004, 7.477),
    0.18: (1.021, 5.765),
    0.20: (1.021, 5.765),
    0.22: (1.114, 3.863),
}
FREQUENCY = {1.5: 0.5489, 3.0: 0.8735, 4.0: 0.8653, 5.0: 0.6953}
ADVANTAGE = {1.5: 1.4362, 5.0: 1.1042}
POWER_LAW = {"degree_exponent": 2.0, "minimum_degree": 1, "maximum_degree": 100}
POWER_LAW_MEAN = 3.17

CROSS_SECTION = (1.1, 1.25, 2.0, 2.5, 3.5, 4.5, 5.25, 5.5, 5.75, 6.25)
SIZES, RUNS, AT = (2_000, 10_000, 50_000), 60, 2.0  # convergence


def _name(phi: float) -> str:
    return f"{1000 * phi:.0f}"


TARGETS = (
    *(
        Target(f"window_{_name(phi)}_{side}", f"The window of thresholds of {phi:g} {verb} at this mean degree",
               ends[k], 0.0005, unit="ties", certainty="C", source=f"{CONDITION}; drawn in {PAPER}",
               table=4 if phi == PHI else None)
        for phi, ends in WINDOWS.items()
        for k, (side, verb) in enumerate((("lower", "opens"), ("upper", "closes")))
    ),
    *(
        Target(f"frequency_{10 * z:.0f}",
               f"At a mean degree of {z:g} this share of single seeds sets off a global cascade", share,
               0.00005, unit="share of seeds", certainty="C",
               source="size of the extended vulnerable cluster, Watts 2002", table=4, resolution=0.1)
        for z, share in FREQUENCY.items()
    ),
    *(
        Target(f"outside_{10 * z:.0f}", f"At a mean degree of {z:g}, outside the window, none does", 0.0, 0.0,
               unit="share of seeds", certainty="M", source=PAPER, table=4, resolution=0.01)
        for z in (0.9, 8.0)
    ),
    Target("lower_slope", "At the lower edge sizes follow a power law with exponent 3/2", 1.5, 0.0, unit="exponent",
           certainty="M", source=PAPER, resolution=0.2,
           note="Sizes of 10 to 1000 in networks of 100,000, by maximum likelihood; the error is between networks."),
    Target("upper_middle", "At the upper edge sizes are bimodal: none ends between a tenth and nine tenths", 0.0, 0.0,
           unit="share of seeds", certainty="M", source=PAPER, resolution=0.01),
    Target("spread_frequency",
           "At a mean degree of 7 this share of seeds sets off a cascade where thresholds spread by .05", 0.4763,
           0.00005, unit="share of seeds", certainty="C",
           source="size of the extended vulnerable cluster, Watts 2002", resolution=0.1),
    Target("uniform_frequency", "At a mean degree of 7 none does if all thresholds are equal", 0.0, 0.0,
           unit="share of seeds", certainty="M", source=PAPER, resolution=0.01),
    Target("power_law_frequency",
           "With power-law degrees of mean 3.17 none does: dispersion of degrees narrows the window", 0.0, 0.0,
           unit="share of seeds", certainty="M", source=PAPER, resolution=0.01,
           note="The paper draws the window for networks with a truncated power law; this is one such network."),
    Target("poisson_frequency", "With Poisson degrees of the same mean this share does", 0.8785, 0.00005,
           unit="share of seeds", certainty="C", source="size of the extended vulnerable cluster, Watts 2002",
           resolution=0.1),
    *(
        Target(f"hubs_{10 * z:.0f}",
               f"At a mean degree of {z:g} seeds that set off a cascade have this many times the average number of "
               "ties", ratio,
               0.00005, unit="ratio", certainty="C", source="size of the extended vulnerable cluster, Watts 2002",
               resolution=0.15, note="The abstract: the most connected are far likelier to trigger cascades in the "
               "lower regime, but not in the upper.")
        for z, ratio in ADVANTAGE.items()
    ),
    Target("order", "The error of the size of global cascades falls as one over the square root of the number of "
    "people", -0.5, 0.0,
           unit="exponent", certainty="C", source="the central limit theorem", resolution=0.2),
)  # fmt: skip


def _poisson(people: int, z: float, seed: int) -> Population:
    return PopulationSpecification(network="erdos_renyi", people=people, mean_degree=z).build(seed)


def _ends(
    population: Population, seeds: int, first: int, threads: int | None, params: Mapping[str, float] | None = None
) -> NDArray[np.float64]:
    """The share active in the end, from single seeds; activation is permanent, so a world at rest stays at rest."""
    worlds = [World(first + k, {"phi": PHI, **(params or {})}) for k in range(seeds)]
    return simulate(Watts, population, worlds, STEPS, population_seed=first, threads=threads)["activity"][-1]


def _pooled(ends: list[NDArray[np.float64]]) -> Found:
    """The share of all seeds that set off a global cascade, with its exact interval, for cases where none does."""
    every = np.concatenate(ends)
    return Found.share(int((every > GLOBAL).sum()), every.size)


def measure(threads: int | None = None) -> Measured:
    """Solve the cascade condition, and seed networks on both sides of it."""
    found: dict[str, Found] = {}
    for phi in WINDOWS:
        window = cascade_window(phi) or (math.nan, math.nan)
        found |= {f"window_{_name(phi)}_{side}": Found(window[k]) for k, side in enumerate(("lower", "upper"))}

    section: dict[float, list[NDArray[np.float64]]] = {}
    for z in sorted({*FREQUENCY, *CROSS_SECTION, 0.9, 8.0}):
        networks = NETWORKS if z in FREQUENCY else 4
        hubs = []
        section[z] = []
        for k in range(networks):
            population = _poisson(PEOPLE, z, 100 + k)
            section[z].append(_ends(population, SEEDS, 1000 * k, threads))
            if z in ADVANTAGE:
                hubs.append(_advantage(population, section[z][-1], 1000 * k))
        if z in FREQUENCY:
            found[f"frequency_{10 * z:.0f}"] = Found.mean([(x > GLOBAL).mean() for x in section[z]])
        if z in (0.9, 8.0):
            found[f"outside_{10 * z:.0f}"] = _pooled(section[z])
        if z in ADVANTAGE:
            found[f"hubs_{10 * z:.0f}"] = Found.mean(hubs)

    spread, alike, power, poisson = [], [], [], []
    for k in range(NETWORKS):
        seven = _poisson(PEOPLE, 7.0, 200 + k)
        spread.append((_ends(seven, SEEDS, 1000 * k, threads, {"phi_sd": 0.05}) > GLOBAL).mean())
        alike.append(_ends(seven, SEEDS, 1000 * k, threads))
        skewed = PopulationSpecification(network="configuration", people=PEOPLE, **POWER_LAW).build(300 + k)
        power.append(_ends(skewed, SEEDS, 1000 * k, threads))
        poisson.append((_ends(_poisson(PEOPLE, POWER_LAW_MEAN, 400 + k), SEEDS, 1000 * k, threads) > GLOBAL).mean())
    found["spread_frequency"] = Found.mean(spread)
    found["uniform_frequency"] = _pooled(alike)
    found["power_law_frequency"] = _pooled(power)
    found["poisson_frequency"] = Found.mean(poisson)

    found["lower_slope"] = _slope(threads)
    small = {z: np.concatenate([_ends(_poisson(1000, z, k), 100, 1000 * k, threads) for k in range(40)])
             for z in (1.05, 6.14)}  # fmt: skip
    middle = (small[6.14] > 0.1) & (small[6.14] < 0.9)
    found["upper_middle"] = Found.share(int(middle.sum()), middle.size)

    limit = cascade_size(AT, PHI, seeds=1e-9)
    errors = {n: error([_global_size(n, k, threads) for k in range(RUNS)], limit) for n in SIZES}
    found["order"] = order(errors, RUNS)
    converging = convergence_figure(
        errors,
        None,
        f"Root mean square distance of the size of a global cascade at a mean degree of {AT:g} from its limit, over "
        f"{RUNS} networks; the line falls as one over the root of people.",
    )
    return Measured(found, (_window(threads), _section(section), _sizes(small), converging), {"runs": 0, "networks": 0})


def _advantage(population: Population, ends: NDArray[np.float64], first: int) -> float:
    """The mean degree of the seeds that set off a global cascade in one network, over its mean degree."""
    assert population.network is not None
    degree = population.network.degree
    who = [
        int(np.argmax(initial_state(Watts, "active", degree.size, {"seeds": 1.0}, first + k))) for k in range(ends.size)
    ]
    return float(degree[who][ends > GLOBAL].mean() / degree.mean())


def _exponent(sizes: NDArray[np.float64], least: int, most: int) -> float:
    """The maximum-likelihood exponent of a power law on the whole numbers least..most."""
    inside = sizes[(sizes >= least) & (sizes <= most)]
    support = np.log(np.arange(least, most + 1.0))
    exponent = 1.5
    for _ in range(50):  # Newton on the mean of the logarithm, which falls as the exponent rises
        weight = np.exp(-exponent * support)
        weight /= weight.sum()
        mean = float((weight * support).sum())
        exponent += (mean - float(np.log(inside).mean())) / float((weight * (support - mean) ** 2).sum())
    return exponent


def _slope(threads: int | None) -> Found:
    people, networks = 100_000, 24
    z = (cascade_window(PHI) or (math.nan, math.nan))[0]
    sizes = [np.rint(people * _ends(_poisson(people, z, 900 + k), 64, 1000 * k, threads)) for k in range(networks)]
    whole = _exponent(np.concatenate(sizes), 10, 1000)
    without = np.array([_exponent(np.concatenate([*sizes[:k], *sizes[k + 1 :]]), 10, 1000) for k in range(networks)])
    half = 1.96 * math.sqrt((networks - 1) / networks * float(((without - without.mean()) ** 2).sum()))  # the jackknife
    return Found(whole, whole - half, whole + half)


def _global_size(people: int, k: int, threads: int | None) -> float:
    """The mean size of the global cascades of one network; 16 seeds, nearly all of which find the same one."""
    ends = _ends(_poisson(people, AT, 500 + k), 16, 1000 * k, threads)
    return float(ends[ends > GLOBAL].mean())


def _window(threads: int | None) -> Figure:
    # with equal thresholds the window depends on phi only through the whole number 1 / phi
    ends = [phi for k in range(10, 3, -1) for phi in (max(0.1, 1 / (k + 1) + 1e-9), 1 / k)][1:]
    windows = [cascade_window(phi) or (math.nan, math.nan) for phi in ends]

    def carries(z: float, phi: float) -> bool:
        return bool((_ends(_poisson(PEOPLE, z, 700), 100, 0, threads, {"phi": phi}) > GLOBAL).any())

    seen: list[tuple[float, float, float]] = []
    for phi in (0.10, 0.12, 0.14, 0.16, 0.18, 0.21, 0.23):
        lower, upper = cascade_window(phi) or (math.nan, math.nan)
        lowest = next(float(z) for z in lower + np.arange(-0.1, 0.5, 0.05) if carries(float(z), phi))
        highest = next(float(z) for z in upper + np.arange(1.0, -1.0, -0.25) if carries(float(z), phi))
        seen.append((phi, lowest, highest))
    return Figure(
        "window",
        "The cascade window",
        "As Watts draws it: where single seeds can set off global cascades. Lines: the cascade condition. Points: the "
        "lowest and highest mean degree at which one of 100 seeds did, in a network of 10,000; so few people carry "
        "cascades a little beyond the upper line, and miss the rare ones above the lower.",
        x="threshold, share of neighbours",
        y="mean degree",
        curves=(
            Course("lower edge", ends, [w[0] for w in windows]),
            Course("upper edge", ends, [w[1] for w in windows]),
            Course("simulated, lowest", [x[0] for x in seen], [x[1] for x in seen], mark="points"),
            Course("simulated, highest", [x[0] for x in seen], [x[2] for x in seen], mark="points"),
        ),
    )


def _section(section: Mapping[float, list[NDArray[np.float64]]]) -> Figure:
    lower, upper = cascade_window(PHI) or (math.nan, math.nan)
    inside = np.linspace(lower + 1e-3, upper - 1e-3, 80).tolist()
    often = [Found.share(int(x.sum()), x.size) for x in (np.concatenate(ends) > GLOBAL for ends in section.values())]
    sizes = {z: np.concatenate(ends) for z, ends in section.items()}
    carried = {z: float(x[x > GLOBAL].mean()) for z, x in sizes.items() if (x > GLOBAL).any()}
    return Figure(
        "cross_section",
        "How often single seeds set off a global cascade, and how far it goes",
        "A cut through the window at a threshold of .18, in networks of 10,000. Near the lower edge "
        "networks are too small to show the cascades that infinitely many people would.",
        x="mean degree",
        y="share of seeds; share of people",
        curves=(
            Course("extended vulnerable cluster", inside, [trigger_probability(z, PHI) for z in inside]),
            Course("size in the limit", inside, [cascade_size(z, PHI, seeds=1e-9) for z in inside]),
            Course("simulated share of seeds", list(section), [x.value for x in often], low=[x.low for x in often],
                  high=[x.high for x in often], mark="points"),
            Course("simulated size", list(carried), list(carried.values()), mark="points"),
        ),
        marks=((lower, "window opens"), (upper, "window closes")),
    )  # fmt: skip


def _sizes(small: Mapping[float, NDArray[np.float64]]) -> Figure:
    curves = []
    for z, ends in small.items():
        sizes, counts = np.unique(np.rint(1000 * ends), return_counts=True)
        beyond = counts[::-1].cumsum()[::-1] / ends.size
        curves.append(Course(f"mean degree {z:g}", sizes.tolist(), beyond.tolist(), mark="points"))
    line = np.geomspace(1, 200, 20)
    start = float((small[1.05] >= 0.002).mean() * math.sqrt(2))
    return Figure(
        "sizes",
        "Sizes of cascades at the two edges of the window",
        "The share of single seeds whose cascade reaches at least so many of 1000 people. At the "
        "lower edge it falls as a power (the line has the slope -1/2 that an exponent of 3/2 gives, until the network "
        "is exhausted); at the upper edge cascades are small or take all.",
        x="people reached",
        y="share of cascades at least as large",
        x_kind="log",
        y_kind="log",
        curves=(*curves, Course("slope -1/2", line.tolist(), (start / np.sqrt(line)).tolist())),
    )


REPLICATION = Replication("watts", "Watts 2002", theories=("watts",), targets=TARGETS, measure=measure)
