"""The forest fire: exact results on a ring, what grows is what strikes, and everyone connected strikes."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundswell.draws import stream_id, uniform_reference
from groundswell.engine.reference import simulate_reference
from groundswell.engine.setup import initial_state
from groundswell.engine.simulate import simulate
from groundswell.engine.worlds import Pulse, Seed, World
from groundswell.population.population import on_grid
from groundswell.theories import forest_fire
from groundswell.theories.forest_fire import ForestFire
from groundswell.theory.analytic.sizes import mean_fire, ring_fire_weights


def run(rows, columns, steps, *worlds, totals=()):
    return simulate(ForestFire, on_grid(rows, columns), worlds or [World(1)], steps, threads=1, totals=totals)


def test_on_a_ring_small_strikes_have_their_exact_frequencies():
    """s / ((s + 1) (s + 2)), well below the cutoff, which lies at several hundred sites here."""
    strikers = run(1, 40_000, 24_000, World(3, {"ratio": 2000}))["strikers"][4000:, 0]
    sizes = np.arange(1, 6)
    seen = np.array([(strikers == s).sum() for s in sizes])
    expected = ring_fire_weights(sizes) / ring_fire_weights(sizes).sum() * seen.sum()
    assert seen.sum() > 1500
    assert (np.abs(seen - expected) < 5 * np.sqrt(expected)).all()


def test_the_mean_strike_is_what_grows_between_two():
    history = run(256, 256, 12_000, World(2, {"ratio": 200}))
    strikers, density = history["strikers"][3000:, 0], history["density"][3000:, 0]
    struck = strikers[strikers > 0]
    batches = [part[part > 0].mean() for part in np.array_split(strikers, 30)]
    error = np.std(batches, ddof=1) / math.sqrt(30)
    assert abs(struck.mean() - mean_fire(200, density.mean())) < 5 * error


@given(st.integers(0, 10**6), st.integers(1, 8), st.integers(1, 9), st.integers(1, 30))
@settings(max_examples=40, deadline=None)
def test_nobody_strikes_who_was_not_mobilisable(seed, rows, columns, ratio):
    """Sites gained and lost, added up, are those mobilisable, never fewer than none nor more than all."""
    history = run(rows, columns, 30, World(seed, {"ratio": ratio, "start_share": 0.3}), totals=("mobilisable",))
    sites = rows * columns
    ready = history["density"][0, 0] * sites + np.cumsum(history["growth"] - history["strikers"])
    assert (ready > -1e-9).all()
    assert (ready < sites + 1e-9).all()
    assert history.totals["mobilisable"].sum() == pytest.approx(ready[1:].sum())


def cluster(mobilisable, first):
    """Everyone whom a strike reaches, by sets in plain Python."""
    rows, columns = mobilisable.shape
    reached, asked = ({first} if mobilisable[first] else set()), set()
    while reached - asked:
        row, column = (reached - asked).pop()
        asked.add((row, column))
        near = {((row + y) % rows, (column + x) % columns) for y, x in ((0, 1), (0, -1), (1, 0), (-1, 0))}
        reached |= {site for site in near if mobilisable[site]}
    return reached


def test_a_strike_takes_all_who_are_connected_and_nobody_else():
    struck = set()
    for seed in range(60):
        params = ForestFire.parameters({"ratio": 1, "start_share": 0.6})
        ready = initial_state(ForestFire, "mobilisable", 12 * 17, params, seed).astype(bool)
        grown, first = (int(uniform_reference(seed, stream_id(s), 1, 0) * 12 * 17) for s in ("where", "caller"))
        ready[grown] = True
        ready = ready.reshape(12, 17)
        strikers = cluster(ready, divmod(first, 17))
        history = run(12, 17, 1, World(seed, params), totals=("mobilisable",))
        for site in strikers:
            ready[site] = False
        assert history["strikers"][1, 0] == len(strikers)
        assert np.array_equal(history.totals["mobilisable"][:, 0].reshape(12, 17) > 0, ready)
        struck.add(len(strikers))
    assert len(struck) > 10


def test_a_full_grid_strikes_as_one():
    assert run(30, 40, 1, World(5, {"start_share": 1.0}))["strikers"][1, 0] == 1200


@pytest.mark.parametrize("rows, columns", [(1, 1), (1, 12), (9, 1), (7, 8)])  # noqa: PT006
def test_compiled_is_plain_python(make_plain, rows, columns):
    worlds = [World(4, {"ratio": 12}, (Pulse("calls", 3, 5), Seed("mobilisable", 1, 9)))]
    compiled = run(rows, columns, 25, *worlds)
    make_plain(forest_fire)
    assert np.array_equal(compiled.values, simulate_reference(ForestFire, on_grid(rows, columns), worlds, 25).values)


def test_twins_part_at_the_further_call_and_differ_by_what_it_struck():
    base, more = World(6, {"ratio": 40}), World(6, {"ratio": 40}, (Pulse("calls", 5, 100),))
    history = run(64, 64, 160, base, more)
    assert np.array_equal(history.values[:100, 0], history.values[:100, 1])
    assert history["strikers"][100, 1] > history["strikers"][100, 0]
    assert history["growth"][100, 1] == history["growth"][100, 0]


def test_time_counts_calls_whether_or_not_they_meet_anyone():
    """A deviation: strikes of size 0 are steps, as often as sites are not mobilisable."""
    history = run(200, 200, 6000, World(8, {"ratio": 100}))
    missed = history["strikers"][2000:, 0] == 0
    expected = 1 - history["density"][2000:, 0].mean()
    assert abs(missed.mean() - expected) < 5 * math.sqrt(expected * (1 - expected) / missed.size)


def test_growth_and_ignition_enter_by_the_whole_part_of_their_ratio():
    """A deviation."""
    values = run(20, 20, 50, World(1, {"ratio": 7.0}), World(1, {"ratio": 7.9})).values
    assert np.array_equal(values[:, 0], values[:, 1])


def test_a_million_sites():
    density = run(1000, 1000, 300, World(1, {"ratio": 20_000}))["density"]
    assert 0.36 < density[-100:].mean() < 0.45
