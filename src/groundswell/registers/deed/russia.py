"""The yearly event study of strikers around acts against the highest offices, Russia 1895-1912."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from groundswell.claims.claim import Direction, RecordTest, Scenario
from groundswell.claims.selection import lived_again
from groundswell.draws import derive_seed
from groundswell.engine.worlds import Pulse
from groundswell.estimators.core import Estimate
from groundswell.estimators.statistics.association import permutation_difference
from groundswell.registers.deed.designs import BOTH, EPSILON, RUSSIA_YEARS, SETTLE, YEAR, Runs
from groundswell.registers.deed.records import citation, reported, russian_acts, russian_strikers

TIDE = "no acts"  # the arm that shows the tide before acts are placed at chosen dates


def _changes(strikers: np.ndarray) -> np.ndarray:
    """Change in log strikers from the year before to the mean of the year and the next, for all years but the ends."""
    logs = np.log(strikers)
    return (logs[1:-1] + logs[2:]) / 2 - logs[:-2]


def growth(strikers: np.ndarray, with_act: np.ndarray, seed: int) -> Estimate:
    """That change, in years with an act less years without."""
    return permutation_difference(_changes(strikers), with_act, order="time", unit="log ratio", seed=seed)


def _simulate(runs: Runs, account: str, draw: int, scenario: Scenario, rng: np.random.Generator) -> Estimate:
    with_act = russian_acts()[1:-1] > 0
    if scenario.twist and scenario.arm == TIDE:  # acts at chosen dates, with effect there
        chosen, turnout = _lived_again(runs, account, scenario.twist)
        return growth(reported(turnout[draw], rng), chosen[draw], int(rng.integers(2**31)))
    turnout = reported(runs.yearly(account, scenario.arm, "turnout", draw), rng)
    if scenario.twist:  # acts without effect may be put at any date
        with_act = selected(_changes(turnout), int(with_act.sum()), scenario.twist, rng)
    return growth(turnout, with_act, int(rng.integers(2**31)))


def _lived_again(runs: Runs, account: str, twist: str) -> tuple[np.ndarray, np.ndarray]:
    """Years with an act that follow the tide, and yearly turnout with acts in those years: two passes, made once.

    Shapes (draws, years less the ends) and (draws, years).
    """
    key = ("growth", account, twist)
    if key not in runs.memo:
        k = int((russian_acts()[1:-1] > 0).sum())
        chosen, acts = [], []
        for draw in range(runs.russia.design.draws):
            rng = np.random.default_rng(derive_seed(0, *key, draw))
            change = _changes(runs.yearly(account, TIDE, "turnout", draw) + EPSILON)
            chosen.append(selected(change, k, twist, rng))
            weeks = SETTLE + 1 + (1 + np.flatnonzero(chosen[-1])) * YEAR + rng.integers(YEAR, size=k)
            acts.append([Pulse("act", 1.0, int(week)) for week in weeks])
        values = lived_again(runs.russia, account, TIDE, acts)
        turnout = values[:, SETTLE + 1 :, runs.russia.observables.index("turnout")]
        yearly = turnout[:, : RUSSIA_YEARS * YEAR].reshape(-1, RUSSIA_YEARS, YEAR).mean(axis=2)
        runs.memo[key] = np.array(chosen), yearly
    return runs.memo[key]


def selected(change: np.ndarray, k: int, twist: str, rng: np.random.Generator) -> np.ndarray:
    """The k periods with an act if acts follow the tide: a rise (or fall) of one sd multiplies their odds by e."""
    sign = {"selected by rising turnout": 1.0, "selected by falling turnout": -1.0}[twist]
    z = (change - change.mean()) / max(float(change.std()), 1e-9)
    odds = np.exp(sign * z)
    out = np.zeros(change.size, bool)
    out[rng.choice(change.size, size=k, replace=False, p=odds / odds.sum())] = True
    return out


def tide(says: Direction) -> tuple[tuple[Scenario, ...], tuple[Scenario, ...]]:
    """The scenarios of S3 ("below") and C3 ("above") over a record of acts and turnout: asserting, denying.

    Each is judged against the rival account and against the tide alone, that is, selection without effect in either
    direction; neither is contradicted by what its own account would show if acts were also selected the opposite way.
    For this the society is simulated twice: without acts, to find the dates that the tide would choose, and with acts
    at those dates.
    """
    own, rival = ("catalysis", "substitution") if says == "above" else ("substitution", "catalysis")
    with_it, against_it = ("rising", "falling") if says == "above" else ("falling", "rising")
    asserting = (
        Scenario(own, (own,), "own acts"),
        Scenario(f"{own}, acts that follow {against_it} turnout", (own,), TIDE, f"selected by {against_it} turnout"),
    )
    denying = (
        Scenario(rival, (rival,), "own acts"),
        Scenario(
            f"acts that follow {with_it} turnout, without effect",
            BOTH,
            "own acts:no effect",
            f"selected by {with_it} turnout",
        ),
        Scenario(
            f"acts that follow {against_it} turnout, without effect",
            BOTH,
            "own acts:no effect",
            f"selected by {against_it} turnout",
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
        estimator="change in log strikers from the year before, years with an act minus other years; p from labels shifted in time",
        says=says,
        observe=lambda seed: growth(russian_strikers(), russian_acts()[1:-1] > 0, seed),
        simulate=_simulate,
        asserting=_dated(asserting),
        denying=_dated(denying),
    )
