"""Excitation over many places: one baseline for each, and branching ratios drawn from a population of places.

In place p, with the model of `discrete`,

    mean[p, t, k] = exp(baseline_pk(t)) + sum_j branching[p, j, k] sum_{s < t} w_k(t - s) y[p, s, j],
    branching[p, j, k] ~ gamma of mean branching[j, k] and standard deviation between[j, k]

(with inhibition: normal). Baselines, dispersion and level shifts are each place's own; the decay into each target is
one for all places. The mean and the spread of the population are inferred from the likelihood with every place's
branching ratio integrated out; no place's estimate is assumed to be normal.
"""

from __future__ import annotations

import contextlib
import math
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from groundswell.blas import one_thread
from groundswell.draws import derive_seed
from groundswell.errors import EstimationError
from groundswell.estimators.core import Check
from groundswell.estimators.excitation.baseline import Floats, half_life_bounds
from groundswell.estimators.excitation.discrete import fit_targets, goodness
from groundswell.estimators.excitation.discrete_target import CountTarget
from groundswell.estimators.excitation.intensity import NULL_DRAWS, Fits
from groundswell.estimators.excitation.options import PanelSettings
from groundswell.estimators.excitation.outcome import NEAR_ONE
from groundswell.estimators.excitation.panel_likelihood import Map, TargetOfPlace, common_decay, fit_at, target_of_place
from groundswell.estimators.excitation.panel_outcome import PanelFit, PlaceFit
from groundswell.estimators.excitation.panel_places import Place, checked_places
from groundswell.estimators.excitation.panel_pooling import Pooled, pool, widened
from groundswell.estimators.excitation.panel_tide import combined, tides_of_places
from groundswell.estimators.excitation.scores import Scores, cone, null_statistics, same_decay


@dataclass(frozen=True)
class PreparedPanel:
    """Fitted places, ready to be pooled: all of them, or any selection, any number of times.

    Parameters
    ----------
    places : every place given, in the order of their names; `usable` could be fitted, `good` pass their checks too.
    decays : of each kind, the shared log half-life and its standard error.
    """

    kinds: tuple[str, ...]
    places: list[Place]
    decays: list[tuple[float, float]]
    settings: PanelSettings

    @property
    def usable(self) -> list[Place]:
        return [p for p in self.places if p.targets]

    @property
    def good(self) -> list[Place]:
        return [p for p in self.usable if not p.reason]

    def pair(self, source: int, target: int, members: Sequence[int] | None = None) -> tuple[Pooled, float]:
        """One branching ratio pooled over good places (or those of them with these numbers), and its p-value."""
        good = self.good
        places = [p for p in (good if members is None else [good[i] for i in members]) if p.both(source, target)]
        if not places:
            raise EstimationError(
                f"no place with enough events of both {self.kinds[source]!r} and {self.kinds[target]!r}",
                expected="one or more",
            )
        chosen = [(p.targets[target], p.have.index(source)) for p in places]
        signed, level = self.settings.inhibition, self.settings.level
        rng = np.random.default_rng(derive_seed(self.settings.seed, "null statistics of the panel", source, target))
        observed, null = _test(_summed([t.tests[at] for t, at in chosen]), signed, rng)
        p = float((1 + np.sum(null >= observed)) / (NULL_DRAWS + 1))
        result = pool([t.curves[at] for t, at in chosen], signed, level, self.settings.pooling == "complete")
        precision = np.array([1 / max(float(t.errors[at]), 1e-6) ** 2 for t, at in chosen])
        slope = float(precision @ [t.in_log_half_life[at] for t, at in chosen] / precision.sum())
        result = widened(result, slope, self.decays[target][1], level, signed)
        if p >= 1 - level:  # the test accounts for the choice of the decay, the likelihood at one decay does not
            low, high = min(result.low, 0.0), max(result.high, 0.0)
            result = replace(result, low=low, high=high)
        return result, p


