"""The house: what importing costs, what is installed, which way imports run, and what committed files may not name."""

from __future__ import annotations

import ast
import importlib
import importlib.util
import json
import os
import pkgutil
import re
import subprocess
import sys
import venv
from functools import cache
from importlib import metadata
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import groundswell

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "groundswell"
HEAVY = ("numba", "llvmlite", "scipy", "polars", "altair", "vl_convert", "networkx", "pydantic", "jinja2")
MOST_PACKAGES = 26


# -- importing -------------------------------------------------------------------------------------------------------


def loaded_after(statement: str) -> set[str]:
    """The top-level modules that a fresh interpreter holds after a statement."""
    script = f"{statement}\nimport sys\nprint(*sorted({{name.partition('.')[0] for name in sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_import_loads_no_compiler_statistics_or_plotting() -> None:
    assert not loaded_after("import groundswell") & set(HEAVY)


def test_the_check_of_light_imports_can_fail() -> None:
    assert "numba" in loaded_after("import groundswell.draws")


def test_a_theory_file_needs_no_engine() -> None:
    loaded = loaded_after("from groundswell import Normal, Observable, Param, State, Theory, Trait")
    assert not loaded & {"numba", "scipy", "polars", "altair"}


def test_every_public_name_is_importable() -> None:
    for name in groundswell.__all__:
        assert getattr(groundswell, name) is not None
    assert set(groundswell.__all__) <= set(dir(groundswell))


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Thoery'"):
        _ = groundswell.Thoery  # type: ignore[attr-defined]


def test_names_are_typed_where_they_are_found() -> None:
    """The imports that a type checker reads, and those made at run time, are the same."""
    tree = ast.parse((SOURCE / "__init__.py").read_text(encoding="utf-8"))
    block = next(node for node in tree.body if isinstance(node, ast.If))
    typed = {alias.name: node.module for node in block.body if isinstance(node, ast.ImportFrom) for alias in node.names}
    assert typed == groundswell._MODULE_OF
    assert {*typed, "GroundswellError", "__version__"} == set(groundswell.__all__)


def test_every_module_imports() -> None:
    for info in pkgutil.walk_packages(groundswell.__path__, "groundswell."):
        if not info.name.endswith("__main__"):
            importlib.import_module(info.name)


# -- layers: data flow one way ---------------------------------------------------------------------------------------

# What each part may import, besides itself. `report` reads results, and nothing that makes them.
_GROUND = {
    "errors",
    "draws",
    "files",
    "results",
    "settings",
    "charts",
    "version",
    "output",
    "manifest",
    "drawing",
    "chart_data",
    "vegalite",
    "text",
    "cache",
    "outlines",
}
_SIMULATOR = {*_GROUND, "theory", "population", "engine", "calibrate", "experiment"}
BELOW: dict[str, set[str]] = {
    "errors": set(),
    "results": {"errors"},
    "settings": {"errors"},
    "chart_data": {"errors", "drawing"},
    "vegalite": {"chart_data", "drawing"},
    "charts": {"chart_data", "errors", "drawing", "files", "vegalite"},
    "drawing": {"errors", "text"},
    "text": set(),
    "cache": set(),
    "outlines": set(),
    "blas": set(),
    "draws": {"errors"},
    "files": {"errors", "results", "text"},
    "version": set(),
    "output": {"crate", "errors", "files", "results", "text"},
    "crate": {"version"},
    "manifest": {"errors", "files", "output", "results", "version"},
    "theory": _GROUND,
    "population": _GROUND,
    "theories": {"errors", "theory"},
    "engine": {*_GROUND, "theory", "population"},
    "calibrate": {*_GROUND, "blas", "version", "theory", "population", "engine", "records", "estimators"},
    "experiment": {*_SIMULATOR, "studies"} - {"experiment"},
    "records": _GROUND,
    "estimators": {*_GROUND, "blas", "records"},
    "inquiry": {*_GROUND, "blas", "records", "estimators"},
    "studies": set(),
    "claims": {*_SIMULATOR, "theories", "records", "estimators"},
    "registers": {*_SIMULATOR, "records", "estimators", "claims"},
    "replications": {*_SIMULATOR, "theories", "records", "estimators"},
    "report": {*_GROUND, "replications"},
    "explorer": {*_SIMULATOR, "studies"},
}
TOP = {"app", "cli", "__main__", "__init__"}  # these may import everything
# A registry looks into the folder that it lists; it names no file there.
LISTS = {
    ("theory", "registry.py"): "theories",
    ("claims", "register.py"): "registers",
}


