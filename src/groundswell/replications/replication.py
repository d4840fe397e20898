"""What a replication is: a paper's numbers as targets, a function that measures ours, and the verdict on each."""

from __future__ import annotations

import keyword
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from groundswell.errors import ReplicationError

Verdict = Literal["reproduced", "not reproduced", "too few runs to tell", "not attainable", "failed"]
Declared = Literal["reproduced", "not reproduced", "not attainable"]

VERDICTS: dict[str, str] = {
    "reproduced": "our interval meets the tolerance of the paper's number, and is narrow enough to mean something",
    "not reproduced": "our interval lies outside the tolerance of the paper's number",
    "too few runs to tell": "our interval meets the paper's number, but is wider than the target allows",
    "not attainable": "the paper's number cannot be obtained from what is published or available; the reason is given",
    "failed": "the measurement itself failed; the reason is given",
}
DECLARED: tuple[Declared, ...] = ("reproduced", "not reproduced", "not attainable")

CERTAINTY: dict[str, str] = {
    "R": "read in the paper's abstract or in an excerpt of it",
    "R2": "read through a transcription by a third party",
    "C": "computed independently for this project: an analytic result, or a simulation written from the equations",
    "M": "from memory, to be checked against the paper before it is called published",
}
"""How certain the published number of a target is."""

ROWS = range(1, 21)  # rows of the table of best targets


@dataclass(frozen=True)
class Target:
    """One number of a paper, its tolerance, and whether ours is expected to meet it.

    The verdict is *reproduced* when ``[low, high]`` of ours meets ``[value - tolerance, value + tolerance]`` and
    ``high - low <= resolution``.

    Parameters
    ----------
    name : identifier, unique in its replication.
    claim : what the number says, as one sentence or clause.
    value : the paper's number; None if it cannot be obtained, which needs ``expect="not attainable"``.
    tolerance : >= 0, in the unit of `value`; the uncertainty of the paper's number itself: half its last printed digit,
        1.96 standard errors of a published mean, half a grid step read off a figure. 0 for an exact count.
    certainty : how well the number is known; a key of `CERTAINTY`.
    source : where it is stated ("Granovetter 1978, Figure 2").
    unit : of `value`; empty for a pure number.
    table : row of the project's table of best targets, 1 to 20, or None.
    resolution : > 0; the widest interval of ours that still tests something. By default ``max(2 tolerance,
        0.1 |value|)``.
    expect : the expected verdict. "not attainable" with a `value` means that the paper's number cannot
        be derived from what the paper states; if ours meets it after all, the verdict is "reproduced" and the command
        fails.
    reason : why the paper's number is not met; required if `expect` is not "reproduced", and otherwise not allowed.
    needs : what it needs that a machine may lack, such as a data set; only then may a measurement be `Missing`.
    note : a remark for the page.

    Raises
    ------
    ReplicationError : if any of these conditions fails.
    """

    name: str
    claim: str
    value: float | None = None
    tolerance: float = 0.0
    certainty: Literal["R", "R2", "C", "M"] = field(kw_only=True)
    source: str = field(kw_only=True)
    unit: str = field(default="", kw_only=True)
    table: int | None = field(default=None, kw_only=True)
    resolution: float | None = field(default=None, kw_only=True)
    expect: Declared = field(default="reproduced", kw_only=True)
    reason: str = field(default="", kw_only=True)
    needs: str = field(default="", kw_only=True)
    note: str = field(default="", kw_only=True)

    def __post_init__(self) -> None:
        where = f"target {self.name!r}"
        if not _is_name(self.name):
            raise ReplicationError(where, expected="a lower-case identifier", instead='Target("critical_sd", ...)')
        for what, text in (("claim", self.claim), ("source", self.source)):
            if not text.strip():
                raise ReplicationError(f"{where} without {what}", expected=f"a {what} in words")
        if self.certainty not in CERTAINTY:
            raise ReplicationError(
                f"certainty {self.certainty!r} of {where}", expected="one of " + ", ".join(CERTAINTY)
            )
        if self.expect not in DECLARED:
            raise ReplicationError(f"expect={self.expect!r} of {where}", expected="one of " + ", ".join(DECLARED))
        if self.value is None:
            if self.expect != "not attainable":
                raise ReplicationError(
                    f"{where} without a value",
                    expected="the paper's number",
                    why="there would be nothing to compare with",
                    instead='expect="not attainable", reason="..."',
                )
        else:
            object.__setattr__(self, "value", _finite(self.value, f"the value of {where}"))
        tolerance = _finite(self.tolerance, f"the tolerance of {where}")
        if tolerance < 0:
            raise ReplicationError(f"the tolerance {tolerance:g} of {where}", expected="0 or more")
        object.__setattr__(self, "tolerance", tolerance)
        if self.resolution is not None and _finite(self.resolution, f"the resolution of {where}") <= 0:
            raise ReplicationError(f"the resolution {self.resolution:g} of {where}", expected="a positive width")
        if self.table is not None and self.table not in ROWS:
            raise ReplicationError(
                f"table={self.table!r} of {where}", expected=f"a row, {ROWS[0]} to {ROWS[-1]}, or None"
            )
        if (self.expect == "reproduced") == bool(self.reason.strip()):
            raise ReplicationError(
                f"{where}, expected to be {self.expect}, {'with' if self.reason.strip() else 'without'} a reason",
                expected="a reason exactly where the paper's number is not met",
                instead='note="..."' if self.reason.strip() else 'reason="..."',
            )

    @property
    def widest(self) -> float:
        """The widest interval of ours that still tests something."""
        if self.resolution is not None:
            return float(self.resolution)
        return max(2 * self.tolerance, 0.1 * abs(self.value or 0.0))

    def verdict(self, found: Found | Missing | None) -> Verdict:
        """The verdict on what was measured; None is a measurement that failed.

        >>> target = Target("sd", "It tips at 12.2", 12.2, 0.05, certainty="M", source="Granovetter 1978, Figure 2")
        >>> target.verdict(Estimate(12.22)), target.verdict(Estimate(12.3)), target.verdict(Estimate(12, 10, 14))
        ('reproduced', 'not reproduced', 'too few runs to tell')
        """
        if found is None:
            return "failed"
        if isinstance(found, Missing) or self.value is None:
            return "not attainable"
        # A margin for rounding, so that 0.3 meets 0.1 + 0.2.
        hair = 1e-12 * max(abs(self.value), self.tolerance, abs(found.value))
        meets = found.low <= self.value + self.tolerance + hair and found.high >= self.value - self.tolerance - hair
        if not meets:
            return "not attainable" if self.expect == "not attainable" else "not reproduced"
        return "reproduced" if found.high - found.low <= self.widest + hair else "too few runs to tell"

    def as_declared(self, found: Found | Missing | None) -> bool:
        """Whether the verdict is the expected one; data that the machine lacks is not a mismatch."""
        return self.verdict(found) == self.expect or isinstance(found, Missing)


