"""Summaries: about thirty numbers that contain what a fit needs of a record, by kind of series, or a user's own.

For every series: its level over the whole and in parts, spread, over-dispersion, empty periods, peak, memory, skew; for
every pair: correlation at the same time, before and after; for every harmful series: what the others do after lone
events (shrunk by n / (n + 3), since a record may hold few). Unwatched periods are left out of all of them.
"""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from groundswell.calibrate.reporting import rounded
from groundswell.errors import EstimationError

Floats = NDArray[np.float64]
Own = Callable[[Mapping[str, Floats]], Mapping[str, float]]
"""A user's summaries: from one record, float64[periods] by observable (NaN where unwatched), to numbers by name."""

SHORTEST = 12
"""Fewest watched periods of a record that is summarised: three in each quarter."""
FIGURES = (7, 6, 5)
"""Significant digits to which every record, simulated or real, is rounded in turn before it is summarised: those that
single precision keeps, those that a file prints, and one fewer, because a seventh digit of 5 is printed either way.
"""
NEAR_ONE = 1e-3
"""Distance from one within which correlations count as equal: it covers rounding errors, and z stays below 3.8."""
LIBRARY = "library 3"
"""Version that changes whenever a summary does; it identifies the rows kept with a table."""


@dataclass(frozen=True)
class Kind:
    """What the library needs to know of one series.

    Parameters
    ----------
    counts : whether it holds counts (of reports or events) rather than a level.
    small : whether it is a share, whose natural scale is a hundredth.
    harm : whether its lone events are examined as causes.
    """

    counts: bool = False
    small: bool = False
    harm: bool = False


def summarise(
    series: Mapping[str, Floats], kinds: Mapping[str, Kind], watched: NDArray[np.bool_], own: Own | None = None
) -> tuple[Floats, tuple[str, ...]]:
    """The summaries of many records of one kind.

    Parameters
    ----------
    series : by observable, float64[records, periods].
    kinds : by observable.
    watched : bool[periods]; what was not watched enters no summary.
    own : a user's function instead of the library.

    Returns
    -------
    (float64[records, summaries], names)

    Raises
    ------
    EstimationError : fewer than `SHORTEST` watched periods; a user's function fails, or returns no numbers, NaN, or
        names that differ between records.
    """
    masked = {name: np.where(watched, x, np.nan) for name, x in series.items()}
    if own is not None:
        return of_user(own, masked)
    if watched.sum() < SHORTEST:
        raise EstimationError(
            f"a record of {int(watched.sum())} watched periods",
            expected=f"at least {SHORTEST}, for its summaries",
            instead="a longer record, a finer unit, or summaries of your own",
        )
    found: dict[str, Floats] = {}
    scaled = {name: _scaled(x, kinds[name]) for name, x in masked.items()}
    for name, x in masked.items():
        found |= {f"{name}.{key}": value for key, value in _of_one(x, scaled[name], kinds[name], len(masked)).items()}
    names = list(masked)
    for i, a in enumerate(names):
        for b in names[i + 1 :]:
            pair = _of_pair(scaled[a], scaled[b])
            found |= {f"{a}~{b}.{key}": value for key, value in pair.items()}
    for a in names:
        if kinds[a].harm and kinds[a].counts:
            others = {b: masked[b] for b in names if b != a}
            found |= {f"{a}>{key}": value for key, value in _after_events(masked[a], others, kinds).items()}
    return np.stack([np.nan_to_num(x) for x in found.values()], axis=1), tuple(found)


def printed(x: Floats) -> Floats:
    """Records as a file prints them, rounded to significant digits (`FIGURES`).

    Histories are kept in single precision, but a file prints decimals, so a record would differ slightly from histories
    that equal it. If many histories are equal (few final states), a distance of 1e-8 is infinitely larger than theirs,
    and the fit would wrongly report that the theory does not produce the record. Equal rounding makes them equal.
    """
    for figures in FIGURES:
        x = rounded(x, figures)
    return x


def _level(x: Floats, kind: Kind) -> Floats:
    """A level on a scale that is linear near 0 and logarithmic above: asinh of x over its natural scale."""
    return np.arcsinh(x / (0.01 if kind.small else 0.5 if kind.counts else 1.0))


def _scaled(x: Floats, kind: Kind) -> Floats:
    return np.log1p(np.maximum(x, 0.0)) if kind.counts else _level(x, kind)


def _mean(x: Floats) -> Floats:
    """The mean over the periods that have a value, 0 if none has."""
    there = np.isfinite(x)
    return np.where(there, x, 0.0).sum(axis=1) / np.maximum(there.sum(axis=1), 1)


def _standard(z: Floats) -> Floats:
    centred = z - _mean(z)[:, None]
    spread = np.sqrt(_mean(centred**2))[:, None]
    return centred / np.where(spread > 1e-9, spread, np.inf)


def _correlation(a: Floats, b: Floats, lag: int) -> Floats:
    """The correlation of a at t with b at t + lag, of standardised rows, by Fisher's z.

    On the raw scale .977 and .999 are close; but no noisy series is as smooth as .999, and distances must show this.
    """
    n = a.shape[1]
    product = a[:, : n - lag] * b[:, lag:] if lag >= 0 else a[:, -lag:] * b[:, : n + lag]
    r = np.clip(_mean(product), -1.0, 1.0)
    return 0.5 * np.log((1 + NEAR_ONE + r) / (1 + NEAR_ONE - r))


