"""Opinions and ties that change each other: the limits in which only one of them does, and what never changes."""

import networkx as nx
import numpy as np
import pytest

from groundswell import World, load_theory, simulate
from groundswell.population.specification import PopulationSpecification

Coevolving = load_theory("coevolving_opinions")


@pytest.fixture(scope="module")
def population():
    return PopulationSpecification(network="erdos_renyi", people=80, mean_degree=4).build(4)


def graph(arrays):
    made = nx.MultiGraph()
    made.add_nodes_from(range(80))
    made.add_edges_from(arrays["ends"].tolist())
    return made


def test_where_ties_stay_every_component_agrees(population, last_arrays):
    got = simulate(Coevolving, population, [World(2, {"rewiring": 0.0})], 3000, threads=1)
    network = population.network
    before = {tuple(sorted((i, int(j)))) for i in range(80) for j in network.neighbours(i)}
    assert {tuple(sorted(x)) for x in last_arrays["ends"].tolist()} == before
    for part in nx.connected_components(graph(last_arrays)):
        assert len({int(last_arrays["opinion"][i]) for i in part}) == 1
    assert got["discordant"][-1, 0] == 0


def test_where_opinions_stay_every_tie_comes_to_agree(population, last_arrays):
    got = simulate(Coevolving, population, [World(2, {"rewiring": 1.0, "sharing": 20})], 600, threads=1)
    assert (got["most_held"] == got["most_held"][0]).all()
    assert (got["opinions"] == 4).all()
    assert got["discordant"][-1, 0] == 0
    assert len(last_arrays["ends"]) == population.network.ties
    assert (last_arrays["ends"][:, 0] != last_arrays["ends"][:, 1]).all()
    degree = np.bincount(last_arrays["ends"].ravel(), minlength=80)
    assert np.array_equal(degree, last_arrays["degree"])
    assert np.array_equal(np.bincount(last_arrays["opinion"], minlength=4), last_arrays["holders"])
