"""The elementary functions of rules: accurate, and the same to the bit in every engine; quantiles invert."""

from __future__ import annotations

import math

import numba as nb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special, stats

from groundswell.theory import compiled, functions
from groundswell.theory.functions import (
    RULE_FUNCTIONS,
    clip,
    exp,
    floor,
    log,
    logistic,
    normal_quantile,
    poisson_quantile,
    positive,
    power,
    sqrt,
)

MOST = np.finfo(float).max
LEAST = np.finfo(float).tiny  # the smallest normal number


def ulps(got, expected):
    """How many units in the last place of the expected number lie between the two."""
    return abs(got - expected) / math.ulp(expected)


# Accuracy, at numbers drawn evenly and at numbers of every size


def drawn(low, high, seed, n=20_000):
    """Numbers between two bounds, their ends among them: half evenly, half (where both are positive) by size."""
    rng = np.random.default_rng(seed)
    even = low + (high - low) * rng.uniform(0, 1, n)
    sizes = np.exp(rng.uniform(math.log(low), math.log(high), n)) if low > 0 else even[:0]
    return np.clip(np.concatenate([[low, high], even, sizes]), low, high).tolist()


def test_exp_is_within_two_ulps():
    assert max(ulps(exp(x), math.exp(x)) for x in drawn(-708.0, 709.0, 1)) <= 2


def test_log_is_within_two_ulps():
    assert max(ulps(log(x), math.log(x)) for x in drawn(1e-300, MOST, 2) if x != 1) <= 2


def test_log_near_one_keeps_its_relative_accuracy():
    assert max(ulps(log(1 + x), math.log(1 + x)) for x in drawn(-1e-3, 1e-3, 3) if 1 + x != 1) <= 2


def test_logistic_agrees_with_scipy():
    x = drawn(-700.0, 700.0, 4)
    exact = special.expit(x).tolist()
    assert max(map(ulps, map(logistic, x), exact)) <= 5  # exp, a sum and a quotient


def test_power_agrees_with_python():
    """exp(y log x) magnifies the rounding of y log x: 1.5 ulps of it become that relative error, and 2 of exp."""
    x = drawn(1e-6, 1e6, 5)
    for a, b in zip(x, np.random.default_rng(6).uniform(-20, 20, len(x)).tolist(), strict=True):
        assert abs(power(a, b) / a**b - 1) <= (2 + 1.5 * max(1.0, abs(b * math.log(a)))) * 2.3e-16, (a, b)


def test_normal_quantile_agrees_with_scipy():
    """AS 241 promises about 1 part in 10**16; log and sqrt in the tails add a few roundings."""
    u = drawn(1e-300, 1 - 2.0**-53, 7)
    for x, exact in zip(u, special.ndtri(u).tolist(), strict=True):
        assert abs(normal_quantile(x) - exact) <= 2e-15 * max(1.0, abs(exact)), x


def test_values_at_the_edges():
    assert exp(0.0) == 1.0
    assert exp(-1e9) == exp(-708.0) > 0
    assert exp(1e9) == exp(709.0) < math.inf
    assert exp(math.inf) == exp(709.0)
    assert log(1.0) == 0.0
    assert log(0.0) == log(-5.0) == log(1e-300)
    assert log(math.inf) == log(MOST)
    assert math.isnan(log(math.nan))
    assert sqrt(-1.0) == 0.0
    assert floor(-0.5) == -1.0
    assert math.copysign(1.0, floor(-0.0)) == -1.0
    assert positive(-2.0) == 0.0
    assert (clip(5.0, 0.0, 1.0), clip(-5.0, 0.0, 1.0), clip(0.5, 0.0, 1.0)) == (1.0, 0.0, 0.5)
    assert power(0.0, 2.0) == power(-3.0, 0.5) == 0.0
    assert power(2.0, 0.0) == 1.0
    assert normal_quantile(0.5) == 0.0
    assert normal_quantile(0.0) == normal_quantile(1e-300)
    assert normal_quantile(1.0) == normal_quantile(1 - 2.0**-53)


# The same bits in every engine

EXTREMES = np.array(
    [0.0, -0.0, 1.0, -1.0, 0.5, 1e-300, -1e-300, 1e300, -1e300, LEAST, 5e-324, MOST, -MOST, np.inf, -np.inf,
     709.0, 709.0000001, 710.0, -708.0, -708.1, -745.2, 1 + 2.0**-52, 1 - 2.0**-53, math.sqrt(2), 2**52 + 0.5, 2.0**60]
)  # fmt: skip
ONE = ("exp", "log", "sqrt", "floor", "logistic", "positive", "normal_quantile")


def inputs(name):
    rng = np.random.default_rng(20)
    scale = rng.uniform(-30, 30, 50_000)
    sign = rng.choice([-1.0, 1.0], 50_000)
    x = np.concatenate([sign * np.exp(scale), rng.uniform(-720, 720, 25_000), rng.uniform(0, 1, 25_000)])
    # a person's number is finite in a rule that makes sense; the floor of an infinity is an error in plain Python
    extremes = EXTREMES[np.isfinite(EXTREMES)] if name == "floor" else EXTREMES
    return np.concatenate([x, extremes])


