"""ACLED: political violence, demonstrations and related events, by day, from a user's own export."""

from __future__ import annotations

from typing import final

import polars as pl

from groundswell.records.codebooks._actors import category
from groundswell.records.codebooks._base import Codebook, Draft, cases, joined, text, with_responses
from groundswell.records.codebooks._table import Table

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
    "strategic developments", "strategic development", "riots/protests",
)  # fmt: skip
_CROWD = ("protesters", "rioters", "civilians")
_ASSOCIATED = (
    ("students", r"student|pupil"),
    ("workers", r"labou?r|worker|union|teacher|driver|miner"),
    ("farmers", r"farmer|peasant|fisher"),
)


@final
class Acled(Codebook):
    """ACLED's current export of 31 columns, as a user downloads it under their own account, and older exports.

    | kind | detail | when |
    |---|---|---|
    | protest | the sub-event | event type Protests |
    | violence | the sub-event | Riots; Battles; Violence against civilians and Explosions not by the state alone |
    | repression | the sub-event | Violence against civilians by state forces; Explosions by state forces against \
protesters, rioters or civilians; Arrests by state forces |
    | other | the sub-event | all other strategic developments |

    A protest "with intervention" or with "excessive force" gives a protest and an event of repression with the id
    `<id>/repression`. `time_precision` 1, 2 and 3 become day, week and month. Sizes are read from the tag "crowd
    size=...", in words or figures. `actor` and `target` come from `inter1` and `inter2`, as numbers or words; for
    protests, students, workers and farmers are told by the associated actors. Names of actors and notes are not
    carried over.

    Known limits: strikes are not told from protests; the order of actors does not say who attacked, so violence by a
    state may stand under actor 2; the dead of a protest with excessive force stand with the protest.

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
    )  # fmt: skip
    rowwise = True
    uses = frozenset({
        "event_id_cnty", "event_date", "time_precision", "event_type", "sub_event_type", "assoc_actor_1", "inter1",
        "inter2", "country", "admin1", "location", "latitude", "longitude", "source", "fatalities", "tags",
    })  # fmt: skip
    limits = (
        "ACLED began to cover countries in different years and changes its sources: a rise in its counts is not by "
        "itself a rise in action. Its dead are what the sources report, with 0 where they report none."
    )

    def draft(self, table: Table) -> Draft:
        have = set(table.columns)
        kind, sub = text("event_type").str.to_lowercase(), text("sub_event_type").str.to_lowercase()
        one, two = (text(name).str.to_lowercase().replace_strict(_INTER, default=None) for name in ("inter1", "inter2"))
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
        frame = table.frame.select(
            "row",
            id="event_id_cnty",
            date="event_date",
            precision=text("time_precision").replace_strict(_PRECISION, default=pl.col("time_precision")),
            kind=cases(
                (protest, "protest"),
                (riot | (kind == "battles"), "violence"),
                (state & (civilians | (remote & two.is_in(_CROWD).fill_null(False))), "repression"),
                (civilians | remote, "violence"),
                (state & (sub == "arrests"), "repression"),
                (kind.is_in(_KNOWN), "other"),
            ),
            detail=pl.coalesce(sub, kind),
            place=joined([text("location"), text("admin1")]) if "admin1" in have else text("location"),
            country=text("country"),
            latitude="latitude",
            longitude="longitude",
            actor=actor,
            target=two,
            size=pl.col("tags").str.extract(r"(?i)crowd size\s*=\s*([^;]*)", 1)
            if "tags" in have
            else pl.lit(None, pl.String),
            fatalities="fatalities",
            source=text("source") if "source" in have else pl.lit(None, pl.String),
            refused=pl.when(kind.is_not_null() & ~kind.is_in(_KNOWN)).then(pl.lit("not one of ACLED's event types")),
            refused_column=pl.lit("event_type"),
            _repression=pl.when(protest & responses).then(sub),
        )
        columns = {"date": "event_date", "precision": "time_precision", "kind": "event_type", "size": "tags"}
        return Draft(frame, columns)

    def expand(self, events: pl.DataFrame) -> pl.DataFrame:
        return with_responses(events, ("repression",))


CODEBOOK = Acled()
