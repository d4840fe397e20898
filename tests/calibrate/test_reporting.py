"""Reporting models: each part does to a history what it says, by address, and bad ones are refused in one sentence."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from groundswell.calibrate.priors import LogUniform
from groundswell.calibrate.reporting import (
    Coverage,
    Effort,
    Reported,
    ReportedTide,
    Reporting,
    default_reported,
    load_reporting,
    tide,
)
from groundswell.errors import RecordError
from groundswell.theory import Fixed, Uniform

WORLDS, PERIODS = 200, 300


def history(value: float = 0.1) -> dict[str, np.ndarray]:
    return {"turnout": np.full((WORLDS, PERIODS), value), "violence": np.full((WORLDS, PERIODS), 2.0)}


def reported(model: Reporting, seed: int = 3, **histories: np.ndarray) -> dict[str, np.ndarray]:
    given = histories or history()
    return model.report(given, model.draw(len(next(iter(given.values()))), seed), seed)


def z(x: np.ndarray, mean: float, variance: float) -> float:
    return float(abs(x.mean() - mean) / np.sqrt(variance / x.size))


def test_an_exact_series_is_the_history() -> None:
    found = reported(Reporting(series={"turnout": Reported()}))
    assert np.array_equal(found["turnout"], history()["turnout"])


def test_counts_have_the_mean_and_the_variance_of_their_law() -> None:
    mean = 0.1 * 50
    poisson = reported(Reporting(series={"turnout": Reported(form="counts", scale=Fixed(50.0))}))["turnout"]
    assert z(poisson, mean, mean) < 5
    assert abs(poisson.var() / mean - 1) < 5 * np.sqrt(2 / poisson.size) + 5 / np.sqrt(poisson.size * mean)
    k = 2.0
    own = Reported(form="counts", scale=Fixed(50.0), dispersion=Fixed(k))
    wide = reported(Reporting(series={"turnout": own}))["turnout"]
    assert z(wide, mean, mean + mean**2 / k) < 5
    assert abs(wide.var() / (mean + mean**2 / k) - 1) < 0.05


def test_events_are_thinned_to_the_share_reported() -> None:
    found = reported(Reporting(series={"violence": Reported(form="events", scale=Fixed(0.3))}))["violence"]
    assert set(np.unique(found)) == {0.0, 1.0, 2.0}
    assert z(found, 0.6, 2 * 0.3 * 0.7) < 5


def test_events_of_what_is_no_count_are_refused() -> None:
    with pytest.raises(RecordError, match="not a count"):
        reported(Reporting(series={"turnout": Reported(form="events")}))


def test_shared_effort_makes_kinds_move_together_and_keeps_the_mean() -> None:
    effort = Effort(sd=Fixed(0.8), life=Fixed(6.0))
    counts = {n: Reported(form="counts", scale=Fixed(100.0)) for n in ("turnout", "violence")}
    found = reported(Reporting(series=counts, effort=effort))
    together = np.mean([np.corrcoef(a, b)[0, 1] for a, b in zip(found["turnout"], found["violence"], strict=True)])
    assert together > 0.8
    alone = reported(
        Reporting(series=counts | {"violence": counts["violence"].model_copy(update={"shared": False})}, effort=effort)
    )
    assert (
        abs(np.mean([np.corrcoef(a, b)[0, 1] for a, b in zip(alone["turnout"], alone["violence"], strict=True)])) < 0.05
    )
    log = np.log(found["violence"] / 200)
    rho = np.mean([np.corrcoef(x[1:], x[:-1])[0, 1] for x in log])
    assert abs(rho - 0.5 ** (1 / 6.0)) < 0.04
    means = found["turnout"].mean(axis=1)
    assert abs(means.mean() - 10) / (means.std() / np.sqrt(WORLDS)) < 5


def test_coverage_jumps_by_its_size_at_its_time() -> None:
    own = {"turnout": Reported(form="counts", scale=Fixed(1000.0))}
    model = Reporting(series=own, coverage=Coverage(jumps=1, size=Fixed(np.log(4))))
    drawn = {"coverage.when1": np.full(WORLDS, 0.5)}
    found = model.report(history(), drawn, 1)["turnout"]
    before, after = found[:, :150], found[:, 150:]
    assert z(after, 100, 100) < 5
    assert z(before, 25, 25) < 5


def test_zeros_rounding_flow_shift_and_date_blocks() -> None:
    own = Reported(form="counts", scale=Fixed(1000.0), zeros=Fixed(0.25))
    found = reported(Reporting(series={"turnout": own}))["turnout"]
    assert z((found == 0).astype(float), 0.25, 0.25 * 0.75) < 5
    rounded = reported(Reporting(series={"turnout": own.model_copy(update={"digits": 1})}))["turnout"]
    assert set(np.unique(rounded)) <= {0.0, 60.0, 70.0, 80.0, 90.0, 100.0, 200.0}
    rising = np.tile(np.arange(PERIODS, dtype=float), (WORLDS, 1))
    new = reported(Reporting(series={"x": Reported(form="noisy", flow=Fixed(1.0))}), x=rising)["x"]
    assert np.array_equal(new[:, 1:], np.ones((WORLDS, PERIODS - 1)))
    later = reported(Reporting(series={"x": Reported(form="noisy", shift=-1)}), x=rising)["x"]
    assert np.array_equal(later[:, :-1], rising[:, 1:])
    blocks = Reported(form="counts", scale=Fixed(1000.0), date_block=4, date_share=Fixed(0.5))
    dated = reported(Reporting(series={"turnout": blocks}))["turnout"]
    first = dated[:, ::4]
    assert z(first, 100 + 3 * 50, 250) < 5
    assert z(dated[:, 1::4], 50, 50) < 5


def test_a_tide_selects_dates_before_a_rise() -> None:
    wave = np.tile(np.sin(np.arange(PERIODS) / 15) + 1.5, (WORLDS, 1))
    rises = tide(wave, 12)
    assert np.allclose(rises.mean(axis=1), 0)
    assert np.allclose(rises.std(axis=1), 1)
    flat = np.full_like(wave, 3.0)
    own = Reported(form="events", scale=Fixed(0.3), tide=ReportedTide(by="wave", strength=Fixed(1.0)))
    found = reported(Reporting(series={"acts": own, "wave": Reported()}), acts=flat, wave=wave)["acts"]
    assert np.corrcoef(found.ravel(), rises.ravel())[0, 1] > 0.3
    none = reported(
        Reporting(series={"acts": own.model_copy(update={"tide": None}), "wave": Reported()}), acts=flat, wave=wave
    )
    assert abs(np.corrcoef(none["acts"].ravel(), rises.ravel())[0, 1]) < 5 / np.sqrt(flat.size)


def test_reports_depend_on_their_address_alone() -> None:
    own = {"turnout": default_reported("counts", "share of people")}
    model = Reporting(series=own)
    assert np.array_equal(reported(model, 1)["turnout"], reported(model, 1)["turnout"])
    assert not np.array_equal(reported(model, 1)["turnout"], reported(model, 2)["turnout"])
    wider = Reporting(series=own | {"violence": default_reported("counts", "acts")})
    assert np.array_equal(reported(wider, 1)["turnout"], reported(model, 1)["turnout"])
    assert np.array_equal(model.draw(5, 1)["turnout.scale"], model.draw(9, 1)["turnout.scale"][:5])


def test_nuisances_are_what_is_drawn() -> None:
    model = Reporting(
        series={"turnout": Reported(form="counts", scale=LogUniform(1, 10), zeros=Fixed(0.1))},
        effort=Effort(),
        coverage=Coverage(jumps=2),
    )
    assert set(model.nuisances()) == {
        "turnout.scale", "effort.sd", "effort.life", "coverage.jump1", "coverage.jump2", "coverage.when1",
        "coverage.when2",
    }  # fmt: skip


def test_what_is_drawn_is_said_in_words() -> None:
    series = {
        form: Reported(form=form, scale=LogUniform(1, 10), noise=Uniform(0, 1), tide=ReportedTide(by="counts"))
        for form in ("noisy", "counts", "events")
    }
    model = Reporting(series=series, effort=Effort(), coverage=Coverage())
    assert {name: model.meaning(name) for name in model.nuisances()} == {
        "noisy.scale": "factor",
        "noisy.noise": "standard deviation of the log error",
        "counts.scale": "mean reports per unit",
        "counts.tide": "log rate per standard deviation of the change",
        "events.scale": "share reported",
        "events.tide": "log rate per standard deviation of the change",
        "effort.sd": "standard deviation of log effort",
        "effort.life": "half-life of effort in periods",
        "coverage.jump1": "log of coverage after over before",
        "coverage.when1": "when coverage jumps, as a share of the record",
    }


def test_toml_and_python_give_one_model(tmp_path: Path) -> None:
    path = tmp_path / "reporting.toml"
    path.write_text(
        "[effort]\nsd = {uniform = [0, 1.2]}\n[series.turnout]\nform = 'counts'\nscale = {log_uniform = [20, 2000]}\n"
        "zeros = 0.1\n[series.turnout.tide]\nby = 'turnout'\n"
    )
    own = Reported(form="counts", scale=LogUniform(20, 2000), zeros=Fixed(0.1), tide=ReportedTide(by="turnout"))
    assert load_reporting(path) == Reporting(series={"turnout": own}, effort=Effort(sd=Uniform(0.0, 1.2)))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[series.turnout]\nform = 'count'", "form = 'count'"),
        ("[series.turnout]\nscale = {uniforn = [0, 1]}", "scale"),
        ("[series.turnout]\nscael = 1", "did you mean 'scale'"),
        ("[series.turnout]\nzeros = {uniform = [0]}", "zeros"),
        ("[series.turnout.tide]\nby = 'violence'", "tide"),
        ("[efort]", "did you mean 'effort'"),
        ("[effort", "TOML"),
    ],
)
def test_a_wrong_model_is_refused_with_its_file(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "reporting.toml"
    path.write_text(text)
    with pytest.raises(RecordError) as caught:
        load_reporting(path)
    assert says in str(caught.value)
    assert "reporting.toml" in str(caught.value)
