"""Compiled sums behind excitation in continuous time: exponentials and logarithms by the block, and one pass over events.

The exponential kernel makes the history of an event a short recursion, ``R_i = e_i (m_{i-1} + R_{i-1})`` with
``e_i = exp(-rate (t_i - t_{i-1}))``: the exponentials, divisions and logarithms are the cost, and these are computed in
blocks that fit in the first-level cache, many at a time. Sums run in a fixed order on one thread, so results do not
depend on the number of threads. Every kernel has a slow twin in the tests.
"""

from __future__ import annotations

import math

import numba as nb
import numpy as np

# Without "reassoc": the splitting of the argument below must not be rearranged. A product of exponents is exact.
_EXACT = {"contract", "nsz", "arcp", "nnan", "ninf"}
_BLOCK = 1024  # events; the eight buffers of a pass take 64 kB
_SMALLEST = -708.0  # exp of less is not a normal number

_LOG2E = 1.4426950408889634
_LN2_HIGH, _LN2_LOW = 0.693147180369123816490, 1.90821492927058770002e-10  # of ln 2; k times the first is exact
# Taylor coefficients 1/12! ... 1/2!: on |r| <= ln(2)/2 the first term left out is 0.3466^13/13! = 1.7e-16
_EXP = tuple(1.0 / math.factorial(k) for k in range(12, -1, -1))
# log m = 2 artanh(s), s = (m-1)/(m+1), |s| <= 0.1716: terms 2 s^(2k+1)/(2k+1); the first left out is 1e-18
_LOG = tuple(2.0 / (2 * k + 1) for k in range(11, -1, -1))


@nb.njit(fastmath=_EXACT, inline="always")
def exponential(x):
    """exp(x) for x <= 700, within 4e-16 of itself; 3e-308 below -708. Written so that a loop over it is vectorised."""
    x = max(x, _SMALLEST)
    k = math.floor(x * _LOG2E + 0.5)
    r = x - k * _LN2_HIGH - k * _LN2_LOW
    p = _EXP[0]
    p = p * r + _EXP[1]
    p = p * r + _EXP[2]
    p = p * r + _EXP[3]
    p = p * r + _EXP[4]
    p = p * r + _EXP[5]
    p = p * r + _EXP[6]
    p = p * r + _EXP[7]
    p = p * r + _EXP[8]
    p = p * r + _EXP[9]
    p = p * r + _EXP[10]
    p = p * r + _EXP[11]
    p = p * r + _EXP[12]
    return p * np.int64((np.int64(np.int32(k)) + 1023) << 52).view(np.float64)


@nb.njit(fastmath=_EXACT, inline="always")
def logarithm(x):
    """log(x) for normal x > 0, within 4e-16 (absolutely, near 1). Written so that a loop over it is vectorised."""
    bits = np.float64(x).view(np.int64)
    shifted = bits - 0x3FE6A09E667F3BCD  # of sqrt(1/2): the mantissa comes to lie in [sqrt(1/2), sqrt(2))
    k = np.float64(np.int32(shifted >> 52))
    m = np.int64(bits - ((shifted >> 52) << 52)).view(np.float64)
    s = (m - 1.0) / (m + 1.0)
    z = s * s
    p = _LOG[0]
    p = p * z + _LOG[1]
    p = p * z + _LOG[2]
    p = p * z + _LOG[3]
    p = p * z + _LOG[4]
    p = p * z + _LOG[5]
    p = p * z + _LOG[6]
    p = p * z + _LOG[7]
    p = p * z + _LOG[8]
    p = p * z + _LOG[9]
    p = p * z + _LOG[10]
    p = p * z + _LOG[11]
    return k * _LN2_HIGH + (k * _LN2_LOW + p * s)


@nb.njit(nogil=True, fastmath=True, cache=True)
def _total(x, m):
    total = 0.0
    for i in range(m):
        total += x[i]
    return total


@nb.njit(nogil=True, fastmath=True)
def _sums(w, a, b, m):
    """Sums of w, w a and w b."""
    s0, s1, s2 = 0.0, 0.0, 0.0
    for i in range(m):
        s0 += w[i]
        s1 += w[i] * a[i]
        s2 += w[i] * b[i]
    return s0, s1, s2


