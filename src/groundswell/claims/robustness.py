"""Whether a verdict withstands changes that should not matter: the claim is judged again under one at a time.

A change is made to the people (numbered in another order; tied to others, with the same degrees; twice as many), to the
order in which they act, to the share of events that is reported, or to the seeds. The record, its estimator, the priors
and the thresholds stay the same. Halving the step is not such a change: the rates of a theory are declared per step.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from groundswell.claims.asked import Asked, asked_of
from groundswell.claims.claim import Claim
from groundswell.claims.fitted import FittedTest
from groundswell.claims.judge import judge
from groundswell.claims.runs import simulate_runs
from groundswell.claims.verdicts import DECIDED, Again, ClaimVerdict, Robustness
from groundswell.draws import derive_seed
from groundswell.errors import GroundswellError, StudyError
from groundswell.experiment.ensemble import Progress
from groundswell.experiment.study import Study
from groundswell.population.alike import reconnected, relabelled
from groundswell.population.population import Population
from groundswell.theory import Theory


def judged_again(
    verdicts: Sequence[ClaimVerdict],
    registers: Sequence[Asked],
    study: Study,
    *,
    threads: int | None = None,
    progress: Progress | None = None,
) -> list[ClaimVerdict]:
    """The verdicts, with robustness for those that the study asks for (`[adjudication] robust`).

    Claims judged by fits are left out: a fit has its own checks, namely gates and a second method.
    """
    wanted = {
        "none": [],
        "decided": [v.claim for v in verdicts if v.verdict in DECIDED],
        "all": [v.claim for v in verdicts if v.tests],
    }[study.adjudication.robust]
    if not wanted:
        return list(verdicts)
    by_fits = {
        claim.id
        for asked in registers
        for claim in asked.claims.values()
        if any(isinstance(test, FittedTest) for test in claim.tests)
    }
    claims = [claim for claim in wanted if claim not in by_fits]
    if not claims:
        return list(verdicts)
    only = replace(study, adjudication=study.adjudication.model_copy(update={"test": claims, "robust": "none"}))
    found: dict[str, list[Again]] = {claim: [] for claim in claims}
    for number, change in enumerate(CHANGES):
        if progress is not None:
            progress("robustness", number, len(CHANGES))
        for claim, again in _under(change, only, threads, progress).items():
            found[claim].append(again)
    if progress is not None:
        progress("robustness", len(CHANGES), len(CHANGES))
    return [
        replace(v, robustness=robustness_of(v.verdict, found[v.claim])) if v.claim in found else v for v in verdicts
    ]


def robustness_of(verdict: str, again: Sequence[Again]) -> Robustness:
    """The word that describes a claim's verdict under the changes (`Robustness`)."""
    words = [x.verdict for x in again if x.verdict is not None]
    others = [word for word in words if word != verdict]
    if not words:
        return Robustness(None, tuple(again))
    opposite = verdict in DECIDED and any(word in DECIDED for word in others)
    word = "robust" if not others else "fragile" if opposite or 2 * len(others) >= len(words) else "shifted"
    return Robustness(word, tuple(again))


# -- the changes -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Perturbation:
    """A change that should not matter, as applied to a study and to each of its populations."""

    name: str
    study: Callable[[Study], Study] = lambda study: study
    people: Callable[[Population, int], Population] | None = None
    per_register: Callable[[Study, Asked], Study] | None = None


def _other_seeds(study: Study) -> Study:
    return replace(study, table=study.table.model_copy(update={"seed": derive_seed(study.seed, "robustness") >> 1}))


def _other_order(study: Study) -> Study:
    theory = study.theory
    order = "random" if theory.order == "together" else "together"
    if order not in theory.orders:
        raise StudyError(f"a theory of the form {theory.form} acts in its own order", expected="a rule of people")
    body = {name: x for name, x in vars(theory).items() if name not in ("__dict__", "__weakref__")} | {"order": order}
    other = types.new_class(theory.__name__, theory.__bases__, exec_body=lambda names: names.update(body))
    return replace(study, theory=cast("type[Theory]", other))


def _half_reported(study: Study) -> Study:
    if not study.observe:
        raise StudyError("a study without [observe]", expected="a share of events that is reported")
    halved = {
        kind: seen.model_copy(
            update={"share": [x / 2 for x in seen.share] if isinstance(seen.share, list) else seen.share / 2}
        )
        for kind, seen in study.observe.items()
    }
    return replace(study, observe=halved)


def _twice_the_people(study: Study, asked: Asked) -> Study:
    people = asked.people(study)
    if people is None or any(simulation.population is not None for simulation in asked.simulations):
        raise StudyError("a population whose size is that of its source", expected="people = N")
    return replace(study, adjudication=study.adjudication.model_copy(update={"people": 2 * people}))


CHANGES = (
    Perturbation("other seeds", _other_seeds),
    Perturbation("people numbered in another order", people=relabelled),
    Perturbation("other ties, each person having as many as before", people=reconnected),
    Perturbation("twice the people", per_register=_twice_the_people),
    Perturbation("another order of acting", _other_order),
    Perturbation("half as many events reported", _half_reported),
)


def _under(change: Perturbation, study: Study, threads: int | None, progress: Progress | None) -> dict[str, Again]:
    """Every claim of a study, judged under a change."""
    try:
        under = change.study(study)
        registers = asked_of(under)
    except GroundswellError as error:
        return {claim: _cannot(change, error) for claim in study.adjudication.test}
    found: dict[str, Again] = {}
    for asked in registers:
        try:
            changed = under if change.per_register is None else change.per_register(under, asked)
            runs = simulate_runs(asked, changed, other=change.people, threads=threads, progress=progress)
        except GroundswellError as error:
            found |= {claim: _cannot(change, error) for claim in asked.claims}
            continue
        for claim in asked.claims.values():
            found[claim.id] = _judged(change, claim, runs, changed, tuple(asked.accounts(changed)))
    return found


def _judged(change: Perturbation, claim: Claim, runs: Any, study: Study, accounts: Sequence[str]) -> Again:
    try:
        verdict = judge(claim, runs, study, accounts, [])
    except GroundswellError as error:
        return _cannot(change, error)
    weights = [t.weight for t in verdict.tests if t.verdict == verdict.verdict and t.weight is not None]
    surest = max(weights, key=lambda w: max(w, 1 / max(w, 1e-12)), default=None)
    return Again(change.name, verdict.verdict, surest)


def _cannot(change: Perturbation, error: GroundswellError) -> Again:
    return Again(change.name, None, why=str(error))


__all__ = ["CHANGES", "Perturbation", "judged_again", "robustness_of"]
