"""What Python calls: results with frames and folders, and folders that stay whole, are verified, and harm nobody."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import groundswell
from groundswell.app.studies import code_named
from groundswell.errors import GroundswellError, OutputError
from groundswell.output import Output

STUDY = """
[study]
name = "small"
title = "A small study"
theory = "{theory}"
seed = 7
steps = 6
draws = 2
[population]
people = 60
network = "erdos_renyi"
mean_degree = 5
[arms.quiet]
[arms.later]
params = {{ sd = 0.3 }}
[effects]
later = ["later", "quiet"]
"""
OWN = '''
from pathlib import Path
from groundswell import Normal, Observable, Param, Share, State, Theory, Trait

Path({marker!r}).write_text("run")

class Mine(Theory):
    """Join once enough neighbours do."""
    threshold = Trait(Normal("mean", "sd"))
    acts = State(bool, initial=Share("seed"))
    mean = Param(0.25, "[0, 1]")
    sd = Param(0.122, "> 0")
    seed = Param(0.05, "[0, 1]")
    turnout = Observable("people.acts")

    def person(me, seen, p):
        me.acts = me.acts or seen.share.acts >= me.threshold
'''
RECORD = "date,kind,place\n" + "".join(
    f"2010-{1 + day // 28 % 12:02}-{1 + day % 28:02},protest,Leipzig\n" for day in range(0, 336, 3)
)


@pytest.fixture
def study(tmp_path: Path) -> Path:
    path = tmp_path / "small.toml"
    path.write_text(STUDY.format(theory="granovetter"))
    return path


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A study whose theory is a file beside it, which leaves a mark whenever it is run."""
    (tmp_path / "mine.py").write_text(OWN.format(marker=str(tmp_path / "marker")))
    path = tmp_path / "own.toml"
    path.write_text(STUDY.format(theory="mine.py"))
    return path


def contents(folder: Path) -> dict[str, bytes]:
    """Every result in a folder; what `.groundswell` keeps for the next run is none."""
    return {
        name: path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not (name := path.relative_to(folder).as_posix()).startswith(".groundswell/")
    }


# -- results -----------------------------------------------------------------------------------------------------------


def test_a_study_is_run_from_python_and_saved_later(study: Path, tmp_path: Path) -> None:
    result = groundswell.run(study, threads=1)
    assert (result.name, result.seed, result.runs, result.failed) == ("small", 7, 4, 0)
    assert json.loads(json.dumps(result.to_dict()))["verdicts"]["verdicts"] == []
    assert "A small study" in result._repr_html_()
    assert {"quiet", "later"} == set(result.plot().frame["series"])
    kept = contents(result.folder)
    assert {"verdicts.json", "dossier.html", "manifest.json", "tables/runs.parquet"} <= kept.keys()
    saved = result.save(tmp_path / "saved")
    assert contents(saved) == kept
    assert groundswell.verify(saved).verified
    result.save(tmp_path / "saved")  # again, in the place of the first copy
    assert contents(saved) == kept


