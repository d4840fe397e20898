"""NAVCO 1.3: the list of nonviolent and violent campaigns with maximal aims, 1900-2019, with their outcomes."""

from __future__ import annotations

from datetime import date
from typing import final

import polars as pl

from groundswell.records.codebooks._base import Codebook, Draft, cases, figure, joined, text
from groundswell.records.codebooks._table import Table


@final
class Navco1(Codebook):
    """NAVCO 1.3: one row per campaign, from the publisher's list.

    Each row gives one coarse event (precision year) from the first year of the campaign to the last: kind protest if
    `NONVIOL` is 1, violence if `VIOL` is 1. Its detail is the method and the outcome: success, limited success, failure
    or ongoing. Names of campaigns are not carried over, since some are names of persons.

    Known limits: a campaign is not an event; its peak may lie years after its first year.

    Source: Chenoweth and Shay (2020), "List of Campaigns in NAVCO 1.3", Harvard Dataverse, doi:10.7910/DVN/ON9XND.
    """

    name = "navco1"
    title = "NAVCO 1.3"
    citation = (
        "Chenoweth, E. and Shay, C. W. (2020). List of Campaigns in NAVCO 1.3. Harvard Dataverse, "
        "doi:10.7910/DVN/ON9XND."
    )
    licence = "Terms of the Harvard Dataverse deposit; none were stated with the copy that this project was tested on."
    layouts = (
        frozenset({"NAVCOID", "LOCATION", "BYEAR", "EYEAR", "SUCCESS", "LIMITED", "FAILURE", "VIOL", "NONVIOL"}),
    )
    limits = "The events of NAVCO 1.3 are whole campaigns, dated to the year only."
    span = (date(1899, 1, 1), date(2025, 12, 31))

    def draft(self, table: Table) -> Draft:
        def yes(column: str) -> pl.Expr:
            return (figure(column) == 1).fill_null(False) if column in table.columns else pl.lit(False)

        outcome = cases(
            (yes("SUCCESS"), "success"),
            (yes("LIMITED"), "limited success"),
            (yes("ONGOING"), "ongoing"),  # which the list codes as failures too
            (yes("FAILURE"), "failure"),
        )
        frame = table.frame.select(
            "row",
            id=pl.lit("navco1-") + text("NAVCOID"),
            date="BYEAR",
            date_end="EYEAR",
            kind=cases((yes("NONVIOL"), "protest"), (yes("VIOL"), "violence")),
            detail=joined([cases((yes("NONVIOL"), "nonviolent"), (yes("VIOL"), "violent")), outcome]),
            country=text("LOCATION"),
            actor=pl.lit("opposition"),
            target=pl.lit("state"),
            refused=pl.when(yes("NONVIOL") == yes("VIOL")).then(
                pl.lit("the row does not say whether the campaign was nonviolent or violent")
            ),
            refused_column=pl.lit("NONVIOL"),
        )
        return Draft(frame, {"date": "BYEAR", "date_end": "EYEAR"})


CODEBOOK = Navco1()
