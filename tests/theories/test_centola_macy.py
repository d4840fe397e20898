"""Centola and Macy's theory: thresholds of lattices, random networks in the limit, deviations, noise, properties."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundswell.engine.reference import simulate_reference
from groundswell.engine.setup import initial_state
from groundswell.engine.simulate import simulate
from groundswell.engine.worlds import Set, World
from groundswell.population.generate import erdos_renyi, moore, ring
from groundswell.population.network import Network
from groundswell.population.population import tied
from groundswell.theories.centola_macy import CentolaMacy
from groundswell.theory.analytic.contagion import contagion_size, front_number


def run(population, steps=200, seed=0, interventions=(), **params):
    return simulate(CentolaMacy, population, [World(seed, params, interventions)], steps, threads=1)["adopted"][:, 0]


def who(population, steps, **params):
    """Who has adopted in the end: a state that lasts is true in the last of the counted steps."""
    totals = [
        simulate(CentolaMacy, population, [World(0, params)], t, threads=1, totals=("active",)).totals["active"][:, 0]
        for t in (steps - 1, steps)
    ]
    return totals[1] - totals[0] > 0


# Lattices


@pytest.mark.parametrize("radius", [1, 2, 3])
def test_a_front_advances_up_to_the_number_that_it_shows(radius):
    """3/8 of eight neighbours, 10/24, 21/48: from a large enough region all adopt; with one more required, none."""
    lattice = tied(moore(60, 60, radius))
    most = front_number(radius)
    assert run(lattice, required=most, seeding=3)[-1] == 1.0
    stopped = run(lattice, required=most + 1, seeding=3)
    assert stopped[-1] == stopped[3] == (6 * radius + 1) ** 2 / 3600


@pytest.mark.parametrize("neighbours", [4, 10])
def test_on_a_ring_half_of_the_neighbours_may_be_required(neighbours):
    circle = tied(ring(300, neighbours))
    assert run(circle, required=neighbours // 2)[-1] == 1.0
    stuck = run(circle, required=neighbours // 2 + 1)
    assert stuck[-1] == stuck[1] == (neighbours + 1) / 300


def test_rewiring_speeds_simple_contagion_and_stops_complex_ones():
    """One required: faster on every network. Two: all adopt on the lattice, and only the neighbourhood without it."""
    lattice = tied(moore(60, 60))
    for k in range(5):
        rewired = tied(moore(60, 60, rewiring=1.0, seed=k))
        simple, local = run(rewired, required=1), run(lattice, required=1)
        assert simple[-1] == local[-1] == 1.0
        assert (simple > 0.5).argmax() < (local > 0.5).argmax()
        assert run(lattice, required=2)[-1] == 1.0
        assert run(rewired, required=2)[-1] < 0.01


# Random networks in the limit


@pytest.mark.parametrize(("required", "seeds"), [(2, 0.02), (2, 0.05), (3, 0.05), (3, 0.1), (4, 0.1), (4, 0.3)])
def test_on_random_networks_the_share_is_that_of_the_companion(required, seeds):
    """Networks in which everyone has eight ties, with seeds at random: means of 8 within five standard errors."""
    people = 10_000
    got = [
        run(tied(moore(100, 100, rewiring=1.0, seed=k)), seed=k, required=required, seeds=seeds * people, seeding=0)[-1]
        for k in range(8)
    ]
    expected = contagion_size(8, required, seeds=seeds)
    assert abs(np.mean(got) - expected) < 5 * np.std(got, ddof=1) / math.sqrt(8) + 2 / people


def test_the_limit_is_approached_as_one_over_the_root_of_people():
    """Root mean square errors over networks at two sizes, 16 times apart: their ratio is 4, with the error of a ratio."""
    networks, errors = 40, []
    expected = contagion_size(8, 3, seeds=0.06)
    for side in (30, 120):
        got = [
            run(tied(moore(side, side, rewiring=1.0, seed=k)), 60, k, required=3, seeds=0.06 * side**2, seeding=0)[-1]
            for k in range(networks)
        ]
        errors.append(math.sqrt(np.mean((np.array(got) - expected) ** 2)))
    assert abs(math.log(errors[0] / errors[1]) - math.log(4)) < 5 / math.sqrt(networks)


# Deviations


def test_the_neighbours_join_in_round_one_as_if_they_had_begun():
    """From round 1 on the history is that of a person and all neighbours active at the start."""
    network = moore(30, 30, rewiring=0.2, seed=4)
    start = int(np.argmax(initial_state(CentolaMacy, "active", 900, {"seeds": 1.0}, 0)))
    active = np.zeros(900, bool)
    active[[start, *network.neighbours(start)]] = True
    got = run(tied(network), 80, required=2)
    assert got[0] == 1 / 900
    for t in range(1, 81):
        assert got[t] == active.mean()
        around = np.array([active[network.neighbours(i)].sum() for i in range(900)])
        active |= around >= 2
    assert got[-1] == got[-2]


@given(st.integers(0, 10**6), st.integers(1, 4), st.integers(1, 30), st.randoms(use_true_random=False))
@settings(max_examples=30, deadline=None)
def test_without_noise_the_end_is_the_same_for_any_order(seed, required, seeds, random):
    network = erdos_renyi(120, 5.0, seed=seed)
    active = initial_state(CentolaMacy, "active", 120, {"seeds": float(seeds)}, 0) > 0
    moved = True
    while moved:
        moved = False
        for i in random.sample(range(120), 120):
            if not active[i] and active[network.neighbours(i)].sum() >= required:
                active[i] = moved = True
    assert np.array_equal(who(tied(network), 121, required=required, seeds=seeds, seeding=0), active)


def test_noise_is_off_unless_asked_for_and_needs_one_active_neighbour():
    """With noise 1 a contagion of any number is a simple one; without a seed nothing starts."""
    population = tied(moore(40, 40, rewiring=0.3, seed=2))
    assert (run(population, required=5, noise=1.0) == run(population, required=1)).all()
    assert (run(population, required=5, noise=0.0) == run(population, required=5)).all()
    assert run(population, noise=1.0, seeds=0)[-1] == 0.0


@pytest.mark.parametrize(("required", "noise"), [(2, 0.01), (3, 10_000 ** (-1 / 3))])
def test_noise_turns_the_result_round(required, noise):
    """Eckles et al.: with noise of people**(-1 / required) a rewired network is faster, which without noise is silent."""
    lattice = tied(moore(100, 100))
    for k in range(3):
        rewired = tied(moore(100, 100, rewiring=1.0, seed=k))
        arrive = [
            (run(population, 150, k, required=required, noise=noise) > 0.9).argmax()
            for population in (rewired, lattice)
        ]
        assert 0 < arrive[0] < arrive[1]
        assert run(rewired, 150, k, required=required)[-1] < 0.01


def test_those_below_the_number_adopt_at_the_rate_of_the_noise():
    """Pairs of people: of those whose partner is a seed, 1 - (1 - q)**t have adopted after t rounds."""
    people, seeds, q, t = 200_000, 40_000, 0.03, 20
    pairs = tied(Network(np.arange(people + 1), (np.arange(people) ^ 1).astype(np.int32)))
    began = initial_state(CentolaMacy, "active", people, {"seeds": float(seeds)}, 0).reshape(-1, 2).sum(axis=1)
    exposed, share = int((began == 1).sum()), 1 - (1 - q) ** t
    got = round(people * run(pairs, t, required=2, seeds=seeds, seeding=0, noise=q)[-1]) - seeds
    assert abs(got - exposed * share) < 5 * math.sqrt(exposed * share * (1 - share))


# Engines, twins, size


def test_the_reference_engine_agrees_exactly():
    population = tied(moore(9, 8, rewiring=0.3, seed=3))
    worlds = [
        World(s, {"required": a, "noise": q, "seeds": n})
        for s, a, q, n in ((1, 2, 0, 1), (2, 3, 0.1, 4), (3, 1.5, 0.02, 2))
    ]
    compiled = simulate(CentolaMacy, population, worlds, 12, threads=1, totals=("active",))
    slow = simulate_reference(CentolaMacy, population, worlds, 12, totals=("active",))
    assert np.array_equal(compiled.values, slow.values)
    assert np.array_equal(compiled.totals["active"], slow.totals["active"])


def test_twins_differ_only_by_what_the_change_causes():
    """A lower number from round 30 on changes nothing before it, and takes nobody's adoption away after it."""
    population = tied(moore(50, 50, rewiring=0.5, seed=1))
    plain = run(population, 60, required=3, noise=0.002)
    twin = run(population, 60, interventions=(Set("required", 2.0, start=30),), required=3, noise=0.002)
    assert (plain[:30] == twin[:30]).all()
    assert (twin[30:] >= plain[30:]).all()
    assert twin[-1] > plain[-1]


@given(st.integers(0, 10**6), st.integers(1, 5), st.integers(1, 10), st.sampled_from([0.0, 0.05]))
@settings(max_examples=30, deadline=None)
def test_adoption_never_falls_and_falls_with_the_number_required(seed, required, seeds, noise):
    population = tied(moore(12, 12, rewiring=0.2, seed=seed))
    less = run(population, 30, seed, required=required, seeds=seeds, noise=noise)
    more = run(population, 30, seed, required=required + 1, seeds=seeds, noise=noise)
    assert (np.diff(less) >= 0).all()
    assert (more <= less).all()


def test_a_million_people():
    """A simple contagion on a lattice of a million holds a square of side 2 t + 1 after t rounds."""
    adopted = run(tied(moore(1000, 1000)), 50, required=1)
    assert np.rint(1_000_000 * adopted).tolist() == [(2 * t + 1) ** 2 for t in range(51)]
