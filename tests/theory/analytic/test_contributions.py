"""Contributions in order of interest: closed forms against brute force."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special

from groundswell.errors import TheoryError
from groundswell.theory.analytic.contributions import critical_contribution, decelerating, somebody_starts, wanted


@given(st.floats(0.1, 3), st.floats(0.1, 0.9), st.floats(0, 0.9))
def test_giving_up_to_what_is_wanted_is_best(interest, exponent, total):
    """No gift on a fine grid gains more than the one that brings the total to what is wanted."""
    gift = np.linspace(0, 1 - total, 2001)
    gain = interest * ((total + gift) ** exponent - total**exponent) - gift
    best = max(float(wanted(np.array(interest), exponent)) - total, 0.0)
    own = interest * ((total + best) ** exponent - total**exponent) - best
    assert own >= gain.max() - 1e-12


@pytest.mark.parametrize("most_first", [True, False])
@pytest.mark.parametrize(("exponent", "sd", "resources"), [(0.5, 1.0, 1.0), (0.3, 0.5, 0.4), (0.7, 0.2, 2.0)])
def test_the_end_is_that_of_many_people_in_order(most_first, exponent, sd, resources):
    def quantile(share):
        return np.exp(-0.5 + sd * special.ndtri(share))

    people = 20_000
    interests = quantile((np.arange(people) + 0.5) / people)
    total = 0.0
    for x in wanted(interests[::-1] if most_first else interests, exponent):
        total += min(max(x - total, 0.0), resources / people)
    found = decelerating(quantile, exponent, resources, most_interested_first=most_first)
    assert found == pytest.approx(min(total, 1.0), abs=20 / people)


@given(st.floats(1.01, 6), st.floats(1.1, 4), st.floats(0.001, 0.2))
def test_at_the_critical_mass_a_gift_just_pays(interest, exponent, gift):
    x = critical_contribution(interest, exponent, gift)
    gain = interest * ((x + gift) ** exponent - x**exponent) - gift
    assert gain >= -1e-9
    if x > 0:
        assert abs(gain) < 1e-9


def test_squares_have_a_closed_form_and_some_gifts_never_pay():
    assert critical_contribution(1.0, 2.0, 0.01) == pytest.approx((1 - 0.01) / 2)
    assert critical_contribution(0.1, 2.0, 0.01) == float("inf")


def test_somebody_starts_is_one_less_all_who_do_not():
    share = float(special.ndtr(1.5))
    assert somebody_starts(30, np.exp(1.5), 0.0, 1.0) == pytest.approx(1 - share**30)


def test_what_makes_no_sense_is_refused():
    with pytest.raises(TheoryError, match="decelerating"):
        wanted(np.ones(1), 2.0)
    with pytest.raises(TheoryError, match="accelerating"):
        critical_contribution(1.0, 0.5, 0.1)
    with pytest.raises(TheoryError, match="resources"):
        decelerating(lambda s: s, 0.5, 0.0, most_interested_first=True)
