"""What epidemic models of riots imply without simulation: threshold, peak, final size, speed of a wave."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize, special

from groundswell.theory.analytic.solving import finite, require


def _check(contagion: float, removal: float, susceptible: float, active: float) -> None:
    finite(contagion=contagion, removal=removal, susceptible=susceptible, active=active)
    require(contagion >= 0 and removal > 0, f"contagion = {contagion}, removal = {removal}", "rates >= 0 and > 0")
    require(susceptible >= 0 and active >= 0, f"susceptible = {susceptible}, active = {active}", "amounts >= 0")


def riot_reproduction(contagion: float, removal: float, susceptible: float) -> float:
    """How many people one rioter brings in while all are still outside: contagion x susceptible / removal."""
    _check(contagion, removal, susceptible, 0.0)
    return contagion * susceptible / removal


def riot_final_size(contagion: float, removal: float, susceptible: float, active: float) -> float:
    """How many join in the whole course of S' = -k S I, I' = k S I - w I, besides those active at the start.

    From log(S / S0) = -(k / w)(S0 + I0 - S) at the end: S = -W(-q S0 exp(-q (S0 + I0))) / q with q = k / w.
    Source: Kermack & McKendrick (1927), Proceedings of the Royal Society A 115, 700-721.

    Parameters
    ----------
    contagion, removal : k >= 0 and w > 0.
    susceptible, active : S0, I0 >= 0.
    """
    _check(contagion, removal, susceptible, active)
    q = contagion / removal
    if q * susceptible == 0 or active == 0:  # the equation allows a vanishing start, but from nobody, nobody joins
        return 0.0
    left = -special.lambertw(-q * susceptible * math.exp(-q * (susceptible + active)), 0).real / q
    return float(susceptible - left)


def riot_peak(contagion: float, removal: float, susceptible: float, active: float) -> float:
    """The most people active at one time: I0 + S0 - (1 + log(q S0)) / q with q = k / w, where S = 1 / q.

    Where one rioter brings in less than one other (q S0 <= 1) activity only falls, and the peak is I0.
    """
    _check(contagion, removal, susceptible, active)
    q = contagion / removal
    if q * susceptible <= 1 or active == 0:
        return float(active)
    return active + susceptible - (1.0 + math.log(q * susceptible)) / q


class Front(NamedTuple):
    """How fast a wave travels, and how steeply it falls off ahead of the front: as exp(-steepness x)."""

    speed: float
    steepness: float

    def passed(self, start: float, end: float) -> float:
        """How far it travels between two times, both long after it started: speed x time - 3 / (2 s) log(end / start).

        The logarithm is the delay with which a front that starts at one place reaches its speed (Bramson 1983,
        Memoirs of the American Mathematical Society 44, 285; van Saarloos 2003).
        """
        require(0 < start < end, f"times {start} and {end}", "0 < start < end")
        return self.speed * (end - start) - 1.5 / self.steepness * math.log(end / start)


def wave_front(offsets: ArrayLike, weights: ArrayLike, growth: float, removal: float) -> Front:
    """The speed at which rioting enters places that have none, in sites per unit of time.

    Ahead of the wave lambda' = growth sum_j W(j) lambda_(k-j) - removal lambda, so that a profile exp(-s (x - v t))
    travels at v(s) = (growth sum_j W(j) exp(s x_j) - removal) / s. Of these, the slowest is
    selected by a start at one place (the linear, or "pulled", front; van Saarloos 2003, Physics Reports 386, 29-222).

    Parameters
    ----------
    offsets, weights : shape (n,): how far along the direction of the wave a neighbour lies, in sites, and its weight.
    growth : the activity that one unit of neighbouring activity adds per unit of time: contagion x susceptible.
    removal : rate at which activity ends.

    Raises
    ------
    TheoryError : where activity does not grow (growth x sum of weights <= removal), or nobody is reached.
    """
    x, w = np.asarray(offsets, float), np.asarray(weights, float)
    finite(growth=growth, removal=removal)
    fit = x.shape == w.shape and x.ndim == 1 and bool((w >= 0).all())
    require(fit, "offsets and weights", "two rows of one length, weights >= 0")
    require(growth * w.sum() > removal > 0, f"growth = {growth}, removal = {removal}", "activity that grows")
    require(bool((w[x != 0] > 0).any()), "weights of 0 beyond one's own site", "a neighbour who is reached")

    def speed(log_s: float) -> float:
        s = math.exp(log_s)
        return float((growth * np.sum(w * np.exp(s * x)) - removal) / s)

    furthest = float(np.abs(x[w > 0]).max())
    bounds = (math.log(1e-4 / furthest), math.log(60.0 / furthest))
    found: Any = optimize.minimize_scalar(speed, bounds=bounds, method="bounded", options={"xatol": 1e-10})
    return Front(float(found.fun), math.exp(found.x))


def overwhelming_riot(police: float, growth: float, arrest: float, withdrawal: float) -> float:
    """The riot size above which the given police lose, where neither distance nor deprivation matters.

    With I rioters and Q police, I' / I = growth exp(-Q / I) - arrest (1 - exp(-Q / I)) - withdrawal, which is 0 at
    I = Q / log((growth + arrest) / (arrest + withdrawal)): smaller riots shrink, larger ones grow. Infinite where
    growth <= withdrawal, since then no riot grows.

    Parameters
    ----------
    police : Q >= 0. growth : >= 0, the rate at which an unpoliced riot draws people in. arrest : > 0, the rate at which
        police who are
        not outnumbered arrest. withdrawal : >= 0, the rate at which rioters go home.
    """
    finite(police=police, growth=growth, arrest=arrest, withdrawal=withdrawal)
    require(police >= 0 and growth >= 0 and arrest > 0 and withdrawal >= 0, "a rate or number below 0", "numbers >= 0")
    if growth <= withdrawal:
        return math.inf
    return police / math.log((growth + arrest) / (arrest + withdrawal))
