"""Plans of tests on panels: the question, the placebos, and the estimate that the claim predicts.

A plan is written down before its estimate is read. Its simulated records keep the design of the record (rows, clusters,
spread of what is not explained) and replace its effect. With r the partial correlation of exposure and outcome,

    estimate = r s + e t,   s: outcome per exposure, both less effects and controls;  e: clustered standard error;
                            t: Student, clusters - 1 degrees of freedom

    as claimed      r = u r_theory, with r_theory from the same regression on simulated societies, or from a stated range
                    if the theory has no such number; u ~ U(0.5, 1), the share that two imperfect measures leave
    no effect       r = 0
    a hidden cause  r = c**2, c ~ U(0, 0.15): something unrecorded moves both exposure and outcome, each with a
                    correlation of up to 0.15 after effects and controls, in the direction of the claim

The rival account, where there is one, is a further scenario, and so is the claim with a hidden cause against it.

If the claim gives a sign but no size, silence contradicts nothing. If the simulated societies of the claim do not put
the estimate on its side at the steps of the record (a year, for a claim about weeks), there is no verdict. These two
rules, the hidden cause against the claim, and the shuffled waves of ELSOC were added after the first look; each can
only withhold a verdict. One mistake in the plans was corrected then: S13 is measured in shares, not in deviations.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import stats

from groundswell.claims.claim import Direction, RecordTest, Scenario
from groundswell.errors import EstimationError, RecordError, nearest
from groundswell.estimators.core import Estimate
from groundswell.estimators.panel.fixed_effects import FixedEffectsSettings, fixed_effects
from groundswell.estimators.statistics.regression import least_squares
from groundswell.records.codebooks._open import read_table
from groundswell.records.codebooks._table import Wanted
from groundswell.records.panel import Panel, load_panel
from groundswell.records.registry import check_data, data_set, find_data
from groundswell.registers.deed.designs import BOTH, EPSILON, SETTLE, YEAR, Runs

Floats = NDArray[np.float64]
_RELIABLE = (0.5, 1.0)
_HIDDEN = 0.15
_LEVEL = 0.05
_WEEKS = 104  # of a simulated record by week
_SHUFFLES = 19
_RECORDS = 200  # simulated per scenario and account: societies are redrawn for each, so more of them cost little
_SOCIETIES = 24  # lower limit for a simulated record


# -- what a record answers ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Answer:
    """The estimate from a record, and the results of its placebos.

    Parameters
    ----------
    effect : whether it passed its own checks, with its clustered standard error, degrees of freedom and scale among its checks.
    placebos : by name: "a later exposure", "the reversed path", or a negative control.
    shown : further numbers for the dossier.
    """

    effect: Estimate
    placebos: Mapping[str, Estimate]
    shown: Mapping[str, object]

    def judged(self) -> Estimate:
        """The estimate with its placebos among its checks; `passed` only if they show nothing.

        A later exposure fails if p < .05; the reversed path if p < .05 and it is at least as strong as the path itself;
        a negative control if p < .05 and it has the same sign and is at least half as strong.
        """
        own = _correlation(self.effect)
        checks: dict[str, object] = {k: v for k, v in self.effect.checks.items() if k in ("standard_error", "clusters")}
        failed = False
        for name, e in self.placebos.items():
            found, seen = _correlation(e), e.p is not None and e.p < _LEVEL
            if name in LEADS:
                bad = seen
            elif name == "the reversed path":
                bad = seen and abs(found) >= abs(own)
            else:
                bad = seen and found * own > 0 and abs(found) >= abs(own) / 2
            checks[name] = {"value": e.value, "low": e.low, "high": e.high, "p": e.p, "passed": not bad}
            failed |= bad
        checks["share of variance by which a hidden cause would explain it away"] = robustness(own)
        return replace(self.effect, passed=self.effect.passed and not failed, checks={**checks, **self.shown})


def _correlation(e: Estimate) -> float:
    """The partial correlation, from the estimate's t value: one scale for regressions of every kind."""
    error, free = float(e.checks["standard_error"]), float(e.checks["degrees_of_freedom"])  # type: ignore[arg-type]
    t = 0.0 if e.value is None or error <= 0 else e.value / error
    return t / math.sqrt(t**2 + free)


