"""Maximum likelihood for exponential kernels over a constant baseline: exact, by Newton's method, for millions of
events.

For comparisons, for starting values, and where the baseline is known to be constant; a constant baseline finds
contagion in everything that grows, so records are fitted by `fit_hawkes`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from groundswell.errors import EstimationError
from groundswell.estimators.excitation.continuous_kernels import shared_pass, target_pass, univariate

Floats = NDArray[np.float64]

_FEW, _SAMPLE = 4_000, 20_000  # events on which rates are scanned, and from whose optimum the search starts
_MOST_STEPS = 60
_ENOUGH = 1e-7  # log-likelihood still to be gained, as Newton's step predicts, when the search stops


@dataclass(frozen=True)
class Optimum:
    """A maximum of the likelihood: mu (K,) per day, branching (K, K) [source, target], rate (K,) per day, by target."""

    mu: Floats
    branching: Floats
    rate: Floats
    log_likelihood: float
    evaluations: int
    converged: bool


class _Problem:
    """The likelihood of every target, each in mu, n_1 .. n_K and rate."""

    def __init__(self, times: Floats, kinds: NDArray[np.int64], K: int, end: float):
        self.times, self.kinds, self.K, self.end = times, kinds, K, end
        self.query: list[Floats] = []
        self.before: list[NDArray[np.int64]] = []
        self.numbers = np.bincount(kinds, minlength=K).astype(float)
        self._ready = False

    def first(self, number: int) -> _Problem:
        """The problem of the first events; the whole problem where there are hardly more, or a kind would be rare."""
        if self.times.size > 2 * number:
            end = float(self.times[number])
            part = _Problem(self.times[:number], self.kinds[:number], self.K, end)
            if (part.numbers >= 10).all():
                return part
        return self

    def _prepare(self) -> None:
        """Where the events of each target lie among all; needed when rates differ."""
        if not self._ready:
            self._ready = True
            times, kinds, end = self.times, self.kinds, self.end
            for k in range(self.K):
                members = np.flatnonzero(kinds == k)
                self.query.append(np.append(times[members], end))
                self.before.append(np.searchsorted(times, self.query[k], side="left").astype(np.int64))

    def evaluate(self, k: int, x: Floats, second: bool) -> tuple[float, Floats, Floats]:
        """Value, gradient and Hessian of target k at x = (mu, n, rate)."""
        K = self.K
        if K == 1:
            out = np.empty(10)
            univariate(self.times, self.end, x[0], x[1], x[2], second, out)
            a, b, c, d, e, f = out[4:]
            return float(out[0]), out[1:4].copy(), np.array([[a, b, c], [b, d, e], [c, e, f]])
        self._prepare()
        grad, H = np.empty(K + 2), np.empty((K + 2, K + 2))
        value = target_pass(
            self.times, self.kinds, self.query[k], self.before[k], x[0], np.ascontiguousarray(x[1 : K + 1]), x[K + 1],
            second, grad, H,
        )  # fmt: skip
        return float(value), grad, H

    def evaluate_all(self, x: Floats, second: bool) -> tuple[float, Floats, Floats]:
        """The same for all targets, when their rates are equal: x (K, K + 2), gradients (K, K + 2), Hessians."""
        K = self.K
        P = (K + 9) // 8 * 8
        n = np.zeros((K, P))
        n[:, :K] = x[:, 1 : K + 1].T
        grad, H = np.empty((K, P)), np.zeros((K, P, P) if second else (K, 1, 1))
        mu = np.ascontiguousarray(x[:, 0])
        value = shared_pass(self.times, self.kinds, self.end, mu, n, float(x[0, K + 1]), second, grad, H)
        order = [K, *range(K), K + 1]
        return float(value), grad[:, order], H[:, order][:, :, order] if second else H


def log_likelihood(
    times: ArrayLike,
    mu: ArrayLike,
    branching: ArrayLike,
    rate: ArrayLike,
    *,
    end: float,
    kinds: ArrayLike | None = None,
) -> tuple[float, Floats, Floats, Floats]:
    """Log-likelihood and its derivatives in mu (K,), branching (K, K) and rate (K,), in one pass for each target.

    ``intensity_k(t) = mu_k + sum_{t_i < t} branching[kind_i, k] rate_k exp(-rate_k (t - t_i))`` on [0, end].

    Parameters
    ----------
    times : ascending, days from the start; kinds : 0 .. K-1 for each event.
    mu, rate : shape (K,), per day; branching : shape (K, K), [source, target].

    Raises
    ------
    EstimationError : on times that do not ascend, or parameters that are not positive.
    """
    n = np.atleast_2d(np.asarray(branching, dtype=np.float64))
    K = n.shape[0]
    problem = _problem(times, kinds, end, K)
    mus = np.broadcast_to(np.asarray(mu, dtype=np.float64), (K,))
    rates = np.broadcast_to(np.asarray(rate, dtype=np.float64), (K,))
    if (mus <= 0).any() or (rates <= 0).any() or (n < 0).any():
        raise EstimationError("a negative parameter", expected="mu > 0, rate > 0, branching >= 0")
    if K > 1 and (rates == rates[0]).all():
        x = np.column_stack([mus, n.T, rates])
        value, grad, _ = problem.evaluate_all(x, False)
        return value, grad[:, 0], grad[:, 1 : K + 1].T.copy(), grad[:, K + 1]
    value, in_mu, in_n, in_rate = 0.0, np.empty(K), np.empty((K, K)), np.empty(K)
    for k in range(K):
        found, grad, _ = problem.evaluate(k, np.concatenate([[mus[k]], n[:, k], [rates[k]]]), False)
        value += found
        in_mu[k], in_n[:, k], in_rate[k] = grad[0], grad[1 : K + 1], grad[K + 1]
    return value, in_mu, in_n, in_rate


def _problem(times: ArrayLike, kinds: ArrayLike | None, end: float, K: int | None) -> _Problem:
    t = np.ascontiguousarray(times, dtype=np.float64)
    if t.ndim != 1 or t.size < 10 or not t[0] >= 0 or not t[-1] <= end or not (t[1:] > t[:-1]).all():
        raise EstimationError(
            f"times of shape {t.shape}", expected=f"10 or more, ascending without ties, from 0 to {end:g}"
        )
    codes = np.zeros(t.size, np.int64) if kinds is None else np.ascontiguousarray(kinds, dtype=np.int64)
    number = int(codes.max()) + 1 if K is None else K
    if codes.shape != t.shape or codes.min() < 0 or codes.max() >= number:
        raise EstimationError(f"kinds of shape {codes.shape}", expected=f"a whole number below {number} for each event")
    return _Problem(t, codes, number, float(end))


def maximum_likelihood(
    times: ArrayLike,
    *,
    end: float,
    kinds: ArrayLike | None = None,
    decay: Literal["per_target", "shared"] = "per_target",
) -> Optimum:
    """The parameters of `log_likelihood` at its maximum over mu > 0, branching >= 0 and one rate per target or for all.

    Newton's method with the exact Hessian, in log rate; entries of the branching at zero are held there while the
    likelihood falls away from it. The start comes from a scan of rates on the first events. Known limits: a local
    maximum, where the likelihood has several; no intervals or tests. Use `fit_hawkes` instead for records.

    Raises
    ------
    EstimationError : on times or kinds that cannot be used.
    """
    problem = _problem(times, kinds, end, None)
    K = problem.K
    if (problem.numbers < 2).any():
        raise EstimationError("a kind with fewer than two events", expected="two or more of each")
    groups = [list(range(K))] if decay == "shared" else [[k] for k in range(K)]
    few, sample = problem.first(_FEW), problem.first(_SAMPLE)
    mu, n, rate = np.empty(K), np.empty((K, K)), np.empty(K)
    total, calls, converged = 0.0, 0, True
    for members in groups:
        gap = few.end / few.numbers[members].mean()
        best: tuple[float, list[Floats]] | None = None
        for trial in np.geomspace(0.02, 50.0, 7) / gap:
            x = [_start(few, k, float(trial)) for k in members]
            found = _newton(few, members, x, fixed=True, steps=3)
            if best is None or found[0] > best[0]:
                best = (found[0], found[1])
        assert best is not None
        x = best[1]
        if sample is not problem:
            x = _newton(sample, members, x)[1]
        value, x, evaluations, good = _newton(problem, members, x)
        total += value
        calls += evaluations
        converged &= good
        for i, k in enumerate(members):
            mu[k], n[:, k], rate[k] = x[i][0], x[i][1 : K + 1], x[i][K + 1]
    return Optimum(mu, n, rate, total, calls, converged)


def _start(problem: _Problem, k: int, rate: float) -> Floats:
    """Half of the events from the baseline, the other half from all sources equally."""
    each = 0.5 * problem.numbers[k] / np.maximum(problem.numbers, 1) / problem.K
    return np.concatenate([[0.5 * problem.numbers[k] / problem.end], each, [rate]])


def _newton(
    problem: _Problem, members: list[int], x: list[Floats], fixed: bool = False, steps: int = _MOST_STEPS
) -> tuple[float, list[Floats], int, bool]:
    """From a start to the maximum over targets that share their rate: value, parameters, evaluations, whether
    converged.

    The Hessian is an arrow: a block for each target and a border for the common rate.
    """
    K = problem.K

    def look(x: list[Floats], second: bool) -> tuple[float, list[tuple[float, Floats, Floats]]]:
        if len(members) == K > 1:
            value, grad, H = problem.evaluate_all(np.stack(x), second)
            return value, [(0.0, grad[k], H[k]) for k in range(K)]
        found = [problem.evaluate(k, v, second) for k, v in zip(members, x, strict=True)]
        return sum(f[0] for f in found), found

    value, found = look(x, True)
    calls = 1
    for _ in range(steps):
        moves, solved, border, slope, bend, gain = [], [], [], 0.0, 0.0, 0.0
        rate = x[0][-1]
        for v, (_, g, H) in zip(x, found, strict=True):
            free = np.ones(K + 1, bool)
            free[1:] = (v[1 : K + 1] > 0) | (g[1 : K + 1] > 0)
            block = -H[: K + 1, : K + 1][np.ix_(free, free)]
            block[np.diag_indices_from(block)] += 1e-12 * np.abs(np.diag(block)) + 1e-300
            side = rate * H[: K + 1, K + 1][free]
            both = np.linalg.solve(block, np.column_stack([g[: K + 1][free], side]))
            move, turn = np.zeros(K + 1), np.zeros(K + 1)
            move[free], turn[free] = both[:, 0], both[:, 1]
            moves.append(move)
            solved.append(turn)
            border.append(float(side @ both[:, 1]))
            slope += rate * float(g[K + 1]) + float(side @ both[:, 0])
            bend += rate * rate * float(H[K + 1, K + 1]) + rate * float(g[K + 1]) + border[-1]
            gain += 0.5 * float(g[: K + 1][free] @ both[:, 0])
        turn_rate = 0.0 if fixed else slope / max(abs(bend), 1e-12)
        turn_rate = min(max(turn_rate, -1.0), 1.0)
        gain += 0.0 if fixed else 0.5 * slope * turn_rate
        if gain < _ENOUGH:
            return value, x, calls, True
        share = 1.0
        for _ in range(30):
            trial = []
            for v, move, turn in zip(x, moves, solved, strict=True):
                new = v.copy()
                new[: K + 1] += share * (move + turn_rate * turn)
                new[0] = max(new[0], 0.1 * v[0])
                new[1 : K + 1] = np.maximum(new[1 : K + 1], 0.0)
                new[K + 1] = rate * math.exp(share * turn_rate)
                trial.append(new)
            now, there = look(trial, True)
            calls += 1
            if now > value or (share == 1.0 and now >= value - 1e-9 * abs(value) * 1e-3):
                break
            share *= 0.4
        else:
            return value, x, calls, gain < 1e-3
        stalled = now - value < 1e-12 * abs(value) and gain < 1e-4
        value, found, x = now, there, trial
        if stalled:
            return value, x, calls, True
    return value, x, calls, fixed
