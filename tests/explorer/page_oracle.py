"""The same cases in the network, process and flow engines, and digests of what came of them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np

from groundswell.draws import derive_seed
from groundswell.engine import network
from groundswell.engine.form import Run
from groundswell.engine.kernels import kernels
from groundswell.engine.process import process_world
from groundswell.engine.setup import changes_at
from groundswell.engine.simulate import simulate
from groundswell.engine.worlds import Cap, Intervention, Pulse, Seed, Set, World
from groundswell.experiment.setting import setting_of
from groundswell.population.specification import PopulationSpecification
from groundswell.theory import Process, Theory


@dataclass(frozen=True)
class Case:
    """One world: its luck, its people, what differs from the setting, and how long it lives."""

    steps: int
    seed: int = 1
    params: Mapping[str, float] = field(default_factory=dict)
    table: Mapping[str, Any] = field(default_factory=dict)
    people_seed: int | None = None
    interventions: tuple[Intervention, ...] = ()


def digest(array: np.ndarray) -> str:
    return hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()


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
        "steps": case.steps,
        "seed": str(derive_seed(case.seed, "world", 0)),
        "peopleSeed": str(people_seed(case)),
        "params": dict(case.params),
        "table": dict(case.table),
        "columns": columns_of(theory),
        "interventions": made,
    }


def people_seed(case: Case) -> int:
    return derive_seed(1, "people", 0) if case.people_seed is None else case.people_seed


def truth(theory: type[Theory], case: Case) -> dict[str, Any]:
    """Digests from Python's engines."""
    setting = setting_of(theory)
    table = {**setting.population, **case.table}
    population = PopulationSpecification.model_validate(table).build(people_seed(case))
    params = theory.parameters({**setting.params, **case.params})
    world = World(derive_seed(case.seed, "world", 0), params, case.interventions)
    columns: dict[str, np.ndarray] = {}
    if theory.form == "process":
        moved = process_world(cast("type[Process]", theory), population, world, people_seed(case))
        values = moved.run(case.steps, np.zeros((0, population.people)), None)
        columns = {name: getattr(moved.people, name) for name in columns_of(theory)}
    else:
        histories = simulate(theory, population, [world], case.steps, population_seed=people_seed(case), threads=1)
        values = histories.values[:, 0]
        if theory.form == "rule":
            columns = _states(theory, population, world, params, case)
    ties = None if population.network is None else digest(population.network.indices)
    return {
        "values": digest(values),
        "last": values[-1].tolist(),
        "columns": {name: digest(array) for name, array in columns.items()},
        "ties": ties,
    }


def _states(theory: type[Theory], population: Any, world: World, params: Any, case: Case) -> dict[str, np.ndarray]:
    run = Run(population_seed=people_seed(case))
    batch = network._start(theory, population, [world], [params], run)
    threads, times = network._Threads(1), changes_at(case.interventions)
    for _ in range(case.steps):
        if theory.order == "together":
            network._advance(batch, kernels(theory), threads, times, run)
        else:
            network._take_turns(batch, kernels(theory), threads, times)
    lay = batch.lay
    found: dict[str, np.ndarray] = {name: batch.bools[row, :, 0] for name, row in lay.bools.items()}
    found |= {name: batch.floats[row, :, 0] for name, row in lay.floats.items()}
    return found | {name: batch.traits[row] for name, row in lay.traits.items()}


def compare(page: Sequence[Mapping[str, Any]], python: Sequence[Mapping[str, Any]]) -> list[str]:
    """Where the page and Python part, in words."""
    wrong = []
    for k, (mine, theirs) in enumerate(zip(page, python, strict=True)):
        wrong += [
            f"case {k}: {key}: {mine['last']} and {theirs['last']}"
            for key in ("values", "ties")
            if mine[key] != theirs[key]
        ]
        wrong += [f"case {k}: {name}" for name, known in theirs["columns"].items() if mine["columns"][name] != known]
    return wrong
