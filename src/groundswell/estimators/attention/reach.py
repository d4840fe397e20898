"""Who is spread by whom: how few carry a conversation, how far they reach, and whether it leaves its communities.

A graph of spreading has heavy tails whatever happens on it, so each number is shown with the same number in graphs
with the same activity and popularity of everyone but partners drawn at random (the configuration model). Only
aggregates leave this file: no user is named, ranked or returned.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, final

import numba as nb
import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray
from pydantic import Field, field_validator
from scipy import sparse, stats
from scipy.sparse import csgraph

from groundswell.draws import derive_seed
from groundswell.errors import EstimationError
from groundswell.estimators.core import Estimate
from groundswell.results import Result
from groundswell.settings import Settings

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_FEWEST = 20  # sources; a top share of fewer is one user
_SWEEPS = 30  # of label propagation; it settles within about ten


@dataclass(frozen=True)
class Cut(Result):
    """The concentration that is left when only pairs of at least this weight are kept."""

    weight: int
    pairs: int
    users: int
    gini: float
    top_share: float
    effective_sources: float


@dataclass(frozen=True)
class Reach(Result):
    """Concentration and reach of spreading, compared with those in randomised graphs.

    Parameters
    ----------
    users, sources, pairs, weight : numbers of users, of those who were spread by others, of pairs, and of spreadings.
    own : pairs of a user with themselves, left out.
    gini : of spreadings over sources; 0 equal, 1 all to one.
    gini_users : of spreadings over all users.
    top_share : share of spreadings that went to the top 1% of sources.
    effective_sources : ``1 / sum s²`` of the shares s: this many equal sources would be as concentrated.
    tail : exponent of the tail of spreadings per source (Hill), ``P(X > x) ~ x^-tail``; tails by share of sources used.
    reciprocity : share of pairs whose reverse is also present.
    connected, cyclic : share of users in the largest weakly, and strongly, connected component.
    reached : share of users that the top 1% of sources reach along chains of spreading; direct : in one step.
    depth, deepest : mean and largest number of steps to those reached.
    shared : of two who spread one source, how often they share a second source: the mark of a common audience.
    leaving : share of spreadings between users of different communities; communities : of at least ten users. Where it
        is no smaller than in randomised graphs, no communities can be seen, and nothing can be said about bridges.
    null : per measure, (mean, least, largest) over randomised graphs.
    cuts : the concentration as the least weight of a pair rises.
    """

    users: int
    sources: int
    pairs: int
    weight: int
    own: int
    gini: Estimate
    gini_users: float
    top_share: Estimate
    effective_sources: Estimate
    tail: Estimate
    tails: Mapping[float, float]
    reciprocity: float
    connected: float
    cyclic: float
    reached: float
    direct: float
    depth: float
    deepest: int
    shared: float
    leaving: float
    communities: int
    null: Mapping[str, tuple[float, float, float]]
    cuts: tuple[Cut, ...]
    notes: tuple[str, ...]

    derived = ("answer",)

    @property
    def answer(self) -> str:
        """One sentence."""
        t, e, g = self.top_share, self.effective_sources, self.gini
        assert t.value is not None
        assert e.value is not None
        assert g.value is not None
        words = (
            f"The top 1% of {self.sources:,} sources received {t.value:.0%} of {self.weight:,} spreadings "
            f"({t.level:.0%} interval {t.low:.1%} to {t.high:.1%}), as if {e.value:.0f} equal sources had been spread "
            f"(Gini {g.value:.2f}); chains from them reached {self.reached:.0%} of users"
        )
        if not self.null:
            return f"{words}."
        if self.leaving >= self.null["leaving"][1]:
            return f"{words}; no communities can be seen beyond those of random partners, so none can be bridged."
        return f"{words}; {self.leaving:.0%} left their community, {self.null['leaving'][0]:.0%} with random partners."


@final
class ReachSettings(Settings):
    """Options of `measure_reach`."""

    cuts: tuple[int, ...] = Field((2, 3, 4, 5), description="minimum weights at which concentration is computed again")
    bootstrap: int = Field(400, ge=20, description="resamples of those who spread")
    null_draws: int = Field(8, ge=0, description="graphs with partners redrawn; at least 2, or 0 for none")
    tail: float = Field(0.1, gt=0, le=0.5, description="share of sources that make the tail")
    level: float = Field(0.95, ge=0.5, lt=1, description="coverage of the intervals")
    seed: int = 0

    @field_validator("null_draws")
    @classmethod
    def _spread(cls, draws: int) -> int:
        if draws == 1:
            raise ValueError("0, or at least 2, since one graph shows no spread")
        return draws


def measure_reach(edges: pl.DataFrame, settings: ReachSettings | None = None, **options: Any) -> Reach:
    """Concentration and reach of a graph of who spread whom.

    Parameters
    ----------
    edges : columns ``source`` (whose posts were spread), ``target`` (who spread them) and ``weight`` (times, 1, 2 ...),
        one row per pair; user numbers have no meaning.
    settings, options : see `ReachSettings`. Cuts that leave fewer than 20 sources are not computed. The bootstrap
        resamples those who spread: they, not the sources, are the voices that were counted. Redrawn graphs have the
        same sources, targets and weights.

    Returns
    -------
    `Reach`: aggregates only.

    Raises
    ------
    EstimationError : missing columns, values that are not whole numbers, a duplicate pair, or fewer than 20 sources.

    Known limits: without time a chain of spreading is a possibility, not a cascade. Communities are found by label
    propagation, in the randomised graphs too: compare with the null, not with other methods. A cut at a least weight
    removes occasional spreaders and overstates concentration or understates it, see ``cuts``.
    Source: Hill (1975), Ann. Statist. 3:1163-1174; Raghavan, Albert & Kumara (2007), Phys. Rev. E 76:036106 (label
    propagation); Newman, Strogatz & Watts (2001), Phys. Rev. E 64:026118 (randomised graphs).

    Example
    -------
    >>> source = [0] * 30 + list(range(1, 31))
    >>> edges = pl.DataFrame({"source": source, "target": list(range(31, 91)), "weight": [2] * 60})
    >>> found = measure_reach(edges, cuts=(2,), bootstrap=50, null_draws=0)
    >>> round(found.top_share.value, 2), found.sources
    (0.5, 31)
    """
    o = ReachSettings.of(settings, options)
    graph, own = _graph(edges)
    strength = graph.strength()
    weights = strength[strength > 0]
    if weights.size < _FEWEST:
        raise EstimationError(f"{weights.size} sources", expected=f"at least {_FEWEST}")
    boot = _bootstrap(graph, o)
    values = {"gini": gini(weights), "top_share": _top_share(weights), "effective": _effective(weights),
              "tail": hill(weights, o.tail)}  # fmt: skip
    estimates = {
        name: _interval(values[name], boot[name], o.level, graph.pairs, unit)
        for name, unit in (("gini", "index"), ("top_share", "share"), ("effective", "sources"), ("tail", "exponent"))
    }
    shape = _shape(graph, o.seed, "record")
    null: dict[str, tuple[float, float, float]] = {}
    if o.null_draws:
        rng = np.random.default_rng(derive_seed(o.seed, "null"))
        drawn = [_shape(graph.randomised(rng), o.seed, f"null {k}") for k in range(o.null_draws)]
        for name in ("reciprocity", "connected", "cyclic", "reached", "depth", "leaving", "shared"):
            found = np.array([d[name] for d in drawn])
            null[name] = (float(found.mean()), float(found.min()), float(found.max()))
    notes = []
    least = int(graph.weight.min())
    if least > 1:
        notes.append(f"pairs of weight below {least} are not in the record; see how concentration moves with the cut")
    if own:
        notes.append(f"{own} pairs of a user with themselves are left out")
    return Reach(
        users=graph.users, sources=weights.size, pairs=graph.pairs, weight=int(graph.weight.sum()), own=own,
        gini=estimates["gini"], gini_users=gini(strength), top_share=estimates["top_share"],
        effective_sources=estimates["effective"], tail=estimates["tail"],
        tails={share: hill(weights, share) for share in (0.02, 0.05, 0.1, 0.2) if share * weights.size >= 10},
        reciprocity=shape["reciprocity"], connected=shape["connected"], cyclic=shape["cyclic"],
        reached=shape["reached"], direct=shape["direct"], depth=shape["depth"], deepest=int(shape["deepest"]),
        shared=shape["shared"], leaving=shape["leaving"], communities=int(shape["communities"]), null=null,
        cuts=_cuts(graph, o.cuts), notes=tuple(notes),
    )  # fmt: skip


# --- the graph ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Graph:
    """Pairs by number of user, 0 .. users-1."""

    users: int
    source: Ints
    target: Ints
    weight: Ints

    @property
    def pairs(self) -> int:
        return self.source.size

    def strength(self) -> Floats:
        """How often each user's posts were spread by others."""
        return np.bincount(self.source, weights=self.weight, minlength=self.users).astype(float)

    def matrix(self) -> sparse.csr_array:
        return sparse.csr_array((self.weight.astype(float), (self.source, self.target)), (self.users, self.users))

    def randomised(self, rng: np.random.Generator) -> _Graph:
        """Targets reshuffled, so that everyone keeps their numbers of partners; weights stay with the source.

        A pair of a user with themselves, or a duplicate pair, swaps its target with that of a pair drawn at random
        until few are left; those, fewer than one in a hundred in sparse graphs, are left out.
        """
        target = rng.permutation(self.target)
        for _ in range(20):
            key = self.source * self.users + target
            first = np.zeros(self.pairs, dtype=bool)
            first[np.unique(key, return_index=True)[1]] = True
            wrong = np.flatnonzero(~first | (self.source == target))
            if wrong.size == 0:
                break
            for i, j in zip(wrong, rng.integers(self.pairs, size=wrong.size), strict=True):
                target[i], target[j] = target[j], target[i]
        key = self.source * self.users + target
        kept = np.unique(key, return_index=True)[1]
        kept = kept[self.source[kept] != target[kept]]
        return _Graph(self.users, self.source[kept], target[kept], self.weight[kept])


