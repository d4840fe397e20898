"""What theories of cascades imply without simulation: windows, final sizes.

Watts's cascade condition and the extension of it to seeds of any size by Gleeson and Cahalane, for normally distributed
thresholds. Networks are Poisson random graphs (Erdős–Rényi) of infinitely many people.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from groundswell.theory.analytic.solving import finite, limit, require, root
from groundswell.theory.analytic.thresholds import threshold_share

_TAIL = 1e-14  # degrees beyond which a Poisson distribution holds less than this are left out
_NOBODY = 1e-100  # a smaller share of active tie ends is none: the binomial distribution overflows near the least float


def _response(active: NDArray[np.float64], degree: NDArray[np.float64], phi: float, phi_sd: float, spontaneous: bool):
    """The share of people of a degree who are active when so many of their neighbours are."""
    share = active / np.maximum(degree, 1.0)
    answer = threshold_share(share, phi, phi_sd)
    return answer if spontaneous else np.where(active > 0, answer, 0.0)


def _check_watts(mean_degree: float, phi: float, phi_sd: float) -> None:
    finite(mean_degree=mean_degree, phi=phi, phi_sd=phi_sd)
    require(mean_degree > 0, f"mean_degree = {mean_degree}", "a number > 0")
    require(phi_sd >= 0, f"phi_sd = {phi_sd}", "a number >= 0")


def _degrees(mean_degree: float) -> NDArray[np.float64]:
    return np.arange(int(stats.poisson.isf(_TAIL, mean_degree)) + 3, dtype=float)


def cascade_number(mean_degree: float, phi: float, phi_sd: float = 0.0) -> float:
    """How many vulnerable people one newly active person activates: sum_k k (k - 1) rho_k p_k / z.

    rho_k = P(threshold <= 1/k) is the share of people of degree k whom one active neighbour activates. Above 1, a
    single seed can set off a global cascade. Source: Watts (2002), PNAS 99, 5766-5771.

    Parameters
    ----------
    mean_degree : z, > 0.
    phi, phi_sd : mean and spread of thresholds (shares of neighbours).
    """
    _check_watts(mean_degree, phi, phi_sd)
    k = _degrees(mean_degree)
    return cascade_number_of(k, stats.poisson.pmf(k, mean_degree), phi, phi_sd)


def cascade_number_of(degrees: ArrayLike, shares: ArrayLike, phi: float, phi_sd: float = 0.0) -> float:
    """`cascade_number` of a random network with any degrees: sum_k k (k - 1) rho_k p_k / sum_k k p_k.

    Parameters
    ----------
    degrees : k >= 0, shape (n,), some of them above 0.
    shares : p_k >= 0 of people who have each, shape (n,); brought to a sum of 1.
    phi, phi_sd : mean and spread of thresholds (shares of neighbours).
    """
    k, p = np.asarray(degrees, float), np.asarray(shares, float)
    finite(phi=phi, phi_sd=phi_sd)
    require(k.shape == p.shape and k.ndim == 1, f"degrees of shape {k.shape}", f"one for each of {p.shape} shares")
    require(
        bool((k >= 0).all() and (p >= 0).all() and (k * p).sum() > 0), "degrees and shares", "numbers >= 0, and ties"
    )
    vulnerable = _response(np.ones_like(k), k, phi, phi_sd, False)
    return float((k * (k - 1) * vulnerable * p).sum() / (k * p).sum())


def cascade_window(phi: float, phi_sd: float = 0.0, most: float = 60.0) -> tuple[float, float] | None:
    """The mean degrees between which a single seed can set off a global cascade, or None where there are none.

    The two solutions of `cascade_number` = 1 with mean degrees up to `most`. For phi = .18 it is (1.021, 5.765).

    Raises
    ------
    TheoryError : when the upper end lies beyond `most`.
    """
    grid = np.geomspace(0.05, most, 600)  # the number rises and falls once; 1.2% steps cannot step over both ends
    above = np.array([cascade_number(z, phi, phi_sd) - 1.0 for z in grid])
    inside = np.flatnonzero(above > 0)
    if inside.size == 0:
        return None
    first, last = int(inside[0]), int(inside[-1])
    require(last < grid.size - 1, f"most = {most}", "a mean degree beyond the window's upper end")

    def end(a: int) -> float:
        return root(lambda z: cascade_number(z, phi, phi_sd) - 1.0, float(grid[a]), float(grid[a + 1]))

    return end(first - 1), end(last)


def trigger_probability(mean_degree: float, phi: float, phi_sd: float = 0.0) -> float:
    """The probability that a single seed, chosen at random, sets off a global cascade.

    A seed does where it touches the giant component of vulnerable people: 1 - exp(-z v), where v is the probability
    that a tie leads to a vulnerable person with a further way into it: v = sum_k (k p_k / z) rho_k [1 - (1 - v)^(k-1)].
    Source: Watts (2002), PNAS 99, 5766-5771 (the extended vulnerable cluster).
    """
    return float(1.0 - np.exp(-mean_degree * _way_in(mean_degree, phi, phi_sd)))


def _way_in(mean_degree: float, phi: float, phi_sd: float) -> float:
    """The probability that a tie leads to someone vulnerable with a way into the giant component of the vulnerable."""
    _check_watts(mean_degree, phi, phi_sd)
    k = _degrees(mean_degree)[1:]
    weight = stats.poisson.pmf(k - 1, mean_degree) * _response(np.ones_like(k), k, phi, phi_sd, False)
    return limit(lambda v: float(np.sum(weight * (1.0 - (1.0 - v) ** (k - 1)))), 1.0)


def cascade_size(
    mean_degree: float, phi: float, phi_sd: float = 0.0, *, seeds: float, spontaneous: bool = False
) -> float:
    """The share of people active in the end, when a share `seeds` chosen at random is active at first.

    rho = s + (1 - s) sum_k p_k sum_m B(k, m; q) F(m / k), where q is the limit from q = s of
    q <- s + (1 - s) sum_k (k p_k / z) sum_m B(k - 1, m; q) F(m / k), and B is the binomial distribution.

    Parameters
    ----------
    seeds : s, in [0, 1]. With s -> 0 the result is what a vanishing but infinite number of seeds does.
    spontaneous : whether a threshold at or below 0 makes a person active with no active neighbour (the paper), or
        only with one (the theory `watts`, and the default). It matters where the spread puts mass there.

    Source: Gleeson & Cahalane (2007), Physical Review E 75, 056103, equations 1 and 2.
    """
    _check_watts(mean_degree, phi, phi_sd)
    require(0 <= seeds <= 1, f"seeds = {seeds}", "a share in [0, 1]")
    k = _degrees(mean_degree)[:, None]
    m = k.T
    p = stats.poisson.pmf(k[:, 0], mean_degree)
    # `others` has the response of someone with k + 1 ties to m active among the k beyond the tie it was reached by;
    # ties lead to k + 1 with probability (k + 1) p_(k+1) / z = p_k
    own, others = (_response(np.minimum(m, k), degree, phi, phi_sd, spontaneous) for degree in (k, k + 1))

    def share(q: float, response: NDArray[np.float64]) -> float:
        q = q if q > _NOBODY else 0.0
        return float(seeds + (1 - seeds) * np.sum(p[:, None] * stats.binom.pmf(m, k, q) * response))

    return share(limit(lambda q: share(q, others), seeds), own)
