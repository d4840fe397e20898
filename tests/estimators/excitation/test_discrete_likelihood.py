"""The likelihood of the model of excitation: kernels against slow twins, the maximum against another search."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import optimize, stats

from groundswell.estimators.excitation import discrete_kernels as kernels
from groundswell.estimators.excitation.baseline import Baseline, design
from groundswell.estimators.excitation.discrete import simulate_excitation
from groundswell.estimators.excitation.discrete_likelihood import DiscreteGroup
from groundswell.estimators.excitation.discrete_scores import absent_scores
from groundswell.estimators.excitation.discrete_target import Family, prepare_basis, prepare_target
from groundswell.estimators.excitation.group import fit_both
from groundswell.estimators.excitation.scores import cone

BOUNDS = (math.log(0.25), math.log(13.0))


# --- sums over the local basis --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("step", "T", "breaks"), [("week", 364, (100, 200)), ("day", 900, (300,)), ("week", 80, ())])
def test_the_local_basis_makes_the_dense_columns(step, T, breaks):
    rng = np.random.default_rng(1)
    d = design(T, step, Baseline(), rng.normal(size=T), []).shifted(breaks)
    F = np.zeros((T, d.q))
    np.add.at(F, (np.arange(T)[:, None], d.index.astype(int)), d.value)
    np.testing.assert_allclose(F @ d.rigid_map, d.rigid, atol=1e-12)
    np.testing.assert_allclose(F @ d.wiggle_map, d.wiggles, atol=1e-12)
    basis = prepare_basis(d, 10)
    np.testing.assert_allclose(F @ basis.A, basis.X, atol=1e-9)
    Q = basis.X[10:, : basis.rigid]
    np.testing.assert_allclose(Q.T @ Q / (T - 10), np.eye(basis.rigid), atol=1e-9)
    w, v, c = rng.uniform(size=T), rng.normal(size=T), rng.normal(size=d.q)
    K = rng.normal(size=(d.q, d.q))
    K = K @ K.T
    np.testing.assert_allclose(kernels.local_times(d.index, d.value, c), F @ c, atol=1e-9)
    np.testing.assert_allclose(kernels.local_transposed(d.index, d.value, v, 10, d.q), F[10:].T @ v[10:], atol=1e-9)
    gram = (F[10:] * w[10:, None]).T @ F[10:]
    np.testing.assert_allclose(kernels.local_gram(d.index, d.value, w, 10, d.q), gram, atol=1e-9)
    quadratic = kernels.local_quadratic(d.index, d.value, K, 10)
    np.testing.assert_allclose(quadratic[10:], np.einsum("ti,ij,tj->t", F[10:], K, F[10:]), atol=1e-8)
    np.testing.assert_allclose(kernels.sandwich(basis.A, gram), basis.A.T @ gram @ basis.A, atol=1e-8)
    inner = rng.normal(size=(basis.A.shape[1],) * 2)
    inner = inner @ inner.T + np.eye(len(inner))
    np.testing.assert_allclose(kernels.spread_out(basis.A, inner), basis.A @ inner @ basis.A.T, atol=1e-8)
    L = kernels.cholesky(inner)
    np.testing.assert_allclose(L, np.linalg.cholesky(inner), atol=1e-9)
    np.testing.assert_allclose(kernels.cholesky_solve(L, inner @ inner[0]), inner[0], atol=1e-8)
    np.testing.assert_allclose(kernels.cholesky_inverse(L) @ inner, np.eye(len(inner)), atol=1e-8)


def test_the_cone_is_that_of_a_constrained_search():
    rng = np.random.default_rng(2)
    U = rng.normal(size=(20, 3, 2))
    information = np.stack([np.array([[1.0, r], [r, 2.0]]) for r in (-0.5, 0.0, 0.9)])
    for signed in (False, True):
        found = cone(U, information, signed)
        for k in range(20):
            for g in range(3):
                twin = optimize.minimize(
                    lambda n, u=U[k, g], J=information[g]: n @ J @ n - 2 * u @ n,
                    np.full(2, 0.1),
                    bounds=[(None if signed else 0, None)] * 2,
                )
                assert found[k, g] == pytest.approx(-twin.fun, abs=1e-4)


# --- likelihood -----------------------------------------------------------------------------------------------------


def prepared(family: Family = "negative_binomial", inhibition=False, target=0, T=150):
    y = simulate_excitation(np.full((T, 2), 3.0), [[0.4, 0.2], [0.0, 0.3]], half_life=2.0, dispersion=0.2, seed=1)
    y = y.astype(float)
    basis = prepare_basis(design(T, "week", Baseline(df_per_year=3.0), None, []), 10)
    return prepare_target(y[:, target], y, basis, family, inhibition, target, BOUNDS)


def marginal(t, x):
    """Value and gradient at x = (n_0, n_1, log half-life, log dispersion, log stiffness)."""
    z, dz = kernels.kernel_sums(t.S, t.start, 2.0 ** (-1 / math.exp(x[2])))
    grad, b = np.empty(5), t.b0.copy()
    spread = 0.0 if t.poisson else math.exp(x[3])
    basis = (t.basis.index, t.basis.value, t.basis.A, t.rigid)
    point = (b, np.array(x[:2]), x[2], spread, math.exp(x[4]), t.above, t.soft)
    value = kernels.marginal(*basis, t.y, z, dz, t.lead, *point, grad, np.empty(t.y.size))
    return value + t.constant, grad, b


def penalised_twin(t, x, b):
    """The penalised log-likelihood, from its definition: explicit kernel weights, scipy's distributions."""
    d = 2.0 ** (-1 / math.exp(x[2]))
    total = 0.0
    for s in range(t.lead, t.y.size):
        excess = 0.0
        for j in range(2):
            lags = np.arange(1, s + 1)
            history = float(((1 - d) * d ** (lags - 1)) @ t.S[s - lags, j]) + d**s * t.start[j]
            excess += x[j] * history
        mean = math.exp(t.X[s] @ b) + excess
        if t.soft > 0:
            mean = t.soft * np.logaddexp(0, mean / t.soft)
        if t.poisson:
            total += stats.poisson.logpmf(t.y[s], mean)
        else:
            r = math.exp(-x[3])
            total += stats.nbinom.logpmf(t.y[s], r, r / (r + mean))
    precision = np.where(np.arange(b.size) < t.rigid, kernels.FREE, math.exp(x[4]))
    return float(total) - 0.5 * float(precision @ b**2)


