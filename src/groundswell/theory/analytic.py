"""What theories of thresholds imply without simulation: fixed points, tangency, cascade windows, final sizes.

Granovetter's map, Watts's cascade condition and the extension of it to seeds of any size by Gleeson and Cahalane, for
normally distributed thresholds. Networks are Poisson random graphs (Erdős–Rényi) of infinitely many people.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import optimize, special, stats

from groundswell.errors import TheoryError

_TAIL = 1e-14  # degrees beyond which a Poisson distribution holds less than this are left out
_NOBODY = 1e-100  # a smaller share of active tie ends is none: the binomial distribution overflows near the least float
_STEPS = 1_000_000  # of a fixed-point iteration; near a tangency convergence is slow, elsewhere a few dozen do


def _require(ok: bool, given: str, expected: str) -> None:
    if not ok:
        raise TheoryError(given, expected=expected)


def _finite(**numbers: float) -> None:
    for name, x in numbers.items():
        _require(bool(np.isfinite(x)), f"{name} = {x}", "a finite number")


def _root(function: Callable[[float], float], low: float, high: float) -> float:
    return optimize.brentq(function, low, high, xtol=1e-15)  # pyright: ignore[reportReturnType]


# -- Granovetter -------------------------------------------------------------------------------------------------------


def threshold_share(share: ArrayLike, mean: float, sd: float) -> NDArray[np.float64]:
    """The share of people whose threshold lies at or below a share: F(r) = Phi((r - mean) / sd).

    With sd = 0 it is a step at the mean. Source: Granovetter (1978), AJS 83, 1420-1443.
    """
    _finite(mean=mean, sd=sd)
    _require(sd >= 0, f"sd = {sd}", "a number >= 0")
    r = np.asarray(share, float)
    if sd == 0:
        return (r >= mean).astype(float)
    with np.errstate(over="ignore"):  # a spread of next to nothing is a step
        return np.asarray(special.ndtr((r - mean) / sd))


def granovetter_fixed_points(mean: float, sd: float) -> tuple[float, ...]:
    """All shares r in [0, 1] with F(r) = r, ascending: stable, unstable, stable where there are three.

    F - r has at most two turning points, where (r - mean) / sd = -/+ sqrt(-2 log(sd sqrt(2 pi))); between them it is
    monotone, so every root is bracketed and none is missed.
    """
    _finite(mean=mean, sd=sd)
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
            roots.append(_root(gap, low, high))
    return tuple(sorted(set(roots)))


def granovetter_equilibrium(mean: float, sd: float) -> float:
    """The share who act in the end when nobody acts at first: the smallest r in [0, 1] with F(r) = r.

    It is what r(t+1) = F(r(t)) converges to from r(0) = 0, for F is increasing.
    """
    return granovetter_fixed_points(mean, sd)[0]


def granovetter_critical_sd(mean: float) -> float:
    """The spread of thresholds at which the low equilibrium disappears, for a mean threshold in (0, 1/2).

    There F touches the diagonal: with x = (r - mean) / sd, Phi(x) - x phi(x) = mean and sd = phi(x). The left side
    rises in x (its slope is x**2 phi(x)), so the solution is unique. At a mean of .25 it is .12222.

    Raises
    ------
    TheoryError : outside (0, 1/2), where no such tangency exists.
    """
    _require(0 < mean < 0.5, f"mean = {mean}", "a mean threshold between 0 and 1/2")
    x = _root(lambda x: float(special.ndtr(x) - x * stats.norm.pdf(x)) - mean, -40.0, 0.0)
    return float(stats.norm.pdf(x))


def granovetter_group(people: int, mean: float, sd: float, beyond: int, among: int | None = None) -> float:
    """The probability that more than `beyond` of a group of sampled thresholds act in the end.

    Let N(c) count the thresholds at or below c / `among`. Starting from nobody, the group ends at the first c with
    N(c) = c, so it passes `beyond` when N(c) > c for all c <= `beyond`. N is a Markov chain in c whose steps are
    binomial, which gives the probability exactly.

    Parameters
    ----------
    people : the size of the group, >= 1.
    beyond : in 0..people - 1.
    among : what a number of people is divided by to be compared with a threshold: people - 1 where a person looks at
        the others (the default, and the theory `granovetter`), people where at the whole group.
    """
    _finite(mean=mean, sd=sd)
    among = people - 1 if among is None else among
    _require(people >= 2 and among >= 1, f"a group of {people}, compared with {among}", "at least two people")
    _require(0 <= beyond < people, f"beyond = {beyond}", f"a number in 0..{people - 1}")
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


# -- Watts, and Gleeson and Cahalane -----------------------------------------------------------------------------------


def _response(active: NDArray[np.float64], degree: NDArray[np.float64], phi: float, phi_sd: float, spontaneous: bool):
    """The share of people of a degree who are active when so many of their neighbours are."""
    share = active / np.maximum(degree, 1.0)
    answer = threshold_share(share, phi, phi_sd)
    return answer if spontaneous else np.where(active > 0, answer, 0.0)


def _check_watts(mean_degree: float, phi: float, phi_sd: float) -> None:
    _finite(mean_degree=mean_degree, phi=phi, phi_sd=phi_sd)
    _require(mean_degree > 0, f"mean_degree = {mean_degree}", "a number > 0")
    _require(phi_sd >= 0, f"phi_sd = {phi_sd}", "a number >= 0")


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
    vulnerable = _response(np.ones_like(k), k, phi, phi_sd, False)
    return float(np.sum(k * (k - 1) * vulnerable * stats.poisson.pmf(k, mean_degree)) / mean_degree)


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
    _require(last < grid.size - 1, f"most = {most}", "a mean degree beyond the window's upper end")

    def end(a: int) -> float:
        return _root(lambda z: cascade_number(z, phi, phi_sd) - 1.0, float(grid[a]), float(grid[a + 1]))

    return end(first - 1), end(last)


def trigger_probability(mean_degree: float, phi: float, phi_sd: float = 0.0) -> float:
    """The probability that a single seed, chosen at random, sets off a global cascade.

    A seed does where it touches the giant component of vulnerable people: 1 - exp(-z v), where v is the probability
    that a tie leads to a vulnerable person with a further way into it: v = sum_k (k p_k / z) rho_k [1 - (1 - v)^(k-1)].
    Source: Watts (2002), PNAS 99, 5766-5771 (the extended vulnerable cluster).
    """
    _check_watts(mean_degree, phi, phi_sd)
    k = _degrees(mean_degree)[1:]
    weight = stats.poisson.pmf(k - 1, mean_degree) * _response(np.ones_like(k), k, phi, phi_sd, False)
    v = _limit(lambda v: float(np.sum(weight * (1.0 - (1.0 - v) ** (k - 1)))), 1.0)
    return float(1.0 - np.exp(-mean_degree * v))


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
    _require(0 <= seeds <= 1, f"seeds = {seeds}", "a share in [0, 1]")
    k = _degrees(mean_degree)[:, None]
    m = k.T
    p = stats.poisson.pmf(k[:, 0], mean_degree)
    # `others` has the response of someone with k + 1 ties to m active among the k beyond the tie it was reached by;
    # ties lead to k + 1 with probability (k + 1) p_(k+1) / z = p_k
    own, others = (_response(np.minimum(m, k), degree, phi, phi_sd, spontaneous) for degree in (k, k + 1))

    def share(q: float, response: NDArray[np.float64]) -> float:
        q = q if q > _NOBODY else 0.0
        return float(seeds + (1 - seeds) * np.sum(p[:, None] * stats.binom.pmf(m, k, q) * response))

    return share(_limit(lambda q: share(q, others), seeds), own)


def _limit(step: Callable[[float], float], x: float) -> float:
    for _ in range(_STEPS):
        new = step(x)
        if abs(new - x) <= 1e-13:
            return new
        x = new
    raise TheoryError(
        f"the fixed-point iteration did not settle in {_STEPS} steps",
        expected="parameters away from a tangency",
        instead="move a parameter by a hair",
    )
