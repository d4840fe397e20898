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
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from groundswell.blas import one_thread
from groundswell.draws import derive_seed
from groundswell.errors import EstimationError
from groundswell.estimators.core import Check
from groundswell.estimators.excitation.baseline import (
    STEPS_PER_YEAR,
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
from groundswell.estimators.statistics.diagnostics import dispersion, ljung_box, randomised_quantiles, uniformity
from groundswell.results import plain

_LARGEST_COUNT = 1_000_000


@dataclass(frozen=True)
class ExcitationFit:
    """A fitted model of excitation, with what it may be trusted for.

    Parameters
    ----------
    kinds : names, K of them.
    branching, low, high : shape (K, K), [source, target]; events brought about per event, and the interval.
    pair_p : shape (K, K); p-value of each entry being zero, the others free.
    pair_ratio : shape (K, K); likelihood ratio of each entry, all else re-fitted without it.
    half_life : shape (K,), steps, of the kernel into each target; NaN where nothing excites it.
    half_life_low, half_life_high : shape (K,); NaN where not computed.
    dispersion : shape (K,); variance = mean + dispersion mean².
    triggered : shape (K,); share of the events of a kind that the model attributes to earlier events.
    spectral_radius : of the branching matrix; below 1 the process dies out without its baseline.
    log_likelihood, log_likelihood_null : with and without excitation; likewise aic, bic.
    likelihood_ratio, p, p_method : no excitation at all against the fit.
    checks : goodness of fit, by kind; `passed` when none fails at 5% shared among all.
    baseline_mean, mean : shape (T, K); the first ``lead`` steps are conditioned upon.
    notes : settings that were adapted, and why.
    """

    kinds: tuple[str, ...]
    step: Step
    n_steps: int
    lead: int
    family: Family
    decay: str
    inhibition: bool
    branching: Floats
    low: Floats
    high: Floats
    interval: str
    level: float
    pair_p: Floats
    pair_ratio: Floats
    half_life: Floats
    half_life_low: Floats
    half_life_high: Floats
    dispersion: Floats
    triggered: Floats
    spectral_radius: float
    log_likelihood: float
    log_likelihood_null: float
    aic: float
    bic: float
    aic_null: float
    bic_null: float
    likelihood_ratio: float
    p: float
    p_method: str
    trend_df: Floats
    breaks: tuple[tuple[int, ...], ...]
    checks: dict[str, tuple[Check, ...]]
    passed: bool
    baseline_mean: Floats
    mean: Floats
    bias: Floats | None
    notes: tuple[str, ...]

    @property
    def excited(self) -> bool:
        """Excitation was found (p < 0.05) by a model that fits."""
        return self.passed and self.p < 0.05

    @property
    def answer(self) -> str:
        """One sentence."""
        if not self.passed:
            kind, check = min(
                ((kind, c) for kind, found in self.checks.items() for c in found), key=lambda pair: pair[1].p
            )
            return f"No verdict: the model does not fit the record ({check.name} of {kind!r}, p = {check.p:.2g})."
        if self.p >= 0.05:
            top = np.nanmax(self.high) if np.isfinite(self.high).any() else math.nan
            bound = "" if math.isnan(top) else f"; no branching ratio above {top:.2f} is compatible with the record"
            return f"No excitation beyond the baseline was found (p = {self.p:.2g}){bound}."
        source, target = np.unravel_index(
            int(np.argmin(np.where(self.branching != 0, self.pair_p, 2.0))), self.low.shape
        )
        n, low, high = (float(a[source, target]) for a in (self.branching, self.low, self.high))
        span = "" if math.isnan(low) else f" ({self.level:.0%} interval {low:.2f} to {high:.2f})"
        verb = "brings" if n > 0 else "takes away"
        half = float(self.half_life[target])
        when = f"nearly all in the next {self.step}" if half < 0.5 else f"half of them within {half:.1f} {self.step}s"
        return (
            f"Excitation was found (p = {self.p:.2g}): most clearly, one event of {self.kinds[source]!r} {verb} "
            f"{abs(n):.2f} of {self.kinds[target]!r}{span}, {when}."
        )

    def to_dict(self) -> dict[str, object]:
        """As plain types for JSON, without the series of means."""
        left_out = ("baseline_mean", "mean", "checks")
        result = {k: plain(v) for k, v in self.__dict__.items() if k not in left_out}
        result["checks"] = {kind: [c.to_dict() for c in found] for kind, found in self.checks.items()}
        result["excited"], result["answer"] = self.excited, self.answer
        return result


# --- fitting --------------------------------------------------------------------------------------------------------


def checked_counts(counts: ArrayLike, kinds: Sequence[str] | None) -> tuple[Floats, tuple[str, ...]]:
    try:
        y = np.array(counts, dtype=np.float64)
    except (TypeError, ValueError):
        raise EstimationError("counts hold something that is not a number", expected="counts 0, 1, 2 ...") from None
    if y.ndim == 1:
        y = y[:, None]
    if y.ndim != 2 or y.shape[1] < 1:
        raise EstimationError(f"counts of shape {y.shape}", expected="(T,) or (T, K)")
    if y.shape[0] < 60:
        raise EstimationError(
            f"{y.shape[0]} steps", expected="at least 60", why="baseline and excitation cannot be told apart in fewer"
        )
    bad = np.argwhere(~np.isfinite(y) | (y < 0) | (y != np.round(y)))
    if bad.size:
        t, k = bad[0]
        raise EstimationError(f"counts[{t}, {k}] is {y[t, k]:g}", expected="whole numbers from 0")
    if y.max() > _LARGEST_COUNT:
        raise EstimationError(f"a count of {y.max():g}", expected="at most a million", why="sizes are not counts")
    names = tuple(str(k) for k in kinds) if kinds is not None else tuple(f"kind {k}" for k in range(y.shape[1]))
    if len(names) != y.shape[1] or len(set(names)) != len(names):
        raise EstimationError(f"{len(names)} names {names}", expected=f"{y.shape[1]} distinct names")
    for k, name in enumerate(names):
        if y[:, k].sum() < 10:
            raise EstimationError(f"{int(y[:, k].sum())} events of {name!r}", expected="at least 10 of each kind")
    return y, names


@one_thread
def fit_excitation(
    counts: ArrayLike,
    *,
    kinds: Sequence[str] | None = None,
    step: Step = "week",
    baseline: Baseline | None = None,
    coverage: ArrayLike | None = None,
    family: Family = "negative_binomial",
    decay: Literal["per_target", "shared"] = "per_target",
    half_life: tuple[float | None, float | None] = (None, None),
    inhibition: bool = False,
    interval: Literal["profile", "wald", "bootstrap", "none"] = "profile",
    level: float = 0.95,
    bootstrap: int = 0,
    seed: int = 0,
) -> ExcitationFit:
    """Fit the model of excitation to counts by maximum likelihood, with intervals, tests and checks.

    Parameters
    ----------
    counts : shape (T,) or (T, K), whole numbers from 0; at least 60 steps and 10 events of each kind.
    kinds : K names.
    step : length of a step, "day" or "week"; sets season and weekdays.
    baseline : see `Baseline`.
    coverage : shape (T,), such as the logarithm of all events reported in the step (of any kind); its coefficient is
        estimated. Give it whenever it is known: it is the main confounder.
    family : of the counts given their mean; the dispersion of the negative binomial is estimated, per kind.
    decay : one half-life per target, or one for all.
    half_life : bounds in steps; by default 0.25 to a quarter of a trend piece.
    inhibition : allow negative branching. The mean is then ``s log(1 + exp(u / s))`` of the sum u above, with s a
        tenth of the mean count: the identity where u is well above s, positive everywhere.
    interval : "profile" likelihood (all else re-fitted, decay included); at the boundary n >= 0 the lower end is 0 and
        the interval is conservative. "wald": from the information, cut at 0. "bootstrap": parametric, basic
        (bias-reversing) percentile, cut at 0. "none".
    bootstrap : simulated series B. With B > 0 the p-value is ``(1 + hits) / (B + 1)`` from B series simulated without
        excitation and re-fitted (breaks kept).
    seed : of everything simulated, and of the residuals.

    Returns
    -------
    `ExcitationFit`. With ``bootstrap=0`` the p-value is asymptotic: the likelihood ratio is compared with the largest
    chi-bar-square over a grid of decays, simulated from the estimated joint distribution of the efficient scores
    (n >= 0 lies on the boundary, and the decay does not exist without excitation). Pair p-values take the decay as free
    for the pair alone, which makes them conservative.

    Raises
    ------
    EstimationError : on counts, names, bounds or settings that cannot be used.

    Known limits: excitation slower than the trend cannot be seen, and a trend faster than its spline looks like
    excitation (see `select_baseline`). In short records branching comes out a little low (measured: 0.38 for a true
    0.40 with 10 years of weeks): `expected_bias` tells the first-order part of it, which `fit_panel` takes off; the
    rest is excitation that a wiggly trend takes for its own. A common cause that flickers within weeks is not told
    from contagion by any model of this kind.
    Use `study_responses` instead when the question is what a few dated acts did.

    Source: Hawkes (1971), Biometrika 58:83-90; Davies (1987), Biometrika 74:33-43 (decay not identified under the
    null); Self & Liang (1987), JASA 82:605-610 (boundary).

    >>> y = simulate_excitation(np.full((520, 1), 2.0), [[0.4]], half_life=2.0, seed=1)
    >>> fit_excitation(y, kinds=["protest"]).answer  # doctest: +SKIP
    """
    y, names = checked_counts(counts, kinds)
    if step not in STEPS_PER_YEAR:
        raise EstimationError(f"step {step!r}", expected="'day' or 'week'")
    if family not in ("poisson", "negative_binomial"):
        raise EstimationError(f"family {family!r}", expected="'poisson' or 'negative_binomial'")
    if decay not in ("per_target", "shared"):
        raise EstimationError(f"decay {decay!r}", expected="'per_target' or 'shared'")
    if interval not in ("profile", "wald", "bootstrap", "none"):
        raise EstimationError(f"interval {interval!r}", expected="'profile', 'wald', 'bootstrap' or 'none'")
    if interval == "bootstrap" and bootstrap < 100:
        raise EstimationError(f"bootstrap = {bootstrap}", expected="at least 100 for an interval")
    if not 0.5 <= level < 1 or bootstrap < 0:
        raise EstimationError(f"level {level}, bootstrap {bootstrap}", expected="0.5 <= level < 1, bootstrap >= 0")
    model = Model(
        step, baseline or Baseline(), coverage, family, decay, half_life, inhibition, interval, level, bootstrap, seed
    )
    return fit_sources(y, y, names, model)


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
        half_life_low=half_low,
        half_life_high=half_high,
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
        passed=all(c.passed for found in checks.values() for c in found),
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
