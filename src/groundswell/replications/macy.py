"""Macy 1990 and 1991: the sink of learners, escape by chance, the size of the group, and what thresholds change."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from groundswell.engine.simulate import simulate
from groundswell.engine.worlds import Set, World
from groundswell.population.population import well_mixed
from groundswell.replications.replication import Course, Figure, Found, Measured, Replication, Target
from groundswell.theories.macy import Macy
from groundswell.theories.macy_chains import MacyChains
from groundswell.theory.analytic.learning import sink

_ABSTRACT = "Macy 1990, abstract"
_CHAINS = "Macy 1991, abstract"
_NOT_READ = "The papers were not read; what is known of their equations comes from third parties' programs."
_LINEAR, _SATURATING = 0.0, 1.0
_MANY, _SLOW, _ROUNDS = 4000, 0.05, 1000  # slow learners, for the sink
_SIZES, _RUNS, _STEPS = (20, 50, 100, 200), 100, 600
_KEPT = 30  # final rounds that show where a run has settled
_OUT = 0.52  # the sink lies below 1/2; a group that stays above 1/2 has left it
_CRISIS = (Set("balance", -1.0, start=100, end=120),)
_PAIRS = 400  # pairs of twins, with and without the crisis
_FEW = f"The abstract has no number: one in twenty is this project's bound, judged by {_RUNS} groups."
_SHARED = {"learning": 0.5, "resource_sd": 0.35}  # as thresholds are learned in the 1991 model

TARGETS = (
    Target("sink_linear", "Share of slow learners who contribute in the sink, linear rule",
           value=round(sink(_MANY, 0.5, saturating=False), 4), tolerance=0.002, certainty="C",
           source="balance of reward and punishment", resolution=0.02),
    Target("sink_saturating", "The same, saturating rule", value=round(sink(_MANY, 0.5, saturating=True), 4),
           tolerance=0.002, certainty="C", source="balance of reward and punishment", resolution=0.02),
    Target("escape_saturating", "More than one in twenty groups of 50 leave the sink for good (1 yes, 0 no), "
           "saturating rule", value=1.0, certainty="R",
           source=_ABSTRACT + ": how they escape through attainment of critical mass", note=_FEW),
    Target("escape_linear", "The same, Bush and Mosteller's linear rule", value=1.0, certainty="R",
           source=_ABSTRACT + ": how they escape through attainment of critical mass", note=_FEW,
           expect="not reproduced",
           reason="Bursts of contributing occur, but none lasts: each reward closes only a share of the gap to p = 1, "
           "so that givers still abstain occasionally, and are rewarded for that more than for giving. Under the "
           "saturating rule a few rewards raise p to exactly 1. Which of the two the paper uses is not known."),
    Target("group_size", "Share of steps in size, 20, 50, 100, 200 people, at which fewer groups escape", value=1.0,
           certainty="R", source=_ABSTRACT + ": a new dilemma of group size",
           note="The abstract does not state the direction of the dilemma: that larger groups escape less is this "
           "project's reading."),
    Target("crisis", "More groups escape after a crisis than in their twins without one (1 yes, 0 no)", value=1.0,
           certainty="R", source=_ABSTRACT + ": why solidarity tends to emerge in response to crisis",
           expect="not reproduced",
           reason="A crisis is read here as twenty rounds in which cooperation only averts a bad (X = -1). "
           f"Among {_PAIRS} pairs of twins, fewer escape with a crisis than without. How the paper defines a crisis "
           "is not known."),
    Target("chains", "Most groups of 100 are shifted to cooperation by thresholds (1 yes, 0 no)", value=1.0,
           certainty="M", source=_CHAINS + ": thresholds shift the bistable system to a cooperative equilibrium",
           note="The abstract has no number: more than half is this project's bound."),
    Target("no_chains", "Share of them that shift if propensities are learned instead, all else equal", value=0.0,
           certainty="M", source=_CHAINS, resolution=0.1),
    Target("published_runs", "Rounds until the groups of the papers' figures escape", certainty="M",
           source="Macy 1990 and 1991, figures", expect="not attainable",
           reason=_NOT_READ + " Ours: median round in which groups of 50 leave the sink, saturating rule, of those "
           "that do."),
)  # fmt: skip


def _contributing(people: int, worlds: list[World], threads: int | None, steps: int = _STEPS) -> NDArray[np.float64]:
    return simulate(Macy, well_mixed(people), worlds, steps, threads=threads)["contributing"]


def _out(contributing: NDArray[np.float64]) -> NDArray[np.bool_]:
    return contributing[-_KEPT:].mean(axis=0) > _OUT


def _sink(rule: float, threads: int | None) -> Found:
    worlds = [World(k, {"saturating": rule, "learning": _SLOW}) for k in range(4)]
    return Found.mean(_contributing(_MANY, worlds, threads, _ROUNDS)[_ROUNDS // 2 :].mean(axis=0))


def _sizes(threads: int | None) -> tuple[dict[int, Found], NDArray[np.float64]]:
    """Share of groups that have left the sink, by size; the histories of the groups of 50."""
    found, kept = {}, np.empty(0)
    for people in _SIZES:
        contributing = _contributing(people, [World(k) for k in range(_RUNS)], threads)
        found[people] = Found.share(int(_out(contributing).sum()), _RUNS)
        if people == 50:
            kept = contributing
    return found, kept


def _falls(shares: list[float]) -> Found:
    """The share of steps that decrease; the interval includes those whose own 95% interval is inconclusive."""
    share = np.array(shares)
    change, spread = np.diff(share), share * (1 - share) / _RUNS
    half = 1.96 * np.sqrt(spread[1:] + spread[:-1])
    return Found(*(float(np.mean(end < 0)) for end in (change, change + half, change - half)))


def _left(contributing: NDArray[np.float64]) -> Found:
    """Median of the last round at or below the bound, for groups that end above it, with its interval."""
    rounds = np.sort(_STEPS - np.argmax(contributing[::-1, _out(contributing)] <= _OUT, axis=0))
    half = 1.96 * np.sqrt(rounds.size) / 2
    low = rounds[max(int(rounds.size / 2 - half), 0)]
    high = rounds[min(int(np.ceil(rounds.size / 2 + half)), rounds.size - 1)]
    return Found(float(np.median(rounds)), float(low), float(high))


def measure(threads: int | None = None) -> Measured:
    sizes, fifty = _sizes(threads)
    linear = _contributing(50, [World(k, {"saturating": _LINEAR}) for k in range(_RUNS)], threads)
    twins = _contributing(50, [World(k, {}, after) for k in range(_PAIRS) for after in ((), _CRISIS)], threads)
    calm, shaken = (_out(twins[:, side::2]).astype(float) for side in (0, 1))
    shares = [sizes[people].value for people in _SIZES]
    hundred = well_mixed(100)
    chains = simulate(MacyChains, hundred, [World(k) for k in range(_RUNS)], _STEPS, threads=threads)["participation"]
    alone = _contributing(100, [World(k, _SHARED) for k in range(_RUNS)], threads)
    shifted = [Found.share(int((x[-_KEPT:].mean(axis=0) > 0.9).sum()), _RUNS) for x in (chains, alone)]
    rounds = list(range(0, _STEPS + 1, 3))
    escaped = int(np.flatnonzero(_out(fifty))[0])
    stayed = int(np.flatnonzero(~_out(fifty))[0])
    runs = Figure(
        "runs",
        "Two groups of 50 learners",
        "Both rest in the sink; in one, enough people happen to contribute at once, are rewarded, and continue.",
        x="round",
        y="share of people who contribute",
        curves=(
            Course("a group that escapes", rounds, fifty[::3, escaped].tolist()),
            Course("one that does not", rounds, fifty[::3, stayed].tolist()),
            Course("the sink of slow learners, analytic", [0, _STEPS], [sink(50, 0.5, saturating=True)] * 2),
        ),
    )
    size = Figure(
        "group_size",
        "Groups that have left the sink after 600 rounds, by size",
        "The more people, the less likely that enough of them contribute in the same round.",
        x="people in the group",
        y="share of groups",
        x_kind="log",
        curves=(
            Course("learned propensities", _SIZES, shares, low=[sizes[n].low for n in _SIZES],
                  high=[sizes[n].high for n in _SIZES], mark="points"),
        ),
    )  # fmt: skip
    shift = Figure(
        "chains",
        "A hundred people, with thresholds and without",
        "Mean over runs. Starting from nobody, choices that depend on those of others carry the group past the point "
        "where contributing pays; independent ones leave it in the sink.",
        x="round",
        y="share of people who take part",
        curves=(
            Course("thresholds", rounds, chains[::3].mean(axis=1).tolist()),
            Course("propensities", rounds, alone[::3].mean(axis=1).tolist()),
        ),
    )
    return Measured(
        {
            "sink_linear": _sink(_LINEAR, threads),
            "sink_saturating": _sink(_SATURATING, threads),
            "escape_saturating": sizes[50].exceeds(0.05),
            "escape_linear": Found.share(int(_out(linear).sum()), _RUNS).exceeds(0.05),
            "group_size": _falls(shares),
            "crisis": Found.mean(shaken - calm).exceeds(0.0),
            "chains": shifted[0].exceeds(0.5),
            "no_chains": shifted[1],
            "published_runs": _left(fifty),
        },
        figures=(runs, size, shift),
        seeds={"runs": 0},
    )


REPLICATION = Replication("macy", "Macy 1990, 1991", theories=("macy", "macy_chains"), targets=TARGETS, measure=measure)
