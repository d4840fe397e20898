"""Likelihood of the model of excitation: kernels, maximisation, tests and intervals. Used by `excitation`.

The outer parameters are few (branching, half-life, dispersion, stiffness of the trend); the coefficients of the
baseline are maximised, and those of the trend's wiggles integrated out, within each evaluation. Every kernel has a slow
twin in the tests.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numba as nb
import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special, stats

Family = Literal["poisson", "negative_binomial"]
Floats = NDArray[np.float64]

DISPERSION = (1e-6, 50.0)  # from indistinguishable from Poisson to a variance of 50 mean²
NULL_DRAWS = 4000  # simulated null statistics; standard error of a p-value of 0.05: 0.0034
_GRID = 16  # decays scanned; neighbours differ by a factor below 1.5 and their scores correlate above 0.97
_MOST_EXPLAINED = 1.5  # bound of branching: no source brings about more than 1.5 times all events of the target
_FREE = 0.01  # prior precision of free coefficients: sd 10 in a logarithm, so that an empty stretch has a maximum
_STIFFNESS = (1e-2, 1e6)  # of the trend: wiggles in the logarithm from sd 10 to sd 0.001
_MOST_SCORING = 30  # steps of Fisher scoring; three or four are usual

# --- likelihood -----------------------------------------------------------------------------------------------------


@nb.njit(cache=True, nogil=True)
def _weighted_gram(X, w, first):
    """X' diag(w) X over rows from first on. Written out: threaded BLAS costs more than it saves at this size."""
    T, p = X.shape
    out = np.zeros((p, p))
    for t in range(first, T):
        for i in range(p):
            a = w[t] * X[t, i]
            if a != 0.0:
                for j in range(i + 1):
                    out[i, j] += a * X[t, j]
    for i in range(p):
        for j in range(i):
            out[j, i] = out[i, j]
    return out


@nb.njit(cache=True, nogil=True)
def _times(X, b):
    """X b."""
    T, p = X.shape
    out = np.zeros(T)
    for t in range(T):
        total = 0.0
        for i in range(p):
            total += X[t, i] * b[i]
        out[t] = total
    return out


@nb.njit(cache=True, nogil=True)
def _transposed_times(X, v, first):
    """X' v over rows from first on."""
    T, p = X.shape
    out = np.zeros(p)
    for t in range(first, T):
        for i in range(p):
            out[i] += X[t, i] * v[t]
    return out


@nb.njit(cache=True, nogil=True)
def _leverage(X, rigid, inverse, first):
    """x' inverse x of every row, over the columns from rigid on."""
    T = X.shape[0]
    w = inverse.shape[0]
    out = np.zeros(T)
    part = np.empty(w)
    for t in range(first, T):
        part[:] = 0.0
        for i in range(w):
            a = X[t, rigid + i]
            for j in range(w):  # rows of a symmetric matrix: contiguous
                part[j] += a * inverse[i, j]
        for i in range(w):
            out[t] += part[i] * X[t, rigid + i]
    return out


