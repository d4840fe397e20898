"""Daily posts after an act, simulated from the model's weekly attention."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from groundswell.claims.designs import ACT, Runs
from groundswell.claims.records import case

POSTS = "attention_december_2024"
_DAYS_BEFORE = 2
_DAYS = 12


def simulated_posts(runs: Runs, account: str, arm: str, draw: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Posts per day from two days before an act to nine after it, shape (12,), read as attention.

    A base rate plus a gain times the spectacle; the gain is unknown (log-uniform from 3 to 60 base rates, the same
    under every account). Days within a week are interpolated; counts are gamma-Poisson with the spread of the record's
    two days before the act (8%).
    """
    base = float(case(POSTS).frame["posts"][:_DAYS_BEFORE].to_numpy().mean())
    days = np.arange(_DAYS) - _DAYS_BEFORE
    weeks = runs.series(account, arm, "media")[draw]
    quiet = runs.series(account, "quiet", "media")[draw, ACT - 1]
    level = np.where(days < 0, quiet, np.interp(days / 7.0, np.arange(4), weeks[ACT : ACT + 4]))
    gain = np.exp(rng.uniform(np.log(3.0), np.log(60.0)))
    spread = 0.08
    mean = base * (1 + gain * level)
    return np.maximum(rng.poisson(mean * rng.gamma(1 / spread**2, spread**2, _DAYS)), 1).astype(float)
