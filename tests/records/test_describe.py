"""The description of a record: its tables add up, oddities are named, and the page shows them and loads nothing."""

from __future__ import annotations

import html.parser
import itertools
import re
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner

import groundswell
from groundswell.cli import app
from groundswell.outlines import outlines
from groundswell.records.oddities import gaps, heaps, implausible
from groundswell.records.window import Stretch, Window


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three years of marches and arson in two towns, with a table of everything that may be odd."""
    rng = np.random.default_rng(3)
    rows = ["date,kind,place,country,latitude,longitude,size,fatalities"]
    for day in range(0, 1100, 2):
        kind = "arson" if rng.uniform() < 0.2 else "march"
        town, at = (("Ayton", "51.5,8.25"), ("Beeville", "50.1,9.5"))[int(rng.integers(2))]
        size = rng.choice(["", "100-200", "dozens", "2000"])
        rows.append(f"{date(2018, 1, 1) + timedelta(day)},{kind},{town},Freedonia,{at},{size},0")
    rows.append("2018-06-01,march,beeville,Freedonia,50.1,9.5,,1500000")
    rows.append("2018-02-30,march,Ayton,Freedonia,51.5,8.25,,")
    made = tmp_path_factory.mktemp("described") / "towns.csv"
    made.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return made


@pytest.fixture(scope="module")
def record(path: Path) -> groundswell.Record:
    return groundswell.read(path)


def test_tables_add_up_to_the_events(record: groundswell.Record) -> None:
    found = record.describe()
    total = record.events.height
    for name in ("by_month", "by_kind", "by_role", "by_weekday", "by_day_of_month", "dead", "map"):
        assert found.tables[name]["events"].sum() == total, name
    places = found.tables["by_place"]
    assert places.filter(pl.col("level") == "place")["events"].sum() == total
    assert found.tables["recent"].height == 8
    assert found.tables["rejected"].select("row", "line", "value").rows() == [(552, 553, "2018-02-30")]


def test_what_is_odd_is_said_with_the_line_that_mends_it(record: groundswell.Record) -> None:
    said = " ".join(record.describe().sentences())
    assert "1,500,000 dead, in row 551" in said
    assert '"beeville" = "Beeville"' in said
    assert "'impossible date'" in said
    assert record.describe().to_dict()["answer"].startswith("towns.csv")


def test_a_record_is_used_from_python(record: groundswell.Record) -> None:
    assert dict(record.kinds).keys() == {"march", "arson"}
    counted = record.series("march", "month")
    assert counted.counts.sum() == record.kinds["march"]
    assert record.plot().shape == "lines"
    assert record.map().frame.height == 2
    assert record.to_frame() is record.events
    assert "towns.csv" in record._repr_html_()


class _Page(html.parser.HTMLParser):
    """Collects what a page names, loads and links to."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.unnamed = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        of = dict(attrs)
        self.ids |= {str(of["id"])} if "id" in of else set()
        self.links += [str(of["href"])] if tag == "a" else []
        self.loads += [str(of[name]) for name in ("src", "srcset") if name in of]
        self.unnamed += tag == "svg" and not of.get("aria-label")


def test_the_page_is_whole_offline_and_named_for_a_screen_reader(path: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = CliRunner().invoke(app, ["data", "describe", str(path), "--out", str(out)])
    assert done.exit_code == 0, done.output
    text = (out / "description.html").read_text(encoding="utf-8")
    page = _Page()
    page.feed(text)
    assert not page.loads
    assert not page.unnamed
    assert {link.removeprefix("#") for link in page.links} <= page.ids
    assert "url(" not in text
    assert text.count("<h1>") == 1
    assert len(re.findall(r"<circle", text)) == 2
    for name in ("by_month", "by_kind", "map", "rejected"):
        assert pl.read_csv(out / "tables" / f"{name}.csv").height > 0


def test_a_name_cannot_run_in_the_page_or_in_a_spreadsheet(tmp_path: Path) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_text("date,kind,place\n" + "2020-01-01,march,=cmd()\n2020-01-02,<script>x</script>,B\n" * 3)
    done = CliRunner().invoke(app, ["data", "describe", str(bad), "--out", str(tmp_path / "out")])
    assert done.exit_code == 0, done.output
    assert "<script>" not in (tmp_path / "out" / "description.html").read_text()
    assert "'=cmd()" in (tmp_path / "out" / "tables" / "by_place.csv").read_text()


def test_outlines_lie_on_the_globe_and_close() -> None:
    land, borders = outlines()
    assert len(land) > 100
    assert len(borders) > 200
    assert all(ring[0] == pytest.approx(ring[-1]) for ring in land)
    assert all(-90 <= y <= 90 for ring in land for _, y in ring)
    north = [ring for ring in land if max(y for _, y in ring) > -60]  # Antarctica runs along the edge of the map
    assert max(abs(a[0] - b[0]) for ring in north for a, b in itertools.pairwise(ring)) < 60


def _days(days: list[date]) -> pl.DataFrame:
    return pl.DataFrame({"date": days, "precision": ["day"] * len(days)})


def test_heaps_are_of_most_months_and_not_of_one_great_day() -> None:
    rng = np.random.default_rng(5)
    spread = [date(2018, 1, 1) + timedelta(int(d)) for d in rng.integers(0, 1095, 1200)]
    assert heaps(_days(spread)) == ()
    assert heaps(_days([*spread, *[date(2019, 5, 1)] * 200])) == ()
    firsts = [date(2018 + m // 12, m % 12 + 1, 1) for m in range(36) for _ in range(5)]
    assert [(h.unit, h.value) for h in heaps(_days([*spread, *firsts]))] == [("day of the month", 1)]


def test_a_declared_gap_is_no_gap_and_an_undeclared_one_gives_its_line() -> None:
    rng = np.random.default_rng(6)
    days = sorted({date(2018, 1, 1) + timedelta(int(d)) for d in rng.integers(0, 1000, 500)})
    kept = [d for d in days if not date(2019, 3, 1) <= d <= date(2019, 7, 31)]
    (gap,) = gaps(_days(kept))
    assert gap.first <= date(2019, 3, 1) <= date(2019, 7, 31) <= gap.last
    assert gap.line == f'not_collected = [["{gap.first}", "{gap.last}"]]'
    assert gaps(_days(kept), Window(not_collected=(Stretch(gap.first, gap.last),))) == ()
    late = gaps(_days(days), Window(date(2018, 1, 1), date(2022, 1, 1)))
    assert [g.last for g in late] == [date(2022, 1, 1)]


def test_figures_are_of_one_event_and_not_of_an_aggregate() -> None:
    frame = pl.DataFrame({"row": [1, 2], "fatalities": [1_500_000, 60_000], "count": [1, 100],
                          "size_low": [None, None], "size_high": [None, 6e7]},
                         schema_overrides={"size_low": pl.Float64, "size_high": pl.Float64})  # fmt: skip
    assert [(f.row, f.field) for f in implausible(frame)] == [(1, "fatalities")]