@one_thread
def fit_panel(
    counts: Mapping[str, ArrayLike],
    settings: PanelSettings | None = None,
    *,
    kinds: Sequence[str] | None = None,
    **options: Any,
) -> PanelFit:
    """Fit the model of excitation to many places at once, and infer what holds for places of their kind.

    Parameters
    ----------
    counts : for each place, shape (T_p, K) or (T_p,), whole numbers from 0, NaN where nobody watched; lengths may
        differ. A place of fewer than 60 steps is left out, with the reason; of one with fewer than 10 events of a kind,
        only the pairs with that kind are left out.
    settings : `PanelSettings`; or its fields as keywords.
    kinds : K names.
    step : length of a step, "day" or "week".
    coverage : for each place, shape (T_p,), such as the logarithm of all events reported; none or all places have it.
    baseline : see `Baseline`; built separately for each place. By default what is found with splines is also tested
        with a hidden tide in every place (see `panel_tide`), and p is the larger of the two; with a `Baseline` given it
        is not.
    family, inhibition, half_life : see `fit_excitation`.
    pooling : "partial" draws the places' ratios from a population; "complete" assumes that they are equal, which gives
        intervals that are too narrow where they differ; "none" reports the places only.
    interval : how the places' likelihoods are computed: "profile" re-fits each above its maximum, "wald" assumes
        that it is normal there. Both compute it exactly at zero. "none" is "wald" without intervals of single places.
    level : of all intervals.
    seed : of the null distributions and residuals.
    threads : number of threads that fit places; by default all processors. The results do not depend on it.

    Returns
    -------
    `PanelFit`. Places whose own fit fails a check are kept out of everything pooled, by rule; `with_all` shows the mean
    with them. The p-values compare the scores, summed over places, with their simulated distribution without
    excitation, the largest over a grid of decays. Where a pair's p-value is not below 1 - level, its interval holds 0.

    Raises
    ------
    EstimationError : on settings that cannot be used, or when no place can be fitted.

    Known limits: those of `fit_excitation`. The bias of short records is subtracted to first order (`expected_bias`);
    what a wiggly trend takes from excitation is not. A place whose decay differs much from the others' shows in its
    checks only (its own half-life is reported). Places that share causes (a war across borders) are mistaken for
    independent. Branching ratios of different pairs are pooled one pair at a time, the others at their best for
    each value. Use `fit_excitation` instead for one place.

    Source: for the population and its likelihood, Hardy & Thompson (1996), Statistics in Medicine 15:619-629; Gelman
    (2006), Bayesian Analysis 1:515-534.

    >>> places = {f"p{i}": simulate_excitation(np.full((520, 1), 2.0), [[0.4]], seed=i) for i in range(5)}
    >>> fit_panel(places, kinds=["protest"]).answer  # doctest: +SKIP
    """
    chosen = PanelSettings.of(settings, options)
    with workers(chosen.threads) as each:
        panel = _prepared(counts, kinds, chosen, each)
        fit = _assemble(panel, each)
        plain = chosen.baseline is None and not chosen.inhibition and chosen.family == "negative_binomial"
        return _under_tides(fit, panel, each) if plain and fit.passed and fit.p < 0.05 else fit


def _under_tides(fit: PanelFit, panel: PreparedPanel, each: Map) -> PanelFit:
    """A panel that found something, with what is left of it when every place has its own hidden tide."""
    K = len(fit.kinds)
    given = [(p.name, p.raw, p.have, p.coverage) for p in panel.usable if p.raw is not None]
    tides = tides_of_places(given, fit.kinds, fit.step, fit.level, panel.settings.seed, each)
    tide_p = combined(tides, K)
    speaking = [t for t in tides if not t.reason]
    known = np.where(np.isfinite(tide_p), tide_p, 1.0)
    pair_p = np.where(np.isfinite(fit.pair_p), np.maximum(fit.pair_p, known), fit.pair_p)
    low = np.where(pair_p >= 1 - fit.level, np.minimum(fit.low, 0.0), fit.low)
    p = max(fit.p, float(min(1.0, known.min() * known.size)))
    silent = [t for t in tides if t.reason]
    notes = [*fit.notes, *(f"{t.name} has no verdict of its own under a tide: {t.reason}" for t in silent)]
    check = Check(
        f"at least half of the places fit under a tide ({len(speaking)} of {len(tides)})",
        len(speaking) / len(tides), float(2 * len(speaking) >= len(tides)), "a rule, not a test",
    )  # fmt: skip
    checks = {**fit.checks, "places under a tide": check}
    return replace(
        fit,
        p=p,
        p_method=f"{fit.p_method}; and places under their own hidden tides, p-values combined (Fisher)",
        pair_p=pair_p,
        low=low,
        median=_median([t.branching for t in speaking], K),
        asked=_count([np.isfinite(t.p) for t in speaking], K),
        showing=_count([t.shows for t in speaking], K),
        tide_p=tide_p,
        checks=checks,
        passed=all(c.passed for c in checks.values()),
        notes=tuple(notes),
    )


