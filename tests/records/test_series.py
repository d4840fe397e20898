"""Series: counts are those of a plain loop over events, periods are whole, and what cannot be placed is refused."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundswell.errors import RecordError
from groundswell.records.schema import KINDS, SCHEMA
from groundswell.records.series import UNITS, Series, series


def events(rows: list[dict]) -> pl.DataFrame:
    filled = [{"precision": "day", "row": i + 1, "id": str(i), **row} for i, row in enumerate(rows)]
    return pl.DataFrame([{name: row.get(name) for name in SCHEMA} for row in filled], schema=SCHEMA)


def slow_period(day: date, unit: str) -> date:
    """The first day of the period, found by stepping back one day at a time."""

    def first(d: date) -> bool:
        return {
            "day": True,
            "week": d.weekday() == 0,
            "month": d.day == 1,
            "quarter": d.day == 1 and d.month in (1, 4, 7, 10),
            "year": d.day == 1 and d.month == 1,
        }[unit]

    while not first(day):
        day -= timedelta(days=1)
    return day


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    stated=st.lists(
        st.tuples(st.dates(date(1899, 1, 1), date(1903, 1, 1)), st.sampled_from(KINDS)), min_size=1, max_size=30
    ),
    unit=st.sampled_from(UNITS),
)
def test_counts_are_those_of_a_plain_loop(stated, unit):
    frame = events([{"date": day, "kind": kind} for day, kind in stated])
    kinds = tuple(dict.fromkeys(kind for _, kind in stated))
    found = series(frame, kinds, unit)
    expected = Counter((slow_period(day, unit), kind) for day, kind in stated)
    dates = found.dates()
    assert {(dates[t], k): n for t in range(len(found)) for k in kinds if (n := int(found.of(k)[t]))} == expected
    assert dates[0] == min(slow_period(day, unit) for day, _ in stated)
    assert dates[-1] == max(slow_period(day, unit) for day, _ in stated)
    # every period follows on the one before: the day before it lies in that one
    assert all(slow_period(b - timedelta(days=1), unit) == a for a, b in itertools.pairwise(dates))
    assert found.coverage is None  # all kinds were asked for


def test_sizes_are_midpoints_known_ends_or_not_known():
    d = date(2020, 6, 1)
    frame = events(
        [
            {"date": d, "kind": "protest", "size_low": 100.0, "size_high": 300.0},
            {"date": d, "kind": "protest", "size_low": 50.0},
            {"date": d, "kind": "protest"},
            {"date": d + timedelta(days=2), "kind": "protest"},
        ]
    )
    found = series(frame, ["protest"], "day")
    assert found.sizes is not None
    assert found.sizes[:2, 0].tolist() == [250.0, 0.0]
    assert math.isnan(found.sizes[2, 0])  # an event, but nobody says how large
    assert found.to_frame().columns == ["date", "protest", "protest_size", "watched"]
    assert series(frame.with_columns(size_low=None, size_high=None), ["protest"], "day").sizes is None


def test_the_window_is_that_of_the_record_or_as_asked():
    frame = events(
        [
            {"date": date(2020, 1, 15), "kind": "other", "country": "A"},
            {"date": date(2020, 3, 15), "kind": "protest", "country": "A", "place": "x"},
            {"date": date(2020, 9, 15), "kind": "other", "country": "B"},
        ]
    )
    whole = series(frame, ["protest"], "month")
    assert (whole.start, len(whole)) == (date(2020, 1, 1), 9)
    assert whole.coverage is not None
    assert whole.coverage.tolist() == [1, 0, 0, 0, 0, 0, 0, 0, 1]
    # a place that falls silent is still watched, to the end of the record
    assert len(series(frame, ["protest"], "month", place="A")) == 9
    assert len(series(frame, ["protest"], "month", place="x")) == 7
    asked = series(frame, ["protest"], "month", start=date(2020, 3, 20), end=date(2020, 4, 2))
    assert asked.dates() == [date(2020, 3, 1), date(2020, 4, 1)]  # extended to whole months
    assert asked.counts[:, 0].tolist() == [1, 0]


def test_coarse_dates_are_refused_or_left_out_and_counted():
    frame = events(
        [
            {"date": date(2020, 1, 1), "kind": "protest", "precision": "year"},
            {"date": date(2020, 5, 1), "kind": "protest", "precision": "month"},
            {"date": date(2020, 5, 4), "kind": "protest"},
        ]
    )
    with pytest.raises(RecordError, match="2 of 3 events are dated more coarsely than to the week"):
        series(frame, ["protest"], "week")
    found = series(frame, ["protest"], "week", coarse="leave out")
    assert (found.left_out, int(found.counts.sum())) == (2, 1)
    assert series(frame, ["protest"], "year").counts.tolist() == [[3]]


def test_bad_requests_are_refused():
    frame = events([{"date": date(2020, 1, 1), "kind": "protest", "country": "A"}])
    for wrong, says in [
        (lambda: series(frame, ["riot"], "day"), "kinds"),
        (lambda: series(frame, [], "day"), "kinds"),
        (lambda: series(frame, ["protest", "protest"], "day"), "each once"),
        (lambda: series(frame, ["protest"], "hour"), "unit 'hour'"),  # type: ignore[arg-type]
        (lambda: series(frame, ["strike"], "day"), "no event of kind strike"),
        (lambda: series(frame, ["protest"], "day", place="B"), "place 'B'"),
        (lambda: series(frame, ["protest"], "day", start=date(2020, 2, 1), end=date(2020, 1, 1)), "not before"),
        (lambda: series(frame, ["protest"], "day", start=date(2021, 2, 1), end=date(2021, 3, 1)), "no event"),
        (lambda: series(frame.clear(), ["protest"], "day"), "no events"),
        (lambda: series(frame.drop("kind"), ["protest"], "day"), "without the column kind"),
        (lambda: series(frame.with_columns(date=pl.lit(None, pl.Date)), ["protest"], "day"), "without a date"),
    ]:
        with pytest.raises(RecordError, match=says):
            wrong()


def test_a_series_checks_itself():
    good = np.array([[1], [2]])
    Series(date(2020, 1, 6), "week", ("protest",), good)
    for wrong in [
        lambda: Series(date(2020, 1, 7), "week", ("protest",), good),
        lambda: Series(date(2020, 1, 6), "week", ("protest", "strike"), good),
        lambda: Series(date(2020, 1, 6), "week", ("protest",), -good),
        lambda: Series(date(2020, 1, 6), "week", ("protest",), good[:0]),
        lambda: Series(date(2020, 1, 6), "week", ("protest",), good, sizes=np.ones((3, 1))),
        lambda: Series(date(2020, 1, 6), "week", ("protest",), good, coverage=np.ones(3)),
        lambda: Series(date(2020, 1, 6), "week", ("protest",), good).of("strike"),
    ]:
        with pytest.raises(RecordError):
            wrong()


def test_no_kind_takes_the_column_of_another():
    kinds = ("date", "coverage", "march", "march_size", "watched", "date_events")
    counts = np.arange(12).reshape(2, 6)
    watched = np.array([True, False])
    found = Series(
        date(2001, 1, 1), "week", kinds, counts, np.zeros((2, 6)), np.array([7.0, 8.0]), None, 0, watched
    ).to_frame()
    own = ["date_events_events", "coverage", "march", "march_size_events", "watched_events", "date_events"]
    assert found.columns == ["date", *own, *(f"{kind}_size" for kind in kinds), "other_events", "watched"]
    assert found.select(own).to_numpy().tolist() == counts.tolist()
    assert found["date"].to_list() == [date(2001, 1, 1), date(2001, 1, 8)]
    assert found["other_events"].to_list() == [7.0, 8.0]
    assert found["watched"].to_list() == [True, False]


def test_a_series_says_in_a_line_what_it_counts():
    rows = [{"date": date(2001, 1, 1 + 7 * (i % 3)), "kind": "protest" if i % 2 else "violence"} for i in range(5)]
    found = series(events(rows), ["protest", "violence"], "week")
    assert repr(found) == "Series(3 of unit week from 2001-01-01: 2 of protest, 3 of violence)"
