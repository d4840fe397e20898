"""Series that no estimator can use: one sentence, never a traceback of a library."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from groundswell.errors import GroundswellError
from groundswell.estimators.response.deconvolution import distributed_lags
from groundswell.estimators.response.interrupted import interrupted_series
from groundswell.estimators.response.responses import respond
from groundswell.estimators.response.synthetic_control import synthetic_control
from groundswell.estimators.statistics.association import growth_rate, permutation_difference
from groundswell.estimators.statistics.levels import persistence
from groundswell.estimators.waves.decay_counts import fit_decay_of_counts
from groundswell.estimators.waves.diffusion import fit_spread

T = 160
NOISE = np.random.default_rng(0).poisson(5, (T, 8)).astype(float)
BAD: dict[str, Any] = {
    "zeros": np.zeros(T),
    "constant": np.full(T, 3.0),
    "nothing watched": np.full(T, np.nan),
    "negative": -np.ones(T),
    "infinite": np.full(T, np.inf),
    "short": np.ones(3),
    "empty": np.array([]),
    "text": np.array(["a"] * T),
    "huge": np.full(T, 1e12),
}
ESTIMATORS: dict[str, Callable[[Any], object]] = {
    "respond": lambda y: respond(y, [(0, 60), (0, 100)], placebo=19, curves=False),
    "interrupted": lambda y: interrupted_series(y, 80),
    "synthetic control": lambda y: synthetic_control(y, NOISE, 80),
    "distributed lags": lambda y: distributed_lags(y, NOISE[:, 0], shifts=99),
    "distributed lags of acts": lambda y: distributed_lags(NOISE[:, 0], y, shifts=99),
    "spread": lambda y: fit_spread(
        y[:35], np.linspace(40, 50, y[:35].size), np.linspace(5, 9, y[:35].size), bootstrap=0, interval=False
    ),
    "decay": lambda y: fit_decay_of_counts(np.stack([y] * 6)),
    "shifts": lambda y: permutation_difference(y, np.arange(T) % 2, order="time"),
    "growth": lambda y: growth_rate(y, y, np.arange(float(T)), draws=99),
    "persistence": persistence,
}


@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize("series", BAD)
def test_an_answer_or_one_sentence(estimator: str, series: str) -> None:
    with contextlib.suppress(GroundswellError):  # warnings and errors of libraries fail the test
        ESTIMATORS[estimator](BAD[series])
