"""Counting a file without holding it gives what reading it whole gives, by any place, with what is rejected."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from groundswell.records import counting
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


@pytest.mark.parametrize("by", [None, "country", "place", "admin1"])
def test_a_stream_counts_what_a_reading_holds(export: Path, monkeypatch: pytest.MonkeyPatch, by: str | None) -> None:
    reading = read_events(export, "acled")
    place = pl.lit(None, pl.String) if by is None else pl.col(by)
    keys = ["date", "kind", "role", "place", "precision"]
    expected = (
        reading.events.select("kind", "role", "precision", "count", date=truncated("week"), place=place)
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
