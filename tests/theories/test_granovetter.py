"""Granovetter's theory: published numbers, its analytic limit and the order at which it is approached, properties."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundswell.engine.simulate import simulate
from groundswell.engine.worlds import World
from groundswell.population.population import well_mixed
from groundswell.theories.granovetter import Granovetter
from groundswell.theory.analytic.thresholds import (
    granovetter_critical_sd,
    granovetter_equilibrium,
    granovetter_error,
    granovetter_group,
)


def listed(thresholds):
    """A group that sees itself as a whole, with these thresholds (shares of the others)."""
    return well_mixed(len(thresholds), threshold=thresholds)


def final(population, steps, seed=0, **params):
    """The share who act in the end; the run is long enough to have come to rest."""
    turnout = simulate(Granovetter, population, [World(0, params)], steps, population_seed=seed, threads=1)["turnout"]
    assert turnout[-1, 0] == turnout[-2, 0]
    return float(turnout[-1, 0])


def test_thresholds_of_0_to_99_bring_out_a_hundred_and_one_change_leaves_one():
    """Granovetter 1978, p. 1424: the riot of 100, and the same crowd without the one whose threshold is 1."""
    thresholds = [count / 99 for count in range(100)]
    turnout = simulate(Granovetter, listed(thresholds), [World(0)], 101, threads=1)["turnout"][:, 0]
    assert (100 * turnout).round(9).tolist() == [*range(101), 100], "one more in every round"
    thresholds[1] = 2 / 99
    assert final(listed(thresholds), 10) == 0.01


@pytest.mark.parametrize("sd", [0.10, 0.115, 0.12, 0.122, 0.1225, 0.15, 0.2, 0.3, 0.5, 1.0])
def test_large_groups_reach_the_analytic_equilibrium(sd):
    people = 400_000
    expected = granovetter_equilibrium(0.25, sd)
    got = final(well_mixed(people), 600, seed=1, sd=sd)
    if expected > 0.9999:  # all but a handful: compare the few who stay, who are about Poisson
        stay = people * (1 - expected)
        assert abs(people * (1 - got) - stay) <= 5 * math.sqrt(stay) + 1
    else:
        assert abs(got - expected) < 5 * granovetter_error(0.25, sd, people)


def test_the_jump_lies_at_the_tangency():
    """Half a percent to either side of 12.222: at a million people sampling moves the critical spread by far less."""
    critical = granovetter_critical_sd(0.25)
    assert final(well_mixed(1_000_000), 400, sd=0.995 * critical) < 0.06
    assert final(well_mixed(1_000_000), 400, sd=1.005 * critical) > 0.99


@pytest.mark.parametrize(("sd", "estimate"), [(0.11, 0.034), (0.122, 0.198), (0.13, 0.383), (0.16, 0.905)])
def test_groups_of_a_hundred_jump_by_chance(sd, estimate):
    """Sampled thresholds smear the jump: exactly computed probabilities, and the numbers noted for groups of 100.

    The noted ones compare with the share of all 100 and were simulated; the theory compares with the share of the
    other 99, which is worth up to .01.
    """
    groups = 500
    passed = np.mean([final(well_mixed(100), 102, seed=k, sd=sd) > 0.5 for k in range(groups)])
    exact = granovetter_group(100, 0.25, sd, beyond=50)
    assert abs(passed - exact) / math.sqrt(exact * (1 - exact) / groups) < 5
    assert abs(passed - estimate) < 5 * math.sqrt(exact * (1 - exact) * (1 / groups + 1 / 2000)) + 0.011


def test_the_limit_is_approached_as_one_over_the_root_of_people():
    """Root mean square errors at two sizes, 64 times apart: their ratio is 8, with the error of a ratio."""
    sd, groups = 0.5, 100
    expected = granovetter_equilibrium(0.25, sd)
    errors = []
    for people in (250, 16_000):
        got = [final(well_mixed(people), 60, seed=k, sd=sd) for k in range(groups)]
        assert abs(np.mean(got) - expected) < 5 * np.std(got) / math.sqrt(groups) + 2 / people
        errors.append(math.sqrt(np.mean((np.array(got) - expected) ** 2)))
    spread = math.sqrt(2 * 1 / (2 * groups))  # of the logarithm of a ratio of two such errors
    assert abs(math.log(errors[0] / errors[1]) - math.log(8)) < 5 * spread


THRESHOLDS = st.lists(st.floats(-0.2, 1.2).map(lambda x: round(x, 2)), min_size=2, max_size=30)


def brute(thresholds):
    """The smallest number who sustain themselves, one after another in any order: here from the lowest threshold."""
    acting = 0
    for threshold in sorted(thresholds):
        if acting / (len(thresholds) - 1) < threshold:
            break
        acting += 1
    return acting


@given(THRESHOLDS, st.data())
@settings(max_examples=60, deadline=None)
def test_the_end_is_the_smallest_share_that_sustains_itself(thresholds, data):
    people = len(thresholds)
    assert round(people * final(listed(thresholds), people + 2)) == brute(thresholds)
    who = data.draw(st.integers(0, people - 1))
    bolder = [*thresholds]
    bolder[who] -= 0.3
    assert final(listed(bolder), people + 2) >= final(listed(thresholds), people + 2), "boldness never reduces turnout"
    order = data.draw(st.permutations(thresholds))
    assert final(listed(order), people + 2) == final(listed(thresholds), people + 2)
