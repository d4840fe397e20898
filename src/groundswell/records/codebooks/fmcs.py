"""US work stoppages 1984-2020, from the Federal Mediation and Conciliation Service."""

from __future__ import annotations

from datetime import date
from typing import final

import polars as pl

from groundswell.records.codebooks._base import Codebook, Draft, text
from groundswell.records.codebooks._table import Table


@final
class Fmcs(Codebook):
    """FMCS work stoppages: every row is a strike with its first and last day and the number of workers idled.

    Stoppages whose end lies before their start are rejected. Names of employers and unions are not carried over; the
    industry is in `detail`. Case numbers that repeat are made unique by the row. Lockouts are not distinguished
    from strikes.

    Source: labordata/fmcs-work-stoppage (MIT licence), from the publications of the FMCS, which ended in 2020.
    """

    name = "fmcs"
    title = "FMCS work stoppages"
    citation = "Federal Mediation and Conciliation Service (2020). Work stoppages 1984-2020. Archived by labordata."
    licence = "MIT; the underlying data are of the United States government"
    layouts = (frozenset({"Case Number", "City, State", "# Idled", "Start Date", "End Date"}),)
    limits = "FMCS holds what was reported to it: before 1984 hardly any, and after its end in 2020 no stoppages."
    span = (date(1980, 1, 1), date(2020, 12, 31))

    def draft(self, table: Table) -> Draft:
        frame = table.frame.select(
            "row",
            id="Case Number",
            date="Start Date",
            date_end="End Date",
            kind=pl.lit("strike"),
            place=text("City, State"),
            country=pl.lit("United States"),
            actor=pl.lit("workers"),
            target=pl.lit("employer"),
            size="# Idled",
            source=pl.lit("FMCS"),
            detail=text("Industry") if "Industry" in table.columns else pl.lit(None, pl.String),
        )
        return Draft(frame, {"date": "Start Date", "date_end": "End Date", "size": "# Idled"})


CODEBOOK = Fmcs()
