"""Inference from the information matrix in continuous time, and the fit itself: targets of one kernel as a `Group`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from groundswell.estimators.excitation.continuous_history import Floats
from groundswell.estimators.excitation.continuous_likelihood import ContinuousTarget, evaluate, prior_precision
from groundswell.estimators.excitation.continuous_marginal import design_times, gram, log_link, weighted_rows
from groundswell.estimators.excitation.group import Group, Point
from groundswell.estimators.excitation.intensity import Fits, Search, climb, profile_interval
from groundswell.estimators.excitation.scores import hat_factor, left_over, stabilised, standard_errors, wiggle_df

_MOST_ROWS = 20_000  # events used for the correlation of scores between decays: more change nothing
_STRAIGHT = 1e4  # stiffness at which wiggles are a hundredth, in the logarithm
_FIRST_STEP = 0.3  # along the profile of a parameter of the kernel


def intensity(t: ContinuousTarget, point: Point, i: int) -> tuple[Floats, Floats, Floats]:
    """Baseline and intensity at the events of a target, and the derivative of the log intensity in the sum."""
    base = np.exp(np.clip(design_times(t.design.X, point.b[i]), -50, 50))[t.row]
    u = base + weighted_rows(t.history(point.theta).z, point.n[i])
    if t.soft == 0:
        return base, np.maximum(u, 1e-300), 1 / np.maximum(u, 1e-300)
    found = np.array([log_link(float(x), t.soft)[:2] for x in u])
    return base, np.exp(found[:, 0]), found[:, 1]


def nuisance(t: ContinuousTarget, point: Point, i: int, without: Sequence[int] = ()) -> tuple[Floats, Floats]:
    """Derivatives D (n, q) of the log intensity at events in baseline, sources and kernel; D'D with the prior."""
    base, _, slope = intensity(t, point, i)
    columns = [(base * slope)[:, None] * t.design.X[:, t.row].T]
    active = [j for j in range(t.sources) if abs(point.n[i][j]) > 1e-6 and j not in without]
    sums = t.history(point.theta)
    if active:
        columns.append(sums.z[:, active] * slope[:, None])
        columns += [(weighted_rows(np.ascontiguousarray(d), point.n[i]) * slope)[:, None] for d in sums.dz]
    D = np.ascontiguousarray(np.hstack(columns))
    p = t.design.X.shape[0]
    information = gram(np.ascontiguousarray(D.T), np.ones(t.events))
    information[range(p), range(p)] += prior_precision(t, point.stiffness[i])
    return D, stabilised(information)


