"""Force used by police against protesters in the United States, 2020-21 (crowd-sourced reports)."""

from __future__ import annotations

from datetime import date
from typing import final

import polars as pl

from groundswell.records.codebooks._base import Codebook, Draft, text
from groundswell.records.codebooks._table import Table


@final
class Police2020(Codebook):
    """The 2020PB record of incidents, from its comma-separated file; every row is an event of kind repression.

    Descriptions and links are not carried over, since they may show or name persons. Reports without a date are
    rejected.

    Source: 2020PB/police-brutality, built from the reports of contributors (MIT licence).
    """

    name = "police_2020"
    title = "2020 police brutality incidents"
    citation = "2020PB contributors (2021). police-brutality: incidents of police violence during the 2020 protests."
    licence = "MIT"
    layouts = (frozenset({"state", "city", "date", "id"}),)
    limits = "The record is crowd-sourced, and one city (Portland) is covered far more closely than the others."
    span = (date(2020, 5, 25), date(2021, 12, 31))

    def draft(self, table: Table) -> Draft:
        state = text("state")
        frame = table.frame.select(
            "row",
            "date",
            id=text("id"),
            kind=pl.lit("repression"),
            place=pl.concat_str(text("city"), state, separator=", ", ignore_nulls=True),
            country=pl.lit("United States"),
            actor=pl.lit("police"),
            target=pl.lit("protesters"),
        )
        return Draft(frame, {"date": "date"})


CODEBOOK = Police2020()
