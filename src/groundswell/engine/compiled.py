"""Compiled pieces of the engines: sums in the order of blocks, counting along ties, and changing ties."""

from __future__ import annotations

import numba as nb
import numpy as np
from numba.core import cgutils
from numba.extending import intrinsic

from groundswell.draws import uniform

BLOCK = 256  # people per block: sums are made within blocks in order, then over blocks in order, by every engine


@intrinsic
def borrowed(typingctx, array):
    """The same array without reference counting, for an array whose owner outlives all uses of it.

    Counting is an atomic addition wherever an array is passed on, and took two thirds of a step on a grid.
    """

    def build(context, builder, signature, arguments):
        view = context.make_array(array)(context, builder, value=arguments[0])
        view.meminfo = cgutils.get_null_value(view.meminfo.type)
        view.parent = cgutils.get_null_value(view.parent.type)
        return view._getvalue()

    return array(array), build


@nb.njit(cache=True, nogil=True)
def combine(parts, out):
    """Add block sums in order of blocks: parts[block, quantity, world] into out[quantity, world]."""
    blocks, quantities, worlds = parts.shape
    out[:] = 0
    for b in range(blocks):
        for k in range(quantities):
            for w in range(worlds):
                out[k, w] += parts[b, k, w]


@nb.njit(cache=True, nogil=True)
def block_sums(values, rows, parts):
    """Add values within blocks of people, in order: values[row, person, world] into parts[block, quantity, world]."""
    people, worlds = values.shape[1], values.shape[2]
    for i in range(people):
        b = i // BLOCK
        for k in range(rows.size):
            for w in range(worlds):
                parts[b, k, w] += values[rows[k], i, w]


@nb.njit(cache=True, nogil=True)
def pull_means(first, last, indptr, indices, states, rows, means):
    """The mean of float states over neighbours, added in their order; the person's own state if there are none."""
    worlds = states.shape[2]
    for i in range(first, last):
        degree = max(indptr[i + 1] - indptr[i], 1)
        for k in range(rows.size):
            r = rows[k]
            if worlds == 1:  # the sum stays in a register
                summed = 0.0
                for e in range(indptr[i], indptr[i + 1]):
                    summed += states[r, np.uint64(indices[e]), 0]
                means[k, i, 0] = summed / degree if indptr[i] < indptr[i + 1] else states[r, i, 0]
                continue
            for w in range(worlds):
                means[k, i, w] = 0.0
            for e in range(indptr[i], indptr[i + 1]):
                j = indices[e]
                for w in range(worlds):
                    means[k, i, w] += states[r, j, w]
            for w in range(worlds):
                means[k, i, w] /= degree
            if indptr[i] == indptr[i + 1]:
                for w in range(worlds):
                    means[k, i, w] = states[r, i, w]


@nb.njit(cache=True, nogil=True)
def pull_weighted(first, last, indptr, indices, weights, states, rows, averaged, empty, places, out):
    """Sums of weight times state over neighbours, in order of the neighbours: out[places[k], person, world].

    Where `averaged[k]`, the sum is divided by the sum of the weights; where that is 0, the result is the person's own
    state times `empty[k]`. If `weights` is empty, every weight is 1.
    """
    worlds = states.shape[2]
    for i in range(first, last):
        total = 0.0
        for e in range(indptr[i], indptr[i + 1]):
            total += weights[e] if weights.size > 0 else 1.0
        for k in range(rows.size):
            r, at = rows[k], places[k]
            if worlds == 1:  # the sum stays in a register
                summed = 0.0
                for e in range(indptr[i], indptr[i + 1]):
                    weight = weights[e] if weights.size > 0 else 1.0
                    summed += weight * states[r, np.uint64(indices[e]), 0]
                if averaged[k]:
                    summed = summed / total if total > 0.0 else empty[k] * states[r, i, 0]
                out[at, i, 0] = summed
                continue
            for w in range(worlds):
                out[at, i, w] = 0.0
            for e in range(indptr[i], indptr[i + 1]):
                j = indices[e]
                weight = weights[e] if weights.size > 0 else 1.0
                for w in range(worlds):
                    out[at, i, w] += weight * states[r, j, w]
            if averaged[k]:
                for w in range(worlds):
                    out[at, i, w] = out[at, i, w] / total if total > 0.0 else empty[k] * states[r, i, w]


@nb.njit(cache=True, nogil=True)
def weights_of(indptr, weights, out):
    """The sum of the weights of each person's ties, in order; if `weights` is empty, every weight is 1."""
    for i in range(indptr.size - 1):
        out[i] = 0.0
        for e in range(indptr[i], indptr[i + 1]):
            out[i] += weights[e] if weights.size > 0 else 1.0


