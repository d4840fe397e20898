"""Direction, weights and signs of generated ties, drawn by the address of the tie."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from groundswell.draws import stream_id, uniforms
from groundswell.population.network import Network, rows_of


def dressed(
    network: Network,
    seed: int,
    *,
    directed: bool = False,
    weights: Sequence[float] | None = None,
    negative: float | Literal["between"] = 0.0,
    region: NDArray[np.int32] | None = None,
) -> Network:
    """The same ties with a direction, weights or signs.

    Parameters
    ----------
    network : undirected and without weights.
    seed : of the draws: the k-th tie, ordered by its ends, gets the same draws whatever else is requested.
    directed : whether each tie leads one way only; either way is equally likely.
    weights : [low, high] of a uniform distribution; None: 1.
    negative : the probability that a weight is negative; or "between", for all ties between people of two regions.
    region : of each person, for "between".
    """
    person = np.repeat(np.arange(network.people), np.diff(network.indptr))
    once = network.indices > person
    ends = np.column_stack([person[once], network.indices[once]]).astype(np.int64)
    loads = np.ones(len(ends))
    if weights is not None:
        low, high = weights
        loads = low + (high - low) * uniforms(seed, stream_id("ties:weight"), 0, len(ends))
    if negative == "between":
        assert region is not None
        loads = np.where(region[ends[:, 0]] != region[ends[:, 1]], -loads, loads)
    elif negative:
        loads = np.where(uniforms(seed, stream_id("ties:sign"), 0, len(ends)) < negative, -loads, loads)
    if directed:
        turned = uniforms(seed, stream_id("ties:direction"), 0, len(ends)) < 0.5
        ends = np.where(turned[:, None], ends[:, ::-1], ends)
    return rows_of(network.people, ends, loads if weights is not None or negative else None, directed)


__all__ = ["dressed"]
