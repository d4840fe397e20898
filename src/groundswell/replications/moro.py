"""Moro's revolutions: success, anarchy and failure, by the precision of both sides."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from groundswell.engine.simulate import simulate
from groundswell.engine.worlds import World
from groundswell.population.population import on_grid
from groundswell.replications.replication import Course, Figure, Found, Measured, Replication, Target
from groundswell.theories.moro import Moro

GRID = on_grid(40, 40)
CASES = {"success": (0.4, 0.3), "anarchy": (0.9, 0.3), "failure": (0.9, 0.1)}  # p, r
MANY = 1 / 3  # share of policemen killed above which a failed revolution counts as anarchy: the paper says "large"
WORLDS, STEPS = 40, 150
MEMBERS = (0.03, 0.04, 0.05, 0.055, 0.06, 0.07, 0.08)
FEW = 8  # worlds for each size of the organisation

FIGURE = "Moro 2016, Figure 1"
ONE_RUN = (
    "The paper shows one run; ours agrees if the same outcome is the usual one. The size of the organisation "
    "is not known and was chosen so that all three outcomes occur; see the figure."
)

TARGETS = (
    Target("success", "With p = .4 and r = .3 all policemen are killed (1 in most runs, else 0)", 1.0, certainty="R",
           source=FIGURE, note=ONE_RUN),
    Target("anarchy", "With p = .9 and r = .3 the revolution fails, but many policemen are killed (1 in most runs, "
           "else 0)", 1.0, certainty="R", source=FIGURE, note=ONE_RUN + " Many is a third or more."),
    Target("failure", "With p = .9 and r = .1 it fails, and few policemen are killed (1 in most runs, else 0)", 1.0,
           certainty="R", source=FIGURE, note=ONE_RUN + " Few is less than a third."),
    *(
        Target(f"killed_{name}", f"Policemen killed at p = {p}, r = {r}", unit="share of policemen", certainty="R",
               source=FIGURE, expect="not attainable", reason="The figure's series could not be obtained.")
        for name, (p, r) in CASES.items()
    ),
    Target("unrest_before", "A period of minor riots comes before the revolution", certainty="R",
           unit="periods before the first death", source=FIGURE, expect="not attainable",
           reason="How long it lasts could not be read. With this project's rules it is over in a few periods: "
           "everyone is at large at the start, and the first riot draws in the organisation."),
)  # fmt: skip


def outcomes(killed: NDArray[np.float64], alive: NDArray[np.float64]) -> dict[str, NDArray[np.bool_]]:
    """Which of the three outcomes each run reached, from the share of policemen killed and the surviving members."""
    success = killed == 1.0
    lost = ~success & (alive == 0)
    return {"success": success, "anarchy": lost & (killed >= MANY), "failure": lost & (killed < MANY)}


def measure(threads: int | None = None) -> Measured:
    """The three settings of the figure, and the same for organisations of other sizes."""
    worlds = [World(s, {"p": p, "r": r}) for p, r in CASES.values() for s in range(WORLDS)]
    history = simulate(Moro, GRID, worlds, STEPS, threads=threads)
    police = history["policemen"]
    killed = (1 - police[-1] / police[0]).reshape(3, WORLDS)
    alive = history["revolutionaries"][-1].reshape(3, WORLDS)
    estimates = {}
    for case, name in enumerate(CASES):
        estimates[name] = Found.share(int(outcomes(killed[case], alive[case])[name].sum()), WORLDS).exceeds(0.5)
        estimates[f"killed_{name}"] = Found.mean(killed[case])
    shots = history["killed"] > 0
    begun = shots.any(axis=0)
    estimates["unrest_before"] = Found.mean(shots.argmax(axis=0)[begun])

    sweep = [
        World(1000 + s, {"p": p, "r": r, "members": m}) for p, r in CASES.values() for m in MEMBERS for s in range(FEW)
    ]
    sizes = simulate(Moro, GRID, sweep, STEPS, threads=threads)["policemen"]
    shares = (1 - sizes[-1] / sizes[0]).reshape(3, len(MEMBERS), FEW)
    half = 1.96 * shares.std(2, ddof=1) / np.sqrt(FEW)
    mean = shares.mean(2)
    first = [case * WORLDS for case in range(3)]
    steps = list(range(151))
    figures = (
        Figure(
            "police", "Policemen in the three runs",
            "One seed, three settings, as in the paper's Figure 1: the police are wiped out, halved, or hardly hurt.",
            x="period", y="policemen",
            curves=tuple(
                Course(f"{name}: p = {p}, r = {r}", steps, police[:151, w].tolist())
                for (name, (p, r)), w in zip(CASES.items(), first, strict=True)
            ),
        ),
        Figure(
            "active", "Active citizens in the three runs",
            "The same runs: after a success nobody is left to arrest active citizens.",
            x="period", y="active citizens",
            curves=tuple(
                Course(f"{name}: p = {p}, r = {r}", steps, history["active"][:151, w].tolist())
                for (name, (p, r)), w in zip(CASES.items(), first, strict=True)
            ),
        ),
        Figure(
            "size", "Policemen killed by the size of the organisation",
            f"Its size is this project's choice, .055 in the targets: the outcomes depend on it. Means of {FEW} runs "
            "with their 95% intervals.",
            x="members per site at the start", y="share of policemen killed", marks=((0.055, "chosen"),),
            curves=tuple(
                Course(f"p = {p}, r = {r}", MEMBERS, mean[case].tolist(), low=(mean[case] - half[case]).tolist(),
                      high=(mean[case] + half[case]).tolist())
                for case, (p, r) in enumerate(CASES.values())
            ),
        ),
    )  # fmt: skip
    return Measured(estimates, figures, {"runs": 0, "sizes": 1000})


REPLICATION = Replication("moro", "Moro 2016", theories=("moro",), targets=TARGETS, measure=measure)
