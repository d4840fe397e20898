"""Axelrod's culture: pairs and streets are exact, rest is what the paper says it is, and nothing else moves."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundswell.engine.form import Run
from groundswell.engine.process import _World
from groundswell.engine.reference import simulate_reference
from groundswell.engine.simulate import simulate
from groundswell.engine.worlds import World
from groundswell.population.population import on_grid
from groundswell.theories.axelrod import EVENTS, Axelrod


def worlds(runs, first=0, **params):
    return [World(first + k, params) for k in range(runs)]


def ran(rows, columns, world, steps):
    """A world of the engine after so many steps: its arrays, for a look at single sites."""
    params = Axelrod.parameters(world.params)
    made = _World(Axelrod, on_grid(rows, columns), world, params, {}, (), plain=False)
    made.run(steps, np.zeros((0, rows * columns)), Run(), 0)
    return made


def z(found, expected, variance, runs):
    return abs(np.mean(found) - expected) / math.sqrt(variance / runs)


@pytest.mark.parametrize(("features", "traits"), [(5, 10), (3, 2), (1, 4)])
def test_a_pair_ends_as_one_unless_it_began_with_nothing_in_common(features, traits):
    runs = 3000
    end = simulate(Axelrod, on_grid(1, 2), worlds(runs, features=features, traits=traits), 400)["cultural_regions"][-1]
    apart = (1 - 1 / traits) ** features
    assert z(end - 1, apart, apart * (1 - apart), runs) < 5


def test_a_pair_takes_the_exact_time():
    """With k of F features in common an event brings the next with probability k / F: F / k events on average."""
    features, runs = 8, 4000
    h = simulate(Axelrod, on_grid(1, 2), worlds(runs, features=features, traits=2), 60)
    merged = (h["cultural_zones"][0] == 1) & (h["cultural_regions"][0] == 2)
    steps = (h["cultural_regions"] == 1).argmax(axis=0)[merged]
    # The chance to be one after n events, from the chain of features in common.
    chance = np.array([math.comb(features, k) for k in range(features + 1)], float)
    chance[[0, features]] = 0.0
    chance /= chance.sum()
    move = np.array([k / features for k in range(features + 1)])
    move[features] = 0.0
    expected = variance = 0.0
    for step in range(60):
        expected += 1 - chance[features]
        variance += (2 * step + 1) * (1 - chance[features])
        for _ in range(2 * EVENTS):
            chance = chance * (1 - move) + np.concatenate([[0.0], (chance * move)[:-1]])
    assert chance[features] > 1 - 1e-9
    assert z(steps, expected, variance - expected**2, steps.size) < 5


def test_a_street_of_half_a_million_begins_as_chance_has_it():
    """Next-door cultures of a street are independent pairs: regions and zones are binomial."""
    sites, features, traits = 500_000, 3, 4
    h = simulate(Axelrod, on_grid(1, sites), [World(1, {"features": features, "traits": traits})], 1)
    for name, apart in (("regions", 1 - traits**-features), ("zones", (1 - 1 / traits) ** features)):
        found = (h[f"cultural_{name}"][0, 0] - 1) / (sites - 1)
        assert z([found], apart, apart * (1 - apart), sites - 1) < 5
    assert h["cultural_regions"][1, 0] < h["cultural_regions"][0, 0]


def test_one_feature_or_one_trait_leaves_nothing_to_do():
    h = simulate(Axelrod, on_grid(8, 8), [World(1, {"features": 1}), World(1, {"traits": 1})], 3)
    assert (h["cultural_regions"] == h["cultural_regions"][0]).all()
    assert (h["cultural_regions"][:, 1] == 1).all()


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 2**32), rows=st.integers(1, 6), columns=st.integers(1, 6), features=st.integers(1, 5),
    traits=st.integers(1, 12), neighbours=st.sampled_from([4, 8, 12]), torus=st.integers(0, 1),
)  # fmt: skip
def test_at_rest_neighbours_have_all_or_nothing_in_common(seed, rows, columns, features, traits, neighbours, torus):
    params = {"features": features, "traits": traits, "neighbours": neighbours, "torus": torus}
    people = (world := ran(rows, columns, World(seed, params), 600)).people
    assert world.society.regions == world.society.zones
    assert 0 <= people.traits.min() <= people.traits.max() < traits
    for i in range(rows * columns):
        for j in people.near[i, : people.neighbours[i]]:
            assert (people.traits[i] == people.traits[j]).sum() in (0, features)


@pytest.mark.parametrize(
    ("params", "corner", "edge", "inside"),
    [({}, 2, 3, 4), ({"neighbours": 8}, 3, 5, 8), ({"neighbours": 12}, 5, 8, 12), ({"torus": 1}, 4, 4, 4)],
)
def test_neighbours_are_those_of_the_paper(params, corner, edge, inside):
    people = ran(7, 9, World(1, params), 1).people
    counts = people.neighbours.reshape(7, 9)
    assert (counts[0, 0], counts[3, 4]) == (corner, inside)
    assert counts[0, 4] == edge
    near = [set(row[:n]) for row, n in zip(people.near, people.neighbours, strict=True)]
    assert all(len(near[i]) == people.neighbours[i] and i not in near[i] for i in range(63))
    assert all(i in near[j] for i in range(63) for j in near[i])


def test_regions_are_counted_as_a_graph_counts_them():
    """Components by another program, on a world half way."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    world = ran(12, 10, World(3, {"traits": 15}), 12)
    people = world.people
    ties = [(i, j) for i in range(120) for j in people.near[i, : people.neighbours[i]]]
    common = np.array([(people.traits[i] == people.traits[j]).sum() for i, j in ties])
    rows, columns = np.array(ties).T
    for found, linked in ((world.society.regions, common == 5), (world.society.zones, common > 0)):
        graph = coo_matrix((np.ones(linked.sum()), (rows[linked], columns[linked])), (120, 120))
        assert found == connected_components(graph, directed=False)[0]
    assert 1 < world.society.zones < world.society.regions < 120


