"""The pages of replications: whole, self-contained, showing the numbers that they were given; and their drawings."""

from __future__ import annotations

import copy
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from groundswell.drawing import COLOURS, available
from groundswell.errors import OutputError
from groundswell.report.replication_contents import replication_figure, shown, summary
from groundswell.report.replication_page import pages, render, render_index, write_figures
from groundswell.report.replication_table import markdown, ours, published, reasons

VERDICTS = ("reproduced", "not reproduced", "too few runs to tell", "not attainable", "failed")


def row(name: str, verdict: str, **settings: Any) -> dict[str, Any]:
    return {
        "target": name,
        "claim": f"Claim <b>of</b> {name}",
        "unit": "people",
        "table": 3,
        "published": {"value": 12.2, "tolerance": 0.05},
        "certainty": "M",
        "source": "Somebody 1978, Figure 2",
        "widest": 1.22,
        "ours": {"value": 12.2221, "low": 12.1, "high": 12.3},
        "verdict": verdict,
        "declared": "reproduced" if verdict == "reproduced" else "not reproduced",
        "as_declared": True,
        "reason": "" if verdict == "reproduced" else f"Because of {name}",
        "needs": "",
        "note": "",
        **settings,
    }


def curve(name: str, mark: str, size: int = 5, banded: bool = False) -> dict[str, Any]:
    x = [float(k + 1) for k in range(size)]
    y = [2.0 + (k % 3) for k in range(size)]
    low, high = ([v - 0.5 for v in y], [v + 0.5 for v in y]) if banded else (None, None)
    return {"name": name, "x": x, "y": y, "low": low, "high": high, "mark": mark}


FIGURE: dict[str, Any] = {
    "name": "waits",
    "title": "Waits between outbursts",
    "caption": "As the paper draws them.",
    "x": "wait, steps",
    "y": "share",
    "x_kind": "log",
    "y_kind": "log",
    "curves": [
        curve("theory", "line", 900),
        curve("simulated", "points", banded=True),
        curve("counted", "bars", banded=True),
        curve("stepped", "steps", banded=True),
    ],
    "marks": [[3.0, "critical"]],
}


@pytest.fixture
def content() -> dict[str, Any]:
    theory = {
        "title": "Thresholds",
        "missing": "",
        "source": "Somebody (1978). doi:10.1000/abc",
        "references": ["Somebody (1978). doi:10.1000/abc", "Another (1979)."],
        "equations": "r(t+1) = F(r(t))",
        "limits": ["Only so far."],
        "deviations": ["Other than printed."],
        "parameters": [
            {"name": "sd", "meaning": "spread", "default": 0.122, "support": "> 0", "unit": "share", "source": ""}
        ],
    }
    empty = {"source": "", "equations": "", "limits": [], "seeds": {}, "error": "", "as_declared": True}
    rows = [row(f"t{k}", verdict) for k, verdict in enumerate(VERDICTS)]
    rows[3] |= {"published": {"value": None, "tolerance": 0.0}, "ours": None}
    one = {"name": "somebody", "title": "Somebody 1978", "theories": ["thresholds"], "rows": rows, "figures": [FIGURE]}
    broken = {"name": "broken", "title": "broken", "theories": [], "rows": [], "figures": []}
    return {
        "format": 1,
        "version": "0.1.0",
        "verdicts": dict.fromkeys(VERDICTS, "what it means"),
        "certainty": {"R": "read", "R2": "read through", "C": "computed", "M": "remembered"},
        "counts": dict.fromkeys(VERDICTS, 1),
        "as_declared": True,
        "replications": [
            {**empty, **broken, "error": "SyntaxError <here>"},
            {**empty, **one, "seeds": {"runs": 7}},
        ],
        "theories": {"thresholds": theory},
    }


