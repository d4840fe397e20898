"""Bayesian fits of excitation: known truths, ranks of truths among draws, and what maximum likelihood says."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

pytest.importorskip("numpyro", reason="the extra 'bayes' (NumPyro) is not installed")
pytestmark = [
    pytest.mark.filterwarnings("ignore::FutureWarning"),  # of ArviZ and JAX, about their own next versions
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]

from groundswell.errors import EstimationError  # noqa: E402
from groundswell.estimators.excitation import bayes as module  # noqa: E402
from groundswell.estimators.excitation.baseline import Baseline  # noqa: E402
from groundswell.estimators.excitation.bayes import Priors, fit_excitation_bayes  # noqa: E402
from groundswell.estimators.excitation.bayes_checks import evaluated  # noqa: E402
from groundswell.estimators.excitation.discrete import fit_excitation, simulate_excitation  # noqa: E402
from groundswell.estimators.excitation.options import BayesSettings  # noqa: E402
from groundswell.estimators.statistics.diagnostics import rank_uniformity  # noqa: E402

PLAIN = Baseline(df_per_year=1.0, harmonics=0, breaks=())
SMALL = {"chains": 1, "warmup": 200, "samples": 200, "compare": False}


@pytest.fixture(scope="module")
def excited():
    y = simulate_excitation(np.full((520, 1), 3.0), [[0.5]], half_life=1.0, dispersion=0.05, seed=3)
    return y, fit_excitation_bayes(y, kinds=["protest"], baseline=PLAIN, chains=2, warmup=300, samples=400, seed=1)


# --- the likelihood that is sampled ---------------------------------------------------------------------------------


def test_the_gradient_is_that_of_the_likelihood(excited):
    y, _ = excited
    (record,) = module._records({"record": y.astype(float)}, BayesSettings(baseline=PLAIN), {}, 0.0, [])
    x = np.array([0.3, 0.2, math.log(0.1), math.log(5.0)])
    target, start = record.targets[0], record.start[0]
    _, gradient, _ = evaluated(target, start, x)
    for i, step in enumerate(np.eye(4) * 1e-4):
        slope = (evaluated(target, start, x + step)[0] - evaluated(target, start, x - step)[0]) / 2e-4
        assert gradient[i] == pytest.approx(slope, rel=0.02, abs=0.02)


def test_the_evidence_is_that_of_quadrature():
    """Poisson and without excitation, one number is left, the trend's, and its evidence is a sum over a line."""
    y = np.random.default_rng(4).poisson(4, 150).astype(float)[:, None]
    (record,) = module._records({"record": y}, BayesSettings(baseline=PLAIN, family="poisson"), {}, 0.0, [])
    setting = module._Setting("none", True, False, 0.0, Priors())
    u = np.linspace(-9, 3, 400)
    density = [
        evaluated(record.targets[0], record.start[0], np.array([0.0, 0.0, 0.0, -2 * v]))[0]
        + math.log(2) - 0.5 * math.log(2 * math.pi) - math.exp(2 * v) / 2 + v
        for v in u
    ]  # fmt: skip
    exact = float(np.log(np.trapezoid(np.exp(np.array(density) - max(density)), u)) + max(density))
    drawn = {"trend": np.exp(np.random.default_rng(1).choice(u, (1, 500, 1), p=_weights(density)))}
    assert module._evidence(record, setting, drawn, 0) == pytest.approx(exact, abs=0.15)


def _weights(density):
    w = np.exp(np.array(density) - max(density))
    return w / w.sum()


# --- known truths ---------------------------------------------------------------------------------------------------


def test_excitation_is_found_and_agrees_with_maximum_likelihood(excited):
    y, fit = excited
    assert fit.sampled, (fit.r_hat, fit.effective, fit.divergent)
    assert fit.low[0, 0] < 0.5 < fit.high[0, 0]
    assert fit.above[0, 0] > 0.99
    assert fit.log_bayes_factor[0] > 3
    ml = fit_excitation(y, kinds=["protest"], baseline=PLAIN, interval="wald")
    width = ml.high[0, 0] - ml.low[0, 0]
    assert abs(fit.branching[0, 0] - ml.branching[0, 0]) < 0.5 * width
    assert "probable" in fit.answer
    json.dumps(fit.to_dict())


def test_a_series_without_excitation_is_told_apart():
    y = np.random.default_rng(5).poisson(4, 520)
    fit = fit_excitation_bayes(y, baseline=PLAIN, chains=1, warmup=300, samples=400)
    assert fit.above[0, 0] < 0.95
    assert fit.log_bayes_factor[0] < 0
    assert fit.low[0, 0] < 0.05
    assert not fit.answer.startswith("Excitation is probable")


