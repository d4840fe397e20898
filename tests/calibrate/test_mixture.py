"""The network against an exact posterior, and what it is made of against plain references."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from groundswell.calibrate import gates
from groundswell.calibrate.mixture import Margins, MixtureEnsemble, MixtureNetwork, copula_of, sample, train_ensemble
from groundswell.calibrate.recalibrate import recalibrate
from groundswell.calibrate.regression_abc import RegressionFit

NOISE = 0.5
"""z ~ N(0, 1), s = z + NOISE e: the posterior is N(s / (1 + NOISE**2), NOISE**2 / (1 + NOISE**2))."""


def toy(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Two targets seen with noise, of which the second has noise correlated with the first's, and a useless summary."""
    luck = np.random.default_rng(seed)
    z = luck.standard_normal((n, 2))
    e = NOISE * luck.standard_normal((n, 2))
    return np.concatenate([z + e, luck.standard_normal((n, 1))], axis=1), z


@pytest.fixture(scope="module")
def trained() -> MixtureEnsemble:
    x, z = toy(2000, 1)
    return train_ensemble(x, z, np.arange(2000) // 64, 5, size=2, epochs=60)


def test_the_posterior_is_the_exact_one(trained: MixtureEnsemble) -> None:
    x, z = toy(3000, 2)
    found = trained.margins(x)
    mean = (found.weights * found.means).sum(-1)
    sd = np.sqrt((found.weights * (found.sds**2 + found.means**2)).sum(-1) - mean**2)
    exact_mean, exact_sd = x[:, :2] / (1 + NOISE**2), NOISE / np.sqrt(1 + NOISE**2)
    assert np.sqrt(((mean - exact_mean) ** 2).mean()) < 0.1
    assert abs(sd.mean() - exact_sd) < 0.03
    exact = norm.logpdf(z, exact_mean, exact_sd).mean()
    assert 0 <= exact - found.log_density(z).mean() < 0.02  # nothing beats the truth, and little is lost


def test_ranks_are_uniform_and_a_narrower_posterior_is_seen(trained: MixtureEnsemble) -> None:
    x, z = toy(1000, 3)
    found = trained.margins(x)
    assert gates.ranks(found.distribution(z), ["a", "b"]).passed
    assert gates.coverage(found.distribution(z), ["a", "b"]).passed
    narrow = Margins(found.weights, found.means, found.sds * 0.7)
    assert not gates.coverage(narrow.distribution(z), ["a", "b"]).passed
    shifted = Margins(found.weights, found.means + 0.3, found.sds)
    assert not gates.ranks(shifted.distribution(z), ["a", "b"]).passed


def test_recalibration_mends_what_is_too_narrow(trained: MixtureEnsemble) -> None:
    class Narrow:
        def margins(self, x: np.ndarray) -> Margins:
            m = trained.margins(x)
            return Margins(m.weights, m.means, m.sds * 0.6)

        def sample(self, x: np.ndarray, count: int, seed: int) -> np.ndarray:
            return sample(self.margins(x), np.eye(2), count, seed)

    x, z = toy(600, 4)
    mended = recalibrate(Narrow(), x, z, np.arange(600))
    assert np.allclose(mended.factors, 1 / 0.6, rtol=0.12)
    x, z = toy(1000, 5)
    assert gates.coverage(mended.margins(x).distribution(z), ["a", "b"]).passed
    drawn = mended.sample(x[:1], 4000, 1)
    assert np.allclose(drawn.std(axis=0), NOISE / np.sqrt(1 + NOISE**2), rtol=0.15)


def test_gradients_are_those_of_the_loss() -> None:
    luck = np.random.default_rng(6)
    network = MixtureNetwork(3, 2, seed=1, hidden=5)
    x, z = luck.standard_normal((20, 3)), luck.standard_normal((20, 2))

    def loss() -> float:
        return float(-network.margins(x).log_density(z).sum(axis=1).mean())

    found = network._gradients(x, z)
    for layer, gradient in zip(network.layers, found, strict=True):
        place = tuple(luck.integers(0, n) for n in layer.shape)
        kept, step = layer[place], 1e-6
        layer[place] = kept + step
        up = loss()
        layer[place] = kept - step
        down = loss()
        layer[place] = kept
        assert abs((up - down) / (2 * step) - gradient[place]) < 1e-6


def test_margins_are_distributions() -> None:
    luck = np.random.default_rng(7)
    m = Margins(np.full((1, 1, 3), 1 / 3), luck.standard_normal((1, 1, 3)), luck.uniform(0.2, 1, (1, 1, 3)))
    u = np.array([[0.05]])
    assert abs(m.distribution(m.quantile(u)) - u) < 1e-9
    grid = np.linspace(-8, 8, 4001)
    density = np.exp([m.log_density(np.array([[g]]))[0, 0] for g in grid])
    assert abs(np.trapezoid(density, grid) - 1) < 1e-6
    prior = Margins(np.ones((1, 1, 1)), np.zeros((1, 1, 1)), np.ones((1, 1, 1)))
    assert prior.gained()[0, 0] < 1e-6
    sharp = Margins(np.ones((1, 1, 1)), np.zeros((1, 1, 1)), np.full((1, 1, 1), 0.5))
    assert abs(sharp.gained()[0, 0] - (np.log(2) + 0.125 - 0.5)) < 1e-4  # of normals, in closed form


def test_the_copula_gives_draws_their_correlation() -> None:
    m = Margins(np.ones((1, 2, 1)), np.zeros((1, 2, 1)), np.ones((1, 2, 1)))
    copula = np.array([[1.0, -0.7], [-0.7, 1.0]])
    drawn = sample(m, copula, 4000, 1)
    assert abs(np.corrcoef(drawn.T)[0, 1] + 0.7) < 5 * 0.51 / np.sqrt(4000)
    assert abs(copula_of(norm.cdf(drawn))[0, 1] + 0.7) < 0.05


def test_threads_change_nothing() -> None:
    x, z = toy(400, 8)
    one, two = (train_ensemble(x, z, np.arange(400) // 64, 5, size=2, epochs=5, threads=t) for t in (1, 2))
    assert all(
        np.array_equal(a, b)
        for m, n in zip(one.networks, two.networks, strict=True)
        for a, b in zip(m.layers, n.layers, strict=True)
    )
    assert np.array_equal(one.copula, two.copula)


def test_regression_abc_is_near_the_exact_posterior() -> None:
    x, z = toy(3000, 9)
    trained = RegressionFit.train(x, z)
    x, z = toy(300, 10)
    found = trained.margins(x)
    mean = (found.weights * found.means).sum(-1)
    assert np.sqrt(((mean - x[:, :2] / (1 + NOISE**2)) ** 2).mean()) < 0.12
    assert gates.coverage(found.distribution(z), ["a", "b"]).passed
