"""The output folder: whole files or none, one configuration to a folder, equal bytes for equal frames."""

from __future__ import annotations

import json
import math
import os
from pathlib import Path

import polars as pl
import pytest

from groundswell.errors import OutputError
from groundswell.files import check_writable, file_sha256, write_bytes, write_frame
from groundswell.output import Output, differences, digest_of
from groundswell.results import plain

A, B = {"seed": 1, "arms": {"act": 1}}, {"seed": 2, "arms": {"act": 1}}


def contents(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_equal_frames_give_equal_bytes(tmp_path: Path) -> None:
    whole = pl.DataFrame({"run": range(1000), "x": [math.sin(k) for k in range(1000)], "arm": ["act", "quiet"] * 500})
    pieces = pl.concat([whole[:300], whole[300:]], rechunk=False)
    assert pieces.n_chunks() == 2
    one, two = write_frame(tmp_path / "1.parquet", whole), write_frame(tmp_path / "2.parquet", pieces)
    assert one == two == file_sha256(tmp_path / "1.parquet")
    assert write_frame(tmp_path / "3.parquet", whole.with_columns(x=-whole["x"])) != one
    assert pl.read_parquet(tmp_path / "1.parquet").equals(whole)


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_bytes(tmp_path / "x", b"old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputError, match="No space left on device"):
        write_bytes(tmp_path / "x", b"new")
    assert contents(tmp_path) == {"x"}
    assert (tmp_path / "x").read_bytes() == b"old"


def test_a_folder_belongs_to_one_configuration(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with Output(out, A) as store:
        store.finish({"t": store.write_table("t", pl.DataFrame({"x": [1]}))})
    with pytest.raises(OutputError, match=r"another configuration, which differs in seed;.*--fresh"), Output(out, B):
        pass
    with Output(out, A) as store:
        assert store.tables().keys() == {"t"}
    with Output(out, B, fresh=True) as store:
        assert store.tables() == {}
        assert not list(out.rglob("*.parquet"))


def test_a_changed_table_is_not_taken_for_the_finished_one(tmp_path: Path) -> None:
    with Output(tmp_path, A) as store:
        digest = store.write_table("t", pl.DataFrame({"x": [1]}))
        store.finish({"t": digest})
        assert store.tables()
        store.write_table("t", pl.DataFrame({"x": [2]}))
        assert not store.tables()


def test_fresh_leaves_what_is_not_its_own(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with Output(tmp_path, A) as store:
        store.write_json("verdicts.json", {})
        store.write_bytes(store.part("x", 0), b"part")
    with Output(tmp_path, A, fresh=True) as store:
        assert contents(tmp_path) == {"notes.txt", ".groundswell/state.json", ".groundswell/lock"}
    assert (tmp_path / "notes.txt").read_text() == "mine"


@pytest.mark.parametrize("name", ["manifest.json", "tables/mine.parquet"])
@pytest.mark.parametrize("fresh", [False, True])
def test_files_of_someone_else_are_never_overwritten(tmp_path: Path, name: str, fresh: bool) -> None:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("mine")
    with pytest.raises(OutputError, match="was not written by a run"), Output(tmp_path, A, fresh=fresh):
        pass
    assert contents(tmp_path) == {name}
    assert path.read_text() == "mine"


def test_one_run_to_a_folder(tmp_path: Path) -> None:
    with Output(tmp_path, A) as first:
        with pytest.raises(OutputError, match="another run is writing"), Output(tmp_path, A):
            pass
        first.write_bytes(first.part("x", 0), b"still there")
    with Output(tmp_path, A) as again:
        assert again.part("x", 0).read_bytes() == b"still there"


def test_an_error_before_anything_was_finished_leaves_nothing(tmp_path: Path) -> None:
    out = tmp_path / "a" / "b"
    with pytest.raises(ValueError, match="stop"), Output(out, A):
        raise ValueError("stop")
    assert not (tmp_path / "a").exists()
    out.mkdir(parents=True)
    with pytest.raises(ValueError, match="stop"), Output(out, A):
        raise ValueError("stop")
    assert list(out.iterdir()) == []


def test_an_error_after_a_part_was_finished_keeps_it(tmp_path: Path) -> None:
    store = Output(tmp_path / "a", A)

    def stop() -> None:
        with store:
            store.write_bytes(store.part("x", 3), b"part")
            raise ValueError("stop")

    with pytest.raises(ValueError, match="stop"):
        stop()
    assert store.part("x", 3).read_bytes() == b"part"


def test_what_a_kill_left_of_a_temporary_file_is_removed(tmp_path: Path) -> None:
    with Output(tmp_path, A) as store:
        store.write_bytes(store.part("x", 0), b"part")
    (store.part("x", 0).parent / ".x-000001.npz.partial").write_bytes(b"half")
    (tmp_path / ".groundswell/.state.json.partial").write_bytes(b"half")
    with Output(tmp_path, A):
        assert contents(tmp_path) == {
            ".groundswell/state.json", ".groundswell/lock", ".groundswell/parts/x-000000.npz",
        }  # fmt: skip


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"digest": 1}'])
def test_a_state_that_cannot_be_read_is_told(tmp_path: Path, text: str) -> None:
    with Output(tmp_path, A):
        pass
    (tmp_path / ".groundswell" / "state.json").write_text(text)
    with pytest.raises(OutputError, match=r"state\.json cannot be read.*--fresh"), Output(tmp_path, A):
        pass
    with Output(tmp_path, A, fresh=True) as store:
        assert store.tables() == {}


def test_a_folder_under_a_file_cannot_be_written_to(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for out in (tmp_path / "file", tmp_path / "file" / "out"):
        with pytest.raises(OutputError, match="cannot be written to"), Output(out, A):
            pass
        with pytest.raises(OutputError, match="cannot be written to"):
            check_writable(out)
    check_writable(tmp_path / "a" / "b")
    assert contents(tmp_path) == {"file"}
    assert not (tmp_path / "a").exists()


def test_plain_types() -> None:
    import numpy as np

    given = {"a": np.float64(1.5), "b": np.array([1.0, np.nan]), 3: (Path("x"), {2, 1}), "d": math.inf, "e": True}
    assert plain(given) == {"a": 1.5, "b": [1.0, None], "3": ["x", [1, 2]], "d": None, "e": True}
    assert json.loads(json.dumps(plain(given), allow_nan=False))
    assert digest_of({"a": 1, "b": 2}) == digest_of({"b": 2, "a": 1}) != digest_of({"a": 1, "b": 3})
    assert differences({"a": {"x": 1, "y": 2}, "b": 1}, {"a": {"x": 1, "y": 3}}) == ["a.y", "b"]


def test_a_partial_file_of_someone_else_stays(tmp_path: Path) -> None:
    mine = [tmp_path / "film.mkv.partial", tmp_path / "a" / ".b.partial"]
    for path in mine:
        write_bytes(path, b"mine")
    with Output(tmp_path, A) as store:
        write_bytes(store.next / ".x.partial", b"left by a kill")
    with Output(tmp_path, A):
        assert not list((tmp_path / ".groundswell").rglob("*.partial"))
    assert all(path.read_bytes() == b"mine" for path in mine)


@pytest.mark.parametrize("name", ["{victim}", "../victim.txt", "elsewhere/victim.txt", 7])
@pytest.mark.parametrize("key", ["take", "drop", "files"])
def test_a_folder_of_a_stranger_removes_nothing_outside(tmp_path: Path, key: str, name: str | int) -> None:
    victim = tmp_path / "victim.txt"
    victim.write_text("mine")
    out = tmp_path / "out"
    with Output(out, A) as store:
        store.write_json("verdicts.json", {})
        store.commit({})
    (out / "elsewhere").symlink_to(tmp_path)
    named = name.format(victim=victim) if isinstance(name, str) else name
    if key == "files":
        state = json.loads((out / ".groundswell/state.json").read_text())
        (out / ".groundswell/state.json").write_text(json.dumps({**state, "files": [named]}))
    else:
        (out / ".groundswell/swap.json").write_text(json.dumps({"take": [], "drop": [], key: [named]}))
        write_bytes(out / ".groundswell/next/victim.txt", b"theirs")
    with pytest.raises(OutputError, match="files inside the folder"), Output(out, A, fresh=True):
        pass
    assert victim.read_text() == "mine"


@pytest.mark.parametrize("text", ["[]", "{}", '{"take": 1, "drop": []}', "[" * 100_000])
def test_a_swap_of_another_shape_is_left_aside(tmp_path: Path, text: str) -> None:
    write_bytes(tmp_path / ".groundswell/swap.json", text.encode())
    with Output(tmp_path, A):
        assert not (tmp_path / ".groundswell/swap.json").exists()


@pytest.mark.parametrize("name", ["", "parts", "next", "next/tables"])
def test_a_folder_of_ours_that_is_a_link_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "theirs").mkdir()
    link = tmp_path / "out" / ".groundswell" / name
    link.parent.mkdir(parents=True)
    link.symlink_to(tmp_path / "theirs")
    with pytest.raises(OutputError, match="symbolic link"), Output(tmp_path / "out", A):
        pass
    assert not any((tmp_path / "theirs").iterdir())


def test_nothing_is_written_through_a_link(tmp_path: Path) -> None:
    victim = tmp_path / "victim.txt"
    victim.write_text("mine")
    (tmp_path / ".x.partial").symlink_to(victim)
    write_bytes(tmp_path / "x", b"new")
    assert (tmp_path / "x").read_bytes() == b"new"
    lock = tmp_path / "out/.groundswell/lock"
    lock.parent.mkdir(parents=True)
    lock.symlink_to(victim)
    with pytest.raises(OutputError, match="cannot be written"), Output(tmp_path / "out", A):
        pass
    assert victim.read_text() == "mine"


def test_a_name_that_is_too_long_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="cannot be written"):
        check_writable(tmp_path / ("x" * 300))


def test_a_state_without_files_removes_nothing_behind_a_link(tmp_path: Path) -> None:
    victim = tmp_path / "theirs" / "x.parquet"
    write_bytes(victim, b"mine")
    write_bytes(tmp_path / "out/.groundswell/state.json", b'{"digest": "1"}')
    (tmp_path / "out/tables").symlink_to(victim.parent)
    with pytest.raises(OutputError, match="files inside the folder"), Output(tmp_path / "out", A, fresh=True):
        pass
    assert victim.read_bytes() == b"mine"
