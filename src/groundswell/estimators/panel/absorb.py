"""Removal of unit and wave effects from a column, whatever rows are missing."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from groundswell.errors import EstimationError

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]

_MOST = 20_000  # sweeps; except in unconnected panels, a hundred are usual
_TOLERANCE = 1e-10


def codes(labels: Sequence[object] | NDArray) -> Codes:
    """Whole numbers from 0 for each distinct label, in sorted order."""
    return np.unique(np.asarray(labels), return_inverse=True)[1].astype(np.int64).ravel()


def absorbed(columns: Floats, groups: Sequence[Codes], weights: Floats | None = None) -> Floats:
    """The columns minus their (weighted) projection on the dummies of every group.

        x - P x,   P the projection on the span of all group dummies, by alternating projections

    Parameters
    ----------
    columns : float64[n, k].
    groups : one int64[n] per set of effects, coded from 0; none leaves the columns as they are.
    weights : float64[n], > 0; by default 1.

    Raises
    ------
    EstimationError : the projections do not converge.

    Source: Guimaraes & Portugal (2010), Stata Journal 10:628-649; Gaure (2013), CSDA 66:8-18.
    """
    out = np.array(columns, dtype=np.float64)
    if not groups or out.size == 0:
        return out
    w = np.ones(out.shape[0]) if weights is None else weights
    totals = [np.bincount(g, weights=w) for g in groups]
    scale = np.maximum(np.sqrt(np.mean(out**2, axis=0)), 1e-300)
    for _ in range(_MOST):
        moved = 0.0
        for g, total in zip(groups, totals, strict=True):
            for j in range(out.shape[1]):
                mean = np.bincount(g, weights=w * out[:, j]) / total
                out[:, j] -= mean[g]
                moved = max(moved, float(np.abs(mean).max() / scale[j]))
        if moved < _TOLERANCE or len(groups) == 1:
            return out
    raise EstimationError(
        "effects of units and waves that cannot be removed", expected="a panel whose units share waves with others"
    )


def rank_of_effects(groups: Sequence[Codes]) -> int:
    """How many free parameters the effects of one or two groups take: their levels, minus one per connected part."""
    if not groups:
        return 1
    if len(groups) == 1:
        return int(groups[0].max()) + 1
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    first, second = int(groups[0].max()) + 1, int(groups[1].max()) + 1
    joined = coo_matrix((np.ones(len(groups[0])), (groups[0], groups[1] + first)), shape=(first + second,) * 2)
    return first + second - int(connected_components(joined, directed=False)[0])
