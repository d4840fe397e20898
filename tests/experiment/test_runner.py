"""Running a study: resume after a kill, the same bytes whatever the threads, and verification."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from groundswell.app import verify
from groundswell.errors import MemoryRefusedError, OutputError
from groundswell.experiment.runner import run_study
from groundswell.experiment.study import Study
from groundswell.experiment.tables import read_ensemble
from groundswell.files import file_sha256

TABLES = {"runs", "parameters", "trajectories", "effects", "effect_summary", "person_effects", "sums"}
Run = Callable[..., Any]


@pytest.fixture
def run(adjudicate: Run, dossier: Run) -> Run:
    def call(study: Study, out: Path, **settings: Any) -> Any:
        return run_study(study, out, adjudicate=adjudicate, page=dossier, **settings).ensemble

    return call


@pytest.fixture
def judge_by(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Makes `verify` adjudicate by a function of the test, with these hashes of records."""

    def put(judge: Run, data: dict[str, str] | None = None) -> None:
        monkeypatch.setattr("groundswell.claims.adjudicate.adjudicate", judge)
        monkeypatch.setattr("groundswell.app.studies.data_sha256", lambda: data or {})
        monkeypatch.setattr("groundswell.claims.adjudicate.spot_checks", lambda study: {})

    return put


def bytes_of(out: Path) -> dict[str, str]:
    """SHA-256 of every file that a run is to give alike each time."""
    return {p.name: file_sha256(p) for p in [*sorted((out / "tables").iterdir()), out / "verdicts.json"]}


def test_a_run_writes_tables_verdicts_and_a_manifest_of_them(tmp_path: Path, small: Run, run: Run) -> None:
    study, out = small(), tmp_path / "out"
    ensemble = run(study, out, about={"command": ["groundswell", "run", "small.toml"]}, data={"navco3": "abc"})
    manifest = json.loads((out / "manifest.json").read_text())
    assert manifest["command"] == ["groundswell", "run", "small.toml"]
    assert manifest["files"].keys() == {
        *(f"tables/{name}.parquet" for name in TABLES),
        "verdicts.json",
        "ro-crate-metadata.json",
    }
    assert {p.stem for p in (out / "tables").iterdir()} == TABLES
    found = bytes_of(out)
    made = {Path(name).name: sha for name, sha in manifest["files"].items()}
    assert len(made.pop("ro-crate-metadata.json")) == 64  # it describes the others
    assert made == found
    assert manifest["seed"] == 7
    assert manifest["study"]["text"] == study.text
    assert manifest["configuration"]["study"]["arms"]["act"]["interventions"][0]["at"] == 8
    assert manifest["data"] == {"navco3": "abc"}
    assert manifest["runs"] == {"done": 2 * 4 * 4, "failed": 0}
    assert {"groundswell", "python", "numpy", "polars"} <= manifest["versions"].keys()
    assert json.loads((out / "verdicts.json").read_text())["nothing"] is None
    left = {p.name for p in out.iterdir()} - {"ro-crate-metadata.json"}
    assert left == {"tables", "verdicts.json", "manifest.json", ".groundswell"}
    trajectories = pl.read_parquet(out / "tables" / "trajectories.parquet")
    assert trajectories.columns == ["run", "step", *ensemble.observables]
    runs = pl.read_parquet(out / "tables" / "runs.parquet")
    wanted = runs.filter((pl.col("account") == "catalysis") & (pl.col("draw") == 2) & (pl.col("arm") == "act"))
    turnout = trajectories.filter(pl.col("run") == wanted["run"].item())["turnout"].to_numpy()
    assert np.array_equal(turnout, ensemble.series("catalysis", "act", "turnout")[2])
    effects = pl.read_parquet(out / "tables" / "effects.parquet")
    effect = effects.filter((pl.col("account") == "catalysis") & (pl.col("draw") == 2) & (pl.col("effect") == "act"))[
        "turnout"
    ].to_numpy()
    assert np.array_equal(effect, ensemble.named_effect("catalysis", "act", "turnout")[2])


def test_the_manifest_names_the_records_that_the_verdicts_rest_on(
    tmp_path: Path, small: Run, dossier: Run, judge_by: Callable[..., None]
) -> None:
    named = [{"name": "turchin", "sha256": None}, {"name": "fmcs", "sha256": "own"}, {"name": "unknown"}]

    def judge(*_: Any, **__: Any) -> dict[str, Any]:
        return {"data": named}

    known = {"turchin": "abc", "fmcs": "def", "navco3": "never used"}
    run_study(small(), tmp_path, adjudicate=judge, page=dossier, data=known)
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    assert manifest["data"] == {"turchin": "abc", "fmcs": "own", "unknown": None}
    judge_by(judge, known)
    assert verify(tmp_path).notes == ()
    judge_by(judge, {**known, "turchin": "another"})
    changed = verify(tmp_path)
    assert changed.verified
    assert changed.notes == ("The record turchin is not the one that the manifest names.",)


