"""A study described in plain types and words, for displaying its results: theory, observables, design, sweep."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from groundswell.experiment.arms import intervention_table
from groundswell.experiment.sweep import summary_words
from groundswell.theory import Fixed

if TYPE_CHECKING:
    from groundswell.experiment.study import Study


def describe(study: Study) -> dict[str, Any]:
    """Name, title, theory, observables, design and sweep of a study, as plain types."""
    sweep = study.sweep
    return {
        "name": study.name,
        "title": study.title,
        "theory": _theory(study),
        "observables": [
            {"name": name, "unit": x.unit, "meaning": x.meaning, "harm": x.harm}
            for name, x in study.theory.observables.items()
        ],
        "design": _design(study),
        "sweep": None
        if sweep is None
        else {
            "over": list(sweep.over),
            "method": "grid" if sweep.points is None else sweep.points.method,
            "arms": list(sweep.arms),
            "worlds": sweep.table.worlds,
            "summary": summary_words(sweep.table.summary),
            "reaches": isinstance(sweep.table.summary, dict) and "time_to_reach" in sweep.table.summary,
        },
    }


def _theory(study: Study) -> dict[str, Any]:
    theory = study.theory
    rows = []
    for name, param in theory.params.items():
        held = study.params.get(name)
        priors = {a: (x.priors.get(name, param.belief) if x else param.belief) for a, x in study.accounts.items()}
        words = {a: f"{x.value:g}" if isinstance(x, Fixed) else x.describe() for a, x in priors.items()}
        if held is not None:
            value = f"{held:g}, held by the study"
        elif len(set(words.values())) == 1:
            value = next(iter(words.values()))
        else:
            value = "; ".join(f"{account}: {details}" for account, details in words.items())
        texts = {
            "value": value,
            "support": param.support,
            "unit": param.unit or "pure number",
            "meaning": param.meaning,
        }
        rows.append({"name": name, "source": param.source, **texts})
    form = theory.in_words
    if theory.order != "together":
        how = "each drawn from all people" if theory.order == "drawn" else "in a random order"
        form += f"; people act one after another, {how}"
    return {
        "name": theory.name,
        "title": theory.title,
        "source": theory.source,
        "form": form,
        "purpose": " ".join((theory.__doc__ or "").split()),
        "equations": theory.equations.strip("\n"),
        "time_step": theory.time_step,
        "parameters": rows,
        "deviations": list(theory.deviations),
    }


def _design(study: Study) -> dict[str, Any]:
    population = study.population
    keys = {k: v for k, v in population.model_dump(exclude_none=True).items() if not isinstance(v, list)}
    details = ", ".join(f"{key.replace('_', ' ')} {value}" for key, value in keys.items() if key != "network")
    rows = []
    for arm in study.arms.values():
        params = [f"{name} = {value:g}" for name, value in arm.params.items()]
        rows.append({"name": arm.name, "does": [*params, *(_words(x) for x in arm.interventions)]})
    return {
        "people": f"{population.network.replace('_', ' ')}{f' ({details})' if details else ''}"
        if study.theory.peopled
        else "",
        "steps": study.steps,
        "draws": study.draws,
        "accounts": [name for name in study.accounts if study.theory.accounts],
        "every_account": list(study.accounts),
        "arms": rows,
        "effects": [{"name": name, "arm": arm, "against": against} for name, (arm, against) in study.effects.items()],
    }


def _words(intervention: Any) -> str:
    details = intervention_table(intervention)
    if "pulse" in details:
        return f"{details['pulse']} of {details['amount']:g} at step {details['at']}"
    if "seed" in details:
        return f"{details['seed']} made true for a share of {details['share']:g} at step {details['at']}"
    until = f", before step {details['until']}" if "until" in details else " on"
    if "set" in details:
        return f"{details['set']} held at {details['value']:g} from step {details['from']}{until}"
    return f"{details['cap']} held at {details['most']:g} or below from step {details['from']}{until}"