@nb.njit(nogil=True, fastmath=True)
def _products(w, a, b, m):
    """Sums of w times 1, a, b, a a, a b, b b."""
    s0, s1, s2, s3, s4, s5 = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    for i in range(m):
        wa, wb = w[i] * a[i], w[i] * b[i]
        s0 += w[i]
        s1 += wa
        s2 += wb
        s3 += wa * a[i]
        s4 += wa * b[i]
        s5 += wb * b[i]
    return s0, s1, s2, s3, s4, s5


@nb.njit(cache=True, nogil=True, fastmath=_EXACT)
def univariate(times, end, mu, n, rate, second, out):
    """Log-likelihood of one kind with constant baseline and exponential kernel, with gradient and Hessian.

    ``intensity = mu + n rate R``, ``R_i = sum_{j<i} exp(-rate (t_i - t_j))``. Derivatives of R in the rate are ``-D`` and
    ``Q``, sums of the same with factors (t_i - t_j) and its square. ``out`` receives the value, the derivatives in
    (mu, n, rate), and, if ``second``, those of second order (mu mu, mu n, mu rate, n n, n rate, rate rate).
    """
    size = times.size
    out[:] = 0.0
    gap, e, R = np.empty(_BLOCK), np.empty(_BLOCK), np.empty(_BLOCK)
    D, Q = np.empty(_BLOCK), np.empty(_BLOCK)
    L, W = np.empty(_BLOCK), np.empty(_BLOCK)
    value, g0, g1, g2, hq = 0.0, 0.0, 0.0, 0.0, 0.0
    h00, h01, h02, h11, h12, h22 = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    last, r, d, q = times[0], 0.0, 0.0, 0.0
    R_last = -1.0  # so that the first event has no history: 1 + R = 0
    for start in range(0, size, _BLOCK):
        m = min(_BLOCK, size - start)
        gap[0] = times[start] - last
        for i in range(1, m):
            gap[i] = times[start + i] - times[start + i - 1]
        last = times[start + m - 1]
        for i in range(m):
            e[i] = exponential(-rate * gap[i])
        r = R_last
        if second:
            for i in range(m):
                r = e[i] * r + e[i]
                before = e[i] * d
                d = before + gap[i] * r
                q = e[i] * q + gap[i] * (before + d)
                R[i], D[i], Q[i] = r, d, q
        else:
            for i in range(m):
                r = e[i] * r + e[i]
                d = e[i] * d + gap[i] * r
                R[i], D[i] = r, d
        R_last = r
        for i in range(m):
            s1 = rate * R[i]
            u = mu + n * s1
            L[i] = logarithm(u)
            W[i] = 1.0 / u
        value += _total(L, m)
        a0, a1, a2 = _sums(W, R, D, m)
        g0 += a0
        g1 += rate * a1
        g2 += a1 - rate * a2
        if second:
            for i in range(m):
                L[i] = W[i] * W[i]
                Q[i] = W[i] * (rate * Q[i] - 2.0 * D[i])
                D[i] = R[i] - rate * D[i]
            hq += _total(Q, m)
            b0, b1, b2, b3, b4, b5 = _products(L, R, D, m)
            h00 += b0
            h01 += rate * b1
            h02 += b2
            h11 += rate * rate * b3
            h12 += rate * b4
            h22 += b5
    tail = end - last
    e_end = math.exp(-rate * tail)
    R_end = e_end * (1.0 + R_last)
    D_end = e_end * d + tail * R_end
    Q_end = e_end * q + tail * (e_end * d + D_end)
    out[0] = value - mu * end - n * (size - R_end)
    out[1] = g0 - end
    out[2] = g1 - (size - R_end)
    out[3] = n * (g2 - D_end)
    if second:
        out[4] = -h00
        out[5] = -h01
        out[6] = -n * h02
        out[7] = -h11
        out[8] = g2 - n * h12 - D_end
        out[9] = n * (hq - n * h22 + Q_end)


# --- histories at given times -----------------------------------------------------------------------------------------


@nb.njit(cache=True, nogil=True, fastmath=_EXACT)
def _fading(times, kind, rates, query, before, fade, step):
    """fade[l] = exp(-rate (next query - t_l)) for events before some query, step[i] = exp(-rate_0 (q_i - q_{i-1}))."""
    l = 0
    for i in range(query.size):
        while l < before[i]:
            fade[l] = rates[kind[l]] * (times[l] - query[i])
            l += 1
        step[i] = rates[0] * (query[i - 1] - query[i]) if i > 0 else 0.0
    for i in range(l):
        fade[i] = exponential(fade[i])
    for i in range(query.size):
        step[i] = exponential(step[i])


