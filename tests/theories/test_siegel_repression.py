"""Siegel's theory with repression: without it the theory of 2009, whom it removes, fear and anger."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundswell.engine.reference import simulate_reference
from groundswell.engine.simulate import simulate
from groundswell.engine.worlds import Set, World
from groundswell.population.generate import hierarchy, opinion_leader, village, watts_strogatz
from groundswell.population.population import tied
from groundswell.theories.siegel import Siegel
from groundswell.theories.siegel_repression import SiegelRepression

pytestmark = pytest.mark.long  # its kernels take seconds to compile

TOTALS = ("acts", "removed")  # the same everywhere: other totals are another kernel to compile


def run(population, steps=30, seed=1, interventions=(), **params):
    worlds = [World(seed, params, interventions)]
    return simulate(SiegelRepression, population, worlds, steps, population_seed=seed, threads=1, totals=TOTALS)


def everyone(network):
    """People who take part from the first period on, whatever others do."""
    return tied(network, motivation=np.full(network.people, 9.0))


def test_without_removals_it_is_the_theory_of_2009():
    population = tied(watts_strogatz(400, 8, 0.1, seed=2))
    params = {"mean": 0.6, "persistence": 0.4}
    ours = run(population, 60, removals=0.0, anger=1.0, **params)["participation"]
    theirs = simulate(Siegel, population, [World(1, params)], 60, population_seed=1, threads=1)["participation"]
    assert (ours == theirs).all()
    assert 0 < ours[-1, 0] < 1


@pytest.mark.parametrize("efficiency", [0.0, 0.5, 1.0])
def test_as_many_are_removed_as_the_state_can(efficiency):
    got = run(everyone(opinion_leader(100, 2.5, seed=1)), 30, removals=7.9, efficiency=efficiency)
    removed = np.minimum(7 * np.arange(31), 100)
    assert (got["out"][:, 0] * 100).round().tolist() == removed.tolist()
    assert (got["participation"][1:, 0] * 100).round().tolist() == (100 - removed[1:]).tolist()
    assert got["repression"][:, 0].tolist() == [0.0, *np.diff(removed)]


def test_aimed_removal_takes_the_best_connected_first():
    network = opinion_leader(60, 2.2, seed=3)
    removed = run(everyone(network), 10, removals=3.0, efficiency=1.0).totals["removed"].reshape(-1)
    assert removed.tolist() == [*np.repeat(np.arange(10, 0, -1), 3), *[0] * 30]  # people are numbered by their ties


def test_random_removal_takes_everyone_alike():
    """Of 2,000 first removals among 20 participants each is met about 100 times: chi-squared with 19 degrees."""
    network = hierarchy(20, 4)
    worlds = [World(s, {"removals": 1.0}) for s in range(2000)]
    got = simulate(SiegelRepression, everyone(network), worlds, 1, threads=1, totals=TOTALS).totals["removed"]
    met = got.sum(axis=1)
    assert met.shape == (20,)
    assert met.sum() == 2000
    assert ((met - 100) ** 2 / 100).sum() < 19 + 5 * np.sqrt(38)


def test_those_removed_count_among_neighbours_as_not_taking_part():
    """A pair: one moves first, the other follows; with the first removed, the follower falls back."""
    network = village(2, 2, 0.0, seed=1)[0]
    population = tied(network, motivation=np.array([1.5, 0.2]))
    assert run(population, 20, removals=0.0)["participation"][-1, 0] == 1.0
    one_arrest = [Set("removals", 0.0, 2, 100)]
    assert run(population, 20, removals=1.0, interventions=one_arrest)["participation"][-1, 0] == 0.0
    angry = run(population, 20, removals=1.0, interventions=one_arrest, anger=0.9)
    assert angry["participation"][-1, 0] == 0.5


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6), st.floats(0.4, 0.9), st.floats(0, 9), st.floats(0, 1), st.floats(-2, 2))
def test_people_are_out_for_good_and_never_taken_twice(seed, mean, removals, efficiency, anger):
    population = tied(watts_strogatz(80, 6, 0.2, seed=seed))
    got = run(population, 15, seed, mean=mean, removals=removals, efficiency=efficiency, anger=anger)
    out, arrests = (80 * got["out"][:, 0]).round(), got["repression"][:, 0]
    assert (np.diff(out) == arrests[1:]).all()
    assert arrests.max() <= removals
    assert (got["participation"] + got["out"] <= 1 + 1e-12).all()


@pytest.mark.parametrize("efficiency", [0.0, 0.4, 1.0])
def test_the_compiled_engine_agrees_with_the_reference(efficiency):
    population = tied(opinion_leader(60, 2.3, minimum_degree=2, seed=1))
    worlds = [
        World(s, {"mean": 0.7, "removals": 2.0, "efficiency": efficiency, "anger": a}) for s, a in ((1, 0.5), (2, -1))
    ]
    fast = simulate(SiegelRepression, population, worlds, 12, population_seed=3, threads=1, totals=TOTALS)
    slow = simulate_reference(SiegelRepression, population, worlds, 12, population_seed=3, totals=TOTALS)
    assert (fast.values == slow.values).all()
    assert all((fast.totals[name] == slow.totals[name]).all() for name in TOTALS)


def test_repression_in_one_village_is_not_noticed_in_the_next():
    """Twins: one removal, and only people of the village it happened in do anything else."""
    network, region = village(60, 15, 0.0, seed=1)
    population = tied(network)
    acts = [
        run(
            population,
            25,
            4,
            interventions=[Set("removals", r, 10, 11)],
            removals=0.0,
            mean=0.8,
        )
        for r in (0.0, 1.0)
    ]
    changed = (acts[0].totals["acts"] != acts[1].totals["acts"]).reshape(-1)
    hit = acts[1].totals["removed"].reshape(-1) > 0
    assert hit.sum() == 1
    assert changed.any()
    assert set(region[changed]) == set(region[hit])


def test_aimed_removal_takes_a_hierarchy_apart_and_hardly_matters_in_a_small_world():
    ends = {
        name: [
            np.mean([run(tied(make(s)), 30, s, removals=5.0, efficiency=e)["participation"][-1, 0] for s in range(3)])
            for e in (0.0, 1.0)
        ]
        for name, make in {
            "hierarchy": lambda s: hierarchy(5000, 5),
            "small world": lambda s: watts_strogatz(5000, 10, 0.1, seed=s),
        }.items()
    }
    assert ends["hierarchy"][1] < 0.85 * ends["hierarchy"][0]
    assert ends["small world"][1] > 0.95 * ends["small world"][0]


def test_a_million_people():
    network = village(10**6, 5, 2e-6, seed=1)[0]
    got = run(tied(network), 5, removals=1000.0, efficiency=0.5, mean=0.8)
    assert got["out"][-1, 0] == 0.005
    assert got["participation"][-1, 0] > 0.3
