"""The command sensitivity: a table, a folder that verifies, and bad input in one sentence."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner, Result

from groundswell.cli import app

RANGES = ("--over", "sd=0.1:0.3", "--over", "mean=0.2,0.3,0.4")


def test_a_theory_is_analysed_and_its_folder_holds_the_runs(tmp_path: Path) -> None:
    out = tmp_path / "found"
    size = ("--people", "200", "--steps", "10", "--points", "16", "--worlds", "2")
    done = CliRunner().invoke(
        app, ["sensitivity", "granovetter", "--observable", "turnout", *RANGES, *size, "--out", str(out), "--csv"]
    )
    assert done.exit_code == 0, done.output
    assert "factor" in done.output
    content = json.loads((out / "sensitivity.json").read_text())
    assert {index["factor"] for index in content["indices"]} == {"sd", "mean"}
    assert pl.read_parquet(out / "tables" / "runs.parquet").height == 16 * 2
    assert pl.read_csv(out / "tables" / "runs.csv").height == 16 * 2
    assert (out / "manifest.json").is_file()


def test_an_effect_of_a_studys_arm(tmp_path: Path) -> None:
    out = tmp_path / "effect"
    arguments = [
        "sensitivity",
        "deed",
        "--observable",
        "turnout",
        "--arm",
        "act",
        "--against",
        "quiet",
        "--over",
        "eta=0.5:2",
    ]
    size = ["--steps", "90", "--points", "16", "--worlds", "1", "--people", "300", "--summary", "mean_of_last=5"]
    done = CliRunner().invoke(app, [*arguments, *size, "--out", str(out)])
    assert done.exit_code == 0, done.output
    runs = pl.read_parquet(out / "tables" / "runs.parquet")
    assert runs["arm"].unique().sort().to_list() == ["against", "arm"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["granovetter", "--observable", "turnuot", *RANGES], "did you mean"),
        (["granovetter", "--observable", "turnout", "--over", "sd=a:b"], "a name with a range"),
        (["granovetter", "--observable", "turnout", "--over", "sdd=0:1"], "did you mean 'sd'"),
        (["granovetter", "--observable", "turnout"], "no prior that varies"),
        (["granovetter", "--observable", "turnout", *RANGES, "--summary", "last=x"], "a number after ="),
        (["granovetter", "--observable", "turnout", *RANGES, "--points", "48"], "power of two"),
        (["deed", "--observable", "turnout", "--arm", "atc"], "did you mean 'act'"),
    ],
)
def test_bad_input_is_one_sentence_and_leaves_nothing(tmp_path: Path, arguments: list[str], words: str) -> None:
    out = tmp_path / "none"
    done = CliRunner().invoke(app, ["sensitivity", *arguments, "--out", str(out)])
    assert done.exit_code == 2
    assert words in done.stderr.replace("\n", " ")
    assert "Traceback" not in done.stderr
    assert not out.exists()


def test_another_question_to_the_same_folder_is_refused_before_it_is_computed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    size = {"--people": "50", "--steps": "3", "--points": "16", "--worlds": "1", "--seed": "1"}

    def call(*more: str, **changed: str) -> Result:
        given = [x for pair in {**size, **{f"--{k}": v for k, v in changed.items()}}.items() for x in pair]
        out = ["--observable", "turnout", "--out", str(tmp_path / "out")]
        return CliRunner().invoke(app, ["sensitivity", "granovetter", *RANGES, *given, *out, *more])

    assert call().exit_code == 0
    before = (tmp_path / "out" / "sensitivity.json").read_bytes()
    asked: list[object] = []
    with monkeypatch.context() as patch:
        patch.setattr("groundswell.experiment.sensitivity.sweep", lambda *a, **k: asked.append(a))
        changes = {"people": "60", "steps": "4", "points": "32", "worlds": "2", "seed": "2", "summary": "maximum"}
        for name, value in {**changes, "method": "morris", "over": "sd=0.1:0.2"}.items():
            done = call(**{name: value})
            assert (done.exit_code, asked) == (2, []), name
            assert "add --fresh" in done.stderr.replace("\n", " "), name
    for name, value in {"observable": "turnuot", "points": "48", "over": "sdd=0:1", "method": "soboll"}.items():
        assert call("--fresh", f"--{name}", value).exit_code == 2, name  # nothing is discarded for what cannot be run
    assert (tmp_path / "out" / "sensitivity.json").read_bytes() == before
    assert call("--fresh", seed="2").exit_code == 0
    assert (tmp_path / "out" / "sensitivity.json").read_bytes() != before
