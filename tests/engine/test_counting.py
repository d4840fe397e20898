"""Sweeps over all ties and pushes of changes, beside sums in plain Python: hubs, people without ties, odd widths."""

from __future__ import annotations

import numpy as np
import pytest

from groundswell.engine import counting


def ties(rng, people, hubs):
    """Random rows, ascending, with persons without ties and with very many, as (indptr, indices)."""
    rows = [np.sort(rng.choice(people, rng.integers(0, 9), replace=False)) for _ in range(people)]
    for i, many in hubs.items():
        rows[i] = np.sort(rng.integers(0, people, many))
    indptr = np.concatenate([[0], np.cumsum([len(row) for row in rows])]).astype(np.int64)
    return indptr, np.concatenate(rows).astype(np.int32)


def counted(indptr, indices, states):
    """Counts by running sums: int64 of the shape of the states."""
    sums = np.concatenate(
        [np.zeros((len(states), 1, states.shape[2]), np.int64), np.cumsum(states[:, indices], axis=1)], axis=1
    )
    return sums[:, indptr[1:]] - sums[:, indptr[:-1]]


def halves(people):
    return ((0, people // 3), (people // 3, people))


@pytest.fixture(params=[{}, {0: 300, 41: 8300, 299: 20_000}], ids=["few ties", "hubs"])
def network(request):
    return ties(np.random.default_rng(3), 301, request.param)


@pytest.mark.parametrize("worlds", [1, 3, 8, 13, 64, 75])
def test_a_sweep_counts_every_tie_once(network, worlds):
    rng, (indptr, indices) = np.random.default_rng(worlds), network
    states, rows = (rng.random((3, 301, worlds)) < 0.4).astype(np.uint8), np.array([2, 0], np.int64)
    counts = np.full((2, 301, worlds), -7, np.int32)
    bits = np.full((2, worlds, 38), 255, np.uint8)
    if worlds < counting.NARROW:
        for first, last in ((0, 5), (5, 38)):
            counting.pack(first, last, states, rows, bits)
        assert np.array_equal(np.unpackbits(bits, axis=2, count=301, bitorder="little"), states[rows].swapaxes(1, 2))
    for first, last in halves(301):
        if worlds < counting.NARROW:
            counting.sweep_bits(first, last, indptr, indices, bits, counts)
        else:
            counting.sweep_rows(first, last, indptr, indices, states, rows, counts)
    assert np.array_equal(counts, counted(indptr, indices, states[rows]))


@pytest.mark.parametrize("heavy", [True, False], ids=["weights", "ones"])
def test_a_sweep_by_weight_adds_in_order_of_the_ties(network, heavy):
    indptr, indices = network
    rng = np.random.default_rng(5)
    weights = rng.choice([0.1, 1 / 3, 7.0, 0.0, -0.1], indices.size) if heavy else np.zeros(0)
    states, rows = (rng.random((2, 301, 2)) < 0.4).astype(np.uint8), np.array([1, 1], np.int64)
    bits, out = np.zeros((2, 2, 38), np.uint8), np.full((3, 301, 2), np.nan)
    counting.pack(0, 38, states, rows, bits)
    averaged, places = np.array([True, False]), np.array([2, 0], np.int64)
    for first, last in halves(301):
        counting.sweep_weights(first, last, indptr, indices, weights, bits, averaged, places, out)
    for i in range(301):
        for w in range(2):
            total = over = 0.0
            for e in range(indptr[i], indptr[i + 1]):
                weight = weights[e] if heavy else 1.0
                total += weight * states[1, indices[e], w]
                over += weight
            assert out[0, i, w] == total
            assert out[2, i, w] == (total / over if over > 0 else 0.0)


@pytest.mark.parametrize("worlds", [1, 11])
@pytest.mark.parametrize("many", [0, 1, 5, 200])
def test_a_push_adds_each_change_once(network, worlds, many):
    """For undirected ties: who sees a person is whom that person sees."""
    indptr, indices = network
    rng = np.random.default_rng(many)
    deltas = rng.integers(-1, 2, (2, 301, worlds)).astype(np.int8)
    flipped = np.sort(rng.choice(301, many, replace=False))
    counts, dirty = np.zeros((2, 301, worlds), np.int32), np.zeros(301, np.uint8)
    for first, last in halves(301):
        counting.push(first, last, flipped, indptr, indices, deltas, counts, dirty)
    expected = np.zeros((2, 301, worlds), np.int64)
    for i in flipped:
        for j in indices[indptr[i] : indptr[i + 1]]:
            expected[:, j] += deltas[:, i]
    assert np.array_equal(counts, expected)
    touched = [j for i in flipped for j in indices[indptr[i] : indptr[i + 1]]]
    assert set(np.flatnonzero(dirty)) == set(touched)
