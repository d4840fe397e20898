"""Do events follow those of neighbouring places? Counts by place that follow their own and their neighbours' last step.

    mean[t, i] = own[t, i] y[t - 1, i] + near[t, i] sum_j w[j, i] y[t - 1, j] + size[t, i] exp(endemic[t, i])

This is the endemic-epidemic model of Held, Hohle & Hofmann, which R's `surveillance` fits. It says how counts may be
split; it does not say that places influence each other, since whatever moves all of them at once lets every place
follow every other one. Hence another test: if it did not matter who is whose neighbour, places could swap positions on
the map. The gain in log-likelihood from the neighbours is compared with that on maps with permuted places, which
share every tide, season and change of coverage with the record.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike
from pydantic import Field
from scipy import stats

from groundswell.blas import one_thread
from groundswell.draws import derive_seed
from groundswell.errors import EstimationError
from groundswell.estimators.core import Check, Checked
from groundswell.estimators.excitation.baseline import STEPS_PER_YEAR, Step
from groundswell.estimators.excitation.intensity import sequential
from groundswell.estimators.excitation.neighbour_likelihood import (
    Floats,
    Maximum,
    NeighbourModel,
    Part,
    maximum,
    weighted,
)
from groundswell.results import Result
from groundswell.settings import Settings

Intercepts = Literal["pooled", "each", "random"]
PARTS = ("own", "neighbours", "endemic")
_FEWEST_STEPS, _FEWEST_EVENTS = 20, 20
_FEWEST_TO_PERMUTE = 6  # places: 720 maps; with five, 120, of which symmetric ones are alike
_MOST_CELLS = 40_000_000  # of the design, 320 MB a part
_EM = 500
_STILL = 1e-5  # relative change of variances at which their search ends
_NOTHING = 1e-6  # events for one: what a coefficient at its bound leaves
_ROUGH = 1e-4  # of the log-likelihood: which of two gains is larger needs no more


class NeighbourSettings(Settings):
    """Options of `fit_neighbours`."""

    own: Intercepts | Literal["none"] = Field("pooled", description="how events follow in the same place")
    neighbours: Intercepts | Literal["none"] = Field("pooled", description="how events follow in neighbouring places")
    endemic: Intercepts = Field("pooled", description="the level of events that follow no other")
    power: bool = Field(False, description="weights are distances or orders, of which a power is estimated")
    normalise: bool = Field(True, description="what a place passes on is shared among its neighbours")
    step: Step = Field("week", description="length of a step; sets the season")
    harmonics: int = Field(1, ge=0, le=10, description="pairs of sine and cosine of the year, endemic")
    trend: bool = Field(True, description="a line, endemic")
    family: Literal["poisson", "negative_binomial"] = "negative_binomial"
    dispersion: Literal["pooled", "each"] = Field("pooled", description="one for all places, or one for each")
    permutations: int = Field(99, ge=0, description="maps with permuted places, for the p-value")
    level: float = Field(0.95, ge=0.5, lt=1, description="coverage of intervals")
    seed: int = 0


@dataclass(frozen=True)
class PartCoefficient(Result):
    """A coefficient of the logarithm of one part; of the part "weights" the power, of "counts" the log dispersion."""

    part: str
    name: str
    value: float
    error: float


@dataclass(frozen=True)
class Followed(Result):
    """How many events of the next step follow one event: on average over the record, with an interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class NeighbourFit(Checked):
    """Counts of places, split into what follows their own past, their neighbours' past, and neither.

    Parameters
    ----------
    places, steps, n : how many; n rows were used, where a place and its last step were watched.
    own : events of the next step in the same place that follow one event; None where not estimated.
    near : events of the next step in other places; None where not estimated.
    shares : by part, of all events.
    coefficients : of every part, with standard errors.
    power : of distance or order, with its interval; None unless estimated.
    random_sd, random_correlation : by part, of random intercepts: (R,) and (R, R).
    log_likelihood : penalised by random intercepts, where there are any; `marginal` is what is left when they are
        integrated out (Laplace), without the log-likelihood itself: the density of the variances.
    parameters : number estimated, without random intercepts.
    spectral_radius : of what a step passes on to the next, on average.
    gain : in log-likelihood from the neighbours.
    p : share of maps with permuted places on which the gain is as large; None with fewer than six places.
    maps : how many were tried.
    """

    places: int
    steps: int
    n: int
    own: Followed | None
    near: Followed | None
    shares: Mapping[str, float]
    coefficients: tuple[PartCoefficient, ...]
    power: Followed | None
    random_sd: Floats
    random_correlation: Floats
    log_likelihood: float
    marginal: float
    parameters: int
    spectral_radius: float
    gain: float
    p: float | None
    maps: int
    checks: tuple[Check, ...]
    level: float = 0.95

    derived = ("answer", "passed", "found", "aic")

    @property
    def aic(self) -> float:
        """Akaike's criterion; NaN with random intercepts, for which it is not defined."""
        return math.nan if self.random_sd.size else 2 * self.parameters - 2 * self.log_likelihood

    @property
    def found(self) -> bool:
        """Whether neighbours matter: the test says so, the interval ends above 0, and every check passes."""
        tested = self.p is not None and self.p < 1 - self.level
        return bool(self.passed and tested and self.near is not None and self.near.low > 0)

    @property
    def answer(self) -> str:
        """One or two sentences, caveats first."""
        said = self.near or self.own
        if said is None:
            return "Neither a place's own past nor its neighbours were estimated."
        near = f"{said.value:.2g} ({said.low:.2g} to {said.high:.2g})"
        if self.near is None:
            return f"One event is followed by {near} in its own place, or a tide in that place has the same effect."
        if not self.passed:
            return f"No verdict on neighbours, since this failed: {self.failing}."
        if self.p is None:
            return f"No test of neighbours ({self.places} places); one event is followed by {near} in others."
        if not self.found:
            return (
                f"Events do not follow those of neighbouring places more than on maps with permuted places "
                f"(p = {self.p:.2g}, {self.places} places)."
            )
        return (
            f"Events follow those of neighbouring places in the step before: {near} for each, "
            f"{self.shares['neighbours']:.0%} of all (p = {self.p:.2g}, against maps with permuted places). News of a "
            "region would look the same."
        )


