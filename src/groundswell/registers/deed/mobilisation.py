"""Accommodated protests in Mass Mobilization, by size and by group of protesters."""

from __future__ import annotations

import functools
from dataclasses import replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from groundswell.claims.claim import RecordTest, Scenario
from groundswell.estimators.core import Estimate
from groundswell.estimators.statistics.regression import least_squares
from groundswell.records.events import read_events
from groundswell.records.registry import data_set, find_data
from groundswell.registers.deed.designs import ACT, BOTH, EPSILON, STEPS, Runs

_RECORD = "mass_mobilization"
_PROTESTS = 2000  # of a simulated record; the real one has 7,000, over countries that are not independent
_LEVEL = 0.05
_UNREPORTED = 0.3  # upper bound, for concessions to the smallest protests: no source, chosen generously
_WINDOW = 4  # weeks within which a concession counts as the answer to a protest


@functools.cache
def _protests() -> pl.DataFrame:
    """One row per protest, by country and date: country, year, actor, log size (geometric middle of its range), the log
    size of the country's next protest, and whether it was accommodated."""
    events = read_events(find_data(_RECORD), _RECORD).events
    granted = (
        events.filter(pl.col("kind") == "concession").select(pl.col("row")).unique().with_columns(granted=pl.lit(1.0))
    )
    size = ((pl.col("size_low").clip(1).log() + pl.col("size_high").clip(1).log()) / 2).alias("log_size")
    return (
        events.filter(pl.col("kind") == "protest")
        .join(granted, on="row", how="left", maintain_order="left")
        .select("country", "actor", "date", size, pl.col("granted").fill_null(0.0), year=pl.col("date").dt.year())
        .sort("country", "date", maintain_order=True)
        .with_columns(next_size=pl.col("log_size").shift(-1).over("country"))
    )


def _slope(granted: NDArray, term: NDArray, clusters: NDArray | list[str], name: str) -> Estimate:
    return least_squares(granted, {name: term}, clusters=clusters).estimate(name)


def _within(values: NDArray, *groups: NDArray) -> NDArray:
    """Values minus their group means, for several groupings at once (alternating projections)."""
    left = values.astype(float)
    counted = [(index, np.bincount(index)) for index in groups]
    for _ in range(200):
        before = left
        for index, n in counted:
            left = left - (np.bincount(index, left) / n)[index]
        if np.abs(left - before).max() < 1e-10:
            break
    return left


def _size_slope(granted: NDArray, size: NDArray, country: NDArray, *others: NDArray) -> Estimate:
    """The slope within countries (and years): whatever is constant in a country, or shared in a year, is held fixed."""
    groups = (country, *others)
    return _slope(_within(granted, *groups), _within(size, *groups), country, "log size")


def _observe_size(seed: int) -> Estimate:
    known = _protests().filter(pl.col("log_size").is_not_null())
    granted, size, country, year = _columns(known, "log_size")
    found = _size_slope(granted, size, country, year)
    larger = size >= np.log(100)  # the smallest class of the record, 50 to 99, is the least reliable
    index = np.unique(country[larger], return_inverse=True)[1]
    alone = _size_slope(granted[larger], size[larger], index, year[larger])
    after = _size_slope(*_columns(known.filter(pl.col("next_size").is_not_null()), "next_size"))
    speaks = after.p is not None and after.p < _LEVEL
    checks = {
        **found.checks,
        "without protests of fewer than 100": {"value": alone.value, "low": alone.low, "high": alone.high},
        "a later exposure": {
            "value": after.value, "low": after.low, "high": after.high, "p": after.p, "passed": not speaks,
        },
    }  # fmt: skip
    return replace(found, passed=found.passed and not speaks, checks=checks)


def _columns(protests: pl.DataFrame, size: str) -> tuple[NDArray, NDArray, NDArray, NDArray]:
    """Whether each protest was accommodated, its size, and codes of its country and year."""
    country, year = (
        protests[x].cast(pl.String).cast(pl.Categorical).to_physical().to_numpy() for x in ("country", "year")
    )
    return protests["granted"].to_numpy(), protests[size].to_numpy(), country.astype(np.int64), year.astype(np.int64)


