"""Every theory that ships, of whatever form: it runs at its own setting, in every way that an experiment has.

A new theory needs no edit here: it is found by its file. Whatever a theory lacks (a setting, a unit, a meaning) is reported
by name.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from groundswell.app import run
from groundswell.engine.reference import simulate_reference
from groundswell.engine.simulate import simulate
from groundswell.engine.worlds import Intervention, Set, World
from groundswell.experiment.arms import Arm, intervention_table
from groundswell.experiment.setting import scaled, setting_of
from groundswell.experiment.study_file import parse_study
from groundswell.experiment.sweep import sweep
from groundswell.population.population import Population
from groundswell.population.specification import PopulationSpecification
from groundswell.theory import Setting, Theory
from groundswell.theory.odd import odd_text
from groundswell.theory.registry import theories

PEOPLE, STEPS = 256, 6  # sites too: as few as hold a field of vision of seven
FEW, FEW_STEPS = 48, 3  # for plain Python
LONG = {  # whose kernels take more than four seconds to compile
    "epstein", "epstein_groups", "london_riots", "macy_chains", "moro", "siegel_repression", "steinert_threlkeld", "vanguard",
}  # fmt: skip
NAMES = [pytest.param(name, marks=pytest.mark.long if name in LONG else ()) for name in theories()]


@pytest.fixture(params=NAMES)
def theory(request: pytest.FixtureRequest) -> type[Theory]:
    return theories()[request.param]


@cache
def small(theory: type[Theory], people: int) -> tuple[Setting, Population]:
    """The theory's setting with few people, and the population that it states."""
    people = PEOPLE if theory.space == "grid" else people
    setting = setting_of(theory) if theory.form == "flow" else scaled(theory, people=people)
    return setting, PopulationSpecification.model_validate(dict(setting.population)).build(7)


def other_value(theory: type[Theory], name: str) -> float:
    """Another value of a parameter, in its support, near to its default."""
    support, value = theory.supports[name], theory.params[name].default
    for candidate in (value * 1.25, value * 0.75, value + 0.125, value - 0.125, value + 1, value - 1):
        if candidate != value and support.holds(candidate):
            return float(candidate)
    raise AssertionError(f"no other value of {name} in {support.text}")


def changed(theory: type[Theory]) -> Intervention | None:
    """A `Set` on the first parameter that an intervention may set."""
    free = [name for name in theory.params if name not in theory.before_the_start()]
    return Set(free[0], other_value(theory, free[0]), 3) if free else None


def worlds(theory: type[Theory], setting: Setting, pairs: int = 2) -> list[World]:
    """Twins, each pair under its own seed."""
    change = changed(theory)
    arms = [(), (change,)] if change else [(), ()]
    return [World(2 ** (40 * k) + 5, setting.params, arm) for k in range(pairs) for arm in arms]


def test_it_states_what_a_reader_needs(theory: type[Theory]) -> None:
    assert theory.setting is not None, "no setting: the size at which its source runs it"
    assert theory.setting.steps >= 1
    for text in (theory.title, theory.source, theory.equations, theory.limits):
        assert text, "title, source, equations and limits are not optional"
    assert theory.observables
    for name, param in theory.params.items():
        assert param.meaning, f"{name} has no meaning"
        assert param.source, f"{name} has no word on its source"
    for group in (theory.traits, theory.states, theory.societies, theory.shocks, theory.draws, theory.observables):
        for name, declared in group.items():
            assert declared.meaning, f"{name} has no meaning"


def test_its_odd_text_has_every_heading(theory: type[Theory]) -> None:
    text = odd_text(theory)
    headings = [line for line in text.splitlines() if line.startswith("## ")]
    assert len(headings) == 8
    assert "**Setting of the source.**" in text
    for name, param in theory.params.items():
        row = next(line for line in text.splitlines() if line.startswith(f"| `{name}` | ") and param.support in line)
        assert all(cell.strip() for cell in row.strip("| ").replace("\\|", "/").split("|")), row
    for stream in theory.draws:
        assert f"| `{stream}` |" in text


def test_compiled_and_reference_agree_exactly(theory: type[Theory]) -> None:
    setting, population = small(theory, FEW)
    lives = worlds(theory, setting)[:2]
    fast = simulate(theory, population, lives, FEW_STEPS, population_seed=2)
    slow = simulate_reference(theory, population, lives, FEW_STEPS, population_seed=2)
    np.testing.assert_array_equal(fast.values, slow.values)


