"""Fits of the Hawkes process: known truths, records that only look contagious, and inputs that cannot be used."""

from __future__ import annotations

import datetime
import json
import math

import numpy as np
import pytest

from groundswell.errors import EstimationError
from groundswell.estimators.excitation.continuous import fit_hawkes
from groundswell.estimators.excitation.continuous_baseline import ContinuousBaseline
from groundswell.estimators.excitation.continuous_simulation import simulate_hawkes, simulate_lookalike
from groundswell.estimators.statistics.diagnostics import coverage

SPAN = 700.0


def excited(n=0.45, seed=0, half_life=2.0, span=SPAN, mean=0.4, **settings):
    rate = mean * (1 - n)
    return simulate_hawkes(rate, n, half_life=half_life, end=span, burn=60, seed=seed, **settings)


def near(hits, share, n):
    return abs(hits - share * n) < 5 * math.sqrt(n * share * (1 - share))


@pytest.fixture(scope="module")
def fits():
    """Two dozen fits of a known truth with the default baseline."""
    return [fit_hawkes(r.times, end=SPAN) for r in (excited(seed=s) for s in range(24))]


def test_a_known_truth_is_recovered(fits):
    n = np.array([f.branching[0, 0] for f in fits])
    error = n.std() / math.sqrt(n.size)
    assert abs(n.mean() - 0.45) < 5 * error
    assert n.std() < 0.2
    half = np.log([f.half_life[0, 0] for f in fits])
    assert abs(half.mean() - math.log(2.0)) < 5 * half.std() / math.sqrt(half.size)
    share = np.array([f.triggered[0] for f in fits])
    assert np.abs(share - n).max() < 0.2


def test_intervals_cover_and_the_check_catches_broken_ones(fits):
    low, high = (np.array([getattr(f, side)[0, 0] for f in fits]) for side in ("low", "high"))
    assert coverage(low, high, 0.45, 0.95).passed
    centre, reach = (low + high) / 2, (high - low) / 2
    assert not coverage(centre - 0.3 * reach, centre + 0.3 * reach, 0.45, 0.95).passed  # too narrow
    assert not coverage(low + 1.5 * reach, high + 1.5 * reach, 0.45, 0.95).passed  # biased
    low, high = (np.array([getattr(f, f"half_life_{side}")[0, 0] for f in fits]) for side in ("low", "high"))
    assert coverage(low, high, 2.0, 0.95).passed


def test_power_and_checks(fits):
    assert np.mean([f.p < 0.05 for f in fits]) > 0.9
    more = [fit_hawkes(excited(seed=s).times, end=SPAN, interval="none") for s in range(24, 40)]
    assert sum(not f.passed for f in (*fits, *more)) < 2 * 0.05 * 40
    assert sum(len(f.breaks[0]) for f in fits) <= 6
    f = next(f for f in fits if f.excited)
    assert "one event of 'event' triggers" in f.answer
    found = json.loads(json.dumps(f.to_dict()))
    assert found["answer"] == f.answer
    assert found["branching"] == f.branching.tolist()
    assert f.residuals[0].size == f.events[0]


KINDS = ("growth", "season", "coverage jump")


def test_records_that_only_look_contagious_are_not_found_so():
    N, hits, naive = 14, 0, 0
    for kind in KINDS:
        for s in range(N):
            r = simulate_lookalike(kind, events=200, years=2, seed=s)
            fit = fit_hawkes(r.times, end=r.end, interval="none")
            hits += fit.excited
            if s < 5:
                naive += fit_hawkes(r.times, end=r.end, baseline="constant", interval="none").p < 0.05
    assert hits < 2 * 0.05 * 3 * N
    assert naive >= 12  # of 15: what the flexible baseline is for


def test_a_coverage_jump_is_found_where_it_is_or_given():
    r = simulate_lookalike("coverage jump", events=600, years=3, seed=3)
    fit = fit_hawkes(r.times, end=r.end, interval="none")
    assert len(fit.breaks[0]) == 1
    jump = fit.breaks[0][0]
    assert np.sum(r.times > jump) / (r.end - jump) > 3.5 * np.sum(r.times < jump) / jump
    steps = ([0.0, jump], [0.0, math.log(5)])
    known = ContinuousBaseline(breaks=())
    found = fit_hawkes(r.times, end=r.end, coverage=steps, baseline=known, interval="none")
    assert (
        found.log_likelihood_null > fit_hawkes(r.times, end=r.end, baseline=known, interval="none").log_likelihood_null
    )


