"""Sweeps: a theory at every point of a design, with the same people and the same luck at each point.

    y[point, world, arm] = summary(series of the world with run seed s[world], parameters of the point, in the arm)

World w has one run seed and, by default, its own people (network and traits), which it keeps at every point and in
every arm: common random numbers, so that any difference between points is caused by the parameters. Where a key of the
population varies, the population is rebuilt at each of its values, from the same seed. A sweep only scans: it
optimises nothing, and its table holds every observable, including those of harm.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from groundswell.draws import derive_seed
from groundswell.engine.simulate import simulate
from groundswell.engine.worlds import World, check_people, check_worlds, require_memory
from groundswell.errors import StudyError, TheoryError
from groundswell.experiment.arms import Arm
from groundswell.experiment.ensemble import Progress
from groundswell.experiment.points import PREFIX, Points, factor, numeric_keys, points
from groundswell.population.population import Population
from groundswell.population.specification import PopulationSpecification
from groundswell.theory import Theory

Floats = NDArray[np.float64]
Summary = str | Mapping[str, float]
"""How a series becomes one number: "last", "maximum", {"mean_of_last": steps} or {"time_to_reach": level}."""

_AT_ONCE = 512  # runs handed to the engine together: several of its batches, and a record of some megabytes
_COLUMNS = ("point", "arm", "world", "run_seed", "status", "failed_at", "reason")


def check_summary(summary: Summary) -> None:
    """Refuse an invalid summary.

    Raises
    ------
    StudyError : for an unknown word, several keys, or an invalid number.
    """
    if isinstance(summary, str) and summary in ("last", "maximum"):
        return
    if isinstance(summary, Mapping) and len(summary) == 1:
        [(kind, value)] = summary.items()
        whole = isinstance(value, int) and not isinstance(value, bool)
        if kind == "mean_of_last" and whole and value >= 1:
            return
        if kind == "time_to_reach" and (whole or isinstance(value, float)) and math.isfinite(value):
            return
    raise StudyError(
        f"the summary {summary!r}",
        expected='"last", "maximum", { mean_of_last = 10 } (steps, at least 1) or { time_to_reach = 0.5 } (a level)',
    )


def summary_words(summary: Summary) -> str:
    """A summary in words: "value at the end", "mean of the last 10 steps"."""
    if isinstance(summary, str):
        return {"last": "value at the end", "maximum": "largest value"}[summary]
    [(kind, value)] = summary.items()
    return f"mean of the last {value:g} steps" if kind == "mean_of_last" else f"first step at {value:g} or above"


def summarise_series(values: Floats, summary: Summary) -> Floats:
    """One number for each series: float64[steps + 1, ...] -> float64[...]; a level never reached gives NaN."""
    if summary == "last":
        return values[-1].copy()
    if summary == "maximum":
        return values.max(axis=0)
    assert isinstance(summary, Mapping)
    [(kind, value)] = summary.items()
    if kind == "mean_of_last":
        return values[-int(value) :].mean(axis=0)
    reached = values >= value
    return np.where(reached.any(axis=0), reached.argmax(axis=0).astype(np.float64), np.nan)


def sweep(
    theory: type[Theory],
    population: Population | PopulationSpecification,
    over: Mapping[str, Sequence[float]] | Points,
    steps: int,
    *,
    worlds: int = 20,
    seed: int = 0,
    params: Mapping[str, float] | None = None,
    arms: Mapping[str, Arm] | None = None,
    summary: Summary = "last",
    population_seed: int | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
) -> pl.DataFrame:
    """Simulate a theory at every point of a design.

    Parameters
    ----------
    theory : of any form.
    population : a population, or its specification, from which each world builds its own.
    over : the points of a design (`groundswell.experiment.points`); or the levels of each factor, whose
        product gives the points, the last factor varying fastest. A factor is a parameter, or ``population.KEY``.
    steps : of every world, >= 1.
    worlds : at each point and in each arm, >= 1.
    seed : in 0..2**64 - 1; world w has the run seed ``derive_seed(seed, "world", w)`` at every point.
    params : parameters at every point; those left out have their default values; none is drawn from a prior.
    arms : by name; by default one, "plain". An arm must not set a swept parameter.
    summary : see `Summary`.
    population_seed : of the traits (and of the network, where it is built here), the same for all worlds; by default
        each world has its own.
    threads : the result does not depend on it.
    progress : called with ("sweeping", runs done, total runs).

    Returns
    -------
    polars.DataFrame : a row for each point, world and arm, in this order: point (a number), the swept parameters, arm,
        world, run_seed, status ("done" or "failed"), failed_at (a step; null when it never began), reason, and a column
        for every observable. A run that failed has nulls there, as does one that never reached the level of a
        "time_to_reach".

    Raises
    ------
    StudyError, TheoryError, PopulationError, MemoryRefusedError : before anything is simulated.

    >>> from groundswell import load_theory, well_mixed
    >>> sweep(load_theory("granovetter"), well_mixed(100), {"sd": [0.1, 0.2]}, 50, worlds=2).height
    4
    """
    check_summary(summary)
    if worlds < 1 or steps < 1:
        raise StudyError(f"a sweep of {worlds} worlds over {steps} steps", expected="at least one of each")
    design = over if isinstance(over, Points) else _grid(theory, population, over)
    theory.parameters(params or {})
    stated = _stated(theory, population, design, dict(params or {}))
    arms = dict(arms or {"plain": Arm("plain")})
    if not arms:
        raise StudyError("a sweep of no arms", expected="at least one arm, or none given for a plain one")
    for arm in arms.values():
        twice = [name for name in design.names if name in arm.params]
        if twice:
            raise StudyError(
                f"the arm {arm.name} sets {twice[0]}, which is swept",
                expected="an arm that leaves the swept parameters alone",
                instead="sweep another parameter, or omit the arm",
            )
    taken = [name for name in _COLUMNS if name in theory.observables or name in design.names]
    if taken:
        raise StudyError(
            f"a sweep of theory {theory.name}, which declares {taken[0]!r}",
            expected="other names than " + ", ".join(_COLUMNS),
            why="the table of a sweep has columns with these names",
        )
    runs = [(p, a) for p in range(len(stated)) for a in range(len(arms))]
    order = list(arms.values())
    check_worlds(theory, [order[a].world(stated[p].params, 0) for p, a in runs], steps)
    require_memory(
        8 * min(_AT_ONCE, len(runs)) * (steps + 1) * len(theory.observables)
        + 4 * 8 * len(runs) * worlds * len(theory.observables),
        f"the record of {len(runs) * worlds:,} runs",
    )
    found: dict[tuple[int, int, int], _Run] = {}
    for w in range(worlds):
        people_seed = derive_seed(seed, "people", w) if population_seed is None else population_seed
        run_seed = derive_seed(seed, "world", w)
        for asked, members in _by_population(stated):
            here = asked.build(people_seed) if isinstance(asked, PopulationSpecification) else asked
            check_people(theory, here)
            own = [(p, a) for p in members for a in range(len(arms))]
            for first in range(0, len(own), _AT_ONCE):
                some = own[first : first + _AT_ONCE]
                lives = [order[a].world(stated[p].params, run_seed) for p, a in some]
                lived = _live(theory, here, lives, steps, people_seed, threads, summary)
                found |= {(p, w, a): run for (p, a), run in zip(some, lived, strict=True)}
                if progress is not None:
                    progress("sweeping", len(found), worlds * len(runs))
    if all(numbers is None and step is None for numbers, step, _ in found.values()):
        raise TheoryError(
            f"every run failed before its first step; the first failed because {found[0, 0, 0][2]}",
            expected="points that at least one run can begin with",
        )
    seeds = [derive_seed(seed, "world", w) for w in range(worlds)]
    return _table(theory, design, list(arms), seeds, found)


@dataclass(frozen=True)
class _Stated:
    """One point: the parameters of its worlds, and their population."""

    params: Mapping[str, float]
    population: Population | PopulationSpecification


def _by_population(stated: Sequence[_Stated]) -> list[tuple[Population | PopulationSpecification, list[int]]]:
    """Each population once, with the points that use it."""
    groups: dict[str, tuple[Population | PopulationSpecification, list[int]]] = {}
    for p, point in enumerate(stated):
        asked = point.population
        key = asked.model_dump_json() if isinstance(asked, PopulationSpecification) else ""
        groups.setdefault(key, (asked, []))[1].append(p)
    return list(groups.values())


def _grid(
    theory: type[Theory], population: Population | PopulationSpecification, over: Mapping[str, Sequence[float]]
) -> Points:
    if not over:
        raise StudyError("a sweep over nothing", expected='parameters with their values, such as {"sd": [0.1, 0.2]}')
    asked = population if isinstance(population, PopulationSpecification) else None
    return points([factor(theory, name, values, population=asked) for name, values in over.items()], "grid")


def _stated(
    theory: type[Theory],
    population: Population | PopulationSpecification,
    design: Points,
    params: Mapping[str, float],
) -> list[_Stated]:
    """The settings of every point, with each value checked against its support."""
    found = []
    for point in design.mappings():
        keys = {name.removeprefix(PREFIX): value for name, value in point.items() if name.startswith(PREFIX)}
        own = {name: theory.parameters({name: value})[name] for name, value in point.items() if name in theory.params}
        here = population
        if keys:
            if not isinstance(population, PopulationSpecification):
                raise StudyError(
                    f"the factor {PREFIX}{next(iter(keys))} on a population that is already built",
                    expected="a PopulationSpecification, which can be rebuilt at each of its values",
                )
            typed = {key: numeric_keys()[key](value) for key, value in keys.items()}
            here = PopulationSpecification(**{**population.model_dump(exclude_none=True), **typed})
        found.append(_Stated({**params, **own}, here))
    return found


_Run = tuple[Floats | None, int | None, str | None]
"""The outcome of one run: its summaries, or the step of its failure and the reason."""


def _live(
    theory: type[Theory],
    population: Population,
    lives: Sequence[World],
    steps: int,
    people_seed: int,
    threads: int | None,
    summary: Summary,
) -> list[_Run]:
    """Some runs on one population. A run that cannot begin fails alone, with its reason."""
    try:
        histories = simulate(theory, population, lives, steps, population_seed=people_seed, threads=threads)
    except TheoryError as error:  # the parameters of one point, such as more seeds than people
        if error.__cause__ is not None:  # the compiler's error, which every run would repeat
            raise
        if len(lives) == 1:
            return [(None, None, str(error))]
        half = len(lives) // 2
        return [
            run
            for some in (lives[:half], lives[half:])
            for run in _live(theory, population, some, steps, people_seed, threads, summary)
        ]
    numbers = summarise_series(histories.values, summary)
    found: list[_Run] = [(row, None, None) for row in numbers]
    for k, step, reason in histories.failed:
        found[k] = (None, step, reason)
    return found


def _table(
    theory: type[Theory],
    design: Points,
    arms: Sequence[str],
    seeds: Sequence[int],
    found: Mapping[tuple[int, int, int], _Run],
) -> pl.DataFrame:
    """Rows by point, world and arm."""
    p, w, a = (x.ravel() for x in np.indices((len(design), len(seeds), len(arms))))
    runs = [found[key] for key in zip(p.tolist(), w.tolist(), a.tolist(), strict=True)]
    lost = np.full(len(theory.observables), np.nan)
    numbers = np.array([lost if run[0] is None else run[0] for run in runs])
    columns: dict[str, Any] = {"point": p}
    for j, name in enumerate(design.names):
        columns[name] = design.values[p, j]
    columns |= {
        "arm": pl.Series(arms, dtype=pl.String).gather(a),
        "world": w,
        "run_seed": pl.Series([seeds[k] for k in w.tolist()], dtype=pl.UInt64),
        "status": ["done" if run[0] is not None else "failed" for run in runs],
        "failed_at": pl.Series([run[1] for run in runs], dtype=pl.Int64),
        "reason": pl.Series([run[2] for run in runs], dtype=pl.String),
    }
    for o, name in enumerate(theory.observables):
        columns[name] = pl.Series(numbers[:, o]).fill_nan(None)
    return pl.DataFrame(columns)


__all__ = ["Summary", "check_summary", "summarise_series", "summary_words", "sweep"]
