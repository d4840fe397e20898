"""Ratios of counts that are rare or zero, with exact intervals: a series that falls silent has changed."""

from __future__ import annotations

import math

from scipy import optimize, stats

FEWEST = 10  # events on either side of a date; with fewer, a slope there is a guess
_FAR = 60.0  # log ratio beyond which a bound counts as infinite


def rare_ratio(count: float, expected: float, dispersion: float, level: float) -> tuple[float, float, float, float]:
    """The log ratio of a count to what was expected: (value, low, high, p), exact for a negative binomial count.

    ``count ~ NB(mean = r expected, variance = mean + dispersion mean²)``, Poisson at dispersion 0. The interval holds
    each r under which neither tail, from the count on, is below ``(1 - level) / 2``, and the value; p is twice the tail
    beyond the count at r = 1, and 1 where the dispersion lets no r make the count likely. Of a count of 0 the value is
    minus infinity; with nothing dispersed, the upper end of r is ``-log((1 - level) / 2) / expected``.

    Source: Garwood (1936), Biometrika 28:437-442.

    Example
    -------
    >>> _, low, high, p = rare_ratio(0, 395, 0.0, 0.95)
    >>> low, round(math.exp(high), 4), p < 1e-9
    (-inf, 0.0093, True)
    """
    tail = (1 - level) / 2

    def below(log_ratio: float) -> float:
        """P(Y <= count)."""
        mean = math.exp(log_ratio) * expected
        if dispersion < 1e-9:
            return float(stats.poisson.cdf(count, mean))
        size = 1 / dispersion
        return float(stats.nbinom.cdf(count, size, size / (size + mean)))

    def above(log_ratio: float) -> float:
        """P(Y >= count)."""
        mean = math.exp(log_ratio) * expected
        if dispersion < 1e-9:
            return float(stats.poisson.sf(count - 1, mean))
        size = 1 / dispersion
        return float(stats.nbinom.sf(count - 1, size, size / (size + mean)))

    value = math.log(count / expected) if count > 0 else -math.inf
    centre = value if count > 0 else -math.log(expected)
    low = -math.inf
    if count > 0 and above(centre - _FAR) < tail:
        end = centre + 1.0 if above(centre + 1.0) > tail else centre + _FAR
        if above(end) > tail:  # else the count is so dispersed that no ratio at all makes it likely
            low = min(value, float(optimize.root_scalar(lambda r: above(r) - tail, bracket=(centre - _FAR, end)).root))
    high = math.inf
    if below(centre + _FAR) < tail:
        high = float(optimize.root_scalar(lambda r: below(r) - tail, bracket=(centre - 5.0, centre + _FAR)).root)
    beyond = below(0.0) if value <= 0 else above(0.0) if low > -math.inf else 1.0
    return value, low, high, min(1.0, 2 * beyond)


def share(log_ratio: float) -> str:
    """A ratio as a share, with two significant digits: "0.92%", "140%"."""
    if log_ratio == -math.inf:
        return "0%"
    if log_ratio == math.inf:
        return "any number"
    value = 100 * math.exp(min(log_ratio, 50.0))
    return f"{value:.0f}%" if value >= 10 else f"{value:.1f}%" if value >= 1 else f"{value:.2g}%"
