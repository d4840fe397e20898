"""Violence and repression by week in NAVCO 3.0: excitation between kinds."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from datetime import date
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from groundswell.claims.claim import RecordTest, Scenario
from groundswell.draws import derive_seed
from groundswell.errors import EstimationError
from groundswell.estimators.core import Estimate
from groundswell.estimators.excitation.panel import PreparedPanel, prepare_panel
from groundswell.records.events import read_events
from groundswell.records.registry import data_set, find_data
from groundswell.records.series import series
from groundswell.registers.deed.designs import SETTLE, Runs

_RECORD = "navco3"
_END = date(2010, 12, 31)
_FITS = 24  # simulated societies that are fitted per account and arm; the record has 22 countries that fit
_WEEKS = 936  # of a simulated record
_REPORTS = 2.0  # events of repression reported per week at full repression, as in the record's busiest countries
Kind = Literal["violence", "repression"]
_KINDS: tuple[Kind, Kind] = ("violence", "repression")


@functools.cache
def pre_jump_events() -> pl.DataFrame:
    """All events before the coverage jumps in 2011; the file is read once."""
    return read_events(find_data(_RECORD), _RECORD).events.filter(pl.col("date") <= _END)


@functools.cache
def _panel() -> PreparedPanel:
    """Violence and repression by week in every country; all other reports serve as a measure of coverage."""
    counts, coverage = {}, {}
    for country in _countries():
        weekly = series(
            pre_jump_events().filter(pl.col("country") == country), ["violence", "repression", "protest"], "week"
        )
        counts[country] = weekly.counts[:, :2]
        coverage[country] = np.log1p(np.zeros(len(weekly)) if weekly.coverage is None else weekly.coverage)
    return prepare_panel(counts, kinds=_KINDS, coverage=coverage)


def _countries() -> list[str]:
    """Countries with both violence and repression on record."""
    kinds = pre_jump_events().group_by("country").agg(pl.col("kind"))
    return sorted(c for c, found in kinds.iter_rows() if {"violence", "repression"} <= set(found))


def _pool(panel: PreparedPanel, source: int, target: int, members: Sequence[int] | None = None) -> Estimate:
    """A branching ratio pooled over societies of a panel whose fit passes, or over a sample of them with repeats."""
    method = "discrete-time Hawkes model, a flexible baseline for each society; ratios from a gamma population"
    chosen, usable = panel.good if members is None else members, panel.usable
    checks: dict[str, object] = {"societies fitted": len(usable), "societies whose fit passes": len(panel.good)}
    checks["societies left out"] = len(panel.places) - len(usable)
    if len(chosen) < 2:
        return Estimate(None, None, None, None, len(usable), method, "events per event", passed=False, checks=checks)
    pooled, p = panel.pair(source, target, members)
    passed = len(panel.good) >= 0.5 * len(usable)
    checks |= {"more than half of the fits pass": passed, "spread between societies": pooled.between}
    unit = "events per event"
    return Estimate(pooled.mean, pooled.low, pooled.high, p, len(chosen), method, unit, passed, checks)


def _counts(runs: Runs, account: str, arm: str, draw: int) -> NDArray[np.int64]:
    """Weekly violence and reported repression of a simulated society, shape (weeks, 2)."""
    window = slice(SETTLE + 1, SETTLE + 1 + _WEEKS)
    violence = runs.russia.series(account, arm, "violence")[draw, window]
    repression = runs.russia.series(account, arm, "repression_level")[draw, window]
    rng = np.random.default_rng(derive_seed(0, "navco", account, arm, draw))
    return np.column_stack([np.round(violence), rng.poisson(_REPORTS * repression)]).astype(np.int64)


def _simulated(runs: Runs, account: str, arm: str) -> PreparedPanel:
    """The simulated societies, fitted once for all tests; those with too few events are left out."""
    key = ("excitation", account, arm)
    if key not in runs.memo:
        draws = range(min(_FITS, runs.russia.design.draws))
        runs.memo[key] = prepare_panel({f"{k:03}": _counts(runs, account, arm, k) for k in draws}, kinds=_KINDS)
    return runs.memo[key]


def _simulate(
    source: int,
    target: int,
    runs: Runs,
    account: str,
    draw: int,
    scenario: Scenario,
    rng: np.random.Generator,
) -> Estimate:
    """As many societies as the record has countries that fit, drawn from the simulated ones that fit."""
    panel = _simulated(runs, account, scenario.arm)
    if len(panel.good) < 2:
        raise EstimationError("fewer than two simulated societies with enough events", expected="two or more")
    members = rng.integers(len(panel.good), size=len(_panel().good))
    return _pool(panel, source, target, members.tolist())


def _excitation(title: str, pairs: Sequence[tuple[int, int]]) -> RecordTest:
    """The test that every (source, target) pair excites; its estimate is that with the lowest lower bound."""

    def smaller(estimates: list[Estimate]) -> Estimate:
        return min(estimates, key=lambda e: -np.inf if e.low is None else e.low)

    return RecordTest(
        record=_RECORD,
        title=title,
        citation=data_set(_RECORD).citation,
        estimator="branching ratio between weekly series (violence not by the state, repression by it), over countries",
        says="above",
        observe=lambda seed: smaller([_pool(_panel(), a, b) for a, b in pairs]),
        simulate=lambda runs, account, draw, scenario, rng: smaller(
            [_simulate(a, b, runs, account, draw, scenario, rng) for a, b in pairs]
        ),
        asserting=(Scenario("substitution", ("substitution",), "own acts"),),
        denying=(Scenario("no repression of acts, no rivalry", ("substitution",), "own acts:no rivalry"),),
        data=(_RECORD,),
    )


def repression_follows_violence(source: Kind, target: Kind) -> RecordTest:
    """Whether events of one kind trigger events of the other in later weeks (S2)."""
    pair = (_KINDS.index(source), _KINDS.index(target))
    return _excitation(f"{target.capitalize()} triggered by {source}, all countries, 1991-2010, by week", [pair])


def camps_excite() -> RecordTest:
    """Whether violence of the opposition and of the state excite each other, both ways (S12)."""
    return _excitation(
        "Violence of opposition and state, each way, all countries, 1991-2010, by week", [(0, 1), (1, 0)]
    )
