"""Riots on sites: the well-mixed limit, the speed of the wave, what counts and media do, deviations, interventions."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundswell.engine.reference import simulate_reference
from groundswell.engine.simulate import simulate
from groundswell.engine.worlds import Pulse, Set, World
from groundswell.population.population import on_grid
from groundswell.theories.riot_sites import RiotSites
from groundswell.theory.analytic.epidemics import riot_final_size, wave_front


def run(grid, days, *interventions, seed=0, totals=(), **params):
    world = World(seed, params, interventions)
    return simulate(RiotSites, grid, [world], days, threads=1, totals=totals)


def test_where_all_hear_alike_the_whole_is_one_epidemic():
    history = run(on_grid(9, 9), 300, far=1.0, spread=0.0)
    sites = 81
    drawn = 2.5 - history["left"][-1, 0]
    assert drawn == pytest.approx(riot_final_size(0.2, 0.25, 2.5, 2.0 / sites), rel=1e-3)


@given(st.floats(0, 1), st.floats(0, 6), st.floats(0.1, 0.4), st.floats(0.0, 0.5))
@settings(max_examples=15, deadline=None)
def test_a_deviation_geography_moves_rioting_but_not_its_first_growth(far, delta, omega, beta):
    """Weights sum to 1: while next to nobody has been drawn in, the total grows at beta sigma - omega."""
    history = run(on_grid(7, 7), 6, far=far, delta=delta, omega=omega, beta=beta, spread=0.0, outbreak=1e-8)
    growth = math.log(history["rioting"][6, 0] / history["rioting"][0, 0]) / 6
    ebb, drawn = math.exp(-omega / 8), math.exp(-omega / 16) * beta * 2.5 / 8
    assert growth == pytest.approx(8 * math.log(ebb + drawn * (1 + ebb + drawn) / 2), abs=1e-5)  # in eighths of a day
    assert growth == pytest.approx(beta * 2.5 - omega, abs=0.01)
    assert (np.diff(history["left"][:, 0]) <= 0).all()
    assert (history["left"] >= 0).all()


@pytest.mark.parametrize("delta", [2.0, 4.0])
def test_the_wave_travels_at_the_speed_of_its_foremost_edge(delta):
    """On a ring of places the fronts run both ways; between two days they pass speed x days places each."""
    columns = 601
    history = run(on_grid(1, columns), 100, delta=delta, spread=0.0, horizon=5.0)
    offsets = np.arange(-5, 6)
    weights = (1.0 + np.abs(offsets)) ** -delta
    front = wave_front(offsets, weights / weights.sum(), 0.2 * 2.5, 0.25)
    touched = (1 - history["untouched"][:, 0]) * columns
    assert touched[100] < columns
    assert (touched[100] - touched[50]) / 2 == pytest.approx(front.passed(50, 100), abs=1.0)  # one place is the grain


def test_nearness_makes_a_wave_and_media_alone_do_not():
    grid = on_grid(15, 15)
    row, column = np.divmod(np.arange(225), 15)
    away = np.hypot(row - 7, column - 7)
    near, media = (run(grid, 60, far=x, horizon=3.0, totals=("quiet",)).totals["quiet"][:, 0] for x in (0.0, 1.0))
    assert math.atanh(np.corrcoef(away, near)[0, 1]) * math.sqrt(222) > 5
    assert np.ptp(media) == 0  # all places see the same, and each loses the same share of what it holds


def test_events_are_poisson_around_what_is_expected():
    grid = on_grid(15, 15)
    counts = np.array([run(grid, 12, seed=s)["incidents"][1:, 0] for s in range(40)]) * 225
    expected = run(grid, 12)["rioting"][1:, 0] * 225
    assert abs(counts.sum() - 40 * expected.sum()) < 5 * math.sqrt(40 * expected.sum())
    dispersion = ((counts - expected) ** 2 / expected).sum()
    assert abs(dispersion - counts.size) < 5 * math.sqrt(2 * counts.size + (1 / np.repeat(expected[None], 40, 0)).sum())


def test_deviations_beyond_the_horizon_nothing_is_seen():
    history = run(on_grid(9, 9), 60, horizon=0.0, spread=0.0)
    assert history["untouched"][-1, 0] == pytest.approx(80 / 81)
    assert history["spreading"][-1, 0] == 0.0


def test_a_trigger_starts_it_and_changes_nothing_before():
    grid = on_grid(9, 9)
    quiet, triggered = run(grid, 12, outbreak=0.0), run(grid, 12, Pulse("trigger", 2.0, 5), outbreak=0.0)
    assert (quiet["rioting"] == 0).all()
    assert (triggered["rioting"][:5] == 0).all()
    assert (triggered["rioting"][5:] > 0).all()
    assert RiotSites.shocks["trigger"].harm
    assert all(RiotSites.observables[x].harm for x in ("rioting", "incidents"))


def test_agreement_with_the_reference_to_the_last_bit():
    worlds = [World(seed, {"far": 0.2}, (Set("omega", 0.4, 3),)) for seed in (0, 1)]
    fast = simulate(RiotSites, on_grid(5, 6), worlds, 4, threads=1).values
    assert (fast == simulate_reference(RiotSites, on_grid(5, 6), worlds, 4).values).all()
    assert (fast[:, 0, 0] == fast[:, 1, 0]).all()  # only counts are drawn
    assert (fast[1:, 0, 1] != fast[1:, 1, 1]).any()


def test_a_hundred_thousand_places():
    history = run(on_grid(250, 400), 2, spread=0.0, outbreak=1e-6, horizon=2.0)
    assert history["rioting"][2, 0] == pytest.approx(1e-11 * math.exp(2 * 0.25), rel=5e-3)