def test_a_record_is_asked_from_python(tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text(RECORD)
    said: list[str] = []
    found = groundswell.ask(tmp_path / "r.csv", codebook="csv", questions=["waves"], kinds=["protest"], say=said.append)
    assert [row.question for row in found.answers] == ["waves"]
    assert any("112" in sentence for sentence in said)
    frame = found.to_frame()
    assert frame.columns[:5] == ["question", "place", "source", "target", "estimate"]
    assert found.plot().frame["panel"].unique().to_list() == ["protest"]
    assert found.answers[0].asks in found._repr_html_()
    out = found.save(tmp_path / "out")
    assert json.loads((out / "evidence.json").read_text()) == found.to_dict()
    assert pl.read_parquet(out / "events.parquet").height == 112


def test_the_package_names_what_it_composes() -> None:
    assert {"run", "ask", "replicate", "verify"} <= set(groundswell.__all__)


# -- folders that stay whole (B3) --------------------------------------------------------------------------------------


def test_a_folder_holds_one_kind_of_result(study: Path, tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text(RECORD)
    groundswell.run(study, tmp_path / "out", threads=1)
    before = contents(tmp_path / "out")
    with pytest.raises(OutputError, match=r"holds the results of a study.*--out"):
        groundswell.ask(tmp_path / "r.csv", tmp_path / "out", codebook="csv", questions=["check"])
    assert contents(tmp_path / "out") == before


def test_two_records_of_one_name_do_not_replace_each_other(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "r.csv").write_text(RECORD)
    out = tmp_path / "out"
    asked: dict[str, Any] = {"codebook": "csv", "questions": ["check"]}
    groundswell.ask(tmp_path / "a" / "r.csv", out, **asked)
    with pytest.raises(OutputError, match=r"differs in files;.*--fresh"):
        groundswell.ask(tmp_path / "b" / "r.csv", out, **asked)
    groundswell.ask(tmp_path / "b" / "r.csv", out, fresh=True, **asked)
    groundswell.ask(tmp_path / "b" / "r.csv", out, **asked)  # the same record again takes the place of its answers


KILLED = """
import os, sys
from pathlib import Path
from groundswell.output import Output

out, moment = Path(sys.argv[1]), int(sys.argv[2])
moves = [0]
replace, unlink = Path.replace, Path.unlink

def counted(move):
    def moved(self, *rest, **named):
        moves[0] += 1
        if moves[0] == moment:
            os.kill(os.getpid(), 9)
        return move(self, *rest, **named)
    return moved

Path.replace, Path.unlink = counted(replace), counted(unlink)
with Output(out, {}, kind="record") as output:
    output.write_text("evidence.html", "new")
    output.write_json("evidence.json", "new")
    output.write_text("events.parquet", "new")
    output.commit({})
os._exit(77)
"""


ABOUT = ("manifest.json", "ro-crate-metadata.json")  # of the results, and of every run their own


def test_new_results_never_lie_beside_an_old_page_whenever_the_run_is_killed(tmp_path: Path) -> None:
    moment, killed = 0, 0
    while True:
        moment += 1
        out = tmp_path / str(moment)
        with Output(out, {}, kind="record") as output:
            for name in ("evidence.html", "old.html", "events.parquet"):
                output.write_text(name, "old")
            output.write_json("evidence.json", "old")
            output.commit({})
        done = subprocess.run([sys.executable, "-c", KILLED, str(out), str(moment)], check=False)
        if done.returncode == 77:
            break
        assert done.returncode == -signal.SIGKILL
        killed += 1
        held = {name: data.decode().strip().strip('"') for name, data in contents(out).items() if name not in ABOUT}
        if "evidence.html" in held:
            assert len({*held.values()}) == 1, (moment, held)
        with Output(out, {}, kind="record"):  # the next to open the folder finishes what was begun
            pass
        held = {name: data.decode().strip().strip('"') for name, data in contents(out).items() if name not in ABOUT}
        assert len({*held.values()}) == 1, (moment, held)
        assert "evidence.html" in held
    assert killed > 10


# -- verification (B1) -------------------------------------------------------------------------------------------------


def test_verify_runs_no_code_from_a_folder_unless_it_is_trusted(own: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    groundswell.run(own, out, threads=1)
    (tmp_path / "marker").unlink()
    found = groundswell.verify(out)
    assert not (tmp_path / "marker").exists()
    assert not found.verified
    assert found.altered == found.wrong == ()
    assert "mine.py" in found.unchecked[0]
    assert "--trust" in found.unchecked[0]
    (out / "verdicts.json").write_text("{}")
    assert groundswell.verify(out).altered == ("verdicts.json",)
    assert not (tmp_path / "marker").exists()


def test_with_trust_a_folder_is_verified_and_a_changed_file_is_never_run(own: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    groundswell.run(own, out, threads=1)
    assert groundswell.verify(out, trust=True, threads=1).verified
    (tmp_path / "marker").unlink()
    mine = tmp_path / "mine.py"
    mine.write_text(mine.read_text() + "\n# another\n")
    found = groundswell.verify(out, trust=True)
    assert not (tmp_path / "marker").exists()
    assert "is not the file that the manifest names" in found.unchecked[0]
    assert not found.verified


@pytest.mark.long  # the compiler in a separate process
@pytest.mark.afresh
def test_verify_uses_no_compiled_code_of_a_cache(
    study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    out, stages = tmp_path / "out", []
    groundswell.run(study, out, threads=1)  # from here on its kernels are in the cache
    monkeypatch.setenv("NUMBA_DEBUG_CACHE", "1")
    capfd.readouterr()
    assert groundswell.verify(out, threads=1, progress=lambda *stage: stages.append(stage)).verified
    said = capfd.readouterr().err
    loaded = re.findall(r"(?:data|index) loaded from '(.*)'", said)
    assert "data saved to" in said
    assert all("groundswell-verify-" in path for path in loaded), loaded
    assert any(done == total > 0 for _, done, total in stages)


def test_a_record_is_verified_by_asking_it_again(tmp_path: Path) -> None:
    record, out = tmp_path / "r.csv", tmp_path / "out"
    record.write_text(RECORD)
    groundswell.ask(record, out, codebook="csv", questions=["waves"])
    found = groundswell.verify(out)
    assert found.verified
    assert {"evidence.json", "events.parquet", "series.parquet"} <= found.made_again.keys()
    (out / "evidence.json").write_text("{}")
    assert groundswell.verify(out).wrong == ("evidence.json",)
    record.write_text(RECORD + "2011-01-01,protest,Leipzig\n")
    assert "was not asked again" in groundswell.verify(out).unchecked[0]


@pytest.mark.parametrize("name", ["../outside.txt", "/etc/hostname"])
def test_a_manifest_names_nothing_outside_its_folder(study: Path, tmp_path: Path, name: str) -> None:
    out = tmp_path / "out"
    groundswell.run(study, out, threads=1)
    manifest = json.loads((out / "manifest.json").read_text())
    manifest["files"][name] = "0" * 64
    (out / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(OutputError, match="names files outside its folder"):
        groundswell.verify(out)


def test_a_link_in_the_place_of_a_file_counts_as_altered(study: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    groundswell.run(study, out, threads=1)
    (out / "verdicts.json").rename(tmp_path / "elsewhere.json")
    os.symlink(tmp_path / "elsewhere.json", out / "verdicts.json")
    assert "verdicts.json" in groundswell.verify(out).altered


_STUDY = {"study": {"text": "", "origin": "", "folder": "."}, "configuration": {"study": {}}, "data": {}}


@pytest.mark.parametrize(
    "more",
    [
        {"kind": "study"},
        {"kind": "study", **_STUDY, "study": {"text": 1}},
        {"kind": "study", **_STUDY, "configuration": []},
        {"kind": "study", **_STUDY, "study_code": 1},
        {"kind": "record"},
        {"kind": "record", "input": [], "asked": {}},
        {"kind": "record", "input": [1], "asked": {"questions": []}},
        {"kind": "record", "input": [], "asked": {"questions": [1]}},
        {"kind": "replication"},
        {"kind": "replication", "replications": [1]},
        {"kind": ["x"]},
        {"kind": "x"},
        {"kind": "fit", "versions": []},
        {"kind": "fit", "versions": {"numpy": []}},
        {"kind": "fit", "code": 1},
        {"kind": "fit", "files": []},
    ],
)
def test_a_manifest_of_another_shape_is_told(tmp_path: Path, more: dict[str, Any]) -> None:
    text = json.dumps({"format": 2, "files": {}, "versions": {}, "code": "", **more})
    (tmp_path / "manifest.json").write_text(text)
    (tmp_path / ".groundswell").mkdir()
    (tmp_path / ".groundswell" / "state.json").write_text('{"configuration": {"files": [], "codebooks": []}}')
    with pytest.raises(OutputError, match=r"manifest\.json"):
        groundswell.verify(tmp_path)


@pytest.mark.parametrize("files", ["[7]", '["a", "b"]', "[]", f'["{"x" * 300}"]'])
def test_where_a_record_lies_may_be_stated_wrongly(tmp_path: Path, files: str) -> None:
    manifest = {"kind": "record", "input": [{"file": "a", "sha256": "0"}], "asked": {"questions": []}}
    written = {"format": 2, "files": {"y" * 300: "0"}, "versions": {}, "code": "", **manifest}
    (tmp_path / "manifest.json").write_text(json.dumps(written))
    (tmp_path / ".groundswell").mkdir()
    state = f'{{"configuration": {{"files": {files}, "codebooks": ["csv"]}}}}'
    (tmp_path / ".groundswell" / "state.json").write_text(state)
    found = groundswell.verify(tmp_path)
    assert "it was not asked again" in found.unchecked[0]
    assert found.altered == ("y" * 300,)


def test_a_record_is_asked_again_with_options_of_an_inquiry_only(tmp_path: Path) -> None:
    record, out = tmp_path / "r.csv", tmp_path / "out"
    record.write_text(RECORD)
    groundswell.ask(record, out, codebook="csv", questions=["check"])
    manifest = json.loads((out / "manifest.json").read_text())
    manifest["asked"]["out"] = str(tmp_path / "elsewhere")
    (out / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(GroundswellError, match="out"):
        groundswell.verify(out)
    assert not (tmp_path / "elsewhere").exists()


def test_a_study_may_hold_a_long_text_that_ends_like_a_file(tmp_path: Path) -> None:
    assert code_named(f'title = "{"x" * 300}.py"', tmp_path) == {"x" * 300 + ".py": None}
