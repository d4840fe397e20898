"""A mixture density network in NumPy alone, as an ensemble, with a Gaussian copula for the joint posterior.

    q_j(z | s) = sum_k w_jk(s) N(z; m_jk(s), s_jk(s)),   z the normal score of target j, s the summaries
    joint: Phi^-1 of the margins' distribution functions is N(0, C), C their correlation on the training draws

Two layers of tanh units, Adam with early stopping on held-out blocks; an ensemble is the equal mixture of its networks,
so the posterior is wider where they disagree. Margins and copula are calibrated on average over the prior; the gates
check whether they are calibrated near one record.

Source: Bishop (1994), Mixture density networks (Aston NCRG/94/004); Lakshminarayanan et al. (2017) on ensembles;
Kingma & Ba (2015) for Adam.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp, ndtr, ndtri

from groundswell.blas import one_thread

Floats = NDArray[np.float64]

COMPONENTS, HIDDEN, ENSEMBLE = 3, 64, 4
LEAST_LOG_SD, MOST_LOG_SD = -6.0, 1.5
RATE, DECAY, BATCH, EPOCHS, PATIENCE = 2e-3, 1e-4, 256, 150, 10
DROPS = (0.0, 0.1)
"""Shares of summaries dropped during training; the one that does better on held-out draws is used."""
_LOG_ROOT = 0.5 * np.log(2 * np.pi)
EDGE = 1e-6


@dataclass(frozen=True)
class Margins:
    """Marginal posteriors as mixtures of normals: weights, means and sds, each [records, targets, parts]."""

    weights: Floats
    means: Floats
    sds: Floats

    def log_density(self, z: Floats) -> Floats:
        """Log density at z, [records, targets]."""
        e = (z[..., None] - self.means) / self.sds
        each = np.log(np.maximum(self.weights, 1e-300)) - 0.5 * e**2 - np.log(self.sds) - _LOG_ROOT
        return np.asarray(logsumexp(each, axis=-1))

    def distribution(self, z: Floats) -> Floats:
        """The distribution function at z, [records, targets]."""
        return (self.weights * ndtr((z[..., None] - self.means) / self.sds)).sum(axis=-1)

    def quantile(self, u: Floats) -> Floats:
        """The quantile at u, [records, targets], by bisection to 2**-40 of the range."""
        low = (self.means - 9 * self.sds).min(axis=-1) * np.ones_like(u)
        high = (self.means + 9 * self.sds).max(axis=-1) * np.ones_like(u)
        for _ in range(40):
            middle = (low + high) / 2
            below = self.distribution(middle) < u
            low, high = np.where(below, middle, low), np.where(below, high, middle)
        return (low + high) / 2

    def of(self, record: int) -> Margins:
        """The margins of one record, as one row."""
        row = slice(record, record + 1)
        return Margins(self.weights[row], self.means[row], self.sds[row])

    def gained(self) -> Floats:
        """Nats from the prior N(0, 1) to the posterior, [records, targets]: the Kullback-Leibler divergence."""
        grid = np.linspace(-5.0, 5.0, 2001)[None, :]
        records, targets, _ = self.means.shape
        out = np.empty((records, targets))
        for r in range(records):
            own = self.of(r)
            for j in range(targets):
                one = Margins(own.weights[:, j : j + 1], own.means[:, j : j + 1], own.sds[:, j : j + 1])
                log_q = one.log_density(grid.T)[:, 0]
                q = np.exp(log_q)
                out[r, j] = np.sum(q * (log_q + grid[0] ** 2 / 2 + _LOG_ROOT)) / max(q.sum(), 1e-300)
        return np.maximum(out, 0.0)


def _log_sum(a: Floats) -> Floats:
    """log sum exp over the components, [..., 1]; SciPy's is slow on an axis of three: a third of training."""
    most = a[..., 0]
    for k in range(1, a.shape[-1]):
        most = np.maximum(most, a[..., k])
    total = sum(np.exp(a[..., k] - most) for k in range(a.shape[-1]))
    return (most + np.log(total))[..., None]


