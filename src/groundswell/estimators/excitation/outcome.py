"""What a fit of excitation to counts comes to."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from groundswell.estimators.core import Check
from groundswell.estimators.excitation.baseline import Floats, Step
from groundswell.estimators.excitation.discrete_target import Family
from groundswell.results import Result

NEAR_ONE = 0.97  # spectral radius from which a process is called explosive: a random walk could not be told from it


@dataclass(frozen=True)
class ExcitationFit(Result):
    """A fitted model of excitation, with what it may be trusted for.

    Parameters
    ----------
    kinds : names, K of them.
    rival : what excitation was compared with: a hidden "tide", or a smooth "trend" with level shifts.
    branching, low, high : shape (K, K), [source, target]; events brought about per event, and the interval.
    pair_p : shape (K, K); p-value of each entry being zero, the others free.
    pair_ratio : shape (K, K); likelihood ratio of each entry, all else re-fitted without it.
    half_life : shape (K,), steps, of the kernel into each target; NaN where nothing excites it.
    half_life_low, half_life_high : shape (K,); NaN where not computed.
    dispersion : shape (K,); variance = mean + dispersion mean².
    triggered : shape (K,); share of the events of a kind that the model attributes to earlier events.
    spectral_radius : of the branching matrix; from 1 the process explodes.
    log_likelihood, log_likelihood_null : with and without excitation; likewise aic, bic.
    likelihood_ratio, p, p_method : no excitation at all against the fit.
    trend_df : shape (K,), degrees of freedom of the trend; NaN with a tide.
    breaks : level shifts of each kind, as steps.
    checks : goodness of fit, by kind; `passed` when none fails at 5% shared among all.
    baseline_mean, mean : shape (T, K); the first ``lead`` steps are conditioned upon.
    notes : settings that were adapted, and why.
    tide_size, tide_half_life : shape (K,), standard deviation (of the logarithm) and half-life (steps) of the tide of
        each kind; tide_correlation : shape (K, K), of their innovations. None with a trend.
    unwatched : steps that were not watched, in any kind.
    gaps : first and last step, and kinds, of runs of zeros that the fitted record would hardly make.
    """

    kinds: tuple[str, ...]
    step: Step
    n_steps: int
    lead: int
    family: Family
    decay: str
    inhibition: bool
    branching: Floats
    low: Floats
    high: Floats
    interval: str
    level: float
    pair_p: Floats
    pair_ratio: Floats
    half_life: Floats
    half_life_low: Floats
    half_life_high: Floats
    dispersion: Floats
    triggered: Floats
    spectral_radius: float
    log_likelihood: float
    log_likelihood_null: float
    aic: float
    bic: float
    aic_null: float
    bic_null: float
    likelihood_ratio: float
    p: float
    p_method: str
    trend_df: Floats
    breaks: tuple[tuple[int, ...], ...]
    checks: dict[str, tuple[Check, ...]]
    passed: bool
    baseline_mean: Floats
    mean: Floats
    bias: Floats | None
    notes: tuple[str, ...]
    rival: Literal["tide", "trend"] = "trend"
    tide_size: Floats | None = None
    tide_half_life: Floats | None = None
    tide_correlation: Floats | None = None
    unwatched: int = 0
    gaps: tuple[tuple[int, int, tuple[str, ...]], ...] = ()

    derived = ("excited", "answer")
    left_out = ("baseline_mean", "mean")

    @property
    def excited(self) -> bool:
        """Excitation was found: p < 0.05 by a model that fits, and an interval (where computed) that ends above 0."""
        if not self.passed or self.p >= 0.05:
            return False
        if self.inhibition or not np.isfinite(self.low).any():
            return True
        return bool(np.any((self.low > 0) & (self.pair_p < 0.05)))

    @property
    def reason(self) -> str:
        """Why there is no verdict; empty where there is one."""
        if self.passed:
            return ""
        if self.gaps:
            first, last, kinds = self.gaps[0]
            return (
                f"{self.step}s {first} to {last} hold no event of {' or '.join(map(repr, kinds))}, which this record "
                "would hardly make; say whether anybody watched then (NaN in the counts, or watched=)"
            )
        if self.spectral_radius >= NEAR_ONE:
            return (
                f"the fitted process is explosive (spectral radius {self.spectral_radius:.2f}): from 1 on nothing "
                "would stop it, so something else moved the record"
            )
        failed = [(kind, c) for kind, found in self.checks.items() for c in found if not c.passed]
        kind, check = min(failed, key=lambda pair: pair[1].p)
        return f"the model does not fit the record ({check.name} of {kind!r}, p = {check.p:.2g})"

    @property
    def answer(self) -> str:
        """One sentence."""
        if not self.passed:
            return f"No verdict: {self.reason}."
        if not self.excited:
            top = np.nanmax(self.high) if np.isfinite(self.high).any() else math.nan
            bound = "" if math.isnan(top) else f"; no branching ratio above {top:.2f} is compatible with the record"
            beyond = "a hidden tide" if self.rival == "tide" else "the baseline"
            return f"No excitation beyond {beyond} was found (p = {self.p:.2g}){bound}."
        source, target = np.unravel_index(
            int(np.argmin(np.where(self.branching != 0, self.pair_p, 2.0))), self.low.shape
        )
        n, low, high = (float(a[source, target]) for a in (self.branching, self.low, self.high))
        span = "" if math.isnan(low) else f" ({self.level:.0%} interval {low:.2f} to {high:.2f})"
        verb = "brings" if n > 0 else "takes away"
        half = float(self.half_life[target])
        when = f"nearly all in the next {self.step}" if half < 0.5 else f"half of them within {half:.1f} {self.step}s"
        return (
            f"Excitation was found (p = {self.p:.2g}): most clearly, one event of {self.kinds[source]!r} {verb} "
            f"{abs(n):.2f} of {self.kinds[target]!r}{span}, {when}."
        )
