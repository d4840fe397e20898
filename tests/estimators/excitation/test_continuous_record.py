"""Dated events made ready: dates, ties, kinds, marks, places, coverage; each refusal says what to do."""

from __future__ import annotations

import datetime

import numpy as np
import polars as pl
import pytest

from groundswell.errors import EstimationError
from groundswell.estimators.excitation.continuous_record import in_days, prepare_record
from groundswell.estimators.excitation.options import HawkesSettings

RNG = np.random.default_rng(3)
TIMES = np.sort(RNG.uniform(0, 400, 60))


def prepared(times=TIMES, **changes):
    given = {name: changes.pop(name, None) for name in ("kinds", "labels", "marks", "places", "start", "end")}
    return prepare_record(times, HawkesSettings.of(None, changes), **given)


def test_dates_of_every_sort_are_days():
    day = datetime.date(2020, 3, 1)
    expected = (day - datetime.date(1970, 1, 1)).days
    noon = datetime.datetime(2020, 3, 1, 12, tzinfo=datetime.timezone(datetime.timedelta(hours=2)))
    assert in_days([day], "t")[0] == expected
    assert in_days(["2020-03-01"], "t")[0] == expected
    assert in_days(np.array(["2020-03-01T12:00"], "datetime64[m]"), "t")[0] == expected + 0.5
    assert in_days(pl.Series([day]), "t")[0] == expected
    assert in_days(pl.Series([datetime.datetime(2020, 3, 1, 6)]), "t")[0] == expected + 0.25
    assert in_days([noon], "t")[0] == pytest.approx(expected + 10 / 24)
    assert np.isnan(in_days(pl.Series([day, None]), "t")[1])


def test_events_are_sorted_with_all_that_belongs_to_them():
    order = RNG.permutation(60)
    marks = np.linspace(1, 60, 60)
    kinds = np.where(np.arange(60) < 30, "b", "a")
    p = prepared(TIMES[order], kinds=kinds[order], marks=marks[order], labels=["b", "a"], start=-10.0, end=420.0)
    assert p.labels == ("b", "a")
    assert np.allclose(p.record.times, TIMES + 10)
    assert p.record.span == 430
    assert (p.record.kind == np.where(np.arange(60) < 30, 0, 1)).all()
    assert p.record.log_size is not None
    assert (np.diff(p.record.log_size) > 0).all()
    weight, slope = p.record.weights(0.7)
    assert weight[:30].mean() == pytest.approx(1)
    assert weight[30:].mean() == pytest.approx(1)
    up, down = p.record.weights(0.7 + 1e-6)[0], p.record.weights(0.7 - 1e-6)[0]
    assert np.allclose(slope, (up - down) / 2e-6, atol=1e-7)


def test_days_are_refused_or_spread_reproducibly():
    days = np.floor(TIMES / 4)
    with pytest.raises(EstimationError, match="fit_excitation"):
        prepared(days)
    a, b, c = (prepared(days, ties="spread", seed=s) for s in (1, 1, 2))
    assert a.record.times.tobytes() == b.record.times.tobytes()
    assert a.record.times.tobytes() != c.record.times.tobytes()
    assert np.unique(a.record.times).size == 60
    assert (np.sort(np.floor(a.record.times + a.start)) == np.sort(days)).all()
    assert any("spread over 1 days" in note for note in a.notes)
    assert any("end was moved" in note for note in a.notes)
    assert prepared(days, ties="keep").record.times.size == 60


def test_places_become_kilometres_and_a_map_that_sums_to_one():
    degrees = np.column_stack([60 + RNG.normal(0, 0.5, 60), 10 + RNG.normal(0, 0.5, 60)])
    p = prepared(places=degrees)
    assert p.record.place is not None
    assert p.record.density is not None
    assert p.record.place[:, 1].std() == pytest.approx(111.2 * degrees[:, 0].std(), rel=1e-3)
    assert p.record.place[:, 0].std() == pytest.approx(55.6 * degrees[:, 1].std(), rel=0.02)
    assert (p.record.density > 0).all()
    assert prepared(places=degrees, coordinates="km").record.place is not None


def test_coverage_is_counted_from_the_start():
    p = prepared(start=-100.0, coverage=([-200.0, 50.0], [1.0, 2.0]))
    assert p.coverage is not None
    assert p.coverage[0].tolist() == [-100.0, 150.0]


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"times": TIMES[:5]}, "20 events"),
        ({"times": np.r_[TIMES, np.nan]}, "missing"),
        ({"times": ["x"] * 30}, "neither a number nor a date"),
        ({"end": 300.0}, "outside"),
        ({"start": 500.0}, "not after"),
        ({"start": "soon"}, "start"),
        ({"kinds": ["a"] * 59}, "59 kinds"),
        ({"kinds": ["a"] * 55 + ["b"] * 5}, "at least 10"),
        ({"kinds": ["a"] * 60, "labels": ["b"]}, "kind 'a'"),
        ({"labels": ["a", "b"]}, "labels without kinds"),
        ({"marks": np.r_[0.0, np.ones(59)]}, "positive"),
        ({"marks": np.ones(60)}, "equal"),
        ({"places": np.ones((59, 2))}, "places"),
        ({"places": np.full((60, 2), 100.0)}, "globe"),
        ({"places": np.ones((60, 2)), "coordinates": "miles"}, "coordinates"),
        ({"coverage": ([0.0, 1.0], [1.0])}, "coverage"),
        ({"coverage": ([5.0, 1.0], [1.0, 1.0])}, "ascending"),
        ({"ties": "drop"}, "ties"),
        ({"ties": "spread", "resolution": -1.0}, "resolution"),
    ],
)
def test_what_cannot_be_used_is_refused(changes, match):
    with pytest.raises(EstimationError, match=match):
        prepared(**changes)
