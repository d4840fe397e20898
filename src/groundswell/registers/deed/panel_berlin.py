"""Demonstrations in Berlin by day, 2018 to April 2024, with the number of participants as counted by the police."""

from __future__ import annotations

import functools
from datetime import date, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import stats

from groundswell.errors import EstimationError
from groundswell.estimators.core import Estimate
from groundswell.registers.deed.plans import Answer, PanelPlan, Stated, mean_answer, record_table

_RECORD = "german_demonstrations"
_THEMES = (
    "t_climate", "t_antiracist", "t_right", "t_covid", "t_labour", "t_peace", "t_kurdish", "t_iran", "t_palestine",
    "t_women", "t_housing",
)  # fmt: skip
_MASS = 5_000  # people at one demonstration
_LATER = (5, 12)  # weeks after a mass day, and the same before it
_SHUFFLES = 4999
# Days of attacks in Germany, or followed by demonstrations there: Kassel, Halle, Hanau; Dresden, Wuerzburg, Israel.
_ATTACKS = tuple(date.fromisoformat(x) for x in (
    "2019-06-02", "2019-10-09", "2020-02-19", "2020-10-04", "2021-06-25", "2023-10-07",
))  # fmt: skip
_WEEKS = 4
_SHUT = (date(2020, 3, 9), date(2020, 6, 1))  # gatherings forbidden


@functools.cache
def _days() -> pl.DataFrame:
    """One row per demonstration: day, people, themes; those without a count are left out (23%)."""
    frame = record_table(_RECORD, ["city", "date", "attended", *_THEMES])
    return (
        frame.filter(pl.col("city") == "Berlin")
        .with_columns(
            pl.col("date").str.to_date("%Y-%m-%d", strict=False),
            pl.col("attended").cast(pl.Float64, strict=False),
            *(pl.col(t).cast(pl.Float64, strict=False).fill_null(0) > 0 for t in _THEMES),
        )
        .drop_nulls(["date", "attended"])
    )


def _span(days: pl.DataFrame) -> tuple[date, date]:
    """The first and the last day on record."""
    return date.fromisoformat(str(days["date"].min())[:10]), date.fromisoformat(str(days["date"].max())[:10])


def _people(rows: pl.DataFrame, start: date, days: int) -> float:
    """People at demonstrations from a day on."""
    return float(rows.filter(pl.col("date").is_between(start, start + timedelta(days - 1)))["attended"].sum())


@functools.cache
def _retained() -> pl.DataFrame:
    """For each mass day of a theme: its people per week in weeks 5 to 12 after and before, as a share of the day.

    A mass day within twelve weeks of an earlier one of the same theme is not counted separately.
    """
    days = _days()
    first, last = _span(days)
    rows = []
    for theme in _THEMES:
        of = days.filter(pl.col(theme))
        free = first
        for day, size in of.filter(pl.col("attended") >= _MASS).sort("date").select("date", "attended").iter_rows():
            weeks = _LATER[1] * 7 + 7
            if day < free or day - timedelta(weeks) < first or day + timedelta(weeks) > last:
                continue
            free = day + timedelta(_LATER[1] * 7)
            long = (_LATER[1] - _LATER[0] + 1) * 7
            after = _people(of, day + timedelta(_LATER[0] * 7), long)
            before = _people(of, day - timedelta(_LATER[0] * 7 + long), long)
            per_week = long / 7 * size
            rows.append((theme, day, size, after / per_week, before / per_week))
    if len(rows) < 10:
        raise EstimationError(f"{len(rows)} mass days in Berlin", expected="at least 10")
    return pl.DataFrame(rows, schema=["theme", "day", "size", "after", "before"], orient="row")


@functools.cache
def _lasting() -> Answer:
    days = _retained()
    excess = (days["after"] - days["before"]).to_numpy()
    found = mean_answer(
        excess, days["day"].to_list(), "mean over mass days, errors clustered by day", "share of the day"
    )
    shown = {
        "share of the day a week later (weeks 5 to 12)": float(np.median(days["after"].to_numpy())),
        "share of the day a week earlier (weeks 5 to 12)": float(np.median(days["before"].to_numpy())),
    }
    e = found.effect
    return Answer(Estimate(**{**_fields(e), "checks": {**e.checks, "scale": 1.0}}), {}, shown)


def _fields(e: Estimate) -> dict:
    return {n: getattr(e, n) for n in Estimate.__dataclass_fields__}


def _contrast(values: NDArray[np.float64], label: NDArray[np.bool_], seed: int) -> tuple[float, float, float]:
    """Difference of means, its standard error, and its permutation p (two-sided)."""
    gap = float(values[label].mean() - values[~label].mean())
    error = float(np.sqrt(sum(x.var(ddof=1) / x.size for x in (values[label], values[~label]))))
    rng = np.random.default_rng(seed)
    null = np.array([values[m].mean() - values[~m].mean() for m in (rng.permutation(label) for _ in range(_SHUFFLES))])
    return gap, error, float((np.sum(np.abs(null) >= abs(gap) - 1e-12) + 1) / (_SHUFFLES + 1))


