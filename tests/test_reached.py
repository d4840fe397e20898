"""Nothing unwired: modules, and public functions and classes, are reached from what users call, or say why not."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
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

# Public names that nothing in the package uses; each is there for whoever reads the reason.
OFFERED = {
    **dict.fromkeys(("to_networkx", "check_record"), "of the reference (docs/api.toml)"),
    **dict.fromkeys(("von_neumann",), "a neighbourhood for whoever states a theory, beside moore and euclidean"),
    **dict.fromkeys(
        ("simulate_excitation", "simulate_lookalike"), "worlds of which the truth is known, for docs and tests"
    ),
    **dict.fromkeys(("rank_uniformity",), "how calibration is measured (benchmarks/trials.py)"),
    **dict.fromkeys(("dense_design",), "the slow twin of the sparse design"),
    **dict.fromkeys(
        ("contagion_size", "random_participation", "police_equilibria", "sis_by_degree", "percolation_size"),
        "exact answers that theories are held to",
    ),
    "maximum_likelihood": "run by benchmarks/excitation.py, beside its peers",
    "load_replication": "one replication by name, for Python",
}


def name_of(path: Path) -> str:
    parts = path.relative_to(SOURCE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)


@cache
def parsed(text: str) -> ast.Module:
    return ast.parse(text)


def imports_of(path: Path) -> set[str]:
    """The modules of groundswell that a file imports when it runs, wherever in it, and those it names in strings."""
    tree = parsed(path.read_text(encoding="utf-8"))
    for_types = {
        id(inner)
        for node in tree.body
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


# -- functions and classes ---------------------------------------------------------------------------------------------


def public_names(tree: ast.Module) -> set[str]:
    """The public functions and classes of a module, but for commands, which their decorators announce."""
    stated = [x for x in tree.body if isinstance(x, ast.FunctionDef | ast.ClassDef) and not x.name.startswith("_")]
    return {x.name for x in stated if not any(re.search("command|callback", ast.unparse(d)) for d in x.decorator_list)}


def names_used(tree: ast.Module, path: str) -> set[str]:
    """The names that a module uses: not where they are defined, imported alone or listed in `__all__`.

    Texts count where they are short, since some registries hold names, and in the root, which loads names lazily. So do
    names that are put together, as in the text of kernels: `f"add_{lanes}("`, where "people" stands in the same module.
    """
    root, found = path.endswith("__init__.py"), set[str]()
    words = {x.value for x in ast.walk(tree) if isinstance(x, ast.Constant) and isinstance(x.value, str)}
    for statement in tree.body:
        targets = statement.targets if isinstance(statement, ast.Assign) else []
        if any(isinstance(x, ast.Name) and x.id == "__all__" for x in targets):
            continue
        within: set[str] = set()
        for node in ast.walk(statement):
            if isinstance(node, ast.Name):
                within.add(node.id)
            elif isinstance(node, ast.Attribute):
                within.add(node.attr)
            elif isinstance(node, ast.ImportFrom) and root:
                within |= {alias.name for alias in node.names}
            elif isinstance(node, ast.Constant) and isinstance(node.value, str) and (root or len(node.value) < 60):
                within |= set(re.findall(r"[A-Za-z_]\w+", node.value))
            elif isinstance(node, ast.JoinedStr):
                parts = [x.value if isinstance(x, ast.Constant) else "{}" for x in node.values]
                begun = re.findall(r"([A-Za-z]\w*_)\{\}", "".join(map(str, parts)))
                within |= {start + word for start in begun for word in words if word.isidentifier()}
        found |= within - {getattr(statement, "name", "")}
    return found


def unused(texts: Iterable[tuple[str, str]]) -> set[str]:
    """The public names of some modules, as (path, text), that none of them uses; theories are found in their folder."""
    trees = {path: parsed(text) for path, text in texts}
    used = set[str]().union(*(names_used(tree, path) for path, tree in trees.items()))
    return {name for path, tree in trees.items() if "/theories/" not in path for name in public_names(tree)} - used


@cache
def texts_of_package() -> tuple[tuple[str, str], ...]:
    return tuple((path.as_posix(), path.read_text(encoding="utf-8")) for path in sorted(SOURCE.rglob("*.py")))


def test_every_public_name_is_used_or_offered_for_a_stated_reason() -> None:
    found = unused(texts_of_package())
    assert not found - set(OFFERED), "used by nothing: wire it, make it private or delete it"
    assert not set(OFFERED) - found, "used by now: take it off the list"


def test_a_public_name_that_nothing_uses_is_noticed() -> None:
    orphan = "from a import used\n__all__ = ['orphan']\n\ndef orphan():\n    return orphan\n\nclass Kept:\n    x: str\n"
    user = "from b import orphan\n\ndef used(x: Kept):\n    return x\n"
    assert unused([("b.py", orphan), ("a.py", user)]) == {"orphan", "used"}


def test_a_name_that_is_put_together_in_text_is_used() -> None:
    kernel = "def add_people(): ...\n\ndef add_worlds(): ...\n"
    writer = "LANES = 'people'\nTEXT = f'add_{LANES}(buf)'\n"
    assert unused([("b.py", kernel), ("a.py", writer)]) == {"add_worlds"}


def shared_names(texts: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Public classes that bear one name in several files, as {name: paths}."""
    found: dict[str, list[str]] = {}
    for path, text in texts:
        for node in parsed(text).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                found.setdefault(node.name, []).append(path)
    return {name: paths for name, paths in found.items() if len(paths) > 1}


def test_one_class_name_means_one_thing() -> None:
    assert shared_names(texts_of_package()) == {}


def test_two_classes_of_one_name_are_noticed() -> None:
    texts = [("a.py", "class Run: ...\nclass _Own: ..."), ("b.py", "class Run: ...\nclass _Own: ...")]
    assert shared_names(texts) == {"Run": ["a.py", "b.py"]}
