"""Untidy files: what is mixed, ragged, missing or harmful is read, set aside with its row, or refused with its line."""

from __future__ import annotations

import csv
import gzip
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from groundswell.errors import RecordError
from groundswell.records.codebooks import _base, _delimited
from groundswell.records.codebooks._degrees import AN_O, NOT_DEGREES
from groundswell.records.codebooks.library import codebooks
from groundswell.records.events import read_events
from groundswell.records.schema import Reading, harmless, harmless_frame

HEAD = "date,kind,size,place\n"


def read(tmp_path: Path, content: str | bytes, mapping: str | None = None, name: str = "a.csv") -> Reading:
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    if mapping is None:
        return read_events(path, "csv")
    (tmp_path / "m.toml").write_text(mapping)
    return read_events(path, tmp_path / "m.toml")


def noted(reading: Reading, words: str) -> bool:
    return any(words in note for note in reading.notes)


# --- encodings -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("encoding", "mark"),
    [("utf-8", b""), ("utf-8", b"\xef\xbb\xbf"), ("utf-16", b""), ("utf-16-le", b""), ("utf-16-be", b""),
     ("utf-32", b""), ("cp1252", b"")],
)  # fmt: skip
@pytest.mark.parametrize("zipped", [False, True])
def test_encodings_are_told(tmp_path: Path, encoding: str, mark: bytes, zipped: bool) -> None:
    content = mark + (HEAD + "2011-01-01,strike,5,Málaga – “Centro”\n" * 3).encode(encoding)
    reading = read(tmp_path, gzip.compress(content) if zipped else content)
    assert set(reading.events["place"]) == {"Málaga – “Centro”"}
    assert noted(reading, "Windows-1252") == (encoding == "cp1252")


def test_an_encoding_that_changes_within_the_file_is_read_line_by_line_and_said(tmp_path: Path) -> None:
    good, odd = "2011-01-01,strike,5,Łódź\n".encode(), "2011-01-02,strike,5,Málaga\n".encode("cp1252")
    reading = read(tmp_path, HEAD.encode() + good + odd + good + odd)
    assert reading.events["place"].to_list() == ["Łódź", "Málaga", "Łódź", "Málaga"]
    assert noted(reading, "mixes encodings: 2 lines, the first of them line 3")


def test_bytes_that_windows_leaves_open_do_not_stop_the_reading(tmp_path: Path) -> None:
    reading = read(tmp_path, HEAD.encode() + b"2011-01-01,strike,5,A\x81\xe9\n")
    assert reading.events["place"].to_list() == ["A\x81é"]


def test_nul_bytes_are_shown_and_cannot_join_two_figures(tmp_path: Path) -> None:
    rows = b"2011-01-01,strike,5,A\n" * 30
    reading = read(tmp_path, HEAD.encode() + rows + b"2011-01-02,strike,1\x000,B\n" + rows)
    assert reading.unread.select("row", "value").rows() == [(31, "1␀0")]
    assert noted(reading, "1 NUL bytes, the first in line 32")


@pytest.mark.parametrize(
    "content", [b"\x00\x01\x02" * 50, b"%PDF-1.4\x00\x00\n" + b"\x00" * 500, b"da\x00te,kind\n1,2\n"]
)
def test_what_is_no_text_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(RecordError, match="bytes that do not occur in text"):
        read(tmp_path, content)


def test_archives_are_refused_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match=r"zip archive.*unpack"):
        read(tmp_path, b"PK\x03\x04....")


def test_line_ends_of_every_kind(tmp_path: Path) -> None:
    for end in ("\n", "\r\n", "\r"):
        reading = read(tmp_path, end.join([HEAD.strip(), "2011-01-01,strike,5,A", "2011-01-02,strike,5,B"]))
        assert reading.events["place"].to_list() == ["A", "B"]


# --- rows ----------------------------------------------------------------------------------------------------------


def test_blank_lines_count_as_rows_and_lines_are_those_of_a_spreadsheet(tmp_path: Path) -> None:
    reading = read(tmp_path, "\n\n" + HEAD + "2011-01-01,strike,5,A\n\n2011-02-30,strike,5,B\n,,,\n")
    assert reading.rejected.select("row", "reason").rows() == [
        (2, "blank in every column that is read"),
        (3, "impossible date"),
        (4, "blank in every column that is read"),
    ]
    assert reading.where(3) == "row 3 (line 6)"  # two blank lines and the header stand above


