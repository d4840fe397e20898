"""The simulated method of moments finds a truth with its error, and says where nothing fits; a hierarchy pools fits."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from groundswell.calibrate.fit import fit_all
from groundswell.calibrate.moments import match_moments
from groundswell.calibrate.observed import of_arrays
from groundswell.calibrate.pool import pool
from groundswell.calibrate.posterior import Learnt
from groundswell.errors import EstimationError

from .conftest import SETTINGS, STEPS, TRUTH


def test_moments_find_the_truth_within_their_error(learnt: Learnt, record_of) -> None:
    away = []
    for seed in (21, 22):
        found = match_moments(learnt, record_of(seed), seed=seed)
        assert found.passed
        for name, truth in TRUTH.items():
            e = found.estimates[name]
            assert e.low is not None
            assert e.high is not None
            assert e.low < e.value < e.high  # type: ignore[operator]
            away.append(2 * (truth - e.value) * 1.96 / (e.high - e.low))  # type: ignore[operator]
    assert np.abs(away).max() < 5
    assert np.sqrt(np.mean(np.square(away))) < 2


def test_moments_of_what_the_theory_cannot_make_fail_their_test(learnt: Learnt) -> None:
    wave = of_arrays({"prevalence": 0.4 + 0.3 * np.sin(np.arange(STEPS) / 3)})
    assert not match_moments(learnt, wave).passed


def test_a_hierarchy_narrows_records_that_are_alike(learnt: Learnt, record_of) -> None:
    fits = {
        f"place {i}": f
        for i, f in enumerate(fit_all(learnt, {str(s): record_of(s) for s in (31, 32, 33)}, SETTINGS).values())
    }
    passed = {name: f for name, f in fits.items() if f.passed}
    assert len(passed) >= 2
    found = pool(passed, "contagion")
    assert found.centre.low < TRUTH["contagion"] < found.centre.high  # type: ignore[operator]
    assert found.spread.value is not None
    assert found.spread.value < 0.5  # they are alike: the prior's own spread is 1
    width = [e.high - e.low for e in found.records.values()]  # type: ignore[operator]
    alone = [f.parameters["contagion"].high - f.parameters["contagion"].low for f in passed.values()]  # type: ignore[operator]
    assert np.mean(width) < np.mean(alone)
    with pytest.raises(EstimationError, match="at least two"):
        pool({"one": next(iter(passed.values()))}, "contagion")
    one, two = list(passed.values())[:2]
    other = replace(two, learnt=replace(two.learnt, blocks=1))
    with pytest.raises(EstimationError, match="several kinds"):
        pool({"a": one, "b": other}, "contagion")
