"""Companions of Lang and De Sterck's equation: regimes, equilibria and exact paths, against slow integration."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from groundswell.errors import TheoryError
from groundswell.theory.analytic.regimes import (
    police_equilibria,
    police_regime,
    policing,
    revolution_path,
    revolution_rate,
    visibility,
)

shares = st.floats(0.05, 0.95)
rates = st.floats(0.05, 2.0)

REGIMES = [  # alpha, beta, c1 with c1 + c2 = 1, so that c = c1
    (0.2, 0.4, 0.1, "stable police state"),
    (0.2, 0.4, 0.2, "stable police state"),
    (0.2, 0.4, 0.3, "meta-stable police state"),
    (0.2, 0.4, 0.4, "unstable police state"),
    (0.2, 0.4, 0.9, "unstable police state"),
    (0.4, 0.2, 0.1, "failed state"),
    (0.4, 0.2, 0.9, "failed state"),
]


@pytest.mark.parametrize(("alpha", "beta", "c1", "regime"), REGIMES)
def test_the_four_regimes(alpha, beta, c1, regime):
    assert police_regime(alpha, beta, c1, 1 - c1) == regime
    shares = [e.share for e in police_equilibria(alpha, beta, c1, 1 - c1)]
    assert shares == ([0.0, pytest.approx(c1), 1.0] if regime.startswith("meta") else [0.0, 1.0])


@given(shares, shares, rates, rates, st.floats(0.01, 0.99))
@settings(max_examples=25, deadline=None)
def test_the_exact_path_is_what_integration_gives(alpha, beta, c1, c2, start):
    middle = c1 / (c1 + c2)
    assume(min(abs(start - alpha), abs(start - beta), abs(middle - alpha), abs(middle - beta)) > 0.01)
    times = np.linspace(0.0, 8.0, 9)
    slow = solve_ivp(
        lambda _, y: revolution_rate(y, alpha, beta, c1, c2), (0, 8), [start], t_eval=times, max_step=0.02
    ).y[0]
    # an integrator meets a step between two of its own, which are at most .02 apart and move the share by less than
    # .02 (c1 + c2); the difference can grow to no more than a time shift of that step does
    assert np.abs(revolution_path(times, start, alpha, beta, c1, c2) - slow).max() < 0.04 * (c1 + c2)


@given(shares, shares, rates, rates, st.floats(0.001, 0.08))
@settings(max_examples=60, deadline=None)
def test_equilibria_with_ramps_stand_still_alternate_and_are_those_of_the_steps(alpha, beta, c1, c2, width):
    middle = c1 / (c1 + c2)
    assume(alpha < beta and min(abs(middle - alpha), abs(middle - beta), abs(alpha - beta)) > 2 * width)
    found = police_equilibria(alpha, beta, c1, c2, width)
    assert [e.stable for e in found] == [k % 2 == 0 for k in range(len(found))]
    for share, stable in found:
        assert abs(float(revolution_rate(share, alpha, beta, c1, c2, width))) < 1e-10
        near = revolution_rate([max(share - 1e-7, 0.0), min(share + 1e-7, 1.0)], alpha, beta, c1, c2, width)
        assert (near[0] >= 0 >= near[1]) if stable else (near[0] <= 0 <= near[1])
    stable = [e.share for e in found if e.stable]
    steps = [e.share for e in police_equilibria(alpha, beta, c1, c2)]
    assert stable == pytest.approx(steps, abs=1e-9)


def test_a_failed_state_stands_still_between_its_thresholds():
    still = np.linspace(0.2, 0.4, 9)
    assert (revolution_rate(still, 0.4, 0.2, 0.3, 0.7) == 0).all()
    assert revolution_path([0.0, 100.0], 0.3, 0.4, 0.2, 0.3, 0.7).tolist() == [0.3, 0.3]


def test_ramps_run_from_none_to_all():
    assert visibility([0.1, 0.2, 0.25, 0.3, 0.4], 0.25, 0.1).tolist() == pytest.approx([0, 0, 0.5, 1, 1])
    assert policing([0.1, 0.2, 0.25, 0.3, 0.4], 0.25, 0.1).tolist() == pytest.approx([1, 1, 0.5, 0, 0])
    assert visibility(0.25, 0.25) == 0
    assert policing(0.25, 0.25) == 0


@pytest.mark.parametrize("given_", [{"alpha": 0.0}, {"beta": 1.0}, {"c1": 0.0}, {"c2": -1.0}, {"alpha": float("nan")}])
def test_bad_input_is_refused(given_):
    with pytest.raises(TheoryError):
        police_regime(**({"alpha": 0.2, "beta": 0.4, "c1": 0.5, "c2": 0.5} | given_))
    with pytest.raises(TheoryError):
        revolution_path([-1.0], 0.5, 0.2, 0.4, 0.5, 0.5)
