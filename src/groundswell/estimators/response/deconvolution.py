"""What follows acts that come in close succession: a distributed-lag regression separates their effects.

Where acts seldom pause, no act has its own stretch after it, and none can be compared with quiet dates. What one
act adds at each lag still shows in how the numbers of acts of the last weeks covary with the outcome. Chance is
judged by shifting the acts of each place circularly in time, which keeps the memory of both series.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray
from pydantic import Field
from scipy import interpolate, stats

from groundswell.draws import derive_seed
from groundswell.errors import EstimationError
from groundswell.estimators.core import Check, Estimate
from groundswell.estimators.response.acts import ActGrid, Acts, grid_of
from groundswell.estimators.response.counterfactual import STEPS_PER_YEAR, Step
from groundswell.estimators.response.placebo import placebo_p
from groundswell.estimators.response.settings import GridSettings
from groundswell.estimators.response.study import ActEffect, GroupResponse, ResponseStudy
from groundswell.estimators.statistics.diagnostics import numbers
from groundswell.results import Result
from groundswell.settings import Settings

Floats = NDArray[np.float64]

_LEAD = 12  # steps before an act, in which it can have had no effect
_MOST_ODDS = 50.0
_RIDGE = 1e-4  # of the spline: only enough to make it solvable
EVERY_ACT = "every act"
METHOD = (
    "distributed-lag Poisson regression (level by place, season); p by shifting the acts round in time, interval by "
    "the wider of robust errors and of the shifts"
)


class LagSettings(Settings):
    """Options of `distributed_lags`."""

    windows: tuple[tuple[int, int], ...] = Field(
        ((1, 4), (5, 12), (13, 26)), description="first and last lag of each stretch with one effect, in order"
    )
    step: Step = Field("week", description="length of a step")
    season: bool = Field(True, description="remove the season of the year, and by day of the week")
    shifts: int = Field(499, ge=99, description="sets of circularly shifted acts")
    level: float = Field(0.95, ge=0.5, lt=1, description="coverage of the intervals")
    seed: int = Field(0, ge=0, description="of the shifts")


@dataclass(frozen=True)
class DistributedLags(Result):
    """What one act adds at each lag, given all others.

    Parameters
    ----------
    windows : effect of one act over each stretch of lags (log ratio), its interval and p.
    first : the mean over the lags of the first two stretches, the one that answers the question.
    leads : the same over the steps before an act, where there can be no effect.
    draws : `first` with the acts shifted circularly, shape (shifts,).
    spread : standard deviation of the unexpected part over as many steps as `first` has (log ratio).
    acts, steps : how many acts, and how many steps hold one.
    """

    derived = ("passed", "answer")

    windows: Mapping[str, Estimate]
    first: Estimate
    leads: Check
    draws: Floats
    spread: float
    acts: int
    steps: int
    unit: str

    @property
    def passed(self) -> bool:
        """Whether the series was on course before the acts."""
        return self.leads.passed

    @property
    def explained_by(self) -> float | None:
        """Odds ratio of an act, per standard deviation of the coming tide, at which timing alone would do as much; None
        above 50."""
        if self.first.value is None or self.spread <= 0:
            return None
        odds = math.exp(min(abs(self.first.value) / self.spread, 50.0))
        return odds if odds <= _MOST_ODDS else None

    @property
    def answer(self) -> str:
        """One sentence, caveats first."""
        e = self.first
        if not self.passed:
            return f"No verdict: the series was already off course before the acts (p = {self.leads.p:.2g})."
        assert e.value is not None
        assert e.low is not None
        assert e.high is not None
        assert e.p is not None
        size = [f"{math.expm1(min(v, 50.0)):+.0%}" for v in (e.value, e.low, e.high)]
        details = f"{size[0]} ({e.level:.0%} interval {size[1]} to {size[2]}, p = {e.p:.2g}, {self.acts:,} acts)"
        if e.p < 1 - e.level and (e.low > 0 or e.high < 0):
            return f"One additional act changed what followed, holding other acts constant: {details}."
        return f"No effect of one additional act was found, holding other acts constant: {details}."


def distributed_lags(
    y: ArrayLike, acts: ArrayLike, settings: LagSettings | None = None, **options: Any
) -> DistributedLags:
    """What one act adds to a count at each lag, where acts follow each other closely.

    ``log E[y_pt] = level_p(t) + season_t + sum_w b_w n_w(p, t)``, n_w the number of acts at the lags of stretch w (and,
    so that they are not mistaken for effects, in the same step and in the twelve steps ahead); levels are cubic splines
    with a knot per year.

    Parameters
    ----------
    y : shape (P, T) or (T,); counts, NaN where not watched. The acts must not be counted in it.
    acts : shape of y; the number of acts in each step.

    Returns
    -------
    `DistributedLags`. p: the share of sets of acts, each place's shifted circularly by a random number of steps, under
    which the score of the effect lies at least as far from zero. Shifts keep the memory of both series; they cannot
    rule out acts timed by the tide, for which `explained_by` says how strong such timing would have to be.

    Raises
    ------
    EstimationError : shapes, values or options that cannot be used; as many acts in every step; too few steps.

    Known limits: effects of acts multiply; one effect for all acts, whatever their size. A tide that moves within a
    year and causes acts looks like an effect. Where acts pause, use
    `groundswell.estimators.response.responses.respond`: it compares each with dates of similar history.

    Source: Almon (1965), Econometrica 33:178-196; Gasparrini (2014), Statistics in Medicine 33:881-899 (distributed
    lags of counts); Besag & Clifford (1989), Biometrika 76:633-642 (moves that keep dependence).
    """
    o = LagSettings.of(settings, options)
    values, number = _checked(y, acts, o)
    P, T = values.shape
    seen = np.isfinite(values)
    seen[:, : o.windows[-1][1]] = False  # acts in the steps before these are unknown
    seen[:, T - _LEAD :] = False
    safe = np.where(seen, values, 0.0)
    baseline, mean = _baseline(safe, seen, o)
    names = [f"{a}-{b}" for a, b in o.windows]
    contrast = _contrast(o)
    X = _columns(number, o)
    beta, covariance, fitted = _newton(safe, seen, baseline, X, mean)
    K = len(names)
    rng = np.random.default_rng(derive_seed(o.seed, "acts shifted round"))
    score = _score(safe, seen, baseline, mean, X)
    draws = np.empty((o.shifts, X.shape[2]))
    for k in range(o.shifts):
        moved = np.stack([np.roll(number[p], int(rng.integers(1, T))) for p in range(P)])
        draws[k] = _score(safe, seen, baseline, mean, _columns(moved, o))
    draws -= draws.mean(axis=0)
    z = float(stats.norm.ppf(0.5 + o.level / 2))

    def estimate(c: Floats) -> Estimate:
        value = float(c @ beta)
        placebo = draws @ c
        error = max(math.sqrt(max(float(c @ covariance @ c), 0.0)), float(placebo.std()))
        p = placebo_p(float(c @ score), placebo)
        return Estimate(
            value, value - z * error, value + z * error, p, int(seen.sum()), METHOD, "log ratio", True,
            {"standard_error": error, "detectable": 2.8 * error, "placebo_sd": float(placebo.std())}, o.level,
        )  # fmt: skip

    one = np.eye(X.shape[2])
    lead = estimate(one[K])
    width = o.windows[min(1, K - 1)][1]
    return DistributedLags(
        windows={name: estimate(one[k]) for k, name in enumerate(names)},
        first=estimate(contrast),
        leads=Check("pre-trend", float(lead.value or 0.0), float(lead.p or 1.0), "steps before the acts, acts shifted"),
        draws=draws @ contrast,
        spread=_spread(safe, seen, fitted, width),
        acts=int(number.sum()),
        steps=int((number > 0).sum()),
        unit=o.step,
    )


def _checked(y: ArrayLike, acts: ArrayLike, o: LagSettings) -> tuple[Floats, Floats]:
    values, number = np.atleast_2d(numbers(y, "the series")), np.atleast_2d(numbers(acts, "the acts"))
    if values.ndim != 2 or values.shape != number.shape:
        raise EstimationError(f"counts of shape {values.shape}, acts of shape {number.shape}", expected="one shape")
    if (values < 0).any() or np.isinf(values).any() or (number < 0).any() or not np.isfinite(number).all():
        raise EstimationError("counts that are negative or infinite", expected="counts from 0, NaN where not watched")
    last = 0
    for first, end in o.windows:
        if first != last + 1 or end < first:
            raise EstimationError(f"windows {o.windows}", expected="stretches of lags that follow each other from 1")
        last = end
    watched = int(np.isfinite(values).sum(axis=1).max())
    if watched < 3 * (last + _LEAD):
        raise EstimationError(
            f"{watched} steps watched",
            expected=f"at least {3 * (last + _LEAD)}, three times the lags that are separated",
        )
    if np.nansum(values) < 30:
        raise EstimationError(f"{np.nansum(values):.0f} events of the outcome", expected="at least 30")
    if number.sum() < 5 or not (np.ptp(number, axis=1) > 0).any():
        raise EstimationError(
            f"{number.sum():.0f} acts, or as many in every step",
            expected="at least 5, in some steps more than in others",
        )
    return values, number


def _contrast(o: LagSettings) -> Floats:
    """The mean over the lags of the first two stretches, over the columns of `_columns`."""
    used = o.windows[:2]
    total = sum(b - a + 1 for a, b in used)
    weights = [(b - a + 1) / total for a, b in used] + [0.0] * (len(o.windows) - len(used) + 2)
    return np.array(weights)


def _columns(number: Floats, o: LagSettings) -> Floats:
    """Numbers of acts at the lags of each stretch, in the steps ahead, and in the same step; shape (P, T, K + 2)."""
    P, T = number.shape
    total = np.concatenate([np.zeros((P, 1)), np.cumsum(number, axis=1)], axis=1)
    t = np.arange(T)

    def between(first: int, last: int) -> Floats:
        """Acts in steps t + first .. t + last."""
        a, b = np.clip(t + first, 0, T), np.clip(t + last + 1, 0, T)
        return total[:, b] - total[:, a]

    found = [between(-b, -a) for a, b in o.windows] + [between(1, _LEAD), number]
    return np.asarray(np.stack(found, axis=2), dtype=np.float64)


def _baseline(y: Floats, seen: NDArray[np.bool_], o: LagSettings) -> tuple[Floats, Floats]:
    """Columns of level and season, shape (T, B), and the mean that they imply for each place, shape (P, T)."""
    P, T = y.shape
    year = STEPS_PER_YEAR[o.step]
    t = np.arange(T)
    pieces = max(1, min(round(T / year), T // 16))
    inner = np.linspace(0, T - 1, pieces + 1)
    knots = np.concatenate([[inner[0]] * 3, inner, [inner[-1]] * 3])
    columns = [interpolate.BSpline.design_matrix(t.astype(float), knots, 3).toarray()]
    if o.season and 2 * year <= T:
        columns.append(np.column_stack([f(2 * np.pi * k * t / year) for k in (1, 2) for f in (np.cos, np.sin)]))
    if o.season and o.step == "day":
        columns.append(np.column_stack([(t % 7 == d) - 1 / 7 for d in range(6)]))
    B = np.hstack(columns)
    mean = np.empty((P, T))
    for p in range(P):
        b = np.linalg.lstsq(B[seen[p]], np.log(y[p, seen[p]] + 0.5), rcond=None)[0]
        for _ in range(50):
            mu = np.exp(np.clip(B @ b, -12, 20)) * seen[p]
            move = np.linalg.solve((B * mu[:, None]).T @ B + _RIDGE * np.eye(B.shape[1]), B.T @ (y[p] * seen[p] - mu))
            b = b + np.clip(move, -2, 2)
            if np.abs(move).max() < 1e-8:
                break
        mean[p] = np.exp(np.clip(B @ b, -12, 20))
    return B, mean


def _apart(X: Floats, baseline: Floats, weight: Floats) -> Floats:
    """The part of the columns that the baseline cannot fit, shape (T, K); weights (T,)."""
    A = (baseline * weight[:, None]).T @ baseline + _RIDGE * np.eye(baseline.shape[1])
    made = baseline @ np.linalg.solve(A, (baseline * weight[:, None]).T @ X)
    return np.asarray(X - made, dtype=np.float64)


def _score(y: Floats, seen: NDArray[np.bool_], baseline: Floats, mean: Floats, X: Floats) -> Floats:
    """The effects to first order, one step from zero, shape (K + 2,)."""
    K = X.shape[2]
    A, g = np.zeros((K, K)), np.zeros(K)
    for p in range(y.shape[0]):
        w = mean[p] * seen[p]
        left = _apart(X[p], baseline, w)
        A += (left * w[:, None]).T @ left
        g += left.T @ (seen[p] * (y[p] - mean[p]))
    return np.asarray(np.linalg.solve(A + 1e-8 * max(float(np.trace(A)), 1e-300) * np.eye(K), g), dtype=np.float64)


def _newton(
    y: Floats, seen: NDArray[np.bool_], baseline: Floats, X: Floats, start: Floats
) -> tuple[Floats, Floats, Floats]:
    """Effects by maximum likelihood, their covariance robust to memory within places, and the fitted mean."""
    P, T, K = X.shape
    B = baseline.shape[1]
    beta = np.zeros(K)
    levels = [np.linalg.lstsq(baseline, np.log(start[p]), rcond=None)[0] for p in range(P)]
    mean = start
    for _ in range(60):
        A, g, moves = np.zeros((K, K)), np.zeros(K), []
        for p in range(P):
            w = mean[p] * seen[p]
            H = (baseline * w[:, None]).T @ baseline + _RIDGE * np.eye(B)
            cross = (baseline * w[:, None]).T @ X[p]
            residual = seen[p] * (y[p] - mean[p])
            own = baseline.T @ residual
            A += (X[p] * w[:, None]).T @ X[p] - cross.T @ np.linalg.solve(H, cross)
            g += X[p].T @ residual - cross.T @ np.linalg.solve(H, own)
            moves.append((H, cross, own))
        step = np.clip(np.linalg.solve(A + 1e-8 * max(float(np.trace(A)), 1e-300) * np.eye(K), g), -0.5, 0.5)
        beta = beta + step
        for p, (H, cross, own) in enumerate(moves):
            levels[p] = levels[p] + np.clip(np.linalg.solve(H, own - cross @ step), -1, 1)
        mean = np.stack([np.exp(np.clip(baseline @ levels[p] + X[p] @ beta, -12, 20)) for p in range(P)])
        if np.abs(step).max() < 1e-7:
            break
    A, middle = np.zeros((K, K)), np.zeros((K, K))
    number = max(4, int(0.41 * T ** (2 / 3)))
    waves = math.sqrt(2 / T) * np.cos(np.pi * np.outer(np.arange(1, number + 1), np.arange(T) + 0.5) / T)
    for p in range(P):
        w = mean[p] * seen[p]
        left = _apart(X[p], baseline, w)
        A += (left * w[:, None]).T @ left
        scores = left * (seen[p] * (y[p] - mean[p]))[:, None]
        parts = waves @ scores
        middle += np.maximum(T / number, 1.0) * (parts.T @ parts)
    inverse = np.linalg.pinv(A)
    return beta, inverse @ middle @ inverse, mean


def _spread(y: Floats, seen: NDArray[np.bool_], mean: Floats, width: int) -> float:
    """Standard deviation, over all stretches of ``width`` steps, of what was counted over what was expected (log)."""
    found = []
    for p in range(y.shape[0]):
        counted = np.convolve(np.where(seen[p], y[p], 0.0), np.ones(width), "valid")
        expected = np.convolve(np.where(seen[p], mean[p], 0.0), np.ones(width), "valid")
        found.append(np.log((counted + 0.5) / (expected + 0.5))[expected > 0])
    return float(np.concatenate(found).std())


def study_frequent_acts(
    events: pl.DataFrame, acts: Acts, outcome: str, settings: LagSettings, **places: Any
) -> ResponseStudy:
    """`distributed_lags` of a record of events, in the form of a study of responses, so that it is reported in the same
    way.

    Parameters
    ----------
    events, acts, outcome : see `groundswell.estimators.response.responses.study_responses`.
    places : `across`, `places`, `start`, `end`, `fewest` and `watched`; see `GridSettings`.
    """
    o = GridSettings.of(None, {"outcome": outcome, "unit": settings.step, **places})
    grid = grid_of(events, {"": acts}, o)
    return _study(grid, settings, outcome, f"{outcome} after {acts.words}")


def _study(grid: ActGrid, settings: LagSettings, outcome: str, question: str) -> ResponseStudy:
    number = np.zeros(grid.y.shape)
    for act in grid.acts:
        number[act.place, act.step] += act.events
    found = distributed_lags(grid.y, number, settings)
    first, last = 1, settings.windows[min(1, len(settings.windows) - 1)][1]
    reach = settings.windows[-1][1]
    lags = np.arange(-_LEAD, reach + 1)
    curve = np.full((3, lags.size), np.nan)
    for (a, b), e in zip(settings.windows, found.windows.values(), strict=True):
        curve[:, (lags >= a) & (lags <= b)] = np.array([[e.value], [e.low], [e.high]], dtype=float)
    nothing = math.nan
    acts = tuple(
        ActEffect(
            grid.places[act.place], grid.steps[act.step], act.type, act.size, nothing, nothing, nothing, nothing, 0
        )
        for act in grid.acts
    )
    group = GroupResponse(
        name="all acts", size_range=None, lags=lags, curve=curve[0], low=curve[1], high=curve[2],
        unmatched=np.full(lags.size, np.nan), windows={f"{first}-{last}": found.first, **found.windows}, in_place=None,
        same_step=None, pre_trend=found.leads, lasted=_lasted(settings.windows, found), explained_by=found.explained_by,
        influence=None, placebo=found.draws, acts=acts,
    )  # fmt: skip
    notes = (
        f"acts fall in {found.steps:,} of {int(np.isfinite(grid.y).sum()):,} {grid.unit}s and follow each other too "
        "closely to be compared with dates without one; a distributed-lag regression gives what each adds",
        *grid.left_out,
    )
    return ResponseStudy(
        groups=(group,), differences={}, excluded={}, calibration={}, question=question, outcome=outcome,
        unit=grid.unit, rule=EVERY_ACT, notes=notes, level=settings.level, settings=settings.model_dump(),
    )  # fmt: skip


def _lasted(windows: Sequence[tuple[int, int]], found: DistributedLags) -> int | None:
    """The last lag of the stretches, from the first on, that stay clear of zero on the side of the first."""
    side = 1.0 if (found.first.value or 0.0) >= 0 else -1.0
    until = 0
    for (_, last), e in zip(windows, found.windows.values(), strict=True):
        ends = sorted(side * float(x) for x in (e.low or 0.0, e.high or 0.0))
        if ends[0] <= 0:
            return until
        until = last
    return None
