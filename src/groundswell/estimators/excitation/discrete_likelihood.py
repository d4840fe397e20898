"""The likelihood of targets in discrete time that share one decay, as a `Group`.

The outer parameters are few (branching, half-life, dispersion, stiffness of the trend); the coefficients of the
baseline are maximised, and those of the trend's wiggles integrated out, within each evaluation (`discrete_kernels`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy import stats

from groundswell.estimators.excitation.baseline import Floats
from groundswell.estimators.excitation.discrete_kernels import kernel_sums, marginal
from groundswell.estimators.excitation.discrete_scores import (
    absent_scores,
    decay_grid,
    profile_crossings,
    score_covariance,
    wald_errors,
)
from groundswell.estimators.excitation.discrete_target import DISPERSION, CountTarget
from groundswell.estimators.excitation.group import Group, Point
from groundswell.estimators.excitation.intensity import Fits, climb
from groundswell.estimators.excitation.scores import Scores, cone, same_decay

_TRIAL = 8  # steps of the search from the second start, before it is compared with the first


def evaluate(
    t: CountTarget,
    b: Floats,
    n: Floats,
    h: float,
    spread: float,
    stiffness: float,
    sums: tuple[Floats, Floats] | None = None,
) -> tuple[float, Floats, tuple[float, float, float]]:
    """Marginal log-likelihood of one target, its gradient, and what the adjustment subtracts from both.

    ``b`` starts the search of the coefficients and receives their best; the gradient is in n, log half-life, log
    dispersion and log stiffness (with the expected for the observed information in the small derivative of b), the
    adjustment the value and its derivatives in n and log half-life.
    """
    z, dz = sums or kernel_sums(t.S, t.start, 2.0 ** (-1 / math.exp(h)))
    gradient, common = np.empty(t.sources + 3), np.empty(t.y.size)
    basis = (t.basis.index, t.basis.value, t.basis.A, t.rigid)
    value = marginal(
        *basis, t.y, z, dz, t.lead, b, n, h, spread, stiffness, t.above, t.soft, gradient, common
    )  # fmt: skip
    return value, gradient, (0.0, 0.0, 0.0) if t.adjustment is None else t.adjustment(n[t.own], h)


class DiscreteGroup(Group[CountTarget]):
    """Targets that share one geometric kernel."""

    def __init__(self, targets: Sequence[CountTarget]):
        self._unit = [5.0 / math.sqrt(t.y.size) for t in targets]  # about one standard error of a log dispersion
        self._sums: tuple[float, list[tuple[Floats, Floats]]] = (math.nan, [])
        self._constant = sum(t.constant for t in targets)
        super().__init__(targets, [targets[0].bounds])

    def own_limits(self, k: int) -> list[tuple[tuple[float, float], bool]]:
        low, high = (math.log(end) / self._unit[k] for end in DISPERSION)
        return [((low, high), not self.targets[k].poisson)]

    def own(self, point: Point, k: int) -> list[float]:
        return [math.log(max(point.spread[k], 1e-300)) / self._unit[k]]

    def spread(self, x: Floats, k: int) -> list[float]:
        t = self.targets[k]
        return [0.0 if t.poisson else math.exp(x[self.first[k] + t.sources] * self._unit[k])]

    def point(self, x: Floats, log_likelihood: float, inner: list[Floats]) -> Point:
        return super().point(x, log_likelihood + self._constant, inner)

    def evaluate(self, x: Floats, inner: list[Floats]) -> tuple[float, Floats, list[Floats]]:
        h = float(x[-1])
        if self._sums[0] != h:
            decay = 2.0 ** (-1 / math.exp(h))
            self._sums = (h, [kernel_sums(t.S, t.start, decay) for t in self.targets])
        out, value = np.zeros(x.size), 0.0
        b = [values.copy() for values in inner]  # a wild trial must not pass its coefficients on to the next
        for k, t in enumerate(self.targets):
            at, J = self.branching(k), t.sources
            (spread,), stiffness = self.spread(x, k), math.exp(x[at.stop + 1])
            found, gradient, (taken, in_n, in_h) = evaluate(
                t, b[k], x[at] * t.scale, h, spread, stiffness, self._sums[1][k]
            )
            value += found
            value -= taken
            out[at] = gradient[:J] * t.scale
            if t.adjustment is not None:
                out[at.start + t.own] -= in_n * t.scale[t.own]
            out[at.stop] = 0.0 if t.poisson else gradient[J + 1] * self._unit[k]
            out[at.stop + 1] = gradient[J + 2]
            out[-1] += gradient[J]
            out[-1] -= in_h
        return value, out, b

    def begin(self) -> Point:
        """Where a search for the fit without excitation begins."""
        m = len(self.targets)
        zeros = [np.zeros(t.sources) for t in self.targets]
        middle = np.array([0.5 * sum(self.targets[0].bounds)])
        return Point([t.b0 for t in self.targets], zeros, middle, [0.05] * m, [10.0] * m, math.nan)

    def scores(self, null: Point) -> list[Scores]:
        grid = decay_grid(self.targets[0].bounds)
        return [absent_scores(t, null, k, range(t.sources), grid) for k, t in enumerate(self.targets)]

    def starts(self, null: Point, scores: list[Scores]) -> list[tuple[Point, int | None]]:
        """The decay with the highest scores and one far from it, with branching one step from zero."""
        grid = decay_grid(self.targets[0].bounds)
        gain, guesses = np.zeros(grid.size), []
        for t, found in zip(self.targets, scores, strict=True):
            U, information = found.value, same_decay(found.covariance)
            gain += cone(U[None], information, t.soft > 0)[0]
            one_step = U / np.maximum(np.einsum("gii->gi", information), 1e-12)
            guesses.append(np.clip(one_step, -0.5 if t.soft > 0 else 0.02, 0.6) / max(1, t.sources))
        first, middle = int(np.argmax(gain)), grid.size // 2
        second = first + middle if first < middle else first - middle
        return [
            (replace(null, n=[guess[g] for guess in guesses], theta=grid[g : g + 1].copy()), most)
            for g, most in ((first, None), (second, _TRIAL))
        ]

    # --- inference --------------------------------------------------------------------------------------------------

    def reference(self, fits: Fits, k: int) -> Floats:
        """Covariance of the scores of all sources of target k, where there is no excitation."""
        return fits.scores[k].covariance

    def covariance(self, point: Point, k: int, j: int) -> Floats:
        """Covariance of the scores of source j of target k, where that source is absent."""
        return score_covariance(self.targets[k], point, k, [j], decay_grid(self.targets[k].bounds))

    def errors(self, point: Point, k: int) -> Floats:
        return wald_errors(self.targets[k], point, k)

    def half_lives(self, point: Point) -> Floats:
        return np.full(self.targets[0].sources, math.exp(point.log_half_life))

    def half_life_intervals(self, full: Point, level: float) -> list[tuple[float, float]]:
        """Where the profile on a grid of decays crosses the chi-square quantile: it may have several maxima."""
        coarse = decay_grid(self.targets[0].bounds)[::2]
        falls = [
            2 * (full.log_likelihood - climb(self, full.at(float(h)), self.kernel_held).log_likelihood) for h in coarse
        ]
        ends = profile_crossings(coarse, np.array(falls), full.log_half_life, float(stats.chi2.ppf(level, 1)))
        return [(math.exp(ends[0]), math.exp(ends[1]))]
