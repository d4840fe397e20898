"""The result of a panel of places."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from groundswell.estimators.core import Check
from groundswell.estimators.excitation.baseline import Floats, Step
from groundswell.estimators.excitation.discrete_target import Family
from groundswell.estimators.excitation.outcome import FittedExcitation, when_in_steps
from groundswell.results import Result


@dataclass(frozen=True)
class PlaceFit(Result):
    """One place of a panel.

    Parameters
    ----------
    name : of the place; steps : its length; events : shape (K,).
    branching, low, high : shape (K, K), [source, target]; its own estimate and interval, at the panel's decay. NaN
        where it could not be fitted.
    shrunken, shrunken_low, shrunken_high : shape (K, K); its branching ratio given the population too; NaN where it is
        not pooled.
    half_life : shape (K,), steps; what it would be for this place alone; NaN where there is no excitation.
    dispersion : shape (K,).
    breaks : level shifts of each kind.
    checks : goodness of fit, by kind.
    passed : it was fitted, and no check failed. reason : why not, or "".
    """

    name: str
    steps: int
    events: tuple[int, ...]
    branching: Floats
    low: Floats
    high: Floats
    shrunken: Floats
    shrunken_low: Floats
    shrunken_high: Floats
    half_life: Floats
    dispersion: Floats
    breaks: tuple[tuple[int, ...], ...]
    checks: dict[str, tuple[Check, ...]]
    passed: bool
    reason: str


@dataclass(frozen=True, kw_only=True)
class PanelFit(FittedExcitation):
    """A fitted panel, with its checks.

    Parameters
    ----------
    branching, low, high : shape (K, K), [source, target]; mean over the population of places, and its interval.
    pair_p : shape (K, K); p-value of the entry being zero in every place, the others free.
    between, between_low, between_high : shape (K, K); standard deviation over places.
    heterogeneity_p : shape (K, K); p-value of all places having the same branching ratio; NaN where not computed.
    prediction_low, prediction_high : shape (K, K); where the branching ratio of a new place would lie.
    half_life, half_life_low, half_life_high : shape (K,), steps, shared by the places.
    places : every place given, in the order of their names; `pooled` of them are in the estimates.
    median : shape (K, K), of the branching ratios of the places that fit.
    asked, showing : shape (K, K); places that fit and have both kinds, and those of them that show it on their own.
    tide_p : shape (K, K), of each pair with a hidden tide in every place; None where that was not computed.
    p : no excitation anywhere, from the places pooled.
    with_all : shape (K, K); the mean when the places whose fit fails its checks are pooled too.
    checks : on the panel as a whole; `passed` when none fails.
    """

    step: Step
    family: Family
    pooling: str
    between: Floats
    between_low: Floats
    between_high: Floats
    heterogeneity_p: Floats
    prediction_low: Floats
    prediction_high: Floats
    places: tuple[PlaceFit, ...]
    pooled: int
    with_all: Floats
    checks: dict[str, Check]
    median: Floats
    asked: NDArray[np.int64]
    showing: NDArray[np.int64]
    tide_p: Floats | None = None

    @property
    def answer(self) -> str:
        """One sentence."""
        count = f"{self.pooled} of {len(self.places)} places"
        if not self.passed:
            failed = next(c for c in self.checks.values() if not c.passed)
            return f"No verdict: the model fits too few places ({count}; {failed.name})."
        if not self.excited:
            bound = self.bound("mean branching ratio", "them")
            return f"No excitation beyond the baselines was found in {count} (p = {self.p:.2g}){bound}."
        if self.pooling == "none":
            return f"Excitation was found in {count} (p = {self.p:.2g}); places were not pooled."
        worth = np.where(self.branching != 0, self.pair_p - 1e-6 * np.abs(self.branching), 2.0)
        source, target = (int(i) for i in np.unravel_index(int(np.argmin(worth)), worth.shape))
        spread = f"; places differ by a standard deviation of {self.between[source, target]:.2f}"
        return (
            f"Excitation was found over {count} (p = {self.p:.2g}): most clearly, "
            f"{self.link(source, target, ' on average')}, {self.median[source, target]:.2f} in the median place, "
            f"{when_in_steps(float(self.half_life[target]), self.step)}; it shows by itself in "
            f"{self.showing[source, target]} of {self.asked[source, target]} places"
            f"{spread if self.pooling == 'partial' else ''}."
        )
