"""Populations that are alike in what a theory uses, and differ in what should not affect its results."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from groundswell.draws import derive_seed, stream_id, uniforms
from groundswell.errors import PopulationError
from groundswell.population.network import Network, rows_of
from groundswell.population.population import Population

_ORDER, _PAIRS = stream_id("population.relabelled"), stream_id("population.reconnected")
_ROUNDS = 5  # times that every tie is offered a trade
_MOST_TIES = 1_000_000


def relabelled(population: Population, seed: int) -> Population:
    """The same society with its people numbered in another order; labels, regions, measured traits and points move too.

    Drawn traits are drawn by number, and so go to other people.

    Parameters
    ----------
    population : without a grid, on which a person's number fixes their place, and without dated ties.
    seed : of the order.

    Raises
    ------
    PopulationError : a population with a grid or dated ties.
    """
    if population.grid is not None or population.dated is not None or population.dated_layers:
        what = "on a grid" if population.grid is not None else "with dated ties"
        raise PopulationError(f"people {what}", expected="people whose numbers say nothing about them")
    old = np.argsort(uniforms(seed, _ORDER, 0, population.people), kind="stable")
    new = np.empty_like(old)
    new[old] = np.arange(population.people)
    return dataclasses.replace(
        population,
        network=None if population.network is None else _renumbered(population.network, new),
        region=population.region[old],
        traits={name: values[old] for name, values in population.traits.items()},
        labels=None if population.labels is None else tuple(population.labels[i] for i in old),
        layers={name: _renumbered(layer, new) for name, layer in population.layers.items()},
        points=None if population.points is None else population.points[old],
    )


def _renumbered(network: Network, new: NDArray[np.intp]) -> Network:
    """The same ties between renumbered people."""
    rows, columns = np.repeat(new, np.diff(network.indptr)), new[network.indices]
    order = np.lexsort((columns, rows))
    indptr = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=network.people))])
    return Network(
        indptr.astype(network.indptr.dtype),
        columns[order].astype(network.indices.dtype),
        simple=network.simple,
        directed=network.directed,
        weights=None if network.weights is None else network.weights[order],
    )


def reconnected(population: Population, seed: int) -> Population:
    """The same people, each with as many ties to each region as before, but to other people there.

    Pairs of ties between the same two regions trade ends unless that would make a self-loop or a double tie; each tie
    is offered five trades. A weight stays with the first person of its tie.

    Parameters
    ----------
    population : with a network of at most a million ties, without layers and dated ties.
    seed : of the trades.

    Raises
    ------
    PopulationError : there is no such network.

    Source: Maslov & Sneppen (2002), Science 296, 910-913, here within regions.
    """
    network = population.network
    if network is None or population.layers or population.dated is not None or not network.simple:
        what = "without ties" if network is None else "whose ties are in layers, dated or double"
        raise PopulationError(f"a population {what}", expected="one network of simple ties, to be reconnected")
    if network.ties > _MOST_TIES:
        raise PopulationError(f"{network.ties:,} ties to reconnect", expected=f"at most {_MOST_TIES:,}")
    tails = np.repeat(np.arange(network.people, dtype=np.int64), np.diff(network.indptr))
    heads = network.indices.astype(np.int64)
    once = np.ones(heads.size, bool) if network.directed else tails < heads
    tails, heads = tails[once], heads[once]
    weights = None if network.weights is None else network.weights[once]
    if not network.directed:  # either end may be traded
        turned = uniforms(seed, _ORDER, 0, heads.size) < 0.5
        tails, heads = np.where(turned, heads, tails), np.where(turned, tails, heads)
    for turn in range(_ROUNDS):
        heads = _traded(tails, heads, population.region, derive_seed(seed, turn), network.directed)
    made = rows_of(network.people, np.stack([tails, heads], axis=1), weights, network.directed)
    return dataclasses.replace(population, network=made)


def _traded(tails: NDArray, heads: NDArray, region: NDArray, seed: int, directed: bool) -> NDArray:
    """The other ends of the ties, after each tie was offered a trade."""
    people = region.size
    out = heads.tolist()

    def key(a: int, b: int) -> int:
        return a * people + b if directed or a < b else b * people + a

    first = tails.tolist()
    held = {key(a, b) for a, b in zip(first, out, strict=True)}
    luck = uniforms(seed, _PAIRS, 0, heads.size)
    between = region[tails].astype(np.int64) * people + region[heads]
    for of in np.unique(between):
        here = np.flatnonzero(between == of)
        order = here[np.argsort(luck[here], kind="stable")].tolist()
        for x, y in zip(order[::2], order[1::2], strict=False):
            a, b, c, d = first[x], out[x], first[y], out[y]
            if a == d or c == b or key(a, d) in held or key(c, b) in held or key(a, d) == key(c, b):
                continue
            held -= {key(a, b), key(c, d)}
            held |= {key(a, d), key(c, b)}
            out[x], out[y] = d, b
    return np.array(out, np.int64)
