"""The informational cascade: Bayes' rule by hand, belief that is right on average, discounting, and the slow death."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from groundswell.engine.reference import simulate_reference
from groundswell.engine.simulate import simulate
from groundswell.engine.worlds import Set, World
from groundswell.population.population import well_mixed
from groundswell.theories.lohmann import Lohmann


def run(people, worlds, steps, population_seed=0):
    return simulate(Lohmann, well_mixed(people), worlds, steps, population_seed=population_seed, threads=1)


def logistic(x):
    return 1 / (1 + np.exp(-x))


def expected(belief, quality=0.7, spread=1.5):
    """Extremists and moderates at a belief, from the equations."""
    news = math.log(quality / (1 - quality))
    b = logistic(belief)
    reward = min(4 * b * (1 - b), 1)
    extremists = reward * logistic((belief - news) / spread)
    return extremists, reward * logistic((belief + news) / spread) - extremists


@pytest.mark.parametrize("malign", [1.0, 0.0])
@pytest.mark.parametrize("prior", [-4.0, -1.0, 1.0])
def test_turnout_is_the_extremists_and_the_moderates_whose_experience_is_bad(malign, prior):
    people = 400_000
    extremists, moderates = expected(prior)
    share = extremists + (0.7 if malign else 0.3) * moderates
    h = run(people, [World(0, {"malign": malign, "prior": prior})], 1)
    assert (h["certain"][1, 0], h["informative"][1, 0]) == pytest.approx((extremists, moderates), rel=1e-9)
    assert abs(h["turnout"][1, 0] - share) < 5 * math.sqrt(share * (1 - share) / people)


def test_the_belief_moves_by_the_log_likelihood_ratio():
    """What is stated is found from the move, and judged by the two normal densities that Bayes' rule compares."""
    error, least, prior = 0.3, 1e-4, -2.0
    extremists, moderates = expected(prior)
    middle = extremists + moderates / 2
    sd = error * middle + least
    h = run(20_000, [World(k, {"prior": prior}) for k in range(50)], 2)
    moves = h["known"][2] - prior
    found = middle + moves * sd**2 / (0.4 * moderates)
    ratio = stats.norm.logpdf(found, extremists + 0.7 * moderates, sd) - stats.norm.logpdf(
        found, extremists + 0.3 * moderates, sd
    )
    assert moves == pytest.approx(ratio, rel=1e-9)
    noise = (found - h["turnout"][1]) / sd  # and the told turnout is the real one with that error
    assert stats.kstest(noise, "norm").pvalue > 1e-4


def test_the_public_is_right_on_average():
    """Of worlds whose regime is drawn by the prior, belief is a martingale: its mean stays at the prior."""
    worlds, prior = 300, -1.0
    malign = np.arange(worlds) < round(worlds * float(logistic(prior)))
    given_ = [World(k, {"prior": prior, "malign": float(m)}) for k, m in enumerate(malign)]
    for known in run(10_000, given_, 12)["known"][[3, 12]]:
        belief = logistic(known)
        assert abs(belief.mean() - malign.mean()) < 5 * belief.std() / math.sqrt(worlds)
    sure = belief > 0.5
    error = math.sqrt(belief[sure].mean() * (1 - belief[sure].mean()) / sure.sum())
    assert abs(malign[sure].mean() - belief[sure].mean()) < 5 * error


def test_a_benign_regime_seldom_falls():
    """At most with exp(prior - belief at which it falls), whatever the weeks bring (Ville's inequality)."""
    prior, worlds = -2.0, 150
    h = run(5_000, [World(k, {"prior": prior, "malign": 0.0}) for k in range(worlds)], 30)
    bound = math.exp(prior)  # half want it gone at a belief of 0
    assert h["fall"][-1].mean() < bound + 5 * math.sqrt(bound * (1 - bound) / worlds)


