"""Rolling forecasts: their scores against closed forms, and worlds in which excitation helps, or does not."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from scipy import special, stats

from groundswell.errors import EstimationError
from groundswell.estimators.excitation.options import Tide
from groundswell.estimators.excitation.rolling import SEASON, WITH, WITHOUT, mean_error, rolling_forecasts
from groundswell.estimators.statistics.count_scores import count_scores, pit_histogram


@pytest.mark.parametrize("y", [0, 3, 11])
def test_scores_of_a_poisson_forecast_are_their_closed_forms(y):
    mean = 4.2
    found = count_scores(y, np.array([mean]), 0.0)
    law = stats.poisson(mean)
    assert found.log == pytest.approx(-law.logpmf(y))
    bessel = special.ive(0, 2 * mean) + special.ive(1, 2 * mean)
    ranked = (y - mean) * (2 * law.cdf(y) - 1) + 2 * mean * law.pmf(y) - mean * bessel  # Wei & Held 2014
    assert found.ranked == pytest.approx(ranked, abs=1e-8)
    assert found.dawid_sebastiani == pytest.approx((y - mean) ** 2 / mean + math.log(mean))
    assert (found.below, found.upto) == pytest.approx((law.cdf(y - 1), law.cdf(y)))


@pytest.mark.parametrize("y", [0, 5, 40])
def test_scores_of_a_negative_binomial_forecast_are_their_closed_forms(y):
    mean, spread = 6.0, 0.5
    size, share = 1 / spread, 1 / (1 + spread * mean)
    law = stats.nbinom(size, share)
    found = count_scores(y, np.array([mean]), spread)
    assert found.log == pytest.approx(-law.logpmf(y))
    odds = (1 - share) / share**2
    tail = special.hyp2f1(size + 1, 0.5, 2, -4 * odds)  # Wei & Held 2014
    ranked = y * (2 * law.cdf(y) - 1) - size * odds * (
        share * (2 * stats.nbinom(size + 1, share).cdf(y - 1) - 1) + tail
    )
    assert found.ranked == pytest.approx(ranked, abs=1e-7)
    variance = mean + spread * mean**2
    assert found.dawid_sebastiani == pytest.approx((y - mean) ** 2 / variance + math.log(variance))
    mixture = count_scores(y, np.array([3.0, 9.0]), spread)  # a mixture's probability is the mean of its parts'
    parts = [math.exp(-count_scores(y, np.array([m]), spread).log) for m in (3.0, 9.0)]
    assert math.exp(-mixture.log) == pytest.approx(np.mean(parts))


def test_the_transform_of_calibrated_forecasts_is_even_and_of_sharp_ones_is_not():
    rng = np.random.default_rng(0)
    y = rng.poisson(3.0, 4000)
    law = stats.poisson(3.0)
    even = pit_histogram(law.cdf(y - 1), law.cdf(y))
    assert even.sum() == pytest.approx(1)
    assert np.abs(even - 0.1).max() < 5 * math.sqrt(0.09 / 4000)
    wide = rng.negative_binomial(1, 0.25, 4000)
    assert pit_histogram(law.cdf(wide - 1), law.cdf(wide))[[0, -1]].min() > 0.15


def test_the_error_of_a_mean_is_that_of_independent_gains_one_step_ahead():
    gain = np.random.default_rng(1).normal(size=60)
    assert mean_error(gain, np.arange(60), 1) == pytest.approx(gain.std() / math.sqrt(60))
    wave = np.repeat(gain[:5], 12)
    assert mean_error(wave, np.arange(60), 12) > 2 * wave.std() / math.sqrt(60)


@pytest.mark.long
def test_excitation_helps_where_one_kind_leads_and_not_where_nothing_does():
    """One kind leads the other by a step, which no tide foretells; then two that have nothing to do with each other."""
    rng = np.random.default_rng(2)
    first = rng.negative_binomial(0.6, 0.15, 200).astype(float)
    after = rng.poisson(0.5 + 0.9 * np.append(1.0, first[:-1]))
    plain = {"baseline": Tide(harmonics=0, breaks=(), holidays=False)}
    found = rolling_forecasts(np.column_stack([first, after]), kinds=["a", "b"], **plain)
    by = {(s.kind, s.model, s.horizon): s for s in found.scores}
    led = next(of for of in found.worth if (of.kind, of.horizon) == ("b", 1))
    assert led.gain > 0.2
    assert led.p < 1e-3
    assert led.gain == pytest.approx(by["b", WITHOUT, 1].log - by["b", WITH, 1].log)
    assert by["b", WITH, 1].ranked < by["b", SEASON, 1].ranked
    assert "Excitation improves forecasts" in found.answer
    json.dumps(found.to_dict(), allow_nan=False)
    assert found.to_frame().height == 12
    still = rolling_forecasts(np.random.default_rng(3).poisson(4.0, 200), **plain)
    assert still.worth[0].p > 0.01
    assert abs(still.worth[0].gain) < 0.05
    assert "does not demonstrably" in still.answer


def test_a_record_too_short_to_forecast_is_refused():
    with pytest.raises(EstimationError, match="at least 126"):
        rolling_forecasts(np.ones(110))
