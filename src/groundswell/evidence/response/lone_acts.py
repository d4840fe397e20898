"""What follows acts that stand alone: an event study over many series, against placebo steps of the same series."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from groundswell.errors import EstimationError
from groundswell.evidence.statistics.association import Estimate
from groundswell.evidence.statistics.diagnostics import finite_vector

QUIET, AFTER = 12, 12  # steps without an act before one that stands alone, and steps followed after it
_FEWEST_ACTS, _FEWEST_PLACEBOS = 5, 5
_PLACEBO_SETS = 2000  # standard error of a p-value of 0.05: 0.005


def lone_acts(acts: NDArray) -> list[int]:
    """Steps with an act after `QUIET` steps without one, and with `AFTER` steps still to come."""
    return [t for t in range(QUIET, acts.size - AFTER) if acts[t] > 0 and not acts[t - QUIET : t].any()]


def change_around(y: NDArray, t: int) -> float:
    """The log ratio of the counts in the `AFTER` steps after t to those in the `QUIET` steps before it."""
    return float(np.log((y[t + 1 : t + 1 + AFTER].sum() + 0.5) / (y[t - QUIET : t].sum() + 0.5)))


def lone_act_effect(pairs: Sequence[tuple[NDArray, NDArray]], rng: np.random.Generator) -> Estimate:
    """The mean change of counts around lone acts, less that around placebo steps of the same series.

    ``mean_acts log(after / before) - mean_placebos log(after / before)``. Placebo steps have no act in the steps before
    them or on them; sets of as many as a series has lone acts are drawn, so each series weighs as it does among acts.

    Parameters
    ----------
    pairs : (acts, counts) of each series (country, society), both of shape (T,), from 0.
    rng : of the placebo sets.

    Returns
    -------
    `Estimate` in log ratio; p: the share of placebo sets at least as far from their mean; the interval is
    the wider of that of the placebos and of the spread among acts.

    Raises
    ------
    EstimationError : with fewer than five lone acts in all.

    Known limits: acts that respond to what moves the counts are no experiment. Acts that stand alone are a selection:
    they come from calm times. Use `groundswell.evidence.response.event_study.event_study` for one series with trend
    and season.
    """
    method = f"log ratio of counts, {AFTER} steps after to {QUIET} before lone acts, less that of placebo steps"
    effects: list[float] = []
    placebos: list[tuple[int, list[float]]] = []
    for acts, counts in pairs:
        acts, counts = finite_vector(acts, "acts"), finite_vector(counts, "counts")
        found = lone_acts(acts)
        quiet = [t for t in range(QUIET, acts.size - AFTER) if not acts[t - QUIET : t + 1].any()]
        if found and len(quiet) >= _FEWEST_PLACEBOS:
            effects += [change_around(counts, t) for t in found]
            placebos.append((len(found), [change_around(counts, t) for t in quiet]))
    if len(effects) < _FEWEST_ACTS:
        raise EstimationError(f"{len(effects)} acts that stand alone", expected=f"at least {_FEWEST_ACTS}")
    sums = np.zeros(_PLACEBO_SETS)
    for k, values in placebos:
        sums += np.asarray(values)[rng.integers(len(values), size=(_PLACEBO_SETS, k))].sum(axis=1)
    drawn = sums / len(effects)
    centred = drawn - drawn.mean()
    value = float(np.mean(effects) - drawn.mean())
    low, high = np.quantile(centred, [0.025, 0.975])
    spread = float(np.std(effects, ddof=1) / np.sqrt(len(effects)))
    half = max(float(high - low) / 2, 1.96 * spread)
    p = float((1 + (np.abs(centred) >= abs(value)).sum()) / (1 + _PLACEBO_SETS))
    checks = {"change around placebo steps": float(drawn.mean()), "series with lone acts": len(placebos)}
    return Estimate(value, value - half, value + half, p, len(effects), method, "log ratio", passed=True, checks=checks)
