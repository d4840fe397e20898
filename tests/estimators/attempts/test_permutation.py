"""Arrangements, exact tests and permuted coefficients, against enumeration by hand and other libraries."""

from __future__ import annotations

from itertools import combinations
from math import comb

import numpy as np
import pytest
from scipy import stats

from groundswell.errors import EstimationError
from groundswell.estimators.attempts.permutation import Arrangements, freeman_halton, permute, rank_sum
from groundswell.estimators.statistics.regression import least_squares


def test_all_arrangements_are_made_once_and_within_strata():
    success = np.array([1, 0, 0, 1, 1, 0, 0], bool)
    strata = np.array([0, 0, 0, 1, 1, 1, 2])
    made = np.concatenate(list(Arrangements(success, strata).blocks()))
    assert made.shape == (comb(3, 1) * comb(3, 2), 7)
    assert len({tuple(row) for row in made.tolist()}) == 9
    for b in range(3):
        assert (made[:, strata == b].sum(axis=1) == success[strata == b].sum()).all()


def test_drawn_arrangements_stay_within_strata_and_depend_on_nothing_but_the_seed():
    rng = np.random.default_rng(0)
    success, strata = rng.random(60) < 0.3, np.repeat([0, 1, 2], 20)
    dealt = Arrangements(success, strata, draws=500, seed=4)
    assert not dealt.exact
    made = np.concatenate(list(dealt.blocks()))
    assert made.shape == (500, 60)
    for b in range(3):
        assert (made[:, strata == b].sum(axis=1) == success[strata == b].sum()).all()
    np.testing.assert_array_equal(made, np.concatenate(list(Arrangements(success, strata, 500, 4).blocks())))
    share = made.mean(axis=0)  # each attempt of a stratum succeeds as often as any other
    for b in range(3):
        p = success[strata == b].mean()
        assert np.abs(share[strata == b] - p).max() < 5 * np.sqrt(p * (1 - p) / 500)


def test_coefficients_are_those_of_least_squares_for_every_arrangement():
    rng = np.random.default_rng(1)
    y, x = rng.normal(size=7), rng.normal(size=7)
    success = np.array([1, 0, 1, 0, 0, 1, 0], bool)
    dealt = Arrangements(success, np.zeros(7, int))
    found = permute(y, np.column_stack([np.ones(7), x]), dealt)
    slow = []
    for chosen in combinations(range(7), 3):
        s = np.isin(np.arange(7), chosen).astype(float)
        slow.append(least_squares(y, {"x": x, "success": s}).estimate("success").value)
    np.testing.assert_allclose(np.sort(found.at_zero), np.sort(slow), atol=1e-9)
    truth = least_squares(y, {"x": x, "success": success.astype(float)}).estimate("success").value
    assert found.observed == pytest.approx(truth)
    assert found.p_at() == np.mean(np.abs(slow) >= abs(truth) - 1e-12)


def test_the_interval_holds_the_shifts_that_are_not_rejected():
    rng = np.random.default_rng(2)
    success = np.arange(12) < 6
    y = rng.normal(size=12) + 2 * success
    found = permute(y, np.ones((12, 1)), Arrangements(success, np.zeros(12, int)))
    low, high = found.interval(0.95, 100)
    assert low < 2 < high
    for shift, inside in ((low - 0.01, False), (low + 0.01, True), (high - 0.01, True), (high + 0.01, False)):
        again = permute(y - shift * success, np.ones((12, 1)), Arrangements(success, np.zeros(12, int)))
        assert (again.p_at() > 0.05) == inside
        assert found.p_at(shift) == again.p_at()


def test_controls_that_determine_success_are_refused():
    success = np.arange(8) < 4
    with pytest.raises(EstimationError, match="determine"):
        permute(np.arange(8.0), np.column_stack([np.ones(8), success]), Arrangements(success, np.zeros(8, int)))


@pytest.mark.parametrize("table", [[[3, 1], [1, 3]], [[10, 2], [3, 15]], [[0, 5], [4, 1]], [[57, 4], [160, 4]]])
def test_two_columns_are_fishers_test(table):
    assert freeman_halton(table) == pytest.approx(stats.fisher_exact(table).pvalue, rel=1e-9)


def test_three_columns_by_counting_all_labelled_arrangements():
    values = np.array([0, 0, 0, 1, 1, 2, 2, 2, 2])
    observed = np.array([[1, 0, 3], [2, 2, 1]])

    def chance(table: np.ndarray) -> float:
        return float(np.prod([comb(int(c), int(a)) for a, c in zip(table[0], observed.sum(axis=0), strict=True)]))

    every = [np.bincount(values[list(c)], minlength=3) for c in combinations(range(9), 4)]
    tables = [np.array([row, observed.sum(axis=0) - row]) for row in every]
    p = np.mean([chance(t) <= chance(observed) for t in tables])
    assert freeman_halton(observed) == pytest.approx(p)


def test_empty_columns_do_not_matter_and_bad_tables_are_refused():
    assert freeman_halton([[3, 0, 1], [1, 0, 3]]) == pytest.approx(freeman_halton([[3, 1], [1, 3]]))
    for bad in ([[1, 2]], [[1.5, 2], [1, 1]], [[0, 0], [1, 2]], [[-1, 2], [1, 1]]):
        with pytest.raises(EstimationError):
            freeman_halton(bad)
    with pytest.raises(EstimationError, match="too many"):
        freeman_halton(np.full((2, 8), 50))


def test_rank_sum_is_that_of_scipy():
    rng = np.random.default_rng(3)
    for _ in range(5):
        y, hit = rng.integers(0, 6, 40).astype(float), rng.random(40) < 0.4
        other = stats.mannwhitneyu(y[hit], y[~hit], use_continuity=False, method="asymptotic")
        assert rank_sum(y, hit) == pytest.approx(other.pvalue, rel=1e-9)
    assert rank_sum(np.ones(10), np.arange(10) < 5) == 1.0


def test_exact_p_values_are_uniform_on_their_grid():
    """Over all data sets that one arrangement could have been, P(p <= a) = a at every p that can occur."""
    y = np.array([0.1, 0.5, 0.9, 1.7, 2.9, 5.1])
    ps = []
    for chosen in combinations(range(6), 2):
        success = np.isin(np.arange(6), chosen)
        ps.append(permute(y, np.ones((6, 1)), Arrangements(success, np.zeros(6, int))).p_at())
    for p in set(ps):
        assert np.mean(np.array(ps) <= p + 1e-12) <= p + 1e-9
    assert Arrangements(np.array([True, False]), np.array([0, 1])).ways == 1
