"""Likelihood of the Hawkes process over a flexible baseline: against its definition, and its gradients."""

from __future__ import annotations

import math

import numpy as np
import pytest

from groundswell.estimators.excitation import continuous_history as history
from groundswell.estimators.excitation import continuous_inference as inference
from groundswell.estimators.excitation import continuous_likelihood as likelihood
from groundswell.estimators.excitation.continuous_baseline import CONSTANT, ContinuousBaseline, build_design
from groundswell.estimators.excitation.continuous_marginal import design_times, penalised
from groundswell.estimators.excitation.group import fit_both

RNG = np.random.default_rng(2)
SPAN = 1100.0
TIMES = np.sort(RNG.uniform(0, SPAN, 260))
KIND = RNG.integers(0, 2, TIMES.size)
RECORD = history.EventHistory(
    TIMES, KIND, 2, SPAN, RNG.normal(size=TIMES.size), 40 * RNG.normal(size=(TIMES.size, 2)), np.full(TIMES.size, 1e-4)
)
N, STIFFNESS = np.array([0.15, 0.25]), 4.0


def kernel(form: history.Form = "exponential", per_pair=False, marked=False, spatial=False, exact=False):
    power = form == "power_law"
    low = [math.log(0.3), math.log(0.3)] if power else [math.log(0.3)] * (1 + per_pair)
    high = [math.log(10), math.log(3)] if power else [math.log(40)] * (1 + per_pair)
    low, high = low + [-0.5] * marked + [0.0] * spatial, high + [1.5] * marked + [5.0] * spatial
    rates = history.power_law_rates(0.3, SPAN) if power else np.empty(0)
    return history.Kernel(form, per_pair, marked, spatial, exact, np.array(low), np.array(high), 2, rates)


def prepared(k, inhibition=False, baseline=None):
    design = build_design(SPAN, 0.0, 130, baseline or ContinuousBaseline(), None, (), [])
    return likelihood.prepare_target(RECORD, k, 1, TIMES[KIND == 1], design, inhibition)


def definition(t, k, theta, b):
    """The penalised log-likelihood from its definition, pair by pair, with explicit kernels."""
    base = np.exp(design_times(t.design.X, b))
    weight, _ = RECORD.weights(k.productivity(theta))
    half = k.half_lives(theta)

    def g(tau, j):
        if k.form == "power_law":
            c, tail = math.exp(theta[0]), math.exp(theta[1])
            return tail * c**tail * (tau + c) ** (-1 - tail)
        return math.log(2) / half[j] * 2 ** (-tau / half[j])

    assert RECORD.place is not None
    assert RECORD.density is not None
    total = -float(base @ t.design.width)
    for i in np.flatnonzero(KIND == 1):
        u = base[t.design.rows(TIMES[i : i + 1])[0]]
        for m in range(i):
            f = 1.0
            if k.spatial:
                s = k.spread(theta)
                square = float(np.sum((RECORD.place[i] - RECORD.place[m]) ** 2))
                f = math.exp(-0.5 * square / s**2) / (2 * math.pi * s * s) / RECORD.density[i]
            u += N[KIND[m]] * weight[m] * g(TIMES[i] - TIMES[m], KIND[m]) * f
        total += math.log(u)
    for j in range(2):
        shares = k.cumulative(SPAN - TIMES[j == KIND], j, theta)
        total -= N[j] * float(weight[j == KIND] @ shares)
    return total - 0.5 * float(likelihood.prior_precision(t, STIFFNESS) @ b**2)


FORMS = [
    {},
    {"per_pair": True},
    {"marked": True},
    {"form": "power_law"},
    {"form": "power_law", "marked": True},
    {"form": "power_law", "exact": True},
    {"spatial": True, "marked": True},
    {"form": "power_law", "spatial": True},
]


@pytest.mark.parametrize("form", FORMS, ids=str)
def test_the_likelihood_is_that_of_the_definition(form):
    k = kernel(**form)
    t, theta = prepared(k), 0.45 * k.low + 0.55 * k.high
    if k.per_pair:
        theta[1] -= 1.0
    b = t.b0.copy()
    found = likelihood.evaluate(t, N, theta, STIFFNESS, b)
    laplace = 0.5 * np.log1p(t.strength / STIFFNESS).sum()
    taken = likelihood.adjustment(t, N[1], theta, STIFFNESS)
    # a power law by exponentials is within 1e-4 of itself, so 1e-4 of its part of every intensity
    near = 1e-4 * TIMES.size if k.form == "power_law" else 1e-5
    assert found.value == pytest.approx(definition(t, k, theta, b) - laplace - taken, abs=near)


PAIRWISE = [f for f in FORMS if "exact" in f or "spatial" in f]  # not fitted with inhibition
CASES = [(f, False) for f in FORMS] + [(f, True) for f in FORMS if f not in PAIRWISE]


@pytest.mark.parametrize(("form", "inhibition"), CASES, ids=str)
def test_the_gradient_is_that_of_the_likelihood(form, inhibition):
    k = kernel(**form)
    t, theta = prepared(k, inhibition), 0.45 * k.low + 0.55 * k.high
    n = N * ([1, -1] if inhibition else [1, 1])
    b = t.b0.copy()
    found = likelihood.evaluate(t, n, theta, STIFFNESS, b)

    def value(n, theta, stiffness=STIFFNESS):
        return likelihood.evaluate(t, n, theta, stiffness, b.copy()).value

    step = 1e-3  # the inner maximum is found to about 1e-6
    for i, e in enumerate(step * np.eye(2)):
        assert found.in_n[i] == pytest.approx((value(n + e, theta) - value(n - e, theta)) / (2 * step), abs=5e-3)
    for i, e in enumerate(step * np.eye(theta.size)):
        numeric = (value(n, theta + e) - value(n, theta - e)) / (2 * step)
        assert found.in_theta[i] == pytest.approx(numeric, abs=5e-3)
    up, down = STIFFNESS * math.exp(step), STIFFNESS * math.exp(-step)
    numeric = (value(n, theta, up) - value(n, theta, down)) / (2 * step)
    assert found.in_log_stiffness == pytest.approx(numeric, abs=5e-3)


