"""Pictures of a design: the surface against its definition and the page's script, missing outcomes, markup in names."""

from __future__ import annotations

import json
import math
import shutil
import subprocess
from importlib.resources import files

import numpy as np
import polars as pl
import pytest

from groundswell.report.design_figures import MOST, NEAR, SMOOTH, TILES, design_view, scaled, surface
from groundswell.report.page import design_script, environment
from groundswell.report.sensitivity_page import render_sensitivity
from groundswell.text import hash_of


def points(n: int, seed: int = 1) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    frame = pl.DataFrame({"a": rng.uniform(0, 2, n), "b": rng.uniform(-1, 1, n), "c": rng.uniform(5, 6, n)})
    return frame.with_columns(y=pl.col("a") * 3 + pl.col("b"), z=pl.col("c") - pl.col("a"))


def test_a_surface_is_the_mean_of_the_points_near_by() -> None:
    """Tile by tile, by the formula; far from every point it is blank, and of one outcome it is that outcome."""
    frame = points(12)
    x, y, z = (scaled(frame[name].to_numpy()) for name in ("a", "b", "y"))
    x, y = 0.5 * x, 0.5 * y  # a corner without points
    found = surface(x, y, z)
    for r, c in ((0, 0), (5, 7), (13, 23)):
        weights = [
            math.exp(-(((c + 0.5) / TILES[0] - u) ** 2 + ((r + 0.5) / TILES[1] - v) ** 2) / (2 * SMOOTH**2))
            for u, v in zip(x, y, strict=True)
        ]
        if sum(weights) < NEAR:
            assert np.isnan(found[r, c])
        else:
            expected = sum(w * v for w, v in zip(weights, z, strict=True)) / sum(weights)
            assert found[r, c] == pytest.approx(expected, rel=1e-12)
    assert np.isnan(found[-1, -1])
    alike = surface(x, y, np.full(12, 0.25))
    assert np.allclose(alike[~np.isnan(alike)], 0.25)


@pytest.mark.skipif(shutil.which("node") is None, reason="no Node")
def test_the_script_of_the_page_makes_the_same_surface() -> None:
    frame = points(40, 2)
    x, y, z = (scaled(frame[name].to_numpy()) for name in ("a", "b", "y"))
    script = files("groundswell.report") / "templates" / "design.js"
    given = ", ".join(json.dumps(v.tolist()) for v in (x, y, z))
    call = f"console.log(JSON.stringify(require({json.dumps(str(script))}).surface({given})))"
    done = subprocess.run(["node", "-e", call], capture_output=True, text=True, check=True)
    theirs = np.array([math.nan if v is None else v for v in json.loads(done.stdout)]).reshape(TILES[1], TILES[0])
    np.testing.assert_allclose(theirs, surface(x, y, z), rtol=1e-12)


def test_a_view_holds_every_point_and_says_what_is_left_out() -> None:
    frame = points(30).with_columns(
        y=pl.when(pl.col("a") > 1).then(pl.col("y")), z=pl.when(pl.col("b") > 0).then(pl.col("z"))
    )
    known = frame.filter(pl.col("y").is_not_null() | pl.col("z").is_not_null()).height
    view = design_view(frame, ["a", "b", "c"], ["y", "z"], "points", "Points")
    assert view is not None
    assert view.surface is not None
    assert view.left_out == 30 - known > 0
    rows = json.loads(view.data)["rows"]
    assert len(rows) == view.parallel.count("<polyline") == view.surface.count("<circle") == known
    blank = sum(row[3] is None for row in rows)
    assert view.parallel.count('stroke-opacity="0.00"') == blank > 0
    many = design_view(points(3 * MOST), ["a", "b"], ["y"], "points", "Points")
    assert many is not None
    assert many.parallel.count("<polyline") == MOST
    single = design_view(points(9), ["a"], ["y"], "points", "Points")
    assert single is not None
    assert single.surface is None
    assert design_view(points(9).with_columns(y=pl.lit(None, pl.Float64)), ["a"], ["y"], "points", "Points") is None


def test_markup_in_names_stays_text_and_the_page_admits_its_script() -> None:
    name = "</script><script>alert(1)</script>"
    view = design_view(points(9).rename({"y": name}), ["a", "b"], [name], "points", "Points")
    assert view is not None
    assert view.surface is not None
    for part in (view.data, view.parallel, view.surface, view.over):
        assert "<script" not in environment().from_string("{{ part }}").render(part=part)
    assert json.loads(view.data)["outcomes"] == [name]
    index = {"factor": "a", "ranges": "0 to 2", "mean_effect": 1.0, "mean_effect_low": 0.5, "mean_effect_high": 1.5}
    content = {
        "indices": [{**index, "spread": 0.1}, {**index, "factor": "b", "spread": 0.1}], "method": "morris", "runs": 9,
        "outcome": "the last of y", "passed": True, "answer": "It depends.", "points": 9, "worlds": 1, "failed": 0,
        "people": "shared", "explained": None, "luck": 0.0,
    }  # fmt: skip
    page = render_sensitivity(content, points(9).select("a", "b", outcome="y"), "A theory")
    assert hash_of(str(design_script())) in page
    assert page.count('class="design"') == 1
    assert page.count("<script>") == 1
