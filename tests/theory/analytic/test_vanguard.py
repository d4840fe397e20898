"""Equilibria of the vanguard's game: cutoffs, multiplicity, success and effort, each against a slower way to get it."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from groundswell.errors import TheoryError
from groundswell.theory.analytic.vanguard import VanguardSociety

BASE = VanguardSociety(
    sentiment_mean=0.0, sentiment_sd=1.0, own_sd=1.0, noise_sd=1.0, needed=0.3, stake=1.0, cost=0.4, effort_cost=0.3
)

societies = st.builds(
    VanguardSociety, sentiment_mean=st.floats(-1, 1),
    sentiment_sd=st.floats(0.3, 2), own_sd=st.floats(0.3, 2), noise_sd=st.floats(0.3, 2),
    needed=st.floats(0.05, 0.9), stake=st.floats(0.3, 2), cost=st.floats(0.1, 1), effort_cost=st.floats(0.2, 2),
)  # fmt: skip


@given(societies, st.floats(-4, 4))
@settings(max_examples=60, deadline=None)
def test_there_are_two_finite_cutoffs_or_none(society, signal):
    """Bueno de Mesquita 2011: under one-sided limit dominance, generically two or none. A grid counts the crossings."""
    found = society.cutoffs(signal)
    assert len(found) in (0, 2)
    assert (len(found) == 2) == (signal >= society.least_signal)
    grid = np.concatenate([np.geomspace(1e-6, 60, 6000), found])
    gains = np.array([society.benefit(x, signal) for x in np.sort(grid)]) - society.cost
    crossings = np.count_nonzero(np.diff(np.sign(gains[np.abs(gains) > 1e-9])))
    if not found or found[1] - found[0] > 0.02:  # nearer the fold a grid can step over both
        assert crossings == len(found)


@given(societies)
@settings(max_examples=20, deadline=None)
def test_more_discontent_seen_means_a_lower_cutoff(society):
    least = society.least_signal
    low = [society.cutoffs(least + x)[0] for x in (0.01, 0.1, 0.5, 1.0, 2.0)]
    assert low == sorted(low, reverse=True)


def test_the_benefit_is_the_chance_that_the_regime_falls():
    """By Bayes's rule on a grid of sentiments, without the closed form of the posterior."""
    x, signal = 0.8, 0.5
    theta = np.linspace(-8, 8, 200_001)
    weight = stats.norm.pdf(theta) * stats.norm.pdf(x, theta, 1.0) * stats.norm.pdf(signal, theta, 1.0)
    falls = stats.norm.sf(x, theta, 1.0) >= BASE.needed
    expected = x * weight[falls].sum() / weight.sum()
    assert BASE.benefit(x, signal) == pytest.approx(expected, rel=1e-3)


def test_success_is_what_sampling_gives():
    plays, draw = 3_000, np.random.default_rng(1)
    theta = draw.standard_normal(plays)
    signal = theta + draw.standard_normal(plays)
    share = np.mean([BASE.turnout(x, w) >= BASE.needed for x, w in zip(theta, signal, strict=True)])
    success = BASE.success()
    assert abs(share - success) < 5 * math.sqrt(success * (1 - success) / plays)


def test_effort_is_the_best_answer_to_itself_and_to_nothing_else():
    effort = BASE.effort()
    assert effort > 0
    assert BASE.best_effort(effort) == pytest.approx(effort, abs=2e-3)
    assert abs(BASE.best_effort(effort + 0.5) - (effort + 0.5)) > 0.1


def test_structure_moves_the_participatory_equilibrium():
    assert replace(BASE, cost=0.5).success() < BASE.success()
    assert replace(BASE, needed=0.4).success() < BASE.success()
    assert replace(BASE, stake=1.2).success() > BASE.success()
    assert replace(BASE, sentiment_mean=0.2).success() > BASE.success()


def test_scale_is_free():
    """Doubling stake and cost changes no cutoff; halving effort's cost doubles effort."""
    double = replace(BASE, stake=2.0, cost=0.8)
    assert double.cutoffs(0.5) == pytest.approx(BASE.cutoffs(0.5))
    assert replace(BASE, effort_cost=0.15).effort() == pytest.approx(2 * BASE.effort())


def test_bad_input_is_refused():
    for field, value in (("needed", 1.0), ("cost", 0.0), ("own_sd", -1.0), ("sentiment_mean", float("nan"))):
        with pytest.raises(TheoryError):
            replace(BASE, **{field: value})
