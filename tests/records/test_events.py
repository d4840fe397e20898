"""Reading: no row is ever lost, and every form of date and number is read, refused or set aside with a reason."""

from __future__ import annotations

import csv
import gzip
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from groundswell.errors import GroundswellError, RecordError
from groundswell.records.codebooks._amounts import read_amounts
from groundswell.records.codebooks._dates import NOT_A_DATE, S_NUMBER, SEASON, read_dates
from groundswell.records.events import read_events
from groundswell.records.schema import KINDS, SCHEMA


def write(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


def amount(text: str | None) -> tuple[float | None, float | None, str | None]:
    row = read_amounts(pl.Series([text], dtype=pl.String)).row(0)
    return row


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("250", 250, 250),
        ("1,000", 1000, 1000),
        ("1,234,567", 1234567, 1234567),
        ("12 000", 12000, 12000),
        ("27.0", 27, 27),
        ("1e3", 1000, 1000),
        ("100-300", 100, 300),
        (" 100 - 300 ", 100, 300),
        ("638- 3000", 638, 3000),
        ("200–300", 200, 300),
        ("200 to 300", 200, 300),
        ("between 100 and 200", 100, 200),
        ("hundreds", 100, 999),
        ("Hundreds (est.) demonstrators", 100, 999),
        ("1000s", 1000, 9999),
        ("100s-1000s", 100, 9999),
        ("dozens", 24, 99),
        ("several hundred", 200, 999),
        ("a few thousand", 2000, 9999),
        ("tens of thousands", 10000, 99999),
        ("hundreds of thousands", 100000, 999999),
        ("a hundred", 100, 100),
        ("two dozen", 24, 24),
        ("ten thousand", 10000, 10000),
        ("1.5 million", 1.5e6, 1.5e6),
        ("10k", 10000, 10000),
        ("about 100 protesters", 100, 100),
        (">1000", 1000, None),
        ("over 1,000", 1000, None),
        ("50+", 50, None),
        ("at least 200 people", 200, None),
        ("up to 50", None, 50),
        ("<100", None, 100),
        ("0", 0, 0),
        ("½ million", 500_000, 500_000),
        ("1½ thousand", 1500, 1500),
        ("about half a million people", 500_000, 500_000),
        ("٥٬٠٠٠", 5000, 5000),
    ],
)
def test_amounts_are_read(text: str, low: float | None, high: float | None):
    assert amount(text) == (low, high, None)


@pytest.mark.parametrize("text", [None, "", "  ", "nan", "NaN", ".", "?", "unknown"])
def test_unknown_amounts_are_null_without_a_problem(text: str | None):
    assert amount(text) == (None, None, None)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("-5", "negative"),
        ("- 12.0", "negative"),
        ("-5-10", "negative"),
        ("300-100", "range that runs backwards"),
        ("abc", "not a number or range that can be read"),
        ("a crowd", "not a number or range that can be read"),
        ("inf", "not a number or range that can be read"),
        ("1e400", "not a number or range that can be read"),
        ("1,5", "not a number or range that can be read"),
        ("> <5", "not a number or range that can be read"),
    ],
)
def test_amounts_that_cannot_be_read_say_why(text: str, problem: str):
    assert amount(text) == (None, None, problem)


