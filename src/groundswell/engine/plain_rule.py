"""The text of a rule as a function of plain Python, with its guards checked in place, and its luck."""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable
from typing import Any

from groundswell.draws import stream_id, uniform_reference
from groundswell.engine.guards import Guard, Guarded
from groundswell.theory.functions import RULE_FUNCTIONS, normal_quantile, poisson_quantile


class GuardError(Exception):
    """A guard failed: raised at the place of the rule that it watches."""

    def __init__(self, guard: Guard) -> None:
        super().__init__(guard.reason)
        self.guard = guard


class _Guarding(ast.NodeTransformer):
    """Has each watched value checked where it is evaluated."""

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        if (guard := getattr(node, "guard", None)) is not None:
            node.right = _looked_at(guard, node.right)
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        if (guard := getattr(node, "guard", None)) is not None:
            node.args[1] = _looked_at(guard, node.args[1])
        return node


def _looked_at(guard: str, value: ast.expr) -> ast.expr:
    call = ast.Call(ast.Name("guard_", ast.Load()), [ast.Constant(guard), value], [])
    return ast.fix_missing_locations(ast.copy_location(call, value))


def function_of(of: Guarded) -> Callable[..., None]:
    """The rule as an ordinary Python function of its own arguments; line numbers are those of its file."""
    rule, known = of.rule, {guard.name: guard for guard in of.guards}

    def guard_(name: str, value: float) -> float:
        if not known[name].holds(value):
            raise GuardError(known[name])
        return value

    arguments = ast.arguments(
        posonlyargs=[], args=[ast.arg(a) for a in rule.arguments], kwonlyargs=[], kw_defaults=[], defaults=[]
    )
    body = [_Guarding().visit(copy.deepcopy(s)) for s in of.body] or [ast.Pass()]
    definition = ast.FunctionDef(rule.name, arguments, body, decorator_list=[])
    module = ast.fix_missing_locations(ast.Module([definition], []))
    scope: dict[str, Any] = {**RULE_FUNCTIONS, **rule.constants, "guard_": guard_}
    exec(compile(module, rule.filename, "exec"), scope)
    return scope[rule.name]


class Luck:
    """Draws of one decision maker (a person, a region or society) in one step of one world."""

    def __init__(self, seed: int, step: int, who: int) -> None:
        self.seed, self.step, self.who = seed, step, who

    def uniform(self, name: str) -> float:
        return uniform_reference(self.seed, stream_id(name), self.step, self.who)

    def normal(self, name: str) -> float:
        return normal_quantile(self.uniform(name))

    def chance(self, name: str, probability: float) -> bool:
        return self.uniform(name) < probability

    def poisson(self, name: str, mean: float) -> float:
        return poisson_quantile(self.uniform(name), mean)


def expression_of(tree: ast.expr) -> Callable[..., Any]:
    """An expression of `me`, `other`, `tie` and `p` as a function."""
    body = ast.fix_missing_locations(ast.Expression(copy.deepcopy(tree)))
    text = f"lambda me, other, tie, p: {ast.unparse(body)}"
    return eval(text, dict(RULE_FUNCTIONS))


__all__ = ["GuardError", "Luck", "expression_of", "function_of"]
