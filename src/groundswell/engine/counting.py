"""Counting how many of the people whom each person sees have a state: by a sweep of all ties, or by pushing changes.

A sweep has two forms, which give the same whole numbers. With few worlds, states are packed into bits, so that those
of millions of people stay in cache, and running sums are made over the ties of some hundreds of people at once and then
split among these people: no loop depends on how many ties one person has. With many worlds, one tie leads to the
states of all of them, which are added as bytes in the registers of the processor.
"""

from __future__ import annotations

from typing import Any

import numba as nb
import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

RUN = 8192  # most ties in a run: its sums, in uint16, fill half of a first-level cache of 32 KiB
PEOPLE = 256  # most people in a run
MOST = 255  # ties whose states can be added in a byte
NARROW, WIDE = 8, 64  # worlds that are added together
NEAR = 1 << 18  # states of all worlds that stay in a second-level cache and so need no prefetching
AHEAD = 8  # people whose ties are prefetched; the states that the ties lead to are prefetched for half as many


@intrinsic
def _fetch(typingctx, array, at):
    """Prefetch the cache line of array[at], indexed as if flat, which will soon be written or read."""

    def build(context, builder, signature, arguments):
        byte, word = ir.IntType(8).as_pointer(), ir.IntType(32)
        data = context.make_array(signature.args[0])(context, builder, value=arguments[0]).data
        kind = ir.FunctionType(ir.VoidType(), [byte, word, word, word])
        prefetch = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0i8")
        to_write, near, of_data = (ir.Constant(word, x) for x in (1, 3, 1))
        builder.call(prefetch, [builder.bitcast(builder.gep(data, [arguments[1]]), byte), to_write, near, of_data])
        return context.get_dummy_value()

    return types.void(array, types.int64), build


fetch: Any = _fetch


def _adder(lanes):
    """A function that adds the bytes of `lanes` worlds over a person's ties, and writes the sums as counts."""

    @intrinsic
    def add_rows(typingctx, states, place, stride, indices, first, last, counts, to):
        """counts[to:to + lanes] = sum over e of states[place + stride * indices[e]:][:lanes]; arrays as if flat."""

        def build(context, builder, signature, arguments):
            data = {
                name: context.make_array(signature.args[k])(context, builder, value=arguments[k]).data
                for name, k in (("states", 0), ("indices", 3), ("counts", 6))
            }
            place, stride, first, last, to = (arguments[k] for k in (1, 2, 4, 5, 7))
            row, wide = ir.VectorType(ir.IntType(8), lanes), ir.VectorType(ir.IntType(32), lanes)
            sums = cgutils.alloca_once_value(builder, ir.Constant(row, None))
            with cgutils.for_range_slice(builder, first, last, ir.Constant(place.type, 1)) as (e, _):
                other = builder.sext(builder.load(builder.gep(data["indices"], [e])), place.type)
                at = builder.gep(data["states"], [builder.add(place, builder.mul(stride, other))])
                added = builder.load(builder.bitcast(at, row.as_pointer()), align=1)
                builder.store(builder.add(builder.load(sums), added), sums)
            out = builder.bitcast(builder.gep(data["counts"], [to]), wide.as_pointer())
            builder.store(builder.zext(builder.load(sums), wide), out, align=4)
            return context.get_dummy_value()

        return types.void(
            states, types.int64, types.int64, indices, types.int64, types.int64, counts, types.int64
        ), build

    return add_rows


_add_narrow: Any = _adder(NARROW)
_add_wide: Any = _adder(WIDE)


