"""The ODD protocol of a theory, rendered from its declarations and never written beside them.

Source of the headings: Grimm, V. et al. (2020). The ODD protocol for describing agent-based and other simulation
models: a second update to improve clarity, replication, and structural realism. JASSS 23(2), 7.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterable, Sequence

from groundswell.theory.declare import NO_SOURCE, Exactly, Share, Theory

PROTOCOL = (
    "Grimm, V. et al. (2020). The ODD protocol for describing agent-based and other simulation models: a second update "
    "to improve clarity, replication, and structural realism. JASSS 23(2), 7."
)
_RULE_TITLES = {"society": "The rule of society", "region": "The rule of a region", "person": "The rule of a person"}
_DRAWS = {
    "chance": "true with a probability",
    "uniform": "uniform on [0, 1)",
    "normal": "standard normal",
    "poisson": "Poisson with a mean",
}


def odd_text(theory: type[Theory]) -> str:
    """The Markdown text of a theory under the headings of ODD (Grimm et al. 2020).

    Everything in it follows from the declarations and the rules: what a theory does not declare is said to be missing,
    and a number without a source is called so.

    Parameters
    ----------
    theory : a theory class.

    Returns
    -------
    Markdown with one heading of the first level, the seven of ODD of the second, and a list of references.

    Known limits: the design concepts that no declaration bears on (objectives, learning, prediction) are left to the
    author, in the docstring of the class.

    >>> odd_text(load_theory("granovetter")).splitlines()[0]
    '# Threshold model of collective behaviour'
    """
    parts = [
        f"# {theory.title}",
        f"The theory `{theory.name}`, described after the ODD protocol. Rendered from its declarations. "
        f"Source: {theory.source}",
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
    out = ["**People**, tied by a network or all seeing each other:"]
    out.append(_table(("name", "kind", "type", "unit", "meaning"), people) if people else "They carry nothing.")
    if society:
        out += ["**Society**, one for each world:", _table(("name", "kind", "unit", "meaning"), society)]
    if theory.regionals:
        rows = [(f"`{n}`", v.unit, v.meaning) for n, v in theory.regionals.items()]
        out += ["**Regions**, each with people of its own:", _table(("name", "unit", "meaning"), rows)]
    out.append(
        f"**Scales.** One step is one {theory.time_step}; the number of steps and of people is the study's. "
        + ("Space is the population's regions." if theory.regionals else "There is no space beside the ties.")
    )
    out += ["**Parameters:**", _parameters(theory)]
    without = [f"`{n}`" for n, p in theory.params.items() if p.source == NO_SOURCE]
    if without:
        out.append(f"Without a source ({len(without)} of {len(theory.params)}): {', '.join(without)}.")
    return out


def _parameters(theory: type[Theory]) -> str:
    if not theory.params:
        return "None."
    header = ("name", "meaning", "default", "support", "prior", "unit", "source")
    rows = [
        (f"`{n}`", p.meaning, f"{p.default:g}", p.support, p.belief.describe(), p.unit, p.source)
        for n, p in theory.params.items()
    ]
    return _table(header, rows)


def _schedule(theory: type[Theory]) -> list[str]:
    steps = ["Interventions take effect: parameters that are held, shocks, people who are made active."]
    person = theory.rules["person"]
    if any(root.startswith("seen.") for root in person.reads):
        steps.append("Each person's view of others is taken, from the states at the end of the last step.")
    if "society" in theory.rules:
        steps.append("The rule of society is run; variables that an intervention caps are cut down to their cap.")
    if "region" in theory.rules:
        steps.append("The rule of a region is run for each region.")
    steps.append("The rule of a person is run for all people at once.")
    steps.append("Means over people are taken and the observables recorded.")
    out = ["In each step, in this order:", "\n".join(f"{k}. {s}" for k, s in enumerate(steps, 1))]
    out.append("Updating is synchronous: what people see of one another and of means over people is the last step's.")
    return out


def _concepts(theory: type[Theory]) -> list[str]:
    person = theory.rules["person"]
    seen = [f"`seen.{k}.{n}`" for k in ("share", "count", "mean") for n in sorted(person.reads.get(f"seen.{k}", ()))]
    wider = [f"`{root}.{n}`" for root in ("here", "society", "people") for n in sorted(person.reads.get(root, ()))]
    out = [f"**Basic principles.** {theory.source}"]
    if theory.equations:
        out.append("```text\n" + inspect.cleandoc(theory.equations) + "\n```")
    results = ", ".join(f"`{o}`" for o in theory.observables) or "nothing that is recorded"
    out.append(f"**Emergence.** Recorded results: {results}. They follow from the rules below.")
    writes = ", ".join(f"`{n}`" for n in sorted(person.writes.get("me", ()))) or "none"
    out.append(f"**Adaptation.** People change these states by their rule: {writes}.")
    out.append("**Objectives, learning, prediction.** As far as the purpose above states them; no declaration does.")
    out.append(
        "**Sensing.** Of neighbours, a person sees "
        + (", ".join(seen) or "nothing")
        + "; of the wider society "
        + (", ".join(wider) or "nothing")
        + ". What is seen is seen without error."
    )
    ways = ["through ties"] if seen else []
    ways += ["through what all share"] if wider else []
    out.append(f"**Interaction.** {'People act on one another ' + ' and '.join(ways) if ways else 'None'}.")
    draws = _draws(theory)
    first = [f"`{s}`" for s in theory.initial_streams()]
    out.append(
        "**Stochasticity.** Draws are addressed by run seed, stream, step and person. "
        + (f"Before the first step: {', '.join(first)}. " if first else "Nothing is drawn before the first step. ")
        + ("In each step:" if draws else "In the steps nothing is drawn.")
    )
    if draws:
        out.append(_table(("stream", "rule", "draw"), draws))
    out.append(f"**Collectives.** {'Regions, with variables of their own.' if theory.regionals else 'None.'}")
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
    rows = []
    for name, rule in theory.rules.items():
        kinds = {}
        for statement in rule.body:
            for node in ast.walk(statement):
                if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("luck."):
                    kinds[ast.literal_eval(node.args[0])] = ast.unparse(node.func).removeprefix("luck.")
        rows += [(f"`{stream}`", name, _DRAWS[kinds[stream]]) for stream in rule.streams]
    return rows


def _initialization(theory: type[Theory]) -> list[str]:
    rows = [
        (f"`{n}`", f"{t.distribution.describe()}, unless the population brings it", t.source)
        for n, t in theory.traits.items()
    ]
    for name, state in theory.states.items():
        initial = state.initial
        if isinstance(initial, Share):
            told = f"true for each person with probability {initial.of}"
        elif isinstance(initial, Exactly):
            told = f"true for {initial.people} people chosen at random"
        else:
            told = _value(bool(initial) if state.kind is bool and not isinstance(initial, str) else initial)
        rows.append((f"`{name}`", told, ""))
    for group in (theory.societies, theory.regionals, theory.tallies):
        rows += [(f"`{n}`", _value(v.initial), "") for n, v in group.items()]
    rows += [(f"`{n}`", "0", "") for n in theory.shocks]
    out = ["Ties and regions are those of the population, which the study states."]
    out.append(_table(("name", "at the start", "source"), rows) if rows else "Nothing is set.")
    out.append("A name in place of a number is a parameter.")
    return out


def _value(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _input(theory: type[Theory]) -> list[str]:
    if not theory.shocks:
        return ["None: the theory has no exogenous shocks. Interventions on parameters are the study's."]
    names = ", ".join(f"`{s}`" for s in theory.shocks)
    return [f"Shocks ({names}) are zero unless the study pulses them at given steps. No time series is read."]


def _submodels(theory: type[Theory]) -> list[str]:
    out = []
    for name, title in _RULE_TITLES.items():
        if name in theory.rules:
            rule = theory.rules[name]
            out += [f"### {title}", "```python\n" + textwrap.dedent(rule.source).rstrip() + "\n```"]
            if rule.constants:
                told = ", ".join(f"`{n}` = {value:g}" for n, value in sorted(rule.constants.items()))
                out.append(f"Numbers of its file: {told}.")
    out.append("### Deviations from the source")
    out.append(_list(theory.deviations) if theory.deviations else "None is declared.")
    return out


def _list(items: Iterable[str]) -> str:
    return "\n".join(f"- {item}" for item in items)


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    def line(cells: Iterable[str]) -> str:
        return "| " + " | ".join(" ".join(c.split()).replace("|", "\\|") for c in cells) + " |"

    return "\n".join([line(header), line("---" for _ in header), *(line(row) for row in rows)])
