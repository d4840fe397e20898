"""Shards and executors: the bytes of a run in one piece, and what is missing, damaged or foreign is named."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import groundswell
from groundswell.app.shards import study_work
from groundswell.cli import app
from groundswell.errors import OutputError, StudyError
from groundswell.experiment import shards as module
from groundswell.experiment.shards import Shard, decode, encode, gathered, missing_shards, run_shard
from groundswell.experiment.study import Study
from groundswell.experiment.study_file import load_study

TEXT = """[study]
name = "tiny"
title = "Tiny"
theory = "granovetter"
seed = 3
steps = 6
draws = 5
[population]
people = 80
network = "well_mixed"
[arms.plain]
[arms.wide]
params = { sd = 0.3 }
[effects]
wide = ["wide", "plain"]
[adjudication]
test = []
"""


@pytest.fixture
def study(tmp_path: Path) -> Study:
    path = tmp_path / "tiny.toml"
    path.write_text(TEXT, encoding="utf-8")
    return load_study(path)


def hashes(folder: Path) -> dict[str, str]:
    files = [*(folder / "tables").glob("*.parquet"), folder / "verdicts.json"]
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(files)}


def test_every_lane_is_in_one_shard() -> None:
    pieces = [("runs", "a", d) for d in range(7)]
    cut = [piece for i in range(1, 4) for piece in Shard(i, 3).own(pieces)]
    assert sorted(cut) == pieces
    assert Shard(9, 9).own(pieces) == []


def test_gathered_shards_are_the_bytes_of_one_run(study: Study, tmp_path: Path) -> None:
    groundswell.run(study, tmp_path / "whole")
    for number in (2, 3, 1):
        run_shard(study_work(study), Shard(number, 3), tmp_path / "cut", threads=number)
    groundswell.gather(study, tmp_path / "cut")
    assert hashes(tmp_path / "cut") == hashes(tmp_path / "whole")
    assert groundswell.verify(tmp_path / "cut").verified


class _Dying(ThreadPoolExecutor):
    """Loses every third task."""

    sent = 0

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        self.sent += 1
        return super().submit(_die if self.sent % 3 == 0 else fn, *args, **kwargs)


def _die(*_: object) -> None:
    raise RuntimeError("the worker was killed")


def test_an_executor_gives_the_same_bytes_also_after_workers_died(study: Study, tmp_path: Path) -> None:
    groundswell.run(study, tmp_path / "whole")
    out = tmp_path / "spread"
    with _Dying(1) as workers, pytest.raises(OutputError, match=r"1 of 5 tasks did not finish.*killed"):
        groundswell.run(study, out, executor=workers)
    counted: list[int] = []

    class _Counting(ThreadPoolExecutor):
        def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
            counted.append(len(args[1]))
            return super().submit(fn, *args, **kwargs)

    with _Counting(1) as workers:
        assert isinstance(workers, Executor)
        groundswell.run(study, out, executor=workers)
    assert sum(counted) == 1  # only the lane that was lost
    assert hashes(out) == hashes(tmp_path / "whole")


def test_a_killed_shard_resumes_from_what_it_wrote(
    study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = run_shard(study_work(study), Shard(1, 1), tmp_path)
    whole = path.read_bytes()
    digest, parts = decode(path)
    first = dict(list(parts.items())[:2])
    path.write_bytes(encode(digest, first))
    asked: list[int] = []
    true = module.lanes_simulated

    def counting(design: Any, lanes: Any, **more: Any) -> Any:
        asked.append(len(lanes))
        return true(design, lanes, **more)

    monkeypatch.setattr(module, "lanes_simulated", counting)
    run_shard(study_work(study), Shard(1, 1), tmp_path)
    assert asked == [study.draws - 2]
    assert path.read_bytes() == whole


def test_what_is_missing_damaged_or_foreign_is_named(study: Study, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="holds no shard"):
        gathered(study_work(study), tmp_path)
    run_shard(study_work(study), Shard(1, 3), tmp_path)
    assert missing_shards(study_work(study), tmp_path) == (3, [2, 3])
    with pytest.raises(OutputError, match=re.escape("2 are missing or not finished: 2, 3")):
        groundswell.gather(study, tmp_path)
    assert not (tmp_path / "manifest.json").exists()
    for number in (2, 3):
        damaged = run_shard(study_work(study), Shard(number, 3), tmp_path)
    data = bytearray(damaged.read_bytes())
    data[len(data) // 2] ^= 1
    damaged.write_bytes(bytes(data))
    with pytest.raises(OutputError, match="is damaged"):
        gathered(study_work(study), tmp_path)
    damaged.write_bytes(bytes(data[:40]))
    with pytest.raises(OutputError, match="is damaged"):
        gathered(study_work(study), tmp_path)
    assert missing_shards(study_work(study), tmp_path) == (3, [3])
    run_shard(study_work(study), Shard(3, 3), tmp_path)  # a damaged file is simulated again
    gathered(study_work(study), tmp_path)
    run_shard(study_work(study), Shard(1, 2), tmp_path)
    with pytest.raises(OutputError, match="shards of 2 and of 3"):
        gathered(study_work(study), tmp_path)


def test_shards_of_another_study_are_refused(study: Study, tmp_path: Path) -> None:
    run_shard(study_work(study), Shard(1, 1), tmp_path)
    other = tmp_path / "other.toml"
    other.write_text(TEXT.replace("seed = 3", "seed = 4"), encoding="utf-8")
    with pytest.raises(OutputError, match="1 of other work"):
        gathered(study_work(load_study(other)), tmp_path)


def test_two_tasks_of_one_shard(study: Study, tmp_path: Path) -> None:
    path = Shard(1, 2).path(tmp_path, study_work(study).digest)
    with module._held(path), pytest.raises(OutputError, match="another task is simulating"):
        run_shard(study_work(study), Shard(1, 2), tmp_path)


@pytest.mark.parametrize("text", ["0/3", "4/3", "3", "a/b", "1/0", "1/200000"])
def test_no_such_shard(text: str) -> None:
    with pytest.raises(StudyError):
        Shard.parse(text)


def call(*arguments: str) -> Any:
    return CliRunner().invoke(app, list(arguments))


def test_commands(study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out, file = str(tmp_path / "out"), study.origin
    assert call("run", file, "--out", out, "--shard", "3/2").exit_code == 2
    assert not Path(out).exists()
    assert call("run", file, "--out", out, "--shard", "1/2").exit_code == 0
    refused = call("gather", file, "--out", out)
    assert refused.exit_code == 2
    assert "missing or not finished: 2" in refused.stderr
    monkeypatch.setenv("PATH", str(tmp_path))
    refused = call("submit", file, "--out", out, "--shards", "2")
    assert refused.exit_code == 2
    assert "this machine has no sbatch" in refused.stderr
    script = (Path(out) / "shards" / "job.sh").read_text()
    assert "#SBATCH --array=2\n" in script
    assert "different" not in script
    assert call("submit", file, "--out", out, "--shards", "5").exit_code == 2
    assert call("run", file, "--out", out, "--shard", "2/2").exit_code == 0
    assert "all 2 shards are finished" in call("submit", file, "--out", out, "--shards", "2").output
    assert call("gather", file, "--out", out).exit_code == 0
    refused = call("run", file, "--executor", "clustr")
    assert refused.exit_code == 2
    assert "--executor clustr" in refused.stderr


def test_sbatch_that_refuses_is_quoted(study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = tmp_path / "bin" / "sbatch"
    fake.parent.mkdir()
    fake.write_text("#!/bin/sh\necho 'invalid partition' >&2\nexit 1\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{fake.parent}{os.pathsep}{os.environ['PATH']}")
    refused = call("submit", study.origin, "--out", str(tmp_path / "out"), "--shards", "2")
    assert refused.exit_code == 2
    assert "invalid partition" in refused.stderr
