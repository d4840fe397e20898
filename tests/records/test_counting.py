"""Counting a file without holding it gives what reading it whole gives, by any place, with what is rejected."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import polars as pl
import pytest

from groundswell.errors import MemoryRefusedError, RecordError
from groundswell.records import counting
from groundswell.records.codebooks import _blocks, _budget, _json
from groundswell.records.counting import count_events
from groundswell.records.events import read_events
from groundswell.records.series import truncated

KINDS = (("Protests", "Peaceful protest"), ("Protests", "Protest with intervention"), ("Riots", "Mob violence"),
         ("Battles", "Armed clash"), ("Harvests", "none"))  # fmt: skip


@pytest.fixture
def export(tmp_path: Path) -> Path:
    """Rows of ACLED's layout, some of them with a date or a type that is none, and two towns of one name."""
    rows = [
        {
            "event_id_cnty": f"X{i}",
            "event_date": "2021-02-30" if i % 17 == 0 else f"2021-{1 + i % 3:02d}-{1 + i % 28:02d}",
            "time_precision": "2" if i % 11 == 0 else "1",
            "event_type": KINDS[i % 5][0],
            "sub_event_type": KINDS[i % 5][1],
            "inter1": "Protesters",
            "inter2": "State forces" if i % 2 else None,
            "country": ("Ruritania", "Grenzland")[i % 2],
            "admin1": ("North", "South", None)[i % 3],
            "location": f"Town {i % 4}",
            "latitude": "1.5",
            "longitude": "2.5",
            "fatalities": "0",
        }
        for i in range(200)
    ]
    path = tmp_path / "export.parquet"
    pl.DataFrame(rows).write_parquet(path)
    return path


def saved(export: Path, form: str) -> Path:
    """The same rows in another form."""
    rows, path = pl.read_parquet(export), export.with_suffix(f".{form}")
    if form == "csv.gz":
        path.write_bytes(gzip.compress(rows.write_csv().encode()))
    elif form == "json":
        path.write_text(json.dumps({"status": 200, "data": rows.to_dicts(), "count": rows.height}))
    elif form == "jsonl":
        rows.write_ndjson(path)
    return path


@pytest.mark.parametrize(
    ("by", "form"),
    [(None, "parquet"), ("country", "parquet"), ("place", "parquet"), ("admin1", "parquet"), ("country", "csv.gz"),
     ("place", "json"), ("admin1", "jsonl")],
)  # fmt: skip
def test_a_stream_counts_what_a_reading_holds(
    export: Path, monkeypatch: pytest.MonkeyPatch, by: str | None, form: str
) -> None:
    export = saved(export, form)
    reading = read_events(export, "acled")
    place = pl.lit(None, pl.String) if by is None else pl.col(by)
    keys = ["date", "kind", "role", "place", "precision"]
    expected = (
        reading.events.select("kind", "role", "count", precision=pl.lit("week"), date=truncated("week"), place=place)
        .group_by(keys)
        .agg(pl.col("count").sum())
        .sort(keys, nulls_last=True)
    )
    monkeypatch.setattr(counting, "_STRETCH", 33)
    found = count_events(export, "acled", unit="week", by=by)
    assert found.rows_read == 200

    assert found.counts.equals(expected)
    reasons = reading.rejected.group_by("reason").len().sort("reason")
    assert found.rejected.sort("reason")["rows"].to_list() == reasons["len"].to_list()
    assert any("copies and repeated identifiers" in note for note in found.notes)


def test_rows_that_fit_under_no_header_are_counted_as_rejected(tmp_path: Path) -> None:
    path = tmp_path / "ragged.csv"
    path.write_text('date,kind\n2021-01-04,"protest"\n2021-01-05,protest,x\n\n2021-01-06,strike\n')
    found = count_events(path, "csv")
    assert (found.rows_read, found.kinds) == (4, {"protest": 1, "strike": 1})
    assert found.rejected["rows"].sum() == 2


def test_weekly_counts_are_dated_to_the_week(export: Path, tmp_path: Path) -> None:
    found = count_events(export, "acled", unit="week", by="country")
    assert set(found.counts["precision"]) == {"week"}
    found.counts.write_csv(tmp_path / "weekly.csv")
    again = read_events(tmp_path / "weekly.csv")
    assert again.count == sum(found.kinds.values())
    assert set(again.events["precision"]) == {"week"}


