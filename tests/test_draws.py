"""Addressed draws: published known answers, compiled equal to plain, uniform and independent."""

from __future__ import annotations

import hashlib

import numba as nb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from groundswell import draws
from groundswell.draws import below, derive_seed, philox4x32, philox4x32_reference, stream_id, streams, uniforms
from groundswell.engine.lanes import lane_uniform
from groundswell.errors import TheoryError

ONES = 0xFFFFFFFF
KNOWN = [  # kat_vectors of Random123: counter, key, result of philox4x32-10
    ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    ((ONES, ONES, ONES, ONES), (ONES, ONES), (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    (  # digits of pi
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
        (0xA4093822, 0x299F31D0),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
]


@nb.njit
def _philox(c0, c1, c2, c3, k0, k1):
    return philox4x32(c0, c1, c2, c3, k0, k1)


@nb.njit
def _uniform(seed, stream, step, person):
    return draws.uniform(seed, stream, step, person)


@nb.njit
def _lane(key0, key1, stream, step, person):
    return lane_uniform(key0, key1, stream, step, person)


@nb.njit
def _below(seed, stream, step, person, bound):
    return below(seed, stream, step, person, bound)


def compiled(seed, stream, step, person):
    return _uniform(np.uint64(seed), np.uint64(stream), np.uint64(step), np.uint64(person))


def lane(seed, stream, step, person):
    words = (seed & ONES, seed >> 32, stream, step, person)
    return _lane(*(np.uint64(x) for x in words))


@pytest.mark.parametrize(("counter", "key", "result"), KNOWN, ids=["zeros", "ones", "pi"])
def test_known_answers(counter, key, result):
    assert philox4x32_reference(counter, key) == result
    assert tuple(int(x) for x in _philox(*(np.uint64(x) for x in (*counter, *key)))) == result


WORD64, WORD32 = st.integers(0, 2**64 - 1), st.integers(0, 2**32 - 1)


@given(WORD64, WORD32, WORD32, WORD64)
@settings(max_examples=300, deadline=None)
def test_compiled_lanes_and_plain_are_one(seed, stream, step, person):
    plain = draws.uniform_reference(seed, stream, step, person)
    assert compiled(seed, stream, step, person) == plain == lane(seed, stream, step, person)
    assert 0.0 <= plain < 1.0
    assert plain * 2**53 == int(plain * 2**53), "53 bits"


@pytest.mark.parametrize("first", [0, 5, 2**32 - 3, 2**40])
def test_uniforms_are_the_draws_of_consecutive_persons(first):
    got = uniforms(7, 8, 9, 10, first=first)
    assert got.tolist() == [draws.uniform_reference(7, 8, 9, first + i) for i in range(10)]


def test_uniforms_of_nobody():
    assert uniforms(1, 2, 3, 0).shape == (0,)


# Statistics. Each is a sum of many draws, compared with its distribution at z < 5.


def z_of_chi_square(u, bins):
    counts = np.bincount((u * bins).astype(int), minlength=bins)
    statistic = ((counts - u.size / bins) ** 2).sum() / (u.size / bins)
    return (statistic - (bins - 1)) / np.sqrt(2 * (bins - 1))


@pytest.mark.parametrize("varied", ["person", "step", "stream", "seed", "named streams"])
def test_uniform_along_every_part_of_the_address(varied):
    n = 40_000
    make = {
        "person": lambda i: (11, 12, 13, i),
        "step": lambda i: (11, 12, i, 13),
        "stream": lambda i: (11, i, 12, 13),
        "seed": lambda i: (i, 11, 12, 13),
        "named streams": lambda i: (11, stream_id(f"stream {i}"), 12, 13),
    }[varied]
    u = np.array([compiled(*make(i)) for i in range(n)])
    assert abs(z_of_chi_square(u, 256)) < 5
    low_bits = (u * 2**53).astype(np.int64) % 64 / 64
    assert abs(z_of_chi_square(low_bits, 64)) < 5
    assert stats.kstest(u, "uniform").pvalue > 5.7e-7  # two-sided z = 5
    for lag in (1, 2, 17):
        r = np.corrcoef(u[:-lag], u[lag:])[0, 1]
        assert abs(r) * np.sqrt(n - lag) < 5


def test_the_statistics_would_show_a_broken_generator():
    u = uniforms(1, 2, 3, 40_000)
    assert abs(z_of_chi_square(u**1.1, 256)) > 5
    assert abs(np.corrcoef(u[:-1], 0.95 * u[1:] + 0.05 * u[:-1])[0, 1]) * np.sqrt(u.size) > 5


@pytest.mark.parametrize("other", [(1, 2, 4), (1, 3, 3), (2, 2, 3), (1, stream_id("act"), 3)])
def test_persons_draws_are_independent_across_streams_steps_and_seeds(other):
    n = 200_000
    a, b = uniforms(1, 2, 3, n), uniforms(*other, n)
    assert abs(np.corrcoef(a, b)[0, 1]) * np.sqrt(n) < 5
    table = np.histogram2d(a, b, bins=16, range=[[0, 1], [0, 1]])[0]
    statistic = ((table - n / 256) ** 2).sum() / (n / 256)
    assert abs(statistic - 255) / np.sqrt(2 * 255) < 5


def test_below_is_uniform_and_within_bounds():
    n, bound = 50_000, 7
    got = np.array([_below(np.uint64(3), np.uint64(4), np.uint64(5), np.uint64(i), bound) for i in range(n)])
    assert got.min() == 0
    assert got.max() == bound - 1
    counts = np.bincount(got)
    statistic = ((counts - n / bound) ** 2).sum() / (n / bound)
    assert (statistic - (bound - 1)) / np.sqrt(2 * (bound - 1)) < 5


# Streams and derived seeds


def test_stream_numbers_are_the_hash_of_the_name():
    assert stream_id("act") == int.from_bytes(hashlib.blake2s(b"act", digest_size=4).digest(), "little")
    assert streams(["act", "talk"], "a test") == {"act": stream_id("act"), "talk": stream_id("talk")}


def test_a_stream_named_twice_is_refused():
    with pytest.raises(TheoryError, match=r"a test declares the stream 'act' twice.*'act_2'"):
        streams(["act", "talk", "act"], "a test")


def test_streams_whose_numbers_collide_are_refused():
    taken, k = {}, 0
    while True:  # 2**16 names or so until two of 32 bits collide
        name = f"s{k}"
        number = stream_id(name)
        if number in taken:
            break
        taken[number] = name
        k += 1
    with pytest.raises(TheoryError, match=f"streams '{taken[number]}' and '{name}' have the same number"):
        streams([taken[number], name], "a test")


def test_derived_seeds_tell_labels_apart():
    seeds = [
        derive_seed(1), derive_seed(2), derive_seed(1, "a"), derive_seed(1, "b"), derive_seed(1, "a", "b"),
        derive_seed(1, "ab"), derive_seed(1, 1), derive_seed(1, "1"), derive_seed(1, 1, 1), derive_seed(1, 11),
    ]  # fmt: skip
    assert len(set(seeds)) == len(seeds)
    assert all(0 <= seed < 2**64 for seed in seeds)
    assert derive_seed(1, "a") == derive_seed(1, "a")
