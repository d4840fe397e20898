"""UCDP GED: events of organised violence with at least one person killed, by day and place, 1989 onwards."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, final

import polars as pl

from groundswell.records.codebooks._base import Codebook, Draft, cases, figure, joined, text
from groundswell.records.codebooks._table import Table

_PRECISION = {1.0: "day", 2.0: "week", 3.0: "week", 4.0: "month", 5.0: "year"}
_TYPES = {1.0: "state-based", 2.0: "non-state", 3.0: "one-sided"}


@final
class UcdpGed(Codebook):
    """UCDP Georeferenced Event Dataset, global, versions 17.1 to 25.1 and the monthly candidate files.

    | kind | detail | when |
    |---|---|---|
    | violence | state-based | type_of_violence 1 |
    | violence | non-state | type_of_violence 2 |
    | repression | one-sided | type_of_violence 3, and side A is a government |
    | violence | one-sided | type_of_violence 3, and side A is not |

    `date_prec` 1 becomes day, 2 (two to six days) and 3 week, 4 month, and 5 (more than a month) year. `fatalities` is
    UCDP's best estimate, not its low one. `actor` and `target` are state, armed group or civilians; names of sides,
    headlines and sources are not carried over.

    Candidates, which UCDP publishes by month before it has vetted them, have the same columns; the detail of those that
    it has not cleared says so ("state-based, check deaths").

    Known limits: a period of several days that straddles two weeks is dated to the week of its first day. Events for
    which the sources give only a total over time (`event_clarity` 2) are one row each.

    Source: Sundberg and Melander (2013), "Introducing the UCDP Georeferenced Event Dataset", Journal of Peace
    Research 50(4), 523-532; UCDP GED Codebook.
    """

    name = "ucdp_ged"
    title = "UCDP GED"
    citation = (
        "Sundberg, R. and Melander, E. (2013). Introducing the UCDP Georeferenced Event Dataset. Journal of Peace "
        "Research 50(4), 523-532."
    )
    licence = "CC BY 4.0"
    layouts = (
        frozenset({"id", "type_of_violence", "side_a", "side_b", "latitude", "longitude", "country", "date_prec",
                   "date_start", "date_end", "best", "high", "low"}),
    )  # fmt: skip
    rowwise = True
    uses = frozenset({
        "id", "type_of_violence", "side_a", "side_b", "latitude", "longitude", "country", "adm_1", "where_coordinates",
        "date_prec", "date_start", "date_end", "best", "code_status",
    })  # fmt: skip
    dating = frozenset({"date_prec", "date_start", "date_end"})
    deciding = frozenset({"type_of_violence", "side_a"})
    placing: ClassVar = {
        "country": frozenset({"country"}),
        "place": frozenset({"where_coordinates", "adm_1"}),
    }
    limits = (
        "UCDP GED holds only violence by organised actors in conflicts that pass 25 dead in a year, and only events "
        "with somebody killed: it cannot show violence that kills nobody, nor protest."
    )
    span = (date(1946, 1, 1), date(2100, 1, 1))

    def draft(self, table: Table) -> Draft:
        have = set(table.columns)
        kind, precision = figure("type_of_violence"), figure("date_prec")
        government = [text(side).str.contains(r"(?i)^government of ").fill_null(False) for side in ("side_a", "side_b")]
        sides = [cases((is_state, "state"), otherwise="armed group") for is_state in government]
        status = text("code_status").str.to_lowercase() if "code_status" in have else pl.lit(None, pl.String)
        place = [text(name) for name in ("where_coordinates", "adm_1") if name in have]
        frame = table.frame.select(
            "row",
            id=text("id"),
            date="date_start",
            date_end="date_end",
            precision=precision.replace_strict(_PRECISION, default=pl.col("date_prec"), return_dtype=pl.String),
            kind=cases((kind.is_in([1.0, 2.0]), "violence"), (government[0], "repression"), otherwise="violence"),
            detail=joined(
                [
                    kind.replace_strict(_TYPES, default=None, return_dtype=pl.String),
                    pl.when(status != "clear").then(status),
                ]
            ),
            place=joined(place) if place else pl.lit(None, pl.String),
            country=text("country"),
            latitude="latitude",
            longitude="longitude",
            actor=sides[0],
            target=pl.when(kind == 3).then(pl.lit("civilians")).otherwise(sides[1]),
            fatalities="best",
            refused=pl.when(~kind.is_in(list(_TYPES)).fill_null(False)).then(
                pl.lit("not a type of violence from 1 to 3")
            ),
            refused_column=pl.lit("type_of_violence"),
        )
        columns = {"date": "date_start", "date_end": "date_end", "precision": "date_prec", "fatalities": "best"}
        return Draft(frame, columns)


CODEBOOK = UcdpGed()
