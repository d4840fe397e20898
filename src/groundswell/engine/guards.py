"""What a rule must satisfy while it runs: probabilities in [0, 1], no division by zero, and finite values to store.

A guard watches one place of a rule. Both engines evaluate it wherever they execute that place; where it does not hold,
the world has failed at that step, the line is reported, and its observables are NaN from then on.
"""

from __future__ import annotations

import ast
import copy
import functools
import linecache
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from groundswell.theory import Theory
from groundswell.theory.rule import Rule

SLACK = 1e-9  # how far a probability may leave [0, 1]: more than rounding in a sum of shares, less than a mistake
LARGEST = 1.7976931348623157e308  # the largest double; NaN and infinity are not below it
_ROOTS = {
    "society": ("society",), "region": ("here",), "person": ("me", "tally"), "meet": ("me", "other"), "tie": ("tie",)
}  # fmt: skip


@dataclass(frozen=True)
class Guard:
    """One place that is watched.

    Parameters
    ----------
    rule : "society", "region" or "person".
    kind : "probability", "divisor", "mean" (of a Poisson number) or "number" (a variable that is stored).
    name : of the variable of the engine that holds the value: `guard_0_`, ..., or `me.anger`.
    reason : what has gone wrong where it does not hold, with file, line and text.
    """

    rule: str
    kind: str
    name: str
    reason: str

    @property
    def start(self) -> str:
        """A value at which it holds: where the place is not executed, there is nothing to watch."""
        return "1.0" if self.kind == "divisor" else "0.0"

    @property
    def span(self) -> tuple[float, float, float]:
        """The least and greatest value allowed, and one between them that is not (or NaN); NaN is never allowed."""
        return {
            "probability": (-SLACK, 1 + SLACK, math.nan),
            "divisor": (-math.inf, math.inf, 0.0),
            "mean": (0.0, LARGEST, math.nan),
            "number": (-LARGEST, LARGEST, math.nan),
        }[self.kind]

    def test(self, value: str) -> str:
        """The text of an expression that is true where the guard holds; it is false for NaN."""
        least, most, _ = self.span
        if self.kind == "divisor":
            return f"(({value} < 0.0) | ({value} > 0.0))"
        return f"(({value} >= {least}) & ({value} <= {most}))"

    def holds(self, value: float) -> bool:
        """Whether it holds for a number."""
        least, most, hole = self.span
        return least <= value <= most and value != hole


@dataclass(frozen=True)
class Guarded:
    """A rule whose watched places are marked with their guards.

    Parameters
    ----------
    rule : as its author wrote it.
    body : its statements; a division and a draw that are watched have the attribute `guard`.
    guards : in the order in which they are executed, those of stored numbers last.
    """

    rule: Rule
    body: tuple[ast.stmt, ...]
    guards: tuple[Guard, ...]


def watched(node: ast.AST) -> ast.expr | None:
    """The expression within a node that its guard watches."""
    if not hasattr(node, "guard"):
        return None
    return node.right if isinstance(node, ast.BinOp) else node.args[1]  # type: ignore[attr-defined]


def in_order(node: ast.AST, given: tuple[ast.expr, ...] = ()) -> Iterator[tuple[ast.AST, tuple[ast.expr, ...]]]:
    """The nodes of an expression in the order of their execution, each with what must be true for it to be executed."""
    match node:
        case ast.BoolOp(op=op, values=values):
            for value in values:
                yield from in_order(value, given)
                given = (*given, value if isinstance(op, ast.And) else _no(value))
        case ast.IfExp(test=test, body=body, orelse=orelse):
            yield from in_order(test, given)
            yield from in_order(body, (*given, test))
            yield from in_order(orelse, (*given, _no(test)))
        case ast.Compare(left=left, ops=ops, comparators=others):
            yield from in_order(left, given)
            for k, other in enumerate(others):
                before = ast.copy_location(ast.Compare(left, ops[:k], others[:k]), node)
                yield from in_order(other, (*given, before) if k else given)
        case _:
            for child in ast.iter_child_nodes(node):
                yield from in_order(child, given)
    yield node, given


def _no(value: ast.expr) -> ast.expr:
    return ast.copy_location(ast.UnaryOp(ast.Not(), value), value)


