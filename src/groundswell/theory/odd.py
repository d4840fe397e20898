"""The ODD protocol of a theory, rendered from its declarations and never written separately.

Source of the headings: Grimm, V. et al. (2020). The ODD protocol for describing agent-based and other simulation
models: a second update to improve clarity, replication, and structural realism. JASSS 23(2), 7.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterable, Sequence

from groundswell.theory.declare import ORDER, Theory
from groundswell.theory.distributions import Distribution
from groundswell.theory.odd_forms import text_of
from groundswell.theory.parts import NO_SOURCE, Exactly, Share
from groundswell.theory.process_text import DRAWS, kinds_of_draws

PROTOCOL = (
    "Grimm, V. et al. (2020). The ODD protocol for describing agent-based and other simulation models: a second update "
    "to improve clarity, replication, and structural realism. JASSS 23(2), 7."
)
_SPACES = {
    "any": "Any population will do: everyone seeing everyone, or a network.",
    "well_mixed": "Everyone sees everyone else; there is no space.",
    "network": "Space is the ties of a network.",
    "grid": "Space is a grid of sites, whose edges meet unless the step says otherwise; arrays are over sites.",
}


def odd_text(theory: type[Theory]) -> str:
    """The Markdown text of a theory under the headings of ODD (Grimm et al. 2020).

    Everything in it follows from the declarations and the rules: it states what a theory does not declare,
    and which numbers have no source.

    Parameters
    ----------
    theory : a theory class.

    Returns
    -------
    Markdown with one heading of the first level, the seven of ODD of the second, and a list of references.

    Known limits: the design concepts that no declaration bears on (objectives, learning, prediction) are left to the
    author, in the docstring of the class. Functions that a process takes from other files are named in its text and not
    printed; what they change is not described.

    >>> odd_text(load_theory("granovetter")).splitlines()[0]
    '# Threshold model of collective behaviour'
    """
    parts = [
        f"# {theory.title}",
        f"The theory `{theory.name}` ({theory.in_words}), described after the ODD protocol. Rendered from its "
        f"declarations. Source: {theory.source}",
        "## 1. Purpose and patterns",
        *_purpose(theory),
        "## 2. Entities, state variables and scales",
        *_entities(theory),
        "## 3. Process overview and scheduling",
        *_schedule(theory),
        "## 4. Design concepts",
        *_concepts(theory),
        "## 5. Initialization",
        *_initialization(theory),
        "## 6. Input data",
        *_input(theory),
        "## 7. Submodels",
        *_submodels(theory),
        "## References",
        _list([*theory.references, PROTOCOL]),
    ]
    return "\n\n".join(parts) + "\n"


def _purpose(theory: type[Theory]) -> list[str]:
    doc = inspect.cleandoc(theory.__doc__) if "__doc__" in theory.__dict__ and theory.__doc__ else theory.title
    out = [doc]
    if theory.observables:
        out.append("Patterns are judged by what is observed: " + ", ".join(f"`{o}`" for o in theory.observables) + ".")
    if theory.accounts:
        out.append("Rival accounts are regions of its parameters; priors that differ from the theory's own:")
        for name, account in theory.accounts.items():
            out.append(f"**{name}**: {account.meaning}")
            out.append(_table(("parameter", "prior"), [(f"`{p}`", d.describe()) for p, d in account.priors.items()]))
    if theory.limits:
        out += ["Known limits:", _list(theory.limits)]
    return out


def _entities(theory: type[Theory]) -> list[str]:
    people = [(f"`{n}`", "trait (fixed)", "number", t.unit, t.meaning) for n, t in theory.traits.items()]
    people += [(f"`{n}`", "state", s.kind.__name__, s.unit, s.meaning) for n, s in theory.states.items()]
    people += [
        (f"`{n}`", "tally (handed in at each step)", "number", t.unit, t.meaning) for n, t in theory.tallies.items()
    ]
    society = [(f"`{n}`", "variable", v.unit, v.meaning) for n, v in theory.societies.items()]
    society += [
        (f"`{n}`", "shock" + (" (harm)" if s.harm else ""), s.unit, s.meaning) for n, s in theory.shocks.items()
    ]
    if not theory.peopled:
        out = ["There are no people: the one entity is society."]
    else:
        seats = ", on the sites of a grid" if theory.space == "grid" else ", tied by a network or all seeing each other"
        out = [f"**People**{seats}:"]
        out.append(_table(("name", "kind", "type", "unit", "meaning"), people) if people else "They carry nothing.")
        out += text_of(theory).entities(theory)
    if society:
        out += ["**Society**, one for each world:", _table(("name", "kind", "unit", "meaning"), society)]
    if theory.regionals:
        rows = [(f"`{n}`", v.unit, v.meaning) for n, v in theory.regionals.items()]
        out += ["**Regions**, each with its own people:", _table(("name", "unit", "meaning"), rows)]
    out.append(
        f"**Scales.** One step: {theory.time_step}; the number of steps"
        + (f" and of people is the study's. {_SPACES[theory.space]}" if theory.peopled else " is the study's.")
        + (" Regions are those of the population." if theory.regionals else "")
    )
    if theory.setting is not None:
        out.append(f"**Setting of the source.** {_setting(theory)}")
    out += ["**Parameters:**", _parameters(theory)]
    fixed = [f"`{n}`" for n in theory.params if n in theory.before_the_start()]
    if fixed:
        out.append(f"Only before the first step, so that no intervention sets them: {', '.join(fixed)}.")
    without = [f"`{n}`" for n, p in theory.params.items() if p.source == NO_SOURCE]
    if without:
        out.append(f"Without a source ({len(without)} of {len(theory.params)}): {', '.join(without)}.")
    return out


def _setting(theory: type[Theory]) -> str:
    setting = theory.setting
    assert setting is not None
    parts = [f"{setting.steps:,} steps"]
    if theory.peopled:
        keys = (f"{key.replace('_', ' ')} {value}" for key, value in setting.population.items() if key != "network")
        parts.append(f"{str(setting.population['network']).replace('_', ' ')} ({', '.join(keys)})")
    parts += [f"`{name}` = {value:g}" for name, value in setting.params.items()]
    return "; ".join(parts) + "."


def _parameters(theory: type[Theory]) -> str:
    if not theory.params:
        return "None."
    header = ("name", "meaning", "default", "support", "prior", "unit", "source")
    rows = [
        (f"`{n}`", p.meaning, f"{p.default:g}", p.support, p.belief.describe(), p.unit or "pure number", p.source)
        for n, p in theory.params.items()
    ]
    return _table(header, rows)


def _schedule(theory: type[Theory]) -> list[str]:
    steps, update = text_of(theory).schedule(theory)
    return ["In each step, in this order:", "\n".join(f"{k}. {s}" for k, s in enumerate(steps, 1)), update]


def _concepts(theory: type[Theory]) -> list[str]:
    out = [f"**Basic principles.** {theory.source}"]
    if theory.equations:
        out.append("```text\n" + inspect.cleandoc(theory.equations) + "\n```")
    results = ", ".join(f"`{o}`" for o in theory.observables) or "nothing that is recorded"
    out.append(f"**Emergence.** Recorded results: {results}. They follow from the {text_of(theory).place} below.")
    unstated = (
        "**Objectives, learning, prediction.** Only as far as the purpose above states them; the "
        "declarations do not cover them."
    )
    adaptation, sensing, interaction = text_of(theory).concepts(theory)
    out += [
        f"**Adaptation.** {adaptation}",
        unstated,
        f"**Sensing.** {sensing}",
        f"**Interaction.** {interaction}",
    ]
    draws = _draws(theory)
    first = [f"`{s}`" for s in theory.initial_streams()]
    out.append(
        "**Stochasticity.** Draws are addressed by run seed, stream, step and person. "
        + (f"Before the first step: {', '.join(first)}. " if first else "Nothing is drawn before the first step. ")
        + ("In each step:" if draws else "In the steps nothing is drawn.")
    )
    if draws:
        out.append(_table(("stream", text_of(theory).decisions, "draw"), draws))
    out.append(f"**Collectives.** {'Regions, with their own variables.' if theory.regionals else 'None.'}")
    if theory.observables:
        rows = [
            (f"`{n}`", f"`{o.of}`", o.unit, o.meaning, "yes" if o.harm else "") for n, o in theory.observables.items()
        ]
        out.append("**Observation.** Recorded at each step and for each world; means are over all people:")
        out.append(_table(("name", "of", "unit", "meaning", "harm"), rows))
    else:
        out.append("**Observation.** Nothing is recorded.")
    return out


def _draws(theory: type[Theory]) -> list[tuple[str, str, str]]:
    rows = [(f"`{ORDER}`", "the order in which people act", "uniform on [0, 1)")] if theory.order != "together" else []
    for name, rule in theory.rules.items():
        kinds = {}
        for statement in rule.body:
            for node in ast.walk(statement):
                if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("luck."):
                    kinds[ast.literal_eval(node.args[0])] = ast.unparse(node.func).removeprefix("luck.")
        rows += [(f"`{stream}`", name, DRAWS[kinds[stream]]) for stream in rule.streams]
    kinds = kinds_of_draws(theory) if theory.draws else {}
    return rows + [(f"`{n}`", stream.meaning, kinds.get(n, "as the text states")) for n, stream in theory.draws.items()]


def _initialization(theory: type[Theory]) -> list[str]:
    rows = [
        (f"`{n}`", f"{t.distribution.describe()}, unless the population supplies it", t.source)
        for n, t in theory.traits.items()
    ]
    for name, state in theory.states.items():
        initial = state.initial
        if isinstance(initial, Share):
            words = f"true for each person with probability {initial.of}"
        elif isinstance(initial, Exactly):
            words = f"true for {initial.people} people chosen at random"
        elif isinstance(initial, Distribution):
            words = f"drawn for each person from {initial.describe()}"
        else:
            words = _value(bool(initial) if state.kind is bool and not isinstance(initial, str) else initial)
        rows.append((f"`{name}`", words, ""))
    for group in (theory.societies, theory.regionals, theory.tallies):
        rows += [(f"`{n}`", _value(v.initial), "") for n, v in group.items()]
    rows += [(f"`{n}`", "0", "") for n in theory.shocks]
    out = ["Ties and regions are those of the population, which the study states."] if theory.peopled else []
    out.append(_table(("name", "at the start", "source"), rows) if rows else "Nothing is set.")
    out.append("A name where a number would stand is a parameter.")
    more = [name for name in ("arrays", "start") if name in getattr(theory, "functions", ())]
    if more:
        out.append(f"Then {' and '.join(f'`{name}`' for name in more)} of the theory set the rest (Submodels).")
    return out


def _value(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _input(theory: type[Theory]) -> list[str]:
    if not theory.shocks:
        return ["None: the theory has no exogenous shocks. Interventions on parameters are the study's."]
    names = ", ".join(f"`{s}`" for s in theory.shocks)
    return [f"Shocks ({names}) are zero unless the study pulses them at given steps. No time series is read."]


def _submodels(theory: type[Theory]) -> list[str]:
    out = text_of(theory).submodels(theory)
    out.append("### Deviations from the source")
    out.append(_list(theory.deviations) if theory.deviations else "None is declared.")
    return out


def _list(items: Iterable[str]) -> str:
    return "\n".join(f"- {item}" for item in items)


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    def line(cells: Iterable[str]) -> str:
        return "| " + " | ".join(" ".join(c.split()).replace("|", "\\|") for c in cells) + " |"

    return "\n".join([line(header), line("---" for _ in header), *(line(row) for row in rows)])
