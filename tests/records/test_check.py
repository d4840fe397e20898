"""The check of a record finds the faults that were put into it, and says so in sentences."""

from __future__ import annotations

import json
import os
from datetime import date, timedelta
from pathlib import Path

import pytest

from groundswell.errors import RecordError
from groundswell.records.check import Gap, Jump, check_record
from groundswell.records.codebooks._template import template

DATA = Path(os.environ.get("GROUNDSWELL_DATA", Path(__file__).parents[2] / "../shared/data"))


def write(path: Path, days: list[date], extra: str = "") -> Path:
    rows = "".join(f"{day},protest,{100 + i},\n" for i, day in enumerate(days))
    path.write_text(f"date,kind,size,place\n{rows}{extra}")
    return path


def steady(first: date, count: int, every: int) -> list[date]:
    return [first + timedelta(days=every * i) for i in range(count)]


def test_a_clean_record_is_clean(tmp_path: Path):
    report = check_record(write(tmp_path / "a.csv", steady(date(2001, 1, 1), 1000, 3)), "csv")
    assert (report.rows, report.events, report.kinds) == (1000, 1000, {"protest": 1000})
    assert (report.first, report.last) == (date(2001, 1, 1), date(2001, 1, 1) + timedelta(days=2997))
    assert (report.gaps, report.jumps, report.exact_duplicates, report.rejected_rows) == ((), (), 0, 0)
    assert (report.missing_sizes, report.coarse_dates, report.unread, report.impossible_dates) == (0, 0, 0, 0)
    assert "No row was rejected." in report.sentences()


def towns(path: Path, last: str) -> Path:
    """Forty events in each of two towns, then rows of their own."""
    day = date(2001, 1, 1)
    rows = [
        f"{day + timedelta(days=3 * i)},protest,{town},{place}\n"
        for i in range(40)
        for town, place in (("Tunis", "36.8,10.2"), ("Sfax", "34.7,10.8"))
    ]
    path.write_text("date,kind,place,latitude,longitude\n" + "".join(rows) + last)
    return path


@pytest.mark.parametrize(
    ("position", "slip"),
    [
        ("36.8,-10.2", "with the other sign of its longitude"),
        ("10.2,36.8", "with latitude and longitude exchanged"),
        ("40,40", ""),
    ],
)
def test_an_event_far_from_where_its_place_lies_is_said(tmp_path: Path, position: str, slip: str):
    report = check_record(towns(tmp_path / "a.csv", f"2001-05-02,protest,Tunis,{position}\n"), "csv")
    assert [(event.row, event.place, event.slip) for event in report.misplaced] == [(81, "Tunis", slip)]
    assert any("row 81, Tunis at" in sentence for sentence in report.sentences())


def test_places_that_are_wide_or_seldom_named_have_no_point(tmp_path: Path):
    spread = "".join(f"2001-05-{i + 1:02},protest,North,{30 + i},{10 + i}\n" for i in range(20))
    two = "2001-06-01,protest,Gafsa,34.4,8.8\n2001-06-02,protest,Gafsa,34.4,-8.8\n"
    assert check_record(towns(tmp_path / "a.csv", spread + two), "csv").misplaced == ()


def test_a_slip_in_a_short_name_is_said_where_hardly_any_event_has_it(tmp_path: Path):
    once = check_record(towns(tmp_path / "a.csv", "2001-05-02,protest,Tunnis,36.8,10.2\n"), "csv")
    assert [(pair.rare, pair.common) for pair in once.names] == [("Tunnis", "Tunis")]
    other = "2001-05-02,protest,Turis,36.8,10.2\n"  # another letter is another name
    assert check_record(towns(tmp_path / "b.csv", other), "csv").names == ()
    often = "".join(f"2001-05-0{i},protest,Tunnis,36.8,10.2\n" for i in range(1, 6))
    assert check_record(towns(tmp_path / "c.csv", often), "csv").names == ()


def test_faults_are_found_and_said(tmp_path: Path):
    days = [*steady(date(2001, 1, 1), 300, 4), *steady(date(2006, 1, 1), 700, 1)]
    extra = (
        "2001-02-30,protest,5,\n2001-13-01,protest,5,\n,protest,5,\n2001-01-01,picnic,5,\n"
        "2003-05,protest,,\n2001-01-01,protest,100,\n2001-01-01,protest,100,\n"
    )
    report = check_record(write(tmp_path / "a.csv", days, extra), "csv")
    assert report.rows == 1007
    assert report.events == 1004
    assert report.rejected == {"impossible date": 2, "no date": 1}
    assert report.kinds["picnic"] == 1
    assert report.impossible_dates == 2
    assert report.missing_sizes == 1
    assert report.coarse_dates == 1
    assert report.exact_duplicates == 2
    last = date(2001, 1, 1) + timedelta(days=4 * 299)
    gap = Gap(last + timedelta(days=1), date(2005, 12, 31), (date(2006, 1, 1) - last).days - 1)
    assert report.gaps == (gap,)
    # about 91 events a year, then none, then one a day
    assert [jump.year for jump in report.jumps] == [2006, 2007]
    said = " ".join(report.sentences())
    for words in ("1,007 rows", "2 for 'impossible date'", "Exact repeats", "2006 (365 against", str(gap.first)):
        assert words in said


