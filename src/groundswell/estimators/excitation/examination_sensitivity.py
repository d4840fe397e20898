"""How far a fit of excitation depends on what was chosen: the baseline, coverage, the step; and its likelihood profile.

Each row of a `Sensitivity` is the same model with one choice changed. A `Profile` is the likelihood against one
branching ratio, everything else re-fitted at each value: where it is flat, the record is uninformative.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from groundswell.errors import EstimationError
from groundswell.estimators.excitation.baseline import STEPS_PER_YEAR, Baseline, Floats, Step, design
from groundswell.estimators.excitation.counts import FEWEST_EVENTS, FEWEST_STEPS, checked_counts
from groundswell.estimators.excitation.discrete import fit_sources
from groundswell.estimators.excitation.discrete_likelihood import DiscreteGroup
from groundswell.estimators.excitation.discrete_scores import wald_errors
from groundswell.estimators.excitation.group import fit_both
from groundswell.estimators.excitation.intensity import climb
from groundswell.estimators.excitation.options import ExcitationSettings
from groundswell.estimators.excitation.outcome import ExcitationFit
from groundswell.estimators.excitation.placebo_sources import prepared_targets
from groundswell.results import Result

Progress = Callable[[str, int, int], None]

FLEXIBILITIES = (1.0, 2.0, 4.0, 8.0, 12.0)  # trend pieces per year, from swings of two years to swings of two months
_MOST_PIECES = 120  # of a variant's trend; with more, a long daily record would take minutes
_HOLIDAYS = 12  # pairs of harmonics: a fortnight's dip, which two cannot follow
_STEPS_A_COLUMN = 20  # with 13 (six years of weeks), the many columns were seen to give p < 1% where nothing is
_DOUBT, _CERTAINTY = 0.05, 0.01  # see `Sensitivity`


@dataclass(frozen=True)
class Variant(Result):
    """The same model with one choice changed, and the outcome.

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


@dataclass(frozen=True)
class ChoicesSensitivity(Result):
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

    derived = ("lowest", "highest", "answer")

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


def variant_of(name: str, fit: ExcitationFit, coverage: bool, df_per_year: float = math.nan) -> Variant:
    """A row of the table of variants."""
    return Variant(
        name, df_per_year, sum(len(b) for b in fit.breaks), coverage, fit.step, fit.branching, fit.low, fit.high,
        fit.p, fit.pair_p, fit.passed,
    )  # fmt: skip


def _by_week(values: np.ndarray) -> np.ndarray:
    whole = values.shape[0] // 7
    return values[: 7 * whole].reshape(whole, 7, *values.shape[1:])


def sensitivity(
    counts: ArrayLike,
    record: ExcitationFit,
    settings: ExcitationSettings | None = None,
    *,
    flexibilities: Sequence[float] = FLEXIBILITIES,
    search: bool = False,
    progress: Progress | None = None,
    **options: Any,
) -> ChoicesSensitivity:
    """Fit again with other trends and seasons, without level shifts, without coverage, and (for days) by weeks.

    Parameters
    ----------
    counts : shape (T,) or (T, K), as the record's fit had them.
    record : that fit; its family, decay, inhibition and level are kept, and its level shifts unless ``search``.
    settings : `ExcitationSettings`, or its fields as keywords; baseline and coverage as the record's fit had them.
        ``interval`` is that of the variants, "wald" by default.
    flexibilities : trend pieces per year. Those that give the same number of pieces are fitted once.
    search : search for level shifts again under each baseline.
    progress : called with ("sensitivity", done, total).

    Returns
    -------
    `ChoicesSensitivity`.
    """
    y = counts_of(counts, record)
    T, K = y.shape
    step: Step = record.step
    chosen = of_record(record, settings, {"interval": "wald", **options} if settings is None else options)
    baseline, coverage = chosen.baseline, chosen.coverage
    assert isinstance(baseline, Baseline)
    notes: list[str] = []
    kept = None if search else record.breaks
    jobs: list[tuple[str, ExcitationSettings, np.ndarray, tuple[tuple[int, ...], ...] | None]] = []

    def vary(name: str, breaks: tuple[tuple[int, ...], ...] | None, **changed: Any) -> None:
        jobs.append((name, chosen.model_copy(update=changed), y, breaks))

    seen = {pieces(baseline, T, step)}
    for df in sorted(flexibilities):
        changed = replace(baseline, df_per_year=df, most_pieces=max(baseline.most_pieces, _MOST_PIECES))
        count = pieces(changed, T, step)
        if count in seen:
            if df != baseline.df_per_year:
                notes.append(f"{df:g} trend pieces a year come to {count} in all, as another variant has")
            continue
        seen.add(count)
        vary(f"trend of {count * STEPS_PER_YEAR[step] / T:.2g} pieces a year", kept, baseline=changed)
    if baseline.harmonics is None and max(2 * STEPS_PER_YEAR[step], _STEPS_A_COLUMN * 2 * _HOLIDAYS) <= T:
        vary("a season sharp enough for holidays", kept, baseline=replace(baseline, harmonics=_HOLIDAYS))
    if any(record.breaks):
        vary("no level shifts", ((),) * K)
    if coverage is not None:
        vary("no coverage", kept, coverage=None)
    if step == "day":
        weekly = _by_week(y).sum(axis=1)
        cover = None if coverage is None else _by_week(np.asarray(coverage, dtype=np.float64)).mean(axis=1)
        if weekly.shape[0] < FEWEST_STEPS or (weekly.sum(axis=0) < FEWEST_EVENTS).any():
            notes.append(f"not by weeks: the record has fewer than {FEWEST_STEPS} of them")
        else:
            by_week = {"step": "week", "baseline": replace(baseline, weekdays=False, breaks="auto"), "coverage": cover}
            jobs.append(("by weeks", chosen.model_copy(update=by_week), weekly, None))
    variants = [variant_of("as fitted", record, coverage is not None, baseline.df_per_year)]
    for done, (name, changed, of, breaks) in enumerate(jobs):
        if progress:
            progress("sensitivity", done, len(jobs))
        fit = fit_sources(of, of, record.kinds, changed, breaks)
        df = changed.baseline.df_per_year if isinstance(changed.baseline, Baseline) else math.nan
        variants.append(variant_of(name, fit, changed.coverage is not None, df))
    if progress:
        progress("sensitivity", len(jobs), len(jobs))
    robust, pair_robust = contradicted(variants)
    return ChoicesSensitivity(record.kinds, tuple(variants), robust, pair_robust, tuple(notes))


