"""Excitation on top of a hidden tide: does an event trigger further events, beyond a rate that moves by itself?

    mean[t, k] = exp(linear_k(t) + x[t, k]) + sum_j branching[j, k] sum_{s < t} w_k(t - s) y[s, j]
    x[t, k] = memory_k x[t-1, k] + e[t, k],   e ~ N(0, Sigma),   y ~ negative binomial(mean, dispersion_k)

The rival of excitation is a rate that moves by itself: coverage that jumps or ebbs, an unrecorded swing. Here
that rival *is* the baseline. The tide x, a stationary autoregression whose memory and size are fitted, is integrated
out (Laplace), with what is linear (level, season, weekdays, coverage, jumps); counts vary about the mean by a
dispersion of their own; and with several kinds the tides are correlated, so that a swing which two kinds share is not
mistaken for one triggering the other. The evidence for excitation is what it adds to that in log-likelihood.

What separates it from the tide: events that excite each other leave the variance of a step *smaller* than the
covariance of neighbouring steps predicts, which no positive dispersion can imitate; and with two kinds, the order
of time.

Source: for the tide, Zeger (1988), Biometrika 75:621-629; Davis & Rodriguez-Yam (2005), Statistica Sinica 15:387-406
(Laplace); for excitation, as `discrete`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

import numpy as np

from groundswell.draws import derive_seed
from groundswell.estimators.excitation.baseline import Floats
from groundswell.estimators.excitation.counts import filled
from groundswell.estimators.excitation.discrete_kernels import kernel_sums
from groundswell.estimators.excitation.intensity import Fixed, Search
from groundswell.estimators.excitation.tide_kernels import (
    band_backward,
    band_inverse,
    laplace,
    simulated_counts,
    tide_innovations,
    tide_mode,
    tide_precision,
    tide_slopes,
)

SIZE = (2e-3, 2.5)  # stationary standard deviation of the tide, in the logarithm
MEMORY = (-0.85, 7.0)  # logit of the tide's memory of one step, from .3 to .999; less is dispersion
DISPERSION = (1e-5, 200.0)
MOST = 3.0  # branching
_CORRELATION = 3.8  # atanh: .999
RIDGE = 2e-3  # on the logit of the memory and on correlations: decides where the record is uninformative
_FREE = 0.01  # prior precision of linear coefficients
_NEIGHBOURS = 8  # of twenty such starts, two or three were seen to end higher, and most in the same place
_CURVATURE = (
    ("size", 0.01), ("memory", 0.002), ("correlation", 0.005), ("dispersion", 0.004), ("branching", 0.08),
    ("half_life", 0.004),
)  # fmt: skip
# per step, a third of what weekly records had: a search begins with it, and corrects it as it goes


@dataclass(frozen=True)
class Names:
    """The position of each parameter in the vector, for K kinds."""

    K: int

    @property
    def size(self) -> slice:
        return slice(0, self.K)

    @property
    def memory(self) -> slice:
        return slice(self.K, 2 * self.K)

    @property
    def correlation(self) -> slice:
        return slice(2 * self.K, 2 * self.K + self.K * (self.K - 1) // 2)

    @property
    def dispersion(self) -> slice:
        return slice(self.correlation.stop, self.correlation.stop + self.K)

    @property
    def branching(self) -> slice:
        return slice(self.dispersion.stop, self.dispersion.stop + self.K * self.K)

    @property
    def half_life(self) -> slice:
        return slice(self.branching.stop, self.branching.stop + self.K)

    @property
    def total(self) -> int:
        return self.half_life.stop

    def pair(self, source: int, target: int) -> int:
        return self.branching.start + source * self.K + target


def innovations(theta: Floats, names: Names) -> tuple[Floats, Floats]:
    """Memories (K,) and the covariance of the tide's innovations (K, K)."""
    return tide_innovations(theta, names.K)


@dataclass(frozen=True)
class Peak:
    """A maximum of the likelihood: parameters, log-likelihood, and the approximate curvature (None: not known)."""

    theta: Floats
    log_likelihood: float
    curvature: Floats | None = None


