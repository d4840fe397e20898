"""How far a record lies from the cloud of simulated ones, in all summaries jointly and in each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from groundswell.blas import one_thread
from groundswell.calibrate.scores import NormalScores

Floats = NDArray[np.float64]

FOLDS = 5
NEIGHBOURS = 5
LEAST_VARIANCE = 1e-3
"""Principal directions with less than this share of one summary's variance are rounding noise, not shape."""
NO_DISTANCE = 0.01
"""Distance, in standard deviations of a direction, below which two points count as one."""


@dataclass(frozen=True)
class Distance:
    """Where a record lies.

    Parameters
    ----------
    p : share of simulated records that lie at least as far out, by the more informative of two distances.
    mahalanobis, neighbours : the two p-values: distance to the cloud's centre, and isolation from the
        nearest simulated records, which sees a record in a hole, or off the surface on which simulated ones lie.
    outside : summaries that lie beyond nearly all simulated ones, with the record's value, the simulated 0.5% and
        99.5% points, and the share as extreme (two-sided).
    """

    p: float
    mahalanobis: float
    neighbours: float
    outside: tuple[dict[str, float | str], ...]


def whitened(scores: Floats) -> tuple[Floats, Floats]:
    """The centre of scored summaries, and the matrix that whitens them, without directions of no variance."""
    centre = scores.mean(axis=0)
    values, vectors = np.linalg.eigh(np.cov((scores - centre).T).reshape(scores.shape[1], -1))
    kept = values > LEAST_VARIANCE
    return centre, vectors[:, kept] / np.sqrt(values[kept])


@one_thread
def distance(
    simulated: Floats, record: Floats, names: tuple[str, ...], blocks: NDArray[np.int64], *, reference: int = 2000
) -> Distance:
    """Where a record lies among simulated ones.

    Parameters
    ----------
    simulated : summaries, [records, summaries].
    record : its summaries, [summaries].
    names : of the summaries.
    blocks : the block of each simulated record; distances of each fold are taken to the others.
    reference : largest number of simulated records to compare with, evenly chosen.
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
        n = _isolation(both, base)
        far[held], near[held] = d[:-1], n[:-1]
        far_own.append(d[-1])
        near_own.append(n[-1])
    # the median: beside points that are all equal isolation has no bound, and a mean over folds would go there oftener
    # than a simulated record, which is in one fold
    p_far, p_near = _share_beyond(far, np.median(far_own)), _share_beyond(near, np.median(near_own))
    # both at once: the share of simulated records whose smaller p-value is as small
    smaller = np.minimum(*(np.argsort(np.argsort(-x, kind="stable"), kind="stable") + 1.0 for x in (far, near)))
    p = (1 + (smaller <= min(p_far, p_near) * (1 + len(cloud)) - 0.5).sum()) / (1 + len(cloud))
    return Distance(float(p), p_far, p_near, _outside(simulated, record, names))


def _share_beyond(values: Floats, own: float | np.floating[Any]) -> float:
    """The share of simulated records, counting this one, that lie as far out as this one."""
    return float((1 + (values >= own).sum()) / (1 + len(values)))


def _isolation(points: Floats, base: Floats) -> Floats:
    """The local outlier factor: mean distance to the nearest of `base`, over that of these neighbours to theirs.

    Without the denominator, the sparse outskirts of a cloud would hide a hole in its dense middle.
    Source: Breunig et al. (2000), LOF: identifying density-based local outliers (doi:10.1145/342009.335388).
    """
    count = min(NEIGHBOURS, base.shape[0] - 2)

    def squares(a: Floats) -> Floats:
        return (a**2).sum(axis=1)[:, None] + (base**2).sum(axis=1) - 2 * a @ base.T

    among = np.sqrt(np.maximum(np.partition(squares(base), count, axis=1)[:, : count + 1], 0.0)).sum(axis=1) / count
    square = squares(points)
    near = np.argpartition(square, count, axis=1)[:, :count]
    away = np.sqrt(np.maximum(np.take_along_axis(square, near, axis=1), 0.0)).mean(axis=1)
    return away / np.maximum(among[near].mean(axis=1), NO_DISTANCE)


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
