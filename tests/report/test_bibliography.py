"""The bibliography lists each work once, with the claims that used it, and links nothing but its identifier."""

from __future__ import annotations

import pytest

from groundswell.report.bibliography import collect, doi_of, linked


@pytest.mark.parametrize(
    ("text", "doi"),
    [
        ("A (2018). Title. https://doi.org/10.1177/0022343318759411.", "10.1177/0022343318759411"),
        ("A (2016). Title. doi:10.7910/DVN/HTTWYL.", "10.7910/dvn/httwyl"),
        ("A (2016). Title (10.1000/xyz).", "10.1000/xyz"),
        ("Pages 10.5 to 11. No identifier.", ""),
    ],
)
def test_identifier(text, doi):
    assert doi_of(text) == doi


def test_only_the_identifier_becomes_a_link():
    html = linked("A <b> (2018). https://example.org/x https://doi.org/10.1/no doi:10.1177/0022.")
    assert html.count("<a ") == 1
    assert 'href="https://doi.org/10.1177/0022"' in html
    assert "&lt;b&gt;" in html
    assert html.endswith("</a>.")


def test_each_work_once_with_its_claims():
    verdicts = {
        "verdicts": [
            {"claim": "S1", "references": ["B, C.  (2000). Title"], "tests": [{"citation": "A. doi:10.1000/X"}]},
            {"claim": "S2", "references": ["b, c. (2000) title.", "B, C. (2000). Title, second part."]},
        ],
        "references": ["A, longer text. https://doi.org/10.1000/x"],
        "data": [{"citation": "D"}, {"citation": None}],
    }
    found = [(reference.text, reference.claims) for reference in collect(verdicts)]
    assert found == [
        ("A, longer text. https://doi.org/10.1000/x", ("S1",)),
        ("B, C. (2000). Title", ("S1", "S2")),
        ("B, C. (2000). Title, second part.", ("S2",)),
        ("D", ()),
    ]


def test_nothing_used_nothing_listed():
    assert collect({"verdicts": [{"claim": "S1"}]}) == []
