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
SAME = 1e-9
"""Distances that differ by less than this share are equal."""


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


@dataclass(frozen=True)
class _Fold:
    """What one fold's records are measured by: the others, whitened, and how far each lies from its nearest."""

    centre: Floats
    turn: Floats
    base: Floats
    among: Floats

    @classmethod
    def of(cls, others: Floats) -> _Fold:
        centre, turn = whitened(others)
        base = (others - centre) @ turn
        return cls(centre, turn, base, _among(base))

    def far_and_near(self, points: Floats) -> tuple[Floats, Floats]:
        """The squared distance of points from the centre, and their isolation."""
        turned = (points - self.centre) @ self.turn
        return (turned**2).sum(axis=1), _isolation(turned, self.base, self.among)


@dataclass(frozen=True)
class Cloud:
    """Simulated records, made ready so that the place of any number of records among them is found in milliseconds.

    Parameters
    ----------
    simulated : summaries, [records, summaries], and their `names`.
    scores : of the summaries.
    folds : for each, what its records are measured by.
    far, near : of each simulated record, by the folds that it is not in.
    """

    simulated: Floats
    names: tuple[str, ...]
    scores: NormalScores
    folds: tuple[_Fold, ...]
    far: Floats
    near: Floats

    @classmethod
    @one_thread
    def of(
        cls, simulated: Floats, names: tuple[str, ...], blocks: NDArray[np.int64], *, reference: int = 2000
    ) -> Cloud:
        """A cloud of simulated records; for the parameters see `distance`."""
        few = np.unique(np.linspace(0, len(simulated) - 1, min(len(simulated), reference)).astype(int))
        simulated, blocks = simulated[few], blocks[few]
        scores = NormalScores.of(simulated)
        cloud = scores.beyond(simulated)
        numbers = np.unique(blocks)
        count = min(FOLDS, len(numbers))
        far, near, folds = np.empty(len(cloud)), np.empty(len(cloud)), []
        for k in range(count):
            held = np.isin(blocks, numbers[k::count])
            folds.append(_Fold.of(cloud[~held]))
            far[held], near[held] = folds[-1].far_and_near(cloud[held])
        return cls(simulated, names, scores, tuple(folds), far, near)

    @one_thread
    def distance(self, record: Floats) -> Distance:
        """Where a record, [summaries], lies among them."""
        own = self.scores.beyond(record[None])
        each = [fold.far_and_near(own) for fold in self.folds]
        # the median: beside points that are all equal isolation has no bound, and a mean over folds would go there
        # oftener than a simulated record, which is in one fold
        p_far, p_near = (
            _share_beyond(values, np.median([x[i] for x in each])) for i, values in enumerate((self.far, self.near))
        )
        # both at once: the share of simulated records whose smaller p-value is as small
        smaller = np.minimum(
            *(np.argsort(np.argsort(-x, kind="stable"), kind="stable") + 1.0 for x in (self.far, self.near))
        )
        n = len(self.far)
        p = (1 + (smaller <= min(p_far, p_near) * (1 + n) - 0.5).sum()) / (1 + n)
        return Distance(float(p), p_far, p_near, _outside(self.simulated, record, self.names))


def distance(
    simulated: Floats, record: Floats, names: tuple[str, ...], blocks: NDArray[np.int64], *, reference: int = 2000
) -> Distance:
    """Where a record lies among simulated ones; for many records, prepare a `Cloud` once.

    Parameters
    ----------
    simulated : summaries, [records, summaries].
    record : its summaries, [summaries].
    names : of the summaries.
    blocks : the block of each simulated record; distances of each fold are taken to the others.
    reference : largest number of simulated records to compare with, evenly chosen.
    """
    return Cloud.of(simulated, names, blocks, reference=reference).distance(record)


def _share_beyond(values: Floats, own: float | np.floating[Any]) -> float:
    """The share of simulated records, counting this one, that lie as far out as this one."""
    # one row and many take different sums, and a record that equals simulated ones must not lie beyond them by rounding
    return float((1 + (values >= own - SAME * abs(own)).sum()) / (1 + len(values)))


def _squares(points: Floats, base: Floats) -> Floats:
    return np.maximum((points**2).sum(axis=1)[:, None] + (base**2).sum(axis=1) - 2 * points @ base.T, 0.0)


def _nearest(base: Floats) -> int:
    return min(NEIGHBOURS, base.shape[0] - 2)


def _among(base: Floats) -> Floats:
    """The mean distance of each point to the nearest others."""
    count = _nearest(base)
    return np.sqrt(np.partition(_squares(base, base), count, axis=1)[:, : count + 1]).sum(axis=1) / count


def _isolation(points: Floats, base: Floats, among: Floats) -> Floats:
    """The local outlier factor: mean distance to the nearest of `base`, over that of these neighbours to theirs.

    Without the denominator, the sparse outskirts of a cloud would hide a hole in its dense middle.
    Source: Breunig et al. (2000), LOF: identifying density-based local outliers (doi:10.1145/342009.335388).
    """
    count = _nearest(base)
    square = _squares(points, base)
    near = np.argpartition(square, count, axis=1)[:, :count]
    away = np.sqrt(np.take_along_axis(square, near, axis=1)).mean(axis=1)
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


__all__ = ["Cloud", "Distance", "distance", "whitened"]
