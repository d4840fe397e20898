"""Estimators by name: each takes a series of events and its settings, and returns one `Estimate`.

A claim of a study names one (`estimator = "response"`), and it is applied to the record and to simulated records alike.
To add one, write its settings and a function, and list it in `_ALL`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from scipy import stats

from groundswell.errors import EstimationError, StudyError
from groundswell.estimators.core import Estimate
from groundswell.records.series import Series
from groundswell.settings import Settings, require_known

Measure = Literal["events", "people"]
_Steps = Literal["day", "week"]


@dataclass(frozen=True)
class NamedEstimator:
    """One estimator as a study names it.

    Parameters
    ----------
    name, words : its name, and the description shown in a dossier.
    settings : the class of its settings.
    apply : (series, settings, seed) to an estimate; raises EstimationError where the series cannot answer.
    kinds : the settings that name kinds of events, one each or, as the keys of a table, several.
    acts, outcome : which of those names the acts, and which their possible outcome; None for a single series.
    """

    name: str
    words: str
    settings: type[Settings]
    apply: Callable[[Series, Any, int], Estimate]
    kinds: tuple[str, ...]
    acts: str | None = None
    outcome: str | None = None

    def needs(self, settings: Settings) -> tuple[str, ...]:
        """The kinds of events that a series must have, each once."""
        given = [getattr(settings, name) for name in self.kinds]
        return tuple(dict.fromkeys(str(x) for one in given for x in (one if isinstance(one, Mapping) else (one,))))


def estimators() -> dict[str, NamedEstimator]:
    """All named estimators, in alphabetical order."""
    return {e.name: e for e in sorted(_ALL, key=lambda e: e.name)}


def named_estimator(name: str) -> NamedEstimator:
    """The estimator with this name.

    Raises
    ------
    EstimationError : there is none; a near match is suggested.
    """
    known = estimators()
    require_known(name, known, EstimationError, f"the estimator {name!r}")
    return known[name]


# -- series ------------------------------------------------------------------------------------------------------------


def values_of(series: Series, kind: str, measure: Measure = "events") -> NDArray[np.float64]:
    """Events per period of one kind, or people, shape (T,); NaN where nobody watched.

    Raises
    ------
    StudyError : the series does not have that kind.
    EstimationError : it has no sizes.
    """
    require_known(kind, series.kinds, StudyError, f"the kind {kind!r}")
    k = series.kinds.index(kind)
    if measure == "events":
        return series.masked()[:, k]
    if series.sizes is None:
        raise EstimationError(f"{kind} without numbers of people", expected="events with sizes")
    return np.where(series.watched, series.sizes[:, k], np.nan)


def _whole(values: NDArray[np.float64], what: str) -> NDArray[np.float64]:
    if not np.isfinite(values).all():
        raise EstimationError(
            f"{int((~np.isfinite(values)).sum())} periods of {what} that nobody watched, or without sizes",
            expected="a series without gaps",
            instead='from = "..." and until = "..." in [records.NAME]',
        )
    return values


def _index(series: Series, day: str) -> int:
    """The period that a day falls in."""
    try:
        at = date.fromisoformat(day)
    except ValueError:
        raise EstimationError(f"the date {day!r}", expected="a day such as 2020-05-26") from None
    days = series.dates()
    found = sum(d <= at for d in days) - 1
    if found < 0 or (found == len(days) - 1 and (at - days[-1]).days > 366):
        raise EstimationError(f"the date {day}", expected=f"a day in {days[0]} to {days[-1]}")
    return found


def _steps(series: Series) -> _Steps:
    if series.unit not in ("day", "week"):
        raise EstimationError(f"a series by {series.unit}", expected='unit = "day" or "week" in [records.NAME]')
    return series.unit  # type: ignore[return-value]


# -- after acts --------------------------------------------------------------------------------------------------------


class ResponseOptions(Settings):
    """What followed acts: settings of `groundswell.estimators.response.responses.respond`."""

    acts: str = Field(description="kind of the acts")
    outcome: str = Field(description="kind that may have responded")
    after: int = Field(12, ge=1, le=520, description="steps followed")
    quiet: int = Field(12, ge=0, le=520, description="steps without an act required before an act that counts")
    placebo: int = Field(199, ge=19, le=9999, description="sets of placebo acts")
    checked: bool = Field(False, description="whether pre-trends are checked too, which takes longer")
    season: bool = Field(False, description="whether a season is removed")


def _response(series: Series, settings: ResponseOptions, seed: int) -> Estimate:
    from groundswell.estimators.response.responses import respond

    acts = values_of(series, settings.acts)
    study = respond(
        values_of(series, settings.outcome)[None, :],
        [(0, int(t)) for t in np.flatnonzero(np.nan_to_num(acts) > 0)],
        step=_steps(series),
        windows={f"1-{settings.after}": (1, settings.after)},
        after=settings.after,
        quiet=settings.quiet,
        placebo=settings.placebo,
        season=settings.season,
        curves=False,
        checks=settings.checked,
        seed=seed,
    )
    found = study.overall.primary
    if found.value is None:
        raise EstimationError("too few acts that can be compared with dates without one", expected="more acts")
    return replace(found, passed=study.overall.passed) if settings.checked else found


class DifferenceOptions(Settings):
    """The outcome in periods with an act, compared with periods without."""

    acts: str = Field(description="kind of the acts")
    outcome: str = Field(description="kind that may have responded")
    lag: int = Field(1, ge=-52, le=52, description="periods from the act to the outcome; negative: before it")
    change: bool = Field(False, description="whether changes from the period before the act are compared")
    measure: Measure = "events"


def _difference(series: Series, settings: DifferenceOptions, seed: int) -> Estimate:
    from groundswell.estimators.statistics.association import permutation_difference

    y = np.log(_positive(_whole(values_of(series, settings.outcome, settings.measure), settings.outcome)))
    with_act = np.nan_to_num(values_of(series, settings.acts)) > 0
    t = np.arange(y.size)
    t = t[(t + settings.lag >= 0) & (t + settings.lag < y.size) & (t >= 1)]
    moved = y[t + settings.lag] - (y[t - 1] if settings.change else 0.0)
    if np.unique(with_act[t]).size < 2:
        raise EstimationError(f"acts of {settings.acts} in all periods or in none", expected="periods with and without")
    return permutation_difference(moved, with_act[t], order="time", unit="log ratio", seed=seed)


def _positive(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Values for a logarithm: half an event (or half of the smallest number) is added where there are zeros."""
    if (values > 0).all():
        return values
    positive = values[values > 0]
    if not positive.size:
        raise EstimationError("a series of zeros only", expected="some events")
    return values + 0.5 * float(positive.min())


