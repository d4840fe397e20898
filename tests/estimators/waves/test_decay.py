"""Decay of turnout: known rates recovered from rounded and missing sizes, and from counts cut off by the record."""

from __future__ import annotations

import json

import numpy as np
import pytest
from scipy import stats

from groundswell.errors import EstimationError
from groundswell.estimators.statistics.diagnostics import coverage
from groundswell.estimators.waves import decay
from groundswell.estimators.waves.decay import fit_decay
from groundswell.estimators.waves.decay_counts import _CountModel, fit_decay_of_counts
from groundswell.estimators.waves.episodes import episodes, heaped_range


def crowds(
    seed: int, rate: float = 0.2, spread: float = 0.08, number: int = 16, missing: float = 0.35, effect: float = 0.0
):
    """Sizes told to one digit, a third missing; half of the episodes have the covariate."""
    rng = np.random.default_rng(seed)
    sizes, times, labels, mark = [], [], [], {}
    for e in range(number):
        t = np.sort(rng.choice(20, rng.integers(3, 8), replace=False)).astype(float)
        mark[e] = float(e % 2)
        slope = rate + effect * (mark[e] - 0.5) + spread * rng.standard_normal()
        y = np.maximum(np.exp(rng.normal(6.5, 1) - slope * t + 0.6 * rng.standard_normal(t.size)), 1)
        unit = 10 ** np.floor(np.log10(y))
        y = np.maximum(np.round(y / unit) * unit, 1)
        y[rng.random(t.size) < missing] = np.nan
        sizes += y.tolist()
        times += t.tolist()
        labels += [e] * t.size
    low, high = heaped_range(sizes)
    return low, high, np.array(times), np.array(labels), mark


def test_what_a_round_number_tells():
    low, high = heaped_range([300, 1000, 1250, 7, np.nan])
    assert low[:4].tolist() == [250, 500, 1245, 6.5]
    assert high[:4].tolist() == [350, 1500, 1255, 7.5]
    assert np.isnan(low[4])
    with pytest.raises(EstimationError, match="below 1"):
        heaped_range([0.0])


def test_truncated_draws_have_the_moments_of_a_truncated_normal():
    rng = np.random.default_rng(1)
    for a, b in ((-0.5, 1.0), (3.0, 3.5), (-6.0, -4.0)):
        x = decay._truncated(np.zeros(20_000), 1.0, np.full(20_000, a), np.full(20_000, b), rng)
        truth = stats.truncnorm(a, b)
        assert x.min() >= a
        assert x.max() <= b
        assert abs(x.mean() - truth.mean()) < 5 * truth.std() / np.sqrt(x.size)


def test_rates_are_recovered_and_intervals_cover():
    fits = [fit_decay(*crowds(s)[:4], seed=s) for s in range(40)]
    rate = np.array([f.rate for f in fits])
    assert abs(rate.mean() - 0.2) < 5 * rate.std(ddof=1) / np.sqrt(40) + 0.01
    low, high = np.array([f.low for f in fits]), np.array([f.high for f in fits])
    assert coverage(low, high, 0.2, 0.95).passed
    middle, half = (low + high) / 2, (high - low) / 8
    assert not coverage(middle - half, middle + half, 0.2, 0.95).passed  # a broken interval is caught
    assert np.mean([f.passed for f in fits]) > 0.85


def test_no_decay_and_no_effect_are_seldom_called_one():
    rejected, effects = 0, 0
    for s in range(40):
        low, high, times, labels, mark = crowds(500 + s, rate=0.0)
        f = fit_decay(low, high, times, labels, covariates={"earlier": mark}, seed=s)
        rejected += f.p <= 0.05
        effects += f.effects["earlier"].p <= 0.05
    assert rejected + effects < 2 * 0.05 * 80


def test_an_effect_of_organisation_is_found_with_its_sign():
    found = []
    for s in range(10):
        low, high, times, labels, mark = crowds(s, effect=-0.25, number=30)
        found.append(fit_decay(low, high, times, labels, covariates={"earlier": mark}, seed=s).effects["earlier"])
    value = np.array([e.value for e in found])
    assert np.mean([e.high < 0 for e in found]) >= 0.7
    assert abs(value.mean() + 0.25) < 5 * value.std(ddof=1) / np.sqrt(10) + 0.02


def test_smaller_missing_crowds_move_the_rate_only_a_little_when_missing_evenly():
    low, high, times, labels, _ = crowds(3, number=40)
    f = fit_decay(low, high, times, labels, sensitivity=(0.25,), seed=1)
    assert f.missing == pytest.approx(0.35, abs=0.1)
    assert abs(f.sensitivity[0]["rate"] - f.rate) < 0.05


def test_a_course_that_bends_fails_the_check():
    t = np.tile(np.arange(10.0), 20)
    labels = np.repeat(np.arange(20), 10)
    y = np.exp(8 - 0.3 * t + 0.06 * (t - 4.5) ** 2 + 0.1 * np.random.default_rng(1).standard_normal(200))
    f = fit_decay(y, y, t, labels)
    assert not f.passed
    assert f.answer.startswith("No verdict")


