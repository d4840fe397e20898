"""The result of a Bayesian fit of excitation."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from groundswell.errors import EstimationError, install
from groundswell.estimators.core import Check
from groundswell.estimators.excitation.baseline import Floats, Step
from groundswell.estimators.excitation.discrete_target import Family
from groundswell.estimators.excitation.options import Priors
from groundswell.results import Result


def extra(name: str) -> Any:
    """A module of the extra, or an error that says what to install."""
    try:
        return importlib.import_module(name)
    except ImportError:
        raise EstimationError(
            f"the package {name} is not installed",
            expected="the extra 'bayes' for a Bayesian fit",
            instead=f"{install('bayes')}, or fit_excitation for maximum likelihood",
        ) from None


@dataclass(frozen=True)
class BayesianExcitation(Result):
    """The posterior of the model of excitation.

    Parameters
    ----------
    kinds, places : names, K and P.
    branching, low, high : (K, K), [source, target]; posterior mean and central interval; with several places, of mu.
    above : (K, K); posterior probability that branching exceeds `noticeable`.
    noticeable : the branching ratio below which excitation would not matter, 0.05 unless stated.
    half_life, half_life_low, half_life_high : (K,), steps; with pooling "none", of the first place.
    between, between_low, between_high : (K, K), tau; NaN for one place.
    place_branching, place_low, place_high : (P, K, K).
    log_bayes_factor : (K,); logarithm of the evidence for excitation of a kind over none, by importance sampling;
        NaN where it was not requested, where places are pooled, or where too few weights count.
    draws : posterior draws by name, shape (chains, draws, ...): n (P, K, K), half_life and dispersion and trend (P, K),
        and where places are pooled mu and tau (K, K).
    r_hat, effective, divergent : worst split R-hat, smallest effective sample, share of divergent transitions.
    checks : posterior predictive checks, by place and kind.
    sampled : whether the chains agree. passed : they do, and no check fails at 5%, divided among all checks.
    """

    kinds: tuple[str, ...]
    places: tuple[str, ...]
    step: Step
    family: Family
    pooling: str
    level: float
    priors: Priors
    branching: Floats
    low: Floats
    high: Floats
    above: Floats
    noticeable: float
    half_life: Floats
    half_life_low: Floats
    half_life_high: Floats
    between: Floats
    between_low: Floats
    between_high: Floats
    place_branching: Floats
    place_low: Floats
    place_high: Floats
    log_bayes_factor: Floats
    draws: Mapping[str, Floats]
    r_hat: float
    effective: float
    divergent: float
    checks: Mapping[str, tuple[Check, ...]]
    sampled: bool
    passed: bool
    notes: tuple[str, ...]

    derived = ("answer",)
    left_out = ("draws",)

    @property
    def answer(self) -> str:
        """One sentence, about the ordered pair whose excitation is most probable."""
        if not self.sampled:
            return (
                f"No verdict: the chains do not agree (R-hat {self.r_hat:.3f}, {self.effective:.0f} effective draws, "
                f"{self.divergent:.1%} divergent); sample longer, or state a tighter prior."
            )
        if not self.passed:
            name, check = min(((n, c) for n, found in self.checks.items() for c in found), key=lambda pair: pair[1].p)
            return f"No verdict: the model does not reproduce the record ({check.name} of {name}, p = {check.p:.2g})."
        j, k = np.unravel_index(int(np.argmax(self.above)), self.above.shape)
        span = f"{self.level:.0%} interval {self.low[j, k]:.2f} to {self.high[j, k]:.2f}"
        where = " in the mean over places" if self.between.size and np.isfinite(self.between).all() else ""
        words = (
            f"one event of {self.kinds[j]!r} triggers {self.branching[j, k]:.2f} of {self.kinds[k]!r}{where} ({span}); "
            f"the probability that it triggers more than {self.noticeable:g} is {self.above[j, k]:.2f}"
        )
        if self.above[j, k] >= self.level:
            return f"Excitation is probable: {words}."
        if self.above[j, k] <= 1 - self.level:
            return f"Excitation is improbable: at most, {words}."
        return f"The record does not show whether events excite events: at most, {words}."

    def to_arviz(self) -> Any:
        """The draws as ArviZ InferenceData."""
        return extra("arviz").from_dict(posterior=dict(self.draws))
