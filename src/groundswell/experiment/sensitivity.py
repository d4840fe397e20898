"""Which factors an outcome depends on: Sobol' indices, Shapley effects and Morris screening, with intervals.

    first_j = Var(E[y | x_j]) / Var(y)     total_j = E[Var(y | all but x_j)] / Var(y)

y is the mean over worlds of one summary of an observable (or of the twins' difference in it), at points that share
their worlds' seeds. Indices come from a surrogate fitted to a space-filling design, which needs far fewer runs than
sampling the indices directly; the surrogate reports how much of the outcome it does not explain, and is refused where
that is too much. A sensitivity analysis describes; it optimises nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, final

import numpy as np
import polars as pl
from numpy.typing import NDArray
from pydantic import Field, field_validator

from groundswell.charts import Chart
from groundswell.errors import EstimationError, StudyError, nearest
from groundswell.experiment.arms import Arm
from groundswell.experiment.ensemble import Progress
from groundswell.experiment.points import Given, Points, factor, points
from groundswell.experiment.surrogate import Surrogate, fit_surrogate
from groundswell.experiment.sweep import Summary, check_summary, summary_words, sweep
from groundswell.population.population import Population
from groundswell.population.specification import PopulationSpecification
from groundswell.results import Result
from groundswell.settings import Settings
from groundswell.theory import Theory

Floats = NDArray[np.float64]
Method = Literal["sobol", "morris"]

EXPLAINED = 0.8  # the least share of the variance that a surrogate must explain (leave-one-out)
_FOLDS = 10  # of the jackknife over points
_Z = 1.959964  # of a 95% interval


@dataclass(frozen=True)
class Index(Result):
    """How the outcome depends on one factor: shares of the variance over points, or effects in the outcome's unit.

    Parameters
    ----------
    factor : its name; `ranges` states its range.
    first, total, shapley : shares in [0, 1] with 95% intervals (`method` sobol); None otherwise.
    mean_effect, spread : Morris's mu* (mean absolute elementary effect over the whole range) and sigma, with the
        interval of mu* (`method` morris); None otherwise.
    """

    factor: str
    ranges: str
    first: float | None = None
    first_low: float | None = None
    first_high: float | None = None
    total: float | None = None
    total_low: float | None = None
    total_high: float | None = None
    shapley: float | None = None
    mean_effect: float | None = None
    mean_effect_low: float | None = None
    mean_effect_high: float | None = None
    spread: float | None = None


@dataclass(frozen=True)
class Sensitivity(Result):
    """What one outcome of a theory depends on.

    Parameters
    ----------
    theory, outcome, method : in words.
    indices : one per factor, the strongest first.
    explained : share of the variance over points that the surrogate explains, leaving out one point at a time (sobol).
    luck : share of the variance of a single world that is due to differences between worlds and not to the factors.
    points, worlds, runs, failed : points, worlds at each point, total runs, and points left out because a run failed.
    people : whether each world has its own people, who are rebuilt where the population varies.
    table : the runs (see `groundswell.experiment.sweep`).
    outcomes : a row for each point without a failed run: its factors and the `outcome`, a mean over worlds.
    """

    theory: str
    outcome: str
    method: str
    indices: tuple[Index, ...]
    explained: float | None
    luck: float
    points: int
    worlds: int
    runs: int
    failed: int
    people: str
    table: pl.DataFrame = field(repr=False)
    outcomes: pl.DataFrame = field(repr=False)

    derived = ("passed", "answer")
    left_out = ("table", "outcomes")

    @property
    def passed(self) -> bool:
        """Whether the surrogate explains enough for its indices to be meaningful."""
        return self.explained is None or self.explained >= EXPLAINED

    @property
    def answer(self) -> str:
        """The finding in one or two sentences."""
        what = self.outcome[:1].upper() + self.outcome[1:]
        if not self.passed:
            return (
                f"No verdict: the surrogate explains {max(0.0, self.explained or 0.0):.0%} of the variance of "
                f"{self.outcome} over the points, and must explain {EXPLAINED:.0%}. Try {4 * self.points} points, or "
                "more worlds at each."
            )
        lead = self.indices[0]
        if not (lead.total or lead.mean_effect):
            return f"{what} does not vary over these points."
        if self.method == "morris":
            return (
                f"{what} depends most on {lead.factor}: moving it over its range changes {self.outcome} by "
                f"{lead.mean_effect:.3g} on average ({lead.mean_effect_low:.3g} to {lead.mean_effect_high:.3g})."
            )
        return (
            f"{what} depends most on {lead.factor}: {lead.total:.0%} of its variance over the points involves "
            f"it ({lead.total_low:.0%} to {lead.total_high:.0%}), {lead.first:.0%} through it alone. "
            f"Of the variance of a single world, {self.luck:.0%} is luck."
        )

    def rows(self) -> Sequence[Mapping[str, Any]]:
        """One row per factor."""
        return [index.to_dict() for index in self.indices]

    def charts(self) -> Sequence[Chart]:
        """Indices with their intervals, one row per factor."""
        morris = self.method == "morris"
        rows = []
        for index in self.indices:
            if morris:
                rows.append((index.factor, index.mean_effect, index.mean_effect_low, index.mean_effect_high, "mu*"))
            else:
                rows.append((index.factor, index.first, index.first_low, index.first_high, "alone"))
                rows.append((index.factor, index.total, index.total_low, index.total_high, "with others"))
        frame = pl.DataFrame(rows, schema=["y", "x", "low", "high", "series"], orient="row")
        unit = f"change in {self.outcome}" if morris else "share of the variance"
        return (Chart("intervals", frame, f"What {self.outcome} depends on", unit, "", self.answer),)


@final
class SensitivitySettings(Settings):
    """The options of `sensitivity` that decide its numbers."""

    error: ClassVar = StudyError

    method: Method = Field("sobol", description="or morris, to screen many factors")
    count: int | None = Field(
        None, ge=1, description="points of the Sobol' sequence, a power of two (128), or Morris's trajectories (20)"
    )
    worlds: int = Field(8, ge=1, description="at each point; the same luck at all")
    summary: Any = Field("last", description="of the series, see `groundswell.experiment.sweep.Summary`")
    seed: int = 0
    population_seed: int | None = Field(None, description="of the people, if all worlds share them")

    @field_validator("summary", mode="before")
    @classmethod
    def _known(cls, summary: Summary) -> Summary:
        check_summary(summary)
        return summary


def design_of(
    theory: type[Theory],
    population: Population | PopulationSpecification,
    over: Mapping[str, Given],
    observable: str,
    settings: SensitivitySettings,
) -> Points:
    """The points at which `sensitivity` runs a theory; it takes the same parameters.

    Raises
    ------
    StudyError : an unknown observable or factor, or a factor that cannot vary.
    """
    if observable not in theory.observables:
        known = list(theory.observables)
        raise StudyError(f"observable {observable!r}", expected=", ".join(known), instead=nearest(observable, known))
    asked = population if isinstance(population, PopulationSpecification) else None
    factors = [factor(theory, name, given, population=asked) for name, given in over.items()]
    count = settings.count or (128 if settings.method == "sobol" else 20)
    return points(factors, settings.method, count, seed=settings.seed)


def sensitivity(
    theory: type[Theory],
    population: Population | PopulationSpecification,
    over: Mapping[str, Given],
    steps: int,
    observable: str,
    settings: SensitivitySettings | None = None,
    *,
    arm: Arm | None = None,
    against: Arm | None = None,
    params: Mapping[str, float] | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
    **options: Any,
) -> Sensitivity:
    """Attribute the variation of an outcome to the factors that vary.

    Parameters
    ----------
    theory, population, steps, params, threads, progress : as for `sweep`.
    over : the range of each factor (`groundswell.experiment.points.Given`); None takes the theory's prior.
    observable : the one whose series is summarised.
    arm, against : the arm (plain where left out), and, for an effect, the twin whose summary is subtracted.
    settings, options : see `SensitivitySettings`.

    Raises
    ------
    StudyError : an unknown observable or method, or factors that cannot vary.
    EstimationError : too few points are left after runs that failed.

    >>> from groundswell import load_theory, well_mixed
    >>> found = sensitivity(load_theory("granovetter"), well_mixed(100), {"sd": {"from": 0.1, "to": 0.3}}, 20,
    ...                     "turnout", count=16, worlds=2)
    >>> found.indices[0].factor
    'sd'
    """
    o = SensitivitySettings.of(settings, options)
    design = design_of(theory, population, over, observable, o)
    arms = {"arm": arm or Arm("arm"), **({} if against is None else {"against": against})}
    table = sweep(
        theory, population, design, steps, worlds=o.worlds, seed=o.seed, params=params, arms=arms, summary=o.summary,
        population_seed=o.population_seed, threads=threads, progress=progress,
    )  # fmt: skip
    y = _outcome(table, observable, len(design), o.worlds, twins=against is not None)
    what = f"the {summary_words(o.summary)} of {observable}" + ("" if against is None else ", arm less twin,")
    good = np.asarray(np.isfinite(y).all(axis=1), dtype=np.bool_)
    indices, explained = _sobol(design, y, good) if o.method == "sobol" else _morris(design, y, good)
    within, between = _luck(y[good])
    return Sensitivity(
        theory=theory.name,
        outcome=what,
        method=o.method,
        indices=indices,
        explained=explained,
        luck=within / (within + between) if within + between > 0 else 0.0,
        points=len(design),
        worlds=o.worlds,
        runs=table.height,
        failed=int((~good).sum()),
        people="each world has its own people" if o.population_seed is None else "all worlds share their people",
        table=table,
        outcomes=design.to_frame().drop("point").with_columns(outcome=y.mean(axis=1)).filter(pl.Series(good)),
    )


def _luck(y: Floats) -> tuple[float, float]:
    """Variance between the worlds of a point, and of the points' means without the contribution of luck.

    Worlds share their seeds over all points, so luck that shifts every point equally adds nothing between points; only
    the interaction of points and worlds does.
    """
    n, worlds = y.shape
    if worlds < 2 or n < 2:
        return 0.0, float(y.mean(axis=1).var())
    means = y.mean(axis=1)
    apart = y - means[:, None] - y.mean(axis=0) + y.mean()
    mixed = float((apart**2).sum()) / ((n - 1) * (worlds - 1))
    return float(y.var(axis=1, ddof=1).mean()), max(0.0, float(means.var(ddof=1)) - mixed / worlds)


def _outcome(table: pl.DataFrame, observable: str, n: int, worlds: int, *, twins: bool) -> Floats:
    """float64[points, worlds]: the summary, or the difference of the twins' summaries; NaN where a run failed."""
    arms = 2 if twins else 1
    y = table[observable].cast(pl.Float64).fill_null(float("nan")).to_numpy().reshape(n, worlds, arms)
    return y[:, :, 0] - y[:, :, 1] if twins else y[:, :, 0]


