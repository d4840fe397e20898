"""One call for theories of every form, compiled or as plain Python."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from groundswell.engine import flow, process, rules  # noqa: F401 - each registers its form
from groundswell.engine.form import BATCH, Job, Progress, Run, form_of
from groundswell.engine.persons import Persons, Recorder
from groundswell.engine.saved import Until
from groundswell.engine.worlds import Histories, Intervention, World, check_kinds, check_worlds
from groundswell.errors import TheoryError
from groundswell.population.population import Population
from groundswell.theory import Theory


def simulate(
    theory: type[Theory],
    population: Population,
    worlds: Sequence[World],
    steps: int,
    *,
    population_seed: int = 0,
    threads: int | None = None,
    batch: int = BATCH,
    totals: Sequence[str] = (),
    progress: Progress | None = None,
    annealed: bool = False,
    persons: Persons | bool | None = None,
    until: str | Mapping[str, int] | None = None,
    keep: bool = False,
    burn_in: int = 0,
) -> Histories:
    """Simulate worlds of one theory, whatever its form, on one population.

    Parameters
    ----------
    theory, population : what is simulated, and on which people. All worlds share the population and its traits.
    worlds : the histories to simulate; worlds with the same seed are twins and share every draw.
    steps : number of steps after the start, >= 0.
    population_seed : seed of the traits (the network carries its own).
    threads : over people (rule) or over worlds (process); None takes the available cores. No result depends on it.
    batch : the most worlds side by side, for a rule. No result depends on it.
    totals : states to be summed per person over all steps, in `Histories.totals`; a flow has none.
    progress : called with the number of world-steps that were done since the last call.
    annealed : see `simulate_annealed`; rules only.
    persons : what is to be recorded of persons, for `Histories.people`; True for all states at every step.
    until : a condition such as ``"turnout >= 0.5"``, or ``{"rest": 10}`` for no change in ten steps: a world whose
        condition holds stays unchanged from then on, and costs nothing once all worlds in its batch have stopped.
    keep : whether worlds are saved after the last step, in `Histories.saved`, to be branched; rules only.
    burn_in : steps before the record begins, without interventions, which count steps from its start; rules only.

    Returns
    -------
    Histories : `values` of shape (steps + 1, worlds, observables), in the order of `worlds`.

    Raises
    ------
    TheoryError, MemoryRefusedError, PopulationError : before anything is simulated.
    """
    run = Run(population_seed, threads, batch, totals, progress, annealed, keep=keep)
    if burn_in:
        check_kinds(theory, population, worlds, steps)
        bare = [replace(world, interventions=()) for world in worlds]
        early = replace(run, totals=(), keep=True)
        before = run_worlds(theory, population, bare, burn_in, early).saved
        moved = [tuple(_later(x, burn_in) for x in world.interventions) for world in worlds]
        worlds = [replace(w, begin=s, interventions=x) for w, s, x in zip(worlds, before, moved, strict=True)]
    return run_worlds(theory, population, worlds, steps, run, persons=persons, until=until)


def _later(intervention: Intervention, steps: int) -> Intervention:
    """The same intervention, some steps later."""
    times = {x: getattr(intervention, x) for x in ("at", "start", "end") if getattr(intervention, x, None) is not None}
    return replace(intervention, **{name: time + steps for name, time in times.items()})


def run_worlds(
    theory: type[Theory],
    population: Population,
    worlds: Sequence[World],
    steps: int,
    run: Run,
    *,
    persons: Persons | bool | None = None,
    until: str | Mapping[str, int] | None = None,
) -> Histories:
    """Check everything, then hand the worlds to the engine of the theory's form.

    Raises
    ------
    TheoryError, MemoryRefusedError, PopulationError : before anything is simulated.
    """
    check_kinds(theory, population, worlds, steps)
    form = form_of(theory)
    form.check(theory, population, run)
    params = check_worlds(theory, worlds, steps)
    first = worlds[0].begin.step if worlds[0].begin is not None else 0
    for dated in (*([population.dated] if population.dated else []), *population.dated_layers.values()):
        if not run.keep:  # a saved world may continue and reach them
            dated.check_steps(first + int(steps))
    if until is not None:
        wrong = [x for x, given in (("totals", run.totals), ("persons", persons), ("keep", run.keep)) if given]
        if wrong:
            raise TheoryError(
                f"a run until {until!r} with {wrong[0]}",
                expected="observables only",
                why="worlds that have stopped continue, unrecorded, next to the others",
                instead="a run of Histories.stopped steps",
            )
        run = replace(run, until=Until.of(until, tuple(theory.observables)))
    if persons:
        asked = persons if isinstance(persons, Persons) else Persons()
        run = replace(run, recorder=Recorder.of(asked, theory, population, len(worlds), int(steps)))
    histories = form.run(Job(theory, population, worlds, params, int(steps), run))
    if run.recorder is not None:
        run.recorder.finish()
    if run.until is not None:
        histories = _stop(histories, run.until)
    whole = tuple(replace(world, params=p) for world, p in zip(worlds, params, strict=True))
    return replace(
        histories, theory=theory, worlds=whole, alike=theory.draws_nothing(), first=first, persons=run.recorder
    )


def _stop(histories: Histories, until: Until) -> Histories:
    """Worlds that stay unchanged from the step at which they reach their end."""
    values = histories.values
    stopped: list[int | None] = [None] * values.shape[1]
    for t in range(len(values)):
        for w in np.flatnonzero(until.holds(values, t)).tolist():
            if stopped[w] is None:
                stopped[w] = t
    for w, t in enumerate(stopped):
        if t is not None:
            values[t:, w] = values[t, w]
    failed = tuple(x for x in histories.failed if (end := stopped[x[0]]) is None or x[1] <= end)
    return replace(histories, stopped=tuple(stopped), failed=failed)


def estimate_bytes(theory: type[Theory], population: Population, worlds: int) -> int:
    """The memory that a batch of this many worlds takes beyond the population itself, in bytes."""
    return form_of(theory).estimate_bytes(theory, population, worlds)


__all__ = ["BATCH", "estimate_bytes", "form_of", "run_worlds", "simulate"]
