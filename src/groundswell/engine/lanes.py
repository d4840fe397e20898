"""What every person kernel does to the rows of its buffer: draws, loads, guards and stores, compiled once for all.

A kernel works on *lanes*: the worlds of one person, or the people of one block. Row k of its buffer holds one quantity
of each lane, from `buf[k * LANES]` on. A theory's own code is only its rule; the rest is a call of a function here, so
that a new theory compiles in a third of the time. Functions ending in `_worlds` handle worlds w0, w0 + 1, ... of person
i, those ending in `_people` people lo, lo + 1, ... of world w; `at` is where each row begins in the buffer.
"""

from __future__ import annotations

import numba as nb
import numpy as np

LANES = 256  # lanes of a kernel's buffer; a constant, so that the compiler sees rows that cannot overlap


@nb.njit(forceinline=True, nogil=True, error_model="numpy")
def lane_uniform(key0, key1, stream, step, person):
    """The draw at one address, in a form that the compiler turns into vector code over lanes."""
    mask = np.uint64(0xFFFFFFFF)
    shift = np.uint64(32)
    c0, c1, c2, c3 = person & mask, person >> shift, step, stream
    for _ in range(10):
        p0 = np.uint64(0xD2511F53) * c0
        p1 = np.uint64(0xCD9E8D57) * c2
        c0 = (p1 >> shift) ^ c1 ^ key0
        c1 = p1 & mask
        c2 = (p0 >> shift) ^ c3 ^ key1
        c3 = p0 & mask
        key0 = (key0 + np.uint64(0x9E3779B9)) & mask
        key1 = (key1 + np.uint64(0xBB67AE85)) & mask
    high = np.float64(np.int32(c0 >> np.uint64(5)))  # 27 bits: fits a signed word, whose conversion is one instruction
    low = np.float64(np.int32(c1 >> np.uint64(6)))
    return (high * 67108864.0 + low) * 1.1102230246251565e-16  # 2**-53


@nb.njit(cache=True, forceinline=True, nogil=True, error_model="numpy")
def draw_worlds(buf, at, streams, key0, key1, step, i, w0, n):
    """One draw of each stream for each lane."""
    for k in range(at.size):
        to, stream = np.uint64(at[k]), np.uint64(streams[k])
        for q in range(n):
            buf[to + q] = lane_uniform(key0[w0 + q], key1[w0 + q], stream, step, i)


@nb.njit(cache=True, nogil=True, error_model="numpy")
def draw_people(buf, at, streams, key0, key1, step, lo, w, n):
    """One draw of each stream for each lane."""
    a, b = key0[w], key1[w]
    for k in range(at.size):
        to, stream = np.uint64(at[k]), np.uint64(streams[k])
        for q in range(n):
            buf[to + q] = lane_uniform(a, b, stream, step, lo + q)


@nb.njit(cache=True, forceinline=True, nogil=True, error_model="numpy")
def load_worlds(buf, at, values, rows, i, w0, n):
    """`values[rows[k], i, w]` into row k: states, means, what is seen, and, where i is a region, regional values."""
    for k in range(at.size):
        to, r = np.uint64(at[k]), np.uint64(rows[k])
        for q in range(n):
            buf[to + q] = values[r, i, w0 + q]


@nb.njit(cache=True, nogil=True, error_model="numpy")
def load_people(buf, at, values, rows, lo, w, n):
    """`values[rows[k], i, w]` into row k."""
    for k in range(at.size):
        to, r = np.uint64(at[k]), np.uint64(rows[k])
        for q in range(n):
            buf[to + q] = values[r, lo + q, w]


@nb.njit(cache=True, nogil=True, error_model="numpy")
def load_fixed(buf, at, values, rows, lo, n):
    """`values[rows[k], i]` into row k: traits, and what is seen of others' traits. Lanes are people."""
    for k in range(at.size):
        to, r = np.uint64(at[k]), np.uint64(rows[k])
        for q in range(n):
            buf[to + q] = values[r, lo + q]


@nb.njit(cache=True, nogil=True, error_model="numpy")
def load_places(buf, at, degree, region, lo, n):
    """Degree and region into two rows. Lanes are people."""
    first, second = np.uint64(at[0]), np.uint64(at[1])
    for q in range(n):
        buf[first + q] = degree[lo + q]
    for q in range(n):
        buf[second + q] = region[lo + q]


@nb.njit(cache=True, nogil=True, error_model="numpy")
def load_here(buf, at, here, rows, region, lo, w, n):
    """Regional values for the region of each lane. Lanes are people."""
    for k in range(at.size):
        to, r = np.uint64(at[k]), np.uint64(rows[k])
        for q in range(n):
            buf[to + q] = here[r, np.uint64(region[lo + q]), w]


@nb.njit(cache=True, forceinline=True, nogil=True, error_model="numpy")
def load_others_worlds(buf, at, totals, bools, rows, i, w0, n):
    """How many of all others have each state, where everyone sees everyone."""
    for k in range(at.size):
        to, r = np.uint64(at[k]), np.uint64(rows[k])
        for q in range(n):
            buf[to + q] = totals[r, w0 + q] - bools[r, i, w0 + q]


