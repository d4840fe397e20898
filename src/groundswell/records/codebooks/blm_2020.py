"""US protests of May to July 2020, by city and day, from five sources (compiled by Neal Caren)."""

from __future__ import annotations

from datetime import date
from typing import final

import polars as pl

from groundswell.records.codebooks._base import Codebook, Draft, text
from groundswell.records.codebooks._table import Table

_SOURCES = ("CCC", "Count Love", "Elephrame", "New York Times", "Wikipedia")


@final
class Blm2020(Codebook):
    """The city-day panel "BLM-GFAABT", and the files of its single sources.

    Each row is one event of kind protest. In the panel a row is a city and day, on which one source reported up to 37
    events: their number is in `detail` ("events 3"), the sources that report the day are in `source`, and `size` is
    the largest total of one source, not of all. The imputed sizes (`size_imp`) are not read. In the files of single
    sources the size is read from `size_str` as the source wrote it. Dates outside May to July 2020 are rejected (the
    pages of one source give 2030 and 2040).

    Source: Caren, N. (2020), "Black Lives Matter events", compiled from Elephrame, the Crowd Counting Consortium,
    Count Love, the New York Times and Wikipedia.
    """

    name = "blm_2020"
    title = "Black Lives Matter events 2020"
    citation = (
        "Caren, N. (2020). Black Lives Matter events: Protests following the deaths of George Floyd, Ahmaud Arbery "
        "and Breonna Taylor. Compiled from Elephrame, the Crowd Counting Consortium, Count Love, the New York Times "
        "and Wikipedia."
    )
    licence = "None stated; parts derive from sources that state none."
    layouts = (
        frozenset({"date", "city_st", "events", "size", "CCC", "Elephrame"}),
        frozenset({"date", "city_st", "size_str", "collection"}),
    )
    limits = "The record counts city-days; the size is missing for more than a third of them, mostly small ones."
    span = (date(2020, 5, 25), date(2020, 7, 31))

    def draft(self, table: Table) -> Draft:
        panel = "events" in table.columns
        if panel:
            sources = [pl.when(pl.col(s) == "1").then(pl.lit(s)) for s in _SOURCES if s in table.columns]
            source = pl.concat_str(sources, separator=", ", ignore_nulls=True)
            size, size_column = pl.col("size"), "size"
            detail = "events " + pl.col("events")
        else:
            source, detail = text("collection"), pl.lit(None, pl.String)
            # one of the sources states sizes as numbers only, and writes "nan" as their text
            stated = [text(name) for name in ("size_str", "size") if name in table.columns]
            size, size_column = pl.coalesce(stated), "size_str"
        frame = table.frame.select(
            "row",
            "date",
            kind=pl.lit("protest"),
            place=text("city_st"),
            country=pl.lit("United States"),
            size=size,
            source=source,
            detail=detail,
        )
        return Draft(frame, {"date": "date", "size": size_column})


CODEBOOK = Blm2020()
