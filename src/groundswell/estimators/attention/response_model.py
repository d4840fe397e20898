"""The model of attention behind `response_classes`: its mean, its likelihood, its maximum, and records drawn from it.

``log mean_t = log m_t + sum_l phi_l [log(y_{t-l} + 1/2) - log(m_{t-l} + 1/2)]`` with
``m_t = exp(season_t) (b + sum_k A_k g_k(t))``; counts are negative binomial about the mean. The memory is in the
observations (Zeger & Qaqish 1988), so the likelihood is exact, and gradients are plain products.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

from groundswell.errors import EstimationError
from groundswell.estimators.core import Estimate

Floats = NDArray[np.float64]
Shape = Literal["after", "both sides", "exponential"]

CLASSES = ("exogenous subcritical", "exogenous critical", "endogenous critical", "exponential")
SHAPES: dict[str, Shape] = {
    "exogenous subcritical": "after", "exogenous critical": "after", "endogenous critical": "both sides",
    "exponential": "exponential", "any": "after",
}  # fmt: skip
# exponent p of the response; for the exponential, the logarithm of its life in steps
BOUNDS = {
    "exogenous subcritical": (1.0, 2.0), "exogenous critical": (0.0, 1.0), "endogenous critical": (0.0, 1.0),
    "exponential": (-2.0, 9.0), "any": (0.0, 3.0),
}  # fmt: skip
_DELAY = (0.05, 48.0)  # steps; the time c before which a power law cannot hold
ADDED = 0.5  # added to counts before taking the logarithm
_ITERATIONS = 80


def season(steps: int, period: int, harmonics: int) -> Floats:
    angle = 2 * np.pi * np.arange(steps)[:, None] * np.arange(1, harmonics + 1)[None, :] / period
    return np.concatenate([np.cos(angle), np.sin(angle)], axis=1)


@dataclass(frozen=True)
class ResponseFit:
    """Parameters [log b, season, phi, log dispersion, then log A, log c, p of each shock] and what follows from
    them."""

    x: Floats
    classes: tuple[str, ...]
    log_likelihood: float
    bic: float
    level: Floats  # (T,) expected counts without memory
    mean: Floats  # (T,) given the past
    phi: Floats
    dispersion: float


@dataclass(frozen=True)
class Model:
    y: Floats
    season: Floats
    lags: tuple[int, ...]

    @property
    def seen(self) -> NDArray[np.bool_]:
        return np.isfinite(self.y)

    @property
    def base(self) -> int:
        """Number of parameters before those of the shocks."""
        return 1 + self.season.shape[1] + len(self.lags) + 1

    def level(self, x: Floats, steps: Sequence[int], classes: Sequence[str]) -> tuple[Floats, Floats]:
        """Expected counts without memory, and the derivatives of their logarithm by all parameters."""
        T, h, base = self.y.size, self.season.shape[1], self.base
        D = np.zeros((T, base + 3 * len(steps)))
        b = math.exp(x[0])
        total = np.full(T, b)
        D[:, 0] = b
        time = np.arange(T, dtype=float)
        for k, (step, c) in enumerate(zip(steps, classes, strict=True)):
            at = base + 3 * k
            height, delay, p = math.exp(x[at]), math.exp(x[at + 1]), x[at + 2]
            shape = SHAPES[c]
            d = time - step
            after = d >= 0
            d = np.abs(d)
            if shape == "exponential":
                life = math.exp(p)
                g = np.where(after, height * np.exp(-d / life), 0.0)
                D[:, at], D[:, at + 2] = g, g * d / life
            else:
                ratio = (d + delay) / delay
                g = height * ratio**-p
                if shape == "after":
                    g = np.where(after, g, 0.0)
                D[:, at] = g
                D[:, at + 1] = g * p * d / (d + delay)
                D[:, at + 2] = -g * np.log(ratio)
            total = total + g
        D /= total[:, None]
        D[:, 1 : 1 + h] = self.season
        return total * np.exp(self.season @ x[1 : 1 + h]), D

    def mean(self, x: Floats, level: Floats, D: Floats | None) -> tuple[Floats, Floats]:
        """Expected counts given the past, and the derivatives of their logarithm."""
        at = 1 + self.season.shape[1]
        log_mean = np.log(level)
        J = np.zeros((0, 0)) if D is None else D.copy()
        past = np.log(np.where(self.seen, self.y, 0.0) + ADDED) - np.log(level + ADDED)
        past = np.where(self.seen, past, 0.0)
        weight = np.where(self.seen, level / (level + ADDED), 0.0)
        for i, lag in enumerate(self.lags):
            log_mean[lag:] += x[at + i] * past[:-lag]
            if D is not None:
                J[lag:] -= x[at + i] * weight[:-lag, None] * D[:-lag]
                J[lag:, at + i] += past[:-lag]
        return np.exp(np.clip(log_mean, -20, 20)), J

    def objective(self, x: Floats, steps: Sequence[int], classes: Sequence[str]) -> tuple[float, Floats, Floats]:
        """The log-likelihood, its gradient, and its information (expected, but observed for the dispersion)."""
        level, D = self.level(x, steps, classes)
        mean, J = self.mean(x, level, D)
        seen = self.seen
        y, mu, J = self.y[seen], mean[seen], J[seen]
        at, size = self.base - 1, math.exp(-x[self.base - 1])
        both = size + mu
        value = float(
            np.sum(
                special.gammaln(y + size) - special.gammaln(size) - special.gammaln(y + 1)
                + size * np.log(size / both) + y * np.log(mu / both)
            )
        )  # fmt: skip
        gradient = J.T @ ((y - mu) * size / both)
        by_size = np.sum(
            special.digamma(y + size) - special.digamma(size) + np.log(size / both) + 1 - (y + size) / both
        )
        bend = np.sum(
            special.polygamma(1, y + size) - special.polygamma(1, size) + 1 / size - 2 / both + (y + size) / both**2
        )
        gradient[at] = -size * by_size
        information = J.T @ (J * (mu * size / both)[:, None])
        information[at, :] = information[:, at] = 0.0
        information[at, at] = max(-(size * size * bend + size * by_size), 1.0)
        return value, gradient, information

    def bounds(self, classes: Sequence[str]) -> list[tuple[float, float]]:
        top = math.log(max(float(np.nanmax(self.y)), 1.0))
        found = [(-8.0, top + 1)]
        found += [(-3.0, 3.0)] * self.season.shape[1] + [(-0.5, 0.98)] * len(self.lags) + [(-9.0, 2.0)]
        for c in classes:
            found += [(-8.0, top + 3), (math.log(_DELAY[0]), math.log(_DELAY[1])), BOUNDS[c]]
        return found

    def start(self, steps: Sequence[int], classes: Sequence[str], delay: float) -> Floats:
        seen = self.seen
        before = self.y[: max(steps[0], 1)] if steps else self.y
        before = before[np.isfinite(before)]
        b = float(before.mean()) if before.size else float(np.nanquantile(self.y, 0.1))
        x = np.zeros(self.base + 3 * len(steps))
        x[0] = math.log(max(b, 0.2))
        x[self.base - 1 - len(self.lags) : self.base - 1] = 0.3 / max(1, len(self.lags))
        x[self.base - 1] = -2.0
        for k, (step, c) in enumerate(zip(steps, classes, strict=True)):
            near = self.y[step : step + 6][seen[step : step + 6]]
            height = max(float(near.max()) - b, 0.5) if near.size else 1.0
            middle = {"exogenous subcritical": 1.3, "any": 0.9, "exponential": 3.0}.get(c, 0.5)
            x[self.base + 3 * k : self.base + 3 * k + 3] = math.log(height), math.log(delay), middle
        return x

    def fit(
        self, steps: Sequence[int], classes: Sequence[str], warm: ResponseFit | None = None, *,
        fixed: tuple[int, float] | None = None, starts: Sequence[float] = (0.7, 5.0),
    ) -> ResponseFit:  # fmt: skip
        """Maximum likelihood from several starts. `fixed` holds one parameter at a value, for a profile."""
        bounds = self.bounds(classes)
        if fixed is not None:
            bounds[fixed[0]] = (fixed[1], fixed[1])
        low, high = np.array(bounds).T
        begin = [self.start(steps, classes, delay) for delay in starts]
        if warm is not None and warm.x.size == low.size:
            mixed = warm.x.copy()
            fresh = self.start(steps, classes, 2.0)
            for k, (old, new) in enumerate(zip(warm.classes, classes, strict=True)):
                if SHAPES[old] != SHAPES[new]:
                    at = self.base + 3 * k
                    mixed[at : at + 3] = fresh[at : at + 3]
            begin = [mixed, *begin]
        best: tuple[float, Floats] | None = None
        for x in begin:
            found = ascend(lambda x: self.objective(x, steps, classes), np.clip(x, low, high), low, high)
            if np.isfinite(found[0]) and (best is None or found[0] > best[0]):
                best = found
        if best is None:
            raise EstimationError("the likelihood cannot be maximised", expected="counts that the model can follow")
        free = self.base + sum(2 if c == "exponential" else 3 for c in classes)
        level, _ = self.level(best[1], steps, classes)
        mean, _ = self.mean(best[1], level, None)
        at = 1 + self.season.shape[1]
        bic = -2 * best[0] + free * math.log(int(self.seen.sum()))
        return ResponseFit(
            best[1], tuple(classes), best[0], bic, level, mean, best[1][at : at + len(self.lags)],
            math.exp(best[1][self.base - 1]),
        )  # fmt: skip

    def background(self, fit: ResponseFit, steps: Sequence[int], level: float, unit: str) -> Estimate:
        """The background with a Wald interval on its logarithm; parameters at a bound are fixed there."""
        low, high = np.array(self.bounds(fit.classes)).T
        free = (fit.x > low) & (fit.x < high)
        free[0] = True
        information = self.objective(fit.x, steps, fit.classes)[2][np.ix_(free, free)]
        error = math.sqrt(max(float(np.linalg.pinv(information, hermitian=True)[0, 0]), 0.0))
        half = float(stats.norm.ppf(0.5 + level / 2)) * error
        value = math.exp(fit.x[0])
        return Estimate(
            value, value * math.exp(-half), value * math.exp(half) if half < 50 else math.inf, None,
            int(self.seen.sum()), "background of the fitted model, Wald interval on its logarithm",
            f"counts per {unit}", bool(fit.x[0] > low[0]), {}, level,
        )  # fmt: skip

    def simulated(self, fit: ResponseFit, rng: np.random.Generator) -> Model:
        """A record of the same length and the same gaps from a fitted model, its memory included."""
        size = 1.0 / fit.dispersion
        log_level, log_added = np.log(fit.level), np.log(fit.level + ADDED)
        y = np.empty(self.y.size)
        past = np.zeros(self.y.size)
        gains = rng.gamma(size, 1.0 / size, self.y.size)
        for t in range(self.y.size):
            log_mean = log_level[t] + sum(
                f * past[t - lag] for f, lag in zip(fit.phi, self.lags, strict=True) if t >= lag
            )
            y[t] = rng.poisson(min(math.exp(min(log_mean, 20.0)) * gains[t], 1e12))
            past[t] = math.log(y[t] + ADDED) - log_added[t]
        return Model(np.where(self.seen, y, np.nan), self.season, self.lags)


def ascend(
    objective: Callable[[Floats], tuple[float, Floats, Floats]], x: Floats, low: Floats, high: Floats
) -> tuple[float, Floats]:
    """The maximum within bounds by damped scoring: parameters are held at the bounds that they press against."""
    value, gradient, information = objective(x)
    damping = 1e-3
    for _ in range(_ITERATIONS):
        free = ~(((x <= low) & (gradient <= 0)) | ((x >= high) & (gradient >= 0)))
        if not free.any():
            break
        H, g = information[np.ix_(free, free)], gradient[free]
        H = H + np.diag(damping * np.diag(H) + 1e-9)
        new = x.copy()
        new[free] = np.clip(x[free] + np.clip(np.linalg.solve(H, g), -2.0, 2.0), low[free], high[free])
        tried = objective(new)
        if not np.isfinite(tried[0]) or tried[0] < value:
            damping *= 8
            if damping > 1e9:
                break
            continue
        gain, x, damping = tried[0] - value, new, max(damping / 8, 1e-9)
        value, gradient, information = tried
        if gain < 1e-6:
            break
    return value, x
