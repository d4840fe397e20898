"""One person of one world, step by step: what the person saw, drew and did, by the reference engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from groundswell.engine.form import Run, form_of
from groundswell.engine.plain import PlainWorld
from groundswell.engine.worlds import World, check_kinds, check_worlds
from groundswell.errors import PopulationError, TheoryError
from groundswell.population.population import Population
from groundswell.theory import Theory

Value = bool | float


@dataclass(frozen=True)
class Turn:
    """One turn of a person; in a theory whose people are drawn, a step may have none or several.

    Parameters
    ----------
    step : from 1.
    saw : everything that the rule reads, by its name in the rule, before the rule ran.
    drew : for each decision that was reached, what was drawn and the outcome.
    did : each state before and after, and each tally; states that did not change are left out.
    fault : the guard that failed, or "".
    """

    step: int
    saw: Mapping[str, Value]
    drew: Mapping[str, str]
    did: Mapping[str, str]
    fault: str = ""


@dataclass(frozen=True)
class Trace:
    """All turns of a person in a world: `str(trace)` is the text that `groundswell trace` prints."""

    theory: type[Theory]
    person: int
    turns: tuple[Turn, ...]

    def __str__(self) -> str:
        lines = [f"{self.theory.name}: person {self.person}"]
        for turn in self.turns:
            lines.append(f"step {turn.step}")
            lines.append("  saw   " + (", ".join(f"{k} = {_text(v)}" for k, v in turn.saw.items()) or "nothing"))
            if self.theory.acting().streams:
                lines.append("  drew  " + ("; ".join(f"{k}: {v}" for k, v in turn.drew.items()) or "nothing"))
            lines.append("  did   " + (", ".join(f"{k} {v}" for k, v in turn.did.items()) or "nothing"))
            if turn.fault:
                lines.append(f"  failed: {turn.fault}")
        if not self.turns:
            lines.append("never acted")
        return "\n".join(lines)


def _text(value: Value) -> str:
    return str(value) if isinstance(value, bool) else f"{value:.6g}"


@dataclass
class _NotingLuck:
    """The draws of one person, recorded as they are made."""

    luck: Any
    drawn: dict[str, str] = field(default_factory=dict)

    def uniform(self, name: str) -> float:
        value = self.luck.uniform(name)
        self.drawn[name] = _text(value)
        return value

    def normal(self, name: str) -> float:
        value = self.luck.normal(name)
        self.drawn[name] = f"{_text(value)} (normal)"
        return value

    def chance(self, name: str, probability: float) -> bool:
        u = self.luck.uniform(name)
        self.drawn[name] = f"{_text(u)} {'<' if u < probability else '>='} {_text(float(probability))}"
        return u < probability


class _Traced(PlainWorld):
    """A world that records the turns of one person."""

    traced: int = 0
    turns: list[Turn]

    def call(self, name: str, **given: Any) -> None:
        if name != "person" or given["me"] is not self.people[self.traced]:
            super().call(name, **given)
            return
        rule, me = self.theory.rules["person"], given["me"]
        saw = {sight.text: getattr(given["seen"].at, sight.name) for sight in rule.sights}
        for root, leaves in sorted(rule.reads.items()):
            if root in ("seen.at", "other", "tie"):
                continue
            place: Any = given[root.partition(".")[0]]
            for part in root.split(".")[1:]:
                place = getattr(place, part)
            saw |= {f"{root}.{leaf}": getattr(place, leaf) for leaf in sorted(leaves)}
        before = {state: getattr(me, state) for state in self.theory.states}
        luck, faults = _NotingLuck(given["luck"]), len(self.faults)
        super().call(name, **{**given, "luck": luck})
        after = {state: getattr(me, state) for state in self.theory.states}
        did = {f"me.{s}": f"{_text(before[s])} -> {_text(after[s])}" for s in before if before[s] != after[s]}
        did |= {f"tally.{x}": _text(float(getattr(given["tally"], x))) for x in sorted(rule.writes.get("tally", ()))}
        fault = self.guards[self.faults[faults]].reason if len(self.faults) > faults else ""
        self.turns.append(Turn(int(self.society.step), saw, luck.drawn, did, fault))


def trace(
    theory: type[Theory],
    population: Population,
    world: World,
    steps: int,
    *,
    person: int,
    population_seed: int = 0,
    progress: Callable[[int], None] | None = None,
) -> Trace:
    """Follow one person through one world: the world that `simulate` gives for the same arguments.

    Parameters
    ----------
    theory : a theory of rules.
    person : 0 .. people - 1.
    progress : called after each step with 1.

    Raises
    ------
    TheoryError, PopulationError : for a theory of another form, or a person who does not exist.
    """
    check_kinds(theory, population, [world], steps)
    if "person" not in theory.rules:
        raise TheoryError(
            f"a trace of {theory.name}", expected="a theory of rules", why="only a rule is about one person"
        )
    if not 0 <= person < population.people:
        raise PopulationError(f"person {person}", expected=f"a person in 0..{population.people - 1}")
    form_of(theory).check(theory, population, Run())
    params = check_worlds(theory, [world], steps)[0]
    traced = _Traced(theory, population, world, params, population_seed, False)
    traced.traced, traced.turns = person, []
    for t in range(1, steps + 1):
        traced.step(t)
        if progress is not None:
            progress(1)
        if traced.faults:
            break
    return Trace(theory, person, tuple(traced.turns))


__all__ = ["Trace", "Turn", "trace"]
