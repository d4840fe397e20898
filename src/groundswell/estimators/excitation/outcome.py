"""The result of a fit of excitation."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from groundswell.estimators.core import Check
from groundswell.estimators.excitation.baseline import Floats, Step
from groundswell.estimators.excitation.discrete_target import Family
from groundswell.results import Result

NEAR_ONE = (
    0.97  # spectral radius from which a process is called explosive: a random walk could not be distinguished from it
)


def is_sound(radius: float, checks: Mapping[str, tuple[Check, ...]]) -> bool:
    """The process does not explode, and no check of any kind fails."""
    return radius < NEAR_ONE and all(c.passed for found in checks.values() for c in found)


@dataclass(frozen=True, kw_only=True)
class FittedExcitation(Result):
    """What every fitted model of excitation provides.

    Parameters
    ----------
    kinds : names, K of them.
    branching, low, high : shape (K, K), [source, target]; events triggered per event, and the interval.
    pair_p : shape (K, K); p-value of each entry being zero, the others free.
    half_life, half_life_low, half_life_high : of the kernel into each target (K,), or from each source too (K, K); NaN
        where nothing is excited, or no interval was computed.
    spectral_radius : of the branching matrix; from 1 the process explodes.
    p, p_method : no excitation at all against the fit.
    passed : whether it may be trusted.
    notes : settings that were adapted, and why.
    """

    kinds: tuple[str, ...]
    decay: str
    inhibition: bool
    interval: str
    level: float
    branching: Floats
    low: Floats
    high: Floats
    pair_p: Floats
    half_life: Floats
    half_life_low: Floats
    half_life_high: Floats
    spectral_radius: float
    p: float
    p_method: str
    passed: bool
    notes: tuple[str, ...]

    derived = ("excited", "answer")

    @property
    def excited(self) -> bool:
        """Excitation was found: p < 0.05 by a model that fits, and an interval (where computed) that ends above 0."""
        if not self.passed or self.p >= 0.05:
            return False
        if self.inhibition or not np.isfinite(self.low).any():
            return True
        return bool(np.any((self.low > 0) & (self.pair_p < 0.05)))

    def bound(self, what: str, whom: str) -> str:
        """What the intervals exclude, in words: "; no branching ratio above 0.3 is compatible with the record"."""
        top = np.nanmax(self.high) if np.isfinite(self.high).any() else math.nan
        return "" if math.isnan(top) else f"; no {what} above {top:.2f} is compatible with {whom}"

    def link(self, source: int, target: int, on_average: str = "") -> str:
        """One pair in words, with its interval."""
        n, low, high = (float(a[source, target]) for a in (self.branching, self.low, self.high))
        span = "" if math.isnan(low) else f" ({self.level:.0%} interval {low:.2f} to {high:.2f})"
        verb = "triggers" if n > 0 else "prevents"
        return f"one event of {self.kinds[source]!r} {verb} {abs(n):.2f} of {self.kinds[target]!r}{on_average}{span}"


def when_in_steps(half_life: float, step: str) -> str:
    """A half-life of counts in words."""
    return f"nearly all in the next {step}" if half_life < 0.5 else f"half of them within {half_life:.1f} {step}s"


@dataclass(frozen=True, kw_only=True)
class RecordFit(FittedExcitation):
    """A fit to one record, by its likelihood.

    Parameters
    ----------
    pair_ratio : shape (K, K); likelihood ratio of each entry, everything else re-fitted without it.
    triggered : shape (K,); share of the events of a kind that the model attributes to earlier events.
    log_likelihood, log_likelihood_null : with and without excitation; likewise aic, bic.
    likelihood_ratio : of no excitation at all against the fit.
    trend_df : shape (K,), degrees of freedom of the trend; NaN with a tide.
    breaks : level shifts of each kind.
    checks : goodness of fit, by kind; `passed` when none fails at 5%, divided among all checks.
    """

    pair_ratio: Floats
    triggered: Floats
    log_likelihood: float
    log_likelihood_null: float
    aic: float
    bic: float
    aic_null: float
    bic_null: float
    likelihood_ratio: float
    trend_df: Floats
    breaks: tuple[tuple[float, ...], ...]
    checks: dict[str, tuple[Check, ...]]

    @property
    def reason(self) -> str:
        """Why there is no verdict; empty where there is one."""
        if self.passed:
            return ""
        if self.spectral_radius >= NEAR_ONE:
            return (
                f"the fitted process is explosive (spectral radius {self.spectral_radius:.2f}): from 1 on nothing "
                "would stop it, so something else moved the record"
            )
        failed = [(kind, c) for kind, found in self.checks.items() for c in found if not c.passed]
        kind, check = min(failed, key=lambda pair: pair[1].p)
        return f"the model does not fit the record ({check.name} of {kind!r}, p = {check.p:.2g})"

    @property
    def beyond(self) -> str:
        """What excitation was compared with, in words."""
        return "the baseline"

    def when(self, source: int, target: int) -> str:
        """How soon events follow, in words."""
        raise NotImplementedError

    @property
    def answer(self) -> str:
        """One sentence."""
        if not self.passed:
            return f"No verdict: {self.reason}."
        if not self.excited:
            bound = self.bound("branching ratio", "the record")
            return f"No excitation beyond {self.beyond} was found (p = {self.p:.2g}){bound}."
        worth = np.where(self.branching != 0, self.pair_p, 2.0)
        source, target = (int(i) for i in np.unravel_index(int(np.argmin(worth)), worth.shape))
        return (
            f"Excitation was found (p = {self.p:.2g}): most clearly, {self.link(source, target)}, "
            f"{self.when(source, target)}."
        )


@dataclass(frozen=True, kw_only=True)
class ExcitationFit(RecordFit):
    """A fitted model of excitation of counts, with its checks.

    Parameters
    ----------
    rival : what excitation was compared with: a hidden "tide", or a smooth "trend" with level shifts.
    dispersion : shape (K,); variance = mean + dispersion mean².
    baseline_mean, mean : shape (T, K); the first ``lead`` steps are conditioned on.
    bias : shape (K, K), of branching, by the bootstrap; None without.
    tide_size, tide_half_life : shape (K,), standard deviation (of the logarithm) and half-life (steps) of the tide of
        each kind; tide_correlation : shape (K, K), of their innovations. None with a trend.
    unwatched : steps that were not watched, in any kind.
    gaps : first and last step, and kinds, of runs of zeros that the fitted record would hardly make.
    """

    step: Step
    n_steps: int
    lead: int
    family: Family
    dispersion: Floats
    baseline_mean: Floats
    mean: Floats
    bias: Floats | None
    breaks: tuple[tuple[int, ...], ...]
    rival: Literal["tide", "trend"] = "trend"
    tide_size: Floats | None = None
    tide_half_life: Floats | None = None
    tide_correlation: Floats | None = None
    unwatched: int = 0
    gaps: tuple[tuple[int, int, tuple[str, ...]], ...] = ()

    left_out = ("baseline_mean", "mean")

    @property
    def reason(self) -> str:
        if not self.passed and self.gaps:
            first, last, kinds = self.gaps[0]
            return (
                f"{self.step}s {first} to {last} hold no event of {' or '.join(map(repr, kinds))}, which this record "
                f"would hardly produce; state whether anybody watched then (NaN in the counts, or watched=)"
            )
        return super().reason

    @property
    def beyond(self) -> str:
        return "a hidden tide" if self.rival == "tide" else "the baseline"

    def when(self, source: int, target: int) -> str:
        return when_in_steps(float(self.half_life[target]), self.step)
