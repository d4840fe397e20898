"""What Francisco's predator-prey equations imply without simulation: rest point, invariant, period, extremes.

D' = a D - b D R, R' = -c R + d D R, for dissent D and coercion R. Orbits are closed; along each
H = d D - c log D + b R - a log R stays constant.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from groundswell.theory.analytic.solving import finite, require

_ANGLES = 4096  # points of the period integral; far more than needed, except for cycles that span a factor of 1e6


def _check(a: float, b: float, c: float, d: float, *positive: float) -> None:
    finite(a=a, b=b, c=c, d=d)
    require(min(a, b, c, d) > 0, f"a, b, c, d = {a}, {b}, {c}, {d}", "rates > 0")
    require(all(math.isfinite(x) and x > 0 for x in positive), f"dissent, coercion = {positive}", "numbers > 0")


def rest_point(a: float, b: float, c: float, d: float) -> tuple[float, float]:
    """Dissent and coercion at rest: (c / d, a / b), which is also their mean over any whole cycle.

    Over a cycle log D and log R end where they began, so that a - b <R> = 0 and -c + d <D> = 0 (Volterra's law of
    averages). More effective coercion (b) thus lowers the mean of coercion, and leaves that of dissent unchanged.
    """
    _check(a, b, c, d)
    return c / d, a / b


def invariant(dissent: ArrayLike, coercion: ArrayLike, a: float, b: float, c: float, d: float) -> NDArray[np.float64]:
    """H = d D - c log D + b R - a log R, constant along a history and smallest at the rest point."""
    _check(a, b, c, d)
    D, R = np.asarray(dissent, float), np.asarray(coercion, float)
    require(bool((D > 0).all() and (R > 0).all()), "a level of 0 or less", "levels > 0")
    return d * D - c * np.log(D) + b * R - a * np.log(R)


def _ends(height: float) -> tuple[float, float]:
    """The two z with z - log z = height >= 1."""
    inner = -math.exp(-height)
    return float(-special.lambertw(inner, 0).real), float(-special.lambertw(inner, -1).real)


def extremes(
    dissent: float, coercion: float, a: float, b: float, c: float, d: float
) -> tuple[tuple[float, float], tuple[float, float]]:
    """The least and the most dissent, and the least and the most coercion, of the cycle through a point.

    Dissent is extreme where coercion is at rest: with z = d D / c, z - log z = 1 + (H - H0) / c, where H0 is the least
    value of the invariant; the two solutions are branches of Lambert's W. Coercion likewise with a.
    """
    _check(a, b, c, d, dissent, coercion)
    D0, R0 = rest_point(a, b, c, d)
    above = _above(dissent, coercion, a, b, c, d)
    low, high = _ends(1.0 + above / c)
    weak, strong = _ends(1.0 + above / a)
    return (low * D0, high * D0), (weak * R0, strong * R0)


def _above(dissent: float, coercion: float, a: float, b: float, c: float, d: float) -> float:
    """How far the invariant lies above its minimum, without cancellation near the rest point."""
    D0, R0 = rest_point(a, b, c, d)
    x, y = dissent / D0 - 1.0, coercion / R0 - 1.0
    return c * (x - math.log1p(x)) + a * (y - math.log1p(y))


def _bend(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """exp(x) - 1 - x, from its series where the difference would cancel."""
    return np.where(np.abs(x) < 1e-3, x * x * (0.5 + x * (1 / 6 + x / 24)), np.expm1(x) - x)


def period(dissent: float, coercion: float, a: float, b: float, c: float, d: float) -> float:
    """The time of one cycle through a point: 2 pi / sqrt(a c) near rest, and longer the wider the cycle.

    With u = log(d D / c) = r cos f and w = log(b R / a) = r sin f, u' = a (1 - exp w) and w' = c (exp u - 1), so the
    angle f only grows, and the period is the integral of r**2 / (c u (exp u - 1) + a w (exp w - 1)) over it. At each
    angle r solves c (exp u - 1 - u) + a (exp w - 1 - w) = H - H0. The integrand is smooth and periodic: the trapezoid
    rule converges faster than any power.
    """
    _check(a, b, c, d, dissent, coercion)
    above = _above(dissent, coercion, a, b, c, d)
    if above < 1e-14 * min(a, c):  # at rest, to rounding
        return 2.0 * math.pi / math.sqrt(a * c)
    angle = np.linspace(0.0, 2.0 * np.pi, _ANGLES, endpoint=False)
    cosine, sine = np.cos(angle), np.sin(angle)
    # exp(x) - 1 - x >= |x| - 1, and |u| or |w| is at least r / sqrt(2), so that r cannot exceed this
    high = np.full(_ANGLES, 2.0 * (1.0 + above / min(a, c)))
    low = np.zeros(_ANGLES)
    with np.errstate(over="ignore"):
        for _ in range(80):
            r = (low + high) / 2
            outside = c * _bend(r * cosine) + a * _bend(r * sine) > above
            low, high = np.where(outside, low, r), np.where(outside, r, high)
    u, w = low * cosine, low * sine
    return float(2.0 * np.pi * np.mean(low * low / (c * u * np.expm1(u) + a * w * np.expm1(w))))
