"""Normal scores: numbers of any distribution as standard normal ones by their rank, and back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

Floats = NDArray[np.float64]

MOST_KNOTS = 4096

SAME, SAME_OF_MOST = 1e-9, 1e-12
"""Tolerance, relative to a value and its column's largest, within which two values are equal: sums of the same numbers
may differ by this much if one record is summarised alone and others together. The rounding of printed records is
handled earlier (`summaries.printed`), since a tolerance here would tie different values.
"""


@dataclass(frozen=True)
class NormalScores:
    """The map of each column to normal scores, from a sample.

    Parameters
    ----------
    knots : float64[knots, columns], the sorted sample or that many of its quantiles.
    """

    knots: Floats

    @classmethod
    def of(cls, values: Floats) -> NormalScores:
        """From a sample, [rows, columns]."""
        knots = np.sort(values, axis=0)
        if len(knots) > MOST_KNOTS:
            knots = np.quantile(knots, (np.arange(MOST_KNOTS) + 0.5) / MOST_KNOTS, axis=0)
        return cls(np.ascontiguousarray(knots))

    def forward(self, values: Floats, luck: np.random.Generator | None = None) -> Floats:
        """To normal scores, [rows, columns]; equal values get the middle of their ranks, or with `luck` a random one.

        With luck, scores of the sample are standard normal even if many of its values are equal. This inverts
        without loss: `inverse` returns the value that they share.
        """
        n = len(self.knots)
        out = np.empty(values.shape)
        for j in range(values.shape[1]):
            knots, x = self.knots[:, j], values[:, j]
            same = SAME * np.abs(x) + SAME_OF_MOST * max(abs(knots[0]), abs(knots[-1]))
            left, right = np.searchsorted(knots, x - same, "left"), np.searchsorted(knots, x + same, "right")
            inner = np.clip(left, 1, n - 1)
            gap = knots[inner] - knots[inner - 1]
            within = np.where(gap > 0, (x - knots[inner - 1]) / np.where(gap > 0, gap, 1.0), 0.5)
            between = inner - 0.5 + np.clip(within, 0.0, 1.0)
            tied = 0.5 if luck is None else luck.random(len(x))
            rank = np.where(
                right > left, left + (right - left) * tied, np.where((left > 0) & (left < n), between, left)
            )
            out[:, j] = ndtri(np.clip((np.clip(rank, 0.0, n) + 0.0) / n, 0.5 / n, 1 - 0.5 / n))
        return out

    def beyond(self, values: Floats) -> Floats:
        """To normal scores that keep growing beyond the sample, for distances, which must not saturate."""
        scores = self.forward(values)
        low, high = self.knots[0], self.knots[-1]
        spread = np.quantile(self.knots, 0.95, axis=0) - np.quantile(self.knots, 0.05, axis=0)
        spread = np.where(spread > 0, spread, np.maximum(np.abs(high - low), 1e-12))
        over = np.maximum(values - high, 0.0) - np.maximum(low - values, 0.0)
        return scores + 10.0 * over / spread

    def inverse(self, scores: Floats) -> Floats:
        """From normal scores, [rows, columns]."""
        place = ndtr(scores) * len(self.knots) - 0.5
        index = np.arange(len(self.knots))
        return np.stack([np.interp(place[:, j], index, self.knots[:, j]) for j in range(scores.shape[1])], axis=1)


__all__ = ["NormalScores"]
