"""Compiled kernels of the model with a hidden tide: banded algebra, the Laplace approximation, and its gradient.

The tide is interleaved by step and kind, row ``t K + k``, so that its precision has bandwidth ``2 K - 1``. A banded
matrix A is held by rows: ``band[i, m] = A[i, i - m]``. Each kernel has a slow twin in the tests.
"""

from __future__ import annotations

import math

import numba as nb
import numpy as np

from groundswell.estimators.excitation.discrete_kernels import cholesky, cholesky_inverse, cholesky_solve

_MOST_STEPS = 60  # Newton steps; a warm start needs three
_MOST_CONJUGATE = 40  # steps of conjugate gradients, preconditioned by the expected information; six are usual


@nb.njit(cache=True, nogil=True, error_model="numpy")
def band_cholesky(A):
    """Lower factor of a banded positive definite matrix, in the same layout."""
    N, width = A.shape
    L = np.zeros((N, width))
    for i in range(N):
        for m in range(min(width - 1, i), -1, -1):
            j = i - m
            total = A[i, m]
            for q in range(m + 1, min(width - 1, i) + 1):  # columns i - q, within the band of row j
                if q - m < width:
                    total -= L[i, q] * L[j, q - m]
            if m == 0:
                L[i, 0] = math.sqrt(max(total, 1e-300))
            else:
                L[i, m] = total / L[j, 0]
    return L


@nb.njit(cache=True, nogil=True, error_model="numpy")
def band_forward(L, v):
    """x with L x = v."""
    N, width = L.shape
    x = v.copy()
    for i in range(N):
        total = x[i]
        for m in range(1, min(width - 1, i) + 1):
            total -= L[i, m] * x[i - m]
        x[i] = total / L[i, 0]
    return x


@nb.njit(cache=True, nogil=True, error_model="numpy")
def band_backward(L, v):
    """x with L' x = v."""
    N, width = L.shape
    x = v.copy()
    for i in range(N - 1, -1, -1):
        x[i] /= L[i, 0]
        for m in range(1, min(width - 1, i) + 1):
            x[i - m] -= L[i, m] * x[i]
    return x


@nb.njit(cache=True, nogil=True, error_model="numpy")
def band_times(A, x):
    """A x for a symmetric banded matrix."""
    N, width = A.shape
    out = A[:, 0] * x
    for i in range(N):
        for m in range(1, min(width - 1, i) + 1):
            out[i] += A[i, m] * x[i - m]
            out[i - m] += A[i, m] * x[i]
    return out


@nb.njit(cache=True, nogil=True, error_model="numpy")
def band_inverse(L):
    """The entries of (L L')^-1 within the band (Takahashi's recurrence), in the same layout."""
    N, width = L.shape
    Z = np.zeros((N, width))
    for i in range(N - 1, -1, -1):
        last = min(i + width - 1, N - 1)
        for j in range(last, i - 1, -1):
            total = 1.0 / L[i, 0] if j == i else 0.0
            for k in range(i + 1, last + 1):
                a, b = (k, j) if k >= j else (j, k)
                total -= L[k, k - i] * Z[a, a - b]
            Z[j, j - i] = total / L[i, 0]
    return Z


@nb.njit(cache=True, nogil=True, error_model="numpy")
def stationary(memory, innovation):
    """Covariance of a stationary vector x[t] = memory x[t-1] + e, e of covariance ``innovation``."""
    K = memory.size
    out = np.empty((K, K))
    for k in range(K):
        for j in range(K):
            out[k, j] = innovation[k, j] / (1.0 - memory[k] * memory[j])
    return out


@nb.njit(cache=True, nogil=True, error_model="numpy")
def tide_precision(T, memory, innovation):
    """Precision of T steps of the tide, banded, and its log determinant."""
    K = memory.size
    P = cholesky_inverse(cholesky(innovation))
    start = stationary(memory, innovation)
    first = cholesky(start)
    P0 = cholesky_inverse(first)
    Q = np.zeros((T * K, 2 * K))
    for t in range(T):
        for k in range(K):
            i = t * K + k
            for j in range(k + 1):
                now = P0[k, j] if t == 0 else P[k, j]
                if t < T - 1:
                    now += memory[k] * P[k, j] * memory[j]
                Q[i, k - j] = now
            if t > 0:
                for j in range(K):
                    Q[i, K + k - j] = -P[k, j] * memory[j]
    step = cholesky(innovation)
    log_det = 0.0
    for k in range(K):
        log_det -= 2.0 * math.log(first[k, k]) + 2.0 * (T - 1) * math.log(step[k, k])
    return Q, log_det


