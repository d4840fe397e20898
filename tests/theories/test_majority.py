"""Majority vote: the exact drift of noise where everyone meets everyone, order below the critical noise and none above it."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from groundswell.engine.reference import simulate_reference
from groundswell.engine.simulate import simulate
from groundswell.engine.worlds import Set, World
from groundswell.population.generate import erdos_renyi, moore
from groundswell.population.population import tied, well_mixed
from groundswell.replications.opinions import square
from groundswell.theories.majority import Majority


def test_where_all_meet_those_against_are_as_many_as_the_noise():
    n, worlds, noise = 5_000, 8, 0.2
    support = simulate(Majority, well_mixed(n), [World(k, {"noise": noise}) for k in range(worlds)], 40)["support"]
    rest = support[15:].mean(axis=0)
    assert abs(rest.mean() - (1 - noise)) < 5 * rest.std(ddof=1) / math.sqrt(worlds)


def test_order_below_the_critical_noise_and_none_above():
    worlds = 6
    for noise, low, high in ((0.03, 0.9, 1.0), (0.15, 0.0, 0.15)):
        many = [World(k, {"noise": noise}) for k in range(worlds)]
        order = np.abs(2 * simulate(Majority, square(30), many, 300)["support"][150:] - 1).mean()
        assert low < order < high


def test_half_the_noise_is_a_coin():
    support = simulate(Majority, square(20), [World(k, {"noise": 0.5}) for k in range(40)], 8)["support"][-1]
    assert abs(support.mean() - 0.5) < 5 * math.sqrt(0.25 / (400 * 40))


def test_without_noise_agreement_stays():
    assert (simulate(Majority, tied(moore(20, 20)), [World(1, {"noise": 0.0})], 10)["support"] == 1).all()


def test_who_has_no_neighbours_tosses_a_coin():
    support = simulate(Majority, tied(erdos_renyi(4000, 0.0, seed=1)), [World(1)], 6)["support"][-1, 0]
    never = math.exp(-6)  # were never drawn in six steps, and are still for it
    expected = never + 0.5 * (1 - never)
    assert abs(support - expected) < 5 * math.sqrt(0.25 / 4000)


def test_it_is_what_plain_python_makes_of_it():
    population = tied(erdos_renyi(90, 3.0, seed=1))
    worlds = [World(1), World(2, {"start": 0.5}, (Set("noise", 0.3, start=3),))]
    made, found = (f(Majority, population, worlds, 8) for f in (simulate, simulate_reference))
    assert np.array_equal(made.values, found.values)
    assert np.array_equal(made.values[:3, 0], simulate(Majority, population, worlds[:1], 2).values[:, 0])


@settings(max_examples=20, deadline=None)
@given(noise=st.floats(0, 0.5), seed=st.integers(0, 2**32))
def test_names_of_the_sides_do_not_matter(noise, seed):
    """A world and its mirror: with the other side at the start, whoever sided with one sides with the other."""
    worlds = [World(seed, {"noise": noise, "start": start}) for start in (0.0, 1.0)]
    support = simulate(Majority, square(5), worlds, 1)["support"][1]
    assert 0 <= support[0] <= 1
    # with everyone on one side there are no ties of as many for as against, as long as few have changed
    if noise < 0.02:
        assert support[0] + support[1] == 1


def test_a_hundred_thousand_people():
    support = simulate(Majority, square(320), [World(1, {"noise": 0.02})], 3)["support"][-1, 0]
    assert 0.97 < support < 0.99