X0 = np.array([0.3, 0.15, math.log(1.7), math.log(0.2), math.log(5.0)])


@pytest.mark.parametrize("family", ["poisson", "negative_binomial"])
@pytest.mark.parametrize("inhibition", [False, True])
def test_the_likelihood_is_that_of_the_slow_twin(family, inhibition):
    t = prepared(family, inhibition)
    value, _, b = marginal(t, X0)
    twin = penalised_twin(t, X0, b)
    # the twin at the mode, plus the Laplace term from differences of the twin's mean function
    d = 2.0 ** (-1 / math.exp(X0[2]))
    z, _ = kernels.kernel_sums(t.S, t.start, d)
    u = np.exp(t.X @ b) + z @ X0[:2]
    mean = t.soft * np.logaddexp(0, u / t.soft) if inhibition else u
    link = 1 / (1 + np.exp(-u / t.soft)) if inhibition else np.ones_like(u)
    spread = 0.0 if t.poisson else math.exp(X0[3])
    D = (np.exp(t.X @ b) * link / np.sqrt(mean + spread * mean**2))[t.lead :, None] * t.X[t.lead :, t.rigid :]
    laplace = 0.5 * np.linalg.slogdet(D.T @ D / math.exp(X0[4]) + np.eye(D.shape[1]))[1]
    assert value == pytest.approx(twin - laplace, abs=1e-4)
    # and the mode is a maximum: no direction is uphill
    rng = np.random.default_rng(1)
    for _ in range(5):
        step = 1e-3 * rng.normal(size=b.size)
        up, down = penalised_twin(t, X0, b + step), penalised_twin(t, X0, b - step)
        assert abs(up - down) < 1e-3 * (abs(2 * twin - up - down) + 1e-2)


