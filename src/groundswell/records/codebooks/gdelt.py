"""GDELT event tables, versions 1 and 2, with and without a header; other tables of GDELT are refused."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from datetime import date
from pathlib import Path
from typing import ClassVar, final

import polars as pl

from groundswell.errors import RecordError
from groundswell.records.codebooks._base import Codebook, Draft, text
from groundswell.records.codebooks._cameo import cameo
from groundswell.records.codebooks._open import columns_of
from groundswell.records.codebooks._table import Table, Wanted

_ACTOR = ("Code", "Name", "CountryCode", "KnownGroupCode", "EthnicCode", "Religion1Code", "Religion2Code", "Type1Code",
          "Type2Code", "Type3Code")  # fmt: skip
_GEO = ("Type", "FullName", "CountryCode", "ADM1Code", "ADM2Code", "Lat", "Long", "FeatureID")
_HEAD = (
    "GLOBALEVENTID", "SQLDATE", "MonthYear", "Year", "FractionDate", *(f"Actor1{n}" for n in _ACTOR),
    *(f"Actor2{n}" for n in _ACTOR), "IsRootEvent", "EventCode", "EventBaseCode", "EventRootCode", "QuadClass",
    "GoldsteinScale", "NumMentions", "NumSources", "NumArticles", "AvgTone",
)  # fmt: skip


def _layout(*, second: bool) -> tuple[str, ...]:
    geo = [n for n in _GEO if second or n != "ADM2Code"]
    places = [f"{who}Geo_{n}" for who in ("Actor1", "Actor2", "Action") for n in geo]
    return (*_HEAD, *places, "DATEADDED", "SOURCEURL")


_FIRST, _SECOND = _layout(second=False), _layout(second=True)
_COLUMNS = {57: _FIRST[:-1], 58: _FIRST, 61: _SECOND}
_SECTORS = {
    "GOV": "state", "MIL": "military", "COP": "police", "SPY": "state", "LEG": "state", "JUD": "state", "ELI": "state",
    "OPP": "opposition", "REB": "rebels", "SEP": "rebels", "INS": "rebels", "UAF": "armed group", "CRM": "armed group",
    "RAD": "armed group", "EDU": "students", "LAB": "workers", "AGR": "farmers", "CVL": "civilians", "REF": "civilians",
    "MED": "media", "BUS": "business", "NGO": "nongovernmental", "HRI": "nongovernmental", "MOD": "opposition",
}  # fmt: skip
_USED = ("GLOBALEVENTID", "SQLDATE", "Actor1CountryCode", "Actor1Type1Code", "Actor2CountryCode", "Actor2Type1Code",
         "EventCode", "EventRootCode", "ActionGeo_FullName", "ActionGeo_CountryCode", "ActionGeo_Lat",
         "ActionGeo_Long")  # fmt: skip


@final
class Gdelt(Codebook):
    """GDELT events: the daily and quarter-hourly files (58 and 61 columns), and the older ones (57), tab-separated.

    | kind | when |
    |---|---|
    | strike | CAMEO 143 and below it |
    | violence | CAMEO 145 (riot) and below it; roots 18 to 20 (force) by actors other than a state |
    | protest | the rest of root 14 |
    | repression | root 17 (coerce) within one country; roots 18 to 20 by a state within one country |
    | concession | root 08 (yield) within one country |
    | other | everything else |

    `actor` and `target` are categories from the types of the actors; names of actors and addresses of articles are not
    carried over. The date is the day of the event (SQLDATE, or Day), not that of the article.

    Known limits: events are coded by machine from news, and one event in several stories may be several rows; the
    number of articles grew many times over from 1979 to 2015. Tables of mentions, and of the Global Knowledge Graph
    with its counts, are refused: a count in an article is repeated in every article that copies it, and is no event.

    Source: Leetaru and Schrodt (2013), "GDELT: Global Data on Events, Location, and Tone, 1979-2012"; GDELT Event
    Codebook V2.0.
    """

    name = "gdelt"
    title = "GDELT events"
    citation = "Leetaru, K. and Schrodt, P. A. (2013). GDELT: Global Data on Events, Location, and Tone, 1979-2012."
    licence = "Open, with attribution to the GDELT Project."
    layouts = (frozenset(_USED),)
    rowwise = True
    uses = frozenset(_USED)
    aliases_of_columns: ClassVar = {"day": "SQLDATE", "eventid": "GLOBALEVENTID"}
    dating = frozenset({"SQLDATE"})
    deciding = frozenset({"Actor1CountryCode", "Actor1Type1Code", "Actor2CountryCode", "EventCode", "EventRootCode"})
    placing: ClassVar = {
        "country": frozenset({"ActionGeo_FullName", "ActionGeo_CountryCode"}),
        "place": frozenset({"ActionGeo_FullName"}),
    }
    limits = (
        "GDELT is coded by machine from news stories: its counts follow the volume of news as well as events, and the "
        "same event in several stories is several rows."
    )
    span = (date(1900, 1, 1), date(2100, 1, 1))

    def recognises(self, path: Path, columns: Collection[str]) -> bool:
        """By its header, or without one by the number of columns and by what the first of them hold."""
        names = list(columns)
        if {"eventrootcode", "actor1type1code"} <= {name.lower() for name in names}:
            return True
        return _bare(names) or _other_table(names) is not None

    def wanted(self, path: Path) -> Wanted:
        names = columns_of(path, layout=self.layout)
        other = _other_table(names)
        if other is not None:
            raise RecordError(
                f"{path} is a table of {other}",
                expected="a table of GDELT events",
                why="what an article mentions is repeated in every article that copies it, and is no event",
                instead="the file of events of the same day, whose name ends in .export.CSV",
            )
        if not _bare(names):
            return super().wanted(path)
        return Wanted(self.uses, delimiter="\t", quoted=False, names=_COLUMNS[len(names)])

    def draft(self, table: Table) -> Draft:
        code = text("EventCode").str.replace(r"\.0$", "").str.zfill(3)
        root = text("EventRootCode").str.replace(r"\.0$", "").str.zfill(2).cast(pl.Int64, strict=False)
        sides = [
            text(f"Actor{i}Type1Code").replace_strict(_SECTORS, default=None, return_dtype=pl.String) for i in (1, 2)
        ]
        abroad = text("Actor1CountryCode") != text("Actor2CountryCode")
        known = root.is_between(1, 20)
        place = text("ActionGeo_FullName")
        frame = table.frame.select(
            "row",
            id=text("GLOBALEVENTID"),
            date="SQLDATE",
            place=place,
            country=pl.coalesce(place.str.extract(r"([^,]+)$", 1).str.strip_chars(), text("ActionGeo_CountryCode")),
            latitude="ActionGeo_Lat",
            longitude="ActionGeo_Long",
            refused_column=pl.lit("EventRootCode"),
            **cameo(code, root, known, sides, abroad),
        )
        columns = {"id": "GLOBALEVENTID", "date": "SQLDATE", "latitude": "ActionGeo_Lat", "longitude": "ActionGeo_Long"}
        return Draft(frame, columns)


def _bare(names: Sequence[str]) -> bool:
    """Whether what stands where a header would be is an event."""
    if len(names) not in _COLUMNS:
        return False
    return bool(re.fullmatch(r"\d{1,12}", names[0]) and re.fullmatch(r"(?:1[89]|20)\d{6}", names[1])
                and re.match(r"(?:1[89]|20)\d{4}", names[2]))  # fmt: skip


def _other_table(names: Sequence[str]) -> str | None:
    """What another table of GDELT is, by its header or first row; None for any other file."""
    lowered = [name.lower() for name in names]
    if "counttype" in lowered and "numarts" in lowered:
        return "GDELT's counts of its Global Knowledge Graph"
    if {"themes", "numarts"} <= set(lowered) or (len(names) == 27 and re.fullmatch(r"\d{14}-T?\d+", names[0])):
        return "GDELT's Global Knowledge Graph"
    if len(names) == 16 and re.fullmatch(r"\d{1,12}", names[0]) and re.match(r"(?:19|20)\d{12}", names[1]):
        return "GDELT's mentions of events in articles"
    return None


CODEBOOK = Gdelt()
