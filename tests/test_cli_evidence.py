"""The command `groundswell evidence`: one call on a file, and what it leaves behind."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner

from groundswell.cli import app
from groundswell.records.codebooks.library import codebooks

ALWAYS = {"events.parquet", "rejected.parquet", "unread.parquet", "series.parquet", "evidence.json", "evidence.html",
          "manifest.json", "ro-crate-metadata.json"}  # fmt: skip


def call(*arguments: str) -> Any:
    return CliRunner().invoke(app, list(arguments))


def refused(done: Any) -> str:
    """The one sentence of a refusal, which has exit code 2."""
    assert done.exit_code == 2, done.output
    assert "Traceback" not in done.stderr
    return done.stderr


def left(folder: Path) -> set[str]:
    return {
        name
        for path in folder.rglob("*")
        if path.is_file()
        and not (name := path.relative_to(folder).as_posix()).startswith((".groundswell/", "description/"))
    }


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def record(days: int = 700, seed: int = 4) -> str:
    """A file with the schema's own columns, of protests and a few acts of violence."""
    rng = np.random.default_rng(seed)
    start = np.datetime64("2010-01-04")
    lines = ["date,kind,place,size"]
    for day in range(days):
        date = start + day
        lines += [f"{date},protest,Leipzig,{size}" for size in rng.integers(50, 5000, rng.poisson(0.6))]
        lines += [f"{date},violence,Leipzig,"] * rng.poisson(0.05)
    return "\n".join(lines) + "\n"


def test_a_record_is_read_asked_and_written(here: Path) -> None:
    text = record() + "2011-02-31,protest,Leipzig,5\n2011-05-05,,Leipzig,\n2011-05-06,strike,Leipzig,\n"
    (here / "record.csv").write_text(text)
    done = call("evidence", "record.csv", "--codebook", "csv", "--depth", "quick", "--out", "asked")
    assert done.exit_code == 0, done.output
    found = json.loads((here / "asked" / "evidence.json").read_text())
    rows = text.count("\n") - 1
    held = found["records"][0]
    assert (held["rows"], held["events"], held["rejected"]) == (rows, rows - 2, 2)
    assert left(here / "asked") >= ALWAYS
    assert pl.read_parquet(here / "asked" / "events.parquet").height == rows - 2
    assert pl.read_parquet(here / "asked" / "rejected.parquet")["value"].to_list() == ["2011-02-31", None]
    assert "strike (1)" in done.stdout
    for row in found["answers"]:
        assert row["asks"] in done.stdout
    assert {"protest", "violence"} == {pair["source"] for pair in found["pairs"]}
    page = (here / "asked" / "evidence.html").read_text(encoding="utf-8")
    assert "2011-02-31" in page


def test_the_same_input_and_seed_give_the_same_bytes(here: Path) -> None:
    (here / "record.csv").write_text(record(300))
    for out in ("one", "two"):
        assert call("evidence", "record.csv", "--codebook", "csv", "--depth", "quick", "--out", out).exit_code == 0
    assert left(here / "one") == left(here / "two")
    for name in left(here / "one"):
        assert (here / "one" / name).read_bytes() == (here / "two" / name).read_bytes(), name


def test_what_cannot_be_fitted_is_refused_and_nothing_is_lost(here: Path) -> None:
    (here / "few.csv").write_text("date,kind\n2010-01-04,protest\n2010-01-09,protest\n2010-02-31,protest\n")
    done = call("evidence", "few.csv", "--codebook", "csv", "--out", "asked")
    assert done.exit_code == 0, done.output
    assert left(here / "asked") == ALWAYS
    found = json.loads((here / "asked" / "evidence.json").read_text())
    assert {row["status"] for row in found["answers"]} == {"not asked"}
    assert pl.read_parquet(here / "asked" / "rejected.parquet").height == 1


def test_a_record_without_an_event_keeps_its_rejected_rows(here: Path) -> None:
    (here / "none.csv").write_text("date,kind\n2010-02-31,protest\nnever,protest\n")
    said = refused(call("evidence", "none.csv", "--codebook", "csv", "--out", "asked"))
    assert "no row of none.csv could be read as an event" in said
    assert pl.read_parquet(here / "asked" / "rejected.parquet").height == 2
    assert "2010-02-31" in (here / "asked" / "evidence.html").read_text(encoding="utf-8")