@functools.cache
def _unions() -> Answer:
    days = _retained()
    label = (days["theme"] == "t_labour").to_numpy()
    if label.sum() < 3:
        raise EstimationError(f"{int(label.sum())} mass days of labour", expected="at least 3")

    def of(column: str) -> Estimate:
        values = days[column].to_numpy()
        gap, error, p = _contrast(values, label, seed=8)
        free = int(min(label.sum(), (~label).sum()))  # the size of the smaller group
        half = float(stats.t.ppf(0.975, free - 1)) * error
        checks = {
            "standard_error": error, "clusters": free, "degrees_of_freedom": values.size - 2,
            "scale": float(values.std(ddof=1) / label.std(ddof=1)),
        }  # fmt: skip
        method = "difference of means, permutation p"
        return Estimate(gap, gap - half, gap + half, p, values.size, method, "share of the day", True, checks)

    name = "negative control: weeks 5 to 12 before the mass day"
    return Answer(of("after"), {name: of("before")}, {"mass days of labour": int(label.sum())})


@functools.cache
def _after_attacks() -> Answer:
    """Log ratio of people in the four weeks after to the four weeks before; its spread is that of all other days."""
    days = _days().group_by("date").agg(pl.col("attended").sum()).sort("date")
    first, last = _span(days)
    long = _WEEKS * 7

    def ratio(day: date) -> float | None:
        start, end = day - timedelta(long), day + timedelta(long)
        if start < first or end > last or (start < _SHUT[1] and end > _SHUT[0]):
            return None
        return float(np.log(_people(days, day + timedelta(1), long) + 1) - np.log(_people(days, start, long) + 1))

    def of(dates: list[date]) -> Estimate:
        values = np.array([r for d in dates if (r := ratio(d)) is not None])
        near = {d + timedelta(k) for d in dates for k in range(-long, long + 1)}
        every = [first + timedelta(k) for k in range((last - first).days)]
        null = np.array([r for d in every if d not in near and (r := ratio(d)) is not None])
        if values.size < 3:
            raise EstimationError(f"{values.size} attacks with four weeks on either side", expected="at least 3")
        gap, error = float(values.mean() - null.mean()), float(null.std(ddof=1) / np.sqrt(values.size))
        half = 1.96 * error
        p = float(2 * stats.norm.sf(abs(gap) / error))
        checks = {
            "standard_error": error, "clusters": 100, "degrees_of_freedom": max(null.size // (2 * long), 2) + values.size,
            "scale": float(null.std(ddof=1)),
        }  # fmt: skip
        return Estimate(
            gap, gap - half, gap + half, p, values.size, "contrast with other dates", "log ratio", True, checks
        )

    year = timedelta(364)
    placebo = of([d - year for d in _ATTACKS if d - year > first + timedelta(long)])
    return Answer(of(list(_ATTACKS)), {"negative control: the same weeks a year earlier": placebo}, {})


def _attacks(claim: str, says: str, account: str) -> PanelPlan:
    return PanelPlan(
        claim, _RECORD, "People at demonstrations after six attacks of both sides, Berlin 2019-2023",
        "log ratio of people at all demonstrations, four weeks after to four weeks before, minus that of other dates",
        "mean over attacks, spread from all other dates; weeks in which gatherings were forbidden left out",
        "below" if says == "below" else "above", _after_attacks, Stated(0.1, 0.6),
        "negative control: the same weeks a year earlier", accounts=(account,),
    )  # fmt: skip


PLANS = (
    PanelPlan(
        "S14", _RECORD, "What is left of mass days five to twelve weeks later, Berlin 2018-2024",
        "people per week on the theme, weeks 5 to 12 after a day of 5,000 or more, minus the same before it, as a share of the day; none if within .05",
        "mean over mass days, errors clustered by day", "none", _lasting, Stated(0.1, 0.5),
        "weeks 5 to 12 before, which a day that is chosen for being large falls back to", accounts=("substitution",),
        margin=0.05,
    ),
    PanelPlan(
        "S8", _RECORD, "What is left of mass days of labour and of other themes, Berlin 2018-2024",
        "difference in the share of a mass day's turnout that comes each week, weeks 5 to 12 after it",
        "difference of means, permutation p", "above", _unions, Stated(0.05, 0.4),
        "negative control: weeks 5 to 12 before",
    ),
    _attacks("S3", "below", "substitution"),
    _attacks("C3", "above", "catalysis"),
)  # fmt: skip
