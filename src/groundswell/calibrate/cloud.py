"""How far a record lies from the cloud of simulated ones, in all its summaries together and in each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from groundswell.calibrate.scores import NormalScores

Floats = NDArray[np.float64]

FOLDS = 5
NEIGHBOURS = 5
LEAST_VARIANCE = 1e-3
"""Principal directions with less of the variance of one summary are noise of rounding, not shape."""


@dataclass(frozen=True)
class Distance:
    """Where a record lies.

    Parameters
    ----------
    p : share of simulated records that lie as far out or further (smallest of two distances, doubled).
    mahalanobis, neighbours : the two p-values: distance to the cloud's centre, and to the nearest simulated records,
        which sees a record that lies in a hole, or off the surface on which simulated ones lie.
    outside : summaries that lie beyond nearly all simulated ones, with the record's value, the simulated 0.5% and
        99.5% points, and the share as extreme (two-sided).
    """

    p: float
    mahalanobis: float
    neighbours: float
    outside: tuple[dict[str, float | str], ...]


def whitened(scores: Floats) -> tuple[Floats, Floats]:
    """The centre of scored summaries, and the matrix that whitens them (directions of no variance left out)."""
    centre = scores.mean(axis=0)
    values, vectors = np.linalg.eigh(np.cov((scores - centre).T).reshape(scores.shape[1], -1))
    kept = values > LEAST_VARIANCE
    return centre, vectors[:, kept] / np.sqrt(values[kept])


def distance(
    simulated: Floats, record: Floats, names: tuple[str, ...], blocks: NDArray[np.int64], *, reference: int = 2000
) -> Distance:
    """Where a record lies among simulated ones.

    Parameters
    ----------
    simulated : summaries, [records, summaries].
    record : its summaries, [summaries].
    names : of the summaries.
    blocks : the block of each simulated record; each fold's distances are taken to the others.
    reference : most simulated records to compare with, evenly taken.
    """
    few = np.unique(np.linspace(0, len(simulated) - 1, min(len(simulated), reference)).astype(int))
    simulated, blocks = simulated[few], blocks[few]
    scores = NormalScores.of(simulated)
    cloud, own = scores.beyond(simulated), scores.beyond(record[None])
    numbers = np.unique(blocks)
    folds = min(FOLDS, len(numbers))
    far, near = np.empty(len(cloud)), np.empty(len(cloud))
    far_own, near_own = [], []
    for k in range(folds):
        held = np.isin(blocks, numbers[k::folds])
        centre, turn = whitened(cloud[~held])
        base = (cloud[~held] - centre) @ turn
        both = (np.concatenate([cloud[held], own]) - centre) @ turn
        d = (both**2).sum(axis=1)
        n = _nearest(both, base)
        far[held], near[held] = d[:-1], n[:-1]
        far_own.append(d[-1])
        near_own.append(n[-1])
    p_far = (1 + (far >= np.mean(far_own)).sum()) / (1 + len(cloud))
    p_near = (1 + (near >= np.mean(near_own)).sum()) / (1 + len(cloud))
    return Distance(min(1.0, 2 * min(p_far, p_near)), float(p_far), float(p_near), _outside(simulated, record, names))


def _nearest(points: Floats, base: Floats) -> Floats:
    """Mean distance to the nearest of `base`."""
    square = (points**2).sum(axis=1)[:, None] + (base**2).sum(axis=1) - 2 * points @ base.T
    count = min(NEIGHBOURS, base.shape[0] - 1)
    return np.sqrt(np.maximum(np.partition(square, count, axis=1)[:, :count], 0.0)).mean(axis=1)


def _outside(simulated: Floats, record: Floats, names: tuple[str, ...]) -> tuple[dict[str, float | str], ...]:
    below = (simulated <= record).mean(axis=0)
    above = (simulated >= record).mean(axis=0)
    share = np.minimum(1.0, 2 * np.minimum(below, above))
    low, high = np.quantile(simulated, (0.005, 0.995), axis=0)
    rows = [
        {
            "summary": name,
            "record": float(record[j]),
            "low": float(low[j]),
            "high": float(high[j]),
            "share": float(share[j]),
        }
        for j, name in enumerate(names)
        if share[j] < 0.01
    ]
    return tuple(sorted(rows, key=lambda row: (row["share"], row["summary"])))


__all__ = ["Distance", "distance", "whitened"]
