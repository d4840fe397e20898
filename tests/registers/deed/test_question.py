"""The founding question in three sentences: what is found, what would decide it, and what to do next."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from groundswell.claims.decide import Option
from groundswell.registers.deed.register import ADDED, claims, question


def verdicts(**words: str) -> Any:
    said = dict.fromkeys(("S3", "C3", *ADDED), "balanced") | words
    return {claim: SimpleNamespace(claim=claim, verdict=word) for claim, word in said.items()}


def option(claim: str, kind: str = "trial", *, enough: bool = True, weight: float = 2.0) -> Option:
    return Option(claim, "r", "Marches", kind, "40 units with and 40 without", 80, weight, 0.1, 0.9, 0.02, enough)


def test_open_claims_get_an_answer_a_record_that_would_decide_and_a_next_step():
    said = question(verdicts(), {"S3": option("S3"), "C3": option("C3", enough=False, weight=9.0)})
    assert "could not distinguish the two accounts; none of the claims that might change this" in said
    assert "To decide S3: Marches, 40 units with and 40 without, N = 80 (trial; 2.0 nats" in said
    assert said.endswith("attempts that succeeded and attempts that failed, with turnout as the outcome.")


@pytest.mark.parametrize(
    ("kind", "enough", "ends"),
    [
        ("longer", True, "is a record of this kind, 40 units with and 40 without."),
        ("trial", False, "is another kind of record, not more of the same."),
    ],
)
def test_the_next_step_follows_from_what_would_be_learned(kind: str, enough: bool, ends: str):
    assert question(verdicts(), {"C3": option("C3", kind, enough=enough)}).endswith(ends)


def test_a_decided_claim_and_one_that_might_change_the_answer_are_named():
    said = question(verdicts(S3="contradicted", S17="supported"), {"C3": option("C3")})
    assert "(S3) is contradicted, and that it rises (C3) is balanced; of the claims" in said
    assert "S17 is supported. To decide C3" in said
    both = question(verdicts(S3="contradicted", C3="supported"), {"S3": option("S3")})
    assert both.count(".") == 1


def test_without_both_claims_there_is_no_answer():
    assert question(cast(Any, {"S3": SimpleNamespace(verdict="balanced")}), {}) == ""
    assert set(ADDED) < set(claims())
