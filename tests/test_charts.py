"""Charts: four shapes as Vega-Lite and as pictures, and a drawing program that dies without taking the run along."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path
from xml.etree import ElementTree

import polars as pl
import pytest

from groundswell import drawing
from groundswell.charts import Chart, Guide
from groundswell.errors import OutputError

LINES = pl.DataFrame(
    {
        "x": [0, 1, 2] * 3,
        "y": [1.0, 2.0, float("nan"), 3.0, 2.0, 1.0, 0.0, 1.0, 5.0],
        "low": [0.5, 1.5, 2.5, 2.5, 1.5, 0.5, -1.0, 0.0, 4.0],
        "high": [1.5, 2.5, 3.5, 3.5, 2.5, 1.5, 1.0, 2.0, 6.0],
        "series": ["quiet"] * 3 + ["act"] * 3 + ["act, no media"] * 3,
    }
)
SHAPES = {
    "lines": Chart("lines", LINES, "Turnout", "step", "share", "A caption."),
    "panels": Chart("lines", LINES.drop("series").with_columns(panel=LINES["series"]), "Turnout"),
    "dates": Chart("lines", pl.DataFrame({"x": [date(2020, 1, 1), date(2021, 1, 1)], "y": [1, 2]}), "Events"),
    "intervals": Chart(
        "intervals",
        pl.DataFrame({"y": ["a → b", "b → a"], "x": [0.5, 0.1], "low": [0.2, None], "high": [0.9, None]}),
        "Ratios",
        guides=[Guide("x", 0.0)],
    ),
    "bars": Chart("bars", pl.DataFrame({"x": ["a", "b"], "y": [3, 1]}), "Counts"),
    "lying bars": Chart("bars", pl.DataFrame({"y": ["a", "b"], "x": [3, 1]}), "Counts"),
    "points": Chart("points", LINES, "Places", log_y=False),
}


@pytest.mark.parametrize("name", SHAPES)
def test_every_shape_is_plain_data_and_can_be_drawn(name: str) -> None:
    spec = SHAPES[name].spec
    assert json.loads(json.dumps(spec, allow_nan=False)) == spec
    pytest.importorskip("vl_convert", reason="the plots extra is not installed")
    root = ElementTree.fromstring(SHAPES[name].svg())
    words = {element.text for element in root.iter() if element.tag.endswith("text")}
    assert SHAPES[name].title in words
    marks = [e for e in root.iter() if re.search("mark-(line|area|rule|symbol|rect)", e.attrib.get("class", ""))]
    assert marks


def test_three_arms_are_told_apart_in_grey_print() -> None:
    course = SHAPES["lines"].spec["layer"][-1]["encoding"]
    assert len({tuple(dash) for dash in course["strokeDash"]["scale"]["range"]}) == 3
    assert [kind for kind, _ in SHAPES["lines"].legend] == [f"account-{k + 1} line-{k}" for k in range(3)]
    dots = SHAPES["points"].spec["layer"][-1]["encoding"]
    assert len(set(dots["shape"]["scale"]["range"])) == 3


def test_long_lines_are_thinned_and_keep_their_ends() -> None:
    frame = pl.DataFrame({"x": range(5000), "y": [0.5] * 5000})
    rows = Chart("lines", frame, "Long").spec["data"]["values"]
    assert len(rows) <= 1001
    assert (rows[0]["x"], rows[-1]["x"]) == (0, 4999)


def test_a_frame_without_the_columns_is_refused() -> None:
    with pytest.raises(OutputError, match="expected the columns x and y"):
        Chart("lines", pl.DataFrame({"step": [1], "y": [2]}), "No x")


def test_names_where_estimates_belong_are_refused() -> None:
    with pytest.raises(OutputError, match="estimates as x, and their names as y"):
        Chart("intervals", pl.DataFrame({"x": ["a"], "y": [0.5]}), "Names across")


def test_pictures_are_saved_by_their_ending(tmp_path: Path) -> None:
    chart = SHAPES["bars"]
    with pytest.raises(OutputError, match=r"\.svg, \.png, \.pdf or \.json"):
        chart.save(tmp_path / "x.gif")
    assert json.loads(chart.save(tmp_path / "x.json").read_text()) == chart.spec
    pytest.importorskip("vl_convert", reason="the plots extra is not installed")
    assert chart.save(tmp_path / "x.svg").read_text().startswith("<svg")
    assert chart.save(tmp_path / "x.png").read_bytes().startswith(b"\x89PNG")
    assert {"application/vnd.vegalite.v5+json", "image/svg+xml"} < chart._repr_mimebundle_().keys()
    assert {path.name for path in tmp_path.iterdir()} == {"x.json", "x.svg", "x.png"}


@pytest.mark.parametrize(
    "death", ["import os; os.abort()", "import os; os.kill(os.getpid(), 9)", "raise SystemExit(3)"]
)
def test_a_drawing_program_that_dies_is_a_note_in_the_page(monkeypatch: pytest.MonkeyPatch, death: str) -> None:
    pytest.importorskip("vl_convert", reason="the plots extra is not installed")
    monkeypatch.setattr(drawing, "_CHILD", death)
    monkeypatch.setattr(drawing, "_PEN", drawing._Pen())
    for _ in range(3):
        note = str(drawing.page_svg({}, "plot"))
        assert note.startswith('<p class="note">This plot could not be drawn: the program that draws')


def test_a_chart_that_cannot_be_drawn_leaves_the_next_one_alone() -> None:
    pytest.importorskip("vl_convert", reason="the plots extra is not installed")
    with pytest.raises(OutputError):
        drawing.draw({"mark": {"type": "no such mark"}, "data": 3}, "svg")
    assert SHAPES["bars"].svg().startswith("<svg")
