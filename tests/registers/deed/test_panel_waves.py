"""Waves of protest over countries: what swings is counted, what does not is not, countries that move as one are few."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from groundswell.claims.claim import classify
from groundswell.registers.deed import panel_waves
from groundswell.registers.deed.register import claims

YEARS = np.arange(30)


@pytest.fixture(scope="module")
def test_of_waves():
    return next(t for t in claims()["X2"].tests if t.record == "mass_mobilization_full")


def societies(turnout) -> SimpleNamespace:
    """Simulated societies, all with the same yearly turnout."""
    return SimpleNamespace(
        memo={}, long=SimpleNamespace(design=SimpleNamespace(draws=6)), yearly=lambda *args, **options: turnout
    )


def test_societies_that_swing_are_told_from_those_that_do_not(monkeypatch):
    monkeypatch.setattr(panel_waves, "_countries", lambda: {"Ruritania": np.full(30, 10.0)})
    predicted = panel_waves.SwingingSocieties()

    def share(turnout) -> float:
        return predicted.correlation(societies(turnout), "catalysis", "organised", np.random.default_rng(1))

    assert share(0.02 * np.exp(1.2 * np.sin(2 * np.pi * YEARS / 6))) > 0.7
    assert share(np.full(30, 0.02)) < 0.3


def test_the_share_is_beyond_chance_where_it_is_and_less_certain_where_countries_swing_together():
    """Clopper and Pearson's interval of 12 in 60 is 10.8% to 32.3%."""
    many = panel_waves.beyond_chance([True] * 12 + [False] * 48)
    assert many.value == pytest.approx(0.15)
    assert (many.low, many.high) == (pytest.approx(0.0578, abs=5e-4), pytest.approx(0.2733, abs=5e-4))
    assert classify(many, "above") == "supports"
    assert many.p < 0.001
    together = panel_waves.beyond_chance([True] * 12 + [False] * 48, design_effect=6.0)
    assert together.value == many.value
    assert classify(together, "above") == "silent"
    none = panel_waves.beyond_chance([False] * 60)
    assert none.low == pytest.approx(-0.05)
    assert classify(none, "above") == "silent"


def test_countries_that_move_as_one_are_few():
    rng = np.random.default_rng(2)
    own = rng.poisson(8, (40, 30)).astype(float)
    tide = rng.poisson(8 * np.exp(rng.normal(0, 0.8, 30)), (40, 30)).astype(float)
    assert panel_waves.design_effect(own) < 1.2
    assert panel_waves.design_effect(tide) > 5


def test_the_rival_of_waves_is_a_society_without_fatigue_and_a_shuffled_record_must_be_quiet(test_of_waves):
    assert [s.arm for s in test_of_waves.asserting] == ["organised", "organised"]
    assert "organised:no fatigue" in [s.arm for s in test_of_waves.denying]
    assert "shuffled" in test_of_waves.placebo
    assert test_of_waves.own_side
