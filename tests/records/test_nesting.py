"""Places within places, and a file that is counted without being held."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import groundswell
from groundswell.errors import RecordError
from groundswell.inquiry.material import gather
from groundswell.records.counting import count_events

MAPPING = """columns = { date = "day", kind = "what" }
constants = { country = "Freedonia" }
places = ["town", "state"]
[roles]
march = "mobilisation"
"""


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Marches in Ayton (in two states) and in Beeville, with days of every month of three years."""
    rng = np.random.default_rng(1)
    rows = ["day,what,town,state"]
    for day in range(1000):
        town, state = (("Ayton", "North"), ("Ayton", "South"), ("Beeville", "South"))[int(rng.integers(3))]
        rows.append(f"{date(2018, 1, 1) + timedelta(day)},march,{town},{state}")
    made = tmp_path_factory.mktemp("nested") / "towns.csv"
    made.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return made


def mapped(path: Path, more: str = "") -> Path:
    made = path.with_suffix(".toml")
    made.write_text(MAPPING + more, encoding="utf-8")
    return made


def test_towns_of_one_name_in_two_states_are_two(path: Path) -> None:
    record = groundswell.read(path, mapped(path))
    material = gather([record.reading], by="town")
    assert set(material.places) == {"Ayton, North", "Ayton, South", "Beeville"}
    assert any("stand for several places" in note for note in material.notes)
    table = record.describe().tables["by_place"]
    assert set(table.filter(pl.col("level") == "place")["place"]) == {"Ayton, North", "Ayton, South", "Beeville"}
    assert table.filter(pl.col("place") == "Beeville")["within"].to_list() == ["South, Freedonia"]


def test_what_a_window_says_of_a_state_holds_for_its_towns(path: Path) -> None:
    more = '[window]\nnot_collected = [{ from = "2018-06-04", to = "2018-07-01", place = "South" }]\n'
    record = groundswell.read(path, mapped(path, more))
    material = gather([record.reading], by="town", unit="week")
    unwatched = {place: int((~material.series_of(place).watched).sum()) for place in material.places}
    assert unwatched == {"Ayton, North": 0, "Ayton, South": 4, "Beeville": 4}
    assert material.whole.watched.all()  # the record as a whole was watched


def test_a_record_in_python_knows_places_within_places(path: Path) -> None:
    more = '[window]\nnot_collected = [{ from = "2018-06-04", to = "2018-07-01", place = "South" }]\n'
    record = groundswell.read(path, mapped(path, more), start="2018-01-01", end="2020-09-30")
    north, south, both = (record.series("march", place=name) for name in ("Ayton, North", "Ayton, South", "Ayton"))
    assert (north.watched.all(), (~south.watched).sum()) == (True, 4)
    assert north.counts.sum() + south.counts[south.watched].sum() <= both.counts.sum()
    assert repr(record) == "Record('towns.csv': 1,000 of march, 2018-01-01 to 2020-09-26; 0 rows rejected)"
    with pytest.raises(RecordError, match=r"start = '1 May'; expected a day, such as 2011-01-31"):
        groundswell.read(path, mapped(path), start="1 May")


def test_a_file_is_counted_as_if_it_had_been_read(path: Path, tmp_path: Path) -> None:
    book = mapped(path)
    frame = pl.read_csv(path, infer_schema=False)
    bad = {"day": ["2018-02-30", "?"], "what": ["march"] * 2, "town": ["Ayton", None], "state": ["North", None]}
    frame = pl.concat([frame, frame.head(100), pl.DataFrame(bad)])
    frame.write_parquet(tmp_path / "towns.parquet")
    frame.write_csv(tmp_path / "towns.csv")
    counted = count_events(tmp_path / "towns.parquet", book, unit="week", by="state")
    read = groundswell.read(tmp_path / "towns.csv", book)
    assert (counted.rows_read, counted.rejected["rows"].sum()) == (1102, 2)
    assert counted.kinds == dict(read.kinds)
    for place in ("North", "South"):
        one, other = counted.series("march", place), read.series("march", "week", place=place, by="state")
        np.testing.assert_array_equal(one.counts, other.counts)
    with pytest.raises(RecordError, match="state"):
        count_events(tmp_path / "towns.parquet", book, by="village")
