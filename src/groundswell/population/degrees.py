"""Networks of given degrees: the configuration model, its degrees, and the repair of its defects.

Every random decision is a draw addressed by (seed, stream, attempt, person), see `groundswell.draws`.
"""

from __future__ import annotations

import math

import numba as nb
import numpy as np
from numpy.typing import ArrayLike, NDArray

from groundswell.draws import below, streams, uniforms
from groundswell.errors import PopulationError
from groundswell.population.assemble import sort_rows, usable_threads
from groundswell.population.given import real, seed_of, whole
from groundswell.population.network import MOST_PEOPLE, Network

_STUBS, _PARTNERS, _POWER_LAW = streams(
    ("population.configuration.stubs", "population.configuration.partners", "population.power_law_degrees"),
    "groundswell.population.degrees",
).values()


def is_graphical(degrees: ArrayLike) -> bool:
    """Whether some network without self-loops and double ties has these degrees (Erdos & Gallai 1960).

    The sum must be even, and for every k with ``d_k >= k``, degrees descending,
    ``sum_{i<=k} d_i <= k (k - 1) + sum_{i>k} min(d_i, k)``.
    """
    descending = np.sort(np.asarray(degrees, dtype=np.int64))[::-1]
    if descending.size == 0 or descending[-1] < 0 or descending.sum() % 2:
        return False
    k = np.arange(1, descending.size + 1)
    k = k[descending >= k]
    if k.size == 0:
        return True
    partial = np.concatenate(([0], np.cumsum(descending)))
    at_least_k = descending.size - np.searchsorted(descending[::-1], k, side="left")
    turn = np.maximum(at_least_k, k)
    most = k * (k - 1) + k * (turn - k) + partial[-1] - partial[turn]
    return bool(np.all(partial[k] <= most))


def power_law_degrees(people: int, exponent: float, minimum: int, maximum: int, *, seed: int) -> NDArray[np.int32]:
    """Degrees drawn from ``P(k) proportional to k**-exponent`` on minimum..maximum, with an even sum.

    Where the sum comes out odd, the last person gets one tie more, or one less if already at the maximum.

    Parameters
    ----------
    people : N >= 1.
    exponent : any finite number; 2 to 3 in many social networks.
    minimum, maximum : 1 <= minimum < maximum <= people - 1.
    seed : in 0..2**64 - 1.

    Returns
    -------
    int32 of shape (people,).

    >>> power_law_degrees(1000, 2.5, 2, 100, seed=1).min()
    np.int32(2)
    """
    people = whole("people", people, 1)
    exponent = real("exponent", exponent, -100, 100)
    minimum = whole("minimum degree", minimum, 1)
    maximum = whole("maximum degree", maximum, minimum + 1, people - 1, why="it lies above the minimum, below people")
    support = np.arange(minimum, maximum + 1)
    weight = np.exp(-exponent * (np.log(support) - math.log(minimum if exponent > 0 else maximum)))
    distribution = np.cumsum(weight) / weight.sum()
    drawn = np.searchsorted(distribution, uniforms(int(seed_of(seed)), _POWER_LAW, 0, people), side="right")
    degrees = (minimum + np.minimum(drawn, support.size - 1)).astype(np.int32)
    if degrees.sum(dtype=np.int64) % 2:
        degrees[-1] += 1 if degrees[-1] < maximum else -1
    return degrees


