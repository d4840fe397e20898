"""Attempts on the lives of national leaders, 1875-2004, and whether they succeeded (Jones and Olken 2009)."""

from __future__ import annotations

from datetime import date
from typing import final

import polars as pl

from groundswell.records.codebooks._base import Codebook, Draft, calendar, cases, figure, joined, text
from groundswell.records.codebooks._table import Table


@final
class JonesOlken(Codebook):
    """The file of attempts, `assassinations_data.dta`; every row is an event of kind violence.

    The detail is "success" or "failure" (of the attempt), with "not serious" where no weapon was used as meant. The
    date is the day of the attempt, or its month or year where no more is known; `country` is the leader's, and `place`
    the country where it happened, if it was another. Names of leaders and attackers, and weapons, are not
    carried over.

    Known limits: an attempt that spanned months is dated to the first. The regressions of the paper are in
    `groundswell.estimators.attempts.jones_olken.jones_olken`, from the file of leader-years in the same folder.

    Source: Jones and Olken (2009), "Hit or Miss? The Effect of Assassinations on Institutions and War", American
    Economic Journal: Macroeconomics 1(2), 55-87.
    """

    name = "jones_olken"
    title = "Attempts on national leaders 1875-2004"
    citation = (
        "Jones, B. F. and Olken, B. A. (2009). Hit or Miss? The Effect of Assassinations on Institutions and War. "
        "American Economic Journal: Macroeconomics 1(2), 55-87."
    )
    licence = "Terms of the openICPSR deposit."
    layouts = (frozenset({"country", "year", "month1", "day", "attempt", "serious", "success", "deadinattempt"}),)
    limits = "Attempts that were planned and never made are not in the record; more is known of later ones."
    span = (date(1875, 1, 1), date(2004, 12, 31))

    def draft(self, table: Table) -> Draft:
        success, serious = figure("success"), figure("serious")
        abroad = text("loccntry") if "loccntry" in table.columns else pl.lit(None, pl.String)
        frame = table.frame.select(
            "row",
            date=calendar("year", "month1", "day"),
            kind=pl.lit("violence"),
            detail=joined(
                [
                    cases((success == 1, "success"), (success == 0, "failure")),
                    cases((serious == 0, "not serious")),
                ]
            ),
            country=text("country"),
            place=pl.when(abroad != text("country")).then(abroad),
            actor=cases((figure("solo") == 1, "one person"), (figure("solo") == 0, "group"))
            if "solo" in table.columns
            else pl.lit(None, pl.String),
            target=pl.lit("national leader"),
            fatalities="deadinattempt",
            refused=pl.when(~success.is_in([0.0, 1.0]).fill_null(False)).then(
                pl.lit("the row does not say whether the attempt succeeded")
            ),
            refused_column=pl.lit("success"),
        )
        return Draft(frame, {"date": "year", "fatalities": "deadinattempt"})


CODEBOOK = JonesOlken()
