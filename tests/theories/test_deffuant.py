"""Bounded confidence in pairs: what is conserved, how fast variance falls, and how far apart opinions come to rest."""

import numpy as np

from groundswell import World, load_theory, simulate, well_mixed

Deffuant = load_theory("deffuant")


def test_the_mean_stays_and_variance_falls_as_it_should():
    n, worlds = 60, 300
    got = simulate(Deffuant, well_mixed(n), [World(k, {"threshold": 1.0, "movement": 0.3}) for k in range(worlds)], 2)
    assert np.allclose(got["mean_opinion"], got["mean_opinion"][0])
    for t in (1, 2):
        ratio = (got["spread"][t] / got["spread"][0]) ** 2
        expected = (1 - 4 * 0.3 * 0.7 / (n - 1)) ** (n * t)
        assert abs(ratio.mean() - expected) < 5 * ratio.std(ddof=1) / np.sqrt(worlds)


def test_at_rest_opinions_that_differ_lie_apart():
    got = simulate(Deffuant, well_mixed(200), [World(3, {"threshold": 0.15})], 200, persons=True)
    opinions = np.sort(got.people(200)["opinion"].to_numpy())
    gaps = np.diff(opinions)
    assert (gaps[gaps > 1e-9] >= 0.15).all()
    assert (gaps > 0.15).sum() >= 1
    assert np.array_equal(got.people(200)["opinion"] > -1, got.people(0)["opinion"] > -1)
