"""SIR: final sizes where everyone meets everyone and on Poisson networks, twins, the reference."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from groundswell.engine.reference import simulate_reference
from groundswell.engine.simulate import simulate
from groundswell.engine.worlds import Seed, Set, World
from groundswell.population.generate import erdos_renyi, ring
from groundswell.population.population import tied, well_mixed
from groundswell.theories.sir import Sir
from groundswell.theory.analytic.pairs import final_size


def reached(history):
    return history["retirement"][-1] + history["prevalence"][-1]


def test_the_final_size_does_not_depend_on_how_long_a_step_is():
    n, worlds = 20_000, 8
    for retiring in (0.2, 2.0):
        contagion = 2.0 * (1 - math.exp(-retiring)) / (n - 1)
        many = [World(k, {"contagion": contagion, "retiring": retiring, "start": 0.01}) for k in range(worlds)]
        sizes = reached(simulate(Sir, well_mixed(n), many, 200))
        assert abs(sizes.mean() - final_size(2.0, 0.01)) < 5 * sizes.std(ddof=1) / math.sqrt(worlds)


def test_one_step_of_activity_on_a_poisson_network_is_percolation():
    worlds = 6
    found = []
    for k in range(worlds):
        population = tied(erdos_renyi(40_000, 4.0, seed=k))
        params = {"contagion": -math.log(1 - 0.4), "retiring": 50.0, "start": 0.005}
        found.append(reached(simulate(Sir, population, [World(k, params)], 60))[0])
    assert abs(np.mean(found) - final_size(1.6, 0.005)) < 5 * np.std(found, ddof=1) / math.sqrt(worlds)
    wrong = final_size(1.7, 0.005)
    assert abs(np.mean(found) - wrong) > 5 * np.std(found, ddof=1) / math.sqrt(worlds), "a tenth more would be seen"


def test_it_is_what_plain_python_makes_of_it():
    population = tied(erdos_renyi(120, 5.0, seed=1))
    worlds = [
        World(1, {"start": 0.3, "contagion": 0.3}),
        World(2, {}, (Seed("active", 0.3, at=2), Set("retiring", 0.0, 4))),
    ]
    made, content = (f(Sir, population, worlds, 12) for f in (simulate, simulate_reference))
    assert np.array_equal(made.values, content.values)


def test_who_was_not_near_the_change_stays_as_in_the_twin():
    population = tied(ring(300, 2, seed=1))
    twins = [
        World(3, {"start": 0.0, "contagion": 1.0}),
        World(3, {"start": 0.0, "contagion": 1.0}, (Seed("active", 0.01, at=1),)),
    ]
    totals = simulate(Sir, population, twins, 5, totals=("active", "retired")).totals
    assert totals["active"][:, 0].sum() == totals["retired"][:, 0].sum() == 0
    assert 0 < np.count_nonzero(totals["active"][:, 1]) < 60


@settings(max_examples=25, deadline=None)
@given(contagion=st.floats(0, 3), retiring=st.floats(0, 3), start=st.floats(0, 1))
def test_nobody_comes_back_and_the_three_groups_are_everyone(contagion, retiring, start):
    params = {"contagion": contagion, "retiring": retiring, "start": start}
    history = simulate(Sir, tied(ring(60, 4, seed=1)), [World(5, params)], 10)
    ever = (history["retirement"] + history["prevalence"])[:, 0]
    assert (np.diff(ever) >= -1e-12).all()
    assert (np.diff(history["retirement"][:, 0]) >= 0).all()
    assert ever[-1] <= 1 + 1e-12


def test_a_million_people():
    n = 1_000_000
    params = {"contagion": 2.0 * (1 - math.exp(-1.0)) / (n - 1), "retiring": 1.0, "start": 0.001}
    size = reached(simulate(Sir, well_mixed(n), [World(1, params)], 80))[0]
    assert abs(size - final_size(2.0, 0.001)) < 0.005  # the first thousand's luck moves it by about .001