def _median(values: Sequence[Floats], K: int) -> Floats:
    """Medians over places, leaving out those without a value; shape (K, K)."""
    out = np.full((K, K), np.nan)
    for j in range(K):
        for k in range(K):
            found = [v[j, k] for v in values if math.isfinite(v[j, k])]
            if found:
                out[j, k] = float(np.median(found))
    return out


def _count(each: Sequence[NDArray[np.bool_]], K: int) -> NDArray[np.int64]:
    """In how many places it holds, (K, K)."""
    return np.sum(each or [np.zeros((K, K))], axis=0).astype(np.int64)


@contextlib.contextmanager
def workers(threads: int | None) -> Iterator[Map]:
    """A map over places, in order, on this many threads."""
    with ThreadPoolExecutor(threads or os.cpu_count() or 1) as workers:
        yield lambda function, *over: list(workers.map(function, *over))


@one_thread
def prepare_panel(
    counts: Mapping[str, ArrayLike],
    settings: PanelSettings | None = None,
    *,
    kinds: Sequence[str] | None = None,
    **options: Any,
) -> PreparedPanel:
    """The places of `fit_panel` fitted but not pooled, to pool many selections of them (see `PreparedPanel`)."""
    chosen = PanelSettings.of(settings, options)
    with workers(chosen.threads) as each:
        return _prepared(counts, kinds, chosen, each)


def _prepared(
    counts: Mapping[str, ArrayLike], kinds: Sequence[str] | None, settings: PanelSettings, each: Map
) -> PreparedPanel:
    if not isinstance(counts, Mapping) or not counts:
        raise EstimationError("no places", expected="a mapping from place to counts of shape (T, K)")
    coverage = settings.coverage
    if coverage is not None and set(counts) - set(coverage):
        lacking = sorted(set(counts) - set(coverage))[0]
        raise EstimationError(f"no coverage for {lacking!r}", expected="coverage for every place, or for none")
    places, names = checked_places(counts, coverage, kinds)
    usable = [p for p in places if p.y is not None]
    if not usable:
        raise EstimationError(
            f"none of {len(places)} places can be fitted: {places[0].name!r} has {places[0].reason}",
            expected="at least 60 steps, and 10 events of each kind, in one place or more",
        )
    shortest = min(p.y.shape[0] for p in usable if p.y is not None)
    bounds = half_life_bounds(settings.half_life, shortest, settings.step)
    span = (math.exp(bounds[0]), math.exp(bounds[1]))

    def fit(place: Place) -> None:
        assert place.y is not None
        try:
            place.fitted = fit_targets(place.y, place.y, settings.of_place(place.coverage, span))
        except EstimationError as error:
            words = {"expected": error.expected, "why": error.why, "instead": error.instead}
            raise EstimationError(f"in {place.name!r}: {error.given}", **words) from None
        own_seed = derive_seed(settings.seed, "residuals", place.name) % 2**31
        place.checks = goodness(place.y, [names[k] for k in place.have], place.fitted, own_seed)[0]
        bad = [(k, c) for k, found in place.checks.items() for c in found if not c.passed]
        if bad:
            kind, worst = min(bad, key=lambda pair: pair[1].p)
            place.reason = f"the model does not fit ({worst.name} of {kind!r}, p = {worst.p:.2g})"
        own = np.array([[full.n[0][j] for _, _, (_, full, _) in place.fitted.groups] for j in range(len(place.have))])
        radius = float(np.abs(np.linalg.eigvals(own)).max())
        if radius >= NEAR_ONE:
            place.reason = f"its fitted process is explosive (spectral radius {radius:.2f})"

    each(fit, usable)
    good = [p for p in usable if not p.reason]
    found = [_fit_target(k, usable, good, settings.interval == "profile", each) for k in range(len(names))]
    for k, (_, _, targets) in enumerate(found):
        for place, target in zip([p for p in usable if k in p.have], targets, strict=True):
            place.targets[k] = target
            if k in place.have and not place.reason:
                at = place.have.index(k)
                own = max(float(target.full.n[0][at]), target.curves[at].best)
                if own >= NEAR_ONE:
                    place.reason = f"its fitted process is explosive ({own:.2f} of {names[k]!r} for one)"
    return PreparedPanel(names, places, [f[:2] for f in found], settings)


