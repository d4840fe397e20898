"""What a model of excitation must provide, and the one search that fits, bounds and tests any of them.

A model is an `Intensity`: parameters as one vector, their bounds, the log-likelihood and its score. `climb` finds a
maximum, `fit_both` the fits without and with excitation, `profile_interval` the ends of a likelihood interval; none of
them knows whether the model counts in steps, in continuous time or under a tide.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, stats

from groundswell.estimators.excitation.box_newton import minimum_in_box

Floats = NDArray[np.float64]
Fixed = Mapping[int, float | None]
"""Parameters that are held fixed, by index: at a value, or (None) where the search starts."""

NULL_DRAWS = 4000  # simulated null statistics; standard error of a p-value of 0.05: 0.0034
_ENOUGH_HITS = 10  # of a sequential test: p = hits / draws then has a relative error of a third (Besag & Clifford 1991)
_NOTHING = 1e-3  # gains below this count as none
_UNBOUNDED = 15.0  # branching, or logarithm: an interval that reaches this far has no end on that side


@dataclass(frozen=True)
class Search:
    """How a model is searched.

    Parameters
    ----------
    most, tolerance : steps of SLSQP, and the gain in log-likelihood at which it stops.
    left_out : whether fixed parameters are left out of the search; else their bounds are equal.
    profile_most : steps of the searches along a profile.
    expand, growth : steps of a profile until it is bracketed, and by how much they grow.
    refine, margin, lean : steps of the regula falsi in the bracket, the least share of it that a step moves, and what
        the weight of a stale end is multiplied by (Illinois; 1 keeps it).
    root, apart : the signed root, and the width of the bracket (absolute, relative), at which the end is found.
    widest : largest standard error for the first step.
    carry : whether searches within the bracket begin at the previous point, not where the bracket was found.
    far : fall in log-likelihood below the last point of a profile beyond which no search begins there.
    warm : whether points carry their curvature, with which a search begins, by `minimum_in_box` instead of SLSQP.
    """

    most: int = 200
    tolerance: float = 1e-6
    left_out: bool = False
    profile_most: int | None = None
    expand: int = 30
    growth: float = 1.3
    refine: int = 8
    margin: float = 0.05
    lean: float = 0.7
    root: float = 0.02
    apart: tuple[float, float] = (1e-3, 0.0)
    widest: float = math.inf
    carry: bool = True
    far: float = 20.0
    warm: bool = False


class Intensity(Protocol):
    """A conditional mean of counts, or rate of events, with its likelihood; parameters are one vector.

    `limits` are the bounds of the search vector and `held` the entries that no search moves; `vector` turns a
    point into a search vector, `scaled` gives one entry of it, and `point` turns a vector into a point (`inner`: what
    was maximised within). `evaluate` returns the log-likelihood, its gradient (the score), and the inner maximum, begun
    from that of the best point so far. A point has its `log_likelihood`, and `value(point, i)` is parameter i of it.
    """

    search: Search
    held: frozenset[int]

    @property
    def limits(self) -> Sequence[tuple[float, float]]: ...

    def vector(self, point: Any, /) -> Floats: ...

    def scaled(self, i: int, value: float, /) -> float: ...

    def value(self, point: Any, i: int, /) -> float: ...

    def point(self, x: Floats, log_likelihood: float, inner: Any, /) -> Any: ...

    def inner(self, point: Any, /) -> Any: ...

    def evaluate(self, x: Floats, inner: Any, /) -> tuple[float, Floats, Any]: ...


class Fits(NamedTuple):
    """A model without excitation and with it, and what its scores without say about absent sources (model's own)."""

    null: Any
    full: Any
    scores: Any = None

    @property
    def ratio(self) -> float:
        """Twice the gain in log-likelihood, from 0."""
        return max(0.0, 2 * (self.full.log_likelihood - self.null.log_likelihood))


def climb(model: Intensity, start: Any, fixed: Fixed | None = None, most: int | None = None) -> Any:
    """The nearest maximum from a start, by SLSQP with the score; no more than ``most`` steps.

    SLSQP needs half the evaluations of L-BFGS-B here, and starts no threads. A model that is searched ``warm`` is
    climbed with the curvature stored in its start.
    """
    how = model.search
    limits = np.array(model.limits, dtype=np.float64)
    base = np.clip(model.vector(start), limits[:, 0], limits[:, 1])
    fixed = {**dict.fromkeys(model.held), **(fixed or {})}
    for i, value in fixed.items():
        base[i] = base[i] if value is None else model.scaled(i, value)
        limits[i] = base[i]
    free = limits[:, 0] < limits[:, 1]
    moved = np.flatnonzero(free) if how.left_out else np.arange(base.size)
    best, best_x, best_inner = -math.inf, base.copy(), model.inner(start)

    def negative(part: Floats) -> tuple[float, Floats]:
        nonlocal best, best_x, best_inner
        x = base.copy()
        x[moved] = part
        value, score, inner = model.evaluate(x, best_inner)
        if not math.isfinite(value):
            return 1e10, np.zeros(part.size)
        if value > best:
            best, best_x, best_inner = value, x, inner
        return -value, -score[moved]

    if how.warm and free.any():
        around = model.curvature(start).copy()  # type: ignore[attr-defined]
        inside = np.ix_(moved, moved)
        around[inside] = minimum_in_box(
            negative, base[moved], limits[moved], around[inside], most or how.most, how.tolerance
        )
        return model.point(best_x, best, around)
    if free.any():
        optimize.minimize(
            negative, base[moved], jac=True, method="SLSQP", bounds=[(float(a), float(b)) for a, b in limits[moved]],
            options={"maxiter": most or how.most, "ftol": how.tolerance},
        )  # fmt: skip
    else:
        negative(base[moved])
    return model.point(best_x, best, best_inner)


def highest(model: Intensity, starts: Sequence[Any], fixed: Fixed | None = None, over: Any = None) -> Any:
    """The highest maximum found from several starting points, or a point already known if it is higher."""
    best = over
    for start in starts:
        if model.search.warm and best is not None:
            start = model.acquainted(start, best)  # type: ignore[attr-defined]
        found = climb(model, start, fixed)
        if best is None or found.log_likelihood > best.log_likelihood:
            best = found
    return best


def information(model: Intensity, peak: Any, at: Sequence[int]) -> Floats:
    """Observed information of some parameters, the others held: differences of the score, made symmetric."""
    limits, x, inner = model.limits, model.vector(peak), model.inner(peak)
    size = len(at)
    out = np.empty((size, size))
    for row, i in enumerate(at):
        step = 1e-3 * max(1.0, abs(x[i]))
        ends = []
        for side in (1.0, -1.0):
            moved = x.copy()
            moved[i] = min(max(moved[i] + side * step, limits[i][0]), limits[i][1])
            ends.append((moved[i], model.evaluate(moved, inner)[1][list(at)]))
        width = ends[0][0] - ends[1][0]
        out[row] = -(ends[0][1] - ends[1][1]) / width
    return 0.5 * (out + out.T)


def profile_interval(
    model: Intensity,
    peak: Any,
    i: int,
    level: float,
    *,
    error: float = math.nan,
    step: float | None = None,
    within: tuple[float, float] = (-math.inf, math.inf),
    at_lowest: float | None = None,
    fixed: Fixed | None = None,
    degrees: float = 1.0,
) -> tuple[float, float]:
    """Where twice the fall of the profile likelihood of parameter i reaches the chi-square quantile.

    The signed root of the fall is nearly a line, so regula falsi needs two or three steps once the end is bracketed.

    Parameters
    ----------
    error : about one standard error, for the first step; or ``step`` itself.
    within : range of the parameter; the interval stops at its ends. Without one, an end beyond 15 is infinite.
    at_lowest : the profile at the lower end of that range, if already known.
    fixed : parameters held at their values at the peak along the whole profile.
    degrees : of freedom of the chi-square; more than 1 where what is re-fitted is not identified throughout.
    """
    how = model.search
    limit = math.sqrt(float(stats.chi2.ppf(level, degrees)))
    first = max(limit * min(error, how.widest), 1e-3) if step is None else step
    return tuple(_end(model, peak, i, side, first, limit, within, at_lowest, fixed or {}) for side in (-1.0, 1.0))  # type: ignore[return-value]


def _end(
    model: Intensity,
    peak: Any,
    i: int,
    side: float,
    step: float,
    limit: float,
    within: tuple[float, float],
    at_lowest: float | None,
    fixed: Fixed,
) -> float:
    """One end of a profile interval."""
    how, centre, bound = model.search, float(model.value(peak, i)), within[0 if side < 0 else 1]
    if side < 0 and (centre <= bound or (at_lowest is not None and 2 * (peak.log_likelihood - at_lowest) <= limit**2)):
        return bound
    start = peak

    def root(value: float, carry: bool = True) -> float:
        nonlocal start
        point = climb(model, start, {**fixed, i: value}, how.profile_most)
        if carry and point.log_likelihood > start.log_likelihood - how.far:
            start = point
        return math.sqrt(max(0.0, 2 * (peak.log_likelihood - point.log_likelihood))) - limit

    near, near_root, far, far_root = centre, -limit, centre, -limit
    for _ in range(how.expand):
        far = max(far + side * step, bound) if side < 0 else min(far + side * step, bound)
        far_root = root(far)
        if far_root > 0 or far == bound or (math.isinf(bound) and abs(far) > _UNBOUNDED):
            break
        near, near_root, step = far, far_root, how.growth * step
    if far_root <= 0:
        return far if far == bound else side * math.inf
    found = far
    for _ in range(how.refine):
        share = min(max(near_root / (near_root - far_root), how.margin), 1 - how.margin)
        found = near + share * (far - near)
        value = root(found, how.carry)
        narrow = how.apart[0] + how.apart[1] * (abs(centre) + abs(far))
        if abs(value) < how.root or abs(far - near) < narrow:
            return found
        if value > 0:
            far, far_root, near_root = found, value, near_root * how.lean
        else:
            near, near_root, far_root = found, value, far_root * how.lean
    return found if how.lean == 1 else 0.5 * (near + far)


def boundary_p(gain: float, free: int = 1, nuisances: int = 1) -> float:
    """p of a gain in log-likelihood by ``free`` parameters from their bound, and ``nuisances`` that exist with them.

    The distribution is taken as the mean over m, binomial of ``free`` halves, of the chi-square with m + nuisances
    degrees of freedom: chi-bar-square (Self & Liang 1987) with more degrees of freedom for what is not identified
    without the effect. For one of each, half the chi-square with 1 and half that with 2 degrees of freedom, 5% at a
    gain of 2.6.
    """
    if gain <= 1e-9:
        return 1.0
    weights = stats.binom.pmf(np.arange(free + 1), free, 0.5)
    return float(sum(w * stats.chi2.sf(2 * gain, max(m + nuisances, 1)) for m, w in enumerate(weights)))


def sequential(
    observed: float, draw: Callable[[int], float], draws: int, enough: int = _ENOUGH_HITS
) -> tuple[Floats, int]:
    """Statistics of simulated records, until `enough` of them are at least the observed one, and how many are.

    Stopped before all `draws` are made, hits / draws made is p (Besag & Clifford 1991).
    """
    values: list[float] = []
    hits = 0
    for i in range(draws):
        values.append(draw(i))
        hits += values[-1] >= observed
        if hits >= enough and enough < draws:
            break
    return np.array(values), int(hits)


def simulated_p(
    observed: float, draw: Callable[[int], float], draws: int, enough: int = _ENOUGH_HITS
) -> tuple[float, int, Floats]:
    """p of a gain in log-likelihood by simulation, which stops once enough draws are at least as large.

    Parameters
    ----------
    draw : the statistic of simulated record number i.

    Returns
    -------
    p, the draws used, and their statistics. Stopped early, p is hits / draws (Besag & Clifford 1991). Else the draws
    are modelled as a mixture of zero and a gamma, like chi-bar-square, fitted to them: with 99 draws its p of 5%
    errs by a fifth, where the share of draws above errs by half.
    """
    found, hits = sequential(observed, draw, draws, enough)
    if hits >= enough and enough < draws:
        return hits / found.size, found.size, found
    counted = (1 + hits) / (draws + 1)
    above = found[found > _NOTHING]
    if above.size < 8:
        return float(counted), draws, found
    mean = float(above.mean())
    shape = float(np.clip(mean**2 / max(float(above.var(ddof=1)), 1e-9), 0.4, 4.0))
    p = (above.size + 1) / (draws + 2) * float(stats.gamma.sf(observed, shape, scale=mean / shape))
    return float(np.clip(p, 0.0, 1.0)), draws, found


def rank_p(observed: float, values: Floats) -> float:
    """Share of simulated values at least as large; beyond them, the largest fifth is extended as an exponential."""
    hits = int(np.sum(values >= observed))
    p = (1 + hits) / (values.size + 1)
    if hits == 0:
        top = np.sort(values)[::-1][: max(5, values.size // 5)]
        p = min(p, top.size / values.size * math.exp(-(observed - top[-1]) / max(float(np.mean(top - top[-1])), 0.3)))
    return float(p)
