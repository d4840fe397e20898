"""Protest after isolated acts of violence in NAVCO 3.0, compared with matched dates without one."""

from __future__ import annotations

import functools
from datetime import date

import numpy as np
from numpy.typing import NDArray

from groundswell.claims.claim import Direction, RecordTest, Scenario
from groundswell.claims.selection import lived_again
from groundswell.draws import derive_seed
from groundswell.engine.worlds import Pulse
from groundswell.estimators.core import Estimate
from groundswell.estimators.response.acts import Acts
from groundswell.estimators.response.counterfactual import Forecasts, forecasts
from groundswell.estimators.response.responses import respond, study_responses
from groundswell.estimators.response.study import GroupResponse
from groundswell.records.events import read_events
from groundswell.records.registry import data_set, find_data
from groundswell.registers.deed.designs import BOTH, SETTLE, Runs
from groundswell.registers.deed.russia import TIDE, selected, tide

_RECORD = "navco3"
_END = date(2010, 12, 31)  # before the coverage jumps of 2011
_QUIET, _AFTER = 12, 12  # weeks without violence before an act, and weeks followed
_WINDOW = {f"1-{_AFTER}": (1, _AFTER)}
_WEEKS = 936  # of a simulated record
_SOCIETIES = 12  # of a simulated record: together they have as many lone acts as the record
_REPORTS = 200.0  # reports of protest per week if everybody took part
_DRAWS = 16  # simulated records per scenario and account; each takes a quarter of a second
_PLACEBO = 199


@functools.cache
def _record() -> GroupResponse:
    events = read_events(find_data(_RECORD), _RECORD).events
    return study_responses(
        events, acts=Acts("violence"), outcome="protest", end=_END, quiet=_QUIET, windows=_WINDOW, curves=False
    ).overall


def _observe(seed: int) -> Estimate:
    """The effect in the first window; the study's other results go with its checks."""
    found = _record()
    e = found.primary
    checks = dict(e.checks)
    if found.pre_trend is not None:
        checks["on course before the acts"] = found.pre_trend.passed
    if found.same_step is not None:
        checks["with the week of the act held constant"] = found.same_step.to_dict()
    checks["odds of timing per sd that would explain it"] = found.explained_by
    return Estimate(e.value, e.low, e.high, e.p, e.n, e.method, e.unit, found.passed, checks, e.level)


def _simulated(runs: Runs, account: str, arm: str) -> tuple[NDArray, Forecasts]:
    """Weekly violence and the forecasts of weekly reports of protest of every simulated society, made once."""
    key = ("responses", account, arm)
    if key not in runs.memo:
        window = slice(SETTLE + 1, SETTLE + 1 + _WEEKS)
        violence = np.round(runs.russia.series(account, arm, "violence")[:, window])
        turnout = runs.russia.series(account, arm, "turnout")[:, window]
        rng = np.random.default_rng(derive_seed(0, *key))
        runs.memo[key] = violence, forecasts(rng.poisson(_REPORTS * turnout), season=False)
    return runs.memo[key]


def _lived_again(runs: Runs, account: str, twist: str) -> tuple[NDArray, Forecasts]:
    """Violence and forecasts of societies in which acts follow the tide and take effect at those dates: two passes.

    Each society has as many acts as it has lone acts of its own.
    """
    key = ("responses", account, TIDE, twist)
    if key not in runs.memo:
        window = slice(SETTLE + 1, SETTLE + 1 + _WEEKS)
        own = np.round(runs.russia.series(account, "own acts", "violence")[:, window])
        tide = runs.russia.series(account, TIDE, "turnout")[:, window]
        rng = np.random.default_rng(derive_seed(0, *key))
        acts = []
        for y, violence in zip(rng.poisson(_REPORTS * tide), own, strict=True):
            weeks = _timed(y.astype(float), _lone(violence), twist, rng)
            acts.append([Pulse("act", 1.0, SETTLE + 1 + int(week)) for week in weeks])
        values = lived_again(runs.russia, account, TIDE, acts)[:, window]
        violence, turnout = (values[..., runs.russia.observables.index(x)] for x in ("violence", "turnout"))
        runs.memo[key] = np.round(violence), forecasts(rng.poisson(_REPORTS * turnout), season=False)
    return runs.memo[key]


