"""How a wave spreads over places: contagion between neighbours, against news that reaches everyone the same day.

Places that lie close to each other take part at similar times for three reasons that a map cannot tell apart at sight:
they are alike (big cities, one region), they hear the same news, or one sets off the next. The model below has a term
for each. What all places share on a day is free (a level per day), what makes a place prone is a set of covariates
and a smooth random field over the map, and only what is left, an onset more likely *just after* onsets near by, is
called contagion. Contagion that ignores distance (everyone watches the first city) cannot be told from shared news by
any record of onsets, and is counted as shared news.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import numba as nb
import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import linalg, optimize, stats

from groundswell.draws import derive_seed
from groundswell.errors import EstimationError
from groundswell.estimators.core import Check, Estimate
from groundswell.estimators.statistics.diagnostics import finite_vector, numbers
from groundswell.results import Result

Array = NDArray[np.float64]
Kernel = Literal["exponential", "power"]

EARTH_RADIUS = 6371.0088  # km, mean radius (IUGG)
POWER = 2.0  # tail exponent of the power-law kernel: the least whole one for which reach in the plane stays countable
_WIDE = 10.0  # prior sd of covariate effects per sd of the covariate: wide enough to leave them to the data
_FIELD_SD = (0.4, 0.8, 1.6)  # of the log hazard; grid for the marginal likelihood, beside no field at all
_MOST_DAYS = 10_000  # some 27 years
_LEVELS = (-12.0, 3.0)  # log hazard of a day; the ends mean "nobody" and "everyone"


# --- distances and exposure -----------------------------------------------------------------------------------------


def great_circle(latitude: ArrayLike, longitude: ArrayLike) -> Array:
    """Distances between all pairs of places on the sphere, in km.

    ``d = 2 R arcsin sqrt(sin²(Δφ/2) + cos φ1 cos φ2 sin²(Δλ/2))``

    Parameters
    ----------
    latitude, longitude : shape (n,), degrees; latitude in [-90, 90], longitude in [-180, 360].

    Returns
    -------
    float64 of shape (n, n), symmetric, zero on the diagonal.

    Known limits: a sphere, so up to 0.5% off the ellipsoid; roads and borders do not count.
    """
    lat, lon = finite_vector(latitude, "latitude"), finite_vector(longitude, "longitude")
    if lat.size != lon.size:
        raise EstimationError(f"{lat.size} latitudes and {lon.size} longitudes", expected="equal numbers")
    if (np.abs(lat) > 90).any() or (lon < -180).any() or (lon > 360).any():
        raise EstimationError("a position off the globe", expected="latitude in [-90, 90], longitude in [-180, 360]")
    phi, lam = np.radians(lat), np.radians(lon)
    cos = np.cos(phi)
    half = np.sin((phi[:, None] - phi) / 2) ** 2 + cos[:, None] * cos * np.sin((lam[:, None] - lam) / 2) ** 2
    np.fill_diagonal(half, 0.0)
    return 2 * EARTH_RADIUS * np.arcsin(np.sqrt(np.clip(half, 0.0, 1.0)))


@nb.njit(cache=True, nogil=True)
def _weights(distance, reach, power, out, slope):
    """Columns of ``out``: how one onset at j falls on other places, summing to 1; ``slope``: d out / d log reach."""
    n = distance.shape[0]
    for j in range(n):
        total = 0.0
        lean = 0.0
        for i in range(n):
            if i == j:
                out[i, j] = 0.0
                slope[i, j] = 0.0
                continue
            x = distance[i, j] / reach
            if power > 0:
                k = (1.0 + x) ** (-power)
                s = power * x / (1.0 + x)
            else:
                k = math.exp(-x)
                s = x
            out[i, j] = k
            slope[i, j] = s
            total += k
            lean += k * s
        if total <= 1e-300:
            for i in range(n):
                out[i, j] = 0.0
                slope[i, j] = 0.0
            continue
        mean = lean / total
        for i in range(n):
            w = out[i, j] / total
            out[i, j] = w
            slope[i, j] = w * (slope[i, j] - mean)


def _lags(onset: NDArray[np.int64], marks: Array, days: int, half_life: float) -> tuple[Array, Array]:
    """Influence sent out by each place on each day, shape (n, days), and its derivative by log half-life."""
    q = 0.5 ** (1.0 / half_life)
    dq = q * math.log(2.0) / half_life
    lag = np.arange(days)[None, :] - np.where(onset < NONE, onset + 1, onset)[:, None]
    live = (onset[:, None] != NONE) & (lag >= 1)
    k = np.where(live, lag - 1, 0)
    sent = np.where(live, (1 - q) * q**k, 0.0)
    turn = np.where(live, (-(q**k) + (1 - q) * k * q ** np.maximum(k - 1, 0)) * dq, 0.0)
    return marks[:, None] * sent, marks[:, None] * turn


class _Exposure(NamedTuple):
    value: Array
    by_reach: Array
    by_half_life: Array


def _exposure(
    distance: Array, onset: NDArray[np.int64], marks: Array, days: int, reach: float, half_life: float, power: float
) -> _Exposure:
    w, dw = np.empty_like(distance), np.empty_like(distance)
    _weights(distance, reach, power, w, dw)
    sent, turn = _lags(onset, marks, days, half_life)
    return _Exposure(w @ sent, dw @ sent, w @ turn)


# --- likelihood -----------------------------------------------------------------------------------------------------


@nb.njit(cache=True, nogil=True)
def _likelihood(eta, level, drift, theta, exposure, onset, days, d_eta, d_level, d_drift, d_theta_exposure):
    """Log-likelihood of onset days and its gradients; the last output is d/d(theta * exposure[i, t])."""
    total = 0.0
    for t in range(days):
        d_level[t] = 0.0
    for i in range(onset.size):
        last = onset[i] if onset[i] >= 0 else days - 1 if onset[i] == -1 else -1
        d_eta[i] = 0.0
        d_drift[i] = 0.0
        for t in range(days):
            d_theta_exposure[i, t] = 0.0
        for t in range(last + 1):
            clock = t - 0.5 * (days - 1)
            own = math.exp(min(level[t] + eta[i] + clock * drift[i], 30.0))
            hazard = own + theta * exposure[i, t]
            if t == onset[i]:
                if hazard < 1e-300:
                    hazard = 1e-300
                total += math.log(-math.expm1(-hazard))
                g = 1.0 / math.expm1(hazard) if hazard < 700.0 else 0.0
            else:
                total -= hazard
                g = -1.0
            d_theta_exposure[i, t] = g
            d_eta[i] += g * own
            d_drift[i] += g * own * clock
            d_level[t] += g * own
    return total


NONE = -1
"""In an array of onset days: a place without one. A place that was reached k days before the first holds -1 - k."""


def _last_at_risk(onset: NDArray[np.int64], days: int) -> NDArray[np.int64]:
    """The last day on which each place is at risk: its onset, the end, or none where it was reached before."""
    return np.where(onset >= 0, onset, np.where(onset == NONE, days - 1, -1))


class _Data(NamedTuple):
    onset: NDArray[np.int64]
    days: int
    x: Array  # (n, p), standardised
    moving: Array  # (n, m), the covariates whose effect may drift
    marks: Array


class _State(NamedTuple):
    level: Array
    beta: Array
    gamma: Array
    z: Array
    theta: float
    log_reach: float
    log_half_life: float
    value: float  # penalised log-likelihood
    likelihood: float


def _eta(data: _Data, basis: Array, beta: Array, z: Array) -> Array:
    return data.x @ beta + basis @ z


def _fit(
    data: _Data,
    basis: Array,
    *,
    start: _State | None = None,
    theta: float | None = 0.0,
    exposure: Array | None = None,
    kernel: tuple[Array, float] | None = None,
    bounds: tuple[tuple[float, float], tuple[float, float]] | None = None,
    tight: bool = True,
) -> _State:
    """The mode of the penalised likelihood: field z ~ N(0, 1), covariate effects nearly free, levels free.

    theta None is estimated, and a number is held. `exposure` is held; with `kernel` (distances, power) reach and
    half-life are estimated too.
    """
    n, days = data.onset.size, data.days
    p, m, k = data.x.shape[1], data.moving.shape[1], basis.shape[1]
    free_theta, free_kernel = theta is None, kernel is not None
    d_eta, d_drift, d_level, d_te = np.empty(n), np.empty(n), np.empty(days), np.empty((n, days))
    nothing = np.zeros((n, days)) if exposure is None else exposure

    def objective(v: Array) -> tuple[float, Array]:
        level, beta, gamma, z, rest = np.split(v, np.cumsum([days, p, m, k]))
        th = math.exp(rest[0]) if free_theta else float(theta or 0.0)
        if free_kernel:
            assert kernel is not None
            now = _exposure(kernel[0], data.onset, data.marks, days, math.exp(rest[-2]), math.exp(rest[-1]), kernel[1])
            a = now.value
        else:
            now, a = None, nothing
        value = _likelihood(
            _eta(data, basis, beta, z), level, data.moving @ gamma, th, a, data.onset, days,
            d_eta, d_level, d_drift, d_te,
        )  # fmt: skip
        value -= 0.5 * (float(z @ z) + float(beta @ beta + gamma @ gamma) / _WIDE**2)
        parts = [d_level, data.x.T @ d_eta - beta / _WIDE**2, data.moving.T @ d_drift - gamma / _WIDE**2]
        parts.append(basis.T @ d_eta - z)
        if free_theta:
            parts.append(np.array([th * float(np.sum(d_te * a))]))
        if now is not None:
            parts.append(th * np.array([float(np.sum(d_te * now.by_reach)), float(np.sum(d_te * now.by_half_life))]))
        return -value, -np.concatenate(parts)

    if start is None:
        at_risk = np.array([np.sum((data.onset == NONE) | (data.onset >= t)) for t in range(days)])
        began = np.bincount(data.onset[data.onset >= 0], minlength=days)[:days]
        share = np.clip((began + 0.1) / (at_risk + 0.2), 1e-5, 0.95)
        start = _State(np.log(-np.log1p(-share)), np.zeros(p), np.zeros(m), np.zeros(k), 0.1, 0.0, 0.0, 0.0, 0.0)
    first = [start.level, start.beta, start.gamma, start.z if start.z.size == k else np.zeros(k)]
    limits: list[tuple[float | None, float | None]] = [_LEVELS] * days + [(None, None)] * (p + m + k)
    if free_theta:
        first.append(np.array([math.log(max(start.theta, 1e-3))]))
        limits.append((math.log(1e-6), math.log(50.0)))
    if free_kernel:
        assert bounds is not None
        first.append(np.array([start.log_reach, start.log_half_life]))
        limits += [bounds[0], bounds[1]]
    found = optimize.minimize(
        objective, np.concatenate(first), jac=True, method="L-BFGS-B", bounds=limits,
        options={"maxiter": 400 if tight else 150, "ftol": 1e-10 if tight else 1e-8, "gtol": 1e-5, "maxcor": 20},
    )  # fmt: skip
    level, beta, gamma, z, rest = np.split(found.x, np.cumsum([days, p, m, k]))
    th = math.exp(rest[0]) if free_theta else float(theta or 0.0)
    reach, half = (float(rest[-2]), float(rest[-1])) if free_kernel else (start.log_reach, start.log_half_life)
    value = -float(found.fun)
    penalty = 0.5 * (float(z @ z) + float(beta @ beta + gamma @ gamma) / _WIDE**2)
    return _State(level, beta, gamma, z, th, reach, half, value, value + penalty)


# --- the random field of susceptibility -----------------------------------------------------------------------------


def _field_basis(distance: Array, length: float, keep: float = 0.995) -> Array:
    """Columns B with ``B Bᵀ`` about ``exp(-d / length)``: the field's leading shapes (and no more than needed)."""
    covariance = np.exp(-distance / length)
    value, vector = linalg.eigh(covariance, check_finite=False)
    value, vector = np.maximum(value[::-1], 0.0), vector[:, ::-1]
    needed = int(np.searchsorted(np.cumsum(value), keep * value.sum())) + 1
    return vector[:, :needed] * np.sqrt(value[:needed])


