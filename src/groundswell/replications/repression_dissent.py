"""Steinert-Threlkeld and Steinert-Threlkeld 2021: what samples show about repression that can only shrink protest."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from groundswell.engine.simulate import simulate
from groundswell.engine.worlds import World
from groundswell.population.specification import PopulationSpecification
from groundswell.replications.replication import Course, Figure, Found, Measured, Replication, Target
from groundswell.theories.steinert_threlkeld import SteinertThrelkeld

PEOPLE, STEPS = 1000, 60
RATES = 101  # rates of repression, from 0 to the network's largest
REGRESSIONS, SAMPLE = 500, 100  # samples drawn, with replacement, and runs in each
SIGNIFICANT = 1.96  # the paper's bound for t

NETWORKS: dict[str, tuple[float, list[dict[str, Any]]]] = {
    "scale-free": (
        0.15,
        [{"network": "opinion_leader", "degree_exponent": float(e)} for e in np.linspace(2.0, 2.25, 11)],
    ),
    "small world": (
        0.075,
        [{"network": "watts_strogatz", "neighbours": 14, "rewiring": float(p)} for p in (0.0, *np.logspace(-3, 0, 10))],
    ),
}

_OWN = " The bounds are this project's; the abstract has words only."
_SOURCE = "Steinert-Threlkeld & Steinert-Threlkeld 2021, abstract"


def _found(name: str, claim: str, note: str) -> Target:
    return Target(name, claim + " (1 yes, 0 no)", 1.0, 0.0, certainty="R", source=_SOURCE, note=note + _OWN)


TARGETS = (
    Target(
        "repression_shrinks", "Repression is built so that it can only decrease protest (1 yes, 0 no)", 1.0, 0.0,
        certainty="R", source=_SOURCE,
        note="1 if the 95% interval of the reduction in protest at a rate of .05, over 200 pairs of twins, lies above "
        "0.",
    ),
    _found(
        "correlation_negative",
        "Sampled, the strength of repression sometimes correlates with a decrease of protest",
        f"of samples of {SAMPLE} scale-free runs with rates up to .02, more than 2.5% have t below -{SIGNIFICANT}.",
    ),
    _found("correlation_zero", "... sometimes with no change", f"most of these samples have t within {SIGNIFICANT}."),
    _found(
        "correlation_positive",
        "... and sometimes with an increase",
        "more than 5% of the same samples have a coefficient above 0, significant or not.",
    ),
    _found(
        "contradictory_where_rates_are_low",
        "The results are most contradictory where the rate is closest to that observed, which is low",
        "1 if coefficients above 0 are rarer with the highest bound on the rate than with the lowest, on both "
        "networks.",
    ),
    Target(
        "significant_increases", "Significant increases are found, and more often than by chance (1 yes, 0 no)", 1.0,
        0.0, certainty="R", source=_SOURCE + " (an increase); the bound for t is that of the program",
        expect="not reproduced",
        reason="Of samples with rates up to .02, .05 and the highest, on both networks, fewer than 2.5% show a "
        "significant increase; none is expected when repression only shrinks protest. The next target shows what "
        "produces more.",
    ),
    Target(
        "resampled_increases", "2,000 drawn with replacement from 33 runs without repression give significant "
        "increases",
        # 33 runs leave 30 degrees of freedom; if treated as 2,000 runs, their t is sqrt(2000 / 30) times larger.
        round(float(stats.t.sf(SIGNIFICANT / np.sqrt(2000 / 30), 30)), 3), 0.02, certainty="C",
        unit="share of regressions",
        source="this project: P(t with 30 degrees of freedom > 1.96 / sqrt(2000 / 30))", resolution=0.08,
        note="Pseudo-replication: the program draws up to 2,000 with replacement, and with narrow bounds on the rate "
        "few runs are available to draw from. Chance gives 2.5%; 0.02 allows for sizes that are not normal.",
    ),
    Target(
        "published_shares", "The shares of significant signs in the paper's figures", certainty="R",
        source="Steinert-Threlkeld & Steinert-Threlkeld 2021, figures", expect="not attainable",
        reason="The figures could not be obtained. Ours is the share of significant decreases among samples of 100 "
        "scale-free runs with rates up to .02.",
    ),
)  # fmt: skip


def _runs(
    tables: Sequence[dict[str, Any]], rates: NDArray[np.float64], threads: int | None, seed: int = 0
) -> NDArray[np.float64]:
    """Rate, first protesters, final size per 1,000, removed: a run of each rate on each network; shape (runs, 4)."""
    rows = []
    for k, table in enumerate(tables, seed):
        asked = PopulationSpecification.model_validate({"people": PEOPLE, **table})
        worlds = [World(10_000 * k + w, {"rate": float(rate)}) for w, rate in enumerate(rates)]
        population = asked.build(k, threads=threads)
        got = simulate(SteinertThrelkeld, population, worlds, STEPS, population_seed=k, threads=threads)
        rows.append(np.column_stack((rates, got["began"][0], 1000 * got["size"][-1], got["out"][-1])))
    return np.concatenate(rows)


def _t(runs: NDArray[np.float64]) -> float:
    """The t statistic of the rate in log10(size + 1) ~ rate + first protesters, one of the program's regressions."""
    design = np.column_stack((np.ones(len(runs)), runs[:, :2]))
    y = np.log10(runs[:, 2] + 1.0)
    inverse = np.linalg.pinv(design.T @ design)
    beta = inverse @ design.T @ y
    spread = ((y - design @ beta) ** 2).sum() / (len(runs) - 3)
    return float(beta[1] / np.sqrt(spread * inverse[1, 1]))


