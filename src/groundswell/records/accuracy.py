"""How well a record sees events: precision, recall and delay of its coding, where somebody measured them.

When a record holds a share r of all events (its recall) and a share q of its rows are events (its precision), the
dependence between events is attenuated. With X_t events and Z_t rows, independently seen or invented,

    Cov(Z_t, Z_s) = r^2 Cov(X_t, X_s) for s < t,    Var(Z_s) = r E[X_s] / q if X_s has Poisson variance,

so that a branching ratio n is estimated as n r q, which is too low. For counts more dispersed than Poisson the loss is
smaller, so that n lies between the estimate and the estimate divided by r q (errors in variables; Fuller 1987,
"Measurement Error Models", section 1.1).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from groundswell.errors import RecordError

_LONGEST_DELAY = 3650


@dataclass(frozen=True)
class Accuracy:
    """How well a record sees events; None where nobody measured it.

    Parameters
    ----------
    precision : share of its rows that are events, at least and at most (a 95% interval); on (0, 1].
    recall : share of all events that it holds, at least and at most; on (0, 1].
    delay : days until it holds nearly all events of a day; the last days are incomplete, and estimates leave them out.
    reported : share of the events of a day that it holds after so many days, rising to 1: {7: 0.6, 28: 1.0}.
    source : where these figures are from.

    Example
    -------
    >>> Accuracy.read({"precision": 0.9, "recall": [0.4, 0.6]}, "my.toml").kept
    (0.36000000000000004, 0.54)
    """

    precision: tuple[float, float] | None = None
    recall: tuple[float, float] | None = None
    delay: int = 0
    reported: Mapping[int, float] = field(default_factory=dict)
    source: str = ""

    @property
    def stated(self) -> bool:
        """Whether anything is known."""
        return self != Accuracy()

    @classmethod
    def read(cls, stated: Mapping[str, Any], where: str) -> Accuracy:
        """The table `[accuracy]` of a mapping file.

        Raises
        ------
        RecordError : a key that is not known, or a share outside (0, 1].
        """
        known = tuple(cls.__dataclass_fields__)
        for name in stated:
            if name not in known:
                raise RecordError(f"{where}: accuracy.{name}", expected=f"one of {', '.join(known)}")
        shares = {name: _range(stated[name], f"{where}: accuracy.{name}") for name in ("precision", "recall")
                  if name in stated}  # fmt: skip
        reported = _reported(stated.get("reported", {}), f"{where}: accuracy.reported")
        delay = stated.get("delay", max(reported, default=0))
        if isinstance(delay, bool) or not isinstance(delay, int) or not 0 <= delay <= _LONGEST_DELAY:
            raise RecordError(f"{where}: accuracy.delay = {delay!r}", expected=f"days, from 0 to {_LONGEST_DELAY:,}")
        source = stated.get("source", "")
        if not isinstance(source, str):
            raise RecordError(f"{where}: accuracy.source = {source!r}", expected="a text: who measured it, and how")
        return cls(shares.get("precision"), shares.get("recall"), delay, reported, source)

    @classmethod
    def of_all(cls, each: Sequence[Accuracy]) -> Accuracy:
        """The accuracy of several records analysed together: the widest range of what all of them state."""
        if len(each) == 1:
            return each[0]
        shares = {}
        for name in ("precision", "recall"):
            ranges = [getattr(of, name) for of in each]
            if all(ranges):
                shares[name] = (min(a for a, _ in ranges), max(b for _, b in ranges))
        sources = "; ".join(dict.fromkeys(of.source for of in each if of.source))
        return cls(**shares, delay=max(of.delay for of in each), source=sources)

    @property
    def kept(self) -> tuple[float, float] | None:
        """Share of a branching ratio that estimates keep, precision times recall, at least and at most."""
        if self.precision is None and self.recall is None:
            return None
        (a, b), (c, d) = self.precision or (1.0, 1.0), self.recall or (1.0, 1.0)
        return a * c, b * d

    def branching(self, value: float, low: float, high: float) -> tuple[float, float, float] | None:
        """The branching ratio among events implied by that among rows; None where nothing is known.

        The value is divided by the middle of `kept`. The interval runs from the row's own lower end (as if nothing were
        lost) to the upper end corrected for the largest possible loss.
        """
        if self.kept is None:
            return None
        least, most = self.kept
        ends = (low / most if low < 0 else low, high / least if high > 0 else high)
        return value / ((least + most) / 2), ends[0], ends[1]

    def log_ratio(self, value: float, low: float, high: float) -> tuple[float, float, float] | None:
        """The ratio by which events change after acts, implied by that among rows; None without a known precision.

        Rows that are not events occur as often with an act as without, and false acts change nothing, so a ratio R
        appears as 1 + (R - 1) q^2. Recall that does not change at the act leaves the ratio unchanged.
        """
        if self.precision is None:
            return None
        least, most = self.precision[0] ** 2, self.precision[1] ** 2

        def of(x: float, share: float) -> float:
            return math.log(max(1 + math.expm1(min(x, 500.0)) / share, 1e-9))

        return of(value, (least + most) / 2), of(low, least if low < 0 else most), of(high, least if high > 0 else most)

    def whole_until(self, last: date) -> date:
        """The last complete day of a record that ends on this day."""
        return last - timedelta(days=self.delay)

    def share_after(self, days: int) -> float:
        """Share of the events of a day that the record holds so many days later; 1 where no shares are stated."""
        if not self.reported:
            return 1.0
        points = [(0, 0.0), *sorted(self.reported.items())]
        for (a, x), (b, y) in itertools.pairwise(points):
            if days <= b:
                return max(x + (y - x) * (days - a) / max(b - a, 1), 1e-9)
        return 1.0

    def reporting(self) -> dict[str, Any]:
        """The prior that a reporting model needs for one observable: the share of its events that is reported.

        `groundswell.calibrate.reporting.Reported.of(None, accuracy.reporting())` makes the model; rows that are not
        events raise the counts, so that the scale is recall / precision, and events then are counts.
        """
        if self.recall is None:
            return {}
        if self.precision is None or self.precision == (1.0, 1.0):
            return {"form": "events", "scale": _prior(*self.recall)}
        return {
            "form": "counts",
            "scale": _prior(self.recall[0] / self.precision[1], self.recall[1] / self.precision[0]),
        }

    def sentences(self) -> list[str]:
        """What is known, in plain language."""
        say = []
        of = f" ({self.source})" if self.source else ""
        if self.precision is not None:
            say.append(f"Of its rows, {_percent(self.precision)} are events{of}.")
        if self.recall is not None:
            say.append(f"It holds {_percent(self.recall)} of all events{of}.")
        if self.delay:
            say.append(f"Its last {self.delay} days are not complete yet{of}, and estimates leave them out.")
        return say

    def to_dict(self) -> dict[str, Any]:
        """As plain types for JSON."""
        return {
            "precision": None if self.precision is None else list(self.precision),
            "recall": None if self.recall is None else list(self.recall),
            "delay": self.delay,
            "reported": {str(days): share for days, share in self.reported.items()},
            "source": self.source,
        }


def _range(value: Any, where: str) -> tuple[float, float]:
    ends = value if isinstance(value, list | tuple) else (value, value)
    good = len(ends) == 2 and all(isinstance(x, int | float) and not isinstance(x, bool) for x in ends)
    if not good or not 0 < ends[0] <= ends[1] <= 1:
        raise RecordError(f"{where} = {value!r}", expected="a share above 0, up to 1, or its two ends: [0.8, 0.9]")
    return float(ends[0]), float(ends[1])


def _reported(value: Any, where: str) -> dict[int, float]:
    if not isinstance(value, Mapping):
        raise RecordError(f"{where} = {value!r}", expected="shares by day, such as { 7 = 0.6, 28 = 1.0 }")
    found: dict[int, float] = {}
    for key, share in value.items():
        days = int(key) if str(key).isdigit() else -1
        if not 0 < days <= _LONGEST_DELAY:
            raise RecordError(f"{where}: {key!r}", expected="a number of days")
        found[days] = _range(share, f"{where}.{key}")[0]
    shares = [found[days] for days in sorted(found)]
    if shares != sorted(shares) or (shares and shares[-1] != 1):
        raise RecordError(f"{where} = {dict(value)}", expected="shares that rise to 1")
    return {days: found[days] for days in sorted(found)}


def _prior(low: float, high: float) -> Any:
    return low if low == high else {"uniform": [low, high]}


def _percent(ends: tuple[float, float]) -> str:
    low, high = (f"{end:.0%}" for end in ends)
    return low if low == high else f"{low} to {high}"
