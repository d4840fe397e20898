"""Dates of acts that follow a trend: chosen in a first pass without acts, and applied in a second.

A scenario in which a trend times the acts must not erase their effect. So the society is first simulated without acts;
periods are chosen by how much the outcome is about to move; and the same society, with the same people, parameters and
luck, is simulated again with acts at the chosen periods (Bueno de Mesquita 2010 on the selection).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from groundswell.claims.lazy import LazyEnsemble
from groundswell.engine.simulate import simulate
from groundswell.engine.worlds import Intervention
from groundswell.errors import StudyError
from groundswell.experiment.arms import Arm

Floats = NDArray[np.float64]


def change_around(y: Floats, before: int, after: int) -> Floats:
    """Log ratio of the mean over the `after` periods from each date on to that of the `before` periods before it.

    Shape (T,); NaN where either stretch does not lie within the series. Half of the smallest positive value is added.
    """
    positive = y[y > 0]
    small = 0.5 * float(positive.min()) if positive.size else 1.0
    total = np.concatenate([[0.0], np.cumsum(y)])
    found = np.full(y.size, np.nan)
    t = np.arange(before, y.size - after + 1)
    found[t[t < y.size]] = (
        np.log((total[t + after] - total[t]) / after + small) - np.log((total[t] - total[t - before]) / before + small)
    )[t < y.size]
    return found


def choose_periods(
    change: Floats, k: int, rising: bool, rng: np.random.Generator, odds: float = float(np.e)
) -> NDArray[np.bool_]:
    """The k periods with an act if acts follow a trend: a change of one sd multiplies the odds of a date by `odds`.

    Parameters
    ----------
    change : shape (T,); NaN where no act is possible.
    k : number of acts; at most the number of periods that can have one.
    rising : whether acts are more likely where the change is upward.
    """
    out = np.zeros(change.size, bool)
    open_ = np.flatnonzero(np.isfinite(change))
    if not open_.size or k <= 0:
        return out
    of = change[open_]
    z = (of - of.mean()) / max(float(of.std()), 1e-9)
    weight = np.exp((1.0 if rising else -1.0) * np.log(odds) * z)
    out[rng.choice(open_, size=min(k, open_.size), replace=False, p=weight / weight.sum())] = True
    return out


def lived_again(
    ensemble: LazyEnsemble,
    account: str,
    arm: str,
    added: Sequence[Sequence[Intervention]],
    *,
    threads: int | None = None,
) -> Floats:
    """The draws of one arm simulated again, with further interventions for each draw besides those of the arm.

    Parameters
    ----------
    ensemble : the first pass.
    added : for each draw.

    Returns
    -------
    float64[draws, steps + 1, observables], NaN where a run failed. Each draw is the twin of that in the first pass.
    """
    design = ensemble.design
    if len(added) != design.draws:
        raise StudyError(f"interventions for {len(added)} draws", expected=f"one list for each of {design.draws} draws")
    base = design.arms[arm]
    drawn = ensemble.parameters(account)
    worlds = [
        Arm(arm, base.params, (*base.interventions, *more)).world(drawn[d], design.run_seed(account, d))
        for d, more in enumerate(added)
    ]
    out = np.empty((design.draws, design.steps + 1, len(design.theory.observables)))
    for number, (population, seed) in enumerate(design.societies):
        own = slice(number, None, len(design.societies))  # the draws assigned to this society
        if not worlds[own]:
            continue
        found = simulate(design.theory, population, worlds[own], design.steps, population_seed=seed, threads=threads)
        values = np.ascontiguousarray(found.values.transpose(1, 0, 2))
        values[[world for world, _, _ in found.failed]] = np.nan
        out[own] = values
    return out
