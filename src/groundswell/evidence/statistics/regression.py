"""Least squares with errors that survive unequal spread and clusters, and one published table reproduced with it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from groundswell.errors import EstimationError, RecordError
from groundswell.evidence.stata import read_stata
from groundswell.evidence.statistics.association import Estimate
from groundswell.evidence.statistics.diagnostics import finite_vector


@dataclass(frozen=True)
class Regression:
    """A least-squares fit: coefficients by name, their covariance, and what was left out.

    Parameters
    ----------
    names : terms kept, in order; the constant is "constant".
    coefficients : shape (k,).
    covariance : shape (k, k), robust.
    n, clusters : observations and clusters (None without).
    free : degrees of freedom of the t distribution: clusters - 1, or n - k.
    dropped : terms left out because earlier ones determine them.
    r_squared : share of the variance explained.
    method : which standard errors.
    """

    names: tuple[str, ...]
    coefficients: NDArray[np.float64]
    covariance: NDArray[np.float64]
    n: int
    clusters: int | None
    free: int
    dropped: tuple[str, ...]
    r_squared: float
    method: str

    def standard_error(self, name: str) -> float:
        i = self._index(name)
        return math.sqrt(self.covariance[i, i])

    def estimate(self, name: str, *, unit: str = "", level: float = 0.95) -> Estimate:
        """The coefficient of one term, with its interval and two-sided p-value."""
        value, error = float(self.coefficients[self._index(name)]), self.standard_error(name)
        half = float(stats.t.ppf(0.5 + level / 2, self.free)) * error
        p = float(2 * stats.t.sf(abs(value) / error, self.free)) if error > 0 else float(value == 0)
        enough = self.clusters is None or self.clusters >= 20
        checks: dict[str, object] = {
            "standard_error": error,
            "r_squared": self.r_squared,
            "clusters": self.clusters,
            "enough_clusters": enough,
            "dropped": list(self.dropped),
        }
        return Estimate(value, value - half, value + half, p, self.n, self.method, unit, enough, checks, level)

    def _index(self, name: str) -> int:
        if name not in self.names:
            why = "it was dropped: earlier terms determine it" if name in self.dropped else None
            raise EstimationError(f"no coefficient {name!r}", expected="one of " + ", ".join(self.names), why=why)
        return self.names.index(name)


def least_squares(
    outcome: ArrayLike,
    terms: Mapping[str, ArrayLike],
    *,
    clusters: Sequence[object] | NDArray | None = None,
    constant: bool = True,
) -> Regression:
    """Ordinary least squares with robust standard errors.

    ``b = (X'X)⁻¹ X'y``. Without clusters HC1, ``n/(n-k) (X'X)⁻¹ [Σ e² x x'] (X'X)⁻¹``; with clusters
    ``G/(G-1) (n-1)/(n-k) (X'X)⁻¹ [Σ_g (X_g'e_g)(X_g'e_g)'] (X'X)⁻¹`` and t with G - 1 df.

    Parameters
    ----------
    outcome : shape (n,).
    terms : columns by name, each of shape (n,); a column that earlier ones determine is dropped and named.
    clusters : n labels; errors may be correlated within a cluster.
    constant : add a constant, placed before all other terms.

    Raises
    ------
    EstimationError : on lengths that differ, values that are not finite, or no degrees of freedom.

    Known limits: with few clusters (fewer than about 20-40) the intervals are too narrow.
    Source: MacKinnon & White (1985), J. Econometrics 29:305-325; Liang & Zeger (1986), Biometrika 73:13-22.
    """
    y = finite_vector(outcome, "outcome", at_least=3)
    columns = {"constant": np.ones(y.size)} if constant else {}
    for name, values in terms.items():
        if name in columns:
            raise EstimationError(f"two terms are named {name!r}", expected="distinct names")
        columns[name] = finite_vector(values, name)
        if columns[name].size != y.size:
            raise EstimationError(f"{columns[name].size} values of {name!r}", expected=f"{y.size}, as the outcome")
    kept: list[str] = []
    dropped: list[str] = []
    basis: list[NDArray] = []  # orthonormal, of the columns kept
    for name, column in columns.items():
        left = column.copy()
        for _ in range(2):  # twice, so that rounding does not pass for a new direction
            for q in basis:
                left = left - (q @ left) * q
        size = float(np.linalg.norm(left))
        if size <= 1e-9 * max(float(np.linalg.norm(column)), 1e-300) or size == 0:
            dropped.append(name)
        else:
            basis.append(left / size)
            kept.append(name)
    k = len(kept)
    if y.size <= k:
        raise EstimationError(f"{y.size} observations for {k} coefficients", expected="more observations than terms")
    X = np.column_stack([columns[name] for name in kept])
    bread = np.linalg.inv(X.T @ X)
    beta = bread @ (X.T @ y)
    residual = y - X @ beta
    scores = X * residual[:, None]
    if clusters is None:
        groups = None
        factor, free = y.size / (y.size - k), y.size - k
        method = "least squares, heteroscedasticity-robust (HC1) errors"
    else:
        labels = np.asarray(clusters)
        if labels.shape != y.shape:
            raise EstimationError(f"{labels.size} cluster labels", expected=f"{y.size}, as the outcome")
        _, number = np.unique(labels, return_inverse=True)
        groups = int(number.max()) + 1
        if groups < 2:
            raise EstimationError("one cluster", expected="at least two")
        summed = np.zeros((groups, k))
        np.add.at(summed, number, scores)
        scores = summed
        factor, free = groups / (groups - 1) * (y.size - 1) / (y.size - k), groups - 1
        method = f"least squares, errors robust to clusters ({groups})"
    covariance = factor * bread @ (scores.T @ scores) @ bread
    total = float(np.sum((y - y.mean()) ** 2))
    r_squared = 1 - float(residual @ residual) / total if total > 0 else 0.0
    return Regression(tuple(kept), beta, covariance, y.size, groups, free, tuple(dropped), r_squared, method)


# --- attempts on leaders --------------------------------------------------------------------------------------------

_DEATH = (11, 19)  # codes of `result`: the leader died
_SERIOUS = (11, 29)  # the weapon was used


def leader_attempts(path: str | Path) -> pl.DataFrame:
    """Country-years with attempts on national leaders, built from the leader-year file of Jones & Olken (2009).

    Parameters
    ----------
    path : ``mergeddata.dta`` (or gzipped) of openICPSR 114047 V1, or the folder that holds it.

    Returns
    -------
    One row per country and year, 1875-2004, sorted, with: ``cowcode, year, serious`` (a serious attempt was made),
    ``success`` (a leader died of one), ``attempts`` (serious ones), ``weapon`` (code; 9 unknown), ``change`` (democracy
    dummy, polity2 > 0, in the next year minus that in the last), ``autocracy`` (polity2 <= 0 in the last year). Null
    where polity is not known. Several leaders in one year become one row, and the year takes its gravest outcome.

    Raises
    ------
    RecordError : when the file is missing, is no Stata file, or lacks a column.

    Source: Jones & Olken (2009), AEJ: Macroeconomics 1(2):55-87.
    """
    path = Path(path)
    if path.is_dir():
        found = [p for name in ("mergeddata.dta", "mergeddata.dta.gz") if (p := path / name).is_file()]
        if not found:
            raise RecordError(f"no mergeddata.dta in {path.name!r}", expected="the file of openICPSR 114047 V1")
        path = found[0]
    frame = read_stata(path)
    needed = (
        "cowcode",
        "year",
        "obsid",
        "result",
        "weapon1",
        "polity2",
        "numseriousattemptsleaderyear",
        "exit",
        "sumten",
    )
    missing = [name for name in needed if name not in frame.columns]
    if missing:
        raise RecordError(f"{path.name!r} lacks the columns {', '.join(missing)}", expected=", ".join(needed))
    rows = frame.filter(pl.col("year") >= 1875).sort("cowcode", "year", "obsid", maintain_order=True)
    last_of_leader = (pl.col("obsid") != pl.col("obsid").shift(-1).over("cowcode")).fill_null(True)
    known_tenure = pl.col("sumten").is_not_null() & (pl.col("sumten") >= -364)
    natural = (pl.col("exit") == 2) & last_of_leader & known_tenure
    rows = rows.with_columns(marked=pl.col("result").is_not_null() | natural.fill_null(False))
    yearly = (
        rows.sort("cowcode", "year", ~pl.col("marked"), "obsid", maintain_order=True)
        .group_by("cowcode", "year", maintain_order=True)
        .agg(
            serious=pl.col("result").is_between(*_SERIOUS).any(),
            success=pl.col("result").is_between(*_DEATH).any(),
            attempts=pl.col("numseriousattemptsleaderyear").sum(),
            weapon=pl.col("weapon1").first().fill_null(9),
            polity=pl.col("polity2").first(),
        )
    )
    polity = yearly.select("cowcode", "year", "polity").with_columns(
        democracy=pl.when(pl.col("polity") >= -10).then((pl.col("polity") > 0).cast(pl.Int64))
    )
    before = polity.select("cowcode", pl.col("year") + 1, democracy_before="democracy", polity_before="polity")
    after = polity.select("cowcode", pl.col("year") - 1, democracy_after="democracy")
    return (
        yearly.join(before, on=["cowcode", "year"], how="left")
        .join(after, on=["cowcode", "year"], how="left")
        .with_columns(
            change=pl.col("democracy_after") - pl.col("democracy_before"),
            autocracy=(pl.col("polity_before") <= 0).cast(pl.Int64),
        )
        .select("cowcode", "year", "serious", "success", "attempts", "weapon", "change", "autocracy")
        .sort("cowcode", "year")
    )


def jones_olken(path: str | Path) -> dict[str, Estimate]:
    """Does the death of a leader by assassination change institutions? Table 5 of Jones & Olken (2009).

    Success against failure of serious attempts, the nearest that any record comes to an experiment: least squares of
    the change of the democracy dummy from the year before to the year after, on success, with dummies for the weapon
    and for the number of serious attempts in the year, errors clustered by country.

    Parameters
    ----------
    path : see `leader_attempts`.

    Returns
    -------
    ``absolute_change`` (published 0.0907, s.e. 0.0471), ``change`` (0.0790, 0.0508), ``change_in_autocracies``
    (0.131, 0.0550) and ``change_in_democracies`` (-0.0117, 0.0826); N = 221. Unit: probability.

    Known limits: success among serious attempts is as good as random only given weapon and number of attempts; the
    outcome is one year ahead; 221 attempts in 130 years.
    """
    table = leader_attempts(path)
    weapons = sorted(table["weapon"].unique().to_list())
    used = table.filter(pl.col("serious") & pl.col("change").is_not_null())
    excluded = {
        "country_years": table.height,
        "serious_attempts": table.filter("serious").height,
        "without_polity_before_or_after": table.filter(pl.col("serious") & pl.col("change").is_null()).height,
    }
    success = used["success"].cast(pl.Float64).to_numpy()
    change = used["change"].cast(pl.Float64).to_numpy()
    autocracy = used["autocracy"].cast(pl.Float64).to_numpy()
    weapon, attempts = used["weapon"].to_numpy(), used["attempts"].to_numpy()
    controls = {f"weapon {code}": (weapon == code).astype(float) for code in weapons[1:]}
    controls |= {f"attempts {number}": (attempts == number).astype(float) for number in (2, 3, 4)}
    country = used["cowcode"].to_numpy()
    pooled = {"success": success, **controls}
    split = {
        "success in an autocracy": success * autocracy,
        "success in a democracy": success * (1 - autocracy),
        "autocracy": autocracy,
        **controls,
    }
    by_regime = least_squares(change, split, clusters=country)
    results = {
        "absolute_change": least_squares(np.abs(change), pooled, clusters=country).estimate("success"),
        "change": least_squares(change, pooled, clusters=country).estimate("success"),
        "change_in_autocracies": by_regime.estimate("success in an autocracy"),
        "change_in_democracies": by_regime.estimate("success in a democracy"),
    }
    return {name: _with(estimate, excluded) for name, estimate in results.items()}


def _with(estimate: Estimate, sample: Mapping[str, object]) -> Estimate:
    checks = {**estimate.checks, "sample": dict(sample)}
    return Estimate(
        estimate.value,
        estimate.low,
        estimate.high,
        estimate.p,
        estimate.n,
        estimate.method,
        "probability",
        estimate.passed,
        checks,
        estimate.level,
    )
