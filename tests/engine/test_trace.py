"""The trace of a person is what the simulated world did to that person, draw by draw."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from groundswell.draws import stream_id, uniform_reference
from groundswell.engine.simulate import simulate
from groundswell.engine.trace import trace
from groundswell.engine.worlds import World
from groundswell.errors import PopulationError, TheoryError
from groundswell.population.generate import ring
from groundswell.population.population import tied, well_mixed
from groundswell.theory.registry import load_theory

SIS = load_theory("sis")
POPULATION = tied(ring(40, 4))


def test_it_shows_what_the_engine_did():
    world, person, steps = World(3, {"contagion": 0.3}), 7, 12
    (state,) = SIS.states
    followed = trace(SIS, POPULATION, world, steps, person=person)
    assert [turn.step for turn in followed.turns] == list(range(1, steps + 1))
    sums = [
        simulate(SIS, POPULATION, [world], t, totals=(state,)).totals[state][person, 0] for t in range(1, steps + 1)
    ]
    after = np.diff([0.0, *sums]) > 0
    for k, turn in enumerate(followed.turns):
        before = turn.saw[f"me.{state}"]
        assert (f"me.{state}" in turn.did) == (bool(before) != bool(after[k]))
        if k:
            assert bool(before) == bool(after[k - 1])
        for name, text in turn.drew.items():
            u = uniform_reference(3, stream_id(name), turn.step, person)
            assert text.startswith(f"{u:.6g} ")
    assert any(turn.did for turn in followed.turns)
    text = str(followed)
    assert "sis: person 7\nstep 1\n  saw   " in text
    assert "  drew  " in text


def test_who_is_not_there_and_what_is_no_rule_is_refused():
    with pytest.raises(PopulationError, match=r"person 40; expected a person in 0..39"):
        trace(SIS, POPULATION, World(1), 2, person=40)
    with pytest.raises(TheoryError, match="expected a theory of rules"):
        trace(load_theory("burbeck"), well_mixed(1), World(1), 2, person=0)


def test_the_command_prints_it():
    call = [sys.executable, "-m", "groundswell", "trace", "sis", "--person", "7", "--steps", "2", "--people", "30"]
    done = subprocess.run(call, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("sis: person 7\nstep 1\n  saw   me.active = ")
    assert "step 2" in done.stdout
