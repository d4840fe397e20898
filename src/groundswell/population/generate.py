"""Networks generated from a seed: compiled, and the same bytes for any number of threads.

Every random decision is a draw addressed by (seed, stream, attempt, person), see `groundswell.draws`. The logarithm
is the platform's: where two platforms' logarithms differ in the last bit, a tie in some 10**15 can move.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import cast

import numba as nb
import numpy as np
from numpy.typing import NDArray

from groundswell.draws import below, derive_seed, streams, uniform
from groundswell.errors import PopulationError
from groundswell.population.assemble import cuts, sort_rows, spread, symmetric_rows, usable_threads
from groundswell.population.degrees import (
    ROUNDS_OF_REWIRING,
    configuration,
    defects_of,
    is_graphical,
    match_half_ties,
    power_law_degrees,
    rewire,
    shuffle,
)
from groundswell.population.given import even, real, seed_of, whole
from groundswell.population.network import Network

BLOCKS = 256  # pieces of work in which pairs of people are drawn; fixed, so that memory does not depend on the threads

(
    _WITHIN, _BETWEEN, _PAIRS, _PREFERENCE, _MOVES, _PLACES, _CLIQUE, _FAR, _LEVEL,
    _CHOSEN, _ENDS, _SWAPS,
) = streams(
    (
        "population.planted_partition.within",
        "population.planted_partition.between",
        "population.erdos_renyi.pairs",
        "population.barabasi_albert.preference",
        "population.watts_strogatz.moves",
        "population.watts_strogatz.places",
        "population.village.clique",
        "population.village.far",
        "population.hierarchy.level",
        "population.rewired.chosen",
        "population.rewired.ends",
        "population.rewired.swaps",
    ),
    "groundswell.population.generate",
).values()  # fmt: skip


# ---------------------------------------------------------------------------------------------------------------
# Arguments


def community_sizes(people: int, communities: int | None, sizes: Sequence[int] | None) -> NDArray[np.int64]:
    """The number of people in each community: `sizes` as given, or as equal as `people` allows.

    Where `communities` does not divide `people`, the first ``people % communities`` have one more person.
    """
    people = whole("people", people, 1)
    if sizes is None:
        if communities is None:
            raise PopulationError("neither communities nor sizes is given", expected="one of them")
        number = whole("communities", communities, 1, people, why=f"there are {people} people")
        spare = np.arange(number) < people % number
        return people // number + spare.astype(np.int64)
    given = np.array([whole("a community's size", size, 1) for size in sizes], dtype=np.int64)
    if given.sum() != people:
        raise PopulationError(f"the sizes add up to {given.sum()}", expected=f"the number of people, {people}")
    if communities is not None and communities != given.size:
        raise PopulationError(f"communities = {communities} with {given.size} sizes", expected="one size for each")
    return given


# ---------------------------------------------------------------------------------------------------------------
# Pairs of people: Erdos-Renyi and planted partition


def erdos_renyi(people: int, mean_degree: float, *, seed: int, threads: int | None = None) -> Network:
    """Every pair of people is tied with the same probability, independently: the G(n, p) model.

    ``p = mean_degree / (people - 1)``; degrees are Binomial(people - 1, p). The number of ties is itself random,
    with standard deviation ``sqrt(pairs p (1 - p))``.

    Parameters
    ----------
    people : N >= 1.
    mean_degree : expected number of ties of a person, in [0, people - 1].
    seed : in 0..2**64 - 1.
    threads : how many to use (None: every core); the result does not depend on it.

    Raises
    ------
    PopulationError : on a number outside its support.

    Source: Erdos & Renyi (1959), Gilbert (1959); skips between ties are drawn as in Batagelj & Brandes (2005),
    "Efficient generation of large random networks", Phys. Rev. E 71, 036113, row by row.

    >>> erdos_renyi(1000, 10, seed=1).people
    1000
    """
    people = whole("people", people, 1)
    mean_degree = real("mean_degree", mean_degree, 0, people - 1, why=f"there are {people} people")
    within = np.array([mean_degree / max(people - 1, 1)])
    return _pairs(np.array([people]), within, 0.0, _PAIRS, _BETWEEN, seed_of(seed), usable_threads(threads))


def planted_partition(
    people: int,
    mean_degree: float,
    communities: int | None = None,
    mix: float = 0.0,
    *,
    sizes: Sequence[int] | None = None,
    seed: int,
    threads: int | None = None,
) -> tuple[Network, NDArray[np.int32]]:
    """Communities with many ties inside and few between them; each pair of people is tied independently.

    A pair inside community c, of ``s_c`` people, is tied with probability ``(1 - mix) k / (s_c - 1)``, so that
    everyone expects ``(1 - mix) k`` ties inside, whatever the size of their community. A pair across communities is
    tied with probability ``mix k N / sum_c s_c (N - s_c)``, so that the expected number of ties is ``k N / 2``, of
    which the share `mix` leave their community. Where sizes differ, people of small communities expect somewhat
    more ties across, since there are more people outside.

    Parameters
    ----------
    people : N >= 1. People are numbered community by community.
    mean_degree : k, expected number of ties of a person, averaged over all.
    communities : how many, equal in size as far as N allows. May be left out where `sizes` is given.
    mix : expected share of the ties that leave their community, in [0, 1]; must be 0 where there is one community.
    sizes : people in each community, adding up to N.
    seed : in 0..2**64 - 1.
    threads : how many to use (None: every core); the result does not depend on it.

    Returns
    -------
    network, region : region is int32 of shape (people,), the community of each person from 0.

    Raises
    ------
    PopulationError : on a number outside its support, or a probability above 1 (a community too small for its ties).

    Source: Condon & Karp (2001), "Algorithms for graph partitioning on the planted partition model",
    Random Struct. Alg. 18, 116-140.

    >>> network, region = planted_partition(1000, 10, communities=4, mix=0.1, seed=1)
    """
    people = whole("people", people, 1)
    size = community_sizes(people, communities, sizes)
    mean_degree = real("mean_degree", mean_degree, 0, people - 1, why=f"there are {people} people")
    mix = real("mix", mix, 0, 1, why="it is the share of ties that leave their community")
    if size.size == 1 and mix > 0:
        raise PopulationError(f"mix = {mix} with one community", expected="mix = 0", why="no tie can leave it")
    inside = (1 - mix) * mean_degree
    short = np.flatnonzero(inside > size - 1)
    if short.size:
        c = int(short[0])
        raise PopulationError(
            f"community {c} has {size[c]} people who expect {inside:g} ties inside it each",
            expected=f"at most {size[c] - 1}",
            instead="a larger community, a larger mix or a smaller mean_degree",
        )
    within = inside / np.maximum(size - 1, 1)
    outside_pairs = float((size * (people - size)).sum())  # ordered pairs
    between = mix * mean_degree * people / outside_pairs if mix > 0 else 0.0
    if between > 1:
        raise PopulationError(
            f"mix = {mix} and mean_degree = {mean_degree} ask for {mix * mean_degree * people / 2:g} ties across",
            expected=f"at most {outside_pairs / 2:g}, the number of pairs of people in different communities",
        )
    network = _pairs(size, within, between, _WITHIN, _BETWEEN, seed_of(seed), usable_threads(threads))
    return network, np.repeat(np.arange(size.size, dtype=np.int32), size)


def _pairs(
    size: NDArray[np.int64],
    within: NDArray[np.float64],
    between: float,
    stream_within: int,
    stream_between: int,
    seed: np.uint64,
    threads: int,
) -> Network:
    """Tie each pair of people independently, with one probability per community inside and one across."""
    start, heads = _draw_heads(size, within, between, stream_within, stream_between, seed, threads)
    return Network.sound(*symmetric_rows(start, heads, threads, "upper"))


def _draw_heads(
    size: NDArray[np.int64],
    within: NDArray[np.float64],
    between: float,
    stream_within: int,
    stream_between: int,
    seed: np.uint64,
    threads: int,
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Each person's ties to people above them, as `symmetric_rows` takes them."""
    people = int(size.sum())
    end = np.cumsum(size)
    start = np.zeros(people + 1, dtype=np.int64)

    def block(low: int, high: int) -> NDArray[np.int32]:
        counts = start[low + 1 : high + 1]
        return _drawn_above(low, high, end, within, between, stream_within, stream_between, seed, counts)

    # People early in the numbering have more pairs above them, so the blocks are cut to hold about equally many pairs.
    edges = [round(people * (1 - math.sqrt(1 - b / BLOCKS))) for b in range(BLOCKS + 1)]
    drawn = spread(block, [(a, b) for a, b in pairwise(edges) if b > a], threads)
    np.cumsum(start, out=start)
    return start, np.concatenate(drawn)


