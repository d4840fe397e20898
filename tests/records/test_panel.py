"""Panels: the counts of waves, gaps and attrition are those of a panel made by hand; refusals name the row."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from groundswell.errors import RecordError
from groundswell.records.panel import PanelMapping, panel_of, read_panel

ROWS = """id,wave,marched,talked,w,town
a,w1,1,2,1.5,N
a,w2,0,3,1.5,N
a,w10,1,,1.5,N
b,w1,no,1,1,S
b,w10,yes,2,1,S
c,w2,-999,x,1,S
,w2,1,1,1,S
"""
OF = {
    "unit": "id",
    "wave": "wave",
    "outcomes": ["marched"],
    "exposures": ["talked"],
    "weight": "w",
    "cluster": "town",
    "missing": [-999],
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "waves.csv"
    made.write_text(ROWS, encoding="utf-8")
    return made


def test_rows_are_read_and_waves_sorted_by_number(path: Path) -> None:
    panel = read_panel(path, OF)
    assert panel.waves == ("w1", "w2", "w10")
    assert panel.units == ["a", "b", "c"]
    np.testing.assert_array_equal(panel.matrix("marched"), [[1, 0, 1], [0, np.nan, 1], [np.nan, np.nan, np.nan]])
    np.testing.assert_array_equal(panel.matrix("weight")[0], [1.5, 1.5, 1.5])
    assert panel.rejected.select("row", "reason").rows() == [(7, "names no unit or no wave")]
    assert panel.unread.select("row", "column", "value").rows() == [(6, "talked", "x")]
    assert panel.frame.height + panel.rejected.height == 7


def test_the_description_counts_gaps_returns_and_what_is_kept(path: Path) -> None:
    about = read_panel(path, OF).describe()
    assert (about.units, about.complete, about.gaps, about.once) == (3, 1, 1, 1)
    last = about.waves[-1]
    assert (last.units, last.entered, last.left, last.returned, last.retained) == (2, 0, 1, 1, 1.0)
    assert "leave and return" in about.answer
    assert about.to_frame().height == 3
    assert about.plot().shape == "bars"


def test_a_lag_never_bridges_a_gap(path: Path) -> None:
    rows = read_panel(path, OF).lagged(["marched"])
    of = {(unit, wave): before for unit, wave, before in rows.select("unit", "wave", "marched_before").rows()}
    assert of["a", "w10"] == 0
    assert of["b", "w10"] is None


def test_a_mapping_file_says_the_same(path: Path, tmp_path: Path) -> None:
    mapping = tmp_path / "waves.toml"
    mapping.write_text(
        '[panel]\nunit = "id"\nwave = "wave"\noutcomes = ["marched"]\nexposures = ["talked"]\nweight = "w"\n'
        'cluster = "town"\nmissing = [-999]\n',
        encoding="utf-8",
    )
    assert read_panel(path, mapping).frame.equals(read_panel(path, OF).frame)


def test_attrition_is_found_where_leavers_differ() -> None:
    rng = np.random.default_rng(0)
    value = rng.normal(size=400)
    leaves = value + rng.normal(scale=0.5, size=400) > 0.5
    rows = [{"id": i, "wave": 1, "y": value[i], "z": rng.normal()} for i in range(400)]
    rows += [{"id": i, "wave": 2, "y": 0.0, "z": 0.0} for i in np.flatnonzero(~leaves)]
    panel = panel_of(pl.DataFrame(rows), PanelMapping(unit="id", wave="wave", outcomes=("y",), exposures=("z",)))
    found = {row.variable: row.z for row in panel.describe().attrition}
    assert found["y"] > 5
    assert abs(found["z"]) < 3
    assert "differ in the first wave" in panel.describe().answer


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"unit": "idd"}, "did you mean 'id'"),
        ({"outcome": ["marched"]}, "did you mean 'outcomes'"),
        ({"outcomes": ["town"], "cluster": None}, "holds no number"),
        ({"waves": ["w1", "w2"]}, "'w10'"),
        ({"repeats": "guess"}, "repeats = 'guess'"),
    ],
)
def test_a_refusal_names_what_to_write(path: Path, change: dict, says: str) -> None:
    with pytest.raises(RecordError, match=says):
        read_panel(path, {**OF, **change})


def test_repeats_are_refused_with_the_row_or_kept_as_asked(tmp_path: Path) -> None:
    path = tmp_path / "twice.csv"
    path.write_text("id,t,y\na,1,0\na,1,1\nb,1,2\n", encoding="utf-8")
    with pytest.raises(RecordError, match="row 2"):
        read_panel(path, unit="id", wave="t", outcomes=["y"])
    last = read_panel(path, unit="id", wave="t", outcomes=["y"], repeats="keep last")
    assert last.matrix("y").tolist() == [[1.0], [2.0]]
    assert last.describe().repeats == 1


def test_elsoc_is_described(shared_data: Path) -> None:
    path = shared_data / "elsoc_chile_panel" / "elsoc_2016_2019.csv.gz"
    columns = pl.read_csv(path, n_rows=0).columns
    panel = read_panel(path, unit=columns[0], wave=columns[1], outcomes=[columns[2]])
    assert panel.frame.height + panel.rejected.height == 12_565
    assert len(panel.waves) == 4


def test_a_missing_code_is_a_number_however_it_is_written(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,marched\na,-999.0\nb,1\nc,-99.50\n", encoding="utf-8")
    found = read_panel(tmp_path / "a.csv", unit="id", outcomes=["marched"], missing=[-999, "-99.5"])
    assert found.frame["marched"].to_list() == [None, 1.0, None]
    assert found.unread.height == 0


def test_a_mapping_file_says_how_the_file_of_a_panel_is_written(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id|marched\na|1.234,5\nb|-1,25\n", encoding="utf-8")
    mapping = tmp_path / "m.toml"
    table = '[panel]\nunit = "id"\noutcomes = ["marched"]\n'
    mapping.write_text('delimiter = "|"\ndecimal = ","\nthousands = "."\n' + table, encoding="utf-8")
    assert read_panel(tmp_path / "a.csv", mapping).frame["marched"].to_list() == [1234.5, -1.25]
    mapping.write_text('decimals = ","\n' + table, encoding="utf-8")
    with pytest.raises(RecordError, match="decimals"):
        read_panel(tmp_path / "a.csv", mapping)
