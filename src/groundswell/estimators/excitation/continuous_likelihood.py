"""Likelihood of excitation in continuous time: kernels, maximisation, tests and intervals. Used by `continuous`.

The outer parameters are few (branching, those of the kernel, stiffness of the trend); the coefficients of the baseline
are maximised, and those of the trend's wiggles integrated out, within each evaluation (see `continuous_kernels`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special

from groundswell.estimators.excitation.continuous_baseline import Design
from groundswell.estimators.excitation.continuous_kernels import histories
from groundswell.estimators.excitation.continuous_marginal import (
    combine,
    cumulative_weights,
    gram,
    pair_sums,
    penalised,
    weighted_columns,
    weighted_rows,
)

Floats = NDArray[np.float64]
Form = Literal["exponential", "power_law"]


CONSTANT_TERM = 1e-4  # prior precision of the constant: sd 100 in a logarithm
# Prior precision of the free columns, of mean square one over time: sd 1 in a logarithm (growth by 20 is 0.86, a jump
# by 5 is 0.8). With less, a baseline that excitation has all but replaced goes wild to fit single events.
COLUMN = 1.0
STIFFNESS = (1e-2, 1e6)  # of the trend: wiggles in the logarithm from sd 10 to sd 0.001
_GRID = 14
_MOST_EXPLAINED = 1.5  # bound of branching: no source brings about more than 1.5 times all events of the target
_SPACING = 0.5  # of the log rates of a power law's exponentials: relative error below 1e-4 (tested)
_ROUND = 0.3  # where 1 - branching falls below about this, the adjustment for free columns stops growing


# --- kernels ----------------------------------------------------------------------------------------------------------


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
        """Time by which half of the direct effects of an event of each source have come; shape (sources,)."""
        if self.form == "power_law":
            c, tail = math.exp(theta[0]), math.exp(theta[1])
            return np.full(self.sources, c * (2 ** (1 / tail) - 1))
        return np.exp(theta[: self.sources]) if self.per_pair else np.full(self.sources, math.exp(theta[0]))

    def cumulative(self, tau: Floats, source: int, theta: Floats) -> Floats:
        """Share of the direct effects that have come by a time tau."""
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
        """Parameters to scan where nothing is known."""
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
class Record:
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
    record: Record, kernel: Kernel, theta: Floats, query: Floats, before
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

    def __init__(self, record: Record, kernel: Kernel, members: NDArray[np.int64], nodes: Floats):
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
        """Effects of earlier events that have come by each event of the target, and by the end; shape (n + 1, K)."""
        return self._at(theta, self.query, self.before, 0.0, self.members)[2]


# --- targets ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Target:
    """Events of one kind with their sources and their baseline."""

    k: int
    history: History
    design: Design
    row: NDArray[np.int64]
    soft: float
    node_row: NDArray[np.int64]
    node_width: Floats
    scale: Floats  # (K,); a unit step in n / scale is about one standard error
    b0: Floats
    strength: Floats  # (w,); eigenvalues of the information on the wiggles, at a smoothed record
    own: bool  # whether the target is among its own sources (not so in a placebo)

    @property
    def events(self) -> int:
        return self.row.size

    @property
    def sources(self) -> int:
        return self.history.record.K

    @property
    def kernel(self) -> Kernel:
        return self.history.kernel


@dataclass(frozen=True)
class Point:
    """A fitted point of targets that share their kernel's parameters; lists run over the targets."""

    b: list[Floats]
    n: list[Floats]
    theta: Floats
    stiffness: list[float]
    log_likelihood: float


def softened(u: Floats, soft: float) -> Floats:
    """``soft log(1 + exp(u / soft))``."""
    return soft * np.logaddexp(0, u / soft)


_GAUSS_X, _GAUSS_W = np.polynomial.legendre.leggauss(5)


