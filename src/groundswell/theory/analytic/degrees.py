"""How many ties people have: the distribution that companions on random networks start from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from groundswell.theory.analytic.solving import finite, require

_TAIL = 1e-14  # degrees beyond which a Poisson distribution holds less than this are left out
Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class DegreeDistribution:
    """The shares of people by their number of ties, in a random network of infinitely many people.

    Parameters
    ----------
    number : k, distinct whole numbers >= 0 of shape (n,), some of them above 0.
    share : p_k >= 0 of shape (n,); scaled to sum to 1.

    Raises
    ------
    TheoryError : on anything else.

    Known limits: ties are random given the degrees; clusters, communities and degree correlations are not
    represented.

    >>> DegreeDistribution([1, 3], [0.5, 0.5]).mean
    2.0
    """

    number: Floats
    share: Floats

    def __init__(self, number: ArrayLike, share: ArrayLike) -> None:
        k, p = np.asarray(number, float), np.asarray(share, float)
        require(k.shape == p.shape and k.ndim == 1, f"degrees of shape {k.shape}", f"one for each of {p.shape} shares")
        sound = bool((k >= 0).all() and (k % 1 == 0).all() and (p >= 0).all() and np.isfinite(p).all())
        require(sound and (k * p).sum() > 0, "degrees and shares", "whole numbers >= 0, shares >= 0, and ties")
        require(np.unique(k).size == k.size, "degrees that repeat", "each once")
        order = np.argsort(k)
        object.__setattr__(self, "number", k[order])
        object.__setattr__(self, "share", p[order] / p.sum())

    @classmethod
    def poisson(cls, mean: float) -> DegreeDistribution:
        """The degrees of a random network (Erdős–Rényi) with a mean degree > 0."""
        finite(mean_degree=mean)
        require(mean > 0, f"mean_degree = {mean}", "a number > 0")
        k = np.arange(int(stats.poisson.isf(_TAIL, mean)) + 3, dtype=float)
        return cls(k, stats.poisson.pmf(k, mean))

    @classmethod
    def counted(cls, degrees: ArrayLike) -> DegreeDistribution:
        """The degrees of given people, such as `Network.degree`: whole numbers of shape (people,)."""
        number, count = np.unique(np.asarray(degrees), return_counts=True)
        return cls(number, count)

    @property
    def mean(self) -> float:
        """z, the mean number of ties."""
        return float((self.number * self.share).sum())

    @property
    def reached(self) -> Floats:
        """The shares by degree of people reached along a tie: k p_k / z."""
        return self.number * self.share / self.mean


def degrees_of(given: float | DegreeDistribution) -> DegreeDistribution:
    """The distribution itself, or that of a Poisson network with the given mean degree."""
    return given if isinstance(given, DegreeDistribution) else DegreeDistribution.poisson(given)


__all__ = ["DegreeDistribution", "degrees_of"]
