"""Proper scores of forecasts of counts by their predictive distributions: log, ranked probability, Dawid-Sebastiani.

All are penalties: less is better. A forecast is an equal mixture of negative binomials, such as given by draws of the
mean and one dispersion; one component is the plain negative binomial, or with no dispersion the Poisson.

Source: Czado, Gneiting & Held (2009), Biometrics 65:1254-1261.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

Floats = NDArray[np.float64]

_POISSON = 1e-8  # dispersion below which counts are Poisson
_TAIL = 1e-10  # probability beyond which the support is cut
_LARGEST = 200_000  # counts that a support may hold
PIT_BINS = 10


@dataclass(frozen=True)
class CountScores:
    """The scores of one forecast at the observed count.

    Parameters
    ----------
    log : minus the logarithm of the probability of the count, nats.
    ranked : sum over c of (P(Y <= c) - 1[y <= c])², in events.
    dawid_sebastiani : ((y - mean) / sd)² + 2 log sd, of the forecast's mean and standard deviation.
    below, upto : P(Y < y) and P(Y <= y), between which the probability integral transform lies.
    """

    log: float
    ranked: float
    dawid_sebastiani: float
    below: float
    upto: float


def count_scores(y: float, mean: Floats, dispersion: float) -> CountScores:
    """Score the forecast that counts are negative binomial with one of these means, all equally probable.

    Parameters
    ----------
    y : the observed count.
    mean : shape (m,), positive.
    dispersion : variance over mean minus one, over the mean; 0 is Poisson.

    Known limits: a support of more than 200,000 counts is cut, which increases the error of the ranked probability
    score.
    """
    mean = np.maximum(np.asarray(mean, dtype=np.float64), 1e-12)
    centre = float(mean.mean())
    variance = float(np.mean(mean + dispersion * mean**2) + mean.var())
    widest = float(mean.max())
    top = widest + 12 * math.sqrt(widest + dispersion * widest**2) + 30
    support = np.arange(int(min(max(top, y + 2), _LARGEST)), dtype=np.float64)
    probability = _probabilities(support, mean, dispersion)
    total = np.cumsum(probability)
    enough = max(int(np.searchsorted(total, 1 - _TAIL)) + 1, int(y) + 1)
    upto = min(float(total[int(y)]), 1.0) if y < support.size else 1.0
    at = float(_probabilities(np.array([float(y)]), mean, dispersion)[0])
    step = (support[:enough] >= y).astype(np.float64)
    return CountScores(
        log=-math.log(max(at, 1e-300)),
        ranked=float(np.sum((total[:enough] - step) ** 2)),
        dawid_sebastiani=(y - centre) ** 2 / variance + math.log(variance),
        below=max(upto - at, 0.0),
        upto=upto,
    )


def _probabilities(counts: Floats, mean: Floats, dispersion: float) -> Floats:
    """Probabilities of counts (n,), averaged over means (m,)."""
    y, m = counts[:, None], mean[None]
    if dispersion < _POISSON:
        log = y * np.log(m) - m - special.gammaln(y + 1)
    else:
        size = 1 / dispersion
        log = special.gammaln(y + size) - special.gammaln(size) - special.gammaln(y + 1)
        log = log + y * np.log(dispersion * m) - (y + size) * np.log1p(dispersion * m)
    return np.exp(log).mean(axis=1)


def pit_histogram(below: Floats, upto: Floats) -> Floats:
    """Shares of the probability integral transform in ten bins: each a tenth where forecasts are calibrated.

    The transform of a count is spread evenly from P(Y < y) to P(Y <= y), so nothing is drawn.
    """
    edges = np.linspace(0, 1, PIT_BINS + 1)
    width = np.maximum(upto - below, 1e-12)[:, None]
    filled = np.clip((edges[None] - below[:, None]) / width, 0, 1)
    return np.diff(filled, axis=1).mean(axis=0)
