"""A checked rule, as every engine works from it: a normalised syntax tree with the names that it reads and writes."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

LUCK = {"uniform": 1, "normal": 1, "chance": 2, "poisson": 2}  # draws and how many arguments each takes
BUILTINS = {"min", "max", "abs", "float", "bool"}
SIGHTS = ("share", "count", "mean", "weighted", "sum", "spread", "least", "most")


@dataclass(frozen=True)
class Sight:
    """One summary of those whom a person sees, over the ties of a layer on which a condition holds.

    Parameters
    ----------
    name : by which the rule reads it, as `seen.at.NAME`.
    layer : of ties; "" for all ties of the population.
    kind : one of `SIGHTS`.
    value, where : expressions of `me`, `other`, `tie` and `p`; without `where` every tie counts.
    truth : whether the value is true or false.
    text : as it stands in the rule.
    """

    name: str
    layer: str
    kind: str
    value: ast.expr
    where: ast.expr | None
    truth: bool
    text: str


@dataclass(frozen=True)
class Rule:
    """One checked rule.

    `body` is the normalised statements; `reads` and `writes` map a root such as "me" or "seen.share" to the names
    used; `streams` are the names of its draws, in order of appearance; `constants` the numbers it takes from its file.
    """

    name: str
    owner: str
    filename: str
    body: tuple[ast.stmt, ...]
    arguments: tuple[str, ...]
    reads: Mapping[str, frozenset[str]]
    writes: Mapping[str, frozenset[str]]
    streams: tuple[str, ...]
    constants: Mapping[str, float]
    source: str
    sights: tuple[Sight, ...] = ()

    def lands_on(self, root: str) -> frozenset[str]:
        """Every name under `root` that the rule reads or writes."""
        return self.reads.get(root, frozenset()) | self.writes.get(root, frozenset())


def with_newcomers(person: Rule, newcomer: Rule, presence: str, states: Mapping[str, Any]) -> Rule:
    """One rule of the two: `person` for those who are there, `newcomer` for free places, and nothing of the absent."""

    def mine(name: str, context: ast.expr_context) -> ast.expr:
        return ast.Attribute(ast.Name("me", ast.Load()), name, context)

    def roots(of: str) -> dict[str, frozenset[str]]:
        two = (getattr(person, of), getattr(newcomer, of))
        return {root: frozenset().union(*(x.get(root, ()) for x in two)) for root in {*two[0], *two[1]}}

    cleared: list[ast.stmt] = [
        ast.Assign([mine(name, ast.Store())], ast.Constant(False if state.kind is bool else 0.0))
        for name, state in states.items()
        if name != presence
    ]
    body: list[ast.stmt] = [
        ast.If(mine(presence, ast.Load()), list(person.body) or [ast.Pass()], list(newcomer.body) or [ast.Pass()])
    ]
    if cleared:
        body.append(ast.If(ast.UnaryOp(ast.Not(), mine(presence, ast.Load())), cleared, []))
    line = person.body[0] if person.body else newcomer.body[0]
    made = tuple(ast.fix_missing_locations(ast.copy_location(s, line)) for s in body)
    reads = roots("reads")
    writes = roots("writes")
    me = {"me": reads.get("me", frozenset()) | {presence}}
    writes |= {"me": frozenset(states)}
    return replace(
        person,
        body=made,
        arguments=tuple(dict.fromkeys(["me", *person.arguments, *newcomer.arguments])),
        reads=reads | me,
        writes=writes,
        streams=(*person.streams, *newcomer.streams),
        constants={**person.constants, **newcomer.constants},
        source=person.source + newcomer.source,
    )