def test_ragged_rows_are_set_aside_or_noted(tmp_path: Path) -> None:
    rows = "2011-01-01,strike,5,A,x,y\n2011-01-02,strike\n2011-01-03,strike,5,C\n"
    reading = read(tmp_path, HEAD + rows)
    assert reading.rejected.rows() == [(1, "(whole row)", "2011-01-01,strike,5,A,x,y", "6 fields under a header of 4")]
    assert reading.events.select("row", "place").rows() == [(2, None), (3, "C")]
    assert noted(reading, "1 rows have fewer fields than the header, the first of them row 2 (line 3)")


def test_irregular_quotation_marks_lose_no_row(tmp_path: Path) -> None:
    reading = read(
        tmp_path, HEAD + '2011-01-01,strike,5,5" pipe\n2011-01-02,strike,6,"A" side\n2011-01-03,strike,7,B\n'
    )
    assert reading.events["place"].to_list() == ['5" pipe', "A side", "B"]
    assert noted(reading, "quotation marks of the file are irregular")


def test_a_stray_mark_that_joins_lines_is_a_row_set_aside(tmp_path: Path) -> None:
    rows = '2011-01-01,strike,5,"A\n2011-01-02,strike,5,B\n2011-01-03,strike,5,C" x\n2011-01-04,strike,5,D,E\n'
    reading = read(tmp_path, HEAD + rows)
    assert reading.rows == reading.events["row"].n_unique() + reading.rejected.height
    assert "5 fields under a header of 4" in reading.rejected["reason"].to_list()


def test_a_mark_that_is_never_closed_is_refused_with_its_line(tmp_path: Path) -> None:
    content = HEAD + '2011-01-01,strike,5,A\n2011-01-02,strike,5,"B\n' + "2011-01-03,strike,5,C\n" * 4
    with pytest.raises(RecordError, match=r"begins in line 3 and never closes it.*5 lines after it"):
        read(tmp_path, content)
    mapping = 'quotes = false\ncolumns = { date = "date", kind = "kind", place = "place" }\n'
    assert read(tmp_path, content, mapping).events["place"].to_list() == ["A", '"B', "C", "C", "C", "C"]


def test_columns_of_one_name_are_told_apart(tmp_path: Path) -> None:
    mapping = 'columns = { date = "date", kind = "kind", place = "where_2" }\n'
    reading = read(tmp_path, "date,kind,where,where,\n2011-01-01,strike,A,B,\n", mapping)
    assert reading.events["place"].to_list() == ["B"]
    assert noted(reading, "'where' (read as 'where', 'where_2')")


@pytest.mark.long
def test_large_and_small_blocks_give_the_same_reading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [f"2011-01-{i % 33:02d},strike,{i}-{i + 3},P{i % 5}" for i in range(200)]
    content = HEAD + "\n".join([*rows, *rows[:9], "x,y,z,a,b"]) + "\n"
    mapping = 'duplicates = "drop"\ncolumns = { date = "date", kind = "kind", size = "size", place = "place" }\n'
    whole = read(tmp_path, content, mapping)
    monkeypatch.setattr(_base, "_BLOCK", 7)
    monkeypatch.setattr(_delimited, "_PIECE_BYTES", 60)
    blocks = read(tmp_path, content, mapping)
    assert whole.events.equals(blocks.events)
    assert whole.rejected.equals(blocks.rejected)
    assert whole.notes == blocks.notes
    assert whole.copies.equals(blocks.copies)
    assert whole.exact_duplicates == 9


