"""What the source text of a process shows: the functions it calls, what they touch, and what they draw."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator
from typing import Any, cast

from groundswell.theory.declare import Theory

DRAWS = {
    "below": "a whole number below a bound",
    "bits": "random bits",
    "chance": "true with a probability",
    "uniform": "uniform on [0, 1)",
    "normal": "standard normal",
    "poisson": "Poisson with a mean",
}


def functions(theory: type[Theory]) -> dict[str, Callable[..., Any]]:
    """The functions of a process, and the functions in its file that they call, in file order."""
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


def taken(theory: type[Theory]) -> dict[str, str]:
    """Functions in other files that a process calls, with the first line of each docstring."""
    scope = vars(inspect.getmodule(theory) or theory)
    found = {}
    for name in sorted(names(theory) - set(DRAWS)):
        function = getattr(scope.get(name), "py_func", None)
        if function is not None and function.__module__ not in (theory.__module__, "groundswell.theory.functions"):
            said = (inspect.getdoc(function) or "").partition("\n")[0]
            found[f"{function.__module__}.{name}"] = said or "see there."
    return found


def _called(function: Callable[..., Any]) -> set[str]:
    return {node.id for node in ast.walk(_tree(function)) if isinstance(node, ast.Name)}


def text(function: Callable[..., Any]) -> str:
    return textwrap.dedent(inspect.getsource(function)).rstrip()


def _tree(function: Callable[..., Any]) -> ast.AST:
    return ast.parse(text(function))


def _nodes(theory: type[Theory]) -> Iterator[ast.AST]:
    for name, function in functions(theory).items():
        if name != "arrays":
            yield from ast.walk(_tree(function))


def names(theory: type[Theory]) -> set[str]:
    return {node.id for node in _nodes(theory) if isinstance(node, ast.Name)}


def touched(theory: type[Theory], root: str) -> tuple[set[str], set[str]]:
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


def kinds_of_draws(theory: type[Theory]) -> dict[str, str]:
    """What is drawn from each stream, if it is drawn where the stream is named."""
    kinds: dict[str, dict[str, None]] = {}
    for node in _nodes(theory):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in DRAWS and node.args:
            stream = ast.unparse(node.args[0])
            if stream.startswith("luck."):
                kinds.setdefault(stream.removeprefix("luck."), {})[DRAWS[node.func.id]] = None
    return {name: ", ".join(found) for name, found in kinds.items()}


def constants(theory: type[Theory]) -> dict[str, float]:
    """The numbers in the file that its functions read."""
    scope = vars(inspect.getmodule(theory) or theory)
    numbers = {name: scope[name] for name in sorted(names(theory)) if isinstance(scope.get(name), int | float)}
    return {name: float(value) for name, value in numbers.items() if not isinstance(value, bool)}
