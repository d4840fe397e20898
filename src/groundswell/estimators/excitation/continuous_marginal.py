"""Compiled sums of the marginal likelihood: histories pair by pair, small products, and the best baseline.

Sums run in a fixed order on one thread, so results do not depend on the number of threads. Every kernel has a slow twin
in the tests.
"""

from __future__ import annotations

import math

import numba as nb
import numpy as np

from groundswell.estimators.excitation.discrete_kernels import cholesky_solve


@nb.njit(cache=True, nogil=True)
def cumulative_weights(kind, weight, K, before):
    """Sums of the weights of each source before each query; shape (Q, K)."""
    out = np.zeros((before.size, K))
    total = np.zeros(K)
    event = 0
    for i in range(before.size):
        while event < before[i]:
            total[kind[event]] += weight[event]
            event += 1
        out[i] = total
    return out


@nb.njit(cache=True, nogil=True)
def pair_sums(
    times, kind, weight, weight_slope, place, density, query, where, before, power, p0, p1, spread, marked, out
):
    """The same for any kernel, pair by pair: sums of w g(tau) f(distance) / density and their derivatives.

    ``out`` has shape (1 + P, Q, K): first the sums, then the derivatives in log half-life (or log c and log theta of
    the power law), in the productivity of marks if ``marked``, and in the log of the spatial spread if ``spread > 0``.
    p0 is the rate, or c; p1 is theta. Exponential kernels are cut where they have fallen below 1e-17.
    """
    out[:] = 0.0
    first = 0
    reach = 40.0 / p0 if not power else np.inf
    for i in range(query.size):
        while first < before[i] and query[i] - times[first] > reach:
            first += 1
        for event in range(first, before[i]):
            tau, j = query[i] - times[event], kind[event]
            g = p1 / p0 * math.exp(-(1.0 + p1) * math.log1p(tau / p0)) if power else p0 * math.exp(-p0 * tau)
            at = 2 if not power else 3
            if spread > 0.0:
                dx, dy = where[i, 0] - place[event, 0], where[i, 1] - place[event, 1]
                square = (dx * dx + dy * dy) / (spread * spread)
                g *= math.exp(-0.5 * square) / (2.0 * math.pi * spread * spread * density[i])
                out[at + (1 if marked else 0), i, j] += weight[event] * g * (square - 2.0)
            w = weight[event] * g
            out[0, i, j] += w
            if power:
                out[1, i, j] += w * ((1.0 + p1) * tau / (tau + p0) - 1.0)
                out[2, i, j] += w * (1.0 - p1 * math.log1p(tau / p0))
            else:
                out[1, i, j] += w * (p0 * tau - 1.0)
            if marked:
                out[at, i, j] += weight_slope[event] * g


@nb.njit(cache=True, nogil=True)
def combine(a, basis):
    """sum_m a_m basis_m, in a fixed order."""
    out = np.zeros(basis.shape[1:])
    flat, parts = out.reshape(-1), basis.reshape(basis.shape[0], -1)
    for m in range(a.size):
        for i in range(flat.size):
            flat[i] += a[m] * parts[m, i]
    return out


@nb.njit(cache=True, nogil=True)
def weighted_rows(z, n):
    """z n, one row at a time."""
    out = np.zeros(z.shape[0])
    for i in range(z.shape[0]):
        for j in range(n.size):
            out[i] += z[i, j] * n[j]
    return out


@nb.njit(cache=True, nogil=True)
def weighted_columns(z, g):
    """z' g over the rows that g has, in a fixed order."""
    out = np.zeros(z.shape[1])
    for i in range(g.size):
        for j in range(z.shape[1]):
            out[j] += z[i, j] * g[i]
    return out


# --- the best baseline ----------------------------------------------------------------------


@nb.njit(cache=True, nogil=True, fastmath=True)
def gram(X, w):
    """X diag(w) X' of a matrix whose rows are the columns of a design."""
    p, rows = X.shape
    out = np.empty((p, p))
    part = np.empty(rows)
    for i in range(p):
        for r in range(rows):
            part[r] = w[r] * X[i, r]
        for j in range(i + 1):
            total = 0.0
            for r in range(rows):
                total += part[r] * X[j, r]
            out[i, j] = total
            out[j, i] = total
    return out


@nb.njit(cache=True, nogil=True)
def design_times(X, b):
    """X' b for X of shape (p, rows)."""
    out = np.zeros(X.shape[1])
    for i in range(X.shape[0]):
        for r in range(X.shape[1]):
            out[r] += b[i] * X[i, r]
    return out


@nb.njit(cache=True, nogil=True, fastmath=True)
def _columns_times(X, v):
    """X v."""
    out = np.zeros(X.shape[0])
    for i in range(X.shape[0]):
        total = 0.0
        for r in range(X.shape[1]):
            total += X[i, r] * v[r]
        out[i] = total
    return out


@nb.njit(cache=True, nogil=True)
def _link(u, soft):
    """f(u) = soft log(1 + exp(u/soft)) and three derivatives."""
    v = min(max(u / soft, -700.0), 700.0)
    if v > 35.0:
        return u, 1.0, 0.0, 0.0
    e = math.exp(-abs(v))
    s = 1.0 / (1.0 + e) if v >= 0 else e / (1.0 + e)
    f = soft * (max(v, 0.0) + math.log1p(e))
    bend = s * (1.0 - s) / soft
    return f, s, bend, bend * (1.0 - 2.0 * s) / soft


