"""Daily posts after an act: from the shipped case, from the longer record if available, and simulated."""

from __future__ import annotations

import functools

import numpy as np
from numpy.typing import NDArray

from groundswell.estimators.attention.spectacle import read_posts
from groundswell.records.registry import find_data
from groundswell.registers.deed.designs import ACT, Runs
from groundswell.registers.deed.records import case

POSTS = "attention_december_2024"
HOURLY = "spectacle_2024"
DAYS_BEFORE = 2
DAYS = 12
LONG_DAYS = 27  # whole days of the hourly record, 2 to 28 December
_HOURS_LOST = 5  # of the first day, which begins at 05:00 UTC


@functools.cache
def posts_of_days() -> NDArray[np.float64]:
    """Posts per day from two days before the act to 24 after it, shape (27,); hours without a row count as silent."""
    hourly = read_posts(find_data(HOURLY, "posts_hourly.csv")).posts
    return np.nansum(np.concatenate([np.zeros(_HOURS_LOST), hourly])[: 24 * LONG_DAYS].reshape(-1, 24), axis=1)


def simulated_posts(
    runs: Runs, account: str, arm: str, draw: int, rng: np.random.Generator, days: int = DAYS
) -> NDArray[np.float64]:
    """Posts per day from two days before an act, shape (days,), read as attention.

    A base rate plus a gain times the spectacle; the gain is unknown (log-uniform from 3 to 60 base rates, the same
    under every account). Days within a week are interpolated; counts are gamma-Poisson with the spread of the record's
    two days before the act (8%).
    """
    base = float(case(POSTS).frame["posts"][:DAYS_BEFORE].to_numpy().mean())
    since = np.arange(days) - DAYS_BEFORE
    ahead = days // 7 + 2  # weeks
    weeks = runs.series(account, arm, "media")[draw]
    quiet = runs.series(account, "quiet", "media")[draw, ACT - 1]
    level = np.where(since < 0, quiet, np.interp(since / 7.0, np.arange(ahead), weeks[ACT : ACT + ahead]))
    gain = np.exp(rng.uniform(np.log(3.0), np.log(60.0)))
    spread = 0.08
    mean = base * (1 + gain * level)
    return np.maximum(rng.poisson(mean * rng.gamma(1 / spread**2, spread**2, days)), 1).astype(float)
