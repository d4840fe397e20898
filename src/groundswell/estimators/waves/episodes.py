"""Waves of a record by an explicit rule, and the ranges that rounded sizes represent."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from groundswell.errors import EstimationError
from groundswell.estimators.statistics.diagnostics import finite_vector, numbers

Array = NDArray[np.float64]


def heaped_range(sizes: ArrayLike, *, widest: float = 0.5) -> tuple[Array, Array]:
    """The range that a rounded size represents: half a unit of its last non-zero digit to either side.

    300 stands for 250 to 350, 1,000 for 500 to 1,500, 1,250 for 1,245 to 1,255: crowds are reported in round
    numbers, and the rounder the number, the less precise it is.

    Parameters
    ----------
    sizes : shape (n,), people; >= 1, or NaN where unknown.
    widest : the most that the range may extend to either side, as a share of the size, in (0, 1).

    Returns
    -------
    (low, high), float64 of shape (n,); NaN where the size is NaN.
    """
    x = numbers(sizes, "sizes")
    if not 0 < widest < 1:
        raise EstimationError(f"widest {widest}", expected="a share between 0 and 1")
    known = np.isfinite(x)
    if (x[known] < 1).any() or np.isinf(x).any():
        raise EstimationError("a size below 1, or infinite", expected="people, 1 or more, or NaN")
    whole = np.where(known, np.round(x), 1.0)
    step = np.ones_like(whole)
    for power in range(1, 9):
        step = np.where(whole % 10**power == 0, 10.0**power, step)
    half = np.minimum(0.5 * step, widest * whole)
    return np.where(known, whole - half, np.nan), np.where(known, whole + half, np.nan)


@dataclass(frozen=True)
class Episode:
    """A rise, peak and ebb found in a series: indices of its first, highest and last period.

    `censored` means that it had not ebbed when the record ended.
    """

    start: int
    peak: int
    end: int
    censored: bool


def episodes(values: ArrayLike, *, above: float = 3.0, ebb: float = 0.2, quiet: int = 2) -> tuple[Episode, ...]:
    """The episodes of a series, by an explicit rule.

    An episode is a stretch above a share `ebb` of its peak, whose peak is at least `above` times the typical level
    (the median of all values, zeros included, or one event if that is larger). It ends with `quiet` periods
    in a row below that share. The highest peak is taken first, then the highest of the rest.

    Parameters
    ----------
    values : shape (n,), >= 0; counts or sizes.
    above : how far a peak must exceed the median; > 1.
    ebb : share of the peak below which it has ebbed, in (0, 1).
    quiet : periods in a row that must lie below for the episode to be over; >= 1.

    Returns
    -------
    tuple of `Episode`, by time.

    Known limits: every such rule is a choice; see how results change with it.
    """
    y = finite_vector(values, "values", at_least=3)
    if (y < 0).any() or above <= 1 or not 0 < ebb < 1 or quiet < 1:
        raise EstimationError(
            f"values from {y.min():g}, above {above}, ebb {ebb}, quiet {quiet}",
            expected="values >= 0, above > 1, ebb in (0, 1), quiet >= 1",
        )
    floor = above * max(float(np.median(y)), 1.0 if np.all(y == np.round(y)) else 1e-12)
    free = np.ones(y.size, bool)
    found = []
    while True:
        left = np.where(free, y, -1.0)
        peak = int(left.argmax())
        if left[peak] < floor:
            break
        low = y < ebb * y[peak]
        end, censored = _walk(low, peak, 1, quiet, free)
        start, _ = _walk(low, peak, -1, quiet, free)
        free[start : end + 1] = False
        found.append(Episode(start, peak, end, censored))
    return tuple(sorted(found, key=lambda e: e.peak))


def _walk(low: NDArray[np.bool_], peak: int, step: int, quiet: int, free: NDArray[np.bool_]) -> tuple[int, bool]:
    """The last period of the episode in one direction, and whether the record ended first."""
    last, run, i = peak, 0, peak + step
    while 0 <= i < low.size and free[i]:
        if low[i]:
            run += 1
            if run == quiet:
                return last, False
        else:
            last, run = i, 0
        i += step
    return last, not 0 <= i < low.size
