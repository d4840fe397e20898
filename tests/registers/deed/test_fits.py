"""S3 and C3 by fits: the tables that ship, the estimators beside them, and the odds that follow."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from groundswell.calibrate.reference import BLOCK, ReferenceTable
from groundswell.claims.fitted import NEITHER, TIDE, TIDE_EFFECT, judge_fits, shipped_tables
from groundswell.experiment.study import Study
from groundswell.experiment.study_file import load_study
from groundswell.registers.deed.fits import turnout_after_an_act

BIGGEST = 2e6  # bytes of a table that ships


@pytest.fixture(scope="module")
def study() -> Study:
    return load_study("deed")


def test_every_table_that_a_study_asks_for_ships_and_no_other(study: Study) -> None:
    """After a change of the theory, of a prior or of the version: python benchmarks/reference_tables.py."""
    (test,) = turnout_after_an_act("below")
    assert test.tables is not None
    models = [kin for record in test.prepare(study).values() for kin in record.models.values()]
    files = list(test.tables.glob("*.npz"))
    assert {file.name for file in files} == {ReferenceTable(kin.draws).shipped_name for kin in models}
    assert all(file.stat().st_size < BIGGEST for file in files)
    assert [table.from_shipped * BLOCK for table in shipped_tables(test, study)] == [test.settings.draws] * 5
    assert sum(test.effect in kin.targets for kin in models) == 4, "the tide without effect has none"


def test_a_study_that_holds_a_parameter_has_tables_of_its_own(study: Study) -> None:
    assert shipped_tables(turnout_after_an_act("below")[0], replace(study, params={"alpha": 1.0})) == []


def test_fits_to_russian_strikers_say_the_same_of_both_claims(
    study: Study, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """One set of fits: neither gets odds from a record at the edge of every cloud, and nothing is simulated."""
    monkeypatch.setenv("GROUNDSWELL_CACHE", str(tmp_path))
    monkeypatch.setattr("groundswell.calibrate.reference.simulate_block", lambda *_: pytest.fail("simulated"))
    memo: dict[object, object] = {}
    falls, rises = (
        judge_fits(turnout_after_an_act(says)[0], study, 3.0, 1.645, memo=memo) for says in ("below", "above")
    )
    assert len(memo) == 1
    for found in (falls, rises):
        assert [r.name for r in found.odds.rivals] == ["substitution", "catalysis", NEITHER, TIDE, TIDE_EFFECT]
        assert found.refused.startswith("two classifiers differ by"), "the record is at the edge of every cloud"
        assert found.weight is None
    assert [r.inside for r in falls.odds.rivals] == [r.inside for r in rises.odds.rivals]
    assert falls.odds.prior + rises.odds.prior < 1
