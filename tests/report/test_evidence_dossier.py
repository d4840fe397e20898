"""The evidence dossier: whole, self-contained, harmless, and showing the numbers that it was given."""

from __future__ import annotations

import re
from types import ModuleType
from typing import Any

import pytest
from tests.programs import program

from groundswell.drawing import available
from groundswell.errors import OutputError
from groundswell.report.evidence_contents import STATUSES, harmless
from groundswell.report.evidence_dossier import render


@pytest.fixture(scope="module")
def invented() -> ModuleType:
    return program("tests/report/evidence_example.py")


@pytest.fixture(scope="module")
def text(invented: ModuleType) -> str:
    return render(invented.content(), invented.manifest())


@pytest.fixture(scope="module")
def page(read: Any, text: str) -> Any:
    return read(text)


def test_the_page_is_well_formed_and_its_links_resolve(page: Any) -> None:
    assert page.broken == []
    ids = [element["attrs"]["id"] for element in page.elements if "id" in element["attrs"]]
    assert len(ids) == len(set(ids))
    for link in page.all("a"):
        target = link["attrs"]["href"]
        assert target[1:] in ids if target.startswith("#") else target.startswith("https://doi.org/"), target


def test_nothing_is_loaded_and_nothing_runs(page: Any, text: str) -> None:
    assert not [e for e in page.elements if e["tag"] in ("link", "img", "iframe", "object")]
    assert not [e for e in page.elements if any(name.startswith("on") or name == "src" for name in e["attrs"])]
    assert re.search(r"url\((?!#)", text) is None
    assert "default-src 'none'" in text


def test_texts_of_a_record_do_no_harm(page: Any, text: str, invented: ModuleType) -> None:
    assert "<script>alert" not in text
    assert "\u202e" not in text
    cells = [cell["text"].strip() for cell in (*page.all("td"), *page.all("th"))]
    assert any(cell.startswith("'=HYPERLINK") for cell in cells)
    assert not [cell for cell in cells if cell.startswith(("=", "@", "+1", "-"))]


@pytest.mark.parametrize("raw", ["=1+1", "+1", "-1", "@sum", "\t=1", "\r=1"])
def test_formulas_get_an_apostrophe(raw: str) -> None:
    given = raw.replace("\r", "")  # which is removed, as other control characters are
    assert harmless(raw) == "'" + given
    assert harmless({"a": [raw]}) == {"a": ["'" + given]}


def test_other_texts_are_let_be() -> None:
    assert harmless("São Paulo = 1") == "São Paulo = 1"
    assert harmless(3.5) == 3.5
    assert harmless("a\u202eb\x07c") == "abc"


def test_every_answer_is_shown_with_its_mark(page: Any, invented: ModuleType) -> None:
    rows = page.all("li", kind="answer-row")
    answers = invented.content()["answers"]
    assert len(rows) == len(answers)
    for row, answer in zip(rows, answers, strict=True):
        assert answer["asks"] in row["text"]
        assert answer["answer"] in row["text"]
        assert STATUSES[answer["status"]] in row["text"]


def test_the_numbers_shown_are_those_given(page: Any, invented: ModuleType) -> None:
    whole = {float(element["attrs"]["value"]) for element in page.all("data")}
    for pair in invented.content()["pairs"]:
        assert {pair["branching_ratio"][key] for key in ("value", "low", "high")} <= whole
        assert pair["answer"] in page.one("body")["text"]
    for row in invented.content()["responses"][:2]:
        assert {row["effect"], row["effect_low"], row["effect_high"]} <= whole


def test_groups_of_too_few_acts_are_named_but_not_shown(page: Any) -> None:
    shown = [row["text"] for row in page.all("tr", kind="pair-row")]
    assert not [row for row in shown if "below 10 dead" in row]
    assert "too few acts for a comparison: below 10 dead (2)" in page.one("body")["text"]


def test_formulas_have_subscripts_and_shared_methods_are_told_once(page: Any, text: str) -> None:
    assert "Σ<sub>j</sub> n<sub>jk</sub> Σ<sub>s&lt;t</sub> w<sub>k</sub>(t−s)" in text
    assert text.count("as it was done.") == 1
    assert text.count("As for “") == 3


def test_what_was_not_asked_has_no_chapter_but_a_reason(page: Any) -> None:
    assert "The answer to after-repression." in page.one("dl", kind="unasked")["text"]
    chapters = [e["attrs"].get("id") for e in page.all("section", kind="page")]
    assert "ask-after-repression" not in chapters


def test_plots_are_drawn_with_their_words(page: Any) -> None:
    if not available():
        pytest.skip("the extra `plots` is not installed")
    figures = page.all("figure")
    assert len(figures) >= 12
    twice = page.all("div", kind="at-phone")  # figures that are drawn once for a desk and once for a phone
    assert len(page.all("svg", kind="plot")) == len(figures) + len(twice)
    labels = [element["attrs"]["aria-label"] for element in page.all("div", role="img")]
    assert all(len(label) > 20 for label in labels)


def test_without_the_extra_the_numbers_stand_in_tables(
    invented: ModuleType, read: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("groundswell.report.evidence_dossier.available", lambda: False)
    content = invented.content()
    content["records"][0].pop("tables")  # whose figures need no extra
    bare = read(render(content, invented.manifest()))
    assert bare.all("svg") == []
    assert bare.broken == []
    assert "install the extra plots" in bare.one("body")["text"]


def test_the_same_input_gives_the_same_bytes(invented: ModuleType, text: str) -> None:
    assert render(invented.content(), invented.manifest()) == text


def test_another_format_is_refused(invented: ModuleType) -> None:
    with pytest.raises(OutputError, match="format 1"):
        render({**invented.content(), "format": 1}, invented.manifest())