def _change(y: NDArray, first: int, middle: int, last: int) -> NDArray:
    """Log ratio of the counts in steps middle..last-1 to those in steps first..middle-1 around every step."""
    total = np.concatenate([[0.0], np.cumsum(y)])
    t = np.arange(-first, y.size - last)
    before, after = total[t + middle] - total[t + first], total[t + last] - total[t + middle]
    change = np.log((after + 0.5) / (last - middle)) - np.log((before + 0.5) / (middle - first))
    return np.concatenate([np.zeros(-first), change, np.zeros(last)])


def _timed(y: NDArray, k: int, twist: str, rng: np.random.Generator) -> NDArray:
    """k lone acts in weeks selected by the tide of protest: the coming tide, or the tide so far."""
    weeks = np.arange(_QUIET + 4, y.size - _AFTER - 1, _QUIET + 1)
    if twist.endswith("so far"):
        risen, twist = _change(y, -(_QUIET + 4), -4, 0), twist.removesuffix(" so far")
    else:
        risen = _change(y, -_QUIET, 0, _AFTER + 1)
    return weeks[selected(risen[weeks], min(k, weeks.size), twist, rng)]


def _lone(acts: NDArray) -> int:
    """The number of acts after a quiet stretch."""
    weeks = np.flatnonzero(acts > 0)
    return int(np.sum(np.diff(np.concatenate([[-_QUIET - 1], weeks])) > _QUIET)) if weeks.size else 0


def _simulate(runs: Runs, account: str, draw: int, scenario: Scenario, rng: np.random.Generator) -> Estimate:
    """Societies of 18 years with their own acts, or with acts timed by the tide; made once for S3 and C3."""
    key = ("responses", account, scenario.arm, scenario.twist, draw)
    if key not in runs.memo:
        own = np.random.default_rng(derive_seed(0, *key))
        felt = scenario.arm == TIDE
        violence, made = (
            _lived_again(runs, account, scenario.twist) if felt else _simulated(runs, account, scenario.arm)
        )
        members = own.integers(violence.shape[0], size=_SOCIETIES)
        acts = []
        for place, k in enumerate(members.tolist()):
            weeks = np.flatnonzero(violence[k] > 0)
            if scenario.twist and not felt:  # acts without effect may be put at any date
                weeks = _timed(made.y[k], _lone(violence[k]), scenario.twist, own)
            acts += [(place, int(t)) for t in weeks]
        chosen = made.of(members)
        study = respond(
            chosen.y, acts, made=chosen, windows=_WINDOW, after=_AFTER, quiet=_QUIET, placebo=_PLACEBO, curves=False,
            checks=False,
        )  # fmt: skip
        runs.memo[key] = study.overall.primary
    return runs.memo[key]


def protest_after_violence(says: Direction) -> RecordTest:
    """Whether protest falls (S3) or rises (C3) in the quarter after an act of violence that follows a quiet quarter.

    Acts that follow the rise so far are also among the denying scenarios; matched dates correct for those. No estimator
    can correct for acts timed by what was still to come; the `tide` scenario shows what they would produce.
    """
    asserting, denying = tide(says)
    way = "rising" if says == "above" else "falling"
    seen = Scenario(
        f"acts that follow turnout {way} so far, without effect", BOTH, "own acts:no effect",
        f"selected by {way} turnout so far",
    )  # fmt: skip
    return RecordTest(
        record=_RECORD,
        title="Protest in the 12 weeks after violence that followed a quiet quarter, 26 countries, 1991-2010",
        citation=data_set(_RECORD).citation,
        estimator="weekly protest after lone acts of violence, minus that after dates with a similar history but no act",
        says=says,
        observe=_observe,
        simulate=_simulate,
        asserting=asserting,
        denying=(*denying, seen),
        data=(_RECORD,),
        draws=_DRAWS,
    )
