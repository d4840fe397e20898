"""People who act one after another: the compiled engine against the reference, and what an order does to a result."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from groundswell.draws import stream_id, uniform_reference
from groundswell.engine.annealed import simulate_annealed
from groundswell.engine.reference import simulate_reference
from groundswell.engine.setup import initial_state
from groundswell.engine.simulate import simulate
from groundswell.engine.worlds import Cap, Pulse, Seed, World
from groundswell.errors import TheoryError
from groundswell.population.generate import erdos_renyi, ring
from groundswell.population.population import Population, tied, well_mixed
from groundswell.theory import Exactly, Observable, Param, Process, State, Theory
from groundswell.theory.registry import load_theory

HERE = Path(__file__).parent / "theories"


def in_turn(theory, order="random"):
    """The same theory, whose people act one after another."""
    kept = {k: v for k, v in vars(theory).items() if not isinstance(v, dict | tuple | frozenset) and k[:2] != "__"}
    for word in ("name", "streams", "rules"):
        kept.pop(word, None)
    return type(f"{theory.__name__}InTurn", (Theory,), {**kept, "order": order, "__doc__": theory.__doc__})


THEORIES = {name: in_turn(load_theory(name)) for name in ("deed", "granovetter")}
THEORIES |= {path.stem: in_turn(load_theory(path)) for path in sorted(HERE.glob("*.py"))}
THEORIES["granovetter_drawn"] = in_turn(load_theory("granovetter"), "drawn")
THEORIES |= {f"{name}_drawn": in_turn(load_theory(HERE / f"{name}.py"), "drawn") for name in ("blink", "frontier")}


def populations():
    sparse = erdos_renyi(60, 3.0, seed=3)
    return {
        "mixed": well_mixed(41),
        "sparse": tied(sparse),
        "regions": Population(600, ring(600, 4, seed=1), np.repeat(np.arange(3, dtype=np.int32), 200), 3),
    }


def worlds(theory, steps):
    acts = [Pulse(name, 1.5, at=2) for name in theory.shocks]
    acts += [Cap(name, 0.4, start=2, end=4) for name in theory.societies]
    acts += [Seed(name, 0.3, at=3) for name, state in theory.states.items() if state.kind is bool and steps > 2]
    return [World(1), World(1, {}, tuple(acts)), World(2**63)]


@pytest.mark.parametrize("kind", ["mixed", "sparse", "regions"])
@pytest.mark.parametrize("name", [pytest.param(x, marks=[pytest.mark.long] if x == "deed" else []) for x in THEORIES])
def test_the_compiled_engine_agrees_with_the_reference(name, kind):
    theory, population = THEORIES[name], populations()[kind]
    steps = 2 if kind == "regions" else 4
    states = tuple(theory.states)
    made = simulate(theory, population, worlds(theory, steps), steps, threads=2, totals=states)
    found = simulate_reference(theory, population, worlds(theory, steps), steps, totals=states)
    assert np.array_equal(made.values, found.values)
    for state in states:
        assert np.array_equal(made.totals[state], found.totals[state])


@pytest.mark.parametrize("name", [pytest.param("deed", marks=pytest.mark.long), "moods"])
def test_neither_threads_nor_batches_change_a_bit(name):
    theory, population = THEORIES[name], populations()["sparse"]
    many = [World(k) for k in range(11)]
    whole = simulate(theory, population, many, 5, threads=1).values
    assert np.array_equal(whole, simulate(theory, population, many, 5, threads=3, batch=4).values)
    assert np.array_equal(whole[:, :1], simulate(theory, population, many[:1], 5, threads=2).values)


class Domino(Theory):
    """Fall once the neighbour has fallen: how far a step carries depends on who acts when."""

    order = "random"
    fallen = State(bool, initial=Exactly("first"))
    first = Param(1.0, ">= 0")
    share = Observable("people.fallen")

    def person(me, seen):
        me.fallen = me.fallen or seen.count.fallen > 0


def queue_of(seed, step, n):
    """The order in which people act, by the shuffle of Fisher and Yates."""
    queue = list(range(n))
    for i in range(n - 1, 0, -1):
        j = int(uniform_reference(seed, stream_id("order"), step, i) * (i + 1))
        queue[i], queue[j] = queue[j], queue[i]
    return queue


def test_one_step_carries_a_fall_as_far_as_the_order_of_acting_allows():
    """On a ring, the fall goes on in a step as long as the next in line comes later in the order."""
    n, sizes = 40, []
    population = tied(ring(n, 2, seed=1))
    for seed in range(8):
        turn = {person: k for k, person in enumerate(queue_of(seed, 1, n))}
        expected = initial_state(Domino, "fallen", n, {"first": 1.0}, seed) > 0
        first = int(np.flatnonzero(expected)[0])
        for way in (1, -1):
            at, last = first, -1
            while turn[(at + way) % n] > last and not expected[(at + way) % n]:
                at = (at + way) % n
                last, expected[at] = turn[at], True
        fallen = simulate(Domino, population, [World(seed)], 1, totals=("fallen",)).totals["fallen"][:, 0] > 0
        assert np.array_equal(fallen, expected)
        sizes.append(int(fallen.sum()))
    assert max(sizes) > 3, "people who act together carry the fall by one on each side"


def test_every_order_is_drawn_anew():
    orders = [queue_of(1, step, 9) for step in (1, 2)]
    assert orders[0] != orders[1]
    assert sorted(orders[0]) == sorted(orders[1]) == list(range(9))


def test_what_makes_no_sense_is_refused():
    with pytest.raises(TheoryError, match="one after another, was to be annealed"):
        simulate_annealed(Domino, well_mixed(5), [World(1)], 2)
    with pytest.raises(TheoryError, match="one of together, random, drawn"):

        class Upside(Theory):
            order = "backwards"
            on = State(bool)

            def person(me):
                me.on = True

    with pytest.raises(TheoryError, match="people are drawn"):
        in_turn(load_theory("kuran"), "drawn")
    with pytest.raises(TheoryError, match="a process has its own order"):

        class Own(Process):
            order = "random"
            on = State(bool)

            def step(people):
                people.on[0] = True

    with pytest.raises(TheoryError, match="declares the stream 'order' twice"):

        class Twice(Theory):
            order = "random"
            on = State(bool)

            def person(me, luck):
                me.on = luck.chance("order", 0.5)
