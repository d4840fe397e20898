"""Burbeck, Raine & Stark 1978: a riot as an epidemic in one city."""

from __future__ import annotations

import numpy as np

from groundswell.engine.simulate import simulate
from groundswell.engine.worlds import World
from groundswell.population.population import well_mixed
from groundswell.replications.replication import Course, Figure, Found, Measured, Missing, Replication, Target
from groundswell.theories.burbeck import Burbeck
from groundswell.theory.analytic.epidemics import riot_final_size, riot_peak, riot_reproduction

_DERIVED = "Kermack & McKendrick 1927, for the equations of Burbeck, Raine & Stark 1978"
_CITY = {"contagion": 0.0002, "withdrawal": 0.1, "susceptible": 2000.0, "rioters": 10.0}
_REASON = (
    "The estimates are in the paper's tables, which could not be read, and need its hourly counts of incidents in "
    "Los Angeles 1965, Detroit 1967 and Washington 1968."
)

TARGETS = (
    Target("threshold", "Contagion above which a riot grows, with 1,000 at risk and withdrawal at .1 an "
    "hour", value=1e-4,
           tolerance=1e-7, certainty="C", source=_DERIVED, unit="per hour and person"),
    Target("final_size", "Share of those at risk who join when one rioter draws in two others (starting from 1 in "
    "100,000)",
           value=0.7968, tolerance=5e-4, certainty="C", source=_DERIVED),
    Target("peak", "Peak number of rioters, with 2,000 at risk, k = .0002, w = .1, 10 at the start", value=816.85,
           tolerance=1.0, certainty="C", source=_DERIVED, unit="people"),
    Target("decline", "Final rate at which activity falls, once everyone who could join has joined, in units of w",
           value=1.0, tolerance=1e-3, certainty="C", source=_DERIVED),
    Target("cities", "Rates of contagion and of withdrawal in the three cities' riots", certainty="M",
           source="Burbeck, Raine & Stark 1978", expect="not attainable", reason=_REASON),
)  # fmt: skip


def _run(steps: int, **params: float) -> np.ndarray:
    """Rioters, people at risk, people who joined: shape (steps + 1, 3)."""
    return simulate(Burbeck, well_mixed(1), [World(0, params)], steps).values[:, 0]


def _threshold() -> float:
    """By bisection on activity after an hour compared with the start."""
    low, high = 0.0, 1e-3
    for _ in range(40):
        middle = (low + high) / 2
        activity = _run(1, contagion=middle, withdrawal=0.1, susceptible=1000.0, rioters=1e-6)[:, 0]
        low, high = (low, middle) if activity[1] > activity[0] else (middle, high)
    return (low + high) / 2


def measure(threads: int | None = None) -> Measured:
    """Integrate riots, and compare with the closed forms."""
    textbook = _run(1000, contagion=2e-6, withdrawal=0.1, susceptible=1e5, rioters=1.0)
    slow = {k: v / 10 if k in ("contagion", "withdrawal") else v for k, v in _CITY.items()}
    fine = _run(1200, **slow)
    strong = _run(300, contagion=0.002, withdrawal=0.1, susceptible=2000.0, rioters=10.0)[:, 0]
    reproduction = np.linspace(0.2, 4.0, 39)
    sizes = [
        _run(4000, contagion=r * 1e-4, withdrawal=0.1, susceptible=1000.0, rioters=1.0)[-1, 2] for r in reproduction
    ]
    exact = [riot_final_size(r * 1e-4, 0.1, 1000.0, 1.0) for r in reproduction]
    hours = np.linspace(0.0, 120.0, 1201).tolist()
    peak = riot_peak(_CITY["contagion"], _CITY["withdrawal"], _CITY["susceptible"], _CITY["rioters"])
    drawn = riot_reproduction(_CITY["contagion"], _CITY["withdrawal"], _CITY["susceptible"])
    return Measured(
        {
            "threshold": Found(_threshold()),
            "final_size": Found(float(textbook[-1, 2]) / 1e5),
            "peak": Found(float(fine[:, 0].max())),
            "decline": Found(float(np.log(strong[200] / strong[300]) / 100 / 0.1)),
            "cities": Missing("the hourly counts of incidents are not available"),
        },
        figures=(
            Figure(
                "course",
                "The course of a riot",
                f"2,000 at risk, 10 rioters at first, one of whom draws in {drawn:.0f} others while all are at risk. "
                f"Points: the peak that the closed form gives, {peak:.0f}.",
                x="hours",
                y="people",
                curves=(
                    Course("rioting", hours, fine[:, 0].tolist()),
                    Course("have joined", hours, fine[:, 2].tolist()),
                    Course("peak", [float(fine[:, 0].argmax()) / 10], [peak], mark="points"),
                ),
            ),
            Figure(
                "sizes",
                "How many join in the end",
                "Of 1,000 at risk, with one rioter at first; the line is the final-size formula.",
                x="people drawn in by one rioter while all are at risk",
                y="people who joined",
                curves=(
                    Course("formula", reproduction.tolist(), exact),
                    Course("integrated", reproduction.tolist(), sizes, mark="points"),
                ),
                marks=((1.0, "threshold"),),
            ),
        ),
    )


REPLICATION = Replication(
    "burbeck", "Burbeck, Raine & Stark 1978", theories=("burbeck",), targets=TARGETS, measure=measure
)
