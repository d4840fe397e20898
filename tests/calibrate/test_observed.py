"""Dated numbers: an order of day and month that nothing states is refused, and a window cuts the record."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from groundswell.calibrate.observed import read_observed
from groundswell.errors import RecordError
from groundswell.theories.sis import Sis

MONTHS = [(year, month) for year in (2011, 2012) for month in range(1, 13)]


def csv(tmp_path: Path, dates: list[str], column: str = "date") -> Path:
    rows = "".join(f"{day},{i / 100}\n" for i, day in enumerate(dates))
    (tmp_path / "a.csv").write_text(f"{column},prevalence\n{rows}", encoding="utf-8")
    return tmp_path / "a.csv"


def test_dates_that_may_have_either_first_are_refused(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="day or the month first") as caught:
        read_observed(csv(tmp_path, [f"01/{month:02}/{year}" for year, month in MONTHS]), Sis)
    assert "2011-01-31" in str(caught.value)


@pytest.mark.parametrize("column", ["date", "when"])
def test_dates_that_say_their_order_are_read_in_it(tmp_path: Path, column: str) -> None:
    found = read_observed(csv(tmp_path, [f"{day:02}/01/2011" for day in range(1, 25)], column), Sis)
    assert (found.unit, found.dates[1]) == ("day", date(2011, 1, 2))


@pytest.mark.parametrize(
    ("column", "form", "unit"),
    [("time", "{}{:02}", "month"), ("date", "{}{:02}", "month"), ("period", "{}{:02}01", "month"), ("step", "", None)],
)
def test_dates_in_figures_alone_are_dates_unless_they_are_steps(
    tmp_path: Path, column: str, form: str, unit: str | None
) -> None:
    dates = [form.format(*pair) if form else str(201101 + i) for i, pair in enumerate(MONTHS)]
    found = read_observed(csv(tmp_path, dates, column), Sis)
    assert (found.unit, len(found)) == (unit, 24)


def test_weeks_in_figures_alone_are_weeks(tmp_path: Path) -> None:
    found = read_observed(csv(tmp_path, [f"2011{week:02}" for week in range(1, 31)], "week"), Sis)
    assert (found.unit, found.dates[0], len(found)) == ("week", date(2011, 1, 3), 30)


def test_a_window_cuts_dated_numbers_and_is_refused_for_steps(tmp_path: Path) -> None:
    path = csv(tmp_path, [f"{year}-{month:02}" for year, month in MONTHS])
    found = read_observed(path, Sis, start=date(2011, 3, 15), end=date(2012, 2, 1))
    assert (found.dates[0], found.dates[-1], len(found)) == (date(2011, 3, 1), date(2012, 2, 1), 12)
    assert found.series["prevalence"][0] == 0.02
    with pytest.raises(RecordError, match="a window from 2013-01-01"):
        read_observed(path, Sis, start=date(2013, 1, 1))
    with pytest.raises(RecordError, match="steps but no dates"):
        read_observed(csv(tmp_path, [str(i) for i in range(20)], "step"), Sis, start=date(2011, 1, 1))