def _curvature(data: _Data, state: _State, basis: Array, exposure: Array | None) -> Array:
    """Fisher information of each place's onset day on its eta, given the days that it was at risk; shape (n,)."""
    eta, drift = _eta(data, basis, state.beta, state.z), data.moving @ state.gamma
    t = np.arange(data.days)
    own = np.exp(np.minimum(state.level + eta[:, None] + (t - 0.5 * (data.days - 1)) * drift[:, None], 30.0))
    hazard = own if exposure is None else own + state.theta * exposure
    last = _last_at_risk(data.onset, data.days)
    per_day = own**2 / np.expm1(np.clip(hazard, 1e-12, 700.0))
    return np.where(t <= last[:, None], per_day, 0.0).sum(axis=1)


def _information(data: _Data, state: _State, basis: Array, exposure: Array | None = None) -> tuple[Array, Array]:
    """Cholesky factor of the information on (covariate effects, field), and the columns it is over."""
    columns = np.column_stack([data.x, basis])
    w = _curvature(data, state, basis, exposure)
    prior = np.concatenate([np.full(data.x.shape[1], 1 / _WIDE**2), np.ones(basis.shape[1])])
    return linalg.cholesky(columns.T @ (w[:, None] * columns) + np.diag(prior), lower=True), columns


