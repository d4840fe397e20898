"""A panel under hidden tides: how much of its excitation remains when every place has its own tide, place by place."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from groundswell.errors import EstimationError
from groundswell.estimators.excitation.baseline import Floats, Step
from groundswell.estimators.excitation.options import ExcitationSettings
from groundswell.estimators.excitation.outcome import ExcitationFit
from groundswell.estimators.excitation.panel_likelihood import Map
from groundswell.estimators.excitation.tide_fit import fit_under_tide

_DEFLATED = 1.5  # with several kinds p is approximate; under strong tides gains are larger by up to this factor


@dataclass(frozen=True)
class TideOfPlace:
    """One place under its own tide; pairs of kinds that it lacks are NaN.

    Parameters
    ----------
    name : of the place.
    p : shape (K, K), of each pair.
    branching, low, high : shape (K, K).
    shows : shape (K, K), bool; the fit passes its checks, p is below 5% and the interval ends above 0.
    reason : why the fit gives no verdict, or "".
    """

    name: str
    p: Floats
    branching: Floats
    low: Floats
    high: Floats
    shows: np.ndarray
    reason: str


def tides_of_places(
    places: Sequence[tuple[str, Floats, Sequence[int], object]],
    names: tuple[str, ...],
    step: Step,
    level: float,
    seed: int,
    each: Map,
) -> list[TideOfPlace]:
    """Each place (its name, counts (T, m), the m kinds that it has, coverage) fitted under its own tide."""
    K = len(names)

    def fit(place: tuple[str, Floats, Sequence[int], object]) -> TideOfPlace:
        name, y, have, coverage = place
        p, n, low, high = (np.full((K, K), np.nan) for _ in range(4))
        shows = np.zeros((K, K), dtype=bool)
        asked = ExcitationSettings.of(
            None, {"step": step, "coverage": coverage, "interval": "wald", "level": level, "seed": seed}
        )
        try:
            found: ExcitationFit = fit_under_tide(y, np.isfinite(y), tuple(names[k] for k in have), asked).fit
        except EstimationError as error:
            return TideOfPlace(name, p, n, low, high, shows, str(error.given))
        at = np.ix_(have, have)
        p[at], n[at], low[at], high[at] = found.pair_p, found.branching, found.low, found.high
        shows[at] = found.passed & (found.pair_p < 0.05) & (found.low > 0)
        return TideOfPlace(name, p, n, low, high, shows, found.reason)

    return each(fit, places)


def combined(tides: Sequence[TideOfPlace], K: int) -> Floats:
    """p of each pair in no place at all, over the places whose fit gives a verdict: Fisher's sum of logarithms, (K, K).

    With several kinds a place's own p-value comes from an approximate distribution, and is raised to the power 1 / 1.5
    first: the largest factor by which gains without excitation were seen to exceed it under strong tides.
    """
    out = np.full((K, K), np.nan)
    speaking = [t for t in tides if not t.reason]
    for j in range(K):
        for k in range(K):
            p = np.array([t.p[j, k] for t in speaking if math.isfinite(t.p[j, k])])
            if p.size:
                if K > 1:
                    p = p ** (1 / _DEFLATED)
                out[j, k] = float(stats.chi2.sf(-2 * np.log(np.maximum(p, 1e-300)).sum(), 2 * p.size))
    return out
