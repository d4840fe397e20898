"""Plots show where their numbers lie, and say what does not fit."""

from __future__ import annotations

import math
import re
from xml.etree import ElementTree

import pytest

from groundswell.drawing import COLOURS, available, tidy_svg
from groundswell.report import claim_figures as plots

ROLES = {"substitution": "account-1", "catalysis": "account-2"}


def test_accounts_take_their_colours_in_the_order_of_the_study():
    assert plots.account_roles(["one", "other"]) == {"one": "account-1", "other": "account-2"}
    many = plots.account_roles([f"account {place}" for place in range(6)])
    assert list(many.values())[3:] == ["account-4", "muted", "muted"]


@pytest.mark.parametrize(
    ("series", "role"),
    [
        ("Catalysis, hope closed", "account-2"),
        ("substitution", "account-1"),
        ("the record", "record"),
        ("anticatalysis", "muted"),
        ("substitution or catalysis, shuffled", "muted"),
    ],
)
def test_series_take_the_colour_of_their_account(series, role):
    assert plots.role_of(series, ROLES) == role


def test_tidy_svg_renames_ids_and_rounds_only_coordinates():
    given = (
        '<svg xmlns="http://www.w3.org/2000/svg" version="1.1" class="marks" width="10" height="5" '
        'viewBox="0 0 10.00004 5"><defs><clipPath id="clip77"><rect x="0" y="0"/></clipPath></defs>'
        '<g clip-path="url(#clip77)" role="x"><path class="background" d="M0,0" stroke="none"/>'
        '<text transform="translate(1.23456,-0.0001)">d="1.23456" &lt;b&gt;</text></g></svg>'
    )
    tidy = tidy_svg(given, "plot-1")
    assert "clip77" not in tidy
    assert 'id="plot-1-0"' in tidy
    assert 'clip-path="url(#plot-1-0)"' in tidy
    assert "xmlns" not in tidy
    assert "background" not in tidy
    assert "translate(1.23,0)" in tidy
    assert 'd="1.23456" &lt;b&gt;' in tidy, "a text was rewritten"
    with pytest.raises(ElementTree.ParseError):
        tidy_svg("<svg><g></svg>", "plot-1")


def _simulated(value, **more):
    return {
        "estimator": "slope",
        "estimate": {"value": value, "low": value - 1, "high": value + 1, "n": 9, "unit": "acts"},
        "simulated": {"catalysis": [1.0, 2.0, 3.0, None, math.nan], "substitution": [-3.0, -2.0, -1.0]},
        **more,
    }


def test_record_figure_tells_what_gave_no_estimate_and_its_quantiles():
    figure = plots.record_figure("f", _simulated(0.5), ROLES, draw=False)
    assert figure is not None
    assert figure.svg is None
    assert "2 of 5 records simulated under catalysis gave no estimate" in figure.caption
    assert [row[0] for row in figure.table.rows] == ["simulated: substitution", "simulated: catalysis", "the record"]
    assert "median −2" in figure.label
    assert "record: 0.5" in figure.label


def test_record_figure_needs_simulated_estimates():
    assert plots.record_figure("f", {"simulated": {"catalysis": [None]}}, ROLES, draw=True) is None
    assert plots.record_figure("f", {}, ROLES, draw=True) is None


def test_record_is_drawn_where_it_lies():
    pytest.importorskip("vl_convert", reason="the plots extra is not installed")
    places = []
    for value in (-2.0, 0.5, 2.5):
        figure = plots.record_figure("f", _simulated(value), ROLES, draw=True)
        assert figure is not None
        root = ElementTree.fromstring(str(figure.svg))
        dashed = {line.get("transform") for line in root.iter("line") if line.get("stroke-dasharray")}
        assert len(dashed) == 1, "the record's line is not at one place in all histograms"
        found = re.match(r"translate\(([-\d.]+),", dashed.pop() or "")
        assert found is not None
        places.append(float(found[1]))
        bars = [path for path in root.iter("path") if path.get("fill") == COLOURS["account-1"]]
        assert bars, "the simulated records of an account are not drawn"
    assert places == sorted(places)
    assert places[0] < 170 < places[-1]


