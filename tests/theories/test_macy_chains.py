"""Chains of cooperation: the equations by hand, escape with thresholds and without, and what each parameter does."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundswell.engine.reference import simulate_reference
from groundswell.engine.simulate import simulate
from groundswell.engine.worlds import Set, World
from groundswell.population.generate import ring
from groundswell.population.population import tied, well_mixed
from groundswell.theories.macy_chains import MacyChains

pytestmark = pytest.mark.long  # its kernels take seconds to compile

ALIKE = {"learning_sd": 0.0, "interest_sd": 0.0, "resource_sd": 0.0}


def run(people, worlds, steps):
    return simulate(MacyChains, well_mixed(people), worlds, steps, threads=1)


def level(pi):
    return 1 / (1 + math.exp(10 * (0.5 - pi))) - 0.5


@pytest.mark.parametrize("choice", [0.0, 2.0, 5.0])
def test_the_first_round_is_the_logistic_of_the_threshold(choice):
    people = 100_000
    share = 1 / (1 + math.exp(choice))
    found = run(people, [World(0, {"choice": choice})], 1)["participation"][1, 0]
    assert abs(found - share) < 5 * math.sqrt(share * (1 - share) / people)


def test_thresholds_after_a_round_by_hand():
    """From T = 1: whoever stayed away falls by |O|, whoever took part and was punished stays at 1."""
    n, learning = 100, 0.5
    h = run(n, [World(2, {"choice": 2.0, **ALIKE})], 2)
    acted = h["participation"][1, 0]
    stake = math.sqrt(n)
    most = max(abs(level(1 / n) * stake - 1), abs(level(1 - 1 / n) * stake))
    outcome = learning * 2 * level(acted) * stake / (3 * most)
    assert 0 < acted < 0.5
    assert outcome < 0
    assert h["thresholds"][2, 0] == pytest.approx(1 - (1 - acted) * abs(outcome), rel=1e-12)


def test_choices_that_hang_on_others_shift_the_group():
    """Thresholds bring a hundred people from nobody to nearly all."""
    c = run(100, [World(k, ALIKE) for k in range(30)], 500)["participation"]
    assert (c[1] < 0.05).all()
    assert (c[-20:].mean(0) > 0.9).all()


def test_a_rival_good_keeps_the_group_where_it_is():
    c = run(100, [World(k, {"jointness": 0.25}) for k in range(20)], 500)["participation"]
    assert (c[-100:].mean(0) < 0.5).all()


def test_seeing_the_ring_is_seeing_everyone_where_the_ring_is_complete():
    """Seven people of a ring with six ties each see all others: the same history as the well-mixed group."""
    worlds = [World(k) for k in range(5)]
    found = simulate(MacyChains, tied(ring(7, 6)), worlds, 40, threads=1)
    assert np.array_equal(found.values, run(7, worlds, 40).values)
    sparse = tied(ring(60, 4))
    local, whole = (simulate(MacyChains, sparse, [World(1, {"group": g})], 40, threads=1) for g in (0.0, 60.0))
    assert not np.array_equal(local.values, whole.values), "the size of the group sets the stakes"


@given(st.integers(2, 40), st.floats(0, 12), st.floats(0, 1), st.floats(-1, 1), st.floats(0, 1), st.floats(0, 1))
@settings(max_examples=40, deadline=None)
def test_thresholds_stay_shares(people, choice, jointness, balance, spread, learning_sd):
    params = {"choice": choice, "jointness": jointness, "balance": balance, "resource_sd": spread,
              "interest_sd": spread, "learning_sd": learning_sd}  # fmt: skip
    h = run(people, [World(1, params)], 25)
    assert not h.failed
    assert (h["thresholds"] >= 0).all()
    assert (h["thresholds"] <= 1).all()


def test_agrees_with_the_reference_and_twins_share_the_past():
    at = 5
    worlds = [World(3), World(3, {}, (Set("choice", 0.0, start=at),))]
    args = (MacyChains, well_mixed(40), worlds, 12)
    h = simulate(*args, threads=1)
    assert np.array_equal(h.values, simulate_reference(*args).values)
    assert np.array_equal(h.values[:at, 0], h.values[:at, 1])
    assert abs(h["participation"][at:, 1].mean() - 0.5) < 5 * 0.5 / math.sqrt(40 * 8), "without thresholds, a coin"


def test_two_hundred_thousand_people():
    h = run(200_000, [World(0)], 15)
    assert not h.failed
    assert h["participation"][-1, 0] > h["participation"][1, 0]
