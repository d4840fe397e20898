"""City-days: the panel, onsets by source, agreement of sources, and positions read from a table made by hand."""

from __future__ import annotations

import gzip
from datetime import date

import numpy as np
import polars as pl
import pytest

from groundswell.errors import RecordError
from groundswell.estimators.waves.city_days import city_days, earlier_protests, read_positions
from groundswell.records.schema import SCHEMA


def events(rows: list[tuple]) -> pl.DataFrame:
    """(place, day of June, sources, detail, size)."""
    frame = [
        dict.fromkeys(SCHEMA)
        | {
            "id": str(k),
            "row": k + 1,
            "date": date(2020, 6, day),
            "precision": "day",
            "place": place,
            "kind": "protest",
        }
        | {"source": source, "detail": detail, "size_low": size, "size_high": size}
        for k, (place, day, source, detail, size) in enumerate(rows)
    ]
    return pl.DataFrame(frame, schema={name: SCHEMA[name] for name in SCHEMA})


PANEL = [
    ("Alpha, OH", 2, "One, Two", "events 3", 300.0),
    ("Alpha, OH", 4, "One", "events 1", None),
    ("Beta, OH", 3, "Two", None, 50.0),
]


def test_the_panel_holds_events_sizes_and_sources():
    panel = city_days(events(PANEL))
    assert panel.start == date(2020, 6, 2)
    assert panel.places == ("Alpha, OH", "Beta, OH")
    assert panel.events.tolist() == [[3, 0, 1], [0, 1, 0]]
    assert panel.sizes[0, 0] == 300
    assert np.isnan(panel.sizes[0, 2])
    assert panel.onset().tolist() == [0, 1]
    assert np.array_equal(panel.onset("Two"), [0, 1])
    assert np.isnan(panel.onset("One")[1])
    assert panel.dates()[-1] == date(2020, 6, 4)


def test_agreement_of_sources_and_a_bound_on_what_none_saw():
    content = city_days(events(PANEL)).agreement()
    assert content["days"] == {"One": 2, "Two": 2}
    assert content["also_in"]["One"]["Two"] == 0.5
    assert content["by_one_source"] == 2
    assert content["by_two_sources"] == 1
    assert content["unseen_at_least"] == pytest.approx(2 * 1 / (2 * 2))
    assert content["last_day"] == {"One": "2020-06-04", "Two": "2020-06-03"}


def test_a_source_that_is_not_there_and_a_record_without_places():
    panel = city_days(events(PANEL))
    with pytest.raises(RecordError, match="One, Two"):
        panel.onset("Three")
    with pytest.raises(RecordError, match="city-days"):
        city_days(events(PANEL).filter(pl.col("place") == "nowhere"))


def test_positions_and_earlier_protest(tmp_path):
    table = tmp_path / "positions.csv.gz"
    text = (
        'cities,state,lat,lon,TOTPOP,pop2019\nAlpha,Ohio,40.5,-82.5,"12,000",\nBeta,New Hampshire,43,-71,,900\n'
        "Gamma,Nowhere,1,1,5,5\nDelta,Ohio,,-80,5,5\n"
    )
    table.write_bytes(gzip.compress(text.encode()))
    found = read_positions(table)
    assert found == {"Alpha, OH": (40.5, -82.5, 12000.0), "Beta, NH": (43.0, -71.0, 900.0)}
    early = tmp_path / "early.csv"
    early.write_text('date,city_st\n2019-05-01,"Alpha, OH"\n2020-06-01,"Beta, OH"\nlater,"Beta, OH"\n')
    assert earlier_protests(early, date(2020, 5, 25)) == {"Alpha, OH": 1}
    with pytest.raises(RecordError, match="cities"):
        read_positions(early)
    with pytest.raises(RecordError, match="city_st"):
        earlier_protests(table, date(2020, 5, 25))
