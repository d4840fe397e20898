"""The network engine's short cuts (frontier, push, sweep), its refusals, and bugs that must not return."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from groundswell.engine import counting, sight
from groundswell.engine.batch import estimate_bytes, start
from groundswell.engine.form import Job, Run
from groundswell.engine.layout import layout
from groundswell.engine.reference import simulate_reference
from groundswell.engine.simulate import simulate
from groundswell.engine.worlds import Cap, Histories, Pulse, Seed, Set, World
from groundswell.errors import GroundswellError, MemoryRefusedError, PopulationError, TheoryError
from groundswell.population.generate import erdos_renyi
from groundswell.population.population import tied, well_mixed
from groundswell.theories.deed import Deed
from groundswell.theories.granovetter import Granovetter
from groundswell.theories.watts import Watts
from groundswell.theory.registry import load_theory

HERE = Path(__file__).parent / "theories"


def small(name):
    return load_theory(HERE / f"{name}.py")


def at_random(people, mean_degree, seed=1):
    return tied(erdos_renyi(people, mean_degree, seed=seed))


# Push and sweep, frontier and everyone


@pytest.fixture
def calls(monkeypatch):
    """How often neighbours were counted by a sweep of all ties, by pushing changes, and the rule run for how many."""
    counted = {"sweep": 0, "push": 0}
    for way, kernel in (("sweep", "sweep_bits"), ("sweep", "sweep_rows"), ("push", "push")):
        function = getattr(counting, kernel)

        def called(*arguments, way=way, function=function):
            counted[way] += 1
            return function(*arguments)

        monkeypatch.setattr(counting, kernel, called)
    return counted


@pytest.mark.parametrize("worlds", [1, 3, 12], ids=["by block", "by block, three", "by world"])
@pytest.mark.parametrize("name", ["frontier", "creep", "watts", "granovetter"])
def test_push_and_sweep_give_the_same_history(monkeypatch, calls, name, worlds):
    theory = {"watts": Watts, "granovetter": Granovetter}.get(name) or small(name)
    population = at_random(1200, 4)
    given = [
        World(k, {}, (Seed(next(iter(theory.states)), 0.02, at=6),) if name == "watts" else ()) for k in range(worlds)
    ]
    histories = {}
    for way, share in (("push", 1.0), ("sweep", -1.0), ("either", 0.02)):
        monkeypatch.setattr(sight, "SWEEP", share)
        calls.update(sweep=0, push=0)
        histories[way] = simulate(theory, population, given, 12, threads=2, totals=tuple(theory.states))
        if way == "push":
            assert calls["push"] > 0
        if way == "sweep":
            assert calls["push"] == 0
            assert calls["sweep"] > 2
    for way in ("sweep", "either"):
        assert np.array_equal(histories["push"].values, histories[way].values)
        for state, total in histories["push"].totals.items():
            assert np.array_equal(total, histories[way].totals[state])


@pytest.mark.parametrize("worlds", [1, 3])
@pytest.mark.parametrize("name", ["frontier", "watts"])
def test_a_cascade_by_pushes_alone_is_that_of_the_reference(monkeypatch, calls, name, worlds):
    """Several blocks of people, of which few change, from a start that few people make."""
    monkeypatch.setattr(sight, "SWEEP", 1.0)
    theory = Watts if name == "watts" else small(name)
    population, state = at_random(700, 3, seed=worlds), next(iter(theory.states))
    given = [World(k, {}, (Seed(state, 0.004, at=2 + k), Seed(state, 0.03, at=7))) for k in range(worlds)]
    ours = simulate(theory, population, given, 12, threads=1, totals=(state,))
    oracle = simulate_reference(theory, population, given, 12, totals=(state,))
    assert calls["push"] > 5
    assert np.array_equal(ours.values, oracle.values)
    assert np.array_equal(ours.totals[state], oracle.totals[state])


def test_which_theories_follow_their_frontier():
    luckless = {t.name: layout(t).luckless for t in (Watts, Granovetter, Deed, small("frontier"), small("blink"))}
    assert luckless == {"watts": True, "granovetter": True, "deed": False, "frontier": True, "blink": True}
    assert not layout(small("creep")).luckless, "a float may creep with no bool changing"
    assert not layout(small("moods")).luckless


def test_a_frozen_population_costs_nothing(calls):
    """After a cascade has come to rest, no neighbour is counted and no rule run."""
    population = at_random(2000, 4)
    simulate(Watts, population, [World(1)], 60, threads=1)
    at_rest = dict(calls)
    calls.update(sweep=0, push=0)
    simulate(Watts, population, [World(1)], 600, threads=1)
    assert calls == at_rest


def test_a_frozen_population_wakes_up_when_someone_is_made_active(populations):
    acts = (Seed("active", 0.1, at=30), Set("phi", 0.18, start=40))
    with pytest.raises(TheoryError, match="a parameter that the rules read"):
        simulate(Watts, populations["sparse"], [World(1, {}, acts)], 40)
    given = [World(1, {"seeds": 0.0}, acts[:1]), World(1, {"seeds": 0.0})]
    ours = simulate(Watts, populations["sparse"], given, 40, threads=1)
    oracle = simulate_reference(Watts, populations["sparse"], given, 40)
    assert np.array_equal(ours.values, oracle.values)
    assert (ours["activity"][29] == 0).all()
    assert ours["activity"][-1, 0] > 0.1
    assert ours["activity"][-1, 1] == 0


def test_a_parameter_set_in_time_wakes_the_frontier(populations):
    acts = (Set("limit", 0.05, start=20, end=22),)
    given = [World(3, {}, acts), World(3)]
    ours = simulate(small("frontier"), populations["sparse"], given, 26, threads=1)
    oracle = simulate_reference(small("frontier"), populations["sparse"], given, 26)
    assert np.array_equal(ours.values, oracle.values)
    assert not np.array_equal(ours.values[20, 0], ours.values[20, 1])


# Bugs that were found


def test_a_state_that_changes_by_itself_goes_on_changing():
    history = simulate(small("blink"), at_random(400, 3), [World(1)], 4, threads=1)["share_lit"][:, 0]
    assert history[0] == history[2] == history[4] != history[1] == history[3]


def test_a_float_that_creeps_goes_on_creeping():
    history = simulate(small("creep"), at_random(400, 3), [World(1)], 9, threads=1)["share_gone"][:, 0]
    assert (np.diff(history) > 0).all()


def test_everyone_sees_the_mean_of_the_others_where_all_see_all(tmp_path):
    path = tmp_path / "mean.py"
    path.write_text(
        "from groundswell.theory import *\n\nclass Mean(Theory):\n    '''See.'''\n"
        "    x = State(float)\n    y = State(float)\n    t = Trait(Uniform(0, 1))\n    of = Observable('people.y')\n"
        "    def person(me, seen):\n        me.y = seen.mean.x\n        me.x = me.t\n"
    )
    values = np.array([1.0, 2.0, 6.0])
    group = well_mixed(3, t=values)
    history = simulate(load_theory(path), group, [World(0)], 2, threads=1, totals=("y",))
    assert history.totals["y"][:, 0].tolist() == [4.0, 3.5, 1.5]
    alone = well_mixed(1, t=values[:1])
    assert simulate(load_theory(path), alone, [World(0)], 2, threads=1)["of"][:, 0].tolist() == [0, 0, 1]  # one's own


def test_the_square_of_a_negative_number_is_positive(tmp_path):
    path = tmp_path / "square.py"
    path.write_text(
        "from groundswell.theory import *\n\nclass Square(Theory):\n    '''Square.'''\n    x = State(float)\n"
        "    t = Trait(Uniform(0, 1))\n    of = Observable('people.x')\n"
        "    def person(me):\n        me.x = (me.t - 3) ** 2 - (me.t - 3) ** 3 + (-me.t) ** 4\n        me.x **= 2\n"
    )
    one = well_mixed(1, t=[1.0])
    assert simulate(load_theory(path), one, [World(0)], 1, threads=1)["of"][1, 0] == (4 + 8 + 1) ** 2


def test_a_boolean_is_a_number_where_a_number_is_kept(tmp_path):
    path = tmp_path / "flag.py"
    path.write_text(
        "from groundswell.theory import *\n\nclass Flag(Theory):\n    '''Flag.'''\n    x = State(float)\n"
        "    up = Society()\n    w = Tally()\n    t = Trait(Uniform(0, 1))\n    a = Observable('people.x')\n"
        "    b = Observable('society.up')\n    c = Observable('people.w')\n"
        "    def society(society):\n        society.up = society.step > 1\n"
        "    def person(me, tally):\n        me.x = me.t > 0.5\n        tally.w = not me.t > 0.5\n"
    )
    pair = well_mixed(2, t=[0.2, 0.9])
    for engine in (simulate, simulate_reference):
        assert engine(load_theory(path), pair, [World(0)], 2).values[:, 0].tolist() == [
            [0, 0, 0],
            [0.5, 0, 0.5],
            [0.5, 1, 0.5],
        ]


@pytest.mark.parametrize("order", [1, -1])
def test_a_parameter_held_twice_in_a_row_is_held_throughout(tmp_path, order):
    path = tmp_path / "dial.py"
    path.write_text(
        "from groundswell.theory import *\n\nclass Dial(Theory):\n    '''Show.'''\n    level = Society()\n"
        "    q = Param(0.0)\n    of = Observable('society.level')\n"
        "    def society(society, p):\n        society.level = p.q\n    def person(me):\n        pass\n"
    )
    acts = (Set("q", 1.0, start=2, end=4), Set("q", 2.0, start=4, end=6))[::order]
    inner = (Set("q", 1.0, start=1, end=7), Set("q", 2.0, start=3, end=5))
    for engine in (simulate, simulate_reference):
        held = engine(load_theory(path), well_mixed(2), [World(0, {}, acts), World(0, {}, inner)], 7)["of"]
        assert held[:, 0].tolist() == [0, 0, 1, 1, 2, 2, 0, 0]
        assert held[:, 1].tolist() == [0, 1, 1, 2, 2, 1, 1, 0]


# What goes in, and what is refused


def test_no_steps_is_the_start_alone(population):
    history = simulate(Deed, population, [World(1)], 0, totals=("member",))
    assert history.values.shape == (1, 1, len(Deed.observables))
    assert history.totals["member"].sum() == 0


def test_progress_is_told_world_by_step():
    found = []
    simulate(Watts, well_mixed(10), [World(k) for k in range(5)], 3, batch=2, progress=found.append)
    assert sum(found) == 15


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        ({"worlds": []}, "no worlds to simulate"),
        ({"steps": -1}, "-1 steps"),
        ({"batch": 0}, "batches of 0 worlds"),
        ({"batch": 1.5}, "batches of 1.5 worlds"),
        ({"threads": "2"}, "threads = '2'; expected a whole number >= 1"),
        ({"threads": 0}, "threads = 0"),
        ({"threads": 1.5}, "threads = 1.5"),
        ({"population_seed": -1}, "population_seed = -1"),
        ({"steps": True}, "True steps; expected a whole number"),
        ({"totals": ("grievance",)}, "totals of 'grievance'"),
        ({"worlds": [World(-1)]}, "run seed -1"),
        ({"worlds": [World(2**64)]}, "run seed"),
        ({"worlds": [World(1, {"thteta0": 1.0})]}, "'thteta0'.*did you mean 'theta0'"),
        ({"worlds": [World(1, {"tau_m": 0.5})]}, "tau_m of theory deed was given 0.5.*>= 1"),
        ({"worlds": [World(1, {"tau_m": float("nan")})]}, "was given nan"),
        ({"worlds": [World(1, {"tau_m": "2"})]}, "was given '2'"),
        ({"worlds": [World(1, {"tau_m": True})]}, "was given True"),
        ({"worlds": [World(1, {}, (Set("nope", 1.0),))]}, "'nope'"),
        ({"worlds": [World(1, {}, (Set("mu", -1.0),))]}, "mu of theory deed was given -1.0"),
        ({"worlds": [World(1, {}, (Set("mu", 0.1, start=0),))]}, "step 0 is the start"),
        (
            {"worlds": [World(1, {}, (Set("mu", 0.1, start=2, end=2),))]},
            "ends before it does anything; expected end > start",
        ),
        ({"worlds": [World(1, {}, (Pulse("atc", 1.0, at=3),))]}, "the name of a shock: act"),
        ({"worlds": [World(1, {}, (Pulse("act", -1.0, at=3),))]}, "a finite amount >= 0"),
        ({"worlds": [World(1, {}, (Pulse("act", 1.0, at=0),))]}, "a step from 1 to 3"),
        ({"worlds": [World(1, {}, (Cap("fear", 1.0),))]}, "the name of a society variable"),
        ({"worlds": [World(1, {}, (Cap("repression", float("inf")),))]}, "a finite level"),
        ({"worlds": [World(1, {}, (Seed("fatigue", 0.1, at=1),))]}, "the name of a bool state"),
        ({"worlds": [World(1, {}, (Seed("member", 1.1, at=1),))]}, "a share in \\[0, 1\\]"),
    ],
)
def test_what_makes_no_sense_is_refused_before_the_run(arguments, found):
    given = {"worlds": [World(1)], "steps": 3, **arguments}
    with pytest.raises(GroundswellError, match=found):
        simulate(Deed, well_mixed(20), given.pop("worlds"), given.pop("steps"), **given)


def test_traits_that_the_theory_does_not_have_are_refused():
    odd = well_mixed(3, anger=np.zeros(3))
    with pytest.raises(PopulationError, match="carries the traits anger"):
        simulate(Watts, odd, [World(1)], 1)


def test_more_seeds_than_people_are_refused():
    with pytest.raises(TheoryError, match="starts true for 30 people; expected at most the 20"):
        simulate(Watts, well_mixed(20), [World(1, {"seeds": 30.0})], 1)


def test_the_annealed_engine_needs_ties():
    with pytest.raises(TheoryError, match="without ties"):
        simulate(Watts, at_random(20, 0), [World(1)], 1, annealed=True)


def test_a_run_that_does_not_fit_is_refused(monkeypatch):
    monkeypatch.setattr("groundswell.engine.worlds.available_memory", lambda: 2**20)
    with pytest.raises(MemoryRefusedError, match=r"a batch of 100 worlds of 10,000 people needs about .* GiB"):
        simulate(Watts, at_random(10_000, 3), [World(k) for k in range(100)], 1)


def test_the_estimate_of_memory_covers_the_arrays():
    population = at_random(5000, 4)
    worlds = [World(k) for k in range(20)]
    params = [Deed.parameters() for _ in worlds]
    batch = start(Job(Deed, population, worlds, params, 1, Run()))
    held = sum(x.nbytes for x in vars(batch).values() if isinstance(x, np.ndarray))
    assert held <= estimate_bytes(Deed, population, 20) <= 2 * held


def test_histories_give_their_observables_by_name():
    history = simulate(Watts, well_mixed(10), [World(1)], 2)
    assert history["activity"].shape == (3, 1)
    with pytest.raises(TheoryError, match="'activty' was requested; expected one of activity"):
        history["activty"]


def test_worlds_that_stop_being_numbers_are_told(tmp_path):
    path = tmp_path / "blow_up.py"
    path.write_text(
        "from groundswell.theory import *\n\nclass BlowUp(Theory):\n    '''Grow without end.'''\n"
        "    size = Society(initial=1.0)\n    factor = Param(1e200)\n    of = Observable('society.size')\n"
        "    def society(society, p):\n        society.size = society.size * p.factor\n"
        "    def person(me):\n        pass\n"
    )
    history = simulate(load_theory(path), well_mixed(3), [World(1, {"factor": 1.0}), World(1)], 4)
    ((world, step, reason),) = history.failed
    assert (world, step) == (1, 2)
    assert "blow_up.py:9: `society.size = society.size * p.factor`: the society rule" in reason
    assert isinstance(history, Histories)


def test_both_engines_show_the_line_of_a_division_by_zero(tmp_path):
    path = tmp_path / "divide.py"
    path.write_text(
        "from groundswell.theory import *\n\nclass Divide(Theory):\n    '''Divide.'''\n    x = State(float)\n"
        "    of = Observable('people.x')\n    def person(me):\n        y = me.x\n        me.x = 1 / y\n"
    )
    for engine in (simulate, simulate_reference):
        ((world, step, reason),) = engine(load_theory(path), well_mixed(3), [World(1)], 1).failed
        assert (world, step) == (0, 1)
        assert "divide.py:9: `me.x = 1 / y`: the person rule of Divide divides by zero" in reason
