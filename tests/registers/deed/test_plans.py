"""Plans of tests on panels: simulated records, placebos, what a damaged record does, and published numbers."""

from __future__ import annotations

import gzip
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from groundswell.claims.claim import Scenario, classify
from groundswell.errors import RecordError
from groundswell.estimators.core import Estimate
from groundswell.records.panel import PanelMapping, panel_of
from groundswell.registers.deed import (
    panel_elections,
    panel_elsoc,
    panel_loyalists,
    panel_navco2,
    panel_others,
    plans,
)
from groundswell.registers.deed.plans import Answer, PanelPlan, Stated, regress, robustness
from groundswell.registers.deed.register import claims

WHOLE = plans.whole
CHECKS = {"standard_error": 0.1, "clusters": 60, "degrees_of_freedom": 900, "scale": 2.0}


def estimate(value: float, p: float = 0.5, error: float = 0.1) -> Estimate:
    return Estimate(
        value, value - 0.2, value + 0.2, p, 900, "", "", passed=True, checks={**CHECKS, "standard_error": error}
    )


def plan(says: str = "above", **change: object) -> PanelPlan:
    made = PanelPlan(
        "S7", "navco2_campaigns", "", "", "", "above", lambda: Answer(estimate(0.3), {}, {}), Stated(0.1, 0.2), ""
    )
    return replace(made, says=says, **change)  # type: ignore[arg-type]


def simulated(of: PanelPlan, twist: str, many: int = 400) -> np.ndarray:
    scenario = Scenario("", ("substitution",), "own acts", twist)
    rngs = (np.random.default_rng(k) for k in range(many))
    return np.array([of._simulate(None, "substitution", 0, scenario, rng).value for rng in rngs])  # type: ignore[arg-type]


@pytest.mark.parametrize(("says", "sign"), [("above", 1), ("below", -1)])
def test_simulated_records_lie_where_the_claim_puts_them_and_around_nothing_without_an_effect(says, sign):
    of = plan(says)
    claimed, none, hidden = (simulated(of, twist) for twist in ("", "none", "hidden"))
    assert sign * claimed.mean() == pytest.approx(2.0 * 0.15 * 0.75, abs=5 * claimed.std() / 20)
    assert abs(none.mean()) < 5 * none.std() / 20
    assert sign * hidden.mean() == pytest.approx(2.0 * 0.15**2 / 3, abs=5 * hidden.std() / 20)


def test_simulated_records_without_an_effect_are_called_off_zero_as_often_as_nominal():
    of, many = plan(), 600
    scenario = Scenario("", ("substitution",), "own acts", "none")
    said = [
        classify(of._simulate(None, "substitution", 0, scenario, np.random.default_rng(k)), "above")  # type: ignore[arg-type]
        for k in range(many)
    ]
    off = np.mean([word != "silent" for word in said])
    assert abs(off - 0.05) < 5 * np.sqrt(0.05 * 0.95 / many)


def test_a_claim_of_no_effect_is_asserted_by_none_and_denied_by_one():
    test = plan("none", margin=0.05).test()
    assert [s.name for s in test.denying] == ["an effect"]
    assert abs(simulated(plan("none"), "").mean()) < abs(simulated(plan("none"), "effect").mean())


@pytest.mark.parametrize(
    ("placebos", "passes"),
    [
        ({}, True),
        ({"a later exposure": estimate(0.1, p=0.2)}, True),
        ({"a later exposure": estimate(0.1, p=0.01)}, False),
        ({"the reversed path": estimate(0.1, p=0.01)}, True),
        ({"the reversed path": estimate(0.4, p=0.01)}, False),
        ({"negative control: x on y": estimate(0.1, p=0.01)}, True),
        ({"negative control: x on y": estimate(0.2, p=0.01)}, False),
        ({"negative control: x on y": estimate(-0.2, p=0.01)}, True),
        ({"departure before adoption": estimate(1.0, p=0.01)}, False),
    ],
)
def test_placebos_withhold_the_verdict_as_the_plan_says(placebos, passes):
    assert Answer(estimate(0.3), placebos, {}).judged().passed is passes


def test_the_strength_of_a_hidden_cause_is_that_of_the_paper():
    """Cinelli & Hazlett (2020), section 4.2: t = 4.18 with 783 degrees of freedom has a robustness value of 13.9%."""
    t = 4.18
    assert robustness(t / np.sqrt(t**2 + 783)) == pytest.approx(0.139, abs=5e-4)


def test_a_shared_tide_shows_in_the_lead():
    """Two series that one slow tide moves: the lead fails, so that the plan gives no verdict."""
    rng = np.random.default_rng(3)
    rows = []
    for unit in range(80):
        tide = np.cumsum(rng.normal(size=20))
        for wave in range(20):
            rows.append((f"u{unit}", wave, *(float(tide[wave] + e) for e in rng.normal(size=2))))
    frame = pl.DataFrame(rows, schema=["unit", "wave", "x", "y"], orient="row")
    panel = panel_of(frame, PanelMapping(unit="unit", wave="wave", outcomes=("y",), exposures=("x",)))
    assert not regress(panel, "y", "x").judged().passed