def _drawn_above(
    low: int,
    high: int,
    end: NDArray[np.int64],
    within: NDArray[np.float64],
    between: float,
    stream_within: int,
    stream_between: int,
    seed: np.uint64,
    counts: NDArray[np.int64],
) -> NDArray[np.int32]:
    """The ties of people low..high-1 to people above them; `counts` receives how many each has."""
    if high <= low:
        return np.empty(0, np.int32)
    expected = _expected_above(low, high, end, within, between)
    room = int(expected + 6 * math.sqrt(expected)) + 16
    while True:
        heads = np.empty(room, dtype=np.int32)
        count = _draw_pairs(seed, stream_within, stream_between, low, high, end, within, between, counts, heads)
        if count <= room:
            return heads[:count]  # a view: its unused space is under six standard errors
        room = count


def pairs_of(
    people: int, mean_degree: float, seed: int, first: int, last: int
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """The ties of `erdos_renyi` between the people first..last-1 and people above them: (tails, heads), once each."""
    people = whole("people", people, 1)
    mean_degree = real("mean_degree", mean_degree, 0, people - 1, why=f"there are {people} people")
    end, within = np.array([people]), np.array([mean_degree / max(people - 1, 1)])
    counts = np.zeros(last - first, np.int64)
    heads = _drawn_above(first, last, end, within, 0.0, _PAIRS, _BETWEEN, seed_of(seed), counts)
    return np.repeat(np.arange(first, last, dtype=np.int32), counts), heads


def ring_of(people: int, neighbours: int, first: int, last: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """The ties of `ring` that the people first..last-1 own: to the people after them. (tails, heads), once each."""
    half = even("neighbours", neighbours, whole("people", people, 1)) // 2
    tails = np.repeat(np.arange(first, last, dtype=np.int64), half)
    heads = (tails + np.tile(np.arange(1, half + 1), last - first)) % people
    return tails.astype(np.int32), heads.astype(np.int32)


def _expected_above(low: int, high: int, end: NDArray[np.int64], within: NDArray[np.float64], between: float) -> float:
    """The expected number of ties of people low..high-1 to people above them."""
    total, begin, people = 0.0, 0, int(end[-1])
    for c in range(int(np.searchsorted(end, low, side="right")), end.size):
        begin = int(end[c - 1]) if c else 0
        first, last, stop = max(low, begin), min(high, int(end[c])), int(end[c])
        if first >= last:
            break
        rows = last - first
        total += float(within[c]) * (rows * (stop - 1) - (first + last - 1) * rows / 2)
        total += between * rows * (people - stop)
    return total


@nb.njit(cache=True, nogil=True)
def _draw_pairs(seed, stream_within, stream_between, low, high, end, within, between, counts, heads):
    """Draw the ties of people low..high-1 to people above them; the number drawn, even if `heads` is too short."""
    people = end[end.size - 1]
    inverse_between = 1.0 / math.log1p(-between) if between > 0.0 else 0.0
    c = 0
    while end[c] <= low:
        c += 1
    inverse_within = 1.0 / math.log1p(-within[c]) if within[c] > 0.0 else 0.0
    filled = 0
    for i in range(low, high):
        if i >= end[c]:
            c += 1
            inverse_within = 1.0 / math.log1p(-within[c]) if within[c] > 0.0 else 0.0
        before = filled
        for across in range(2):
            chance = between if across else within[c]
            if chance <= 0.0:
                continue
            inverse = inverse_between if across else inverse_within
            stream = stream_between if across else stream_within
            stop = people if across else end[c]
            j = end[c] if across else i + 1
            attempt = 0
            while j < stop:
                # The number of pairs skipped before the next tie is geometric; with chance 1, inverse is -0.
                skip = math.floor(math.log(1.0 - uniform(seed, stream, attempt, i)) * inverse)
                if not skip < stop - j:
                    break
                j += np.int64(skip)
                if filled < heads.size:
                    heads[filled] = j
                filled += 1
                j += 1
                attempt += 1
        counts[i - low] = filled - before
    return filled


# ---------------------------------------------------------------------------------------------------------------
# Growth and rewiring


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
    _grow(seed_of(seed), _PREFERENCE, m, start, heads)
    return Network.sound(*symmetric_rows(start, heads, usable_threads(threads), "lower"))


@nb.njit(cache=True, nogil=True)
def _grow(seed, stream, m, start, heads):
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
        _small_world(key, _MOVES, _PLACES, rewiring, own)
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


@nb.njit(cache=True, nogil=True)
def _ring(own):
    people = own.shape[0]
    for i in range(people):
        for d in range(own.shape[1]):
            j = i + d + 1
            own[i, d] = j if j < people else j - people


@nb.njit(cache=True, nogil=True)
def _small_world(seed, stream_moves, stream_places, rewiring, own):
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


# ---------------------------------------------------------------------------------------------------------------
# The typology of Siegel (2009): beside the small world (`watts_strogatz`), villages, opinion leaders and hierarchies


def village(
    people: int, village_size: int, far: float, *, seed: int, threads: int | None = None
) -> tuple[Network, NDArray[np.int32]]:
    """Villages in which everyone knows everyone, and random ties to people far away.

    Two people of the same village are always tied, two people of different villages with probability `far`. A person in
    a village of s people expects ``(s - 1) + far (N - s)`` ties.

    Parameters
    ----------
    people : N >= 1. People are numbered village by village; the last village holds whoever is left over.
    village_size : people in a village, in 1..N.
    far : probability that a pair of people of different villages is tied, in [0, 1].
    seed : in 0..2**64 - 1.
    threads : how many to use (None: every core); the result does not depend on it.

    Returns
    -------
    network, region : region is int32 of shape (people,), the village of each person from 0.

    Raises
    ------
    PopulationError : on a number outside its support.

    Source: Siegel (2009), "Social networks and collective action", Am. J. Polit. Sci. 53, 122-138, names the type;
    his algorithm could not be obtained; that the far ties are independent is this project's reading.

    >>> network, region = village(1000, 5, 0.001, seed=1)
    """
    people = whole("people", people, 1)
    village_size = whole("village_size", village_size, 1, people, why=f"there are {people} people")
    far = real("far", far, 0, 1, why="it is a probability")
    size = np.diff(np.append(np.arange(0, people, village_size, dtype=np.int64), people))
    network = _pairs(size, np.ones(size.size), far, _CLIQUE, _FAR, seed_of(seed), usable_threads(threads))
    return network, np.repeat(np.arange(size.size, dtype=np.int32), size)


def opinion_leader(
    people: int,
    degree_exponent: float,
    minimum_degree: int = 1,
    maximum_degree: int | None = None,
    *,
    seed: int,
    threads: int | None = None,
) -> Network:
    """A few people have very many ties and most have few: degrees by a power law, ties at random.

    Degrees are drawn from ``P(k) proportional to k**-degree_exponent`` and half-ties matched at random. People are
    numbered by their number of ties, so that person 0 is the best connected.

    Parameters
    ----------
    people : N >= 3.
    degree_exponent : the smaller, the more leaders and the more ties.
    minimum_degree, maximum_degree : 1 and N - 1 where left out.
    seed : in 0..2**64 - 1.
    threads : how many to use (None: every core); the result does not depend on it. Matching runs on one.

    Raises
    ------
    PopulationError : on a number outside its support, or where 100 draws gave no degrees that a network can have.

    Known limits: degrees that no network has (a leader with more ties than there are others to hold them) are drawn
    again, which lowers the largest degrees a little where the exponent is near 2; an exponent below 2 needs a
    `maximum_degree`, because in large populations no network has so many leaders. With a minimum of 1 and an exponent
    above 2 many people belong to small separate groups.

    Source: Siegel (2009) names the type and its power law; his algorithm could not be obtained. It is built from
    `power_law_degrees` and `configuration`.

    >>> opinion_leader(1000, 2.5, seed=1).degree.argmax()
    np.int64(0)
    """
    people = whole("people", people, 3)
    maximum = people - 1 if maximum_degree is None else maximum_degree
    seed = int(seed_of(seed))
    for attempt in range(_DRAWINGS_OF_DEGREES):
        attempt_seed = derive_seed(seed, "opinion_leader", attempt) if attempt else seed
        degrees = power_law_degrees(people, degree_exponent, minimum_degree, maximum, seed=attempt_seed)
        if is_graphical(degrees):
            return configuration(np.sort(degrees)[::-1], seed=seed, threads=threads)
    raise PopulationError(
        f"none of {_DRAWINGS_OF_DEGREES} drawings with degree_exponent = {degree_exponent} and degrees in "
        f"{minimum_degree}..{maximum} could be met by {people} people",
        expected="degrees that some network has",
        instead="a larger exponent or a smaller maximum_degree",
    )


_DRAWINGS_OF_DEGREES = 100  # with exponents from 2 and no maximum, 8 draws in 10 are feasible, for any number of people


def hierarchy(
    people: int, expansion: int, level_ties: float = 0.0, *, seed: int = 0, threads: int | None = None
) -> Network:
    """Everyone has a superior and a fixed number of followers: a tree, with random ties within levels.

    Person 0 stands at the top; the followers of person i are people ``i e + 1 .. i e + e``, with e the expansion.
    Level l has ``e**l`` people, the last level whoever is left over. Two people of one level are tied with probability
    `level_ties`. A person of level l, of ``s`` people, expects ``level_ties (s - 1)`` ties beside those to the
    superior and the followers.

    Parameters
    ----------
    people : N >= 1.
    expansion : e, followers of each person, from 1.
    level_ties : in [0, 1]; 0 leaves the bare tree, 1 makes every level a clique.
    seed : in 0..2**64 - 1; nothing is drawn for the bare tree.
    threads : how many to use (None: every core); the result does not depend on it.

    Raises
    ------
    PopulationError : on a number outside its support.

    Known limits: the last level holds most people, so `level_ties` gives them nearly ``level_ties N (1 - 1 / e)`` ties
    each; choose it of order 1 / N where N is large.

    Source: Siegel (2009) names the type; his algorithm could not be obtained.

    >>> hierarchy(7, 2).neighbours(1)
    array([0, 3, 4], dtype=int32)
    """
    people = whole("people", people, 1)
    expansion = whole("expansion", expansion, 1)
    level_ties = real("level_ties", level_ties, 0, 1, why="it is a probability")
    key, threads = seed_of(seed), usable_threads(threads)
    start, heads = np.zeros(people + 1, dtype=np.int64), np.empty(0, dtype=np.int32)
    if level_ties > 0:
        size = level_sizes(people, expansion)
        start, heads = _draw_heads(size, np.full(size.size, level_ties), 0.0, _LEVEL, _LEVEL, key, threads)
    superiors = (
        np.arange(people + 1, dtype=np.int64) - 1
    )  # how many people before each person have a superior: all but one
    superiors[0] = 0
    joined = np.insert(heads, start[1:-1], (np.arange(people - 1) // expansion).astype(np.int32))
    return Network.sound(*symmetric_rows(start + superiors, joined, threads, "any"))


def level_sizes(people: int, expansion: int) -> NDArray[np.int64]:
    """How many people are at each level of a `hierarchy`, from the top."""
    sizes, left, level = [], people, 1
    while left > 0:
        sizes.append(min(level, left))
        left -= sizes[-1]
        level = min(level * expansion, people)
    return np.array(sizes, dtype=np.int64)


# ---------------------------------------------------------------------------------------------------------------
# Rewiring that keeps degrees


def rewired(network: Network, rewiring: float, *, seed: int, threads: int | None = None) -> Network:
    """A network some of whose ties are rewired, while everyone keeps their number of ties.

    Each tie is chosen with probability `rewiring`, independently. The half-ties of all chosen ties are matched
    uniformly at random; a tie that becomes a self-loop or a double tie trades ends with a tie picked at random, as
    in `configuration`. With ``rewiring = 1`` the result is a random network with the given degrees. Use
    `watts_strogatz` instead when one end of a moved tie should stay with its person, which makes degrees vary.

    Parameters
    ----------
    network : simple, with less than 2**31 ties.
    rewiring : p in [0, 1].
    seed : in 0..2**64 - 1.
    threads : how many to use (None: every core); the result does not depend on it. Matching runs on one.

    Raises
    ------
    PopulationError : on a number outside its support, or a network too dense to be rewired without double ties.

    Known limits: by chance a chosen tie can come back; repairs move a few ties that were not chosen.

    Source: Maslov & Sneppen (2002), Science 296, 910-913, for rewiring that keeps degrees, tie by tie.

    >>> set(rewired(ring(1000, 6), 0.5, seed=1).degree.tolist())
    {6}
    """
    rewiring = real("rewiring", rewiring, 0, 1, why="it is a probability")
    key, threads = seed_of(seed), usable_threads(threads)
    if not network.simple or network.ties >= 2**31:
        raise PopulationError(
            f"rewiring a network of {network.ties} ties{'' if network.simple else ', some of them double'}",
            expected="less than 2**31 ties, without self-loops and doubles",
        )
    if rewiring == 0 or network.ties == 0:
        return network
    half_ties = np.empty(network.indices.size, dtype=np.int32)
    kept = _set_apart(key, _CHOSEN, rewiring, network.indptr, network.indices, half_ties)
    shuffle(key, _ENDS, half_ties[2 * kept :])
    indptr, indices = network.indptr, np.empty_like(network.indices)
    match_half_ties(half_ties, indptr, indices)
    del half_ties
    sort_rows(indptr, indices, threads)
    attempt = 0
    for _ in range(ROUNDS_OF_REWIRING):
        defects = defects_of(indptr, indices)
        if defects.size == 0:
            return Network.sound(indptr, indices)
        attempt = rewire(key, _SWAPS, attempt, indptr, indices, defects)
        sort_rows(indptr, indices, threads)
    if defects_of(indptr, indices).size:
        raise PopulationError(
            f"{network.ties} ties among {network.people} people, of which the share {rewiring:g} is to be rewired",
            expected="a network sparse enough to be rewired without double ties",
            instead="more people, fewer ties or less rewiring",
        )
    return Network.sound(indptr, indices)


@nb.njit(cache=True, nogil=True)
def _set_apart(seed, stream, rewiring, indptr, indices, half_ties):
    """Write the ends of all ties, those kept first and those chosen last; return how many are kept."""
    tie, kept, chosen = 0, 0, half_ties.size
    for u in range(indptr.size - 1):
        for e in range(indptr[u], indptr[u + 1]):
            v = indices[e]
            if v < u:
                continue
            if uniform(seed, stream, 0, tie) < rewiring:
                chosen -= 2
                half_ties[chosen], half_ties[chosen + 1] = u, v
            else:
                half_ties[2 * kept], half_ties[2 * kept + 1] = u, v
                kept += 1
            tie += 1
    return kept


# ---------------------------------------------------------------------------------------------------------------
# Grids


def moore(
    rows: int,
    columns: int,
    radius: int = 1,
    torus: bool = True,
    rewiring: float = 0.0,
    *,
    seed: int = 0,
    threads: int | None = None,
) -> Network:
    """A grid of people, each tied to all within a square: the Moore neighbourhood, ``max(|dr|, |dc|) <= radius``.

    Parameters
    ----------
    rows, columns : from 1. The person in row r and column c is number ``r * columns + c``.
    radius : from 0. Away from edges everyone has ``(2 radius + 1)**2 - 1`` neighbours.
    torus : whether opposite edges meet. Without a torus, people at edges have fewer neighbours.
    rewiring : the probability that a tie is rewired, see `rewired`; everyone keeps their number of ties.
    seed : in 0..2**64 - 1; nothing is drawn without rewiring.
    threads : how many to use (None: every core); the result does not depend on it.

    Raises
    ------
    PopulationError : on a number outside its support, or a torus smaller than ``2 radius + 1`` in either direction, on
        which someone would be met twice.

    >>> moore(10, 10).mean_degree
    8.0
    """
    rows, columns = whole("rows", rows, 1), whole("columns", columns, 1)
    radius = whole("radius", radius, 0, max(rows, columns) - 1)
    people = whole("rows * columns", rows * columns, 1)
    if not isinstance(torus, bool):
        raise PopulationError(f"torus = {torus!r}", expected="True or False")
    seed_of(seed)
    if torus and min(rows, columns) < 2 * radius + 1:
        raise PopulationError(
            f"a torus of {rows} by {columns} with radius {radius}",
            expected=f"at least {2 * radius + 1} rows and columns",
            why="a square that meets itself would tie two people twice",
            instead="a larger grid, or torus=False",
        )
    threads = usable_threads(threads)
    indptr = np.zeros(people + 1, dtype=np.int64)
    across = _reach(rows, radius, torus)[:, None] * _reach(columns, radius, torus)[None, :] - 1
    np.cumsum(across.reshape(-1), out=indptr[1:])
    indices = np.empty(int(indptr[-1]), dtype=np.int32)
    pieces = [(rows, columns, radius, torus, indptr, indices, *piece) for piece in cuts(rows, 8 * threads)]
    spread(_squares, pieces, threads)
    if torus:
        sort_rows(indptr, indices, threads)
    return rewired(Network.sound(indptr, indices), rewiring, seed=seed, threads=threads)


def _reach(length: int, radius: int, torus: bool) -> NDArray[np.int64]:
    """How many positions along one side lie within the radius of each."""
    at = np.arange(length)
    if torus:
        return np.full(length, 2 * radius + 1)
    return cast("NDArray[np.int64]", np.minimum(at + radius, length - 1) - np.maximum(at - radius, 0) + 1)


@nb.njit(cache=True, nogil=True)
def _squares(rows, columns, radius, torus, indptr, indices, low, high):
    for r in range(low, high):
        for c in range(columns):
            at = indptr[r * columns + c]
            for dr in range(-radius, radius + 1):
                for dc in range(-radius, radius + 1):
                    if dr == 0 and dc == 0:
                        continue
                    y, x = r + dr, c + dc
                    if torus:
                        y, x = y % rows, x % columns
                    elif y < 0 or y >= rows or x < 0 or x >= columns:
                        continue
                    indices[at] = y * columns + x
                    at += 1
