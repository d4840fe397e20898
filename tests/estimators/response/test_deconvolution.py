"""Acts one after another: effects are recovered, chance is chance, and what cannot be distinguished is refused."""

from __future__ import annotations

import json

import numpy as np
import pytest

from groundswell.errors import EstimationError
from groundswell.estimators.response.deconvolution import distributed_lags


def world(seed, effect=0.0, tide=0.0, places=1, steps=400):
    """Acts in two of five steps; each adds `effect` to the log mean of the twelve steps after it."""
    rng = np.random.default_rng([seed, 31])
    acts = rng.poisson(0.4, (places, steps)).astype(float)
    level = np.zeros((places, steps))
    for lag in range(1, 13):
        level[:, lag:] += effect * acts[:, :-lag]
    swing = np.zeros((places, steps))
    for t in range(1, steps):
        swing[:, t] = 0.95 * swing[:, t - 1] + tide * rng.normal(size=places)
    return rng.poisson(5 * np.exp(level - effect * 4.8 + swing)).astype(float), acts


def test_an_effect_is_recovered_covered_and_found():
    found = [distributed_lags(*world(s, 0.12, 0.04), shifts=99, seed=s) for s in range(15)]
    values = np.array([f.first.value for f in found])
    assert abs(values.mean() - 0.12) < 5 * values.std(ddof=1) / np.sqrt(15)
    assert sum(f.first.low <= 0.12 <= f.first.high for f in found) > 0.9 * 15
    assert sum(f.first.p < 0.05 for f in found) >= 13
    assert np.mean([abs(f.windows["13-26"].value) for f in found]) < 0.04  # nothing was planted there


def test_under_a_tide_nothing_is_found_more_often_than_by_chance():
    p = [distributed_lags(*world(s, tide=0.12), shifts=99, seed=s).first.p for s in range(80)]
    assert np.sum(np.array(p) < 0.05) <= 9  # 99 of 100 at 5%


def test_places_are_pooled_and_unwatched_steps_skipped():
    y, acts = world(1, 0.1, places=4, steps=300)
    y[2, 100:160] = np.nan
    found = distributed_lags(y, acts, shifts=99)
    assert found.first.low < 0.1 < found.first.high
    assert found.first.n == 4 * (300 - 26 - 12) - 60
    assert json.loads(json.dumps(found.to_dict()))["answer"] == found.answer
    assert found.answer.startswith("One additional act changed")
    assert found.explained_by is not None
    assert found.explained_by > 1


@pytest.mark.parametrize(
    ("y", "acts", "options"),
    [
        (np.zeros(300), np.tile([0.0, 1.0], 150), {}),
        (np.ones(300), np.ones(300), {}),
        (np.ones(300), np.zeros(300), {}),
        (np.full(300, np.nan), np.tile([0.0, 1.0], 150), {}),
        (-np.ones(300), np.tile([0.0, 1.0], 150), {}),
        (np.ones(50), np.tile([0.0, 1.0], 25), {}),
        (np.ones(300), np.ones(200), {}),
        (np.ones(300), np.tile([0.0, 1.0], 150), {"windows": ((2, 4),)}),
        (np.ones(300), np.tile([0.0, 1.0], 150), {"shfits": 99}),
    ],
)
def test_what_cannot_be_used_is_one_sentence(y, acts, options):
    with pytest.raises(EstimationError):
        distributed_lags(y, acts, **options)
