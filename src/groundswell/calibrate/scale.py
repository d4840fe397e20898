"""The number of people behind a record, as far as its numbers reveal it, and the number in each world.

A share of N people moves in steps of 1/N and varies by chance as 1/sqrt(N). A fit of an unscaled share takes the chance
variation of the record for that of its worlds; with another number of people it would mistake variation for dynamics.
The steps of a series reveal the number, if the series was not rounded.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from groundswell.calibrate.observed import Observed
from groundswell.calibrate.posterior import Learnt

Floats = NDArray[np.float64]

MOST = 20_000
"""Largest number of people whose steps numbers of six digits show: errors of 5e-7 are a hundredth of a step."""
OFF = 0.02
"""Error allowed in a multiple, in steps."""
OTHER_PEOPLE = "The record does not come from"
"""The beginning of the sentence if the record visibly has another number of people."""


def smallest_step(values: Floats, most: int = MOST) -> int | None:
    """The smallest n such that all values are multiples of 1/n; None if there is none up to `most`."""
    x = np.unique(np.abs(values[np.isfinite(values)]))
    x = x[x % 1 > 0]
    if not len(x):
        return None
    left = np.arange(2, most + 1)
    for value in x:
        steps = value * left
        left = left[np.abs(steps - np.round(steps)) <= OFF]
        if not len(left):
            return None
    return int(left[0])


def scale_of(learnt: Learnt, observed: Observed) -> str:
    """A sentence on the number of people; empty if it does not matter."""
    kin = learnt.kin
    theory, given = kin.draws.theory, kin.draws.population
    people = int(given.get("people") or given.get("rows", 1) * given.get("columns", 1))
    unscaled = [
        (j, name)
        for j, name in enumerate(kin.draws.observables)
        if kin.reporting.series[name].form == "exact" and theory.observables[name].of.startswith("people.")
    ]
    if not theory.peopled or not unscaled:
        return ""
    chance = (
        "an unscaled series is fitted with the chance variation of that many people, so a series from more people, "
        "which is smoother, is mistaken for slower or weaker dynamics"
    )
    if people * kin.every <= MOST:
        simulated = learnt.table.block(0)
        for j, name in unscaled:
            own = simulated.values[~simulated.failed, :, j].astype(float) * people
            if np.abs(own - np.round(own)).max(initial=0.0) > OFF:
                continue  # not a share of people
            x = observed.series[name][observed.watched] * people * kin.every
            if np.abs(x - np.round(x)).max(initial=0.0) <= OFF:
                continue
            step = smallest_step(observed.series[name][observed.watched] * kin.every)
            shown = f"its values are multiples of 1/{step:,}" if step else "its values are not multiples of 1/people"
            said = f"--people {step}, or " if step else ""
            return (
                f"{OTHER_PEOPLE} {people:,} people, as each world does: {name} moves in other steps ({shown}); "
                f"{chance}. Use {said}the record's number of people, or --reporting noisy"
            )
    return f"Each world has {people:,} people, and the record is assumed to come from as many: {chance}"


__all__ = ["OTHER_PEOPLE", "scale_of", "smallest_step"]