@dataclass(frozen=True)
class Found:
    """A number of ours with its 95% interval; without one if it is exact.

    Raises
    ------
    ReplicationError : a number is not finite, one end of the interval is missing, or the interval excludes its value.

    >>> Estimate(0.71, 0.66, 0.76).low, Estimate(12.22).low
    (0.66, 12.22)
    """

    value: float
    low: float = math.nan
    high: float = math.nan

    def __post_init__(self) -> None:
        value = _finite(self.value, "an estimate")
        ends = [float(end) for end in (self.low, self.high)]
        if all(math.isnan(end) for end in ends):
            ends = [value, value]
        low, high = (_finite(end, f"an end of the interval of the estimate {value:g}") for end in ends)
        if not low <= value <= high:
            raise ReplicationError(
                f"an estimate of {value:g} with the interval {low:g} to {high:g}",
                expected="an interval that holds its value",
            )
        for name, number in (("value", value), ("low", low), ("high", high)):
            object.__setattr__(self, name, number)

    @classmethod
    def share(cls, found: int, of: int) -> Found:
        """A share of runs with its exact (Clopper-Pearson) 95% interval.

        >>> Estimate.share(30, 30).high, round(Estimate.share(30, 30).low, 3)
        (1.0, 0.884)
        """
        from scipy import stats

        if not 0 <= found <= of or of < 1:
            raise ReplicationError(f"a share of {found} in {of}", expected="0 <= found <= of, and of >= 1")
        low = float(stats.beta.ppf(0.025, found, of - found + 1)) if found else 0.0
        high = float(stats.beta.ppf(0.975, found + 1, of - found)) if found < of else 1.0
        return cls(found / of, low, high)

    @classmethod
    def mean(cls, values: ArrayLike) -> Found:
        """The mean of independent runs, shape (n,), n >= 2, with its 95% t interval.

        >>> Estimate.mean([1.0, 2.0, 3.0]).value
        2.0
        """
        from scipy import stats

        runs = np.asarray(values, np.float64)
        if runs.ndim != 1 or runs.size < 2:
            raise ReplicationError(f"runs of shape {runs.shape}", expected="two runs or more, shape (n,)")
        value = float(runs.mean())
        half = float(stats.t.ppf(0.975, runs.size - 1) * runs.std(ddof=1) / math.sqrt(runs.size))
        return cls(value, value - half, value + half)

    def exceeds(self, bound: float) -> Found:
        """1 if it lies above a bound, 0 if not, and 0 to 1 if the interval contains the bound.

        >>> Estimate.share(30, 30).exceeds(0.5), Estimate(0.2, -0.1, 0.5).exceeds(0)
        (Estimate(value=1.0, low=1.0, high=1.0), Estimate(value=1.0, low=0.0, high=1.0))
        """
        return Found(float(self.value > bound), float(self.low > bound), float(self.high > bound))


