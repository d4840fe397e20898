"""Rewiring that keeps degrees."""

from __future__ import annotations

import numba as nb
import numpy as np

from groundswell.draws import streams, uniform
from groundswell.errors import PopulationError
from groundswell.population.assemble import sort_rows, usable_threads
from groundswell.population.degrees import ROUNDS_OF_REWIRING, defects_of, match_half_ties, rewire, shuffle
from groundswell.population.given import real, seed_of
from groundswell.population.network import Network

_CHOSEN, _ENDS, _SWAPS = streams(
    (
        "population.rewired.chosen",
        "population.rewired.ends",
        "population.rewired.swaps",
    ),
    "groundswell.population.rewiring",
).values()


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