class InterruptedOptions(Settings):
    """Whether a series changed after a date: settings of `groundswell.estimators.response.interrupted`."""

    kind: str = Field(description="kind of events")
    at: str = Field(description="day of the change, such as 2020-05-26")
    after: int = Field(12, ge=1, le=520, description="steps over which the change is averaged")
    season: bool = False


def _interrupted(series: Series, settings: InterruptedOptions, seed: int) -> Estimate:
    from groundswell.estimators.response.interrupted import interrupted_series

    found = interrupted_series(
        _whole(values_of(series, settings.kind), settings.kind), _index(series, settings.at), step=_steps(series),
        season=settings.season, window=(1, settings.after),
    )  # fmt: skip
    return replace(found.effect, value=_finite(found.effect), passed=found.passed)


def _finite(effect: Estimate) -> float | None:
    """The value of an effect; where one side has no events, half an event is added to the observed and expected counts.

    The log ratio is infinite there, but still an answer to be weighed against those of other records.
    """
    if effect.value is None or not math.isinf(effect.value):
        return effect.value
    counted, expected = (float(effect.checks[x]) for x in ("counted", "expected"))  # type: ignore[arg-type]
    return math.copysign(math.log((counted + 0.5) / (expected + 0.5)), effect.value)


# -- excitation and association ----------------------------------------------------------------------------------------


class ExcitationOptions(Settings):
    """Events triggered per event: settings of `groundswell.estimators.excitation.discrete.fit_excitation`."""

    source: str = Field(description="kind that excites")
    target: str = Field(description="kind that is excited; may be the same")
    interval: Literal["profile", "wald"] = "wald"
    coverage: bool = Field(False, description="whether events of other kinds serve as a proxy for coverage")


def _excitation(series: Series, settings: ExcitationOptions, seed: int) -> Estimate:
    from groundswell.estimators.excitation.discrete import fit_excitation

    kinds = tuple(dict.fromkeys((settings.source, settings.target)))
    counts = np.column_stack([_whole(values_of(series, kind), kind) for kind in kinds])
    coverage = None if not settings.coverage or series.coverage is None else np.log1p(series.coverage)
    fit = fit_excitation(
        counts, kinds=kinds, step=_steps(series), coverage=coverage, interval=settings.interval, bootstrap=0, seed=seed
    )
    a, b = kinds.index(settings.source), kinds.index(settings.target)
    checks = {f"{kind}: {c.name}": c.to_dict() for kind, found in fit.checks.items() for c in found}
    return Estimate(
        float(fit.branching[a, b]), float(fit.low[a, b]), float(fit.high[a, b]), float(fit.pair_p[a, b]), fit.n_steps,
        f"discrete-time Hawkes model on top of a hidden tide, {fit.interval} interval", "events per event", fit.passed,
        checks, fit.level,
    )  # fmt: skip