# Files that load what they list, and so may import by a name that is made at run time; each says why.
REGISTRIES = {
    "__init__.py": "the root loads a name when it is first asked for",
    "theory/registry.py": "theories are found in their folder and among entry points",
    "engine/written.py": "generated source is loaded from the cache",
    "claims/register.py": "registers are found in their folder and among entry points",
    "registers/deed/register.py": "claims are found in their folder",
    "records/codebooks/library.py": "codebooks are found in their folder",
    "replications/register.py": "replications are found in their folder",
    "estimators/excitation/bayes_outcome.py": "the packages of an extra, which may be missing",
}
_BY_NAME = {"import_module", "__import__", "spec_from_file_location", "find_loader", "exec_module"}
_MODULE = re.compile(r"groundswell(\.\w+)+")


class Import(NamedTuple):
    """One name that a file imports, the line where it stands, and whether only type checkers read it or a text holds
    it."""

    name: str
    line: int
    for_types: bool
    in_text: bool


@cache
def facts(path: Path) -> tuple[tuple[Import, ...], tuple[str, ...]]:
    """What a file imports of groundswell, wherever in it, and its calls that import by a name made at run time.

    A text that is the name of a module of ours counts as an import of it, unless it is a docstring: `importlib` and
    its like take such texts.
    """
    imports: list[Import] = []
    calls: list[str] = []
    todo: list[tuple[ast.AST, bool]] = [(ast.parse(path.read_text(encoding="utf-8")), False)]
    while todo:
        node, typed = todo.pop()
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative imports hide the layer"
            module = node.module or ""
            whole = [f"{module}.{a.name}" for a in node.names]
            names = whole if module == "groundswell" else [x if _is_module(x) else module for x in whole]
            imports += [Import(name, node.lineno, typed, False) for name in names]
        elif isinstance(node, ast.Import):
            imports += [Import(alias.name, node.lineno, typed, False) for alias in node.names]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            if _MODULE.fullmatch(node.value) and _is_module(node.value):
                imports.append(Import(node.value, node.lineno, typed, True))
        elif isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            calls += [f"{path}:{node.lineno} calls {name}"] if name in _BY_NAME else []
        typed = typed or (
            isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
        )
        documentation = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        todo += [(child, typed) for child in ast.iter_child_nodes(node) if not documentation]
    ours = sorted((x for x in imports if x.name.startswith("groundswell.")), key=lambda x: x.line)
    return tuple(ours), tuple(calls)


@cache
def _is_module(name: str) -> bool:
    if not name.startswith("groundswell."):
        return False
    place = SOURCE.joinpath(*name.split(".")[1:])
    return place.with_suffix(".py").is_file() or place.is_dir()


def loads_by_name(path: Path) -> list[str]:
    """The calls of a file that import by a name made at run time."""
    return list(facts(path)[1])


def file_imports(path: Path) -> set[str]:
    """The modules of groundswell that a file imports at run time, also inside functions."""
    return {x.name for x in facts(path)[0] if not x.for_types and not x.in_text}


def a_circle(graph: dict[str, set[str]]) -> list[str]:
    """A circle in a graph of files, or nothing where there is none."""
    done: set[str] = set()

    def walk(name: str, way: list[str]) -> list[str]:
        if name in way:
            return [*way[way.index(name) :], name]
        if name in done:
            return []
        for other in sorted(graph.get(name, ())):
            if found := walk(other, [*way, name]):
                return found
        done.add(name)
        return []

    return next((found for name in sorted(graph) if (found := walk(name, []))), [])


def upward(part: str, path: Path) -> list[str]:
    """The imports of a file that run back up."""
    return [
        f"{path}:{x.line} imports {other}"
        for x in facts(path)[0]
        if (other := x.name.split(".")[1]) not in {part, *BELOW[part], LISTS.get((part, path.name))}
    ]


def parts() -> dict[str, list[Path]]:
    """The parts of the package, and the files of each."""
    found: dict[str, list[Path]] = {}
    for path in sorted(SOURCE.rglob("*.py")):
        found.setdefault(path.relative_to(SOURCE).with_suffix("").parts[0], []).append(path)
    return found


def test_every_part_has_its_place_in_the_order() -> None:
    assert set(parts()) - TOP <= set(BELOW)


@pytest.mark.parametrize("part", sorted(BELOW))
def test_imports_run_one_way(part: str) -> None:
    files = parts().get(part, [])
    assert files, f"{part} has no files"
    assert [fault for path in files for fault in upward(part, path)] == []


def test_the_order_has_no_ring() -> None:
    done: set[str] = set()
    while len(done) < len(BELOW):
        free = {part for part, below in BELOW.items() if part not in done and below <= done}
        assert free, f"a ring among {set(BELOW) - done}"
        done |= free