def test_who_excites_whom_is_not_transposed():
    n = np.array([[0.2, 0.5], [0.0, 0.2]])
    r = simulate_hawkes([0.3, 0.15], n, half_life=[1.0, 2.0], end=1500, burn=30, seed=4)
    labels = np.array(["strike", "arrest"])[r.kinds]
    fit = fit_hawkes(r.times, kinds=labels, labels=["strike", "arrest"], end=1500, interval="wald")
    assert fit.kinds == ("strike", "arrest")
    assert fit.pair_p[0, 1] < 0.01
    assert fit.pair_p[1, 0] > 0.05
    assert fit.low[0, 1] <= 0.5 <= fit.high[0, 1]
    assert fit.branching[1, 0] < 0.15
    # the other order of labels is the same fit, transposed with it
    other = fit_hawkes(r.times, kinds=labels, end=1500, interval="none")
    assert other.kinds == ("arrest", "strike")
    assert np.allclose(other.branching[::-1, ::-1], fit.branching, atol=1e-3)


@pytest.mark.parametrize("decay", ["shared", "per_pair"])
def test_decays_shared_or_by_pair(decay):
    n = np.array([[0.4, 0.3], [0.0, 0.3]])
    half = 1.5 if decay == "shared" else np.array([[0.5, 4.0], [1.0, 0.5]])
    r = simulate_hawkes([0.4, 0.3], n, half_life=half, end=1500, burn=30, seed=5)
    fit = fit_hawkes(r.times, kinds=r.kinds, end=1500, decay=decay, baseline="constant", interval="none")
    assert np.abs(fit.branching - n).max() < 0.2
    if decay == "shared":
        assert np.allclose(fit.half_life, fit.half_life[0, 0])
    else:
        assert fit.half_life[0, 1] > 2 * fit.half_life[0, 0]


def test_inhibition_is_found_with_its_sign():
    n = np.array([[0.0, -0.9], [0.0, 0.2]])
    r = simulate_hawkes([0.4, 0.8], n, half_life=3.0, end=1500, burn=30, seed=6, inhibition=True, method="thinning")
    fit = fit_hawkes(r.times, kinds=r.kinds, end=1500, inhibition=True, baseline="constant", interval="wald")
    assert fit.branching[0, 1] < -0.3
    assert fit.high[0, 1] < 0
    assert fit.pair_p[0, 1] < 0.01
    assert fit.passed
    excitation_only = fit_hawkes(r.times, kinds=r.kinds, end=1500, baseline="constant", interval="none")
    assert excitation_only.log_likelihood < fit.log_likelihood - 5


def test_marks_tell_which_events_excite():
    sizes = np.random.default_rng(0).lognormal(0, 1.2, 400)
    r = simulate_hawkes(0.25, 0.5, half_life=1.0, end=1500, burn=30, seed=7, sizes=sizes, productivity=1.0)
    fit = fit_hawkes(r.times, marks=r.sizes, end=1500, baseline="constant", interval="none")
    assert abs(fit.parameters[0]["productivity"] - 1.0) < 0.4
    assert r.sizes is not None
    shuffled = np.random.default_rng(1).permutation(r.sizes)
    placebo = fit_hawkes(r.times, marks=shuffled, end=1500, baseline="constant", interval="none")
    assert placebo.log_likelihood < fit.log_likelihood - 5
    assert abs(placebo.parameters[0]["productivity"]) < 0.6


def test_a_power_law_is_recovered_by_its_fast_and_its_exact_form():
    r = simulate_hawkes(0.3, 0.5, kernel="power_law", c=1.0, theta=1.5, end=1200, burn=100, seed=8)
    fast, exact = (
        fit_hawkes(r.times, end=1200, kernel="power_law", exact=e, baseline="constant", interval="none")
        for e in (False, True)
    )
    assert fast.log_likelihood == pytest.approx(exact.log_likelihood, abs=0.02)
    assert fast.branching[0, 0] == pytest.approx(exact.branching[0, 0], abs=0.02)
    assert abs(fast.branching[0, 0] - 0.5) < 0.25
    assert fast.parameters[0].keys() == {"c", "theta"}