class _Field(NamedTuple):
    length: float
    sd: float
    basis: Array
    state: _State
    evidence: float


def _evidence(data: _Data, state: _State, basis: Array, exposure: Array | None = None) -> float:
    """Log marginal likelihood (Laplace), up to a constant that all fields share."""
    factor, _ = _information(data, state, basis, exposure)
    return state.value - float(np.log(np.diag(factor)).sum())


def _choose_field(data: _Data, fields: Sequence[tuple[float, float, Array]], exposure: Array | None = None) -> _Field:
    """The field (length, sd, basis) with the largest marginal likelihood, with contagion by `exposure` or without."""
    best: _Field | None = None
    state: _State | None = None
    for length, sd, basis in fields:
        theta = 0.0 if exposure is None else None
        state = _fit(data, basis, start=state, theta=theta, exposure=exposure, tight=False)
        evidence = _evidence(data, state, basis, exposure)
        if best is None or evidence > best.evidence:
            best = _Field(length, sd, basis, state, evidence)
    assert best is not None
    return best


def _fields(distance: Array, lengths: Sequence[float]) -> list[tuple[float, float, Array]]:
    """Candidates for the field: none, and every range with every sd."""
    found = [(lengths[0], 0.0, np.zeros((distance.shape[0], 0)))]
    for length in lengths:
        unit = _field_basis(distance, length)
        found += [(length, sd, sd * unit) for sd in _FIELD_SD]
    return found


