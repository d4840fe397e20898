"""Registers are plug-ins: a theory of two parameters meets records whose answer is known, and is judged rightly."""

from __future__ import annotations

import re
import shutil
from datetime import date, timedelta
from importlib.metadata import EntryPoint
from pathlib import Path

import numpy as np
import pytest
from tests.claims.calls import write_study
from typer.testing import CliRunner

from groundswell import World, simulate
from groundswell.claims import register as module
from groundswell.claims.adjudicate import adjudicate
from groundswell.claims.asked import asked_of
from groundswell.claims.register import Register, load_register, registers
from groundswell.cli import app
from groundswell.engine.worlds import Pulse
from groundswell.errors import GroundswellError, StudyError
from groundswell.experiment.study_file import parse_study
from groundswell.population.population import well_mixed
from groundswell.theory.registry import load_theory

HERE = Path(__file__).parent
THEORY = HERE / "theories" / "push.py"
WEEKS, PEOPLE = 104, 300
START = date(2001, 1, 1)  # a Monday

STUDY = """
[study]
name = "calls"
title = "Do calls bring people out?"
theory = "{theory}"
seed = {seed}
steps = 20
draws = 2
[population]
network = "well_mixed"
people = 300
[arms.silence]
[adjudication]
register = "register.py"
draws = 8
"""


def record(truth: float, seed: int) -> list[tuple[int, int]]:
    """Calls and marches by week, where a call changes turnout by a factor of 1 + truth."""
    rng = np.random.default_rng([seed, 7])
    calls = rng.random(WEEKS) < 0.15
    pulses = tuple(Pulse("call", 1.0, int(t) + 1) for t in np.flatnonzero(calls))
    world = World(seed=seed, params={"push": truth}, interventions=pulses)
    turnout = simulate(load_theory(THEORY), well_mixed(PEOPLE), [world], WEEKS)["turnout"][1:, 0]
    return list(zip(calls.astype(int).tolist(), rng.poisson(400 * turnout).tolist(), strict=True))


def folder_of(path: Path, truth: float, seed: int) -> Path:
    """A folder with a register and its record."""
    path.mkdir(parents=True, exist_ok=True)
    shutil.copy(HERE / "registers" / "push.py", path / "register.py")
    rows = [f"{START + timedelta(weeks=t)},{call},{march}" for t, (call, march) in enumerate(record(truth, seed))]
    (path / "record.csv").write_text("\n".join(["week,call,march", *rows]) + "\n")
    return path


@pytest.mark.parametrize(("truth", "right"), [(1.0, ("Rises", "Falls")), (-0.55, ("Falls", "Rises"))])
def test_a_register_of_two_parameters_is_right_in_both_directions(
    tmp_path: Path, truth: float, right: tuple[str, str]
) -> None:
    """In 19 of 20 sets of seeds the true claim is supported and the false one contradicted."""
    found = 0
    for seed in range(20):
        folder = folder_of(tmp_path / str(seed), truth, seed)
        verdicts = adjudicate(
            parse_study(STUDY.format(seed=seed, theory=THEORY), origin="calls.toml", folder=folder), threads=1
        )
        words = {v.claim: v.verdict for v in verdicts.verdicts}
        found += (words[right[0]], words[right[1]]) == ("supported", "contradicted")
    assert found >= 19


# -- what cannot be used is refused, with its place and the nearest match ---------------------------------------------


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return folder_of(tmp_path_factory.mktemp("push"), 1.0, 1)


def asked(folder: Path, register: str, study: str = STUDY) -> None:
    """Check a study whose register has the given text."""
    (folder / "register.py").write_text(register)
    asked_of(parse_study(study.format(seed=1, theory=THEORY), origin="calls.toml", folder=folder))


