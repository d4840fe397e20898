"""Decay, spread and waves on real records: the city-days of 2020, and strikes by quarter."""

from __future__ import annotations

import functools
from collections.abc import Callable
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from groundswell.claims.claim import RecordTest, Scenario
from groundswell.errors import EstimationError
from groundswell.estimators.core import Estimate
from groundswell.estimators.waves.city_days import CityDays, city_days, earlier_protests, read_positions
from groundswell.estimators.waves.decay import fit_decay
from groundswell.estimators.waves.decay_counts import fit_decay_of_counts
from groundswell.estimators.waves.diffusion import fit_spread
from groundswell.estimators.waves.episodes import heaped_range
from groundswell.estimators.waves.onsets import great_circle
from groundswell.estimators.waves.simulated_spread import simulate_spread
from groundswell.estimators.waves.spectrum import wave_spectrum
from groundswell.records.events import read_events
from groundswell.records.registry import data_set, find_data
from groundswell.records.series import series
from groundswell.registers.deed.designs import ACT, BOTH, EPSILON, SETTLE, Runs
from groundswell.registers.deed.records import citation, column, reported, russian_strikers

Array = NDArray[np.float64]

_RECORD = "blm_2020"
_BEFORE = date(2020, 5, 25)  # protest before this day is earlier protest
_ONE_SOURCE = "Count Love"  # covered all cities from before the wave to the end of the record
_DAYS = 35  # after a city's first day
_HOLIDAYS = {date(2020, 6, 19): 7, date(2020, 7, 4): 8}  # days with mobilisation of their own
_CITIES = 60  # of a simulated record; the record has more, over cities that are not independent
_SPREAD_DAYS = 13  # 26 May to 7 June: later, the source of positions lists no new city
_LARGE = 100_000  # people; sources seldom miss a protest in cities of this size


@functools.cache
def _panel() -> CityDays:
    return city_days(read_events(find_data(_RECORD), _RECORD).events)


@functools.cache
def _earlier() -> frozenset[str]:
    return frozenset(earlier_protests(find_data(_RECORD, "cl_blm.csv"), _BEFORE))


@functools.cache
def _positions() -> dict[str, tuple[float, float, float]]:
    known = read_positions(find_data(_RECORD, "nytimes_events.csv"))
    return {k: v for k, v in known.items() if np.isfinite(v[2]) and v[2] > 0}


# -- S14: sizes after a city's largest day ---------------------------------------------------------------------------


def _decay_of_sizes(sizes: list[float], times: list[float], labels: list[int] | list[str], seed: int) -> Estimate:
    low, high = heaped_range(np.where(np.array(sizes) >= 1, sizes, np.nan))
    return fit_decay(low, high, times, np.array(labels), seed=seed).estimate()


def _observe_sizes(seed: int) -> Estimate:
    sizes, times, labels = [], [], []
    panel = _panel()
    for place, events, size in zip(panel.places, panel.events, panel.sizes, strict=True):
        if not np.isfinite(size).any():
            continue
        peak = int(np.nanargmax(size))
        for t in np.flatnonzero(events[peak + 1 :] > 0):
            sizes.append(float(size[peak + 1 + t]))
            times.append(float(t + 1))
            labels.append(place)
    return _decay_of_sizes(sizes, times, labels, seed)


