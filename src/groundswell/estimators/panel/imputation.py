"""Staggered adoption: the outcome without it, imputed from units and waves that have not adopted yet."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl
import pydantic
from numpy.typing import NDArray
from scipy import stats
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from groundswell.charts import Chart
from groundswell.draws import derive_seed
from groundswell.errors import EstimationError
from groundswell.estimators.core import Check, Estimate
from groundswell.estimators.panel.absorb import Codes, codes
from groundswell.estimators.panel.fixed_effects import FEWEST_CLUSTERS
from groundswell.estimators.statistics.regression import clustered
from groundswell.records.panel import CLUSTER, UNIT, WAVE, Panel
from groundswell.results import Result
from groundswell.settings import Settings

Floats = NDArray[np.float64]
_LEADS = 3  # waves before adoption that the test of leads examines
_FEWEST_UNITS = 10  # that adopt


class ImputationSettings(Settings):
    """Options of `imputed_effects`."""

    family: Literal["linear", "poisson"] = pydantic.Field("linear", description="linear, or poisson for counts")
    horizons: int = pydantic.Field(
        5, ge=1, le=50, description="waves after adoption that are averaged, its own included"
    )
    above: float = pydantic.Field(0.0, allow_inf_nan=False, description="a unit has adopted once the exposure is above")
    draws: int = pydantic.Field(299, ge=99, le=9999, description="of the bootstrap over clusters")
    seed: int = pydantic.Field(0, ge=0, description="of the bootstrap")
    level: float = pydantic.Field(0.95, ge=0.5, lt=1, description="coverage of intervals")


@dataclass(frozen=True)
class Imputed(Result):
    """What adoption changed.

    Parameters
    ----------
    outcome, exposure, family : as given.
    effect : mean change over the horizons (poisson: log ratio of the totals).
    horizons : (waves since adoption, change, low, high, adopters) one by one.
    leads : p-value that the waves before adoption already differ, as a check.
    enough : whether there are enough clusters for the bootstrap and the test of leads.
    adopters, never, always : units that adopt within the panel, never do, and had adopted from their first wave.
    cells, cells_left_out : adopted cells that were imputed, and those that could not be.
    """

    outcome: str
    exposure: str
    family: str
    effect: Estimate
    horizons: tuple[tuple[int, float, float, float, int], ...]
    leads: Check
    enough: Check
    adopters: int
    never: int
    always: int
    cells: int
    cells_left_out: int

    derived = ("passed", "answer")

    @property
    def passed(self) -> bool:
        return self.leads.passed and self.enough.passed

    @property
    def answer(self) -> str:
        """The finding in one sentence, with the test of leads where it fails."""
        e = self.effect
        assert e.value is not None
        assert e.low is not None
        assert e.high is not None
        if self.family == "poisson":
            size = f"{math.expm1(e.value):+.1%} ({math.expm1(e.low):+.1%} to {math.expm1(e.high):+.1%})"
        else:
            size = f"{e.value:+.3g} ({e.low:+.3g} to {e.high:+.3g})"
        say = f"{self.outcome} changed by {size} after {self.exposure} in {self.adopters} units, p = {e.p:.2g}."
        if not self.enough.passed:
            return f"No verdict: {self.enough.statistic:.0f} clusters are too few. {say}"
        if self.leads.passed:
            return say
        return f"No verdict: {self.outcome} was already on another path beforehand (p = {self.leads.p:.2g}). {say}"

    def to_frame(self) -> pl.DataFrame:
        """One row per wave since adoption."""
        return pl.DataFrame(self.horizons, schema=["waves_since", "change", "low", "high", "adopters"], orient="row")

    def charts(self) -> Sequence[Chart]:
        frame = self.to_frame().select(x="waves_since", y="change", low="low", high="high")
        unit = "log ratio" if self.family == "poisson" else "change"
        title = f"{self.outcome} after {self.exposure}"
        return (Chart("lines", frame, title, "waves since adoption", unit, self.answer),)


def imputed_effects(
    panel: Panel, outcome: str, exposure: str, settings: ImputationSettings | None = None, **options: object
) -> Imputed:
    """The change of an outcome after a lasting adoption that units make at different waves.

        y[i, t] = unit_i + wave_t + e            fitted where i has not adopted by t (poisson: log E y)
        effect  = mean over adopted cells of y[i, t] - (unit_i + wave_t)

    Unlike a regression with a dummy of adoption, no adopter serves as the control of another, so effects may differ
    between units and grow with time.

    Parameters
    ----------
    panel : rows of units by wave.
    outcome, exposure : variables of the panel; a unit has adopted from the first wave at which the exposure is above
        `above`, and stays so.
    settings, options : see `ImputationSettings`.

    Returns
    -------
    Imputed : `passed` is False where the outcome of adopters departs from that of the others in the three waves before
        they adopt (joint test, errors clustered).

    Raises
    ------
    RecordError : an unknown variable.
    EstimationError : fewer than 10 adopters, no unit or wave to impute from, negative counts.

    Known limits: what happens at the same time as adoption, in adopters only, is part of the effect; so is anticipation
    more than three waves ahead. Source: Borusyak, Jaravel & Spiess (2024), Review of Economic Studies 91:3253-3285.
    """
    asked = ImputationSettings.of(settings, options)
    panel.require(outcome, exposure)
    cells = _cells(panel, outcome, exposure, asked)
    point = _effects(cells, asked)
    if point is None:
        raise EstimationError(
            "adopted cells whose unit or wave was never seen without adoption",
            expected="adopters with waves before adoption, and units that adopt later or never",
        )
    rng = np.random.default_rng(derive_seed(asked.seed, "imputed effects"))
    G = int(cells.cluster.max()) + 1
    if G < 2:
        raise EstimationError("one cluster", expected="at least two", instead="no cluster, so that each unit is one")
    members = [np.flatnonzero(cells.cluster == g) for g in range(G)]
    draws = []
    for _ in range(asked.draws):
        chosen = rng.integers(G, size=G)
        again = _effects(cells.resampled([members[g] for g in chosen]), asked)
        if again is not None:
            draws.append((again.overall, again.by_horizon))
    overall = np.array([d[0] for d in draws])
    horizons = np.array([d[1] for d in draws])
    error = float(overall.std(ddof=1))
    z = float(stats.t.ppf(0.5 + asked.level / 2, G - 1))
    p = float(2 * stats.t.sf(abs(point.overall) / error, G - 1)) if error > 0 else float(point.overall == 0)
    unit = "log ratio" if asked.family == "poisson" else "in units of the outcome"
    effect = Estimate(
        point.overall, point.overall - z * error, point.overall + z * error, p, int(cells.after.sum()),
        "imputation of what would have been without adoption, bootstrap over clusters", unit, G >= FEWEST_CLUSTERS,
        {"standard_error": error, "clusters": G}, asked.level,
    )  # fmt: skip
    spread = np.nanstd(horizons, axis=0, ddof=1)
    rows = tuple(
        (h, float(v), float(v - z * s), float(v + z * s), int(n))
        for h, (v, s, n) in enumerate(zip(point.by_horizon, spread, point.adopters, strict=True))
        if np.isfinite(v)
    )
    enough = Check("enough clusters", float(G), float(G >= FEWEST_CLUSTERS), f"at least {FEWEST_CLUSTERS} clusters")
    return Imputed(
        outcome, exposure, asked.family, effect, rows, _leads(cells, asked), enough, cells.adopters, cells.never,
        cells.always, point.cells, point.left_out,
    )  # fmt: skip


@dataclass(frozen=True)
class _Cells:
    """The rows of the panel, with how many waves ago each unit adopted (negative before, far below for never)."""

    y: Floats
    unit: Codes
    wave: Codes
    cluster: Codes
    since: Codes
    horizons: int
    adopters: int
    never: int
    always: int

    @property
    def after(self) -> NDArray[np.bool_]:
        """Adopted, within the horizons."""
        return (self.since >= 0) & (self.since < self.horizons)

    def resampled(self, groups: Sequence[NDArray[np.int64]]) -> _Cells:
        """Clusters drawn with replacement; a cluster drawn twice counts as two."""
        rows = np.concatenate(groups)
        copy = np.concatenate([np.full(len(g), k) for k, g in enumerate(groups)])
        unit = codes(self.unit[rows] * len(groups) + copy)
        return _Cells(
            self.y[rows], unit, self.wave[rows], copy.astype(np.int64), self.since[rows], self.horizons,
            self.adopters, self.never, self.always,
        )  # fmt: skip


_NEVER = -(10**6)


def _cells(panel: Panel, outcome: str, exposure: str, asked: ImputationSettings) -> _Cells:
    order = {wave: i for i, wave in enumerate(panel.waves)}
    frame = panel.frame.with_columns(_at=pl.col(WAVE).replace_strict(order, return_dtype=pl.Int64))
    frame = frame.with_columns(
        _adopted=pl.when(pl.col(exposure) > asked.above).then(pl.col("_at")).min().over(UNIT),
        _first=pl.col("_at").min().over(UNIT),
    )
    always = frame.filter(pl.col("_adopted") == pl.col("_first"))[UNIT].n_unique()
    frame = frame.filter((pl.col("_adopted").is_null()) | (pl.col("_adopted") > pl.col("_first")))
    frame = frame.filter(pl.col(outcome).is_not_null())
    adopters = frame.filter(pl.col("_adopted").is_not_null())[UNIT].n_unique() if frame.height else 0
    never = frame.filter(pl.col("_adopted").is_null())[UNIT].n_unique() if frame.height else 0
    if adopters < _FEWEST_UNITS:
        raise EstimationError(
            f"{adopters} units whose {exposure} rises above {asked.above:g} after their first wave",
            expected=f"at least {_FEWEST_UNITS}",
        )
    y = frame[outcome].to_numpy().astype(np.float64)
    if asked.family == "poisson" and (y < 0).any():
        raise EstimationError(f"{outcome} has negative values", expected="counts", instead="family='linear'")
    since = (frame["_at"] - frame["_adopted"]).fill_null(_NEVER).to_numpy().astype(np.int64)
    cluster = (frame[CLUSTER] if CLUSTER in frame.columns else frame[UNIT]).fill_null("")
    unit, wave = codes(frame[UNIT].to_numpy()), codes(frame["_at"].to_numpy())
    return _Cells(y, unit, wave, codes(cluster.to_numpy()), since, asked.horizons, adopters, never, always)


@dataclass(frozen=True)
class _Effects:
    overall: float
    by_horizon: Floats
    adopters: Floats
    cells: int
    left_out: int


def _effects(cells: _Cells, asked: ImputationSettings) -> _Effects | None:
    """The effects of one sample; None where nothing can be imputed."""
    before = cells.since < 0
    expected = _imputed(cells, before, asked.family)
    if expected is None:
        return None
    after = cells.after & np.isfinite(expected)
    if not after.any():
        return None
    by, count = np.full(cells.horizons, np.nan), np.zeros(cells.horizons)
    for h in range(cells.horizons):
        here = after & (cells.since == h)
        count[h] = np.unique(cells.unit[here]).size
        if here.any():
            by[h] = _change(cells.y[here], expected[here], asked.family)
    return _Effects(
        _change(cells.y[after], expected[after], asked.family), by, count, int(after.sum()),
        int((cells.after & ~after).sum()),
    )  # fmt: skip


def _change(y: Floats, expected: Floats, family: str) -> float:
    if family == "linear":
        return float(np.mean(y - expected))
    return math.log(
        (y.sum() + 0.5) / (expected.sum() + 0.5)
    )  # half an event, so that the logarithm of zero events is finite


def _imputed(cells: _Cells, use: NDArray[np.bool_], family: str) -> Floats | None:
    """Prediction for every cell from unit and wave effects fitted where `use`; NaN where either was not seen there."""
    if use.sum() < 3:
        return None
    units, waves = int(cells.unit.max()) + 1, int(cells.wave.max()) + 1
    unit, wave, y = cells.unit[use], cells.wave[use], cells.y[use]
    part_of_unit, part_of_wave = _parts(unit, wave, units, waves)
    seen = (part_of_unit[cells.unit] >= 0) & (part_of_unit[cells.unit] == part_of_wave[cells.wave])

    def fitted(z: Floats, w: Floats) -> Floats:
        of_unit, of_wave = _two_way(z, w, unit, wave, units, waves)
        return of_unit[cells.unit] + of_wave[cells.wave]

    if family == "linear":
        return np.where(seen, fitted(y, np.ones(y.size)), np.nan)
    mean = (y + y.mean() + 1e-3) / 2
    eta = np.log(mean)
    every = np.zeros(cells.y.size)
    for _ in range(60):
        every = np.clip(fitted(eta + (y - mean) / mean, mean), -12, 20)
        eta, new = every[use], np.exp(every[use])
        done = float(np.abs(new - mean).max()) < 1e-8 * (1 + float(mean.max()))
        mean = new
        if done:
            break
    return np.where(seen, np.exp(every), np.nan)


def _parts(unit: Codes, wave: Codes, units: int, waves: int) -> tuple[Codes, Codes]:
    """The connected part to which each unit and wave belongs; effects are comparable only within one. -1: unseen."""
    graph = coo_matrix((np.ones(unit.size), (unit, units + wave)), shape=(units + waves,) * 2)
    part = connected_components(graph, directed=False)[1].astype(np.int64)
    part[:units][np.bincount(unit, minlength=units) == 0] = -1
    part[units:][np.bincount(wave, minlength=waves) == 0] = -1
    return part[:units], part[units:]


def _two_way(z: Floats, w: Floats, unit: Codes, wave: Codes, units: int, waves: int) -> tuple[Floats, Floats]:
    """Weighted least squares on two sets of dummies: units are eliminated, and the waves solved for."""
    per_unit = np.maximum(np.bincount(unit, weights=w, minlength=units), 1e-300)
    per_wave = np.bincount(wave, weights=w, minlength=waves)
    both = np.bincount(unit * waves + wave, weights=w, minlength=units * waves).reshape(units, waves)
    of_unit = np.bincount(unit, weights=w * z, minlength=units)
    of_wave = np.bincount(wave, weights=w * z, minlength=waves)
    shared = both / per_unit[:, None]
    wave_effect = np.linalg.pinv(np.diag(per_wave) - both.T @ shared, hermitian=True) @ (of_wave - shared.T @ of_unit)
    return (of_unit - both @ wave_effect) / per_unit, wave_effect


def _leads(cells: _Cells, asked: ImputationSettings) -> Check:
    """Whether adopters departed from the others in the waves just before they adopted: a joint clustered Wald test."""
    use = cells.since < 0
    lead = np.stack([(cells.since == -1 - k) & use for k in range(_LEADS)], axis=1)[use].astype(np.float64)
    lead = lead[:, lead.sum(axis=0) >= 2][:, : max(1, int(cells.cluster.max()) - 1)]  # at most clusters - 2
    if not lead.shape[1]:
        return Check("no departure before adoption", 0.0, 1.0, "no waves before adoption to examine")
    sub = _Cells(
        cells.y[use], codes(cells.unit[use]), codes(cells.wave[use]), codes(cells.cluster[use]), cells.since[use],
        cells.horizons, cells.adopters, cells.never, cells.always,
    )  # fmt: skip
    every = np.ones(sub.y.size, np.bool_)
    if asked.family == "poisson":
        expected = _imputed(sub, every, "poisson")
        assert expected is not None
        w, y = expected, (sub.y - expected) / np.maximum(expected, 1e-9)
    else:
        w, y = np.ones(sub.y.size), sub.y
    units, waves = int(sub.unit.max()) + 1, int(sub.wave.max()) + 1

    def clean(column: Floats) -> Floats:
        of_unit, of_wave = _two_way(column, w, sub.unit, sub.wave, units, waves)
        return column - of_unit[sub.unit] - of_wave[sub.wave]

    X = np.stack([clean(column) for column in lead.T], axis=1)
    left = clean(y)
    bread = np.linalg.pinv(X.T @ (w[:, None] * X))
    b = bread @ (X.T @ (w * left))
    residual = left - X @ b
    G = int(sub.cluster.max()) + 1
    covariance = clustered(bread, (w * residual)[:, None] * X, sub.cluster, waves + X.shape[1])
    q = max(1, int(np.linalg.matrix_rank(covariance)))
    F = float(b @ np.linalg.pinv(covariance) @ b) / q * (G - q) / (G - 1)  # Hotelling's scale for few clusters
    p = float(stats.f.sf(F, q, max(1, G - q)))
    return Check("no departure before adoption", F, p, f"joint test of {q} waves before adoption, errors clustered")


__all__ = ["ImputationSettings", "Imputed", "imputed_effects"]
