"""A change at a date, and a place that parts from the others: found where planted, bounded where all falls silent."""

from __future__ import annotations

from datetime import date, timedelta
from types import ModuleType

import numpy as np
import pytest

from groundswell.errors import EstimationError
from groundswell.inquiry.dated import check_date
from groundswell.inquiry.finding import Finding, summary
from groundswell.inquiry.inquire import inquire
from groundswell.inquiry.manner import Manner
from groundswell.inquiry.material import gather
from groundswell.inquiry.questions import chosen

START = date(2000, 1, 3)


def ask(reading: object, name: str, **manner: object) -> Finding:
    (found,) = inquire(gather([reading]), chosen([name]), Manner(seed=1, **manner))  # type: ignore[arg-type,list-item]
    return found


def test_a_planted_change_is_found_and_its_size_is_in_the_interval(records: ModuleType) -> None:
    rng = np.random.default_rng(1)
    mean = np.where(np.arange(300) > 150, 12.0, 6.0)[:, None] * [1.0, 0.0] + [0.0, 4.0]
    reading = records.reading(records.from_counts(rng.poisson(mean), ("protest", "strike")))
    found = ask(reading, "change", at=START + timedelta(weeks=150))
    protest, strike = found.changes
    assert protest.status == "found"
    assert protest.effect_low < np.log(2) < protest.effect_high  # type: ignore[operator]
    assert strike.status != "found"
    assert found.status == "found"
    assert found.answer.startswith("There were more protests")
    assert set(found.tables["change"]["of"]) == {"protest", "strike"}


def test_silence_after_the_date_is_a_fall_to_nearly_nothing(records: ModuleType) -> None:
    counts = np.random.default_rng(2).poisson(5.0, (200, 1))
    counts[121:] = 0
    counts[199] = 1  # the record goes on
    found = ask(records.reading(records.from_counts(counts, ("protest",))), "change", at=START + timedelta(weeks=120))
    assert found.status == "found"
    assert found.changes[0].effect_high < np.log(0.02)  # type: ignore[operator]
    assert "fewer protests" in found.answer


def places(records: ModuleType, factor: float) -> object:
    rng = np.random.default_rng(3)
    tide = np.cumsum(rng.normal(0, 0.06, 120))
    rows = []
    for k in range(12):
        mean = 15 * np.exp(tide)
        mean[81:93] *= factor if k == 4 else 1.0
        rows += records.from_counts(rng.poisson(mean)[:, None], ("protest",), country=f"C{k}")
    return records.reading(rows)


@pytest.mark.parametrize(("factor", "expected"), [(1.0, False), (3.0, False), (0.2, False)])
def test_a_place_that_parts_from_the_others(records: ModuleType, factor: float, expected: bool) -> None:
    """Twelve places: the smallest p is 1 / 12, so that even a large effect is no finding at 5%, and says so."""
    found = ask(places(records, factor), "treated", at=START + timedelta(weeks=80), treated="C4")
    row = found.changes[0]
    assert (found.status == "found") is expected
    assert row.effect_low < np.log(factor) < row.effect_high  # type: ignore[operator]
    assert row.place == "C4"


def test_dates_and_places_that_the_record_lacks_are_refused(records: ModuleType) -> None:
    material = gather([places(records, 1.0)])  # type: ignore[list-item]
    check_date(material, START + timedelta(weeks=80), "C4")
    with pytest.raises(EstimationError, match="within the record"):
        check_date(material, date(2031, 1, 1), None)
    with pytest.raises(EstimationError, match="--at DATE"):
        check_date(material, None, "C4")
    with pytest.raises(EstimationError, match="did you mean 'C4'"):
        check_date(material, START + timedelta(weeks=80), "c4")


def test_the_badge_is_the_weakest_that_its_parts_allow() -> None:
    assert summary(["not found", "no verdict"]) == "no verdict"
    assert summary(["not found", "not found"]) == "not found"
    assert summary(["no verdict", "found"]) == "found"
    assert summary([]) == "no verdict"
