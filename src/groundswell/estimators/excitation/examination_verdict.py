"""The verdict on every ordered pair of kinds: what a fit found, what refutes it, and why it is refused."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from groundswell.estimators.core import Check
from groundswell.estimators.excitation.examination_predictive import Predictions
from groundswell.estimators.excitation.examination_sensitivity import ChoicesSensitivity
from groundswell.estimators.excitation.outcome import NEAR_ONE, ExcitationFit, when_in_steps
from groundswell.estimators.excitation.placebo import Placebo
from groundswell.estimators.excitation.placebo_order import Direction
from groundswell.results import Result, plain

LEVEL = 0.05
_TELLS_LITTLE = 0.5  # a pair not found whose interval reaches one event for every two is uninformative


def holm(p: np.ndarray) -> np.ndarray:
    """Holm's adjusted p-values of all entries together; the shape is kept.

    >>> holm(np.array([0.01, 0.04, 0.03])).tolist()
    [0.03, 0.06, 0.06]
    """
    flat = np.asarray(p, dtype=np.float64).ravel()
    order = np.argsort(flat, kind="stable")
    raised = np.maximum.accumulate(flat[order] * (flat.size - np.arange(flat.size)))
    out = np.empty_like(flat)
    out[order] = np.minimum(1.0, raised)
    return out.reshape(np.shape(p))


@dataclass(frozen=True)
class PairVerdict(Result):
    """What the record says about one ordered pair of kinds.

    Parameters
    ----------
    source, target : kinds; the same for self-excitation.
    branching, low, high : events of the target that one event of the source triggers, and its interval.
    half_life, half_life_low, half_life_high : of the kernel into the target, steps; NaN where nothing excites it.
    likelihood_ratio, p, adjusted_p : this pair against none, everything else re-fitted; Holm's p over all pairs.
    delta_aic, delta_bic : of the model with the pair minus that without; negative speaks for the pair.
    goodness : checks of the target's residuals.
    placebos : by name, p and whether the pair survives; only those that apply to this pair.
    sensitivity_low, sensitivity_high : branching over the variants of the model that fit.
    verdict : "excites", "inhibits", "none" (nothing found, and an effect would have been), "undetermined" (nothing
        found, and an effect might have been missed), or "refused".
    reasons : for a refusal.
    """

    source: str
    target: str
    branching: float
    low: float
    high: float
    level: float
    half_life: float
    half_life_low: float
    half_life_high: float
    unit: str
    likelihood_ratio: float
    p: float
    adjusted_p: float
    delta_aic: float
    delta_bic: float
    goodness: tuple[Check, ...]
    placebos: Mapping[str, tuple[float, bool]]
    sensitivity_low: float
    sensitivity_high: float
    verdict: Literal["excites", "inhibits", "none", "undetermined", "refused"]
    reasons: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """A verdict could be given."""
        return self.verdict not in ("refused", "undetermined")

    @property
    def answer(self) -> str:
        """One sentence."""
        whom = "itself" if self.source == self.target else repr(self.target)
        if self.verdict == "refused":
            return f"No verdict on whether {self.source!r} excites {whom}: {self.reasons[0]}."
        if self.verdict == "undetermined":
            reach = f"up to {self.high:.2f}" if math.isfinite(self.high) else "of any size"
            return (
                f"No verdict on whether {self.source!r} excites {whom}: none was found (p = {self.p:.2g}), but a "
                f"branching ratio {reach} is compatible with the record."
            )
        if self.verdict == "none":
            return (
                f"{self.source!r} was not found to excite {whom} (p = {self.p:.2g}); no branching ratio above "
                f"{self.high:.2f} is compatible with the record."
            )
        verb = "triggers" if self.verdict == "excites" else "prevents"
        ends = (self.low, self.high) if self.verdict == "excites" else (-self.high, -self.low)
        return (
            f"One event of {self.source!r} {verb} {abs(self.branching):.2f} of {self.target!r} ({self.level:.0%} "
            f"interval {ends[0]:.2f} to {ends[1]:.2f}; p = {self.p:.2g}, {self.adjusted_p:.2g} among all), "
            f"{when_in_steps(self.half_life, self.unit)}."
        )

    def to_dict(self) -> dict[str, object]:
        return {
            "source": self.source,
            "target": self.target,
            "branching_ratio": {
                "value": plain(self.branching),
                "low": plain(self.low),
                "high": plain(self.high),
                "level": self.level,
            },
            "time_scale": {
                "half_life": plain(self.half_life),
                "low": plain(self.half_life_low),
                "high": plain(self.half_life_high),
                "unit": self.unit,
            },
            "against_no_excitation": {
                "likelihood_ratio": plain(self.likelihood_ratio),
                "p": plain(self.p),
                "adjusted_p": plain(self.adjusted_p),
                "delta_aic": plain(self.delta_aic),
                "delta_bic": plain(self.delta_bic),
            },
            "goodness_of_fit": {
                "passed": all(c.passed for c in self.goodness),
                "checks": [c.to_dict() for c in self.goodness],
            },
            "placebos": {name: {"p": plain(p), "passed": passed} for name, (p, passed) in self.placebos.items()},
            "sensitivity": {"low": plain(self.sensitivity_low), "high": plain(self.sensitivity_high)},
            "verdict": self.verdict,
            "passed": self.passed,
            "reasons": list(self.reasons),
            "answer": self.answer,
        }


def _misfits(fit: ExcitationFit, j: int, k: int, predictions: Predictions) -> list[str]:
    """Why the model gives no verdict on a pair, found or not: rules 1 to 3 of `examine`."""
    source, target = fit.kinds[j], fit.kinds[k]
    failed = [c for c in fit.checks[target] if not c.passed]
    reasons = []
    if fit.gaps:
        return [fit.reason]
    if failed:
        worst = min(failed, key=lambda c: c.p)
        reasons.append(f"the model does not fit {target!r} ({worst.name}, p = {worst.p:.2g})")
    if fit.spectral_radius >= (NEAR_ONE if fit.rival == "tide" else 1):
        reasons.append(f"the fitted process explodes (spectral radius {fit.spectral_radius:.2f})")
        return reasons
    adjusted = holm(np.array([c.p for c in predictions.checks]))
    both = {repr(target), f"{source!r} and {target!r}", f"{target!r} and {source!r}"}
    unlike = [(p, c) for p, c in zip(adjusted, predictions.checks, strict=True) if p < LEVEL and c.of in both]
    if unlike:
        p, worst = min(unlike, key=lambda found: found[0])
        reasons.append(f"records simulated from the fit are unlike it in {worst.name} of {worst.of} (p = {p:.2g})")
    return reasons


def _survived(fit: ExcitationFit, placebos: Mapping[str, Placebo], j: int, k: int) -> dict[str, tuple[float, bool]]:
    """p of each placebo that applies to a pair, and whether the pair survives it."""
    spoken = {}
    for name, placebo in placebos.items():
        p = float(placebo.pair_p[j, k])
        if j == k and name in ("shuffled", "reversed time"):
            continue
        speaks_for = p < LEVEL or bool(fit.pair_p[j, k] >= LEVEL)  # nothing was found, so nothing is refuted
        spoken[name] = (p, speaks_for if name == "shuffled" else p >= LEVEL)
    return spoken


def _refuted(
    fit: ExcitationFit, spoken: Mapping[str, tuple[float, bool]], direction: Direction | None, j: int, k: int
) -> list[str]:
    """Why a pair that was found is not believed: rules 5 to 8 of `examine`."""
    source, target = fit.kinds[j], fit.kinds[k]
    wording = {
        "shifted": f"{source!r} shifted by years seems to excite {target!r} as well",
        "reversed time": f"{source!r} leads {target!r} in reversed time as well, as under a common cause",
        "shuffled": f"with kinds redrawn the link from {source!r} to {target!r} is as strong",
        "swapped": f"{source!r} elsewhere seems to excite {target!r} here",
    }
    reasons = []
    for name, (p, survived) in spoken.items():
        arrow = direction is not None and direction.lead[j, k] > 0 and direction.pair_p[j, k] < LEVEL
        if not survived and not (name == "reversed time" and arrow):
            reasons.append(f"{wording[name]} (p = {p:.2g})")
    return reasons


def verdicts_on_pairs(
    fit: ExcitationFit,
    placebos: Mapping[str, Placebo],
    direction: Direction | None,
    tested: ChoicesSensitivity,
    predictions: Predictions,
) -> tuple[PairVerdict, ...]:
    """The verdict on every ordered pair, sources within targets."""
    K = len(fit.kinds)
    adjusted = holm(fit.pair_p)
    size = math.log((fit.n_steps - fit.lead) * K)
    df = 1 if K > 1 else 2  # with one source, the decay goes with it
    lowest, highest = tested.lowest, tested.highest
    shared: list[list[int]] = [[] for _ in range(K)]  # for each kind, the kinds that a common cause may move as well
    for j, k in np.ndindex(K, K):
        if j != k and adjusted[j, k] < LEVEL and fit.p < LEVEL:
            spoken = {n: v for n, v in _survived(fit, placebos, j, k).items() if n in ("reversed time", "shuffled")}
            if _refuted(fit, spoken, direction, j, k):
                shared[j] += [k] if k not in shared[j] else []
                shared[k] += [j] if j not in shared[k] else []
    verdicts = []
    for k, j in np.ndindex(K, K):
        found = bool(adjusted[j, k] < LEVEL and fit.p < LEVEL)
        found = found and (fit.inhibition or not fit.low[j, k] <= 0)
        spoken = _survived(fit, placebos, j, k)
        why = _misfits(fit, j, k, predictions)
        if not tested.pair_robust[j, k]:
            words = tested.contradiction(j, k)
            why.append(f"whether {fit.kinds[j]!r} excites {fit.kinds[k]!r} depends on the model ({words})")
        if found:
            why += _refuted(fit, spoken, direction, j, k)
            if j == k:
                why += [
                    f"what moves {fit.kinds[i]!r} and {fit.kinds[k]!r} together may alone explain why the events of "
                    f"either cluster"
                    for i in shared[k]
                ]
        high, ratio = float(fit.high[j, k]), float(fit.pair_ratio[j, k])
        verdict: Literal["excites", "inhibits", "none", "undetermined", "refused"]
        if why:
            verdict = "refused"
        elif found:
            verdict = "excites" if fit.branching[j, k] > 0 else "inhibits"
        else:
            verdict = "none" if high < _TELLS_LITTLE else "undetermined"
        verdicts.append(
            PairVerdict(
                source=fit.kinds[j],
                target=fit.kinds[k],
                branching=float(fit.branching[j, k]),
                low=float(fit.low[j, k]),
                high=high,
                level=fit.level,
                half_life=float(fit.half_life[k]),
                half_life_low=float(fit.half_life_low[k]),
                half_life_high=float(fit.half_life_high[k]),
                unit=fit.step,
                likelihood_ratio=ratio,
                p=float(fit.pair_p[j, k]),
                adjusted_p=float(adjusted[j, k]),
                delta_aic=2 * df - ratio,
                delta_bic=size * df - ratio,
                goodness=fit.checks[fit.kinds[k]],
                placebos=spoken,
                sensitivity_low=float(lowest[j, k]),
                sensitivity_high=float(highest[j, k]),
                verdict=verdict,
                reasons=tuple(why),
            )
        )
    return tuple(verdicts)
