"""Riots, travel and police: counts, the size that overwhelms the police, who joins, deviations, interventions."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from groundswell.engine.reference import simulate_reference
from groundswell.engine.simulate import simulate
from groundswell.engine.worlds import Set, World
from groundswell.population.population import on_grid
from groundswell.theories.london_riots import LondonRiots, binomial
from groundswell.theory.analytic.epidemics import overwhelming_riot

pytestmark = pytest.mark.long  # its kernels take seconds to compile

EVEN = {"beta": 0.0, "mu": 0.0, "shop_spread": 0.0, "reaction": 1.0}  # neither distance, shops nor deprivation matter


def run(grid, hours, *interventions, seeds=1, population_seed=0, **params):
    worlds = [World(seed, params, interventions) for seed in range(seeds)]
    return simulate(LondonRiots, grid, worlds, hours, threads=1, population_seed=population_seed)


@given(st.floats(0, 1, exclude_max=True), st.integers(0, 1000), st.floats(0, 1))
@settings(max_examples=200, deadline=None)
def test_binomial_is_the_inverse_of_the_distribution_function(u, number, probability):
    k = binomial(u, float(number), probability)
    assert k == int(k)
    assert 0 <= k <= number
    if number and 0 < probability < 1 and 1e-9 < u < 1 - 1e-9:
        assert stats.binom.cdf(k, number, probability) >= u - 1e-9
        assert stats.binom.cdf(k - 1, number, probability) <= u + 1e-9


@given(st.floats(0, 300), st.floats(0, 0.02), st.floats(0, 3), st.integers(0, 99))
@settings(max_examples=15, deadline=None)
def test_people_are_whole_and_nobody_is_lost(force, eta, beta, first):
    params = {"force": force, "eta": eta, "beta": beta, "first": first}
    history = run(on_grid(6, 7), 20, **params)
    values = history.values[:, 0]
    assert (values == np.round(values)).all()
    assert (values >= 0).all()
    rioters, total, caught, deprived = values.T
    assert (np.diff(total) >= 0).all()
    assert (rioters + caught <= total).all()  # the others went home
    assert (deprived <= total).all()
    assert total[-1] <= 42 * 200


@pytest.mark.parametrize(("factor", "sign"), [(0.7, -1), (1.4, 1)])
def test_a_riot_wins_where_it_overwhelms_the_police(factor, sign):
    """Rates of a tenth an hour: what an hour at a stroke adds to the rates of continuous time is a twentieth."""
    rates = {"eta": 0.0001, "tau": 0.05, "omega": 0.02}
    least = overwhelming_riot(400.0, 0.1, 0.05, 0.02)
    params = EVEN | rates | {"force": 400.0, "first": round(factor * least), "residents": 1000.0}
    rioters = run(on_grid(15, 15), 6, seeds=20, **params)["rioters"]
    change = rioters[6] - rioters[0]
    assert sign * change.mean() / (change.std(ddof=1) / math.sqrt(20)) > 5


def test_without_police_a_riot_grows_as_an_epidemic():
    """The total follows S I eta / cells to the binomial spread of one hour's counts."""
    params = EVEN | {"force": 0.0, "omega": 0.0, "first": 100.0, "eta": 0.001}
    rioters = run(on_grid(15, 15), 1, seeds=100, **params)["rioters"]
    outside = np.full(225, 200.0)
    outside[112] = 100.0
    expected = (outside * (1 - math.exp(-0.001 * 100 / 225))).sum()
    assert abs((rioters[1] - 100).mean() - expected) < 5 * math.sqrt(expected / 100)


def test_the_most_deprived_fifth_join_most():
    """While nobody is short, a share 1 - .8**(mu + 1) of those who join comes from it, up to the sample of cells."""
    shares = []
    for seed in range(20):
        values = run(on_grid(15, 15), 8, population_seed=seed, beta=0.0, force=0.0, eta=0.001, first=200.0)
        joined = values["total"][-1, 0] - values["total"][0, 0]
        shares.append((values["deprived"][-1, 0] - values["deprived"][0, 0]) / joined)
    error = np.std(shares, ddof=1) / math.sqrt(len(shares))
    assert abs(np.mean(shares) - (1 - 0.8**3)) < 5 * error
    assert error < 0.03


def test_more_police_and_faster_police_mean_fewer_rioters():
    slow, fast, many = (
        run(on_grid(9, 9), 72, seeds=10, force=f, reaction=r)["total"][-1]
        for f, r in ((60, 0.02), (60, 1.0), (400, 0.02))
    )
    for fewer in (fast, many):
        assert (slow - fewer).mean() / math.hypot(slow.std(ddof=1), fewer.std(ddof=1)) * math.sqrt(10) > 5


def test_a_deviation_beyond_the_horizon_nobody_travels_or_joins():
    history = run(on_grid(9, 9), 40, horizon=0.0, force=0.0, mu=0.0, eta=0.05)
    assert 100 < history["total"][-1, 0] <= 200  # the cell in the middle, alone


def test_a_deviation_nobody_comes_back():
    history = run(on_grid(5, 5), 200, force=0.0, omega=0.5, tau=0.0, eta=0.05)
    assert history["rioters"][-1, 0] == 0
    assert history["total"][-1, 0] <= 25 * 200


def test_agreement_with_the_reference_to_the_last_bit_and_twins():
    worlds = [World(seed, {"first": 60.0}, x) for seed in (0, 1) for x in ((), (Set("force", 400.0, 4),))]
    fast = simulate(LondonRiots, on_grid(5, 6), worlds, 8, threads=1).values
    assert (fast == simulate_reference(LondonRiots, on_grid(5, 6), worlds, 8).values).all()
    assert (fast[:4, 0] == fast[:4, 1]).all()
    assert (fast[4:, 0] != fast[4:, 1]).any()
    assert all(LondonRiots.observables[x].harm for x in ("rioters", "total"))


def test_a_hundred_thousand_cells():
    history = run(on_grid(250, 400), 3, horizon=1.0, first=1000.0, residents=1000.0)
    assert history["total"][-1, 0] > 1000
