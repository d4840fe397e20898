"""Python is as strict as a study file: wrong worlds, networks and starts are refused, or right, by both engines."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys

import networkx as nx
import numpy as np
import pytest

from groundswell.engine.reference import simulate_reference
from groundswell.engine.simulate import simulate
from groundswell.engine.worlds import Pulse, Set, World
from groundswell.errors import GroundswellError, PopulationError, RuleError, TheoryError
from groundswell.population.network import Network
from groundswell.population.population import tied, well_mixed
from groundswell.population.read import from_networkx, read_edges
from groundswell.theory import Bernoulli, Exactly, Observable, Param, Share, Shock, State, Theory, Uniform
from groundswell.theory.analytic.epidemics import riot_final_size, riot_peak
from groundswell.theory.analytic.pairs import sis_in_steps
from groundswell.theory.registry import load_theory

BOTH = pytest.mark.parametrize("engine", [simulate, simulate_reference])


def loop(people):
    return tied(from_networkx(nx.cycle_graph(people)).network)


class Follow(Theory):
    """Join once one whom I see acts."""

    s = State(bool, initial=Exactly(1))
    o = Observable("people.s")

    def person(me, seen):
        me.s = me.s or seen.count.s > 0


class Start(Theory):
    """A bool that starts as a parameter says."""

    x = State(bool, initial="b")
    b = Param(0.5, "[0, 1]")
    o = Observable("people.x")

    def person(me):
        me.x = me.x


class Repeat(Theory):
    """A state that repeats a parameter."""

    x = State(float, initial=Uniform(0, 1))
    a = Param(1.0, "any")
    k = Shock()
    o = Observable("people.x")

    def person(me, p):
        me.x = p.a


@BOTH
def test_a_world_keeps_what_it_was_given(engine):
    params, worlds = {}, []
    for value in (0.25, np.float32(0.5), np.int64(3)):
        params["a"] = value
        worlds.append(World(np.int64(1), params))
    assert engine(Repeat, loop(5), worlds, 1)["o"][-1].tolist() == [0.25, 0.5, 3.0]


@BOTH
def test_a_float_state_may_start_at_random(engine):
    start = engine(Repeat, well_mixed(400), [World(1), World(2)], 0)["o"][0]
    assert start[0] != start[1]
    assert (abs(start - 0.5) < 5 * np.sqrt(1 / 12 / 400)).all()


@BOTH
@pytest.mark.parametrize(
    ("theory", "world", "message"),
    [
        (
            Start,
            World(1, {"b": 0.9}),
            r"starts as b = 0.9, for everyone; .* Instead: x = State\(bool, initial=Share\('b'\)",
        ),
        (Repeat, World(1, {}, (Set("a", 5.0, start=2.5),)), "start = 2.5 .* a whole number of steps"),  # type: ignore[arg-type]
        (Repeat, World(1, {}, (Pulse("k", 1, 2.5),)), "at = 2.5 .* a whole number of steps"),  # type: ignore[arg-type]
        (Repeat, World(1, {}, (Set("a", 5.0, start=7),)), "start = 7 .* in a run of 4 steps"),
        (Repeat, World(1, {}, (Set("a", 5.0, start=3, end=3),)), "ends before it does anything"),
        (Repeat, World(1, {}, (Set("a", float("nan")),)), "was given nan"),
        (Repeat, World(1, {"aa": 1.0}), "did you mean 'a'"),
    ],
)
def test_a_world_that_makes_no_sense_is_refused(engine, theory, world, message):
    with pytest.raises(TheoryError, match=message):
        engine(theory, loop(10), [world], 4)


@pytest.mark.parametrize("share", [-0.5, 2.0, float("nan")])
def test_a_share_outside_its_support_is_refused(share):
    with pytest.raises(TheoryError, match="expected a share in"):
        type("Some", (Theory,), {"x": State(bool, initial=Share(share)), "person": Start.__dict__["person"]})


def test_half_a_person_does_not_start():
    with pytest.raises(TheoryError, match=r"x starts as Exactly\(people=1.5\); expected a whole number of people"):
        type("Some", (Theory,), {"x": State(bool, initial=Exactly(1.5)), "person": Start.__dict__["person"]})


@pytest.mark.parametrize("default", ["a", 1j, None, 10**400])
def test_a_default_that_is_no_number_is_refused(default):
    with pytest.raises(TheoryError, match=r"Some\.a has default .*; expected a number in its support"):
        type("Some", (Theory,), {"a": Param(default), "x": State(float), "person": Start.__dict__["person"]})


@BOTH
def test_what_overflows_in_a_mean_is_named(engine):
    """Each person's number is finite, their sum is not."""
    found = engine(Repeat, well_mixed(4), [World(1, {"a": 1e308})], 1)
    assert found.failed == ((0, 1, "the observable o, people.x, is not a finite number"),)


