"""How a wave spreads over places: contagion between neighbours, or news that reaches everyone on the same day.

Places that lie close to each other take part at similar times for three reasons that a map alone cannot distinguish:
they are alike (big cities, one region), they hear the same news, or one triggers the next. The model below has a term
for each. What all places share on a day is free (a level per day), susceptibility is a set of covariates
and a smooth random field over the map, and only what is left, an onset more likely *just after* onsets nearby, is
called contagion. Contagion that ignores distance (everyone watches the first city) cannot be distinguished from
shared news by any record of onsets, and is counted as shared news.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import Field
from scipy import linalg

from groundswell.draws import derive_seed
from groundswell.errors import EstimationError
from groundswell.estimators.core import Check, Checked, Estimate
from groundswell.estimators.statistics.diagnostics import finite_vector, numbers
from groundswell.estimators.waves.onsets import (
    NONE,
    Array,
    HazardState,
    OnsetData,
    choose_field,
    fields_over,
    fit_hazard,
    great_circle,
    information,
    kernel_weights,
    lags_of,
    residual_hazard,
)
from groundswell.estimators.waves.simulated_spread import Kernel, tail_exponent
from groundswell.estimators.waves.spread_checks import (
    ProfileCurve,
    checks_of,
    curve_of,
    front_of,
    map_test,
    profile_bounds,
    share_of,
)
from groundswell.settings import Settings

_MOST_DAYS = 10_000  # some 27 years


@dataclass(frozen=True)
class SpreadFit(Checked):
    """The spread of a wave over places, as `fit_spread` found it.

    Parameters
    ----------
    places, onsets, days : their numbers.
    contagion, low, high : onsets that one onset directly triggers while all others are still at risk.
    p : of contagion, against shared news with places that differ (parametric bootstrap, one-sided).
    share, share_low, share_high : of the onsets, triggered by contagion.
    reach, reach_low, reach_high : km; of the kernel. None where there is no contagion.
    half_life : days; of an onset's influence.
    effects : covariate -> (effect on the log hazard per sd, standard error).
    drifts : covariate -> change of that effect per day.
    field_sd, field_range : of the susceptibility left unexplained by covariates (log hazard; km).
    level : log hazard of each day, shape (days,).
    half_spread : days from the first onset until half of the onsets; `spread`: from the 10th to the 90th percentile.
    front_speed : km per day, from the regression of day on distance, with low and high; None where the day does not
        increase with distance.
    p_map : of any clustering on the map, by permuting places within strata of susceptibility: contagion *or*
        similarity.
    checks : goodness of fit, by name.
    """

    places: int
    onsets: int
    days: int
    contagion: float
    low: float
    high: float
    p: float
    share: float
    share_low: float
    share_high: float
    reach: float | None
    reach_low: float | None
    reach_high: float | None
    half_life: float | None
    kernel: str
    effects: Mapping[str, tuple[float, float]]
    drifts: Mapping[str, float]
    field_sd: float
    field_range: float
    level: tuple[float, ...]
    half_spread: float
    spread: float
    front_speed: float | None
    front_low: float | None
    front_high: float | None
    p_map: float
    checks: tuple[Check, ...]
    bootstrap: int
    curve: Mapping[str, object] = field(default_factory=dict)
    confidence: float = 0.95

    derived = ("answer", "passed")

    @property
    def answer(self) -> str:
        """One plain sentence, caveats first."""
        if self.failing:
            return (
                f"No verdict: the model of spread does not describe these {self.onsets} onsets ({self.failing}); "
                f"its p-value for contagion would have been {self.p:.2g}."
            )
        known = math.isfinite(self.share_high)  # the intervals were requested
        if self.p >= 1 - self.confidence or (known and self.low <= 0):
            most = (
                f"; up to {self.share_high:.0%} of them triggered by others nearby are compatible with that"
                if known
                else ""
            )
            return (
                f"These {self.onsets} onsets do not show contagion between neighbouring places beyond shared news and "
                f"places that differ (p = {self.p:.2g}){most}. Contagion that ignores distance cannot be "
                f"distinguished from "
                "shared news."
            )
        reach = f" within about {self.reach:.0f} km" if self.reach is not None else ""
        number = f" ({self.low:.2g} to {self.high:.2g})" if known else ""
        part = f" ({self.share_low:.0%} to {self.share_high:.0%})" if known else ""
        return (
            f"Onsets followed onsets nearby{reach} more than shared news and places that differ explain "
            f"(p = {self.p:.2g}): one onset triggered {self.contagion:.2g} others{number}, {self.share:.0%} of "
            f"all{part}. Local news that changes from day to day would look the same."
        )

    def estimate(self) -> Estimate:
        """Contagion with its interval and p-value as an `Estimate`, for claims."""
        return Estimate(
            self.contagion, self.low, self.high, self.p, self.onsets,
            "onsets triggered by one nearby, beyond shared news and unlike places; parametric bootstrap p",
            "onsets per onset", self.passed, {c.name: c.to_dict() for c in self.checks}, self.confidence,
        )  # fmt: skip


@final
class SpreadSettings(Settings):
    """Options of `fit_spread`."""

    days: int | None = Field(None, ge=1, description="length of the record; by default until the last onset")
    drifting: tuple[str, ...] = Field((), description="covariates whose effect may change from day to day (linearly)")
    kernel: Kernel = "exponential"
    reaches: tuple[float, ...] | None = Field(None, min_length=1, description="km; grid of the test")
    half_lives: tuple[float, ...] = Field((1.0, 3.0), min_length=1, description="days; grid of the test")
    bootstrap: int = Field(99, ge=0, description="simulated records of the test")
    interval: bool = Field(True, description="whether to profile R (several more fits)")
    level: float = Field(0.95, ge=0.5, lt=1, description="coverage of the intervals")
    seed: int = 0


def fit_spread(
    onset: ArrayLike,
    latitude: ArrayLike,
    longitude: ArrayLike,
    settings: SpreadSettings | None = None,
    *,
    covariates: Mapping[str, ArrayLike] | None = None,
    marks: ArrayLike | None = None,
    **options: Any,
) -> SpreadFit:
    """Whether onsets trigger onsets nearby, beyond shared news and differences between places; how many, how far and
    how fast.

    A place i without onset so far has one on day t with probability ``1 - exp(-λ_i(t))``,

    ``λ_i(t) = exp(a_t + b·x_i + (t - t̄) c·x_i + f_i) + R Σ_j m_j w_ij g(t - t_j)``,

    with a free level a_t for every day (shared news, weekends, reporting), covariates x (big cities first; effects of
    those `drifting` may change), a random field f over the map with an exponential covariance whose range and sd have
    the largest marginal likelihood (places that are alike), and contagion: ``w_ij`` falls with distance as
    ``exp(-d/reach)`` or ``(1 + d/reach)^-2`` and sums to one over i, g is geometric over days >= 1. The test of
    contagion is the largest standardised score of R at R = 0 over a grid of reaches and half-lives; its p-value comes
    from records simulated from the fitted model without contagion (field drawn from its posterior), with the observed
    number of onsets on each day, each refitted. Estimates are by penalised maximum likelihood; the interval of R is
    that of its profile.

    Parameters
    ----------
    onset : shape (n,), day of the first event, 0, 1 ... (fractions are cut off); NaN for a place that had none by the
        end; below 0 for one that was reached before the record begins, which can affect others and is not at risk. At
        least 30 places at risk, 15 onsets.
    latitude, longitude : shape (n,), degrees.
    covariates : name -> shape (n,); standardised here.
    marks : shape (n,), > 0, how much one onset at the place weighs (such as its population); scaled to mean 1.
    settings, options : see `SpreadSettings`. Where only places *with* an onset are known, let `days` end well before
        the last onset: later onsets then count as at risk, and the last day, on which every remaining place would
        have to start, is left out. The grid of reaches is by default five from the median distance to the nearest place
        to a fifth of the map (95th percentile of distances); the estimate stays within the same range. 99 simulated
        records give a p-value of 0.05 a standard error of 0.02.

    Returns
    -------
    `SpreadFit`.

    Raises
    ------
    EstimationError : on too few places or onsets, sizes that do not agree, or covariates that do not vary.

    Known limits: contagion that ignores distance cannot be separated from shared news, nor local news that changes from
    day to day from contagion; same-day effects are left out, since the order within a day is unknown. Reporting that
    improves place after place would look like contagion: compare sources. Time and memory grow with the square of the
    number of places (2,000: about a gigabyte and minutes).
    Use `groundswell.estimators.excitation` instead when the question is how many events there are, not where the next
    one is.
    Source: Bonnasse-Gahot et al. (2018), Scientific Reports 8:107 (spread over sites); Myers (2000), AJS 106:173-208
    (heterogeneous diffusion); Rasmussen & Williams (2006), Gaussian Processes for Machine Learning, 3.4 (Laplace).
    """
    o = SpreadSettings.of(settings, options)
    distance, data, names, held = _prepare(onset, latitude, longitude, covariates, marks, o)
    power = tail_exponent(o.kernel)
    rng = np.random.default_rng(derive_seed(o.seed, "spread"))
    near = float(np.median(np.min(distance + np.where(np.eye(distance.shape[0]), np.inf, 0.0), axis=1)))
    wide = float(np.quantile(distance, 0.95))
    near = max(near, wide / 1000)
    reaches = o.reaches if o.reaches is not None else tuple(np.geomspace(near, wide / 5, 5))
    lengths = tuple(np.geomspace(near, wide / 2, 4))
    fields = fields_over(distance, lengths)
    chosen = choose_field(data, fields)
    null = fit_hazard(data, chosen.basis, start=chosen.state)
    weights = []
    for reach in reaches:
        w, slope = np.empty_like(distance), np.empty_like(distance)
        kernel_weights(distance, float(reach), power, w, slope)
        weights.append(w)

    def scores(of: OnsetData, state: HazardState) -> Array:
        slope = residual_hazard(of, state, chosen.basis)
        return np.array(
            [
                float(np.sum(slope * (w @ lags_of(of.onset, of.marks, of.days, h)[0])))
                for w in weights
                for h in o.half_lives
            ]
        )

    observed = scores(data, null)
    factor, columns = information(data, null, chosen.basis)
    mode = np.concatenate([null.beta, null.z])
    moved = data.moving @ null.gamma
    clock = np.arange(data.days) - 0.5 * (data.days - 1)
    replicates = []
    for _ in range(o.bootstrap):
        shift = linalg.solve_triangular(factor, rng.standard_normal(mode.size), lower=True, trans=1)
        eta = columns @ (mode + shift)
        background = null.level + eta[:, None] + clock * moved[:, None]
        copy = data._replace(onset=_dealt(background, data.onset, rng))
        replicates.append(scores(copy, fit_hazard(copy, chosen.basis, start=null, tight=False)))
    table = np.vstack([observed, *replicates])
    standard = (table - table.mean(axis=0)) / np.maximum(table.std(axis=0), 1e-12)
    largest = standard.max(axis=1)
    p = float(np.mean(largest >= largest[0] - 1e-12))

    best = int(np.argmax(standard[0]))
    reach, half = float(reaches[best // len(o.half_lives)]), float(o.half_lives[best % len(o.half_lives)])
    # a longer reach is indistinguishable from shared news, a shorter one contains no other place
    limits = ((math.log(near), math.log(wide / 5)), (math.log(0.3), math.log(max(10.0, data.days / 2))))
    # the field may have less to explain with contagion than without, so it is chosen again
    sent = weights[best // len(o.half_lives)] @ lags_of(data.onset, data.marks, data.days, half)[0]
    again = choose_field(data, fields, sent)
    begin = again.state._replace(log_reach=math.log(reach), log_half_life=math.log(half))
    full = fit_hazard(data, again.basis, start=begin, theta=None, kernel=(distance, power), bounds=limits)
    curve = ProfileCurve(data, tuple({id(f.basis): f.basis for f in (again, chosen)}.values()), distance, power, limits)
    top = curve.evidence(full, again.basis)
    flat = null._replace(theta=0.0, log_reach=math.log(reach), log_half_life=math.log(half))
    if curve.evidence(flat, chosen.basis) >= top:
        full, again, top = flat, chosen, curve.evidence(flat, chosen.basis)
    bounds = profile_bounds(curve, full, top, o.level) if o.interval else None
    low, high = (bounds.low, bounds.high) if bounds else (math.nan, math.nan)
    exposure = curve.exposure(full)
    share = share_of(data, again.basis, full, exposure)
    some = full.theta > 1e-3
    speed = front_of(data, distance)
    error = linalg.solve_triangular(factor, np.eye(factor.shape[0])[:, : len(names)], lower=True)
    errors = np.sqrt((error**2).sum(axis=0)) if names else np.zeros(0)
    checks = checks_of(data, again.basis, full, exposure, distance, near, o.seed)
    began = np.sort(data.onset[data.onset >= 0])
    return SpreadFit(
        places=data.onset.size,
        onsets=int(began.size),
        days=data.days,
        contagion=full.theta,
        low=low,
        high=high,
        p=p,
        share=share,
        share_low=min(share, bounds.share_low) if bounds else math.nan,
        share_high=max(share, bounds.share_high) if bounds else math.nan,
        reach=math.exp(full.log_reach) if some else None,
        reach_low=bounds.reach_low if some and bounds else None,
        reach_high=bounds.reach_high if some and bounds else None,
        half_life=math.exp(full.log_half_life) if some else None,
        kernel=o.kernel,
        effects={n: (float(b), float(e)) for n, b, e in zip(names, full.beta, errors, strict=True)},
        drifts={n: float(g) for n, g in zip(held, full.gamma, strict=True)},
        field_sd=again.sd,
        field_range=again.length,
        level=tuple(float(x) for x in full.level),
        half_spread=float(np.quantile(began, 0.5) - began[0]),
        spread=float(np.quantile(began, 0.9) - np.quantile(began, 0.1)),
        front_speed=speed[0],
        front_low=speed[1],
        front_high=speed[2],
        p_map=map_test(data, chosen, null, weights, o.half_lives, rng, max(99, o.bootstrap)),
        checks=checks,
        bootstrap=o.bootstrap,
        curve=curve_of(data, again.basis, full, exposure),
        confidence=o.level,
    )


def _prepare(
    onset: ArrayLike,
    latitude: ArrayLike,
    longitude: ArrayLike,
    covariates: Mapping[str, ArrayLike] | None,
    marks: ArrayLike | None,
    o: SpreadSettings,
) -> tuple[Array, OnsetData, list[str], list[str]]:
    first = numbers(onset, "onset")
    if first.ndim != 1:
        raise EstimationError(f"onset has shape {first.shape}", expected="one day per place")
    distance = great_circle(latitude, longitude)
    n = first.size
    if distance.shape[0] != n:
        raise EstimationError(f"{n} onsets and {distance.shape[0]} positions", expected="one of each per place")
    known = np.isfinite(first)
    if np.isinf(first).any():
        raise EstimationError("an infinite onset", expected="days from 0 (below 0: before the record), NaN for none")
    length = o.days if o.days is not None else int(first[known].max()) + 1 if known.any() else 0
    if length > _MOST_DAYS:
        raise EstimationError(
            f"a wave of {length:,} days", expected=f"at most {_MOST_DAYS:,}", why="every day has its own level"
        )
    day = np.where(known & (first < length), np.floor(np.where(known, first, 0)), NONE).astype(np.int64)
    day = np.where(known & (first < 0), day - 1, day)
    if (day >= NONE).sum() < 30 or (day >= 0).sum() < 15 or length < 4:
        raise EstimationError(
            f"{(day >= 0).sum()} onsets in {(day >= NONE).sum()} places and {length} days",
            expected="at least 15 onsets in 30 places and 4 days",
            why="with fewer points, a map fits any explanation",
        )
    names = list(covariates or {})
    strange = [x for x in o.drifting if x not in names]
    if strange:
        raise EstimationError(f"drifting {strange}", expected=f"names of covariates: {names}")
    columns = []
    for name in names:
        assert covariates is not None
        x = finite_vector(covariates[name], f"covariate {name}")
        if x.size != n or np.ptp(x) == 0:
            raise EstimationError(f"covariate {name} with {x.size} values", expected=f"{n} values that vary")
        columns.append((x - x.mean()) / x.std())
    x = np.column_stack(columns) if columns else np.zeros((n, 0))
    weight = np.ones(n) if marks is None else finite_vector(marks, "marks")
    if weight.size != n or (weight <= 0).any():
        raise EstimationError("marks do not fit", expected=f"{n} positive numbers")
    moving = np.column_stack([x[:, names.index(d)] for d in o.drifting]) if o.drifting else np.zeros((n, 0))
    return distance, OnsetData(day, length, x, moving, weight / weight.mean()), names, list(o.drifting)


def _dealt(background: Array, onset: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
    """Onset days without contagion: as many on each day as observed, assigned to the places at risk by their hazards.

    Given how many start on a day, its free level cancels. Records with their own numbers would scatter more than
    the score of this one can, especially where most days have one onset or none.
    """
    new = np.where(onset >= 0, NONE, onset)
    hazard = np.exp(np.minimum(background, 30.0))
    odds = np.log(np.maximum(np.expm1(np.minimum(hazard, 700.0)), 1e-300))
    # the most likely to start, with a Gumbel error each: draws without replacement in proportion to the odds
    noise = rng.gumbel(size=background.shape)
    for t in np.unique(onset[onset >= 0]).tolist():
        free = np.flatnonzero(new == NONE)
        number = int(np.sum(onset == t))
        chosen = free[np.argsort(-(odds[free, t] + noise[free, t]), kind="stable")[:number]]
        new[chosen] = t
    return new
