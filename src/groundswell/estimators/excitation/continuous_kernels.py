"""Compiled sums behind excitation in continuous time: exponentials and logarithms by the block, and one pass over
events.

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
    """exp(x) for x <= 700, to a relative 4e-16; 3e-308 below -708. Written so that a loop over it is vectorised."""
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

    ``intensity = mu + n rate R``, ``R_i = sum_{j<i} exp(-rate (t_i - t_j))``. Derivatives of R in the rate are ``-D``
    and ``Q``, sums of the same with factors (t_i - t_j) and its square. ``out`` receives the value, the derivatives in
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
    """fade = exp(-rate (next query - t)) of events before some query, step[i] = exp(-rate_0 (q_i - q_{i-1}))."""
    event = 0
    for i in range(query.size):
        while event < before[i]:
            fade[event] = rates[kind[event]] * (times[event] - query[i])
            event += 1
        step[i] = rates[0] * (query[i - 1] - query[i]) if i > 0 else 0.0
    for i in range(event):
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
    event = 0
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
        while event < before[i]:
            j, tau, e = kind[event], query[i] - times[event], weight[event] * fade[event]
            r[j] += e
            if order > 0:
                d[j] += tau * e
                if order > 1:
                    q[j] += tau * tau * e
            event += 1
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

    ``n`` has shape (K, P), rows are sources, with P >= K + 2 a multiple of 8 (padded with zeros); ``grad`` (K, P) and
    ``H`` (K, P, P) receive the derivatives of each target in (n_1 .. n_K, mu, rate), then padding. `target_pass` is
    the same for any rates. Times must differ.

    The excited parts of all intensities, ``S_k = sum_j n_jk R_j``, decay together with the histories R_j, so no sum
    over sources is needed at an event.
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
