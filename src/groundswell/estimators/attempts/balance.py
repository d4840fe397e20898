"""Whether successes and failures look alike in what was known before the attempts."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import stats

from groundswell.errors import EstimationError
from groundswell.estimators.attempts.columns import Attempts, AttemptSettings, dummies
from groundswell.estimators.attempts.permutation import Arrangements
from groundswell.estimators.core import Check, Estimate
from groundswell.results import Result

Floats = NDArray[np.float64]


def welch(y: Floats, hit: NDArray[np.bool_], unit: str, level: float) -> Estimate:
    a, b = y[hit], y[~hit]
    value = float(a.mean() - b.mean())
    if min(a.size, b.size) < 2:
        return Estimate(
            value, None, None, None, y.size, "difference of means, no interval: a group of one", unit, False
        )
    va, vb = a.var(ddof=1) / a.size, b.var(ddof=1) / b.size
    if va + vb == 0:
        return Estimate(value, value, value, float(value == 0), y.size, "difference of means, no spread", unit, False)
    free = (va + vb) ** 2 / (va**2 / (a.size - 1) + vb**2 / (b.size - 1))
    error = math.sqrt(va + vb)
    half = float(stats.t.ppf(0.5 + level / 2, free)) * error
    p = float(2 * stats.t.sf(abs(value) / error, free))
    means = {"after success": float(a.mean()), "after failure": float(b.mean())}
    method = "difference of means, Welch"
    return Estimate(value, value - half, value + half, p, y.size, method, unit, True, means, level)


@dataclass(frozen=True)
class BalanceRow(Result):
    """One covariate known before the attempts: its mean among successes and failures, and how far apart they are.

    ``standardised`` is the difference in units of the pooled standard deviation; p is that of Welch's t.
    """

    name: str
    success: float
    failure: float
    standardised: float
    p: float
    n: int


def balance(rows: pl.DataFrame, a: Attempts, o: AttemptSettings) -> tuple[tuple[BalanceRow, ...], Check | None]:
    """Row by row, and jointly: ``d² = m' V⁻ m``, m the covariates' sums over successes minus their expectation.

    V is the covariance of m over the arrangements, so that correlated covariates do not count twice; p by permutation.
    Missing values are set to the mean of the known ones and marked by their own column.
    """
    if not o.before:
        return (), None
    hit, stratum = a.hit, a.stratum
    found: list[BalanceRow] = []
    columns: list[Floats] = []
    for name in o.before:
        column = rows[name]
        parts = {name: _known(column)} if column.dtype == pl.Boolean or column.dtype.is_numeric() else {
            k: np.where(column.is_null().to_numpy(), np.nan, v)
            for k, v in dummies(column.cast(pl.String).fill_null(""), name).items() if not k.endswith("= ")
        }  # fmt: skip
        for part, values in parts.items():
            known = np.isfinite(values)
            if known.sum() < 2 or np.ptp(values[known]) == 0:
                continue
            found.append(_balance_row(part, values[known], hit[known]))
            if name in (*o.controls, *o.factors):
                continue
            columns.append(np.where(known, values, values[known].mean()))
            if not known.all():
                columns.append((~known).astype(float))
    if not found:
        raise EstimationError(f"{', '.join(o.before)} never vary", expected="columns that differ between attempts")
    if not columns:
        return tuple(found), None
    X = np.column_stack(columns)
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    V = np.zeros((X.shape[1], X.shape[1]))
    for b in range(int(stratum.max()) + 1):
        at = stratum == b
        n, k = int(at.sum()), int(hit[at].sum())
        X[at] -= X[at].mean(axis=0)
        if n > 1:
            V += k * (n - k) / (n * (n - 1)) * X[at].T @ X[at]
    inverse = np.linalg.pinv(V, rcond=1e-8, hermitian=True)
    arrangements = Arrangements(hit, stratum, o.draws, o.seed)
    observed = X.T @ hit.astype(float)
    d2 = float(observed @ inverse @ observed)
    as_far = 0
    for marks in arrangements.blocks():
        m = marks.astype(float) @ X
        as_far += int((((m @ inverse) * m).sum(axis=1) >= d2 - 1e-9 * (1 + d2)).sum())
    return tuple(found), Check("alike beforehand", d2, arrangements.p(as_far), "omnibus, by permutation within strata")


def _known(column: pl.Series) -> Floats:
    values = column.cast(pl.Float64).fill_null(float("nan")).to_numpy()
    return np.where(np.isfinite(values), values, np.nan)


def _balance_row(name: str, values: Floats, hit: NDArray[np.bool_]) -> BalanceRow:
    a, b = values[hit], values[~hit]
    if min(a.size, b.size) < 2:
        return BalanceRow(name, _mean(a), _mean(b), math.nan, math.nan, values.size)
    spread = math.sqrt((a.var(ddof=1) + b.var(ddof=1)) / 2)
    p = 1.0 if spread == 0 else welch(values, hit, "", 0.95).p
    apart = (a.mean() - b.mean()) / spread if spread > 0 else 0.0
    return BalanceRow(name, _mean(a), _mean(b), float(apart), 1.0 if p is None else p, values.size)


def _mean(values: Floats) -> float:
    return float(values.mean()) if values.size else math.nan
