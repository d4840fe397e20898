"""Companions of riots as epidemics: final sizes and peaks against integration, waves against an infinite line."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from groundswell.errors import TheoryError
from groundswell.theory.analytic.epidemics import (
    overwhelming_riot,
    riot_final_size,
    riot_peak,
    riot_reproduction,
    wave_front,
)


@given(st.floats(0.1, 5.0), st.floats(0.1, 2.0), st.floats(0.001, 0.5))
@settings(max_examples=25, deadline=None)
def test_final_size_and_peak_are_what_integration_gives(contagion, removal, active):
    def rate(_, y):
        return [-contagion * y[0] * y[1], contagion * y[0] * y[1] - removal * y[1]]

    end = solve_ivp(rate, (0, 400 / removal), [1.0, active], rtol=1e-9, atol=1e-12, max_step=0.5 / removal).y
    assert riot_final_size(contagion, removal, 1.0, active) == pytest.approx(1 - end[0, -1], abs=2e-3)
    assert riot_peak(contagion, removal, 1.0, active) == pytest.approx(end[1].max(), rel=0.02)


def test_the_textbook_number():
    """One rioter who brings in two others: 79.68% join (x = 1 - exp(-2 x))."""
    assert riot_reproduction(2.0, 1.0, 1.0) == 2.0
    assert riot_final_size(2.0, 1.0, 1.0, 1e-12) == pytest.approx(0.7968121300200199)
    assert riot_peak(2.0, 1.0, 1.0, 1e-12) == pytest.approx(0.5 - math.log(2) / 2)


def test_below_the_threshold_activity_only_falls():
    assert riot_peak(0.5, 1.0, 1.0, 0.3) == 0.3
    assert riot_final_size(0.5, 1.0, 1.0, 0.0) == pytest.approx(0.0, abs=1e-12)
    assert riot_final_size(0.0, 1.0, 1.0, 0.3) == 0.0


def test_the_wave_on_a_line_of_neighbours():
    """With weights on the two neighbours, v = min_s (2 g cosh s - w) / s; a line of sites travels at it."""
    front = wave_front([-1, 1], [1.0, 1.0], 0.5, 0.2)
    s = np.linspace(0.01, 5, 200_001)
    assert front.speed == pytest.approx(((np.cosh(s) - 0.2) / s).min(), rel=1e-6)
    assert front.steepness == pytest.approx(s[np.argmin((np.cosh(s) - 0.2) / s)], rel=1e-3)
    sites = 400

    def rate(_, y):
        active, outside = y[:sites], y[sites:]
        near = np.zeros(sites)
        near[1:] += active[:-1]
        near[:-1] += active[1:]
        joining = 0.5 * outside * near
        return np.concatenate([joining - 0.2 * active, -joining])

    start = np.concatenate([np.eye(1, sites)[0] * 0.5, np.ones(sites)])
    times = np.array([100.0, 200.0])
    active = solve_ivp(rate, (0, 200), start, t_eval=times, rtol=1e-6, atol=1e-30).y[:sites]
    reached = [np.flatnonzero(a > 0.01).max() for a in active.T]
    assert reached[1] - reached[0] == pytest.approx(front.passed(100, 200), abs=1.5)  # one site is the grain


@given(st.floats(1, 1000), st.floats(0.2, 3.0), st.floats(0.05, 2.0), st.floats(0.0, 0.1))
def test_a_riot_grows_exactly_above_the_size_that_overwhelms_the_police(police, growth, arrest, withdrawal):
    least = overwhelming_riot(police, growth, arrest, withdrawal)
    for size, grows in ((least * 0.99, False), (least * 1.01, True)):
        odds = math.exp(-police / size)
        assert (growth * odds - arrest * (1 - odds) - withdrawal > 0) == grows
    assert overwhelming_riot(police, 0.1, arrest, 0.2) == math.inf


def test_bad_input_is_refused():
    with pytest.raises(TheoryError):
        riot_final_size(-1.0, 1.0, 1.0, 1.0)
    with pytest.raises(TheoryError):
        wave_front([-1, 1], [1.0, 1.0], 0.1, 0.3)
    with pytest.raises(TheoryError):
        wave_front([0.0], [1.0], 0.5, 0.3)
