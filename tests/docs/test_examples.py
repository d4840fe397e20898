"""Every example runs, and the README shows what it really prints."""

from __future__ import annotations

import functools
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from tests.programs import program

from groundswell import PopulationSpecification, World, load_theory, simulate, simulate_reference

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))


@functools.cache
def run(path: Path) -> str:
    """What a program prints; it must not warn."""
    done = subprocess.run(
        [sys.executable, "-W", "error", str(path)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "NUMBA_NUM_THREADS": "2"},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda p: p.stem)
def test_example_runs(path: Path) -> None:
    assert run(path).strip()


def test_segregation_is_as_short_as_the_shortest_and_is_what_plain_python_makes_of_it() -> None:
    """26 lines, as Agents.jl has in the public comparison of frameworks; a page says so."""
    path = ROOT / "examples" / "segregation.py"
    benchmark = program("benchmarks/schelling.py")
    assert benchmark.lines_of(path.read_text(encoding="utf-8")) <= 26
    assert benchmark.lines_of('"""A text."""\n\nx = 1  # one\n# none\n\nif __name__ == "__main__":\n    x = 2\n') == 1
    theory = load_theory(str(path))
    people = PopulationSpecification(network="moore", rows=12, columns=12, torus=False).build(seed=1)
    worlds = [World(k, {"agents": 70, "least": 3}) for k in range(3)]
    made, found = (engine(theory, people, worlds, 20) for engine in (simulate, simulate_reference))
    np.testing.assert_array_equal(made.values, found.values)
    assert (made["happy"][-1] > made["happy"][1]).all()


def blocks(language: str) -> list[str]:
    """The fenced blocks of the README in one language."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def test_readme_shows_the_example_as_it_is() -> None:
    code = (ROOT / "examples" / "weariness.py").read_text(encoding="utf-8").partition('"""\n')[2].strip()
    assert code in [block.strip() for block in blocks("python")]


def test_readme_shows_what_the_example_prints() -> None:
    assert run(ROOT / "examples" / "weariness.py").strip() in [block.strip() for block in blocks("text")]


def test_every_program_of_the_readme_prints_what_stands_below_it(tmp_path: Path) -> None:
    programs, printed = blocks("python"), blocks("text")
    assert len(programs) == len(printed) >= 2
    example = ROOT / "examples" / "weariness.py"
    for k, (text, shown) in enumerate(zip(programs, printed, strict=True)):
        path = example
        if text.strip() not in example.read_text(encoding="utf-8"):
            path = tmp_path / f"program_{k}.py"
            path.write_text(text, encoding="utf-8")
        assert run(path).strip() == shown.strip()


def test_readme_leads_with_the_two_commands() -> None:
    commands = [line.split("#")[0].strip() for line in blocks("sh")[0].splitlines()]
    assert commands == ["make run", "make test"]


def test_readme_pictures_and_files_exist() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    links = [link for link in re.findall(r"\]\(([^)#\s]+)\)", text) if "://" not in link]
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_the_study_of_a_theory_and_a_record_of_ones_own_gives_verdicts_and_a_dossier(tmp_path: Path) -> None:
    """What a researcher would write, in TOML alone; in the invented record violence brings no march about."""
    done = subprocess.run(
        [sys.executable, "-m", "groundswell", "run", "examples/kindling/kindling.toml", "--out", str(tmp_path / "out")],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "NUMBA_NUM_THREADS": "2"},
    )
    assert done.returncode == 0, done.stderr
    verdicts = json.loads((tmp_path / "out" / "verdicts.json").read_text(encoding="utf-8"))
    words = {v["claim"]: v["verdict"] for v in verdicts["verdicts"]}
    assert words["contagion"] == "supported"
    assert words["incitement"] == "contradicted"
    assert {v["verdict"] for v in verdicts["stated"]} == {"supported"}
    assert "Marches bring about marches." in (tmp_path / "out" / "dossier.html").read_text(encoding="utf-8")
