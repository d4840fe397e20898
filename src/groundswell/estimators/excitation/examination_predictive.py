"""Does the fitted model produce records like the one it was fitted to, in ways that it was not fitted to?

Series are simulated from the fit, and what is measured in the record (its zeros, its largest step, its longest
quiet, its memory) is compared with the same in them. The parameters are those of the fit, so a record looks a
little too typical: the checks are conservative, as goodness of fit always is on fitted data.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from groundswell.draws import derive_seed
from groundswell.estimators.core import Check
from groundswell.estimators.excitation.baseline import STEPS_PER_YEAR
from groundswell.estimators.excitation.counts import read_counts
from groundswell.estimators.excitation.discrete_simulation import simulated_series
from groundswell.estimators.excitation.examination_sensitivity import Progress, counts_of
from groundswell.estimators.excitation.outcome import ExcitationFit
from groundswell.estimators.excitation.placebo_order import course
from groundswell.results import Result, plain

LAGS = 8
_LEVEL = 0.05
_CHUNK = 4_000_000  # numbers held at once: 32 MB
_BAND = float(stats.kstwobign.ppf(1 - _LEVEL))  # of the largest departure of a Brownian bridge


@dataclass(frozen=True)
class PredictedStatistic(Result):
    """One quantity measured in the record, and in the records that the fit predicts.

    Parameters
    ----------
    name : what; of : the kind, or the two kinds.
    observed : of the record; an array where the quantity is a curve (by lag, by year).
    low, middle, high : 2.5%, 50% and 97.5% of the simulated records; shaped as `observed`.
    p : two-sided; of a curve, that of its largest standardised departure.
    """

    name: str
    of: str
    observed: np.ndarray
    low: np.ndarray
    middle: np.ndarray
    high: np.ndarray
    p: float


@dataclass(frozen=True)
class Predictions(Result):
    """All predictive checks of a fit.

    Parameters
    ----------
    checks : of each kind: total, share of steps without events, largest step, variance over mean within years (mean
        over years, and by year), autocorrelation at lags 1 to 8, longest quiet, largest burst; of each pair:
        cross-correlation at lags -8 to 8 (positive: the first kind before the second).
    p : the smallest p-value times their number (Holm's first step), at most 1.
    passed : p >= 0.05.
    draws : simulated records; 0 where none could be made (see `notes`).
    """

    checks: tuple[PredictedStatistic, ...]
    p: float
    passed: bool
    draws: int
    notes: tuple[str, ...]

    derived = ("rule", "answer")
    rule = "passed when the smallest p-value times the number of checks is at least 0.05 (Holm)"

    @property
    def answer(self) -> str:
        """One sentence."""
        if not self.checks:
            return f"No records could be predicted: {'; '.join(self.notes)}."
        worst = min(self.checks, key=lambda c: c.p)
        if self.passed:
            return f"The record is like those the fit predicts in {len(self.checks)} ways (p = {self.p:.2g})."
        return f"The record is unlike those the fit predicts: {worst.name} of {worst.of} (p = {self.p:.2g})."


# --- what is measured in a record: from counts of shape (copies, T) --------------------------------------------------


def longest_quiet(y: np.ndarray) -> np.ndarray:
    """Longest run of steps without events; shape (copies,)."""
    run, longest = np.zeros(y.shape[0]), np.zeros(y.shape[0])
    for t in range(y.shape[1]):
        run = np.where(y[:, t] == 0, run + 1, 0)
        np.maximum(longest, run, out=longest)
    return longest


def largest_burst(y: np.ndarray, length: int) -> np.ndarray:
    """Most events in this many consecutive steps; shape (copies,)."""
    sums = np.cumsum(np.pad(y, ((0, 0), (1, 0))), axis=1)
    return (sums[:, length:] - sums[:, :-length]).max(axis=1)


def variance_to_mean(y: np.ndarray, length: int) -> np.ndarray:
    """Variance over mean within each stretch (a year); 1 where nothing happened. Shape (copies, years)."""
    years = max(1, y.shape[1] // length)
    cut = np.array_split(y, years, axis=1)
    mean = np.stack([part.mean(axis=1) for part in cut], axis=1)
    spread = np.stack([part.var(axis=1, ddof=1) for part in cut], axis=1)
    return np.where(mean > 0, spread / np.maximum(mean, 1e-12), 1.0)


def correlations(a: np.ndarray, b: np.ndarray, lags: range) -> np.ndarray:
    """Correlation of a with b this many steps later; shape (copies, lags). Inputs (copies, T), as departures."""
    a, b = a - a.mean(axis=1, keepdims=True), b - b.mean(axis=1, keepdims=True)
    scale = np.sqrt(np.maximum((a**2).sum(axis=1) * (b**2).sum(axis=1), 1e-300))
    T = a.shape[1]
    found = [(a[:, max(0, -lag) : T - max(0, lag)] * b[:, max(0, lag) : T - max(0, -lag)]).sum(axis=1) for lag in lags]
    return np.stack(found, axis=1) / scale[:, None]


def _described(y: np.ndarray, mean: np.ndarray, deviation: np.ndarray, year: int, burst: int) -> list[np.ndarray]:
    """Everything measured of counts (copies, T, K), in the order of `_names`."""
    K = y.shape[2]
    x = (y - mean) / deviation
    out: list[np.ndarray] = []
    for k in range(K):
        v = y[:, :, k]
        by_year = variance_to_mean(v, year)
        out += [v.sum(axis=1), (v == 0).mean(axis=1), v.max(axis=1), by_year.mean(axis=1), by_year]
        out += [correlations(x[:, :, k], x[:, :, k], range(1, LAGS + 1)), longest_quiet(v), largest_burst(v, burst)]
    for j in range(K):
        out += [correlations(x[:, :, j], x[:, :, k], range(-LAGS, LAGS + 1)) for k in range(j + 1, K)]
    return out


def _names(kinds: tuple[str, ...], step: str, burst: int) -> list[tuple[str, str]]:
    names = [
        "total",
        f"share of {step}s without events",
        f"largest {step}",
        "variance over mean within years",
        "variance over mean by year",
        f"autocorrelation, lags 1 to {LAGS}",
        "longest quiet",
        f"most events in {burst} {step}s",
    ]
    found = [(name, repr(kind)) for kind in kinds for name in names]
    across = f"cross-correlation, lags -{LAGS} to {LAGS}"
    for j, first in enumerate(kinds):
        found += [(across, f"{first!r} and {second!r}") for second in kinds[j + 1 :]]
    return found


def two_sided(observed: np.ndarray, simulated: np.ndarray) -> float:
    """p-value of a number among simulated ones; of a curve, of its largest standardised departure among theirs."""
    if observed.ndim == 0:
        above, below = np.sum(simulated >= observed - 1e-12), np.sum(simulated <= observed + 1e-12)
        return float(min(1.0, 2 * (1 + min(above, below)) / (simulated.size + 1)))
    centre, scale = simulated.mean(axis=0), np.maximum(simulated.std(axis=0), 1e-12)
    far = float(np.abs((observed - centre) / scale).max())
    theirs = np.abs((simulated - centre) / scale).max(axis=1)
    return float((1 + np.sum(theirs >= far - 1e-12)) / (theirs.size + 1))


def predict(
    counts: ArrayLike,
    record: ExcitationFit,
    *,
    draws: int = 1999,
    seed: int = 0,
    progress: Progress | None = None,
) -> Predictions:
    """Simulate records from a fit, and compare the record with them in ways that the fit was not made to match.

    Parameters
    ----------
    counts : shape (T,) or (T, K), as the fit had them.
    record : the fit.
    draws : simulated records; at least enough for Holm's rule to reject, 40 for each check.
    progress : called with ("predictive", done, total).

    Returns
    -------
    `Predictions`. Many checks are made, so the rule is Holm's: none may have a p-value below 5% over their number.

    Known limits: parameters are fixed at the fit (a parametric, not a Bayesian check), which is conservative; a record
    is compared from step ``lead`` on, simulated ones start from its own first steps.
    Source: Gelman, Meng & Stern (1996), Statistica Sinica 6:733-760.
    """
    y = counts_of(counts, record)
    K = y.shape[1]
    if record.spectral_radius >= 1:
        return Predictions((), math.nan, False, 0, ("the fitted process explodes (spectral radius at least 1)",))
    lead = record.lead
    mean, deviation = course(y, record)
    rng = np.random.default_rng(derive_seed(seed, "predicted records"))
    start = np.repeat(y[:lead].mean(axis=0)[:, None], K, axis=1)
    soft = 0.1 * y.mean(axis=0) if record.inhibition else None

    def more(copies: int) -> np.ndarray:
        n, half, spread = record.branching, record.half_life, record.dispersion
        return simulated_series(record.baseline_mean, n, half, spread, y[:lead], start, copies, rng, soft)[:, lead:]

    return compared(y[lead:], mean, deviation, record, more, draws, progress)


def compared(
    y: np.ndarray,
    mean: np.ndarray,
    deviation: np.ndarray,
    record: ExcitationFit,
    more: Callable[[int], np.ndarray],
    draws: int,
    progress: Progress | None,
) -> Predictions:
    """A record (T, K) compared with simulated ones, of which ``more`` makes this many copies (copies, T, K)."""
    T, K = y.shape
    kinds, year = record.kinds, round(STEPS_PER_YEAR[record.step])
    burst = 4 if record.step == "week" else 7
    names = _names(kinds, record.step, burst)
    draws = max(draws, 40 * len(names))
    observed = [v[0] for v in _described(y[None], mean, deviation, year, burst)]
    parts: list[list[np.ndarray]] = []
    done = 0
    while done < draws:
        if progress:
            progress("predictive", done, draws)
        copies = min(draws - done, max(50, _CHUNK // (T * K)))
        parts.append(_described(more(copies), mean, deviation, year, burst))
        done += copies
    if progress:
        progress("predictive", draws, draws)
    checks = []
    for i, (name, of) in enumerate(names):
        simulated = np.concatenate([part[i] for part in parts])
        low, middle, high = np.quantile(simulated, [0.025, 0.5, 0.975], axis=0)
        checks.append(
            PredictedStatistic(
                name,
                of,
                np.asarray(observed[i], dtype=np.float64),
                np.asarray(low),
                np.asarray(middle),
                np.asarray(high),
                two_sided(np.asarray(observed[i], dtype=np.float64), simulated),
            )
        )
    p = min(1.0, len(checks) * min(c.p for c in checks))
    return Predictions(tuple(checks), p, p >= _LEVEL, draws, ())


# --- residual process -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ResidualProcess(Result):
    """Counts minus their conditional means, added up over the record, for a plot.

    Parameters
    ----------
    kinds : K of them.
    path : shape (T - lead, K); ``sum_{s <= t} (y - mean) / sqrt(sum_s variance)``, minus the line to its end.
    band : a right model stays within -band .. band in 95% of records (a Brownian bridge).
    first_step : the step of the first row.
    checks : by kind, the largest departure; conservative, since the baseline was fitted to the same counts.
    """

    kinds: tuple[str, ...]
    path: np.ndarray
    band: float
    first_step: int
    checks: dict[str, Check]

    derived = ("passed",)

    @property
    def passed(self) -> bool:
        return all(c.passed for c in self.checks.values())

    def to_dict(self) -> dict[str, Any]:
        return {**super().to_dict(), "path": plain(np.round(self.path, 5))}


def residual_process(counts: ArrayLike, record: ExcitationFit) -> ResidualProcess:
    """Where in the record the model runs ahead of the events, or behind them.

    ``M(t) = sum_{s <= t} (y_s - mean_s)``, over the square root of its variance at the end, minus its own straight
    line; under a right model nearly a Brownian bridge in the share of variance accumulated. Its largest departure has
    Kolmogorov's distribution; the level is shared among kinds.

    Parameters
    ----------
    counts, record : the record and its fit.

    Returns
    -------
    `ResidualProcess`.
    """
    y, seen, kinds = read_counts(counts, record.kinds)
    mean = record.mean[record.lead :]
    variance = np.where(seen[record.lead :], mean + record.dispersion * mean**2, 0.0)
    total = variance.sum(axis=0)
    path = np.cumsum(np.nan_to_num(y[record.lead :] - mean), axis=0) / np.sqrt(total)
    path = path - path[-1] * np.cumsum(variance, axis=0) / total
    checks = {}
    for k, kind in enumerate(kinds):
        far = float(np.abs(path[:, k]).max())
        checks[kind] = Check(
            "residual process",
            far,
            float(stats.kstwobign.sf(far)),
            "largest departure, Kolmogorov",
            _LEVEL / len(kinds),
        )
    return ResidualProcess(kinds, path, _BAND, record.lead, checks)