# --- simulation -----------------------------------------------------------------------------------------------------


def simulate_spread(
    latitude: ArrayLike,
    longitude: ArrayLike,
    days: int,
    *,
    level: ArrayLike,
    susceptibility: ArrayLike | None = None,
    contagion: float = 0.0,
    reach: float = 100.0,
    half_life: float = 2.0,
    kernel: Kernel = "exponential",
    seed: int = 0,
) -> Array:
    """Days of onset simulated from the model of `fit_spread`.

    Parameters
    ----------
    latitude, longitude : shape (n,), degrees.
    days : length of the record.
    level : shape (days,) or one number; log hazard per day that all places share.
    susceptibility : shape (n,), added to it; by default 0.
    contagion : onsets that one onset directly brings about while all others are still at risk; >= 0.
    reach, half_life, kernel : of the contagion; km, days.

    Returns
    -------
    float64 of shape (n,): the day of onset from 0, NaN for a place without.
    """
    distance = great_circle(latitude, longitude)
    n = distance.shape[0]
    own = np.zeros(n) if susceptibility is None else finite_vector(susceptibility, "susceptibility")
    daily = np.broadcast_to(np.asarray(level, dtype=float), (days,))
    if own.size != n or contagion < 0 or reach <= 0 or half_life <= 0:
        raise EstimationError(
            "parameters of the spread", expected="one susceptibility a place, contagion >= 0, reach and half-life > 0"
        )
    w, slope = np.empty_like(distance), np.empty_like(distance)
    _weights(distance, reach, _tail(kernel), w, slope)
    onset = _grow(daily[None, :] + own[:, None], contagion * w, half_life, np.ones(n), np.random.default_rng(seed))
    return np.where(onset >= 0, onset.astype(float), np.nan)


def _grow(background: Array, w: Array, half_life: float, marks: Array, rng: np.random.Generator) -> NDArray[np.int64]:
    """Onset days (-1: none) from the log hazards (n, days) that places have of their own, and contagion ``w``."""
    n, days = background.shape
    q = 0.5 ** (1.0 / half_life)
    onset = np.full(n, -1)
    memory = np.zeros(n)  # influence that each place still sends out
    draws = rng.random((n, days))
    for t in range(days):
        hazard = np.exp(np.minimum(background[:, t], 30.0)) + w @ memory
        starts = (onset < 0) & (draws[:, t] < -np.expm1(-hazard))
        memory = q * memory + np.where(starts, (1 - q) * marks, 0.0)
        onset[starts] = t
    return onset


def _tail(kernel: str) -> float:
    if kernel not in ("exponential", "power"):
        raise EstimationError(f"kernel {kernel!r}", expected="'exponential' or 'power'")
    return POWER if kernel == "power" else 0.0


