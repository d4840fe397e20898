"""Compiled kernels of the model with a hidden tide: banded algebra, the Laplace approximation, and its gradient.

The tide is interleaved by step and kind, row ``t K + k``, so that its precision has bandwidth ``2 K - 1``. A banded
matrix A is stored by rows: ``band[i, m] = A[i, i - m]``. Each kernel has a slow twin in the tests.
"""

from __future__ import annotations

import math

import numba as nb
import numpy as np

from groundswell.estimators.excitation.discrete_kernels import cholesky, cholesky_inverse, cholesky_solve

_MOST_STEPS = 60  # Newton steps; a warm start needs two or three
_NEAR = 1e-6  # twice the gain of a Newton step after which there is nothing more to gain
_PIVOT = 1e-100


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
def tide_innovations(theta, K):
    """Memories (K,), and the innovations' covariance (K, K), of log sizes, logit memories, atanh correlations."""
    memory, own = np.empty(K), np.empty(K)
    for k in range(K):
        memory[k] = 1.0 / (1.0 + math.exp(-theta[K + k]))
        own[k] = math.exp(theta[k]) * math.sqrt(1.0 - memory[k] ** 2)
    if K == 1:
        return memory, np.full((1, 1), own[0] ** 2)
    factor = np.zeros((K, K))
    at = 2 * K
    for i in range(K):
        left = 1.0
        for j in range(i):
            factor[i, j] = math.tanh(theta[at]) * math.sqrt(left)
            left -= factor[i, j] ** 2
            at += 1
        factor[i, i] = math.sqrt(max(left, 1e-6)) if i > 0 else 1.0
    out = np.zeros((K, K))
    for i in range(K):
        for j in range(K):
            total = 1e-10 if i == j else 0.0
            for m in range(min(i, j) + 1):
                total += own[i] * factor[i, m] * own[j] * factor[j, m]
            out[i, j] = total
    return memory, out


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
def tide_slopes(T, theta, K, M0, A, B, C):
    """Derivative of `tide_expected` in the tide's own parameters, by central differences."""
    size = 2 * K + K * (K - 1) // 2
    out = np.empty(size)
    moved = theta[:size].copy()
    for i in range(size):
        moved[i] = theta[i] + 1e-5
        memory, innovation = tide_innovations(moved, K)
        above = tide_expected(T, memory, innovation, M0, A, B, C)
        moved[i] = theta[i] - 1e-5
        memory, innovation = tide_innovations(moved, K)
        out[i] = (above - tide_expected(T, memory, innovation, M0, A, B, C)) / 2e-5
        moved[i] = theta[i]
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
    """Factors of [[Q + W, W X], [X' W, X' W X + prior]]: of its corner, of the coupling, and of the rest.

    Where the matrix is not positive definite a diagonal entry of a factor is tiny; see `_definite`.
    """
    p = X.shape[2]
    N, R = T * K, K * p
    L = _band_factor(Q, W)
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
    S = np.zeros((R, R))  # from X' W X - (L^-1 W X)' (L^-1 W X), the second part while V holds L^-1 W X
    for i in range(N):
        for c in range(R):
            a = V[i, c]
            for r in range(c + 1):
                S[c, r] -= a * V[i, r]
    for k in range(K):
        for c in range(p):
            for e in range(c + 1):
                total = prior[c] if c == e else 0.0
                for t in range(T):
                    total += W[t * K + k] * X[k, t, c] * X[k, t, e]
                S[k * p + c, k * p + e] += total
    for i in range(N - 1, -1, -1):
        a = 1.0 / L[i, 0]
        for r in range(R):
            V[i, r] *= a
        for m in range(1, min(width - 1, i) + 1):
            a = L[i, m]
            for r in range(R):
                V[i - m, r] -= a * V[i, r]
    return L, V, cholesky(S)


@nb.njit(cache=True, nogil=True, error_model="numpy")
def _band_factor(Q, W):
    """Lower factor of Q + diag(W)."""
    A = Q.copy()
    for i in range(A.shape[0]):
        A[i, 0] += W[i]
    return band_cholesky(A)


@nb.njit(cache=True, nogil=True, error_model="numpy")
def _definite(L, S):
    """Whether the factors are those of a positive definite matrix."""
    return L[:, 0].min() > _PIVOT and np.diag(S).min() > _PIVOT


@nb.njit(cache=True, nogil=True, error_model="numpy")
def _solved(L, V, S, gx, gb):
    """The solution of the system that `_factored` prepared."""
    N, R = V.shape
    rest = gb.copy()
    for i in range(N):
        a = gx[i]
        if a != 0.0:
            for r in range(R):
                rest[r] -= a * V[i, r]
    b = cholesky_solve(S, rest)
    x = band_backward(L, band_forward(L, gx))
    for i in range(N):
        total = 0.0
        for r in range(R):
            total += V[i, r] * b[r]
        x[i] -= total
    return x, b