def test_equal_estimates_and_far_outliers_can_be_drawn():
    pytest.importorskip("vl_convert", reason="the plots extra is not installed")
    same = {"estimate": {"value": 2.0, "low": None, "high": None}, "simulated": {"catalysis": [2.0] * 5}}
    assert plots.record_figure("f", same, ROLES, draw=True) is not None
    far = {"estimate": {"value": 0.0, "low": -1e9, "high": 1e9}, "simulated": {"catalysis": [0.0] * 999 + [1e6]}}
    figure = plots.record_figure("f", far, ROLES, draw=True)
    assert figure is not None
    assert "1 (catalysis)" in figure.caption
    assert "interval runs on beyond the axis" in figure.caption


def test_curve_table_and_gaps():
    curve = {"title": "T", "x": "week", "series": [{"name": "catalysis", "x": [0, 1, 2], "y": [1.0, None, 3.0]}]}
    figure = plots.curve_figure("f", curve, ROLES, draw=False)
    assert figure is not None
    assert len(figure.table.rows) == 3
    assert "not estimable" in figure.table.rows[1][2]
    assert "Evenly spaced" not in figure.table.caption
    empty = {"series": [{"name": "catalysis", "x": [0], "y": [None]}]}
    assert plots.curve_figure("f", empty, ROLES, draw=True) is None


def test_a_second_curve_of_an_account_is_told_apart_by_its_dashes():
    pytest.importorskip("vl_convert", reason="the plots extra is not installed")
    line = {"x": [0, 1], "y": [0.0, 1.0]}
    curve = {"title": "T", "series": [{"name": "catalysis", **line}, {"name": "catalysis, hope closed", **line}]}
    figure = plots.curve_figure("f", curve, ROLES, draw=True)
    assert figure is not None
    assert [kind for kind, _ in figure.legend] == ["account-2 line-0", "account-2 line-1"]
    root = ElementTree.fromstring(str(figure.svg))
    lines = [path for path in root.iter("path") if path.get("stroke") == COLOURS["account-2"]]
    assert len({path.get("stroke-dasharray") for path in lines}) == 2


def _page(claim, *weights, verdict="balanced"):
    tests = [{"record": f"r{place}", "weight": weight, "verdict": verdict} for place, weight in enumerate(weights)]
    return {"claim": claim, "account": "catalysis", "verdict": verdict, "tests": tests}


def test_overview_is_symmetric_on_the_log_scale():
    pytest.importorskip("vl_convert", reason="the plots extra is not installed")
    pages = [_page("C1", 20.0, verdict="supported"), _page("C2", 1 / 20, verdict="contradicted"), _page("C3", 1.0)]
    figure = plots.overview_figure("f", pages, draw=True)
    assert figure is not None
    root = ElementTree.fromstring(str(figure.svg))
    places = {}
    for path in root.iter("path"):
        for role in ("supported", "contradicted", "undetermined"):
            if path.get("fill") == COLOURS[role]:
                found = re.match(r"translate\(([-\d.]+),", path.get("transform") or "")
                assert found is not None
                places[role] = float(found[1])
    right, left = places["supported"] - places["undetermined"], places["undetermined"] - places["contradicted"]
    assert right > 20
    assert right == pytest.approx(left, abs=0.02)  # coordinates are rounded to a hundredth of a pixel


def test_overview_counts_what_it_cannot_place():
    pages = [_page("C1", 0.0, math.inf), _page("C2", None), _page("C3", -1.0), _page("C4")]
    figure = plots.overview_figure("f", pages, draw=available())
    assert figure is not None
    assert "2 of 4 weights could not be estimated" in figure.caption
    assert "Tested on no record: C4" in figure.caption
    assert plots.overview_figure("f", [_page("C2", None)], draw=True) is None


def test_interval_figure_leaves_out_what_has_no_mean_and_says_so():
    rows = [
        {"name": "catalysis", "role": "account-2", "mean": 1.0, "low": 0.5, "high": None},
        {"name": "substitution", "role": "account-1", "mean": None, "low": None, "high": None},
    ]
    figure = plots.interval_figure("f", "Predicted effect", rows, unit="acts", draw=available())
    assert figure is not None
    assert "1 of 2 could not be estimated" in figure.caption
    assert len(figure.table.rows) == 2
    assert plots.interval_figure("f", "T", rows[1:], unit="", draw=True) is None