@nb.njit(cache=True, nogil=True, error_model="numpy")
def tide_expected(T, memory, innovation, M0, A, B, C):
    """Expected log density of the tide given its second moments: of the first step, and summed over pairs of steps."""
    K = memory.size
    first = cholesky(stationary(memory, innovation))
    step = cholesky(innovation)
    P0, P = cholesky_inverse(first), cholesky_inverse(step)
    out = 0.0
    for k in range(K):
        out -= math.log(first[k, k]) + (T - 1) * math.log(step[k, k])
        for j in range(K):
            rest = A[k, j] - B[k, j] * memory[j] - memory[k] * B[j, k] + memory[k] * C[k, j] * memory[j]
            out -= 0.5 * (P0[k, j] * M0[j, k] + P[k, j] * rest)
    return out


@nb.njit(cache=True, nogil=True, error_model="numpy")
def _linear(X, beta, x, T, K):
    """Tide plus the linear part; X has shape (K, T, p), beta (K, p)."""
    p = X.shape[2]
    eta = x.copy()
    for t in range(T):
        for k in range(K):
            total = 0.0
            for c in range(p):
                total += X[k, t, c] * beta[k, c]
            eta[t * K + k] += total
    return eta


@nb.njit(cache=True, nogil=True, error_model="numpy")
def _gathered(X, v, T, K):
    """X' v, of shape (K p,)."""
    p = X.shape[2]
    out = np.zeros(K * p)
    for t in range(T):
        for k in range(K):
            a = v[t * K + k]
            if a != 0.0:
                for c in range(p):
                    out[k * p + c] += X[k, t, c] * a
    return out


@nb.njit(cache=True, nogil=True, error_model="numpy")
def _factored(Q, W, X, prior, T, K):
    """Factors of [[Q + W, W X], [X' W, X' W X + prior]]: of its corner, what couples it, and of the rest."""
    p = X.shape[2]
    N, R = T * K, K * p
    A = Q.copy()
    for i in range(N):
        A[i, 0] += W[i]
    L = band_cholesky(A)
    width = L.shape[1]
    V = np.zeros((N, R))  # A^-1 W X
    for t in range(T):
        for k in range(K):
            i = t * K + k
            for c in range(p):
                V[i, k * p + c] = W[i] * X[k, t, c]
            for m in range(1, min(width - 1, i) + 1):
                a = L[i, m]
                for r in range(R):
                    V[i, r] -= a * V[i - m, r]
            a = 1.0 / L[i, 0]
            for r in range(R):
                V[i, r] *= a
    for i in range(N - 1, -1, -1):
        a = 1.0 / L[i, 0]
        for r in range(R):
            V[i, r] *= a
        for m in range(1, min(width - 1, i) + 1):
            a = L[i, m]
            for r in range(R):
                V[i - m, r] -= a * V[i, r]
    S = np.zeros((R, R))
    for k in range(K):
        for c in range(p):
            S[k * p + c, k * p + c] = prior[c]
    for t in range(T):
        for k in range(K):
            i = t * K + k
            for c in range(p):
                a = W[i] * X[k, t, c]
                if a != 0.0:
                    for e in range(p):
                        S[k * p + c, k * p + e] += a * X[k, t, e]
                    for r in range(R):
                        S[k * p + c, r] -= a * V[i, r]
    return L, V, cholesky(S)


@nb.njit(cache=True, nogil=True, error_model="numpy")
def _solved(L, V, S, gx, gb):
    """The solution of the system that `_factored` prepared."""
    b = cholesky_solve(S, gb - gx @ V)
    return band_backward(L, band_forward(L, gx)) - V @ b, b


