"""How a record writes dates and numbers: their order, language and separators."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Literal, get_args

from groundswell.errors import RecordError, nearest

DateOrder = Literal["ymd", "dmy", "mdy", "serial", "serial 1904", "unix"]
DATE_ORDERS: tuple[str, ...] = get_args(DateOrder)


@dataclass(frozen=True)
class Language:
    """The words of one language: `months` (lower case) with their numbers, and `phrases` with their English."""

    code: str
    name: str
    months: Mapping[str, int]
    phrases: Mapping[str, str]


@functools.cache
def languages() -> dict[str, Language]:
    """All languages that are read, by their code of two letters."""
    text = files("groundswell.records.codebooks").joinpath("languages.toml").read_text(encoding="utf-8")
    found = {}
    for code, of in tomllib.loads(text).items():
        months = {word: number for number, words in enumerate(of["months"], start=1) for word in words.split()}
        several = {
            f"{word} {unit}": f"{2 * size}-{9 * size}"
            for word in of.get("several", ())
            for unit, size in of.get("units", {}).items()
        }
        found[code] = Language(code, of["name"], months, several | of["phrases"])
    return found


@dataclass(frozen=True)
class Style:
    """How a record writes dates and numbers.

    Parameters
    ----------
    date_order : of dates such as 3/4/2011: "dmy" (3 April), "mdy" (4 March) or "ymd" (such dates are refused); "serial"
        for the day numbers of a spreadsheet (45292 is 2024-01-01), "serial 1904" for those of an old Macintosh; "unix"
        for seconds or milliseconds since 1970, in Greenwich. None: the record itself must show it.
    language : codes of the languages of its months and sizes; English is always read as well.
    decimal, thousands : separators within numbers; `thousands` may be several characters. None: a comma, an apostrophe
        or a space sets off thousands, and a point before three digits is refused.
    century : the first of the hundred years that years of two digits lie in, such as 2000 or 1950; None: they are
        refused, unless the record's other dates leave one century only.
    """

    date_order: str | None = None
    language: tuple[str, ...] = ("en",)
    decimal: str | None = None
    thousands: str | None = None
    century: int | None = None

    def __post_init__(self) -> None:
        if self.date_order is not None and self.date_order not in DATE_ORDERS:
            raise RecordError(
                f"date_order = {self.date_order!r}",
                expected=f"one of {', '.join(DATE_ORDERS)}",
                instead=nearest(str(self.date_order), DATE_ORDERS),
            )
        for code in self.language:
            if code not in languages():
                names = {of.name.lower(): of.code for of in languages().values()}
                raise RecordError(
                    f"language = {code!r}",
                    expected=f"one of {', '.join(languages())}",
                    instead=repr(names[code.lower()]) if code.lower() in names else None,
                )
        if self.decimal is not None and self.decimal not in (",", "."):
            raise RecordError(f"decimal = {self.decimal!r}", expected='"," or "."')
        if self.thousands is not None and (
            not self.thousands or self.thousands.strip(",.'’ _") or (self.decimal or "?") in self.thousands
        ):
            raise RecordError(
                f"thousands = {self.thousands!r}", expected='one or more of ", . \' _" and a space, but not the decimal'
            )
        if self.century is not None and not 1 <= self.century <= 2900:
            raise RecordError(f"century = {self.century}", expected="the first of a hundred years, such as 2000")

    @property
    def spoken(self) -> tuple[Language, ...]:
        """The languages stated, and English."""
        return tuple(languages()[code] for code in dict.fromkeys([*self.language, "en"]))

    @property
    def months(self) -> dict[str, int]:
        """Names of months with their numbers, in the languages stated."""
        found: dict[str, int] = {}
        for of in self.spoken:
            for word, number in of.months.items():
                found.setdefault(word, number)
        return found

    @classmethod
    def languages_of(cls, stated: Any) -> tuple[str, ...]:
        """One code, or several."""
        return (stated,) if isinstance(stated, str) else tuple(stated)


def other_months(spoken: Sequence[Language]) -> dict[str, str]:
    """Names of months in the languages that were not stated, each with the code of the first that has it."""
    known = {word for of in spoken for word in of.months}
    found: dict[str, str] = {}
    for of in languages().values():
        for word in of.months:
            if word not in known:
                found.setdefault(word, of.code)
    return found
