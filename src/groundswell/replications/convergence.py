"""How a simulation approaches its analytic companion as N grows: root mean square errors, their order, a figure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from groundswell.replications.replication import Course, Figure, Found


def error(values: ArrayLike, expected: float) -> Found:
    """The root mean square distance of independent runs from the theoretical value, with its 95% interval (chi-square).

    The interval is that of normally distributed errors with mean zero.
    """
    runs = np.asarray(values, np.float64)
    squares = float(np.mean((runs - expected) ** 2))
    low, high = (math.sqrt(squares * runs.size / float(stats.chi2.ppf(q, runs.size))) for q in (0.975, 0.025))
    return Found(math.sqrt(squares), low, high)


def order(errors: Mapping[int, Found], runs: int) -> Found:
    """The slope of log error over log people, with its 95% interval; -1/2 where the central limit theorem holds.

    Parameters
    ----------
    errors : by number of people, two sizes or more.
    runs : number of runs behind each error; the variance of its logarithm is then 1 / (2 runs).
    """
    x = np.log(list(errors))
    weight = (x - x.mean()) / ((x - x.mean()) ** 2).sum()
    slope = float(weight @ np.log([found.value for found in errors.values()]))
    half = 1.96 * math.sqrt(float((weight**2).sum()) / (2 * runs))
    return Found(slope, slope - half, slope + half)


def convergence_figure(errors: Mapping[int, Found], theory: Sequence[float] | None, caption: str) -> Figure:
    """The errors by number of people, and the theory; without a theory, the root law through the largest size."""
    sizes, found = list(errors), list(errors.values())
    name = "theory"
    if theory is None:
        name, theory = "1 / root of N", [found[-1].value * math.sqrt(sizes[-1] / n) for n in sizes]
    return Figure(
        "convergence",
        "The companion is the limit of many people",
        caption,
        x="people",
        y="error of the share",
        x_kind="log",
        y_kind="log",
        curves=(
            Course(name, sizes, theory),
            Course("simulated", sizes, [x.value for x in found], low=[x.low for x in found],
                  high=[x.high for x in found], mark="points"),
        ),
    )  # fmt: skip