WRONG = {
    "theory": ('theory="push"', 'theory="pusj"', "did you mean 'push'?"),
    "another theory": ('theory="push"', 'theory="kuran"', "the theory 'kuran', and the study is of 'push'"),
    "account of a register": ('"keeps_home"),\n    sim', '"keeps_hom"),\n    sim', "did you mean 'keeps_home'?"),
    "account of a scenario": ("(cls.rival,)", '("keeps_hom",)', "names the account 'keeps_hom'"),
    "arm": ('(cls.own,), "silence")', '(cls.own,), "silense")', "did you mean 'silence'?"),
    "record": ('record="marches"', 'record="marchs"', "did you mean 'marches'?"),
    "data set": ("tests=(test,)", 'tests=(__import__("dataclasses").replace(test, data=("navco",)),)', "'navco'"),
    "estimator": ('"difference")', '"diference")', "did you mean 'difference'?"),
    "setting": ('"lag": 0', '"lagg": 0', "did you mean 'lag'?"),
    "account of a claim": ("account=cls.own", 'account="draws_ot"', "did you mean 'draws_out'?"),
    "direction": ('"above", "draws_out"', '"abov", "draws_out"', "did you mean 'above'?"),
    "its own negation": ("cls.way, change)", "cls.way, change, change)", "is computed as its own negation is"),
    "shock of an arm": ('Pulse("call"', 'Pulse("cal"', "simulation 'marches', arm 'calls'"),
    "parameter of an arm": ('Arm("silence")', 'Arm("silence", {"pusj": 1.0})', "did you mean 'push'?"),
    "observable of the reporting": ('"outcome": "march"', '"outcome": 3', "outcome = 3"),
    "one side": ("asserting=(Scenario(cls.own, (cls.own,), \"calls\"),)", "asserting=()", "on one side only"),
    "one name": ('Scenario("no effect", ', "Scenario(cls.own, ", "two scenarios named 'draws_out'"),
    "no register": ("REGISTER = Register(", "print = (lambda *a, **k: None)(", "states no register"),
    "twice": ("Falls.claim()", "Rises.claim()", "states the claim 'Rises' twice"),
    "syntax": ("class Moves:", "class Moves", "register.py:"),
    "exit": ("TABLE =", "raise SystemExit(0)\nTABLE =", "SystemExit"),
    "crash": ("WEEKS = len(RECORD)", "WEEKS = 1 / 0", "ZeroDivisionError"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_a_register_that_cannot_be_used_is_refused_with_its_place(folder: Path, name: str) -> None:
    old, new, words = WRONG[name]
    text = (HERE / "registers" / "push.py").read_text()
    assert old in text
    with pytest.raises(GroundswellError, match=re.escape(words)) as refused:
        asked(folder, text.replace(old, new))
    assert "register" in str(refused.value)


UNKNOWN = {
    "observable": ('"turnout")[draw', '"turnouts")[draw', "claim Rises: observable 'turnouts'", "'turnout'"),
    "observable of the reporting": ('of="turnout"', 'of="turnuot"', "claim Rises: march is seen of", "'turnout'"),
    "kind": ('"acts": "call"', '"acts": "cal"', "claim Rises: the kind 'cal'", "'call'"),
    "account": (
        '"marches", account, arm',
        '"marches", "draws_ot", arm',
        "claim Rises: account 'draws_ot'",
        "'draws_out'",
    ),
}


@pytest.mark.parametrize("name", UNKNOWN)
def test_what_only_simulating_shows_names_its_claim_and_leaves_nothing(folder: Path, name: str) -> None:
    old, new, words, near = UNKNOWN[name]
    text = (HERE / "registers" / "push.py").read_text()
    assert old in text
    (folder / "register.py").write_text(text.replace(old, new))
    study = write_study(folder, STUDY.format(seed=1, theory=THEORY))
    result = CliRunner().invoke(app, ["run", str(study), "--out", str(folder / "out"), "--no-play"])
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)
    assert words in result.stderr
    assert f"did you mean {near}?" in result.stderr
    assert not (folder / "out").exists()


def test_a_prediction_that_equals_its_negation_in_every_draw_is_refused(folder: Path) -> None:
    text = (HERE / "registers" / "push.py").read_text().replace('in ("calls", "silence")', 'in ("calls", "calls")')
    (folder / "register.py").write_text(text)
    study = STUDY.replace("draws = 8", "draws = 30")  # with fewer, all may be alike by chance
    with pytest.raises(StudyError, match=r"claim Rises: .*equals its own negation in every draw"):
        adjudicate(parse_study(study.format(seed=1, theory=THEORY), origin="calls.toml", folder=folder), threads=1)


def test_a_register_that_is_not_there(folder: Path) -> None:
    for given, words in (("dead", "did you mean 'deed'?"), ("registre.py", "did you mean 'register.py'?")):
        with pytest.raises(StudyError, match=re.escape(words)) as refused:
            asked(folder, "", STUDY.replace('"register.py"', f'"{given}"'))
        assert str(refused.value).startswith("calls.toml, table [adjudication], key register")


def announced(monkeypatch: pytest.MonkeyPatch, *points: EntryPoint) -> None:
    monkeypatch.setattr(module.importlib.metadata, "entry_points", lambda group: points if "registers" in group else ())


def test_an_entry_point_announces_a_register_and_one_that_fails_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "leaves.py").write_text("raise SystemExit(0)\n")
    monkeypatch.syspath_prepend(tmp_path)
    group = "groundswell.registers"
    announced(
        monkeypatch,
        EntryPoint("mine", "groundswell.registers.deed.register:REGISTER", group),
        EntryPoint("broken", "groundswell.registers.dead", group),
        EntryPoint("other", "json:dumps", group),
        EntryPoint("leaves", "leaves", group),
    )
    assert {"mine", "broken", "deed"} <= set(registers())
    assert isinstance(load_register("mine"), Register)
    with pytest.raises(StudyError, match=r"entry point broken = groundswell.registers.dead cannot be loaded"):
        load_register("broken")
    with pytest.raises(StudyError, match=r"entry point leaves = leaves cannot be loaded: SystemExit: 0"):
        load_register("leaves")
    with pytest.raises(StudyError, match="a Register, or a module that states one"):
        load_register("other")


def test_only_its_own_files_name_the_founding_theory() -> None:
    """Nothing outside `theories/deed.py` and `registers/deed/` names it, but for examples in the help of commands."""
    source = Path(module.__file__).parents[1]
    own = {source / "theories" / "deed.py", *(source / "cli").glob("*.py")}
    named = [
        path.relative_to(source).as_posix()
        for path in source.rglob("*.py")
        if path not in own and "registers/deed" not in path.as_posix() and re.search(r"\bdeed\b", path.read_text())
    ]
    assert named == []
