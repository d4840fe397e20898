"""Ensembles: twins, failures, and independence of threads and chunks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from groundswell.engine.simulate import simulate
from groundswell.errors import GroundswellError, StudyError, TheoryError
from groundswell.experiment.ensemble import Design, run_ensemble, summarise
from groundswell.experiment.runner import build_population
from groundswell.experiment.study import Study
from groundswell.experiment.tables import tables
from groundswell.population.generate import erdos_renyi


@pytest.fixture
def design(small: Callable[..., Study]) -> Design:
    study = small()
    return study.design(build_population(study))


def test_identical_twins_have_exactly_no_effect(design: Design) -> None:
    ensemble = run_ensemble(design)
    for account in design.accounts:
        for observable in ensemble.observables:
            assert not ensemble.named_effect(account, "nothing", observable).any()
        for state in design.totals:
            found = ensemble.person_effect(account, "nothing", state)
            assert not found.mean.any()
            assert not found.quantiles.any()
            assert not found.changed.any()


def test_twins_are_one_until_the_act_and_differ_after_it(design: Design) -> None:
    ensemble = run_ensemble(design)
    for account in design.accounts:
        violence = ensemble.named_effect(account, "act", "violence")
        assert not violence[:, :8].any()
        assert (violence[:, 8] == 3).all()
        media = ensemble.named_effect(account, "media", "media")
        assert not media[:, :8].any()
        assert (media[:, 8] > 0).all()
        assert ensemble.person_effect(account, "act", "visible").changed.max() > 0


def test_an_ensemble_is_what_its_worlds_are_one_by_one(design: Design) -> None:
    ensemble = run_ensemble(design)
    totals = {}
    for a, (name, arm) in enumerate(design.arms.items()):
        world = arm.world(ensemble.parameters("catalysis")[2], design.run_seed("catalysis", 2))
        alone = simulate(
            design.theory, design.population, [world], design.steps, population_seed=design.population_seed,
            totals=design.totals,
        )  # fmt: skip
        assert np.array_equal(ensemble.values["catalysis"][2, a], alone.values[:, 0])
        totals[name] = alone.totals["acts"][:, 0]
        assert np.array_equal(ensemble.series("catalysis", name, "talk")[2], alone["talk"][:, 0])
    change = totals["act"] - totals["quiet"]
    found = ensemble.person_effect("catalysis", "act", "acts")
    assert found.mean[2] == change.mean()
    assert np.array_equal(found.quantiles[2], np.quantile(change, [0.05, 0.25, 0.5, 0.75, 0.95]))
    assert (found.more[2], found.less[2]) == ((change > 0).mean(), (change < 0).mean())


def test_threads_and_chunks_change_nothing(design: Design) -> None:
    once = tables(run_ensemble(design, threads=1))
    for threads, chunk in ((2, None), (1, 1), (2, 3)):
        again = tables(run_ensemble(design, threads=threads, chunk=chunk))
        assert all(once[name].equals(again[name], null_equal=True) for name in once)


def test_draws_live_in_several_societies_by_turns(design: Design) -> None:
    """Each draw is what it is in its own society alone, for any chunks."""
    other = erdos_renyi(design.population.people, 6.0, seed=77)
    second = (replace(design.population, network=other), 78)
    mixed = run_ensemble(replace(design, more_societies=(second,)), chunk=1)
    first, alone = run_ensemble(design), run_ensemble(replace(design, population=second[0], population_seed=78))
    for account in design.accounts:
        for draw in range(design.draws):
            own = (first, alone)[draw % 2]
            assert np.array_equal(mixed.values[account][draw], own.values[account][draw])
        assert not np.array_equal(first.values[account][1], alone.values[account][1])
    again = run_ensemble(replace(design, more_societies=(second,)))
    assert all(np.array_equal(again.values[a], mixed.values[a]) for a in design.accounts)


def test_progress_ends_with_all_that_there_is_to_do(design: Design) -> None:
    found: list[tuple[str, int, int]] = []
    run_ensemble(design, progress=lambda *x: found.append(x))
    total = 2 * design.draws * len(design.arms) * design.steps
    assert found[-1] == ("simulating", total, total)
    assert [x[1] for x in found] == sorted(x[1] for x in found)


def test_failed_runs_are_rows_with_a_reason_and_excluded_from_summaries(overflowing: Study) -> None:
    ensemble = run_ensemble(overflowing.design(build_population(overflowing)))
    lost = {f.draw for f in ensemble.failed}
    draws = overflowing.draws
    assert 0 < len(lost) < draws
    assert {f.arm for f in ensemble.failed} == {"plain"}
    for draw in range(draws):  # x overflows exactly where 1e300 a**6 does
        assert (draw in lost) == (300 + 6 * np.log10(ensemble.parameters("prior")[draw]["a"]) > np.log10(1.797e308))
    series = ensemble.series("prior", "plain", "share_on")
    assert set(np.flatnonzero(np.isnan(series).all(axis=1))) == lost
    assert np.isfinite(ensemble.series("prior", "held", "share_on")).all()
    found = tables(ensemble)
    runs = found["runs"]
    assert runs.height == 2 * draws
    failed = runs.filter(pl.col("status") == "failed")
    assert set(failed["draw"]) == lost
    assert failed["reason"].null_count() == 0
    assert failed["step"].null_count() == 0
    assert runs.filter(pl.col("status") == "done")["reason"].null_count() == runs.height - failed.height
    summary = found["effect_summary"]
    assert set(summary["draws"]) == {draws - len(lost)}
    assert set(summary["excluded"]) == {len(lost)}
    assert summary["mean"].is_finite().all()


def test_a_draw_that_cannot_begin_fails_alone(crowded: Callable[[int], Study]) -> None:
    study = crowded(0)
    ensemble = run_ensemble(study.design(build_population(study)))
    for draw, values in enumerate(ensemble.parameters("prior")):
        expected = round(values["starters"]) > 10
        assert (draw in {f.draw for f in ensemble.failed}) == expected
    assert 0 < len(ensemble.failed) < study.draws
    assert all(f.step is None and "starts true for" in f.reason for f in ensemble.failed)
    good = ensemble.series("prior", "plain", "share_on")
    assert np.isfinite(good).all(axis=1).sum() == study.draws - len(ensemble.failed)


def test_where_no_run_can_begin_there_is_no_ensemble(crowded: Callable[[int], Study]) -> None:
    study = crowded(15)
    with pytest.raises(TheoryError, match="every run failed before its first step"):
        run_ensemble(study.design(build_population(study)))


def test_a_summary_leaves_out_failed_draws() -> None:
    series = np.array([[1.0, 2.0], [3.0, 6.0], [np.nan, np.nan]])
    found = summarise(series)
    assert found.mean.tolist() == [2.0, 4.0]
    assert found.draws == 2
    assert found.low.tolist() == pytest.approx([1.1, 2.2])
    assert found.high.tolist() == pytest.approx([2.9, 5.8])
    assert summarise(series[2:]).draws == 0
    assert np.isnan(summarise(series[2:]).mean).all()


def test_the_interval_covers_what_it_says() -> None:
    """The 90% interval over draws holds nine in ten of further draws."""
    rng = np.random.default_rng(4)
    found = summarise(rng.normal(size=(2000, 1)))
    further = rng.normal(size=20_000)
    inside = ((further > found.low[0]) & (further < found.high[0])).mean()
    error = (0.9 * 0.1 * (1 / 2000 + 1 / 20_000)) ** 0.5
    assert abs(inside - 0.9) / error < 5


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"steps": 0}, "0 steps"),
        ({"draws": 0}, "0 draws"),
        ({"arms": {}}, "without arms"),
        ({"effects": {"x": ("act", "nobody")}}, "'nobody'"),
        ({"totals": ("waiting",)}, "'waiting'"),
        ({"params": {"eta": -1.0}}, "given -1.0"),
    ],
)
def test_a_design_is_checked_before_it_is_run(design: Design, change: dict, found: str) -> None:
    begun: list[int] = []
    with pytest.raises(GroundswellError, match=found):
        run_ensemble(replace(design, **change), progress=lambda *x: begun.append(1))
    assert not begun


def test_unknown_names_list_the_known_ones(design: Design) -> None:
    ensemble = run_ensemble(replace(design, draws=1, steps=2, arms={k: design.arms[k] for k in ("quiet",)}, effects={}))
    for call in (
        lambda: ensemble.series("nobody", "quiet", "turnout"),
        lambda: ensemble.series("catalysis", "nobody", "turnout"),
        lambda: ensemble.series("catalysis", "quiet", "nobody"),
        lambda: ensemble.named_effect("catalysis", "nobody", "turnout"),
        lambda: ensemble.person_effect("catalysis", "nobody", "acts"),
        lambda: ensemble.parameters("nobody"),
    ):
        with pytest.raises(StudyError, match="'nobody'; expected one of"):
            call()
