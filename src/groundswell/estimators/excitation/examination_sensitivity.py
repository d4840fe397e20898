"""How far a fit of excitation depends on what was chosen: the baseline, coverage, the step; and its likelihood profile.

Each row of a `Sensitivity` is the same model with one choice changed. A `Profile` is the likelihood against one
branching ratio, everything else re-fitted at each value: where it is flat, the record does not tell.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from groundswell.errors import EstimationError
from groundswell.estimators.excitation.baseline import STEPS_PER_YEAR, Baseline, Step, design
from groundswell.estimators.excitation.discrete import ExcitationFit, Model, checked_counts, fit_sources
from groundswell.estimators.excitation.discrete_likelihood import fit_both, maximise
from groundswell.estimators.excitation.discrete_scores import wald_errors
from groundswell.estimators.excitation.placebo_sources import prepared_targets
from groundswell.results import plain

Progress = Callable[[str, int, int], None]

FLEXIBILITIES = (1.0, 2.0, 4.0, 8.0, 12.0)  # trend pieces per year, from swings of two years to swings of two months
_MOST_PIECES = 120  # of a variant's trend; beyond, a long record by days would take minutes
_HOLIDAYS = 12  # pairs of harmonics: a fortnight's dip, which two cannot follow
_STEPS_A_COLUMN = 20  # with 13 (six years of weeks), the many columns were seen to raise p < 1% where nothing is
_DOUBT, _CERTAINTY = 0.05, 0.01  # see `Sensitivity`


@dataclass(frozen=True)
class Variant:
    """The same model with one choice changed, and what came of it.

    Parameters
    ----------
    name : the choice changed, in words.
    df_per_year, breaks, coverage, step : of this fit; breaks is how many were in it, over all kinds.
    branching, low, high : shape (K, K), with the record's own level of confidence.
    p, pair_p : no excitation at all, and each pair.
    passed : its checks.
    """

    name: str
    df_per_year: float
    breaks: int
    coverage: bool
    step: str
    branching: np.ndarray
    low: np.ndarray
    high: np.ndarray
    p: float
    pair_p: np.ndarray
    passed: bool

    def to_dict(self) -> dict[str, object]:
        return {k: plain(v) for k, v in self.__dict__.items()}


@dataclass(frozen=True)
class ChoicesSensitivity:
    """Fits that differ in one choice each, the record's own first.

    Parameters
    ----------
    variants : the record's fit, then the others.
    robust : no variant whose checks pass contradicts the record's fit: excitation found (p < 0.05) is not lost
        (p >= 0.05), and excitation not found does not appear beyond doubt (p < 0.01).
    pair_robust : shape (K, K); the same for each pair.
    notes : variants left out, and why.
    """

    kinds: tuple[str, ...]
    variants: tuple[Variant, ...]
    robust: bool
    pair_robust: np.ndarray
    notes: tuple[str, ...]

    @property
    def lowest(self) -> np.ndarray:
        """Least branching over the variants that fit (over all, where none does); shape (K, K)."""
        return np.min([v.branching for v in self._fitting], axis=0)

    @property
    def highest(self) -> np.ndarray:
        """Greatest branching over the variants that fit (over all, where none does); shape (K, K)."""
        return np.max([v.branching for v in self._fitting], axis=0)

    def contradiction(self, source: int, target: int) -> str:
        """The variant that contradicts the record's fit on a pair most, in words; empty where none does."""
        own = self.variants[0]
        found = own.pair_p[source, target] < _DOUBT
        others = [v for v in self.variants[1:] if v.passed and v.step == own.step]
        if not others:
            return ""
        worst = (max if found else min)(others, key=lambda v: float(v.pair_p[source, target]))
        p = float(worst.pair_p[source, target])
        if (p < _DOUBT) if found else (p >= _CERTAINTY):
            return ""
        return f"p = {float(own.pair_p[source, target]):.2g} as fitted, {p:.2g} with {worst.name}"

    @property
    def _fitting(self) -> list[Variant]:
        return [v for v in self.variants if v.passed] or list(self.variants)

    @property
    def answer(self) -> str:
        """One sentence."""
        fitting = len([v for v in self.variants if v.passed])
        span = float((self.highest - self.lowest).max())
        word = "does not depend" if self.robust else "depends"
        return (
            f"Whether excitation is found {word} on the choices made; over the {fitting} of {len(self.variants)} "
            f"variants that fit, branching ratios vary by up to {span:.2f}."
        )

    def to_dict(self) -> dict[str, object]:
        return {
            "variants": [v.to_dict() for v in self.variants],
            "robust": self.robust,
            "pair_robust": plain(self.pair_robust),
            "lowest": plain(self.lowest),
            "highest": plain(self.highest),
            "notes": list(self.notes),
            "answer": self.answer,
        }


