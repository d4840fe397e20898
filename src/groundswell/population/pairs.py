"""Networks in which each pair of people is tied independently, with one chance for all or less across communities."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numba as nb
import numpy as np
from numpy.typing import NDArray

from groundswell.draws import streams, uniform
from groundswell.errors import PopulationError
from groundswell.population.assemble import spread, symmetric_rows, usable_threads
from groundswell.population.given import real, seed_of, whole
from groundswell.population.network import Network

WITHIN, BETWEEN, PAIRS = streams(
    (
        "population.planted_partition.within",
        "population.planted_partition.between",
        "population.erdos_renyi.pairs",
    ),
    "groundswell.population.pairs",
).values()


BLOCKS = 256  # pieces of work in which pairs of people are drawn; fixed, so that memory does not depend on the threads


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
    return Pairs(np.array([people]), within, 0.0, PAIRS, BETWEEN, seed_of(seed)).tied(usable_threads(threads))


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
    network = Pairs(size, within, between, WITHIN, BETWEEN, seed_of(seed)).tied(usable_threads(threads))
    return network, np.repeat(np.arange(size.size, dtype=np.int32), size)


@dataclass(frozen=True)
class Pairs:
    """Pairs of people, each tied independently, with one probability per community inside and one across.

    Parameters
    ----------
    size : people in each community. within : for each community. between : for people of different communities.
    stream_within, stream_between : of the draws. seed : of them.
    """

    size: NDArray[np.int64]
    within: NDArray[np.float64]
    between: float
    stream_within: int
    stream_between: int
    seed: np.uint64

    @cached_property
    def end(self) -> NDArray[np.int64]:
        """Where each community ends in the numbering of people."""
        return np.cumsum(self.size)

    def tied(self, threads: int) -> Network:
        """The network."""
        return Network.sound(*symmetric_rows(*self.heads(threads), threads, "upper"))

    def heads(self, threads: int) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """Each person's ties to people above them, as `symmetric_rows` takes them."""
        people = int(self.end[-1])
        start = np.zeros(people + 1, dtype=np.int64)

        def block(low: int, high: int) -> NDArray[np.int32]:
            return self.above(low, high, start[low + 1 : high + 1])

        # People early in the numbering have more pairs above them, so blocks are cut to hold about equally many pairs.
        edges = [round(people * (1 - math.sqrt(1 - b / BLOCKS))) for b in range(BLOCKS + 1)]
        drawn = spread(block, [(a, b) for a, b in pairwise(edges) if b > a], threads)
        np.cumsum(start, out=start)
        return start, np.concatenate(drawn)

    def above(self, low: int, high: int, counts: NDArray[np.int64]) -> NDArray[np.int32]:
        """The ties of people low..high-1 to people above them; `counts` receives how many each has."""
        if high <= low:
            return np.empty(0, np.int32)
        expected = self._expected_above(low, high)
        room = int(expected + 6 * math.sqrt(expected)) + 16
        streams = self.stream_within, self.stream_between
        while True:
            heads = np.empty(room, dtype=np.int32)
            count = draw_pairs(self.seed, *streams, low, high, self.end, self.within, self.between, counts, heads)
            if count <= room:
                return heads[:count]  # a view: its unused space is under six standard errors
            room = count

    def _expected_above(self, low: int, high: int) -> float:
        """The expected number of ties of people low..high-1 to people above them."""
        end, total, people = self.end, 0.0, int(self.end[-1])
        for c in range(int(np.searchsorted(end, low, side="right")), end.size):
            begin = int(end[c - 1]) if c else 0
            first, last, stop = max(low, begin), min(high, int(end[c])), int(end[c])
            if first >= last:
                break
            rows = last - first
            total += float(self.within[c]) * (rows * (stop - 1) - (first + last - 1) * rows / 2)
            total += self.between * rows * (people - stop)
        return total


def pairs_of(
    people: int, mean_degree: float, seed: int, first: int, last: int
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """The ties of `erdos_renyi` between the people first..last-1 and people above them: (tails, heads), once each."""
    people = whole("people", people, 1)
    mean_degree = real("mean_degree", mean_degree, 0, people - 1, why=f"there are {people} people")
    within = np.array([mean_degree / max(people - 1, 1)])
    counts = np.zeros(last - first, np.int64)
    heads = Pairs(np.array([people]), within, 0.0, PAIRS, BETWEEN, seed_of(seed)).above(first, last, counts)
    return np.repeat(np.arange(first, last, dtype=np.int32), counts), heads


@nb.njit(cache=True, nogil=True)
def draw_pairs(seed, stream_within, stream_between, low, high, end, within, between, counts, heads):
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