def test_an_upward_import_would_be_found(tmp_path: Path) -> None:
    path = tmp_path / "bad.py"
    path.write_text("def later():\n    from groundswell.experiment import study\n", encoding="utf-8")
    assert upward("engine", path) == [f"{path}:2 imports experiment"]


def test_an_import_hidden_in_a_text_would_be_found(tmp_path: Path) -> None:
    path = tmp_path / "bad.py"
    path.write_text(
        '"""groundswell.report"""\nimport importlib\n\ndef later():\n'
        '    return importlib.import_module("groundswell.claims.adjudicate")\n',
        encoding="utf-8",
    )
    assert upward("experiment", path) == [f"{path}:5 imports claims"]
    assert loads_by_name(path) == [f"{path}:5 calls import_module"]


def test_only_registries_import_by_name() -> None:
    found = {path.relative_to(SOURCE).as_posix(): loads_by_name(path) for path in SOURCE.rglob("*.py")}
    assert {name for name, calls in found.items() if calls} == set(REGISTRIES)


def test_no_files_import_each_other_in_a_circle() -> None:
    graph = {}
    for path in SOURCE.rglob("*.py"):
        place = path.relative_to(SOURCE).with_suffix("")
        parts = place.parts[:-1] if place.name == "__init__" else place.parts
        if parts:  # the root loads names lazily, and is imported by all
            graph[".".join(("groundswell", *parts))] = file_imports(path)
    assert a_circle(graph) == []


def test_a_circle_would_be_found() -> None:
    assert a_circle({"a": {"b"}, "b": {"c"}, "c": {"b"}}) == ["b", "c", "b"]


def test_nothing_asks_for_a_form_of_theories_by_its_name() -> None:
    asks = re.compile(r"theory\.form\s*(==|!=|in\b)")
    assert [path.name for path in SOURCE.rglob("*.py") if asks.search(path.read_text(encoding="utf-8"))] == []


def test_only_the_theory_its_register_and_its_paper_know_the_founding_accounts() -> None:
    knows = {
        "theories",
        "registers",
        "replications",
        "theory",
    }  # theory/analytic: a paper on substitution between tactics
    words = re.compile(r"\b(substitution|catalysis)\b")
    found = [
        path.relative_to(SOURCE).as_posix()
        for path in SOURCE.rglob("*.py")
        if path.relative_to(SOURCE).parts[0] not in knows and words.search(path.read_text(encoding="utf-8"))
    ]
    assert found == []


def test_the_paths_of_the_contributors_guide_name_files_that_exist() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    paths = text[text.index("Three paths") : text.index("## Add a theory")]
    named = re.findall(r"`([\w/]+\.py)`", paths)
    assert len(named) > 20
    assert [name for name in named if not (SOURCE / name).is_file()] == []


# -- what is installed -----------------------------------------------------------------------------------------------


def base_packages() -> dict[str, metadata.Distribution]:
    """Every distribution that a base install brings along, Groundswell's own left out."""
    found: dict[str, metadata.Distribution] = {}
    todo = [(Requirement(text), {""}) for text in metadata.requires("groundswell") or []]
    seen: set[tuple[str, str]] = set()
    while todo:
        requirement, extras = todo.pop()
        if requirement.marker and not any(requirement.marker.evaluate({"extra": extra}) for extra in extras):
            continue
        name = canonicalize_name(requirement.name)
        key = (name, ",".join(sorted(requirement.extras)))
        if key in seen:
            continue
        seen.add(key)
        found[name] = metadata.distribution(name)
        todo += [(Requirement(text), {"", *requirement.extras}) for text in found[name].requires or []]
    return found


def test_a_base_install_stays_small() -> None:
    names = sorted(base_packages())
    assert {"numpy", "numba", "polars", "llvmlite"} <= set(names)
    assert len(names) <= MOST_PACKAGES, names


PERMISSIVE = re.compile(
    r"\b(MIT|BSD|Apache|0BSD|ISC|PSF|Python Software Foundation|Zlib|Unlicense|CC0)\b", re.IGNORECASE
)
COPYLEFT = re.compile(r"\b[AL]?GPL|GNU (Affero|Lesser|General)", re.I)


def licence_of(of: metadata.Distribution) -> str:
    """What a distribution says of its own licence: its expression, or else its classifiers, or else its first line."""
    about = of.metadata
    if about.get("License-Expression"):
        return about["License-Expression"]
    classified = [c for c in about.get_all("Classifier") or [] if c.startswith("License ::")]
    return "; ".join(classified) or (about.get("License") or "").strip().partition("\n")[0]


