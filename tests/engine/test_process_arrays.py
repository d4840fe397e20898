"""Arrays are lent to a step, not counted: it may make arrays of its own, and what it was lent is still there after."""

from __future__ import annotations

import sys

import numpy as np

from groundswell.engine.reference import simulate_reference
from groundswell.engine.simulate import simulate
from groundswell.engine.worlds import World
from groundswell.population.population import well_mixed
from groundswell.theory import Observable, Process, Society, State
from groundswell.theory.compiled import compiled

LENT = np.arange(5.0)


@compiled
def doubled(x):
    return 2 * x


@compiled
def itself(x):
    return x


class Lent(Process):
    """Adds up arrays that it makes, is lent, and is handed back."""

    level = State(float, initial=1.0)
    total = Society(meaning="the sum")
    sums = Observable("society.total")

    def arrays():
        return {"lent": LENT}

    def step(people, society):
        for _ in range(3):
            society.total += doubled(people.lent).sum() + itself(people.lent)[1:].sum() + people.level.sum()


def test_what_is_lent_is_returned():
    before = sys.getrefcount(LENT)
    for engine in (simulate, simulate_reference):
        history = engine(Lent, well_mixed(5), [World(0), World(1)], 100)
        assert history["sums"][:3].tolist() == [[0, 0], [105, 105], [210, 210]]
    assert LENT.tolist() == [0, 1, 2, 3, 4]
    assert sys.getrefcount(LENT) == before