def nodes_between(times: Floats, edges: Floats, shortest: float) -> tuple[Floats, Floats]:
    """Nodes and weights of the integral over time: Gauss-Legendre on stretches that double in length after each event.

    The first stretch is the shortest half-life, so that any decay up to that is resolved; tested against exact
    integrals.
    """
    ends = np.unique(np.concatenate([times, edges]))
    left, length = ends[:-1], np.diff(ends)
    since = left - times[np.maximum(np.searchsorted(times, left, side="right") - 1, 0)]
    since = np.where(left >= times[0], since, edges[-1])
    starts, widths = [], []
    for a, size, age in zip(left, length, since, strict=True):
        first = max(shortest, age)
        parts = max(1, math.ceil(math.log2(size / first + 1)))
        cuts = np.minimum(first * (2.0 ** np.arange(parts + 1) - 1), size)
        cuts[-1] = size
        starts.append(a + cuts[:-1])
        widths.append(np.diff(cuts))
    start, width = np.concatenate(starts), np.concatenate(widths)
    nodes = start[:, None] + 0.5 * width[:, None] * (1 + _GAUSS_X)
    return nodes.ravel(), (0.5 * width[:, None] * _GAUSS_W).ravel()


def prepare_target(
    record: Record, kernel: Kernel, k: int, times: Floats, design: Design, inhibition: bool, own: bool = True
) -> Target:
    """One target; ``times`` are those of its events (those of the record's kind k, but for placebos)."""
    members = np.flatnonzero(record.kind == k)
    soft = 0.1 * members.size / record.span if inhibition else 0.0
    nodes, weights = np.empty(0), np.empty(0)
    if inhibition:
        nodes, weights = nodes_between(record.times, design.edges, math.exp(kernel.low[0]))
    history = History(record, kernel, members, nodes)
    row = design.rows(times)
    number = np.bincount(record.kind, minlength=record.K)
    b0 = np.zeros(design.X.shape[0])
    b0[0] = math.log(max(times.size, 1) / record.span)
    scale = 1 / np.sqrt(np.maximum(number * number / max(members.size, 1) * 0.5, 1.0))
    # the rate in forty stretches, smoothed over five of them
    bins = np.histogram(times, bins=40, range=(0, record.span))[0].astype(float)
    smooth = np.convolve(np.pad(bins, 2, mode="edge"), np.full(5, 0.2), "valid") + 0.02 * bins.mean()
    rate = smooth[np.minimum((design.time * (40 / record.span)).astype(int), 39)] * (40 / record.span)
    wiggles = np.ascontiguousarray(design.X[design.rigid :])
    strength = np.linalg.eigvalsh(gram(wiggles, design.width * rate)) if len(wiggles) else np.empty(0)
    strength = np.maximum(strength, 0.0)
    return Target(k, history, design, row, soft, design.rows(nodes), weights, scale, b0, strength, own)


def prior_precision(t: Target, stiffness: float) -> Floats:
    """Of the coefficients: the constant, free columns, wiggles."""
    prior = np.full(t.design.X.shape[0], COLUMN)
    prior[0] = CONSTANT_TERM
    prior[t.design.rigid :] = stiffness
    return prior


def adjustment(t: Target, n: float, theta: Floats, stiffness: float) -> float:
    """What fitting the baseline costs self-excitation: ``1/2 log |M(n)|``, M the information on its columns.

    In terms of the marginal mean (orthogonal to n, nearly), a column that swings with frequency f moves the intensity
    by a factor ``1 - n ghat(f)``, so the information on it falls as n rises and the profile likelihood is biased
    against n. Subtracting this (Cox & Reid 1987; REML in the linear case) takes the bias away. Free columns count in
    full, wiggles as their effective degrees of freedom. Rounded off near ``n ghat = 1``. Excitation by other kinds
    needs none: their events do not move with the baseline of this one.
    """
    if not t.own:
        return 0.0
    frequencies, counts = t.design.frequencies, np.ones(t.design.frequencies.size)
    if t.strength.size:
        cycles = 0.25 * t.strength.size / t.history.record.span  # of the middle wiggle: half a cycle for two pieces
        frequencies = np.append(frequencies, cycles)
        counts = np.append(counts, float(np.sum(t.strength / (t.strength + stiffness))))
    if counts.size == 0:
        return 0.0
    left = np.abs(1 - n * t.kernel.response(frequencies, theta, t.k)) ** 2
    return 0.5 * float(counts @ np.log((left + _ROUND**2) / (1 + _ROUND**2)))


