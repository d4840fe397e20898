"""The settings of the fits of excitation, validated once."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import Field

from groundswell.errors import EstimationError
from groundswell.estimators.excitation.baseline import Baseline, Step
from groundswell.estimators.excitation.continuous_baseline import CONSTANT, ContinuousBaseline
from groundswell.estimators.excitation.continuous_history import Form
from groundswell.estimators.excitation.discrete_target import Family
from groundswell.results import Result
from groundswell.settings import Settings

Bounds = tuple[float | None, float | None]


class Tide(Settings):
    """What the mean would be without excitation: a hidden tide plus what is linear in the logarithm."""

    harmonics: int | None = Field(None, ge=0, description="pairs of sine and cosine of the year")
    weekdays: bool | None = Field(None, description="six weekday effects")
    breaks: str | tuple[int, ...] = Field("auto", description="'auto', or the steps of level shifts")
    holidays: bool = Field(True, description="whether to search for weeks of the year that dip or peak every year")


class ExcitationSettings(Settings):
    """How `fit_excitation` fits."""

    step: Step = Field("week", description="length of a step; sets season and weekdays")
    baseline: Tide | Baseline | None = Field(None, description="a hidden tide, or splines with level shifts")
    coverage: Any = Field(None, description="shape (T,), such as the logarithm of all events reported")
    watched: Any = Field(None, description="true where events were watched, (T,) or (T, K)")
    family: Family = Field("negative_binomial", description="of the counts given their mean")
    decay: Literal["per_target", "shared"] = Field("per_target", description="one half-life per target, or for all")
    half_life: Bounds = Field((None, None), description="bounds in steps")
    inhibition: bool = Field(False, description="whether branching may be negative")
    interval: Literal["profile", "wald", "bootstrap", "none"] = "profile"
    level: float = Field(0.95, ge=0.5, lt=1, description="coverage of intervals")
    bootstrap: int | None = Field(None, ge=0, description="series simulated without excitation")
    seed: int = 0


class HawkesSettings(Settings):
    """How `fit_hawkes` fits."""

    kernel: Form = Field("exponential", description="the distribution of delays")
    decay: Literal["per_target", "shared", "per_pair"] = Field("per_target", description="which kernels are shared")
    baseline: Literal["flexible", "constant"] | ContinuousBaseline = Field(
        "flexible", description="what the rate would be without excitation"
    )
    coverage: Any = Field(None, description="(times, values) of a step function, such as the logarithm of all events")
    inhibition: bool = Field(False, description="whether branching may be negative")
    half_life: Bounds = Field((None, None), description="bounds in days")
    exact: bool = Field(False, description="a power law pair by pair, not as a sum of exponentials")
    blur: float = Field(10.0, gt=0, description="km, the least spread of offspring and of the map")
    coordinates: Literal["degrees", "km"] = Field("degrees", description="of places")
    ties: Literal["refuse", "spread", "keep"] = Field("refuse", description="what happens to events at the same moment")
    resolution: float | None = Field(None, gt=0, allow_inf_nan=False, description="days over which ties are spread")
    interval: Literal["profile", "wald", "none"] = "profile"
    level: float = Field(0.95, ge=0.5, lt=1, description="coverage of intervals")
    bootstrap: int = Field(0, ge=0, description="records simulated without excitation")
    seed: int = 0

    @property
    def spline(self) -> ContinuousBaseline:
        """The baseline in full."""
        if isinstance(self.baseline, ContinuousBaseline):
            return self.baseline
        return ContinuousBaseline() if self.baseline == "flexible" else CONSTANT


class PanelSettings(Settings):
    """How `fit_panel` fits."""

    step: Step = Field("week", description="length of a step; sets season and weekdays")
    coverage: Any = Field(None, description="by place, shape (T,); for every place, or for none")
    baseline: Baseline | None = Field(None, description="of each place; by default tides are also tested")
    family: Family = Field("negative_binomial", description="of the counts given their mean")
    inhibition: bool = Field(False, description="whether branching may be negative")
    pooling: Literal["partial", "complete", "none"] = Field("partial", description="of branching over places")
    half_life: Bounds = Field((None, None), description="bounds in steps")
    interval: Literal["wald", "profile", "none"] = "wald"
    level: float = Field(0.95, ge=0.5, lt=1, description="coverage of intervals")
    seed: int = 0
    threads: int | None = Field(None, ge=1, description="number used to fit places; results do not depend on it")

    def of_place(self, coverage: Any, half_life: Bounds) -> ExcitationSettings:
        """The settings of the fit of one place."""
        same = {name: getattr(self, name) for name in ("step", "family", "inhibition", "seed")}
        own = {"baseline": self.baseline or Baseline(), "coverage": coverage, "half_life": half_life}
        return ExcitationSettings.of(None, {**same, **own, "interval": "none"})


@dataclass(frozen=True)
class Priors(Result):
    """Prior beliefs before the record is seen; all on the scale of the model, none taken from the result.

    Parameters
    ----------
    branching : sd of the half-normal of branching ratios (of their mean over places); with inhibition, of a normal.
    between : sd of the half-normal of tau, the spread of branching over places (of its logarithm, without inhibition).
    half_life : median, days, and sd of the logarithm. Published fits of attacks and protest lie between 9 and 30 days
        (Lewis et al. 2012; White, Porter & Mazerolle 2013; Towers et al. 2015); the default puts 95% on 1.5 to 34.
    dispersion : sd of the half-normal.
    trend : sd of the half-normal of the trend's root mean square departure from a line, in the logarithm.

    Coefficients of line, season, weekdays, coverage and level shifts are free: their prior is nearly flat.
    """

    branching: float = 0.5
    between: float = 0.5
    half_life: tuple[float, float] = (7.0, 0.8)
    dispersion: float = 1.0
    trend: float = 1.0

    def __post_init__(self) -> None:
        scales = (self.branching, self.between, *self.half_life, self.dispersion, self.trend)
        if not all(math.isfinite(s) and s > 0 for s in scales):
            raise EstimationError(f"{self}", expected="finite scales above 0")


class BayesSettings(Settings):
    """How `fit_excitation_bayes` samples."""

    step: Step = Field("week", description="length of a step; sets season and weekdays")
    baseline: Baseline = Field(Baseline(), description="splines with level shifts")
    coverage: Any = Field(None, description="as the counts: of the record, or by place")
    family: Family = Field("negative_binomial", description="of the counts given their mean")
    inhibition: bool = Field(False, description="whether branching may be negative")
    pooling: Literal["partial", "complete", "none"] = Field("partial", description="of branching over places")
    half_life: Bounds = Field((None, None), description="bounds in steps")
    priors: Priors = Priors()
    compare: bool = Field(True, description="whether Bayes factors are computed")
    noticeable: float = Field(0.05, ge=0, description="branching above which excitation matters")
    level: float = Field(0.95, ge=0.5, lt=1, description="coverage of intervals")
    chains: int = Field(2, ge=1)
    warmup: int = Field(500, ge=50, description="steps of each chain")
    samples: int = Field(1000, ge=50, description="draws of each chain")
    seed: int = 0
