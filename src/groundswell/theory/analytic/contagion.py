"""What theories of complex contagion imply without simulation: fronts on lattices, random networks of any degrees."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from groundswell.theory.analytic.degrees import DegreeDistribution
from groundswell.theory.analytic.solving import finite, limit, require


def front_number(radius: int) -> int:
    """The most active neighbours that people ahead of a straight front on a Moore lattice can have: r (2r + 1).

    A contagion that requires more cannot advance along a row or column, however large the active region is. For the
    eight neighbours of radius 1 it is 3, a share of 3/8; as the radius grows the share tends to 1/2.

    Source: Morris (2000), Review of Economic Studies 67, 57-78, for thresholds of contagion on lattices; the count is
    that of the rows on one side of a person.
    """
    require(isinstance(radius, int) and radius >= 1, f"radius = {radius!r}", "a whole number >= 1")
    return radius * (2 * radius + 1)


def front_threshold(radius: int) -> float:
    """`front_number` as a share of the neighbours: (2r + 1) / (4 (r + 1)), 3/8 for r = 1 and 1/2 in the limit."""
    return front_number(radius) / ((2 * radius + 1) ** 2 - 1)


def contagion_size(degree: int | DegreeDistribution, required: float, *, seeds: float) -> float:
    """The share active in the end on a random network, where a given number of active neighbours is required.

    rho = s + (1 - s) sum_k p_k P(B(k, q) >= a), where q is the limit from q = s of
    q <- s + (1 - s) sum_k (k p_k / z) P(B(k - 1, q) >= a), and B is binomial: bootstrap percolation, and Gleeson and
    Cahalane's equations with a number instead of a share.

    Parameters
    ----------
    degree : z >= 1, the number of ties of everyone; or their distribution.
    required : a > 0, active neighbours required.
    seeds : s in [0, 1], the share active at the start, chosen at random. With a > 1 and s -> 0 the result tends to 0
        unless degrees vary without bound: a few seeds start nothing on a random network.

    Known limits: neighbours of one another as seeds (a seeded neighbourhood) are not covered; nor are networks of few
    people, which have short loops.

    Source: Balogh & Pittel (2007), Random Structures & Algorithms 30, 257-286, for one degree.
    """
    finite(required=required, seeds=seeds)
    if not isinstance(degree, DegreeDistribution):
        require(isinstance(degree, int) and degree >= 1, f"degree = {degree!r}", "a whole number >= 1")
        degree = DegreeDistribution([degree], [1.0])
    require(required > 0, f"required = {required}", "a number > 0")
    require(0 <= seeds <= 1, f"seeds = {seeds}", "a share in [0, 1]")
    least = -(-required // 1) - 1  # P(B >= a) = P(B > ceil(a) - 1)
    k, p, reached = degree.number, degree.share, degree.reached

    def share(q: float, ties: NDArray[np.float64], of: NDArray[np.float64]) -> float:
        return float(seeds + (1 - seeds) * np.sum(of * stats.binom.sf(least, ties, min(q, 1.0))))

    return share(limit(lambda q: share(q, np.maximum(k - 1, 0), reached), seeds), k, p)
