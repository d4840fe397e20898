"""Excitation over many places at once: the mean over places, how much they differ, and what could refute it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Literal, cast

import numpy as np
import polars as pl
from numpy.typing import NDArray

from groundswell.errors import EstimationError
from groundswell.estimators.excitation.baseline import Baseline
from groundswell.estimators.excitation.examination_verdict import PairVerdict, holm
from groundswell.estimators.excitation.panel import PanelFit, fit_panel
from groundswell.inquiry.excitation_more import posterior
from groundswell.inquiry.excitation_words import LIMITS, PANEL_METHODS, REFERENCES
from groundswell.inquiry.finding import Finding
from groundswell.inquiry.fit_rows import (
    AgainstNothing,
    PanelFitRow,
    PanelPlacebo,
    PanelVariant,
    PlaceFitRow,
)
from groundswell.inquiry.manner import Manner
from groundswell.inquiry.material import FEWEST_EVENTS, FEWEST_STEPS, Material, coverage_of
from groundswell.inquiry.pairs import TELLS_LITTLE, conclude, pair_frame, pair_row, under_accuracy
from groundswell.inquiry.questions import Question
from groundswell.inquiry.rows import Between, CheckRow, PairRow
from groundswell.inquiry.wording import capital

Counts = Mapping[str, NDArray[np.int64]]

_LEVEL = 0.05
_FLEXIBILITIES = {"quick": (2.0, 8.0), "full": (1.0, 2.0, 8.0, 12.0)}  # trend pieces a year, besides the usual four
_FEWEST_PLACES = 3


def ask(question: Question, material: Material, manner: Manner) -> Finding | None:
    """Answer the question of excitation over places; None where too few of them can be fitted."""
    kinds, counts, coverage, aside = _counts(material)
    if len(counts) < _FEWEST_PLACES:
        return None
    stages = 3 + len(_FLEXIBILITIES[manner.effort])
    stage = f"excitation, {len(counts)} places"

    def fit(of: Counts, done: int, covered: bool = True, trend: float | None = None) -> PanelFit | None:
        manner.say(stage, done, stages)
        try:
            return fit_panel(
                of,
                kinds=kinds,
                step=material.unit,
                coverage={name: coverage[name] for name in of} if covered and coverage else None,
                baseline=None if trend is None else Baseline(df_per_year=trend),
                interval="profile" if manner.depth == "full" and done == 0 else "wald",
                seed=manner.seed,
            )
        except EstimationError:
            if done == 0:
                raise
            return None

    try:
        record = fit(counts, 0)
    except EstimationError as error:
        return Finding(question, "no verdict", f"The record cannot tell: {error.given}.", notes=(str(error),))
    assert record is not None
    backwards = fit({name: np.ascontiguousarray(y[::-1]) for name, y in counts.items()}, 1, covered=False)
    swapped = fit(_swapped(counts), 2, covered=False) if len(kinds) > 1 else None
    trends = {pieces: fit(counts, 3 + i, trend=pieces) for i, pieces in enumerate(_FLEXIBILITIES[manner.effort])}
    manner.say(stage, stages, stages)
    verdicts = _verdicts(record, backwards if len(kinds) > 1 else None, swapped, trends)
    reasons = _reasons(record)
    rows = [_with_spread(pair_row(verdict, None), record) for verdict in verdicts]
    rows = under_accuracy(rows, material.accuracy)
    aside += _beyond_one(record)
    row = _fit_row(record, backwards, swapped, trends, material, counts)
    if manner.depth == "bayes":
        drawn, words = posterior(counts, kinds, material.unit, coverage, manner)
        aside.append(words)
        row = replace(row, posterior=drawn)
    status, answer = conclude(rows, reasons)
    return Finding(
        question,
        status,
        _where(answer, record),
        pairs=tuple(rows),
        fits=(row,),
        methods=PANEL_METHODS,
        limits=LIMITS,
        references=REFERENCES,
        notes=tuple(capital(note) for note in (*aside, *record.notes)),
        tables={"excitation": pair_frame(rows), "excitation_places": _places_frame(record)},
    )


def _counts(material: Material) -> tuple[tuple[str, ...], dict[str, NDArray], dict[str, NDArray] | None, list[str]]:
    """Counts of the kinds of which most places have enough events, in the places with enough of all of them."""
    series = {place: material.series_of(place) for place in material.places}
    sums = {place: made.counts.sum(axis=0) for place, made in series.items()}
    enough = {kind: sum(total[i] >= FEWEST_EVENTS for total in sums.values()) for i, kind in enumerate(material.kinds)}
    kept = [
        i for i, kind in enumerate(material.kinds) if enough[kind] >= max(_FEWEST_PLACES, 0.5 * max(enough.values()))
    ]
    kinds = tuple(material.kinds[i] for i in kept)
    aside = [
        f"{kind} left out of the panel: only {enough[kind]} places have {FEWEST_EVENTS} events of it"
        for kind in material.kinds
        if kind not in kinds
    ]
    usable = [
        place
        for place, total in sums.items()
        if any(total[i] >= FEWEST_EVENTS for i in kept) and series[place].watched.sum() >= FEWEST_STEPS
    ]
    lost = len(series) - len(usable)
    if lost:
        aside.append(
            f"{lost} of {len(series)} places left out of the panel: fewer than {FEWEST_EVENTS} events of any kind, or "
            f"fewer than {FEWEST_STEPS} {material.unit}s"
        )
    counts = {place: np.ascontiguousarray(series[place].masked()[:, kept]) for place in usable}
    found = {place: coverage_of(series[place]) for place in usable}
    coverage = {place: c for place, c in found.items() if c is not None}
    return kinds, counts, coverage if len(coverage) == len(usable) else None, aside


def _swapped(counts: Counts) -> dict[str, NDArray]:
    """Each kind of each place paired with the other kinds of other places, over the days that both have.

    Kind i of a place is that of the place i steps on in the order of size, so that no two kinds come from one place.
    """
    names = list(counts)
    made = {}
    for at, name in enumerate(names):
        parts = [counts[names[(at + i) % len(names)]][:, i] for i in range(counts[name].shape[1])]
        shortest = min(part.size for part in parts)
        made[name] = np.column_stack([part[part.size - shortest :] for part in parts])  # records end together
    return made


# -- verdicts ---------------------------------------------------------------------------------------------------------


def _verdicts(
    record: PanelFit, backwards: PanelFit | None, swapped: PanelFit | None, trends: Mapping[float, PanelFit | None]
) -> list[PairVerdict]:
    K = len(record.kinds)
    adjusted = holm(np.where(np.isfinite(record.pair_p), record.pair_p, 1.0))
    fitting = {pieces: fit for pieces, fit in trends.items() if fit is not None and fit.passed}
    rows = []
    for k in range(K):
        for j in range(K):
            found = bool(adjusted[j, k] < _LEVEL and record.p < _LEVEL and not record.low[j, k] <= 0)
            why = _reasons(record)
            spoken: dict[str, tuple[float, bool]] = {}
            n = float(record.branching[j, k])
            if j != k and swapped is not None:
                p = float(swapped.pair_p[j, k])
                spoken["places swapped"] = (p, not found or p >= _LEVEL)
                if found and p < _LEVEL:
                    why.append("the same kind elsewhere seems to excite it as well, as under a shared cause")
            if j != k and backwards is not None:
                p = float(backwards.pair_p[j, k])
                stronger = p < _LEVEL and float(backwards.branching[j, k]) >= n
                spoken["time reversed"] = (p, not (found and stronger))
                if found and stronger:
                    why.append("it leads as strongly with time run backwards, as under a common cause")
            lost = [pieces for pieces, fit in fitting.items() if fit.pair_p[j, k] >= _LEVEL]
            if found and lost:
                why.append(f"it is lost under a trend of {lost[0]:g} pieces a year")
            values = [n, *(float(fit.branching[j, k]) for fit in fitting.values())]
            verdict: Literal["excites", "inhibits", "none", "undetermined", "refused"] = (
                "refused"
                if why
                else "excites"
                if found
                else "none"
                if float(record.high[j, k]) < TELLS_LITTLE
                else "undetermined"
            )
            rows.append(
                PairVerdict(
                    record.kinds[j],
                    record.kinds[k],
                    n,
                    float(record.low[j, k]),
                    float(record.high[j, k]),
                    record.level,
                    float(record.half_life[k]),
                    float(record.half_life_low[k]),
                    float(record.half_life_high[k]),
                    record.step,
                    math.nan,
                    float(record.pair_p[j, k]),
                    float(adjusted[j, k]),
                    math.nan,
                    math.nan,
                    tuple(record.checks.values()),
                    spoken,
                    min(values),
                    max(values),
                    verdict,
                    tuple(why),
                )
            )
    return rows


def _reasons(record: PanelFit) -> list[str]:
    """Why no verdict can be given on the panel as a whole."""
    if not record.passed:
        return [record.answer.removeprefix("No verdict: ").rstrip(".")]
    if record.spectral_radius >= 1:
        return [f"the fitted process explodes (spectral radius {record.spectral_radius:.2f})"]
    return []


def _beyond_one(record: PanelFit) -> list[str]:
    """Places that would explode by themselves: a sign that their baseline does not follow what moved them."""
    words = []
    for k, kind in enumerate(record.kinds):
        names = [p.name for p in record.places if np.isfinite(p.shrunken[k, k]) and p.shrunken[k, k] >= 1]
        if names:
            words.append(
                f"In {', '.join(names)} one event of {kind} would trigger more than one other: such a place would "
                "explode, so its baseline does not follow what moved it, and the mean over places leans on it"
            )
    return words


def _where(answer: str, record: PanelFit) -> str:
    """The answer, and where it holds: pooled over which places, and for what was found, in how many it shows."""
    if not record.passed:
        return answer
    places = f"Over {record.pooled} of {len(record.places)} places"
    if record.excited:
        j, k = np.unravel_index(int(np.nanargmin(record.pair_p)), record.pair_p.shape)
        return (
            f"{places}, on average: {answer[:1].lower()}{answer[1:]} By itself, {record.kinds[j]} → {record.kinds[k]} "
            f"shows in {record.showing[j, k]} of {record.asked[j, k]} places; in the median place it is "
            f"{record.median[j, k]:.2f}."
        )
    return f"{places}, on average: {answer[:1].lower()}{answer[1:]}"


# -- rows -------------------------------------------------------------------------------------------------------------


def _with_spread(row: PairRow, record: PanelFit) -> PairRow:
    j, k = record.kinds.index(row.pair.source), record.kinds.index(row.pair.target)
    return replace(
        row,
        between=Between(
            sd=float(record.between[j, k]),
            low=float(record.between_low[j, k]),
            high=float(record.between_high[j, k]),
            p_same_everywhere=float(record.heterogeneity_p[j, k]),
            new_place_low=float(record.prediction_low[j, k]),
            new_place_high=float(record.prediction_high[j, k]),
        ),
        median=float(record.median[j, k]),
        showing=int(record.showing[j, k]),
        places=int(record.asked[j, k]),
    )


def _fit_row(
    record: PanelFit,
    backwards: PanelFit | None,
    swapped: PanelFit | None,
    trends: Mapping[float, PanelFit | None],
    material: Material,
    counts: Counts,
) -> PanelFitRow:
    totals = np.sum([np.nansum(y, axis=0) for y in counts.values()], axis=0).astype(int)
    placebos = [
        PanelPlacebo(
            name,
            answer,
            float(np.nanmin(_off(fit.pair_p))) if len(record.kinds) > 1 else fit.p,
            fit.branching,
            fit.pair_p,
        )
        for name, answer, fit in (
            ("places swapped", "kinds of one place with those of another", swapped),
            ("time reversed", "the record run backwards", backwards),
        )
        if fit is not None
    ]
    variants = [PanelVariant("as reported", record.branching, record.passed, record.p)]
    variants += [
        PanelVariant(f"{pieces:g} pieces a year", fit.branching, fit.passed, fit.p)
        for pieces, fit in trends.items()
        if fit is not None
    ]
    return PanelFitRow(
        place=None,
        panel=True,
        kinds=record.kinds,
        unit=record.step,
        start=str(material.whole.start),
        events=dict(zip(record.kinds, totals.tolist(), strict=True)),
        answer=record.answer,
        passed=record.passed,
        reasons=_reasons(record),
        pooled=record.pooled,
        against_no_excitation=AgainstNothing(None, record.p, record.p_method, None, None),
        spectral_radius=record.spectral_radius,
        checks=[CheckRow("the panel", check) for check in record.checks.values()],
        panel_placebos=placebos,
        with_all=record.with_all,
        median=record.median,
        asked=record.asked,
        showing=record.showing,
        tide_p=record.tide_p,
        sensitivity={"variants": variants},
        places=[
            PlaceFitRow(
                name=place.name,
                periods=place.steps,
                events=dict(zip(record.kinds, place.events, strict=False)),
                passed=place.passed,
                reason=place.reason,
                branching=place.branching,
                low=place.low,
                high=place.high,
                shrunken=place.shrunken,
                shrunken_low=place.shrunken_low,
                shrunken_high=place.shrunken_high,
                checks=[CheckRow(kind, check) for kind, found in place.checks.items() for check in found],
            )
            for place in record.places
        ],
    )


def _off(values: NDArray) -> NDArray:
    return values[~np.eye(values.shape[0], dtype=bool)]


def _places_frame(record: PanelFit) -> pl.DataFrame:
    """Every place and ordered pair: its own estimate, and that given the population."""
    rows = [
        {
            "place": place.name,
            "source": source,
            "target": target,
            "branching": float(place.branching[j, k]),
            "low": float(place.low[j, k]),
            "high": float(place.high[j, k]),
            "shrunken": float(place.shrunken[j, k]),
            "shrunken_low": float(place.shrunken_low[j, k]),
            "shrunken_high": float(place.shrunken_high[j, k]),
            "fits": place.passed,
            "reason": place.reason,
        }
        for place in record.places
        for j, source in enumerate(record.kinds)
        for k, target in enumerate(record.kinds)
        if place.branching.shape == (len(record.kinds),) * 2
    ]
    return cast(pl.DataFrame, pl.DataFrame(rows))
