"""Targets that share their kernel, as one `Intensity`; their fits without and with excitation."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, Protocol, TypeVar

import numpy as np

from groundswell.estimators.excitation.intensity import Fits, Fixed, Floats, Search, climb, profile_interval

STIFFNESS = (1e-2, 1e6)  # of a trend: wiggles in the logarithm from sd 10 to sd 0.001
MOST_EXPLAINED = 1.5  # bound of branching: no source triggers more than 1.5 times all events of the target


@dataclass(frozen=True)
class Point:
    """A fitted point of targets that share their kernel's parameters; lists run over the targets.

    Parameters
    ----------
    b : coefficients of the baseline; n : branching, (sources,); theta : of the kernel.
    spread : dispersion of counts, empty for events; stiffness : of the trend.
    """

    b: list[Floats]
    n: list[Floats]
    theta: Floats
    spread: list[float]
    stiffness: list[float]
    log_likelihood: float

    @property
    def log_half_life(self) -> float:
        """The half-life of a geometric or exponential kernel."""
        return float(self.theta[0])

    def at(self, log_half_life: float) -> Point:
        """The same with another half-life."""
        return replace(self, theta=np.array([log_half_life]))


class AnyTarget(Protocol):
    """What a group needs of its targets: ``scale`` and ``widest`` are (sources,), in units of branching."""

    @property
    def sources(self) -> int: ...
    @property
    def scale(self) -> Floats: ...
    @property
    def widest(self) -> Floats: ...
    @property
    def soft(self) -> float: ...
    @property
    def wiggles(self) -> int: ...


T = TypeVar("T", bound="AnyTarget")


class Group(Generic[T]):
    """Targets whose kernels have the same parameters, as an `Intensity`.

    The search vector holds, for each target, its branching in units of about a standard error, its log dispersion
    (of counts, in the same units) and its log stiffness; then the parameters of the kernel.
    """

    search = Search()

    def __init__(self, targets: Sequence[T], kernel: Sequence[tuple[float, float]]):
        self.targets, self.size = list(targets), len(kernel)
        self.first: list[int] = []
        limits: list[tuple[float, float]] = []
        held: list[int] = []
        for k, t in enumerate(self.targets):
            self.first.append(len(limits))
            for widest, scale in zip(t.widest, t.scale, strict=True):
                limits.append(((-widest if t.soft > 0 else 0.0) / scale, widest / scale))
            for ends, moves in self.own_limits(k):
                held += [] if moves else [len(limits)]
                limits.append(ends)
            if not t.wiggles:
                held.append(len(limits))
            limits.append((math.log(STIFFNESS[0]), math.log(STIFFNESS[1])))
        self.limits = [*limits, *kernel]
        self.held = frozenset(held)

    # --- what a kind of target provides -----------------------------------------------------------------------------

    def own_limits(self, k: int) -> list[tuple[tuple[float, float], bool]]:
        """Bounds of the parameters of target k between branching and stiffness, and whether a search moves them."""
        return []

    def own(self, point: Point, k: int) -> list[float]:
        """The same for a point."""
        return []

    def spread(self, x: Floats, k: int) -> list[float]:
        """The dispersion of target k in a search vector."""
        return []

    def evaluate(self, x: Floats, inner: list[Floats]) -> tuple[float, Floats, list[Floats]]:
        raise NotImplementedError

    def scores(self, null: Point) -> Any:
        """What is known about absent sources at a fit without excitation."""
        raise NotImplementedError

    def starts(self, null: Point, scores: Any) -> list[tuple[Point, int | None]]:
        """Where to search for the fit with excitation, and a limit to the steps of that search."""
        raise NotImplementedError

    # --- the protocol -----------------------------------------------------------------------------------------------

    def vector(self, point: Point) -> Floats:
        parts: list[Floats | list[float]] = []
        for k, t in enumerate(self.targets):
            parts += [point.n[k] / t.scale, self.own(point, k), [math.log(point.stiffness[k])]]
        return np.concatenate([*parts, point.theta])

    def scaled(self, i: int, value: float) -> float:
        k, j = self._target(i)
        return value / self.targets[k].scale[j] if j < self.targets[k].sources else value

    def value(self, point: Point, i: int) -> float:
        k, j = self._target(i)
        return float(point.n[k][j] if j < self.targets[k].sources else point.theta[i - len(self.limits)])

    def point(self, x: Floats, log_likelihood: float, inner: list[Floats]) -> Point:
        n = [x[self.branching(k)] * t.scale for k, t in enumerate(self.targets)]
        spread = [s for k in range(len(n)) for s in self.spread(x, k)]
        stiffness = [math.exp(x[end - 1]) for end in self.ends]
        return Point(inner, n, x[-self.size :].copy(), spread, stiffness, log_likelihood)

    def inner(self, point: Point) -> list[Floats]:
        return [values.copy() for values in point.b]

    # --- parameters by name -----------------------------------------------------------------------------------------

    @property
    def ends(self) -> list[int]:
        """The end of the parameters of each target."""
        return [*self.first[1:], len(self.limits) - self.size]

    def _target(self, i: int) -> tuple[int, int]:
        """The target of parameter i, and its place within it."""
        k = int(np.searchsorted(self.first, i, side="right")) - 1
        return k, i - self.first[k] if i < len(self.limits) - self.size else 10**9

    def branching(self, k: int) -> slice:
        return slice(self.first[k], self.first[k] + self.targets[k].sources)

    def at(self, k: int, j: int) -> int:
        """The index of the branching from source j to target k."""
        return self.first[k] + j

    @property
    def kernel(self) -> range:
        """The indices of the kernel's parameters."""
        return range(len(self.limits) - self.size, len(self.limits))

    @property
    def kernel_held(self) -> Fixed:
        return dict.fromkeys(self.kernel)

    @property
    def no_excitation(self) -> Fixed:
        """All branching at 0, and the kernel, which then has no effect, where it is."""
        held: dict[int, float | None] = {
            self.at(k, j): 0.0 for k, t in enumerate(self.targets) for j in range(t.sources)
        }
        return held | dict.fromkeys(self.kernel)


def fit_both(group: Group, begin: Point, fixed: Fixed | None = None, known: Fits | None = None) -> Fits:
    """The fit without excitation from a given start, the fit with excitation from where the scores suggest, and the
    scores.

    ``known`` holds the fit without excitation and its scores, if already known.
    A search that is limited to a few steps continues only where it may still end above the best: neither far below it
    nor on its way to it.
    """
    null = climb(group, begin, group.no_excitation) if known is None else known.null
    scores = group.scores(null) if known is None else known.scores
    best = null
    for start, most in group.starts(null, scores):
        point = climb(group, start, fixed, most)
        near = abs(point.log_half_life - best.log_half_life) < 0.5
        if most is not None and point.log_likelihood > best.log_likelihood - 3.0 and not near:
            point = climb(group, point, fixed)
        if point.log_likelihood > best.log_likelihood:
            best = point
    return Fits(null, best, scores)


def refit_without(group: Group, fits: Fits, i: int) -> Point:
    """The fit with one parameter held at zero, from the full fit and from none."""
    point = climb(group, fits.full, {i: 0.0})
    return point if point.log_likelihood >= fits.null.log_likelihood else fits.null


def branching_interval(group: Group, full: Point, k: int, j: int, error: float, level: float) -> tuple[float, float]:
    """The profile interval of the branching from source j to target k; without inhibition it stops at 0."""
    lowest = -math.inf if group.targets[k].soft > 0 else 0.0
    return profile_interval(group, full, group.at(k, j), level, error=error, within=(lowest, math.inf))
