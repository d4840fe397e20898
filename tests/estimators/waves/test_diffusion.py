"""Spread over places: distances, the compiled likelihood, contagion recovered, and shared news not taken for it."""

from __future__ import annotations

import json

import numpy as np
import pytest
from scipy import stats

from groundswell.errors import EstimationError
from groundswell.estimators.waves import onsets
from groundswell.estimators.waves.diffusion import _dealt, fit_spread
from groundswell.estimators.waves.onsets import great_circle, lags_of
from groundswell.estimators.waves.simulated_spread import simulate_spread

DAYS = 15
LEVEL = np.log([0.02, 0.03, 0.05, 0.1, 0.2, 0.25, 0.15, 0.12, 0.1, 0.1, 0.12, 0.15, 0.1, 0.05, 0.03])


def world(seed: int, contagion: float = 0.0, field: float = 0.0, length: float = 300.0, places: int = 90):
    """Onsets in places that lie in clusters; large places first; places alike over `length` km."""
    rng = np.random.default_rng(seed)
    centre = np.column_stack([rng.uniform(32, 46, 10), rng.uniform(-118, -80, 10)])[rng.integers(10, size=places)]
    lat, lon = (centre + rng.normal(0, 0.8, (places, 2))).T
    size = rng.normal(0, 1, places)
    alike = np.zeros(places)
    if field:
        covariance = np.exp(-great_circle(lat, lon) / length) + 1e-8 * np.eye(places)
        alike = field * np.linalg.cholesky(covariance) @ rng.standard_normal(places)
    onset = simulate_spread(
        lat, lon, DAYS, level=LEVEL - contagion, susceptibility=0.6 * size + alike, contagion=contagion, reach=80,
        half_life=2, seed=seed,
    )  # fmt: skip
    return onset, lat, lon, size


def fit(seed: int, **kind):
    onset, lat, lon, size = world(seed, **kind)
    return fit_spread(onset, lat, lon, days=DAYS, covariates={"size": size}, bootstrap=19, interval=False, seed=seed)


def test_distances_on_the_sphere():
    d = great_circle([0, 0, 90, 0], [0, 90, 0, 180])
    quarter = np.pi / 2 * onsets.EARTH_RADIUS
    assert d[0, 1] == pytest.approx(quarter)
    assert d[0, 2] == pytest.approx(quarter)
    assert d[0, 3] == pytest.approx(2 * quarter)
    assert np.allclose(d, d.T)
    assert np.all(np.diag(d) == 0)


def plain_likelihood(eta, level, drift, theta, exposure, onset, days):
    total = 0.0
    for i, day in enumerate(onset):
        for t in range(days):
            hazard = np.exp(level[t] + eta[i] + (t - (days - 1) / 2) * drift[i]) + theta * exposure[i, t]
            if t == day:
                total += np.log(1 - np.exp(-hazard))
                break
            total -= hazard
    return total


def arguments(seed: int = 3):
    onset, lat, lon, _ = world(seed)
    day = np.where(np.isfinite(onset), onset, -1).astype(np.int64)
    rng = np.random.default_rng(seed)
    exposure = onsets.exposure_to(great_circle(lat, lon), day, np.ones(day.size), DAYS, 70.0, 2.0, 0.0).value
    return rng.normal(0, 0.3, day.size), LEVEL.copy(), rng.normal(0, 0.01, day.size), 0.7, exposure, day, DAYS