def robustness(r: float) -> float:
    """The share of residual variance of exposure and outcome that a hidden cause of both would have to explain.

        (sqrt(f**4 + 4 f**2) - f**2) / 2,   f**2 = r**2 / (1 - r**2)

    Source: Cinelli & Hazlett (2020), J. Royal Statistical Society B 82, 39-67.
    """
    f2 = r**2 / max(1 - r**2, 1e-12)
    return (math.sqrt(f2**2 + 4 * f2) - f2) / 2


@functools.cache
def whole(name: str) -> None:
    """Check that the files of a data set match the registry.

    Raises
    ------
    RecordError : one of them differs.
    """
    for file, status in check_data(name).select("file", "status").iter_rows():
        if status == "differs":
            raise RecordError(
                f"{file} of {name} is not the file that the registry knows: its checksum differs",
                expected=f"the version that {data_set(name).page} publishes",
                why="the tests were planned for that version",
            )


def record_panel(name: str, **options: Any) -> Panel:
    """A published panel, checked to be complete; see `groundswell.records.panel.load_panel`."""
    whole(name)
    return load_panel(name, **options)


def regress(
    panel: Panel,
    outcome: str,
    exposure: str,
    *,
    negative: tuple[str, str] | None = None,
    reverse: bool = True,
    shuffled: bool = False,
    shown: Mapping[str, object] | None = None,
    **settings: Any,
) -> Answer:
    """The regression of a plan with its placebos: `negative` names (outcome, exposure) of a negative control.

    `shuffled` adds the same with each unit's waves in shuffled order: with few waves, unit effects turn an association
    within waves into one of the opposite sign between waves (Nickell 1981), whatever the order of the waves.
    """
    found = fixed_effects(panel, outcome, exposure, **settings)
    placebos = {}
    if found.lead is not None:
        placebos["a later exposure"] = found.lead
    if reverse and found.reverse is not None:
        placebos["the reversed path"] = found.reverse
    if negative is not None:
        name = f"negative control: {negative[1]} on {negative[0]}"
        placebos[name] = fixed_effects(
            panel, negative[0], negative[1], FixedEffectsSettings.of(None, settings | {"placebo": False})
        ).effect
    if shuffled:
        placebos["negative control: waves of each unit in shuffled order"] = _without_order(
            panel, outcome, exposure, found.effect, FixedEffectsSettings.of(None, settings | {"placebo": False})
        )
    return Answer(found.effect, placebos, {"units": found.units, "waves": found.waves, **(shown or {})})


def _without_order(
    panel: Panel, outcome: str, exposure: str, effect: Estimate, settings: FixedEffectsSettings
) -> Estimate:
    """The mean of the estimate over shuffles of each unit's waves, with p from the error of the estimate itself."""
    level = [(pl.col(v) - pl.col(v).mean().over("wave")).alias(v) for v in (outcome, exposure)]
    frame = panel.frame.with_columns(level).sort("unit", "wave")
    values = []
    for k in range(_SHUFFLES):
        drawn = frame.with_columns(_key=pl.Series(np.random.default_rng(k).random(frame.height)))
        order = drawn.with_columns(wave=pl.col("wave").sort_by("_key").over("unit")).drop("_key")
        values.append(fixed_effects(replace(panel, frame=order), outcome, exposure, settings).effect.value)
    value = float(np.mean([v for v in values if v is not None]))
    error = float(effect.checks["standard_error"])  # type: ignore[arg-type]
    half = 1.96 * error
    p = float(2 * stats.norm.sf(abs(value) / error))
    method = f"mean over {_SHUFFLES} shuffles"
    return Estimate(value, value - half, value + half, p, effect.n, method, effect.unit, True, effect.checks)


# -- what a claim has the estimate be ----------------------------------------------------------------------------------


class PlanPrediction(Protocol):
    """The partial correlation that a claim predicts for a record, under an account and an arm."""

    def correlation(self, runs: Runs, account: str, arm: str, rng: np.random.Generator) -> float: ...


@dataclass(frozen=True)
class Stated:
    """A range for cases in which the theory has no such number: partial correlations typical of such panels."""

    low: float
    high: float

    def correlation(self, runs: Runs, account: str, arm: str, rng: np.random.Generator) -> float:
        return float(rng.uniform(self.low, self.high))


LEADS = ("a later exposure", "departure before adoption")
SURVEY = (0.02, 0.15)
"""Partial correlations within persons or campaigns over a year: below .02 no panel at hand sees anything, and .15 is the
third quartile of effects in individual differences, a generous end (Gignac & Szodorai 2016: .11, .19, .29 across
persons)."""


