"""SCAD: protests, riots, strikes and social violence in Africa and parts of Latin America, 1990-2017."""

from __future__ import annotations

from datetime import date
from typing import final

import polars as pl

from groundswell.records.codebooks._actors import category
from groundswell.records.codebooks._base import Codebook, Draft, calendar, cases, figure, text, with_responses
from groundswell.records.codebooks._table import Table

_KINDS = {1: "protest", 2: "protest", 3: "violence", 4: "violence", 5: "strike", 6: "strike", 7: "repression",
          8: "violence", 9: "violence", 10: "violence"}  # fmt: skip
_DETAILS = {
    1: "organised demonstration", 2: "spontaneous demonstration", 3: "organised riot", 4: "spontaneous riot",
    5: "general strike", 6: "limited strike", 7: "pro-government violence", 8: "anti-government violence",
    9: "extra-government violence", 10: "intra-government violence",
}  # fmt: skip
_SIZES = {1: "under 10", 2: "10-100", 3: "101-1000", 4: "1001-10000", 5: "10001-100000", 6: "100001-1000000",
          7: "over 1000000"}  # fmt: skip


@final
class Scad(Codebook):
    """Social Conflict Analysis Database, the files for Africa and for Latin America (versions 3.0 to 3.3).

    | kind | detail | when |
    |---|---|---|
    | protest | organised or spontaneous demonstration | etype 1, 2 |
    | violence | organised or spontaneous riot | etype 3, 4 |
    | strike | general or limited strike | etype 5, 6 |
    | repression | pro-government violence | etype 7 |
    | violence | anti-, extra- or intra-government violence | etype 8, 9, 10 |
    | repression | nonlethal, lethal | repress 1, 2 of any other event; the id is `<id>/repression` |

    `npart` 1 to 7 becomes its range of sizes. Negative codes of participants and dead mean that nothing is known. Rows
    with etype -9 stand for armed conflicts of another data set and are set aside; so are the further rows of an event
    that happened in several places, which repeat its `eventid`. Names of actors become categories; notes are not
    carried over.

    Known limits: an event of several days or months is one event, dated by its first day. Repression is coded with
    the event, and has no date of its own.

    Source: Salehyan et al. (2012), "Social Conflict in Africa: A New Database", International Interactions 38(4),
    503-511; SCAD codebook.
    """

    name = "scad"
    title = "Social Conflict Analysis Database"
    citation = (
        "Salehyan, I., Hendrix, C. S., Hamner, J., Case, C., Linebarger, C., Stull, E. and Williams, J. (2012). Social "
        "Conflict in Africa: A New Database. International Interactions 38(4), 503-511."
    )
    licence = "The publisher's terms of use: cite it; not for commercial purposes; no redistribution for them."
    layouts = (
        frozenset({"eventid", "countryname", "stday", "stmo", "styr", "etype", "npart", "ndeath", "repress"}),
        frozenset({"eventid", "countryname", "startdate", "enddate", "etype", "npart", "ndeath", "repress"}),
    )
    uses = frozenset({
        "eventid", "countryname", "startdate", "enddate", "stday", "stmo", "styr", "eday", "emo", "eyr", "etype",
        "actor1", "cgovtarget", "rgovtarget", "npart", "ndeath", "repress", "elocal", "latitude", "longitude",
    })  # fmt: skip
    limits = (
        "SCAD is read from two news agencies in English, which report more from capitals and less in earlier years."
    )
    span = (date(1960, 1, 1), date(2025, 12, 31))

    def draft(self, table: Table) -> Draft:
        have = set(table.columns)
        kind = figure("etype")
        split = {"styr", "stmo", "stday"} <= have
        start = calendar("styr", "stmo", "stday") if split else pl.col("startdate")
        if {"eyr", "emo", "eday"} <= have:
            end = calendar("eyr", "emo", "eday")
        else:
            end = pl.col("enddate") if "enddate" in have else pl.lit(None, pl.String)
        aimed = [(figure(name) == 1).fill_null(False) for name in ("cgovtarget", "rgovtarget") if name in have]
        again = ~pl.col("eventid").is_first_distinct() & pl.col("eventid").is_not_null()
        frame = table.frame.select(
            "row",
            id=text("eventid"),
            date=start,
            date_end=end,
            kind=kind.replace_strict(_KINDS, default=None, return_dtype=pl.String),
            detail=kind.replace_strict(_DETAILS, default=None, return_dtype=pl.String),
            place=text("elocal") if "elocal" in have else pl.lit(None, pl.String),
            country=text("countryname"),
            latitude=pl.col("latitude") if "latitude" in have else pl.lit(None, pl.String),
            longitude=pl.col("longitude") if "longitude" in have else pl.lit(None, pl.String),
            actor=pl.when(kind == 7)
            .then(pl.lit("state"))
            .otherwise(category(table.frame, "actor1") if "actor1" in have else pl.lit(None, pl.String)),
            target=pl.when(pl.any_horizontal(aimed)).then(pl.lit("state")) if aimed else pl.lit(None, pl.String),
            size=figure("npart").replace_strict(_SIZES, default=None, return_dtype=pl.String),
            fatalities=pl.when(~(figure("ndeath") < 0).fill_null(False)).then(pl.col("ndeath")),
            refused=cases(
                (kind == -9, "stands for an armed conflict of another data set, not an event"),
                (~kind.is_in(list(_KINDS)).fill_null(False), "not an event type from 1 to 10"),
                (again, "a further place of an event that an earlier row states"),
            ),
            refused_column=pl.when(kind.is_in(list(_KINDS)).fill_null(False))
            .then(pl.lit("eventid"))
            .otherwise(pl.lit("etype")),
            _repression=pl.when(kind != 7).then(
                figure("repress").replace_strict({1: "nonlethal", 2: "lethal"}, default=None, return_dtype=pl.String)
            ),
        )
        columns = {"date": "styr" if split else "startdate", "size": "npart", "fatalities": "ndeath"}
        return Draft(frame, {**columns, "date_end": "eyr" if "eyr" in have else "enddate"})

    def expand(self, events: pl.DataFrame) -> pl.DataFrame:
        return with_responses(events, ("repression",))


CODEBOOK = Scad()