def test_a_jump_must_be_more_than_noise(tmp_path: Path):
    quiet = [date(year, 3, 1) + timedelta(days=i) for year in range(2000, 2010) for i in range(1)]
    report = check_record(write(tmp_path / "a.csv", [*quiet, *steady(date(2005, 6, 1), 3, 1)]), "csv")
    assert report.jumps == ()  # 4 against a median of 1 is within five standard errors
    report = check_record(write(tmp_path / "a.csv", [*quiet, *steady(date(2005, 6, 1), 9, 1)]), "csv")
    assert report.jumps == (Jump(2005, 10, 1.0),)


def test_a_record_of_which_nothing_can_be_read(tmp_path: Path):
    (tmp_path / "a.csv").write_text("date,kind\nx,protest\ny,protest\n")
    report = check_record(tmp_path / "a.csv", "csv")
    assert (report.events, report.rejected_rows, report.first) == (0, 2, None)
    assert any("nothing can be estimated" in sentence for sentence in report.sentences())
    with pytest.raises(RecordError):
        check_record(tmp_path / "none.csv", "csv")


def test_a_hole_in_coverage_is_a_drop_unless_it_is_at_an_end(tmp_path: Path):
    years = {2000: 30, 2001: 200, 2002: 200, 2003: 20, 2004: 200, 2005: 200, 2006: 200, 2007: 10}
    days = [date(year, 1, 1) + timedelta(days=i) for year, count in years.items() for i in range(count)]
    report = check_record(write(tmp_path / "a.csv", days), "csv")
    assert report.drops == (Jump(2003, 20, 200.0),)
    assert any(
        "less than a third" in sentence and "2003 (20 against 200)" in sentence for sentence in report.sentences()
    )


def test_what_looks_alike_lies_ahead_or_has_no_place_is_counted(tmp_path: Path):
    ahead = date.today() + timedelta(days=400)
    (tmp_path / "a.csv").write_text(
        "id,date,kind,size,place,latitude,longitude\n"
        "1,2001-01-01,protest,100,A,1,2\n2,2001-01-01,protest,100,A,,\n3,2001-01-01,protest,100,B,,\n"
        f"3,2001-01-01,protest,100,B,,\n4,{ahead},protest,,A,,\n5,2001-02-30,protest,5,A,,\n"
    )
    report = check_record(tmp_path / "a.csv")  # recognised by its columns
    assert (report.codebook, report.look_alikes, report.exact_duplicates, report.future) == ("csv", 1, 1, 1)
    assert report.without_coordinates == 4
    assert report.examples == {"impossible date": "row 6 (line 7), date '2001-02-30'"}
    said = " ".join(report.sentences())
    assert "first row 6 (line 7), date '2001-02-30'" in said
    assert "Dated after today: 1 event." in said


def test_a_report_is_plain_types(tmp_path: Path):
    report = check_record(write(tmp_path / "a.csv", steady(date(2001, 1, 1), 300, 1), "2009-01-01,protest,1,\n"), "csv")
    found = json.loads(json.dumps(report.to_dict()))
    assert (found["path"], found["first"], found["rows"]) == ("a.csv", "2001-01-01", 301)
    assert found["gaps"] == [{"first": "2001-10-28", "last": "2008-12-31", "days": report.gaps[0].days}]
    assert found["sentences"] == report.sentences()


def test_the_jump_of_coverage_in_navco_is_found():
    path = DATA / "navco" / "navco3_events_compact.csv.gz"
    if not path.exists():
        pytest.skip("the shared data sets are not here; set GROUNDSWELL_DATA to their folder")
    report = check_record(path, "navco3")
    assert {jump.year: jump.count for jump in report.jumps} == {2011: 19_838, 2012: 19_947}
    assert report.exact_duplicates == 1_328


def test_a_mapping_to_fill_in_marks_a_kind_that_may_be_misspelt(tmp_path: Path):
    rows = "".join(f"2001-01-{i % 28 + 1:02},{'demonstraton' if i == 7 else 'demonstration'}\n" for i in range(40))
    (tmp_path / "a.csv").write_text("when,form\n" + rows)
    line = '"demonstraton" = "demonstraton"  # 1; a slip for "demonstration"?'
    assert line in template(tmp_path / "a.csv").splitlines()
