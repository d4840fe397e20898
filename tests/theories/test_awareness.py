"""Awareness and contagion on two layers: two people solved as a Markov chain, and what caution takes away."""

import itertools

import numpy as np

from groundswell import World, load_theory, simulate
from groundswell.population.network import Network
from groundswell.population.population import layered
from groundswell.population.specification import PopulationSpecification

Awareness = load_theory("awareness")
PAIR = Network(np.array([0, 1, 2]), np.array([1, 0], np.int32))
NOBODY = Network(np.array([0, 0, 0]), np.zeros(0, np.int32), directed=True)
P = {"telling": 0.3, "forgetting": 0.5, "contagion": 0.4, "caution": 0.25, "recovery": 0.2}


def moves(me, other):
    """(aware, infected) of one person next, with probabilities, given both now."""
    heard = P["telling"] if other[0] else 0.0
    knows = 1 - P["forgetting"] if me[0] else heard
    for aware, chance in ((True, knows), (False, 1 - knows)):
        risk = P["contagion"] * (P["caution"] if aware else 1.0) * other[1]
        infected = 1 - P["recovery"] if me[1] else risk
        yield (True, True), chance * infected
        yield (aware, False), chance * (1 - infected)


def test_two_people_follow_their_markov_chain():
    states = list(itertools.product([(False, False), (True, False), (True, True)], repeat=2))
    matrix = np.zeros((9, 9))
    for k, (a, b) in enumerate(states):
        for (x, p), (y, q) in itertools.product(moves(a, b), moves(b, a)):
            matrix[k, states.index((x, y))] += p * q
    np.testing.assert_allclose(matrix.sum(axis=1), 1.0)
    worlds, steps = 20_000, 6
    start = {"aware": [0], "infected": [0]}
    got = simulate(Awareness, layered(talk=PAIR, contact=PAIR), [World(k, P, start=start) for k in range(worlds)], steps)
    chain = np.zeros(9)
    chain[states.index(((True, True), (False, False)))] = 1.0
    for t in range(steps + 1):
        for name, place in (("awareness", 0), ("prevalence", 1)):
            expected = sum(p * (s[0][place] + s[1][place]) / 2 for p, s in zip(chain, states, strict=True))
            error = got[name][t].std(ddof=1) / np.sqrt(worlds) + 1e-12
            assert abs(got[name][t].mean() - expected) < 5 * error
        chain = chain @ matrix


def test_without_talk_nobody_hears_and_without_caution_it_is_sis():
    table = Awareness.setting.population["layers"]
    layers = {name: {**layer, "people": 400} for name, layer in table.items()}
    population = PopulationSpecification(network="layers", layers=layers).build(2)
    free, careful = ({"caution": c, "telling": 0.6, "forgetting": 0.2} for c in (1.0, 0.0))
    got = simulate(Awareness, population, [World(k, p) for p in (free, careful) for k in range(8)], 60)["prevalence"]
    assert got[40:, :8].mean() > got[40:, 8:].mean() + 0.1
    mute = simulate(Awareness, layered(talk=NOBODY, contact=PAIR), [World(1, start={"aware": [0]})], 5)["awareness"]
    assert mute.max() == 0.5
