"""When and where a record was watched: a week without events and a week that nobody watched are different things."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from groundswell.errors import RecordError

_DAY = timedelta(days=1)
_MOST_NAMED = 3  # places of one first day that a sentence names
_LONGEST_YEARS = 1000
"""Years from the first day of a window to its last; a longer one is a typing error."""


@dataclass(frozen=True)
class Stretch:
    """Days that nobody watched, both ends included: of one place, or of the whole record where `place` is None."""

    first: date
    last: date
    place: str | None = None
    why: str = ""

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1


@dataclass(frozen=True)
class Window:
    """When and where a record was watched.

    Parameters
    ----------
    first, last : the days between which it was watched, both included; None where that is not known.
    places : the places that were watched, whether or not anything happened there; empty where that is not known.
    not_collected : stretches within these days in which nobody watched.
    added : places that were watched only from a later day on, each with its first day.

    Example
    -------
    >>> window = Window(not_collected=(Stretch(date(2020, 3, 1), date(2020, 3, 31)),))
    >>> int(window.watched([date(2020, 2, 1), date(2020, 3, 1)], [date(2020, 3, 1), date(2020, 4, 1)]).sum())
    1
    """

    first: date | None = None
    last: date | None = None
    places: tuple[str, ...] = ()
    not_collected: tuple[Stretch, ...] = ()
    added: Mapping[str, date] = field(default_factory=dict)

    @property
    def declared(self) -> bool:
        """Whether anything is known about it."""
        return self != Window()

    @classmethod
    def read(cls, stated: Mapping[str, Any], where: str) -> Window:
        """The table `[window]` of a mapping file.

        Raises
        ------
        RecordError : a key that is not known, an invalid date, a stretch that ends before it starts.
        """
        known = ("span", "places", "not_collected", "added")
        for key in stated:
            if key not in known:
                raise RecordError(f"{where}: window.{key}", expected=f"one of {', '.join(known)}")
        first, last = None, None
        if "span" in stated:
            first, last = _pair(stated["span"], f"{where}: window.span")
        places = stated.get("places", ())
        if not isinstance(places, list | tuple) or not all(isinstance(place, str) for place in places):
            raise RecordError(f"{where}: window.places", expected='a list of names, such as ["Lyon", "Paris"]')
        added = stated.get("added", {})
        if not isinstance(added, Mapping):
            raise RecordError(f"{where}: window.added", expected='places with a first day: { "Lyon" = "2019-01-01" }')
        stretches = stated.get("not_collected", ())
        if stretches and not isinstance(stretches, Sequence):
            stretches = [stretches]
        if len(stretches) == 2 and all(isinstance(x, str | date) for x in stretches):  # one pair, without its list
            stretches = [stretches]
        return cls(
            first,
            last,
            tuple(places),
            tuple(_stretch(x, f"{where}: window.not_collected") for x in stretches),
            {place: day_of(day, f"{where}: window.added.{place}") for place, day in added.items()},
        )

    @property
    def named(self) -> tuple[str, ...]:
        """All places that it names, each once."""
        of_stretches = (x.place for x in self.not_collected if x.place is not None)
        return tuple(dict.fromkeys([*self.places, *self.added, *of_stretches]))

    def spelt(self, spellings: Mapping[str, Sequence[str]]) -> Window:
        """The window with its places under the names that a record has for them; a place that is not listed stays."""

        def of(place: str) -> Sequence[str]:
            return spellings.get(place, (place,))

        added: dict[str, date] = {}
        for place, day in self.added.items():
            for name in of(place):
                added[name] = max(day, added.get(name, day))
        stretches = [
            replace(x, place=name) for x in self.not_collected for name in ((None,) if x.place is None else of(x.place))
        ]
        places = tuple(dict.fromkeys(name for place in self.places for name in of(place)))
        return replace(self, places=places, not_collected=tuple(stretches), added=added)

    def narrowed(self, first: date | None, last: date | None) -> Window:
        """The window, cut to the requested days.

        Raises
        ------
        RecordError : nothing is left of it.
        """
        start = max((day for day in (self.first, first) if day), default=None)
        end = min((day for day in (self.last, last) if day), default=None)
        if start and end and start > end:
            raise RecordError(
                f"a window from {start} to {end}",
                expected="an end that is not before the start"
                + (f", within {self.first or 'its start'} to {self.last or 'its end'}" if self.declared else ""),
            )
        return replace(self, first=start, last=end)

    def start_of(self, place: str | None) -> date | None:
        """The first day on which a place was watched."""
        return max((day for day in (self.first, self.added.get(place or "")) if day), default=None)

    def watched(self, starts: Sequence[date], ends: Sequence[date], place: str | None = None) -> NDArray[np.bool_]:
        """Whether each of the periods [start, end) was watched on every one of its days, in this place.

        Parameters
        ----------
        starts, ends : of the T periods; an end is the day after the last.
        place : None for the whole record, which stretches of single places do not affect.

        Returns
        -------
        bool, shape [T].
        """
        a, b = np.asarray(starts, "datetime64[D]"), np.asarray(ends, "datetime64[D]")
        seen = np.ones(a.size, dtype=np.bool_)
        first = self.start_of(place)
        if first is not None:
            seen &= a >= np.datetime64(first)
        if self.last is not None:
            seen &= b <= np.datetime64(self.last + _DAY)
        for stretch in self.not_collected:
            if stretch.place is None or stretch.place == place:
                seen &= ~((a <= np.datetime64(stretch.last)) & (b > np.datetime64(stretch.first)))
        return seen

    def sentences(self) -> list[str]:
        """What is declared, in plain language."""
        say = []
        if self.first or self.last:
            say.append(f"Watched from {self.first or 'a day not stated'} to {self.last or 'a day not stated'}.")
        for stretch in self.not_collected:
            where = f" in {stretch.place}" if stretch.place else ""
            why = f" ({stretch.why})" if stretch.why else ""
            say.append(f"Not collected{where} from {stretch.first} to {stretch.last}{why}.")
        if self.places:
            say.append(f"Places that were watched: {len(self.places):,}.")
        for day in sorted(set(self.added.values())):
            own = [place for place, first in self.added.items() if first == day]
            if len(own) > _MOST_NAMED:
                say.append(f"{len(own):,} places were watched from {day} on, {own[0]} among them.")
            else:
                say.append(f"{' and '.join(own)} {'was' if len(own) == 1 else 'were'} watched from {day} on.")
        return say

    def to_dict(self) -> dict[str, Any]:
        """As plain types for JSON."""
        return {
            "first": None if self.first is None else str(self.first),
            "last": None if self.last is None else str(self.last),
            "places": list(self.places),
            "not_collected": [
                {"first": str(x.first), "last": str(x.last), "place": x.place, "why": x.why} for x in self.not_collected
            ],
            "added": {place: str(day) for place, day in self.added.items()},
        }


def day_of(value: Any, where: str) -> date:
    """A day from a TOML date or a text such as 2019-03-01."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value).strip())
    except ValueError as error:
        raise RecordError(f"{where}: {value!r}", expected="a day such as 2019-03-01") from error


