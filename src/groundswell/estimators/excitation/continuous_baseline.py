"""What the intensity would be without excitation: a step function in fine cells, with an exact integral.

The logarithm of the baseline contains a trend, the season, weekdays, hours of the day, coverage and level shifts. Trend
and season are sampled at the middles of cells (at most a fortnight and 1/400 of the record long) and constant within
them, so that integral, simulation and compensator are exact for the model that is fitted. Identical cells share a row
of the design: days of the same cell and weekday, for example.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import interpolate

from groundswell.errors import EstimationError

Floats = NDArray[np.float64]

YEAR = 365.25
_MOST_PIECES = 40
_CELLS = 400  # at least this many cells in trend and season: ten for each piece of the finest trend
_WIDEST_CELL = 14.0  # days; a thirteenth of the faster harmonic of the year
_MOST_CELLS = 200_000


@dataclass(frozen=True)
class ContinuousBaseline:
    """What the logarithm of the intensity without excitation is made of.

    Parameters
    ----------
    df_per_year : pieces of the cubic spline per year; at least 4, at most 40 in all and one per 8 events. How wiggly
        the trend is, within that, is chosen by marginal likelihood together with the excitation. 0: no trend.
    harmonics : pairs of sine and cosine of the year; by default 2 with two years of record or more, else 0.
    weekdays : six weekday effects; by default with eight weeks of record or more. Days begin at whole numbers of days.
    hours : pairs of sine and cosine of the day, for records timed by the hour.
    breaks : "auto" to search for level shifts (at most 4 per kind), or the times (days) at which they occur, or ().
    """

    df_per_year: float = 4.0
    harmonics: int | None = None
    weekdays: bool | None = None
    hours: int = 0
    breaks: Literal["auto"] | tuple[float, ...] = "auto"

    def __post_init__(self) -> None:
        if isinstance(self.breaks, str) and self.breaks != "auto":
            raise EstimationError(f"breaks {self.breaks!r}", expected="'auto', or a tuple of times")
        if (self.harmonics or 0) < 0 or self.hours < 0 or self.df_per_year < 0:
            raise EstimationError(f"{self}", expected="df_per_year, harmonics and hours from 0")


CONSTANT = ContinuousBaseline(0.0, 0, False, 0, ())


@dataclass(frozen=True)
class ContinuousDesign:
    """Cells in order of time, and the rows of the design that they use; times count from the start of the record.

    Parameters
    ----------
    edges : shape (C + 1,), days; cell c is [edges[c], edges[c+1]).
    row : shape (C,); row of each cell.
    width : shape (R,), days spent in each row.
    X : shape (p, R): the constant, free columns, orthonormal over time, then wiggles of mean square 1 at stiffness 1.
    rigid : how many columns are free.
    frequencies : cycles per day of each free column but the constant; 0 for slow ones.
    time : shape (R,), days; the middle of the cell of the trend that a row belongs to.
    """

    edges: Floats
    row: NDArray[np.int64]
    width: Floats
    X: Floats
    rigid: int
    frequencies: Floats
    time: Floats
    breaks: tuple[float, ...]

    def rows(self, times: Floats) -> NDArray[np.int64]:
        """The row of the cell at each time."""
        at = np.clip(np.searchsorted(self.edges, times, side="right") - 1, 0, self.row.size - 1)
        return self.row[at]

    def integral(self, base: Floats, times: Floats) -> Floats:
        """Integral from the start to each time of the step function with value base[row]."""
        value = base[self.row]
        upto = np.concatenate([[0.0], np.cumsum(value * np.diff(self.edges))])
        at = np.clip(np.searchsorted(self.edges, times, side="right") - 1, 0, self.row.size - 1)
        return upto[at] + value[at] * (times - self.edges[at])


def build_design(
    span: float,
    origin: float,
    events: int,
    baseline: ContinuousBaseline,
    coverage: tuple[Floats, Floats] | None,
    breaks: tuple[float, ...],
    notes: list[str],
) -> ContinuousDesign:
    """The design of one kind: span in days, origin (the start, for weekdays), and its number of events."""
    harmonics = baseline.harmonics
    if harmonics is None:
        harmonics = 2 if span >= 2 * YEAR else 0
    weekdays = span >= 56 if baseline.weekdays is None else baseline.weekdays
    simple = baseline.df_per_year == 0 and not harmonics and not weekdays and not baseline.hours
    flat = simple and coverage is None and not breaks
    coarse = 1 if simple else max(_CELLS, math.ceil(span / _WIDEST_CELL) if harmonics else 1)
    ends = np.linspace(0, span, coarse + 1)
    unit = 1 / 24 if baseline.hours else 1.0
    if (weekdays or baseline.hours) and not flat:
        if span / unit > _MOST_CELLS:
            raise EstimationError(
                f"weekdays or hours over {span:.0f} days", expected=f"at most {_MOST_CELLS:,} cells", instead="hours=0"
            )
        first = math.ceil(origin / unit) * unit - origin
        fine = np.arange(first, span, unit)
        if unit < span / coarse:  # whole days within a cell of the trend, and cells that begin with a day
            near = fine[np.clip(np.searchsorted(fine, ends[1:-1]), 0, fine.size - 1)]
            ends = np.concatenate([[0], np.unique(near), [span]])
    else:
        fine = np.empty(0)
    extra = list(breaks) if coverage is None else [*breaks, *coverage[0].tolist()]
    ends = np.unique(np.concatenate([ends, [x for x in extra if 0 < x < span]]))
    ends = ends[np.concatenate([[True], np.diff(ends) > 1e-9 * span])]
    ends[-1] = span
    edges = np.unique(np.concatenate([ends, fine[(fine > 0) & (fine < span)]]))
    middle = 0.5 * (edges[1:] + edges[:-1])
    cell = np.searchsorted(ends, middle, side="right") - 1
    day = np.floor((middle + origin) % 7).astype(np.int64) if weekdays else np.zeros(middle.size, np.int64)
    hour = np.floor((middle + origin) % 1 * 24).astype(np.int64) if baseline.hours else np.zeros(middle.size, np.int64)
    label = (cell * 7 + day) * 24 + hour
    kinds, first_cell, row = np.unique(label, return_index=True, return_inverse=True)
    width = np.bincount(row, weights=np.diff(edges), minlength=kinds.size)
    at = first_cell
    t = (0.5 * (ends[1:] + ends[:-1]))[cell[at]]
    columns, frequencies = [np.ones(t.size)], []
    if baseline.df_per_year > 0:
        columns.append(t / span - 0.5)
        frequencies.append(0.0)
    for i in range(1, harmonics + 1):
        columns += [np.cos(2 * np.pi * i * t / YEAR), np.sin(2 * np.pi * i * t / YEAR)]
        frequencies += [i / YEAR] * 2
    if weekdays:
        columns += [(day[at] == d).astype(float) for d in range(1, 7)]
        frequencies += [1 / 7, 1 / 7, 2 / 7, 2 / 7, 3 / 7, 3 / 7]
    for i in range(1, baseline.hours + 1):
        angle = 2 * np.pi * i * (hour[at] + 0.5) / 24
        columns += [np.cos(angle), np.sin(angle)]
        frequencies += [float(i)] * 2
    if coverage is not None:
        columns.append(coverage[1][np.clip(np.searchsorted(coverage[0], t, side="right") - 1, 0, None)])
        frequencies.append(0.0)
    for b in breaks:
        columns.append((t > b).astype(float))
        frequencies.append(0.0)
    wiggles = np.empty((t.size, 0))
    if baseline.df_per_year > 0:
        wanted = max(4, round(baseline.df_per_year * span / YEAR))
        pieces = max(4, min(wanted, _MOST_PIECES, events // 8))
        if pieces < wanted:
            notes.append(f"trend of {pieces} pieces instead of {wanted}")
        inner = np.linspace(0, span, pieces + 1)
        knots = np.concatenate([[inner[0]] * 3, inner, [inner[-1]] * 3])
        spline = interpolate.BSpline.design_matrix(t, knots, 3).toarray()
        differences = np.diff(np.eye(spline.shape[1]), 2, axis=0)
        wiggles = spline @ differences.T @ np.linalg.inv(differences @ differences.T)
    share = width / span
    root = np.sqrt(share)[:, None]
    rigid = np.column_stack(columns)
    others = rigid[:, 1:] - share @ rigid[:, 1:]
    Q = np.ones((t.size, 1))
    if others.size:
        _, singular, vt = np.linalg.svd(others * root, full_matrices=False)
        keep = singular > 1e-8 * max(singular[0], 1e-300)
        Q = np.hstack([Q, others @ (vt[keep].T / singular[keep])])
    if wiggles.shape[1]:
        line = np.column_stack([np.ones(t.size), t / span - 0.5])
        wiggles = wiggles - line @ np.linalg.lstsq(line * root, wiggles * root, rcond=None)[0]
        wiggles = wiggles / math.sqrt(float(np.sum(wiggles**2 * share[:, None])))
        wiggles = wiggles - Q @ (Q.T @ (wiggles * share[:, None]))
    X = np.ascontiguousarray(np.hstack([Q, wiggles]).T)
    return ContinuousDesign(
        edges,
        row.astype(np.int64).ravel(),
        np.asarray(width, dtype=np.float64),
        X,
        Q.shape[1],
        np.array(frequencies),
        t,
        breaks,
    )
