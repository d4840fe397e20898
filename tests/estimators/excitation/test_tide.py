"""Excitation on top of a hidden tide: the likelihood against slow twins, and records that only look contagious."""

from __future__ import annotations

import json
import math
from functools import cache

import numpy as np
import pytest
from scipy import optimize, stats

from groundswell import fit_excitation
from groundswell.errors import EstimationError
from groundswell.estimators.excitation import tide_fit
from groundswell.estimators.excitation.counts import filled
from groundswell.estimators.excitation.discrete import simulate_excitation
from groundswell.estimators.excitation.examination import examine
from groundswell.estimators.excitation.intensity import boundary_p, climb, profile_interval, rank_p, simulated_p
from groundswell.estimators.excitation.options import Tide
from groundswell.estimators.excitation.panel import fit_panel
from groundswell.estimators.excitation.tide import DISPERSION, innovations, tide_model, without_excitation
from groundswell.estimators.excitation.tide_kernels import (
    band_backward,
    band_cholesky,
    band_forward,
    band_inverse,
    band_times,
    tide_precision,
)

BOUNDS = (math.log(0.25), math.log(13))


def dense(band):
    """A banded matrix written out."""
    N, width = band.shape
    out = np.zeros((N, N))
    for i in range(N):
        for m in range(min(width, i + 1)):
            out[i, i - m] = out[i - m, i] = band[i, m]
    return out


def autoregression(rng, T, memory, sd):
    x = np.zeros(T)
    x[0] = sd * rng.normal()
    for t in range(1, T):
        x[t] = memory * x[t - 1] + math.sqrt(1 - memory**2) * sd * rng.normal()
    return x


@cache
def small(K):
    """A short record with a gap, its model, and parameters away from any bound."""
    rng = np.random.default_rng(K)
    T = 40
    y = rng.poisson(np.exp(1 + 0.5 * np.sin(np.arange(T) / 5))[:, None] * np.ones(K)).astype(float)
    seen = np.ones((T, K), bool)
    seen[12:16] = False
    X = np.stack([np.column_stack([np.ones(T), np.linspace(-0.5, 0.5, T)])] * K)
    model = tide_model(np.where(seen, y, np.nan), seen, X, BOUNDS, 2)
    theta = model.starts({})[1].theta + 0.1 * rng.normal(size=model.names.total)
    theta[model.names.branching] = rng.uniform(0.05, 0.3, K * K)
    return model, theta


# --- slow twins -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("K", [1, 2, 3])
def test_banded_algebra_is_dense_algebra(K):
    model, theta = small(K)
    memory, Sigma = innovations(theta, model.names)
    Q, log_det = tide_precision(40, memory, Sigma)
    full = dense(Q)
    # the precision is that of the covariance of the autoregression
    start = Sigma / (1 - np.outer(memory, memory))
    covariance = np.zeros((40 * K, 40 * K))
    for s in range(40):
        for t in range(s, 40):
            block = np.diag(memory ** (t - s)) @ start
            covariance[t * K : t * K + K, s * K : s * K + K] = block
            covariance[s * K : s * K + K, t * K : t * K + K] = block.T
    np.testing.assert_allclose(full @ covariance, np.eye(40 * K), atol=1e-7)
    assert log_det == pytest.approx(np.linalg.slogdet(full)[1], abs=1e-8)
    v = np.random.default_rng(1).normal(size=40 * K)
    L = band_cholesky(Q)
    np.testing.assert_allclose(band_times(Q, v), full @ v, atol=1e-9)
    np.testing.assert_allclose(band_backward(L, band_forward(L, v)), np.linalg.solve(full, v), atol=1e-9)
    inside = dense(band_inverse(L))
    np.testing.assert_allclose(np.where(inside != 0, np.linalg.inv(full), 0), inside, atol=1e-9)


