"""Checks of the input of analytic companions, and the two methods by which they are solved."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy import optimize

from groundswell.errors import TheoryError

_STEPS = 1_000_000  # of a fixed-point iteration; near a tangency convergence is slow, elsewhere a few dozen suffice


def require(ok: bool, given: str, expected: str) -> None:
    """Raise an error unless the input is as expected."""
    if not ok:
        raise TheoryError(given, expected=expected)


def finite(**numbers: float) -> None:
    """Raise an error that names the value if it is infinite or NaN."""
    for name, x in numbers.items():
        require(bool(np.isfinite(x)), f"{name} = {x}", "a finite number")


def root(function: Callable[[float], float], low: float, high: float) -> float:
    """The zero of a function that changes sign between two points (Brent's method)."""
    return optimize.brentq(function, low, high, xtol=1e-15)  # pyright: ignore[reportReturnType]


def limit(step: Callable[[float], float], x: float) -> float:
    """The point at which x <- step(x) settles.

    Raises
    ------
    TheoryError : if it does not settle within a million steps.
    """
    for _ in range(_STEPS):
        new = step(x)
        if abs(new - x) <= 1e-13:
            return new
        x = new
    raise TheoryError(
        f"the fixed-point iteration did not settle in {_STEPS} steps",
        expected="parameters away from a tangency",
        instead="change a parameter slightly",
    )
