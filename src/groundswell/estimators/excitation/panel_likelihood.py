"""What each place of a panel says about the branching ratios: likelihood curves at a decay that the places share.

With a free decay in every place, each place would take the one that suits its noise best, and the curves together would
find excitation where there is none. So the decay into each target is one for all places, estimated from all.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy import interpolate, stats

from groundswell.estimators.excitation.baseline import Floats
from groundswell.estimators.excitation.discrete_likelihood import DiscreteGroup
from groundswell.estimators.excitation.discrete_scores import (
    absent_scores,
    decay_grid,
    decay_information,
    expected_bias,
    wald_errors,
)
from groundswell.estimators.excitation.discrete_target import CountTarget
from groundswell.estimators.excitation.group import Point
from groundswell.estimators.excitation.intensity import Fits, climb
from groundswell.estimators.excitation.scores import Scores, cone, same_decay

Map = Callable[..., list[Any]]  # a map over places, in order, on some threads
_ABOVE = (1.2, 3.0)  # standard errors above the maximum at which a profile is computed
_NONE = 1e-8


@dataclass(frozen=True)
class LikelihoodCurve:
    """Log-likelihood of one branching ratio in one place, the rest re-fitted: ``l(n) = -(q(n)² - q(best)²) / 2``.

    q, the signed root, is nearly a line; it is known at the knots, joined by a monotone cubic, and continues as a line.
    Where the maximum lies on the boundary, q is positive there.
    """

    best: float
    knots: Floats
    roots: Floats
    slope: float  # of q beyond the last knot
    first: float  # of q before the first

    def __call__(self, n: Floats) -> Floats:
        n = np.asarray(n, dtype=float)
        return -0.5 * (self._root(n) ** 2 - float(self._root(np.array([self.best]))[0]) ** 2)

    def moved(self, by: float, signed: bool) -> LikelihoodCurve:
        """The curve shifted up by this much, cut at 0 again unless signed."""
        knots = self.knots + by
        best = self.best + by
        if not signed:
            at_zero = float(self.roots[0] - self.first * knots[0]) if knots[0] > 0 else math.nan
            if self.best <= _NONE:  # the maximum was on the boundary, and the curve now continues below where it was
                best = max(0.0, float(knots[0] - self.roots[0] / self.first)) if at_zero < 0 else 0.0
            best = max(best, 0.0)
        return replace(self, best=best, knots=knots)

    def _root(self, n: Floats) -> Floats:
        low, high = self.knots[0], self.knots[-1]
        inside = np.clip(n, low, high)
        if self.knots.size > 1:
            q = interpolate.PchipInterpolator(self.knots, self.roots)(inside)
        else:
            q = np.full_like(inside, self.roots[0])
        return q + self.slope * np.maximum(n - high, 0) + self.first * np.minimum(n - low, 0)

    def interval(self, level: float, signed: bool) -> tuple[float, float]:
        """Where twice the fall reaches the chi-square quantile; the lower end stops at 0 unless signed."""
        limit = 0.5 * float(stats.chi2.ppf(level, 1))
        reach = 8 / max(min(self.slope, self.first), 1e-9)
        ends = []
        for side in (-1.0, 1.0):
            stop = self.best + side * reach
            if side < 0 and not signed:
                stop = max(0.0, stop)
            grid = np.linspace(self.best, stop, 2001)
            beyond = np.flatnonzero(self(grid) < -limit)
            if beyond.size == 0:
                ends.append(float(stop))
                continue
            i = int(beyond[0])
            a, b = self(grid[i - 1 : i + 1])
            ends.append(float(grid[i - 1] + (a + limit) / (a - b) * (grid[i] - grid[i - 1])))
        return ends[0], ends[1]


@dataclass(frozen=True)
class TargetOfPlace:
    """One target in one place, at the panel's decay: its fit, curves (minus the expected bias) and tests, by source."""

    full: Point
    curves: tuple[LikelihoodCurve, ...]
    errors: Floats  # (J,); standard errors of n at the decay
    bias: Floats  # (J,); expected, and subtracted in the curves
    in_log_half_life: Floats  # (J,); how the estimates move with the decay
    tests: tuple[Scores, ...]  # of each source, the others fitted, over the grid of decays


def fit_at(t: CountTarget, start: Point, h: float, branching: dict[int, float] | None = None) -> Point:
    """The fit at a known decay, with the branching from some sources held fixed."""
    group = DiscreteGroup([t])
    held = {group.at(0, j): value for j, value in (branching or {}).items()}
    return climb(group, start.at(h), {**group.kernel_held, **held})