@pytest.mark.parametrize("name", ONE)
def test_compiled_functions_of_one_number_are_bit_for_bit_the_plain_ones(name):
    kernel = getattr(compiled, name)

    @nb.njit(error_model="numpy")
    def run(x):
        out = np.empty_like(x)
        for i in range(x.size):
            out[i] = kernel(x[i])
        return out

    x = inputs(name)
    plain = np.array([getattr(functions, name)(float(v)) for v in x])
    assert x.size > 100_000
    assert np.array_equal(run(x).view(np.int64), plain.view(np.int64))


@pytest.mark.parametrize("name", ["power", "clip", "poisson_quantile"])
def test_compiled_functions_of_several_numbers_are_bit_for_bit_the_plain_ones(name):
    kernel, plain = getattr(compiled, name), getattr(functions, name)
    rng = np.random.default_rng(21)
    n = 100_000 if name != "poisson_quantile" else 20_000
    x, y, z = (rng.choice([-1.0, 1.0], n) * np.exp(rng.uniform(-20, 20, n)) for _ in range(3))
    if name == "power":
        x, y = np.abs(x), rng.uniform(-30, 30, n)
    if name == "poisson_quantile":
        x, y = rng.uniform(0, 1, n), np.exp(rng.uniform(-8, 9, n))
    edges = np.array([0.0, -0.0, 1.0, 1 - 2.0**-53, 500.0, 500.0000001, 1e-300, MOST])
    a, b = np.meshgrid(edges, edges[:-1])
    if name == "poisson_quantile":
        a, b = np.meshgrid(edges[:4], edges[:-1])
    x, y = np.concatenate([x, a.ravel()]), np.concatenate([y, b.ravel()])
    z = np.resize(z, x.size)

    if name == "clip":

        @nb.njit(error_model="numpy")
        def run(x, y, z):
            out = np.empty_like(x)
            for i in range(x.size):
                out[i] = kernel(x[i], y[i], z[i])
            return out

        expected = [plain(*v) for v in zip(x.tolist(), y.tolist(), z.tolist(), strict=True)]
    else:

        @nb.njit(error_model="numpy")
        def run(x, y, z):
            out = np.empty_like(x)
            for i in range(x.size):
                out[i] = kernel(x[i], y[i])
            return out

        expected = [plain(*v) for v in zip(x.tolist(), y.tolist(), strict=True)]
    assert np.array_equal(run(x, y, z).view(np.int64), np.array(expected).view(np.int64))


def test_not_a_number_stays_so_when_compiled():
    assert math.isnan(compiled.log(math.nan))
    assert math.isnan(compiled.exp(math.nan))
    assert math.isnan(compiled.poisson_quantile(0.5, math.nan))
    assert math.isnan(functions.poisson_quantile(0.5, math.nan))


def test_every_function_that_rules_may_use_is_compiled():
    for name in RULE_FUNCTIONS:
        assert callable(getattr(compiled, name))


# Quantiles are monotone and have the moments of their distribution


@given(st.floats(0, 1 - 2.0**-53), st.floats(0, 1 - 2.0**-53), st.floats(0, 3000), st.floats(0, 3000))
@settings(max_examples=300, deadline=None)
def test_poisson_quantile_is_monotone(u, v, mean, other):
    u, v = sorted((u, v))
    mean, other = sorted((mean, other))
    assert poisson_quantile(u, mean) <= poisson_quantile(v, mean)
    seam = 1 if mean <= 500 < other else 0  # from summation to expansion it may fall by one
    assert poisson_quantile(u, mean) <= poisson_quantile(u, other) + seam


def test_poisson_quantile_is_exact_up_to_500():
    u, mean = np.array(drawn(1e-12, 1 - 1e-12, 8, 2000)), np.array(drawn(1e-6, 500.0, 9, 2000))
    k = np.array(list(map(poisson_quantile, u.tolist(), mean.tolist())))
    margin = 1e-13  # of the summed distribution function: 600 roundings of numbers below 1
    assert (stats.poisson.cdf(k, mean) >= u - margin).all()
    assert ((k == 0) | (stats.poisson.cdf(k - 1, mean) < u + margin)).all()


def test_poisson_quantile_is_within_a_count_above_500():
    u, mean = drawn(1e-9, 1 - 1e-9, 10, 2000), drawn(500.001, 50_000.0, 11, 2000)
    k = np.array(list(map(poisson_quantile, u, mean)))
    assert np.abs(k - stats.poisson.ppf(u, mean)).max() <= 1


def test_poisson_quantile_ends_at_the_largest_draw():
    """The summed distribution function may round to less than 1 - 2**-53; the search must end all the same."""
    for mean in np.geomspace(0.01, 500, 400):
        k = poisson_quantile(1 - 2.0**-53, mean)
        assert stats.poisson.sf(k - 2, mean) > 1e-18, mean  # the count before was still of some probability


@pytest.mark.parametrize("mean", [0.3, 4.0, 60.0, 490.0, 700.0, 20_000.0])
def test_poisson_quantile_has_the_moments_of_poisson(mean):
    n = 20_000
    u = (np.arange(n) + np.random.default_rng(5).uniform(0, 1, n)) / n  # stratified: its error is below that of n draws
    k = np.array([poisson_quantile(x, mean) for x in u])
    assert abs(k.mean() - mean) / math.sqrt(mean / n) < 5
    spread = math.sqrt((mean + 2 * mean**2) / n)  # of the sample variance: (mu_4 - mu_2**2) / n
    assert abs(k.var(ddof=1) - mean) / spread < 5


def test_no_mean_no_count():
    assert poisson_quantile(0.999, 0.0) == poisson_quantile(0.999, -1.0) == 0.0