@nb.njit(cache=True, nogil=True)
def _marginal(X, rigid, y, z, dz, lead, b, n, log_half_life, spread, stiffness, above, soft, grad):
    """Marginal log-likelihood of (n, log half-life, log dispersion, log stiffness), without log y!, and its gradient.

    The first ``rigid`` columns of X have free coefficients; those of the others, the wiggles of the trend, are normal
    with variance 1 / stiffness and are integrated out (Laplace):

        max_b [ sum_t log P(y_t | mean_t) - stiffness/2 |b_w|² ] - 1/2 log |I_ww / stiffness + 1|

    The maximum is found by Fisher scoring from ``b`` and left in it. Kernel sums z and their derivative in the decay dz
    have shape (T, J). ``above[i]`` counts steps with y > i, which turns the gamma functions of the negative binomial
    into ``sum_i above[i] log(1 + dispersion i)``, exact for any dispersion; spread 0 is Poisson.
    """
    T, p = X.shape
    J = z.shape[1]
    half = math.exp(log_half_life)
    slope = math.exp(-math.log(2.0) / half) * math.log(2.0) / half  # of the decay in log half-life
    excess = np.zeros(T)
    in_h = np.zeros(T)
    for t in range(lead, T):
        for j in range(J):
            excess[t] += n[j] * z[t, j]
            in_h[t] += n[j] * dz[t, j] * slope
    base, mean, link, bend, weight = np.zeros(T), np.ones(T), np.ones(T), np.zeros(T), np.zeros(T)
    score = np.zeros(T)
    prior = np.zeros(p)
    prior[:rigid] = _FREE
    prior[rigid:] = stiffness
    value = -1e300
    trial = b.copy()
    step = np.zeros(p)
    information = np.eye(p)
    for _ in range(_MOST_SCORING):
        total = -0.5 * np.sum(prior * trial * trial)
        eta = _times(X, trial)
        for t in range(lead, T):
            base[t] = math.exp(min(30.0, max(-30.0, eta[t])))
            u = base[t] + excess[t]
            if soft > 0.0:
                v = u / soft
                if v > 30.0:
                    mean[t], link[t], bend[t] = u, 1.0, 0.0
                else:
                    e = math.exp(max(v, -30.0))
                    mean[t], link[t] = soft * math.log1p(e), e / (1.0 + e)
                    bend[t] = link[t] * (1.0 - link[t]) / soft
            else:
                mean[t] = u
            m = max(mean[t], 1e-13)
            mean[t] = m
            if spread > 0.0:
                total += y[t] * math.log(m) - (y[t] + 1.0 / spread) * math.log1p(spread * m)
            else:
                total += y[t] * math.log(m) - m
            weight[t] = 1.0 / (m * (1.0 + spread * m))
            score[t] = (y[t] - m) * weight[t] * link[t]
        if total < value - 1e-9:  # too far: halve the step
            step *= 0.5
            if np.max(np.abs(step)) < 1e-10:
                break
            trial = b + step
            continue
        value = total
        b[:] = trial
        information = _weighted_gram(X, base * base * link * link * weight, lead)
        for i in range(p):
            information[i, i] += prior[i]
        uphill = _transposed_times(X, score * base, lead) - prior * b
        step = np.linalg.solve(information, uphill)
        if np.sum(uphill * step) < 1e-7:  # twice the likelihood still to be gained
            break
        widest = np.max(np.abs(_times(X, step)))
        if widest > 3.0:
            step *= 3.0 / widest
        trial = b + step
    # the state above belongs to the last trial; within tolerance that is b
    square = base * base * link * link * weight
    w = p - rigid
    inner = np.ascontiguousarray(information[rigid:, rigid:])
    inner_inverse = np.linalg.inv(inner) if w > 0 else np.zeros((0, 0))
    leverage = _leverage(X, rigid, inner_inverse, lead)
    log_det = np.linalg.slogdet(inner)[1] - w * math.log(stiffness) if w > 0 else 0.0
    in_u = np.zeros(T)  # derivative of base² link² weight in the sum u
    for t in range(lead, T):
        falling = -(1.0 + 2.0 * spread * mean[t]) * weight[t] * weight[t] * link[t]
        in_u[t] = base[t] * base[t] * (2.0 * link[t] * bend[t] * weight[t] + link[t] * link[t] * falling)
    # how log_det moves through b, whose own derivatives are -information^-1 (...): implicit functions
    through_b = np.linalg.solve(information, _transposed_times(X, 0.5 * leverage * (2.0 * square + in_u * base), lead))
    along = _times(X, through_b) * base * link * link * weight
    grad[:] = 0.0
    for t in range(lead, T):
        common = score[t] - 0.5 * leverage[t] * in_u[t] + along[t]
        for j in range(J):
            grad[j] += common * z[t, j]
        grad[J] += common * in_h[t]
        if spread > 0.0:
            m, rest = mean[t], 1.0 + spread * mean[t]
            grad[J + 1] += math.log1p(spread * m) / spread - (spread * y[t] + 1.0) * m / rest
            grad[J + 1] += 0.5 * leverage[t] * square[t] * spread * m / rest
    if spread > 0.0:
        for i in range(1, above.shape[0]):
            value += above[i] * math.log1p(spread * i)
            grad[J + 1] += above[i] * spread * i / (1.0 + spread * i)
    if w > 0:
        grad[J + 2] = 0.5 * w - 0.5 * stiffness * np.sum(b[rigid:] ** 2) - 0.5 * stiffness * np.trace(inner_inverse)
        grad[J + 2] += np.sum(prior * b * through_b)
    return value - 0.5 * log_det


