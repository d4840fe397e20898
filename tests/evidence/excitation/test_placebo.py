"""Placebos and sensitivity of fits of excitation: they find nothing where nothing is, and what is wrong where it is."""

import json

import numpy as np
import pytest

from groundswell.errors import EstimationError
from groundswell.evidence.excitation.discrete import Baseline, simulate_excitation
from groundswell.evidence.excitation.placebo import reversed_time, select_baseline, shifted

T = 364  # seven years of weeks
GOOD = np.random.default_rng(13).poisson(3, 100)
WEEKS = np.arange(T)


def season(rng):
    return 3 * np.exp(0.8 * np.cos(2 * np.pi * WEEKS / 52.18 + rng.uniform(0, 6)))


def cross_series(seed, T=400):
    return simulate_excitation(np.full((T, 2), 4.0), [[0.0, 0.6], [0.0, 0.0]], half_life=1.0, seed=seed)


def test_baselines_are_compared():
    y = simulate_excitation(season(np.random.default_rng(11)), [[0.0]], seed=11)
    settings = [Baseline(df_per_year=0.1, harmonics=0, breaks=()), Baseline(breaks=())]
    choice = select_baseline(y, settings=settings, interval="none")
    assert choice.best_setting is settings[1]
    assert len(choice.table) == 2
    assert choice.span[0, 0] > 0.1  # the poor baseline turns the season into branching
    json.dumps(choice.to_dict())
    assert choice.answer.endswith(".")


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
