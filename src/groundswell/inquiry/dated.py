"""Whether a record changed at a date, and whether one place diverged from the others after it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date
from typing import cast

import numpy as np
import polars as pl

from groundswell.errors import EstimationError
from groundswell.estimators.core import Check, Estimate
from groundswell.estimators.excitation.examination_verdict import holm
from groundswell.estimators.response.interrupted import InterruptedSeries, interrupted_series
from groundswell.estimators.response.rare import share
from groundswell.estimators.response.synthetic_control import SyntheticControl, synthetic_control
from groundswell.inquiry.finding import Finding, not_asked, summary
from groundswell.inquiry.manner import Manner
from groundswell.inquiry.material import FEWEST_EVENTS, Material, near
from groundswell.inquiry.questions import Question
from groundswell.inquiry.rows import ChangeRow, CheckRow, Status
from groundswell.inquiry.wording import capital, many, p_words
from groundswell.records.series import Series

_LEVEL = 0.95
_WINDOW = {"day": (1, 14), "week": (1, 12)}  # as in the questions of what follows an act
_BEFORE = 52  # steps that a synthetic control is matched on, at most
_AFTER = 26
_FEWEST_DONORS = 5
CHANGE_METHODS = (
    "Each series is regressed on its level, trend, season and the events of other kinds, with a change of level and "
    "of slope after the date (an interrupted series; Bernal, Cummins & Gasparrini 2017), with errors that allow for "
    "memory (Lazarus, Lewis, Stock & Watson 2018). p is the larger of two values: that test's, and the share of other "
    "dates that show as large a break. If one side of the date has fewer than ten events, they are compared with what "
    "the other side leads one to expect, with the exact interval of a count (Garwood 1936). Over several kinds, "
    "p-values are adjusted (Holm 1979).",
)
CHANGE_REFERENCES = (
    "Bernal, J. L., Cummins, S. & Gasparrini, A. (2017). Interrupted time series regression for the evaluation of "
    "public health interventions: a tutorial. International Journal of Epidemiology 46(1), 348-355. "
    "doi:10.1093/ije/dyw098",
    "Lazarus, E., Lewis, D. J., Stock, J. H. & Watson, M. W. (2018). HAR inference: recommendations for practice. "
    "Journal of Business & Economic Statistics 36(4), 541-559. doi:10.1080/07350015.2018.1506926",
    "Garwood, F. (1936). Fiducial limits for the Poisson distribution. Biometrika 28(3/4), 437-442. "
    "doi:10.2307/2333958",
)
CHANGE_LIMITS = (
    "One record and one date are not an experiment: the change includes whatever else happened then.",
    "A change of coverage at the date itself cannot be distinguished from a change in what was covered.",
)
TREATED_METHODS = (
    "The place is compared with the mixture of other places that followed it most closely before the date (a "
    "synthetic control; Abadie, Diamond & Hainmueller 2010). Its divergence from that mixture is compared with the "
    "earlier drift of its own gap, and ranked among the same quantity for every other place, as if the date were "
    "theirs; p is the larger of the two.",
)
TREATED_REFERENCES = (
    "Abadie, A., Diamond, A. & Hainmueller, J. (2010). Synthetic control methods for comparative case studies. Journal "
    "of the American Statistical Association 105(490), 493-505. doi:10.1198/jasa.2009.ap08746",
)
TREATED_LIMITS = (
    "The effect is hidden if the event also moved the other places, and it includes whatever else set the place apart "
    "after the date.",
)


def check_date(material: Material, at: date | None, treated: str | None) -> None:
    """Check that a date and a place that were asked about are in the record, before anything is written.

    Raises
    ------
    EstimationError : with the span of the record, or the nearest place.
    """
    if at is not None:
        dates = material.whole.dates()
        if not dates[0] <= at <= dates[-1]:
            raise EstimationError(f"--at {at}", expected=f"a day within the record, {dates[0]} to {dates[-1]}")
    if treated is not None and at is None:
        raise EstimationError("--treated without a date", expected="--at DATE as well")
    if treated is not None and treated not in material.places:
        raise EstimationError(
            f"--treated {treated!r}",
            expected="a place that is counted separately, with 10 events or more"
            + ("" if material.places else " (--by place or --by country)"),
            instead=near(treated, material.places) if material.places else None,
        )


def _step(counted: Series, at: date) -> int:
    """The period that holds the day."""
    return max(t for t, first in enumerate(counted.dates()) if first <= at)


def ask_change(question: Question, material: Material, manner: Manner) -> Finding:
    """Answer whether the record changed at a date."""
    if manner.at is None:
        return not_asked(question, "no date was given (--at DATE)")
    whole = material.whole
    at, unit = _step(whole, manner.at), material.unit
    values = whole.masked()
    coverage = whole.coverage
    reported = None if coverage is None or np.ptp(coverage) == 0 else coverage + 1.0
    window = _WINDOW[unit]
    kinds = [kind for i, kind in enumerate(whole.kinds) if whole.counts[:, i].sum() >= FEWEST_EVENTS]
    if not kinds:
        return not_asked(question, f"no kind has {FEWEST_EVENTS} events")
    fits: list[tuple[str, InterruptedSeries | str]] = []
    for done, kind in enumerate(kinds):
        manner.say(question.name, done, len(kinds))
        y = values[:, whole.kinds.index(kind)]
        try:
            fits.append((kind, interrupted_series(y, at, coverage=reported, step=unit, window=window)))
        except EstimationError as error:
            fits.append((kind, error.given))
    manner.say(question.name, len(kinds), len(kinds))
    fitted = [fit for _, fit in fits if not isinstance(fit, str)]
    adjusted = iter(holm(np.array([1.0 if f.effect.p is None else f.effect.p for f in fitted])) if fitted else ())
    rows = [
        _refused(kind, None, fit, manner.at, unit)
        if isinstance(fit, str)
        else _change_row(kind, fit, manner.at, float(next(adjusted)))
        for kind, fit in fits
    ]
    frames = [
        pl.DataFrame({"of": kind, "date": whole.dates(), "counted": values[:, whole.kinds.index(kind)],
                      "expected": fit.expected, "low": fit.low, "high": fit.high})
        for kind, fit in fits if not isinstance(fit, str)
    ]  # fmt: skip
    return _finding(question, rows, CHANGE_METHODS, CHANGE_LIMITS, CHANGE_REFERENCES, frames)


def _change_row(kind: str, fit: InterruptedSeries, at: date, adjusted: float) -> ChangeRow:
    e = fit.effect
    status: Status = "no verdict"
    when = f"in {fit.step}s {fit.window[0]} to {fit.window[1]} after {at}"
    if not fit.passed or e.value is None or e.low is None or e.high is None:
        reason = "how much was reported changed at the date as well, and the two cannot be distinguished"
        answer = f"The record cannot tell whether there were more or fewer {many(kind)} after {at}: {reason}."
    else:
        clear = adjusted < 1 - e.level and (e.low > 0 or e.high < 0)
        status = "found" if clear else "not found"
        seen = f"{share(e.value)} of what was expected ({e.level:.0%} interval {share(e.low)} to {share(e.high)}; "
        seen += f"{p_words(adjusted)})"
        if clear:
            answer = f"There were {'more' if e.value > 0 else 'fewer'} {many(kind)} {when}: {seen}."
        elif float(cast(float, e.checks["detectable"])) > math.log(2):
            status = "no verdict"
            answer = (
                f"The record cannot tell whether there were more or fewer {many(kind)} {when}: it shows {seen}, and "
                f"even a doubling would often go undetected."
            )
        else:
            answer = f"No change in {many(kind)} was found {when}: {seen}."
    return _row(kind, None, status, answer, when, fit.step, e, adjusted, (fit.separable,))


def ask_treated(question: Question, material: Material, manner: Manner) -> Finding:
    """Answer whether one place diverged from the others after a date."""
    if manner.at is None or manner.treated is None:
        return not_asked(question, "no date and place were given (--at DATE --treated PLACE)")
    others = [place for place in material.places if place != manner.treated]
    if len(others) < _FEWEST_DONORS:
        return not_asked(
            question, f"{len(others)} other places have {FEWEST_EVENTS} events, and {_FEWEST_DONORS} are needed"
        )
    at, unit = _step(material.whole, manner.at), material.unit
    own = _on(material, manner.treated)
    crowds = [kind for kind in ("protest", "strike") if kind in material.kinds] or list(material.kinds)
    rows, frames = [], []
    for kind in crowds:
        k = material.whole.kinds.index(kind)
        before = min(_BEFORE, at)
        after = min(_AFTER, len(material.whole) - 1 - at)
        window = (1, min(_WINDOW[unit][1], max(after, 1)))
        try:
            fit = synthetic_control(
                own[:, k], np.column_stack([_on(material, place)[:, k] for place in others]), at,
                names=others, before=before, after=max(after, 1), window=window,
            )  # fmt: skip
        except EstimationError as error:
            rows.append(_refused(kind, manner.treated, error.given, manner.at, unit))
            continue
        rows.append(_treated_row(kind, manner.treated, fit, manner.at, unit))
        frames.append(
            pl.DataFrame({"of": kind, "lag": fit.lags, "observed": fit.observed, "synthetic": fit.synthetic,
                          "gap": fit.gap})
        )  # fmt: skip
    return _finding(question, rows, TREATED_METHODS, TREATED_LIMITS, TREATED_REFERENCES, frames)


def _on(material: Material, place: str) -> np.ndarray:
    """The counts of a place on the steps of the whole record, shape (T, K): NaN where nobody watched."""
    whole, own = material.whole, material.series_of(place)
    values = np.zeros(whole.counts.shape)
    first = whole.dates().index(own.start)
    values[first : first + len(own)] = own.masked()
    values[~whole.watched] = np.nan
    return values


def _treated_row(kind: str, place: str, fit: SyntheticControl, at: date, unit: str) -> ChangeRow:
    e = fit.effect
    when = f"in {unit}s {fit.window[0]} to {fit.window[1]} after {at}"
    status: Status = "no verdict"
    if not fit.passed or e.value is None or e.p is None or e.low is None or e.high is None:
        because = fit.answer.removeprefix("No verdict: ").removesuffix(".")
        answer = f"The record cannot tell whether {place} diverged from other places after {at}: {because}."
    else:
        clear = e.p <= 1 - e.level and (e.low > 0 or e.high < 0)
        status = "found" if clear else "not found"
        seen = f"{share(e.value)} of what similar places lead one to expect ({e.level:.0%} interval {share(e.low)} to "
        seen += f"{share(e.high)}; {p_words(e.p)}; {fit.weights.size} other places)"
        if clear:
            answer = (
                f"{place} had {'more' if e.value > 0 else 'fewer'} {many(kind)} {when} than places like it: {seen}."
            )
        elif float(cast(float, e.checks["detectable"])) > math.log(2):
            status = "no verdict"
            answer = (
                f"The record cannot tell whether {place} had more or fewer {many(kind)} {when} than places like it: "
                f"it shows {seen}, and even a doubling would often go undetected."
            )
        else:
            answer = f"It was not found that {place} diverged from places like it in {many(kind)} {when}: {seen}."
    return _row(kind, place, status, answer, when, unit, e, e.p, (fit.fit, fit.alike))


def _refused(kind: str, place: str | None, because: str, at: date, unit: str) -> ChangeRow:
    """The row of a kind for which no model could be fitted."""
    e = Estimate(None, None, None, None, 0, "not fitted", "log ratio", False)
    answer = f"The record cannot tell whether there were more or fewer {many(kind)} after {at}: {because}."
    return _row(kind, place, "no verdict", answer, f"after {at}", unit, e, None, ())


def _row(
    kind: str, place: str | None, status: Status, answer: str, when: str, unit: str, e: Estimate,
    adjusted: float | None, checks: Sequence[Check],
) -> ChangeRow:  # fmt: skip
    rows = [CheckRow(kind, check) for check in checks]
    return ChangeRow.of_estimate(
        e, of=kind, place=place, status=status, answer=capital(answer), when=when, unit=unit, adjusted_p=adjusted,
        checks=rows,
    )  # fmt: skip


def _finding(
    question: Question,
    rows: Sequence[ChangeRow],
    methods: Sequence[str],
    limits: Sequence[str],
    references: Sequence[str],
    frames: Sequence[pl.DataFrame],
) -> Finding:
    status = summary(row.status for row in rows)
    order = {status: 0, "no verdict": 1}
    ordered = sorted(rows, key=lambda row: order.get(row.status, 2))
    return Finding(
        question,
        status,
        " ".join(row.answer for row in ordered),
        changes=tuple(rows),
        methods=tuple(methods),
        limits=tuple(limits),
        references=tuple(references),
        tables={question.name: pl.concat(frames)} if frames else {},
    )