def counted(seed: int, rate: float = 0.1, spread: float = 0.05, number: int = 40, effect: float = 0.0):
    """Counts by day with weekends, cut off where the record ends for each episode."""
    rng = np.random.default_rng(seed)
    days = np.arange(35)
    phase = (rng.integers(7, size=number)[:, None] + days) % 7
    watched = days < rng.integers(14, 36, size=number)[:, None]
    mark = np.arange(number) % 2.0
    slope = rate + effect * (mark - 0.5) + spread * rng.standard_normal(number)
    mean = np.exp(rng.normal(0, 0.7, number)[:, None] - slope[:, None] * days + np.where(phase >= 5, 1.0, 0.0))
    return np.where(watched, rng.poisson(mean), 0), watched, phase, mark


def test_counts_give_back_the_rate_and_the_effect_with_cover():
    rates, effects = [], []
    for s in range(25):
        y, watched, phase, mark = counted(s, effect=-0.08)
        f = fit_decay_of_counts(y, watched=watched, phase=phase, covariates={"earlier": mark}, seed=s)
        rates.append((f.rate, f.low, f.high))
        e = f.effects["earlier"]
        effects.append((e.value, e.low, e.high))
    for got, truth in ((np.array(rates), 0.1), (np.array(effects), -0.08)):
        error = got[:, 0].std(ddof=1) / np.sqrt(25)
        assert abs(got[:, 0].mean() - truth) < 5 * error + 0.01
        assert coverage(got[:, 1], got[:, 2], truth, 0.95).passed


def test_the_end_of_the_record_is_not_an_ebb():
    """Without decay, a record that stops looks like one to whoever takes its end for days without events."""
    y, watched, _, _ = counted(4, rate=0.0, spread=0.01)
    right = fit_decay_of_counts(y, watched=watched)
    wrong = fit_decay_of_counts(y)
    assert right.low <= 0.0 <= right.high
    assert wrong.low > 0


def test_a_gradient_of_the_count_likelihood():
    y, watched, phase, mark = counted(2, number=12)
    total = y.sum(axis=1)
    keep = total > 0
    model = _CountModel(
        y[keep].astype(float),
        watched[keep],
        phase[keep],
        mark[keep][:, None],
        total[keep].astype(float),
        np.arange(35.0),
    )
    v = np.concatenate([[0.1, -0.02], np.linspace(-0.2, 0.3, 6), [-2.0]])
    model.aim(v)
    gradient = model.scores(v)[1].sum(axis=0)
    for k in range(v.size):
        step = 1e-6 * np.eye(v.size)[k]
        slope = (model.scores(v + step)[0].sum() - model.scores(v - step)[0].sum()) / 2e-6
        assert gradient[k] == pytest.approx(slope, rel=1e-4, abs=1e-4)


def test_the_integral_over_rates_is_that_of_a_fine_grid():
    y, watched, phase, _ = counted(6, number=10)
    total = y.sum(axis=1).astype(float)
    keep = total > 0
    same, nothing = np.zeros_like(phase[keep]), np.zeros((int(keep.sum()), 0))
    model = _CountModel(y[keep].astype(float), watched[keep], same, nothing, total[keep], np.arange(35.0))
    v = np.array([0.1, np.log(0.06)])
    model.aim(v)
    grid = np.linspace(-0.5, 0.7, 4001)
    t = np.arange(35.0)
    for e in range(int(keep.sum())):
        seen = watched[keep][e]
        log_z = np.log(np.exp(-np.outer(grid, t[seen])).sum(axis=1))
        density = np.exp(-grid * (y[keep][e] @ t) - total[keep][e] * log_z) * stats.norm.pdf(grid, 0.1, 0.06)
        truth = np.log(density.sum() * (grid[1] - grid[0]))
        assert model.scores(v)[0][e] == pytest.approx(truth, abs=2e-3)


def test_episodes_by_the_stated_rule():
    y = np.array([0, 1, 0, 8, 30, 12, 5, 1, 0, 0, 1, 0, 20, 9, 7, 8], float)
    found = episodes(y)
    assert [(e.start, e.peak, e.end, e.censored) for e in found] == [(3, 4, 5, False), (12, 12, 15, True)]


def test_results_are_plain_json_and_repeat():
    low, high, times, labels, mark = crowds(9)
    a, b = (fit_decay(low, high, times, labels, covariates={"earlier": mark}, seed=4) for _ in range(2))
    assert a.to_dict() == b.to_dict()
    json.dumps(a.to_dict(), allow_nan=False)
    y, watched, phase, _ = counted(1)
    power = fit_decay_of_counts(y, watched=watched, phase=phase, course="power")
    straight = fit_decay_of_counts(y, watched=watched, phase=phase)
    assert straight.log_likelihood > power.log_likelihood
    json.dumps(power.to_dict(), allow_nan=False)


def test_what_cannot_be_answered_is_refused():
    with pytest.raises(EstimationError, match="low above high"):
        fit_decay([3.0] * 4, [1.0] * 4, range(4), [0, 0, 1, 1])
    with pytest.raises(EstimationError, match="at two times"):
        fit_decay([3.0] * 4, [3.0] * 4, range(4), [0, 0, 0, 0])
    with pytest.raises(EstimationError, match="whole numbers"):
        fit_decay_of_counts([[0.5, 1.0]])
    with pytest.raises(EstimationError, match="watched"):
        fit_decay_of_counts([[1, 2], [2, 1], [1, 1]], watched=[[True, False]] * 3)
    with pytest.raises(EstimationError, match="does not vary"):
        fit_decay_of_counts([[1, 2], [2, 1], [1, 1]], covariates={"a": [1, 1, 1]})
