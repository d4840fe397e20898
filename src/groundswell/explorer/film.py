"""Histories made in Python for display: theories that no page can run, and animations.

A frame is one byte per person: 1 or 0 for a state that is true or false, 0 to 255 between the bounds of a number.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from groundswell.engine.form import Job, Run
from groundswell.engine.simulate import form_of
from groundswell.engine.worlds import World, check_worlds
from groundswell.population.population import Population
from groundswell.theory import Theory
from groundswell.theory.lattice import STRIP

Codes = NDArray[np.uint8]


@dataclass(frozen=True)
class Frame:
    """One step: the observables, shape (observables,), a byte for each person, and the values of 0 and 255."""

    values: NDArray[np.float64]
    codes: Codes
    bounds: tuple[float, float] = (0.0, 1.0)


def film(
    theory: type[Theory],
    population: Population,
    world: World,
    steps: int,
    view: Mapping[str, Any],
    population_seed: int = 0,
) -> Iterator[Frame]:
    """One world of a theory of people, step by step: steps + 1 frames.

    Parameters
    ----------
    view : the quantity by which people are coloured, as `make_bundle` describes it.

    Raises
    ------
    TheoryError, PopulationError : before the first frame; TheoryError later, if the theory itself fails.
    """
    form, run = form_of(theory), Run(population_seed=population_seed, threads=1)
    form.check(theory, population, run)
    moved = form.frames(Job(theory, population, [world], check_worlds(theory, [world], steps), steps, run))
    code = _coder(population, view)
    return (Frame(values, code(people), code.bounds or (0.0, 1.0)) for values, people in moved)


class _coder:  # noqa: N801 - called like a function
    """A view's values from the arrays over people; the bounds of numbers are those of the start, or 0 and 1."""

    def __init__(self, population: Population, view: Mapping[str, Any]) -> None:
        self.view, self.people = view, population.people
        self.grid = population.grid or (0, 0)
        self.bounds: tuple[float, float] | None = None

    def __call__(self, people: Mapping[str, NDArray[Any]]) -> Codes:
        kind, of = self.view.get("kind"), list(self.view.get("of", ()))
        if kind == "boards":
            codes = np.zeros(self.people, np.uint8)
            for k, name in enumerate(of):
                codes[_on(people[name], *self.grid, int(self.view["reach"]))] = k + 1
            return codes
        if not of:
            return np.zeros(self.people, np.uint8)
        values = np.asarray(people[of[0]])
        if kind == "bool":
            return values.astype(np.uint8)
        if kind == "kinds":
            return _kinds(values.reshape(self.people, -1))
        if self.bounds is None:
            finite = values[np.isfinite(values)]
            self.bounds = (float(min(finite.min(initial=0.0), 0.0)), float(max(finite.max(initial=1.0), 1.0)))
        low, high = self.bounds
        within = np.clip(np.nan_to_num(values, nan=low), low, high)
        return (255 * ((within / 2 - low / 2) / (high / 2 - low / 2))).astype(np.uint8)  # halves: no sum overflows


def _kinds(rows: NDArray[Any]) -> Codes:
    """One of twelve colours by the content of each row, as in web/src/worker.ts (FNV-1a, 32 bits)."""
    mixed = np.full(rows.shape[0], 2166136261, np.uint32)
    for column in rows.T.astype(np.int64):
        mixed = (mixed ^ (column + 17).astype(np.uint32)) * np.uint32(16777619)
    return (1 + (mixed ^ (mixed >> np.uint32(13))) % 12).astype(np.uint8)


def _on(board: NDArray[np.uint32], rows: int, columns: int, reach: int) -> NDArray[np.bool_]:
    """Which sites are in a set of `groundswell.theory.lattice`, in order of sites."""
    q = np.arange(columns) + reach
    words = board[(q // STRIP) + 1][:, reach : reach + rows].T
    return ((words >> (q % STRIP).astype(np.uint32)) & 1).astype(bool).ravel()


__all__ = ["Frame", "film"]
