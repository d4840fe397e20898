"""POLECAT: events coded by machine from news in seven languages, under the ontology PLOVER, 2010 onwards."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import ClassVar, final

import polars as pl

from groundswell.records.codebooks._base import Codebook, Draft, cases, joined, text
from groundswell.records.codebooks._table import Table, Wanted

_SECTORS = {
    "GOV": "state", "EXE": "state", "LEG": "state", "JUD": "state", "SPY": "state", "MIL": "military", "COP": "police",
    "OPP": "opposition", "REB": "rebels", "PRM": "armed group", "CRM": "armed group", "UAF": "armed group",
    "EDU": "students", "LAB": "workers", "AGR": "farmers", "CVL": "civilians", "REF": "civilians", "SOC": "civilians",
    "JRN": "media", "MED": "media", "BUS": "business", "NGO": "nongovernmental", "IGO": "foreign or international",
}  # fmt: skip
_STATE = ("state", "military", "police")
_STRIKE = r"^strike-(?:gen|lim)"
_UNREAL = r"(?i)\b(?:future|historical|hypothetical|negation)\b"
_TYPES = ("agree", "consult", "support", "concede", "cooperate", "aid", "retreat", "request", "demand", "accuse",
          "reject", "threaten", "protest", "sanction", "mobilize", "coerce", "assault")  # fmt: skip


@final
class Polecat(Codebook):
    """POLECAT, tab-separated files by year and month.

    | kind | when |
    |---|---|
    | strike | PROTEST of mode strike-gen or strike-lim |
    | violence | PROTEST of mode riot; ASSAULT by actors other than a state |
    | protest | any other PROTEST |
    | repression | COERCE, and ASSAULT by a state, within one country |
    | concession | CONCEDE and RETREAT within one country |
    | other | everything else |

    `detail` holds type and mode. `actor` and `target` are categories from the primary sectors; names of actors and
    recipients, of persons in the story, and its texts are not carried over. Events whose contexts say that they are
    past, to come, hypothetical or denied are set aside with that reason.

    Known limits: coded by machine from news, so one event in several stories may be several rows. The date is that of
    the event as the machine resolved it.

    Source: Halterman, Bagozzi, Beger, Schrodt and Scarborough (2023), "PLOVER and POLECAT: A New Political Event
    Ontology and Dataset"; PLOVER codebook, version 0.7b1 (Open Event Data Alliance).
    """

    name = "polecat"
    title = "POLECAT"
    citation = (
        "Halterman, A., Bagozzi, B. E., Beger, A., Schrodt, P. A. and Scarborough, G. I. (2023). PLOVER and POLECAT: A "
        "New Political Event Ontology and Dataset. Data: Harvard Dataverse, doi:10.7910/DVN/AJGVIT."
    )
    licence = "Terms of the Harvard Dataverse deposit."
    layouts = (
        frozenset({"Event ID", "Event Date", "Event Type", "Event Mode", "Actor Country", "Primary Actor Sector",
                   "Recipient Country", "Primary Recipient Sector", "Country"}),
    )  # fmt: skip
    rowwise = True
    uses = frozenset({
        "Event ID", "Event Date", "Event Type", "Event Mode", "Contexts", "Actor Country", "Primary Actor Sector",
        "Recipient Country", "Primary Recipient Sector", "City", "District", "Province", "Country", "Latitude",
        "Longitude", "Source",
    })  # fmt: skip
    dating = frozenset({"Event Date"})
    deciding = frozenset({"Event Type", "Event Mode", "Contexts", "Actor Country", "Primary Actor Sector",
                          "Recipient Country"})  # fmt: skip
    placing: ClassVar = {"country": frozenset({"Country"}), "place": frozenset({"City"})}
    limits = "POLECAT is coded by machine from news stories: its counts follow the volume of news as well as events."
    span = (date(2000, 1, 1), date(2100, 1, 1))

    def wanted(self, path: Path) -> Wanted:
        # no quotation marks stand around fields; those within names are text
        return Wanted(self.uses, quoted=False)

    def draft(self, table: Table) -> Draft:
        have = set(table.columns)
        kind, mode = text("Event Type").str.to_lowercase(), text("Event Mode").str.to_lowercase()
        sides = [
            text(f"Primary {side} Sector")
            .str.slice(0, 3)
            .replace_strict(_SECTORS, default=None, return_dtype=pl.String)
            for side in ("Actor", "Recipient")
        ]
        state = sides[0].is_in(_STATE).fill_null(False)
        abroad = (text("Actor Country") != text("Recipient Country")).fill_null(False)
        riot = mode.str.starts_with("riot").fill_null(False)
        known = kind.is_in(_TYPES).fill_null(False)
        unreal = text("Contexts").str.contains(_UNREAL).fill_null(False) if "Contexts" in have else pl.lit(False)
        levels = {name: text(name) for name in ("District", "Province") if name in have}
        frame = table.frame.select(
            "row",
            id=text("Event ID"),
            date="Event Date",
            kind=cases(
                ((kind == "protest") & mode.str.contains(_STRIKE).fill_null(False), "strike"),
                ((kind == "protest") & riot, "violence"),
                (kind == "protest", "protest"),
                (((kind == "coerce") | ((kind == "assault") & state)) & ~abroad, "repression"),
                ((kind == "assault") & ~state, "violence"),
                (kind.is_in(["concede", "retreat"]) & ~abroad, "concession"),
                otherwise="other",
            ),
            detail=joined([kind, mode]),
            place=text("City") if "City" in have else pl.lit(None, pl.String),
            country=text("Country"),
            latitude="Latitude" if "Latitude" in have else pl.lit(None, pl.String),
            longitude="Longitude" if "Longitude" in have else pl.lit(None, pl.String),
            actor=sides[0],
            target=sides[1],
            source=text("Source") if "Source" in have else pl.lit(None, pl.String),
            refused=cases(
                (~known, "not an event type of PLOVER"),
                (unreal, "an event that the story calls past, to come, hypothetical or denied"),
            ),
            refused_column=pl.when(known).then(pl.lit("Contexts")).otherwise(pl.lit("Event Type")),
            **levels,
        )
        columns = {"id": "Event ID", "date": "Event Date", "latitude": "Latitude", "longitude": "Longitude"}
        return Draft(frame, columns, levels=tuple(levels))


CODEBOOK = Polecat()
