"""The weight of evidence: densities of an estimate under rival scenarios, with their Monte Carlo error.

Under a scenario with simulated estimates x_1..x_m (of n records; the others gave no estimate) the density of v is

    p(v) = (m + 1/2) / (n + 1) * [sum_i K_h(v - x_i) + b(v) / 2] / (m + 1/2),

with Gaussian kernels K_h (Silverman's width) and half an observation spread widely: b is a Student t with 3 degrees of
freedom about the median of all scenarios, as wide as they are apart. So a value that was never simulated is unlikely
but not impossible. The variance of log p is that of the sum over draws; the half observation counts as a gamma variate.

    weight = max over asserting p(v) / max over denying p(v)

A scenario fits if v is no outlier among its estimates (two-sided p of a new one, Student t, at least 5%).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

from groundswell.claims.claim import Direction
from groundswell.estimators.core import Estimate

Floats = NDArray[np.float64]
FITS = 0.05  # a scenario under which an estimate this extreme is rarer does not produce such records
SURE = 1.645  # standard errors of a log weight by which it must clear a threshold: 95%, one-sided
_PRIOR = 0.5  # observations that stand for values that were never simulated


def statistic(estimate: Estimate | None, says: Direction) -> float:
    """The number whose density is computed: the estimate, or the normal score of its p-value; NaN if there is none."""
    if estimate is None:
        return math.nan
    if says == "p":
        return math.nan if estimate.p is None else -float(special.ndtri(min(max(estimate.p, 1e-9), 1 - 1e-9)))
    return math.nan if estimate.value is None else float(estimate.value)


@dataclass(frozen=True)
class Sample:
    """Simulated estimates under one scenario: the finite `values` among `n` records."""

    name: str
    asserts: bool
    values: Floats
    n: int

    @cached_property
    def width(self) -> float:
        """Silverman's bandwidth; 0 for fewer than two values or equal values."""
        if self.values.size < 2:
            return 0.0
        quartiles = np.subtract(*np.quantile(self.values, [0.75, 0.25])) / 1.34
        spread = float(self.values.std(ddof=1))
        return 0.9 * (min(spread, float(quartiles)) or spread) * self.values.size**-0.2

    def fits(self, v: float, left_out: int | None = None) -> float:
        """Two-sided p of an estimate as extreme as v, if one more were simulated under this scenario."""
        x = self.values if left_out is None else np.delete(self.values, left_out)
        if not math.isfinite(v):
            return (self.n - self.values.size + _PRIOR) / (self.n + 1)
        if x.size < 3:
            return 1.0  # too few to call anything an outlier
        spread = float(x.std(ddof=1)) * math.sqrt(1 + 1 / x.size)
        if spread == 0:
            return 1.0 if v == x[0] else 0.0
        p = 2 * float(special.stdtr(x.size - 1, -abs(v - float(x.mean())) / spread))
        if x.size < 40:
            return p
        rank = 2 * (min(int((x <= v).sum()), int((x >= v).sum())) + 0.5) / (x.size + 1)
        return max(p, min(rank, 1.0))


@dataclass(frozen=True)
class Weighed:
    """The weight of one estimate.

    Parameters
    ----------
    weight : how many times likelier it is where the claim holds, under the best scenario on each side.
    error : Monte Carlo standard error of its logarithm.
    asserting, denying : the scenarios on either side that account for it best.
    fits : the p-value of the estimate under every scenario, by name.
    """

    weight: float
    error: float
    asserting: str
    denying: str
    fits: dict[str, float] = field(default_factory=dict)

    @property
    def fitting(self) -> list[str]:
        """The scenarios that produce such records."""
        return [name for name, p in self.fits.items() if p >= FITS]

    def above(self, threshold: float) -> bool:
        """Whether the weight clears a threshold by more than its Monte Carlo error."""
        return math.log(self.weight) - SURE * self.error >= math.log(threshold)

    def below(self, threshold: float) -> bool:
        """Whether the weight lies below a threshold by more than its Monte Carlo error."""
        return math.log(self.weight) + SURE * self.error <= math.log(threshold)


