"""What a record is asked about is chosen as stated, and every choice is stated."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from types import ModuleType

import numpy as np
import pytest

from groundswell.errors import EstimationError, RecordError
from groundswell.inquiry.material import gather
from groundswell.records.window import Window


def days(records: ModuleType, n: int, kind: str = "protest", start: date = date(2000, 1, 3), **same: object) -> list:
    return [{"date": start + timedelta(days=i), "kind": kind, **same} for i in range(n)]


def test_a_short_record_is_counted_by_day_and_a_long_one_by_week(records: ModuleType) -> None:
    assert gather([records.reading(days(records, 200))]).unit == "day"
    long = gather([records.reading(days(records, 800))])
    assert long.unit == "week"
    assert any("by week" in note for note in long.notes)
    assert gather([records.reading(days(records, 800))], unit="day").unit == "day"


def test_rare_kinds_are_left_out_and_counted(records: ModuleType) -> None:
    rows = days(records, 100) + days(records, 3, "strike") + days(records, 50, "other")
    found = gather([records.reading(rows)])
    assert found.kinds == ("protest",)
    assert any("strike (3)" in note for note in found.notes)
    assert found.whole.coverage is not None
    assert gather([records.reading(rows)], kinds=["strike"]).kinds == ("strike",)


def test_countries_are_counted_apart_where_there_are_several(records: ModuleType) -> None:
    rows = [row for name in ("A", "B", "C") for row in days(records, 100, country=name)]
    rows += days(records, 4, country="D")
    found = gather([records.reading(rows)])
    assert found.by == "country"
    assert found.places == ("A", "B", "C")
    assert any("1 countries with fewer than 10" in note for note in found.notes)
    assert gather([records.reading(rows)], by="none").by is None
    one = gather([records.reading(rows)], places=["B"])
    assert one.by is None
    assert one.whole.counts.sum() == 100


def test_a_place_of_a_country_wins_over_a_place_of_that_name_elsewhere(records: ModuleType) -> None:
    rows = days(records, 40, country="Georgia") + days(records, 30, country="United States", place="Georgia")
    assert gather([records.reading(rows)], places=["Georgia"]).events.height == 40


def test_several_records_are_asked_over_the_days_that_all_cover(records: ModuleType) -> None:
    one = records.reading(days(records, 100))
    two = records.reading(days(records, 100, "repression", date(2000, 2, 2)))
    found = gather([one, two])
    assert (found.window.first, found.window.last) == (date(2000, 2, 2), date(2000, 4, 11))
    assert found.events["date"].min() == date(2000, 2, 2)
    assert any("60 events lie outside" in note for note in found.notes)
    with pytest.raises(RecordError, match="cover different days"):
        gather([one, records.reading(days(records, 100, "repression", date(2010, 1, 1)))])


def test_coarse_dates_are_counted(records: ModuleType) -> None:
    rows = days(records, 900) + days(records, 7, precision="month")
    assert any("7 events are dated more coarsely" in note for note in gather([records.reading(rows)]).notes)


def test_wrong_names_are_refused_with_what_was_meant(records: ModuleType) -> None:
    made = [records.reading(days(records, 100, country="Kenya", place="Nairobi"))]
    for arguments, content in (
        ({"kinds": ["protests"]}, "did you mean 'protest'"),
        ({"kinds": ["strike"]}, r"protest \(100\)"),
        ({"places": ["Kenia"]}, "did you mean 'Kenya'"),
        ({"unit": "month"}, "day or week"),
        ({"by": "city"}, "country, place or none"),
        ({"by": "country"}, "1 countrys|1 countries"),
    ):
        with pytest.raises((EstimationError, RecordError), match=content):
            gather(made, **arguments)  # type: ignore[arg-type]


def test_series_add_up(records: ModuleType) -> None:
    rng = np.random.default_rng(0)
    rows = [
        row for name in "ABCD" for row in records.from_counts(rng.poisson(1.0, (150, 1)), ("protest",), country=name)
    ]
    found = gather([records.reading(rows)])
    parts = sum(found.series_of(place).counts.sum() for place in found.places)
    assert parts == found.whole.counts.sum() == len(rows)


def test_the_places_of_several_windows_are_kept(records: ModuleType) -> None:
    one = replace(
        records.reading(days(records, 100, place="A")),
        window=Window(places=("A", "B"), added={"A": date(2000, 2, 1), "B": date(2000, 1, 10)}),
    )
    two = replace(
        records.reading(days(records, 100, "repression", place="A")),
        window=Window(places=("A", "C"), added={"A": date(2000, 2, 15)}),
    )
    window = gather([one, two]).window
    assert window.places == ("A",)
    assert window.added == {"A": date(2000, 2, 15), "B": date(2000, 1, 10)}
