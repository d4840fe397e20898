"""Layers, summaries, meetings, changing ties, people who come and go: exact in both engines, and in the limit."""

from __future__ import annotations

import itertools
from pathlib import Path

import networkx as nx
import numpy as np
import polars as pl
import pytest

from groundswell.engine.persons import Persons
from groundswell.engine.reference import simulate_reference
from groundswell.engine.saved import load_saved
from groundswell.engine.simulate import simulate
from groundswell.engine.worlds import Seed, World
from groundswell.errors import OutputError, PopulationError, RuleError, TheoryError
from groundswell.population.dated import DatedTies
from groundswell.population.network import Network, rows_of, union
from groundswell.population.population import Population, layered, tied, well_mixed
from groundswell.population.read import from_networkx, read_edges
from groundswell.theory import Layer, Observable, Param, Presence, Share, State, Theory, Uniform
from groundswell.theory.registry import load_theory

FOLDER = Path(__file__).parent / "ties"


def network(people, ties, seed, directed=False, weighted=False):
    made = nx.gnm_random_graph(people, ties, seed=seed, directed=directed)
    if weighted:
        rng = np.random.default_rng(seed)
        for _, _, of in made.edges(data=True):
            of["weight"] = float(rng.choice([0.0, 0.25, 1.0, 3.7]))
    return from_networkx(made).network


def dated_ties(people, rows, seed, directed=False):
    rng = np.random.default_rng(seed)
    first = rng.integers(0, 4, rows)
    return DatedTies(
        people, rng.integers(0, people, (rows, 2)), first, first + rng.integers(2, 5, rows), None, directed
    )


def dated(people, rows, seed, directed=False):
    ties = dated_ties(people, rows, seed, directed)
    return Population(people, ties.at(1), np.zeros(people, np.int32), 1, dated=ties)


PEOPLE = 270  # more than one block
POPULATIONS = {
    "plain": lambda: tied(network(PEOPLE, 400, 5)),
    "both": lambda: tied(network(PEOPLE, 500, 6, True, True)),
    "layers": lambda: layered(family=network(PEOPLE, 300, 1), online=network(PEOPLE, 500, 2, True, True)),
    "dated": lambda: dated(PEOPLE, 700, 3),
    "dated layer": lambda: layered(family=network(PEOPLE, 300, 1), online=dated_ties(PEOPLE, 700, 3, True)),
    "mixed": lambda: well_mixed(60),
}


def variant(name, order):
    """The theory of a file, with another order."""
    theory = load_theory(FOLDER / f"{name}.py")
    if theory.order == order:
        return theory
    parts = {k: v for k, v in vars(theory).items() if k in vars(theory) and not k.startswith("__")}
    own = {k: v for k, v in parts.items() if k in {*theory.params, *theory.traits, *theory.states, *theory.observables,
                                                   *theory.layers, *theory.rules, "newcomer"}}  # fmt: skip
    return type(f"{name}_{order}", (Theory,), {**own, "order": order, "__module__": theory.__module__})


def check(theory, population, steps=3):
    worlds = [World(k, {}, (Seed("on", 0.3, at=2),) if k == 1 else ()) for k in range(3)]
    totals = tuple(theory.states)
    oracle = simulate_reference(theory, population, worlds, steps, totals=totals)
    assert not oracle.failed
    assert (oracle.values[1:] != oracle.values[0]).any()
    for batch, threads in ((2, 2), (1, 1)):
        ours = simulate(theory, population, worlds, steps, totals=totals, batch=batch, threads=threads)
        assert np.array_equal(ours.values, oracle.values)
        for name in totals:
            assert np.array_equal(ours.totals[name], oracle.totals[name])
    many = simulate(theory, population, [World(k) for k in range(9)], steps)  # lanes are worlds
    assert np.array_equal(many.values[:, 2], oracle.values[:, 2])


