"""Concentration and reach on graphs whose answers are known."""

from __future__ import annotations

import json
import math

import numpy as np
import polars as pl
import pytest

from groundswell.errors import EstimationError
from groundswell.estimators.attention.reach import _graph, _shared, _steps_from, gini, hill, measure_reach, propagate
from groundswell.estimators.statistics.diagnostics import coverage


def edges(pairs, weight=1) -> pl.DataFrame:
    source, target = zip(*pairs, strict=True)
    return pl.DataFrame({"source": source, "target": target, "weight": [weight] * len(pairs)})


def popularity(sources: int = 60) -> np.ndarray:
    p = 1 / np.arange(1, sources + 1) ** 0.9
    return p / p.sum()


def spread_by(rng: np.random.Generator, spreaders: int, sources: int = 60, times: int = 3) -> pl.DataFrame:
    """Everyone spreads a few sources, chosen by popularity."""
    chosen = rng.choice(sources, size=(spreaders, times), p=popularity(sources))
    frame = pl.DataFrame({
        "source": chosen.ravel(), "target": np.repeat(np.arange(1000, 1000 + spreaders), times), "weight": 1,
    })  # fmt: skip
    return frame.group_by("source", "target", maintain_order=True).agg(pl.col("weight").sum())


def test_gini_and_hill_on_known_distributions():
    assert gini([5, 5, 5, 5]) == pytest.approx(0)
    assert gini([0, 0, 0, 1]) == pytest.approx(0.75)
    x = np.array([1.0, 2.0, 5.0, 9.0])
    slow = np.abs(np.subtract.outer(x, x)).mean() / (2 * x.mean())
    assert gini(x) == pytest.approx(slow)
    draws = np.random.default_rng(1).pareto(1.5, 200_000) + 1
    assert hill(draws, 0.05) == pytest.approx(1.5, abs=5 * 1.5 / math.sqrt(10_000))


def test_a_small_graph_by_hand():
    # 0 is spread by 1..9; 1 by 10, 11; 10 by 12; twenty sources more, each spread once
    pairs = [(0, k) for k in range(1, 10)] + [(1, 10), (1, 11), (10, 12)] + [(20 + k, 50 + k) for k in range(20)]
    found = measure_reach(edges([*pairs, (7, 7)]), null_draws=0, bootstrap=20, cuts=(1, 2))
    assert (found.users, found.sources, found.pairs, found.weight, found.own) == (53, 23, 32, 32, 1)
    assert found.top_share.value == pytest.approx(9 / 32)  # the top 1% of 23 is one
    assert found.effective_sources.value == pytest.approx(32**2 / (81 + 4 + 1 + 20))
    assert found.connected == pytest.approx(13 / 53)
    assert found.cyclic == pytest.approx(1 / 53)
    assert found.reciprocity == 0
    assert found.reached == pytest.approx(12 / 52)
    assert found.direct == pytest.approx(9 / 52)
    assert found.depth == pytest.approx((9 * 1 + 2 * 2 + 1 * 3) / 12)
    assert found.deepest == 3
    assert [c.weight for c in found.cuts] == [1]
    assert json.loads(json.dumps(found.to_dict(), allow_nan=False))["answer"] == found.answer


def test_nobody_is_named():
    found = measure_reach(spread_by(np.random.default_rng(2), 200), null_draws=2, bootstrap=20, cuts=(1,))
    moved = spread_by(np.random.default_rng(2), 200).with_columns(pl.col("source") + 7_000, pl.col("target") + 900_000)
    again = measure_reach(moved, null_draws=2, bootstrap=20, cuts=(1,))
    assert again.to_dict() == found.to_dict()  # the numbers of users leave no trace
    assert not any(isinstance(v, np.ndarray) for v in found.__dict__.values())


def test_steps_are_those_of_a_plain_search():
    rng = np.random.default_rng(3)
    graph, _ = _graph(edges(sorted({(int(a), int(b)) for a, b in rng.integers(0, 60, (90, 2)) if a != b})))
    after: dict[int, list[int]] = {}
    for a, b in zip(graph.source, graph.target, strict=True):
        after.setdefault(int(a), []).append(int(b))
    steps = {0: 0, 1: 0}
    front = [0, 1]
    while front:
        front = [b for a in front for b in after.get(a, []) if b not in steps and not steps.update({b: steps[a] + 1})]
    expected = [steps.get(u, -1) for u in range(graph.users)]
    np.testing.assert_array_equal(_steps_from(graph.matrix(), np.array([0, 1])), expected)


def test_label_propagation_is_that_of_plain_dictionaries():
    rng = np.random.default_rng(4)
    graph, _ = _graph(edges(sorted({(int(a), int(b)) for a, b in rng.integers(0, 40, (80, 2)) if a != b})))
    both = (graph.matrix() + graph.matrix().T).tocsr()
    both.sort_indices()
    order = rng.permutation(graph.users)
    fast = propagate(both.indptr.astype(np.int64), both.indices.astype(np.int64), both.data, order, 5)
    labels = dict(enumerate(range(graph.users)))
    for _ in range(5):
        before = dict(labels)
        for u in order.tolist():
            votes: dict[int, float] = {}
            for e in range(both.indptr[u], both.indptr[u + 1]):
                label = labels[int(both.indices[e])]
                votes[label] = votes.get(label, 0.0) + float(both.data[e])
            if votes and votes.get(labels[u], 0.0) < max(votes.values()):
                labels[u] = min(label for label, v in votes.items() if v == max(votes.values()))
        if labels == before:
            break
    np.testing.assert_array_equal(fast, [labels[u] for u in range(graph.users)])