def _fit_target(
    k: int, usable: list[Place], good: list[Place], exact: bool, each: Map
) -> tuple[float, float, list[TargetOfPlace]]:
    """The shared log half-life of one target with its standard error, and the target in every usable place."""
    usable, good = ([p for p in places if k in p.have] for places in (usable, good))
    chosen = good or usable
    if not chosen:
        return math.nan, math.nan, []

    def parts(places: list[Place]) -> tuple[list[CountTarget], list[Fits]]:
        rows = [p.parts(k) for p in places]
        return [t for t, _ in rows], [f for _, f in rows]

    h, error, points, moved = common_decay(*parts(chosen), each)
    at = {p.name: (point, move) for p, point, move in zip(chosen, points, moved, strict=True)}
    targets, fits = parts(usable)
    starts = [
        at[p.name][0] if p.name in at else fit_at(t, f.full, h) for p, t, f in zip(usable, targets, fits, strict=True)
    ]
    moves = [at[p.name][1] if p.name in at else np.zeros(t.sources) for p, t in zip(usable, targets, strict=True)]
    made = each(lambda t, f, at, move: target_of_place(t, f.null, at, move, exact), targets, fits, starts, moves)
    return h, error, made


def _summed(scores: Sequence[Scores]) -> Scores:
    return Scores(np.sum([s.value for s in scores], axis=0), np.sum([s.covariance for s in scores], axis=0))


def _test(scores: Scores, signed: bool, rng: np.random.Generator) -> tuple[float, Floats]:
    """The largest statistic over decays, and as many simulated without excitation."""
    observed = float(cone(scores.value[None], same_decay(scores.covariance), signed).max())
    return observed, null_statistics(scores.covariance, signed, rng).max(axis=1)


def _assemble(panel: PreparedPanel, each: Map) -> PanelFit:
    names, places, usable, good, decays = panel.kinds, panel.places, panel.usable, panel.good, panel.decays
    settings = panel.settings
    signed, level, pooling = settings.inhibition, settings.level, settings.pooling
    K = len(names)
    pairs = [(j, k) for j in range(K) for k in range(K)]
    total, simulated = 0.0, np.zeros(NULL_DRAWS)
    rng = np.random.default_rng(derive_seed(settings.seed, "null statistics of the panel"))
    for k in range(K if good else 0):
        for have in sorted({p.have for p in good if k in p.have}):  # scores of the same sources are summed
            alike = [p.parts(k)[1].scores[0] for p in good if p.have == have]
            observed, null = _test(_summed(alike), signed, rng)
            total, simulated = total + observed, simulated + null
    p = float((1 + np.sum(simulated >= total)) / (NULL_DRAWS + 1)) if good else math.nan
    found: dict[tuple[int, int], Pooled] = {}
    pair_p, with_all = np.full((K, K), np.nan), np.full((K, K), np.nan)
    if good:
        pairs = [pair for pair in pairs if any(p.both(*pair) for p in good)]
        for (j, k), (pooled, own_p) in zip(pairs, each(lambda pair: panel.pair(*pair), pairs), strict=True):
            found[j, k], pair_p[j, k], with_all[j, k] = pooled, own_p, pooled.mean
    if pooling == "none":
        found, with_all = {}, np.full((K, K), np.nan)
    elif len(usable) > len(good):

        def mean_of_all(pair: tuple[int, int]) -> float:
            curves = [p.curve(*pair) for p in usable if p.both(*pair)]
            return pool(curves, signed, level, pooling == "complete").mean

        for pair, mean in zip(pairs, each(mean_of_all, pairs), strict=True):
            with_all[pair] = mean

    def table(get: Callable[[Pooled], float]) -> Floats:
        return np.array([[get(found[j, k]) if (j, k) in found else math.nan for k in range(K)] for j in range(K)])

    branching = table(lambda f: f.mean)
    z = float(stats.norm.ppf(0.5 + level / 2))
    excited = [any(np.abs(p.targets[k].full.n[0]).max() > 1e-6 for p in good if k in p.targets) for k in range(K)]
    half = np.array([math.exp(h) if e else math.nan for (h, _), e in zip(decays, excited, strict=True)])
    errors = [e if math.isfinite(e) else 0.0 for _, e in decays]
    order = {(pair, p.name): i for pair in pairs for i, p in enumerate(q for q in good if q.both(*pair))}
    share = len(good) / len(usable)
    checks = {
        "places that fit": Check(
            f"the model fits at least half of the places that can be fitted ({len(good)} of {len(usable)})",
            share, float(share >= 0.5), "a rule, not a test",
        )
    }  # fmt: skip
    notes = [f"{p.name} {'not pooled' if p.targets else 'left out'}: {p.reason}" for p in places if p.reason]
    if pooling == "partial" and len(good) < 2:
        notes.append("fewer than two places: nothing to pool")
    words = tuple(_described(place, K, settings, found, order, errors) for place in places)
    fitting = [p for p in words if p.passed]
    return PanelFit(
        kinds=names,
        step=settings.step,
        family=settings.family,
        pooling=pooling,
        decay="shared",
        inhibition=signed,
        interval=settings.interval,
        level=level,
        branching=branching,
        low=table(lambda f: f.low),
        high=table(lambda f: f.high),
        pair_p=pair_p,
        between=table(lambda f: f.between),
        between_low=table(lambda f: f.between_low),
        between_high=table(lambda f: f.between_high),
        heterogeneity_p=table(lambda f: f.heterogeneity_p),
        prediction_low=table(lambda f: f.prediction[0]),
        prediction_high=table(lambda f: f.prediction[1]),
        half_life=half,
        half_life_low=half * np.exp([-z * e for _, e in decays]),
        half_life_high=half * np.exp([z * e for _, e in decays]),
        spectral_radius=float(np.abs(np.linalg.eigvals(np.nan_to_num(branching))).max()) if found else math.nan,
        places=words,
        median=_median([p.branching for p in fitting], K),
        asked=_count([np.isfinite(p.branching) for p in fitting], K),
        showing=_count([p.low > 0 for p in fitting], K),
        pooled=len(good),
        p=p,
        p_method="scores summed over places, largest over decays, against simulated scores without excitation",
        with_all=with_all,
        checks=checks,
        passed=all(c.passed for c in checks.values()),
        notes=tuple(notes),
    )


