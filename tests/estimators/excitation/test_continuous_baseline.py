"""Cells and rows of the continuous baseline."""

from __future__ import annotations

import numpy as np
import pytest

from groundswell.errors import EstimationError
from groundswell.estimators.excitation.continuous_baseline import CONSTANT, ContinuousBaseline, build_design

SPAN, ORIGIN = 1500.5, 17_000.25


def built(baseline=None, coverage=None, breaks=(), span=SPAN, events=400):
    notes: list[str] = []
    return build_design(span, ORIGIN, events, baseline or ContinuousBaseline(), coverage, breaks, notes), notes


def test_cells_tile_the_record_and_rows_hold_its_time():
    d, _ = built(breaks=(700.3,))
    assert d.edges[0] == 0
    assert d.edges[-1] == SPAN
    assert (np.diff(d.edges) > 0).all()
    assert d.width.sum() == pytest.approx(SPAN)
    assert 700.3 in d.edges
    # free columns are orthonormal over time, wiggles orthogonal to them
    share = d.width / SPAN
    free, wiggles = d.X[: d.rigid], d.X[d.rigid :]
    assert np.allclose((free * share) @ free.T, np.eye(d.rigid), atol=1e-8)
    assert np.abs((free * share) @ wiggles.T).max() < 1e-8
    # constant, line, two harmonics, weekdays, one break
    assert d.rigid == 1 + 1 + 4 + 6 + 1
    assert d.frequencies.size == d.rigid - 1


def test_cells_of_one_row_are_of_one_weekday():
    d, _ = built()
    middle = 0.5 * (d.edges[1:] + d.edges[:-1]) + ORIGIN
    for r in (0, 5, 11):
        assert np.unique(np.floor(middle[d.row == r] % 7)).size == 1
    times = np.array([0.0, 3.1, SPAN])
    assert d.rows(times).shape == (3,)


def test_the_integral_is_that_of_the_step_function():
    d, _ = built()
    base = np.random.default_rng(1).uniform(0.5, 2, d.width.size)
    assert d.integral(base, np.array([SPAN]))[0] == pytest.approx(base @ d.width)
    grid = np.linspace(0, 200, 400_001)
    value = base[d.rows(grid[:-1] + 0.00025)].sum() * 0.0005
    assert d.integral(base, np.array([200.0]))[0] == pytest.approx(value, rel=1e-4)


def test_coverage_is_a_column_that_changes_where_it_says():
    d, _ = built(coverage=(np.array([-5.0, 333.3]), np.array([0.0, 1.6])))
    assert 333.3 in d.edges
    plain, _ = built()
    assert d.rigid == plain.rigid + 1
    before, after = d.rows(np.array([330.0, 337.0]))  # one weekday, seven days apart
    assert np.abs(d.X[: d.rigid, before] - d.X[: d.rigid, after]).max() > 0.5


def test_a_constant_baseline_has_one_cell():
    d, notes = built(CONSTANT)
    assert d.X.shape == (1, 1)
    assert d.edges.tolist() == [0, SPAN]
    assert notes == []


def test_few_events_coarsen_the_trend_and_say_so():
    d, notes = built(events=60)
    assert d.X.shape[0] - d.rigid < built()[0].X.shape[0] - built()[0].rigid
    assert "pieces instead of" in notes[0]


def test_hours_of_the_day_and_their_limits():
    d, _ = built(ContinuousBaseline(hours=2, weekdays=False), span=30.0)
    assert d.rigid == 1 + 1 + 4
    assert np.diff(d.edges).max() <= 1 / 24 + 1e-9
    with pytest.raises(EstimationError, match="cells"):
        built(ContinuousBaseline(hours=1), span=20_000.0)
    for wrong in ({"harmonics": -1}, {"hours": -1}, {"df_per_year": -1.0}, {"breaks": "some"}):
        with pytest.raises(EstimationError, match=next(iter(wrong))):
            ContinuousBaseline(**wrong)
