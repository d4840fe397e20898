"""What a dossier says in words about an adjudication: the answer, the method, and the limits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from groundswell.experiment.study import Study

ACCOUNTS = ("substitution", "catalysis")


def answer(verdicts: Sequence[Mapping[str, Any]], counts: Mapping[str, int]) -> str:
    """The dossier's first paragraph, even-handed and plain."""
    tested = sum(counts.values()) - counts["not tested"]
    parts = [
        f"Of {len(verdicts)} claims, {tested} were tested on real records: {counts['supported']} supported, "
        f"{counts['contradicted']} contradicted, {counts['undetermined']} undetermined."
    ]
    for account in ACCOUNTS:
        own = [v for v in verdicts if v["account"] == account]
        if not own:
            continue
        told = [f"{v['claim']} {v['verdict']}" for v in own if v["verdict"] in ("supported", "contradicted")]
        parts.append(
            f"Of the {len(own)} claims that only the {account} account makes, "
            + (", ".join(told) + "." if told else "none could be decided.")
        )
    central = {v["claim"]: v["verdict"] for v in verdicts}
    if {"S3", "C3"} <= set(central):
        net = {central["S3"], central["C3"]}
        if not net & {"supported", "contradicted"}:
            parts.append(
                "On the founding question, whether turnout falls (S3) or rises (C3) after a spectacular act, these records "
                "could not tell the two accounts apart."
            )
        else:
            parts.append(
                f"On the founding question, that turnout falls after a spectacular act (S3) is {central['S3']}, and that it "
                f"rises (C3) is {central['C3']}."
            )
    return " ".join(parts)


FEW = 24  # simulated records; below, a power of 80% has a standard error above 0.08

LIMITS = (
    "No record randomises violence: acts may occur where mobilisation was already likely, or already failing, so an "
    "association is not an effect (Bueno de Mesquita 2010).",
    "Power is that of records simulated from the theory deed under its priors; where the theory is wrong, so is the power.",
)


def limits(study: Study) -> list[str]:
    """The limits of every adjudication, and those of the size that this study chose."""
    claims = study.claims
    size = f"Simulated records come from a society of {claims.people:,} people, whose chance fluctuations are larger than a nation's."
    few = f"Only {claims.draws} records were simulated of each account: powers and weights are rough, and a verdict may change with more."
    return [*LIMITS, size, *([few] if claims.draws < FEW else [])]


def method(study: Study, weight: float) -> list[str]:
    return [
        f"Each account is a region of one theory: its priors. {study.claims.draws} parameter sets were drawn from each, with "
        f"every value that no source supports under a wide prior, and lived through by {study.claims.people:,} people in "
        "each arm, arms sharing every draw (twins), so that a difference is what an intervention caused.",
        "Predictions are differences between twins, with the 5% and 95% points over the prior.",
        "For each record one estimator is applied to the record and to records simulated with the same length, unit and "
        "sampling, under a scenario in which the claim holds and one in which it does not (the rival account, or the claim's "
        "own channel closed or its record shuffled where both accounts make the claim). Claims of an effect must also stand "
        "against selection: acts that follow the tide of turnout without having moved it.",
        "Results fall into three classes (supports, against, silent). The weight of evidence is the probability of the class "
        "observed where the claim holds over that where it does not. Supported: the estimate supports, weight at least "
        f"{weight:.0f}. Contradicted: it does not support, weight at most 1/{weight:.0f}, and where it is silent, a power of at least 80%. Otherwise undetermined; also where a "
        "check of the estimator fails, and where neither scenario expects what was seen.",
    ]  # fmt: skip
