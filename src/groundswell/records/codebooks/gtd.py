"""GTD: attacks by non-state actors, by day and place, 1970-2020, from a user's own copy."""

from __future__ import annotations

from datetime import date
from typing import final

import polars as pl

from groundswell.records.codebooks._base import Codebook, Draft, calendar, cases, figure, joined, text
from groundswell.records.codebooks._table import Table

_STATE_TARGETS = (2.0, 3.0, 4.0, 7.0)  # government (general), police, military, government (diplomatic)


@final
class Gtd(Codebook):
    """Global Terrorism Database, the distribution workbook or a CSV of it; every row is an event of kind violence.

    The detail is "success" or "failure" as GTD codes it, with "doubtful" where GTD doubts that the act was terrorism.
    A month or day of 0 makes the date coarser. `actor` is one person where `individual` is 1, else armed group;
    `target` is state (government, police, military) or civilians. Names of groups, persons and targets, motives,
    weapons and summaries are not carried over.

    Known limits: GTD lost most of 1993, and its sources and collectors changed in 1998, 2008 and 2012, so counts before
    and after cannot be compared. The dead include the attackers.

    Source: START (2022), Global Terrorism Database 1970-2020; LaFree and Dugan (2007), "Introducing the Global
    Terrorism Database", Terrorism and Political Violence 19(2), 181-204.
    """

    name = "gtd"
    title = "Global Terrorism Database"
    citation = "START (2022). Global Terrorism Database 1970-2020. University of Maryland."
    licence = "Restricted: an agreement with START; never redistributed."
    layouts = (frozenset({"eventid", "iyear", "imonth", "iday", "country_txt", "success", "targtype1", "nkill"}),)
    rowwise = True
    uses = frozenset({
        "eventid", "iyear", "imonth", "iday", "country_txt", "provstate", "city", "latitude", "longitude", "success",
        "targtype1", "nkill", "doubtterr", "individual",
    })  # fmt: skip
    limits = (
        "The year 1993 is lost in GTD, and its collection changed in 1998, 2008 and 2012: coverage jumps there, so "
        "counts on both sides cannot be compared."
    )
    span = (date(1970, 1, 1), date(2100, 1, 1))

    def draft(self, table: Table) -> Draft:
        have = set(table.columns)
        success = figure("success")
        target = figure("targtype1")
        place = [text(name) for name in ("city", "provstate") if name in have]
        alone = (figure("individual") == 1).fill_null(False) if "individual" in have else pl.lit(False)
        doubt = (figure("doubtterr") == 1).fill_null(False) if "doubtterr" in have else pl.lit(False)
        frame = table.frame.select(
            "row",
            id=text("eventid").str.replace(r"\.0$", ""),
            date=calendar("iyear", "imonth", "iday"),
            kind=pl.lit("violence"),
            detail=joined([cases((success == 1, "success"), (success == 0, "failure")), cases((doubt, "doubtful"))]),
            place=joined(place) if place else pl.lit(None, pl.String),
            country=text("country_txt"),
            latitude=pl.col("latitude") if "latitude" in have else pl.lit(None, pl.String),
            longitude=pl.col("longitude") if "longitude" in have else pl.lit(None, pl.String),
            actor=cases((alone, "one person"), otherwise="armed group"),
            target=cases((target.is_in(_STATE_TARGETS), "state"), (target.is_not_null(), "civilians")),
            fatalities="nkill",
        )
        return Draft(frame, {"date": "iyear", "fatalities": "nkill"})


CODEBOOK = Gtd()