def _sampled(runs: NDArray[np.float64], most: float, random: np.random.Generator) -> NDArray[np.float64]:
    """t of samples drawn with replacement, as in the program, from the runs with rates up to a bound."""
    within = runs[runs[:, 0] <= most + 1e-12]
    return np.array([_t(within[random.integers(0, len(within), SAMPLE)]) for _ in range(REGRESSIONS)])


def _pseudo_replicated(runs: NDArray[np.float64], random: np.random.Generator, sets: int = 1500) -> Found:
    """How many sets of 33 runs without repression, with random rates, give a significant increase from 2,000 draws."""
    free = runs[runs[:, 3] == 0]
    found = 0
    for _ in range(sets):
        chosen = free[random.permutation(len(free))[:33]].copy()
        chosen[:, 0] = random.permutation(np.repeat([0.0, 0.0015, 0.003], 11))
        found += _t(chosen[random.integers(0, 33, 2000)]) > SIGNIFICANT
    return Found.share(int(found), sets)


def _share(holds: NDArray[np.bool_]) -> Found:
    return Found.share(int(holds.sum()), holds.size)


def _of(which: Callable[[list[float]], float], found: list[Found]) -> Found:
    """Whether all (min) or any (max) of several hold."""
    return Found(*(which([getattr(one, end) for one in found]) for end in ("value", "low", "high")))


def measure(threads: int | None = None) -> Measured:
    """Run protest at many rates of repression, and regress its size on the rate in samples, as the paper does."""
    random = np.random.default_rng(1)
    ts: dict[str, dict[float, NDArray[np.float64]]] = {}
    figures, runs = [], {}
    for name, (highest, tables) in NETWORKS.items():
        runs[name] = _runs(tables, np.linspace(0.0, highest, RATES), threads)
        bounds = [float(b) for b in (0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15) if b <= highest]
        ts[name] = {bound: _sampled(runs[name], bound, random) for bound in bounds}
        shares = {
            "significant decrease": [float((ts[name][b] < -SIGNIFICANT).mean()) for b in bounds],
            "neither": [float((np.abs(ts[name][b]) <= SIGNIFICANT).mean()) for b in bounds],
            "significant increase": [float((ts[name][b] > SIGNIFICANT).mean()) for b in bounds],
            "coefficient above 0": [float((ts[name][b] > 0).mean()) for b in bounds],
        }
        figures.append(
            Figure(
                name.replace(" ", "_").replace("-", "_"),
                f"What samples of {SAMPLE} runs show about repression, {name} networks",
                f"{len(runs[name])} runs of {PEOPLE:,} people; {REGRESSIONS} samples drawn with replacement for each "
                "bound.",
                x="largest rate of repression in the sample",
                y="share of regressions",
                curves=[Course(what, bounds, y) for what, y in shares.items()],
            )
        )
    size = runs["scale-free"]
    rates = np.unique(size[:, 0])
    means = [Found.mean(size[size[:, 0] == rate, 2]) for rate in rates[::10]]
    figures.append(
        Figure(
            "size",
            "Protest and the rate of repression, scale-free networks",
            "Final protest per 1,000 people, mean of 11 runs with its 95% interval.",
            x="rate of repression",
            y="protesters per 1,000",
            curves=[
                Course(
                    "mean",
                    [float(r) for r in rates[::10]],
                    [m.value for m in means],
                    low=[m.low for m in means],
                    high=[m.high for m in means],
                    mark="points",
                )
            ],
        )
    )
    low = ts["scale-free"][0.02]
    # Twins: one seed, one population, two rates; each pair has its own first protesters.
    tables, both = NETWORKS["scale-free"][1][5:6], np.array([0.0, 0.05])
    asked = PopulationSpecification.model_validate({"people": PEOPLE, **tables[0]})
    pairs = [World(seed, {"rate": float(rate)}) for seed in range(200) for rate in both]
    ends = simulate(
        SteinertThrelkeld, asked.build(99, threads=threads), pairs, STEPS, population_seed=99, threads=threads
    )
    taken = Found.mean(-np.diff(ends["size"][-1].reshape(-1, 2), axis=1)[:, 0])
    increases = [
        _share(t > SIGNIFICANT).exceeds(0.025)
        for by in ts.values() for b, t in by.items() if b in (0.02, 0.05, max(by))
    ]  # fmt: skip
    contradictory = [Found.mean((by[min(by)] > 0).astype(float) - (by[max(by)] > 0)).exceeds(0.0) for by in ts.values()]
    estimates = {
        "repression_shrinks": taken.exceeds(0.0),
        "correlation_negative": _share(low < -SIGNIFICANT).exceeds(0.025),
        "correlation_zero": _share(np.abs(low) <= SIGNIFICANT).exceeds(0.5),
        "correlation_positive": _share(low > 0).exceeds(0.05),
        "contradictory_where_rates_are_low": _of(min, contradictory),
        "significant_increases": _of(max, increases),
        "resampled_increases": _pseudo_replicated(size, random),
        "published_shares": Found.share(int((low < -SIGNIFICANT).sum()), REGRESSIONS),
    }
    return Measured(estimates, figures, {"runs": 0, "samples": 1})


REPLICATION = Replication(
    "repression_dissent",
    "Steinert-Threlkeld & Steinert-Threlkeld 2021",
    theories=("steinert_threlkeld",),
    targets=TARGETS,
    measure=measure,
)
