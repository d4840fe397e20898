"""The annealed engine agrees with the network engine where theory says so, within c / sqrt(people), at two sizes.

On a random network whose states are independent of its ties, a neighbour is a draw in proportion to ties: that holds
at the first step from independent initial states, and there both engines estimate one number. Later, states of
neighbours are correlated on a network, and the two may differ forever. Where everyone sees everyone, both engines are
one, and both approach the infinite population.
"""

from __future__ import annotations

import math

import numpy as np
import pytest

from groundswell.engine.annealed import simulate_annealed
from groundswell.engine.simulate import simulate
from groundswell.engine.worlds import World
from groundswell.population.generate import configuration, erdos_renyi, power_law_degrees, ring
from groundswell.population.population import tied, well_mixed
from groundswell.theories.deed import Deed
from groundswell.theories.granovetter import Granovetter
from groundswell.theory.analytic.thresholds import threshold_share
from groundswell.theory.registry import load_theory

JOIN = '''
from groundswell.theory import Observable, Param, Share, State, Theory, Trait, Uniform

class Join(Theory):
    """Join where the share around reaches one's threshold; lone people stay out."""
    threshold = Trait(Uniform(0, 1))
    joined = State(bool, initial=Share("start"))
    warmth = State(float, initial=0.5)
    start = Param(0.3, "[0, 1]")
    share_joined = Observable("people.joined")
    mean_warmth = Observable("people.warmth")
    def person(me, seen):
        me.warmth = 0.5 * me.warmth + 0.3 * seen.mean.warmth + 0.2 * me.threshold
        me.joined = seen.count.joined > 0 and seen.share.joined >= me.threshold
'''


@pytest.fixture(scope="module")
def join(tmp_path_factory):
    path = tmp_path_factory.mktemp("theories") / "join.py"
    path.write_text(JOIN)
    return load_theory(path)


def random_network(kind, people, seed):
    if kind == "poisson":
        return tied(erdos_renyi(people, 6.0, seed=seed))
    return tied(configuration(power_law_degrees(people, 2.5, 2, 60, seed=seed), seed=seed))


def differences(theory, kind, people, replicates, observable, steps=1, **params):
    """Network less annealed, from the same people and luck, network by network."""
    out = []
    for k in range(replicates):
        population = random_network(kind, people, 900 + k)
        ends = [
            engine(theory, population, [World(k, params)], steps, population_seed=k, threads=1)[observable][-1, 0]
            for engine in (simulate, simulate_annealed)
        ]
        out.append(ends[0] - ends[1])
    return np.array(out)


C = 1.0  # shares of independent people differ by sqrt(1 / 2N) at most; common neighbours add less than as much again


@pytest.mark.parametrize("kind", ["poisson", "power law"])
def test_after_the_first_step_they_differ_by_sampling_only(join, kind):
    replicates, sizes = 60, (250, 2500)
    spread = []
    for people in sizes:
        d = differences(join, kind, people, replicates, "share_joined")
        assert abs(d.mean()) < 5 * d.std(ddof=1) / math.sqrt(replicates), "no bias"
        spread.append(math.sqrt(np.mean(d**2)))
        assert spread[-1] < C / math.sqrt(people)
    error = math.sqrt(1 / (2 * replicates) * 2)  # of the logarithm of a ratio of two root mean squares
    assert abs(math.log(spread[0] / spread[1]) - 0.5 * math.log(sizes[1] / sizes[0])) < 5 * error


def test_later_they_differ_in_kind_where_ties_persist(join):
    """The check above can fail: on a ring, where neighbours share their neighbours, five steps tell the two apart."""
    d = []
    for k in range(48):
        population = tied(ring(4000, 4))
        ends = [
            engine(join, population, [World(k)], 5, population_seed=k, threads=1)["share_joined"][-1, 0]
            for engine in (simulate, simulate_annealed)
        ]
        d.append(ends[0] - ends[1])
    assert abs(np.mean(d)) > 5 * np.std(d, ddof=1) / math.sqrt(len(d))


