"""The natural experiment of attempts on leaders: change of institutions after success compared with failure."""

from __future__ import annotations

import functools
from dataclasses import replace
from typing import Literal

import numpy as np
import polars as pl

from groundswell.claims.claim import RecordTest, Scenario
from groundswell.estimators.attempts.comparison import AttemptsComparison, compare_attempts
from groundswell.estimators.attempts.jones_olken import jones_olken, leader_attempts
from groundswell.estimators.core import Estimate
from groundswell.estimators.statistics.regression import least_squares
from groundswell.records.registry import data_set, find_data
from groundswell.registers.deed.designs import Runs

_RECORD = "jones_olken"
_KEYS = {"autocrats": "change_in_autocracies", "democrats": "change_in_democracies"}
_BEFORE = (
    "war_before", "war_trend", "democracy_trend", "log_energy_before", "log_population_before", "age_before",
    "tenure_before",
)  # of the published table of balance  # fmt: skip
_LIKENESS = ("successes and failures are alike beforehand", "no effect before the attempt")
_PERMUTATIONS = 5000  # standard error of a p-value of 0.05: 0.003
_SUCCESS_SHARE = 0.25  # about one serious attempt in four kills (Jones & Olken 2009, Table 1)
_BACKGROUND = 0.10  # democracy dummies change in about one country-year in ten around an attempt, whatever its outcome
_HIDDEN = 1.5  # odds ratio by which an unrecorded cause may favour success where change was coming anyway
_MARGIN = 0.10  # in probability: smaller changes would not be called a change of regime


@functools.cache
def _estimates() -> dict[str, Estimate]:
    return jones_olken(find_data(_RECORD))


@functools.cache
def _comparison(regime: Literal["autocrats", "democrats"], strata: tuple[str, ...]) -> AttemptsComparison:
    """Success compared with failure, within strata if there are any, given what was known before."""
    serious = leader_attempts(find_data(_RECORD)).filter("serious")
    return compare_attempts(
        serious.filter(pl.col("autocracy") == (regime == "autocrats")),
        success="success",
        outcome="change",
        cluster="cowcode",
        strata=strata,
        before=_BEFORE,
        placebo=("democracy_trend", "war_trend"),
        draws=_PERMUTATIONS,
    )


def _observe(regime: Literal["autocrats", "democrats"]) -> Estimate:
    """The published estimate, with the checks that a natural experiment requires: balance, placebos, permutation.

    Successes must resemble failures beforehand, both within weapon and number of attempts, which the regression holds
    constant, and in the plain comparison: balance that appears only in fine strata is not enough.
    """
    estimate = _estimates()[_KEYS[regime]]
    within, plainly = _comparison(regime, ("weapon", "attempts")), _comparison(regime, ())
    checks = {
        **estimate.checks,
        **within.checks,
        **{f"{name}, without strata": plainly.checks[name] for name in _LIKENESS},
        "permutation_p": within.permutation.p,
        "balance_p": None if within.balance_test is None else within.balance_test.p,
        "balance_p_without_strata": None if plainly.balance_test is None else plainly.balance_test.p,
        "hidden_odds_that_explain_it": within.sensitivity.odds,
    }
    passed = estimate.passed and within.passed and all(bool(plainly.checks[name]) for name in _LIKENESS)
    return replace(estimate, passed=passed, checks=checks)


def _simulate(runs: Runs, account: str, draw: int, scenario: Scenario, rng: np.random.Generator) -> Estimate:
    """As many attempts as the record has, each in its own society, with or without a concession within a year."""
    n = next(iter(_estimates().values())).n // 2  # about half of the attempts were on autocrats
    changed = rng.random(n) < _BACKGROUND
    odds = _SUCCESS_SHARE / (1 - _SUCCESS_SHARE) * np.where(changed & (scenario.twist == "hidden"), _HIDDEN, 1.0)
    success = rng.random(n) < odds / (1 + odds)
    for arm, at in (("act", success), ("quiet", ~success)):
        conceded = runs.after(account, arm, "concessions", 0, 52) > 0
        changed[at] |= conceded[rng.integers(conceded.size, size=int(at.sum()))]
    return least_squares(changed.astype(float), {"success": success.astype(float)}).estimate("success")


def change_after_success(regime: Literal["autocrats", "democrats"]) -> RecordTest:
    """Whether institutions changed more often after successful attempts than after failed ones, by regime."""
    return RecordTest(
        record=_RECORD,
        title=f"Attempts on leaders, 1875-2004: change of institutions after success against failure, {regime}",
        citation=data_set(_RECORD).citation,
        estimator="linear probability model with controls for weapon and number of attempts, robust standard errors",
        says="none",
        observe=lambda seed: _observe(regime),
        simulate=_simulate,
        asserting=(
            Scenario("substitution", ("substitution",), "act"),
            Scenario("substitution, with a hidden cause of success and change", ("substitution",), "act", "hidden"),
        ),
        denying=(Scenario("catalysis", ("catalysis",), "act"),),
        data=(_RECORD,),
        margin=_MARGIN,
    )
