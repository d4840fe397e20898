"""Nothing unwired: every module is reached from what users call, a register, a replication, or the public names."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import groundswell

SOURCE = Path(groundswell.__file__).parent
# Where users come in, and the folders that registries list by name rather than import.
ENTRANCES = ("__init__", "__main__", "app", "cli", "registers", "replications", "theories", "studies", "explorer")
LISTED = ("records.codebooks", "records.cases", "population")
# Reached by no command yet; each has a reason, and is to be wired or to go.
WAITING: dict[str, str] = {
    "estimators.excitation.continuous_newton": "run by benchmarks/excitation.py, beside its peers",
}


def name_of(path: Path) -> str:
    parts = path.relative_to(SOURCE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)


def imports_of(path: Path) -> set[str]:
    """The modules of groundswell that a file imports when it runs, wherever in it, and those it names in strings."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for_types = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    found: set[str] = set()
    for node in ast.walk(tree):
        if id(node) in for_types and path.name != "__init__.py":
            continue
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("groundswell"):
            found.add(node.module or "")
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names if alias.name.startswith("groundswell.")}
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.startswith("groundswell."):
            found.add(node.value)
    return {name.removeprefix("groundswell.") for name in found}


def reached(graph: dict[str, set[str]]) -> set[str]:
    """The modules that can be reached from the entrances."""
    todo = [m for m in graph if m.split(".")[0] in ENTRANCES or m.startswith(LISTED)]
    seen = set(todo)
    while todo:
        for other in graph[todo.pop()] & set(graph):
            if other not in seen:
                seen.add(other)
                todo.append(other)
    return seen


@cache
def graph_of_package() -> dict[str, set[str]]:
    return {name_of(path): imports_of(path) for path in SOURCE.rglob("*.py")}


def unreached(graph: dict[str, set[str]]) -> set[str]:
    packages = {name_of(path) for path in SOURCE.rglob("__init__.py")}
    return set(graph) - reached(graph) - packages


def test_every_module_is_reached_or_waits_for_a_stated_reason() -> None:
    found = unreached(graph_of_package())
    assert not found - set(WAITING), "reached by nothing: wire it or delete it"
    assert not set(WAITING) - found, "wired by now: take it off the list"


def test_a_module_that_nothing_imports_is_noticed() -> None:
    graph = graph_of_package() | {"estimators.response.orphan": set()}
    assert "estimators.response.orphan" in unreached(graph)
    assert "estimators.response.deconvolution" not in unreached(graph)
    graph["inquiry.after"] = graph["inquiry.after"] - {"estimators.response.deconvolution"}
    assert "estimators.response.deconvolution" in unreached(graph)
