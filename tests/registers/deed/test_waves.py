"""The tests of claims on waves: estimators on simulated records say what was put in, and the records answer."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from groundswell.claims.claim import Scenario, classify
from groundswell.registers.deed import waves
from groundswell.registers.deed.designs import ACT, SETTLE, STEPS
from groundswell.registers.deed.register import claims


class Made:
    """Stands for `Runs`: turnout after a mass day that falls by a tenth or holds, with a little noise."""

    def __init__(self, falls: dict[str, float]) -> None:
        self.falls = falls
        design = SimpleNamespace(draws=6)
        self.twins = SimpleNamespace(design=design)

    def series(self, account: str, arm: str, observable: str) -> np.ndarray:
        weeks = np.arange(STEPS + 1) - ACT
        course = 0.05 * np.where(weeks < 0, 0.02, np.exp(-self.falls[arm] * np.maximum(weeks, 0)))
        return np.tile(course, (6, 1))


def test_the_four_claims_have_their_records():
    known = claims()
    for claim, record in (("S14", "blm_2020"), ("S8", "blm_2020"), ("S11", "blm_2020"), ("X2", "fmcs")):
        assert record in {t.record for t in known[claim].tests}


def test_decay_of_sizes_is_seen_where_turnout_falls_and_not_where_it_holds():
    test = waves.decay_in_2020()
    made = Made({"mass day": 0.35, "mass day:organised": 0.0})
    rng = np.random.default_rng(1)
    falling = [
        test.simulate(made, "substitution", 0, Scenario("a", ("substitution",), "mass day"), rng) for _ in range(5)
    ]
    holding = Scenario("b", ("substitution",), "mass day:organised")
    flat = [test.simulate(made, "substitution", 0, holding, rng) for _ in range(5)]
    assert sum(classify(e, test.says) == "supports" for e in falling) >= 4
    assert sum(classify(e, test.says) == "supports" for e in flat) <= 1
    assert np.mean([e.value for e in falling]) == pytest.approx(0.05, abs=0.02)  # 0.35 a week


@pytest.mark.long
def test_organisation_is_seen_where_it_slows_decay_and_uneven_watching_mimics_it():
    test = waves.lasting_where_organised()
    made = Made({"mass day": 0.7, "mass day:organised": 0.1})

    def share(scenario: Scenario) -> float:
        got = [test.simulate(made, "catalysis", 0, scenario, np.random.default_rng(s)) for s in range(4)]
        return float(np.mean([classify(e, test.says) == "supports" for e in got]))

    assert share(test.asserting[0]) >= 0.5
    assert share(test.denying[0]) == 0
    # what the record cannot rule out must be able to look like the claim, or the rival would be no rival
    assert share(test.denying[1]) > share(test.denying[0])


def test_quarters_and_years_are_cut_from_the_simulated_weeks():
    weeks = SETTLE + 1 + 148 * 13
    wave = np.exp(1.2 * np.sin(np.arange(weeks) * 2 * np.pi / (13 * 10)))
    long = SimpleNamespace(series=lambda account, arm, observable: np.tile(0.02 * wave, (2, 1)))
    runs = SimpleNamespace(long=long)
    quarterly = waves.waves_of_strikes()[2]
    got = quarterly.simulate(runs, "catalysis", 0, quarterly.asserting[0], np.random.default_rng(3))
    assert got.low <= 10 <= got.high
    assert got.p < 0.05


@pytest.mark.parametrize("build", [waves.decay_in_2020, waves.lasting_where_organised])
def test_the_record_of_2020_answers(build, shared_data, monkeypatch):
    monkeypatch.setenv("GROUNDSWELL_DATA", str(shared_data))
    estimate = build().observe(1)
    assert estimate.passed
    assert np.isfinite([estimate.low, estimate.high]).all()
    assert estimate.n > 200
