"""The parts of a theory's declaration: parameters, traits, states, variables of society, and observables."""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from groundswell.errors import TheoryError
from groundswell.theory.distributions import Distribution, Fixed, Value

NO_SOURCE = "no source"


_LARGEST = sys.float_info.max


@dataclass(frozen=True)
class Support:
    """An interval of the real line, written "[0, 1]", "(0, 4]", "> 0", ">= 0", "< 1", "<= 1" or "any"."""

    text: str
    low: float = field(init=False)
    high: float = field(init=False)
    low_open: bool = field(init=False)
    high_open: bool = field(init=False)

    def __post_init__(self) -> None:
        low, high, low_open, high_open = _parse_support(self.text)
        for name, value in (("low", low), ("high", high), ("low_open", low_open), ("high_open", high_open)):
            object.__setattr__(self, name, value)

    def holds(self, x: float) -> bool:
        """Whether x lies in the interval; NaN never does."""
        above = x > self.low if self.low_open else x >= self.low
        below = x < self.high if self.high_open else x <= self.high
        return above and below and abs(x) <= _LARGEST  # a whole number may exceed the largest float


def _parse_support(text: str) -> tuple[float, float, bool, bool]:
    text = text.strip()
    if text == "any":
        return -math.inf, math.inf, False, False
    number = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
    if m := re.fullmatch(rf"(>=|>|<=|<)\s*({number})", text):
        x = float(m[2])
        return {
            ">": (x, math.inf, True, False),
            ">=": (x, math.inf, False, False),
            "<": (-math.inf, x, False, True),
            "<=": (-math.inf, x, False, False),
        }[m[1]]
    if m := re.fullmatch(rf"([\[(])\s*({number})\s*,\s*({number})\s*([\])])", text):
        return float(m[2]), float(m[3]), m[1] == "(", m[4] == ")"
    raise TheoryError(
        f"support {text!r}", expected='an interval such as "[0, 1]", "> 0", ">= 0" or "any"', why="it cannot be read"
    )


@dataclass(frozen=True)
class Param:
    """A number shared by all people of a world.

    Parameters
    ----------
    default : the value unless another is given.
    support : the interval of meaningful values.
    prior : beliefs about it before any record is seen; `Fixed(default)` if it is not varied.
    unit, meaning : in words.
    source : where the default and the prior come from; "no source" if none was found, as every dossier then states.
    whole : whether only whole numbers are meaningful; the prior is then `WholeUniform` or another over whole numbers.
    """

    default: float
    support: str = "any"
    prior: Distribution | None = None
    unit: str = ""
    meaning: str = ""
    source: str = NO_SOURCE
    whole: bool = False

    @property
    def belief(self) -> Distribution:
        """The prior, or a point mass at the default."""
        return self.prior if self.prior is not None else Fixed(self.default)


@dataclass(frozen=True)
class Trait:
    """A number fixed for each person, drawn from a distribution whose arguments may be parameters."""

    distribution: Distribution
    unit: str = ""
    meaning: str = ""
    source: str = NO_SOURCE


@dataclass(frozen=True)
class Share:
    """Initially true for each person independently with this probability (a number or a parameter)."""

    of: Value


@dataclass(frozen=True)
class Exactly:
    """Initially true for exactly this many people, chosen at random (a number or a parameter)."""

    people: Value


@dataclass(frozen=True)
class State:
    """A value of each person that changes over time: `bool` or `float`.

    `initial` is a number, the name of a parameter, `Share(...)` or `Exactly(...)` (bool states), or a distribution
    (float states), from which each person draws.
    """

    kind: type
    initial: Value | bool | Share | Exactly | Distribution = 0.0
    unit: str = ""
    meaning: str = ""


@dataclass(frozen=True)
class Presence(State):
    """Whether a person is there at all: the bool state of people who enter and leave.

    The places of those who are absent are free. A theory that declares a presence states a rule `newcomer` as well as
    `person`: it is run at each step for each free place, and fills it by setting the presence; `person`, which is run
    for those present, removes them by unsetting it. People who are absent are in no other bool state, have floats of 0,
    are seen by nobody, and do not count in means over people; `people.NAME` of the presence is the share of places
    taken.
    """

    kind: type = bool
    initial: Value | bool | Share | Exactly | Distribution = True


@dataclass(frozen=True)
class Layer:
    """A named layer of ties that the theory distinguishes: `seen.NAME.share.acts` looks along these only.

    With `changes`, the rule `tie` forms and breaks the ties of this layer only.
    """

    meaning: str = ""
    changes: bool = False


@dataclass(frozen=True)
class Society:
    """A macro variable of a world (attention, repression, concessions); `initial` is a number or a parameter."""

    initial: Value = 0.0
    unit: str = ""
    meaning: str = ""


@dataclass(frozen=True)
class Regional:
    """A macro variable of each region; read and written by the `region` rule, read by people as `here.NAME`."""

    initial: Value = 0.0
    unit: str = ""
    meaning: str = ""


@dataclass(frozen=True)
class Shock:
    """An exogenous input to society, zero unless an intervention pulses it; read as `society.NAME`.

    `harm=True` marks violence: searches and optimisers never treat it as a lever.
    """

    unit: str = ""
    meaning: str = ""
    harm: bool = False


@dataclass(frozen=True)
class Tally:
    """A number contributed by each person per step (`tally.NAME = ...`); society reads its mean as `people.NAME`."""

    initial: Value = 0.0
    unit: str = ""
    meaning: str = ""


@dataclass(frozen=True)
class Observable:
    """A number recorded per step and world: `people.NAME` (a mean over people) or `society.NAME`.

    `where` names a trait or state: only people count for whom it is not 0, or (`where=("kind", 2)`) for whom it has
    this value, and the number is 0 where there are none. With `kind="spread"` it is the standard deviation over people.
    Both are available in theories of rules.
    """

    of: str
    unit: str = ""
    meaning: str = ""
    harm: bool = False
    where: str | tuple[str, float] | None = None
    kind: str = "mean"

    @property
    def special(self) -> bool:
        """Whether it is something other than a mean that rules can read."""
        return self.where is not None or self.kind != "mean"


@dataclass(frozen=True)
class Account:
    """A region of the theory: the priors by which one account departs from the theory's own."""

    meaning: str
    priors: Mapping[str, Distribution]


@dataclass(frozen=True)
class Stream:
    """A named decision for which a process draws luck; read as `luck.NAME`."""

    meaning: str = ""


@dataclass(frozen=True)
class Setting:
    """The size and form at which the source runs its theory, used as defaults when it is run.

    Parameters
    ----------
    steps : how many, >= 1.
    population : the keys of a study's table [population]; one person where the theory has none.
    params : values that differ from the defaults.
    """

    steps: int
    population: Mapping[str, Any] = field(default_factory=lambda: {"network": "well_mixed", "people": 1})
    params: Mapping[str, float] = field(default_factory=dict)