@pytest.mark.parametrize(
    ("text", "read", "precision"),
    [
        ("2011-01-31", date(2011, 1, 31), "day"),
        ("2011-1-5", date(2011, 1, 5), "day"),
        ("1991-08-20 00:00:00", date(1991, 8, 20), "day"),
        ("2011-01-31T23:59:59Z", date(2011, 1, 31), "day"),
        ("20110131", date(2011, 1, 31), "day"),
        ("1/31/2011", date(2011, 1, 31), "day"),
        ("01/02/2011", date(2011, 1, 2), "day"),
        ("June 23, 2020", date(2020, 6, 23), "day"),
        ("5-Sept-2020", date(2020, 9, 5), "day"),
        ("29 February 2020", date(2020, 2, 29), "day"),
        ("2020-W01", date(2019, 12, 30), "week"),
        ("2011-02", date(2011, 2, 1), "month"),
        ("March 2011", date(2011, 3, 1), "month"),
        ("1848", date(1848, 1, 1), "year"),
        ("1/2021", date(2021, 1, 1), "month"),
        ("early January 2021", date(2021, 1, 1), "month"),
        ("٢٠٢١-٠١-٠٥", date(2021, 1, 5), "day"),
        ("१/५/२०२१", date(2021, 1, 5), "day"),
        ("２０２１年１月５日", date(2021, 1, 5), "day"),
    ],
)
def test_dates_are_read(text: str, read: date, precision: str):
    assert read_dates(pl.Series([text])).row(0)[:3] == (read, precision, None)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("5-6 Jan 2021", date(2021, 1, 5), date(2021, 1, 6)),
        ("January 5–6, 2021", date(2021, 1, 5), date(2021, 1, 6)),
        ("28 Feb - 2 Mar 2021", date(2021, 2, 28), date(2021, 3, 2)),
        ("2021-01-05/2021-01-06", date(2021, 1, 5), date(2021, 1, 6)),
        ("5-Jan-2021", date(2021, 1, 5), None),
    ],
)
def test_two_days_are_one_event_from_the_first_to_the_last(tmp_path: Path, text: str, first: date, last: date | None):
    path = tmp_path / "days.csv"
    path.write_text(f"date,kind\n{text.replace(',', '')},protest\n2021-03-03,protest\n", encoding="utf-8")
    reading = read_events(path, "csv")
    assert reading.events.select("date", "date_end").rows()[0] == (first, last)
    assert any("of several days" in note for note in reading.notes) == (last is not None)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (None, "no date"),
        ("nan", "no date"),
        ("2011-02-30", "impossible date"),
        ("29 February 2021", "impossible date"),
        ("2011-13-01", "impossible date"),
        ("2011-00-01", "impossible date"),
        ("31/1/2011", "impossible date"),
        ("0000-01-01", "impossible date"),
        ("2021-W53", "impossible date"),
        ("1/2/99", "year of two digits"),
        ("5 Jan 99", "year of two digits"),
        ("yesterday", NOT_A_DATE),
        ("2011.5", NOT_A_DATE),
        ("mid-2021", NOT_A_DATE),
        ("13/2021", "impossible date"),
        ("30-31 Feb 2021", "impossible date"),
        ("Frühjahr 2021", SEASON),
        ("S07 2021", S_NUMBER),
    ],
)
def test_dates_that_cannot_be_read_say_why(text: str | None, problem: str):
    day, precision, said, *_ = read_dates(pl.Series([text], dtype=pl.String)).row(0)
    assert (day, precision) == (None, None)
    assert said.startswith(problem)


def test_the_day_comes_first_only_if_the_mapping_says_so():
    assert read_dates(pl.Series(["3/4/2011"])).row(0)[0] == date(2011, 3, 4)
    assert read_dates(pl.Series(["3/4/2011"]), day_first=True).row(0)[0] == date(2011, 4, 3)


def test_the_columns_of_the_schema_are_read_without_a_mapping(tmp_path: Path):
    path = write(
        tmp_path / "mine.csv",
        "date,kind,size,place,fatalities\n2011-01-25,protest,100-300,Cairo,\n2011-01-28,repression,,Suez,2 to 4\n",
    )
    reading = read_events(path, "csv")
    assert dict(reading.events.schema) == {name: kind() for name, kind in SCHEMA.items()}
    assert reading.events["row"].to_list() == [1, 2]
    assert reading.events["size_low"].to_list() == [100.0, None]
    assert reading.events["size_high"].to_list() == [300.0, None]
    assert reading.events["fatalities"].to_list() == [None, 2]
    assert any("the low figure is kept" in note for note in reading.notes)
    assert reading.rejected.height == 0


def test_what_was_read_can_be_written_and_read_again(tmp_path: Path):
    path = write(tmp_path / "a.csv", "date,kind,size,place\n2011-01,protest,>1000,Cairo\n2011,strike,7,\n")
    first = read_events(path, "csv").events
    first.write_csv(tmp_path / "b.csv")
    assert read_events(tmp_path / "b.csv", "csv").events.equals(first)


