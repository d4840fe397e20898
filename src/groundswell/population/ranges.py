"""The part of a population that one of several processes holds: its people's rows of the ties, and nobody else's.

Random ties of one kind (Erdos-Renyi) and rings are drawn by each process for its own people alone, and processes then
exchange the ties that they share. Other networks are built whole by every process (one after another, if requested) and
cut.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numba as nb
import numpy as np
from numpy.typing import NDArray

from groundswell.population.circles import ring_of
from groundswell.population.network import Network
from groundswell.population.pairs import pairs_of
from groundswell.population.population import Population
from groundswell.population.specification import PopulationSpecification

Swap = Callable[[Sequence[bytes]], list[bytes]]
"""Sends one message to each process, and receives one from each."""


def build_range(
    table: PopulationSpecification,
    seed: int,
    ranges: Sequence[tuple[int, int]],
    rank: int,
    swap: Swap,
    *,
    threads: int | None = None,
    memory_limit: int | None = None,
) -> Population:
    """The people of one range, with the ties that they have in `table.build(seed)`.

    Parameters
    ----------
    table, seed : as for `PopulationSpecification.build`.
    ranges : the first and last (excluded) person of each process.
    rank : whose range this is.
    """
    first, last = ranges[rank]
    stated = {k: v for k, v in table.model_dump(exclude_defaults=True).items() if v is not None}
    if stated.keys() == {"network", "people", "mean_degree"} and stated["network"] == "erdos_renyi":
        tails, heads = pairs_of(table.people or 0, stated["mean_degree"], seed, first, last)
    elif stated.keys() == {"network", "people", "neighbours"} and stated["network"] == "ring":
        tails, heads = ring_of(table.people or 0, stated["neighbours"], first, last)
    else:
        return cut(table.build(seed, threads=threads, memory_limit=memory_limit), first, last)
    people = int(stated["people"])
    ends = [np.stack([heads, tails])[:, (heads >= a) & (heads < b)] for a, b in ranges]
    received = [np.frombuffer(x, np.int32).reshape(2, -1) for x in swap([e.tobytes() for e in ends])]
    tails, heads = (
        np.concatenate([tails, *(x[0] for x in received)]),
        np.concatenate([heads, *(x[1] for x in received)]),
    )
    order = np.lexsort((heads, tails))
    degree = np.bincount(tails - first, minlength=last - first)
    return _of(people, first, last, np.concatenate([[0], np.cumsum(degree)]), heads[order])


def cut(population: Population, first: int, last: int) -> Population:
    """A population that keeps only the rows of the people first..last-1: the ties along which they see."""
    network = population.network
    if network is None or population.layers or population.dated is not None:
        return population  # which is refused, or has no ties to divide
    a, b = int(network.indptr[first]), int(network.indptr[last])
    own = network.indptr[first : last + 1] - a
    made = _of(population.people, first, last, own, network.indices[a:b].copy())
    return Population(
        population.people, made.network, population.region, population.regions, population.traits,
        labels=population.labels, grid=population.grid, points=population.points,
    )  # fmt: skip


def _of(people: int, first: int, last: int, own: NDArray[np.int64], indices: NDArray[np.int32]) -> Population:
    """A population with some people's rows; pages of arrays that nobody writes to take no memory."""
    indptr = np.zeros(people + 1, np.int64)
    indptr[first : last + 1] = own
    indptr[-1] = indices.size  # the rows of others are never read
    network = Network.sound(indptr, indices, True, directed=True)
    kind = np.int32 if indices.size < 2**31 else np.int64
    start, seers = np.zeros(people + 1, kind), np.empty(indices.size, np.int32)
    _seers(first, own, indices, start, seers)
    network.__dict__["seen_by"] = start, seers  # in place of the transpose of all rows
    region = np.zeros(people, np.int32)
    region.flags.writeable = False
    return Population(people, network, region, 1, {})


@nb.njit(cache=True, nogil=True)
def _seers(first, own, indices, start, seers):
    """Which of the people from `first` on see each person, ascending: the transpose of their rows alone."""
    people = start.size - 1
    for e in range(indices.size):
        start[indices[e]] += 1
    total = 0
    for j in range(people):
        total += start[j]
        start[j] = total  # the end of each row, until it is filled from the back
    start[people] = total
    for i in range(own.size - 2, -1, -1):
        for e in range(own[i + 1] - 1, own[i] - 1, -1):
            j = indices[e]
            start[j] -= 1
            seers[start[j]] = first + i


__all__ = ["build_range", "cut"]
