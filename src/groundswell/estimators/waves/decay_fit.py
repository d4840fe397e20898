"""The result of a fit of decay."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from groundswell.estimators.core import Check, Checked, Estimate


class HalfLife(NamedTuple):
    """A half-life with its interval, in periods; infinite where decay is not certain."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class DecayFit(Checked):
    """Decay pooled over episodes.

    Parameters
    ----------
    what : "sizes" or "counts".
    rate, low, high : mean rate of decay per period over episodes (log units; negative: growth).
    p : of no decay on average, two-sided.
    between : standard deviation of the rates between episodes.
    effects : covariate -> `Estimate` of its effect on the rate, per unit (negative: lasts longer).
    episodes, values : how many were used.
    missing : share of the values whose size was not known and was imputed.
    excluded : episodes left out, by reason.
    curve : typical course after the peak, for a plot.
    sensitivity : the pooled rate under other assumptions.
    course : "exponential", or "power", whose rate is per unit of log(1 + time), its half-life counted from the peak.
    log_likelihood : of the counts given their totals; None for sizes.
    """

    what: str
    rate: float
    low: float
    high: float
    p: float
    between: float
    effects: Mapping[str, Estimate]
    episodes: int
    values: int
    missing: float
    excluded: Mapping[str, int]
    unit: str
    checks: tuple[Check, ...]
    method: str
    curve: Mapping[str, object] = field(default_factory=dict)
    sensitivity: tuple[Mapping[str, object], ...] = ()
    course: str = "exponential"
    log_likelihood: float | None = None
    level: float = 0.95

    derived = ("half_life", "answer", "passed")

    @property
    def half_life(self) -> HalfLife:
        """Half-life at the mean rate, with low and high; infinite where decay is not certain."""

        def half(rate: float) -> float:
            if rate <= 0.01:  # a power law this flat has not halved in any record
                return math.inf if rate <= 0 or self.course == "power" else math.log(2) / rate
            return 2 ** (1 / rate) - 1 if self.course == "power" else math.log(2) / rate

        low, value, high = (half(r) for r in (self.high, self.rate, self.low))
        return HalfLife(value, low, high)

    @property
    def answer(self) -> str:
        """One plain sentence, caveats first."""
        mid, low, high = self.half_life
        noun = "sizes" if self.what == "sizes" else "events"
        if self.failing:
            return (
                f"No verdict: one rate of decay does not describe {noun} in these {self.episodes} episodes "
                f"({self.failing}); the pooled rate would have been {self.rate:.2g} per {self.unit}."
            )
        if self.low > 0:
            until = f"{high:.2g}" if math.isfinite(high) else "no end"
            return (
                f"Over {self.episodes} episodes {noun} halved in about {mid:.2g} {self.unit}s ({low:.2g} to {until}) "
                f"after the peak; rates differ between episodes by {self.between:.2g} per {self.unit} (sd)."
            )
        if self.high < 0:
            return f"Over {self.episodes} episodes {noun} grew after the peak, by {-self.rate:.2g} per {self.unit}."
        return (
            f"Whether {noun} decayed over these {self.episodes} episodes cannot be determined: the rate is "
            f"{self.rate:.2g} "
            f"({self.low:.2g} to {self.high:.2g}) per {self.unit}."
        )

    def estimate(self) -> Estimate:
        """The pooled rate as an `Estimate`, for claims."""
        return Estimate(
            self.rate, self.low, self.high, self.p, self.episodes, self.method, f"per {self.unit}", self.passed,
            {c.name: c.to_dict() for c in self.checks} | {"between": self.between, "missing": self.missing}, self.level,
        )  # fmt: skip