@pytest.mark.parametrize("page", ["somebody", "broken", "index"])
def test_pages_are_well_formed_and_load_nothing(content: dict[str, Any], read: Any, page: str) -> None:
    text = render_index(content) if page == "index" else render(content, page)
    found = read(text)
    assert found.broken == []
    ids = [e["attrs"]["id"] for e in found.elements if "id" in e["attrs"]]
    assert len(ids) == len(set(ids))
    files = {"index.html", "somebody.html", "broken.html"}
    for link in found.all("a"):
        target = link["attrs"]["href"]
        assert target[1:] in ids if target.startswith("#") else target in files or target.startswith("https://doi.org/")
    assert not [e for e in found.elements if e["tag"] in ("script", "link", "img", "iframe", "object")]
    assert re.search(r"url\((?!#)", text) is None
    assert "default-src 'none'" in text
    assert "<b>of</b>" not in text


def test_every_row_shows_both_numbers_whole_its_verdict_and_its_code(content: dict[str, Any], read: Any) -> None:
    page = read(render(content, "somebody"))
    whole = {float(e["attrs"]["value"]) for e in page.all("data")}
    assert {12.2, 12.2221, 12.1, 12.3} <= whole
    rows = page.all("tr", kind="target-row")
    assert len(rows) == len(VERDICTS)
    for found, verdict in zip(rows, VERDICTS, strict=True):
        assert verdict in found["text"]
    assert len(page.all("abbr", kind="code")) == len(VERDICTS)
    assert "Remembered." in page.one("body")["text"]
    assert "Read through." not in page.one("body")["text"]  # a code that no row has is not explained
    assert "no number" in rows[3]["text"]


def test_the_page_says_why_what_with_and_how_far(content: dict[str, Any], read: Any) -> None:
    text = read(render(content, "somebody")).one("body")["text"]
    for part in ("Because of t1.", "r(t+1) = F(r(t))", "Only so far.", "Other than printed.", "spread", "no source"):
        assert part in text
    assert "seed of runs 7" in text


def test_a_verdict_that_was_not_declared_is_shown(content: dict[str, Any]) -> None:
    content["replications"][1]["rows"][0] |= {"as_declared": False, "declared": "not reproduced"}
    assert "<strong>declared not reproduced</strong>" in render(content, "somebody")
    assert "1 verdict is not the one that was declared" in render(content, "somebody")
    assert "(declared not reproduced)" in markdown(content)


