"""Assembling ties into rows by counting sorts, with the same result for any number of threads."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import numba as nb
import numpy as np
from numpy.typing import NDArray

from groundswell.errors import PopulationError

SHORT_ROW = 48  # rows up to this length are sorted by insertion, which is faster there


def usable_threads(threads: int | None) -> int:
    """The number of threads to use: as asked, or as many as the cores available to this process."""
    if threads is None:
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if isinstance(threads, bool) or not isinstance(threads, int) or threads < 1:
        raise PopulationError(f"threads = {threads!r}", expected="a whole number from 1, or None for every core")
    return threads


def spread(task: Callable[..., Any], pieces: Sequence[tuple], threads: int) -> list[Any]:
    """Run ``task(*piece)`` for every piece, on threads, and return the results in the order of the pieces.

    The task must release the interpreter lock, and no two pieces may write to the same place.
    """
    if threads == 1 or len(pieces) == 1:
        return [task(*piece) for piece in pieces]
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(lambda piece: task(*piece), pieces))


def cuts(people: int, pieces: int) -> list[tuple[int, int]]:
    """Cut 0..people into ranges of about equal size."""
    edges = [people * piece // pieces for piece in range(pieces + 1)]
    return [(a, b) for a, b in pairwise(edges) if b > a]


def symmetric_rows(
    start: NDArray[np.int64], heads: NDArray[np.int32], threads: int, order: str
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Rows of a symmetric matrix, ascending, from ties that are each listed in the row of one end only.

    Parameters
    ----------
    start : int64 of shape (people + 1,); where each person's own ties begin in `heads`.
    heads : int32 of shape (ties,); the other ends.
    order : "upper" (heads above their person, ascending), "lower" (heads below, ascending), or "any".

    Returns
    -------
    indptr, indices : as in `groundswell.population.network.Network`.

    For "upper" and "lower" nothing needs sorting: taking the people in ascending order, each writes itself into the
    rows of its heads, so that those parts of the rows come out ascending too.
    """
    people = start.size - 1
    # One range per thread. Finer ones would keep the cursors in a core's cache, but every range looks at all heads that
    # may name its people, and at 10**7 people 10 ranges took twice the processor time of 2.
    ranges = cuts(people, threads)
    # Who may name people low..high-1: with "upper" only people before them, with "lower" only people after them.
    namers = [(low if order == "lower" else 0, high if order == "upper" else people) for low, high in ranges]
    received = np.zeros(people, dtype=np.int32)
    counting = [
        (heads[start[first] : start[last]], low, high, received)
        for (low, high), (first, last) in zip(ranges, namers, strict=True)
    ]
    spread(_count_heads, counting, threads)
    indptr = np.empty(people + 1, dtype=np.int64)
    _offsets(start, received, indptr)
    indices = np.empty(2 * heads.size, dtype=np.int32)
    own_first = order == "lower"
    spread(_copy_own, [(start, heads, received, indptr, indices, own_first, *piece) for piece in ranges], threads)
    copying = [
        (start, heads, indptr, indices, own_first, *piece, *namer) for piece, namer in zip(ranges, namers, strict=True)
    ]
    spread(_copy_received, copying, threads)
    if order == "any":
        sort_rows(indptr, indices, threads)
    return indptr, indices


def sort_rows(indptr: NDArray[np.int64], indices: NDArray[np.int32], threads: int) -> None:
    """Sort every row in place."""
    pieces = cuts(indptr.size - 1, 8 * threads)
    spread(_sort_rows, [(indptr, indices, low, high) for low, high in pieces], threads)


@nb.njit(cache=True, nogil=True)
def _count_heads(heads, low, high, received):
    for e in range(heads.size):
        j = heads[e]
        if low <= j < high:
            received[j] += 1


@nb.njit(cache=True, nogil=True)
def _offsets(start, received, indptr):
    indptr[0] = 0
    for i in range(received.size):
        indptr[i + 1] = indptr[i] + (start[i + 1] - start[i]) + received[i]


@nb.njit(cache=True, nogil=True)
def _copy_own(start, heads, received, indptr, indices, own_first, low, high):
    for i in range(low, high):
        at = indptr[i] if own_first else indptr[i] + received[i]
        for e in range(start[i], start[i + 1]):
            indices[at] = heads[e]
            at += 1


@nb.njit(cache=True, nogil=True)
def _copy_received(start, heads, indptr, indices, own_first, low, high, first, last):
    cursor = np.empty(high - low, dtype=np.int64)
    for j in range(low, high):
        cursor[j - low] = indptr[j] + (start[j + 1] - start[j] if own_first else 0)
    for i in range(first, last):
        for e in range(start[i], start[i + 1]):
            j = heads[e]
            if low <= j < high:
                indices[cursor[j - low]] = i
                cursor[j - low] += 1


@nb.njit(cache=True, nogil=True)
def _sort_rows(indptr, indices, low, high):
    for i in range(low, high):
        first, last = indptr[i], indptr[i + 1]
        if last - first <= SHORT_ROW:
            for e in range(first + 1, last):
                j = indices[e]
                at = e
                while at > first and indices[at - 1] > j:
                    indices[at] = indices[at - 1]
                    at -= 1
                indices[at] = j
        else:
            indices[first:last].sort()