@one_thread
def fit_neighbours(
    counts: ArrayLike,
    weights: ArrayLike | None = None,
    settings: NeighbourSettings | None = None,
    *,
    size: ArrayLike | None = None,
    covariates: Mapping[str, Mapping[str, ArrayLike]] | None = None,
    **options: Any,
) -> NeighbourFit:
    """Split the counts of places into what follows their own past, their neighbours' past and neither, and test.

    Parameters
    ----------
    counts : shape (T, P), whole numbers from 0, by step and place; NaN where nobody watched. Such rows are left out; to
        others, an unwatched place passes on its mean.
    weights : shape (P, P), from source (row) to target (column), 0 on the diagonal: 1 for neighbours, or with `power`
        distances or orders of neighbourhood, of which w = distance ** -power is estimated; 0 means no neighbours.
        None with `neighbours="none"`.
    settings, options : see `NeighbourSettings`.
    size : shape (P,) or (T, P), above 0, such as the population: what the endemic part is multiplied by.
    covariates : by part ("own", "neighbours", "endemic") and name; (T,), (P,) or (T, P), columns of the logarithm.

    Returns
    -------
    NeighbourFit : `found` where the permutation test, the interval and the checks agree. `own` is not tested here: a
        place with its own ebb and flow follows its own past. Use `fit_excitation` for one place, `fit_panel` for many.

    Raises
    ------
    EstimationError : counts, weights, sizes or covariates that cannot be used.

    Known limits: the test assumes that places are exchangeable where neighbours do not matter. Tides and news that a
    *region* shares look like neighbours; those that all share do not. Places that differ much in size need `size` or
    `endemic="each"`. Estimates of `near` are too large under a tide that all share, while p stays valid.

    Source: Held, Hohle & Hofmann (2005), Statistical Modelling 5:187-199; Meyer & Held (2014), Annals of Applied
    Statistics 8:1612-1639 (power law); Paul & Held (2011), Statistics in Medicine 30:1118-1136 (random intercepts).

    >>> rng = np.random.default_rng(1)
    >>> ring = np.roll(np.eye(8), 1, axis=1) + np.roll(np.eye(8), -1, axis=1)
    >>> fit_neighbours(rng.poisson(3, (150, 8)), ring, permutations=39).found
    False
    """
    asked = NeighbourSettings.of(settings, options)
    y, w = _checked(counts, weights, asked)
    model, names = _model(y, w, size, covariates or {}, asked)
    precision, found = _with_random(model, _starts(model))
    fitted = _Fitted(model, found, precision, names, asked)
    gain, p, maps = 0.0, None, 0
    if asked.neighbours != "none":
        bare = model.without_neighbours()
        without = maximum(bare, _starts(bare), _less(precision, model))
        gain = max(0.0, found.value - without.value)
        if asked.permutations and w.shape[0] >= _FEWEST_TO_PERMUTE:
            p, maps = _permuted(model, found, without, precision, gain, asked)
    own = fitted.followed("own") if asked.own != "none" else None
    near = fitted.followed("neighbours") if asked.neighbours != "none" else None
    radius = fitted.radius()
    checks = (Check("what a step passes on dies out", radius, float(radius < 1), "spectral radius below 1"),)
    return NeighbourFit(
        places=w.shape[0], steps=y.shape[0], n=model.y.size, own=own, near=near,
        shares=fitted.shares(), coefficients=fitted.coefficients(),
        power=fitted.power() if near is not None and asked.power else None, random_sd=fitted.random_sd(),
        random_correlation=fitted.random_correlation(), log_likelihood=found.value, marginal=fitted.marginal(),
        parameters=model.fixed, spectral_radius=radius, gain=gain, p=p, maps=maps, checks=checks, level=asked.level,
    )  # fmt: skip


