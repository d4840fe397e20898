"""The command panel: a file with a mapping is described and asked, and what cannot be asked is one sentence."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from groundswell.cli import app


@pytest.fixture
def record(tmp_path: Path) -> tuple[str, str]:
    rng = np.random.default_rng(1)
    lines = ["who,year,talked,met"]
    for unit in range(40):
        talked = rng.normal(size=5)
        met = np.concatenate([[0.0], 0.8 * talked[:-1]]) + rng.normal(size=5) * 0.5
        lines += [f"{unit},{2000 + t},{talked[t]:.4f},{met[t]:.4f}" for t in range(5)]
    path, mapping = tmp_path / "waves.csv", tmp_path / "waves.toml"
    path.write_text("\n".join(lines), encoding="utf-8")
    mapping.write_text(
        '[panel]\nunit = "who"\nwave = "year"\noutcomes = ["met"]\nexposures = ["talked"]\n', encoding="utf-8"
    )
    return str(path), str(mapping)


def call(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["panel", *arguments])
    return done.exit_code, done.output + done.stderr


def test_a_file_is_described_and_asked(record: tuple[str, str]) -> None:
    path, mapping = record
    code, text = call(path, "--mapping", mapping)
    assert code == 0
    assert "40 units in 5 waves" in text
    assert "talked" in text
    code, text = call(path, "--mapping", mapping, "--outcome", "met", "--exposure", "talked")
    assert code == 0, text
    assert "One more unit of talked is associated with +0." in text.replace("\n", " ")


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (("--outcome", "mett", "--exposure", "talked"), "did you mean 'met'"),
        (("--outcome", "met", "--exposure", "talked", "--adoption", "--above", "99"), "expected at least 10"),
    ],
)
def test_what_cannot_be_asked(record: tuple[str, str], more: tuple[str, ...], words: str) -> None:
    code, text = call(record[0], "--mapping", record[1], *more)
    assert code == 2
    assert words in text.replace("\n", " ")


def test_an_unknown_panel_names_the_nearest() -> None:
    code, text = call("elsoc_chlie")
    assert code == 2
    assert "did you mean 'elsoc_chile'" in text.replace("\n", " ")


def test_ends_of_units_are_asked_from_the_command_line(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    rows = ["unit,wave,x,lost,won"]
    for unit in range(200):
        x = int(rng.random() < 0.5)
        for wave in range(8):
            lost = int(rng.random() < 0.1 + 0.15 * x)
            won = int(not lost and rng.random() < 0.08)
            rows.append(f"u{unit},{wave},{x},{lost},{won}")
            if lost or won:
                break
    record = tmp_path / "campaigns.csv"
    record.write_text("\n".join(rows))
    mapping = tmp_path / "campaigns.toml"
    mapping.write_text('[panel]\nunit = "unit"\nwave = "wave"\noutcomes = ["lost", "won"]\nexposures = ["x"]\n')
    asked = ["panel", str(record), "--mapping", str(mapping), "--outcome", "lost", "--exposure", "x", "--end", "won"]
    done = CliRunner().invoke(app, asked)
    assert done.exit_code == 0, done.output
    assert "log odds of an end" in " ".join(done.output.split())
