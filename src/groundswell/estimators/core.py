"""What every estimator returns: an estimate with its interval, and checks with their p-values."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from groundswell.results import Result


@dataclass(frozen=True)
class Check(Result):
    """One statistic with its p-value under "the model is right".

    Parameters
    ----------
    name : what was checked.
    statistic : its value.
    p : p-value on [0, 1].
    method : how the p-value was obtained.
    level : the check passes when ``p >= level``.
    """

    name: str
    statistic: float
    p: float
    method: str
    level: float = 0.05

    derived = ("passed",)

    @property
    def passed(self) -> bool:
        return bool(self.p >= self.level)


class Checked(Result):
    """The base of results that carry checks: a result passes when all its checks do."""

    checks: tuple[Check, ...]

    @property
    def passed(self) -> bool:
        """Whether every check passes."""
        return all(check.passed for check in self.checks)

    @property
    def failing(self) -> str:
        """The names of the failed checks, in one string."""
        return ", ".join(check.name for check in self.checks if not check.passed)


@dataclass(frozen=True)
class Estimate(Result):
    """One number estimated from a record.

    Parameters
    ----------
    value : the estimate; None where the record cannot give one.
    low, high : its interval; infinite where the record bounds it on one side only.
    p : p-value of "no effect", two-sided unless ``method`` says otherwise; None where there is no such null.
    n : observations used.
    method : estimator, interval and p-value, in words.
    unit : the unit of the value.
    passed : whether the checks of the estimate pass.
    checks : the checks and other numbers, by name.
    level : coverage of the interval.
    """

    value: float | None
    low: float | None
    high: float | None
    p: float | None
    n: int
    method: str
    unit: str
    passed: bool
    checks: Mapping[str, object] = field(default_factory=dict)
    level: float = 0.95

    derived = ("unbounded",)

    @property
    def unbounded(self) -> list[str]:
        """Names of the numbers that are not finite, which JSON stores as null."""
        values = {name: getattr(self, name) for name in ("value", "low", "high", "p")}
        return [name for name, x in values.items() if isinstance(x, float) and not math.isfinite(x)]
