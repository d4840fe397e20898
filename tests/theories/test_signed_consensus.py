"""Signed ties: opposite camps where signs are balanced, nothing where they are not, and the matrix in between."""

import numpy as np

from groundswell import World, load_theory, simulate
from groundswell.population.specification import PopulationSpecification

SignedConsensus = load_theory("signed_consensus")
CAMPS = {"network": "planted_partition", "people": 60, "mean_degree": 14.0, "communities": 2, "mix": 0.3}


def test_balanced_signs_give_two_camps_of_opposite_opinions():
    population = PopulationSpecification(**CAMPS, negative="between").build(3)
    got = simulate(SignedConsensus, population, [World(1)], 2000, persons=True)
    start, end = (got.people(t)["opinion"].to_numpy() for t in (0, 2000))
    camp = np.where(population.region == 0, 1.0, -1.0)
    np.testing.assert_allclose(end, camp * (camp * start).mean(), atol=1e-9)


def test_a_step_is_the_signed_matrix_and_without_balance_all_tend_to_nothing():
    population = PopulationSpecification(**CAMPS, negative=0.4).build(3)
    network = population.network
    a = np.zeros((60, 60))
    a[np.repeat(np.arange(60), np.diff(network.indptr)), network.indices] = network.weights
    step = np.eye(60) + 0.02 * (a - np.diag(np.abs(a).sum(axis=1)))
    got = simulate(SignedConsensus, population, [World(1)], 3000, persons=True)
    x = [got.people(t)["opinion"].to_numpy() for t in (0, 1, 2, 3000)]
    np.testing.assert_allclose(x[1], step @ x[0], rtol=1e-10, atol=1e-14)
    np.testing.assert_allclose(x[2], step @ x[1], rtol=1e-10, atol=1e-14)
    assert np.abs(x[3]).max() < 1e-6