# --- the fit --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class SpreadFit(Result):
    """The spread of a wave over places, as `fit_spread` found it.

    Parameters
    ----------
    places, onsets, days : how many there are.
    contagion, low, high : onsets that one onset directly brings about while all others are still at risk.
    p : of contagion, against shared news with places that differ (parametric bootstrap, one-sided).
    share, share_low, share_high : of the onsets, brought about by contagion.
    reach, reach_low, reach_high : km; of the kernel. None where there is no contagion to have one.
    half_life : days; of an onset's influence.
    effects : covariate -> (effect on the log hazard per sd, standard error).
    drifts : covariate -> change of that effect per day.
    field_sd, field_range : of the susceptibility that covariates leave (log hazard; km).
    level : log hazard of each day, shape (days,).
    half_spread : days from the first onset until half of the onsets; `spread`: from the 10th to the 90th percentile.
    front_speed : km per day, from the regression of day on distance, with low and high; None where it does not rise.
    p_map : of any clustering on the map, by permuting places within strata of susceptibility: contagion *or* likeness.
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
    def passed(self) -> bool:
        """Whether every check of the fit holds."""
        return all(c.passed for c in self.checks)

    @property
    def answer(self) -> str:
        """One plain sentence, honest first."""
        failed = ", ".join(c.name for c in self.checks if not c.passed)
        if failed:
            return (
                f"No verdict: the model of spread does not describe these {self.onsets} onsets ({failed}); its p-value "
                f"for contagion would have been {self.p:.2g}."
            )
        known = math.isfinite(self.share_high)  # the intervals were asked for
        if self.p >= 1 - self.confidence or (known and self.low <= 0):
            most = (
                f"; up to {self.share_high:.0%} of them brought about by others near by agree with that"
                if known
                else ""
            )
            return (
                f"These {self.onsets} onsets do not show contagion between neighbouring places beyond shared news and "
                f"places that differ (p = {self.p:.2g}){most}. Contagion that ignores distance cannot be told from "
                "shared news."
            )
        reach = f" within about {self.reach:.0f} km" if self.reach is not None else ""
        number = f" ({self.low:.2g} to {self.high:.2g})" if known else ""
        part = f" ({self.share_low:.0%} to {self.share_high:.0%})" if known else ""
        return (
            f"Onsets followed onsets near by{reach} more than shared news and places that differ explain "
            f"(p = {self.p:.2g}): one onset brought about {self.contagion:.2g} others{number}, {self.share:.0%} of "
            f"all{part}. Local news that changes from day to day would look the same."
        )

    def estimate(self) -> Estimate:
        """Contagion with its interval and p-value as an `Estimate`, for claims."""
        return Estimate(
            self.contagion, self.low, self.high, self.p, self.onsets,
            "onsets brought about by one near by, beyond shared news and unlike places; parametric bootstrap p",
            "onsets per onset", self.passed, {c.name: c.to_dict() for c in self.checks}, self.confidence,
        )  # fmt: skip


def fit_spread(
    onset: ArrayLike,
    latitude: ArrayLike,
    longitude: ArrayLike,
    *,
    days: int | None = None,
    covariates: Mapping[str, ArrayLike] | None = None,
    drifting: Sequence[str] = (),
    marks: ArrayLike | None = None,
    kernel: Kernel = "exponential",
    reaches: Sequence[float] | None = None,
    half_lives: Sequence[float] = (1.0, 3.0),
    bootstrap: int = 99,
    interval: bool = True,
    level: float = 0.95,
    seed: int = 0,
) -> SpreadFit:
    """Whether onsets bring about onsets near by, beyond shared news and unlike places; how many, how far, how fast.

    A place i without onset so far has one on day t with probability ``1 - exp(-λ_i(t))``,

    ``λ_i(t) = exp(a_t + b·x_i + (t - t̄) c·x_i + f_i) + R Σ_j m_j w_ij g(t - t_j)``,

    with a free level a_t for every day (shared news, weekends, reporting), covariates x (big cities first; effects of
    those `drifting` may change), a random field f over the map with an exponential covariance whose range and sd have
    the largest marginal likelihood (places that are alike), and contagion: ``w_ij`` falls with distance as
    ``exp(-d/reach)`` or ``(1 + d/reach)^-2`` and sums to one over i, g is geometric over days >= 1. The test of
    contagion is the largest standardised score of R at R = 0 over a grid of reaches and half-lives; its p-value comes
    from records simulated from the fitted model without contagion (field drawn from its posterior), with as many onsets
    on each day as there were, each fitted anew.
    Estimates are the penalised maximum likelihood; the interval of R is that of its profile.

    Parameters
    ----------
    onset : shape (n,), day of the first event, 0, 1 ... (fractions are cut off); NaN for a place that had none by the
        end; below 0 for one that was reached before the record begins, which can reach others and is not at risk. At
        least 30 places at risk, 15 onsets.
    latitude, longitude : shape (n,), degrees.
    days : length of the record; by default until the last onset. Where only places *with* an onset are known, choose
        an end well before the last onset: later onsets then count as at risk, and the last day, on which every place
        left would have to start, stays out.
    covariates : name -> shape (n,); standardised here.
    drifting : names of covariates whose effect may change from day to day (linearly).
    marks : shape (n,), > 0, how much one onset at the place weighs (such as its population); scaled to mean 1.
    kernel : "exponential" or "power".
    reaches : km; grid of the test, by default five from the median distance to the nearest place to a fifth of the map
        (95th percentile of distances); the estimate stays within the same range.
    half_lives : days; grid of the test.
    bootstrap : simulated records of the test; 99 give a p-value of 0.05 a standard error of 0.02.
    interval : whether to profile R (several more fits).

    Returns
    -------
    `SpreadFit`.

    Raises
    ------
    EstimationError : on too few places or onsets, sizes that do not agree, or covariates that do not vary.

    Known limits: contagion that ignores distance is one with shared news; local news that changes from day to day is
    one with contagion; same-day effects are left out, since the order within a day is unknown. Reporting that improves
    place after place would look like contagion: compare sources. Time and memory grow with the square of the places
    (2,000: about a gigabyte and minutes).
    Use `groundswell.estimators.excitation` instead when what matters is how many events, not where the next one is.
    Source: Bonnasse-Gahot et al. (2018), Scientific Reports 8:107 (spread over sites); Myers (2000), AJS 106:173-208
    (heterogeneous diffusion); Rasmussen & Williams (2006), Gaussian Processes for Machine Learning, 3.4 (Laplace).
    """
    distance, data, names, held = _prepare(onset, latitude, longitude, days, covariates, drifting, marks)
    power = _tail(kernel)
    rng = np.random.default_rng(derive_seed(seed, "spread"))
    near = float(np.median(np.min(distance + np.where(np.eye(distance.shape[0]), np.inf, 0.0), axis=1)))
    wide = float(np.quantile(distance, 0.95))
    near = max(near, wide / 1000)
    if reaches is None:
        reaches = tuple(np.geomspace(near, wide / 5, 5))
    lengths = tuple(np.geomspace(near, wide / 2, 4))
    fields = _fields(distance, lengths)
    chosen = _choose_field(data, fields)
    null = _fit(data, chosen.basis, start=chosen.state)
    weights = []
    for reach in reaches:
        w, slope = np.empty_like(distance), np.empty_like(distance)
        _weights(distance, float(reach), power, w, slope)
        weights.append(w)

    def scores(of: _Data, state: _State) -> Array:
        slope = _residual(of, state, chosen.basis)
        return np.array(
            [float(np.sum(slope * (w @ _lags(of.onset, of.marks, of.days, h)[0]))) for w in weights for h in half_lives]
        )

    observed = scores(data, null)
    factor, columns = _information(data, null, chosen.basis)
    mode = np.concatenate([null.beta, null.z])
    moved = data.moving @ null.gamma
    clock = np.arange(data.days) - 0.5 * (data.days - 1)
    replicates = []
    for _ in range(bootstrap):
        shift = linalg.solve_triangular(factor, rng.standard_normal(mode.size), lower=True, trans=1)
        eta = columns @ (mode + shift)
        background = null.level + eta[:, None] + clock * moved[:, None]
        copy = data._replace(onset=_dealt(background, data.onset, rng))
        replicates.append(scores(copy, _fit(copy, chosen.basis, start=null, tight=False)))
    table = np.vstack([observed, *replicates])
    standard = (table - table.mean(axis=0)) / np.maximum(table.std(axis=0), 1e-12)
    largest = standard.max(axis=1)
    p = float(np.mean(largest >= largest[0] - 1e-12))

    best = int(np.argmax(standard[0]))
    reach, half = float(reaches[best // len(half_lives)]), float(half_lives[best % len(half_lives)])
    # a longer reach is that of shared news, a shorter one has nobody within it
    limits = ((math.log(near), math.log(wide / 5)), (math.log(0.3), math.log(max(10.0, data.days / 2))))
    # what the field had to explain without contagion may be less with it, so the field is chosen once more
    sent = weights[best // len(half_lives)] @ _lags(data.onset, data.marks, data.days, half)[0]
    again = _choose_field(data, fields, sent)
    begin = again.state._replace(log_reach=math.log(reach), log_half_life=math.log(half))
    full = _fit(data, again.basis, start=begin, theta=None, kernel=(distance, power), bounds=limits)
    curve = _Profile(data, tuple({id(f.basis): f.basis for f in (again, chosen)}.values()), distance, power, limits)
    top = curve.evidence(full, again.basis)
    flat = null._replace(theta=0.0, log_reach=math.log(reach), log_half_life=math.log(half))
    if curve.evidence(flat, chosen.basis) >= top:
        full, again, top = flat, chosen, curve.evidence(flat, chosen.basis)
    bounds = _profile(curve, full, top, level) if interval else None
    low, high = (bounds.low, bounds.high) if bounds else (math.nan, math.nan)
    exposure = curve.exposure(full)
    share = _share(data, again.basis, full, exposure)
    some = full.theta > 1e-3
    speed = _front(data, distance)
    error = linalg.solve_triangular(factor, np.eye(factor.shape[0])[:, : len(names)], lower=True)
    errors = np.sqrt((error**2).sum(axis=0)) if names else np.zeros(0)
    checks = _checks(data, again.basis, full, exposure, distance, near, seed)
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
        kernel=kernel,
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
        p_map=_map_test(data, chosen, null, weights, half_lives, rng, max(99, bootstrap)),
        checks=checks,
        bootstrap=bootstrap,
        curve=_curve(data, again.basis, full, exposure),
        confidence=level,
    )


def _prepare(
    onset: ArrayLike,
    latitude: ArrayLike,
    longitude: ArrayLike,
    days: int | None,
    covariates: Mapping[str, ArrayLike] | None,
    drifting: Sequence[str],
    marks: ArrayLike | None,
) -> tuple[Array, _Data, list[str], list[str]]:
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
    length = int(days) if days is not None else int(first[known].max()) + 1 if known.any() else 0
    if length > _MOST_DAYS:
        raise EstimationError(
            f"a wave of {length:,} days", expected=f"at most {_MOST_DAYS:,}", why="every day has a level of its own"
        )
    day = np.where(known & (first < length), np.floor(np.where(known, first, 0)), NONE).astype(np.int64)
    day = np.where(known & (first < 0), day - 1, day)
    if (day >= NONE).sum() < 30 or (day >= 0).sum() < 15 or length < 4:
        raise EstimationError(
            f"{(day >= 0).sum()} onsets in {(day >= NONE).sum()} places and {length} days",
            expected="at least 15 onsets in 30 places and 4 days",
            why="a map with fewer points fits any account",
        )
    names = list(covariates or {})
    strange = [x for x in drifting if x not in names]
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
    moving = np.column_stack([x[:, names.index(d)] for d in drifting]) if drifting else np.zeros((n, 0))
    return distance, _Data(day, length, x, moving, weight / weight.mean()), names, list(drifting)


def _dealt(background: Array, onset: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
    """Onset days without contagion: as many on each day as there were, dealt to the places at risk by their hazards.

    Given how many start on a day, its free level cancels. Records with numbers of their own would scatter more than
    the score of this one can, most of all where days with one onset or none make up the record.
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