class AssociationOptions(Settings):
    """Rank correlation of two kinds, of their changes from period to period by default."""

    x: str = Field(description="first kind")
    y: str = Field(description="second kind")
    changes: bool = Field(True, description="whether changes, rather than levels, are correlated")
    lag: int = Field(0, ge=0, le=520, description="periods from the first to the second")
    measure: Measure = "events"
    draws: int = Field(1999, ge=199, le=99_999, description="orders drawn for p and pairs drawn for the interval")


def _association(series: Series, settings: AssociationOptions, seed: int) -> Estimate:
    from groundswell.estimators.statistics.association import rank_association

    x = _whole(values_of(series, settings.x), settings.x)
    y = _whole(values_of(series, settings.y, settings.measure), settings.y)
    if settings.changes:
        x, y = np.diff(x), np.diff(y)
    if settings.lag:
        x, y = x[: -settings.lag], y[settings.lag :]
    if x.size < 4 or np.ptp(x) == 0 or np.ptp(y) == 0:
        raise EstimationError(f"{settings.x} or {settings.y} that does not vary", expected="two series that vary")
    return rank_association(x, y, seed=seed, draws=settings.draws)


# -- one series --------------------------------------------------------------------------------------------------------


class MeanOptions(Settings):
    """The mean of a series, minus a reference value."""

    kind: str = Field(description="kind of events")
    less: float = Field(0.0, description="number that the mean is compared with")
    measure: Measure = "events"


def _mean(series: Series, settings: MeanOptions, seed: int) -> Estimate:
    y = values_of(series, settings.kind, settings.measure)
    y = y[np.isfinite(y)]
    batches = math.isqrt(y.size)
    if batches < 3:
        raise EstimationError(f"{y.size} periods", expected="9 or more")
    means = np.array([part.mean() for part in np.array_split(y, batches)])
    value, error = float(y.mean()) - settings.less, float(means.std(ddof=1)) / math.sqrt(batches)
    half = float(stats.t.ppf(0.975, batches - 1)) * error
    p = float(2 * stats.t.sf(abs(value) / error, batches - 1)) if error > 0 else float(value == 0)
    return Estimate(
        value, value - half, value + half, p, int(y.size), f"mean, interval from {batches} batches",
        f"{settings.measure} per {series.unit}", passed=True,
    )  # fmt: skip


class LevelOptions(Settings):
    """The change in the mean logarithm of a series between the periods before a date and those after."""

    kind: str = Field(description="kind of events")
    at: str = Field(description="first day of the later stretch")
    before: int = Field(12, ge=2, le=5200, description="periods of the earlier stretch")
    after: int = Field(12, ge=2, le=5200, description="periods of the later stretch")
    measure: Measure = "events"


def _level(series: Series, settings: LevelOptions, seed: int) -> Estimate:
    from groundswell.estimators.statistics.levels import level_change

    y = _positive(_whole(values_of(series, settings.kind, settings.measure), settings.kind))
    at = _index(series, settings.at)
    return level_change(y[max(0, at - settings.before) : at], y[at : at + settings.after])


class GrowthOptions(Settings):
    """Exponential growth per period, over the whole record or from a date on."""

    kind: str = Field(description="kind of events")
    at: str | None = Field(None, description="first day; by default the record's")
    periods: int | None = Field(None, ge=3, description="number of periods; by default all")
    measure: Measure = "events"


def _growth(series: Series, settings: GrowthOptions, seed: int) -> Estimate:
    from groundswell.estimators.statistics.association import growth_rate

    first = 0 if settings.at is None else _index(series, settings.at)
    last = None if settings.periods is None else first + settings.periods
    y = _positive(_whole(values_of(series, settings.kind, settings.measure)[first:last], settings.kind))
    return growth_rate(y, y, np.arange(y.size, dtype=float), unit=f"per {series.unit}", seed=seed, draws=1999)


class PersistenceOptions(Settings):
    """The lag-one autocorrelation of a series about its straight line, minus a reference value."""

    kind: str = Field(description="kind of events")
    less: float = Field(0.0, ge=-1, le=1, description="number that it is compared with")
    measure: Measure = "events"


def _persistence(series: Series, settings: PersistenceOptions, seed: int) -> Estimate:
    from groundswell.estimators.statistics.levels import difference, persistence

    y = _positive(_whole(values_of(series, settings.kind, settings.measure), settings.kind))
    if np.ptp(y) == 0:
        raise EstimationError(f"{settings.kind} that does not vary", expected="a series that varies")
    method = "lag-one autocorrelation of the detrended logarithm, bias-corrected; normal interval"
    return difference(persistence(y), (settings.less, 0.0), y.size, method, "autocorrelation")


