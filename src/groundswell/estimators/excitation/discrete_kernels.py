"""Compiled kernels of the model of excitation: sums over a local basis, the marginal likelihood, kernel sums.

Linear algebra is written out: threaded BLAS costs more than it saves at this size, and sums in a fixed order give the
same bytes for any number of threads. Each kernel has a slow twin in the tests.
"""

from __future__ import annotations

import math

import numba as nb
import numpy as np

FREE = 0.01  # prior precision of free coefficients: sd 10 in a logarithm, so that an empty stretch has a maximum
_MOST_SCORING = 30  # steps of Fisher scoring; three or four are usual


@nb.njit(cache=True, nogil=True)
def local_times(index, value, c):
    """F c."""
    T, m = index.shape
    out = np.empty(T)
    for t in range(T):
        total = 0.0
        for a in range(m):
            total += value[t, a] * c[index[t, a]]
        out[t] = total
    return out


@nb.njit(cache=True, nogil=True)
def local_transposed(index, value, v, first, q):
    """F' v over rows from first on."""
    T, m = index.shape
    out = np.zeros(q)
    for t in range(first, T):
        for a in range(m):
            out[index[t, a]] += value[t, a] * v[t]
    return out


@nb.njit(cache=True, nogil=True)
def local_gram(index, value, w, first, q):
    """F' diag(w) F over rows from first on."""
    T, m = index.shape
    out = np.zeros((q, q))
    for t in range(first, T):
        for a in range(m):
            x = w[t] * value[t, a]
            if x != 0.0:
                i = index[t, a]
                for b in range(a + 1):
                    out[i, index[t, b]] += x * value[t, b]
    for i in range(q):  # entries of a row are in the order of the columns, so only the lower half was touched
        for j in range(i):
            out[j, i] = out[i, j]
    return out


@nb.njit(cache=True, nogil=True)
def local_quadratic(index, value, K, first):
    """f' K f of every row f from first on, K symmetric."""
    T, m = index.shape
    out = np.zeros(T)
    for t in range(first, T):
        total = 0.0
        for a in range(m):
            x = value[t, a]
            if x != 0.0:
                i = index[t, a]
                part = 0.5 * x * K[i, i]
                for b in range(a):
                    part += value[t, b] * K[i, index[t, b]]
                total += x * part
        out[t] = 2.0 * total
    return out


@nb.njit(cache=True, nogil=True)
def sandwich(A, G):
    """A' G A for symmetric G."""
    q, p = A.shape
    part = np.zeros((q, p))
    for i in range(q):
        for k in range(q):
            g = G[i, k]
            if g != 0.0:
                for j in range(p):
                    part[i, j] += g * A[k, j]
    out = np.zeros((p, p))
    for k in range(q):
        for i in range(p):
            a = A[k, i]
            if a != 0.0:
                for j in range(i + 1):
                    out[i, j] += a * part[k, j]
    for i in range(p):
        for j in range(i):
            out[j, i] = out[i, j]
    return out


@nb.njit(cache=True, nogil=True)
def spread_out(A, inverse):
    """A inverse A' for symmetric inverse, shape (q, q)."""
    q, p = A.shape
    part = np.zeros((p, q))
    for k in range(p):
        for i in range(p):
            g = inverse[k, i]
            for j in range(q):
                part[k, j] += g * A[j, i]
    out = np.zeros((q, q))
    for i in range(q):
        for k in range(p):
            a = A[i, k]
            if a != 0.0:
                for j in range(q):
                    out[i, j] += a * part[k, j]
    return out


@nb.njit(cache=True, nogil=True)
def cholesky(A):
    """Lower L with L L' = A; a pivot that is not positive is set to a tiny number."""
    p = A.shape[0]
    L = np.zeros((p, p))
    for i in range(p):
        for j in range(i + 1):
            total = A[i, j]
            for k in range(j):
                total -= L[i, k] * L[j, k]
            if i == j:
                L[i, i] = math.sqrt(max(total, 1e-300))
            else:
                L[i, j] = total / L[j, j]
    return L


@nb.njit(cache=True, nogil=True)
def cholesky_solve(L, v):
    """x with L L' x = v."""
    p = L.shape[0]
    x = v.copy()
    for i in range(p):
        for k in range(i):
            x[i] -= L[i, k] * x[k]
        x[i] /= L[i, i]
    for i in range(p - 1, -1, -1):
        x[i] /= L[i, i]
        for k in range(i):
            x[k] -= L[i, k] * x[i]
    return x


@nb.njit(cache=True, nogil=True)
def cholesky_inverse(L):
    """(L L')⁻¹."""
    p = L.shape[0]
    half = np.zeros((p, p))  # L⁻¹
    for i in range(p):
        half[i, i] = 1.0 / L[i, i]
        for k in range(i):
            a = L[i, k] * half[i, i]
            for j in range(k + 1):
                half[i, j] -= a * half[k, j]
    out = np.zeros((p, p))
    for k in range(p):
        for i in range(k + 1):
            a = half[k, i]
            for j in range(i + 1):
                out[i, j] += a * half[k, j]
    for i in range(p):
        for j in range(i):
            out[j, i] = out[i, j]
    return out


