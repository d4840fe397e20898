"""The sink of learners in a social dilemma: where reward and punishment balance while the group fails (Macy)."""

from __future__ import annotations

import math

from scipy import optimize

from groundswell.errors import TheoryError


def sink(people: int, jointness: float, *, saturating: bool, slope: float = 10.0, balance: float = 0.0) -> float:
    """The probability of contributing at which slow learners of equal resources settle while all are punished.

    An abstainer gets S < 0 and a contributor S - 1. Outcomes are ``2 S_i - S_i'``, where S_i' is from the round before,
    in which i contributed with probability p: ``S + p`` for abstaining and ``S + p - 2`` for contributing. So p falls
    by ``|S + p - 2| p^m`` and rises by ``|S + p| (1 - p)^m``, with m = 2 for Bush and Mosteller's rule and 1 for the
    saturating one, and the two balance where

        (p / (1 - p))^m = (S + p) / (S + p - 2),   S = L(p) N^J.

    Parameters
    ----------
    people : N, >= 2. jointness : J in [0, 1]. saturating : which rule.
    slope, balance : of the level of the good, ``L(p) = 1 / (1 + exp(slope (1/2 - p))) - (1 - balance) / 2``.

    Raises
    ------
    TheoryError : where a group without contributions is not punished, so that there is no sink.

    >>> round(sink(100, 0.5, saturating=False), 3)
    0.407
    """
    if people < 2 or not 0 <= jointness <= 1:
        raise TheoryError(f"{people} people, jointness {jointness}", expected="two people or more, jointness in [0, 1]")
    stake = people**jointness

    def free(p: float) -> float:
        return (1 / (1 + math.exp(slope * (0.5 - p))) - (1 - balance) / 2) * stake

    if free(0.0) >= 0.0:
        raise TheoryError(f"balance = {balance}", expected="a good whose lack is felt: a lower balance")

    def drift(p: float) -> float:
        felt = min(free(p) + p, 0.0)
        odds = (felt / (felt - 2.0)) ** (1.0 if saturating else 0.5)
        return odds / (1 + odds) - p

    return float(optimize.brentq(drift, 0.0, 1.0, xtol=1e-14))  # pyright: ignore[reportArgumentType]
