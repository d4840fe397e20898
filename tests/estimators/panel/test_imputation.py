"""Staggered adoption: effects that grow are recovered, size is nominal, adopters on their way are refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

from groundswell.errors import EstimationError
from groundswell.estimators.panel.fixed_effects import fixed_effects
from groundswell.estimators.panel.imputation import Imputed, imputed_effects
from groundswell.records.panel import Panel, PanelMapping, panel_of

MAPPING = PanelMapping(unit="u", wave="t", outcomes=("y",), exposures=("x",))


def panel(seed: int, effect: float, *, family: str = "linear", growth: float = 0.0, before: float = 0.0) -> Panel:
    """50 units over 14 waves, 30 of which adopt at waves 4 to 11; the effect grows by `growth` a wave."""
    rng = np.random.default_rng(seed)
    units, waves = 50, 14
    adopt = np.where(np.arange(units) < 30, rng.integers(4, 12, units), 99)
    u, t = np.repeat(np.arange(units), waves), np.tile(np.arange(waves), units)
    since = t - adopt[u]
    on = since >= 0
    signal = 0.5 * rng.normal(size=units)[u] + 0.3 * rng.normal(size=waves)[t] + (effect + growth * since) * on
    signal = signal + before * np.clip(since + 4, 0, 4) * ~on
    y = signal + rng.normal(size=u.size) if family == "linear" else rng.poisson(np.exp(1 + signal))
    return panel_of(pl.DataFrame({"u": u, "t": t, "x": on.astype(int), "y": y}), MAPPING)


def ask(made: Panel, **options: Any) -> Imputed:
    return imputed_effects(made, "y", "x", **{"draws": 99, **options})


@pytest.mark.parametrize("family", ["linear", "poisson"])
def test_the_effect_is_recovered(family: str) -> None:
    found = np.array([ask(panel(seed, 0.5, family=family), family=family).effect.value for seed in range(10)])
    assert abs(found.mean() - 0.5) < 3 * found.std(ddof=1) / np.sqrt(10)


@pytest.mark.long
def test_size_is_nominal() -> None:
    """Of 60 panels without effect, 3 are found at 5%, and the test of leads refuses as many."""
    families = ("linear",) * 50 + ("poisson",) * 10
    null = [ask(panel(seed, 0.0, family=f), family=f) for seed, f in enumerate(families)]
    assert sum((f.effect.p or 0) < 0.05 for f in null) < 2 * 0.05 * 60
    assert sum(not f.passed for f in null) < 2 * 0.05 * 60


def test_effects_that_grow_are_not_averaged_with_negative_weights() -> None:
    """Effects of 0, .3, .6, ... a wave: a dummy of adoption takes early adopters as controls of late ones."""
    made = [panel(seed, 0.0, growth=0.3) for seed in range(10)]
    ours = np.array([ask(m).effect.value for m in made])
    assert abs(ours.mean() - 0.6) < 3 * ours.std(ddof=1) / np.sqrt(10)
    whole = np.array([ask(m, horizons=10).effect.value for m in made])
    dummy = np.array([fixed_effects(m, "y", "x", lag=0, placebo=False).effect.value for m in made])
    assert dummy.mean() < 0.75 * whole.mean()


def test_adopters_that_were_on_their_way_are_refused() -> None:
    found = ask(panel(1, 0.0, before=0.5))
    assert not found.passed
    assert found.answer.startswith("No verdict: y was already on another path before")


def test_the_same_seed_gives_the_same_answer() -> None:
    a, b = (ask(panel(2, 0.3), seed=5).to_dict() for _ in range(2))
    assert a == b
    assert ask(panel(2, 0.3)).to_frame().height == 5


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"above": 2.0}, "0 units whose x rises above 2"),
        ({"family": "poisson"}, "negative"),
        ({"draws": 5}, "draws = 5"),
        ({"horizon": 3}, "did you mean 'horizons'"),
    ],
)
def test_what_cannot_be_asked_is_refused(options: dict[str, Any], words: str) -> None:
    with pytest.raises(EstimationError, match=words):
        ask(panel(1, 0.0), **options)


def test_units_that_share_no_untreated_wave_are_not_compared() -> None:
    """Adopters seen in waves 0 to 5 and others in 3 to 8: after adoption at 3 nothing says what would have been."""
    rng = np.random.default_rng(0)
    rows = [(i, t, int(t >= 3), t + 0.1 * rng.normal()) for i in range(12) for t in range(6)]
    rows += [(12 + i, t, 0, t + 0.1 * rng.normal()) for i in range(12) for t in range(3, 9)]
    made = panel_of(pl.DataFrame(rows, schema=["u", "t", "x", "y"], orient="row"), MAPPING)
    with pytest.raises(EstimationError, match="never seen without adoption"):
        ask(made)


def test_few_clusters_are_no_verdict() -> None:
    made = panel(1, 0.3)
    clustered = PanelMapping(unit="unit", wave="wave", outcomes=("y",), exposures=("x",), cluster="g")
    frame = made.frame.with_columns(g=pl.col("unit").cast(pl.Int64) % 3)
    assert ask(panel_of(frame, clustered)).answer.startswith("No verdict: 3 clusters are too few.")
    with pytest.raises(EstimationError, match="one cluster"):
        ask(panel_of(frame.with_columns(g=pl.lit(1)), clustered))