def score_covariance(
    t: ContinuousTarget, point: Point, i: int, sources: Sequence[int], grid: Sequence[Floats]
) -> Floats:
    """Joint covariance of the efficient scores of absent sources at each point of a grid; shape (G, m, G, m).

    Sums of products over events (the predictable variation of the scores, estimated without bias), left over after the
    same sums have been projected on the nuisance parameters.
    """
    D, information = nuisance(t, point, i, sources)
    _, _, slope = intensity(t, point, i)
    keep = slice(None, None, max(1, t.events // _MOST_ROWS))
    every = t.events / D[keep].shape[0]
    columns = np.concatenate([t.history(h).z[keep][:, list(sources)] * slope[keep, None] for h in grid], axis=1)
    stack = np.ascontiguousarray(np.hstack([columns, D[keep]]).T)
    products = every * gram(stack, np.ones(stack.shape[1]))
    g = columns.shape[1]
    cross = products[g:, :g]
    covariance = products[:g, :g] - cross.T @ np.linalg.solve(information, cross)
    shape = (len(grid), len(sources))
    return covariance.reshape(*shape, *shape)


def wald_errors(t: ContinuousTarget, point: Point, i: int) -> Floats:
    """Standard errors of n given that baseline and kernel are fitted too; shape (K,)."""
    _, _, slope = intensity(t, point, i)
    sums = t.history(point.theta)
    D, information = nuisance(t, point, i, range(t.sources))
    columns = [sums.z]
    if np.abs(point.n[i]).max(initial=0) > 1e-6:
        columns += [weighted_rows(np.ascontiguousarray(d), point.n[i])[:, None] for d in sums.dz]
    E = np.hstack(columns) * slope[:, None]
    return standard_errors(left_over(E, E, D, information), t.sources)


def expected_memory(t: ContinuousTarget, point: Point, i: int, lags: int) -> Floats:
    """Autocorrelations that residuals have because the model was fitted to them; shape (lags,)."""
    F = hat_factor(*nuisance(t, point, i))
    rest = F.shape[0] - float(np.sum(F**2))
    return np.array([-float(np.sum(F[lag:] * F[:-lag])) / max(rest, 1.0) for lag in range(1, lags + 1)])


def effective_df(t: ContinuousTarget, point: Point, i: int) -> float:
    """Effective degrees of freedom of the trend."""
    base, _, slope = intensity(t, point, i)
    information = gram(t.design.X, np.bincount(t.row, (base * slope) ** 2, t.design.width.size))
    return wiggle_df(information, prior_precision(t, point.stiffness[i]), t.design.rigid)


class ContinuousGroup(Group[ContinuousTarget]):
    """Targets in continuous time that share one kernel."""

    search = Search(tolerance=1e-7, apart=(1e-6, 1e-4), widest=1.0)

    def __init__(self, targets: Sequence[ContinuousTarget]):
        self.form = targets[0].kernel
        super().__init__(targets, list(zip(self.form.low.tolist(), self.form.high.tolist(), strict=True)))

    def evaluate(self, x: Floats, inner: list[Floats]) -> tuple[float, Floats, list[Floats]]:
        theta = np.ascontiguousarray(x[-self.size :])
        out, value = np.zeros(x.size), 0.0
        b = [values.copy() for values in inner]  # a wild trial must not pass its coefficients on to the next
        for k, t in enumerate(self.targets):
            at = self.branching(k)
            found = evaluate(t, x[at] * t.scale, theta, math.exp(x[at.stop]), b[k])
            value += found.value
            out[at] = found.in_n * t.scale
            out[at.stop] = found.in_log_stiffness
            out[-self.size :] += found.in_theta
        return value, out, b

    def begin(self) -> Point:
        """Where a search for the fit without excitation begins."""
        grid, m = self.form.grid(), len(self.targets)
        zeros = [np.zeros(t.sources) for t in self.targets]
        return Point([t.b0.copy() for t in self.targets], zeros, grid[len(grid) // 2], [], [10.0] * m, math.nan)

    def straight(self, null: Point) -> Point:
        """No excitation and hardly any wiggles, which may otherwise partly hide a shift."""
        held = dict(self.no_excitation) | dict.fromkeys(end - 1 for end in self.ends)
        return climb(self, replace(null, stiffness=[_STRAIGHT] * len(self.targets)), held)

    def scores(self, null: Point) -> None:
        """None: they are cheap to recompute."""

    def starts(self, null: Point, scores: None) -> list[tuple[Point, int | None]]:
        """The kernel of the highest scores and the next one far from it, with branching one step from zero."""
        grid = self.form.grid()
        gain = np.zeros(len(grid))
        guesses: list[list[Floats]] = []
        for i, t in enumerate(self.targets):
            D, information = nuisance(t, null, i)
            _, _, slope = intensity(t, null, i)
            first = np.linalg.inv(information)
            found = []
            for g, theta in enumerate(grid):
                b = null.b[i].copy()
                U = evaluate(t, np.zeros(t.sources), theta, null.stiffness[i], b).in_n
                z = t.history(theta).z * slope[:, None]
                own = np.sum(z * z, axis=0)
                cross = D.T @ z
                left = np.maximum(own - np.sum(cross * (first @ cross), axis=0), 1e-3 * own + 1e-12)
                U = U if t.soft > 0 else np.maximum(U, 0)
                gain[g] += float(np.sum(U * U / left))
                found.append(np.clip(U / left, -0.5 if t.soft > 0 else 0.02, 0.6) / max(1, t.sources))
            guesses.append(found)
        order = np.argsort(-gain)
        best, apart = int(order[0]), 0.3 * (self.form.high[0] - self.form.low[0])
        far = [int(g) for g in order if abs(grid[g][0] - grid[best][0]) > apart]
        return [(replace(null, n=[f[g] for f in guesses], theta=grid[g]), None) for g in (best, *far[:1])]

    # --- inference --------------------------------------------------------------------------------------------------

    def reference(self, fits: Fits, k: int) -> Floats:
        t = self.targets[k]
        return score_covariance(t, fits.null, k, range(t.sources), self.form.grid())

    def covariance(self, point: Point, k: int, j: int) -> Floats:
        return score_covariance(self.targets[k], point, k, [j], self.form.grid())

    def errors(self, point: Point, k: int) -> Floats:
        return wald_errors(self.targets[k], point, k)

    def half_lives(self, point: Point) -> Floats:
        return self.form.half_lives(point.theta)

    def half_life_intervals(self, full: Point, level: float) -> list[tuple[float, float]]:
        """Profile intervals; they end at the bounds of the search. None for a power law."""
        if self.form.form != "exponential":
            return []
        found = [
            profile_interval(self, full, i, level, step=_FIRST_STEP, within=self.limits[i])
            for i in self.kernel[: self.form.shape_parameters]
        ]
        return [(math.exp(low), math.exp(high)) for low, high in found]


def shift_scores(t: ContinuousTarget, point: Point, times: Floats) -> tuple[Floats, Floats]:
    """Score statistic of a level shift at every edge of a cell, given the fitted model: edges and statistics."""
    base, _, slope = intensity(t, point, 0)
    rates = np.exp(np.clip(design_times(t.design.X, point.b[0]), -50, 50))[t.design.row] * np.diff(t.design.edges)
    edges = t.design.edges[1:-1]
    at = np.searchsorted(times, edges)
    D, information = nuisance(t, point, 0)
    q = base * slope

    def after(x: Floats) -> Floats:
        total = np.concatenate([np.zeros((1, *x.shape[1:])), np.cumsum(x[::-1], axis=0)])[::-1]
        return total[at]

    U = after(q) - np.cumsum(rates[::-1])[::-1][1:]
    own, cross = after(q * q), after(D * q[:, None])
    left = own - np.sum(cross * np.linalg.solve(information, cross.T).T, axis=1)
    return edges, np.where(left > 1e-3 * np.maximum(own, 1e-12), U**2 / np.maximum(left, 1e-12), 0.0)
