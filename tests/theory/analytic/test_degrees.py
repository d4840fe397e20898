"""Companions on networks of any degrees: closed forms, the Poisson case another way, and what engines make of them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from groundswell.engine.annealed import simulate_annealed
from groundswell.engine.simulate import simulate
from groundswell.engine.worlds import World
from groundswell.errors import TheoryError
from groundswell.population.degrees import power_law_degrees
from groundswell.population.generate import configuration
from groundswell.population.population import Population, tied
from groundswell.theories.centola_macy import CentolaMacy
from groundswell.theories.sis import Sis
from groundswell.theories.watts import Watts
from groundswell.theory.analytic.cascades import cascade_size, trigger_probability
from groundswell.theory.analytic.contagion import contagion_size
from groundswell.theory.analytic.degrees import DegreeDistribution
from groundswell.theory.analytic.pairs import final_size, percolation_size, sis_by_degree

PEOPLE, NETWORKS = 20_000, 8


def heavy_tailed(k: int) -> Population:
    """Degrees that fall as a power from 3 to 60: their variance is twice their mean and more."""
    return tied(configuration(power_law_degrees(PEOPLE, 2.5, 3, 60, seed=k), seed=k))


def degrees_of(population: Population) -> DegreeDistribution:
    assert population.network is not None
    return DegreeDistribution.counted(population.network.degree)


def test_a_distribution_is_brought_to_order_and_checked() -> None:
    found = DegreeDistribution([3, 1], [1.0, 3.0])
    assert found.number.tolist() == [1, 3]
    assert found.mean == 1.5
    assert found.reached.tolist() == [0.5, 0.5]
    assert DegreeDistribution.counted([2, 0, 2, 4]).share.tolist() == [0.25, 0.5, 0.25]
    for k, p in (([1.5], [1.0]), ([1, 1], [0.5, 0.5]), ([-1, 2], [0.5, 0.5]), ([1, 2], [math.nan, 1.0]), ([0], [1.0])):
        with pytest.raises(TheoryError):
            DegreeDistribution(k, p)


@given(st.floats(0.3, 6), st.floats(0, 1))
@settings(max_examples=30, deadline=None)
def test_percolation_on_poisson_networks_has_lamberts_form(z, t):
    if abs(z * t - 1) > 0.02:  # at the transition the iteration does not settle
        assert percolation_size(z, t) == pytest.approx(final_size(z * t), abs=1e-6)


@pytest.mark.parametrize("t", [0.3, 0.6, 0.9])
def test_percolation_where_everyone_has_three_ties(t):
    """u = 1 - T + T u^2 has the solutions 1 and (1 - T) / T."""
    u = min(1.0, (1 - t) / t)
    assert percolation_size(DegreeDistribution([3], [1.0]), t) == pytest.approx(1 - u**3, abs=1e-9)


def test_poisson_networks_by_mean_or_by_distribution():
    k = np.arange(80.0)
    given_ = DegreeDistribution(k, stats.poisson.pmf(k, 4.0))
    assert trigger_probability(given_, 0.18) == pytest.approx(trigger_probability(4.0, 0.18), rel=1e-9)
    assert cascade_size(given_, 0.18, 0.05, seeds=0.01) == pytest.approx(cascade_size(4.0, 0.18, 0.05, seeds=0.01))
    assert contagion_size(DegreeDistribution([8], [1.0]), 2, seeds=0.05) == contagion_size(8, 2, seeds=0.05)


def test_a_contagion_by_degree_against_a_sum_by_hand():
    """Two degrees, two required: q by two hundred iterations of its definition, in plain sums."""
    p, s, q = {1: 0.4, 4: 0.6}, 0.1, 0.1
    z = 0.4 + 2.4
    atleast = {
        k: lambda q, k=k: sum(math.comb(k, m) * q**m * (1 - q) ** (k - m) for m in range(2, k + 1)) for k in range(5)
    }
    for _ in range(2000):
        q = s + (1 - s) * sum(k * x / z * atleast[k - 1](q) for k, x in p.items())
    expected = s + (1 - s) * sum(x * atleast[k](q) for k, x in p.items())
    assert contagion_size(DegreeDistribution([1, 4], [0.4, 0.6]), 2, seeds=s) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("dropping", [0.2, 0.6])
def test_sis_with_neighbours_drawn_anew_rests_at_its_mean_field_by_degree(dropping):
    """The annealed engine on heavy-tailed degrees; a Poisson network of the same mean would have another share."""
    population = heavy_tailed(1)
    degrees = degrees_of(population)
    expected = sis_by_degree(degrees, 0.05, dropping)
    worlds = [World(k, {"contagion": 0.05, "dropping": dropping, "start": 0.3}) for k in range(NETWORKS)]
    rest = simulate_annealed(Sis, population, worlds, 120)["prevalence"][60:].mean(axis=0)
    error = 5 * rest.std(ddof=1) / math.sqrt(NETWORKS) + 2 / PEOPLE
    assert abs(rest.mean() - expected) < error
    if dropping > 0.5:  # near the transition the heavy tail matters most
        assert rest.mean() - sis_by_degree(degrees.mean, 0.05, dropping) > 3 * error
    assert sis_by_degree(degrees, 0.001, 0.9) == 0.0


def test_cascades_on_heavy_tailed_networks_end_as_their_companion_says():
    """Where a Poisson network of the same mean would be taken over."""
    got, expected = [], []
    for k in range(NETWORKS):
        population = heavy_tailed(k)
        world = World(k, {"seeds": 0.15 * PEOPLE, "phi": 0.39, "phi_sd": 0.0})
        got.append(simulate(Watts, population, [world], 60)["activity"][-1, 0])
        expected.append(cascade_size(degrees_of(population), 0.39, seeds=0.15))
    off = np.array(got) - expected
    assert abs(off.mean()) < 5 * off.std(ddof=1) / math.sqrt(NETWORKS) + 2 / PEOPLE
    assert max(got) < 0.5 < cascade_size(degrees_of(heavy_tailed(0)).mean, 0.39, seeds=0.15)


def test_contagion_on_heavy_tailed_networks_ends_as_its_companion_says():
    got, expected = [], []
    for k in range(NETWORKS):
        population = heavy_tailed(k)
        world = World(k, {"required": 3, "seeds": 0.05 * PEOPLE, "seeding": 0})
        got.append(simulate(CentolaMacy, population, [world], 80).values[-1, 0, 0])
        expected.append(contagion_size(degrees_of(population), 3, seeds=0.05))
    off = np.array(got) - expected
    assert 0.4 < np.mean(got) < 0.8
    assert abs(off.mean()) < 5 * off.std(ddof=1) / math.sqrt(NETWORKS) + 2 / PEOPLE
