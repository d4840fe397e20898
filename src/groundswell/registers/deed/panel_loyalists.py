"""Actions of regime loyalists by country and year (NAVCO 3.0), after protests that were or were not accommodated.

NAVCO 3.0 codes who acts: LLY are regime loyalists, the camp opposed to protest against a government. The gains of protest
are in Mass Mobilization; participation in associations, a proxy for members, is in V-Dem. Countries are matched by name.
"""

from __future__ import annotations

import functools

import polars as pl

from groundswell.records.panel import Panel, PanelMapping, panel_of
from groundswell.registers.deed.panel_countries import protests
from groundswell.registers.deed.plans import SURVEY, Answer, PanelPlan, Stated, record_table, regress

_EVENTS, _MASS, _EXPERTS = "navco3", "mass_mobilization_full", "vdem_civil_society"
_RECORD = f"{_EVENTS} + {_MASS} + {_EXPERTS}"
_FIRST, _LAST = 1991, 2010  # coverage jumps in 2011
_FEWEST = 2  # protests in a year, so that a share of them is meaningful
_LOYALISTS, _ABROAD = "LLY", "3"
_RALLY = "53"  # CAMEO 053, rally support on behalf of
_ACTS = ("14", "15", "17", "18", "19", "20")  # CAMEO: protest, show of force, coerce, assault, fight, mass violence


def _counted(rows: pl.DataFrame, name: str) -> pl.DataFrame:
    return rows.group_by("country", "year").agg(pl.len().cast(pl.Float64).log1p().alias(name))


@functools.cache
def _years() -> Panel:
    """Countries by year: log(1 + actions of loyalists), and the share of protests not accommodated."""
    columns = ["country_file", "date", "actor_id", "cameo_actor_3", "verb_10", "verb_100"]
    events = (
        record_table(_EVENTS, columns)
        .with_columns(
            country=pl.col("country_file").str.replace_all("_", " "),
            year=pl.col("date").str.slice(0, 4).cast(pl.Int64, strict=False),
        )
        .filter(pl.col("year").is_between(_FIRST, _LAST))
    )
    loyal = (pl.col("cameo_actor_3") == _LOYALISTS) & (pl.col("verb_10").is_in(_ACTS) | (pl.col("verb_100") == _RALLY))
    watched = events.select("country", "year").unique()
    loyalists = _counted(events.filter(loyal), "loyalists")
    abroad = _counted(events.filter(pl.col("actor_id") == _ABROAD), "abroad")
    heard = (
        protests()
        .group_by("country", pl.col("year").cast(pl.Int64))
        .agg(unheard=1 - pl.col("accommodated").mean(), many=pl.len().cast(pl.Float64))
        .with_columns(unheard=pl.when(pl.col("many") >= _FEWEST).then(pl.col("unheard")), log_many=pl.col("many").log())
    )
    members = record_table(_EXPERTS, ["country_name", "year", "v2csprtcpt"]).select(
        country="country_name", year=pl.col("year").cast(pl.Int64), v2csprtcpt=pl.col("v2csprtcpt").cast(pl.Float64)
    )
    made = watched.join(loyalists, on=["country", "year"], how="left").join(abroad, on=["country", "year"], how="left")
    made = made.with_columns(pl.col("loyalists", "abroad").fill_null(0))
    made = made.join(heard, on=["country", "year"], how="left").join(members, on=["country", "year"], how="left")
    mapping = PanelMapping(
        unit="country", wave="year", outcomes=("loyalists", "abroad"), exposures=("unheard",),
        covariates=("log_many", "v2csprtcpt"), cluster="country",
    )  # fmt: skip
    return panel_of(made.sort("country", "year"), mapping, name=_RECORD)


@functools.cache
def _unheard_to_loyalists() -> Answer:
    return regress(
        _years(), "loyalists", "unheard", negative=("abroad", "unheard"), outcome_before=True,
        controls=("log_many", "v2csprtcpt"),
    )  # fmt: skip


PLANS = (
    PanelPlan(
        "S15", _RECORD, "Actions of regime loyalists in the year after protest that was not heard, 1991-2010",
        "change of log(1 + actions of regime loyalists: rallies, protest, force) per share of last year's protests that "
        "were not accommodated, with protests and participation in associations held constant",
        "linear regression with effects of countries and years given loyalists before, errors clustered by country",
        "above", _unheard_to_loyalists, Stated(*SURVEY),
        "protests not heard a year later, earlier ones held constant; the reversed path at least as strong; negative control: "
        "actions of actors from abroad (reporting)",
        accounts=("substitution",),
    ),
)  # fmt: skip
