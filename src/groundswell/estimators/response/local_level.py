"""How far a series ends from its course, when both the drift of its level and its noise are unknown."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_DRIFTS = (0.0, 0.003, 0.01, 0.03, 0.1, 0.3, 0.7, 1.5)  # variance of a step of the level, over that of the noise
_STEPS_PER_FREEDOM = 6  # drift is seen in stretches of about this many steps; each is one degree of freedom


class Departure(NamedTuple):
    """The mean of some later steps minus the level before them, shape (n,), its standard deviation, and the degrees of
    freedom of that."""

    value: Floats
    sd: Floats
    free: int


def departure(series: Floats, before: int, first: int, last: int) -> Departure:
    """How far the mean of steps ``before + first .. before + last`` lies from the level at step ``before``.

    ``y_t = level_t + e_t, level_{t+1} = level_t + w_t``, fitted to the steps before; the ratio of the variances of w
    and e is averaged over a grid, by its likelihood, so that a drift which noise hides is allowed for.

    Parameters
    ----------
    series : shape (n, L); NaN where not watched.
    before : steps that the level is learnt from.
    first, last : lags from step ``before``.

    Returns
    -------
    `Departure`; NaN where fewer than four steps before, or none after, were watched.

    Source: Durbin & Koopman (2012), Time Series Analysis by State Space Methods, 2.2 (local level, concentrated
    likelihood).
    """
    past, later = series[:, :before], series[:, before + first : before + last + 1]
    seen, ahead = np.isfinite(past), np.isfinite(later)
    number, watched = seen.sum(axis=1), ahead.sum(axis=1)
    lag = np.arange(first, last + 1)
    share = ahead / np.maximum(watched, 1)[:, None]
    walk = np.einsum("nl,lm,nm->n", share, np.minimum(lag[:, None], lag[None, :]).astype(float), share)
    likelihoods, levels, variances = [], [], []
    for drift in _DRIFTS:
        level, spread = np.zeros(series.shape[0]), np.full(series.shape[0], np.inf)
        squares, logs = np.zeros(series.shape[0]), np.zeros(series.shape[0])
        for t in range(before):
            here = seen[:, t]
            started = np.isfinite(spread)
            value = np.where(here, past[:, t], 0.0)
            total = np.where(started, spread, 0.0) + 1.0
            error = np.where(here & started, value - level, 0.0)
            squares += error**2 / total
            logs += np.where(here & started, np.log(total), 0.0)
            gain = np.where(started, (total - 1.0) / total, 1.0)
            level = np.where(here, np.where(started, level + gain * error, value), level)
            spread = np.where(here, np.where(started, (total - 1.0) * (1.0 - gain), 1.0), spread) + drift
        noise = np.maximum(squares / np.maximum(number - 1, 1), 1e-16)
        likelihoods.append(-0.5 * ((number - 1) * np.log(noise) + logs))
        levels.append(level)
        variances.append(noise * (np.where(np.isfinite(spread), spread, 1.0) + drift * walk + (share**2).sum(axis=1)))
    likelihood, level, variance = (np.array(a) for a in (likelihoods, levels, variances))
    weight = np.exp(likelihood - likelihood.max(axis=0))
    weight /= weight.sum(axis=0)
    centre = (weight * level).sum(axis=0)
    spread = (weight * (variance + (level - centre) ** 2)).sum(axis=0)
    mean = np.where(ahead, later, 0.0).sum(axis=1) / np.maximum(watched, 1)
    blank = np.where((number >= 4) & (watched > 0), 0.0, np.nan)
    return Departure(mean - centre + blank, np.sqrt(spread) + blank, max(3, before // _STEPS_PER_FREEDOM))
