"""How fast events thin out after an episode's start: their times, given how many there were."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Literal, final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import Field
from scipy import optimize, stats

from groundswell.draws import derive_seed
from groundswell.errors import EstimationError
from groundswell.estimators.core import Check, Estimate
from groundswell.estimators.statistics.diagnostics import finite_vector, numbers
from groundswell.estimators.waves.decay import NODES
from groundswell.estimators.waves.decay_fit import DecayFit
from groundswell.estimators.waves.episodes import Array
from groundswell.settings import Settings


@final
class CountDecaySettings(Settings):
    """Options of `fit_decay_of_counts`."""

    course: Literal["exponential", "power"] = Field(
        "exponential", description='or "power" for (1 + t)^-r: fast at first, then slower and slower'
    )
    unit: str = Field("day", description="of time")
    level: float = Field(0.95, ge=0.5, lt=1, description="coverage of the intervals")
    seed: int = 0


def fit_decay_of_counts(
    counts: ArrayLike,
    settings: CountDecaySettings | None = None,
    *,
    watched: ArrayLike | None = None,
    phase: ArrayLike | None = None,
    covariates: Mapping[str, ArrayLike] | None = None,
    **options: Any,
) -> DecayFit:
    """How fast events thin out after an episode's start, pooled over episodes, with the record's end as censoring.

    In episode e the expected events at time t are ``exp(a_e - r_e t + w_phase(t))`` while it is watched. Given their
    number n_e, their times have ``p_e(t) = exp(-r_e t + w) / Σ_s exp(-r_e s + w)``, so a_e drops out; rates differ as
    ``r_e = μ + γ·z_e + N(0, τ²)`` and are integrated out (adaptive Gauss-Hermite). Maximum likelihood; the interval
    comes from the sandwich of scores by episode, so that events of one episode need not be independent.

    Parameters
    ----------
    counts : shape (E, T): events of episode e at time t since its peak. Episodes without events, or watched at
        one time only, are left out and counted.
    watched : shape (E, T), bool; False where the record does not reach (after its end, or a source that had stopped).
    phase : shape (E, T), integers such as the day of the week; their levels are estimated. None for none.
    covariates : name -> shape (E,).
    settings, options : see `CountDecaySettings`. The course with the larger `log_likelihood` describes the record
        better.

    Returns
    -------
    `DecayFit`. Its check: observed counts by time against fitted ones, episodes resampled by sign (max over times).

    Raises
    ------
    EstimationError : fewer than 3 usable episodes, negative or fractional counts, shapes that do not agree.

    Known limits: an exponential course; many records lose coverage as attention ebbs, which no estimator can
    distinguish from ebbing: give `watched` by source, and compare sources.
    """
    o = CountDecaySettings.of(settings, options)
    y = numbers(counts, "counts")
    if y.ndim != 2 or not np.isfinite(y).all() or (y < 0).any() or (y != np.round(y)).any():
        raise EstimationError(f"counts of shape {y.shape}", expected="whole numbers >= 0 of shape (episodes, times)")
    seen = np.ones(y.shape, bool) if watched is None else np.asarray(watched, dtype=bool)
    if seen.shape != y.shape or (y[~seen] > 0).any():
        raise EstimationError("watched does not fit", expected="the shape of counts, True wherever there are events")
    kinds = np.zeros(y.shape, np.int64)
    if phase is not None:
        given = np.asarray(phase)
        if given.shape != y.shape:
            raise EstimationError(f"phase of shape {given.shape}", expected=f"the shape of counts, {y.shape}")
        kinds = np.unique(given, return_inverse=True)[1].reshape(y.shape)
    total = y.sum(axis=1)
    some, room = total > 0, seen.sum(axis=1) >= 2
    use = some & room
    excluded = {"without events": int((~some).sum()), "watched at fewer than two times": int((some & ~room).sum())}
    if use.sum() < 3:
        raise EstimationError(f"{int(use.sum())} episodes with events", expected="at least 3")
    columns = list(covariates or {})
    z = np.column_stack(
        [finite_vector(covariates[c], f"covariate {c}") for c in columns] if covariates else [np.zeros(y.shape[0])]
    )
    if z.shape[0] != y.shape[0]:
        raise EstimationError(f"covariates of {z.shape[0]} episodes", expected=f"{y.shape[0]} values each")
    y, seen, kinds, z, total = y[use], seen[use], kinds[use], z[use], total[use]
    z = z - z.mean(axis=0)
    if columns and (np.ptp(z, axis=0) == 0).any():
        raise EstimationError("a covariate does not vary", expected="episodes that differ")
    clock = np.arange(y.shape[1], dtype=float)
    model = _CountModel(
        y, seen, kinds, z[:, : len(columns)], total, clock if o.course == "exponential" else np.log1p(clock)
    )
    v, information, scores = model.fit()
    bread = np.linalg.pinv(information)
    e = total.size
    sandwich = bread @ (scores.T @ scores) @ bread * (e / max(1, e - v.size))
    error = np.sqrt(np.maximum(np.diag(sandwich), 1e-300))
    quantile = float(stats.t.ppf(0.5 + o.level / 2, max(1, e - v.size)))
    p = 2 * stats.t.sf(np.abs(v) / error, max(1, e - v.size))
    effects = {
        c: Estimate(
            float(v[1 + k]), float(v[1 + k] - quantile * error[1 + k]), float(v[1 + k] + quantile * error[1 + k]),
            float(p[1 + k]), e, "effect on the rate of decay, sandwich errors by episode",
            f"per {o.unit} and unit of {c}", True, {"episodes": e}, o.level,
        )
        for k, c in enumerate(columns)
    }  # fmt: skip
    fitted = model.expected(v)
    return DecayFit(
        what="counts",
        rate=float(v[0]),
        low=float(v[0] - quantile * error[0]),
        high=float(v[0] + quantile * error[0]),
        p=float(p[0]),
        between=math.exp(float(v[-1])),
        effects=effects,
        episodes=e,
        values=int(total.sum()),
        missing=0.0,
        excluded={k: x for k, x in excluded.items() if x},
        unit=o.unit,
        course=o.course,
        log_likelihood=float(model.scores(v)[0].sum()),
        checks=(_course_check(y, fitted, o.seed),),
        method="times of events after the start, conditional on their number; random rates, sandwich by episode",
        curve={
            "time": list(range(y.shape[1])),
            "events": y.sum(axis=0).tolist(),
            "expected": fitted.sum(axis=0).tolist(),
            "watched": seen.sum(axis=0).tolist(),
        },
        level=o.level,
    )


class _CountModel:
    """Likelihood of the times of events given their number; rates are integrated out on nodes set by each episode."""

    def __init__(self, y: Array, seen: NDArray, kinds: NDArray, z: Array, total: Array, time: Array) -> None:
        self.y, self.seen, self.z, self.total = y, seen, z, total
        self.time = time
        self.kinds = int(kinds.max()) + 1
        self.mark = np.zeros((*y.shape, 0))
        if self.kinds > 1:
            self.mark = np.stack([(kinds == k) & seen for k in range(1, self.kinds)], axis=2).astype(float)
        self.sum_t = y @ self.time
        self.sum_k = np.einsum("et,etk->ek", y, self.mark)
        node, weight = np.polynomial.hermite_e.hermegauss(NODES)
        self.node, self.log_weight = np.asarray(node), np.log(weight / weight.sum())
        self.centre, self.scale = np.zeros(total.size), np.ones(total.size)

    def _split(self, v: Array) -> tuple[Array, Array, float]:
        c = self.z.shape[1]
        return v[0] + self.z @ v[1 : 1 + c], v[1 + c : -1], math.exp(v[-1])

    def _course(self, rate: Array, w: Array) -> tuple[Array, Array]:
        """Log normaliser and shares by time, for rates of shape (E, ...)."""
        base = np.where(self.seen, self.mark @ w, -np.inf)
        base = base.reshape(base.shape[0], *([1] * (rate.ndim - 1)), base.shape[1])
        power = base - rate[..., None] * self.time
        top = power.max(axis=-1, keepdims=True)
        share = np.exp(power - top)
        total = share.sum(axis=-1, keepdims=True)
        return (top + np.log(total))[..., 0], share / total

    def aim(self, v: Array) -> None:
        """Set the nodes of every episode about the mode of its rate, by Newton's method."""
        mean, w, tau = self._split(v)
        rate = mean + tau * self.centre
        bend = np.ones(rate.size)
        for _ in range(30):
            _, share = self._course(rate, w)
            first = share @ self.time
            second = share @ self.time**2 - first**2
            slope = -self.sum_t + self.total * first - (rate - mean) / tau**2
            bend = self.total * second + 1 / tau**2
            step = np.clip(slope / bend, -0.5, 0.5)
            rate = rate + step
            if np.abs(step).max() < 1e-8:
                break
        self.centre, self.scale = (rate - mean) / tau, 1 / (tau * np.sqrt(bend))

    def _terms(self, v: Array) -> tuple[Array, Array, Array, Array]:
        """Log-likelihood by episode; on the nodes: posterior weights, shares by time, rates apart from their mean."""
        mean, w, tau = self._split(v)
        apart = self.centre[:, None] + self.scale[:, None] * self.node  # in units of tau, so that nodes follow the mean
        rate = mean[:, None] + tau * apart
        log_z, share = self._course(rate, w)
        log_l = -rate * self.sum_t[:, None] + (self.sum_k @ w)[:, None] - self.total[:, None] * log_z
        log_l += self.log_weight + 0.5 * self.node**2 - 0.5 * apart**2 + np.log(self.scale)[:, None]
        top = log_l.max(axis=1, keepdims=True)
        each = top[:, 0] + np.log(np.exp(log_l - top).sum(axis=1))
        return each, np.exp(log_l - each[:, None]), share, apart

    def scores(self, v: Array) -> tuple[Array, Array]:
        """Log-likelihood of each episode, and its gradient, shape (E, parameters)."""
        tau = self._split(v)[2]
        each, post, share, apart = self._terms(v)
        by_rate = post * (-self.sum_t[:, None] + self.total[:, None] * (share @ self.time))
        d_mu = by_rate.sum(axis=1)
        d_tau = tau * (by_rate * apart).sum(axis=1)
        mixed = np.einsum("eq,eqt->et", post, share)
        d_w = self.sum_k - self.total[:, None] * np.einsum("et,etk->ek", mixed, self.mark)
        return each, np.column_stack([d_mu, d_mu[:, None] * self.z, d_w, d_tau])

    def fit(self) -> tuple[Array, Array, Array]:
        """Maximum, observed information (by differences of the gradient), and scores by episode."""
        size = 2 + self.z.shape[1] + self.kinds - 1
        last = np.eye(size)[-1]

        def loss(v: Array) -> tuple[float, Array]:
            each, g = self.scores(v)
            # a weak prior on log tau keeps it from running to minus infinity where rates do not differ
            return -float(each.sum()) + (v[-1] + 3) ** 2 / 32, -g.sum(axis=0) + last * (v[-1] + 3) / 16

        v = np.zeros(size)
        v[-1] = math.log(0.1)
        bounds = [(-5.0, 5.0)] + [(None, None)] * (size - 2) + [(-6.0, 2.0)]
        for _ in range(12):  # nodes follow the estimate until it settles
            self.aim(v)
            before = v
            v = np.asarray(optimize.minimize(loss, v, jac=True, method="L-BFGS-B", bounds=bounds,
                                             options={"maxiter": 100, "ftol": 1e-11, "gtol": 1e-6}).x)  # fmt: skip
            if np.abs(v - before).max() < 1e-4:
                break
        information = np.empty((size, size))
        for k in range(size):
            step = np.eye(size)[k] * 1e-4
            information[k] = (loss(v + step)[1] - loss(v - step)[1]) / 2e-4
        return v, 0.5 * (information + information.T), self.scores(v)[1]

    def expected(self, v: Array) -> Array:
        """Expected counts given the totals, shape (E, T)."""
        _, post, share, _ = self._terms(v)
        return self.total[:, None] * np.einsum("eq,eqt->et", post, share)


def _course_check(y: Array, fitted: Array, seed: int) -> Check:
    """Largest departure of the summed course from the fitted one, against episodes with their signs drawn at random."""
    gap = y - fitted
    scale = np.sqrt((gap**2).sum(axis=0)) + 1e-12
    many = fitted.sum(axis=0) >= 5
    if not many.any():
        return Check("course as expected", 0.0, 1.0, "too few events to judge")
    observed = float(np.max(np.abs(gap.sum(axis=0) / scale)[many]))
    signs = np.random.default_rng(derive_seed(seed, "course")).choice([-1.0, 1.0], (499, y.shape[0]))
    null = np.max(np.abs(signs @ gap / scale)[:, many], axis=1)
    p = float((np.sum(null >= observed) + 1) / 500)
    return Check("course as expected", observed, p, "largest standardised gap, random signs of episodes", 0.01)