@pytest.mark.parametrize("form", ["parquet", "csv.gz", "json", "jsonl"])
def test_a_file_that_does_not_fit_is_refused_before_the_work(
    export: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    path = saved(export, form)
    monkeypatch.setattr(_budget, "_FEW", 50)
    monkeypatch.setenv("GROUNDSWELL_MEMORY", "100 MB")
    with pytest.raises(MemoryRefusedError, match=r"about 200 rows.*at most 0.1 GB.*groundswell data count"):
        read_events(path, "acled")
    monkeypatch.setenv("GROUNDSWELL_MEMORY", "2GB")
    assert read_events(path, "acled").rows == 200
    monkeypatch.setenv("GROUNDSWELL_MEMORY", "much")
    with pytest.raises(RecordError, match="an amount of memory"):
        read_events(path, "acled")


def test_files_are_read_alike_block_by_block(export: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks, chunks and texts so short that values lie across their ends; one row in ten is a copy."""
    rows = pl.read_parquet(export)
    pl.concat([rows, rows.gather_every(10)]).write_parquet(export)
    monkeypatch.setattr(_blocks, "SLICE", 33)
    for name, value in (("_CHUNK", 1000), ("_TEXT", 70), ("_ROWS", 17)):
        monkeypatch.setattr(_json, name, value)
    readings = [read_events(saved(export, form), "acled") for form in ("parquet", "csv.gz", "json", "jsonl")]
    for reading in readings:
        assert (reading.rows, reading.exact_duplicates) == (220, 20)
        assert reading.copies.rows() == readings[1].copies.rows()
        assert reading.events.drop("id").equals(readings[1].events.drop("id"))


def as_counted(path: Path, codebook: Path | None, by: str | None = None) -> pl.DataFrame:
    """What a reading holds, counted by month."""
    keys = ["date", "kind", "role", "place", "precision"]
    place = pl.lit(None, pl.String) if by is None else pl.col(by)
    events = read_events(path, codebook).events
    events = events.select("kind", "role", "count", precision=pl.lit("month"), date=truncated("month"), place=place)
    return events.group_by(keys).agg(pl.col("count").sum()).sort(keys, nulls_last=True)


@pytest.mark.parametrize("form", ["datetime", "iso", "slashed"])
def test_times_of_day_are_not_counted_by(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str) -> None:
    """Every row has its own time; dates are read once a day, and the order of day and month is found for all."""
    monkeypatch.setattr(counting, "_MOST_COMBINATIONS", 30)
    at = pl.datetime(2021, 1, 1) + pl.duration(minutes=pl.col("i") * 61)
    how = {"datetime": at, "iso": at.dt.strftime("%Y-%m-%dT%H:%M:%SZ"), "slashed": at.dt.strftime("%d/%m/%Y %H:%M")}
    rows = pl.DataFrame({"i": pl.int_range(500, eager=True)})
    path = tmp_path / "times.parquet"
    rows.select(date=how[form], kind=pl.lit("protest")).write_parquet(path)
    assert count_events(path, unit="month").counts.equals(as_counted(path, None))


def test_a_day_that_alone_could_be_a_month_is_read_as_all_others(tmp_path: Path) -> None:
    """The first row, beside which kinds are read, is dated 4 March or 3 April; the rest of the file says which."""
    path = tmp_path / "days.parquet"
    days = ["04/03/2021", "05/05/2021", *(f"{day}/03/2021" for day in range(13, 29))]
    pl.DataFrame({"date": days, "kind": ["protest", "strike"] * 9}).write_parquet(path)
    assert count_events(path, unit="month").counts.equals(as_counted(path, None))


def test_columns_of_counts_weigh_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each row has its own count: all other columns are read apart, and what is no count with them."""
    monkeypatch.setattr(counting, "_MOST_COMBINATIONS", 40)
    rows = pl.DataFrame({"i": pl.int_range(300, eager=True)}).select(
        date=pl.date(2021, 1, 1) + pl.duration(days=pl.col("i") % 30),
        kind=pl.lit("protest"),
        place=pl.lit("Town ") + (pl.col("i") % 4).cast(pl.String),
        n=pl.when(pl.col("i") % 50 > 1).then(pl.col("i")).when(pl.col("i") % 50 == 1).then(-2),
    )
    mapping = tmp_path / "map.toml"
    mapping.write_text('count = "n"\ncolumns = { date = "date", kind = "kind", place = "place" }\n')
    for name, column in (("whole", pl.col("n")), ("text", pl.col("n").cast(pl.String)), ("float", pl.col("n") * 1.0)):
        path = tmp_path / f"{name}.parquet"
        rows.with_columns(n=column).write_parquet(path)
        found = count_events(path, mapping, unit="month", by="place")
        assert found.counts.equals(as_counted(path, mapping, "place"))
        assert found.rejected.select("reason", "rows", "column").rows() == [
            ("negative", 6, "n"), ("no number of events", 6, "n"),
        ]  # fmt: skip


def test_a_wide_table_of_counts_is_streamed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "_MOST_COMBINATIONS", 40)
    rows = pl.DataFrame({"i": pl.int_range(250, eager=True)}).select(
        date=pl.date(2021, 1, 1) + pl.duration(days=pl.col("i") % 30),
        protests=pl.col("i"),
        riots=pl.when(pl.col("i") % 3 > 0).then(pl.col("i") % 7),
    )
    path = tmp_path / "wide.parquet"
    rows.write_parquet(path)
    found = count_events(path, unit="month")
    assert found.counts.equals(as_counted(path, None))
    assert found.kinds == {"protests": rows["protests"].sum(), "riots": rows["riots"].sum()}
    assert sum("Kinds without a role" in note for note in found.notes) == 1