def _variant(name: str, fit: ExcitationFit, df_per_year: float, coverage: bool) -> Variant:
    return Variant(
        name,
        df_per_year,
        sum(len(b) for b in fit.breaks),
        coverage,
        fit.step,
        fit.branching,
        fit.low,
        fit.high,
        fit.p,
        fit.pair_p,
        fit.passed,
    )


def _by_week(values: np.ndarray) -> np.ndarray:
    whole = values.shape[0] // 7
    return values[: 7 * whole].reshape(whole, 7, *values.shape[1:])


def sensitivity(
    counts: ArrayLike,
    record: ExcitationFit,
    *,
    baseline: Baseline | None = None,
    coverage: ArrayLike | None = None,
    flexibilities: Sequence[float] = FLEXIBILITIES,
    search: bool = False,
    interval: Literal["profile", "wald"] = "wald",
    seed: int = 0,
    progress: Progress | None = None,
) -> ChoicesSensitivity:
    """Fit again with other trends and seasons, without level shifts, without coverage, and (for days) by weeks.

    Parameters
    ----------
    counts : shape (T,) or (T, K), as the record's fit had them.
    record : that fit; its family, decay, inhibition and level are kept, and its level shifts unless ``search``.
    baseline, coverage : as the record's fit had them.
    flexibilities : trend pieces per year. Those that come to the same number of pieces are fitted once.
    search : look for level shifts anew under each baseline.
    interval : of the variants.
    progress : called with ("sensitivity", done, total).

    Returns
    -------
    `Sensitivity`.
    """
    y, _ = checked_counts(counts, record.kinds)
    if y.shape != record.mean.shape:
        raise EstimationError(f"counts of shape {y.shape}", expected=f"{record.mean.shape}, as in the fit")
    T, K = y.shape
    settings = baseline or Baseline()
    step: Step = record.step
    model = Model(
        step,
        settings,
        coverage,
        record.family,
        record.decay,
        inhibition=record.inhibition,
        interval=interval,
        level=record.level,
        seed=seed,
    )
    notes: list[str] = []
    jobs: list[tuple[str, float, bool, Callable[[], ExcitationFit]]] = []
    kept = None if search else record.breaks

    def refit(name: str, changed: Model, breaks: tuple[tuple[int, ...], ...] | None) -> None:
        given = changed.coverage is not None
        jobs.append(
            (name, changed.baseline.df_per_year, given, lambda: fit_sources(y, y, record.kinds, changed, breaks))
        )

    seen = {pieces(settings, T, step)}
    for df in sorted(flexibilities):
        changed = replace(settings, df_per_year=df, most_pieces=max(settings.most_pieces, _MOST_PIECES))
        count = pieces(changed, T, step)
        if count in seen:
            if df != settings.df_per_year:
                notes.append(f"{df:g} trend pieces a year come to {count} in all, as another variant has")
            continue
        seen.add(count)
        name = f"trend of {count * STEPS_PER_YEAR[step] / T:.2g} pieces a year"
        refit(name, replace(model, baseline=changed), kept)
    if settings.harmonics is None and max(2 * STEPS_PER_YEAR[step], _STEPS_A_COLUMN * 2 * _HOLIDAYS) <= T:
        holidays = replace(settings, harmonics=_HOLIDAYS)
        refit("a season sharp enough for holidays", replace(model, baseline=holidays), kept)
    if any(record.breaks):
        refit("no level shifts", model, ((),) * K)
    if coverage is not None:
        refit("no coverage", replace(model, coverage=None), kept)
    if step == "day":
        weekly = _by_week(y).sum(axis=1)
        cover = None if coverage is None else _by_week(np.asarray(coverage, dtype=np.float64)).mean(axis=1)
        by_week = replace(model, step="week", baseline=replace(settings, weekdays=False, breaks="auto"), coverage=cover)
        if weekly.shape[0] < 60 or (weekly.sum(axis=0) < 10).any():
            notes.append("not by weeks: the record has fewer than 60 of them")
        else:
            jobs.append(
                (
                    "by weeks",
                    settings.df_per_year,
                    cover is not None,
                    lambda: fit_sources(weekly, weekly, record.kinds, by_week, None),
                )
            )
    variants = [_variant("as fitted", record, settings.df_per_year, coverage is not None)]
    for done, (name, df, given, run) in enumerate(jobs):
        if progress:
            progress("sensitivity", done, len(jobs))
        variants.append(_variant(name, run(), df, given))
    if progress:
        progress("sensitivity", len(jobs), len(jobs))
    robust, pair_robust = contradicted(variants)
    return ChoicesSensitivity(record.kinds, tuple(variants), robust, pair_robust, tuple(notes))


