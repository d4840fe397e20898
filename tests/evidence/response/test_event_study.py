"""The event study recovers what was put in, finds nothing where nothing is, and says what it left out."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from groundswell.errors import EstimationError
from groundswell.evidence.response.event_study import _pool, event_study

T = 520
WEEKS = np.arange(T)
BASES = {
    "flat": np.full(T, 20.0),
    "growth": 5 * np.exp(2.5 * WEEKS / T),
    "season": 20 * np.exp(0.7 * np.cos(2 * np.pi * WEEKS / 52.18)),
}


def record(base, effect, seed, *, acts=6, gap=75, lags=26):
    """Negative binomial counts with acts at random places at least ``gap - 5`` apart."""
    rng = np.random.default_rng([seed, 5])
    at = np.sort(rng.choice(np.arange(30, T - 30, gap), acts, replace=False) + rng.integers(0, 6, acts))
    mean = base.copy()
    for a in at:
        mean[a + 1 : a + 1 + lags] *= math.exp(effect)
    return rng.negative_binomial(10, 1 / (1 + 0.1 * mean)), at.tolist()


def studies(base, effect, repeats, **settings):
    for seed in range(repeats):
        y, acts = record(BASES[base], effect, seed)
        yield event_study(y, acts, seed=seed, placebo=199, **settings)


@pytest.mark.parametrize("base", list(BASES))
@pytest.mark.parametrize("effect", [0.5, -0.5])
def test_a_known_effect_is_recovered_and_covered(base, effect):
    found = list(studies(base, effect, 40))
    value = np.array([f.primary.value for f in found])
    assert abs(value.mean() - effect) < 5 * value.std(ddof=1) / math.sqrt(40)
    covered = sum(f.primary.low <= effect <= f.primary.high for f in found)
    assert covered >= 40 * 0.95 - 5 * math.sqrt(40 * 0.95 * 0.05)
    assert np.mean([f.p_placebo <= 0.05 for f in found]) > 0.4  # there is power, not only calibration
    # the sign of the curve after the acts, and its absence before them
    after = np.mean([np.nanmean(f.curve[f.lags > 0]) for f in found])
    before = np.array([np.nanmean(f.curve[f.lags < 0]) for f in found])
    assert np.sign(after) == np.sign(effect)
    assert abs(before.mean()) < 5 * before.std(ddof=1) / math.sqrt(40)


@pytest.mark.parametrize("base", list(BASES))
def test_nothing_is_found_where_nothing_is(base):
    repeats = 120
    found = list(studies(base, 0.0, repeats))
    hits = sum(f.p_placebo <= 0.05 for f in found)
    assert abs(hits - 0.05 * repeats) < 5 * math.sqrt(repeats * 0.05 * 0.95)
    failed = sum(not f.passed for f in found)
    assert abs(failed - 0.05 * repeats) < 5 * math.sqrt(repeats * 0.05 * 0.95)


def test_a_level_forecast_is_sharper_and_biased_in_growth():
    level = list(studies("growth", 0.0, 40, trend="level"))
    slope = list(studies("growth", 0.0, 40))
    assert np.std([f.primary.value for f in level]) < np.std([f.primary.value for f in slope])
    drift = np.array([f.primary.value for f in level])
    # the level sits 13 steps before the middle of the window; the logarithm grows by 2.5/520 a step
    assert drift.mean() == pytest.approx(13 * 2.5 / T, abs=5 * drift.std() / math.sqrt(40))


def test_acts_that_follow_a_rise_fail_the_pre_trend_check():
    failed = 0
    for seed in range(20):
        y, acts = record(BASES["flat"], 0.0, seed)
        for a in acts:
            y[a - 8 : a] = np.random.default_rng([seed, a]).poisson(60, 8)
        failed += not event_study(y, acts, placebo=99, seed=seed).passed
    assert failed >= 18
    y, acts = record(BASES["flat"], 0.0, 1)
    for a in acts:
        y[a - 8 : a] += 60
    assert "off its course" in event_study(y, acts, placebo=99).answer


def test_sizes_on_the_log_scale_with_missing_values():
    values, hits = [], 0
    for seed in range(40):
        rng = np.random.default_rng([seed, 6])
        acts = np.arange(60, 480, 80)
        log_size = 6 + 0.5 * rng.normal(size=T)
        for a in acts:
            log_size[a + 1 : a + 27] += 0.8
        size = np.exp(log_size)
        size[rng.random(T) < 0.3] = np.nan
        f = event_study(size, acts.tolist(), scale="log", placebo=99, seed=seed)
        values.append(f.primary.value)
        hits += f.primary.low <= 0.8 <= f.primary.high
    values = np.array(values)
    assert abs(values.mean() - 0.8) < 5 * values.std(ddof=1) / math.sqrt(40)
    assert hits >= 40 * 0.95 - 5 * math.sqrt(40 * 0.95 * 0.05)


def test_every_act_is_used_or_excluded_with_its_reason():
    y, _ = record(BASES["flat"], 0.0, 2)
    f = event_study(y, [3, 100, 106, 200, 200, 300, 517], placebo=99)
    reasons = dict(f.excluded)
    assert f.used == (200, 300)
    assert "3 steps before it" in reasons[3]
    assert "another act 6 steps after it" in reasons[100]
    assert "another act 6 steps before it" in reasons[106]
    assert reasons[200] == "another act in the same step"
    assert "2 steps after it" in reasons[517]
    assert f.n_acts + len(f.excluded) == 7


def test_lags_after_the_next_act_are_not_used():
    y, _ = record(BASES["flat"], 0.0, 3)
    y = y.copy()
    alone = event_study(y, [200], placebo=99)
    y[220:] = 10 * y[220:]
    cut = event_study(y, [200, 220], placebo=99)
    at = alone.lags == 15
    assert cut.effects["1-12"][0, 0] == pytest.approx(alone.effects["1-12"][0, 0], abs=0.15)
    assert np.isfinite(cut.curve[at]).all()
    assert cut.curve[cut.lags == 21] > 1.0  # there the second act's own lags remain


def test_pooling_against_formulas():
    """DerSimonian-Laird and Hartung-Knapp, written out."""
    y, v = np.array([0.1, 0.5, 0.9, 0.2]), np.array([0.02, 0.05, 0.03, 0.01])
    w = 1 / v
    centre = (w * y).sum() / w.sum()
    q = (w * (y - centre) ** 2).sum()
    tau2 = max(0, (q - 3) / (w.sum() - (w**2).sum() / w.sum()))
    w = 1 / (v + tau2)
    mean = (w * y).sum() / w.sum()
    error = math.sqrt(max(1, (w * (y - mean) ** 2).sum() / 3) / w.sum())
    found = _pool(np.append(y, np.nan), np.append(v, np.nan))
    assert [float(x) for x in found] == pytest.approx([mean, tau2, error])


def test_acts_that_differ_widen_the_interval():
    rng = np.random.default_rng(7)
    y = rng.poisson(40, T).astype(float)
    acts = list(range(60, 480, 70))
    same, mixed = y.copy(), y.copy()
    for i, a in enumerate(acts):
        same[a + 1 : a + 27] *= 1.5
        mixed[a + 1 : a + 27] *= 1.5 * (2.5 if i % 2 else 0.4)
    a, b = event_study(same, acts, placebo=99), event_study(mixed, acts, placebo=99)
    assert b.primary.checks["between_acts_sd"] > 3 * a.primary.checks["between_acts_sd"]
    assert b.primary.high - b.primary.low > 1.5 * (a.primary.high - a.primary.low)


def test_too_few_free_dates_give_no_p_value():
    y, _ = record(BASES["flat"], 0.0, 4)
    f = event_study(y[:70], [30], placebo=99)
    assert f.p_placebo is None
    assert "No verdict" in f.answer
    assert any("placebo" in note for note in f.notes)


def test_results_are_repeatable_and_plain():
    y, acts = record(BASES["flat"], 0.5, 8)
    a, b = (event_study(y, acts, seed=3, placebo=99, windows={"1-4": (1, 4), "5-26": (5, 26)}) for _ in range(2))
    assert a.to_dict() == b.to_dict()
    told = json.loads(json.dumps(a.to_dict()))
    assert set(told["windows"]) == {"1-4", "5-26"}
    assert told["answer"].endswith(".")
    assert 0 < a.p_placebo <= 1


@pytest.mark.parametrize(
    ("y", "acts", "settings"),
    [
        (np.ones(100), [], {}),
        (np.ones(100), [100], {}),
        (np.ones(100), [-1], {}),
        (np.ones(100), [50.5], {}),
        (np.ones((50, 2)), [20], {}),
        (np.zeros(100), [50], {}),
        (np.append(np.ones(99), np.nan), [50], {}),
        (np.append(np.ones(99), -1), [50], {}),
        (np.append(np.ones(99), 0), [50], {"scale": "log"}),
        (np.ones(20), [10], {}),
        (np.ones(100), [50], {"before": 2}),
        (np.ones(100), [50], {"scale": "sizes"}),
        (np.ones(100), [50], {"windows": {"far": (1, 90)}}),
        (np.ones(100), [3], {}),
        (["a"] * 100, [50], {}),
    ],
)
def test_bad_input_is_refused(y, acts, settings):
    with pytest.raises(EstimationError):
        event_study(y, acts, **settings)
