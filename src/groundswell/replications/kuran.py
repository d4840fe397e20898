"""Kuran's sequences of ten: a threshold of 10 instead of 20 causes a revolution in one, almost nothing in another."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from groundswell.engine.simulate import simulate
from groundswell.engine.worlds import World
from groundswell.population.population import well_mixed
from groundswell.replications.convergence import convergence_figure, error, order
from groundswell.replications.replication import Course, Figure, Found, Measured, Replication, Target
from groundswell.theories.kuran import Kuran
from groundswell.theory.analytic.thresholds import granovetter_equilibrium, granovetter_error

PAPER = "Kuran 1991, pp. 20-22"
A = (0.0, 0.2, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 1.0)
B = (0.0, 0.2, 0.3, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 1.0)
SEQUENCES = {
    "a": ("A", A),
    "a_changed": ("A'", (0.0, 0.1, *A[2:])),
    "b": ("B", B),
    "b_changed": ("B'", (0.0, 0.1, *B[2:])),
}
PUBLISHED = {"a": 10.0, "a_changed": 90.0, "b": 10.0, "b_changed": 20.0}

MEAN, SD = 0.5, 0.6  # settings at which convergence is measured
SIZES, RUNS = (100, 1_000, 10_000, 100_000), 60

TARGETS = (
    *(
        Target(name, f"Sequence {SEQUENCES[name][0]} ends with {share:g}% opposed in public", share, 0.0,
               unit="per cent of people", certainty="M", source=PAPER, table=3)
        for name, share in PUBLISHED.items()
    ),
    Target("falsification", "In B' three in ten are opposed and silent", 30.0, 0.0, unit="per cent of people",
           certainty="C", source="counted: the thresholds below 1/2 (linear payoffs) that are not met",
           note="A' has equally many who are privately opposed, and none of them is silent."),
    Target("order", "The error falls as one over the square root of the number of "
    "people", -0.5, 0.0, unit="exponent", certainty="C",
           source="the central limit theorem", resolution=0.2),
)  # fmt: skip


def measure(threads: int | None = None) -> Measured:
    """Simulate the four sequences, and large societies against the map's fixed point."""
    found, paths = {}, {}
    for name, (_, thresholds) in SEQUENCES.items():
        ten = well_mixed(10, threshold=thresholds)
        history = simulate(Kuran, ten, [World(0)], 12, threads=threads)
        paths[name] = 100 * history["opposition"][:, 0]
        found[name] = Found(round(float(paths[name][-1]), 9))
        if name == "b_changed":
            found["falsification"] = Found(round(100 * float(history["falsification"][-1, 0]), 9))
    limit = granovetter_equilibrium(MEAN, SD)
    errors = {n: error(_ends(n, threads), limit) for n in SIZES}
    found["order"] = order(errors, RUNS)
    converging = convergence_figure(
        errors,
        [granovetter_error(MEAN, SD, n) for n in SIZES],
        f"Root mean square distance of public opposition from the smallest fixed point, over {RUNS} societies with "
        "normally distributed thresholds (mean .5, spread .6), and what sampling thresholds implies.",
    )
    return Measured(found, (_map(), _rounds(paths), converging), {"population": 0})


def _ends(people: int, threads: int | None) -> NDArray[np.float64]:
    population, world = well_mixed(people), World(0, {"mean": MEAN, "sd": SD})
    return np.array(
        [
            simulate(Kuran, population, [world], 60, population_seed=k, threads=threads)["opposition"][-1, 0]
            for k in range(RUNS)
        ]
    )


def _map() -> Figure:
    """Who would oppose at each expected opposition: the outcome of the next round."""
    expected = np.linspace(0, 100, 101)
    curves = [Course("as many as expected", [0.0, 100.0], [0.0, 100.0])]
    for name in ("a_changed", "b_changed"):
        content, thresholds = SEQUENCES[name]
        met = (np.array(thresholds)[None, :] <= expected[:, None] / 100 + 1e-12).mean(axis=1)
        curves.append(Course(f"sequence {content}", expected.tolist(), (100 * met).tolist(), mark="steps"))
    return Figure(
        "map",
        "The opposition that results from each expected opposition",
        "Sequences A' and B' differ in one person. Opposition grows while the steps lie above the diagonal: A' is "
        "carried to 90, B' meets the diagonal at 20.",
        x="expected public opposition, per cent",
        y="public opposition, per cent",
        curves=curves,
    )


def _rounds(paths: dict[str, NDArray[np.float64]]) -> Figure:
    return Figure(
        "rounds",
        "Public opposition round by round",
        "The four sequences, simulated with all ten deciding at once; A and B stay together at 10.",
        x="round of decisions",
        y="public opposition, per cent",
        curves=[
            Course(f"sequence {SEQUENCES[name][0]}", list(range(path.size)), path.tolist(), mark="steps")
            for name, path in paths.items()
        ],
    )


REPLICATION = Replication("kuran", "Kuran 1991", theories=("kuran",), targets=TARGETS, measure=measure)