# --- input ----------------------------------------------------------------------------------------------------


def _checked(counts: ArrayLike, weights: ArrayLike | None, asked: NeighbourSettings) -> tuple[Floats, Floats]:
    y, alone = np.asarray(counts, dtype=np.float64), asked.neighbours == "none"
    if y.ndim != 2 or y.shape[1] < 2 - alone or y.shape[0] < _FEWEST_STEPS:
        raise EstimationError(f"counts of shape {y.shape}", expected=f"(T, P), from {_FEWEST_STEPS} steps and 2 places")
    known = y[np.isfinite(y)]
    if (known < 0).any() or (known != np.round(known)).any():
        raise EstimationError("counts that are negative or not whole numbers", expected="whole numbers from 0, or NaN")
    if known.sum() < _FEWEST_EVENTS:
        raise EstimationError(f"{known.sum():.0f} events", expected=f"at least {_FEWEST_EVENTS}")
    if alone:
        return y, np.zeros((y.shape[1],) * 2)
    if weights is None:
        raise EstimationError("no weights", expected="who is whose neighbour", instead='neighbours="none"')
    w = np.asarray(weights, dtype=np.float64)
    if w.shape != (y.shape[1], y.shape[1]) or not np.isfinite(w).all() or (w < 0).any():
        raise EstimationError(f"weights of shape {w.shape}", expected=f"{(y.shape[1],) * 2}, finite numbers from 0")
    if np.diag(w).any() or not w.any():
        raise EstimationError(
            "weights of a place on itself, or all weights zero", expected="0 on the diagonal, some above 0"
        )
    return y, w