@pytest.mark.long
def test_what_only_later_blocks_show_holds_for_the_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    days = ["3/4/11"] * 12 + ["3/4/2011"] * 12 + ["25/4/2011"] * 12
    content = HEAD + "".join(f"{day},strike,{i},saint etienne\n" for i, day in enumerate(days))
    mapping = (
        'columns = { date = "date", kind = "kind", size = "size", place = "place" }\n'
        '[window]\nadded = { "Saint-Étienne" = "2011-01-01" }\n'
    )
    whole = read(tmp_path, content, mapping)
    monkeypatch.setattr(_base, "_BLOCK", 5)
    monkeypatch.setattr(_delimited, "_PIECE_BYTES", 100)
    for mapped in (mapping, mapping.split("[window]")[0]):  # with a window that names places, and without
        blocks = read(tmp_path, content, mapped)
        assert blocks.events.equals(whole.events)
        assert set(blocks.events["date"]) == {date(2011, 4, 3), date(2011, 4, 25)}
    assert whole.window.added == read(tmp_path, content, mapping).window.added == {"saint etienne": date(2011, 1, 1)}


def test_rows_that_polars_sees_otherwise_are_read_as_the_survey_has_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = HEAD + '2011-01-01,strike,"1,500","A ""b"""\n\n2011-01-02,strike,5,"C\nD"\n2011-01-03,strike\n'
    whole = read(tmp_path, content)

    def fails(*_: object, **__: object) -> pl.DataFrame:
        raise pl.exceptions.ComputeError("no")

    monkeypatch.setattr(pl, "read_csv", fails)
    slowly = read(tmp_path, content)
    assert whole.events.equals(slowly.events)
    assert whole.events["place"].to_list() == ['A "b"', "C\nD", None]
    assert whole.rejected.equals(slowly.rejected)


# --- dates ---------------------------------------------------------------------------------------------------------


def test_zones_never_move_the_day_and_are_counted(tmp_path: Path) -> None:
    days = [
        "2020-06-01T23:30:00-05:00",
        "2020-06-01T00:10:00Z",
        "2020-06-01 22:00 UTC",
        "06/01/2020 11:59 PM",
        "2020-06-01",
    ]
    mapping = 'date_order = "mdy"\ncolumns = { date = "date", kind = "kind" }\n'
    reading = read(tmp_path, "date,kind\n" + "".join(f"{day},strike\n" for day in days), mapping)
    assert set(reading.events["date"]) == {date(2020, 6, 1)}
    assert reading.events["hour"].to_list() == [23, 0, 22, 23, None]
    assert noted(reading, "3 of 5 dates state a time with a zone: Z (2), -05:00 (1). The day as written was kept.")
    assert noted(reading, "The zones are mixed (the first is stated in row 1 (line 2))")


def test_one_zone_throughout_is_not_called_mixed(tmp_path: Path) -> None:
    reading = read(tmp_path, "date,kind\n2020-06-01T23:30Z,strike\n2020-06-02T23:30Z,strike\n")
    assert noted(reading, "2 of 2 dates")
    assert not noted(reading, "mixed")


def slashed(*days: str) -> str:
    return "date,kind\n" + "".join(f"{day},strike\n" for day in days)


def test_two_orders_of_day_and_month_in_one_column_are_refused_with_both_rows(tmp_path: Path) -> None:
    with pytest.raises(
        RecordError, match=r"'date'.*'1/13/2011' in row 16 \(line 17\).*'13/1/2011' in row 1 \(line 2\)"
    ):
        read(tmp_path, slashed(*["13/1/2011"] * 15, *["1/13/2011"] * 15, "3/4/2011"))


def test_a_few_dates_in_the_other_order_are_set_aside_and_said(tmp_path: Path) -> None:
    reading = read(tmp_path, slashed(*["1/13/2011"] * 15, "13/1/2011"))
    assert reading.rejected["row"].to_list() == [16]
    assert noted(reading, "1 dates can be read only day first (the first is '13/1/2011' in row 16 (line 17))")


def test_an_order_that_nothing_decides_is_refused_until_it_is_stated(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match=r"'3/4/2011' in row 1 \(line 2\).*date_order"):
        read(tmp_path, slashed("3/4/2011", "5/6/2011"))
    for order, month in (("dmy", 4), ("mdy", 3)):
        mapping = f'date_order = "{order}"\ncolumns = {{ date = "date", kind = "kind" }}\n'
        assert read(tmp_path, slashed("3/4/2011", "5/6/2011"), mapping).events["date"][0].month == month
    assert read(tmp_path, slashed("2011-03-04", "4/4/2011")).events.height == 2  # one day in either order
    decided = read(tmp_path, slashed("3/4/2011", *["5/16/2011"] * 3))
    assert decided.events["date"][0] == date(2011, 3, 4)
    assert noted(decided, "were read month first")


