"""Protests by country and year (Mass Mobilization) after years with an election, dated by V-Dem's scores.

Experts score intimidation and violence at each election, and the file carries the scores forward to the next one, so a
year in which either score changes had an election. Elections with the same scores as the previous one are missed.
Countries are matched by name.
"""

from __future__ import annotations

import functools

import polars as pl

from groundswell.records.panel import Panel, PanelMapping, panel_of
from groundswell.registers.deed.panel_countries import protests
from groundswell.registers.deed.plans import SURVEY, Answer, PanelPlan, Stated, record_table, regress

_MASS, _EXPERTS = "mass_mobilization_full", "vdem_civil_society"
_RECORD = f"{_EXPERTS} + {_MASS}"
_SCORES = ("v2elintim", "v2elpeace")


def _elections() -> pl.DataFrame:
    """Countries by year, and whether either election score differs from that of the year before."""
    rows = record_table(_EXPERTS, ["country_name", "year", *_SCORES]).with_columns(
        pl.col("year").cast(pl.Int64), *(pl.col(c).cast(pl.Float64) for c in _SCORES)
    )
    rows = rows.sort("country_name", "year")
    next_to = pl.col("year").diff().over("country_name") == 1
    changed = pl.any_horizontal(pl.col(c).diff().over("country_name") != 0 for c in _SCORES)
    return rows.select(
        pl.col("country_name").alias("country"), "year", voted=pl.when(next_to).then(changed.cast(pl.Float64))
    )


@functools.cache
def _years() -> Panel:
    """Countries by year: log(1 + protests), log(1 + accommodated protests), and whether there was an election."""
    rows = record_table(_MASS, ["country", "year"]).unique()
    rows = rows.with_columns(pl.col("year").cast(pl.Float64).cast(pl.Int64))
    counted = (
        protests()
        .group_by("country", pl.col("year").cast(pl.Int64))
        .agg(protests=pl.len().cast(pl.Float64), granted=pl.col("accommodated").sum())
    )
    made = rows.join(counted, on=["country", "year"], how="left").with_columns(
        pl.col("protests", "granted").fill_null(0).log1p()
    )
    made = made.join(_elections(), on=["country", "year"], how="inner")
    mapping = PanelMapping(
        unit="country", wave="year", outcomes=("protests",), exposures=("voted",), covariates=("granted",),
        cluster="country",
    )  # fmt: skip
    return panel_of(made.sort("country", "year"), mapping, name=_RECORD)


@functools.cache
def _elections_to_protest() -> Answer:
    return regress(_years(), "protests", "voted", outcome_before=True, controls=("granted",))


PLANS = (
    PanelPlan(
        "S16", _RECORD, "Protests in the year after an election, 149 countries, 1990-2020",
        "change of log(1 + protests) in the year after one with an election, with protests and accommodation of that year held constant",
        "linear regression with effects of countries and years given protests before, errors clustered by country",
        "below", _elections_to_protest, Stated(*SURVEY),
        "an election in the year after, earlier ones held constant; the reversed path at least as strong",
        accounts=("substitution",),
    ),
)  # fmt: skip
