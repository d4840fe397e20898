"""Placebos and sensitivity of fits of excitation: they find nothing where nothing is, and what is wrong where it is."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest

from groundswell.errors import EstimationError
from groundswell.estimators.excitation.discrete import Baseline, fit_excitation, simulate_excitation
from groundswell.estimators.excitation.placebo import reversed_time, shifted, swapped
from groundswell.estimators.excitation.placebo_order import (
    direction_of_time,
    lead_statistics,
    shuffle_kinds,
    shuffled,
)

T = 364  # seven years of weeks
GOOD = np.random.default_rng(13).poisson(3, 100)
WEEKS = np.arange(T)


def season(rng):
    return 3 * np.exp(0.8 * np.cos(2 * np.pi * WEEKS / 52.18 + rng.uniform(0, 6)))


def cross_series(seed, T=400):
    return simulate_excitation(np.full((T, 2), 4.0), [[0.0, 0.6], [0.0, 0.0]], half_life=1.0, seed=seed)


def test_placebos_find_nothing_in_a_contagious_series():
    y = simulate_excitation(np.full(T, 4.0), [[0.5]], half_life=1.0, seed=12)
    placebo = shifted(y, fits=3, baseline=Baseline(breaks=()))
    assert placebo.passed
    assert placebo.statistics[0] > 3 * placebo.statistics[1:].max()
    json.dumps(placebo.to_dict())


def test_reversed_time_speaks_on_who_leads():
    back = reversed_time(cross_series(1), kinds=["a", "b"], baseline=Baseline(breaks=()))
    assert back.passed
    assert "'a' before 'b'" in back.answer
    assert back.branching[0, 1, 0] > back.branching[0, 0, 1] + 0.2  # backwards, the other one leads
    # a common cause moves both: each seems to lead, in either direction of time
    rng = np.random.default_rng(14)
    cause = np.zeros(T)
    for i in range(1, T):
        cause[i] = 0.8 * cause[i - 1] + 0.5 * rng.normal()
    both = reversed_time(rng.poisson(4 * np.exp(np.column_stack([cause, cause]))), baseline=Baseline(breaks=()))
    assert not both.passed
    with pytest.raises(EstimationError, match="both directions"):
        reversed_time(GOOD)


def common_cause(seed, T=400):
    """Two kinds moved by one cause that flickers within weeks; neither brings about anything."""
    rng = np.random.default_rng([seed, 14])
    cause = np.zeros(T)
    for i in range(1, T):
        cause[i] = 0.8 * cause[i - 1] + 0.5 * rng.normal()
    return rng.poisson(4 * np.exp(np.column_stack([cause, cause])))


def alone(seed, T=400):
    """Two kinds that have nothing to do with each other."""
    return np.random.default_rng([seed, 15]).poisson([4.0, 2.0], (T, 2))


PLAIN = Baseline(breaks=())


@pytest.fixture(scope="module")
def found():
    """A fit of two kinds, to be laid over other records with a constant baseline and every pair found."""
    return fit_excitation(cross_series(0), baseline=PLAIN, interval="none")


def run(make, seeds, test, found, pair_p=((0.0, 0.0), (0.0, 0.0)), **given):
    results = []
    for seed in seeds:
        y = make(seed)
        level = np.tile(y.mean(axis=0), (len(y), 1))
        record = replace(found, baseline_mean=level, pair_p=np.array(pair_p))
        results.append(test(y, record=record, seed=seed, **given))
    return results


def test_shuffles_keep_totals_and_are_equally_likely():
    y = np.array([[2, 1, 0], [0, 0, 3], [1, 1, 1], [4, 0, 0], [0, 2, 1]])
    moved = shuffle_kinds(y, 2, 4000, np.random.default_rng(1))
    assert moved.shape == (4000, 5, 3)
    assert (moved.sum(axis=2) == y.sum(axis=1)).all()  # of every step
    for a, b in ((0, 2), (2, 4), (4, 5)):  # of every block and kind
        assert (moved[:, a:b].sum(axis=1) == y[a:b].sum(axis=0)).all()
    # the first step holds 3 of the 6 events of its block, of which 2 are of the first kind: hypergeometric
    drawn = moved[:, 0, 0]
    share = np.array([(drawn == i).mean() for i in range(3)])
    expected = np.array([0.2, 0.6, 0.2])
    assert (np.abs(share - expected) < 5 * np.sqrt(expected * (1 - expected) / 4000)).all()


def test_lead_statistics_are_those_of_a_plain_regression():
    x = np.random.default_rng(2).normal(size=(120, 2))
    found = lead_statistics(x)
    best = np.full((2, 2), -np.inf)
    for half in (0.5, 1.0, 2.0, 4.0, 8.0):
        d = 2.0 ** (-1 / half)
        z = np.zeros_like(x)
        for t in range(1, 120):
            z[t] = d * z[t - 1] + (1 - d) * x[t - 1]
        X = np.column_stack([z, np.ones(120)])
        inverse = np.linalg.inv(X.T @ X)
        for k in range(2):
            b = inverse @ X.T @ x[:, k]
            rest = x[:, k] - X @ b
            t_values = b / np.sqrt(np.diag(inverse) * (rest @ rest) / 120)
            best[:, k] = np.maximum(best[:, k], t_values[:2])
    np.testing.assert_allclose(found, best, rtol=1e-6)


def test_kinds_drawn_anew_refute_a_common_cause_and_not_a_leader(found):
    seeds = range(12)
    true = run(cross_series, seeds, shuffled, found, pair_p=((1.0, 0.0), (1.0, 1.0)), draws=199)
    assert sum(p.pair_p[0, 1] < 0.05 for p in true) >= 10
    assert sum(p.passed for p in true) >= 10
    caused = run(common_cause, seeds, shuffled, found, draws=199)
    assert sum(p.passed for p in caused) <= 3
    assert "as strong" in caused[0].answer or caused[0].passed
    json.dumps(true[0].to_dict())
    # without any link the labels of Poisson counts are exchangeable: the test holds its level
    null = run(alone, range(100), shuffled, found, draws=99)
    hits = sum(p.pair_p[0, 1] < 0.05 for p in null)
    assert hits < 2 * 0.05 * 100
    with pytest.raises(EstimationError, match="no labels"):
        shuffled(GOOD)
    with pytest.raises(EstimationError, match="block"):
        shuffled(np.column_stack([GOOD, GOOD]), block=1)


def test_the_arrow_of_time_is_told_where_there_is_one(found):
    led = run(cross_series, range(12), direction_of_time, found)
    assert sum(d.lead[0, 1] > 0 and d.pair_p[0, 1] < 0.05 for d in led) >= 9
    np.testing.assert_allclose(led[0].lead, -led[0].lead.T)
    (backwards,) = run(lambda seed: cross_series(seed)[::-1], [0], direction_of_time, found)
    assert backwards.lead[0, 1] < 0  # the same record, run backwards, has the other leader
    caused = run(common_cause, range(100), direction_of_time, found)
    hits = sum(d.pair_p[0, 1] < 0.05 for d in caused)
    assert hits < 2 * 0.05 * 100
    json.dumps(caused[0].to_dict())
    with pytest.raises(EstimationError, match="both directions"):
        direction_of_time(GOOD)


def test_events_elsewhere_excite_only_where_they_share_a_cause():
    y = simulate_excitation(np.full(T, 4.0), [[0.5]], half_life=1.0, seed=12)
    rng = np.random.default_rng(3)
    unrelated = swapped(y, {"a": rng.poisson(3, T), "b": rng.poisson(2, 200)}, baseline=PLAIN)
    assert unrelated.passed
    assert unrelated.branching.shape == (2, 1, 1)
    both = common_cause(1, T)
    shared = swapped(both[:, 0], {"there": both[:, 1]}, baseline=PLAIN)
    assert not shared.passed
    assert "'there'" in shared.answer
    with pytest.raises(EstimationError, match="other places"):
        swapped(y, {"empty": np.zeros(T)})
    with pytest.raises(EstimationError, match="the same kinds"):
        swapped(y, {"two": both})


def test_a_contagious_series_is_not_refuted_by_its_own_memory():
    failed = 0
    for seed in range(10):
        y = simulate_excitation(np.full(T, 4.0), [[0.7]], half_life=1.5, seed=seed)
        failed += not shifted(y, fits=2, baseline=PLAIN, seed=seed).passed
    assert failed <= 0.05 * 10 + 5 * math.sqrt(10 * 0.05 * 0.95)
    # and a season that the baseline leaves out is found in the same series two years later
    rigid = Baseline(df_per_year=0.1, harmonics=0, breaks=())
    mean = 3 * np.exp(0.8 * np.cos(2 * np.pi * np.arange(520) / 52.18))
    y = simulate_excitation(mean, [[0.0]], seed=5)
    assert not shifted(y, fits=3, baseline=rigid).passed
