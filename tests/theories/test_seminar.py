"""The dying seminar: where attendance comes to rest, and the critical mass between dying out and living on."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from groundswell.engine.reference import simulate_reference
from groundswell.engine.simulate import simulate
from groundswell.engine.worlds import Seed, World
from groundswell.population.population import well_mixed
from groundswell.theories.seminar import Seminar
from groundswell.theory.analytic.thresholds import granovetter_fixed_points


def run(people, steps=200, interventions=(), seed=0, **params):
    world = World(0, params, interventions)
    return simulate(Seminar, well_mixed(people), [world], steps, population_seed=seed, threads=1)["attendance"][:, 0]


@pytest.mark.parametrize(("mean", "sd"), [(0.7, 0.2), (0.5, 0.2), (0.4, 0.3), (0.6, 0.35)])
def test_from_all_who_come_attendance_falls_to_the_largest_share_that_sustains_itself(mean, sd):
    people = 300_000
    share = granovetter_fixed_points(mean, sd)[-1]
    slope = stats.norm.pdf((share - mean) / sd) / sd
    error = math.sqrt(share * (1 - share) / people) / (1 - slope)
    attendance = run(people, mean=mean, sd=sd)
    assert abs(attendance[-1] - share) < 5 * error + 5 / people
    assert (np.diff(attendance) <= 0).all(), "a seminar that begins full never gains"


def test_the_critical_mass_is_the_crossing_in_the_middle():
    mean, sd, people = 0.45, 0.2, 1_000_000
    low, middle, high = granovetter_fixed_points(mean, sd)
    assert abs(run(people, mean=mean, sd=sd, first=middle - 0.01)[-1] - low) < 0.01
    assert abs(run(people, mean=mean, sd=sd, first=middle + 0.01)[-1] - high) < 0.01


def test_people_count_themselves():
    """Of two, one who asks for half the room is content alone."""
    population = well_mixed(2, needs=[0.5, 0.9])
    start = (Seed("comes", 1.0, at=1),)
    h = simulate(Seminar, population, [World(0, {"first": 0.0}, start)], 4, threads=1, totals=("comes",))
    assert h["attendance"][:, 0].tolist() == [0.0, 1.0, 1.0, 1.0, 1.0]
    population = well_mixed(2, needs=[0.5, 1.1])
    assert simulate(Seminar, population, [World(0)], 4, threads=1)["attendance"][:, 0].tolist() == [
        1.0,
        0.5,
        0.5,
        0.5,
        0.5,
    ]


@given(st.lists(st.floats(-0.2, 1.2), min_size=2, max_size=30), st.floats(0, 1), st.floats(0, 1), st.integers(0, 50))
@settings(max_examples=40, deadline=None)
def test_a_fuller_first_meeting_never_ends_emptier(needs, one, other, seed):
    population = well_mixed(len(needs), needs=needs)
    worlds = [World(seed, {"first": x}) for x in sorted((one, other))]
    attendance = simulate(Seminar, population, worlds, len(needs) + 2, threads=1)["attendance"]
    assert (attendance[:, 0] <= attendance[:, 1]).all()
    end = attendance[-1, 0]
    assert end == attendance[-2, 0] == np.mean(end >= np.array(needs))


def test_agrees_with_the_reference_and_twins_share_the_past():
    worlds = [World(3, {"first": 0.6}), World(3, {"first": 0.6}, (Seed("comes", 0.5, at=4),))]
    args = (Seminar, well_mixed(60), worlds, 8)
    h = simulate(*args, threads=1)
    assert np.array_equal(h.values, simulate_reference(*args).values)
    assert np.array_equal(h.values[:4, 0], h.values[:4, 1])