def _spread_out(what: str, values: ArrayLike, T: int, P: int) -> Floats:
    """A covariate or size as (T, P)."""
    x = np.asarray(values, dtype=np.float64)
    if x.shape == (T,) and T != P:
        x = x[:, None]
    if x.ndim == 0 or x.ndim > 2 or any(a not in (1, b) for a, b in zip(x.shape[::-1], (P, T), strict=False)):
        raise EstimationError(f"{what} of shape {x.shape}", expected=f"({T},), ({P},) or ({T}, {P})")
    return np.broadcast_to(x, (T, P))


def _model(
    y: Floats, w: Floats, size: ArrayLike | None, covariates: Mapping[str, Mapping[str, ArrayLike]],
    asked: NeighbourSettings,
) -> tuple[NeighbourModel, dict[str, list[str]]]:  # fmt: skip
    """The rows watched in two consecutive steps, with the columns of each part and their names."""
    T, P = y.shape
    unknown = set(covariates) - set(PARTS)
    if unknown:
        raise EstimationError(f"covariates of {sorted(unknown)[0]!r}", expected=f"one of {', '.join(PARTS)}")
    scale = _spread_out("size", 1.0 if size is None else size, T, P) if size is not None else np.ones((T, P))
    if not (np.isfinite(scale).all() and (scale > 0).all()):
        raise EstimationError("a size that is not above 0", expected="finite numbers above 0")
    t, place = np.nonzero(np.isfinite(y[1:]) & np.isfinite(y[:-1]))
    if t.size < _FEWEST_STEPS:
        raise EstimationError(f"{t.size} consecutive steps watched", expected=f"{_FEWEST_STEPS} or more")
    now = t + 1
    year = STEPS_PER_YEAR[asked.step]
    names: dict[str, list[str]] = {}
    parts: dict[str, Part] = {}
    times = {"own": y[t, place], "neighbours": np.ones(t.size), "endemic": scale[now, place]}
    for name in PARTS:
        how = getattr(asked, name)
        if how == "none":
            continue
        each = how == "each"
        columns = [(place == i).astype(float) for i in range(P)] if each else [np.ones(t.size)]
        words = [f"place {i + 1}" for i in range(P)] if each else ["level"]
        if name == "endemic":
            if asked.trend:
                columns.append(now / T)
                words.append("line")
            for h in range(1, asked.harmonics + 1):
                columns += [np.sin(2 * np.pi * h * now / year), np.cos(2 * np.pi * h * now / year)]
                words += [f"sine {h}", f"cosine {h}"]
        for word, values in covariates.get(name, {}).items():
            column = _spread_out(f"the covariate {word!r}", values, T, P)[now if name == "endemic" else t, place]
            if not np.isfinite(column).all():
                raise EstimationError(
                    f"a covariate {word!r} with NaN", expected="finite numbers wherever there are counts"
                )
            columns.append(column)
            words.append(word)
        X = np.column_stack(columns)
        if np.linalg.matrix_rank(X) < X.shape[1]:
            raise EstimationError(
                f"columns of {name} of which one follows from the others", expected="covariates that vary independently"
            )
        names[name] = words
        parts[name] = Part(X, times[name], place if how == "random" else None)
    means = np.nanmean(np.where(np.isfinite(y).any(axis=0), y, 0.0), axis=0)
    past = np.where(np.isfinite(y), y, means)
    dispersions = 0 if asked.family == "poisson" else P if asked.dispersion == "each" else 1
    model = NeighbourModel(
        y[now, place], place, parts, past, t, w, asked.power and "neighbours" in parts, asked.normalise, dispersions
    )
    if t.size * (model.fixed + P * len(model.random)) > _MOST_CELLS:
        raise EstimationError(f"effects of each of {P} places over {T} steps", expected="pooled ones, or fewer")
    return model, names


# --- the fit ----------------------------------------------------------------------------------------------------------


