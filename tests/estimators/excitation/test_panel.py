"""Excitation over many places: known truths, many places without any, and one place as by itself."""

from __future__ import annotations

import json

import numpy as np
import pytest
from numpy.typing import ArrayLike

from groundswell.errors import EstimationError
from groundswell.estimators.excitation import discrete
from groundswell.estimators.excitation.baseline import Baseline, dense_design
from groundswell.estimators.excitation.discrete import fit_excitation, fit_targets, simulate_excitation
from groundswell.estimators.excitation.discrete_scores import expected_bias
from groundswell.estimators.excitation.options import ExcitationSettings
from groundswell.estimators.excitation.panel import fit_panel
from groundswell.estimators.excitation.panel_likelihood import common_decay, fit_at, target_of_place
from groundswell.estimators.statistics.diagnostics import coverage

QUIET = Baseline(breaks=())


def panel(seed, places=5, T=260, mean=0.3, cv=0.5, level=4.0):
    """Weekly counts of one kind, by place, and the true branching ratios."""
    rng = np.random.default_rng([seed, 77])
    n = rng.gamma(1 / cv**2, mean * cv**2, places) if cv else np.full(places, mean)
    n = np.minimum(n, 0.9)
    made: dict[str, ArrayLike] = {
        f"place {i}": simulate_excitation(
            np.full((T, 1), level), [[n[i]]], half_life=1.5, dispersion=0.1, seed=seed * 100 + i
        )
        for i in range(places)
    }
    return made, n


# --- known truths ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def known():
    """Panels of eight places whose branching ratios vary by four fifths of their mean, cut at 0.9."""
    made = []
    for seed in range(16):
        counts, n = panel(seed, places=8, T=312, mean=0.4, cv=0.8, level=8.0)
        fits = (fit_panel(counts, baseline=QUIET, pooling=p, threads=1) for p in ("partial", "complete"))
        made.append((n, *fits))
    return made


@pytest.mark.long
def test_the_population_is_recovered_and_complete_pooling_is_found_out(known):
    drawn = np.minimum(np.random.default_rng(0).gamma(1 / 0.64, 0.4 * 0.64, 100_000), 0.9)
    truth, sd = drawn.mean(), drawn.std()
    low, high = (np.array([getattr(f, end)[0, 0] for _, f, _ in known]) for end in ("low", "high"))
    assert coverage(low, high, truth, 0.95).passed
    low, high = (np.array([getattr(f, end)[0, 0] for *_, f in known]) for end in ("low", "high"))
    assert not coverage(low, high, truth, 0.95).passed
    means = np.array([f.branching[0, 0] for _, f, _ in known])
    assert abs(means.mean() - truth) < 5 * means.std(ddof=1) / 4
    spread = np.array([f.between[0, 0] for _, f, _ in known])
    assert abs(spread.mean() - sd) < 5 * spread.std(ddof=1) / 4
    assert sum(f.excited for _, f, _ in known) >= 15


@pytest.mark.long
def test_places_are_covered_and_shrinking_them_helps(known):
    inside, error, shrunken_error = [], [], []
    for n, fit, _ in known:
        for truth, place in zip(n, fit.places, strict=True):
            inside.append(place.low[0, 0] <= truth <= place.high[0, 0])
            if place.passed:
                error.append((place.branching[0, 0] - truth) ** 2)
                shrunken_error.append((place.shrunken[0, 0] - truth) ** 2)
    assert np.mean(inside) > 0.9
    assert np.mean(shrunken_error) < np.mean(error)


def test_the_answer_says_what_was_found():
    fit = fit_panel(panel(0, places=8, T=312, mean=0.4, cv=0.8, level=8.0)[0], baseline=QUIET, threads=1)
    assert fit.answer.startswith("Excitation was found over 8 of 8 places")
    found = json.loads(json.dumps(fit.to_dict()))
    assert found["branching"][0][0] == pytest.approx(fit.branching[0, 0])
    assert len(found["places"]) == 8
    assert found["answer"] == fit.answer
    assert fit.prediction_low[0, 0] <= fit.low[0, 0] <= fit.high[0, 0] <= fit.prediction_high[0, 0]
    assert fit.half_life_low[0] < 1.5 < fit.half_life_high[0]