@nb.njit(cache=True, nogil=True, fastmath=_EXACT)
def histories(times, kind, weight, rates, shared, query, before, order, out):
    """Sums over earlier events of each source: ``sum_l w_l tau^d exp(-rate_j tau)``, tau = q_i - t_l, for d = 0..order.

    ``out`` has shape (order + 1, Q, K); ``before[i]`` events lie before query i. With ``shared`` all rates are equal.
    """
    Q, K = query.size, rates.size
    fade, step = np.empty(times.size), np.empty(Q)
    _fading(times, kind, rates, query, before, fade, step)
    r, d, q = np.zeros(K), np.zeros(K), np.zeros(K)
    l = 0
    for i in range(Q):
        gap = query[i] - query[i - 1] if i > 0 else 0.0
        f = step[i]
        for j in range(K):
            if not shared:
                f = exponential(-rates[j] * gap)
            if order > 1:
                q[j] = f * (q[j] + gap * (2.0 * d[j] + gap * r[j]))
            if order > 0:
                d[j] = f * (d[j] + gap * r[j])
            r[j] = f * r[j]
        while l < before[i]:
            j, tau, e = kind[l], query[i] - times[l], weight[l] * fade[l]
            r[j] += e
            if order > 0:
                d[j] += tau * e
                if order > 1:
                    q[j] += tau * tau * e
            l += 1
        for j in range(K):
            out[0, i, j] = r[j]
            if order > 0:
                out[1, i, j] = d[j]
                if order > 1:
                    out[2, i, j] = q[j]


@nb.njit(cache=True, nogil=True, fastmath=_EXACT)
def target_pass(times, kind, query, before, mu, n, rate, second, grad, H):
    """Log-likelihood of one target with constant baseline and an exponential kernel, with gradient and Hessian.

    ``query`` holds the events of the target and then the end, ``before`` how many events of all kinds precede each.
    Parameters in the order mu, n_1 .. n_K, rate; `univariate` is the same for one kind, faster.
    """
    K = n.size
    last = query.size - 1
    fade, step = np.empty(times.size), np.empty(query.size)
    rates = np.full(K, rate)
    _fading(times, kind, rates, query, before, fade, step)
    R, D, Q, v = np.zeros(K), np.zeros(K), np.zeros(K), np.zeros(K + 2)
    number = np.zeros(K)
    grad[:] = 0.0
    H[:] = 0.0
    value = 0.0
    at = 0
    v[0] = 1.0
    for i in range(query.size):
        gap = query[i] - query[i - 1] if i > 0 else 0.0
        f = step[i]
        if second:
            for j in range(K):
                Q[j] = f * (Q[j] + gap * (2.0 * D[j] + gap * R[j]))
        for j in range(K):
            D[j] = f * (D[j] + gap * R[j])
            R[j] = f * R[j]
        while at < before[i]:
            j, tau, e = kind[at], query[i] - times[at], fade[at]
            R[j] += e
            D[j] += tau * e
            if second:
                Q[j] += tau * tau * e
            number[j] += 1.0
            at += 1
        if i == last:
            break
        total, in_rate, bend = mu, 0.0, 0.0
        for j in range(K):
            v[1 + j] = rate * R[j]
            total += n[j] * v[1 + j]
            in_rate += n[j] * (R[j] - rate * D[j])
        v[K + 1] = in_rate
        w = 1.0 / total
        value += logarithm(total)
        for j in range(K + 2):
            grad[j] += w * v[j]
        if second:
            for j in range(K):
                bend += n[j] * (rate * Q[j] - 2.0 * D[j])
                H[K + 1, 1 + j] += w * (R[j] - rate * D[j])
            H[K + 1, K + 1] += w * bend
            for a in range(K + 2):
                part = w * w * v[a]
                for b in range(a + 1):
                    H[a, b] -= part * v[b]
    end = query[last]
    value -= mu * end
    grad[0] -= end
    for j in range(K):
        value -= n[j] * (number[j] - R[j])
        grad[1 + j] -= number[j] - R[j]
        grad[K + 1] -= n[j] * D[j]
        if second:
            H[K + 1, 1 + j] -= D[j]
            H[K + 1, K + 1] += n[j] * Q[j]
    if second:
        for a in range(K + 2):
            for b in range(a):
                H[b, a] = H[a, b]
    return value


