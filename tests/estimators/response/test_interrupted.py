"""An interrupted series: a change is found, a jump of coverage is none, and what cannot be distinguished is refused."""

from __future__ import annotations

import json

import numpy as np
import pytest
from scipy import stats

from groundswell.errors import EstimationError
from groundswell.estimators.response.interrupted import interrupted_series
from groundswell.estimators.response.rare import rare_ratio

T, AT = 240, 120
WEEKS = np.arange(T)
REPEATS = 40


def record(seed: int, *, change: float = 0.0, jump: int | None = None, season: float = 0.4, memory: float = 0.0):
    """(counts, coverage): growth, season, a jump of coverage and of all that is reported by it."""
    rng = np.random.default_rng([seed, 21])
    coverage = np.full(T, 30.0)
    if jump is not None:
        coverage[jump:] = 110.0
    level = 0.4 * WEEKS / T + season * np.cos(2 * np.pi * WEEKS / 52.18) + np.log(8 * coverage / 30)
    level[AT + 1 :] += change
    if memory:
        swing = np.zeros(T)
        for t in range(1, T):
            swing[t] = memory * swing[t - 1] + rng.normal(0, 0.15)
        level = level + swing
    mean = np.exp(level)
    return rng.poisson(mean * rng.gamma(10, 0.1, T)).astype(float), rng.poisson(coverage * 5) / 5 + 0.2


def test_a_change_is_recovered_and_covered():
    found = [interrupted_series(record(seed, change=0.5)[0], AT) for seed in range(REPEATS)]
    value = np.array([f.effect.value for f in found])
    assert abs(value.mean() - 0.5) < 5 * value.std(ddof=1) / np.sqrt(REPEATS)
    inside = sum(f.effect.low <= 0.5 <= f.effect.high for f in found)
    assert inside > 0.9 * REPEATS
    assert np.mean([f.effect.p <= 0.05 for f in found]) > 0.6
    assert sum("changed at the date" in f.answer for f in found) > 0.5 * REPEATS


@pytest.mark.long
def test_nothing_is_found_where_nothing_is_nor_where_only_coverage_jumps():
    hits = 0
    for memory in (0.0, 0.6):
        found = [interrupted_series(record(seed, memory=memory)[0], AT) for seed in range(REPEATS)]
        hits += sum(f.effect.p <= 0.05 for f in found)
        inside = sum(f.effect.low <= 0 <= f.effect.high for f in found)
        assert inside > 0.9 * REPEATS
    jumps = [record(seed, jump=AT + 10) for seed in range(REPEATS)]
    for use in ("covariate", "offset"):
        known = [interrupted_series(y, AT, coverage=coverage, use_coverage=use) for y, coverage in jumps]
        hits += sum(f.passed and f.effect.p <= 0.05 for f in known)
        if use == "covariate":
            slope = np.array([f.coverage.value for f in known])
            assert slope.mean() == pytest.approx(1.0, abs=5 * slope.std() / np.sqrt(REPEATS))
    assert hits <= stats.binom.ppf(0.99, 4 * REPEATS, 0.05)  # 15 of 160: twice as many would be known
    # proof that coverage is what does it: without it the jump is read as a change of level or slope
    shown = np.array([interrupted_series(y, AT, errors="newey-west").level.value for y, _ in jumps[:12]])
    assert abs(shown.mean()) > 5 * shown.std(ddof=1) / np.sqrt(shown.size)


def test_coverage_that_jumps_with_the_act_gets_no_verdict():
    y, coverage = record(1, jump=AT + 1)
    refused = interrupted_series(y, AT, coverage=coverage)
    assert refused.answer.startswith("No verdict")
    assert not refused.passed
    trusted = interrupted_series(y, AT, coverage=coverage, use_coverage="offset")
    assert trusted.passed  # twice the coverage, twice the events: then the jump says nothing of the act
    assert trusted.effect.p > 0.05