@nb.njit(cache=True, nogil=True, error_model="numpy")
def laplace(y, seen, X, prior, Q, log_det_Q, E, spread, x, beta, in_E, in_spread, M0, A, B, C):
    """Log-likelihood, the tide integrated out and the coefficients at their best, but for terms of y and the spread.

        y[i] ~ NB(mean[i], spread[k]),  mean = exp(x + X beta) + E,  x ~ N(0, Q^-1),  beta ~ N(0, 1 / prior)

    The mode is found by Fisher scoring from ``x`` and ``beta``, which are left there. Filled in: the derivatives in E
    (N,) and in the spread (K,), and the second moments of the tide (with how the mode moves) that `tide_expected`
    needs, so that its derivative in the tide's parameters is the likelihood's.
    """
    T, K = X.shape[1], X.shape[0]
    N, p = T * K, X.shape[2]
    W, score = np.zeros(N), np.zeros(N)
    base, mean = np.zeros(N), np.ones(N)
    trial_x, trial_b = x.copy(), beta.copy()
    dx, db = np.zeros(N), np.zeros(K * p)
    found = -1e300
    L, V, S = np.zeros((1, 1)), np.zeros((1, 1)), np.eye(1)
    for _ in range(_MOST_STEPS):
        Qx = band_times(Q, trial_x)
        eta = _linear(X, trial_b, trial_x, T, K)
        total = -0.5 * np.sum(trial_x * Qx)
        for k in range(K):
            for c in range(p):
                total -= 0.5 * prior[c] * trial_b[k, c] ** 2
        for i in range(N):
            b = math.exp(min(30.0, max(-30.0, eta[i])))
            m = b + E[i] + 1e-13
            phi = spread[i % K]
            base[i], mean[i] = b, m
            if seen[i]:
                if y[i] > 0.0:
                    total += y[i] * math.log(m)
                total -= (y[i] + 1.0 / phi) * math.log1p(phi * m) if phi > 0.0 else m
                w = 1.0 / (m * (1.0 + phi * m))
                score[i] = (y[i] - m) * w * b
                W[i] = b * b * w
        if not total >= found - 1e-10:
            dx *= 0.5
            db *= 0.5
            if np.max(np.abs(dx)) < 1e-11 and np.max(np.abs(db)) < 1e-11:
                break
            trial_x = x + dx
            trial_b = beta + db.reshape(K, p)
            continue
        found = total
        x[:] = trial_x
        beta[:] = trial_b
        gx = score - Qx
        gb = _gathered(X, score, T, K)
        for k in range(K):
            for c in range(p):
                gb[k * p + c] -= prior[c] * beta[k, c]
        L, V, S = _factored(Q, W, X, prior, T, K)
        dx, db = _solved(L, V, S, gx, gb)
        if np.sum(gx * dx) + np.sum(gb * db) < 1e-10:
            break
        widest = max(np.max(np.abs(dx)), np.max(np.abs(db)))
        if widest > 4.0:
            dx *= 4.0 / widest
            db *= 4.0 / widest
        trial_x = x + dx
        trial_b = beta + db.reshape(K, p)
    value = found + 0.5 * log_det_Q
    for i in range(N):
        value -= math.log(L[i, 0])
    Z = band_inverse(L)  # variances and neighbouring covariances of the tide, the coefficients known
    g = np.zeros(N)  # derivative of minus half the log determinant in the predictor
    delta = np.zeros(N)  # observed less expected information
    q = np.zeros(N)
    for i in range(N):
        if not seen[i]:
            continue
        q[i] = Z[i, 0]
        phi, b, m = spread[i % K], base[i], mean[i]
        whole = m * (1.0 + phi * m)
        g[i] = -0.5 * q[i] * (2.0 * W[i] - b**3 * (1.0 + 2.0 * phi * m) / whole**2)
        curved = -y[i] / m**2 + phi * (1.0 + phi * y[i]) / (1.0 + phi * m) ** 2
        delta[i] = -(curved * b * b + (y[i] - m) / whole * b) - W[i]
    # a = observed information^-1 (g, X' g), by conjugate gradients
    gx, gb = g.copy(), _gathered(X, g, T, K)
    ax, ab = _solved(L, V, S, gx, gb)
    moved = _linear(X, ab.reshape(K, p), ax, T, K)
    rx, rb = -delta * moved, -_gathered(X, delta * moved, T, K)
    zx, zb = _solved(L, V, S, rx, rb)
    px, pb = zx.copy(), zb.copy()
    size = np.sum(rx * zx) + np.sum(rb * zb)
    first = np.sum(gx * ax) + np.sum(gb * ab)
    for _ in range(_MOST_CONJUGATE):
        if not size > 1e-8 * first:
            break
        direction = _linear(X, pb.reshape(K, p), px, T, K)
        Hx = band_times(Q, px) + (W + delta) * direction
        Hb = _gathered(X, (W + delta) * direction, T, K)
        for k in range(K):
            for c in range(p):
                Hb[k * p + c] += prior[c] * pb[k * p + c]
        bend = np.sum(px * Hx) + np.sum(pb * Hb)
        if not bend > 0.0:
            break
        length = size / bend
        ax += length * px
        ab += length * pb
        rx -= length * Hx
        rb -= length * Hb
        zx, zb = _solved(L, V, S, rx, rb)
        now = np.sum(rx * zx) + np.sum(rb * zb)
        px = zx + now / size * px
        pb = zb + now / size * pb
        size = now
    along = _linear(X, ab.reshape(K, p), ax, T, K)
    in_spread[:] = 0.0
    for i in range(N):
        in_E[i] = 0.0
        if not seen[i]:
            continue
        phi, b, m = spread[i % K], base[i], mean[i]
        one = 1.0 + phi * m
        curved = -y[i] / m**2 + phi * (1.0 + phi * y[i]) / one**2
        in_E[i] = (y[i] - m) / (m * one) + 0.5 * q[i] * b * b * (1.0 + 2.0 * phi * m) / (m * one) ** 2
        in_E[i] += along[i] * curved * b
        if phi > 0.0:
            words = math.log1p(phi * m) / phi**2 - (y[i] + 1.0 / phi) * m / one
            words += 0.5 * q[i] * b * b / one**2 - along[i] * (y[i] - m) * b / one**2
            in_spread[i % K] += words
    # second moments
    M0[:], A[:], B[:], C[:] = 0.0, 0.0, 0.0, 0.0
    for t in range(T):
        for k in range(K):
            i = t * K + k
            for j in range(K):
                h = t * K + j
                top, low = max(i, h), min(i, h)
                value_now = Z[top, top - low] + x[i] * x[h] + ax[i] * x[h] + x[i] * ax[h]
                if t == 0:
                    M0[k, j] += value_now
                if t > 0:
                    A[k, j] += value_now
                if t < T - 1:
                    C[k, j] += value_now
                if t > 0:
                    h = (t - 1) * K + j
                    value_now = Z[i, i - h] + x[i] * x[h] + ax[i] * x[h] + x[i] * ax[h]
                    B[k, j] += value_now
    return value