def _residual(data: _Data, state: _State, basis: Array, exposure: Array | None = None) -> Array:
    """d log-likelihood / d hazard of each place and day at risk, shape (n, days)."""
    n, days = data.onset.size, data.days
    out = np.empty((n, days))
    a = np.zeros((n, days)) if exposure is None else exposure
    theta = state.theta if exposure is not None else 0.0
    _likelihood(
        _eta(data, basis, state.beta, state.z), state.level, data.moving @ state.gamma, theta,
        a, data.onset, days, np.empty(n), np.empty(days), np.empty(n), out,
    )  # fmt: skip
    return out


class _Bounds(NamedTuple):
    low: float
    high: float
    reach_low: float
    reach_high: float
    share_low: float
    share_high: float


class _Profile(NamedTuple):
    """The marginal likelihood as a function of R, over the fields that did best with and without contagion."""

    data: _Data
    bases: tuple[Array, ...]
    distance: Array
    power: float
    limits: tuple[tuple[float, float], tuple[float, float]]

    def exposure(self, state: _State) -> Array:
        return _exposure(
            self.distance, self.data.onset, self.data.marks, self.data.days, math.exp(state.log_reach),
            math.exp(state.log_half_life), self.power,
        ).value  # fmt: skip

    def evidence(self, state: _State, basis: Array) -> float:
        return _evidence(self.data, state, basis, self.exposure(state))

    def at(self, theta: float, start: _State) -> tuple[float, _State, Array]:
        """Its value at R = theta, the state there, and the basis of its field."""
        best = (-math.inf, start, self.bases[0])
        for basis in self.bases:
            state = _fit(
                self.data, basis, start=start, theta=theta, kernel=(self.distance, self.power), bounds=self.limits,
                tight=False,
            )  # fmt: skip
            value = self.evidence(state, basis)
            if value > best[0]:
                best = (value, state, basis)
        return best

    def share(self, theta: float, start: _State) -> float:
        """The share of onsets brought about by others at R = theta."""
        if theta <= 0:
            return 0.0
        _, state, basis = self.at(theta, start)
        return _share(self.data, basis, state, self.exposure(state))