_BATCH = 128  # events of several kinds; their histories stay in the first-level cache


@nb.njit(cache=True, nogil=True, fastmath=_EXACT)
def shared_pass(times, kind, end, mu, n, rate, second, grad, H):
    """The likelihoods of all targets in one pass over the events, when all kernels have one rate.

    ``n`` has shape (K, P), rows are sources, with P >= K + 2 a multiple of 8 (padded with zeros); ``grad`` (K, P) and ``H``
    (K, P, P) receive the derivatives of each target in (n_1 .. n_K, mu, rate), then padding. `target_pass` is the same for
    any rates. Times must differ.

    The excited parts of all intensities, ``S_k = sum_j n_jk R_j``, decay together with the histories R_j, so no sum over
    sources is needed at an event.
    """
    size, K, P = times.size, n.shape[0], n.shape[1]
    gap, e, at_rest = np.empty(_BATCH), np.empty(_BATCH), np.empty(_BATCH)
    total, W, slope, bend = np.empty(_BATCH), np.empty(_BATCH), np.empty(_BATCH), np.empty(_BATCH)
    V, M = np.zeros((_BATCH, P)), np.zeros((_BATCH, P))
    S, DS, QS, R, D = np.zeros(P), np.zeros(P), np.zeros(P), np.zeros(P), np.zeros(P)
    number, unit = np.zeros(K), np.eye(K, P)
    mixed, curved = np.zeros((K, P)), np.zeros(K)
    grad[:] = 0.0
    H[:] = 0.0
    value = 0.0
    last = times[0]
    for start in range(0, size, _BATCH):
        m = min(_BATCH, size - start)
        gap[0] = times[start] - last
        for i in range(1, m):
            gap[i] = times[start + i] - times[start + i - 1]
        last = times[start + m - 1]
        for i in range(m):
            e[i] = exponential(-rate * gap[i])
        for i in range(m):
            f, g = e[i], gap[i]
            k = kind[start + i]
            if second:
                for j in range(P):
                    QS[j] = f * (QS[j] + g * (2.0 * DS[j] + g * S[j]))
                    D[j] = f * (D[j] + g * R[j])
            for j in range(P):
                DS[j] = f * (DS[j] + g * S[j])
                S[j] = f * S[j]
                R[j] = f * R[j]
            for j in range(P):
                V[i, j] = rate * R[j]
            total[i] = mu[k] + rate * S[k]
            slope[i] = S[k] - rate * DS[k]
            if second:
                bend[i] = rate * QS[k] - 2.0 * DS[k]
                for j in range(P):
                    M[i, j] = R[j] - rate * D[j]
            number[k] += 1.0
            for j in range(P):
                R[j] += unit[k, j]  # a whole row, as a lone entry would hold up the next load of the row
                S[j] += n[k, j]
        for i in range(m):
            at_rest[i] = logarithm(total[i])
            W[i] = 1.0 / total[i]
        value += _total(at_rest, m)
        for i in range(m):
            k, w = kind[start + i], W[i]
            V[i, K] = 1.0
            V[i, K + 1] = slope[i]
            for j in range(P):
                grad[k, j] += w * V[i, j]
            if second:
                curved[k] += w * bend[i]
                for j in range(P):
                    mixed[k, j] += w * M[i, j]
                for a in range(K + 2):
                    part = w * w * V[i, a]
                    for j in range(P):
                        H[k, a, j] -= part * V[i, j]
    tail = end - last
    f = math.exp(-rate * tail)
    for k in range(K):
        value -= mu[k] * end
        grad[k, K] -= end
        if second:
            left_q = f * (QS[k] + tail * (2.0 * DS[k] + tail * S[k]))
            H[k, K + 1, K + 1] += curved[k] + left_q
        grad[k, K + 1] -= f * (DS[k] + tail * S[k])
        for j in range(K):
            left = f * R[j]
            value -= n[j, k] * (number[j] - left)
            grad[k, j] -= number[j] - left
            if second:
                cross = mixed[k, j] - f * (D[j] + tail * R[j])
                H[k, j, K + 1] += cross
                H[k, K + 1, j] += cross
    return value


@nb.njit(cache=True, nogil=True)
def cumulative_weights(kind, weight, K, before):
    """Sums of the weights of each source before each query; shape (Q, K)."""
    out = np.zeros((before.size, K))
    total = np.zeros(K)
    l = 0
    for i in range(before.size):
        while l < before[i]:
            total[kind[l]] += weight[l]
            l += 1
        out[i] = total
    return out


