"""What threshold theories imply without simulation: the fixed points of Granovetter's map, and sampled groups."""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special, stats

from groundswell.theory.analytic.solving import finite, require, root


def threshold_share(share: ArrayLike, mean: float, sd: float) -> NDArray[np.float64]:
    """The share of people whose threshold lies at or below a given share: F(r) = Phi((r - mean) / sd).

    With sd = 0 it is a step at the mean. Source: Granovetter (1978), AJS 83, 1420-1443.
    """
    finite(mean=mean, sd=sd)
    require(sd >= 0, f"sd = {sd}", "a number >= 0")
    r = np.asarray(share, float)
    if sd == 0:
        return (r >= mean).astype(float)
    with np.errstate(over="ignore"):  # a negligible spread is a step
        return np.asarray(special.ndtr((r - mean) / sd))


def granovetter_fixed_points(mean: float, sd: float) -> tuple[float, ...]:
    """All shares r in [0, 1] with F(r) = r, ascending: if there are three, they are stable, unstable, stable.

    F - r has at most two turning points, where (r - mean) / sd = -/+ sqrt(-2 log(sd sqrt(2 pi))); between them it is
    monotone, so every root is bracketed and none is missed.
    """
    finite(mean=mean, sd=sd)
    if sd == 0:
        return tuple(r for r in (0.0, 1.0) if (r >= mean) == bool(r))

    def gap(r: float) -> float:
        return float(threshold_share(r, mean, sd)) - r

    edges = [0.0, 1.0]
    inside = -2.0 * np.log(sd * np.sqrt(2.0 * np.pi))
    if inside > 0:
        edges += [float(np.clip(mean + side * sd * np.sqrt(inside), 0.0, 1.0)) for side in (-1, 1)]
    edges = sorted(set(edges))
    roots = [r for r in edges if gap(r) == 0.0]
    for low, high in itertools.pairwise(edges):
        if gap(low) * gap(high) < 0:
            roots.append(root(gap, low, high))
    return tuple(sorted(set(roots)))


def granovetter_equilibrium(mean: float, sd: float) -> float:
    """The share who act in the end when nobody acts at first: the smallest r in [0, 1] with F(r) = r.

    It is the limit of r(t+1) = F(r(t)) from r(0) = 0, since F is increasing.
    """
    return granovetter_fixed_points(mean, sd)[0]


def granovetter_critical_sd(mean: float) -> float:
    """The spread of thresholds at which the low equilibrium disappears, for a mean threshold in (0, 1/2).

    At this spread F touches the diagonal: with x = (r - mean) / sd, Phi(x) - x phi(x) = mean and sd = phi(x). The left
    side rises in x (its slope is x**2 phi(x)), so the solution is unique. At a mean of .25 it is .12222.

    Raises
    ------
    TheoryError : outside (0, 1/2), where no such tangency exists.
    """
    require(0 < mean < 0.5, f"mean = {mean}", "a mean threshold between 0 and 1/2")
    x = root(lambda x: float(special.ndtr(x) - x * stats.norm.pdf(x)) - mean, -40.0, 0.0)
    return float(stats.norm.pdf(x))


def granovetter_error(mean: float, sd: float, people: int) -> float:
    """The standard error of the share who act in the end among sampled thresholds: sqrt(r (1 - r) / N) / (1 - F'(r)).

    Sampling moves F at the equilibrium r by sqrt(r (1 - r) / N), and feedback magnifies what it moves. For many people,
    and away from the tangency, where F'(r) = 1.

    Parameters
    ----------
    mean, sd : of the thresholds, sd > 0.
    people : N >= 1.
    """
    finite(mean=mean, sd=sd)
    require(sd > 0, f"sd = {sd}", "a number > 0")
    require(people >= 1, f"people = {people}", "a number >= 1")
    r = granovetter_equilibrium(mean, sd)
    slope = float(stats.norm.pdf((r - mean) / sd) / sd)
    require(slope < 1, f"mean = {mean}, sd = {sd}", "a spread away from the tangency")
    return float(np.sqrt(r * (1 - r) / people) / (1 - slope))


def granovetter_group(people: int, mean: float, sd: float, beyond: int, among: int | None = None) -> float:
    """The probability that more than `beyond` of a group of sampled thresholds act in the end.

    Let N(c) count the thresholds at or below c / `among`. Starting from nobody, the group ends at the first c with
    N(c) = c, so it passes `beyond` when N(c) > c for all c <= `beyond`. N is a Markov chain in c whose steps are
    binomial, which gives the probability exactly.

    Parameters
    ----------
    people : the size of the group, >= 1.
    beyond : in 0..people - 1.
    among : the divisor that turns a number of people into a share to compare with thresholds: people - 1 if a person
        sees
        the others (the default, and the theory `granovetter`), people if the whole group.
    """
    finite(mean=mean, sd=sd)
    among = people - 1 if among is None else among
    require(people >= 2 and among >= 1, f"a group of {people}, compared with {among}", "at least two people")
    require(0 <= beyond < people, f"beyond = {beyond}", f"a number in 0..{people - 1}")
    below = threshold_share(np.arange(beyond + 1) / among, mean, sd)
    numbers = np.arange(people + 1)
    chance = stats.binom.pmf(numbers, people, below[0])
    chance[numbers <= 0] = 0.0  # stuck at nobody
    for c in range(1, beyond + 1):
        left = 1.0 - below[c - 1]
        step = (below[c] - below[c - 1]) / left if left > 0 else 0.0
        # from j at or below c - 1 / among to j + extra at or below c / among
        moved = stats.binom.pmf(
            numbers[None, :] - numbers[:, None], people - numbers[:, None], min(max(step, 0.0), 1.0)
        )
        chance = chance @ np.nan_to_num(moved)
        chance[numbers <= c] = 0.0
    return float(chance.sum())