def _profile(curve: _Profile, full: _State, top: float, level: float) -> _Bounds:
    """Where the profile of R falls by half a chi-square quantile, and the reaches met on the way."""
    drop = 0.5 * float(stats.chi2.ppf(level, 1))
    met = [full.log_reach]

    def fall(theta: float) -> float:
        value, state, _ = curve.at(theta, full)
        if top - value <= drop:
            met.append(state.log_reach)
        return top - value - drop

    centre = max(full.theta, 1e-4)
    low = _root(fall, 1e-3 * centre, centre) if fall(0.0) > 0 else 0.0
    end = max(2 * centre, 0.2)
    while fall(end) < 0 and end < 50:
        end *= 2
    high = _root(fall, centre, end) if end < 50 else 50.0
    share = curve.share(low, full), curve.share(high, full)
    return _Bounds(low, high, math.exp(min(met)), math.exp(max(met)), *share)


def _root(fall: Callable[[float], float], a: float, b: float) -> float:
    """Where `fall` crosses zero between a and b, by halving in the logarithm, to 1/64 of it."""
    rising = b > a and fall(b) > 0
    for _ in range(6):
        middle = math.sqrt(a * b)
        a, b = (a, middle) if (fall(middle) > 0) == rising else (middle, b)
    return math.sqrt(a * b)


def _parts(data: _Data, basis: Array, state: _State, exposure: Array) -> tuple[Array, Array]:
    """The hazards that places have of their own and from others, shape (n, days) each."""
    t = np.arange(data.days) - 0.5 * (data.days - 1)
    eta, drift = _eta(data, basis, state.beta, state.z), data.moving @ state.gamma
    return np.exp(np.minimum(state.level + eta[:, None] + t * drift[:, None], 30.0)), state.theta * exposure


def _share(data: _Data, basis: Array, state: _State, exposure: Array) -> float:
    """The expected share of onsets brought about by others."""
    own, others = _parts(data, basis, state, exposure)
    rows = np.flatnonzero(data.onset >= 0)
    a, b = own[rows, data.onset[rows]], others[rows, data.onset[rows]]
    return float(np.mean(b / np.maximum(a + b, 1e-300)))


def _curve(data: _Data, basis: Array, state: _State, exposure: Array) -> dict[str, object]:
    own, others = _parts(data, basis, state, exposure)
    at_risk = _last_at_risk(data.onset, data.days)[:, None] >= np.arange(data.days)
    hazard = own + others
    chance = np.where(at_risk, -np.expm1(-hazard), 0.0)
    return {
        "day": list(range(data.days)),
        "onsets": np.bincount(data.onset[data.onset >= 0], minlength=data.days).tolist(),
        "expected": chance.sum(axis=0).tolist(),
        "expected_from_others": (chance * others / np.maximum(hazard, 1e-300)).sum(axis=0).tolist(),
    }


