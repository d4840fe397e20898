"""What is asked about excitation besides its fit: the posterior (`--depth bayes`), forecasts (`full`), times of day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray

from groundswell.errors import EstimationError
from groundswell.estimators.excitation.baseline import Step
from groundswell.estimators.excitation.bayes import fit_excitation_bayes
from groundswell.estimators.excitation.continuous import fit_hawkes
from groundswell.estimators.excitation.continuous_baseline import ContinuousBaseline
from groundswell.estimators.excitation.rolling import RollingForecasts, rolling_forecasts
from groundswell.inquiry.fit_rows import HourlyFit, PosteriorRow
from groundswell.inquiry.manner import Manner
from groundswell.inquiry.material import FEWEST_EVENTS, Material

_TIMED = 0.9  # share of events with an hour, from which a record is analysed by the hour
_MOST_TIMED = 20_000  # events; a few seconds


def posterior(
    counts: NDArray | Mapping[str, NDArray], kinds: Sequence[str], unit: Step, coverage: object, manner: Manner
) -> tuple[PosteriorRow | None, str]:
    """The posterior of excitation as a row, and in a sentence; the row is None where it cannot be computed.

    It comes from the model with a spline trend, not a hidden tide, so it decides nothing here.
    """
    try:
        fit = fit_excitation_bayes(
            cast("ArrayLike", counts),
            kinds=kinds,
            step=unit,
            coverage=cast("ArrayLike", coverage),
            seed=manner.seed,  # type: ignore[arg-type]
        )
    except EstimationError as error:
        return None, f"no posterior: {error}"
    return PosteriorRow(fit, fit.answer), f"the posterior, with a trend instead of a tide: {fit.answer}"


def forecasts(
    counts: NDArray, kinds: Sequence[str], unit: Step, coverage: object, manner: Manner
) -> tuple[RollingForecasts | None, str]:
    """What excitation is worth out of sample, and in a sentence; None where the record is too short."""

    def progress(stage: str, done: int, total: int) -> None:
        manner.say(stage, done, total)

    try:
        found = rolling_forecasts(
            counts, kinds=kinds, step=unit, coverage=coverage, seed=manner.seed, progress=progress
        )
    except EstimationError as error:
        return None, f"no forecasts: {error.given}"
    return found, f"out of sample: {found.answer}"


def by_the_hour(material: Material, kinds: Sequence[str], manner: Manner) -> tuple[HourlyFit | None, str]:
    """Excitation in continuous time, as a row and a sentence; None and "" where the record has no times of day."""
    events = material.events.filter(pl.col("kind").is_in(list(kinds)) & (pl.col("precision") == "day"))
    if "hour" not in events.columns or events.height == 0 or events["hour"].null_count() > (1 - _TIMED) * events.height:
        return None, ""
    events = events.filter(pl.col("hour").is_not_null())
    held = dict(events["kind"].value_counts().iter_rows())
    used = [kind for kind in kinds if held.get(kind, 0) >= FEWEST_EVENTS]
    events = events.filter(pl.col("kind").is_in(used))
    if not used or events.height > _MOST_TIMED:
        return None, "" if not used else f"not analysed by the hour: more than {_MOST_TIMED:,} events"
    days = events["date"].cast(pl.Int32).to_numpy().astype(np.float64)
    first, last = float(days.min()), float(days.max()) + 1
    times = days - first + events["hour"].to_numpy() / 24
    try:
        fit = fit_hawkes(
            times,
            kinds=events["kind"].to_list(),
            labels=used,
            start=0.0,
            end=last - first,
            baseline=ContinuousBaseline(hours=2),
            ties="spread",
            resolution=1 / 24,
            interval="wald",
            seed=manner.seed,
        )
    except EstimationError as error:
        return None, f"not analysed by the hour: {error}"
    return HourlyFit(
        fit, fit.answer
    ), f"by the hour, in continuous time and with a trend instead of a tide: {fit.answer}"
