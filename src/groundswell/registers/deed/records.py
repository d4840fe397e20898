"""The records as claims use them: arrays from the cases, and small estimators shared by several claims."""

from __future__ import annotations

import functools

import numpy as np
import polars as pl
from numpy.typing import NDArray

from groundswell.records.cases.library import Case, load_case
from groundswell.registers.deed.designs import EPSILON, RUSSIA_YEARS

REPORTING_ERROR = 0.1  # sd of the logarithm of a reported total; the sources of one Russian year differ by 10-20%


@functools.cache
def case(name: str) -> Case:
    """A case, read once."""
    return load_case(name)


def citation(name: str) -> str:
    """The citation of a case."""
    return case(name).citation


def column(name: str, of: str) -> NDArray[np.float64]:
    """One numeric column of a case, shape (rows,)."""
    return case(name).frame[of].cast(pl.Float64).to_numpy()


def russian_strikers() -> NDArray[np.float64]:
    """Strikers by year, 1895-1912."""
    return column("russia_strikes_1895_1912", "strikers")


def russian_acts() -> NDArray[np.float64]:
    """Acts against the highest offices by year, 1895-1912."""
    frame = case("russia_acts_1895_1912").frame
    acts = np.zeros(RUSSIA_YEARS)
    for year, count in frame.select("year", "acts").iter_rows():
        acts[int(year) - 1895] += count
    return acts


def reported(turnout: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    """A turnout series as a source would report it: with a multiplicative error."""
    return (turnout + EPSILON) * np.exp(rng.normal(0.0, REPORTING_ERROR, turnout.shape))


def thinned(acts: NDArray[np.float64], expected: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """Only the most spectacular acts enter a record: keep each with the probability that yields the recorded total."""
    total = acts.sum()
    return rng.binomial(acts.astype(int), min(1.0, expected / total)).astype(float) if total else acts
