"""Events with a known excitation, by clusters and by thinning, and records without any that look contagious."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numba as nb
import numpy as np
from numpy.typing import ArrayLike, NDArray

from groundswell.draws import derive_seed
from groundswell.errors import EstimationError

Floats = NDArray[np.float64]

_MOST_EVENTS = 5_000_000


@dataclass(frozen=True)
class HawkesRecord:
    """Simulated events in order of time: times (n,) in days, kinds (n,); sizes (n,), places (n, 2) if requested."""

    times: Floats
    kinds: NDArray[np.int64]
    sizes: Floats | None
    places: Floats | None
    start: float
    end: float


@dataclass(frozen=True)
class _Process:
    edges: Floats
    rate: Floats  # (C, K)
    n: Floats  # (K, K)
    power: bool
    first: Floats  # (K, K), rate of decay or c
    tail: float
    sizes: Floats | None
    productivity: float
    sites: Floats | None
    spread: float
    inhibition: bool

    def mark_factor(self, sizes: Floats) -> Floats:
        assert self.sizes is not None
        return sizes**self.productivity / float(np.mean(self.sizes**self.productivity))


def simulate_hawkes(
    baseline: ArrayLike,
    branching: ArrayLike,
    *,
    end: float,
    start: float = 0.0,
    edges: ArrayLike | None = None,
    kernel: Literal["exponential", "power_law"] = "exponential",
    half_life: ArrayLike = 1.0,
    c: float = 1.0,
    theta: float = 1.0,
    sizes: ArrayLike | None = None,
    productivity: float = 0.0,
    sites: ArrayLike | None = None,
    spread: float = 10.0,
    inhibition: bool = False,
    burn: float = 0.0,
    method: Literal["clusters", "thinning"] = "clusters",
    seed: int = 0,
) -> HawkesRecord:
    """Simulate events of the Hawkes process of `continuous`, with known parameters.

    Parameters
    ----------
    baseline : events per day without excitation: one number, (K,), or (C, K) with the C + 1 ``edges`` of its cells.
    branching : shape (K, K), [source, target], from 0 (any sign with ``inhibition``), spectral radius below 1.
    start, end : days.
    kernel : "exponential" with ``half_life`` in days (one, (K,) per target, or (K, K) per pair), or "power_law" with c
        in days and theta.
    sizes, productivity : marks are drawn from these sizes, and excite as ``size^productivity`` over its mean.
    sites, spread : (m, 2) km; background events fall on a site drawn at random, offspring about their parent with
        standard deviation ``spread`` in each direction.
    inhibition : pass the sum through ``s log(1 + exp(u / s))``, s a tenth of the mean baseline; thinning only.
    burn : days simulated before the start, at the first baseline, so that the start is not silent.
    method : "clusters" draws generation after generation, exact and fast; "thinning" (Ogata 1981) walks through time.
        Both give the same distribution.
    seed : of the simulation.

    Returns
    -------
    `HawkesRecord`.

    Raises
    ------
    EstimationError : on shapes that do not fit, negative values, a process that explodes, or over five million events.
    """
    process = _process(
        baseline, branching, start, end, edges, kernel, half_life, c, theta, sizes, productivity, sites, spread,
        inhibition, burn,
    )  # fmt: skip
    if method not in ("clusters", "thinning"):
        raise EstimationError(f"method {method!r}", expected="'clusters' or 'thinning'")
    if inhibition and method == "clusters":
        raise EstimationError(
            "clusters with inhibition", expected="method='thinning'", why="an event then removes others"
        )
    rng = np.random.default_rng(derive_seed(seed, "simulate hawkes", method))
    times, kinds, drawn, places = (_clusters if method == "clusters" else _thinned)(process, rng)
    keep = (times >= start) & (times < end)
    order = np.argsort(times[keep], kind="stable")

    def chosen(x: NDArray | None) -> NDArray | None:
        return None if x is None else x[keep][order]

    return HawkesRecord(times[keep][order], kinds[keep][order], chosen(drawn), chosen(places), start, end)


def _process(
    baseline, branching, start, end, edges, kernel, half_life, c, theta, sizes, productivity, sites, spread, inhibition,
    burn,
) -> _Process:  # fmt: skip
    n = np.atleast_2d(np.array(branching, dtype=np.float64))
    K = n.shape[0]
    rate = np.array(baseline, dtype=np.float64)
    cells = np.array([start, end]) if edges is None else np.array(edges, dtype=np.float64)
    if rate.ndim < 2:
        rate = np.broadcast_to(rate, (1, K)) if rate.size in (1, K) and edges is None else rate.reshape(-1, 1)
    if n.shape != (K, K) or rate.shape != (cells.size - 1, K):
        raise EstimationError(
            f"baseline {rate.shape}, branching {n.shape}, {cells.size} edges", expected="(C, K), (K, K) and C + 1"
        )
    if not (start < end and cells[0] <= start and cells[-1] >= end and (np.diff(cells) > 0).all()) or burn < 0:
        raise EstimationError(
            f"edges from {cells[0]:g} to {cells[-1]:g}",
            expected=f"ascending, from {start:g} or before to {end:g} or after",
        )
    for name, values in (("baseline", rate), ("branching", np.abs(n) if inhibition else n)):
        if not np.isfinite(values).all() or (values < 0).any():
            raise EstimationError(f"{name} holds a negative or missing value", expected="finite numbers from 0")
    radius = float(np.abs(np.linalg.eigvals(np.maximum(n, 0))).max())
    if radius >= 1:
        raise EstimationError(
            f"branching with spectral radius {radius:.3g}", expected="below 1", why="the process would explode"
        )
    power = kernel == "power_law"
    if kernel not in ("exponential", "power_law"):
        raise EstimationError(f"kernel {kernel!r}", expected="'exponential' or 'power_law'")
    half = np.asarray(half_life, dtype=np.float64)
    if half.shape not in ((), (K,), (K, K)) or not (np.isfinite(half) & (half > 0)).all() or not (c > 0 and theta > 0):
        raise EstimationError("half_life, c or theta", expected=f"positive; half_life one, {K} or {K} x {K} numbers")
    first = np.full((K, K), float(c)) if power else math.log(2) / np.broadcast_to(half, (K, K))
    given = None if sizes is None else np.asarray(sizes, dtype=np.float64)
    if given is not None and (given.ndim != 1 or given.size == 0 or not (np.isfinite(given) & (given > 0)).all()):
        raise EstimationError("sizes", expected="positive numbers")
    if given is None and productivity != 0:
        raise EstimationError("productivity without sizes", expected="sizes=[...]")
    xy = None if sites is None else np.asarray(sites, dtype=np.float64)
    if xy is not None and (xy.ndim != 2 or xy.shape[1] != 2 or not np.isfinite(xy).all() or not spread > 0):
        raise EstimationError("sites or spread", expected="(m, 2) coordinates in km, and a spread above 0")
    if burn > 0:
        if cells[0] != start:
            raise EstimationError(f"a burn with edges from {cells[0]:g}", expected=f"edges from the start, {start:g}")
        cells, rate = np.concatenate([[start - burn], cells]), np.vstack([rate[:1], rate])
    expected = float((rate * np.diff(cells)[:, None]).sum()) / (1 - radius)
    if expected > _MOST_EVENTS:
        raise EstimationError(f"about {expected:,.0f} events", expected=f"at most {_MOST_EVENTS:,}")
    process = _Process(
        cells, np.ascontiguousarray(rate), n, power, np.ascontiguousarray(first), float(theta), given,
        float(productivity), xy, float(spread), inhibition,
    )  # fmt: skip
    return process


def _delays(process: _Process, j: int, k: int, size: int, rng: np.random.Generator) -> Floats:
    if process.power:  # inverse of 1 - (1 + t/c)^-theta
        return process.first[j, k] * (rng.uniform(size=size) ** (-1 / process.tail) - 1)
    return rng.exponential(1 / process.first[j, k], size)


def _clusters(process: _Process, rng: np.random.Generator):
    K, end = process.n.shape[0], process.edges[-1]
    widths = np.diff(process.edges)
    times, kinds = [], []
    for k in range(K):
        numbers = rng.poisson(process.rate[:, k] * widths)
        times.append(
            np.repeat(process.edges[:-1], numbers) + np.repeat(widths, numbers) * rng.uniform(size=numbers.sum())
        )
        kinds.append(np.full(numbers.sum(), k))
    t, kind = np.concatenate(times), np.concatenate(kinds).astype(np.int64)
    place = None if process.sites is None else process.sites[rng.integers(0, len(process.sites), t.size)]
    all_t, all_kind, all_size, all_place, total = [], [], [], [], 0
    while t.size:
        size = None if process.sizes is None else rng.choice(process.sizes, t.size)
        all_t.append(t)
        all_kind.append(kind)
        all_size.append(size)
        all_place.append(place)
        total += t.size
        if total > _MOST_EVENTS:
            raise EstimationError("a cluster without end", expected=f"at most {_MOST_EVENTS:,} events")
        factor = np.ones(t.size) if size is None else process.mark_factor(size)
        children, child_kind, child_place = [], [], []
        for j in range(K):
            parents = np.flatnonzero(kind == j)
            for k in range(K):
                if process.n[j, k] == 0 or parents.size == 0:
                    continue
                of = np.repeat(parents, rng.poisson(process.n[j, k] * factor[parents]))
                when = t[of] + _delays(process, j, k, of.size, rng)
                inside = when < end
                children.append(when[inside])
                child_kind.append(np.full(int(inside.sum()), k))
                if place is not None:
                    child_place.append(place[of[inside]] + process.spread * rng.standard_normal((int(inside.sum()), 2)))
        t = np.concatenate(children) if children else np.empty(0)
        kind = np.concatenate(child_kind).astype(np.int64) if children else np.empty(0, np.int64)
        place = np.concatenate(child_place) if place is not None and children else place
    if not all_t:
        empty = np.empty(0)
        return empty, np.empty(0, np.int64), None if process.sizes is None else empty, None
    sizes = None if process.sizes is None else np.concatenate([x for x in all_size if x is not None])
    places = None if process.sites is None else np.concatenate([x for x in all_place if x is not None])
    return np.concatenate(all_t), np.concatenate(all_kind), sizes, places


@nb.njit(cache=True, nogil=True)
def _walk(rng, edges, rate, n, power, first, tail, factors, soft, room):
    """Thinning: candidates at a bound of the intensity, kept in proportion to the intensity. times, kinds, marks,
    parents.

    The excitation only decays between events, and the baseline is constant in a cell, so the intensity with negative
    terms left out, at the moment of the last candidate, bounds what follows until the next edge. The parent of an
    event is drawn in proportion to the parts of the intensity (-1: the baseline), for its place.
    """
    K = n.shape[0]
    times, kinds, marks, parents = (
        np.empty(room),
        np.empty(room, np.int64),
        np.empty(room, np.int64),
        np.empty(room, np.int64),
    )
    count = 0
    t = edges[0]
    R = np.zeros((K, K))
    u, above = np.empty(K), np.empty(K)
    cell = 0
    while cell < rate.shape[0]:
        bound = 0.0
        for k in range(K):
            above[k] = rate[cell, k]
        for j in range(K):
            for k in range(K):
                if n[j, k] > 0.0:
                    if power:
                        for i in range(count):
                            if kinds[i] == j:
                                g = tail / first[j, k] * (1.0 + (t - times[i]) / first[j, k]) ** (-1.0 - tail)
                                above[k] += n[j, k] * factors[marks[i]] * g
                    else:
                        above[k] += n[j, k] * R[j, k]
        for k in range(K):
            if soft[k] > 0.0:
                v = above[k] / soft[k]
                bound += soft[k] * (v if v > 35.0 else math.log1p(math.exp(v)))
            else:
                bound += above[k]
        wait = rng.exponential() / bound if bound > 0.0 else np.inf
        ahead = min(t + wait, edges[cell + 1])
        for j in range(K):
            for k in range(K):
                if not power:
                    R[j, k] *= math.exp(-first[j, k] * (ahead - t))
        t = ahead
        if t >= edges[cell + 1]:
            cell += 1
            continue
        total = 0.0
        for k in range(K):
            u[k] = rate[cell, k]
        for j in range(K):
            for k in range(K):
                if power:
                    for i in range(count):
                        if kinds[i] == j:
                            g = tail / first[j, k] * (1.0 + (t - times[i]) / first[j, k]) ** (-1.0 - tail)
                            u[k] += n[j, k] * factors[marks[i]] * g
                else:
                    u[k] += n[j, k] * R[j, k]
        for k in range(K):
            if soft[k] > 0.0:
                v = u[k] / soft[k]
                u[k] = soft[k] * (v if v > 35.0 else math.log1p(math.exp(v)))
            total += u[k]
        pick = rng.random() * bound
        if pick >= total:
            continue
        k = 0
        while k < K - 1 and pick >= u[k]:
            pick -= u[k]
            k += 1
        if count == room:
            return times, kinds, marks, parents, -1
        parent = -1
        if soft[k] == 0.0:  # what is left of pick is uniform on [0, u_k)
            pick -= rate[cell, k]
            i = count - 1
            while pick >= 0.0 and i >= 0:
                j = kinds[i]
                if power:
                    g = tail / first[j, k] * (1.0 + (t - times[i]) / first[j, k]) ** (-1.0 - tail)
                else:
                    g = first[j, k] * math.exp(-first[j, k] * (t - times[i]))
                pick -= n[j, k] * factors[marks[i]] * g
                parent = i
                i -= 1
        mark = int(rng.random() * factors.size)
        times[count], kinds[count], marks[count], parents[count] = t, k, mark, parent
        count += 1
        if not power:
            for m in range(K):
                R[k, m] += factors[mark] * first[k, m]
    return times, kinds, marks, parents, count


def _thinned(process: _Process, rng: np.random.Generator):
    factors = np.ones(1) if process.sizes is None else process.mark_factor(process.sizes)
    mean = (process.rate * np.diff(process.edges)[:, None]).sum(axis=0) / (process.edges[-1] - process.edges[0])
    soft = 0.1 * mean if process.inhibition else np.zeros(mean.size)
    room = 1000
    seed = rng.integers(0, 2**63)
    while True:
        again = np.random.default_rng(seed)  # the same walk, with larger buffers
        times, kinds, marks, parents, count = _walk(
            again,
            process.edges,
            process.rate,
            process.n,
            process.power,
            process.first,
            process.tail,
            factors,
            soft,
            room,
        )
        if count >= 0:
            break
        room *= 8
        if room > 8 * _MOST_EVENTS:
            raise EstimationError("too many events", expected=f"at most {_MOST_EVENTS:,}")
    times, kinds, marks, parents = times[:count], kinds[:count], marks[:count], parents[:count]
    sizes = None if process.sizes is None else process.sizes[marks]
    places = None
    if process.sites is not None:
        places = process.sites[rng.integers(0, len(process.sites), count)] + 0.0
        moves = process.spread * rng.standard_normal((count, 2))
        for i in range(count):
            if parents[i] >= 0:
                places[i] = places[parents[i]] + moves[i]
    return times, kinds, sizes, places


Lookalike = Literal["growth", "season", "coverage jump", "constant"]


def simulate_lookalike(kind: Lookalike, *, events: float = 400.0, years: float = 4.0, seed: int = 0) -> HawkesRecord:
    """A record without any excitation that looks contagious to a model with a constant baseline.

    Parameters
    ----------
    kind : "growth" (the rate grows twentyfold over the record), "season" (it swings by a factor of 9 each year),
        "coverage jump" (five times as many from a random moment in the middle half of the record), or "constant".
    events : expected number; years : length of the record.

    Returns
    -------
    `HawkesRecord` of an inhomogeneous Poisson process. False positives of `fit_hawkes` are counted on such records.
    """
    span = years * 365.25
    rng = np.random.default_rng(derive_seed(seed, "lookalike", kind))
    edges = np.linspace(0, span, max(200, int(span)) + 1)
    middle = 0.5 * (edges[1:] + edges[:-1])
    if kind == "growth":
        shape = 20 ** (middle / span)
    elif kind == "season":
        shape = 9 ** (0.5 * np.sin(2 * np.pi * (middle / 365.25 + rng.uniform())))
    elif kind == "coverage jump":
        shape = np.where(middle > rng.uniform(0.25, 0.75) * span, 5.0, 1.0)
    elif kind == "constant":
        shape = np.ones(middle.size)
    else:
        raise EstimationError(f"kind {kind!r}", expected="'growth', 'season', 'coverage jump' or 'constant'")
    rate = shape * events / float(shape @ np.diff(edges))
    return simulate_hawkes(rate[:, None], 0.0, edges=edges, end=span, seed=derive_seed(seed, "lookalike events"))
