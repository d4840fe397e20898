"""ICEWS coded event data as the publisher serves them: tab-separated, with CAMEO codes, by day."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import ClassVar, final

import polars as pl

from groundswell.records.codebooks._actors import category
from groundswell.records.codebooks._base import Codebook, Draft, joined, text
from groundswell.records.codebooks._cameo import cameo
from groundswell.records.codebooks._table import Table, Wanted

_SECTORS = (
    ("police", r"police"),
    ("military", r"military|army|navy|air force"),
    ("state", r"government|executive|legislative|parliament|judicial|cabinet|ministry|elite|state-owned"),
    ("students", r"student|education"),
    ("workers", r"labor|union"),
    ("opposition", r"opposition"),
    ("rebels", r"rebel|insurgent|separatist"),
    ("armed group", r"armed|terror|extremist|criminal|gang|militia"),
    ("protesters", r"protester|popular|dissident"),
    ("religious", r"religious|muslim|christian"),
    ("media", r"media"),
    ("business", r"business|banking"),
    ("nongovernmental", r"ngo|nongovernmental|activis"),
    ("civilians", r"civilian|general population|social"),
)


@final
class IcewsEvents(Codebook):
    """ICEWS Coded Event Data, yearly files `events.YYYY....tab` of 20 columns.

    | kind | when |
    |---|---|
    | strike | CAMEO 143 and below it |
    | violence | CAMEO 145 (riot) and below it; roots 18 to 20 (force) by actors other than a state |
    | protest | the rest of root 14 |
    | repression | root 17 (coerce) within one country; roots 18 to 20 by a state within one country |
    | concession | root 08 (yield) within one country |
    | other | everything else |

    The CAMEO code is in `detail`; a leading zero that a spreadsheet took away is put back. `actor` and `target` are
    categories from the sectors of source and target, or state where the name is that of the country itself. Names of
    sources and targets are not carried over, since many are names of persons. The form with integer codes is read by
    the codebook `icews`.

    Known limits: events are coded by machine from news, and one event reported on several days or in several stories
    may be several rows. Of force between states, only what crosses no border is counted as repression.

    Source: Boschee et al. (2015), "ICEWS Coded Event Data", Harvard Dataverse, doi:10.7910/DVN/28075; CAMEO codebook,
    Schrodt (2012).
    """

    name = "icews_events"
    title = "ICEWS coded events"
    citation = "Boschee, E. et al. (2015). ICEWS Coded Event Data. Harvard Dataverse, doi:10.7910/DVN/28075."
    licence = "Terms of the Harvard Dataverse deposit."
    layouts = (
        frozenset({"Event ID", "Event Date", "Source Sectors", "Source Country", "CAMEO Code", "Target Sectors",
                   "Target Country", "Country"}),
    )  # fmt: skip
    rowwise = True
    uses = frozenset({
        "Event ID", "Event Date", "Source Name", "Source Sectors", "Source Country", "CAMEO Code", "Target Name",
        "Target Sectors", "Target Country", "Publisher", "City", "Province", "Country", "Latitude", "Longitude",
    })  # fmt: skip
    dating = frozenset({"Event Date"})
    deciding = frozenset({"Source Name", "Source Sectors", "Source Country", "CAMEO Code", "Target Country"})
    placing: ClassVar = {
        "country": frozenset({"Country", "Target Country", "Source Country"}),
        "place": frozenset({"City", "Province"}),
    }
    limits = "ICEWS is coded by machine from news stories: its counts follow the volume of news as well as events."
    span = (date(1990, 1, 1), date(2100, 1, 1))

    def wanted(self, path: Path) -> Wanted:
        # the publisher writes no quotation marks around fields; those within headlines are text
        return Wanted(self.uses, delimiter="\t", quoted=False)

    def draft(self, table: Table) -> Draft:
        have = set(table.columns)
        code = text("CAMEO Code").str.replace(r"\.0$", "")
        lost = (code.str.len_chars() < 3) | (code.str.slice(0, 2).cast(pl.Int64, strict=False) > 20)
        code = pl.when(lost.fill_null(False)).then(pl.lit("0") + code).otherwise(code)
        root = code.str.slice(0, 2).cast(pl.Int64, strict=False)
        sides = []
        for side in ("Source", "Target"):
            itself = (text(f"{side} Name") == text(f"{side} Country")) if f"{side} Name" in have else pl.lit(False)
            sides.append(
                pl.when(itself.fill_null(False))
                .then(pl.lit("state"))
                .otherwise(category(table.frame, f"{side} Sectors", _SECTORS))
            )
        abroad = text("Source Country") != text("Target Country")
        known = code.str.contains(r"^(?:0[1-9]|1\d|20)\d{1,2}$")
        place = [text(name) for name in ("City", "Province") if name in have]
        frame = table.frame.select(
            "row",
            id="Event ID",
            date="Event Date",
            place=joined(place) if place else pl.lit(None, pl.String),
            country=pl.coalesce(text("Country"), text("Target Country"), text("Source Country")),
            latitude=pl.col("Latitude") if "Latitude" in have else pl.lit(None, pl.String),
            longitude=pl.col("Longitude") if "Longitude" in have else pl.lit(None, pl.String),
            source=text("Publisher") if "Publisher" in have else pl.lit(None, pl.String),
            refused_column=pl.lit("CAMEO Code"),
            **cameo(code, root, known, sides, abroad),
        )
        return Draft(frame, {"date": "Event Date", "latitude": "Latitude", "longitude": "Longitude"})


CODEBOOK = IcewsEvents()
