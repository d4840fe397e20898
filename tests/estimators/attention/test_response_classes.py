"""Response classes: each is named where it holds, none where there is none, and the exponent is calibrated."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from groundswell.errors import EstimationError
from groundswell.estimators.attention.response_classes import CLASSES, _refusal, classify_response
from groundswell.estimators.core import Estimate
from groundswell.estimators.statistics.diagnostics import coverage


def expected(name: str, steps: int = 240, at: int = 48) -> np.ndarray:
    """Twenty posts a step, and a response of one class."""
    d = np.arange(steps) - at
    after = np.maximum(d, 0) + 1.0
    return (
        20
        + {
            "exogenous subcritical": np.where(d >= 0, 900 * after**-1.5, 0),
            "exogenous critical": np.where(d >= 0, 600 * after**-0.6, 0),
            "endogenous critical": 600 * (np.abs(d) + 1.0) ** -0.3,
            "exponential": np.where(d >= 0, 600 * np.exp(-after / 20), 0),
        }[name]
    )


def posts(rng: np.random.Generator, mean: np.ndarray, memory: float = 0.0, spread: float = 0.2) -> np.ndarray:
    """Counts with spread about a mean, and a memory of the deviations that the model can or cannot see."""
    z = rng.normal(size=mean.size)
    for t in range(1, z.size):
        z[t] = memory * z[t - 1] + math.sqrt(1 - memory**2) * z[t]
    return rng.poisson(mean * np.exp(spread * z - spread**2 / 2)).astype(float)


@pytest.mark.parametrize("name", CLASSES)
def test_each_class_is_named_where_it_holds(name):
    at = 120 if name == "endogenous critical" else 48
    y = posts(np.random.default_rng(1), expected(name, at=at))
    found = classify_response(y, {"the act": at}, power_draws=12)
    shock = found.shocks[0]
    assert shock.best == name
    assert shock.weights[name] > 0.95
    assert found.passed
    assert shock.named == name
    assert shock.answer.startswith("The response to the act is " + name)
    assert sum(shock.confusion[name].values()) == pytest.approx(1)
    content = found.to_dict()
    assert json.loads(json.dumps(content, allow_nan=False))["answer"] == found.answer


@pytest.mark.long
def test_without_a_response_none_is_found_in_trends_seasons_and_jumps():
    """A response is called in one in twenty of records that hold none, and a class would be named in fewer."""
    rng = np.random.default_rng(2)
    t = np.arange(200)
    calls, names = [], []
    for k in range(80):
        mean = [
            np.full(200, 40.0),
            40 * np.exp(0.4 * np.sin(2 * np.pi * t / 24)),
            30 * np.exp(t / 200),
            np.where(t < 40 + k, 20.0, 60.0),  # coverage jumps somewhere else
        ][k % 4]  # fmt: skip
        found = classify_response(posts(rng, mean, 0.5), {"nothing": 60 + k}, power_draws=0).shocks[0]
        if k % 4 < 3:
            calls.append(found.p_none < 0.05)
        names.append("was not examined" in found.refused)  # all else would have let it pass
    assert sum(calls) + sum(names) <= 13  # the 99% point at 5% of 140


@pytest.mark.long
def test_the_exponent_covers_and_a_model_without_memory_does_not():
    """The broken twin takes slow swings of attention for evidence on the exponent."""
    rng = np.random.default_rng(3)
    good, broken = [], []
    for _ in range(60):
        y = posts(rng, expected("exogenous critical", 160, 30), memory=0.8, spread=0.3)
        good.append(classify_response(y, [30], power_draws=0, level=0.8, harmonics=0, memory=(1, 2)).shocks[0].exponent)
        broken.append(classify_response(y, [30], power_draws=0, level=0.8, harmonics=0, memory=()).shocks[0].exponent)
    low, high = np.array([[e.low, e.high] for e in good]).T
    assert coverage(low, high, 0.6, 0.8).passed
    low, high = np.array([[e.low, e.high] for e in broken]).T
    assert not coverage(low, high, 0.6, 0.8).passed


def test_a_response_of_no_class_is_refused():
    """Attention that stays, and then stops, fits none."""
    rng = np.random.default_rng(4)
    mean = np.full(240, 20.0)
    mean[60:110] = 400
    found = classify_response(posts(rng, mean, spread=0.05), {"a siege": 60}, power_draws=0, memory=())
    assert found.shocks[0].named is None
    assert found.answer.startswith("No verdict: No class for a siege: no class fits")
    assert not found.passed


def test_two_shocks_are_told_apart_and_onsets_are_found():
    rng = np.random.default_rng(5)
    mean = expected("exogenous subcritical", 300, 50) + expected("exogenous critical", 300, 170) - 20
    found = classify_response(posts(rng, mean), {"act": (44, 56), "arrest": 170}, power_draws=0)
    assert found.shocks[0].step == 50
    assert [s.best for s in found.shocks] == ["exogenous subcritical", "exogenous critical"]
    assert found.shocks[0].first_day > found.shocks[1].first_day
    assert "found at step 50" in found.notes[0]
    assert found.shocks[1].theta.value == pytest.approx(1 - found.shocks[1].exponent.value)


def test_gaps_are_left_out():
    rng = np.random.default_rng(6)
    y = posts(rng, expected("exogenous critical"))
    whole = classify_response(y, [48], power_draws=0)
    y[100:106] = np.nan
    gapped = classify_response(y, [48], power_draws=0)
    assert gapped.missing == 6
    assert gapped.shocks[0].exponent.value == pytest.approx(whole.shocks[0].exponent.value, abs=0.1)


def test_what_refuses_a_name():
    sure = dict(zip(CLASSES, (0.99, 0.01, 0.0, 0.0), strict=True))
    right = {c: {k: float(k == c) for k in (*CLASSES, "none")} for c in CLASSES}
    wrong = right | {"exponential": {**right["exponential"], "exponential": 0.0, "exogenous subcritical": 1.0}}
    best = "exogenous subcritical"
    slope = Estimate(1.4, 1.2, 1.6, None, 100, "", "", True)
    assert _refusal(best, sure, 0.001, slope, 0, [], right) == ""
    assert "no response" in _refusal(best, sure, 0.2, slope, 0, [], right)
    assert "dispersion" in _refusal(best, sure, 0.001, slope, 0, ["dispersion"], right)
    assert "6 steps later" in _refusal(best, sure, 0.001, slope, 6, [], right)
    flat = Estimate(0.1, 0.0, 0.3, None, 100, "", "", False)
    assert "lasting step" in _refusal(best, sure, 0.001, flat, 0, [], right)
    unsure = dict(zip(CLASSES, (0.7, 0.3, 0.0, 0.0), strict=True))
    assert "distinguished" in _refusal(best, unsure, 0.001, slope, 0, [], right)
    assert "power_draws" in _refusal(best, sure, 0.001, slope, 0, [], {})
    assert "50%" in _refusal(best, sure, 0.001, slope, 0, [], wrong)


@pytest.mark.parametrize(
    ("counts", "shocks", "options", "said"),
    [
        (np.ones(10), [3], {}, "at least 30"),
        (np.full(60, 1.5), [30], {}, "fraction"),
        (np.full(60, -1.0), [30], {}, "negative"),
        (np.zeros(60), [30], {}, "0 posts"),
        (np.full(60, 9.0), [], {}, "no shocks"),
        (np.full(60, 9.0), [55], {}, "ten steps"),
        (np.full(60, 9.0), {"a": 20, "b": 20}, {}, "one after another"),
        (np.full(60, 9.0), [20], {"unit": "week"}, "'hour' or 'day'"),
        (np.full(60, 9.0), [20], {"memory": [40]}, "lags"),
        (np.full(60, 9.0), [20], {"level": 0.1}, "coverage"),
        (["many"] * 60, [20], {}, "not a number"),
    ],
)
def test_bad_input_is_refused_with_a_reason(counts, shocks, options, said):
    with pytest.raises(EstimationError, match=said):
        classify_response(counts, shocks, **options)


def test_one_seed_gives_one_answer():
    y = posts(np.random.default_rng(7), expected("exogenous subcritical", 120))
    assert (
        classify_response(y, [48], power_draws=2, seed=3).to_dict()
        == classify_response(y, [48], power_draws=2, seed=3).to_dict()
    )