def contradicted(variants: Sequence[Variant]) -> tuple[bool, np.ndarray]:
    """Whether the first of some variants stands beside the others that fit; in all, and for each pair (K, K)."""
    record = variants[0]
    others = [v for v in variants[1:] if v.passed and v.step == record.step]  # a day's echo is inside the week
    robust, pair_robust = True, np.ones(record.branching.shape, dtype=bool)
    for v in others:
        robust &= v.p < _DOUBT if record.p < _DOUBT else v.p >= _CERTAINTY
        pair_robust &= np.where(record.pair_p < _DOUBT, v.pair_p < _DOUBT, v.pair_p >= _CERTAINTY)
    return bool(robust), pair_robust


# --- profile --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Profile:
    """The likelihood against one branching ratio.

    Parameters
    ----------
    source, target : kinds.
    grid : values of the branching ratio, rising; shape (G,).
    fall : twice the fall of the log-likelihood from its maximum, all else re-fitted; shape (G,). An interval of
        confidence ``level`` is where it is below ``limit``.
    half_life : best half-life at each value, steps; shape (G,).
    best : the estimate.
    """

    source: str
    target: str
    grid: np.ndarray
    fall: np.ndarray
    half_life: np.ndarray
    best: float
    limit: float
    level: float

    def to_dict(self) -> dict[str, object]:
        return {k: plain(v) for k, v in self.__dict__.items()}


def profiles(
    counts: ArrayLike,
    record: ExcitationFit,
    *,
    baseline: Baseline | None = None,
    coverage: ArrayLike | None = None,
    points: int = 9,
    progress: Progress | None = None,
) -> tuple[Profile, ...]:
    """The profile likelihood of every branching ratio of a fit, sources within targets.

    Parameters
    ----------
    counts, record, baseline, coverage : the record, its fit, and what the fit was given.
    points : of each grid, beside 0 and the estimate; from three and a half standard errors below to as many above.
    progress : called with ("profile", done, total).

    Returns
    -------
    A `Profile` for each ordered pair.

    Raises
    ------
    EstimationError : for fits with one decay shared by several kinds, whose profiles are not separate.
    """
    y, names = checked_counts(counts, record.kinds)
    K = y.shape[1]
    if record.decay == "shared" and K > 1:
        raise EstimationError(
            "a fit with one shared decay", expected="decay='per_target'", why="profiles are by target"
        )
    if points < 3:
        raise EstimationError(f"{points} points", expected="at least 3")
    targets, bounds = prepared_targets(y, record, baseline or Baseline(), coverage)
    limit = float(stats.chi2.ppf(record.level, 1))
    found: list[Profile] = []
    for k, target in enumerate(targets):
        null, full, _ = fit_both([target], bounds)
        errors = wald_errors(target, full, 0)
        for j in range(K):
            if progress:
                progress("profile", k * K + j, K * K)
            best = float(full.n[0][j])
            error = min(max(float(errors[j]), 1e-3), 1.0)
            lowest = -math.inf if record.inhibition else 0.0
            grid = np.linspace(max(lowest, best - 3.5 * error), best + 3.5 * error, points)
            grid = np.unique(np.append(grid, [0.0, best]))
            fall, half = np.zeros(grid.size), np.full(grid.size, math.exp(full.log_half_life))
            middle = int(np.searchsorted(grid, best))
            for side in (range(middle - 1, -1, -1), range(middle + 1, grid.size)):
                start = full
                for i in side:
                    held = {(0, j): float(grid[i])}
                    point = maximise([target], bounds, start=start, fixed=held)
                    if grid[i] == 0.0 and null.log_likelihood > point.log_likelihood:
                        point = null
                    fall[i] = max(0.0, 2 * (full.log_likelihood - point.log_likelihood))
                    half[i] = math.exp(point.log_half_life)
                    start = point if point.log_likelihood > start.log_likelihood - 20 else start
            found.append(Profile(names[j], names[k], grid, fall, half, best, limit, record.level))
    if progress:
        progress("profile", K * K, K * K)
    return tuple(found)


def profile_fall(
    counts: ArrayLike,
    record: ExcitationFit,
    source: int,
    target: int,
    value: float,
    *,
    baseline: Baseline | None = None,
    coverage: ArrayLike | None = None,
) -> float:
    """Twice the fall of the log-likelihood from its maximum to one value of a branching ratio, all else re-fitted."""
    y, _ = checked_counts(counts, record.kinds)
    targets, bounds = prepared_targets(y, record, baseline or Baseline(), coverage)
    _, full, _ = fit_both([targets[target]], bounds)
    point = maximise([targets[target]], bounds, start=full, fixed={(0, source): float(value)})
    return max(0.0, 2 * (full.log_likelihood - point.log_likelihood))


# --- what a fit was made of -----------------------------------------------------------------------------------------


def pieces(baseline: Baseline, T: int, step: Step) -> int:
    """Trend pieces that a baseline comes to in a record of T steps."""
    return design(T, step, baseline, None, []).wiggles.shape[1] - 1  # a cubic spline's coefficients, less its line
