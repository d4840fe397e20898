"""S3 and C3 by fits: the effect of one act on twelve weeks of turnout, under each account as fitted to a record.

The record is that of Russia, 1895-1912: strikers by year, an unknown share of the people who act, and the seven acts at
their own dates. `groundswell.claims.fitted` explains the odds.

Its tables are drawn with their own seed rather than the study's, so the shipped ones (`_TABLES`) serve any study;
a study that holds a parameter at another value has its own tables, drawn when they are needed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from groundswell.calibrate.estimand import OVER, parse_estimand
from groundswell.calibrate.fit import FitSettings, kinship
from groundswell.calibrate.observed import of_arrays
from groundswell.calibrate.posterior import Kinship
from groundswell.calibrate.priors import LogUniform
from groundswell.calibrate.reporting import Reported, Reporting
from groundswell.calibrate.timed import RecordedActs, TimedActs, timed
from groundswell.claims.claim import Direction
from groundswell.claims.fitted import NEITHER, TIDE, TIDE_EFFECT, FittedRecord, FittedTest, numbers_of
from groundswell.errors import EstimationError
from groundswell.estimators.core import Estimate
from groundswell.experiment.study import PRIOR, Study
from groundswell.registers.deed.designs import BOTH, EPSILON, RUSSIA_ACTS, RUSSIA_YEARS, SETTLE, YEAR
from groundswell.registers.deed.records import REPORTING_ERROR, citation, russian_acts, russian_strikers
from groundswell.registers.deed.russia import growth
from groundswell.theory import Fixed

Floats = NDArray[np.float64]

_TABLES = Path(__file__).parent / "tables"
"""Reference tables that ship; `benchmarks/reference_tables.py` makes them again."""
_PEOPLE = 500  # of a simulated record; posteriors hold from 250 to 4,000 people (reference FITTING)
_DRAWS = 640  # of each model: what six CPU minutes produce and 2 MB hold
_SEED = 1
_SETTINGS = FitSettings.of(None, {"draws": _DRAWS, "copies": 1, "seed": _SEED, "method": "abc", "before": SETTLE})
_LEAST_SHARE, _MOST_SHARE = 3e-4, 0.3  # mean share of people who act, between which a record of unknown scale may lie
_EFFECT = f"turnout after act 1 over {OVER}"

# -- Russia, by year ---------------------------------------------------------------------------------------------------

_RUSSIA = "russia_strikes_1895_1912 + russia_acts_1895_1912"
_ACTS = "recorded acts"


def _growth_of(strikers: Floats, acts: Floats) -> Estimate | None:
    """The estimate of S3 and C3 from strikers and acts by year; None if every year, or none, has an act."""
    with_act = np.round(acts)[1:-1] > 0
    try:
        return growth(strikers + EPSILON * max(float(strikers.mean()), 1.0), with_act, _SEED)
    except EstimationError:
        return None


def _russia(study: Study) -> Mapping[str, FittedRecord]:
    theory = study.theory
    assert theory.setting is not None
    people = {**theory.setting.population, "people": _PEOPLE}
    effect = parse_estimand(f"turnout:act=1:{OVER}", theory, RUSSIA_YEARS * YEAR)
    strikers, acts = russian_strikers(), russian_acts()
    observed = of_arrays({"turnout": strikers}, "year", _RUSSIA)
    mean = float(strikers.mean())
    weeks = tuple(range(SETTLE + 1, SETTLE + 1 + RUSSIA_YEARS * YEAR))
    recorded = RecordedActs(_ACTS, "act", 1.0, RUSSIA_ACTS, weeks)
    scale = LogUniform(mean / _MOST_SHARE, mean / _LEAST_SHARE)
    strikes = Reported(form="noisy", scale=scale, noise=Fixed(REPORTING_ERROR))
    dates = Reported(form="noisy", scale=Fixed(float(YEAR)), shared=False)
    reporting = Reporting(series={"turnout": strikes, _ACTS: dates})

    def also(reported: Mapping[str, Floats]) -> dict[str, float]:
        return numbers_of(_growth_of(reported["turnout"], reported[_ACTS]), "above")

    def model(account: str) -> Kinship:
        made = kinship(
            theory, observed, people, reporting=Reporting(series={"turnout": strikes}), account=account,
            settings=FitSettings.of(_SETTINGS, {"every": YEAR}), fixed=study.params, estimands=(effect,),
        )  # fmt: skip
        draws = replace(made.draws, observables=("turnout", _ACTS), recorded=recorded)
        return replace(made, draws=draws, reporting=reporting, offsets=(1,), also=also, also_key="growth after acts")

    shown = replace(observed, series={"turnout": strikers, _ACTS: acts})
    tide = TimedActs("act", _ACTS, "turnout")
    return {_RUSSIA: FittedRecord(shown, _models(model, tide), _growth_of(strikers, acts))}


# -- both --------------------------------------------------------------------------------------------------------------


def _models(model: Callable[[str], Kinship], tide: TimedActs) -> dict[str, Kinship]:
    """The accounts and their rivals, for one kind of record."""
    wide = model(PRIOR)
    found = {account: model(account) for account in BOTH} | {NEITHER: wide}
    return found | {TIDE: timed(wide, tide), TIDE_EFFECT: timed(wide, replace(tide, effect=True))}


def turnout_after_an_act(says: Direction) -> tuple[FittedTest, ...]:
    """The tests by fits that S3 (turnout falls) and C3 (turnout rises) share."""
    return (
        FittedTest(
            record=_RUSSIA,
            title="Strikers by year and acts against the highest offices, Russia 1895-1912, by fits",
            citation=f"{citation('russia_strikes_1895_1912')} {citation('russia_acts_1895_1912')}",
            estimator="fits of deed to yearly strikers, acts at their dates; and the change after years with an act",
            says=says,
            effect=_EFFECT,
            prepare=_russia,
            settings=_SETTINGS,
            tables=_TABLES,
        ),
    )


__all__ = ["turnout_after_an_act"]