@nb.njit(cache=True, nogil=True)
def marginal(index, value, A, rigid, y, z, dz, lead, b, n, log_half_life, spread, stiffness, above, soft, grad, common):
    """Marginal log-likelihood of (n, log half-life, log dispersion, log stiffness), without log y!, and its gradient.

    The columns of the baseline are X = F A, F the local basis. The first ``rigid`` columns of X have free coefficients;
    those of the others, the wiggles of the trend, are normal with variance 1 / stiffness and are integrated out
    (Laplace):

        max_b [ sum_t log P(y_t | mean_t) - stiffness/2 |b_w|² ] - 1/2 log |I_ww / stiffness + 1|

    The maximum is found by Fisher scoring from ``b`` and left in it. Kernel sums z and their derivative in the decay dz
    have shape (T, J). ``above[i]`` counts steps with y > i, which turns the gamma functions of the negative binomial
    into ``sum_i above[i] log(1 + dispersion i)``, exact for any dispersion; spread 0 is Poisson. ``common`` is filled
    with the derivative in the excess of every step, shape (T,).
    """
    T = y.shape[0]
    q, p = A.shape
    J = z.shape[1]
    half = math.exp(log_half_life)
    slope = math.exp(-math.log(2.0) / half) * math.log(2.0) / half  # of the decay in log half-life
    excess = np.zeros(T)
    in_h = np.zeros(T)
    for t in range(lead, T):
        for j in range(J):
            excess[t] += n[j] * z[t, j]
            in_h[t] += n[j] * dz[t, j]
        in_h[t] *= slope
    base, mean, link, bend, weight = np.zeros(T), np.ones(T), np.ones(T), np.zeros(T), np.zeros(T)
    score, square = np.zeros(T), np.zeros(T)
    prior = np.zeros(p)
    prior[:rigid] = FREE
    prior[rigid:] = stiffness
    total_found = -1e300
    trial = b.copy()
    step = np.zeros(p)
    information = np.eye(p)
    factor = np.eye(p)
    for _ in range(_MOST_SCORING):
        total = -0.5 * np.sum(prior * trial * trial)
        eta = local_times(index, value, A @ trial)
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
            if y[t] > 0.0:
                total += y[t] * math.log(m)
            if spread > 0.0:
                x = spread * m
                total -= (y[t] + 1.0 / spread) * (math.log(1.0 + x) if x > 0.1 else math.log1p(x))
            else:
                total -= m
            weight[t] = 1.0 / (m * (1.0 + spread * m))
            score[t] = (y[t] - m) * weight[t] * link[t]
            square[t] = base[t] * base[t] * link[t] * link[t] * weight[t]
        if total < total_found - 1e-9:  # too far: halve the step
            step *= 0.5
            if np.max(np.abs(step)) < 1e-10:
                break
            trial = b + step
            continue
        total_found = total
        b[:] = trial
        information = sandwich(A, local_gram(index, value, square, lead, q))
        for i in range(p):
            information[i, i] += prior[i]
        uphill = local_transposed(index, value, score * base, lead, q) @ A - prior * b
        factor = cholesky(information)
        step = cholesky_solve(factor, uphill)
        if np.sum(uphill * step) < 1e-7:  # twice the likelihood still to be gained
            break
        widest = np.max(np.abs(local_times(index, value, A @ step)))
        if widest > 3.0:
            step *= 3.0 / widest
        trial = b + step
    # the state above belongs to the last trial; within tolerance that is b
    w = p - rigid
    log_det = 0.0
    inner_inverse = np.zeros((w, w))
    leverage = np.zeros(T)
    if w > 0:
        inner = cholesky(np.ascontiguousarray(information[rigid:, rigid:]))
        for i in range(w):
            log_det += 2.0 * math.log(inner[i, i])
        log_det -= w * math.log(stiffness)
        inner_inverse = cholesky_inverse(inner)
        leverage = local_quadratic(index, value, spread_out(np.ascontiguousarray(A[:, rigid:]), inner_inverse), lead)
    in_u = np.zeros(T)  # derivative of base² link² weight in the sum u
    through = np.zeros(T)
    for t in range(lead, T):
        falling = -(1.0 + 2.0 * spread * mean[t]) * weight[t] * weight[t] * link[t]
        in_u[t] = base[t] * base[t] * (2.0 * link[t] * bend[t] * weight[t] + link[t] * link[t] * falling)
        through[t] = 0.5 * leverage[t] * (2.0 * square[t] + in_u[t] * base[t])
    # how log_det moves through b, whose own derivatives are -information^-1 (...): implicit functions
    through_b = cholesky_solve(factor, local_transposed(index, value, through, lead, q) @ A)
    along = local_times(index, value, A @ through_b)
    grad[:] = 0.0
    common[:lead] = 0.0
    for t in range(lead, T):
        common[t] = score[t] - 0.5 * leverage[t] * in_u[t] + along[t] * base[t] * link[t] * weight[t]
        for j in range(J):
            grad[j] += common[t] * z[t, j]
        grad[J] += common[t] * in_h[t]
        if spread > 0.0:
            m, rest = mean[t], 1.0 + spread * mean[t]
            grad[J + 1] += math.log1p(spread * m) / spread - (spread * y[t] + 1.0) * m / rest
            grad[J + 1] += 0.5 * leverage[t] * square[t] * spread * m / rest
    if spread > 0.0:
        for i in range(1, above.shape[0]):
            total_found += above[i] * math.log1p(spread * i)
            grad[J + 1] += above[i] * spread * i / (1.0 + spread * i)
    if w > 0:
        grad[J + 2] = 0.5 * w - 0.5 * stiffness * np.sum(b[rigid:] ** 2) - 0.5 * stiffness * np.trace(inner_inverse)
        grad[J + 2] += np.sum(prior * b * through_b)
    return total_found - 0.5 * log_det


