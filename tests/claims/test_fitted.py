"""Verdicts from fits: planted truths are found, records of nobody misfit, and what many records add is shown."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.claims.calls import RISES, SETTING, weekly

from groundswell.calibrate.mixture import Margins
from groundswell.calibrate.pool import Evidence, claim_grid, pool_odds
from groundswell.claims.adjudicate import adjudicate
from groundswell.claims.fitted import NEITHER, TIDE, TIDE_EFFECT
from groundswell.claims.verdicts import Verdicts
from groundswell.errors import GroundswellError
from groundswell.experiment.study_file import parse_study

FITTED = RISES.replace('record = "marches"', 'fit = "marches"')
FALLS = (
    FITTED.replace("[claims.rises]", "[claims.falls]").replace("more people", "fewer people").replace("above", "below")
)
STUDY = (
    SETTING.replace("people = 300", "people = 3000")
    + """[fits.marches]
record = "marches"
effect = "turnout:call=1:4"
draws = 448
"""
    + FITTED
    + FALLS
)


@pytest.fixture(scope="module", autouse=True)
def tables(tmp_path_factory: pytest.TempPathFactory) -> object:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GROUNDSWELL_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


def judged(folder: Path, text: str, study: str = STUDY) -> Verdicts:
    (folder / "weekly.csv").write_text(text)
    return adjudicate(parse_study(study, origin="calls.toml", folder=folder))


def test_a_planted_effect_is_found_and_its_opposite_contradicted(tmp_path: Path) -> None:
    found = judged(tmp_path, weekly(1.0))
    rises, falls = found.of("rises"), found.of("falls")
    assert rises.verdict == "supported", rises.reason
    assert falls.verdict == "contradicted", falls.reason
    (test,) = rises.tests
    assert test.fitted is not None
    assert {r.name for r in test.fitted.rivals} == {"draws_out", "keeps_home", NEITHER, TIDE, TIDE_EFFECT}
    assert test.fitted.probability is not None
    assert test.fitted.probability > 0.9 > test.fitted.prior
    assert test.fitted.wrong <= 0.05 + 3 * np.sqrt(0.05 / (test.fitted.judged * test.fitted.decided))
    assert rises.error is not None
    assert rises.error < 0.1
    tide = next(r for r in test.fitted.rivals if r.name == TIDE)
    assert (tide.claim, tide.median) == (0.0, 0.0)


def test_a_record_without_an_effect_does_not_support_one(tmp_path: Path) -> None:
    found = judged(tmp_path, weekly(0.0)).of("rises")
    assert found.verdict in ("contradicted", "balanced"), found.reason
    odds = found.tests[0].fitted
    assert odds is not None
    assert sum(r.probability or 0 for r in odds.rivals) == pytest.approx(1)
    assert max(odds.rivals, key=lambda r: r.probability or 0).name in (TIDE, NEITHER)


def test_a_record_that_no_model_makes_misfits(tmp_path: Path) -> None:
    found = judged(tmp_path, weekly(1.0, level=4000)).of("rises")
    assert found.verdict == "model misfits"
    assert "outside the cloud" in found.reason


def test_a_fit_is_refused_by_name_and_with_scenarios(tmp_path: Path) -> None:
    (tmp_path / "weekly.csv").write_text(weekly(1.0))
    for old, new, said in (
        ('fit = "marches"\n', 'fit = "marchs"\n', "marchs"),
        ('fit = "marches"\n', 'fit = "marches"\nasserting = [{}]\n', "a fit alone"),
        ('record = "marches"', 'record = "march"', "march"),
        ('effect = "turnout:call=1:4"', 'effect = "turnout:cal=1:4"', "cal"),
    ):
        with pytest.raises(GroundswellError, match=said):
            adjudicate(parse_study(STUDY.replace(old, new), origin="calls.toml", folder=tmp_path))


def _record(middle: float, log_b: float, sd: float = 0.4) -> Evidence:
    one = Margins(np.ones((1, 1, 1)), np.full((1, 1, 1), middle), np.full((1, 1, 1), sd))
    return Evidence({"up": log_b, "tide": 0.0}, {"up": (one, 0)})


def test_records_pool_and_each_shows_its_weight() -> None:
    """Normal posteriors under a flat effect: five records at +1 say more than one, and one of the tide is set aside."""
    holds = {"up": (claim_grid() > 0).astype(float)}
    alone, _ = pool_odds({"a": _record(1.0, 2.0)}, holds, "tide", False)
    five = {f"r{i}": _record(1.0, 2.0) for i in range(5)}
    together, without = pool_odds(five, holds, "tide", False)
    assert together.probability["up"] > alone.probability["up"] > 0.5
    assert together.claim > alone.claim
    assert all(w.claim < together.claim for w in without.values())
    mixed, apart = pool_odds({**five, "odd": _record(-2.0, -6.0)}, holds, "tide", False)
    assert mixed.selected > together.selected
    assert mixed.claim == pytest.approx(apart["odd"].claim, abs=0.1), "a record of the tide says little of the effect"
    centre = together.centre["up"]
    assert centre[0] < 1.0 < centre[2] or abs(centre[1] - 1.0) < 0.3
