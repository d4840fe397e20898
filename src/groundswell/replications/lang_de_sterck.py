"""Lang & De Sterck 2014: four regimes of a police state, where they meet, and the limit of many people."""

from __future__ import annotations

import math

import numpy as np
from scipy import stats

from groundswell.engine.simulate import simulate
from groundswell.engine.worlds import World
from groundswell.population.population import well_mixed
from groundswell.replications.replication import Course, Figure, Found, Measured, Missing, Replication, Target
from groundswell.theories.lang_de_sterck import LangDeSterck
from groundswell.theories.lang_de_sterck_people import LangDeSterckPeople
from groundswell.theory.analytic.regimes import Regime, police_regime, revolution_path

_SOURCE = "Lang & De Sterck 2014, abstract and equation 1"
_DERIVED = "follows from Lang & De Sterck 2014, equation 1"
_SEED = 1
_SIZES = (1_000, 3_162, 10_000, 31_623, 100_000)
_ROOM = 0.005  # distance from a border within which the map of regimes is not evaluated
_META = {"alpha": 0.2, "beta": 0.4, "c1": 0.3, "c2": 0.7}

TARGETS = (
    Target("regimes", "Number of regimes that simulations over the parameter space show", value=4, certainty="R",
           source=_SOURCE, table=12,
           note="The next target tests whether they lie where the paper places them."),
    Target("classified", "Share of parameters whose simulated fates are those of the regime that alpha, beta and "
           "c1 / (c1 + c2) place them in", value=1.0, certainty="C", source=_DERIVED, table=12),
    Target("lasting_share", "Share at which a revolution in a meta-stable police state settles, for c1 = .3, c2 = .7: "
           "c1 / (c1 + c2)", value=0.3, tolerance=1e-6, certainty="C", source=_DERIVED, table=12),
    Target("shock_stable", "Smallest sudden revolution that wins in a stable police state (beta = .4)", value=0.4,
           tolerance=1e-3, certainty="C", source=_DERIVED),
    Target("shock_unstable", "Smallest sudden revolution that wins in an unstable police state (alpha = .2)",
           value=0.2, tolerance=1e-3, certainty="C", source=_DERIVED),
    Target("still", "How far a revolution between beta and alpha moves in a failed state", value=0.0, certainty="C",
           source=_DERIVED, resolution=1e-9),
    Target("path", "Largest difference between the simulated and the exact path of a revolution that crosses a step",
           value=0.0, tolerance=1e-3, certainty="C", source=_DERIVED),
    Target("order", "Order at which the share among N individuals approaches the flow: a power of N", value=-0.5,
           tolerance=0.02, resolution=0.1, certainty="C", source="variance of independent people"),
    Target("tunisia", "The regime of Tunisia and of Egypt before and after new media", certainty="R", source=_SOURCE,
           expect="not attainable", reason="The abstract says that new media move these states to another regime; the "
           "parameters that the paper gives them could not be read."),
)  # fmt: skip


def _finals(settings: list[dict[str, float]], steps: int) -> np.ndarray:
    worlds = [World(_SEED, params) for params in settings]
    return simulate(LangDeSterck, well_mixed(1), worlds, steps)["turnout"][-1]


def _least_shock(params: dict[str, float]) -> float:
    """By bisection over the size at which the revolution starts."""
    low, high = 0.0, 1.0
    for _ in range(14):
        middle = (low + high) / 2
        if _finals([params | {"start": middle}], 300)[0] > 0.9:
            high = middle
        else:
            low = middle
    return (low + high) / 2


def _fate(ends: np.ndarray, settings: dict[str, float], start: float) -> Regime | None:
    """The regime implied by the fates of three revolutions: below both thresholds, between them (start), above both."""
    below, between, above = (float(end) for end in ends)
    if not (below < 1e-3 and above > 1 - 1e-3):
        return None
    if settings["alpha"] > settings["beta"]:
        return "failed state" if between == start else None
    if between < 1e-3:
        return "stable police state"
    if between > 1 - 1e-3:
        return "unstable police state"
    middle = settings["c1"] / (settings["c1"] + settings["c2"])
    return "meta-stable police state" if abs(between - middle) < 1e-3 else None


def _map() -> tuple[set[str], int, int]:
    """Regimes seen, parameter sets whose fates are as derived, and the number of sets tried."""
    levels = np.arange(0.05, 1.0, 0.1)
    cases = []
    for alpha in levels:
        for beta in levels + 0.02:
            for middle in np.arange(0.06, 1.0, 0.11):
                if min(abs(middle - alpha), abs(middle - beta), abs(alpha - beta)) > _ROOM:
                    cases.append({"alpha": alpha, "beta": beta, "c1": middle, "c2": 1 - middle})
    starts, settings = [], []
    for case in cases:
        low, high = sorted((case["alpha"], case["beta"]))
        starts.append((low + high) / 2)
        settings += [case | {"start": x} for x in (low / 2, starts[-1], (1 + high) / 2)]
    finals = _finals(settings, 150).reshape(-1, 3)
    fates = [_fate(ends, case, start) for ends, case, start in zip(finals, cases, starts, strict=True)]
    derived = [police_regime(**case) for case in cases]
    return {f for f in fates if f}, sum(f == d for f, d in zip(fates, derived, strict=True)), len(cases)


