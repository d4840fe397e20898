"""Crowd Counting Consortium: political crowds in the United States, by day and town, 2017 onwards."""

from __future__ import annotations

from datetime import date
from typing import final

import polars as pl

from groundswell.records.codebooks._base import Codebook, Draft, cases, figure, joined, text, with_responses
from groundswell.records.codebooks._table import Table

_STRIKE = (
    r"(?:^|[;,/&] ?|\band )(?:wildcat |work |labou?r |general |rolling |teachers'? )?strike|work stoppage|sick-?out"
)
_RIOT = r"\briot"
_FORCE = (
    r"tear ?gas|pepper|chemical|irritant|rubber|projectile|pepperball|baton|flash|stun|grenade|taser|kettl|"
    r"water cannon|force|dispers|charg|shot|shoot|beat|curfew|unlawful assembly|tackl|horse"
)
_NOTHING = ("0", "0.0", "na", "n/a", "none", "no", "false")


@final
class Ccc(Codebook):
    """The compiled Crowd Counting Consortium data, in the layouts of 2017-20, 2021-24 and 2025 onwards.

    | kind | detail | when |
    |---|---|---|
    | protest | the types of action | everything not listed below |
    | strike | the types of action | the types name a strike, work stoppage or sick-out (no hunger strike) |
    | violence | the types of action | the types name a riot |
    | other | online; the types | an action held online only |
    | repression | arrests, chemical agents, force | police made arrests, used chemical agents, or force is listed |

    "property damage" and "police injured" are added to the detail of a protest where they are reported: its kind does
    not change, since most who came did neither. Repression has the id `<id>/repression`. Sizes come from `size_low`
    and `size_high`, and where both are blank from the words in `size_text`; `fatalities` adds participants and police.
    Claims, organisations, titles, notes and sources are not carried over, since they may name persons.

    Known limits: what police did is coded with the crowd and not dated. In the older layouts "hundreds" was entered
    as 200 in `size_low` and `size_high`.

    Source: Crowd Counting Consortium, data dictionary of the compiled data; Chenoweth, Pressman and others.
    """

    name = "ccc"
    title = "Crowd Counting Consortium"
    citation = "Crowd Counting Consortium (2017-). Crowd data. Harvard Kennedy School and University of Connecticut."
    licence = "MIT (compiled data to 2021); later phases: terms of their Harvard Dataverse deposits. Cite the source."
    layouts = (
        frozenset({"date", "locality", "state", "type", "size_low", "size_high", "lat", "lon", "valence"}),
        frozenset({"date", "locality", "state", "event_type", "size_low", "size_high", "lat", "lon", "valence"}),
    )
    rowwise = True
    uses = frozenset({
        "date", "locality", "state", "type", "event_type", "online", "size_text", "size_low", "size_high", "arrests",
        "arrests_any", "injuries_police", "injuries_police_any", "police_injuries", "police_casualties_any", "damage",
        "property_damage", "property_damage_any", "teargas", "chemical_agents", "police_measures",
        "participant_deaths", "police_deaths", "lat", "lon",
    })  # fmt: skip
    limits = "The record covers the United States only, and small places less than large ones; sizes are often missing."
    span = (date(2017, 1, 1), date(2100, 1, 1))

    def draft(self, table: Table) -> Draft:
        have = set(table.columns)
        types = text("event_type" if "event_type" in have else "type").str.to_lowercase()
        online = (figure("online") == 1).fill_null(False) if "online" in have else pl.lit(False)
        damage = _any(have, ("property_damage_any", "property_damage", "damage"))
        injured = _any(have, ("police_casualties_any", "injuries_police_any", "police_injuries", "injuries_police"))
        chemical = _any(have, ("chemical_agents", "teargas"))
        force = pl.lit(False)
        if "police_measures" in have:
            force = text("police_measures").str.to_lowercase().str.contains(_FORCE).fill_null(False)
        low, high = text("size_low"), text("size_high")
        dead = [figure(name) for name in ("participant_deaths", "police_deaths") if name in have]
        total = pl.sum_horizontal(dead).cast(pl.Int64).cast(pl.String) if dead else pl.lit(None, pl.String)
        known = pl.any_horizontal(each.is_not_null() for each in dead) if dead else pl.lit(False)
        frame = table.frame.select(
            "row",
            "date",
            kind=cases(
                (online, "other"),
                (types.str.contains(_STRIKE).fill_null(False), "strike"),
                (types.str.contains(_RIOT).fill_null(False), "violence"),
                otherwise="protest",
            ),
            detail=joined(
                [
                    pl.when(online).then(pl.lit("online")),
                    types,
                    pl.when(damage).then(pl.lit("property damage")),
                    pl.when(injured).then(pl.lit("police injured")),
                ]
            ),
            place=joined([text("locality"), text("state")]),
            country=pl.lit("United States"),
            latitude="lat",
            longitude="lon",
            size=pl.when(low.is_not_null() & high.is_not_null() & (low != high))
            .then(low + "-" + high)
            .otherwise(pl.coalesce(low, high)),
            size_instead=text("size_text") if "size_text" in have else pl.lit(None, pl.String),
            fatalities=pl.when(known).then(total),
            _repression=joined(
                [
                    pl.when(_any(have, ("arrests_any", "arrests"))).then(pl.lit("arrests")),
                    pl.when(chemical).then(pl.lit("chemical agents")),
                    pl.when(force).then(pl.lit("force")),
                ]
            ),
        )
        columns = {"size": "size_low", "fatalities": "participant_deaths", "latitude": "lat", "longitude": "lon"}
        return Draft(frame, columns)

    def expand(self, events: pl.DataFrame) -> pl.DataFrame:
        return with_responses(events, ("repression",))


def _any(have: set[str], names: tuple[str, ...]) -> pl.Expr:
    """True where one of the columns says something other than nothing: a count, a 1, or words such as "several"."""
    said = [text(name).is_not_null() & ~text(name).str.to_lowercase().is_in(_NOTHING) for name in names if name in have]
    return pl.any_horizontal(said).fill_null(False) if said else pl.lit(False)


CODEBOOK = Ccc()