class MixtureNetwork:
    """One mixture density network."""

    def __init__(
        self, inputs: int, targets: int, seed: int, components: int = COMPONENTS, hidden: int = HIDDEN
    ) -> None:
        self.targets, self.components = targets, components
        self.luck = np.random.Generator(np.random.Philox(key=seed))
        normal = self.luck.standard_normal
        outputs = 3 * targets * components
        self.layers = [
            normal((inputs, hidden)) / np.sqrt(inputs),
            np.zeros(hidden),
            normal((hidden, hidden)) / np.sqrt(hidden),
            np.zeros(hidden),
            normal((hidden, outputs)) * 0.05 / np.sqrt(hidden),
            np.zeros(outputs),
        ]
        self.layers[5].reshape(3, targets, components)[1] = np.linspace(-1, 1, components)
        self.loss = np.inf

    def _forward(self, x: Floats) -> tuple[Floats, Floats, Floats]:
        w1, b1, w2, b2, w3, b3 = self.layers
        h1 = np.tanh(x @ w1 + b1)
        h2 = np.tanh(h1 @ w2 + b2)
        return h1, h2, (h2 @ w3 + b3).reshape(-1, 3, self.targets, self.components)

    def margins(self, x: Floats) -> Margins:
        """The margins for each row of scored summaries."""
        out = self._forward(x)[2]
        weights = np.exp(out[:, 0] - _log_sum(out[:, 0]))
        return Margins(weights, out[:, 1], np.exp(np.clip(out[:, 2], LEAST_LOG_SD, MOST_LOG_SD)))

    def _gradients(self, x: Floats, z: Floats) -> list[Floats]:
        h1, h2, out = self._forward(x)
        log_weight = out[:, 0] - _log_sum(out[:, 0])
        log_sd = np.clip(out[:, 2], LEAST_LOG_SD, MOST_LOG_SD)
        inverse = np.exp(-log_sd)
        e = (z[:, :, None] - out[:, 1]) * inverse
        part = log_weight - 0.5 * e**2 - log_sd
        share = np.exp(part - _log_sum(part))
        inside = (out[:, 2] > LEAST_LOG_SD) & (out[:, 2] < MOST_LOG_SD)
        d_out = np.stack([np.exp(log_weight) - share, -share * e * inverse, -share * (e**2 - 1) * inside], axis=1)
        d_out = d_out.reshape(len(x), -1) / len(x)
        _, _, w2, _, w3, _ = self.layers
        d2 = (d_out @ w3.T) * (1 - h2**2)
        d1 = (d2 @ w2.T) * (1 - h1**2)
        return [x.T @ d1, d1.sum(0), h1.T @ d2, d2.sum(0), h2.T @ d_out, d_out.sum(0)]

    def train(self, x: Floats, z: Floats, held: NDArray[np.bool_], drop: float, epochs: int = EPOCHS) -> MixtureNetwork:
        """Fit by Adam; keep the weights that were best on the held-out rows, and stop when these no longer improve."""
        xv, zv, x, z = x[held], z[held], x[~held], z[~held]
        first = [np.zeros_like(p) for p in self.layers]
        second = [np.zeros_like(p) for p in self.layers]
        best, bad, t, rate = [p.copy() for p in self.layers], 0, 0, RATE
        for _ in range(epochs):
            order = self.luck.permutation(len(x))
            for rows in np.array_split(order, max(1, len(x) // BATCH)):
                xb = x[rows]
                if drop:
                    xb = xb * (self.luck.random(xb.shape) > drop) / (1 - drop)
                t += 1
                for i, g in enumerate(self._gradients(xb, z[rows])):
                    first[i] += 0.1 * (g - first[i])
                    second[i] += 0.001 * (g**2 - second[i])
                    step = first[i] / (1 - 0.9**t) / (np.sqrt(second[i] / (1 - 0.999**t)) + 1e-8)
                    self.layers[i] = self.layers[i] - rate * (step + (10 * DECAY * self.layers[i] if i % 2 == 0 else 0))
            loss = -self.margins(xv).log_density(zv).sum(axis=1).mean()
            if loss < self.loss - 1e-3:
                self.loss, best, bad = loss, [p.copy() for p in self.layers], 0
                continue
            bad += 1
            if bad in (PATIENCE // 3, 2 * PATIENCE // 3):
                rate *= 0.4
            if bad >= PATIENCE:
                break
        self.layers = best
        return self


@dataclass(frozen=True)
class MixtureEnsemble:
    """Networks as an equal mixture, with the copula of their margins; `copula` is [targets, targets]."""

    networks: tuple[MixtureNetwork, ...]
    copula: Floats

    def margins(self, x: Floats) -> Margins:
        """The margins for each row of scored summaries."""
        each = [network.margins(x) for network in self.networks]
        weights = np.concatenate([m.weights for m in each], axis=-1) / len(each)
        return Margins(weights, np.concatenate([m.means for m in each], -1), np.concatenate([m.sds for m in each], -1))

    def sample(self, x: Floats, count: int, seed: int) -> Floats:
        """Joint draws for one row of scored summaries, [count, targets]."""
        return sample(self.margins(x.reshape(1, -1)), self.copula, count, seed)


def sample(margins: Margins, copula: Floats, count: int, seed: int) -> Floats:
    """Joint draws of one record from its margins and a Gaussian copula, [count, targets]."""
    luck = np.random.Generator(np.random.Philox(key=seed))
    root = np.linalg.cholesky(copula + 1e-9 * np.eye(len(copula)))
    u = ndtr(luck.standard_normal((count, len(copula))) @ root.T)
    repeated = Margins(
        *(np.broadcast_to(a, (count, *a.shape[1:])) for a in (margins.weights, margins.means, margins.sds))
    )
    return repeated.quantile(np.clip(u, EDGE, 1 - EDGE))


def copula_of(ranks: Floats) -> Floats:
    """The correlation of normal scores of posterior ranks, shrunk slightly towards zero."""
    if ranks.shape[1] == 1:
        return np.ones((1, 1))
    q = ndtri(np.clip(ranks, 1e-4, 1 - 1e-4))
    shrunk = np.corrcoef(q.T) * len(q) / (len(q) + 10.0)
    np.fill_diagonal(shrunk, 1.0)
    return shrunk


@one_thread
def train_ensemble(
    x: Floats,
    z: Floats,
    blocks: NDArray[np.int64],
    seed: int,
    *,
    threads: int = 1,
    size: int = ENSEMBLE,
    epochs: int = EPOCHS,
) -> MixtureEnsemble:
    """Train an ensemble.

    Parameters
    ----------
    x : scored summaries, [rows, summaries].
    z : scored targets, [rows, targets].
    blocks : the block of each row; each network holds out another fifth of the blocks, to know when to stop.
    seed : of the networks' initial weights and batches.
    threads : networks trained at once; no result depends on it.
    size, epochs : number of networks, and the largest number of passes over the rows for each.
    """
    numbers = np.unique(blocks)
    parts = max(2, min(5, len(numbers)))

    def one(k: int, drop: float) -> MixtureNetwork:
        held = np.isin(blocks, numbers[k % parts :: parts])
        return MixtureNetwork(x.shape[1], z.shape[1], seed + k).train(x, z, held, drop, epochs)

    with ThreadPoolExecutor(threads) as pool:
        tried = list(pool.map(lambda drop: one(0, drop), DROPS))
        drop, kept = min(zip(DROPS, tried, strict=True), key=lambda pair: pair[1].loss)
        networks = (kept, *pool.map(lambda k: one(k, drop), range(1, size)))
    made = MixtureEnsemble(networks, np.eye(z.shape[1]))
    return MixtureEnsemble(networks, copula_of(made.margins(x).distribution(z)))


__all__ = ["Margins", "MixtureEnsemble", "MixtureNetwork", "copula_of", "sample", "train_ensemble"]
