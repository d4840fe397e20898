"""The dossier is well-formed, self-contained, complete, true to its input, and the same every time."""

from __future__ import annotations

import copy
import itertools
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from groundswell.drawing import COLOURS
from groundswell.errors import OutputError
from groundswell.report.contents import contents
from groundswell.report.dossier import render
from groundswell.text import hash_of

ADDRESS = re.compile(r"https?://[^\s\"'<>]+")


def test_is_well_formed(page):
    assert page.broken == []
    ids = [element["attrs"]["id"] for element in page.elements if "id" in element["attrs"]]
    assert len(ids) == len(set(ids)), "an id is used twice"
    assert len(page.all("h1")) == 1
    assert len(page.all("main")) == 1


def test_headings_never_skip_a_level(page):
    levels = [int(element["tag"][1]) for element in page.elements if re.fullmatch(r"h[1-6]", element["tag"])]
    assert all(later <= earlier + 1 for earlier, later in itertools.pairwise(levels))


def test_internal_links_resolve(page):
    ids = {element["attrs"].get("id") for element in page.elements}
    inside = [e["attrs"]["href"] for e in page.all("a") if (e["attrs"].get("href") or "").startswith("#")]
    assert len(inside) > 50
    assert [href for href in inside if href[1:] not in ids] == []
    for element in page.elements:
        for name in ("aria-labelledby", "aria-describedby"):
            if name in element["attrs"]:
                assert element["attrs"][name] in ids
        for value in element["attrs"].values():
            for reference in re.findall(r"url\(#([^)]+)\)", value or ""):
                assert reference in ids


def test_loads_nothing_from_outside(page, written):
    loading = {"link", "img", "iframe", "object", "embed", "audio", "video", "source", "base", "image", "use"}
    assert [element["tag"] for element in page.elements if element["tag"] in loading] == []
    for element in page.elements:
        for name, value in element["attrs"].items():
            assert not name.startswith("on"), "a script in an attribute"
            if name == "href":
                assert value.startswith(("#", "https://doi.org/10."))
            elif name != "aria-label":
                assert not ADDRESS.search(value or ""), f"an address in {element['tag']} {name}"
    style = page.one("style")["text"]
    assert "@import" not in style
    assert not ADDRESS.search(style)
    assert not re.search(r"url\((?!#)", style)
    policy = next(e for e in page.all("meta") if e["attrs"].get("http-equiv") == "Content-Security-Policy")
    assert "default-src 'none'" in policy["attrs"]["content"]
    scripts = re.findall(r"<script([^>]*)>(.*?)</script>", written, re.S)
    assert [attributes for attributes, _ in scripts] == [""]  # the page's own, whole and by its hash
    assert all(hash_of(text) in policy["attrs"]["content"] for _, text in scripts)


def test_texts_of_records_are_escaped(page, written, example):
    assert "<script>alert" not in written
    assert "<b>" not in written
    titles = [element["text"] for element in page.all("h4") if "alert" in element["text"]]
    assert example.MARKUP in titles


def test_parts_come_in_order(page):
    headings = [element["text"] for element in page.all("h2")]
    ends = ["Method", "How a verdict is reached", "Limits", "Responsible use", "Bibliography", "Manifest"]
    assert headings[0] == "Verdicts"
    assert headings[-6:] == ends


def test_every_claim_has_a_row_and_a_page(page, example):
    entries = example.verdicts()["verdicts"]
    rows = page.all("tr", kind="verdict-row")
    assert len(rows) == len(entries)
    for row, entry in zip(rows, entries, strict=True):
        cells = [e for e in page.elements if e["inside"] and e["inside"][-1] is row]
        link = next(e for e in page.all("a") if cells[0] in e["inside"])
        section = page.one("section", id=link["attrs"]["href"][1:])
        assert cells[0]["text"] == entry["claim"]
        assert cells[2]["text"] == entry["text"]
        badge = next(e for e in page.all("span", kind="badge") if cells[3] in e["inside"])
        assert badge["text"].split(" ", 1)[1] == entry["verdict"]
        for part in (entry["text"], entry.get("reason"), entry.get("term"), entry.get("estimand")):
            assert not part or part in section["text"]
        for test in entry.get("tests", ()):
            assert test["title"] in cells[4]["text"]
            said = test["reason"].rstrip(".")
            assert said[:1].upper() + said[1:] + "." in section["text"]
        for note in entry.get("notes", ()):
            assert note in section["text"]


