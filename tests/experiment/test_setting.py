"""A theory at its own setting: scaled, on other networks, and each world with its own people."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from groundswell.draws import derive_seed
from groundswell.engine.simulate import simulate
from groundswell.engine.worlds import World
from groundswell.errors import GroundswellError, StudyError
from groundswell.experiment.setting import USUAL, live, scaled, setting_of
from groundswell.population.specification import PopulationSpecification
from groundswell.theory.registry import load_theory

WATTS = load_theory("watts")

STATED = '''
from groundswell import Exactly, Observable, Param, Setting, State, Theory

class Stated(Theory):
    """A few begin, and stay."""
    setting = Setting(7, {"network": "moore", "rows": 30, "columns": 20, "radius": 2}, params={"first": 60, "tune": 3})
    on = State(bool, initial=Exactly("first"))
    first = Param(1, ">= 0", unit="people")
    tune = Param(0, ">= 0")
    share = Observable("people.on")

    def person(me, seen):
        me.on = me.on
'''
SILENT = re.sub(r"    setting = .*\n", "", STATED)


def test_each_world_is_the_run_of_its_seed_and_people() -> None:
    found = live(WATTS, scaled(WATTS, people=300), worlds=3, steps=6, seed=4)
    table = PopulationSpecification.model_validate(dict(found.setting.population))
    for w in range(3):
        people = derive_seed(4, "people", w)
        world = World(derive_seed(4, "world", w), found.params)
        again = simulate(WATTS, table.build(people), [world], 6, population_seed=people)
        np.testing.assert_array_equal(again.values[:, 0], found.values[:, w])
    assert found.people == 300
    frame = found.frame()
    assert frame.columns == ["world", "step", "activity"]
    assert frame.filter(world=1)["activity"].to_list() == found.values[:, 1, 0].tolist()


def test_the_result_does_not_depend_on_threads() -> None:
    one, two = (live(WATTS, scaled(WATTS, people=200), worlds=2, steps=5, threads=t) for t in (1, 2))
    np.testing.assert_array_equal(one.values, two.values)


def test_a_setting_is_scaled_with_what_counts_people(tmp_path: Path) -> None:
    (tmp_path / "stated.py").write_text(STATED)
    theory = load_theory(tmp_path / "stated.py")
    assert scaled(theory) is theory.setting
    small = scaled(theory, people=150)
    assert (small.population["rows"], small.population["columns"]) == (15, 10)
    assert small.population["radius"] == 2
    assert small.params == {"first": 15, "tune": 3}
    found = live(theory, small, worlds=1)
    assert found.values[0, 0, 0] == 15 / 150
    assert len(found.values) == 8
    mixed = scaled(theory, network="well_mixed")
    assert dict(mixed.population) == {"network": "well_mixed", "people": 600}
    assert mixed.params == {"first": 60, "tune": 3}


def test_a_theory_without_a_setting_has_a_plain_one(tmp_path: Path) -> None:
    (tmp_path / "silent.py").write_text(SILENT)
    theory = load_theory(tmp_path / "silent.py")
    assert setting_of(theory).population == {"network": "well_mixed", "people": 1000}
    assert live(theory, scaled(theory, people=20), worlds=1, steps=2).people == 20


@pytest.mark.parametrize("network", USUAL)
def test_every_usual_network_can_be_built(network: str) -> None:
    setting = scaled(WATTS, people=225, network=network)
    people = PopulationSpecification.model_validate(dict(setting.population)).build(1)
    assert people.people == pytest.approx(225, rel=0.1)
    assert setting.population.get("mean_degree", 4) == 4  # what the setting says is kept


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"people": 0}, "at least one"),
        ({"network": "star"}, "erdos_renyi"),
    ],
)
def test_what_cannot_be_scaled_is_refused(more, words) -> None:
    with pytest.raises(StudyError, match=words):
        scaled(WATTS, **more)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"worlds": 0}, "at least one of each"), ({"steps": 0}, "at least one of each"), ({"seed": -1}, "whole number"),
        ({"params": {"phii": 1.0}}, "phii"),
    ],
)  # fmt: skip
def test_what_cannot_be_run_is_refused(more, words) -> None:
    with pytest.raises(GroundswellError, match=words):
        live(WATTS, scaled(WATTS, people=50), **{"worlds": 1, "steps": 1, **more})


def test_a_flow_has_no_people() -> None:
    flow = load_theory("lang_de_sterck")
    with pytest.raises(StudyError, match="it has no people"):
        scaled(flow, people=10)
    assert live(flow, worlds=2, steps=3).people == 0
