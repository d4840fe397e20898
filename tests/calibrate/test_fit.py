"""Fits of theories of every form to simulated records: truth found, intervals that cover, and refusals."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner

import groundswell
from groundswell.calibrate.cloud import Cloud, distance
from groundswell.calibrate.fit import Fit, FitSettings, fit_learnt, fit_observed, kinship
from groundswell.calibrate.methods import NetworkMethod
from groundswell.calibrate.mixture import Margins
from groundswell.calibrate.observed import Observed, check_grain, of_arrays, read_observed
from groundswell.calibrate.posterior import Learnt
from groundswell.calibrate.priors import draw_parameters
from groundswell.calibrate.scale import smallest_step
from groundswell.cli import app
from groundswell.engine.simulate import simulate
from groundswell.engine.worlds import World
from groundswell.errors import EstimationError, GroundswellError, RecordError
from groundswell.population.population import well_mixed
from groundswell.population.specification import PopulationSpecification
from groundswell.theories.deed import Deed
from groundswell.theories.lang_de_sterck import LangDeSterck
from groundswell.theories.sir import Sir
from groundswell.theories.sis import Sis

from .conftest import POPULATION, SETTINGS, STEPS, TRUTH


@pytest.fixture(scope="module")
def fitted(learnt: Learnt, record_of) -> Fit:
    return fit_learnt(learnt, record_of(11), SETTINGS)


def test_a_rule_is_fitted_to_its_own_record(fitted: Fit) -> None:
    assert fitted.passed, fitted.answer
    for name, truth in TRUTH.items():
        margin = fitted.parameters[name]
        assert margin.median is not None
        assert margin.information > 0.5
        assert margin.prior_low < truth < margin.prior_high
        spread = (margin.high - margin.low) / 3.29  # type: ignore[operator]
        assert abs(margin.median - truth) < 4 * spread


def test_intervals_cover_at_many_records(learnt: Learnt) -> None:
    from groundswell.calibrate import gates

    assert len(learnt.ranks) >= 120
    gate = gates.coverage(learnt.ranks, learnt.names)
    assert gate.passed, gate.message
    wrong = gates.coverage(np.clip(0.5 + (learnt.ranks - 0.5) * 1.25, 0, 1), learnt.names)
    assert not wrong.passed


def test_what_a_fit_says_is_plain(fitted: Fit) -> None:
    said = json.loads(json.dumps(fitted.to_dict()))
    assert set(said["parameters"]) == {"start", "contagion", "dropping"}
    assert {"median", "low", "high", "information"} <= set(said["parameters"]["start"])
    assert {g["name"] for g in said["checks"]} == {
        "cloud", "ranks", "coverage", "local", "agreement", "budget", "prediction",
    }  # fmt: skip
    assert said["budget"]["draws"] == SETTINGS.draws
    assert said["budget"]["reports"] == 2  # no luck in the report; it may begin before or after the first step
    assert fitted.to_frame().height == 3
    assert fitted.posterior().shape == (400, 3)
    assert [chart.shape for chart in fitted.charts()] == ["intervals", "lines"]


def test_a_fit_is_an_account_that_keeps_draws_together(fitted: Fit) -> None:
    account = fitted.as_account()
    seen = fitted.bands.filter(pl.col("series") == "record").drop_nulls("y")
    assert account.fitted_to == {"prevalence": dict(seen.select("x", "y").iter_rows())}
    assert len(account.fitted_to["prevalence"]) == seen.height > 10
    drawn = draw_parameters(Sis, 300, 5, account=account)
    table = fitted.posterior()
    rows = {tuple(round(x, 12) for x in row) for row in table.select(sorted(table.columns)).iter_rows()}
    assert all(tuple(round(row[n], 12) for n in sorted(table.columns)) in rows for row in drawn)
    assert len({tuple(row.values()) for row in drawn}) > 100


def test_a_record_of_another_theory_is_refused_before_any_interval(learnt: Learnt) -> None:
    wave = 0.4 + 0.3 * np.sin(np.arange(STEPS) / 3)  # no epidemic swings about
    found = fit_learnt(learnt, of_arrays({"prevalence": wave}), SETTINGS)
    assert not found.passed
    assert found.answer.startswith("No interval is shown")
    assert all(m.low is None and m.high is None and m.median is None for m in found.margins().values())
    assert found.outside
    with pytest.raises(EstimationError, match="failed the gate"):
        found.posterior()
    with pytest.raises(EstimationError):
        found.as_account()


def test_a_record_made_by_another_theory_is_refused(learnt: Learnt) -> None:
    people = PopulationSpecification.model_validate(POPULATION).build(41)
    params = {"start": 0.05, "contagion": 0.12, "retiring": 0.15}
    history = simulate(Sir, people, [World(41, params)], STEPS)["prevalence"][1:, 0]
    assert history.max() > 0.3  # it rises and dies out, which none does that can be won over again
    assert history[-1] < 0.02
    found = fit_learnt(learnt, of_arrays({"prevalence": history}), SETTINGS)
    assert {"cloud", "prediction"} & {gate.name for gate in found.checks if not gate.passed}, found.answer
    assert found.answer.startswith("No interval is shown")


def test_a_posterior_that_is_wrong_fails_prediction(learnt: Learnt, record_of) -> None:
    class Shifted:
        def margins(self, x: np.ndarray) -> Margins:
            m = learnt.trained.margins(x)
            return Margins(m.weights, m.means + np.array([0.0, 1.5, -1.5])[:, None], m.sds)

        def sample(self, x: np.ndarray, count: int, seed: int) -> np.ndarray:
            return learnt.trained.sample(x, count, seed) + np.array([0.0, 1.5, -1.5])

    found = fit_learnt(replace(learnt, trained=Shifted()), record_of(11), SETTINGS)
    failed = {gate.name for gate in found.checks if not gate.passed}
    assert "prediction" in failed


def test_a_record_of_another_number_of_people_is_said_to_be(fitted: Fit, learnt: Learnt) -> None:
    assert fitted.scale.startswith("Each world has 200 people")
    assert fitted.scale not in fitted.answer
    people = PopulationSpecification.model_validate({**POPULATION, "people": 500}).build(11)
    history = simulate(Sis, people, [World(11, TRUTH)], STEPS)["prevalence"][1:, 0]
    printed = np.array([float(f"{x:.6g}") for x in history])
    found = fit_learnt(learnt, of_arrays({"prevalence": printed}), SETTINGS)
    assert found.scale.startswith("The record does not come from 200 people")
    assert "multiples of 1/500" in found.scale
    assert "--people 500" in found.answer
    assert smallest_step(np.array([0.25, 0.5, 0.0])) == 4
    assert smallest_step(np.array([1.0, 0.0])) is None
    assert smallest_step(np.random.default_rng(1).random(50)) is None


def test_a_record_in_a_state_that_others_end_in_is_inside_though_it_was_printed_with_six_figures() -> None:
    kin = kinship(
        LangDeSterck, of_arrays({"turnout": np.zeros(24)}), {"network": "well_mixed", "people": 1}, settings=SETTINGS
    )
    luck = np.random.default_rng(3)
    blocks = np.arange(600) // 64
    for states in (np.array([0.3, 0.7]), np.arange(1, 9) / 11):
        rise = np.arange(24) >= np.where(luck.random((600, 1)) < 0.9, 4, 8)
        share = luck.choice(states, (600, 1))
        simulated, names = kin.summaries({"turnout": (share * rise).astype(np.float32).astype(float)})
        for state in states[::3]:
            for error in (0.0, 4e-7, -4e-7):
                record = np.where(np.arange(24) >= 4, state * (1 + error), 0.0)
                series = np.array([[float(f"{x:.6g}") for x in record]])
                found = distance(simulated, kin.summaries({"turnout": series})[0][0], names, blocks)
                assert found.p > 0.02, (state, error)
        falls = np.where(np.arange(24) >= 4, 0.0, 0.5)[None]
        assert distance(simulated, kin.summaries({"turnout": falls})[0][0], names, blocks).p < 0.005


def test_a_constant_summary_that_the_record_breaks_is_outside(learnt: Learnt, record_of) -> None:
    found = fit_learnt(replace(learnt, dropped={"prevalence.mean": 3.0}), record_of(11), SETTINGS)
    assert found.checks[0].name == "cloud"
    assert not found.checks[0].passed


def test_a_further_record_uses_what_was_made_ready_for_the_first(
    learnt: Learnt, record_of, monkeypatch: pytest.MonkeyPatch
) -> None:
    fit_learnt(learnt, record_of(11), SETTINGS)
    made: list[int] = []
    first = Cloud.of

    def counted(simulated: np.ndarray, *rest: object, **more: object) -> Cloud:
        made.append(len(simulated))
        return first(simulated, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(Cloud, "of", counted)
    fit_learnt(learnt, record_of(12), SETTINGS)
    assert made == [SETTINGS.predicted]  # the records that its own posterior predicts, and not the table's cloud


def test_a_record_of_another_kind_is_refused(learnt: Learnt) -> None:
    with pytest.raises(EstimationError, match="the kind that was learnt"):
        fit_learnt(learnt, of_arrays({"prevalence": np.full(STEPS + 1, 0.2)}), SETTINGS)


def test_a_flow_is_fitted_and_effects_come_with_it() -> None:
    truth = simulate(LangDeSterck, well_mixed(1), [World(1)], 24)["turnout"][:, 0]
    free = list(LangDeSterck.params)[:2]
    held = {n: p.default for n, p in LangDeSterck.params.items() if n not in free}
    settings = FitSettings(draws=768, predicted=200, posterior=300, method=NetworkMethod(size=2, epochs=40))
    observed = Observed({"turnout": truth}, np.ones(25, bool), None, tuple(range(25)), first=0)
    kin = kinship(LangDeSterck, observed, {"network": "well_mixed", "people": 1}, settings=settings, fixed=held)
    found = fit_observed(kin, observed, settings)
    assert set(found.parameters) == set(free)
    assert {g.name for g in found.checks if not g.passed} <= {"budget", "coverage", "ranks"}, found.answer


# -- records -----------------------------------------------------------------------------------------------------------


def csv(folder: Path, text: str) -> Path:
    path = folder / "record.csv"
    path.write_text(text)
    return path


def weeks(values: list[str]) -> str:
    from datetime import date, timedelta

    return "date,prevalence\n" + "".join(f"{date(2001, 1, 1) + timedelta(weeks=i)},{v}\n" for i, v in enumerate(values))


def test_a_gap_is_not_watched(tmp_path: Path) -> None:
    text = weeks(["0.1"] * 20).splitlines()
    found = read_observed(csv(tmp_path, "\n".join(text[:8] + text[11:])), Sis)
    assert found.unit == "week"
    assert len(found) == 20
    assert found.watched.sum() == 17


def test_the_steps_of_a_simulation_are_known(tmp_path: Path) -> None:
    rows = "".join(f"0,{t},0.1\n" for t in range(15))
    found = read_observed(csv(tmp_path, "world,step,prevalence\n" + rows), Sis)
    assert found.first == 0
    assert found.unit is None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("date,turnout\n2001-01-01,1\n", "no column named like an observable"),
        (weeks(["0.1", "many", "0.2"]), "'many'"),
        (weeks(["0.1"] * 3) + "2001-01-01,0.3\n", "two rows for 2001-01-01"),
        ("date,prevalence\nsome day,0.1\n", "some day"),
        ("who,prevalence\nme,0.1\n", "no column of dates"),
        ("world,step,prevalence\n0,0,0.1\n1,0,0.1\n", "2 worlds"),
    ],
)
def test_a_wrong_record_is_one_sentence(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(RecordError) as caught:
        read_observed(csv(tmp_path, text), Sis)
    assert says in str(caught.value)


def test_another_grain_is_refused() -> None:
    check_grain(Deed, "week", 1)
    check_grain(Deed, "month", 4)
    check_grain(Sis, "day", 1)
    finer = "events counted by week"
    for unit, every, instead in (("day", 1, finer), ("month", 1, "--every 4"), ("week", 2, "--every 1")):
        with pytest.raises(RecordError, match=instead):
            check_grain(Deed, unit, every)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"draws": 10}, "draws = 10"),
        ({"drawz": 10}, "did you mean 'draws'"),
        ({"priors": ["contagon=Uniform(0,1)"]}, "did you mean 'contagion'"),
        ({"priors": ["contagion=Unifrm(0,1)"]}, "did you mean 'uniform'"),
        ({"fixed": {"start": 0.1, "contagion": 0.1, "dropping": 0.1}}, "every parameter held"),
        ({"reporting": "count"}, "did you mean 'counts'"),
        ({"accounts": ["deed"]}, "account 'deed'"),
        ({"method": "netwrk"}, "did you mean 'network'"),
        ({"estimands": ["prevalence:shock=1"]}, "expected"),
    ],
)
def test_a_wrong_option_is_refused_before_anything_is_drawn(
    options: dict, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from groundswell.calibrate import reference

    monkeypatch.setattr(reference, "simulate", None)
    with pytest.raises(GroundswellError) as caught:
        groundswell.fit("sis", {"prevalence": np.full(40, 0.2)}, tables=None, **options)
    assert says in str(caught.value)


def test_an_observable_that_the_theory_lacks_is_refused() -> None:
    with pytest.raises(EstimationError, match="no observable 'turnout'"):
        groundswell.fit("sis", {"turnout": np.zeros(40)}, tables=None)


def test_a_summary_of_ones_own_that_is_constant_is_named() -> None:
    with pytest.raises(EstimationError, match="'one' is 1 in every simulated record"):
        groundswell.fit(
            "lang_de_sterck",
            {"turnout": np.zeros(20)},
            draws=384,
            tables=None,
            summaries=lambda record: {"one": 1.0, "mean": float(record["turnout"].mean())},
        )


# -- the command -------------------------------------------------------------------------------------------------------


def test_the_command_writes_a_fit_and_says_first_why_there_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GROUNDSWELL_CACHE", str(tmp_path / "cache"))
    path = tmp_path / "swings.csv"
    path.write_text(weeks([f"{0.5 + 0.4 * (-1) ** i}" for i in range(30)]))
    out = tmp_path / "out"
    done = CliRunner().invoke(
        app, ["fit", "sis", str(path), "--people", "60", "--draws", "384", "--out", str(out), "--threads", "1", "--csv"]
    )
    assert done.exit_code == 1, done.output
    lines = done.output.splitlines()
    assert "384 draws of 30 steps" in lines[0]
    assert lines[1].startswith("No interval is shown: ")
    said = json.loads((out / "fit.json").read_text())
    assert not said["passed"]
    assert said["parameters"]["contagion"]["low"] is None
    assert not (out / "posterior.parquet").exists()
    assert pl.read_parquet(out / "bands.parquet").height == 30
    assert pl.read_csv(out / "bands.csv").height == 30
    page = (out / "fit.html").read_text()
    assert "No interval is shown" in page
    assert "What the posterior predicts is not shown" in page
    assert "<script" not in page
    assert list((tmp_path / "cache" / "tables").glob("sis-*/block_*.npz"))


def test_a_bad_record_leaves_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "short.csv"
    path.write_text(weeks(["0.1"] * 5))
    out = tmp_path / "out"
    done = CliRunner().invoke(app, ["fit", "sis", str(path), "--out", str(out), "--tables", str(tmp_path / "tables")])
    assert done.exit_code == 2
    assert not out.exists()
    assert not (tmp_path / "tables").exists()
