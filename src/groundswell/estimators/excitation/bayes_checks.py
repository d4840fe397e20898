"""The record of a Bayesian fit, its likelihood, and records simulated from the posterior to compare with it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from groundswell.draws import derive_seed
from groundswell.estimators.core import Check
from groundswell.estimators.excitation.baseline import Floats
from groundswell.estimators.excitation.discrete_likelihood import evaluate
from groundswell.estimators.excitation.discrete_scores import baseline_information
from groundswell.estimators.excitation.discrete_target import DISPERSION, CountTarget, mean_parts, prior_precision
from groundswell.estimators.excitation.group import Point
from groundswell.estimators.statistics.diagnostics import autocorrelation

_PREDICTED = 200  # draws from which records are simulated; a p-value of 0.05 has an error of 0.015


def flattened(draws: Mapping[str, Floats]) -> dict[str, Floats]:
    """The draws of all chains together."""
    return {name: values.reshape(-1, *values.shape[2:]) for name, values in draws.items()}


@dataclass(frozen=True)
class BayesRecord:
    """The same kind in all places: its targets, and the coefficients from which every evaluation starts."""

    targets: tuple[CountTarget, ...]
    start: tuple[Floats, ...]
    bounds: tuple[float, float]

    @property
    def sources(self) -> int:
        return self.targets[0].sources


def evaluated(t: CountTarget, start: Floats, x: Floats) -> tuple[float, Floats, Floats]:
    """Log marginal likelihood at x = (n..., log half-life, log dispersion, log stiffness), gradient, coefficients."""
    J = t.sources
    n, h = np.ascontiguousarray(x[:J]), float(x[J])
    inside = math.log(DISPERSION[0]) < x[J + 1] < math.log(DISPERSION[1])
    spread = 0.0 if t.poisson else math.exp(min(max(float(x[J + 1]), math.log(DISPERSION[0])), math.log(DISPERSION[1])))
    stiffness = math.exp(min(max(float(x[J + 2]), -20.0), 20.0))
    b = start.copy()
    value, gradient, (taken, in_n, in_h) = evaluate(t, b, n, h, spread, stiffness)
    if t.poisson or not inside:
        gradient[J + 1] = 0.0
    if not t.wiggles:
        gradient[J + 2] = 0.0
    if t.adjustment is not None:
        value -= taken
        gradient[t.own] -= in_n
        gradient[J] -= in_h
    return value + t.constant, gradient, b


def _replicas(
    of: Sequence[BayesRecord], p: int, flat: Mapping[str, Floats], chosen: Sequence[int], rng: np.random.Generator
) -> Floats:
    """Records of one place simulated from posterior draws, (draws, T, K), from the record's own first steps."""
    targets = [record.targets[p] for record in of]
    T, K, lead = targets[0].y.size, len(targets), targets[0].lead
    base = np.empty((len(chosen), T, K))
    n, half = flat["n"][chosen, p], flat["half_life"][chosen][:, min(p, flat["half_life"].shape[1] - 1)]
    spread = flat["dispersion"][chosen, p] if "dispersion" in flat else np.zeros((len(chosen), K))
    stiffness = flat["trend"][chosen, p] ** -2.0
    for k, (record, t) in enumerate(zip(of, targets, strict=True)):
        for i in range(len(chosen)):
            own = max(float(spread[i, k]), 0.0)
            x = np.array(
                [*n[i, :, k], math.log(half[i, k]), math.log(max(own, DISPERSION[0])), math.log(stiffness[i, k])]
            )
            b = evaluated(t, record.start[p], x)[2]
            point = Point(
                [b], [n[i, :, k]], np.array([math.log(half[i, k])]), [own], [float(stiffness[i, k])], math.nan
            )
            precision = baseline_information(t, mean_parts(t, point)) + np.diag(prior_precision(t, point, 0))
            root = np.linalg.cholesky(precision + 1e-9 * np.diag(np.diag(precision)))
            drawn = b + np.linalg.solve(root.T, rng.standard_normal(b.size))
            base[i, :, k] = np.exp(np.clip(t.X @ drawn, -30, 30))
    y = np.empty_like(base)
    z = np.broadcast_to(targets[0].start[None, :, None], (len(chosen), K, K)).copy()
    d = 2.0 ** (-1 / half)[:, None, :]
    soft = np.array([t.soft for t in targets])
    head = targets[0].S[:lead]
    for step in range(T):
        if step > 0:
            z = d * z + (1 - d) * y[:, step - 1, :, None]
        if step < lead:
            y[:, step] = head[step]
            continue
        mean = base[:, step] + np.einsum("sjk,sjk->sk", z, n)
        if soft.any():
            mean = soft * np.logaddexp(0.0, mean / soft)
        mean = np.clip(mean, 1e-12, 1e7)
        wide = spread > 2 * DISPERSION[0]
        drawn = rng.gamma(1 / np.where(wide, spread, 1.0), np.where(wide, spread, 1.0) * mean)
        y[:, step] = rng.poisson(np.minimum(np.where(wide, drawn, mean), 1e9))
    return y


def _features(y: Floats) -> dict[str, float]:
    """The statistics by which a record and its replicas are compared; y has shape (T,)."""
    memory = autocorrelation(y, 4) if y.std() > 0 else np.zeros(4)
    return {
        "share of empty steps": float((y == 0).mean()),
        "largest count": float(y.max()),
        "variance": float(y.var()),
        "memory of one step": float(memory[0]),
        "memory of four steps": float(memory.sum()),
    }


def predictive_checks(
    records: Sequence[BayesRecord],
    draws: Mapping[str, Floats],
    places: Mapping[str, Floats],
    kinds: Sequence[str],
    seed: int,
) -> dict[str, tuple[Check, ...]]:
    """Replicas of each place's record from the posterior, and where the record lies among them."""
    flat = flattened(draws)
    total = flat["n"].shape[0]
    chosen = np.unique(np.linspace(0, total - 1, min(_PREDICTED, total)).astype(int)).tolist()
    level = 0.05 / (5 * len(kinds) * len(places))
    found: dict[str, tuple[Check, ...]] = {}
    for p, (place, y) in enumerate(places.items()):
        lead = records[0].targets[p].lead
        rng = np.random.default_rng(derive_seed(seed, "posterior predictive", place))
        replicas = _replicas(records, p, flat, chosen, rng)
        for k, kind in enumerate(kinds):
            predicted = [_features(each) for each in replicas[:, lead:, k]]
            checks = []
            for name, value in _features(y[lead:, k]).items():
                others = np.array([of[name] for of in predicted])
                rank = min(int((others >= value).sum()), int((others <= value).sum()))
                p_value = min(1.0, 2 * (1 + rank) / (1 + others.size))
                checks.append(Check(name, value, p_value, "posterior predictive, two-sided", level))
            found[f"{kind}, {place}" if len(places) > 1 else kind] = tuple(checks)
    return found
