"""Contributions of people who decide one after another: Oliver and Marwell's critical mass for many people."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special

from groundswell.errors import TheoryError

_GRID = 100_001  # grid points along the order of people; a share read off the grid errs by about 1e-5


def _positive(**numbers: float) -> None:
    for name, x in numbers.items():
        if not (np.isfinite(x) and x > 0):
            raise TheoryError(f"{name} = {x}", expected="a number above 0")


def wanted(interest: NDArray[np.float64], exponent: float) -> NDArray[np.float64]:
    """Contributions, as shares of full provision, beyond which a person gives nothing: ``(v e)^(1 / (1 - e))``.

    Parameters
    ----------
    interest : v, the worth of full provision to one person, in units of its cost (``c Z``).
    exponent : e in (0, 1), of the production function x^e: returns equal the cost at the result.
    """
    if not 0 < exponent < 1:
        raise TheoryError(f"exponent = {exponent}", expected="a decelerating production function, above 0 and below 1")
    return np.minimum((np.asarray(interest, float) * exponent) ** (1 / (1 - exponent)), 1.0)


def decelerating(
    quantile: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    exponent: float,
    resources: float,
    *,
    most_interested_first: bool,
) -> float:
    """Contributions in the end, as a share of full provision, with a decelerating function and equal resources.

    With the most interested first, everyone gives all until the next in line wants no more: the share s of people with
    ``resources s = X(Q(1 - s))``. With the least interested first, each gives up to what he or she wants, and later
    ones go on from there: ``min(resources, min_s [X(Q(s)) + resources (1 - s)])``. X is `wanted`.

    Parameters
    ----------
    quantile : Q, interest by rank share in (0, 1), in units of ``c Z``.
    resources : > 0, of all people together, as a share of what full provision takes.

    >>> half = lambda share: np.full_like(share, 0.5)  # X = 1/16
    >>> decelerating(half, 0.5, 1.0, most_interested_first=True)
    0.0625
    """
    _positive(resources=resources)
    share = (np.arange(_GRID) + 0.5) / _GRID
    if most_interested_first:
        more = resources * share < wanted(quantile(1 - share), exponent)
        if more.all():
            return min(resources, 1.0)
        stop = float(share[np.argmin(more)])
        # Between two grid points the line crosses the falling curve once.
        return float(min(resources * stop, wanted(quantile(np.array([1 - stop])), exponent)[0], 1.0))
    reached = wanted(quantile(share), exponent) + resources * (1 - share)
    return float(min(resources, reached.min(), 1.0))


def critical_contribution(interest: float, exponent: float, gift: float) -> float:
    """What others must have given before an all-or-nothing gift pays, with an accelerating function: the critical mass.

    The smallest x with ``v [(x + g)^e - x^e] >= g``, all as shares of what full provision takes; for e = 2 it is
    ``(1 / v - g) / 2``. It is 0 where giving pays from the start, and infinite where it never does.
    """
    _positive(interest=interest, gift=gift)
    if exponent <= 1:
        raise TheoryError(f"exponent = {exponent}", expected="an accelerating production function, above 1")

    def gain(x: float) -> float:
        return interest * ((x + gift) ** exponent - x**exponent) - gift

    if gain(0.0) >= 0:
        return 0.0
    if gain(1.0 - gift) < 0:
        return float("inf")
    return float(optimize.brentq(gain, 0.0, 1.0 - gift, xtol=1e-14))  # pyright: ignore[reportArgumentType]


def somebody_starts(people: int, needed: float, log_mean: float, log_sd: float) -> float:
    """Probability that at least one of N people has log-normal interest above `needed`: ``1 - F(needed)^N``."""
    _positive(people=people, needed=needed, log_sd=log_sd)
    return float(-np.expm1(people * special.log_ndtr((np.log(needed) - log_mean) / log_sd)))
