"""Records whose estimand is not a claim's: Taiwan's recruitment network, attitudes after terrorism, Hong Kong's vote.

Their estimates are shown with the reason why they decide nothing.
"""

from __future__ import annotations

import functools

import polars as pl

from groundswell.records.panel import Panel
from groundswell.registers.deed.plans import SURVEY, Answer, PanelPlan, Stated, derived, record_panel, regress

_TAIWAN, _ATTITUDES, _HONG_KONG = "taiwan_white_terror", "terror_attitudes", "hong_kong_2019"


@functools.cache
def _struck() -> Answer:
    panel = derived(record_panel(_TAIWAN), recruiters=pl.col("outDegree").log1p())
    return regress(
        panel, "charge_death", "recruiters", negative=("charge_death", "islander"), reverse=False, lag=0,
        unit_effects=False, placebo=False, controls=("sentence_year", "military", "turn_in"),
    )  # fmt: skip


@functools.cache
def _attitudes() -> Panel:
    return derived(
        record_panel(_ATTITUDES),
        right_wing=pl.when(pl.col("Type") == 2).then(1.0).when(pl.col("Type") == 1).then(0.0),
        size=pl.col("corr_f").abs(),
        log_days=pl.col("DV_Time").log1p(),
    )


@functools.cache
def _shift(outcome: str, exposure: str) -> Answer:
    return regress(_attitudes(), outcome, exposure, reverse=False, lag=0, unit_effects=False, placebo=False)


@functools.cache
def _ballots() -> Answer:
    panel = derived(record_panel(_HONG_KONG), gas=pl.col("tgfreq").log1p())
    return regress(
        panel, "turnout", "gas", negative=("percent_dem_15", "gas"), reverse=False, lag=0, unit_effects=False,
        placebo=False, controls=("new_reg_percent", "mediage", "medianincome", "degree", "private"),
    )  # fmt: skip


_META = "regression of effect sizes, errors clustered by report"

PLANS = (
    PanelPlan(
        "C8", _TAIWAN, "Who is struck: execution by number of recruits, Taiwan under martial law",
        "change of the probability of execution per log(1 + people recruited)",
        "linear regression given year of sentence, service and defection, errors clustered by case", "above",
        _struck, Stated(*SURVEY), "negative control: being born on the island", accounts=("catalysis",),
        no_verdict="it says who is struck, not what survives; and only those who were caught are in the record",
    ),
    PanelPlan(
        "C4", _ATTITUDES, "Shift of attitudes after right-wing compared with Islamist attacks, 241 reports",
        "difference of the correlation with conservative attitudes", _META, "either",
        lambda: _shift("corr_f", "right_wing"), Stated(*SURVEY),
        "none: the ideology of attackers was not drawn by lot", accounts=("catalysis",),
        no_verdict="effects are averaged over audiences, so nobody's alignment with the attackers is held constant; few reports are of right-wing attacks; and attitudes are not participation",
    ),
    PanelPlan(
        "S10", _ATTITUDES, "Size of the shift of attitudes by distance from the attack, 241 reports",
        "change of the absolute correlation per step of distance (0 to 3)", _META, "below",
        lambda: _shift("size", "Distance"), Stated(*SURVEY), "none", accounts=("substitution",),
        no_verdict="the distance is that of the audience to the attack, not to the attackers",
    ),
    PanelPlan(
        "S4", _ATTITUDES, "Shift of attitudes by days since the attack, 241 reports",
        "change of the correlation with conservative attitudes per log(1 + days)", _META, "below",
        lambda: _shift("corr_f", "log_days"), Stated(*SURVEY), "none", accounts=("substitution",),
        no_verdict="a fading shift of attitudes is not turnout below its starting level",
    ),
    PanelPlan(
        "S3", _HONG_KONG, "Tear gas nearby and turnout at the ballot, Hong Kong, November 2019",
        "change of turnout (share of voters) per log(1 + days of tear gas)",
        "linear regression given new voters, age, income, schooling and housing, errors clustered by district", "below",
        _ballots, Stated(*SURVEY), "negative control: the vote of 2015, four years earlier", accounts=("substitution",),
        no_verdict="voting is not taking part in protest, tear gas is not an act of the movement, people cross the borders "
        "of constituencies, and eighteen districts are few",
    ),
)  # fmt: skip
