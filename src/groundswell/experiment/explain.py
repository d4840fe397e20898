"""Explains a study before it runs: the kernels it gets, its memory, how long it takes, and what bounds that.

Batches, kernels and memory are asked of the functions that a run asks. The time is that of a few steps of the first
batch, scaled; the bound is the time that this machine needs to copy the bytes of a step, or to make its draws.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from groundswell.draws import derive_seed
from groundswell.engine.batch import Threads
from groundswell.engine.form import Job, Run, StepWork, form_of
from groundswell.engine.lanes import LANES, draw_people
from groundswell.engine.simulate import simulate
from groundswell.engine.verified import verify_compiled
from groundswell.engine.worlds import World, available_memory, check_worlds
from groundswell.experiment.ensemble import Design, batch_bytes, batch_size, check_design, draws_together, record_bytes
from groundswell.experiment.runner import build_population
from groundswell.experiment.study import Study
from groundswell.results import Result

_LEAST = 0.2  # seconds that a measured piece of a run should take
_PIECES = 3  # pieces that are measured, for the range
_MOST_BYTES = 1 << 27  # that are copied, when the traffic of memory is measured
_ROWS = 32  # rows of draws that are made at once, when their speed is measured


@dataclass(frozen=True)
class Bound:
    """The time that a step of a batch takes at least on this machine, if everyone has to be looked at.

    Parameters
    ----------
    by : "memory" (or the cache, where a step's bytes fit into it), "arithmetic" (draws), or "" where it is not known.
    seconds : for one step of one world.
    bytes_per_second : of a copy of as many bytes, at most 128 MiB, read and written.
    draws_per_second : of Philox.
    """

    by: str
    seconds: float
    bytes_per_second: float
    draws_per_second: float


@dataclass(frozen=True)
class ArmPlan:
    """How the worlds of one arm are run: so many side by side with those of other arms, by these kernels."""

    arm: str
    worlds: int
    side_by_side: int
    kernels: tuple[str, ...]


@dataclass(frozen=True)
class Explanation(Result):
    """What running a study will take. Fits, claims on records and a sweep come in addition.

    Parameters
    ----------
    study, theory : their names.
    people, ties, worlds, steps, threads : of the run.
    arms : how the worlds of each arm are run.
    population_bytes, batch_bytes, record_bytes, free_bytes : memory that is held at once, and what there is.
    seconds, least, most : expected of simulating, from the median, the fastest and the slowest measured piece.
    measured_worlds, measured_steps : of each measured piece.
    bound : what bounds a step.
    share : of the bound, as measured; above 1 where cost follows activity and few are active.
    """

    derived: ClassVar[tuple[str, ...]] = ("answer",)

    study: str
    theory: str
    people: int
    ties: int
    worlds: int
    steps: int
    threads: int
    arms: tuple[ArmPlan, ...]
    population_bytes: int
    batch_bytes: int
    record_bytes: int
    free_bytes: int
    seconds: float
    least: float
    most: float
    measured_worlds: int
    measured_steps: int
    bound: Bound
    share: float | None

    @property
    def answer(self) -> str:
        """Time, memory and bound in three sentences."""
        held = self.population_bytes + self.batch_bytes + self.record_bytes
        lines = [
            f"Simulating takes about {self.seconds:.3g} s ({self.least:.3g} to {self.most:.3g} s) with threads = "
            f"{self.threads}, estimated from {_PIECES} runs of {self.measured_steps} steps of {self.measured_worlds} "
            f"worlds "
            "without interventions; other phases may cost more or less, and compiling, fits, claims on records and "
            "sweeps come in addition.",
            f"It needs about {_size(held)} of the {_size(self.free_bytes)} that are free: population "
            f"{_size(self.population_bytes)}, batch {_size(self.batch_bytes)}, record {_size(self.record_bytes)}.",
        ]
        if self.share is None:
            lines.append("What bounds it is unknown, because the form of the theory does not say what a step takes.")
        else:
            lines.append(f"Bound by {self.bound.by}: {_share(self.share)}.")
        return " ".join(lines)

    def rows(self) -> list[dict[str, Any]]:
        """One row per arm."""
        return [
            {"arm": x.arm, "worlds": x.worlds, "side by side": x.side_by_side, "kernels": "; ".join(x.kernels)}
            for x in self.arms
        ]


def explain_study(study: Study, *, threads: int | None = None) -> Explanation:
    """Explain a study: build its population, ask how its first batch would be run, and time a few of its steps.

    Raises
    ------
    StudyError, TheoryError, PopulationError, MemoryRefusedError : as a run would, naming what would fit.
    """
    workers = threads or study.table.threads or (os.cpu_count() or 1)
    population = build_population(study, workers)
    design = study.design(population)
    check_design(design)
    job = _first_job(design, workers)
    work = form_of(design.theory).work(job)
    bound = _bound(work, len(job.worlds), workers)
    measured, times = _calibrate(job)
    scale = design.runs * design.steps
    per_world_step = sorted(times)
    return Explanation(
        study=study.name,
        theory=design.theory.name,
        people=population.people,
        ties=0 if population.network is None else population.network.ties,
        worlds=design.runs,
        steps=design.steps,
        threads=workers,
        arms=_arms(design, work),
        population_bytes=population.memory_bytes(),
        batch_bytes=batch_bytes(design, min(job.run.batch, len(job.worlds))),
        record_bytes=record_bytes(design),
        free_bytes=available_memory(),
        seconds=scale * per_world_step[len(times) // 2],
        least=scale * per_world_step[0],
        most=scale * per_world_step[-1],
        measured_worlds=len(job.worlds),
        measured_steps=measured,
        bound=bound,
        share=bound.seconds / per_world_step[len(times) // 2] if bound.by else None,
    )


def achieved(design: Design, world_steps: int, seconds: float, threads: int | None = None) -> str:
    """The share of the bound that a run achieved, in words; empty where the bound is not known."""
    job = _first_job(design, threads or (os.cpu_count() or 1))
    bound = _bound(form_of(design.theory).work(job), len(job.worlds), threads or (os.cpu_count() or 1))
    if not bound.by or seconds <= 0:
        return ""
    return f"{_share(bound.seconds * world_steps / seconds)}, which is by {bound.by}"


def _share(share: float) -> str:
    more = ", as few people had to be looked at" if share > 1 else ""
    return f"{share:.0%} of the speed of the bound{more}"


def _size(held: float) -> str:
    return f"{held / 2**30:.1f} GiB" if held >= 2**30 else f"{held / 2**20:.3g} MiB"


def _first_job(design: Design, threads: int) -> Job:
    """The worlds that an ensemble simulates together first, without interventions, whose steps may lie far ahead."""
    batch = batch_size(design)
    lanes = [(account, d) for account in design.accounts for d in range(design.draws)][: draws_together(design, batch)]
    drawn = {account: design.drawn(account) for account in dict.fromkeys(account for account, _ in lanes)}
    worlds = [
        replace(arm.world(drawn[account][d], design.run_seed(account, d)), interventions=())
        for account, d in lanes
        for arm in design.arms.values()
    ]
    params = check_worlds(design.theory, worlds, design.steps)
    run = Run(design.population_seed, threads, batch)
    return Job(design.theory, design.population, worlds, params, design.steps, run)


def _arms(design: Design, work: StepWork) -> tuple[ArmPlan, ...]:
    """How the first world of each arm is run."""
    batch_of = {world: k for k, members in enumerate(work.batches) for world in members}
    return tuple(
        ArmPlan(
            name,
            design.runs // len(design.arms),
            len(work.batches[batch_of[number]]),
            work.kernels[batch_of[number]],
        )
        for number, name in enumerate(design.arms)
    )


def _calibrate(job: Job) -> tuple[int, list[float]]:
    """How many steps were measured, and the seconds per world and step of each piece, with its share of the start."""
    given = [World(world.seed, params) for world, params in zip(job.worlds, job.params, strict=True)]

    def seconds(steps: int) -> float:
        begun = time.perf_counter()
        simulate(
            job.theory, job.population, given, steps, population_seed=job.run.population_seed, threads=job.run.threads,
            batch=job.run.batch,
        )  # fmt: skip
        return time.perf_counter() - begun

    steps = min(2, job.steps)
    seconds(steps)  # compiles
    start = min(seconds(0) for _ in range(_PIECES))
    while seconds(steps) - start < _LEAST and steps < job.steps:
        steps = min(4 * steps, job.steps)
    pieces = [max(seconds(steps) - start, 0.0) / steps + start / job.steps for _ in range(_PIECES)]
    return steps, [piece / len(given) for piece in pieces]


def _bound(work: StepWork, worlds: int, threads: int) -> Bound:
    """What bounds a step, by a copy of as many bytes and by some draws."""
    if not work.bytes and not work.draws:
        return Bound("", 0.0, 0.0, 0.0)
    copied, drawn = _copy_speed(work.bytes, threads), _draw_speed(threads)
    by_bytes, by_draws = work.bytes / copied, work.draws / drawn
    by = "arithmetic (draws)" if by_draws > by_bytes else "memory"
    return Bound(by, max(by_bytes, by_draws) / worlds, copied, drawn)


def _copy_speed(taken: float, threads: int) -> float:
    """Bytes that are read and written a second, by copies of arrays of at most so many bytes."""
    size = int(min(max(taken / 2, 4096), _MOST_BYTES))
    given, made = np.ones(size, np.uint8), np.ones(size, np.uint8)
    rounds = max(1, _MOST_BYTES // (4 * size))

    def copy(first: int, last: int) -> None:
        for _ in range(rounds):
            np.copyto(made[first:last], given[first:last])

    return 2 * size * rounds / _fastest(lambda pool: pool.over(size, copy), threads)


def _draw_speed(threads: int) -> float:
    """Draws that are made a second."""
    streams, people = np.arange(_ROWS, dtype=np.int64), LANES
    key, rounds = np.array([derive_seed(0, "explain") & 0xFFFFFFFF], np.uint64), 16

    def draw(first: int, last: int) -> None:
        at = np.arange(_ROWS, dtype=np.int64) * LANES
        held = np.empty(_ROWS * LANES)
        for step in range(rounds * (last - first)):
            draw_people(held, at, streams, key, key, np.uint64(step), np.uint64(0), 0, np.uint64(people))

    verify_compiled({"draw": draw_people})  # its code on disk is that of the kernels
    draw(0, 1)  # compiles
    return threads * rounds * _ROWS * people / _fastest(lambda pool: pool.over(threads, draw), threads)


def _fastest(measured: Callable[[Threads], None], threads: int) -> float:
    """The seconds of the fastest of some repeats."""
    pool, found = Threads(threads), []
    try:
        for _ in range(_PIECES):
            begun = time.perf_counter()
            measured(pool)
            found.append(time.perf_counter() - begun)
    finally:
        pool.close()
    return min(found)


__all__ = ["ArmPlan", "Bound", "Explanation", "achieved", "explain_study"]
