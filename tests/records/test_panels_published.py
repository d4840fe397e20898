"""Published panels: what their rows hold, and a number of each that its source or this project's first look states."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from groundswell.errors import RecordError
from groundswell.records.panel import load_panel, panel_of, panels, read_panel
from groundswell.records.registry import data_set

# units, waves, rows as PROVENANCE states them
EXPECTED = {
    "elsoc_chile": (None, 4, 12_565),
    "navco2_campaigns": (250, None, 1_726),
    "navco21": (384, None, 2_721),
    "chile_communes": (346, 75, 25_950),
    "vdem_civil_society": (174, 53, 8_359),
    "ngo_laws": (162, 24, 3_794),
    "gtd_country_year": (204, 50, 10_200),
    "taiwan_white_terror": (7_266, 1, 7_266),
    "hong_kong_2019": (452, 1, 452),
    "terror_attitudes": (1_733, 1, 1_733),
}


def test_every_mapping_is_registered() -> None:
    assert set(panels()) == set(EXPECTED)
    for name in panels():
        assert data_set(name).citation


@pytest.mark.parametrize("name", EXPECTED)
def test_every_row_is_kept_or_set_aside(name: str, shared_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GROUNDSWELL_DATA", str(shared_data))
    units, waves, rows = EXPECTED[name]
    panel = load_panel(name)
    assert panel.frame.height + panel.rejected.height == rows
    assert panel.rejected.height == 0
    assert units in (None, len(panel.units))
    assert waves in (None, len(panel.waves))
    known = panel.describe().known
    assert min(known.values()) > 0, known
    assert panel.answer.startswith(name)


def test_terrorism_by_country_has_no_1993(shared_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GROUNDSWELL_DATA", str(shared_data))
    assert "1993" not in load_panel("gtd_country_year").waves


def test_executions_grow_with_recruiters_in_taiwan(shared_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """PROVENANCE: 0.273 (0.232, 0.313) on log recruiters and 0.202 (0.125, 0.280) on leading, at a mean of 0.136."""
    monkeypatch.setenv("GROUNDSWELL_DATA", str(shared_data))
    frame = load_panel("taiwan_white_terror").frame.drop_nulls(["charge_death", "outDegree", "leadership"])
    y = frame["charge_death"].to_numpy()
    assert y.mean() == pytest.approx(0.136, abs=0.0005)
    columns = [np.ones(y.size), np.log1p(frame["outDegree"].to_numpy()), frame["leadership"].to_numpy()]
    _, recruiters, leading = np.linalg.lstsq(np.column_stack(columns), y, rcond=None)[0]
    assert 0.232 < recruiters < 0.313
    assert leading == pytest.approx(0.202, abs=0.002)


def test_units_seen_once_need_no_columns(tmp_path: Path) -> None:
    path = tmp_path / "once.csv"
    path.write_text("a,b\n1,2\n3,x\n", encoding="utf-8")
    panel = read_panel(path, outcomes=["a"], exposures=["b"])
    assert panel.waves == ("once",)
    assert panel.units == ["1", "2"]
    assert panel.unread.height == 1
    assert panel.answer.startswith("once.csv has 2 units, each seen once.")


def test_an_unknown_panel_names_the_nearest() -> None:
    with pytest.raises(RecordError, match="did you mean 'elsoc_chile'"):
        load_panel("elsoc_chlie")


def test_a_panel_in_memory_without_units() -> None:
    from groundswell.records.panel import PanelMapping

    panel = panel_of(pl.DataFrame({"y": [1.0, 2.0], "t": [1, 2]}), PanelMapping(wave="t", outcomes=("y",)))
    assert panel.waves == ("1", "2")
