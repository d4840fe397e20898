"""Golden results: a study from its file to its dossier, and a record to its page, give the numbers that they gave.

A change that means to change numbers runs these tests with GOLDEN=write, which keeps what it finds, and says so in
CHANGELOG (*Regression*). Numbers agree to a millionth: processors differ in the last bits of exp and log, optimisers in
more.
"""

from __future__ import annotations

import json
import math
import os
import shutil
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

import groundswell

HERE = Path(__file__).parent / "golden"
RELATIVE, ABSOLUTE = 1e-6, 1e-9
VERSIONED = ("manifest.json", "ro-crate-metadata.json")  # name versions, times and folders


def results(folder: Path) -> dict[str, Path]:
    """The tables and JSON of a folder of results, by name, without those that name versions, times and folders."""
    files = [path for path in folder.rglob("*") if path.suffix in (".parquet", ".json")]
    names = {path.relative_to(folder).as_posix(): path for path in files if ".groundswell" not in path.parts}
    return {name: names[name] for name in sorted(names) if name not in VERSIONED}


def differences(found: Any, kept: Any, at: str = "") -> list[str]:
    """Where two values of plain types differ."""
    if isinstance(kept, dict) and isinstance(found, dict) and found.keys() == kept.keys():
        return [line for key in kept for line in differences(found[key], kept[key], f"{at}.{key}")]
    if isinstance(kept, list) and isinstance(found, list) and len(found) == len(kept):
        return [
            line for k, (x, y) in enumerate(zip(found, kept, strict=True)) for line in differences(x, y, f"{at}[{k}]")
        ]
    if isinstance(kept, float) and isinstance(found, float | int):
        same = math.isclose(found, kept, rel_tol=RELATIVE, abs_tol=ABSOLUTE) or (math.isnan(found) and math.isnan(kept))
    else:
        same = found == kept and isinstance(found, bool) == isinstance(kept, bool)
    return [] if same else [f"{at}: {found!r}, and {kept!r} before"]


def compare(folder: Path, golden: Path) -> None:
    """Fail where results differ from those that are kept; with GOLDEN=write, keep them."""
    found = results(folder)
    if os.environ.get("GOLDEN") == "write":
        shutil.rmtree(golden, ignore_errors=True)
        for name, path in found.items():
            (golden / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, golden / name)
    kept = results(golden)
    assert list(found) == list(kept)
    for name, path in found.items():
        if path.suffix == ".json":
            before, now = (json.loads(p.read_text(encoding="utf-8")) for p in (kept[name], path))
            assert not differences(now, before), name
        else:
            frames = (pl.read_parquet(p) for p in (path, kept[name]))
            assert_frame_equal(*frames, rel_tol=RELATIVE, abs_tol=ABSOLUTE)


@pytest.fixture
def here(tmp_path: Path) -> Path:
    for path in HERE.iterdir():
        if path.is_file():
            shutil.copy(path, tmp_path)
    shutil.copy(HERE.parent / "claims" / "theories" / "push.py", tmp_path)
    return tmp_path


def test_a_study_gives_what_it_gave(here: Path) -> None:
    groundswell.run(here / "calls.toml", here / "out", threads=1)
    assert (here / "out" / "dossier.html").is_file()
    compare(here / "out", HERE / "study")


def test_a_record_gives_what_it_gave(here: Path) -> None:
    weekly = pl.read_csv(here / "weekly.csv")
    rows = [
        f"{week},{kind}"
        for week, *counts in weekly.rows()
        for kind, count in zip(("protest", "violence"), counts, strict=True)
        for _ in range(count)
    ]
    (here / "events.csv").write_text("date,kind\n" + "\n".join(rows) + "\n")
    asked = {"questions": ["change"], "at": "2001-07-01", "kinds": ("protest",)}
    groundswell.ask(here / "events.csv", here / "out", codebook="csv", **asked)
    compare(here / "out", HERE / "record")


@pytest.mark.parametrize(("change", "same"), [(1e-8, True), (1e-5, False)])
def test_a_number_that_changes_in_its_fifth_digit_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: float, same: bool
) -> None:
    monkeypatch.delenv("GOLDEN", raising=False)
    for folder, value in (("now", 1.2345 * (1 + change)), ("kept", 1.2345)):
        (tmp_path / folder).mkdir()
        pl.DataFrame({"x": [value]}).write_parquet(tmp_path / folder / "a.parquet")
        (tmp_path / folder / "a.json").write_text(json.dumps({"x": [value, None, "y"]}))
    for name in ("a.json", "a.parquet"):
        other = tmp_path / name.replace(".", "_")
        for folder in ("now", "kept"):
            (other / folder).mkdir(parents=True)
            shutil.copy(tmp_path / folder / name, other / folder)
        if same:
            compare(other / "now", other / "kept")
        else:
            with pytest.raises(AssertionError):
                compare(other / "now", other / "kept")
