"""How a record is asked: the options of an inquiry, validated once."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from groundswell.settings import Settings


class InquiryRequest(Settings):
    """The options of an inquiry; what is None is chosen from the record."""

    kinds: tuple[str, ...] | None = Field(None, description="kinds of event; None is all that are frequent")
    unit: str | None = Field(None, description="of counting: day or week")
    places: tuple[str, ...] = Field((), description="only the events of these countries or places")
    by: str | None = Field(None, description="what is counted separately: country, place or none")
    depth: Literal["quick", "full", "bayes"] = Field(
        "quick",
        description="full has bootstrap p-values and profile intervals, bayes has the posterior in addition to quick",
    )
    at: date | None = Field(None, description="the day at which a change is sought, such as 2019-03-01")
    treated: str | None = Field(None, description="the place that is compared with others after that day")
    start: date | None = Field(None, description="the first day that is read, such as 2019-03-01")
    end: date | None = Field(None, description="the last day that is read")
    date_order: str | None = Field(None, description="of dates such as 3/4/2011: dmy, mdy or ymd; or serial")
    language: str | None = Field(None, description="of months and sizes: en, fr, es, de, pt or it")
    repeats: Literal["keep", "drop", "compare"] = Field(
        "keep",
        description="exact copies, and events that two of the records are likely to share: keep all, drop all but one, "
        "or keep them and ask again without them",
    )
    seed: int = Field(0, ge=0, description="of everything drawn at random")
