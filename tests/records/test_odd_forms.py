"""Forms that people write and that were misread or refused once: weeks, decimals of thousands, encodings, marks."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from groundswell.errors import RecordError
from groundswell.records.codebooks._amounts import read_amounts
from groundswell.records.codebooks._dates import read_dates
from groundswell.records.codebooks._style import Style
from groundswell.records.events import read_events


@pytest.mark.parametrize("text", ["2021-W06", "Week 6 2021", "week 6 of 2021", "KW 6/2021", "semaine 6 2021",
                                  "Semana 6 de 2021", "Settimana 6 2021"])  # fmt: skip
def test_a_week_in_words_is_a_week_and_no_day(text: str) -> None:
    read = read_dates(pl.Series([text]))
    assert (read["date"][0], read["precision"][0], read["problem"][0]) == (date(2021, 2, 8), "week", None)


def test_a_month_and_a_day_are_still_a_day() -> None:
    read = read_dates(pl.Series(["May 6 2021", "2021-02-08", "0021-02-08", "2021-02-30", "2021-2"]), day_first=True)
    assert read["precision"].to_list() == ["day", "day", "day", None, "month"]
    assert read["problem"].to_list() == [None, None, None, "impossible date", None]


@pytest.mark.parametrize(
    ("text", "language", "low", "high"),
    [
        ("1,5 millier", "fr", 1500, 1500),
        ("2,25 millions", "fr", 2.25e6, 2.25e6),
        ("1,5 Tausend", "de", 1500, 1500),
        ("zehntausend", "de", 10_000, 10_000),
        ("2 millions", "en", 2e6, 2e6),
        ("1,500 thousand", "en", 1.5e6, 1.5e6),
        ("1,500 millions", "fr", None, None),  # 1.5 million, or no crowd at all: not guessed
    ],
)
def test_decimals_before_a_unit_are_read(text: str, language: str, low: float | None, high: float | None) -> None:
    read = read_amounts(pl.Series([text]), Style(language=(language,)))
    assert (read["low"][0], read["high"][0]) == (low, high)


def test_marks_of_byte_order_are_no_part_of_a_table(tmp_path: Path) -> None:
    mark = b"\xef\xbb\xbf"
    (tmp_path / "two.csv").write_bytes(mark * 2 + b"date,kind\n2021-01-05,march\n")
    assert read_events(tmp_path / "two.csv").events["kind"].to_list() == ["march"]
    (tmp_path / "none.csv").write_bytes(mark)
    with pytest.raises(RecordError, match=r"none\.csv is empty"):
        read_events(tmp_path / "none.csv")


def test_a_file_of_another_encoding_is_read_when_stated_and_the_note_says_how(tmp_path: Path) -> None:
    path = tmp_path / "cyrillic.csv"
    path.write_bytes("date;kind;place\n2021-01-05;march;Москва\n".encode("cp1251"))
    assert any('encoding = "cp1251"' in note for note in read_events(path).notes)
    assert read_events(path, encoding="cp1251").events["place"].to_list() == ["Москва"]
