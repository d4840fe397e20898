"""The yearly event study of strikers around acts against the highest offices, Russia 1895-1912."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from groundswell.claims.claim import Direction, RecordTest, Scenario
from groundswell.estimators.core import Estimate
from groundswell.estimators.statistics.association import permutation_difference
from groundswell.registers.deed.designs import BOTH, Runs
from groundswell.registers.deed.records import citation, reported, russian_acts, russian_strikers


def _changes(strikers: np.ndarray) -> np.ndarray:
    """Change in log strikers from the year before to the mean of the year and the next, for all years but the ends."""
    logs = np.log(strikers)
    return (logs[1:-1] + logs[2:]) / 2 - logs[:-2]


def _growth(strikers: np.ndarray, with_act: np.ndarray, seed: int) -> Estimate:
    """That change, in years with an act less years without."""
    return permutation_difference(_changes(strikers), with_act, unit="log ratio", seed=seed)


def _simulate(runs: Runs, account: str, draw: int, scenario: Scenario, rng: np.random.Generator) -> Estimate:
    turnout = reported(runs.yearly(account, scenario.arm, "turnout", draw), rng)
    with_act = russian_acts()[1:-1] > 0
    if scenario.twist:
        with_act = selected(_changes(turnout), int(with_act.sum()), scenario.twist, rng)
    return _growth(turnout, with_act, int(rng.integers(2**31)))


def selected(change: np.ndarray, k: int, twist: str, rng: np.random.Generator) -> np.ndarray:
    """Which k periods have an act if acts follow the tide: a rise (or fall) of one sd multiplies their odds by e."""
    sign = {"selected by rising turnout": 1.0, "selected by falling turnout": -1.0}[twist]
    z = (change - change.mean()) / max(float(change.std()), 1e-9)
    odds = np.exp(sign * z)
    out = np.zeros(change.size, bool)
    out[rng.choice(change.size, size=k, replace=False, p=odds / odds.sum())] = True
    return out


def tide(says: Direction) -> tuple[tuple[Scenario, ...], tuple[Scenario, ...]]:
    """The scenarios of S3 ("below") and C3 ("above") over a record of acts and turnout: asserting, denying.

    Each is judged against the rival account and against selection without effect; and neither is contradicted by
    what its own account would show if acts were also selected the other way.
    """
    own, rival = ("catalysis", "substitution") if says == "above" else ("substitution", "catalysis")
    with_it, against_it = ("rising", "falling") if says == "above" else ("falling", "rising")
    asserting = (
        Scenario(own, (own,), "own acts"),
        Scenario(
            f"{own}, acts that follow {against_it} turnout", (own,), "own acts", f"selected by {against_it} turnout"
        ),
    )
    denying = (
        Scenario(rival, (rival,), "own acts"),
        Scenario(
            f"acts that follow {with_it} turnout, without effect",
            BOTH,
            "own acts:no effect",
            f"selected by {with_it} turnout",
        ),
    )
    return asserting, denying


def _dated(scenarios: tuple[Scenario, ...]) -> tuple[Scenario, ...]:
    return tuple(replace(s, arm="dated acts") if s.arm == "own acts" else s for s in scenarios)


def growth_after_acts(says: Direction) -> RecordTest:
    """The test shared by S3 (turnout falls) and C3 (turnout rises)."""
    asserting, denying = tide(says)
    return RecordTest(
        record="russia_strikes_1895_1912 + russia_acts_1895_1912",
        title="Strikers by year around acts against the highest offices, Russia 1895-1912",
        citation=citation("russia_strikes_1895_1912") + " " + citation("russia_acts_1895_1912"),
        estimator="change in log strikers from the year before, years with an act less others; exact permutation",
        says=says,
        observe=lambda seed: _growth(russian_strikers(), russian_acts()[1:-1] > 0, seed),
        simulate=_simulate,
        asserting=_dated(asserting),
        denying=_dated(denying),
    )
