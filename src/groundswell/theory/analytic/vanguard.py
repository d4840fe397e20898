"""Equilibria of Bueno de Mesquita's game of a revolutionary vanguard: cutoffs, the least signal, effort, success.

Sentiment theta ~ N(m, s_t**2) is unknown; person i feels theta_i = theta + e_i, e_i ~ N(0, s_e**2), and sees violence
v = theta + t + n, n ~ N(0, s_n**2), of a vanguard whose effort t is foreseen, and so learns w = v - t = theta + n.
Taking part costs k and yields gamma theta_i if the regime falls, which needs a share T of the people. If all take part
whose feeling is at least x, the regime falls if theta >= x - s_e z, z the (1 - T)-quantile of the normal distribution;
so someone who feels x gains

    B(x, w) = gamma x Phi(sqrt(h) ((h_t m + h_e x + h_n w) / h - x + s_e z)),   h_j = 1 / s_j**2, h their sum,

and a finite cutoff is an equilibrium where B(x, w) = k. B is single-peaked in x (its logarithm is concave) and
vanishes at both ends, so there are two such cutoffs, one in a fold, or none; that nobody takes part is an equilibrium
always.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import optimize, special

from groundswell.theory.analytic.solving import finite, require, root

_FAR = 9.0  # standard deviations beyond which the mass of a normal distribution is negligible
_POINTS = 60  # Gauss-Legendre nodes for a smooth integrand: doubling them changes the tenth digit


@dataclass(frozen=True)
class VanguardSociety:
    """The parameters of the game; all fields as in the theory `vanguard`.

    Parameters
    ----------
    mean, sentiment_sd : m, s_t > 0. own_sd, noise_sd : s_e, s_n > 0. needed : T in (0, 1). stake : gamma > 0.
    cost : k > 0. effort_cost : kappa > 0, of kappa t**2 / 2.
    """

    sentiment_mean: float
    sentiment_sd: float
    own_sd: float
    noise_sd: float
    needed: float
    stake: float
    cost: float
    effort_cost: float

    def __post_init__(self) -> None:
        finite(**self.__dict__)
        positive = min(self.sentiment_sd, self.own_sd, self.noise_sd, self.stake, self.cost, self.effort_cost)
        require(positive > 0, "a spread, stake or cost of 0 or less", "numbers > 0")
        require(0 < self.needed < 1, f"needed = {self.needed}", "a share between 0 and 1")

    @property
    def _precisions(self) -> tuple[float, float, float, float]:
        t, e, n = (1 / s**2 for s in (self.sentiment_sd, self.own_sd, self.noise_sd))
        return t, e, n, t + e + n

    @property
    def margin(self) -> float:
        """How far sentiment may lie below the cutoff for the regime still to fall: s_e z."""
        return self.own_sd * float(special.ndtri(1 - self.needed))

    def benefit(self, cutoff: float, signal: float) -> float:
        """B(x, w), what the person at the cutoff expects to gain."""
        t, e, n, h = self._precisions
        lies = (t * self.sentiment_mean + e * cutoff + n * signal) / h - cutoff + self.margin
        return self.stake * cutoff * float(special.ndtr(math.sqrt(h) * lies))

    def _peak(self, signal: float) -> float:
        t, _e, n, h = self._precisions
        turn = (h * self.margin + t * self.sentiment_mean + n * signal) / (t + n)  # where the normal term is 1/2
        far = max(turn, 0.0) + _FAR * math.sqrt(h) / (t + n)
        found = optimize.minimize_scalar(
            lambda x: -self.benefit(x, signal), bounds=(0.0, far), method="bounded", options={"xatol": 1e-12}
        )
        return float(found.x)  # pyright: ignore[reportAttributeAccessIssue]

    def cutoffs(self, signal: float) -> tuple[float, ...]:
        """The finite equilibrium cutoffs, ascending: the stable one with the larger turnout, and the unstable one."""
        peak = self._peak(signal)
        if self.benefit(peak, signal) < self.cost:
            return ()
        far = 2 * peak
        while self.benefit(far, signal) > self.cost:
            far *= 2
        return tuple(root(lambda x: self.benefit(x, signal) - self.cost, *ends) for ends in ((0.0, peak), (peak, far)))

    @cached_property
    def least_signal(self) -> float:
        """The signal w* below which nobody can be expected to take part: there the two cutoffs meet."""

        def spare(signal: float) -> float:
            return self.benefit(self._peak(signal), signal) - self.cost

        low = high = self.sentiment_mean
        step = self.sentiment_sd + self.noise_sd
        while spare(low) > 0:
            low, step = low - step, 2 * step
        while spare(high) < 0:
            high, step = high + step, 2 * step
        return root(spare, low, high)

    def turnout(self, sentiment: float, signal: float) -> float:
        """The share of infinitely many people who take part in the equilibrium with the larger turnout."""
        found = self.cutoffs(signal)
        return float(special.ndtr((sentiment - found[0]) / self.own_sd)) if found else 0.0

    def success(self, surprise: float = 0.0) -> float:
        """The probability that the regime falls when violence exceeds what was foreseen by `surprise`.

        The integral, over the signal s = theta + n that the public would have learned, from w* - surprise on, of its
        density times the probability that theta, given s, suffices for the cutoff at s + surprise. A square removes the
        infinite slope of the cutoff at w*.
        """
        t, _, n, _ = self._precisions
        least, spread = self.least_signal, math.hypot(self.sentiment_sd, self.noise_sd)
        top = self.sentiment_mean + _FAR * spread
        if top <= least - surprise:
            return 0.0

        def part(y: float) -> float:
            s = least - surprise + y * y
            found = self.cutoffs(s + surprise)
            if not found:
                return 0.0  # at w* itself, to rounding
            needs = found[0] - self.margin
            knows = (t * self.sentiment_mean + n * s) / (t + n)
            falls = special.ndtr((knows - needs) * math.sqrt(t + n))
            z = (s - self.sentiment_mean) / spread
            return float(2 * y * math.exp(-z * z / 2) / (spread * math.sqrt(2 * math.pi)) * falls)

        node, weight = np.polynomial.legendre.leggauss(_POINTS)
        reach = math.sqrt(top - (least - surprise))
        return float(sum(w * part(reach * (x + 1) / 2) for x, w in zip(node, weight, strict=True)) * reach / 2)

    def effort(self) -> float:
        """The vanguard's equilibrium effort t* where the public plays the participatory equilibrium.

        The effect of one unforeseen unit of violence on the probability of success is the same whatever effort is
        foreseen, so that t* = (d success / d surprise) / kappa at 0, where it is a best response to itself
        (`best_effort`). Where the public never takes part, effort is 0.
        """
        step = 1e-3 * math.hypot(self.sentiment_sd, self.noise_sd)
        return (self.success(step) - self.success(-step)) / (2 * step) / self.effort_cost

    def best_effort(self, foreseen: float, most: float = 6.0) -> float:
        """The effort in [0, most] that is best for the vanguard when the public foresees `foreseen`, to 1e-4."""
        grid = np.linspace(0.0, most, 31)
        payoff = [self.success(x - foreseen) - self.effort_cost * x * x / 2 for x in grid]
        k = int(np.argmax(payoff))
        low, high = grid[max(k - 1, 0)], grid[min(k + 1, grid.size - 1)]
        found = optimize.minimize_scalar(
            lambda x: self.effort_cost * x * x / 2 - self.success(x - foreseen),
            bounds=(float(low), float(high)), method="bounded", options={"xatol": 1e-4},
        )  # fmt: skip
        return float(found.x)  # pyright: ignore[reportAttributeAccessIssue]
