"""Errors by the number of people: their intervals, their order, and that a wrong order is stated."""

from __future__ import annotations

import numpy as np
import pytest

from groundswell.replications.convergence import convergence_figure, error, order
from groundswell.replications.replication import Found

RUNS = 50


def test_the_error_and_its_interval():
    """Values two to either side of what is expected err by two; intervals of normal errors hold the truth 95 in 100."""
    assert error([1.0, 5.0], 3.0).value == 2.0
    rng = np.random.default_rng(1)
    held = [
        found.low <= 0.3 <= found.high
        for found in (error(7.0 + 0.3 * rng.standard_normal(RUNS), 7.0) for _ in range(2000))
    ]
    assert abs(np.mean(held) - 0.95) < 5 * np.sqrt(0.95 * 0.05 / 2000)


@pytest.mark.parametrize("exponent", [-0.5, -1.0, -0.25])
def test_the_order_of_exact_errors(exponent):
    found = order({n: Found(3.0 * n**exponent) for n in (100, 1_000, 50_000)}, RUNS)
    assert found.value == pytest.approx(exponent, abs=1e-12)


def test_the_interval_of_an_order_holds_it_95_times_in_100():
    rng = np.random.default_rng(2)
    sizes = (100, 1_000, 10_000)

    def measured(exponent):
        return order({n: error(n**exponent * rng.standard_normal(RUNS), 0.0) for n in sizes}, RUNS)

    slopes = [measured(-0.5) for _ in range(1000)]
    held = np.mean([found.low <= -0.5 <= found.high for found in slopes])
    assert abs(held - 0.95) < 5 * np.sqrt(0.95 * 0.05 / 1000) + 0.01  # the log of an error is normal only nearly
    assert measured(-0.25).low > -0.5


def test_the_figure_has_the_root_law_where_there_is_no_theory():
    errors = {100: Found(0.2, 0.1, 0.3), 10_000: Found(0.01, 0.005, 0.02)}
    line, points = convergence_figure(errors, None, "caption").curves
    assert line.y == pytest.approx((0.1, 0.01))
    assert points.low == (0.1, 0.005)
    assert convergence_figure(errors, [0.3, 0.03], "caption").curves[0].name == "theory"
