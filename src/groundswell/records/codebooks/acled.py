"""ACLED: political violence, demonstrations and related events, by day, from a user's own export."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import ClassVar, final

import polars as pl

from groundswell.records.codebooks._actors import category
from groundswell.records.codebooks._base import Codebook, Draft, cases, joined, text, with_responses
from groundswell.records.codebooks._open import columns_of
from groundswell.records.codebooks._style import Style
from groundswell.records.codebooks._table import Table, Wanted

_INTER = {
    "1": "state", "2": "rebels", "3": "armed group", "4": "armed group", "5": "rioters", "6": "protesters",
    "7": "civilians", "8": "foreign or international", "state forces": "state", "rebel group": "rebels",
    "rebel groups": "rebels", "rebel forces": "rebels", "political militia": "armed group",
    "political militias": "armed group", "identity militia": "armed group", "identity militias": "armed group",
    "rioters": "rioters", "protesters": "protesters", "civilians": "civilians",
    "external/other forces": "foreign or international", "external forces": "foreign or international",
    "other forces": "foreign or international",
}  # fmt: skip
_PRECISION = {"1": "day", "2": "week", "3": "month"}
_KNOWN = (
    "protests", "riots", "battles", "explosions/remote violence", "remote violence", "violence against civilians",
    "strategic developments", "strategic development", "riots/protests", "non-violent transfer of territory",
    "nonviolent transfer of territory", "headquarters or base established", "headquarters/base establishment",
    "non-violent activity by a conflict actor", "nonviolent activity by a conflict actor",
)  # fmt: skip
_BATTLE = "battle"  # "Battles" since version 8; "Battle-No change of territory" and its like before
_LEVELS = ("admin3", "admin2", "admin1", "region")
_AFRICA = (
    "Algeria", "Angola", "Benin", "Botswana", "Burkina Faso", "Burundi", "Cameroon", "Cape Verde",
    "Central African Republic", "Chad", "Comoros", "Democratic Republic of Congo", "Djibouti", "Egypt",
    "Equatorial Guinea", "Eritrea", "Ethiopia", "Gabon", "Gambia", "Ghana", "Guinea", "Guinea-Bissau", "Ivory Coast",
    "Kenya", "Lesotho", "Liberia", "Libya", "Madagascar", "Malawi", "Mali", "Mauritania", "Mauritius", "Morocco",
    "Mozambique", "Namibia", "Niger", "Nigeria", "Republic of Congo", "Rwanda", "Senegal", "Seychelles", "Sierra Leone",
    "Somalia", "South Africa", "Sudan", "Swaziland", "eSwatini", "Tanzania", "Togo", "Tunisia", "Uganda", "Zambia",
    "Zimbabwe",
)  # fmt: skip
_CROWD = ("protesters", "rioters", "civilians")
_ASSOCIATED = (
    ("students", r"student|pupil"),
    ("workers", r"labou?r|worker|union|teacher|driver|miner"),
    ("farmers", r"farmer|peasant|fisher"),
)


@final
class Acled(Codebook):
    """ACLED's current export of 31 columns, its API's JSON, and older exports, from version 1 of 2010 on.

    Older exports write the names of their columns in upper case, have no sub-event types (the detail is then the event
    type), and dates such as 01/04/2001, with the day first. Rows that repeat an identifier are versions of one event:
    the newest `timestamp` is kept, or without timestamps the last row, and the others are rejected.

    | kind | detail | when |
    |---|---|---|
    | protest | the sub-event | event type Protests |
    | violence | the sub-event | Riots; Battles; Violence against civilians and Explosions not by the state alone |
    | repression | the sub-event | Violence against civilians by state forces; Explosions by state forces against \