def _starts(model: NeighbourModel) -> list[Floats]:
    """Starts with much and with little passed on, half and a tenth of all; near neighbours only, or far ones too."""
    out = []
    for share, power in ((0.5, 1.0), (0.1, 3.0)):
        theta = np.zeros(model.fixed + model.places * len(model.random))
        for name, part in model.parts.items():
            at = model.at_columns(name)
            if name == "endemic":
                level = math.log(max(float(model.y.mean() / part.times.mean()), 1e-6) * (1 - share))
            else:
                level = math.log(share / 2)
            intercepts = part.X[:, 0].sum() == part.X.shape[0]
            theta[at.start : at.start + 1 if intercepts else at.start + model.places] = level
        if model.power and "neighbours" in model.parts:
            theta[model.fixed - model.dispersions - 1] = power
        out.append(theta)
    return out


def _inverse(matrix: Floats) -> Floats:
    return np.asarray(np.linalg.pinv(matrix, hermitian=True), dtype=np.float64)


def _with_random(model: NeighbourModel, starts: Sequence[Floats]) -> tuple[Floats | None, Maximum]:
    """The fit; with random intercepts, the precision of their distribution and the fit under it, by EM with Laplace's
    approximation."""
    R, P = len(model.random), model.places
    if not R:
        return None, maximum(model, starts)
    covariance = np.eye(R)
    found = maximum(model, starts, _inverse(covariance))
    for _ in range(_EM):
        b = found.theta[model.fixed :].reshape(R, P)
        V = _inverse(found.information)[model.fixed :, model.fixed :].reshape(R, P, R, P)
        new = (b @ b.T + np.einsum("ripi->rp", V)) / P
        new = 0.5 * (new + new.T) + 1e-8 * np.eye(R)
        moved = float(np.abs(new - covariance).max() / np.abs(covariance).max())
        covariance = new
        found = maximum(model, [found.theta], _inverse(covariance))
        if moved < _STILL:
            break
    return _inverse(covariance), found


def _less(precision: Floats | None, model: NeighbourModel) -> Floats | None:
    """The precision of the intercepts that are left without those of the neighbours."""
    if precision is None or "neighbours" not in model.random:
        return precision
    kept = [i for i, name in enumerate(model.random) if name != "neighbours"]
    return _inverse(_inverse(precision)[np.ix_(kept, kept)]) if kept else None


def _permuted(
    model: NeighbourModel,
    found: Maximum,
    without: Maximum,
    precision: Floats | None,
    gain: float,
    asked: NeighbourSettings,
) -> tuple[float, int]:
    """p of the gain among maps on which places have swapped positions, and how many maps were tried."""
    rng = np.random.default_rng(derive_seed(asked.seed, "permuted maps"))

    def permuted(_: int) -> float:
        order = rng.permutation(model.places)
        other = replace(model, weights=model.weights[np.ix_(order, order)])
        starts = [found.theta, _starts(other)[1]]
        return maximum(other, starts, precision, _ROUGH).value - without.value

    gains, hits = sequential(gain - _ROUGH, permuted, asked.permutations)
    if gains.size < asked.permutations:
        return hits / gains.size, gains.size
    return (1 + hits) / (1 + asked.permutations), asked.permutations