def test_across_a_corner_is_next_door_with_eight_neighbours():
    """A deviation: two cultures on the two diagonals of a square are two regions, not four."""
    seeds = range(200)
    params = {"features": 1, "traits": 2}
    four, eight = (
        simulate(Axelrod, on_grid(2, 2), [World(s, {**params, "neighbours": n}) for s in seeds], 1)["cultural_regions"][
            0
        ]
        for n in (4, 8)
    )
    crossed = four == 4
    assert crossed.any()
    assert (eight[crossed] == 2).all()


def test_a_world_at_rest_is_left_alone():
    """A deviation: what the skipped events would have done is nothing."""
    world = ran(6, 6, World(5, {"traits": 20}), 400)
    assert world.society.regions == world.society.zones
    before = world.people.traits.copy()
    step = Axelrod.functions["step"]

    class Moving:  # the same, but never found at rest
        regions, zones = 1.0, 0.0

    world.society = Moving()
    from groundswell.draws import stream_id
    from groundswell.theory.compiled import Draws

    word = np.uint64(401)
    luck = type("Luck", (), {s: Draws(np.uint64(5), np.uint64(stream_id(s)), word) for s in Axelrod.draws})
    step(world.people, world.society, luck)
    np.testing.assert_array_equal(world.people.traits, before)


def test_it_is_what_plain_python_makes_of_it():
    population = on_grid(5, 6)
    lives = [World(1), World(2, {"features": 3, "traits": 4, "torus": 1}), World(3, {"neighbours": 12})]
    made, content = (f(Axelrod, population, lives, 6) for f in (simulate, simulate_reference))
    np.testing.assert_array_equal(made.values, content.values)


def test_twins_of_which_one_joins_its_edges_differ_near_them_alone():
    """Sites at the edges meet others at once; what that changes has in one step not come far."""
    side = 80
    bounded, torus = (ran(side, side, World(4, {"torus": t}), 1).people.traits for t in (0, 1))
    rows, columns = np.divmod(np.nonzero((bounded != torus).any(axis=1))[0], side)
    assert rows.size > 0
    assert np.minimum(np.minimum(rows, side - 1 - rows), np.minimum(columns, side - 1 - columns)).max() < 20


def test_one_feature_more_changes_none_of_the_others_at_the_start():
    more, fewer = (ran(30, 30, World(4, {"features": f}), 0).people.traits for f in (6, 5))
    np.testing.assert_array_equal(more[:, :5], fewer)
