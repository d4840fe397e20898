"""The TOML form of interventions."""

from __future__ import annotations

from typing import Any

import pytest

from groundswell.engine.worlds import Cap, Intervention, Pulse, Seed, Set
from groundswell.errors import StudyError
from groundswell.experiment.arms import Arm, arm_table, begins, intervention_table, parse_intervention

FORMS: list[tuple[dict[str, Any], Intervention, int]] = [
    ({"pulse": "act", "amount": 1, "at": 80}, Pulse("act", 1.0, 80), 80),
    ({"set": "eta", "value": 0.0, "from": 2, "until": 120}, Set("eta", 0.0, 2, 120), 2),
    ({"set": "eta", "value": 0.5}, Set("eta", 0.5, 1, None), 1),
    ({"cap": "repression", "most": 0.1, "from": 80}, Cap("repression", 0.1, 80, None), 80),
    ({"seed": "member", "share": 0.1, "at": 80}, Seed("member", 0.1, 80), 80),
]


@pytest.mark.parametrize(("table", "intervention", "first"), FORMS)
def test_a_form_is_read_and_written(table: dict[str, Any], intervention: Intervention, first: int) -> None:
    assert parse_intervention(table, "here") == intervention
    assert parse_intervention(intervention_table(intervention), "here") == intervention
    assert begins(intervention) == first


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ("act", "expected a table"),
        ({}, "none; expected exactly one of pulse, set, cap, seed"),
        ({"pulse": "act", "set": "eta", "at": 1}, "pulse and set"),
        ({"pulse": "act", "amount": 1, "att": 80}, "did you mean 'at'"),
        ({"pulse": "act", "amount": 1}, "lacks at"),
        ({"pulse": 3, "amount": 1, "at": 80}, "pulse = 3"),
        ({"pulse": "act", "amount": float("nan"), "at": 80}, "amount = nan"),
        ({"pulse": "act", "amount": True, "at": 80}, "amount = True"),
        ({"pulse": "act", "amount": 1, "at": 80.5}, "at = 80.5; expected a whole number"),
        ({"set": "eta", "value": "low"}, "value = 'low'"),
        ({"cap": "repression", "most": 0.1, "at": 5}, "for cap: cap, most, from, until"),
    ],
)
def test_a_wrong_form_is_told_in_one_sentence(given: Any, found: str) -> None:
    with pytest.raises(StudyError, match="arm x") as error:
        parse_intervention(given, "arm x")
    assert found in str(error.value)


def test_an_arm_replaces_parameters_of_the_draw() -> None:
    arm = Arm("a", {"eta": 0.0}, (Pulse("act", 1.0, 3),))
    world = arm.world({"eta": 1.0, "nu": 0.5}, 9)
    assert dict(world.params) == {"eta": 0.0, "nu": 0.5}
    assert (world.seed, world.interventions) == (9, arm.interventions)
    assert arm_table(arm) == {"params": {"eta": 0.0}, "interventions": [{"pulse": "act", "amount": 1.0, "at": 3}]}
