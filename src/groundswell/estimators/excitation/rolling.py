"""The value of excitation out of sample: rolling forecasts with it, without it, and from the season alone.

At each origin the model sees the record up to there, and forecasts counts one and twelve steps on. Its tide is
filtered (Laplace's approximation at the origin), its future drawn, and the counts of the steps between are simulated,
so that simulated events excite further ones. Parameters, level shifts and holidays are re-estimated at a few
origins, from what came before. A p-value in the record says that excitation was there; this says whether knowing
about it would have helped.

    worth = mean over origins of log p(y | with excitation) - log p(y | without)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from groundswell.draws import derive_seed
from groundswell.errors import EstimationError
from groundswell.estimators.excitation.baseline import STEPS_PER_YEAR, Floats
from groundswell.estimators.excitation.counts import read_counts
from groundswell.estimators.excitation.examination_sensitivity import Progress
from groundswell.estimators.excitation.options import ExcitationSettings
from groundswell.estimators.excitation.tide import Peak, tide_model
from groundswell.estimators.excitation.tide_fit import UnderTide, fit_under_tide
from groundswell.estimators.statistics.count_scores import CountScores, count_scores, pit_histogram
from groundswell.results import Result

HORIZONS = (1, 12)
WITH, WITHOUT, SEASON = "with excitation", "without excitation", "seasonal naive"
_FEWEST_BEFORE = 104  # steps before the first origin
_FEWEST_ORIGINS = 20
_MOST_ORIGINS = 104
_REFITS = 3
_DRAWS = 200  # futures; a log score then errs by a hundredth of a nat
_AROUND = 2  # steps on either side of the same time of other years


@dataclass(frozen=True)
class RollingScore(Result):
    """The mean scores of one model at one horizon, for one kind; less is better.

    Parameters
    ----------
    model : "with excitation", "without excitation" or "seasonal naive".
    horizon : steps ahead.
    forecasts : how many were scored.
    log, ranked, dawid_sebastiani : means; see `CountScores`.
    pit : shape (10,), the histogram of the probability integral transform.
    """

    kind: str
    model: str
    horizon: int
    forecasts: int
    log: float
    ranked: float
    dawid_sebastiani: float
    pit: np.ndarray


@dataclass(frozen=True)
class Worth(Result):
    """What excitation adds to forecasts of one kind at one horizon.

    Parameters
    ----------
    gain : mean fall of the log score, nats per forecast; above 0 excitation helped.
    error : its standard error, for errors that are correlated as far as the horizon (Diebold & Mariano 1995).
    p : one-sided, of no improvement.
    over_season : the same fall relative to the seasonal naive forecast.
    """

    kind: str
    horizon: int
    gain: float
    error: float
    p: float
    over_season: float


@dataclass(frozen=True)
class RollingForecasts(Result):
    """Scored forecasts of a record from its own past.

    Parameters
    ----------
    origins : steps from which forecasts were made, the last one seen.
    refits : origins at which everything was re-estimated.
    scores : by kind, model and horizon.
    worth : by kind and horizon.
    """

    origins: np.ndarray
    refits: tuple[int, ...]
    scores: tuple[RollingScore, ...]
    worth: tuple[Worth, ...]

    derived = ("answer",)

    @property
    def answer(self) -> str:
        """The value of excitation, in one or two sentences."""
        parts = []
        for of in self.worth:
            when = "the next step" if of.horizon == 1 else f"{of.horizon} steps ahead"
            how = f"{of.gain:+.3f} nats per forecast (standard error {of.error:.3f})"
            parts.append(f"{of.kind}, {when}: {how}")
        helped = [of for of in self.worth if of.p < 0.05 / len(self.worth)]
        said = "Excitation improves forecasts" if helped else "Excitation does not demonstrably improve forecasts"
        return f"{said} of this record, from {len(self.origins)} origins: {'; '.join(parts)}."

    def rows(self) -> Sequence[Mapping[str, Any]]:
        """A row for each kind, model and horizon."""
        return [of.rows()[0] for of in self.scores]


def rolling_forecasts(
    counts: ArrayLike,
    settings: ExcitationSettings | None = None,
    *,
    kinds: Sequence[str] | None = None,
    progress: Progress | None = None,
    **options: Any,
) -> RollingForecasts:
    """Forecast the last third of a record step by step, with excitation and without, and score the forecasts.

    Parameters
    ----------
    counts : shape (T,) or (T, K), as `fit_excitation`; at least 150 steps. Steps not watched are not scored.
    settings : `ExcitationSettings`, or its fields as keywords: step, baseline (a `Tide`), coverage, watched, family,
        half_life and seed are used.
    kinds : K names.
    progress : called with ("forecasts", done, total).

    Returns
    -------
    `RollingForecasts`. The seasonal naive forecast is the negative binomial with mean and variance of the counts within
    two steps of the same time in the years before, or of the year before where there is none.

    Raises
    ------
    EstimationError : on input that `fit_excitation` would refuse, or too few steps.

    Known limits: coverage is taken as known in advance. Parameters are estimated three times, not at every origin, and
    the forecasts omit their uncertainty, so they are a little too sharp.

    Source: Czado, Gneiting & Held (2009), Biometrics 65:1254-1261 (scores); Diebold & Mariano (1995), J. Business &
    Economic Statistics 13:253-263 (differences).

    >>> rolling_forecasts(y, kinds=["protest"]).answer  # doctest: +SKIP
    """
    chosen = ExcitationSettings.of(settings, options)
    asked = chosen.model_copy(update={"interval": "none", "bootstrap": 0, "watched": None})
    y, seen, names = read_counts(counts, kinds, chosen.watched)
    T, K = y.shape
    first = max(_FEWEST_BEFORE, 2 * T // 3)
    last = T - 1 - HORIZONS[0]
    if last - first < _FEWEST_ORIGINS:
        raise EstimationError(
            f"{T} steps",
            expected=f"at least {_FEWEST_BEFORE + _FEWEST_ORIGINS + 2}, of which {_FEWEST_ORIGINS} to forecast",
            why="forecasts are judged on steps that the model has not seen",
        )
    origins = np.unique(np.linspace(first, last, min(_MOST_ORIGINS, last - first)).astype(np.int64))
    starts = {int(part[0]) for part in np.array_split(origins, _REFITS)}
    found: dict[tuple[int, str, int], list[tuple[int, CountScores]]] = {}
    under: UnderTide | None = None
    for done, t in enumerate(int(t) for t in origins):
        if progress:
            progress("forecasts", done, origins.size)
        if t in starts or under is None:
            under = fit_under_tide(y, seen & (np.arange(T) <= t)[:, None], names, asked)
        seed = derive_seed(chosen.seed, f"futures from {t}")
        means = {model: _futures(under, peak, y, seen, t, seed) for model, peak in _peaks(under)}
        for h in HORIZONS:
            for k in range(K):
                if t + h >= T or not seen[t + h, k]:
                    continue
                for model, (mean, spread) in means.items():
                    score = count_scores(y[t + h, k], mean[:, h - 1, k], float(spread[k]))
                    found.setdefault((k, model, h), []).append((t, score))
                score = _seasonal(y[:, k], seen[:, k], t, h, STEPS_PER_YEAR[chosen.step])
                found.setdefault((k, SEASON, h), []).append((t, score))
    scores = tuple(_mean_score(names[k], model, h, of) for (k, model, h), of in sorted(found.items()))
    worth = tuple(_worth(names[k], h, found, k) for k in range(K) for h in HORIZONS if (k, WITH, h) in found)
    return RollingForecasts(origins, tuple(sorted(starts)), scores, worth)


def _peaks(under: UnderTide) -> tuple[tuple[str, Peak], tuple[str, Peak]]:
    return (WITH, under.full), (WITHOUT, under.null)


def _futures(under: UnderTide, peak: Peak, y: Floats, seen: np.ndarray, t: int, seed: int) -> tuple[Floats, Floats]:
    """Means of the steps after t in drawn futures, (draws, horizons, K), and the dispersion of each kind."""
    end = min(t + 1 + HORIZONS[-1], y.shape[0])
    known = seen[:end] & (np.arange(end) <= t)[:, None]
    X, lead = under.model.X[:, :end], min(10, y.shape[0] // 20)
    model = tide_model(y[:end], known, X, under.model.bounds, lead)
    means = model.futures(peak.theta, t, _DRAWS, np.random.default_rng(seed))
    return means, np.exp(peak.theta[model.names.dispersion])


def _seasonal(y: Floats, seen: np.ndarray, t: int, ahead: int, year: float) -> CountScores:
    """The score of the counts at this time of the years before, as a negative binomial of their mean and variance."""
    target = t + ahead
    back = np.round(target - year * np.arange(1, int(target / year) + 1)).astype(np.int64)
    near = (back[:, None] + np.arange(-_AROUND, _AROUND + 1)).ravel()
    near = near[(near >= 0) & (near <= t)]
    near = near[seen[near]]
    if near.size < 2 * _AROUND + 1:
        near = np.flatnonzero(seen[: t + 1])[-int(year) :]
    before = y[near]
    mean = (float(before.sum()) + 0.5) / (before.size + 0.5)  # half an event in half a step: never zero
    spread = max(float(before.var(ddof=1)) - mean, 0.0) / mean**2
    return count_scores(y[target], np.array([mean]), spread)


def _mean_score(kind: str, model: str, horizon: int, found: Sequence[tuple[int, CountScores]]) -> RollingScore:
    of = [score for _, score in found]
    return RollingScore(
        kind,
        model,
        horizon,
        len(of),
        log=float(np.mean([s.log for s in of])),
        ranked=float(np.mean([s.ranked for s in of])),
        dawid_sebastiani=float(np.mean([s.dawid_sebastiani for s in of])),
        pit=pit_histogram(np.array([s.below for s in of]), np.array([s.upto for s in of])),
    )


def _worth(
    kind: str, horizon: int, found: Mapping[tuple[int, str, int], Sequence[tuple[int, CountScores]]], k: int
) -> Worth:
    at = np.array([t for t, _ in found[k, WITH, horizon]])
    log = {model: np.array([s.log for _, s in found[k, model, horizon]]) for model in (WITH, WITHOUT, SEASON)}
    gain = log[WITHOUT] - log[WITH]
    error = mean_error(gain, at, horizon)
    mean = float(gain.mean())
    p = float(stats.t.sf(mean / error, gain.size - 1)) if error > 0 else 1.0
    return Worth(kind, horizon, mean, error, p, float((log[SEASON] - log[WITH]).mean()))


def mean_error(gain: Floats, at: np.ndarray, horizon: int) -> float:
    """Standard error of the mean of gains at steps ``at``, those less than a horizon apart being correlated (Bartlett).

    The weights 1 - lag / horizon keep the variance positive.
    """
    off = gain - gain.mean()
    apart = np.abs(at[:, None] - at[None, :])
    weight = np.clip(1 - apart / horizon, 0, 1)
    return float(np.sqrt(off @ weight @ off) / gain.size)
