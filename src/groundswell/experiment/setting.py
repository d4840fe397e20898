"""A theory at its own setting: the size and form in which its source runs it, scaled on request."""

from __future__ import annotations

import dataclasses
import hashlib
import inspect
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from groundswell.draws import derive_seed
from groundswell.engine.form import Run
from groundswell.engine.ranks import Across, Ranks, check_divisible, range_of
from groundswell.engine.simulate import run_worlds, simulate
from groundswell.engine.worlds import Histories, World, available_memory
from groundswell.errors import StudyError
from groundswell.experiment.ensemble import Progress
from groundswell.manifest import code_sha256
from groundswell.population.population import Population
from groundswell.population.ranges import build_range
from groundswell.population.specification import PopulationSpecification
from groundswell.theory import Setting, Theory

Floats = NDArray[np.float64]

USUAL: dict[str, dict[str, Any]] = {  # the default keys of each kind of network; this project's choice
    "well_mixed": {},
    "erdos_renyi": {"mean_degree": 10},
    "configuration": {"degree_exponent": 2.5, "minimum_degree": 3, "maximum_degree": 100},
    "barabasi_albert": {"ties_per_newcomer": 5},
    "watts_strogatz": {"neighbours": 10, "rewiring": 0.1},
    "planted_partition": {"mean_degree": 10, "communities": 4, "mix": 0.1},
    "village": {"village_size": 10, "far": 0.01},
    "opinion_leader": {"degree_exponent": 2.5},
    "hierarchy": {"expansion": 5},
    "ring": {"neighbours": 10},
    "moore": {},
    "grid": {},
}
_ON_ROWS = ("moore", "grid")
_WITHOUT_CHANCE = ("well_mixed", "ring", "moore", "grid", "edges")  # unless rewired
_NONE = {  # the setting of a theory that states none, by the space it needs
    "any": Setting(100, {"network": "well_mixed", "people": 1000}),
    "well_mixed": Setting(100, {"network": "well_mixed", "people": 1000}),
    "network": Setting(100, {"network": "erdos_renyi", "people": 1000, "mean_degree": 10}),
    "grid": Setting(100, {"network": "grid", "rows": 40, "columns": 40}),
}


def setting_of(theory: type[Theory]) -> Setting:
    """The theory's setting; for one that states none, 100 steps and a thousand people."""
    if theory.setting is not None:
        return theory.setting
    return _NONE[theory.space] if theory.peopled else Setting(100)


def scaled(theory: type[Theory], *, people: int | None = None, network: str | None = None) -> Setting:
    """A theory's setting with another number of people or another kind of network.

    Parameters
    ----------
    theory : the theory whose setting is changed.
    people : people, or sites of a grid (the nearest number that keeps its proportions); None keeps the setting's. A
        parameter of the setting that counts people or sites is scaled likewise.
    network : a key of `USUAL`; its keys are taken from the setting where that states them, otherwise from `USUAL`.

    Raises
    ------
    StudyError : for an unknown kind, people for a theory that has none, or a list that cannot be scaled.
    """
    own = setting_of(theory)
    if people is None and network is None:
        return own
    if not theory.peopled:
        raise StudyError(f"people or a network for theory {theory.name}", expected="none: it has no people")
    if people is not None and people < 1:
        raise StudyError(f"{people} people", expected="at least one")
    if network is not None and network not in USUAL:
        raise StudyError(f"network {network!r}", expected="one of " + ", ".join(USUAL))
    table = dict(own.population)
    if "layers" in table and network is None:
        table["layers"] = {name: {**layer, "people": people} for name, layer in table["layers"].items()}
        return Setting(own.steps, table, own.params)
    had = table["rows"] * table["columns"] if "rows" in table else table.get("people")
    kind = network or table["network"]
    if kind not in USUAL or any(isinstance(value, list) for value in table.values()):
        raise StudyError(
            f"theory {theory.name} on other people than those of its setting",
            expected="a setting without a list of people or ties",
            instead="write a study, with a table [population]",
        )
    wanted = people or had or 1000
    kept = {k: table[k] for k in ("mean_degree", "neighbours", "rewiring", "mix") if k in table and k in USUAL[kind]}
    made = {"network": kind, **USUAL[kind], **kept} if network and network != table["network"] else table
    if kind in _ON_ROWS:
        rows = table.get("rows", 1)
        tall = (rows / table.get("columns", 1)) ** 0.5
        made["rows"] = max(1, round(wanted**0.5 * tall))
        made["columns"] = max(1, round(wanted / made["rows"]))
        made.pop("people", None)
    else:
        made["people"] = wanted
    counted = {k: v for k, v in own.params.items() if theory.params[k].unit in ("people", "sites", "persons")}
    params = {**own.params, **{k: max(1.0, round(v * wanted / had)) for k, v in counted.items() if had}}
    return Setting(own.steps, made, params)


@dataclass
class Divided:
    """Several processes that run one world: each builds its part of the people and saves its progress.

    Parameters
    ----------
    ranks : the processes.
    keep : a folder that all can write to, from which a run that lost a process resumes; None saves nothing.
    every : seconds between saves.
    """

    ranks: Ranks
    keep: Path | None = None
    every: float = 60.0
    last: Across | None = None

    def part(
        self, theory: type[Theory], table: PopulationSpecification, seed: int, about: Any, threads: int | None
    ) -> tuple[Population, Run]:
        """The people of this process with their ties, and how they are run."""
        check_divisible(theory)
        people = table.people or (table.rows or 0) * (table.columns or 0)
        ranges = [range_of(people, r, self.ranks.size) for r in range(self.ranks.size)]
        population = build_range(
            table, seed, ranges, self.ranks.rank, self.ranks.swap, threads=threads, memory_limit=available_memory()
        )
        check_divisible(theory, population)
        code = code_sha256(("engine", "theories", "theory"))
        stated = repr((theory.name, inspect.getsource(theory), table.model_dump_json(), seed, about, code))
        folder = None if self.keep is None else self.keep / hashlib.sha256(stated.encode()).hexdigest()[:12]
        self.last = Across(self.ranks, people, threads or 1, keep=folder, every=self.every, about=stated)
        return population, Run(seed, threads, batch=1, across=self.last, own=self.last.own)


