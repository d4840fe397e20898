"""All that a fit of excitation owes its reader, in one call: fit, checks, placebos, sensitivity, profile, verdicts.

`examine` is what stands between a table of branching ratios and a sentence in a report. Its rule, stated there, says
when a verdict is refused; whatever the record cannot answer is said first.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from groundswell.errors import EstimationError
from groundswell.estimators.core import Check
from groundswell.estimators.excitation.baseline import Baseline, Step
from groundswell.estimators.excitation.discrete import checked_counts, fit_excitation, read_counts
from groundswell.estimators.excitation.examination_predictive import (
    Predictions,
    ResidualProcess,
    predict,
    residual_process,
)
from groundswell.estimators.excitation.examination_sensitivity import (
    ChoicesSensitivity,
    Profile,
    Progress,
    profiles,
    sensitivity,
)
from groundswell.estimators.excitation.examination_tide import asked_of, backwards, choices, likelihoods, simulated
from groundswell.estimators.excitation.outcome import NEAR_ONE, ExcitationFit
from groundswell.estimators.excitation.placebo import (
    Direction,
    Placebo,
    direction_of_time,
    reversed_time,
    shifted,
    shuffled,
    swapped,
)
from groundswell.estimators.excitation.tide_fit import Tide, fit_under_tide
from groundswell.results import plain

_LEVEL = 0.05
_TELLS_LITTLE = 0.5  # a pair not found whose interval reaches an event for every two tells nothing
_STAGES = ("fit", "goodness of fit", "placebos", "sensitivity", "predictive", "profile")


@dataclass(frozen=True)
class _Depth:
    """How much is done."""

    shifts: int
    shuffles: int
    draws: int
    points: int
    bootstrap: int
    interval: Literal["profile", "wald"]
    search: bool


_DEPTHS = {
    "quick": _Depth(3, 999, 1999, 9, 0, "wald", False),
    "full": _Depth(9, 1999, 3999, 21, 199, "profile", True),
}


@dataclass(frozen=True)
class PairVerdict:
    """What the record says about one ordered pair of kinds.

    Parameters
    ----------
    source, target : kinds; the same for self-excitation.
    branching, low, high : events of the target that one event of the source brings about, and its interval.
    half_life, half_life_low, half_life_high : of the kernel into the target, steps; NaN where nothing excites it.
    likelihood_ratio, p, adjusted_p : this pair against none, all else re-fitted; Holm's p over all pairs.
    delta_aic, delta_bic : of the model with the pair less that without; negative speaks for the pair.
    goodness : checks of the target's residuals.
    placebos : by name, p and whether the pair survives; only those that speak on this pair.
    sensitivity_low, sensitivity_high : branching over the variants of the model that fit.
    verdict : "excites", "inhibits", "none" (found nothing, and could have), "untold" (found nothing, and would have
        missed much), or "refused".
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
    verdict: Literal["excites", "inhibits", "none", "untold", "refused"]
    reasons: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """A verdict could be given."""
        return self.verdict not in ("refused", "untold")

    @property
    def answer(self) -> str:
        """One sentence."""
        whom = "itself" if self.source == self.target else repr(self.target)
        if self.verdict == "refused":
            return f"No verdict on whether {self.source!r} excites {whom}: {self.reasons[0]}."
        if self.verdict == "untold":
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
        verb = "brings about" if self.verdict == "excites" else "takes away"
        ends = (self.low, self.high) if self.verdict == "excites" else (-self.high, -self.low)
        when = (
            f"nearly all in the next {self.unit}"
            if self.half_life < 0.5
            else f"half of them within {self.half_life:.1f} {self.unit}s"
        )
        return (
            f"One event of {self.source!r} {verb} {abs(self.branching):.2f} of {self.target!r} ({self.level:.0%} "
            f"interval {ends[0]:.2f} to {ends[1]:.2f}; p = {self.p:.2g}, {self.adjusted_p:.2g} among all), {when}."
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


@dataclass(frozen=True)
class Examination:
    """A fit of excitation with everything that speaks for and against it.

    Parameters
    ----------
    fit : the fit itself.
    placebos : by name; see `groundswell.estimators.excitation.placebo`.
    direction : which kind comes first; None for one kind.
    sensitivity, predictions, residuals, profiles : see `examination_sensitivity`, `examination_predictive`.
    pairs : the verdict on every ordered pair, sources within targets.
    passed : a verdict can be given on one pair at least.
    reasons : why it is refused, for the pairs where it is.
    notes : what was left out or adapted, and why.
    depth, seed : of the examination.
    """

    fit: ExcitationFit
    placebos: Mapping[str, Placebo]
    direction: Direction | None
    sensitivity: ChoicesSensitivity
    predictions: Predictions
    residuals: ResidualProcess
    profiles: tuple[Profile, ...]
    pairs: tuple[PairVerdict, ...]
    passed: bool
    reasons: tuple[str, ...]
    notes: tuple[str, ...]
    depth: str
    seed: int

    def pair(self, source: str, target: str) -> PairVerdict:
        """The verdict on one ordered pair."""
        for found in self.pairs:
            if (found.source, found.target) == (source, target):
                return found
        raise EstimationError(f"pair {source!r}, {target!r}", expected=f"two of {', '.join(map(repr, self.fit.kinds))}")

    @property
    def answer(self) -> str:
        """The honest first sentence, and what can be told after it."""
        refused = [p for p in self.pairs if p.verdict == "refused"]
        untold = [p for p in self.pairs if p.verdict == "untold"]
        told = sorted((p for p in self.pairs if p.verdict in ("excites", "inhibits")), key=lambda p: p.p)
        none = [p for p in self.pairs if p.verdict == "none"]
        if not told and not none and not untold:
            return f"No verdict: {'; '.join(self.reasons)}."
        parts = []
        if refused:
            parts.append(f"No verdict on {_listed(refused)}: {'; '.join(self.reasons)}.")
        if told:
            parts.append(told[0].answer)
            if told[1:]:
                parts.append(f"Found as well: {_listed(told[1:])}.")
        elif self.fit.p >= _LEVEL and not refused:
            parts.append(f"No excitation beyond the baseline was found (p = {self.fit.p:.2g}).")
        if untold:
            top = max(p.high for p in untold)
            reach = f"of {top:.2f}" if math.isfinite(top) else "of any size"
            thin = f"the record is too thin for {_listed(untold)}, where branching {reach} is compatible with it."
            if told or refused or none:
                parts.append(f"{thin[0].upper()}{thin[1:]}")
            else:
                parts.insert(0, f"No verdict: {thin}")
        if none:
            most = max(p.high for p in none)
            parts.append(f"Not found, with branching above {most:.2f} excluded: {_listed(none)}.")
        return " ".join(parts)

    def to_dict(self) -> dict[str, object]:
        """As plain types for JSON; per ordered pair all that a reader needs, then the whole behind it."""
        return {
            "answer": self.answer,
            "passed": self.passed,
            "reasons": list(self.reasons),
            "pairs": [p.to_dict() for p in self.pairs],
            "fit": self.fit.to_dict(),
            "placebos": {name: p.to_dict() for name, p in self.placebos.items()},
            "direction_of_time": self.direction.to_dict() if self.direction else None,
            "sensitivity": self.sensitivity.to_dict(),
            "predictive": self.predictions.to_dict(),
            "residual_process": self.residuals.to_dict(),
            "profiles": [p.to_dict() for p in self.profiles],
            "notes": list(self.notes),
            "depth": self.depth,
            "seed": self.seed,
        }


def _listed(pairs: Sequence[PairVerdict]) -> str:
    """Pairs in words."""
    return ", ".join(f"{p.source!r} to {'itself' if p.source == p.target else repr(p.target)}" for p in pairs)


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


def examine(
    counts: ArrayLike,
    *,
    kinds: Sequence[str] | None = None,
    step: Step = "week",
    coverage: ArrayLike | None = None,
    baseline: Tide | Baseline | None = None,
    watched: ArrayLike | None = None,
    fit: ExcitationFit | None = None,
    depth: Literal["quick", "full"] = "quick",
    seed: int = 0,
    places: Mapping[str, ArrayLike] | None = None,
    progress: Progress | None = None,
) -> Examination:
    """Fit the model of excitation, do everything that could refute it, and give the verdicts that survive.

    **When a verdict is refused.** For an ordered pair of kinds, when any of these holds:

    1. a check of the target's residuals fails (distribution, memory, spread; 5% shared among all kinds),
    2. the fitted process explodes (spectral radius at least 1),
    3. records simulated from the fit are unlike the record in the target, or in how the two kinds go together (Holm's
       p over all predictive checks below 5%),
    4. a variant of the model that fits contradicts it: a pair found (p < 5%) is lost (p >= 5%), or one not found
       appears (p < 1%). The variants: trends of 1 to 12 pieces a year, a season sharp enough for holidays, no level
       shifts, no coverage;

    and, when it was found (Holm's p over all pairs below 5%, and p below 5% for any excitation at all), but

    5. the source moved by years excites the target too (p < 5%): the baseline leaves slow swings,
    6. for two different kinds: the same pair leads in reversed time as well, and the arrow of time does not tell the
       source as the first (p >= 5%): a common cause does the same,
    7. for two different kinds: with kinds drawn anew within blocks the link is as strong (p >= 5%),
    8. with ``places``: the same kind elsewhere excites the target here (p < 5%),
    9. for a kind and itself: it shares a link with another kind that was found and fails 6 or 7: what moves the two
       together would also string the events of each together.

    A pair that was not found is "none" only if its interval ends below 0.5; else the record would have missed much, and
    the verdict is "untold". The examination passes if a verdict can be given on one pair at least.

    Parameters
    ----------
    counts : shape (T,) or (T, K), whole numbers from 0; at least 60 steps and 10 events of each kind.
    kinds, step, coverage, baseline : as for `fit_excitation`.
    fit : a fit made already, with these counts, coverage and baseline; its family, decay, and inhibition are kept in
        the sensitivity, and the placebos (which are about excitation, not inhibition) keep its family.
    depth : "quick" (asymptotic p-values, Wald intervals of the variants, 3 shifts) or "full" (bootstrap of 199 series,
        profile intervals, level shifts searched anew under each baseline, 9 shifts, finer profiles).
    seed : of everything simulated.
    places : counts of the same kinds in other places, each of shape (T', K).
    progress : called with (stage, done, total); stages are "fit", "goodness of fit", "placebos", "sensitivity",
        "predictive", "profile".

    Returns
    -------
    `Examination`. Of records that the model itself made, about one in twelve is refused too (measured: 4 of 48, 600
    weeks of one kind), since each test may fail by chance: an honest verdict costs power, never level.

    Raises
    ------
    EstimationError : on input that cannot be used.

    Known limits: a common cause that flickers within weeks, in one kind alone, passes every check here: nothing in a
    single series tells it from contagion. Use `study_responses` instead when the question is what a few dated acts did.

    >>> y = simulate_excitation(np.full((520, 1), 2.0), [[0.4]], half_life=2.0, seed=1)  # doctest: +SKIP
    >>> examine(y, kinds=["protest"]).answer  # doctest: +SKIP
    """
    if depth not in _DEPTHS:
        raise EstimationError(f"depth {depth!r}", expected="'quick' or 'full'")
    how = _DEPTHS[depth]
    if not isinstance(baseline, Baseline) and (fit is None or fit.rival == "tide"):
        return _under_tide(counts, kinds, step, coverage, watched, baseline, depth, how, seed, progress)
    y, names = checked_counts(counts, kinds if kinds is not None or fit is None else fit.kinds)
    K = y.shape[1]
    settings = baseline if isinstance(baseline, Baseline) else Baseline()
    tell = progress or (lambda stage, done, total: None)
    notes: list[str] = []

    tell("fit", 0, 1)
    if fit is None:
        fit = fit_excitation(
            y,
            kinds=names,
            step=step,
            baseline=settings,
            coverage=coverage,
            interval="profile",
            bootstrap=how.bootstrap,
            seed=seed,
        )
    elif fit.mean.shape != y.shape or fit.kinds != names or fit.step != step:
        raise EstimationError(
            f"a fit of {fit.mean.shape[0]} {fit.step}s of {', '.join(fit.kinds)}",
            expected=f"one of these counts: {y.shape[0]} {step}s of {', '.join(names)}",
            why="checks of one record say nothing about another",
        )
    notes += fit.notes
    tell("goodness of fit", 0, 1)
    residuals = residual_process(y, fit)

    common = {
        "kinds": names,
        "step": step,
        "baseline": settings,
        "coverage": coverage,
        "family": fit.family,
        "record": fit,
        "seed": seed,
    }
    jobs = ["shifted", *(["reversed time", "shuffled", "direction"] if K > 1 else []), *(["swapped"] if places else [])]
    placebos: dict[str, Placebo] = {}
    direction: Direction | None = None
    for done, job in enumerate(jobs):
        tell("placebos", done, len(jobs))
        if job == "shifted":
            placebos[job] = shifted(y, fits=how.shifts, **common)
        elif job == "reversed time":
            placebos[job] = reversed_time(y, **common)
        elif job == "shuffled":
            placebos[job] = shuffled(y, draws=how.shuffles, **common)
        elif job == "direction":
            direction = direction_of_time(y, **common)
        elif places:
            try:
                placebos[job] = swapped(y, places, fits=how.shifts, **common)
            except EstimationError as error:
                notes.append(f"no other place could be swapped in: {error.given}")
    if K == 1:
        notes.append("neither the order of kinds nor the direction of time can be checked with one kind")

    tested = sensitivity(
        y,
        fit,
        baseline=settings,
        coverage=coverage,
        search=how.search,
        interval=how.interval,
        seed=seed,
        progress=progress,
    )
    notes += tested.notes
    predictions = predict(y, fit, draws=how.draws, seed=seed, progress=progress)
    drawn: tuple[Profile, ...] = ()
    if fit.decay == "shared" and K > 1:
        notes.append("no profiles: the fit has one decay for all kinds")
    else:
        drawn = profiles(y, fit, baseline=settings, coverage=coverage, points=how.points, progress=progress)

    pairs = _pairs(fit, placebos, direction, tested, predictions)
    reasons = tuple(dict.fromkeys(reason for p in pairs for reason in p.reasons))
    return Examination(
        fit,
        placebos,
        direction,
        tested,
        predictions,
        residuals,
        drawn,
        pairs,
        any(p.passed for p in pairs),
        reasons,
        tuple(dict.fromkeys(notes)),
        depth,
        int(seed),
    )


def _under_tide(
    counts: ArrayLike,
    kinds: Sequence[str] | None,
    step: Step,
    coverage: ArrayLike | None,
    watched: ArrayLike | None,
    baseline: Tide | None,
    depth: str,
    how: _Depth,
    seed: int,
    progress: Progress | None,
) -> Examination:
    """An examination of the fit on top of a hidden tide."""
    y, seen, names = read_counts(counts, kinds, watched)
    tell = progress or (lambda stage, done, total: None)
    tell("fit", 0, 1)
    asked = asked_of(step, baseline, coverage, how.bootstrap or None, seed)
    under = fit_under_tide(y, seen, names, asked)
    fit = under.fit
    tell("goodness of fit", 0, 1)
    residuals = residual_process(np.where(under.model.seen_at_all, y, np.nan), fit)
    tell("placebos", 0, 1)
    found = len(names) > 1 and bool(np.any((fit.pair_p < _LEVEL) & ~np.eye(len(names), dtype=bool)))
    placebos = {"reversed time": backwards(y, seen, fit, asked)} if found else {}
    doubtful = len(names) == 1 or bool(np.any(fit.pair_p < _LEVEL))  # several kinds of which none is found stay so
    tested = choices(y, seen, fit, asked, progress, doubtful)
    predictions = simulated(np.nan_to_num(y), under, min(how.draws, 999), seed, progress)
    tell("profile", 0, 1)
    drawn = likelihoods(under, how.points)
    pairs = _pairs(fit, placebos, None, tested, predictions)
    reasons = tuple(dict.fromkeys(reason for p in pairs for reason in p.reasons))
    passed = any(p.passed for p in pairs)
    return Examination(
        fit, placebos, None, tested, predictions, residuals, drawn, pairs, passed, reasons, fit.notes, depth, int(seed)
    )


def _misfits(fit: ExcitationFit, j: int, k: int, predictions: Predictions) -> list[str]:
    """Why the model cannot speak on a pair, found or not: rules 1 to 3 of `examine`."""
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
    unlike = [(p, c) for p, c in zip(adjusted, predictions.checks, strict=True) if p < _LEVEL and c.of in both]
    if unlike:
        p, worst = min(unlike, key=lambda found: found[0])
        reasons.append(f"records simulated from the fit are unlike it in {worst.name} of {worst.of} (p = {p:.2g})")
    return reasons


def _survived(fit: ExcitationFit, placebos: Mapping[str, Placebo], j: int, k: int) -> dict[str, tuple[float, bool]]:
    """p of each placebo that speaks on a pair, and whether the pair survives it."""
    spoken = {}
    for name, placebo in placebos.items():
        p = float(placebo.pair_p[j, k])
        if j == k and name in ("shuffled", "reversed time"):
            continue
        speaks_for = p < _LEVEL or bool(fit.pair_p[j, k] >= _LEVEL)  # nothing was found, so nothing is refuted
        spoken[name] = (p, speaks_for if name == "shuffled" else p >= _LEVEL)
    return spoken


def _refuted(
    fit: ExcitationFit, spoken: Mapping[str, tuple[float, bool]], direction: Direction | None, j: int, k: int
) -> list[str]:
    """Why a pair that was found is not believed: rules 5 to 8 of `examine`."""
    source, target = fit.kinds[j], fit.kinds[k]
    wording = {
        "shifted": f"{source!r} moved by years seems to excite {target!r} as well",
        "reversed time": f"{source!r} leads {target!r} in reversed time as well, as under a common cause",
        "shuffled": f"with kinds drawn anew the link from {source!r} to {target!r} is as strong",
        "swapped": f"{source!r} elsewhere seems to excite {target!r} here",
    }
    reasons = []
    for name, (p, survived) in spoken.items():
        arrow = direction is not None and direction.lead[j, k] > 0 and direction.pair_p[j, k] < _LEVEL
        if not survived and not (name == "reversed time" and arrow):
            reasons.append(f"{wording[name]} (p = {p:.2g})")
    return reasons


def _pairs(
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
        if j != k and adjusted[j, k] < _LEVEL and fit.p < _LEVEL:
            spoken = {n: v for n, v in _survived(fit, placebos, j, k).items() if n in ("reversed time", "shuffled")}
            if _refuted(fit, spoken, direction, j, k):
                shared[j] += [k] if k not in shared[j] else []
                shared[k] += [j] if j not in shared[k] else []
    verdicts = []
    for k, j in np.ndindex(K, K):
        found = bool(adjusted[j, k] < _LEVEL and fit.p < _LEVEL)
        found = found and (fit.inhibition or not fit.low[j, k] <= 0)
        spoken = _survived(fit, placebos, j, k)
        why = _misfits(fit, j, k, predictions)
        if not tested.pair_robust[j, k]:
            told = tested.contradiction(j, k)
            why.append(f"whether {fit.kinds[j]!r} excites {fit.kinds[k]!r} depends on the model ({told})")
        if found:
            why += _refuted(fit, spoken, direction, j, k)
            if j == k:
                why += [
                    f"what moves {fit.kinds[i]!r} and {fit.kinds[k]!r} together may be all that strings either together"
                    for i in shared[k]
                ]
        high, ratio = float(fit.high[j, k]), float(fit.pair_ratio[j, k])
        verdict: Literal["excites", "inhibits", "none", "untold", "refused"]
        if why:
            verdict = "refused"
        elif found:
            verdict = "excites" if fit.branching[j, k] > 0 else "inhibits"
        else:
            verdict = "none" if high < _TELLS_LITTLE else "untold"
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
