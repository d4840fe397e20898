"""Maximum likelihood over a constant baseline: optima, boundaries, several kinds, refusals."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import optimize

from groundswell.errors import EstimationError
from groundswell.estimators.excitation.continuous_newton import log_likelihood, maximum_likelihood
from groundswell.estimators.excitation.continuous_simulation import simulate_hawkes

N = np.array([[0.3, 0.4, 0.0], [0.0, 0.2, 0.0], [0.1, 0.0, 0.5]])
THREE = simulate_hawkes([0.4, 0.3, 0.3], N, half_life=[0.5, 0.5, 0.5], end=2500, seed=2)


def test_one_kind_reaches_the_optimum_of_a_plain_search():
    r = simulate_hawkes(0.5, 0.5, half_life=0.7, end=1500, seed=2)
    found = maximum_likelihood(r.times, end=1500)
    assert found.converged

    def negative(x):
        return -log_likelihood(r.times, *np.exp(x), end=1500)[0]

    plain = optimize.minimize(negative, np.log([0.3, 0.3, 2.0]), method="Nelder-Mead", options={"fatol": 1e-9})
    assert found.log_likelihood == pytest.approx(-plain.fun, abs=1e-6)
    assert found.branching[0, 0] == pytest.approx(math.exp(plain.x[1]), abs=1e-3)


@pytest.mark.parametrize("decay", ["per_target", "shared"])
def test_several_kinds_are_at_a_maximum_with_the_boundary_respected(decay):
    found = maximum_likelihood(THREE.times, end=2500, kinds=THREE.kinds, decay=decay)
    assert found.converged
    value, in_mu, in_n, in_rate = log_likelihood(
        THREE.times, found.mu, found.branching, found.rate, end=2500, kinds=THREE.kinds
    )
    assert value == pytest.approx(found.log_likelihood, rel=1e-12)
    inside = found.branching > 0
    assert np.abs(in_mu * found.mu).max() < 0.05
    assert np.abs(in_n[inside] * found.branching[inside]).max() < 0.05
    assert (in_n[~inside] < 1e-6).all()
    assert (~inside).any()  # four entries are truly zero
    total = in_rate * found.rate
    assert abs(total.sum()) < 0.05 if decay == "shared" else np.abs(total).max() < 0.05
    # recovered, sources as rows: the transpose is far away
    assert np.abs(found.branching - N).max() < 0.12
    assert np.abs(found.branching - N.T).max() > 0.25


def test_rates_that_differ_are_told_apart():
    r = simulate_hawkes([0.5, 0.5], [[0.5, 0.0], [0.0, 0.5]], half_life=[0.1, 5.0], end=3000, seed=3)
    found = maximum_likelihood(r.times, end=3000, kinds=r.kinds)
    assert found.rate[0] == pytest.approx(math.log(2) / 0.1, rel=0.3)
    assert found.rate[1] == pytest.approx(math.log(2) / 5.0, rel=0.4)
    assert (
        found.log_likelihood > maximum_likelihood(r.times, end=3000, kinds=r.kinds, decay="shared").log_likelihood + 20
    )


def test_no_excitation_is_a_small_branching_and_never_negative():
    times = np.sort(np.random.default_rng(1).uniform(0, 1000, 800))
    found = maximum_likelihood(times, end=1000)
    assert 0 <= found.branching[0, 0] < 0.15


def test_more_events_than_the_sample_change_the_way_not_the_end():
    r = simulate_hawkes(1.0, 0.5, half_life=0.5, end=25_000, seed=5)
    assert r.times.size > 40_000
    found = maximum_likelihood(r.times, end=25_000)
    assert found.evaluations < 10  # the sample's optimum is near
    assert abs(found.branching[0, 0] - 0.5) < 0.04


@pytest.mark.parametrize(
    ("times", "kinds", "match"),
    [
        (np.arange(5.0), None, "10 or more"),
        (np.zeros(20), None, "without ties"),
        (np.arange(20.0), np.full(20, -1), "whole number"),
        (np.arange(20.0), np.r_[np.zeros(19, int), 1], "fewer than two"),
    ],
)
def test_bad_records_are_refused(times, kinds, match):
    with pytest.raises(EstimationError, match=match):
        maximum_likelihood(times, end=30.0, kinds=kinds)
    if match == "10 or more":
        with pytest.raises(EstimationError, match="negative"):
            log_likelihood(np.arange(20.0), -1.0, 0.3, 1.0, end=30.0)
