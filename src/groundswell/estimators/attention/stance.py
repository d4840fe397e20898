"""Stance over time: the share of posts in favour, before and after dated shocks, and whether it falls below its start.

Posts of one hour are not independent voices: a share moves with what is discussed, and drifts. So each hour's share is
taken to wander about the level of its stretch, with a spread and a memory that are estimated from the record, and every
interval carries both. Labels are made by people or by language models, and err; how wrong they would have to be to turn
the sign of a change is part of the answer.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, final

import numba as nb
import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import Field
from scipy import special, stats

from groundswell.errors import EstimationError
from groundswell.estimators.core import Estimate
from groundswell.results import Result
from groundswell.settings import Settings

Floats = NDArray[np.float64]
Measure = Literal["in favour", "against", "leaning"]

_ERRORS = (0.02, 0.05, 0.10, 0.20)  # shares of wrong labels for which bounds are given
_FEWEST = 30  # posts in a stretch
_LIFE = 0.3  # steps in which a deviation halves, at least: a correlation of 0.1 from step to step
_SPREADS = (0.005, 3.0)  # of a logit: from nothing to shares that jump between 5% and 95%
_GRID = 24


@dataclass(frozen=True)
class LabelErrors(Result):
    """What wrong labels could do to one change of a share.

    Parameters
    ----------
    bounds : per share of wrong labels e, the least and the largest true change, if up to e of either kind of post may
        be mislabelled, before and after independently.
    turns_at : the smallest such e at which the true change may be zero. Where errors are the same before and after,
        they shrink a change and never turn it (unless more labels are wrong than right).
    """

    bounds: Mapping[float, tuple[float, float]]
    turns_at: float


@dataclass(frozen=True)
class StanceOverTime(Result):
    """The share of posts with a stance, over time and by stretch.

    Parameters
    ----------
    measure : "in favour" or "against" of all posts, or "leaning": in favour, of those that take a side.
    times : step of each value of the curve; curve, low, high : the share of each step given the whole record, with its
        interval; levels may jump at shocks.
    stretches : the level of the share in each stretch: "before", then one after each shock.
    changes : the change at each shock, from the stretch before it to the one after.
    from_first : the last steps, minus the first steps after the last shock.
    below_start : the last steps, minus the stretch before the first shock.
    spread, memory : standard deviation of the logit of an hour's share about its stretch, beyond that of counting, and
        its correlation from step to step.
    labels : per change, what wrong labels could do.
    """

    measure: Measure
    unit: str
    times: NDArray[np.int64]
    curve: Floats
    low: Floats
    high: Floats
    stretches: Mapping[str, Estimate]
    changes: Mapping[str, Estimate]
    from_first: Estimate
    below_start: Estimate
    spread: float
    memory: float
    labels: Mapping[str, LabelErrors]
    notes: tuple[str, ...]

    derived = ("answer",)

    @property
    def answer(self) -> str:
        """What happened to the share, in one sentence; caveats first."""
        e = self.below_start
        if e.value is None or e.low is None or e.high is None:
            return "No verdict: there are no posts before the first shock to compare with."
        wrong = self.labels["below start"].turns_at
        level = f"{e.value:+.1%} ({e.level:.0%} interval {e.low:+.1%} to {e.high:+.1%})"
        if e.low <= 0 <= e.high:
            return f"No verdict: the share {self.measure} at the end cannot be distinguished from that before the "
            f"shocks: {level}."
        way = "below" if e.value < 0 else "above"
        return (
            f"At the end the share {self.measure} lay {way} that before the shocks: {level}; labels wrong in "
            f"{wrong:.1%} of posts, before and after differently, could undo it."
        )


@final
class StanceSettings(Settings):
    """Options of `stance_change`."""

    measure: Measure = Field("in favour", description="of all posts, or leaning: in favour, of those that take a side")
    unit: str = Field("hour", description="of a step")
    tail: int = Field(168, ge=1, description="steps at the end of the record that are compared with the start")
    head: int = Field(48, ge=1, description="steps after the last shock that the end is compared with too")
    level: float = Field(0.95, ge=0.5, lt=1, description="coverage of the intervals")


def stance_change(
    counts: ArrayLike, shocks: Mapping[str, int], settings: StanceSettings | None = None, **options: Any
) -> StanceOverTime:
    """The share of posts with a stance before and after dated shocks, and whether it ends below where it began.

    ``k_t / n_t = level + P Q d_t + e_t`` in each stretch: the logit of the share wanders about the level of its
    stretch as ``d_t``, with standard deviation ``spread`` and correlation ``memory^lag``, shocks included;
    ``e_t`` is the noise of counting, of variance ``P Q / n_t``; P is the pooled share of the stretch, Q = 1 - P. Levels
    and changes are averaged over a grid of spread and memory, each weighted by its restricted likelihood, since a week
    of hours hardly separates a slow drift from a change.

    Parameters
    ----------
    counts : shape (T, 3), posts against, neutral and in favour per step; a step without posts is (0, 0, 0).
    shocks : step of each shock by name, in order.
    settings, options : see `StanceSettings`. By default, the last week of hours is compared with the time before the
        first shock, and with the two days after the last.

    Returns
    -------
    `StanceOverTime`.

    Raises
    ------
    EstimationError : the counts are not three columns of counts, or a stretch holds fewer than 30 posts.

    Known limits: shares are of posts, not of people; those who stop posting leave the share. A stance towards somebody
    who is not yet known is not a stance: choose the first shock accordingly. Neutral may hide unlabelled stance. For
    how many post, use `groundswell.estimators.attention.response_classes.classify_response`.
    Source: Williams (1982), Applied Statistics 31:144-148 (overdispersed shares); Harvey (1989), Forecasting,
    Structural Time Series Models and the Kalman Filter; Copeland et al. (1977), Am. J. Epidemiology 105:488-495.

    Example
    -------
    >>> counts = np.tile([20, 60, 20], (96, 1))
    >>> counts[48:] = [20, 50, 30]
    >>> found = stance_change(counts, {"the arrest": 48}, tail=24, head=24)
    >>> round(found.changes["the arrest"].value, 3)
    0.1
    """
    o = StanceSettings.of(settings, options)
    hits, posts = _counts(counts, o.measure)
    T = hits.size
    stretches = _stretches(shocks, T, posts)
    if max(o.tail, o.head) > T:
        raise EstimationError(f"tail {o.tail}, head {o.head}", expected=f"from 1 to {T} steps")
    shares = _shares(hits, posts, stretches)
    names = list(stretches)
    mixture = shares.mixture(list(stretches.values()))
    best = int(np.argmax(mixture.weight))
    spread, memory = float(mixture.weight @ mixture.spread), float(mixture.weight @ mixture.memory)
    levels_at = _Levels(o.level, spread, memory)
    one = np.eye(len(names))
    levels = {
        n: levels_at.estimate(mixture, one[k], hits.size, "level of the share", none=True) for k, n in enumerate(names)
    }
    changes = {n: levels_at.estimate(mixture, one[k] - one[k - 1], hits.size, "change of the share")
               for k, n in enumerate(names) if k}  # fmt: skip

    last = max(shocks.values())
    tail_at = np.arange(max(T - o.tail, last), T)
    head_at = np.arange(last, min(last + o.head, int(tail_at[0])))
    for name, at in (("last", tail_at), ("first", head_at)):
        if posts[at].sum() < _FEWEST:
            raise EstimationError(
                f"{int(posts[at].sum())} posts in the {name} {at.size} steps after the last shock",
                expected=f"at least {_FEWEST}", instead="choose another tail or head",
            )  # fmt: skip
    between = np.arange(int(head_at[-1]) + 1, int(tail_at[0]))
    cells = [stretches[n] for n in names[:-1]] + [head_at] + ([between] if posts[between].sum() else []) + [tail_at]
    split = shares.mixture(cells)
    unit_vectors = np.eye(len(cells))
    from_first = levels_at.estimate(split, unit_vectors[-1] - unit_vectors[len(names) - 1], T, "change of the share")
    below = levels_at.estimate(split, unit_vectors[-1] - unit_vectors[0], T, "change of the share")

    pooled = {n: float(hits[at].sum() / posts[at].sum()) for n, at in stretches.items()}
    end, start = (float(hits[at].sum() / posts[at].sum()) for at in (tail_at, head_at))
    labels = {b: _label_errors(pooled[a], pooled[b]) for a, b in itertools.pairwise(names)}
    labels |= {"from first": _label_errors(start, end), "below start": _label_errors(pooled["before"], end)}
    flat = np.zeros(T)
    for k, at in enumerate(stretches.values()):
        flat[at] = mixture.mean[best, k]
    curve, error = shares.smoothed(flat, float(mixture.spread[best]), float(mixture.memory[best]))
    half = float(stats.norm.ppf(0.5 + o.level / 2)) * error
    empty = int((posts == 0).sum())
    return StanceOverTime(
        measure=o.measure, unit=o.unit, times=np.arange(T), curve=np.clip(curve, 0, 1), low=np.clip(curve - half, 0, 1),
        high=np.clip(curve + half, 0, 1), stretches=levels, changes=changes, from_first=from_first, below_start=below,
        spread=spread, memory=memory, labels=labels,
        notes=(f"{empty} steps hold no posts of this kind",) if empty else (),
    )  # fmt: skip


@dataclass(frozen=True)
class _Levels:
    level: float
    spread: float
    memory: float

    def estimate(self, mixture: _Mixture, c: Floats, n: int, what: str, none: bool = False) -> Estimate:
        value, low, high, p = mixture.contrast(c, self.level, 1e-9)
        checks = {"spread of the logit between steps": self.spread, "memory from step to step": self.memory}
        method = f"{what}, restricted likelihood averaged over the spread and the memory between steps"
        if none:  # a level has no null
            return Estimate(value, max(low, 0.0), min(high, 1.0), None, n, method, "share", True, checks, self.level)
        return Estimate(value, low, high, p, n, method, "share", True, checks, self.level)


def _counts(counts: ArrayLike, measure: Measure) -> tuple[Floats, Floats]:
    try:
        table = np.asarray(counts, dtype=np.float64)
    except (TypeError, ValueError):
        raise EstimationError("counts hold something that is not a number", expected="counts") from None
    if table.ndim != 2 or table.shape[1] != 3 or table.shape[0] < 4:
        raise EstimationError(f"counts of shape {table.shape}", expected="against, neutral and in favour, per step")
    if not np.isfinite(table).all() or (table < 0).any() or (table != np.round(table)).any():
        raise EstimationError(
            "counts hold a value that is not a count",
            expected="0, 1, 2 ...",
            instead="use (0, 0, 0) for a step without posts",
        )
    against, neutral, favour = table.T
    if measure == "leaning":
        return favour, against + favour
    return (favour if measure == "in favour" else against), against + neutral + favour


def _stretches(shocks: Mapping[str, int], steps: int, posts: Floats) -> dict[str, NDArray[np.int64]]:
    if not shocks:
        raise EstimationError("no shocks", expected="at least one dated shock")
    at = list(shocks.values())
    if at != sorted(set(at)) or at[0] < 1 or at[-1] > steps - 2:
        raise EstimationError(f"shocks at {at}", expected=f"different steps from 1 to {steps - 2}, in order")
    reserved = {"before", "from first", "below start"} & set(shocks)
    if reserved:
        raise EstimationError(f"a shock named {sorted(reserved)[0]!r}", expected="another name")
    edges = [0, *at, steps]
    found = {n: np.arange(a, b) for n, a, b in zip(["before", *shocks], edges[:-1], edges[1:], strict=True)}
    for name, part in found.items():
        if posts[part].sum() < _FEWEST:
            where = name if name == "before" else f"after {name}"
            raise EstimationError(
                f"{int(posts[part].sum())} posts in the stretch {where}", expected=f"at least {_FEWEST}",
                instead="leave that shock out, or compare other stretches",
            )  # fmt: skip
    return found


# --- the model ------------------------------------------------------------------------------------------------------


@nb.njit(cache=True, nogil=True)
def whiten(columns, scale, noise, spread2, memory):  # pragma: no cover - compiled; its twin is in the tests
    """The innovations of each column, in units of their standard deviation, and half the log-determinant.

    Kalman filter of ``column_t = scale_t d_t + e_t``, ``d`` stationary with variance spread2 and correlation memory,
    ``var e_t = noise_t``; steps whose noise is infinite are not observed. Filters are linear, so the data and every
    column of the design go through the same gains.
    """
    steps, many = columns.shape
    out = np.zeros((steps, many))
    state = np.zeros(many)
    variance, half_log = spread2, 0.0
    for t in range(steps):
        if np.isfinite(noise[t]):
            total = scale[t] * scale[t] * variance + noise[t]
            gain, root = variance * scale[t] / total, math.sqrt(total)
            half_log += math.log(root)
            for j in range(many):
                left = columns[t, j] - scale[t] * state[j]
                out[t, j] = left / root
                state[j] += gain * left
            variance -= gain * scale[t] * variance
        for j in range(many):
            state[j] *= memory
        variance = memory * memory * variance + spread2 * (1.0 - memory * memory)
    return out, half_log


def _root(f: Callable[[float], float], low: float, high: float) -> float:
    """Where an increasing function is zero."""
    for _ in range(60):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if f(middle) < 0 else (low, middle)
    return 0.5 * (low + high)


@dataclass(frozen=True)
class _Mixture:
    """Levels of the cells of a design, averaged over a grid of (spread, memory) by restricted likelihood.

    ``weight[g]`` of a grid point; given it the levels are normal with ``mean[g]`` and ``covariance[g]``.
    """

    weight: Floats
    mean: Floats  # (G, S)
    covariance: Floats  # (G, S, S)
    spread: Floats
    memory: Floats

    def contrast(self, c: Floats, level: float, floor: float) -> tuple[float, float, float, float]:
        """Value, interval and two-sided p-value of a combination of the levels."""
        means = self.mean @ c
        errors = np.sqrt(np.maximum(np.einsum("i,gij,j->g", c, self.covariance, c), floor**2))
        value = float(self.weight @ means)

        def below(x: float) -> float:
            return float(self.weight @ special.ndtr((x - means) / errors))

        reach = 12 * float(errors.max()) + float(np.ptp(means))
        low, high = (
            _root(lambda x, q=q: below(x) - q, value - reach, value + reach) for q in ((1 - level) / 2, (1 + level) / 2)
        )
        tail = below(0.0)
        return value, low, high, float(min(1.0, 2 * min(tail, 1 - tail)))


@dataclass(frozen=True)
class _Shares:
    """Observed shares per step, the noise of counting, and the scale on which their logit wanders."""

    share: Floats
    noise: Floats
    scale: Floats

    def mixture(self, cells: Sequence[NDArray[np.int64]]) -> _Mixture:
        T = self.share.size
        X = np.zeros((T, len(cells)))
        for j, at in enumerate(cells):
            X[at, j] = 1.0
        columns = np.column_stack([self.share, X])
        lives = np.geomspace(_LIFE, T / 2, _GRID)  # uniform in the logarithm: nothing is known about the time scale
        spreads = np.geomspace(*_SPREADS, _GRID)
        points, logs, means, covariances = [], [], [], []
        for life in lives:
            memory = 2.0 ** (-1.0 / life)
            for spread in spreads:
                white, half_log = whiten(columns, self.scale, self.noise, spread**2, memory)
                A, b = white[:, 1:], white[:, 0]
                information = A.T @ A
                covariance = np.linalg.inv(information)
                beta = covariance @ (A.T @ b)
                left = b - A @ beta
                determinant = np.linalg.slogdet(information)[1]
                logs.append(-half_log - 0.5 * determinant - 0.5 * float(left @ left))
                points.append((spread, memory))
                means.append(beta)
                covariances.append(covariance)
        weight = np.exp(np.array(logs) - max(logs))
        spread, memory = np.array(points).T
        return _Mixture(weight / weight.sum(), np.array(means), np.array(covariances), spread, memory)

    def smoothed(self, level: Floats, spread: float, memory: float) -> tuple[Floats, Floats]:
        """The share of each step given the whole record, and its standard error; all else at its estimate."""
        T = self.share.size
        filtered, variance = np.zeros(T), np.zeros(T)
        state, doubt = 0.0, spread**2
        for t in range(T):
            if np.isfinite(self.noise[t]):
                total = self.scale[t] ** 2 * doubt + self.noise[t]
                gain = doubt * self.scale[t] / total
                state += gain * (self.share[t] - level[t] - self.scale[t] * state)
                doubt *= 1 - gain * self.scale[t]
            filtered[t], variance[t] = state, doubt
            state, doubt = memory * state, memory**2 * doubt + spread**2 * (1 - memory**2)
        for t in range(T - 2, -1, -1):
            ahead = memory**2 * variance[t] + spread**2 * (1 - memory**2)
            back = memory * variance[t] / ahead if ahead > 0 else 0.0
            filtered[t] += back * (filtered[t + 1] - memory * filtered[t])
            variance[t] += back**2 * (variance[t + 1] - ahead)
        return level + self.scale * filtered, self.scale * np.sqrt(np.maximum(variance, 0.0))


def _shares(hits: Floats, posts: Floats, stretches: Mapping[str, NDArray[np.int64]]) -> _Shares:
    """Counting noise and scale from the share of the stretch, not of the step, which may hold three posts."""
    pq = np.zeros(hits.size)
    for at in stretches.values():
        n = posts[at].sum()
        share = (hits[at].sum() + 0.5) / (n + 1.0)
        pq[at] = share * (1 - share)
    held = posts > 0
    return _Shares(
        np.where(held, hits / np.maximum(posts, 1.0), 0.0), np.where(held, pq / np.maximum(posts, 1.0), np.inf), pq
    )


# --- wrong labels ---------------------------------------------------------------------------------------------------


def _true_share(observed: float, wrong: float) -> tuple[float, float]:
    """The least and the largest true share if up to `wrong` of either kind of post has the other's label."""
    return max(0.0, (observed - wrong) / (1 - wrong)), min(1.0, observed / (1 - wrong))


def _label_errors(before: float, after: float) -> LabelErrors:
    def bounds(wrong: float) -> tuple[float, float]:
        a, b = _true_share(before, wrong), _true_share(after, wrong)
        return b[0] - a[1], b[1] - a[0]

    def turned(wrong: float) -> bool:
        low, high = bounds(wrong)
        return low <= 0 <= high

    low, far = 0.0, 0.5
    if not turned(far):
        return LabelErrors({e: bounds(e) for e in _ERRORS}, far)
    for _ in range(50):
        middle = 0.5 * (low + far)
        low, far = (low, middle) if turned(middle) else (middle, far)
    return LabelErrors({e: bounds(e) for e in _ERRORS}, far)
