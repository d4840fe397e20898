"""What a claim is: a testable statement, what each account predicts of it, and the records that bear on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from groundswell.errors import StudyError
from groundswell.estimators.core import Estimate
from groundswell.settings import require_known

if TYPE_CHECKING:
    from groundswell.claims.fitted import FittedTest
    from groundswell.claims.likeness import Unlike

Runs = Any
"""What a register's `runs` makes of its simulations (`groundswell.claims.register.Register`)."""
Direction = Literal["above", "below", "either", "none", "p"]
"""Where a claim puts its estimate: above or below zero, on either side of zero, at zero ("none", within `margin`), or
beyond chance by the p-value alone ("p")."""
Outcome = Literal["supports", "against", "silent"]
Draws = NDArray[np.float64]


def _check_direction(says: str, what: str) -> None:
    require_known(says, get_args(Direction), StudyError, f"{what} says {says!r}")


@dataclass(frozen=True)
class Prediction:
    """What the model predicts for a claim's estimand, from twins, for each draw from an account's prior.

    `compute(runs, account)` returns one number per draw; `says` is where the claim puts it. `negation`, if
    given, computes the same number with the claim's own term switched off; without one the negation is 0.
    """

    estimand: str
    unit: str
    says: Direction
    compute: Callable[[Runs, str], Draws]
    negation: Callable[[Runs, str], Draws] | None = None

    def __post_init__(self) -> None:
        _check_direction(self.says, f"the prediction ({self.estimand})")
        if self.negation is not None and self.negation == self.compute:
            raise StudyError(
                f"the prediction ({self.estimand}) is computed as its own negation is",
                expected="a negation in which the claim's own term is switched off",
                why="a claim that predicts the same as its own negation cannot be tested",
            )


@dataclass(frozen=True)
class Curve:
    """An effect curve of the model that the dossier shows: `compute(runs, account)` returns draws by weeks."""

    title: str
    y: str
    compute: Callable[[Runs, str], Draws]
    x: str = "weeks since the act"
    first: int = -10


@dataclass(frozen=True)
class Channel:
    """The contribution of one channel: the prediction with the channel open minus closed, draw by draw."""

    name: str
    unit: str
    compute: Callable[[Runs, str], Draws]


@dataclass(frozen=True)
class Scenario:
    """A state of the world under which records are simulated: accounts, the arm they run, and a twist of the record.

    A twist names a change to the simulated record that makes the claim false, such as "shuffled".
    """

    name: str
    accounts: tuple[str, ...]
    arm: str
    twist: str = ""


@dataclass(frozen=True)
class RecordTest:
    """One record that bears on a claim, and the estimator that is applied to it and to simulated records alike.

    `observe(seed)` applies the estimator to the record; `simulate(runs, account, draw, scenario, rng)` applies the same
    estimator to a record simulated with the same length, unit and sampling. The first scenario of `asserting` and of
    `denying` is the claim's own; the others are rival explanations that a verdict must also withstand, such as
    acts that follow mobilisation without having caused it. `data` names the registered data sets that it needs
    beyond the cases of the package. `part` names the part of a conjunction. If a test's
    estimand is not the claim's, `no_verdict` says why: its estimate is shown, but decides nothing. `estimand` and
    `placebo` state its plan: the number in its unit, and what must show no effect.
    """

    record: str
    title: str
    citation: str
    estimator: str
    says: Direction
    observe: Callable[[int], Estimate]
    simulate: Callable[[Runs, str, int, Scenario, np.random.Generator], Estimate]
    asserting: tuple[Scenario, ...]
    denying: tuple[Scenario, ...]
    data: tuple[str, ...] = ()
    draws: int | None = None  # simulated records per scenario and account, if fewer than the theory's draws
    at_least: int = 0  # simulated records per scenario and account, if more than the theory's draws cost little
    margin: float = 0.0  # a claim of no effect counts any smaller effect as none
    part: str = ""
    no_verdict: str = ""
    estimand: str = ""
    placebo: str = ""
    size_known: bool = True  # False where the claim gives a sign and no size: silence then contradicts nothing
    own_side: bool = False  # no verdict unless most records simulated under the claim lie on its side
    refuses_turned: bool = False  # whether swapped scenarios are refused; otherwise a note reports them
    unlike: Callable[[Runs], Mapping[str, Sequence[Unlike]]] | None = None  # by scenario, once records are simulated

    def __post_init__(self) -> None:
        _check_direction(self.says, f"the test by {self.record!r}")


SHARED = "both"
"""The `account` of a claim that every account makes."""


@dataclass(frozen=True)
class Claim:
    """One row of a register. `account` names the account that makes the claim, or is `SHARED`."""

    id: str
    account: str
    text: str
    term: str
    estimand: str
    prediction: Prediction | None = None
    closed: tuple[Channel, ...] = ()
    curve: Curve | None = None
    tests: tuple[RecordTest | FittedTest, ...] = ()
    untested: str = ""
    conjunction: bool = False  # the tests are of parts that the claim joins by "and"
    without_record: tuple[str, ...] = ()  # parts of a conjunction that no record bears on
    notes: tuple[str, ...] = ()
    references: tuple[str, ...] = ()


def classify(estimate: Estimate, says: Direction, margin: float = 0.0, level: float = 0.95) -> Outcome:
    """What an estimate says of a claim: its interval (or p-value) lies where the claim puts it, opposite, or neither.

    A claim of no effect is supported by an interval within the margin, and contradicted by one that excludes zero.
    """
    if says == "p":
        return "supports" if estimate.p is not None and estimate.p < 1 - level else "silent"
    low = -np.inf if estimate.low is None else estimate.low
    high = np.inf if estimate.high is None else estimate.high
    if estimate.value is None or np.isnan(low) or np.isnan(high):
        return "silent"
    above, below = low > 0, high < 0
    if says == "either":
        return "supports" if above or below else "silent"
    if says == "none":
        return "against" if above or below else "supports" if -margin < low and high < margin else "silent"
    if says == "above":
        return "supports" if above else "against" if below else "silent"
    return "supports" if below else "against" if above else "silent"


def as_claimed(values: Draws, says: Direction) -> float:
    """The share of draws in which the model puts the estimand where the claim does; NaN draws are left out."""
    values = values[np.isfinite(values)]
    if values.size == 0:
        return float("nan")
    if says in ("above", "p"):
        return float((values > 0).mean())
    if says == "below":
        return float((values < 0).mean())
    if says == "none":
        return float((values == 0).mean())
    return float((values != 0).mean())
