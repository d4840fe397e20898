"""ACLED's aggregated data: events and dead by week, first-level district and type of event."""

from __future__ import annotations

from typing import final

import polars as pl

from groundswell.records.codebooks._base import Codebook, Draft, cases, text
from groundswell.records.codebooks._table import Table

_PROTEST = ("protests",)
_VIOLENCE = ("riots", "battles", "explosions/remote violence", "violence against civilians")


@final
class AcledWeekly(Codebook):
    """The regional files of aggregated data that ACLED publishes without an account; a row stands for several events.

    | kind | detail | when |
    |---|---|---|
    | protest | the sub-event | event type Protests |
    | violence | the sub-event | Riots, Battles, Explosions/Remote violence, Violence against civilians |
    | other | the sub-event | Strategic developments |

    ACLED's weeks begin on a Saturday. They are dated to the week, from Monday, in which five of their seven days lie:
    the week of Saturday, 1 January 2022 is that of Monday, 3 January.

    Known limits: aggregates do not say who acted, so violence by a state is not distinguished from other violence;
    the dead are those of all events of a row; rows without events are not published, so silence and no coverage
    look alike.

    Source: ACLED, Aggregated Data.
    """

    name = "acled_weekly"
    title = "ACLED, aggregated by week"
    citation = (
        "Raleigh, C., Linke, A., Hegre, H. and Karlsen, J. (2010). Introducing ACLED: An Armed Conflict Location and "
        "Event Dataset. Journal of Peace Research 47(5), 651-660."
    )
    licence = "ACLED's terms of use and attribution; never redistributed."
    layouts = (frozenset({"WEEK", "COUNTRY", "ADMIN1", "EVENT_TYPE", "SUB_EVENT_TYPE", "EVENTS", "FATALITIES"}),)
    rowwise = True
    uses = frozenset({
        "WEEK", "REGION", "COUNTRY", "ADMIN1", "EVENT_TYPE", "SUB_EVENT_TYPE", "EVENTS", "FATALITIES",
        "CENTROID_LATITUDE", "CENTROID_LONGITUDE",
    })  # fmt: skip
    limits = (
        "ACLED began to cover countries in different years and changes its sources: a rise in its counts is not by "
        "itself a rise in action. Coordinates are the middle of a district."
    )

    def draft(self, table: Table) -> Draft:
        have = set(table.columns)
        kind = text("EVENT_TYPE").str.to_lowercase()
        day = text("WEEK").str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False)
        # Saturday and Sunday belong to the week that begins on the Monday after them
        monday = (day + pl.duration(days=(8 - day.dt.weekday().cast(pl.Int64)) % 7)).cast(pl.String)
        week = pl.when(day.dt.weekday() >= 6).then(monday).otherwise(text("WEEK"))
        centre = {"latitude": "CENTROID_LATITUDE", "longitude": "CENTROID_LONGITUDE"}
        frame = table.frame.select(
            "row",
            date=week,
            precision=pl.lit("week"),
            kind=cases((kind.is_in(_PROTEST), "protest"), (kind.is_in(_VIOLENCE), "violence"), otherwise="other"),
            count="EVENTS",
            detail=pl.coalesce(text("SUB_EVENT_TYPE").str.to_lowercase(), kind),
            place=text("ADMIN1"),
            country=text("COUNTRY"),
            fatalities="FATALITIES",
            refused=pl.when(kind.is_null()).then(pl.lit("no type of event")),
            refused_column=pl.lit("EVENT_TYPE"),
            **{name: pl.col(column) for name, column in centre.items() if column in have},
            **({"region": text("REGION")} if "REGION" in have else {}),
        )
        columns = {"date": "WEEK", "kind": "EVENT_TYPE", "count": "EVENTS", "fatalities": "FATALITIES"}
        return Draft(frame, columns, levels=("region",) if "REGION" in have else ())


CODEBOOK = AcledWeekly()