def _front(data: _Data, distance: Array) -> tuple[float | None, float | None, float | None]:
    """km per day: the inverse of the slope of onset day on distance from the earliest onsets, robust interval."""
    rows = np.flatnonzero(data.onset >= 0)
    origin = rows[data.onset[rows] == data.onset[rows].min()]
    others = np.setdiff1d(rows, origin)
    if others.size < 10:
        return None, None, None
    d = distance[np.ix_(others, origin)].min(axis=1)
    day = data.onset[others].astype(float)
    centred = d - d.mean()
    spread = float(centred @ centred)
    if spread <= 0:
        return None, None, None
    slope = float(centred @ day) / spread
    left = day - day.mean() - slope * centred
    error = math.sqrt(float(np.sum((centred * left) ** 2)) / spread**2 * others.size / (others.size - 2))
    lo, hi = slope - 1.96 * error, slope + 1.96 * error
    if slope <= 0:
        return None, None, None
    return 1 / slope, 1 / hi, (1 / lo if lo > 0 else math.inf)


def _map_test(
    data: _Data,
    chosen: _Field,
    null: _State,
    weights: Sequence[Array],
    half_lives: Sequence[float],
    rng: np.random.Generator,
    draws: int,
) -> float:
    """p of any clustering on the map: onset days permuted among places of like covariates (five strata of b·x)."""
    index = data.x @ null.beta if data.x.shape[1] else np.zeros(data.onset.size)
    stratum = (
        np.digitize(index, np.quantile(index, [0.2, 0.4, 0.6, 0.8])) if np.ptp(index) > 0 else np.zeros(index.size)
    )
    fresh = data.onset >= NONE
    groups = [np.flatnonzero((stratum == s) & fresh) for s in np.unique(stratum)]
    last = _last_at_risk(data.onset, data.days)
    at = np.where(data.onset < 0, 0, data.onset)

    def statistic(order: NDArray[np.int64]) -> list[float]:
        """Influence received on the day of onset less the mean received by those at risk that day."""
        now = data.onset[order]
        risk = last[order][:, None] >= np.arange(data.days)
        rows = np.flatnonzero(now >= 0)
        out = []
        for w in weights:
            for h in half_lives:
                got = w @ _lags(now, np.ones(now.size), data.days, h)[0]
                mean = (got * risk).sum(axis=0) / np.maximum(risk.sum(axis=0), 1)
                out.append(float(np.sum(got[rows, at[order][rows]] - mean[now[rows]])))
        return out

    table = [statistic(np.arange(data.onset.size))]
    for _ in range(draws):
        order = np.arange(data.onset.size)
        for rows in groups:
            order[rows] = rng.permutation(rows)
        table.append(statistic(order))
    got = np.array(table)
    largest = ((got - got.mean(axis=0)) / np.maximum(got.std(axis=0), 1e-12)).max(axis=1)
    return float(np.mean(largest >= largest[0] - 1e-12))


def _checks(
    data: _Data, basis: Array, state: _State, exposure: Array, distance: Array, near: float, seed: int
) -> tuple[Check, ...]:
    """Uniform residuals of the onset days, and residuals of neighbours that do not go together."""
    own, others = _parts(data, basis, state, exposure)
    fresh = np.flatnonzero(data.onset >= NONE)  # places that were reached before say nothing of the model
    total, distance = np.cumsum(own + others, axis=1)[fresh], distance[np.ix_(fresh, fresh)]
    onset, n = data.onset[fresh], fresh.size
    rng = np.random.default_rng(derive_seed(seed, "spread residuals"))
    at = np.maximum(onset, 0)
    upper = total[np.arange(n), at]
    lower = np.where(at > 0, total[np.arange(n), np.maximum(at - 1, 0)], 0.0)
    end = total[:, -1]
    # survival falls from exp(-lower) to exp(-upper) on the day of onset; without one it lies below exp(-end)
    high = np.where(onset >= 0, np.exp(-lower), np.exp(-end))
    low = np.where(onset >= 0, np.exp(-upper), 0.0)
    u = np.clip(low + rng.random(n) * (high - low), 1e-9, 1 - 1e-9)
    ks = stats.kstest(u, "uniform")
    z = stats.norm.ppf(u)
    z = z - z.mean()
    tie = np.exp(-distance / max(3 * near, 1e-9))
    np.fill_diagonal(tie, 0.0)
    moran = float(z @ tie @ z)
    shuffled = []
    for _ in range(199):
        y = rng.permutation(z)
        shuffled.append(float(y @ tie @ y))
    reference = np.array(shuffled)
    # one-sided: a field fitted to the same onsets makes neighbours' residuals too unlike, no fault of the model
    p = float((np.sum(reference >= moran) + 1) / (reference.size + 1))
    scale = float(tie.sum()) * float(z @ z) / n
    return (
        Check("onset days as expected", float(ks.statistic), float(ks.pvalue), "Kolmogorov-Smirnov, randomised", 0.01),
        Check("neighbours' residuals unrelated", moran / scale, p, "Moran's I, 199 permutations, one-sided", 0.01),
    )
