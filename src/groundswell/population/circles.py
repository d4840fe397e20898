"""People on a circle, tied to the nearest, and the small world that moved ties make of it."""

from __future__ import annotations

import numba as nb
import numpy as np
from numpy.typing import NDArray

from groundswell.draws import below, streams, uniform
from groundswell.population.assemble import symmetric_rows, usable_threads
from groundswell.population.given import even, real, seed_of, whole
from groundswell.population.network import Network
from groundswell.population.rewiring import rewired

MOVES, PLACES = streams(
    (
        "population.watts_strogatz.moves",
        "population.watts_strogatz.places",
    ),
    "groundswell.population.circles",
).values()


def watts_strogatz(people: int, neighbours: int, rewiring: float, *, seed: int, threads: int | None = None) -> Network:
    """A ring in which each tie is moved, with some probability, to a person picked at random: a small world.

    As in the source, ties are visited by distance (1, 2, .. neighbours / 2) and then by person; a tie that moves
    keeps its first end, and the other is uniform over the people to whom that end is not yet tied. The clustering
    without rewiring is ``3 (k - 2) / (4 (k - 1))``.

    Parameters
    ----------
    people : N >= 1.
    neighbours : k, even, in 0..people - 1; half on either side. There are ``N k / 2`` ties.
    rewiring : the probability that a tie moves, in [0, 1].
    seed : in 0..2**64 - 1.
    threads : how many to use (None: every core); the result does not depend on it. Rewiring runs on one.

    Raises
    ------
    PopulationError : on a number outside its support, or an odd number of neighbours.

    Known limits: a person tied to everyone keeps the tie where it is.

    Source: Watts & Strogatz (1998), Nature 393, 440-442.

    >>> watts_strogatz(1000, 10, 0.1, seed=1).mean_degree
    10.0
    """
    people = whole("people", people, 1)
    half = even("neighbours", neighbours, people) // 2
    rewiring = real("rewiring", rewiring, 0, 1, why="it is a probability")
    key = seed_of(seed)
    own = np.empty((people, half), dtype=np.int32)
    _ring(own)
    if rewiring > 0:
        small_world(key, MOVES, PLACES, rewiring, own)
    start = np.arange(people + 1, dtype=np.int64) * half
    return Network.sound(*symmetric_rows(start, own.reshape(-1), usable_threads(threads), "any"))


def ring(people: int, neighbours: int, rewiring: float = 0.0, *, seed: int = 0, threads: int | None = None) -> Network:
    """Everyone is tied to the nearest people on a circle, half of them on either side.

    Parameters
    ----------
    people : N >= 1.
    neighbours : even, in 0..people - 1.
    rewiring : the probability that a tie is rewired, see `rewired`; everyone keeps their number of ties.
    seed : in 0..2**64 - 1; nothing is drawn without rewiring.
    threads : how many to use (None: every core); the result does not depend on it.

    Raises
    ------
    PopulationError : on a number outside its support, or an odd number of neighbours.

    >>> ring(5, 2).neighbours(0)
    array([1, 4], dtype=int32)
    """
    circle = watts_strogatz(people, neighbours, 0.0, seed=seed, threads=threads)
    return rewired(circle, rewiring, seed=seed, threads=threads)


def ring_of(people: int, neighbours: int, first: int, last: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """The ties of `ring` that the people first..last-1 own: to the people after them. (tails, heads), once each."""
    half = even("neighbours", neighbours, whole("people", people, 1)) // 2
    tails = np.repeat(np.arange(first, last, dtype=np.int64), half)
    heads = (tails + np.tile(np.arange(1, half + 1), last - first)) % people
    return tails.astype(np.int32), heads.astype(np.int32)


@nb.njit(cache=True, nogil=True)
def _ring(own):
    people = own.shape[0]
    for i in range(people):
        for d in range(own.shape[1]):
            j = i + d + 1
            own[i, d] = j if j < people else j - people


@nb.njit(cache=True, nogil=True)
def small_world(seed, stream_moves, stream_places, rewiring, own):
    people, half = own.shape
    degree = np.full(people, 2 * half, dtype=np.int32)
    for d in range(half):
        for i in range(people):
            if uniform(seed, stream_moves, d, i) >= rewiring or degree[i] >= people - 1:
                continue
            # i's ties are those that it owns and those that others own to it, so that whether i and j are tied is
            # read from two short lists. Attempts for one tie use the addresses (tie, try), which no two ties share.
            tie = i * half + d
            attempt = 0
            while True:
                j = below(seed, stream_places, attempt, tie, people)
                attempt += 1
                if j == i:
                    continue
                tied = False
                for k in range(half):
                    if own[i, k] == j or own[j, k] == i:
                        tied = True
                        break
                if not tied:
                    break
            degree[own[i, d]] -= 1
            degree[j] += 1
            own[i, d] = j
