"""Pooling of likelihood curves over places: the population that the places' branching ratios are drawn from.

Ratios of places are drawn from a gamma distribution (with inhibition, a normal) of some mean and spread. The likelihood
of mean and spread is the product over places of ``∫ L_place(n) p(n | mean, spread) dn``, each computed by quadrature
at the quantiles of the population: no estimate of any place, and no standard error, is assumed to be normal, so that a
place with its maximum at zero counts with its full likelihood.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numba as nb
import numpy as np
from scipy import special, stats

from groundswell.estimators.excitation.baseline import Floats
from groundswell.estimators.excitation.panel_likelihood import LikelihoodCurve

_NODES = 96  # quantiles of the population; a tenth of them within the narrowest likelihood seen in tests
_MEANS = 90
_TABLE = 2001
_NOTHING = 8.0  # standard errors from the maximum: exp(-32)
_FAR = 12.0  # units of log-likelihood below the maximum that are considered


@dataclass(frozen=True)
class Pooled:
    """Mean and spread of one branching ratio over places, with what follows for each place and for a new one."""

    mean: float
    low: float
    high: float
    between: float
    between_low: float
    between_high: float
    heterogeneity_p: float  # NaN where it was not computed
    prediction: tuple[float, float]
    shrunken: Floats  # (places,)
    shrunken_low: Floats
    shrunken_high: Floats


@functools.cache
def _gamma_nodes() -> tuple[Floats, Floats, Floats, Floats]:
    """Coefficients of variation (C,), their weights (C,), quantiles of mean 1 (C, nodes), weights of nodes (nodes,).

    The coefficient of variation has a half-Cauchy prior of scale 1 (Gelman 2006) on 0 to 4, which plays down the
    possibility that a few places hold all excitation. It is needed where places are few.
    """
    u, w = np.polynomial.legendre.leggauss(_NODES)
    u, w = 0.5 * (u + 1), 0.5 * w
    cv = np.concatenate([[0.0], np.geomspace(0.04, 4.0, 30)])
    nodes = np.ones((cv.size, _NODES))
    for i, c in enumerate(cv[1:], 1):
        shape = 1 / c**2
        nodes[i] = special.gammaincinv(shape, u) / shape
        nodes[i] /= nodes[i] @ w  # the mean is exact
    return cv, _trapezoid(cv) / (1 + cv**2), nodes, w


@functools.cache
def _normal_nodes() -> tuple[Floats, Floats, Floats, Floats]:
    """The same for the standard deviation of a normal population: half-Cauchy of scale 0.3 on 0 to 2."""
    u, w = np.polynomial.legendre.leggauss(_NODES)
    sd = np.concatenate([[0.0], np.geomspace(0.01, 2.0, 30)])
    nodes = sd[:, None] * stats.norm.ppf(0.5 * (u + 1))
    return sd, _trapezoid(sd) / (1 + (sd / 0.3) ** 2), nodes, 0.5 * w


def _trapezoid(x: Floats) -> Floats:
    gaps = np.diff(x)
    return 0.5 * (np.concatenate([[0], gaps]) + np.concatenate([gaps, [0]]))


@dataclass(frozen=True)
class _Surface:
    """Log-likelihood over means and spreads, (M, C), with the nodes (M, C, nodes) and each place's likelihood there."""

    means: Floats
    spreads: Floats  # (C,); coefficients of variation, or standard deviations with inhibition
    prior: Floats  # (C,)
    value: Floats
    nodes: Floats
    weights: Floats


def _surface(curves: Sequence[LikelihoodCurve], means: Floats, signed: bool, complete: bool) -> _Surface:
    spreads, prior, unit, weights = _normal_nodes() if signed else _gamma_nodes()
    if complete:
        spreads, prior, unit = spreads[:1], np.ones(1), unit[:1]
    nodes = means[:, None, None] + unit[None] if signed else means[:, None, None] * unit[None]
    value = np.zeros(nodes.shape[:2])
    for curve in curves:
        first, width, table = _table(curve, nodes)
        value += np.log(averages(nodes, weights, first, width, table))
    return _Surface(means, spreads, prior, value, nodes, weights)


def _table(curve: LikelihoodCurve, nodes: Floats) -> tuple[float, float, Floats]:
    """First point, width of steps, and the likelihood at evenly spaced points, out to where it vanishes."""
    low = max(float(nodes.min()), curve.best - _NOTHING / curve.first)
    high = max(low + 1e-6, min(float(nodes.max()), curve.best + _NOTHING / curve.slope))
    points = np.linspace(low, high, _TABLE)
    return low, float(points[1] - points[0]), np.exp(curve(points))


