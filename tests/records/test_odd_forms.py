"""Forms that people write and that were misread or refused once: weeks, decimals of thousands, encodings, marks."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from groundswell.errors import RecordError
from groundswell.records.codebooks._amounts import read_amounts
from groundswell.records.codebooks._dates import read_dates
from groundswell.records.codebooks._degrees import NO_SUCH_MINUTES, NOT_DEGREES, TWO_SIGNS, read_coordinates
from groundswell.records.codebooks._style import Style
from groundswell.records.codebooks._template import template
from groundswell.records.codebooks._unknown import Distinct
from groundswell.records.counting import count_events
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


def test_a_header_below_comments_is_found_and_said(tmp_path: Path) -> None:
    path = tmp_path / "kept.csv"
    rows = "".join(f"{i:02}/03/2021;Orléans;marche;{i},5\n" for i in range(13, 29))
    path.write_text("# my record\n# kept since 2019\nDate;Ville;Forme;Manifestants\n" + rows, encoding="cp1252")
    mapping = tmp_path / "m.toml"
    mapping.write_text(
        'decimal = ","\ncolumns = { date = "Date", place = "Ville", kind = "Forme", size = "Manifestants" }'
    )
    reading = read_events(path, mapping)
    assert (reading.count, reading.where(1), reading.events["size_low"][0]) == (16, "row 1 (line 4)", 13.5)
    assert any("header was found in line 3" in note for note in reading.notes)
    path.write_text("Date;Ville;Forme;Manifestants\n" + rows, encoding="utf-8")
    assert read_events(path, mapping).where(1) == "row 1 (line 2)"  # whose rows alone hold commas


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("a.jsonl", '{"date": "2021-01-01", "kind": "protest"}\n{"date": oops}\n', r"line 2 is '\{\"date\": oops\}'"),
        ("b.json", '[{"date": "2021-01-01"}, 5]', "'5' as element 2"),
        ("c.json", '[{"date": "2021-01-01"}, {"da', "after 0 whole objects.*truncated"),
        ("d.json", '{"status": 403, "messages": ["renew your key"]}', "0 lists of rows; it says.*renew your key"),
        ("e.json", '{"data": [{"a": 1}], "more": [{"a": 1}]}', "2 lists of rows"),
        ("f.json", "[]", "no list of objects"),
        ("g.json", '[{"a": 1}] tail', "after the end"),
    ],
)
def test_json_that_holds_no_record_says_where(tmp_path: Path, name: str, text: str, says: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(RecordError, match=says):
        read_events(tmp_path / name, "csv")


def test_a_size_in_another_language_names_it(tmp_path: Path) -> None:
    path = tmp_path / "sizes.csv"
    path.write_text("date,kind,size\n2021-01-01,protest,plusieurs centaines\n2021-01-02,protest,a lot\n")
    reasons = read_events(path, "csv").unread["reason"].to_list()
    assert reasons == [
        "a size in another language (language = 'fr' reads it)",
        "not a number or range that can be read",
    ]


def test_degrees_with_minutes_and_seconds_are_read_and_what_is_ambiguous_is_refused() -> None:
    read = {"45°30'N": 45.5, "45.5N": 45.5, "N45.5": 45.5, "45º30’S": -45.5, "-45°30'": -45.5, "45:30:36": 45.51,
            "45 30 36 S": -45.51, "45° 30' 36.0'' N": 45.51, "N 45° 30,6'": 45.51, "45°30′36″S": -45.51}  # fmt: skip
    refused = {"45°75'N": NO_SUCH_MINUTES, "45°30'60\"N": NO_SUCH_MINUTES, "-45°30'S": TWO_SIGNS, "N45S": TWO_SIGNS,
               "45 30": NOT_DEGREES, "45°30.5'20\"N": NOT_DEGREES, "45°30'N, 3°E": NOT_DEGREES}  # fmt: skip
    texts = [*read, *refused]
    found = read_coordinates(pl.Series(texts), pl.Series(["3°15'36\"W"] * len(texts)))
    assert found["latitude"].to_list() == pytest.approx([*read.values(), *[None] * len(refused)])
    assert found["latitude_problem"].to_list() == [*[None] * len(read), *refused.values()]
    assert found["longitude"].drop_nulls().to_list() == pytest.approx([-3.26] * len(read))


def test_letters_of_longitude_are_those_of_the_stated_language(tmp_path: Path) -> None:
    texts = pl.Series(["3°30'O", "O 3.5", "3.5 L", "3.5 E"])
    north = pl.Series(["40"] * 4)

    def read(*language: str) -> list[float | None]:
        return read_coordinates(north, texts, language)["longitude"].to_list()

    assert read("es") == read("fr") == read("it") == [-3.5, -3.5, None, 3.5]
    assert read("pt") == [-3.5, -3.5, 3.5, 3.5]
    assert read("de") == [3.5, 3.5, None, 3.5]
    assert read() == read("de", "fr") == [None, None, None, 3.5]


@pytest.mark.parametrize(
    ("day", "language", "month"),
    [("03.03.2020", None, 3), ("3/3/2020", None, 3), ("04.03.2020", "de", 3), ("04/03/2020", "fr", 3),
     ("04/03/2020", "it", 3), ("04.03.2020", "es", 3), ("04/03/2020", "es", None), ("04.03.2020", None, None),
     ("04/03/2020", "en", None)],
)  # fmt: skip
def test_a_stated_language_says_whether_the_day_comes_first(
    tmp_path: Path, day: str, language: str | None, month: int | None
) -> None:
    """Where all who write the language put the day first; a date that is one day in either order asks for nothing."""
    path = tmp_path / "days.csv"
    path.write_text(f"date,kind\n{day},protest\n2020-05-01,protest\n")
    options: dict[str, Any] = {} if language is None else {"language": language}
    if month is None:
        with pytest.raises(RecordError, match="can be read with the day or the month first"):
            read_events(path, "csv", **options)
        return
    reading = read_events(path, "csv", **options)
    assert reading.events["date"][0].month == month
    assert reading.count == 2
    assert any("read day first" in note for note in reading.notes) == (day[:2] == "04")


def test_dates_outweigh_the_language(tmp_path: Path) -> None:
    path = tmp_path / "days.csv"
    path.write_text("date,kind\n04/03/2020,protest\n04/13/2020,protest\n04/14/2020,strike\n04/15/2020,strike\n")
    assert read_events(path, "csv", language="fr").events["date"][0].month == 4


def test_blocks_of_a_column_are_read_once_and_as_one_column_would_be() -> None:
    asked: list[str | None] = []

    def reader(frame: pl.DataFrame) -> pl.DataFrame:
        asked.extend(frame["text"])
        return frame.with_columns(length=pl.col("text").str.len_bytes())

    lengths = Distinct(reader)
    blocks = [["a", "bb", None, "a"], [None, None], ["bb", "ccc"], []]
    read = [lengths(pl.Series(block, dtype=pl.String))["length"].to_list() for block in blocks]
    assert read == [[1, 2, None, 1], [None, None], [2, 3], []]
    assert asked == ["a", "bb", None, "ccc"]


def test_abbreviations_of_about_end_in_a_point() -> None:
    texts = ["ca. 1.5k", "approx. 500", "c. 300", "est. 2000-3000", "ca 40", "circ. 7"]
    read = read_amounts(pl.Series(texts))
    assert read["low"].to_list() == [1500, 500, 300, 2000, 40, 7]
    assert read["problem"].null_count() == len(texts)


def test_year_month_and_day_stand_in_columns_of_their_own(tmp_path: Path) -> None:
    """A month may have a name, a day or both may be blank or 0, and a template finds the three columns."""
    path, mapping = tmp_path / "parts.csv", tmp_path / "parts.toml"
    path.write_text(
        "year,month,day,kind\n2021,1,2,protest\n2021,2.0,0,protest\n2021,,,strike\n2021,mars,5,strike\n,1,2,strike\n"
        "2021,2,30,strike\n"
    )
    mapping.write_text('language = "fr"\ncolumns = { date = ["year", "month", "day"], kind = "kind" }\n')
    reading = read_events(path, mapping)
    assert reading.events.select(pl.col("date").cast(pl.String), "precision").rows() == [
        ("2021-01-02", "day"), ("2021-02-01", "month"), ("2021-01-01", "year"), ("2021-03-05", "day"),
    ]  # fmt: skip
    assert reading.rejected.select("row", "column", "value", "reason").rows() == [
        (5, "year, month, day", None, "no date"), (6, "year, month, day", "2021-02-30", "impossible date"),
    ]  # fmt: skip
    assert 'date = ["year", "month", "day"]' in template(path)
    assert count_events(path, mapping, unit="year").kinds == {"protest": 2, "strike": 2}
    mapping.write_text('columns = { date = "year", kind = ["kind", "day"] }\n')
    with pytest.raises(RecordError, match=r"columns.kind = .*expected one column"):
        read_events(path, mapping)


def test_seconds_since_1970_are_named_and_read_when_asked(tmp_path: Path) -> None:
    path = tmp_path / "unix.csv"
    path.write_text("date,kind\n1609545600,protest\n1609545600123,protest\n2021-01-03,strike\n")
    assert read_events(path).rejected["reason"].unique().to_list() == [
        'seconds or milliseconds since 1970 (date_order = "unix" reads them)'
    ]
    dates = read_events(path, date_order="unix").events["date"].cast(pl.String).to_list()
    assert dates == ["2021-01-02", "2021-01-02", "2021-01-03"]


def test_what_is_no_event_is_called_what_it_is(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    rows = [
        "2021-01-02,protest",
        "Date,Kind",
        "Sous-total,",
        "Zwischensumme,",
        "Total général,",
        "2 stycznia 2021,march",
    ]
    path.write_text("\n".join(["Date,Kind,Lat,Lon,Remark", *(f"{row},45.5,3.5,x" for row in rows)]))
    reading = read_events(path)
    assert reading.events.select("date", "latitude", "longitude").row(0)[1:] == (45.5, 3.5)
    assert reading.rejected["reason"].to_list() == [
        "the header repeated, not an event", *["a row of totals, not an event"] * 3,
        "not a month in any language that is read (write 2011-01-31)",
    ]  # fmt: skip
    assert any("not read: 'Remark'" in note for note in reading.notes)


def test_tens_in_words_and_codes_of_what_is_missing_are_sizes() -> None:
    read = {"thirty": (30, 30), "no more than fifty": (None, 50), "-99": (None, None), "« 2 000 »": (2000, 2000)}
    found = read_amounts(pl.Series([*read]))
    assert found.select("low", "high").rows() == [*read.values()]
    assert found["problem"].null_count() == len(read)
    for code, word in {"fr": "une trentaine", "es": "treinta", "de": "dreißig", "pt": "trinta", "it": "trenta"}.items():
        assert read_amounts(pl.Series([word]), Style(language=(code,)))["low"].to_list() == [30]


def test_a_workbook_by_name_alone_is_read_as_what_it_is(tmp_path: Path) -> None:
    text, page = tmp_path / "text.xls", tmp_path / "page.xls"
    text.write_text("date\tkind\n2021-01-02\tprotest\n")
    page.write_text("<html><table><tr><td>date</td></tr></table></html>")
    assert read_events(text).count == 1
    with pytest.raises(RecordError, match=r"is a page \(HTML or XML\) under the name of a workbook.*save it as"):
        read_events(page)


@pytest.mark.parametrize(
    ("language", "text", "days"),
    [("fr", "du 3 au 5 mai 2021", "03/05"), ("fr", "15 août 2021 à 18h30", "15"), ("de", "Mo, 3.5.2021", "03"),
     ("de", "15.8.2021, 18:30 Uhr", "15"), ("de", "3.-5.5.2021", "03/05"), ("de", "03.05.-05.05.2021", "03/05"),
     ("de", "03.05.2021 bis 05.05.2021", "03/05"), ("es", "15/08/2021 18:30 h", "15"), ("pt", "5/jan/2021", "05"),
     ("pt", "15/08/2021 às 18h30", "15"), ("pt", "segunda-feira, 3 de maio de 2021", "03"),
     ("it", "dal 3 al 5 maggio 2021", "03/05"), ("it", "15/08/2021 ore 18:30", "15"),
     ("en", "2021-05-03/2021-05-05", "03/05")],
)  # fmt: skip
def test_days_as_people_write_them_in_six_languages(tmp_path: Path, language: str, text: str, days: str) -> None:
    path = tmp_path / "days.csv"
    path.write_text(f'date,kind\n"{text}",protest\n')
    row = read_events(path, language=language).events.row(0, named=True)
    assert "/".join(f"{row[name]:%d}" for name in ("date", "date_end") if row[name]) == days
    assert row["hour"] == (18 if "18" in text else None) or row["hour"] is None


def test_who_counted_is_no_part_of_a_size() -> None:
    sizes = {"1 500 selon la police": ("fr", 1500), "medio centenar": ("es", 50), "meia centena": ("pt", 50),
             "300 laut Polizei": ("de", 300), "mezzo migliaio": ("it", 500)}  # fmt: skip
    for text, (language, size) in sizes.items():
        assert read_amounts(pl.Series([text]), Style(language=(language,)))["low"].to_list() == [size]