def test_numbers_shown_are_the_numbers_given(page, example):
    def shown(section):
        data = [e for e in page.all("data") if any(outer is section for outer in e["inside"])]
        return {float(e["attrs"]["value"]) for e in data}

    checked = 0
    for entry in example.verdicts()["verdicts"]:
        section = page.one("section", id=f"claim-{entry['claim']}")
        expected = []
        for row in (*entry.get("predictions", {}).values(), *entry.get("closed", ())):
            expected += [row.get(key) for key in ("mean", "low", "high", "share_as_claimed", "n")]
        for test in entry.get("tests", ()):
            estimate, power = test["estimate"] or {}, test["power"] or {}
            expected += [estimate.get(key) for key in ("value", "low", "high", "p", "n")] + [test["weight"]]
            for check in estimate.get("checks", {}).values():
                expected += [check["statistic"], check["p"]] if isinstance(check, dict) else [check]
            for outcome in ("supports", "against", "silent"):
                expected += list(power.get(outcome, {}).values())
                expected += [scenario[outcome] for scenario in power.get("scenarios", ())]
        wanted = {float(v) for v in expected if v is not None and not isinstance(v, bool) and np.isfinite(v)}
        assert wanted <= shown(section)
        checked += len(wanted)
    assert checked > 200


def test_rounded_text_agrees_with_the_whole_value(page):
    seen = 0
    for element in page.all("data"):
        value, text = float(element["attrs"]["value"]), element["text"]
        if "to 1" in text or text.startswith("<") or "×" in text:
            continue
        percent = text.endswith("%")
        digits = text.rstrip("%").replace("\u2212", "-").replace("\u202f", "")
        unit = 10.0 ** -len(digits.partition(".")[2])
        assert abs(float(digits) - value * (100 if percent else 1)) <= 0.5 * unit * (1 + 1e-9)
        seen += 1
    assert seen > 500


def test_missing_numbers_are_said_to_be_missing(page, written):
    section = page.one("section", id="claim-S12")
    assert "not estimable" in section["text"]
    assert "Power was not computed" in section["text"]
    text = re.sub(r"<(?:style|script)>.*?</(?:style|script)>|<[^>]*>", " ", written, flags=re.DOTALL)
    assert re.findall(r".{20}\b(?:nan|NaN|None|null|undefined|Undefined)\b.{20}", text) == []


def test_the_same_input_gives_the_same_bytes(written, example, tmp_path):
    again = example.write(tmp_path).read_bytes()
    assert again == written.encode("utf-8")
    # a fresh process, whose drawing library counts its ids from the start and whose hashes are salted otherwise
    script = Path(example.__file__)
    environment = {**os.environ, "PYTHONHASHSEED": "4"}
    subprocess.run([sys.executable, str(script), str(tmp_path / "b")], check=True, env=environment, capture_output=True)
    assert (tmp_path / "b" / "dossier.html").read_bytes() == again


def test_input_is_left_as_it_was(example):
    before = example.verdicts()
    given = copy.deepcopy(before)
    render(given, None, example.manifest())
    assert repr(given) == repr(before)


def test_every_plot_has_words_and_numbers(page):
    figures = page.all("figure")
    assert len(figures) > 40
    for figure in figures:
        image = next(e for e in page.all("div", role="img") if figure in e["inside"])
        assert len(image["attrs"]["aria-label"]) > 30
        tables = [e for e in page.all("table") if figure in e["inside"]]
        assert len(tables) == 1
        assert [e for e in page.all("svg") if figure in e["inside"]]
    for table in page.all("table"):
        assert [e for e in page.all("caption") if e["inside"][-1] is table], "a table without a caption"


def test_without_the_extra_tables_stand_for_plots(example, read, monkeypatch):
    monkeypatch.setattr("groundswell.report.dossier.available", lambda: False)
    text = render(example.verdicts(), None, example.manifest())
    page = read(text)
    assert page.broken == []
    assert page.all("svg") == []
    figures = page.all("figure")
    assert len(figures) > 40
    for figure in figures:
        assert "the extra plots" in figure["text"]
        assert [e for e in page.all("td") if figure in e["inside"]]


def test_both_themes_know_every_colour(page):
    style = page.one("style")["text"]
    dark = style.split("prefers-color-scheme: dark", 1)[1].split("}", 1)[0]
    for role in COLOURS:
        assert re.search(rf"--{role}: #[0-9a-f]{{6}};", dark), role
    assert len(set(COLOURS.values())) == len(COLOURS)
    drawn = {
        value.lower()
        for element in page.elements
        for name, value in element["attrs"].items()
        if name in ("fill", "stroke") and value and value.startswith("#")
    }
    assert drawn <= set(COLOURS.values()), "a colour that the style sheet cannot turn"


