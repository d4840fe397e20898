"""Beside the spread of first events: whether later ones follow those of nearby places, step by step."""

from __future__ import annotations

import numpy as np
import polars as pl

from groundswell.errors import EstimationError
from groundswell.estimators.excitation.neighbours import fit_neighbours
from groundswell.estimators.waves.onsets import great_circle
from groundswell.inquiry.manner import Manner
from groundswell.inquiry.material import Material
from groundswell.records.schema import counts_of
from groundswell.records.series import truncated

_FEWEST_PLACES, _MOST_PLACES = 6, 25  # as the test needs, and as its time allows: seconds
_FEWEST_EVENTS = 10  # of a place
_LEAST_KM = 1.0  # between two places: the precision of coordinates


def followed(placed: pl.DataFrame, material: Material, manner: Manner) -> str:
    """One or two sentences on counts by place and step; "" where there are too few places or steps."""
    whole = material.whole
    dates = whole.dates()
    at = {day: i for i, day in enumerate(dates)}
    by_place = (
        placed.group_by("place")
        .agg(pl.col("latitude").median(), pl.col("longitude").median(), events=counts_of(placed).sum())
        .filter(pl.col("events") >= _FEWEST_EVENTS)
        .sort("events", "place", descending=[True, False])
        .head(_MOST_PLACES)
        .sort("place")
    )
    names = by_place["place"].to_list()
    if len(names) < _FEWEST_PLACES:
        return ""
    seats = {name: i for i, name in enumerate(names)}
    counts = np.zeros((len(dates), len(names)))
    stepped = placed.with_columns(step=truncated(material.unit)).filter(pl.col("place").is_in(names))
    for place, step, events in stepped.group_by("place", "step").agg(counts_of(stepped).sum()).iter_rows():
        if step in at:
            counts[at[step], seats[place]] = events
    counts[~whole.watched] = np.nan
    km = np.maximum(great_circle(by_place["latitude"].to_numpy(), by_place["longitude"].to_numpy()), _LEAST_KM)
    np.fill_diagonal(km, 0.0)
    try:
        fit = fit_neighbours(
            counts, km, power=True, size=by_place["events"].to_numpy() / by_place["events"].mean(), step=material.unit,
            seed=manner.seed,
        )  # fmt: skip
    except EstimationError:
        return ""
    return f"Counts by {material.unit} in the {len(names)} busiest places: {fit.answer}"
