"""The register: its claims, one file each, and their tests."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Mapping
from dataclasses import replace

from groundswell.claims.claim import Claim
from groundswell.claims.decide import Option, in_words
from groundswell.claims.register import Register
from groundswell.claims.verdicts import DECIDED, ClaimVerdict
from groundswell.population.specification import PopulationSpecification
from groundswell.registers import deed as entries
from groundswell.registers.deed.designs import BOTH, Runs, simulations
from groundswell.registers.deed.plans import PanelPlan


def claims() -> dict[str, Claim]:
    """All claims by id, substitution first, then catalysis, then those of both: S1..S18, C1..C11, X1, X2.

    A file `panel_NAME.py` holds `PLANS`: tests on one record, each of which is added to its claim.
    """
    found: dict[str, Claim] = {}
    plans: list[PanelPlan] = []
    for module in pkgutil.iter_modules(entries.__path__):
        if re.fullmatch(r"[a-z]\d+", module.name):
            claim = importlib.import_module(f"{entries.__name__}.{module.name}").CLAIM
            found[claim.id] = claim
        elif module.name.startswith("panel_"):
            plans += importlib.import_module(f"{entries.__name__}.{module.name}").PLANS
    for plan in plans:
        claim = found[plan.claim]
        found[plan.claim] = replace(claim, tests=(*claim.tests, plan.test()))
    return {k: found[k] for k in sorted(found, key=lambda k: ("SCX".index(k[0]), int(k[1:])))}


def population(people: int) -> PopulationSpecification:
    """Four communities; one tie in ten leads out of its community."""
    return PopulationSpecification(people=people, network="planted_partition", mean_degree=10, communities=4, mix=0.1)


ADDED = ("S15", "S16", "S17", "S18", "C10", "C11")
"""Claims of the two accounts outside the founding question that might change its answer."""


def question(verdicts: Mapping[str, ClaimVerdict], would_decide: Mapping[str, Option]) -> str:
    """Whether turnout falls (S3) or rises (C3) after a spectacular act; what would decide it; what to do next."""
    if not {"S3", "C3"} <= verdicts.keys():
        return ""
    words = {claim: v.verdict for claim, v in verdicts.items()}
    open_ = [claim for claim in ("S3", "C3") if words[claim] not in DECIDED]
    if len(open_) == 2:
        found = (
            "On the founding question, whether turnout falls (S3) or rises (C3) after a spectacular act, these "
            "records could not distinguish the two accounts"
        )
    else:
        found = (
            f"On the founding question, that turnout falls after a spectacular act (S3) is {words['S3']}, and that it "
            f"rises (C3) is {words['C3']}"
        )
    decided = [f"{claim} is {words[claim]}" for claim in ADDED if words.get(claim) in DECIDED]
    if any(claim in words for claim in ADDED):
        found += (
            f"; of the claims that might change this (S15 to S18, C10, C11), {' and '.join(decided)}"
            if decided
            else "; none of the claims that might change this (S15 to S18, C10, C11) is decided"
        )
    options = [would_decide[claim] for claim in open_ if claim in would_decide]
    if not options:
        return f"{found}."
    best = min(options, key=lambda o: (not o.enough, -o.expected_weight))
    return f"{found}. {in_words(best)}. {_next(best)}"


def _next(best: Option) -> str:
    """What to do next, given the record that would be most informative."""
    if not best.enough:
        return "So the next step is another kind of record, not more of the same."
    if best.kind == "trial":
        return (
            "So the next step is to look for a record in which acts are as good as random, such as attempts that "
            "succeeded and attempts that failed, with turnout as the outcome."
        )
    return f"So the next step is a record of this kind, {best.size}."


REGISTER = Register(
    "deed",
    claims=tuple(claims().values()),
    theory="deed",
    accounts=BOTH,
    simulations=simulations(),
    runs=Runs.of,
    population=population,
    people=2000,
    limits=(
        "No record randomises violence: acts may occur where mobilisation was already likely, or already failing, so "
        "an "
        "association is not an effect (Bueno de Mesquita 2010).",
    ),
    references=("Bueno de Mesquita, E. (2010). Regime change and revolutionary entrepreneurs. APSR 104, 446-466.",),
    question=question,
)