def counts_of(counts: ArrayLike, record: ExcitationFit) -> Floats:
    """The counts (T, K) of a fit, checked against it."""
    y, _ = checked_counts(counts, record.kinds)
    if y.shape != record.mean.shape:
        raise EstimationError(f"counts of shape {y.shape}", expected=f"{record.mean.shape}, as in the fit")
    return y


def of_record(
    record: ExcitationFit, settings: ExcitationSettings | None, options: Mapping[str, Any]
) -> ExcitationSettings:
    """Settings with what a fit has of its own: step, family, decay, inhibition and level; and a spline baseline."""
    same = {name: getattr(record, name) for name in ("step", "family", "decay", "inhibition", "level")}
    chosen = ExcitationSettings.of(settings, {**options, **same})
    return chosen if isinstance(chosen.baseline, Baseline) else chosen.model_copy(update={"baseline": Baseline()})


def contradicted(variants: Sequence[Variant]) -> tuple[bool, np.ndarray]:
    """Whether the first variant is consistent with the others that fit; in all, and for each pair (K, K)."""
    record = variants[0]
    others = [v for v in variants[1:] if v.passed and v.step == record.step]  # a day's echo is inside the week
    robust, pair_robust = True, np.ones(record.branching.shape, dtype=bool)
    for v in others:
        robust &= v.p < _DOUBT if record.p < _DOUBT else v.p >= _CERTAINTY
        pair_robust &= np.where(record.pair_p < _DOUBT, v.pair_p < _DOUBT, v.pair_p >= _CERTAINTY)
    return bool(robust), pair_robust


# --- profile --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Profile(Result):
    """The likelihood against one branching ratio.

    Parameters
    ----------
    source, target : kinds.
    grid : values of the branching ratio, rising; shape (G,).
    fall : twice the fall of the log-likelihood from its maximum, everything else re-fitted; shape (G,). An interval of
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


def profiles(
    counts: ArrayLike,
    record: ExcitationFit,
    settings: ExcitationSettings | None = None,
    *,
    points: int = 9,
    progress: Progress | None = None,
    **options: Any,
) -> tuple[Profile, ...]:
    """The profile likelihood of every branching ratio of a fit, sources within targets.

    Parameters
    ----------
    counts, record, settings : the record, its fit, and what the fit was given (or fields of `ExcitationSettings`).
    points : of each grid, besides 0 and the estimate; from three and a half standard errors below to as many above.
    progress : called with ("profile", done, total).

    Returns
    -------
    A `Profile` for each ordered pair.

    Raises
    ------
    EstimationError : for fits with one decay shared by several kinds, whose profiles are not separate.
    """
    if record.decay == "shared" and len(record.kinds) > 1:
        raise EstimationError(
            "a fit with one shared decay", expected="decay='per_target'", why="profiles are by target"
        )
    if points < 3:
        raise EstimationError(f"{points} points", expected="at least 3")
    names, K = record.kinds, len(record.kinds)
    targets = prepared_targets(counts_of(counts, record), record, of_record(record, settings, options))
    limit = float(stats.chi2.ppf(record.level, 1))
    found: list[Profile] = []
    for k, target in enumerate(targets):
        group = DiscreteGroup([target])
        null, full, _ = fit_both(group, group.begin())
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
                    point = climb(group, start, {group.at(0, j): float(grid[i])})
                    if grid[i] == 0.0 and null.log_likelihood > point.log_likelihood:
                        point = null
                    fall[i] = max(0.0, 2 * (full.log_likelihood - point.log_likelihood))
                    half[i] = math.exp(point.log_half_life)
                    start = point if point.log_likelihood > start.log_likelihood - 20 else start
            found.append(Profile(names[j], names[k], grid, fall, half, best, limit, record.level))
    if progress:
        progress("profile", K * K, K * K)
    return tuple(found)


# --- what a fit was made of -----------------------------------------------------------------------------------------


def pieces(baseline: Baseline, T: int, step: Step) -> int:
    """Trend pieces that a baseline has in a record of T steps."""
    return design(T, step, baseline, None, []).wiggles.shape[1] - 1  # a cubic spline's coefficients, minus its line
