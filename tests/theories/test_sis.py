"""SIS: the map of many people, continuous time in the limit of short steps, twins, the reference."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundswell.engine.reference import simulate_reference
from groundswell.engine.simulate import simulate
from groundswell.engine.worlds import Seed, World
from groundswell.population.generate import erdos_renyi, ring
from groundswell.population.population import tied, well_mixed
from groundswell.theories.sis import Sis
from groundswell.theory.analytic.pairs import sis_in_steps, sis_mean_field


def test_where_all_meet_it_settles_at_the_fixed_point_of_its_map():
    n, worlds = 20_000, 8
    many = [World(k, {"contagion": 1.5 / (n - 1), "dropping": 0.5, "start": 0.5}) for k in range(worlds)]
    rest = simulate(Sis, well_mixed(n), many, 120)["prevalence"][60:].mean(axis=0)
    assert abs(rest.mean() - sis_in_steps(1.5, 0.5)) < 5 * rest.std(ddof=1) / math.sqrt(worlds) + 1 / n


def test_short_steps_approach_continuous_time():
    errors = [abs(sis_in_steps(3 * d, d) - sis_mean_field(3.0)) for d in (0.2, 0.1, 0.05)]
    assert errors[0] / errors[1] == pytest.approx(2, abs=0.3)
    assert errors[1] / errors[2] == pytest.approx(2, abs=0.3)


def test_it_is_what_plain_python_makes_of_it():
    population = tied(erdos_renyi(120, 5.0, seed=1))
    worlds = [World(1, {"start": 0.3, "contagion": 0.3}), World(2, {}, (Seed("active", 0.3, at=2),))]
    made, found = (f(Sis, population, worlds, 12) for f in (simulate, simulate_reference))
    assert np.array_equal(made.values, found.values)


def test_one_more_active_person_changes_only_neighbours_of_those_who_changed():
    population = tied(ring(400, 2, seed=1))
    twins = [
        World(3, {"start": 0.0, "contagion": 1.0}),
        World(3, {"start": 0.0, "contagion": 1.0}, (Seed("active", 0.005, at=1),)),
    ]
    for steps in (1, 3, 6):
        totals = simulate(Sis, population, twins, steps, totals=("active",)).totals["active"]
        began = np.flatnonzero(simulate(Sis, population, twins, 1, totals=("active",)).totals["active"][:, 1])
        changed = np.flatnonzero(totals[:, 0] != totals[:, 1])
        far = [min(min(abs(i - j), 400 - abs(i - j)) for j in [*began, *(began + 1), *(began - 1)]) for i in changed]
        assert totals[:, 0].sum() == 0
        assert max(far, default=0) <= steps


@settings(max_examples=25, deadline=None)
@given(contagion=st.floats(0, 3), dropping=st.floats(0.01, 3), start=st.floats(0, 1))
def test_shares_are_shares_and_nobody_catches_it_from_nobody(contagion, dropping, start):
    params = {"contagion": contagion, "dropping": dropping, "start": start}
    shares = simulate(Sis, tied(ring(60, 4, seed=1)), [World(5, params)], 10)["prevalence"][:, 0]
    assert ((shares >= 0) & (shares <= 1)).all()
    gone = np.flatnonzero(shares == 0)
    assert gone.size == 0 or not shares[gone[0] :].any()


def test_a_million_people():
    n = 1_000_000
    shares = simulate(Sis, well_mixed(n), [World(1, {"contagion": 2.0 / (n - 1), "dropping": 0.5, "start": 0.7})], 40)[
        "prevalence"
    ]
    assert abs(shares[-1, 0] - sis_in_steps(2.0, 0.5)) < 5 * 0.5 / math.sqrt(n) * 2