@pytest.mark.parametrize(
    ("name", "order", "where"),
    [
        ("all_sights", "together", "layers"),
        ("all_sights", "random", "layers"),
        ("pairs", "drawn", "both"),
        ("pairs", "drawn", "mixed"),
        ("pairs", "drawn", "dated"),
        ("pairs", "random", "plain"),
        ("pairs", "random", "both"),
        ("pairs", "random", "mixed"),
        ("change", "together", "plain"),
        ("change", "together", "both"),
        ("two_layers", "together", "dated layer"),
        ("two_layers", "random", "layers"),
        pytest.param("change", "drawn", "plain", marks=pytest.mark.long),
    ],
)
def test_both_engines_agree(name, order, where):
    check(variant(name, order), POPULATIONS[where]())


PIECES = {  # each feature as (declarations, lines of the person rule, further rules)
    "layers": ("family = Layer()\nonline = Layer()", "x = x + seen.family.share.on + seen.online.sum.mood", ""),
    "types": ("kind = Trait(Bernoulli(0.4))", "x = x + seen.share(other.on, where=other.kind == me.kind)", ""),
    "signs": ("", "x = x + seen.count(other.on, where=tie.weight < 1) - seen.sum.on", ""),
    "spread": ("", "x = x + seen.spread(other.mood) + seen.most(other.mood)", ""),
    "traits": ("age = Trait(Uniform(0, 1))", "x = x + seen.mean.age + seen.weight", ""),
    "presence": (
        "here_now = Presence(initial=Share(0.7))",
        'me.here_now = not luck.chance("leave", 0.1)',
        'def newcomer(me, luck):\n    me.here_now = luck.chance("enter", 0.2)\n    me.mood = luck.uniform("new mood")',
    ),
    "ties": (
        "",
        "",
        "def tie(me, other, tie, luck):\n    if tie.exists:\n        tie.exists = not luck.chance('break', 0.2)\n"
        "    else:\n        tie.exists = me.on == other.on and luck.chance('form', 0.3)",
    ),
    "friends": ('strangers = "friends of friends"', "x = x + seen.degree", ""),
    "random": ('order = "random"', "", ""),
    "drawn": ('order = "drawn"', "", ""),
}
APART = {frozenset(x) for x in (("random", "drawn"),)}  # which cannot be had together


def covering() -> list[tuple[str, ...]]:
    """Sets of features in which each pair of features is both had, had one without the other, and had neither.

    Greedy, and the same each time: of many sets drawn, the one that covers most of what no set before it did.
    """
    cells = {
        ((a, x), (b, y))
        for a, b in itertools.combinations(PIECES, 2)
        for x, y in itertools.product((True, False), repeat=2)
        if not (x and y and frozenset((a, b)) in APART)
    }
    rng, rows = np.random.default_rng(1), []
    while cells:
        best, most = (), set()
        for _ in range(200):
            row = [x for x, had in zip(PIECES, rng.random(len(PIECES)) < rng.random(), strict=True) if had]
            row = [x for k, x in enumerate(row) if not any(frozenset((x, y)) in APART for y in row[:k])]
            new = {c for c in cells if all((x in row) is had for x, had in c)}
            if len(new) > len(most):
                best, most = tuple(row), new
        rows.append(best)
        cells -= most
    return rows


@pytest.mark.long
@pytest.mark.parametrize("features", covering(), ids="-".join)
def test_every_pair_of_features_agrees(features, tmp_path):
    declared, lines, rules = zip(*(PIECES[x] for x in features), strict=True) if features else ((), (), ())
    body = "\n".join(["x = 0.0", *filter(None, lines), "me.mood = 0.5 * me.mood + 0.1 * x",
                      'me.on = luck.chance("on", clip(0.2 + 0.05 * x, 0, 1))'])  # fmt: skip
    person = "def person(me, seen, other, tie, luck):\n" + indent(body)
    inside = [*filter(None, declared), "on = State(bool, initial=Share(0.4))",
              "mood = State(float, initial=Uniform(0, 1))", 'a = Observable("people.on")',
              'b = Observable("people.mood")', person, *rules]  # fmt: skip
    text = "from groundswell.theory import *\n\n\nclass Together(Theory):\n    '''Features together.'''\n\n"
    path = tmp_path / f"together_{'_'.join(features) or 'none'}.py"
    stated = indent("\n".join(filter(None, inside)))
    if "ties" in features:
        stated = stated.replace("family = Layer()", "family = Layer(changes=True)")
    path.write_text(text + stated)
    check(load_theory(path), POPULATIONS["layers" if "layers" in features else "both"]())


