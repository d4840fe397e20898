"""Arms that are simulated when they are first read: the same numbers, and no arm that nobody asks for."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

import groundswell.claims.adjudicate as module
import groundswell.experiment.ensemble as ensembles
from groundswell.claims.asked import asked_of
from groundswell.claims.lazy import LazyEnsemble, arms_of
from groundswell.errors import StudyError
from groundswell.experiment.arms import Arm
from groundswell.experiment.ensemble import Design, run_ensemble
from groundswell.experiment.shards import DesignRuns
from groundswell.experiment.study_file import load_study
from groundswell.output import PartsFolder
from groundswell.population.generate import erdos_renyi
from groundswell.population.population import tied
from groundswell.records.cases.library import cases
from groundswell.theory import Exactly, Observable, Param, State, Theory


class Spreading(Theory):
    """A state that some people begin with, and neighbours catch."""

    on = State(bool, initial=Exactly("starters"))
    starters = Param(3.0, ">= 0")
    rate = Param(0.1, "[0, 1]")
    share = Observable("people.on")

    def person(me, seen, p, luck):
        me.on = me.on or luck.chance("catch", p.rate * seen.share.on)


def _design() -> Design:
    arms = {
        "quiet": Arm("quiet"),
        "more": Arm("more", {"rate": 0.3}),
        "crowded": Arm("crowded", {"starters": 500.0}),  # more than there are people: none of its runs can begin
        "most": Arm("most", {"rate": 0.9}),
    }
    societies = [(tied(erdos_renyi(people, 6, seed=people)), people) for people in (60, 40)]
    return Design(
        theory=Spreading, population=societies[0][0], population_seed=60, steps=12, accounts={"prior": None},
        arms=arms, draws=5, seed=9, more_societies=tuple(societies[1:]),
    )  # fmt: skip


def test_an_arm_is_the_same_alone_and_among_all() -> None:
    design = _design()
    whole = run_ensemble(design, threads=1)
    alone = LazyEnsemble(design, ["most", "quiet"], threads=1)
    assert alone.read == ()
    for arm in ("most", "more", "crowded", "quiet"):
        assert np.array_equal(alone.arm("prior", arm), whole.arm("prior", arm), equal_nan=True)
        assert np.isfinite(whole.arm("prior", arm)).all() == (arm != "crowded")
        assert np.array_equal(alone.series("prior", arm, "share"), whole.series("prior", arm, "share"), equal_nan=True)
    assert alone.parameters("prior") == whole.parameters("prior")
    assert np.isnan(alone.series("prior", "crowded", "share")).all()


def test_only_arms_that_are_read_or_expected_with_them_are_simulated() -> None:
    found = LazyEnsemble(_design(), ["most", "quiet"], threads=1)
    found.series("prior", "more", "share")
    assert found.read == ("more",)
    found.series("prior", "quiet", "share")
    assert found.read == ("quiet", "more", "most")
    with pytest.raises(StudyError, match="one of quiet, more, crowded, most"):
        found.series("prior", "quite", "share")


def test_a_claim_simulates_its_own_arms_alone() -> None:
    """C5 has no record: of some eighty arms of the register its prediction and its channels read a few."""
    study = load_study("deed")
    small = {"people": 100, "draws": 2, "records": cases(), "test": ["C5"]}
    study = dataclasses.replace(study, adjudication=study.adjudication.model_copy(update=small))
    asked = asked_of(study)[0]
    made: list[LazyEnsemble] = []
    register = dataclasses.replace(asked.register, runs=lambda of: made.extend(of.values()) or asked.register.runs(of))
    runs = module.simulate_runs(dataclasses.replace(asked, register=register), study, threads=1)
    assert [x.read for x in made] == [()] * 3
    prediction = asked.claims["C5"].prediction
    assert prediction is not None
    prediction.compute(runs, "catalysis")
    assert 0 < sum(len(x.read) for x in made) <= 4


def test_arms_that_were_simulated_elsewhere_are_not_simulated_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    design, folder = _design(), PartsFolder(tmp_path / "parts")
    source = DesignRuns(lambda: arms_of(design, ["most", "quiet"]), ("prior",), design.draws)
    for some in source.made(source.lanes(), 1, None):
        for lane, data in some.items():
            folder.write_bytes(folder.part(*lane), data)
    whole = run_ensemble(design, threads=1)
    monkeypatch.setattr(ensembles, "_simulate", lambda *a: pytest.fail("simulated again"))
    held = LazyEnsemble(design, ["most", "quiet"], threads=1, store=folder)
    assert np.array_equal(held.arm("prior", "most"), whole.arm("prior", "most"))
