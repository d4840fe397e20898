"""A network: ties between people, directed or not, weighted or not, in compressed sparse rows (CSR)."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numba as nb
import numpy as np
from numpy.typing import NDArray

from groundswell.errors import PopulationError

MOST_PEOPLE = 2**31 - 1  # people are numbered in int32


def kept(array: NDArray, kind: type[np.generic]) -> NDArray:
    """The array, contiguous and read-only: a copy, unless the original cannot be written to."""
    owner: object = array
    while isinstance(owner, np.ndarray):
        if owner.flags.writeable:
            array = np.array(array, dtype=kind, order="C")
            break
        owner = owner.base
    array = np.ascontiguousarray(array, dtype=kind)
    array.flags.writeable = False
    return array


@dataclass(frozen=True, eq=False)
class Network:
    """Ties between people: whom each person sees, as a matrix in compressed sparse rows (CSR).

    Those whom person ``i`` sees are ``indices[indptr[i] : indptr[i + 1]]``, in ascending order. An undirected tie
    is listed in the rows of both of its ends. Networks are compared by `digest`; their arrays are read-only copies of
    the arguments.

    Parameters
    ----------
    indptr : int64 of shape (people + 1,); where each person's row begins.
    indices : int32 of shape (2 * ties,), or (ties,) where ties are directed; whom each sees, row after row.
    simple : whether self-loops and double ties are ruled out. A self-loop, where allowed, is listed twice in its row.
    directed : whether a tie leads one way only: from the person whose row lists it to the one who is seen.
    weights : float64 of the shape of `indices`, finite; None: every tie counts 1. Both ends of an undirected tie
        carry its weight.

    Raises
    ------
    PopulationError : on arrays of the wrong type or shape, an `indptr` that does not span `indices`, or weights that
        are not finite. The content of the rows is verified by `check`, which costs one pass over the ties and runs
        once, when a population takes the network.

    >>> ring = Network(np.array([0, 2, 4, 6]), np.array([1, 2, 0, 2, 0, 1], dtype=np.int32))
    >>> ring.people, ring.ties, ring.mean_degree
    (3, 3, 2.0)
    """

    indptr: NDArray[np.int64]
    indices: NDArray[np.int32]
    simple: bool = True
    directed: bool = False
    weights: NDArray[np.float64] | None = None

    def __post_init__(self) -> None:
        arrays = [("indptr", self.indptr, np.int64), ("indices", self.indices, np.int32)]
        if self.weights is not None:
            arrays.append(("weights", self.weights, np.float64))
        for name, array, kind in arrays:
            if not isinstance(array, np.ndarray) or array.dtype != kind or array.ndim != 1:
                given = (
                    f"{array.dtype} of shape {array.shape}" if isinstance(array, np.ndarray) else type(array).__name__
                )
                raise PopulationError(
                    f"a network's {name} is {given}",
                    expected=f"a one-dimensional array of {np.dtype(kind).name}",
                    instead=f"np.ascontiguousarray({name}, dtype=np.{np.dtype(kind).name})",
                )
            object.__setattr__(self, name, kept(array, kind))
        if self.indptr.size < 2 or self.indptr.size - 1 > MOST_PEOPLE:
            raise PopulationError(
                f"a network's indptr has {self.indptr.size} entries",
                expected=f"one more than the number of people, which lies in 1..{MOST_PEOPLE}",
            )
        odd = self.indices.size % 2 and not self.directed
        if self.indptr[0] != 0 or self.indptr[-1] != self.indices.size or odd:
            raise PopulationError(
                f"a network's indptr runs from {self.indptr[0]} to {self.indptr[-1]} over {self.indices.size} indices",
                expected="0 to the number of indices" + ("" if self.directed else ", and an even number of these"),
                why=None if self.directed else "each tie appears in the rows of both of its ends",
                instead="directed=True for ties that lead one way" if odd else None,
            )
        if self.weights is not None:
            if self.weights.size != self.indices.size:
                raise PopulationError(
                    f"{self.weights.size} weights for {self.indices.size} indices", expected="a weight for each index"
                )
            if not np.isfinite(self.weights).all():
                at = int(np.flatnonzero(~np.isfinite(self.weights))[0])
                person = int(np.searchsorted(self.indptr, at, side="right")) - 1
                raise PopulationError(
                    f"the tie of person {person} to {self.indices[at]} has the weight {self.weights[at]}",
                    expected="a finite number",
                )

    @classmethod
    def sound(
        cls,
        indptr: NDArray[np.int64],
        indices: NDArray[np.int32],
        simple: bool = True,
        directed: bool = False,
        weights: NDArray[np.float64] | None = None,
    ) -> Network:
        """A network from arrays that a generator or an engine has just made: not copied, and not checked again."""
        for array in (indptr, indices, *([] if weights is None else [weights])):
            array.flags.writeable = False
        made = cls(indptr, indices, simple, directed, weights)
        object.__setattr__(made, "_checked", True)
        return made

    @property
    def people(self) -> int:
        """The number of people, those without ties included."""
        return self.indptr.size - 1

    @property
    def ties(self) -> int:
        """The number of ties."""
        return self.indices.size if self.directed else self.indices.size // 2

    @property
    def degree(self) -> NDArray[np.int32]:
        """How many ties each person sees along: int32 of shape (people,). A self-loop counts twice."""
        return np.diff(self.indptr).astype(np.int32)

    @property
    def mean_degree(self) -> float:
        """The mean of `degree`: ``2 ties / people``, or ``ties / people`` where ties are directed."""
        return self.indices.size / self.people

    def neighbours(self, person: int) -> NDArray[np.int32]:
        """Those whom one person sees, ascending."""
        return self.indices[self.indptr[person] : self.indptr[person + 1]]

    @functools.cached_property
    def seen_by(self) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """Who sees each person, as (indptr, indices): the rows themselves, or their transpose where directed."""
        if not self.directed:
            return self.indptr, self.indices
        indptr, indices = _transpose(self.indptr, self.indices)
        return kept(indptr, np.int64), kept(indices, np.int32)

    def memory_bytes(self) -> int:
        """Bytes held by the arrays."""
        weights = 0 if self.weights is None else self.weights.nbytes
        return self.indptr.nbytes + self.indices.nbytes + weights

    def digest(self) -> str:
        """SHA-256 of the ties, in hexadecimal; equal for equal ties on any machine."""
        kind = " directed" if self.directed else ""
        content = hashlib.sha256(f"network{kind} indptr:<i8 indices:<i4\n".encode())
        content.update(f"{self.indptr.size} {self.indices.size}\n".encode())
        content.update(self.indptr.astype("<i8", copy=False).data)
        content.update(self.indices.astype("<i4", copy=False).data)
        if self.weights is not None:
            content.update(b"weights:<f8\n")
            content.update(self.weights.astype("<f8", copy=False).data)
        return content.hexdigest()

    def check(self) -> Network:
        """Check every tie once, and return the network if it is valid.

        Raises
        ------
        PopulationError : naming the first person in whose row something is wrong: a row that ends before it begins,
            a neighbour who does not exist, a row out of order, a double tie, a self-loop, or, where ties are not
            directed, a tie without its twin or with a weight other than its twin's.
        """
        if "_checked" in self.__dict__:
            return self
        fault, person, neighbour = _first_fault(self.indptr, self.indices, self.simple, self.directed)
        if not fault and self.weights is not None and not self.directed:
            fault, person, neighbour = _first_odd_weight(self.indptr, self.indices, self.weights)
        if fault:
            instead = "directed=True, where ties lead one way" if fault in (6, 8) else None
            raise PopulationError(
                f"person {person}: {_FAULTS[fault].format(neighbour=neighbour)}", expected=_SOUND, instead=instead
            )
        object.__setattr__(self, "_checked", True)  # its arrays are read-only
        return self


def rows_of(people: int, ends: NDArray, weights: NDArray | None, directed: bool) -> Network:
    """A network of ties given once each, as pairs of people: int64 of shape (ties, 2); self-loops are left out.

    A pair that is given more than once is one tie, whose weight is the sum.
    """
    apart = ends[:, 0] != ends[:, 1]
    ends, given = ends[apart], None if weights is None else weights[apart]
    if not directed:
        ends = np.sort(ends, axis=1)
    keys, row = np.unique(ends[:, 0] * people + ends[:, 1], return_inverse=True)
    summed = None if given is None else np.bincount(row, weights=given, minlength=keys.size).astype(np.float64)
    low, high = keys // people, keys % people
    if not directed:
        low, high = np.concatenate([low, high]), np.concatenate([high, low])
        order = np.lexsort((high, low))
        low, high = low[order], high[order]
        summed = None if summed is None else np.tile(summed, 2)[order]
    indptr = np.zeros(people + 1, np.int64)
    np.cumsum(np.bincount(low, minlength=people), out=indptr[1:])
    return Network(indptr, high.astype(np.int32), directed=directed, weights=summed)


def union(networks: Sequence[Network]) -> Network:
    """The ties of several networks of the same people, each once, with the sum of its weights."""
    directed, weighted = any(x.directed for x in networks), any(x.weights is not None for x in networks)
    rows = (np.zeros(networks[0].people + 1, np.int64), np.zeros(0, np.int32), np.zeros(0))
    for x in networks:
        heavy = np.ones(x.indices.size if weighted else 0) if x.weights is None else x.weights
        rows = _merged(*rows, x.indptr, x.indices, heavy, weighted)
    return Network.sound(rows[0], rows[1], True, directed, rows[2] if weighted else None)


@nb.njit(cache=True, nogil=True)
def _merged(indptr, indices, weights, indptr_b, indices_b, weights_b, weighted):
    """The rows of two sets of ties as one, ascending, each tie once with the sum of its weights; no self-loops."""
    people = indptr.size - 1
    start = np.zeros(people + 1, np.int64)
    out = np.empty(indices.size + indices_b.size, np.int32)
    heavy = np.empty(out.size if weighted else 0, np.float64)
    at = 0
    for i in range(people):
        e, f = indptr[i], indptr_b[i]
        while e < indptr[i + 1] or f < indptr_b[i + 1]:
            first = f == indptr_b[i + 1] or (e < indptr[i + 1] and indices[e] <= indices_b[f])
            j = indices[e] if first else indices_b[f]
            w = 0.0
            if weighted:
                w = weights[e] if first else weights_b[f]
            e += 1 if first else 0
            f += 0 if first else 1
            if j == i:
                continue
            if at > start[i] and out[at - 1] == j:
                if weighted:
                    heavy[at - 1] += w
                continue
            out[at] = j
            if weighted:
                heavy[at] = w
            at += 1
        start[i + 1] = at
    return start, out[:at].copy(), heavy[: at if weighted else 0].copy()


_SOUND = "rows in ascending order, each tie in the rows of both ends, no self-loops and no double ties"
_FAULTS = {
    1: "the row ends before it begins",
    2: "neighbour {neighbour} does not exist",
    3: "neighbour {neighbour} is out of ascending order",
    4: "the tie to {neighbour} appears twice",
    5: "has a self-loop",
    6: "the tie to {neighbour} is missing from that neighbour's row",
    7: "half a self-loop",
    8: "the tie to {neighbour} has another weight in that neighbour's row",
}


@nb.njit(cache=True, nogil=True)
def _first_fault(indptr, indices, simple, directed):
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
        if loops % 2 and not directed:
            return 7, i, i
    if directed:
        return 0, -1, -1
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


@nb.njit(cache=True, nogil=True)
def _first_odd_weight(indptr, indices, weights):
    """The first tie whose twin has a different weight, in valid rows."""
    cursor = indptr[:-1].copy()
    for i in range(indptr.size - 1):
        for e in range(indptr[i], indptr[i + 1]):
            j = indices[e]
            if weights[cursor[j]] != weights[e]:
                return 8, i, j
            cursor[j] += 1
    return 0, -1, -1


@nb.njit(cache=True, nogil=True)
def _transpose(indptr, indices):
    """Rows of who sees each person, ascending, from rows of whom each sees."""
    people = indptr.size - 1
    start = np.zeros(people + 1, np.int64)
    for e in range(indices.size):
        start[indices[e] + 1] += 1
    for i in range(people):
        start[i + 1] += start[i]
    cursor = start[:-1].copy()
    out = np.empty(indices.size, np.int32)
    for i in range(people):
        for e in range(indptr[i], indptr[i + 1]):
            j = indices[e]
            out[cursor[j]] = i
            cursor[j] += 1
    return start, out
