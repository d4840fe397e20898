"""Learners in a social dilemma: the equations by hand, the sink, lock-in under the two readings, and group size."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundswell.engine.reference import simulate_reference
from groundswell.engine.simulate import simulate
from groundswell.engine.worlds import Set, World
from groundswell.population.population import well_mixed
from groundswell.theories.macy import Macy
from groundswell.theory.analytic.learning import sink

LINEAR, SATURATING = 0.0, 1.0


def run(people, worlds, steps, population_seed=0):
    return simulate(Macy, well_mixed(people), worlds, steps, population_seed=population_seed, threads=1)


def level(pi, balance=0.0):
    return 1 / (1 + math.exp(10 * (0.5 - pi))) - (1 - balance) / 2


@pytest.mark.parametrize("rule", [LINEAR, SATURATING])
@pytest.mark.parametrize("learning", [0.3, 1.0])
def test_two_rounds_by_hand(rule, learning):
    """Nobody contributes in round 1; all are punished alike, and learn twice from what was abstaining."""
    n, stake = 25, 5.0
    h = run(n, [World(0, {"initial": 0.0, "saturating": rule, "learning": learning})], 2)
    most = max(abs(level(1 / n) * stake - 1), abs(level(1 - 1 / n) * stake))
    outcome = learning * 2 * level(0.0) * stake / (3 * most)  # there was no round before
    assert outcome < 0
    assert h["contributing"][1, 0] == 0
    assert h["willingness"][2, 0] == pytest.approx(-outcome, rel=1e-12), "from 0, both rules raise p by |O|"


@pytest.mark.parametrize("rule", [LINEAR, SATURATING])
def test_a_rise_and_a_fall_by_hand(rule):
    """Eleven people, each contributing with probability 1/2 at first: each moves by the rule for what he or she did."""
    n, p, learning = 11, 0.5, 0.8
    h = simulate(
        Macy, well_mixed(n), [World(3, {"initial": p, "saturating": rule, "learning": learning})], 2, threads=1
    )
    acted = h["contributing"][1, 0]
    stake = math.sqrt(n)
    most = max(abs(level(1 / n) * stake - 1), abs(level(1 - 1 / n) * stake))
    expected = 0.0
    for gave in (True, False):
        outcome = learning * 2 * (level(acted) * stake - gave) / (3 * most)
        size, up = abs(outcome), gave == (outcome >= 0)
        steep = 1 / size if rule == SATURATING else 1.0
        after = p + size * (1 - p**steep) if up else p - size * (1 - (1 - p) ** steep)
        expected += (acted if gave else 1 - acted) * after
    assert h["willingness"][2, 0] == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("rule", [LINEAR, SATURATING])
def test_slow_learners_settle_in_the_sink(rule):
    people, steps, kept = 2500, 700, 300
    h = run(people, [World(k, {"saturating": rule, "learning": 0.05}) for k in range(2)], steps)
    found = h["contributing"][-kept:].mean()
    # Turnout's own noise feeds back on outcomes at second order, about 1 / (stake) of its variance: 0.001 here.
    error = 0.5 / math.sqrt(people * kept * 2)
    assert abs(found - sink(people, 0.5, saturating=rule == SATURATING)) < 5 * error + 0.002


def test_only_the_saturating_rule_locks_in():
    """Fifty learners, forty runs: with saturation some runs freeze above half; with the linear rule none ever does."""
    frozen = {}
    for rule in (LINEAR, SATURATING):
        c = run(50, [World(k, {"saturating": rule}) for k in range(40)], 1000)["contributing"][-50:]
        frozen[rule] = int(((c.mean(0) > 0.52) & (np.ptp(c, axis=0) == 0)).sum())
    assert frozen[LINEAR] == 0
    assert frozen[SATURATING] >= 8


def test_a_larger_group_escapes_less():
    ends = [run(n, [World(k) for k in range(60)], 600)["contributing"][-50:].mean(0) > 0.52 for n in (20, 150)]
    small, large = (e.mean() for e in ends)
    error = math.sqrt(sum(max(e.mean() * (1 - e.mean()), 1 / 60) / 60 for e in ends))
    assert (small - large) / error > 5


def test_resources_count_by_their_share():
    """Doubling everyone's resources changes nothing: they are measured against the mean."""
    n = 30
    runs = []
    for size in (1.0, 2.0):
        population = well_mixed(n, resources=np.full(n, size))
        runs.append(simulate(Macy, population, [World(5)], 60, threads=1))
    assert np.array_equal(runs[0]["contributing"], runs[1]["contributing"])
    assert np.array_equal(2 * runs[0]["contribution"][1:], runs[1]["contribution"][1:])


@given(
    st.integers(2, 40), st.floats(0, 1), st.floats(0.01, 1), st.floats(0, 1), st.floats(-1, 1), st.floats(0, 1),
    st.sampled_from([LINEAR, SATURATING]),
)  # fmt: skip
@settings(max_examples=40, deadline=None)
def test_probabilities_stay_probabilities(people, initial, learning, jointness, balance, spread, rule):
    params = {"initial": initial, "learning": learning, "jointness": jointness, "balance": balance,
              "resource_sd": spread, "saturating": rule}  # fmt: skip
    h = run(people, [World(1, params)], 25)
    assert not h.failed
    assert (h["willingness"] >= 0).all()
    assert (h["willingness"] <= 1).all()


def test_agrees_with_the_reference():
    worlds = [World(3, {"resource_sd": 0.5}), World(3, {"saturating": LINEAR, "resource_sd": 0.5},
              (Set("jointness", 0.9, start=4),))]  # fmt: skip
    args = (Macy, well_mixed(30), worlds, 8)
    assert np.array_equal(simulate(*args, threads=1).values, simulate_reference(*args).values)


def test_twins_share_everything_until_the_good_is_worth_more():
    worlds = [World(1), World(1, {}, (Set("jointness", 1.0, start=30),))]
    h = run(60, worlds, 200)
    assert np.array_equal(h.values[:30, 0], h.values[:30, 1])
    assert h["contributing"][-20:, 1].mean() > h["contributing"][-20:, 0].mean()


def test_two_hundred_thousand_learners():
    h = run(200_000, [World(0, {"initial": 0.4, "learning": 0.1})], 20)
    assert not h.failed
    assert 0.3 < h["contributing"][-1, 0] < 0.5