def test_the_same_bytes_twice_and_with_any_number_of_threads(tmp_path: Path, small: Run, run: Run) -> None:
    run(small(), tmp_path / "one", threads=1)
    run(small(), tmp_path / "two", threads=2)
    assert bytes_of(tmp_path / "one") == bytes_of(tmp_path / "two")
    run(small(("seed = 7", "seed = 8")), tmp_path / "other")
    changed = bytes_of(tmp_path / "other")
    assert changed["trajectories.parquet"] != bytes_of(tmp_path / "one")["trajectories.parquet"]


def test_a_finished_ensemble_is_read_and_not_simulated_again(tmp_path: Path, small: Run, run: Run) -> None:
    first = run(small(), tmp_path)
    before = bytes_of(tmp_path)
    content: list[str] = []
    again = run(small(), tmp_path, progress=lambda stage, done, total: content.append(stage))
    assert not content
    assert bytes_of(tmp_path) == before
    assert again.failed == first.failed
    for account in first.values:
        assert np.array_equal(again.values[account], first.values[account])
        assert again.parameters(account) == first.parameters(account)
        for key, persons in first.persons.items():
            assert np.array_equal(again.persons[key].quantiles, persons.quantiles)
            assert np.array_equal(again.persons[key].changed, persons.changed)


def test_failed_runs_are_read_back_too(tmp_path: Path, overflowing: Study, run: Run) -> None:
    first = run(overflowing, tmp_path / "out")
    again = read_ensemble(first.design, tmp_path / "out" / "tables")
    assert first.failed
    assert again.failed == first.failed
    assert np.array_equal(
        again.series("prior", "plain", "seen_x"), first.series("prior", "plain", "seen_x"), equal_nan=True
    )
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert manifest["runs"]["failed"] == len(first.failed)


KILLED = """
import os, signal, sys
from pathlib import Path
from groundswell.experiment import ensemble
from groundswell.experiment.runner import run_study
from groundswell.experiment.study_file import load_study

ensemble.BATCH = 16  # worlds: four draws in four arms

study, out, share, moment = load_study(Path(sys.argv[1])), Path(sys.argv[2]), float(sys.argv[3]), sys.argv[4]

def progress(stage, done, total):
    if moment == "simulating" and done >= share * total:
        os.kill(os.getpid(), signal.SIGKILL)

written = [0]
flush = os.fsync

def fsync(file):
    written[0] += 1
    if moment == "writing" and written[0] == int(share):
        os.kill(os.getpid(), signal.SIGKILL)  # the temporary file is there, and not yet renamed
    flush(file)

os.fsync = fsync
run_study(study, out, progress=progress, adjudicate=lambda *a, **k: {}, page=lambda *a: None)
"""