def slow_value(model, theta):
    """The Laplace approximation, by a dense optimiser and dense determinants; without what does not depend on x."""
    T, K = model.y.shape
    memory, Sigma = innovations(theta, model.names)
    Q = dense(tide_precision(T, memory, Sigma)[0])
    spread = np.tile(np.exp(theta[model.names.dispersion]), T)
    E = model.excess(theta)[0].ravel()
    y, seen = np.where(model.seen, model.y, 0).ravel(), model.seen.ravel()
    A = np.zeros((T * K, T * K + 2 * K))
    A[:, : T * K] = np.eye(T * K)
    for k in range(K):
        A[k::K, T * K + 2 * k : T * K + 2 * k + 2] = model.X[k]
    P = np.zeros((A.shape[1],) * 2)
    P[: T * K, : T * K] = Q
    P[T * K :, T * K :] = 0.01 * np.eye(2 * K)

    def negative(u):
        mean = np.exp(A @ u) + E
        each = y * np.log(mean) - (y + 1 / spread) * np.log1p(spread * mean)
        slope = (y - mean) / (mean * (1 + spread * mean)) * np.exp(A @ u)
        return -each[seen].sum() + 0.5 * u @ P @ u, -A.T @ np.where(seen, slope, 0) + P @ u

    u = optimize.minimize(negative, np.zeros(A.shape[1]), jac=True, method="BFGS", options={"gtol": 1e-7}).x
    base = np.exp(A @ u)
    mean = base + E
    W = np.where(seen, base**2 / (mean * (1 + spread * mean)), 0)
    value = -negative(u)[0] + 0.5 * np.linalg.slogdet(Q)[1] - 0.5 * np.linalg.slogdet(Q + np.diag(W))[1]
    counts = y[seen]
    size = 1 / spread[seen]
    from scipy.special import gammaln

    value += np.sum(gammaln(counts + size) - gammaln(size) + counts * np.log(1 / size) - gammaln(counts + 1))
    ridge = np.sum((theta[model.names.memory] - 2) ** 2) + np.sum(theta[model.names.correlation] ** 2)
    return value - 0.5 * 2e-3 * ridge


@pytest.mark.parametrize("K", [1, 2])
def test_the_likelihood_and_its_score_are_those_of_a_slow_twin(K):
    model, theta = small(K)
    value, score, _ = model.evaluate(theta)
    assert value == pytest.approx(slow_value(model, theta), abs=2e-4)
    for i in range(theta.size):
        ends = []
        for side in (1e-3, -1e-3):
            moved = theta.copy()
            moved[i] += side
            ends.append(model.evaluate(moved)[0])
        assert score[i] == pytest.approx((ends[0] - ends[1]) / 2e-3, abs=0.02 + 0.002 * abs(score[i]))


def test_a_record_without_a_tide_has_the_likelihood_of_a_regression():
    """With a tide of no size, the model is a negative binomial regression with identity-link excitation."""
    rng = np.random.default_rng(3)
    y = rng.poisson(5, (80, 1)).astype(float)
    model = tide_model(y, np.ones((80, 1), bool), np.ones((1, 80, 1)), BOUNDS, 4)
    theta = np.array([math.log(2e-3), 0.0, math.log(0.1), 0.0, 0.0])
    used = y[4:, 0]
    best = optimize.minimize_scalar(
        lambda m: -stats.nbinom.logpmf(used, 10, 10 / (10 + math.exp(m))).sum(), bounds=(0, 3), method="bounded"
    )
    ridge = 0.5 * 2e-3 * 4 + 0.5 * 0.01 * best.x**2
    assert model.evaluate(theta)[0] == pytest.approx(-best.fun - ridge, abs=2e-3)


def test_steps_that_nobody_watched_change_nothing():
    model, theta = small(1)
    other = model.y.copy()
    other[12:16] = 700.0
    again = tide_model(other, model.seen_at_all, model.X, BOUNDS, 2)
    assert again.evaluate(theta)[0] == pytest.approx(model.evaluate(theta)[0], abs=1e-6)
    y = np.array([[4.0], [6.0], [np.nan], [np.nan], [1.0], [3.0]])
    past, _ = filled(y, np.isfinite(y))
    assert past[2, 0] > past[3, 0]  # nearer to the busy side
    assert 2.0 < past[3, 0] < past[2, 0] < 5.0


# --- p-values -------------------------------------------------------------------------------------------------------


def test_the_law_on_the_boundary_and_the_bootstrap_agree_where_both_are_known():
    assert boundary_p(0.0) == 1.0
    assert boundary_p(1.35, 1, 0) == pytest.approx(0.5 * stats.chi2.sf(2.7, 1) + 0.5 * stats.chi2.sf(2.7, 1))
    assert boundary_p(2.58) == pytest.approx(0.05, abs=0.002)
    rng = np.random.default_rng(0)

    def draw(i):
        return 0.5 * max(0.0, rng.normal()) ** 2 * 2  # half nothing, half chi-square: gains are half of it

    p, used, _ = simulated_p(0.0, draw, 500)
    assert p == 1.0
    assert used == 10  # it stops when it knows
    p, used, values = simulated_p(3.0, draw, 400, enough=400)
    assert used == 400
    exact = stats.norm.sf(math.sqrt(3.0))
    assert abs(p - exact) < 5 * math.sqrt(exact / 400)
    assert rank_p(float(values.max()) + 5.0, values) < 1 / 401


