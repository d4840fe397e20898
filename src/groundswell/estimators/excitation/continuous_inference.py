"""Tests and intervals of excitation in continuous time: score processes without excitation, profiles, information."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from scipy import stats

from groundswell.estimators.excitation.continuous_likelihood import (
    Floats,
    Point,
    Target,
    evaluate,
    maximise,
    prior_precision,
)
from groundswell.estimators.excitation.continuous_marginal import design_times, gram, log_link, weighted_rows


def intensity(t: Target, point: Point, i: int) -> tuple[Floats, Floats, Floats]:
    """Baseline and intensity at the events of a target, and the derivative of the log intensity in the sum."""
    base = np.exp(np.clip(design_times(t.design.X, point.b[i]), -50, 50))[t.row]
    u = base + weighted_rows(t.history(point.theta).z, point.n[i])
    if t.soft == 0:
        return base, np.maximum(u, 1e-300), 1 / np.maximum(u, 1e-300)
    found = np.array([log_link(float(x), t.soft)[:2] for x in u])
    return base, np.exp(found[:, 0]), found[:, 1]


def nuisance(t: Target, point: Point, i: int, without: Sequence[int] = ()) -> tuple[Floats, Floats]:
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
    information[np.diag_indices_from(information)] *= 1 + 1e-9
    information[np.diag_indices_from(information)] += 1e-12
    return D, information


_MOST_ROWS = 20_000  # events used for the correlation of scores between decays: more change nothing


def score_covariance(t: Target, point: Point, i: int, sources: Sequence[int], grid: Sequence[Floats]) -> Floats:
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


def fit_both(
    targets: Sequence[Target], fixed: dict[tuple[int, int], float] | None = None, null: Point | None = None
) -> tuple[Point, Point]:
    """The fit without any excitation, and the fit with it, from two starts of the kernel."""
    kernel = targets[0].kernel
    grid = kernel.grid()
    if null is None:
        zeros = [np.zeros(t.sources) for t in targets]
        start = Point([t.b0.copy() for t in targets], zeros, grid[len(grid) // 2], [10.0] * len(targets), math.nan)
        null = maximise(targets, start=start, no_excitation=True)
    gain = np.zeros(len(grid))
    guesses: list[list[Floats]] = []
    for i, t in enumerate(targets):
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
    first_start = int(order[0])
    far = [int(g) for g in order if abs(grid[g][0] - grid[first_start][0]) > 0.3 * (kernel.high[0] - kernel.low[0])]
    best = null
    for g in [first_start, *far[:1]]:
        start = Point(null.b, [found[g] for found in guesses], grid[g], null.stiffness, math.nan)
        point = maximise(targets, start=start, fixed=fixed)
        if point.log_likelihood > best.log_likelihood:
            best = point
    return null, best


def refit_without(targets: Sequence[Target], full: Point, i: int, j: int, null: Point) -> Point:
    """The fit with one entry held at zero, from the full fit and from none."""
    point = maximise(targets, start=full, fixed={(i, j): 0.0})
    return point if point.log_likelihood >= null.log_likelihood else null


def wald_errors(t: Target, point: Point, i: int) -> Floats:
    """Standard errors of n given that baseline and kernel are fitted too; shape (K,)."""
    _, _, slope = intensity(t, point, i)
    sums = t.history(point.theta)
    D, information = nuisance(t, point, i, range(t.sources))
    columns = [sums.z]
    if np.abs(point.n[i]).max(initial=0) > 1e-6:
        columns += [weighted_rows(np.ascontiguousarray(d), point.n[i])[:, None] for d in sums.dz]
    E = np.hstack(columns) * slope[:, None]
    cross = D.T @ E
    left = E.T @ E - cross.T @ np.linalg.solve(information, cross)
    return np.sqrt(np.maximum(np.diag(np.linalg.pinv(left, hermitian=True))[: t.sources], 0))


def _crossing(
    fall: Callable[[float], float], centre: float, side: float, step: float, limit: float, bound: float
) -> float:
    """Where the signed root of twice a likelihood's fall reaches a limit, from its maximum towards a bound."""
    near, near_value, far, far_value = centre, -limit, centre, -limit
    for _ in range(30):
        far = far + side * step
        far = max(far, bound) if side < 0 else min(far, bound)
        far_value = math.sqrt(max(0.0, fall(far))) - limit
        if far_value > 0 or far == bound:
            break
        near, near_value = far, far_value
        step *= 1.3
    if far_value <= 0:
        return bound
    for _ in range(8):  # the signed root is nearly linear, so regula falsi (Illinois) needs two or three
        share = near_value / (near_value - far_value)
        middle = near + min(max(share, 0.05), 0.95) * (far - near)
        value = math.sqrt(max(0.0, fall(middle))) - limit
        if abs(value) < 0.02 or abs(far - near) < 1e-4 * (abs(centre) + abs(far)) + 1e-6:
            return middle
        if value > 0:
            far, far_value, near_value = middle, value, near_value * 0.7
        else:
            near, near_value, far_value = middle, value, far_value * 0.7
    return 0.5 * (near + far)