@dataclass
class TideModel:
    """Counts of K kinds with correlated tides and excitation, as an `Intensity`.

    Parameters
    ----------
    y : shape (T, K), counts; values where nobody watched are not read.
    seen : bool, shape (T, K).
    past : shape (T, K), counts as sources; filled in where nobody watched.
    start : shape (K,), the memory before the first step.
    X : shape (K, T, p), linear columns of each kind, zero where a kind has fewer.
    bounds : of the log half-life.
    """

    search = Search(
        most=100, tolerance=1e-4, left_out=True, profile_most=40, expand=12, growth=1.5, refine=6, margin=0.1, lean=1.0,
        root=0.03, apart=(0.0, 0.0), carry=False, far=math.inf, warm=True,
    )  # fmt: skip
    held = frozenset()

    y: Floats
    seen: np.ndarray
    past: Floats
    start: Floats
    X: Floats
    bounds: tuple[float, float]
    names: Names = field(init=False)
    evaluations: int = 0

    def __post_init__(self) -> None:
        T, K = self.y.shape
        self.names = Names(K)
        self._y = np.ascontiguousarray(np.where(self.seen, self.y, 0.0).ravel())
        self._seen = np.ascontiguousarray(self.seen.ravel())
        self._prior = np.full(self.X.shape[2], _FREE)
        self._above = []
        for k in range(K):
            used = self.y[self.seen[:, k], k]
            counts = np.bincount(used.astype(np.int64)) if used.size else np.zeros(1, np.int64)
            self._above.append((used.size - np.cumsum(counts))[:-1].astype(np.float64))
        total = self.y[self.seen]
        self._constant = -float(np.sum([math.lgamma(v + 1) for v in total]))
        self._x = np.zeros(T * K)
        level = np.array([max(float(self.y[self.seen[:, k], k].mean()), 1e-3) for k in range(K)])
        self._beta = np.zeros((K, self.X.shape[2]))
        self._beta[:, 0] = np.log(level)
        self._best = -math.inf
        self._sums: dict[tuple[int, float], tuple[Floats, Floats]] = {}

    # --- the protocol -------------------------------------------------------------------------------------------------

    @property
    def limits(self) -> list[tuple[float, float]]:
        K = self.names.K
        pairs = K * (K - 1) // 2
        return (
            [(math.log(SIZE[0]), math.log(SIZE[1]))] * K
            + [MEMORY] * K
            + [(-_CORRELATION, _CORRELATION)] * pairs
            + [(math.log(DISPERSION[0]), math.log(DISPERSION[1]))] * K
            + [(0.0, MOST)] * (K * K)
            + [self.bounds] * K
        )

    def vector(self, point: Peak) -> Floats:
        return point.theta

    def scaled(self, i: int, value: float) -> float:
        return value

    def value(self, point: Peak, i: int) -> float:
        return float(point.theta[i])

    def point(self, x: Floats, log_likelihood: float, inner: Floats | None) -> Peak:
        return Peak(x, float(log_likelihood), inner)

    def curvature(self, point: Peak) -> Floats:
        """Curvature of minus the log-likelihood about a point, (P, P); where the point has none, a guess by size."""
        if point.curvature is not None:
            return point.curvature
        guess = np.empty(self.names.total)
        for where, per_step in _CURVATURE:
            guess[getattr(self.names, where)] = per_step
        return np.diag(guess * self.y.shape[0])

    def acquainted(self, point: Peak, other: Peak) -> Peak:
        """A start with the curvature that was learned elsewhere."""
        return point if point.curvature is not None else replace(point, curvature=other.curvature)

    def inner(self, point: Peak) -> None:
        """None: the tide at its mode is kept from one evaluation to the next."""

    def evaluate(self, theta: Floats, inner: None = None) -> tuple[float, Floats, None]:
        self.evaluations += 1
        T, K = self.y.shape
        names = self.names
        memory, Sigma = innovations(theta, names)
        Q, log_det = tide_precision(T, memory, Sigma)
        spread = np.exp(theta[names.dispersion])
        n = theta[names.branching].reshape(K, K)
        E, sums = self.excess(theta)
        x, beta = self._x.copy(), self._beta.copy()
        in_E, in_spread = np.empty(T * K), np.empty(K)
        M0, A, B, C = (np.empty((K, K)) for _ in range(4))
        value = laplace(
            self._y, self._seen, self.X, self._prior, Q, log_det, E.ravel(), spread, x, beta, in_E, in_spread,
            M0, A, B, C,
        )  # fmt: skip
        value += self._constant
        score = np.zeros(names.total)
        for k in range(K):
            i = np.arange(self._above[k].size)
            value += float(self._above[k] @ np.log1p(spread[k] * i))
            in_spread[k] += float(self._above[k] @ (i / (1 + spread[k] * i)))
        score[names.dispersion] = in_spread * spread
        in_E = in_E.reshape(T, K)
        for k in range(K):
            z, dz = sums[k]
            for j in range(K):
                score[names.pair(j, k)] = float(in_E[:, k] @ z[:, j])
            half = math.exp(theta[names.half_life.start + k])
            slope = 2.0 ** (-1 / half) * math.log(2.0) / half
            score[names.half_life.start + k] = float(in_E[:, k] @ (dz @ n[:, k])) * slope
        score[: names.dispersion.start] = tide_slopes(T, theta, K, M0, A, B, C)
        value -= 0.5 * RIDGE * float(np.sum((theta[names.memory] - 2) ** 2) + np.sum(theta[names.correlation] ** 2))
        score[names.memory] -= RIDGE * (theta[names.memory] - 2)
        score[names.correlation] -= RIDGE * theta[names.correlation]
        if math.isfinite(value) and value > self._best - 30:
            self._x, self._beta = x, beta
            self._best = max(self._best, value)
        return value, score, None

    def starts(self, fixed: Fixed) -> list[Peak]:
        """A slow tide and a fast one; with excitation, two half-lives, and with several kinds two mixtures of these."""
        K, names = self.names.K, self.names
        none = all(names.pair(j, k) in fixed and fixed[names.pair(j, k)] == 0 for j in range(K) for k in range(K))
        spread = self._moments()
        out = []
        several = () if none or K == 1 else ((3.5, 1.1, 0.3), (2.0, 1.1, 1.5))
        for memory, half, together in ((3.5, 0.0, 1.5), (0.8, 1.1, 0.3), *several):
            theta = np.zeros(names.total)
            theta[names.size] = math.log(0.4)
            theta[names.memory] = memory
            theta[names.correlation] = together
            theta[names.dispersion] = spread
            theta[names.branching] = 0.0 if none else (0.2 * np.eye(K) + 0.05 * (1 - np.eye(K))).ravel()
            theta[names.half_life] = min(max(half, self.bounds[0] + 0.1), self.bounds[1] - 0.1)
            out.append(Peak(theta, math.nan))
        return out

    def neighbours(self, peak: Peak) -> list[Peak]:
        """With several kinds, points drawn around one point: their likelihood has maxima a few tenths of a nat
        apart."""
        K, names = self.names.K, self.names
        limits = np.array(self.limits)
        rng = np.random.default_rng(derive_seed(0, "starts about a maximum"))
        out = []
        for _ in range(_NEIGHBOURS if K > 1 else 0):
            theta = peak.theta.copy()
            theta[: 2 * K] += 0.7 * rng.standard_normal(2 * K)
            theta[names.correlation] = rng.standard_normal(theta[names.correlation].size)
            theta[names.branching] = np.maximum(theta[names.branching] + 0.15 * rng.standard_normal(K * K), 0.02)
            theta[names.half_life] = rng.uniform(-0.5, 1.8, K)
            out.append(replace(peak, theta=np.clip(theta, limits[:, 0], limits[:, 1])))
        return out

    def redrawn(self, theta: Floats, rng: np.random.Generator) -> TideModel:
        """The model of a record simulated at these parameters, the tide drawn from its distribution given the
        record."""
        return self.with_counts(self.simulations(theta, 1, rng)[0])

    # --- further results ---

    def _moments(self) -> Floats:
        """Log dispersion to start from: that about a mean over neighbouring steps."""
        out = []
        for k in range(self.names.K):
            y = self.y[self.seen[:, k], k]
            near = np.convolve(np.pad(y, 4, mode="edge"), np.full(9, 1 / 9), "valid")
            excess = float(np.sum((y - near) ** 2 * 9 / 8 - near) / max(np.sum(near**2), 1e-9))
            out.append(math.log(min(max(0.5 * excess, 0.02), 5.0)))
        return np.array(out)

    def excess(self, theta: Floats) -> tuple[Floats, list[tuple[Floats, Floats]]]:
        """Events triggered by earlier ones, shape (T, K), and for each target the memory of every source."""
        T, K = self.y.shape
        n = theta[self.names.branching].reshape(K, K)
        E, sums = np.zeros((T, K)), []
        for k in range(K):
            h = float(theta[self.names.half_life.start + k])
            if (k, h) not in self._sums:
                self._sums = {key: v for key, v in self._sums.items() if key[0] != k}
                self._sums[(k, h)] = kernel_sums(self.past, self.start, 2.0 ** (-1 / math.exp(h)))
            sums.append(self._sums[(k, h)])
            E[:, k] = sums[k][0] @ n[:, k]
        return E, sums

    def course(self, theta: Floats) -> tuple[Floats, Floats]:
        """The baseline with the tide at its mode, and the mean; both of shape (T, K)."""
        self.evaluate(theta)
        T, K = self.y.shape
        eta = self._x.reshape(T, K) + np.einsum("ktp,kp->tk", self.X, self._beta)
        base = np.exp(np.clip(eta, -30, 30))
        return base, base + self.excess(theta)[0]

    def simulations(self, theta: Floats, copies: int, rng: np.random.Generator) -> list[Floats]:
        """Records (T, K) simulated at these parameters, with the tide drawn from its distribution given the record."""
        T, K = self.y.shape
        names = self.names
        self.evaluate(theta)
        Q, _ = tide_precision(T, *innovations(theta, names))
        spread = np.exp(theta[names.dispersion])
        E = self.excess(theta)[0].ravel()
        L, V, S = tide_mode(self._y, self._seen, self.X, self._prior, Q, E, spread, self._x, self._beta)
        n = theta[names.branching].reshape(K, K)
        decay = 2.0 ** (-1 / np.exp(theta[names.half_life]))
        out = []
        for _ in range(copies):
            db = np.linalg.solve(S.T, rng.standard_normal(S.shape[0]))
            x = (self._x + band_backward(L, rng.standard_normal(T * K)) - V @ db).reshape(T, K)
            eta = x + np.einsum("ktp,kp->tk", self.X, self._beta + db.reshape(self._beta.shape))
            uniform, normal = rng.uniform(size=(T, K)), rng.standard_normal((T, K))
            base = np.exp(np.clip(eta, -30, 12))
            out.append(simulated_counts(base, n, decay, spread, self.start, uniform, normal))
        return out

    def futures(self, theta: Floats, last: int, copies: int, rng: np.random.Generator) -> Floats:
        """Means of the steps after ``last``, which are not yet observed, in drawn futures: (copies, T - 1 - last, K).

        The tide and the coefficients are drawn given what is known by then; counts of the steps between are drawn, and
        excite those after them.
        """
        T, K = self.y.shape
        names = self.names
        self.evaluate(theta)
        Q, _ = tide_precision(T, *innovations(theta, names))
        spread = np.exp(theta[names.dispersion])
        E, sums = self.excess(theta)
        L, V, S = tide_mode(
            self._y, self._seen, self.X, self._prior, Q, E.ravel(), spread, self._x, self._beta
        )  # fmt: skip
        n = theta[names.branching].reshape(K, K)
        decay = 2.0 ** (-1 / np.exp(theta[names.half_life]))
        ahead = T - 1 - last
        base = np.empty((copies, ahead, K))
        for i in range(copies):
            db = np.linalg.solve(S.T, rng.standard_normal(S.shape[0]))
            x = (self._x + band_backward(L, rng.standard_normal(T * K)) - V @ db).reshape(T, K)[last + 1 :]
            beta = self._beta + db.reshape(self._beta.shape)
            base[i] = np.exp(np.clip(x + np.einsum("ktp,kp->tk", self.X[:, last + 1 :], beta), -30, 12))
        z = np.repeat(np.stack([sums[k][0][last + 1] for k in range(K)], axis=1)[None], copies, axis=0)
        mean = np.empty((copies, ahead, K))
        for h in range(ahead):
            mean[:, h] = np.minimum(base[:, h] + np.einsum("cjk,jk->ck", z, n), 1e6)
            rate = mean[:, h] * rng.gamma(1 / np.maximum(spread, 1e-6), np.maximum(spread, 1e-6), mean[:, h].shape)
            z = decay * z + (1 - decay) * rng.poisson(rate)[:, :, None]
        return mean

    def with_counts(self, y: Floats) -> TideModel:
        """The same model for other counts, watched at the same steps."""
        past, start = filled(y, self.seen_at_all)
        made = replace(self, y=y, past=past, start=start)
        made.seen_at_all = self.seen_at_all
        return made

    seen_at_all: np.ndarray = field(default=None)  # type: ignore[assignment]  # with the first steps, conditioned on