@nb.njit(cache=True, nogil=True)
def pack(first, last, states, rows, bits):
    """States as bits: eight people to each of the bytes first..last-1 of bits[k, world, byte]."""
    people, worlds = states.shape[1], states.shape[2]
    for k in range(rows.size):
        r = rows[k]
        for w in range(worlds):
            for b in range(first, min(last, people // 8)):
                byte = np.uint8(0)
                for q in range(8):
                    byte |= states[r, np.uint64(8 * b + q), w] << np.uint8(q)
                bits[k, w, b] = byte
            if last > people // 8:
                byte = np.uint8(0)
                for i in range(people - people % 8, people):
                    byte |= states[r, i, w] << np.uint8(i % 8)
                bits[k, w, people // 8] = byte


@nb.njit(cache=True, nogil=True)
def sweep_bits(first, last, indptr, indices, bits, counts):
    """Count for the people first..last-1 from packed states: counts[k, person, world]."""
    kinds, worlds, _ = bits.shape
    sums = np.empty(RUN + 1, np.uint16)
    a = first
    while a < last:
        b = min(a + PEOPLE, last)
        while b > a + 1 and indptr[b] - indptr[a] > RUN:
            b = a + (b - a) // 2
        low, many = np.uint64(indptr[a]), np.uint64(indptr[b] - indptr[a])
        for k in range(kinds):
            for w in range(worlds):
                if many > RUN:  # one person with that many ties
                    total = 0
                    for e in range(low, low + many):
                        j = np.uint64(indices[e])
                        total += (bits[k, w, j >> np.uint64(3)] >> np.uint8(j & np.uint64(7))) & 1
                    counts[k, a, w] = total
                    continue
                running = np.uint32(0)
                for e in range(many):
                    sums[e] = running
                    j = np.uint64(indices[low + e])
                    byte = np.uint32(bits[k, w, j >> np.uint64(3)])
                    running += (byte >> np.uint32(j & np.uint64(7))) & np.uint32(1)
                sums[many] = running
                for i in range(np.uint64(a), np.uint64(b)):
                    begun, ended = np.uint64(indptr[i]) - low, np.uint64(indptr[i + np.uint64(1)]) - low
                    counts[k, i, w] = np.int32(sums[ended]) - np.int32(sums[begun])
        a = b


@nb.njit(cache=True, nogil=True)
def sweep_weights(first, last, indptr, indices, weights, bits, averaged, places, out):
    """Sums of weight times packed state over the ties of the people first..last-1, in order of the ties.

    They go into out[places[k], person, world]; where `averaged[k]`, they are divided by the sum of the weights, and are
    0 where that is 0. If `weights` is empty, every weight is 1. The states of the ties of a run are looked up before
    they are added.
    """
    kinds, worlds, _ = bits.shape
    seen = np.empty(RUN, np.uint8)
    heavy = weights.size > 0
    a = first
    while a < last:
        b = min(a + PEOPLE, last)
        while b > a + 1 and indptr[b] - indptr[a] > RUN:
            b = a + (b - a) // 2
        for k in range(kinds):
            for w in range(worlds):
                low, high = np.uint64(indptr[a]), np.uint64(indptr[b])
                summed = weighed = 0.0
                for start in range(low, high, np.uint64(RUN)):  # more rounds only for a person with so many ties
                    many = min(np.uint64(RUN), high - start)
                    for e in range(many):
                        j = np.uint64(indices[start + e])
                        byte = np.uint32(bits[k, w, j >> np.uint64(3)])
                        seen[e] = np.uint8((byte >> np.uint32(j & np.uint64(7))) & np.uint32(1))
                    for i in range(a, b):
                        begun, ended = max(np.uint64(indptr[i]), start), min(np.uint64(indptr[i + 1]), start + many)
                        if start == low:
                            summed = weighed = 0.0
                        for e in range(begun, ended):
                            weight = weights[e] if heavy else 1.0
                            summed += weight * seen[e - start]
                            weighed += weight
                        if averaged[k]:
                            out[places[k], i, w] = summed / weighed if weighed > 0.0 else 0.0
                        else:
                            out[places[k], i, w] = summed
                if low == high:
                    for i in range(a, b):
                        out[places[k], i, w] = 0.0
        a = b


@nb.njit(cache=True, nogil=True)
def sweep_rows(first, last, indptr, indices, states, rows, counts):
    """Count for the people first..last-1 in at least `NARROW` worlds: counts[k, person, world]."""
    people, worlds = states.shape[1], states.shape[2]
    lanes = WIDE if worlds >= WIDE else NARROW
    far = people * worlds > NEAR
    for i in range(first, last):
        low, high = indptr[i], indptr[i + 1]
        if far and i + 2 < last:
            for e in range(indptr[i + 2], indptr[i + 3]):
                for k in range(rows.size):
                    for w in range(0, worlds, 64):
                        fetch(states, (rows[k] * people + indices[e]) * worlds + w)
        for k in range(rows.size):
            place, to = rows[k] * people * worlds, (k * people + i) * worlds
            if high - low > MOST:
                for w in range(worlds):
                    counts[k, i, w] = 0
                for e in range(low, high):
                    j = np.uint64(indices[e])
                    for w in range(worlds):
                        counts[k, i, w] += states[rows[k], j, w]
                continue
            for tile in range(0, worlds, lanes):
                w = min(tile, worlds - lanes)  # the last worlds are counted twice where they do not fill a tile
                if lanes == WIDE:
                    _add_wide(states, place + w, worlds, indices, low, high, counts, to + w)
                else:
                    _add_narrow(states, place + w, worlds, indices, low, high, counts, to + w)


@nb.njit(cache=True, nogil=True)
def push(first, last, flipped, indptr, indices, deltas, counts, dirty):
    """Add the changes of the people in `flipped` to the counts of their neighbours among first..last-1.

    Where the counts of millions of people do not fit into a cache, waiting for them would take most of the time, so
    what is needed a few people later is prefetched.
    """
    seen, people, worlds = deltas.shape
    begun = np.empty(AHEAD, np.int64)
    half, soon = AHEAD // 2, flipped.size
    for f in range(-AHEAD, soon):
        if f + AHEAD < soon:
            fetch(indices, indptr[flipped[f + AHEAD]])
        if 0 <= f + half < soon:
            i = flipped[f + half]
            a, high = indptr[i], indptr[i + 1]
            b = high if first > 0 else a
            while a < b:  # rows are sorted: start at the first neighbour in our range
                m = (a + b) >> 1
                if indices[m] < first:
                    a = m + 1
                else:
                    b = m
            begun[(f + half) % AHEAD] = a
            for e in range(a, high):
                j = np.int64(indices[e])
                if j >= last:
                    break
                fetch(dirty, j)
                for k in range(seen):
                    fetch(counts, (k * people + j) * worlds)
        if f < 0:
            continue
        i = flipped[f]
        for e in range(begun[f % AHEAD], indptr[i + 1]):
            j = np.uint64(indices[e])
            if j >= np.uint64(last):
                break
            dirty[j] = 1
            for k in range(seen):
                for w in range(worlds):
                    counts[k, j, w] += deltas[k, i, w]


__all__ = ["pack", "push", "sweep_bits", "sweep_rows", "sweep_weights"]
