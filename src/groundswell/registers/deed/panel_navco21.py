"""Campaigns by year, 1945-2013 (NAVCO 2.1): institutions that campaigns build themselves, and how campaigns end."""

from __future__ import annotations

import functools

from groundswell.estimators.panel.hazards import competing_hazards
from groundswell.registers.deed.plans import SURVEY, Answer, PanelPlan, Stated, record_panel

_RECORD = "navco21"


@functools.cache
def _institutions_to_failure() -> Answer:
    found = competing_hazards(
        record_panel(_RECORD), ("failure", "success"), "any_pi", controls=("prim_meth", "repression", "cold_war")
    )
    name = "negative control: the hazard of success"
    placebos = {name: found.effects["success"]}
    return Answer(found.effects["failure"], placebos, {"units": found.units, "ends": dict(found.ends)})


PLANS = (
    PanelPlan(
        "C8", _RECORD, "Self-built institutions and the chance that a campaign fails, 1945-2013",
        "change of the log odds of failing in the year after one with its own institution",
        "discrete-time hazards of competing ends, given age, method, repression and period; errors clustered by campaign",
        "below", _institutions_to_failure, Stated(*SURVEY),
        "negative control: the hazard of success, at least half as strong (campaigns that last build, and last on)",
        accounts=("catalysis",),
    ),
)  # fmt: skip
