"""Sizes of events: exact results for forest fires, and fitted distributions with which sizes are compared.

Sizes are whole numbers within a window [smallest, largest]. Both distributions fitted are of one family,
P(s) proportional to exp(-a ln s - b (ln s)^2): a power law where b = 0, a lognormal cut off at the window where b > 0.
The power law is thus the lognormal's limit, and one likelihood ratio with one degree of freedom compares the two.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from groundswell.theory.analytic.solving import finite, require

_STEPS = 100  # steps of Newton's method, which needs fewer than ten because the likelihood is concave


def mean_fire(ratio: float, density: float) -> float:
    """The mean size of a fire in the steady state: ratio * (1 - density) / density.

    The growth between two ignitions, ratio * (1 - density), equals what an ignition burns, density * size.

    Parameters
    ----------
    ratio : attempts to grow per attempt to ignite, p / f, > 0.
    density : share of sites that hold a tree (mobilisable workers), in (0, 1].

    Source: Drossel & Schwabl (1992), Physical Review Letters 69, 1629-1632.
    """
    finite(ratio=ratio, density=density)
    require(ratio > 0, f"ratio = {ratio}", "a number > 0")
    require(0 < density <= 1, f"density = {density}", "a share in (0, 1]")
    return ratio * (1 - density) / density


def ring_fire_weights(sizes: ArrayLike) -> NDArray[np.float64]:
    """How often fires of these sizes occur on a ring, relative to each other: s / ((s + 1) (s + 2)).

    On a ring every number of trees on k sites is equally likely, well below the cutoff; a string of s trees then occurs
    in proportion to 1 / ((s + 1) (s + 2)), whose exponent is exactly 2, and is struck in proportion to s.

    Source: Drossel, Clar & Schwabl (1993), Physical Review Letters 71, 3739-3742.
    """
    s = np.asarray(sizes, np.float64)
    require(bool((s >= 1).all()), "a size below 1", "sizes >= 1")
    return s / ((s + 1) * (s + 2))


@dataclass(frozen=True)
class SizeFit:
    """A power law, or a truncated lognormal, fitted to the sizes in a window.

    exponent : a, the exponent of the power law if `curvature` is 0. error : its standard error.
    curvature : b; 0 for a power law. curvature_error : its standard error; 0 where it was not fitted.
    log_likelihood : that of the sizes in the window. count : their number. window : smallest and largest.
    """

    exponent: float
    error: float
    curvature: float
    curvature_error: float
    log_likelihood: float
    count: int
    window: tuple[int, int]

    def density(self) -> NDArray[np.float64]:
        """P(s) of each whole size in the window, shape (largest - smallest + 1,)."""
        x = np.log(np.arange(self.window[0], self.window[1] + 1))
        return _normalised(-self.exponent * x - self.curvature * x**2)


def _normalised(log_weights: NDArray[np.float64]) -> NDArray[np.float64]:
    weights = np.exp(log_weights - log_weights.max())
    return weights / weights.sum()


def fit_sizes(sizes: ArrayLike, smallest: int, largest: int, *, lognormal: bool = False) -> SizeFit:
    """Fit a power law, or a truncated lognormal, to the sizes in [smallest, largest] by maximum likelihood.

    Parameters
    ----------
    sizes : whole numbers, any shape; those outside the window are left out.
    smallest, largest : the window, 1 <= smallest < largest.
    lognormal : whether the curvature is fitted too.

    Returns
    -------
    SizeFit : sizes are taken to be independent; an upward curvature (no lognormal) comes out negative.

    Raises
    ------
    TheoryError : the window is invalid, or contains fewer than three different sizes.
    """
    require(1 <= smallest < largest, f"the window {smallest} to {largest}", "1 <= smallest < largest")
    given = np.asarray(sizes).ravel()
    given = given[(given >= smallest) & (given <= largest)]
    require(np.unique(given).size >= 3, f"{np.unique(given).size} sizes in the window", "three different ones or more")
    powers = (1, 2) if lognormal else (1,)
    middle = (
        np.log(smallest) / 2 + np.log(largest) / 2
    )  # centred and scaled, so that Newton's matrix is well conditioned
    scale = np.log(largest) - np.log(smallest)
    all_x = (np.log(np.arange(smallest, largest + 1)) - middle) / scale
    features = np.stack([all_x**k for k in powers])
    x = (np.log(given) - middle) / scale
    seen = np.array([np.mean(x**k) for k in powers])
    theta, spread = np.zeros(len(powers)), np.eye(len(powers))
    if not lognormal:
        theta[0] = -scale  # an exponent of 1
    for _ in range(_STEPS):
        p = _normalised(theta @ features)
        expected = features @ p
        spread = (features * p) @ features.T - np.outer(expected, expected)
        step = np.linalg.solve(spread, seen - expected)
        step *= min(1.0, 2.0 / max(float(np.abs(step).max()), 1e-300))  # a longer step may make exp overflow
        theta = theta + step
        if float(np.abs(step).max()) < 1e-10:
            break
    weights = theta @ features
    log_p = weights - weights.max() - np.log(np.exp(weights - weights.max()).sum())
    # back from z = (ln s - middle) / scale: theta1 z + theta2 z^2 = -a ln s - b (ln s)^2 + constant
    first, second = theta[0], theta[1] if lognormal else 0.0
    back = np.array([[-1 / scale, 2 * middle / scale**2], [0.0, -1 / scale**2]])[: len(powers), : len(powers)]
    covariance = back @ np.linalg.inv(spread * given.size) @ back.T
    return SizeFit(
        float(-first / scale + 2 * middle * second / scale**2),
        float(np.sqrt(covariance[0, 0])),
        float(-second / scale**2),
        float(np.sqrt(covariance[1, 1])) if lognormal else 0.0,
        float(log_p[given - smallest].sum()),
        int(given.size),
        (smallest, largest),
    )


def curvature_p_value(power_law: SizeFit, lognormal: SizeFit) -> float:
    """The p-value of the power law against curvature of either sign: 2 (l1 - l0) is chi-squared with 1 df.

    Raises
    ------
    TheoryError : the fits are not of the same sizes.
    """
    require(
        (power_law.window, power_law.count) == (lognormal.window, lognormal.count),
        "fits of different sizes",
        "two fits of one window",
    )
    return float(stats.chi2.sf(max(2 * (lognormal.log_likelihood - power_law.log_likelihood), 0.0), 1))


def binned_density(sizes: ArrayLike, factor: float = 2.0) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The geometric midpoints of bins that widen by `factor`, and the probability of a single whole size in each.

    Bins without events are left out.

    Parameters
    ----------
    sizes : whole numbers >= 1, any shape, at least one.
    factor : > 1.
    """
    given = np.asarray(sizes).ravel()
    require(given.size > 0 and bool((given >= 1).all()), "sizes below 1, or none", "whole numbers >= 1")
    require(factor > 1, f"factor = {factor}", "a number > 1")
    bins = int(np.ceil(np.log(given.max() + 1) / np.log(factor))) + 1
    edges = np.unique(np.ceil(factor ** np.arange(bins + 1)).astype(np.int64))
    counts = np.histogram(given, edges)[0]
    middles = np.sqrt(edges[:-1] * (edges[1:] - 1.0))
    some = counts > 0
    return middles[some], counts[some] / np.diff(edges)[some] / given.size
