"""Whether a scenario produces records that resemble the real one in more than the claim's estimate.

An estimate can fit a scenario whose records have another unit, or never surge while the real record does. So each
series that shows an observable is compared by four summaries of the periods that were watched:

    level     log of the mean per period; unlike beyond a factor of 3 (a week has 7 days, a month 4 weeks; half the
              share reported, under which verdicts are reached again for their robustness, is a factor of 2)
    surges    log of the coefficient of variation, 1.25 times or more; less is not unlike, since a simulated society is
              small and its chance fluctuations are large
    jump      log of the mean after a period over that before it, at the split of the middle three fifths where it is
              furthest from 0; at least 1.5 times as far as is typical, and a tenth beyond any simulated record
    silence   log of 1 + the longest run of zeros; at least 8 periods, and twice as long as in any simulated record

Each must also be an outlier among the simulated records (Student t, p < 1%, divided by the number of series, so that
none of many places is found by chance). The tolerances are wide on purpose: they should detect a record in another
unit, uncollected weeks recorded as zeros, coverage that doubles, and acts that are not those of the record, but accept
a theory that is roughly right.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from groundswell.records.series import Series

Floats = NDArray[np.float64]
Summary = tuple[str, str]
"""A kind of events and one of its summaries: level, surges, jump or silence."""

RARE = 0.01
LEVEL, SURGES, JUMP, SILENCE = "level", "surges", "jump", "silence"
_FACTOR = {LEVEL: math.log(3.0), SURGES: math.log(1.25), JUMP: math.log(1.5), SILENCE: math.log(2.0)}
_LEAST_SILENCE, _LEAST_JUMPING, _BEYOND = 8, 20, math.log(1.1)


@dataclass(frozen=True)
class Unlike:
    """How a record differs from those of one scenario.

    kind, what : the series and the summary.
    record, typical : its value in the record, and the median over the scenario's records, in natural units.
    """

    kind: str
    what: str
    record: float
    typical: float

    @property
    def words(self) -> str:
        """As a clause."""
        if self.what == LEVEL:
            return f"{self.kind} is {self.record:.3g} a period in the record and {self.typical:.3g} in theirs"
        if self.what == SURGES:
            return (
                f"{self.kind} varies by {self.record:.0%} of its mean in the record and by {self.typical:.0%} in theirs"
            )
        if self.what == JUMP:
            return (
                f"{self.kind} changes lastingly by a factor of {self.record:.2g} in the record and of "
                f"{self.typical:.2g} in theirs"
            )
        return (
            f"{self.kind} is 0 for {self.record:.0f} periods on end in the record and for {self.typical:.0f} in theirs"
        )


def summaries_of(series: Series, sized: Mapping[str, bool]) -> dict[Summary, float]:
    """Level, surges, jump and silence of some kinds of a series, as logarithms; undefined ones are left out.

    sized : by kind, whether it shows the theory through numbers of people rather than events.
    """
    found: dict[Summary, float] = {}
    for kind, in_people in sized.items():
        k = series.kinds.index(kind)
        x = series.sizes[:, k] if in_people and series.sizes is not None else series.counts[:, k].astype(float)
        known = x[series.watched & np.isfinite(x)]
        if known.size < 2:
            continue
        found[kind, SILENCE] = math.log1p(_longest_silence(x, series.watched))
        mean, sd = float(known.mean()), float(known.std())
        if mean > 0:
            found[kind, LEVEL] = math.log(mean)
        if mean > 0 and sd > 0:
            found[kind, SURGES] = math.log(sd / mean)
        if mean > 0 and known.size >= _LEAST_JUMPING:
            found[kind, JUMP] = _jump(known)
    return found


def _jump(x: Floats) -> float:
    """The largest lasting change of the mean, as an absolute log ratio."""
    total, n = np.cumsum(x), x.size
    at = np.arange(n // 5, n - n // 5)
    half = x.mean() / 2  # so that no split is infinite, in whatever unit
    before, after = (total[at - 1] + half) / at, (total[-1] - total[at - 1] + half) / (n - at)
    return float(np.abs(np.log(after / before)).max())


def _longest_silence(x: Floats, watched: NDArray[np.bool_]) -> int:
    """The longest run of zeros; an unwatched period ends a run."""
    edges = np.flatnonzero(np.diff(np.r_[False, watched & (x == 0), False].astype(np.int8)))
    return int((edges[1::2] - edges[::2]).max()) if edges.size else 0


def unlike(record: Mapping[Summary, float], simulated: Sequence[Mapping[Summary, float]]) -> list[Unlike]:
    """How a record differs from the simulated ones of a scenario; empty if there are fewer than four of those."""
    found = []
    rare = RARE / max(1, len({kind for kind, _ in record}))
    for (kind, what), value in record.items():
        among = np.array([x[kind, what] for x in simulated if (kind, what) in x])
        if among.size < 4:
            continue
        middle = float(np.median(among))
        beyond = value - middle if what != LEVEL else abs(value - middle)
        if what == JUMP and value < among.max() + _BEYOND:
            continue
        if beyond < _FACTOR[what] or (what == SILENCE and not _is_silent(value, among)):
            continue
        spread = math.hypot(float(among.std(ddof=1)), 0.1) * math.sqrt(1 + 1 / among.size)
        if what == SILENCE or 2 * special.stdtr(among.size - 1, -abs(value - among.mean()) / spread) < rare:
            natural = math.expm1 if what == SILENCE else math.exp
            found.append(Unlike(kind, what, natural(value), natural(middle)))
    return found


def _is_silent(value: float, among: Floats) -> bool:
    """Whether a run of zeros is long, and twice as long as in any simulated record."""
    longest = math.expm1(value)
    return longest >= _LEAST_SILENCE and longest >= 2 * math.expm1(float(among.max()))


__all__ = ["JUMP", "LEVEL", "SILENCE", "SURGES", "Unlike", "summaries_of", "unlike"]