def test_every_malformed_row_is_kept_aside_with_its_reason(tmp_path: Path):
    path = write(
        tmp_path / "bad.csv",
        "when,what,people,until\n"
        "2011-01-25,protest,100,\n"
        "2011-02-30,protest,100,\n"
        ",protest,100,\n"
        "1/2/11,protest,100,\n"
        "2030-01-01,protest,100,\n"
        "2011-01-25,picnic,100,\n"
        "2011-01-25,,100,\n"
        "2011-01-25,protest,-5,\n"
        "2011-01-25,protest,lots,\n"
        "2011-01-25,protest,100,2011-01-24\n"
        "2011-01-25,protest,nan,2011-01-26\n"
        "2011-01-25,protest,1,2,3,4\n",
    )
    mapping = write(
        tmp_path / "map.toml",
        'span = ["2001-01-01", "2020-12-31"]\ndate_order = "mdy"\n'
        'columns = { date = "when", kind = "what", size = "people", date_end = "until" }\n',
    )
    reading = read_events(path, mapping)
    assert reading.rows == 12
    assert reading.events["row"].to_list() == [1, 4, 6, 9, 11]
    assert reading.events["date"].to_list()[1] == date(2011, 1, 2)  # the span leaves one century for 11
    assert reading.events["kind"].to_list()[2] == "picnic"
    assert reading.unread.rows() == [(9, "people", "lots", "not a number or range that can be read")]
    expected = {
        2: ("when", "2011-02-30", "impossible date"),
        3: ("when", None, "no date"),
        5: ("when", "2030-01-01", "outside the span of the record, 2001-01-01 to 2020-12-31"),
        7: ("what", None, "no kind"),
        8: ("people", "-5", "negative"),
        10: ("until", "2011-01-24", "ends before it starts"),
        12: ("(whole row)", "2011-01-25,protest,1,2,3,4", "6 fields under a header of 4"),
    }
    assert {row[0]: row[1:] for row in reading.rejected.rows()} == expected


def test_a_date_in_the_future_is_rejected_only_where_the_record_states_its_span(tmp_path: Path):
    path = write(tmp_path / "a.csv", "date,kind\n2030-01-01,protest\n2019-01-01,protest\n")
    assert read_events(path, "csv").events.height == 2
    mapping = write(
        tmp_path / "m.toml", 'span = [2001-01-01, 2020-12-31]\ncolumns = { date = "date", kind = "kind" }\n'
    )
    assert read_events(path, mapping).events["date"].to_list() == [date(2019, 1, 1)]


def test_duplicates_are_counted_and_kept_or_dropped_with_a_reason(tmp_path: Path):
    path = write(
        tmp_path / "a.csv",
        "date,kind,place\n2011-01-01,protest,A\n2011-01-02,protest,A\n2011-01-01,protest,A\n2011-01-01,protest,A\n",
    )
    kept = read_events(path, "csv")
    assert (kept.events.height, kept.exact_duplicates) == (4, 2)
    assert any(note.startswith("2 rows repeat an earlier row exactly") for note in kept.notes)
    mapping = write(tmp_path / "m.toml", 'duplicates = "drop"\ncolumns = { date = "date", kind = "kind" }\n')
    dropped = read_events(path, mapping)
    assert dropped.events["row"].to_list() == [1, 2]
    assert dropped.rejected.select("value", "reason").rows() == [("row 1", "an exact copy of an earlier row")] * 2
    assert dropped.exact_duplicates == 2


def test_unreadable_figures_are_set_aside_where_the_mapping_says_so(tmp_path: Path):
    path = write(tmp_path / "a.csv", "date,kind,size\n2011-01-01,protest,masses\n2011-01-02,protest,-3\n")
    mapping = write(
        tmp_path / "m.toml",
        'on_unreadable = "set aside"\ncolumns = { date = "date", kind = "kind", size = "size" }\n',
    )
    reading = read_events(path, mapping)
    assert reading.events["size_low"].to_list() == [None]
    assert reading.unread.rows() == [(1, "size", "masses", "not a number or range that can be read")]
    assert reading.rejected.rows() == [(2, "size", "-3", "negative")]  # a negative count is never set aside


def test_identifiers_are_unique_even_where_the_record_repeats_them(tmp_path: Path):
    path = write(tmp_path / "a.csv", "id,date,kind\nx,2011-01-01,protest\nx,2011-01-02,protest\n,2011-01-03,protest\n")
    assert read_events(path, "csv").events["id"].to_list() == ["x@1", "x@2", "csv-3"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".csv.gz"])
def test_delimiters_and_gzip_are_found(tmp_path: Path, delimiter: str, suffix: str):
    text = "\n".join(delimiter.join(row) for row in (("date", "kind", "place"), ("2011-01-01", "strike", "Łódź")))
    path = tmp_path / f"a{suffix}"
    path.write_bytes(gzip.compress(text.encode()) if suffix.endswith(".gz") else text.encode())
    assert read_events(path, "csv").events["place"].to_list() == ["Łódź"]