def test_places_tell_offspring_from_the_background():
    sites = np.random.default_rng(2).uniform(0, 1000, (40, 2))
    r = simulate_hawkes(0.3, 0.4, half_life=2.0, end=900, burn=30, seed=9, sites=sites, spread=20.0)
    assert r.places is not None

    def fitted(places):
        return fit_hawkes(r.times, places=places, coordinates="km", end=900.0, baseline="constant", interval="none")

    fit = fitted(r.places)
    assert fit.p < 0.01
    assert abs(fit.branching[0, 0] - 0.4) < 0.2
    assert 13 < fit.parameters[0]["spread"] < 30
    order = np.random.default_rng(3).permutation(r.times.size)
    placebo = fitted(r.places[order])
    assert placebo.likelihood_ratio < fit.likelihood_ratio - 10


def test_a_wrong_model_fails_its_checks():
    # events every day at noon: far too regular
    times = np.arange(0.5, 400) + np.random.default_rng(1).uniform(-0.05, 0.05, 400)
    fit = fit_hawkes(times, end=400.0, interval="none")
    assert not fit.passed
    assert fit.answer.startswith("No verdict")
    assert not fit.excited


def test_bootstrap_gives_a_p_value_of_its_own():
    r = simulate_lookalike("constant", events=120, years=1, seed=4)
    a, b = (fit_hawkes(r.times, seed=2, end=r.end, interval="none", bootstrap=19) for _ in range(2))
    assert a.p == b.p
    assert a.p * 20 == pytest.approx(round(a.p * 20))
    assert "19 records" in a.p_method
    r = excited(0.6, seed=3, span=400, half_life=0.5)
    assert fit_hawkes(r.times, end=400, interval="none", bootstrap=19).p == pytest.approx(1 / 20)


def test_same_input_and_seed_same_answer_and_dates_like_days():
    r = excited(seed=5, span=500)
    start = datetime.datetime(2019, 1, 1)
    dates = np.datetime64(start) + (r.times * 86_400e6).astype("timedelta64[us]")
    first = (start - datetime.datetime(1970, 1, 1)).days
    by_days = fit_hawkes(r.times + first, start=first, end=first + 500, seed=3, interval="none")
    again = fit_hawkes(r.times + first, start=first, end=first + 500, seed=3, interval="none")
    by_dates = fit_hawkes(dates, start="2019-01-01", end="2020-05-15", seed=3, interval="none")
    assert json.dumps(by_days.to_dict()) == json.dumps(again.to_dict())
    assert by_dates.span == 500
    assert by_dates.log_likelihood == pytest.approx(by_days.log_likelihood, abs=1e-2)


def test_records_by_the_day_are_spread_and_said_to_be():
    r = excited(0.6, seed=6, half_life=3.0)
    fit = fit_hawkes(np.floor(r.times), end=SPAN, ties="spread", interval="none")
    assert fit.p < 0.05
    assert any("spread over 1 days" in note for note in fit.notes)


@pytest.mark.parametrize(
    ("settings", "match"),
    [
        ({"kernel": "gamma"}, "kernel"),
        ({"decay": "none"}, "decay"),
        ({"decay": "per_pair", "kernel": "power_law"}, "per_pair"),
        ({"interval": "exact"}, "interval"),
        ({"level": 1.0}, "level"),
        ({"bootstrap": -1}, "bootstrap"),
        ({"baseline": "wavy"}, "baseline"),
        ({"baseline": ContinuousBaseline(breaks=(5000.0,))}, "within the record"),
        ({"half_life": (5.0, 1.0)}, "half-lives"),
        ({"half_life": (0.0, None)}, "half-lives"),
        ({"inhibition": True, "kernel": "power_law", "exact": True}, "inhibition"),
    ],
)
def test_bad_settings_are_refused(settings, match):
    times = np.sort(np.random.default_rng(1).uniform(0, 300, 60))
    with pytest.raises(EstimationError, match=match):
        fit_hawkes(times, end=300.0, **settings)
