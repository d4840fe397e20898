"""Maximum of the likelihood of the model of excitation, with and without some of its terms, and profile intervals.

The outer parameters are few (branching, half-life, dispersion, stiffness of the trend); the coefficients of the
baseline are maximised, and those of the trend's wiggles integrated out, within each evaluation (`discrete_kernels`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy import optimize, stats

from groundswell.estimators.excitation.baseline import Floats
from groundswell.estimators.excitation.discrete_kernels import kernel_sums, marginal
from groundswell.estimators.excitation.discrete_scores import (
    Scores,
    absent_scores,
    cone,
    decay_grid,
    same_decay,
)
from groundswell.estimators.excitation.discrete_target import DISPERSION, Point, Target

_MOST_EXPLAINED = 1.5  # bound of branching: no source brings about more than 1.5 times all events of the target
_TRIAL = 8  # steps of the search from the second start, before it is compared with the first
_STIFFNESS = (1e-2, 1e6)  # of the trend: wiggles in the logarithm from sd 10 to sd 0.001


def maximise(
    targets: Sequence[Target],
    bounds: tuple[float, float],
    *,
    start: Point,
    fixed: dict[tuple[int, int], float] | None = None,
    fix_decay: bool = False,
    no_excitation: bool = False,
    most_steps: int = 200,
) -> Point:
    """Maximum adjusted marginal likelihood of targets that share one decay; some entries of n may be held fixed.

    ``fixed[(k, j)]`` is the value at which source j of target k is held. The few outer parameters are found by SLSQP
    with the likelihood's gradient (which takes the expected for the observed information in the small derivative of b);
    it needs half the evaluations of L-BFGS-B here, and starts no threads.
    """
    fixed = fixed or {}
    x0: list[float] = []
    limits: list[tuple[float, float]] = []
    spread_scale = [5.0 / math.sqrt(t.y.size) for t in targets]  # about one standard error of a log dispersion
    for k, target in enumerate(targets):
        for j in range(target.sources):
            widest = _MOST_EXPLAINED * float(target.y.mean()) / float(target.S[:, j].mean())
            lowest = -widest if target.soft > 0 else 0.0
            n = min(max(float(start.n[k][j]), lowest), widest)
            if no_excitation or (k, j) in fixed:
                n = 0.0 if no_excitation else fixed[(k, j)]
                limits.append((n / target.scale[j], n / target.scale[j]))
            else:
                limits.append((lowest / target.scale[j], widest / target.scale[j]))
            x0.append(n / target.scale[j])
        edge = (math.log(DISPERSION[0]) / spread_scale[k], math.log(DISPERSION[1]) / spread_scale[k])
        x0.append(min(max(math.log(max(start.spread[k], 1e-300)) / spread_scale[k], edge[0]), edge[1]))
        limits.append((x0[-1], x0[-1]) if target.poisson else edge)
        edge = (math.log(_STIFFNESS[0]), math.log(_STIFFNESS[1]))
        x0.append(min(max(math.log(start.stiffness[k]), edge[0]), edge[1]))
        limits.append((x0[-1], x0[-1]) if target.rigid == target.X.shape[1] else edge)
    x0.append(min(max(start.log_half_life, bounds[0]), bounds[1]))
    limits.append((x0[-1], x0[-1]) if fix_decay or no_excitation else bounds)
    b = [values.copy() for values in start.b]
    grads = [np.empty(t.sources + 3) for t in targets]
    sums: dict[float, list[tuple[Floats, Floats]]] = {}
    common = [np.empty(t.y.size) for t in targets]
    best_value, best_x, best_b = -math.inf, np.array(x0), [v.copy() for v in b]

    def negative(x: Floats) -> tuple[float, Floats]:
        nonlocal best_value
        h = float(x[-1])
        if h not in sums:
            sums.clear()
            sums[h] = [kernel_sums(t.S, t.start, 2.0 ** (-1 / math.exp(h))) for t in targets]
        out = np.zeros(x.size)
        value, at = 0.0, 0
        for k, t in enumerate(targets):
            J = t.sources
            b[k][:] = best_b[k]  # a wild trial must not leave its coefficients to the next
            spread = 0.0 if t.poisson else math.exp(x[at + J] * spread_scale[k])
            stiffness = math.exp(x[at + J + 1])
            z, dz = sums[h][k]
            n, g = x[at : at + J] * t.scale, grads[k]
            basis = (t.basis.index, t.basis.value, t.basis.A, t.rigid)
            point = (b[k], n, h, spread, stiffness, t.above, t.soft)
            value += marginal(*basis, t.y, z, dz, t.lead, *point, g, common[k])
            out[at : at + J] = g[:J] * t.scale
            out[at + J] = 0.0 if t.poisson else g[J + 1] * spread_scale[k]
            out[at + J + 1] = g[J + 2]
            out[-1] += g[J]
            if t.adjustment is not None:
                taken, in_n, in_h = t.adjustment(n[t.own], h)
                value -= taken
                out[at + t.own] -= in_n * t.scale[t.own]
                out[-1] -= in_h
            at += J + 2
        if value > best_value:
            best_value = value
            best_x[:] = x
            for kept, now in zip(best_b, b, strict=True):
                kept[:] = now
        return -value, -out

    if any(low < high for low, high in limits):
        options = {"maxiter": most_steps, "ftol": 1e-6}
        optimize.minimize(negative, np.array(x0), jac=True, method="SLSQP", bounds=limits, options=options)
    else:
        negative(np.array(x0))
    at = 0
    n_found, spread_found, stiffness_found = [], [], []
    for k, t in enumerate(targets):
        n_found.append(best_x[at : at + t.sources] * t.scale)
        spread_found.append(0.0 if t.poisson else math.exp(best_x[at + t.sources] * spread_scale[k]))
        stiffness_found.append(math.exp(best_x[at + t.sources + 1]))
        at += t.sources + 2
    value = best_value + sum(t.constant for t in targets)
    return Point(best_b, n_found, float(best_x[-1]), spread_found, stiffness_found, value)


def _initial(targets: Sequence[Target], log_half_life: float) -> Point:
    m = len(targets)
    zeros = [np.zeros(t.sources) for t in targets]
    return Point([t.b0 for t in targets], zeros, log_half_life, [0.05] * m, [10.0] * m, math.nan)


def fit_both(
    targets: Sequence[Target],
    bounds: tuple[float, float],
    fixed: dict[tuple[int, int], float] | None = None,
    start: Point | None = None,
) -> tuple[Point, Point, list[Scores]]:
    """The fit without any excitation, the fit with it from two starts of the decay, and the scores of all sources.

    ``start`` is a fit without excitation to begin from. The scores are at the fit without excitation, one per target.
    """
    begin = start or _initial(targets, 0.5 * sum(bounds))
    null = maximise(targets, bounds, start=begin, no_excitation=True)
    grid = decay_grid(bounds)
    gain = np.zeros(grid.size)
    guesses, scores = [], []
    for k, t in enumerate(targets):
        found = absent_scores(t, null, k, range(t.sources), grid)
        U, information = found.value, same_decay(found.covariance)
        gain += cone(U[None], information, t.soft > 0)[0]
        one_step = U / np.maximum(np.einsum("gii->gi", information), 1e-12)
        guesses.append(np.clip(one_step, -0.5 if t.soft > 0 else 0.02, 0.6) / max(1, t.sources))
        scores.append(found)
    first = int(np.argmax(gain))
    middle = grid.size // 2
    second = first + middle if first < middle else first - middle
    best = null
    for g in (first, second):
        begin = replace(null, n=[guess[g] for guess in guesses], log_half_life=float(grid[g]))
        point = maximise(targets, bounds, start=begin, fixed=fixed, most_steps=_TRIAL if g == second else 200)
        if g == second and _worth_more(point, best):
            point = maximise(targets, bounds, start=point, fixed=fixed)
        if point.log_likelihood > best.log_likelihood:
            best = point
    return null, best, scores


def _worth_more(trial: Point, best: Point) -> bool:
    """Whether a search cut short may still end above the best: neither far below it nor on its way to it."""
    near = abs(trial.log_half_life - best.log_half_life) < 0.5
    return trial.log_likelihood > best.log_likelihood - 3.0 and not near


def refit_without(
    targets: Sequence[Target], bounds: tuple[float, float], full: Point, k: int, j: int, null: Point
) -> Point:
    """The fit with one entry held at zero, from the full fit and from none."""
    point = maximise(targets, bounds, start=full, fixed={(k, j): 0.0})
    return point if point.log_likelihood >= null.log_likelihood else null


def profile_interval(
    targets: Sequence[Target], bounds: tuple[float, float], full: Point, k: int, j: int, error: float, level: float
) -> tuple[float, float]:
    """Where twice the fall of the profile likelihood reaches the chi-square quantile; the lower end stops at 0."""
    limit = math.sqrt(float(stats.chi2.ppf(level, 1)))
    centre = float(full.n[k][j])
    signed = targets[k].soft > 0
    ends = []
    for side in (-1.0, 1.0):
        if side < 0 and centre <= 0 and not signed:
            ends.append(0.0)
            continue
        start = full

        def root(value: float) -> float:
            nonlocal start
            point = maximise(targets, bounds, start=start, fixed={(k, j): value})
            if point.log_likelihood > start.log_likelihood - 20:
                start = point
            return math.sqrt(max(0.0, 2 * (full.log_likelihood - point.log_likelihood))) - limit

        near, near_value = centre, -limit
        step = max(limit * error, 1e-3)
        far, far_value = centre, near_value
        for _ in range(30):
            far = far + side * step
            if side < 0 and not signed:
                far = max(far, 0.0)
            far_value = root(far)
            if far_value > 0 or (far == 0.0 and not signed) or abs(far) > 15:
                break
            near, near_value = far, far_value
            step *= 1.3
        if far_value <= 0:
            ends.append(0.0 if side < 0 and not signed else side * math.inf)
            continue
        for _ in range(8):  # the signed root is nearly linear, so regula falsi (Illinois) needs two or three
            share = near_value / (near_value - far_value)
            middle = near + min(max(share, 0.05), 0.95) * (far - near)
            value = root(middle)
            if abs(value) < 0.02 or abs(far - near) < 1e-3:
                near = far = middle
                break
            if value > 0:
                far, far_value, near_value = middle, value, near_value * 0.7
            else:
                near, near_value, far_value = middle, value, far_value * 0.7
        ends.append(0.5 * (near + far))
    return ends[0], ends[1]
