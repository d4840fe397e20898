"""Estimands: the effect of an arm on an observable, computed from twins in every draw so that it is fitted directly.

    share of people   log((mean with the arm + h) / (mean without + h)),   h = 1 / (2 people)
    anything else     mean with the arm - mean without

over the steps after the arm begins, averaged over pairs of twins. No record may identify a parameter although it
identifies an effect in which the parameter takes part, so effects are inferred directly and not built from parameters.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from groundswell.draws import derive_seed
from groundswell.engine.worlds import Intervention, Pulse, Seed, Set, World
from groundswell.errors import EstimationError, nearest
from groundswell.settings import require_known
from groundswell.theory import Theory

Floats = NDArray[np.float64]

OVER = 12
"""Default number of steps over which an effect is averaged: a quarter, in weeks."""
LATEST = 60
"""Largest number of steps before the arm begins: a world that has run for 52 weeks has forgotten its start."""


@dataclass(frozen=True)
class Estimand:
    """The effect of an arm on an observable.

    Parameters
    ----------
    name : as shown and written.
    observable : of the theory.
    intervention : applied in one twin and not in the other.
    over : steps after it over which the observable is averaged, >= 1.
    """

    name: str
    observable: str
    intervention: Intervention
    over: int = OVER

    @property
    def at(self) -> int:
        """The step at which the arm begins."""
        x = self.intervention
        return x.at if isinstance(x, Pulse | Seed) else x.start

    def of(self, theory: type[Theory], without: Floats, with_arm: Floats, people: int) -> Floats:
        """The effect from twins, each [steps + 1, pairs]: a number for each pair."""
        after = slice(self.at + 1, self.at + 1 + self.over)
        a, b = with_arm[after].mean(axis=0), without[after].mean(axis=0)
        if theory.observables[self.observable].of.startswith("people.") and (a >= 0).all() and (b >= 0).all():
            h = 0.5 / max(people, 1)
            return np.log((a + h) / (b + h))
        return a - b

    def worlds(self, params: dict[str, float], seed: int, pairs: int) -> list[World]:
        """The twins of one draw: without and with the arm, for each pair."""
        return [
            World(derive_seed(seed, "twins", self.name, r), params, arm)
            for r in range(pairs)
            for arm in ((), (self.intervention,))
        ]


def parse_estimand(text: str, theory: type[Theory], steps: int) -> Estimand:
    """An estimand from `OBSERVABLE:ARM=AMOUNT[:STEPS]`, such as `turnout:act=1:12`.

    ARM is a shock (pulsed once), a bool state (made true for a share of people) or a parameter (held from then on); it
    begins after `LATEST` steps, or after half the record if that is shorter.

    Raises
    ------
    EstimationError : the text has another form, or a name that the theory lacks.
    """
    form = "turnout:act=1:12 (an observable; a shock, state or parameter and its amount; steps)"
    observable, colon, rest = text.partition(":")
    arm, _, over = rest.partition(":")
    name, equals, amount = arm.partition("=")
    name, observable = name.strip(), observable.strip()
    try:
        number, span = float(amount), int(over) if over else OVER
    except ValueError:
        number, span = float("nan"), 0
    if not colon or not equals or not np.isfinite(number) or span < 1:
        raise EstimationError(f"the estimand {text!r}", expected=form)
    require_known(
        observable,
        theory.observables,
        EstimationError,
        f"the estimand {text!r} of theory {theory.name}",
        "an observable: ",
    )
    at = max(1, min(LATEST, steps // 2))
    states = [s for s, x in theory.states.items() if x.kind is bool]
    if name in theory.shocks:
        made: Intervention = Pulse(name, number, at)
    elif name in states:
        made = Seed(name, number, at)
    elif name in theory.params:
        made = Set(name, number, at)
    else:
        known = [*theory.shocks, *states, *theory.params]
        raise EstimationError(
            f"the estimand {text!r} of theory {theory.name}",
            expected="a shock, bool state or parameter: " + ", ".join(known),
            instead=nearest(name, known),
        )
    return Estimand(f"{observable} after {name} {number:g} over {span}", observable, made, span)


def default_estimands(theory: type[Theory], observables: tuple[str, ...], steps: int) -> tuple[Estimand, ...]:
    """The effect of one unit of each shock on each fitted observable of people; none if the theory has no shock."""
    chosen = [o for o in observables if theory.observables[o].of.startswith("people.")]
    return tuple(parse_estimand(f"{o}:{shock}=1", theory, steps) for shock in theory.shocks for o in chosen)


__all__ = ["LATEST", "OVER", "Estimand", "default_estimands", "parse_estimand"]
