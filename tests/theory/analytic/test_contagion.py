"""Companions of complex contagion: fronts counted by hand, and random networks of one degree against slower ways."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats

from groundswell.errors import TheoryError
from groundswell.theory.analytic.contagion import contagion_size, front_number, front_threshold


@pytest.mark.parametrize("radius", [1, 2, 5])
def test_a_front_counted_square_by_square(radius):
    """A half-plane of active people, and someone just before it."""
    seen = sum(dy < 0 for dx in range(-radius, radius + 1) for dy in range(-radius, radius + 1))
    assert front_number(radius) == seen


def test_the_thresholds_of_centola_and_macy():
    assert front_threshold(1) == 3 / 8
    assert front_threshold(2) == 10 / 24
    assert 0.4999 < front_threshold(3000) < 0.5


@given(st.integers(1, 12), st.integers(1, 12), st.just(0.0) | st.floats(1e-9, 0.6))
@settings(max_examples=100, deadline=None)
def test_the_size_is_at_the_first_crossing_of_its_map(degree, required, seeds):
    q = np.linspace(seeds, 1, 2001)

    def share(ties):
        numbers = np.arange(required, ties + 1)[:, None]
        return seeds + (1 - seeds) * stats.binom.pmf(numbers, ties, q).sum(axis=0)

    gap = share(degree - 1) - q
    crossing = int(np.argmax(gap <= 1e-12))
    assume(crossing == 0 or gap[:crossing].min() > 1e-4 or gap[crossing - 1] == gap[:crossing].min())  # not a tangency
    ends = share(degree)
    size = contagion_size(degree, required, seeds=seeds)
    assert ends[max(crossing - 1, 0)] - 1e-9 <= size <= ends[crossing] + 1e-9
    assert size <= contagion_size(degree, max(required - 1, 1), seeds=seeds) + 1e-9


def test_simple_contagion_reaches_all_and_complex_ones_need_a_mass():
    assert contagion_size(8, 1, seeds=1e-6) == pytest.approx(1.0)
    assert contagion_size(8, 2, seeds=1e-3) < 1.1e-3
    assert contagion_size(8, 2, seeds=0.05) > 0.99
    assert contagion_size(8, 1.5, seeds=0.01) == contagion_size(8, 2, seeds=0.01)
    assert contagion_size(4, 5, seeds=0.3) == pytest.approx(0.3)


@pytest.mark.parametrize(
    "arguments", [{"degree": 0}, {"degree": 2.5}, {"required": 0}, {"required": math.nan}, {"seeds": 1.2}]
)
def test_numbers_that_make_no_sense_are_refused(arguments):
    with pytest.raises(TheoryError):
        contagion_size(**{"degree": 4, "required": 2, "seeds": 0.1, **arguments})
    with pytest.raises(TheoryError):
        front_number(0)
