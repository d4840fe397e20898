"""Violence, repression and protest by week in NAVCO 3.0: excitation between kinds, and protest after violence."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from datetime import date
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import stats

from groundswell.claims.claim import Direction, RecordTest, Scenario
from groundswell.claims.designs import SETTLE, Runs
from groundswell.claims.russia import selected, tide
from groundswell.draws import derive_seed
from groundswell.errors import EstimationError
from groundswell.evidence.events import read_events
from groundswell.evidence.excitation.discrete import ExcitationFit, fit_excitation
from groundswell.evidence.registry import data_set, find_data
from groundswell.evidence.response.lone_acts import AFTER, QUIET, change_around, lone_act_effect, lone_acts
from groundswell.evidence.series import Series, series
from groundswell.evidence.statistics.association import Estimate

_RECORD = "navco3"
# Countries with over 700 violent events and a record from 1991 on, before the coverage jumps of 2011.
COUNTRIES = ("Algeria", "Egypt", "Mexico", "Pakistan", "Turkey", "Yemen")
_END = date(2010, 12, 31)
_FITS = 12  # simulated societies that are fitted per account and arm: a fit takes seconds
_WEEKS = 936  # of a simulated record
_REPORTS = 2.0  # events of repression reported per week at full repression, as in the record's busiest countries
Kind = Literal["violence", "repression"]
_KINDS: tuple[Kind, Kind] = ("violence", "repression")


@functools.cache
def _events() -> pl.DataFrame:
    """All events before the coverage jumps of 2011; the file is read once."""
    return read_events(find_data(_RECORD), _RECORD).events.filter(pl.col("date") <= _END)


@functools.cache
def _weekly(country: str) -> Series:
    events = _events().filter(pl.col("country") == country)
    return series(events, ["violence", "repression", "protest"], "week")


@functools.cache
def _events_fit(country: str) -> ExcitationFit:
    weekly = _weekly(country)
    other = np.log1p(weekly.coverage) if weekly.coverage is not None else None  # how much was reported at all
    return fit_excitation(weekly.counts[:, :2], kinds=weekly.kinds[:2], coverage=other, interval="wald")


def _pool(fits: Sequence[ExcitationFit], source: int, target: int) -> Estimate:
    """A branching ratio pooled over societies by random effects, from the fits that pass their checks."""
    good = [f for f in fits if f.passed]
    method = (
        "discrete-time Hawkes model with flexible baseline, by society; pooled by random effects (DerSimonian-Laird)"
    )
    checks = {"societies fitted": len(fits), "societies whose fit passes": len(good)}
    if len(good) < 2:
        return Estimate(None, None, None, None, len(fits), method, "events per event", passed=False, checks=checks)
    value = np.array([f.branching[source, target] for f in good])
    se = np.array([max(float(f.high[source, target] - f.branching[source, target]) / 1.96, 1e-3) for f in good])
    weight = 1 / se**2
    fixed = float((weight * value).sum() / weight.sum())
    q = float((weight * (value - fixed) ** 2).sum())
    between = max(0.0, (q - (value.size - 1)) / float(weight.sum() - (weight**2).sum() / weight.sum()))
    weight = 1 / (se**2 + between)
    mean, error = float((weight * value).sum() / weight.sum()), float(1 / np.sqrt(weight.sum()))
    p = float(2 * stats.norm.sf(abs(mean) / error))
    passed = len(good) >= 0.5 * len(fits)
    checks |= {"more than half of the fits pass": passed, "spread between societies": float(np.sqrt(between))}
    return Estimate(
        mean, mean - 1.96 * error, mean + 1.96 * error, p, len(good), method, "events per event", passed, checks
    )


def _counts(runs: Runs, account: str, arm: str, draw: int) -> NDArray[np.int64]:
    """Weekly violence and reported repression of a simulated society, shape (weeks, 2)."""
    window = slice(SETTLE + 1, SETTLE + 1 + _WEEKS)
    violence = runs.russia.series(account, arm, "violence")[draw, window]
    repression = runs.russia.series(account, arm, "repression_level")[draw, window]
    rng = np.random.default_rng(derive_seed(0, "navco", account, arm, draw))
    return np.column_stack([np.round(violence), rng.poisson(_REPORTS * repression)]).astype(np.int64)


def _fit(runs: Runs, account: str, arm: str, draw: int) -> ExcitationFit | None:
    """The fit of one simulated society, made once however many tests ask for it; None where it has too few events."""
    key = ("excitation", account, arm, draw)
    if key not in runs.memo:
        try:
            counts = _counts(runs, account, arm, draw)
            runs.memo[key] = fit_excitation(counts, kinds=list(_KINDS), interval="wald")
        except EstimationError:  # such a society would not enter the record
            runs.memo[key] = None
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
    """As many societies as the record has countries, drawn from the simulated ones that have events enough."""
    available = min(_FITS, runs.russia.design.draws)
    got = [f for k in range(available) if (f := _fit(runs, account, scenario.arm, k)) is not None]
    if len(got) < 2:
        raise EstimationError("fewer than two simulated societies with events enough", expected="two or more")
    return _pool([got[k] for k in rng.integers(len(got), size=len(COUNTRIES))], source, target)


def _excitation(title: str, pairs: Sequence[tuple[int, int]]) -> RecordTest:
    """The test that every (source, target) pair excites: its estimate is that of the pair with the lowest lower end."""

    def smaller(estimates: list[Estimate]) -> Estimate:
        return min(estimates, key=lambda e: -np.inf if e.low is None else e.low)

    return RecordTest(
        record=_RECORD,
        title=title,
        citation=data_set(_RECORD).citation,
        estimator="branching ratio between weekly series (violence not by the state, repression by it), pooled",
        says="above",
        observe=lambda seed: smaller([_pool([_events_fit(c) for c in COUNTRIES], a, b) for a, b in pairs]),
        simulate=lambda runs, account, draw, scenario, rng: smaller(
            [_simulate(a, b, runs, account, draw, scenario, rng) for a, b in pairs]
        ),
        asserting=(Scenario("substitution", ("substitution",), "own acts"),),
        denying=(Scenario("no repression of acts, no rivalry", ("substitution",), "own acts:no rivalry"),),
        data=(_RECORD,),
    )


def repression_follows_violence(source: Kind, target: Kind) -> RecordTest:
    """Whether events of one kind bring events of the other in later weeks (S2)."""
    pair = (_KINDS.index(source), _KINDS.index(target))
    return _excitation(f"{target.capitalize()} brought by {source}, six countries, 1991-2010, by week", [pair])


def camps_excite() -> RecordTest:
    """Whether violence of the opposition and of the state excite each other, both ways (S12)."""
    return _excitation(
        "Violence of opposition and state, each way, six countries, 1991-2010, by week", [(0, 1), (1, 0)]
    )


# -- protest after violence -------------------------------------------------------------------------------------------


def _observe_onsets(seed: int) -> Estimate:
    events = _events()
    pairs = []
    for country in sorted(events["country"].unique()):
        own = events.filter(pl.col("country") == country)
        if own.filter(pl.col("kind") == "violence").height and own.filter(pl.col("kind") == "protest").height >= 50:
            weekly = series(own, ["violence", "protest"], "week")
            pairs.append((weekly.counts[:, 0], weekly.counts[:, 1]))
    return lone_act_effect(pairs, np.random.default_rng(seed))


def _selected_acts(protest: NDArray, k: int, twist: str, rng: np.random.Generator) -> NDArray:
    """k lone acts in the weeks that the tide of protest selects."""
    weeks = np.arange(QUIET, protest.size - AFTER, QUIET + 1)
    tide = np.array([change_around(protest, int(t)) for t in weeks])
    chosen = selected(tide, min(k, weeks.size), twist, rng)
    acts = np.zeros(protest.size)
    acts[weeks[chosen]] = 1.0
    return acts


def _simulate_onsets(runs: Runs, account: str, draw: int, scenario: Scenario, rng: np.random.Generator) -> Estimate:
    """Twenty societies of 18 years with their own acts; a full turnout would make 200 reports of protest a week."""
    window = slice(SETTLE + 1, SETTLE + 1 + _WEEKS)
    pairs = []
    for k in rng.integers(runs.russia.design.draws, size=20):
        violence = runs.russia.series(account, scenario.arm, "violence")[k, window]
        turnout = runs.russia.series(account, scenario.arm, "turnout")[k, window]
        protest = rng.poisson(200.0 * turnout)
        if scenario.twist:
            violence = _selected_acts(protest, len(lone_acts(np.round(violence))), scenario.twist, rng)
        pairs.append((np.round(violence), protest))
    return lone_act_effect(pairs, rng)


def protest_after_violence(says: Direction) -> RecordTest:
    """Whether protest falls (S3) or rises (C3) in the quarter after an act of violence that follows a quiet quarter."""
    asserting, denying = tide(says)
    return RecordTest(
        record=_RECORD,
        title="Protest in the 12 weeks after violence that followed a quiet quarter, 26 countries, 1991-2010",
        citation=data_set(_RECORD).citation,
        estimator="event study of weekly protest around lone acts of violence, with placebo weeks",
        says=says,
        observe=_observe_onsets,
        simulate=_simulate_onsets,
        asserting=asserting,
        denying=denying,
        data=(_RECORD,),
    )
