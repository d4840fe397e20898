"""The fits of an inquiry: the results of each model, with all evidence for and against it; dumped to evidence.json."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from groundswell.inquiry.rows import CheckRow, EvidenceRow

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from groundswell.estimators.excitation.bayes_outcome import BayesianExcitation
    from groundswell.estimators.excitation.continuous import HawkesFit
    from groundswell.estimators.excitation.examination_predictive import Predictions
    from groundswell.estimators.excitation.examination_sensitivity import ChoicesSensitivity, Profile
    from groundswell.estimators.excitation.rolling import RollingForecasts

ByKind = Mapping[str, Any]
"""A number, or a course, for each kind."""


@dataclass(frozen=True)
class AgainstNothing(EvidenceRow):
    """A fit compared with the same model without excitation; what a panel cannot state is left out."""

    sometimes = ("likelihood_ratio", "delta_aic", "delta_bic")

    likelihood_ratio: float | None
    p: float
    method: str
    delta_aic: float | None
    delta_bic: float | None


@dataclass(frozen=True)
class TideRow(EvidenceRow):
    """The hidden tide of a fit: its size and half-life by kind, and the correlation between kinds."""

    size: ByKind
    half_life: ByKind
    correlation: NDArray | None


@dataclass(frozen=True)
class PlaceboRow(EvidenceRow):
    """A placebo of one series, whose first statistic is the record's."""

    name: str
    p: float
    passed: bool
    answer: str
    statistics: NDArray


@dataclass(frozen=True)
class ResidualRow(EvidenceRow):
    """The sums of standardised residuals over time, and the band that they stay in if the model is right."""

    dates: Sequence[str]
    band: float
    path: ByKind


@dataclass(frozen=True)
class CourseRow(EvidenceRow):
    """Counts, mean and baseline by kind, as means over stretches of time, and the dates of level shifts."""

    dates: Sequence[str]
    counts: ByKind
    mean: ByKind
    baseline: ByKind
    breaks: Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class HourlyFit(EvidenceRow):
    """The fit in continuous time, with its answer."""

    within = "fit"

    fit: HawkesFit
    answer: str


@dataclass(frozen=True)
class PosteriorRow(EvidenceRow):
    """The posterior of excitation: from the model with a spline trend, so it decides nothing."""

    within = "fit"

    fit: BayesianExcitation
    answer: str

    def flat(self) -> dict[str, Any]:
        names = ("branching", "low", "high", "above", "log_bayes_factor", "half_life", "r_hat", "effective", "passed")
        return {name: self.fit.to_dict()[name] for name in names}


@dataclass(frozen=True)
class SeriesFitRow(EvidenceRow):
    """The fit of excitation to one series.

    Parameters
    ----------
    place : where; None for the whole record.
    events, triggered, dispersion : by kind.
    quantiles : `expected`, and the residuals of each kind, sorted.
    by_the_hour : the fit in continuous time, where the record has times of day.
    posterior : if requested; None where it cannot be computed.
    forecasts : of an inquiry at depth "full", where the record is long enough.
    """

    sometimes = ("posterior", "forecasts")

    place: str | None
    kinds: Sequence[str]
    unit: str
    start: str
    periods: int
    events: Mapping[str, int]
    answer: str
    passed: bool
    reasons: Sequence[str]
    against_no_excitation: AgainstNothing
    rival: str
    tide: TideRow | None
    unwatched: int
    spectral_radius: float
    triggered: ByKind
    dispersion: ByKind
    checks: Sequence[CheckRow]
    placebos: Sequence[PlaceboRow]
    direction: str | None
    sensitivity: ChoicesSensitivity
    predictive: Predictions
    profiles: Sequence[Profile]
    quantiles: Mapping[str, NDArray]
    residual_process: ResidualRow
    course: CourseRow
    by_the_hour: HourlyFit | None = None
    posterior: PosteriorRow | None = None
    forecasts: RollingForecasts | None = None


@dataclass(frozen=True)
class PanelPlacebo(EvidenceRow):
    """A placebo of a panel: its branching ratios, and the p-values of its pairs."""

    name: str
    answer: str
    p: float
    branching: NDArray
    pair_p: NDArray


@dataclass(frozen=True)
class PanelVariant(EvidenceRow):
    """A panel's branching ratios under one flexibility of the baseline."""

    name: str
    branching: NDArray
    passed: bool
    p: float


@dataclass(frozen=True)
class PlaceFitRow(EvidenceRow):
    """One place of a panel: its own estimates, and those given the population of places."""

    name: str
    periods: int
    events: Mapping[str, int]
    passed: bool
    reason: str
    branching: NDArray
    low: NDArray
    high: NDArray
    shrunken: NDArray
    shrunken_low: NDArray
    shrunken_high: NDArray
    checks: Sequence[CheckRow]


@dataclass(frozen=True)
class PanelFitRow(EvidenceRow):
    """The fit of excitation to many places together.

    Parameters
    ----------
    pooled : places over which the mean is taken. with_all : ratios that include places that would explode.
    median, asked, showing : shape (K, K), over places: the middle ratio, how many were asked, and how many show it.
    tide_p : of the pairs, tested on top of a hidden tide.
    """

    sometimes = ("posterior",)

    place: None
    panel: bool
    kinds: Sequence[str]
    unit: str
    start: str
    events: Mapping[str, int]
    answer: str
    passed: bool
    reasons: Sequence[str]
    pooled: int
    against_no_excitation: AgainstNothing
    spectral_radius: float
    checks: Sequence[CheckRow]
    panel_placebos: Sequence[PanelPlacebo]
    with_all: NDArray | None
    median: NDArray
    asked: NDArray
    showing: NDArray
    tide_p: NDArray | None
    sensitivity: Mapping[str, Sequence[PanelVariant]]
    places: Sequence[PlaceFitRow]
    posterior: PosteriorRow | None = None


FitRow = SeriesFitRow | PanelFitRow