@nb.njit(cache=True, nogil=True)
def sums_of_others(states, rows, averaged, empty, places, out):
    """What `pull_weighted` gives where everyone sees everyone and each tie counts 1: sums or means over all others.

    The sum over all is made within blocks and then over blocks, as for `people.NAME`; the person's own value is then
    subtracted. If there is nobody else, a mean is `empty` times the person's own value.
    """
    people, worlds = states.shape[1], states.shape[2]
    for k in range(rows.size):
        total = np.zeros(worlds)
        for first in range(0, people, BLOCK):
            part = np.zeros(worlds)
            for i in range(first, min(first + BLOCK, people)):
                for w in range(worlds):
                    part[w] += states[rows[k], i, w]
            total += part
        r, at = rows[k], places[k]
        others = np.float64(max(people - 1, 1) if averaged[k] else 1)  # dividing by 1 leaves a sum as it is
        for i in range(people):
            for w in range(worlds):
                out[at, i, w] = (total[w] - states[r, i, w]) / others
        if averaged[k] and people == 1:
            for w in range(worlds):
                out[at, 0, w] = empty[k] * states[r, 0, w]


@nb.njit(cache=True, nogil=True)
def _formed(chosen, chosen_heavy, directed):
    """Rows of the ties that are formed, ascending: (indptr, heads, weights); two who choose each other get one tie."""
    people = chosen.size
    start = np.zeros(people + 1, np.int64)
    heads, loads, cursor = np.empty(0, np.int64), np.empty(0, np.float64), start[:-1].copy()
    for turn in range(2):  # first counted, then written
        if turn == 1:
            for i in range(people):
                start[i + 1] += start[i]
            heads, loads = np.empty(start[people], np.int64), np.empty(start[people], np.float64)
            cursor = start[:-1].copy()
        for i in range(people):
            j = chosen[i]
            if j < 0 or (not directed and j < i and chosen[j] == i):
                continue
            for side in range(1 if directed else 2):
                a, b = (i, j) if side == 0 else (j, i)
                if turn == 0:
                    start[a + 1] += 1
                    continue
                at = cursor[a]
                while at > start[a] and heads[at - 1] > b:
                    heads[at], loads[at] = heads[at - 1], loads[at - 1]
                    at -= 1
                heads[at], loads[at] = b, chosen_heavy[i]
                cursor[a] += 1
    return start, heads, loads


@nb.njit(cache=True, nogil=True)
def retied(indptr, indices, weights, directed, keep, heavy, chosen, chosen_heavy):
    """Rows of the ties that are kept and those that are formed, ascending: (indptr, indices, weights).

    `keep` and `heavy` apply to both rows that contain an undirected tie. Person i is newly tied to `chosen[i]`, unless
    that is -1.
    """
    people = indptr.size - 1
    formed, heads, loads = _formed(chosen, chosen_heavy, directed)
    start = np.zeros(people + 1, np.int64)
    for i in range(people):
        count = formed[i + 1] - formed[i]
        for e in range(indptr[i], indptr[i + 1]):
            count += keep[e]
        start[i + 1] = start[i] + count
    out = np.empty(start[people], np.int32)
    out_heavy = np.empty(start[people] if weights.size > 0 else 0, np.float64)
    for i in range(people):
        at, f = start[i], formed[i]
        for e in range(indptr[i], indptr[i + 1] + 1):
            last = e == indptr[i + 1]
            if not last and keep[e] == 0:
                continue
            while f < formed[i + 1] and (last or heads[f] < indices[e]):
                out[at] = heads[f]
                if weights.size > 0:
                    out_heavy[at] = loads[f]
                at += 1
                f += 1
            if not last:
                out[at] = indices[e]
                if weights.size > 0:
                    out_heavy[at] = heavy[e]
                at += 1
    return start, out, out_heavy


@nb.njit(cache=True, nogil=True)
def meet(
    first, last, step, seed, stream, owners, degree, bool_states, bool_rows, counts, float_states, float_rows, means
):
    """Neighbours redrawn: each person meets as many people as it has ties, each chosen in proportion to their ties.

    `owners[tie end]` is the person at that end, so a uniformly drawn tie end is a person drawn in proportion to degree.
    All worlds of a batch share the meetings, which are drawn from the population's seed.
    """
    worlds = counts.shape[2]
    for i in range(first, last):
        for k in range(bool_rows.size):
            for w in range(worlds):
                counts[k, i, w] = 0
        for k in range(float_rows.size):
            for w in range(worlds):
                means[k, i, w] = 0.0
        for d in range(degree[i]):
            u = uniform(seed, stream, step, (np.uint64(d) << np.uint64(40)) | np.uint64(i))
            j = owners[np.int64(u * owners.size)]
            for k in range(bool_rows.size):
                for w in range(worlds):
                    counts[k, i, w] += bool_states[bool_rows[k], j, w]
            for k in range(float_rows.size):
                for w in range(worlds):
                    means[k, i, w] += float_states[float_rows[k], j, w]
        for k in range(float_rows.size):
            for w in range(worlds):
                means[k, i, w] = means[k, i, w] / degree[i] if degree[i] > 0 else float_states[float_rows[k], i, w]


@nb.njit(cache=True, nogil=True)
def region_sums(region, states, rows, out):
    """Sums of states by region, person after person: out[quantity, region, world]."""
    worlds = states.shape[2]
    out[:] = 0
    for i in range(region.size):
        g = region[i]
        for k in range(rows.size):
            for w in range(worlds):
                out[k, g, w] += states[rows[k], i, w]
