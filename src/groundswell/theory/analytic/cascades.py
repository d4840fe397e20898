"""What theories of cascades imply without simulation: windows, final sizes.

Watts's cascade condition and its extension to seeds of any size by Gleeson and Cahalane, for normally distributed
thresholds. Networks are random, of infinitely many people and any `DegreeDistribution`; a number in its place means the
mean degree of a Poisson network (Erdős–Rényi).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from groundswell.theory.analytic.degrees import DegreeDistribution, degrees_of
from groundswell.theory.analytic.solving import finite, limit, require, root
from groundswell.theory.analytic.thresholds import threshold_share

_NOBODY = 1e-100  # smaller shares of active tie ends count as zero: the binomial overflows near the least float


def _response(active: NDArray[np.float64], degree: NDArray[np.float64], phi: float, phi_sd: float, spontaneous: bool):
    """The share of people of a given degree who are active when a given number of their neighbours are."""
    share = active / np.maximum(degree, 1.0)
    answer = threshold_share(share, phi, phi_sd)
    return answer if spontaneous else np.where(active > 0, answer, 0.0)


def _check_thresholds(phi: float, phi_sd: float) -> None:
    finite(phi=phi, phi_sd=phi_sd)
    require(phi_sd >= 0, f"phi_sd = {phi_sd}", "a number >= 0")


def cascade_number(degrees: float | DegreeDistribution, phi: float, phi_sd: float = 0.0) -> float:
    """How many vulnerable people one newly active person activates: sum_k k (k - 1) rho_k p_k / z.

    rho_k = P(threshold <= 1/k) is the share of people of degree k activated by a single active neighbour. Above 1, a
    single seed can set off a global cascade. Source: Watts (2002), PNAS 99, 5766-5771.

    Parameters
    ----------
    degrees : of the network, or the mean z > 0 of a Poisson network.
    phi, phi_sd : mean and spread of thresholds (shares of neighbours).
    """
    _check_thresholds(phi, phi_sd)
    d = degrees_of(degrees)
    vulnerable = _response(np.ones_like(d.number), d.number, phi, phi_sd, False)
    return float(((d.number - 1) * vulnerable * d.reached).sum())


def cascade_window(phi: float, phi_sd: float = 0.0, most: float = 60.0) -> tuple[float, float] | None:
    """The mean degrees of Poisson networks between which a single seed can set off a global cascade, or None.

    The two solutions of `cascade_number` = 1 with mean degrees up to `most`. For phi = .18 it is (1.021, 5.765).

    Raises
    ------
    TheoryError : when the upper end lies beyond `most`.
    """
    grid = np.geomspace(0.05, most, 600)  # the number rises and falls once; steps of 1.2% cannot miss both ends
    above = np.array([cascade_number(z, phi, phi_sd) - 1.0 for z in grid])
    inside = np.flatnonzero(above > 0)
    if inside.size == 0:
        return None
    first, last = int(inside[0]), int(inside[-1])
    require(last < grid.size - 1, f"most = {most}", "a mean degree beyond the window's upper end")

    def end(a: int) -> float:
        return root(lambda z: cascade_number(z, phi, phi_sd) - 1.0, float(grid[a]), float(grid[a + 1]))

    return end(first - 1), end(last)


def trigger_probability(degrees: float | DegreeDistribution, phi: float, phi_sd: float = 0.0) -> float:
    """The probability that a single seed, chosen at random, sets off a global cascade.

    A seed does if it touches the giant component of vulnerable people: 1 - sum_k p_k (1 - v)^k, where v is the
    probability that a tie leads to a vulnerable person with a further way into it:
    v = sum_k (k p_k / z) rho_k [1 - (1 - v)^(k-1)].
    Source: Watts (2002), PNAS 99, 5766-5771 (the extended vulnerable cluster).

    Parameters
    ----------
    degrees, phi, phi_sd : as for `cascade_number`.
    """
    _check_thresholds(phi, phi_sd)
    d = degrees_of(degrees)
    k = d.number[d.number > 0]
    weight = d.reached[d.number > 0] * _response(np.ones_like(k), k, phi, phi_sd, False)
    way = limit(lambda v: float(np.sum(weight * (1.0 - (1.0 - v) ** (k - 1)))), 1.0)
    return float(1.0 - np.sum(d.share * (1.0 - way) ** d.number))


def cascade_size(
    degrees: float | DegreeDistribution, phi: float, phi_sd: float = 0.0, *, seeds: float, spontaneous: bool = False
) -> float:
    """The share of people active in the end, when a share `seeds` chosen at random is active at first.

    rho = s + (1 - s) sum_k p_k sum_m B(k, m; q) F(m / k), where q is the limit from q = s of
    q <- s + (1 - s) sum_k (k p_k / z) sum_m B(k - 1, m; q) F(m / k), and B is the binomial distribution.

    Parameters
    ----------
    degrees, phi, phi_sd : as for `cascade_number`.
    seeds : s, in [0, 1]. As s -> 0 the result is that of infinitely many seeds that are a vanishing share.
    spontaneous : whether a threshold at or below 0 makes a person active with no active neighbour (the paper), or
        only with one (the theory `watts`, and the default). It matters if the distribution has mass there.

    Source: Gleeson & Cahalane (2007), Physical Review E 75, 056103, equations 1 and 2.
    """
    _check_thresholds(phi, phi_sd)
    require(0 <= seeds <= 1, f"seeds = {seeds}", "a share in [0, 1]")
    d = degrees_of(degrees)
    k = d.number[:, None]
    m = np.arange(d.number[-1] + 1)[None, :]
    own = _response(np.minimum(m, k), k, phi, phi_sd, spontaneous)

    def share(q: float, p: NDArray[np.float64], ties: NDArray[np.float64]) -> float:
        q = min(q, 1.0) if q > _NOBODY else 0.0  # sums of shares may exceed one through rounding
        return float(seeds + (1 - seeds) * np.sum(p[:, None] * stats.binom.pmf(m, np.maximum(ties, 0), q) * own))

    # for people reached along a tie, active neighbours are counted along their other ties
    return share(limit(lambda q: share(q, d.reached, k - 1), seeds), d.share, k)