@nb.njit(cache=True, nogil=True, inline="always")
def _between_points(x, first, width, table):
    at = min(max((x - first) / width, 0.0), table.size - 1.0)
    k = min(int(at), table.size - 2)
    return table[k] + (at - k) * (table[k + 1] - table[k])


@nb.njit(cache=True, nogil=True)
def looked_up(nodes, first, width, table):
    """A function at many nodes, from a table of it: linear between points where it hardly bends, else constant."""
    out = np.empty(nodes.shape)
    flat, x = out.ravel(), nodes.ravel()
    for i in range(x.size):
        flat[i] = _between_points(x[i], first, width, table)
    return out


@nb.njit(cache=True, nogil=True)
def averages(nodes, weights, first, width, table):
    """Weighted averages over the last axis of a function looked up at nodes, at least 1e-300."""
    M, C, Q = nodes.shape
    out = np.empty((M, C))
    for m in range(M):
        for c in range(C):
            total = 0.0
            for q in range(Q):
                total += weights[q] * _between_points(nodes[m, c, q], first, width, table)
            out[m, c] = max(total, 1e-300)
    return out


@nb.njit(cache=True, nogil=True)
def over_means(sd, means, width, spreads, likelihood):
    """For each standard deviation, the likelihood integrated over means, at least 1e-300.

    ``sum_m width_m p(cv) / mean_m L(mean_m, cv)`` with cv = sd / mean_m and p half-Cauchy; linear between ``spreads``.
    """
    out = np.empty(sd.size)
    for i in range(sd.size):
        total = 0.0
        for m in range(means.size):
            cv = sd[i] / means[m]
            if cv > spreads[-1]:
                continue
            c = min(max(np.searchsorted(spreads, cv, side="right") - 1, 0), spreads.size - 2)
            share = (cv - spreads[c]) / (spreads[c + 1] - spreads[c])
            there = likelihood[m, c] + share * (likelihood[m, c + 1] - likelihood[m, c])
            total += width[m] * there / (means[m] * (1.0 + cv * cv))
        out[i] = max(total, 1e-300)
    return out


def _ends(x: Floats, value: Floats, level: float) -> tuple[float, float]:
    """Where twice the fall of a curve on a grid reaches the chi-square quantile, by linear interpolation."""
    top = int(np.argmax(value))
    limit = value[top] - 0.5 * float(stats.chi2.ppf(level, 1))
    low, high = float(x[0]), float(x[-1])
    for i in range(top, 0, -1):
        if value[i - 1] < limit:
            low = float(x[i] - (value[i] - limit) / (value[i] - value[i - 1]) * (x[i] - x[i - 1]))
            break
    for i in range(top, x.size - 1):
        if value[i + 1] < limit:
            high = float(x[i] + (value[i] - limit) / (value[i] - value[i + 1]) * (x[i + 1] - x[i]))
            break
    return low, high


def _peak(x: Floats, value: Floats) -> float:
    """The maximum of a curve on a grid, by a parabola through the three highest points."""
    i = int(np.argmax(value))
    if i in (0, x.size - 1):
        return float(x[i])
    a, b, c = value[i - 1 : i + 2]
    left, right = x[i] - x[i - 1], x[i + 1] - x[i]
    up, down = (b - a) / left, (b - c) / right
    bend = (up + down) / (left + right)
    return float(x[i] + (up * right - down * left) / (2 * bend * (left + right))) if bend > 0 else float(x[i])


def _integrated(s: _Surface) -> Floats:
    """Log-likelihood of the mean, the spread integrated out."""
    top = s.value.max()
    return top + np.log(np.maximum(np.exp(s.value - top) @ (s.prior / s.prior.sum()), 1e-300))


def _between(s: _Surface, signed: bool, level: float) -> tuple[float, float, float]:
    """The spread as a standard deviation: the median of its density, the mean integrated out (as in REML).

    The mean is uniform and the coefficient of variation half-Cauchy, so that a mean near zero, with which any number of
    rare exceptions is compatible, does not run away. With 8 to 26 places the median errs by less than a twentieth;
    the mode is a tenth to a fifth too low.
    """
    if s.spreads.size == 1:
        return 0.0, 0.0, 0.0
    width = _trapezoid(s.means)
    top = s.value.max()
    if signed:
        sd, value = s.spreads, np.log(np.maximum(width @ np.exp(s.value - top), 1e-300))
    else:
        sd = np.concatenate([[0.0], np.geomspace(0.002, 2.0, 80)])
        means = np.maximum(s.means, 0.25 * width.max())
        value = np.log(over_means(sd, means, width, s.spreads, np.exp(s.value - top)))
    low, high = _ends(sd, value, level)
    share = np.cumsum(np.exp(value - value.max()) * _trapezoid(sd))
    return float(np.interp(0.5, share / share[-1], sd)), low, high if value[-1] < value.max() - 0.5 else math.nan


