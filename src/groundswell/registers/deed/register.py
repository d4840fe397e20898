"""The register: its claims, one file each, and what they are tested by."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Mapping
from dataclasses import replace

from groundswell.claims.claim import Claim
from groundswell.claims.register import Register
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
    """Four communities, of which one tie in ten leaves its own."""
    return PopulationSpecification(people=people, network="planted_partition", mean_degree=10, communities=4, mix=0.1)


def question(verdicts: Mapping[str, str]) -> str:
    """Whether turnout falls (S3) or rises (C3) after a spectacular act, from the verdicts by claim."""
    if not {"S3", "C3"} <= verdicts.keys():
        return ""
    if not {verdicts["S3"], verdicts["C3"]} & {"supported", "contradicted"}:
        return (
            "On the founding question, whether turnout falls (S3) or rises (C3) after a spectacular act, these records "
            "could not tell the two accounts apart."
        )
    return (
        f"On the founding question, that turnout falls after a spectacular act (S3) is {verdicts['S3']}, and that it "
        f"rises (C3) is {verdicts['C3']}."
    )


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
        "No record randomises violence: acts may occur where mobilisation was already likely, or already failing, so an "
        "association is not an effect (Bueno de Mesquita 2010).",
    ),
    references=("Bueno de Mesquita, E. (2010). Regime change and revolutionary entrepreneurs. APSR 104, 446-466.",),
    question=question,
)
