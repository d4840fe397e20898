"""Lone acts: known effects are recovered, nothing is found where there is nothing, and errors are told."""

from __future__ import annotations

import numpy as np
import pytest

from groundswell.errors import EstimationError
from groundswell.evidence.response.lone_acts import AFTER, QUIET, lone_act_effect, lone_acts


def records(effect: float, rng: np.random.Generator, countries: int = 12, weeks: int = 400, trend: float = 0.0):
    pairs = []
    for _ in range(countries):
        acts = np.zeros(weeks)
        acts[rng.choice(np.arange(20, weeks - 20, 30), size=4, replace=False)] = 1
        rate = rng.uniform(2, 8) * np.exp(trend * np.arange(weeks) / weeks)
        for t in np.flatnonzero(acts):
            rate[t + 1 : t + 1 + AFTER] *= np.exp(effect)
        pairs.append((acts, rng.poisson(rate)))
    return pairs


def test_lone_acts_come_after_a_quiet_stretch():
    acts = np.zeros(100)
    acts[[20, 25, 50, 95]] = 1
    assert lone_acts(acts) == [20, 50]  # 25 follows 20; 95 has too little after it
    acts[7] = 1
    assert lone_acts(acts) == [20, 50]
    acts[20 - QUIET] = 1
    assert lone_acts(acts) == [50]


@pytest.mark.parametrize("effect", [0.5, -0.5, 0.0])
def test_known_effect_is_recovered(effect):
    rng = np.random.default_rng(5)
    estimates = [lone_act_effect(records(effect, rng), rng) for _ in range(30)]
    values = np.array([e.value for e in estimates], float)
    assert abs(values.mean() - effect) < 5 * values.std(ddof=1) / np.sqrt(30)
    covered = np.mean([e.low <= effect <= e.high for e in estimates])  # type: ignore[operator]
    assert covered > 0.95 - 5 * np.sqrt(0.95 * 0.05 / 30)


def test_a_growing_series_is_no_effect():
    """Placebo steps grow alike: at most a nominal share of growing series without effect is called one."""
    rng = np.random.default_rng(6)
    found = np.mean([lone_act_effect(records(0.0, rng, trend=2.0), rng).p < 0.05 for _ in range(80)])  # type: ignore[operator]
    assert found < 0.05 + 5 * np.sqrt(0.05 * 0.95 / 80)


def test_too_few_acts_and_bad_series_are_refused():
    rng = np.random.default_rng(1)
    quiet = np.zeros(100)
    with pytest.raises(EstimationError, match="0 acts that stand alone"):
        lone_act_effect([(quiet, quiet)], rng)
    with pytest.raises(EstimationError):
        lone_act_effect([(quiet, np.full(100, np.nan))], rng)
