"""A maximum within bounds from a point of roughly known curvature: a quasi-Newton search with a warm start.

Profiles, fits without one pair and bootstraps repeatedly climb from within a few tenths of a known maximum. A search
that relearns the curvature each time needs thirty evaluations for that; one that is given it needs five.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_LONGEST = 2.0  # of a step, in any parameter
_ENOUGH = 1e-4  # share of the predicted decrease that a step must achieve (Armijo)
_HALVINGS = 12
_DAMPED = 0.2  # least curvature along a step, as a share of that expected (Powell)


def minimum_in_box(
    function: Callable[[Floats], tuple[float, Floats]],
    x: Floats,
    limits: Floats,
    curvature: Floats,
    most: int,
    tolerance: float,
) -> Floats:
    """Search for the minimum of a function within bounds, and return its curvature as far as the search has learned it.

    Each step minimises the quadratic model within the bounds; the curvature is updated by damped BFGS.

    Parameters
    ----------
    function : value and gradient; the caller keeps the best point.
    x : shape (n,), within the limits.
    limits : shape (n, 2).
    curvature : shape (n, n), to begin with.
    most : steps.
    tolerance : decrease predicted by the model, below which the search ends.

    Source: Powell (1978), Lecture Notes in Mathematics 630:144-157; Nocedal & Wright (2006), section 18.3.
    """
    B = _definite(curvature)
    value, gradient = function(x)
    for _ in range(most):
        low = np.maximum(limits[:, 0] - x, -_LONGEST)
        high = np.minimum(limits[:, 1] - x, _LONGEST)
        step = quadratic_minimum(B, gradient, low, high)
        slope = float(gradient @ step)
        if -(slope + 0.5 * float(step @ B @ step)) < tolerance:
            break
        share = 1.0
        for _ in range(_HALVINGS):
            moved = np.clip(x + share * step, limits[:, 0], limits[:, 1])
            there, gradient_there = function(moved)
            if there <= value + _ENOUGH * share * slope:
                break
            bend = there - value - share * slope
            best = -0.5 * share**2 * slope / bend if bend > 0 and math.isfinite(bend) else 0.5 * share
            share = float(np.clip(best, 0.1 * share, 0.5 * share))
        else:
            break
        B = _updated(B, moved - x, gradient_there - gradient)
        x, value, gradient = moved, there, gradient_there
    return B


def quadratic_minimum(B: Floats, g: Floats, low: Floats, high: Floats) -> Floats:
    """The d within [low, high] (0 included) that minimises g'd + d'B d / 2, B positive definite: by active sets."""
    d = np.zeros(g.size)
    held = ((low >= 0) & (g > 0)) | ((high <= 0) & (g < 0))
    for _ in range(4 * g.size + 4):
        free = ~held
        if free.any():
            rest = g[free] + B[np.ix_(free, held)] @ d[held]
            move = np.linalg.solve(B[np.ix_(free, free)], -rest) - d[free]
            room = np.where(move > 0, high[free] - d[free], low[free] - d[free])
            with np.errstate(divide="ignore", invalid="ignore"):
                shares = np.where(np.abs(move) > 1e-14, room / move, np.inf)
            first = int(np.argmin(shares))
            share = min(1.0, max(0.0, float(shares[first])))
            d[free] += share * move
            if share < 1.0:
                at = int(np.flatnonzero(free)[first])
                d[at] = high[at] if move[first] > 0 else low[at]
                held[at] = True
                continue
        pull = g + B @ d
        inward = np.where(d <= low, -pull, pull)
        inward[~held | (low >= high)] = 0.0
        worst = int(np.argmax(inward))
        if not inward[worst] > 1e-10:
            break
        held[worst] = False
    return d


def _updated(B: Floats, step: Floats, change: Floats) -> Floats:
    """BFGS, the change of the gradient damped so that the curvature stays positive."""
    along = B @ step
    expected = float(step @ along)
    if expected <= 1e-14:
        return B
    got = float(step @ change)
    if got < _DAMPED * expected:
        share = (1 - _DAMPED) * expected / (expected - got)
        change = share * change + (1 - share) * along
        got = float(step @ change)
    return B - np.outer(along, along) / expected + np.outer(change, change) / got


def _definite(B: Floats) -> Floats:
    """The same, with eigenvalues of at least a millionth of the largest."""
    values, vectors = np.linalg.eigh(0.5 * (B + B.T))
    least = 1e-6 * max(float(values[-1]), 1e-6)
    return B if values[0] >= least else (vectors * np.maximum(values, least)) @ vectors.T
