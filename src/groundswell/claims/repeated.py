"""Evidence that is used twice: two records of the same events, or an account tested on the record it was fitted to.

Names need not match. A copy under another name, in another order of rows, of a part of the window or on another scale
holds the same numbers at the same dates, and this is what the search looks for.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from groundswell.calibrate.priors import FittedAccount
from groundswell.errors import StudyError
from groundswell.records.series import Series
from groundswell.theory import Account

Floats = NDArray[np.float64]
_LEAST_PERIODS = 8  # with events: counts near 5 agree in all of them by chance with a probability below 1e-6


def copies(records: Mapping[str, Series]) -> dict[str, str]:
    """Each record that holds the same events as an earlier one, with the name of the earlier one.

    Records with the same unit are compared where both were watched: in kinds that vary, all counts (and sizes) of the
    shared kinds must be equal, with events in at least `_LEAST_PERIODS` periods.
    """
    found: dict[str, str] = {}
    for (one, first), (other, second) in combinations(records.items(), 2):
        if other not in found and _same(first, second):
            found[other] = found.get(one, one)
    return found


def _same(first: Series, second: Series) -> bool:
    kinds = [kind for kind in first.kinds if kind in second.kinds]
    if first.unit != second.unit or not kinds:
        return False
    a, b = (dict(zip(x.dates(), range(len(x)), strict=True)) for x in (first, second))
    days = [d for d in a if d in b and first.watched[a[d]] and second.watched[b[d]]]
    rows_a, rows_b = [a[d] for d in days], [b[d] for d in days]
    x, y = (
        np.column_stack([_numbers(s, kind)[rows] for kind in kinds]) for s, rows in ((first, rows_a), (second, rows_b))
    )
    some = (x > 0).any(axis=1) | (y > 0).any(axis=1)
    varied = x[some].max(axis=0, initial=0.0) > x[some].min(axis=0, initial=np.inf)
    return bool(some.sum() >= _LEAST_PERIODS and varied.any() and np.array_equal(x, y))


def _numbers(series: Series, kind: str) -> Floats:
    """People where known, otherwise events; shape (T,)."""
    k = series.kinds.index(kind)
    sizes = None if series.sizes is None else np.nan_to_num(series.sizes[:, k])
    return sizes if sizes is not None and sizes.any() else series.counts[:, k].astype(float)


def refuse_circular(place: str, accounts: Mapping[str, Account | None], record: str, series: Series) -> None:
    """Refuse a record that one of the accounts was fitted to.

    Raises
    ------
    StudyError : the account would be judged by the numbers to which it was fitted.
    """
    for name, account in accounts.items():
        if not isinstance(account, FittedAccount):
            continue
        for observable, numbers in account.fitted_to.items():
            kind = next((kind for kind in series.kinds if _proportional(series, kind, numbers)), None)
            if kind is not None:
                raise StudyError(
                    f"{place}: the account {name!r} was fitted to {kind} of the record {record} (as {observable})",
                    expected="a record that the account has not seen",
                    why="an account tested on the numbers that it was made from always fits",
                    instead="another record, a later window (from = ...), or [fits.NAME], which uses a record once",
                )


def _proportional(series: Series, kind: str, numbers: Mapping[str, float]) -> bool:
    """Whether a series equals a fitted one up to a factor; steps without dates are compared in order."""
    x = np.where(series.watched, _numbers(series, kind), np.nan)
    days = [str(day) for day in series.dates()]
    if not any("-" in when for when in numbers):
        y = np.array(list(numbers.values()), float)
        if y.size != x.size:
            return False
    else:
        y = np.array([numbers.get(day, np.nan) for day in days], float)
    both = np.isfinite(x) & np.isfinite(y)
    x, y = x[both], y[both]
    if int((x > 0).sum()) < _LEAST_PERIODS or np.ptp(x) == 0 or np.ptp(y) == 0:
        return False
    factor = float(y.sum() / x.sum())
    return bool(np.allclose(y, factor * x, rtol=1e-6, atol=1e-9 * abs(factor)))


__all__ = ["copies", "refuse_circular"]
