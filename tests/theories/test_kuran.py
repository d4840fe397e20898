"""Kuran's theory: the printed sequences, its analytic limit and the order at which it is approached, properties."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundswell.engine.simulate import simulate
from groundswell.engine.worlds import Set, World
from groundswell.population.population import well_mixed
from groundswell.theories.kuran import Kuran
from groundswell.theory.analytic.thresholds import granovetter_equilibrium, granovetter_error


def listed(thresholds):
    return well_mixed(len(thresholds), threshold=thresholds)


def run(population, steps=15, interventions=(), seed=0, **params):
    given_world = World(0, params, interventions)
    return simulate(Kuran, population, [given_world], steps, population_seed=seed, threads=1)


def final(population, **keywords):
    opposition = run(population, **keywords)["opposition"][:, 0]
    assert opposition[-1] == opposition[-2]
    return float(opposition[-1])


A = [0.0, 0.2, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 1.0]
B = [0.0, 0.2, 0.3, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 1.0]


@pytest.mark.parametrize(
    ("sequence", "second", "opposition"), [(A, 0.2, 0.1), (A, 0.1, 0.9), (B, 0.2, 0.1), (B, 0.1, 0.2)]
)
def test_the_printed_sequences(sequence, second, opposition):
    """Kuran 1991, pp. 20-22: one person's threshold from 20 to 10 brings a revolution in A, and next to nothing in B."""
    thresholds = [sequence[0], second, *sequence[2:]]
    assert final(listed(thresholds)) == opposition


def test_nothing_in_private_tells_the_two_societies_apart():
    """A' and B' hold the same number of privately opposed people; their publics end at 90% and 20%."""
    ends = []
    for sequence in (A, B):
        history = run(listed([0.0, 0.1, *sequence[2:]]))
        ends.append([history[name][-1, 0] for name in ("private_opposition", "opposition", "falsification")])
    assert ends[0][0] == ends[1][0] == 0.5
    assert ends[0][1:] == [0.9, 0.0]
    assert ends[1][1:] == pytest.approx([0.2, 0.3])


def test_easing_for_a_moment_tips_one_society_and_not_the_other():
    """Ten points of easing for one round carry A all the way, and it stays; B takes one step, and stays there."""
    eased = (Set("easing", 0.1, start=3, end=4),)
    assert (final(listed(A)), final(listed(A), interventions=eased, steps=20)) == (0.1, 0.9)
    assert (final(listed(B)), final(listed(B), interventions=eased, steps=20)) == (0.1, 0.2)


@pytest.mark.parametrize(("mean", "sd"), [(0.4, 0.15), (0.4, 0.2), (0.4, 0.3), (0.6, 0.4), (0.25, 0.11)])
def test_large_societies_reach_the_analytic_equilibrium(mean, sd):
    people = 300_000
    share = granovetter_equilibrium(mean, sd)
    error = granovetter_error(mean, sd, people)
    got = final(well_mixed(people), steps=500, mean=mean, sd=sd, seed=3)
    assert abs(got - share) < 5 * error + 5 / people
    eased = final(well_mixed(people), steps=500, mean=mean + 0.05, sd=sd, easing=0.05, seed=3)
    assert abs(eased - share) < 5 * error + 5 / people, "easing is a lower mean"


def test_the_limit_is_approached_as_one_over_the_root_of_people():
    """Root mean square errors at two sizes, 64 times apart: their ratio is 8, with the error of a ratio."""
    mean, sd, societies = 0.5, 0.6, 100
    expected = granovetter_equilibrium(mean, sd)
    errors = []
    for people in (250, 16_000):
        got = np.array([final(well_mixed(people), steps=60, seed=k, mean=mean, sd=sd) for k in range(societies)])
        errors.append(math.sqrt(np.mean((got - expected) ** 2)))
    assert abs(math.log(errors[0] / errors[1]) - math.log(8)) < 5 / math.sqrt(societies)


@given(st.lists(st.integers(-1, 11).map(lambda k: k / 10), min_size=1, max_size=25), st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_deciding_one_after_another_ends_where_deciding_at_once_does(thresholds, random):
    people = len(thresholds)
    opposes = [False] * people
    moved = True
    while moved:
        moved = False
        for i in random.sample(range(people), people):
            joins = sum(opposes) / people >= thresholds[i]
            moved |= joins and not opposes[i]
            opposes[i] = opposes[i] or joins
    assert final(listed(thresholds), steps=people + 2) == sum(opposes) / people


@given(st.lists(st.floats(-0.2, 1.2), min_size=1, max_size=40))
@settings(max_examples=60, deadline=None)
def test_the_privately_opposed_either_speak_or_hide(thresholds):
    history = run(listed(thresholds))
    private = np.mean([t < 0.5 for t in thresholds])
    assert np.allclose(history["private_opposition"][1:, 0], private, rtol=0, atol=1e-12)
    speaking = history["private_opposition"][1:, 0] - history["falsification"][1:, 0]
    assert (speaking <= history["opposition"][1:, 0] + 1e-12).all()
    assert (speaking >= -1e-12).all()
