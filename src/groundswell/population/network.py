"""A network: undirected ties between people, as a symmetric matrix in compressed sparse rows (CSR)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numba as nb
import numpy as np
from numpy.typing import NDArray

from groundswell.errors import PopulationError

MOST_PEOPLE = 2**31 - 1  # people are numbered in int32


@dataclass(frozen=True, eq=False)
class Network:
    """Undirected ties between people, each stored in the rows of both of its ends.

    The neighbours of person ``i`` are ``indices[indptr[i] : indptr[i + 1]]``, in ascending order. Networks are
    compared by `digest`; the arrays are shared, not copied, and must not be written to.

    Parameters
    ----------
    indptr : int64 of shape (people + 1,); where each person's row begins.
    indices : int32 of shape (2 * ties,); the neighbours, row after row.
    simple : whether self-loops and double ties are ruled out. A self-loop, where allowed, stands twice in its row.

    Raises
    ------
    PopulationError : on arrays of another type or shape, or an `indptr` that does not span `indices`.
        What lies inside the rows is looked at by `check`, which costs one pass over the ties.

    >>> ring = Network(np.array([0, 2, 4, 6]), np.array([1, 2, 0, 2, 0, 1], dtype=np.int32))
    >>> ring.people, ring.ties, ring.mean_degree
    (3, 3, 2.0)
    """

    indptr: NDArray[np.int64]
    indices: NDArray[np.int32]
    simple: bool = True

    def __post_init__(self) -> None:
        for name, array, kind in (("indptr", self.indptr, np.int64), ("indices", self.indices, np.int32)):
            if not isinstance(array, np.ndarray) or array.dtype != kind or array.ndim != 1:
                told = (
                    f"{array.dtype} of shape {array.shape}" if isinstance(array, np.ndarray) else type(array).__name__
                )
                raise PopulationError(
                    f"a network's {name} is {told}",
                    expected=f"a one-dimensional array of {np.dtype(kind).name}",
                    instead=f"np.ascontiguousarray({name}, dtype=np.{np.dtype(kind).name})",
                )
            object.__setattr__(self, name, np.ascontiguousarray(array))
        if self.indptr.size < 2 or self.indptr.size - 1 > MOST_PEOPLE:
            raise PopulationError(
                f"a network's indptr has {self.indptr.size} entries",
                expected=f"one more than the number of people, which lies in 1..{MOST_PEOPLE}",
            )
        if self.indptr[0] != 0 or self.indptr[-1] != self.indices.size or self.indices.size % 2:
            raise PopulationError(
                f"a network's indptr runs from {self.indptr[0]} to {self.indptr[-1]} over {self.indices.size} indices",
                expected="0 to the number of indices, and an even number of these",
                why="each tie stands in the rows of both of its ends",
            )

    @property
    def people(self) -> int:
        """The number of people, those without ties included."""
        return self.indptr.size - 1

    @property
    def ties(self) -> int:
        """The number of undirected ties."""
        return self.indices.size // 2

    @property
    def degree(self) -> NDArray[np.int32]:
        """Each person's number of ties: int32 of shape (people,). A self-loop counts twice."""
        return np.diff(self.indptr).astype(np.int32)

    @property
    def mean_degree(self) -> float:
        """``2 ties / people``."""
        return self.indices.size / self.people

    def neighbours(self, person: int) -> NDArray[np.int32]:
        """The neighbours of one person, ascending."""
        return self.indices[self.indptr[person] : self.indptr[person + 1]]

    def memory_bytes(self) -> int:
        """Bytes held by the arrays."""
        return self.indptr.nbytes + self.indices.nbytes

    def digest(self) -> str:
        """SHA-256 of the ties, in hexadecimal; equal for equal ties on any machine."""
        told = hashlib.sha256(b"network indptr:<i8 indices:<i4\n")
        told.update(f"{self.indptr.size} {self.indices.size}\n".encode())
        told.update(self.indptr.astype("<i8", copy=False).data)
        told.update(self.indices.astype("<i4", copy=False).data)
        return told.hexdigest()

    def check(self) -> Network:
        """Go over every tie, and return the network if it is sound.

        Raises
        ------
        PopulationError : naming the first person in whose row something is wrong: a row that ends before it begins,
            a neighbour who does not exist, a row out of order, a double tie, a self-loop, or a tie without its twin.
        """
        fault, person, neighbour = _first_fault(self.indptr, self.indices, self.simple)
        if fault:
            raise PopulationError(f"person {person}: {_FAULTS[fault].format(neighbour=neighbour)}", expected=_SOUND)
        return self


_SOUND = "rows in ascending order, each tie in the rows of both ends, no self-loops and no double ties"
_FAULTS = {
    1: "the row ends before it begins",
    2: "neighbour {neighbour} does not exist",
    3: "neighbour {neighbour} is out of ascending order",
    4: "the tie to {neighbour} stands twice",
    5: "has a self-loop",
    6: "the tie to {neighbour} is missing from that neighbour's row",
    7: "half a self-loop",
}


@nb.njit(cache=True, nogil=True)
def _first_fault(indptr, indices, simple):
    """The first fault as (its number in `_FAULTS` or 0, person, neighbour)."""
    people = indptr.size - 1
    for i in range(people):
        if indptr[i + 1] < indptr[i] or indptr[i] < 0 or indptr[i + 1] > indices.size:
            return 1, i, -1
    for i in range(people):
        loops = 0
        for e in range(indptr[i], indptr[i + 1]):
            j = indices[e]
            if j < 0 or j >= people:
                return 2, i, j
            if e > indptr[i] and j < indices[e - 1]:
                return 3, i, j
            if simple and e > indptr[i] and j == indices[e - 1]:
                return 4, i, j
            if j == i:
                loops += 1
        if simple and loops:
            return 5, i, i
        if loops % 2:
            return 7, i, i
    # Sorted rows equal their own transpose exactly when the ties are symmetric: visiting the rows in order, the
    # next entry not yet matched in a neighbour's row must be the visitor.
    cursor = indptr[:-1].copy()
    for i in range(people):
        for e in range(indptr[i], indptr[i + 1]):
            j = indices[e]
            if cursor[j] >= indptr[j + 1] or indices[cursor[j]] != i:
                return 6, i, j
            cursor[j] += 1
    return 0, -1, -1
