"""Survival with competing ends: a known truth, agreement with statsmodels, and what cannot be asked."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from groundswell.errors import EstimationError, GroundswellError
from groundswell.estimators.panel.hazards import competing_hazards
from groundswell.records.panel import Panel, PanelMapping, panel_of


def campaigns(units: int, effect: float, seed: int, waves: int = 12) -> Panel:
    """Units that end as `lost` or `won` in each wave; the exposure moves the odds of losing only."""
    rng = np.random.default_rng(seed)
    rows = []
    for i in range(units):
        x = float(rng.random() < 0.5)
        for t in range(waves):
            lose = 1 / (1 + np.exp(2.2 - effect * x))
            lost, won = rng.random() < lose, rng.random() < 0.06
            rows.append((f"u{i}", t, x, float(lost), float(won and not lost)))
            if lost or won:
                break
    frame = pl.DataFrame(rows, schema=["unit", "wave", "x", "lost", "won"], orient="row")
    mapping = PanelMapping(unit="unit", wave="wave", outcomes=("lost", "won"), exposures=("x",))
    return panel_of(frame, mapping)


def test_a_known_effect_on_one_end_is_recovered_and_none_on_the_other():
    found = competing_hazards(campaigns(3000, 0.8, seed=1), ("lost", "won"), "x")
    for end, truth in (("lost", 0.8), ("won", 0.0)):
        e = found.effects[end]
        assert e.value is not None
        assert abs(e.value - truth) / float(e.checks["standard_error"]) < 5  # type: ignore[arg-type]
    assert found.passed
    assert "lost" in found.answer
    assert found.to_frame().height == 2


def test_intervals_cover_as_often_as_they_say():
    hits, many = 0, 120
    for seed in range(1000, 1000 + many):
        e = competing_hazards(campaigns(150, 0.5, seed), ("lost",), "x", lag=0).effects["lost"]
        assert e.low is not None
        assert e.high is not None
        hits += e.low <= 0.5 <= e.high
    assert hits >= many * 0.95 - 5 * np.sqrt(many * 0.95 * 0.05)
    assert hits < many  # an interval that always covers is too wide


def test_the_numbers_are_those_of_statsmodels():
    sm = pytest.importorskip("statsmodels.api")
    panel = campaigns(400, 0.6, seed=3)
    e = competing_hazards(panel, ("lost", "won"), "x", lag=0).effects["lost"]
    frame = panel.frame.with_columns(age=pl.int_range(pl.len()).over("unit"))
    age = np.log(frame["age"].to_numpy() + 1.0)
    X = np.column_stack([frame["x"].to_numpy(), age, age**2, np.ones(frame.height)])
    unit = np.unique(frame["unit"].to_numpy(), return_inverse=True)[1]
    fit = sm.Logit(frame["lost"].to_numpy(), X).fit(disp=0, cov_type="cluster", cov_kwds={"groups": unit})
    assert e.value == pytest.approx(fit.params[0], abs=1e-7)
    assert e.checks["standard_error"] == pytest.approx(fit.bse[0], rel=1e-6)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"exposure": "y"}, "variable 'y'"),
        ({"ends": ("gone",)}, "variable 'gone'"),
    ],
)
def test_what_cannot_be_asked_is_said_in_one_sentence(change, words):
    asked = {"ends": ("lost",), "exposure": "x", **change}
    with pytest.raises(GroundswellError, match=words):
        competing_hazards(campaigns(100, 0.0, seed=2), asked["ends"], asked["exposure"])


def test_too_few_ends_and_an_exposure_that_splits_them_are_refused():
    with pytest.raises(EstimationError, match="units that end in won"):
        competing_hazards(campaigns(15, 0.0, seed=5), ("won",), "x", lag=0)
    panel = campaigns(200, 0.0, seed=4)
    frame = panel.frame.with_columns(x=pl.col("lost"))
    split = panel_of(frame, PanelMapping(unit="unit", wave="wave", outcomes=("lost",), exposures=("x",)))
    with pytest.raises(EstimationError, match="splits"):
        competing_hazards(split, ("lost",), "x", lag=0)
