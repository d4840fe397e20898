"""What is seen along directed and weighted ties, of traits, and by people without ties: exact, in both engines."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundswell.engine.reference import simulate_reference
from groundswell.engine.simulate import simulate
from groundswell.engine.worlds import Seed, World
from groundswell.errors import PopulationError, RuleError, TheoryError
from groundswell.population.network import Network
from groundswell.population.population import tied, well_mixed
from groundswell.population.read import from_networkx
from groundswell.theory import Observable, Share, State, Theory, Trait, Uniform

BOTH = pytest.mark.parametrize("engine", [simulate, simulate_reference])


class Sights(Theory):
    """Everything that can be seen of others, in one sum that shows any slip."""

    age = Trait(Uniform(0, 1))
    on = State(bool, initial=Share(0.4))
    mood = State(float, initial=Uniform(0, 1))
    saw = State(float)
    share = Observable("people.on")
    mean = Observable("people.mood")
    all = Observable("people.saw")

    def person(me, seen, luck):
        near = seen.weighted.on + 3 * seen.weighted.mood + 5 * seen.sum.on + 7 * seen.sum.mood
        fixed = 11 * seen.mean.age + 13 * seen.weighted.age + 17 * seen.sum.age + 19 * seen.weight
        me.saw = near + fixed + 23 * seen.mean.mood + 29 * seen.share.on + seen.degree
        me.mood = 0.5 * me.mood + 0.5 * seen.weighted.mood
        me.on = luck.chance("on", 0.2 + 0.6 * seen.weighted.on)


def in_turn(how):
    names = ("age", "on", "mood", "saw", "share", "mean", "all", "person")
    return type("Sights_" + how, (Theory,), {"order": how, **{x: Sights.__dict__[x] for x in names}})


THEORIES = {"together": Sights, "random": in_turn("random"), "drawn": in_turn("drawn")}


def graph(people, ties, seed, directed, weighted):
    made = nx.gnm_random_graph(people, ties, seed=seed, directed=directed)
    if weighted:
        rng = np.random.default_rng(seed)
        for _, _, of in made.edges(data=True):
            of["weight"] = float(rng.choice([0.0, 0.25, 1.0, 3.7]))
    return tied(from_networkx(made).network)


@pytest.mark.parametrize("order", THEORIES)
@pytest.mark.parametrize("kind", ["plain", "weighted", "directed", "both", "mixed", "alone"])
def test_both_engines_see_the_same(order, kind):
    theory = THEORIES[order]
    population = {"mixed": well_mixed(270), "alone": well_mixed(1)}.get(kind)
    if population is None:
        population = graph(270, 400, 5, kind in ("directed", "both"), kind in ("weighted", "both"))
    worlds = [World(k, {}, (Seed("on", 0.3, at=2),) if k == 1 else ()) for k in range(2)]
    oracle = simulate_reference(theory, population, worlds, 2, totals=("on", "saw"))
    assert not oracle.failed
    for batch, threads in ((2, 2), (1, 1)):
        ours = simulate(theory, population, worlds, 2, totals=("on", "saw"), batch=batch, threads=threads)
        assert np.array_equal(ours.values, oracle.values)
        for name in ("on", "saw"):
            assert np.array_equal(ours.totals[name], oracle.totals[name])
    many = [World(k) for k in range(9)]  # lanes are worlds
    assert np.array_equal(
        simulate(theory, population, many, 2).values[:, 2:3], simulate(theory, population, many[2:3], 2).values
    )


class DeGroot(Theory):
    """Believe what those whom one listens to believe, by how much one listens to each."""

    x0 = Trait(Uniform(0, 1))
    x = State(float)
    o = Observable("people.x")

    def person(me, seen, society):
        me.x = me.x0 if society.step < 1.5 else seen.weighted.x


@BOTH
def test_beliefs_are_averaged_by_weight(engine):
    """x(t) = W x(t - 1): two listen to each other and to a third, who listens to nobody and keeps a belief of 8."""
    ties = nx.DiGraph()
    ties.add_nodes_from(range(3))
    ties.add_weighted_edges_from([(0, 1, 3.0), (0, 2, 1.0), (1, 0, 1.0), (1, 2, 1.0)])
    x = np.array([0.0, 4.0, 8.0])
    w = np.array([[0, 0.75, 0.25], [0.5, 0, 0.5], [0, 0, 1.0]])
    got = engine(DeGroot, tied(from_networkx(ties).network, x0=x), [World(1)], 6)["o"][1:, 0]
    expected = [np.linalg.matrix_power(w, t) @ x for t in range(6)]
    np.testing.assert_allclose(got, np.mean(expected, axis=1), rtol=1e-14)


class Spread(Theory):
    """Join once one whom I see has."""

    on = State(bool, initial=Share(0.05))
    o = Observable("people.on")

    def person(me, seen):
        me.on = me.on or seen.count.on > 0


@settings(max_examples=15)
@given(st.integers(2, 60), st.integers(0, 200), st.integers(0, 2**32), st.integers(1, 3))
def test_a_cascade_along_directed_ties_is_reachability(people, ties, seed, threads):
    made = nx.gnm_random_graph(people, min(ties, people * (people - 1)), seed=seed % 1000, directed=True)
    population = tied(from_networkx(made).network)
    totals = simulate(Spread, population, [World(seed)], people + 1, totals=("on",), threads=threads).totals["on"][:, 0]
    first = simulate(Spread, population, [World(seed)], 1, totals=("on",)).totals["on"][:, 0]
    seeds = simulate_reference(Spread, population, [World(seed)], 0)["o"][0, 0]
    assert first.mean() >= seeds
    start = {i for i in range(people) if first[i]}
    back = made.reverse()
    reached = start.union(*(nx.descendants(back, i) for i in start)) if start else set()
    assert {i for i in range(people) if totals[i]} == reached


def test_what_has_no_meaning_is_refused():
    signed = Network(np.array([0, 1, 2]), np.array([1, 0], np.int32), weights=np.array([-1.0, -1.0]))
    with pytest.raises(PopulationError, match=r"the tie of person 0 to 1 has the weight -1 .* Instead: seen.sum.age"):
        simulate(Sights, tied(signed), [World(1)], 1)
    with pytest.raises(TheoryError, match=r"which sees seen.weighted.age, was to be annealed"):
        simulate(Sights, graph(20, 30, 1, False, False), [World(1)], 1, annealed=True)
    with pytest.raises(RuleError, match=r"seen.weighted.moood.*Instead: seen.weighted.mood"):

        class Slip(Theory):
            """A slip."""

            mood = State(float)

            def person(me, seen):
                me.mood = seen.weighted.moood


@BOTH
def test_signed_ties_count_against(engine):
    class Balance(Theory):
        """Take the side of friends, and against foes."""

        side = State(bool, initial=True)
        o = Observable("people.side")

        def person(me, seen):
            me.side = seen.sum.side > 0

    signed = Network(np.array([0, 1, 3, 4]), np.array([1, 0, 2, 1], np.int32), weights=np.array([1.0, 1.0, -2.0, -2.0]))
    assert engine(Balance, tied(signed), [World(1)], 1)["o"][1, 0] == pytest.approx(1 / 3)
