"""Synthetic control: weights that are known exactly, effects that were put in, chance that is chance."""

from __future__ import annotations

import json

import numpy as np
import pytest
from scipy import optimize

from groundswell.errors import EstimationError
from groundswell.estimators.response.synthetic_control import (
    augmented,
    simplex_weights,
    synthetic_control,
)


def test_weights_with_a_known_answer():
    """A target inside the hull of independent donors has one exact mixture; one outside has its projection."""
    rng = np.random.default_rng(1)
    donors = rng.normal(size=(40, 6))
    truth = np.array([0.5, 0.0, 0.3, 0.0, 0.2, 0.0])
    assert simplex_weights(donors @ truth, donors) == pytest.approx(truth, abs=1e-8)
    corners = np.eye(3)
    # the point of the triangle nearest to (1, 1, -1): by symmetry half of the first two corners
    assert simplex_weights([1.0, 1.0, -1.0], corners) == pytest.approx([0.5, 0.5, 0.0], abs=1e-9)
    assert simplex_weights([9.0, 0.0, 0.0], corners) == pytest.approx([1.0, 0.0, 0.0])
    # an infinite ridge makes all weights equal
    assert simplex_weights([9.0, 0.0, 0.0], corners, ridge=1e9) == pytest.approx([1 / 3] * 3, abs=1e-6)


def test_weights_against_a_general_solver():
    rng = np.random.default_rng(2)
    for ridge in (0.0, 0.7):
        for _ in range(8):
            donors, target = rng.normal(size=(15, 9)), rng.normal(size=15)
            w = simplex_weights(target, donors, ridge=ridge)
            assert (w >= 0).all()
            assert w.sum() == pytest.approx(1)

            def cost(v, X=donors, y=target, r=ridge):
                return float(np.sum((y - X @ v) ** 2) + r * np.sum(v**2))

            found = optimize.minimize(
                cost, np.full(9, 1 / 9), bounds=[(0, 1)] * 9, constraints={"type": "eq", "fun": lambda v: v.sum() - 1},
                method="SLSQP", options={"maxiter": 500, "ftol": 1e-14},
            )  # fmt: skip
            assert cost(w) <= found.fun + 1e-7
            # no donor would lower the cost: the conditions of optimality
            gradient = -donors.T @ (target - donors @ w) + ridge * w
            assert gradient.min() >= w @ gradient - 1e-7


def test_ridge_takes_up_what_the_simplex_leaves():
    rng = np.random.default_rng(3)
    donors = rng.normal(size=(40, 5))
    target = donors @ np.array([1.6, -0.6, 0.0, 0.0, 0.0]) + 0.05 * rng.normal(size=40)
    w = simplex_weights(target, donors)
    better = augmented(w, target, donors)
    assert np.mean((target - donors @ better) ** 2) < 0.1 * np.mean((target - donors @ w) ** 2)
    inside = donors @ np.full(5, 0.2)
    exact = simplex_weights(inside, donors)
    assert augmented(exact, inside, donors) == pytest.approx(exact, abs=1e-6)


def panel(seed: int, places: int, T: int, noise: float = 0.1) -> np.ndarray:
    """Levels that share two slow factors in different measure."""
    rng = np.random.default_rng([seed, 8])
    factors = np.cumsum(rng.normal(0, 0.1, (2, T)), axis=1)
    return rng.uniform(0, 1, (places, 2)) @ factors + rng.normal(0, noise, (places, T)) + rng.normal(0, 1, (places, 1))


def test_an_effect_is_found_with_its_size():
    y = panel(1, 25, 120)
    y[0, 81:] += 0.8
    found = synthetic_control(y[0], y[1:].T, 80, scale="level", before=60, after=26)
    assert found.effect.value == pytest.approx(0.8, abs=0.15)
    assert found.effect.p == pytest.approx(1 / 25)
    assert found.passed
    assert found.placebo_gaps.shape == (24, 87)
    assert found.without.shape[0] == len(found.without_names) > 0
    leave = found.without[:, 61:73].mean(axis=1)
    assert leave == pytest.approx(0.8, abs=0.3)
    assert "diverged from its synthetic control" in found.answer
    assert json.loads(json.dumps(found.to_dict()))["ratio"] == pytest.approx(found.ratio)


def test_chance_is_uniform_without_an_effect():
    p = []
    for seed in range(60):
        y = panel(seed, 10, 70)
        p.append(synthetic_control(y[0], y[1:].T, 45, scale="level", before=40, after=20).effect.p)
    hits = np.sum(np.array(p) <= 0.1 + 1e-9)  # ten places: the smallest p is 0.1
    assert 0 < hits < 2 * 0.1 * 60


@pytest.mark.parametrize(("size", "load", "refused"), [(20.0, 1.0, False), (20.0, 2.0, False), (120.0, 1.0, True)])
def test_an_unequal_panel_finds_no_more_than_chance(size, load, refused):
    """One treated place that moves twice as much with the common tide, or is far larger, and no effect (E9)."""
    rng = np.random.default_rng(6)
    hits = passed = 0
    for _ in range(60):
        tide = np.cumsum(rng.normal(0, 0.08, 56))
        loads = np.r_[load, np.ones(19)] * rng.uniform(0.5, 1.5, 20)
        z = rng.poisson(np.r_[size, np.full(19, 20.0 if size == 20 else 6.0)] * np.exp(np.outer(tide, loads)))
        found = synthetic_control(z[:, 0], z[:, 1:], 40, before=36, after=14)
        passed += found.passed
        hits += found.passed and found.effect.p <= 0.05
    assert hits < 2 * 0.05 * 60
    assert (passed == 0) is refused


def test_unwatched_steps_are_left_out_and_absent_donors_named():
    y = np.exp(panel(1, 25, 120))
    y[0, 81:] *= 2.0
    y[0, [30, 50, 84]] = np.nan
    y[3, 70] = np.nan
    names = [f"p{k}" for k in range(1, 25)]
    found = synthetic_control(y[0], y[1:].T, 80, scale="log", before=60, after=26, names=names)
    assert found.left_out_donors == ("p3",)
    assert found.effect.low < np.log(2.0) < found.effect.high
    assert found.effect.p == pytest.approx(1 / 24)


def test_a_place_like_no_other_gets_no_verdict():
    y = panel(2, 20, 100)
    y[0] += 3 * np.sin(np.arange(100) / 3)
    found = synthetic_control(y[0], y[1:].T, 70, scale="level", before=60, after=20)
    assert found.answer.startswith("No verdict")


@pytest.mark.parametrize(
    ("y", "donors", "act", "settings"),
    [
        (np.ones(50), np.ones((50, 3)), 30, {}),
        (np.ones(50), np.ones((50, 8)), 30, {}),
        (np.ones(50), np.ones((40, 8)), 30, {"before": 20}),
        (-np.ones(50), np.ones((50, 8)), 30, {"before": 20}),
        (np.ones(50), np.full((50, 8), np.nan), 30, {"before": 20, "scale": "level"}),
        (np.ones(50), np.ones((50, 8)), 30, {"before": 20, "scale": "cubic"}),
    ],
)
def test_bad_input_is_refused(y, donors, act, settings):
    with pytest.raises(EstimationError):
        synthetic_control(y, donors, act, **settings)
    with pytest.raises(EstimationError):
        simplex_weights([1.0, np.nan], np.ones((2, 2)))
