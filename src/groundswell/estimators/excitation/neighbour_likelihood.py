"""The likelihood of counts that follow their own and their neighbours' last step, its score and its curvature.

    mean = own y[t - 1, i] + near sum_j w[j, i] y[t - 1, j] + size exp(endemic)

Own, near and endemic are each the exponential of a sum of columns. Everything is differentiated twice in closed form:
a fit takes some ten steps of Newton's method.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from groundswell.estimators.excitation.box_newton import quadratic_minimum

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_COEFFICIENT = (-15.0, 15.0)  # of a column: exp(-15) of anything that is counted is negligible
_STEEPNESS = (0.0, 15.0)  # power of distance or order; at 15 a second neighbour has a 30,000th of the first's weight
_DISPERSION = (-9.0, 4.0)  # its logarithm
_MOST = 200
_TOLERANCE = 1e-10  # predicted gain of a step of Newton's method at which the search ends
_LONGEST = 3.0  # of a step of Newton's method


@dataclass(frozen=True)
class Part:
    """One of the three parts of the mean.

    Parameters
    ----------
    X : shape (n, p), columns of the logarithm.
    times : shape (n,), what the exponential is multiplied by; not used by the neighbours, whose factor follows from
        weights.
    random : shape (n,), the place of each row where its places have random intercepts, else None.
    """

    X: Floats
    times: Floats
    random: Ints | None = None


@dataclass(frozen=True)
class NeighbourModel:
    """Rows of places by step, and the parts of their mean.

    Parameters
    ----------
    y : shape (n,), counts; `place`: shape (n,).
    parts : by name, among "own", "neighbours", "endemic", in this order.
    past : shape (T, P), counts of all places by step; `last`: shape (n,), the step before that of each row.
    weights : shape (P, P), by source and target.
    power : whether weights are distances or orders, of which a power is estimated; 0 means no neighbours.
    normalise : whether what a place passes on is shared among its neighbours, so that its weights sum to 1.
    dispersions : how many: 0 (Poisson), 1, or one for each place.
    """

    y: Floats
    place: Ints
    parts: dict[str, Part]
    past: Floats
    last: Ints
    weights: Floats
    power: bool
    normalise: bool
    dispersions: int

    @property
    def places(self) -> int:
        return self.weights.shape[0]

    @property
    def random(self) -> tuple[str, ...]:
        return tuple(name for name, part in self.parts.items() if part.random is not None)

    @property
    def fixed(self) -> int:
        """Parameters that are not random effects: columns, the power, dispersions."""
        has_power = self.power and "neighbours" in self.parts
        return sum(part.X.shape[1] for part in self.parts.values()) + has_power + self.dispersions

    @property
    def limits(self) -> Floats:
        columns = sum(part.X.shape[1] for part in self.parts.values())
        rows = [_COEFFICIENT] * columns
        rows += [_STEEPNESS] * (self.fixed - columns - self.dispersions) + [_DISPERSION] * self.dispersions
        return np.array(rows + [_COEFFICIENT] * (self.places * len(self.random)))

    def at_columns(self, name: str) -> slice:
        """The position of the columns of a part in the vector."""
        begin = 0
        for other, part in self.parts.items():
            if other == name:
                return slice(begin, begin + part.X.shape[1])
            begin += part.X.shape[1]
        raise KeyError(name)

    def near(self, power: float) -> tuple[Floats, Floats, Floats]:
        """What neighbours pass on to each row, with its first and second derivative in the power; shape (n,) each."""
        w, dw, ddw = weighted(self.weights, power if self.power else None, self.normalise)
        return tuple((self.past @ m)[self.last, self.place] for m in (w, dw, ddw))  # type: ignore[return-value]

    def value(self, theta: Floats, precision: Floats | None = None) -> tuple[float, Floats, Floats]:
        """The log-likelihood (minus the penalty of random effects), its score and its Hessian."""
        n, size = self.y.size, theta.size
        at_power = self.fixed - self.dispersions - 1 if self.power and "neighbours" in self.parts else -1
        J = np.zeros((n, size))  # of the mean
        curved: list[tuple[Floats, Floats, slice]] = []  # part of the mean, its design, where; each an exponential
        mean = np.zeros(n)
        near = (np.zeros(n),) * 3
        for name, part in self.parts.items():
            at = self.at_columns(name)
            D, eta = part.X, part.X @ theta[at]
            if part.random is not None:
                D, at = self.dense(name), slice(0, size)
                eta = D @ theta
            level = np.exp(np.clip(eta, -40, 40))
            if name == "neighbours":
                near = self.near(theta[at_power] if at_power >= 0 else 1.0)
                near = (near[0] * level, near[1] * level, near[2] * level)
            m = near[0] if name == "neighbours" else part.times * level
            mean += m
            J[:, at] += m[:, None] * D
            curved.append((m, D, at))
        if at_power >= 0:
            J[:, at_power] += near[1]
        mean = np.maximum(mean, 1e-12)
        psi, which = self._spread(theta)
        own = 1 + psi * mean
        first = (self.y - mean) / (mean * own)
        second = -self.y / mean**2 + psi * (1 + psi * self.y) / own**2
        value = float(np.sum(self.y * np.log(mean) - _log_rise(psi, mean, self.y)))
        score = J.T @ first
        H = J.T @ (second[:, None] * J)
        for m, D, at in curved:
            H[at, at] += D.T @ ((first * m)[:, None] * D)
        if at_power >= 0:
            _, D, at = curved[list(self.parts).index("neighbours")]
            cross = D.T @ (first * near[1])
            H[at_power, at] += cross
            H[at, at_power] += cross
            H[at_power, at_power] += float(first @ near[2])
        if self.dispersions:
            value = self._with_dispersion(value, score, H, J, mean, psi, which)
        value += self._constant()
        if precision is not None:
            b = theta[self.fixed :].reshape(len(self.random), self.places)
            pull = precision @ b
            value -= 0.5 * float(np.sum(b * pull))
            score[self.fixed :] -= pull.ravel()
            H[self.fixed :, self.fixed :] -= np.kron(precision, np.eye(self.places))
        return value, score, H

    def dense(self, name: str) -> Floats:
        """The design of a part in all parameters, random intercepts among them."""
        part = self.parts[name]
        D = np.zeros((self.y.size, self.fixed + self.places * len(self.random)))
        D[:, self.at_columns(name)] = part.X
        if part.random is not None:
            D[np.arange(self.y.size), self.fixed + self.random.index(name) * self.places + part.random] = 1.0
        return D

    def _constant(self) -> float:
        counts = np.bincount(self.y.astype(np.int64))
        return -float(sum(c * math.lgamma(k + 1) for k, c in enumerate(counts) if c))

    def _spread(self, theta: Floats) -> tuple[Floats, Ints]:
        """Dispersion of each row, and the index of its parameter."""
        if not self.dispersions:
            return np.zeros(self.y.size), np.zeros(self.y.size, np.int64)
        which = self.place if self.dispersions > 1 else np.zeros(self.y.size, np.int64)
        return np.exp(theta[self.fixed - self.dispersions : self.fixed])[which], which

    def _with_dispersion(
        self, value: float, score: Floats, H: Floats, J: Floats, mean: Floats, psi: Floats, which: Ints
    ) -> float:
        """The terms of the dispersions, in their logarithms: var = mean + dispersion mean squared."""
        y, own, log_own = self.y, 1 + psi * mean, np.log1p(psi * mean)
        most = int(y.max()) + 1
        k = np.arange(most)
        first, second = np.zeros(y.size), np.zeros(y.size)
        for i in range(self.dispersions):  # sums over k < y of log(1 + psi k) and its derivatives
            rows = which == i
            if not rows.any():
                continue
            s = psi[rows][0]
            share = k / (1 + s * k)
            sums = [np.concatenate([[0.0], np.cumsum(v)]) for v in (np.log1p(s * k), share, -(share**2))]
            at = y[rows].astype(np.int64)
            value += float(sums[0][at].sum())
            first[rows], second[rows] = sums[1][at], sums[2][at]
        first += log_own / psi**2 - (y + 1 / psi) * mean / own
        second += -2 * log_own / psi**3 + 2 * mean / (psi**2 * own) + (y + 1 / psi) * (mean / own) ** 2
        cross = -(y - mean) / own**2
        for i in range(self.dispersions):
            rows, at = which == i, self.fixed - self.dispersions + i
            score[at] += float(np.sum((psi * first)[rows]))
            H[at, at] += float(np.sum((psi**2 * second + psi * first)[rows]))
            mixed = J[rows].T @ (psi * cross)[rows]
            H[at] += mixed
            H[:, at] += mixed
        return value

    def without_neighbours(self) -> NeighbourModel:
        return replace(self, parts={k: v for k, v in self.parts.items() if k != "neighbours"})


def _log_rise(psi: Floats, mean: Floats, y: Floats) -> Floats:
    """(y + 1 / psi) log(1 + psi mean), and its limit, the mean, where psi is 0."""
    small = psi < 1e-12
    safe = np.where(small, 1.0, psi)
    return np.where(small, mean, (y + 1 / safe) * np.log1p(safe * mean))


def weighted(weights: Floats, power: float | None, normalise: bool) -> tuple[Floats, Floats, Floats]:
    """Weights by source and target, with their first and second derivative in the power (0 where not estimated)."""
    if power is None:
        w, dw, ddw = weights, np.zeros_like(weights), np.zeros_like(weights)
    else:
        some = weights > 0
        log = np.where(some, np.log(np.where(some, weights, 1.0)), 0.0)
        w = np.where(some, np.exp(-power * log), 0.0)
        dw, ddw = -log * w, log**2 * w
    if not normalise:
        return w, dw, ddw
    s, ds, dds = (m.sum(axis=1, keepdims=True) for m in (w, dw, ddw))
    s = np.where(s > 0, s, 1.0)
    a = w / s
    da = (dw - a * ds) / s
    return a, da, (ddw - 2 * da * ds - a * dds) / s


@dataclass(frozen=True)
class Maximum:
    """A maximum: its vector, the log-likelihood (penalised by random effects), and the information there."""

    theta: Floats
    value: float
    information: Floats


def maximum(
    model: NeighbourModel, starts: Sequence[Floats], precision: Floats | None = None, tolerance: float = _TOLERANCE
) -> Maximum:
    """The highest maximum found from several starting points, by Newton's method within bounds."""
    found = [_newton(model, start, precision, tolerance) for start in starts]
    return max(found, key=lambda f: f.value)


def _newton(model: NeighbourModel, theta: Floats, precision: Floats | None, tolerance: float) -> Maximum:
    limits = model.limits
    theta = np.clip(theta, limits[:, 0], limits[:, 1])
    value, score, H = model.value(theta, precision)
    for _ in range(_MOST):
        values, vectors = np.linalg.eigh(-H)
        B = (vectors * np.maximum(np.abs(values), 1e-6 * max(abs(values[-1]), 1.0))) @ vectors.T
        low = np.maximum(limits[:, 0] - theta, -_LONGEST)
        high = np.minimum(limits[:, 1] - theta, _LONGEST)
        step = quadratic_minimum(B, -score, low, high)
        gain = float(score @ step)
        if gain < tolerance:
            break
        share = 1.0
        while share > 1e-6:
            there = model.value(theta + share * step, precision)
            if math.isfinite(there[0]) and there[0] >= value + 1e-4 * share * gain:
                break
            share *= 0.5
        else:
            break
        theta, (value, score, H) = theta + share * step, there
    return Maximum(theta, value, -H)


__all__ = ["Maximum", "NeighbourModel", "Part", "maximum", "weighted"]
