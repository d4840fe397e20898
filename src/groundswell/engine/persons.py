"""Records of persons: chosen states of all people or of some, at chosen steps, in memory or streamed to Parquet."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from groundswell.draws import stream_id, uniforms
from groundswell.errors import OutputError, TheoryError
from groundswell.population.population import Population
from groundswell.theory import Theory

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class Persons:
    """What is to be recorded of persons.

    Parameters
    ----------
    states : by name; None: all.
    steps : the steps after which they are recorded, 0 being the start; None: all.
    sample : how many people, drawn at random and the same in every world; or their numbers; None: everybody.
    first : bool states whose first step is recorded: -1 for a person in whom it is never true.
    folder : where `world=W/step=T.parquet` is written for each world and step, and `first.parquet` with the first steps
        at the end; None: memory.
    """

    states: Sequence[str] | None = None
    steps: Sequence[int] | None = None
    sample: int | Sequence[int] | None = None
    first: Sequence[str] = ()
    folder: str | Path | None = None


@dataclass(eq=False)
class Recorder:
    """Records persons while worlds run; no engine knows what it does with what it is given."""

    persons: Persons
    states: tuple[str, ...]
    who: NDArray[np.int64]
    labels: tuple[Hashable, ...] | None
    steps: frozenset[int] | None
    first: dict[str, NDArray[np.int32]]
    held: dict[tuple[int, int], dict[str, NDArray]] = field(default_factory=dict)

    @classmethod
    def of(cls, persons: Persons, theory: type[Theory], population: Population, worlds: int, steps: int) -> Recorder:
        """A recorder for a run.

        Raises
        ------
        TheoryError : a state, step or person that does not exist.
        OutputError : a folder that holds something already.
        """
        bools = [name for name, state in theory.states.items() if state.kind is bool]
        for name in (*(persons.states or ()), *persons.first):
            known = bools if name in persons.first else list(theory.states)
            if name not in known:
                raise TheoryError(f"a record of {name!r} of persons", expected="one of " + (", ".join(known) or "none"))
        if persons.steps is not None:
            late = [t for t in persons.steps if not 0 <= t <= steps]
            if late:
                raise TheoryError(f"a record of persons at step {late[0]}", expected=f"steps in 0..{steps}")
        if not theory.states:
            raise TheoryError(f"a record of persons of {theory.name}", expected="a theory whose people have states")
        n = population.people
        if persons.sample is None:
            who = np.arange(n)
        elif isinstance(persons.sample, int | np.integer):
            if not 1 <= persons.sample <= n:
                raise TheoryError(f"a sample of {persons.sample} persons", expected=f"1..{n} of them")
            order = np.argsort(uniforms(0, stream_id("persons:sample"), 0, n), kind="stable")
            who = np.sort(order[: persons.sample])
        else:
            who = np.asarray(persons.sample, np.int64)
            if not who.size or who.min() < 0 or who.max() >= n:
                raise TheoryError(f"a record of the persons {persons.sample!r:.80}", expected=f"numbers in 0..{n - 1}")
        if persons.folder is not None:
            folder = Path(persons.folder)
            if folder.exists() and any(folder.iterdir()):
                raise OutputError(f"{folder} is not empty", expected="a new folder for the records of persons")
            folder.mkdir(parents=True, exist_ok=True)
        first = {name: np.full((who.size, worlds), -1, np.int32) for name in persons.first}
        wanted = None if persons.steps is None else frozenset(int(t) for t in persons.steps)
        return cls(persons, tuple(persons.states or theory.states), who, population.labels, wanted, first)

    @property
    def every(self) -> bool:
        """Whether every step is recorded."""
        return self.steps is None or bool(self.first)

    def note(self, world: int, step: int, column: Callable[[str], NDArray]) -> None:
        """Record what was requested of a world after a step; `column` gives a state of all people."""
        for name, times in self.first.items():
            new = (np.asarray(column(name))[self.who] != 0) & (times[:, world] < 0)
            times[new, world] = step
        if self.steps is not None and step not in self.steps:
            return
        taken = {name: np.array(column(name))[self.who] for name in self.states}
        if self.persons.folder is None:
            self.held[world, step] = taken
            return
        folder = Path(self.persons.folder) / f"world={world}"
        folder.mkdir(exist_ok=True)
        self.frame(world, step, taken).write_parquet(folder / f"step={step}.parquet")

    def frame(self, world: int, step: int, taken: dict[str, NDArray]) -> pl.DataFrame:
        """One world after one step: world, step, person, label (where people have labels), and the states."""
        import polars as pl

        columns: dict[str, Any] = {
            "world": np.full(self.who.size, world, np.int32),
            "step": np.full(self.who.size, step, np.int32),
            "person": self.who.astype(np.int32),
        }
        if self.labels is not None:
            columns["label"] = [str(self.labels[i]) for i in self.who]
        return pl.DataFrame(columns | {k: v.astype(bool) if v.dtype == np.uint8 else v for k, v in taken.items()})

    def finish(self) -> None:
        """Write the first steps next to the files of records: world, person, label, and a column for each state."""
        if self.persons.folder is None or not self.first:
            return
        import polars as pl

        worlds = next(iter(self.first.values())).shape[1]
        tables = [self.frame(w, 0, {}).drop("step") for w in range(worlds)]
        found = [
            table.with_columns(**{name: times[:, w] for name, times in self.first.items()})
            for w, table in enumerate(tables)
        ]
        pl.concat(found).write_parquet(Path(self.persons.folder) / "first.parquet")

    def at(self, step: int) -> pl.DataFrame:
        """All worlds after one step, world after world.

        Raises
        ------
        TheoryError : a step that was not recorded.
        """
        import polars as pl

        if self.persons.folder is None:
            found = [self.frame(w, t, taken) for (w, t), taken in sorted(self.held.items()) if t == step]
        else:
            folders = sorted(Path(self.persons.folder).glob("world=*"), key=lambda path: int(path.name[6:]))
            files = [folder / f"step={step}.parquet" for folder in folders]
            found = [pl.read_parquet(path, hive_partitioning=False) for path in files if path.exists()]
        if not found:
            raise TheoryError(f"persons after step {step}", expected="a step at which they were recorded")
        return pl.concat(found)


__all__ = ["Persons", "Recorder"]
