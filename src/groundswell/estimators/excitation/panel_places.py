"""Places being prepared for a panel: their counts, or the reason why they cannot be used."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from groundswell.errors import EstimationError
from groundswell.estimators.core import Check
from groundswell.estimators.excitation.baseline import Floats
from groundswell.estimators.excitation.counts import FEWEST_EVENTS, filled, read_counts
from groundswell.estimators.excitation.discrete import Fitted
from groundswell.estimators.excitation.discrete_target import CountTarget
from groundswell.estimators.excitation.intensity import Fits
from groundswell.estimators.excitation.panel_likelihood import TargetOfPlace


@dataclass
class Place:
    """A place being prepared for the panel."""

    name: str
    y: Floats | None
    coverage: Any = None
    reason: str = ""
    raw: Floats | None = None  # NaN where nobody watched
    have: tuple[int, ...] = ()  # the kinds of which it has enough events
    fitted: Fitted | None = None
    checks: dict[str, tuple[Check, ...]] = field(default_factory=dict)
    targets: dict[int, TargetOfPlace] = field(default_factory=dict)  # by kind

    def parts(self, k: int) -> tuple[CountTarget, Fits]:
        """Target of kind k, with its fits without and with excitation, and its scores."""
        assert self.fitted is not None
        at = self.have.index(k)
        return self.fitted.targets[at], self.fitted.groups[at][2]

    def totals(self, K: int) -> Floats:
        """Events of each kind; 0 for those with too few."""
        out = np.zeros(K)
        if self.y is not None:
            out[list(self.have)] = self.y.sum(axis=0)
        return out

    def both(self, source: int, target: int) -> bool:
        return source in self.have and target in self.targets

    def curve(self, source: int, target: int) -> Any:
        return self.targets[target].curves[self.have.index(source)]


def checked_places(
    counts: Mapping[str, ArrayLike], coverage: Mapping[str, ArrayLike] | None, kinds: Sequence[str] | None
) -> tuple[list[Place], tuple[str, ...]]:
    """Places in the order of their names, with their counts or the reason why they cannot be used; names of kinds."""
    places, names = [], None if kinds is None else tuple(str(k) for k in kinds)
    for name in sorted(counts, key=str):
        shape = np.shape(np.asarray(counts[name], dtype=object))
        width = shape[1] if len(shape) == 2 else 1
        if names is None:
            names = tuple(f"kind {k}" for k in range(width))
        if len(shape) not in (1, 2) or width != len(names):
            raise EstimationError(
                f"counts of shape {shape} in {name!r}", expected=f"(T, {len(names)}): the same kinds in every place"
            )
        place = Place(str(name), None, None if coverage is None else coverage[name])
        try:
            made = np.array(counts[name], dtype=object)
            made = made[:, None] if made.ndim == 1 else made
            enough = [k for k in range(width) if _events(made[:, k]) >= FEWEST_EVENTS]
            place.have = tuple(enough) or tuple(range(width))
            y, seen, _ = read_counts(made[:, list(place.have)], [names[k] for k in place.have])
            place.raw, place.y = y, y
            if not seen.all():  # the trend cannot skip steps, so they are filled from around; the tide skips them
                place.y = np.ascontiguousarray(np.round(filled(y, seen)[0]))
        except EstimationError as error:
            if not _too_small(counts[name]):
                raise
            place.reason = str(error.given)
        places.append(place)
    assert names is not None
    return places, names


def _events(counts: ArrayLike) -> float:
    """The sum of counts; infinite where it cannot be computed, so that the check that follows says why."""
    try:
        total = float(np.nansum(np.asarray(counts, dtype=np.float64)))
    except (TypeError, ValueError):
        return math.inf
    return total if math.isfinite(total) else math.inf


def _too_small(counts: ArrayLike) -> bool:
    """Whether the counts are valid, but too few."""
    try:
        y = np.asarray(counts, dtype=np.float64)
    except (TypeError, ValueError):
        return False
    y = y[~np.isnan(y)]
    return bool(np.isfinite(y).all() and (y >= 0).all() and (y == np.round(y)).all() and (not y.size or y.max() <= 1e6))