def test_an_empty_study_is_still_a_dossier(read):
    page = read(render({"verdicts": []}, None, {}))
    assert page.broken == []
    assert "tested no claim on any record" in page.one("p", kind="answer")["text"]


def test_title_falls_back_to_the_study(read):
    assert read(render({"verdicts": []}, {"title": "A study of mine"}, {})).one("h1")["text"] == "A study of mine"
    assert read(render({"verdicts": []}, {"name": "mine"}, {})).one("h1")["text"] == "mine"


def test_a_fingerprint_is_taken_from_the_manifest_where_the_verdicts_have_none():
    given = {"verdicts": [], "data": [{"name": "a", "sha256": None}, {"name": "b", "sha256": "12"}, {"name": "c"}]}
    shown = contents(given, None, {"data": {"a": "34", "b": "56"}}, draw=False)
    assert [row["sha256"] for row in shown["data"]] == ["34", "12", ""]


def test_an_answer_handed_over_is_used(read):
    given = {"verdicts": [], "answer": "Plain <words>."}
    assert read(render(given, None, {})).one("p", kind="answer")["text"] == "Plain <words>."


def test_counts_that_disagree_are_reported(example):
    given = example.verdicts()
    assert contents(given, None, {}, draw=False)["handed"] == ""
    given["counts"]["supported"] += 1
    assert "supported 4" in contents(given, None, {}, draw=False)["handed"]


def test_numpy_values_are_read_like_python_ones(read):
    estimate = {"value": np.float64(1.5), "low": np.float32(1), "high": np.float64("nan"), "n": np.int64(7)}
    estimate["checks"] = {"enough": np.bool_(True)}
    test = {"record": "a", "estimate": estimate, "weight": np.float64("inf"), "simulated": {"catalysis": [np.nan]}}
    claim = {"claim": "C1", "account": "catalysis", "verdict": "balanced", "tests": [test]}
    page = read(render({"verdicts": [claim]}, None, {}))
    values = {float(e["attrs"]["value"]) for e in page.all("data")}
    assert {1.5, 1.0, 7.0, float("inf")} <= values
    assert "passed" in page.one("section", id="claim-C1")["text"]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "without the list"),
        ({"format": 1, "verdicts": []}, "format 1"),
        ({"verdicts": "S1"}, "a list"),
        ({"verdicts": [3]}, "'verdicts'"),
        ({"verdicts": [{"account": "both", "verdict": "supported"}]}, "names no claim"),
        ({"verdicts": [{"claim": "S1", "verdict": "proved"}]}, "'proved'"),
        ({"verdicts": [{"claim": "S1", "verdict": "supported"}] * 2}, "twice"),
        ({"verdicts": [{"claim": "S1", "verdict": "supported", "tests": ["navco"]}]}, "'tests'"),
        ({"verdicts": [{"claim": "S1", "verdict": "supported", "predictions": 3}]}, "'predictions'"),
        ({"verdicts": [], "limits": [1]}, "'limits'"),
    ],
)
def test_verdicts_of_the_wrong_shape_are_refused(given, words):
    with pytest.raises(OutputError) as caught:
        render(given, None, {})
    assert words in str(caught.value)


def test_a_claim_says_whether_its_verdict_stands_what_should_not_matter(read):
    again = [
        {"change": "other seeds", "verdict": "supported", "weight": 12.0, "why": ""},
        {"change": "twice the people", "verdict": "balanced", "weight": 2.0, "why": ""},
        {"change": "other ties", "verdict": None, "weight": None, "why": "a population <without> ties"},
    ]
    claim = {"claim": "Z1", "verdict": "supported", "error": 0.077, "holds": False, "tests": []}
    robust = {"word": "fragile", "again": again}
    page = read(render({"verdicts": [claim | {"robustness": robust}, claim | {"claim": "Z2"}]}, None, {}))
    assert page.broken == []
    details = page.one("details", kind="robust")
    assert (
        "Fragile. Of 2 changes that should not matter, 1 leads to another verdict: twice the people: balanced."
        in " ".join(details["text"].split())
    )
    assert "not applicable: a population <without> ties" in details["text"]
    assert any("it does not hold among all claims" in p["text"] for p in page.all("p", kind="note"))
    robust["again"] = again[:1]
    robust["word"] = "robust"
    page = read(render({"verdicts": [claim | {"robustness": robust}]}, None, {}))
    assert (
        "The verdict is the same under 1 change that should not matter." in page.one("details", kind="robust")["text"]
    )
