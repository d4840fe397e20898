"""Flows and processes: the engines against plain Python and exact solutions, interventions, refusals."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from groundswell.draws import stream_id, uniform_reference
from groundswell.engine import process
from groundswell.engine.annealed import simulate_annealed
from groundswell.engine.reference import simulate_reference
from groundswell.engine.setup import initial_state
from groundswell.engine.simulate import estimate_bytes, simulate
from groundswell.engine.worlds import Cap, Pulse, Seed, Set, World
from groundswell.errors import GroundswellError, MemoryRefusedError, PopulationError, TheoryError
from groundswell.population.generate import ring
from groundswell.population.population import on_grid, tied, well_mixed
from groundswell.population.specification import PopulationSpecification
from groundswell.theory import (
    Flow,
    Observable,
    Param,
    Process,
    Regional,
    Shock,
    Society,
    State,
    Stream,
    Tally,
    Trait,
    Uniform,
)
from groundswell.theory.compiled import uniform
from groundswell.theory.registry import load_theory

HERE = Path(__file__).parent / "forms"
HOPS, DECAY = load_theory(HERE / "hops.py"), load_theory(HERE / "decay.py")
GRID = on_grid(6, 7)
BOTH = ("frog", "mood")  # one set of totals throughout: each set is its own loop, compiled for it


def worlds():
    acts = (
        Set("rate", 0.9, start=3, end=5),
        Pulse("thunder", 2.0, at=4),
        Pulse("thunder", 1.0, at=4),
        Cap("noise", 0.05, start=2, end=7),
        Seed("frog", 0.5, at=6),
    )
    return [World(1), World(1, {}, acts), World(2**64 - 1, {"mean": 0.9}), World(5, {"start_share": 0.0})]


def test_a_process_is_what_plain_python_makes_of_it():
    made = simulate(HOPS, GRID, worlds(), 130, threads=2, totals=BOTH)
    found = simulate_reference(HOPS, GRID, worlds(), 130, totals=BOTH)
    assert np.array_equal(made.values, found.values)
    for state in BOTH:
        assert np.array_equal(made.totals[state], found.totals[state])
    assert made["jumped"][-1, 0] > 10


def test_threads_and_company_change_nothing():
    alone = simulate(HOPS, GRID, worlds()[1:2], 20, threads=1, totals=BOTH).values
    assert np.array_equal(alone[:, 0], simulate(HOPS, GRID, worlds(), 20, threads=4, totals=BOTH).values[:, 1])
    assert np.array_equal(alone, simulate(HOPS, GRID, worlds()[1:2], 40, totals=BOTH).values[:21])


def test_interventions_on_a_process_do_what_they_say():
    history = simulate(HOPS, GRID, worlds(), 10, totals=BOTH)
    quiet, acted = history.values[:, 0], history.values[:, 1]
    assert np.array_equal(quiet[:2], acted[:2]), "twins are one until the first intervention"
    assert history["struck"][:, 1].tolist() == [0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0]
    frogs = history["frogs"][:, 1]
    seeded = frogs[6] - frogs[5]
    assert seeded > 0
    assert frogs[5] == frogs[0], "hops keep the number of frogs"
    start = initial_state(HOPS, "frog", GRID.people, {"start_share": 0.3}, 1)
    assert history["frogs"][0, 0] == start.mean()
    assert history["frogs"][:, 3].max() == 0
    loud = history["loudness"]
    assert (loud[2:7, 1] <= 0.05).all(), "what a cap holds down is recorded so"
    assert loud[7, 1] > 0.05
    assert loud[2:, 0].max() > 0.05


def test_a_step_costs_no_memory_that_was_not_told():
    assert estimate_bytes(HOPS, GRID, 1) == GRID.people * (8 + 9)
    assert estimate_bytes(DECAY, well_mixed(1), 4) == 0


def test_worlds_that_do_not_fit_side_by_side_are_refused(monkeypatch):
    asked = []

    def refuse(needed, what):
        asked.append(needed)
        if len(asked) == 2:
            raise MemoryRefusedError(what, expected="less")

    monkeypatch.setattr(process, "require_memory", refuse)
    with pytest.raises(MemoryRefusedError, match="2 worlds of 42 people at once"):
        simulate(HOPS, GRID, worlds()[2:], 3, threads=2)
    assert asked[1] >= 42 * (8 + 9 + 8)


def test_a_population_of_another_space_is_refused():
    with pytest.raises(PopulationError, match="space = 'grid'"):
        simulate(HOPS, well_mixed(10), [World(1)], 1)


def test_what_only_shapes_the_start_cannot_be_set():
    for name in ("height", "mean"):
        with pytest.raises(TheoryError, match="only before the first step"):
            simulate(HOPS, GRID, [World(1, {}, (Set(name, 1.0),))], 2)
    with pytest.raises(TheoryError, match="only before the first step"):
        simulate(DECAY, well_mixed(1), [World(1, {}, (Set("begin", 0.5),))], 2)


def test_other_engines_say_that_they_are_for_rules():
    for theory, population in ((HOPS, GRID), (DECAY, well_mixed(1))):
        with pytest.raises(TheoryError, match="theory of rules"):
            simulate_annealed(theory, population, [World(1)], 2)
        with pytest.raises(TheoryError, match="theory of rules"):
            simulate_reference(theory, population, [World(1)], 2, annealed=True)


def test_traits_cannot_be_written():
    class Scribble(Process):
        calm = Trait(Uniform(0, 1))

        def step(people):
            people.calm[0] = 2.0

    with pytest.raises(TheoryError, match=r"Cannot modify readonly array.*line \d+: people.calm"):
        simulate(Scribble, well_mixed(3), [World(1)], 1)


def test_names_that_numpy_has_too_are_the_theorys_own():
    class Named(Process):
        mean, size = Society(2.0), Society()
        sum, max = Param(3.0), Shock()
        found, level = Observable("society.size"), Observable("society.mean")

        def arrays(population, p):
            return {"taken": np.full(2, p.sum)}

        def step(people, society, p):
            society.size += people.taken[0] * p.sum + society.mean + society.max

    worlds = [World(1, {}, (Pulse("max", 0.5, at=1), Cap("mean", 1.0, start=2)))]
    made, found = (engine(Named, well_mixed(2), worlds, 2) for engine in (simulate, simulate_reference))
    assert made["found"][:, 0].tolist() == [0.0, 11.5, 21.5]
    assert np.array_equal(made.values, found.values)


def test_neighbours_are_those_of_the_network():
    class Listen(Process):
        heard = State(float)
        mean = Observable("people.heard")

        def step(people, ties):
            for i in range(people.heard.size):
                for e in range(ties.indptr[i], ties.indptr[i + 1]):
                    people.heard[i] += ties.indices[e]

    population = tied(ring(5, 2, seed=1))
    history = simulate(Listen, population, [World(1)], 1, totals=("heard",))
    assert history.totals["heard"][:, 0].tolist() == [5, 2, 4, 6, 3]
    assert simulate(Listen, well_mixed(5), [World(1)], 1)["mean"][1, 0] == 0


def test_draws_have_addresses_and_differ_by_stream_step_person_and_number():
    class Draw(Process):
        first, second = Stream(), Stream()
        a, b, c, d = Society(), Society(), Society(), Society()
        oa, ob, oc, od = (Observable(f"society.{x}") for x in "abcd")

        def step(society, luck):
            society.a = uniform(luck.first, 3)
            society.b = uniform(luck.second, 3)
            society.c = uniform(luck.first, 3, 1)
            society.d = uniform(luck.first, 4)

    values = simulate(Draw, well_mixed(1), [World(9), World(10)], 3).values[1:]
    assert len(np.unique(values)) == values.size
    assert values[1, 0, 0] == uniform_reference(9, stream_id("first"), 2, 3)
    assert values[1, 0, 2] == uniform_reference(9, stream_id("first"), 2, 3 + (1 << 40))


def test_arrays_that_are_none_are_refused():
    class Wrong(Process):
        on = State(bool)

        def arrays(population, p):
            return {"on": np.zeros(3)}

        def step(people):
            people.on[0] = True

    with pytest.raises(TheoryError, match=r"arrays\(\) of wrong returned 'on'"):
        simulate(Wrong, well_mixed(3), [World(1)], 1)


def test_a_world_that_stops_being_a_number_is_told():
    class Burst(Process):
        size = Society(1.0)
        seen = Observable("society.size")

        def step(society):
            society.size = society.size * 1e200

    reason = "the observable seen, society.size, is not a finite number"
    assert simulate(Burst, well_mixed(1), [World(1)], 4).failed == ((0, 2, reason),)


@pytest.mark.parametrize(
    ("body", "match"),
    [
        ({}, "has no step"),
        ({"step": 3}, "a plain function"),
        ({"step": lambda people, world: None}, "takes the argument 'world'"),
        ({"step": lambda people, *more: None}, r"takes the argument '\*more'"),
        ({"step": lambda people: None, "heat": Regional()}, "is a Regional"),
        ({"step": lambda people: None, "heat": Tally()}, "is a Tally"),
        ({"step": lambda people: None, "space": "moon"}, "space = 'moon'"),
        ({"step": lambda people: None, "fixed": ("height",)}, "refers to 'height'"),
    ],
)
def test_a_process_that_is_none_is_refused(body, match):
    with pytest.raises(TheoryError, match=match):
        type("Odd", (Process,), body)


# -- flows -------------------------------------------------------------------------------------------------------------


def test_a_flow_is_what_plain_python_makes_of_it():
    acts = (Pulse("push", 0.5, at=3), Set("speed", 0.0, start=6, end=9), Cap("left", 0.2, start=12))
    many = [World(1), World(2, {"begin": 2.0}, acts)]
    made, found = simulate(DECAY, well_mixed(1), many, 15), simulate_reference(DECAY, well_mixed(1), many, 15)
    assert np.array_equal(made.values, found.values)
    left = made["remains"][:, 1]
    assert left[8] == left[5]
    assert left[12:].max() == 0.2
    assert made["pushed"][:, 1].tolist() == [0, 0, 0, 0.5] + [0] * 12
    exact = left[2] * np.exp(-0.3) + 0.5 / 0.3 * (1 - np.exp(-0.3))  # the push is held from 2 to 3
    assert left[3] == pytest.approx(exact, rel=1e-9)


def test_a_flow_follows_its_exact_solution_with_an_error_of_fourth_order():
    t = np.arange(31)
    errors = []
    for substeps in (2, 4, 8):
        theory = type("Coarse", (Flow,), {**_body(DECAY), "substeps": substeps})
        errors.append(np.abs(simulate(theory, well_mixed(1), [World(1)], 30)["remains"][:, 0] - np.exp(-0.3 * t)).max())
    for coarse, fine in pairwise(errors):
        assert 14 < coarse / fine < 18, "halving the step divides the error by 2**4"
    history = simulate(DECAY, well_mixed(1), [World(1)], 30)
    assert np.abs(history["remains"][:, 0] + history["lost"][:, 0] - 1).max() < 1e-12
    assert history["driven"][-1, 0] == pytest.approx(2 * (np.exp(-5) - np.exp(-30)), rel=1e-2)


def _body(theory):
    return {
        k: v for k, v in vars(theory).items() if k in ("flow", "left", "gone", "season", "push", "begin", "speed")
    } | {"remains": Observable("society.left")}


@pytest.mark.parametrize(
    ("body", "match"),
    [
        ({"level": Society()}, "has no flow rule"),
        ({"flow": lambda society: None}, "has no variable of society"),
        ({"level": Society(), "on": State(bool)}, "is a State"),
        ({"level": Society(), "calm": Trait(Uniform(0, 1))}, "is a Trait"),
        ({"level": Society(), "substeps": 0}, "substeps = 0"),
        ({"level": Society(), "start": Param(2.0, "[0, 1]")}, "has default 2.0"),
    ],
)
def test_a_flow_that_is_none_is_refused(body, match):
    with pytest.raises(TheoryError, match=match):
        type("Odd", (Flow,), body)


def test_a_flow_has_no_people_to_total():
    with pytest.raises(TheoryError, match="a flow has no people"):
        simulate(DECAY, well_mixed(1), [World(1)], 2, totals=("left",))


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({"theory": "granovetter"}, r"theory 'granovetter'; .* Instead: load_theory\('granovetter'\)"),
        ({"population": 100}, r"a population that is int; expected a Population. Instead: well_mixed"),
        ({"population": None}, "a population that is NoneType"),
        ({"population": PopulationSpecification(network="well_mixed", people=9)}, r"Instead: .build\(seed=1\)"),
        ({"worlds": World(1)}, r"expected a list of World. Instead: \[World"),
        ({"worlds": [1]}, "expected a list of World"),
        ({"steps": 2.5}, "2.5 steps; expected a whole number"),
    ],
)
def test_what_is_of_another_kind_is_told(given: dict, found: str) -> None:
    right = {"theory": load_theory("granovetter"), "population": well_mixed(9), "worlds": [World(1)], "steps": 1}
    with pytest.raises(GroundswellError, match=found):
        simulate(**{**right, **given})
    assert repr(simulate(**right)) == "Histories(steps=1, worlds=1, observables=('turnout',))"


@pytest.mark.parametrize("given", [{"seed": "a"}, {"params": 3}, {"interventions": Set("sd", 0.1)},
                                   {"interventions": [0.1]}])  # fmt: skip
def test_a_world_is_checked_when_it_is_made(given: dict) -> None:
    with pytest.raises(TheoryError, match="expected a "):
        World(**{"seed": 1, **given})
