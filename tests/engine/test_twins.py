"""Twins share every draw: what differs between them was caused by the intervention, and travels no faster than ties."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundswell.engine.setup import seeded
from groundswell.engine.simulate import simulate
from groundswell.engine.worlds import Cap, Pulse, Seed, Set, World
from groundswell.population.generate import ring
from groundswell.population.population import tied
from groundswell.theories.deed import Deed
from groundswell.theory.registry import load_theory

HERE = Path(__file__).parent / "theories"
SHIPPED = {name: load_theory(name) for name in ("deed", "granovetter", "kuran", "watts")}
THEORIES = {**SHIPPED, **{path.stem: load_theory(path) for path in sorted(HERE.glob("*.py"))}}
PEOPLE = 300


@pytest.fixture(params=THEORIES)
def theory(request):
    return THEORIES[request.param]


def test_identical_twins_are_exactly_equal(theory, population):
    worlds = [World(4), World(5), World(4), World(4)]
    history = simulate(theory, population, worlds, 5, batch=3, threads=1, totals=tuple(theory.states))
    for twin in (2, 3):
        assert np.array_equal(history.values[:, 0], history.values[:, twin])
        for total in history.totals.values():
            assert np.array_equal(total[:, 0], total[:, twin])
    if theory.streams:
        assert any((total[:, 0] != total[:, 1]).any() for total in history.totals.values()), "strangers differ"


def test_an_intervention_that_changes_nothing_makes_identical_twins(theory, population):
    idle = [Pulse(name, 0.0, at=2) for name in theory.shocks]
    idle += [Set(name, param.default, start=2, end=4) for name, param in theory.params.items()]
    idle = [x for x in idle if not isinstance(x, Set) or x.param not in theory.before_the_start()]
    idle += [Cap(name, 1e300, start=2) for name in theory.societies]
    idle += [Seed(name, 0.0, at=3) for name, state in theory.states.items() if state.kind is bool]
    history = simulate(theory, population, [World(4), World(4, {}, tuple(idle))], 6, threads=1)
    assert np.array_equal(history.values[:, 0], history.values[:, 1])


def test_twins_are_the_same_until_the_intervention(theory, population):
    for name, state in theory.states.items():
        if state.kind is bool:
            twin = World(4, {}, (Seed(name, 0.5, at=4),))
            history = simulate(theory, population, [World(4), twin], 6, threads=1)
            assert np.array_equal(history.values[:4, 0], history.values[:4, 1])


# One extra person on a ring

LOCAL = {  # theories whose people meet only along ties, with a state to seed and parameters that let it spread
    "watts": ("active", {"phi": 0.3, "seeds": 3.0}),
    "granovetter": ("acts", {}),
    "frontier": ("on", {}),
    "creep": ("gone", {}),
}


@pytest.mark.parametrize("name", LOCAL)
@given(st.integers(0, 2**32), st.integers(1, 3), st.integers(1, 6))
@settings(max_examples=25, deadline=None)
def test_one_extra_person_changes_only_those_within_reach(name, seed, reach, steps):
    """On a ring where one sees `reach` people to each side, after t steps the effect lies within t * reach."""
    state, params = LOCAL[name]
    network = ring(PEOPLE, 2 * reach)
    population = tied(network)
    one = Seed(state, 1.2 / PEOPLE, at=1)
    chosen = np.flatnonzero(seeded(one, PEOPLE, seed))
    worlds = [World(seed, params), World(seed, params, (one,))]
    states = tuple(THEORIES[name].states)
    history = simulate(THEORIES[name], population, worlds, steps, threads=1, totals=states)
    touched = np.zeros(PEOPLE, bool)
    for total in history.totals.values():
        touched |= total[:, 0] != total[:, 1]
    away = np.full(PEOPLE, PEOPLE)
    for person in chosen:
        ahead = (np.arange(PEOPLE) - person) % PEOPLE
        away = np.minimum(away, np.minimum(ahead, PEOPLE - ahead))
    assert not touched[away > steps * reach].any()


def test_the_extra_person_does_reach_as_far_as_ties_allow():
    """The property above would hold of an engine in which nothing spreads; here everything does, at full speed."""
    population = tied(ring(PEOPLE, 4))
    seed = next(s for s in range(100) if seeded(Seed("active", 1 / PEOPLE, at=1), PEOPLE, s).sum() == 1)
    person = int(np.flatnonzero(seeded(Seed("active", 1 / PEOPLE, at=1), PEOPLE, seed))[0])
    params = {"phi": 0.2, "seeds": 0.0}
    worlds = [World(seed, params), World(seed, params, (Seed("active", 1 / PEOPLE, at=1),))]
    for steps in (1, 5, 20):
        total = simulate(THEORIES["watts"], population, worlds, steps, threads=1, totals=("active",)).totals["active"]
        changed = np.flatnonzero(total[:, 0] != total[:, 1])
        expected = np.sort((person + np.arange(-2 * steps, 2 * steps + 1)) % PEOPLE)
        assert np.array_equal(changed, expected)


def test_an_act_changes_nothing_before_it_and_something_after(populations):
    worlds = [World(k) for k in range(4)] + [World(k, {}, (Pulse("act", 1.0, at=5),)) for k in range(4)]
    history = simulate(Deed, populations["regions"], worlds, 30, threads=1)
    calm, struck = history.values[:, :4], history.values[:, 4:]
    assert np.array_equal(calm[:5], struck[:5])
    assert (calm[5] != struck[5]).any(axis=1).all()
    assert np.array_equal(history["violence"][5, 4:], history["violence"][5, :4] + 1)