@dataclass(frozen=True)
class _Fitted:
    """The results read from a maximum."""

    model: NeighbourModel
    found: Maximum
    precision: Floats | None
    names: dict[str, list[str]]
    asked: NeighbourSettings

    @property
    def covariance(self) -> Floats:
        return _inverse(self.found.information)

    @property
    def _z(self) -> float:
        return float(stats.norm.ppf(0.5 + self.asked.level / 2))

    @property
    def _at_power(self) -> int:
        return self.model.fixed - self.model.dispersions - 1

    @property
    def _power(self) -> float:
        return float(self.found.theta[self._at_power])

    def _part(self, name: str) -> tuple[Floats, Floats]:
        """The mean of a part in each row, and the gradient of its logarithm."""
        model, theta = self.model, self.found.theta
        D = model.dense(name)
        level, times = np.exp(D @ theta), model.parts[name].times
        if name == "neighbours":
            times, slope, _ = model.near(self._power if model.power else 1.0)
            if model.power:
                D[:, self._at_power] = np.where(times > 0, slope / np.where(times > 0, times, 1.0), 0.0)
        return times * level, D

    def followed(self, name: str) -> Followed:
        """Events of the next step that follow one event, over all rows; the interval is symmetric in the logarithm."""
        mean, D = self._part(name)
        total = max(float(mean.sum()), 1e-300)
        value = total / max(float(self.model.past[self.model.last, self.model.place].sum()), 1e-300)
        slope = D.T @ mean / total
        reach = min(self._z * math.sqrt(max(float(slope @ self.covariance @ slope), 0.0)), 30.0)
        high = value * math.exp(reach)
        if value < _NOTHING:  # at the bound of the search
            return Followed(0.0, 0.0, high)
        return Followed(value, value * math.exp(-reach), high)

    def power(self) -> Followed:
        """The power of distance or order, its interval symmetric in the logarithm."""
        value, error = max(self._power, 1e-3), math.sqrt(max(float(self.covariance[(self._at_power,) * 2]), 0.0))
        reach = min(self._z * error / value, 30.0)
        return Followed(value, value * math.exp(-reach), value * math.exp(reach))

    def shares(self) -> dict[str, float]:
        """Shares of all events that the fit expects, by part."""
        sums = {name: float(self._part(name)[0].sum()) for name in self.model.parts}
        return {name: value / sum(sums.values()) for name, value in sums.items()}

    def radius(self) -> float:
        """Spectral radius of what a step passes on: own on the diagonal, neighbours off it, each at its mean."""
        model = self.model
        w = weighted(model.weights, self._power if model.power else None, model.normalise)[0]
        out = np.zeros((model.places, model.places))
        rows = np.maximum(np.bincount(model.place, minlength=model.places), 1)
        for name in ("own", "neighbours"):
            if name in model.parts:
                level = np.exp(model.dense(name) @ self.found.theta)
                rate = np.bincount(model.place, level, minlength=model.places) / rows
                out += np.diag(rate) if name == "own" else w * rate[None, :]
        return float(np.abs(np.linalg.eigvals(out)).max())

    def coefficients(self) -> tuple[PartCoefficient, ...]:
        """Every parameter that is not a random intercept."""
        named = [(part, word) for part, words in self.names.items() for word in words]
        named += [("weights", "power")] if self.model.power else []
        many = self.model.dispersions
        named += [("counts", "log dispersion" if many == 1 else f"log dispersion {i + 1}") for i in range(many)]
        errors = np.sqrt(np.maximum(np.diag(self.covariance), 0.0))
        return tuple(
            PartCoefficient(part, word, float(self.found.theta[i]), float(errors[i]))
            for i, (part, word) in enumerate(named)
        )

    def random_sd(self) -> Floats:
        """Standard deviations of the random intercepts."""
        return np.zeros(0) if self.precision is None else np.sqrt(np.diag(_inverse(self.precision)))

    def random_correlation(self) -> Floats:
        """Their correlations."""
        if self.precision is None:
            return np.zeros((0, 0))
        sd = self.random_sd()
        return np.asarray(_inverse(self.precision) / np.outer(sd, sd), dtype=np.float64)

    def marginal(self) -> float:
        """Penalty and determinants of Laplace's approximation; 0 without random intercepts."""
        if self.precision is None:
            return 0.0
        model = self.model
        b = self.found.theta[model.fixed :].reshape(len(model.random), model.places)
        penalty = 0.5 * float(np.sum(b * (self.precision @ b)))
        prior = 0.5 * model.places * float(np.linalg.slogdet(self.precision)[1])
        return prior - penalty - 0.5 * float(np.linalg.slogdet(self.found.information)[1])


__all__ = ["Followed", "NeighbourFit", "NeighbourSettings", "PartCoefficient", "fit_neighbours"]