def indent(text):
    return "\n".join("    " + line for line in text.splitlines())


class Lodgers(Theory):
    """Come and go, each room by itself."""

    inside = Presence(initial=Share("start"))
    happy = State(bool, initial=True)
    start = Param(1.0, "[0, 1]")
    leaving = Param(0.1, "[0, 1]")
    entering = Param(0.05, "[0, 1]")
    share = Observable("people.inside")
    happiness = Observable("people.happy")

    def person(me, p, luck):
        me.inside = not luck.chance("leave", p.leaving)

    def newcomer(me, p, luck):
        me.inside = luck.chance("enter", p.entering)
        me.happy = luck.chance("happy", 0.25)


def test_people_who_come_and_go_follow_their_markov_chain():
    """p(t + 1) = (1 - leaving) p(t) + entering (1 - p(t)); of those there, the first are happy and a quarter after."""
    n, steps = 40_000, 30
    got = simulate(Lodgers, well_mixed(n), [World(k) for k in range(4)], steps)
    there, first = 1.0, 1.0
    for t in range(1, steps + 1):
        there, first = 0.9 * there + 0.05 * (1 - there), 0.9 * first
        error = np.sqrt(there * (1 - there) / (4 * n))
        assert abs(got["share"][t].mean() - there) < 5 * error
        happy = (first + 0.25 * (there - first)) / there
        error = np.sqrt(max(happy * (1 - happy), 1e-9) / (4 * n * there))
        assert abs(got["happiness"][t].mean() - happy) < 5 * error + 1e-12
    assert np.array_equal(got.values[:, 1], simulate(Lodgers, well_mixed(n), [World(1)], steps, threads=2).values[:, 0])


def test_twins_part_only_in_the_places_that_parted():
    """Nobody else's luck moves when a few more leave: whoever is in another place stays who they were."""
    worlds = [World(3), World(3, {"leaving": 0.1000001})]
    got = simulate(Lodgers, well_mixed(5000), worlds, 20, totals=("inside",)).totals["inside"]
    assert np.count_nonzero(got[:, 0] != got[:, 1]) < 3


class Webs(Theory):
    """Ties form and break, whoever is at their ends."""

    friends = State(float)
    forming = Param(0.5, "[0, 1]")
    breaking = Param(0.1, "[0, 1]")
    mean_ties = Observable("people.friends")

    def person(me, seen):
        me.friends = seen.degree

    def tie(tie, p, luck):
        tie.exists = not luck.chance("break", p.breaking) if tie.exists else luck.chance("form", p.forming)


@pytest.mark.parametrize("directed", [False, True])
def test_ties_that_form_and_break_follow_their_markov_chain(directed):
    """A pair is looked at with probability c, and forms then: d(t + 1) = (1 - breaking) d(t) + c forming (1 - d(t))."""
    n, steps, worlds = 60, 40, 200
    c = 1 / (n - 1) if directed else 1 - (1 - 1 / (n - 1)) ** 2
    got = simulate(Webs, tied(network(n, 300, 4, directed)), [World(k) for k in range(worlds)], steps)["mean_ties"]
    pairs = n * (n - 1) if directed else n * (n - 1) / 2
    density = 300 / pairs
    for t in range(2, steps + 1):  # the ties of step t - 1 are seen in step t
        density = 0.9 * density + 0.5 * c * (1 - density)
        expected = density * (n - 1)
        error = got[t].std(ddof=1) / np.sqrt(worlds)
        assert abs(got[t].mean() - expected) < 5 * error


