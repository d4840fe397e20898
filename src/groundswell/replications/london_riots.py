"""Davies et al. 2013: contagion, travel and police, on invented cells."""

from __future__ import annotations

import math

import numpy as np
from scipy import stats

from groundswell.engine.simulate import simulate
from groundswell.engine.worlds import Histories, World
from groundswell.population.population import on_grid
from groundswell.replications.replication import Course, Figure, Found, Measured, Missing, Replication, Target
from groundswell.theories.london_riots import LondonRiots
from groundswell.theory.analytic.epidemics import overwhelming_riot

_ABSTRACT = "Davies et al. 2013, abstract"
_SEED, _SIDE, _RUNS, _HOURS, _LARGE = 1, 15, 24, 72, 1000
_EVEN = {
    "beta": 0.0, "mu": 0.0, "shop_spread": 0.0, "reaction": 1.0, "residents": 1000.0,
    "eta": 0.0001, "tau": 0.05, "omega": 0.02, "force": 400.0,
}  # fmt: skip
_RATES = {"growth": 0.1, "arrest": 0.05, "withdrawal": 0.02}
_FORCES = (0.0, 20.0, 40.0, 60.0, 80.0, 100.0, 150.0)

TARGETS = (
    Target("overwhelming", "Size above which a riot grows against police, in units of Q / log((g + tau) / (tau + "
           "omega)), where neither distance nor deprivation matters", value=1.0, tolerance=0.05, resolution=0.1,
           certainty="C", source="follows from the equations",
           note="Time steps of an hour shift it by about half an hour's rates."),
    Target("fewer_with_police", "Fall of the share of outbreaks that become large riots, from no police to 150: its "
           "sign", value=1.0, certainty="R", source=_ABSTRACT + ": consequences of police numbers"),
    Target("faster_police", "Fall of the same share from police who take 50 hours to those who take one: its sign",
           value=1.0, certainty="R", source=_ABSTRACT + ": consequences of reaction time"),
    Target("deprived_small", "Share of those who join who come from the most deprived fifth of cells, while none "
           "is depleted: 1 - .8**(mu + 1)", value=1 - 0.8**3, tolerance=0.005, resolution=0.06, certainty="C",
           source="follows from the equations"),
    Target("places_at_risk", "Which areas of London are naturally at higher risk", certainty="R", source=_ABSTRACT,
           expect="not attainable", reason="The answer follows from where London's shops and homes are; on invented "
           "cells it would follow from invented shops."),
    Target("deprived_london", "Share of offences in the most deprived fifth of areas of London", value=0.5,
           tolerance=0.05, certainty="R2", source="Davies et al. 2013, as quoted by indicesofdeprivation.co.uk",
           expect="not attainable", reason="It is a count from the London record. In the model it follows from mu, "
           "which this project chose to match it, and falls as the most deprived cells are depleted; ours: large "
           "unpoliced riots."),
    Target("police_london", "Police who would have contained the riots in London", value=10_000, tolerance=500,
           certainty="M", source="Davies et al. 2013", unit="people", expect="not attainable",
           reason="It needs London's cells, shops, deprivation and the fitted parameters, none of which is available. "
           "Ours: the number of police at which half of the outbreaks on the invented cells stay small."),
)  # fmt: skip


def _run(hours: int, params: dict[str, float], runs: int = _RUNS, population_seed: int = 0) -> Histories:
    worlds = [World(seed, params) for seed in range(_SEED, _SEED + runs)]
    return simulate(LondonRiots, on_grid(_SIDE, _SIDE), worlds, hours, population_seed=population_seed)


def _large(**params: float) -> np.ndarray:
    """Which outbreaks become riots with more than a thousand rioters."""
    return _run(_HOURS, params)["total"][-1] > _LARGE


def _overwhelming() -> tuple[Found, list[float], list[Found]]:
    """The size at which a riot's growth over four hours crosses zero, from a straight line over nearby sizes."""
    least = overwhelming_riot(_EVEN["force"], **_RATES)
    factors = [0.8, 0.9, 1.0, 1.1, 1.2]
    growth = []
    for factor in factors:
        rioters = _run(4, _EVEN | {"first": float(round(factor * least))}, runs=60)["rioters"]
        growth.append(np.log(rioters[4] / rioters[0]) / 4)
    x, y = np.repeat(factors, 60), np.concatenate(growth)
    (slope, level), covariance = np.polyfit(x, y, 1, cov=True)
    at = -level / slope
    error = math.sqrt(np.array([at, 1.0]) @ covariance @ np.array([at, 1.0])) / slope  # delta method
    found = Found(float(at), float(at - 1.96 * error), float(at + 1.96 * error))
    return found, factors, [Found.mean(g) for g in growth]


