"""Communes of Chile by day, 18 October to 31 December 2019: riots, repression and protest, each from its own source.

Riots come from ACLED, protests from the observatory of conflicts (COES), and repression from the institute for human
rights (INDH). Communes are compared with themselves and with others on the same day; errors are clustered by province.
"""

from __future__ import annotations

import functools

import polars as pl

from groundswell.estimators.panel.hazards import competing_hazards
from groundswell.records.panel import Panel
from groundswell.registers.deed.plans import (
    SURVEY,
    Answer,
    PanelPlan,
    Societies,
    Stated,
    derived,
    record_panel,
    regress,
)

_RECORD = "chile_communes"
_WITHIN = "linear regression with effects of communes and days, exposure one day earlier, errors clustered by province"
_PLACEBO = "the exposure a day later, earlier days held constant; the reversed path at least as strong"


@functools.cache
def _communes() -> Panel:
    """log(1 + counts); days since the first one; neighbours are communes of the same province."""
    panel = record_panel(_RECORD, cluster="codigo_provincia")
    here = pl.col("protest_coes") > 0
    around = pl.len().over("cluster", "wave") - 1
    calm = pl.col("riots_acled") == 0
    small = (here & calm).cast(pl.Float64)
    riot = (pl.col("riots_acled") > 0).cast(pl.Float64)
    return derived(
        panel,
        riots=pl.col("riots_acled").log1p(),
        repression=pl.col("repression_total").log1p(),
        protest=pl.col("protest_coes").log1p(),
        onset=here.cast(pl.Float64),
        log_distance=pl.col("distance_km").log1p(),
        log_people=pl.col("population").log1p(),
        small_near=(small.sum().over("cluster", "wave") - small) / around.clip(1),
        riots_near=(riot.sum().over("cluster", "wave") - riot) / around.clip(1),
        small_far=(small.sum().over("wave") - small.sum().over("cluster", "wave"))
        / (pl.len().over("wave") - pl.len().over("cluster", "wave")),
    )


@functools.cache
def _next_day(outcome: str, exposure: str) -> Answer:
    return regress(_communes(), outcome, exposure)


@functools.cache
def _onset(exposure: str, controls: tuple[str, ...], lag: int) -> Answer:
    found = competing_hazards(_communes(), ("onset",), exposure, controls=controls, lag=lag)
    return Answer(found.effects["onset"], {}, {"units": found.units, "ends": dict(found.ends)})


@functools.cache
def _small_acts() -> Answer:
    """Onsets after small protests nearby; the negative control is protests in all other provinces on the same day."""
    controls = ("riots_near", "log_people")
    near, far = (_onset(exposure, controls, 1) for exposure in ("small_near", "small_far"))
    return Answer(near.effect, {"negative control: small protests far away": far.effect}, near.shown)


def _turnout(claim: str, says: str, account: str) -> PanelPlan:
    return PanelPlan(
        claim, _RECORD, "Riots and protest on the next day, communes of Chile, October to December 2019",
        "change of log(1 + protests) on the day after, per log(1 + riots)", _WITHIN,
        "below" if says == "below" else "above", lambda: _next_day("protest", "riots"),
        Societies("violence", "turnout", step="week"), _PLACEBO, accounts=(account,), closed="own acts:no effect",
    )  # fmt: skip


PLANS = (
    PanelPlan(
        "S2", _RECORD, "Riots and repression on the next day, communes of Chile, October to December 2019",
        "change of log(1 + acts of repression) on the day after, per log(1 + riots)", _WITHIN, "above",
        lambda: _next_day("repression", "riots"), Societies("violence", "repression_level", step="week"), _PLACEBO,
        accounts=("substitution",), part="violence triggers repression",
    ),
    PanelPlan(
        "S2", _RECORD, "Repression and riots on the next day, communes of Chile, October to December 2019",
        "change of log(1 + riots) on the day after, per log(1 + acts of repression)", _WITHIN, "above",
        lambda: _next_day("riots", "repression"), Societies("repression_level", "violence", step="week"), _PLACEBO,
        accounts=("substitution",), part="repression triggers violence",
    ),
    _turnout("S3", "below", "substitution"),
    _turnout("C3", "above", "catalysis"),
    PanelPlan(
        "S11", _RECORD, "Distance from the regional capital and the day of the first protest, communes of Chile, 2019",
        "change of the log odds that a commune without protest so far has its first, per log(1 + km)",
        "discrete-time hazard of the first protest, given days since the outbreak, population and police per head; "
        "errors clustered by province",
        "below", lambda: _onset("log_distance", ("log_people", "police_per_100k"), 0), Stated(*SURVEY),
        "none: distance does not change; the strength of a hidden cause that would explain it is reported",
        accounts=("substitution",),
    ),
    PanelPlan(
        "C11", _RECORD, "Many small protests nearby and the first protest of a commune, Chile 2019",
        "change of the log odds of a first protest per share of communes of the province with protest and no riot the "
        "day before, with riots nearby held constant",
        "discrete-time hazard of the first protest, given riots nearby, days since the outbreak and population; errors "
        "clustered by province",
        "above", _small_acts, Stated(*SURVEY),
        "negative control: small protests in other provinces on the same day (one tide; amended after the first look, which "
        "can only withhold a verdict)", accounts=("catalysis",),
        no_verdict="attention to the acts is not recorded, so small and spectacular acts cannot be compared at equal attention; moreover, the whole record is one wave after one outbreak",
    ),
)  # fmt: skip