@BOTH
def test_a_directed_ring_passes_one_way(engine):
    ring = Network(np.array([0, 1, 2, 3, 4]), np.array([1, 2, 3, 0], np.int32), directed=True)
    assert engine(Follow, tied(ring), [World(0)], 4)["o"][:, 0].tolist() == [0.25, 0.5, 0.75, 1, 1]


@pytest.mark.parametrize(
    ("indptr", "indices", "message"),
    [
        ([0, 1, 2, 3, 4], [1, 2, 3, 0], "the tie to 1 is missing .* directed=True"),
        ([0, 1, 2], [1, 7], "neighbour 7 does not exist"),
        ([0, 2, 3, 4], [2, 1, 0, 0], "out of ascending order"),
    ],
)
def test_an_unsound_network_is_refused_by_the_population(indptr, indices, message):
    with pytest.raises(PopulationError, match=message):
        tied(Network(np.array(indptr), np.array(indices, np.int32)))


def test_arrays_are_copied_and_cannot_be_written_to():
    indices = np.array([1, 0], np.int32)
    pair = tied(Network(np.array([0, 1, 2]), indices), x=(column := np.array([1.0, 2.0])))
    before = pair.digest()
    indices[:], column[:] = 0, 9
    assert pair.digest() == before
    for array in (pair.network.indices, pair.network.indptr, pair.region, pair.traits["x"]):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


def test_direction_and_weights_of_a_graph_are_kept():
    graph = nx.DiGraph()
    graph.add_weighted_edges_from([("a", "b", 0.5), ("b", "c", -2.0), ("c", "b", 1.0)])
    network = from_networkx(graph).network
    assert network.directed
    assert network.indices.tolist() == [1, 2, 1]
    assert network.weights is not None
    assert network.weights.tolist() == [0.5, -2.0, 1.0]
    assert [x.tolist() for x in network.seen_by] == [[0, 0, 2, 3], [0, 2, 1]]
    both = from_networkx(nx.Graph([("a", "b", {"weight": 3})])).network
    assert both.weights is not None
    assert both.weights.tolist() == [3.0, 3.0]
    graph["a"]["b"]["weight"] = float("inf")
    with pytest.raises(PopulationError, match="the tie of 'a' to 'b' has the weight inf"):
        from_networkx(graph)


def test_columns_of_a_file_are_direction_and_weight_whatever_its_order(tmp_path):
    lines = ["who,whom,times", "berta,anna,2", "anna,carl,0.5", "carl,anna,4"]
    path = tmp_path / "ties.csv"
    digests = set()
    for rows in (lines, [lines[0], *lines[:0:-1]]):
        path.write_text("\n".join(rows))
        read = read_edges(path, directed=True, columns=("who", "whom"), weight="times")
        digests.add(tied(read.network, labels=read.labels, age={"carl": 3, "berta": 2, "anna": 1}).digest())
    assert len(digests) == 1
    assert read.labels == ("anna", "berta", "carl")
    assert read.network.weights is not None
    assert (read.network.indices.tolist(), read.network.weights.tolist()) == ([2, 0, 0], [0.5, 2, 4])
    path.write_text("a,b,2\nb,a,4\n")
    with pytest.raises(PopulationError, match="has the weights 2 and 4; expected one weight for a tie"):
        read_edges(path, weight=2)
    path.write_text("a,b,much\n")
    with pytest.raises(PopulationError, match=r"line 1 has the weight 'much'"):
        read_edges(path, weight=2)
    with pytest.raises(PopulationError, match=r"the label 'bert'; .* Instead: berta"):
        tied(read.network, labels=read.labels, age={"bert": 3})


def test_histories_are_a_mapping_and_say_when_worlds_are_alike():
    histories = simulate(Start, loop(4), [World(1, {"b": 1.0}), World(2, {"b": 1.0})], 2)
    assert {name: series.shape for name, series in dict(histories).items()} == {"o": (3, 2)}
    assert histories.alike
    assert "worlds with the same parameters are one run" in repr(histories)
    with pytest.raises(GroundswellError, match="did you mean 'o'"):
        histories["oo"]
    assert not simulate(Repeat, loop(4), [World(1)], 2).alike


def test_the_nearest_match_of_an_unknown_start():
    with pytest.raises(TheoryError, match="Share, Exactly or a truth"):
        type("Some", (Theory,), {"x": State(bool, initial=Bernoulli(0.5)), "person": Start.__dict__["person"]})


