"""Semi-automatic approximate Bayesian computation with regression adjustment: the cross-check of the network.

    s~ = E[z | s] by ridge regression on summaries and their squares        (Fearnhead & Prangle 2012)
    accept the draws nearest in s~, weights by Epanechnikov's kernel, and move each along a local linear regression of z
    on s~ to the record's s~                                                 (Beaumont, Zhang & Balding 2002)

It shares nothing with the network but the table, so if the two agree, neither is likely to be wrong. It is wider, as
FITTING measured (1.85 nats against 2.20).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from groundswell.calibrate.mixture import Margins

Floats = NDArray[np.float64]

NEAREST_SHARE, LEAST_NEAREST, MOST_NEAREST = 0.05, 150, 600
RIDGE = 1.0


def features(x: Floats) -> Floats:
    """A constant, the summaries, and their squares: [rows, 1 + 2 summaries]."""
    return np.concatenate([np.ones((len(x), 1)), x, (x**2 - 1) / np.sqrt(2)], axis=1)


def ridge(a: Floats, z: Floats, penalty: float = RIDGE) -> Floats:
    """Coefficients of ridge regression, the first feature unpenalised."""
    g = a.T @ a
    g[np.arange(1, len(g)), np.arange(1, len(g))] += penalty
    g[0, 0] += 1e-9
    return np.asarray(np.linalg.solve(g, a.T @ z), float)


@dataclass(frozen=True)
class RegressionFit:
    """A trained ABC: coefficients, and for each training draw its predicted and true targets."""

    coefficients: Floats
    predicted: Floats
    targets: Floats
    spread: Floats

    @classmethod
    def train(cls, x: Floats, z: Floats) -> RegressionFit:
        """From scored summaries and targets, [rows, .] each."""
        a = features(x)
        coefficients = ridge(a, z)
        predicted = a @ coefficients
        return cls(coefficients, predicted, z, np.sqrt(((z - predicted) ** 2).mean(axis=0)) + 1e-9)

    def margins(self, x: Floats) -> Margins:
        """The margins for each row of scored summaries: accepted draws as kernels."""
        count = int(np.clip(NEAREST_SHARE * len(self.targets), LEAST_NEAREST, MOST_NEAREST))
        count = min(count, len(self.targets) - 1)
        shape = (len(x), self.targets.shape[1], count)
        weights, means, sds = np.empty(shape), np.empty(shape), np.empty(shape)
        for r, point in enumerate(features(x) @ self.coefficients):
            away = (self.predicted - point) / self.spread
            distance = np.sqrt((away**2).sum(axis=1))
            near = np.argpartition(distance, count)[: count + 1]
            near = near[np.argsort(distance[near], kind="stable")]
            edge, near = distance[near[-1]] + 1e-12, near[:-1]
            w = 1.0 - (distance[near] / edge) ** 2 + 1e-6
            w /= w.sum()
            design = np.concatenate([np.ones((count, 1)), away[near]], axis=1)
            gram = design.T @ (w[:, None] * design) + 1e-3 * np.eye(design.shape[1])
            slope = np.linalg.solve(gram, design.T @ (w[:, None] * self.targets[near]))
            moved = self.targets[near] - away[near] @ slope[1:]
            centre = w @ moved
            sd = np.sqrt(w @ (moved - centre) ** 2) + 1e-6
            width = 1.06 * sd * (1.0 / (w**2).sum()) ** -0.2 * 0.7
            shrink = np.sqrt(np.maximum(1 - (width / sd) ** 2, 0.05))  # kernels add no variance
            weights[r] = w
            means[r] = (centre + (moved - centre) * shrink).T
            sds[r] = width[:, None]
        return Margins(weights, means, sds)


__all__ = ["RegressionFit", "features", "ridge"]
