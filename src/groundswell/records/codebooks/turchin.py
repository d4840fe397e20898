"""US Political Violence 1782-2010 (Turchin): riots, lynchings, assassinations, terrorism, rampages."""

from __future__ import annotations

from datetime import date
from typing import final

import polars as pl

from groundswell.records.codebooks._base import Codebook, Draft, text
from groundswell.records.codebooks._table import Table

_VIOLENCE = ("riot", "lynching", "rampage", "assassination", "terrorism", "insurrection", "war")


@final
class Turchin(Codebook):
    """The USPV database; `detail` is the type and subtype, such as "riot, labor" or "assassination, political".

    The column `year` holds a year with the month as decimals (1782.05 is May; .1 is October, since spreadsheets cut
    the last zero; four decimals are month and day). Rows with a year only have the precision "year". Riots,
    lynchings, rampages, assassinations, terrorism, insurrections and wars are of kind violence, executions of kind
    repression, and the rest (compilations, mass suicide, "?") of kind other. Only the first line of the source is
    kept, and no descriptions, since both quote newspapers that name persons.

    Source: Turchin, P. (2012), "Dynamics of political instability in the United States, 1780-2010", Journal of Peace
    Research 49(4), 577-591.
    """

    name = "turchin"
    title = "US Political Violence 1782-2010"
    citation = (
        "Turchin, P. (2012). Dynamics of political instability in the United States, 1780-2010. "
        "Journal of Peace Research 49(4), 577-591."
    )
    licence = "None stated."
    layouts = (frozenset({"year", "type", "subtype", "fatalities", "location", "source"}),)
    limits = "The record holds violence that mostly killed at least one person, from newspapers; it includes rampages."
    span = (date(1780, 1, 1), date(2010, 12, 31))

    def draft(self, table: Table) -> Draft:
        year = pl.col("year").str.extract(r"^(\d{4})(?:\.\d{1,4})?$", 1)
        decimals = pl.col("year").str.extract(r"^\d{4}\.(\d{1,4})$", 1)
        month = pl.when(decimals.str.len_chars() == 1).then(decimals + "0").otherwise(decimals.str.slice(0, 2))
        day = pl.when(decimals.str.len_chars() == 4).then(decimals.str.slice(2, 2))
        dated = pl.concat_str(year, month, day, separator="-", ignore_nulls=True)
        kind = text("type").str.to_lowercase()
        frame = table.frame.select(
            "row",
            date=pl.when(year.is_not_null()).then(dated).otherwise(pl.col("year")),
            kind=pl.when(kind.is_in(_VIOLENCE))
            .then(pl.lit("violence"))
            .when(kind == "executions")
            .then(pl.lit("repression"))
            .when(kind.is_not_null())
            .then(pl.lit("other")),
            place=text("location"),
            country=pl.lit("United States"),
            fatalities="fatalities",
            source=text("source").str.split("\x0b").list.first().str.split("\n").list.first().str.slice(0, 60),
            detail=pl.concat_str(kind, text("subtype"), separator=", ", ignore_nulls=True),
        )
        return Draft(frame, {"date": "year", "kind": "type", "fatalities": "fatalities"})


CODEBOOK = Turchin()