def _sign(first: np.ndarray, second: np.ndarray) -> Found:
    """The sign of a fall in a share between two sets of runs, if Fisher's exact test is significant at 5%."""
    table = [[int(x.sum()), int((~x).sum())] for x in (first, second)]
    p = stats.fisher_exact(table).pvalue  # pyright: ignore[reportAttributeAccessIssue]
    return Found(float(np.sign(first.mean() - second.mean())) if p < 0.05 else 0.0)


def _deprived() -> Found:
    """The share over geographies, while few have joined."""
    shares, params = [], {"beta": 0.0, "force": 0.0, "eta": 0.001, "first": 200.0}
    for seed in range(40):
        found = _run(6, params, runs=2, population_seed=seed)
        joined, deprived = (found[name][-1] - found[name][0] for name in ("total", "deprived"))
        shares.append(deprived.sum() / joined.sum())
    return Found.mean(shares)


def _contained(shares: list[float]) -> float:
    """The number of police at which half of the outbreaks stay small, interpolated between the numbers tried."""
    k = next(k for k in range(1, len(shares)) if shares[k] < 0.5)
    part = (shares[k - 1] - 0.5) / (shares[k - 1] - shares[k])
    return _FORCES[k - 1] + part * (_FORCES[k] - _FORCES[k - 1])


def measure(threads: int | None = None) -> Measured:
    """Run outbreaks against growing numbers of slow and fast police, and small riots where the closed form holds."""
    slow = [_large(force=force, reaction=0.02) for force in _FORCES]
    usual = [_large(force=force) for force in _FORCES]
    fast = [_large(force=force, reaction=1.0) for force in _FORCES]
    size, factors, growth = _overwhelming()
    wild = _run(_HOURS, {"force": 0.0}, runs=10)
    deprived = wild["deprived"][-1] / wild["total"][-1]
    shares = [[Found.share(int(x.sum()), x.size) for x in of] for of in (slow, usual, fast)]
    return Measured(
        {
            "overwhelming": size,
            "fewer_with_police": _sign(usual[0], usual[-1]),
            "faster_police": _sign(slow[3], fast[3]),
            "places_at_risk": Missing("the geography of London is not available"),
            "deprived_small": _deprived(),
            "deprived_london": Found.mean(deprived),
            "police_london": Found(_contained([x.value for x in shares[1]])),
        },
        figures=(_police_figure(shares), _growth_figure(factors, growth)),
        seeds={"runs": _SEED},
    )


def _police_figure(shares: list[list[Found]]) -> Figure:
    names = ("50 hours", "10 hours", "1 hour")
    return Figure(
        "police",
        "Police, and how fast they arrive",
        f"Share of {_RUNS} outbreaks of 30 people that become riots of more than {_LARGE}, by the number of police and "
        "the time they take to reach rioting. Bars: exact 95% intervals.",
        x="police",
        y="share of outbreaks that become large",
        curves=tuple(
            Course(name, list(_FORCES), [x.value for x in of], low=[x.low for x in of], high=[x.high for x in of])
            for name, of in zip(names, shares, strict=True)
        ),
    )


def _growth_figure(factors: list[float], growth: list[Found]) -> Figure:
    least = overwhelming_riot(_EVEN["force"], **_RATES)
    g, tau, omega = _RATES["growth"], _RATES["arrest"], _RATES["withdrawal"]
    fine = np.linspace(factors[0], factors[-1], 41)
    odds = np.exp(-_EVEN["force"] / (fine * least))
    return Figure(
        "growth",
        "A riot wins if it overwhelms the police",
        "Growth of a riot in its first hours where neither distance, shops nor deprivation matter: closed form, and "
        "simulation with 95% intervals.",
        x="rioters, in units of the size that overwhelms the police",
        y="growth per hour",
        curves=(
            Course("closed form", fine.tolist(), (g * odds - tau * (1 - odds) - omega).tolist()),
            Course("simulated", factors, [x.value for x in growth], low=[x.low for x in growth],
                  high=[x.high for x in growth], mark="points"),
        ),
        marks=((1.0, "overwhelmed"),),
    )  # fmt: skip


REPLICATION = Replication(
    "london_riots", "Davies et al. 2013", theories=("london_riots",), targets=TARGETS, measure=measure
)