def test_the_compiled_likelihood_and_its_gradients_are_those_of_the_plain_one():
    eta, level, drift, theta, exposure, day, days = arguments()
    d_eta, d_level, d_drift = np.empty(day.size), np.empty(days), np.empty(day.size)
    d_te = np.empty((day.size, days))
    value = onsets._likelihood(eta, level, drift, theta, exposure, day, days, d_eta, d_level, d_drift, d_te)
    assert value == pytest.approx(plain_likelihood(eta, level, drift, theta, exposure, day, days), rel=1e-10)

    def slope(move) -> float:
        return (move(1e-5) - move(-1e-5)) / 2e-5

    def at(eta=eta, level=level, drift=drift, theta=theta):
        return plain_likelihood(eta, level, drift, theta, exposure, day, days)

    one, first = np.eye(day.size)[5], np.eye(days)[4]
    assert d_eta[5] == pytest.approx(slope(lambda h: at(eta=eta + h * one)), rel=1e-4, abs=1e-6)
    assert d_drift[5] == pytest.approx(slope(lambda h: at(drift=drift + h * one)), rel=1e-4, abs=1e-6)
    assert d_level[4] == pytest.approx(slope(lambda h: at(level=level + h * first)), rel=1e-4)
    assert np.sum(d_te * exposure) == pytest.approx(slope(lambda h: at(theta=theta + h)), rel=1e-4)


@pytest.mark.parametrize("power", [0.0, 2.0])
def test_exposure_is_the_sum_over_earlier_onsets_and_its_derivatives_hold(power):
    onset, lat, lon, _ = world(4, places=40)
    day = np.where(np.isfinite(onset), onset, -1).astype(np.int64)
    d, marks = great_circle(lat, lon), np.linspace(0.5, 1.5, 40)

    def exposure(reach=90.0, half=2.0):
        return onsets.exposure_to(d, day, marks, DAYS, reach, half, power)

    kernel = np.exp(-d / 90.0) if power == 0 else (1 + d / 90.0) ** -power
    np.fill_diagonal(kernel, 0.0)
    q, i, t = 0.5**0.5, 7, 9
    expected = sum(
        marks[j] * kernel[i, j] / kernel[:, j].sum() * (1 - q) * q ** (t - day[j] - 1)
        for j in range(40) if 0 <= day[j] < t
    )  # fmt: skip
    got = exposure()
    assert got.value[i, t] == pytest.approx(expected, rel=1e-10)
    h = 1e-5
    by_reach = (exposure(reach=90 * np.exp(h)).value - exposure(reach=90 * np.exp(-h)).value) / (2 * h)
    by_half = (exposure(half=2 * np.exp(h)).value - exposure(half=2 * np.exp(-h)).value) / (2 * h)
    assert np.allclose(got.by_reach, by_reach, atol=1e-7)
    assert np.allclose(got.by_half_life, by_half, atol=1e-7)


def too_many(hits: int, trials: int, nominal: float = 0.06) -> bool:
    return stats.binomtest(hits, trials, nominal, alternative="greater").pvalue < 1e-4


@pytest.mark.long
@pytest.mark.parametrize("kind", [{}, {"field": 1.2, "length": 300.0}, {"field": 1.0, "length": 40.0}])
def test_shared_news_and_places_that_differ_are_not_taken_for_contagion(kind):
    """Where places differ over long distances, the test that ignores their likeness must come out too often."""
    found = [fit(100 + s, **kind) for s in range(10)]
    p = np.array([f.p for f in found])
    assert (p <= 0.05).sum() < 2 * 0.06 * p.size
    if kind.get("length") == 300.0:
        assert too_many(sum(f.p_map <= 0.05 for f in found), len(found))


@pytest.mark.long
def test_strong_contagion_is_found_and_its_size_recovered():
    """With the days of onsets held, contagion of 2 is found in eight of ten such small maps, and 1.2 in four."""
    found = [fit(300 + s, contagion=2.0) for s in range(10)]
    assert np.mean([f.p <= 0.1 for f in found]) >= 0.5
    size = np.array([f.contagion for f in found])
    assert abs(size.mean() - 2.0) < 3 * size.std(ddof=1) / np.sqrt(size.size)
    assert size.mean() > 1


