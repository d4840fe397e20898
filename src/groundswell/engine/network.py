"""The network engine: compiled rules over batches of worlds laid out [person, world], with threads over people.

Counts of what each person sees of the neighbours are kept up to date by *push* (those who changed tell their
neighbours) or by a *full sweep* over all ties (when most people changed); both give the same whole numbers. A rule
that draws no luck and reads nothing of society is evaluated only for people whose inputs changed.

The annealed engine is this one with neighbours drawn anew at each step (`annealed=True`).
"""

from __future__ import annotations

import dataclasses
import functools
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from groundswell.draws import derive_seed, stream_id
from groundswell.engine import compiled
from groundswell.engine.compiled import BLOCK
from groundswell.engine.form import Run
from groundswell.engine.guards import every_guard
from groundswell.engine.kernels import Kernels, kernels
from groundswell.engine.layout import Layout, layout, start_here, start_table
from groundswell.engine.saved import Saved
from groundswell.engine.setup import (
    changes_at,
    draw_traits,
    held,
    observe_special,
    seeded,
    start_of,
    trait_parameters,
)
from groundswell.engine.worlds import (
    Cap,
    Histories,
    Pulse,
    Seed,
    World,
    failures,
    require_memory,
)
from groundswell.errors import TheoryError
from groundswell.population.network import Network
from groundswell.population.population import Population
from groundswell.theory import Theory

_pull_weighted: Any = compiled.pull_weighted
_sums_of_others: Any = compiled.sums_of_others
_retied: Any = compiled.retied
_NO_WEIGHTS = np.zeros(0)  # every tie counts one
_NO_WEIGHTS.flags.writeable = False
_WIDE = 8  # from this many worlds on, lanes are worlds; below, lanes are the people of a block
_SWEEP = 0.5  # above this share of people changed, sweeping all ties is cheaper than pushing changes


@dataclass
class _Batch:
    """The arrays of one batch of worlds; everything that the next step needs, and nothing else."""

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