def _observe_workers(seed: int) -> Estimate:
    protests = _protests().filter(pl.col("actor").is_in(["workers", "students"]))
    worker = (protests["actor"] == "workers").cast(pl.Float64).to_numpy()
    return _slope(protests["granted"].to_numpy(), worker, protests["country"].to_list(), "workers")


def _answered(runs: Runs, account: str, arm: str, draw: int) -> NDArray[np.float64]:
    """Whether a concession followed within four weeks, for each week after the model has settled."""
    given = runs.series(account, arm, "concessions")[draw, ACT:]
    sums = np.convolve(given, np.ones(_WINDOW), mode="full")[_WINDOW - 1 :]
    return (sums[: STEPS - ACT - _WINDOW] > 0).astype(float)


def _simulate_size(runs: Runs, account: str, draw: int, scenario: Scenario, rng: np.random.Generator) -> Estimate:
    """Weeks of many societies, each treated as a protest whose size is the turnout, clustered by society."""
    societies = rng.integers(runs.twins.design.draws, size=_PROTESTS // 50)
    granted, sizes, clusters = [], [], []
    for k, society in enumerate(societies):
        answered = _answered(runs, account, scenario.arm, int(society))
        weeks = rng.integers(answered.size, size=50)
        turnout = runs.series(account, scenario.arm, "turnout")[society, ACT:][weeks] + EPSILON
        granted.append(answered[weeks])
        sizes.append(np.log(turnout) + rng.normal(0, 0.5, weeks.size))  # sizes are known to a factor of about 1.6
        clusters += [k] * 50
    if scenario.twist:
        granted = [rng.permutation(np.concatenate(granted))]
    if scenario.twist == "reported":
        rank = np.concatenate(sizes).argsort().argsort() / (_PROTESTS - 1)
        granted = [granted[0] * (rng.random(rank.size) < 1 - rng.uniform(0, _UNREPORTED) * (1 - rank))]
    return _size_slope(np.concatenate(granted), np.concatenate(sizes), np.array(clusters))


def _simulate_workers(runs: Runs, account: str, draw: int, scenario: Scenario, rng: np.random.Generator) -> Estimate:
    """Protests drawn in proportion to each sector's turnout, accommodated or not by the society in which they occur."""
    societies = rng.integers(runs.twins.design.draws, size=_PROTESTS // 50)
    granted, worker, clusters = [], [], []
    for k, society in enumerate(societies):
        answered = _answered(runs, account, scenario.arm, int(society))
        for sector, name in ((0.0, "students"), (1.0, "workers")):
            turnout = runs.series(account, scenario.arm, name)[society, ACT : ACT + answered.size] + EPSILON
            weeks = rng.choice(answered.size, size=25, p=turnout / turnout.sum())
            granted.append(answered[weeks])
            worker.append(np.full(25, sector))
            clusters += [k] * 25
    labels = np.concatenate(worker)
    if scenario.twist == "shuffled":
        labels = rng.permutation(labels)
    return _slope(np.concatenate(granted), labels, np.array(clusters), "workers")


def accommodation_by_size() -> RecordTest:
    """Whether larger protests are accommodated more often (S7)."""
    return RecordTest(
        record=_RECORD,
        title="Accommodation of protests by size, 166 countries, 1990-2020",
        citation=data_set(_RECORD).citation,
        estimator="linear probability of accommodation on log size within countries and years, errors clustered by country",
        says="above",
        observe=_observe_size,
        simulate=_simulate_size,
        asserting=(Scenario("either account", BOTH, "organised"),),
        denying=(
            Scenario("concessions whatever the size", BOTH, "organised", "shuffled"),
            Scenario(
                "concessions whatever the size, those to small protests reported less", BOTH, "organised", "reported"
            ),
        ),
        placebo="the size of the country's next protest",
        data=(_RECORD,),
    )


def accommodation_of_workers() -> RecordTest:
    """Whether protests of workers are accommodated more often than those of students (S9)."""
    return RecordTest(
        record=_RECORD,
        title="Accommodation of protests by workers and by students, 1990-2020",
        citation=data_set(_RECORD).citation,
        estimator="linear probability of accommodation, workers minus students, errors clustered by country",
        says="above",
        observe=_observe_workers,
        simulate=_simulate_workers,
        asserting=(Scenario("either account", BOTH, "organised"),),
        denying=(Scenario("labels shuffled", BOTH, "organised", "shuffled"),),
        data=(_RECORD,),
    )