def _sobol(design: Points, y: Floats, good: NDArray[np.bool_]) -> tuple[tuple[Index, ...], float]:
    """Indices from a surrogate; errors by a jackknife over points and over worlds."""
    assert design.places is not None
    fewest = max(16, 3 * len(design.factors))
    if good.sum() < fewest:
        raise EstimationError(
            f"{int(good.sum())} points without a failed run, of {len(good)}, for {len(design.factors)} factors",
            expected=f"at least {fewest}",
            instead="more points",
        )
    u, mean = design.places[good], y[good].mean(axis=1)
    fitted = fit_surrogate(u, mean)
    estimates = np.stack(fitted.shares())
    variance = _jackknife_points(u, mean) + _jackknife_worlds(fitted, u, y[good])
    error = np.sqrt(variance)
    low, high = np.clip(estimates - _Z * error, 0, 1), np.clip(estimates + _Z * error, 0, 1)
    found = [
        Index(
            f.name, f.words,
            *(float(x) for s in (0, 1) for x in (estimates[s, j], low[s, j], high[s, j])),
            shapley=float(estimates[2, j]),
        )
        for j, f in enumerate(design.factors)
    ]  # fmt: skip
    return tuple(sorted(found, key=lambda index: (-(index.total or 0.0), index.factor))), fitted.q2


