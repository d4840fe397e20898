"""Makowsky and Rubin restated: the well-mixed limit, what only rises or falls, range, and where range does not help."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundswell.engine.reference import simulate_reference
from groundswell.engine.simulate import simulate
from groundswell.engine.worlds import Set, World
from groundswell.population.generate import moore
from groundswell.population.population import tied, well_mixed
from groundswell.theories.makowsky_rubin import MakowskyRubin
from groundswell.theory.analytic.thresholds import granovetter_equilibrium


def lattice(side, radius, **traits):
    return tied(moore(side, side, radius), **traits)


def run(population, worlds, steps=100, seed=0, totals=()):
    return simulate(MakowskyRubin, population, worlds, steps, population_seed=seed, threads=1, totals=totals)


@pytest.mark.parametrize(("centralization", "shock"), [(1.0, 0.0), (1.2, 0.1), (0.7, 0.0), (1.0, 0.2)])
def test_where_everyone_sees_everyone_it_is_granovetters_equilibrium(centralization, shock):
    """A person speaks where dissent exceeds 1 - (x + shock) / c: a normal threshold."""
    people = 100_000
    mean, sd = 1 - (0.5 + shock) / centralization, 0.25 / centralization
    share = granovetter_equilibrium(mean, sd)
    slope = math.exp(-(((share - mean) / sd) ** 2) / 2) / sd / math.sqrt(2 * math.pi)
    error = math.sqrt(share * (1 - share) / people) / (1 - slope)
    got = run(well_mixed(people), [World(0, {"centralization": centralization, "shock": shock})], 80)
    assert abs(got["opposition"][-1, 0] - share) < 5 * error


def test_private_opposition_is_what_nobody_sees():
    population = lattice(20, 1, preference=np.concatenate((np.full(100, -0.1), np.full(300, 0.4))))
    got = run(population, [World(0)], 5)
    assert got["private_opposition"][-1, 0] == got["falsification"][-1, 0] == 0.75
    assert got["opposition"][-1, 0] == 0


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 4), st.floats(0.1, 1.4), st.floats(0, 0.3))
def test_more_centralisation_never_reveals_and_a_shock_never_hides(seed, radius, centralization, shock):
    worlds = [World(0, {"centralization": c, "shock": s}) for c, s in (
        (centralization, 0.0), (centralization + 0.1, 0.0), (centralization, shock))]  # fmt: skip
    got = run(lattice(20, radius), worlds, 60, seed)
    opposition, hidden = got["opposition"], got["falsification"]
    assert (np.diff(opposition, axis=0) >= 0).all()
    assert opposition[-1, 1] <= opposition[-1, 0] <= opposition[-1, 2]
    assert hidden[-1, 1] >= hidden[-1, 0]
    assert np.allclose((opposition + hidden)[1:], got["private_opposition"][1:], atol=1e-12)


def test_the_reference_agrees_exactly():
    population = lattice(9, 2)
    worlds = [World(s, {"centralization": c, "shock": 0.05}) for s, c in ((1, 0.7), (2, 0.9), (3, 1.0))]
    fast, slow = (
        f(MakowskyRubin, population, worlds, 12, population_seed=4, totals=["opposes"])
        for f in (simulate, simulate_reference)
    )
    assert (fast.values == slow.values).all()
    assert (fast.totals["opposes"] == slow.totals["opposes"]).all()


def falsified(radius, centralization, seeds=8):
    population = lattice(40, radius)
    worlds = [World(0, {"centralization": centralization})]
    return np.array([run(population, worlds, 80, s)["falsification"][-1, 0] for s in range(seeds)])


def test_range_reveals_where_people_would_speak():
    assert (falsified(3, 0.8) < falsified(1, 0.8)).all()


def test_range_hides_a_little_where_hardly_anyone_would():
    """The limit that the theory states: with a strong authority the few are lost in a wider range."""
    more = falsified(3, 1.0, 32) - falsified(1, 1.0, 32)
    assert more.mean() > 5 * more.std(ddof=1) / math.sqrt(more.size)
    assert more.max() < 0.05


def test_twins_differ_only_after_the_shock_and_only_where_it_reaches():
    """One person's change of mind; dissent spreads by a neighbourhood a round at the most."""
    side, radius, steps = 30, 2, 4
    preference = np.random.default_rng(1).normal(0.5, 0.25, side * side)
    preference[465] = 0.2
    changed = preference.copy()
    changed[465] = 1.5
    acts = [
        run(lattice(side, radius, preference=x), [World(1)], steps, totals=["opposes"]) for x in (preference, changed)
    ]
    differ = np.flatnonzero((acts[0].totals["opposes"] != acts[1].totals["opposes"]).reshape(-1))
    assert 465 in differ
    rows, columns = np.abs(differ // side - 15), np.abs(differ % side - 15)
    assert max(rows.max(), columns.max()) <= radius * (steps - 1)


def test_a_shock_by_intervention_is_the_shock_from_then_on():
    population = lattice(30, 3)
    shocked = World(1, {}, [Set("shock", 0.15, 40, 200)])
    got = run(population, [World(1), shocked, World(1, {"shock": 0.15})], 150, 3)["opposition"]
    assert (got[:40, 0] == got[:40, 1]).all()
    assert got[-1, 1] == got[-1, 2] > got[-1, 0] + 0.5


def test_a_million_people():
    got = run(lattice(1000, 1), [World(0, {"centralization": 0.7})], 6)
    assert got["private_opposition"][-1, 0] > 0.9
    assert got["opposition"][-1, 0] > 0.3
