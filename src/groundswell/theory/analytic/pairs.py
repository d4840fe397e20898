"""Contagion and copying on ties, without simulation: mean field, pairs, percolation, and a well-mixed population."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import integrate, special

from groundswell.theory.analytic.degrees import DegreeDistribution, degrees_of
from groundswell.theory.analytic.solving import finite, limit, require, root


def sis_mean_field(reproduction: float) -> float:
    """The endemic share of the SIS process where everyone meets everyone: 1 - 1 / R0, and nobody for R0 <= 1.

    Source: Pastor-Satorras et al. (2015), Reviews of Modern Physics 87, 925-979.
    """
    finite(reproduction=reproduction)
    require(reproduction >= 0, f"reproduction = {reproduction}", "a number >= 0")
    return max(0.0, 1.0 - 1.0 / reproduction) if reproduction > 0 else 0.0


def sis_in_steps(contagion: float, dropping: float) -> float:
    """The endemic share of the theory `sis`, in steps, where everyone meets everyone: the limit of many people.

    x solves (1 - exp(-d)) x = (1 - x) (1 - exp(-c x)), c being contagion x others. With c and d small it is 1 - d / c.

    Parameters
    ----------
    contagion : c, b times the number of others, >= 0 per step.
    dropping : d, > 0 per step.
    """
    finite(contagion=contagion, dropping=dropping)
    require(contagion >= 0 and dropping > 0, f"contagion = {contagion}, dropping = {dropping}", "rates >= 0 and > 0")
    drops = -math.expm1(-dropping)
    if contagion <= drops:
        return 0.0

    def excess(x: float) -> float:  # joiners over leavers per active person, in units of the contagion
        return (1.0 - x) * (-math.expm1(-contagion * x) / (contagion * x)) - drops / contagion

    return root(excess, 1e-300, 1.0)


def sis_by_degree(degrees: float | DegreeDistribution, contagion: float, dropping: float) -> float:
    """The endemic share of the theory `sis` on a network of any degrees whose ties are redrawn in every step.

    x_k = c_k / (c_k + 1 - exp(-d)) with c_k = 1 - (1 - a T)^k and a = 1 - exp(-b), where T = sum_k k p_k x_k / z is the
    share active among people reached along a tie: degree-based mean field, in the steps of the theory. Nobody where
    a <k^2> / <k> <= 1 - exp(-d). Exact in the annealed engine with many people; a network with fixed ties has fewer
    active.

    Parameters
    ----------
    degrees : of the network, or the mean z > 0 of a Poisson network.
    contagion, dropping : b >= 0 along a tie, and d > 0, per step.

    Source: Pastor-Satorras & Vespignani (2001), Physical Review Letters 86, 3200-3203, in continuous time.
    """
    finite(contagion=contagion, dropping=dropping)
    require(contagion >= 0 and dropping > 0, f"contagion = {contagion}, dropping = {dropping}", "rates >= 0 and > 0")
    d, drops, a = degrees_of(degrees), -math.expm1(-dropping), -math.expm1(-contagion)
    if a * float((d.number * d.reached).sum()) <= drops:
        return 0.0

    def active(theta: float) -> NDArray[np.float64]:
        caught = -np.expm1(d.number * np.log1p(-a * theta))
        return caught / (caught + drops)

    theta = root(lambda x: float((d.reached * active(x)).sum()) / x - 1.0, 1e-12, 1.0)
    return float((d.share * active(theta)).sum())


def percolation_size(degrees: float | DegreeDistribution, transmissibility: float) -> float:
    """The share of people in the giant component of ties that each pass the activity on with a given probability.

    S = 1 - sum_k p_k u^k, where u = 1 - T + T sum_k (k p_k / z) u^(k-1) is the chance that a tie leads to nobody in
    it: the size of a large epidemic (SIR) from a vanishing start.

    Parameters
    ----------
    degrees : of the network, or the mean z > 0 of a Poisson network, where it is `final_size(z T)`.
    transmissibility : T in [0, 1].

    Source: Newman (2002), Physical Review E 66, 016128, equations 20 and 21.
    """
    finite(transmissibility=transmissibility)
    require(0 <= transmissibility <= 1, f"transmissibility = {transmissibility}", "a probability")
    d, t = degrees_of(degrees), transmissibility
    further = np.maximum(d.number - 1, 0)
    u = limit(lambda u: 1.0 - t + t * float((d.reached * u**further).sum()), 0.0)
    return float(1.0 - (d.share * u**d.number).sum())


def sis_pair_prevalence(neighbours: int, ratio: float) -> float:
    """The endemic share of the SIS process by the pair approximation, where everyone has the same number of neighbours.

    I / S = k [(k - 1) r - 1] / (k - 1), from the equations of shares and of pairs closed by [ABC] = (k - 1) / k
    [AB][BC] / [B]; nobody for r <= 1 / (k - 1). Source: Eames & Keeling (2002), PNAS 99, 13330-13335 (the closure).

    Parameters
    ----------
    neighbours : k, >= 2.
    ratio : r >= 0, the rate along a tie over the rate of dropping.
    """
    _check_pairs(neighbours, ratio)
    k = neighbours
    odds = k * ((k - 1) * ratio - 1.0) / (k - 1)
    return max(0.0, odds / (1.0 + odds))


def sis_pair_course(neighbours: int, ratio: float, start: float, times: ArrayLike) -> NDArray[np.float64]:
    """The share active over time by the pair approximation, time in units of one over the rate of dropping.

    Parameters
    ----------
    neighbours, ratio : as for `sis_pair_prevalence`.
    start : the share active at time 0, chosen at random, in (0, 1).
    times : ascending, the first >= 0.

    Returns
    -------
    Shares of shape (times,).
    """
    _check_pairs(neighbours, ratio)
    require(0 < start < 1, f"start = {start}", "a share between 0 and 1")
    k = float(neighbours)

    def change(_: float, y: NDArray[np.float64]) -> list[float]:
        active, mixed = y  # people, and ties between an active person and another (per person)
        still = k * (1.0 - active) - mixed  # twice the ties between two inactive people
        both = k * active - mixed
        spread = ratio * (k - 1) / k * mixed / max(1.0 - active, 1e-300)
        return [ratio * mixed - active, spread * (still - mixed) - (ratio + 1.0) * mixed + both]

    t = np.asarray(times, float)
    begin = [start, k * start * (1.0 - start)]
    found = integrate.solve_ivp(change, (0.0, float(t[-1])), begin, t_eval=t, rtol=1e-9, atol=1e-12)
    return np.asarray(found.y[0])


def _check_pairs(neighbours: int, ratio: float) -> None:
    finite(neighbours=neighbours, ratio=ratio)
    require(neighbours >= 2, f"neighbours = {neighbours}", "two or more")
    require(ratio >= 0, f"ratio = {ratio}", "a number >= 0")


def final_size(reproduction: float, start: float = 0.0) -> float:
    """The share ever reached by the SIR process where everyone meets everyone, or by percolation on a Poisson network.

    s = 1 - (1 - start) exp(-R s): the largest solution. On a Poisson network of mean degree z whose ties each pass the
    activity on with probability T, and to nobody else, R = z T.

    Parameters
    ----------
    reproduction : R >= 0.
    start : the share active at first, in [0, 1].

    Source: Kermack & McKendrick (1927); Newman (2002), Physical Review E 66, 016128, equations 20 and 21.
    """
    finite(reproduction=reproduction, start=start)
    require(reproduction >= 0, f"reproduction = {reproduction}", "a number >= 0")
    require(0 <= start <= 1, f"start = {start}", "a share in [0, 1]")
    if start == 0 and reproduction <= 1:
        return 0.0
    if reproduction == 0:
        return start
    argument = -reproduction * (1.0 - start) * math.exp(-reproduction)
    return float(1.0 + special.lambertw(argument).real / reproduction)


def voter_plateau(mean_degree: float) -> float:
    """The share of ties between people who differ, on which the voter model lingers: (m - 2) / (2 (m - 1)).

    For an even split and ties without correlation; zero for mean degrees up to 2. It is what the pair approximation
    predicts, and holds until one opinion prevails, after a time proportional to the number of people.
    Source: Vazquez & Eguiluz (2008), New Journal of Physics 10, 063011.
    """
    finite(mean_degree=mean_degree)
    require(mean_degree > 1, f"mean_degree = {mean_degree}", "a number above 1")
    return max(0.0, (mean_degree - 2.0) / (2.0 * (mean_degree - 1.0)))


def voter_agreement(people: int, favour: int) -> float:
    """The mean number of steps until all agree, where everyone copies anyone else: exact for the theory `voter`.

    A step is as many acts as there are people. From i in favour, an act changes i by one up or down with probability
    i (N - i) / (N (N - 1)) each, a walk whose mean time to its ends solves a second difference. For large N and an even
    split it is N ln 2.

    Parameters
    ----------
    people : N, >= 2.
    favour : how many are for it at first, in 0..N.
    """
    require(people >= 2, f"people = {people}", "two or more")
    require(0 <= favour <= people, f"favour = {favour}", f"a number in 0..{people}")
    n = people
    # T(i+1) - 2 T(i) + T(i-1) = -1 / w(i): the Green's function of the walk between 0 and N
    i = np.arange(1, n)
    wait = n * (n - 1) / (i * (n - i))
    green = np.where(i <= favour, i * (n - favour), favour * (n - i)) / n
    return float((wait * green).sum() / n)
