"""Stance over time: levels and changes with their uncertainty, calibrated; and what wrong labels could do."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from scipy import special

from groundswell.errors import EstimationError
from groundswell.estimators.attention.stance import _label_errors, _shares, stance_change, whiten
from groundswell.estimators.statistics.diagnostics import coverage, uniformity


def wandering(rng: np.random.Generator, steps: int, spread: float, memory: float) -> np.ndarray:
    d = np.zeros(steps)
    d[0] = rng.normal(0, spread)
    for t in range(1, steps):
        d[t] = memory * d[t - 1] + rng.normal(0, spread * math.sqrt(1 - memory**2))
    return d


def labelled(rng, levels, cuts, steps=240, posts=60, spread=0.3, memory=0.85) -> np.ndarray:
    """Posts against, neutral, in favour: the share in favour wanders about a level that changes at the cuts."""
    level = np.zeros(steps)
    for share, a, b in zip(levels, [0, *cuts], [*cuts, steps], strict=True):
        level[a:b] = math.log(share / (1 - share))
    n = rng.poisson(posts, steps)
    favour = rng.binomial(n, special.expit(level + wandering(rng, steps, spread, memory)))
    against = rng.binomial(n - favour, 0.2)
    return np.column_stack([against, n - favour - against, favour])


def test_the_filter_is_generalised_least_squares_by_the_full_covariance():
    rng = np.random.default_rng(1)
    columns, scale, noise = rng.normal(size=(30, 3)), rng.uniform(0.1, 0.3, 30), rng.uniform(0.01, 0.1, 30)
    noise[[4, 17]] = np.inf
    white, half_log = whiten(columns, scale, noise, 0.5, 0.8)
    seen = np.isfinite(noise)
    lag = np.abs(np.subtract.outer(np.arange(30), np.arange(30)))
    V = (np.outer(scale, scale) * 0.5 * 0.8**lag)[np.ix_(seen, seen)] + np.diag(noise[seen])
    np.testing.assert_allclose(white[seen].T @ white[seen], columns[seen].T @ np.linalg.solve(V, columns[seen]))
    assert half_log == pytest.approx(0.5 * np.linalg.slogdet(V)[1])
    assert not white[~seen].any()


def test_changes_are_found():
    counts = labelled(np.random.default_rng(2), [0.2, 0.35, 0.15], [80, 160])
    found = stance_change(counts, {"act": 80, "arrest": 160}, tail=48, head=24)
    for name, change in (("act", 0.15), ("arrest", -0.2)):
        e = found.changes[name]
        assert abs(e.value - change) < 5 * (e.high - e.low) / 3.92
        assert e.p < 0.05
    assert found.stretches["before"].low < 0.2 < found.stretches["before"].high
    assert found.spread == pytest.approx(0.3, abs=0.15)
    assert found.memory == pytest.approx(0.85, abs=0.15)
    inside = (found.low <= special.expit(math.log(0.2 / 0.8))) & (special.expit(math.log(0.2 / 0.8)) <= found.high)
    assert inside[:80].mean() > 0.3
    content = found.to_dict()
    assert json.loads(json.dumps(content, allow_nan=False))["answer"] == found.answer


@pytest.mark.long
def test_changes_are_calibrated_and_hours_are_not_independent_voices():
    """Where the truth lies in what is believed of the change is uniform; the broken twin knows counting noise only."""
    rng = np.random.default_rng(3)
    good, broken, calls, low, high = [], [], [], [], []
    for _ in range(150):
        counts = labelled(rng, [0.25, 0.25], [50], steps=110)
        found = stance_change(counts, {"nothing": 50}, tail=30, head=30)
        calls.append(found.changes["nothing"].p < 0.05)
        low.append(found.changes["nothing"].low)
        high.append(found.changes["nothing"].high)
        against, neutral, favour = counts.T.astype(float)
        shares = _shares(favour, against + neutral + favour, {"a": np.arange(50), "b": np.arange(50, 110)})
        mixture = shares.mixture([np.arange(50), np.arange(50, 110)])
        c = np.array([-1.0, 1.0])
        errors = np.sqrt(np.einsum("i,gij,j->g", c, mixture.covariance, c))
        at = special.ndtr(-(mixture.mean @ c) / errors)
        good.append(float(mixture.weight @ at))
        broken.append(float(at[int(np.argmin(mixture.spread))]))
    assert uniformity(good, level=0.001).passed
    assert not uniformity(broken, level=0.001).passed
    assert sum(calls) <= 14  # the 99% point at 5% of 150
    assert coverage(low, high, 0.0, 0.95).passed


def test_a_fall_below_the_start_is_told_and_so_is_ignorance():
    falling = labelled(np.random.default_rng(4), [0.3, 0.5, 0.1], [80, 140], spread=0.1)
    found = stance_change(falling, {"act": 80, "arrest": 140}, tail=48, head=24)
    assert "below" in found.answer
    assert found.below_start.high < 0
    flat = labelled(np.random.default_rng(5), [0.3, 0.3], [80], spread=0.4, memory=0.95)
    assert stance_change(flat, {"act": 80}, tail=48, head=24).answer.startswith("No verdict")


def test_power_grows_with_the_change():
    rng = np.random.default_rng(6)
    seen = []
    for share in (0.27, 0.40):
        found = [stance_change(labelled(rng, [0.25, share], [90], steps=180), {"a": 90}, tail=40, head=40)
                 for _ in range(25)]  # fmt: skip
        seen.append(np.mean([f.changes["a"].p < 0.05 for f in found]))
    assert seen[1] > 0.8 > seen[0]


def test_wrong_labels():
    errors = _label_errors(0.1, 0.3)
    # true shares: at most 0.1 / (1 - e) before, at least (0.3 - e) / (1 - e) after; equal at e = 0.2
    assert errors.turns_at == pytest.approx(0.2, abs=1e-6)
    low, high = errors.bounds[0.1]
    assert low == pytest.approx((0.3 - 0.1) / 0.9 - 0.1 / 0.9)
    assert high == pytest.approx(0.3 / 0.9 - 0.0)
    assert _label_errors(0.3, 0.3).turns_at == pytest.approx(0, abs=1e-9)


def test_measures():
    counts = np.tile([10, 60, 30], (60, 1))
    values = [stance_change(counts, {"a": 30}, measure=m, tail=10, head=10).stretches["a"].value
              for m in ("in favour", "against", "leaning")]  # fmt: skip
    np.testing.assert_allclose(values, [0.3, 0.1, 0.75], atol=1e-9)


def test_steps_without_posts_are_gaps():
    counts = labelled(np.random.default_rng(7), [0.2, 0.4], [80], steps=160)
    counts[40:44] = 0
    found = stance_change(counts, {"act": 80}, tail=40, head=40)
    assert found.notes == ("4 steps hold no posts of this kind",)
    assert np.isfinite(found.curve).all()
    assert (found.high - found.low)[42] > (found.high - found.low)[30]


@pytest.mark.parametrize(
    ("counts", "shocks", "options", "said"),
    [
        (np.ones((10, 2)), {"a": 5}, {}, "shape"),
        (np.full((60, 3), 1.5), {"a": 5}, {}, "not a count"),
        (np.full((60, 3), np.nan), {"a": 5}, {}, "not a count"),
        (np.full((60, 3), 5), {}, {}, "no shocks"),
        (np.full((60, 3), 5), {"a": 30, "b": 20}, {}, "in order"),
        (np.full((60, 3), 5), {"before": 30}, {}, "another name"),
        (np.full((60, 3), 5), {"a": 1}, {}, "posts in the stretch before"),
        (np.full((60, 3), 5), {"a": 30}, {"measure": "love"}, "measure"),
        (np.full((60, 3), 5), {"a": 30}, {"tail": 0}, "tail"),
        (np.full((60, 3), 5), {"a": 30}, {"tail": 1, "head": 5}, "posts in the last"),
        ([["a", "b", "c"]] * 60, {"a": 30}, {}, "not a number"),
    ],
)
def test_bad_input_is_refused_with_a_reason(counts, shocks, options, said):
    with pytest.raises(EstimationError, match=said):
        stance_change(counts, shocks, **({"tail": 10, "head": 10} | options))
