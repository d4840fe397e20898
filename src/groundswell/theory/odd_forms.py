"""What the ODD text says about each form of theory; a form registered here is described in its own words."""

from __future__ import annotations

import textwrap
from abc import ABC, abstractmethod
from typing import ClassVar

from groundswell.theory import process_text
from groundswell.theory.declare import Theory
from groundswell.theory.flow import Flow
from groundswell.theory.process import Process

_RULE_TITLES = {
    "society": "The rule of society",
    "region": "The rule of a region",
    "person": "The rule of a person",
    "meet": "The rule of two who meet",
    "tie": "The rule of a tie",
    "flow": "The rates of change",
}
_FUNCTION_TITLES = {
    "arrays": "What is made for each world before the start",
    "start": "The start",
    "step": "One step",
}
_BEFORE = "Interventions take effect: parameters that are held, shocks, people who are made active."
_CUT = "Variables that an intervention caps are cut down to their cap."
_AFTER = "Means over people are taken and the observables recorded."


class FormText(ABC):
    """The parts of an ODD text that depend on the form of a theory.

    Attributes
    ----------
    place : where the results come from, in words.
    decisions : the heading of the column that says what a draw is for.
    """

    place: ClassVar[str]
    decisions: ClassVar[str] = "decision"

    @abstractmethod
    def schedule(self, theory: type[Theory]) -> tuple[list[str], str]:
        """What happens in a step, in order, and what sees what."""

    @abstractmethod
    def concepts(self, theory: type[Theory]) -> tuple[str, str, str]:
        """Adaptation, sensing and interaction."""

    def entities(self, theory: type[Theory]) -> list[str]:
        """What else the text says about people besides their traits and states."""
        return []

    def submodels(self, theory: type[Theory]) -> list[str]:
        """The text of the rules."""
        out = []
        for name, title in _RULE_TITLES.items():
            if name in theory.rules:
                rule = theory.rules[name]
                out += [f"### {title}", "```python\n" + textwrap.dedent(rule.source).rstrip() + "\n```"]
                out += _numbers(rule.constants)
        return out


class RuleText(FormText):
    """Theories of rules."""

    place = "rules"
    decisions = "of"

    def schedule(self, theory: type[Theory]) -> tuple[list[str], str]:
        steps, in_turn = [_BEFORE], theory.order != "together"
        if not in_turn and any(root.startswith("seen.") for root in theory.acting().reads):
            steps.append("Each person's view of others is taken, from the states at the end of the last step.")
        if "society" in theory.rules:
            steps.append("The rule of society is run; variables that an intervention caps are cut down to their cap.")
        if "region" in theory.rules:
            steps.append("The rule of a region is run for each region.")
        if in_turn:
            who = "drawn from all" if theory.order == "drawn" else "in a new random order"
            steps.append(f"The rule of a person is run for one person after another, {who}.")
            if "meet" in theory.rules:
                pairs = (
                    "pairs drawn one after another" if theory.order == "drawn" else "every tie in a new random order"
                )
                steps[-1] = f"The rule of two who meet is run for {pairs}."
            update = (
                "Updating is asynchronous: each person sees what those before have just done; means over people stay "
                "those of the last step."
            )
        else:
            steps.append("The rule of a person is run for all people at once.")
            update = (
                "Updating is synchronous: what people see of one another and of means over people is the last step's."
            )
        if "tie" in theory.rules:
            of = f" of the layer {layer}" if (layer := theory.changing_layer()) else ""
            steps.append(f"The rule of a tie is run for every tie{of}, and for every person with one stranger.")
        return [*steps, _AFTER], update

    def concepts(self, theory: type[Theory]) -> tuple[str, str, str]:
        person = theory.acting()
        roots = sorted(root for root in person.reads if root.startswith("seen."))
        seen = [f"`{root}.{n}`" for root in roots for n in sorted(person.reads[root]) if root != "seen.at"]
        seen += [f"`{sight.text}`" for sight in person.sights]
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


class FlowText(FormText):
    """Differential equations."""

    place = "rates"

    def schedule(self, theory: type[Theory]) -> tuple[list[str], str]:
        steps = [
            "Interventions take effect: parameters that are held, and shocks, which last for the step.",
            f"The equations are integrated by the Runge-Kutta method of order 4, in {getattr(theory, 'substeps', 1)} "
            "equal parts of a step.",
            "Variables that an intervention caps are cut down to their cap, and the observables recorded.",
        ]
        return steps, "Time is continuous: what is recorded are the values at whole steps."

    def concepts(self, theory: type[Theory]) -> tuple[str, str, str]:
        return ("There are no people who could adapt.", "None.", "Between variables of society, through their rates.")


class ProcessText(FormText):
    """Processes: what their source text names and changes."""

    place = "step"

    def schedule(self, theory: type[Theory]) -> tuple[list[str], str]:
        run = "The step is run, in the order that its text states (Submodels)."
        update = "What sees what is as the text of the step states: it changes arrays and society in place."
        return [_BEFORE, _CUT, run, _AFTER], update

    def concepts(self, theory: type[Theory]) -> tuple[str, str, str]:
        def listed(names: set[str], nothing: str = "nothing") -> str:
            return ", ".join(f"`{n}`" for n in sorted(names)) or nothing

        states, changed = process_text.touched(theory, "people")
        read, written = process_text.touched(theory, "society")
        through = [f"`{name}`" for name in ("ties", "grid") if name in process_text.names(theory)]
        return (
            f"The step changes, of people: {listed(changed)}; of society: {listed(written)}.",
            f"The step reads, of people: {listed(states)}; of society: "
            f"{listed(read - written, 'nothing but what it writes')}.",
            f"Through {' and '.join(through) or 'arrays over all people'}, as the text of the step states.",
        )

    def entities(self, theory: type[Theory]) -> list[str]:
        own = sorted(process_text.touched(theory, "people")[0] - {*theory.traits, *theory.states, "region"})
        return [f"Further arrays that the theory makes itself: {', '.join(f'`{n}`' for n in own)}."] if own else []

    def submodels(self, theory: type[Theory]) -> list[str]:
        out = []
        for name, function in process_text.functions(theory).items():
            out += [
                f"### {_FUNCTION_TITLES.get(name, f'`{name}`')}",
                f"```python\n{process_text.text(function)}\n```",
            ]
        for name, said in process_text.taken(theory).items():
            out.append(f"Taken from elsewhere: `{name}`: {said}")
        return out + _numbers(process_text.constants(theory))


def _numbers(constants) -> list[str]:
    if not constants:
        return []
    return [f"Numbers of its file: {', '.join(f'`{n}` = {value:g}' for n, value in sorted(constants.items()))}."]


_TEXTS: dict[type[Theory], FormText] = {Theory: RuleText(), Flow: FlowText(), Process: ProcessText()}


def text_of(theory: type[Theory]) -> FormText:
    """How the form of a theory is described: like its nearest base."""
    return next(_TEXTS[base] for base in theory.__mro__ if base in _TEXTS)
