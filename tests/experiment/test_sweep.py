"""Sweeps: points, common random numbers, summaries, failures, and the table [sweep] of a study."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from groundswell.engine.simulate import simulate
from groundswell.engine.worlds import Set, World
from groundswell.errors import GroundswellError, StudyError, TheoryError
from groundswell.experiment.arms import Arm
from groundswell.experiment.runner import build_population, run_study, run_sweep
from groundswell.experiment.study import Study
from groundswell.experiment.study_file import parse_study
from groundswell.experiment.sweep import check_summary, summarise_series, summary_words, sweep
from groundswell.population.population import well_mixed
from groundswell.population.specification import PopulationSpecification
from groundswell.theory.registry import load_theory

WATTS = load_theory("watts")
GRANOVETTER = load_theory("granovetter")
RANDOM = PopulationSpecification(network="erdos_renyi", people=200, mean_degree=4)


def test_a_row_for_each_point_world_and_arm_in_this_order() -> None:
    arms = {"plain": Arm("plain"), "eager": Arm("eager", {"seeds": 20})}
    table = sweep(WATTS, RANDOM, {"phi": [0.1, 0.3], "phi_sd": [0.0, 0.1]}, 5, worlds=3, seed=2, arms=arms)
    assert table.columns[:9] == [
        "point", "phi", "phi_sd", "arm", "world", "run_seed", "status", "failed_at", "reason",
    ]  # fmt: skip
    assert table.columns[9:] == list(WATTS.observables)
    assert table.select("point", "phi", "phi_sd").unique(maintain_order=True).rows() == [
        (0, 0.1, 0.0), (1, 0.1, 0.1), (2, 0.3, 0.0), (3, 0.3, 0.1),
    ]  # fmt: skip
    assert table.height == 4 * 3 * 2
    assert table["world"].to_list()[:6] == [0, 0, 1, 1, 2, 2]
    assert table["arm"].to_list()[:2] == ["plain", "eager"]
    assert table.group_by("world").agg(pl.col("run_seed").n_unique())["run_seed"].to_list() == [1, 1, 1]
    assert table["run_seed"].n_unique() == 3


def test_a_row_is_the_run_of_its_seed_and_people() -> None:
    people = well_mixed(80)
    table = sweep(GRANOVETTER, people, {"sd": [0.1, 0.3]}, 30, worlds=2, seed=5, population_seed=9)
    for row in table.iter_rows(named=True):
        world = World(row["run_seed"], {"sd": row["sd"]})
        assert simulate(GRANOVETTER, people, [world], 30, population_seed=9)["turnout"][-1, 0] == row["turnout"]


def test_worlds_have_people_of_their_own_unless_told_otherwise() -> None:
    own = sweep(GRANOVETTER, well_mixed(100), {"sd": [0.12]}, 30, worlds=6, seed=1)
    shared = sweep(GRANOVETTER, well_mixed(100), {"sd": [0.12]}, 30, worlds=6, seed=1, population_seed=3)
    assert own["turnout"].n_unique() > 1
    assert shared["turnout"].n_unique() == 1  # this theory draws nothing but thresholds


def test_points_share_their_luck_and_people_so_that_effects_are_those_of_parameters() -> None:
    """A parameter that changes nothing changes nothing, world by world; and more seeds never make less (monotone)."""
    table = sweep(WATTS, RANDOM, {"seeds": [1, 2, 4, 8, 16]}, 40, worlds=5, seed=3, params={"phi": 0.25})
    reached = table.sort("world", "seeds")["activity"].to_numpy().reshape(5, 5)
    assert (np.diff(reached, axis=1) >= 0).all()
    without = load_theory("kuran")  # where people decide once, a shift of thresholds that reaches nobody is no change
    same = sweep(without, well_mixed(50), {"mean": [5.0, 6.0]}, 5, worlds=4, params={"sd": 0.1})
    assert same["opposition"].sum() == 0


@pytest.mark.parametrize("threads", [1, 2])
def test_the_table_does_not_depend_on_threads_or_on_how_runs_are_put_together(
    threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = sweep(WATTS, RANDOM, {"phi": [0.1, 0.2, 0.3]}, 8, worlds=3)
    monkeypatch.setattr("groundswell.experiment.sweep._AT_ONCE", 2)
    assert sweep(WATTS, RANDOM, {"phi": [0.1, 0.2, 0.3]}, 8, worlds=3, threads=threads).equals(whole)


def test_an_intervention_on_another_parameter_is_the_arm_s() -> None:
    kuran = load_theory("kuran")
    arms = {"plain": Arm("plain"), "eased": Arm("eased", interventions=(Set("easing", 0.4),))}
    table = sweep(kuran, well_mixed(60), {"mean": [0.4, 0.5]}, 20, worlds=2, arms=arms)
    eased, plain = (table.filter(pl.col("arm") == arm)["opposition"].to_numpy() for arm in ("eased", "plain"))
    assert (eased > plain).all()


# -- summaries ---------------------------------------------------------------------------------------------------------

SERIES = np.array([[0.0, 0.0], [0.2, 0.9], [0.6, 0.1], [0.5, 0.2]])


@pytest.mark.parametrize(
    ("summary", "expected", "words"),
    [
        ("last", [0.5, 0.2], "value at the end"),
        ("maximum", [0.6, 0.9], "largest value"),
        ({"mean_of_last": 2}, [0.55, 0.15], "mean of the last 2 steps"),
        ({"mean_of_last": 10}, [0.325, 0.3], "mean of the last 10 steps"),
        ({"time_to_reach": 0.5}, [2.0, 1.0], "first step at 0.5 or above"),
        ({"time_to_reach": 0.7}, [np.nan, 1.0], "first step at 0.7 or above"),
        ({"time_to_reach": 0.0}, [0.0, 0.0], "first step at 0 or above"),
    ],
)
def test_summaries(summary: Any, expected: list[float], words: str) -> None:
    check_summary(summary)
    np.testing.assert_allclose(summarise_series(SERIES, summary), expected, rtol=1e-15)
    assert summary_words(summary) == words


@pytest.mark.parametrize(
    "summary",
    ["first", {}, {"mean_of_last": 0}, {"mean_of_last": 1.5}, {"time_to_reach": float("nan")}, {"last": 1}, 3,
     {"mean_of_last": 2, "time_to_reach": 1}, {"mean_of_last": True}],
)  # fmt: skip
def test_what_is_no_summary_is_refused(summary: Any) -> None:
    with pytest.raises(StudyError, match="time_to_reach"):
        sweep(GRANOVETTER, well_mixed(10), {"sd": [0.1]}, 5, worlds=1, summary=summary)


def test_a_level_that_is_never_reached_is_null_and_the_run_is_done() -> None:
    table = sweep(GRANOVETTER, well_mixed(50), {"mean": [0.0, 3.0]}, 20, worlds=2, summary={"time_to_reach": 0.9})
    assert table["status"].unique().to_list() == ["done"]
    assert table.filter(pl.col("mean") == 3.0)["turnout"].to_list() == [None, None]
    assert table.filter(pl.col("mean") == 0.0)["turnout"].null_count() == 0


# -- what cannot be ----------------------------------------------------------------------------------------------------


def test_a_point_that_cannot_begin_is_a_row_with_its_reason() -> None:
    table = sweep(WATTS, RANDOM, {"seeds": [1, 500, 2, 600]}, 4, worlds=2)
    failed = table.filter(pl.col("status") == "failed")
    assert failed["seeds"].to_list() == [500, 500, 600, 600]
    assert failed["activity"].null_count() == 4
    assert failed["failed_at"].null_count() == 4
    assert all("500" in reason or "600" in reason for reason in failed["reason"])
    alone = sweep(WATTS, RANDOM, {"seeds": [1, 2]}, 4, worlds=2)
    assert table.filter(pl.col("status") == "done")["activity"].to_list() == alone["activity"].to_list()


def test_a_run_that_leaves_the_numbers_is_a_row_with_its_step(overflowing: Study) -> None:
    table = sweep(overflowing.theory, well_mixed(5), {"a": [1.0, 1e4]}, 4, worlds=2)
    assert table["status"].to_list() == ["done", "done", "failed", "failed"]
    assert table["failed_at"].to_list() == [None, None, 3, 3]
    assert table["seen_x"].null_count() == table["share_on"].null_count() == 2


def test_where_every_run_fails_there_is_no_table() -> None:
    with pytest.raises(TheoryError, match="every run failed before its first step"):
        sweep(WATTS, RANDOM, {"seeds": [500, 600]}, 4, worlds=2)


REFUSED = '''
from groundswell.theory import Observable, Param, Process, State

class Refused(Process):
    """Its step is not what the compiler takes."""
    on = State(bool)
    rate = Param(0.5, "[0, 1]")
    lit = Observable("people.on")

    def step(people, p):
        people.on[0] = {"a": p.rate, 3: []}
'''


def test_a_step_that_the_compiler_refuses_is_told_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "refused.py").write_text(REFUSED)
    theory, tried = load_theory(tmp_path / "refused.py"), []

    def counted(*arguments: Any, **more: Any) -> Any:
        tried.append(1)
        return simulate(*arguments, **more)

    monkeypatch.setattr("groundswell.experiment.sweep.simulate", counted)
    with pytest.raises(TheoryError, match="the compiler refuses"):
        sweep(theory, well_mixed(4), {"rate": [0.1, 0.2, 0.3]}, 3, worlds=2)
    assert len(tried) == 1


@pytest.mark.parametrize(
    ("over", "more", "words"),
    [
        ({}, {}, "over nothing"),
        ({"sd": []}, {}, "at least one value"),
        ({"sd": [0.1, 0.1]}, {}, "each once"),
        ({"sd": 0.1}, {}, "a list of values"),
        ({"spread": [0.1]}, {}, "'spread'"),
        ({"sd": [-1.0]}, {}, "support >= 0"),
        ({"sd": [0.1]}, {"params": {"nothing": 1.0}}, "'nothing'"),
        ({"sd": [0.1]}, {"worlds": 0}, "at least one of each"),
        ({"sd": [0.1]}, {"arms": {"a": Arm("a", {"sd": 0.2})}}, "sets sd, which is swept"),
        ({"sd": [0.1]}, {"arms": {"a": Arm("a", {"spread": 0.2})}}, "'spread'"),
    ],
)
def test_what_makes_no_sense_is_refused(over: Any, more: Mapping[str, Any], words: str) -> None:
    with pytest.raises(GroundswellError, match=re.escape(words)):
        sweep(GRANOVETTER, well_mixed(10), over, 5, **{"worlds": 1, **more})


def test_observables_of_harm_stand_in_the_table() -> None:
    deed = load_theory("deed")
    harm = [name for name, observable in deed.observables.items() if observable.harm]
    assert harm
    people = PopulationSpecification(people=60, network="planted_partition", mean_degree=6, communities=2, mix=0.2)
    assert set(harm) <= set(sweep(deed, people, {"eta": [0.0, 1.0]}, 3, worlds=1).columns)


# -- in a study --------------------------------------------------------------------------------------------------------

STUDY = """
[study]
name = "spread"
title = "Where does the low equilibrium go?"
theory = "granovetter"
seed = 4
steps = 40
draws = 2
[population]
network = "well_mixed"
people = 100
[params]
mean = 0.25
[arms.plain]
[arms.eager]
params = { mean = 0.2 }
[sweep]
worlds = 3
arms = ["plain"]
over.sd = { from = 0.1, to = 0.2, count = 6 }
"""


def test_the_table_of_a_study_is_its_sweep(
    tmp_path: Path, adjudicate: Callable[..., Any], dossier: Callable[..., Path]
) -> None:
    study = parse_study(STUDY, origin="s.toml", folder=Path())
    assert study.sweep is not None
    assert study.sweep.over == {"sd": (0.1, 0.12, 0.14, 0.16, 0.18, 0.2)}
    run_study(study, tmp_path, adjudicate=adjudicate, page=dossier)
    written = pl.read_parquet(tmp_path / "tables" / "sweep.parquet")
    assert written.height == 6 * 3
    assert written["arm"].unique().to_list() == ["plain"]
    assert written["turnout"].n_unique() > 3  # their own people
    assert run_sweep(study, build_population(study), threads=1).equals(written)
    assert run_study(study, tmp_path, adjudicate=adjudicate, page=dossier)  # read again, not swept again
    assert pl.read_parquet(tmp_path / "tables" / "sweep.parquet").equals(written)


def test_worlds_may_share_the_study_s_people() -> None:
    study = parse_study(STUDY + 'people = "shared"\n', origin="s.toml", folder=Path())
    table = run_sweep(study, build_population(study))
    assert table.group_by("sd").agg(pl.col("turnout").n_unique())["turnout"].to_list() == [1] * 6


def test_a_sweep_belongs_to_the_configuration() -> None:
    once = parse_study(STUDY, origin="s.toml", folder=Path()).configuration()
    for old, new in (("count = 6", "count = 7"), ("worlds = 3", "worlds = 4"), ('arms = ["plain"]', "")):
        changed = STUDY.replace(old, new) if new else STUDY.replace(old, 'arms = ["plain"]\nsummary = "maximum"')
        assert parse_study(changed, origin="s.toml", folder=Path()).configuration() != once


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('arms = ["plain"]', 'arms = ["plane"]', "arms of this study: plain, eager"),
        ('arms = ["plain"]', "arms = []", "at least one arm"),
        ("over.sd", "over.spread", "over.spread"),
        ("from = 0.1", "from = -0.1", "support >= 0"),
        ("count = 6", "count = 1", "count = 11"),
        ("{ from = 0.1, to = 0.2, count = 6 }", "[0.1, 0.1]", "each once"),
        ("{ from = 0.1, to = 0.2, count = 6 }", "[]", "a list of numbers"),
        ("{ from = 0.1, to = 0.2, count = 6 }", "0.1", "a list of numbers"),
        ("over.sd", "over.mean", ""),
        ("worlds = 3", "worlds = 0", "worlds = 0"),
        ("worlds = 3", 'worlds = 3\nsummary = "final"', "time_to_reach"),
        ("worlds = 3", "worlds = 3\nworld = 2", "did you mean 'worlds'"),
        ("worlds = 3", 'worlds = 3\npeople = "all"', "'own' or 'shared'"),
    ],
)
def test_a_wrong_table_is_told_with_its_place(old: str, new: str, words: str) -> None:
    text = STUDY.replace(old, new)
    if old == "over.sd" and new == "over.mean":
        text = text.replace('arms = ["plain"]\n', "")
        words = "which the arm eager sets"
    assert text != STUDY
    with pytest.raises(StudyError, match=re.escape(words)) as found:
        parse_study(text, origin="s.toml", folder=Path())
    assert str(found.value).startswith("s.toml")
