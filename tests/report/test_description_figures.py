"""What a page of a described record draws: all of it at every width, and names that stay within the picture."""

from __future__ import annotations

import re
from datetime import date

from groundswell.report.description_figures import lying_bars, over_time
from groundswell.report.description_page import parts


def test_the_picture_for_a_phone_holds_every_bar_within_its_width() -> None:
    rows = [{"month": date(2000 + i // 12, i % 12 + 1, 1), "kind": "march", "events": i + 1} for i in range(120)]
    picture, narrow, legend, says = over_time(rows, "Events")
    assert says == ""
    assert [kind for kind, _ in legend] == ["march"]
    for drawn in (picture, narrow):
        wide = float(re.search(r'viewBox="0 0 (\d+)', drawn)[1])  # pyright: ignore[reportOptionalSubscript]
        bars = re.findall(r'<rect x="([\d.]+)"[^>]* width="([\d.]+)"', drawn)
        assert len(bars) == 120
        assert max(float(x) + float(w) for x, w in bars) <= wide
    assert narrow.count("<text") < picture.count("<text")


def test_long_names_are_cut_where_the_picture_begins() -> None:
    drawn = lying_bars([{"place": "Mustafa Mahmud Square, Cairo", "events": 3}], "place", "Places")
    assert ">Mustafa Mahmud Square…</text>" in drawn
    assert "Mustafa Mahmud Square, Cairo: 3" in drawn  # the whole name is in the title of the bar


def test_bars_of_several_months_say_so_and_wider_places_have_a_figure_of_their_own() -> None:
    rows = [{"month": date(1990 + i // 12, i % 12 + 1, 1), "kind": "march", "events": 1} for i in range(361)]
    picture, *_, says = over_time(rows, "Events")
    assert picture.count("<rect") == 121
    assert says == "Each bar is 3 months, and the last 1."
    places = [("place", "A", 3), ("place", "B", 2), ("state", "S", 5), ("country", "X", 4), ("country", "Y", 1)]
    rows = [{"level": level, "place": place, "events": events} for level, place, events in places]
    figures = parts("a.csv", {"by_place": rows})["figures"]
    assert [figure["title"] for figure in figures] == ["Places", "Places: country"]
    assert len({figure["anchor"] + figure["mark"] for figure in figures}) == 2
