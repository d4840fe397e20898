"""Who excites whom: the branching ratio of every ordered pair of kinds, with what it rests on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from groundswell.errors import EstimationError
from groundswell.estimators.excitation.examination import Examination, examine
from groundswell.estimators.excitation.outcome import ExcitationFit
from groundswell.estimators.statistics.diagnostics import randomised_quantiles
from groundswell.inquiry import panel
from groundswell.inquiry.excitation_more import by_the_hour, forecasts, posterior
from groundswell.inquiry.excitation_words import LIMITS, METHODS, REFERENCES
from groundswell.inquiry.finding import Finding, not_asked
from groundswell.inquiry.fit_rows import (
    AgainstNothing,
    CourseRow,
    PlaceboRow,
    ResidualRow,
    SeriesFitRow,
    TideRow,
)
from groundswell.inquiry.manner import Manner, binned
from groundswell.inquiry.material import FEWEST_EVENTS, FEWEST_STEPS, Material, Unit, coverage_of, frequent
from groundswell.inquiry.pairs import conclude, pair_frame, pair_row, under_accuracy
from groundswell.inquiry.questions import Question
from groundswell.inquiry.rows import CheckRow
from groundswell.inquiry.wording import capital
from groundswell.records.series import Series


def ask(question: Question, material: Material, manner: Manner) -> Finding:
    """Answer the question of excitation: with a panel for many places, with an examination for one series."""
    if material.by is not None:
        found = panel.ask(question, material, manner)
        if found is not None:
            return found
    counted = material.whole
    keep = frequent(counted)
    if not keep:
        return not_asked(question, f"no kind has {FEWEST_EVENTS} events that can be dated to the {material.unit}")
    if len(counted) < FEWEST_STEPS:
        return not_asked(
            question, f"the record has {material.units(len(counted))}, and at least {FEWEST_STEPS} are needed"
        )
    return _whole(question, counted, keep, material, manner)


def _whole(question: Question, counted: Series, keep: Sequence[int], material: Material, manner: Manner) -> Finding:
    try:
        found, row = examined(counted, keep, material.unit, manner)
    except EstimationError as error:
        return Finding(question, "no verdict", f"The record cannot tell: {error.given}.", notes=(str(error),))
    notes = list(found.notes)
    kinds = [counted.kinds[i] for i in keep]
    hourly, words = by_the_hour(material, kinds, manner)
    notes += [words] if words else []
    row = replace(row, by_the_hour=hourly)
    if manner.depth == "bayes":
        drawn, words = posterior(counted.masked()[:, list(keep)], kinds, material.unit, coverage_of(counted), manner)
        notes.append(words)
        row = replace(row, posterior=drawn)
    if manner.depth == "full":
        scored, words = forecasts(counted.masked()[:, list(keep)], kinds, material.unit, coverage_of(counted), manner)
        notes.append(words)
        row = replace(row, forecasts=scored)
    pairs = []
    for row_of in (pair_row(pair, counted.place) for pair in found.pairs):
        reasons = tuple(dated(reason, found.fit, counted) for reason in row_of.pair.reasons)
        answer = dated(row_of.answer, found.fit, counted)
        pairs.append(replace(row_of, pair=replace(row_of.pair, reasons=reasons), answer=answer))
    pairs = under_accuracy(pairs, material.accuracy)
    status, answer = conclude(pairs, [dated(reason, found.fit, counted) for reason in found.reasons])
    notes = [dated(note, found.fit, counted) for note in notes]
    return Finding(
        question,
        status,
        answer,
        pairs=tuple(pairs),
        fits=(row,),
        methods=METHODS,
        limits=LIMITS,
        references=REFERENCES,
        notes=tuple(capital(note) for note in notes),
        tables={"excitation": pair_frame(pairs)},
    )


def dated(text: str, fit: ExcitationFit, counted: Series) -> str:
    """A sentence about gaps with dates instead of numbers of steps, and the line of a mapping that declares them."""
    dates = counted.dates()
    for first, last, _ in fit.gaps:
        ends = f"{dates[first]}", f"{dates[last + 1] if last + 1 < len(dates) else dates[last]}"
        text = text.replace(f"{first} to {last}", f"from {ends[0]} to before {ends[1]}")
        declared = f'in the mapping, [window] not_collected = [["{ends[0]}", "{ends[1]}"]]'
        text = text.replace("NaN in the counts, or watched=", declared)
    return text


# -- one series -------------------------------------------------------------------------------------------------------

_PLACEBOS = {
    "shifted": "sources shifted by years",
    "reversed time": "time run backwards",
    "shuffled": "kinds redrawn within blocks of time",
    "swapped": "sources from other places",
}
_STAGES = (
    "fit",
    "goodness of fit",
    "placebos",
    "sensitivity",
    "predictive",
    "profile",
)


def examined(counted: Series, keep: Sequence[int], unit: Unit, manner: Manner) -> tuple[Examination, SeriesFitRow]:
    """The fit of one series with all evidence for and against it, and the same as a row for JSON and the page."""
    y = counted.masked()[:, list(keep)]
    kinds = [counted.kinds[i] for i in keep]
    place = counted.place or "the whole record"

    def progress(stage: str, done: int, total: int) -> None:
        at = _STAGES.index(stage) if stage in _STAGES else 0
        manner.say(f"excitation, {place}", 100 * at + 100 * done // max(total, 1), 100 * len(_STAGES))

    found = examine(
        y,
        kinds=kinds,
        step=unit,
        coverage=coverage_of(counted),
        depth=manner.effort,
        seed=manner.seed,
        progress=progress,
    )
    manner.say(f"excitation, {place}", 100 * len(_STAGES), 100 * len(_STAGES))
    return found, fit_row(found, counted, y, manner.seed)


def fit_row(found: Examination, counted: Series, y: NDArray, seed: int) -> SeriesFitRow:
    """An examination as a row: numbers, checks, placebos, sensitivity, and what its plots need."""
    fit = found.fit
    kinds = fit.kinds

    def by_kind(values: NDArray) -> dict[str, float]:
        return dict(zip(kinds, values.tolist(), strict=True))

    grid = (np.arange(40) + 0.5) / 40
    seen = np.isfinite(y).all(axis=1) & (np.arange(len(y)) >= fit.lead)
    residuals = {
        kind: np.quantile(
            randomised_quantiles(y[seen, i], fit.mean[seen, i], float(fit.dispersion[i]), seed=seed), grid
        )
        for i, kind in enumerate(kinds)
    }
    tide = None
    if fit.tide_size is not None and fit.tide_half_life is not None:
        tide = TideRow(by_kind(fit.tide_size), by_kind(fit.tide_half_life), fit.tide_correlation)
    return SeriesFitRow(
        place=counted.place,
        kinds=kinds,
        unit=fit.step,
        start=str(counted.start),
        periods=len(counted),
        events=dict(zip(kinds, np.nansum(y, axis=0).astype(int).tolist(), strict=True)),
        answer=found.answer,
        passed=found.passed,
        reasons=found.reasons,
        against_no_excitation=AgainstNothing(
            fit.likelihood_ratio, fit.p, fit.p_method, fit.aic - fit.aic_null, fit.bic - fit.bic_null
        ),
        rival=fit.rival,
        tide=tide,
        unwatched=fit.unwatched,
        spectral_radius=fit.spectral_radius,
        triggered=by_kind(fit.triggered),
        dispersion=by_kind(fit.dispersion),
        checks=[CheckRow(kind, check) for kind, checks in fit.checks.items() for check in checks],
        placebos=[
            PlaceboRow(_PLACEBOS.get(name, name), placebo.p, placebo.passed, placebo.answer, placebo.statistics)
            for name, placebo in found.placebos.items()
        ],
        direction=found.direction.answer if found.direction else None,
        sensitivity=found.sensitivity,
        predictive=found.predictions,
        profiles=found.profiles,
        quantiles={"expected": grid, **residuals},
        residual_process=_residuals(found, counted),
        course=_course(fit, y, counted),
    )


def _residuals(found: Examination, counted: Series) -> ResidualRow:
    at, path = binned(found.residuals.path)
    dates = counted.dates()
    return ResidualRow(
        dates=[str(dates[found.fit.lead + int(step)]) for step in at],
        band=found.residuals.band,
        path={kind: path[:, i] for i, kind in enumerate(found.fit.kinds)},
    )


def _course(fit: ExcitationFit, y: NDArray, counted: Series) -> CourseRow:
    """The course of counts, baseline and mean, as means over stretches of time, few enough to be drawn."""
    first, seen = binned(y)
    _, base = binned(fit.baseline_mean)
    _, mean = binned(fit.mean)
    dates = counted.dates()
    each = list(enumerate(fit.kinds))
    return CourseRow(
        dates=[str(dates[int(t)]) for t in first],
        counts={kind: seen[:, i] for i, kind in each},
        mean={kind: mean[:, i] for i, kind in each},
        baseline={kind: base[:, i] for i, kind in each},
        breaks={kind: [str(dates[b]) for b in fit.breaks[i]] for i, kind in each},
    )
