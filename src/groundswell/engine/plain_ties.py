"""Who meets whom, and which ties form and break, one pair at a time: the oracle of the kernels of `pairs`."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from groundswell.draws import stream_id, uniform_reference
from groundswell.population.network import Network
from groundswell.theory import Theory
from groundswell.theory.declare import MEETING, ORDER, STRANGER


def entries(network: Network) -> list[tuple[int, int]]:
    """Each tie once, as the person whose row contains it and its place there: of two rows, that of the lower end."""
    rows = range(network.people)
    every = [(i, e) for i in rows for e in range(int(network.indptr[i]), int(network.indptr[i + 1]))]
    return [(i, e) for i, e in every if network.directed or network.indices[e] > i]


def network_of(ties: Mapping[tuple[int, int], float], like: Network) -> Network:
    """A network of some ties, with the direction of another, and weights where that has weights."""
    both = dict(ties) if like.directed else {**ties, **{(j, i): w for (i, j), w in ties.items()}}
    order = sorted(both)
    indptr = np.zeros(like.people + 1, np.int64)
    np.cumsum(np.bincount([i for i, _ in order], minlength=like.people), out=indptr[1:])
    weights = None if like.weights is None else np.array([both[pair] for pair in order], float)
    return Network(indptr, np.array([j for _, j in order], np.int32), True, like.directed, weights)


def pairs(theory: type[Theory], network: Network | None, n: int, seed: int, t: int) -> list[tuple[int, int, float]]:
    """Who of n people meets whom in step t, in order, and the weight of their tie; nobody meets themselves."""

    def draw(stream: str, at: int) -> float:
        return uniform_reference(seed, stream_id(stream), t, at)

    def weight(e: int) -> float:
        return 1.0 if network is None or network.weights is None else float(network.weights[e])

    found: list[tuple[int, int, float]] = []
    if theory.order == "drawn":
        for turn in range(n):
            i, u = int(draw(ORDER, turn) * n), draw(MEETING, turn)
            if network is None:
                j = int(u * (n - 1))
                found.append((i, i if n < 2 else j + (j >= i), 1.0))
                continue
            many = int(network.indptr[i + 1] - network.indptr[i])
            e = int(network.indptr[i]) + int(u * many)
            found.append((i, int(network.indices[e]), weight(e)) if many else (i, i, 1.0))
        return found
    shuffled = [(i, i) for i in range(n)] if network is None else entries(network)
    for k in range(len(shuffled) - 1, 0, -1):
        o = int(draw(ORDER, k) * (k + 1))
        shuffled[k], shuffled[o] = shuffled[o], shuffled[k]
    if network is None:
        return [(a, b, 1.0) for (a, _), (b, _) in zip(shuffled[::2], shuffled[1::2], strict=False)]
    for turn, (i, e) in enumerate(shuffled):
        j = int(network.indices[e])
        swapped = not network.directed and draw(MEETING, turn) < 0.5
        found.append((j, i, weight(e)) if swapped else (i, j, weight(e)))
    return found


def stranger(theory: type[Theory], rows: list[list[int]], seed: int, t: int, i: int) -> int:
    """The person to whom i might form a tie, given everyone's neighbours, or -1."""
    n = len(rows)
    u = uniform_reference(seed, stream_id(STRANGER), t, i)
    if theory.strangers == "anyone":
        j = int(u * (n - 1))
        return j + (j >= i) if n > 1 else -1
    if not rows[i] or not (theirs := rows[rows[i][int(u * len(rows[i]))]]):
        return -1
    return theirs[int(uniform_reference(seed, stream_id(f"{STRANGER} again"), t, i) * len(theirs))]


__all__ = ["entries", "network_of", "pairs", "stranger"]
