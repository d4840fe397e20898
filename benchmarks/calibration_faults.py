"""Worlds on which estimators used to be fooled, each a row of the calibration table.

Unequal panels, sparse maps, series that fall silent, short records with memory, and acts one after another.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from calibration_estimators import Outcome, Row, estimator, outcome
from trials import Trial

Rng = np.random.Generator
Make = Callable[[Rng], tuple[Any, float]]


def remembering(rng: Rng, n: int, memory: float) -> np.ndarray:
    """An autoregression of n values; with memory 1 a random walk."""
    if memory == 1:
        return np.cumsum(rng.normal(size=n))
    x = np.zeros(n + 60)
    for t in range(1, n + 60):
        x[t] = memory * x[t - 1] + rng.normal()
    return x[60:]


@estimator("synthetic control, one place")
def synthetic_one() -> Iterator[Row]:
    """One treated place that is larger than its donors, or moves more with the tide that all share (E9)."""

    def estimate(z: np.ndarray, seed: int) -> Outcome:
        from groundswell.estimators.response.synthetic_control import synthetic_control

        found = synthetic_control(z[:, 0], z[:, 1:], 53, before=52, after=26)
        return outcome(found.effect, found.passed, cdf=True)

    def simulate(rates: Sequence[float], load: float, effect: float) -> Make:
        def make(rng: Rng) -> tuple[np.ndarray, float]:
            tide = np.cumsum(rng.normal(0, 0.08, 80))
            loads = np.r_[load, np.ones(len(rates) - 1)] * rng.uniform(0.5, 1.5, len(rates))
            mean = np.asarray(rates) * np.exp(np.outer(tide, loads))
            mean[54:66, 0] *= math.exp(effect)
            return rng.poisson(mean).astype(float), effect

        return make

    equal = [20.0] * 24  # the least p is 1 / 24
    mixed = np.geomspace(1, 100, 24)[np.r_[11, 0:11, 12:24]].tolist()
    for words, rates, load, question in (
        ("equal places", equal, 1.0, "false positives"),
        ("treated twenty times larger", [60.0, *[3.0] * 23], 1.0, "verdicts"),
        ("treated twice as large", [40.0, *equal[1:]], 1.0, "false positives"),
        ("treated moves twice as much", equal, 2.0, "false positives"),
        ("places of 1 to 100 a step", mixed, 1.0, "false positives"),
    ):
        trial = Trial(f"one place: {words}", simulate(rates, load, 0.0), estimate)
        yield Row(f"{words}, 24 places", trial, (question,))
    trial = Trial("one place: known", simulate(equal, 1.0, 0.7), estimate)
    yield Row("+0.7, 24 equal places", trial, ("recovery", "coverage", "power"), 0.6)


@estimator("distributed lags")
def lags() -> Iterator[Row]:
    """Acts in two of five steps; each adds as much to the log mean of the twelve steps after it."""

    def estimate(record: tuple[np.ndarray, np.ndarray], seed: int) -> Outcome:
        from groundswell.estimators.response.deconvolution import distributed_lags

        found = distributed_lags(*record, shifts=199, seed=seed)
        return outcome(found.first, found.passed, cdf=True)

    def simulate(effect: float, tide: float, steps: int = 520) -> Make:
        def make(rng: Rng) -> tuple[Any, float]:
            acts = rng.poisson(0.4, steps).astype(float)
            level = np.full(steps, -4.8 * effect)
            for lag in range(1, 13):
                level[lag:] += effect * acts[:-lag]
            swing = np.zeros(steps)
            for t in range(1, steps):
                swing[t] = 0.95 * swing[t - 1] + tide * rng.normal()
            return (rng.poisson(5 * np.exp(level + swing)).astype(float), acts), effect

        return make

    for tide, words in ((0.0, "no tide"), (0.12, "a tide"), (0.3, "a strong tide")):
        trial = Trial(f"lags: {words}", simulate(0.0, tide), estimate)
        yield Row(f"{words}, 520 weeks", trial, ("false positives", "verdicts"))
    trial = Trial("lags: known", simulate(0.12, 0.1), estimate)
    yield Row("0.12 an act, a tide, 520 weeks", trial, ("recovery", "coverage", "power"))


@estimator("rare counts")
def rare() -> Iterator[Row]:
    """A date with hardly an event on one side of it, or on both (E8)."""

    def estimate(y: np.ndarray, seed: int) -> Outcome:
        from groundswell.estimators.response.interrupted import interrupted_series

        return outcome(interrupted_series(y, 120, season=False).effect)

    def simulate(before: float, after: float, shape: float) -> Make:
        def make(rng: Rng) -> tuple[np.ndarray, float]:
            mean = np.where(np.arange(200) > 120, after, before)
            return rng.poisson(rng.gamma(shape, mean / shape)).astype(float), math.log(after / before)

        return make

    for rate, shape, words in ((0.05, 100.0, "independent"), (0.05, 1.0, "clumped"), (0.1, 1.0, "clumped")):
        trial = Trial(f"rare: {rate} {words}", simulate(rate, rate, shape), estimate)
        yield Row(f"{rate} a step, {words}, 200 steps", trial, ("false positives",), 2.0)
    trial = Trial("rare: fall", simulate(5.0, 0.02, 100.0), estimate)
    yield Row("from 5 a step to 0.02, 200 steps", trial, ("coverage", "power"))


@estimator("labels shifted in time")
def shifted() -> Iterator[Row]:
    """A dozen years with memory and clumped labels (E11)."""

    def estimate(record: tuple[np.ndarray, np.ndarray], seed: int) -> Outcome:
        from groundswell.estimators.statistics.association import permutation_difference

        return outcome(permutation_difference(*record, order="time", seed=seed))

    def simulate(memory: float) -> Make:
        def make(rng: Rng) -> tuple[Any, float]:
            x = remembering(rng, 18, memory)
            labels = np.zeros(16, dtype=bool)
            labels[[5, 6, 7, 8, 9, 10, 14]] = True
            return ((x[1:-1] + x[2:]) / 2 - x[:-2], labels), math.nan

        return make

    for memory in (0.0, 0.5, 0.8, 1.0):
        trial = Trial(f"shifted: {memory}", simulate(memory), estimate)
        yield Row(f"memory {memory}, 16 years", trial, ("false positives",), 4.0)


@estimator("persistence, differences")
def persistences() -> Iterator[Row]:
    """Two series of unlike length with one memory, and with two (E12)."""

    def estimate(record: tuple[np.ndarray, np.ndarray], seed: int) -> Outcome:
        from groundswell.estimators.statistics.levels import difference, persistence

        a, b = (persistence(np.exp(x)) for x in record)
        return outcome(difference(a, b, record[0].size + record[1].size, "difference", "autocorrelation"))

    def simulate(first: float, second: float) -> Make:
        return lambda rng: ((remembering(rng, 41, first), remembering(rng, 18, second)), first - second)

    for memory in (0.0, 0.5, 0.8, 0.95, 1.0):
        trial = Trial(f"persistence: {memory}", simulate(memory, memory), estimate)
        yield Row(f"both {memory}, 41 and 18 years", trial, ("false positives", "coverage"), 2.0)
    trial = Trial("persistence: known", simulate(0.9, -0.3), estimate)
    yield Row("0.9 and -0.3, 41 and 18 years", trial, ("coverage", "power"), 2.0)


@estimator("growth rate under a random walk")
def growth() -> Iterator[Row]:
    """A series that drifts without growing (E12)."""

    def estimate(record: Any, seed: int) -> Outcome:
        from groundswell.estimators.statistics.association import growth_rate

        return outcome(growth_rate(*record, seed=seed, draws=1000))

    def simulate(n: int, memory: float, rate: float) -> Make:
        def make(rng: Rng) -> tuple[Any, float]:
            y = np.exp(4 + 0.3 * remembering(rng, n, memory) + rate * np.arange(n))
            return (y * rng.uniform(0.7, 1.0, n), y * rng.uniform(1.0, 1.4, n), np.arange(float(n))), rate

        return make

    for n in (5, 10, 20):
        for memory in (0.7, 1.0):
            trial = Trial(f"growth: {n} {memory}", simulate(n, memory, 0.0), estimate)
            yield Row(f"memory {memory}, {n} ranges", trial, ("false positives", "coverage"))
    trial = Trial("growth: known", simulate(16, 0.0, 0.2), estimate)
    yield Row("rate 0.2, 16 ranges", trial, ("recovery", "coverage", "power"))


@estimator("spread over null maps")
def null_maps() -> Iterator[Row]:
    """Places that start by chance, on few days or many, on small maps and larger ones (E5)."""

    def estimate(record: Any, seed: int) -> Outcome:
        from groundswell.estimators.waves.diffusion import fit_spread

        onset, latitude, longitude, days = record
        found = fit_spread(onset, latitude, longitude, days=days, bootstrap=39, interval=False, seed=seed)
        return Outcome(found.contagion, p=found.p, passed=found.passed)

    def simulate(places: int, days: int, bend: float) -> Make:
        def make(rng: Rng) -> tuple[Any, float]:
            latitude, longitude = rng.uniform(48, 54, places), rng.uniform(7, 14, places)
            onset = np.floor(1.25 * days * rng.uniform(size=places) ** bend)
            return (np.where(onset < days, onset, np.nan), latitude, longitude, days), 0.0

        return make

    for places, days, bend, words in (
        (100, 80, 0.6, "an onset a day"), (60, 90, 0.6, "fewer onsets than days"), (100, 12, 1.0, "eight onsets a day"),
        (40, 20, 1.0, "a small map"), (200, 20, 1.0, "a large map"),
    ):  # fmt: skip
        trial = Trial(f"null map: {words}", simulate(places, days, bend), estimate)
        yield Row(f"{words}, {places} places, {days} days", trial, ("false positives",), 0.25)