def _jackknife_points(u: Floats, y: Floats) -> Floats:
    """Variance of the indices when a tenth of the points is left out, including the choice of terms."""
    folds = np.arange(len(y)) % _FOLDS
    found = np.array([np.stack(fit_surrogate(u[folds != k], y[folds != k]).shares()) for k in range(_FOLDS)])
    return (_FOLDS - 1) / _FOLDS * ((found - found.mean(axis=0)) ** 2).sum(axis=0)


def _jackknife_worlds(fitted: Surrogate, u: Floats, y: Floats) -> Floats:
    """Variance of the indices when one world, whose luck all points share, is left out."""
    worlds = y.shape[1]
    if worlds < 2:
        return np.zeros((3, u.shape[1]))
    total = y.sum(axis=1)
    found = np.array([np.stack(fitted.again(u, (total - y[:, w]) / (worlds - 1)).shares()) for w in range(worlds)])
    return (worlds - 1) / worlds * ((found - found.mean(axis=0)) ** 2).sum(axis=0)


def _morris(design: Points, y: Floats, good: NDArray[np.bool_]) -> tuple[tuple[Index, ...], None]:
    """Elementary effects over the whole range; a trajectory with a failed run is left out."""
    assert design.places is not None
    k = len(design.factors)
    shape = (len(design) // (k + 1), k + 1)
    whole = good.reshape(shape).all(axis=1)
    if whole.sum() < 2:
        raise StudyError(f"{int(whole.sum())} trajectories without a failed run", expected="at least two")
    moves = np.diff(design.places.reshape(*shape, k), axis=1)[whole]
    changes = np.diff(y.mean(axis=1).reshape(shape), axis=1)[whole]
    effects = np.empty((len(moves), k))
    moved = np.abs(moves).argmax(axis=2)
    np.put_along_axis(effects, moved, changes / np.take_along_axis(moves, moved[:, :, None], 2)[:, :, 0], axis=1)
    found = []
    for j, f in enumerate(design.factors):
        size = np.abs(effects[:, j])
        half = _Z * float(size.std(ddof=1)) / np.sqrt(len(size))
        found.append(
            Index(
                f.name,
                f.words,
                mean_effect=float(size.mean()),
                mean_effect_low=max(0.0, float(size.mean()) - half),
                mean_effect_high=float(size.mean()) + half,
                spread=float(effects[:, j].std(ddof=1)),
            )
        )
    return tuple(sorted(found, key=lambda index: (-(index.mean_effect or 0.0), index.factor))), None


__all__ = ["EXPLAINED", "Index", "Sensitivity", "SensitivitySettings", "design_of", "sensitivity"]
