"""`groundswell data check` on files of records: what is said, what is written, and how it exits."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from groundswell.cli import app

CALL = CliRunner()
ROWS = "date,kind,size,place\n" + "".join(f"2011-01-{day:02},protest,{day * 10},A\n" for day in range(1, 29))


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in, with no data set in reach."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").mkdir()
    monkeypatch.setenv("GROUNDSWELL_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("GROUNDSWELL_CACHE", str(tmp_path / "cache"))
    return tmp_path


def test_a_file_is_recognised_reported_on_and_told_as_json(here: Path):
    (here / "mine.csv").write_text(ROWS + "2011-02-30,protest,5,A\n")
    done = CALL.invoke(app, ["data", "check", "mine.csv", "--json", "out.json"])
    assert done.exit_code == 0
    assert "mine.csv, read as csv, has 29 rows and 28 events." in done.stdout
    assert "1 for 'impossible date', first row 29 (line 30), date '2011-02-30'" in done.stdout
    found = json.loads((here / "out.json").read_text())
    assert (found["records"][0]["rows"], found["records"][0]["rejected"]) == (29, {"impossible date": 1})


def test_a_file_that_no_codebook_knows_prints_a_mapping_that_then_reads_it(here: Path):
    (here / "marches.csv").write_text("Datum;Art;Teilnehmer\n13.4.2011;Kundgebung;100\n14.4.2011;Streik;~50\n")
    done = CALL.invoke(app, ["data", "check", "marches.csv"])
    assert done.exit_code == 2
    assert "no codebook knows" in done.stderr
    (here / "marches.toml").write_text(done.stdout)
    again = CALL.invoke(app, ["data", "check", "marches.csv", "--codebook", "marches.toml"])
    assert again.exit_code == 0, again.stderr
    assert "1 of kundgebung, 1 of streik" in again.stdout


def test_a_record_of_which_nothing_can_be_read_exits_with_1(here: Path):
    (here / "mine.csv").write_text("date,kind\nx,protest\n")
    done = CALL.invoke(app, ["data", "check", "mine.csv"])
    assert done.exit_code == 1
    assert "nothing can be estimated" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["turchin"], 1, "turchin is not on this machine"),
        (["acled"], 1, "groundswell data check FILE"),
        (["turchn"], 2, "did you mean turchin?"),
        (["none.csv"], 2, "none.csv does not exist"),
        (["turchin", "--codebook", "csv"], 2, "no file"),
        ([], 1, "nothing to check"),
    ],
)
def test_what_is_missing_or_mistyped_is_told_in_a_sentence(here: Path, arguments: list[str], code: int, says: str):
    done = CALL.invoke(app, ["data", "check", *arguments])
    assert done.exit_code == code
    assert says in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_file_where_the_json_cannot_go_is_refused_before_the_work(here: Path):
    (here / "mine.csv").write_text(ROWS)
    (here / "taken").write_text("")
    done = CALL.invoke(app, ["data", "check", "mine.csv", "--json", "taken/out.json"])
    assert done.exit_code == 2
    assert done.stdout == ""


def test_two_records_of_the_same_events_are_told_to_overlap(here: Path):
    head = "date,kind,place,latitude,longitude\n"
    (here / "one.csv").write_text(head + "2020-01-01,march,A,50,8\n2020-01-05,march,A,50,8\n2020-02-05,march,A,50,8\n")
    (here / "two.csv").write_text(head + "2020-01-02,march,A,50,8\n2020-01-05,march,A,50,8\n2020-06-05,march,A,50,8\n")
    done = CALL.invoke(app, ["data", "check", "one.csv", "two.csv", "--json", "out.json"])
    assert "likely to share 2 events" in done.stdout
    (shared,) = json.loads((here / "out.json").read_text())["shared"]
    assert (shared["first"], shared["second"], shared["both"], len(shared["pairs"])) == (3, 3, 2, 2)


def test_the_window_and_the_order_of_dates_are_said_on_the_command_line(here: Path):
    (here / "a.csv").write_text("date,kind\n3/4/2020,march\n5/6/2020,march\n")
    refused = CALL.invoke(app, ["data", "check", "a.csv"])
    assert (refused.exit_code, "--date-order" in refused.stderr) == (2, True)
    done = CALL.invoke(app, ["data", "check", "a.csv", "--date-order", "dmy", "--from", "2020-05-01"])
    assert done.exit_code == 0, done.stderr
    assert "2020-06-05 to 2020-06-05" in done.stdout
    assert "outside the span" in done.stdout


@pytest.mark.parametrize("name", ["mine.csv", "{here}/mine.csv", "link.csv", "book.toml"])
def test_a_record_is_not_replaced_by_its_findings(here: Path, name: str):
    (here / "mine.csv").write_text(ROWS)
    (here / "link.csv").symlink_to(here / "mine.csv")
    (here / "book.toml").write_text("x")
    out = name.format(here=here)
    done = CALL.invoke(app, ["data", "check", "mine.csv", "--codebook", "book.toml", "--json", out])
    assert done.exit_code == 2
    assert "which is read" in done.stderr.replace("\n", " ")
    assert (here / "mine.csv").read_text() == ROWS


def test_a_record_is_not_replaced_by_its_description(here: Path):
    (here / "mine.csv").write_text(ROWS)
    assert CALL.invoke(app, ["data", "describe", "mine.csv", "--out", "out"]).exit_code == 0
    record = sorted((here / "out" / "tables").glob("*.csv"))[0]
    record.write_text(ROWS)
    done = CALL.invoke(app, ["data", "describe", str(record), "--out", "out"])
    assert done.exit_code == 2
    assert "which is read" in done.stderr.replace("\n", " ")
    assert record.read_text() == ROWS
