"""What Lang and De Sterck's equation of revolution implies without simulation: regimes, equilibria, exact paths.

r' = c1 v(r) (1 - r) - c2 p(r) r, where v rises from 0 to 1 at alpha (the revolution becomes visible) and p falls from 1
to 0 at beta (the police are overwhelmed). Both are steps, or ramps of a given width centred there. Where both are 1 the
share heads for c = c1 / (c1 + c2).
"""

from __future__ import annotations

import math
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from groundswell.theory.analytic.solving import finite, require, root

Regime = Literal["stable police state", "meta-stable police state", "unstable police state", "failed state"]
_CELLS = 4000  # grid for the search for equilibria in [0, 1]; closer pairs are distinguished by the ends of the ramps


class Equilibrium(NamedTuple):
    """A share at which nothing changes, and whether the shares on both sides of it return to it."""

    share: float
    stable: bool


def _check(alpha: float, beta: float, c1: float, c2: float, width: float = 0.0) -> None:
    finite(alpha=alpha, beta=beta, c1=c1, c2=c2, width=width)
    require(0 < alpha < 1 and 0 < beta < 1, f"alpha = {alpha}, beta = {beta}", "shares between 0 and 1")
    require(c1 > 0 and c2 > 0, f"c1 = {c1}, c2 = {c2}", "rates > 0")
    require(0 <= width < 1, f"width = {width}", "a share in [0, 1)")


def visibility(share: ArrayLike, alpha: float, width: float = 0.0) -> NDArray[np.float64]:
    """v(r): 1 where the share lies above alpha and 0 elsewhere, or a ramp of the given width centred at alpha."""
    r = np.asarray(share, float)
    return (r > alpha).astype(float) if width == 0 else np.clip((r - alpha) / width + 0.5, 0.0, 1.0)


def policing(share: ArrayLike, beta: float, width: float = 0.0) -> NDArray[np.float64]:
    """p(r): 1 where the share lies below beta and 0 elsewhere, or a ramp of the given width centred at beta."""
    r = np.asarray(share, float)
    return (r < beta).astype(float) if width == 0 else np.clip((beta - r) / width + 0.5, 0.0, 1.0)


def revolution_rate(
    share: ArrayLike, alpha: float, beta: float, c1: float, c2: float, width: float = 0.0
) -> NDArray[np.float64]:
    """r' = c1 v(r) (1 - r) - c2 p(r) r. Source: Lang & De Sterck (2014), Math. Soc. Sci. 69, equation 1.

    Parameters
    ----------
    share : r, any shape, in [0, 1].
    alpha, beta : in (0, 1), where the revolution becomes visible and where the police are overwhelmed.
    c1, c2 : > 0, the rates of joining and of being removed.
    width : of the two ramps, in [0, 1); 0 for steps.
    """
    _check(alpha, beta, c1, c2, width)
    r = np.asarray(share, float)
    return c1 * visibility(r, alpha, width) * (1.0 - r) - c2 * policing(r, beta, width) * r


def police_regime(alpha: float, beta: float, c1: float, c2: float) -> Regime:
    """Which of the paper's four regions the parameters lie in (the step version), by the order of alpha, beta and c.

    Where alpha <= beta, a revolution of less than alpha dies out and one of beta or more wins; between them it heads
    for c: back below alpha (c <= alpha: stable), to a lasting conflict at c (alpha < c < beta: meta-stable), or past
    beta to victory (c >= beta: unstable). Where alpha > beta, a revolution between them is neither seen nor policed,
    and stands still (failed state). The names are the paper's; that these inequalities are its regions follows from
    the equation.
    """
    _check(alpha, beta, c1, c2)
    middle = c1 / (c1 + c2)
    if alpha > beta:
        return "failed state"
    if middle <= alpha:
        return "stable police state"
    return "meta-stable police state" if middle < beta else "unstable police state"


def police_equilibria(alpha: float, beta: float, c1: float, c2: float, width: float = 0.0) -> tuple[Equilibrium, ...]:
    """All isolated shares at which nothing changes, ascending, and which of them are stable.

    With steps: 0 and 1, and c = c1 / (c1 + c2) between alpha and beta; all are stable, since their basins are divided
    by a jump. With ramps the jumps become unstable equilibria. In a failed state every share in [beta, alpha] stands
    still with steps (with ramps, from beta + width / 2 to alpha - width / 2): those are left out.
    """
    _check(alpha, beta, c1, c2, width)
    if width == 0:
        shares = [0.0, 1.0]
        if police_regime(alpha, beta, c1, c2) == "meta-stable police state":
            shares.insert(1, c1 / (c1 + c2))
        return tuple(Equilibrium(r, True) for r in shares)

    def rate(r: float) -> float:
        return float(revolution_rate(r, alpha, beta, c1, c2, width))

    ends = [x + side * width / 2 for x in (alpha, beta) for side in (-1, 1)]
    grid = np.unique(np.clip([*np.linspace(0.0, 1.0, _CELLS + 1), *ends], 0.0, 1.0))
    rates = revolution_rate(grid, alpha, beta, c1, c2, width)
    found: list[Equilibrium] = []
    if rates[0] == 0:
        found.append(Equilibrium(0.0, bool(rates[1] < 0)))
    for k in range(grid.size - 1):
        if rates[k] * rates[k + 1] < 0:
            found.append(Equilibrium(root(rate, float(grid[k]), float(grid[k + 1])), bool(rates[k] > 0)))
        elif k > 0 and rates[k] == 0 and rates[k - 1] * rates[k + 1] < 0:
            found.append(Equilibrium(float(grid[k]), bool(rates[k - 1] > 0)))
    if rates[-1] == 0:
        found.append(Equilibrium(1.0, bool(rates[-2] > 0)))
    return tuple(found)


def revolution_path(
    times: ArrayLike, start: float, alpha: float, beta: float, c1: float, c2: float
) -> NDArray[np.float64]:
    """The exact share at each time (the step version): pieces of exponentials, joined where the path meets a step.

    Below alpha and beta r = r0 exp(-c2 t); above both 1 - (1 - r0) exp(-c1 t); between them, where both act,
    c + (r0 - c) exp(-(c1 + c2) t) until it meets a step, and where neither does, r0.

    Parameters
    ----------
    times : shape (n,), >= 0.
    start : r(0), in [0, 1].
    """
    _check(alpha, beta, c1, c2)
    require(0 <= start <= 1, f"start = {start}", "a share in [0, 1]")
    t = np.asarray(times, float)
    require(bool((t >= 0).all()), "times below 0", "times >= 0")
    if not alpha < start < beta:
        if start > alpha:
            return 1.0 - (1.0 - start) * np.exp(-c1 * t)
        return start * np.exp(-c2 * t) if start < beta else np.full(t.shape, float(start))
    middle = c1 / (c1 + c2)
    path = middle + (start - middle) * np.exp(-(c1 + c2) * t)
    if alpha <= middle <= beta:
        return path
    edge = beta if middle > beta else alpha
    after = t - math.log((start - middle) / (edge - middle)) / (c1 + c2)
    later = np.maximum(after, 0.0)
    beyond = 1.0 - (1.0 - edge) * np.exp(-c1 * later) if middle > beta else edge * np.exp(-c2 * later)
    return np.where(after >= 0, beyond, path)
