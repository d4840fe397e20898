"""The rows of an inquiry: one estimate each, with its status and its answer in words; dumped to evidence.json."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from groundswell.results import Result, plain

if TYPE_CHECKING:
    from groundswell.estimators.core import Check, Estimate
    from groundswell.estimators.excitation.examination_verdict import PairVerdict
    from groundswell.estimators.response.study import GroupResponse
    from groundswell.estimators.waves.decay_fit import DecayFit
    from groundswell.estimators.waves.diffusion import SpreadFit
    from groundswell.estimators.waves.spectrum import Spectrum
    from groundswell.inquiry.fit_rows import FitRow

Status = Literal["found", "not found", "no verdict", "not asked"]
"""found: an effect, by a model that passes its checks. not found: none, by a model that passes its checks. no verdict:
asked, but the record cannot tell. not asked: the record does not hold what the question needs."""


class EvidenceRow(Result):
    """The base of rows: they are dumped field by field.

    What `within` names stands in the row itself, key by key, and not under its own key; `sometimes` names the
    fields that are left out where they are None.
    """

    within: ClassVar[str | None] = None
    sometimes: ClassVar[tuple[str, ...]] = ("question",)

    def to_dict(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name in (f.name for f in dataclasses.fields(self)):  # type: ignore[arg-type]
            value = getattr(self, name)
            if name == self.within:
                found |= self.flat()
            elif value is not None or name not in self.sometimes:
                found[name] = plain(value)
        return found

    def flat(self) -> dict[str, Any]:
        """What `within` names, as the keys of the row."""
        return plain(getattr(self, str(self.within)))


@dataclass(frozen=True)
class Span:
    """A number with its interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Between:
    """How much a branching ratio differs between places."""

    sd: float
    low: float
    high: float
    p_same_everywhere: float
    new_place_low: float
    new_place_high: float


@dataclass(frozen=True)
class PairRow(EvidenceRow):
    """What the record says about one ordered pair of kinds.

    Parameters
    ----------
    place : where; None for the whole record, or for all places together.
    status, answer : in the words of the page.
    pair : the verdict of the examination.
    between, median, showing, places : over places: their spread, the ratio of the median place, and in how many of how
        many the pair shows by itself.
    among_events : the ratio implied among events, where precision or recall are known.
    """

    within = "pair"
    sometimes = ("question", "between", "median", "showing", "places", "among_events")

    place: str | None
    status: Status
    pair: PairVerdict
    answer: str
    between: Between | None = None
    median: float | None = None
    showing: int | None = None
    places: int | None = None
    among_events: Span | None = None
    question: str | None = None

    @property
    def arrow(self) -> str:
        """The pair in short."""
        return f"{self.pair.source} → {self.pair.target}"


@dataclass(frozen=True)
class ResponseRow(EvidenceRow):
    """What followed one group of acts of one kind.

    Parameters
    ----------
    after, of, group : the acts, what may have followed them, and which acts.
    unit, window, when : the window of the answer, in steps and in words.
    status, reason, seen, answer, figures : the answer in words; the reason where there is none.
    effect, effect_low, effect_high, p, adjusted_p : log ratio over the window; p among all.
    detectable, undiluted : as in `GroupResponse`.
    response : all that was estimated, without the single acts.
    placebo : the number of placebo sets, and 201 quantiles of their effects.
    among_events : the effect implied among events, where precision is known.
    """

    within = "response"
    sometimes = ("question", "among_events")

    after: str
    of: str
    group: str
    unit: str
    window: str
    status: Status
    reason: str
    seen: str
    answer: str
    when: str
    figures: str
    detectable: float | None
    undiluted: float | None
    effect: float | None
    effect_low: float | None
    effect_high: float | None
    p: float | None
    adjusted_p: float
    response: GroupResponse
    placebo: Mapping[str, Any]
    among_events: Span | None = None
    question: str | None = None

    def flat(self) -> dict[str, Any]:
        return {name: x for name, x in self.response.to_dict().items() if name != "acts"}


@dataclass(frozen=True)
class CheckRow(EvidenceRow):
    """A check of a fit, and what it applies to: a kind, or the fit as a whole."""

    within = "check"

    of: str
    check: Check


@dataclass(frozen=True)
class ChangeRow(EvidenceRow):
    """Whether one kind changed at a date, in the whole record or in one place against others."""

    of: str
    place: str | None
    status: Status
    answer: str
    when: str
    unit: str
    effect: float | None
    effect_low: float | None
    effect_high: float | None
    p: float | None
    adjusted_p: float | None
    method: str
    detectable: float | None
    checks: Sequence[CheckRow]
    question: str | None = None

    @classmethod
    def of_estimate(cls, e: Estimate, **about: Any) -> ChangeRow:
        """The row of an estimate, with what it is about."""
        numbers = {"effect": e.value, "effect_low": e.low, "effect_high": e.high, "p": e.p}
        return cls(**about, **numbers, method=e.method, detectable=e.checks.get("detectable"))  # type: ignore[arg-type]


@dataclass(frozen=True)
class WavesRow(EvidenceRow):
    """Whether one kind comes in waves, and how fast it fades and grows; why not, where nothing could be fitted."""

    kind: str
    unit: str
    status: Status
    answer: str
    spectrum: Spectrum | None
    spectrum_refused: str
    decay: DecayFit | None
    decay_refused: str
    growth: DecayFit | None
    growth_refused: str
    question: str | None = None


@dataclass(frozen=True)
class SpreadRow(EvidenceRow):
    """Whether one kind spread from place to place, over `days` from `first` on."""

    within = "fit"

    kind: str
    first: str
    days: int
    status: Status
    fit: SpreadFit
    answer: str
    question: str | None = None


@dataclass(frozen=True)
class SeriesRow(EvidenceRow):
    """The course of all kinds in one place, as means over stretches of `per_point` periods."""

    place: str
    unit: str
    periods: int
    per_point: int
    dates: Sequence[str]
    counts: Mapping[str, Any]
    events: Mapping[str, int]
    question: str | None = None


@dataclass(frozen=True)
class RepeatRow(EvidenceRow):
    """One estimate of all events, and again without what may be repeated."""

    question: str | None
    place: str | None
    source: str | None
    target: str
    estimate: str
    value: float | None
    low: float | None
    high: float | None
    status: Status
    without_value: float | None
    without_low: float | None
    without_high: float | None
    without_status: Status | None
    events_set_aside: int


@dataclass(frozen=True)
class QuestionRow(EvidenceRow):
    """A question with its answer, the fits that it rests on, and what is said about them; what is empty is left out."""

    question: str
    asks: str
    status: Status
    answer: str
    fits: tuple[FitRow, ...]
    methods: tuple[str, ...]
    limits: tuple[str, ...]
    references: tuple[str, ...]
    notes: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        return {name: value for name, value in super().to_dict().items() if value}


@dataclass(frozen=True)
class InquirySettings(EvidenceRow):
    """How a record was asked; of one without events, only what was to be asked."""

    sometimes = ("kinds", "unit", "by", "places", "asked", "notes")

    questions: tuple[str, ...]
    depth: str
    seed: int
    kinds: tuple[str, ...] | None = None
    unit: str | None = None
    by: str | None = None
    places: tuple[str, ...] | None = None
    asked: tuple[str, ...] | None = None
    notes: tuple[str, ...] | None = None
