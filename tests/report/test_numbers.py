"""Numbers are rounded as said, and never made up."""

from __future__ import annotations

import html
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundswell.report import numbers


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (-0.0, "0"),
        (1234, "1234"),
        (1234567, "1\u202f234\u202f567"),
        (0.123456, "0.123"),
        (-12.3456, "\u221212.3"),
        (123.456, "123"),
        (0.00001234, "1.2 × 10⁻⁵"),
        (-3e12, "\u22123.0 × 10¹²"),
    ],
)
def test_plain(value, text):
    assert numbers.plain(value) == text


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=1e-4, max_value=1e8))
def test_three_digits_are_kept(value):
    text = numbers.plain(value).replace("\u202f", "")
    assert abs(float(text) - value) <= 0.005 * value * (1 + 1e-9)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_the_whole_value_is_in_the_page(value):
    found = re.search(r'value="([^"]+)"', numbers.number(value))
    assert found is not None
    assert float(found[1]) == value


@pytest.mark.parametrize("value", [None, float("nan"), np.nan, "text", True])
def test_missing(value):
    for show in (numbers.number, numbers.share, numbers.probability, numbers.weight):
        assert show(value) == numbers.MISSING
    assert numbers.estimate(value, None, float("nan")) == numbers.MISSING


def _text(markup):
    return html.unescape(re.sub(r"<[^>]*>", "", markup))


def test_interval_sets_the_digits():
    assert _text(numbers.estimate(0.123456, 0.1, 0.2)) == "0.12 (0.10 to 0.20)"
    assert _text(numbers.estimate(1234.5, 1100, 1400)) == "1234 (1100 to 1400)"
    assert _text(numbers.estimate(0.5, None, None)) == "0.500 (no interval)"
    assert _text(numbers.estimate(None, 0.1, 0.2)) == "not estimable (0.10 to 0.20)"


def test_share_never_rounds_to_certainty():
    assert _text(numbers.share(0.5)) == "50%"
    assert _text(numbers.share(0.996)) == "99.6%"
    assert _text(numbers.share(0.004)) == "0.4%"
    assert _text(numbers.share(1.0)) == "100%"


def test_weight_reads_both_ways():
    assert _text(numbers.weight(24.57)) == "24.6 to 1 for"
    assert _text(numbers.weight(1 / 17.3)) == "17.3 to 1 against"
    assert _text(numbers.weight(float("inf"))) == "∞"


def test_probability_has_a_floor():
    assert _text(numbers.probability(1e-9)) == "< 0.001"
    assert _text(numbers.probability(0.0437)) == "0.044"
