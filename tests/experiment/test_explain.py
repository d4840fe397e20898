"""What `explain` says before a run is what the engine then does; and what is refused says what would fit."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import groundswell
from groundswell import World, simulate, well_mixed
from groundswell.cli import app
from groundswell.cli._shared import Pace
from groundswell.engine import network, sight
from groundswell.engine.form import Job, Run, form_of
from groundswell.errors import MemoryRefusedError
from groundswell.experiment import ensemble, explain
from groundswell.experiment.study_file import load_study
from groundswell.population.generate import erdos_renyi
from groundswell.population.population import tied
from groundswell.theory.registry import load_theory

STUDY = """
[study]
name = "cascade"
title = "A cascade"
theory = "watts"
seed = 3
steps = 4
draws = 9
[population]
network = "erdos_renyi"
people = 300
mean_degree = 4
[arms.plain]
[arms.other]
params = { seeds = 5 }
"""


@pytest.fixture
def study(tmp_path: Path) -> Any:
    path = tmp_path / "cascade.toml"
    path.write_text(STUDY)
    return path


def test_the_kernels_that_are_named_are_those_that_run(monkeypatch: pytest.MonkeyPatch) -> None:
    theory, population = load_theory("watts"), tied(erdos_renyi(300, mean_degree=4, seed=1))
    asked: list[tuple[str, int, bool]] = []
    for module, name in ((network, "by_world"), (sight, "by_rows")):
        real = getattr(module, name)
        monkeypatch.setattr(
            module, name, lambda worlds, name=name, real=real: asked.append((name, worlds, got := real(worlds))) or got
        )
    for count in (7, 8):
        worlds = [World(seed, {"seeds": 100}) for seed in range(count)]
        params = [theory.parameters(world.params) for world in worlds]
        work = form_of(theory).work(Job(theory, population, worlds, params, 2, Run()))
        assert [list(batch) for batch in work.batches] == [list(range(count))]
        words = "; ".join(work.kernels[0])
        asked.clear()
        simulate(theory, population, worlds, 2, threads=1)
        chosen = {name: got for name, n, got in asked if n == count}
        assert ("lanes are worlds" in words) is chosen["by_world"] is (count == 8)
        assert ("bytes of all worlds" in words) is chosen["by_rows"] is (count == 8)
    assert "only people whose inputs changed" in words
    assert work.draws == 0
    assert work.bytes > 4 * population.network.indices.size  # type: ignore[union-attr]


def test_every_form_says_how_it_runs() -> None:
    for name in ("sis", "predator_prey", "voter", "deffuant"):
        theory = load_theory(name)
        worlds = [World(seed) for seed in range(3)]
        params = [theory.parameters({}) for _ in worlds]
        work = form_of(theory).work(Job(theory, well_mixed(50), worlds, params, 2, Run()))
        assert sorted(w for batch in work.batches for w in batch) == [0, 1, 2]
        assert len(work.kernels) == len(work.batches)
        assert all(work.kernels)


def test_a_study_is_explained(study: Path) -> None:
    found = groundswell.explain(study, threads=1)
    assert (found.worlds, found.steps, found.people, len(found.arms)) == (18, 4, 300, 2)
    assert (found.arms[0].side_by_side, found.arms[0].worlds) == (18, 9)
    assert 0 < found.least <= found.seconds <= found.most
    design = load_study(study).design(load_study(study).population.build(1))
    assert found.record_bytes == ensemble.record_bytes(design)
    assert found.share is not None
    assert found.bound.by == "memory"  # a rule without luck draws nothing
    assert found.to_frame().height == 2
    assert found.to_dict()["answer"] == found.answer
    done = CliRunner().invoke(app, ["explain", str(study), "--threads", "1"])
    assert done.exit_code == 0, done.output
    assert "plain, other" in done.output
    assert "Bound by memory" in done.output
    assert not [x for x in study.parent.iterdir() if x != study]


def test_a_refusal_names_what_would_fit(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    large = study.with_name("large.toml")
    large.write_text(STUDY.replace("people = 300", "people = 2_000_000_000"))
    with pytest.raises(MemoryRefusedError, match=r"at most about [\d,]+ people with as many ties each"):
        groundswell.explain(large)
    found = load_study(study)
    design = found.design(found.population.build(1))
    many = dataclasses.replace(design, draws=10**12)
    with pytest.raises(MemoryRefusedError, match=r"Instead: at most [\d,]+ draws"):
        ensemble.check_design(many)
    needed = ensemble.batch_bytes(design, 1)
    for module in ("groundswell.experiment.ensemble", "groundswell.engine.worlds"):
        monkeypatch.setattr(f"{module}.available_memory", lambda: needed // 2)
    with pytest.raises(MemoryRefusedError, match=r"fewer people: at most about 1(49|50)\b"):
        ensemble.check_design(design)


def test_the_share_that_was_achieved(study: Path) -> None:
    found = load_study(study)
    design = found.design(found.population.build(1))
    assert "% of the speed of the bound" in explain.achieved(design, 1000, 5.0, threads=1)
    seen: list[int] = []
    pace = Pace(lambda stage, done, total: seen.append(done))
    for stage, done in (("fitting", 5), ("simulating", 10), ("simulating", 30)):
        pace(stage, done, 30)
    assert (pace.done, seen) == (20, [5, 10, 30])
    assert pace.seconds > 0