@pytest.mark.long
def test_the_interval_covers_and_a_narrowed_one_does_not():
    inside, narrow = 0, 0
    for s in range(8):
        onset, lat, lon, size = world(400 + s, contagion=0.8)
        f = fit_spread(onset, lat, lon, days=DAYS, covariates={"size": size}, bootstrap=9, seed=s)
        inside += f.low <= 0.8 <= f.high
        assert f.share_low <= f.share <= f.share_high
        middle = (f.low + f.high) / 2
        narrow += abs(0.8 - middle) <= (f.high - f.low) / 100
    assert stats.binomtest(inside, 8, 0.95, alternative="less").pvalue > 1e-4
    assert stats.binomtest(narrow, 8, 0.95, alternative="less").pvalue < 1e-4


def test_same_seed_same_answer_and_plain_json():
    a, b = fit(7, contagion=0.5), fit(7, contagion=0.5)
    assert a.to_dict() == b.to_dict()
    content = json.loads(json.dumps(a.to_dict(), allow_nan=False))
    assert content["answer"] == a.answer
    assert len(content["curve"]["expected"]) == DAYS
    assert "nan" not in a.answer
    assert sum(content["curve"]["expected"]) == pytest.approx(a.onsets, rel=0.2)


def test_what_cannot_be_answered_is_refused():
    onset, lat, lon, _ = world(1)
    with pytest.raises(EstimationError, match="15 onsets"):
        fit_spread(onset[:20], lat[:20], lon[:20])
    with pytest.raises(EstimationError, match="off the globe"):
        fit_spread(onset, lat + 100, lon)
    with pytest.raises(EstimationError, match="that vary"):
        fit_spread(onset, lat, lon, covariates={"size": np.ones(lat.size)})
    with pytest.raises(EstimationError, match="infinite"):
        fit_spread(np.where(onset == 3, -np.inf, onset), lat, lon)
    with pytest.raises(EstimationError, match="kernel"):
        fit_spread(onset, lat, lon, kernel="gravity")  # pyright: ignore[reportArgumentType]
    with pytest.raises(EstimationError, match="names of covariates"):
        fit_spread(onset, lat, lon, drifting=["population"])


def test_sparse_null_maps_are_dealt_on_the_days_they_had():
    """E5: a place or two a day, more and more of them, and no contagion."""
    hits = 0
    for seed in range(4):
        rng = np.random.default_rng(seed)
        lat, lon, on = rng.uniform(48, 54, 60), rng.uniform(7, 14, 60), np.floor(60 * rng.uniform(size=60) ** 0.6)
        found = fit_spread(np.where(on < 48, on, np.nan), lat, lon, days=48, bootstrap=39, interval=False, seed=seed)
        hits += found.p < 0.05
    assert hits == 0  # with records of numbers of their own, half of such maps were found


def test_dealt_onsets_keep_the_number_of_each_day_and_follow_the_hazard():
    rng = np.random.default_rng(2)
    onset = np.array([0, 0, 1, 3, -1, -1, -1, -4])
    background = np.log(np.full((8, 5), 0.05))
    background[:4] += np.log(6.0)
    counts = np.zeros(8)
    for _ in range(400):
        new = _dealt(background, onset, rng)
        assert np.bincount(new[new >= 0], minlength=4).tolist() == [2, 1, 0, 1]
        assert new[7] == -4  # reached before: neither at risk nor dealt
        counts += new >= 0
    assert counts[:4].min() > 1.5 * counts[4:7].max()


def test_places_that_were_reached_before_send_and_are_not_at_risk():
    onset, lat, lon, _ = world(1)
    before = onset.copy()
    before[:5] = -2.0
    found = fit_spread(before, lat, lon, days=DAYS, bootstrap=19, interval=False)
    assert found.onsets == int(np.sum(before[np.isfinite(before)] >= 0))
    sent, _ = lags_of(np.array([0, -1, -3]), np.ones(3), 6, 2.0)
    assert sent[1].sum() == 0
    assert sent[2, 0] == pytest.approx(sent[0, 2])  # two days after its onset, on day 0