# --- worlds ---------------------------------------------------------------------------------------------------------


def found(worlds, **options):
    """How many of some records are said to be excited."""
    return sum(fit_excitation(y, interval="none", **options).excited for y in worlds)


@pytest.mark.long
def test_what_only_looks_contagious_is_not_found():
    """Faults E1 and E3, a fast tide, a flicker: 18 records, of which a spline model finds most."""
    worlds = []
    t = np.arange(900)
    steps = 1 + 4 * (t >= 250) + np.where(t >= 430, 8 * np.exp(-(t - 430) / 100), 0.0)
    days = [np.random.default_rng(100 + seed).poisson(steps) for seed in range(4)]
    for seed in range(6):
        rng = np.random.default_rng(1000 + seed)
        worlds.append((rng.uniform(size=520) > 0.9) * rng.poisson(3.0, 520))
        worlds.append(rng.poisson(5 * np.exp(autoregression(rng, 400, 0.8, 0.6))))
    hits = found(worlds) + found(days, step="day")
    assert hits < 2 * 0.05 * 16  # splines find one in five


def test_excitation_is_found_with_and_without_a_tide():
    hits = inside = 0
    for seed in range(8):
        rng = np.random.default_rng(seed)
        tide = np.exp(autoregression(rng, 520, 0.95, 0.4)) if seed % 2 else np.ones(520)
        y = simulate_excitation(3 * tide, [[0.4]], half_life=1.0, seed=seed)
        fit = fit_excitation(y, bootstrap=0)
        hits += fit.excited
        inside += fit.low[0, 0] <= 0.4 <= fit.high[0, 0]
        assert fit.low[0, 0] <= fit.branching[0, 0] <= fit.high[0, 0]
    assert hits >= 5  # power about nine in ten
    assert inside >= 7  # 287 of 300 such records (limits of `fit_excitation`)


def test_a_gap_is_named_and_a_declared_one_is_skipped():
    rng = np.random.default_rng(4)
    y = rng.poisson(5.0, 300).astype(float)
    y[120:133] = 0
    silent = fit_excitation(y, interval="none")
    assert not silent.passed
    assert silent.gaps == ((120, 132, ("kind 0",)),)
    assert "weeks 120 to 132" in silent.answer
    declared = y.copy()
    declared[120:133] = np.nan
    content = fit_excitation(declared, interval="none")
    assert content.passed
    assert not content.excited
    assert content.unwatched == 13
    mask = np.ones(300, bool)
    mask[120:133] = False
    assert fit_excitation(y, watched=mask, interval="none").log_likelihood == pytest.approx(content.log_likelihood)
    sparse = (rng.uniform(size=300) > 0.9) * rng.poisson(3.0, 300)
    assert fit_excitation(sparse, interval="none").gaps == ()  # long runs of zeros are what it is made of


@pytest.mark.long
def test_a_swing_that_two_kinds_share_is_not_one_bringing_the_other():
    false = 0
    for seed in range(3):
        rng = np.random.default_rng(2000 + seed)
        x = np.exp(autoregression(rng, 400, 0.98, 0.6))
        fit = fit_excitation(np.column_stack([rng.poisson(5 * x), rng.poisson(3 * x)]), interval="none")
        false += fit.pair_p[0, 1] < 0.05
    assert false == 0
    rng = np.random.default_rng(7)
    x = np.exp(autoregression(rng, 400, 0.98, 0.4))
    first = rng.poisson(4 * x)
    second = np.empty(400)
    S = 4.0
    for t in range(400):
        second[t] = rng.poisson(2 * x[t] + 0.4 * S)
        S = 0.5 * S + 0.5 * first[t]
    fit = fit_excitation(np.column_stack([first, second]), kinds=["a", "b"], interval="wald")
    assert fit.pair_p[0, 1] < 0.01
    assert fit.pair_p[1, 0] > 0.05
    assert fit.low[0, 1] > 0
    json.dumps(fit.to_dict(), allow_nan=False)


def test_a_jump_is_part_of_the_tide_and_located():
    y = np.random.default_rng(1).poisson(np.where(np.arange(400) < 150, 1.5, 9.0))
    fit = fit_excitation(y, interval="none")
    assert len(fit.breaks[0]) == 1
    assert abs(fit.breaks[0][0] - 150) <= 3
    assert fit_excitation(y, baseline=Tide(breaks=()), interval="none").breaks == ((),)


