"""People on a grid, tied to those near them."""

from __future__ import annotations

from typing import cast

import numba as nb
import numpy as np
from numpy.typing import NDArray

from groundswell.errors import PopulationError
from groundswell.population.assemble import cuts, sort_rows, spread, usable_threads
from groundswell.population.given import seed_of, whole
from groundswell.population.network import Network
from groundswell.population.rewiring import rewired


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
