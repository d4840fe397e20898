"""The baseline of the model of excitation: trend, season, weekdays, coverage and level shifts, as columns.

The columns are stored twice: dense, as the model is written, and as a local basis: a few non-zero entries per step
(four B-splines, the season, one weekday, coverage, shifts) and one small matrix that turns them into the model's
columns. Every sum over a long record runs over the local basis, which costs a tenth of the dense sums and gives the
same numbers to rounding.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import interpolate

from groundswell.errors import EstimationError

Step = Literal["day", "week"]
Floats = NDArray[np.float64]

STEPS_PER_YEAR = {"day": 365.25, "week": 365.25 / 7}
SHORTEST = 0.25  # steps; w(1) = 0.94, so the next step takes nearly all


@dataclass(frozen=True)
class Baseline:
    """What the mean would be without excitation, on the log scale: trend + season + weekdays + coverage + breaks.

    Parameters
    ----------
    df_per_year : pieces of the cubic spline per year; at least 4, at most ``most_pieces`` and one per 10 steps. This
        is the finest trend that the model can see; how wiggly the trend is, within that, is estimated by marginal
        likelihood together with the excitation. The default, 4, resolves swings of half a year.
    harmonics : pairs of sine and cosine of the year; by default 2 with two years of record or more, else 0.
    weekdays : six weekday effects; by default with daily steps.
    breaks : "auto" to search for level shifts (at most 4 per kind), or the steps at which they occur, or ().
    most_pieces : of the trend, in all.
    """

    df_per_year: float = 4.0
    harmonics: int | None = None
    weekdays: bool | None = None
    breaks: Literal["auto"] | tuple[int, ...] = "auto"
    most_pieces: int = 40

    def __post_init__(self) -> None:
        if isinstance(self.breaks, str) and self.breaks != "auto":
            raise EstimationError(f"breaks {self.breaks!r}", expected="'auto', or a tuple of steps")
        if self.df_per_year <= 0 or (self.harmonics or 0) < 0:
            raise EstimationError(f"{self}", expected="df_per_year > 0 and harmonics >= 0")


def checked_breaks(breaks: Sequence[int], T: int) -> tuple[int, ...]:
    """Steps of level shifts that are given, in order."""
    given = tuple(sorted(int(b) for b in breaks))
    if any(not 0 < b < T for b in given):
        raise EstimationError(f"breaks {given}", expected=f"steps from 1 to {T - 1}")
    return given


def checked_coverage(coverage: ArrayLike | None, T: int) -> Floats | None:
    """Coverage that is given, as T finite numbers."""
    if coverage is None:
        return None
    found = np.asarray(coverage, dtype=np.float64)
    if found.shape != (T,) or not np.isfinite(found).all():
        raise EstimationError(
            f"coverage of shape {found.shape}",
            expected=f"{T} finite numbers",
            instead="np.log1p(total events per step)",
        )
    return found


@dataclass(frozen=True)
class BaselineDesign:
    """Columns of a baseline over T steps.

    Parameters
    ----------
    rigid : shape (T, r); line, season, weekdays, coverage, level shifts: free coefficients.
    wiggles : shape (T, w); the spline's departure from a line: coefficients with a prior.
    index, value : shape (T, m); entries of each step in the local basis F of q columns: ``F[t, index[t]] = value[t]``.
    q : columns of the local basis.
    rigid_map, wiggle_map : shapes (q, r) and (q, w); ``rigid = F rigid_map``, ``wiggles = F wiggle_map``.
    """

    rigid: Floats
    wiggles: Floats
    index: NDArray[np.uint64]
    value: Floats
    q: int
    rigid_map: Floats
    wiggle_map: Floats

    def shifted(self, breaks: Sequence[int]) -> BaselineDesign:
        """With level shifts at these steps added to the rigid columns."""
        if not breaks:
            return self
        T, extra = self.rigid.shape[0], len(breaks)
        steps = level_shifts(T, breaks)
        places = np.broadcast_to(np.arange(self.q, self.q + extra, dtype=np.uint64), (T, extra))
        r, w = self.rigid_map.shape[1], self.wiggle_map.shape[1]
        rigid_map = np.zeros((self.q + extra, r + extra))
        rigid_map[: self.q, :r] = self.rigid_map
        rigid_map[self.q :, r:] = np.eye(extra)
        return BaselineDesign(
            np.column_stack([self.rigid, steps]),
            self.wiggles,
            np.ascontiguousarray(np.hstack([self.index, places])),
            np.ascontiguousarray(np.hstack([self.value, steps])),
            self.q + extra,
            rigid_map,
            np.vstack([self.wiggle_map, np.zeros((extra, w))]),
        )


def level_shifts(T: int, breaks: Sequence[int]) -> Floats:
    """A column per break, 0 before it and 1 from it on; shape (T, breaks)."""
    return np.column_stack([(np.arange(T) >= b).astype(float) for b in breaks]) if breaks else np.empty((T, 0))


def dense_design(rigid: Floats, wiggles: Floats) -> BaselineDesign:
    """A design whose local basis is its own columns: slow, for any columns."""
    q = rigid.shape[1] + wiggles.shape[1]
    index = np.ascontiguousarray(np.broadcast_to(np.arange(q, dtype=np.uint64), (rigid.shape[0], q)))
    maps = np.eye(q)
    r = rigid.shape[1]
    both = np.ascontiguousarray(np.hstack([rigid, wiggles]))
    return BaselineDesign(rigid, wiggles, index, both, q, maps[:, :r], maps[:, r:])


def design(T: int, step: Step, baseline: Baseline, coverage: Floats | None, notes: list[str]) -> BaselineDesign:
    """Rigid columns (line, season, weekdays, coverage) and wiggles (the spline's departure from a line).

    Wiggles are those of a P-spline (Eilers & Marx 1996): cubic B-splines with second differences of coefficients as
    independent normals, scaled so that stiffness 1 means a departure of mean square 1 in the logarithm. Changes to
    the settings are appended to `notes`.
    """
    t = np.arange(T)
    year = STEPS_PER_YEAR[step]
    harmonics = baseline.harmonics
    if harmonics is None:
        harmonics = 2 if 2 * year <= T else 0
        if harmonics == 0:
            notes.append("no season: the record is shorter than two years")
    weekdays = step == "day" if baseline.weekdays is None else baseline.weekdays
    if weekdays and step != "day":
        raise EstimationError("weekday effects in a weekly series", expected="weekdays=False, or step='day'")
    wanted = max(4, round(baseline.df_per_year * T / year))
    pieces = max(4, min(wanted, T // 10, baseline.most_pieces))
    if pieces < wanted:
        notes.append(f"trend of {pieces} pieces instead of {wanted}")
    inner = np.linspace(0, T - 1, pieces + 1)
    knots = np.concatenate([[inner[0]] * 3, inner, [inner[-1]] * 3])
    spline = interpolate.BSpline.design_matrix(t.astype(float), knots, 3)
    s = pieces + 3
    first = np.minimum(np.searchsorted(inner, t, side="right") - 1, pieces - 1)
    index = [first[:, None] + np.arange(4)]
    splines = np.asarray(spline.toarray())
    value = [np.take_along_axis(splines, index[0], axis=1)]
    knot_means = np.array([knots[i + 1 : i + 4].mean() for i in range(s)])  # a cubic spline with these is the line t
    rigid = [np.ones(T), t / T - 0.5]
    maps = [np.ones(s), knot_means / T - 0.5]
    q = s

    def column(values: Floats) -> None:
        nonlocal q
        rigid.append(values)
        index.append(np.full((T, 1), q))
        value.append(values[:, None])
        q += 1

    for i in range(1, harmonics + 1):
        column(np.cos(2 * np.pi * i * t / year))
        column(np.sin(2 * np.pi * i * t / year))
    if coverage is not None:
        column((coverage - coverage.mean()) / (coverage.std() or 1.0))
    if weekdays:  # one of six, none on the first
        rigid += [(t % 7 == day).astype(float) for day in range(1, 7)]
        index.append(q + np.maximum(t % 7 - 1, 0)[:, None])
        value.append((t % 7 > 0).astype(float)[:, None])
        q += 6
    rigid_map = np.zeros((q, len(rigid)))
    rigid_map[:s, 0], rigid_map[:s, 1] = maps[0], maps[1]
    rigid_map[s:, 2:] = np.eye(q - s)
    differences = np.diff(np.eye(s), 2, axis=0)
    bent = differences.T @ np.linalg.inv(differences @ differences.T)
    wiggles = splines @ bent
    line = np.column_stack([np.ones(T), t / T - 0.5])
    straight = np.linalg.lstsq(line, wiggles, rcond=None)[0]
    wiggles = wiggles - line @ straight
    scale = math.sqrt(float(np.mean(np.sum(wiggles**2, axis=1))))
    wiggle_map = np.zeros((q, wiggles.shape[1]))
    wiggle_map[:s] = (bent - rigid_map[:s, :2] @ straight) / scale
    return BaselineDesign(
        np.column_stack(rigid),
        wiggles / scale,
        np.ascontiguousarray(np.hstack(index), dtype=np.uint64),
        np.ascontiguousarray(np.hstack(value)),
        q,
        rigid_map,
        wiggle_map,
    )


def half_life_bounds(half_life: tuple[float | None, float | None], T: int, step: Step) -> tuple[float, float]:
    """Log bounds of the half-life. Excitation slower than a quarter of a year is indistinguishable from trend."""
    low = SHORTEST if half_life[0] is None else float(half_life[0])
    high = min(STEPS_PER_YEAR[step] / 4, T / 8) if half_life[1] is None else float(half_life[1])
    if not (math.isfinite(low) and math.isfinite(high) and 0 < low < high):
        raise EstimationError(f"half-lives from {low:g} to {high:g} steps", expected="0 < low < high, finite")
    return math.log(low), math.log(high)
