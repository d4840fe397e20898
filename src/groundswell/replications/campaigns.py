"""Campaigns with maximal aims, 1900-2006: how many there were and how many succeeded, by method, from NAVCO 1.3."""

from __future__ import annotations

import polars as pl

from groundswell.errors import RecordError
from groundswell.records.events import read_events
from groundswell.records.registry import find_data
from groundswell.replications.replication import Course, Figure, Found, Measured, Missing, Replication, Target

RECORD = "navco1"
NEEDS = "the list of campaigns of NAVCO 1.3"
FIRST, LAST = 1900, 2006
BOOK = "Chenoweth & Stephan 2011"
_GROWN = (
    "NAVCO 1.3, the list available, was compiled a decade later and holds campaigns that the book's list does not: "
    "199 nonviolent and 243 violent ones that ended by 2006, against 106 and 217."
)

TARGETS = (
    Target("campaigns", "Campaigns with maximal aims, 1900-2006", 323, certainty="M", source=BOOK, needs=NEEDS,
           expect="not reproduced", reason=_GROWN),
    Target("nonviolent", "Nonviolent campaigns among them", 106, certainty="R",
           source="Chenoweth & Schock 2015, abstract", table=19, needs=NEEDS, expect="not reproduced", reason=_GROWN),
    Target("success_nonviolent", "Nonviolent campaigns that succeeded", 53, 0.5, unit="%", certainty="M", source=BOOK,
           needs=NEEDS, expect="not reproduced", reason=_GROWN + " The share moved by a little over one point."),
    Target("success_violent", "Violent campaigns that succeeded", 26, 0.5, unit="%", certainty="M", source=BOOK,
           needs=NEEDS, expect="not reproduced", reason=_GROWN + " The share moved by less than one point."),
    Target("difference", "Nonviolent campaigns succeeded more often, by 27 points", 27, 1, unit="points", certainty="M",
           source=BOOK, needs=NEEDS,
           note="Both shares are rounded to whole points, so their difference is known to one point. It describes the "
           "list; it is not an effect of the method, which nobody assigned."),
    Target("flank_direct", "A violent flank has no direct effect on the success of nonviolent campaigns, and a "
           "negative one through participation", certainty="R", source="Chenoweth & Schock 2015, abstract", table=19,
           expect="not attainable", needs="the coding of violent flanks",
           reason="The paper's codes of violent flanks, campaign by campaign, are not available."),
)  # fmt: skip


def measure(threads: int | None = None) -> Measured:
    """Count campaigns in the list; without it, everything is missing."""
    found: dict[str, Found | Missing] = {}
    found["flank_direct"] = Missing(TARGETS[-1].reason)
    try:
        events = read_events(find_data(RECORD), RECORD).events
    except RecordError as error:
        gone = Missing(f"The record is not available: {error}")
        return Measured({target.name: gone for target in TARGETS} | {"flank_direct": found["flank_direct"]})
    ended = events.filter(pl.col("date").dt.year() >= FIRST, pl.col("date_end").dt.year() <= LAST)
    outcomes = {
        kind: ended.filter(pl.col("kind") == kind)["detail"].str.split(", ").list.get(1, null_on_oob=True)
        for kind in ("protest", "violence")
    }
    share = {kind: 100 * float((of == "success").fill_null(False).mean()) for kind, of in outcomes.items()}  # type: ignore[arg-type]
    found |= {
        "campaigns": Found(ended.height),
        "nonviolent": Found(outcomes["protest"].len()),
        "success_nonviolent": Found(share["protest"]),
        "success_violent": Found(share["violence"]),
        "difference": Found(share["protest"] - share["violence"]),
    }
    return Measured(found, figures=(_figure(ended),))


def _figure(ended: pl.DataFrame) -> Figure:
    decades = ended.with_columns(
        decade=pl.col("date_end").dt.year() // 10 * 10, won=pl.col("detail").str.ends_with(", success").cast(pl.Float64)
    )
    curves = []
    for kind, name in (("protest", "nonviolent"), ("violence", "violent")):
        of = decades.filter(pl.col("kind") == kind).group_by("decade").agg(
            won=pl.col("won").sum(), of=pl.len()
        ).sort("decade")  # fmt: skip
        shares = [Found.share(int(won), int(n)) for won, n in zip(of["won"], of["of"], strict=True)]
        at = (of["decade"] + (4.6 if kind == "protest" else 5.4)).to_list()
        curves.append(
            Course(
                name,
                at,
                [s.value for s in shares],
                low=[s.low for s in shares],
                high=[s.high for s in shares],
                mark="points",
            )
        )
    return Figure(
        "success_by_decade",
        "Campaigns that succeeded, by the decade in which they ended",
        f"NAVCO 1.3, campaigns of {FIRST} to {LAST}, as the book draws them. Exact intervals, as if campaigns were "
        "draws.",
        x="decade of the end",
        y="share that succeeded",
        curves=curves,
    )


REPLICATION = Replication(
    "campaigns",
    "Chenoweth & Stephan 2011",
    targets=TARGETS,
    measure=measure,
    source="Chenoweth, E. and Stephan, M. J. (2011). Why Civil Resistance Works. Columbia University Press.",
    equations="share that succeeded = campaigns coded as a success / campaigns that ended by 2006, by primary method",
    limits=(
        "Counts from a list that has since been revised: they show how far the published numbers depend on the coding.",
        "Methods were chosen, not assigned; the difference is not a causal effect.",
    ),
)
