"""What people see of each other: counts and means kept up to date, by pushing changes or by a sweep over all ties."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from groundswell.draws import derive_seed, stream_id
from groundswell.engine import compiled, counting
from groundswell.engine.batch import Batch, Threads
from groundswell.engine.form import Run
from groundswell.engine.kernels import Kernels
from groundswell.population.network import Network

_pull_weighted: Any = compiled.pull_weighted
_sums_of_others: Any = compiled.sums_of_others
_NO_WEIGHTS = np.zeros(0)  # every tie counts 1
_NO_WEIGHTS.flags.writeable = False
SWEEP = 0.05  # above this share of people changed, sweeping all ties is cheaper than pushing changes


def arrays_of(network: Network | None) -> tuple[Any, ...]:
    """The arrays of some ties in the form that kernels take."""
    if network is None:
        return np.zeros(1, np.int64), np.zeros(0, np.int32), _NO_WEIGHTS
    return network.indptr, network.indices, _NO_WEIGHTS if network.weights is None else network.weights


def layers_of(batch: Batch) -> list[Any]:
    """The arrays of the ties of each layer that the theory uses."""
    of = [batch.layers[x] if x else batch.network for x in batch.lay.layers]
    return [array for network in of for array in arrays_of(network)]


def see(batch: Batch, rules: Kernels, threads: Threads, run: Run) -> None:
    """Bring what each person sees of the neighbours up to date."""
    network, lay = batch.network, batch.lay
    if lay.seen_sums:
        _see_weighted(batch, threads)
    if (sees := rules.sees) is not None:
        threads.over(
            batch.population.people,
            lambda a, b: sees(
                a, b, batch.population.people, batch.bools, batch.floats, batch.traits, batch.population.region,
                batch.degree, batch.table, network is None, *layers_of(batch), batch.sights,
            ),
        )  # fmt: skip
    if not (lay.seen_bools or lay.seen_floats):
        return
    bool_rows = np.array([lay.bools[s] for s in lay.seen_bools], np.int64)
    float_rows = np.array([lay.floats[s] for s in lay.seen_floats], np.int64)
    n = batch.population.people
    if network is None:  # counts of the others are made from totals, in the kernel
        if lay.seen_floats:
            k = float_rows.size
            _sums_of_others(batch.floats, float_rows, np.ones(k, np.bool_), np.ones(k), np.arange(k), batch.means)
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
    flags = batch.flags.view(np.bool_)
    few = run.own is None and not network.directed and batch.totals[bool_rows].sum() <= SWEEP * n
    if batch.fresh and few:  # pushed to nobody's counts; directed ties would have to be reversed first
        flags = batch.bools[bool_rows].view(np.bool_).any(axis=(0, 2))
        batch.counts[:] = 0
        batch.deltas[:] = batch.bools[bool_rows]
        batch.fresh = False
        _push(batch, network, np.flatnonzero(flags), threads)
        batch.dirty[:] = 1
        return
    changed = int(np.count_nonzero(flags))
    if batch.fresh or changed > SWEEP * n:
        _sweep(batch, network, bool_rows, threads)
        batch.dirty[:] = 1
        batch.fresh = False
    elif changed:
        flipped = np.flatnonzero(flags)
        batch.dirty[flipped] = 1
        _push(batch, network, flipped, threads)


def _push(batch: Batch, network: Network, flipped: NDArray[np.int64], threads: Threads) -> None:
    """Add the changes of the people in `flipped` to the counts of those who see them."""
    start, seers = network.seen_by
    threads.over(
        batch.population.people,
        lambda a, b: counting.push(a, b, flipped, start, seers, batch.deltas, batch.counts, batch.dirty),
    )


def by_rows(worlds: int) -> bool:
    """Whether a sweep adds the bytes of so many worlds over a tie; else it looks up packed bits, world by world."""
    return worlds >= counting.NARROW


def _sweep(batch: Batch, network: Network, rows: NDArray[np.int64], threads: Threads) -> None:
    """Recount every person's neighbours."""
    n, ties = batch.population.people, (network.indptr, network.indices)
    if by_rows(len(batch.worlds)):
        threads.over(n, lambda a, b: counting.sweep_rows(a, b, *ties, batch.bools, rows, batch.counts))
        return
    bits = _packed(batch, rows, threads)
    threads.over(n, lambda a, b: counting.sweep_bits(a, b, *ties, bits, batch.counts))


def _packed(batch: Batch, rows: NDArray[np.int64], threads: Threads) -> NDArray[np.uint8]:
    """Bool states of the rows, eight people to a byte, shape (rows, worlds, bytes)."""
    bits = np.empty((rows.size, len(batch.worlds), (batch.population.people + 7) // 8), np.uint8)
    threads.spread(bits.shape[2], lambda a, b: counting.pack(a, b, batch.bools, rows, bits))
    return bits


def _see_weighted(batch: Batch, threads: Threads) -> None:
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
        if rows is lay.bools and not by_rows(len(batch.worlds)):
            bits, ties = _packed(batch, what[0], threads), arrays_of(network)
            given = (*ties, bits, what[1], what[3], batch.sights)
            threads.over(batch.population.people, functools.partial(_sweep_weights, given))
            continue
        threads.over(
            batch.population.people, functools.partial(_pull, (*arrays_of(network), states, *what, batch.sights))
        )


def _pull(given: tuple[Any, ...], first: int, last: int) -> None:
    _pull_weighted(first, last, *given)


def _sweep_weights(given: tuple[Any, ...], first: int, last: int) -> None:
    counting.sweep_weights(first, last, *given)


def _wanted(names: Sequence[str], rows: Mapping[str, int], places: Mapping[str, int], empty: float) -> tuple[Any, ...]:
    """For `pull_weighted`: which rows, whether averaged, the value of an empty average, and the destination."""
    return (
        np.array([rows[x.partition(".")[2]] for x in names], np.int64),
        np.array([not x.startswith("sum.") for x in names]),
        np.full(len(names), empty),
        np.array([places[x] for x in names], np.int64),
    )


def see_fixed(batch: Batch) -> NDArray[np.float64]:
    """What each person sees that changes only with the ties: weights, and neighbours' traits. Shape (rows, people)."""
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
    weights = arrays_of(network)[2]
    for means in (True, False):
        names = [x for x in lay.seen_fixed if x != "weight" and x.startswith("mean.") is means]
        what = _wanted(names, lay.traits, lay.seen_fixed, 1.0)
        given: tuple[Any, ...] = (network.indptr, network.indices, _NO_WEIGHTS if means else weights)
        _pull_weighted(0, n, *given, states, *what, out)
    if "weight" in lay.seen_fixed:
        compiled.weights_of(network.indptr, weights, out[lay.seen_fixed["weight"], :, 0])
    return out[:, :, 0].copy()


__all__ = ["SWEEP", "arrays_of", "by_rows", "layers_of", "see", "see_fixed"]
