"""Whether protest comes in waves, and how fast single waves grow and fade."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from groundswell.errors import EstimationError, RecordError
from groundswell.estimators.waves.decay_counts import fit_decay_of_counts
from groundswell.estimators.waves.decay_fit import DecayFit
from groundswell.estimators.waves.episodes import episodes
from groundswell.estimators.waves.spectrum import Spectrum, wave_spectrum
from groundswell.inquiry.finding import Finding, not_asked, summary
from groundswell.inquiry.manner import Manner
from groundswell.inquiry.material import FEWEST_STEPS, Material, coverage_of
from groundswell.inquiry.questions import Question
from groundswell.inquiry.rows import WavesRow
from groundswell.inquiry.wording import capital, listed, many
from groundswell.records.series import Series, series
from groundswell.results import plain

_FEWEST = 50  # events of a kind, below which its series is mostly zeros
_SHORTEST = 4.0  # steps; what goes up and down from one step to the next is not a wave
_PEAK = 10  # events in the highest step of an episode, at least
_YEARS = 6  # from here on a spectrum is that of months: shorter steps add noise and no longer waves
_FOLLOWED = {"day": 28, "week": 13}  # steps after a peak, a month and a quarter
_PER_YEAR = {"day": 365.25, "week": 365.25 / 7, "month": 12.0}
METHODS = (
    "Waves: the multitaper spectrum of the logarithm of the series, after removing its trend, its season and the "
    "events of other kinds, is compared with red noise of the same persistence plus the white noise of counting "
    "(Thomson 1982; Allen & Smith 1996). p is the share of such red-noise series that show as high a peak anywhere in "
    "the band.",
    "Growth and decay: an episode is a stretch above a fifth of its peak, whose peak is at least three times the "
    "typical level. Given the number of events in an episode, their times after the peak have probabilities that fall "
    "as exp(−rt); r varies between episodes, which are pooled, with errors that allow events of one episode to depend "
    "on each other. Growth is the same, backwards from the peak.",
)
REFERENCES = (
    "Thomson, D. J. (1982). Spectrum estimation and harmonic analysis. Proceedings of the IEEE 70(9), 1055-1096. "
    "doi:10.1109/PROC.1982.12433",
    "Allen, M. R. & Smith, L. A. (1996). Monte Carlo SSA: Detecting irregular oscillations in the presence of colored "
    "noise. Journal of Climate 9(12), 3373-3404. doi:10.1175/1520-0442(1996)009<3373:MCSDIO>2.0.CO;2",
)
LIMITS = (
    "A system that swings irregularly may well pass for red noise, and a change in coverage that nothing in the "
    "record mentions looks like a long wave.",
    "A peak is known as a peak only afterwards: the fall in counts after it is part of what makes it one.",
    "Records lose interest as attention ebbs, which no estimator can distinguish from the ebbing of protest itself.",
)


def ask(question: Question, material: Material, manner: Manner) -> Finding:
    """Answer whether protest and strikes come in waves."""
    whole = material.whole
    kinds = [kind for kind in material.crowds if kind in whole.kinds and whole.of(kind).sum() >= _FEWEST]
    if not kinds:
        return not_asked(
            question, f"the record has fewer than {_FEWEST} {listed([many(k) for k in material.crowds], 'or')}"
        )
    if len(whole) < FEWEST_STEPS:
        return not_asked(question, f"the record has {material.units(len(whole))}, and {FEWEST_STEPS} are needed")
    rows: list[WavesRow] = []
    for done, kind in enumerate(kinds):
        manner.say("waves", 2 * done, 2 * len(kinds))
        spectrum, because = _spectrum(material, kind, manner)
        manner.say("waves", 2 * done + 1, 2 * len(kinds))
        rows.append(_row(material, kind, spectrum, because, manner))
    manner.say("waves", 2 * len(kinds), 2 * len(kinds))
    status = summary(row.status for row in rows)
    rows_in_order = sorted(rows, key=lambda row: row.status != status)  # what the badge says leads the answer
    return Finding(
        question,
        status,
        " ".join(row.answer for row in rows_in_order),
        waves=tuple(rows),
        methods=METHODS,
        limits=LIMITS,
        references=REFERENCES,
        tables={"waves": _frame(rows)},
    )


def _spectrum(material: Material, kind: str, manner: Manner) -> tuple[Spectrum | None, str]:
    whole = material.whole
    unit: Literal["day", "week", "month"] = material.unit
    counted: Series = whole
    if len(whole) >= _YEARS * _PER_YEAR[material.unit]:
        unit = "month"
        counted = series(material.events, [kind], "month", coarse="leave out", window=material.window)
    counted = counted.longest_watched()
    year = _PER_YEAR[unit]
    season = None
    if unit != "day":
        season = round(year) if len(counted) >= 3 * year else None
    elif len(counted) >= 21:
        season = 7
    cover = coverage_of(counted)
    try:
        found = wave_spectrum(
            counted.of(kind),
            unit=unit,
            season=season,
            shortest=_SHORTEST,
            covariates=None if cover is None else {"coverage": cover},
            draws=1999 if manner.depth == "full" else 999,
            seed=manner.seed,
        )
    except EstimationError as error:
        return None, error.given
    return found, ""


def _course(material: Material, kind: str) -> tuple[NDArray, NDArray, NDArray, NDArray] | None:
    """Counts after and before the peaks of all episodes, each with what was watched; None without episodes."""
    steps = _FOLLOWED[material.unit]
    after, seen_after, before, seen_before = [], [], [], []
    for place in material.places or (None,):
        here = material.series_of(place)
        y = here.of(kind)
        if y.sum() < _FEWEST:
            continue
        for episode in episodes(y, above=max(3.0, _PEAK / max(float(np.median(y)), 1.0))):
            ahead = np.arange(episode.peak + 1, episode.peak + 1 + steps)
            back = np.arange(episode.peak - 1, episode.peak - 1 - steps, -1)
            for at, values, watched in ((ahead, after, seen_after), (back, before, seen_before)):
                inside = (at >= 0) & (at < y.size) & here.watched[np.clip(at, 0, y.size - 1)]
                values.append(np.where(inside, y[np.clip(at, 0, y.size - 1)], 0))
                watched.append(inside)
    if not after:
        return None
    return np.array(after), np.array(seen_after), np.array(before), np.array(seen_before)


def _decay(counts: NDArray, watched: NDArray, unit: str, manner: Manner) -> DecayFit | str:
    try:
        return fit_decay_of_counts(counts, watched=watched, unit=unit, seed=manner.seed)
    except (EstimationError, RecordError) as error:
        return error.given


def _row(material: Material, kind: str, spectrum: Spectrum | None, because: str, manner: Manner) -> WavesRow:
    unit = material.unit
    course = _course(material, kind)
    decay: DecayFit | str = "no episode stands out by three times the typical level"
    growth: DecayFit | str = decay
    if course is not None:
        after, seen_after, before, seen_before = course
        decay, growth = _decay(after, seen_after, unit, manner), _decay(before, seen_before, unit, manner)
    words = []
    if spectrum is None:
        words.append(f"The record cannot tell whether {many(kind)} come in waves: {because}.")
    elif not spectrum.passed:
        failed = ", ".join(check.name for check in spectrum.checks if not check.passed)
        words.append(
            f"The record cannot tell whether {many(kind)} come in waves: neither red noise nor a wave describes it "
            f"({failed})."
        )
    elif spectrum.p < 1 - spectrum.level:
        words.append(
            f"{capital(many(kind))} come in waves of about {spectrum.period:.1f} {spectrum.unit}s "
            f"({spectrum.period_low:.1f} to {spectrum.period_high:.1f}; p = {spectrum.p:.2g} against red noise)."
        )
    else:
        words.append(
            f"{capital(many(kind))} rise and fall no more regularly than persistence alone would produce "
            f"(p = {spectrum.p:.2g})."
        )
    words.append(_pace(kind, decay, growth, unit))
    waved = spectrum is not None and spectrum.passed and spectrum.p < 1 - spectrum.level
    lost = spectrum is None or not spectrum.passed
    return WavesRow(
        kind=kind,
        unit=unit,
        status="found" if waved else "no verdict" if lost else "not found",
        answer=" ".join(words),
        spectrum=spectrum,
        spectrum_refused=because,
        decay=decay if isinstance(decay, DecayFit) else None,
        decay_refused=decay if isinstance(decay, str) else "",
        growth=growth if isinstance(growth, DecayFit) else None,
        growth_refused=growth if isinstance(growth, str) else "",
    )


def _pace(kind: str, decay: DecayFit | str, growth: DecayFit | str, unit: str) -> str:
    if isinstance(decay, str):
        return f"How fast they fade cannot be determined: {decay.replace('1 episodes', '1 episode')}."
    if not decay.passed:
        failed = ", ".join(check.name for check in decay.checks if not check.passed)
        return f"How fast they fade cannot be determined: one rate does not describe the {decay.episodes} episodes "
        f"({failed})."
    if decay.low <= 0:
        return (
            f"Whether they fade after a peak cannot be determined from {decay.episodes} episodes (rate "
            f"{decay.rate:.2g} per "
            f"{unit}, {decay.low:.2g} to {decay.high:.2g})."
        ).replace("-", "−")
    mid, low, high = decay.half_life
    until = f"{high:.2g}" if math.isfinite(high) else "no end"
    said = f"After a peak they halve in about {mid:.2g} {unit}s ({low:.2g} to {until}; {decay.episodes} episodes)"
    if isinstance(growth, DecayFit) and growth.passed and growth.low > 0:
        mid, low, high = growth.half_life
        said += f", before it they double in about {mid:.2g} ({low:.2g} to {high:.2g})"
    return said + "."


def _frame(rows: list[WavesRow]) -> pl.DataFrame:
    """The spectra, one row per kind and frequency."""
    frames = []
    for row in rows:
        if row.spectrum is not None:
            columns = {name: plain(getattr(row.spectrum, name)) for name in ("frequency", "power", "red", "band")}
            frames.append(pl.DataFrame({"kind": [row.kind] * len(columns["power"]), **columns}))
    schema = {"kind": pl.String, "frequency": pl.Float64, "power": pl.Float64, "red": pl.Float64, "band": pl.Float64}
    return pl.concat(frames) if frames else pl.DataFrame(schema=schema)
