"""Dated events made ready for a model in continuous time: dates to days, ties, marks, places."""

from __future__ import annotations

import datetime
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from groundswell.draws import derive_seed
from groundswell.errors import EstimationError
from groundswell.estimators.excitation.continuous_history import EventHistory, Floats
from groundswell.estimators.excitation.options import HawkesSettings

_KM_PER_DEGREE = 111.195  # of latitude; a sphere of radius 6371 km
_TO_CHOOSE = 500  # events left out, each on its own, to choose the width of a map
_MOST_TIED = 0.01  # share of tied events that is attributed to chance and the clock


@dataclass(frozen=True)
class Prepared:
    """A record, the names of its kinds, its start in days, and coverage counted from the start."""

    record: EventHistory
    labels: tuple[str, ...]
    start: float
    coverage: tuple[Floats, Floats] | None
    notes: tuple[str, ...]


def in_days(values: object, name: str) -> Floats:
    """Numbers as they are, dates as days since 1970."""
    try:
        array = np.asarray(values)
        if array.dtype.kind == "O" and array.size and isinstance(array.ravel()[0], datetime.date):
            if any(getattr(x, "tzinfo", None) is not None for x in array.ravel()):
                array = np.array([x.astimezone(datetime.UTC).replace(tzinfo=None) for x in array.ravel()])
            array = array.astype("datetime64[us]")
        if array.dtype.kind == "U" and array.size:
            array = array.astype("datetime64[us]")
        if array.dtype.kind == "M":
            days = array.astype("datetime64[us]").astype(np.int64) / 86_400e6
            return np.where(np.isnat(array), np.nan, days)
        return np.array(array, dtype=np.float64)
    except (TypeError, ValueError):
        raise EstimationError(
            f"{name} hold something that is neither a number nor a date", expected="days or dates"
        ) from None


def _moment(value: object, name: str) -> float:
    found = in_days([value], name)
    if found.size != 1 or not np.isfinite(found).all():
        raise EstimationError(f"{name} {value!r}", expected="a number of days, or a date")
    return float(found[0])


def _resolution(times: Floats) -> float:
    gaps = np.diff(np.unique(times))
    return float(gaps.min()) if gaps.size else 1.0


def prepare_record(
    times: ArrayLike,
    settings: HawkesSettings,
    *,
    kinds: Sequence[object] | NDArray | None,
    labels: Sequence[str] | None,
    marks: ArrayLike | None,
    places: ArrayLike | None,
    start: object,
    end: object,
) -> Prepared:
    """Events in order of time, counted from the start, checked; see `fit_hawkes` for the parameters."""
    ties, resolution, coverage = settings.ties, settings.resolution, settings.coverage
    notes: list[str] = []
    t = in_days(times, "times")
    if t.ndim != 1 or t.size < 20:
        raise EstimationError(f"times of shape {t.shape}", expected="at least 20 events, in one dimension")
    bad = np.flatnonzero(~np.isfinite(t))
    if bad.size:
        raise EstimationError(
            f"times[{bad[0]}] is missing",
            expected="a time for every event",
            instead="leave such events out, and report that you did",
        )
    codes, names = _codes(kinds, labels, t.size)
    first = (
        _moment(start, "start") if start is not None else min(0.0, t.min()) if t.min() < 365 else math.floor(t.min())
    )
    last = _moment(end, "end") if end is not None else float(t.max())
    tied = 1 - np.unique(t).size / t.size
    if ties == "spread":
        width = _resolution(t) if resolution is None else float(resolution)
        rng = np.random.default_rng(derive_seed(settings.seed, "ties"))
        t = t + width * rng.uniform(size=t.size)
        if t.max() > last:
            last = float(np.floor(t.max() / width + 1) * width)
            notes.append(f"the end was moved to {last:g}, so that the last events have their {width:g} days")
        notes.append(f"times spread over {width:g} days at random: what happens within that is not identified")
    elif tied > _MOST_TIED and ties == "refuse":
        raise EstimationError(
            f"{tied:.0%} of the events share their time with another",
            expected="times finer than the spacing of events",
            why="in continuous time no two events coincide, and their order within a day is not known",
            instead="fit_excitation on counts per day, or ties='spread'",
        )
    if last <= first:
        raise EstimationError(f"an end ({last:g}) not after the start ({first:g})", expected="start < end")
    outside = np.flatnonzero((t < first) | (t > last))
    if outside.size:
        raise EstimationError(
            f"times[{outside[0]}] = {t[outside[0]]:g} lies outside {first:g} to {last:g}",
            expected="events within start and end",
        )
    order = np.argsort(t, kind="stable")
    log_size = None
    if marks is not None:
        sizes = np.asarray(marks, dtype=np.float64)
        if sizes.shape != t.shape or not np.isfinite(sizes).all() or (sizes <= 0).any():
            raise EstimationError(
                "marks", expected=f"{t.size} positive sizes", instead="leave out events without a size"
            )
        if np.ptp(sizes) == 0:
            raise EstimationError("marks that are all equal", expected="sizes that vary", instead="marks=None")
        log_size = (np.log(sizes) - np.log(sizes).mean())[order]
    place = density = None
    if places is not None:
        place = _plane(places, settings.coordinates, t.size)[order]
        density = _density(place, codes[order], len(names), settings.blur)
    steps = None
    if coverage is not None:
        at, values = in_days(coverage[0], "coverage times") - first, np.asarray(coverage[1], dtype=np.float64)
        if at.ndim != 1 or at.shape != values.shape or at.size < 2 or not np.isfinite(values).all():
            raise EstimationError("coverage", expected="(times, values), of one length, finite")
        if (np.diff(at) <= 0).any() or at[0] > 0:
            raise EstimationError("coverage times", expected="ascending, the first not after the start")
        steps = (at, values)
    record = EventHistory(t[order] - first, codes[order], len(names), last - first, log_size, place, density)
    return Prepared(record, names, first, steps, tuple(notes))


