"""Self- and cross-excitation of counts: does an event bring further events, beyond what baseline and coverage explain?

Counts ``y[t, k]`` of kind k in step t (a day or a week) have the conditional mean

    mean[t, k] = exp(baseline_k(t)) + sum_j branching[j, k] sum_{s < t} w_k(t - s) y[s, j]

with the geometric kernel ``w_k(l) = (1 - d_k) d_k^(l-1)``, ``sum_l w_k(l) = 1``, ``d_k = 2^(-1 / half_life_k)``: a
discrete Hawkes process (Hawkes 1971; in discrete time the integer-valued GARCH of Ferland, Latour & Oraichi 2006).
``branching[j, k]`` is the number of events of kind k that one event of kind j brings about: **rows are sources,
columns are targets**. Events of the same step never excite each other: the order of violence and repression within a
step is unknown, so such effects are left to the residual dispersion by design.

A series that merely grows, swings with the season, or is suddenly covered five times better looks contagious to a model
with a constant baseline. Here the baseline holds a spline trend, annual harmonics, weekdays, an optional coverage
covariate, and level shifts found in the record itself; the p-value accounts for the boundary and for the decay, which
no data can identify without excitation; and a fit that fails its checks is refused a verdict.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import Field
from scipy import stats

from groundswell.blas import one_thread
from groundswell.draws import derive_seed
from groundswell.errors import EstimationError
from groundswell.estimators.core import Check
from groundswell.estimators.excitation.baseline import (
    Baseline,
    Floats,
    Step,
    design,
    half_life_bounds,
)
from groundswell.estimators.excitation.breaks import Broken, find_breaks
from groundswell.estimators.excitation.discrete_likelihood import fit_both, maximise, profile_interval, refit_without
from groundswell.estimators.excitation.discrete_scores import (
    NULL_DRAWS,
    Scores,
    decay_grid,
    effective_df,
    expected_memory,
    null_statistics,
    profile_crossings,
    score_covariance,
    wald_errors,
)
from groundswell.estimators.excitation.discrete_target import (
    DISPERSION,
    Family,
    Point,
    Target,
    counts_above,
    early_mean,
    mean_parts,
    prepare_basis,
    prepare_target,
)
from groundswell.estimators.excitation.outcome import NEAR_ONE, ExcitationFit
from groundswell.estimators.excitation.tide_fit import Asked, Tide, fit_under_tide, watched_mask
from groundswell.estimators.statistics.diagnostics import dispersion, ljung_box, randomised_quantiles, uniformity
from groundswell.settings import Settings

FEWEST_STEPS = 60
FEWEST_EVENTS = 10
_LARGEST_COUNT = 1_000_000


# --- fitting --------------------------------------------------------------------------------------------------------


def read_counts(
    counts: ArrayLike, kinds: Sequence[str] | None, watched: ArrayLike | None = None
) -> tuple[Floats, NDArray[np.bool_], tuple[str, ...]]:
    """Counts (T, K), what was watched of them (T, K), and the names of the kinds.

    Raises
    ------
    EstimationError : on anything that is not a count, too few steps or events, or names that do not fit.
    """
    try:
        y = np.array(counts, dtype=np.float64)
    except (TypeError, ValueError):
        raise EstimationError("counts hold something that is not a number", expected="counts 0, 1, 2 ...") from None
    if y.ndim == 1:
        y = y[:, None]
    if y.ndim != 2 or y.shape[1] < 1:
        raise EstimationError(f"counts of shape {y.shape}", expected="(T,) or (T, K)")
    seen = watched_mask(y, watched)
    if seen.any(axis=1).sum() < FEWEST_STEPS:
        raise EstimationError(
            f"{seen.any(axis=1).sum()} steps" + ("" if seen.all() else f" that were watched, of {y.shape[0]}"),
            expected=f"at least {FEWEST_STEPS}",
            why="baseline and excitation cannot be told apart in fewer",
        )
    bad = np.argwhere(seen & ~((y >= 0) & (y == np.round(y)) & np.isfinite(y)))
    if bad.size:
        t, k = bad[0]
        raise EstimationError(
            f"counts[{t}, {k}] is {y[t, k]:g}", expected="whole numbers from 0, or NaN where nobody watched"
        )
    y = np.where(seen, y, np.nan)
    if np.nanmax(y) > _LARGEST_COUNT:
        raise EstimationError(f"a count of {np.nanmax(y):g}", expected="at most a million", why="sizes are not counts")
    names = tuple(str(k) for k in kinds) if kinds is not None else tuple(f"kind {k}" for k in range(y.shape[1]))
    if len(names) != y.shape[1] or len(set(names)) != len(names):
        raise EstimationError(f"{len(names)} names {names}", expected=f"{y.shape[1]} distinct names")
    for k, name in enumerate(names):
        if np.nansum(y[:, k]) < FEWEST_EVENTS:
            raise EstimationError(
                f"{int(np.nansum(y[:, k]))} events of {name!r}", expected=f"at least {FEWEST_EVENTS} of each kind"
            )
    return y, seen, names


def checked_counts(counts: ArrayLike, kinds: Sequence[str] | None) -> tuple[Floats, tuple[str, ...]]:
    """Counts (T, K) that were watched throughout, and the names of the kinds; errors as `read_counts`."""
    y, seen, names = read_counts(counts, kinds)
    if not seen.all():
        t, k = np.argwhere(~seen)[0]
        raise EstimationError(
            f"counts[{t}, {k}] is missing",
            expected="counts that were watched throughout",
            why="a baseline of splines, or inhibition, cannot skip what nobody watched",
            instead="baseline=None, the hidden tide, which skips it",
        )
    return y, names


class ExcitationSettings(Settings):
    """How `fit_excitation` fits."""

    step: Step = Field("week", description="length of a step; sets season and weekdays")
    baseline: Tide | Baseline | None = Field(None, description="a hidden tide, or splines with level shifts")
    coverage: Any = Field(None, description="shape (T,), such as the logarithm of all events reported")
    watched: Any = Field(None, description="true where somebody watched, (T,) or (T, K)")
    family: Family = Field("negative_binomial", description="of the counts given their mean")
    decay: Literal["per_target", "shared"] = Field("per_target", description="one half-life per target, or for all")
    half_life: tuple[float | None, float | None] = Field((None, None), description="bounds in steps")
    inhibition: bool = Field(False, description="whether branching may be negative")
    interval: Literal["profile", "wald", "bootstrap", "none"] = "profile"
    level: float = Field(0.95, ge=0.5, lt=1, description="coverage of intervals")
    bootstrap: int | None = Field(None, ge=0, description="series simulated without excitation")
    seed: int = 0


@one_thread
def fit_excitation(
    counts: ArrayLike,
    settings: ExcitationSettings | None = None,
    *,
    kinds: Sequence[str] | None = None,
    **options: Any,
) -> ExcitationFit:
    """Fit the model of excitation to counts by maximum likelihood, with intervals, tests and checks.

    Parameters
    ----------
    counts : shape (T,) or (T, K), whole numbers from 0, NaN where nobody watched; at least 60 steps that were watched
        and 10 events of each kind.
    settings : `ExcitationSettings`; or its fields as keywords.
    kinds : K names.
    step : length of a step, "day" or "week"; sets season and weekdays.
    baseline : what excitation is compared with. None or a `Tide`: a hidden tide with season, weekdays, jumps and
        holidays (see `tide`), on top of which excitation is tested. A `Baseline`: a spline trend with level shifts;
        faster, and fooled by what moves faster than the spline.
    coverage : shape (T,), such as the logarithm of all events reported in the step (of any kind); its coefficient is
        estimated. Give it whenever it is known: it is the main confounder.
    watched : bool, (T,) or (T, K). Steps not watched are skipped by the likelihood; the memory of past events goes
        back to its mean across them. A zero that was watched counts.
    family : of the counts given their mean; the dispersion of the negative binomial is estimated, per kind.
    decay : one half-life per target, or one for all (with a `Baseline` only).
    half_life : bounds in steps; by default 0.25 to a quarter of a year.
    inhibition : allow negative branching (with a `Baseline`, which is taken by default then). The mean is then
        ``s log(1 + exp(u / s))`` of the sum u above, with s a tenth of the mean count: the identity where u is well
        above s, positive everywhere.
    interval : "profile" likelihood (all else re-fitted, decay included); at the boundary n >= 0 the lower end is 0 and
        the interval is conservative. "wald": from the information, cut at 0. "bootstrap": parametric, basic
        (bias-reversing) percentile, cut at 0 (with a `Baseline`). "none".
    bootstrap : simulated series B without excitation, re-fitted, for the p-value. By default, under a tide and for one
        kind, up to 99 where the approximate law says p < 5% but not far below; with a `Baseline` none. Under a tide the
        larger of the two p-values counts.
    seed : of everything simulated, and of the residuals.

    Returns
    -------
    `ExcitationFit`. Under a tide p comes from the gain in log-likelihood (see `tide_fit`); with several kinds p is that
    of the clearest pair times the number of pairs. With a `Baseline` the likelihood ratio is compared with the largest
    chi-bar-square over a grid of decays, simulated from the estimated joint distribution of the efficient scores
    (n >= 0 lies on the boundary, and the decay does not exist without excitation).

    Raises
    ------
    EstimationError : on counts, names, bounds or settings that cannot be used.

    Known limits: excitation as slow as the tide cannot be told from it, so power falls with the half-life (`docs`:
    evidence). A common cause that flickers faster than the steps, in one kind alone, is dispersion to the model.
    Use `study_responses` instead when the question is what a few dated acts did.

    Source: Hawkes (1971), Biometrika 58:83-90; Davies (1987), Biometrika 74:33-43 (decay not identified under the
    null); Self & Liang (1987), JASA 82:605-610 (boundary).

    >>> y = simulate_excitation(np.full((520, 1), 2.0), [[0.4]], half_life=2.0, seed=1)
    >>> fit_excitation(y, kinds=["protest"]).answer  # doctest: +SKIP
    """
    chosen = ExcitationSettings.of(settings, options)
    if chosen.interval == "bootstrap" and (chosen.bootstrap or 0) < 100:
        raise EstimationError(f"bootstrap = {chosen.bootstrap}", expected="at least 100 for an interval")
    splines = chosen.baseline
    if splines is None and (chosen.inhibition or chosen.decay == "shared" or chosen.interval == "bootstrap"):
        splines = Baseline()
    if isinstance(splines, Baseline):
        y, seen, names = read_counts(counts, kinds, chosen.watched)
        y, names = checked_counts(y, names)
        model = Model(
            chosen.step,
            splines,
            chosen.coverage,
            chosen.family,
            chosen.decay,
            chosen.half_life,
            chosen.inhibition,
            chosen.interval,
            chosen.level,
            chosen.bootstrap or 0,
            chosen.seed,
        )
        return fit_sources(y, y, names, model)
    y, seen, names = read_counts(counts, kinds, chosen.watched)
    if chosen.inhibition or chosen.decay == "shared" or chosen.interval == "bootstrap":
        raise EstimationError(
            "a tide with inhibition, a shared decay or bootstrap intervals", expected="a Baseline for these"
        )
    asked = Asked(
        chosen.step,
        splines or Tide.of(),
        chosen.coverage,
        chosen.family == "poisson",
        chosen.half_life,
        chosen.interval,
        chosen.level,
        chosen.bootstrap,
        chosen.seed,
    )
    return fit_under_tide(y, seen, names, asked).fit


@dataclass(frozen=True)
class Model:
    """What `fit_excitation` was asked for, but for the counts."""

    step: Step
    baseline: Baseline
    coverage: ArrayLike | None
    family: Family
    decay: str = "per_target"
    half_life: tuple[float | None, float | None] = (None, None)
    inhibition: bool = False
    interval: str = "none"
    level: float = 0.95
    bootstrap: int = 0
    seed: int = 0


@dataclass(frozen=True)
class Fitted:
    """The targets of one record with their fits; groups of targets share one decay."""

    targets: list[Target]
    groups: list[list[int]]
    fits: list[tuple[Point, Point, list[Scores]]]  # of each group: without excitation, with it, scores (`fit_both`)
    bounds: tuple[float, float]
    breaks: tuple[tuple[int, ...], ...]
    lead: int
    notes: list[str]


def fit_targets(y: Floats, S: Floats, model: Model, breaks: tuple[tuple[int, ...], ...] | None = None) -> Fitted:
    """Targets y on sources S (the same, but for placebos), with level shifts as given or as the baseline says."""
    T, K = y.shape
    step, settings, family, inhibition = model.step, model.baseline, model.family, model.inhibition
    notes: list[str] = []
    if isinstance(settings.breaks, str) and settings.breaks != "auto":
        raise EstimationError(f"breaks {settings.breaks!r}", expected="'auto', or a tuple of steps")
    if settings.df_per_year <= 0 or (settings.harmonics or 0) < 0:
        raise EstimationError(f"{settings}", expected="df_per_year > 0 and harmonics >= 0")
    cover = None
    if model.coverage is not None:
        cover = np.asarray(model.coverage, dtype=np.float64)
        if cover.shape != (T,) or not np.isfinite(cover).all():
            raise EstimationError(
                f"coverage of shape {cover.shape}",
                expected=f"{T} finite numbers",
                instead="np.log1p(total events per step)",
            )
    columns = design(T, step, settings, cover, notes)
    lead = min(10, T // 20)
    bounds = half_life_bounds(model.half_life, T, step)
    basis = prepare_basis(columns, lead)
    own = list(range(K)) if S is y else [-1] * K
    broken: list[Broken] | None = None
    if breaks is not None:
        shifts = breaks
    elif isinstance(settings.breaks, str):
        broken = [find_breaks(y[:, k], S, columns, basis, family, inhibition, own[k], bounds) for k in range(K)]
        shifts = tuple(found.breaks for found in broken)
    else:
        given = tuple(sorted(int(b) for b in settings.breaks))
        if any(not 0 < b < T for b in given):
            raise EstimationError(f"breaks {given}", expected=f"steps from 1 to {T - 1}")
        shifts = (given,) * K
    if broken is None:
        bases = {found: prepare_basis(columns.shifted(found), lead) if found else basis for found in set(shifts)}
        targets = [prepare_target(y[:, k], S, bases[shifts[k]], family, inhibition, own[k], bounds) for k in range(K)]
    else:
        targets = [found.target for found in broken]
    groups = [list(range(K))] if model.decay == "shared" else [[k] for k in range(K)]
    fits = []
    for members in groups:
        if broken is not None and len(members) == 1:  # fitted by the search
            found = broken[members[0]]
            fits.append((found.null, found.full, found.scores))
        else:
            fits.append(fit_both([targets[k] for k in members], bounds))
    return Fitted(targets, groups, fits, bounds, shifts, lead, notes)


def goodness(
    y: Floats, names: Sequence[str], fitted: Fitted, seed: int
) -> tuple[dict[str, tuple[Check, ...]], Floats, Floats, Floats]:
    """Checks of each kind; means of the baseline and in all, shape (T, K); degrees of freedom of the trend, (K,)."""
    T, K = y.shape
    lead = fitted.lead
    lags = min(20, (T - lead) // 5)
    base, mean, trend_df = np.empty((T, K)), np.empty((T, K)), np.zeros(K)
    found: dict[int, tuple[Check, ...]] = {}
    share = 0.05 / (3 * K)
    for members, (_, full, _) in zip(fitted.groups, fitted.fits, strict=True):
        for i, k in enumerate(members):
            t, spread = fitted.targets[k], full.spread[i]
            parts = mean_parts(t, full, i)
            base[:, k], mean[:, k] = parts.base, parts.mean
            trend_df[k] = effective_df(t, full, i, parts)
            seen, expected = y[lead:, k], mean[lead:, k]
            u = randomised_quantiles(seen, expected, spread if spread > 2 * DISPERSION[0] else 0.0, seed + k)
            own = 2 if np.abs(full.n[i]).max() > 1e-6 else 0  # decay and branching: the memory that was fitted
            memory = expected_memory(t, full, i, lags)
            free = t.rigid + round(trend_df[k]) + own
            found[k] = (
                uniformity(u, share),
                ljung_box(stats.norm.ppf(u), lags, fitted=own, expected=memory, level=share),
                dispersion(seen, expected, spread, fitted=free, level=share),
            )
    return {name: found[k] for k, name in enumerate(names)}, base, mean, trend_df


def fit_sources(
    y: Floats, S: Floats, names: tuple[str, ...], model: Model, breaks: tuple[tuple[int, ...], ...] | None = None
) -> ExcitationFit:
    """Targets y on sources S (the same, but for placebos), with level shifts as given or as the baseline says."""
    T, K = y.shape
    step, family, inhibition = model.step, model.family, model.inhibition
    interval, level, bootstrap, seed = model.interval, model.level, model.bootstrap, model.seed
    fitted = fit_targets(y, S, model, breaks)
    targets, bounds, lead, notes = fitted.targets, fitted.bounds, fitted.lead, fitted.notes
    checks, base, mean, trend_df = goodness(y, names, fitted, seed)
    rng = np.random.default_rng(derive_seed(seed, "null statistics"))
    grid = decay_grid(bounds)
    n = np.zeros((K, K))
    shape = (K, K)
    low, high, pair_p = np.full(shape, np.nan), np.full(shape, np.nan), np.ones(shape)
    pair_ratio = np.zeros(shape)
    half, half_low, half_high = (np.full(K, np.nan) for _ in range(3))
    spread, loglik, loglik_null, ratio = np.zeros(K), 0.0, 0.0, 0.0
    base_null = np.empty((T, K))
    spread_null = np.zeros(K)
    null_total = np.zeros(NULL_DRAWS)
    for members, (null, full, scores) in zip(fitted.groups, fitted.fits, strict=True):
        inside = [targets[k] for k in members]
        loglik, loglik_null = loglik + full.log_likelihood, loglik_null + null.log_likelihood
        ratio += max(0.0, 2 * (full.log_likelihood - null.log_likelihood))
        reference = np.zeros((NULL_DRAWS, grid.size))
        for i, k in enumerate(members):
            t = inside[i]
            n[:, k], spread[k], spread_null[k] = full.n[i], full.spread[i], null.spread[i]
            base_null[:, k] = mean_parts(t, null, i).mean
            if np.abs(full.n[i]).max() > 1e-6:
                half[k] = math.exp(full.log_half_life)
            reference += null_statistics(scores[i].covariance, inhibition, rng)
        null_total += reference.max(axis=1)
        for i, k in enumerate(members):
            t = inside[i]
            errors = wald_errors(t, full, i)
            for j in range(t.sources):
                if (abs(n[j, k]) > 1e-8 or inhibition) and K > 1:
                    without = refit_without(inside, bounds, full, i, j, null)
                    gain = max(0.0, 2 * (full.log_likelihood - without.log_likelihood))
                    covariance = score_covariance(t, without, i, [j], grid)
                    simulated = null_statistics(covariance, inhibition, rng).max(axis=1)
                    pair_p[j, k] = (1 + np.sum(simulated >= gain)) / (NULL_DRAWS + 1)
                    pair_ratio[j, k] = gain
                if interval == "profile":
                    low[j, k], high[j, k] = profile_interval(inside, bounds, full, i, j, errors[j], level)
                elif interval == "wald":
                    reach = float(stats.norm.ppf(0.5 + level / 2)) * errors[j]
                    low[j, k] = n[j, k] - reach if inhibition else max(0.0, n[j, k] - reach)
                    high[j, k] = n[j, k] + reach
        if interval == "profile" and np.isfinite(half[members[0]]):
            falls = []
            coarse = grid[::2]
            for h in coarse:
                point = maximise(inside, bounds, start=replace(full, log_half_life=float(h)), fix_decay=True)
                falls.append(2 * (full.log_likelihood - point.log_likelihood))
            ends = profile_crossings(coarse, np.array(falls), full.log_half_life, float(stats.chi2.ppf(level, 1)))
            for k in members:
                half_low[k], half_high[k] = math.exp(ends[0]), math.exp(ends[1])
    p = float((1 + np.sum(null_total >= ratio)) / (NULL_DRAWS + 1))
    if K == 1:
        pair_p[:], pair_ratio[:] = p, ratio
    p_method = "largest chi-bar-square over decays (boundary, decay not identified), simulated"
    observations = (T - lead) * K
    extra = 0 if family == "poisson" else K
    k_null = sum(t.rigid + 1 for t in targets) + extra  # the 1 is the stiffness
    k_full = k_null + K * K + len(fitted.groups)
    radius = float(np.abs(np.linalg.eigvals(n)).max())
    bias = None
    if bootstrap:
        again = _Again(targets, fitted.groups, bounds, y[:lead], S is y)
        p, method = _bootstrap_p(again, base_null, spread_null, ratio, bootstrap, seed, inhibition)
        p_method = method
        if K == 1:
            pair_p[:] = p
        if interval == "bootstrap":
            if radius >= 1:
                notes.append("no bootstrap interval: the fitted process explodes (spectral radius at least 1)")
            else:
                bias, low, high = _bootstrap_interval(again, base, n, half, spread, bootstrap, seed, level, inhibition)
    excited_part = 1 - base[lead:].sum(axis=0) / np.maximum(mean[lead:].sum(axis=0), 1e-300)
    return ExcitationFit(
        kinds=names,
        step=step,
        n_steps=T,
        lead=lead,
        family=family,
        decay=model.decay,
        inhibition=inhibition,
        branching=n,
        low=low,
        high=high,
        interval=interval,
        level=level,
        pair_p=pair_p,
        pair_ratio=pair_ratio,
        half_life=half,
        half_life_low=np.where(np.isfinite(half_low), np.fmin(half_low, half), np.nan),
        half_life_high=np.where(np.isfinite(half_high), np.fmax(half_high, half), np.nan),
        dispersion=spread,
        triggered=excited_part,
        spectral_radius=radius,
        log_likelihood=loglik,
        log_likelihood_null=loglik_null,
        aic=2 * k_full - 2 * loglik,
        bic=math.log(observations) * k_full - 2 * loglik,
        aic_null=2 * k_null - 2 * loglik_null,
        bic_null=math.log(observations) * k_null - 2 * loglik_null,
        likelihood_ratio=ratio,
        p=p,
        p_method=p_method,
        trend_df=trend_df,
        breaks=fitted.breaks,
        checks=checks,
        passed=radius < NEAR_ONE and all(c.passed for found in checks.values() for c in found),
        baseline_mean=base,
        mean=mean,
        bias=bias,
        notes=tuple(notes),
    )


# --- simulation -----------------------------------------------------------------------------------------------------


def _simulate(
    base: Floats,
    n: Floats,
    half_life: Floats,
    spread: Floats,
    head: Floats,
    z0: Floats,
    copies: int,
    rng: np.random.Generator,
    soft: Floats | None = None,
) -> Floats:
    """Series of shape (copies, T, K) given their first rows and the kernel sums before them, z0[j, k]."""
    T, K = base.shape
    d = 2.0 ** (-1 / np.where(np.isfinite(half_life), half_life, 1.0))
    y = np.empty((copies, T, K))
    z = np.broadcast_to(z0, (copies, K, K)).copy()  # [copy, source, target]
    for t in range(T):
        if t > 0:
            z = d * z + (1 - d) * y[:, t - 1, :, None]
        if t < head.shape[0]:
            y[:, t] = head[t]
            continue
        mean = base[t] + np.einsum("cjk,jk->ck", z, n)
        if soft is not None:
            mean = soft * np.logaddexp(0, mean / soft)
        mean = np.clip(mean, 1e-12, 1e9)
        for k in range(K):
            m = mean[:, k]
            if spread[k] > 2 * DISPERSION[0]:
                m = rng.gamma(1 / spread[k], spread[k] * m)
            y[:, t, k] = rng.poisson(m)
    return y


def simulate_excitation(
    baseline: ArrayLike,
    branching: ArrayLike,
    *,
    half_life: ArrayLike = 2.0,
    dispersion: ArrayLike = 0.0,
    inhibition: bool = False,
    seed: int = 0,
) -> NDArray[np.int64]:
    """Counts from the model of this module, for a known truth.

    Parameters
    ----------
    baseline : shape (T,) or (T, K); mean without excitation, from 0.
    branching : shape (K, K), [source, target], from 0 (any sign with ``inhibition``), spectral radius below 1.
    half_life : steps, one number or one per target.
    dispersion : one number or one per target; 0 is Poisson.
    inhibition : pass the sum through ``s log(1 + exp(u / s))``, s a tenth of the mean baseline.
    seed : of the simulation.

    Returns
    -------
    int64 of shape (T, K). The history before the first step is the stationary mean of the first baseline.

    Raises
    ------
    EstimationError : on shapes that do not fit, negative values, or a process that explodes.
    """
    base = np.array(baseline, dtype=np.float64)
    base = base[:, None] if base.ndim == 1 else base
    n = np.atleast_2d(np.array(branching, dtype=np.float64))
    K = base.shape[1] if base.ndim == 2 else -1
    if base.ndim != 2 or base.shape[0] < 2 or n.shape != (K, K):
        raise EstimationError(f"baseline {base.shape}, branching {n.shape}", expected="(T, K) and (K, K)")
    try:
        half = np.broadcast_to(np.asarray(half_life, dtype=np.float64), (K,))
        spread = np.broadcast_to(np.asarray(dispersion, dtype=np.float64), (K,))
    except ValueError:
        raise EstimationError("half_life or dispersion of the wrong length", expected=f"one number, or {K}") from None
    for name, values in (("baseline", base), ("branching", np.abs(n) if inhibition else n), ("dispersion", spread)):
        if not np.isfinite(values).all() or (values < 0).any():
            raise EstimationError(f"{name} holds a negative or missing value", expected="finite numbers from 0")
    if not np.isfinite(half).all() or (half <= 0).any():
        raise EstimationError("a half-life is not positive", expected="steps above 0")
    radius = float(np.abs(np.linalg.eigvals(np.maximum(n, 0))).max())
    if radius >= 1:
        raise EstimationError(
            f"branching with spectral radius {radius:.3g}", expected="below 1", why="the process would explode"
        )
    stationary = np.maximum(np.linalg.solve(np.eye(K) - n.T, base[0]), 0)
    z0 = np.repeat(stationary[:, None], K, axis=1)
    rng = np.random.default_rng(derive_seed(seed, "simulate excitation"))
    soft = 0.1 * base.mean(axis=0) if inhibition else None
    return _simulate(base, n, half, spread, np.empty((0, K)), z0, 1, rng, soft)[0].astype(np.int64)


@dataclass(frozen=True)
class _Again:
    """What is needed to fit simulated series as the record was fitted."""

    targets: list[Target]
    groups: list[list[int]]
    bounds: tuple[float, float]
    head: Floats
    own: bool  # sources are the targets themselves

    def refit(self, y: Floats) -> tuple[float, Floats]:
        """Likelihood ratio and branching of one simulated series (T, K)."""
        ratio, n = 0.0, np.zeros((y.shape[1], y.shape[1]))
        for members in self.groups:
            inside = []
            for k in members:
                t = self.targets[k]
                S = y if self.own else t.S
                above = counts_above(y[t.lead :, k])
                inside.append(
                    replace(t, y=np.ascontiguousarray(y[:, k]), S=S, above=above, start=early_mean(S, t.lead))
                )
            null, full, _ = fit_both(inside, self.bounds)
            ratio += max(0.0, 2 * (full.log_likelihood - null.log_likelihood))
            for i, k in enumerate(members):
                n[:, k] = full.n[i]
        return ratio, n


def _soft(again: _Again, inhibition: bool) -> Floats | None:
    return np.array([t.soft for t in again.targets]) if inhibition else None


def _bootstrap_p(
    again: _Again, base: Floats, spread: Floats, ratio: float, B: int, seed: int, inhibition: bool
) -> tuple[float, str]:
    K = base.shape[1]
    rng = np.random.default_rng(derive_seed(seed, "bootstrap without excitation"))
    z0 = np.zeros((K, K))
    series = _simulate(base, np.zeros((K, K)), np.ones(K), spread, again.head, z0, B, rng)
    hits = sum(again.refit(np.ascontiguousarray(y))[0] >= ratio for y in series)
    return (1 + hits) / (B + 1), f"parametric bootstrap, {B} series without excitation"


def _bootstrap_interval(
    again: _Again,
    base: Floats,
    n: Floats,
    half: Floats,
    spread: Floats,
    B: int,
    seed: int,
    level: float,
    inhibition: bool,
) -> tuple[Floats, Floats, Floats]:
    """Mean bias, and the basic interval 2n - quantiles of n*, cut at 0 without inhibition."""
    K = base.shape[1]
    rng = np.random.default_rng(derive_seed(seed, "bootstrap with excitation"))
    z0 = np.repeat(again.targets[0].start[:, None], K, axis=1)
    series = _simulate(base, n, half, spread, again.head, z0, B, rng, _soft(again, inhibition))
    fitted = np.stack([again.refit(np.ascontiguousarray(y))[1] for y in series])
    tail = (1 - level) / 2
    upper, lower = np.quantile(fitted, [1 - tail, tail], axis=0)
    low, high = 2 * n - upper, 2 * n - lower
    if not inhibition:
        low, high = np.maximum(low, 0), np.maximum(high, 0)
    return fitted.mean(axis=0) - n, low, high
