"""Histories: frames and pictures in which every world bears its name."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from groundswell import Histories, PopulationSpecification, Set, World, load_theory, simulate
from groundswell.errors import OutputError, TheoryError


@pytest.fixture(scope="module")
def histories() -> Histories:
    people = PopulationSpecification(network="erdos_renyi", people=200, mean_degree=6).build(seed=1)
    worlds = [World(seed, {"mean": mean}) for mean in (0.2, 0.3) for seed in (1, 2)]
    return simulate(load_theory("granovetter"), people, worlds, steps=4)


def test_interventions_name_worlds_too(histories: Histories) -> None:
    assert histories.theory is not None
    twins = (World(1, {"sd": 0.1}), World(1, {"sd": 0.1}, (Set("sd", 0.2, start=3),)))
    made = Histories(("turnout",), np.zeros((3, 2, 1)), worlds=twins)
    assert made.labels()[0] == "no intervention"
    assert "Set(" in made.labels()[1]
    assert made.to_frame()["interventions"].to_list()[:3] == [""] * 3


def test_a_frame_has_a_row_for_each_world_and_step_with_its_parameters(histories: Histories) -> None:
    frame = histories.to_frame()
    assert frame.columns == ["step", "world", "seed", "mean", "sd", "turnout"]
    assert frame.height == 5 * 4
    third = frame.filter(frame["world"] == 2)
    assert third["mean"].unique().to_list() == [0.3]
    assert third["seed"].unique().to_list() == [1]
    assert third["step"].to_list() == [0, 1, 2, 3, 4]
    assert np.array_equal(third["turnout"].to_numpy(), histories["turnout"][:, 2])


def test_histories_are_a_mapping_of_their_observables(histories: Histories) -> None:
    assert list(dict(histories)) == list(histories.keys()) == list(histories) == ["turnout"]
    with pytest.raises(TheoryError, match="did you mean 'turnout'"):
        histories["turnuot"]


def test_worlds_are_named_by_what_differs(histories: Histories) -> None:
    assert histories.labels() == ("mean 0.2", "mean 0.2", "mean 0.3", "mean 0.3")
    chart = histories.plot()
    assert chart.frame["panel"].unique().to_list() == ["turnout (share of people)"]
    means = chart.frame.filter(chart.frame["trace"].is_null() & (chart.frame["series"] == "mean 0.2"))
    assert np.allclose(means["y"].to_numpy(), histories["turnout"][:, :2].mean(axis=1))
    assert "4 worlds of 4 steps" in histories._repr_html_()


def test_a_parameter_and_an_observable_of_one_name_are_both_kept() -> None:
    worlds = (World(1, {"x": 3.0}),)
    frame = Histories(("x",), np.arange(2.0).reshape(2, 1, 1), worlds=worlds).to_frame()
    assert frame.columns == ["step", "world", "seed", "param.x", "x"]


def test_a_dataset_has_what_the_frame_has(histories: Histories) -> None:
    pytest.importorskip("xarray", reason="xarray is not installed")
    data = histories.to_xarray()
    assert dict(data.sizes) == {"step": 5, "world": 4}
    assert data["turnout"].attrs["units"] == "share of people"
    assert np.array_equal(data["turnout"].sel(world=2), histories["turnout"][:, 2])
    assert data["mean"].values.tolist() == [0.2, 0.2, 0.3, 0.3]
    assert data["seed"].values.tolist() == [1, 2, 1, 2]
    bare = Histories(("x",), np.arange(4.0).reshape(2, 2, 1)).to_xarray()
    assert bare["x"].dims == ("step", "world")


def test_a_dataset_without_xarray_names_the_package(histories: Histories, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "xarray", None)
    with pytest.raises(OutputError, match="pip install xarray"):
        histories.to_xarray()