def test_day_first_where_the_record_is_month_first_is_refused_too(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match='date_order = "mdy"'):
        read(tmp_path, slashed(*["1/13/2011"] * 15), 'day_first = true\ncolumns = { date = "date", kind = "kind" }\n')


def test_several_forms_in_one_column_are_read(tmp_path: Path) -> None:
    days = ["2011-03-04", "4 March 2011", "3/4/2011", "20110304", "March 4, 2011 5:00 PM"]
    mapping = 'date_order = "mdy"\ncolumns = { date = "date", kind = "kind" }\n'
    text = slashed(*days[:4]) + '"March 4, 2011 5:00 PM",strike\n'
    assert set(read(tmp_path, text, mapping).events["date"]) == {date(2011, 3, 4)}


def test_a_stated_precision_brings_the_date_to_its_first_day_and_coarse_ends_are_last_days(tmp_path: Path) -> None:
    rows = "date,kind,precision,date_end\n2011-05-18,strike,month,\n2011-05-18,strike,week,2011-06\n2011,strike,,2012\n"
    events = read(tmp_path, rows).events
    assert events["date"].to_list() == [date(2011, 5, 1), date(2011, 5, 16), date(2011, 1, 1)]
    assert events["date_end"].to_list() == [None, date(2011, 6, 30), date(2012, 12, 31)]


# --- places and harmful texts ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("latitude", "longitude", "found", "column", "reason"),
    [
        ("-33.92", "18.42", (-33.92, 18.42), None, None),
        ("33,92", "18,42", (33.92, 18.42), None, None),
        ("33.92 S", "18.42°W", (-33.92, -18.42), None, None),
        ("", "", (None, None), None, None),
        ("95", "10", (None, None), "latitude", "outside the range of degrees"),
        ("10", "-181", (None, None), "longitude", "outside the range of degrees"),
        ("10", "", (None, None), "latitude", "one of latitude and longitude without the other"),
        ("north", "10", (None, None), "latitude", NOT_DEGREES),
        ("0", "0.0", (None, None), "latitude", "0, 0 stands for an unknown place"),
        ("10", "10 O", (None, None), "longitude", AN_O),
        ("nan", "inf", (None, None), "longitude", NOT_DEGREES),
    ],
)
def test_coordinates(
    tmp_path: Path, latitude: str, longitude: str, found: tuple, column: str | None, reason: str | None
):
    path = tmp_path / "a.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(
            [["date", "kind", "latitude", "longitude"], ["2011-01-01", "strike", latitude, longitude]]
        )
    reading = read_events(path, "csv")
    assert reading.events.select("latitude", "longitude").row(0) == found
    assert (reading.unread.row(0)[1::2] if reading.unread.height else (None, None)) == (column, reason)


def test_formulas_are_harmless_when_written_and_kept_when_read(tmp_path: Path) -> None:
    texts = ["=1+1", "+cmd", "-2+3", "@x", "\tx", " =1", "-5", "+3.5", "-5-10", "march", "a=b"]
    safe = [harmless(text) for text in texts]
    assert safe == ["'=1+1", "'+cmd", "'-2+3", "'@x", "'\tx", "' =1", "-5", "+3.5", "-5-10", "march", "a=b"]
    assert harmless_frame(pl.DataFrame({"=x": texts, "n": range(11)})).columns == ["'=x", "n"]
    assert harmless_frame(pl.DataFrame({"t": texts}))["t"].to_list() == safe
    assert read(tmp_path, HEAD + "2011-01-01,strike,5,=1+1\n").events["place"].to_list() == ["=1+1"]


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [("2-3 thousand", 2000, 3000), ("10-20k", 10_000, 20_000), ("500-2 thousand", 500, 2000), ("~500", 500, 500),
     ("1.5k", 1500, 1500), ("1.000.000", 1e6, 1e6), ("1'500", 1500, 1500), ("hundreds", 100, 999),
     ("no report", None, None),
     ("0.125", 0.125, 0.125)],
)  # fmt: skip
def test_sizes_as_people_write_them(tmp_path: Path, text: str, low: float | None, high: float | None) -> None:
    event = read(tmp_path, f'date,kind,size\n2011-01-01,strike,"{text}"\n').events.row(0, named=True)
    assert (event["size_low"], event["size_high"]) == (low, high)


