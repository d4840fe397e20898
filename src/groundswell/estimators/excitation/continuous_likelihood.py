"""The likelihood of events in continuous time: targets, their adjustment, and targets of one kernel as a `Group`.

The outer parameters are few (branching, those of the kernel, stiffness of the trend); the coefficients of the baseline
are maximised, and those of the trend's wiggles integrated out, within each evaluation (see `continuous_kernels`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from groundswell.estimators.excitation.continuous_baseline import ContinuousDesign
from groundswell.estimators.excitation.continuous_history import EventHistory, Floats, History, Kernel
from groundswell.estimators.excitation.continuous_marginal import gram, penalised, weighted_columns, weighted_rows
from groundswell.estimators.excitation.group import MOST_EXPLAINED

CONSTANT_TERM = 1e-4  # prior precision of the constant: sd 100 in a logarithm
# Prior precision of the free columns, of mean square one over time: sd 1 in a logarithm (growth by 20 is 0.86, a jump
# by 5 is 0.8). With less, a baseline that excitation has all but replaced goes wild to fit single events.
COLUMN = 1.0
_ROUND = 0.3  # where 1 - branching falls below about this, the adjustment for free columns stops growing


@dataclass(frozen=True)
class ContinuousTarget:
    """Events of one kind with their sources and their baseline."""

    k: int
    history: History
    design: ContinuousDesign
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

    @property
    def widest(self) -> Floats:
        """The largest branching from each source that is considered."""
        number = np.bincount(self.history.record.kind, minlength=self.sources)
        return MOST_EXPLAINED * self.events / np.maximum(number, 1)

    @property
    def wiggles(self) -> int:
        return self.design.X.shape[0] - self.design.rigid


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
    record: EventHistory,
    kernel: Kernel,
    k: int,
    times: Floats,
    design: ContinuousDesign,
    inhibition: bool,
    own: bool = True,
) -> ContinuousTarget:
    """One target; ``times`` are those of its events (those of the record's kind k, except for placebos)."""
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
    return ContinuousTarget(k, history, design, row, soft, design.rows(nodes), weights, scale, b0, strength, own)


def prior_precision(t: ContinuousTarget, stiffness: float) -> Floats:
    """Of the coefficients: the constant, free columns, wiggles."""
    prior = np.full(t.design.X.shape[0], COLUMN)
    prior[0] = CONSTANT_TERM
    prior[t.design.rigid :] = stiffness
    return prior


def adjustment(t: ContinuousTarget, n: float, theta: Floats, stiffness: float) -> float:
    """What fitting the baseline costs self-excitation: ``1/2 log |M(n)|``, M the information on its columns.

    In terms of the marginal mean (orthogonal to n, nearly), a column that swings with frequency f moves the intensity
    by a factor ``1 - n ghat(f)``, so the information on it falls as n rises and the profile likelihood is biased
    against n. Subtracting this (Cox & Reid 1987; REML in the linear case) takes the bias away. Free columns count in
    full, wiggles as their effective degrees of freedom. Rounded off near ``n ghat = 1``. Excitation by other kinds
    needs no adjustment: their events do not move with the baseline of this one.
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


def _adjustment_slopes(t: ContinuousTarget, n: float, theta: Floats, stiffness: float) -> tuple[float, Floats, float]:
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


def evaluate(t: ContinuousTarget, n: Floats, theta: Floats, stiffness: float, b: Floats) -> Evaluation:
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