def _codes(kinds: object, labels: Sequence[str] | None, n: int) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    if kinds is None:
        if labels is not None and len(labels) != 1:
            raise EstimationError(f"{len(labels)} labels without kinds", expected="the kind of each event")
        return np.zeros(n, np.int64), (labels[0] if labels else "event",)
    given = [str(x) for x in np.asarray(kinds).tolist()]
    if len(given) != n:
        raise EstimationError(f"{len(given)} kinds for {n} events", expected="one for each")
    names = tuple(str(x) for x in labels) if labels is not None else tuple(sorted(set(given)))
    if len(set(names)) != len(names):
        raise EstimationError(f"labels {names}", expected="distinct names")
    known = {name: k for k, name in enumerate(names)}
    unknown = sorted(set(given) - set(names))
    if unknown:
        raise EstimationError(f"kind {unknown[0]!r}", expected=f"one of {', '.join(names)}")
    codes = np.array([known[x] for x in given], dtype=np.int64)
    for k, number in enumerate(np.bincount(codes, minlength=len(names))):
        if number < 10:
            raise EstimationError(f"{number} events of {names[k]!r}", expected="at least 10 of each kind")
    return codes, names


def _plane(places: ArrayLike, coordinates: str, n: int) -> Floats:
    """Coordinates in km in a plane; degrees are projected about the middle latitude."""
    xy = np.asarray(places, dtype=np.float64)
    if xy.shape != (n, 2) or not np.isfinite(xy).all():
        raise EstimationError(f"places of shape {xy.shape}", expected=f"({n}, 2) finite coordinates")
    if coordinates == "km":
        return xy
    if (np.abs(xy[:, 0]) > 90).any() or (np.abs(xy[:, 1]) > 180).any():
        raise EstimationError("places outside the globe", expected="latitude, then longitude, in degrees")
    middle = math.cos(math.radians(float(xy[:, 0].mean())))
    return np.column_stack([xy[:, 1] * middle, xy[:, 0]]) * _KM_PER_DEGREE


def _density(place: Floats, kind: NDArray[np.int64], K: int, blur: float) -> Floats:
    """Smoothed map of the events of a kind at each of its events, itself left out, per square km.

    Normal smoothing, of the width (at least ``blur``) that best predicts left-out events; one part in fifty is spread
    evenly over the rectangle of the record, so that a lone event does not have density zero.
    """
    out = np.empty(kind.size)
    area = float(np.prod(np.maximum(np.ptp(place, axis=0), 2 * blur)))
    for k in range(K):
        here = np.flatnonzero(kind == k)
        xy = place[here]
        widest = max(blur, float(xy.std(axis=0).mean()) * here.size ** (-1 / 6))  # Scott's rule, for one smooth peak
        widths = np.geomspace(blur, widest, 1 + math.ceil(math.log2(widest / blur) + 1e-9))
        few = np.linspace(0, here.size - 1, min(here.size, _TO_CHOOSE)).astype(int)

        def smooth(at: NDArray, width: float, xy: Floats = xy) -> Floats:
            total = np.empty(at.size)
            for begin in range(0, at.size, 1000):
                part = xy[at[begin : begin + 1000]]
                square = ((part[:, None, :] - xy[None, :, :]) ** 2).sum(axis=2) / width**2
                total[begin : begin + 1000] = np.exp(-0.5 * square).sum(axis=1) - 1
            return 0.98 * total / ((len(xy) - 1) * 2 * math.pi * width**2) + 0.02 / area

        best = max(widths, key=lambda width: float(np.log(smooth(few, float(width))).sum()))
        out[here] = smooth(np.arange(here.size), float(best))
    return out