@nb.njit(cache=True, nogil=True)
def _kernel_sums(S, start, d):
    """z[t] = d z[t-1] + (1-d) S[t-1] from z[0] = start, and its derivative in d; both of shape (T, J)."""
    T, J = S.shape
    z, dz = np.empty((T, J)), np.zeros((T, J))
    z[0] = start
    for t in range(1, T):
        for j in range(J):
            dz[t, j] = z[t - 1, j] + d * dz[t - 1, j] - S[t - 1, j]
            z[t, j] = d * z[t - 1, j] + (1.0 - d) * S[t - 1, j]
    return z, dz


@nb.njit(cache=True, nogil=True)
def _adjustment(columns, w, lead, n, log_half_life):
    """What fitting the rigid columns costs self-excitation: ``1/2 log |M(n)|`` and its derivatives in n, log half-life.

    In terms of the *marginal* mean m (orthogonal to n, nearly), a rigid column x moves the conditional mean by
    ``m x - n (kernel * m x)``, so the information on it, M, falls as n rises, and the profile likelihood is biased
    against n. Subtracting 1/2 log |M| (Cox & Reid 1987; REML in the linear case) takes that bias away. Here m and the
    weights w are those of a smoothed record, which leaves an error of smaller order; columns hold m x.
    """
    T, r = columns.shape
    half = math.exp(log_half_life)
    d = math.exp(-math.log(2.0) / half)
    slope = d * math.log(2.0) / half
    f, df, move = columns[0].copy(), np.zeros(r), np.zeros(r)
    M, in_n, in_h = np.zeros((r, r)), np.zeros((r, r)), np.zeros((r, r))
    for t in range(1, T):
        for i in range(r):
            df[i] = f[i] + d * df[i] - columns[t - 1, i]
            f[i] = d * f[i] + (1.0 - d) * columns[t - 1, i]
            move[i] = columns[t, i] - n * f[i]
        if t < lead:
            continue
        for i in range(r):
            a = w[t] * move[i]
            for j in range(r):
                M[i, j] += a * move[j]
                in_n[i, j] += a * f[j]
                in_h[i, j] += a * df[j]
    inverse = np.linalg.inv(M)
    in_n_total, in_h_total = 0.0, 0.0
    for i in range(r):
        for j in range(r):
            in_n_total -= inverse[i, j] * in_n[j, i]
            in_h_total -= inverse[i, j] * in_h[j, i]
    return 0.5 * np.linalg.slogdet(M)[1], in_n_total, n * slope * in_h_total


@dataclass(frozen=True)
class Target:
    """One target series with its sources and its baseline."""

    y: Floats  # (T,)
    S: Floats  # (T, J)
    start: Floats  # (J,); kernel sums before the first step
    X: Floats  # (T, p)
    rigid: int  # columns with free coefficients; the others are wiggles with a prior
    lead: int
    above: Floats
    constant: float  # -sum log y!
    scale: Floats  # (J,); a unit step in n / scale is about one standard error
    b0: Floats  # (p,) to start from
    poisson: bool
    soft: float
    own: int  # the source that is the target itself; -1 in a placebo
    columns: Floats  # (T, r); marginal mean times rigid columns, see `_adjustment`
    weight: Floats  # (T,)
    unadjusted: float  # the adjustment at n = 0, taken off so that models with other columns compare

    @property
    def sources(self) -> int:
        return self.S.shape[1]


