"""Attempts on national leaders, 1875-2004: the record of Jones & Olken (2009) and the tables that they published.

Whether a serious attempt kills is close to chance: no record of violence comes nearer to an experiment.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from groundswell.errors import EstimationError, RecordError
from groundswell.estimators.attempts.permutation import freeman_halton, rank_sum
from groundswell.estimators.core import Estimate
from groundswell.estimators.statistics.regression import Regression, least_squares
from groundswell.records.stata import read_stata
from groundswell.results import Result

_DEATH = (11, 19)  # codes of `result`: the leader died
_SERIOUS = (11, 29)  # the weapon was used
_YEARS_AFTER = 20  # over which the exits of later leaders are followed
_COLUMNS = (
    "cowcode", "year", "obsid", "result", "weapon1", "polity2", "numseriousattemptsleaderyear", "exit", "sumten",
    "enddate", "age", "energy", "tpop", "zGledCivil", "zGledInter", "zGledExt", "prioconflictextrastate",
    "prioconflictinterstate", "prioconflictinternal", "prioconflictintinternal",
)  # fmt: skip
_PRIO = [c for c in _COLUMNS if c.startswith("prio")]
_WARS = [c for c in _COLUMNS if c.startswith("zGled")]


def leader_attempts(path: str | Path) -> pl.DataFrame:
    """Country-years with attempts on national leaders, built from the leader-year file of Jones & Olken (2009).

    Parameters
    ----------
    path : ``mergeddata.dta`` (or gzipped) of openICPSR 114047 V1, or the folder that holds it.

    Returns
    -------
    One row per country and year, 1875-2004, sorted. ``cowcode, year, serious`` (a serious attempt was made),
    ``success`` (a leader died of one), ``attempts`` (serious ones), ``weapon`` (code; 9 unknown).

    The outcome, the next year minus the last: ``change`` (of the democracy dummy, polity2 > 0), ``war_change`` (of
    any war, correlates-of-war list), ``war_change_recent`` (the same, years that the other list covers),
    ``armed_conflict_change`` (of PRIO's conflict level: 0, 1/2, 1), and ``regular_exits`` (share of the exits of later
    leaders in the 20 years after that were regular).

    What came before it: ``democracy_before, autocracy`` (polity2 <= 0), ``war_before, armed_conflict_before,
    log_energy_before`` (per head), ``log_population_before, age_before, tenure_before`` (years), all in the last year;
    and the placebo outcomes ``democracy_trend, war_trend``: the last year minus two years before it.

    Null where not known. Several leaders in one year become one row, and the year takes its gravest outcome.

    Raises
    ------
    RecordError : when the file is missing, is not a Stata file, or lacks a column.

    Source: Jones & Olken (2009), AEJ: Macroeconomics 1(2):55-87.
    """
    yearly = _country_years(_read(Path(path)))
    first = {
        "democracy_before": "democracy", "polity_before": "polity", "war_before": "war", "war_recent_1": "war_recent",
        "armed_conflict_before": "conflict", "log_energy_before": "log_energy", "log_population_before":
        "log_population", "age_before": "age", "tenure_before": "tenure",
    }  # fmt: skip
    third = {"democracy_3": "democracy", "war_3": "war"}
    after = {"democracy_after": "democracy", "war_after": "war", "war_recent_after": "war_recent", "conflict_after":
             "conflict"}  # fmt: skip
    table = yearly
    for shift, named in ((1, first), (3, third), (-1, after)):
        other = yearly.select("cowcode", pl.col("year") + shift, **{new: pl.col(old) for new, old in named.items()})
        table = table.join(other, on=["cowcode", "year"], how="left")
    return (
        table.with_columns(
            change=pl.col("democracy_after") - pl.col("democracy_before"),
            war_change=pl.col("war_after") - pl.col("war_before"),
            war_change_recent=pl.col("war_recent_after") - pl.col("war_recent_1"),
            armed_conflict_change=pl.col("conflict_after") - pl.col("armed_conflict_before"),
            autocracy=(pl.col("polity_before") <= 0).cast(pl.Int64),
            democracy_trend=pl.col("democracy_before") - pl.col("democracy_3"),
            war_trend=pl.col("war_before") - pl.col("war_3"),
        )
        .select(
            "cowcode", "year", "serious", "success", "attempts", "weapon", "change", "war_change", "war_change_recent",
            "armed_conflict_change", "regular_exits", "democracy_before", "autocracy", "war_before",
            "armed_conflict_before", "log_energy_before", "log_population_before", "age_before", "tenure_before",
            "democracy_trend", "war_trend",
        )
        .sort("cowcode", "year")
    )  # fmt: skip


def _read(path: Path) -> pl.DataFrame:
    if path.is_dir():
        found = [p for name in ("mergeddata.dta", "mergeddata.dta.gz") if (p := path / name).is_file()]
        if not found:
            raise RecordError(f"no mergeddata.dta in {path.name!r}", expected="the file of openICPSR 114047 V1")
        path = found[0]
    frame = read_stata(path)
    missing = [name for name in _COLUMNS if name not in frame.columns]
    if missing:
        raise RecordError(f"{path.name!r} lacks the columns {', '.join(missing)}", expected=", ".join(_COLUMNS))
    return frame.filter(pl.col("year") >= 1875).sort("cowcode", "year", "obsid", maintain_order=True)


def _country_years(rows: pl.DataFrame) -> pl.DataFrame:
    """One row per country and year, with its own levels."""
    last_of_leader = (pl.col("obsid") != pl.col("obsid").shift(-1).over("cowcode")).fill_null(True)
    known_tenure = pl.col("sumten").is_not_null() & (pl.col("sumten") >= -364)
    natural = (pl.col("exit") == 2) & last_of_leader & known_tenure
    left = pl.col("enddate").str.strptime(pl.Date, "%d/%m/%Y", strict=False).dt.year()
    rows = rows.with_columns(
        marked=pl.col("result").is_not_null() | natural.fill_null(False),
        out_year=left,
        leaves=(left == pl.col("year")).fill_null(False),
    )
    regular = pl.col("leaves") & (pl.col("exit") == 1).fill_null(False)
    irregular = pl.col("leaves") & pl.col("exit").is_in([3.0, 2.2, 4.0]).fill_null(False)
    conflict = (
        pl.when(pl.any_horizontal(pl.col(c) == 2 for c in _PRIO))
        .then(1.0)
        .when(pl.any_horizontal(pl.col(c) == 1 for c in _PRIO))
        .then(0.5)
        .when(pl.all_horizontal((pl.col(c) == 0).fill_null(False) for c in _PRIO))
        .then(0.0)
    )
    known_war = pl.all_horizontal(pl.col(c).is_not_null() for c in _WARS)
    war = pl.when(known_war).then(pl.any_horizontal(pl.col(c) == 1 for c in _WARS).cast(pl.Float64))
    yearly = (
        rows.with_columns(regular=regular, irregular=irregular, conflict=conflict, war=war)
        .sort("cowcode", "year", ~pl.col("marked"), "obsid", maintain_order=True)
        .group_by("cowcode", "year", maintain_order=True)
        .agg(
            serious=pl.col("result").is_between(*_SERIOUS).any(),
            success=pl.col("result").is_between(*_DEATH).any(),
            attempts=pl.col("numseriousattemptsleaderyear").sum(),
            weapon=pl.col("weapon1").first().fill_null(9),
            polity=pl.col("polity2").first(),
            war=pl.col("war").first(),
            conflict=pl.col("conflict").first(),
            log_energy=pl.col("energy").first().log() - pl.col("tpop").first().log(),
            log_population=pl.col("tpop").first().log(),
            age=pl.col("age").first(),
            tenure=(pl.col("sumten").first() / 365).ceil(),
            out_year=pl.col("out_year").first(),
            regular=pl.col("regular").sum(),
            irregular=pl.col("irregular").sum(),
        )
        .with_columns(
            pl.when(pl.col("log_energy").is_finite()).then("log_energy").alias("log_energy"),  # no energy recorded
            democracy=pl.when(pl.col("polity") >= -10).then((pl.col("polity") > 0).cast(pl.Int64)),
            war_recent=pl.when(pl.col("conflict").is_not_null()).then("war"),
        )
        .with_columns(conflict=pl.when(pl.col("war").is_not_null()).then("conflict"))
    )
    return yearly.with_columns(regular_exits=pl.Series(_regular_exits(yearly), dtype=pl.Float64))


def _regular_exits(yearly: pl.DataFrame) -> list[float | None]:
    """The share of regular exits, of the leaders after the present one, over the next 20 years; all must be known."""
    names = ("cowcode", "year", "regular", "irregular")
    exits = {(c, y): (r, i) for c, y, r, i in yearly.select(names).iter_rows()}
    shares: list[float | None] = []
    for country, year, out in yearly.select("cowcode", "year", "out_year").iter_rows():
        ahead = [exits.get((country, year + k)) for k in range(1, _YEARS_AFTER + 1)]
        if out is None or any(x is None for x in ahead):
            shares.append(None)
            continue
        later = [x for k, x in enumerate(ahead, start=1) if x is not None and year + k > out]
        regular, irregular = sum(x[0] for x in later), sum(x[1] for x in later)
        shares.append(regular / (regular + irregular) if regular + irregular else None)
    return shares


# --- the published tables -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class TableColumn(Result):
    """One column of a published table, recomputed.

    Parameters
    ----------
    table, column : as published, such as "5a", 1.
    outcome : column of `leader_attempts`, or "absolute change".
    estimates : the coefficients of success, by the group in which it is estimated ("all", "autocracies", ...).
    exact_p : the published nonparametric p-values by the same groups: Fisher's exact test for outcomes of few values,
        the rank-sum test for shares.
    n, r_squared : of the regression.
    """

    table: str
    column: int
    outcome: str
    estimates: Mapping[str, Estimate]
    exact_p: Mapping[str, float]
    n: int
    r_squared: float

    derived = ("answer",)

    @property
    def answer(self) -> str:
        """One sentence."""
        words = "; ".join(
            f"{group} {e.value:+.3f} (s.e. {e.checks['standard_error']:.3f}, p = {e.p:.2g}, nonparametric p = "
            f"{self.exact_p[group]:.2g})"
            for group, e in self.estimates.items()
        )
        return f"Table {self.table}, column {self.column}, {self.outcome} after success less after failure: {words}."


@dataclass(frozen=True)
class _Sample:
    """The serious attempts with a known outcome, and the dummies that every published column holds fixed."""

    rows: pl.DataFrame
    outcome: NDArray[np.float64]
    success: NDArray[np.float64]
    controls: Mapping[str, NDArray[np.float64]]

    def fit(self, terms: Mapping[str, NDArray[np.float64]]) -> Regression:
        return least_squares(self.outcome, {**terms, **self.controls}, clusters=self.rows["cowcode"].to_numpy())


def _sample(table: pl.DataFrame, outcome: str, also: Sequence[str] = ()) -> _Sample:
    rows = table.filter(pl.col("serious") & pl.all_horizontal(pl.col(c).is_not_null() for c in (outcome, *also)))
    weapon, attempts = rows["weapon"].to_numpy(), rows["attempts"].to_numpy()
    codes = sorted(table["weapon"].unique().to_list())
    controls = {f"weapon {code}": (weapon == code).astype(float) for code in codes[1:]}
    controls |= {f"attempts {number}": (attempts == number).astype(float) for number in (2, 3, 4)}
    y = rows[outcome].cast(pl.Float64).to_numpy()
    return _Sample(rows, y, rows["success"].cast(pl.Float64).to_numpy(), controls)


def _nonparametric(y: NDArray[np.float64], success: NDArray[np.float64]) -> float:
    values, place = np.unique(y, return_inverse=True)
    hits = success > 0
    if hits.all() or not hits.any() or values.size == 1:
        return 1.0
    if values.size > 5:
        return rank_sum(y, hits)
    table = np.array([np.bincount(place[hits == side], minlength=values.size) for side in (False, True)])
    return freeman_halton(table)


def _column(name: str, column: int, table: pl.DataFrame, outcome: str, *, absolute: bool = False) -> TableColumn:
    sample = _sample(table, outcome)
    if absolute:
        sample = _Sample(sample.rows, np.abs(sample.outcome), sample.success, sample.controls)
    fit = sample.fit({"success": sample.success})
    return TableColumn(
        name, column, "absolute change" if absolute else outcome, {"all": fit.estimate("success", unit="probability")},
        {"all": _nonparametric(sample.outcome, sample.success)}, fit.n, fit.r_squared,
    )  # fmt: skip


def _split(
    name: str, column: int, table: pl.DataFrame, outcome: str, by: str, groups: Mapping[str, float], base: str
) -> TableColumn:
    """Success within each group, with a dummy for each group but the base. Controls are shared."""
    sample = _sample(table, outcome, (by,))
    level = sample.rows[by].cast(pl.Float64).to_numpy()
    inside = {group: level == value for group, value in groups.items()}
    terms = {f"success, {group}": sample.success * at for group, at in inside.items()}
    terms |= {group: at.astype(float) for group, at in inside.items() if group != base}
    fit = sample.fit(terms)
    estimates: dict[str, Estimate] = {}
    exact: dict[str, float] = {}
    for group, at in inside.items():
        try:
            estimates[group] = fit.estimate(f"success, {group}", unit="probability")
        except EstimationError:  # no attempt succeeded there, so the term was dropped
            continue
        exact[group] = _nonparametric(sample.outcome[at], sample.success[at])
    return TableColumn(name, column, outcome, estimates, exact, fit.n, fit.r_squared)


def jones_olken_tables(path: str | Path) -> dict[tuple[str, int], TableColumn]:
    """Tables 5 and 7 of Jones & Olken (2009): institutions and war after success against failure of serious attempts.

    Least squares of the change from the year before to the year after on success, with dummies for the weapon and for
    the number of serious attempts in the year, errors clustered by country, and the nonparametric p-value without
    controls.

    Parameters
    ----------
    path : see `leader_attempts`.

    Returns
    -------
    Columns by (table, column): 5a and 7a pooled, 5b by regime and 7b by war in the year before. Columns of 5a: absolute
    change, change, regular exits; of 5b: the last two; of 7: wars, wars in the years of the other list, armed conflict.

    Known limits: success among serious attempts is as good as random only given weapon and number of attempts; two of
    the published columns look 20 years ahead, over which much else happens.
    """
    table = leader_attempts(path)
    regimes = {"autocracies": 1.0, "democracies": 0.0}
    wars = {"war": 1.0, "no war": 0.0}
    levels = {"intense": 1.0, "moderate": 0.5, "no war": 0.0}
    columns = (
        _column("5a", 1, table, "change", absolute=True),
        _column("5a", 2, table, "change"),
        _column("5a", 3, table, "regular_exits"),
        _split("5b", 1, table, "change", "autocracy", regimes, "democracies"),
        _split("5b", 2, table, "regular_exits", "autocracy", regimes, "democracies"),
        _column("7a", 1, table, "war_change"),
        _column("7a", 2, table, "war_change_recent"),
        _column("7a", 3, table, "armed_conflict_change"),
        _split("7b", 1, table, "war_change", "war_before", wars, "no war"),
        _split("7b", 2, table, "war_change_recent", "war_before", wars, "no war"),
        _split("7b", 3, table, "armed_conflict_change", "armed_conflict_before", levels, "no war"),
    )
    return {(c.table, c.column): c for c in columns}


def jones_olken(path: str | Path) -> dict[str, Estimate]:
    """Does the death of a leader by assassination change institutions? Table 5 of Jones & Olken (2009).

    Success against failure of serious attempts, the nearest that any record comes to an experiment: see
    `jones_olken_tables`, which has the other columns.

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
    unknown = table.filter(pl.col("serious") & pl.col("change").is_null()).height
    excluded = {
        "country_years": table.height,
        "serious_attempts": table.filter("serious").height,
        "without_polity_before_or_after": unknown,
    }
    split = _split("5b", 1, table, "change", "autocracy", {"autocracies": 1.0, "democracies": 0.0}, "democracies")
    results = {
        "absolute_change": _column("5a", 1, table, "change", absolute=True).estimates["all"],
        "change": _column("5a", 2, table, "change").estimates["all"],
        "change_in_autocracies": split.estimates["autocracies"],
        "change_in_democracies": split.estimates["democracies"],
    }
    return {name: _with(estimate, excluded) for name, estimate in results.items()}


def _with(estimate: Estimate, sample: Mapping[str, object]) -> Estimate:
    checks = {**estimate.checks, "sample": dict(sample)}
    return Estimate(
        estimate.value, estimate.low, estimate.high, estimate.p, estimate.n, estimate.method, "probability",
        estimate.passed, checks, estimate.level,
    )  # fmt: skip
