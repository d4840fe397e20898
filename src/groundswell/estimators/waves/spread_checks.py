"""Results of a fit of spread: its profile, its front, a test of the map, and checks."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from groundswell.draws import derive_seed
from groundswell.estimators.core import Check
from groundswell.estimators.waves.onsets import (
    NONE,
    Array,
    HazardState,
    MapField,
    OnsetData,
    eta_of,
    evidence_of,
    exposure_to,
    fit_hazard,
    lags_of,
    last_at_risk,
)


class _Bounds(NamedTuple):
    low: float
    high: float
    reach_low: float
    reach_high: float
    share_low: float
    share_high: float


class ProfileCurve(NamedTuple):
    """The marginal likelihood as a function of R, over the fields that did best with and without contagion."""

    data: OnsetData
    bases: tuple[Array, ...]
    distance: Array
    power: float
    limits: tuple[tuple[float, float], tuple[float, float]]

    def exposure(self, state: HazardState) -> Array:
        return exposure_to(
            self.distance, self.data.onset, self.data.marks, self.data.days, math.exp(state.log_reach),
            math.exp(state.log_half_life), self.power,
        ).value  # fmt: skip

    def evidence(self, state: HazardState, basis: Array) -> float:
        return evidence_of(self.data, state, basis, self.exposure(state))

    def at(self, theta: float, start: HazardState) -> tuple[float, HazardState, Array]:
        """Its value at R = theta, the state there, and the basis of its field."""
        best = (-math.inf, start, self.bases[0])
        for basis in self.bases:
            state = fit_hazard(
                self.data, basis, start=start, theta=theta, kernel=(self.distance, self.power), bounds=self.limits,
                tight=False,
            )  # fmt: skip
            value = self.evidence(state, basis)
            if value > best[0]:
                best = (value, state, basis)
        return best

    def share(self, theta: float, start: HazardState) -> float:
        """The share of onsets triggered by others at R = theta."""
        if theta <= 0:
            return 0.0
        _, state, basis = self.at(theta, start)
        return share_of(self.data, basis, state, self.exposure(state))


def profile_bounds(curve: ProfileCurve, full: HazardState, top: float, level: float) -> _Bounds:
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


def _parts(data: OnsetData, basis: Array, state: HazardState, exposure: Array) -> tuple[Array, Array]:
    """The hazards that places have on their own and from others, shape (n, days) each."""
    t = np.arange(data.days) - 0.5 * (data.days - 1)
    eta, drift = eta_of(data, basis, state.beta, state.z), data.moving @ state.gamma
    return np.exp(np.minimum(state.level + eta[:, None] + t * drift[:, None], 30.0)), state.theta * exposure


def share_of(data: OnsetData, basis: Array, state: HazardState, exposure: Array) -> float:
    """The expected share of onsets triggered by others."""
    own, others = _parts(data, basis, state, exposure)
    rows = np.flatnonzero(data.onset >= 0)
    a, b = own[rows, data.onset[rows]], others[rows, data.onset[rows]]
    return float(np.mean(b / np.maximum(a + b, 1e-300)))


def curve_of(data: OnsetData, basis: Array, state: HazardState, exposure: Array) -> dict[str, object]:
    own, others = _parts(data, basis, state, exposure)
    at_risk = last_at_risk(data.onset, data.days)[:, None] >= np.arange(data.days)
    hazard = own + others
    chance = np.where(at_risk, -np.expm1(-hazard), 0.0)
    return {
        "day": list(range(data.days)),
        "onsets": np.bincount(data.onset[data.onset >= 0], minlength=data.days).tolist(),
        "expected": chance.sum(axis=0).tolist(),
        "expected_from_others": (chance * others / np.maximum(hazard, 1e-300)).sum(axis=0).tolist(),
    }


def front_of(data: OnsetData, distance: Array) -> tuple[float | None, float | None, float | None]:
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


def map_test(
    data: OnsetData,
    chosen: MapField,
    null: HazardState,
    weights: Sequence[Array],
    half_lives: Sequence[float],
    rng: np.random.Generator,
    draws: int,
) -> float:
    """p of any clustering on the map: onset days permuted among places with similar covariates (five strata of b·x)."""
    index = data.x @ null.beta if data.x.shape[1] else np.zeros(data.onset.size)
    stratum = (
        np.digitize(index, np.quantile(index, [0.2, 0.4, 0.6, 0.8])) if np.ptp(index) > 0 else np.zeros(index.size)
    )
    fresh = data.onset >= NONE
    groups = [np.flatnonzero((stratum == s) & fresh) for s in np.unique(stratum)]
    last = last_at_risk(data.onset, data.days)
    at = np.where(data.onset < 0, 0, data.onset)

    def statistic(order: NDArray[np.int64]) -> list[float]:
        """Influence received on the day of onset minus the mean received by those at risk that day."""
        now = data.onset[order]
        risk = last[order][:, None] >= np.arange(data.days)
        rows = np.flatnonzero(now >= 0)
        out = []
        for w in weights:
            for h in half_lives:
                got = w @ lags_of(now, np.ones(now.size), data.days, h)[0]
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


def checks_of(
    data: OnsetData, basis: Array, state: HazardState, exposure: Array, distance: Array, near: float, seed: int
) -> tuple[Check, ...]:
    """Uniform residuals of the onset days, and residuals of neighbours that are uncorrelated."""
    own, others = _parts(data, basis, state, exposure)
    fresh = np.flatnonzero(data.onset >= NONE)  # places that were reached before are uninformative about the model
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
