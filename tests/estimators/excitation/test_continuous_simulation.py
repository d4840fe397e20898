"""Simulated Hawkes processes: both methods against stationary moments, and each other."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from groundswell.errors import EstimationError
from groundswell.estimators.excitation.continuous_simulation import simulate_hawkes, simulate_lookalike

METHODS = ("clusters", "thinning")


def variance_of_counts(mean, n, rate, window):
    """Of a stationary univariate process with an exponential kernel (Hawkes 1971)."""
    slow = rate * (1 - n)
    return mean * (window / (1 - n) ** 2 + (1 - 1 / (1 - n) ** 2) * (1 - math.exp(-slow * window)) / slow)


@pytest.mark.parametrize("method", METHODS)
def test_mean_variance_and_fano_factor_are_those_of_theory(method):
    N, span, n = 400, 100.0, 0.5
    counts = np.array(
        [simulate_hawkes(0.5, n, end=span, burn=40, method=method, seed=s).times.size for s in range(N)], dtype=float
    )
    expected = variance_of_counts(1.0, n, math.log(2), span)
    assert abs(counts.mean() - span) < 5 * math.sqrt(expected / N)
    # the variance of a sample variance, with the counts' own kurtosis
    error = math.sqrt((np.mean((counts - counts.mean()) ** 4) - counts.var() ** 2) / N)
    assert abs(counts.var() - expected) < 5 * error
    assert counts.var() / counts.mean() > 2.5  # a Poisson process has 1, this one about 3.9


@pytest.mark.parametrize(
    "settings",
    [
        {"half_life": [1.0, 3.0]},
        {"kernel": "power_law", "c": 1.0, "theta": 1.5},
        {"sizes": [1.0, 2.0, 20.0], "productivity": 0.8},
        {"half_life": [[1.0, 2.0], [3.0, 0.5]]},
    ],
    ids=str,
)
def test_thinning_and_clusters_have_one_law(settings):
    n, mu = np.array([[0.3, 0.4], [0.0, 0.2]]), np.array([0.6, 0.4])
    drawn = {
        m: [simulate_hawkes(mu, n, end=60, burn=30, method=m, seed=s, **settings) for s in range(150)] for m in METHODS
    }
    for k in range(2):
        a, b = ([np.sum(r.kinds == k) for r in drawn[m]] for m in METHODS)
        assert float(stats.ks_2samp(a, b)[1]) > 1e-5  # type: ignore[arg-type]
    a, b = (np.concatenate([np.diff(r.times) for r in drawn[m]])[::5] for m in METHODS)
    assert float(stats.ks_2samp(a, b)[1]) > 1e-5  # type: ignore[arg-type]


def test_the_source_is_the_row():
    n = np.array([[0.0, 0.8], [0.0, 0.0]])
    r = simulate_hawkes([1.0, 0.2], n, end=3000, seed=4)
    counts = np.bincount(r.kinds)
    assert abs(counts[0] - 3000) < 5 * math.sqrt(3000)
    assert abs(counts[1] - 3000) < 5 * math.sqrt(3000 * 2.5)  # 600 + 0.8 x 3000


@pytest.mark.parametrize("method", METHODS)
def test_offspring_lie_about_their_parents(method):
    sites = np.array([[0.0, 0.0], [1000.0, 0.0]])
    r = simulate_hawkes(0.5, 0.5, end=2000, sites=sites, spread=10.0, seed=1, method=method)
    assert r.places is not None
    off = np.minimum(np.abs(r.places[:, 0]), np.abs(r.places[:, 0] - 1000))
    assert 0.4 < np.mean((off == 0) & (r.places[:, 1] == 0)) < 0.6  # the background: 1 - 0.5
    # generations g have variance g 100, with probability 0.5^g: 200 in all over the events
    variance = float(np.mean(r.places[:, 1] ** 2))
    assert abs(variance - 100) < 40


def test_inhibition_lowers_the_rate_and_needs_thinning():
    n = np.array([[0.0, -0.8], [0.0, 0.0]])
    r = simulate_hawkes([1.0, 1.0], n, end=2000, inhibition=True, method="thinning", seed=1)
    a, b = np.bincount(r.kinds) / 2000
    assert abs(a - 1.0) < 0.12
    assert b < 0.5
    with pytest.raises(EstimationError, match="thinning"):
        simulate_hawkes([1.0, 1.0], n, end=100, inhibition=True)


def test_the_baseline_follows_its_cells_and_a_seed_its_record():
    edges = np.array([0.0, 100.0, 200.0])
    r = simulate_hawkes([[5.0], [0.0]], 0.0, edges=edges, end=200)
    assert r.times.max() < 100
    for m in METHODS:
        a, b = (simulate_hawkes(0.5, 0.4, end=200, method=m, seed=8) for _ in range(2))
        assert a.times.tobytes() == b.times.tobytes()
        assert (np.diff(a.times) >= 0).all()


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ({"branching": 1.0}, "spectral radius"),
        ({"branching": -0.2}, "negative"),
        ({"baseline": [1.0, 2.0]}, "expected"),
        ({"half_life": 0.0}, "half_life"),
        ({"productivity": 1.0}, "sizes"),
        ({"kernel": "gamma"}, "kernel"),
        ({"method": "magic"}, "method"),
        ({"end": -1.0}, "ascending"),
        ({"baseline": 1e9}, "events"),
        ({"baseline": [[1.0]], "edges": [-5.0, 100.0], "burn": 3.0}, "burn"),
    ],
)
def test_bad_settings_are_refused(arguments, match):
    given = {"baseline": 1.0, "branching": 0.3, "end": 100.0} | arguments
    with pytest.raises(EstimationError, match=match):
        simulate_hawkes(given.pop("baseline"), given.pop("branching"), **given)


@pytest.mark.parametrize("kind", ["growth", "season", "coverage jump", "constant"])
def test_lookalikes_have_no_excitation_but_the_rates_they_say(kind):
    r = simulate_lookalike(kind, events=500, seed=2)
    assert abs(r.times.size - 500) < 5 * math.sqrt(500)
    quarters = np.histogram(r.times, bins=16, range=(0, r.end))[0]
    spread = quarters.var() / quarters.mean()
    assert (spread < 4) == (kind == "constant")
