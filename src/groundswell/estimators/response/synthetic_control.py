"""What a place would have done without the act, from places without one, weighted so that they match its past.

A synthetic control is the mixture of other places that followed the treated one most closely before the act. The gap
after it is the effect, if nothing else separated them. How large a gap arises by chance is found by assigning each of
the other places the same placebo treatment.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import Field, model_validator
from scipy import stats

from groundswell.errors import EstimationError
from groundswell.estimators.core import Check, Estimate
from groundswell.estimators.response.local_level import departure
from groundswell.estimators.statistics.diagnostics import numbers
from groundswell.results import Result
from groundswell.settings import Settings

Floats = NDArray[np.float64]
Outcome = Literal["count", "log", "level"]

_FEWEST_DONORS = 5
_UNLIKE = 3.0  # a place this many times larger, or smaller, than any donor is not compared with them
_POOR_FIT = 1.5  # a fit before the act this many times worse than the donors' own is not a fit


# --- weights --------------------------------------------------------------------------------------------------------


def simplex_weights(target: ArrayLike, donors: ArrayLike, *, ridge: float = 0.0) -> Floats:
    """The mixture of donors nearest to the target.

    ``min_w |target - donors w|² + ridge |w|²`` with ``w >= 0, sum w = 1``, by Wolfe's finite algorithm for the point of
    least norm in the hull of ``donors_j - target``: exact, and the same on every machine.

    Parameters
    ----------
    target : shape (T,).
    donors : shape (T, J), J >= 1.
    ridge : >= 0; spreads weights over donors. Without it, weights are not unique where more donors than steps fit; a
        tiny one is then used, which selects the most even of them.

    Returns
    -------
    float64 of shape (J,).

    Raises
    ------
    EstimationError : for shapes that do not agree, values that are not finite, or a negative ridge.

    Source: Wolfe (1976), Mathematical Programming 11:128-149; Abadie, Diamond & Hainmueller (2010), JASA 105:493-505.

    Example
    -------
    >>> simplex_weights([1.0, 2.0, 3.0], [[0.0, 2.0], [1.0, 3.0], [2.0, 4.0]]).tolist()
    [0.5, 0.5]
    """
    y, X = np.asarray(target, dtype=np.float64), np.asarray(donors, dtype=np.float64)
    if y.ndim != 1 or X.ndim != 2 or X.shape[0] != y.size or X.shape[1] == 0 or y.size == 0:
        raise EstimationError(f"a target of shape {y.shape} and donors of shape {X.shape}", expected="(T,) and (T, J)")
    if not (np.isfinite(y).all() and np.isfinite(X).all()) or ridge < 0:
        raise EstimationError("a value that is not finite, or a negative ridge", expected="finite numbers, ridge >= 0")
    V = X - y[:, None]
    G = V.T @ V
    J = X.shape[1]
    size = max(float(np.trace(G)) / J, 1e-300)
    G = G / size + np.eye(J) * (ridge / size + 1e-12)
    w = np.zeros(J)
    w[int(np.argmin(np.diag(G)))] = 1.0
    for _ in range(20 * J + 50):
        gradient = G @ w
        level = float(w @ gradient)
        j = int(np.argmin(gradient))
        if gradient[j] >= level - 1e-12 * max(1.0, level) or w[j] > 0:
            break
        held = np.append(np.flatnonzero(w > 0), j)
        while True:
            v = np.linalg.solve(G[np.ix_(held, held)], np.ones(held.size))
            v = v / v.sum()
            if (v > 1e-14).all():
                w = np.zeros(J)
                w[held] = v
                break
            old = w[held]
            leaving = v <= 1e-14
            step = float(np.min(old[leaving] / np.maximum(old[leaving] - v[leaving], 1e-300)))
            new = old + min(step, 1.0) * (v - old)
            new[np.argmin(np.where(leaving, new, np.inf))] = 0.0
            w = np.zeros(J)
            w[held] = np.maximum(new, 0.0)
            held = held[w[held] > 0]
            w = w / w.sum()
    return w / w.sum()


def augmented(weights: Floats, target: Floats, donors: Floats) -> Floats:
    """The weights with what they left unfitted before the act corrected by ridge regression; they may become negative.

    ``w + Z'(ZZ' + lambda I)^-1 (target - Z w)``, Z the donors before the act and lambda by generalised
    cross-validation. Source: Ben-Michael, Feller & Rothstein (2021), JASA 116:1789-1803.
    """
    left = target - donors @ weights
    U, s, Vt = np.linalg.svd(donors, full_matrices=False)
    along = U.T @ left
    best, found = math.inf, weights
    for penalty in float(np.max(s) ** 2) * np.logspace(-3, 3, 25):
        shrunk = s**2 / (s**2 + penalty)
        rest = float(left @ left - np.sum((1 - (1 - shrunk) ** 2) * along**2))
        free = left.size - float(shrunk.sum())
        score = rest / max(free, 1e-9) ** 2
        if free > 1 and score < best:
            best, found = score, weights + Vt.T @ (s / (s**2 + penalty) * along)
    return found


# --- one act --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class SyntheticControl(Result):
    """One place after one act, against a mixture of other places.

    Parameters
    ----------
    lags : -before .. after.
    observed, synthetic, gap : per lag, on the working scale (logarithms of counts and sizes; the values themselves for
        "level"); gap = observed - synthetic.
    weights : shape (J,), of the donors.
    effect : how far the gap over the window lies from its level at the act.
    rmspe_before, rmspe_after, ratio : root mean square gap before and after, and after over before.
    placebo_gaps : shape (J, lags); each donor under placebo treatment, the treated place left out.
    placebo_ratios : shape (J,).
    without : shape (K, lags); the gap with each weighted donor left out in turn, named by `without_names`.
    fit : whether the place could be matched before the act about as well as donors can.
    alike : whether the place is similar in size to its donors; the noise of one far larger or smaller is not like
        theirs.
    left_out_donors : names of places that were not watched throughout.
    """

    lags: NDArray[np.int64]
    observed: Floats
    synthetic: Floats
    gap: Floats
    weights: Floats
    names: tuple[str, ...]
    effect: Estimate
    rmspe_before: float
    rmspe_after: float
    ratio: float
    placebo_gaps: Floats
    placebo_ratios: Floats
    without: Floats
    without_names: tuple[str, ...]
    fit: Check
    alike: Check
    window: tuple[int, int]
    scale: str
    left_out_donors: tuple[str, ...] = ()

    derived = ("answer", "passed")

    @property
    def passed(self) -> bool:
        return self.fit.passed and self.alike.passed and self.effect.p is not None

    @property
    def answer(self) -> str:
        e = self.effect
        if not self.fit.passed:
            return "No verdict: no mixture of the other places follows the treated one before the act."
        if not self.alike.passed:
            return (
                f"No verdict: the place differs in size from all others by a factor of {self.alike.statistic:.0f}, so "
                "the noise of its gap differs from theirs."
            )
        if e.p is None or e.value is None:
            return "No verdict: there are too few other places to compare with."
        size = f"{math.expm1(min(e.value, 50.0)):+.0%}" if self.scale != "level" else f"{e.value:+.3g}"
        least = 1 / (self.placebo_ratios.size + 1)
        words = f"{size} over lags {self.window[0]}-{self.window[1]} (p = {e.p:.2g}, {self.weights.size} donors)"
        if e.p > 0.05:
            note = f"; with so few donors p could not be below {least:.2g}" if least > 0.05 else ""
            return f"No effect was found against the synthetic control: {words}{note}."
        return f"The place diverged from its synthetic control: {words}."


def _worked(values: ArrayLike, scale: str) -> Floats:
    y = numbers(values, "the series")
    if scale == "level" and not np.isinf(y).any():
        return y
    if scale not in ("count", "log"):
        raise EstimationError(f"scale {scale!r}", expected="'count', 'log' or 'level'")
    bad = y < 0 if scale == "count" else y <= 0
    if bad.any() or np.isinf(y).any():
        raise EstimationError(
            f"the value {y[bad | np.isinf(y)][0]:g}", expected="counts from 0" if scale == "count" else "positive sizes"
        )
    return np.log(y + 0.5) if scale == "count" else np.log(y)


@dataclass(frozen=True)
class _Fit:
    gap: Floats  # (L,), per lag from -before
    synthetic: Floats
    weights: Floats

    def rmspe(self, before: int) -> tuple[float, float]:
        return _root(self.gap[:before]), _root(self.gap[before + 1 :])


def _root(x: Floats) -> float:
    x = x[np.isfinite(x)]
    return math.sqrt(float(np.mean(x**2))) if x.size else math.nan


def _fit(y: Floats, donors: Floats, before: int, ridge: float, augment: bool) -> _Fit:
    """Both of L lags, the first ``before`` of them before the act; each is taken as its departure from its own mean."""
    seen = np.isfinite(y[:before])
    known = slice(0, before) if seen.all() else np.flatnonzero(seen)
    level = y[known].mean()
    x, Z = y - level, donors - donors[known].mean(axis=0)
    w = simplex_weights(x[known], Z[known], ridge=ridge)
    if augment:
        w = augmented(w, x[known], Z[known])
    return _Fit(x - Z @ w, Z @ w + level, w)


class SyntheticSettings(Settings):
    """Options of `synthetic_control`."""

    before: int = Field(52, ge=4, description="steps before the act that give the weights")
    after: int = Field(26, ge=1, description="steps followed after it")
    window: tuple[int, int] = Field((1, 12), description="first and last lag whose mean gap is the effect")
    scale: Outcome = Field("count", description="logarithms of counts or sizes, or the values themselves")
    ridge: float = Field(0.0, ge=0, description="spreads the weights over donors")
    augment: bool = Field(False, description="correct what the weights leave unfitted before the act")
    level: float = Field(0.95, ge=0.5, lt=1, description="coverage of the interval")

    @model_validator(mode="after")
    def _within(self) -> SyntheticSettings:
        if not 1 <= self.window[0] <= self.window[1] <= self.after:
            raise ValueError(f"a window from lag 1 on, within the {self.after} steps after the act")
        return self


def synthetic_control(
    y: ArrayLike,
    donors: ArrayLike,
    act: int,
    settings: SyntheticSettings | None = None,
    *,
    names: Sequence[str] | None = None,
    **options: Any,
) -> SyntheticControl:
    """One place after one act, against the mixture of other places that followed it most closely before.

    ``gap_t = (y_t - mean y) - sum_j w_j (x_jt - mean x_j)``, means over the steps before the act (a place may lie
    higher than all others and still move as they do), w by `simplex_weights`. The effect is how far the gap over the
    window lies from its level at the act, see `groundswell.estimators.response.local_level.departure`.

    Parameters
    ----------
    y : shape (T,), NaN where not watched; donors : shape (T, J), places where no act fell in these steps. Donors that
        were not watched throughout are left out.
    act : step of the act; ``before`` steps before it give the weights, ``after`` steps after it are followed.
    settings, options : see `SyntheticSettings`.

    Returns
    -------
    `SyntheticControl`. p is the larger of two: the rank of the departure over its own standard deviation among the
    donors under placebo treatment (least 1 / (J + 1)), and Student's t of the treated place's own departure. Places of
    different size or swing differ in how far their gaps drift, so raw gaps, and ratios of gaps after and before, cannot
    be ranked against each other: with one large place among small ones, the rank of the ratio finds an effect in a
    fifth to a third of records without any.

    Raises
    ------
    EstimationError : fewer than five donors, too few steps, values that are not counts, a place that never varies.

    Known limits: donors that the act also moved hide its effect. Noisy counts fit noise: prefer longer steps.

    Source: Abadie, Diamond & Hainmueller (2010), JASA 105:493-505; Ferman & Pinto (2021), Quantitative Economics
    12:1197-1221 (departures from own means).
    """
    o = SyntheticSettings.of(settings, options)
    x, Z, labels, left_out = _around(y, donors, act, names, o)
    J, before = Z.shape[1], o.before
    own = _fit(x, Z, before, o.ridge, o.augment)
    others = [_fit(Z[:, j], np.delete(Z, j, axis=1), before, o.ridge, o.augment) for j in range(J)]
    pre, post = own.rmspe(before)
    spans = np.array([f.rmspe(before) for f in others])
    floor = 1e-9 * max(1.0, float(np.nanmax(np.abs(x))))
    ratios = spans[:, 1] / np.maximum(spans[:, 0], floor)
    ratio = post / max(pre, floor)
    heavy = np.flatnonzero(own.weights > 1e-3)
    without = [_fit(x, np.delete(Z, j, axis=1), before, o.ridge, o.augment).gap for j in heavy] if J > 2 else []
    worse = pre / max(float(np.median(spans[:, 0])), floor)
    share = float((1 + np.sum(spans[:, 0] >= pre)) / (J + 1))
    return SyntheticControl(
        lags=np.arange(-before, x.size - before),
        observed=x,
        synthetic=own.synthetic,
        gap=own.gap,
        weights=own.weights,
        names=labels,
        effect=_departed(own, others, pre, o),
        rmspe_before=pre,
        rmspe_after=post,
        ratio=ratio,
        placebo_gaps=np.array([f.gap for f in others]),
        placebo_ratios=ratios,
        without=np.array(without).reshape(len(without), own.gap.size),
        without_names=tuple(labels[j] for j in heavy) if without else (),
        fit=Check("fit before the act", pre, 1.0 if worse <= _POOR_FIT else share, "rank of RMSPE among donors", 0.10),
        alike=_alike(x[:before], Z[:before], o.scale),
        window=o.window,
        scale=o.scale,
        left_out_donors=left_out,
    )


def _around(
    y: ArrayLike, donors: ArrayLike, act: int, names: Sequence[str] | None, o: SyntheticSettings
) -> tuple[Floats, Floats, tuple[str, ...], tuple[str, ...]]:
    """The treated place and its donors around the act, on the working scale; names of donors kept and left out."""
    x, Z = _worked(y, o.scale), _worked(donors, o.scale)
    if x.ndim != 1 or Z.ndim != 2 or Z.shape[0] != x.size:
        raise EstimationError(f"a series of shape {x.shape}, donors of shape {Z.shape}", expected="(T,) and (T, J)")
    labels = tuple(names) if names is not None else tuple(f"donor {j + 1}" for j in range(Z.shape[1]))
    if len(labels) != Z.shape[1]:
        raise EstimationError(f"{len(labels)} names for {Z.shape[1]} donors", expected="one for each")
    if act - o.before < 0 or act + o.window[1] >= x.size:
        raise EstimationError(
            f"an act at step {act} of {x.size}, before {o.before}, window {o.window}",
            expected="all steps before and the whole window inside the record",
        )
    rows = slice(act - o.before, min(act + o.after, x.size - 1) + 1)
    x, Z = x[rows], Z[rows]
    watched = np.asarray(np.isfinite(Z).all(axis=0))
    left_out = tuple(name for name, ok in zip(labels, watched, strict=True) if not ok)
    Z, labels = Z[:, watched], tuple(name for name, ok in zip(labels, watched, strict=True) if ok)
    if Z.shape[1] < _FEWEST_DONORS:
        why = f"{len(left_out)} were not watched throughout" if left_out else None
        raise EstimationError(f"{Z.shape[1]} donors", expected=f"at least {_FEWEST_DONORS}", why=why)
    known = np.isfinite(x)
    if known[: o.before].sum() < max(4, o.before // 2):
        raise EstimationError(
            f"{int(known[: o.before].sum())} of {o.before} steps before the act were watched",
            expected=f"at least {max(4, o.before // 2)}",
        )
    if np.ptp(x[: o.before][known[: o.before]]) == 0:
        raise EstimationError(
            "the treated place never varies before the act", expected="a series that other places can follow"
        )
    if not known[o.before + o.window[0] : o.before + o.window[1] + 1].any():
        raise EstimationError("no step of the window was watched", expected="at least one")
    return x, Z, labels, left_out


def _alike(x: Floats, Z: Floats, scale: str) -> Check:
    """Whether a place lies within three times the sizes of its donors, with whose noise its own is compared."""
    if scale != "count":
        return Check("a place of similar size", 1.0, 1.0, "not of counts", 0.05)
    own, others = float(np.nanmean(x)), Z.mean(axis=0)
    beyond = max(own - float(others.max()), float(others.min()) - own, 0.0)
    return Check(
        "a place of similar size", math.exp(beyond), 1.0 if beyond <= math.log(_UNLIKE) else 0.0,
        f"times the largest, or the smallest, of the donors; up to {_UNLIKE:g}",
    )  # fmt: skip


def _departed(own: _Fit, others: Sequence[_Fit], pre: float, o: SyntheticSettings) -> Estimate:
    """How far the treated place diverged from its control, against its own drift and that of the donors."""
    found = departure(np.array([own.gap, *(f.gap for f in others)]), o.before, *o.window)
    t = np.abs(found.value / np.maximum(found.sd, 1e-12))
    J = len(others)
    rank = float(np.sum(t[1:] >= t[0]) + 1) / (J + 1)
    p = max(rank, 2 * float(stats.t.sf(t[0], found.free)))
    wide = float(stats.t.ppf(0.5 + o.level / 2, found.free))
    if round(1 / (1 - o.level)) <= J + 1:
        wide = max(wide, float(np.quantile(t[1:], o.level, method="higher")))
    value, error = float(found.value[0]), float(found.sd[0])
    return Estimate(
        value, value - wide * error, value + wide * error, p, J,
        "synthetic control: gap over the window less its level at the act; p by rank of the standardised departure "
        "among donors treated on paper, and by Student's t",
        "log ratio" if o.scale != "level" else "", True,
        {"rmspe_before": pre, "least_p": 1 / (J + 1), "standard_error": error, "rank_p": rank,
         "detectable": (wide + 0.84) * error}, o.level,
    )  # fmt: skip


# --- many acts ------------------------------------------------------------------------------------------------------