@nb.njit(cache=True, nogil=True)
def pair_sums(
    times, kind, weight, weight_slope, place, density, query, where, before, power, p0, p1, spread, marked, out
):
    """The same for any kernel, pair by pair: sums of w g(tau) f(distance) / density and their derivatives.

    ``out`` has shape (1 + P, Q, K): first the sums, then the derivatives in log half-life (or log c and log theta of the
    power law), in the productivity of marks if ``marked``, and in the log of the spatial spread if ``spread > 0``. p0 is
    the rate, or c; p1 is theta. Exponential kernels are cut where they have fallen below 1e-17.
    """
    out[:] = 0.0
    first = 0
    reach = 40.0 / p0 if not power else np.inf
    for i in range(query.size):
        while first < before[i] and query[i] - times[first] > reach:
            first += 1
        for l in range(first, before[i]):
            tau, j = query[i] - times[l], kind[l]
            if power:
                g = p1 / p0 * math.exp(-(1.0 + p1) * math.log1p(tau / p0))
            else:
                g = p0 * math.exp(-p0 * tau)
            at = 2 if not power else 3
            if spread > 0.0:
                dx, dy = where[i, 0] - place[l, 0], where[i, 1] - place[l, 1]
                square = (dx * dx + dy * dy) / (spread * spread)
                g *= math.exp(-0.5 * square) / (2.0 * math.pi * spread * spread * density[i])
                out[at + (1 if marked else 0), i, j] += weight[l] * g * (square - 2.0)
            w = weight[l] * g
            out[0, i, j] += w
            if power:
                out[1, i, j] += w * ((1.0 + p1) * tau / (tau + p0) - 1.0)
                out[2, i, j] += w * (1.0 - p1 * math.log1p(tau / p0))
            else:
                out[1, i, j] += w * (p0 * tau - 1.0)
            if marked:
                out[at, i, j] += weight_slope[l] * g


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


# --- likelihood with the baseline integrated out ----------------------------------------------------------------------


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
def _solve(L, v):
    """A^-1 v given the Cholesky factor of A."""
    p = v.size
    x = v.copy()
    for i in range(p):
        for k in range(i):
            x[i] -= L[i, k] * x[k]
        x[i] /= L[i, i]
    for i in range(p - 1, -1, -1):
        for k in range(i + 1, p):
            x[i] -= L[k, i] * x[k]
        x[i] /= L[i, i]
    return x


@nb.njit(cache=True, nogil=True)
def _inverse(L):
    p = L.shape[0]
    out = np.empty((p, p))
    unit = np.zeros(p)
    for i in range(p):
        unit[:] = 0.0
        unit[i] = 1.0
        out[i] = _solve(L, unit)
    return out


@nb.njit(cache=True, nogil=True, fastmath=True)
def _leverages(X, first, inverse):
    """x' inverse x of every row of the design, over its columns from first on."""
    w, rows = inverse.shape[0], X.shape[1]
    out = np.zeros(rows)
    part = np.empty(rows)
    for i in range(w):
        part[:] = 0.0
        for j in range(w):
            a = inverse[i, j]
            for r in range(rows):
                part[r] += a * X[first + j, r]
        for r in range(rows):
            out[r] += part[r] * X[first + i, r]
    return out


@nb.njit(cache=True, nogil=True)
def _objective(X, width, row, excess, soft, node_row, node_width, node_excess, prior, b, base, score, h, safe):
    """Penalised log-likelihood in b, with the score and the information on each row's log baseline.

    Without softening the compensator of the baseline is ``sum width exp(X b)``, exact, and that of the excitation is left
    to the caller; with it, the integral of the whole intensity is the sum over nodes. ``h`` is the observed information,
    ``safe`` one that is never negative.
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
def _information(X, h, safe, prior):
    """X diag(h) X' + prior; with ``safe`` in the place of h where that is not positive definite. And its factor."""
    H = gram(X, h)
    for i in range(prior.size):
        H[i, i] += prior[i]
    L, good = _cholesky(H)
    if good:
        return H, L, True
    H = gram(X, safe)
    for i in range(prior.size):
        H[i, i] += prior[i] + 1e-6 * H[i, i]
    L, good = _cholesky(H)
    if not good:
        for i in range(prior.size):
            H[i, i] += 1e-6 * (1.0 + np.trace(H) / prior.size)
        L, good = _cholesky(H)
    return H, L, False