def _adjustment_slopes(t: Target, n: float, theta: Floats, stiffness: float) -> tuple[float, Floats, float]:
    """Derivatives in n, the kernel's parameters and log stiffness, by central differences of a smooth function."""
    slopes, in_stiffness = np.zeros(theta.size), 0.0
    if not t.own:
        return 0.0, slopes, 0.0
    step = 1e-5
    in_n = (adjustment(t, n + step, theta, stiffness) - adjustment(t, n - step, theta, stiffness)) / (2 * step)
    if n != 0.0:
        for i in range(t.kernel.shape_parameters):
            move = np.zeros(theta.size)
            move[i] = step
            up, down = adjustment(t, n, theta + move, stiffness), adjustment(t, n, theta - move, stiffness)
            slopes[i] = (up - down) / (2 * step)
        if t.strength.size:
            up, down = (adjustment(t, n, theta, stiffness * math.exp(side * step)) for side in (1, -1))
            in_stiffness = (up - down) / (2 * step)
    return in_n, slopes, in_stiffness


@dataclass(frozen=True)
class Evaluation:
    """Adjusted marginal log-likelihood of one target and its derivatives."""

    value: float
    in_n: Floats
    in_theta: Floats
    in_log_stiffness: float


def evaluate(t: Target, n: Floats, theta: Floats, stiffness: float, b: Floats) -> Evaluation:
    """The likelihood of one target; b starts the inner search and receives its maximum."""
    sums = t.history(theta)
    excess = weighted_rows(sums.z, n)
    node_excess = weighted_rows(sums.node_z, n)
    at_events, at_nodes = np.empty(t.events), np.empty(t.node_row.size)
    value = penalised(
        t.design.X, prior_precision(t, stiffness), t.design.width, t.row, excess, t.soft, t.node_row,
        t.node_width, node_excess, b, at_events, at_nodes,
    )  # fmt: skip
    # wiggles integrated out (Laplace), with the information that a smoothed record has on them whatever excites it
    value -= 0.5 * float(np.sum(np.log1p(t.strength / stiffness)))
    in_stiffness = 0.5 * float(np.sum(t.strength / (t.strength + stiffness)))
    in_stiffness -= 0.5 * stiffness * float(np.sum(b[t.design.rigid :] ** 2))
    in_n = weighted_columns(sums.z, at_events)
    in_theta = np.array([float(weighted_columns(d, at_events) @ n) for d in sums.dz])
    if t.soft > 0:
        in_n += weighted_columns(sums.node_z, at_nodes)
        in_theta += np.array([float(weighted_columns(d, at_nodes) @ n) for d in sums.node_dz])
    else:
        value -= float(n @ sums.G)
        in_n -= sums.G
        in_theta -= sums.G_slopes @ n
    if t.own:
        value -= adjustment(t, float(n[t.k]), theta, stiffness)
        slope, slopes, in_adjustment = _adjustment_slopes(t, float(n[t.k]), theta, stiffness)
        in_n[t.k] -= slope
        in_theta -= slopes
        in_stiffness -= in_adjustment
    return Evaluation(value, in_n, in_theta, in_stiffness)


def widest_branching(t: Target) -> Floats:
    """Bounds of the branching from each source, (K,)."""
    number = np.bincount(t.history.record.kind, minlength=t.sources)
    return _MOST_EXPLAINED * t.events / np.maximum(number, 1)