def common_decay(
    targets: Sequence[CountTarget], fits: Sequence[Fits], each: Map
) -> tuple[float, float, list[Point], list[Floats]]:
    """Maximum of the sum over places of log-likelihoods in the decay of one target.

    Returns the log half-life, its standard error (NaN where nothing is excited), the fits there, and how the estimates
    of every place move with it, each of shape (J,). Newton's method on a parabola through three decays.
    """
    bounds, nulls, fulls = targets[0].bounds, [f.null for f in fits], [f.full for f in fits]
    scores = [f.scores[0] for f in fits]
    signed = targets[0].soft > 0
    weights = np.array([decay_information(t, f, 0) for t, f in zip(targets, fulls, strict=True)])
    still = [np.zeros(t.sources) for t in targets]
    grid = decay_grid(bounds)
    gain = np.sum([cone(s.value[None], same_decay(s.covariance), signed)[0] for s in scores], axis=0)
    by_scores = float(grid[int(np.argmax(gain))])
    if weights.sum() <= 0:
        return by_scores, math.nan, each(lambda t, f: fit_at(t, f, by_scores), targets, fulls), still
    h = float(weights @ [f.log_half_life for f in fulls] / weights.sum())
    reach = float(np.clip(1.5 / math.sqrt(weights.sum()), 0.02, 0.4))
    if len(targets) == 1:
        h = fulls[0].log_half_life
    elif abs(h - by_scores) > 0.5:  # the sum may have two maxima: begin at the higher
        tried = [each(lambda t, f, at=at: fit_at(t, f, at), targets, fulls) for at in (h, by_scores)]
        if sum(p.log_likelihood for p in tried[1]) > sum(p.log_likelihood for p in tried[0]):
            h = by_scores
    points, curvature, moved = list(fulls), 0.0, still
    for _ in range(6):
        h = float(np.clip(h, bounds[0] + reach, bounds[1] - reach))
        tried, values = [], []
        for at in (h - reach, h, h + reach):
            near = each(lambda t, f, at=at: fit_at(t, f, at), targets, points)
            near = [p if p.log_likelihood >= null.log_likelihood else null for p, null in zip(near, nulls, strict=True)]
            tried.append(near)
            values.append(sum(p.log_likelihood for p in near))
            points = near
        moved = [(b.n[0] - a.n[0]) / (2 * reach) for a, b in zip(tried[0], tried[2], strict=True)]
        curvature = (2 * values[1] - values[0] - values[2]) / reach**2
        points = tried[int(np.argmax(values))]
        if curvature > 1e-6:
            step = (values[2] - values[0]) / (2 * reach * curvature)
        else:
            step = 2 * reach * math.copysign(1.0, values[2] - values[0])
        to = float(np.clip(h + np.clip(step, -2 * reach, 2 * reach), *bounds))
        settled, h = abs(to - h) <= 1.05 * reach and curvature > 1e-6, to
        if settled:
            break
    points = each(lambda t, f: fit_at(t, f, h), targets, points)
    return h, 1 / math.sqrt(curvature) if curvature > 1e-6 else math.nan, points, moved


def _curve(t: CountTarget, full: Point, j: int, error: float, without: Point, exact: bool) -> LikelihoodCurve:
    """The curve of source j, from the fit, the fit without the source, and, if exact, fits above the maximum."""
    best = float(full.n[0][j])
    signed = t.soft > 0
    error = max(error, 1e-6)

    def fall(n: float) -> float:
        return max(0.0, full.log_likelihood - fit_at(t, full, full.log_half_life, {j: n}).log_likelihood)

    above = [best + s * error for s in _ABOVE] if exact else []
    falls = [fall(n) for n in above]
    if abs(best) > _NONE or signed:
        knots, roots = [best], [0.0]
        at_none = math.sqrt(2 * max(0.0, full.log_likelihood - without.log_likelihood))
        if abs(best) > 0.05 * error:
            knots, roots = ([0.0, best], [-at_none, 0.0]) if best > 0 else ([best, 0.0], [0.0, at_none])
        below = [best - s * error for s in _ABOVE] if exact and signed else []
        for n, f in [*zip(above, falls, strict=True), *((n, fall(n)) for n in below)]:
            if min(abs(n - k) for k in knots) > 0.3 * error:
                knots.append(n)
                roots.append(math.copysign(math.sqrt(2 * f), n - best))
    else:
        scores = absent_scores(t, full, 0, [j], np.array([full.log_half_life]))
        downhill = max(0.0, -float(scores.value[0, 0]))
        if exact:  # downhill n + n² / (2 error²) through both
            (n1, n2), (f1, f2) = above, falls
            bend = 2 * (f2 / n2 - f1 / n1) / (n2 - n1)
            if bend > 0.1 / error**2:
                error = 1 / math.sqrt(bend)
                downhill = max(0.0, f1 / n1 - 0.5 * bend * n1)
        start = downhill * error
        knots = [0.0, *above]
        roots = [start, *(math.sqrt(start**2 + 2 * f) for f in falls)]
    order = np.argsort(knots)
    x, q = np.array(knots)[order], np.maximum.accumulate(np.array(roots)[order])
    slope = (q[-1] - q[-2]) / (x[-1] - x[-2]) if exact and x.size > 1 else 1 / error
    first = (q[1] - q[0]) / (x[1] - x[0]) if exact and signed and x.size > 1 else 1 / error
    return LikelihoodCurve(best, x, q, max(slope, 0.3 / error), max(first, 0.3 / error))


def target_of_place(t: CountTarget, null: Point, full: Point, moved: Floats, exact: bool) -> TargetOfPlace:
    """Curves and tests of one target in one place, at the decay of its fit."""
    if full.log_likelihood < null.log_likelihood:
        full = null.at(full.log_half_life)
    grid = decay_grid(t.bounds)
    errors = wald_errors(t, full, 0, decay_known=True)
    bias = expected_bias(t, full, 0)
    curves, tests = [], []
    for j in range(t.sources):
        without = full
        if abs(full.n[0][j]) > _NONE:
            without = fit_at(t, full, full.log_half_life, {j: 0.0})
            if without.log_likelihood < null.log_likelihood:
                without = null.at(full.log_half_life)
        curve = _curve(t, full, j, float(errors[j]), without, exact)
        curves.append(curve.moved(-float(bias[j]), t.soft > 0))
        tests.append(absent_scores(t, without, 0, [j], grid))
    return TargetOfPlace(full, tuple(curves), errors, bias, moved, tuple(tests))
