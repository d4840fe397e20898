"""Acts are found by what was asked, and never counted in the outcome."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from groundswell.errors import EstimationError, RecordError
from groundswell.estimators.response.acts import Acts, grid_of
from groundswell.estimators.response.settings import GridSettings
from groundswell.records.window import Stretch, Window

MONDAY = date(2001, 1, 1)


def record() -> pl.DataFrame:
    """Two countries and forty weeks; every event written out by rule."""
    rows = []
    for week in range(40):
        for country in ("A", "B"):
            rows.append(
                (MONDAY + timedelta(weeks=week, days=2), country, "protest", "students", None, 100.0, 100.0, None)
            )
    rows.append((MONDAY + timedelta(weeks=10), "A", "protest", "workers", None, 10000.0, 40000.0, None))
    rows.append((MONDAY + timedelta(weeks=12), "A", "violence", "rebels", "attack on post", None, None, 3))
    rows.append((MONDAY + timedelta(weeks=12, days=1), "A", "violence", "rebels", "attack on road", None, None, 30))
    rows.append((MONDAY + timedelta(weeks=30), "B", "repression", "police", "killings, arrests", None, None, None))
    columns = ["date", "country", "kind", "actor", "detail", "size_low", "size_high", "fatalities"]
    kinds = {"date": pl.Date, "size_low": pl.Float64, "size_high": pl.Float64, "fatalities": pl.Int64}
    frame = pl.DataFrame(rows, schema={c: kinds.get(c, pl.String) for c in columns}, orient="row")
    return frame.with_columns(place=pl.lit(None, pl.String), precision=pl.lit("day"), target=pl.lit("state"))


def grid(acts, **settings):
    window = settings.pop("window", None)
    of = {"across": "country", "watched": "record", "fewest": 5, **settings}
    return grid_of(record(), {"": acts}, GridSettings.of(None, of), window)


def test_selectors_by_kind_number_text_and_share():
    events = record()
    assert Acts("violence").of(events).height == 2
    assert Acts("violence", fatalities_at_least=10).of(events).height == 1
    assert Acts("repression", detail="KILLINGS").of(events).height == 1
    assert Acts(("violence", "repression"), actor=("police",)).of(events).height == 1
    day = Acts("protest", largest=0.01).of(events)
    assert day["act_size"].to_list() == pytest.approx([20000.0])  # the geometric middle of 10,000 and 40,000
    assert Acts("protest", size_at_least=50, places=("B",)).of(events).height == 40
    assert Acts("violence", deadliest=0.5).of(events)["fatalities"].to_list() == [30]
    assert Acts("violence", start=MONDAY + timedelta(weeks=12, days=1)).of(events).height == 1
    assert Acts.read({"kind": "violence", "fatalities_at_least": 10}) == Acts("violence", fatalities_at_least=10)


def test_acts_leave_the_outcome_and_one_step_is_one_act():
    with_day = grid(Acts("violence"))
    assert with_day.y[0, 10] == 2
    assert [(a.place, a.step, a.size, a.events) for a in with_day.acts] == [(0, 12, 30.0, 2)]
    without = grid(Acts("protest", largest=0.01))
    assert without.y[0, 10] == 1
    assert without.acts[0].step == 10
    assert without.acts[0].labels["actor"] == "workers"


def test_people_are_summed_and_unknown_where_unknown():
    people = grid(Acts("violence"), measure="people")
    assert people.y[0, 10] == pytest.approx(20100)
    assert people.y[1, 39] == pytest.approx(100)


def test_places_that_are_watched_in_part_are_so_counted():
    late = record().filter((pl.col("country") == "A") | (pl.col("date") >= MONDAY + timedelta(weeks=20)))
    found = grid_of(late, {"": Acts("violence")}, GridSettings(across="country", watched="place", fewest=5))
    assert np.isnan(found.y[1, :20]).all()
    assert (found.y[1, 20:] == 1).all()


def test_what_is_left_out_is_told():
    found = grid(Acts("violence"), fewest=41)
    assert found.places == ("A",)
    assert any("1 places with fewer than 41" in note for note in found.left_out)


def test_bad_requests_are_refused():
    with pytest.raises(EstimationError):
        grid(Acts("massacre"))
    with pytest.raises(EstimationError):
        Acts(())
    with pytest.raises(EstimationError):
        Acts("violence", deadliest=1.5)
    with pytest.raises(EstimationError):
        Acts.read({"kind": "violence", "deaths": 3})
    with pytest.raises(RecordError):
        grid(Acts("violence"), places=["C"])
    with pytest.raises(RecordError):
        grid(Acts("violence"), fewest=1000)
    with pytest.raises(RecordError):
        grid_of(record().drop("kind"), {"": Acts("violence")}, GridSettings(fewest=1))


def test_what_nobody_watched_is_no_zero():
    month = Stretch(MONDAY + timedelta(weeks=4), MONDAY + timedelta(weeks=7))
    whole, held = (grid(Acts("violence"), window=Window(not_collected=of)) for of in ((), (month,)))
    missing = np.isnan(held.y) & ~np.isnan(whole.y)
    assert missing.sum(axis=1).tolist() == [4, 4]  # the fourth to the seventh week, and the day of the eighth
    assert missing[0, 4:8].all()
