"""Claims on attempts (S5) and attention (S4, C2, C4 to C7): one estimator for record and simulation; honest limits."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from groundswell.claims.claim import Scenario, classify
from groundswell.registers.deed import attempts, attention
from groundswell.registers.deed.records import column
from groundswell.registers.deed.register import claims


class Society:
    """Runs in which concessions follow at a known rate, and attention at a known level."""

    def __init__(self, after_success: float, after_failure: float) -> None:
        self.rates = {"act": after_success, "quiet": after_failure}

    def after(self, account: str, arm: str, observable: str, first: int, last: int) -> np.ndarray:
        societies = np.arange(1000) / 1000
        return (societies < self.rates[arm]).astype(float)

    def series(self, account: str, arm: str, observable: str) -> np.ndarray:
        media = np.full((3, 181), 0.01)
        if arm == "act":
            media[:, 60:] = 0.9 * np.exp(-np.arange(121) / 2)
        return media


@pytest.fixture
def sized(monkeypatch):
    """As many attempts as the record has, without the record."""
    like = dataclasses.make_dataclass("Like", ["n"])(221)
    monkeypatch.setattr(attempts, "_estimates", lambda: {"change": like})


def outcomes(society: Society, twist: str = "", draws: int = 150) -> list[str]:
    found = []
    for k in range(draws):
        rng = np.random.default_rng(k)
        scenario = Scenario("", ("catalysis",), "act", twist)
        estimate = attempts._simulate(society, "catalysis", 0, scenario, rng)  # type: ignore[arg-type]
        found.append(classify(estimate, "none", 0.1))
    return found


def test_simulated_attempts_show_an_effect_where_there_is_one(sized):
    strong = outcomes(Society(0.5, 0.05))
    none = outcomes(Society(0.05, 0.05))
    assert np.mean([x == "against" for x in strong]) > 0.8
    assert sum(x == "against" for x in none) <= 14  # the 99% point at 5% of 150


def test_a_hidden_cause_makes_success_look_like_an_effect(sized):
    """Nothing follows success, but success is likelier where change was coming: the estimate is off zero."""

    def mean(twist: str) -> tuple[float, float]:
        scenario, society = Scenario("", ("substitution",), "act", twist), Society(0.0, 0.0)
        values = [
            attempts._simulate(society, "substitution", 0, scenario, np.random.default_rng(k)).value  # type: ignore[arg-type]
            for k in range(600)
        ]
        return float(np.mean(values)), float(np.std(values) / np.sqrt(600))

    value, error = mean("hidden")
    assert value > 5 * error
    value, error = mean("")
    assert abs(value) < 5 * error


def test_simulated_posts_are_as_long_as_the_record_and_rise_with_the_act():
    society = Society(0, 0)
    for days in (attention.DAYS, attention.LONG_DAYS):
        posts = attention.simulated_posts(society, "catalysis", "act", 0, np.random.default_rng(1), days)  # type: ignore[arg-type]
        assert posts.shape == (days,)
        assert posts[2] > 2 * posts[:2].max()
        assert posts[2] > posts[-1]


def test_days_of_the_long_record_are_those_of_the_shipped_case(shared_data, monkeypatch):
    if not (shared_data / "spectacle_2024").is_dir():
        pytest.skip("the record spectacle_2024 is not there")
    monkeypatch.setenv("GROUNDSWELL_DATA", str(shared_data))
    attention.posts_of_days.cache_clear()
    days = attention.posts_of_days()
    assert days.shape == (attention.LONG_DAYS,)
    np.testing.assert_array_equal(days[: attention.DAYS], column(attention.POSTS, "posts"))


def test_the_attempts_owe_their_checks(shared_data, monkeypatch):
    if not (shared_data / "jones_olken_assassinations").is_dir():
        pytest.skip("the record jones_olken_assassinations is not there")
    monkeypatch.setenv("GROUNDSWELL_DATA", str(shared_data))
    for cached in (attempts._estimates, attempts._comparison):
        cached.cache_clear()
    found = attempts._observe("autocrats")
    assert found.value == pytest.approx(0.1312, abs=5e-5)
    assert found.checks["successes and failures are alike beforehand"] is True
    assert found.checks["successes and failures are alike beforehand, without strata"] is False
    assert found.checks["permutation_p"] < 0.05
    assert not found.passed  # the effect is there, but so was a difference before
    assert attempts._observe("democrats").passed


@pytest.mark.parametrize("name", ["C5"])
def test_what_is_not_tested_says_what_would_decide(name):
    claim = claims()[name]
    assert not claim.tests
    assert "needs" in claim.untested


@pytest.mark.parametrize("name", ["S4", "S5", "C2"])
def test_tests_state_record_estimator_and_both_sides(name):
    for test in claims()[name].tests:
        assert test.asserting
        assert test.denying
        assert test.citation
        assert {s.name for s in test.asserting}.isdisjoint(s.name for s in test.denying)