@nb.njit(cache=True, nogil=True, error_model="numpy")
def tide_mode(y, seen, X, prior, Q, E, spread, x, beta):
    """Factors at a mode that is known: of the tide's information, what couples it to the coefficients, and theirs."""
    T, K = X.shape[1], X.shape[0]
    eta = _linear(X, beta, x, T, K)
    W = np.zeros(T * K)
    for i in range(T * K):
        if seen[i]:
            b = math.exp(min(30.0, max(-30.0, eta[i])))
            m = b + E[i] + 1e-13
            W[i] = b * b / (m * (1.0 + spread[i % K] * m))
    return _factored(Q, W, X, prior, T, K)


@nb.njit(cache=True, nogil=True, error_model="numpy")
def simulated_counts(base, n, decay, spread, start, uniform, normal):
    """Counts of T steps from the base rate (T, K), with excitation n[j, k] of decay[k].

    ``uniform`` and ``normal`` of shape (T, K) are draws; gamma and Poisson variates are their quantiles, by search.
    """
    T, K = base.shape
    out = np.zeros((T, K))
    z = np.zeros((K, K))
    for j in range(K):
        for k in range(K):
            z[j, k] = start[j]
    for t in range(T):
        for k in range(K):
            m = base[t, k]
            for j in range(K):
                m += n[j, k] * z[j, k]
            m = min(max(m, 1e-12), 1e6)
            phi = spread[k]
            # quantile of the negative binomial, by adding up its probabilities
            u = uniform[t, k]
            if phi > 1e-8:
                p = math.exp(-math.log1p(phi * m) / phi)
                share = phi * m / (1.0 + phi * m)
            else:
                p = math.exp(-m)
                share = 0.0
            if p < 1e-290:  # too many to add up: normal, on the square root
                sd = math.sqrt(m * (1.0 + phi * m))
                out[t, k] = max(0.0, math.floor(m + sd * normal[t, k] + 0.5))
                continue
            c, total = 0.0, p
            while u > total and c < 5e6:
                c += 1.0
                if phi > 1e-8:
                    p *= share * (c - 1.0 + 1.0 / phi) / c
                else:
                    p *= m / c
                total += p
                if p < 1e-18 and c > m:
                    break
            out[t, k] = c
        for j in range(K):
            for k in range(K):
                z[j, k] = decay[k] * z[j, k] + (1.0 - decay[k]) * out[t, j]
    return out
