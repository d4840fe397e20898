"""The documentation says what the program does: keys, names and skeletons on its pages are those of the code."""

from __future__ import annotations

import re
import tomllib
from importlib import import_module
from pathlib import Path

import polars as pl
import pytest

import groundswell
from groundswell import load_theory
from groundswell.cli import app, data_app
from groundswell.estimators.named import estimators
from groundswell.experiment.arms import parse_intervention
from groundswell.experiment.schema import (
    AdjudicationTable,
    ArmTable,
    ObserveTable,
    RecordClaim,
    RecordTable,
    ScenarioTable,
    SelectedTable,
    StatedClaim,
    StudyTable,
)
from groundswell.experiment.study_file import parse_study
from groundswell.population.specification import PopulationSpecification
from groundswell.records.codebooks.mapping import read_mapping
from groundswell.records.events import read_events
from groundswell.records.schema import SCHEMA
from groundswell.theory import __all__ as declarations
from groundswell.theory.functions import RULE_FUNCTIONS
from groundswell.theory.rule import BUILTINS, LUCK

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([*DOCS.glob("*.md"), ROOT / "README.md", ROOT / "CONTRIBUTING.md"])


def page(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def blocks(name: str, language: str) -> list[str]:
    """The fenced blocks of a page in one language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", page(name), re.MULTILINE | re.DOTALL)


def words(name: str) -> set[str]:
    """Every word of a page that stands in code."""
    return set(re.findall(r"[A-Za-z_]+", " ".join(re.findall(r"`+[^`]+`+", page(name)))))


TABLES = (
    StudyTable, ArmTable, RecordTable, ObserveTable, RecordClaim, ScenarioTable, SelectedTable, StatedClaim,
    AdjudicationTable,
)  # fmt: skip


@pytest.mark.parametrize("table", TABLES)
def test_every_key_of_a_study_is_documented(table: type) -> None:
    keys = {field.alias or name for name, field in table.model_fields.items()}
    assert keys - words("docs/studies.md") == set()


def test_every_estimator_and_its_settings_are_documented() -> None:
    for name, estimator in estimators().items():
        assert {name, *estimator.settings.model_fields} - words("docs/studies.md") == set(), name


def test_every_key_of_a_population_is_documented() -> None:
    assert set(PopulationSpecification.model_fields) - words("docs/populations.md") == set()


def test_every_declaration_and_function_of_a_rule_is_documented() -> None:
    named = {*declarations, *RULE_FUNCTIONS, *LUCK, *BUILTINS} - {"NO_SOURCE", "Theory", "bool", "float"}
    assert named - words("docs/stating-a-theory.md") == set()


def test_every_column_of_an_event_is_documented() -> None:
    assert set(SCHEMA) - words("docs/records.md") == set()


def test_the_shortest_study_is_a_study() -> None:
    study = parse_study(blocks("docs/studies.md", "toml")[0], origin="docs/studies.md", folder=ROOT / "examples")
    assert study.theory.name == "weariness"
    assert study.effects == {"weariness": ("wearying", "tireless")}
    assert study.arms["tireless"].params == {"weariness": 0.0}


def test_the_interventions_shown_are_read() -> None:
    shown = re.findall(r"\{ (?:pulse|set|cap|seed) =[^}]+\}", blocks("docs/studies.md", "toml")[1])
    assert len(shown) == 4
    for text in shown:
        assert parse_intervention(tomllib.loads(f"x = {text}")["x"], "docs/studies.md")


def test_the_mapping_file_shown_reads_a_record(tmp_path: Path) -> None:
    mapping = tmp_path / "marches.toml"
    mapping.write_text(blocks("docs/records.md", "toml")[0], encoding="utf-8")
    record = tmp_path / "marches.csv"
    record.write_text(
        'jour,forme,manifestants,ville,region\n3/4/2005,marche,"2,000-3,000",Lyon,Rhône\n'
        "4/4/2005,autre,plusieurs centaines,Paris,Paris\n1/1/1999,marche,5,Lyon,Rhône\n",
        encoding="utf-8",
    )
    assert read_mapping(mapping).style.date_order == "dmy"
    reading = read_events(record, mapping)
    assert reading.events.select("kind", "place", "size_low", "size_high").rows() == [
        ("march", "Lyon", 2000.0, 3000.0),
        ("other", "Paris", 200.0, 900.0),
    ]
    assert reading.rejected.height == 1  # before the span


def test_the_skeleton_of_a_theory_is_a_theory(tmp_path: Path) -> None:
    path = tmp_path / "name.py"
    path.write_text(blocks("CONTRIBUTING.md", "python")[0], encoding="utf-8")
    theory = load_theory(path)
    assert theory.name == "name"
    assert set(theory.observables) == {"turnout"}


def test_the_skeleton_of_a_codebook_reads_a_record(tmp_path: Path) -> None:
    scope: dict[str, object] = {"__name__": "skeleton"}
    exec(compile(blocks("CONTRIBUTING.md", "python")[1], "CONTRIBUTING.md", "exec"), scope)
    record = tmp_path / "record.csv"
    record.write_text("event_date,type\n2005-04-03,march\nnever,march\n", encoding="utf-8")
    reading = read_events(record, scope["CODEBOOK"])  # type: ignore[arg-type]
    assert reading.events["kind"].to_list() == ["protest"]
    assert isinstance(reading.events, pl.DataFrame)
    assert reading.rejected["row"].to_list() == [2]


def commands() -> set[str]:
    """Every command of the command line, in words."""
    top = {c.name or c.callback.__name__ for c in app.registered_commands if c.callback}
    return top | {f"data {c.name}" for c in data_app.registered_commands}


def test_every_command_shown_exists_and_every_command_is_shown() -> None:
    text = "\n".join(page(p.relative_to(ROOT).as_posix()) for p in PAGES)
    typed = "\n".join(re.findall(r"^groundswell .*$", text, re.MULTILINE))
    shown = {
        " ".join(found.split()[:2]) if found.startswith("data") else found.split()[0]
        for found in re.findall(r"groundswell ((?:data )?[a-z]+)\b", typed)
    }
    assert shown == commands()


@pytest.mark.parametrize("path", PAGES, ids=lambda p: p.stem)
def test_links_between_files_resolve(path: Path) -> None:
    links = [x for x in re.findall(r"\]\(([^)#\s]+)\)", path.read_text(encoding="utf-8")) if "://" not in x]
    missing = [x for x in links if not (path.parent / x).exists() and not x.startswith(("generated/", "docs/images/"))]
    assert missing == []


def test_the_reference_names_what_exists_and_every_name_of_the_root() -> None:
    shown = set()
    for page in tomllib.loads((ROOT / "docs/api.toml").read_text())["page"]:
        for entry in page["names"]:
            module, _, names = entry.partition(":")
            if not names:
                module, _, names = module.rpartition(".")
            of = import_module(module)
            listed = getattr(of, "__all__", dir(of)) if names == "*" else names.split()
            assert [name for name in listed if not hasattr(of, name)] == [], entry
            shown |= set(listed)
    assert set(groundswell.__all__) - shown == {"__version__"}
