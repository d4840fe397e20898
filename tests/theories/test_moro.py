"""Moro's revolutions: who can act at all, who falls to whom, and the three outcomes."""

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
from groundswell.theories import moro
from groundswell.theories.moro import Moro
from groundswell.theory.lattice import Torus, holds

pytestmark = pytest.mark.long  # its kernels take seconds to compile

GRID = on_grid(40, 40)


def run(*worlds, steps=60, grid=GRID):
    return simulate(Moro, grid, worlds, steps, threads=1)


def test_without_police_everyone_with_a_grievance_is_active():
    """H (1 - L) > T with L = 0: nine in ten, whatever their risk aversion, and nobody dies or is jailed."""
    history = run(World(1, {"police": 0.0, "legitimacy": 0.0}))
    active = history["active"][1:, 0]
    assert (active == active[0]).all()
    assert abs(active[0] - 0.9 * 1120) < 5 * math.sqrt(0.09 * 1120)
    assert history["killed"].sum() == history["jailed"].sum() == 0


@pytest.mark.parametrize(
    ("params", "still"),
    [
        ({"legitimacy": 1.0}, ("active", "jailed", "killed")),
        ({"n": 1e6}, ("killed",)),
        ({"p": 0.0, "r": 0.0}, ("killed",)),
        ({"citizens": 0.0}, ("active", "jailed", "killed")),
        ({"j_max": 0.0}, ("jailed",)),
    ],
)
def test_what_cannot_happen_does_not(params, still):
    history = run(World(2, params))
    for name in still:
        assert history[name].sum() == 0, name


def test_police_who_are_outnumbered_deter_nobody():
    """The ratio is rounded down: literally, k = 1000 would be a risk of 1 wherever a policeman is seen, and H - R > T,
    which holds for two in five, would be asked of most."""
    certain = {"legitimacy": 0.0, "k": 1000.0, "p": 0.0, "r": 0.0}  # those who shoot do not arrest
    active = run(*[World(5, certain | {"police": share}) for share in (0.04, 0.0)])["active"]
    assert active[1, 0] < active[1, 1]
    assert active[-1, 0] > 0.95 * active[-1, 1]


def test_a_side_that_always_misses_kills_nobody():
    history = run(World(3, {"p": 0.0, "r": 0.5}), World(3, {"p": 0.5, "r": 0.0}))
    assert history["revolutionaries"][-1, 0] == 88
    assert history["policemen"][-1, 0] < 64
    assert history["policemen"][-1, 1] == 64
    assert history["revolutionaries"][-1, 1] < 88


@given(
    st.integers(0, 10**6), st.floats(0, 1), st.floats(0, 1), st.floats(0, 3), st.floats(1, 4.9), st.floats(0.3, 0.9)
)  # fmt: skip
@settings(max_examples=25, deadline=None)
def test_everyone_is_somewhere_once(last_arrays, seed, p, r, n, sight, citizens):
    """Sets of sites are those of the people on them; nobody returns from the dead, and no two share a site."""
    made = last_arrays
    params = {"p": p, "r": r, "n": n, "sight": sight, "citizens": citizens, "members": 0.05, "police": 0.04}
    history = simulate(Moro, on_grid(12, 15), [World(seed, params)], 25, threads=1)
    people, torus = made["person"], Torus(12, 15, int(sight))
    members, police = round(0.05 * 180), round(0.04 * 180)
    kinds = {"riot": slice(0, people.size - members - police), "arms": slice(people.size - members - police, -police),
             "order": slice(people.size - police, None)}  # fmt: skip
    for name, who in kinds.items():
        some = people[who]
        seen = {(int(x.row), int(x.column)) for x in some if x.here and (x.active or name == "order")}
        assert seen == {(y, x) for y in range(12) for x in range(15) if holds(torus, made[name], y, x)}, name
    here = people[people.here == 1]
    assert len({(int(x.row), int(x.column)) for x in here}) == here.size
    citizens_there = people[kinds["riot"]]
    assert history["jailed"][-1, 0] == (citizens_there.here == 0).sum() == (citizens_there.term > 0).sum()
    assert history["policemen"][-1, 0] == people[kinds["order"]].here.sum()
    assert history["revolutionaries"][-1, 0] == people[kinds["arms"]].here.sum()
    for name in ("policemen", "revolutionaries"):
        assert (np.diff(history[name][:, 0]) <= 0).all()
    dead = members + police - history["policemen"][-1, 0] - history["revolutionaries"][-1, 0]
    assert history["killed"].sum() == dead


def test_compiled_is_plain_python(make_plain):
    worlds = [World(s, {"p": 0.6, "sight": 3.0}, (Set("r", 0.9, 6),)) for s in range(2)]
    compiled = run(*worlds, steps=15, grid=on_grid(16, 18))
    make_plain(moro)
    assert np.array_equal(compiled.values, simulate_reference(Moro, on_grid(16, 18), worlds, 15).values)


def test_twins_part_when_one_side_shoots_better_and_no_sooner():
    history = run(World(4), World(4, interventions=(Set("r", 0.0, 12),)))
    assert np.array_equal(history.values[:12, 0], history.values[:12, 1])
    assert (np.diff(history["policemen"][11:, 1]) == 0).all()
    assert history["policemen"][-1, 0] < 64


def test_the_three_outcomes_of_the_paper():
    cases = {"success": (0.4, 0.3), "anarchy": (0.9, 0.3), "failure": (0.9, 0.1)}
    history = run(*[World(s, {"p": p, "r": r}) for p, r in cases.values() for s in range(20)], steps=200)
    left, alive = history["policemen"][-1].reshape(3, 20) / 64, history["revolutionaries"][-1].reshape(3, 20)
    assert (left[0] == 0).mean() > 0.8
    assert ((left[1] > 0) & (left[1] < 2 / 3) & (alive[1] == 0)).mean() > 0.5
    assert ((left[2] > 2 / 3) & (alive[2] == 0)).mean() > 0.8


def test_more_people_than_sites_are_refused():
    with pytest.raises(TheoryError, match="people on 1600 sites"):
        run(World(0, {"citizens": 0.95}))


def test_a_hundred_thousand_people():
    history = run(World(1), steps=12, grid=on_grid(400, 400))
    assert history["policemen"][0, 0] == 6400
    assert history["active"].max() > 1000
