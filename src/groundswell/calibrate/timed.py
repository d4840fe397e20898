"""Rivals in which acts follow the tide: they come when another series is about to rise or fall, with or without effect.

    first pass   the theory without acts (what causes them is switched off)
    acts         A_t ~ Poisson(rate exp(b z_t) / mean exp(b z)),  z_t the coming change of the other series in that pass
    second pass  with effect: the same worlds and luck, pulsed at those steps; without: the first pass unchanged

In the record such acts precede rises whatever they do: a fit that ignores this rival mistakes timing for an effect
(in the project's trials P(effect > 0) exceeded .95 in 6% of worlds without one). The acts of the record are those
of the rival, not of the theory, so two passes are needed; relabelling acts of one pass would erase the theory's own
effect."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from groundswell.calibrate.priors import LogUniform
from groundswell.calibrate.reporting import TIDE_SPAN, tide
from groundswell.draws import derive_seed
from groundswell.engine.worlds import Pulse, World
from groundswell.errors import EstimationError
from groundswell.settings import require_known
from groundswell.theory import Theory, Uniform
from groundswell.theory.distributions import Distribution

if TYPE_CHECKING:
    from groundswell.calibrate.posterior import Kinship

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class RecordedActs:
    """Acts at the record's own dates, on which a fit is conditional: a shock in every world, with its own series.

    Parameters
    ----------
    name : of the series.
    shock, amount : that an act pulses.
    at : steps with an act.
    open : steps that could have had one; a rival in which acts follow the tide places as many among these.
    """

    name: str
    shock: str
    amount: float
    at: tuple[int, ...]
    open: tuple[int, ...]

    def pulses(self) -> tuple[Pulse, ...]:
        """The interventions in a world."""
        return tuple(Pulse(self.shock, self.amount, t) for t in self.at)

    def series(self, steps: int, worlds: int) -> Floats:
        """The acts at each step of each world, [steps + 1, worlds]."""
        acts = np.zeros((steps + 1, worlds))
        acts[list(self.at)] = 1.0
        return acts


STRENGTH, RATE = Uniform(-1.5, 1.5), LogUniform(0.02, 1.0)
"""Up to 4.5 times as many acts per standard deviation of the tide; from one act in 50 steps to one per step."""


@dataclass(frozen=True)
class TimedActs:
    """Acts that follow the tide of another series.

    Parameters
    ----------
    shock : that an act pulses, by `amount`.
    acts : the observable that counts acts, or the series of recorded ones; it is replaced by the timed acts.
    by : the observable whose coming change times them.
    effect : whether the acts have an effect.
    off : parameter values that stop the theory from producing acts itself.
    strength : log rate per standard deviation of the change; negative before a fall.
    rate : mean acts per step.
    span : steps before and after over which the change is measured.
    amount : of the shock at each act.
    """

    shock: str
    acts: str
    by: str
    effect: bool = False
    off: Mapping[str, float] = field(default_factory=dict)
    strength: Distribution = STRENGTH
    rate: Distribution = RATE
    span: int = TIDE_SPAN
    amount: float = 1.0

    def check(self, theory: type[Theory], recorded: str = "") -> None:
        """Refuse names that the theory does not have.

        Raises
        ------
        EstimationError : the message offers the nearest name.
        """
        for name, known, what in (
            (self.shock, theory.shocks, "shock"),
            (self.acts, {*theory.observables, recorded} - {""}, "observable"),
            (self.by, theory.observables, "observable"),
            *((p, theory.params, "parameter") for p in self.off),
        ):
            require_known(
                name, known, EstimationError, f"acts timed by the tide: theory {theory.name} has no {what} {name!r}"
            )

    def first_pass(self, worlds: list[World]) -> list[World]:
        """The worlds without their own acts."""
        return [replace(w, params={**w.params, **self.off}) for w in worlds]

    def times(self, series: Floats, seed: int, recorded: RecordedActs | None = None) -> Floats:
        """Acts at each step of each world, [steps + 1, worlds], from the series of the first pass, of the same shape.

        If acts are recorded there are as many, at most one per step, at the largest b z_t plus a Gumbel number.
        """
        luck = np.random.Generator(np.random.Philox(key=derive_seed(seed, "timed acts")))
        worlds = series.shape[1]
        b, rate = self.strength.quantile(luck.random(worlds)), self.rate.quantile(luck.random(worlds))
        rise = np.clip(b * tide(series.T, self.span).T, -20, 20)
        if recorded is not None:
            steps = np.array(recorded.open)
            key = np.nan_to_num(rise[steps]) + luck.gumbel(size=(len(steps), worlds))
            chosen = steps[np.argsort(-key, axis=0, kind="stable")[: len(recorded.at)]]
            acts = np.zeros(series.shape)
            np.put_along_axis(acts, chosen, 1.0, axis=0)
            return acts
        weight = np.exp(rise)
        mean = rate * weight / weight.mean(axis=0)
        acts = luck.poisson(np.minimum(np.nan_to_num(mean), 1e6)).astype(float)
        acts[0] = 0.0  # no pulse is possible before the first step
        return acts

    def second_pass(self, worlds: list[World], acts: Floats) -> list[World]:
        """The worlds with a pulse at every step that has acts."""
        return [
            replace(
                w,
                interventions=(
                    *w.interventions,
                    *(Pulse(self.shock, self.amount * float(acts[t, k]), int(t)) for t in np.flatnonzero(acts[:, k])),
                ),
            )
            for k, w in enumerate(worlds)
        ]


def timed(kin: Kinship, rival: TimedActs) -> Kinship:
    """The rival as a model to choose among: the same draws and reports, with acts that follow the tide."""
    rival.check(kin.draws.theory, "" if kin.draws.recorded is None else kin.draws.recorded.name)
    missing = [o for o in (rival.acts, rival.by) if o not in kin.draws.observables]
    if missing:
        raise EstimationError(
            f"acts timed by the tide in a record without {missing[0]}", expected="both series in the record"
        )
    estimands = kin.draws.estimands if rival.effect else ()  # without effect it is zero, whatever the theory says
    return replace(kin, draws=replace(kin.draws, timed=rival, estimands=estimands))


__all__ = ["RecordedActs", "TimedActs", "timed"]
