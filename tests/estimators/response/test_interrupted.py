"""An interrupted series: a change is found, a jump of coverage is none, and what cannot be told apart is refused."""

from __future__ import annotations

import json

import numpy as np
import pytest

from groundswell.errors import EstimationError
from groundswell.estimators.response.interrupted import interrupted_series

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


def few(hits: int) -> bool:
    return hits <= 0.06 * REPEATS + 5 * np.sqrt(0.06 * 0.94 * REPEATS)


def test_a_change_is_recovered_and_covered():
    found = [interrupted_series(record(seed, change=0.5)[0], AT) for seed in range(REPEATS)]
    value = np.array([f.effect.value for f in found])
    assert abs(value.mean() - 0.5) < 5 * value.std(ddof=1) / np.sqrt(REPEATS)
    inside = sum(f.effect.low <= 0.5 <= f.effect.high for f in found)
    assert inside >= 0.95 * REPEATS - 5 * np.sqrt(0.95 * 0.05 * REPEATS)
    assert np.mean([f.effect.p <= 0.05 for f in found]) > 0.6
    assert sum("changed at the date" in f.answer for f in found) > 0.5 * REPEATS


@pytest.mark.parametrize("memory", [0.0, 0.6])
def test_nothing_is_found_where_nothing_is(memory):
    found = [interrupted_series(record(seed, memory=memory)[0], AT) for seed in range(REPEATS)]
    assert few(sum(f.effect.p <= 0.05 for f in found))
    inside = sum(f.effect.low <= 0 <= f.effect.high for f in found)
    assert inside >= 0.95 * REPEATS - 5 * np.sqrt(0.95 * 0.05 * REPEATS)


@pytest.mark.parametrize("use", ["covariate", "offset"])
def test_a_jump_of_coverage_is_no_effect(use):
    bare, known = [], []
    for seed in range(REPEATS):
        y, coverage = record(seed, jump=AT + 10)
        bare.append(interrupted_series(y, AT, errors="newey-west"))
        known.append(interrupted_series(y, AT, coverage=coverage, use_coverage=use))
    assert few(sum(f.passed and f.effect.p <= 0.05 for f in known))
    # proof that coverage is what does it: without it the jump is read as a change of level or slope
    shown = np.array([f.level.value for f in bare])
    assert abs(shown.mean()) > 5 * shown.std(ddof=1) / np.sqrt(REPEATS)
    if use == "covariate":
        slope = np.array([f.coverage.value for f in known])
        assert slope.mean() == pytest.approx(1.0, abs=5 * slope.std() / np.sqrt(REPEATS))


def test_coverage_that_jumps_with_the_act_gets_no_verdict():
    y, coverage = record(1, jump=AT + 1)
    refused = interrupted_series(y, AT, coverage=coverage)
    assert refused.answer.startswith("No verdict")
    assert not refused.passed
    trusted = interrupted_series(y, AT, coverage=coverage, use_coverage="offset")
    assert trusted.passed  # twice the coverage, twice the events: then the jump tells nothing of the act
    assert trusted.effect.p > 0.05


def test_sizes_with_gaps_and_the_expected_course():
    rng = np.random.default_rng(5)
    y = np.exp(5 + rng.normal(0, 0.3, T) + 0.7 * (WEEKS > AT))
    y[rng.random(T) < 0.2] = np.nan
    found = interrupted_series(y, AT, scale="log", season=False)
    assert found.effect.low < 0.7 < found.effect.high
    assert np.isnan(found.low[: AT + 1]).all()
    assert found.expected[AT + 10] == pytest.approx(np.exp(5), rel=0.2)
    told = json.loads(json.dumps(found.to_dict()))
    assert len(told["expected"]) == T
    assert told["answer"] == found.answer


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
