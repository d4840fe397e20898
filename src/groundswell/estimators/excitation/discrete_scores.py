"""Inference from the information at a fitted point: scores, null distributions, standard errors, degrees of freedom."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from groundswell.estimators.excitation.baseline import Floats
from groundswell.estimators.excitation.discrete_kernels import kernel_sums, local_gram, marginal, sandwich
from groundswell.estimators.excitation.discrete_target import CountTarget, Parts, mean_parts, prior_precision
from groundswell.estimators.excitation.group import Point
from groundswell.estimators.excitation.scores import (
    Scores,
    hat_factor,
    left_over,
    stabilised,
    standard_errors,
    wiggle_df,
)

_MOST_PERSISTENT = 0.95  # coefficient of an autoregression, beyond which an expansion in 1/T is not valid
_GRID = 16  # decays scanned; neighbours differ by a factor below 1.5 and their scores correlate above 0.97


def decay_grid(bounds: tuple[float, float]) -> Floats:
    return np.linspace(bounds[0], bounds[1], _GRID)


def baseline_information(t: CountTarget, parts: Parts) -> Floats:
    """Expected information of the coefficients of the baseline, without prior; shape (p, p)."""
    basis = t.basis
    w = (parts.base * parts.link) ** 2 * parts.weight
    return sandwich(basis.A, local_gram(basis.index, basis.value, w, basis.lead, basis.A.shape[0]))


def nuisance(t: CountTarget, point: Point, k: int, parts: Parts, without: Sequence[int] = ()) -> tuple[Floats, Floats]:
    """Derivatives D of the mean in baseline, active sources and decay, and their information with the prior."""
    lead, p = t.lead, t.X.shape[1]
    D = (parts.base * parts.link)[:, None] * t.X
    information = baseline_information(t, parts) + np.diag(prior_precision(t, point, k))
    active = [j for j in range(t.sources) if abs(point.n[k][j]) > 1e-6 and j not in without]
    if active:
        E = np.column_stack([parts.z[:, active], parts.in_log_half_life]) * parts.link[:, None]
        weighted = (E * parts.weight[:, None])[lead:]
        whole = np.empty((p + E.shape[1],) * 2)
        whole[:p, :p] = information
        whole[:p, p:] = D[lead:].T @ weighted
        whole[p:, :p] = whole[:p, p:].T
        whole[p:, p:] = E[lead:].T @ weighted
        D, information = np.hstack([D, E]), whole
    return D, stabilised(information)


def score_covariance(t: CountTarget, point: Point, k: int, sources: Sequence[int], grid: Floats) -> Floats:
    """Joint covariance of the efficient scores of sources at each decay of a grid, where these sources are absent.

    Shape (G, m, G, m).
    """
    parts = mean_parts(t, point, k)
    lead = t.lead
    D, information = nuisance(t, point, k, parts, sources)
    S, start = np.ascontiguousarray(t.S[:, sources]), t.start[sources]
    z = np.stack([kernel_sums(S, start, 2.0 ** (-1 / math.exp(h)))[0] for h in grid], axis=1)
    z = (z * parts.link[:, None, None])[lead:].reshape(t.y.size - lead, -1)
    weighted = z * parts.weight[lead:, None]
    shape = (grid.size, len(sources))
    return left_over(z, weighted, D[lead:], information).reshape(*shape, *shape)


def absent_scores(t: CountTarget, point: Point, k: int, sources: Sequence[int], grid: Floats) -> Scores:
    """Scores of sources that are absent from a fitted point, if they acted with each decay of a grid.

    The derivative in the excess of every step does not depend on the decay with which an absent source would act, so
    one evaluation of the likelihood serves all decays.
    """
    grad, common, basis = np.empty(t.sources + 3), np.empty(t.y.size), t.basis
    n, h = point.n[k], point.log_half_life
    z, dz = kernel_sums(t.S, t.start, 2.0 ** (-1 / math.exp(h)))
    args = (point.b[k].copy(), n, h, point.spread[k], point.stiffness[k], t.above, t.soft)
    marginal(basis.index, basis.value, basis.A, basis.rigid, t.y, z, dz, basis.lead, *args, grad, common)
    S, start = np.ascontiguousarray(t.S[:, sources]), t.start[sources]
    value = np.empty((grid.size, len(sources)))
    for g, other in enumerate(grid):
        z, _ = kernel_sums(S, start, 2.0 ** (-1 / math.exp(other)))
        value[g] = common[t.lead :] @ z[t.lead :]
        if t.adjustment is not None and t.own in sources:
            value[g, list(sources).index(t.own)] -= t.adjustment(0.0, float(other))[1]
    return Scores(value, score_covariance(t, point, k, sources, grid))


def _outer_information(t: CountTarget, point: Point, k: int, decay: bool) -> Floats:
    """Expected information of n and, if requested, log half-life, baseline fitted; (J + 1, J + 1) or (J, J)."""
    parts = mean_parts(t, point, k)
    D, information = nuisance(t, point, k, parts, range(t.sources))
    columns = [parts.z, parts.in_log_half_life[:, None]] if decay else [parts.z]
    E = np.hstack(columns) * parts.link[:, None]
    weighted = (E * parts.weight[:, None])[t.lead :]
    return left_over(E[t.lead :], weighted, D[t.lead :], information)


def wald_errors(t: CountTarget, point: Point, k: int, *, decay_known: bool = False) -> Floats:
    """Standard errors of n from the expected information of baseline, n and decay; shape (J,)."""
    free = not decay_known and np.abs(point.n[k]).max(initial=0) > 1e-6
    return standard_errors(_outer_information(t, point, k, bool(free)), t.sources)


def expected_bias(t: CountTarget, point: Point, k: int) -> Floats:
    """Bias of n to first order in 1/T, decay and dispersion known; shape (J,).

    With its decay d known, self-excitation is a first-order autoregression of the kernel sum, of coefficient
    ``phi = d + (1 - d) n``. The estimate of phi is biased by ``-2 phi / T`` (Marriott & Pope 1954, Biometrika
    41:390-402; what fitting the mean adds is subtracted by `Adjustment`), which corresponds to a score too low by
    ``2 phi (1 - d) / (1 - phi²)``; the information passes it on to the other sources.
    """
    left = _outer_information(t, point, k, False)
    short = np.zeros(t.sources)
    if t.own >= 0:
        d = 2.0 ** (-1 / math.exp(point.log_half_life))
        phi = min(max(d + (1 - d) * float(point.n[k][t.own]), 0.0), _MOST_PERSISTENT)
        short[t.own] = 2 * phi * (1 - d) / (1 - phi**2)
    return -np.linalg.pinv(left, hermitian=True) @ short


def decay_information(t: CountTarget, point: Point, k: int) -> float:
    """Expected information of the log half-life, with everything else fitted; 0 where nothing is excited."""
    active = np.flatnonzero(np.abs(point.n[k]) > 1e-6)
    if active.size == 0:
        return 0.0
    left = _outer_information(t, point, k, True)
    cross = left[active, -1]
    own = left[-1, -1] - cross @ np.linalg.pinv(left[np.ix_(active, active)], hermitian=True) @ cross
    return max(0.0, float(own))


def expected_memory(t: CountTarget, point: Point, k: int, lags: int) -> Floats:
    """Autocorrelations that residuals have because the model was fitted to them; shape (lags,)."""
    parts = mean_parts(t, point, k)
    D, information = nuisance(t, point, k, parts)
    F = hat_factor((D * np.sqrt(parts.weight)[:, None])[t.lead :], information)
    rest = F.shape[0] - float(np.sum(F**2))
    return np.array([-float(np.vdot(F[lag:], F[:-lag])) / rest for lag in range(1, lags + 1)])


def effective_df(t: CountTarget, point: Point, k: int, parts: Parts) -> float:
    """Effective degrees of freedom of the trend."""
    return wiggle_df(baseline_information(t, parts), prior_precision(t, point, k), t.rigid)


def profile_crossings(grid: Floats, falls: Floats, centre: float, limit: float) -> tuple[float, float]:
    """Where a profile on a grid rises above the limit on either side of its minimum, by linear interpolation."""
    left, right = grid[0], grid[-1]
    xs = np.append(grid, centre)
    order = np.argsort(xs)
    xs, fs = xs[order], np.append(falls, 0.0)[order]
    at = int(np.searchsorted(xs, centre))
    for i in range(at, 0, -1):
        if fs[i - 1] > limit >= fs[i]:
            left = xs[i] + (limit - fs[i]) / (fs[i - 1] - fs[i]) * (xs[i - 1] - xs[i])
            break
    for i in range(at, xs.size - 1):
        if fs[i + 1] > limit >= fs[i]:
            right = xs[i] + (limit - fs[i]) / (fs[i + 1] - fs[i]) * (xs[i + 1] - xs[i])
            break
    return float(left), float(right)