def test_without_an_error_one_week_reveals_the_regime():
    for malign, sign in ((1.0, 1), (0.0, -1)):
        h = run(400_000, [World(k, {"malign": malign, "error": 0.01, "prior": -2.0}) for k in range(20)], 2)
        assert (sign * h["known"][2] > 10).all()


def test_extremists_are_discounted():
    """The same people above expectation move belief less where more of those expected come whatever they know."""
    few, many = (run(1000, [World(0, {"prior": x})], 1) for x in (-2.0, 2.0))
    weight = []
    for h in (few, many):
        extremists, moderates = h["certain"][1, 0], h["informative"][1, 0]
        weight.append(0.4 * moderates / (0.3 * (extremists + moderates / 2) + 1e-4) ** 2)
    assert h["certain"][1, 0] > few["certain"][1, 0]
    assert weight[1] < weight[0]


def test_protest_dies_slowly_once_it_has_told_all():
    h = run(10_000, [World(k, {"prior": -3.0}) for k in range(60)], 120)
    fell = h["fall"][-1] > 0
    turnout, moderates = h["turnout"][:, fell], h["informative"][:, fell]
    peak = turnout.argmax(0)
    early = peak <= 100
    before = np.array([turnout[max(t - 20, 0), w] for w, t in enumerate(peak)])[early]
    after = np.array([turnout[min(t + 20, 120), w] for w, t in enumerate(peak)])[early]
    assert stats.binomtest(int((after > before).sum()), before.size).pvalue < 1e-5
    assert (after > before).mean() > 0.5
    assert (turnout[-1] < turnout.max(0) / 2).mean() > 0.9
    assert (moderates[-1] < moderates.max(0)).all()


@given(
    st.floats(-6, 6),
    st.floats(0.55, 0.95),
    st.floats(0.2, 3),
    st.floats(0.05, 1),
    st.floats(0, 0.5),
    st.integers(0, 99),
)
@settings(max_examples=40, deadline=None)
def test_nobody_comes_for_more_than_there_is_to_tell(prior, quality, spread, error, repression, seed):
    params = {"prior": prior, "quality": quality, "spread": spread, "error": error, "repression": repression}
    h = run(300, [World(seed, params)], 12)
    assert not h.failed
    assert (h["known"] >= -30).all()
    assert (h["known"] <= 30).all()
    assert (np.diff(h["fall"], axis=0) >= 0).all(), "a regime does not rise again"
    assert (h["turnout"][1:] * 300 <= 300).all()
    assert (h["informative"] >= -1e-12).all()


def test_agrees_with_the_reference():
    worlds = [World(3, {"prior": -2.0}), World(3, {"prior": -2.0, "malign": 0.0}, (Set("repression", 0.2, start=4),))]
    args = (Lohmann, well_mixed(60), worlds, 10)
    assert np.array_equal(simulate(*args, threads=1).values, simulate_reference(*args).values)


def test_repression_silences_and_keeps_the_regime():
    """Twins share all weeks before; a cost above any gain empties the square, and belief stands still."""
    at = 4
    worlds = [World(k, {"prior": -3.0}, x) for k in range(20) for x in ((), (Set("repression", 1.0, start=at),))]
    h = run(10_000, worlds, 40)
    free, silenced = h["turnout"][:, ::2], h["turnout"][:, 1::2]
    assert np.array_equal(free[:at], silenced[:at])
    assert (silenced[at:] == 0).all()
    held = h["known"][at + 1 :, 1::2]
    assert (held == held[0]).all()
    fallen = h["fall"][-1]
    assert (fallen[::2] >= fallen[1::2]).all()
    assert fallen[::2].mean() > fallen[1::2].mean() + 0.3


def test_a_million_people():
    h = run(1_000_000, [World(0)], 20)
    extremists, moderates = h["certain"][-1, 0], h["informative"][-1, 0]
    share = extremists + 0.7 * moderates
    assert abs(h["turnout"][-1, 0] - share) < 5 * math.sqrt(max(share * (1 - share), 1e-9) / 1_000_000)
