"""Protest that repression can only shrink: a slow twin of the rules, who is removed, and the limits."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from groundswell.engine.reference import simulate_reference
from groundswell.engine.simulate import simulate
from groundswell.engine.worlds import Set, World
from groundswell.population.generate import erdos_renyi, hierarchy, opinion_leader, ring, watts_strogatz
from groundswell.population.population import tied
from groundswell.theories.steinert_threlkeld import SteinertThrelkeld

pytestmark = pytest.mark.long  # its kernels take seconds to compile

TOTALS = ("acts", "first", "removed")  # the same everywhere: other totals are another kernel to compile


def run(population, steps=40, seed=1, interventions=(), **params):
    worlds = [World(seed, params, interventions)]
    return simulate(SteinertThrelkeld, population, worlds, steps, population_seed=seed, threads=1, totals=TOTALS)


def spread(network, threshold, first):
    """Without repression: people with the first protesters join until nobody does; nobody ever stops."""
    acts = np.isin(np.arange(network.people), first)
    while True:
        share = np.array(
            [acts[network.neighbours(i)].mean() if network.degree[i] else 0.0 for i in range(network.people)]
        )
        new = acts | ((share >= threshold) & (network.degree > 0))
        new |= acts
        if (new == acts).all():
            return acts
        acts = new


@pytest.mark.parametrize("seed", range(4))
def test_without_repression_protest_spreads_to_the_end_that_thresholds_allow(seed):
    network = watts_strogatz(300, 6, 0.2, seed=seed)
    threshold = np.random.default_rng(seed).uniform(0, 1, 300) ** 2
    population = tied(network, threshold=threshold)
    start = run(population, 0, seed, rate=0.0)
    got = run(population, 200, seed, rate=0.0)
    first = np.flatnonzero(got.totals["first"].reshape(-1))
    assert start["began"][0, 0] == first.size == 300 * start["size"][0, 0]
    # The first never stop; the others join where the share of neighbours reaches their threshold, and do not fall back.
    end = spread(network, threshold, first)
    assert got["size"][-1, 0] == end.mean()
    assert got["size"][-1, 0] > start["size"][0, 0]


def test_the_first_are_a_person_of_the_largest_component_and_all_neighbours():
    network = erdos_renyi(400, 1.5, seed=3)
    population = tied(network)
    worlds = [World(s, {"rate": 0.0}) for s in range(60)]
    got = simulate(SteinertThrelkeld, population, worlds, 1, threads=1, totals=TOTALS).totals["first"]
    ties = csr_array((np.ones(network.indices.size), network.indices, network.indptr), (400, 400))
    component = connected_components(ties, directed=False)[1]
    largest = component == np.bincount(component).argmax()
    assert 0.2 < largest.mean() < 0.9
    for w in range(60):
        first = np.flatnonzero(got[:, w])
        assert largest[first].all()
        assert any(set(first) == {i, *network.neighbours(i).tolist()} for i in first)


def test_a_share_of_the_protesters_rounded_down_is_removed_in_a_round():
    network = ring(100, 98)  # all but one know one another: everyone but one protests at once, and joins by and by
    population = tied(network, threshold=np.full(100, 0.01))
    start = run(population, 0, rate=0.25)
    assert start["began"][0, 0] == 99
    assert start["out"][0, 0] == 24 / 100
    assert start["size"][0, 0] == 75 / 100
    below_one = run(population, 20, rate=1 / 101)
    assert below_one["out"][-1, 0] == 0  # int(rate * protesters) is 0 as long as they are fewer than 1 / rate


def test_the_well_connected_and_easily_moved_are_removed_before_others():
    """One of 4 protesters is removed; the chances are the weights, degree / largest + 1 - threshold / highest."""
    network = hierarchy(4, 3)  # a star: person 0 with three others
    threshold = np.array([0.5, 0.0, 0.4, 0.8])
    weight = np.array([3, 1, 1, 1]) / 3 + 1 - threshold / 0.8
    runs = 2000
    worlds = [World(s, {"rate": 0.25}) for s in range(runs)]
    population = tied(network, threshold=threshold)
    out = simulate(SteinertThrelkeld, population, worlds, 1, threads=1, totals=TOTALS)
    everyone = out.totals["first"].sum(axis=0) == 4  # begun by the centre
    assert (out["out"][0, everyone] == 0.25).all()
    met = out.totals["removed"][:, everyone].astype(float).sum(axis=1)
    total = everyone.sum()
    assert total > 400
    chance = weight / weight.sum()
    assert (np.abs(met - total * chance) < 5 * np.sqrt(total * chance * (1 - chance))).all()


def test_those_left_alone_stop_and_the_first_never_do():
    """A path 0-1-2-3 from the middle: with everybody else removed nobody's threshold is met, yet the first stay."""
    population = tied(hierarchy(4, 1), threshold=np.array([0.9, 0.9, 0.9, 0.9]))
    for seed in range(20):
        got = run(population, 10, seed, rate=0.5, interventions=[Set("rate", 0.0, 1, 99)])
        kept = (got.totals["first"] > 0).reshape(-1) & (got.totals["removed"] == 0).reshape(-1)
        assert got["size"][-1, 0] * 4 >= kept.sum() > 0


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.floats(0, 1), st.integers(2, 10))
def test_those_removed_stay_out_and_a_quiet_round_is_the_last(seed, rate, neighbours):
    got = run(tied(watts_strogatz(100, 2 * (neighbours // 2), 0.2, seed=seed)), 30, seed, rate=rate)
    size, out = got["size"][:, 0], got["out"][:, 0]
    assert (np.diff(out) >= 0).all()
    assert (size + out <= 1 + 1e-12).all()
    still = np.flatnonzero((np.diff(size) == 0) & (np.diff(out) == 0))
    if still.size and (np.diff(size)[still[0] :] != 0).any():
        # a round in which as many stopped or were removed as joined is no quiet round
        assert (np.diff(out)[still[0] + 1 :] > 0).any() or rate * 100 * size.max() < 1


def test_the_compiled_engine_agrees_with_the_reference():
    population = tied(opinion_leader(80, 2.1, seed=1))
    worlds = [World(s, {"rate": r}) for s, r in ((1, 0.0), (2, 0.1), (3, 0.5))]
    fast = simulate(SteinertThrelkeld, population, worlds, 10, population_seed=3, threads=1, totals=TOTALS)
    slow = simulate_reference(SteinertThrelkeld, population, worlds, 10, population_seed=3, totals=TOTALS)
    assert (fast.values == slow.values).all()
    for name in TOTALS:
        assert (fast.totals[name] == slow.totals[name]).all()


def test_twins_begin_alike_and_more_repression_means_less_protest_on_average():
    population = tied(opinion_leader(1000, 2.1, seed=2))
    worlds = [World(s, {"rate": r}) for s in range(200) for r in (0.0, 0.05)]
    got = simulate(SteinertThrelkeld, population, worlds, 40, threads=1, totals=TOTALS)
    began, size = got["began"][0].reshape(-1, 2), got["size"][-1].reshape(-1, 2)
    assert (began[:, 0] == began[:, 1]).all()
    less = size[:, 0] - size[:, 1]
    assert less.mean() > 5 * less.std(ddof=1) / math.sqrt(less.size)


def test_a_hundred_thousand_people():
    got = run(tied(watts_strogatz(10**5, 14, 0.05, seed=1)), 5, rate=0.02)
    assert got["began"][0, 0] >= 8
    assert got["size"][-1, 0] >= 1e-5
