"""Companions of cascades: published and independently computed numbers, agreement with slower ways to get them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy import stats

from groundswell.errors import TheoryError
from groundswell.theory.analytic.cascades import (
    cascade_number,
    cascade_size,
    cascade_window,
    trigger_probability,
)
from groundswell.theory.analytic.degrees import DegreeDistribution

# Watts

WINDOWS = [
    (0.10, (1.000, 13.659)), (0.15, (1.004, 7.477)), (0.18, (1.021, 5.765)), (0.20, (1.021, 5.765)),
    (0.22, (1.114, 3.863)), (0.249, (1.114, 3.863)),
]  # fmt: skip


@pytest.mark.parametrize(("phi", "window"), WINDOWS)
def test_the_cascade_window(phi, window):
    found = cascade_window(phi)
    assert found is not None
    assert tuple(round(z, 3) for z in found) == window
    for end in found:
        assert abs(cascade_number(end, phi) - 1) < 1e-9


def test_the_window_closes_above_one_quarter():
    """With phi above 1/4 only degrees 1 to 3 are vulnerable, and z (1 + z) exp(-z) stays below 1 (its most is .84)."""
    assert cascade_window(0.25) is not None
    assert cascade_window(0.2501) is None


def test_the_window_of_uniform_thresholds_in_closed_form():
    """sum_k k (k - 1) p_k over k <= K is z**2 P(Poisson <= K - 2), so the number is z P(Poisson <= K - 2)."""
    for z in (0.5, 1.0, 3.0, 8.0):
        assert abs(cascade_number(z, 0.18) - z * stats.poisson.cdf(3, z)) < 1e-12


def test_heterogeneous_thresholds_widen_the_window():
    """Watts 2002, Figure 4."""
    uniform, spread = cascade_window(0.18), cascade_window(0.18, 0.05)
    assert uniform is not None
    assert spread is not None
    assert spread[1] > uniform[1]


def test_a_window_wider_than_asked_is_refused():
    with pytest.raises(TheoryError, match=r"most = 10\.0"):
        cascade_window(0.1, most=10.0)


def test_trigger_probability_is_zero_outside_the_window_only():
    assert trigger_probability(0.9, 0.18) < 1e-9
    assert trigger_probability(6.0, 0.18) < 1e-9
    assert 0.8 < trigger_probability(3.0, 0.18) < 1.0


def test_the_number_of_any_degrees_is_that_of_the_network_they_make():
    """Where everyone has 3 ties, a seed's neighbour tells 2 others; a share of hubs who cannot be moved lowers it."""
    assert cascade_number(DegreeDistribution([3], [1.0]), 0.18) == 2.0
    assert cascade_number(DegreeDistribution([3, 12], [0.8, 0.2]), 0.18) == pytest.approx(
        3 * 2 * 0.8 / (3 * 0.8 + 12 * 0.2)
    )
    k = np.arange(60.0)
    assert cascade_number(DegreeDistribution(k, 7 * stats.poisson.pmf(k, 4.0)), 0.2, 0.05) == pytest.approx(
        cascade_number(4.0, 0.2, 0.05)
    )
    with pytest.raises(TheoryError, match="and ties"):
        DegreeDistribution([0.0], [1.0])
    with pytest.raises(TheoryError, match="one for each"):
        DegreeDistribution([1.0, 2.0], [1.0])


def test_degrees_of_one_mean_and_more_spread_narrow_the_window():
    """Watts 2002, Figure 4: at a mean of 3.17 ties a Poisson network lets cascades through, a power law does not."""
    k = np.arange(1.0, 101.0)
    p = k**-2.0 / (k**-2.0).sum()
    mean = float((k * p).sum())
    assert round(mean, 2) == 3.17
    assert cascade_number(DegreeDistribution(k, p), 0.18) < 0.6 < 1.9 < cascade_number(mean, 0.18)


# Gleeson and Cahalane


@pytest.mark.parametrize(("seeds", "upper"), [(1e-4, 5.75), (1e-3, 6.25), (5e-3, 7.5), (1e-2, 9.0), (2e-2, 12.75)])
def test_the_upper_mean_degree_of_a_global_cascade_grows_with_the_seed(seeds, upper):
    """On a grid of .25. The last was noted as 12.0 before; the iteration to the end, and a simulation of 400,000 people
    at z = 12.5, give 12.75 (the iteration needs over 200 rounds there)."""
    grid = np.arange(4.0, 20.0, 0.25)
    assert grid[[cascade_size(z, 0.18, seeds=seeds) > 0.5 for z in grid]].max() == upper


@pytest.mark.parametrize(
    ("z", "sd", "share"), [(8.0, 1e-3, 0.024), (8.0, 0.05, 1.0), (12.0, 0.05, 0.017), (12.0, 0.1, 1.0)]
)
def test_normal_thresholds(z, sd, share):
    """Mean .2, one per cent of seeds."""
    assert round(cascade_size(z, 0.2, sd, seeds=0.01), 3) == share


def test_a_threshold_that_is_met_exactly_counts():
    """At z = 8 it decides everything whether people of degree 5 act on one active neighbour (share .2, threshold .2).

    With a spread of almost nothing half of them do; with none, all.
    """
    assert cascade_size(8.0, 0.2, seeds=0.01) > 0.99
    assert cascade_size(8.0, 0.2 + 1e-9, seeds=0.01) < cascade_size(8.0, 0.2, 1e-6, seeds=0.01) < 0.03


def test_cascade_size_without_ties_to_speak_of_is_the_seed():
    assert abs(cascade_size(1e-9, 0.18, seeds=0.1) - 0.1) < 1e-8
    assert cascade_size(4.0, 0.18, seeds=1.0) == 1.0
    assert cascade_size(4.0, 0.18, seeds=0.0) == 0.0


def test_spontaneous_action_adds_those_with_thresholds_at_or_below_zero():
    without = cascade_size(12.0, 0.2, 0.08, seeds=0.001)
    with_them = cascade_size(12.0, 0.2, 0.08, seeds=0.001, spontaneous=True)
    assert with_them > without
    assert cascade_size(1e-9, 0.2, 0.1, seeds=0.0, spontaneous=True) == pytest.approx(stats.norm.cdf(-2), rel=1e-6)


@given(st.floats(0.5, 12), st.floats(0.05, 0.6), st.floats(0, 0.2), st.floats(0, 0.2), st.floats(0, 0.2))
@settings(max_examples=100, deadline=None)
@example(z=1.0, phi=0.5, sd=0.0, a=0.0, b=2.2250738585072014e-308)
def test_more_seeds_never_end_in_less(z, phi, sd, a, b):
    few, many = sorted((a, b))
    assert cascade_size(z, phi, sd, seeds=few) <= cascade_size(z, phi, sd, seeds=many) + 1e-9


@pytest.mark.parametrize(
    "arguments",
    [{"degrees": 0.0}, {"degrees": math.nan}, {"phi_sd": -1.0}, {"seeds": 1.5}, {"seeds": math.nan}],
)
def test_numbers_that_make_no_sense_are_refused(arguments):
    with pytest.raises(TheoryError):
        cascade_size(**{"degrees": 4.0, "phi": 0.18, "phi_sd": 0.0, "seeds": 0.1, **arguments})
