"""What a model of excitation must say of itself, and the one loop that fits, bounds and tests any of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, stats

Floats = NDArray[np.float64]
Fixed = Mapping[int, float]
"""Parameters that are held, by number."""

_ENOUGH_HITS = 10  # of a sequential test: p = hits / draws then has a relative error of a third (Besag & Clifford 1991)
_NOTHING = 1e-3  # gains below this are none


class Intensity(Protocol):
    """A conditional mean of counts (or rate of events) with its likelihood; parameters are one vector.

    `limits` are bounds of each parameter; `starts` are where a search begins, given what is held fixed; `evaluate`
    returns the log-likelihood and its gradient (the score); `settle` is called with the best parameters of a search, so
    that inner maxima begin near; `redrawn` is the same model of a record simulated at these parameters.
    """

    @property
    def limits(self) -> Sequence[tuple[float, float]]: ...

    def starts(self, fixed: Fixed) -> Sequence[Floats]: ...

    def evaluate(self, theta: Floats) -> tuple[float, Floats]: ...

    def redrawn(self, theta: Floats, rng: np.random.Generator) -> Intensity: ...


@dataclass(frozen=True)
class Peak:
    """A maximum of the likelihood: parameters, and the log-likelihood there."""

    theta: Floats
    value: float


def climb(
    model: Intensity, start: Floats, fixed: Fixed | None = None, most: int = 100, tolerance: float = 2e-4
) -> Peak:
    """The nearest maximum from a start, by SLSQP with the score; no more than ``most`` steps."""
    fixed = fixed or {}
    limits = np.array(model.limits, dtype=np.float64)
    base = np.clip(start, limits[:, 0], limits[:, 1])
    for i, value in fixed.items():
        base[i] = value
    free = np.array([i for i in range(base.size) if i not in fixed and limits[i, 0] < limits[i, 1]], dtype=np.int64)
    best = [-math.inf, base.copy()]

    def negative(part: Floats) -> tuple[float, Floats]:
        theta = base.copy()
        theta[free] = np.clip(part, limits[free, 0], limits[free, 1])
        value, score = model.evaluate(theta)
        if not math.isfinite(value):
            return 1e10, np.zeros(free.size)
        if value > best[0]:
            best[0], best[1] = value, theta
        return -value, -score[free]

    if free.size:
        options = {"maxiter": most, "ftol": tolerance}
        optimize.minimize(
            negative,
            base[free],
            jac=True,
            method="SLSQP",
            bounds=[(float(a), float(b)) for a, b in limits[free]],
            options=options,
        )
    else:
        negative(base[free])
    return Peak(np.asarray(best[1], dtype=np.float64), float(best[0]))


def highest(model: Intensity, fixed: Fixed | None = None, begin: Sequence[Floats] = ()) -> Peak:
    """The highest of the maxima from the model's own starts and those given."""
    fixed = fixed or {}
    peaks = [climb(model, start, fixed) for start in (*begin, *model.starts(fixed))]
    return max(peaks, key=lambda peak: peak.value)


def information(model: Intensity, peak: Peak, at: Sequence[int]) -> Floats:
    """Observed information of some parameters, the others held: differences of the score, made symmetric."""
    limits = model.limits
    size = len(at)
    out = np.empty((size, size))
    for row, i in enumerate(at):
        step = 1e-3 * max(1.0, abs(peak.theta[i]))
        ends = []
        for side in (1.0, -1.0):
            theta = peak.theta.copy()
            theta[i] = min(max(theta[i] + side * step, limits[i][0]), limits[i][1])
            ends.append((theta[i], model.evaluate(theta)[1][list(at)]))
        width = ends[0][0] - ends[1][0]
        out[row] = -(ends[0][1] - ends[1][1]) / width
    return 0.5 * (out + out.T)


