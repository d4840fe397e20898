"""Mixtures at rest: the symmetric case in closed form, the threshold of three to one, and what is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundswell.errors import TheoryError
from groundswell.theory.analytic.tipping import mixtures


@given(st.floats(1.05, 20).filter(lambda a: abs(a - 3) > 0.01))
def test_equal_groups_meet_at_one_minus_one_over_the_tolerance(most):
    """The symmetric mixture is 1 - 1 / A of each, and stable just where A > 3."""
    (middle,) = [m for m in mixtures(most, most, 1.0) if abs(m[0] - m[1]) < 1e-6]
    assert middle[0] == pytest.approx(1 - 1 / most, abs=1e-7)
    assert middle[2] == (most > 3)


@given(st.floats(0.5, 10), st.floats(0.5, 10), st.floats(0.2, 5))
def test_mixtures_lie_on_both_parabolas_and_swap_with_the_groups(larger, smaller, ratio):
    found = mixtures(larger, smaller, ratio)
    for w, b, _ in found:
        assert b == pytest.approx(larger * ratio * w * (1 - w), abs=1e-6)
        assert w == pytest.approx(smaller / ratio * b * (1 - b), abs=1e-6)
    assert sum(m[2] for m in found) <= 1
    assert len(mixtures(smaller, larger, 1 / ratio)) == len(found)


@pytest.mark.parametrize("given_", [(0.0, 1.0, 1.0), (1.0, -1.0, 1.0), (1.0, 1.0, float("nan"))])
def test_what_is_not_positive_is_refused(given_):
    with pytest.raises(TheoryError):
        mixtures(*given_)
