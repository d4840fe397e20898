"""Campaigns by year, 1945-2006 (NAVCO 2.0): an armed flank, size, organisations, structure, repression and outcome.

Size has six classes, each about ten times the one before; a flank is coded in nonviolent campaigns only. Years differ too
little within campaigns for campaign effects in most plans, so the outcome a year earlier is held constant instead.
"""

from __future__ import annotations

import functools
from dataclasses import replace

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

_RECORD = "navco2_campaigns"
_ENDS = 2  # of cyear: the last year of a campaign
_GIVEN = "linear regression given the outcome a year earlier and the decade, errors clustered by country"
_PLACEBO = "the exposure a year later, earlier ones held constant; the reversed path at least as strong"


@functools.cache
def _campaigns() -> Panel:
    """All campaigns; `armed` is the armed flank, `organisations` is log(1 + their number)."""
    panel = record_panel(_RECORD)
    ended = pl.col("cyear") == _ENDS
    return derived(
        panel,
        armed=(pl.col("rad_flank") == 2).cast(pl.Float64),
        organisations=pl.col("camp_orgs").log1p(),
        decade=pl.col("wave").cast(pl.Float64) / 10,
        partial=pl.col("progress").is_between(1, 3).cast(pl.Float64),
        lost=(ended & (pl.col("success") == 0)).cast(pl.Float64),
        won=(pl.col("success") == 1).cast(pl.Float64),
    )


@functools.cache
def _nonviolent() -> Panel:
    panel = _campaigns()
    return replace(panel, frame=panel.frame.filter(pl.col("prim_method") == 1))


def _given(panel: Panel, outcome: str, exposure: str, lag: int = 1, reverse: bool = True) -> Answer:
    return regress(
        panel, outcome, exposure, reverse=reverse, lag=lag, unit_effects=False, wave_effects=False,
        outcome_before=True, controls=("decade",),
    )  # fmt: skip


@functools.cache
def _flank_to_size() -> Answer:
    return _given(_nonviolent(), "camp_size", "armed")


@functools.cache
def _flank_to_repression() -> Answer:
    return _given(_nonviolent(), "repression", "armed", lag=0, reverse=False)


@functools.cache
def _repression_to_organisations() -> Answer:
    return regress(_campaigns(), "organisations", "repression", wave_effects=False)


@functools.cache
def _size_to_progress() -> Answer:
    return _given(_nonviolent(), "progress", "camp_size")


@functools.cache
def _organisations_to_size() -> Answer:
    return _given(_nonviolent(), "camp_size", "organisations")


@functools.cache
def _offers_to_size() -> Answer:
    return _given(_nonviolent(), "camp_size", "partial")


@functools.cache
def _hierarchy_to_loss() -> Answer:
    found = competing_hazards(
        _campaigns(), ("lost", "won"), "camp_structure", controls=("prim_method", "repression", "decade")
    )
    name = "negative control: the hazard of winning"
    return Answer(found.effects["lost"], {name: found.effects["won"]}, {"units": found.units, "ends": dict(found.ends)})


def _flank(claim: str, says: str, account: str) -> PanelPlan:
    return PanelPlan(
        claim, _RECORD, "An armed flank and the size of nonviolent campaigns a year later, 1945-2006",
        "change of the size class (each about ten times the one before) in the year after one with an armed flank",
        _GIVEN, "below" if says == "below" else "above", _flank_to_size,
        Societies("violence", "turnout", before=True, unit_effects=False), _PLACEBO, accounts=(account,),
        closed="own acts:no effect",
    )  # fmt: skip


PLANS = (
    _flank("S3", "below", "substitution"),
    _flank("C3", "above", "catalysis"),
    PanelPlan(
        "S2", _RECORD, "An armed flank and repression of nonviolent campaigns in the same year, 1945-2006",
        "change of repression (0 none to 3 extreme) in years with an armed flank, given the year before",
        _GIVEN, "above", _flank_to_repression,
        Societies("violence", "repression_level", lag=0, before=True, unit_effects=False),
        "an armed flank a year later, this year's held constant", accounts=("substitution",), part="violence triggers repression",
    ),
    PanelPlan(
        "S6", _RECORD, "Repression and the number of organisations in a campaign a year later, 1945-2006",
        "change of log(1 + organisations) per step of repression (0 to 3), within campaigns",
        "linear regression with effects of campaigns, errors clustered by country", "below",
        _repression_to_organisations, Societies("repression_level", "organisation"), _PLACEBO,
        accounts=("substitution",),
    ),
    PanelPlan(
        "S7", _RECORD, "Size of nonviolent campaigns and progress towards their goal a year later, 1945-2006",
        "change of progress (0 none to 4 all) per size class, given progress before",
        _GIVEN, "above", _size_to_progress, Societies("turnout", "concessions", before=True, unit_effects=False),
        _PLACEBO,
    ),
    PanelPlan(
        "S8", _RECORD, "Organisations in nonviolent campaigns and their size a year later, 1945-2006",
        "change of the size class per log(1 + organisations), given size before",
        _GIVEN, "above", _organisations_to_size,
        Societies("organisation", "turnout", before=True, unit_effects=False), _PLACEBO,
        closed="unorganised:no membership effect",
    ),
    PanelPlan(
        "C8", _RECORD, "Hierarchy and the chance that a campaign ends without winning, 1945-2006",
        "change of the log odds of ending without success in the year after one with a hierarchy",
        "discrete-time hazards of competing ends, given age, method, repression and decade; errors clustered by country",
        "above", _hierarchy_to_loss, Stated(*SURVEY),
        "negative control: the hazard of winning, at least half as strong (what ends campaigns of either kind)",
        accounts=("catalysis",),
    ),
    PanelPlan(
        "S16", _RECORD, "Partial gains and the size of nonviolent campaigns a year later, 1945-2006",
        "change of the size class in the year after gains short of the goal (progress 1 to 3), given size before",
        _GIVEN, "below", _offers_to_size, Stated(*SURVEY), _PLACEBO, accounts=("substitution",),
    ),
)  # fmt: skip