def test_an_explosive_fit_never_passes():
    y = simulate_excitation(np.full((200, 1), 2.0), [[0.5]], half_life=1.0, seed=1)
    fit = fit_excitation(y, interval="none", bootstrap=0)
    from dataclasses import replace

    wild = replace(fit, spectral_radius=1.04, passed=False)
    assert "explosive" in wild.answer


def test_an_examination_under_a_tide_masks_and_refuses():
    rng = np.random.default_rng(4)
    y = rng.poisson(5.0, 300).astype(float)
    y[120:133] = 0
    silent = examine(y)
    assert not silent.passed
    assert "weeks 120 to 132" in silent.answer
    y[120:133] = np.nan
    content = examine(y)
    assert content.fit.rival == "tide"
    assert content.pairs[0].verdict in ("none", "undetermined")
    json.dumps(content.to_dict(), allow_nan=False)


def test_places_that_explode_do_not_speak_for_the_others_and_pairs_need_their_kinds_only():
    rng = np.random.default_rng(5)
    places = {f"calm {k}": rng.poisson(0.08, (1450, 1)) for k in range(6)}
    for k in range(2):  # fault E4
        y = rng.poisson(0.012, (1450, 1))
        for at in rng.choice(1446, 3, replace=False):
            y[at : at + 3, 0] += rng.poisson(2.0, 3)
        places[f"clumped {k}"] = y
    fit = fit_panel(places, kinds=["protest"], threads=1)
    assert not fit.excited
    assert fit.pooled == 6
    assert all("explosive" in p.reason for p in fit.places if p.name.startswith("clumped"))
    assert fit.high[0, 0] < 1
    two = {f"p{i}": rng.poisson(1.0, (300, 2)) for i in range(4)}
    two["p0"][:, 1] = 0
    two["p0"][[5, 90, 200], 1] = 1  # fault E14
    mixed = fit_panel(two, kinds=["attack", "demonstration"], threads=1)
    assert mixed.asked.tolist() == [[4, 3], [3, 3]]
    assert np.isfinite(mixed.places[0].branching[0, 0])
    assert np.isnan(mixed.places[0].branching[0, 1])


@pytest.mark.long
def test_a_panel_is_asked_again_under_tides_of_its_places():
    one = {f"p{i}": simulate_excitation(np.full(300, 3.0), [[0.5]], half_life=1.0, seed=i) for i in range(3)}
    fit = fit_panel(one, threads=1)
    assert fit.tide_p is not None
    assert fit.excited
    assert fit.asked[0, 0] == 3
    assert "of 3 places" in fit.answer
    assert 0.2 < fit.median[0, 0] < 0.8
    json.dumps(fit.to_dict(), allow_nan=False)


@pytest.mark.parametrize(
    "counts", [np.full(100, np.nan), np.zeros(100), np.r_[np.ones(59), np.full(40, np.nan)], np.full(90, -1.0)]
)
def test_what_cannot_be_used_is_refused_in_a_sentence(counts):
    with pytest.raises(EstimationError):
        fit_excitation(counts)


def test_a_climb_holds_what_is_fixed():
    model, _ = small(1)
    peak = climb(model, model.starts({})[0], without_excitation(model.names))
    assert peak.theta[model.names.pair(0, 0)] == 0.0
    assert peak.log_likelihood <= climb(model, model.starts({})[0]).log_likelihood + 1e-3


def test_poisson_intervals_hold_the_dispersion_as_the_fit_does(monkeypatch):
    """Bursts that no Poisson tide holds: a profile that frees the dispersion never falls, and its interval is all."""
    rng = np.random.default_rng(0)
    y = (rng.uniform(size=500) > 0.93) * rng.poisson(3000 * rng.gamma(0.3, 3, 500), 500)
    fit = fit_excitation(y, family="poisson", baseline=Tide(harmonics=0, breaks=()), bootstrap=0)
    assert fit.high[0, 0] < 0.1  # and not 3, the end of the range

    held = []

    def spied(model, peak, i, *rest, fixed=None, **options):
        held.append((i, dict(fixed or {})))
        return profile_interval(model, peak, i, *rest, fixed=fixed, **options)

    monkeypatch.setattr(tide_fit, "profile_interval", spied)
    y = simulate_excitation(np.full(200, 3.0), [[0.5]], half_life=1.0, seed=1)
    fit_excitation(y, family="poisson", bootstrap=0)
    names = small(1)[0].names
    lowest = {names.dispersion.start: math.log(DISPERSION[0])}
    assert held == [(names.pair(0, 0), lowest), (names.half_life.start, lowest)]
