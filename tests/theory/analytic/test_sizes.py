"""The sizes of events: fits recover what was planted, the power law is the lognormal's limit, exact results."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from groundswell.errors import TheoryError
from groundswell.theory.analytic.sizes import (
    binned_density,
    curvature_p_value,
    fit_sizes,
    mean_fire,
    ring_fire_weights,
)


def drawn(rng, exponent, curvature, smallest, largest, count):
    s = np.arange(smallest, largest + 1)
    weights = np.exp(-exponent * np.log(s) - curvature * np.log(s) ** 2)
    return rng.choice(s, count, p=weights / weights.sum())


@given(st.integers(0, 10**6), st.floats(0.5, 3.0), st.integers(1, 20), st.integers(200, 3000))
@settings(max_examples=30, deadline=None)
def test_a_planted_power_law_is_recovered(seed, exponent, smallest, largest):
    fit = fit_sizes(drawn(np.random.default_rng(seed), exponent, 0.0, smallest, largest, 4000), smallest, largest)
    assert abs(fit.exponent - exponent) < 5 * fit.error


@pytest.mark.parametrize(("exponent", "curvature"), [(0.1, 0.2), (1.5, 0.0), (1.2, -0.03)])
def test_a_planted_lognormal_is_recovered(exponent, curvature):
    given = drawn(np.random.default_rng(3), exponent, curvature, 3, 2000, 20_000)
    fit = fit_sizes(given, 3, 2000, lognormal=True)
    assert abs(fit.exponent - exponent) < 5 * fit.error
    assert abs(fit.curvature - curvature) < 5 * fit.curvature_error


def test_p_values_of_power_laws_are_uniform_and_those_of_lognormals_small():
    rng = np.random.default_rng(4)
    found = []
    for _ in range(200):
        given = drawn(rng, 1.5, 0.0, 5, 500, 300)
        found.append(curvature_p_value(fit_sizes(given, 5, 500), fit_sizes(given, 5, 500, lognormal=True)))
    assert stats.kstest(found, "uniform").pvalue > 1e-4
    bent = drawn(rng, 0.1, 0.2, 5, 500, 3000)
    assert curvature_p_value(fit_sizes(bent, 5, 500), fit_sizes(bent, 5, 500, lognormal=True)) < 1e-6


def test_the_fit_is_the_maximum_of_the_likelihood():
    given = drawn(np.random.default_rng(5), 1.3, 0.05, 2, 900, 500)
    x, all_x = np.log(given), np.log(np.arange(2, 901))

    def likelihood(a, b):
        return float(np.sum(-a * x - b * x**2) - x.size * np.log(np.exp(-a * all_x - b * all_x**2).sum()))

    fit = fit_sizes(given, 2, 900, lognormal=True)
    assert fit.log_likelihood == pytest.approx(likelihood(fit.exponent, fit.curvature), rel=1e-9)
    for a, b in ((1e-3, 0), (-1e-3, 0), (0, 1e-4), (0, -1e-4)):
        assert likelihood(fit.exponent + a, fit.curvature + b) < fit.log_likelihood
    assert fit.density().sum() == pytest.approx(1.0)


def test_sizes_outside_the_window_change_nothing():
    given = drawn(np.random.default_rng(6), 1.5, 0.0, 1, 1000, 2000)
    assert fit_sizes(given, 10, 100) == fit_sizes(given[(given >= 10) & (given <= 100)], 10, 100)


def test_on_a_ring_fires_of_one_and_two_are_equally_frequent():
    one, two, three = ring_fire_weights([1, 2, 3])
    assert one == two
    assert three / two == pytest.approx(0.9)


def test_what_grows_is_what_burns():
    assert mean_fire(1000, 0.4) * 0.4 == pytest.approx(1000 * 0.6)


def test_densities_of_bins_add_up():
    sizes = np.arange(1, 1024)
    middles, density = binned_density(sizes)
    assert density == pytest.approx(np.full(density.size, 1 / 1023))
    assert middles[0] == 1.0


@pytest.mark.parametrize(
    "call",
    [
        lambda: fit_sizes([1, 2, 3], 5, 2), lambda: fit_sizes([1, 2, 3], 0, 2), lambda: fit_sizes([7, 7, 9], 5, 10),
        lambda: mean_fire(0.0, 0.4), lambda: mean_fire(10.0, 0.0), lambda: mean_fire(float("nan"), 0.4),
        lambda: ring_fire_weights([0]), lambda: binned_density([]), lambda: binned_density([3], 1.0),
        lambda: curvature_p_value(fit_sizes([5, 6, 7], 5, 10), fit_sizes([5, 6, 7], 5, 11, lognormal=True)),
    ],
)  # fmt: skip
def test_nonsense_is_refused(call):
    with pytest.raises(TheoryError):
        call()