class Friends(Theory):
    """Friendships form and break; the family stays."""

    family = Layer()
    friendship = Layer(changes=True)
    kin = State(float)
    friends = State(float)
    forming = Param(0.5, "[0, 1]")
    breaking = Param(0.1, "[0, 1]")
    mean_kin = Observable("people.kin")
    mean_friends = Observable("people.friends")

    def person(me, seen, other):
        me.kin = seen.family.count(other.degree >= 0)
        me.friends = seen.friendship.count(other.degree >= 0)

    def tie(tie, p, luck):
        tie.exists = not luck.chance("break", p.breaking) if tie.exists else luck.chance("form", p.forming)


def test_ties_of_one_layer_follow_their_markov_chain_while_those_of_another_stay():
    """As for a single network, whose chain is the same; a stranger is one to whom a person is not tied in the layer."""
    n, steps, worlds = 60, 40, 200
    c = 1 - (1 - 1 / (n - 1)) ** 2
    population = layered(family=network(n, 90, 3), friendship=network(n, 300, 4))
    got = simulate(Friends, population, [World(k) for k in range(worlds)], steps)
    assert np.allclose(got["mean_kin"][1:], 2 * 90 / n)
    density = 300 / (n * (n - 1) / 2)
    for t in range(2, steps + 1):
        density = 0.9 * density + 0.5 * c * (1 - density)
        friends = got["mean_friends"][t]
        assert abs(friends.mean() - density * (n - 1)) < 5 * friends.std(ddof=1) / np.sqrt(worlds)


class Exchange(Theory):
    """Two who meet share what they have."""

    order = "drawn"
    wealth = State(float, initial=Uniform(0, 1))
    mean = Observable("people.wealth")

    def meet(me, other):
        half = (me.wealth + other.wealth) / 2
        me.wealth = half
        other.wealth = half


def test_a_meeting_conserves_what_it_shares_and_halves_the_variance_as_it_should():
    """Each of n meetings a step takes 1 / (n - 1) of the variance, on average over pairs."""
    n, steps = 100, 3
    worlds = [World(k) for k in range(400)]
    got = simulate(Exchange, well_mixed(n), worlds, steps, persons=True)
    start = np.ones(len(worlds))
    for t in range(steps + 1):
        wealth = got.people(t)["wealth"].to_numpy().reshape(len(worlds), n)
        assert np.allclose(wealth.mean(axis=1), got["mean"][0])
        spread = wealth.var(axis=1)
        if t:
            ratio = spread / start
            expected = (1 - 1 / (n - 1)) ** (n * t)
            assert abs(ratio.mean() - expected) < 5 * ratio.std(ddof=1) / np.sqrt(len(worlds))
        else:
            start = spread


class Contact(Theory):
    """Know whoever one is ever tied to who knows."""

    knows = State(bool, initial=False)
    share = Observable("people.knows")

    def person(me, seen):
        me.knows = me.knows or seen.count.knows > 0


class Rumour(Theory):
    """Know whoever one is ever tied to online who knows."""

    online = Layer()
    knows = State(bool, initial=False)
    share = Observable("people.knows")

    def person(me, seen):
        me.knows = me.knows or seen.online.count.knows > 0


@pytest.mark.parametrize("engine", [simulate, simulate_reference])
def test_news_travels_along_the_dated_ties_of_a_layer_in_time(engine):
    """The same course as along a single network with these dates; ties of the family carry nothing."""
    ties = DatedTies(4, np.array([[0, 1], [1, 2], [2, 3]]), np.array([0, 3, 2]), np.array([2, 4, 3]))
    population = layered(family=network(4, 6, 1), online=ties)
    got = engine(Rumour, population, [World(1, start={"knows": [0]})], 6)["share"][:, 0]
    assert (got * 4).tolist() == [1, 2, 2, 3, 3, 3, 3]


