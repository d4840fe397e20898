"""The records as claims use them: arrays taken from the cases, and small estimators shared by several claims."""

from __future__ import annotations

import functools

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from groundswell.claims.designs import EPSILON, RUSSIA_YEARS
from groundswell.evidence.association import Estimate
from groundswell.evidence.cases.library import Case, load_case

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
    """Only the most spectacular acts enter a record: keep each with the probability that gives the recorded total."""
    total = acts.sum()
    return rng.binomial(acts.astype(int), min(1.0, expected / total)).astype(float) if total else acts


def level_change(before: ArrayLike, after: ArrayLike, unit: str = "log ratio", level: float = 0.95) -> Estimate:
    """The change in the mean logarithm between two short stretches of a series, with a pooled t interval.

    The spread is pooled within the stretches; days are taken as independent. Needs 2 values in each stretch.
    """
    a, b = np.log(np.asarray(before, float)), np.log(np.asarray(after, float))
    free = a.size + b.size - 2
    pooled = (a.var(ddof=1) * (a.size - 1) + b.var(ddof=1) * (b.size - 1)) / free
    se = float(np.sqrt(pooled * (1 / a.size + 1 / b.size)))
    value = float(b.mean() - a.mean())
    half = float(stats.t.ppf(0.5 + level / 2, free)) * se
    p = float(2 * stats.t.sf(abs(value) / se, free)) if se > 0 else 0.0
    return Estimate(
        value, value - half, value + half, p, a.size + b.size, "change in mean log level, pooled t interval", unit,
        passed=True, checks={"degrees of freedom": free}, level=level,
    )  # fmt: skip


def persistence(series: ArrayLike, level: float = 0.95) -> tuple[float, float]:
    """The lag-one autocorrelation of the logarithm of a yearly series about its straight line, and its standard error.

    Corrected for the bias (1 + 4 rho)/n of a short detrended series (Kendall 1954, with one more regressor).
    """
    y = np.log(np.asarray(series, float))
    t = np.arange(y.size)
    residual = y - np.polyval(np.polyfit(t, y, 1), t)
    rho = float((residual[1:] * residual[:-1]).sum() / (residual**2).sum())
    rho = float(np.clip(rho + (1 + 4 * rho) / y.size, -0.99, 0.99))
    return rho, float(np.sqrt(max(1 - rho * rho, 0.02) / y.size))


def difference(a: tuple[float, float], b: tuple[float, float], n: int, method: str, unit: str) -> Estimate:
    """The difference of two independent estimates, each (value, standard error), with a normal 95% interval."""
    value, se = a[0] - b[0], float(np.hypot(a[1], b[1]))
    p = float(2 * stats.norm.sf(abs(value) / se))
    return Estimate(value, value - 1.96 * se, value + 1.96 * se, p, n, method, unit, passed=True)
