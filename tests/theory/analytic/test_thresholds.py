"""Companions of thresholds: published and independently computed numbers, agreement with slower ways to get them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from groundswell.errors import TheoryError
from groundswell.theory.analytic.thresholds import (
    granovetter_critical_sd,
    granovetter_equilibrium,
    granovetter_error,
    granovetter_fixed_points,
    granovetter_group,
    threshold_share,
)

# Granovetter: the map r -> F(r). The numbers were computed independently for this project; the paper gives 12.2.

LOWEST = [
    (0.10, 0.0077), (0.11, 0.0171), (0.115, 0.0254), (0.12, 0.0402), (0.122, 0.0548), (0.1225, 1.000), (0.15, 1.000),
    (0.2, 0.9999), (0.3, 0.9934), (0.5, 0.905), (1.0, 0.659),
]  # fmt: skip


@pytest.mark.parametrize(("sd", "share"), LOWEST)
def test_the_lowest_equilibrium_of_table_1_1(sd, share):
    digits = len(str(share).split(".")[1])
    assert round(granovetter_equilibrium(0.25, sd), digits) == share


def test_the_tangency_is_at_12_222():
    critical = granovetter_critical_sd(0.25)
    assert round(critical, 5) == 0.12222
    assert granovetter_equilibrium(0.25, critical - 1e-6) < 0.07
    assert granovetter_equilibrium(0.25, critical + 1e-6) > 0.99


def test_wide_thresholds_end_at_one_half():
    assert abs(granovetter_equilibrium(0.25, 1e6) - 0.5) < 1e-6


@given(st.floats(0.02, 0.48))
@settings(max_examples=60, deadline=None)
def test_at_the_critical_spread_two_fixed_points_merge(mean):
    critical = granovetter_critical_sd(mean)
    assert len(granovetter_fixed_points(mean, critical * 1.001)) == 1
    assert len(granovetter_fixed_points(mean, critical * 0.999)) == 3


@given(st.floats(-0.5, 1.5), st.just(0.0) | st.floats(1e-3, 2.0))
@settings(max_examples=300, deadline=None)
def test_fixed_points_are_fixed_and_the_lowest_is_what_iteration_ends_at(mean, sd):
    points = granovetter_fixed_points(mean, sd)
    assert points
    assert list(points) == sorted(points)
    for r in points:
        assert 0 <= r <= 1
        assert abs(float(threshold_share(r, mean, sd)) - r) < 1e-9
    r = 0.0
    for _ in range(20_000):
        new = float(threshold_share(r, mean, sd))
        assert new >= r - 1e-15, "from nobody the share never falls"
        if new - r < 1e-15:
            break
        r = new
    assert r <= points[0] + 1e-6
    if sd == 0 or abs(stats.norm.pdf((points[0] - mean) / sd) / sd - 1) > 0.01:  # away from a tangency, where it crawls
        assert abs(r - points[0]) < 1e-6


def test_a_group_of_sampled_thresholds_against_enumeration():
    """For three people all outcomes can be counted: which of the four intervals each threshold falls into."""
    mean, sd, among = 0.3, 0.4, 2
    cuts = [float(threshold_share(c / among, mean, sd)) for c in range(3)]
    chance = np.diff([0.0, *cuts, 1.0])
    for beyond in (0, 1, 2):
        total = 0.0
        for cells in np.ndindex(4, 4, 4):
            acting = 0
            while (more := sum(cell <= acting for cell in cells)) > acting:
                acting = more
            total += math.prod(chance[list(cells)]) if acting > beyond else 0.0
        assert abs(granovetter_group(3, mean, sd, beyond) - total) < 1e-12


SAMPLED = [(0.10, 0.002), (0.11, 0.034), (0.12, 0.158), (0.122, 0.198), (0.13, 0.383), (0.14, 0.635), (0.16, 0.905)]


@pytest.mark.parametrize(("sd", "estimate"), SAMPLED)
def test_sampled_groups_of_table_1_1(sd, estimate):
    """The table was simulated, comparing with the share of all 100, in no more than 2000 groups by its digits."""
    exact = granovetter_group(100, 0.25, sd, beyond=50, among=100)
    assert abs(exact - estimate) / math.sqrt(exact * (1 - exact) / 2000) < 5


def test_the_error_of_sampled_thresholds_is_that_of_a_map_moved_by_sampling():
    """Move F by one standard error of a share, and see how far the fixed point goes: the delta method, by hand."""
    mean, sd, people = 0.25, 0.5, 10**8
    r = granovetter_equilibrium(mean, sd)
    moved = r
    for _ in range(500):
        moved = float(threshold_share(moved, mean, sd)) + math.sqrt(r * (1 - r) / people)
    assert granovetter_error(mean, sd, people) == pytest.approx(moved - r, rel=1e-3)


@pytest.mark.parametrize("arguments", [(0.25, 0.0, 100), (0.25, 0.5, 0), (0.25, math.inf, 100)])
def test_errors_that_make_no_sense_are_refused(arguments):
    with pytest.raises(TheoryError):
        granovetter_error(*arguments)


@pytest.mark.parametrize("mean", [0.0, 0.5, -0.1, math.nan])
def test_no_tangency_outside_0_and_one_half(mean):
    with pytest.raises(TheoryError, match="a mean threshold between 0 and 1/2"):
        granovetter_critical_sd(mean)