# --- places that only look contagious -------------------------------------------------------------------------------


@pytest.mark.long
def test_many_places_with_growth_season_and_jumps_are_not_contagion():
    T, weeks, hits, pairs, above = 312, np.arange(312), 0, 0, 0
    for seed in range(14):
        rng = np.random.default_rng([seed, 3])
        baselines = [
            0.5 * np.exp(np.log(12) * weeks / T),
            3 * np.exp(0.8 * np.cos(2 * np.pi * weeks / 52.18 + rng.uniform(0, 6))),
            np.where(rng.uniform(0.25, 0.75) * T > weeks, 1.5, 7.5),
        ]
        counts = {
            f"{i}": simulate_excitation(baselines[i % 3], [[0.0]], dispersion=0.2 * (i % 2), seed=seed * 50 + i)
            for i in range(6)
        }
        fit = fit_panel(counts, threads=1, seed=seed)
        hits += fit.p < 0.05
        pairs += fit.pair_p[0, 0] < 0.05
        above += fit.low[0, 0] > 0
    assert max(hits, pairs, above) < 2 * 0.05 * 14


def test_who_excites_whom_is_not_mixed_up_and_a_misfit_is_kept_out():
    counts = {
        f"{i}": simulate_excitation(np.full((312, 2), 4.0), [[0.0, 0.5], [0.0, 0.0]], half_life=1.0, seed=i)
        for i in range(4)
    }
    counts["odd"] = np.random.default_rng(1).poisson(np.where(np.arange(312) % 2 == 0, 2.0, 9.0)[:, None] * [1, 1])
    fit = fit_panel(counts, kinds=["violence", "repression"], baseline=QUIET)
    assert fit.branching[0, 1] > 0.35
    assert fit.branching[1, 0] < 0.1
    assert fit.pair_p[0, 1] < 0.01
    assert "'violence' triggers" in fit.answer
    odd = next(p for p in fit.places if p.name == "odd")
    assert not odd.passed
    assert "does not fit" in odd.reason
    assert np.isnan(odd.shrunken).all()
    assert fit.pooled == 4
    assert fit.passed
    assert not np.allclose(fit.with_all, fit.branching)
    lost = fit_panel({"odd": counts["odd"]}, baseline=QUIET)
    assert not lost.passed
    assert lost.answer.startswith("No verdict")
    json.dumps(lost.to_dict())


def test_inhibition_is_pooled_with_its_sign():
    counts = {
        f"{i}": simulate_excitation(
            np.full((312, 2), 8.0), [[0.0, -0.5], [0.0, 0.0]], half_life=1.0, inhibition=True, seed=i
        )
        for i in range(3)
    }
    fit = fit_panel(counts, inhibition=True, baseline=QUIET)
    assert fit.high[0, 1] < 0
    assert fit.low[0, 1] < -0.5 < fit.high[0, 1]
    assert "prevents" in fit.answer


# --- parts ----------------------------------------------------------------------------------------------------------


def fitted_target(seed=2, n=0.4):
    y = simulate_excitation(np.full((300, 1), 5.0), [[n]], half_life=1.5, dispersion=0.1, seed=seed).astype(float)
    return fit_targets(y, y, ExcitationSettings(baseline=QUIET))


@pytest.mark.parametrize("n", [0.4, 0.0])
def test_the_curve_of_a_place_is_its_profile_likelihood(n):
    fitted = fitted_target(n=n, seed=4)
    t, (null, full, _) = fitted.targets[0], fitted.groups[0][2]
    h = full.log_half_life if n else 0.5
    at = fit_at(t, full, h)
    for exact, share in ((True, 0.02), (False, 0.25)):
        made = target_of_place(t, null, at, np.zeros(1), exact)
        curve = made.curves[0].moved(float(made.bias[0]), False)  # as it was before the bias was taken off
        for value in np.array([0.5, 1.0, 2.0]) * made.errors[0] + at.n[0][0]:
            twin = fit_at(t, at, at.log_half_life, {0: value})
            fall = at.log_likelihood - twin.log_likelihood
            assert float(curve(np.array([value]))[0]) == pytest.approx(-fall, rel=share, abs=0.02)


