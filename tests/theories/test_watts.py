"""Watts's theory: the cascade window, the size of cascades from seeds of any size, and any order of updating."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundswell.engine.setup import draw_traits, initial_state
from groundswell.engine.simulate import simulate
from groundswell.engine.worlds import World
from groundswell.population.generate import barabasi_albert, erdos_renyi
from groundswell.population.population import tied
from groundswell.theories.watts import Watts
from groundswell.theory.analytic.cascades import cascade_size, trigger_probability


def poisson(people, z, seed):
    return tied(erdos_renyi(people, z, seed=seed))


def final(population, worlds, steps=400, seed=0):
    """The share active in the end, world by world; activation is absorbing, so that rest is rest forever."""
    activity = simulate(Watts, population, worlds, steps, population_seed=seed, threads=1)["activity"]
    assert (activity[-1] == activity[-2]).all()
    return activity[-1]


# The window, from single seeds


def global_cascades(z, people=10_000, networks=12, seeds=32):
    """The share of single seeds that set off a global cascade (a tenth of all), network by network."""
    return np.array(
        [
            (final(poisson(people, z, 100 + k), [World(1000 * k + w) for w in range(seeds)]) > 0.1).mean()
            for k in range(networks)
        ]
    )


@pytest.mark.parametrize("z", [1.5, 3.0, 4.0, 5.0])
def test_inside_the_window_single_seeds_trigger_as_often_as_theory_says(z):
    """The published size, N = 10,000. Seeds of one network are not independent: the error is between networks."""
    shares = global_cascades(z)
    error = shares.std(ddof=1) / math.sqrt(shares.size)
    expected = trigger_probability(z, 0.18)
    assert 0.4 < expected < 1
    assert abs(shares.mean() - expected) < 5 * error


@pytest.mark.parametrize("z", [0.9, 6.75, 8.0])
def test_outside_the_window_single_seeds_trigger_nothing(z):
    """Below, no component is large enough; above, N = 10,000 needs a little distance to the edge at 5.765."""
    assert global_cascades(z).max() == 0.0


# Seeds of any size


@pytest.mark.parametrize(
    ("z", "phi_sd", "seeds"),
    [
        (2.0, 0.0, 0.01), (4.0, 0.0, 0.001), (5.5, 0.0, 0.005), (7.0, 0.0, 0.01), (8.0, 0.0, 0.001),
        (9.5, 0.0, 0.005), (12.0, 0.0, 0.03), (14.0, 0.0, 0.01), (7.0, 0.05, 0.002), (14.0, 0.06, 0.005),
    ],
)  # fmt: skip
def test_the_size_of_a_cascade_is_that_of_gleeson_and_cahalane(z, phi_sd, seeds):
    """On both sides of the transition: means over networks of 20,000, within five standard errors."""
    people, networks = 20_000, 12
    got = []
    for k in range(networks):
        world = World(k, {"seeds": round(seeds * people), "phi_sd": phi_sd})
        got.append(final(poisson(people, z, 500 + k), [world], seed=k)[0])
    expected = cascade_size(z, 0.18, phi_sd, seeds=seeds)
    assert abs(np.mean(got) - expected) < 5 * np.std(got, ddof=1) / math.sqrt(networks) + 1 / people


@pytest.mark.parametrize(("seeds", "inside", "outside"), [(1e-3, 5.5, 7.0), (5e-3, 7.0, 8.25), (2e-2, 12.25, 13.5)])
def test_larger_seeds_shift_the_upper_edge(seeds, inside, outside):
    """The shift of Gleeson & Cahalane, at 100,000 people: everyone on one side of the edge, hardly anyone beyond it."""
    people = 100_000
    world = [World(1, {"seeds": seeds * people})]
    assert final(poisson(people, inside, 7), world)[0] > 0.98
    assert final(poisson(people, outside, 8), world)[0] < 0.06


def test_the_limit_is_approached_as_one_over_the_root_of_people():
    """Root mean square errors over networks at two sizes, 16 times apart: their ratio is 4, with the error of a ratio."""
    networks, errors = 60, []
    expected = cascade_size(4.0, 0.18, seeds=0.02)
    for people in (1000, 16_000):
        got = [final(poisson(people, 4.0, 50 + k), [World(k, {"seeds": 0.02 * people})])[0] for k in range(networks)]
        errors.append(math.sqrt(np.mean((np.array(got) - expected) ** 2)))
    assert abs(math.log(errors[0] / errors[1]) - math.log(4)) < 5 / math.sqrt(networks)


# Any order of updating


def one_by_one(population, params, seed, order):
    """Asynchronous updating in plain Python, in a random order, until nobody changes."""
    threshold = draw_traits(Watts, population, params, 0)["threshold"]
    active = initial_state(Watts, "active", population.people, params, seed) > 0
    moved = True
    while moved:
        moved = False
        for i in order.permutation(population.people):
            around = active[population.network.neighbours(i)]
            if not active[i] and around.any() and around.sum() / around.size >= threshold[i]:
                active[i] = moved = True
    return active


@given(st.integers(0, 10**6), st.sampled_from([0.1, 0.18, 0.3]), st.sampled_from([0.0, 0.1]), st.integers(0, 30))
@settings(max_examples=40, deadline=None)
def test_the_final_state_is_the_same_for_any_order(seed, phi, phi_sd, seeds):
    network = erdos_renyi(120, 4.0, seed=seed) if seed % 2 else barabasi_albert(120, 2, seed=seed)
    population = tied(network)
    params = Watts.parameters({"phi": phi, "phi_sd": phi_sd, "seeds": seeds})
    history = simulate(Watts, population, [World(seed, params)], 121, threads=1, totals=("active",))
    at_once = history.totals["active"][:, 0] > 0
    for order in (1, 2):
        assert np.array_equal(one_by_one(population, params, seed, np.random.default_rng(order)), at_once)


def test_a_person_without_neighbours_stays_as_they_are():
    population = tied(erdos_renyi(300, 1.0, seed=4))
    alone = population.network.degree == 0
    assert alone.any()
    got = simulate(Watts, population, [World(1, {"phi": -1.0, "seeds": 30})], 300, threads=1, totals=("active",))
    start = initial_state(Watts, "active", 300, {"seeds": 30}, 1)
    assert np.array_equal(got.totals["active"][alone, 0] > 0, start[alone] > 0)
    assert (got.totals["active"][~alone, 0] > 0).sum() > start[~alone].sum()
    assert final(population, [World(1, {"phi": -1.0, "seeds": 0})])[0] == 0.0  # nobody starts by themselves


def test_measured_thresholds_of_the_population_are_used():
    stubborn = erdos_renyi(200, 6.0, seed=3)
    share = final(tied(stubborn, threshold=np.full(200, 2.0)), [World(0, {"seeds": 20})])
    assert share[0] == 0.1


@given(st.integers(0, 10**6), st.integers(1, 20), st.integers(0, 20))
@settings(max_examples=30, deadline=None)
def test_more_seeds_or_lower_thresholds_never_end_in_less(seed, few, more):
    """The first seeds of a world are among its larger seeds, for they are the people with the smallest draws."""
    population = poisson(150, 4.0, seed)
    worlds = [World(seed, {"seeds": few}), World(seed, {"seeds": few + more}), World(seed, {"seeds": few, "phi": 0.12})]
    got = simulate(Watts, population, worlds, 151, threads=1, totals=("active",)).totals["active"] > 0
    assert (got[:, 0] <= got[:, 1]).all()
    assert (got[:, 0] <= got[:, 2]).all()
