"""Schelling's tipping of two groups, and his dying seminar: mixtures that last, and the critical mass."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from groundswell.engine.simulate import simulate
from groundswell.engine.worlds import World
from groundswell.population.population import Population, well_mixed
from groundswell.replications.replication import Course, Figure, Found, Measured, Replication, Target
from groundswell.theories.schelling import Schelling
from groundswell.theories.seminar import Seminar
from groundswell.theory.analytic.thresholds import granovetter_fixed_points
from groundswell.theory.analytic.tipping import mixtures

_PAPER = "Schelling 1971, section on the bounded neighbourhood"
_SCHEDULE = "arithmetic on a straight schedule; the paper makes the point with a figure whose numbers were not checked"
_STEPS = 200
_OFF = 0.03  # starts of the smaller group: an even start of two equal groups would stay on the unstable mixture forever
_STARTS = np.linspace(0.07, 0.97, 10)  # of the larger group

_MEAN, _SD = 0.45, 0.2  # the seminar's requirements: three crossings
_LOW, _MIDDLE, _HIGH = granovetter_fixed_points(_MEAN, _SD)
_PEOPLE, _SEEDS = 100_000, 8
_GRID = np.round(np.arange(_MIDDLE - 0.008, _MIDDLE + 0.008, 0.0005), 4)

TARGETS = (
    Target("two_to_one", "Share of starts from which a mixture lasts: 100 and 50 people, with the most tolerant "
    "accepting 2:1",
           value=0.0, certainty="M", source=_PAPER, unit="of 100 starts", resolution=0.05),
    Target("two_to_one_equal", "The same with 100 and 100 people", value=0.0, certainty="M", source=_PAPER,
           unit="of 100 starts", resolution=0.05),
    Target("five_to_one", "People of each group in the lasting mixture: 100 and 100, with the most tolerant accepting "
    "5:1 (the median 2.5:1)", value=80.0, tolerance=0.5, certainty="M", source=_PAPER, unit="people"),
    Target("three_to_one", "Smallest tolerance of the most tolerant at which two equally large groups can live mixed",
           value=3.0, tolerance=0.05, certainty="C", source="the slope of the two parabolas where they meet",
           unit="others per member of the own group"),
    Target("limited", "People of each group in the lasting mixture when at most 40 of each may enter, at 2:1",
           value=40.0, certainty="C", source=_SCHEDULE, unit="people"),
    Target("seminar_end", "Attendance to which a full seminar falls when the curve crosses the diagonal three times",
           value=round(_HIGH, 5), tolerance=0.0005, certainty="C",
           source="the largest fixed point; Schelling 1978, chapter 3", unit="share of people", resolution=0.005),
    Target("critical_mass", "First attendance below which the seminar dies out", value=round(_MIDDLE, 5),
           tolerance=0.001, certainty="C", source="the fixed point in the middle; Schelling 1978, chapter 3",
           unit="share of people", resolution=0.01),
)  # fmt: skip


def _listed(majority: int, minority: int) -> Population:
    """Two groups on the paper's straight schedule, unsampled."""
    rank = np.concatenate([(np.arange(n) + 0.5) / n for n in (majority, minority)])
    return well_mixed(rank.size, rank=rank, minority=np.repeat([0, 1], [majority, minority]))


