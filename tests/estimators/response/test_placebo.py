"""Comparison dates are of like history, apart, and chosen without looking ahead; errors count what goes together."""

from __future__ import annotations

import numpy as np
import pytest

from groundswell.estimators.response.counterfactual import forecasts
from groundswell.estimators.response.placebo import (
    Memory,
    history,
    match,
    memory_of,
    placebo_p,
    risk_set,
    selection_to_explain,
)


def test_history_reads_only_the_past():
    rng = np.random.default_rng(1)
    y = rng.poisson(5, (3, 200)).astype(float)
    later = y.copy()
    later[:, 120:] *= 7
    places, steps = np.arange(3), np.full(3, 120)
    a, b = (history(forecasts(v, season=False), places, steps, 26) for v in (y, later))
    assert np.array_equal(a, b)
    rising = y.copy()
    rising[:, 116:120] += 20
    assert (history(forecasts(rising, season=False), places, steps, 26)[:, 0] > a[:, 0] + 1).all()


def test_the_risk_set_does_not_look_ahead():
    y = np.ones((1, 200))
    y[0, 60:64] = np.nan
    acts = np.zeros((1, 200), bool)
    acts[0, [100, 150]] = True
    open_ = risk_set(forecasts(y, season=False), acts, 26, 12)[0]
    assert not open_[:26].any()  # no history yet
    assert not open_[61:90].any()  # not watched throughout
    assert open_[99]  # an act the week after does not close it
    assert open_[100]  # nor does one of its own
    assert not open_[101:113].any()
    assert open_[113]
    later = acts.copy()
    later[0, 150] = False
    assert np.array_equal(open_[:151], risk_set(forecasts(y, season=False), later, 26, 12)[0][:151])


def test_matches_are_near_apart_and_of_the_same_place_where_they_can_be():
    rng = np.random.default_rng(2)
    places, steps = np.repeat([0, 1], 150), np.tile(np.arange(150), 2)
    path = rng.normal(size=(300, 3))
    found = match(
        np.array([0]), np.array([75]), np.zeros((1, 3)), places, steps, path, matches=8, apart=4
    ).picks[0]  # fmt: skip
    found = found[found >= 0]
    assert (places[found] == 0).all()
    assert np.diff(np.sort(steps[found])).min() >= 4
    assert np.abs(steps[found] - 75).min() >= 4
    chosen = np.sqrt((path[found] ** 2) @ np.array([0.4, 0.4, 0.2]))
    assert chosen.max() <= 0.75 * 1.2
    # nothing like it: no match at all
    none = match(np.array([0]), np.array([75]), np.full((1, 3), 9.0), places, steps, path, matches=8, apart=4)
    assert none.counts.tolist() == [0]
    beside = match(
        np.array([0]), np.array([75]), np.zeros((1, 3)), np.arange(1, 9), np.full(8, 75), np.zeros((8, 3)), matches=8,
        apart=4, where="place",
    )  # fmt: skip
    assert beside.counts.tolist() == [8]


def test_variance_counts_memory_and_common_shocks():
    """Against the matrix written out, and against a simulation of the same shocks."""
    memory = Memory(np.array([1.0, 0.5, 0.2]), np.array([0.3, 0.1, 0.0]))
    rng = np.random.default_rng(3)
    place, step, load = rng.integers(0, 3, 40), rng.integers(0, 12, 40), rng.normal(size=40)
    total = 0.0
    for i in range(40):
        for j in range(40):
            gap = abs(int(step[i] - step[j]))
            if gap < 3:
                total += load[i] * load[j] * (memory.same if place[i] == place[j] else memory.cross)[gap]
    assert memory.variance(place, step, load) == pytest.approx(total)
    common = rng.normal(size=3000)
    z = 0.8 * rng.normal(size=(6, 3000)) + 0.6 * common
    rows, columns = np.divmod(np.arange(z.size), 3000)
    found = memory_of(rows, columns, z.ravel(), z.shape, 4)
    assert found.cross[0] == pytest.approx(0.36, abs=0.05)
    assert np.abs(found.same[1:]).max() < 0.1


def test_p_counts_the_observed_one():
    assert placebo_p(3.0, np.arange(19) / 10) == pytest.approx(1 / 20)
    assert placebo_p(0.0, np.ones(19)) == 1.0


def test_the_selection_that_would_explain_an_effect():
    """Residuals of two values, +1 and -1: odds exp(2 s) make their mean tanh(s)."""
    residuals = np.tile([1.0, -1.0], (5, 1))
    found = selection_to_explain(np.tanh(0.7), residuals, np.full(5, 0.2))
    assert found == pytest.approx(np.exp(0.7), rel=1e-6)
    assert selection_to_explain(1.5, residuals, np.full(5, 0.2)) is None
    assert selection_to_explain(0.0, residuals, np.full(5, 0.2)) == pytest.approx(1.0)
