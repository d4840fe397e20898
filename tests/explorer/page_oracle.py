"""Cases of the conformance suite of the page engine, and what Python's engines make of them."""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from groundswell.draws import derive_seed
from groundswell.engine.form import Job, Run
from groundswell.engine.network import steps_of
from groundswell.engine.process import process_world
from groundswell.engine.simulate import simulate
from groundswell.engine.worlds import Cap, Intervention, Pulse, Seed, Set, World, check_worlds
from groundswell.experiment.setting import setting_of
from groundswell.population.specification import PopulationSpecification
from groundswell.theory import Theory

ROOT = Path(__file__).parents[2]
MODULE = ROOT / "src" / "groundswell" / "explorer" / "static" / "explorer.js"


@dataclass(frozen=True)
class Case:
    """One world: how long it lives, its luck, and what differs from the setting of its theory."""

    steps: int
    seed: int = 1
    params: Mapping[str, float] = field(default_factory=dict)
    table: Mapping[str, Any] = field(default_factory=dict)
    people_seed: int | None = None
    interventions: tuple[Intervention, ...] = ()
    traits: bool = True  # whether traits are those of the file, and so compared to the bit

    @property
    def people(self) -> int:
        return derive_seed(1, "people", 0) if self.people_seed is None else self.people_seed

    @property
    def luck(self) -> int:
        return derive_seed(self.seed, "world", 0)


def columns_of(theory: type[Theory]) -> list[str]:
    """What is compared person by person."""
    return [*theory.states, *theory.traits] if theory.form != "flow" else []


def described(theory: type[Theory], case: Case) -> dict[str, Any]:
    """A case as the page takes it."""
    made = []
    for x in case.interventions:
        match x:
            case Set(name, value, start, end):
                made.append({"kind": "set", "name": name, "value": value, "start": start, "end": end})
            case Pulse(name, amount, at):
                made.append({"kind": "pulse", "name": name, "amount": amount, "at": at})
            case Cap(name, most, start, end):
                made.append({"kind": "cap", "name": name, "most": most, "start": start, "end": end})
            case Seed(name, share, at):
                made.append({"kind": "seed", "name": name, "share": share, "at": at})
    return {
        "steps": case.steps, "seed": str(case.luck), "peopleSeed": str(case.people), "params": dict(case.params),
        "table": dict(case.table), "columns": columns_of(theory), "interventions": made,
    }  # fmt: skip


def truth(theory: type[Theory], case: Case) -> dict[str, Any]:
    """What the network, process or flow engine makes of a case, as bytes."""
    setting = setting_of(theory)
    table = {**setting.population, **case.table}
    population = PopulationSpecification.model_validate(table).build(case.people)
    params = theory.parameters({**setting.params, **case.params})
    world = World(case.luck, params, case.interventions)
    histories = simulate(theory, population, [world], case.steps, population_seed=case.people, threads=1)
    columns: dict[str, Any] = {}
    if theory.form == "process":
        moved = process_world(theory, population, world, case.steps, case.people)  # type: ignore[arg-type]
        moved.run(case.steps, np.zeros((0, population.people)), Run(), 0)
        columns = {name: getattr(moved.people, name) for name in columns_of(theory)}
    elif theory.form == "rule":
        full = check_worlds(theory, [world], case.steps)
        run = Run(population_seed=case.people, threads=1)
        *_, (_, columns) = steps_of(Job(theory, population, [world], full, case.steps, run))
    return {
        "values": histories.values[:, 0].tobytes(),
        "columns": {name: np.ascontiguousarray(columns[name]).tobytes() for name in columns_of(theory)},
        "ties": None if population.network is None else population.network.indices.tobytes(),
        "last": histories.values[-1, 0].tolist(),
    }


def differences(page: Sequence[Mapping[str, Any]], python: Sequence[Mapping[str, Any]]) -> list[str]:
    """Where the page and Python part, in words."""

    def read(text: str | None) -> bytes | None:
        return None if text is None else base64.b64decode(text)

    wrong = []
    for k, (mine, theirs) in enumerate(zip(page, python, strict=True)):
        if read(mine["values"]) != theirs["values"]:
            wrong.append(f"case {k}: observables: at last {mine['last']} in the page, {theirs['last']} in Python")
        if read(mine["ties"]) != theirs["ties"]:
            wrong.append(f"case {k}: ties")
        wrong += [f"case {k}: {n}" for n, known in theirs["columns"].items() if read(mine["columns"][n]) != known]
    return wrong


def in_node(jobs: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Run jobs ({"bundle", "cases"}) in Node."""
    script = ROOT / "web" / "test" / "conformance.mjs"
    done = subprocess.run(
        ["node", str(script), str(MODULE)], input=json.dumps(list(jobs)), capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)