def _of_one(x: Floats, z: Floats, kind: Kind, series: int) -> dict[str, Floats]:
    n, mean = x.shape[1], _mean(x)
    spread = np.sqrt(_mean((x - mean[:, None]) ** 2))
    high = np.nanmax(x, axis=1)
    low = np.nanmin(x, axis=1)
    standard = _standard(z)
    found = {
        "mean": _level(mean, kind) if not kind.counts else np.log(mean + 0.5 / n),
        "spread": _level(spread, kind),
        "memory1": _correlation(standard, standard, 1),
        "skew": _mean(standard**3),
        "rough": _level(np.sqrt(_mean(np.diff(x, axis=1) ** 2)), kind),
        "peak": _level(high, kind),
        "peak_time": (x >= high[:, None]).argmax(axis=1) / n,  # the beginning of a plateau
        "above_half": _mean(np.where(np.isfinite(x), x > (low + high)[:, None] / 2, np.nan)),
        "least": _level(low, kind),
    }
    for lag in (4, 13):
        if n > 3 * lag:
            found[f"memory{lag}"] = _correlation(standard, standard, lag)
    if kind.counts:
        found["empty"] = _mean(np.where(np.isfinite(x), x == 0, np.nan))
        found["dispersion"] = np.log((spread**2 + 0.1) / (mean + 0.1))
        del found["least"], found["rough"]
    parts = 8 if series == 1 else 4
    for i, part in enumerate(np.array_split(np.arange(n), parts), start=1):
        found[f"part{i}"] = _level(_mean(x[:, part]), kind)
    return found


def _of_pair(a: Floats, b: Floats) -> dict[str, Floats]:
    a, b = _standard(a), _standard(b)
    n = a.shape[1]

    def over(lags: Sequence[int]) -> Floats:
        return np.mean([_correlation(a, b, lag) for lag in lags], axis=0)

    found = {"same": over([0]), "after": over(range(1, 5)), "before": over(range(-4, 0))}
    if n > 40:
        found |= {"long_after": over(range(5, 13)), "long_before": over(range(-12, -4))}
    return found


def _window(x: Floats, first: int, last: int) -> Floats:
    """The mean of x over t + first .. t + last for each t; NaN where that leaves the record."""
    n = x.shape[1]
    there = np.isfinite(x)
    total = np.concatenate([np.zeros((len(x), 1)), np.cumsum(np.where(there, x, 0.0), axis=1)], axis=1)
    count = np.concatenate([np.zeros((len(x), 1)), np.cumsum(there, axis=1)], axis=1)
    t = np.arange(n)
    low, high = t + first, t + last + 1
    inside = (low >= 0) & (high <= n)
    out = np.full(x.shape, np.nan)
    held = count[:, high[inside]] - count[:, low[inside]]
    out[:, inside] = np.where(held > 0, (total[:, high[inside]] - total[:, low[inside]]) / np.maximum(held, 1), np.nan)
    return out


def _after_events(x: Floats, others: Mapping[str, Floats], kinds: Mapping[str, Kind]) -> dict[str, Floats]:
    """What other series do after lone events (12 quiet periods before), less what they do after any period."""
    if x.shape[1] < 40:
        return {}
    lone = (x > 0) & (_window((x > 0).astype(float), -12, -1) == 0)
    found = {"lone": np.log1p(lone.sum(axis=1))}
    for name, y in others.items():
        base = _level(_window(y, -12, -1), kinds[name])
        for first, last in ((1, 4), (5, 12)):
            change = _level(_window(y, first, last), kinds[name]) - base
            known = np.isfinite(change)
            change = np.where(known, change, 0.0)
            used = (lone & known).sum(axis=1)
            after = (change * (lone & known)).sum(axis=1) / np.maximum(used, 1)
            usual = change.sum(axis=1) / np.maximum(known.sum(axis=1), 1)
            found[f"{name}.{first}_{last}"] = (after - usual) * used / (used + 3.0)
    return found


def of_user(own: Own, masked: Mapping[str, Floats]) -> tuple[Floats, tuple[str, ...]]:
    """A user's summaries of many records, with their names."""
    records = len(next(iter(masked.values())))
    names: tuple[str, ...] = ()
    rows = []
    for i in range(records):
        try:
            given = own({name: x[i] for name, x in masked.items()})
            row = {str(k): float(v) for k, v in given.items()}
        except Exception as error:
            raise EstimationError(
                f"the summaries of your function fail on a record: {type(error).__name__}: {error}",
                expected="a mapping of names to numbers for every record that the theory can make",
            ) from error
        if i == 0:
            names = tuple(row)
        if tuple(row) != names or not row:
            raise EstimationError(
                f"your function gives the summaries {', '.join(row) or 'none'}",
                expected="the same for every record: " + (", ".join(names) or "at least one"),
            )
        bad = [name for name, value in row.items() if not np.isfinite(value)]
        if bad:
            raise EstimationError(
                f"your summary {bad[0]!r} is {row[bad[0]]} for a record",
                expected="a finite number for every record, an empty one too",
                instead=f"numpy.nan_to_num, or a value for records without what {bad[0]!r} measures",
            )
        rows.append(list(row.values()))
    return np.array(rows, float), names


def own_key(own: Own | None) -> str:
    """A text that changes with a user's function, for a table's key."""
    if own is None:
        return LIBRARY
    try:
        text = inspect.getsource(own)
    except (OSError, TypeError):
        text = repr(own)
    code = getattr(own, "__code__", None)  # two functions on one line have the same source
    if code is not None:
        text += repr((code.co_code, [x for x in code.co_consts if not inspect.iscode(x)], code.co_names))
    return hashlib.sha256(text.encode()).hexdigest()


__all__ = ["SHORTEST", "Kind", "Own", "of_user", "own_key", "printed", "summarise"]
