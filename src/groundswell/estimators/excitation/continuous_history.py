"""Kernels in continuous time, and the histories that they build from the events before each event."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import special

from groundswell.estimators.excitation.continuous_kernels import histories
from groundswell.estimators.excitation.continuous_marginal import combine, cumulative_weights, pair_sums

Floats = NDArray[np.float64]
Form = Literal["exponential", "power_law"]

_GRID = 14
_SPACING = 0.5  # of the log rates of a power law's exponentials: relative error below 1e-4 (tested)


@dataclass(frozen=True)
class Kernel:
    """The form of the kernel into one target, its parameters (all logarithms but the productivity) and their bounds.

    exponential ``g(t) = r exp(-r t)``, ``r = log 2 / half-life``, one half-life or one per source; power law
    ``g(t) = theta c^theta (t + c)^-(1 + theta)`` (Lomax; Omori's law). Each integrates to one. Marks multiply it by
    ``size^productivity``, divided by the mean of that over the events of the source; places by a normal density in the
    plane of standard deviation ``spread`` (km).
    """

    form: Form
    per_pair: bool
    marked: bool
    spatial: bool
    exact: bool
    low: Floats
    high: Floats
    sources: int
    rates: Floats = field(default_factory=lambda: np.empty(0))  # of the exponentials that stand in for a power law

    @property
    def shape_parameters(self) -> int:
        return 2 if self.form == "power_law" else self.sources if self.per_pair else 1

    @property
    def size(self) -> int:
        return self.shape_parameters + self.marked + self.spatial

    @property
    def pairwise(self) -> bool:
        return self.spatial or self.exact

    def productivity(self, theta: Floats) -> float:
        return float(theta[self.shape_parameters]) if self.marked else 0.0

    def spread(self, theta: Floats) -> float:
        return math.exp(theta[-1]) if self.spatial else 0.0

    def half_lives(self, theta: Floats) -> Floats:
        """Time by which half of the direct effects of an event of each source have occurred; shape (sources,)."""
        if self.form == "power_law":
            c, tail = math.exp(theta[0]), math.exp(theta[1])
            return np.full(self.sources, c * (2 ** (1 / tail) - 1))
        return np.exp(theta[: self.sources]) if self.per_pair else np.full(self.sources, math.exp(theta[0]))

    def cumulative(self, tau: Floats, source: int, theta: Floats) -> Floats:
        """Share of the direct effects that have occurred by a time tau."""
        if self.form == "power_law":
            return 1 - (1 + tau / math.exp(theta[0])) ** -math.exp(theta[1])
        return 1 - np.exp2(-tau / self.half_lives(theta)[source])

    def named(self, theta: Floats, sources: Sequence[str]) -> dict[str, float]:
        """The parameters by name, in days and km."""
        if self.form == "power_law":
            found = {"c": math.exp(theta[0]), "theta": math.exp(theta[1])}
        elif self.per_pair:
            found = {f"half_life from {name}": math.exp(x) for name, x in zip(sources, theta, strict=False)}
        else:
            found = {"half_life": math.exp(theta[0])}
        if self.marked:
            found["productivity"] = self.productivity(theta)
        if self.spatial:
            found["spread"] = self.spread(theta)
        return found

    def mixture(self, theta: Floats) -> tuple[Floats, Floats]:
        """Weights a (M,) of the exponentials of a power law, and their derivatives in log c and log theta (2, M).

        ``theta c^theta (t+c)^-(1+theta) = integral of (c r)^theta exp(-c r) / Gamma(theta) r exp(-r t) d log r``, by
        the trapezium rule.
        """
        c, tail = math.exp(theta[0]), math.exp(theta[1])
        cr = c * self.rates
        a = _SPACING * np.exp(tail * np.log(cr) - cr - special.gammaln(tail))
        return a, np.stack([a * (tail - cr), a * tail * (np.log(cr) - special.digamma(tail))])

    def response(self, frequency: Floats, theta: Floats, source: int = 0) -> NDArray[np.complex128]:
        """Fourier transform of the kernel at frequencies in cycles per day."""
        omega = 2j * np.pi * np.asarray(frequency)
        if self.form == "power_law":
            a, _ = self.mixture(theta)
            return np.sum((a / a.sum() * self.rates)[:, None] / (self.rates[:, None] + omega), axis=0)
        rate = math.log(2) / self.half_lives(theta)[source]
        return rate / (rate + omega)

    def grid(self) -> list[Floats]:
        """Parameters to scan when no start is known."""
        middle = 0.5 * (self.low + self.high)
        points = []
        first = np.linspace(self.low[0], self.high[0], _GRID if self.size == self.shape_parameters == 1 else 8)
        second = np.linspace(self.low[1], self.high[1], 3) if self.form == "power_law" else [0.0]
        marks = [0.0, 0.5, 1.0] if self.marked else [0.0]
        spreads = np.linspace(self.low[-1], self.high[-1], 4) if self.spatial else [0.0]
        for x in first:
            for y in second:
                for productivity in marks:
                    for s in spreads:
                        theta = middle.copy()
                        theta[: self.shape_parameters] = x
                        if self.form == "power_law":
                            theta[1] = y
                        if self.marked:
                            theta[self.shape_parameters] = productivity
                        if self.spatial:
                            theta[-1] = s
                        points.append(theta)
        return points


def power_law_rates(shortest: float, span: float) -> Floats:
    """Rates of the exponentials that stand in for any power law with c from ``shortest`` up, over a span."""
    low, high = math.log(1e-4 / span), math.log(45.0 / shortest)
    return np.exp(low + _SPACING * np.arange(math.ceil((high - low) / _SPACING) + 1))


@dataclass(frozen=True)
class EventHistory:
    """Events of all kinds in order of time, counted in days from the start of the record."""

    times: Floats
    kind: NDArray[np.int64]
    K: int
    span: float
    log_size: Floats | None = None  # relative to the geometric mean
    place: Floats | None = None  # (n, 2), km
    density: Floats | None = None  # (n,), of the background at each event, per square km

    def weights(self, productivity: float) -> tuple[Floats, Floats]:
        """size^productivity over its mean, per kind, and the derivative in the productivity."""
        if self.log_size is None:
            return np.ones(self.times.size), np.zeros(self.times.size)
        w = np.exp(productivity * self.log_size)
        slope = w * self.log_size
        total = np.bincount(self.kind, w, self.K)
        number = np.maximum(np.bincount(self.kind, minlength=self.K), 1)
        mean_slope = np.bincount(self.kind, slope, self.K) / np.maximum(total, 1e-300)
        m = w / (total / number)[self.kind]
        return m, m * (self.log_size - mean_slope[self.kind])


@dataclass(frozen=True)
class Sums:
    """Histories at the events of a target: z (n, K), derivatives dz (P, n, K); totals G (K,) to the end and slopes."""

    z: Floats
    dz: Floats
    G: Floats
    G_slopes: Floats
    node_z: Floats
    node_dz: Floats


def _ordered(a: Floats) -> Floats:
    return np.ascontiguousarray(a)


def _exponential_sums(
    record: EventHistory, kernel: Kernel, theta: Floats, query: Floats, before
) -> tuple[Floats, Floats, Floats]:
    """z, dz, and the cumulative effects, at any times; the kernel is exponential."""
    K = record.K
    half = kernel.half_lives(theta)
    rates = math.log(2) / half
    w, slope = record.weights(kernel.productivity(theta))
    shared = not kernel.per_pair
    out = np.empty((2, query.size, K))
    histories(record.times, record.kind, w, rates, shared, query, before, 1, out)
    R, D = out
    z = rates * R
    in_log_half = rates * (rates * D - R)
    dz = np.zeros((kernel.size, query.size, K))
    if kernel.per_pair:
        for j in range(K):
            dz[j, :, j] = in_log_half[:, j]
    else:
        dz[0] = in_log_half
    if kernel.marked:
        marks = np.empty((1, query.size, K))
        histories(record.times, record.kind, slope, rates, shared, query, before, 0, marks)
        dz[kernel.shape_parameters] = rates * marks[0]
    return z, dz, cumulative_weights(record.kind, w, K, before) - R


class History:
    """Histories of a record at the events of one target and at the nodes of a softened intensity."""

    def __init__(self, record: EventHistory, kernel: Kernel, members: NDArray[np.int64], nodes: Floats):
        self.record, self.kernel, self.members = record, kernel, members
        self.query = np.append(record.times[members], record.span)
        self.before = np.searchsorted(record.times, self.query, side="left").astype(np.int64)
        self.nodes = nodes
        self.nodes_before = np.searchsorted(record.times, nodes, side="left").astype(np.int64)
        self._bases: dict[float, tuple] = {}
        self._kept: tuple[bytes, Sums] | None = None

    def _basis(self, productivity: float, query: Floats, before, name: float) -> tuple[Floats, Floats, Floats]:
        """Histories for each rate of a power law's mixture, with weights and with their slopes; and summed weights."""
        key = (name, productivity)
        if key not in self._bases:
            if len(self._bases) > 3:
                self._bases.clear()
            record, rates = self.record, self.kernel.rates
            w, slope = record.weights(productivity)
            parts = []
            for weight in [w, slope] if self.kernel.marked else [w]:
                basis = np.empty((rates.size, query.size, record.K))
                for m, rate in enumerate(rates):
                    histories(
                        record.times,
                        record.kind,
                        weight,
                        np.full(record.K, rate),
                        True,
                        query,
                        before,
                        0,
                        basis[m : m + 1],
                    )
                parts.append(basis)
            total = cumulative_weights(record.kind, w, record.K, before)
            slopes = cumulative_weights(record.kind, slope, record.K, before)
            self._bases[key] = (parts[0], parts[-1], total, slopes)  # type: ignore[index]
        return self._bases[key]  # type: ignore[index, return-value]

    def _at(self, theta: Floats, query: Floats, before, name: float, members) -> tuple[Floats, Floats, Floats, Floats]:
        """z, dz, cumulative effects C and their derivatives dC at some times."""
        record, kernel = self.record, self.kernel
        P, K = kernel.size, record.K
        if kernel.pairwise:
            w, slope = record.weights(kernel.productivity(theta))
            power = kernel.form == "power_law"
            p0 = math.exp(theta[0]) if power else math.log(2) / math.exp(theta[0])
            p1 = math.exp(theta[1]) if power else 0.0
            place = record.place if kernel.spatial and record.place is not None else np.zeros((record.times.size, 2))
            density = record.density if kernel.spatial and record.density is not None else np.ones(record.times.size)
            inside = query[: members.size]
            out = np.empty((1 + P, members.size, K))
            pair_sums(
                record.times, record.kind, w, slope, place, density[members], inside, place[members],
                before[: members.size], power, p0, p1, kernel.spread(theta), kernel.marked, out,
            )  # fmt: skip
            z = np.vstack([out[0], np.zeros((query.size - members.size, K))])
            dz = np.concatenate([out[1:], np.zeros((P, query.size - members.size, K))], axis=1)
            flat = replace(kernel, spatial=False, exact=False)
            if power:
                C, dC = self._closed(theta, query, before)
            else:
                _, _, C = _exponential_sums(record, flat, theta, query, before)
                dC = self._exponential_slopes(flat, theta, query, before)
                if kernel.spatial:
                    dC = np.concatenate([dC, np.zeros((1, query.size, K))])
            return z, dz, C, dC
        if kernel.form == "exponential":
            z, dz, C = _exponential_sums(record, kernel, theta, query, before)
            return z, dz, C, self._exponential_slopes(kernel, theta, query, before, dz, z)
        a, da = kernel.mixture(theta)
        R, S, total, slopes = self._basis(kernel.productivity(theta), query, before, name)  # type: ignore[misc]
        rates = kernel.rates
        mass, dmass = float(a.sum()), da.sum(axis=1)
        z, C = combine(a * rates, R), mass * total - combine(a, R)
        dz, dC = np.zeros((P, query.size, K)), np.zeros((P, query.size, K))
        for i in range(2):
            dz[i], dC[i] = combine(da[i] * rates, R), dmass[i] * total - combine(da[i], R)
        if kernel.marked:
            dz[2], dC[2] = combine(a * rates, S), mass * slopes - combine(a, S)
        return z, dz, C, dC

    def _exponential_slopes(self, kernel: Kernel, theta, query, before, dz=None, z=None) -> Floats:
        """Derivatives of the cumulative effects; in log half-life ``-rate D``, D the sums with a factor tau."""
        record = self.record
        K = record.K
        half = kernel.half_lives(theta)
        rates = math.log(2) / half
        if dz is None or z is None:
            z, dz, _ = _exponential_sums(record, kernel, theta, query, before)
        dC = np.zeros_like(dz)
        # C = W - R and R falls by D per unit of rate; dz = rate (rate D - R), z = rate R, so rate D = (dz + z) / rate
        if kernel.per_pair:
            for j in range(K):
                dC[j, :, j] = -(dz[j, :, j] + z[:, j]) / rates[j]
        else:
            dC[0] = -(dz[0] + z) / rates
        if kernel.marked:
            _, slope = record.weights(kernel.productivity(theta))
            dC[kernel.shape_parameters] = (
                cumulative_weights(record.kind, slope, K, before) - dz[kernel.shape_parameters] / rates
            )
        return dC

    def _closed(self, theta: Floats, query: Floats, before) -> tuple[Floats, Floats]:
        """Cumulative effects of a power law, pair by pair; derivatives (by differences) at the last query only."""
        record, kernel = self.record, self.kernel

        def effects(point: Floats, rows) -> Floats:
            w, _ = record.weights(kernel.productivity(point))
            out = np.zeros((len(rows), record.K))
            for a, i in enumerate(rows):
                share = kernel.cumulative(query[i] - record.times[: before[i]], 0, point) * w[: before[i]]
                out[a] = np.bincount(record.kind[: before[i]], share, record.K)
            return out

        C = effects(theta, range(query.size))
        dC = np.zeros((kernel.size, query.size, record.K))
        for i in range(kernel.size - kernel.spatial):
            step = np.zeros(theta.size)
            step[i] = 1e-5
            last = [query.size - 1]
            dC[i, -1] = (effects(theta + step, last) - effects(theta - step, last))[0] / 2e-5
        return C, dC

    def __call__(self, theta: Floats) -> Sums:
        key = theta.tobytes()
        if self._kept is None or self._kept[0] != key:
            z, dz, C, dC = self._at(theta, self.query, self.before, 0.0, self.members)
            node_z, node_dz = np.zeros((0, self.record.K)), np.zeros((self.kernel.size, 0, self.record.K))
            if self.nodes.size:
                node_z, node_dz, _, _ = self._at(theta, self.nodes, self.nodes_before, 1.0, self.members)
            sums = Sums(
                _ordered(z[:-1]), _ordered(dz[:, :-1]), C[-1].copy(), _ordered(dC[:, -1]), node_z, _ordered(node_dz)
            )
            self._kept = (key, sums)
        return self._kept[1]

    def cumulative(self, theta: Floats) -> Floats:
        """Effects of earlier events that have occurred by each target event, and by the end; shape (n + 1, K)."""
        return self._at(theta, self.query, self.before, 0.0, self.members)[2]
