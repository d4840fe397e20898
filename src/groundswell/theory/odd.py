"""The ODD protocol of a theory, rendered from its declarations and never written beside them.

Source of the headings: Grimm, V. et al. (2020). The ODD protocol for describing agent-based and other simulation
models: a second update to improve clarity, replication, and structural realism. JASSS 23(2), 7.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, cast

from groundswell.theory.declare import NO_SOURCE, ORDER, Exactly, Share, Theory

PROTOCOL = (
    "Grimm, V. et al. (2020). The ODD protocol for describing agent-based and other simulation models: a second update "
    "to improve clarity, replication, and structural realism. JASSS 23(2), 7."
)
_RULE_TITLES = {
    "society": "The rule of society",
    "region": "The rule of a region",
    "person": "The rule of a person",
    "flow": "The rates of change",
}
_FUNCTION_TITLES = {
    "arrays": "What is made for each world before the start",
    "start": "The start",
    "step": "One step",
}
_FORMS = {
    "rule": "rules of one person, of society and of regions",
    "flow": "differential equations of society's variables",
    "process": "a process in a form of its own",
}
_SPACES = {
    "any": "Any population will do: everyone seeing everyone, or a network.",
    "well_mixed": "Everyone sees everyone else; there is no space.",
    "network": "Space is the ties of a network.",
    "grid": "Space is a grid of sites, whose edges meet unless the step says otherwise; arrays are over sites.",
}
_DRAWS = {
    "below": "a whole number below a bound",
    "bits": "random bits",
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
    author, in the docstring of the class. Functions that a process takes from other files are named in its text and not
    printed; what they change is not told.

    >>> odd_text(load_theory("granovetter")).splitlines()[0]
    '# Threshold model of collective behaviour'
    """
    parts = [
        f"# {theory.title}",
        f"The theory `{theory.name}` ({_FORMS[theory.form]}), described after the ODD protocol. Rendered from its "
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
    if theory.form == "flow":
        out = ["There are no people: the one entity is society."]
    else:
        seats = ", on the sites of a grid" if theory.space == "grid" else ", tied by a network or all seeing each other"
        out = [f"**People**{seats}:"]
        out.append(_table(("name", "kind", "type", "unit", "meaning"), people) if people else "They carry nothing.")
        if theory.form == "process":
            own = sorted(_touched(theory, "people")[0] - {*theory.traits, *theory.states, "region"})
            if own:
                out.append(f"Further arrays that the theory makes itself: {', '.join(f'`{n}`' for n in own)}.")
    if society:
        out += ["**Society**, one for each world:", _table(("name", "kind", "unit", "meaning"), society)]
    if theory.regionals:
        rows = [(f"`{n}`", v.unit, v.meaning) for n, v in theory.regionals.items()]
        out += ["**Regions**, each with people of its own:", _table(("name", "unit", "meaning"), rows)]
    out.append(
        f"**Scales.** One step: {theory.time_step}; the number of steps"
        + (" is the study's." if theory.form == "flow" else f" and of people is the study's. {_SPACES[theory.space]}")
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
    if theory.form != "flow":
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
    steps = ["Interventions take effect: parameters that are held, shocks, people who are made active."]
    if theory.form == "flow":
        substeps = getattr(theory, "substeps", 1)
        steps = [
            "Interventions take effect: parameters that are held, and shocks, which last for the step.",
            f"The equations are integrated by the Runge-Kutta method of order 4, in {substeps} equal parts of a step.",
            "Variables that an intervention caps are cut down to their cap, and the observables recorded.",
        ]
        update = "Time is continuous: what is recorded are the values at whole steps."
    elif theory.form == "process":
        steps.append("Variables that an intervention caps are cut down to their cap.")
        steps.append("The step is run, in the order that its text states (Submodels).")
        steps.append("Means over people are taken and the observables recorded.")
        update = "What sees what is as the text of the step states: it changes arrays and society in place."
    else:
        in_turn = theory.order != "together"
        if not in_turn and any(root.startswith("seen.") for root in theory.rules["person"].reads):
            steps.append("Each person's view of others is taken, from the states at the end of the last step.")
        if "society" in theory.rules:
            steps.append("The rule of society is run; variables that an intervention caps are cut down to their cap.")
        if "region" in theory.rules:
            steps.append("The rule of a region is run for each region.")
        if in_turn:
            who = "drawn from all" if theory.order == "drawn" else "in an order drawn anew"
            steps.append(f"The rule of a person is run for one person after another, {who}.")
            update = (
                "Updating is asynchronous: each person sees what those before have just done; means over people stay "
                "those of the last step."
            )
        else:
            steps.append("The rule of a person is run for all people at once.")
            update = (
                "Updating is synchronous: what people see of one another and of means over people is the last step's."
            )
        steps.append("Means over people are taken and the observables recorded.")
    return ["In each step, in this order:", "\n".join(f"{k}. {s}" for k, s in enumerate(steps, 1)), update]


_PLACES = {"rule": "rules", "flow": "rates", "process": "step"}


def _of_rules(theory: type[Theory]) -> tuple[str, str, str]:
    """Adaptation, sensing and interaction of a theory of rules."""
    person = theory.rules["person"]
    seen = [f"`seen.{k}.{n}`" for k in ("share", "count", "mean") for n in sorted(person.reads.get(f"seen.{k}", ()))]
    wider = [f"`{root}.{n}`" for root in ("here", "society", "people") for n in sorted(person.reads.get(root, ()))]
    writes = ", ".join(f"`{n}`" for n in sorted(person.writes.get("me", ()))) or "none"
    ways = ["through ties"] if seen else []
    ways += ["through what all share"] if wider else []
    return (
        f"People change these states by their rule: {writes}.",
        "Of neighbours, a person sees "
        + (", ".join(seen) or "nothing")
        + "; of the wider society "
        + (", ".join(wider) or "nothing")
        + ". What is seen is seen without error.",
        f"People act on one another {' and '.join(ways)}." if ways else "None.",
    )


def _of_flow(theory: type[Theory]) -> tuple[str, str, str]:
    return ("There are no people who could adapt.", "None.", "Between variables of society, through their rates.")


def _of_process(theory: type[Theory]) -> tuple[str, str, str]:
    states, changed = _touched(theory, "people")
    read, written = _touched(theory, "society")
    through = [f"`{name}`" for name in ("ties", "grid") if name in _names(theory)]
    return (
        f"The step changes, of people: {', '.join(f'`{n}`' for n in sorted(changed)) or 'nothing'}; of society: "
        f"{', '.join(f'`{n}`' for n in sorted(written)) or 'nothing'}.",
        f"The step reads, of people: {', '.join(f'`{n}`' for n in sorted(states)) or 'nothing'}; of society: "
        f"{', '.join(f'`{n}`' for n in sorted(read - written)) or 'nothing but what it writes'}.",
        f"Through {' and '.join(through) or 'arrays over all people'}, as the text of the step states.",
    )


def _concepts(theory: type[Theory]) -> list[str]:
    out = [f"**Basic principles.** {theory.source}"]
    if theory.equations:
        out.append("```text\n" + inspect.cleandoc(theory.equations) + "\n```")
    results = ", ".join(f"`{o}`" for o in theory.observables) or "nothing that is recorded"
    out.append(f"**Emergence.** Recorded results: {results}. They follow from the {_PLACES[theory.form]} below.")
    unstated = "**Objectives, learning, prediction.** As far as the purpose above states them; no declaration does."
    adaptation, sensing, interaction = {"rule": _of_rules, "flow": _of_flow, "process": _of_process}[theory.form](
        theory
    )
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
        out.append(_table(("stream", "of" if theory.form == "rule" else "decision", "draw"), draws))
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
    rows = [(f"`{ORDER}`", "the order in which people act", "uniform on [0, 1)")] if theory.order != "together" else []
    for name, rule in theory.rules.items():
        kinds = {}
        for statement in rule.body:
            for node in ast.walk(statement):
                if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("luck."):
                    kinds[ast.literal_eval(node.args[0])] = ast.unparse(node.func).removeprefix("luck.")
        rows += [(f"`{stream}`", name, _DRAWS[kinds[stream]]) for stream in rule.streams]
    kinds = _kinds_of_draws(theory) if theory.draws else {}
    return rows + [(f"`{n}`", stream.meaning, kinds.get(n, "as the text states")) for n, stream in theory.draws.items()]


# -- the text of a process ---------------------------------------------------------------------------------------------


def _functions(theory: type[Theory]) -> dict[str, Callable[..., Any]]:
    """The functions of a process, and those of its file that they call, in the order of the file."""
    own = dict(cast(Any, theory).functions)
    scope = vars(inspect.getmodule(theory) or theory)
    beside: dict[str, Callable[..., Any]] = {}
    queue = list(own.values())
    while queue:
        for name in sorted(_called(queue.pop())):
            function = scope.get(name)
            function = getattr(function, "py_func", function)
            if inspect.isfunction(function) and function.__module__ == theory.__module__ and name not in beside:
                beside[name] = function
                queue.append(function)
    ordered = sorted(beside.items(), key=lambda item: item[1].__code__.co_firstlineno)
    return own | dict(ordered)


def _taken(theory: type[Theory]) -> dict[str, str]:
    """Functions of other files that a process calls, with the first line of what each says of itself."""
    scope = vars(inspect.getmodule(theory) or theory)
    found = {}
    for name in sorted(_names(theory) - set(_DRAWS)):
        function = getattr(scope.get(name), "py_func", None)
        if function is not None and function.__module__ not in (theory.__module__, "groundswell.theory.functions"):
            said = (inspect.getdoc(function) or "").partition("\n")[0]
            found[f"{function.__module__}.{name}"] = said or "see there."
    return found


def _called(function: Callable[..., Any]) -> set[str]:
    return {node.id for node in ast.walk(_tree(function)) if isinstance(node, ast.Name)}


def _text(function: Callable[..., Any]) -> str:
    return textwrap.dedent(inspect.getsource(function)).rstrip()


def _tree(function: Callable[..., Any]) -> ast.AST:
    return ast.parse(_text(function))


def _nodes(theory: type[Theory]) -> Iterator[ast.AST]:
    for name, function in _functions(theory).items():
        if name != "arrays":
            yield from ast.walk(_tree(function))


def _names(theory: type[Theory]) -> set[str]:
    return {node.id for node in _nodes(theory) if isinstance(node, ast.Name)}


def _touched(theory: type[Theory], root: str) -> tuple[set[str], set[str]]:
    """The attributes of `people` or `society` that the text of a process names, and those among them that it writes."""
    named, written, aliases = set(), set(), {}
    nodes = list(_nodes(theory))

    def attribute(node: ast.AST) -> str | None:
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == root:
            return node.attr
        return aliases.get(node.id) if isinstance(node, ast.Name) else None

    for node in nodes:  # wealth = people.wealth
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            name = attribute(node.value) if isinstance(node.value, ast.Attribute) else None
            aliases |= {node.targets[0].id: name} if name else {}
    for node in nodes:
        if isinstance(node, ast.Attribute) and (name := attribute(node)):
            named.add(name)
            if isinstance(node.ctx, ast.Store):
                written.add(name)
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store) and (name := attribute(node.value)):
            written.add(name)
    return named - {"step"}, written


def _kinds_of_draws(theory: type[Theory]) -> dict[str, str]:
    """What is drawn from each stream, as far as it is drawn where it is named."""
    kinds: dict[str, dict[str, None]] = {}
    for node in _nodes(theory):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _DRAWS and node.args:
            stream = ast.unparse(node.args[0])
            if stream.startswith("luck."):
                kinds.setdefault(stream.removeprefix("luck."), {})[_DRAWS[node.func.id]] = None
    return {name: ", ".join(found) for name, found in kinds.items()}


def _constants(theory: type[Theory]) -> dict[str, float]:
    """Numbers of the file that its functions read."""
    scope = vars(inspect.getmodule(theory) or theory)
    numbers = {name: scope[name] for name in sorted(_names(theory)) if isinstance(scope.get(name), int | float)}
    return {name: float(value) for name, value in numbers.items() if not isinstance(value, bool)}


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
    out = [] if theory.form == "flow" else ["Ties and regions are those of the population, which the study states."]
    out.append(_table(("name", "at the start", "source"), rows) if rows else "Nothing is set.")
    out.append("A name in place of a number is a parameter.")
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
    out = []
    for name, title in _RULE_TITLES.items():
        if name in theory.rules:
            rule = theory.rules[name]
            out += [f"### {title}", "```python\n" + textwrap.dedent(rule.source).rstrip() + "\n```"]
            if rule.constants:
                told = ", ".join(f"`{n}` = {value:g}" for n, value in sorted(rule.constants.items()))
                out.append(f"Numbers of its file: {told}.")
    if theory.form == "process":
        for name, function in _functions(theory).items():
            out += [f"### {_FUNCTION_TITLES.get(name, f'`{name}`')}", f"```python\n{_text(function)}\n```"]
        for name, said in _taken(theory).items():
            out.append(f"Taken from elsewhere: `{name}`: {said}")
        constants = _constants(theory)
        if constants:
            told = ", ".join(f"`{n}` = {value:g}" for n, value in constants.items())
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