def profile_interval(
    targets: Sequence[Target], full: Point, i: int, j: int, error: float, level: float
) -> tuple[float, float]:
    """Where twice the fall of the profile likelihood reaches the chi-square quantile; the lower end stops at 0."""
    limit = math.sqrt(float(stats.chi2.ppf(level, 1)))
    centre, signed = float(full.n[i][j]), targets[i].soft > 0
    ends = []
    for side in (-1.0, 1.0):
        if side < 0 and centre <= 0 and not signed:
            ends.append(0.0)
            continue
        start = full

        def fall(value: float) -> float:
            nonlocal start
            point = maximise(targets, start=start, fixed={(i, j): value})
            if point.log_likelihood > start.log_likelihood - 20:
                start = point
            return 2 * (full.log_likelihood - point.log_likelihood)

        bound = 15.0 if side > 0 else -15.0 if signed else 0.0
        end = _crossing(fall, centre, side, max(limit * min(error, 1.0), 1e-3), limit, bound)
        ends.append(side * math.inf if abs(end) >= 15.0 else end)
    return ends[0], ends[1]


def profile_parameter(targets: Sequence[Target], full: Point, index: int, level: float) -> tuple[float, float]:
    """Profile interval of one parameter of the kernel; it ends at the bounds of the search."""
    kernel = targets[0].kernel
    limit = math.sqrt(float(stats.chi2.ppf(level, 1)))
    ends = []
    for side, bound in ((-1.0, float(kernel.low[index])), (1.0, float(kernel.high[index]))):
        start = full

        def fall(value: float) -> float:
            nonlocal start
            theta = start.theta.copy()
            theta[index] = value
            point = maximise(targets, start=replace(start, theta=theta), fixed_theta=[index])
            if point.log_likelihood > start.log_likelihood - 20:
                start = point
            return 2 * (full.log_likelihood - point.log_likelihood)

        ends.append(_crossing(fall, float(full.theta[index]), side, 0.3, limit, bound))
    return ends[0], ends[1]


def expected_memory(t: Target, point: Point, i: int, lags: int) -> Floats:
    """Autocorrelations that residuals have merely because the model was fitted to them; shape (lags,).

    Residuals of a fit are (1 - H) noise with H the hat matrix of the log intensity's derivatives at events, so at lag l
    they correlate by ``-sum_i H[i, i-l] / (n - trace H)``: for a flexible trend enough to fail a correct model.
    """
    D, information = nuisance(t, point, i)
    scale = np.sqrt(np.diag(information))
    values, vectors = np.linalg.eigh(information / np.outer(scale, scale))
    keep = values > 1e-10
    F = D @ (vectors[:, keep] / np.sqrt(values[keep]) / scale[:, None])
    rest = F.shape[0] - float(np.sum(F**2))
    return np.array([-float(np.sum(F[lag:] * F[:-lag])) / max(rest, 1.0) for lag in range(1, lags + 1)])


def effective_df(t: Target, point: Point, i: int) -> float:
    """Effective degrees of freedom of the wiggles: trace of (I + prior)^-1 I over them."""
    base, _, slope = intensity(t, point, i)
    weight = np.bincount(t.row, (base * slope) ** 2, t.design.width.size)
    information = gram(t.design.X, weight)
    rigid = t.design.rigid
    share = np.linalg.solve(information + np.diag(prior_precision(t, point.stiffness[i])), information)
    return float(np.trace(share[rigid:, rigid:]))


def shift_scores(t: Target, point: Point, times: Floats) -> tuple[Floats, Floats]:
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
