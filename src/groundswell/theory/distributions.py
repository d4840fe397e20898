"""Distributions for traits and priors: declared once, sampled by inverse transform of addressed draws."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from groundswell.errors import TheoryError

Value = float | str  # a number, or the name of a parameter that holds it


@dataclass(frozen=True)
class Distribution:
    """A one-dimensional distribution whose arguments are numbers or names of parameters."""

    def names(self) -> tuple[str, ...]:
        """The parameters that this distribution depends on."""
        return tuple(v for f in fields(self) if isinstance(v := getattr(self, f.name), str))

    def resolve(self, params: Mapping[str, float]) -> tuple[float, ...]:
        """The arguments as numbers, in order of declaration."""
        return tuple(
            float(params[v]) if isinstance(v, str) else float(v) for v in (getattr(self, f.name) for f in fields(self))
        )

    def quantile(self, u: NDArray[np.float64], params: Mapping[str, float] | None = None) -> NDArray[np.float64]:
        """The inverse of the distribution function at u in [0, 1). Shape as u."""
        return self._quantile(u, *self.resolve(params or {}))

    def _quantile(self, u: NDArray[np.float64], *arguments: float) -> NDArray[np.float64]:
        raise NotImplementedError

    def describe(self) -> str:
        """The distribution as it is written, such as ``Beta(5, 3)``; numbers have at most 12 figures."""
        given = (getattr(self, f.name) for f in fields(self))
        shown = (float(f"{x:.12g}") if isinstance(x, float) else x for x in given)  # 0.0244, not 0.024399999999999998
        return f"{type(self).__name__}({', '.join(map(str, shown))})"


def _require(ok: bool, given: str, expected: str) -> None:
    if not ok:
        raise TheoryError(given, expected=expected)


@dataclass(frozen=True)
class Fixed(Distribution):
    """All mass at one value."""

    value: Value

    def _quantile(self, u, *arguments):
        return np.full_like(u, arguments[0])


@dataclass(frozen=True)
class Uniform(Distribution):
    """Uniform between low and high."""

    low: Value
    high: Value

    def _quantile(self, u, *arguments):
        low, high = arguments
        _require(high >= low, f"Uniform({low}, {high})", "low <= high")
        return low + (high - low) * u


@dataclass(frozen=True)
class WholeUniform(Distribution):
    """Each whole number from low to high with equal probability."""

    low: Value
    high: Value

    def _quantile(self, u, *arguments):
        low, high = arguments
        _require(high >= low and low % 1 == high % 1 == 0, f"WholeUniform({low}, {high})", "whole numbers, low <= high")
        return low + np.floor((high - low + 1.0) * u)


@dataclass(frozen=True)
class Normal(Distribution):
    """Normal with mean and standard deviation."""

    mean: Value
    sd: Value

    def _quantile(self, u, *arguments):
        from scipy.special import ndtri

        mean, sd = arguments
        _require(sd >= 0, f"Normal with sd {sd}", "sd >= 0")
        return mean + sd * ndtri(np.maximum(u, 2.0**-54))  # u = 0 has probability 2**-53; keep it finite


@dataclass(frozen=True)
class LogNormal(Distribution):
    """The exponential of a normal with the given mean and standard deviation of the logarithm."""

    log_mean: Value
    log_sd: Value

    def _quantile(self, u, *arguments):
        return np.exp(Normal(*arguments).quantile(u))


@dataclass(frozen=True)
class Beta(Distribution):
    """Beta with shape parameters a and b."""

    a: Value
    b: Value

    def _quantile(self, u, *arguments):
        from scipy.special import betaincinv

        a, b = arguments
        _require(a > 0 and b > 0, f"Beta({a}, {b})", "both shapes > 0")
        if u.size <= 200_000:
            return betaincinv(a, b, u)
        # The exact inverse costs a microsecond per person: for millions of people, interpolate it on a grid that is
        # denser in the tails; the distribution function of the draws errs by less than 2e-10 (a test measures it).
        grid = (1.0 - np.cos(np.linspace(0.0, np.pi, 200_001))) / 2.0
        return np.interp(u, grid, betaincinv(a, b, grid))


@dataclass(frozen=True)
class Bernoulli(Distribution):
    """1 with probability `share`, else 0."""

    share: Value

    def _quantile(self, u, *arguments):
        _require(0 <= arguments[0] <= 1, f"Bernoulli({arguments[0]})", "a share in [0, 1]")
        return (u < arguments[0]).astype(float)


@dataclass(frozen=True)
class Listed(Distribution):
    """The given values, person by person in order (person i has values[i]); the population must have as many people."""

    values: tuple[float, ...]

    def names(self):
        return ()

    def resolve(self, params):
        return self.values

    def quantile(self, u, params=None):
        _require(
            u.size == len(self.values),
            f"a population of {u.size} people for a trait that lists {len(self.values)} values",
            "as many people as listed values",
        )
        return np.asarray(self.values, float)

    def describe(self):
        return f"Listed({len(self.values)} values)"


@dataclass(frozen=True)
class Ranked(Distribution):
    """A function of the person's rank share (i + 1/2) / N: an exact, unsampled distribution (nothing is drawn)."""

    of: Callable[[NDArray[np.float64]], NDArray[np.float64]]

    def names(self):
        return ()

    def quantile(self, u, params=None):
        return np.asarray(self.of((np.arange(u.size) + 0.5) / u.size), float)

    def describe(self):
        return f"Ranked({getattr(self.of, '__name__', 'function')})"