def _graph(edges: pl.DataFrame) -> tuple[_Graph, int]:
    missing = [c for c in ("source", "target", "weight") if c not in edges.columns]
    if missing:
        raise EstimationError(f"no column {', '.join(missing)}", expected="source, target and weight")
    for name in ("source", "target", "weight"):
        if not edges.schema[name].is_integer() or edges[name].null_count():
            raise EstimationError(f"{name!r} holds {edges.schema[name]} or empty cells", expected="whole numbers")
    if edges.height == 0 or (edges["weight"] < 1).any():
        raise EstimationError("no pairs, or a weight below 1", expected="how often each pair spread")
    if edges.select("source", "target").is_duplicated().any():
        raise EstimationError("a pair occurs twice", expected="one row per pair", instead="sum the weights per pair")
    kept = edges.filter(pl.col("source") != pl.col("target"))
    both = np.concatenate([kept["source"].to_numpy(), kept["target"].to_numpy()])
    numbers, place = np.unique(both, return_inverse=True)
    source, target = place[: kept.height].astype(np.int64), place[kept.height :].astype(np.int64)
    graph = _Graph(numbers.size, source, target, kept["weight"].to_numpy().astype(np.int64))
    return graph, edges.height - kept.height


# --- concentration --------------------------------------------------------------------------------------------------