@dataclass(frozen=True, eq=False)
class Lives:
    """What a theory did at a setting.

    Parameters
    ----------
    theory, setting, params : what was simulated; `params` holds every parameter.
    seed : determines each world's luck and people.
    values : float64[steps + 1, worlds, observables].
    failed : (world, step, reason).
    people : in each world; sites on a grid, and 0 for a theory without people.
    building, readying, running : seconds for the populations, for a first step (with compilation), and for the steps.
    """

    theory: type[Theory]
    setting: Setting
    params: Mapping[str, float]
    seed: int
    values: Floats
    failed: tuple[tuple[int, int, str], ...]
    people: int
    building: float
    readying: float
    running: float

    def histories(self) -> Histories:
        """The same as histories, whose frame and pictures have names."""
        params = dict(self.params)
        worlds = tuple(World(derive_seed(self.seed, "world", w), params) for w in range(self.values.shape[1]))
        return Histories(tuple(self.theory.observables), self.values, {}, self.failed, worlds, self.theory)

    def frame(self) -> pl.DataFrame:
        """A row for each world and step: world, step, and a column for each observable."""
        times, worlds, _ = self.values.shape
        columns: dict[str, Any] = {
            "world": np.repeat(np.arange(worlds), times),
            "step": np.tile(np.arange(times), worlds),
        }
        for o, name in enumerate(self.theory.observables):
            columns[name] = self.values[:, :, o].T.ravel()
        return pl.DataFrame(columns)


def live(
    theory: type[Theory],
    setting: Setting | None = None,
    *,
    params: Mapping[str, float] | None = None,
    worlds: int = 10,
    steps: int | None = None,
    seed: int = 1,
    threads: int | None = None,
    progress: Progress | None = None,
    across: Divided | None = None,
) -> Lives:
    """Simulate a theory at a setting, each world with its own luck and people.

    Parameters
    ----------
    theory : of any form.
    setting : by default the theory's own.
    params : values that replace those of the setting.
    worlds, steps : >= 1; steps by default those of the setting.
    seed : in 0..2**63 - 1.
    threads : no result depends on it.
    progress : called with ("simulating", world-steps done, world-steps in all).
    across : several processes that each hold a range of the people, and run one world after another.

    Raises
    ------
    StudyError, TheoryError, PopulationError, MemoryRefusedError : before anything is simulated.

    >>> from groundswell import load_theory
    >>> live(load_theory("granovetter"), worlds=2, steps=5).values.shape
    (6, 2, 1)
    """
    setting = setting or setting_of(theory)
    if not theory.observables:
        raise StudyError(
            f"theory {theory.name} observes nothing",
            expected="an Observable to be shown",
            instead=f'shown = Observable("{"people" if theory.states else "society"}.NAME") in the class',
        )
    steps = setting.steps if steps is None else steps
    if worlds < 1 or steps < 1:
        raise StudyError(f"{worlds} worlds and {steps} steps", expected="at least one of each")
    if not 0 <= seed < 2**63:
        raise StudyError(f"seed {seed}", expected="a whole number from 0 to 2**63 - 1")
    full = theory.parameters({**setting.params, **(params or {})})
    table = PopulationSpecification.model_validate(dict(setting.population))
    alike = (table.network in _WITHOUT_CHANCE and not table.rewiring and not theory.traits) or not theory.peopled
    lives = [World(derive_seed(seed, "world", w), full) for w in range(worlds)]
    clock = {"building": 0.0, "readying": 0.0, "running": 0.0}
    values = np.empty((steps + 1, worlds, len(theory.observables)))
    failed: list[tuple[int, int, str]] = []
    done = 0

    def tell(some: int) -> None:
        nonlocal done
        done += some
        if progress is not None:
            progress("simulating", done, worlds * steps)

    population: Population | None = None
    for w in range(1 if alike else worlds):
        begun = time.perf_counter()
        own = derive_seed(seed, "people", w)
        if across is None:
            population, run = table.build(own, threads=threads, memory_limit=available_memory()), Run(own, threads)
        else:
            population, run = across.part(theory, table, own, (full, lives[w].seed, steps), threads)
        run = dataclasses.replace(run, progress=tell)
        built = time.perf_counter()
        clock["building"] += built - begun
        mine = lives if alike else lives[w : w + 1]
        if w == 0 and across is None:
            simulate(theory, population, mine[:1], 1, population_seed=own, threads=threads)
            clock["readying"] = time.perf_counter() - built
        begun = time.perf_counter()
        histories = run_worlds(theory, population, mine, steps, run)
        clock["running"] += time.perf_counter() - begun
        values[:, w : w + len(mine)] = histories.values
        failed += [(w + k, step, reason) for k, step, reason in histories.failed]
    people = 0 if population is None or not theory.peopled else population.people
    made = Setting(steps, setting.population, setting.params)
    return Lives(theory, made, full, seed, values, tuple(failed), people, **clock)


__all__ = ["USUAL", "Lives", "live", "scaled", "setting_of"]