def tide_model(y: Floats, seen: np.ndarray, X: Floats, bounds: tuple[float, float], lead: int) -> TideModel:
    """The model of counts (T, K), of which the first ``lead`` steps are conditioned on."""
    past, start = filled(y, seen)
    used = seen.copy()
    used[:lead] = False
    model = TideModel(np.where(seen, y, 0.0), used, past, start, np.ascontiguousarray(X), bounds)
    model.seen_at_all = seen
    return model


def without_excitation(names: Names) -> dict[int, float | None]:
    """All branching held at 0, and half-lives, which then have no effect, at one step."""
    held: dict[int, float | None] = {names.pair(j, k): 0.0 for j in range(names.K) for k in range(names.K)}
    return held | dict.fromkeys(range(names.half_life.start, names.half_life.stop), 0.0)


def _factors(model: TideModel, null: Peak) -> tuple[Floats, Floats]:
    """At a fit without excitation: the covariance of the tide within the band, and the tide's innovations (T, K)."""
    T, K = model.y.shape
    model.evaluate(null.theta)
    memory, Sigma = innovations(null.theta, model.names)
    Q, _ = tide_precision(T, memory, Sigma)
    spread = np.exp(null.theta[model.names.dispersion])
    L, _, _ = tide_mode(model._y, model._seen, model.X, model._prior, Q, np.zeros(T * K), spread, model._x, model._beta)
    x = model._x.reshape(T, K)
    e = np.zeros((T, K))
    e[1:] = x[1:] - memory * x[:-1]
    return band_inverse(L), e


