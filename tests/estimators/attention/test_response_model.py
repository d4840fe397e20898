"""The model of attention against plain loops: its mean, its gradient, its maximum, and records drawn from it."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import optimize, stats

from groundswell.estimators.attention.response_model import CLASSES, Model, season


def a_model(rng: np.random.Generator, steps: int = 80) -> Model:
    y = rng.poisson(30, steps).astype(float)
    y[[5, 41]] = np.nan
    return Model(y, season(steps, 24, 1), (1, 3))


def slow_mean(model: Model, x: np.ndarray, step: int, name: str) -> np.ndarray:
    """Step by step, as the equations are written."""
    b, season_x, phi = math.exp(x[0]), x[1:3], x[3:5]
    height, delay, p = math.exp(x[6]), math.exp(x[7]), x[8]
    level, mean = [], []
    for t in range(model.y.size):
        d = t - step
        if name == "exponential":
            g = height * math.exp(-d / math.exp(p)) if d >= 0 else 0.0
        elif name == "endogenous critical":
            g = height * ((abs(d) + delay) / delay) ** -p
        else:
            g = height * ((d + delay) / delay) ** -p if d >= 0 else 0.0
        angle = 2 * math.pi * t / 24
        level.append((b + g) * math.exp(season_x[0] * math.cos(angle) + season_x[1] * math.sin(angle)))
        past = 0.0
        for f, lag in zip(phi, (1, 3), strict=True):
            if t >= lag and not math.isnan(model.y[t - lag]):
                past += f * (math.log(model.y[t - lag] + 0.5) - math.log(level[t - lag] + 0.5))
        mean.append(level[t] * math.exp(past))
    return np.array(mean)


@pytest.mark.parametrize("name", CLASSES)
def test_mean_and_likelihood_are_those_of_the_equations(name):
    rng = np.random.default_rng(1)
    model = a_model(rng)
    x = model.start([40], [name], 2.0) + rng.normal(0, 0.1, model.base + 3)
    level, _ = model.level(x, [40], [name])
    mean, _ = model.mean(x, level, None)
    slow = slow_mean(model, x, 40, name)
    np.testing.assert_allclose(mean, slow, rtol=1e-10)
    size = math.exp(-x[model.base - 1])
    seen = model.seen
    plain = stats.nbinom.logpmf(model.y[seen], size, size / (size + slow[seen])).sum()
    assert model.objective(x, [40], [name])[0] == pytest.approx(plain, rel=1e-10)


@pytest.mark.parametrize("name", CLASSES)
def test_gradient_is_the_slope(name):
    rng = np.random.default_rng(2)
    model = a_model(rng)
    x = model.start([40], [name], 2.0) + rng.normal(0, 0.1, model.base + 3)
    gradient = model.objective(x, [40], [name])[1]
    slope = optimize.approx_fprime(x, lambda x: model.objective(x, [40], [name])[0], 1e-6)
    np.testing.assert_allclose(gradient, slope, atol=2e-4 * np.abs(slope).max())


def test_the_maximum_is_that_of_a_general_optimiser():
    rng = np.random.default_rng(3)
    t = np.arange(160)
    mean = 25 + np.where(t >= 50, 400.0 * (np.maximum(t - 50, 0) + 1.0) ** -0.7, 0)
    model = Model(rng.poisson(mean * rng.gamma(20, 1 / 20, 160)).astype(float), season(160, 24, 1), (1,))
    for name in CLASSES:
        fit = model.fit([50], [name])

        def minus(x: np.ndarray, name: str = name) -> tuple[float, np.ndarray]:
            value, gradient, _ = model.objective(x, [50], [name])
            return -value, -gradient

        other = min(
            optimize.minimize(
                minus, model.start([50], [name], delay), jac=True, method="L-BFGS-B", bounds=model.bounds([name]),
                options={"maxiter": 2000, "maxfun": 5000},
            ).fun
            for delay in (0.7, 5.0)
        )  # fmt: skip
        assert fit.log_likelihood > -other - 0.01, name


def test_simulated_records_have_the_mean_the_spread_the_memory_and_the_gaps():
    rng = np.random.default_rng(4)
    model = Model(np.where(np.arange(4000) == 7, np.nan, rng.poisson(40, 4000)), season(4000, 24, 0), (1,))
    fit = model.fit([], [])
    x = fit.x.copy()
    x[0], x[1], x[2] = math.log(40), 0.6, math.log(0.05)
    level, _ = model.level(x, [], [])
    chosen = type(fit)(x, (), 0.0, 0.0, level, level, x[1:2], 0.05)
    drawn = model.simulated(chosen, rng)
    assert math.isnan(drawn.y[7])
    assert np.isfinite(np.delete(drawn.y, 7)).all()
    again = drawn.fit([], [])
    assert again.phi[0] == pytest.approx(0.6, abs=5 * 0.8 / math.sqrt(4000))
    assert again.dispersion == pytest.approx(0.05, abs=5 * 0.05 * math.sqrt(3 / 4000))


def test_the_background_interval_covers():
    rng = np.random.default_rng(5)
    inside = 0
    for _ in range(120):
        model = Model(rng.poisson(20 * rng.gamma(10, 0.1, 120)).astype(float), season(120, 24, 0), (1,))
        b = model.background(model.fit([], []), [], 0.8, "hour")
        inside += b.low <= 20 <= b.high
    assert abs(inside / 120 - 0.8) < 5 * math.sqrt(0.8 * 0.2 / 120)
