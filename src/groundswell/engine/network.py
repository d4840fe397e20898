"""The network engine: compiled rules over batches of worlds laid out [person, world], with threads over people.

Counts of what each person sees of the neighbours are kept up to date by *push* (those who changed update their
neighbours' counts) or by a *full sweep* over all ties (when most people changed); both give the same whole numbers. A
rule that draws no luck and reads nothing of society is evaluated only for people whose inputs changed.

The annealed engine is this one with neighbours redrawn at each step (`annealed=True`).
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from groundswell.engine import compiled
from groundswell.engine.batch import (
    Batch,
    Threads,
    estimate_bytes,
    note,
    observed,
    parts_of,
    people_there,
    saved_of,
    start,
    write_means,
)
from groundswell.engine.compiled import BLOCK
from groundswell.engine.form import Frame, Job, Run
from groundswell.engine.guards import every_guard
from groundswell.engine.kernels import Kernels, kernels
from groundswell.engine.saved import Saved
from groundswell.engine.setup import (
    changes_at,
    held,
    seeded,
    ties_after,
    trait_parameters,
)
from groundswell.engine.sight import arrays_of, layers_of, see, see_fixed
from groundswell.engine.worlds import (
    Cap,
    Histories,
    Pulse,
    Seed,
    failures,
)
from groundswell.population.network import Network
from groundswell.theory import Theory

_retied: Any = compiled.retied
_WIDE = 8  # from this many worlds on, lanes are worlds; below, lanes are the people of a block


def by_world(worlds: int) -> bool:
    """Whether the lanes of the kernel of people are worlds, with so many side by side; else people of a block."""
    return worlds >= _WIDE


def _apply(batch: Batch, t: int) -> bool:
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


def _seed_state(batch: Batch, w: int, intervention: Seed) -> None:
    lay, n = batch.lay, batch.population.people
    row = lay.bools[intervention.state]
    column = batch.bools[row, :, w]
    chosen = seeded(intervention, n, batch.worlds[w].seed)
    if lay.theory.presence not in (None, intervention.state):
        chosen &= batch.bools[lay.bools[str(lay.theory.presence)], :, w] != 0
    batch.bools[row, :, w] = np.maximum(column, chosen)
    batch.totals[row, w] = int(batch.bools[row, :, w].sum(dtype=np.int64))
    if lay.theory.presence is not None:  # means are over those who are now present
        sums = np.zeros((len(lay.sums), len(batch.worlds)))
        rows = [lay.floats[s] for s in lay.sums if s in lay.floats]
        compiled.combine(parts_of(batch.floats, rows), sums[: len(rows)])
        write_means(batch, sums, tallies=False)
    batch.table[lay.table[f"people.{intervention.state}"], w] = batch.totals[row, w] / (
        n if intervention.state == lay.theory.presence else np.broadcast_to(people_there(batch), len(batch.worlds))[w]
    )
    batch.fresh = True


def _cap(batch: Batch, t: int) -> None:
    for w, world in enumerate(batch.worlds):
        for x in world.interventions:
            if isinstance(x, Cap) and t >= x.start and (x.end is None or t < x.end):
                row = batch.lay.table[f"society.{x.society}"]
                batch.table[row, w] = min(batch.table[row, w], x.most)


def _macro(batch: Batch, rules: Kernels) -> None:
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


def _advance(batch: Batch, rules: Kernels, threads: Threads, times: set[int], run: Run) -> None:
    """One step of every world of a batch."""
    batch.step += 1
    t, lay, n = batch.step, batch.lay, batch.population.people
    for name in lay.theory.shocks:
        batch.table[lay.table[f"society.{name}"]] = 0.0
    reset = _apply(batch, t) if t in times else False
    see(batch, rules, threads, run)
    _macro(batch, rules)
    mixed = batch.network is None
    words = not mixed and bool(lay.seen_bools)  # `see` has marked those who changed, and their neighbours
    if not lay.luckless or reset or run.annealed or (not words and threads.any(batch.flags)):
        batch.dirty[:] = 1
    elif t > 1 and not threads.any(batch.dirty):
        batch.flags[:] = 0
        return  # nobody's inputs changed: a frozen population costs nothing
    batch.flags[:] = 0
    blocks = (n + BLOCK - 1) // BLOCK
    w = len(batch.worlds)
    parts = np.zeros((blocks, len(lay.sums), w))
    changes = np.zeros((blocks, len(lay.bools), w), np.int64)
    kernel = rules.people_by_world if by_world(w) else rules.people_by_block
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
    batch.totals += threads.added(gained)
    _sum_up(batch, threads.joined(parts))
    threads.share(batch)


def _sum_up(batch: Batch, parts: NDArray[np.float64]) -> None:
    """Means over people from the sums of their blocks, parts[block, quantity, world]."""
    sums = np.zeros((len(batch.lay.sums), len(batch.worlds)))
    compiled.combine(parts, sums)
    write_means(batch, sums)


def _take_turns(batch: Batch, rules: Kernels, threads: Threads, times: set[int]) -> None:
    """One step in which people act one after another. Threads are over worlds, as people within one act in order."""
    batch.step += 1
    t, lay, n, w = batch.step, batch.lay, batch.population.people, len(batch.worlds)
    for name in lay.theory.shocks:
        batch.table[lay.table[f"society.{name}"]] = 0.0
    if t in times:
        _apply(batch, t)
    _macro(batch, rules)
    network, kernel = batch.network, rules.people_in_turn
    assert kernel is not None
    indptr, indices, weights = arrays_of(network)
    more = (network is not None and network.directed,) if "meet" in lay.theory.rules else layers_of(batch)
    running = np.zeros((len(lay.seen_floats), w))
    compiled.combine(parts_of(batch.floats, [lay.floats[s] for s in lay.seen_floats]), running)
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
        parts_of(batch.floats, [lay.floats[s]]) if s in lay.floats else parts_of(handed, [tallies.index(s)])
        for s in lay.sums
    ]
    blocks = (n + BLOCK - 1) // BLOCK
    _sum_up(batch, np.concatenate([np.zeros((blocks, 0, w)), *summed], axis=1))


def _change_ties(batch: Batch, rules: Kernels, threads: Threads) -> None:
    """Form and break ties at the end of a step, by the rule of the theory or by files of dated ties."""
    theory, population, before = batch.theory, batch.population, batch.network
    layer = theory.changing_layer()
    network = own = batch.layers[layer] if layer else before
    if (kernel := rules.ties) is not None and network is not None and not batch.bad.any():
        n, (indptr, indices, weights) = batch.population.people, arrays_of(network)
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
        own = Network.sound(made[0], made[1], True, network.directed, made[2] if weights.size else None)
    after, batch.layers = ties_after(theory, population, batch.layers, batch.step + 1, own)
    if after is before or after is None:
        return
    batch.network = after
    batch.degree, batch.fresh = batch.network.degree, True
    batch.dirty[:] = 1
    batch.fixed = see_fixed(batch)


def _simulate_batch(
    batch: Batch,
    steps: int,
    threads: Threads,
    run: Run,
    members: Sequence[int],
) -> tuple[NDArray[np.float64], dict[str, NDArray[np.float64]], list[tuple[int, int, str]]]:
    lay, w, n = batch.lay, len(batch.worlds), batch.population.people
    rules = kernels(batch.theory)
    values = np.empty((steps + 1, w, len(batch.theory.observables)))
    values[0] = observed(batch)
    sums = {name: np.zeros((n, w)) for name in run.totals}
    times = set().union(*(changes_at(x.interventions) for x in batch.worlds), {batch.step + 1} if batch.step else set())
    ended = np.zeros(w, bool)
    note(batch, run, members, 0)
    failed: list[tuple[int, int, str]] = []
    for t in range(threads.resumed(batch, values) + 1, steps + 1):
        if batch.theory.order != "together":
            _take_turns(batch, rules, threads, times)
        else:
            _advance(batch, rules, threads, times, run)
        _change_ties(batch, rules, threads)
        values[t] = observed(batch)
        if batch.bad.any():
            _fail(batch, failed, t)
        note(batch, run, members, t)
        threads.after(batch, values, t)
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


def _fail(batch: Batch, failed: list[tuple[int, int, str]], step: int) -> None:
    """Record the worlds in which a guard has just failed for the first time: (world, step, reason)."""
    known = {w for w, _, _ in failed}
    guards = every_guard(batch.theory)
    for w in np.flatnonzero(batch.bad.any(axis=0)).tolist():
        if w not in known:
            failed.append((w, step, guards[int(batch.bad[:, w].argmax())].reason))
    batch.bad[:] = 0


def _begin(job: Job) -> Batch:
    """The worlds of a job before their first step."""
    batch = start(job)
    batch.fixed = see_fixed(batch)
    return batch


def steps_of(job: Job) -> Iterator[Frame]:
    """The only world of a job, step by step: its observables, and views of each state and trait over people."""
    theory, run, [world] = job.theory, job.run, job.worlds
    batch, rules, pool = _begin(job), kernels(theory), Threads(1)
    lay, times = batch.lay, changes_at(world.interventions)
    people: dict[str, NDArray] = {name: batch.bools[row, :, 0] for name, row in lay.bools.items()}
    people |= {name: batch.floats[row, :, 0] for name, row in lay.floats.items()}
    people |= {name: batch.traits[row] for name, row in lay.traits.items()}
    for t in range(job.steps + 1):
        if t and theory.order != "together":
            _take_turns(batch, rules, pool, times)
        elif t:
            _advance(batch, rules, pool, times, run)
        if t:
            _change_ties(batch, rules, pool)
        yield observed(batch)[0], people


def batches(theory: type[Theory], params: Sequence[Mapping[str, float]], batch: int) -> list[list[int]]:
    """Pack worlds: those whose traits are drawn from the same parameters, up to `batch` in each batch, in order.

    Where a rule changes ties, each world has its own ties and is a batch by itself.
    """
    batch = 1 if "tie" in theory.rules else batch
    groups: dict[tuple[float, ...], list[int]] = {}
    for k, values in enumerate(params):
        groups.setdefault(trait_parameters(theory, values), []).append(k)
    return [g[i : i + batch] for g in groups.values() for i in range(0, len(g), batch)]


def run_batches(job: Job) -> Histories:
    """Simulate the worlds of a theory of rules, batch by batch."""
    theory, population, worlds, params, run = job.theory, job.population, job.worlds, job.params, job.run
    pool = run.across or Threads(run.threads or os.cpu_count() or 1)
    observables = tuple(theory.observables)
    values = np.empty((job.steps + 1, len(worlds), len(observables)))
    sums = {name: np.empty((population.people, len(worlds))) for name in run.totals}
    failed: list[tuple[int, int, str]] = []
    saved: dict[int, Saved] = {}
    try:
        for members in batches(theory, params, run.batch):
            part = dataclasses.replace(job, worlds=[worlds[k] for k in members], params=[params[k] for k in members])
            state = _begin(part)
            pool.begin(state)
            got, per_person, lost = _simulate_batch(state, job.steps, pool, run, members)
            if run.keep:
                saved |= {k: saved_of(state, w) for w, k in enumerate(members)}
            failed += [(members[w], step, reason) for w, step, reason in lost]
            values[:, members] = got
            for name, sum_ in per_person.items():
                sums[name][:, members] = sum_
    finally:
        pool.close()
    kept = tuple(saved[k] for k in sorted(saved))
    return Histories(observables, values, sums, failures(values, theory, failed), saved=kept)


__all__ = ["batches", "by_world", "estimate_bytes", "run_batches", "steps_of"]