@nb.njit(cache=True, nogil=True, error_model="numpy")
def _at(y, seen, X, E, spread, x, beta, base, mean, score, W, D):
    """The log-likelihood of the counts given the tide, except for terms of y and the spread.

    Filled in, by step and kind: base rate, mean, the score in the predictor, its expected information W and its
    observed information D, which may be negative with excitation.
    """
    T, K = X.shape[1], X.shape[0]
    eta = _linear(X, beta, x, T, K)
    total = 0.0
    for i in range(T * K):
        b = math.exp(min(30.0, max(-30.0, eta[i])))
        m = b + E[i] + 1e-13
        phi = spread[i % K]
        base[i], mean[i] = b, m
        if seen[i]:
            if y[i] > 0.0:
                total += y[i] * math.log(m)
            one = 1.0 + phi * m
            total -= (y[i] + 1.0 / phi) * math.log1p(phi * m) if phi > 0.0 else m
            w = 1.0 / (m * one)
            score[i] = (y[i] - m) * w * b
            W[i] = b * b * w
            D[i] = (y[i] / m**2 - phi * (1.0 + phi * y[i]) / one**2) * b * b - score[i]
    return total


@nb.njit(cache=True, nogil=True, error_model="numpy")
def laplace(y, seen, X, prior, Q, log_det_Q, E, spread, x, beta, in_E, in_spread, M0, A, B, C):
    """Log-likelihood, the tide integrated out and the coefficients at their best, except for terms of y and the spread.

        y[i] ~ NB(mean[i], spread[k]),  mean = exp(x + X beta) + E,  x ~ N(0, Q^-1),  beta ~ N(0, 1 / prior)

    The mode is found by Newton's method from ``x`` and ``beta``, which are left there; where the observed information
    is not positive definite, by a step of Fisher's scoring. Filled in: the derivatives in E (N,) and in the spread
    (K,), and the second moments of the tide (with how the mode moves) that `tide_expected` needs, so that its
    derivative in the tide's parameters is the likelihood's.
    """
    T, K = X.shape[1], X.shape[0]
    N, p = T * K, X.shape[2]
    W, D, score = np.zeros(N), np.zeros(N), np.zeros(N)
    base, mean = np.zeros(N), np.ones(N)
    trial_x, trial_b = x.copy(), beta.copy()
    dx, db = np.zeros(N), np.zeros(K * p)
    found = -1e300
    L, V, S = np.zeros((1, 1)), np.zeros((1, 1)), np.eye(1)
    near = False  # the last step was too small to need another
    for _ in range(_MOST_STEPS):
        Qx = band_times(Q, trial_x)
        total = _at(y, seen, X, E, spread, trial_x, trial_b, base, mean, score, W, D) - 0.5 * np.sum(trial_x * Qx)
        for k in range(K):
            for c in range(p):
                total -= 0.5 * prior[c] * trial_b[k, c] ** 2
        if not total >= found - 1e-10:
            dx *= 0.5
            db *= 0.5
            if np.max(np.abs(dx)) < 1e-11 and np.max(np.abs(db)) < 1e-11:
                break
            trial_x = x + dx
            trial_b = beta + db.reshape(K, p)
            near = False
            continue
        found = total
        x[:] = trial_x
        beta[:] = trial_b
        if near:
            break
        gx = score - Qx
        gb = _gathered(X, score, T, K)
        for k in range(K):
            for c in range(p):
                gb[k * p + c] -= prior[c] * beta[k, c]
        L, V, S = _factored(Q, D, X, prior, T, K)
        if not _definite(L, S):
            L, V, S = _factored(Q, W, X, prior, T, K)
        dx, db = _solved(L, V, S, gx, gb)
        rise = np.sum(gx * dx) + np.sum(gb * db)
        if rise < 1e-11:
            break
        near = rise < _NEAR
        widest = max(np.max(np.abs(dx)), np.max(np.abs(db)))
        if widest > 4.0:
            dx *= 4.0 / widest
            db *= 4.0 / widest
        trial_x = x + dx
        trial_b = beta + db.reshape(K, p)
    _at(y, seen, X, E, spread, x, beta, base, mean, score, W, D)
    value = found + 0.5 * log_det_Q
    expected = _band_factor(Q, W)
    for i in range(N):
        value -= math.log(expected[i, 0])
    Z = band_inverse(expected)  # variances and neighbouring covariances of the tide, the coefficients known
    g = np.zeros(N)  # derivative of minus half the log determinant in the predictor
    q = np.zeros(N)
    for i in range(N):
        if not seen[i]:
            continue
        q[i] = Z[i, 0]
        phi, b, m = spread[i % K], base[i], mean[i]
        whole = m * (1.0 + phi * m)
        g[i] = -0.5 * q[i] * (2.0 * W[i] - b**3 * (1.0 + 2.0 * phi * m) / whole**2)
    ax, ab = _solved(L, V, S, g, _gathered(X, g, T, K))  # how the mode moves
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
    """Factors at a known mode: of the tide's information, its coupling to the coefficients, and their own."""
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
