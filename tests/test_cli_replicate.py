"""The command that replicates: tables, exit codes, files, and failures that are rows and no tracebacks."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from groundswell.cli import app

GOOD = """
from groundswell.replications.replication import Course, Found, Figure, Measured, Replication, Target

TARGETS = (
    Target("two", "One and one is two", {value}, certainty="C", source="arithmetic"),
    Target("three", "One and one is three", 3.0, certainty="M", source="nowhere", expect="not reproduced",
           reason="It is two."),
)

def measure(threads=None):
    figure = Figure("sum", "Sums", "Of ones.", x="ones", y="sum", curves=(Course("ours", [1, 2, 3], [1, 2, 3]),))
    return Measured({{"two": Found(1.0 + 1.0), "three": Found(1.0 + 1.0)}}, figures=(figure,))

REPLICATION = Replication("{name}", "Sum", theories=("granovetter",), targets=TARGETS, measure=measure)
"""
RAISING = GOOD.replace("def measure(threads=None):", "def measure(threads=None):\n    raise ValueError('no luck')")


@pytest.fixture
def folder(no_replications: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The empty package, with the command running in its own folder."""
    monkeypatch.chdir(tmp_path)
    return no_replications


def write(folder: Path, name: str, text: str = GOOD, value: float = 2.0) -> None:
    (folder / f"{name}.py").write_text(text.format(name=name, value=value), encoding="utf-8")


def call(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["replicate", *arguments], prog_name="groundswell")


def test_verdicts_are_printed_counted_and_written(folder: Path) -> None:
    write(folder, "summing")
    done = call("--json", "out/replications.json", "--markdown", "out/table.md", "--figures", "out/pictures")
    assert done.exit_code == 0, done.output
    assert "1 reproduced" in done.stdout
    assert "1 not reproduced" in done.stdout
    assert "summing.three, not reproduced: It is two." in done.stdout
    found = json.loads(Path("out/replications.json").read_text(encoding="utf-8"))
    assert [row["verdict"] for row in found["replications"][0]["rows"]] == ["reproduced", "not reproduced"]
    made = {path.name for path in Path("out/replications").iterdir()}
    assert made == {
        "index.html",
        "summing.html",
        "replications.json",
        "replications.parquet",
        "manifest.json",
        "ro-crate-metadata.json",
        ".groundswell",
    }
    assert "| `two` |" in Path("out/table.md").read_text(encoding="utf-8")
    pytest.importorskip("vl_convert", reason="the plots extra is not installed")
    assert Path("out/pictures/granovetter.svg").read_text(encoding="utf-8").startswith("<svg")


def test_the_same_run_gives_the_same_bytes(folder: Path) -> None:
    write(folder, "summing")
    for out in ("first", "second"):
        assert call("--out", out, "--json", f"{out}.json").exit_code == 0
    assert Path("first.json").read_bytes() == Path("second.json").read_bytes()
    for path in Path("first").glob("*.*ml"):
        assert path.read_bytes() == (Path("second") / path.name).read_bytes()


def test_a_wrong_number_fails_the_command_and_says_so(folder: Path) -> None:
    write(folder, "summing", value=5.0)
    done = call()
    assert done.exit_code == 1
    assert "summing.two was declared reproduced and came out not reproduced" in done.stderr


def test_a_measurement_that_raises_is_a_row_and_the_others_are_run(folder: Path) -> None:
    write(folder, "raising", RAISING)
    write(folder, "summing")
    (folder / "unreadable.py").write_text("def (\n", encoding="utf-8")
    done = call("--json", "replications.json")
    assert done.exit_code == 1
    assert "ValueError: no luck" in done.stderr
    assert "unreadable broke down: SyntaxError" in done.stderr
    found = json.loads(Path("replications.json").read_text(encoding="utf-8"))
    assert found["counts"]["failed"] == 2
    assert found["counts"]["reproduced"] == 1
    assert "no luck" in Path("out/replications/raising.html").read_text(encoding="utf-8")
    assert "SyntaxError" in Path("out/replications/index.html").read_text(encoding="utf-8")


def test_only_what_is_named_is_run(folder: Path) -> None:
    write(folder, "raising", RAISING)
    write(folder, "summing")
    assert call("summing").exit_code == 0


def test_an_unknown_name_is_refused_with_a_near_one(folder: Path) -> None:
    write(folder, "summing")
    done = call("suming")
    assert done.exit_code == 2
    assert "Instead: summing" in done.stderr
    assert not Path("out").exists()


def test_the_list_runs_nothing(folder: Path) -> None:
    write(folder, "raising", RAISING)
    done = call("--list")
    assert done.exit_code == 0
    assert "two, three" in done.stdout
    assert not Path("out").exists()


def test_a_folder_that_cannot_be_written_is_refused_before_anything_is_run(folder: Path) -> None:
    write(folder, "raising", RAISING)
    Path("file").write_text("", encoding="utf-8")
    done = call("--out", "file/pages")
    assert done.exit_code == 2
    assert "no luck" not in done.output
