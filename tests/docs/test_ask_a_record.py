"""The walk through `groundswell evidence` is what the program does: its commands run, its words are the program's."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from groundswell.cli import app
from groundswell.inquiry.questions import QUESTIONS
from groundswell.report.evidence_contents import STATUSES

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "ask-a-record.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^groundswell (evidence .*)$", PAGE, re.MULTILINE)


def test_the_invented_record_is_what_its_script_writes() -> None:
    script = ROOT / "examples" / "invented_record.py"
    made = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=True).stdout
    assert made == (ROOT / "examples" / "marches.csv").read_text(encoding="utf-8")


def test_the_page_has_the_commands() -> None:
    assert len(COMMANDS) == 3


@pytest.mark.long
@pytest.mark.parametrize("command", COMMANDS, ids=range(len(COMMANDS)))
def test_every_command_of_the_page_runs(command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, shlex.split(command))
    assert done.exit_code == 0, done.output
    (folder,) = (tmp_path / "out").iterdir()
    shown = re.findall(r"`([a-z.]+\.(?:parquet|json))`", PAGE) if "--question" not in command else ["evidence.json"]
    assert all((folder / name).exists() for name in shown if "spread" not in name)


def test_every_question_and_mark_is_told_in_the_words_of_the_program() -> None:
    rows = dict(re.findall(r"^\| `([a-z-]+)` \| ([^|]*?) \|", PAGE, re.MULTILINE))
    assert set(rows) >= set(QUESTIONS)
    for name, question in QUESTIONS.items():
        assert question.asks.startswith(rows[name].rstrip("?")), name
    for word in STATUSES.values():
        assert f"| {word} |" in PAGE