# the state is written first, then 4 parts of the first account and 4 of the second, then 6 tables
@pytest.mark.parametrize(
    ("moment", "share", "parts"),
    [("simulating", 0.3, 0), ("simulating", 0.8, 4), ("writing", 4, 2), ("writing", 12, 8)],
)
def test_a_killed_run_resumes_without_loss_or_change(
    tmp_path: Path, small: Run, run: Run, moment: str, share: float, parts: int
) -> None:
    study, out = small(), tmp_path / "out"
    (tmp_path / "small.toml").write_text(study.text)
    run(study, tmp_path / "whole")
    script = tmp_path / "killed.py"
    script.write_text(KILLED)
    killed = subprocess.run(
        [sys.executable, str(script), str(tmp_path / "small.toml"), str(out), str(share), moment],
        capture_output=True,
        text=True,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert len(list((out / ".groundswell" / "parts").glob("*.npz"))) == parts
    assert bool(list(out.rglob("*.partial"))) == (moment == "writing")
    assert not (out / "manifest.json").exists()

    content: list[tuple[str, int, int]] = []
    run(study, out, progress=lambda *x: content.append(x))
    each = len(study.arms) * study.steps
    assert content[0] == ("simulating", parts * each, 8 * each)  # finished parts are not simulated again
    assert bytes_of(out) == bytes_of(tmp_path / "whole")
    assert not list(out.rglob("*.partial"))
    assert not list(out.rglob("*.npz"))


def test_a_part_that_was_damaged_is_simulated_again(
    tmp_path: Path, small: Run, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: Any, **__: Any) -> dict[str, Any]:
        raise AssertionError("unreachable")

    run(small(), tmp_path / "whole")

    def interrupt(stage: str, done: int, total: int) -> None:
        if done > 0.8 * total:
            raise KeyboardInterrupt

    monkeypatch.setattr("groundswell.experiment.ensemble.BATCH", 16)  # worlds: four draws in four arms
    with pytest.raises(KeyboardInterrupt):
        run_study(small(), tmp_path / "out", progress=interrupt, adjudicate=stop, page=stop)
    part = sorted((tmp_path / "out").rglob("*.npz"))[0]
    part.write_bytes(part.read_bytes()[:-200])
    run(small(), tmp_path / "out")
    assert bytes_of(tmp_path / "out") == bytes_of(tmp_path / "whole")


def test_another_configuration_is_refused_and_fresh_discards(tmp_path: Path, small: Run, run: Run) -> None:
    run(small(), tmp_path)
    before = bytes_of(tmp_path)
    other = small(("seed = 7", "seed = 8"))
    with pytest.raises(OutputError, match=r"differs in study\.seed;.*--fresh"):
        run(other, tmp_path)
    assert bytes_of(tmp_path) == before
    run(other, tmp_path, fresh=True)
    assert bytes_of(tmp_path) != before


def test_bad_input_leaves_nothing_behind_and_simulates_nothing(tmp_path: Path, small: Run, run: Run) -> None:
    begun: list[str] = []
    content = {"progress": lambda stage, done, total: begun.append(stage)}
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot be written to"):
        run(small(), tmp_path / "file" / "out", **content)
    for people in (2_000_000_000, 60_000_000):
        large = small(("people = 120", f"people = {people}"), ("mean_degree = 6", "mean_degree = 5000"))
        with pytest.raises(MemoryRefusedError, match=r"table \[population\].*GiB|GB") as error:
            run(large, tmp_path / "out", **content)
        assert "fewer people" in str(error.value)
    assert not begun
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def test_a_failure_of_the_adjudication_keeps_the_ensemble(tmp_path: Path, small: Run, run: Run, dossier: Run) -> None:
    def fail(*_: Any, **__: Any) -> dict[str, Any]:
        raise RuntimeError("no verdict")

    with pytest.raises(RuntimeError, match="no verdict"):
        run_study(small(), tmp_path, adjudicate=fail, page=dossier)
    assert not (tmp_path / "manifest.json").exists()
    content: list[str] = []
    run(small(), tmp_path, progress=lambda *x: content.append(x[0]))
    assert not content
    assert (tmp_path / "manifest.json").exists()


def test_tables_of_an_earlier_adjudication_do_not_stay(tmp_path: Path, small: Run, run: Run, dossier: Run) -> None:
    run(small(), tmp_path)
    assert (tmp_path / "tables" / "sums.parquet").exists()
    run_study(small(), tmp_path, adjudicate=lambda *a, **k: {}, page=dossier)
    assert not (tmp_path / "tables" / "sums.parquet").exists()


def test_a_run_is_verified_by_running_it_again(
    tmp_path: Path, small: Run, run: Run, adjudicate: Run, judge_by: Run
) -> None:
    out = tmp_path / "out"
    judge_by(adjudicate)
    run(small(), out)
    before = {p: p.read_bytes() for p in out.rglob("*") if p.is_file()}
    found = verify(out)
    assert found.verified
    assert found.made_again == dict.fromkeys([*(f"tables/{name}.parquet" for name in TABLES), "verdicts.json"], True)
    assert found.answer == f"verified: {out}"
    assert found.notes == ()
    assert {p: p.read_bytes() for p in out.rglob("*") if p.is_file()} == before


@pytest.mark.parametrize("name", ["tables/effects.parquet", "tables/sums.parquet", "verdicts.json"])
@pytest.mark.parametrize("missing", [False, True])
def test_a_file_that_was_altered_is_found(
    tmp_path: Path, small: Run, run: Run, adjudicate: Run, judge_by: Run, name: str, missing: bool
) -> None:
    judge_by(adjudicate)
    run(small(), tmp_path)
    path = tmp_path / name
    if missing:
        path.unlink()
    else:
        path.write_bytes(path.read_bytes() + b" ")
    found = verify(tmp_path)
    assert not found.verified
    assert found.altered == found.wrong == (name,)
    assert [n for n, equal in found.made_again.items() if not equal] == [name]


def test_what_no_longer_gives_the_same_is_found_and_versions_are_said(
    tmp_path: Path, small: Run, run: Run, adjudicate: Run, judge_by: Run
) -> None:
    run(small(), tmp_path)

    def other(*args: Any, **settings: Any) -> dict[str, Any]:
        return {**adjudicate(*args, **settings), "verdicts": ["another"]}

    judge_by(other)
    found = verify(tmp_path)
    assert [name for name, equal in found.made_again.items() if not equal] == ["verdicts.json"]
    assert found.altered == ()
    path = tmp_path / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["versions"]["numpy"] = "1.0"
    manifest["code"] = "another"
    path.write_text(json.dumps(manifest))
    judge_by(adjudicate)
    notes = verify(tmp_path).notes
    assert any("numpy 1.0" in note for note in notes)
    assert any("source of groundswell differs" in note for note in notes)


@pytest.mark.parametrize("text", [None, "", "{}", "[]", '{"format": 99}'])
def test_what_has_no_manifest_cannot_be_verified(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(OutputError, match=r"manifest\.json"):
        verify(tmp_path)