def test_a_check_fits_nothing(here: Path) -> None:
    (here / "record.csv").write_text(record(100))
    done = call("evidence", "record.csv", "--codebook", "csv", "--question", "check", "--out", "asked")
    assert done.exit_code == 0, done.output
    found = json.loads((here / "asked" / "evidence.json").read_text())
    assert found["answers"] == []
    assert left(here / "asked") == ALWAYS


def test_what_was_answered_is_kept_when_the_rest_is_interrupted(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from groundswell.inquiry import inquire

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    (here / "record.csv").write_text(record(100))
    monkeypatch.setitem(inquire._ASK, "waves", interrupt)  # type: ignore[arg-type]
    questions = [part for name in ("after-mass-day", "waves", "spread") for part in ("--question", name)]
    done = call("evidence", "record.csv", "--codebook", "csv", *questions, "--out", "asked")
    assert done.exit_code == 130
    assert "2 questions were not answered, and what was finished is kept" in done.stderr
    found = json.loads((here / "asked" / "evidence.json").read_text())
    assert [row["question"] for row in found["answers"]] == ["after-mass-day"]
    assert left(here / "asked") >= ALWAYS


def test_several_files_are_asked_together(here: Path) -> None:
    (here / "one.csv").write_text(record(100))
    (here / "two.csv").write_text(
        "date,kind,place\n" + "2010-02-03,repression,Leipzig\n" * 12 + "2010-04-03,strike,Bonn\n"
    )
    done = call("evidence", "one.csv", "two.csv", "--codebook", "csv", "--question", "check", "--out", "asked")
    assert done.exit_code == 0, done.output
    found = json.loads((here / "asked" / "evidence.json").read_text())
    assert [row["file"] for row in found["records"]] == ["one.csv", "two.csv"]
    events = pl.read_parquet(here / "asked" / "events.parquet")
    assert dict(events["file"].value_counts().iter_rows())["two.csv"] == 13
    assert any("the days that all 2 records cover" in note for note in found["settings"]["notes"])
    manifest = json.loads((here / "asked" / "manifest.json").read_text())
    assert len(manifest["input"]) == 2
    assert "2 codebooks for 3 files" in refused(
        call("evidence", "one.csv", "two.csv", "one.csv", "--codebook", "csv", "--codebook", "csv")
    )


def test_a_codebook_is_recognised_and_that_is_said(here: Path) -> None:
    (here / "record.csv").write_text(record(60))
    done = call("evidence", "record.csv", "--question", "check", "--out", "asked")
    assert done.exit_code == 0, done.output
    assert "recognised as csv" in done.stdout
    assert "recognised from the columns" in (here / "asked" / "evidence.html").read_text(encoding="utf-8")


def test_texts_of_the_record_are_harmless_on_the_page(here: Path) -> None:
    hostile = '"=HYPERLINK(""http://evil.example"")<img src=x onerror=alert(1)>"'
    lines = record(80).replace("Leipzig", hostile)
    (here / "record.csv").write_text(lines + f"{hostile},protest,Bonn,\n")
    done = call("evidence", "record.csv", "--codebook", "csv", "--question", "spread", "--out", "asked")
    assert done.exit_code == 0, done.output
    page = (here / "asked" / "evidence.html").read_text(encoding="utf-8")
    assert "<img src=x" not in page
    assert "&#39;=HYPERLINK" in page


def test_a_wrong_request_is_refused(here: Path) -> None:
    (here / "record.csv").write_text(record(100))
    (here / "empty.csv").write_text("")
    for arguments, found in (
        (("none.csv", "--codebook", "csv"), "none.csv"),
        (("empty.csv", "--codebook", "csv"), "empty.csv"),
        (("record.csv", "--codebook", "nabco"), next(iter(codebooks()))),
        (("record.csv", "--codebook", "csv", "--unit", "year"), "day or week"),
        (("record.csv", "--codebook", "csv", "--depth", "deep"), "'quick', 'full' or 'bayes'"),
        (("record.csv", "--codebook", "csv", "--question", "exitation"), "did you mean 'excitation'"),
        (("record.csv", "--codebook", "csv", "--kinds", "protests"), "did you mean 'protest'"),
        (("record.csv", "--codebook", "csv", "--kinds", "strike"), "protest (7"),
        (("record.csv", "--codebook", "csv", "--place", "Leipsig"), "did you mean 'Leipzig'"),
        (("record.csv", "--codebook", "csv", "--by", "town"), "country, place or none"),
        (("record.csv", "--codebook", "csv", "--out", "record.csv/x"), "cannot be written"),
    ):
        assert found in refused(call("evidence", *arguments))
    assert left(here) == {"record.csv", "empty.csv"}
