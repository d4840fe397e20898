"""`groundswell simulate`: a theory without a study file, its table, its files, and what is said of wrong input."""

from __future__ import annotations

import inspect
import json
import re
from pathlib import Path
from xml.etree import ElementTree

import polars as pl
import pytest
from typer.testing import CliRunner, Result

from groundswell.cli import app
from groundswell.cli.theory import paper
from groundswell.theory.registry import load_theory


def call(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments), prog_name="groundswell")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_theory_runs_at_the_size_of_its_source() -> None:
    done = call("simulate", "granovetter", "--worlds", "3")
    assert done.exit_code == 0, done.output
    assert "granovetter: Threshold model" in done.stdout
    assert "100 people, well mixed" in done.stdout
    assert "step 50" in done.stdout
    assert re.search(r"3 worlds of 50 steps in .* person-steps per second", done.stdout)


def test_numbers_are_those_of_the_files(here: Path) -> None:
    done = call("simulate", "watts", "--people", "400", "--steps", "8", "--set", "phi=0.1", "--worlds", "2", "--seed",
                "5", "--csv", "w.csv", "--json", "w.json", "--plot", "w.svg")  # fmt: skip
    assert done.exit_code == 0, done.output
    frame = pl.read_csv(here / "w.csv")
    assert frame.height == 2 * 9
    found = json.loads((here / "w.json").read_text())
    assert found["params"]["phi"] == 0.1
    assert found["population"] == {"network": "erdos_renyi", "people": 400, "mean_degree": 4}
    assert found["observables"]["activity"]["worlds"][1] == frame.filter(world=1)["activity"].to_list()
    last = frame.filter(step=8)["activity"]
    shown = f"{last.mean():.3g} ({last.min():.3g} to {last.max():.3g})" if last.n_unique() > 1 else f"{last[0]:.3g}"
    assert shown in done.stdout
    assert "not at their defaults: phi = 0.1" in done.stdout
    ElementTree.parse(here / "w.svg")
    again = call("simulate", "watts", "--people", "400", "--steps", "8", "--set", "phi=0.1", "--worlds", "2", "--seed",
                 "5", "--csv", "again.csv", "--json", "again.json", "--threads", "2")  # fmt: skip
    assert again.exit_code == 0
    for name in ("csv", "json"):
        assert (here / f"w.{name}").read_bytes() == (here / f"again.{name}").read_bytes()


def test_a_flow_and_a_picture_in_pixels(here: Path) -> None:
    done = call("simulate", "lang_de_sterck", "--worlds", "2", "--plot", "f.png")
    assert done.exit_code == 0, done.output
    assert "all worlds are alike" in done.stdout
    assert "person" not in done.stdout.splitlines()[-1]
    assert (here / "f.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["watss"], "Instead: watts"),
        (["watts", "--set", "phi"], "--set sd=0.2"),
        (["watts", "--set", "phi=x"], "--set sd=0.2"),
        (["watts", "--set", "phi=0.1", "--set", "phi=0.2"], "each parameter once"),
        (["watts", "--set", "fi=0.1"], "phi"),
        (["watts", "--set", "seeds=-1"], "support >= 0"),
        (["watts", "--network", "star"], "erdos_renyi"),
        (["watts", "--people", "3"], "mean_degree"),
        (["lang_de_sterck", "--people", "3"], "it has no people"),
        (["granovetter", "--worlds", "1", "--plot", "x.gif"], ".svg, .png, .pdf or .json"),
        (["granovetter", "--csv", "file/x.csv"], "file"),
    ],
)
def test_wrong_input_is_one_sentence(here: Path, arguments: list[str], words: str) -> None:
    (here / "file").write_text("")
    done = call("simulate", *arguments)
    assert done.exit_code == 2
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert words in done.stderr


# -- the list of theories ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "short"),
    [
        ("Granovetter, M. (1978). Threshold models.", "Granovetter 1978"),
        ("Lang, J. C. & De Sterck, H. (2014). The Arab Spring.", "Lang & De Sterck 2014"),
        ("Burbeck, S. L., Raine, W. J. & Stark, M. J. A. (1978). Riots.", "Burbeck et al. 1978"),
        ("Bonnasse-Gahot, L. et al. (2018). Riots.", "Bonnasse-Gahot et al. 2018"),
        ("The developers; terms as listed.", "-"),
        ("A ministry (2001). Report.", "A ministry 2001"),
    ],
)
def test_a_source_in_short(source: str, short: str) -> None:
    assert paper(source) == short


def test_theories_are_listed_with_form_paper_and_replication() -> None:
    done = call("theories")
    assert done.exit_code == 0, done.output
    rows = {line.split()[0]: line for line in done.stdout.splitlines() if line.strip()}
    assert "Granovetter 1978" in rows["granovetter"]
    assert rows["lang_de_sterck"].split()[-3:] == ["flow", "6", "lang_de_sterck"]
    assert "process" in rows["forest_fire"]
    one = call("theories", "lang_de_sterck")
    assert "form: flow" in one.stdout
    assert "groundswell simulate lang_de_sterck" in one.stdout


def test_a_run_prints_the_claims_that_the_study_states(here: Path) -> None:
    text = (
        call("studies", "threshold")
        .stdout.replace("people = 10_000", "people = 2_000")
        .replace("count = 41", "count = 3")
    )
    (here / "s.toml").write_text(text)
    done = call("run", "s.toml")
    assert done.exit_code == 0, done.output
    rows = {line.split()[0]: line for line in done.stdout.splitlines() if line.strip()}
    found = {
        row["claim"]: row for row in json.loads((here / "out/studies/threshold/verdicts.json").read_text())["stated"]
    }
    for name, row in found.items():
        assert row["verdict"] in rows[name]
        assert f"{row['mean']:.3g}" in rows[name]


def test_people_of_a_rule_are_not_put_on_a_grid_without_ties() -> None:
    done = call("simulate", "granovetter", "--network", "grid")
    assert done.exit_code == 2
    assert "a grid of sites without ties" in done.stderr
    assert 'network = "moore"' in done.stderr
    assert call("simulate", "granovetter", "--network", "moore", "--worlds", "1").exit_code == 0


def test_a_theory_that_observes_nothing_is_told_how_to(here: Path) -> None:
    text = """
from groundswell import State, Theory

class Mute(Theory):
    acts = State(bool)
    def person(me, seen):
        me.acts = seen.share.acts > 0.5
"""
    (here / "mute.py").write_text(text)
    done = call("simulate", "mute.py")
    assert done.exit_code == 2
    assert "theory mute observes nothing" in done.stderr
    assert 'Observable("people.NAME")' in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("simulate", "mine.py", "--json", "mine.py"),
        ("simulate", "mine.py", "--csv", "./mine.py"),
        ("simulate", "mine.py", "--plot", "link.svg"),
        ("export", "mine.py", "--html", "mine.py"),
        ("animate", "mine.py", "--out", "link.svg"),
    ],
)
def test_a_theory_is_not_replaced_by_what_is_written(here: Path, arguments: tuple[str, ...]) -> None:
    source = Path(inspect.getfile(load_theory("granovetter"))).read_text()
    (here / "mine.py").write_text(source)
    (here / "link.svg").symlink_to(here / "mine.py")
    done = call(*arguments)
    assert done.exit_code == 2
    assert "which is read" in done.stderr.replace("\n", " ")
    assert (here / "mine.py").read_text() == source
