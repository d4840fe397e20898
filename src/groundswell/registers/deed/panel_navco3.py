"""Tactics by country and year, 1991-2010 (NAVCO 3.0): whether variety is associated with growth."""

from __future__ import annotations

import functools

import polars as pl

from groundswell.records.panel import Panel, PanelMapping, panel_of
from groundswell.registers.deed.plans import SURVEY, Answer, PanelPlan, Stated, record_table, regress

_RECORD = "navco3"
_LAST = 2010  # coverage jumps in 2011
_FEWEST = 5  # actions of a year


@functools.cache
def _tactics() -> Panel:
    """Countries by year: log actions and variety of tactics (entropy of verbs), for nonviolent actions and for all."""
    columns = ["country_file", "date", "verb_100", "etype"]
    rows = (
        record_table(_RECORD, columns)
        .filter(pl.col("etype").is_in(["nonviolent", "violent", "mixed"]))
        .with_columns(year=pl.col("date").str.slice(0, 4).cast(pl.Int64, strict=False))
        .filter(pl.col("year").is_between(1991, _LAST))
    )
    calm = _variety(rows.filter(pl.col("etype") == "nonviolent"), "")
    every = _variety(rows, "_all")
    made = calm.join(every, on=["country_file", "year"], how="left").sort("country_file", "year")
    mapping = PanelMapping(
        unit="country_file", wave="year", outcomes=("actions", "actions_all"), exposures=("variety", "variety_all"),
        cluster="country_file",
    )  # fmt: skip
    return panel_of(made, mapping, name=_RECORD)


def _variety(rows: pl.DataFrame, suffix: str) -> pl.DataFrame:
    """Entropy with the correction of Miller (1955) for few actions: + (tactics - 1) / (2 actions)."""
    counted = rows.drop_nulls("verb_100").group_by("country_file", "year", "verb_100").len()
    share = pl.col("len") / pl.col("len").sum()
    found = counted.group_by("country_file", "year").agg(
        total=pl.col("len").sum().cast(pl.Float64),
        entropy=-(share * share.log()).sum() + (pl.len() - 1) / (2 * pl.col("len").sum()),
    )
    return found.filter(pl.col("total") >= _FEWEST).select(
        "country_file",
        "year",
        pl.col("total").log().alias(f"actions{suffix}"),
        pl.col("entropy").alias(f"variety{suffix}"),
    )


@functools.cache
def _growth(suffix: str) -> Answer:
    return regress(_tactics(), f"actions{suffix}", f"variety{suffix}", outcome_before=True)


PLANS = tuple(
    PanelPlan(
        "C10", _RECORD, f"Variety of tactics and actions a year later, {what}, 26 countries, 1991-2010",
        "change of log actions per unit of entropy of tactics, with actions of the year before held constant",
        "linear regression with effects of countries and years given actions before, errors clustered by country",
        "above", functools.partial(_growth, suffix), Stated(*SURVEY),
        "variety a year later, earlier years held constant; the reversed path at least as strong", accounts=("catalysis",),
    )
    for suffix, what in (("", "nonviolent ones"), ("_all", "violent ones among them"))
)  # fmt: skip
