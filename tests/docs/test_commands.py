"""Commands quoted in the documentation: the program understands each, and those that need no file of the reader run."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from typer.core import TyperGroup
from typer.main import get_command
from typer.testing import CliRunner

from groundswell.cli import app

ROOT = Path(__file__).parents[2]
PAGES = sorted([*(ROOT / "docs").glob("*.md"), ROOT / "README.md", ROOT / "CONTRIBUTING.md"])
TEXT = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
QUOTED = sorted(set(re.findall(r"^(?:\$ )?groundswell (.+)$", TEXT, re.MULTILINE)))
PROGRAM = get_command(app)
RUN = (
    "animate granovetter", "data list", "export granovetter", "simulate granovetter", "simulate watts --network",
    "studies deed", "theories deed", "trace deed",
    "evidence examples/marches.csv --codebook examples/marches.toml --question check",
)  # fmt: skip


def words(line: str) -> list[str]:
    """The arguments of a quoted command, without the comment and what the shell does with the output."""
    return shlex.split(line.split(" > ")[0], comments=True)


def test_commands_are_quoted() -> None:
    assert len(QUOTED) > 50


@pytest.mark.parametrize("line", QUOTED)
def test_every_quoted_command_is_understood(line: str) -> None:
    command, rest = PROGRAM, words(line)
    while isinstance(command, TyperGroup) and rest:
        name, *rest = rest
        command = command.commands[name]
    context = command.make_context(command.name, rest)  # raises what the program would print
    assert not context.args


def test_a_misspelt_option_is_not_understood() -> None:
    with pytest.raises(Exception, match="--wolds"):
        test_every_quoted_command_is_understood("simulate granovetter --wolds 3")


@pytest.mark.long
@pytest.mark.parametrize("start", RUN)
def test_quoted_commands_run(start: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [line for line in QUOTED if line.startswith(start)]
    assert lines
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    monkeypatch.chdir(tmp_path)
    for line in lines:
        done = CliRunner().invoke(app, words(line))
        assert done.exit_code == 0, done.output
