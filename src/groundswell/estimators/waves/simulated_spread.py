"""Records of onsets simulated from the model of spread."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from groundswell.errors import EstimationError
from groundswell.estimators.statistics.diagnostics import finite_vector
from groundswell.estimators.waves.onsets import Array, great_circle, kernel_weights

Kernel = Literal["exponential", "power"]
POWER = 2.0  # tail exponent of the power-law kernel: the least integer for which reach in the plane stays countable


def simulate_spread(
    latitude: ArrayLike,
    longitude: ArrayLike,
    days: int,
    *,
    level: ArrayLike,
    susceptibility: ArrayLike | None = None,
    contagion: float = 0.0,
    reach: float = 100.0,
    half_life: float = 2.0,
    kernel: Kernel = "exponential",
    seed: int = 0,
) -> Array:
    """Days of onset simulated from the model of `fit_spread`.

    Parameters
    ----------
    latitude, longitude : shape (n,), degrees.
    days : length of the record.
    level : shape (days,) or one number; log hazard per day that all places share.
    susceptibility : shape (n,), added to it; by default 0.
    contagion : onsets that one onset directly triggers while all others are still at risk; >= 0.
    reach, half_life, kernel : of the contagion; km, days.

    Returns
    -------
    float64 of shape (n,): the day of onset from 0, NaN for a place without one.
    """
    distance = great_circle(latitude, longitude)
    n = distance.shape[0]
    own = np.zeros(n) if susceptibility is None else finite_vector(susceptibility, "susceptibility")
    daily = np.broadcast_to(np.asarray(level, dtype=float), (days,))
    if own.size != n or contagion < 0 or reach <= 0 or half_life <= 0:
        raise EstimationError(
            "parameters of the spread", expected="one susceptibility per place, contagion >= 0, reach and half-life > 0"
        )
    w, slope = np.empty_like(distance), np.empty_like(distance)
    kernel_weights(distance, reach, tail_exponent(kernel), w, slope)
    onset = _grow(daily[None, :] + own[:, None], contagion * w, half_life, np.ones(n), np.random.default_rng(seed))
    return np.where(onset >= 0, onset.astype(float), np.nan)


def _grow(background: Array, w: Array, half_life: float, marks: Array, rng: np.random.Generator) -> NDArray[np.int64]:
    """Onset days (-1: none) from the places' own log hazards (n, days), and contagion ``w``."""
    n, days = background.shape
    q = 0.5 ** (1.0 / half_life)
    onset = np.full(n, -1)
    memory = np.zeros(n)  # influence that each place still exerts
    draws = rng.random((n, days))
    for t in range(days):
        hazard = np.exp(np.minimum(background[:, t], 30.0)) + w @ memory
        starts = (onset < 0) & (draws[:, t] < -np.expm1(-hazard))
        memory = q * memory + np.where(starts, (1 - q) * marks, 0.0)
        onset[starts] = t
    return onset


def tail_exponent(kernel: str) -> float:
    if kernel not in ("exponential", "power"):
        raise EstimationError(f"kernel {kernel!r}", expected="'exponential' or 'power'")
    return POWER if kernel == "power" else 0.0