def _order(threads: int | None) -> tuple[Found, list[float]]:
    """The slope of log distance between the people and the flow on log N, over five sizes."""
    exact = revolution_path(np.arange(13), 0.25, **_META)[6:]
    distances = []
    for people in _SIZES:
        worlds = [World(seed, _META | {"start": round(people / 4)}) for seed in range(_SEED, _SEED + 60)]
        turnout = simulate(LangDeSterckPeople, well_mixed(people), worlds, 12, threads=threads)["turnout"][6:]
        distances.append(math.sqrt(((turnout - exact[:, None]) ** 2).mean()))
    (slope, _), covariance = np.polyfit(np.log(_SIZES), np.log(distances), 1, cov=True)
    half = float(stats.t.ppf(0.975, len(_SIZES) - 2) * math.sqrt(covariance[0, 0]))
    return Found(float(slope), float(slope) - half, float(slope) + half), distances


def _regime_figure() -> Figure:
    rates = np.linspace(0.02, 0.98, 49)
    alpha, beta = _META["alpha"], _META["beta"]
    middle = rates[(rates > alpha) & (rates < beta)]
    settings = [{"alpha": alpha, "beta": beta, "c1": c, "c2": 1 - c, "start": 0.3} for c in rates]
    line = [0.0, 1.0]
    return Figure(
        "regimes",
        "What happens to a revolution of 30%",
        f"Equilibria of the equation (lines) and simulated shares after 400 steps (points), for alpha = {alpha} and "
        f"beta = {beta}. Left to right: stable, meta-stable and unstable police state.",
        x="c1 / (c1 + c2)",
        y="share of people who take part",
        curves=(
            Course("nobody", line, [0.0, 0.0]),
            Course("everybody", line, [1.0, 1.0]),
            Course("lasting conflict", middle.tolist(), middle.tolist()),
            Course("simulated", rates.tolist(), _finals(settings, 400).tolist(), mark="points"),
        ),
        marks=((alpha, "alpha"), (beta, "beta")),
    )


def _path_figure() -> tuple[Figure, float]:
    times = np.arange(13.0)
    curves, worst = [], 0.0
    for name, c1 in (("stable", 0.1), ("meta-stable", 0.3), ("unstable", 0.5)):
        params = _META | {"c1": c1, "c2": 1 - c1}
        exact = revolution_path(times, 0.25, **params)
        start = params | {"start": 0.25}
        flow = simulate(LangDeSterck, well_mixed(1), [World(_SEED, start)], 12)["turnout"][:, 0]
        people = simulate(
            LangDeSterckPeople, well_mixed(10_000), [World(_SEED, params | {"start": 2500})], 12, threads=1
        )["turnout"][:, 0]
        worst = max(worst, float(np.abs(flow - exact).max()))
        curves += [
            Course(f"{name}: exact", times.tolist(), exact.tolist()),
            Course(f"{name}: 10,000 people", times.tolist(), people.tolist(), mark="points"),
        ]
    caption = (
        "A revolution of 25% under three rates of joining: exact solution of the equation, and 10,000 individuals, "
        "who notice a crossed threshold at the end of a step."
    )
    return Figure(
        "paths", "Paths to three ends", caption, x="time", y="share of people who take part", curves=tuple(curves)
    ), worst  # fmt: skip


def measure(threads: int | None = None) -> Measured:
    """Simulate the map of regimes, the smallest winning shocks, and growing numbers of people."""
    seen, right, tried = _map()
    lasting = float(_finals([_META | {"start": 0.25}], 60)[0])
    failed = {"alpha": 0.4, "beta": 0.2, "c1": 0.3, "c2": 0.7, "start": 0.3}
    order, distances = _order(threads)
    paths, worst = _path_figure()
    convergence = Figure(
        "convergence",
        "Individuals approach the flow",
        "Root mean square distance between the share among N people and the exact path, over 60 runs, towards the "
        "lasting conflict at 30%; the line is sqrt(c (1 - c) / N), the spread of independent people.",
        x="number of people",
        y="distance",
        x_kind="log",
        y_kind="log",
        curves=(
            Course("independent people", list(_SIZES), [math.sqrt(0.3 * 0.7 / n) for n in _SIZES]),
            Course("simulated", list(_SIZES), distances, mark="points"),
        ),
    )
    return Measured(
        {
            "regimes": Found(len(seen)),
            "classified": Found(right / tried),
            "lasting_share": Found(lasting),
            "shock_stable": Found(_least_shock({"alpha": 0.2, "beta": 0.4, "c1": 0.1, "c2": 0.9})),
            "shock_unstable": Found(_least_shock({"alpha": 0.2, "beta": 0.4, "c1": 0.5, "c2": 0.5})),
            "still": Found(abs(float(_finals([failed], 100)[0]) - 0.3)),
            "path": Found(worst),
            "order": order,
            "tunisia": Missing(TARGETS[-1].reason),
        },
        figures=(_regime_figure(), paths, convergence),
        seeds={"runs": _SEED},
    )


REPLICATION = Replication(
    "lang_de_sterck",
    "Lang & De Sterck 2014",
    theories=("lang_de_sterck", "lang_de_sterck_people"),
    targets=TARGETS,
    measure=measure,
)
