"""How questions are asked: how deeply, from which seed, about which date, and where progress is reported."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Depth = Literal["quick", "full", "bayes"]
Say = Callable[[str, int, int], None]
"""Called with (stage, done, total) as an answer proceeds."""

_MOST_BINS = 220  # points of a line in the page; a plot 340 to 760 pixels wide shows no more


@dataclass(frozen=True)
class Manner:
    """Settings that are the same for all questions.

    Parameters
    ----------
    depth : "quick" takes minutes; "full" has bootstrap p-values, profile intervals and more placebos; "bayes" is quick,
        plus the posterior of excitation (the extra `bayes`).
    seed : of everything simulated or drawn.
    at : the date at which a change is sought, if one was given.
    treated : the place that is compared with others after that date.
    say : called with the progress of an answer.
    """

    depth: Depth = "quick"
    seed: int = 0
    at: date | None = None
    treated: str | None = None
    say: Say = lambda stage, done, total: None

    @property
    def effort(self) -> Literal["quick", "full"]:
        """The depth of analyses that have no Bayesian version."""
        return "full" if self.depth == "full" else "quick"


def binned(values: NDArray, most: int = _MOST_BINS) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Means over equal stretches of time, few enough to be drawn, and the first step of each; the last may be shorter.

    Parameters
    ----------
    values : shape (T, ...).
    """
    steps = values.shape[0]
    width = max(1, -(-steps // most))
    first = np.arange(0, steps, width)
    sums = np.add.reduceat(values.astype(np.float64), first, axis=0)
    lengths = np.diff(np.append(first, steps)).reshape((-1,) + (1,) * (values.ndim - 1))
    return first, sums / lengths