@pytest.mark.parametrize("engine", [simulate, simulate_reference])
def test_news_travels_along_dated_ties_in_time(engine):
    """0-1 holds in step 1 only, 1-2 in step 3, 2-3 in step 2: 3 never hears, for 2-3 was over before 2 knew."""
    ties = DatedTies(4, np.array([[0, 1], [1, 2], [2, 3]]), np.array([0, 3, 2]), np.array([2, 4, 3]))
    population = Population(4, ties.at(1), np.zeros(4, np.int32), 1, dated=ties)
    got = engine(Contact, population, [World(1, start={"knows": [0]})], 6)["share"][:, 0]
    assert (got * 4).tolist() == [1, 2, 2, 3, 3, 3, 3]


def test_a_union_of_layers_has_each_tie_once():
    a, b = network(30, 40, 1), network(30, 40, 2, weighted=True)
    both = union([a, b])
    pairs = {tuple(sorted((i, int(j)))) for x in (a, b) for i in range(30) for j in x.neighbours(i)}
    assert both.ties == len(pairs)
    assert both.weights is not None
    assert b.weights is not None
    assert both.weights.sum() == pytest.approx(2 * 40 + b.weights.sum())
    assert union([b, a]).digest() == both.digest()
    Network(both.indptr, both.indices, directed=both.directed, weights=both.weights).check()  # not taken on trust


@pytest.mark.parametrize("directed", [False, True])
@pytest.mark.parametrize("weighted", [False, True])
def test_a_union_is_that_of_all_ties_given_at_once(directed, weighted):
    """Against a sort of all pairs."""
    parts = [network(40, 60, 1), network(40, 90, 2, directed, weighted), network(40, 5, 3, weighted=weighted)]
    ends = [np.column_stack([np.repeat(np.arange(40), np.diff(x.indptr)), x.indices]).astype(np.int64) for x in parts]
    once = [np.ones(len(x), bool) if directed else x[:, 0] < x[:, 1] for x in ends]
    loads = [(np.ones(x.indices.size) if x.weights is None else x.weights)[k] for x, k in zip(parts, once, strict=True)]
    pairs = np.concatenate([x[k] for x, k in zip(ends, once, strict=True)])
    every = rows_of(40, pairs, np.concatenate(loads) if weighted else None, directed)
    assert union(parts).digest() == every.digest()


