"""The options of studies of responses, validated once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Literal, Self, final

from pydantic import Field, model_validator

from groundswell.estimators.response.counterfactual import Scale, Step
from groundswell.settings import Settings

Grouping = Literal["type", "size", "kind", "actor", "target", "detail", "country"]


class MatchingSettings(Settings):
    """How acts are compared with matched dates."""

    before: int = Field(26, ge=8, description="steps of history that an act needs and on which dates are matched")
    after: int = Field(26, ge=1, description="steps followed")
    windows: Mapping[str, tuple[int, int]] | None = Field(
        None, description="names and (first, last) lags; answers and p-values refer to the first"
    )
    matches: int = Field(20, ge=4, description="comparison dates of an act")
    placebo: int = Field(999, ge=19, description="sets of placebo acts")
    season: bool = Field(True, description="whether a season is removed")
    level: float = Field(0.95, ge=0.5, lt=1, description="coverage of the intervals")
    seed: int = 0
    curves: bool = Field(True, description="whether the effect curve is computed too, which takes most of the time")

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        for name, (first, last) in (self.windows or {}).items():
            if not 1 <= first <= last <= self.after:
                raise ValueError(
                    f"windows with 1 <= first <= last <= {self.after}, not {name!r} from {first} to {last}, since "
                    "within the step of an act it is unknown what came first"
                )
        return self


@final
class ResponseSettings(MatchingSettings):
    """Options of `groundswell.estimators.response.responses.respond`."""

    scale: Scale = Field("count", description="counts, or positive sizes whose logarithms are compared")
    step: Step = Field("week", description="length of a step")
    quiet: int = Field(12, ge=0, description="steps without an act before an act that counts, the first of a cluster")
    checks: bool = Field(
        True,
        description="whether the pre-trend, other places and the act's own step are checked; if not, no verdict",
    )

    def spans(self) -> dict[str, tuple[int, int]]:
        """The windows; by default the quarter after an act, its first month, and the quarter after that."""
        if self.windows is not None:
            return dict(self.windows)
        wanted = [(1, 12), (1, 4), (13, 26)] if self.step != "day" else [(1, 14), (1, 7), (15, 28)]
        return {f"{a}-{min(b, self.after)}": (a, min(b, self.after)) for a, b in wanted if a <= self.after}


class GridSettings(Settings):
    """How a record becomes series by place: what is counted, where, and since when it was watched."""

    outcome: str | tuple[str, ...] = Field("protest", description="one kind of event, or several counted together")
    measure: Literal["events", "people"] = Field("events", description="count events, or add up their sizes")
    unit: Literal["day", "week", "month"] = Field("week", description="length of a step")
    places: tuple[str, ...] | None = Field(None, description="the places to study; by default all with enough events")
    across: str | None = Field(
        None, description="what a place is: country, place, record (all is one) or another column of the record"
    )
    watched: Literal["record", "place"] | None = Field(None, description="since when a place was watched")
    start: date | None = None
    end: date | None = None
    fewest: int = Field(50, ge=0, description="fewest events of the outcome of a place that is studied")

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of event that are counted as the outcome."""
        return (self.outcome,) if isinstance(self.outcome, str) else self.outcome


@final
class RecordSettings(MatchingSettings, GridSettings):
    """Options of `groundswell.estimators.response.responses.study_responses`."""

    by: tuple[Grouping, ...] = Field((), description="how acts are grouped")
    quiet: int | None = Field(None, ge=0, description="steps without an act before one that counts; default 12, or 7")

    def for_series(self) -> ResponseSettings:
        """The same options for series made from the record."""
        return ResponseSettings.of(
            None,
            {name: getattr(self, name) for name in MatchingSettings.model_fields}
            | {
                "scale": "count" if self.measure == "events" else "log",
                "step": self.unit,
                "quiet": self.quiet if self.quiet is not None else 7 if self.unit == "day" else 12,
            },
        )
