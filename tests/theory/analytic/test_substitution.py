"""Lichbach's comparative statics: against brute-force optima and finite differences, and his propositions."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from groundswell.errors import TheoryError
from groundswell.theory.analytic.substitution import (
    consistent_accommodation,
    consistent_repression,
    escalation_share,
    optimal_dissent,
    repression_of_nonviolence,
)

positive = st.floats(0.2, 5.0)
sigma = st.floats(1.2, 6.0)
epsilon = st.floats(0.1, 1.1)


@given(positive, positive, positive, positive, sigma, epsilon)
@settings(max_examples=50, deadline=None)
def test_no_other_mix_wins_as_much_for_less(c, k, g, h, s, e):
    """At the optimum's cost, no other division of it between the tactics wins more; and what is won is P**-epsilon."""
    acts = optimal_dissent(c, k, g, h, s, e)
    spent = c * acts.nonviolent + k * acts.violent

    def won(share):
        power = 1 - 1 / s
        return ((g * share * spent / c) ** power + (h * (1 - share) * spent / k) ** power) ** (1 / power)

    shares = np.linspace(1e-4, 1 - 1e-4, 999)
    assert won(acts.share) >= won(shares).max() * (1 - 1e-12)
    assert c * acts.nonviolent / spent == pytest.approx(acts.share)
    price = spent / won(acts.share)
    assert won(acts.share) == pytest.approx(price**-e)


@given(positive, positive, positive, positive, sigma, epsilon)
@settings(max_examples=50, deadline=None)
def test_the_effects_are_the_derivatives(c, k, g, h, s, e):
    step = 1e-6

    def logs(scale_c=1.0, scale_k=1.0, scale_g=1.0, scale_h=1.0):
        acts = optimal_dissent(c * scale_c, k * scale_k, g * scale_g, h * scale_h, s, e)
        return np.log([acts.nonviolent, acts.violent, acts.total])

    up, down = math.exp(step), math.exp(-step)
    for effects, names in (
        (repression_of_nonviolence(c, k, g, h, s, e), ["scale_c"]),
        (consistent_repression(s, e), ["scale_c", "scale_k"]),
        (consistent_accommodation(s, e), ["scale_g", "scale_h"]),
    ):
        slope = (logs(**dict.fromkeys(names, up)) - logs(**dict.fromkeys(names, down))) / (2 * step)
        assert slope == pytest.approx(effects, abs=1e-6)


@given(positive, positive, positive, positive, sigma, epsilon)
@settings(max_examples=100, deadline=None)
def test_the_propositions(c, k, g, h, s, e):
    effects = repression_of_nonviolence(c, k, g, h, s, e)
    assert effects.nonviolent < 0 < effects.violent  # (1): sigma > epsilon here
    acts = optimal_dissent(c, k, g, h, s, e)
    least = escalation_share(c, k, s, e)
    assume(abs(acts.share - least) > 1e-9)
    assert (effects.total > 0) == (acts.share < least)  # (2): accommodation sets the share
    assert consistent_repression(s, e).total < 0  # (3)
    assert (consistent_accommodation(s, e).total < 0) == (e < 1)


def test_where_tactics_are_no_substitutes_repression_of_one_lowers_both():
    effects = repression_of_nonviolence(2.0, 1.0, 1.0, 1.0, 1.5, 2.0)
    assert effects.nonviolent < 0
    assert effects.violent < 0
    assert escalation_share(9.0, 1.0, 1.5, 2.0) == 0


def test_bad_input_is_refused():
    with pytest.raises(TheoryError):
        optimal_dissent(0.0, 1.0, 1.0, 1.0, 2.0, 0.5)
    with pytest.raises(TheoryError):
        escalation_share(1.0, 1.0, 1.0, 0.5)
    with pytest.raises(TheoryError):
        consistent_repression(2.0, float("nan"))