@pytest.mark.parametrize("family", ["poisson", "negative_binomial"])
@pytest.mark.parametrize("inhibition", [False, True])
def test_the_gradient_is_that_of_the_likelihood(family, inhibition):
    t = prepared(family, inhibition, T=400)
    _, grad, _ = marginal(t, X0)
    free = range(5) if family == "negative_binomial" else (0, 1, 2, 4)
    errors = np.array([1 / t.scale[0], 1 / t.scale[1], 5.0, 5.0, 1.0])  # gradient per standard error, about
    for i in free:
        step = np.zeros(5)
        step[i] = 1e-4
        numeric = (marginal(t, X0 + step)[0] - marginal(t, X0 - step)[0]) / 2e-4
        # the derivative of the Laplace term takes expected for observed information: a hundredth of a standard error
        assert abs(numeric - grad[i]) < 0.02 * errors[i]


def test_kernel_weights_sum_to_one_and_halve_in_a_half_life():
    S = np.zeros((200, 1))
    S[0] = 1.0
    z, _ = kernels.kernel_sums(S, np.zeros(1), 2.0 ** (-1 / 4.0))
    assert z.sum() == pytest.approx(1.0)
    assert z[: 4 + 1].sum() == pytest.approx(0.5)
    assert z[0] == 0.0  # nothing within the step of the event


def test_the_adjustment_for_the_rigid_columns_is_that_of_the_slow_twin():
    t = prepared()
    assert t.adjustment is not None
    window = 2 * max(3, t.y.size // 40) + 1
    smooth = np.convolve(np.pad(t.y, window // 2, mode="edge"), np.ones(window) / window, "valid")
    level = np.maximum(smooth, 0.05 * t.y.mean())
    excess = np.clip(np.sum((t.y - level) ** 2 - level) / np.sum(level**2), 0, 5)
    weight = 1 / (level * (1 + excess * level))
    columns = t.X[:, : t.rigid] * level[:, None]

    def twin(n, h):
        d = 2.0 ** (-1 / math.exp(h))
        moved = columns.copy()
        for s in range(1, t.y.size):
            lags = np.arange(1, s + 1)
            moved[s] -= n * (((1 - d) * d ** (lags - 1)) @ columns[s - lags] + d**s * columns[0])
        rows = slice(t.lead, None)
        return 0.5 * np.linalg.slogdet(moved[rows].T @ (moved[rows] * weight[rows, None]))[1]

    for n, h in ((0.4, math.log(1.7)), (0.8, math.log(9.0)), (0.1, math.log(0.3))):
        value, in_n, in_h = t.adjustment(n, h)
        assert value == pytest.approx(twin(n, h) - twin(0.0, h), abs=1e-4)
        assert in_n == pytest.approx((twin(n + 1e-5, h) - twin(n - 1e-5, h)) / 2e-5, abs=2e-3)
        assert in_h == pytest.approx((twin(n, h + 1e-5) - twin(n, h - 1e-5)) / 2e-5, abs=5e-3)
    assert t.adjustment(0.0, 1.0)[0] == pytest.approx(0.0, abs=1e-12)


def test_the_scores_without_excitation_are_the_slope_of_the_likelihood():
    t = prepared(T=300)
    assert t.adjustment is not None
    group = DiscreteGroup([t])
    null = fit_both(group, group.begin()).null
    grid = np.log([0.5, 1.7, 6.0])
    scores = absent_scores(t, null, 0, [0, 1], grid).value
    for g, h in enumerate(grid):
        at = [0.0, 0.0, h, math.log(null.spread[0]), math.log(null.stiffness[0])]
        slope = marginal(t, at)[1][:2]
        slope[t.own] -= t.adjustment(0.0, h)[1]
        np.testing.assert_allclose(scores[g], slope, rtol=1e-3, atol=1e-3 / t.scale.max())


def test_the_fit_is_a_maximum():
    t = prepared(T=300)
    group = DiscreteGroup([t])
    null, full, _ = fit_both(group, group.begin())

    def objective(x):
        assert t.adjustment is not None
        return marginal(t, x)[0] - t.adjustment(x[0], x[2])[0]

    found = np.array([*full.n[0], full.log_half_life, math.log(full.spread[0]), math.log(full.stiffness[0])])
    assert full.log_likelihood == pytest.approx(objective(found), abs=1e-3)
    limits = [(0, 3), (0, 3), BOUNDS, (-9, 3), (-4, 13)]
    other = optimize.minimize(lambda x: -objective(x), X0, method="Nelder-Mead", bounds=limits)
    assert full.log_likelihood >= -other.fun - 0.02
    assert full.log_likelihood >= null.log_likelihood