@nb.njit(cache=True, nogil=True)
def integrated(
    X, rigid, width, row, excess, soft, node_row, node_width, node_excess, free, stiffness, b, at_events, at_nodes
):
    """Log-likelihood with the wiggles of the baseline integrated out (Laplace), given the excitation at every event.

    Columns are the rows of X (p, rows): the first ``rigid`` have free coefficients (a normal prior of precision
    ``free``), the others are wiggles with precision ``stiffness``:

        max_b [ l(b) - stiffness/2 |b_w|^2 ] - 1/2 log |I_ww / stiffness|

    with the observed information I. ``b`` starts the search and receives the maximum; ``at_events`` and ``at_nodes``
    receive the derivative of the value in the excitation at each event and node, and the second result is the
    derivative in log stiffness. The third tells whether the observed information was positive definite.
    """
    p, rows = X.shape
    base, score, h, safe = np.empty(rows), np.empty(rows), np.empty(rows), np.empty(rows)
    prior = np.full(p, free)
    prior[rigid:] = stiffness
    trial, step = b.copy(), np.zeros(p)
    value = -np.inf
    good = True
    H, L = np.eye(p), np.eye(p)
    for _ in range(60):
        now = _objective(
            X, width, row, excess, soft, node_row, node_width, node_excess, prior, trial, base, score, h, safe
        )
        if not now >= value - 1e-9 * (1.0 + abs(value)):  # too far: halve the step
            step *= 0.5
            if np.max(np.abs(step)) < 1e-9:
                trial[:] = b
                _objective(
                    X, width, row, excess, soft, node_row, node_width, node_excess, prior, b, base, score, h, safe
                )
                H, L, good = _information(X, h, safe, prior)
                break
            trial = b + step
            continue
        value = now
        b[:] = trial
        H, L, good = _information(X, h, safe, prior)
        uphill = _columns_times(X, score) - prior * b
        step = _solve(L, uphill)
        if np.sum(uphill * step) < 1e-9:
            break
        widest = np.max(np.abs(design_times(X, step)))
        if widest > 2.0:
            step *= 2.0 / widest
        trial = b + step
    used = h if good else safe
    w = p - rigid
    log_det, in_stiffness = 0.0, 0.0
    leverage, through = np.zeros(rows), np.zeros(rows)
    if w > 0:
        Lw, fine = _cholesky(np.ascontiguousarray(H[rigid:, rigid:]))
        for i in range(w):
            log_det += 2.0 * math.log(max(Lw[i, i], 1e-150))
        inverse = _inverse(Lw)
        leverage = _leverages(X, rigid, inverse)
        in_stiffness = 0.5 * w - 0.5 * stiffness * np.sum(b[rigid:] ** 2) - 0.5 * stiffness * np.trace(inverse)
        bend = np.zeros(rows)  # derivative of h in the log baseline of its row
        for i in range(node_row.size):
            r = node_row[i]
            _, f1, f2, f3 = _link(base[r] + node_excess[i], soft)
            bend[r] += node_width[i] * base[r] * (f1 + base[r] * (3.0 * f2 + base[r] * f3))
        if soft == 0.0:
            for r in range(rows):
                bend[r] += width[r] * base[r]
        for i in range(row.size):
            r = row[i]
            _, f1, f2, f3 = log_link(base[r] + excess[i], soft)
            bend[r] -= base[r] * (f1 + base[r] * (3.0 * f2 + base[r] * f3))
        v = _solve(L, _columns_times(X, -0.5 * leverage * bend))
        through = design_times(X, v)
        in_stiffness -= stiffness * np.sum(v[rigid:] * b[rigid:])
        value += 0.5 * w * math.log(stiffness) - 0.5 * log_det
    for i in range(row.size):
        r = row[i]
        _, f1, f2, f3 = log_link(base[r] + excess[i], soft)
        at_events[i] = f1 + 0.5 * leverage[r] * base[r] * (f3 * base[r] + f2) + through[r] * f2 * base[r]
    for i in range(node_row.size):
        r = node_row[i]
        _, f1, f2, f3 = _link(base[r] + node_excess[i], soft)
        slope = f1 + 0.5 * leverage[r] * base[r] * (f3 * base[r] + f2) + through[r] * f2 * base[r]
        at_nodes[i] = -node_width[i] * slope
    return value, in_stiffness, good