def _described(
    place: Place,
    K: int,
    settings: PanelSettings,
    found: dict[tuple[int, int], Pooled],
    order: dict[tuple[tuple[int, int], str], int],
    errors: Sequence[float],
) -> PlaceFit:
    """The results for one place; `errors` are those of the log half-lives."""
    signed, level = settings.inhibition, settings.level
    z = float(stats.norm.ppf(0.5 + level / 2))
    values = {name: np.full((K, K), np.nan) for name in ("n", "low", "high", "shrunken", "below", "above")}
    half, spread = np.full(K, np.nan), np.full(K, np.nan)
    for k, t in place.targets.items():
        alone = place.parts(k)[1].full
        if np.abs(alone.n[0]).max() > 1e-6:
            half[k] = math.exp(alone.log_half_life)
        spread[k] = t.full.spread[0]
        for at, j in enumerate(place.have):
            n = values["n"][j, k] = t.curves[at].best
            if settings.interval != "none":
                low, high = t.curves[at].interval(level, signed)
                extra = z * abs(float(t.in_log_half_life[at])) * errors[k]  # the decay is not known with certainty
                low, high = (
                    end + side * (math.hypot(n - end, extra) - abs(n - end)) for end, side in ((low, -1), (high, 1))
                )
                values["low"][j, k], values["high"][j, k] = low if signed else max(0.0, low), high
            if (j, k) in found and ((j, k), place.name) in order:
                pooled, i = found[j, k], order[(j, k), place.name]
                values["shrunken"][j, k] = pooled.shrunken[i]
                values["below"][j, k], values["above"][j, k] = pooled.shrunken_low[i], pooled.shrunken_high[i]
    return PlaceFit(
        name=place.name,
        steps=0 if place.y is None else place.y.shape[0],
        events=() if place.y is None else tuple(int(v) for v in place.totals(K)),
        branching=values["n"],
        low=values["low"],
        high=values["high"],
        shrunken=values["shrunken"],
        shrunken_low=values["below"],
        shrunken_high=values["above"],
        half_life=half,
        dispersion=spread,
        breaks=()
        if place.fitted is None
        else tuple(place.fitted.breaks[place.have.index(k)] if k in place.have else () for k in range(K)),
        checks=place.checks,
        passed=place.y is not None and not place.reason,
        reason=place.reason,
    )
