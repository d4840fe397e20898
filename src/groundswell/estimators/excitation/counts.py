"""Counts of events made ready for a model: shapes, names, what was watched."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from groundswell.errors import EstimationError
from groundswell.estimators.excitation.baseline import Floats

FEWEST_STEPS = 60
FEWEST_EVENTS = 10
_LARGEST_COUNT = 1_000_000


def read_counts(
    counts: ArrayLike, kinds: Sequence[str] | None, watched: ArrayLike | None = None
) -> tuple[Floats, NDArray[np.bool_], tuple[str, ...]]:
    """Counts (T, K), what was watched of them (T, K), and the names of the kinds.

    Raises
    ------
    EstimationError : on anything that is not a count, too few steps or events, or names that do not fit.
    """
    try:
        y = np.array(counts, dtype=np.float64)
    except (TypeError, ValueError):
        raise EstimationError("counts hold something that is not a number", expected="counts 0, 1, 2 ...") from None
    if y.ndim == 1:
        y = y[:, None]
    if y.ndim != 2 or y.shape[1] < 1:
        raise EstimationError(f"counts of shape {y.shape}", expected="(T,) or (T, K)")
    seen = watched_mask(y, watched)
    if seen.any(axis=1).sum() < FEWEST_STEPS:
        raise EstimationError(
            f"{seen.any(axis=1).sum()} steps" + ("" if seen.all() else f" that were watched, of {y.shape[0]}"),
            expected=f"at least {FEWEST_STEPS}",
            why="baseline and excitation cannot be distinguished in fewer",
        )
    bad = np.argwhere(seen & ~((y >= 0) & (y == np.round(y)) & np.isfinite(y)))
    if bad.size:
        t, k = bad[0]
        raise EstimationError(
            f"counts[{t}, {k}] is {y[t, k]:g}", expected="whole numbers from 0, or NaN where nobody watched"
        )
    y = np.where(seen, y, np.nan)
    if np.nanmax(y) > _LARGEST_COUNT:
        raise EstimationError(f"a count of {np.nanmax(y):g}", expected="at most a million", why="sizes are not counts")
    names = tuple(str(k) for k in kinds) if kinds is not None else tuple(f"kind {k}" for k in range(y.shape[1]))
    if len(names) != y.shape[1] or len(set(names)) != len(names):
        raise EstimationError(f"{len(names)} names {names}", expected=f"{y.shape[1]} distinct names")
    for k, name in enumerate(names):
        if np.nansum(y[:, k]) < FEWEST_EVENTS:
            raise EstimationError(
                f"{int(np.nansum(y[:, k]))} events of {name!r}", expected=f"at least {FEWEST_EVENTS} of each kind"
            )
    return y, seen, names


def checked_counts(counts: ArrayLike, kinds: Sequence[str] | None) -> tuple[Floats, tuple[str, ...]]:
    """Counts (T, K) that were watched throughout, and the names of the kinds; errors as `read_counts`."""
    y, seen, names = read_counts(counts, kinds)
    if not seen.all():
        t, k = np.argwhere(~seen)[0]
        raise EstimationError(
            f"counts[{t}, {k}] is missing",
            expected="counts that were watched throughout",
            why="a baseline of splines, or inhibition, cannot skip unwatched steps",
            instead="baseline=None, the hidden tide, which skips it",
        )
    return y, names


def watched_mask(y: Floats, watched: ArrayLike | None) -> NDArray[np.bool_]:
    """What was watched, shape (T, K): where the counts are numbers, and the mask (T,) or (T, K) says so."""
    seen = ~np.isnan(y)
    if watched is not None:
        mask = np.asarray(watched)
        if mask.dtype != np.bool_ or mask.shape not in (y.shape, y.shape[:1]):
            raise EstimationError(
                f"watched of type {mask.dtype} and shape {mask.shape}",
                expected=f"true or false, of shape {y.shape[:1]} or {y.shape}",
            )
        seen &= mask if mask.ndim == 2 else mask[:, None]
    return seen


def filled(y: Floats, seen: np.ndarray) -> tuple[Floats, Floats]:
    """Counts as sources, and the memory before the first: unknown steps take the average of nearby steps.

    An unwatched step may have held anything, so the memory goes back to its mean there: that of the eight watched
    steps on either side, weighted towards the nearer.
    """
    out = np.where(seen, y, 0.0)
    T = y.shape[0]
    for k in range(y.shape[1]):
        known = np.flatnonzero(seen[:, k])
        for t in np.flatnonzero(~seen[:, k]):
            at = int(np.searchsorted(known, t))
            left, right = known[max(0, at - 8) : at], known[at : at + 8]
            weight = [(float(y[side, k].mean()), 1.0 / (1 + abs(int(side[e]) - int(t)))) for side, e in
                      ((left, -1), (right, 0)) if side.size]  # fmt: skip
            out[t, k] = sum(v * w for v, w in weight) / sum(w for _, w in weight)
    first = max(1, min(10, T // 20))
    return np.ascontiguousarray(out), out[:first].mean(axis=0)
