"""Epstein's second model: lives and deaths by the book, peace above a legitimacy, extinction below, invariants."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundswell.engine.reference import simulate_reference
from groundswell.engine.simulate import simulate
from groundswell.engine.worlds import Set, World
from groundswell.errors import TheoryError
from groundswell.population.population import on_grid
from groundswell.theories import epstein_groups
from groundswell.theories.epstein_groups import EpsteinGroups, arrest_risk
from groundswell.theory.lattice import Torus, holds

pytestmark = pytest.mark.long  # its kernels take seconds to compile

GRID = on_grid(40, 40)
PEACE = {"legitimacy": 0.9}


def run(*worlds, steps=60, grid=GRID):
    return simulate(EpsteinGroups, grid, worlds, steps, threads=1)


def people(history):
    return history["blue"] + history["green"]


def test_no_grievance_exceeds_the_threshold_at_a_legitimacy_of_nine_tenths():
    """H (1 - .9) > .1 for nobody: peace is exact, with cops or without."""
    history = run(World(1, PEACE), World(2, PEACE | {"cop_density": 0.1}), steps=200)
    assert history["killed"].sum() == history["violent"].sum() == history["jailed"].sum() == 0
    assert people(history)[-1].min() > 1000


def test_lives_end_as_often_as_uniform_lifetimes_do():
    """Without clones and violence, of N people N (1 - t / 200) live after t periods."""
    living = people(run(*[World(s, PEACE | {"clone": 0.0, "stops": 0.0}) for s in range(8)], steps=201))
    assert (living[0] == 1120).all()
    for t in (20, 100, 180):
        share = 1 - t / 200
        assert abs(living[t].sum() - 8960 * share) < 5 * math.sqrt(8960 * share * (1 - share))
    assert living[201].sum() == 0


def test_clones_come_as_often_as_their_probability_where_there_is_room():
    living = people(run(*[World(s, PEACE | {"agent_density": 0.05, "max_age": 1e9}) for s in range(20)], steps=1))
    born = living[1].sum() - living[0].sum()
    expected = 0.05 * living[0].sum()
    assert abs(born - expected) < 5 * math.sqrt(expected)


def test_a_clone_is_of_its_parents_group():
    history = run(
        World(3, PEACE | {"share_green": 1.0}), World(4, PEACE | {"share_green": 0.0, "stops": 0.0}), steps=50
    )
    assert history["blue"][:, 0].sum() == history["green"][:, 1].sum() == 0
    assert history["blue"][-1, 1] > history["blue"][0, 1]


def test_groups_are_drawn_in_their_share():
    green = run(*[World(s, {"share_green": 0.3}) for s in range(20)], steps=0)["green"][0].sum()
    assert abs(green - 0.3 * 22_400) < 5 * math.sqrt(0.21 * 22_400)


@pytest.mark.parametrize(
    ("reading", "cops", "actives", "ratio"),
    [(0, 3, 2, 1.5), (1, 3, 2, 1.0), (2, 3, 2, 2.0), (2, 5, 2, 2.0), (1, 1, 2, 0.0), (2, 1, 2, 0.0), (0, 1, 1, 1.0)],
)
def test_the_ratio_is_read_as_reading_says(reading, cops, actives, ratio):
    """A deviation; P = 0.9 at one cop to one active person, with any reading."""
    found = arrest_risk(cops, actives, 2.3, float(reading))
    assert found == pytest.approx(1 - math.exp(-2.3 * ratio), abs=1e-12)


def test_without_cops_the_reading_changes_nothing():
    values = run(*[World(5, {"reading": r}) for r in (0, 1, 2)]).values
    assert np.array_equal(values[:, 0], values[:, 1])
    assert np.array_equal(values[:, 0], values[:, 2])


def test_genocide_without_cops_is_certain_and_spares_either_group():
    history = run(*[World(s) for s in range(40)], steps=500)
    least = np.minimum(history["blue"], history["green"])
    assert (least[-1] == 0).all()
    victors = (history["green"][-1] > 0).sum()
    assert abs(victors - 20) < 5 * math.sqrt(10)
    # a deviation: once a group is extinct, nothing happens
    for w in range(40):
        end = int((least[:, w] == 0).argmax())
        assert (people(history)[end:, w] == people(history)[end, w]).all()
        assert history["killed"][end + 1 :, w].sum() == 0


def test_life_goes_on_after_extinction_where_worlds_do_not_stop():
    history = run(World(6, {"stops": 0.0}), steps=300)
    end = int((np.minimum(history["blue"], history["green"])[:, 0] == 0).argmax())
    assert 0 < end < 250
    assert np.unique(people(history)[end:, 0]).size > 10


def test_peacekeepers_change_nothing_before_they_come_and_are_as_many_as_they_shall_be():
    twins = World(7), World(7, interventions=(Set("cop_density", 0.04, 20), Set("cop_density", 0.02, 30)))
    history = run(*twins, steps=40)
    assert np.array_equal(history.values[:20, 0], history.values[:20, 1])
    assert (history["cops"][:20] == 0).all()
    assert (history["cops"][20:30, 1] == 64).all()
    assert (history["cops"][30:, 1] == 32).all()
    assert history["jailed"][:, 0].sum() == 0 < history["jailed"][20:, 1].sum()


def test_cops_find_room_as_far_as_there_is_room():
    crowd = World(8, {"agent_density": 1.0} | PEACE, (Set("cop_density", 0.5, 5),))
    cops = run(crowd, steps=8)["cops"][5:, 0]
    assert (cops > 0).all()
    assert cops[-1] < 800


@given(
    st.integers(0, 10**6), st.floats(0, 0.9), st.sampled_from([1.0, 1.7, 3.2]), st.floats(0, 0.3), st.floats(0, 0.7),
    st.floats(0, 1), st.floats(1, 60), st.floats(0, 20),
)  # fmt: skip
@settings(max_examples=25, deadline=None)
def test_everyone_is_somewhere_once(last_arrays, seed, legitimacy, vision, cops, agents, clone, max_age, j_max):
    """Sets of sites are those of the people on them, counts are those of the living, free places those of nobody."""
    params = {"legitimacy": legitimacy, "vision": vision, "cop_density": cops, "agent_density": agents, "clone": clone,
              "max_age": max_age, "j_max": j_max, "stops": 0.0}  # fmt: skip
    history = run(World(seed, params), steps=25, grid=on_grid(11, 14))
    made, torus = last_arrays, Torus(11, 14, int(max(vision, 1.7)))
    agent, cop = made["agent"], made["cop"][: int(history["cops"][-1, 0])]
    free = agent[(agent.alive == 1) & (agent.held == 0)]
    sets = {
        "occupied": np.concatenate([_sites(free), _sites(cop)]),
        "policed": _sites(cop),
        "rising": _sites(free[free.active == 1]),
    }
    for name, expected in sets.items():
        assert _marked(made[name], torus) == sorted(expected.tolist()), name
    for group in (0, 1):
        assert _marked(made["groups"][group], torus) == sorted(_sites(free[free.group == group]).tolist())
    for i in np.flatnonzero((agent.alive == 1) & (agent.held == 0)):
        assert made["at"][agent[i].row, agent[i].column] == i
    living = agent[agent.alive == 1]
    assert history["green"][-1, 0] == living.group.sum()
    assert history["blue"][-1, 0] == (1 - living.group).sum()
    assert history["jailed"][-1, 0] == living.held.sum()
    assert history["violent"][-1, 0] == agent.active.sum()
    spare = made["spare"][: agent.size - living.size]
    assert sorted(spare.tolist()) == np.flatnonzero(agent.alive == 0).tolist()
    assert (living.age <= living.life).all()


def _sites(some):
    return some.row * 14 + some.column


def _marked(board, torus):
    return [y * 14 + x for y in range(11) for x in range(14) if holds(torus, board, y, x)]


def test_jail_is_left_in_time_and_near_the_arrest(last_arrays):
    """A deviation: from jail one returns within vision; nobody is held longer than j_max periods."""
    run(World(9, {"cop_density": 0.1, "j_max": 6.0}), steps=20)
    held = last_arrays["agent"][last_arrays["agent"].held == 1]
    assert held.size > 0
    assert held.term.max() <= 6.0
    run(World(9, {"cop_density": 0.1, "j_max": 0.0}), steps=20)
    assert last_arrays["agent"].held.sum() == 0


def test_compiled_is_plain_python(make_plain):
    worlds = [World(s, {"cop_density": 0.05, "reading": s}, (Set("cop_density", 0.1, 6),)) for s in range(3)]
    compiled = run(*worlds, steps=12, grid=on_grid(12, 15))
    make_plain(epstein_groups)
    assert np.array_equal(compiled.values, simulate_reference(EpsteinGroups, on_grid(12, 15), worlds, 12).values)


def test_more_than_one_to_a_site_is_refused():
    with pytest.raises(TheoryError, match="at most 1 together"):
        run(World(0, {"agent_density": 0.7, "cop_density": 0.4}))


@pytest.mark.parametrize("params", [{"reading": 0.5}, {"stops": 0.5}])
def test_what_lies_between_readings_is_refused(params):
    with pytest.raises(TheoryError, match="0, 1 or 2"):
        run(World(0, params))


def test_a_hundred_thousand_sites():
    history = run(World(1, {"cop_density": 0.04}), steps=5, grid=on_grid(320, 320))
    assert people(history)[0, 0] == 71_680
    assert history["killed"][1:].min() > 100
