"""Companions of the predator-prey equations, against slow integration and against their limits."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad, solve_ivp

from groundswell.errors import TheoryError
from groundswell.theory.analytic.predator_prey import extremes, invariant, period, rest_point

rates = st.floats(0.1, 2.0)
levels = st.floats(0.2, 4.0)


def orbit(start, a, b, c, d, time):
    return solve_ivp(
        lambda _, y: [a * y[0] - b * y[0] * y[1], -c * y[1] + d * y[0] * y[1]],
        (0.0, time), start, rtol=1e-10, atol=1e-12, dense_output=True,
    ).sol  # fmt: skip


@given(rates, rates, rates, rates, levels, levels)
@settings(max_examples=25, deadline=None)
def test_after_a_period_a_history_is_where_it_began(a, b, c, d, x, y):
    dissent, coercion = x * c / d, y * a / b
    time = period(dissent, coercion, a, b, c, d)
    path = orbit([dissent, coercion], a, b, c, d, time)
    speed = abs(a - b * coercion) + abs(d * dissent - c)
    assert path(time) == pytest.approx([dissent, coercion], rel=1e-5 * (1 + speed * time))
    (low, high), (weak, strong) = extremes(dissent, coercion, a, b, c, d)
    levels = path(np.linspace(0.0, time, 4001))
    assert (levels[0].min(), levels[0].max()) == pytest.approx((low, high), rel=1e-3)
    assert (levels[1].min(), levels[1].max()) == pytest.approx((weak, strong), rel=1e-3)
    height = invariant(levels[0], levels[1], a, b, c, d)
    assert np.ptp(height) < 1e-7 * (1 + abs(height[0]))


@given(rates, rates)
@settings(max_examples=25, deadline=None)
def test_small_cycles_take_two_pi_over_the_root_of_a_c(a, c):
    for away in (1e-7, 1e-5, 1e-3):
        assert period(c * (1 + away), a, a, 1.0, c, 1.0) == pytest.approx(2 * math.pi / math.sqrt(a * c), rel=1e-4)


def test_wider_cycles_take_longer():
    times = [period(x, 1.0, 1.0, 1.0, 1.0, 1.0) for x in (1.1, 1.5, 2.0, 4.0, 8.0)]
    assert times == sorted(times)
    assert times[0] > 2 * math.pi


def test_the_mean_over_a_cycle_is_the_rest_point():
    a, b, c, d = 0.5, 0.25, 0.4, 0.8
    time = period(2.0, 1.0, a, b, c, d)
    path = orbit([2.0, 1.0], a, b, c, d, time)
    means = [quad(lambda t, k=k: float(path(t)[k]), 0, time, limit=200)[0] / time for k in (0, 1)]
    assert means == pytest.approx(rest_point(a, b, c, d), rel=1e-5)


def test_bad_input_is_refused():
    with pytest.raises(TheoryError):
        rest_point(0.0, 1.0, 1.0, 1.0)
    with pytest.raises(TheoryError):
        period(-1.0, 1.0, 1.0, 1.0, 1.0, 1.0)
    with pytest.raises(TheoryError):
        invariant([1.0, 0.0], [1.0, 1.0], 1.0, 1.0, 1.0, 1.0)
