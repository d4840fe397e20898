"""Sweeps: a theory at every point of a grid of parameters, the same people and the same luck at each.

    y[point, world, arm] = summary(series of the world with run seed s[world], parameters of the point, in the arm)

World w has one run seed and, by default, people of its own (network and traits), which it keeps at every point and in
every arm: common random numbers, so that a difference between points is what the parameters caused. A sweep is a scan:
it looks for nothing, and every observable stands in its table, those of harm included.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
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
from groundswell.population.population import Population
from groundswell.population.specification import PopulationSpecification
from groundswell.theory import Theory

Floats = NDArray[np.float64]
Summary = str | Mapping[str, float]
"""How a series becomes one number: "last", "maximum", {"mean_of_last": steps} or {"time_to_reach": level}."""

_AT_ONCE = 512  # runs handed to the engine together: several of its batches, and a record of some megabytes
_COLUMNS = ("point", "arm", "world", "run_seed", "status", "failed_at", "reason")


def check_summary(summary: Summary) -> None:
    """Refuse what is no summary.

    Raises
    ------
    StudyError : for another word, several keys, or a number that makes no sense.
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
    over: Mapping[str, Sequence[float]],
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
    """Simulate a theory at every combination of some parameters' values.

    Parameters
    ----------
    theory : of any form.
    population : a population, or its specification: then each world builds one of its own.
    over : parameter: values. Points are their product, the last parameter varying fastest.
    steps : of every world, >= 1.
    worlds : at each point and in each arm, >= 1.
    seed : in 0..2**64 - 1; world w has the run seed ``derive_seed(seed, "world", w)`` at every point.
    params : parameters at every point; those left out are at their defaults, none is drawn from a prior.
    arms : by name; by default one, "plain". An arm must not set what is swept.
    summary : see `Summary`.
    population_seed : of the traits (and of the network, where it is built here) for all worlds alike; by default
        each world has its own.
    threads : the result does not depend on it.
    progress : called with ("sweeping", runs done, runs in all).

    Returns
    -------
    polars.DataFrame : a row for each point, world and arm, in this order: point (a number), the swept parameters, arm,
        world, run_seed, status ("done" or "failed"), failed_at (a step; null when it never began), reason, and a column
        for every observable. A run that failed has nulls there; so has one that never reached the level of a
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
    points = _points(theory, over, dict(params or {}))
    arms = dict(arms or {"plain": Arm("plain")})
    if not arms:
        raise StudyError("a sweep of no arms", expected="at least one arm, or none given for a plain one")
    for arm in arms.values():
        twice = [name for name in over if name in arm.params]
        if twice:
            raise StudyError(
                f"the arm {arm.name} sets {twice[0]}, which is swept",
                expected="an arm that leaves the swept parameters alone",
                instead="sweep another parameter, or leave the arm out",
            )
    taken = [name for name in _COLUMNS if name in theory.observables or name in over]
    if taken:
        raise StudyError(
            f"a sweep of theory {theory.name}, which declares {taken[0]!r}",
            expected="other names than " + ", ".join(_COLUMNS),
            why="the table of a sweep has columns of these names",
        )
    runs = [(p, a) for p in range(len(points)) for a in range(len(arms))]
    order = list(arms.values())
    check_worlds(theory, [order[a].world(points[p], 0) for p, a in runs], steps)
    require_memory(
        8 * min(_AT_ONCE, len(runs)) * (steps + 1) * len(theory.observables)
        + 4 * 8 * len(runs) * worlds * len(theory.observables),
        f"the record of {len(runs) * worlds:,} runs",
    )
    found: list[_Run] = []
    for w in range(worlds):
        people_seed = derive_seed(seed, "people", w) if population_seed is None else population_seed
        here = population.build(people_seed) if isinstance(population, PopulationSpecification) else population
        check_people(theory, here)
        run_seed = derive_seed(seed, "world", w)
        for first in range(0, len(runs), _AT_ONCE):
            some = runs[first : first + _AT_ONCE]
            lives = [order[a].world(points[p], run_seed) for p, a in some]
            found += _live(theory, here, lives, steps, people_seed, threads, summary)
            if progress is not None:
                progress("sweeping", w * len(runs) + first + len(some), worlds * len(runs))
    if all(numbers is None and step is None for numbers, step, _ in found):
        raise TheoryError(
            f"every run failed before its first step, the first one so: {found[0][2]}",
            expected="points that at least one run can begin with",
        )
    seeds = [derive_seed(seed, "world", w) for w in range(worlds)]
    return _table(theory, list(over), points, list(arms), seeds, found)


def _points(
    theory: type[Theory], over: Mapping[str, Sequence[float]], params: Mapping[str, float]
) -> list[dict[str, float]]:
    """The parameters of every point, each value checked against its support."""
    if not over:
        raise StudyError("a sweep over nothing", expected='parameters with their values, such as {"sd": [0.1, 0.2]}')
    grid: dict[str, list[float]] = {}
    for name, values in over.items():
        listed = np.asarray(values).tolist()
        if not isinstance(listed, list):
            raise StudyError(f"the sweep over {name} = {values!r}", expected="a list of values")
        if not listed or len(set(listed)) < len(listed):
            raise StudyError(f"the sweep over {name} = {listed}", expected="at least one value, each once")
        grid[name] = [theory.parameters({name: value})[name] for value in listed]
    theory.parameters(params)
    return [{**params, **dict(zip(grid, point, strict=True))} for point in itertools.product(*grid.values())]


_Run = tuple[Floats | None, int | None, str | None]
"""What one run came to: its summaries, or the step and the reason of its failure."""


def _live(
    theory: type[Theory],
    population: Population,
    lives: Sequence[World],
    steps: int,
    people_seed: int,
    threads: int | None,
    summary: Summary,
) -> list[_Run]:
    """Some runs on one population. One that cannot begin fails alone, with its reason."""
    try:
        histories = simulate(theory, population, lives, steps, population_seed=people_seed, threads=threads)
    except TheoryError as error:  # the parameters of one point, such as more seeds than people
        if error.__cause__ is not None:  # the compiler's: it would say so of every run
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
    swept: Sequence[str],
    points: Sequence[Mapping[str, float]],
    arms: Sequence[str],
    seeds: Sequence[int],
    found: Sequence[_Run],
) -> pl.DataFrame:
    """Rows by point, world and arm; the runs come in by world, point and arm."""
    p, w, a = (x.ravel() for x in np.indices((len(points), len(seeds), len(arms))))
    order = ((w * len(points) + p) * len(arms) + a).tolist()
    runs = [found[k] for k in order]
    lost = np.full(len(theory.observables), np.nan)
    numbers = np.array([lost if run[0] is None else run[0] for run in runs])
    columns: dict[str, Any] = {"point": p}
    for name in swept:
        columns[name] = np.array([point[name] for point in points])[p]
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
