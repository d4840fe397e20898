"""Lichbach's comparative statics: against brute-force optima and finite differences, and his propositions."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from groundswell.errors import TheoryError
from groundswell.theory.analytic.substitution import escalation_share, optimal_dissent

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
@settings(max_examples=100, deadline=None)
def test_the_propositions(c, k, g, h, s, e):
    acts = optimal_dissent(c, k, g, h, s, e)
    step = 1e-6

    def elasticity(scale_c=1.0, scale_k=1.0, scale_g=1.0, scale_h=1.0):
        """The relative changes of nonviolent, violent and all acts, over that of what is scaled."""
        moved = optimal_dissent(c * scale_c, k * scale_k, g * scale_g, h * scale_h, s, e)
        return (
            np.log([moved.nonviolent / acts.nonviolent, moved.violent / acts.violent, moved.total / acts.total]) / step
        )

    up = math.exp(step)
    nonviolent, violent, total = elasticity(scale_c=up)
    assert nonviolent < 0 < violent  # (1): sigma > epsilon here
    gap = acts.share - escalation_share(c, k, s, e)
    assume(abs(gap) > 1e-4)
    assert (total > 0) == (gap < 0)  # (2): accommodation sets the share
    assert elasticity(scale_c=up, scale_k=up) == pytest.approx(-e, abs=1e-4)  # (3)
    assert elasticity(scale_g=up, scale_h=up) == pytest.approx(e - 1, abs=1e-4)


def test_bad_input_is_refused():
    with pytest.raises(TheoryError):
        optimal_dissent(0.0, 1.0, 1.0, 1.0, 2.0, 0.5)
    with pytest.raises(TheoryError):
        escalation_share(1.0, 1.0, 1.0, 0.5)
    with pytest.raises(TheoryError):
        optimal_dissent(1.0, 1.0, 1.0, 1.0, 2.0, float("nan"))
