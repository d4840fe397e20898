"""Axelrod's dissemination of culture: regions by features, traits, neighbours, size and edges of the territory."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from groundswell.engine.simulate import simulate
from groundswell.engine.worlds import World
from groundswell.errors import ReplicationError
from groundswell.population.population import on_grid
from groundswell.replications.replication import Course, Figure, Found, Measured, Replication, Target
from groundswell.theories.axelrod import EVENTS, Axelrod

_COUNTS = (5, 10, 15)  # numbers of features, and of traits
_RUNS = {3: 100, 5: 100, 8: 100, 10: 150, 12: 100, 15: 40, 20: 40, 32: 10}  # numbers of sites on a side
_SAMPLE = 700  # runs of the paper's sample: 5 features of 10 traits on 10 x 10 sites
_SPREAD = (
    "a mean of ten runs whose spread the paper does not print: 1.96 standard errors, by the spread of ours (on "
    "features by traits: 5 x 10 2.9, 5 x 15 9.0, 10 x 15 0.9)"
)
_READ = "as transcribed by a third party who replicated it; its nine numbers average to the printed 3.4"


def _table(features: int, traits: int, value: float, tolerance: float, note: str = _SPREAD) -> Target:
    return Target(
        f"regions_{features}_{traits}", f"Stable regions on 10 x 10 sites, {features} features of {traits} traits",
        value=value, tolerance=tolerance, certainty="R2", source=f"Axelrod 1997, Table 2, {_READ}", unit="regions",
        note=note,
    )  # fmt: skip


_ALL_ONE = "ten runs that all, or nearly all, ended with one region: 1.96 standard errors by the spread of ours"
_TRANSCRIBED = "as transcribed by a third party who replicated it"
TARGETS = (
    _table(5, 5, 1.0, 0.13, _ALL_ONE),
    _table(5, 10, 3.2, 1.77),
    _table(5, 15, 20.0, 5.6),
    _table(10, 5, 1.0, 0.05, "half the last printed digit: our runs have no spread"),
    _table(10, 10, 1.0, 0.06, _ALL_ONE),
    _table(10, 15, 1.4, 0.59),
    _table(15, 5, 1.0, 0.05, "half the last printed digit: our runs have no spread"),
    _table(15, 10, 1.0, 0.06, _ALL_ONE),
    _table(15, 15, 1.2, 0.25, "two of ten runs with a second region: 1.96 binomial standard errors"),
    Target("median", "Median of the stable regions, 5 features of 10 traits, 100 runs", value=3, tolerance=1,
           certainty="R2", source=f"Axelrod 1997, text, {_TRANSCRIBED}", unit="regions",
           note="a median of 100 runs lies between the 40th and the 60th percentile: in ours, 3 and 4"),
    Target("one_region", "Share of those runs that end with one region: 14 of 100", value=0.14, tolerance=0.068,
           certainty="R2", source=f"Axelrod 1997, text, {_TRANSCRIBED}", unit="of runs"),
    Target("more_than_six", "Share of those runs that end with more than six regions: 10 of 100", value=0.10,
           tolerance=0.059, certainty="R2", source=f"Axelrod 1997, text, {_TRANSCRIBED}", unit="of runs"),
    Target("neighbours_8", "Stable regions with 8 neighbours, mean over the nine numbers of features and traits",
           value=2.5, tolerance=0.3, certainty="R2", source=f"Axelrod 1997, text, {_TRANSCRIBED}", unit="regions",
           note="1.96 standard errors of nine means of ten runs, by the spread of ours"),
    Target("neighbours_12", "The same with 12 neighbours", value=1.5, tolerance=0.15, certainty="R2",
           source=f"Axelrod 1997, text, {_TRANSCRIBED}", unit="regions",
           note="1.96 standard errors of nine means of ten runs, by the spread of ours"),
    Target("territory_12", "Stable regions on 12 x 12 sites, the most for any size (5 features of 15 traits)", value=23,
           tolerance=3.5, certainty="R2", source=f"Axelrod 1997, Figure 2, {_TRANSCRIBED}", unit="regions",
           note="1.96 standard errors by the spread of ours, the point being a mean of 40 runs (from memory)"),
    Target("territory_20", "Stable regions on 20 x 20 sites (5 features of 15 traits)", value=16.25, tolerance=2.5,
           certainty="R2", source=f"Axtell, Axelrod, Epstein & Cohen 1996, {_TRANSCRIBED}", unit="regions",
           resolution=6, note="1.96 standard errors of 40 runs (from memory), by the spread of ours"),
    Target("rest_32", "Events per site until 32 x 32 sites are at rest (5 features of 15 traits)", value=10_036,
           tolerance=2200, certainty="R2", source=f"Axelrod 1997, text, {_TRANSCRIBED}", unit="events for each site",
           resolution=6000, note="1.96 standard errors of ten runs, by the spread of ours"),
    Target("torus", "On a torus the curve by size peaks at no larger size and lower (1: it does)", value=1,
           certainty="R2", source=f"Axelrod 1997, text, {_TRANSCRIBED}", unit="1 or 0", resolution=1),
)  # fmt: skip


def _rest(
    side: int, features: int, traits: int, runs: int, threads: int | None, **params: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The regions of each run at rest, and the events per site until then."""
    most = 400 + 5 * side * side  # several times the number needed at any size
    worlds = [World(seed, {"features": features, "traits": traits, **params}) for seed in range(runs)]
    h = simulate(Axelrod, on_grid(side, side), worlds, most, threads=threads)
    resting = h["cultural_regions"] == h["cultural_zones"]
    if not resting[-1].all():
        raise ReplicationError(f"worlds still moving after {most} steps", expected="worlds at rest")
    return h["cultural_regions"][-1], EVENTS * resting.argmax(axis=0).astype(np.float64)