def test_planted_communities_are_seen_and_random_partners_are_not():
    rng = np.random.default_rng(5)

    def planted(inside: float) -> pl.DataFrame:
        spreaders = np.repeat(np.arange(400), 6)
        camp = spreaders % 4
        stays = rng.random(spreaders.size) < inside
        source = np.where(stays, 1000 + camp * 10, 1000 + rng.integers(0, 4, spreaders.size) * 10)
        source = source + rng.integers(0, 10, spreaders.size)
        frame = pl.DataFrame({"source": source, "target": spreaders, "weight": 1})
        return frame.group_by("source", "target", maintain_order=True).agg(pl.col("weight").sum())

    camps = measure_reach(planted(0.97), null_draws=4, bootstrap=20, cuts=())
    mixed = measure_reach(planted(0.0), null_draws=4, bootstrap=20, cuts=())
    assert 4 <= camps.communities <= 8
    assert camps.leaving < 0.5 * camps.null["leaving"][1]
    assert camps.shared > 2 * camps.null["shared"][2]
    assert mixed.null["shared"][1] * 0.8 < mixed.shared < mixed.null["shared"][2] * 1.25


def test_shared_sources_by_counting_pairs():
    graph, _ = _graph(edges([(0, 10), (0, 11), (0, 12), (1, 10), (1, 11), (2, 12), (2, 10)]))
    # pairs of spreaders: of 0 three, of 1 one, of 2 one; (10, 11) share 0 and 1, (10, 12) share 0 and 2
    assert _shared(graph) == pytest.approx(2 / 5)


def test_randomised_graphs_keep_everyones_numbers_of_partners():
    rng = np.random.default_rng(6)
    graph, _ = _graph(spread_by(rng, 300))
    drawn = graph.randomised(rng)
    assert drawn.pairs >= 0.97 * graph.pairs
    assert (drawn.source != drawn.target).all()
    key = drawn.source * drawn.users + drawn.target
    assert np.unique(key).size == drawn.pairs
    for a, b in ((graph.source, drawn.source), (graph.target, drawn.target)):
        lost = np.bincount(a, minlength=graph.users) - np.bincount(b, minlength=graph.users)
        assert (lost >= 0).all()
        assert lost.sum() == graph.pairs - drawn.pairs
    assert not np.array_equal(drawn.target[: drawn.pairs], graph.target[: drawn.pairs])


def test_the_interval_covers_and_one_that_resamples_nothing_does_not():
    """The truth is the concentration that infinitely many spreaders would show."""
    rng = np.random.default_rng(7)
    p = np.sort(popularity())[::-1]
    truth = 1 / float(np.sum(p**2))
    found = [measure_reach(spread_by(rng, 400), null_draws=0, bootstrap=60, cuts=(), seed=k).effective_sources
             for k in range(150)]  # fmt: skip
    low, high = np.array([[e.low, e.high] for e in found]).T
    assert coverage(low, high, truth, 0.95).passed
    middle, half = (low + high) / 2, (high - low) / 2
    assert not coverage(middle - half / 2, middle + half / 2, truth, 0.95).passed


def test_a_higher_cut_keeps_fewer():
    rng = np.random.default_rng(9)
    frame = spread_by(rng, 500)
    frame = frame.with_columns(weight=pl.Series(rng.geometric(0.5, frame.height)))
    found = measure_reach(frame, null_draws=0, bootstrap=20, cuts=(1, 2, 3))
    assert [c.weight for c in found.cuts] == [1, 2, 3]
    assert found.cuts[0].pairs > found.cuts[1].pairs > found.cuts[2].pairs
    assert found.cuts[0].gini == pytest.approx(found.gini.value)


@pytest.mark.parametrize(
    ("frame", "options", "said"),
    [
        (pl.DataFrame({"source": [1], "target": [2]}), {}, "no column weight"),
        (pl.DataFrame({"source": ["a"], "target": [2], "weight": [1]}), {}, "'source' holds String"),
        (pl.DataFrame({"source": [1], "target": [2], "weight": [0]}), {}, "below 1"),
        (pl.DataFrame({"source": [1, 1], "target": [2, 2], "weight": [1, 1]}), {}, "occurs twice"),
        (pl.DataFrame({"source": [1], "target": [2], "weight": [1]}), {}, "1 sources"),
        (pl.DataFrame({"source": [1], "target": [2], "weight": [1]}), {"null_draws": 1}, "null_draws"),
        (pl.DataFrame({"source": [1], "target": [2], "weight": [1]}), {"tail": 0.9}, "tail"),
    ],
)
def test_bad_input_is_refused_with_a_reason(frame, options, said):
    with pytest.raises(EstimationError, match=said):
        measure_reach(frame, **options)
