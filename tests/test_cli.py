"""The command line: one sentence and exit code 2 for bad input, nothing left behind, and whole runs from end to end."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest
from typer.testing import CliRunner, Result

import groundswell
from groundswell.cli import app
from groundswell.cli._shared import open_console
from groundswell.records.registry import data_sets
from groundswell.theory.registry import theories

SMALL = """
[study]
name = "small"
title = "A small study"
theory = "deed"
seed = 7
steps = 12
draws = 2
[population]
people = 60
network = "erdos_renyi"
mean_degree = 5
[arms.quiet]
[arms.act]
interventions = [{ pulse = "act", amount = 2, at = 4 }]
[effects]
act = ["act", "quiet"]
[adjudication]
test = []
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, which commands run in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def call(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments), prog_name="groundswell")


def left(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*")}


def refused(result: Result) -> str:
    """The sentence that a refusal consists of."""
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    lines = result.stderr.splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("groundswell: ")
    assert "; expected " in lines[0]
    return lines[0]


# -- studies ----------------------------------------------------------------------------------------------------------


def test_a_study_from_its_file_to_its_verification(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["/somewhere/bin/groundswell", "run", "small.toml"])
    (here / "small.toml").write_text(SMALL)
    done = call("run", "small.toml", "--threads", "1")
    assert done.exit_code == 0, done.output
    assert "dossier: out/studies/small/dossier.html" in done.stdout
    out = here / "out" / "studies" / "small"
    assert (out / "dossier.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    manifest = json.loads((out / "manifest.json").read_text())
    assert manifest["command"] == ["groundswell", "run", "small.toml"]
    tables = {path.name: path.read_bytes() for path in (out / "tables").iterdir()}
    assert {"runs.parquet", "trajectories.parquet", "effects.parquet"} <= tables.keys()

    again = call("run", "small.toml", "--threads", "2", "--fresh")
    assert again.exit_code == 0, again.output
    assert {path.name: path.read_bytes() for path in (out / "tables").iterdir()} == tables

    verified = call("verify", str(out))
    assert verified.exit_code == 0, verified.output
    assert "verified: " in verified.stdout
    (out / "verdicts.json").write_text("{}")
    altered = call("verify", str(out))
    assert altered.exit_code == 1
    assert altered.stderr.strip() == "not verified: verdicts.json"

    (here / "small.toml").write_text(SMALL.replace("seed = 7", "seed = 8"))
    assert "differs in study.seed" in refused(call("run", "small.toml"))


CHANGES = {
    "unknown key": ("draws = 2", "drawss = 2", "did you mean 'draws'"),
    "unknown parameter": ("[arms.quiet]", "[params]\nettta = 1\n[arms.quiet]", "table [params]"),
    "out of support": ("[arms.quiet]", "[params]\nnu = 2\n[arms.quiet]", "support [0, 1]"),
    "NaN": ("[arms.quiet]", "[params]\nnu = nan\n[arms.quiet]", "given nan"),
    "too large for memory": ("people = 60", "people = 2_000_000_000", "fewer people"),
    "too many ties": ("people = 60\n", "people = 80_000_000\n", "fewer people"),
    "unknown claim": ("test = []", 'test = ["S99"]', "S99"),
    "unknown case": ("test = []", 'test = []\nrecords = ["paris_1871"]', "paris_1871"),
    "unknown record": ("test = []", 'test = []\nrecords = ["nabco"]', "nabco"),
    "impossible population": ("mean_degree = 5", "mean_degree = 500", "mean_degree"),
    "not TOML": ("[study]", "[study", "is not TOML"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_wrong_study_is_refused_and_leaves_nothing(here: Path, name: str) -> None:
    old, new, content = CHANGES[name]
    text = SMALL.replace(old, new)
    if name == "too many ties":
        text = text.replace("mean_degree = 5", "mean_degree = 5000")
    assert text != SMALL
    (here / "small.toml").write_text(text)
    assert content in refused(call("run", "small.toml"))
    assert left(here) == {"small.toml"}


def test_a_study_that_is_not_there(here: Path) -> None:
    assert "built-in studies: deed" in refused(call("run", "none.toml"))
    assert "did you mean 'deed'" in refused(call("run", "dead"))
    assert left(here) == set()


def test_a_data_folder_that_is_not_there_is_refused(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / "small.toml").write_text(SMALL)
    monkeypatch.setenv("GROUNDSWELL_DATA", str(here / "nowhere"))
    assert "GROUNDSWELL_DATA=" in refused(call("run", "small.toml"))
    assert left(here) == {"small.toml"}


def test_an_output_that_cannot_be_written_is_refused_before_any_simulation(here: Path) -> None:
    (here / "small.toml").write_text(SMALL)
    (here / "file").write_text("")
    assert "cannot be written to file/out" in refused(call("run", "small.toml", "--out", "file/out"))
    assert left(here) == {"small.toml", "file"}


def test_an_interrupted_run_says_that_it_can_be_resumed(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    (here / "small.toml").write_text(SMALL)
    monkeypatch.setattr("groundswell.experiment.ensemble.simulate", interrupt)
    done = call("run", "small.toml")
    assert done.exit_code == 130
    assert "the same command resumes it: groundswell run small.toml" in done.stderr


def test_an_unexpected_error_keeps_its_traceback(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError("a defect")

    (here / "small.toml").write_text(SMALL)
    monkeypatch.setattr("groundswell.experiment.ensemble.simulate", fail)
    done = call("run", "small.toml")
    assert isinstance(done.exception, ZeroDivisionError)


def test_what_was_never_run_cannot_be_verified(here: Path) -> None:
    assert "no nowhere/manifest.json" in refused(call("verify", "nowhere"))


# -- theories, data ---------------------------------------------------------------------------------------------------


def test_theories_are_listed_and_shown() -> None:
    listed = call("theories").stdout
    for name, theory in theories().items():
        assert name in listed
        assert theory.title in listed
    shown = call("theories", "granovetter")
    assert shown.exit_code == 0
    for name, param in theories()["granovetter"].params.items():
        assert name in shown.stdout
        assert f"{param.default:g}" in shown.stdout
    odd = call("theories", "granovetter", "--odd").stdout
    assert odd.startswith("#")
    assert odd.strip() in shown.stdout
    assert len(odd) < len(shown.stdout)
    assert "granovetter" in refused(call("theories", "granoveter"))


def test_data_sets_are_listed() -> None:
    listed = call("data", "list").stdout
    assert all(name in listed for name in data_sets())


def test_data_that_may_not_be_fetched_say_where_to_get_them(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GROUNDSWELL_DATA", str(here))
    monkeypatch.setenv("GROUNDSWELL_CACHE", str(here / "cache"))
    assert "cannot be fetched" in refused(call("data", "get", "acled"))
    assert "navco3" in refused(call("data", "get", "nabco"))
    assert "no data set is on this machine" in call("data", "check").stdout


def test_a_file_that_differs_from_the_registry_is_told(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GROUNDSWELL_DATA", str(here))
    monkeypatch.setenv("GROUNDSWELL_CACHE", str(here / "cache"))
    known = data_sets()["turchin"]
    (here / known.files[0].name).write_text("another")
    done = call("data", "check", "turchin")
    assert done.exit_code == 1
    assert "differs" in done.stdout
    assert done.stderr.strip() == "1 file differs from the version that the project knows"


# -- the program ------------------------------------------------------------------------------------------------------


def program(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "groundswell", *arguments], capture_output=True, text=True, cwd=folder, check=False
    )


def test_the_program_says_its_version_and_refuses_with_one_sentence(here: Path) -> None:
    assert program("--version", folder=here).stdout.strip() == f"groundswell {groundswell.__version__}"
    wrong = program("run", "none.toml", folder=here)
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert wrong.stderr.startswith("groundswell: there is no study file none.toml")
    assert wrong.stderr.count("\n") == 1
    usage = program("run", folder=here)
    assert usage.returncode == 2
    assert "Traceback" not in usage.stderr
    assert left(here) == set()


def test_help_loads_nothing_heavy(here: Path) -> None:
    script = (
        "import sys\nfrom groundswell.cli import main\nsys.argv = ['groundswell', '--help']\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "heavy = {'numba', 'numpy', 'scipy', 'polars', 'pydantic', 'altair'}\n"
        "print(*sorted(heavy & sys.modules.keys()), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=here)
    assert "verify" in done.stdout
    assert done.stderr.strip() == ""


def test_the_built_in_study_can_be_printed_and_copied(here: Path) -> None:
    assert call("studies").stdout.split() == ["deed", "threshold"]
    text = call("studies", "deed").stdout
    (here / "copy.toml").write_text(text)
    from groundswell.experiment.study_file import load_study

    assert load_study(here / "copy.toml").text == load_study("deed").text
    refused(call("studies", "deid"))


def test_a_falsified_dossier_is_not_verified(here: Path) -> None:
    (here / "small.toml").write_text(SMALL)
    assert call("run", "small.toml").exit_code == 0
    page = here / "out" / "studies" / "small" / "dossier.html"
    page.write_text(page.read_text(encoding="utf-8").replace("</h1>", "!</h1>"), encoding="utf-8")
    done = call("verify", "out/studies/small")
    assert done.exit_code == 1
    assert "dossier.html" in done.stdout


def commands() -> list[list[str]]:
    """Every command, as it is typed."""
    from typer.main import get_command

    found: list[list[str]] = []

    def walk(command: Any, way: list[str]) -> None:
        inner = getattr(command, "commands", None)
        if inner is None:
            found.append(way)
        for name in inner or ():
            walk(inner[name], [*way, name])

    walk(get_command(app), [])
    return found


@pytest.mark.parametrize("command", commands(), ids=" ".join)
def test_the_help_of_every_command_shows_an_example(command: list[str]) -> None:
    text = " ".join(call(*command, "--help").stdout.split())
    assert f"Example: groundswell {' '.join(command)}" in text


@pytest.mark.parametrize("command", ["simulate", "fit"])
def test_a_shell_completes_names_without_loading_what_they_name(here: Path, command: str) -> None:
    asked = {"_GROUNDSWELL_COMPLETE": "complete_bash", "COMP_WORDS": f"groundswell {command} gran", "COMP_CWORD": "2"}
    done = subprocess.run(
        [sys.executable, "-m", "groundswell"], capture_output=True, text=True, cwd=here, env={**os.environ, **asked}
    )
    assert done.stdout.split() == ["granovetter"]


def test_what_reads_the_output_may_stop(here: Path) -> None:
    command = f"{sys.executable} -m groundswell theories | head -n 1"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, cwd=here, check=False)
    assert done.stderr == ""


def test_tables_are_written_as_csv_too(here: Path) -> None:
    (here / "small.toml").write_text(SMALL)
    done = call("run", "small.toml", "--csv", "--threads", "1")
    assert done.exit_code == 0, done.output
    out = here / "out" / "studies" / "small"
    for path in (out / "tables").glob("*.parquet"):
        assert path.with_suffix(".csv").is_file()
    lines = (out / "tables" / "runs.csv").read_text().count("\n")
    assert lines == pl.read_parquet(out / "tables" / "runs.parquet").height + 1
    assert call("verify", str(out)).exit_code == 0


def test_claims_are_printed_with_their_texts_and_with_what_would_decide_the_open_ones(
    capsys: pytest.CaptureFixture[str],
) -> None:
    from groundswell.cli.study import _open_claims, _verdict_table

    content = {
        "claim": "S1",
        "account": "substitution",
        "text": "The many watch.",
        "verdict": "undetermined",
        "reason": "Weak.",
    }
    row = {"claim": "S1", "record": "x", "size": "10 times as long", "n": 90, "expected_weight": 2.0, "error": 0.1}
    row |= {"decided": 0.8, "wrong": 0.04}
    ranked = [
        {**row, "title": "Strikes", "kind": "lengthened", "enough": True},
        {**row, "title": "Marches", "kind": "at hand", "enough": False},
    ]
    verdicts = {"verdicts": [{**content, "tests": []}], "would_decide": ranked}
    open_console().print(_verdict_table(verdicts))
    assert "The many watch." in capsys.readouterr().out
    (sentence,) = _open_claims(verdicts)
    assert sentence.startswith("To decide S1: Strikes, 10 times as long, N = 90 (lengthened; 2.0 nats")
    verdicts["would_decide"] = ranked[1:]
    assert _open_claims(verdicts)[0].startswith("Nothing tried would decide S1; most would be learned from Marches")
    assert _open_claims({"verdicts": []}) == []


def test_of_many_claims_each_is_one_line_with_its_text_and_the_record_that_would_decide_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A main job of 31 claims prints its verdicts in forty lines."""
    from groundswell.cli.study import _show

    claims = [
        {
            "claim": f"S{k}",
            "account": "both",
            "text": f"Text {k}.",
            "verdict": "balanced",
            "reason": "Long " * 90,
            "tests": [],
        }
        for k in range(1, 32)
    ]
    row = {"record": "x", "title": "Strikes", "expected_weight": 2.0, "error": 0.1, "decided": 0.8, "wrong": 0.04}
    ranked = [
        {**row, "claim": "S1", "kind": "trial", "size": "20 units", "n": 40, "enough": True},
        {**row, "claim": "S2", "kind": "longer", "size": "4 times as long", "n": 1200, "enough": False},
    ]
    verdicts = {"verdicts": claims, "would_decide": ranked}
    _show(SimpleNamespace(verdicts=verdicts, failed=0, answer="Nothing is decided."), Path("out"), 0.0)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) <= 40
    assert [line.split() for line in lines if line.startswith(" S1 ")] == [
        ["S1", "balanced", "Text", "1.", "trial,", "N", "=", "40"]
    ]
    assert any("Text 2." in line and "nothing tried; most: longer, N = 1,200" in line for line in lines)
    assert all(f"Text {k}." in "\n".join(lines) for k in range(1, 32))
