"""Siegel's theory: exact participation in cliques and trees, the Granovetter limit, and what does not matter."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundswell.engine.reference import simulate_reference
from groundswell.engine.setup import draw_traits
from groundswell.engine.simulate import simulate
from groundswell.engine.worlds import World
from groundswell.population.generate import hierarchy, opinion_leader, village, watts_strogatz
from groundswell.population.population import tied, well_mixed
from groundswell.theories.siegel import Siegel
from groundswell.theory.analytic.motivation import group_participation, random_participation, tree_participation
from groundswell.theory.analytic.thresholds import granovetter_equilibrium

SD = 0.25


def final(population, mean, steps=100, seed=0, sd=SD, persistence=0.0):
    world = World(seed, {"mean": mean, "sd": sd, "persistence": persistence})
    histories = simulate(Siegel, population, [world], steps, population_seed=seed, threads=1, totals=["acts"])
    participation = histories["participation"][:, 0]
    assert participation[-1] == participation[-2]
    return float(participation[-1])


# Analytic limits


@pytest.mark.parametrize("mean", [0.4, 0.5, 0.55, 0.7])
def test_where_everyone_sees_everyone_it_is_granovetters_equilibrium(mean):
    people, share = 100_000, granovetter_equilibrium(1 - mean, SD)
    slope = math.exp(-(((share + mean - 1) / SD) ** 2) / 2) / SD / math.sqrt(2 * math.pi)
    error = math.sqrt(share * (1 - share) / people) / (1 - slope)
    assert abs(final(well_mixed(people), mean, steps=60, seed=1) - share) < 5 * error


@pytest.mark.parametrize(("size", "mean"), [(1, 0.6), (2, 0.6), (5, 0.5), (5, 0.7), (20, 0.6), (50, 0.6)])
def test_villages_end_as_groups_do(size, mean):
    """Villages without far ties are independent groups: their mean, within five of its own standard errors."""
    villages = 2000
    of = group_participation(size, mean, SD)
    taking_part = np.arange(size + 1) / size
    expected = float(of @ taking_part)
    error = math.sqrt((float(of @ taking_part**2) - expected**2) / villages)
    got = final(tied(village(size * villages, size, 0.0, seed=2)[0]), mean, seed=3)
    assert abs(got - expected) < 5 * error


def superiors(people, expansion):
    return (np.arange(people) + expansion - 1) // expansion - 1


@pytest.mark.parametrize(("expansion", "mean"), [(1, 0.7), (2, 0.6), (3, 0.7), (10, 0.5)])
def test_hierarchies_end_as_trees_do(expansion, mean):
    people, runs = 1000, 60
    network = hierarchy(people, expansion)
    got = [final(tied(network), mean, steps=150, seed=k) for k in range(runs)]
    expected = tree_participation(superiors(people, expansion), mean, SD).mean()
    assert abs(np.mean(got) - expected) < 5 * np.std(got, ddof=1) / math.sqrt(runs)


def test_the_top_of_a_hierarchy_moves_the_rest_as_the_tree_says():
    people, runs, expansion, mean = 400, 80, 5, 0.65
    means = np.full(people, mean)
    means[:6] = -5.0
    expected = tree_participation(superiors(people, expansion), means, SD)
    assert expected[:6].max() < 1e-12
    network, shares = hierarchy(people, expansion), []
    for k in range(runs):
        motivation = np.random.default_rng(k).normal(means, SD)
        shares.append(final(tied(network, motivation=motivation), mean, seed=k))
    assert abs(np.mean(shares) - expected.mean()) < 5 * np.std(shares, ddof=1) / math.sqrt(runs)


def test_random_ties_converge_to_their_limit_as_people_grow():
    gaps = []
    for people, runs in ((1000, 20), (8000, 6)):
        per_run = []
        for k in range(runs):
            network = opinion_leader(people, 2.5, maximum_degree=30, seed=k)
            expected = random_participation(network.degree, 0.6, SD)
            per_run.append(final(tied(network), 0.6, seed=k) - expected)
        error = np.std(per_run, ddof=1) / math.sqrt(runs)
        assert abs(np.mean(per_run)) < 5 * error + 3 / people
        gaps.append(np.std(per_run, ddof=1))
    assert gaps[1] < gaps[0]


def test_a_million_people():
    people = 10**6
    got = final(tied(village(people, 5, 0.0, seed=1)[0]), 0.7, steps=7, seed=1)
    of = group_participation(5, 0.7, SD)
    expected = float(of @ np.arange(6)) / 5
    assert abs(got - expected) < 5 * math.sqrt(float(of @ (np.arange(6) / 5) ** 2) - expected**2) / math.sqrt(
        people / 5
    )


# Deviations


@pytest.mark.parametrize("persistence", [0.3, 0.5, 0.9])
def test_how_fast_people_learn_does_not_change_the_end(persistence):
    network = watts_strogatz(2000, 8, 0.1, seed=4)
    slow = final(tied(network), 0.6, steps=1500, seed=4, persistence=persistence)
    assert slow == final(tied(network), 0.6, steps=300, seed=4)
    assert 0.1 < slow < 0.95


def one_by_one(population, motivation, order):
    """The rule with persistence 0, people deciding one after another in an order that is gone through until rest."""
    network, acts = population.network, np.zeros(population.people, bool)
    moved = True
    while moved:
        moved = False
        for i in order:
            near = network.neighbours(i)
            share = acts[near].mean() if near.size else 0.0
            if not acts[i] and motivation[i] > 1.0 - share:
                acts[i] = moved = True
    return acts.mean()


def test_the_order_of_deciding_does_not_change_the_end():
    population = tied(watts_strogatz(300, 6, 0.2, seed=5))
    motivation = draw_traits(Siegel, population, {"mean": 0.6, "sd": SD}, 5)["motivation"]
    ends = {one_by_one(population, motivation, np.random.default_rng(k).permutation(300)) for k in range(4)}
    assert ends == {final(population, 0.6, seed=5)}


def test_those_without_ties_move_only_by_themselves():
    population = tied(village(4, 1, 0.0, seed=1)[0], motivation=np.array([1.5, 1.0, 0.99, -1.0]))
    assert final(population, 0.6) == 0.25


# Properties


@settings(max_examples=25, deadline=None)
@given(st.floats(0.2, 0.9), st.floats(0, 0.6), st.floats(0, 0.95), st.integers(0, 10**6), st.sampled_from([2, 6, 20]))
def test_participation_and_external_motivation_only_grow(mean, sd, persistence, seed, neighbours):
    population = tied(watts_strogatz(120, neighbours, 0.1, seed=seed))
    worlds = [World(seed, {"mean": mean, "sd": sd, "persistence": persistence})]
    histories = simulate(Siegel, population, worlds, 40, population_seed=seed, threads=1)
    assert (np.diff(histories["participation"][:, 0]) >= 0).all()
    pressure = histories["pressure"][:, 0]
    assert (np.diff(pressure) >= -1e-12).all()
    assert pressure.min() >= -1 - 1e-12
    assert pressure.max() <= 0


@pytest.mark.parametrize("make", [lambda: watts_strogatz(60, 4, 0.2, seed=1), lambda: hierarchy(60, 3, 0.05, seed=1)])
def test_the_compiled_engine_agrees_with_the_reference(make):
    population = tied(make())
    worlds = [World(s, {"mean": 0.65, "persistence": q}) for s, q in ((1, 0.0), (2, 0.5), (3, 0.83))]
    fast = simulate(Siegel, population, worlds, 15, population_seed=7, threads=1, totals=["acts"])
    slow = simulate_reference(Siegel, population, worlds, 15, population_seed=7, totals=["acts"])
    assert (fast.values == slow.values).all()
    assert (fast.totals["acts"] == slow.totals["acts"]).all()


def test_one_person_won_over_changes_only_those_they_reach():
    """Twins: two villages apart; a person of the first is made to take part, and nobody in the second notices."""
    network, region = village(40, 20, 0.0, seed=1)
    motivation = np.full(40, 0.97)
    before = tied(network, motivation=motivation)
    won = motivation.copy()
    won[0] = 1.1
    after = tied(network, motivation=won)
    totals = [
        simulate(Siegel, p, [World(1, {"persistence": 0.0})], 30, threads=1, totals=["acts"]).totals["acts"].reshape(-1)
        for p in (before, after)
    ]
    assert (totals[0] == 0).all()
    assert (totals[1][region == 0] > 0).all()
    assert (totals[1][region == 1] == 0).all()
