"""Findings about records and experiments that cannot be reproduced here: what they say, and what is missing."""

from __future__ import annotations

from groundswell.replications.replication import Measured, Missing, Replication, Target


def _finding(
    name: str, claim: str, value: float | None, tolerance: float, unit: str, source: str, table: int, missing: str
) -> Target:
    return Target(
        name, claim, value, tolerance, unit=unit, certainty="R", source=source, table=table, expect="not attainable",
        needs=missing, reason=f"Not available: {missing}. Restating the number would not be a replication.",
    )  # fmt: skip


TARGETS = (
    _finding("street_violence", "Support for a movement fell after street violence, average", -12, 0.5, "points",
             "Muñoz & Anduiza 2019, abstract; a draft of the same data has -7 on average and -16 among weak supporters",
             16, "the survey that was in the field when the riots came"),
    _finding("nonviolent_protest", "Nonviolent protest raised the Democratic vote share", 2.05, 0.45, "%",
             "Wasow 2020, abstract: 1.6 to 2.5 (a preprint: 1.3 to 1.6)", 17,
             "the protests and votes by county, 1960-1972"),
    _finding("violent_protest", "Violent protest moved votes to the Republicans", 4.7, 3.2, "%",
             "Wasow 2020, abstract: 1.5 to 7.9 (a preprint: 1.6 to 7.9)", 17,
             "the protests and votes by county, 1960-1972"),
    _finding("backlash", "Interventions in Northern Ireland, of six, that brought more attacks", 3, 0, "interventions",
             "LaFree, Dugan & Korte 2009, abstract", 18, "the attacks in Northern Ireland, 1969-1992, with covariates"),
    _finding("deterrence", "Interventions in Northern Ireland, of six, that brought fewer attacks", 1, 0,
             "interventions", "LaFree, Dugan & Korte 2009, abstract", 18,
             "the attacks in Northern Ireland, 1969-1992, with covariates"),
    _finding("substitutes", "Believing that more others will come lowers one's own turnout", None, 0, "",
             "Cantoni, Yang, Yuchtman & Zhang 2019, abstract: turnout beliefs are strategic substitutes", 20,
             "the field experiment among students in Hong Kong"),
)  # fmt: skip


def measure(threads: int | None = None) -> Measured:
    """Nothing can be measured; each target says what is missing."""
    return Measured({target.name: Missing(target.reason) for target in TARGETS})


REPLICATION = Replication(
    "unavailable",
    "Findings whose records are not available",
    targets=TARGETS,
    measure=measure,
    source="Muñoz, J. and Anduiza, E. (2019). Journal of Peace Research 56; Wasow, O. (2020). American Political "
    "Science Review 114; LaFree, G., Dugan, L. and Korte, R. (2009). Criminology 47; Cantoni, D., Yang, D. Y., "
    "Yuchtman, N. and Zhang, Y. J. (2019). Quarterly Journal of Economics 134.",
    limits=(
        "These are listed so that nothing is silently omitted. A reader who has one of the records can state the "
        "estimate in its own file.",
    ),
)