def configuration(
    degrees: ArrayLike, *, allow_multi: bool = False, trades_per_tie: int = 0, seed: int, threads: int | None = None
) -> Network:
    """A random network in which each person has a given degree: the configuration model.

    Half-ties are matched uniformly at random. With ``allow_multi=True`` the result stands, self-loops and double ties
    included. Otherwise each defective tie is rewired: it trades ends with a tie picked at random wherever neither
    new tie exists already or is a loop, which keeps every degree.

    Parameters
    ----------
    degrees : whole numbers >= 0 of shape (people,), with an even sum.
    allow_multi : keep self-loops and double ties; the result's `simple` is then False.
    trades_per_tie : after rewiring, let this many pairs of ties, per tie, trade ends where both new ties are valid. The
        chain of trades tends to the uniform distribution over all simple networks with these degrees; 20 is ample.
    seed : in 0..2**64 - 1.
    threads : how many to use (None: every core); the result does not depend on it. Matching runs on one.

    Returns
    -------
    Network, in which everyone has the given degree.

    Raises
    ------
    PopulationError : on an odd sum, a negative or fractional degree, or degrees that no simple network has.

    Known limits: without trades, rewired networks are nearly but not exactly uniform over all simple networks with
    these degrees: among six people of degree 2, each pair of triangles comes out 0.63 times as often as each hexagon.
    The bias vanishes as people grow, when the second moment of the degrees is bounded. Where rewiring fails (degrees
    that few networks have), the network is built by Havel and Hakimi's rule and shuffled by 20 trades per tie.

    Source: Bollobas (1980); Molloy & Reed (1995), Random Struct. Alg. 6, 161-180; rewiring as in Milo et al. (2003),
    arXiv:cond-mat/0312028.

    >>> configuration([2, 2, 1, 1, 0], seed=1).degree
    array([2, 2, 1, 1, 0], dtype=int32)
    """
    given = np.asarray(degrees)
    if given.ndim != 1 or given.size == 0 or given.dtype.kind not in "iuf":
        raise PopulationError(
            f"degrees of shape {given.shape} and type {given.dtype}", expected="one number per person"
        )
    wrong = np.flatnonzero(~((given >= 0) & (given <= MOST_PEOPLE) & (given == np.floor(given))))
    if wrong.size:
        raise PopulationError(f"person {wrong[0]} has degree {given[wrong[0]]}", expected="a whole number from 0")
    degree = given.astype(np.int64)
    stubs = int(degree.sum())
    if stubs % 2:
        raise PopulationError(f"the degrees add up to {stubs}", expected="an even sum", why="each tie has two ends")
    if stubs > 2**32 - 2:
        raise PopulationError(f"the degrees add up to {stubs}", expected="less than 2**32", why="draws have 32 bits")
    if not allow_multi and not is_graphical(degree):
        raise PopulationError(
            f"no simple network has these degrees (largest {degree.max()}, people {degree.size})",
            expected="degrees that meet the condition of Erdos and Gallai",
            instead="smaller largest degrees, or allow_multi=True",
        )
    trades_per_tie = whole("trades_per_tie", trades_per_tie, 0)
    threads, key = usable_threads(threads), seed_of(seed)
    indptr = np.concatenate(([0], np.cumsum(degree)))
    half_ties = np.repeat(np.arange(degree.size, dtype=np.int32), degree)
    shuffle(key, _STUBS, half_ties)
    indices = np.empty(stubs, dtype=np.int32)
    match_half_ties(half_ties, indptr, indices)
    del half_ties
    sort_rows(indptr, indices, threads)
    if allow_multi:
        return Network.sound(indptr, indices, simple=False)
    attempt = 0
    for _ in range(ROUNDS_OF_REWIRING):
        defects = defects_of(indptr, indices)
        if defects.size == 0:
            break
        attempt = rewire(key, _PARTNERS, attempt, indptr, indices, defects)
        sort_rows(indptr, indices, threads)
    else:
        if defects_of(indptr, indices).size:
            _tie_largest_first(indptr, np.argsort(-degree, kind="stable"), degree.copy(), indices)
            trades_per_tie = max(trades_per_tie, _TRADES_PER_TIE)
    if trades_per_tie:
        _trade_sound_ties(key, _PARTNERS, attempt, indptr, indices, trades_per_tie * (stubs // 2))
        sort_rows(indptr, indices, threads)
    return Network.sound(indptr, indices)


# Where trading cannot repair a defect (three self-loops among three people of degree 2 have no valid trade), or only
# slowly, the network is rebuilt, largest degrees first, and then shuffled. Of 8270 random graphical sequences
# of 2..12 people 34 came to that, none with more than five people who have ties.
ROUNDS_OF_REWIRING = 10
_TRIES_PER_DEFECT = 1000
_TRADES_PER_TIE = 20  # attempted; the chain has forgotten its start after some tens (Milo et al. 2003)


@nb.njit(cache=True, nogil=True)
def shuffle(seed, stream, items):
    """Fisher and Yates, from the end: every order equally likely."""
    for last in range(items.size - 1, 0, -1):
        at = below(seed, stream, 0, last, last + 1)
        items[last], items[at] = items[at], items[last]


@nb.njit(cache=True, nogil=True)
def match_half_ties(half_ties, indptr, indices):
    cursor = indptr[:-1].copy()
    for t in range(0, half_ties.size, 2):
        a, b = half_ties[t], half_ties[t + 1]
        indices[cursor[a]] = b
        cursor[a] += 1
        indices[cursor[b]] = a
        cursor[b] += 1


def defects_of(indptr: NDArray[np.int64], indices: NDArray[np.int32]) -> NDArray[np.int32]:
    """Self-loops and surplus copies of double ties, as rows (person, other end >= person). Rows are sorted."""
    found = np.empty((_find_defects(indptr, indices, np.empty((0, 2), dtype=np.int32)), 2), dtype=np.int32)
    _find_defects(indptr, indices, found)
    return found


@nb.njit(cache=True, nogil=True)
def _find_defects(indptr, indices, found):
    """The number of defective ties; as many of them are recorded as there is room for."""
    count = 0
    for u in range(indptr.size - 1):
        loops = 0
        for e in range(indptr[u], indptr[u + 1]):
            v = indices[e]
            if v == u:
                loops += 1
                defective = loops % 2 == 0  # a self-loop is listed twice
            else:
                defective = v > u and e > indptr[u] and indices[e - 1] == v
            if defective:
                if count < found.shape[0]:
                    found[count, 0] = u
                    found[count, 1] = v
                count += 1
    return count


@nb.njit(cache=True, nogil=True)
def _times(indptr, indices, u, v):
    """How often u and v are tied, looked up in the shorter of their rows, which need not be sorted."""
    if indptr[v + 1] - indptr[v] < indptr[u + 1] - indptr[u]:
        u, v = v, u
    times = 0
    for e in range(indptr[u], indptr[u + 1]):
        if indices[e] == v:
            times += 1
    return times


@nb.njit(cache=True, nogil=True)
def _replace(indptr, indices, u, old, new):
    for e in range(indptr[u], indptr[u + 1]):
        if indices[e] == old:
            indices[e] = new
            return


@nb.njit(cache=True, nogil=True)
def _trade(seed, stream, attempt, indptr, indices, u, v):
    """Replace ties u-v and x-y, the latter picked at random, by u-x and v-y if both are valid; return whether done."""
    at = below(seed, stream, attempt & 0xFFFFFFFF, attempt >> 32, indices.size)
    x = np.searchsorted(indptr, at, side="right") - 1
    y = indices[at]
    if x == u or y == v or (u == v and x == y):
        return False
    if _times(indptr, indices, u, x) or _times(indptr, indices, v, y):
        return False
    _replace(indptr, indices, u, v, x)
    _replace(indptr, indices, v, u, y)
    _replace(indptr, indices, x, y, u)
    _replace(indptr, indices, y, x, v)
    return True


@nb.njit(cache=True, nogil=True)
def _trade_sound_ties(seed, stream, attempt, indptr, indices, trades):
    """Attempt trades between random pairs of ties, of which the first is valid; return the next address."""
    for _ in range(trades):
        at = below(seed, stream, attempt & 0xFFFFFFFF, attempt >> 32, indices.size)
        u = np.searchsorted(indptr, at, side="right") - 1
        v = np.int64(indices[at])
        attempt += 1
        if u != v and _times(indptr, indices, u, v) == 1:
            _trade(seed, stream, attempt, indptr, indices, u, v)
            attempt += 1
    return attempt


@nb.njit(cache=True, nogil=True)
def rewire(seed, stream, attempt, indptr, indices, defects):
    """Rewire each defective tie in place; return the address of the next attempt."""
    if attempt:  # not the first round: begin it from another network
        attempt = _trade_sound_ties(seed, stream, attempt, indptr, indices, min(2 * indices.size, 10_000))
    for d in range(defects.shape[0]):
        u, v = np.int64(defects[d, 0]), np.int64(defects[d, 1])
        for _ in range(_TRIES_PER_DEFECT):
            times = _times(indptr, indices, u, v)
            if times == 0 or (u != v and times == 1):
                break  # an earlier trade has repaired it
            done = _trade(seed, stream, attempt, indptr, indices, u, v)
            attempt += 1
            if done:
                break
    return attempt


@nb.njit(cache=True, nogil=True)
def _tie_largest_first(indptr, order, residual, indices):
    """Havel (1955) and Hakimi (1962): tie the person of largest residual degree to those next largest, and repeat.

    `order` lists people by `residual`, descending. Of people with equal residuals the last are tied first, which
    leaves the list in order.
    """
    cursor = indptr[:-1].copy()
    people = order.size
    for place in range(people):
        u = order[place]
        wanted = residual[u]
        if wanted == 0:
            return
        bound = residual[order[place + wanted]]
        low, high = place + 1, people  # the first position whose residual is at most bound
        while low < high:
            middle = (low + high) // 2
            if residual[order[middle]] > bound:
                low = middle + 1
            else:
                high = middle
        begin = low
        low, high = place + wanted, people  # the first position whose residual is below bound
        while low < high:
            middle = (low + high) // 2
            if residual[order[middle]] >= bound:
                low = middle + 1
            else:
                high = middle
        larger = begin - place - 1
        for k in range(wanted):
            v = order[place + 1 + k] if k < larger else order[low - 1 - (k - larger)]
            indices[cursor[u]] = v
            cursor[u] += 1
            indices[cursor[v]] = u
            cursor[v] += 1
            residual[v] -= 1
        residual[u] = 0