@dataclass(frozen=True)
class Missing:
    """The reason why there is no measurement on this machine, for a target that declares what it `needs`."""

    reason: str


Numbers = Sequence[float] | NDArray[Any]


@dataclass(frozen=True)
class Course:
    """One curve of a figure: ``y`` over ``x``, with a band or error bars ``low`` to ``high`` where given.

    Parameters
    ----------
    name : in the legend.
    x, y : shape (n,), n >= 1, finite.
    low, high : shape (n,), both or neither.
    mark : "line", "points", "bars" or "steps".
    """

    name: str
    x: Numbers
    y: Numbers
    low: Numbers | None = field(default=None, kw_only=True)
    high: Numbers | None = field(default=None, kw_only=True)
    mark: Literal["line", "points", "bars", "steps"] = field(default="line", kw_only=True)

    def __post_init__(self) -> None:
        where = f"the curve {self.name!r}"
        if self.mark not in ("line", "points", "bars", "steps"):
            raise ReplicationError(f"mark={self.mark!r} of {where}", expected="line, points, bars or steps")
        if (self.low is None) != (self.high is None):
            raise ReplicationError(f"{where} with one end of its intervals", expected="low and high, or neither")
        size = None
        for name in ("x", "y", "low", "high"):
            given = getattr(self, name)
            if given is None:
                continue
            numbers = np.asarray(given, np.float64)
            if numbers.ndim != 1 or numbers.size == 0 or not np.isfinite(numbers).all():
                raise ReplicationError(f"{name} of {where}", expected="one finite number or more, shape (n,)")
            if size not in (None, numbers.size):
                raise ReplicationError(f"{numbers.size} numbers of {name} of {where}", expected=f"{size}, as x has")
            size = numbers.size
            object.__setattr__(self, name, tuple(numbers.tolist()))


@dataclass(frozen=True)
class Figure:
    """The figure that the paper shows, drawn from our runs.

    Parameters
    ----------
    name : identifier, unique in its replication. title, caption : in words.
    x, y : titles of the axes, with their units. x_kind, y_kind : "linear" or "log".
    curves : one or more, in the order in which they are drawn.
    marks : vertical rules, ``(x, label)`` each.
    """

    name: str
    title: str
    caption: str
    x: str = field(kw_only=True)
    y: str = field(kw_only=True)
    curves: Sequence[Course] = field(kw_only=True)
    x_kind: Literal["linear", "log"] = field(default="linear", kw_only=True)
    y_kind: Literal["linear", "log"] = field(default="linear", kw_only=True)
    marks: Sequence[tuple[float, str]] = field(default=(), kw_only=True)

    def __post_init__(self) -> None:
        where = f"the figure {self.name!r}"
        if not _is_name(self.name):
            raise ReplicationError(where, expected="a lower-case identifier")
        object.__setattr__(self, "curves", tuple(self.curves))
        object.__setattr__(self, "marks", tuple((_finite(x, f"a mark of {where}"), str(t)) for x, t in self.marks))
        if not self.curves:
            raise ReplicationError(f"{where} without curves", expected="one or more")
        _unique([curve.name for curve in self.curves], f"curves of {where}")
        for kind, names in ((self.x_kind, ("x",)), (self.y_kind, ("y", "low", "high"))):
            if kind not in ("linear", "log"):
                raise ReplicationError(f"a {kind!r} axis of {where}", expected="linear or log")
            numbers = [v for curve in self.curves for name in names for v in getattr(curve, name) or ()]
            if names == ("x",):
                numbers += [x for x, _ in self.marks]
            if kind == "log" and min(numbers) <= 0:
                raise ReplicationError(f"{min(numbers):g} on a log axis of {where}", expected="positive numbers")


