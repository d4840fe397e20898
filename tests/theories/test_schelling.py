"""Schelling's tipping: the paper's schedules, the mixtures at rest that they imply, and what does not change them."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundswell.engine.reference import simulate_reference
from groundswell.engine.simulate import simulate
from groundswell.engine.worlds import Set, World
from groundswell.population.population import well_mixed
from groundswell.theories.schelling import Schelling
from groundswell.theory.analytic.tipping import mixtures


def listed(majority, minority):
    """Two groups whose ranks are spaced evenly: the paper's straight schedule, unsampled."""
    rank = np.concatenate([(np.arange(n) + 0.5) / n for n in (majority, minority)])
    return well_mixed(rank.size, rank=rank, minority=np.repeat([0, 1], [majority, minority]))


def ends(population, worlds, steps=300):
    """People of the two groups inside in the end; the run is long enough to have come to rest."""
    h = simulate(Schelling, population, worlds, steps, threads=1)
    for name in ("larger", "smaller"):
        assert np.array_equal(h[name][-1], h[name][-20])
    return [tuple(round(float(h[n][-1, w]) * population.people) for n in ("larger", "smaller"))
            for w in range(len(worlds))]  # fmt: skip


def starts(most, **others):
    grid = np.linspace(0.1, 1.0, 6)
    return [
        World(k, {"most_majority": most, "most_minority": most, "start_majority": w, "start_minority": b, **others})
        for k, (w, b) in enumerate((w, b) for w in grid for b in grid)
    ]


def test_two_to_one_keeps_no_mixture():
    """A hundred and fifty, or a hundred and a hundred: every start ends with one group alone."""
    assert set(ends(listed(100, 50), starts(2.0))) == {(100, 0), (0, 50)}
    assert set(ends(listed(100, 100), starts(2.0))) == {(100, 0), (0, 100)}


def test_five_to_one_keeps_eighty_of_each():
    found = ends(listed(100, 100), starts(5.0))
    assert set(found) == {(100, 0), (0, 100), (80, 80)}
    assert found.count((80, 80)) > len(found) / 2


@pytest.mark.parametrize("pace", [0.1, 0.5, 1.0])
def test_the_pace_changes_no_state_of_rest(pace):
    assert set(ends(listed(100, 100), starts(5.0, pace=pace), steps=900)) == {(100, 0), (0, 100), (80, 80)}


def test_a_limit_on_both_groups_makes_a_mixture():
    assert (40, 40) in ends(listed(100, 100), starts(2.0, limit_majority=0.4, limit_minority=0.4))


def test_an_empty_neighbourhood_offends_nobody():
    h = simulate(Schelling, listed(30, 20), [World(0, {"start_majority": 0, "start_minority": 0, "pace": 1.0})], 2)
    assert h["occupied"][1:, 0].tolist() == [0.0, 1.0]


def response(most, ratio, w, b):
    return np.array(
        [[(1 - w) / w, -1 / (most * ratio * w)], [-ratio / (most * b), (1 - b) / b]]
    )  # fmt: skip


@pytest.mark.parametrize(("most", "share"), [(5.0, 0.5), (4.0, 0.5), (6.0, 0.45), (8.0, 0.4)])
def test_large_neighbourhoods_reach_the_analytic_mixture(most, share):
    people, ratio = 200_000, (1 - share) / share
    ((w, b, _),) = [m for m in mixtures(most, most, ratio) if m[2]]
    params = {"minority_share": share, "most_majority": most, "most_minority": most}
    params |= {"start_majority": w, "start_minority": b}
    h = simulate(Schelling, well_mixed(people), [World(1, params)], 200, population_seed=3, threads=1)
    found = np.array([h["larger"][-1, 0] / (1 - share), h["smaller"][-1, 0] / share])
    size = people * np.array([1 - share, share])
    # Sampling moves each schedule by the error of a share, and the relative size of the groups by its own; the mutual
    # response magnifies both.
    noise = np.sqrt(0.25 / size) + math.sqrt(share * (1 - share) / people) / min(share, 1 - share)
    error = np.linalg.norm(np.linalg.inv(np.eye(2) - response(most, ratio, w, b)), 2) * np.linalg.norm(noise)
    assert np.abs(found - [w, b]).max() < 5 * error
    assert error < 0.02


@given(
    st.lists(st.tuples(st.booleans(), st.floats(0, 1)), min_size=2, max_size=25), st.floats(0.5, 6), st.integers(0, 99)
)
@settings(max_examples=30, deadline=None)
def test_at_rest_everyone_inside_is_content_and_nobody_outside_would_be(people, most, seed):
    minority = np.array([x[0] for x in people], float)
    rank = np.array([x[1] for x in people])
    population = well_mixed(len(people), rank=rank, minority=minority)
    world = World(seed, {"most_majority": most, "most_minority": most})
    h = simulate(Schelling, population, [world], 120, threads=1, totals=("inside",))
    longer = simulate(Schelling, population, [world], 121, threads=1, totals=("inside",))
    inside = (longer.totals["inside"] - h.totals["inside"])[:, 0] > 0
    if not (np.ptp(h["larger"][-40:]) == np.ptp(h["smaller"][-40:]) == 0):
        return  # small groups can go round: leaving and coming back in the same round
    own = np.where(minority > 0.5, inside @ minority, inside @ (1 - minority))
    others = inside.sum() - own
    # counts over N on both sides, as the rule has them: the comparison is the same to rounding
    margin = others - most * (1 - rank) * own
    assert (margin[inside] <= 1e-9).all()
    assert (margin[~inside] >= -1e-9).all()


def test_agrees_with_the_reference():
    worlds = [World(4), World(4, {"pace": 1.0}, (Set("limit_majority", 0.3, start=3, end=6),))]
    args = (Schelling, well_mixed(40), worlds, 10)
    assert np.array_equal(simulate(*args, threads=1).values, simulate_reference(*args).values)


def test_twins_differ_by_what_the_limit_does():
    at = 12
    params = {"most_majority": 5.0, "most_minority": 5.0, "start_majority": 0.8, "start_minority": 0.8}
    worlds = [World(2, params), World(2, params, (Set("limit_minority", 0.3, start=at),))]
    h = simulate(Schelling, listed(100, 100), worlds, 80, threads=1)
    assert np.array_equal(h.values[:at, 0], h.values[:at, 1])
    assert round(200 * h["smaller"][-1, 1]) == 30
    assert h["larger"][-1, 1] > h["larger"][-1, 0]


def test_one_person_more_tolerant_changes_that_person_alone():
    """At a stable mixture the person at the margin enters once more tolerant; nobody else moves."""
    params = {"most_majority": 5.0, "most_minority": 5.0, "start_majority": 0.8, "start_minority": 0.8}
    calm, bold = listed(100, 100), listed(100, 100)
    rank = bold.traits["rank"].copy()
    rank[95] = 0.1
    bold = replace(bold, traits={**bold.traits, "rank": rank})
    runs = [simulate(Schelling, x, [World(0, params)], 60, threads=1, totals=("inside",)) for x in (calm, bold)]
    moved = np.nonzero(runs[0].totals["inside"][:, 0] != runs[1].totals["inside"][:, 0])[0]
    assert moved.tolist() == [95]