def _pair(value: Any, where: str) -> tuple[date, date]:
    if isinstance(value, str) or not isinstance(value, Sequence) or len(value) != 2:
        raise RecordError(f"{where} = {value!r}", expected='two days, such as ["2001-01-01", "2010-12-31"]')
    first, last = day_of(value[0], where), day_of(value[1], where)
    if first > last:
        raise RecordError(f"{where} ends before it starts", expected="the first day, then the last")
    if last.year - first.year > _LONGEST_YEARS:
        raise RecordError(
            f"{where} is of {last.year - first.year:,} years", expected=f"at most {_LONGEST_YEARS:,} years"
        )
    return first, last


def _stretch(value: Any, where: str) -> Stretch:
    if isinstance(value, Mapping):
        known = ("from", "to", "place", "why")
        for key in value:
            if key not in known:
                raise RecordError(f"{where}: {key}", expected=f"one of {', '.join(known)}")
        if "from" not in value or "to" not in value:
            raise RecordError(f"{where}: {dict(value)}", expected='{ from = "2019-03-01", to = "2019-05-31" }')
        first, last = _pair([value["from"], value["to"]], where)
        place = value.get("place")
        if place is not None and not (isinstance(place, str) and place.strip()):
            raise RecordError(f"{where}: place = {place!r}", expected='the name of a place, such as "Lyon"')
        return Stretch(first, last, place, str(value.get("why", "")))
    first, last = _pair(value, where)
    return Stretch(first, last)