def maximise(
    targets: Sequence[Target],
    *,
    start: Point,
    fixed: dict[tuple[int, int], float] | None = None,
    fixed_theta: Sequence[int] = (),
    no_excitation: bool = False,
    fixed_stiffness: bool = False,
) -> Point:
    """Maximum adjusted marginal likelihood of targets that share their kernel; ``fixed[(k, j)]`` holds source j of
    target k.

    Indices in ``fixed_theta`` are held where the start has them. SLSQP with the likelihood's exact gradient: it needs
    half the evaluations of L-BFGS-B here, and starts no threads.
    """
    fixed = fixed or {}
    kernel = targets[0].kernel
    if no_excitation and all(t.design.X.shape[0] == t.design.rigid for t in targets):
        b = [v.copy() for v in start.b]
        zeros = [np.zeros(t.sources) for t in targets]
        value = sum(evaluate(t, z, start.theta, 1.0, v).value for t, z, v in zip(targets, zeros, b, strict=True))
        return Point(b, zeros, start.theta.copy(), list(start.stiffness), value)
    x0: list[float] = []
    limits: list[tuple[float, float]] = []
    for k, t in enumerate(targets):
        widest = widest_branching(t)
        for j in range(t.sources):
            lowest = -widest[j] if t.soft > 0 else 0.0
            n = min(max(float(start.n[k][j]), lowest), widest[j]) / t.scale[j]
            if no_excitation or (k, j) in fixed:
                n = 0.0 if no_excitation else fixed[(k, j)] / t.scale[j]
                limits.append((n, n))
            else:
                limits.append((lowest / t.scale[j], widest[j] / t.scale[j]))
            x0.append(n)
        edge = (math.log(STIFFNESS[0]), math.log(STIFFNESS[1]))
        x0.append(min(max(math.log(start.stiffness[k]), edge[0]), edge[1]))
        held = fixed_stiffness or t.design.rigid == t.design.X.shape[0]
        limits.append((x0[-1], x0[-1]) if held else edge)
    theta0 = np.clip(start.theta, kernel.low, kernel.high)
    for i in range(kernel.size):
        x0.append(float(theta0[i]))
        held = no_excitation or i in fixed_theta
        limits.append((x0[-1], x0[-1]) if held else (float(kernel.low[i]), float(kernel.high[i])))
    best_value, best_x, best_b = -math.inf, np.array(x0), [v.copy() for v in start.b]

    def negative(x: Floats) -> tuple[float, Floats]:
        nonlocal best_value, best_b
        theta = np.ascontiguousarray(x[-kernel.size :])
        out, value, at, b = np.zeros(x.size), 0.0, 0, []
        for k, t in enumerate(targets):
            J = t.sources
            b.append(best_b[k].copy())  # a wild trial must not leave its coefficients to the next
            found = evaluate(t, x[at : at + J] * t.scale, theta, math.exp(x[at + J]), b[k])
            value += found.value
            out[at : at + J] = found.in_n * t.scale
            out[at + J] = found.in_log_stiffness
            out[-kernel.size :] += found.in_theta
            at += J + 1
        if not math.isfinite(value):
            return 1e15, np.zeros(x.size)
        if value > best_value:
            best_value, best_b = value, b
            best_x[:] = x
        return -value, -out

    if any(low < high for low, high in limits):
        options = {"maxiter": 200, "ftol": 1e-7}
        optimize.minimize(negative, np.array(x0), jac=True, method="SLSQP", bounds=limits, options=options)
    else:
        negative(np.array(x0))
    n_found, stiffness_found, at = [], [], 0
    for t in targets:
        n_found.append(best_x[at : at + t.sources] * t.scale)
        stiffness_found.append(math.exp(best_x[at + t.sources]))
        at += t.sources + 1
    return Point(best_b, n_found, best_x[-kernel.size :].copy(), stiffness_found, best_value)
