"""docs/what-records-can-decide.md is what docs/deed_verdicts.json says, and that file is what the records say."""

from __future__ import annotations

import json
from types import ModuleType

import pytest
from tests.programs import program

from groundswell.registers.deed.register import claims


@pytest.fixture(scope="module")
def maker() -> ModuleType:
    return program("benchmarks/what_records_decide.py")


@pytest.fixture(scope="module")
def kept(maker: ModuleType) -> dict:
    return json.loads(maker.KEPT.read_text(encoding="utf-8"))


def test_the_page_is_what_the_verdicts_say(maker, kept):
    assert maker.PAGE.read_text(encoding="utf-8") == maker.page(kept), "run benchmarks/what_records_decide.py"


def test_a_verdict_that_moves_moves_the_page(maker, kept):
    moved = json.loads(json.dumps(kept))
    moved["claims"][0]["verdict"] = "supported" if kept["claims"][0]["verdict"] != "supported" else "balanced"
    assert maker.page(moved) != maker.page(kept)


def test_every_claim_and_every_test_of_the_register_is_on_the_page(kept):
    said = {c["claim"]: {t["title"] for t in c["tests"]} for c in kept["claims"]}
    assert set(claims()) - set(said) == set(kept["missing"])
    for name, claim in claims().items():
        if name not in kept["missing"]:
            assert {t.title for t in claim.tests} == said[name], name


def test_every_record_has_its_limits(maker, kept):
    for claim in kept["claims"]:
        for test in claim["tests"]:
            for record in test["record"].split(" + "):
                assert record in maker.LIMITS or record in maker.cases(), record


def test_published_numbers_are_met_by_the_files_at_hand(maker, kept, shared_data, monkeypatch):
    """As the page says: every number of a record's own paper that could be read is met within what it leaves open."""
    monkeypatch.setenv("GROUNDSWELL_DATA", str(shared_data))
    for record, numbers in maker.PUBLISHED.items():
        ours = [number.ours() for number in numbers]
        assert ours == kept["published"][record]
        assert all(maker.meets(number, x) for number, x in zip(numbers, ours, strict=True)), record


# One fit of every country serves all tests of the first kind: a minute and a half. The second takes seven seconds.
SLOW = ("beyond correlated tides", "swing beyond red noise")
PLANNED = [
    pytest.param(name, test, marks=[pytest.mark.long] if any(words in test.title for words in SLOW) else [])
    for name, claim in claims().items()
    for test in claim.tests
    if getattr(test, "estimand", "")
]


@pytest.mark.parametrize(("name", "test"), PLANNED, ids=lambda x: x if isinstance(x, str) else x.title[:40])
def test_the_estimates_are_what_the_records_say(kept, shared_data, monkeypatch, name, test):
    monkeypatch.setenv("GROUNDSWELL_DATA", str(shared_data))
    if name in kept["missing"]:
        pytest.skip("the run behind the page ended before this claim")
    said = next(t for c in kept["claims"] if c["claim"] == name for t in c["tests"] if t["title"] == test.title)
    found = test.observe(0)
    assert found.n == said["n"]
    for number in ("value", "low", "high"):
        assert getattr(found, number) == pytest.approx(said[number], rel=2e-3, abs=1e-9)