@dataclass(frozen=True)
class Societies:
    """The same regression on simulated societies, by year (or week): what the theory predicts for the record.

    Parameters
    ----------
    exposure, outcome : observables of the theory; two joined by " x " in an exposure stand for their product.
    lag : steps between them.
    before : whether the outcome one step earlier is held constant.
    unit_effects : whether each society has its own effect.
    step : "year" or "week".
    """

    exposure: str
    outcome: str
    lag: int = 1
    before: bool = False
    unit_effects: bool = True
    step: str = "year"

    def correlation(self, runs: Runs, account: str, arm: str, rng: np.random.Generator) -> float:
        x = self._of(runs, account, arm, self.exposure)
        y = self._of(runs, account, arm, self.outcome)
        units = rng.integers(x.shape[0], size=max(x.shape[0], _SOCIETIES))
        early, late = x[units, : x.shape[1] - self.lag], y[units, self.lag :]
        columns = [early, late]
        if self.before:
            back = max(self.lag, 1)
            columns = [x[units, back - self.lag : x.shape[1] - self.lag], y[units, back:], y[units, back - 1 : -1]]
        good = np.isfinite(np.stack(columns)).all(axis=(0, 2))
        clean = [_less_effects(c[good], self.unit_effects).ravel() for c in columns]
        if len(clean) == 3:
            b = clean[2]
            norm = float(b @ b)
            clean = [c - b * float(b @ c) / norm if norm > 0 else c for c in clean[:2]]
        a, b = clean
        size = math.sqrt(float(a @ a) * float(b @ b))
        if not size > 1e-12:
            raise EstimationError(f"{self.exposure} or {self.outcome} that never moves", expected="some change")
        return float(a @ b) / size

    def _of(self, runs: Runs, account: str, arm: str, name: str) -> Floats:
        """An observable (or a product) by society and step; shares of people as logarithms."""
        key = ("plans", account, arm, name, self.step)
        if key not in runs.memo:
            made = [self._one(runs, account, arm, part) for part in name.split(" x ")]
            centred = [m - np.nanmean(m) for m in made]
            runs.memo[key] = made[0] if len(made) == 1 else functools.reduce(np.multiply, centred)
        return runs.memo[key]

    def _one(self, runs: Runs, account: str, arm: str, name: str) -> Floats:
        weeks = runs.russia.series(account, arm, name)[:, SETTLE + 1 :]
        if self.step == "week":
            values = weeks[:, :_WEEKS]
        else:
            values = weeks[:, : weeks.shape[1] // YEAR * YEAR].reshape(weeks.shape[0], -1, YEAR).mean(axis=2)
        if name in ("turnout", "organisation", "talk"):
            return np.log(values + EPSILON)
        if name in ("violence", "counter_violence"):
            return np.log1p(values * (YEAR if self.step == "year" else 1))
        return values


def _less_effects(values: Floats, unit_effects: bool) -> Floats:
    """Values minus the means of steps, and of units."""
    left = values - values.mean(axis=0, keepdims=True)
    return left - left.mean(axis=1, keepdims=True) if unit_effects else left


# -- plans -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class PanelPlan:
    """One planned test of a claim on a panel.

    Parameters
    ----------
    claim, part : the claim, or the part of it, that is tested.
    record : data sets, joined by " + ".
    title, estimator : in the words of the dossier.
    estimand : the quantity with its unit.
    says : where the claim puts it.
    ask : returns the estimate from the record; cached.
    predicted : the partial correlation that the claim predicts.
    placebo : what must show no effect.
    accounts : those that make the claim; any other is a rival.
    arm, closed : the simulated societies, and those in which the claim's own channel is closed, if any.
    no_verdict : why the estimand is not the claim's; "" if it is.
    margin : for a claim of no effect, the size below which an effect counts as none.
    """

    claim: str
    record: str
    title: str
    estimand: str
    estimator: str
    says: Direction
    ask: Callable[[], Answer]
    predicted: PlanPrediction
    placebo: str
    accounts: tuple[str, ...] = BOTH
    arm: str = "own acts"
    closed: str = ""
    part: str = ""
    no_verdict: str = ""
    margin: float = 0.0

    def test(self) -> RecordTest:
        """The test of the register."""
        names = tuple(self.record.split(" + "))
        asserts = Scenario("as claimed" if len(self.accounts) > 1 else "".join(self.accounts), self.accounts, self.arm)
        masked = Scenario(f"{asserts.name}, a hidden cause against it", self.accounts, self.arm, "masked")
        denies = [
            Scenario("no effect", self.accounts, self.arm, "none"),
            Scenario("a hidden cause", self.accounts, self.arm, "hidden"),
        ]
        if self.says == "none":
            denies = [Scenario("an effect", self.accounts, self.arm, "effect")]
        simulated = not isinstance(self.predicted, Stated)
        if simulated:
            if self.closed:
                denies.append(Scenario("its channel closed", self.accounts, self.closed))
            denies += [Scenario(other, (other,), self.arm) for other in BOTH if other not in self.accounts]
        return RecordTest(
            record=self.record, title=self.title, citation=" ".join(data_set(n).citation for n in names),
            estimator=self.estimator, says=self.says, observe=lambda seed: self.ask().judged(), simulate=self._simulate,
            asserting=(asserts, masked) if self.says != "none" else (asserts,), denying=tuple(denies), data=names, part=self.part, no_verdict=self.no_verdict,
            estimand=self.estimand, placebo=self.placebo, margin=self.margin,
            at_least=_RECORDS, size_known=simulated, own_side=simulated,
        )  # fmt: skip

    def _simulate(self, runs: Runs, account: str, draw: int, scenario: Scenario, rng: np.random.Generator) -> Estimate:
        """A record of the same design with the effect of a scenario."""
        e = self.ask().effect
        error, free = float(e.checks["standard_error"]), float(e.checks["degrees_of_freedom"])  # type: ignore[arg-type]
        clusters = int(e.checks["clusters"])  # type: ignore[call-overload]
        sign = -1.0 if self.says == "below" else float(rng.choice([-1, 1])) if self.says == "either" else 1.0
        against = -sign * float(rng.uniform(0, _HIDDEN)) ** 2 if scenario.twist == "masked" else 0.0
        if scenario.twist == "none" or (self.says == "none" and not scenario.twist):
            r = 0.0
        elif scenario.twist == "hidden":
            r = sign * float(rng.uniform(0, _HIDDEN)) ** 2
        else:
            r = self.predicted.correlation(runs, account, scenario.arm, rng) * float(rng.uniform(*_RELIABLE))
            r = r * (sign if isinstance(self.predicted, Stated) else 1.0) + against
        scale = float(e.checks.get("scale") or error * math.sqrt(free))  # type: ignore[arg-type]
        value = r * scale + error * float(rng.standard_t(max(clusters - 1, 1)))
        half = float(stats.t.ppf(0.975, max(clusters - 1, 1))) * error
        p = float(2 * stats.t.sf(abs(value) / error, max(clusters - 1, 1)))
        return Estimate(value, value - half, value + half, p, e.n, e.method, e.unit, passed=True)


# -- records as plans need them ----------------------------------------------------------------------------------------


def record_table(name: str, columns: Sequence[str]) -> pl.DataFrame:
    """Columns of a complete data set, as text, with its codes for missing values as null.

    Raises
    ------
    RecordError : it is not on this machine, differs from the registry, or lacks a column.
    """
    whole(name)
    table = read_table(find_data(name), Wanted(set(columns)))
    for column in columns:
        if column not in table.columns:
            raise RecordError(
                f"{name} has no column {column!r}",
                expected="its columns as published: " + ", ".join(table.columns[:30]),
                instead=nearest(column, table.columns),
            )
    text = pl.all().str.strip_chars()
    return table.frame.select(columns).with_columns(
        pl.when(text.str.to_lowercase().is_in(["", "na", "."])).then(None).otherwise(text).name.keep()
    )


def mean_answer(
    values: Floats, clusters: Sequence[object], method: str, unit: str, placebos: Mapping[str, Floats] | None = None
) -> Answer:
    """The mean of values, errors clustered, with the means of placebos that have the same clusters."""

    def mean(x: Floats) -> Estimate:
        fit = least_squares(x, {}, clusters=list(clusters))
        e = fit.estimate("constant", unit=unit)
        error = fit.standard_error("constant")
        scale = float(x.std(ddof=1))
        checks = {"standard_error": error, "clusters": fit.clusters, "degrees_of_freedom": x.size - 1, "scale": scale}
        return replace(e, method=method, checks=checks)

    return Answer(mean(values), {name: mean(x) for name, x in (placebos or {}).items()}, {})


def derived(panel: Panel, **columns: pl.Expr) -> Panel:
    """A panel with further variables, derived from its own."""
    return replace(panel, frame=panel.frame.with_columns(**columns), covariates=(*panel.covariates, *columns))