def _weeks_after(runs: Runs, account: str, arm: str, society: int) -> Array:
    """Turnout in the weeks after a mass day."""
    return runs.series(account, arm, "turnout")[society, ACT + 1 : ACT + _DAYS // 7 + 2] + EPSILON


def _simulate_sizes(runs: Runs, account: str, draw: int, scenario: Scenario, rng: np.random.Generator) -> Estimate:
    """Cities that each have a mass day, with a few protests each, reported in round numbers, a third without a size."""
    sizes, times, labels = [], [], []
    for city in range(_CITIES):
        society = int(rng.integers(runs.twins.design.draws))
        turnout = _weeks_after(runs, account, scenario.arm, society)
        days = np.sort(rng.choice(np.arange(1, _DAYS), size=int(rng.integers(3, 7)), replace=False))
        people = np.exp(rng.normal(12, 1)) * turnout[days // 7] * np.exp(rng.normal(0, 0.8, days.size))
        # as attention ebbs, only large protests are still reported; or, once sources look everywhere, small ones too
        drift = {"small ones unreported": 0.02, "small ones reported later on": -0.02}.get(scenario.twist, 0.0)
        people = people * np.exp(drift * days)
        unit = 10.0 ** np.floor(np.log10(np.maximum(people, 1)))
        words = np.maximum(np.round(people / unit) * unit, 1)
        words[rng.random(days.size) < 0.37] = np.nan
        sizes += words.tolist()
        times += days.astype(float).tolist()
        labels += [city] * days.size
    return _decay_of_sizes(sizes, times, labels, int(rng.integers(2**31)))


def decay_in_2020() -> RecordTest:
    """Whether crowds shrink after a city's largest day (S14)."""
    return RecordTest(
        record=_RECORD,
        title="Sizes of protests after each city's largest day, United States, May to July 2020",
        citation=data_set(_RECORD).citation,
        estimator="rate of decay per day, sizes drawn within what their rounding leaves open, random effects of cities",
        says="above",
        observe=_observe_sizes,
        simulate=_simulate_sizes,
        asserting=(
            Scenario("substitution, after a mass day", ("substitution",), "mass day"),
            Scenario(
                "the same, small protests unreported later on", ("substitution",), "mass day", "small ones unreported"
            ),
        ),
        denying=(
            Scenario("catalysis, after a mass day", ("catalysis",), "mass day"),
            Scenario("an organised society, after a mass day", BOTH, "mass day:organised"),
            Scenario(
                "an organised society, small protests reported later on",
                BOTH,
                "mass day:organised",
                "small ones reported later on",
            ),
        ),
        data=(_RECORD,),
    )


# -- S8: days of protest where there had been protest before ---------------------------------------------------------


def _effect(counts: Array, watched: NDArray, phase: NDArray, covariates: dict[str, Array], name: str) -> Estimate:
    return fit_decay_of_counts(counts, watched=watched, phase=phase, covariates=covariates).effects[name]


def _observe_organised(seed: int) -> Estimate:
    panel, positions = _panel(), _positions()
    seen = panel.by_source[panel.sources.index(_ONE_SOURCE)]
    first, span = panel.onset(_ONE_SOURCE), seen.shape[1]
    rows = [k for k, p in enumerate(panel.places) if first[k] <= _SPREAD_DAYS and p in positions]
    counts, watched = np.zeros((len(rows), _DAYS)), np.zeros((len(rows), _DAYS), bool)
    phase = np.zeros((len(rows), _DAYS), np.int64)
    special = {(day - panel.start).days: mark for day, mark in _HOLIDAYS.items()}
    for i, k in enumerate(rows):
        start = int(first[k]) + 1
        days = np.arange(start, min(start + _DAYS, span))
        counts[i, : days.size] = seen[k, days]
        watched[i, : days.size] = True
        phase[i, : days.size] = [special.get(int(d), (panel.start.weekday() + int(d)) % 7) for d in days]
    people = np.log([positions[panel.places[k]][2] for k in rows])
    before = np.array([float(panel.places[k] in _earlier()) for k in rows])
    return _effect(counts, watched, phase, {"earlier protest": before, "log population": people}, "earlier protest")


def _simulate_organised(runs: Runs, account: str, draw: int, scenario: Scenario, rng: np.random.Generator) -> Estimate:
    """Cities, half of them organised, each with a mass day; days of protest are drawn from their turnout."""
    before = (np.arange(2 * _CITIES) % 2).astype(float)
    counts = np.zeros((before.size, _DAYS))
    phase = (rng.integers(7, size=before.size)[:, None] + np.arange(_DAYS)) % 7
    weekend = np.where(phase >= 5, 1.5, 0.8)
    week = np.arange(_DAYS) // 7
    for city, organised in enumerate(before):
        arm = "mass day:organised" if organised and scenario.twist == "" else "mass day"
        turnout = _weeks_after(runs, account, arm, int(rng.integers(runs.twins.design.draws)))[week]
        expected = 3.0 * turnout / turnout.mean() * weekend[city] / _DAYS  # about three days of protest per city
        if scenario.twist == "watched longer where there was protest before" and not organised:
            expected = expected * 0.5 ** (np.arange(_DAYS) / 21)
        counts[city] = rng.poisson(expected)
    if (counts.sum(axis=1) > 0).sum() < 20:
        raise EstimationError("too few simulated cities with protest", expected="20 or more")
    size = rng.normal(0, 1, before.size) + before
    return _effect(
        counts, np.ones(counts.shape, bool), phase, {"earlier protest": before, "log population": size},
        "earlier protest",
    )  # fmt: skip


def lasting_where_organised() -> RecordTest:
    """Whether days of protest thin out more slowly where there had been protest over the same matter before (S8)."""
    return RecordTest(
        record=_RECORD,
        title="Days of protest after a city's first, with and without protest there in 2017-2020, United States 2020",
        citation=data_set(_RECORD).citation,
        estimator="effect of earlier protest on the daily rate of decay, with population held constant, one source (Count Love)",
        says="below",
        observe=_observe_organised,
        simulate=_simulate_organised,
        asserting=(Scenario("either account", BOTH, "mass day:organised"),),
        denying=(
            Scenario("no organisation in either", BOTH, "mass day", "none"),
            Scenario(
                "no organisation, but watched longer where there had been protest", BOTH, "mass day",
                "watched longer where there was protest before",
            ),
        ),
        data=(_RECORD,),
        draws=12,
    )  # fmt: skip


# -- S11: spread over places -----------------------------------------------------------------------------------------


def _observe_spread(seed: int) -> Estimate:
    panel, positions = _panel(), _positions()
    first = panel.onset()
    rows = [
        k for k, p in enumerate(panel.places)
        if p in positions and positions[p][2] >= _LARGE and 24 < positions[p][0] < 50
    ]  # fmt: skip
    where = np.array([positions[panel.places[k]] for k in rows])
    return fit_spread(
        first[rows], where[:, 0], where[:, 1], days=_SPREAD_DAYS, covariates={"log population": np.log(where[:, 2])},
        drifting=("log population",), bootstrap=99, seed=seed,
    ).estimate()  # fmt: skip


def _simulate_map(runs: Runs, account: str, draw: int, scenario: Scenario, rng: np.random.Generator) -> Estimate:
    """its own map: the theory has no distances, so that this record is judged by the model of spread alone."""
    n = 120
    centre = np.column_stack([rng.uniform(30, 46, 15), rng.uniform(-120, -75, 15)])
    where = centre[rng.integers(15, size=n)] + rng.normal(0, 0.8, (n, 2))
    people = rng.normal(0, 1, n)
    distance = great_circle(where[:, 0], where[:, 1])
    alike = np.linalg.cholesky(np.exp(-distance / 270) + 1e-8 * np.eye(n)) @ rng.standard_normal(n)
    level = np.log([0.01, 0.02, 0.04, 0.1, 0.3, 0.5, 0.3, 0.25, 0.2, 0.2, 0.25, 0.3, 0.2])
    pushed = 0.8 if scenario.twist == "contagion" else 0.0
    first = simulate_spread(
        where[:, 0], where[:, 1], _SPREAD_DAYS, level=level - pushed, susceptibility=0.5 * people + 0.8 * alike,
        contagion=pushed, reach=100.0, half_life=2.0, seed=int(rng.integers(2**31)),
    )  # fmt: skip
    return fit_spread(
        first, where[:, 0], where[:, 1], days=_SPREAD_DAYS, covariates={"people": people}, bootstrap=39,
        interval=False, seed=int(rng.integers(2**31)),
    ).estimate()  # fmt: skip


def spread_of_2020() -> RecordTest:
    """Whether protest spread from place to place, so that distance slowed it, or arose everywhere at once (S11)."""
    return RecordTest(
        record=_RECORD,
        title="First protests in cities of 100,000 and more, by day, United States, 26 May to 7 June 2020",
        citation=data_set(_RECORD).citation,
        estimator="contagion between near places beyond shared news and unlike places; parametric bootstrap p",
        says="p",
        observe=_observe_spread,
        simulate=_simulate_map,
        asserting=(Scenario("contagion by distance", ("substitution",), "act:one community", "contagion"),),
        denying=(Scenario("shared news, places that differ", ("substitution",), "act:all communities", "news"),),
        data=(_RECORD,),
        draws=12,
    )


# -- X2: waves -------------------------------------------------------------------------------------------------------

_WAVES = "strongest wave of the detrended log series against red noise (AR(1) with white noise), whole band, simulation"


def _simulate_yearly(runs: Runs, account: str, draw: int, scenario: Scenario, rng: np.random.Generator) -> Estimate:
    turnout = runs.yearly(account, scenario.arm, "turnout", draw, long=scenario.arm.startswith("organised"))
    return wave_spectrum(reported(turnout, rng), unit="year", draws=199, seed=int(rng.integers(2**31))).estimate()


def _yearly(record: str, title: str, values: Callable[[], Array], arm: str, denied: str) -> RecordTest:
    return RecordTest(
        record=record,
        title=title,
        citation=citation(record),
        estimator=_WAVES,
        says="p",
        observe=lambda seed: wave_spectrum(values(), unit="year", seed=seed).estimate(),
        simulate=_simulate_yearly,
        asserting=(Scenario("either account", BOTH, arm),),
        denying=(Scenario("no fatigue", BOTH, denied),),
    )


def _observe_quarters(seed: int) -> Estimate:
    strikes = read_events(find_data("fmcs"), "fmcs").events.filter(pl.col("date") >= date(1984, 1, 1))
    workers = series(strikes, ["strike"], "quarter").sizes
    if workers is None:
        raise EstimationError("strikes without sizes", expected="numbers of workers")
    return wave_spectrum(np.nan_to_num(workers[:, 0]), unit="quarter", season=4, seed=seed).estimate()


def _simulate_quarters(runs: Runs, account: str, draw: int, scenario: Scenario, rng: np.random.Generator) -> Estimate:
    weeks = runs.long.series(account, scenario.arm, "turnout")[draw, SETTLE + 1 :]
    turnout = weeks[: 148 * 13].reshape(148, 13).mean(axis=1)
    # one strike in three goes unreported, and one large strike moves a quarter: the record's own scatter is about 0.5
    words = (turnout + EPSILON) * np.exp(rng.normal(0, 0.5, turnout.size))
    return wave_spectrum(words, unit="quarter", season=4, draws=199, seed=int(rng.integers(2**31))).estimate()


def waves_of_strikes() -> tuple[RecordTest, ...]:
    """Whether strikes come in waves beyond red noise: three records (X2)."""
    quarterly = RecordTest(
        record="fmcs",
        title="Workers in stoppages by quarter, United States 1984-2020",
        citation=data_set("fmcs").citation,
        estimator=_WAVES + "; season taken out",
        says="p",
        observe=_observe_quarters,
        simulate=_simulate_quarters,
        asserting=(Scenario("either account", BOTH, "organised"),),
        denying=(Scenario("no fatigue", BOTH, "organised:no fatigue"),),
        data=("fmcs",),
        draws=16,
    )
    return (
        _yearly(
            "us_major_stoppages_1970_2010", "Workers in major stoppages, US 1970-2010",
            lambda: column("us_major_stoppages_1970_2010", "workers"), "organised", "organised:no fatigue",
        ),
        _yearly(
            "russia_strikes_1895_1912", "Strikers, Russia 1895-1912", russian_strikers, "own acts",
            "unorganised:no fatigue",
        ),
        quarterly,
    )  # fmt: skip