def _start(
    theory: type[Theory],
    population: Population,
    worlds: Sequence[World],
    params: Sequence[Mapping[str, float]],
    run: Run,
) -> _Batch:
    lay = layout(theory)
    n, w = population.people, len(worlds)
    require_memory(estimate_bytes(theory, population, w), f"a batch of {w} worlds of {n:,} people")
    traits = draw_traits(theory, population, params[0], run.population_seed)
    network = _own_ties(theory, population)
    sees = bool(lay.seen_bools or lay.seen_floats)
    quenched = network is not None and sees
    together = theory.order == "together"
    counted = (len(lay.seen_bools), n, w) if quenched else (len(lay.seen_bools), 0, w)
    degree = network.degree.astype(np.int32) if network is not None else np.full(n, max(n - 1, 0), np.int32)
    owners = None
    if run.annealed and network is not None:
        owners = network.indices if network.directed else np.repeat(np.arange(n, dtype=np.int32), degree)
        if sees and owners.size == 0:
            raise TheoryError("the annealed engine was given a population without ties", expected="at least one tie")
    batch = _Batch(
        theory=theory,
        lay=lay,
        population=population,
        worlds=worlds,
        params=params,
        traits=np.array([traits[t] for t in lay.traits]).reshape(len(lay.traits), n),
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
    )
    if any(world.begin is not None for world in worlds):
        _go_on(batch)
    batch.fixed = _see_fixed(batch)
    for s, row in lay.bools.items():
        for k, world in enumerate(worlds):
            batch.bools[row, :, k] = start_of(theory, s, population, params[k], world)
        batch.totals[row] = batch.bools[row].sum(axis=0, dtype=np.int64)
    for s, row in lay.floats.items():
        for k, world in enumerate(worlds):
            batch.floats[row, :, k] = start_of(theory, s, population, params[k], world)
    sums = np.zeros((len(lay.sums), w))
    parts = np.zeros(((n + BLOCK - 1) // BLOCK, len(lay.sums), w))
    for s, k in lay.sums.items():
        if s in lay.floats:
            parts[:, k] = _parts(batch.floats, [lay.floats[s]])[:, 0]
    compiled.combine(parts, sums)
    _write_means(batch, sums, tallies=False)
    for k, world in enumerate(worlds):  # means of tallies cannot be had from states
        for name, value in ({} if world.begin is None else world.begin.arrays).items():
            if name in lay.table:
                batch.table[lay.table[name], k] = value
    return batch


def _go_on(batch: _Batch) -> None:
    """Take the step, the ties and the regions of the saved worlds that these go on from."""
    lay, saved = batch.lay, [world.begin for world in batch.worlds]
    assert saved[0] is not None
    batch.step = saved[0].step
    if saved[0].network is not None:
        batch.network = saved[0].network
    elif batch.population.dated is not None:
        batch.network = batch.population.dated.at(batch.step + 1)
    if batch.network is not None:
        batch.degree = batch.network.degree
    for k, one in enumerate(saved):
        for name in lay.theory.regionals:
            batch.here[lay.regionals[name], :, k] = one.arrays[f"here.{name}"]  # type: ignore[union-attr]


def _saved(batch: _Batch, w: int) -> Saved:
    """A world of a batch as it is now."""
    lay, world, table = batch.lay, batch.worlds[w], batch.lay.table
    arrays = {f"state.{s}": batch.bools[row, :, w].astype(np.float64) for s, row in lay.bools.items()}
    arrays |= {f"state.{s}": batch.floats[row, :, w].copy() for s, row in lay.floats.items()}
    arrays |= {name: batch.table[row, w].copy() for name, row in table.items() if not name.startswith("p.")}
    arrays |= {f"here.{x}": batch.here[lay.regionals[x], :, w].copy() for x in lay.theory.regionals}
    ties = batch.network if "tie" in lay.theory.rules else None
    return Saved(lay.theory.name, batch.step, world.seed, batch.params[w], arrays, ties)


def _observed(batch: _Batch) -> NDArray[np.float64]:
    """The observables of every world, shape (worlds, observables)."""
    lay, observables = batch.lay, batch.theory.observables.values()
    out = batch.table[np.array([lay.table[o.of] for o in observables], np.int64)].T.copy()
    if any(o.special for o in observables):
        for w in range(len(batch.worlds)):
            observe_special(batch.theory, functools.partial(_column, batch, w), out[w])
    return out


def _column(batch: _Batch, w: int, name: str) -> NDArray:
    """A state or trait of all people of a world."""
    lay = batch.lay
    if name in lay.traits:
        return batch.traits[lay.traits[name]]
    return batch.bools[lay.bools[name], :, w] if name in lay.bools else batch.floats[lay.floats[name], :, w]


def _note(batch: _Batch, run: Run, members: Sequence[int], row: int) -> None:
    """Let the recorder of persons see every world of a batch after a step of the record."""
    for w, world in enumerate(members if run.recorder is not None else ()):
        run.recorder.note(world, row, functools.partial(_column, batch, w))  # type: ignore[union-attr]


def _own_ties(theory: type[Theory], population: Population) -> Network | None:
    """The ties at the start; where a rule sets their weights, they have some."""
    network = population.network
    if network is None or network.weights is not None or "tie" not in theory.rules:
        return network
    if "weight" not in theory.rules["tie"].writes.get("tie", ()):
        return network
    return dataclasses.replace(network, weights=np.ones(network.indices.size))


def _write_means(batch: _Batch, sums: NDArray[np.float64], tallies: bool = True) -> None:
    lay, n = batch.lay, batch.population.people
    there: Any = _there(batch)
    for s, row in lay.bools.items():
        of = n if s == lay.theory.presence else there
        batch.table[lay.table[f"people.{s}"]] = batch.totals[row] / of
    for s, k in lay.sums.items():
        if tallies or s in lay.floats:
            batch.table[lay.table[f"people.{s}"]] = sums[k] / there


def _there(batch: _Batch) -> Any:
    """Of how many people means are taken: those who are there, and one where nobody is."""
    if batch.lay.theory.presence is None:
        return batch.population.people
    return np.maximum(batch.totals[batch.lay.bools[batch.lay.theory.presence]], 1)


class _Threads:
    """Runs a compiled function over ranges of people, on one thread or several; results do not depend on how many."""

    def __init__(self, threads: int) -> None:
        self.threads = threads
        self.pool = ThreadPoolExecutor(threads) if threads > 1 else None

    def over(self, n: int, function: Callable[[int, int], None]) -> None:
        if self.pool is None or n < 2:
            function(0, n)
            return
        edges = np.linspace(0, n, min(self.threads, n) + 1).astype(int)
        list(self.pool.map(function, edges[:-1].tolist(), edges[1:].tolist()))

    def close(self) -> None:
        if self.pool is not None:
            self.pool.shutdown()


def _apply(batch: _Batch, t: int) -> bool:
    """Apply what interventions do before the rules of step t; return whether a person's inputs may have changed."""
    changed = False
    for w, world in enumerate(batch.worlds):
        for param, value in held(world.interventions, t, batch.params[w]).items():
            row = batch.lay.table[f"p.{param}"]
            if batch.table[row, w] != value:
                batch.table[row, w], changed = value, True
        for x in world.interventions:
            match x:
                case Pulse(shock, amount, at) if t == at:
                    batch.table[batch.lay.table[f"society.{shock}"], w] += amount
                    changed = True
                case Seed(_, _, at) if t == at:
                    _seed_state(batch, w, x)
                    changed = True
    return changed


def _seed_state(batch: _Batch, w: int, intervention: Seed) -> None:
    lay, n = batch.lay, batch.population.people
    row = lay.bools[intervention.state]
    column = batch.bools[row, :, w]
    chosen = seeded(intervention, n, batch.worlds[w].seed)
    if lay.theory.presence not in (None, intervention.state):
        chosen &= batch.bools[lay.bools[str(lay.theory.presence)], :, w] != 0
    batch.bools[row, :, w] = np.maximum(column, chosen)
    batch.totals[row, w] = int(batch.bools[row, :, w].sum(dtype=np.int64))
    if lay.theory.presence is not None:  # means are over those who are there now
        sums = np.zeros((len(lay.sums), len(batch.worlds)))
        rows = [lay.floats[s] for s in lay.sums if s in lay.floats]
        compiled.combine(_parts(batch.floats, rows), sums[: len(rows)])
        _write_means(batch, sums, tallies=False)
    batch.table[lay.table[f"people.{intervention.state}"], w] = batch.totals[row, w] / (
        n if intervention.state == lay.theory.presence else np.broadcast_to(_there(batch), len(batch.worlds))[w]
    )
    batch.fresh = True


def _cap(batch: _Batch, t: int) -> None:
    for w, world in enumerate(batch.worlds):
        for x in world.interventions:
            if isinstance(x, Cap) and t >= x.start and (x.end is None or t < x.end):
                row = batch.lay.table[f"society.{x.society}"]
                batch.table[row, w] = min(batch.table[row, w], x.most)


def _arrays(network: Network | None) -> tuple[Any, ...]:
    """The arrays of some ties as kernels take them."""
    if network is None:
        return np.zeros(1, np.int64), np.zeros(0, np.int32), _NO_WEIGHTS
    return network.indptr, network.indices, _NO_WEIGHTS if network.weights is None else network.weights


def _layers(batch: _Batch) -> list[Any]:
    """The arrays of the ties of each layer that the theory looks at."""
    of = [batch.population.layers[x] if x else batch.network for x in batch.lay.layers]
    return [array for network in of for array in _arrays(network)]


def _see(batch: _Batch, rules: Kernels, threads: _Threads, run: Run) -> None:
    """Bring what each person sees of the neighbours up to date."""
    network, lay = batch.network, batch.lay
    if lay.seen_sums:
        _see_weighted(batch, threads)
    if (sees := rules.sees) is not None:
        threads.over(
            batch.population.people,
            lambda a, b: sees(
                a, b, batch.population.people, batch.bools, batch.floats, batch.traits, batch.population.region,
                batch.degree, batch.table, network is None, *_layers(batch), batch.sights,
            ),
        )  # fmt: skip
    if not (lay.seen_bools or lay.seen_floats):
        return
    bool_rows = np.array([lay.bools[s] for s in lay.seen_bools], np.int64)
    float_rows = np.array([lay.floats[s] for s in lay.seen_floats], np.int64)
    n = batch.population.people
    if network is None:  # counts of the others are made from totals, in the kernel
        if lay.seen_floats:
            compiled.means_of_others(batch.floats, float_rows, batch.means)
        return
    if run.annealed:
        stream, seed = np.uint64(stream_id("annealed:meet")), np.uint64(derive_seed(run.population_seed, "annealed"))
        step = np.uint64(batch.step)
        threads.over(
            n,
            lambda a, b: compiled.meet(
                a, b, step, seed, stream, batch.owners, batch.degree, batch.bools, bool_rows, batch.counts,
                batch.floats, float_rows, batch.means,
            ),
        )  # fmt: skip
        return
    if lay.seen_floats:
        threads.over(
            n,
            lambda a, b: compiled.pull_means(
                a, b, network.indptr, network.indices, batch.floats, float_rows, batch.means
            ),
        )
    if not lay.seen_bools:
        return
    flipped = np.flatnonzero(batch.flags)
    if batch.fresh or flipped.size > _SWEEP * n:
        threads.over(
            n, lambda a, b: compiled.pull(a, b, network.indptr, network.indices, batch.bools, bool_rows, batch.counts)
        )
        batch.dirty[:] = 1
        batch.fresh = False
    elif flipped.size:
        batch.dirty[flipped] = 1
        start, seers = network.seen_by
        threads.over(
            n, lambda a, b: compiled.push(a, b, flipped, start, seers, batch.deltas, batch.counts, batch.dirty)
        )


def _see_weighted(batch: _Batch, threads: _Threads) -> None:
    """Bring what each person sees along weights up to date: a sweep over all ties."""
    lay, network = batch.lay, batch.network
    for states, rows in ((batch.bools, lay.bools), (batch.floats, lay.floats)):
        names = [x for x in lay.seen_sums if x.partition(".")[2] in rows]
        if not names:
            continue
        what = _wanted(names, rows, lay.seen_sums, 0.0 if rows is lay.bools else 1.0)
        if network is None:
            _sums_of_others(states, *what, batch.sights)
            continue
        threads.over(
            batch.population.people, functools.partial(_pull, (*_arrays(network), states, *what, batch.sights))
        )


def _pull(given: tuple[Any, ...], first: int, last: int) -> None:
    _pull_weighted(first, last, *given)


def _wanted(names: Sequence[str], rows: Mapping[str, int], places: Mapping[str, int], empty: float) -> tuple[Any, ...]:
    """For `pull_weighted`: which rows, whether averaged, what stands for an empty average, and where to."""
    return (
        np.array([rows[x.partition(".")[2]] for x in names], np.int64),
        np.array([not x.startswith("sum.") for x in names]),
        np.full(len(names), empty),
        np.array([places[x] for x in names], np.int64),
    )


def _see_fixed(batch: _Batch) -> NDArray[np.float64]:
    """What each person sees that changes with the ties only: weights, and neighbours' traits. Shape (rows, people)."""
    lay, n, network = batch.lay, batch.population.people, batch.network
    out = np.zeros((len(lay.seen_fixed), n, 1))
    if not out.size:
        return out[:, :, 0]
    states = batch.traits[:, :, None]
    if network is None:
        of_traits = [x for x in lay.seen_fixed if x != "weight"]
        _sums_of_others(states, *_wanted(of_traits, lay.traits, lay.seen_fixed, 1.0), out)
        if "weight" in lay.seen_fixed:
            out[lay.seen_fixed["weight"]] = n - 1
        return out[:, :, 0].copy()
    weights = _arrays(network)[2]
    for means in (True, False):
        names = [x for x in lay.seen_fixed if x != "weight" and x.startswith("mean.") is means]
        what = _wanted(names, lay.traits, lay.seen_fixed, 1.0)
        given: tuple[Any, ...] = (network.indptr, network.indices, _NO_WEIGHTS if means else weights)
        _pull_weighted(0, n, *given, states, *what, out)
    if "weight" in lay.seen_fixed:
        compiled.weights_of(network.indptr, weights, out[lay.seen_fixed["weight"], :, 0])
    return out[:, :, 0].copy()


def _macro(batch: _Batch, rules: Kernels) -> None:
    """The rules of society and of regions, for the step that begins."""
    lay = batch.lay
    step_row = lay.table["society.step"]
    batch.table[step_row] = batch.step
    if rules.society is not None:
        rules.society(batch.step, batch.key0, batch.key1, batch.table, batch.here, batch.population.regions, batch.bad)
    _cap(batch, batch.step)
    if rules.region is None:
        return
    region, regions = batch.population.region, batch.population.regions
    if lay.regional_people:
        sizes: Any = np.maximum(np.bincount(region, minlength=regions), 1)[:, None]
        places = sizes
        if lay.theory.presence is not None:
            there = np.zeros((1, regions, len(batch.worlds)))
            compiled.region_sums(region, batch.bools, np.array([lay.bools[lay.theory.presence]], np.int64), there)
            sizes = np.maximum(there[0], 1)
        for states, rows in ((batch.bools, lay.bools), (batch.floats, lay.floats)):
            names = [s for s in lay.regional_people if s in rows]
            sums = np.zeros((len(names), regions, len(batch.worlds)))
            compiled.region_sums(region, states, np.array([rows[s] for s in names], np.int64), sums)
            for k, s in enumerate(names):
                batch.here[lay.regionals[f"people.{s}"]] = sums[k] / (places if s == lay.theory.presence else sizes)
    rules.region(batch.step, batch.key0, batch.key1, batch.table, batch.here, regions, batch.bad)


def _advance(batch: _Batch, rules: Kernels, threads: _Threads, times: set[int], run: Run) -> None:
    """One step of every world of a batch."""
    batch.step += 1
    t, lay, n = batch.step, batch.lay, batch.population.people
    for name in lay.theory.shocks:
        batch.table[lay.table[f"society.{name}"]] = 0.0
    reset = _apply(batch, t) if t in times else False
    _see(batch, rules, threads, run)
    _macro(batch, rules)
    mixed = batch.network is None
    told = not mixed and bool(lay.seen_bools)  # `_see` has marked those who changed, and their neighbours
    if not lay.luckless or reset or run.annealed or (not told and batch.flags.any()):
        batch.dirty[:] = 1
    elif t > 1 and not batch.dirty.any():
        batch.flags[:] = 0
        return  # nobody's inputs changed: a frozen population costs nothing
    batch.flags[:] = 0
    blocks = (n + BLOCK - 1) // BLOCK
    w = len(batch.worlds)
    parts = np.zeros((blocks, len(lay.sums), w))
    changes = np.zeros((blocks, len(lay.bools), w), np.int64)
    kernel = rules.people_by_world if w >= _WIDE else rules.people_by_block
    assert kernel is not None
    threads.over(
        blocks,
        lambda a, b: kernel(
            a, b, n, w, t, batch.key0, batch.key1, batch.bools, batch.floats, batch.traits, batch.population.region,
            batch.degree, batch.counts, batch.means, batch.table, batch.here, batch.deltas, batch.flags, parts, changes,
            batch.dirty, mixed, batch.totals, *((batch.sights, batch.fixed) if lay.along else ()), batch.bad,
        ),
    )  # fmt: skip
    gained = np.zeros((len(lay.bools), w), np.int64)
    compiled.combine(changes, gained)
    batch.totals += gained
    _sum_up(batch, parts)


def _sum_up(batch: _Batch, parts: NDArray[np.float64]) -> None:
    """Means over people from the sums of their blocks, parts[block, quantity, world]."""
    sums = np.zeros((len(batch.lay.sums), len(batch.worlds)))
    compiled.combine(parts, sums)
    _write_means(batch, sums)


def _take_turns(batch: _Batch, rules: Kernels, threads: _Threads, times: set[int]) -> None:
    """One step in which people act one after another. Threads are over worlds, for within one there is an order."""
    batch.step += 1
    t, lay, n, w = batch.step, batch.lay, batch.population.people, len(batch.worlds)
    for name in lay.theory.shocks:
        batch.table[lay.table[f"society.{name}"]] = 0.0
    if t in times:
        _apply(batch, t)
    _macro(batch, rules)
    network, kernel = batch.network, rules.people_in_turn
    assert kernel is not None
    indptr, indices, weights = _arrays(network)
    more = (network is not None and network.directed,) if "meet" in lay.theory.rules else _layers(batch)
    running = np.zeros((len(lay.seen_floats), w))
    compiled.combine(_parts(batch.floats, [lay.floats[s] for s in lay.seen_floats]), running)
    queue = np.empty((w, n), np.int32)
    handed = np.zeros((len(lay.theory.tallies), n, w))
    threads.over(
        w,
        lambda a, b: kernel(
            a, b, n, t, batch.key0, batch.key1, batch.bools, batch.floats, batch.traits, batch.population.region,
            batch.degree, indptr, indices, batch.table, batch.here, network is None, batch.totals, running, queue,
            handed, *((weights, batch.fixed) if lay.along else ()), batch.bad, *more,
        ),
    )  # fmt: skip
    tallies = list(lay.theory.tallies)
    summed = [
        _parts(batch.floats, [lay.floats[s]]) if s in lay.floats else _parts(handed, [tallies.index(s)])
        for s in lay.sums
    ]
    blocks = (n + BLOCK - 1) // BLOCK
    _sum_up(batch, np.concatenate([np.zeros((blocks, 0, w)), *summed], axis=1))


def _change_ties(batch: _Batch, rules: Kernels, threads: _Threads) -> None:
    """Form and break ties at the end of a step, by the rule of the theory or by a file of dated ties."""
    dated, network = batch.population.dated, batch.network
    if dated is not None:
        batch.network = dated.at(batch.step + 1)
    elif (kernel := rules.ties) is not None and network is not None and not batch.bad.any():
        n, (indptr, indices, weights) = batch.population.people, _arrays(network)
        keep, heavy = np.zeros(indices.size, np.uint8), np.zeros(weights.size)
        chosen, chosen_heavy = np.empty(n, np.int64), np.zeros(n)
        threads.over(
            n,
            lambda a, b: kernel(
                a, b, n, batch.step, batch.key0, batch.key1, batch.bools, batch.floats, batch.traits,
                batch.population.region, batch.degree, indptr, indices, weights, batch.table, network.directed, keep,
                heavy, chosen, chosen_heavy, batch.bad,
            ),
        )  # fmt: skip
        made = _retied(indptr, indices, weights, network.directed, keep, heavy, chosen, chosen_heavy)
        batch.network = Network.sound(made[0], made[1], True, network.directed, made[2] if weights.size else None)
    if batch.network is network or batch.network is None:
        return
    batch.degree, batch.fresh = batch.network.degree, True
    batch.dirty[:] = 1
    batch.fixed = _see_fixed(batch)


def _parts(values: NDArray[np.float64], rows: Sequence[int]) -> NDArray[np.float64]:
    """Sums within blocks, in order of people: values[row, person, world] to parts[block, quantity, world]."""
    n, w = values.shape[1:]
    parts = np.zeros(((n + BLOCK - 1) // BLOCK, len(rows), w))
    compiled.block_sums(values, np.array(rows, np.int64), parts)
    return parts


def _simulate_batch(
    batch: _Batch,
    steps: int,
    threads: _Threads,
    run: Run,
    members: Sequence[int],
) -> tuple[NDArray[np.float64], dict[str, NDArray[np.float64]], list[tuple[int, int, str]]]:
    lay, w, n = batch.lay, len(batch.worlds), batch.population.people
    rules = kernels(batch.theory)
    values = np.empty((steps + 1, w, len(batch.theory.observables)))
    values[0] = _observed(batch)
    sums = {name: np.zeros((n, w)) for name in run.totals}
    times = set().union(*(changes_at(x.interventions) for x in batch.worlds), {batch.step + 1} if batch.step else set())
    ended = np.zeros(w, bool)
    _note(batch, run, members, 0)
    failed: list[tuple[int, int, str]] = []
    for t in range(1, steps + 1):
        if batch.theory.order != "together":
            _take_turns(batch, rules, threads, times)
        else:
            _advance(batch, rules, threads, times, run)
        _change_ties(batch, rules, threads)
        values[t] = _observed(batch)
        if batch.bad.any():
            _fail(batch, failed, t)
        _note(batch, run, members, t)
        for name, sum_ in sums.items():
            sum_ += batch.bools[lay.bools[name]] if name in lay.bools else batch.floats[lay.floats[name]]
        if run.progress is not None:
            run.progress(w)
        if run.until is not None:
            ended |= run.until.holds(values, t) | np.isnan(values[t]).any(axis=1)
            if ended.all():
                values[t:] = values[t]
                break
    for w, step, _ in failed:
        values[step:, w] = np.nan
        for sum_ in sums.values():
            sum_[:, w] = np.nan
    return values, sums, failed


def _fail(batch: _Batch, failed: list[tuple[int, int, str]], step: int) -> None:
    """Note the worlds of which a guard has just failed for the first time: (world, step, reason)."""
    known = {w for w, _, _ in failed}
    guards = every_guard(batch.theory)
    for w in np.flatnonzero(batch.bad.any(axis=0)).tolist():
        if w not in known:
            failed.append((w, step, guards[int(batch.bad[:, w].argmax())].reason))
    batch.bad[:] = 0


def steps_of(
    theory: type[Theory], population: Population, world: World, params: Mapping[str, float], steps: int, run: Run
) -> Iterator[tuple[NDArray[np.float64], dict[str, NDArray]]]:
    """One world, step by step from its start: its observables, and views of each state and trait over people."""
    batch, rules, pool = _start(theory, population, [world], [params], run), kernels(theory), _Threads(1)
    lay, times = batch.lay, changes_at(world.interventions)
    people: dict[str, NDArray] = {name: batch.bools[row, :, 0] for name, row in lay.bools.items()}
    people |= {name: batch.floats[row, :, 0] for name, row in lay.floats.items()}
    people |= {name: batch.traits[row] for name, row in lay.traits.items()}
    for t in range(steps + 1):
        if t and theory.order != "together":
            _take_turns(batch, rules, pool, times)
        elif t:
            _advance(batch, rules, pool, times, run)
        if t:
            _change_ties(batch, rules, pool)
        yield _observed(batch)[0], people


def _batches(theory: type[Theory], params: Sequence[Mapping[str, float]], batch: int) -> list[list[int]]:
    """Pack worlds: those whose traits are drawn from the same parameters, `batch` to a batch, in order."""
    groups: dict[tuple[float, ...], list[int]] = {}
    for k, values in enumerate(params):
        groups.setdefault(trait_parameters(theory, values), []).append(k)
    return [g[i : i + batch] for g in groups.values() for i in range(0, len(g), batch)]


def run_batches(
    theory: type[Theory],
    population: Population,
    worlds: Sequence[World],
    params: Sequence[Mapping[str, float]],
    steps: int,
    run: Run,
) -> Histories:
    """Simulate checked worlds of a theory of rules, batch by batch."""
    pool = _Threads(run.threads or os.cpu_count() or 1)
    observables = tuple(theory.observables)
    values = np.empty((steps + 1, len(worlds), len(observables)))
    sums = {name: np.empty((population.people, len(worlds))) for name in run.totals}
    failed: list[tuple[int, int, str]] = []
    saved: dict[int, Saved] = {}
    try:
        for members in _batches(theory, params, 1 if "tie" in theory.rules else run.batch):  # ties of its own each
            state = _start(theory, population, [worlds[k] for k in members], [params[k] for k in members], run)
            got, per_person, lost = _simulate_batch(state, steps, pool, run, members)
            if run.keep:
                saved |= {k: _saved(state, w) for w, k in enumerate(members)}
            failed += [(members[w], step, reason) for w, step, reason in lost]
            values[:, members] = got
            for name, sum_ in per_person.items():
                sums[name][:, members] = sum_
    finally:
        pool.close()
    kept = tuple(saved[k] for k in sorted(saved))
    return Histories(observables, values, sums, failures(values, failed), saved=kept)


__all__ = ["estimate_bytes", "run_batches", "steps_of"]
