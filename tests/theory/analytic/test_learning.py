"""The sink: its balance, and what lowers it."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundswell.errors import TheoryError
from groundswell.theory.analytic.learning import sink


@given(st.integers(10, 100_000), st.floats(0.4, 1), st.booleans())
def test_rises_and_falls_balance(people, jointness, saturating):
    p = sink(people, jointness, saturating=saturating)
    s = (1 / (1 + math.exp(10 * (0.5 - p))) - 0.5) * people**jointness
    m = 1 if saturating else 2
    assert abs(s + p) * (1 - p) ** m == pytest.approx(abs(s + p - 2) * p**m, rel=1e-6)
    assert p < 0.5
    assert sink(2 * people, jointness, saturating=saturating) > p, "a larger stake makes the cost matter less"


def test_what_has_no_sink_is_refused():
    with pytest.raises(TheoryError, match="balance"):
        sink(100, 0.5, saturating=True, balance=1.0)
    with pytest.raises(TheoryError, match="people"):
        sink(1, 0.5, saturating=True)
