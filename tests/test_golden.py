"""Golden results: a study from its file to its dossier, and a record to its page, give the numbers that they gave.

A change that means to change numbers pastes the digests that the failure shows, and says so in CHANGELOG
(*Regression*). Numbers are compared to nine digits: the last bits of exp and log differ between processors.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import groundswell

HERE = Path(__file__).parent / "golden"
DIGITS = 9


def rounded(value: Any) -> Any:
    """Plain types, their numbers to nine digits."""
    if isinstance(value, float):
        return float(f"{value:.{DIGITS}g}") + 0.0  # no negative zero
    if isinstance(value, dict):
        return {key: rounded(x) for key, x in value.items()}
    return [rounded(x) for x in value] if isinstance(value, list) else value


def digest_of(path: Path) -> str:
    """Of a file of JSON or Parquet: what it holds, in the order in which it holds it."""
    if path.suffix == ".parquet":
        frame = pl.read_parquet(path)
        held = [frame.schema.names(), [str(kind) for kind in frame.schema.dtypes()], frame.rows()]
    else:
        held = json.loads(path.read_text(encoding="utf-8"))
    return hashlib.sha256(json.dumps(rounded(json.loads(json.dumps(held, default=str)))).encode()).hexdigest()[:16]


def digests(folder: Path, *left_out: str) -> dict[str, str]:
    """The digests of the tables and JSON of a folder of results, by name."""
    files = [path for path in folder.rglob("*") if path.suffix in (".parquet", ".json")]
    names = {path.relative_to(folder).as_posix(): path for path in files if ".groundswell" not in path.parts}
    return {name: digest_of(names[name]) for name in sorted(names) if name not in left_out}


@pytest.fixture
def here(tmp_path: Path) -> Path:
    for path in HERE.iterdir():
        if path.is_file():
            shutil.copy(path, tmp_path)
    shutil.copy(HERE.parent / "claims" / "theories" / "push.py", tmp_path)
    return tmp_path


VERSIONED = ("manifest.json", "ro-crate-metadata.json")  # name versions, times and folders


def test_a_study_gives_what_it_gave(here: Path) -> None:
    groundswell.run(here / "calls.toml", here / "out", threads=1)
    assert (here / "out" / "dossier.html").is_file()
    found = digests(here / "out", *VERSIONED)
    assert found == json.loads((HERE / "digests" / "study.json").read_text()), json.dumps(found, indent=1)


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
    found = digests(here / "out", *VERSIONED)
    assert found == json.loads((HERE / "digests" / "record.json").read_text()), json.dumps(found, indent=1)


def test_a_number_that_changes_in_its_eighth_digit_is_seen(tmp_path: Path) -> None:
    for name, value in (("a", 1.2345678), ("b", 1.2345679), ("c", 1.23456780001)):
        (tmp_path / f"{name}.json").write_text(json.dumps({"x": [value]}))
        pl.DataFrame({"x": [value]}).write_parquet(tmp_path / f"{name}.parquet")
    found = digests(tmp_path)
    assert found["a.json"] != found["b.json"]
    assert found["a.parquet"] != found["b.parquet"]
    assert (found["a.json"], found["a.parquet"]) == (found["c.json"], found["c.parquet"])
