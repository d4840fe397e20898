"""The fit loop: level shifts, tests, intervals and the bootstrap of excitation, for any group of targets."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

import numpy as np
from scipy import stats

from groundswell.estimators.excitation.group import Point, branching_interval, refit_without
from groundswell.estimators.excitation.intensity import NULL_DRAWS, Fits, Floats
from groundswell.estimators.excitation.scores import null_statistics

MOST_BREAKS = 4


class Inferable(Protocol):
    """What inference needs of a `Group`, besides its being an `Intensity`."""

    @property
    def targets(self) -> Sequence[Any]:
        """The targets, one by one."""
        ...

    def reference(self, fits: Fits, k: int) -> Floats:
        """Joint covariance of the scores of all sources of target k at each kernel of a grid, without excitation."""
        ...

    def covariance(self, point: Point, k: int, j: int) -> Floats:
        """The same for source j alone, where that source is absent."""
        ...

    def errors(self, point: Point, k: int) -> Floats:
        """Standard errors of the branching into target k."""
        ...

    def half_lives(self, point: Point) -> Floats:
        """The half-life of the kernel from each source."""
        ...

    def half_life_intervals(self, full: Point, level: float) -> list[tuple[float, float]]:
        """Standard errors of the half-life from each source, or of that shared by all; none if not computed."""
        ...


@dataclass
class Inference:
    """Estimates, intervals and tests of all pairs; arrays are (K, K), [source, target]."""

    branching: Floats
    low: Floats
    high: Floats
    pair_p: Floats
    pair_ratio: Floats
    half_life: Floats
    half_life_low: Floats
    half_life_high: Floats
    log_likelihood: float = 0.0
    log_likelihood_null: float = 0.0
    likelihood_ratio: float = 0.0
    p: float = 1.0
    p_method: str = ""
    members: list[tuple[Any, Fits, int]] = field(default_factory=list)  # of each target: group, fits, place in it

    @property
    def spectral_radius(self) -> float:
        return float(np.abs(np.linalg.eigvals(self.branching)).max())

    def fields(self, parameters_null: int, parameters: int, observations: int) -> dict[str, Any]:
        """The part of it that a `FittedExcitation` holds, with the information criteria."""
        return {
            **{name: getattr(self, name) for name in _HELD},
            # an estimate must lie in its interval
            "half_life_low": np.where(
                np.isfinite(self.half_life_low), np.fmin(self.half_life_low, self.half_life), np.nan
            ),
            "half_life_high": np.where(
                np.isfinite(self.half_life_high), np.fmax(self.half_life_high, self.half_life), np.nan
            ),
            **criteria(self.log_likelihood, self.log_likelihood_null, parameters, parameters_null, observations),
        }


_HELD = (
    "branching", "low", "high", "pair_p", "pair_ratio", "half_life", "log_likelihood", "log_likelihood_null",
    "likelihood_ratio", "p", "p_method", "spectral_radius",
)  # fmt: skip


def criteria(value: float, null: float, parameters: int, parameters_null: int, observations: int) -> dict[str, float]:
    """AIC and BIC with excitation and without it."""
    return {
        "aic": 2 * parameters - 2 * value,
        "bic": math.log(observations) * parameters - 2 * value,
        "aic_null": 2 * parameters_null - 2 * null,
        "bic_null": math.log(observations) * parameters_null - 2 * null,
    }


def infer(
    groups: Sequence[tuple[Sequence[int], Any, Fits]],
    *,
    interval: str,
    level: float,
    signed: bool,
    rng: np.random.Generator,
    over: str,
) -> Inference:
    """Tests and intervals of every pair.

    The likelihood ratio is compared with the largest chi-bar-square over a grid of kernels, simulated from the
    estimated joint distribution of the efficient scores: branching lies on its boundary without excitation, and the
    kernel does not exist. A pair is tested in the same way, with the others free.

    Parameters
    ----------
    groups : the targets of each (all K of them once, over the groups), the group and its fits.
    signed : branching may be negative.
    over : what the grid is of, in words.
    """
    K = sum(len(members) for members, _, _ in groups)
    n, pair_p, pair_ratio = np.zeros((K, K)), np.ones((K, K)), np.zeros((K, K))
    low, high, half, half_low, half_high = (np.full((K, K), np.nan) for _ in range(5))
    out = Inference(n, low, high, pair_p, pair_ratio, half, half_low, half_high)
    found: dict[int, tuple[Any, Fits, int]] = {}
    null_total = np.zeros(NULL_DRAWS)
    for members, group, fits in groups:
        full = fits.full
        out.log_likelihood += full.log_likelihood
        out.log_likelihood_null += fits.null.log_likelihood
        out.likelihood_ratio += fits.ratio
        reference = None
        for i, k in enumerate(members):
            found[k] = (group, fits, i)
            n[:, k] = full.n[i]
            if np.abs(full.n[i]).max() > 1e-6:
                half[:, k] = group.half_lives(full)
            drawn = null_statistics(group.reference(fits, i), signed, rng)
            reference = drawn if reference is None else reference + drawn
        assert reference is not None
        null_total += reference.max(axis=1)
        for i, k in enumerate(members):
            errors = group.errors(full, i) if interval in ("profile", "wald") else np.zeros(K)
            for j in range(K):
                if (abs(n[j, k]) > 1e-8 or signed) and K > 1:
                    pair_p[j, k], pair_ratio[j, k] = _pair(group, fits, i, j, signed, rng)
                if interval == "profile":
                    low[j, k], high[j, k] = branching_interval(group, full, i, j, errors[j], level)
                elif interval == "wald":
                    reach = float(stats.norm.ppf(0.5 + level / 2)) * errors[j]
                    low[j, k] = n[j, k] - reach if signed else max(0.0, n[j, k] - reach)
                    high[j, k] = n[j, k] + reach
        if interval == "profile" and np.isfinite(half[0, members[0]]):
            ends = group.half_life_intervals(full, level)
            for s, (a, b) in enumerate(ends):
                rows = [s] if len(ends) > 1 else range(K)
                for k in members:
                    half_low[rows, k], half_high[rows, k] = a, b
    out.members = [found[k] for k in range(K)]
    method = f"largest chi-bar-square over {over} (boundary, decay not identified), simulated"
    settled(out, float((1 + np.sum(null_total >= out.likelihood_ratio)) / (NULL_DRAWS + 1)), method)
    if K == 1:
        pair_ratio[:] = out.likelihood_ratio
    return out


def settled(found: Inference, p: float, method: str) -> None:
    """Record p of no excitation at all, which with one kind is that of its pair."""
    found.p, found.p_method = p, method
    if found.pair_p.size == 1:
        found.pair_p[:] = p


def _pair(group: Any, fits: Fits, i: int, j: int, signed: bool, rng: np.random.Generator) -> tuple[float, float]:
    """p and likelihood ratio of source j of target i of a group, the others free."""
    without = refit_without(group, fits, group.at(i, j))
    gain = Fits(without, fits.full).ratio
    simulated = null_statistics(group.covariance(without, i, j), signed, rng).max(axis=1)
    return (1 + np.sum(simulated >= gain)) / (NULL_DRAWS + 1), gain


def bootstrap_p(found: Inference, again: Iterable[Sequence[Fits]], draws: int, what: str) -> None:
    """Replace p by the share of records simulated without excitation, and re-fitted, that gain as much."""
    hits = sum(sum(fits.ratio for fits in groups) >= found.likelihood_ratio for groups in again)
    settled(found, (1 + hits) / (draws + 1), f"parametric bootstrap, {draws} {what} without excitation")


# --- level shifts -----------------------------------------------------------------------------------------------------


G = TypeVar("G", bound=Inferable)


@dataclass(frozen=True)
class Broken(Generic[G]):
    """One target with its level shifts, and its fits."""

    breaks: tuple[float, ...]
    group: G
    fits: Fits

    @property
    def target(self) -> Any:
        return self.group.targets[0]


def find_breaks(
    here: Broken[G],
    propose: Callable[[Broken[G]], Iterable[float]],
    refit: Callable[[Broken[G], tuple[float, ...]], Broken[G]],
    *,
    observations: int,
    parameters: int,
    first: bool,
) -> Broken[G]:
    """Level shifts of one target, found one at a time.

    A shift is accepted when it raises the likelihood of the model *with* excitation by more than 3/2 log n (the
    modified BIC of Zhang & Siegmund 2007, one shift): excitation is in both, so that bursts are not mistaken for
    shifts. It is accepted as well when it does so *without* excitation, and is by BIC a better model than excitation
    without the shift: where coverage jumps, all kinds jump, and the past of the others would explain each.

    Parameters
    ----------
    propose : moments at which a shift scores well.
    parameters : of excitation; n is the number of ``observations``.
    first : take the first proposal that is accepted, not the best of all.
    """
    price, saved = 3 * math.log(observations), parameters * math.log(observations)
    while len(here.breaks) < MOST_BREAKS:
        accepted: Broken[G] | None = None
        for at in propose(here):
            trial = refit(here, (*here.breaks, at))
            gain = 2 * (trial.fits.full.log_likelihood - here.fits.full.log_likelihood)
            alone = 2 * (trial.fits.null.log_likelihood - here.fits.null.log_likelihood)
            instead = 2 * (trial.fits.null.log_likelihood - here.fits.full.log_likelihood)
            if gain > price or (alone > price and instead > price - saved):
                best = accepted.fits.full.log_likelihood if accepted else -math.inf
                accepted = trial if trial.fits.full.log_likelihood > best else accepted
                if first:
                    break
        if accepted is None:
            return here
        here = accepted
    return here
