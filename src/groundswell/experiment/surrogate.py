"""A surrogate of a simulated outcome: a sparse polynomial chaos expansion, from which sensitivity follows exactly.

    f(u) = sum_a c_a prod_j P_{a_j}(2 u_j - 1),   P_n = sqrt(2 n + 1) Legendre_n

The polynomials are orthonormal for independent inputs u ~ U(0, 1), so variances are sums of squares (Sudret 2008):

    V = sum_{a != 0} c_a^2      S_j = sum_{a: only a_j > 0} c_a^2 / V      T_j = sum_{a: a_j > 0} c_a^2 / V
    Shapley_j = sum_{a: a_j > 0} c_a^2 / (V |a|),   |a| the number of inputs in the term

Terms are chosen one after the other (orthogonal matching pursuit) and their number by the leave-one-out error.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from groundswell.errors import EstimationError

Floats = NDArray[np.float64]

_DEGREES = range(1, 13)  # of the candidates; the leave-one-out error stops the climb
_TOGETHER = 3  # inputs in one term at most
_MOST_TERMS = 1500  # most candidates; degrees with more terms are not tried
_NORM = 0.75  # of the hyperbolic truncation: terms of many inputs are kept to lower degrees (Blatman & Sudret 2011)


@dataclass(frozen=True)
class Surrogate:
    """A fitted expansion.

    Parameters
    ----------
    terms : int64[m, k], the degree of each input in each term; the first term is the constant.
    coefficients : float64[m].
    q2 : 1 minus the leave-one-out error as a share of the variance, corrected for the number of terms (Chapelle,
        Vapnik & Bengio 2002); 1 is perfect, 0 is no better than the mean.
    """

    terms: NDArray[np.int64]
    coefficients: Floats
    q2: float

    def __call__(self, u: Floats) -> Floats:
        """The surrogate at float64[n, k] in [0, 1]: float64[n]."""
        return _basis(u, self.terms) @ self.coefficients

    def again(self, u: Floats, y: Floats) -> Surrogate:
        """The same terms with coefficients fitted to other points, as a bootstrap needs."""
        c = np.linalg.lstsq(_basis(u, self.terms), y, rcond=None)[0]
        return Surrogate(self.terms, np.asarray(c, np.float64), self.q2)

    def shares(self) -> tuple[Floats, Floats, Floats]:
        """First-order, total and Shapley shares of the variance, float64[k] each; zeros where there is no variance."""
        squares = self.coefficients[1:] ** 2
        held = self.terms[1:] > 0
        together = held.sum(axis=1)
        variance = squares.sum()
        if not variance > 0:
            nothing = np.zeros(self.terms.shape[1])
            return nothing, nothing.copy(), nothing.copy()
        parts = held * squares[:, None] / variance
        return parts[together == 1].sum(axis=0), parts.sum(axis=0), (parts / together[:, None]).sum(axis=0)


def fit_surrogate(u: Floats, y: Floats) -> Surrogate:
    """Fit an expansion to an outcome at the points of a design.

    Parameters
    ----------
    u : float64[n, k] in [0, 1], points of a space-filling design.
    y : float64[n], finite.

    Raises
    ------
    EstimationError : too few points for the number of inputs, an outcome that is not finite.

    Known limits: inputs are independent; jumps of the outcome need many terms, and `q2` measures how well they are
    fitted. Source: Blatman & Sudret (2011), J. Computational Physics 230:2345-2367; Sudret (2008), Reliability
    Engineering & System Safety 93:964-979; Owen (2014), SIAM/ASA J. Uncertainty Quantification 2:245-251 (Shapley).
    """
    n, k = u.shape
    fewest = max(8, 2 * k + 2)
    if n < fewest:
        raise EstimationError(f"{n} points for {k} factors", expected=f"at least {fewest}", instead="more points")
    if y.shape != (n,) or not np.isfinite(y).all():
        raise EstimationError(f"an outcome of shape {y.shape}", expected=f"{n} finite numbers, one for each point")
    constant = Surrogate(np.zeros((1, k), np.int64), np.array([y.mean()]), 0.0)
    if y.std() <= 1e-12 * max(1.0, float(np.abs(y).max())):
        return Surrogate(constant.terms, constant.coefficients, 1.0)
    best, worse = constant, 0
    for degree in _DEGREES:
        terms = _terms(k, degree)
        if len(terms) > _MOST_TERMS:
            break
        found = _pursue(u, y, terms)
        worse = 0 if found.q2 > best.q2 else worse + 1
        best = found if found.q2 > best.q2 else best
        if worse == 2:
            break
    return best


def _terms(k: int, degree: int) -> NDArray[np.int64]:
    """All terms of a degree under the hyperbolic norm, the constant first."""
    found = {(0,) * k}
    for together in range(1, min(k, _TOGETHER) + 1):
        for members in itertools.combinations(range(k), together):
            for degrees in itertools.product(range(1, degree + 1), repeat=together):
                if sum(d**_NORM for d in degrees) ** (1 / _NORM) <= degree + 1e-9:
                    term = [0] * k
                    for j, d in zip(members, degrees, strict=True):
                        term[j] = d
                    found.add(tuple(term))
    return np.array(sorted(found, key=lambda t: (sum(t), t)), dtype=np.int64)


def _basis(u: Floats, terms: NDArray[np.int64]) -> Floats:
    """float64[n, m], each term at each point."""
    x = 2 * u - 1
    degree = int(terms.max(initial=0))
    legendre = np.empty((degree + 1, *x.shape))
    legendre[0] = 1.0
    if degree:
        legendre[1] = x
    for d in range(1, degree):
        legendre[d + 1] = ((2 * d + 1) * x * legendre[d] - d * legendre[d - 1]) / (d + 1)
    legendre *= np.sqrt(2 * np.arange(degree + 1) + 1)[:, None, None]
    out = np.ones((u.shape[0], len(terms)))
    for j in range(u.shape[1]):
        out *= legendre[terms[:, j], :, j].T
    return out


def _pursue(u: Floats, y: Floats, terms: NDArray[np.int64]) -> Surrogate:
    """Add the term most correlated with the residual, until the leave-one-out error stops falling."""
    n = len(y)
    A = _basis(u, terms)
    lengths = np.linalg.norm(A, axis=0)
    Q = np.empty((n, min(len(terms), n // 2)))
    Q[:, 0] = A[:, 0] / lengths[0]
    chosen = [0]
    residual = y - Q[:, 0] * (Q[:, 0] @ y)
    leverage = Q[:, 0] ** 2
    variance = float(np.var(y))
    best, best_error, worse = [0], 1.0, 0
    while len(chosen) < Q.shape[1]:
        likeness = np.abs(A.T @ residual) / lengths
        likeness[chosen] = -1.0
        j = int(likeness.argmax())
        q = A[:, j] - Q[:, : len(chosen)] @ (Q[:, : len(chosen)].T @ A[:, j])
        q -= Q[:, : len(chosen)] @ (Q[:, : len(chosen)].T @ q)
        length = float(np.linalg.norm(q))
        if length < 1e-9 * lengths[j]:
            lengths[j] = np.inf
            if not np.isfinite(lengths[[i for i in range(len(terms)) if i not in chosen]]).any():
                break
            continue
        Q[:, len(chosen)] = q / length
        chosen.append(j)
        residual = residual - Q[:, len(chosen) - 1] * (Q[:, len(chosen) - 1] @ residual)
        leverage = leverage + Q[:, len(chosen) - 1] ** 2
        out = residual / np.maximum(1 - leverage, 1e-6)
        m = len(chosen)
        inflation = n / (n - m) * (1 + m / n)  # Chapelle's correction, with the trace term of an orthonormal basis
        error = float(np.mean(out**2)) / variance * inflation
        if error < best_error:
            best, best_error, worse = chosen.copy(), error, 0
        else:
            worse += 1
            if worse > max(10, len(best) // 5):
                break
    order = sorted(best, key=lambda i: (i != 0, i))
    c = np.linalg.lstsq(A[:, order], y, rcond=None)[0]
    return Surrogate(terms[order], np.asarray(c, np.float64), 1.0 - best_error)


__all__ = ["Surrogate", "fit_surrogate"]