def _mean(values: NDArray[np.float64]) -> Found:
    """The mean of runs; if all ended alike, with the interval given by the rule of three."""
    if np.ptp(values) > 0:
        return Found.mean(values)
    return Found(float(values[0]), float(values[0]), float(values[0]) + 3.0 / values.size)


def _median(values: NDArray[np.float64]) -> Found:
    """The median with its exact 95% interval from order statistics."""
    ranked, n = np.sort(values), values.size
    low, high = (int(stats.binom.ppf(q, n, 0.5)) for q in (0.025, 0.975))
    return Found(float(np.median(ranked)), float(ranked[low - 1]), float(ranked[high]))


def _neighbours(count: int, threads: int | None) -> Found:
    """The mean of the nine mean numbers of regions, with the given number of neighbours."""
    cells = [_rest(10, f, q, 25, threads, neighbours=count)[0] for f in _COUNTS for q in _COUNTS]
    value = float(np.mean([cell.mean() for cell in cells]))
    half = 1.96 * float(np.sqrt(sum(cell.var(ddof=1) / cell.size for cell in cells))) / len(cells)
    return Found(value, value - half, value + half)


def _territory(found: Mapping[int, Found], torus: Mapping[int, Found]) -> Figure:
    def curve(name: str, by_side: Mapping[int, Found]) -> Course:
        x, y = list(by_side), list(by_side.values())
        return Course(name, x, [e.value for e in y], low=[e.low for e in y], high=[e.high for e in y])

    return Figure(
        "territory",
        "Stable regions by the size of the territory, 5 features of 15 traits",
        "Small territories have no room for many regions; large ones have time to merge them. The paper's "
        "curve goes on to about 6 regions at 50 x 50 sites and 2 at 100 x 100.",
        x="sites on a side",
        y="stable regions, mean of runs",
        curves=(
            curve("simulated, bounded as in the paper", found),
            curve("simulated, on a torus", torus),
            Course("Axelrod 1997, and Axtell and others 1996", [12, 20], [23, 16.25], mark="points"),
        ),
    )


def measure(threads: int | None = None) -> Measured:
    runs = {(f, q): 100 if f == 5 else 50 for f in _COUNTS for q in _COUNTS} | {(5, 10): _SAMPLE, (5, 15): _RUNS[10]}
    cells = {(f, q): _rest(10, f, q, n, threads)[0] for (f, q), n in runs.items()}
    sample = cells[5, 10]
    ends = {side: _rest(side, 5, 15, n, threads) for side, n in _RUNS.items() if side != 10}
    found = {side: _mean(ends[side][0] if side in ends else cells[5, 15]) for side in _RUNS}
    torus = {side: _mean(_rest(side, 5, 15, 50, threads, torus=1)[0]) for side in _RUNS if side <= 12}
    peak, torus_peak = (max(by_side, key=lambda side: by_side[side].value) for by_side in (found, torus))
    lower = torus[torus_peak].high < found[peak].low and torus_peak <= peak
    return Measured(
        {
            **{f"regions_{f}_{q}": _mean(cell) for (f, q), cell in cells.items()},
            "median": _median(sample),
            "one_region": Found.share(int((sample == 1).sum()), sample.size),
            "more_than_six": Found.share(int((sample > 6).sum()), sample.size),
            "neighbours_8": _neighbours(8, threads),
            "neighbours_12": _neighbours(12, threads),
            "territory_12": found[12],
            "territory_20": found[20],
            "rest_32": Found.mean(ends[32][1]),
            "torus": Found(float(lower)),
        },
        figures=(_territory(found, torus),),
        seeds={"runs": 0},
    )


REPLICATION = Replication("axelrod", "Axelrod 1997", theories=("axelrod",), targets=TARGETS, measure=measure)