@nb.njit(cache=True, nogil=True)
def kernel_sums(S, start, d):
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
def filtered_products(columns, w, lead, d):
    """``sum_t w (c f' + f c')`` and ``sum_t w f f'`` of columns c and their kernel sums f, started at the first row."""
    T, r = columns.shape
    f = columns[0].copy()
    mixed, own = np.zeros((r, r)), np.zeros((r, r))
    for t in range(1, T):
        for i in range(r):
            f[i] = d * f[i] + (1.0 - d) * columns[t - 1, i]
        if t >= lead:
            for i in range(r):
                a, c = w[t] * f[i], w[t] * columns[t, i]
                for j in range(i + 1):
                    own[i, j] += a * f[j]
                    mixed[i, j] += a * columns[t, j] + c * f[j]
    for i in range(r):
        for j in range(i):
            own[j, i], mixed[j, i] = own[i, j], mixed[i, j]
    return mixed, own


@nb.njit(cache=True, nogil=True)
def adjustment(grid, M0, mixed, own, n, log_half_life):
    """``1/2 log |M|`` with ``M = M0 - n mixed + n² own``, and its derivatives in n and log half-life.

    ``mixed`` and ``own``, shape (4, G - 1, r, r), are cubic polynomials in the log half-life between the points of
    ``grid``, highest power first.
    """
    r = M0.shape[0]
    g = min(max(int((log_half_life - grid[0]) / (grid[1] - grid[0])), 0), grid.size - 2)
    x = log_half_life - grid[g]
    M, in_n, in_h = np.empty((r, r)), np.empty((r, r)), np.empty((r, r))
    for i in range(r):
        for j in range(r):
            a = ((mixed[0, g, i, j] * x + mixed[1, g, i, j]) * x + mixed[2, g, i, j]) * x + mixed[3, g, i, j]
            c = ((own[0, g, i, j] * x + own[1, g, i, j]) * x + own[2, g, i, j]) * x + own[3, g, i, j]
            da = (3.0 * mixed[0, g, i, j] * x + 2.0 * mixed[1, g, i, j]) * x + mixed[2, g, i, j]
            dc = (3.0 * own[0, g, i, j] * x + 2.0 * own[1, g, i, j]) * x + own[2, g, i, j]
            M[i, j] = M0[i, j] - n * a + n * n * c
            in_n[i, j] = -a + 2.0 * n * c
            in_h[i, j] = -n * da + n * n * dc
    factor = cholesky(M)
    inverse = cholesky_inverse(factor)
    value = 0.0
    for i in range(r):
        value += math.log(factor[i, i])
    return value, 0.5 * np.sum(inverse * in_n), 0.5 * np.sum(inverse * in_h)


@nb.njit(cache=True, nogil=True)
def cone_values(U, information):
    """max over n >= 0 of 2 U'n - n' I n for draws U (N, G, m), information (G, m, m); shape (N, G).

    Coordinate ascent on a concave quadratic; it stops when nothing moves by a thousandth of a standard error.
    """
    N, G, m = U.shape
    out = np.empty((N, G))
    n = np.empty(m)
    for g in range(G):
        J = information[g]
        for k in range(N):
            u = U[k, g]
            n[:] = 0.0
            for _ in range(60):
                moved = 0.0
                for i in range(m):
                    own = max(J[i, i], 1e-12)
                    rest = u[i]
                    for j in range(m):
                        if j != i:
                            rest -= J[i, j] * n[j]
                    new = max(rest / own, 0.0)
                    moved = max(moved, abs(new - n[i]) * math.sqrt(own))
                    n[i] = new
                if moved < 1e-3 or m == 1:
                    break
            total = 0.0
            for i in range(m):
                total += 2.0 * u[i] * n[i]
                for j in range(m):
                    total -= n[i] * J[i, j] * n[j]
            out[k, g] = total
    return out
