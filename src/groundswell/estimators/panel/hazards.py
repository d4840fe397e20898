"""Survival with competing ends: how an exposure changes the hazard of each way in which a unit can end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import polars as pl
import pydantic
from numpy.typing import NDArray
from scipy import stats
from scipy.special import expit

from groundswell.errors import EstimationError
from groundswell.estimators.core import Check, Checked, Estimate
from groundswell.estimators.panel.absorb import codes
from groundswell.estimators.panel.fixed_effects import FEWEST_CLUSTERS
from groundswell.estimators.statistics.regression import clustered
from groundswell.records.panel import CLUSTER, UNIT, WAVE, Panel
from groundswell.settings import Settings

Floats = NDArray[np.float64]
_FEWEST_ENDS = 10  # of one kind: with fewer, its hazard is uninformative (Peduzzi et al. 1996: ten events a parameter)
_STEPS = 50
_FAR = 15.0  # log odds; beyond, an exposure splits those that ended from the rest, and no maximum exists


class HazardSettings(Settings):
    """Options of `competing_hazards`."""

    error: ClassVar = EstimationError

    controls: tuple[str, ...] = pydantic.Field((), description="further variables, of the same wave as the exposure")
    lag: int = pydantic.Field(1, ge=0, le=20, description="waves between exposure and end")
    level: float = pydantic.Field(0.95, ge=0.5, lt=1, description="coverage of intervals")


@dataclass(frozen=True)
class Hazards(Checked):
    """How an exposure changes the hazard of each end.

    Parameters
    ----------
    exposure, lag : as given.
    effects : by end: change of the log odds that a unit still at risk ends this way in a wave, per unit of the
        exposure.
    ends : how many units ended each way.
    units, n, clusters : units, rows at risk and clusters.
    checks : enough clusters.
    """

    exposure: str
    lag: int
    effects: Mapping[str, Estimate]
    ends: Mapping[str, int]
    units: int
    n: int
    clusters: int
    checks: tuple[Check, ...]

    derived = ("passed", "answer")

    @property
    def answer(self) -> str:
        """One clause for each end."""
        said = "; ".join(
            f"{end} {e.value:+.2f} ({e.low:+.2f} to {e.high:+.2f}; {self.ends[end]} units)"
            for end, e in self.effects.items()
        )
        return f"One more unit of {self.exposure} changes the log odds of an end in the next wave by: {said}."

    def to_frame(self) -> pl.DataFrame:
        """One row for each end."""
        return pl.DataFrame(
            [
                {"end": end, "value": e.value, "low": e.low, "high": e.high, "p": e.p, "ended": self.ends[end]}
                for end, e in self.effects.items()
            ]
        )


def competing_hazards(
    panel: Panel, ends: Sequence[str], exposure: str, settings: HazardSettings | None = None, **options: object
) -> Hazards:
    """The hazard of each end on an exposure of an earlier wave, given how long a unit has lasted.

        log P(end_k | at risk in wave t) / P(no end) = a_k + b_k x[i, t - lag] + c_k z[i, t - lag] + d_k log(age) + ...

    one logit for each end k, units that end otherwise being censored (cause-specific hazards); log(age) and its
    square, age counting the waves since a unit's first. Errors are clustered as in `fixed_effects`.

    Parameters
    ----------
    panel : rows of units by wave; a unit is at risk up to the first wave in which one of `ends` is above 0.
    ends : outcomes of the panel that mark the wave in which a unit ended in this way.
    exposure : a variable of the panel.
    settings, options : see `HazardSettings`.

    Raises
    ------
    RecordError : an unknown variable.
    EstimationError : fewer than 10 ends of a kind, an exposure that splits those that ended from
        the rest.

    Known limits: a cause-specific hazard says how an end comes about, not how many units end that way, which depends on
    the other ends as well; units that differ in unrecorded ways leave at different times, and those that last differ.
    Use `fixed_effects` for an outcome that does not end the unit.

    Source: Prentice et al. (1978), Biometrics 34:541-554; Allison (1982), Sociological Methodology 13:61-98.
    """
    asked = HazardSettings.of(settings, options)
    panel.require(*ends, exposure, *asked.controls)
    rows = _at_risk(panel, ends, exposure, asked)
    columns = ["_x", *(f"_z{z}" for z in asked.controls)]
    age = np.log(rows["_age"].to_numpy().astype(np.float64) + 1)
    X = np.column_stack([rows.select(columns).to_numpy().astype(np.float64), age, age**2, np.ones(rows.height)])
    cluster = codes((rows[CLUSTER] if CLUSTER in rows.columns else rows[UNIT]).fill_null("").to_numpy())
    clusters = int(cluster.max()) + 1
    effects, counted = {}, {}
    for end in ends:
        y = (rows[end].fill_null(0.0).to_numpy() > 0).astype(np.float64)
        counted[end] = int(y.sum())
        if counted[end] < _FEWEST_ENDS:
            raise EstimationError(f"{counted[end]} units that end in {end}", expected=f"at least {_FEWEST_ENDS}")
        effects[end] = _logit(X, y, cluster, asked.level, end)
    enough = Check(
        "enough clusters", float(clusters), float(clusters >= FEWEST_CLUSTERS), f"at least {FEWEST_CLUSTERS}"
    )
    units = rows[UNIT].n_unique()
    return Hazards(exposure, asked.lag, effects, counted, units, rows.height, clusters, (enough,))


def _at_risk(panel: Panel, ends: Sequence[str], exposure: str, asked: HazardSettings) -> pl.DataFrame:
    """Rows of units that have not ended before, each with its age and its earlier exposure."""
    order = {wave: i for i, wave in enumerate(panel.waves)}
    ended = pl.any_horizontal(pl.col(end).fill_null(0.0) > 0 for end in ends)
    frame = panel.frame.with_columns(_at=pl.col(WAVE).replace_strict(order, return_dtype=pl.Int64)).with_columns(
        _age=pl.col("_at") - pl.col("_at").min().over(UNIT), _end=pl.when(ended).then(pl.col("_at")).min().over(UNIT)
    )
    names = {"_x": exposure, **{f"_z{z}": z for z in asked.controls}}
    early = frame.select(
        UNIT, (pl.col("_at") + asked.lag).alias("_at"), *(pl.col(v).alias(k) for k, v in names.items())
    )
    joined = frame.join(early, on=[UNIT, "_at"], how="left", maintain_order="left")
    kept = joined.filter(
        (pl.col("_end").is_null() | (pl.col("_at") <= pl.col("_end")))
        & pl.all_horizontal(pl.col(k).is_not_null() for k in names)
    )
    if kept.height < 2 * _FEWEST_ENDS:
        raise EstimationError(f"{kept.height} rows at risk with {exposure}", expected=f"at least {2 * _FEWEST_ENDS}")
    return kept


def _logit(X: Floats, y: Floats, cluster: NDArray[np.int64], level: float, end: str) -> Estimate:
    """Newton's method on standardised columns, errors clustered; the exposure comes first, the constant last."""
    centre, spread = X[:, :-1].mean(axis=0), X[:, :-1].std(axis=0)
    if not spread[0] > 0:
        raise EstimationError("an exposure that does not vary", expected="units with and without it")
    spread = np.where(spread > 0, spread, 1.0)
    X = np.column_stack([(X[:, :-1] - centre) / spread, X[:, -1]])
    b = np.zeros(X.shape[1])
    b[-1] = np.log(y.mean() / (1 - y.mean()))
    step = np.full(b.size, np.inf)
    bread = np.zeros((b.size, b.size))
    for _ in range(_STEPS):
        mean = expit(X @ b)
        bread = np.linalg.pinv(X.T @ ((mean * (1 - mean))[:, None] * X), hermitian=True)
        step = bread @ (X.T @ (y - mean))
        length = 1.0
        while length > 1e-4 and _likelihood(X, y, b + length * step) < _likelihood(X, y, b) - 1e-12:
            length /= 2
        b = b + length * step
        if np.abs(step).max() < 1e-9 or abs(b[0]) > _FAR:
            break
    if abs(b[0]) > _FAR or np.abs(step).max() >= 1e-9:
        raise EstimationError(
            f"an exposure or a control that splits the units that end in {end} from all others",
            expected="some of both among those exposed",
        )
    mean = expit(X @ b)
    clusters, n, k = int(cluster.max()) + 1, y.size, X.shape[1]
    covariance = clustered(bread, (y - mean)[:, None] * X, cluster, k)
    value, error = float(b[0] / spread[0]), float(np.sqrt(max(covariance[0, 0], 0.0)) / spread[0])
    half = float(stats.t.ppf(0.5 + level / 2, max(clusters - 1, 1))) * error
    p = float(2 * stats.t.sf(abs(value) / error, max(clusters - 1, 1))) if error > 0 else 1.0
    checks = {"standard_error": error, "clusters": clusters, "degrees_of_freedom": n - k}
    return Estimate(
        value, value - half, value + half, p, n,
        f"discrete-time hazard of {end}, other ends censored, errors clustered", "log odds per unit",
        clusters >= FEWEST_CLUSTERS, checks, level,
    )  # fmt: skip


def _likelihood(X: Floats, y: Floats, b: Floats) -> float:
    eta = X @ b
    return float(y @ eta - np.logaddexp(0, eta).sum())


__all__ = ["HazardSettings", "Hazards", "competing_hazards"]