class DecayOptions(Settings):
    """How fast events thin out after the peaks of a series, pooled over its episodes."""

    kind: str = Field(description="kind of events")
    periods: int = Field(26, ge=4, le=520, description="followed after each peak")
    above: float = Field(3.0, gt=1, description="minimum height of a peak, in multiples of the median")


def _decay(series: Series, settings: DecayOptions, seed: int) -> Estimate:
    from groundswell.estimators.waves.decay_counts import fit_decay_of_counts
    from groundswell.estimators.waves.episodes import episodes

    y = _whole(values_of(series, settings.kind), settings.kind)
    found = episodes(y, above=settings.above)
    counts, watched = np.zeros((len(found), settings.periods)), np.zeros((len(found), settings.periods), bool)
    for row, episode in enumerate(found):
        part = y[episode.peak : min(episode.end + 1, episode.peak + settings.periods)]
        counts[row, : part.size], watched[row, : part.size] = part, True
    return fit_decay_of_counts(counts, watched=watched, unit=series.unit, seed=seed).estimate()


class WavesOptions(Settings):
    """Waves beyond red noise: settings of `groundswell.estimators.waves.spectrum.wave_spectrum`."""

    kind: str = Field(description="kind of events")
    draws: int = Field(199, ge=99, le=9999, description="red-noise series")
    season: int | None = Field(None, ge=2, description="periods in a year, if a season is to be removed")
    measure: Measure = "events"


def _waves(series: Series, settings: WavesOptions, seed: int) -> Estimate:
    from groundswell.estimators.waves.spectrum import wave_spectrum

    y = _whole(values_of(series, settings.kind, settings.measure), settings.kind)
    return wave_spectrum(y, unit=series.unit, season=settings.season, draws=settings.draws, seed=seed).estimate()


# -- places ------------------------------------------------------------------------------------------------------------


class SpreadOptions(Settings):
    """Whether events spread from place to place: settings of `groundswell.estimators.waves.diffusion.fit_spread`."""

    places: Mapping[str, tuple[float, float]] = Field(
        min_length=30, description="the kind that counts the events of each place: its [latitude, longitude] in degrees"
    )
    draws: int = Field(99, ge=19, le=9999, description="records simulated without contagion")


def _spread(series: Series, settings: SpreadOptions, seed: int) -> Estimate:
    from groundswell.estimators.waves.diffusion import fit_spread

    counts = np.array([_whole(values_of(series, place), place) for place in settings.places]) > 0
    onset = np.where(counts.any(axis=1), counts.argmax(axis=1), np.nan)
    latitude, longitude = np.array(list(settings.places.values())).T
    return fit_spread(onset, latitude, longitude, days=len(series), bootstrap=settings.draws, seed=seed).estimate()


_ALL = (
    NamedEstimator(
        "response", "events after acts, minus those after dates with a similar history but no act", ResponseOptions,
        _response, ("acts", "outcome"), "acts", "outcome",
    ),
    NamedEstimator(
        "difference", "log level in periods with an act minus that in others; labels shifted in time",
        DifferenceOptions, _difference, ("acts", "outcome"), "acts", "outcome",
    ),
    NamedEstimator(
        "excitation", "events triggered per event; Hawkes model with a flexible baseline", ExcitationOptions,
        _excitation, ("source", "target"), "source", "target",
    ),
    NamedEstimator(
        "association", "rank correlation of two series; permutation p, bootstrap interval", AssociationOptions,
        _association, ("x", "y"), "x", "y",
    ),
    NamedEstimator(
        "interrupted", "change of level and slope after a date; errors robust to memory", InterruptedOptions,
        _interrupted, ("kind",), None, "kind",
    ),
    NamedEstimator("mean", "mean per period; batch means", MeanOptions, _mean, ("kind",), None, "kind"),
    NamedEstimator(
        "level", "change in mean log level at a date; pooled t interval", LevelOptions, _level, ("kind",), None, "kind"
    ),
    NamedEstimator("growth", "exponential growth per period", GrowthOptions, _growth, ("kind",), None, "kind"),
    NamedEstimator(
        "persistence", "lag-one autocorrelation of the detrended logarithm", PersistenceOptions, _persistence,
        ("kind",), None, "kind",
    ),
    NamedEstimator(
        "decay", "rate at which events thin out after peaks, pooled over episodes", DecayOptions, _decay, ("kind",),
        None, "kind",
    ),
    NamedEstimator(
        "waves", "strongest wave against red noise, whole band, by simulation", WavesOptions, _waves, ("kind",), None,
        "kind",
    ),
    NamedEstimator(
        "spread", "first events triggered by one nearby, beyond shared news and places that are alike",
        SpreadOptions, _spread, ("places",),
    ),
)  # fmt: skip
