"""Bounded confidence in means: against NumPy, the mean of all in one step, and order that is kept."""

import numpy as np

from groundswell import World, load_theory, simulate, well_mixed

HegselmannKrause = load_theory("hegselmann_krause")


def test_a_step_is_the_mean_of_those_within_reach():
    got = simulate(HegselmannKrause, well_mixed(80), [World(2, {"confidence": 0.17})], 8, persons=True)
    for t in range(8):
        x = got.people(t)["opinion"].to_numpy()
        near = np.abs(x[:, None] - x[None, :]) <= 0.17
        np.testing.assert_allclose(got.people(t + 1)["opinion"], near @ x / near.sum(axis=1), rtol=1e-12)
        assert (np.diff(got.people(t + 1)["opinion"].to_numpy()[np.argsort(x)]) > -1e-12).all()  # order is kept


def test_who_hears_all_holds_the_mean_at_once():
    got = simulate(HegselmannKrause, well_mixed(80), [World(2, {"confidence": 1.0})], 1)
    assert got["spread"][1, 0] < 1e-12
    assert np.isclose(got["mean_opinion"][1, 0], got["mean_opinion"][0, 0])


def test_at_rest_opinions_that_differ_are_out_of_reach():
    got = simulate(HegselmannKrause, well_mixed(150), [World(5, {"confidence": 0.1})], 60, persons=True)
    gaps = np.diff(np.sort(got.people(60)["opinion"].to_numpy()))
    assert (gaps[gaps > 1e-9] > 0.1).all()
    assert (gaps > 0.1).sum() >= 2
