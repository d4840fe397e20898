"""The general near-experiment: recovery, calibration with a broken twin, balance, placebos, sensitivity, refusals."""

from __future__ import annotations

import json
import math

import numpy as np
import polars as pl
import pytest
from scipy import stats

from groundswell.errors import EstimationError
from groundswell.estimators.attempts.comparison import compare_attempts
from groundswell.estimators.statistics.diagnostics import coverage, uniformity
from groundswell.estimators.statistics.regression import least_squares


def record(rng, *, effect=0.0, n=120, countries=30, confounded=0.0, fair=True) -> pl.DataFrame:
    """Attempts with two weapons that differ in success and in outcome; outcomes share a country; `confounded` is a
    hidden cause of both."""
    country = np.repeat(np.arange(countries), n // countries)
    weapon = rng.integers(0, 2, n)
    hidden = rng.normal(size=n)
    chance = 0.2 + 0.4 * weapon if fair else np.full(n, 0.4)
    success = rng.random(n) < np.clip(chance + 0.15 * confounded * hidden, 0, 1)
    before = rng.normal(size=n)
    outcome = (
        effect * success + 0.8 * weapon + confounded * hidden + rng.normal(size=countries)[country] * 0.5
        + rng.normal(size=n) + 0.3 * before
    )  # fmt: skip
    return pl.DataFrame({
        "success": success, "outcome": outcome, "weapon": np.where(weapon == 1, "gun", "bomb"),
        "country": [f"c{c}" for c in country], "before": before, "earlier": confounded * hidden + rng.normal(size=n),
        "regime": np.where(rng.random(n) < 0.5, "a", "b"),
    })  # fmt: skip


def fitted(frame: pl.DataFrame, **more):
    options = {"success": "success", "outcome": "outcome", "strata": ["weapon"], "cluster": "country", "draws": 300}
    return compare_attempts(frame, **(options | more))


def test_the_effect_is_found_and_told():
    found = fitted(record(np.random.default_rng(1), effect=1.5, n=400, countries=40), before=["before"], by="regime")
    assert abs(found.effect.value - 1.5) < 5 * found.effect.checks["standard_error"]
    assert found.passed
    assert found.permutation.p < 0.01
    assert found.permutation.low < 1.5 < found.permutation.high
    assert "higher after success" in found.answer
    assert found.interaction.p > 0.001
    assert set(found.subgroups) == {"a", "b"}
    content = found.to_dict()
    assert json.loads(json.dumps(content, allow_nan=False))["answer"] == found.answer


def test_without_an_effect_the_p_value_is_uniform_and_a_permutation_across_strata_is_not():
    """The broken twin ignores that weapons differ both in success and in outcome."""
    rng = np.random.default_rng(2)
    good, broken, low, high = [], [], [], []
    for seed in range(300):
        frame = record(rng)
        found = fitted(frame, seed=seed, draws=199)
        good.append(found.permutation.p)
        low.append(found.effect.low)
        high.append(found.effect.high)
        broken.append(fitted(frame, seed=seed, draws=199, strata=[]).permutation.p)
    jitter = np.random.default_rng(3).uniform(0, 1 / 200, 300)  # p lives on a grid of 200
    assert uniformity(np.clip(np.array(good) - jitter, 1e-9, 1 - 1e-9), level=0.001).passed
    assert not uniformity(np.clip(np.array(broken) - jitter, 1e-9, 1 - 1e-9), level=0.001).passed
    rejected = np.mean(np.array(good) < 0.05)
    assert rejected < 2 * 0.05
    assert coverage(low, high, 0.0, 0.95).passed


def test_the_smallest_effect_seen_is_seen_with_four_fifths_power():
    rng = np.random.default_rng(4)
    size = np.mean([fitted(record(rng), draws=99).smallest_seen for _ in range(30)])
    seen = np.mean([fitted(record(rng, effect=size), draws=99).effect.low > 0 for _ in range(200)])
    assert abs(seen - 0.8) < 5 * math.sqrt(0.8 * 0.2 / 200)


def test_imbalance_and_moving_outcomes_are_found_and_refused():
    rng = np.random.default_rng(5)
    biased = fitted(record(rng, confounded=1.5, n=400, countries=40), before=["earlier"])
    assert not biased.balance_test.passed
    assert biased.answer.startswith("No verdict")
    assert "alike beforehand" in biased.answer
    moving = fitted(record(rng, confounded=1.5, n=400, countries=40), placebo=["earlier"])
    assert not moving.passed
    assert "no effect before" in moving.answer
    held = fitted(record(rng, n=400, countries=40), before=["before"], controls=["before"])
    assert held.balance_test is None  # what is held fixed needs no balance
    assert len(held.balance) == 1


def test_the_joint_balance_test_is_uniform_where_success_is_chance():
    rng = np.random.default_rng(6)
    ps = []
    for seed in range(200):
        frame = record(rng).with_columns(other=pl.Series(rng.normal(size=120)), gap=pl.Series(rng.normal(size=120)))
        frame = frame.with_columns(gap=pl.when(pl.Series(rng.random(120)) < 0.8).then("gap"))
        p = fitted(frame, before=["before", "other", "gap", "regime"], draws=199, seed=seed).balance_test.p
        ps.append(p - rng.uniform(0, 1 / 200))
    assert uniformity(np.clip(ps, 1e-9, 1 - 1e-9), level=0.001).passed


def test_how_strong_a_hidden_cause_would_have_to_be():
    frame = record(np.random.default_rng(7), effect=1.2, n=200, countries=40)
    found = fitted(frame, strata=[], factors=["weapon"])
    s = found.sensitivity
    assert s.strongest_control[0].startswith("weapon")
    # a confounder with that partial R² of both, added by hand, brings the estimate to zero (classical errors)
    plain = fitted(frame, strata=[], factors=["weapon"], cluster=None)
    r = plain.sensitivity.robustness
    f = plain.effect.value / plain.effect.checks["standard_error"] / math.sqrt(200 - 3)
    assert r**2 / (1 - r) == pytest.approx(f**2)
    assert 0 < s.robustness_significance < s.robustness < 1


def test_hidden_odds_agree_with_the_noncentral_hypergeometric():
    success = np.arange(80) < 40
    outcome = np.concatenate([np.arange(40) < 30, np.arange(40) < 14]).astype(float)
    frame = pl.DataFrame({"success": success, "outcome": outcome})
    odds = compare_attempts(frame, success="success", outcome="outcome", draws=200).sensitivity.odds
    tail = stats.nchypergeom_fisher.sf(29, 80, 44, 40, odds)
    assert odds > 1
    assert tail == pytest.approx(0.025, abs=1e-6)
    none = frame.with_columns(outcome=pl.Series(np.tile([0.0, 1.0], 40)))
    assert compare_attempts(none, success="success", outcome="outcome", draws=200).sensitivity.odds == 1.0


def test_subgroups_are_those_of_the_regression_with_interactions():
    rng = np.random.default_rng(8)
    frame = record(rng, n=200, countries=40)
    frame = frame.with_columns(outcome=pl.col("outcome") + 2.0 * pl.col("success") * (pl.col("regime") == "b"))
    found = fitted(frame, strata=[], by="regime", cluster=None)
    hit = frame["success"].to_numpy().astype(float)
    b = (frame["regime"] == "b").to_numpy().astype(float)
    slow = least_squares(frame["outcome"].to_numpy(), {"hit": hit, "b": b, "both": hit * b})
    assert found.subgroups["a"].value == pytest.approx(slow.estimate("hit").value)
    assert found.subgroups["b"].value - found.subgroups["a"].value == pytest.approx(slow.estimate("both").value)
    assert found.interaction.p == pytest.approx(slow.estimate("both").p)
    assert not found.interaction.passed


def test_what_is_not_known_is_left_out_and_counted():
    frame = record(np.random.default_rng(9)).with_columns(
        outcome=pl.when(pl.int_range(pl.len()) < 7).then(None).otherwise("outcome"),
        weapon=pl.when(pl.int_range(pl.len()) == 20).then(None).otherwise("weapon"),
    )
    found = fitted(frame)
    assert found.excluded == {"outcome not known": 7, "weapon not known": 1}
    assert found.successes + found.failures == 112


def test_few_attempts_give_no_verdict():
    frame = pl.DataFrame({"success": [True, True, True, False, False, False], "outcome": [5.0, 6, 7, 1, 2, 3]})
    found = compare_attempts(frame, success="success", outcome="outcome")
    assert found.permutation.checks["exact"]
    assert found.permutation.p == pytest.approx(0.1)
    assert found.answer.startswith("No verdict")


@pytest.mark.parametrize(
    ("change", "options", "said"),
    [
        ({"success": True}, {}, "in every attempt"),
        ({"success": "yes"}, {}, "booleans"),
        ({"outcome": "much"}, {}, "numbers or booleans"),
        ({}, {"outcome": "nothing"}, "no column 'nothing'"),
        ({}, {"controls": ["outcome"]}, "a control too"),
        ({}, {"factors": ["success_too"]}, "determine success"),
        ({}, {"level": 2.0}, "level"),
        ({"regime": "a"}, {"by": "regime"}, "one group"),
        ({"earlier": 0.0}, {"placebo": ["earlier"]}, "never varies"),
        ({"before": 0.0}, {"before": ["before"]}, "never vary"),
        ({"outcome": None}, {}, "attempts with everything known"),
    ],
)
def test_bad_input_is_refused_with_a_reason(change, options, said):
    frame = record(np.random.default_rng(10)).with_columns(success_too=pl.col("success"))
    frame = frame.with_columns(**{k: pl.lit(v) for k, v in change.items()})
    if change.get("outcome", 0) is None:
        frame = frame.with_columns(outcome=pl.lit(None, pl.Float64))
    with pytest.raises(EstimationError, match=said):
        fitted(frame, **options)


def test_one_seed_gives_one_answer():
    frame = record(np.random.default_rng(11))
    assert fitted(frame, seed=5).to_dict() == fitted(frame, seed=5).to_dict()