class Scales:
    """The scenarios of one test, with what their densities share: the wide half observation and a minimum width."""

    def __init__(self, samples: Sequence[Sample]) -> None:
        self.samples = tuple(samples)
        every = np.concatenate([s.values for s in samples]) if samples else np.zeros(0)
        self.centre = float(np.median(every)) if every.size else 0.0
        apart = float(np.ptp(np.quantile(every, [0.05, 0.95]))) if every.size else 0.0
        self.spread = max(apart / 2, 1e-9)
        self.least = 0.02 * self.spread  # values that are all alike are known to 2% of the spread between scenarios

    def log_density(self, sample: Sample, v: float, left_out: int | None = None) -> tuple[float, float]:
        """Logarithm of the density of v under a scenario, and its Monte Carlo variance."""
        n = sample.n - (left_out is not None)
        if not math.isfinite(v):
            missing = n - sample.values.size + (left_out is not None)
            share = (missing + _PRIOR) / (n + 1)
            return math.log(share), (1 - share) / (share * (n + 1))
        x = sample.values if left_out is None else np.delete(sample.values, left_out)
        h = max(sample.width, self.least)
        kernels = np.exp(-0.5 * ((v - x) / h) ** 2) / (h * math.sqrt(2 * math.pi))
        wide = float(self._wide(v))
        total = float(kernels.sum()) + _PRIOR * wide
        scatter = float(((kernels - kernels.mean()) ** 2).sum()) if x.size else 0.0
        variance = (scatter + _PRIOR * wide**2) / total**2
        return math.log(total / (n + 1)), variance

    def _wide(self, v: float | Floats) -> Any:
        """The density of the wide half observation: Student's t with 3 degrees of freedom; of the shape of `v`."""
        t = (v - self.centre) / self.spread
        return 2 / (math.pi * math.sqrt(3) * (1 + t * t / 3) ** 2) / self.spread

    def own_log_weights(self, k: int) -> tuple[Floats, Floats]:
        """Log weights of the estimates of scenario `k`, each as if it were the record's, and their standard errors.

        The same as `weigh` gives one by one, each left out of its own scenario; shapes (values,).
        """
        v = self.samples[k].values
        wide = self._wide(v)
        best: dict[bool, tuple[Floats, Floats]] = {}
        for index, sample in enumerate(self.samples):
            own, x = index == k, sample.values
            h = max(sample.width, self.least)
            kernels = np.exp(-0.5 * ((v[:, None] - x) / h) ** 2) / (h * math.sqrt(2 * math.pi))
            if own:
                np.fill_diagonal(kernels, 0.0)
            size = max(x.size - own, 1)
            sums = kernels.sum(axis=1)
            scatter = (kernels**2).sum(axis=1) - sums**2 / size
            total = sums + _PRIOR * wide
            log_p = np.log(total / (sample.n - own + 1))
            variance = (np.maximum(scatter, 0.0) + _PRIOR * wide**2) / total**2
            if sample.asserts in best:
                before, its_variance = best[sample.asserts]
                better = log_p > before
                log_p, variance = np.where(better, log_p, before), np.where(better, variance, its_variance)
            best[sample.asserts] = (log_p, variance)
        log_weight = np.clip(best[True][0] - best[False][0], -50.0, 50.0)
        return log_weight, np.sqrt(best[True][1] + best[False][1])

    def weigh(self, v: float, own: tuple[int, int] | None = None) -> Weighed:
        """The weight of an estimate; `own` = (scenario, draw) leaves that draw out if it is the estimate itself."""
        best: dict[bool, tuple[float, float, str]] = {}
        fits = {}
        for k, sample in enumerate(self.samples):
            out = own[1] if own is not None and own[0] == k else None
            log_p, variance = self.log_density(sample, v, out)
            fits[sample.name] = sample.fits(v, out)
            if sample.asserts not in best or log_p > best[sample.asserts][0]:
                best[sample.asserts] = (log_p, variance, sample.name)
        yes, no = best[True], best[False]
        log_weight = min(max(yes[0] - no[0], -50.0), 50.0)
        return Weighed(math.exp(log_weight), math.sqrt(yes[1] + no[1]), yes[2], no[2], fits)