def test_every_plan_says_what_it_asks_and_what_must_show_nothing():
    tests = [t for claim in claims().values() for t in claim.tests if getattr(t, "estimand", "")]
    assert len(tests) >= 40
    for test in tests:
        assert test.placebo, test.title
        assert test.estimator, test.title
        assert test.citation, test.title


# -- damaged records ---------------------------------------------------------------------------------------------------


@pytest.fixture
def elsoc(tmp_path, monkeypatch, shared_data):
    """A copy of the panel of persons, in its own folder."""
    source = shared_data / "elsoc_chile_panel" / "elsoc_2016_2019.csv.gz"
    if not source.is_file():
        pytest.skip("the record elsoc_chile is not there")
    folder = tmp_path / "data" / "elsoc_chile_panel"
    folder.mkdir(parents=True)
    shutil.copy(source, folder)
    monkeypatch.setenv("GROUNDSWELL_DATA", str(tmp_path / "data"))
    forget()
    yield folder / source.name
    forget()


def forget() -> None:
    WHOLE.cache_clear()
    for name in ("_persons", "_ages", "_within", "_gradient"):
        getattr(panel_elsoc, name).cache_clear()


def change(path, edit) -> None:
    text = gzip.decompress(path.read_bytes()).decode()
    path.write_bytes(gzip.compress(edit(text).encode()))


def test_a_record_whose_checksum_differs_is_refused_in_one_sentence(elsoc):
    change(elsoc, lambda text: text + "\n")
    with pytest.raises(RecordError, match="checksum differs"):
        panel_elsoc._within("c22", "c21_04")


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (lambda text: text.replace("age_band", "age_group", 1), "no column 'age_band'"),
        (lambda text: text + text.splitlines()[1] + "\n", "repeat a unit within a wave"),
    ],
)
def test_a_renamed_column_and_a_unit_twice_are_told_in_one_sentence(elsoc, monkeypatch, edit, words):
    change(elsoc, edit)
    monkeypatch.setattr(plans, "whole", lambda name: None)
    with pytest.raises(RecordError, match=words):
        panel_elsoc._gradient("age")


def test_a_missing_wave_leaves_too_few_rows_and_the_other_tests_run(elsoc, monkeypatch):
    change(elsoc, lambda text: "\n".join(x for x in text.splitlines() if ",2018," not in x) + "\n")
    monkeypatch.setattr(plans, "whole", lambda name: None)
    assert panel_elsoc._gradient("age").effect.n > 5000


# -- known numbers -----------------------------------------------------------------------------------------------------


def has(shared_data, monkeypatch, folder: str) -> None:
    monkeypatch.setenv("GROUNDSWELL_DATA", str(shared_data))
    if not (shared_data / folder).is_dir():
        pytest.skip(f"the record {folder} is not there")


def test_the_difference_between_right_wing_and_islamist_attacks_is_that_of_the_first_look(shared_data, monkeypatch):
    """The first look at the record had -.19 (-.33, -.04) with weights; the plan has no weights."""
    has(shared_data, monkeypatch, "godefroidt_terror_attitudes")
    value = panel_others._shift("corr_f", "right_wing").effect.value
    assert value == pytest.approx(-0.19, abs=0.005)


def test_the_armed_flank_is_that_of_the_first_look(shared_data, monkeypatch):
    """The first look at the record had -.39 size classes (N 150); the plan holds the decade besides."""
    has(shared_data, monkeypatch, "navco")
    answer = panel_navco2._flank_to_size()
    assert answer.effect.n == pytest.approx(150, abs=2)
    assert answer.effect.value == pytest.approx(-0.39, abs=0.02)


def test_elections_are_dated_by_the_scores_that_experts_give_them(shared_data, monkeypatch):
    """France voted for president and parliament in 2002, 2007, 2012 and 2017, and in no other year of twenty."""
    has(shared_data, monkeypatch, "vdem_civil_society")
    years = panel_elections._elections().filter(
        (pl.col("country") == "France") & pl.col("year").is_between(2000, 2019) & (pl.col("voted") == 1)
    )
    assert years["year"].to_list() == [2002, 2007, 2012, 2017]


def test_loyalists_are_counted_apart_from_those_whom_they_oppose(shared_data, monkeypatch):
    """NAVCO 3.0 has loyalists in a fifth of country-years up to 2010; without protest there is no share unheard."""
    has(shared_data, monkeypatch, "navco")
    has(shared_data, monkeypatch, "vdem_civil_society")
    frame = panel_loyalists._years().frame
    assert 0.15 < (frame["loyalists"] > 0).mean() < 0.25
    assert frame["unheard"].drop_nulls().is_between(0, 1).all()
    assert frame.filter(pl.col("log_many").is_null())["unheard"].is_null().all()
    assert not frame["unit"].is_in(["US"]).any() or frame.filter(pl.col("unit") == "US")["unheard"].is_null().all()


def test_what_the_page_says_of_the_reversed_path_of_marching_and_strikes(shared_data, monkeypatch):
    has(shared_data, monkeypatch, "elsoc_chile_panel")
    back = panel_elsoc._marchers_strike().placebos["the reversed path"]
    page = (Path(__file__).parents[3] / "docs" / "what-records-can-decide.md").read_text(encoding="utf-8")
    assert f"earlier marches held constant, was {back.value:.3f} ({back.low:.3f} to {back.high:.3f})" in page