@dataclass(frozen=True)
class Measured:
    """What a replication measured: an estimate for each target by name, and the figures.

    `seeds` names the seeds that were used, for the record: ``{"runs": 1}``.
    """

    estimates: Mapping[str, Found | Missing]
    figures: Sequence[Figure] = ()
    seeds: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, found in self.estimates.items():
            if not isinstance(found, Found | Missing):
                raise ReplicationError(
                    f"the estimate {name} = {found!r}", expected="an Estimate", instead=f'{{"{name}": Estimate(...)}}'
                )
        object.__setattr__(self, "figures", tuple(self.figures))
        _unique([figure.name for figure in self.figures], "figures of a replication")


@dataclass(frozen=True)
class Replication:
    """A paper's numbers and the measurement of ours.

    Parameters
    ----------
    name : that of its file. title : the paper's short citation ("Granovetter 1978").
    theories : names of the theories that it runs; their equations, parameters and limits appear on its page.
    targets : one or more.
    measure : ``measure(threads=None) -> Measured``; deterministic; an estimate for each target.
    source, equations, limits : for a replication that runs no theory; otherwise empty, as the theories state them.
    """

    name: str
    title: str
    theories: tuple[str, ...] = field(default=(), kw_only=True)
    targets: tuple[Target, ...] = field(kw_only=True)
    measure: Callable[..., Measured] = field(kw_only=True)
    source: str = field(default="", kw_only=True)
    equations: str = field(default="", kw_only=True)
    limits: tuple[str, ...] = field(default=(), kw_only=True)

    def __post_init__(self) -> None:
        where = f"the replication {self.name!r}"
        if not _is_name(self.name):
            raise ReplicationError(where, expected="a lower-case identifier, the name of its file")
        for name in ("theories", "targets", "limits"):
            given = getattr(self, name)
            if isinstance(given, str):
                raise ReplicationError(f"{name}={given!r} of {where}", expected="a tuple", instead=f"({given!r},)")
            object.__setattr__(self, name, tuple(given))
        if not self.targets:
            raise ReplicationError(f"{where} without targets", expected="one or more")
        _unique([target.name for target in self.targets], f"targets of {where}")
        if not callable(self.measure):
            raise ReplicationError(f"measure={self.measure!r} of {where}", expected="a function of threads")
        if not self.theories and not self.source.strip():
            raise ReplicationError(f"{where} of no theory without a source", expected="the paper's reference")

    def check(self, measured: Any) -> Measured:
        """The measurement; raises an error if its estimates do not match the targets.

        Raises
        ------
        ReplicationError : a target has no estimate, an estimate no target, or a measurement is missing without
            being declared so.
        """
        if not isinstance(measured, Measured):
            raise ReplicationError(f"{self.name} measured {measured!r}", expected="a Measured")
        names = [target.name for target in self.targets]
        for name in names:
            if name not in measured.estimates:
                raise ReplicationError(
                    f"the target {name!r} of {self.name} has no estimate", expected="one for each target"
                )
        for name in measured.estimates:
            if name not in names:
                raise ReplicationError(
                    f"the estimate {name!r} of {self.name} has no target", expected="one of " + ", ".join(names)
                )
        for target in self.targets:
            if isinstance(measured.estimates[target.name], Missing) and not (target.needs or target.value is None):
                raise ReplicationError(
                    f"the estimate of {target.name!r} of {self.name} is missing",
                    expected="a measurement, or a target that says what it needs",
                    instead='Target(..., needs="the data set ...")',
                )
        return measured


def _is_name(text: str) -> bool:
    return text.isidentifier() and text == text.lower() and not keyword.iskeyword(text)


def _finite(value: Any, what: str) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not math.isfinite(number):
        raise ReplicationError(f"{what} is {value!r}", expected="a finite number")
    return number


def _unique(names: Sequence[str], what: str) -> None:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ReplicationError(f"two {what} named {twice[0]!r}", expected="each name once")
