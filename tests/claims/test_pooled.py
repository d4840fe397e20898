"""Several records of one claim: pooled on one scale, with weights and disagreement; false discovery over all tests."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from groundswell.claims.claim import Claim
from groundswell.claims.judge import combine
from groundswell.claims.pooled import pool_tests, with_false_discovery
from groundswell.claims.verdicts import ClaimVerdict, Power, RecordVerdict
from groundswell.estimators.core import Estimate


def verdict(
    value: float, error: float, typical: float, word: str = "balanced", p: float = 0.5, part: str = ""
) -> RecordVerdict:
    e = Estimate(value, value - 1.959964 * error, value + 1.959964 * error, p, 100, "", "", passed=True)
    power = Power("as claimed", "none", 1, {}, {}, {}, ())
    return RecordVerdict(
        "r", f"t{value}", "", "", e, "silent", power, 1.0, word, "", {"as claimed": [typical]}, part=part
    )


def test_records_with_different_units_are_pooled_as_shares_of_what_the_claim_has():
    found = pool_tests([verdict(0.5, 0.1, 1.0), verdict(50.0, 10.0, 100.0), verdict(-0.05, 0.01, -0.1)])
    assert found is not None
    assert found.share == pytest.approx(0.5)
    assert found.between == pytest.approx(0, abs=1e-9)
    assert [r.weight for r in found.records] == pytest.approx([1 / 3] * 3)


def test_the_interval_of_the_pool_covers_as_often_as_it_says():
    rng, hits, many = np.random.default_rng(1), 0, 400
    for _ in range(many):
        of = [verdict(float(rng.normal(rng.normal(0.4, 0.2), s)), s, 1.0) for s in (0.1, 0.2, 0.15, 0.3, 0.1)]
        found = pool_tests(of)
        assert found is not None
        hits += found.low <= 0.4 <= found.high
    assert hits > 0.9 * many


def test_records_that_disagree_are_named():
    found = pool_tests([verdict(1.0, 0.1, 1.0), verdict(-1.0, 0.1, 1.0)])
    assert found is not None
    assert found.p_alike < 0.001
    assert "disagree" in found.says
    assert "t-1.0" in found.says


def test_tests_without_a_verdict_or_a_prediction_are_left_out():
    assert pool_tests([verdict(1.0, 0.1, 1.0), verdict(1.0, 0.1, 1.0, "not tested")]) is None
    assert pool_tests([verdict(1.0, 0.1, 1.0), verdict(1.0, 0.1, 0.01)]) is None


def test_q_values_are_those_of_benjamini_and_hochberg_over_all_claims():
    claim = ClaimVerdict("A", "x", "", "", "", "balanced", "", {}, (), (), (verdict(1, 1, 1, p=0.01),), (), ())
    other = replace(claim, claim="B", tests=(verdict(1, 1, 1, p=0.04), verdict(1, 1, 1, p=0.03)))
    found = with_false_discovery([claim, other])
    assert [t.q for v in found for t in v.tests] == pytest.approx([0.03, 0.04, 0.04])


CLAIM = Claim("A", "x", "", "", "", conjunction=True)


def test_records_of_one_part_are_one_word_of_a_conjunction():
    one = [verdict(1, 1, 1, "supported", part="a"), verdict(1, 1, 1, "balanced", part="a")]
    assert combine(CLAIM, one, [])[0] == "supported"
    both = [*one, verdict(1, 1, 1, "contradicted", part="b")]
    assert combine(CLAIM, both, [])[0] == "contradicted"
    assert combine(CLAIM, [*one, verdict(1, 1, 1, "contradicted", part="a")], [])[0] == "balanced"


def test_a_part_that_no_record_speaks_to_keeps_a_conjunction_from_being_supported():
    claim = replace(CLAIM, without_record=("c",))
    word, reason = combine(claim, [verdict(1, 1, 1, "supported", part="a")], [])
    assert word == "balanced"
    assert "no record bears on this part: c" in reason
