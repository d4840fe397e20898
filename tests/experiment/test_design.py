"""[design] in a study: points that are no grid, over parameters and keys of the population, and what is refused."""

from __future__ import annotations

import polars as pl
import pytest

from groundswell import design, load_theory
from groundswell.app import run
from groundswell.errors import StudyError
from groundswell.experiment.study_file import parse_study

STUDY = """
[study]
name = "designed"
title = "A design"
theory = "granovetter"
seed = 3
steps = 5
draws = 2

[population]
network = "erdos_renyi"
people = 60
mean_degree = 5.0

[arms.plain]

[design]
{design}
"""


def parse(text, tmp_path):
    return parse_study(STUDY.format(design=text), origin="designed.toml", folder=tmp_path)


def test_a_design_over_parameters_and_people_is_run_and_kept(tmp_path):
    text = 'points = 6\nworlds = 2\nover.sd = { from = 0.1, to = 0.3 }\nover."population.mean_degree" = [4.0, 6.0]'
    study = parse(text, tmp_path)
    run(study, tmp_path / "out", threads=1)
    table = pl.read_parquet(tmp_path / "out" / "tables" / "sweep.parquet")
    assert table.height == 12
    assert set(table["population.mean_degree"].to_list()) == {4.0, 6.0}
    assert table["sd"].n_unique() == 6
    assert table["status"].unique().to_list() == ["done"]
    page = (tmp_path / "out" / "dossier.html").read_text(encoding="utf-8")
    assert "The points of the design (latin hypercube)" in page
    assert page.count("<polyline") == page.count("<circle") == 6
    assert study.sweep is not None
    assert study.sweep.plain()["method"] == "latin_hypercube"


def test_a_table_of_points_is_taken_as_it_stands(tmp_path):
    study = parse('method = "table"\nrows = [{ sd = 0.1, mean = 0.2 }, { sd = 0.2, mean = 0.2 }]', tmp_path)
    assert study.sweep is not None
    assert study.sweep.points is not None
    assert study.sweep.points.values.tolist() == [[0.1, 0.2], [0.2, 0.2]]
    rows = [{"sd": 0.1, "mean": 0.2}]
    assert design(load_theory("granovetter"), method="table", rows=rows).names == ("sd", "mean")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("over.sdd = [0.1]", "the factor 'sdd'"),
        ('over."population.neighbours" = [2, 4]', "the factor 'population.neighbours'"),  # a random network has none
        ('method = "sobol"\npoints = 6\nover.sd = { from = 0.1, to = 0.2 }', "a Sobol' sequence of 6 points"),
        ('method = "table"\nover.sd = [0.1]', "a design of method 'table' without rows"),
        ("arms = ['none']\nover.sd = [0.1]", "key arms names 'none'"),
    ],
)
def test_what_is_no_design_is_refused_with_its_table(text, found, tmp_path):
    with pytest.raises(StudyError, match=found) as caught:
        parse(text, tmp_path)
    assert "table [design]" in str(caught.value)
