"""Nothing is unwired: every module is reached from a command, a claim or a replication."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from pathlib import Path

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "groundswell"

# What is looked up by folder: a registry finds each file there, and each file is an entry point of its own.
FOLDERS = ("cli", "theories", "registers", "replications", "records/codebooks", "records/cases", "studies")
ENTRIES = {"groundswell.app", "groundswell.__main__"}
# Run by Make or by a test rather than by a command.
OUTSIDE = ("benchmarks", "docs", "replications")


def name_of(path: Path, root: Path = SOURCE) -> str:
    """The dotted name of a module."""
    parts = path.relative_to(root).with_suffix("").parts
    return ".".join(("groundswell", *(parts[:-1] if parts[-1] == "__init__" else parts)))


def imports(text: str, modules: Iterable[str]) -> set[str]:
    """The modules that a file imports, at its top and inside functions, but not those for type checkers alone."""
    known = set(modules)
    tree = ast.parse(text)
    for_types = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    found: set[str] = set()
    for node in ast.walk(tree):
        if id(node) in for_types:
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in known:
            found.add(node.value)  # a module that is run by name, such as in a child process
    return found & known


def unreached(texts: Mapping[str, str], entries: Iterable[str]) -> set[str]:
    """The modules that no chain of imports leads to from the entries."""
    graph = {name: imports(text, texts) for name, text in texts.items()}
    seen: set[str] = set()
    todo = [name for name in entries if name in graph]
    while todo:
        name = todo.pop()
        if name in seen:
            continue
        seen.add(name)
        parents = [name.rpartition(".")[0]] if "." in name else []
        todo += [other for other in (*graph[name], *parents) if other in graph and other not in seen]
    return set(texts) - seen


def texts() -> dict[str, str]:
    return {name_of(path): path.read_text(encoding="utf-8") for path in sorted(SOURCE.rglob("*.py"))}


def entries(found: Mapping[str, str]) -> set[str]:
    prefixes = tuple("groundswell." + folder.replace("/", ".") for folder in FOLDERS)
    listed = {name for name in found if name.startswith(prefixes)}
    outside = {
        module
        for folder in OUTSIDE
        for path in (ROOT / folder).rglob("*.py")
        for module in imports(path.read_text(encoding="utf-8"), found)
    }
    import groundswell

    return ENTRIES | listed | outside | set(groundswell._MODULE_OF.values())


def test_every_module_is_reached() -> None:
    found = texts()
    assert unreached(found, entries(found)) == set()


def test_a_module_that_nothing_reaches_would_be_found() -> None:
    made = {
        "groundswell": "",
        "groundswell.app": "def f():\n    from groundswell import a\n",
        "groundswell.a": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from groundswell import c\n",
        "groundswell.b": "import groundswell.a",
        "groundswell.c": "",
    }
    assert unreached(made, {"groundswell.app"}) == {"groundswell.b", "groundswell.c"}