def test_what_cannot_be_is_refused():
    sights = load_theory(FOLDER / "all_sights.py")
    with pytest.raises(PopulationError, match=r"looks along the layer 'family' in seen.family.share.on"):
        simulate(sights, tied(network(9, 9, 1)), [World(1)], 1)
    with pytest.raises(PopulationError, match="whose ties change, on no ties"):
        simulate(Webs, well_mixed(9), [World(1)], 1)
    with pytest.raises(PopulationError, match=r"Instead: family = Layer\(changes=True\)"):
        simulate(Webs, layered(family=network(9, 9, 1)), [World(1)], 1)
    with pytest.raises(PopulationError, match="looks along the layer 'friendship'"):
        simulate(Friends, layered(family=network(9, 9, 1)), [World(1)], 1)
    with pytest.raises(PopulationError, match="whose rule changes ties, on dated ties"):
        simulate(Friends, layered(family=network(9, 9, 1), friendship=dated_ties(9, 5, 1)), [World(1)], 9)
    with pytest.raises(TheoryError, match="a layer that changes and no tie rule"):

        class Idle(Theory):
            """No rule changes the layer."""

            family = Layer(changes=True)
            m = State(float)

            def person(me, seen):
                me.m = seen.family.mean.m

    late = DatedTies(3, np.array([[0, 1], [1, 2]]), np.array([0, 9]), np.array([5, 11]))
    population = Population(3, late.at(1), np.zeros(3, np.int32), 1, dated=late)
    with pytest.raises(PopulationError, match="row 2 of the dated ties begins at step 9 of a run of 3 steps"):
        simulate(Contact, population, [World(1)], 3)
    with pytest.raises(PopulationError, match="row 1 of the dated ties holds from step 3 until step 3"):
        DatedTies(3, np.array([[0, 1]]), np.array([3]), np.array([3]))
    with pytest.raises(TheoryError, match="a Presence but no newcomer rule"):

        class Half(Theory):
            """Nobody enters."""

            inside = Presence()

            def person(me):
                me.inside = True

    with pytest.raises(RuleError, match="uses the local variable x within a summary"):

        class Local(Theory):
            """A local variable in a summary."""

            m = State(float)

            def person(me, seen, other):
                x = 1.0
                me.m = seen.mean(other.m + x)

    with pytest.raises(RuleError, match=r"reads other.m outside a summary.*Instead: seen.mean\(other.m\)"):

        class Bare(Theory):
            """The other, but which?"""

            m = State(float)

            def person(me, other):
                me.m = other.m

    with pytest.raises(RuleError, match=r"takes other.m for true or false"):

        class Number(Theory):
            """A share of a number."""

            m = State(float)

            def person(me, seen, other):
                me.m = seen.share(other.m)

    with pytest.raises(RuleError, match=r"uses seen.family.mood"):

        class Slip(Theory):
            """A slip."""

            family = Layer()
            mood = State(float)

            def person(me, seen):
                me.mood = seen.family.mood

    class Whole(Theory):
        """A whole number."""

        k = Param(2, whole=True)
        m = State(float)

        def person(me, p):
            me.m = p.k

    with pytest.raises(TheoryError, match=r"parameter k of theory whole was given 2.5.*a whole number"):
        Whole.parameters({"k": 2.5})


def test_more_who_enter_than_places_fail_their_world_with_the_line():
    """A number of births over the free places is a probability above one."""

    class Births(Theory):
        """Too many for the place."""

        inside = Presence(initial=Share(0.9))
        share = Observable("people.inside")

        def person(me, luck):
            me.inside = not luck.chance("die", 0.01)

        def newcomer(me, people, luck):
            me.inside = luck.chance("born", 0.5 * people.inside / (1.0000001 - people.inside))

    for engine in (simulate, simulate_reference):
        [(world, step, reason)] = engine(Births, well_mixed(200), [World(2)], 5).failed
        assert (world, step) == (0, 1)
        assert "no probability in [0, 1]" in reason
        assert 'luck.chance("born"' in reason


def test_a_network_with_ties_of_another_number_of_people_is_no_layer():
    small = Network(np.array([0, 1, 2]), np.array([1, 0], np.int32))
    with pytest.raises(PopulationError, match="a layer online of 2 people"):
        layered(family=network(9, 9, 1), online=small)


@pytest.mark.parametrize("name", ["change", "pairs", "two_layers"])
def test_a_branch_has_the_bytes_of_a_run_in_one_go(name, tmp_path):
    """Saved at step 2, by either engine, and continued by either."""
    theory = load_theory(FOLDER / f"{name}.py")
    population = POPULATIONS["dated layer" if name == "two_layers" else "both"]()
    acts = (Seed("on", 0.3, at=4),)
    worlds = [World(5), World(6, {}, acts)]
    whole = simulate(theory, population, worlds, 5, persons=Persons(steps=[5]))
    early = [World(5), World(6)]
    for engine in (simulate, simulate_reference):
        kept = engine(theory, population, early, 2, keep=True).saved
        kept[1].save(tmp_path / "world.npz")
        again = [kept[0].branch(), load_saved(tmp_path / "world.npz").branch(acts)]
        for other in (simulate, simulate_reference):
            got = other(theory, population, again, 3, persons=Persons(steps=[3]))
            assert got.first == 2
            assert np.array_equal(got.values, whole.values[2:])
            assert got.people(3).drop("step").equals(whole.people(5).drop("step"))
    burnt = simulate(theory, population, [World(5), World(6, {}, (Seed("on", 0.3, at=2),))], 3, burn_in=2)
    assert np.array_equal(burnt.values, whole.values[2:])