def test_the_same_seed_gives_the_same_draws():
    y = np.random.default_rng(6).poisson(4, 104)
    first, again = (fit_excitation_bayes(y, baseline=PLAIN, seed=3, **SMALL) for _ in range(2))
    assert all(np.array_equal(first.draws[name], again.draws[name]) for name in first.draws)
    other = fit_excitation_bayes(y, baseline=PLAIN, seed=4, **SMALL)
    assert not np.array_equal(first.draws["n"], other.draws["n"])


def test_places_are_pooled():
    truth = [0.2, 0.4, 0.6, 0.4]
    places = {
        f"place {i}": simulate_excitation(np.full((260, 1), 4.0), [[n]], half_life=1.0, seed=20 + i)
        for i, n in enumerate(truth)
    }
    fit = fit_excitation_bayes(places, baseline=PLAIN, chains=1, warmup=300, samples=300)
    assert fit.low[0, 0] < np.mean(truth) < fit.high[0, 0]
    alone = fit_excitation_bayes(places, baseline=PLAIN, pooling="none", chains=1, warmup=300, samples=300)
    spread_pooled, spread_alone = (float(np.ptp(f.place_branching[:, 0, 0])) for f in (fit, alone))
    assert spread_pooled < spread_alone  # places borrow from each other
    assert np.isnan(alone.between).all()
    assert np.isnan(alone.log_bayes_factor).all()
    assert fit.draws["tau"].shape == (1, 300, 1, 1)


def test_inhibition_is_seen_only_where_it_is_allowed():
    y = simulate_excitation(np.full((400, 1), 6.0), [[-0.6]], half_life=0.5, inhibition=True, seed=7)
    fit = fit_excitation_bayes(y, baseline=PLAIN, inhibition=True, **SMALL)
    assert fit.high[0, 0] < 0


# --- simulation-based calibration -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def ranks():
    """Branching drawn from the prior in 40 records, and 99 draws from the posterior of each.

    Places that are not pooled share no unknown, so one run of the sampler draws from all 40 posteriors.
    """
    rng = np.random.default_rng(8)
    priors = Priors(branching=0.3, half_life=(7.0, 0.5), dispersion=0.2, trend=0.05)
    truth, places = [], {}
    while len(truth) < 40:
        n, half = abs(rng.normal(0, 0.3)), math.exp(rng.normal(0, 0.5))
        if n >= 0.95:  # such a record explodes
            continue
        y = simulate_excitation(
            np.full((104, 1), 6.0 * (1 - n)), [[n]], half_life=half, dispersion=abs(rng.normal(0, 0.2)),
            seed=1000 + len(truth),
        )  # fmt: skip
        places[f"record {len(truth)}"] = y
        truth.append(n)
    fit = fit_excitation_bayes(
        places, baseline=PLAIN, priors=priors, pooling="none", chains=1, warmup=150, samples=198, seed=1
    )
    return [(n, fit.draws["n"][0, ::2, p, 0, 0]) for p, n in enumerate(truth)]


def test_ranks_of_the_truth_are_uniform(ranks):
    found = [int((drawn < n).sum()) for n, drawn in ranks]
    check = rank_uniformity(found, 99, bins=4)
    assert check.passed, check


def test_a_posterior_that_is_too_narrow_or_shifted_is_caught(ranks):
    narrow = [int((drawn.mean() + 0.3 * (drawn - drawn.mean()) < n).sum()) for n, drawn in ranks]
    shifted = [int((drawn + 0.2 < n).sum()) for n, drawn in ranks]
    assert not rank_uniformity(narrow, 99, bins=4).passed
    assert not rank_uniformity(shifted, 99, bins=4).passed


# --- input ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("counts", "settings"),
    [
        ({}, {}),
        (np.ones(100), {"pooling": "some"}),
        (np.ones(100), {"step": "year"}),
        (np.ones(100), {"family": "normal"}),
        (np.ones(100), {"samples": 10}),
        (np.ones(100), {"level": 0.2}),
        (np.ones(100), {"coverage": {"elsewhere": np.ones(100)}}),
        (np.ones(100), {"coverage": np.ones(3)}),
        ({"a": np.ones((100, 1)), "b": np.ones((100, 2))}, {}),
    ],
)
def test_bad_input_is_refused(counts, settings):
    with pytest.raises(EstimationError):
        fit_excitation_bayes(counts, **settings)


def test_priors_have_scales_above_zero():
    with pytest.raises(EstimationError):
        Priors(branching=0.0)
