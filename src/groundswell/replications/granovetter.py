"""Granovetter's thresholds: the crowd of 0 to 99, the jump at a spread of 12.2, and groups of a hundred people."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from groundswell.engine.simulate import simulate
from groundswell.engine.worlds import World
from groundswell.population.population import Population, well_mixed
from groundswell.replications.convergence import convergence_figure, error, order
from groundswell.replications.replication import Course, Figure, Found, Measured, Replication, Target
from groundswell.theories.granovetter import Granovetter
from groundswell.theory.analytic.thresholds import (
    granovetter_critical_sd,
    granovetter_equilibrium,
    granovetter_error,
    granovetter_group,
)

MEAN = 0.25
PAPER = "Granovetter 1978, pp. 1427-1428 and Figure 2"
OWN = "computed for this project from the paper's equation"

# The lowest equilibrium by spread. Next to the tangency, at .122 and .1225, sampling tips some groups of any size.
LOWEST = {
    0.10: 0.0077, 0.11: 0.0171, 0.115: 0.0254, 0.12: 0.0402, 0.15: 1.0, 0.2: 0.9999, 0.3: 0.9934, 0.5: 0.905,
    1.0: 0.659,
}  # fmt: skip
# The share of groups of a hundred that end above fifty, in about 2000 groups, by the digits of the note.
GROUPS = {0.10: 0.002, 0.11: 0.034, 0.12: 0.158, 0.122: 0.198, 0.13: 0.383, 0.14: 0.635, 0.16: 0.905}
NOTED = 2000

PEOPLE, SOCIETIES = 400_000, 8  # for each spread
CROWDS = 1000  # groups of a hundred for each spread
SIZES = (100, 1_000, 10_000, 100_000)
RUNS = 60
SPREAD = 0.5  # spread at which convergence is measured: far from the tangency


def _digits(sd: float) -> str:
    return f"{1000 * sd:.0f}"


def _half_a_digit(share: float) -> float:
    return 0.5 * 10.0 ** -max(3, len(f"{share}".split(".")[1]))


TARGETS = (
    Target("critical_sd", "The low equilibrium disappears at a spread of 12.2", 12.2, 0.05, unit="per cent of people",
           certainty="M", source=PAPER, table=1),
    Target("critical_sd_simulated", "It also does in simulated societies of 100,000", 12.2, 0.05,
           unit="per cent of people", certainty="M", source=PAPER, table=1),
    Target("tangency", "F touches the diagonal at a spread of 12.2221", 12.2221, 0.00005, unit="per cent of people",
           certainty="C", source=OWN, table=1),
    Target("below", "Just below it about 6 of a hundred act", 6.0, 1.0, unit="per cent of people", certainty="M",
           source=PAPER, table=1, note="The equilibrium at 12.2 is 5.5; the tolerance reflects the word 'about'."),
    Target("lowest_1220", "The lowest equilibrium at a spread of 12.20", 5.5, 0.05, unit="per cent of people",
           certainty="C", source=OWN, table=1),
    Target("lowest_1225", "The lowest equilibrium at a spread of 12.25", 100.0, 0.05, unit="per cent of people",
           certainty="C", source=OWN, table=1),
    Target("wide", "With ever more dispersed thresholds half the people act", 50.0, 0.5, unit="per cent of people",
           certainty="M", source=PAPER, table=1),
    Target("crowd", "Thresholds of 0 to 99 mobilise a hundred people", 100.0, 0.0, unit="people", certainty="M",
           source="Granovetter 1978", table=2),
    Target("crowd_changed", "The same crowd with a 2 in place of the 1 leaves one person acting "
    "alone", 1.0, 0.0, unit="people",
           certainty="M", source="Granovetter 1978", table=2),
    *(
        Target(f"lowest_{_digits(sd)}", f"The lowest equilibrium at a spread of {100 * sd:g}, simulated", share,
               _half_a_digit(share), unit="share of people", certainty="C", source=OWN, resolution=0.1 * share)
        for sd, share in LOWEST.items()
    ),
    *(
        Target(f"group_{_digits(sd)}",
               f"The share of groups of a hundred that end above fifty, at a spread of {100 * sd:g}", share,
               1.96 * math.sqrt(share * (1 - share) / NOTED), unit="share of groups", certainty="C",
               source="simulated for this project", resolution=max(0.02, 0.1 * share, 4 * math.sqrt(share / CROWDS)),
               note="The note compares with the share of all hundred, the theory with that of the other 99.")
        for sd, share in GROUPS.items()
    ),
    Target("order", "The error falls as one over the square root of the number of "
    "people", -0.5, 0.0, unit="exponent", certainty="C",
           source="the central limit theorem", resolution=0.2),
)  # fmt: skip


def _listed(thresholds: list[float]) -> Population:
    return well_mixed(len(thresholds), threshold=thresholds)


def _ends(people: int, sd: float, groups: int, steps: int, threads: int | None, first: int = 0) -> NDArray[np.float64]:
    """The share who act in the end, in groups with independently drawn thresholds."""
    population = well_mixed(people)
    return np.array(
        [
            simulate(Granovetter, population, [World(0, {"mean": MEAN, "sd": sd})], steps, population_seed=k,
                     threads=threads)["turnout"][-1, 0]
            for k in range(first, first + groups)
        ]
    )  # fmt: skip


def _tips_at(people: int, group: int, threads: int | None) -> float:
    """The spread at which one group tips, in per cent; its people keep their rank, so that only the spread changes."""
    low, high = 0.10, 0.16
    while high - low > 1e-4:
        sd = (low + high) / 2
        tips = _ends(people, sd, 1, 500, threads, first=group)[0] > 0.5
        low, high = (low, sd) if tips else (sd, high)
    return 50 * (low + high)


def measure(threads: int | None = None) -> Measured:
    """Simulate crowds, groups and societies, and compare them with the map's fixed points."""
    found: dict[str, Found] = {
        "critical_sd": Found(100 * granovetter_critical_sd(MEAN)),
        "critical_sd_simulated": Found.mean([_tips_at(100_000, k, threads) for k in range(20)]),
        "tangency": Found(100 * granovetter_critical_sd(MEAN)),
        "below": Found(100 * granovetter_equilibrium(MEAN, 0.122)),
        "lowest_1220": Found(100 * granovetter_equilibrium(MEAN, 0.122)),
        "lowest_1225": Found(100 * granovetter_equilibrium(MEAN, 0.1225)),
        "wide": Found.mean(100 * _ends(100_000, 1000.0, 10, 30, threads)),
    }
    crowd = [count / 99 for count in range(100)]
    for name, thresholds in (("crowd", crowd), ("crowd_changed", [0.0, 2 / 99, *crowd[2:]])):
        turnout = simulate(Granovetter, _listed(thresholds), [World(0)], 101, threads=threads)["turnout"]
        found[name] = Found(round(100 * float(turnout[-1, 0]), 9))
    societies = {sd: _ends(PEOPLE, sd, SOCIETIES, 600, threads) for sd in LOWEST}
    for sd, ends in societies.items():
        found[f"lowest_{_digits(sd)}"] = Found.mean(ends)
    groups = {sd: _ends(100, sd, CROWDS, 101, threads) for sd in GROUPS}
    for sd, ends in groups.items():
        found[f"group_{_digits(sd)}"] = Found.share(int((ends > 0.5).sum()), CROWDS)
    limit = granovetter_equilibrium(MEAN, SPREAD)
    errors = {n: error(_ends(n, SPREAD, RUNS, 60, threads), limit) for n in SIZES}
    found["order"] = order(errors, RUNS)
    converging = convergence_figure(
        errors,
        [granovetter_error(MEAN, SPREAD, n) for n in SIZES],
        f"Root mean square distance of the simulated share from the fixed point at a spread of 50, over {RUNS} groups, "
        "and what sampling thresholds implies: the root of r (1 - r) / N, magnified by 1 / (1 - F'(r)).",
    )
    return Measured(found, (_equilibria(societies, groups), _groups(groups, found), converging), {"population": 0})