def test_results_do_not_depend_on_threads_or_batches(theory: type[Theory]) -> None:
    setting, population = small(theory, PEOPLE)
    lives = worlds(theory, setting) if theory.form != "rule" else worlds(theory, setting)[:2] * 5  # ten: other kernels
    # Totals of a process would compile it once more; tests/engine/test_forms.py has them.
    states = [name for name, state in theory.states.items() if state.kind is bool and theory.form == "rule"][:1]
    whole = simulate(theory, population, lives, STEPS, population_seed=2, threads=1, totals=states)
    assert np.isfinite(whole.values).all()
    assert not whole.failed
    for threads, batch in ((2, 128), (2, 3)):
        again = simulate(
            theory, population, lives, STEPS, population_seed=2, threads=threads, batch=batch, totals=states
        )
        np.testing.assert_array_equal(again.values, whole.values)
        for name in states:
            np.testing.assert_array_equal(again.totals[name], whole.totals[name])
    for k, world in enumerate(lives[:2]):
        alone = simulate(theory, population, [world], STEPS, population_seed=2)
        np.testing.assert_array_equal(alone.values[:, 0], whole.values[:, k])


def test_twins_are_one_until_they_are_parted(theory: type[Theory]) -> None:
    setting, population = small(theory, PEOPLE)
    change = changed(theory)
    if change is None:
        return  # nothing can be set after the start, which is the theory's own affair
    found = simulate(theory, population, worlds(theory, setting), STEPS, population_seed=2)
    np.testing.assert_array_equal(found.values[:3, 0], found.values[:3, 1])
    assert isinstance(change, Set)
    same = Set(change.param, {**theory.parameters(), **setting.params}[change.param], 2)
    held = simulate(
        theory, population, [World(worlds(theory, setting)[0].seed, setting.params, (same,))], STEPS, population_seed=2
    )
    np.testing.assert_array_equal(held.values[:, 0], found.values[:, 0])  # what is held where it is changes nothing


def test_it_can_be_swept(theory: type[Theory]) -> None:
    setting, population = small(theory, FEW)
    if not theory.params:
        return
    name = next(iter(theory.params))
    values = [theory.params[name].default, other_value(theory, name)]
    arms = {"plain": Arm("plain")}
    params = {k: v for k, v in setting.params.items() if k != name}
    table = sweep(theory, population, {name: values}, 3, worlds=2, seed=5, params=params, arms=arms)
    assert table.height == 4
    assert table["status"].unique().to_list() == ["done"]
    assert set(theory.observables) <= set(table.columns)


def toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{k} = {toml(v)}" for k, v in value.items()) + " }"
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else repr(value)


def test_a_study_of_it_runs_to_its_dossier(theory: type[Theory], tmp_path: Path) -> None:
    setting, _ = small(theory, FEW)
    change = changed(theory)
    found = toml(intervention_table(change)) if change else ""
    swept = next(iter(theory.params), None)
    observable = next(iter(theory.observables))
    account = f'accounts = ["{next(iter(theory.accounts))}"]\n' if theory.accounts else ""
    params = {k: v for k, v in setting.params.items() if k != swept}
    claim = f"""
[claims.none]
text = "It changes nothing."
effect = "change"
observable = "{observable}"
expects = "none"
"""
    text = f"""
[study]
name = "every"
title = "Every theory: {theory.name}"
theory = "{theory.name}"
seed = 3
steps = 4
draws = 2
{account}
[population]
{"".join(f"{key} = {toml(value)}" + chr(10) for key, value in setting.population.items())}
[params]
{"".join(f"{key} = {toml(value)}" + chr(10) for key, value in params.items())}
[arms.plain]
[arms.changed]
interventions = [{found}]
[effects]
change = ["changed", "plain"]
[adjudication]
test = []
{claim if change else ""}
[sweep]
worlds = 1
arms = ["plain"]
over.{swept} = [{theory.params[swept].default if swept else 0}, {other_value(theory, swept) if swept else 1}]
"""
    study = parse_study(text, origin="every.toml", folder=tmp_path)
    ensemble = run(study, tmp_path / "out", threads=1).ensemble
    assert not ensemble.failed
    page = (tmp_path / "out" / "dossier.html").read_text(encoding="utf-8")
    assert page.endswith("</html>\n")
    for observed in theory.observables:
        assert f'id="course-{observed}-' in page
        assert f'id="effect-change-{observed}"' in page
    assert ("Claims stated by this study" in page) == (change is not None)  # of arms that are alike none is stated
    table = pl.read_parquet(tmp_path / "out" / "tables" / "sweep.parquet")
    assert table.height == 2


def test_those_that_are_long_are_theories() -> None:
    assert set(theories()) > LONG