def test_base_dependencies_are_permissively_licensed() -> None:
    content = {name: licence_of(of) for name, of in base_packages().items()}
    assert {name: text for name, text in content.items() if COPYLEFT.search(text) or not PERMISSIVE.search(text)} == {}


@pytest.mark.parametrize(
    "text", ["GPL-3.0-or-later", "License :: OSI Approved :: GNU General Public License v3 (GPLv3)"]
)
def test_a_copyleft_licence_would_be_found(text: str) -> None:
    assert COPYLEFT.search(text)


def test_version_is_the_same_everywhere() -> None:
    assert metadata.version("groundswell") == groundswell.__version__
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert re.search(r"^version: (.+)$", citation, re.MULTILINE)[1] == groundswell.__version__  # type: ignore[index]
    assert json.loads((ROOT / "codemeta.json").read_text(encoding="utf-8"))["version"] == groundswell.__version__


# -- what committed files may not name -------------------------------------------------------------------------------

_HOSTS = (
    ("pypi", "org"),
    ("".join(("python", "hosted")), "org"),
    ("npmjs", "org"),
    ("".join(("deb.deb", "ian")), "org"),
    ("npmjs", "com"),
)
FORBIDDEN = re.compile(
    "|".join(
        [re.escape(".".join(host)) for host in _HOSTS]
        + [rf"(?<![\w.]){re.escape('/' + folder)}\b" for folder in ("work", "opt/wheels", "opt/pypi", "root")]
    )
)


def committed() -> list[Path]:
    """Every file under version control, or every file where there is none."""
    if (ROOT / ".git").exists():
        done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
        return [ROOT / name for name in done.stdout.decode().split("\0") if name]
    hidden = {".venv", "out", "dist", "build", "node_modules"}
    return [p for p in ROOT.rglob("*") if p.is_file() and not hidden & set(p.relative_to(ROOT).parts)]


def test_no_committed_file_names_a_machine_path_or_a_registry_host() -> None:
    found = []
    for path in committed():
        if not path.is_file():  # deleted in the working tree
            continue
        for number, line in enumerate(path.read_bytes().decode("utf-8", errors="ignore").splitlines(), start=1):
            if match := FORBIDDEN.search(line):
                found.append(f"{path.relative_to(ROOT)}:{number}: {match[0]}")
    assert found == []


@pytest.mark.parametrize("line", ["see /" + "work/main", "pip install -i https://" + "pypi." + "org/simple"])
def test_a_machine_path_or_host_would_be_found(line: str) -> None:
    assert FORBIDDEN.search(line)


@pytest.mark.parametrize("line", ["the same /workers", "teamwork/main", "a/root/b"])
def test_other_paths_are_let_be(line: str) -> None:
    assert not FORBIDDEN.search(line)


# -- one file per concept --------------------------------------------------------------------------------------------


def test_every_theory_file_is_found() -> None:
    from groundswell.theory.registry import theories

    files = {p.stem for p in (SOURCE / "theories").glob("*.py") if not p.stem.startswith("_")}
    found = {cls.__module__.rpartition(".")[2] for cls in theories().values()}
    assert files
    assert found >= files


# -- the make targets -------------------------------------------------------------------------------------------------


def ready() -> ModuleType:
    """The script that makes the virtual environment ready."""
    spec = importlib.util.spec_from_file_location("ready", ROOT / ".ci" / "ready.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_an_environment_that_has_everything_lacks_nothing() -> None:
    assert ready().look(sys.executable, ["test"]) == []


def test_an_environment_without_packages_is_told_what_it_lacks(tmp_path: Path) -> None:
    venv.create(tmp_path / "venv", with_pip=False)
    missing = ready().look(str(tmp_path / "venv" / "bin" / "python"), ["test"])
    assert {"numpy", "pytest", "groundswell", "pip"} <= set(missing)


def test_a_python_that_does_not_run_is_found() -> None:
    assert ready().look("no-such-python", []) is None


def test_an_unknown_extra_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        ready().look(sys.executable, ["tests"])
    assert stopped.value.code == 2
    assert "no extra tests" in capsys.readouterr().err


def test_help_names_every_target() -> None:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.search(r"^\.PHONY: (.*)$", text, re.MULTILINE)[1].split())  # type: ignore[index]
    assert set(re.findall(r'echo "make ([\w-]+)', text)) == targets - {"help", "check-python"}


def test_continuous_integration_runs_the_command_of_the_readme() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert re.search(r"^tested\(\) \{ make test ", script, re.MULTILINE)
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