def test_a_point_that_may_set_off_thousands_is_not_guessed(tmp_path: Path) -> None:
    rows = "date,kind,size\n2011-01-01,strike,1.500\n"
    reading = read(tmp_path, rows)
    assert reading.unread["reason"].to_list() == [
        "a point before three digits, which may be a separator of thousands or of decimals"
    ]
    columns = 'columns = { date = "date", kind = "kind", size = "size" }\n'
    assert read(tmp_path, rows, 'decimal = ","\n' + columns).events["size_low"].to_list() == [1500]
    assert read(tmp_path, rows, 'decimal = "."\n' + columns).events["size_low"].to_list() == [1.5]
    strict = read(tmp_path, rows, 'on_unreadable = "reject"\n' + columns)
    assert (strict.events.height, strict.rejected.height) == (0, 1)


# --- whatever the file, only a RecordError, and no row lost ----------------------------------------------------------

GARBAGE = st.one_of(
    st.binary(max_size=200),
    st.lists(
        st.sampled_from(["a", "2011-01-01", "13/1/2011", "protest", ",", ";", "\t", '"', '""', "\n", "\r\n", "\r", "é",
                         "\x00", "\ufeff", "date", "kind", "5-2", "1.500", "=x", " ", "−", "🙂", "2011-06-01T00:00Z"]),
        max_size=40,
    ).map(lambda parts: "".join(parts).encode()),
)  # fmt: skip
HEADS = st.sampled_from(
    [b"", b"date,kind,size\n", b"\xef\xbb\xbfdate;kind\n", b"date\tkind\r\n", b'"date","kind","place"\n']
)


@pytest.mark.long
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(head=HEADS, body=GARBAGE, zipped=st.booleans())
def test_garbage_is_refused_or_accounted_for(tmp_path: Path, head: bytes, body: bytes, zipped: bool) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(gzip.compress(head + body) if zipped else head + body)
    try:
        reading = read_events(path, "csv")
    except RecordError:
        return
    whole(reading)


CELLS = ["", "0", "1", "2", "3", "-99", "nan", "2011-01-01", "2011", "13", "1.5", "100-300", "x", "é\n", '"',
         "Protests", "Riots", "0.0", "143", "1e999", "-", "18/1/2011", "11/18/2011"]  # fmt: skip


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_every_codebook_accounts_for_every_row_of_garbage_under_its_own_header(
    tmp_path: Path, data: st.DataObject
) -> None:
    books = {name: book for name, book in codebooks().items() if book.layouts}
    book = books[data.draw(st.sampled_from(sorted(books)))]
    layout = sorted(data.draw(st.sampled_from(book.layouts)))
    cell = st.sampled_from(CELLS)
    rows = data.draw(st.lists(st.lists(cell, min_size=len(layout), max_size=len(layout) + 1), min_size=1, max_size=6))
    with (tmp_path / "a.tsv").open("w", newline="", encoding="utf-8") as file:
        bare = book.name in ("icews_events", "polecat")  # which their publishers serve without quotation marks
        quoting = csv.QUOTE_NONE if bare else csv.QUOTE_ALL
        writer = csv.writer(file, delimiter="\t", quoting=quoting, quotechar=None if bare else '"')
        writer.writerow(layout)
        writer.writerows([[c.replace("\n", " ") for c in row] for row in rows])
    reading = book.read(tmp_path / "a.tsv")
    assert reading.rows == len(rows)
    whole(reading)


def whole(reading: Reading) -> None:
    events, rejected = set(reading.events["row"]), reading.rejected["row"].to_list()
    assert events.isdisjoint(rejected)
    assert sorted([*events, *rejected, *reading.zeros["row"]]) == list(range(1, reading.rows + 1))
    assert reading.rejected["reason"].null_count() == 0
    assert reading.events["id"].n_unique() == reading.events.height
    assert reading.events["date"].null_count() == reading.events["kind"].null_count() == 0
    assert set(reading.unread["row"]) <= events
