"""NAVCO 2.0: nonviolent and violent campaigns against a regime, for secession or against an occupation, by year."""

from __future__ import annotations

from datetime import date
from typing import final

import polars as pl

from groundswell.records.codebooks._base import Codebook, Draft, cases, figure, joined, text, with_responses
from groundswell.records.codebooks._table import Table

_SIZES = {0: "1-999", 1: "1000-9999", 2: "10000-99999", 3: "100000-499999", 4: "500000-1000000", 5: "over 1000000"}
_PROGRESS = {0: "status quo", 1: "visible gains", 2: "limited concessions", 3: "significant concessions",
             4: "complete success"}  # fmt: skip
_REPRESSION = {1: "mild", 2: "moderate", 3: "extreme"}


@final
class Navco2(Codebook):
    """NAVCO 2.0: one row per campaign and year, 1945-2006, from the publisher's workbook.

    Each row gives a coarse event (precision year): kind protest if the campaign was primarily nonviolent in that year
    (`prim_method` 1), violence if primarily violent (0). Its detail is the method and the outcome of the year:
    "success" where `success` is 1, else what `progress` says (status quo, visible gains, limited concessions,
    significant concessions, complete success). Where `repression` is 1 to 3, the row gives an event of repression too
    (detail mild, moderate or extreme; id `<id>/repression`). Sizes are the ranges of `camp_size`; -99 is not known.
    Names of campaigns are not carried over, since some are names of persons.

    Known limits: a campaign-year is not an event. It can be compared with others like it, but does not show what came
    first within a year.

    Source: Chenoweth and Lewis (2013), "Unpacking nonviolent campaigns: Introducing the NAVCO 2.0 dataset", Journal of
    Peace Research 50(3), 415-423.
    """

    name = "navco2"
    title = "NAVCO 2.0"
    citation = (
        "Chenoweth, E. and Lewis, O. A. (2013). Unpacking nonviolent campaigns: Introducing the NAVCO 2.0 dataset. "
        "Journal of Peace Research 50(3), 415-423."
    )
    licence = "Terms of the publisher's deposit; none were stated with the copy that this project was tested on."
    layouts = (frozenset({"id", "location", "year", "prim_method", "camp_size", "success", "progress", "repression"}),)
    limits = "The events of NAVCO 2.0 are campaign-years, dated to the year only."
    span = (date(1945, 1, 1), date(2013, 12, 31))

    def draft(self, table: Table) -> Draft:
        method = figure("prim_method")
        named = cases((method == 1, "nonviolent"), (method == 0, "violent"))
        outcome = pl.when(figure("success") == 1).then(pl.lit("success")).otherwise(
            figure("progress").replace_strict(_PROGRESS, default=None, return_dtype=pl.String)
        )  # fmt: skip
        frame = table.frame.select(
            "row",
            id=pl.concat_str(pl.lit("navco2"), text("id"), text("year"), separator="-"),
            date="year",
            kind=cases((method == 1, "protest"), (method == 0, "violence")),
            detail=joined([named, outcome]),
            country=text("location"),
            actor=pl.lit("opposition"),
            target=pl.lit("state"),
            size=figure("camp_size").replace_strict(_SIZES, default=None, return_dtype=pl.String),
            refused=pl.when(~method.is_in([0.0, 1.0]).fill_null(False)).then(pl.lit("no primary method, so no kind")),
            refused_column=pl.lit("prim_method"),
            _repression=figure("repression").replace_strict(_REPRESSION, default=None, return_dtype=pl.String),
        )
        return Draft(frame, {"date": "year", "size": "camp_size"})

    def expand(self, events: pl.DataFrame) -> pl.DataFrame:
        return with_responses(events, ("repression",), target="opposition")


CODEBOOK = Navco2()
