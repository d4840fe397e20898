"""Counts that follow their neighbours' last step: derivatives, known truths, an honest size, plain refusals."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from groundswell.errors import EstimationError
from groundswell.estimators.excitation.neighbour_likelihood import NeighbourModel, Part, maximum
from groundswell.estimators.excitation.neighbours import fit_neighbours

PLACES = 10
RING = np.roll(np.eye(PLACES), 1, axis=1) + np.roll(np.eye(PLACES), -1, axis=1)


def simulated(seed: int, near: float = 0.0, own: float = 0.0, tide: float = 0.0, steps: int = 120) -> np.ndarray:
    """Places on a ring; one tide moves all of them."""
    rng = np.random.default_rng(seed)
    x, y = 0.0, np.zeros((steps, PLACES))
    for t in range(steps):
        x = 0.9 * x + tide * rng.normal()
        before = y[t - 1] if t else np.zeros(PLACES)
        y[t] = rng.poisson(2 * np.exp(x) + own * before + near * before @ RING / 2)
    return y


@pytest.mark.parametrize("family", ["poisson", "pooled", "each"])
@pytest.mark.parametrize("random", [False, True])
def test_score_and_hessian_are_those_of_the_likelihood(family: str, random: bool) -> None:
    rng = np.random.default_rng(0)
    n, P = 60, 4
    place = np.tile(np.arange(P), n // P)
    past = rng.poisson(3, (n // P, P)).astype(float)
    distance = np.abs(np.arange(P)[:, None] - np.arange(P)[None]).astype(float)
    own = Part(np.column_stack([np.ones(n), rng.normal(size=n)]), past.ravel(), place if random else None)
    near = Part(np.ones((n, 1)), np.ones(n))
    endemic = Part(np.column_stack([np.ones(n), rng.normal(size=n)]), rng.uniform(0.5, 2, n), place if random else None)
    model = NeighbourModel(
        rng.poisson(4, n).astype(float), place, {"own": own, "neighbours": near, "endemic": endemic}, past,
        np.repeat(np.arange(n // P), P), distance, True, True, {"poisson": 0, "pooled": 1, "each": P}[family],
    )  # fmt: skip
    theta = rng.normal(size=model.limits.shape[0]) * 0.3
    theta[5] = 1.2  # the power
    precision = np.array([[1.5, 0.3], [0.3, 0.8]]) if random else None
    _, score, hessian = model.value(theta, precision)
    for i in range(theta.size):
        up, down = theta.copy(), theta.copy()
        up[i] += 1e-5
        down[i] -= 1e-5
        above, below = model.value(up, precision), model.value(down, precision)
        assert (above[0] - below[0]) / 2e-5 == pytest.approx(score[i], abs=1e-5)
        assert np.allclose((above[1] - below[1]) / 2e-5, hessian[i], atol=1e-4)


def test_a_poisson_part_alone_is_a_generalised_linear_model() -> None:
    sm = pytest.importorskip("statsmodels.api", reason="the peer is a test dependency")
    rng = np.random.default_rng(1)
    z = rng.normal(size=(80, 3))
    y = rng.poisson(np.exp(0.5 + 0.3 * z)).astype(float)
    t, place = np.nonzero(np.ones((79, 3)))
    part = Part(np.column_stack([np.ones(t.size), z[1:].ravel()]), np.ones(t.size))
    model = NeighbourModel(y[1:].ravel(), place, {"endemic": part}, y, t, 1 - np.eye(3), False, False, 0)
    theirs = sm.GLM(y[1:].ravel(), part.X, family=sm.families.Poisson()).fit(tol=1e-12)
    ours = maximum(model, [np.zeros(2)])
    assert ours.theta == pytest.approx(theirs.params, rel=1e-6)
    assert ours.value == pytest.approx(theirs.llf, rel=1e-9)
    assert np.sqrt(np.diag(np.linalg.inv(ours.information))) == pytest.approx(theirs.bse, rel=1e-5)


def test_one_place_alone_has_no_neighbours() -> None:
    fit = fit_neighbours(simulated(1, own=0.3)[:, :1], neighbours="none", harmonics=0)
    assert fit.near is None
    assert fit.p is None
    assert not fit.found
    assert fit.own is not None
    assert fit.own.low < 0.3 < fit.own.high
    assert fit.answer.startswith("One event is followed by")
    with pytest.raises(EstimationError, match="who is whose neighbour"):
        fit_neighbours(simulated(1))


def test_what_is_handed_on_is_recovered() -> None:
    """Of 8 records with .3 to neighbours and .2 in place, intervals at 95% hold each at least 6 times."""
    fits = [fit_neighbours(simulated(s, 0.3, 0.2, steps=200), RING, permutations=0, harmonics=0) for s in range(8)]
    near, own = [f.near for f in fits if f.near is not None], [f.own for f in fits if f.own is not None]
    for found, truth in ((near, 0.3), (own, 0.2)):
        values = np.array([of.value for of in found])
        assert abs(values.mean() - truth) < 5 * values.std(ddof=1) / np.sqrt(8)
        assert sum(of.low < truth < of.high for of in found) >= 6
    assert [f.shares["neighbours"] for f in fits] == pytest.approx([of.value for of in near], rel=0.05)


def test_a_tide_of_all_places_is_no_neighbourhood() -> None:
    """At a nominal 10%, 2 of 20 records that share a tide; a likelihood ratio finds most of them."""
    fits = [fit_neighbours(simulated(s, tide=0.3, steps=60), RING, permutations=19, harmonics=0) for s in range(20)]
    assert sum(f.p is not None and f.p <= 0.1 for f in fits) < 2 * 0.1 * 20
    assert sum(f.gain > 1.92 for f in fits) >= 12  # the 95% point of half a chi-square is 1.35


def test_neighbours_are_found_under_a_tide() -> None:
    fit = fit_neighbours(simulated(3, 0.4, 0.1, tide=0.2, steps=150), RING, harmonics=0, permutations=39)
    assert fit.found, fit.answer
    assert fit.answer.startswith("Events follow those of neighbouring places")
    away = np.where(np.eye(PLACES) > 0, 0.0, np.abs(np.subtract.outer(*[np.arange(PLACES)] * 2)))
    steep = fit_neighbours(
        simulated(3, 0.4, 0.1, steps=200), np.minimum(away, PLACES - away), power=True, permutations=0
    )
    assert steep.power is not None
    assert steep.power.value > 2  # next neighbours only


def test_unwatched_steps_are_left_out_and_random_intercepts_find_their_spread() -> None:
    rng = np.random.default_rng(2)
    level = 0.7 * rng.normal(size=PLACES)
    y = rng.poisson(3 * np.exp(level), (150, PLACES)).astype(float)
    y[40:50] = np.nan
    y[60, 3] = np.nan
    fit = fit_neighbours(y, RING, endemic="random", permutations=0, harmonics=0)
    assert fit.n == 149 * PLACES - 11 * PLACES - 2
    assert fit.random_sd[0] == pytest.approx(level.std(ddof=1), rel=0.25)
    assert fit.near is not None
    assert fit.near.value < 0.05
    assert np.isnan(fit.aic)


@pytest.mark.parametrize(
    ("counts", "weights", "options", "words"),
    [
        (np.ones(30), RING, {}, "from 20 steps and 2 places"),
        (-np.ones((30, PLACES)), RING, {}, "negative"),
        (np.zeros((30, PLACES)), RING, {}, "0 events"),
        (np.full((30, PLACES), np.nan), RING, {}, "0 events"),
        (np.ones((30, PLACES)), np.ones((3, 3)), {}, "weights of shape"),
        (np.ones((30, PLACES)), np.eye(PLACES), {}, "a place on itself"),
        (np.ones((30, PLACES)), RING, {"size": -1.0}, "shape"),
        (np.ones((30, PLACES)), RING, {"size": np.zeros(PLACES)}, "above 0"),
        (np.ones((30, PLACES)), RING, {"covariates": {"near": {}}}, "one of own"),
        (np.ones((30, PLACES)), RING, {"covariates": {"own": {"z": np.ones(PLACES)}}}, "follows from the others"),
        (np.ones((30, PLACES)), RING, {"neighbour": "each"}, "did you mean 'neighbours'"),
    ],
)
def test_what_cannot_be_asked_is_refused(counts: Any, weights: Any, options: dict[str, Any], words: str) -> None:
    with pytest.raises(EstimationError, match=words):
        fit_neighbours(counts, weights, **options)