@pytest.mark.parametrize(("c", "tail"), [(0.3, 0.3), (0.3, 2.9), (10.0, 0.3), (10.0, 2.9), (2.0, 1.0)])
def test_a_power_law_is_a_sum_of_exponentials_within_one_in_ten_thousand(c, tail):
    k = kernel("power_law")
    theta = np.log([c, tail])
    tau = np.concatenate([[0.0], np.geomspace(1e-3, SPAN, 200)])
    a, slopes = k.mixture(theta)
    mixture = np.sum(a * k.rates * np.exp(-np.outer(tau, k.rates)), axis=1)
    exact = tail * c**tail * (tau + c) ** (-1 - tail)
    assert np.max(np.abs(mixture / exact - 1)) < 1e-4
    cumulative = np.sum(a * -np.expm1(-np.outer(tau, k.rates)), axis=1)
    assert np.max(np.abs(cumulative - k.cumulative(tau, 0, theta))) < 1e-4
    for i in range(2):
        move = np.zeros(2)
        move[i] = 1e-6
        numeric = (k.mixture(theta + move)[0] - k.mixture(theta - move)[0]) / 2e-6
        assert np.allclose(slopes[i], numeric, atol=1e-8)


def test_the_integral_of_a_softened_intensity_is_exact_to_a_millionth():
    k = kernel()
    edges = np.linspace(0, SPAN, 50)
    nodes, weights = likelihood.nodes_between(TIMES, edges, 0.3)
    assert weights.sum() == pytest.approx(SPAN)
    for half, n in ((0.3, 0.8), (3.0, -0.6), (40.0, -0.6)):
        made = history.History(RECORD, k, np.flatnonzero(KIND == 1), nodes)
        z = made(np.array([math.log(half)])).node_z
        assert weights @ z[:, 0] == pytest.approx(made(np.array([math.log(half)])).G[0], rel=1e-6)
        value = float(weights @ likelihood.softened(0.1 + n * z[:, 0], 0.03))
        fine_nodes, fine_weights = likelihood.nodes_between(TIMES, np.linspace(0, SPAN, 20_001), 0.01)
        fine = history.History(RECORD, k, np.flatnonzero(KIND == 1), fine_nodes)(np.array([math.log(half)])).node_z
        exact = float(fine_weights @ likelihood.softened(0.1 + n * fine[:, 0], 0.03))
        assert value == pytest.approx(exact, rel=1e-5)


def test_without_negative_terms_softening_far_above_zero_changes_nothing():
    k, theta = kernel(), np.array([math.log(3.0)])
    plain, soft = prepared(k, baseline=CONSTANT), prepared(k, True, CONSTANT)
    found = [likelihood.evaluate(t, N, theta, 1.0, t.b0.copy()).value for t in (plain, soft)]
    assert found[0] == pytest.approx(found[1], abs=0.05)


def test_the_inner_search_finds_a_maximum():
    t = prepared(kernel())
    b, at = t.b0.copy(), np.empty(t.events)
    X, none = t.design.X, np.empty(0)
    excess = np.full(t.events, 0.02)
    precision = likelihood.prior_precision(t, STIFFNESS)
    args = (precision, t.design.width, t.row, excess, 0.0, np.empty(0, np.int64), none, none)
    value = penalised(X, *args, b, at, none)
    base = np.exp(design_times(X, b))
    score = X @ (np.bincount(t.row, base[t.row] / (base[t.row] + excess), base.size) - t.design.width * base)
    assert np.abs(score - precision * b).max() < 1e-3
    plain = np.log(base[t.row] + excess).sum() - base @ t.design.width - 0.5 * precision @ b**2
    assert value == pytest.approx(plain, rel=1e-12)
    assert np.allclose(at, 1 / (base[t.row] + excess))


def test_the_strength_of_the_wiggles_is_their_information_without_excitation():
    t = prepared(kernel())
    b = t.b0.copy()
    likelihood.evaluate(t, np.zeros(2), 0.5 * (t.kernel.low + t.kernel.high), STIFFNESS, b)
    wiggles = t.design.X[t.design.rigid :]
    observed = (wiggles * (t.design.width * np.exp(design_times(t.design.X, b)))) @ wiggles.T
    exact = 0.5 * np.linalg.slogdet(np.eye(len(wiggles)) + observed / STIFFNESS)[1]
    assert 0.5 * np.log1p(t.strength / STIFFNESS).sum() == pytest.approx(exact, abs=0.5)


def test_score_statistics_of_a_shift_peak_at_the_shift():
    times = np.sort(np.concatenate([RNG.uniform(0, 500, 60), RNG.uniform(500, 1000, 240)]))
    record = history.EventHistory(times, np.zeros(300, np.int64), 1, 1000.0)
    k = history.Kernel("exponential", False, False, False, False, np.log([0.3]), np.log([40.0]), 1)
    design = build_design(1000.0, 0.0, 300, ContinuousBaseline(), None, (), [])
    t = likelihood.prepare_target(record, k, 0, times, design, False)
    group = inference.ContinuousGroup([t])
    null, full, _ = fit_both(group, group.begin())
    assert full.log_likelihood >= null.log_likelihood
    edges, scores = inference.shift_scores(t, null, times)
    assert abs(edges[int(np.argmax(scores))] - 500) < 30
