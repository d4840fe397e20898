"""Voters: the mean is conserved, agreement takes its exact time, ties linger at the plateau of pairs."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from groundswell.engine.reference import simulate_reference
from groundswell.engine.simulate import simulate
from groundswell.engine.worlds import Seed, World
from groundswell.population.generate import configuration, erdos_renyi, ring
from groundswell.population.population import tied, well_mixed
from groundswell.theories.voter import Voter
from groundswell.theory.analytic.pairs import voter_agreement, voter_plateau


def test_agreement_takes_the_exact_time():
    n, worlds = 20, 3000
    support = simulate(Voter, well_mixed(n), [World(k) for k in range(worlds)], 300)["support"]
    over = (support == 0) | (support == 1)
    assert over[-1].all()
    expected = np.array([voter_agreement(n, round(s * n)) for s in support[0]])
    late = over.argmax(axis=0) - 0.5 * (expected > 0) - expected  # a world is looked at half a step late on average
    assert abs(late.mean()) < 5 * late.std(ddof=1) / math.sqrt(worlds) + 0.05


def test_the_exact_time_is_that_of_the_walk():
    """By the linear equations of the walk itself, and N ln 2 for many."""
    n = 12
    chance = np.array([i * (n - i) / (n * (n - 1)) for i in range(1, n)])
    walk = np.diag(2 * chance) - np.diag(chance[:-1], 1) - np.diag(chance[1:], -1)
    times = np.linalg.solve(walk, np.ones(n - 1)) / n
    assert np.allclose(times, [voter_agreement(n, i) for i in range(1, n)], rtol=1e-12)
    assert abs(voter_agreement(100_000, 50_000) / (100_000 * math.log(2)) - 1) < 1e-4


def test_acting_once_each_in_a_step_would_take_another_time():
    """Why people are drawn: in a random order each acts once, and the walk's spread in a step is 1.7 times as large."""
    in_order = type("VoterInOrder", (Voter.__mro__[1],), {
        k: v for k, v in vars(Voter).items() if k in ("favours", "start", "support", "person")
    } | {"order": "random"})  # fmt: skip
    n, worlds = 2000, 400
    spreads = {}
    for theory in (Voter, in_order):
        support = simulate(theory, well_mixed(n), [World(k) for k in range(worlds)], 1)["support"]
        spreads[theory] = np.var(support[1] - support[0], ddof=1) * n / 0.25
    assert abs(spreads[Voter] / 2 - 1) < 5 * math.sqrt(2 / worlds)
    # new opinions: (e^2 - 1) / 2; those given up: (e^2 - 1) / 2 - (e - 1)^2
    exact = (math.e**2 - 1) / 2 + (math.e**2 - 1) / 2 - (math.e - 1) ** 2
    assert abs(spreads[in_order] / exact - 1) < 5 * math.sqrt(2 / worlds)


def test_ties_that_differ_linger_at_the_plateau():
    n, worlds = 20_000, 6
    network = configuration([4] * n, seed=1)
    many = [World(k) for k in range(worlds)]
    late, early = (simulate(Voter, tied(network), many, t, totals=("favours",)).totals["favours"] for t in (9, 8))
    now, ends = late - early, np.repeat(np.arange(n), network.degree)
    shares = (now[ends] != now[network.indices]).mean(axis=0)
    assert abs(shares.mean() - voter_plateau(4)) < 5 * shares.std(ddof=1) / math.sqrt(worlds) + 0.005


def test_it_is_what_plain_python_makes_of_it():
    population = tied(erdos_renyi(90, 2.0, seed=1))
    worlds = [World(1), World(2, {"start": 0.2}, (Seed("favours", 0.3, at=2),))]
    made, found = (f(Voter, population, worlds, 8) for f in (simulate, simulate_reference))
    assert np.array_equal(made.values, found.values)


def test_who_has_no_neighbours_keeps_the_opinion():
    population = tied(erdos_renyi(50, 0.0, seed=1))
    support = simulate(Voter, population, [World(1)], 5)["support"][:, 0]
    assert (support == support[0]).all()


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32), start=st.floats(0, 1))
def test_agreement_is_for_good(seed, start):
    support = simulate(Voter, tied(ring(20, 2, seed=1)), [World(seed, {"start": start})], 60)["support"][:, 0]
    over = np.flatnonzero((support == 0) | (support == 1))
    assert over.size == 0 or (support[over[0] :] == support[over[0]]).all()


def test_a_hundred_thousand_people():
    n = 100_000
    support = simulate(Voter, well_mixed(n), [World(1)], 4)["support"][:, 0]
    assert abs(support[-1] - support[0]) < 5 * math.sqrt(4 * 2 * 0.25 / n)