def hoisted(of: Guarded) -> list[ast.stmt]:
    """The statements, with what each guard watches assigned to its name before the statement that it is part of.

    Compiled code has no exceptions, so a value may be computed before it is known whether it is needed: where it is
    not, the guard's name takes a value at which it holds. Nothing in the statements themselves changes.
    """
    starts = {guard.name: guard.start for guard in of.guards}

    def before(expression: ast.expr) -> list[ast.stmt]:
        made: list[ast.stmt] = []
        for node, given in in_order(expression):
            value = watched(node)
            if value is None:
                continue
            name, number = node.guard, ast.BinOp(ast.Constant(1.0), ast.Mult(), copy.deepcopy(value))  # type: ignore[attr-defined]
            if given:
                test = given[0] if len(given) == 1 else ast.BoolOp(ast.And(), list(given))
                number = ast.IfExp(copy.deepcopy(test), number, ast.Constant(float(starts[name])))
            made.append(ast.Assign([ast.Name(name, ast.Store())], number))
        return [ast.fix_missing_locations(ast.copy_location(x, expression)) for x in made]

    def block(statements: Sequence[ast.stmt]) -> list[ast.stmt]:
        out: list[ast.stmt] = []
        for statement in statements:
            if isinstance(statement, ast.If):
                out += before(statement.test)
                inner = ast.If(statement.test, block(statement.body), block(statement.orelse))
                out.append(ast.copy_location(inner, statement))
            else:
                out += before(statement.value) if isinstance(statement, ast.Assign) else []
                out.append(statement)
        return out

    return block(of.body)


def _watch(rule: Rule, first: int) -> tuple[tuple[ast.stmt, ...], list[Guard]]:
    """A copy of a rule's statements with its guards noted at their places."""
    body, found = copy.deepcopy(rule.body), []

    def note(node: ast.AST, kind: str, what: str) -> None:
        name = f"guard_{first + len(found)}_"
        node.guard = name  # type: ignore[attr-defined]
        found.append(Guard(rule.name, kind, name, _reason(rule, [node.lineno], what)))  # type: ignore[attr-defined]

    def look(expression: ast.expr) -> None:
        for node, _ in in_order(expression):
            match node:
                case ast.BinOp(op=ast.Div(), right=right):
                    if not (isinstance(right, ast.Constant) and right.value):
                        note(node, "divisor", "divides by zero or by NaN")
                case ast.Call(func=ast.Attribute(value=ast.Name(id="luck"), attr="chance")):
                    note(node, "probability", "gives luck.chance no probability in [0, 1]")
                case ast.Call(func=ast.Attribute(value=ast.Name(id="luck"), attr="poisson")):
                    note(node, "mean", "gives luck.poisson no finite mean >= 0")

    def block(statements: Sequence[ast.stmt]) -> None:
        for statement in statements:
            if isinstance(statement, ast.If):
                look(statement.test)
                block(statement.body)
                block(statement.orelse)
            elif isinstance(statement, ast.Assign):
                look(statement.value)

    block(body)
    return body, found


def _reason(rule: Rule, lines: Sequence[int], what: str) -> str:
    text = linecache.getline(rule.filename, lines[0]).strip()
    place = f"{rule.filename}:{lines[0]}: `{text}`"
    also = f" (or line {', '.join(map(str, lines[1:]))})" if len(lines) > 1 else ""
    return f"{place}{also}: the {rule.name} rule of {rule.owner} {what}"


def _kept(theory: type[Theory], rule: Rule) -> list[Guard]:
    """A guard for each number that the rule writes."""
    lines: dict[str, list[int]] = {}
    for statement in rule.body:
        for node in ast.walk(statement):
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Attribute):
                lines.setdefault(ast.unparse(node.targets[0]), []).append(node.lineno)
    bools = {f"{who}.{name}" for who in ("me", "other") for name, s in theory.states.items() if s.kind is bool}
    bools.add("tie.exists")
    return [
        Guard(rule.name, "number", path, _reason(rule, at, f"makes {path} NaN or infinite"))
        for path, at in lines.items()
        if path.partition(".")[0] in _ROOTS[rule.name] and path not in bools
    ]


@functools.lru_cache(maxsize=256)
def guarded(theory: type[Theory]) -> dict[str, Guarded]:
    """The rules of a theory with their guards, those of society first, then of regions, then of people."""
    found: dict[str, Guarded] = {}
    first = 0
    for name in _ROOTS:
        if name not in theory.rules:
            continue
        rule = theory.rules[name]
        body, watches = _watch(rule, first)
        guards = (*watches, *_kept(theory, rule))
        found[name] = Guarded(rule, body, guards)
        first += len(guards)
    return found


def every_guard(theory: type[Theory]) -> list[Guard]:
    """All guards of a theory, in the order in which faults are reported."""
    return [guard for one in guarded(theory).values() for guard in one.guards]


__all__ = ["Guard", "Guarded", "every_guard", "guarded", "hoisted", "watched"]