def _paths(
    majority: int, minority: int, most: float, threads: int | None, **params: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """People of the two groups inside from a grid of starts: two arrays of shape (steps + 1, starts)."""
    worlds = [
        World(k, {"most_majority": most, "most_minority": most, "start_majority": w, "start_minority": b, **params})
        for k, (w, b) in enumerate((w, b) for w in _STARTS for b in _STARTS + _OFF)
    ]
    h = simulate(Schelling, _listed(majority, minority), worlds, _STEPS, threads=threads)
    people = majority + minority
    return np.rint(h["larger"] * people), np.rint(h["smaller"] * people)


def _mixed(paths: tuple[NDArray[np.float64], NDArray[np.float64]]) -> NDArray[np.bool_]:
    return (paths[0][-1] > 0) & (paths[1][-1] > 0)


def _in_mixture(paths: tuple[NDArray[np.float64], NDArray[np.float64]]) -> Found:
    """People of each group in the mixtures at rest; one number if all mixtures are the same and even."""
    ends = np.concatenate([x[-1][_mixed(paths)] for x in paths])
    return Found(float(ends.mean()), float(ends.min()), float(ends.max()))


def _tolerance(threads: int | None) -> Found:
    """The lowest tolerance at which a slightly perturbed mixture returns, on a grid of 0.05."""
    grid = np.round(np.arange(2.75, 3.3, 0.05), 2)
    worlds = [
        World(1, {"most_majority": a, "most_minority": a, "start_majority": 1 - 1 / a, "start_minority": 0.98 - 1 / a})
        for a in grid
    ]  # fmt: skip
    h = simulate(Schelling, _listed(2000, 2000), worlds, 1200, threads=threads)
    back = np.abs(h["larger"][-1] - h["smaller"][-1]) < 0.1
    first = float(grid[np.nonzero(~back)[0].max() + 1])
    return Found(first - 0.025, first - 0.05, first)


def _seminar(threads: int | None) -> tuple[Found, Found]:
    """Where a full seminar ends, and the first attendance at which it survives, over samples of requirements."""
    ends, mass = [], []
    for seed in range(_SEEDS):
        worlds = [World(seed, {"mean": _MEAN, "sd": _SD, "first": x}) for x in (1.0, *_GRID)]
        end = simulate(Seminar, well_mixed(_PEOPLE), worlds, 60, population_seed=seed, threads=threads)["attendance"][
            -1
        ]
        ends.append(float(end[0]))
        mass.append(float(_GRID[np.argmax(end[1:] > _MIDDLE)]))
    return Found.mean(ends), Found.mean(mass)


def _schedule(paths: tuple[NDArray[np.float64], NDArray[np.float64]]) -> Figure:
    """The paper's figure: the two parabolas, and where the starts came to rest."""
    whole = np.linspace(0.0, 100.0, 201)
    half = np.linspace(0.0, 25.0, 101)
    branch = np.sqrt(np.maximum(1.0 - half / 25.0, 0.0))
    ((w, b, _),) = mixtures(2.0, 2.0, 2.0)
    return Figure(
        "schedules",
        "Tolerance of two groups, 100 and 50 people, the most tolerant accepting 2:1",
        "The larger group moves in below its parabola; the smaller does so left of its own, between the two branches. "
        "They meet in one mixture, which does not last: every start ends with one group alone.",
        x="larger group inside, people",
        y="smaller group inside, people",
        curves=(
            Course(
                "most that the larger group accepts", whole.tolist(), (2.0 * whole * (1.0 - whole / 100.0)).tolist()
            ),
            Course("fewest with whom the smaller group stays", half.tolist(), (25.0 * (1.0 - branch)).tolist()),
            Course("most who are content, of the smaller group", half.tolist(), (25.0 * (1.0 + branch)).tolist()),
            Course("mixture at rest, unstable", [100.0 * w], [50.0 * b], mark="points"),
            Course("ends of 100 simulated starts", paths[0][-1].tolist(), paths[1][-1].tolist(), mark="points"),
        ),
    )


def measure(threads: int | None = None) -> Measured:
    two, equal = _paths(100, 50, 2.0, threads), _paths(100, 100, 2.0, threads)
    five = _paths(100, 100, 5.0, threads)
    limited = _paths(100, 100, 2.0, threads, limit_majority=0.4, limit_minority=0.4)
    end, mass = _seminar(threads)
    return Measured(
        {
            "two_to_one": Found.share(int(_mixed(two).sum()), _STARTS.size**2),
            "two_to_one_equal": Found.share(int(_mixed(equal).sum()), _STARTS.size**2),
            "five_to_one": _in_mixture(five),
            "three_to_one": _tolerance(threads),
            "limited": _in_mixture(limited),
            "seminar_end": end,
            "critical_mass": mass,
        },
        figures=(_schedule(two),),
        seeds={"starts": 0, "seminars": 0},
    )


REPLICATION = Replication(
    "schelling", "Schelling 1971, 1978", theories=("schelling", "seminar"), targets=TARGETS, measure=measure
)
