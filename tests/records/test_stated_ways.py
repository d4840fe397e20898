"""Records that say how they write figures, places and files: what is stated holds in every reader, or is refused."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import groundswell
from groundswell.errors import RecordError
from groundswell.records.codebooks._amounts import read_amounts
from groundswell.records.codebooks._table import FileLayout
from groundswell.records.codebooks.mapping import read_mapping
from groundswell.records.identity import SameEvent, folded, likely_same, without_repeats
from groundswell.records.record import Record
from groundswell.records.schema import Reading


def read(tmp_path: Path, text: str, mapping: str, name: str = "a.csv") -> Record:
    (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "m.toml").write_text(mapping, encoding="utf-8")
    return groundswell.read(tmp_path / name, tmp_path / "m.toml")


def test_counts_in_columns_are_read_with_the_decimal_comma_that_is_stated(tmp_path: Path) -> None:
    text = "date;marches;raids\n2011-01-03;12,0;3\n2011-01-04;1,5;2\n2011-01-05;;4\n"
    found = read(tmp_path, text, 'decimal = ","\ncount = ["marches", "raids"]\ncolumns = { date = "date" }\n')
    assert found.events.select("row", "kind", "count").rows() == [(1, "marches", 12), (1, "raids", 3), (3, "raids", 4)]
    assert found.rejected.select("row", "value", "reason").rows() == [(2, "1,5", "not a whole number of events")]
    found = read(tmp_path, text.replace("1,5", "15,0"), 'codebook = "counts"\ndecimal = ","\n')
    assert found.events["count"].to_list() == [12, 3, 15, 2, 4]


def test_counts_in_columns_may_have_separators_of_thousands(tmp_path: Path) -> None:
    text = 'date,marches\n2011-01-03,"1,200"\n2011-01-04,1 200\n2011-01-05,-3\n'
    found = read(tmp_path, text, 'count = ["marches"]\ncolumns = { date = "date" }\n')
    assert found.events["count"].to_list() == [1200, 1200]
    assert found.rejected["row"].to_list() == [3]


def test_spaces_set_off_any_number_of_thousands() -> None:
    read = read_amounts(pl.Series(["1 000 000", "2 345 678 901", "12 000-13 000"]))
    assert read["low"].to_list() == [1_000_000, 2_345_678_901, 12_000]


@pytest.mark.parametrize("name", ["refused", "row", "size_text", "_own"])
def test_a_column_of_places_with_a_name_of_the_reader_is_refused(tmp_path: Path, name: str) -> None:
    mapping = f'places = ["{name}"]\ncolumns = {{ date = "date", kind = "kind" }}\n'
    with pytest.raises(RecordError, match="places"):
        read(tmp_path, f"date,kind,{name}\n2011-01-03,march,x\n", mapping)


def test_vowel_signs_make_another_place_and_accents_do_not() -> None:
    assert folded("किला") != folded("कला")
    assert folded("தமிழ்") != folded("தமழ")
    assert folded("Saint-Étienne") == folded("saint etienne")


@pytest.mark.parametrize("encoding", ["rot13", "base64", "idna", "undefined", "no such"])
def test_a_codec_that_reads_no_texts_is_refused(encoding: str) -> None:
    with pytest.raises(RecordError, match="encoding"):
        FileLayout(encoding=encoding)


def two(tmp_path: Path, first: list[str], second: list[str]) -> list[Reading]:
    columns = '{ id = "id", date = "date", kind = "kind" }'
    (tmp_path / "m.toml").write_text(f'same_id = "keep newest"\ncolumns = {columns}\n', encoding="utf-8")
    book = read_mapping(tmp_path / "m.toml")
    readings = []
    for name, ids in (("a.csv", first), ("b.csv", second)):
        rows = "".join(f"{own},2021-01-{i + 1:02},march\n" for i, own in enumerate(ids))
        (tmp_path / name).write_text("id,date,kind\n" + rows, encoding="utf-8")
        readings.append(book.read(tmp_path / name))
    return without_repeats(readings, [book, book])


def test_identifiers_of_two_files_are_compared_whole(tmp_path: Path) -> None:
    early, late = two(tmp_path, [f"2021/{i}" for i in range(1, 11)], [f"2021/{i}" for i in range(11, 21)])
    assert (early.events.height, late.events.height) == (10, 10)


def test_identifiers_with_a_number_at_the_end_are_stated_all_the_same(tmp_path: Path) -> None:
    early, late = two(tmp_path, ["FR-1", "FR-2", "FR-3", ""], ["FR-2", "FR-3", "", ""])
    assert early.events["id"].to_list()[0] == "FR-1"
    assert early.rejected["row"].to_list() == [2, 3]
    assert (early.events.height, late.events.height) == (2, 4)


PLACES = "".join(f"2019-01-{day:02},march,{place}\n" for day in range(1, 29) for place in ("Saint-Etienne", "Kyiv"))


def test_the_places_of_a_window_are_those_of_the_record_however_they_are_spelt(tmp_path: Path) -> None:
    mapping = (
        'columns = { date = "date", kind = "kind", place = "place" }\naliases = { Kiev = "Kyiv" }\n[window]\n'
        'places = ["Saint-Étienne", "Kiev", "Lviv"]\nadded = { "kiev" = "2019-01-15" }\n'
        'not_collected = [{ from = "2019-01-02", to = "2019-01-03", place = "SAINT-ÉTIENNE" },\n'
        '{ from = "2019-01-02", to = "2019-01-03", place = "Lvov" }]\n'
    )
    found = read(tmp_path, "date,kind,place\n" + PLACES, mapping)
    assert found.rejected.height == 0
    assert found.window.places == ("Saint-Etienne", "Kyiv", "Lviv")
    assert found.window.added == {"Kyiv": date(2019, 1, 15)}
    assert [x.place for x in found.window.not_collected] == ["Saint-Etienne", "Lvov"]
    noted = [note for note in found.notes if "The window names" in note]
    assert len(noted) == 1
    assert "'Lvov'" in noted[0]


@pytest.mark.parametrize(
    "window", ["places = 5", 'not_collected = [{ from = "2019-01-02", to = "2019-01-03", place = 5 }]']
)
def test_a_place_of_a_window_is_a_text(tmp_path: Path, window: str) -> None:
    mapping = f'columns = {{ date = "date", kind = "kind", place = "place" }}\n[window]\n{window}\n'
    with pytest.raises(RecordError, match="place"):
        read(tmp_path, "date,kind,place\n" + PLACES, mapping)


def scattered(rng: np.random.Generator, n: int) -> pl.DataFrame:
    """Events of three days and two kinds, also near a pole and beside the antimeridian; some with a name alone."""
    at = rng.integers(0, 3, n)
    placed = rng.uniform(size=n) < 0.7
    latitude = np.array([0.0, 89.9, 50.0])[at] + rng.normal(0, 0.08, n)
    longitude = np.array([179.99, 0.0, 8.0])[at] + rng.normal(0, 0.1, n) + rng.uniform(0, 300, n) * (at == 1)
    return pl.DataFrame(
        {
            "id": [str(i) for i in range(n)],
            "row": np.arange(1, n + 1),
            "date": [date(2020, 1, int(d)) for d in rng.integers(1, 4, n)],
            "precision": ["day"] * n,
            "kind": rng.choice(["march", "raid"], n),
            "place": rng.choice(["A", "B", "a"], n),
            "latitude": np.where(placed, np.minimum(latitude, 90.0), np.nan),
            "longitude": np.where(placed, (longitude + 180) % 360 - 180, np.nan),
        }
    ).fill_nan(None)


@pytest.mark.parametrize("km", [10.0, 400.0])
def test_events_of_two_sources_meet_in_cells_as_they_would_in_all_pairs(km: float) -> None:
    rng = np.random.default_rng(3)
    one, two = scattered(rng, 120), scattered(rng, 120)
    score = {}
    for a in one.iter_rows(named=True):
        for b in two.iter_rows(named=True):
            days = abs((a["date"] - b["date"]).days)
            if days > 1 or a["kind"] != b["kind"]:
                continue
            if a["latitude"] is None or b["latitude"] is None:
                if folded(a["place"]) == folded(b["place"]):
                    score[a["row"], b["row"]] = (1 - days / 2) * 0.5
                continue
            x, y, turn = np.radians([a["latitude"], b["latitude"], a["longitude"] - b["longitude"]])
            half = np.sin((x - y) / 2) ** 2 + np.cos(x) * np.cos(y) * np.sin(turn / 2) ** 2
            apart = 2 * np.degrees(np.arcsin(np.sqrt(half))) * 111.2
            if apart <= km:
                score[a["row"], b["row"]] = (1 - days / 2) * (1 - apart / km)
    best, mine, other = [], set(), set()
    for a, b in sorted(score, key=lambda pair: (-round(score[pair], 9), *pair)):
        if a not in mine and b not in other:
            best.append((a, b))
            mine.add(a)
            other.add(b)
    found = likely_same(one, two, SameEvent(days=1, km=km))
    assert len(best) > 20
    assert sorted(found.select("first_row", "second_row").rows()) == sorted(best)


def test_a_crowded_day_takes_no_memory_without_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("groundswell.records.identity._MOST_IN_BLOCK", 100)
    n = 6_000
    one = pl.DataFrame({"id": [str(i) for i in range(n)], "row": range(1, n + 1)}).with_columns(
        date=date(2020, 1, 1), precision=pl.lit("day"), kind=pl.lit("march"), place=pl.lit("A"),
        latitude=pl.int_range(n) % 100 - 50.0, longitude=pl.int_range(n) // 100 * 1.0 - 150,
    )  # fmt: skip
    assert likely_same(one, one, SameEvent(days=0)).height == n
    crowd = one.with_columns(latitude=pl.lit(None, pl.Float64))
    assert likely_same(crowd, crowd, SameEvent(days=0)).height == 100
