"""What an engine must do to run theories of one form; each form is registered, and no code refers to one by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from groundswell.engine.persons import Recorder
from groundswell.engine.saved import Until
from groundswell.engine.worlds import Histories, World, is_whole
from groundswell.errors import TheoryError
from groundswell.population.population import Population
from groundswell.theory import Theory

if TYPE_CHECKING:
    from groundswell.engine.batch import Threads

BATCH = 128  # worlds in a batch: wide enough for vector code, narrow enough that a person's worlds stay in cache

Progress = Callable[[int], None]


@dataclass(frozen=True)
class Run:
    """How worlds are run; no result depends on `threads`, `batch` or `plain`.

    Parameters
    ----------
    population_seed : seed of the traits.
    threads : None takes the available cores.
    batch : the most worlds side by side, for forms that run batches.
    totals : states to be summed per person over all steps.
    progress : called with the number of world-steps done since the last call.
    annealed : neighbours are redrawn at each step.
    plain : run as plain Python: the reference.
    recorder : notes persons.
    until : when a world is at its end; whatever is simulated of it afterwards is ignored.
    keep : whether worlds are to be saved as they are after the last step.
    across : takes the place of threads where several processes each hold some of the people, `own`.
    """

    population_seed: int = 0
    threads: int | None = None
    batch: int = BATCH
    totals: Sequence[str] = ()
    progress: Progress | None = None
    annealed: bool = False
    plain: bool = False
    recorder: Recorder | None = None
    until: Until | None = None
    keep: bool = False
    across: Threads | None = None
    own: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        if self.threads is not None and not (is_whole(self.threads) and self.threads >= 1):
            raise TheoryError(f"threads = {self.threads!r}", expected="a whole number >= 1, or None for all cores")
        if not (is_whole(self.batch) and self.batch >= 1):
            raise TheoryError(f"batches of {self.batch!r} worlds", expected="a whole number >= 1")
        if not (is_whole(self.population_seed) and 0 <= self.population_seed < 2**64):
            raise TheoryError(
                f"population_seed = {self.population_seed!r}", expected="a whole number from 0 to 2**64 - 1"
            )


@dataclass(frozen=True)
class Job:
    """What a form is to run, once everything has been checked.

    Parameters
    ----------
    theory, population : of all worlds.
    worlds : side by side.
    params : every parameter of each world, in the order of `worlds`.
    steps : after the start, >= 0.
    run : how.
    """

    theory: type[Theory]
    population: Population
    worlds: Sequence[World]
    params: Sequence[Mapping[str, float]]
    steps: int
    run: Run


Frame = tuple[NDArray[np.float64], Mapping[str, NDArray[Any]]]
"""One step: the observables, shape (observables,), and views of the arrays over people by name."""


@dataclass(frozen=True)
class Page:
    """What a page must know to run the kernels of a theory; see web/src/engine/bundle.ts.

    Parameters
    ----------
    layout : rows of the arrays that the kernels of rules share.
    fields : arrays of a process, as its step sees them.
    substeps : of a flow.
    arrays : bytes of the arrays that the page cannot make, by the name of their field.
    guards : what each failed guard of the rules means, in order.
    """

    layout: Mapping[str, Any] = field(default_factory=dict)
    fields: Sequence[Mapping[str, Any]] = ()
    substeps: int = 1
    arrays: Mapping[str, bytes] = field(default_factory=dict)
    guards: Sequence[str] = ()


@dataclass(frozen=True)
class StepWork:
    """How a job is run, and the least that a step of all its worlds takes if everyone has to be looked at.

    Parameters
    ----------
    batches : the numbers of the worlds that are simulated side by side, batch by batch.
    kernels : what is done in a step, in words, of each batch.
    bytes : that are read and written in a step of all worlds, states that are looked up along ties included.
    draws : that are made in a step of all worlds.
    """

    batches: Sequence[Sequence[int]]
    kernels: Sequence[tuple[str, ...]]
    bytes: float = 0.0
    draws: float = 0.0


class Form(Protocol):
    """The engine of one form of theories. `register` makes it known for a base class."""

    def check(self, theory: type[Theory], population: Population, run: Run) -> None:
        """Refuse what this form cannot run.

        Raises
        ------
        TheoryError, PopulationError : before anything is simulated.
        """
        ...

    def estimate_bytes(self, theory: type[Theory], population: Population, worlds: int) -> int:
        """The memory that this many worlds take beyond the population itself, in bytes."""
        ...

    def work(self, job: Job) -> StepWork:
        """How a job is run: batches and kernels, as `run` chooses them."""
        ...

    def run(self, job: Job) -> Histories:
        """Simulate what has been checked."""
        ...

    def frames(self, job: Job) -> Iterator[Frame]:
        """The only world of a job, step by step from its start, after the same checks as `run`.

        Raises
        ------
        TheoryError : the form has no people who could be drawn; or later, where the theory itself fails.
        """
        ...

    def page(self, theory: type[Theory], population: Population, world: World, population_seed: int) -> Page:
        """What a page must know of the theory's layout, to run its kernels."""
        ...


_FORMS: dict[type[Theory], Form] = {}


def register(base: type[Theory], form: Form) -> None:
    """Make `form` the engine of the theories that subclass `base`."""
    _FORMS[base] = form


def form_of(theory: type[Theory]) -> Form:
    """The engine of a theory: the one registered for its nearest base.

    Raises
    ------
    TheoryError : no engine is registered for any of its bases.
    """
    for base in theory.__mro__:
        if base in _FORMS:
            return _FORMS[base]
    raise TheoryError(
        f"theory {theory.name} has a form without an engine",
        expected="a subclass of a registered form",
        instead="groundswell.engine.form.register(Base, MyForm())",
    )


def refuse_saving(job: Job) -> None:
    """Refuse saved worlds where a form does not support them.

    Raises
    ------
    TheoryError : where a world is to be saved, or continues from a saved one.
    """
    if job.run.keep or any(world.begin is not None for world in job.worlds):
        raise TheoryError(
            f"a saved world of {job.theory.name}",
            expected="a theory of rules",
            why=f"a {job.theory.form} holds more than states and ties",
            instead="interventions, which give twins that share all earlier steps",
        )


def refuse_annealed(theory: type[Theory], run: Run) -> None:
    """Refuse redrawn neighbours where there is no rule that sees neighbours.

    Raises
    ------
    TheoryError : where `run` asks for it.
    """
    if run.annealed:
        raise TheoryError(
            f"{theory.name} was to be annealed",
            expected="a theory of rules",
            why="only a rule about one person can have redrawn neighbours",
            instead="groundswell.simulate, which takes every form",
        )


__all__ = [
    "BATCH",
    "Form",
    "Frame",
    "Job",
    "Page",
    "Progress",
    "Run",
    "StepWork",
    "form_of",
    "refuse_annealed",
    "register",
]