def test_persons_are_recorded_alike_in_memory_and_in_files(tmp_path):
    theory, population = load_theory(FOLDER / "pairs.py"), POPULATIONS["plain"]()
    worlds = [World(k) for k in range(3)]
    asked = {"states": ("on",), "steps": (0, 2), "sample": 20, "first": ("on",)}
    held = simulate(theory, population, worlds, 3, persons=Persons(**asked))
    files = simulate(
        theory, population, worlds, 3, persons=Persons(**asked, folder=tmp_path / "new"), batch=1, threads=2
    )
    slow = simulate_reference(theory, population, worlds, 3, persons=Persons(**asked))
    for step in (0, 2):
        assert held.people(step).equals(files.people(step))
        assert held.people(step).equals(slow.people(step))
        assert held.people(step).shape == (60, 4)
    times = held.first_times("on")
    assert np.array_equal(times, slow.first_times("on"))
    written = pl.read_parquet(tmp_path / "new" / "first.parquet")
    assert written.columns == ["world", "person", "on"]
    assert np.array_equal(written["on"].to_numpy().reshape(3, -1).T, times)
    assert written["person"].to_list() == held.people(0)["person"].to_list()
    everybody = simulate(theory, population, worlds, 3, persons=True)
    every = [everybody.people(t)["on"].to_numpy().reshape(3, -1) for t in range(4)]
    who = held.people(0)["person"].to_numpy()[:20]
    for k, person in enumerate(who):
        seen = [t for t in range(4) if every[t][1, person]]
        assert times[k, 1] == (seen[0] if seen else -1)
    with pytest.raises(TheoryError, match="persons after step 1"):
        held.people(1)
    with pytest.raises(OutputError, match="is not empty"):
        simulate(theory, population, worlds, 1, persons=Persons(folder=tmp_path / "new"))


def test_worlds_stop_each_at_its_own_end():
    worlds = [World(k) for k in range(12)]
    free = simulate(Lodgers, well_mixed(300), worlds, 40)
    for engine, batch in ((simulate, 12), (simulate, 5), (simulate_reference, None)):
        given = {} if batch is None else {"batch": batch}
        got = engine(Lodgers, well_mixed(300), worlds, 40, until="share <= 0.5", **given)
        for w, end in enumerate(got.stopped):
            below = np.flatnonzero(free["share"][:, w] <= 0.5)
            assert end == (below[0] if below.size else None)
            if end is not None:
                assert np.array_equal(got.values[: end + 1, w], free.values[: end + 1, w])
                assert (got.values[end:, w] == got.values[end, w]).all()
    still = simulate(Contact, tied(network(50, 40, 2)), [World(1, start={"knows": [0]})], 60, until={"rest": 3})
    assert still.stopped[0] is not None
    assert (still.values[still.stopped[0] - 3 :] == still.values[-1]).all()
    with pytest.raises(TheoryError, match="until = 'shre > 1'"):
        simulate(Lodgers, well_mixed(3), worlds, 4, until="shre > 1")


class Weighed(Theory):
    """Look along weights."""

    on = State(bool, initial=Share(0.5))

    share = Observable("people.on")

    def person(me, seen):
        me.on = seen.weighted.on > 0.5


def test_a_negative_weight_is_refused_by_the_labels_of_its_ends(tmp_path):
    (tmp_path / "ties.csv").write_text("a,b,w\nanna,berta,1\nberta,carla,-2\n")
    people = read_edges(tmp_path / "ties.csv", columns=("a", "b"), weight="w").population()
    with pytest.raises(PopulationError, match="the tie of person berta to carla has the weight -2 in weighed"):
        simulate(Weighed, people, [World(1)], 1)