def test_figures_are_drawn_twice_or_stand_as_tables(
    content: dict[str, Any], read: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    if available():
        page = read(render(content, "somebody"))
        assert len(page.all("svg", kind="plot")) == 2
        (image,) = page.all("div", role="img")
        assert "simulated: from 2" in image["attrs"]["aria-label"]
    monkeypatch.setattr("groundswell.report.replication_page.available", lambda: False)
    bare = read(render(content, "somebody"))
    assert bare.broken == []
    assert bare.all("svg") == []
    assert "install the extra plots" in bare.one("body")["text"]


def test_pages_are_the_same_bytes_and_the_files_are_named_after_their_replications(content: dict[str, Any]) -> None:
    made = pages(content)
    assert list(made)[-1] == "index.html"
    assert made["somebody.html"] == render(copy.deepcopy(content), "somebody")


def test_another_format_is_refused(content: dict[str, Any]) -> None:
    with pytest.raises(OutputError, match="format 2"):
        render_index({**content, "format": 2})


# -- drawings ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kinds", [("linear", "linear"), ("log", "linear"), ("linear", "log"), ("log", "log")])
@pytest.mark.parametrize("mark", ["line", "points", "bars", "steps"])
@pytest.mark.parametrize("size", [1, 7])
def test_every_mark_is_drawn_on_every_axis(kinds: tuple[str, str], mark: str, size: int) -> None:
    pytest.importorskip("vl_convert", reason="the plots extra is not installed")
    figure = {**FIGURE, "x_kind": kinds[0], "y_kind": kinds[1], "curves": [curve("only", mark, size, True)]}
    svg = replication_figure(figure, draw=True).svg
    assert svg is not None
    assert COLOURS["account-1"] in svg
    assert "NaN" not in svg


def test_a_flat_curve_is_drawn() -> None:
    pytest.importorskip("vl_convert", reason="the plots extra is not installed")
    flat = {"name": "flat", "x": [1.0, 2.0], "y": [0.0, 0.0], "low": None, "high": None, "mark": "line"}
    figure = {**FIGURE, "y_kind": "linear", "curves": [flat], "marks": []}
    assert "NaN" not in str(replication_figure(figure, draw=True).svg)


def test_long_courses_are_thinned_and_keep_their_extremes() -> None:
    pytest.importorskip("vl_convert", reason="the plots extra is not installed")
    size = 20_000
    y = [0.0] * size
    y[12_345] = 100.0
    long = {"name": "long", "x": [float(k) for k in range(size)], "y": y, "low": None, "high": None, "mark": "line"}
    figure = {**FIGURE, "x_kind": "linear", "y_kind": "linear", "curves": [long], "marks": []}
    drawn = replication_figure(figure, draw=True)
    assert len(str(drawn.svg)) < 40_000
    assert "highest 100 at 12" in drawn.label


def test_a_picture_stands_alone(content: dict[str, Any], tmp_path: Path) -> None:
    pytest.importorskip("vl_convert", reason="the plots extra is not installed")
    (path,) = write_figures(tmp_path, content)
    assert path.name == "thresholds.svg"
    root = ElementTree.fromstring(path.read_text(encoding="utf-8"))
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    words = "".join(root.itertext())
    for name in ("wait, steps", "share", "theory", "simulated", "critical"):
        assert name in words
    own = {**FIGURE, "name": "of_thresholds", "x": "steps of its own"}
    content["replications"][1]["figures"] = [FIGURE, own]
    (path,) = write_figures(tmp_path, content)
    assert "steps of its own" in path.read_text(encoding="utf-8")


# -- words and numbers ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "tolerance", "found", "expected"),
    [
        (12.2221, 0.00005, (12.22214, 12.22214, 12.22214), ("12.2221 ± 0.00005", "12.22214 (exact)")),
        (0.079, 0.00005, (0.07898, 0.07898, 0.07898), ("0.0790 ± 0.00005", "0.07898 (exact)")),
        (221, 0, (221, 221, 221), ("221", "221 (exact)")),
        (-12, 4, (-7, -9, -5), ("−12 ± 4", "−7.0 (−9.0 to −5.0)")),
        (708, 64.5, (807.25, 790.1, 824.4), ("708 ± 64.5", "807 (790 to 824)")),
    ],
)
def test_numbers_keep_the_digits_that_decide(
    value: float, tolerance: float, found: tuple[float, float, float], expected: tuple[str, str]
) -> None:
    number = dict(zip(("value", "low", "high"), map(float, found), strict=True))
    given = row("t", "reproduced", published={"value": value, "tolerance": tolerance}, ours=number, unit="")
    assert (published(given), ours(given)) == expected
    assert shown(given)["claim"] == given["claim"]


def test_the_summary_counts_in_words(content: dict[str, Any]) -> None:
    said = summary(content["replications"])
    assert said.startswith("Of 5 numbers, 1 is reproduced, 1 is not reproduced, 1 has too few runs to tell, ")
    assert said.endswith("Could not be loaded: broken.")
    assert summary([]) == "Nothing was measured."
    assert "(C)" not in said
    content["replications"][1]["rows"][0]["certainty"] = "C"
    said = summary(content["replications"])
    assert "The literature states 4 of them, in figures or in words, of which 0 are reproduced; the others" in said


def test_reasons_list_all_that_is_not_reproduced(content: dict[str, Any]) -> None:
    lines = reasons(content).splitlines()
    assert len(lines) == len(VERDICTS) - 1
    assert all(f"Because of t{k}" in " ".join(lines) for k in range(1, 5))
    assert all(". Published " in line for line in lines)
    for one in content["replications"]:
        for given in one["rows"]:
            given["certainty"] = "C"
    assert all(". Computed " in line and "Published" not in line for line in reasons(content).splitlines())


def test_remarks_stand_in_the_table(content: dict[str, Any]) -> None:
    content["replications"][1]["rows"][0]["note"] = "A check | of the rule."
    assert "A check \\| of the rule. |" in markdown(content)


def test_texts_mean_nothing_to_markdown(content: dict[str, Any]) -> None:
    content["replications"][1]["rows"][0]["claim"] = "a | b_c * [d] `e` $f"
    (line,) = [text for text in markdown(content).splitlines() if text.startswith("| `t0`")]
    assert r"a \| b\_c \* \[d] \`e\` \$f" in line