def test_sizes_with_gaps_and_the_expected_course():
    rng = np.random.default_rng(5)
    y = np.exp(5 + rng.normal(0, 0.3, T) + 0.7 * (WEEKS > AT))
    y[rng.random(T) < 0.2] = np.nan
    found = interrupted_series(y, AT, scale="log", season=False)
    assert found.effect.low < 0.7 < found.effect.high
    assert np.isnan(found.low[: AT + 1]).all()
    assert found.expected[AT + 10] == pytest.approx(np.exp(5), rel=0.2)
    content = json.loads(json.dumps(found.to_dict()))
    assert len(content["expected"]) == T
    assert content["answer"] == found.answer


@pytest.mark.parametrize(
    ("y", "at", "settings"),
    [
        (np.ones(20), 10, {}),
        (np.ones((5, 50)), 10, {}),
        (np.ones(100), 2, {}),
        (np.ones(100), 95, {}),
        (-np.ones(100), 50, {}),
        (np.append(np.ones(99), 0), 50, {"scale": "log"}),
        (np.ones(100), 50, {"coverage": np.zeros(100)}),
        (np.ones(100), 50, {"coverage": np.ones(90)}),
        (np.ones(100), 50, {"errors": "none"}),
        (np.ones(100), 50, {"use_coverage": "weights"}),
    ],
)
def test_bad_input_is_refused(y, at, settings):
    with pytest.raises(EstimationError):
        interrupted_series(y, at, **settings)


@pytest.mark.parametrize(("after", "most"), [(0, 0.009), (1, 0.014), (3, 0.022)])
def test_silence_after_the_date_is_a_fall_with_an_exact_bound(after, most):
    """Five a step for 121 steps, then none at all, or next to none (E8)."""
    y = np.random.default_rng(0).poisson(5.0, 200).astype(float)
    y[121:] = 0
    y[121 : 121 + after] = 1
    found = interrupted_series(y, 120, season=False)
    expected = y[:121].mean() * 79
    low, high = stats.chi2.ppf([0.025, 0.975], [2 * after or 1, 2 * after + 2]) / 2 / expected  # Garwood
    assert np.exp(found.effect.high) == pytest.approx(high, rel=0.02)
    assert np.exp(found.effect.low) == pytest.approx(low if after else 0.0, rel=0.02)
    assert np.exp(found.effect.high) <= most
    assert found.effect.p < 1e-9
    assert "fell" in found.answer
    assert json.loads(json.dumps(found.to_dict()))["effect"]["unbounded"] == (["value", "low"] if after == 0 else [])


def test_a_rise_from_nothing_is_bounded_from_below():
    y = np.zeros(160)
    y[81:] = np.random.default_rng(3).poisson(2.0, 79)
    found = interrupted_series(y, 80)
    assert found.effect.high == np.inf
    assert np.exp(found.effect.low) > 20  # 2 a step against at most 3.7 in 81 steps
    assert "rose" in found.answer


@pytest.mark.parametrize(("rate", "weeks", "then"), [(8.0, 15, 5), (6.0, 20, 0), (8.0, 12, 0)])
def test_a_short_stretch_is_not_drawn_on_into_years(rate, weeks, then):
    """Fifteen weeks know neither season nor slope: drawn on over 185, both overflowed, or expected nothing at all."""
    for seed in range(10):
        rng = np.random.default_rng(seed)
        y = np.zeros(200)
        y[:weeks] = rng.poisson(rate, weeks)
        y[weeks + rng.choice(200 - weeks, then, replace=False)] = 1
        found = interrupted_series(y, weeks - 1)
        assert found.expected == pytest.approx(np.full(200, y[:weeks].mean()), rel=1e-4)
        assert found.effect.low <= found.effect.value <= found.effect.high < np.log(0.02)
        assert "fell" in found.answer


def test_season_is_drawn_on_from_two_years_of_it():
    weeks = np.arange(260)
    swing = np.exp(0.8 * np.cos(2 * np.pi * weeks / 52.18))
    y = np.random.default_rng(2).poisson(6 * swing).astype(float)
    y[150:] = 0
    assert np.corrcoef(interrupted_series(y, 149).expected[150:], swing[150:])[0, 1] > 0.95
    y[100:] = 0
    assert np.ptp(interrupted_series(y, 99).expected) < 1e-9