def gini(values: ArrayLike) -> float:
    """The Gini index, ``sum_i (2 i - n - 1) x_(i) / (n sum x)``: 0 where all are equal, near 1 where one has all."""
    x = np.sort(np.asarray(values, dtype=float))
    n, total = x.size, float(x.sum())
    return float(np.sum((2 * np.arange(1, n + 1) - n - 1) * x) / (n * total)) if total > 0 else math.nan


def hill(values: ArrayLike, share: float) -> float:
    """The exponent of the tail, ``k / sum log(x_(i) / x_(k+1))`` over the k largest (Hill 1975)."""
    x = np.sort(np.asarray(values, dtype=float))[::-1]
    k = max(2, min(x.size - 1, round(share * x.size)))
    logs = np.log(x[:k] / x[k])
    return float(k / logs.sum()) if logs.sum() > 0 else math.inf


def _top_share(values: NDArray) -> float:
    k = max(1, round(0.01 * values.size))
    return float(np.sort(values)[-k:].sum() / values.sum())


def _effective(values: NDArray) -> float:
    return float(values.sum() ** 2 / np.sum(values**2))


def _bootstrap(graph: _Graph, o: ReachSettings) -> dict[str, Floats]:
    """Those who spread are drawn with replacement, each with all their pairs."""
    rng = np.random.default_rng(derive_seed(o.seed, "spreaders"))
    spreaders, place = np.unique(graph.target, return_inverse=True)
    sources = np.flatnonzero(graph.strength())
    found: dict[str, list[float]] = {"gini": [], "top_share": [], "effective": [], "tail": []}
    for _ in range(o.bootstrap):
        times = np.bincount(rng.integers(spreaders.size, size=spreaders.size), minlength=spreaders.size)
        strength = np.bincount(graph.source, weights=graph.weight * times[place], minlength=graph.users)
        x = strength[sources]  # those of the record, so that the top 1% has the same size in every resample
        for name, value in (("gini", gini(x)), ("top_share", _top_share(x)), ("effective", _effective(x)),
                            ("tail", hill(x, o.tail))):  # fmt: skip
            found[name].append(value)
    return {name: np.array(values) for name, values in found.items()}


def _interval(value: float, boot: Floats, level: float, n: int, unit: str) -> Estimate:
    """Normal interval with the bootstrap's standard error, since percentiles are shifted: a resample loses sources."""
    error = float(np.std(boot[np.isfinite(boot)], ddof=1))
    half = float(stats.norm.ppf(0.5 + level / 2)) * error
    method = "normal interval, bootstrap over those who spread"
    checks = {"standard_error": error, "mean of the resamples": float(np.mean(boot))}
    return Estimate(value, value - half, value + half, None, n, method, unit, True, checks, level)