@nb.njit(cache=True, nogil=True)
def log_link(u, soft):
    """log f(u) and three derivatives; soft 0 is the identity."""
    if soft == 0.0:
        u = max(u, 1e-300)
        a = 1.0 / u
        return math.log(u), a, -a * a, 2.0 * a * a * a
    f, f1, f2, f3 = _link(u, soft)
    a = f1 / f
    b = f2 / f
    return math.log(f), a, b - a * a, f3 / f - 3.0 * a * b + 2.0 * a * a * a


@nb.njit(cache=True, nogil=True)
def _cholesky(A):
    """Lower triangular L with L L' = A, and whether A is positive definite."""
    p = A.shape[0]
    L = np.zeros((p, p))
    for i in range(p):
        for j in range(i + 1):
            total = A[i, j]
            for k in range(j):
                total -= L[i, k] * L[j, k]
            if i == j:
                if not total > 1e-10 * abs(A[i, i]):
                    return L, False
                L[i, i] = math.sqrt(total)
            else:
                L[i, j] = total / L[j, j]
    return L, True


@nb.njit(cache=True, nogil=True)
def _objective(X, width, row, excess, soft, node_row, node_width, node_excess, prior, b, base, score, h, safe):
    """Penalised log-likelihood in b, with the score and the information on each row's log baseline.

    Without softening the compensator of the baseline is ``sum width exp(X b)``, exact, and that of the excitation is
    left to the caller; with it, the integral of the whole intensity is the sum over nodes. ``h`` is the observed
    information, ``safe`` one that is never negative.
    """
    eta = design_times(X, b)
    value = -0.5 * np.sum(prior * b * b)
    for r in range(eta.size):
        base[r] = math.exp(min(50.0, max(-50.0, eta[r])))
        if soft == 0.0:
            score[r] = -width[r] * base[r]
            value += score[r]
            h[r] = width[r] * base[r]
        else:
            score[r] = 0.0
            h[r] = 0.0
        safe[r] = 0.0
    for i in range(node_row.size):
        r = node_row[i]
        f, f1, f2, _ = _link(base[r] + node_excess[i], soft)
        value -= node_width[i] * f
        score[r] -= node_width[i] * f1 * base[r]
        h[r] += node_width[i] * (f2 * base[r] + f1) * base[r]
    for i in range(row.size):
        r = row[i]
        f, f1, f2, _ = log_link(base[r] + excess[i], soft)
        value += f
        score[r] += f1 * base[r]
        h[r] -= (f2 * base[r] + f1) * base[r]
        safe[r] += f1 * f1 * base[r] * base[r]
    return value


@nb.njit(cache=True, nogil=True)
def _factor(X, h, safe, prior):
    """Cholesky factor of X diag(h) X' + prior; with ``safe`` in the place of h where that is not positive definite."""
    H = gram(X, h)
    for i in range(prior.size):
        H[i, i] += prior[i]
    L, good = _cholesky(H)
    if good:
        return L
    H = gram(X, safe)
    for i in range(prior.size):
        H[i, i] += prior[i] + 1e-6 * H[i, i]
    L, good = _cholesky(H)
    if not good:
        for i in range(prior.size):
            H[i, i] += 1e-6 * (1.0 + np.trace(H) / prior.size)
        L, good = _cholesky(H)
    return L


@nb.njit(cache=True, nogil=True)
def penalised(X, prior, width, row, excess, soft, node_row, node_width, node_excess, b, at_events, at_nodes):
    """Largest penalised log-likelihood over the coefficients of the baseline, given the excitation at every event.

    ``max_b [ l(b) - 1/2 sum prior b^2 ]``, where the log baseline of a row of the design is X' b, X of shape (p, rows).
    ``b`` starts the search, Newton's, and receives the maximum; ``at_events`` and ``at_nodes`` receive the derivative
    of the value in the excitation at each event and node.
    """
    p, rows = X.shape
    base, score, h, safe = np.empty(rows), np.empty(rows), np.empty(rows), np.empty(rows)
    trial, step = b.copy(), np.zeros(p)
    value = -np.inf
    for _ in range(60):
        now = _objective(
            X, width, row, excess, soft, node_row, node_width, node_excess, prior, trial, base, score, h, safe
        )
        if not now >= value - 1e-9 * (1.0 + abs(value)):  # too far: halve the step
            step *= 0.5
            if np.max(np.abs(step)) < 1e-9:
                break
            trial = b + step
            continue
        value = now
        b[:] = trial
        L = _factor(X, h, safe, prior)
        uphill = _columns_times(X, score) - prior * b
        step = cholesky_solve(L, uphill)
        if np.sum(uphill * step) < 1e-9:
            break
        widest = np.max(np.abs(design_times(X, step)))
        if widest > 2.0:
            step *= 2.0 / widest
        trial = b + step
    eta = design_times(X, b)
    for i in range(row.size):
        at_events[i] = log_link(math.exp(min(50.0, max(-50.0, eta[row[i]]))) + excess[i], soft)[1]
    for i in range(node_row.size):
        u = math.exp(min(50.0, max(-50.0, eta[node_row[i]]))) + node_excess[i]
        at_nodes[i] = -node_width[i] * _link(u, soft)[1]
    return value
