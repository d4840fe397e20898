"""NAVCO 3.0: nonviolent and violent actions, and what states did, by day, in 26 countries, 1990-2012."""

from __future__ import annotations

from datetime import date
from typing import final

import polars as pl

from groundswell.records.codebooks._base import Codebook, Draft, figure, text
from groundswell.records.codebooks._table import Table

# CAMEO's generic roles; other codes of three letters are countries, and say nothing about a role
_ROLES = {
    "GOV": "state", "LEG": "state", "COP": "police", "MIL": "military", "SPY": "state", "JUD": "courts",
    "OPP": "opposition", "ACT": "activists", "REB": "rebels", "UAF": "armed group", "SEP": "rebels", "INS": "rebels",
    "LAB": "workers", "EDU": "students", "STU": "students", "AGR": "farmers", "BUS": "business", "MED": "media",
    "REL": "religious", "CVL": "civilians", "REF": "refugees", "CRM": "criminals", "IGO": "international",
    "NGO": "nongovernmental", "NGM": "nongovernmental", "IMG": "international", "INT": "international",
}  # fmt: skip
_ACTORS = {1.0: "state", 2.0: "non-state", 3.0: "foreign or international"}
_COUNTRIES = {"US": "United States"}  # the compact file names countries as the files of the workbooks are named


@final
class Navco3(Codebook):
    """NAVCO 3.0, both the workbooks as published (one per country) and the compact file made from them.

    Coding, from the columns `actor_id`, `tactical_choice` and the CAMEO verb (its root is `verb_10`):

    | kind | detail | when |
    |---|---|---|
    | protest | nonviolent | actor_id 2 and tactical_choice 1 |
    | violence | violent | actor_id 2 and tactical_choice 0 |
    | violence | mixed | actor_id 2 and tactical_choice 2 |
    | repression | cameo and the verb | actor_id 1 and root 17 (coerce) to 20 (mass violence) |
    | other | cameo and the verb | everything else: statements, talks, foreign and international actors |

    Known limits: the ids count rows within a country and file, so those of a workbook and of the compact file are the
    same only where both keep the same order. The record has no identifiers of its own.

    Headlines (`source_title`), descriptions and lists of actors are not carried over, since they may name persons.

    Source: Chenoweth, Pinckney and Lewis (2018), "Days of rage: Introducing the NAVCO 3.0 dataset", Journal of Peace
    Research 55(4), 524-534.
    """

    name = "navco3"
    title = "NAVCO 3.0"
    citation = (
        "Chenoweth, E., Pinckney, J. and Lewis, O. (2018). Days of rage: Introducing the NAVCO 3.0 dataset. "
        "Journal of Peace Research 55(4), 524-534."
    )
    licence = "Terms of the Harvard Dataverse deposit; none were stated with the copy that this project was tested on."
    layouts = (
        frozenset({"country_name", "date", "actor_id", "verb_10", "verb_100", "tactical_choice", "num_partic_event"}),
        frozenset({"country_file", "date", "actor_id", "verb_10", "verb_100", "tactical_choice", "num_partic_event"}),
    )
    limits = (
        "In NAVCO 3.0 the years 2011 and 2012 hold 35% of the rows of all countries together: coverage grew, so a rise "
        "in its counts is not by itself a rise in action."
    )
    span = (date(1990, 1, 1), date(2012, 12, 31))

    def draft(self, table: Table) -> Draft:
        country = "country_name" if "country_name" in table.columns else "country_file"
        named = pl.col(country).str.replace_all("_", " ").replace(_COUNTRIES)
        actor, tactic = figure("actor_id"), figure("tactical_choice")
        root = figure("verb_10")
        verb = figure("verb_1000") if "verb_1000" in table.columns else pl.lit(None, pl.Float64)
        cameo = "cameo " + pl.coalesce(verb, figure("verb_100")).cast(pl.Int64).cast(pl.String).str.zfill(3)
        nonviolent = (actor == 2) & (tactic == 1)
        violent = (actor == 2) & (tactic == 0)
        mixed = (actor == 2) & (tactic == 2)
        repression = (actor == 1) & root.is_between(17, 20)
        frame = table.frame.select(
            "row",
            "date",
            id=pl.lit("navco3-")
            + named.str.replace_all(" ", "_")
            + "-"
            + (pl.int_range(pl.len()).over(country) + 1).cast(pl.String),
            kind=pl.when(nonviolent)
            .then(pl.lit("protest"))
            .when(violent | mixed)
            .then(pl.lit("violence"))
            .when(repression)
            .then(pl.lit("repression"))
            .otherwise(pl.lit("other")),
            detail=pl.when(nonviolent)
            .then(pl.lit("nonviolent"))
            .when(violent)
            .then(pl.lit("violent"))
            .when(mixed)
            .then(pl.lit("mixed"))
            .otherwise(cameo),
            place=text("localities") if "localities" in table.columns else pl.lit(None, pl.String),
            country=named,
            actor=pl.coalesce(_role(table, "cameo_actor_3"), actor.replace_strict(_ACTORS, default=None)),
            target=_role(table, "target_3"),
            size="num_partic_event",
            fatalities=pl.col("fatal_casu") if "fatal_casu" in table.columns else pl.lit(None, pl.String),
            refused=pl.when(actor.is_null())
            .then(pl.lit("no actor, so no kind can be coded"))
            .when(root.is_null())
            .then(pl.lit("no verb, so no kind can be coded")),
            refused_column=pl.when(actor.is_null()).then(pl.lit("actor_id")).otherwise(pl.lit("verb_10")),
        )
        return Draft(frame, {"date": "date", "size": "num_partic_event", "fatalities": "fatal_casu"})


def _role(table: Table, column: str) -> pl.Expr:
    if column not in table.columns:
        return pl.lit(None, pl.String)
    return pl.col(column).str.to_uppercase().replace_strict(_ROLES, default=None, return_dtype=pl.String)


CODEBOOK = Navco3()