def pool(curves: Sequence[LikelihoodCurve], signed: bool, level: float, complete: bool) -> Pooled:
    """The population of one branching ratio.

    The interval of the mean is where twice the fall of its likelihood, with the spread integrated out over a weak
    prior, stays below the chi-square quantile: with few places that gives tails like those of Student's t, and with
    one place, or complete pooling, it is the interval of the likelihood itself.
    """
    alone = complete or len(curves) == 1
    widest = min(4.0, 3 * max(abs(c.best) + 2 / min(c.slope, c.first) for c in curves))
    means = np.linspace(-widest if signed else 0.0, widest, 60)
    s = _surface(curves, means, signed, alone)
    for _ in range(3):  # zoom in, until the grid is fine relative to the likely range
        likely = np.flatnonzero(_integrated(s) > _integrated(s).max() - _FAR)
        a, b = means[max(0, likely[0] - 1)], means[min(means.size - 1, likely[-1] + 1)]
        if means.size == _MEANS and likely.size > _MEANS / 3:
            break
        means = np.linspace(a, b, _MEANS)
        s = _surface(curves, means, signed, alone)
    likelihood = _integrated(s)
    low, high = _ends(means, likelihood, level)
    mean = _peak(means, likelihood)
    between, between_low, between_high = _between(s, signed, level)
    gain = 2 * (s.value.max() - s.value[:, 0].max())
    prediction, shrunken, shrunken_low, shrunken_high = _posterior(s, curves, level, signed)
    return Pooled(
        mean=mean,
        low=low if signed else max(0.0, low),
        high=high,
        between=between,
        between_low=between_low,
        between_high=between_high,
        heterogeneity_p=math.nan if alone else 0.5 * float(stats.chi2.sf(gain, 1)) if gain > 1e-6 else 1.0,
        prediction=prediction,
        shrunken=shrunken,
        shrunken_low=shrunken_low,
        shrunken_high=shrunken_high,
    )


def _posterior(
    s: _Surface, curves: Sequence[LikelihoodCurve], level: float, signed: bool
) -> tuple[tuple[float, float], Floats, Floats, Floats]:
    """Shortest intervals of a new place's ratio and of each place's own, over the likely values of the population."""
    weight = np.exp(s.value - s.value.max()) * (s.prior / s.prior.sum()) * _trapezoid(s.means)[:, None]
    rows, columns = np.nonzero(weight > 1e-4 * weight.max())
    nodes = np.ascontiguousarray(s.nodes[rows, columns])
    base = weight[rows, columns][:, None] * s.weights
    order = np.argsort(nodes, axis=None)
    x = nodes.ravel()[order]

    def shortest(w: Floats) -> tuple[float, float, float]:
        total = np.cumsum(w.ravel()[order])
        total /= total[-1]
        first = np.arange(int(np.searchsorted(total, 1 - level, side="right")) + 1)
        begun = np.where(first > 0, total[first - 1], 0.0)
        last = np.minimum(np.searchsorted(total, begun + level), x.size - 1)
        at = int(np.argmin(x[last] - x[first]))
        low = 0.0 if at == 0 and not signed else float(x[at])
        return float(np.sum(w * nodes) / np.sum(w)), low, float(x[last[at]])

    _, low, high = shortest(base)
    found = []
    for curve in curves:
        likelihood = looked_up(nodes, *_table(curve, s.nodes))
        own = likelihood @ s.weights  # the place's own part of the weight of each population
        found.append(shortest(base * likelihood / np.maximum(own, 1e-300)[:, None]))
    shrunken, places_low, places_high = (np.array(v) for v in zip(*found, strict=True))
    return (low, high), shrunken, places_low, places_high


def widened(pooled: Pooled, slope: float, error: float, level: float, signed: bool) -> Pooled:
    """With the uncertainty of the decay added to the interval: the mean moves by `slope` per unit of the decay."""
    if not (math.isfinite(error) and slope):
        return pooled
    extra = abs(slope) * error * float(stats.norm.ppf(0.5 + level / 2))
    low = pooled.mean - math.hypot(pooled.mean - pooled.low, extra)
    high = pooled.mean + math.hypot(pooled.high - pooled.mean, extra)
    return replace(pooled, low=low if signed else max(0.0, low), high=high)
