"""Regressions with effects of units and waves, linear or for counts: clustered errors, leads, reversed paths."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import polars as pl
import pydantic
from numpy.typing import NDArray
from scipy import stats

from groundswell.errors import EstimationError
from groundswell.estimators.core import Check, Checked, Estimate
from groundswell.estimators.panel.absorb import Codes, absorbed, codes, rank_of_effects
from groundswell.estimators.panel.random_intercepts import mundlak, random_intercepts
from groundswell.estimators.statistics.regression import clustered
from groundswell.records.panel import CLUSTER, UNIT, WAVE, WEIGHT, Panel
from groundswell.settings import Settings

Floats = NDArray[np.float64]
Family = Literal["linear", "poisson"]

FEWEST_CLUSTERS = 20  # below, clustered errors are too small (Cameron & Miller 2015)
_FEWEST_ROWS = 20
_LONG = 5  # waves besides the lag: three are lost to the controls of a lead, and a unit needs at least two rows


class FixedEffectsSettings(Settings):
    """Options of `fixed_effects`."""

    family: Family = pydantic.Field("linear", description="linear, or poisson for counts (a log link)")
    controls: tuple[str, ...] = pydantic.Field((), description="further variables")
    unit_effects: bool = pydantic.Field(True, description="an effect of each unit")
    wave_effects: bool = pydantic.Field(True, description="an effect of each wave")
    lag: int = pydantic.Field(1, ge=0, le=20, description="waves between exposure and outcome")
    outcome_before: bool = pydantic.Field(False, description="the outcome one wave earlier as a control")
    log_exposure: bool = pydantic.Field(False, description="log(1 + exposure) instead of the exposure")
    weighted: bool = pydantic.Field(False, description="the panel's weights")
    random_intercepts: bool = pydantic.Field(
        False, description="also fit random intercepts instead of unit effects (linear)"
    )
    level: float = pydantic.Field(0.95, ge=0.5, lt=1, description="coverage of intervals")
    placebo: bool = pydantic.Field(True, description="also fit the exposure of a later wave, and the reversed path")


@dataclass(frozen=True)
class PanelRegression(Checked):
    """The association of an exposure with an outcome, within units and across waves.

    Parameters
    ----------
    outcome, exposure, family, lag : the regression that was fitted.
    effect : the coefficient of the exposure: change of the outcome per unit of it (of its log expectation, poisson).
    lead : the same with the exposure of a later wave, which cannot have caused the outcome; None where the
        panel is too short.
    reverse : the later exposure on the outcome, the exposure of the outcome's own wave held constant: the reversed
        path. None within one wave (`lag=0`), where neither comes first, and where the panel is too short.
    intercepts : the same rows with random intercepts of units; its checks hold the standard deviations `between` and
        `within` units, `model_error` (the standard error under the model) and `mundlak_p`. None unless requested.
    units, waves, n, clusters : units, waves, rows and clusters that were used.
    rows_left_out : rows without the outcome, the exposure or a control, or in an uninformative unit.
    checks : enough clusters; the lead near zero.
    """

    outcome: str
    exposure: str
    family: str
    lag: int
    effect: Estimate
    lead: Estimate | None
    reverse: Estimate | None
    units: int
    waves: int
    n: int
    clusters: int
    rows_left_out: int
    checks: tuple[Check, ...]
    intercepts: Estimate | None = None

    derived = ("passed", "answer")

    @property
    def answer(self) -> str:
        """The finding in one or two sentences, with that of the placebo."""
        e = self.effect
        if e.value is None or e.low is None or e.high is None or e.p is None:
            return "No verdict: the effect could not be estimated."
        if self.family == "poisson":
            size = f"{math.expm1(e.value):+.1%} ({math.expm1(e.low):+.1%} to {math.expm1(e.high):+.1%})"
        else:
            size = f"{e.value:+.3g} ({e.low:+.3g} to {e.high:+.3g})"
        when = "in the same wave" if self.lag == 0 else "a wave later" if self.lag == 1 else f"{self.lag} waves later"
        say = f"One more unit of {self.exposure} is associated with {size} of {self.outcome} {when}, p = {e.p:.2g}."
        if self.failing:
            return f"No verdict, since this failed: {self.failing}. {say}"
        return f"{say} {self._beside}".strip()

    @property
    def _beside(self) -> str:
        """The result with random intercepts, and whether units differ otherwise too."""
        r = self.intercepts
        if r is None or r.value is None or r.low is None or r.high is None:
            return ""
        say = f"With random intercepts of units it is {r.value:+.3g} ({r.low:+.3g} to {r.high:+.3g})"
        p = r.checks.get("mundlak_p")
        if not isinstance(p, float):
            return f"{say}."
        if p < 0.05:
            return (
                f"{say}, but this cannot be trusted: units differ in another way than they change (Mundlak's test, p "
                f"= {p:.2g})."
            )
        return f"{say}; units are not shown to differ in another way than they change (Mundlak's test, p = {p:.2g})."

    def rows_of(self) -> list[tuple[str, Estimate]]:
        """The estimates by name."""
        named = (
            ("effect", self.effect),
            ("random intercepts", self.intercepts),
            ("lead", self.lead),
            ("reverse", self.reverse),
        )
        return [(name, estimate) for name, estimate in named if estimate is not None]

    def to_frame(self) -> pl.DataFrame:
        """One row per estimate: effect, with random intercepts, lead and reverse."""
        return pl.DataFrame(
            [
                {"estimate": name, "value": e.value, "low": e.low, "high": e.high, "p": e.p, "n": e.n}
                for name, e in self.rows_of()
            ]
        )


def fixed_effects(
    panel: Panel, outcome: str, exposure: str, settings: FixedEffectsSettings | None = None, **options: object
) -> PanelRegression:
    """Regress an outcome on an exposure of an earlier wave, with unit and wave effects.

        y[i, t] = b x[i, t - lag] + c z[i, t - lag] + unit_i + wave_t + e          (linear)
        E y[i, t] = exp(b x[i, t - lag] + c z[i, t - lag] + unit_i + wave_t)       (poisson)

    Errors are clustered by the panel's clusters, or by unit where it has none, with the correction
    G / (G - 1) (n - 1) / (n - k), in which effects nested in the clusters are not counted in k.

    Parameters
    ----------
    panel : rows of units by wave.
    outcome, exposure : variables of the panel.
    settings, options : see `FixedEffectsSettings`.

    Returns
    -------
    PanelRegression : `passed` is False with fewer than 20 clusters, and where the exposure of a *later* wave predicts
        the outcome as well: then units that differ in the exposure were already on different paths.

    Raises
    ------
    RecordError : an unknown variable.
    EstimationError : too few rows, an exposure that does not vary within units, negative counts.

    Known limits: with few waves, `outcome_before` with unit effects is biased (Nickell 1981). Effects that differ
    between units adopted at different times can be averaged with negative weights; use `imputed_effects` for those.

    Source: Correia, Guimaraes & Zylkin (2020), Stata Journal 20:95-115 (poisson); Cameron & Miller (2015), J. Human
    Resources 50:317-372 (clusters).
    """
    asked = FixedEffectsSettings.of(settings, options)
    panel.require(outcome, exposure, *asked.controls)
    paths = _Paths.of(panel, outcome, exposure, asked)
    rows = _rows(panel, paths.main, asked)
    main = _fit(rows, asked, f"{exposure} of {asked.lag} waves before")
    lead = reverse = None
    if asked.placebo and len(panel.waves) > 2:
        lead = _placebo(panel, paths.lead, asked)
        if asked.lag > 0:  # within one wave neither comes first
            reverse = _placebo(panel, paths.reverse, asked.model_copy(update={"family": "linear"}))
    intercepts = _with_intercepts(rows, asked) if asked.random_intercepts else None
    enough = Check(
        "enough clusters", float(main.clusters), float(main.clusters >= FEWEST_CLUSTERS),
        f"at least {FEWEST_CLUSTERS} clusters",
    )  # fmt: skip
    checks = [enough]
    if lead is not None and lead.p is not None:
        checks.append(
            Check("a later exposure predicts nothing", lead.value or 0.0, lead.p, "p-value of the lead, clustered")
        )
    return PanelRegression(
        outcome, exposure, asked.family, asked.lag, main.estimate, lead, reverse, main.units, main.waves,
        main.rows, main.clusters, main.left_out, tuple(checks), intercepts,
    )  # fmt: skip


@dataclass(frozen=True)
class _Rows:
    """What is regressed: outcome, columns (the exposure first), weights, and codes of units, waves and clusters."""

    y: Floats
    X: Floats
    w: Floats
    unit: Codes
    wave: Codes
    cluster: Codes
    left_out: int


@dataclass(frozen=True)
class _Fitted:
    estimate: Estimate
    units: int
    waves: int
    rows: int
    clusters: int
    left_out: int


@dataclass(frozen=True)
class _Path:
    """One regression: the outcome, and its regressors, each with its number of waves before the outcome; the first
    is the one of interest."""

    outcome: str
    y: pl.Expr
    terms: tuple[tuple[pl.Expr, int], ...]
    about: str


@dataclass(frozen=True)
class _Paths:
    """The path of interest, and its two placebos.

    Each placebo controls for what came before, or it would reflect that:

        lead     y[t] on x[t + 1];    x[t - lag .. t], z[t - lag] held, and y[t - 1], x[t - lag - 1], z[t - lag - 1]
        reverse  x[t] on y[t - lag];  x[t - lag], z[t - lag] held, and y[t - lag - 1], x[t - 2 lag], z[t - 2 lag]

    What follows the "and" is what led to a controlled or reversed outcome. It is controlled where units have effects:
    removing these mixes the waves of a unit, and ties a value to those before it (Nickell 1981). The lead controls for
    it from lag + 5 waves on, as shorter panels have no rows to spare; else for y[t - 1] where the path does.

    Of 300 simulated panels of 100 units and 4 to 12 waves without reversed effect (memories of 0 to .8, an effect,
    a control that moves both), the reverse finds one in 5 to 13% at a nominal 5% and the lead in 5 to 9%. With only
    the outcome, the reverse finds one in up to 100%; without the last three, the lead in up to 78%.
    """

    main: _Path
    lead: _Path
    reverse: _Path

    @staticmethod
    def of(panel: Panel, outcome: str, exposure: str, asked: FixedEffectsSettings) -> _Paths:
        x, y, lag = pl.col(exposure), pl.col(outcome), asked.lag
        if asked.log_exposure:
            if (panel.frame[exposure] <= -1).any():
                raise EstimationError(f"{exposure} of -1 or less", expected="more than -1 for log(1 + exposure)")
            x = x.log1p()
        held = tuple((pl.col(z), lag) for z in asked.controls)
        before = ((y, 1),) if asked.outcome_before else ()
        earlier = tuple((x, k) for k in range(lag + 1))
        own = ((x, lag), *held)

        def came(from_y: int, from_x: int) -> tuple[tuple[pl.Expr, int], ...]:
            return ((y, from_y), (x, from_x), *((z, from_x) for z, _ in held))

        mixed = asked.unit_effects
        at_lead = came(1, lag + 1) if mixed and len(panel.waves) >= lag + _LONG else before
        at_reverse = came(lag + 1, 2 * lag) if mixed else ()
        about = f"{exposure} {lag} waves before and the controls"
        return _Paths(
            _Path(outcome, y, ((x, lag), *held, *before), about),
            _Path(outcome, y, ((x, -1), *earlier, *held, *at_lead), about),
            _Path(exposure, x, ((y, lag), *own, *at_reverse), about),
        )


def _placebo(panel: Panel, path: _Path, asked: FixedEffectsSettings) -> Estimate | None:
    """The lead or the reversed path; None where the panel is too short."""
    try:
        return _fit(_rows(panel, path, asked), asked, "placebo").estimate
    except EstimationError:
        return None


def _rows(panel: Panel, path: _Path, asked: FixedEffectsSettings) -> _Rows:
    """The outcome and its regressors; rows that lack any of them are left out and counted."""
    order = {wave: i for i, wave in enumerate(panel.waves)}
    outcome, about = path.outcome, path.about
    frame = panel.frame.with_columns(_at=pl.col(WAVE).replace_strict(order, return_dtype=pl.Int64))
    joined = frame.with_columns(path.y.alias("_y"))
    names = [f"_x{i}" for i in range(len(path.terms))]
    for name, (term, lag) in zip(names, path.terms, strict=True):
        early = frame.select(UNIT, (pl.col("_at") + lag).alias("_at"), term.alias(name))
        joined = joined.join(early, on=[UNIT, "_at"], how="left", maintain_order="left")
    kept = joined.filter(pl.all_horizontal(pl.col(n).is_not_null() for n in ["_y", *names]))
    if asked.weighted and WEIGHT not in kept.columns:
        raise EstimationError("weights that the panel does not have", expected="a panel with a column of weights")
    if asked.weighted:
        kept = kept.filter(pl.col(WEIGHT) > 0)
    if asked.unit_effects:  # a unit seen once is uninformative about change
        kept = kept.filter(pl.len().over(UNIT) > 1)
    y = kept["_y"].to_numpy().astype(np.float64)
    if asked.family == "poisson":
        if (y < 0).any():
            raise EstimationError(f"{outcome} has negative values", expected="counts", instead="family='linear'")
        if asked.unit_effects:
            kept = kept.filter(pl.col("_y").sum().over(UNIT) > 0)
        if asked.wave_effects:
            kept = kept.filter(pl.col("_y").sum().over(WAVE) > 0)
        y = kept["_y"].to_numpy().astype(np.float64)
    if kept.height < _FEWEST_ROWS:
        raise EstimationError(
            f"{kept.height} rows with {outcome}, {about}",
            expected=f"at least {_FEWEST_ROWS}",
        )
    return _Rows(
        y,
        kept.select(names).to_numpy().astype(np.float64),
        kept[WEIGHT].to_numpy().astype(np.float64) if asked.weighted else np.ones(kept.height),
        codes(kept[UNIT].to_numpy()),
        codes(kept[WAVE].to_numpy()),
        codes((kept[CLUSTER] if CLUSTER in kept.columns else kept[UNIT]).fill_null("").to_numpy()),
        joined.height - kept.height,
    )


def _groups(rows: _Rows, asked: FixedEffectsSettings) -> list[Codes]:
    groups = [rows.unit] if asked.unit_effects else []
    groups += [rows.wave] if asked.wave_effects else []
    return groups or [np.zeros(rows.y.size, np.int64)]


def _fit(rows: _Rows, asked: FixedEffectsSettings, what: str) -> _Fitted:
    groups = _groups(rows, asked)
    if asked.family == "linear":
        X, residual, w = _linear(rows, groups)
    else:
        X, residual, w = _poisson(rows, groups)
    spread = float(np.sum(w * X[:, 0] ** 2))
    raw = rows.X[:, 0] - np.average(rows.X[:, 0], weights=rows.w)
    if spread <= 1e-10 * max(float(np.sum(w * raw**2)), 1e-300):
        raise EstimationError(
            f"{what} does not vary once the effects are held constant", expected="an exposure that changes within units"
        )
    bread = np.linalg.pinv(X.T @ (w[:, None] * X))
    beta = float((bread @ residual.scores)[0])
    clusters = int(rows.cluster.max()) + 1
    nested = [g for g in groups if _nested(g, rows.cluster)]
    k = X.shape[1] + max(0, rank_of_effects(groups) - (rank_of_effects(nested) if nested else 0))
    n = rows.y.size
    if clusters < 2 or n <= k:
        raise EstimationError(f"{n} rows in {clusters} clusters", expected="more rows than parameters, in two clusters")
    covariance = clustered(bread, (w * residual.values)[:, None] * X, rows.cluster, k)
    error = math.sqrt(max(float(covariance[0, 0]), 0.0))
    half = float(stats.t.ppf(0.5 + asked.level / 2, clusters - 1)) * error
    p = float(2 * stats.t.sf(abs(beta) / error, clusters - 1)) if error > 0 else float(beta == 0)
    unit = "log ratio per unit" if asked.family == "poisson" else "per unit"
    method = f"{asked.family} regression with effects of units and waves, errors clustered"
    estimate = Estimate(
        beta, beta - half, beta + half, p, n, method, unit, clusters >= FEWEST_CLUSTERS,
        {"standard_error": error, "clusters": clusters, **_partial(X, residual.values, w, beta, n - k)}, asked.level,
    )  # fmt: skip
    return _Fitted(estimate, int(rows.unit.max()) + 1, int(rows.wave.max()) + 1, n, clusters, rows.left_out)


def _with_intercepts(rows: _Rows, asked: FixedEffectsSettings) -> Estimate:
    """The same rows with random intercepts in place of effects of units, waves as columns."""
    if asked.family != "linear" or asked.weighted or not asked.unit_effects:
        raise EstimationError(
            "random intercepts with counts, with weights or without effects of units",
            expected="a linear regression with effects of units and no weights",
        )
    terms = {"exposure": rows.X[:, 0], "constant": np.ones(rows.y.size)}
    terms |= {f"held {j}": column for j, column in enumerate(rows.X.T[1:])}
    if asked.wave_effects:
        terms |= {f"wave {k}": (rows.wave == k).astype(np.float64) for k in range(1, int(rows.wave.max()) + 1)}
    fitted = random_intercepts(rows.y, terms, rows.unit, rows.cluster)
    found = fitted.regression.estimate("exposure", unit="per unit", level=asked.level)
    checks = {
        "standard_error": found.checks["standard_error"],
        "model_error": fitted.model_error("exposure"),
        "between": fitted.between,
        "within": fitted.within,
        "clusters": fitted.regression.clusters,
    }
    differ = mundlak(rows.y, terms, "exposure", rows.unit, rows.cluster)
    checks |= {} if differ is None else {"mundlak_p": differ}
    method = "linear regression with random intercepts of units (REML) and effects of waves, errors clustered"
    return replace(found, method=method, checks=checks)


def _partial(X: Floats, left: Floats, w: Floats, beta: float, freedom: int) -> dict[str, float]:
    """Spread of outcome over spread of exposure, both net of effects and controls, and the partial correlation."""
    root = np.sqrt(w)
    others = root[:, None] * X[:, 1:]
    x = root * X[:, 0]
    x = x - others @ np.linalg.lstsq(others, x, rcond=None)[0] if others.shape[1] else x
    y = root * left + beta * x
    scale = float(np.linalg.norm(y) / np.linalg.norm(x))
    return {"scale": scale, "partial_correlation": beta / scale if scale > 0 else 0.0, "degrees_of_freedom": freedom}


def _nested(group: Codes, cluster: Codes) -> bool:
    """Whether every level of a group lies in one cluster."""
    return bool(np.unique(np.column_stack([group, cluster]), axis=0).shape[0] == int(group.max()) + 1)


@dataclass(frozen=True)
class _Residual:
    values: Floats  # y - fitted, or the working residual
    scores: Floats  # X' W z: what the bread makes coefficients of


def _linear(rows: _Rows, groups: Sequence[Codes]) -> tuple[Floats, _Residual, Floats]:
    clean = absorbed(np.column_stack([rows.y, rows.X]), groups, rows.w)
    y, X = clean[:, 0], clean[:, 1:]
    moment = X.T @ (rows.w * y)
    b = np.linalg.pinv(X.T @ (rows.w[:, None] * X)) @ moment
    return X, _Residual(y - X @ b, moment), rows.w


def _poisson(rows: _Rows, groups: Sequence[Codes]) -> tuple[Floats, _Residual, Floats]:
    """Iteratively reweighted least squares, effects absorbed at each step."""
    y, base = rows.y, rows.w
    mean = (y + y.mean()) / 2
    eta = np.log(mean)
    deviance = np.inf
    for _ in range(200):
        w = base * mean
        z = eta + (y - mean) / mean
        clean = absorbed(np.column_stack([z, rows.X]), groups, w)
        zt, X = clean[:, 0], clean[:, 1:]
        moment = X.T @ (w * zt)
        b = np.linalg.pinv(X.T @ (w[:, None] * X)) @ moment
        left = zt - X @ b
        eta = np.clip(z - left, -30, 30)
        mean = np.exp(eta)
        new = 2 * float(np.sum(base * (np.where(y > 0, y * np.log(np.maximum(y, 1e-300) / mean), 0.0) - (y - mean))))
        if abs(new - deviance) < 1e-10 * (0.1 + abs(new)):
            return X, _Residual(left, moment), w
        deviance = new
    raise EstimationError("a fit for counts that does not converge", expected="counts that vary within units and waves")


__all__ = ["FEWEST_CLUSTERS", "FixedEffectsSettings", "PanelRegression", "fixed_effects"]