@nb.njit(cache=True, nogil=True, error_model="numpy")
def load_others_people(buf, at, totals, bools, rows, lo, w, n):
    """How many of all others have each state, where everyone sees everyone."""
    for k in range(at.size):
        to, r = np.uint64(at[k]), np.uint64(rows[k])
        total = totals[r, w]
        for q in range(n):
            buf[to + q] = total - bools[r, lo + q, w]


@nb.njit(cache=True, forceinline=True, nogil=True, error_model="numpy")
def watch_worlds(buf, at, least, most, hole, n, bad, first, w0):
    """Record in `bad[first + k, world]` which worlds have a value outside [least, most], or at the hole, in row k."""
    for k in range(at.size):
        of, low, high, not_this = np.uint64(at[k]), least[k], most[k], hole[k]
        held = np.int64(0)
        for q in range(n):
            v = buf[of + q]
            held += np.int64((v >= low) & (v <= high) & (v != not_this))
        if held != np.int64(n):  # a second look only where something is wrong
            for q in range(n):
                v = buf[of + q]
                if not ((v >= low) & (v <= high) & (v != not_this)):
                    bad[first + k, w0 + q] = 1


@nb.njit(cache=True, nogil=True, error_model="numpy")
def watch_people(buf, at, least, most, hole, n, bad, first, w):
    """Record in `bad[first + k, w]` whether anybody has a value outside [least, most], or at the hole, in row k."""
    for k in range(at.size):
        of, low, high, not_this = np.uint64(at[k]), least[k], most[k], hole[k]
        held = np.int64(0)
        for q in range(n):
            v = buf[of + q]
            held += np.int64((v >= low) & (v <= high) & (v != not_this))
        if held != np.int64(n):
            bad[first + k, w] = 1


@nb.njit(cache=True, forceinline=True, nogil=True, error_model="numpy")
def keep_bools_worlds(buf, at, bools, rows, seen, deltas, changes, block, i, w0, n):
    """Store states that are true or false; return whether any has changed. Others see those with `seen[k] >= 0`."""
    moved = np.int8(0)
    for k in range(at.size):
        of, r, s = np.uint64(at[k]), np.uint64(rows[k]), seen[k]
        for q in range(n):
            new = np.int8(buf[of + q])
            delta = new - np.int8(bools[r, i, w0 + q])
            bools[r, i, w0 + q] = np.uint8(new)
            buf[of + q] = delta
            changes[block, r, w0 + q] += delta
            moved |= delta
        if s >= 0:
            for q in range(n):
                deltas[np.uint64(s), i, w0 + q] = np.int8(buf[of + q])
    return moved != 0


@nb.njit(cache=True, nogil=True, error_model="numpy")
def keep_bools_people(buf, at, bools, rows, seen, deltas, changes, flags, block, lo, w, n):
    """Store states that are true or false, and flag those who have changed. Others see those with `seen[k] >= 0`."""
    for k in range(at.size):
        of, r, s = np.uint64(at[k]), np.uint64(rows[k]), seen[k]
        gained = np.int64(0)
        for q in range(n):
            new = np.int8(buf[of + q])
            delta = new - np.int8(bools[r, lo + q, w])
            bools[r, lo + q, w] = np.uint8(new)
            buf[of + q] = delta
            gained += delta
            flags[lo + q] |= np.uint8(delta != 0)
        changes[block, r, w] += gained
        if s >= 0:
            for q in range(n):
                deltas[np.uint64(s), lo + q, w] = np.int8(buf[of + q])


@nb.njit(cache=True, forceinline=True, nogil=True, error_model="numpy")
def keep_floats_worlds(buf, at, floats, rows, i, w0, n):
    """Store states that are numbers."""
    for k in range(at.size):
        of, r = np.uint64(at[k]), np.uint64(rows[k])
        for q in range(n):
            floats[r, i, w0 + q] = buf[of + q]


@nb.njit(cache=True, nogil=True, error_model="numpy")
def keep_floats_people(buf, at, floats, rows, lo, w, n):
    """Store states that are numbers."""
    for k in range(at.size):
        of, r = np.uint64(at[k]), np.uint64(rows[k])
        for q in range(n):
            floats[r, lo + q, w] = buf[of + q]


@nb.njit(cache=True, forceinline=True, nogil=True, error_model="numpy")
def add_worlds(buf, at, parts, rows, block, w0, n):
    """Add one person to the sums of the block."""
    for k in range(at.size):
        of, r = np.uint64(at[k]), np.uint64(rows[k])
        for q in range(n):
            parts[block, r, w0 + q] += buf[of + q]


@nb.njit(cache=True, nogil=True, error_model="numpy")
def add_people(buf, at, parts, rows, block, w, n):
    """The sums of the block over its people, in their order."""
    for k in range(at.size):
        of, r = np.uint64(at[k]), np.uint64(rows[k])
        total = 0.0
        for q in range(n):
            total += buf[of + q]
        parts[block, r, w] = total


__all__ = [
    "add_people",
    "add_worlds",
    "draw_people",
    "draw_worlds",
    "keep_bools_people",
    "keep_bools_worlds",
    "keep_floats_people",
    "keep_floats_worlds",
    "lane_uniform",
    "load_fixed",
    "load_here",
    "load_others_people",
    "load_others_worlds",
    "load_people",
    "load_places",
    "load_worlds",
    "watch_people",
    "watch_worlds",
]