def profile_interval(
    model: Intensity,
    peak: Peak,
    i: int,
    error: float,
    level: float,
    lowest: float,
    at_lowest: float | None = None,
    fixed: Fixed | None = None,
) -> tuple[float, float]:
    """Where the profile likelihood of parameter i has fallen by half the chi-square quantile.

    Parameters
    ----------
    error : about one standard error, for the first step.
    lowest : the end of the parameter's range; the interval stops there.
    at_lowest : the profile there, where it is known already.
    fixed : parameters held all along the profile, as they were at the peak.
    """
    limit = math.sqrt(float(stats.chi2.ppf(level, 1)))
    centre = float(peak.theta[i])
    top = float(model.limits[i][1])
    ends: list[float] = []
    for side in (-1.0, 1.0):
        if side < 0 and centre <= lowest:
            ends.append(lowest)
            continue
        if side < 0 and at_lowest is not None and 2 * (peak.value - at_lowest) <= limit**2:
            ends.append(lowest)
            continue
        start = peak.theta
        near, near_root = centre, -limit
        step = max(limit * error, 1e-3)
        found = math.nan
        far, far_root = centre, -limit
        for _ in range(12):
            far = min(max(near + side * step, lowest), top)
            point = climb(model, start, {**(fixed or {}), i: far}, 40)
            start = point.theta
            far_root = math.sqrt(max(0.0, 2 * (peak.value - point.value))) - limit
            if far_root > 0 or far in (lowest, top):
                break
            near, near_root, step = far, far_root, 1.5 * step
        if far_root <= 0:
            ends.append(far)
            continue
        for _ in range(6):  # the signed root is nearly a line
            share = min(max(near_root / (near_root - far_root), 0.1), 0.9)
            found = near + share * (far - near)
            point = climb(model, start, {**(fixed or {}), i: found}, 40)
            root = math.sqrt(max(0.0, 2 * (peak.value - point.value))) - limit
            if abs(root) < 0.03:
                break
            if root > 0:
                far, far_root = found, root
            else:
                near, near_root = found, root
        ends.append(found)
    return ends[0], ends[1]


def boundary_p(gain: float, free: int = 1, nuisances: int = 1) -> float:
    """p of a gain in log-likelihood by ``free`` parameters from their bound, and ``nuisances`` that exist with them.

    The law is taken as the mean over m, binomial of ``free`` halves, of the chi-square with m + nuisances degrees of
    freedom: chi-bar-square (Self & Liang 1987) raised by what is not identified without the effect. For one of each,
    half the chi-square with 1 and half that with 2 degrees of freedom, 5% at a gain of 2.6.
    """
    if gain <= 1e-9:
        return 1.0
    weights = stats.binom.pmf(np.arange(free + 1), free, 0.5)
    return float(sum(w * stats.chi2.sf(2 * gain, max(m + nuisances, 1)) for m, w in enumerate(weights)))


def simulated_p(
    observed: float, draw: Callable[[int], float], draws: int, enough: int = _ENOUGH_HITS
) -> tuple[float, int, Floats]:
    """p of a gain in log-likelihood by simulation, which stops once enough draws are as large.

    Parameters
    ----------
    draw : the statistic of simulated record number i.

    Returns
    -------
    p, the draws used, and their statistics. Stopped early, p is hits / draws (Besag & Clifford 1991). Else the draws
    are taken for a mixture of nothing and a gamma, as chi-bar-square is, fitted to them: with 99 draws its p of 5%
    errs by a fifth, where the share of draws above errs by half.
    """
    values: list[float] = []
    hits = 0
    for i in range(draws):
        values.append(draw(i))
        hits += values[-1] >= observed
        if hits >= enough and enough < draws:
            return hits / (i + 1), i + 1, np.array(values)
    found = np.array(values)
    counted = (1 + hits) / (draws + 1)
    above = found[found > _NOTHING]
    if above.size < 8:
        return float(counted), draws, found
    mean = float(above.mean())
    shape = float(np.clip(mean**2 / max(float(above.var(ddof=1)), 1e-9), 0.4, 4.0))
    p = (above.size + 1) / (draws + 2) * float(stats.gamma.sf(observed, shape, scale=mean / shape))
    return float(np.clip(p, 0.0, 1.0)), draws, found


def rank_p(observed: float, values: Floats) -> float:
    """Share of simulated values as large; beyond all of them, the largest fifth goes on as an exponential."""
    hits = int(np.sum(values >= observed))
    p = (1 + hits) / (values.size + 1)
    if hits == 0:
        top = np.sort(values)[::-1][: max(5, values.size // 5)]
        p = min(p, top.size / values.size * math.exp(-(observed - top[-1]) / max(float(np.mean(top - top[-1])), 0.3)))
    return float(p)
