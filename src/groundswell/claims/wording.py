"""The sentences of a dossier about an adjudication: the answer, the method, and the limits."""

from __future__ import annotations

from collections.abc import Sequence

from groundswell.claims.asked import Asked
from groundswell.claims.claim import SHARED
from groundswell.claims.decide import Option
from groundswell.claims.verdicts import DECIDED, WORDS, ClaimVerdict, count
from groundswell.experiment.study import Study

REFERENCES = (
    "Kass, R. & Raftery, A. (1995). Bayes factors. Journal of the American Statistical Association 90, 773-795.",
)
FEW_CLAIMS = 3  # which the first paragraph of a dossier names one by one
FEW = 24  # simulated records; below, a power of 80% has a standard error above 0.08

_PLAIN = {"model misfits": "unlike anything that the theory produces"}


def answer(verdicts: Sequence[ClaimVerdict], registers: Sequence[Asked], would_decide: Sequence[Option]) -> str:
    """The dossier's first paragraph, even-handed and plain: the founding question first, then the counts.

    would_decide : the ranked records of the open claims.
    """
    named = {v.claim: v for v in verdicts}
    first = {option.claim: option for option in reversed(would_decide)}
    questions = [asked.register.question for asked in registers if asked.register.question is not None]
    said = [words for question in questions if (words := question(named, first))]
    counts = count(verdicts)
    tested = len(verdicts) - counts["not tested"]
    if len(verdicts) <= FEW_CLAIMS and not said:
        return " ".join(f"{v.verdict.capitalize()}: “{v.text.rstrip('.')}” ({v.claim})." for v in verdicts)
    parts = [
        *said,
        f"Of {len(verdicts)} claims, {tested} were tested on real records: "
        + ", ".join(f"{counts[word]} {_PLAIN.get(word, word)}" for word in WORDS if word != "not tested")
        + ".",
    ]
    for account in dict.fromkeys(v.account for v in verdicts if v.account != SHARED):
        own = [v for v in verdicts if v.account == account]
        decided = [f"{v.claim} is {v.verdict}" for v in own if v.verdict in DECIDED]
        whose = f"the {len(own)} claims" if len(own) > 1 else "the one claim"
        which = ", ".join(decided) if decided else "none could be decided"
        parts.append(f"Of {whose} that only the {account} account makes, {which}.")
    return " ".join(parts)


def limits(study: Study, registers: Sequence[Asked]) -> list[str]:
    """The limits of every adjudication, those of the registers, and those of the size that this study chose."""
    sizes = sorted({people for asked in registers if (people := asked.people(study)) is not None})
    sentences = [x for asked in registers for x in asked.register.limits]
    sentences.append(
        f"Power is computed from records simulated under the priors of the theory {study.theory.name}; if the theory is "
        "wrong, so is the power."
    )
    if sizes:
        sentences.append(
            f"Simulated records come from a society of {' or '.join(f'{x:,}' for x in sizes)} people, whose chance "
            "fluctuations are larger than a nation's."
        )
    if study.adjudication.draws < FEW:
        sentences.append(
            f"Only {study.adjudication.draws} records were simulated for each account: powers and weights are rough, and "
            "a verdict may change with more."
        )
    return sentences


def method(study: Study, registers: Sequence[Asked], weight: float) -> list[str]:
    """How the verdicts were reached, in sentences."""
    people = " or ".join(dict.fromkeys(f"{asked.people(study) or 1:,}" for asked in registers))
    return [
        f"Each account is a region of one theory: its priors. From each, {study.adjudication.draws} parameter sets were "
        f"drawn, with a wide prior for every value that no source supports, and simulated with {people} people in each "
        "arm. Arms share every draw (twins), so any difference was caused by an intervention.",
        "Predictions are differences between twins, with the 5% and 95% points over the prior.",
        "One estimator is applied to each record and to records simulated with the same length, unit and sampling, under "
        "scenarios in which the claim holds and scenarios in which it does not (a rival account or, if all accounts make "
        "the claim, the claim's own channel closed or its record shuffled). Claims of an effect should also withstand "
        "selection: acts that follow the tide of turnout without having moved it. If a study writes its own scenarios, the "
        "record must also resemble those that explain it in level, surges and silences.",
        "The weight of evidence is the density of the record's estimate under the best scenario in which the claim holds, "
        "divided by that under the best scenario in which it does not, with the Monte Carlo error of both. Before the "
        "record is read, every simulated estimate is judged as if it were the record's: if hardly any would decide, the "
        "claim is undecidable by design for this record.",
        f"Supported: the estimate lies where the claim puts it, and the weight is at least {weight:.0f} beyond its Monte "
        f"Carlo error. Contradicted: it does not lie there, and the weight is at most 1/{weight:.0f}, likewise. Model "
        "misfits: no scenario produces such a record, so neither account explains it, or only scenarios that deny the "
        "claim explain an estimate that lies where the claim puts it. Balanced: everything else. Not tested: no record is "
        "available, or the estimator's own checks fail on it.",
        *(x for asked in registers for x in asked.register.method),
    ]
