"""The population of branching ratios: against a slow twin, on known populations, and with pooling that is too sure."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from groundswell.estimators.excitation.panel_likelihood import LikelihoodCurve
from groundswell.estimators.excitation.panel_pooling import averages, looked_up, pool, widened
from groundswell.estimators.statistics.diagnostics import coverage


def normal_curve(estimate, error, signed=False):
    """The likelihood of a normal estimate, cut at 0 unless signed."""
    best = estimate if signed or estimate > 0 else 0.0
    return LikelihoodCurve(best, np.array([best]), np.array([(best - estimate) / error]), 1 / error, 1 / error)


def test_a_curve_is_the_likelihood_it_was_made_of():
    n = np.linspace(0, 1, 11)
    for estimate in (0.3, -0.1):
        curve = normal_curve(estimate, 0.1)
        expected = stats.norm.logpdf(n, estimate, 0.1) - stats.norm.logpdf(max(estimate, 0.0), estimate, 0.1)
        np.testing.assert_allclose(curve(n), expected, atol=1e-9)
    low, high = normal_curve(0.3, 0.1).interval(0.95, False)
    assert (low, high) == (pytest.approx(0.3 - 0.196, abs=1e-3), pytest.approx(0.3 + 0.196, abs=1e-3))
    assert normal_curve(0.1, 0.1).interval(0.95, False)[0] == 0.0
    assert normal_curve(0.1, 0.1, signed=True).interval(0.95, True)[0] == pytest.approx(-0.096, abs=1e-3)
    moved = normal_curve(-0.1, 0.1).moved(0.15, False)
    np.testing.assert_allclose(
        moved(n) - moved(np.array([0.05])), stats.norm.logpdf(n, 0.05, 0.1) - stats.norm.logpdf(0, 0, 0.1)
    )
    assert moved.best == pytest.approx(0.05)
    assert normal_curve(-0.1, 0.1).moved(0.05, False).best == 0.0


def test_averages_over_a_population_are_those_of_the_slow_twin():
    rng = np.random.default_rng(1)
    nodes, weights = rng.uniform(0, 1, (3, 4, 20)), rng.dirichlet(np.ones(20))
    points = np.linspace(0, 1.0, 200)
    table = np.exp(-((points - 0.3) ** 2) / 0.02)
    expected = np.interp(nodes, points, table)
    np.testing.assert_allclose(looked_up(nodes, 0.0, points[1], table), expected, atol=1e-12)
    np.testing.assert_allclose(averages(nodes, weights, 0.0, points[1], table), expected @ weights, atol=1e-12)


def test_the_likelihood_of_a_population_is_the_integral_it_stands_for():
    curves = [normal_curve(e, 0.1) for e in (0.5, 0.15, -0.05)]
    found = pool(curves, False, 0.95, False)

    u = (np.arange(4000) + 0.5) / 4000

    def likelihood(mean, cv):
        n = stats.gamma.ppf(u, 1 / cv**2, scale=mean * cv**2)
        return sum(np.log(np.mean(np.exp(c(n)))) for c in curves)

    # the spread integrated out over the same prior, at the mean found and at the ends of its interval
    cvs = np.concatenate([[1e-3], np.geomspace(0.04, 4, 20)])
    weight = np.gradient(cvs) / (1 + cvs**2)

    def integrated(mean):
        values = np.array([likelihood(mean, c) for c in cvs])
        return values.max() + np.log(weight @ np.exp(values - values.max()))

    top = integrated(found.mean)
    assert top > max(integrated(found.mean * 0.9), integrated(found.mean * 1.1))
    for end in (found.low, found.high):
        assert 2 * (top - integrated(end)) == pytest.approx(stats.chi2.ppf(0.95, 1), abs=0.15)


@pytest.mark.parametrize("signed", [False, True])
def test_mean_and_spread_are_recovered_and_a_pooling_without_spread_is_found_out(signed):
    places, mean, sd = 12, 0.3, 0.15
    partial, complete, between, new, own = [], [], [], [], []
    for seed in range(60):
        rng = np.random.default_rng([seed, 8])
        n = rng.normal(mean, sd, places) if signed else rng.gamma((mean / sd) ** 2, sd**2 / mean, places)
        errors = rng.uniform(0.03, 0.12, places)
        curves = [normal_curve(e, s, signed) for e, s in zip(rng.normal(n, errors), errors, strict=True)]
        found = pool(curves, signed, 0.95, False)
        partial.append((found.low, found.high))
        between.append(found.between)
        another = rng.normal(mean, sd) if signed else rng.gamma((mean / sd) ** 2, sd**2 / mean)
        new.append(found.prediction[0] <= another <= found.prediction[1])
        own.append(np.mean((found.shrunken_low <= n) & (n <= found.shrunken_high)))
        fixed = pool(curves, signed, 0.95, True)
        complete.append((fixed.low, fixed.high))
    low, high = np.array(partial).T
    too_low, too_high = np.array(complete).T
    assert coverage(low, high, mean, 0.95).passed
    assert not coverage(too_low, too_high, mean, 0.95).passed
    assert abs(np.mean(between) - sd) < 5 * np.std(between, ddof=1) / np.sqrt(60)
    assert np.mean(new) > 0.9
    assert abs(np.mean(own) - 0.95) < 5 * np.std(own, ddof=1) / np.sqrt(60) + 0.01


@pytest.mark.long
def test_places_that_are_alike_pool_to_the_common_estimate():
    errors = np.full(30, 0.1)
    rng = np.random.default_rng(4)
    estimates = rng.normal(0.5, errors)
    complete = pool([normal_curve(e, 0.1) for e in estimates], False, 0.95, True)
    assert complete.mean == pytest.approx(estimates.mean(), abs=2e-3)
    assert complete.high - complete.low == pytest.approx(2 * 1.96 * 0.1 / np.sqrt(30), rel=0.03)
    assert np.isnan(complete.heterogeneity_p)
    hits = 0
    for seed in range(200):
        estimates = np.random.default_rng([seed, 2]).normal(0.5, errors[:10])
        hits += pool([normal_curve(e, 0.1) for e in estimates], False, 0.95, False).heterogeneity_p < 0.05
    assert hits < 2 * 0.05 * 200
    mixed = pool([normal_curve(e, 0.05) for e in np.tile([0.1, 0.6], 5)], False, 0.95, False)
    assert mixed.heterogeneity_p < 1e-6


def test_places_without_any_pool_to_nothing():
    curves = [normal_curve(e, 0.1) for e in np.random.default_rng(1).normal(0.0, 0.1, 20)]
    found = pool(curves, False, 0.95, False)
    assert found.low == 0.0
    assert found.high < 0.1
    assert (found.shrunken_low == 0).all()


def test_an_uncertain_decay_widens_the_interval():
    found = pool([normal_curve(e, 0.1) for e in (0.4, 0.5, 0.6)], False, 0.95, False)
    wider = widened(found, 0.3, 0.4, 0.95, False)
    assert wider.high - wider.mean == pytest.approx(np.hypot(found.high - found.mean, 1.96 * 0.12), rel=1e-3)
    assert widened(found, 0.3, float("nan"), 0.95, False) == found