def _equilibria(societies: dict[float, NDArray[np.float64]], groups: dict[float, NDArray[np.float64]]) -> Figure:
    critical = granovetter_critical_sd(MEAN)
    below, above = np.linspace(0.02, critical - 1e-5, 60), np.linspace(critical + 1e-5, 1.0, 90)
    return Figure(
        "equilibria",
        "How many people act in the end, by the spread of thresholds",
        "Granovetter's Figure 2: a mean threshold of 25. The line is the smallest fixed point of the map; points are "
        "means of simulated societies of 400,000 and of groups of a hundred, in which sampling smears the jump.",
        x="standard deviation of thresholds, per cent of people",
        y="people who act in the end, per cent",
        curves=(
            Course("lowest equilibrium", [100 * float(sd) for sd in (*below, *above)],
                  [100 * granovetter_equilibrium(MEAN, float(sd)) for sd in (*below, *above)]),
            Course("societies of 400,000", [100 * sd for sd in societies], [100 * x.mean() for x in societies.values()],
                  mark="points"),
            Course("groups of 100, mean", [100 * sd for sd in groups], [100 * x.mean() for x in groups.values()],
                  mark="points"),
        ),
        marks=((100 * critical, "tangency"),),
    )  # fmt: skip


def _groups(groups: dict[float, NDArray[np.float64]], found: dict[str, Found]) -> Figure:
    spreads = np.linspace(0.09, 0.18, 19)
    measured = [found[f"group_{_digits(sd)}"] for sd in groups]
    return Figure(
        "groups",
        "A group of a hundred tips by chance",
        "The share of groups in which more than fifty act: computed exactly for sampled thresholds, and simulated. The "
        "sharp 12.2 belongs to the distribution, not to a hundred people drawn from it.",
        x="standard deviation of thresholds, per cent of people",
        y="share of groups above fifty",
        curves=(
            Course("exact", [100 * float(sd) for sd in spreads],
                  [granovetter_group(100, MEAN, float(sd), beyond=50) for sd in spreads]),
            Course("simulated", [100 * sd for sd in groups], [x.value for x in measured],
                  low=[x.low for x in measured], high=[x.high for x in measured], mark="points"),
        ),
        marks=((100 * granovetter_critical_sd(MEAN), "tangency"),),
    )  # fmt: skip


REPLICATION = Replication(
    "granovetter", "Granovetter 1978", theories=("granovetter",), targets=TARGETS, measure=measure
)
