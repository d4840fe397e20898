"""The arrays of one batch of worlds laid out [person, world]: how they start, and what is read from them."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from groundswell.engine import compiled
from groundswell.engine.compiled import BLOCK
from groundswell.engine.form import Job, Run
from groundswell.engine.guards import every_guard
from groundswell.engine.layout import Layout, layout, start_here, start_table
from groundswell.engine.saved import Saved
from groundswell.engine.setup import draw_traits, observe_special, start_of, ties_after, ties_at_start
from groundswell.engine.worlds import World, require_memory
from groundswell.errors import TheoryError
from groundswell.population.assemble import cuts
from groundswell.population.network import Network
from groundswell.population.population import Population
from groundswell.theory import Theory

_MANY = 1 << 22  # people whose draws are held at once, where this process holds only some of the people


@dataclass
class Batch:
    """The arrays of one batch of worlds: everything that the next step needs, and nothing else."""

    theory: type[Theory]
    lay: Layout
    population: Population
    worlds: Sequence[World]
    params: Sequence[Mapping[str, float]]
    traits: NDArray[np.float64]
    bools: NDArray[np.uint8]
    floats: NDArray[np.float64]
    table: NDArray[np.float64]
    here: NDArray[np.float64]
    totals: NDArray[np.int64]
    counts: NDArray[np.int32]
    means: NDArray[np.float64]
    deltas: NDArray[np.int8]
    flags: NDArray[np.uint8]
    dirty: NDArray[np.uint8]
    key0: NDArray[np.uint64]
    key1: NDArray[np.uint64]
    bad: NDArray[np.uint8]
    sights: NDArray[np.float64]
    fixed: NDArray[np.float64]
    owners: NDArray[np.int32] | None
    degree: NDArray[np.int32]
    network: Network | None
    layers: dict[str, Network]
    step: int = 0
    fresh: bool = field(default=True)  # counts must be made by a full sweep before the next rule


def estimate_bytes(theory: type[Theory], population: Population, worlds: int) -> int:
    """The memory that a batch of this many worlds takes beyond the population itself, in bytes."""
    lay = layout(theory)
    per_lane = len(lay.bools) + 8 * len(lay.floats) + 5 * len(lay.seen_bools)
    per_lane += 8 * (len(lay.seen_floats) + len(lay.sights))
    if "tie" in theory.rules and population.network is not None:
        per_lane += 3 * population.network.memory_bytes() // population.people
    per_block = 8 * (len(lay.sums) + len(lay.bools))
    return population.people * (worlds * per_lane + 8 * len(lay.traits) + 16) + worlds * per_block * (
        population.people // BLOCK + 1
    )


def start(job: Job) -> Batch:
    """The worlds of a job before their first step, without what people see that changes only with the ties.

    Raises
    ------
    MemoryRefusedError : there is not enough memory for the batch.
    TheoryError : neighbours are to be redrawn, and there are no ties.
    """
    theory, population, worlds, params, run = job.theory, job.population, job.worlds, job.params, job.run
    lay = layout(theory)
    n, w = population.people, len(worlds)
    needed = estimate_bytes(theory, population, w)
    if run.own is not None:
        needed = needed * (run.own[1] - run.own[0]) // n + n * w * (len(lay.bools) + 3)
    require_memory(needed, f"a batch of {w} worlds of {n:,} people")
    first, last = run.own or (0, n)
    traits = draw_traits(theory, population, params[0], run.population_seed, first, last)
    network, layers = ties_at_start(theory, population)
    sees = bool(lay.seen_bools or lay.seen_floats)
    quenched = network is not None and sees
    together = theory.order == "together"
    counted = (len(lay.seen_bools), n, w) if quenched else (len(lay.seen_bools), 0, w)
    if network is None:
        degree = np.full(n, max(n - 1, 0), np.int32)
    else:
        degree = np.zeros(n, np.int32)
        a, b = run.own or (0, n)
        degree[a:b] = np.diff(network.indptr[a : b + 1])
    owners = None
    if run.annealed and network is not None:
        owners = network.indices if network.directed else np.repeat(np.arange(n, dtype=np.int32), degree)
        if sees and owners.size == 0:
            raise TheoryError("the annealed engine was given a population without ties", expected="at least one tie")
    batch = Batch(
        theory=theory,
        lay=lay,
        population=population,
        worlds=worlds,
        params=params,
        traits=np.zeros((len(lay.traits), n)),
        bools=np.empty((len(lay.bools), n, w), np.uint8),
        floats=np.empty((len(lay.floats), n, w)),
        table=start_table(lay, params),
        here=start_here(lay, params, population.regions),
        totals=np.zeros((len(lay.bools), w), np.int64),
        counts=np.zeros(counted if together else (0, 0, w), np.int32),
        means=np.zeros((len(lay.seen_floats), n if together else 0, w)),
        deltas=np.zeros((len(lay.seen_bools), n if together else 0, w), np.int8),
        flags=np.zeros(n, np.uint8),
        dirty=np.ones(n, np.uint8),
        key0=np.array([x.seed & 0xFFFFFFFF for x in worlds], np.uint64),
        key1=np.array([x.seed >> 32 for x in worlds], np.uint64),
        sights=np.zeros((len(lay.sights), n if together else 0, w)),
        fixed=np.zeros((0, n)),
        bad=np.zeros((len(every_guard(theory)), w), np.uint8),
        owners=owners,
        degree=degree,
        network=network,
        layers=layers,
    )
    for t, row in lay.traits.items():
        batch.traits[row, first:last] = traits.pop(t)
    if any(world.begin is not None for world in worlds):
        _go_on(batch)
    for s, row in lay.bools.items():
        for k, world in enumerate(worlds):
            for a, b in [(0, n)] if run.own is None else cuts(n, -(-n // _MANY)):
                batch.bools[row, a:b, k] = start_of(theory, s, population, params[k], world, a, b)
        batch.totals[row] = batch.bools[row].sum(axis=0, dtype=np.int64)
    for s, row in lay.floats.items():
        for k, world in enumerate(worlds):
            everyone = run.own is None or s in lay.seen_floats
            a, b = (0, n) if everyone else (first, last)
            batch.floats[row, a:b, k] = start_of(theory, s, population, params[k], world, a, b)
    sums = np.zeros((len(lay.sums), w))
    parts = np.zeros(((n + BLOCK - 1) // BLOCK, len(lay.sums), w))
    for s, k in lay.sums.items():
        if s in lay.floats:
            parts[:, k] = parts_of(batch.floats, [lay.floats[s]])[:, 0]
    parts = parts if run.across is None else run.across.joined(parts)
    compiled.combine(parts, sums)
    write_means(batch, sums, tallies=False)
    for k, world in enumerate(worlds):  # means of tallies cannot be computed from states
        for name, value in ({} if world.begin is None else world.begin.arrays).items():
            if name in lay.table:
                batch.table[lay.table[name], k] = value
    return batch


def _go_on(batch: Batch) -> None:
    """Take over the step, the ties and the regions of the saved worlds from which these continue."""
    lay, saved = batch.lay, [world.begin for world in batch.worlds]
    assert saved[0] is not None
    batch.step = saved[0].step
    network, batch.layers = ties_after(lay.theory, batch.population, batch.layers, batch.step + 1, saved[0].network)
    batch.network = batch.network if network is None else network
    if batch.network is not None:
        batch.degree = batch.network.degree
    for k, one in enumerate(saved):
        for name in lay.theory.regionals:
            batch.here[lay.regionals[name], :, k] = one.arrays[f"here.{name}"]  # type: ignore[union-attr]


def saved_of(batch: Batch, w: int) -> Saved:
    """One world of a batch in its current state."""
    lay, world, table = batch.lay, batch.worlds[w], batch.lay.table
    arrays = {f"state.{s}": batch.bools[row, :, w].astype(np.float64) for s, row in lay.bools.items()}
    arrays |= {f"state.{s}": batch.floats[row, :, w].copy() for s, row in lay.floats.items()}
    arrays |= {name: batch.table[row, w].copy() for name, row in table.items() if not name.startswith("p.")}
    arrays |= {f"here.{x}": batch.here[lay.regionals[x], :, w].copy() for x in lay.theory.regionals}
    layer = lay.theory.changing_layer()
    ties = None if "tie" not in lay.theory.rules else batch.layers[layer] if layer else batch.network
    return Saved(lay.theory.name, batch.step, world.seed, batch.params[w], arrays, ties)


def observed(batch: Batch) -> NDArray[np.float64]:
    """The observables of every world, shape (worlds, observables)."""
    lay, observables = batch.lay, batch.theory.observables.values()
    out = batch.table[np.array([lay.table[o.of] for o in observables], np.int64)].T.copy()
    if any(o.special for o in observables):
        for w in range(len(batch.worlds)):
            observe_special(batch.theory, functools.partial(column_of, batch, w), out[w])
    return out


def column_of(batch: Batch, w: int, name: str) -> NDArray:
    """A state or trait of all people of a world."""
    lay = batch.lay
    if name in lay.traits:
        return batch.traits[lay.traits[name]]
    return batch.bools[lay.bools[name], :, w] if name in lay.bools else batch.floats[lay.floats[name], :, w]


def note(batch: Batch, run: Run, members: Sequence[int], row: int) -> None:
    """Let the recorder of persons see every world of a batch after a step of the record."""
    for w, world in enumerate(members if run.recorder is not None else ()):
        run.recorder.note(world, row, functools.partial(column_of, batch, w))  # type: ignore[union-attr]


def write_means(batch: Batch, sums: NDArray[np.float64], tallies: bool = True) -> None:
    """Means over people, from the totals of bools and from sums[quantity, world]; with or without those of tallies."""
    lay, n = batch.lay, batch.population.people
    there: Any = people_there(batch)
    for s, row in lay.bools.items():
        of = n if s == lay.theory.presence else there
        batch.table[lay.table[f"people.{s}"]] = batch.totals[row] / of
    for s, k in lay.sums.items():
        if tallies or s in lay.floats:
            batch.table[lay.table[f"people.{s}"]] = sums[k] / there


def people_there(batch: Batch) -> Any:
    """The number of people over whom means are taken: those who are present, or 1 if nobody is."""
    if batch.lay.theory.presence is None:
        return batch.population.people
    return np.maximum(batch.totals[batch.lay.bools[batch.lay.theory.presence]], 1)


def parts_of(values: NDArray[np.float64], rows: Sequence[int]) -> NDArray[np.float64]:
    """Sums within blocks, in order of people: values[row, person, world] to parts[block, quantity, world]."""
    n, w = values.shape[1:]
    parts = np.zeros(((n + BLOCK - 1) // BLOCK, len(rows), w))
    compiled.block_sums(values, np.array(rows, np.int64), parts)
    return parts


class Threads:
    """Runs a compiled function over ranges of people, on one thread or several; results do not depend on how many."""

    def __init__(self, threads: int) -> None:
        self.threads = threads
        self.pool = ThreadPoolExecutor(threads) if threads > 1 else None

    def over(self, n: int, function: Callable[[int, int], None]) -> None:
        self.spread(n, function)

    def spread(self, n: int, function: Callable[[int, int], None]) -> None:
        """The same over 0..n-1, whatever they index, even where this process holds only some of the people."""
        if self.pool is None or n < 2:
            function(0, n)
            return
        edges = np.linspace(0, n, min(self.threads, n) + 1).astype(int)
        list(self.pool.map(function, edges[:-1].tolist(), edges[1:].tolist()))

    # `groundswell.engine.ranks` says what the ranks of one world do in these methods.

    def begin(self, batch: Batch) -> None:
        """Called before a batch is simulated."""

    def any(self, marks: NDArray[Any]) -> bool:
        """Whether anyone is marked."""
        return bool(marks.view(np.bool_).any())

    def added(self, whole: NDArray[np.int64]) -> NDArray[np.int64]:
        """Whole numbers, summed over all people."""
        return whole

    def joined(self, parts: NDArray[np.float64]) -> NDArray[np.float64]:
        """The sums of all blocks."""
        return parts

    def share(self, batch: Batch) -> None:
        """Called after each step."""

    def resumed(self, batch: Batch, values: NDArray[np.float64]) -> int:
        """The number of steps that were already simulated."""
        return 0

    def after(self, batch: Batch, values: NDArray[np.float64], t: int) -> None:
        """Called when the observables of step t are available."""

    def close(self) -> None:
        if self.pool is not None:
            self.pool.shutdown()


__all__ = [
    "Batch", "Threads", "estimate_bytes", "note", "observed", "parts_of", "people_there", "saved_of", "start",
    "write_means",
]  # fmt: skip