@dataclass(frozen=True)
class Point:
    """A fitted point of a problem; lists run over its targets."""

    b: list[Floats]
    n: list[Floats]
    log_half_life: float
    spread: list[float]
    stiffness: list[float]
    log_likelihood: float


def early_mean(S: Floats, lead: int) -> Floats:
    return S[:lead].mean(axis=0)


def _orthonormal(X: Floats, lead: int) -> Floats:
    """Columns that span X, orthonormal after the lead but for a factor √T; dependent columns are left out."""
    X = X / np.maximum(np.abs(X).max(axis=0), 1e-300)
    _, singular, vt = np.linalg.svd(X[lead:], full_matrices=False)
    keep = singular > 1e-8 * singular[0]
    return X @ (vt[keep].T / singular[keep]) * math.sqrt(X.shape[0] - lead)


def counts_above(used: Floats) -> Floats:
    """For i = 0, 1, ..., how many values exceed i."""
    return used.size - np.searchsorted(np.sort(used), np.arange(max(int(used.max()), 1)), side="right").astype(float)


def prepare_target(
    y: Floats, S: Floats, rigid: Floats, wiggles: Floats, lead: int, family: Family, inhibition: bool, own: int
) -> Target:
    Q = _orthonormal(rigid, lead)
    # given free coefficients of Q, taking Q out of the wiggles changes the model in nothing but its conditioning
    clean = wiggles - Q @ (Q[lead:].T @ wiggles[lead:]) / (y.size - lead)
    X = np.ascontiguousarray(np.hstack([Q, clean]))
    window = max(3, y.size // 40)
    smooth = np.convolve(np.pad(y, window, mode="edge"), np.ones(2 * window + 1) / (2 * window + 1), "valid")
    target = np.log(smooth + 0.1)
    A = X[lead:].T @ X[lead:]
    A[np.diag_indices_from(A)] += np.concatenate([np.full(Q.shape[1], 1e-6), np.full(clean.shape[1], 10.0)])
    start = early_mean(S, lead)
    z, _ = _kernel_sums(S, start, 0.7)
    information = np.sum((z**2 / (smooth + 0.1)[:, None])[lead:], axis=0)
    used = y[lead:]
    level = np.maximum(smooth, 0.05 * float(y.mean()))
    excess = float(np.clip(np.sum((y - level) ** 2 - level) / np.sum(level**2), 0, 5))
    weight = 1 / (level * (1 + excess * level))
    shapes = rigid - rigid[lead:].mean(axis=0)
    shapes = shapes[:, np.abs(shapes).max(axis=0) > 1e-9]
    columns = np.ascontiguousarray(_orthonormal(shapes, lead) * level[:, None]) if shapes.size else shapes
    unadjusted = _adjustment(columns, weight, lead, 0.0, 0.0)[0] if columns.shape[1] else 0.0
    return Target(
        y=y,
        S=S,
        start=start,
        X=X,
        rigid=Q.shape[1],
        lead=lead,
        above=counts_above(used),
        constant=-float(special.gammaln(used + 1).sum()),
        scale=1 / np.sqrt(np.maximum(information, 1e-12)),
        b0=np.asarray(np.linalg.solve(A, X[lead:].T @ target[lead:]), dtype=np.float64),
        poisson=family == "poisson",
        soft=0.1 * float(y.mean()) if inhibition else 0.0,
        own=own,
        columns=columns,
        weight=weight,
        unadjusted=unadjusted,
    )


def maximise(
    targets: Sequence[Target],
    bounds: tuple[float, float],
    *,
    start: Point,
    fixed: dict[tuple[int, int], float] | None = None,
    fix_decay: bool = False,
    no_excitation: bool = False,
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
    best_value, best_x, best_b = -math.inf, np.array(x0), [v.copy() for v in b]

    def negative(x: Floats) -> tuple[float, Floats]:
        nonlocal best_value
        h = float(x[-1])
        if h not in sums:
            sums.clear()
            sums[h] = [_kernel_sums(t.S, t.start, 2.0 ** (-1 / math.exp(h))) for t in targets]
        out = np.zeros(x.size)
        value, at = 0.0, 0
        for k, t in enumerate(targets):
            J = t.sources
            b[k][:] = best_b[k]  # a wild trial must not leave its coefficients to the next
            spread = 0.0 if t.poisson else math.exp(x[at + J] * spread_scale[k])
            stiffness = math.exp(x[at + J + 1])
            z, dz = sums[h][k]
            n, g = x[at : at + J] * t.scale, grads[k]
            value += _marginal(t.X, t.rigid, t.y, z, dz, t.lead, b[k], n, h, spread, stiffness, t.above, t.soft, g)
            out[at : at + J] = g[:J] * t.scale
            out[at + J] = 0.0 if t.poisson else g[J + 1] * spread_scale[k]
            out[at + J + 1] = g[J + 2]
            out[-1] += g[J]
            if t.own >= 0 and t.columns.shape[1]:
                taken, in_n, in_h = _adjustment(t.columns, t.weight, t.lead, n[t.own], h)
                value -= taken - t.unadjusted
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
        options = {"maxiter": 200, "ftol": 1e-6}
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


@dataclass(frozen=True)
class _Parts:
    """Mean and derivatives of one target at a point."""

    base: Floats
    mean: Floats
    weight: Floats  # 1 / variance
    link: Floats
    z: Floats
    in_log_half_life: Floats


def mean_parts(t: Target, b: Floats, n: Floats, log_half_life: float, spread: float) -> _Parts:
    half = math.exp(log_half_life)
    d = 2.0 ** (-1 / half)
    z, dz = _kernel_sums(t.S, t.start, d)
    base = np.exp(np.clip(t.X @ b, -30, 30))
    u = base + z @ n
    if t.soft > 0:
        mean, link = t.soft * np.logaddexp(0, u / t.soft), special.expit(u / t.soft)
    else:
        mean, link = u, np.ones_like(u)
    mean = np.maximum(mean, 1e-13)
    return _Parts(base, mean, 1 / (mean * (1 + spread * mean)), link, z, (dz @ n) * d * math.log(2) / half)


def decay_grid(bounds: tuple[float, float]) -> Floats:
    return np.linspace(bounds[0], bounds[1], _GRID)


def nuisance(t: Target, point: Point, k: int, parts: _Parts, without: Sequence[int] = ()) -> tuple[Floats, Floats]:
    """Derivatives D of the mean in baseline, active sources and decay, and their information with the prior."""
    columns = [parts.base[:, None] * t.X]
    active = [j for j in range(t.sources) if abs(point.n[k][j]) > 1e-6 and j not in without]
    if active:
        columns += [parts.z[:, active], parts.in_log_half_life[:, None]]
    D = np.ascontiguousarray(np.hstack(columns) * parts.link[:, None])
    information = _weighted_gram(D, parts.weight, t.lead)
    p = t.X.shape[1]
    information[range(p), range(p)] += np.where(np.arange(p) < t.rigid, _FREE, point.stiffness[k])
    information[np.diag_indices_from(information)] *= 1 + 1e-9
    information[np.diag_indices_from(information)] += 1e-12
    return D, information


def score_covariance(t: Target, point: Point, k: int, sources: Sequence[int], grid: Floats) -> Floats:
    """Joint covariance of the efficient scores of sources at each decay of a grid, where these sources are absent.

    Shape (G, m, G, m).
    """
    parts = mean_parts(t, point.b[k], point.n[k], point.log_half_life, point.spread[k])
    lead = t.lead
    D, information = nuisance(t, point, k, parts, sources)
    S, start = np.ascontiguousarray(t.S[:, sources]), t.start[sources]
    z = np.stack([_kernel_sums(S, start, 2.0 ** (-1 / math.exp(h)))[0] for h in grid], axis=1)
    z = (z * parts.link[:, None, None])[lead:].reshape(t.y.size - lead, -1)
    weighted = z * parts.weight[lead:, None]
    cross = D[lead:].T @ weighted
    covariance = z.T @ weighted - cross.T @ np.linalg.solve(information, cross)
    shape = (grid.size, len(sources))
    return covariance.reshape(*shape, *shape)


def _cone(U: Floats, information: Floats, signed: bool) -> Floats:
    """max over n (>= 0 unless signed) of 2 U'n - n' I n, along the last axis; information has shape (..., m, m)."""
    m = U.shape[-1]
    if m == 1:
        top = U[..., 0] if signed else np.maximum(U[..., 0], 0)
        return top**2 / np.maximum(information[..., 0, 0], 1e-12)
    if signed:
        ridge = 1e-9 * np.trace(information, axis1=-2, axis2=-1)[..., None, None] * np.eye(m)
        return np.einsum("...i,...i->...", U, np.linalg.solve(information + ridge, U[..., None])[..., 0])
    n = np.zeros_like(U)
    diagonal = np.maximum(np.einsum("...ii->...i", information), 1e-12)
    for _ in range(60):  # coordinate ascent on a concave quadratic; stops when nothing moves
        moved = 0.0
        for i in range(m):
            new = np.maximum(
                0.0, n[..., i] + (U[..., i] - np.einsum("...j,...j->...", information[..., i, :], n)) / diagonal[..., i]
            )
            moved = max(moved, float(np.max(np.abs(new - n[..., i]) * np.sqrt(diagonal[..., i]))))
            n[..., i] = new
        if moved < 1e-3:
            break
    return 2 * np.einsum("...i,...i->...", U, n) - np.einsum("...i,...ij,...j->...", n, information, n)


def null_statistics(covariance: Floats, signed: bool, rng: np.random.Generator) -> Floats:
    """Simulated likelihood ratios under no excitation, at each decay of the grid; shape (draws, G)."""
    G, m = covariance.shape[:2]
    flat = covariance.reshape(G * m, G * m)
    values, vectors = np.linalg.eigh(flat)
    root = vectors * np.sqrt(np.maximum(values, 0))
    U = (rng.standard_normal((NULL_DRAWS, G * m)) @ root.T).reshape(NULL_DRAWS, G, m)
    information = np.stack([covariance[g, :, g, :] for g in range(G)])
    return _cone(U, np.broadcast_to(information, (NULL_DRAWS, G, m, m)), signed)


# --- fitting ----------------------------------------------------------------------------------------------------------


def _initial(targets: Sequence[Target], log_half_life: float) -> Point:
    m = len(targets)
    zeros = [np.zeros(t.sources) for t in targets]
    return Point([t.b0 for t in targets], zeros, log_half_life, [0.05] * m, [10.0] * m, math.nan)


def expected_memory(t: Target, point: Point, k: int, lags: int) -> Floats:
    """Autocorrelations that residuals have merely because baseline and excitation were fitted to them; shape (lags,).

    Residuals of a fit are (1 - H) noise, H the weighted hat matrix, so at lag l they correlate by
    ``- sum_t H[t, t-l] / (T - trace H)``: for a flexible trend enough to fail a correct model.
    """
    parts = mean_parts(t, point.b[k], point.n[k], point.log_half_life, point.spread[k])
    D, information = nuisance(t, point, k, parts)
    scale = np.sqrt(np.diag(information))
    values, vectors = np.linalg.eigh(information / np.outer(scale, scale))
    keep = values > 1e-10
    F = (D * np.sqrt(parts.weight)[:, None])[t.lead :] @ (vectors[:, keep] / np.sqrt(values[keep]) / scale[:, None])
    rest = F.shape[0] - float(np.sum(F**2))
    return np.array([-float(np.sum(F[lag:] * F[:-lag])) / rest for lag in range(1, lags + 1)])


def effective_df(t: Target, point: Point, k: int, parts: _Parts) -> float:
    """Effective degrees of freedom of the wiggles: trace of (I + prior)⁻¹ I over them."""
    D = (parts.base * parts.link)[:, None] * t.X
    information = _weighted_gram(np.ascontiguousarray(D), parts.weight, t.lead)
    prior = np.where(np.arange(len(information)) < t.rigid, _FREE, point.stiffness[k])
    share = np.linalg.solve(information + np.diag(prior), information)
    return float(np.trace(share[t.rigid :, t.rigid :]))


def _marginal_score(t: Target, point: Point, k: int, log_half_life: float) -> Floats:
    """Derivative of the adjusted likelihood in n, at a point without excitation; shape (J,)."""
    z, dz = _kernel_sums(t.S, t.start, 2.0 ** (-1 / math.exp(log_half_life)))
    grad = np.empty(t.sources + 3)
    b, n, spread, stiffness = point.b[k].copy(), np.zeros(t.sources), point.spread[k], point.stiffness[k]
    _marginal(t.X, t.rigid, t.y, z, dz, t.lead, b, n, log_half_life, spread, stiffness, t.above, t.soft, grad)
    if t.own >= 0 and t.columns.shape[1]:
        grad[t.own] -= _adjustment(t.columns, t.weight, t.lead, 0.0, log_half_life)[1]
    return grad[: t.sources]


def fit_both(
    targets: Sequence[Target], bounds: tuple[float, float], fixed: dict[tuple[int, int], float] | None = None
) -> tuple[Point, Point]:
    """The fit without any excitation, and the fit with it, from two starts of the decay."""
    null = maximise(targets, bounds, start=_initial(targets, 0.5 * sum(bounds)), no_excitation=True)
    grid = decay_grid(bounds)
    gain = np.zeros(grid.size)
    guesses = []
    for k, t in enumerate(targets):
        covariance = score_covariance(t, null, k, range(t.sources), grid)
        information = np.stack([covariance[g, :, g, :] for g in range(grid.size)])
        U = np.stack([_marginal_score(t, null, k, float(h)) for h in grid])
        gain += _cone(U, information, t.soft > 0)
        one_step = U / np.maximum(np.einsum("gii->gi", information), 1e-12)
        guesses.append(np.clip(one_step, -0.5 if t.soft > 0 else 0.02, 0.6) / max(1, t.sources))
    first = int(np.argmax(gain))
    middle = grid.size // 2
    second = first + middle if first < middle else first - middle
    best = null
    for g in (first, second):
        start = replace(null, n=[guess[g] for guess in guesses], log_half_life=float(grid[g]))
        point = maximise(targets, bounds, start=start, fixed=fixed)
        if point.log_likelihood > best.log_likelihood:
            best = point
    return null, best


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


def wald_errors(t: Target, point: Point, k: int) -> Floats:
    """Standard errors of n from the expected information of baseline, n and decay; shape (J,)."""
    parts = mean_parts(t, point.b[k], point.n[k], point.log_half_life, point.spread[k])
    D, information = nuisance(t, point, k, parts, range(t.sources))
    columns = [parts.z]
    if np.abs(point.n[k]).max(initial=0) > 1e-6:
        columns.append(parts.in_log_half_life[:, None])
    E = np.hstack(columns) * parts.link[:, None]
    weighted = (E * parts.weight[:, None])[t.lead :]
    cross = D[t.lead :].T @ weighted
    left = E[t.lead :].T @ weighted - cross.T @ np.linalg.solve(information, cross)
    return np.sqrt(np.maximum(np.diag(np.linalg.pinv(left, hermitian=True))[: t.sources], 0))


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
