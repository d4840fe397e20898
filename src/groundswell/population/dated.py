"""Ties that come and go at given steps, the same in every world."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from groundswell.errors import PopulationError
from groundswell.population.network import Network, kept, rows_of


@dataclass(frozen=True, eq=False)
class DatedTies:
    """Ties with the steps in which they hold.

    Parameters
    ----------
    people : N.
    ends : int64 of shape (rows, 2); the two ends, of which the first sees the second.
    first, until : int64 of shape (rows,); a tie holds from step `first` up to, not including, step `until`.
    weights : float64 of shape (rows,); None: ties count 1. The weights of several rows for a pair at one step are
        added.
    directed : whether ties lead one way only.
    rows : int64 of shape (rows,); the number of each row in its source, from 1, for messages. None: in order.

    Raises
    ------
    PopulationError : a tie that ends before it begins, or at step 1 or before, when the rule first runs; a person
        who does not exist.
    """

    people: int
    ends: NDArray[np.int64]
    first: NDArray[np.int64]
    until: NDArray[np.int64]
    weights: NDArray[np.float64] | None = None
    directed: bool = False
    rows: NDArray[np.int64] | None = None
    _made: dict[int, Network] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        for name in ("ends", "first", "until"):
            object.__setattr__(self, name, kept(np.asarray(getattr(self, name), np.int64), np.int64))
        if self.ends.size and (self.ends.min() < 0 or self.ends.max() >= self.people):
            raise PopulationError(
                "a dated tie of someone who does not exist", expected=f"people in 0..{self.people - 1}"
            )
        for row in np.flatnonzero((self.until <= self.first) | (self.until <= 1))[:1].tolist():
            raise PopulationError(
                f"row {row + 1} of the dated ties holds from step {self.first[row]} until step {self.until[row]}",
                expected="a step from 1 in which it holds",
                why="it would never be seen",
            )

    def of_rows(self, chosen: NDArray[np.bool_]) -> DatedTies:
        """Some of the ties: bool of shape (rows,)."""
        weights = None if self.weights is None else self.weights[chosen]
        return DatedTies(
            self.people, self.ends[chosen], self.first[chosen], self.until[chosen], weights, self.directed,
            np.flatnonzero(chosen) + 1,
        )  # fmt: skip

    def among(self, people: int, where: NDArray[np.int64]) -> DatedTies:
        """The same ties among `people`, with person k renumbered `where[k]`: int64 of shape (self.people,)."""
        return DatedTies(people, where[self.ends], self.first, self.until, self.weights, self.directed, self.rows)

    def check_steps(self, steps: int) -> None:
        """Refuse a tie that begins after the last step.

        Raises
        ------
        PopulationError : with its row.
        """
        for row in np.flatnonzero(self.first > steps)[:1].tolist():
            number = row + 1 if self.rows is None else self.rows[row]
            raise PopulationError(
                f"row {number} of the dated ties begins at step {self.first[row]} of a run of {steps} steps",
                expected=f"a step up to {steps}",
                why="it would never be seen",
            )

    def at(self, step: int) -> Network:
        """The ties that people see in a step; steps between which nothing changes share one object."""
        times = np.unique(np.concatenate([self.first, self.until]))
        since = int(times[times <= step].max(initial=-1))
        if since not in self._made:
            if len(self._made) > 4:
                self._made.clear()
            holds = (self.first <= step) & (step < self.until)
            weights = None if self.weights is None else self.weights[holds]
            self._made[since] = rows_of(self.people, self.ends[holds], weights, self.directed)
        return self._made[since]

    def digest(self) -> str:
        """SHA-256 of the ties and their steps; it depends on their order."""
        content = hashlib.sha256(f"dated {self.people} {self.directed}\n".encode())
        for array in (self.ends, self.first, self.until, self.weights):
            content.update(b"none" if array is None else np.ascontiguousarray(array).tobytes())
        return content.hexdigest()
