"""ACLED's monthly counts by district, as the Humanitarian Data Exchange serves them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import final

import polars as pl

from groundswell.records.codebooks._base import Codebook, Draft, text
from groundswell.records.codebooks._table import Table

_NAMES = ((r"demonstration|protest", "protest"), (r"violence|civilian|fatal|conflict|battle|explosion", "violence"))


@final
class Hdx(Codebook):
    """Events and dead by month and second-level district; a row stands for as many events as it counts, or for none.

    The columns of the file do not say what its events are; its name does ("political violence events",
    "demonstration events"), and the kind is taken from it; where the name says nothing the kind is
    "events", without a role, and a mapping file says what it is:

        codebook = "hdx"
        constants = { kind = "protest" }

    Known limits: an event counted under civilian targeting is counted under political violence as well, so the two
    files must not be added. Rows with 0 say that the month was watched.

    Source: ACLED by way of the Humanitarian Data Exchange (HDX), UN OCHA.
    """

    name = "hdx"
    title = "ACLED by month and district (HDX)"
    citation = "ACLED, Political violence events and fatalities by month. Humanitarian Data Exchange, UN OCHA."
    licence = "ACLED's terms of use, by way of HDX."
    layouts = (
        frozenset({"Country", "Admin1", "Month", "Year", "Events"}),
        frozenset({"Country", "Month", "Year", "Events"}),
    )
    rowwise = True
    kind = ""
    """What the events are; "" is taken from the name of the file."""
    uses = frozenset({"Country", "Admin1", "Admin2", "Month", "Year", "Events", "Fatalities"})
    limits = "Counts by month cannot show the order of events within weeks."

    def draft(self, table: Table) -> Draft:
        have = set(table.columns)
        kind = self.kind or _kind(table.path)
        notes = []
        if not self.kind and kind == "events":
            notes.append(
                f"Neither the columns nor the name of {table.path.name} say what its events are; in a mapping file: "
                'codebook = "hdx" and constants = { kind = "protest" }.'
            )
        month = text("Month").str.strip_chars()
        number = month.str.extract(r"^(\d{1,2})$", 1).str.zfill(2)
        date = pl.coalesce(text("Year") + "-" + number, month + " " + text("Year"))
        district = [name for name in ("Admin2", "Admin1") if name in have]
        frame = table.frame.select(
            "row",
            date=date,
            kind=pl.lit(kind),
            count="Events",
            place=pl.coalesce([text(name) for name in district]) if district else pl.lit(None, pl.String),
            country=text("Country"),
            **({"fatalities": pl.col("Fatalities")} if "Fatalities" in have else {}),
            **({"admin1": text("Admin1")} if "Admin1" in have else {}),
        )
        columns = {"date": "Month", "count": "Events", "fatalities": "Fatalities"}
        return Draft(frame, columns, notes, levels=("admin1",) if "Admin1" in have else ())


def _kind(path: Path) -> str:
    name = path.name.lower()
    return next((kind for pattern, kind in _NAMES if re.search(pattern, name)), "events")


CODEBOOK = Hdx()