def _cuts(graph: _Graph, cuts: Sequence[int]) -> tuple[Cut, ...]:
    found = []
    for least in sorted(set(cuts)):
        held = graph.weight >= least
        if not held.any():
            continue
        strength = np.bincount(graph.source[held], weights=graph.weight[held])
        x = strength[strength > 0]
        if x.size < _FEWEST:
            continue
        users = np.unique(np.concatenate([graph.source[held], graph.target[held]])).size
        found.append(Cut(int(least), int(held.sum()), int(users), gini(x), _top_share(x), _effective(x)))
    return tuple(found)


# --- shape ----------------------------------------------------------------------------------------------------------


def _shape(graph: _Graph, seed: int, label: str) -> dict[str, float]:
    matrix = graph.matrix()
    weak = csgraph.connected_components(matrix, directed=True, connection="weak")[1]
    strong = csgraph.connected_components(matrix, directed=True, connection="strong")[1]
    key = graph.source * graph.users + graph.target
    back = graph.target * graph.users + graph.source
    strength = graph.strength()
    sources = int((strength > 0).sum())
    top = np.argsort(-strength, kind="stable")[: max(1, round(0.01 * sources))]
    steps = _steps_from(matrix, top)
    known = steps > 0
    order = np.random.default_rng(derive_seed(seed, "order", label)).permutation(graph.users)
    labels = _communities(graph, order)
    sizes = np.bincount(labels)
    crossing = labels[graph.source] != labels[graph.target]
    others = graph.users - top.size
    return {
        "reciprocity": float(np.isin(back, key).mean()),
        "connected": float(np.bincount(weak).max() / graph.users),
        "cyclic": float(np.bincount(strong).max() / graph.users),
        "reached": float(known.sum() / others) if others else math.nan,
        "direct": float((steps == 1).sum() / others) if others else math.nan,
        "depth": float(steps[known].mean()) if known.any() else math.nan,
        "deepest": float(steps.max()),
        "shared": _shared(graph),
        "leaving": float(graph.weight[crossing].sum() / graph.weight.sum()),
        "communities": float((sizes >= 10).sum()),
    }


def _steps_from(matrix: sparse.csr_array, top: NDArray) -> Ints:
    """Steps of spreading from the nearest of some sources; 0 at the sources, -1 where none reaches."""
    onward = matrix.T.tocsr()  # rows are those who spread, so a product marks whom a front reaches
    steps = np.full(onward.shape[0], -1, dtype=np.int64)
    steps[top] = 0
    front = np.zeros(steps.size)
    front[top] = 1.0
    depth = 0
    while front.any():
        depth += 1
        reached = ((onward @ front) > 0) & (steps < 0)
        steps[reached] = depth
        front = reached.astype(float)
    return steps


def _shared(graph: _Graph) -> float:
    """Pairs of spreaders of one source that share a second one too, as a share of all who share one: 4-cycles.

    ``sum_ij C(m_ij, 2) / sum_i C(k_i, 2)`` with m the spreaders that sources i and j have in common, k of each.
    """
    ones = sparse.csr_array((np.ones(graph.pairs), (graph.source, graph.target)), (graph.users, graph.users))
    common = sparse.triu(ones @ ones.T, k=1).data
    each = np.bincount(graph.source, minlength=graph.users).astype(float)
    pairs = float(np.sum(each * (each - 1) / 2))
    return float(np.sum(common * (common - 1) / 2)) / pairs if pairs else math.nan


def _communities(graph: _Graph, order: Ints) -> Ints:
    both = graph.matrix() + graph.matrix().T
    both.sort_indices()
    labels = propagate(
        both.indptr.astype(np.int64), both.indices.astype(np.int64), both.data, order.astype(np.int64), _SWEEPS
    )
    return np.unique(labels, return_inverse=True)[1].astype(np.int64)


@nb.njit(cache=True, nogil=True)
def propagate(start, partner, weight, order, sweeps):  # pragma: no cover - compiled; its twin is in the tests
    """Labels after each user, in the given order, has taken the label of most weight among partners, again and again.

    A user keeps its label where that is among the heaviest; else the least of these. Ends when nothing changes.
    """
    users = start.size - 1
    labels = np.arange(users)
    total = np.zeros(users)
    for _ in range(sweeps):
        changed = False
        for u in order:
            for e in range(start[u], start[u + 1]):
                total[labels[partner[e]]] += weight[e]
            best, most = labels[u], total[labels[u]]
            for e in range(start[u], start[u + 1]):
                label = labels[partner[e]]
                if total[label] > most or (total[label] == most and label < best and best != labels[u]):
                    best, most = label, total[label]
            for e in range(start[u], start[u + 1]):
                total[labels[partner[e]]] = 0.0
            if best != labels[u]:
                labels[u] = best
                changed = True
        if not changed:
            break
    return labels