def jump_scores(model: TideModel, null: Peak) -> Floats:
    """Squared auxiliary residual of the tide's innovation at every step and kind, (T, K): where it jumped.

    Source: Harvey & Koopman (1992), J. Business & Economic Statistics 10:377-389.
    """
    T, K = model.y.shape
    memory, Sigma = innovations(null.theta, model.names)
    Z, e = _factors(model, null)
    out = np.zeros((T, K))
    for k in range(K):
        i = np.arange(1, T) * K + k
        left = Z[i, 0] - 2 * memory[k] * Z[i, K] + memory[k] ** 2 * Z[i - K, 0]
        out[1:, k] = e[1:, k] ** 2 / np.maximum(Sigma[k, k] - left, 0.02 * Sigma[k, k])
    return out


def dip_scores(model: TideModel, null: Peak, season: np.ndarray, bins: int) -> Floats:
    """Standardised score of its own level for each part of the year, all kinds together; shape (bins,).

    ``season`` is the part of the year of each step. The tide's response within a part is subtracted from the
    information; its covariance between parts and the other coefficients are not, which makes the score a little small.
    """
    T, K = model.y.shape
    Z, _ = _factors(model, null)
    base, mean = model.course(null.theta)
    spread = np.exp(null.theta[model.names.dispersion])
    weight = np.where(model.seen, base**2 / (mean * (1 + spread * mean)), 0.0)
    score = np.where(model.seen, (model.y - mean) / (mean * (1 + spread * mean)) * base, 0.0)
    U, information = np.zeros(bins), np.zeros(bins)
    for k in range(K):
        np.add.at(U, season, score[:, k])
        i = np.arange(T) * K + k
        own = weight[:, k] - weight[:, k] ** 2 * Z[i, 0]
        np.add.at(information, season, own)
        both = -2 * weight[1:, k] * weight[:-1, k] * Z[i[1:], K] * (season[1:] == season[:-1])
        np.add.at(information, season[1:], both)
    return np.where(information > 1e-9, U / np.sqrt(np.maximum(information, 1e-9)), 0.0)