protesters, rioters or civilians; Arrests by state forces |
    | other | the sub-event | all other strategic developments |

    A protest "with intervention" or with "excessive force" gives a protest and an event of repression with the id
    `<id>/repression`. `time_precision` 1, 2 and 3 become day, week and month. Sizes are read from the tag "crowd
    size=...", or from "[size=...]" in the notes of exports without tags, in words or figures. `actor` and `target`
    come from `inter1` and `inter2`, as numbers or words; for protests, students, workers and farmers are
    recognised by the associated actors. Names of actors and notes are not carried over.

    Known limits: strikes are not distinguished from protests; the order of actors does not say who attacked, so
    violence by a state may be listed under actor 2; the dead of a protest with excessive force are recorded with the
    protest.

    Source: Raleigh, Linke, Hegre and Karlsen (2010), "Introducing ACLED", Journal of Peace Research 47(5), 651-660;
    ACLED Codebook.
    """

    name = "acled"
    title = "ACLED"
    citation = (
        "Raleigh, C., Linke, A., Hegre, H. and Karlsen, J. (2010). Introducing ACLED: An Armed Conflict Location and "
        "Event Dataset. Journal of Peace Research 47(5), 651-660."
    )
    licence = "Restricted: an account, the terms of use and attribution; never redistributed."
    layouts = (
        frozenset({"event_id_cnty", "event_date", "time_precision", "event_type", "sub_event_type", "inter1", "inter2",
                   "country", "location", "latitude", "longitude", "fatalities"}),
        frozenset({"event_id_cnty", "event_date", "time_precision", "event_type", "inter1", "inter2", "country",
                   "location", "latitude", "longitude", "fatalities"}),
    )  # fmt: skip
    aliases_of_columns: ClassVar = {
        "ally_actor_1": "assoc_actor_1", "event_id_c": "event_id_cnty", "time_preci": "time_precision",
        "time_precis": "time_precision", "sub_event_": "sub_event_type",
    }  # fmt: skip
    style = Style(date_order="dmy")
    same_id = "keep newest"
    rowwise = True
    starts: ClassVar = dict.fromkeys(_AFRICA, date(1997, 1, 1))
    starts_source = (
        '"ACLED covers all African states from January 1997 to the present": chapter 11 of the volume with '
        "doi:10.4324/9781315284378, on ACLED. Of other countries no list could be read, and nothing is assumed."
    )
    uses = frozenset({
        "event_id_cnty", "event_date", "time_precision", "event_type", "sub_event_type", "assoc_actor_1", "inter1",
        "inter2", "country", "admin1", "admin2", "admin3", "region", "location", "latitude", "longitude", "source",
        "fatalities", "tags", "notes", "timestamp",
    })  # fmt: skip
    dating = frozenset({"event_date", "time_precision"})
    deciding = frozenset({"event_type", "sub_event_type", "inter1", "inter2"})
    placing: ClassVar = {"country": frozenset({"country"}), "place": frozenset({"location", "admin1"})}
    limits = (
        "ACLED began to cover countries in different years and changes its sources: a rise in its counts is not by "
        "itself a rise in action. Its dead are what the sources report, with 0 where they report none."
    )

    def wanted(self, path: Path) -> Wanted:
        # the notes are as long as all other columns together, and useful only where there are no tags
        columns = {name.strip().lower() for name in columns_of(path, layout=self.layout)}
        return Wanted({*(self.uses or ()), *self.aliases_of_columns} - ({"notes"} if "tags" in columns else set()))

    def draft(self, table: Table) -> Draft:
        have = set(table.columns)
        sub = text("sub_event_type").str.to_lowercase() if "sub_event_type" in have else pl.lit(None, pl.String)
        given = table.frame.with_columns(  # once, since many of the expressions below use them
            _kind=text("event_type").str.to_lowercase(),
            _sub=sub,
            _one=text("inter1").str.to_lowercase().replace_strict(_INTER, default=None),
            _two=text("inter2").str.to_lowercase().replace_strict(_INTER, default=None),
        )
        kind, sub, one, two = (pl.col(name) for name in ("_kind", "_sub", "_one", "_two"))
        battle = kind.str.starts_with(_BATTLE)
        known = kind.is_in(_KNOWN) | battle
        state = (one == "state").fill_null(False)
        protest = (kind == "protests") | ((kind == "riots/protests") & (one != "rioters").fill_null(True))
        riot = kind.is_in(["riots", "riots/protests"]) & ~protest
        remote = kind.is_in(["explosions/remote violence", "remote violence"])
        civilians = kind == "violence against civilians"
        responses = sub.is_in(["protest with intervention", "excessive force against protesters"])
        actor = one
        if "assoc_actor_1" in have:
            actor = pl.when(protest).then(
                pl.coalesce(category(table.frame, "assoc_actor_1", _ASSOCIATED), one)
            ).otherwise(one)  # fmt: skip
        frame = given.select(
            "row",
            id="event_id_cnty",
            date="event_date",
            precision=text("time_precision").replace_strict(_PRECISION, default=pl.col("time_precision")),
            kind=cases(
                (protest, "protest"),
                (riot | battle, "violence"),
                (state & (civilians | (remote & two.is_in(_CROWD).fill_null(False))), "repression"),
                (civilians | remote, "violence"),
                (state & (sub == "arrests"), "repression"),
                (known, "other"),
            ),
            detail=pl.coalesce(sub, kind),
            place=joined([text("location"), text("admin1")]) if "admin1" in have else text("location"),
            country=text("country"),
            latitude="latitude",
            longitude="longitude",
            actor=actor,
            target=two,
            size=_size(have),
            stamp=text("timestamp") if "timestamp" in have else pl.lit(None, pl.String),
            **{name: text(name) for name in _LEVELS if name in have},
            fatalities="fatalities",
            source=text("source") if "source" in have else pl.lit(None, pl.String),
            refused=pl.when(kind.is_not_null() & ~known).then(pl.lit("not one of ACLED's event types")),
            refused_column=pl.lit("event_type"),
            _repression=pl.when(protest & responses).then(sub),
        )
        columns = {"id": "event_id_cnty", "date": "event_date", "precision": "time_precision", "kind": "event_type"}
        columns["size"] = "tags" if "tags" in have else "notes"
        return Draft(frame, columns, levels=[name for name in _LEVELS if name in have])

    def expand(self, events: pl.DataFrame) -> pl.DataFrame:
        return with_responses(events, ("repression",))


def _size(have: set[str]) -> pl.Expr:
    """The text of the size, from the tags, or from the notes of the years in which it stood there."""
    if "tags" in have:
        return pl.col("tags").str.extract(r"(?i)crowd size\s*=\s*([^;]*)", 1)
    if "notes" in have:
        return pl.col("notes").str.extract(r"(?i)\[\s*size\s*=\s*([^\]]*)\]", 1)
    return pl.lit(None, pl.String)


CODEBOOK = Acled()