def test_what_is_expected_after_few_events_is_few():
    """Nothing, or five events, and then five a step: without the change it would have stayed at that."""
    for before in (0, 5):
        y = np.zeros(160)
        y[10 : 10 + before] = 1
        y[80:] = np.random.default_rng(3).poisson(5.0, 80)
        found = interrupted_series(y, 79, season=False)
        after = slice(80, None)
        assert found.expected[after] == pytest.approx(np.full(80, before / 80), rel=1e-4)
        assert found.fitted == pytest.approx(np.repeat([before / 80, y[80:].mean()], 80), rel=1e-4)
        assert found.low[100] == pytest.approx(found.fitted[100] * np.exp(-found.effect.high))
        assert found.high[100] == pytest.approx(found.fitted[100] * np.exp(-found.effect.low))
        assert found.high[100] < 0.2
        assert np.isnan(found.low[:80]).all()


def test_a_count_that_no_ratio_makes_likely_bounds_nothing():
    assert rare_ratio(5, 5, 1e4, 0.95) == (0.0, -np.inf, np.inf, 1.0)
    assert rare_ratio(5, 1, 1e4, 0.95)[1:] == (-np.inf, np.inf, 1.0)
    assert rare_ratio(5, 500, 1e4, 0.95)[1:] == (-np.inf, np.inf, 1.0)
    value, low, high, _ = rare_ratio(5, 5, 400.0, 0.95)
    assert low <= value <= high


def test_coverage_that_fades_after_the_date_is_no_fall_of_rare_events():
    """Before the date coverage hardly moved, so what its fading does is unknown, and must not be left out for that."""
    steps = np.arange(200)
    fading = np.where(steps > 120, (120 - steps) / 16, 0.0)
    fell = []
    for seed in range(150):
        rng = np.random.default_rng(seed)
        coverage = 30 * np.exp(fading + rng.normal(0, 0.05, 200))
        found = interrupted_series(rng.poisson(0.35 * np.exp(fading)), 120, coverage=coverage, season=False)
        if found.effect.checks.get("rare") and found.passed:
            fell.append(found.effect.p < 0.05)
    assert len(fell) > 75
    assert sum(fell) < 2 * 0.05 * len(fell)


def test_rare_events_without_a_change_are_not_a_change():
    p = []
    for seed in range(200):
        rng = np.random.default_rng([seed, 4])
        y = rng.poisson(rng.gamma(2.0, 0.05, 160)).astype(float)
        if y.sum():
            p.append(interrupted_series(y, 80).effect.p)
    assert np.mean(np.array(p) < 0.05) < 0.05 + 3 * np.sqrt(0.05 * 0.95 / len(p))


def test_unwatched_steps_are_no_zeros():
    """Weeks that nobody watched leave the effect where it was; standing as zeros they would pull it down."""
    rng = np.random.default_rng(5)
    y = rng.poisson(np.where(np.arange(260) > 130, 9.0, 6.0)).astype(float)
    masked, zeroed = y.copy(), y.copy()
    masked[180:200], zeroed[180:200] = np.nan, 0.0
    whole, gap = interrupted_series(y, 130), interrupted_series(masked, 130)
    assert gap.effect.value == pytest.approx(whole.effect.value, abs=0.12)
    assert gap.effect.value > interrupted_series(zeroed, 130).effect.value - 0.5
    assert gap.effect.n == 260


@pytest.mark.parametrize(
    ("y", "options"),
    [
        (np.zeros(100), {}),
        (np.full(100, np.nan), {}),
        (np.r_[np.ones(51), np.full(49, np.nan)], {}),
        (np.full(100, -1.0), {}),
        (np.full(100, np.inf), {}),
        (np.ones((10, 10)), {}),
        (["a"] * 100, {}),
        (np.ones(100), {"window": (5, 2)}),
        (np.ones(100), {"sesaon": False}),
        (np.ones(100), {"level": 1.5}),
        (np.ones(100), {"coverage": np.zeros(100)}),
    ],
)
def test_what_cannot_be_used_is_one_sentence(y, options):
    with pytest.raises(EstimationError):
        interrupted_series(y, 50, **options)


def test_a_mistyped_option_gets_the_nearest():
    with pytest.raises(EstimationError, match="did you mean 'season'"):
        interrupted_series(np.ones(100), 50, sesaon=False)
