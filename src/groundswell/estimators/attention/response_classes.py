"""How attention answers a dated shock: at once and dying out, at once and lingering, or growing towards a peak.

Crane & Sornette (2008) let people act after a wait of density ``t^-(1 + theta)`` and pass it on. The response
then falls into classes, by whether a shock came from outside and by whether one act of attention triggers one more:

    exogenous subcritical   A (t - t_c + c)^-(1 + theta)          after t_c   a shock that few pass on
    exogenous critical      A (t - t_c + c)^-(1 - theta)          after t_c   a shock that spreads from person to person
    endogenous critical     A (|t - t_c| + c)^-(1 - 2 theta)      both sides  no shock: it grew until it peaked
    exponential             A exp(-(t - t_c) / life)              after t_c   none of these: one time scale

Counts are negative binomial about ``season(t) (background + responses)``, times the deviation of the steps before it:
attention has its own memory, and a model without it would take every slow swing for evidence. A class is named
only if it is distinguished from all others by the likelihood, the fit passes its checks, and records simulated
from every class at this length show that the name, once given, is right.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, final

import numpy as np
from numpy.typing import ArrayLike
from pydantic import Field
from scipy import stats

from groundswell.draws import derive_seed
from groundswell.errors import EstimationError
from groundswell.estimators.attention.response_model import BOUNDS, CLASSES, Floats, Model, ResponseFit, season
from groundswell.estimators.core import Check, Checked, Estimate
from groundswell.estimators.statistics.diagnostics import dispersion, ljung_box, randomised_quantiles, uniformity
from groundswell.results import Result
from groundswell.settings import Settings

Unit = Literal["hour", "day"]

_MEANING = {
    "exogenous subcritical": "a shock from outside that few people passed on",
    "exogenous critical": "a shock from outside that spread from person to person",
    "endogenous critical": "attention that grew from within until it peaked",
    "exponential": "a decay with one time scale, which is not a class of spreading response",
}
_PERIOD = {"hour": 24, "day": 7}
_WEIGHT = 0.95  # of a class among the four, before it is named
_WRONG = 0.10  # largest share of wrong names among those given to simulated records
_MOVES = (-24, -12, -6, 6, 12, 24)  # steps; closer onsets are within the time that news takes to spread
_ELSEWHERE = 3.0  # in log-likelihood: one date in twenty fits that much better by chance, among six
_SHORTEST = 30  # steps
_LAG_BINS = (0, 1, 3, 6, 12, 24, 48, 96, 192, 384, 10**9)


@dataclass(frozen=True)
class ShockResponse(Result):
    """How attention answered one shock.

    Parameters
    ----------
    name, step : of the shock; the step is counted from 0.
    named : its class, or None where the record cannot say.
    refused : why not, in words; empty where a class is named.
    best : the class with the largest weight, named or not.
    weights : of the classes, ``exp(-BIC / 2)`` over their sum.
    log_likelihood : of the record, by the class of this response.
    exponent : p of the best power law of one or two sides, with its profile interval.
    theta : exponent of the memory kernel that the best class implies.
    p_none : of the hypothesis that there was no response at all.
    height : counts per step at the shock, above the background.
    first_day : share of the response that fell within a day of the shock (Crane & Sornette's peak fraction).
    confusion : of records simulated from each class at this length, the share given each name or none.
    """

    name: str
    step: int
    named: str | None
    refused: str
    best: str
    weights: Mapping[str, float]
    log_likelihood: Mapping[str, float]
    exponent: Estimate
    theta: Estimate
    p_none: float
    height: float
    first_day: float
    confusion: Mapping[str, Mapping[str, float]]

    derived = ("answer",)

    @property
    def answer(self) -> str:
        """One sentence."""
        if self.named is None:
            return f"No class for {self.name}: {self.refused}."
        e = self.exponent
        words = "" if e.low is None or e.high is None else f" (exponent {e.value:.2f}, {e.low:.2f} to {e.high:.2f})"
        return f"The response to {self.name} is {self.named}{words}: {_MEANING[self.named]}."


@dataclass(frozen=True)
class ResponseClass(Checked):
    """A record of attention, split into background, season and the responses to its shocks.

    Parameters
    ----------
    shocks : one `ShockResponse` each, in order.
    background : counts per step apart from the responses, with its Wald interval.
    memory : exponents of the deviations of the steps before; dispersion : variance = mean + dispersion mean².
    mean : expected counts without the memory, shape (T,).
    checks : of the whole fit; `passed` when all pass.
    """

    unit: Unit
    steps: int
    missing: int
    shocks: tuple[ShockResponse, ...]
    background: Estimate
    memory: tuple[float, ...]
    dispersion: float
    mean: Floats
    checks: tuple[Check, ...]
    notes: tuple[str, ...]

    derived = ("answer", "passed")

    @property
    def answer(self) -> str:
        """One sentence per shock; caveats first."""
        words = " ".join(s.answer for s in self.shocks)
        if all(s.named is None for s in self.shocks):
            return f"No verdict: {words}"
        return words


@final
class ClassSettings(Settings):
    """Options of `classify_response`."""

    unit: Unit = Field("hour", description="of a step; sets the season (24 hours, 7 days)")
    harmonics: int | None = Field(
        None, ge=0, description="pairs of sine and cosine of the season; by default 2 for hours and 1 for days"
    )
    memory: tuple[int, ...] = Field((1, 2), description="lags of the memory")
    power_draws: int = Field(16, ge=0, description="simulated records per class and shock; with 0 no class is named")
    level: float = Field(0.95, ge=0.5, lt=1, description="coverage of the intervals")
    seed: int = 0


def classify_response(
    counts: ArrayLike,
    shocks: Mapping[str, int | tuple[int, int]] | Sequence[int],
    settings: ClassSettings | None = None,
    **options: Any,
) -> ResponseClass:
    """Which class of response followed each dated shock, or why none can be named.

    ``log mean_t = log m_t + sum_l phi_l [log(y_{t-l} + 1/2) - log(m_{t-l} + 1/2)]``,
    ``m_t = exp(season_t) (b + sum_k A_k g_k(t))``, counts negative binomial; g as in the module docstring.

    Parameters
    ----------
    counts : shape (T,), T >= 30, posts per step; NaN where a step was not observed.
    shocks : step of each shock by name, counted from 0; or a pair (first, last) within which the onset is searched; or
        steps alone. Use only events whose date is known from outside the record: peaks that were picked from the
        counts look endogenous.
    settings, options : see `ClassSettings`. Without `harmonics`, a season is fitted where the record holds at least
        four of its periods.

    Returns
    -------
    `ResponseClass`. A shock is given a class only if there was a response (p < 0.05, against a parabola of the level)
    that decays and would not fit better half a day off, the class has a weight of 0.95, the checks pass, and at
    most a tenth of such names are wrong among simulated records.

    Raises
    ------
    EstimationError : too few steps, values that are not counts, a shock outside the record, or two at one step.

    Known limits: one background and one season for the whole record; responses add; events that are not listed as
    shocks are mistaken for memory or fail the checks. Exponents near 1 belong to either exogenous class, and near 0 to
    a mere step in the level.
    Source: Crane & Sornette (2008), PNAS 105:15649-15653; Zeger & Qaqish (1988), Biometrics 44:1019-1031 (memory).

    Example
    -------
    >>> t = np.arange(240)
    >>> mean = 20 + np.where(t >= 48, 900.0 * (np.maximum(t - 48, 0) + 1.0) ** -1.4, 0)
    >>> y = np.random.default_rng(1).poisson(mean)
    >>> classify_response(y, {"the shock": 48}, power_draws=4).shocks[0].best
    'exogenous subcritical'
    """
    o = ClassSettings.of(settings, options)
    y = _counts(counts)
    lags = tuple(sorted(set(o.memory)))
    if lags and (lags[0] < 1 or lags[-1] > y.size // 10):
        raise EstimationError(f"memory {list(o.memory)}", expected=f"lags from 1 to {y.size // 10}")
    named = dict(shocks) if isinstance(shocks, Mapping) else {f"step {s}": s for s in shocks}
    ranges = _ranges(named, y.size)
    notes: list[str] = []
    period, harmonics = _PERIOD[o.unit], o.harmonics
    if harmonics is None:
        harmonics = {"hour": 2, "day": 1}[o.unit] if y.size >= 4 * period else 0
    model = Model(y, season(y.size, period, harmonics), lags)
    missing = int((~model.seen).sum())
    if missing:
        notes.append(f"{missing} steps were not observed and are left out")

    steps, fit = _onsets(model, ranges)
    for (name, (first, last)), step in zip(ranges.items(), steps, strict=True):
        if first != last:
            notes.append(f"the onset of {name} was found at step {step}, between {first} and {last}")
    chosen = ["any"] * len(steps)
    fits: list[dict[str, ResponseFit]] = [{} for _ in steps]
    for _ in range(2 if len(steps) > 1 else 1):  # each shock's class given the others', twice
        for k in range(len(steps)):
            fits[k] = {c: model.fit(steps, [*chosen[:k], c, *chosen[k + 1 :]], fit) for c in CLASSES}
            chosen[k] = max(CLASSES, key=lambda c: -fits[k][c].bic)
            fit = fits[k][chosen[k]]
    checks = _checks(model, fit, steps, o.seed)
    failed = [c.name for c in checks if not c.passed]
    responses = tuple(
        _Shock(model, fits[k], steps, chosen, k).response(name, fit, failed, o) for k, name in enumerate(named)
    )
    return ResponseClass(
        unit=o.unit,
        steps=y.size,
        missing=missing,
        shocks=responses,
        background=model.background(fit, steps, o.level, o.unit),
        memory=tuple(float(x) for x in fit.phi),
        dispersion=fit.dispersion,
        mean=fit.level,
        checks=checks,
        notes=tuple(notes),
    )


# --- what is given ---------------------------------------------------------------------------------------------------


def _counts(values: ArrayLike) -> Floats:
    try:
        y = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise EstimationError("counts hold something that is not a number", expected="counts") from None
    if y.ndim != 1 or y.size < _SHORTEST:
        raise EstimationError(f"counts of shape {y.shape}", expected=f"one dimension and at least {_SHORTEST} steps")
    seen = np.isfinite(y)
    if (y[seen] < 0).any() or (y[seen] != np.round(y[seen])).any():
        raise EstimationError("counts hold a negative number or a fraction", expected="0, 1, 2 ...")
    if seen.sum() < _SHORTEST or y[seen].sum() < _SHORTEST:
        raise EstimationError(
            f"{int(y[seen].sum())} posts in {int(seen.sum())} observed steps", expected=f"at least {_SHORTEST} of each"
        )
    return y


def _ranges(shocks: Mapping[str, int | tuple[int, int]], steps: int) -> dict[str, tuple[int, int]]:
    if not shocks:
        raise EstimationError("no shocks", expected="at least one dated shock")
    found: dict[str, tuple[int, int]] = {}
    for name, at in shocks.items():
        first, last = (at if isinstance(at, tuple) else (at, at))  # fmt: skip
        if not 0 <= first <= last < steps - 10:
            raise EstimationError(
                f"the shock {name!r} at {at}", expected=f"a step from 0 to {steps - 11}",
                why="a response needs at least ten steps after the shock",
            )  # fmt: skip
        found[name] = (int(first), int(last))
    order = list(found.values())
    if any(a[1] >= b[0] for a, b in itertools.pairwise(order)):
        raise EstimationError("shocks that share a step or are out of order", expected="one after another")
    return found


def _onsets(model: Model, ranges: Mapping[str, tuple[int, int]]) -> tuple[list[int], ResponseFit]:
    """The step of each shock: given, or the one of its range with the largest likelihood, one shock after another."""
    steps = [first for first, _ in ranges.values()]
    free = ["any"] * len(steps)
    fit = model.fit(steps, free)
    for k, (first, last) in enumerate(ranges.values()):
        if first == last:
            continue
        tried = {
            s: model.fit([*steps[:k], s, *steps[k + 1 :]], free, fit, starts=(1.5,)) for s in range(first, last + 1)
        }
        steps[k] = max(tried, key=lambda s: tried[s].log_likelihood)
        fit = tried[steps[k]]
    return steps, fit


# --- what is said of a fit ------------------------------------------------------------------------------------------


def _checks(model: Model, fit: ResponseFit, steps: Sequence[int], seed: int) -> tuple[Check, ...]:
    """Uniform residuals, no memory left, the spread as modelled, and no bend left at any lag after a shock."""
    seen = model.seen
    y, mean = model.y[seen], fit.mean[seen]
    u = randomised_quantiles(y, mean, fit.dispersion, seed=seed)
    z = stats.norm.ppf(u)
    level = 0.05 / 4  # the whole battery rejects one true model in twenty
    found = [
        uniformity(u, level),
        ljung_box(z, lags=min(24, max(5, y.size // 10)), fitted=len(model.lags), level=level),
        dispersion(y, mean, fit.dispersion, fitted=fit.x.size, level=level),
    ]
    place = np.full(model.y.size, -1)
    for k, step in enumerate(steps):
        end = steps[k + 1] if k + 1 < len(steps) else model.y.size
        lag = np.arange(end - step)
        place[step:end] = k * len(_LAG_BINS) + np.searchsorted(_LAG_BINS, lag, side="right")
    place = place[seen]
    bins = [z[place == b] for b in np.unique(place[place >= 0])]
    score = float(sum(part.sum() ** 2 / part.size for part in bins))
    bend = Check(
        "no bend after the shocks", score, float(stats.chi2.sf(score, len(bins))),
        f"sums of residuals in {len(bins)} bins of lag, chi-square", level,
    )  # fmt: skip
    return (*found, bend)


def _weights(fits: Mapping[str, ResponseFit]) -> dict[str, float]:
    bic = np.array([f.bic for f in fits.values()])
    w = np.exp(-(bic - bic.min()) / 2)
    return dict(zip(fits, (w / w.sum()).tolist(), strict=True))


@dataclass(frozen=True)
class _Shock:
    """One shock, with the fits of the record in which it has each class and the others the class chosen for them."""

    model: Model
    fits: Mapping[str, ResponseFit]
    steps: Sequence[int]
    chosen: Sequence[str]
    k: int

    def classes(self, own: str) -> list[str]:
        """The classes of all shocks, with this one's own."""
        return [*self.chosen[: self.k], own, *self.chosen[self.k + 1 :]]

    def response(self, name: str, fit: ResponseFit, failed: Sequence[str], o: ClassSettings) -> ShockResponse:
        """The verdict on the shock; `fit` is that of the chosen classes, `failed` names its failed checks."""
        weights = _weights(self.fits)
        best = max(weights, key=lambda c: weights[c])
        p_none = self.p_none(best)
        exponent = self.exponent(best, o.level)
        confusion = self.confusion(o.power_draws, derive_seed(o.seed, "power", self.k))
        begun = self.begun_elsewhere(best)
        refused = _refusal(best, weights, p_none, exponent, begun, failed, confusion)
        return ShockResponse(
            name=name,
            step=self.steps[self.k],
            named=None if refused else best,
            refused=refused,
            best=best,
            weights=weights,
            log_likelihood={c: f.log_likelihood for c, f in self.fits.items()},
            exponent=exponent,
            theta=_theta(exponent, best),
            p_none=p_none,
            height=math.exp(fit.x[self.model.base + 3 * self.k]),
            first_day=self.first_day(fit, 24 if o.unit == "hour" else 1),
            confusion=confusion,
        )

    def p_none(self, best: str) -> float:
        """Likelihood ratio of the response, against a parabola of the logarithm of the level, which needs no shock.

        Four degrees of freedom: height, delay, exponent and the choice of a shape; the bound on the height makes it
        conservative.
        """
        time = np.linspace(-1, 1, self.model.y.size)
        bent = Model(self.model.y, np.column_stack([self.model.season, time, time**2]), self.model.lags)
        k = self.k
        without = bent.fit([*self.steps[:k], *self.steps[k + 1 :]], [*self.chosen[:k], *self.chosen[k + 1 :]])
        there = bent.fit(self.steps, self.classes(best))
        return float(stats.chi2.sf(max(2 * (there.log_likelihood - without.log_likelihood), 0.0), 4))

    def begun_elsewhere(self, best: str) -> int:
        """By how many steps the response would fit better elsewhere, by more than `_ELSEWHERE`; or 0.

        A trend, or a jump in what is collected, fits no better at the shock than at other dates.
        """
        found = {}
        others = [*self.steps[: self.k], *self.steps[self.k + 1 :]]
        for moved in _MOVES:
            step = self.steps[self.k] + moved
            if not 0 <= step < self.model.y.size - 10 or any(abs(step - other) < 2 for other in others):
                continue
            at = [*self.steps[: self.k], step, *self.steps[self.k + 1 :]]
            found[moved] = self.model.fit(at, self.classes(best), self.fits[best], starts=()).log_likelihood
        if not found:
            return 0
        moved = max(found, key=lambda m: found[m])
        return moved if found[moved] > self.fits[best].log_likelihood + _ELSEWHERE else 0

    def exponent(self, best: str, level: float) -> Estimate:
        """The exponent with its profile-likelihood interval, free of the bounds of the class."""
        after = max(("exogenous subcritical", "exogenous critical"), key=lambda c: self.fits[c].log_likelihood)
        shape = "endogenous critical" if best == "endogenous critical" else "any"
        classes = self.classes(shape)
        fit = self.model.fit(self.steps, classes, self.fits[shape if shape != "any" else after])
        at = self.model.base + 3 * self.k + 2
        value, top = float(fit.x[at]), fit.log_likelihood
        limit = top - stats.chi2.ppf(level, 1) / 2
        bottom, ceiling = BOUNDS[shape]

        def above(p: float) -> float:
            return float(self.model.fit(self.steps, classes, fit, fixed=(at, p), starts=()).log_likelihood - limit)

        ends = []
        for far in (bottom, ceiling):
            if above(far) > 0:
                ends.append(far)
                continue
            near, outside = value, far
            for _ in range(10):  # to a thousandth of the range
                middle = 0.5 * (near + outside)
                near, outside = (middle, outside) if above(middle) > 0 else (near, middle)
            ends.append(0.5 * (near + outside))
        cut = [e for e, b in zip(ends, (bottom, ceiling), strict=True) if e == b]
        method = "exponent of a power law " + ("on both sides" if shape != "any" else "after the shock")
        return Estimate(
            value, ends[0], ends[1], None, int(self.model.seen.sum()), f"{method}, profile likelihood", "exponent",
            not cut, {"at the bound of its range": cut}, level,
        )  # fmt: skip

    def first_day(self, fit: ResponseFit, day: int) -> float:
        """The share of the counts above the background, from the shock to the next one, that fell in its first day."""
        model, start = self.model, self.steps[self.k]
        end = self.steps[self.k + 1] if self.k + 1 < len(self.steps) else model.y.size
        season = np.exp(model.season @ fit.x[1 : 1 + model.season.shape[1]])
        above = np.where(model.seen, model.y, 0.0) - np.where(model.seen, math.exp(fit.x[0]) * season, 0.0)
        total = float(above[start:end].sum())
        return float(above[start : min(start + day, end)].sum()) / total if total > 0 else math.nan

    def confusion(self, draws: int, seed: int) -> dict[str, dict[str, float]]:
        """Records simulated from the fit of every class, classified as the record was; the share given each name."""
        table: dict[str, dict[str, float]] = {}
        for truth in CLASSES if draws else ():
            given: dict[str, float] = dict.fromkeys([*CLASSES, "none"], 0.0)
            for draw in range(draws):
                rng = np.random.default_rng(derive_seed(seed, truth, draw))
                again = self.model.simulated(self.fits[truth], rng)
                found = {
                    c: again.fit(self.steps, self.classes(c), self.fits[c], starts=(2.0,)) for c in CLASSES
                }  # fmt: skip
                weights = _weights(found)
                best = max(weights, key=lambda c: weights[c])
                given[best if weights[best] >= _WEIGHT else "none"] += 1 / draws
            table[truth] = given
        return table


def _refusal(
    best: str, weights: Mapping[str, float], p_none: float, exponent: Estimate, begun: int, failed: Sequence[str],
    confusion: Mapping[str, Mapping[str, float]],
) -> str:  # fmt: skip
    if p_none >= 0.05:
        return f"no response can be distinguished from the background (p = {p_none:.2g})"
    if failed:
        return f"no class fits (fails: {', '.join(failed)})"
    if begun:
        way = "later" if begun > 0 else "earlier"
        return f"the response fits better if it began {abs(begun)} steps {way}, so it is not a response to this shock"
    if best != "exponential" and exponent.low is not None and exponent.low <= 0:
        return "a response that hardly decays cannot be distinguished from a lasting step in the level, or in what "
        "is collected"
    if weights[best] < _WEIGHT:
        rival = max((c for c in weights if c != best), key=lambda c: weights[c])
        return f"{best} and {rival} cannot be distinguished (weights {weights[best]:.2f} and {weights[rival]:.2f})"
    if not confusion:
        return "whether a record of this length could distinguish the classes was not examined (power_draws = 0)"
    named = sum(row[best] for row in confusion.values())
    wrong = 1 - confusion[best][best] / named if named > 0 else 1.0
    if wrong > _WRONG:
        return f"in records of this length {wrong:.0%} of those that would be called {best} are not"
    return ""


def _theta(exponent: Estimate, best: str) -> Estimate:
    """theta of the memory kernel: p - 1, 1 - p or (1 - p) / 2 by class; none for an exponential."""
    turn = {
        "exogenous subcritical": lambda p: p - 1,
        "exogenous critical": lambda p: 1 - p,
        "endogenous critical": lambda p: (1 - p) / 2,
    }.get(best)
    assert exponent.value is not None
    assert exponent.low is not None
    assert exponent.high is not None
    if turn is None:
        return Estimate(None, None, None, None, exponent.n, "an exponential has no memory exponent", "theta", False)
    low, high = sorted((turn(exponent.low), turn(exponent.high)))
    method = f"from the exponent, as {best}"
    return Estimate(
        turn(exponent.value), low, high, None, exponent.n, method, "theta", exponent.passed, {}, exponent.level
    )  # fmt: skip
