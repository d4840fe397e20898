"""Mass Mobilization: protests of fifty people or more against governments, with the state's responses, 1990-2020."""

from __future__ import annotations

from datetime import date
from typing import final

import polars as pl

from groundswell.records.codebooks._actors import category
from groundswell.records.codebooks._base import Codebook, Draft, figure, text, with_responses
from groundswell.records.codebooks._table import Table

_REPRESSION = ("arrests", "beatings", "crowd dispersal", "killings", "shootings")
_CONCESSION = ("accomodation",)  # so spelled by the publisher; "accommodation" is read as well
_DERIVED = {"crowd dispersal": "crowddispersal"}  # names of the columns of 0 and 1 in the derivative


@final
class MassMobilization(Codebook):
    """Mass Mobilization Protest Data, in the publisher's columns or in the cleaned derivative with columns of 0 and 1.

    Each row with a protest gives a protest event (detail "violent" or "nonviolent", from `protesterviolence`); where
    a response is coded, also a repression event (arrests, beatings, crowd dispersal, killings, shootings) and a
    concession event (accommodation), with the same dates and the ids `<id>/repression` and `<id>/concession`, which
    link back; their detail lists the responses. "Ignore" gives no event. Rows of the publisher's file that state that
    a country had no protest in a year state no event: they say that somebody watched.

    Sizes are read from `participants`; where that text cannot be read, from `participants_category`.

    Known limits: responses are coded with the protest and not dated, so repression and protest are partly
    simultaneous by construction. The United States are not covered. In the derivative `no_response` is an artefact,
    and is not used.

    Source: Clark and Regan (2016), "Mass Mobilization Protest Data", Harvard Dataverse, doi:10.7910/DVN/HTTWYL.
    """

    name = "mass_mobilization"
    title = "Mass Mobilization"
    citation = (
        "Clark, D. and Regan, P. (2016). Mass Mobilization Protest Data. Harvard Dataverse, doi:10.7910/DVN/HTTWYL."
    )
    licence = "Terms of the Harvard Dataverse deposit; none were stated with the copy that this project was tested on."
    layouts = (
        frozenset({"id", "country", "protest", "protesterviolence", "participants", "start_date", "end_date",
                   "arrests", "beatings", "crowddispersal", "killings", "shootings", "accomodation"}),
        frozenset({"id", "country", "protest", "protesterviolence", "participants", "startday", "startmonth",
                   "startyear", "endday", "endmonth", "endyear", "stateresponse1"}),
    )  # fmt: skip
    limits = (
        "Mass Mobilization codes the state's response with the protest and gives it no date of its own: events of "
        "repression and concession carry the protest's dates, so no order between them can be read from this record."
    )
    span = (date(1990, 1, 1), date(2020, 12, 31))

    def draft(self, table: Table) -> Draft:
        have = set(table.columns)
        derived = "start_date" in have
        if derived:
            start, end = pl.col("start_date"), pl.col("end_date")
        else:
            start, end = _joined("start"), _joined("end")
        violent = figure("protesterviolence")
        silent = (figure("protest") == 0).fill_null(False)
        who = "protesteridentity"
        actor = category(table.frame, who) if who in have else pl.lit(None, pl.String)
        responses = {
            response: _flag(response, have) if derived else _stated(response, have)
            for response in (*_REPRESSION, *_CONCESSION)
        }
        frame = table.frame.select(
            "row",
            id=text("id"),
            date=pl.when(silent & text("year").is_not_null())
            .then(figure("year").cast(pl.Int64).cast(pl.String))
            .otherwise(start)
            if "year" in have
            else start,
            date_end=pl.when(~silent).then(end),
            kind=pl.lit("protest"),
            count=pl.when(silent).then(pl.lit("0")).otherwise(pl.lit("1")),
            detail=pl.when(violent == 1)
            .then(pl.lit("violent"))
            .when(violent == 0)
            .then(pl.lit("nonviolent"))
            .otherwise(None),
            place=text("location") if "location" in have else pl.lit(None, pl.String),
            country=text("country"),
            actor=actor,
            target=pl.lit("state"),
            size="participants",
            size_instead=pl.col("participants_category").str.replace(r"^\.$", "")
            if "participants_category" in have
            else pl.lit(None, pl.String),
            refused=pl.when(figure("protest").is_null()).then(
                pl.lit("the row does not say whether there was a protest")
            ),
            refused_column=pl.lit("protest"),
            _repression=_list({name: responses[name] for name in _REPRESSION}),
            _concession=_list({name: responses[name] for name in _CONCESSION}),
        )
        columns = {"date": "start_date", "date_end": "end_date"} if derived else {"date": "start", "date_end": "end"}
        return Draft(frame, {**columns, "size": "participants"})

    def expand(self, events: pl.DataFrame) -> pl.DataFrame:
        return with_responses(events, ("repression", "concession"))


def _joined(which: str) -> pl.Expr:
    """The publisher writes day, month and year in three columns; a missing one leaves the date unread."""
    parts = [figure(f"{which}{part}").cast(pl.Int64).cast(pl.String) for part in ("year", "month", "day")]
    return pl.concat_str(*parts, separator="-")


def _flag(response: str, have: set[str]) -> pl.Expr:
    column = _DERIVED.get(response, response)
    return (figure(column) == 1).fill_null(False) if column in have else pl.lit(False)


def _stated(response: str, have: set[str]) -> pl.Expr:
    names = {response, response.replace("accomodation", "accommodation")}
    columns = [f"stateresponse{i}" for i in range(1, 8) if f"stateresponse{i}" in have]
    stated = [pl.col(column).str.to_lowercase().is_in(sorted(names)).fill_null(False) for column in columns]
    return pl.any_horizontal(stated)


def _list(responses: dict[str, pl.Expr]) -> pl.Expr:
    words = [pl.when(coded).then(pl.lit(name)) for name, coded in responses.items()]
    joined = pl.concat_str(words, separator=", ", ignore_nulls=True)
    return pl.when(joined != "").then(joined)


CODEBOOK = MassMobilization()
