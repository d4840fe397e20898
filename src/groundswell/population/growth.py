"""A network that grows, newcomer by newcomer, by preferential attachment."""

from __future__ import annotations

import numba as nb
import numpy as np

from groundswell.draws import below, streams
from groundswell.errors import PopulationError
from groundswell.population.assemble import symmetric_rows, usable_threads
from groundswell.population.given import seed_of, whole
from groundswell.population.network import Network

(PREFERENCE,) = streams(("population.barabasi_albert.preference",), "groundswell.population.growth").values()


def barabasi_albert(people: int, ties_per_newcomer: int, *, seed: int, threads: int | None = None) -> Network:
    """People arrive one by one and tie themselves to m distinct people, chosen in proportion to their degree.

    The first m + 1 people are all tied to one another. In the limit of many people the degrees follow
    ``P(k) = 2 m (m + 1) / (k (k + 1) (k + 2))`` for k >= m, whose tail falls as ``k**-3``.

    Parameters
    ----------
    people : N >= 2.
    ties_per_newcomer : m in 1..N - 1. There are ``m (m + 1) / 2 + (N - m - 1) m`` ties.
    seed : in 0..2**64 - 1.
    threads : how many to use (None: every core); the result does not depend on it. The growth itself runs on one.

    Raises
    ------
    PopulationError : on a number outside its support.

    Known limits: a choice that would tie a newcomer to one person twice is drawn again, so with m > 1 the choices
    are proportional to degree among those not yet chosen. Person 0 is among the oldest.

    Source: Barabasi & Albert (1999), Science 286, 509-512; Batagelj & Brandes (2005); the degree distribution is
    that of Dorogovtsev, Mendes & Samukhin (2000), Phys. Rev. Lett. 85, 4633.

    >>> barabasi_albert(1000, 3, seed=1).ties
    2994
    """
    people = whole("people", people, 2)
    m = whole("ties_per_newcomer", ties_per_newcomer, 1, people - 1, why=f"there are {people} people")
    own = np.minimum(np.arange(people, dtype=np.int64), m)
    start = np.concatenate(([0], np.cumsum(own)))
    if start[-1] > 2**31 - 1:
        raise PopulationError(f"{start[-1]} ties", expected="less than 2**31", why="draws have 32 bits")
    heads = np.empty(int(start[-1]), dtype=np.int32)
    grow(seed_of(seed), PREFERENCE, m, start, heads)
    return Network.sound(*symmetric_rows(start, heads, usable_threads(threads), "lower"))


@nb.njit(cache=True, nogil=True)
def grow(seed, stream, m, start, heads):
    people = start.size - 1
    oldest = m * (m + 1) // 2  # ties among the first m + 1 people
    owner = np.empty(oldest, dtype=np.int32)
    for i in range(m + 1):
        for j in range(i):
            heads[start[i] + j] = j
            owner[start[i] + j] = i
    for i in range(m + 1, people):
        first = start[i]
        attempt = 0
        for e in range(first, first + m):
            while True:
                # An end of a tie picked at random is a person picked in proportion to degree. Ends are numbered
                # 2t for the newcomer of tie t, whom t identifies, and 2t + 1 for the person chosen.
                end = below(seed, stream, attempt, i, 2 * first)
                attempt += 1
                t = end >> 1
                if end & 1:
                    j = np.int64(heads[t])
                elif t < oldest:
                    j = np.int64(owner[t])
                else:
                    j = m + 1 + (t - oldest) // m
                at = e
                while at > first and heads[at - 1] > j:
                    at -= 1
                if at == first or heads[at - 1] != j:
                    break
            for k in range(e, at, -1):
                heads[k] = heads[k - 1]
            heads[at] = j