def test_nobody_riots_and_tiny_rates():
    assert riot_final_size(0.002, 0.1, 1000, 0) == riot_peak(0.002, 0.1, 1000, 0) == 0.0
    for contagion in (1e-14, 1e-8, 1e-3):
        assert sis_in_steps(contagion, contagion / 10) == pytest.approx(0.9, abs=contagion)
    assert sis_in_steps(1e-9, 1e-8) == 0.0


PROCESS = '''
from groundswell import Process, Society
class Mine(Process):
    """Mine."""
    x = Society()
    def step(ties, grid):
        mine = ties.indices
        LINE
'''


@pytest.mark.parametrize("line", ["ties.indices[0] = 1", "ties.indptr = ties.indices", "grid.rows = 3"])
def test_a_process_does_not_write_ties(line, tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(PROCESS.replace("LINE", line))
    with pytest.raises(RuleError, match=r"mine.py:8: Mine.step writes (ties|grid)\..* to be read only"):
        load_theory(path)


def test_ties_under_another_name_cannot_be_written_either(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(PROCESS.replace("LINE", "mine[0] = 1"))
    for engine in (simulate, simulate_reference):
        with pytest.raises(TheoryError, match=r"(?i)read-?only"):
            engine(load_theory(path), loop(4), [World(1)], 1)


def test_a_rule_that_prints_is_shown_the_trace():
    with pytest.raises(RuleError, match=r"prints; .* Instead: groundswell trace THEORY --person 7"):

        class Loud(Theory):
            """Print."""

            x = State(float)

            def person(me):
                print(me.x)


def test_damaged_kernels_are_written_and_compiled_anew(tmp_path):
    """An edited text, a truncated index, and compiled code with one byte changed: the same numbers each time."""
    script = (
        "from groundswell import World, load_theory, simulate, well_mixed\n"
        f"theory = load_theory({str(tmp_path / 'mine.py')!r})\n"
        "print(simulate(theory, well_mixed(9), [World(1)], 1)['o'][-1, 0])\n"
    )
    (tmp_path / "mine.py").write_text(
        "from groundswell import Observable, Society, State, Theory\n"
        "class Mine(Theory):\n    '''Mine.'''\n    x = State(float)\n    o = Observable('people.x')\n"
        "    def person(me):\n        me.x = 12.5\n"
    )

    def run() -> str:
        env = {**os.environ, "GROUNDSWELL_CACHE": str(tmp_path / "cache"), "NUMBA_CACHE_DIR": ""}
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, env=env)
        return done.stdout.strip()

    assert run() == "12.5"
    folder = next((tmp_path / "cache").rglob("kernels"))
    source = next(folder.glob("groundswell_kernels_mine_*.py"))
    text = source.read_text()
    source.write_text(text.replace("12.5", "99.5"))
    for index in folder.rglob("*.nbi"):
        index.write_bytes(index.read_bytes()[:40])
    assert run() == "12.5"
    assert source.read_text() == text
    for data in folder.rglob("*.nbc"):
        content = bytearray(data.read_bytes())
        content[len(content) // 2] ^= 0xFF
        data.write_bytes(bytes(content))
    assert run() == "12.5"


@BOTH
def test_who_starts_is_said_by_number_label_degree_or_trait(engine):
    star = from_networkx(nx.star_graph(["hub", "a", "b", "c"]))
    named = tied(star.network, labels=star.labels, age={"hub": 30, "a": 70, "b": 50, "c": 60})
    assert named.most("degree", 1) == ("hub",)
    assert named.most("age", 2) == ("a", "c")
    worlds = [World(1, start={"s": who}) for who in (["hub"], named.most("age", 2), [])]
    got = engine(Follow, dataclasses.replace(named, traits={}), worlds, 2)["o"]
    assert got[:, 0].tolist() == [0.25, 1, 1]
    assert got[:, 1].tolist() == [0.5, 0.75, 1]
    assert got[:, 2].tolist() == [0, 0, 0]
    numbers = tied(star.network)
    assert engine(Follow, numbers, [World(1, start={"s": numbers.most("degree", 1)})], 1)["o"][:, 0].tolist() == [
        0.25,
        1,
    ]
    with pytest.raises(PopulationError, match=r"the label 'hob'; .* Instead: hub"):
        engine(Follow, dataclasses.replace(named, traits={}), [World(1, start={"s": ["hob"]})], 1)
    with pytest.raises(PopulationError, match=r"s starts true for 4; expected a person in 0..3"):
        engine(Follow, numbers, [World(1, start={"s": [4]})], 1)
    with pytest.raises(TheoryError, match=r"the start of 't' .* expected a bool state: s"):
        engine(Follow, numbers, [World(1, start={"t": [1]})], 1)