def test_byte_order_marks_and_latin_1_are_read_and_the_latter_is_noted(tmp_path: Path):
    text = "date,kind,place\n2011-01-01,strike,Málaga\n"
    for encoding, noted in (("utf-8-sig", False), ("utf-16", False), ("latin-1", True)):
        reading = read_events(write(tmp_path / "a.csv", text, encoding), "csv")
        assert reading.events["place"].to_list() == ["Málaga"]
        assert any("Latin-1" in note for note in reading.notes) == noted


def test_quoted_line_breaks_and_a_column_named_row_do_not_confuse_the_numbering(tmp_path: Path):
    path = write(tmp_path / "a.csv", 'row,date,kind,place\n9,2011-01-01,strike,"A\nB"\n9,2011-01-02,strike,C\n')
    events = read_events(path, "csv").events
    assert events["row"].to_list() == [1, 2]
    assert events["place"].to_list() == ["A\nB", "C"]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty"),
        (b"  \n\n", "is empty"),
        (b"date,kind\n", "has a header but no rows"),
        (b"\x1f\x8bbroken", "damaged gzip"),
        (b"date,kind\n\x00\x01,protest\n", "bytes that do not occur in text"),
        (b"a,b\n1,2\n", "has no column for date and kind"),
    ],
)
def test_files_that_are_not_records_are_refused_in_one_sentence(tmp_path: Path, content: bytes, says: str):
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    with pytest.raises(RecordError, match=says):
        read_events(path, "csv")


def test_missing_files_folders_and_broken_workbooks_are_refused(tmp_path: Path):
    with pytest.raises(RecordError, match="does not exist"):
        read_events(tmp_path / "no.csv", "csv")
    with pytest.raises(RecordError, match="is a folder"):
        read_events(tmp_path, "csv")
    write(tmp_path / "a.xlsx", "not a workbook")
    with pytest.raises(RecordError, match="cannot be read as a spreadsheet"):
        read_events(tmp_path / "a.xlsx", "csv")


def test_an_unknown_codebook_lists_the_known_ones(tmp_path: Path):
    with pytest.raises(GroundswellError, match="mass_mobilization, navco1, navco2, navco3"):
        read_events(tmp_path / "a.csv", "navco4")


CELL = st.one_of(
    st.sampled_from(["", "nan", "-1", "100-300", "3", ">50", "hundreds", "x", "1e999", "5-2"]),
    st.text(alphabet=st.characters(exclude_categories=("Cs",), exclude_characters="\x00"), max_size=8),
)
DATE = st.one_of(
    st.dates(date(1700, 1, 1), date(2100, 1, 1)).map(date.isoformat),
    st.sampled_from(["", "2011-02-30", "1/31/2011", "31/1/2011", "1/2/99", "2011", "2011-05", "junk", "2011-W07"]),
)
KIND = st.sampled_from([*KINDS, "Protest", "", "picnic"])


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True)
@given(
    rows=st.lists(st.tuples(DATE, KIND, CELL, CELL, CELL, st.lists(CELL, max_size=2)), min_size=1, max_size=25),
    policy=st.sampled_from(["reject", "set aside"]),
    duplicates=st.sampled_from(["keep", "drop"]),
)
def test_no_row_is_ever_lost(tmp_path: Path, rows, policy: str, duplicates: str):
    path = tmp_path / "a.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL)
        writer.writerow(["date", "kind", "size", "fatalities", "place"])
        # now and then a row with more fields than the header
        writer.writerows([*row[:5], *row[5]] for row in rows)
    mapping = write(
        tmp_path / "m.toml",
        f'date_order = "mdy"\non_unreadable = "{policy}"\nduplicates = "{duplicates}"\n'
        'columns = { date = "date", kind = "kind", size = "size", fatalities = "fatalities", place = "place" }\n',
    )
    reading = read_events(path, mapping)
    assert reading.rows == len(rows)
    events, rejected = set(reading.events["row"]), list(reading.rejected["row"])
    assert events.isdisjoint(rejected)
    assert sorted([*events, *rejected]) == list(range(1, len(rows) + 1))
    assert reading.rejected["reason"].null_count() == 0
    # and what is kept says what the row says
    for event in reading.events.iter_rows(named=True):
        row = rows[event["row"] - 1]
        assert event["kind"] == row[1].lower()
        assert event["date"].isoformat()[:4] in (row[0][:4], row[0][-4:])
    good = reading.events
    assert good.filter(pl.col("size_low") > pl.col("size_high")).height == 0
    assert good.filter((pl.col("size_low") < 0) | (pl.col("fatalities") < 0)).height == 0
    assert good["id"].n_unique() == good.height
