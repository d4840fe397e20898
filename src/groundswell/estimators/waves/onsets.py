"""The hazard of a first event at each place and day: shared days, differences between places, and onsets nearby."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numba as nb
import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import linalg, optimize

from groundswell.errors import EstimationError
from groundswell.estimators.statistics.diagnostics import finite_vector

Array = NDArray[np.float64]
EARTH_RADIUS = 6371.0088  # km, mean radius (IUGG)
_WIDE = 10.0  # prior sd of covariate effects per sd of the covariate: wide enough to leave them to the data
_FIELD_SD = (0.4, 0.8, 1.6)  # of the log hazard; grid for the marginal likelihood, besides no field at all
_LEVELS = (-12.0, 3.0)  # log hazard of a day; the ends mean "nobody" and "everyone"
NONE = -1
"""In an array of onset days: a place without one. A place reached k days before the first day holds -1 - k."""


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
def kernel_weights(distance, reach, power, out, slope):
    """Columns of ``out``: how the influence of one onset at j is spread over other places, summing to 1; ``slope``: d
    out / d log reach."""
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


def lags_of(onset: NDArray[np.int64], marks: Array, days: int, half_life: float) -> tuple[Array, Array]:
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


def exposure_to(
    distance: Array, onset: NDArray[np.int64], marks: Array, days: int, reach: float, half_life: float, power: float
) -> _Exposure:
    w, dw = np.empty_like(distance), np.empty_like(distance)
    kernel_weights(distance, reach, power, w, dw)
    sent, turn = lags_of(onset, marks, days, half_life)
    return _Exposure(w @ sent, dw @ sent, w @ turn)


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


def last_at_risk(onset: NDArray[np.int64], days: int) -> NDArray[np.int64]:
    """The last day on which each place is at risk: its onset, the end, or none if it was reached before."""
    return np.where(onset >= 0, onset, np.where(onset == NONE, days - 1, -1))


class OnsetData(NamedTuple):
    onset: NDArray[np.int64]
    days: int
    x: Array  # (n, p), standardised
    moving: Array  # (n, m), the covariates whose effect may drift
    marks: Array


class HazardState(NamedTuple):
    level: Array
    beta: Array
    gamma: Array
    z: Array
    theta: float
    log_reach: float
    log_half_life: float
    value: float  # penalised log-likelihood
    likelihood: float


def eta_of(data: OnsetData, basis: Array, beta: Array, z: Array) -> Array:
    return data.x @ beta + basis @ z


def fit_hazard(
    data: OnsetData,
    basis: Array,
    *,
    start: HazardState | None = None,
    theta: float | None = 0.0,
    exposure: Array | None = None,
    kernel: tuple[Array, float] | None = None,
    bounds: tuple[tuple[float, float], tuple[float, float]] | None = None,
    tight: bool = True,
) -> HazardState:
    """The mode of the penalised likelihood: field z ~ N(0, 1), covariate effects nearly free, levels free.

    theta is estimated if None, else held fixed. `exposure` is held fixed; with `kernel` (distances, power) reach and
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
            now = exposure_to(
                kernel[0], data.onset, data.marks, days, math.exp(rest[-2]), math.exp(rest[-1]), kernel[1]
            )
            a = now.value
        else:
            now, a = None, nothing
        value = _likelihood(
            eta_of(data, basis, beta, z), level, data.moving @ gamma, th, a, data.onset, days,
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
        start = HazardState(np.log(-np.log1p(-share)), np.zeros(p), np.zeros(m), np.zeros(k), 0.1, 0.0, 0.0, 0.0, 0.0)
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
    return HazardState(level, beta, gamma, z, th, reach, half, value, value + penalty)


def _field_basis(distance: Array, length: float, keep: float = 0.995) -> Array:
    """Columns B with ``B Bᵀ`` about ``exp(-d / length)``: the field's leading shapes (and no more than needed)."""
    covariance = np.exp(-distance / length)
    value, vector = linalg.eigh(covariance, check_finite=False)
    value, vector = np.maximum(value[::-1], 0.0), vector[:, ::-1]
    needed = int(np.searchsorted(np.cumsum(value), keep * value.sum())) + 1
    return vector[:, :needed] * np.sqrt(value[:needed])


def _curvature(data: OnsetData, state: HazardState, basis: Array, exposure: Array | None) -> Array:
    """Fisher information of each place's onset day on its eta, given the days on which it was at risk; shape (n,)."""
    eta, drift = eta_of(data, basis, state.beta, state.z), data.moving @ state.gamma
    t = np.arange(data.days)
    own = np.exp(np.minimum(state.level + eta[:, None] + (t - 0.5 * (data.days - 1)) * drift[:, None], 30.0))
    hazard = own if exposure is None else own + state.theta * exposure
    last = last_at_risk(data.onset, data.days)
    per_day = own**2 / np.expm1(np.clip(hazard, 1e-12, 700.0))
    return np.where(t <= last[:, None], per_day, 0.0).sum(axis=1)


def information(
    data: OnsetData, state: HazardState, basis: Array, exposure: Array | None = None
) -> tuple[Array, Array]:
    """Cholesky factor of the information on (covariate effects, field), and the columns that it covers."""
    columns = np.column_stack([data.x, basis])
    w = _curvature(data, state, basis, exposure)
    prior = np.concatenate([np.full(data.x.shape[1], 1 / _WIDE**2), np.ones(basis.shape[1])])
    return linalg.cholesky(columns.T @ (w[:, None] * columns) + np.diag(prior), lower=True), columns


class MapField(NamedTuple):
    length: float
    sd: float
    basis: Array
    state: HazardState
    evidence: float


def evidence_of(data: OnsetData, state: HazardState, basis: Array, exposure: Array | None = None) -> float:
    """Log marginal likelihood (Laplace), up to a constant that all fields share."""
    factor, _ = information(data, state, basis, exposure)
    return state.value - float(np.log(np.diag(factor)).sum())


def choose_field(
    data: OnsetData, fields: Sequence[tuple[float, float, Array]], exposure: Array | None = None
) -> MapField:
    """The field (length, sd, basis) with the largest marginal likelihood, with contagion by `exposure` or without."""
    best: MapField | None = None
    state: HazardState | None = None
    for length, sd, basis in fields:
        theta = 0.0 if exposure is None else None
        state = fit_hazard(data, basis, start=state, theta=theta, exposure=exposure, tight=False)
        evidence = evidence_of(data, state, basis, exposure)
        if best is None or evidence > best.evidence:
            best = MapField(length, sd, basis, state, evidence)
    assert best is not None
    return best


def fields_over(distance: Array, lengths: Sequence[float]) -> list[tuple[float, float, Array]]:
    """Candidates for the field: none, and every range with every sd."""
    found = [(lengths[0], 0.0, np.zeros((distance.shape[0], 0)))]
    for length in lengths:
        unit = _field_basis(distance, length)
        found += [(length, sd, sd * unit) for sd in _FIELD_SD]
    return found


def residual_hazard(data: OnsetData, state: HazardState, basis: Array, exposure: Array | None = None) -> Array:
    """d log-likelihood / d hazard of each place and day at risk, shape (n, days)."""
    n, days = data.onset.size, data.days
    out = np.empty((n, days))
    a = np.zeros((n, days)) if exposure is None else exposure
    theta = state.theta if exposure is not None else 0.0
    _likelihood(
        eta_of(data, basis, state.beta, state.z), state.level, data.moving @ state.gamma, theta,
        a, data.onset, days, np.empty(n), np.empty(days), np.empty(n), out,
    )  # fmt: skip
    return out
