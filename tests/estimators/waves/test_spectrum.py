"""Wave spectrum: a wave is found, red noise is not one, and what a wave leaves behind."""

from __future__ import annotations

import json

import numpy as np
import pytest
from scipy import stats

from groundswell.errors import EstimationError
from groundswell.estimators.waves import spectrum
from groundswell.estimators.waves.spectrum import find_waves, wave_spectrum


def red(seed: int, n: int, phi: float, white: float = 0.0) -> np.ndarray:
    return spectrum._red_noise(np.random.default_rng(seed), 1, n, phi, white)[0]


def test_red_noise_has_its_stated_persistence_and_variance():
    x = spectrum._red_noise(np.random.default_rng(1), 400, 60, 0.7, 0.25)
    assert abs(x.var() - 1) < 5 * 0.03
    lag = np.mean(x[:, 1:] * x[:, :-1])
    assert abs(lag - 0.75 * 0.7) < 5 * 0.03


def test_red_noise_with_trend_and_season_is_seldom_a_wave():
    hits = 0
    for n, phi, white, season in ((18, 0.6, 0.0, None), (41, 0.8, 0.5, None), (148, 0.9, 0.0, 4)):
        for s in range(30):
            x = red(s + n, n, phi, white) + 0.03 * np.arange(n)
            if season:
                x = x + np.cos(2 * np.pi * np.arange(n) / season)
            hits += wave_spectrum(np.exp(x), season=season, draws=99, seed=s).p <= 0.05
    assert hits < 2 * 0.05 * 90


def test_a_null_without_persistence_is_caught(monkeypatch):
    """With white noise as the null, persistence itself must pass for waves."""
    monkeypatch.setattr(spectrum, "_GRID", np.array([[0.0, 0.0]]))
    hits = sum(wave_spectrum(np.exp(red(s, 80, 0.9)), draws=99, seed=s).p <= 0.05 for s in range(20))
    assert stats.binomtest(int(hits), 20, 0.06, alternative="greater").pvalue < 1e-4


def test_a_wave_is_found_with_its_period():
    found = []
    for s in range(8):
        t = np.arange(80)
        found.append(wave_spectrum(np.exp(1.3 * np.cos(2 * np.pi * t / 10 + s) + red(s, 80, 0.5)), draws=199, seed=s))
    assert np.mean([f.p <= 0.05 for f in found]) >= 0.75
    assert np.mean([f.period_low <= 10 <= f.period_high for f in found]) >= 0.75
    assert "wave of about" in next(f for f in found if f.p <= 0.05 and f.passed).answer


def test_waves_of_a_known_curve():
    y = np.cos(2 * np.pi * (np.arange(48) - 6) / 12)
    waves = find_waves(y)
    assert [w.peak for w in waves] == [6, 18, 30, 42]
    assert [(w.start, w.end) for w in waves[1:3]] == [(12, 24), (24, 36)]
    assert find_waves(np.zeros(10)) == ()


def test_what_a_wave_leaves_behind_is_found_against_waves_that_leave_nothing():
    """Waves of unlike heights; the trough after each lies higher by half its height (ratchet), or does not."""

    def record(seed: int, keep: float) -> np.ndarray:
        rng = np.random.default_rng(seed)
        level, parts = 0.0, []
        for height in rng.uniform(1, 4, 12):
            parts.append(level + height * np.sin(np.pi * np.arange(12) / 12) + keep * height * np.arange(12) / 12)
            level += keep * height
        return np.concatenate(parts) + 0.1 * rng.standard_normal(144)

    with_it = [wave_spectrum(record(s, 0.5), log=False, draws=199, smooth=1, seed=s) for s in range(4)]
    without = [wave_spectrum(record(s, 0.0), log=False, draws=199, smooth=1, seed=s) for s in range(4)]
    assert np.mean([f.trough_change for f in with_it]) > 0.5
    assert abs(np.mean([f.trough_change for f in without])) < 0.2
    assert np.mean([f.ratchet for f in with_it]) > np.mean([f.ratchet for f in without]) + 0.2


def test_same_seed_same_answer_and_plain_json():
    y = np.exp(red(5, 60, 0.6))
    a, b = (wave_spectrum(y, draws=99, seed=3) for _ in range(2))
    assert a.to_dict() == b.to_dict()
    content = json.loads(json.dumps(a.to_dict(), allow_nan=False))
    assert len(content["frequency"]) == len(content["power"]) == len(content["red"]) == len(content["band"])
    assert a.estimate().p == a.p


def test_zeros_are_taken_and_a_season_needs_years():
    y = np.random.default_rng(2).poisson(2.0, 60).astype(float)
    assert 0 < wave_spectrum(y, draws=99).p <= 1
    with pytest.raises(EstimationError, match="season"):
        wave_spectrum(y[:20], season=12)
    with pytest.raises(EstimationError, match="below 0"):
        wave_spectrum(y - 5)
    with pytest.raises(EstimationError, match="nothing varies"):
        wave_spectrum(np.arange(30.0), log=False)
    with pytest.raises(EstimationError, match="16"):
        wave_spectrum(y[:10])
