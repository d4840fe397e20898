"""Pooled effects of single acts: their mean, how much they differ, and what the next one may be like."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Floats = NDArray[np.float64]


def random_effects(value: Floats, variance: Floats) -> tuple[Floats, Floats, Floats]:
    """Random-effects mean along the last axis: mean, variance between acts, Hartung-Knapp standard error.

    NaN are left out. The variance between acts is DerSimonian and Laird's moment estimate. From three acts on, the
    error is scaled by how the acts scatter, but is never below the one that their own errors imply.
    """
    seen = np.isfinite(value)
    w = np.where(seen, 1 / np.where(seen, variance, 1.0), 0.0)
    v = np.where(seen, value, 0.0)
    k = seen.sum(axis=-1)
    total = np.maximum(w.sum(axis=-1), 1e-300)
    centre = (w * v).sum(axis=-1) / total
    q = (w * (v - centre[..., None]) ** 2).sum(axis=-1)
    c = total - (w**2).sum(axis=-1) / total
    between = np.where(c > 0, np.maximum(0.0, (q - (k - 1)) / np.maximum(c, 1e-300)), 0.0)
    w = np.where(seen, 1 / (np.where(seen, variance, 1.0) + between[..., None]), 0.0)
    total = np.maximum(w.sum(axis=-1), 1e-300)
    centre = (w * v).sum(axis=-1) / total
    scatter = (w * (v - centre[..., None]) ** 2).sum(axis=-1) / np.maximum(k - 1, 1)
    error = np.sqrt(np.where(k > 2, np.maximum(scatter, 1.0), 1.0) / total)
    return np.where(k > 0, centre, np.nan), between, error


def reference_quantile(k: NDArray | int, level: float) -> Floats:
    """Student t with k - 1 df from three acts on; the normal below, where only the acts' own errors exist."""
    k = np.asarray(k)
    return np.where(k > 2, stats.t.ppf(0.5 + level / 2, np.maximum(k - 1, 1)), stats.norm.ppf(0.5 + level / 2))