@pytest.mark.parametrize("name", ["deed", "granovetter", "kuran", "watts"])
def test_every_theory_agrees_at_its_first_step_on_a_random_network(name):
    """For each share that a theory records: no bias, and a difference of the order of one over the root of people."""
    theory = load_theory(name)
    people, replicates = 2000, 20
    shares = [n for n, o in theory.observables.items() if o.of.removeprefix("people.") in theory.states]
    shares = [n for n in shares if theory.states[theory.observables[n].of.removeprefix("people.")].kind is bool]
    assert shares
    params = {"seeds": 200.0} if name == "watts" else {}
    for observable in shares:
        d = differences(theory, "poisson", people, replicates, observable, **params)
        assert math.sqrt(np.mean(d**2)) < C / math.sqrt(people)
        assert abs(d.mean()) <= 5 * d.std(ddof=1) / math.sqrt(replicates)


@pytest.mark.parametrize("name", ["deed", "granovetter", "kuran", "watts"])
def test_where_all_see_all_the_two_engines_are_one(name):
    theory = load_theory(name)
    worlds = [World(k) for k in range(4)]
    a = simulate(theory, well_mixed(3000), worlds, 12, threads=1)
    b = simulate_annealed(theory, well_mixed(3000), worlds, 12, threads=1)
    assert np.array_equal(a.values, b.values)


def test_where_all_see_all_the_limit_is_approached_at_every_step():
    """Granovetter's rounds against r(t + 1) = F(r(t)): errors at two sizes, 64 times apart, have a ratio of 8."""
    steps, replicates, sizes = 6, 80, (250, 16_000)
    limit = [0.0]
    for _ in range(steps):
        limit.append(float(threshold_share(limit[-1], 0.25, 0.3)))
    errors = []
    for people in sizes:
        got = np.array(
            [
                simulate_annealed(Granovetter, well_mixed(people), [World(0, {"sd": 0.3})], steps, population_seed=k)[
                    "turnout"
                ][:, 0]
                for k in range(replicates)
            ]
        )
        errors.append(np.sqrt(np.mean((got - limit) ** 2, axis=0))[1:])
        assert (errors[-1] < 3 / math.sqrt(people)).all()  # feedback magnifies sampling, here at most threefold
    ratio = np.log(errors[0] / errors[1]) - 0.5 * math.log(sizes[1] / sizes[0])
    assert (np.abs(ratio) < 5 / math.sqrt(replicates)).all()


def test_one_meets_as_many_as_one_has_ties_in_proportion_to_theirs(tmp_path):
    """Those met have the share of a state among tie ends, not among people; the share has a binomial's variance."""
    path = tmp_path / "meet.py"
    path.write_text(
        "from groundswell.theory import *\n\nclass Meet(Theory):\n    '''Count.'''\n    t = Trait(Uniform(0, 1))\n"
        "    on = State(bool)\n    met = State(float)\n    of = Observable('people.met')\n"
        "    def person(me, seen):\n        me.on = me.t > 0.5\n        me.met = seen.count.on\n"
    )
    network = configuration(power_law_degrees(4000, 2.2, 1, 200, seed=5), seed=5)
    on = (network.degree > np.median(network.degree)).astype(float)
    population = tied(network, t=on)
    history = simulate(load_theory(path), population, [World(0)], 2, annealed=True, totals=("met",))
    met, degree = history.totals["met"][:, 0], network.degree
    share = (on * degree).sum() / degree.sum()
    assert on.mean() < 0.6 * share
    z = (met.sum() - degree.sum() * share) / math.sqrt(degree.sum() * share * (1 - share))
    assert abs(z) < 5
    squared = ((met - degree * share) ** 2 / (degree * share * (1 - share))).sum()
    kurtosis = (1 - 6 * share * (1 - share)) / (degree * share * (1 - share))
    assert abs(squared - met.size) / math.sqrt((2 + kurtosis).sum()) < 5


def test_meetings_belong_to_the_population_seed_and_not_to_a_world():
    population = random_network("poisson", 400, 1)
    runs = [simulate_annealed(Deed, population, [World(1)], 8, population_seed=k, threads=1).values for k in (1, 1, 2)]
    assert np.array_equal(runs[0], runs[1])
    assert not np.array_equal(runs[0], runs[2])