def test_the_shared_decay_is_where_the_likelihoods_sum_highest():
    fits = [fitted_target(seed) for seed in (1, 2, 3)]
    targets = [f.targets[0] for f in fits]
    both = [f.groups[0][2] for f in fits]
    h, error, points, _ = common_decay(targets, both, lambda f, *over: list(map(f, *over)))

    def total(at):
        return sum(fit_at(t, p, at).log_likelihood for t, p in zip(targets, points, strict=True))

    assert total(h) > max(total(h - 0.5 * error), total(h + 0.5 * error)) - 0.02
    assert 2 * (total(h) - total(h + 2 * error)) == pytest.approx(4, rel=0.6)


def test_the_expected_bias_is_that_of_many_records(monkeypatch):
    monkeypatch.setattr(discrete, "design", lambda T, *a: dense_design(np.ones((T, 1)), np.zeros((T, 0))))
    estimate, bias = [], []
    for seed in range(60):
        y = simulate_excitation(np.full((200, 1), 5.0), [[0.4]], half_life=1.5, seed=seed).astype(float)
        settings = ExcitationSettings(baseline=QUIET, family="poisson", half_life=(1.499, 1.501))
        fitted = fit_targets(y, y, settings)
        full = fitted.groups[0][2].full
        estimate.append(full.n[0][0])
        bias.append(expected_bias(fitted.targets[0], full, 0)[0])
    corrected = np.array(estimate) - bias
    assert np.mean(bias) < -0.01
    assert abs(corrected.mean() - 0.4) < 3 * corrected.std(ddof=1) / np.sqrt(60)


def test_one_place_is_as_by_itself():
    y = simulate_excitation(np.full((400, 2), 4.0), [[0.4, 0.3], [0.0, 0.2]], half_life=1.5, seed=3)
    alone = fit_excitation(y, interval="wald", baseline=QUIET)
    made = fit_panel({"here": y}, baseline=QUIET)
    fitted = fit_targets(y.astype(float), y.astype(float), ExcitationSettings(baseline=QUIET))
    bias = np.column_stack([expected_bias(g.targets[0], f.full, 0) for _, g, f in fitted.groups])
    np.testing.assert_allclose(made.branching, np.maximum(alone.branching - bias, 0), atol=0.01)
    np.testing.assert_allclose(made.high, alone.high, atol=0.04)
    np.testing.assert_allclose(made.half_life, alone.half_life, rtol=0.05)
    assert made.p == pytest.approx(alone.p, abs=0.02)
    assert made.pooled == 1


def test_order_and_threads_do_not_matter():
    counts, _ = panel(1)
    first = fit_panel(counts, baseline=QUIET, threads=1)
    second = fit_panel(dict(reversed(counts.items())), baseline=QUIET, threads=3)
    assert json.dumps(first.to_dict()) == json.dumps(second.to_dict())


def test_bad_input_is_refused_and_small_places_are_left_out():
    counts, _ = panel(2, places=3)
    counts["small"] = np.ones((30, 1))
    counts["silent"] = np.zeros((200, 1))
    made = fit_panel(counts, baseline=QUIET)
    assert len(made.places) == 5
    assert {p.name: p.reason for p in made.places if p.reason} == {
        "small": "30 steps",
        "silent": "0 events of 'kind 0'",
    }
    for wrong, settings in [
        ({}, {}),
        ({"a": np.ones((30, 1))}, {}),
        ({**counts, "b": np.ones((200, 2))}, {}),
        ({**counts, "b": np.full((200, 1), 0.5)}, {}),
        ({**counts, "b": ["x"] * 100}, {}),
        (counts, {"pooling": "some"}),
        (counts, {"interval": "hdi"}),
        (counts, {"family": "normal"}),
        (counts, {"step": "year"}),
        (counts, {"level": 2.0}),
        (counts, {"threads": 0}),
        (counts, {"coverage": {"place 1": np.ones(260)}}),
        (counts, {"coverage": {name: np.full(260, np.nan) for name in counts}}),
    ]:
        with pytest.raises(EstimationError):
            fit_panel(wrong, baseline=QUIET, **settings)
